//! What a strategy wants of a tree, and what it hands in.

use crate::session::{See, critics, shipped, slot, strategy};
use crate::table::starter;
use mend_core::{
    CallId, Event, Found, RepairTree, Screened, Seat, Slot, Status, SuiteVerdict, Terms, Text, Tokens, TreeKey, Usage,
    Used, Verdict,
};
use mend_repair::{Act, Ask, Ground, Next, Place, Solver, Strategy, free_completion, readable};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a strategy wants of a tree of which these nodes are known, in order: `p0 passed/wrong_answer` (public and hidden
/// suite), `p0 -/passed` (no public suite), `p0 no_code`, `p0 unscored`, `p0/f0 critique`, and `p0` alone for a completion
/// that is not judged yet.
fn wanted(strategy: &Strategy, nodes: &[&str], programs: u32) -> String {
    let mut known: BTreeMap<Slot, &str> = nodes
        .iter()
        .map(|node| node.split_once(' ').unwrap_or((node, "")))
        .map(|(name, outcome)| (slot(name), outcome))
        .collect();
    let problem = Arc::clone(&starter()[0]);
    let mut tree = RepairTree::new(TreeKey { problem: problem.id.clone(), replicate: 0 });
    let ground = Ground { problem, seed: 1, replicate: 0, programs, longest_prompts: BTreeMap::new(), memory: None };
    let mut solver = Solver::new(strategy.script().clone(), ground);
    let mut open: Vec<(Place, Slot, Ask)> = Vec::new();
    loop {
        match solver.next(&tree).unwrap() {
            Next::Done(ranking) => {
                assert!(known.is_empty(), "never asked for: {known:?}");
                return format!("done: {}", ranking.first().map_or("nothing".to_owned(), ToString::to_string));
            }
            Next::Enabled(acts) => {
                for (place, act) in acts {
                    let Act::Ask(ask) = act else { panic!("{act:?}") };
                    open.extend(ask.slots.iter().map(|slot| (place.clone(), slot.clone(), ask.clone())));
                }
            }
        }
        let Some(found) = open.iter().position(|(_, slot, _)| known.contains_key(slot)) else { break };
        let (_, slot, ask) = open.remove(found);
        for event in events(&slot, known.remove(&slot).unwrap(), &readable(&ask.messages)) {
            tree.apply(&event).unwrap();
            solver.learned(&event);
        }
    }
    assert!(known.is_empty(), "never asked for: {known:?}");
    open.sort_by(|(place, slot, _), (other, after, _)| (place, slot).cmp(&(other, after)));
    let words = |(_, slot, ask): (Place, Slot, Ask)| match ask.about {
        None => format!("ask the {} for {slot}", ask.seat),
        Some(about) => format!("ask the {} for {slot} about {about}", ask.seat),
    };
    open.into_iter().map(words).collect::<Vec<_>>().join(", ")
}

fn events(slot: &Slot, outcome: &str, prompt: &str) -> Vec<Event> {
    let call = CallId::new(slot, 0);
    let completion = free_completion("text".to_owned());
    let sent = Event::Sent {
        call: call.clone(),
        slots: vec![slot.clone()],
        seat: Seat::CODER,
        model: "scripted/model".into(),
        worst_cost: Tokens(1).into(),
        prompt: Text::new(prompt),
        template: None,
        shows: vec![],
        terms: Terms::default(),
    };
    let sampled =
        Event::Sampled { call, completions: vec![completion], usage: Usage::default(), cost: Tokens(1).into() };
    let judged = |verdict| Event::Judged { slot: slot.clone(), candidate: None, verdict, used: Used::default() };
    let ended = match outcome {
        "" => return vec![sent, sampled],
        "unscored" => Event::Unscored { slot: slot.clone(), candidate: None, why: "broken".into(), cause: None },
        "critique" => Event::Read {
            slot: slot.clone(),
            found: Found::Critique { opinion: None, spans: vec![], defects: vec![] },
            screened: Screened::default(),
        },
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

#[track_caller]
fn check(strategy: &Strategy, nodes: &[&str], expected: &str) {
    assert_eq!(wanted(strategy, nodes, 9), expected);
}

#[test]
fn every_act_that_is_enabled_is_wanted_and_nothing_else() {
    let two = strategy(2, 2, See::Hidden);
    check(&two, &[], "ask the coder for p0, ask the coder for p1");
    check(&two, &["p1"], "ask the coder for p0");
    let repairs = "ask the repairer for p0/r0 about p0, ask the repairer for p0/r1 about p0";
    check(&two, &["p0 passed/wrong_answer", "p1"], repairs);
    check(&two, &["p0 wrong_answer/passed", "p1 passed/passed"], repairs);
    check(&two, &["p0 no_code", "p1 passed/passed"], repairs);
    check(&two, &["p0 unscored", "p1 passed/passed"], "done: p1");
    let failing = ["p0 passed/wrong_answer", "p0/r1", "p1 passed/passed"];
    check(&two, &failing, "ask the repairer for p0/r0 about p0");
    // No repairs of repairs, and no more programs than there may be.
    assert_eq!(wanted(&two, &["p0/r0 no_code", "p0/r1 no_code", "p0 no_code"], 1), "done: nothing");
}

#[test]
fn a_strategy_that_sees_public_tests_alone_repairs_no_program_that_passes_them() {
    let public = strategy(2, 1, See::Public);
    let repair = "ask the repairer for p1/r0 about p1";
    check(&public, &["p0 passed/wrong_answer", "p1 wrong_answer/wrong_answer"], repair);
    check(&public, &["p0 -/wrong_answer", "p1 no_code"], repair);
}

#[test]
fn each_critique_that_was_read_gets_its_repairs_in_the_order_of_the_script() {
    let one = critics(1, 2, 2, See::Hidden);
    let failing = "p0 passed/wrong_answer";
    check(&one, &[failing], "ask the critic for p0/f0 about p0, ask the critic for p0/f1 about p0");
    let rest = "ask the repairer for p0/f1/r0 about p0/f1, ask the repairer for p0/f1/r1 about p0/f1";
    check(&one, &[failing, "p0/f0", "p0/f1 critique"], rest);
    let nodes = [failing, "p0/f0 critique", "p0/f0/r0", "p0/f0/r1 no_code", "p0/f1 critique"];
    check(&one, &nodes, rest);
    // Nobody can repair by a critique that never came.
    let nodes = [failing, "p0/f0 unscored", "p0/f1 critique", "p0/f1/r0 passed/passed", "p0/f1/r1 no_code"];
    check(&one, &nodes, "done: p0/f1/r0");
    check(&one, &["p0 passed/passed"], "done: p0");
}

#[test]
fn programs_that_pass_are_criticised_and_repaired_too_if_the_strategy_says_so() {
    let all = shipped("critic", &[("n_p", "1"), ("n_f", "1"), ("n_r", "1"), ("critique", "all")]);
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
    let nodes = ["p0 passed/wrong_answer", "p1 no_code", "p1/r0 passed/passed"];
    check(&strategy(2, 1, See::Public), &nodes, "done: p0");
}

#[test]
fn problem_without_public_tests_gets_the_first_program_that_is_one() {
    let public = strategy(2, 1, See::Public);
    check(&public, &["p0 -/wrong_answer", "p1 -/passed"], "done: p0");
    check(&public, &["p0 no_code", "p0/r0 -/passed", "p1 -/passed"], "done: p1");
}

#[test]
fn fallback_is_the_last_program_if_the_strategy_says_so() {
    let nodes = ["p0 no_code", "p0/r0 no_code", "p1 no_code", "p1/r0 unscored"];
    check(&strategy(2, 1, See::Hidden), &nodes, "done: nothing");
    let last = shipped("self-repair", &[("n_p", "2"), ("n_f", "1"), ("fallback", "last")]);
    check(&last, &nodes, "done: p0/r0");
}
