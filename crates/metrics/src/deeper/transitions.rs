//! What becomes of programs from one repair to the next: outcomes, tests, and texts.

use super::lines::{Edge, edges, lines};
use super::{About, Trees};
use crate::bootstrap::{Column, Table};
use crate::tokens::mean;
use crate::{Estimate, Figure};
use mend_core::{Node, RepairTree, Status, TestsMode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The edges of a group's trees, from a program to its repair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Problems with an edge both of whose ends are scored.
    pub problems: u64,
    /// Edges both of whose ends are scored.
    pub edges: u64,
    /// Those from a right program to a right one.
    pub cc: u64,
    /// Those from a right program to a wrong one.
    pub ci: u64,
    /// Those from a wrong program to a right one.
    pub ic: u64,
    /// Those from a wrong program to a wrong one.
    pub ii: u64,
    /// `ci` over the edges from right programs; `cc` over them is its complement.
    pub ci_of_right: Estimate,
    /// `ic` over the edges from wrong programs; `ii` over them is its complement.
    pub ic_of_wrong: Estimate,
    /// Share of lines whose last program passes and whose first fails: mean over problems.
    pub delta_up: Estimate,
    /// Share of lines whose last program fails and whose first passes: mean over problems.
    pub delta_down: Estimate,
    /// Tests that the parent passes and the child fails, over those that the parent passes: mean over edges.
    pub regressed: Figure,
    /// Edges behind `regressed`: those from a program that passes a test.
    pub regressed_edges: u64,
    /// Share of these edges on which some test regresses.
    pub any_regressed: Figure,
    /// Edges of them whose child never ran, so that all its tests regress.
    pub not_run: u64,
    /// Tests that the parent fails and the child passes, over those that the parent fails: mean over edges.
    pub fixed: Figure,
    /// Edges behind `fixed`: those from a program that fails a test.
    pub fixed_edges: u64,
    /// Repairs that hold a program.
    pub repairs: u64,
    /// Those of them whose program is, to the byte, that of an earlier program of the tree.
    pub repeated: u64,
}

impl TransitionRow {
    /// A count over all edges; `None` without an edge.
    pub fn joint(&self, count: u64) -> Option<f64> {
        (self.edges > 0).then(|| count as f64 / self.edges as f64)
    }
}

/// The row of one group.
pub(crate) fn row(about: &About<'_>, group: &[&Trees<'_>], tests: TestsMode) -> TransitionRow {
    let counts: Vec<[u64; 4]> = group.iter().map(|problem| transitions(problem)).collect();
    let [cc, ci, ic, ii] = std::array::from_fn(|kind| counts.iter().map(|counts| counts[kind]).sum());
    let mut table = Table::default();
    let mut column = |of: fn(&[u64; 4]) -> u64| table.add(counts.iter().map(|counts| Some(of(counts) as f64)));
    let columns = [column(|c| c[1]), column(|c| c[0] + c[1]), column(|c| c[2]), column(|c| c[2] + c[3])];
    let means = table.means(about.resampling());
    let ratio = |part: Option<Column>, whole: Option<Column>, why: &str| match part.zip(whole) {
        Some((part, whole)) => means.ratio(&[(part, 1.0)], &[(whole, 1.0)], why),
        None => Estimate::absent(why),
    };
    let [up, down] = deltas(about, group);
    let tests = by_tests(group, tests);
    let (repairs, repeated) = repeated(group);
    TransitionRow {
        group: about.name.to_owned(),
        problems: counts.iter().filter(|counts| counts.iter().sum::<u64>() > 0).count() as u64,
        edges: cc + ci + ic + ii,
        cc,
        ci,
        ic,
        ii,
        ci_of_right: ratio(columns[0], columns[1], "no right program has a repair: each line stops at its first pass"),
        ic_of_wrong: ratio(columns[2], columns[3], "no wrong program has a scored repair"),
        delta_up: up,
        delta_down: down,
        regressed: tests.of(mean(&tests.regressed), "no repaired program passes a test"),
        regressed_edges: tests.regressed.len() as u64,
        any_regressed: tests.of(
            mean(&tests.regressed.iter().map(|share| f64::from(u8::from(*share > 0.0))).collect::<Vec<_>>()),
            "no repaired program passes a test",
        ),
        not_run: tests.not_run,
        fixed: tests.of(mean(&tests.fixed), "no repaired program fails a test"),
        fixed_edges: tests.fixed.len() as u64,
        repairs,
        repeated,
    }
}

