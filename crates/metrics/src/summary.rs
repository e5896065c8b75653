//! Everything that a run's figures say, in one serializable value.

use crate::group::groups;
use crate::tokens::mean;
use crate::{
    CriticFigures, Figure, FrozenProblem, FrozenProgram, NodeTally, Options, PassAtBudget, PassAtK, PassAtT,
    PassWithin, Spending, budget_rows, cap_rows, critics, freeze, k_rows, pass_at_k, t_rows,
};
use mend_core::{
    ExtractionRule, Integrity, OracleLevel, ProblemEntry, RepairTree, RunManifest, SCHEMA_VERSION, Step, Suite,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// What the figures are about.
    pub run: RunLabels,
    /// How much of the run the figures rest on.
    pub coverage: Coverage,
    /// pass@1 of the first programs: mean over scored problems.
    pub pass_at_1: Bounded,
    /// pass@1 if every program that reached its time limit had passed.
    pub pass_at_1_without_time_limits: Figure,
    /// Share of trees whose submitted node passes: mean over each problem's trees, then over problems. A
    /// tree that submits nothing fails, unless none of its programs could be scored.
    pub submitted: Bounded,
    /// The same over problems with public tests: where there are none, a strategy that stops on them has
    /// nothing to go by.
    pub submitted_with_public_tests: Bounded,
    /// Problems of the run with public tests.
    pub problems_with_public_tests: u32,
    /// Share of a failing program's repairs that pass: mean over failing programs that have repairs.
    pub repair_success: Figure,
    /// Failing programs behind `repair_success`.
    pub repaired_programs: u64,
    /// What critics are worth; `None` if there was none.
    pub critics: Option<CriticFigures>,
    /// First programs of finished trees.
    pub first_programs: NodeTally,
    /// All other programs of finished trees.
    pub repairs: NodeTally,
    /// Passing first programs of problems whose tests and candidates cannot be kept apart.
    pub cooperative_passes: u64,
    /// Programs of finished trees by the rule that found them.
    pub extraction: BTreeMap<ExtractionRule, u64>,
    /// What the run cost, unfinished trees included.
    pub spending: Spending,
    /// pass@k for each group and `k`.
    pub pass_at_k: Vec<PassAtK>,
    /// pass@t for each group, definition of tokens, setting and baseline.
    pub pass_at_t: Figure<Vec<PassAtT>>,
    /// `pass_within@T` for each T that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pass_within: Vec<PassWithin>,
    /// `pass@t@T` for each T that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pass_at_budget: Vec<PassAtBudget>,
}

/// The words that stand beside every figure of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLabels {
    /// Id of the run.
    pub id: String,
    /// Name of the data set.
    pub dataset: String,
    /// Name of the model that writes programs; `coder+critic+repairer` if others criticise or repair them, each once.
    pub model: String,
    /// Whether any model is a simulation. The figures then say nothing about models.
    pub simulated: bool,
    /// Name of the strategy.
    pub strategy: String,
    /// How strongly the strategy leans on what a real user would not have.
    pub oracle_level: OracleLevel,
}

impl RunLabels {
    /// The labels of a manifest.
    pub fn of(manifest: &RunManifest) -> Self {
        let identity = &manifest.identity;
        let mut names: Vec<&str> = vec![];
        for model in identity.models.values() {
            if !names.contains(&&*model.name) {
                names.push(&model.name);
            }
        }
        Self {
            id: manifest.run_id.clone(),
            dataset: identity.dataset.name.clone(),
            model: names.join("+"),
            simulated: identity.models.values().any(|model| model.simulated),
            strategy: identity.strategy.name.clone(),
            oracle_level: identity.strategy.oracle_level,
        }
    }
}

/// How much of a run its figures rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Problems of the run.
    pub problems: u32,
    /// Problems with a finished tree. Fewer than `problems` after a stop: only these count.
    pub reached: u32,
    /// Reached problems with a scored first program. The others are in no mean.
    pub scored: u32,
    /// Trees of the run: problems times replicates.
    pub trees: u32,
    /// Finished trees. Only these count.
    pub finished: u32,
}

/// A figure over what could be scored, and the two ends between which it would lie if all of it could.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bounded {
    /// Over scored problems.
    pub value: Figure,
    /// Over reached problems, if everything unscored had failed.
    pub if_unscored_fail: Figure,
    /// Over reached problems, if everything unscored had passed.
    pub if_unscored_pass: Figure,
}

