//! What the library tells, on stderr: notes as lines, waits as spinners, and how far a run is.

use crate::progress::Display;
use crate::waiting::Waiting;
use mend_dataset::Joined;
use mend_lab::{Note, Observer, Skipped, Wait};
use mend_repair::Report;
use std::any::Any;
use std::time::Duration;

/// How many skipped rows are named one by one.
const NAMED_AT_MOST: usize = 20;

/// How long nothing is said of a wait that is usually short.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows all that is told. Its bar begins with the first report of a run.
#[derive(Default)]
pub struct Stderr {
    display: Option<Display>,
}

impl Stderr {
    /// Removes the bar, if there is one.
    pub fn finish(&mut self) {
        if let Some(display) = &mut self.display {
            display.finish();
        }
    }
}

impl Observer for Stderr {
    fn note(&mut self, note: Note) {
        match note {
            Note::Skipped(skipped) => tell_skipped(&skipped),
            Note::Joined { joined, file, problems } => tell_joined(&joined, &file, problems),
            Note::Unused(flag) => crate::tell(&format!(
                "`{flag}` changes nothing: it is for the engine `process`, and `wasm` runs every program"
            )),
            Note::GuestWasThere => crate::tell("the interpreter of the engine `wasm` is built already"),
            Note::GuestBuilt { seconds, path, bytes } => {
                let size = bytes.map_or(String::new(), |bytes| format!(", {}", mebibytes(bytes)));
                crate::tell(&format!("built and compiled in {seconds} s: {path}{size}"));
            }
            Note::Cut(torn) => crate::tell(&format!(
                "journal.jsonl:{}: cut {} bytes of an entry that was never finished",
                torn.line, torn.bytes
            )),
            Note::TakenOver(told) => crate::tell(&told),
            Note::Changed(change) => crate::tell(&format!("changed since the run began: {change}")),
        }
    }

    fn report(&mut self, report: Report) {
        self.display.get_or_insert_with(|| Display::new("problems")).hear(&report);
    }

    fn wait(&mut self, wait: Wait) -> Box<dyn Any> {
        let patience = match wait {
            Wait::LoadingGuest => PATIENCE,
            Wait::BuildingGuest => Duration::ZERO,
        };
        Box::new(Waiting::new(&wait.to_string(), patience))
    }
}

/// Names what was skipped, unless it is a great deal, and counts it.
pub fn tell_skipped(skipped: &Skipped) {
    let Skipped { source, what, rows } = skipped;
    for why in rows.iter().take(NAMED_AT_MOST) {
        crate::tell(&format!("skipped {why}"));
    }
    if !rows.is_empty() {
        let plural = if rows.len() == 1 { "" } else { "s" };
        crate::tell(&format!("skipped {} invalid {what}{plural} of `{source}`", rows.len()));
    }
}

/// Says which problems have tests of a file, which have not, and which rows are of none.
fn tell_joined(joined: &Joined, file: &str, problems: usize) {
    let Joined { joined, without, unfit, unknown } = joined;
    crate::tell(&format!("public tests of `{file}`: joined to {joined} of {problems} problems"));
    if !without.is_empty() {
        let bare = without.iter().filter(|(_, own)| *own == 0).count();
        let names: Vec<&str> = without.iter().map(|(id, _)| id.as_str()).collect();
        let count = without.len();
        crate::tell(&format!(
            "without a test there: {count} ({}); {bare} of them have no public test at all, the others keep their own",
            named(&names)
        ));
    }
    for why in unfit.iter().take(NAMED_AT_MOST) {
        crate::tell(&format!("does not fit its problem: {why}"));
    }
    if unfit.len() > NAMED_AT_MOST {
        crate::tell(&format!("rows that do not fit their problems: {}", unfit.len()));
    }
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().map(String::as_str).collect();
        crate::tell(&format!("rows of no problem of the data set: {} ({})", names.len(), named(&names)));
    }
}

/// The first of some names.
fn named(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, ...") } else { shown }
}

/// A size in words.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
