//! Systems that search: trees of thoughts and of programs, annealing, controllers, stages; and those that look into the
//! running program.

mod alphacodium;
mod control;
mod fito;
mod grounded;
mod lats;
mod ldb;
mod mapcoder;
mod mint;
mod optimise;
mod probe;
mod recorded;
mod rethink_mcts;
mod sandboxed;
mod supercoder;

use crate::exchanges::Played;
use crate::play::{Play, by_luck, problem};
use crate::script;
use mend_core::{Literal, Problem, Test, TestSuite};
use mend_judge::{Step, Trace, Values};
use mend_repair::{Says, shipped_scripts};

/// The problem of plays with so many public tests.
fn with_public(count: u32) -> Problem {
    let test =
        |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal(format!("{}", n + 1).into()) };
    let problem = problem();
    let tests = TestSuite { public: (1..=count).map(test).collect(), ..problem.tests.clone() };
    Problem { tests, ..problem }
}

/// A program that passes the first so many of some public tests, and no hidden one.
fn passing(passed: usize, of: usize) -> Says {
    Says::Suites { public: (0..of).map(|test| test < passed).collect(), hidden: vec![] }
}

/// What a node says.
#[track_caller]
fn text(played: &Played, slot: &str) -> String {
    let node = played.play.tree.node(&slot.parse().unwrap()).unwrap_or_else(|| panic!("there is no {slot}"));
    node.completion.as_ref().unwrap().text.body().unwrap().to_string()
}

/// A block trace of one block, in which a name has a value.
fn block_of(name: &str, value: &str) -> Trace {
    let step =
        Step { number: 0, first: 2, last: 2, values: Values(vec![(name.to_owned(), value.to_owned())]), pass: None };
    Trace { call: Some("inc(1)".to_owned()), end: Some("returned".to_owned()), total: 1, steps: vec![step] }
}

/// What an expression over the functions of a shipped script gives, as the language writes it.
#[track_caller]
fn value(name: &str, expression: &str) -> String {
    let shipped = shipped_scripts().find(|(known, _)| *known == name).unwrap().1;
    let solves = format!("\ndef solve(problem, p):\n    fail(\"= \" + repr({expression}) + \" =\")\n");
    let text = shipped.replace("\ndef solve(", "\ndef solve_as_shipped(") + &solves;
    let said = Play::new(&script(&format!("{name}.star"), &text, &[]), by_luck, 0).finish(0).unwrap_err().to_string();
    let begin = said.find("fail: = ").unwrap_or_else(|| panic!("{said}")) + "fail: = ".len();
    said[begin..].split(" =").next().unwrap().to_owned()
}
