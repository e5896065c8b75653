//! `make`: a node that the script puts together itself, of texts that it has.

use super::ask::{check_place, claim, kind_of, node_of, numbers};
use super::error::{ScriptError, wrong};
use super::language::{sequence, text_of};
use super::session::Session;
use super::solver::{Act, Asked};
use super::values::NodeValue;
use mend_core::{Kind, Slot, Text};
use starlark::values::Value;
use std::sync::Arc;

/// What `make` was called with.
pub(super) struct Parts<'v, 'a> {
    pub(super) kind: &'a str,
    pub(super) text: Value<'v>,
    pub(super) about: Option<Value<'v>>,
    pub(super) index: Option<i32>,
    pub(super) of: Option<Value<'v>>,
}

/// How many nodes a script may make for each node that it may ask for, and how many beside these.
const MADE_FOR_EACH: u64 = 4;
const MADE_BESIDE: u64 = 64;
/// The longest text that a node is made with, in bytes.
const LONGEST: usize = 1 << 20;

pub(super) fn make(session: &Session<'_>, parts: &Parts<'_, '_>, line: &str) -> starlark::Result<NodeValue> {
    let place = session.next_place();
    let (kind, about) = (kind_of(parts.kind)?, node_of("about", parts.about)?);
    let known = session.memo.borrow().asks.get(&place).cloned();
    if let Some(asked) = known {
        session.take_numbers(about.as_ref(), kind, asked.taken);
        return Ok(session.node(asked.slots.first().expect("one node was made")));
    }
    if !matches!(kind, Kind::Program | Kind::Repair | Kind::Note) {
        return Err(wrong(format!("`make` puts a program, a repair or a note together, found a {}", kind.as_str())));
    }
    check_place(session, kind, about.as_ref())?;
    let (text, of_text) =
        text_of(parts.text).ok_or_else(|| wrong(format!("`make` takes a text, found a {}", parts.text.get_type())))?;
    if text.len() > LONGEST {
        return Err(wrong(format!("`make` takes texts of at most {LONGEST} bytes, found one of {}", text.len())));
    }
    let mut of = of_text;
    for node in parts.of.map(|of| sequence(of).unwrap_or_else(|| vec![of])).unwrap_or_default() {
        of.extend(node_of("of", Some(node))?);
    }
    let (first, taken) = numbers(session, about.as_ref(), kind, 1, parts.index)?;
    let slot = Slot::below(about.as_ref(), kind.step(first));
    let most = MADE_BESIDE + MADE_FOR_EACH * session.script.header.bound;
    if session.memo.borrow().made >= most {
        return Err(wrong(format!(
            "the script makes more than {most} nodes, {MADE_FOR_EACH} for each that `bound` in its header allows it to ask for, and {MADE_BESIDE}"
        )));
    }
    let text = Text::new(text);
    check_recorded(session, &slot, &text, line)?;
    claim(session, &slot, &place, line)?;
    let mut memo = session.memo.borrow_mut();
    memo.made += 1;
    let node = session.tree.node(&slot);
    if node.is_none_or(|node| node.outcome.is_none()) {
        memo.open.insert(slot.clone());
    }
    if node.is_none() {
        memo.fresh.insert(place.clone(), Act::Make { slot: slot.clone(), text, of });
    }
    let slots: Arc<[Slot]> = Arc::new([slot.clone()]);
    memo.asks.insert(place, Asked { slots, whole: Arc::new([]), is_list: false, taken });
    drop(memo);
    Ok(session.node(&slot))
}

/// What was made before must be what is made now.
fn check_recorded(session: &Session<'_>, slot: &Slot, text: &Text, line: &str) -> starlark::Result<()> {
    let Some(node) = session.tree.node(slot) else { return Ok(()) };
    let recorded = node.completion.as_ref().filter(|_| node.is_made()).map(|completion| completion.text.digest());
    if recorded == Some(text.digest()) {
        return Ok(());
    }
    let before = recorded.map_or("a model".to_owned(), |digest| format!("the text {}", digest.short()));
    let now = format!("the text {}", text.digest().short());
    let error = ScriptError::Changed { at: line.to_owned(), slot: slot.clone(), before, now };
    let shown = wrong(error.to_string());
    session.note_change(error);
    Err(shown)
}
