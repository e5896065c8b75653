//! What a strategy wants of a tree, and what it hands in.

use crate::session::{critics, slot, strategy};
use mend_core::{
    CallId, Completion, Event, FinishReason, Form, Found, ProblemId, RepairTree, Seat, Slot, Status, SuiteVerdict,
    Text, Tokens, TreeKey, Usage, Used, Verdict,
};
use mend_repair::{Act, Allowance, Critique, Definition, Fallback, Next, See, Strategy};

/// A tree from lines such as `p0 passed/wrong_answer` (public and hidden suite), `p0 -/passed` (no public suite),
/// `p0 no_code`, `p0 unscored`, `p0/f0 critique`, and `p0` alone for a completion that is not judged yet.
fn tree(nodes: &[&str]) -> RepairTree {
    let mut tree = RepairTree::new(TreeKey { problem: ProblemId::new("x/1"), replicate: 0 });
    for node in nodes {
        let (name, outcome) = node.split_once(' ').unwrap_or((node, ""));
        for event in events(&slot(name), outcome) {
            tree.apply(&event).unwrap();
        }
    }
    tree
}

fn events(slot: &Slot, outcome: &str) -> Vec<Event> {
    let call = CallId::new(slot, 0);
    let completion = Completion {
        text: Text::new("text"),
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage::default(),
        counted: Tokens(1),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
    };
    let sent = Event::Sent {
        call: call.clone(),
        slots: vec![slot.clone()],
        seat: Seat::CODER,
        model: "scripted/model".into(),
        worst_cost: Tokens(1).into(),
        prompt: Text::new("prompt"),
        template: None,
        shows: vec![],
    };
    let sampled =
        Event::Sampled { call, completions: vec![completion], usage: Usage::default(), cost: Tokens(1).into() };
    let judged = |verdict| Event::Judged { slot: slot.clone(), candidate: None, verdict, used: Used::default() };
    let ended = match outcome {
        "" => return vec![sent, sampled],
        "unscored" => Event::Unscored { slot: slot.clone(), candidate: None, why: "broken".into(), cause: None },
        "critique" => Event::Read { slot: slot.clone(), found: Found::Critique { opinion: None, spans: vec![] } },
        "no_code" => judged(Verdict::without_run(Status::NoCode)),
        suites => {
            let (public, hidden) = suites.split_once('/').unwrap();
            let [public, hidden] = [public, hidden].map(suite);
            let status = hidden.as_ref().unwrap().status;
            judged(Verdict { status, public, hidden, engine: Some("scripted".into()) })
        }
    };
    vec![sent, sampled, ended]
}

fn suite(word: &str) -> Option<SuiteVerdict> {
    let status = match word {
        "-" => return None,
        "passed" => Status::Passed,
        "wrong_answer" => Status::WrongAnswer,
        other => panic!("{other}"),
    };
    Some(SuiteVerdict { status, tests: vec![], total: 1 })
}

fn told(next: Next) -> String {
    match next {
        Next::Done { submit } => format!("done: {}", submit.map_or("nothing".to_owned(), |slot| slot.to_string())),
        Next::Enabled(acts) => {
            let act = |(slot, act): (Slot, Act)| match act {
                Act::Judge => format!("judge {slot}"),
                Act::Read => format!("read {slot}"),
                Act::Ask { seat, about: None } => format!("ask the {seat} for {slot}"),
                Act::Ask { seat, about: Some(about) } => format!("ask the {seat} for {slot} about {about}"),
            };
            acts.into_iter().map(act).collect::<Vec<_>>().join(", ")
        }
    }
}

#[track_caller]
fn check(strategy: &Strategy, nodes: &[&str], expected: &str) {
    assert_eq!(told(strategy.next(&tree(nodes), &Allowance { programs: 9, may_ask: true })), expected);
}

