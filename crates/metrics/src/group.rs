//! The sets of problems that figures are given for.

use crate::bootstrap::{NONE_IF_STOPPED, Resampling};
use crate::same_problems::{self, Within};
use crate::{Figure, FrozenProblem, Interval, Options, Sample};
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
    /// What sample of the run's problems they come from.
    pub(crate) sample: Sample,
}

impl<'a> Group<'a> {
    /// Some problems that no run was stopped at.
    pub(crate) fn of_all(problems: &'a [FrozenProblem]) -> Self {
        let problems = problems.iter().filter(|problem| problem.n() > 0).collect();
        Self { name: ALL.to_owned(), problems, sample: Sample::Complete }
    }

    /// How the group's tables are resampled.
    pub(crate) fn resampling(&self, options: &Options) -> Resampling<'_> {
        Resampling { times: options.resamples, seed: options.seed, name: &self.name, sample: self.sample }
    }

    /// The interval of a mean over the group if its problems were sampled again.
    pub(crate) fn same_problems(&self, mean: f64, within: &[Within]) -> Figure<Interval> {
        match self.sample {
            Sample::Complete => same_problems::interval(mean, within),
            Sample::Stopped => Figure::Absent(NONE_IF_STOPPED.to_owned()),
        }
    }
}

/// `all`, then each difficulty of the run's problems in alphabetical order. A difficulty may have no
/// scored problem. One that is itself called `all` adds no group.
pub(crate) fn groups<'a>(manifest: &RunManifest, frozen: &'a [FrozenProblem], sample: Sample) -> Vec<Group<'a>> {
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
            sample,
        })
        .collect()
}
