//! What a tree refuses, what it charges, and that no order of arrival changes it.

use super::*;
use crate::{FinishReason, Form, ProblemId, Status, Text, Tokens, Usage};
use proptest::prelude::*;

fn key() -> TreeKey {
    TreeKey { problem: ProblemId::new("a/1"), replicate: 0 }
}

fn slot(text: &str) -> Slot {
    text.parse().unwrap()
}

fn sent(first: &str, slots: &[&str]) -> Event {
    Event::Sent {
        call: CallId::new(&slot(first), 0),
        slots: slots.iter().map(|text| slot(text)).collect(),
        seat: Seat::CODER,
        model: "sim/journeyman".into(),
        worst_cost: Tokens(100).into(),
        prompt: Text::new("prompt"),
        template: None,
        shows: vec![],
        terms: Terms::default(),
    }
}

fn sampled(first: &str, n: usize) -> Event {
    let completion = |index: usize| Completion {
        text: Text::new(format!("{first} {index}")),
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage::default(),
        counted: Tokens(3),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    };
    Event::Sampled {
        call: CallId::new(&slot(first), 0),
        completions: (0..n).map(completion).collect(),
        usage: Usage::default(),
        cost: Tokens(7).into(),
    }
}

fn judged(at: &str) -> Event {
    let verdict = Verdict::without_run(Status::NoCode);
    Event::Judged { slot: slot(at), candidate: None, verdict, used: Used::default() }
}

#[track_caller]
fn check_refused(before: &[Event], event: &Event, error: &str) {
    let mut tree = RepairTree::new(key());
    for event in before {
        tree.apply(event).unwrap();
    }
    let unchanged = tree.clone();
    assert_eq!(tree.apply(event).unwrap_err().to_string(), error);
    assert_eq!(tree, unchanged);
}

#[test]
fn events_that_contradict_the_tree_are_refused() {
    check_refused(&[sent("p0", &["p0"])], &sent("p0", &["p0"]), "call p0#0 was sent twice");
    check_refused(&[], &sampled("p0", 1), "call p0#0 was never sent");
    check_refused(&[sent("p0", &["p0"]), sampled("p0", 1)], &sampled("p0", 1), "call p0#0 was already settled");
    check_refused(&[sent("p0", &["p0"])], &sampled("p0", 2), "call p0#0 asked for 1 completions and got 2");
    check_refused(
        &[sent("p0", &["p0", "p1"]), sent("p1", &["p1"]), sampled("p1", 1)],
        &sampled("p0", 2),
        "slot p1 already holds a completion",
    );
    check_refused(&[], &judged("p0"), "slot p0 holds no completion to judge");
    check_refused(&[sent("p0", &["p0"]), sampled("p0", 1), judged("p0")], &judged("p0"), "slot p0 was already judged");
    check_refused(&[sent("p0/f0", &["p0/f0"]), sampled("p0/f0", 1)], &judged("p0/f0"), "slot p0/f0 holds no program");
    let critiqued = Event::Read { slot: slot("p0"), found: Found::Note, screened: Screened::default() };
    check_refused(&[sent("p0", &["p0"]), sampled("p0", 1)], &critiqued, "slot p0 holds no note");
    let submitted = Event::Submitted { ranking: vec![] };
    check_refused(std::slice::from_ref(&submitted), &submitted, "the tree was already submitted");
    check_refused(&[], &Event::Submitted { ranking: vec![slot("p4")] }, "slot p4 was submitted and does not exist");
    let (verdict, used) = (SuiteVerdict { status: Status::Passed, tests: vec![], total: 0 }, Used::default());
    let checked = Event::Checked { tests: slot("t0"), verdict, used };
    check_refused(&[], &checked, "slot t0 holds no tests");
    check_refused(&[sent("t0", &["t0"]), sampled("t0", 1)], &checked, "slot t0 holds no tests");
    let found = Found::Tests { tests: vec![], dropped: 0 };
    let read = Event::Read { slot: slot("t0"), found, screened: Screened::default() };
    let before = [sent("t0", &["t0"]), sampled("t0", 1), read, checked.clone()];
    check_refused(&before, &checked, "slot t0 was already judged");
    check_refused(&[], &Event::Stopped { why: "budget".into() }, "a run's event does not belong to a tree");
}

#[test]
fn open_and_lost_calls_are_charged_at_their_worst() {
    let mut tree = RepairTree::new(key());
    for event in [sent("p0", &["p0"]), sent("p1", &["p1"]), sent("p2", &["p2"]), sampled("p0", 1)] {
        tree.apply(&event).unwrap();
    }
    let lost = Event::Lost { call: CallId::new(&slot("p1"), 0), charged: Tokens(100).into(), why: "killed".into() };
    tree.apply(&lost).unwrap();
    assert_eq!(tree.spent(), Tokens(207).into());
    assert_eq!(tree.times_sent(&slot("p1")), 1);
}

proptest! {
    /// Calls interleave in any way; each call keeps sent, sampled, judged in this order.
    #[test]
    fn any_arrival_order_ends_in_the_same_tree(order in Just((0..24).collect::<Vec<usize>>()).prop_shuffle()) {
        let chain = |i: usize| {
            let at = format!("p{i}");
            [sent(&at, &[&at]), sampled(&at, 1), judged(&at)]
        };
        let mut straight = RepairTree::new(key());
        for i in 0..8 {
            for event in chain(i) {
                straight.apply(&event).unwrap();
            }
        }
        let mut done = [0; 8];
        let mut shuffled = RepairTree::new(key());
        for pick in order {
            let call = pick % 8;
            shuffled.apply(&chain(call)[done[call]]).unwrap();
            done[call] += 1;
        }
        prop_assert_eq!(shuffled, straight);
    }
}

#[test]
fn what_is_run_may_belong_to_a_node_of_any_kind() {
    let ran = |at: &str| {
        let outcomes = vec![crate::RunOutcome::Value("3\n".to_owned())];
        Event::Ran { slot: slot(at), given: crate::Digest::of(b"cells"), outcomes, used: Used::default() }
    };
    for at in ["p0", "n0", "p0/f0", "v0", "t0"] {
        let before = [sent(at, &[at]), sampled(at, 1)];
        let mut tree = RepairTree::new(key());
        for event in before.iter().chain([&ran(at)]) {
            tree.apply(event).unwrap();
        }
        assert_eq!(tree.node(&slot(at)).unwrap().ran.len(), 1);
        let before = [&before[..], &[ran(at)]].concat();
        check_refused(&before, &ran(at), &format!("slot {at} was already run with these inputs"));
    }
    check_refused(&[], &ran("n0"), "slot n0 holds no completion to judge");
}

#[test]
fn a_journal_that_names_no_cause_is_read_and_one_that_does_is_kept() {
    let old = r#"{"event":"unscored","slot":"p0","candidate":null,"why":"it is broken"}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), old);
    let new = old.replace("\"}", "\",\"cause\":\"broken_test\"}");
    let caused: Event = serde_json::from_str(&new).unwrap();
    assert_eq!(serde_json::to_string(&caused).unwrap(), new);
    for (event, cause) in [(event, None), (caused, Some(Cause::BrokenTest))] {
        let mut tree = RepairTree::new(key());
        tree.apply(&event).unwrap();
        let node = tree.node(&Slot::program(0)).unwrap();
        assert_eq!((node.unscored(), node.cause(), node.reached_a_test()), (Some("it is broken"), cause, false));
    }
}
