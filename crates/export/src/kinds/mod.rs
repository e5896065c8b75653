//! The table of kinds. A kind is one file here and one line of [`KINDS`].

mod chains;
mod critiques;
mod improved;
mod nodes;
mod pairs;
mod sft;
mod trajectories;
mod uniform;
mod weighted;

use crate::Kind;

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
];

/// A kind by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
