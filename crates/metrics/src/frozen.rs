//! A number-only view of finished trees, which every estimator works on.

use crate::TokenCounts;
use crate::coverage::Counted;
use crate::tokens::mean;
use mend_core::{Cause, Node, ProblemEntry, ProblemId, RepairTree, RunManifest, Slot, Status, Step, Suite};
use rayon::prelude::*;

/// One problem with the first programs of all its finished trees.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenProblem {
    /// The problem.
    pub id: ProblemId,
    /// The data set's word for its difficulty, if it has one.
    pub group: Option<String>,
    /// Whether it has public tests.
    pub has_public_tests: bool,
    /// Scored first programs. Replicates are pooled: all are independent draws from one statement.
    pub programs: Vec<FrozenProgram>,
    /// First programs that could not be scored. They leave the sample with their repairs.
    pub unscored: u32,
    /// Whether its test can judge nobody. It is then unscored as a whole: the programs that failed before they got to
    /// the test would otherwise stand for those that got there.
    pub judges_nobody: bool,
    /// First programs drawn in each finished tree, scored or not.
    pub drawn: Vec<u32>,
    /// Whether a tree holds more than programs and their direct repairs, as chains do: its repairs are
    /// then no sample from which other settings could be evaluated.
    pub beyond_repairs: bool,
    /// Whether its first programs are independent draws.
    pub draws: FirstDraws,
}

/// How first programs of one problem belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstDraws {
    /// Each was drawn by itself.
    Independent,
    /// Two were written from one note: what holds of one may hold of the other because of it.
    FromOneNote,
}

/// A scored first program.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenProgram {
    /// Its outcome.
    pub passes: Passes,
    /// Whether it failed the hidden suite by its time limit.
    pub timed_out: bool,
    /// What it cost.
    pub tokens: TokenCounts,
    /// The feedback that it got. A program that passes may have some too; no estimator here looks at it.
    pub feedbacks: Vec<FrozenFeedback>,
}

/// Feedback on a program, with the repairs that were written from it. A joint feedback-and-repair pair is
/// feedback that costs nothing, with one repair.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenFeedback {
    /// What it cost, once, however many repairs follow. Nothing where each repair comes with its own.
    pub tokens: TokenCounts,
    /// Its scored repairs.
    pub repairs: Vec<FrozenRepair>,
}

/// A scored repair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrozenRepair {
    /// Its outcome.
    pub passes: Passes,
    /// What it cost; with its feedback, if it was written with it.
    pub tokens: TokenCounts,
}

/// Which suites a scored program or repair passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passes {
    /// The hidden suite: what counts.
    pub hidden: bool,
    /// The public suite, or true where the problem has none: a strategy that stops on it then stops here.
    pub public: bool,
}

impl Passes {
    /// Passes both suites, or fails both.
    pub fn both(passed: bool) -> Self {
        Self { hidden: passed, public: passed }
    }
}

impl FrozenProgram {
    /// Share of its repairs that pass; `None` if it has none.
    pub fn repair_success(&self) -> Option<f64> {
        let repairs = self.feedbacks.iter().flat_map(|feedback| &feedback.repairs);
        let passes: Vec<f64> = repairs.map(|repair| f64::from(u8::from(repair.passes.hidden))).collect();
        mean(&passes)
    }
}

