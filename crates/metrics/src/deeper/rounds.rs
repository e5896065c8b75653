//! Figures by round: what is solved after no repair, after one, after two, and so on.

use super::lines::{Line, lines, solved, stands};
use super::{About, Trees};
use crate::bootstrap::Table;
use crate::submitted::cost_of_nodes;
use crate::tokens::mean;
use crate::{Costs, Estimate, Figure, TokenDefinition};
use mend_core::{Node, RepairTree, Suite};
use serde::{Deserialize, Serialize};

/// One round of a group of problems. Means are over a problem's lines, then over problems.
///
/// A *line* is a first program with its repairs one after another. A line that stopped keeps its last program in all
/// later rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Repairs that lie behind: 0 for first programs.
    pub round: u32,
    /// Problems that have a line.
    pub problems: u64,
    /// Lines, all of whose programs are scored.
    pub lines: u64,
    /// Share of lines whose current program passes.
    pub solved: Estimate,
    /// Share of lines of which some program passes, up to this round.
    pub solved_any: Estimate,
    /// What the round adds to `solved_any`.
    pub newly_solved: Figure,
    /// Lines of which no program passed before this round.
    pub at_risk: u64,
    /// Those of them of which one passes in this round, as a share.
    pub hazard: Figure,
    /// Scored programs that were written in this round.
    pub programs: u64,
    /// Those of them that pass.
    pub programs_passed: u64,
    /// Share of a problem's programs of this round that pass: mean over problems that have any.
    pub accuracy: Figure,
    /// What a tree spent in this round: mean over all trees of a problem, those that stopped included, then over
    /// problems.
    pub cost: Costs,
}

/// The rows of one group.
pub(crate) fn rows(
    about: &About<'_>,
    group: &[&Trees<'_>],
    by_problem: &Result<Vec<Vec<Line>>, String>,
) -> Vec<RoundRow> {
    let last = group.iter().flat_map(|problem| &problem.all).flat_map(|tree| tree.nodes());
    let last = last.filter(|node| node.slot.is_program()).map(|node| node.slot.round()).max().unwrap_or(0);
    (0..=last).map(|round| row(about, group, by_problem, round)).collect()
}

/// The lines of each problem that has any, or why there are none.
pub(crate) fn lines_of(group: &[&Trees<'_>]) -> Result<Vec<Vec<Line>>, String> {
    let mut by_problem = vec![];
    for problem in group {
        let mut all = vec![];
        for tree in &problem.all {
            let several =
                |slot| format!("program `{slot}` of `{}` has several repairs: no line runs through it", problem.id);
            all.extend(lines(tree).map_err(several)?);
        }
        if !all.is_empty() {
            by_problem.push(all);
        }
    }
    if by_problem.is_empty() { Err("no line of programs is scored".to_owned()) } else { Ok(by_problem) }
}

fn row(about: &About<'_>, group: &[&Trees<'_>], by_problem: &Result<Vec<Vec<Line>>, String>, round: u32) -> RoundRow {
    let at = round as usize;
    let lines: &[Vec<Line>] = by_problem.as_ref().map_or(&[], Vec::as_slice);
    let share = |passes: fn(&[bool], usize) -> bool, at: usize| -> Vec<f64> {
        let of_problem =
            |lines: &Vec<Line>| lines.iter().filter(|line| passes(line, at)).count() as f64 / lines.len() as f64;
        lines.iter().map(of_problem).collect()
    };
    let estimate = |shares: Vec<f64>| match by_problem {
        Ok(_) => estimate(about, shares, "no line of programs is scored"),
        Err(why) => Estimate::absent(why),
    };
    let any = mean(&share(solved, at));
    let before = if at == 0 { Some(0.0) } else { mean(&share(solved, at - 1)) };
    let absent = || by_problem.as_ref().err().cloned().unwrap_or_default();
    let open: Vec<&Line> = lines.iter().flatten().filter(|line| at == 0 || !solved(line, at - 1)).collect();
    let found = open.iter().filter(|line| solved(line, at)).count();
    let hazard = (!open.is_empty()).then(|| found as f64 / open.len() as f64);
    let programs: Vec<Vec<f64>> = group.iter().map(|problem| outcomes(problem, round)).collect();
    let accuracies: Vec<f64> = programs.iter().filter_map(|outcomes| mean(outcomes)).collect();
    RoundRow {
        group: about.name.to_owned(),
        round,
        problems: lines.len() as u64,
        lines: lines.iter().map(Vec::len).sum::<usize>() as u64,
        solved: estimate(share(stands, at)),
        solved_any: estimate(share(solved, at)),
        newly_solved: Figure::or_absent(any.zip(before).map(|(any, before)| any - before), absent),
        at_risk: open.len() as u64,
        hazard: match by_problem {
            Ok(_) => Figure::or_absent(hazard, || "every line was solved before".to_owned()),
            Err(why) => Figure::Absent(why.clone()),
        },
        programs: programs.iter().map(Vec::len).sum::<usize>() as u64,
        programs_passed: programs.iter().flatten().sum::<f64>() as u64,
        accuracy: Figure::or_absent(mean(&accuracies), || "no program of this round is scored".to_owned()),
        cost: Costs::each(|definition| cost(group, round, definition)),
    }
}

/// The mean over problems of one share each; `why` it is absent where there is none.
pub(super) fn estimate(about: &About<'_>, shares: Vec<f64>, why: &str) -> Estimate {
    estimate_within(about, shares, (0.0, 1.0), why)
}

/// As [`estimate`], of values that lie within a range.
pub(super) fn estimate_within(about: &About<'_>, values: Vec<f64>, range: (f64, f64), why: &str) -> Estimate {
    let mut table = Table::default();
    let value = mean(&values);
    match (table.add(values.into_iter().map(Some)), value) {
        (Some(column), Some(value)) => {
            let means = table.means(about.resampling());
            Estimate { value: Figure::Value(value), interval: means.interval_of(column, range) }
        }
        _ => Estimate::absent(why),
    }
}

/// Whether each scored program of a round passes, as numbers.
fn outcomes(problem: &Trees<'_>, round: u32) -> Vec<f64> {
    let nodes = problem.all.iter().flat_map(|tree| tree.nodes());
    let programs = nodes.filter(|node| node.slot.is_program() && node.slot.round() == round);
    programs.filter_map(|node| node.passes(Suite::Hidden)).map(|passes| f64::from(u8::from(passes))).collect()
}

/// The round for which a node was asked: a critique of a program, and a note on it, serve its repair.
fn round_of(node: &Node) -> u32 {
    let serves_a_repair = !node.slot.is_program() && node.slot.program_above().is_some();
    node.slot.round() + u32::from(serves_a_repair)
}

/// Mean cost of a round by one definition.
fn cost(group: &[&Trees<'_>], round: u32, definition: TokenDefinition) -> Figure {
    let of_tree = |tree: &&RepairTree| cost_of_nodes(tree.nodes().filter(|node| round_of(node) == round), definition);
    let of_problem = |problem: &&Trees<'_>| mean(&problem.all.iter().map(of_tree).collect::<Option<Vec<f64>>>()?);
    let means: Option<Vec<f64>> = group.iter().map(of_problem).collect();
    Figure::or_absent(means.and_then(|means| mean(&means)), || {
        format!("the `{definition}` cost of some answers is unknown")
    })
}