/// Computes every figure of a run from its finished trees.
///
/// The trees of one problem are pooled. Trees of problems that the manifest does not list do not count.
pub fn summarize(manifest: &RunManifest, trees: &[RepairTree], options: &Options) -> Summary {
    let frozen = freeze(manifest, trees);
    let listed: BTreeSet<_> = manifest.problems.iter().map(|entry| &entry.id).collect();
    let finished: Vec<&RepairTree> =
        trees.iter().filter(|tree| tree.is_finished() && listed.contains(&tree.key.problem)).collect();
    let groups = groups(manifest, &frozen);
    let success: Vec<f64> =
        frozen.iter().flat_map(FrozenProblem::failing).filter_map(FrozenProgram::repair_success).collect();
    let [first_programs, repairs] = tallies(&finished);
    Summary {
        schema_version: SCHEMA_VERSION,
        run: RunLabels::of(manifest),
        coverage: Coverage {
            problems: manifest.problems.len() as u32,
            reached: frozen.len() as u32,
            scored: frozen.iter().filter(|problem| problem.n() > 0).count() as u32,
            trees: manifest.problems.len() as u32 * manifest.identity.replicates,
            finished: finished.len() as u32,
        },
        pass_at_1: bounded(frozen.iter().map(|problem| Counts {
            n: problem.n(),
            c: problem.c(),
            unscored: problem.unscored,
        })),
        pass_at_1_without_time_limits: mean_pass_at_1(
            frozen.iter().map(|problem| (problem.n(), problem.c() + problem.timed_out())),
        ),
        submitted: bounded(submitted(manifest, &finished, |_| true).into_iter()),
        submitted_with_public_tests: bounded(submitted(manifest, &finished, has_public_tests).into_iter()),
        problems_with_public_tests: manifest.problems.iter().filter(|entry| has_public_tests(entry)).count() as u32,
        repair_success: Figure::or_absent(mean(&success), || "no failing program has a scored repair".to_owned()),
        repaired_programs: success.len() as u64,
        critics: critics::figures(&finished),
        first_programs,
        repairs,
        cooperative_passes: cooperative_passes(manifest, &frozen),
        extraction: extraction(&finished),
        spending: Spending::of(trees),
        pass_at_k: k_rows::rows(&groups, options),
        pass_at_t: t_rows::rows(&groups, options),
        pass_within: cap_rows::rows(&groups, options),
        pass_at_budget: budget_rows::rows(&groups, options),
    }
}

/// Scored draws, passing ones among them, and draws that could not be scored.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n: u32,
    c: u32,
    unscored: u32,
}

fn bounded(problems: impl Iterator<Item = Counts> + Clone) -> Bounded {
    Bounded {
        value: mean_pass_at_1(problems.clone().map(|counts| (counts.n, counts.c))),
        if_unscored_fail: mean_pass_at_1(problems.clone().map(|counts| (counts.n + counts.unscored, counts.c))),
        if_unscored_pass: mean_pass_at_1(
            problems.map(|counts| (counts.n + counts.unscored, counts.c + counts.unscored)),
        ),
    }
}

/// Mean of `c / n` over the problems with draws.
fn mean_pass_at_1(problems: impl Iterator<Item = (u32, u32)>) -> Figure {
    let values: Vec<f64> = problems.filter_map(|(n, c)| pass_at_k(n, c, 1).ok()).collect();
    Figure::or_absent(mean(&values), || "no problem is scored".to_owned())
}

fn has_public_tests(entry: &ProblemEntry) -> bool {
    entry.public_tests > 0
}

/// What each reached problem's trees handed in, of the problems that are asked for.
fn submitted(manifest: &RunManifest, finished: &[&RepairTree], wanted: impl Fn(&ProblemEntry) -> bool) -> Vec<Counts> {
    let mut by_problem: BTreeMap<_, Counts> = BTreeMap::new();
    for tree in finished {
        let counts = by_problem.entry(&tree.key.problem).or_default();
        let passed = match tree.submitted() {
            Some(slot) => tree.node(slot).and_then(|node| node.passes(Suite::Hidden)),
            None if tree.nodes().next().is_some() && tree.nodes().all(|node| node.passes(Suite::Hidden).is_none()) => {
                None
            }
            None => Some(false),
        };
        match passed {
            Some(passed) => {
                counts.n += 1;
                counts.c += u32::from(passed);
            }
            None => counts.unscored += 1,
        }
    }
    manifest
        .problems
        .iter()
        .filter(|entry| wanted(entry))
        .filter_map(|entry| by_problem.get(&entry.id).copied())
        .collect()
}

fn tallies(finished: &[&RepairTree]) -> [NodeTally; 2] {
    let mut tallies = [NodeTally::default(), NodeTally::default()];
    for node in finished.iter().flat_map(|tree| tree.nodes()) {
        match node.slot.steps() {
            [Step::Program(_)] => tallies[0].add(node),
            _ if node.slot.is_program() => tallies[1].add(node),
            _ => {}
        }
    }
    tallies
}

