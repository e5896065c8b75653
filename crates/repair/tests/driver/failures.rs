//! What becomes of a run when models, the judge or the journal fail.

use crate::scripted::{Answering, Bills, Does, Fault, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, See, Session, assert_same_nodes, plan, size, slot, strategy, tempdir};
use crate::table::{Table, starter};
use mend_core::{CallState, Cost, Event, Node, Outcome, Problem, ProblemId, RepairTree, Seat, Slot, Status, Step};
use mend_judge::{JudgeError, Task};
use mend_model::{Model, Request};
use mend_repair::{Ended, Plan, RunError, Stop};
use mend_sandbox::SandboxError;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Three problems, three programs each, two repairs of each failing one.
struct Small {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
}

impl Small {
    fn new() -> Self {
        let problems = starter()[..3].to_vec();
        let table = Arc::new(Table::of(&problems));
        Self { problems, table }
    }

    fn model(&self, script: impl Fn(&Request, u32) -> Does + Send + Sync + 'static) -> Arc<ScriptedModel> {
        Arc::new(ScriptedModel::new(&self.problems, Bills::Reported, Box::new(script)))
    }

    fn plan(&self, model: &Arc<ScriptedModel>) -> Plan {
        plan(&self.problems, strategy(3, 2, See::Hidden), Arc::clone(model) as Arc<dyn Model>)
    }

    fn judge(&self) -> ScriptedJudge {
        ScriptedJudge::new(&self.table, Answering::InOrder)
    }

    fn faulty_judge(&self, faults: impl Fn(&Task) -> Option<Fault> + Send + Sync + 'static) -> ScriptedJudge {
        ScriptedJudge::with_faults(&self.table, Answering::InOrder, Box::new(faults))
    }

    /// A run in which the model does what the script says, and a sound judge.
    fn run(&self, script: impl Fn(&Request, u32) -> Does + Send + Sync + 'static) -> (Ran, Arc<ScriptedModel>) {
        let model = self.model(script);
        (Session::new(&self.plan(&model), &self.judge()).run(), model)
    }

    /// The run in which nothing fails.
    fn whole(&self) -> Ran {
        self.run(|_, _| Does::Answer).0
    }

    fn id(&self, index: usize) -> ProblemId {
        self.problems[index].id.clone()
    }
}

fn unscored(tree: &RepairTree) -> Vec<(String, &str)> {
    tree.nodes().filter_map(|node| Some((node.slot.to_string(), node.unscored()?))).collect()
}

fn lost(tree: &RepairTree) -> usize {
    tree.calls().filter(|(_, call)| matches!(call.state, CallState::Lost { .. })).count()
}

fn refused(tree: &RepairTree) -> usize {
    tree.calls().filter(|(_, call)| matches!(call.state, CallState::Refused)).count()
}

fn status(node: &Node) -> Option<Status> {
    node.verdict().map(|verdict| verdict.status)
}

#[test]
fn request_that_cannot_be_answered_costs_nothing_and_leaves_its_slots_unscored() {
    let small = Small::new();
    let failing = small.id(1);
    let (ran, model) = small.run(move |request, _| if request.problem == failing { Does::Fail } else { Does::Answer });
    assert!(matches!(ran.ended, Ended::Complete));
    let tree = &ran.trees[1];
    let why = "no saved sample for `p0` of problem `starter/f02` in replicate 0: there are 0";
    assert_eq!(unscored(tree), ["p0", "p1", "p2"].map(|slot| (slot.to_owned(), why)));
    assert_eq!((tree.calls().count(), refused(tree), tree.submitted()), (1, 1, None));
    assert_eq!(tree.spent(), Cost::ZERO);
    assert_eq!(model.asked().iter().filter(|slots| slots[0] == slot("p0")).count(), 3, "a failure is not retried");
    let whole = small.whole();
    assert!([0, 2].iter().all(|index| ran.trees[*index] == whole.trees[*index]), "the others go on");
}

#[test]
fn repair_that_fails_leaves_the_first_programs_as_they_are() {
    let small = Small::new();
    let (ran, _) = small.run(|request, _| if request.seat == Seat::REPAIRER { Does::Fail } else { Does::Answer });
    assert!(matches!(ran.ended, Ended::Complete));
    let whole = small.whole();
    for (tree, whole) in ran.trees.iter().zip(&whole.trees) {
        let is_first = |node: &&Node| node.slot.depth() == 0;
        assert!(tree.nodes().filter(is_first).eq(whole.nodes().filter(is_first)));
        assert_eq!(unscored(tree).len(), whole.nodes().count() - 3);
    }
}

