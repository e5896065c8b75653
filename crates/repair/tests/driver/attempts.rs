//! What becomes of attempts that fail: each is written down, charged if it may be billed, and asked again.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, See, Session, assert_same_nodes, handed_in, plan, size, strategy, tempdir};
use crate::table::{Table, starter};
use mend_core::{Budget, CallState, Cost, Digest, Event, Problem, RepairTree, Tokens};
use mend_model::{Kind, Model, RULES, Request, Then};
use mend_repair::{Ended, Plan, RunError, Stop};
use mend_testkit::is_full;
use std::sync::Arc;

pub(crate) struct Course {
    pub(crate) problems: Vec<Arc<Problem>>,
    pub(crate) table: Arc<Table>,
}

impl Course {
    pub(crate) fn new(count: usize) -> Self {
        let problems: Vec<_> = starter().into_iter().take(count).collect();
        let table = Arc::new(Table::of(&problems));
        Self { problems, table }
    }

    pub(crate) fn model(&self, script: impl Fn(&Request, u32) -> Does + Send + Sync + 'static) -> Arc<ScriptedModel> {
        Arc::new(ScriptedModel::new(&self.problems, Bills::Reported, Box::new(script)))
    }

    pub(crate) fn plan(&self, model: &Arc<ScriptedModel>) -> Plan {
        plan(&self.problems, strategy(2, 1, See::Hidden), Arc::clone(model) as Arc<dyn Model>)
    }

    pub(crate) fn run(&self, script: impl Fn(&Request, u32) -> Does + Send + Sync + 'static) -> Ran {
        let judge = ScriptedJudge::new(&self.table, Answering::InOrder);
        Session::new(&self.plan(&self.model(script)), &judge).run()
    }
}

pub(crate) fn count(trees: &[RepairTree], wanted: fn(&CallState) -> bool) -> usize {
    trees.iter().flat_map(RepairTree::calls).filter(|(_, call)| wanted(&call.state)).count()
}

/// Whether an attempt at a request is among so many in a hundred, by chance that is the same each time.
fn is_hit(request: &Request, attempt: u32, percent: u64) -> bool {
    let place = format!("{} {} {} {attempt}", request.problem, request.replicate, request.slots[0]);
    u64::from(Digest::of(place.as_bytes()).as_bytes()[0]) * 100 < percent * 256
}

#[test]
fn attempts_that_may_be_billed_are_charged_at_their_worst_and_others_not_at_all() {
    let course = Course::new(4);
    let whole = course.run(|_, _| Does::Answer);
    // What tells at once that nothing will be answered has a test of its own.
    for rule in RULES.iter().filter(|rule| rule.then == Then::Retry && !rule.is_telling) {
        let kind = rule.kind;
        let ran = course.run(move |_, attempt| if attempt == 0 { Does::Break(kind) } else { Does::Answer });
        assert!(matches!(ran.ended, Ended::Complete), "{kind:?}");
        assert_same_nodes(&ran.trees, &whole.trees);
        let requests = count(&whole.trees, |_| true);
        let lost = count(&ran.trees, |state| matches!(state, CallState::Lost { .. }));
        let refused = count(&ran.trees, |state| matches!(state, CallState::Refused));
        let expected = if rule.may_be_billed { (requests, 0) } else { (0, requests) };
        assert_eq!((lost, refused), expected, "{kind:?}");
        let worst = ran.recorded.entries.iter().filter_map(|entry| match &entry.event {
            Event::Lost { charged, .. } => Some(*charged),
            _ => None,
        });
        let worst: Cost = worst.sum();
        assert_eq!(ran.spent, whole.spent + worst.tokens, "{kind:?}");
        assert_eq!(worst == Cost::ZERO, !rule.may_be_billed, "{kind:?}");
    }
}

