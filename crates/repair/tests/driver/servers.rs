//! What servers get wrong beside their answers: answers beyond the limit, other things than answers, long waits.

use crate::attempts::{Course, count};
use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Session, assert_same_nodes, size, tempdir};
use mend_core::{Budget, CallState, Event, RepairTree, Status, Tokens};
use mend_model::{Kind, Model};
use mend_repair::{Ended, Plan, Report, RunError, Stop};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const HUGE: Tokens = Tokens(50_000);

#[test]
fn a_server_that_ignores_the_limit_stops_a_budgeted_run_after_the_answers_in_flight() {
    let course = Course::new(24);
    let budget = Tokens(100_000);
    for concurrency in [1, 4] {
        let model = course.model(|_, _| Does::Overrun(HUGE));
        let plan = Plan { concurrency: size(concurrency), ..course.plan(&model) };
        let judge = ScriptedJudge::new(&course.table, Answering::LastFirst);
        let folder = tempdir();
        let session = Session::with_budget(&plan, &judge, Some(budget));
        let ran = session.start(folder.path());
        let Ended::Stopped(Stop::LimitIgnored(overrun)) = &ran.ended else { panic!("{:?}", ran.ended) };
        assert_eq!((overrun.model.as_str(), overrun.cost), ("scripted/model", HUGE.into()));
        assert!(overrun.worst.tokens < HUGE);
        // Turns of a scripted model have no end: all that wait for one are in flight.
        let in_flight = concurrency + concurrency.div_ceil(2);
        let asked = model.asked().len();
        assert!(asked <= in_flight, "{asked} requests with {concurrency} connections");
        assert_eq!(ran.spent, Tokens(HUGE.0 * asked as u64), "what was reported is charged");
        // All that came is judged, and the run says why it stopped.
        let is_open = |tree: &RepairTree| tree.nodes().any(|node| node.outcome.is_none());
        assert!(!ran.trees.iter().any(is_open));
        let stopped = ran.recorded.entries.iter().filter_map(|entry| match &entry.event {
            Event::Stopped { why } => Some(why.clone()),
            _ => None,
        });
        assert_eq!(stopped.collect::<Vec<_>>(), [overrun.to_string()]);

        // It goes on where it stopped, and stops again.
        let asked_before = model.asked().len();
        let again = Session::with_budget(&plan, &judge, Some(Tokens(1_000_000))).resume(folder.path());
        assert!(matches!(again.ended, Ended::Stopped(Stop::LimitIgnored(_))), "{:?}", again.ended);
        assert!(model.asked().len() - asked_before <= in_flight);
        // What is overdrawn allows nothing.
        let asked_before = model.asked().len();
        let again = Session::with_budget(&plan, &judge, Some(Tokens(1))).resume(folder.path());
        assert!(matches!(again.ended, Ended::Stopped(Stop::Budget)), "{:?}", again.ended);
        assert_eq!(model.asked().len(), asked_before);
    }
}

#[test]
fn a_limit_for_each_problem_stops_the_run_too_and_without_any_budget_it_goes_on() {
    let course = Course::new(6);
    let whole = course.run(|_, _| Does::Answer);
    let model = course.model(|_, _| Does::Overrun(HUGE));
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let problem_budget = Budget::of_tokens(Some(Tokens(60_000)));
    let ran = Session::new(&Plan { problem_budget, ..course.plan(&model) }, &judge).run();
    assert!(matches!(ran.ended, Ended::Stopped(Stop::LimitIgnored(_))), "{:?}", ran.ended);
    let ran = course.run(|_, _| Does::Overrun(HUGE));
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert_same_nodes(&ran.trees, &whole.trees);
}

#[test]
fn an_overrun_in_the_last_answer_of_all_leaves_a_complete_run() {
    let course = Course::new(1);
    let calls = count(&course.run(|_, _| Does::Answer).trees, |_| true) as u32;
    let asked = AtomicU32::new(0);
    let is_last = move || asked.fetch_add(1, Ordering::Relaxed) + 1 == calls;
    let model = course.model(move |_, _| if is_last() { Does::Overrun(HUGE) } else { Does::Answer });
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let ran = Session::with_budget(&course.plan(&model), &judge, Some(Tokens(1_000_000))).run();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
}

#[test]
fn something_else_than_an_answer_stops_a_run_at_once_only_if_nothing_was_ever_answered() {
    let course = Course::new(8);
    let whole = course.run(|_, _| Does::Answer);
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let folder = tempdir();
    let model = course.model(|_, _| Does::Break(Kind::Foreign));
    let plan = Plan { concurrency: size(1), ..course.plan(&model) };
    let ran = Session::new(&plan, &judge).start(folder.path());
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Failed(RunError::NothingAnswered(_)))), "{:?}", ran.ended);
    assert!(model.asked().len() <= 2, "no request is asked twice");
    assert_eq!(ran.trees.iter().flat_map(RepairTree::nodes).count(), 0);

    // Once there was an answer, it is a failure like others: told, and asked again.
    let script = |request: &mend_model::Request, attempt: u32| match attempt {
        0 if request.seat == mend_core::Seat::REPAIRER => Does::Break(Kind::Foreign),
        _ => Does::Answer,
    };
    let model = course.model(script);
    let ran = Session::new(&Plan { concurrency: size(1), ..course.plan(&model) }, &judge).resume(folder.path());
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert_same_nodes(&ran.trees, &whole.trees);
    let told: Vec<_> = ran.told.iter().filter(|report| matches!(report, Report::Retrying(_))).collect();
    let repairs = whole.trees.iter().flat_map(RepairTree::calls).filter(|(_, call)| call.slots[0].depth() > 0).count();
    assert_eq!(told.len(), repairs);
}

