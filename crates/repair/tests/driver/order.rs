//! Neither concurrency nor the order of arrival reaches a tree, and a budget is never overrun.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, See, Session, critics, handed_in, plan, size, strategy};
use crate::table::{Table, starter};
use mend_core::{Digest, Event, Problem, RepairTree, Slot, Tokens, TreeKey};
use mend_model::{Model, Request};
use mend_repair::{Ended, Plan, Stop, Strategy};
use mend_testkit::is_full;
use std::sync::Arc;

struct Course {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
    strategy: Strategy,
    bills: Bills,
    /// Whether some answers hold no program, so that no judge delays them.
    refuses: bool,
}

impl Course {
    /// Two replicates of all starter problems: more trees than grow at a time.
    fn new(bills: Bills) -> Self {
        let problems: Vec<_> = starter().into_iter().flat_map(|problem| [Arc::clone(&problem), problem]).collect();
        let table = Arc::new(Table::of(&problems));
        Self { problems, table, strategy: strategy(2, 1, See::Hidden), bills, refuses: false }
    }

    /// `arrival` decides how long each answer takes; zero for at once.
    fn run(&self, concurrency: usize, answering: Answering, arrival: u64, budget: Option<Tokens>) -> Ran {
        let refuses = self.refuses;
        let script = move |request: &Request, _| {
            let place = format!("{} {} {}", request.problem, request.replicate, request.slots[0]);
            if refuses && Digest::of(place.as_bytes()).as_bytes()[0].is_multiple_of(3) {
                return Does::Say("No.".to_owned());
            }
            let turns = Digest::of(format!("{arrival} {place}").as_bytes()).as_bytes()[0] % 40;
            Does::Delay(if arrival == 0 { 0 } else { turns.into() })
        };
        let model: Arc<dyn Model> = Arc::new(ScriptedModel::new(&self.problems, self.bills, Box::new(script)));
        let judge = ScriptedJudge::new(&self.table, answering);
        let plan = Plan {
            concurrency: size(concurrency),
            judging: size(concurrency),
            ..plan(&self.problems, self.strategy.clone(), model)
        };
        Session::with_budget(&plan, &judge, budget).run()
    }

    /// Runs in many ways and checks that the trees are always the same.
    #[track_caller]
    fn check_equal(&self, budget: Option<Tokens>) -> Ran {
        let first = self.run(1, Answering::InOrder, 0, budget);
        let ways = [
            (4, Answering::LastFirst, 1),
            (16, Answering::InOrder, 0),
            (16, Answering::LastFirst, 2),
            (1, Answering::LastFirst, 3),
            (2, Answering::LastFirst, 4),
            (4, Answering::InOrder, 5),
            (16, Answering::LastFirst, 6),
            (100, Answering::LastFirst, 7),
        ];
        for (concurrency, answering, arrival) in ways.into_iter().take(if is_full() { ways.len() } else { 3 }) {
            let ran = self.run(concurrency, answering, arrival, budget);
            assert!(ran.trees == first.trees, "{budget:?}, {concurrency} requests at a time, {answering:?}");
            assert_eq!(handed_in(&ran.recorded), handed_in(&first.recorded));
        }
        first
    }

    /// Checks the laws of a budget at several shares of what the whole run costs.
    #[track_caller]
    fn check_budgets(&self) {
        let whole = self.run(4, Answering::InOrder, 0, None);
        let order = handed_in(&whole.recorded);
        assert_eq!(order.len(), self.problems.len());
        let mut last: &[TreeKey] = &[];
        for percent in [0, 15, 40, 80, 95] {
            let budget = Tokens(whole.spent.0 * percent / 100);
            let ran = self.check_equal(Some(budget));
            assert!(matches!(ran.ended, Ended::Stopped(Stop::Budget)), "{percent}: {:?}", ran.ended);
            assert!(ran.spent <= budget, "{} of {budget}", ran.spent);
            let finished = handed_in(&ran.recorded);
            let worst = next_worst_cost(&whole, &ran, &order[finished.len()]);
            assert!(ran.spent + worst > budget, "{percent}: a request for {worst} still fits");
            assert_eq!(finished, order[..finished.len()], "{percent}");
            assert!(finished.len() >= last.len(), "more tokens finish no fewer trees here");
            last = &order[..finished.len()];
            assert!(last.len() < order.len());
        }
        assert!(!last.is_empty());
    }
}