#[test]
fn a_model_that_cannot_be_asked_stops_the_run_and_leaves_nothing_unscored() {
    let course = Course::new(4);
    for rule in RULES {
        let kind = rule.kind;
        let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
        let folder = tempdir();
        let ran = Session::new(&course.plan(&course.model(move |_, _| Does::Break(kind))), &judge).start(folder.path());
        let error = match ran.ended {
            Ended::Stopped(Stop::Failed(RunError::NothingAnswered(error))) if rule.is_telling => error,
            Ended::Stopped(Stop::Failed(RunError::Model(error))) if !rule.is_telling => error,
            other => panic!("{kind:?}: {other:?}"),
        };
        assert!(error.to_string().starts_with("scripted/model: "), "{error}");
        assert_eq!(ran.trees.iter().flat_map(RepairTree::nodes).count(), 0, "{kind:?}");
        let ran = Session::new(&course.plan(&course.model(|_, _| Does::Answer)), &judge).resume(folder.path());
        assert!(matches!(ran.ended, Ended::Complete), "{kind:?}");
        assert_same_nodes(&ran.trees, &course.run(|_, _| Does::Answer).trees);
    }
}

#[test]
fn one_request_that_never_succeeds_is_given_up_while_others_are_answered() {
    let course = Course::new(12);
    // The last of the seeded order, one request at a time: when it fails, others were answered.
    let last = handed_in(&course.run(|_, _| Does::Answer).recorded).pop().unwrap();
    let poisoned = last.problem.clone();
    let model = course
        .model(move |request, _| if request.problem == poisoned { Does::Break(Kind::TooLong) } else { Does::Answer });
    let plan = Plan { concurrency: size(1), ..course.plan(&model) };
    let ran = Session::new(&plan, &ScriptedJudge::new(&course.table, Answering::InOrder)).run();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    let tree = ran.trees.iter().find(|tree| tree.key == last).unwrap();
    let unscored: Vec<_> = tree.nodes().filter_map(|node| node.unscored()).collect();
    assert_eq!(unscored, ["scripted/model: the prompt does not fit into the model's context: as told"; 2]);
}

/// A script that lets a request which does not fit be asked again, so many times.
fn shortening(times: u32) -> mend_repair::Strategy {
    let text = format!(
        "strategy(summary = \"s\", seats = [\"coder\"], bound = 1)\n\
         def solve(problem, p):\n    \
             return ask(\"program\", \"{{{{ statement }}}}\", sampling = {{\"max_tokens\": 4096, \"shorter\": {times}}})\n"
    );
    mend_repair::Strategy::from_script("shorter.star", &text, &mend_repair::Chosen::default()).unwrap()
}

#[test]
fn a_request_that_does_not_fit_is_asked_again_with_three_quarters_of_its_limit() {
    let course = Course::new(2);
    let fits_below = |most: u64| {
        course.model(
            move |request, _| {
                if request.sampling.max_tokens.0 > most { Does::Break(Kind::TooLong) } else { Does::Answer }
            },
        )
    };
    let run = |times: u32, most: u64| {
        let model = fits_below(most) as Arc<dyn Model>;
        let plan = plan(&course.problems, shortening(times), model);
        Session::new(&plan, &ScriptedJudge::new(&course.table, Answering::InOrder)).run()
    };
    // 4096, 3072, 2304: the third fits.
    let ran = run(3, 2400);
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert!(ran.trees.iter().all(|tree| tree.nodes().all(|node| node.completion.is_some())));
    assert_eq!(count(&ran.trees, |state| matches!(state, CallState::Refused)), 4);
    let refused = |ran: &Ran| -> Vec<String> {
        let events = ran.recorded.entries.iter().filter_map(|entry| match &entry.event {
            Event::Refused { why, .. } => Some(why.rsplit_once("; ").map_or(why.clone(), |(_, end)| end.to_owned())),
            _ => None,
        });
        let mut told: Vec<String> = events.collect();
        told.sort();
        told.dedup();
        told
    };
    assert_eq!(
        refused(&ran),
        ["it is asked again with at most 2304 tokens", "it is asked again with at most 3072 tokens"]
    );
    // 4096, 3072, 2304, 1728 are all that there is; what never fits stops a run of which nothing was answered.
    let never = run(3, 1500);
    assert!(matches!(&never.ended, Ended::Stopped(Stop::Failed(RunError::Model(error))) if error.is_too_long()));
    let told = refused(&never);
    assert!(told.iter().any(|why| why == "it is asked again with at most 1728 tokens"), "{told:?}");
    assert!(!told.iter().any(|why| why.contains("1296")), "{told:?}");
    // Nobody asked for it: the first refusal is the end.
    assert!(!refused(&run(0, 2400)).iter().any(|why| why.contains("asked again")));
}

