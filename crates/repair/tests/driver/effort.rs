//! What is limited beside tokens and money: requests, executions, questions to people, their minutes, observations.

use crate::attempts::Course;
use crate::scripted::{Answering, Does, ScriptedJudge};
use crate::session::{Ran, See, Session, critics, plan, size, tempdir};
use mend_core::{
    Budget, Digest, Effort, EffortLimits, Efforts, Kind, Minutes, Node, Outcome, RepairTree, Seat, Source, Suite,
    is_human,
};
use mend_model::{Model, People};
use mend_repair::{Ended, Plan, Stop, Strategy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn total(trees: &[RepairTree]) -> Effort {
    Efforts::of(trees).total()
}

/// Each limit, set to a part of what a run takes that has none.
fn limits(whole: Effort, percent: u64) -> Vec<EffortLimits> {
    let part = |count: u64| Some(count * percent / 100);
    let none = EffortLimits::default();
    vec![
        EffortLimits { calls: part(whole.calls), ..none },
        EffortLimits { executions: part(whole.executions), ..none },
        EffortLimits { observations: part(whole.observations), ..none },
    ]
}

const TRACED: &str = r#"
load("lib.star", "MEND", "WRITE")

strategy(summary = "traces what fails", seats = ["coder", "repairer"], see = "hidden", stop_on = "hidden", bound = 6)

def solve(problem, p):
    for program in ask("program", WRITE, n = 2):
        seen = judge(program, "hidden")
        if not seen.passed:
            blocks = trace(program, seen)
            if blocks:
                ask("repair", MEND, about = program, program = program, failure = seen)
    return None
"#;

#[test]
fn requests_executions_and_observations_are_never_overrun_and_end_alike_at_any_concurrency() {
    let course = Course::new(6);
    // One strategy that criticises, and one that looks into programs with an instrument.
    let traced = Strategy::from_script("traced.star", TRACED, &BTreeMap::new()).unwrap();
    for strategy in [critics(2, 1, 1, See::Hidden), traced] {
        let run = |effort: EffortLimits, concurrency: usize| -> Ran {
            let model = course.model(|_, attempt| Does::Delay(attempt % 3));
            let judge = ScriptedJudge::new(&course.table, Answering::LastFirst);
            let plan = Plan {
                concurrency: size(concurrency),
                judging: size(concurrency),
                ..plan(&course.problems, strategy.clone(), model)
            };
            Session { effort, ..Session::new(&plan, &judge) }.run()
        };
        let whole = run(EffortLimits::default(), 4);
        assert!(matches!(whole.ended, Ended::Complete), "{:?}", whole.ended);
        for percent in [0, 35, 70, 100] {
            for effort in limits(total(&whole.trees), percent) {
                let ran = [1, 16].map(|concurrency| run(effort, concurrency));
                for ran in &ran {
                    let budget = Budget { effort, ..Budget::default() };
                    let taken = total(&ran.trees);
                    assert_eq!(budget.check(Effort::ZERO, taken), Ok(()), "{}: {effort:?}", strategy.name());
                    let is_complete = matches!(ran.ended, Ended::Complete);
                    assert!(is_complete || matches!(ran.ended, Ended::Stopped(Stop::Budget)), "{:?}", ran.ended);
                    assert!(percent < 100 || is_complete, "{}: {effort:?} is enough", strategy.name());
                }
                assert!(ran[0].trees == ran[1].trees, "{}: {effort:?} {percent}", strategy.name());
            }
        }
    }
}

#[test]
fn a_limit_for_each_problem_ends_its_tree() {
    let course = Course::new(4);
    let effort = EffortLimits { executions: Some(2), ..EffortLimits::default() };
    let model = course.model(|_, _| Does::Answer);
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let plan = Plan { problem_budget: Budget { effort, ..Budget::default() }, ..course.plan(&model) };
    let ran = Session::new(&plan, &judge).run();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert!(ran.trees.iter().all(|tree| tree.effort().executions <= 2));
    assert!(ran.progress.at_limit > 0);
}

/// A row about each failing program that waits, with something beside.
fn rows(trees: &[RepairTree], more: impl Fn(usize, &Node) -> String) -> String {
    let mut seen = BTreeSet::new();
    let mut rows = String::new();
    for tree in trees {
        for node in tree.nodes().filter(|node| node.slot.is_program() && node.passes(Suite::Hidden) == Some(false)) {
            let digest = node.candidate.as_ref().unwrap().program.digest();
            if node.slot.depth() == 0 && seen.insert((tree.key.problem.clone(), digest)) {
                let more = more(seen.len() - 1, node);
                rows.extend([format!(
                    "{{\"problem\":\"{}\",\"program_digest\":\"{digest}\",{more}}}\n",
                    tree.key.problem
                )]);
            }
        }
    }
    rows
}

/// A run whose critic is a file.
struct ByPeople {
    course: Course,
    folder: tempfile::TempDir,
}

impl ByPeople {
    fn new() -> Self {
        Self { course: Course::new(5), folder: tempdir() }
    }

    fn plan(&self, rows: &str) -> Plan {
        let people: Arc<dyn Model> = Arc::new(People::parse("f.jsonl", "f.jsonl", rows.as_bytes()).unwrap());
        let strategy = critics(3, 1, 1, See::Hidden);
        let mut plan = plan(&self.course.problems, strategy, self.course.model(|_, _| Does::Answer));
        plan.models.insert(Seat::CRITIC, people);
        plan
    }

    fn start(&self) -> Ran {
        let judge = ScriptedJudge::new(&self.course.table, Answering::InOrder);
        let ran = Session::new(&self.plan(""), &judge).start(self.folder.path());
        assert!(matches!(ran.ended, Ended::Stopped(Stop::Waiting)), "{:?}", ran.ended);
        ran
    }

    fn resume(&self, rows: &str, effort: EffortLimits) -> Ran {
        let judge = ScriptedJudge::new(&self.course.table, Answering::InOrder);
        Session { effort, ..Session::new(&self.plan(rows), &judge) }.resume(self.folder.path())
    }
}

fn remarked(trees: &[RepairTree]) -> Vec<&Node> {
    trees.iter().flat_map(RepairTree::nodes).filter(|node| node.remark().is_some()).collect()
}

#[test]
fn people_are_asked_for_no_more_minutes_than_there_are() {
    let run = ByPeople::new();
    let rows = rows(&run.start().trees, |_, _| r#""feedback":"look again","minutes":2.5"#.to_owned());
    let count = rows.lines().count() as u64;
    assert!(count > 4, "{count} programs fail");
    let minutes = |minutes: f64| EffortLimits { minutes: Minutes::from_f64(minutes), ..EffortLimits::default() };
    let ran = run.resume(&rows, minutes(8.0));
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Budget)), "{:?}", ran.ended);
    assert_eq!(total(&ran.trees).minutes.as_f64(), 7.5);
    // As much as all rows say is enough, however many nodes a row answers.
    let ran = run.resume(&rows, minutes(2.5 * count as f64));
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    let efforts = Efforts::of(&ran.trees);
    assert_eq!((efforts.total().minutes.as_f64(), efforts.without_minutes), (2.5 * count as f64, 0));
    assert_eq!(efforts.by_seat[&Seat::CRITIC].questions, remarked(&ran.trees).len() as u64);
    assert!(remarked(&ran.trees).iter().all(|node| node.model.as_deref().is_some_and(is_human)));
}