/// The worst case of the request that is next in a tree of a stopped run, by what the whole run sent.
fn next_worst_cost(whole: &Ran, stopped: &Ran, key: &TreeKey) -> Tokens {
    let tree = stopped.trees.iter().find(|tree| tree.key == *key).unwrap();
    let is_there = |slot: &Slot| tree.node(slot).is_some_and(|node| node.outcome.is_some());
    let waiting = whole.recorded.entries.iter().filter_map(|entry| match &entry.event {
        Event::Sent { slots, worst_cost, .. } if entry.tree.as_ref() == Some(key) => {
            let parent = slots[0].parent();
            let waits = !is_there(&slots[0]) && parent.as_ref().is_none_or(is_there);
            waits.then_some((parent, *worst_cost))
        }
        _ => None,
    });
    waiting.min_by(|a, b| a.0.cmp(&b.0)).expect("an unfinished tree waits for an answer").1.tokens
}

#[test]
fn concurrency_and_order_of_arrival_reach_no_tree() {
    let ran = Course::new(Bills::Reported).check_equal(None);
    assert!(matches!(ran.ended, Ended::Complete));
    // Replicate by replicate, and not in the order of the data set.
    let order = handed_in(&ran.recorded);
    assert!(order.iter().map(|key| key.replicate).is_sorted());
    assert!(!order[..12].iter().map(|key| &key.problem).is_sorted());
    let trees: Vec<&RepairTree> =
        order.iter().map(|key| ran.trees.iter().find(|tree| tree.key == *key).unwrap()).collect();
    assert_ne!(trees[0].nodes().collect::<Vec<_>>(), trees[12].nodes().collect::<Vec<_>>(), "replicates differ");
}

#[test]
fn budget_stops_at_a_prefix_of_the_order_whatever_the_order_of_arrival() {
    Course::new(Bills::Reported).check_budgets();
}

#[test]
fn budget_holds_for_a_model_that_bills_its_worst_or_does_not_say() {
    Course::new(Bills::Worst).check_budgets();
    Course::new(Bills::Unsaid).check_budgets();
}

#[test]
fn budget_holds_for_a_strategy_that_sees_public_tests_only() {
    Course { strategy: strategy(2, 1, See::Public), ..Course::new(Bills::Reported) }.check_budgets();
}

#[test]
fn budget_stops_alike_where_a_critic_explains() {
    Course { strategy: critics(2, 1, 1, See::Hidden), ..Course::new(Bills::Reported) }.check_budgets();
}

#[test]
fn budget_stops_alike_where_some_answers_hold_no_program() {
    Course { refuses: true, ..Course::new(Bills::Reported) }.check_budgets();
}

#[test]
fn budget_of_what_a_run_costs_at_its_worst_lets_it_complete() {
    let course = Course::new(Bills::Worst);
    let whole = course.run(4, Answering::InOrder, 0, None);
    let ran = course.run(4, Answering::InOrder, 0, Some(whole.spent));
    assert!(matches!(ran.ended, Ended::Complete));
    assert_eq!(
        (ran.spent, ran.progress.trees_done, ran.progress.spent.tokens),
        (whole.spent, whole.progress.trees_done, whole.spent)
    );
    assert_eq!(whole.progress.trees_done, whole.progress.trees);
}

#[test]
fn every_request_is_journalled_before_its_answer_and_every_answer_before_its_verdict() {
    let ran = Course::new(Bills::Reported).run(16, Answering::LastFirst, 9, None);
    let mut sent = Vec::new();
    let mut answered = Vec::new();
    for entry in &ran.recorded.entries {
        let tree = entry.tree.clone().unwrap();
        match &entry.event {
            Event::Sent { call, slots, .. } => sent.push((tree, call.clone(), slots.clone())),
            Event::Sampled { call, .. } => {
                let place = sent.iter().position(|(key, id, _)| *key == tree && id == call).unwrap();
                answered.extend(sent.swap_remove(place).2.into_iter().map(|slot| (tree.clone(), slot)));
            }
            Event::Judged { slot, .. } => assert!(answered.contains(&(tree, slot.clone()))),
            Event::Submitted { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(sent.is_empty());
}