#[test]
fn a_limit_for_each_problem_ends_its_tree_alike_at_any_concurrency() {
    let course = Course::new(8);
    let whole = course.run(|_, _| Does::Answer);
    let most = whole.trees.iter().map(|tree| tree.spent().tokens.0).max().unwrap();
    let mut ended_early = 0;
    for percent in [30, 100, 250] {
        let limit = Budget::of_tokens(Some(Tokens(most * percent / 100)));
        let mut first: Option<Ran> = None;
        for concurrency in [1, 3, 64] {
            let judge = ScriptedJudge::new(&course.table, Answering::LastFirst);
            let model = course.model(|_, _| Does::Delay(2));
            let plan = Plan { problem_budget: limit, concurrency: size(concurrency), ..course.plan(&model) };
            let ran = Session::new(&plan, &judge).run();
            assert!(matches!(ran.ended, Ended::Complete), "{percent} {concurrency}: {:?}", ran.ended);
            assert!(ran.trees.iter().all(|tree| tree.spent().tokens <= limit.tokens.unwrap()));
            ended_early += ran.progress.at_limit;
            match &first {
                Some(first) => assert!(first.trees == ran.trees, "{percent} {concurrency}"),
                None => first = Some(ran),
            }
        }
    }
    assert!(ended_early > 0);
}

/// Random budgets, concurrency and faults. What the model itself bills, also for answers that never came, stays within
/// the budget, over interruptions too.
#[test]
fn no_budget_is_ever_overrun() {
    let course = Course::new(12);
    let cost = course.run(|_, _| Does::Answer).spent.0;
    let runs = if is_full() { 200 } else { 10 };
    for number in 0..runs {
        let dice = |of: &str| {
            let digest = Digest::of(format!("{number} {of}").as_bytes());
            u64::from_le_bytes(*digest.as_bytes().first_chunk().unwrap())
        };
        let budget = Tokens(dice("budget") % (3 * cost));
        let concurrency = 1 + (dice("concurrency") % 64) as usize;
        let percent = dice("faults") % 40;
        let script = move |request: &Request, attempt: u32| {
            if !is_hit(request, attempt + number as u32, percent) {
                return Does::Delay(attempt % 5);
            }
            let retried: Vec<Kind> =
                RULES.iter().filter(|rule| rule.then == Then::Retry).map(|rule| rule.kind).collect();
            Does::Break(retried[(attempt as usize + request.slots.len() + number as usize) % retried.len()])
        };
        let model = course.model(script);
        let judge = ScriptedJudge::new(&course.table, Answering::LastFirst);
        let plan = Plan { concurrency: size(concurrency), judging: size(concurrency), ..course.plan(&model) };
        let folder = tempdir();
        let interrupt_after = (dice("interrupt") % 2 == 0).then_some((dice("when") % 40) as usize);
        let mut session = Session { interrupt_after, ..Session::with_budget(&plan, &judge, Some(budget)) };
        let mut ran = session.start(folder.path());
        if matches!(ran.ended, Ended::Stopped(Stop::Interrupt)) {
            session.interrupt_after = None;
            ran = session.resume(folder.path());
        }
        let billed = model.billed();
        assert!(billed <= budget, "run {number}: {billed} billed of {budget}");
        assert!(ran.spent <= budget, "run {number}: {} charged of {budget}", ran.spent);
        assert!(billed <= ran.spent, "run {number}: {billed} billed and {} charged", ran.spent);
        assert!(!matches!(ran.ended, Ended::Stopped(Stop::Interrupt)), "run {number}: {:?}", ran.ended);
    }
}
