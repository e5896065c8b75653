//! How often repairs of failing programs pass, by what they are about and who wrote them.

use super::Trees;
use super::lines::edges;
use crate::bootstrap::{Resampling, Table};
use crate::group::ALL;
use crate::tokens::mean;
use crate::{Estimate, Figure, Options, Sample};
use mend_core::{Kind, Node, RepairTree};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// With fewer problems there is no interval.
const LEAST_PROBLEMS: usize = 5;

/// What the repairs of a row have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SuccessBy {
    /// Nothing: all repairs.
    All,
    /// The difficulty of their problem.
    Group,
    /// The status of the program that they mend.
    Status,
    /// The model that wrote them.
    Author,
    /// The round in which they were written.
    Round,
    /// The model that wrote the critique which they go by. Repairs that go by none are in no such row.
    Adviser,
}

impl SuccessBy {
    /// All kinds, in their order.
    const EACH: [Self; 6] = [Self::All, Self::Group, Self::Status, Self::Author, Self::Round, Self::Adviser];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Scored repairs of failing programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuccessRow {
    /// What they have in common.
    pub by: SuccessBy,
    /// Its value.
    pub of: String,
    /// The repairs.
    pub repairs: u64,
    /// Those of them that pass.
    pub passed: u64,
    /// The failing programs that they mend.
    pub programs: u64,
    /// The problems of these.
    pub problems: u64,
    /// `passed` over `repairs`.
    pub pooled: Estimate,
    /// Share of a failing program's repairs that pass: mean over programs.
    pub by_program: Figure,
}

/// What the repairs of one kind of one problem came to.
#[derive(Default)]
struct Tally<'a> {
    repairs: u64,
    passed: u64,
    /// Of each failing program, its repairs and those that pass.
    programs: BTreeMap<(usize, &'a mend_core::Slot), (u64, u64)>,
}

/// The model that wrote the critique which a repair goes by.
pub(crate) fn adviser(tree: &RepairTree, repair: &Node) -> Option<String> {
    let above = tree.node(&repair.slot.parent()?)?;
    above.model.as_deref().map(str::to_owned).filter(|_| above.slot.kind() == Kind::Feedback)
}

/// The rows: all repairs, then by difficulty, status, author, round and adviser, as far as they are wanted.
pub(crate) fn rows(
    problems: &[Trees<'_>],
    sample: Sample,
    options: &Options,
    wanted: impl Fn(SuccessBy) -> bool + Sync,
) -> Vec<SuccessRow> {
    let of_problems: Vec<_> = problems.par_iter().map(|problem| tallies(problem, &wanted)).collect();
    let mut by_kind: BTreeMap<(SuccessBy, Cow<'_, str>), BTreeMap<usize, Tally<'_>>> = BTreeMap::new();
    for (place, tallies) in of_problems.into_iter().enumerate() {
        for (kind, tally) in tallies {
            by_kind.entry(kind).or_default().insert(place, tally);
        }
    }
    let mut rows: Vec<SuccessRow> = by_kind
        .into_iter()
        .map(|((by, of), by_problem)| row(by, of.into_owned(), &by_problem, problems.len(), sample, options))
        .collect();
    // Rounds are numbers, and their words would put 10 before 2.
    rows.sort_by_key(|row| (row.by, if row.by == SuccessBy::Round { row.of.len() } else { 0 }, row.of.clone()));
    rows
}

/// What the repairs of one problem came to.
fn tallies<'a>(
    problem: &Trees<'a>,
    wanted: impl Fn(SuccessBy) -> bool,
) -> BTreeMap<(SuccessBy, Cow<'a, str>), Tally<'a>> {
    let mut tallies: BTreeMap<(SuccessBy, Cow<'a, str>), Tally<'a>> = BTreeMap::new();
    for (tree_index, &tree) in problem.all.iter().enumerate() {
        for edge in edges(tree) {
            let Some((false, passes)) = edge.passes() else { continue };
            let status = edge.parent.verdict().map_or("unscored", |verdict| verdict.status.as_str());
            let of = |by: SuccessBy| -> Option<Cow<'a, str>> {
                match by {
                    SuccessBy::All => Some(ALL.into()),
                    SuccessBy::Group => problem.group.map(Cow::Borrowed),
                    SuccessBy::Status => Some(status.into()),
                    SuccessBy::Author => edge.child.model.as_deref().map(Cow::Borrowed),
                    SuccessBy::Round => Some(edge.child.slot.round().to_string().into()),
                    SuccessBy::Adviser => adviser(tree, edge.child).map(Cow::Owned),
                }
            };
            for by in SuccessBy::EACH.into_iter().filter(|by| wanted(*by)) {
                let Some(of) = of(by) else { continue };
                let tally = tallies.entry((by, of)).or_default();
                tally.repairs += 1;
                tally.passed += u64::from(passes);
                let program = tally.programs.entry((tree_index, &edge.parent.slot)).or_default();
                program.0 += 1;
                program.1 += u64::from(passes);
            }
        }
    }
    tallies
}

/// Of each failing program of some trees that has scored repairs, the share of these that pass.
pub(crate) fn shares(trees: &[&RepairTree]) -> Vec<f64> {
    let mut shares = vec![];
    for tree in trees {
        let mut programs: BTreeMap<&mend_core::Slot, Vec<f64>> = BTreeMap::new();
        for edge in edges(tree) {
            if let Some((false, passes)) = edge.passes() {
                programs.entry(&edge.parent.slot).or_default().push(f64::from(u8::from(passes)));
            }
        }
        shares.extend(programs.values().filter_map(|passes| mean(passes)));
    }
    shares
}

/// The share of a failing program's repairs that pass, whichever round it is of, with its interval; and how many such
/// programs there are.
pub(crate) fn of_all(problems: &[Trees<'_>], sample: Sample, options: &Options) -> (Estimate, u64) {
    let by_problem: Vec<Vec<f64>> = problems.iter().map(|problem| shares(&problem.all)).collect();
    let mut table = Table::default();
    let sums = table.add(by_problem.iter().map(|shares| Some(shares.iter().sum())));
    let counts = table.add(by_problem.iter().map(|shares| Some(shares.len() as f64)));
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: ALL, sample };
    let why = "no failing program has a scored repair";
    let estimate = match sums.zip(counts) {
        Some((sums, counts)) => table.means(resampling).ratio(&[(sums, 1.0)], &[(counts, 1.0)], why),
        None => Estimate::absent(why),
    };
    (estimate, by_problem.iter().map(Vec::len).sum::<usize>() as u64)
}

fn row(
    by: SuccessBy,
    of: String,
    by_problem: &BTreeMap<usize, Tally<'_>>,
    all_problems: usize,
    sample: Sample,
    options: &Options,
) -> SuccessRow {
    let sum = |of: fn(&Tally<'_>) -> u64| by_problem.values().map(of).sum::<u64>();
    let mut table = Table::default();
    let mut column = |of: fn(&Tally<'_>) -> u64| {
        // A problem without such a repair stays in the table, with nothing to count.
        let counts = (0..all_problems).map(|place| Some(by_problem.get(&place).map_or(0.0, |tally| of(tally) as f64)));
        table.add(counts)
    };
    let columns = column(|tally| tally.passed).zip(column(|tally| tally.repairs));
    let name = format!("repair_success {} {of}", by.as_str());
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: &name, sample };
    let why = "no failing program has a scored repair";
    let mut pooled = match columns {
        Some((passed, repairs)) => table.means(resampling).ratio(&[(passed, 1.0)], &[(repairs, 1.0)], why),
        None => Estimate::absent(why),
    };
    if by_problem.len() < LEAST_PROBLEMS {
        pooled.interval = Figure::Absent(format!("no interval: fewer than {LEAST_PROBLEMS} problems"));
    }
    let programs = by_problem.values().flat_map(|tally| tally.programs.values());
    let shares: Vec<f64> = programs.map(|(repairs, passed)| *passed as f64 / *repairs as f64).collect();
    SuccessRow {
        by,
        of,
        repairs: sum(|tally| tally.repairs),
        passed: sum(|tally| tally.passed),
        programs: shares.len() as u64,
        problems: by_problem.len() as u64,
        pooled,
        by_program: Figure::or_absent(mean(&shares), || why.to_owned()),
    }
}
