//! Tables of repairs that hold for any run: how often repairs pass by what they have in common, and how each failing
//! program's repairs ended.

use crate::against::Run;
use crate::coverage::Counted;
use crate::deeper::{edges, success_rows, trees_by_problem};
use crate::{Options, SuccessRow};
use mend_core::{ProblemId, RepairTree, Slot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How often repairs of failing programs pass: all, then by difficulty, status, author, round and adviser.
pub fn repair_success(run: Run<'_>, options: &Options) -> Vec<SuccessRow> {
    let counted = Counted::of(run.manifest, run.trees);
    success_rows(&trees_by_problem(run.manifest, &counted), counted.sample, options, |_| true)
}

/// A failing program that was repaired, and how its repairs ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramCounts {
    /// The data set's word for its problem's difficulty, if it has one.
    pub group: Option<String>,
    /// Its problem.
    pub problem: ProblemId,
    /// Which of the problem's trees.
    pub replicate: u32,
    /// Its place.
    pub slot: Slot,
    /// How it failed.
    pub status: &'static str,
    /// Critiques that its scored repairs go by; 0 where each repair comes with an explanation of its own.
    pub critiques: u64,
    /// Its scored repairs.
    pub repairs: u64,
    /// Those of them that pass.
    pub passed: u64,
}

/// The failing programs with a scored repair, by problem in the manifest's order, replicate and slot.
pub fn repaired_programs(run: Run<'_>) -> Vec<ProgramCounts> {
    let counted = Counted::of(run.manifest, run.trees);
    let problems = trees_by_problem(run.manifest, &counted);
    let of_tree = |group: Option<&str>, tree: &RepairTree| {
        let mut rows: Vec<ProgramCounts> = vec![];
        let mut critiques: BTreeSet<Slot> = BTreeSet::new();
        let mut sorted: Vec<_> = edges(tree).filter(|edge| edge.passes().is_some_and(|(right, _)| !right)).collect();
        sorted.sort_by(|a, b| (&a.parent.slot, &a.child.slot).cmp(&(&b.parent.slot, &b.child.slot)));
        for edge in sorted {
            if rows.last().is_none_or(|row| row.slot != edge.parent.slot) {
                rows.push(ProgramCounts {
                    group: group.map(str::to_owned),
                    problem: tree.key.problem.clone(),
                    replicate: tree.key.replicate,
                    slot: edge.parent.slot.clone(),
                    status: edge.parent.verdict().map_or("unscored", |verdict| verdict.status.as_str()),
                    critiques: 0,
                    repairs: 0,
                    passed: 0,
                });
            }
            let Some(row) = rows.last_mut() else { continue };
            let above = edge.child.slot.parent().filter(|above| *above != row.slot);
            row.critiques += u64::from(above.is_some_and(|critique| critiques.insert(critique)));
            row.repairs += 1;
            row.passed += u64::from(edge.passes() == Some((false, true)));
        }
        rows
    };
    problems.iter().flat_map(|problem| problem.all.iter().flat_map(|tree| of_tree(problem.group, tree))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    #[test]
    fn one_round_of_repairs_has_both_tables_and_a_program_counts_out_of_its_repairs() {
        let joint = Grown::new("a/0", 0)
            .node("p0", Ending::Judged(Status::RuntimeError))
            .node("p0/r0", WRONG)
            .node("p0/r1", PASSED)
            .node("p0/r2", Ending::Unscored)
            .node("p1", PASSED)
            .node("p2", WRONG)
            .submitted(None);
        let advised = Grown::new("a/1", 0)
            .node("p0", WRONG)
            .node("p0/f0", Ending::Critiqued(None))
            .node("p0/f0/r0", WRONG)
            .node("p0/f0/r1", WRONG)
            .node("p0/f1", Ending::Critiqued(None))
            .node("p0/f1/r0", PASSED)
            .submitted(None);
        let manifest = manifest(&[("a/0", Some("easy")), ("a/1", None)], 1);
        let trees = [advised.tree, joint.tree];
        let run = Run { manifest: &manifest, trees: &trees };
        let told: Vec<String> = repaired_programs(run)
            .into_iter()
            .map(|row| {
                let ProgramCounts { group, problem, slot, status, critiques, repairs, passed, .. } = row;
                format!("{group:?} {problem} {slot} {status}: {critiques} critiques, {passed} of {repairs}")
            })
            .collect();
        assert_eq!(
            told,
            [
                "Some(\"easy\") a/0 p0 runtime_error: 0 critiques, 1 of 2",
                "None a/1 p0 wrong_answer: 2 critiques, 1 of 3",
            ]
        );
        let rows = repair_success(run, &Options { resamples: 0, ..Options::default() });
        let told: Vec<String> =
            rows.iter().map(|row| format!("{} {} {}/{}", row.by.as_str(), row.of, row.passed, row.repairs)).collect();
        assert_eq!(
            told,
            [
                "all all 2/5",
                "group easy 1/2",
                "status runtime_error 1/2",
                "status wrong_answer 1/3",
                "author sim/journeyman 2/5",
                "round 1 2/5",
                "adviser sim/journeyman 1/3",
            ]
        );
        assert_eq!(rows[0].pooled.value.value(), Some(&0.4));
        assert_eq!(rows[0].by_program.value(), Some(&f64::midpoint(0.5, 1.0 / 3.0)));
    }
}