/// cc, ci, ic, ii of one problem.
fn transitions(problem: &Trees<'_>) -> [u64; 4] {
    let mut counts = [0; 4];
    let edges = problem.all.iter().flat_map(|tree| edges(tree));
    for (parent, child) in edges.filter_map(|edge| edge.passes()) {
        counts[2 * usize::from(!parent) + usize::from(!child)] += 1;
    }
    counts
}

/// `delta_up` and `delta_down`.
fn deltas(about: &About<'_>, group: &[&Trees<'_>]) -> [Estimate; 2] {
    let mut shares: [Vec<f64>; 2] = [vec![], vec![]];
    for problem in group {
        let mut all = vec![];
        for tree in &problem.all {
            match lines(tree) {
                Ok(lines) => all.extend(lines),
                Err(slot) => {
                    let why =
                        format!("program `{slot}` of `{}` has several repairs: no line runs through it", problem.id);
                    return [Estimate::absent(&why), Estimate::absent(&why)];
                }
            }
        }
        if all.is_empty() {
            continue;
        }
        for (shares, from) in shares.iter_mut().zip([false, true]) {
            let changed = all.iter().filter(|line| line[0] == from && line[line.len() - 1] != from).count();
            shares.push(changed as f64 / all.len() as f64);
        }
    }
    shares.map(|shares| {
        let mut table = Table::default();
        let value = mean(&shares);
        match (table.add(shares.into_iter().map(Some)), value) {
            (Some(column), Some(value)) => {
                let interval = table.means(about.resampling()).interval_of(column, (0.0, 1.0));
                Estimate { value: Figure::Value(value), interval }
            }
            _ => Estimate::absent("no line of programs is scored"),
        }
    })
}

/// What becomes of single tests, edge by edge.
struct ByTests {
    why_none: Option<String>,
    regressed: Vec<f64>,
    fixed: Vec<f64>,
    not_run: u64,
}

impl ByTests {
    fn of(&self, value: Option<f64>, why: &str) -> Figure {
        match &self.why_none {
            Some(why) => Figure::Absent(why.clone()),
            None => Figure::or_absent(value, || why.to_owned()),
        }
    }
}

fn by_tests(group: &[&Trees<'_>], mode: TestsMode) -> ByTests {
    let mut found = ByTests { why_none: None, regressed: vec![], fixed: vec![], not_run: 0 };
    if mode != TestsMode::All {
        found.why_none = Some("suites end at their first failing test: `--tests all` runs the others".to_owned());
        return found;
    }
    for Edge { parent, child } in group.iter().flat_map(|problem| &problem.all).flat_map(|tree| edges(tree)) {
        // A parent that never ran passes nothing, and it is not known how many tests that is.
        let Some((before, total)) = passed(parent) else { continue };
        let after = match passed(child) {
            Some((after, same)) if same == total => after,
            None if child.verdict().is_some() => {
                found.not_run += u64::from(!before.is_empty());
                BTreeSet::new()
            }
            // Another suite, or nothing is known of it.
            _ => continue,
        };
        if !before.is_empty() {
            found.regressed.push(before.difference(&after).count() as f64 / before.len() as f64);
        }
        let failed = total as usize - before.len();
        if failed > 0 {
            found.fixed.push(after.difference(&before).count() as f64 / failed as f64);
        }
    }
    found
}

/// The hidden tests that a program passes, and how many there are; `None` if nothing ran.
fn passed(node: &Node) -> Option<(BTreeSet<u32>, u32)> {
    let suite = node.verdict()?.hidden.as_ref()?;
    let passed = suite.tests.iter().filter(|test| test.status == Status::Passed);
    Some((passed.map(|test| test.index).collect(), suite.total))
}

/// Repairs with a program, and those whose program the tree had before.
fn repeated(group: &[&Trees<'_>]) -> (u64, u64) {
    let (mut repairs, mut repeated) = (0, 0);
    for tree in group.iter().flat_map(|problem| &problem.all) {
        let mut seen = BTreeSet::new();
        for node in by_round(tree) {
            let Some(candidate) = &node.candidate else { continue };
            let is_new = seen.insert(candidate.program.digest());
            if node.slot.program_above().is_some() {
                repairs += 1;
                repeated += u64::from(!is_new);
            }
        }
    }
    (repairs, repeated)
}

/// Programs by the number of repairs behind them, then by slot: in what order they came is not known beyond that.
fn by_round(tree: &RepairTree) -> Vec<&Node> {
    let mut programs: Vec<&Node> = tree.nodes().filter(|node| node.slot.is_program()).collect();
    programs.sort_by_key(|node| node.slot.round());
    programs
}