fn cooperative_passes(manifest: &RunManifest, frozen: &[FrozenProblem]) -> u64 {
    let cooperative: BTreeSet<_> = manifest
        .problems
        .iter()
        .filter(|entry| entry.integrity == Integrity::Cooperative)
        .map(|entry| &entry.id)
        .collect();
    frozen.iter().filter(|problem| cooperative.contains(&problem.id)).map(|problem| u64::from(problem.c())).sum()
}

fn extraction(finished: &[&RepairTree]) -> BTreeMap<ExtractionRule, u64> {
    let mut counts = BTreeMap::new();
    for candidate in finished.iter().flat_map(|tree| tree.nodes()).filter_map(|node| node.candidate.as_ref()) {
        *counts.entry(candidate.rule).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use crate::{Estimator, TokenDefinition};
    use mend_core::{FinishReason, ModelIdentity, Seat, Status, Tokens};

    use Ending::{Judged, Unscored};

    const PASSED: Ending = Judged(Status::Passed);
    const WRONG: Ending = Judged(Status::WrongAnswer);

    fn summary(manifest: &RunManifest, trees: Vec<Grown>) -> Summary {
        let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.tree).collect();
        summarize(manifest, &trees, &Options { resamples: 200, ..Options::default() })
    }

    #[test]
    fn only_finished_trees_count_and_the_others_still_cost() {
        let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None)], 1);
        let done = Grown::new("a/0", 0).node("p0", PASSED).submitted(Some("p0"));
        let open = Grown::new("a/1", 0).node("p0", WRONG);
        let summary = summary(&manifest, vec![done, open]);
        let coverage = Coverage { problems: 3, reached: 1, scored: 1, trees: 3, finished: 1 };
        assert_eq!(summary.coverage, coverage);
        assert_eq!(summary.pass_at_1.value, Figure::Value(1.0));
        assert_eq!(summary.first_programs.total, 1);
        assert_eq!((summary.spending.calls, summary.spending.tokens), (2, Tokens(200)));
    }

    #[test]
    fn replicates_of_a_problem_are_pooled() {
        let manifest = manifest(&[("a/0", None)], 2);
        let first = Grown::new("a/0", 0).node("p0", PASSED).node("p1", WRONG).submitted(Some("p0"));
        let second = Grown::new("a/0", 1).node("p0", WRONG).node("p1", WRONG).submitted(Some("p0"));
        let summary = summary(&manifest, vec![second, first]);
        assert_eq!((summary.pass_at_k[1].n_min, &summary.pass_at_k[1].value), (Some(4), &Figure::Value(0.5)));
        assert_eq!(summary.submitted.value, Figure::Value(0.5));
    }

    #[test]
    fn unscored_programs_leave_the_sample_and_show_as_bounds() {
        let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None)], 1);
        let trees = vec![
            Grown::new("a/0", 0).node("p0", PASSED).node("p1", Unscored).submitted(Some("p0")),
            Grown::new("a/1", 0).node("p0", WRONG).node("p1", WRONG).submitted(None),
            Grown::new("a/2", 0).node("p0", Unscored).node("p1", Judged(Status::Unsupported)).submitted(None),
        ];
        let summary = summary(&manifest, trees);
        let expected = Bounded {
            value: Figure::Value(0.5),
            if_unscored_fail: Figure::Value(0.5 / 3.0),
            if_unscored_pass: Figure::Value(2.0 / 3.0),
        };
        assert_eq!(summary.pass_at_1, expected);
        assert_eq!((summary.coverage.reached, summary.coverage.scored), (3, 2));
        assert_eq!((summary.first_programs.total, summary.first_programs.unscored), (6, 3));
        assert_eq!(summary.submitted.value, Figure::Value(0.5), "nothing handed in is a failure if it was scored");
        assert_eq!(summary.submitted.if_unscored_pass, Figure::Value(2.0 / 3.0));
        let reason = summary.pass_at_k[1].value.reason().unwrap();
        assert_eq!(reason, "problem `a/0` has 1 scored programs, fewer than k = 2");
    }

    #[test]
    fn submissions_are_also_shown_for_problems_with_public_tests_alone() {
        let mut manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        manifest.problems[1].public_tests = 0;
        let tree = |id, ending| Grown::new(id, 0).node("p0", ending).submitted(Some("p0"));
        let summary = summary(&manifest, vec![tree("a/0", PASSED), tree("a/1", WRONG)]);
        assert_eq!(summary.submitted.value, Figure::Value(0.5));
        assert_eq!(summary.submitted_with_public_tests.value, Figure::Value(1.0));
        assert_eq!(summary.problems_with_public_tests, 1);
    }

    #[test]
    fn time_limits_are_shown_as_if_they_had_passed() {
        let manifest = manifest(&[("a/0", None)], 1);
        let slow = Judged(Status::TimeLimit);
        let tree = Grown::new("a/0", 0).node("p0", slow).node("p1", WRONG).node("p2", PASSED).node("p3", WRONG);
        let summary = summary(&manifest, vec![tree.submitted(None)]);
        assert_eq!(summary.pass_at_1.value, Figure::Value(0.25));
        assert_eq!(summary.pass_at_1_without_time_limits, Figure::Value(0.5));
        assert_eq!(summary.first_programs.of(Status::TimeLimit), 1);
    }

    #[test]
    fn repair_success_is_a_mean_over_failing_programs() {
        let manifest = manifest(&[("a/0", None)], 1);
        let tree = Grown::new("a/0", 0)
            .node("p0", WRONG)
            .node("p0/r0", PASSED)
            .node("p1", WRONG)
            .node("p1/r0", WRONG)
            .node("p1/r1", WRONG)
            .node("p1/r2", Unscored)
            .node("p2", WRONG)
            .node("p3", PASSED)
            .node("p3/r0", PASSED);
        let summary = summary(&manifest, vec![tree.submitted(None)]);
        assert_eq!((summary.repair_success, summary.repaired_programs), (Figure::Value(0.5), 2));
        assert_eq!((summary.repairs.total, summary.repairs.unscored, summary.repairs.scored()), (5, 1, 4));
    }

    #[test]
    fn no_code_is_counted_apart_by_finish_reason() {
        let manifest = manifest(&[("a/0", None)], 1);
        let tree = Grown::new("a/0", 0).node("p0", Judged(Status::NoCode)).node("p1", PASSED);
        let summary = summary(&manifest, vec![tree.submitted(Some("p1"))]);
        assert_eq!(summary.first_programs.no_code, BTreeMap::from([(FinishReason::Stop, 1)]));
        assert_eq!(summary.extraction, BTreeMap::from([(ExtractionRule::LastFence, 1)]));
    }

    #[test]
    fn joint_pairs_carry_pass_at_t_and_chains_do_not() {
        let manifest = manifest(&[("a/0", Some("easy")), ("a/1", Some("hard"))], 1);
        let tree = |id| Grown::new(id, 0).node("p0", WRONG).node("p0/r0", PASSED).node("p1", PASSED);
        let trees = || vec![tree("a/0").submitted(Some("p1")), tree("a/1").submitted(Some("p1"))];
        let rows = summary(&manifest, trees()).pass_at_t;
        let first = &rows.value().unwrap()[0];
        assert_eq!((first.n_p, first.n_f, first.token_definition), (1, 1, TokenDefinition::Billed));
        assert_eq!((first.estimator, &first.pass_rate), (Estimator::Unbiased, &Figure::Value(1.0)));
        let mut groups: Vec<_> = rows.value().unwrap().iter().map(|row| row.group.as_str()).collect();
        groups.dedup();
        assert_eq!(groups, ["all", "easy", "hard"]);
        let mut trees = trees();
        trees.push(Grown::new("a/1", 1).node("p0", WRONG).node("p0/r0/r0", WRONG).submitted(None));
        assert!(summary(&manifest, trees).pass_at_t.reason().is_some());
    }

    #[test]
    fn a_run_without_a_finished_tree_has_a_summary_without_figures() {
        let manifest = manifest(&[("a/0", None)], 1);
        let summary = summary(&manifest, vec![]);
        assert_eq!(summary.pass_at_1.value.reason(), Some("no problem is scored"));
        assert_eq!(summary.submitted.value.reason(), Some("no problem is scored"));
        assert!(summary.pass_at_k.iter().all(|row| row.value.reason().is_some()));
        assert!(summary.pass_at_t.reason().is_some());
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }

    #[test]
    fn the_model_label_names_a_repairer_only_if_it_differs() {
        let mut manifest = manifest(&[], 1);
        let coder = manifest.identity.models[&Seat::CODER].clone();
        manifest.identity.models.insert(Seat::REPAIRER, coder.clone());
        assert_eq!(RunLabels::of(&manifest).model, "sim/journeyman");
        let repairer = ModelIdentity { name: "openai/x".into(), simulated: false, ..coder };
        manifest.identity.models.insert(Seat::REPAIRER, repairer);
        let labels = RunLabels::of(&manifest);
        assert_eq!((labels.model.as_str(), labels.simulated), ("sim/journeyman+openai/x", true));
    }

    #[test]
    fn a_summary_does_not_depend_on_the_order_of_trees() {
        let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        let trees = |order: [&str; 2]| {
            order
                .map(|id| Grown::new(id, 0).node("p0", if id == "a/0" { PASSED } else { WRONG }).submitted(None))
                .into()
        };
        assert_eq!(summary(&manifest, trees(["a/0", "a/1"])), summary(&manifest, trees(["a/1", "a/0"])));
    }
}
