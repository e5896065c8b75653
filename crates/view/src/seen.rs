//! What the list shows of a run, from its manifest and its summary: no journal is read for it.

use crate::folder::{Stamp, open};
use mend_metrics::RunLabels;
use mend_page::{Headline, Rate};
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;

/// The largest summary that is read.
const LARGEST_SUMMARY: u64 = 64 << 20;

/// A run as its folder shows it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    pub(crate) labels: RunLabels,
    pub(crate) trees: usize,
    /// Finished trees as the summary has them; `None` where it is not about the journal as it is.
    pub(crate) finished: Option<usize>,
    pub(crate) headline: Headline,
}

impl Seen {
    pub(crate) fn of(run: &Path) -> Result<Self, String> {
        let stamp = Stamp::of(run);
        let manifest = mend_journal::read_manifest(run).map_err(|error| told(&error))?;
        let summary = if stamp.has_fresh_summary() { summary(run) } else { Value::Null };
        let rate = |place: &str| {
            let at = |end: &str| summary.pointer(&format!("{place}/{end}")).and_then(Value::as_f64);
            let interval = at("interval/value/low").zip(at("interval/value/high"));
            at("value/value").map(|value| Rate { value, interval })
        };
        let count = |place: &str| summary.pointer(place).and_then(Value::as_u64);
        Ok(Self {
            stamp,
            labels: RunLabels::of(&manifest),
            trees: manifest.trees().count(),
            finished: count("/coverage/finished").and_then(|count| usize::try_from(count).ok()),
            headline: Headline {
                pass_at_1: rate("/pass_at_1"),
                handed_in: rate("/submitted/passes"),
                tokens: count("/spending/tokens").filter(|tokens| *tokens > 0),
            },
        })
    }
}

fn summary(run: &Path) -> Value {
    let mut text = Vec::new();
    let read = open(run, "summary.json").and_then(|file| file.take(LARGEST_SUMMARY).read_to_end(&mut text));
    read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or(Value::Null)
}

/// An error with its causes, in one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words.extend([": ", &error.to_string()]);
        source = error.source();
    }
    words
}