#[test]
fn answer_without_completions_is_paid_and_not_asked_for_again() {
    let small = Small::new();
    let (ran, model) = small.run(|request, _| if request.seat == Seat::CODER { Does::Fewer(0) } else { Does::Answer });
    assert!(matches!(ran.ended, Ended::Complete));
    assert_eq!(model.asked().len(), 3);
    for tree in &ran.trees {
        let why = "the model returned no completion";
        assert_eq!(unscored(tree), ["p0", "p1", "p2"].map(|slot| (slot.to_owned(), why)));
        assert!(tree.calls().all(|(_, call)| matches!(call.state, CallState::Answered { .. })));
        assert!(tree.spent().tokens.0 > 0);
    }
}

#[test]
fn missing_completions_are_asked_for_again_until_all_are_there() {
    let small = Small::new();
    let (ran, model) = small.run(|_, _| Does::Fewer(1));
    assert!(matches!(ran.ended, Ended::Complete));
    assert_same_nodes(&ran.trees, &small.whole().trees);
    let asked: Vec<String> =
        model.asked().iter().filter(|slots| slots[0].depth() == 0).map(|slots| names(slots)).collect();
    for request in ["p0 p1 p2", "p1 p2", "p2"] {
        assert_eq!(asked.iter().filter(|asked| *asked == request).count(), 3, "{asked:?}");
    }
    assert_eq!(asked.len(), 9);
}

