//! The sets of problems that figures are given for.

use crate::FrozenProblem;
use mend_core::RunManifest;
use std::collections::BTreeSet;

/// The name of the group that holds every problem.
pub(crate) const ALL: &str = "all";

/// A named set of scored problems.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// `all` or a difficulty.
    pub(crate) name: String,
    /// Its problems with at least one scored program, in the manifest's order.
    pub(crate) problems: Vec<&'a FrozenProblem>,
}

/// `all`, then each difficulty of the run's problems in alphabetical order. A difficulty may have no
/// scored problem. One that is itself called `all` adds no group.
pub(crate) fn groups<'a>(manifest: &RunManifest, frozen: &'a [FrozenProblem]) -> Vec<Group<'a>> {
    let difficulties: BTreeSet<&str> =
        manifest.problems.iter().filter_map(|entry| entry.difficulty.as_deref()).filter(|name| *name != ALL).collect();
    std::iter::once(ALL)
        .chain(difficulties)
        .map(|name| Group {
            name: name.to_owned(),
            problems: frozen
                .iter()
                .filter(|problem| problem.n() > 0 && (name == ALL || problem.group.as_deref() == Some(name)))
                .collect(),
        })
        .collect()
}
