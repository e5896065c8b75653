//! Programs that pass the public tests: how soon the first comes, and how often it is right.
//!
//! Program repair calls such a program *plausible*. It is *overfit* if it fails the hidden tests: it suits the tests that
//! one can see, and no others.

use super::{Trees, names};
use crate::bootstrap::{Resampling, Table};
use crate::group::ALL;
use crate::tokens::mean;
use crate::{Estimate, Figure, Options, Sample};
use mend_core::{Node, ProblemId, RepairTree, RunManifest, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The trees of a group's problems with public tests. Shares are means over a problem's trees, then over problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlausibleRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Problems with public tests that have a tree of which something is scored.
    pub problems: u64,
    /// Such trees.
    pub trees: u64,
    /// Those of them that hold a plausible program.
    pub plausible_trees: u64,
    /// Share of trees that hold a plausible program: the sum of `correct` and `overfit`.
    pub plausible: Estimate,
    /// Share of trees whose first plausible program passes the hidden suite.
    pub correct: Estimate,
    /// Share of trees whose first plausible program fails it.
    pub overfit: Estimate,
    /// `overfit` over `plausible`.
    pub overfit_of_plausible: Estimate,
    /// Programs up to the first plausible one, itself included, where there is one: mean over such trees.
    pub tries: Figure,
    /// Programs up to the first plausible one, or all of a tree without one: mean over all trees.
    pub tries_of_all: Figure,
    /// Programs of the trees.
    pub programs: u64,
    /// Those of them that differ, to the byte, from every earlier program of their tree.
    pub unique: u64,
    /// Plausible programs.
    pub plausible_programs: u64,
    /// Those of them that differ, to the byte, from every earlier plausible program of their tree.
    pub unique_plausible: u64,
}

/// What one tree says.
struct Told {
    programs: usize,
    unique: usize,
    plausible: usize,
    unique_plausible: usize,
    /// The place of the first plausible program, from 1, and whether it is right.
    first: Option<(usize, bool)>,
}

