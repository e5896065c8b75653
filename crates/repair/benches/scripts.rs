//! What evaluation costs: a complete tree of `self-repair` whose answers arrive one at a time.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

#[path = "../tests/scripts/play.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod play;

use mend_core::{Seat, Slot};
use mend_repair::{Says, Script, shipped_scripts};
use play::Play;
use std::collections::BTreeMap;

fn main() {
    divan::main();
}

/// No program passes, so that the tree is complete.
fn fails(_: Seat, _: &Slot, _: u64) -> Says {
    Says::Program { public: false, hidden: false }
}

fn script(programs: u32, repairs: u32) -> Script {
    let text = shipped_scripts().find(|(name, _)| *name == "self-repair").unwrap().1;
    let chosen = [("n_p", programs), ("n_f", repairs)].map(|(name, value)| (name.to_owned(), value.to_string()));
    Script::load("self-repair.star", text, &BTreeMap::from(chosen)).unwrap()
}

/// A tree with so many repairs of each of 50 programs, and the same without the script: only events and the tree.
#[divan::bench(args = [5, 12, 25, 50], sample_count = 5, sample_size = 1)]
fn one_answer_at_a_time(bencher: divan::Bencher<'_, '_>, repairs: u32) {
    let script = script(50, repairs);
    bencher.with_inputs(|| Play::new(&script, fails, 1)).bench_local_refs(|play| {
        play.finish(1).unwrap();
        assert_eq!(play.tree.nodes().count() as u32, 50 * (1 + repairs));
    });
}

/// Evaluation alone: the time within the solver.
#[divan::bench(args = [5, 12, 25, 50], sample_count = 5, sample_size = 1)]
fn evaluation_alone(bencher: divan::Bencher<'_, '_>, repairs: u32) {
    let script = script(50, repairs);
    // The events of a finished tree, each told to a fresh solver.
    let mut play = Play::new(&script, fails, 1);
    play.finish(1).unwrap();
    let events = play.events;
    bencher.with_inputs(|| Play::new(&script, fails, 1)).bench_local_refs(|play| {
        play.advance().unwrap();
        for event in &events {
            play.tree.apply(event).unwrap();
            play.solver.learned(event);
            play.solver.next(&play.tree).unwrap();
        }
    });
}