impl FrozenProblem {
    /// The view of one problem's trees, all of which count: in the order given, finished or not.
    pub fn pool<'a>(entry: &ProblemEntry, trees: impl IntoIterator<Item = &'a RepairTree>) -> Self {
        let mut problem = Self {
            id: entry.id.clone(),
            group: entry.difficulty.clone(),
            has_public_tests: entry.public_tests > 0,
            programs: vec![],
            unscored: 0,
            judges_nobody: false,
            drawn: vec![],
            beyond_repairs: false,
            draws: FirstDraws::Independent,
        };
        let trees: Vec<&RepairTree> = trees.into_iter().collect();
        for tree in &trees {
            add_tree(&mut problem, tree);
        }
        if judges_nobody(&trees) {
            problem.judges_nobody = true;
            problem.unscored += problem.n();
            problem.programs.clear();
        }
        problem
    }

    /// Number of scored programs.
    pub fn n(&self) -> u32 {
        self.programs.len() as u32
    }

    /// Number of programs that pass.
    pub fn c(&self) -> u32 {
        self.programs.iter().filter(|program| program.passes.hidden).count() as u32
    }

    /// Number of programs that timed out.
    pub fn timed_out(&self) -> u32 {
        self.programs.iter().filter(|program| program.timed_out).count() as u32
    }

    /// Programs that fail, in order.
    pub fn failing(&self) -> impl Iterator<Item = &FrozenProgram> + Clone {
        self.programs.iter().filter(|program| !program.passes.hidden)
    }
}

/// The problems that at least one finished tree belongs to, in the manifest's order.
///
/// Unfinished trees are left out, trees of problems that the manifest does not list, and those of a replicate that is
/// not whole if an earlier one is.
pub fn freeze(manifest: &RunManifest, trees: &[RepairTree]) -> Vec<FrozenProblem> {
    frozen(manifest, &Counted::of(manifest, trees))
}

pub(crate) fn frozen(manifest: &RunManifest, counted: &Counted<'_>) -> Vec<FrozenProblem> {
    let by_problem = counted.by_problem();
    let pooled = |entry: &ProblemEntry| Some(FrozenProblem::pool(entry, by_problem.get(&entry.id)?.iter().copied()));
    manifest.problems.par_iter().filter_map(pooled).collect()
}

/// Whether a problem's test can judge nobody: it is broken for whoever gets to it, so that verdicts exist only of
/// programs that failed before.
///
/// What proves nothing of a program is another matter: it depends on what the program returns, so that a model could take
/// problems out of its mean by it. Such a program alone is unscored, and the bounds tell what it can come to.
pub fn judges_nobody(trees: &[&RepairTree]) -> bool {
    let nodes = || trees.iter().flat_map(|tree| tree.nodes());
    trees.iter().any(|tree| tree.has_broken_test())
        && nodes().any(|node| node.cause() == Some(Cause::BrokenTest))
        && !nodes().any(Node::reached_a_test)
}

/// Whether a tree holds more than first programs, critiques of these, and one round of repairs.
pub(crate) fn is_beyond_repairs(tree: &RepairTree) -> bool {
    let is_within = |node: &Node| {
        matches!(
            node.slot.steps(),
            [Step::Program(_)]
                | [Step::Program(_), Step::Repair(_) | Step::Feedback(_)]
                | [Step::Program(_), Step::Feedback(_), Step::Repair(_)]
        )
    };
    !tree.nodes().all(is_within)
}

/// Nodes come parents first, so what a node belongs to was met last.
fn add_tree(problem: &mut FrozenProblem, tree: &RepairTree) {
    let mut drawn = 0;
    // The program and the critique that count among those met so far.
    let (mut program, mut critique) = (None, None);
    // What first programs stand below, in the order of their slots: those of one note stand together.
    let mut notes: Vec<Slot> = vec![];
    for node in tree.nodes() {
        match *node.slot.steps() {
            [Step::Program(p)] => {
                drawn += 1;
                program = scored_program(node).map(|scored| {
                    problem.programs.push(scored);
                    p
                });
                problem.unscored += u32::from(program.is_none());
            }
            [Step::Program(p), Step::Repair(_)] => {
                let repairs = scored_repair(node).map(|repair| vec![repair]);
                let parent = problem.programs.last_mut().filter(|_| program == Some(p));
                if let (Some(parent), Some(repairs)) = (parent, repairs) {
                    parent.feedbacks.push(FrozenFeedback { tokens: TokenCounts::alike(0.0), repairs });
                }
            }
            [Step::Program(p), Step::Feedback(f)] => {
                let parent = problem.programs.last_mut().filter(|_| program == Some(p));
                // A critique that never came, or that nobody could read, leaves the sample.
                let is_there = node.completion.is_some() && node.unscored().is_none();
                critique = parent.filter(|_| is_there).map(|parent| {
                    parent.feedbacks.push(FrozenFeedback { tokens: TokenCounts::of_node(node), repairs: vec![] });
                    (p, f)
                });
            }
            [Step::Program(p), Step::Feedback(f), Step::Repair(_)] => {
                let feedback = problem.programs.last_mut().and_then(|parent| parent.feedbacks.last_mut());
                let feedback = feedback.filter(|_| critique == Some((p, f)));
                if let (Some(feedback), Some(repair)) = (feedback, scored_repair(node)) {
                    feedback.repairs.push(repair);
                }
            }
            // A first program that was written from a note: what it cost is not known by itself.
            _ if node.slot.is_first_program() => {
                drawn += 1;
                let scored =
                    scored_program(node).map(|scored| FrozenProgram { tokens: TokenCounts::default(), ..scored });
                problem.unscored += u32::from(scored.is_none());
                problem.programs.extend(scored);
                // No repair of a program at the root belongs to it.
                program = None;
                let note = node.slot.parent();
                if notes.last() == note.as_ref() {
                    problem.draws = FirstDraws::FromOneNote;
                }
                notes.extend(note);
                problem.beyond_repairs = true;
            }
            _ => problem.beyond_repairs = true,
        }
    }
    problem.drawn.push(drawn);
}

