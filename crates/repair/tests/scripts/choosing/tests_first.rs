//! Systems that choose by tests that a model writes, and baselines of choosing: whom each asks, in which order, and what it
//! hands in, on the worked examples of their papers' cards.

mod agreeing;
mod asking;
mod gated;
mod picking;

use crate::exchanges::{Played, all_fail, played_on};
use crate::play::problem;
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

/// Asserts with one input each, from 0 on.
fn asserts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("assert inc({n}) == {}", n + 1)).collect()
}

fn tests(count: usize) -> Says {
    let asserts = asserts(count);
    Says::tests(&asserts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Every program fails the problem's tests, and every set of tests holds so many.
fn with_tests(slot: &Slot, count: usize) -> Says {
    if slot.kind() == Kind::Tests { tests(count) } else { all_fail(Seat::CODER, slot) }
}

/// Plays a script where every tester writes so many tests, and programs pass them by a rule.
fn tested(name: &str, chosen: &[(&str, &str)], count: usize, passes: fn(&str, u32) -> bool) -> Played {
    played_on(name, chosen, problem(), |problem| {
        ScriptedModel::new(problem, move |_, slot| with_tests(slot, count))
            .testing(move |slot, index| passes(&slot.to_string(), index))
    })
}

/// Plays a script where programs fall into groups of these sizes.
fn grouped(name: &str, chosen: &[(&str, &str)], sizes: &[usize]) -> Played {
    let groups: Vec<usize> = sizes.iter().enumerate().flat_map(|(group, size)| vec![group; *size]).collect();
    played_on(name, chosen, problem(), move |problem| {
        ScriptedModel::new(problem, |_, slot| with_tests(slot, 3)).running(move |slot, _| {
            // Repairs are run too, to show what they give.
            let number: Option<usize> = slot.to_string().trim_start_matches('p').parse().ok();
            number.map_or_else(String::new, |number| groups[number].to_string())
        })
    })
}

/// The requests of a play by their places: side by side, answers come in any order.
fn requests_by_place(played: &Played) -> String {
    let requests = played.requests();
    let mut lines: Vec<&str> = requests.lines().collect();
    lines.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
    lines.join("\n")
}