#[test]
fn a_server_is_not_asked_again_before_the_time_that_it_asks_for() {
    let course = Course::new(3);
    let whole = course.run(|_, _| Does::Answer);
    let wait = Duration::from_millis(40);
    let ran = course
        .run(move |_, attempt| if attempt == 0 { Does::AskToWait(Kind::RateLimited, wait) } else { Does::Answer });
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert_same_nodes(&ran.trees, &whole.trees);
    for report in &ran.told {
        let Report::Retrying(retrying) = report else { panic!("{report:?}") };
        assert!(retrying.pause >= wait, "the pause of a scripted model is a millisecond: {retrying:?}");
        assert_eq!((retrying.kind, retrying.attempt, retrying.attempts), (Kind::RateLimited, 2, 8));
    }
    assert_eq!(ran.told.len(), count(&ran.trees, |state| matches!(state, CallState::Refused)));
}

#[test]
fn a_wait_beyond_the_time_for_a_request_stops_the_run_and_gives_nothing_up() {
    let course = Course::new(6);
    let whole = course.run(|_, _| Does::Answer);
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let day = Duration::from_hours(24);
    let asked = AtomicU32::new(0);
    // Others are answered meanwhile.
    let is_third = move || asked.fetch_add(1, Ordering::Relaxed) == 3;
    let model =
        course.model(move |_, _| if is_third() { Does::AskToWait(Kind::Overloaded, day) } else { Does::Answer });
    let folder = tempdir();
    let ran = Session::new(&course.plan(&model), &judge).start(folder.path());
    let Ended::Stopped(Stop::Failed(RunError::AsksToWait { wait, .. })) = &ran.ended else { panic!("{:?}", ran.ended) };
    assert_eq!(*wait, day);
    assert!(ran.trees.iter().flat_map(RepairTree::nodes).all(|node| node.unscored().is_none()));
    let ran = Session::new(&course.plan(&course.model(|_, _| Does::Answer)), &judge).resume(folder.path());
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert_same_nodes(&ran.trees, &whole.trees);
}

#[test]
fn what_a_server_reports_for_a_failure_is_charged_in_place_of_the_worst_case() {
    let course = Course::new(3);
    let whole = course.run(|_, _| Does::Answer);
    let billed = Tokens(7);
    // Also where such a failure is usually turned away and costs nothing.
    for kind in [Kind::ServerError, Kind::RateLimited] {
        let ran =
            course.run(move |_, attempt| if attempt == 0 { Does::BreakBilled(kind, billed) } else { Does::Answer });
        assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
        assert_same_nodes(&ran.trees, &whole.trees);
        let lost = count(&ran.trees, |state| matches!(state, CallState::Lost { .. }));
        assert_eq!(lost, count(&whole.trees, |_| true));
        assert_eq!(ran.spent, whole.spent + Tokens(7 * lost as u64));
        assert_eq!(ran.progress.lost, Tokens(7 * lost as u64));
    }
}

/// A server that refuses every request until it is asked for one completion at a time.
#[test]
fn a_request_that_is_wanted_in_other_words_is_formed_anew() {
    let course = Course::new(4);
    let whole = course.run(|_, _| Does::Answer);
    let script =
        |_: &mend_model::Request, attempt: u32| if attempt == 0 { Does::Break(Kind::OtherWords) } else { Does::Answer };
    for budget in [None, Some(Tokens(10_000_000))] {
        let model = course.model(script);
        let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
        let ran = Session::with_budget(&course.plan(&model), &judge, budget).run();
        assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
        assert_same_nodes(&ran.trees, &whole.trees);
        assert_eq!(ran.spent, whole.spent, "a refusal costs nothing");
    }
    // One that is never content ends like any other failure.
    let model = Arc::new(ScriptedModel::new(&[], Bills::Reported, Box::new(|_, _| Does::Break(Kind::OtherWords))));
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    let plan = Plan {
        models: [(mend_core::Seat::CODER, Arc::clone(&model) as Arc<dyn Model>)].into(),
        ..course.plan(&course.model(script))
    };
    let ran = Session::new(&plan, &judge).run();
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Failed(RunError::Model(_)))), "{:?}", ran.ended);
    assert!(
        ran.trees
            .iter()
            .flat_map(RepairTree::nodes)
            .all(|node| node.verdict().is_none_or(|verdict| verdict.status != Status::Passed))
    );
}