#[test]
fn a_program_that_a_person_gives_is_judged_and_stands_before_the_repairs() {
    let run = ByPeople::new();
    let started = run.start();
    let rows = rows(&started.trees, |number, node| {
        let program = node.candidate.as_ref().unwrap().program.body().unwrap().to_string();
        let program = serde_json::to_string(&program).unwrap();
        // Every other person gives a program: the one that failed, so that its judgement is known.
        if number % 2 == 0 { format!("\"fixed_program\":{program}") } else { r#""satisfied":"no""#.to_owned() }
    });
    let ran = run.resume(&rows, EffortLimits::default());
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    let mut given_count = 0;
    for tree in &ran.trees {
        for critique in tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback) {
            let remark = critique.remark().unwrap();
            let given: Vec<&Node> =
                tree.given().filter(|node| node.slot.parent().as_ref() == Some(&critique.slot)).collect();
            assert_eq!(given.len(), usize::from(remark.fixed_program.is_some()));
            let repair = critique.slot.repair(given.len() as u32);
            assert!(tree.node(&repair).is_some_and(|node| !node.is_given()), "the strategy's own repair follows");
            for node in given {
                given_count += 1;
                assert_eq!(node.slot, critique.slot.repair(0));
                assert_eq!(node.seat.map(|seat| seat.to_string()).as_deref(), Some("annotator"));
                assert!(matches!(&node.outcome, Some(Outcome::Judged(..))), "{:?}", node.outcome);
                assert_eq!(node.passes(Suite::Hidden), Some(false));
                // It is no draw of a model.
                assert!(tree.nodes().all(|other| other.slot != node.slot));
                assert_ne!(tree.submitted(), Some(&node.slot));
            }
            if remark.satisfied == Some(false) {
                assert_eq!(critique.opinion(), Some(mend_core::Opinion::Incorrect));
                assert_eq!(critique.completion.as_ref().unwrap().text.body().map(|body| &**body), Some("wrong"));
            }
        }
    }
    assert!(given_count > 1, "{given_count}");
}

#[test]
fn what_one_person_said_serves_all_programs_that_fail_alike() {
    let run = ByPeople::new();
    let started = run.start();
    let header = run.plan("");
    let header = header.strategy.header();
    let failing = |tree: &RepairTree, node: &Node| {
        mend_repair::Failing::of(node, header).map(|failing| failing.cluster(&tree.key.problem))
    };
    // One row for each group of programs that fail alike.
    let mut clusters: BTreeSet<Digest> = BTreeSet::new();
    let mut rows = String::new();
    let mut waiting = 0;
    for tree in &started.trees {
        for node in tree.nodes().filter(|node| node.slot.depth() == 0 && node.slot.is_program()) {
            let Some(cluster) = failing(tree, node) else { continue };
            waiting += 1;
            if clusters.insert(cluster) {
                let digest = node.candidate.as_ref().unwrap().program.digest();
                rows.extend([format!(
                    "{{\"problem\":\"{}\",\"program_digest\":\"{digest}\",\"cluster\":\"{cluster}\",\"feedback\":\"no\",\
                     \"minutes\":1}}\n",
                    tree.key.problem
                )]);
            }
        }
    }
    assert!(clusters.len() < waiting, "{} of {waiting}", clusters.len());
    let ran = run.resume(&rows, EffortLimits::default());
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    let mut propagated = 0;
    for node in remarked(&ran.trees) {
        let (remark, text) = (node.remark().unwrap(), node.completion.as_ref().unwrap().text.body().unwrap());
        if remark.source == Source::Propagated {
            propagated += 1;
            assert!(text.starts_with("This was said of another program"), "{text}");
            assert!(remark.written_about.is_some());
        } else {
            assert_eq!(&**text, "no");
        }
    }
    assert!(propagated > 0);
    let effort = total(&ran.trees);
    assert_eq!(effort.minutes.as_f64(), clusters.len() as f64, "nobody was asked for the others");
    assert_eq!(effort.questions, remarked(&ran.trees).len() as u64 - propagated);
}
