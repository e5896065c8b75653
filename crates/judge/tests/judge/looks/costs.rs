//! What programs cost.

use super::{look, look_all_by};
use crate::common::{AMPLE, call, function, is_wasm, program, script, stdio, task, wasm};
use mend_core::{Integrity, Problem};
use mend_judge::{JudgeOptions, Look, Sight, Unit, WorkCost};
use std::num::NonZeroUsize;

fn cost_of(problem: &Problem, program: &str) -> Option<WorkCost> {
    match look(AMPLE, Look::Cost { task: task(problem, program) }).sight {
        Sight::Cost(cost) => cost,
        other => panic!("{other:?}"),
    }
}

/// Adds up as many numbers as it is told to, some times over.
fn adds(times: u32) -> String {
    format!(
        "def f(n):\n    for _ in range({times}):\n        total = 0\n        for i in range(n):\n            total += i\n    return total\n"
    )
}

fn sums() -> Problem {
    let reference = Some(adds(2).as_str().into());
    Problem { reference, ..function("f", [call("[200000]", "19999900000"), script("assert f(3) == 3\n")]) }
}

#[test]
fn twice_the_work_costs_more_and_the_reference_stands_beside_it() {
    let cost = |times| cost_of(&sums(), &adds(times)).unwrap();
    let (one, four) = (cost(1), cost(4));
    let unit = if is_wasm() { Unit::Fuel } else { Unit::Microseconds };
    assert_eq!((one.unit, four.unit), (unit, unit));
    // The start of the interpreter counts too, so that four times the work costs less than four times as much.
    assert!(four.cost > 2 * one.cost, "{one:?} {four:?}");
    let reference = one.reference.unwrap();
    assert!(one.cost < reference && reference < four.cost, "{one:?} {four:?}");
    let program_of = |times: u32| {
        format!(
            "n = int(input())\nfor _ in range({times}):\n    total = 0\n    for i in range(n):\n        total += i\nprint(total)\n"
        )
    };
    let problem = program([stdio("200000\n", "19999900000\n")]);
    let cost = |times| cost_of(&problem, &program_of(times)).unwrap();
    let (one, four) = (cost(1), cost(4));
    assert!(four.cost > 2 * one.cost, "{one:?} {four:?}");
    assert_eq!((one.reference, four.reference), (None, None));
    let problem = Problem { integrity: Integrity::Cooperative, ..sums() };
    assert!(cost_of(&problem, &adds(4)).unwrap().cost > cost_of(&problem, &adds(1)).unwrap().cost);
}

#[test]
fn a_wrong_program_has_no_cost() {
    for wrong in [
        "def f(n):\n    return 0\n",
        "def f(n):\n    return 19999900000\n",
        "def f(n):\n    return n * (n - 1) // 2 if n > 3 else None\n",
        "def f(n:\n",
        "import os\nos._exit(0)\n",
        "def g(n):\n    return 3\n",
    ] {
        assert_eq!(cost_of(&sums(), wrong), None, "{wrong}");
    }
    // Nor does one whose tests can judge nobody, and no program sets its own price.
    let broken = function("f", [script("assert True\n")]);
    assert_eq!(cost_of(&broken, &adds(1)), None);
    let lies = "import time\ntime.process_time = time.process_time_ns = time.perf_counter = lambda: 0\n";
    let (plain, lying) =
        (cost_of(&sums(), &adds(4)).unwrap(), cost_of(&sums(), &format!("{lies}{}", adds(4))).unwrap());
    assert!(2 * lying.cost > plain.cost, "{lying:?} {plain:?}");
    // A reference that does not pass costs nothing either.
    let problem = Problem { reference: Some("def f(n):\n    return 0\n".into()), ..sums() };
    assert_eq!(cost_of(&problem, &adds(1)).unwrap().reference, None);
}

#[test]
fn fuel_is_the_same_each_time() {
    let Some(wasm) = wasm() else { return };
    let one = JudgeOptions { workers: NonZeroUsize::MIN, ..AMPLE };
    let looks = || [1, 2, 1].map(|times| Look::Cost { task: task(&sums(), &adds(times)) });
    let seen: Vec<Option<WorkCost>> = [one, AMPLE]
        .into_iter()
        .flat_map(|options| look_all_by(&wasm, options, looks()))
        .map(|seen| match seen.unwrap().sight {
            Sight::Cost(cost) => cost,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen[..3], seen[3..]);
    assert_eq!(seen[0], seen[2]);
    // The reference is this very program.
    assert_eq!(seen[1].map(|cost| Some(cost.cost)), seen[1].map(|cost| cost.reference));
    assert!(seen.iter().all(|cost| cost.is_some_and(|cost| cost.unit == Unit::Fuel)));
}