fn scored_program(node: &Node) -> Option<FrozenProgram> {
    Some(FrozenProgram {
        passes: passes(node)?,
        timed_out: node.verdict().is_some_and(|verdict| verdict.status == Status::TimeLimit),
        tokens: TokenCounts::of_node(node),
        feedbacks: vec![],
    })
}

fn scored_repair(node: &Node) -> Option<FrozenRepair> {
    Some(FrozenRepair { passes: passes(node)?, tokens: TokenCounts::of_node(node) })
}

/// Which suites the node passes; `None` if it is not scored.
fn passes(node: &Node) -> Option<Passes> {
    let hidden = node.passes(Suite::Hidden)?;
    Some(Passes { hidden, public: node.passes(Suite::Public) != Some(false) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    #[track_caller]
    fn pooled(tree: &Grown) -> FrozenProblem {
        FrozenProblem::pool(&manifest(&[("a/0", None)], 1).problems[0], [&tree.tree])
    }

    #[test]
    fn a_joint_pair_is_free_feedback_with_one_repair() {
        let tree = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", PASSED).node("p0/r1", Ending::Unscored);
        let [program] = &pooled(&tree).programs[..] else { panic!("one program") };
        let [feedback] = &program.feedbacks[..] else { panic!("an unscored pair leaves the sample") };
        assert_eq!(feedback.tokens, TokenCounts::alike(0.0));
        assert_eq!((feedback.repairs[0].passes, feedback.repairs[0].tokens.paper), (Passes::both(true), Some(8.0)));
    }

    #[test]
    fn a_critique_is_feedback_that_counts_whole_and_once() {
        let tree = Grown::new("a/0", 0)
            .node("p0", WRONG)
            .node("p0/f0", Ending::Critiqued(None))
            .node("p0/f0/r0", WRONG)
            .node("p0/f0/r1", PASSED)
            .node("p0/f1", Ending::Unscored)
            .node("p1", Ending::Unscored)
            .node("p1/f0", Ending::Critiqued(None))
            .node("p1/f0/r0", PASSED);
        let problem = pooled(&tree);
        assert_eq!((problem.n(), problem.unscored, problem.beyond_repairs), (1, 1, false));
        let [feedback] = &problem.programs[0].feedbacks[..] else { panic!("an unscored critique leaves the sample") };
        assert_eq!((feedback.tokens.paper, feedback.tokens.billed), (Some(9.0), Some(100.0)));
        assert_eq!(feedback.repairs.iter().map(|repair| repair.passes.hidden).collect::<Vec<_>>(), [false, true]);
        assert_eq!(problem.programs[0].repair_success(), Some(0.5));
    }

    #[test]
    fn repairs_of_repairs_are_beyond_what_other_settings_can_be_evaluated_on() {
        let tree = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", WRONG).node("p0/r0/r0", PASSED);
        assert!(pooled(&tree).beyond_repairs);
    }

    #[test]
    fn programs_from_notes_are_first_programs_of_unknown_cost() {
        let noted = Grown::new("a/0", 0).node("n0", Ending::Noted).node("n0/p0", PASSED).node("n0/p0/r0", WRONG);
        let problem = pooled(&noted);
        assert_eq!(
            (problem.n(), problem.c(), problem.beyond_repairs, problem.draws),
            (1, 1, true, FirstDraws::Independent)
        );
        assert_eq!(problem.programs[0].tokens, TokenCounts::default());
        assert!(problem.programs[0].feedbacks.is_empty());
        let problem = pooled(&noted.node("n0/p1", WRONG));
        assert_eq!((problem.n(), problem.drawn.as_slice(), problem.draws), (2, &[2][..], FirstDraws::FromOneNote));
    }

    #[test]
    fn whatever_is_no_program_critique_or_first_repair_is_beyond_repairs() {
        for (slot, ending) in [
            ("t0", Ending::Noted),
            ("p0/n0", Ending::Noted),
            ("p0/r0/f0", Ending::Critiqued(None)),
            ("p0/f0/n0", Ending::Noted),
            ("p0/r0/r0", PASSED),
        ] {
            let base =
                || Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", WRONG).node("p0/f0", Ending::Critiqued(None));
            assert!(!is_beyond_repairs(&base().tree) && !pooled(&base()).beyond_repairs);
            let tree = base().node(slot, ending);
            assert!(is_beyond_repairs(&tree.tree) && pooled(&tree).beyond_repairs, "{slot}");
        }
    }

    #[test]
    fn a_problem_whose_test_judges_nobody_is_unscored_as_a_whole() {
        let broken = || Grown::new("a/0", 0).node("p0", Ending::Broken);
        let failed = [Status::CompileError, Status::MissingEntryPoint, Status::NoCode];
        for before in failed.map(Ending::Judged).into_iter().chain([Ending::NotLoaded, Ending::Unscored]) {
            let problem = pooled(&broken().node("p1", before));
            assert_eq!((problem.judges_nobody, problem.n(), problem.unscored), (true, 0, 2), "{before:?}");
        }
        // Whoever got to the test shows that it judges.
        for reached in [Status::Passed, Status::WrongAnswer, Status::RuntimeError, Status::TimeLimit] {
            let problem = pooled(&broken().node("p1", Ending::Judged(reached)));
            assert_eq!((problem.judges_nobody, problem.n(), problem.unscored), (false, 1, 1), "{reached}");
        }
        // Where nobody found the test broken, early failures are failures.
        let unbroken = Grown::new("a/0", 0).node("p0", Ending::Unscored).node("p1", Ending::NotLoaded);
        assert_eq!((pooled(&unbroken).judges_nobody, pooled(&unbroken).n()), (false, 1));
        let by_a_repair = Grown::new("a/0", 0).node("p0", Ending::NotLoaded).node("p0/r0", Ending::Broken);
        assert!(pooled(&by_a_repair).judges_nobody, "a repair may be the first to get to the test");
    }

    #[test]
    fn a_program_of_which_a_test_proves_nothing_leaves_its_problem_in_the_mean() {
        let unproven = || Grown::new("a/0", 0).node("p0", Ending::Unproven);
        for other in [Ending::Judged(Status::CompileError), Ending::NotLoaded, Ending::Judged(Status::WrongAnswer)] {
            let problem = pooled(&unproven().node("p1", other));
            assert_eq!((problem.judges_nobody, problem.n(), problem.unscored), (false, 1, 1), "{other:?}");
        }
        let alone = pooled(&unproven());
        assert_eq!((alone.judges_nobody, alone.n(), alone.unscored), (false, 0, 1));
        // A broken test stays one whatever else proves nothing.
        assert!(pooled(&unproven().node("p1", Ending::Broken)).judges_nobody);
    }
}
