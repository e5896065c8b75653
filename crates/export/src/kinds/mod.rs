//! The table of kinds. A kind is one file here and one line of [`KINDS`].

mod chains;
mod critiques;
mod feedback_log;
mod fine_grained;
mod improved;
mod inspect;
mod judgements;
mod line_labels;
mod nodes;
mod pairs;
mod review;
mod rewards;
mod run_card;
mod sft;
mod synthetic;
mod trajectories;
mod uniform;
mod weighted;

use crate::Kind;

pub use inspect::LogFormat;
pub use judgements::Rule;

/// All kinds, in the order of the list.
pub const KINDS: &[&Kind] = &[
    &trajectories::KIND,
    &nodes::KIND,
    &sft::KIND,
    &pairs::KIND,
    &critiques::KIND,
    &chains::KIND,
    &weighted::KIND,
    &improved::KIND,
    &uniform::KIND,
    &rewards::KIND,
    &judgements::KIND,
    &fine_grained::KIND,
    &line_labels::KIND,
    &inspect::KIND,
    &run_card::KIND,
    &synthetic::KIND,
    &review::KIND,
    &feedback_log::KIND,
];

/// A kind by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