fn names(slots: &[Slot]) -> String {
    slots.iter().map(Slot::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn completions_beyond_those_asked_for_are_dropped_and_the_journal_stays_readable() {
    let small = Small::new();
    let (ran, _) = small.run(|_, _| Does::More(2));
    assert!(matches!(ran.ended, Ended::Complete));
    assert_same_nodes(&ran.trees, &small.whole().trees);
}

#[test]
fn answers_without_a_program_fail_without_a_judge_and_are_repaired() {
    let small = Small::new();
    for text in ["I cannot help with that.", "", "Sure:\n```python\ndef f("] {
        let says = move |request: &Request, _| match request.seat {
            Seat::CODER => Does::Say(text.to_owned()),
            _ => Does::Answer,
        };
        let (ran, _) = small.run(says);
        assert!(matches!(ran.ended, Ended::Complete));
        for tree in &ran.trees {
            let first: Vec<&Node> = tree.nodes().filter(|node| node.slot.depth() == 0).collect();
            assert!(first.iter().all(|node| status(node) == Some(Status::NoCode) && node.candidate.is_none()));
            assert_eq!(tree.nodes().count(), 9, "each gets its repairs");
        }
        let told = ran.recorded.entries.iter().any(|entry| match &entry.event {
            Event::Sent { seat: Seat::REPAIRER, prompt, .. } => prompt.body().unwrap().contains(text),
            _ => false,
        });
        assert!(told, "the prompt shows the answer as it came");
    }
}

/// More trees than grow at a time, and nothing that ever comes back from a judge.
#[test]
fn run_of_refusals_only_is_complete() {
    let problems: Vec<_> = starter().into_iter().flat_map(|problem| vec![problem; 3]).collect();
    let table = Arc::new(Table::of(&problems));
    let script = |_: &Request, _| Does::Say("No.".to_owned());
    let model = Arc::new(ScriptedModel::new(&problems, Bills::Reported, Box::new(script)));
    for concurrency in [1, 16] {
        let judge = ScriptedJudge::new(&table, Answering::InOrder);
        let model = Arc::clone(&model) as Arc<dyn Model>;
        let plan = Plan {
            concurrency: size(concurrency),
            judging: size(1),
            ..plan(&problems, strategy(2, 1, See::Hidden), model)
        };
        let ran = Session::new(&plan, &judge).run();
        assert!(matches!(ran.ended, Ended::Complete));
        let trees = problems.len() as u64;
        assert_eq!((ran.progress.trees_done, ran.progress.judged, ran.progress.passed), (trees, trees * 4, 0));
        assert!(judge.judged().is_empty());
    }
}

#[test]
fn candidate_that_the_judge_cannot_judge_is_unscored_and_gets_no_repairs() {
    let small = Small::new();
    let whole = small.whole();
    let [unsupported, broken] = [0, 1].map(|index| small.id(index));
    let judge = small.faulty_judge(move |task| {
        let (problem, why) = (task.problem.id.clone(), "no numpy".to_owned());
        if problem == unsupported {
            Some(Fault::Error(JudgeError::Unsupported { why }))
        } else if problem == broken {
            Some(Fault::Error(JudgeError::BrokenTest { problem, why }))
        } else {
            None
        }
    });
    let ran = Session::new(&small.plan(&small.model(|_, _| Does::Answer)), &judge).run();
    assert!(matches!(ran.ended, Ended::Complete));
    for (index, why) in [(0, "unsupported: no numpy"), (1, "problem starter/f02: no numpy")] {
        let tree = &ran.trees[index];
        assert_eq!(unscored(tree), ["p0", "p1", "p2"].map(|slot| (slot.to_owned(), why)));
        assert!(
            tree.nodes().all(|node| node.candidate.is_some() && matches!(node.outcome, Some(Outcome::Unscored(_))))
        );
        assert_eq!((tree.nodes().count(), tree.submitted()), (3, None));
    }
    assert_eq!(ran.trees[2], whole.trees[2]);
}

/// A judge that fails at one candidate: the run stops, keeps all else, and can go on.
#[track_caller]
fn check_judge_failure(fault: impl Fn() -> Fault + Send + Sync + 'static, message: &str) {
    let small = Small::new();
    let whole = small.whole();
    let judged = AtomicUsize::new(0);
    let judge = small.faulty_judge(move |_| (judged.fetch_add(1, Ordering::Relaxed) == 3).then(&fault));
    let folder = tempdir();
    let model = small.model(|_, _| Does::Answer);
    let ran = Session::new(&small.plan(&model), &judge).start(folder.path());
    let Ended::Stopped(Stop::Failed(RunError::Judge(error))) = &ran.ended else { panic!("{:?}", ran.ended) };
    assert_eq!(error.to_string(), message);
    let last = &ran.recorded.entries.last().unwrap().event;
    assert_eq!(last, &Event::Stopped { why: message.to_owned() });
    // What came home is recorded, and nothing of the candidate that was not judged. Equal programs are judged once.
    let nodes = ran.trees.iter().flat_map(|tree| tree.nodes().map(|node| (&tree.key.problem, node)));
    let outcomes = nodes.filter(|(_, node)| node.outcome.is_some());
    let programs = outcomes.map(|(problem, node)| (problem, node.candidate.as_ref().unwrap().program.body().unwrap()));
    assert_eq!(programs.collect::<HashSet<_>>().len() + 1, judge.judged().len());

    let model = small.model(|_, _| Does::Answer);
    let resumed = Session::new(&small.plan(&model), &small.judge()).resume(folder.path());
    assert!(matches!(resumed.ended, Ended::Complete));
    assert_eq!(resumed.trees, whole.trees, "nothing in flight was lost, so not even the requests differ");
}

#[test]
fn judge_that_fails_stops_the_run_which_can_go_on() {
    check_judge_failure(
        || {
            let source = std::io::Error::other("no more processes");
            Fault::Error(JudgeError::Sandbox(SandboxError::System { call: "clone", source }))
        },
        "the sandbox failed",
    );
    check_judge_failure(|| Fault::Error(JudgeError::Gone), "a judge thread ended unexpectedly");
    check_judge_failure(|| Fault::Vanish, "a judge thread ended unexpectedly");
}

#[test]
fn journal_that_refuses_an_answer_stops_the_run_and_keeps_the_others() {
    let small = Small::new();
    let refused = small.id(1);
    let says = move |request: &Request, _| match request.seat {
        Seat::CODER if request.problem == refused => Does::SayNothingWritable,
        _ => Does::Delay(5),
    };
    let folder = tempdir();
    let ran = Session::new(&small.plan(&small.model(says)), &small.judge()).start(folder.path());
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Failed(RunError::Journal(_)))), "{:?}", ran.ended);
    let states = |tree: &RepairTree| tree.calls().map(|(_, call)| call.state.clone()).collect::<Vec<_>>();
    for index in [0, 2] {
        let tree = &ran.trees[index];
        assert!(matches!(states(tree)[..], [CallState::Answered { .. }]), "what was in flight came home");
    }
    assert!(matches!(states(&ran.trees[1])[..], [CallState::Open { .. }]));

    let model = small.model(|_, _| Does::Answer);
    let resumed = Session::new(&small.plan(&model), &small.judge()).resume(folder.path());
    assert!(matches!(resumed.ended, Ended::Complete));
    assert_same_nodes(&resumed.trees, &small.whole().trees);
    assert_eq!(resumed.trees.iter().map(lost).collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn role_without_a_model_stops_the_run() {
    let small = Small::new();
    let model = small.model(|_, _| Does::Answer);
    let plan =
        Plan { models: BTreeMap::from([(Seat::CODER, Arc::clone(&model) as Arc<dyn Model>)]), ..small.plan(&model) };
    let ran = Session::new(&plan, &small.judge()).run();
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Failed(RunError::NoModel(Seat::REPAIRER)))));
}

#[test]
fn tree_may_draw_fewer_programs_than_the_strategy_wants() {
    let small = Small::new();
    let model = small.model(|_, _| Does::Answer);
    let plan = Plan { programs: Some(vec![0, 1, 5]), ..small.plan(&model) };
    let ran = Session::new(&plan, &small.judge()).run();
    assert!(matches!(ran.ended, Ended::Complete));
    let first = |tree: &RepairTree| tree.nodes().filter(|node| matches!(node.slot.steps(), [Step::Program(_)])).count();
    assert_eq!(ran.trees.iter().map(first).collect::<Vec<_>>(), [0, 1, 3]);
    assert_eq!(ran.trees[0].submitted(), None);
}
