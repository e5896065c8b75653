//! LDB: what is traced, what the model is shown at each level, and when it goes on without a trace.

use crate::exchanges::{Played, all_fail, level, played, played_on, refused, shipped};
use crate::play::problem;
use mend_core::{Slot, Test};
use mend_judge::{Look, Sight, Step, Trace, Values};
use mend_repair::{Says, ScriptedModel};
use std::sync::{Arc, Mutex};

const PROGRAM: &str = "\
def inc(n):
    total = 0
    for i in range(n):
        total += twice(i)
    return total

def twice(i):
    j = i
    return 2 * j
";

fn step(number: u64, (first, last): (u32, u32), values: &[(&str, &str)]) -> Step {
    let values = Values(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    Step { number, first, last, values, pass: None }
}

fn trace() -> Trace {
    let steps = vec![
        step(0, (1, 1), &[("n", "1")]),
        step(1, (2, 2), &[("total", "0")]),
        step(2, (3, 3), &[("i", "0")]),
        step(3, (7, 7), &[("i", "0")]),
        step(4, (8, 9), &[("j", "0"), ("return", "0")]),
        step(5, (5, 5), &[("return", "0")]),
    ];
    Trace { call: Some("inc(1)".to_owned()), end: Some("returned".to_owned()), total: 6, steps }
}

/// Every program is the one above and fails; each call is traced alike.
fn traced(chosen: &[(&str, &str)]) -> Played {
    played_on("ldb", chosen, problem(), |problem| {
        ScriptedModel::new(problem, |seat, slot| {
            if slot.is_program() { Says::Text(format!("```python\n{PROGRAM}```\n")) } else { all_fail(seat, slot) }
        })
        .looking(|_, look| match look {
            Look::Trace { .. } => Sight::Trace(Some(trace())),
            other => panic!("{other:?}"),
        })
    })
}

#[test]
fn blocks_are_judged_one_by_one_then_the_program_is_mended_in_the_same_conversation() {
    let played = traced(&[("rounds", "2")]);
    insta::assert_snapshot!(played.requests(), @r"
    coder p0 (2)
    critic p0/f0 (4)
    coder p0/f0/r0 (6)
    critic p0/f0/r0/f0 (8)
    coder p0/f0/r0/f0/r0 (10)
    ");
    insta::assert_snapshot!(played.question("p0/f0"), @r"
    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    This is how the failing call runs, block by block in order, with what variables hold behind each:

    ```text
    The call inc(1) runs these blocks, in this order:
    [1] line 1
        | def inc(n):
        n = 1
    [2] line 2
        | total = 0
        total = 0
    [3] line 3
        | for i in range(n):
        i = 0
    [4] line 7
        | def twice(i):
        i = 0
    [5] lines 8-9
        | j = i
        | return 2 * j
        j = 0
        returns 0
    [6] line 5
        | return total
        returns 0
    ```

    Go through them one by one. Say of each block in a line of its own whether it is right or wrong by what the variables should
    hold there, and explain why. Do not write a program.
    ");
    insta::assert_snapshot!(played.question("p0/f0/r0"), @"Mend the program by what you found. Write it whole in one ```python block.");
    assert_eq!(played.handed_in, ["p0/f0/r0/f0/r0"]);
    assert_eq!(shipped("ldb", &[]).header().bound, 21);
    assert_eq!(traced(&[]).nodes(), 21, "ten rounds");
}

#[test]
fn lines_and_functions_stand_together_at_their_levels() {
    let shown = |chosen: &str| {
        let question = traced(&[("rounds", "1"), ("level", chosen)]).question("p0/f0");
        question.split_once("```text\n").unwrap().1.split_once("\n```").unwrap().0.to_owned()
    };
    insta::assert_snapshot!(shown("line"), @r"
    line 1:
    def inc(n):
        # n = 1
    line 2:
    total = 0
        # total = 0
    line 3:
    for i in range(n):
        # i = 0
    line 7:
    def twice(i):
        # i = 0
    line 8:
    j = i
        # j = 0
    line 9:
    return 2 * j
        # j = 0, return = 0
    line 5:
    return total
        # return = 0
    ");
    insta::assert_snapshot!(shown("function"), @r"
    lines 1-5:
    def inc(n):
        total = 0
        for i in range(n):
            total += twice(i)
        return total
        # n = 1, total = 0, i = 0
    lines 7-9:
    def twice(i):
        j = i
        return 2 * j
        # i = 0, j = 0, return = 0
    lines 1-5:
    def inc(n):
        total = 0
        for i in range(n):
            total += twice(i)
        return total
        # return = 0
    ");
    assert!(refused("ldb", &[("level", "word")]).contains("expected line, block or function"));
    assert_eq!(level("ldb", &[]), "clean");
}

#[test]
fn without_a_trace_the_failure_alone_is_told() {
    let untraced = played("ldb", &[("rounds", "1")], all_fail);
    assert_eq!(untraced.requests(), "coder p0 (2)\ncoder p0/r0 (4)");
    insta::assert_snapshot!(untraced.question("p0/r0"), @r"
    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Say what is wrong with the program, and mend it. Write it whole in one ```python block.
    ");
    let missing = played("ldb", &[("rounds", "1")], |_, _| Says::words());
    assert!(missing.question("p0/r0").starts_with("Your answer holds no complete code block"));
}

#[test]
fn one_of_the_failing_tests_is_drawn_each_round() {
    let call = |n: u32| Test::Call {
        args: mend_core::Literal(format!("[{n}]").into()),
        expected: mend_core::Literal("0".into()),
    };
    let problem = problem();
    let tests = mend_core::TestSuite { public: (0..4).map(call).collect(), ..problem.tests.clone() };
    let problem = mend_core::Problem { tests, ..problem };
    let drawn = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&drawn);
    // The second test passes.
    let public = vec![false, true, false, false];
    let played = played_on("ldb", &[], problem.clone(), |problem| {
        ScriptedModel::new(problem, move |seat, slot: &Slot| {
            if slot.is_program() {
                Says::Suites { public: public.clone(), hidden: vec![] }
            } else {
                all_fail(seat, slot)
            }
        })
        .looking(move |_, look| {
            let Look::Trace { test, .. } = look else { panic!("{look:?}") };
            noted.lock().unwrap().push(test.clone());
            Sight::Trace(Some(trace()))
        })
    });
    let drawn = drawn.lock().unwrap();
    let numbers: Vec<usize> =
        drawn.iter().map(|test| problem.tests.public.iter().position(|known| known == test).unwrap()).collect();
    assert_eq!(numbers.len(), 10);
    assert!(!numbers.contains(&1) && [0, 2, 3].iter().all(|number| numbers.contains(number)), "{numbers:?}");
    // What is told is the test that was traced.
    let slot = "p0/f0";
    assert!(played.question(slot).contains(&format!("the call `inc({})`", numbers[0])), "{}", played.question(slot));
}