/// The rows; none if no problem has public tests.
pub(crate) fn rows(
    manifest: &RunManifest,
    problems: &[Trees<'_>],
    sample: Sample,
    options: &Options,
) -> Vec<PlausibleRow> {
    let public: BTreeSet<&ProblemId> =
        manifest.problems.iter().filter(|entry| entry.public_tests > 0).map(|entry| &entry.id).collect();
    let rows = names(problems).into_iter().map(|name| {
        let is_wanted =
            |problem: &&Trees<'_>| public.contains(problem.id) && (name == ALL || problem.group == Some(name));
        let told: Vec<Vec<Told>> = problems
            .iter()
            .filter(is_wanted)
            .map(|problem| problem.all.iter().filter_map(|tree| Told::by(tree)).collect())
            .filter(|trees: &Vec<Told>| !trees.is_empty())
            .collect();
        row(name, &told, sample, options)
    });
    rows.filter(|row| row.problems > 0).collect()
}

impl Told {
    /// Programs are taken in the order of their slots: each, then what was made of it, before the next. `None` of a tree
    /// of which nothing is scored.
    fn by(tree: &RepairTree) -> Option<Self> {
        let programs: Vec<&Node> = tree.nodes().filter(|node| node.slot.is_program()).collect();
        programs.iter().any(|node| node.verdict().is_some()).then_some(())?;
        let is_plausible = |node: &&Node| node.passes(Suite::Public) == Some(true);
        let differ = |nodes: &[&Node]| {
            let texts = nodes.iter().filter_map(|node| Some(node.candidate.as_ref()?.program.digest()));
            texts.collect::<BTreeSet<_>>().len()
        };
        let plausible: Vec<&Node> = programs.iter().copied().filter(is_plausible).collect();
        let first = programs.iter().position(is_plausible);
        Some(Self {
            programs: programs.len(),
            unique: differ(&programs),
            plausible: plausible.len(),
            unique_plausible: differ(&plausible),
            first: first.map(|place| (place + 1, programs[place].passes(Suite::Hidden) == Some(true))),
        })
    }
}

fn row(name: &str, by_problem: &[Vec<Told>], sample: Sample, options: &Options) -> PlausibleRow {
    let mut table = Table::default();
    let mut column = |counts: fn(&Told) -> bool| {
        let share = |trees: &Vec<Told>| trees.iter().filter(|told| counts(told)).count() as f64 / trees.len() as f64;
        table.add(by_problem.iter().map(|trees| Some(share(trees))))
    };
    let plausible = column(|told| told.first.is_some());
    let correct = column(|told| told.first.is_some_and(|(_, is_right)| is_right));
    let overfit = column(|told| told.first.is_some_and(|(_, is_right)| !is_right));
    let name_of_table = format!("plausible {name}");
    let means = table.means(Resampling { times: options.resamples, seed: options.seed, name: &name_of_table, sample });
    let share = |column: Option<_>| match column {
        Some(column) => {
            Estimate { value: Figure::Value(means.all().mean(column)), interval: means.interval_of(column, (0.0, 1.0)) }
        }
        None => Estimate::absent("no tree is scored"),
    };
    let overfit_of_plausible = match overfit.zip(plausible) {
        Some((part, whole)) => means.ratio(&[(part, 1.0)], &[(whole, 1.0)], "no tree holds a plausible program"),
        None => Estimate::absent("no tree is scored"),
    };
    let all = || by_problem.iter().flatten();
    let sum = |of: fn(&Told) -> usize| all().map(of).sum::<usize>() as u64;
    let tries: Vec<f64> = all().filter_map(|told| Some(told.first?.0 as f64)).collect();
    let tries_of_all: Vec<f64> =
        all().map(|told| told.first.map_or(told.programs, |(place, _)| place) as f64).collect();
    PlausibleRow {
        group: name.to_owned(),
        problems: by_problem.len() as u64,
        trees: all().count() as u64,
        plausible_trees: tries.len() as u64,
        plausible: share(plausible),
        correct: share(correct),
        overfit: share(overfit),
        overfit_of_plausible,
        tries: Figure::or_absent(mean(&tries), || "no tree holds a plausible program".to_owned()),
        tries_of_all: Figure::or_absent(mean(&tries_of_all), || "no tree is scored".to_owned()),
        programs: sum(|told| told.programs),
        unique: sum(|told| told.unique),
        plausible_programs: sum(|told| told.plausible),
        unique_plausible: sum(|told| told.unique_plausible),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summarize;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    /// Conversations of at most two patches about a buggy program: what becomes of each patch, in order.
    fn conversations(problem: &str, patches: &[Ending]) -> RepairTree {
        let mut tree = Grown::new(problem, 0).node("p0", WRONG);
        for (place, ending) in patches.iter().enumerate() {
            let restart = format!("p0/r{}", place / 2);
            tree = tree.node(&if place % 2 == 0 { restart } else { restart + "/r0" }, *ending);
        }
        tree.submitted(None).tree
    }

    fn rows_of(public_tests: &[u32], trees: &[RepairTree]) -> Vec<PlausibleRow> {
        let ids: Vec<String> = (0..public_tests.len()).map(|place| format!("a/{place}")).collect();
        let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
        let mut manifest = manifest(&entries, 1);
        for (entry, tests) in manifest.problems.iter_mut().zip(public_tests) {
            entry.public_tests = *tests;
        }
        let options = Options { resamples: 0, ..Options::default() };
        summarize(&manifest, trees, &options).deeper.unwrap().plausible
    }

    #[track_caller]
    fn close(figure: &Figure, expected: f64) {
        let value = *figure.value().unwrap_or_else(|| panic!("absent: {figure:?}"));
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn the_first_plausible_program_decides_and_its_place_is_counted() {
        // Right at the third patch (a second conversation), overfit at the first, never, and at once.
        let trees = [
            conversations("a/0", &[WRONG, WRONG, PASSED]),
            conversations("a/1", &[Ending::Deceives, PASSED]),
            conversations("a/2", &[WRONG, WRONG, WRONG, WRONG]),
            Grown::new("a/3", 0).node("p0", PASSED).submitted(Some("p0")).tree,
        ];
        let rows = rows_of(&[1, 1, 1, 1], &trees);
        let row = &rows[0];
        assert_eq!((row.problems, row.trees, row.plausible_trees), (4, 4, 3));
        close(&row.plausible.value, 0.75);
        close(&row.correct.value, 0.5);
        close(&row.overfit.value, 0.25);
        close(&row.overfit_of_plausible.value, 1.0 / 3.0);
        // Places 4, 2 and 1; the tree without one wrote five.
        close(&row.tries, 7.0 / 3.0);
        close(&row.tries_of_all, 3.0);
        // Each program of these trees has the same text.
        assert_eq!((row.programs, row.unique), (4 + 3 + 5 + 1, 4));
        assert_eq!((row.plausible_programs, row.unique_plausible), (4, 3));
    }

    #[test]
    fn problems_without_public_tests_have_no_plausible_programs() {
        let trees = [conversations("a/0", &[WRONG, PASSED]), conversations("a/1", &[PASSED])];
        let rows = rows_of(&[0, 1], &trees);
        assert_eq!((rows[0].problems, rows[0].plausible_trees), (1, 1));
        assert!(rows_of(&[0, 0], &trees).is_empty());
        let never = rows_of(&[1], &[conversations("a/0", &[WRONG, WRONG])]);
        assert_eq!(never[0].tries.reason(), Some("no tree holds a plausible program"));
        assert_eq!(never[0].overfit_of_plausible.value.reason(), Some("no tree holds a plausible program"));
        close(&never[0].plausible.value, 0.0);
    }
}
