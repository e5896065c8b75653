//! A request that a cassette does not hold, told by how it differs from the nearest one that it does hold.

use super::Exchange;
use crate::Request;
use mend_core::{ProblemId, Sampling, Slot};
use similar::{Algorithm, TextDiff};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// The most lines of a difference that are shown.
const MAX_LINES: usize = 60;
/// The most recorded prompts that are compared.
const MAX_COMPARED: usize = 500;

/// A request that was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    path: String,
    problem: ProblemId,
    replicate: u32,
    slot: Option<Slot>,
    nearest: Nearest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Nearest {
    /// Nothing was recorded at all.
    Nothing,
    /// The same request, for other nodes.
    Same(BTreeSet<Slot>),
    /// A request for this node.
    Differs(Slot, String),
}

impl Miss {
    pub(super) fn of(path: &str, exchanges: &[Exchange], model: &str, request: &Request) -> Self {
        let slot = request.slots.first().cloned();
        let asked = text(model, &request.sampling, &request.messages);
        Self {
            path: path.to_owned(),
            problem: request.problem.clone(),
            replicate: request.replicate,
            nearest: nearest(exchanges, request, slot.as_ref(), &asked),
            slot,
        }
    }

    /// What the user may do.
    pub(crate) fn hint(&self) -> String {
        match self.nearest {
            Nearest::Same(_) => "the recorded run collected fewer: record it again, or ask for no more".to_owned(),
            Nearest::Nothing | Nearest::Differs(..) => {
                "bring back the prompts and parameters of the recorded run, or record it again with `--record`"
                    .to_owned()
            }
        }
    }
}

fn nearest(exchanges: &[Exchange], request: &Request, slot: Option<&Slot>, asked: &str) -> Nearest {
    let here = |exchange: &&Exchange| exchange.problem == request.problem;
    let text_of = |exchange: &Exchange| text(&exchange.model, &exchange.sampling, &exchange.messages);
    let same = exchanges.iter().filter(here).filter(|exchange| text_of(exchange) == asked);
    let same: BTreeSet<Slot> = same.flat_map(|exchange| exchange.slots.clone()).collect();
    if !same.is_empty() {
        return Nearest::Same(same);
    }
    let at_node = exchanges.iter().filter(here).find(|exchange| {
        exchange.replicate == request.replicate && slot.is_some_and(|slot| exchange.slots.contains(slot))
    });
    let closest = || {
        let compared = exchanges.iter().filter(here).chain(exchanges.iter().filter(|exchange| !here(exchange)));
        let likeness = |exchange: &&Exchange| (diff(&text_of(exchange), asked).ratio() * 1e6) as u64;
        compared.take(MAX_COMPARED).max_by_key(likeness)
    };
    let Some(found) = at_node.or_else(closest) else { return Nearest::Nothing };
    let recorded = text_of(found);
    let shown = diff(&recorded, asked).unified_diff().context_radius(2).header("recorded", "asked").to_string();
    let slot = found.slots.first().or(slot).cloned();
    slot.map_or(Nearest::Nothing, |slot| Nearest::Differs(slot, cut(&shown)))
}

fn diff<'a>(recorded: &'a str, asked: &'a str) -> TextDiff<'a, 'a, str> {
    TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(recorded, asked)
}

fn cut(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    let tail = if more > 0 { format!("\n... and {more} more lines") } else { String::new() };
    format!("{}{tail}", lines.join("\n"))
}

/// A request as one text.
fn text(model: &str, sampling: &Sampling, messages: &[crate::Message]) -> String {
    let mut text = format!("model: {model}\n");
    let sampling = serde_json::to_value(sampling).expect("sampling is plain data");
    for (name, value) in sampling.as_object().into_iter().flatten() {
        let _ = writeln!(text, "{name}: {value}");
    }
    for message in messages {
        let _ = write!(text, "[{}]\n{}\n", message.speaker.as_str(), message.content.trim_end_matches('\n'));
    }
    text
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot.as_ref().map(ToString::to_string).unwrap_or_default();
        write!(
            f,
            "{} holds no answer for `{slot}` of problem {} (replicate {})",
            self.path, self.problem, self.replicate
        )?;
        match &self.nearest {
            Nearest::Nothing => write!(f, ": nothing was recorded"),
            Nearest::Same(slots) => {
                let slots: Vec<_> = slots.iter().map(ToString::to_string).collect();
                write!(f, ": the same request was recorded for {} only", slots.join(", "))
            }
            Nearest::Differs(slot, diff) => write!(f, "; the nearest recorded request, for `{slot}`, differs:\n{diff}"),
        }
    }
}