#[test]
fn every_act_that_is_enabled_is_wanted_and_nothing_else() {
    let two = strategy(2, 2, See::Hidden);
    check(&two, &[], "ask the coder for p0, ask the coder for p1");
    check(&two, &["p1"], "ask the coder for p0, judge p1");
    let repairs = "ask the repairer for p0/r0 about p0, ask the repairer for p0/r1 about p0";
    check(&two, &["p0 passed/wrong_answer", "p1"], &format!("judge p1, {repairs}"));
    check(&two, &["p0 wrong_answer/passed", "p1 passed/passed"], repairs);
    check(&two, &["p0 no_code", "p1 passed/passed"], repairs);
    check(&two, &["p0 unscored", "p1 passed/passed"], "done: p1");
    let failing = ["p0 passed/wrong_answer", "p0/r1", "p1 passed/passed"];
    check(&two, &failing, "ask the repairer for p0/r0 about p0, judge p0/r1");
    // No repairs of repairs, and no more programs than there may be.
    let failed = ["p0/r0 no_code", "p0/r1 no_code", "p0 no_code"];
    assert_eq!(told(two.next(&tree(&failed), &Allowance { programs: 1, may_ask: true })), "done: nothing");
}

#[test]
fn critiques_come_first_and_each_that_was_read_gets_its_repairs() {
    let one = critics(1, 2, 2, See::Hidden);
    let failing = "p0 passed/wrong_answer";
    check(&one, &[failing], "ask the critic for p0/f0 about p0, ask the critic for p0/f1 about p0");
    let rest = "ask the repairer for p0/f1/r0 about p0/f1, ask the repairer for p0/f1/r1 about p0/f1";
    check(&one, &[failing, "p0/f0", "p0/f1 critique"], &format!("read p0/f0, {rest}"));
    let nodes = [failing, "p0/f0 critique", "p0/f0/r0", "p0/f0/r1 no_code", "p0/f1 critique"];
    check(&one, &nodes, &format!("judge p0/f0/r0, {rest}"));
    // Nobody can repair by a critique that never came.
    let nodes = [failing, "p0/f0 unscored", "p0/f1 critique", "p0/f1/r0 passed/passed", "p0/f1/r1 no_code"];
    check(&one, &nodes, "done: p0/f1/r0");
    check(&one, &["p0 passed/passed"], "done: p0");
}

#[test]
fn programs_that_pass_are_criticised_and_repaired_too_if_the_strategy_says_so() {
    let definition = Definition { critique: Critique::All, ..critics(1, 1, 1, See::Hidden).definition().clone() };
    let all = Strategy::new("all", definition).unwrap();
    check(&all, &["p0 passed/passed"], "ask the critic for p0/f0 about p0");
    let nodes = ["p0 passed/passed", "p0/f0 critique"];
    check(&all, &nodes, "ask the repairer for p0/f0/r0 about p0/f0");
    check(&all, &["p0 passed/passed", "p0/f0 critique", "p0/f0/r0 passed/wrong_answer"], "done: p0");
    check(&all, &["p0 unscored"], "done: nothing");
}

#[test]
fn first_program_that_passes_is_handed_in_and_programs_come_before_repairs() {
    let hidden = strategy(2, 1, See::Hidden);
    let nodes = ["p0 passed/wrong_answer", "p0/r0 passed/passed", "p1 passed/passed"];
    check(&hidden, &nodes, "done: p1");
    let nodes = ["p0 passed/wrong_answer", "p0/r0 passed/passed", "p1 no_code", "p1/r0 passed/passed"];
    check(&hidden, &nodes, "done: p0/r0");
    // Whoever sees public tests only cannot tell that the first one fails the hidden suite.
    check(&strategy(2, 1, See::Public), &nodes, "done: p0");
}

#[test]
fn problem_without_public_tests_gets_the_first_program_that_is_one() {
    let public = strategy(2, 1, See::Public);
    let nodes = ["p0 -/wrong_answer", "p0/r0 -/passed", "p1 -/passed"];
    check(&public, &nodes, "done: p0");
    let nodes = ["p0 no_code", "p0/r0 -/passed", "p1 -/passed"];
    check(&public, &nodes, "done: p1");
}

#[test]
fn fallback_is_the_last_program_if_the_strategy_says_so() {
    let nodes = ["p0 no_code", "p0/r0 no_code", "p1 no_code", "p1/r0 unscored"];
    let none = strategy(2, 1, See::Hidden);
    check(&none, &nodes, "done: nothing");
    let definition = Definition { fallback: Fallback::Last, ..none.definition().clone() };
    check(&Strategy::new("last", definition).unwrap(), &nodes, "done: p0/r0");
}
