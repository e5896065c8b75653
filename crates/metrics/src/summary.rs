//! Everything that a run's figures say, in one serializable value.

use crate::bootstrap::{Resampling, Table};
use crate::coverage::Counted;
use crate::deeper::{success_rows, trees_by_problem};
use crate::frozen::frozen;
use crate::group::{ALL, Group, groups};
use crate::submitted::submitted;
use crate::tokens::mean;
use crate::{
    BudgetSaved, BugFigures, Cheating, CostRow, Coverage, CriticFigures, Deeper, Figure, FrozenProblem, FrozenProgram,
    GeneratedTests, Interval, Learning, NodeTally, Options, PassAtBudget, PassAtK, PassAtT, PassWithin, PeopleFigures,
    Sample, SamplingRow, Spending, Submitted, SuccessBy, SuccessRow, TokenCounts, UptakeRow, budget_rows, bugs,
    by_cost, cap_rows, cheating, critics, deeper, generated, k_rows, learning, pass_at_k, people, sampling, t_rows,
    uptake,
};
use mend_core::{ExtractionRule, Integrity, OracleLevel, ProblemEntry, ProblemId, RepairTree, RunManifest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Format of a summary as JSON, apart from that of manifests. 2: `answer` was added, rows of pass@t are those of the
/// terminal's table; `submitted` holds its n and cost, intervals stand beside their figures, bounds are over all
/// problems of the run.
pub const SUMMARY_VERSION: u32 = 2;

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SUMMARY_VERSION`] of the writer.
    pub schema_version: u32,
    /// What the figures are about.
    pub run: RunLabels,
    /// How much of the run the figures rest on.
    pub coverage: Coverage,
    /// Problems whose test can judge nobody, in the order of their ids: unscored as a whole.
    #[serde(default)]
    pub judges_nobody: Vec<ProblemId>,
    /// pass@1 of the first programs: mean over scored problems.
    pub pass_at_1: Bounded,
    /// pass@1 if every program that reached its time limit had passed.
    pub pass_at_1_without_time_limits: Figure,
    /// How often what is handed in by the public tests is right.
    pub submitted: Submitted,
    /// The same over problems with public tests: where there are none, a strategy that stops on them has
    /// nothing to go by.
    pub submitted_with_public_tests: Submitted,
    /// Problems of the run with public tests.
    pub problems_with_public_tests: u32,
    /// Share of a failing program's repairs that pass: mean over failing programs that have repairs.
    pub repair_success: Estimate,
    /// Failing programs behind `repair_success`.
    pub repaired_programs: u64,
    /// What critics are worth; `None` if there was none.
    pub critics: Option<CriticFigures>,
    /// What tests are worth that were written during the run, apart by their origin; none if there are no such tests.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub generated_tests: Vec<GeneratedTests>,
    /// What critics find of damages that are known; `None` where no such program was criticised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bugs: Option<BugFigures>,
    /// How often problems are passed whose tests contradict their statement; `None` if there are no such problems.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cheating: Option<Cheating>,
    /// What people said of programs; `None` of a run that asked none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub people: Option<PeopleFigures>,
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
    /// Figures of independent draws beyond pass@k: a row for each group, draws, metric and `k`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sampling: Vec<SamplingRow>,
    /// How often repairs of failing programs pass, by how these failed; after a row for all of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub repair_by_status: Vec<SuccessRow>,
    /// What shapes of trees save against independent programs on the way to a pass rate: a row for each group, shape,
    /// definition of tokens, baseline and rate.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub budget_saved: Vec<BudgetSaved>,
    /// What a whole set of problems costs, and each solved problem: a row for each group, shape and definition of tokens.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub coverage_at_cost: Vec<CostRow>,
    /// Whether repairs change what their feedback named: all feedback, then by difficulty and by who wrote it. None
    /// without such feedback, or where texts were not read.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub uptake: Vec<UptakeRow>,
    /// What trees did that hold more than programs, critiques and one round of repairs; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deeper: Option<Deeper>,
    /// What a strategy that learns from one problem for others did on its way; `None` of any other.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub learning: Option<Learning>,
}

/// The words that stand beside every figure of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLabels {
    /// Id of the run.
    pub id: String,
    /// Name of the data set, with what counts as public where that is not its own choice.
    pub dataset: String,
    /// Name of the model that writes programs; `coder+critic+repairer` if others criticise or repair them, each once.
    pub model: String,
    /// Whether any model is a simulation. The figures then say nothing about models.
    pub simulated: bool,
    /// Name of the strategy, with the parameters that make it another experiment.
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
            dataset: identity.dataset.label(),
            model: names.join("+"),
            simulated: identity.models.values().any(|model| model.simulated),
            strategy: identity.strategy.label.as_ref().unwrap_or(&identity.strategy.name).clone(),
            oracle_level: identity.strategy.oracle_level,
        }
    }
}

/// A figure over what could be scored, and the two ends between which it would lie if all of it could.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bounded {
    /// Over scored problems.
    pub value: Figure,
    /// Its interval over new problems.
    pub interval: Figure<Interval>,
    /// Over all problems of the run, if everything that was not scored, or not reached, had failed.
    pub if_unscored_fail: Figure,
    /// Over all problems of the run, if everything that was not scored, or not reached, had passed.
    pub if_unscored_pass: Figure,
}

/// A figure with its interval over new problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: Figure,
    /// Its interval.
    pub interval: Figure<Interval>,
}

impl Estimate {
    /// Neither, for a reason.
    pub(crate) fn absent(why: &str) -> Self {
        Self { value: Figure::Absent(why.to_owned()), interval: Figure::Absent(why.to_owned()) }
    }
}

/// Computes every figure of a run from its finished trees.
///
/// The trees of one problem are pooled. Trees of problems that the manifest does not list do not count.
///
/// Problems that a strategy learns from are in no figure but those of [`Learning`], and in what the run cost.
pub fn summarize(manifest: &RunManifest, trees: &[RepairTree], options: &Options) -> Summary {
    let learning = learning::figures(manifest, trees, options);
    let loop_share = learning::loop_share(manifest, trees);
    let manifest = &manifest.reported();
    let counted = Counted::of(manifest, trees);
    let frozen = frozen(manifest, &counted);
    let groups = groups(manifest, &frozen, counted.sample);
    let by_id: BTreeMap<&ProblemId, &FrozenProblem> = frozen.iter().map(|problem| (&problem.id, problem)).collect();
    let judges_nobody: BTreeSet<&ProblemId> =
        frozen.iter().filter(|problem| problem.judges_nobody).map(|problem| &problem.id).collect();
    let programs = |entry: &ProblemEntry| match by_id.get(&entry.id) {
        Some(problem) => Counts { n: problem.n(), c: problem.c(), unscored: problem.unscored },
        None => Counts { unscored: 1, ..Counts::default() },
    };
    let programs: Vec<Counts> = manifest.problems.iter().map(programs).collect();
    // None of these needs another, and most go over all nodes: they are worked out side by side.
    let ((by_cost, pass_at_t), (of_trees, of_nodes)) = rayon::join(
        || rayon::join(|| by_cost::rows(&groups, options), || t_rows::rows(&groups, options)),
        || {
            rayon::join(
                || OfTrees::of(manifest, &counted, &groups, loop_share, options),
                || OfNodes::of(manifest, (trees, &counted), &judges_nobody, options),
            )
        },
    );
    let OfTrees { deeper, sampling, repair_by_status, submitted, submitted_with_public_tests } = of_trees;
    // Of deeper trees the repairs of every round count, and the frozen view knows those of the first.
    let all_repairs = deeper.as_ref().and_then(|deeper| deeper.all_repairs.clone());
    let (repair_success, repaired_programs) =
        all_repairs.unwrap_or_else(|| (repair_success(&groups[0], options), repaired_programs(&frozen)));
    let [first_programs, repairs] = of_nodes.tallies;
    Summary {
        schema_version: SUMMARY_VERSION,
        run: RunLabels::of(manifest),
        coverage: Coverage {
            problems: manifest.problems.len() as u32,
            reached: frozen.len() as u32,
            scored: frozen.iter().filter(|problem| problem.n() > 0).count() as u32,
            trees: manifest.problems.len() as u32 * manifest.identity.replicates,
            finished: counted.finished,
            replicates: counted.replicates,
            sample: counted.sample,
        },
        judges_nobody: judges_nobody.iter().map(|id| (*id).clone()).collect(),
        pass_at_1: bounded(&programs, counted.sample, options),
        pass_at_1_without_time_limits: mean_share(
            frozen.iter().map(|problem| (problem.n(), problem.c() + problem.timed_out())),
        ),
        submitted,
        submitted_with_public_tests,
        problems_with_public_tests: manifest.problems.iter().filter(|entry| has_public_tests(entry)).count() as u32,
        repair_success,
        repaired_programs,
        critics: of_nodes.critics,
        generated_tests: of_nodes.generated_tests,
        bugs: of_nodes.bugs,
        cheating: of_nodes.cheating,
        people: of_nodes.people,
        first_programs,
        repairs,
        cooperative_passes: cooperative_passes(manifest, &frozen),
        extraction: of_nodes.extraction,
        spending: of_nodes.spending,
        pass_at_k: k_rows::rows(&groups, options),
        pass_at_t,
        pass_within: cap_rows::rows(&groups, options),
        pass_at_budget: budget_rows::rows(&groups, options),
        sampling,
        repair_by_status,
        budget_saved: by_cost.saved,
        coverage_at_cost: by_cost.covered,
        uptake: of_nodes.uptake,
        deeper,
        learning,
    }
}

/// Figures of what trees hand in and of what their edges show.
struct OfTrees {
    deeper: Option<Deeper>,
    sampling: Vec<SamplingRow>,
    repair_by_status: Vec<SuccessRow>,
    submitted: Submitted,
    submitted_with_public_tests: Submitted,
}

impl OfTrees {
    fn of(
        manifest: &RunManifest,
        counted: &Counted<'_>,
        groups: &[Group<'_>],
        loop_share: TokenCounts,
        options: &Options,
    ) -> Self {
        let ((deeper, repair_by_status), sampling) = rayon::join(
            || {
                rayon::join(
                    || deeper::figures(manifest, counted, &groups[0], loop_share, options),
                    || by_status(manifest, counted, options),
                )
            },
            || sampling::rows(manifest, counted, groups, options),
        );
        Self {
            deeper,
            sampling,
            repair_by_status,
            submitted: submitted(manifest, counted, options, |_| true),
            submitted_with_public_tests: submitted(manifest, counted, options, has_public_tests),
        }
    }
}

/// Figures that are counts of nodes.
struct OfNodes {
    tallies: [NodeTally; 2],
    critics: Option<CriticFigures>,
    generated_tests: Vec<GeneratedTests>,
    bugs: Option<BugFigures>,
    cheating: Option<Cheating>,
    people: Option<PeopleFigures>,
    extraction: BTreeMap<ExtractionRule, u64>,
    spending: Spending,
    uptake: Vec<UptakeRow>,
}

impl OfNodes {
    fn of(
        manifest: &RunManifest,
        (trees, counted): (&[RepairTree], &Counted<'_>),
        judges_nobody: &BTreeSet<&ProblemId>,
        options: &Options,
    ) -> Self {
        let ((tallies, spending), (extraction, people)) = rayon::join(
            || rayon::join(|| tallies(counted, judges_nobody), || Spending::of(trees)),
            || rayon::join(|| extraction(&counted.trees), || people::figures(trees)),
        );
        Self {
            tallies,
            critics: critics::figures(counted, options),
            generated_tests: generated::figures(counted, options),
            bugs: bugs::figures(manifest, counted, options),
            cheating: cheating::figures(manifest, counted, options),
            people,
            extraction,
            spending,
            uptake: taken_up(manifest, counted, options),
        }
    }
}

/// The repairs of failing programs, all and by how these failed.
fn by_status(manifest: &RunManifest, counted: &Counted<'_>, options: &Options) -> Vec<SuccessRow> {
    let wanted = |by| matches!(by, SuccessBy::All | SuccessBy::Status);
    success_rows(&trees_by_problem(manifest, counted), counted.sample, options, wanted)
}

/// Whether feedback is taken up. Texts that somebody else published are many, and are looked at on request.
fn taken_up(manifest: &RunManifest, counted: &Counted<'_>, options: &Options) -> Vec<UptakeRow> {
    if manifest.identity.imported.is_some() { vec![] } else { uptake::rows(manifest, counted, options) }
}

/// Scored draws of one problem, passing ones among them, and draws that could not be scored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) n: u32,
    pub(crate) c: u32,
    pub(crate) unscored: u32,
}

/// The mean over problems of the share that passes.
pub(crate) fn bounded(problems: &[Counts], sample: Sample, options: &Options) -> Bounded {
    let mut table = Table::default();
    let shares = problems.iter().filter(|counts| counts.n > 0).map(|counts| pass_at_k(counts.n, counts.c, 1).ok());
    let column = table.add(shares);
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: ALL, sample };
    let interval = column.map(|column| table.means(resampling).interval_of(column, (0.0, 1.0)));
    Bounded {
        value: mean_share(problems.iter().map(|counts| (counts.n, counts.c))),
        interval: interval.unwrap_or_else(|| Figure::Absent(NO_PROBLEM.to_owned())),
        if_unscored_fail: mean_share(problems.iter().map(|counts| (counts.n + counts.unscored, counts.c))),
        if_unscored_pass: mean_share(
            problems.iter().map(|counts| (counts.n + counts.unscored, counts.c + counts.unscored)),
        ),
    }
}

const NO_PROBLEM: &str = "no problem is scored";

/// Mean of `c / n` over the problems with draws.
fn mean_share(problems: impl Iterator<Item = (u32, u32)>) -> Figure {
    let values: Vec<f64> = problems.filter_map(|(n, c)| pass_at_k(n, c, 1).ok()).collect();
    Figure::or_absent(mean(&values), || NO_PROBLEM.to_owned())
}

fn has_public_tests(entry: &ProblemEntry) -> bool {
    entry.public_tests > 0
}

/// A failing program's share of passing repairs: mean over programs, whichever problem they belong to.
fn repair_success(all: &Group<'_>, options: &Options) -> Estimate {
    let mut table = Table::default();
    let of_problem =
        |problem: &FrozenProblem| -> Vec<f64> { problem.failing().filter_map(FrozenProgram::repair_success).collect() };
    let shares: Vec<Vec<f64>> = all.problems.iter().map(|problem| of_problem(problem)).collect();
    let sums = table.add(shares.iter().map(|shares| Some(shares.iter().sum())));
    let counts = table.add(shares.iter().map(|shares| Some(shares.len() as f64)));
    let why = "no failing program has a scored repair";
    match sums.zip(counts) {
        Some((sums, counts)) => table.means(all.resampling(options)).ratio(&[(sums, 1.0)], &[(counts, 1.0)], why),
        None => Estimate::absent(why),
    }
}

/// Failing first programs that have a scored repair.
fn repaired_programs(frozen: &[FrozenProblem]) -> u64 {
    let failing = frozen.iter().flat_map(FrozenProblem::failing);
    failing.filter(|program| program.repair_success().is_some()).count() as u64
}

/// First programs, and all others.
fn tallies(counted: &Counted<'_>, judges_nobody: &BTreeSet<&ProblemId>) -> [NodeTally; 2] {
    let mut tallies = [NodeTally::default(), NodeTally::default()];
    for tree in &counted.trees {
        let is_judged = !judges_nobody.contains(&tree.key.problem);
        for node in tree.nodes().filter(|node| node.slot.is_program()) {
            tallies[usize::from(node.slot.steps_above().is_some())].add(node, is_judged);
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
mod tests;
