//! RethinkMCTS: three rollouts worked by hand, the one rewriting of a thought, and what is handed in.

use super::{block_of, passing, text, value, with_public};
use crate::exchanges::{Played, level, played_on, shipped};
use mend_core::{Kind, Seat, Slot, Test};
use mend_judge::{Look, Sight};
use mend_repair::{Says, ScriptedModel};

const THOUGHTS: &str = r#"[{"thought": "count up", "prob": 0.1}, {"thought": "add \"1\"", "prob": 0.9}]"#;

/// Plays with programs that pass so many of two public tests, and a judge who says .75.
fn searched(chosen: &[(&str, &str)], passes: fn(&str) -> usize, lists: &'static str) -> Played {
    let rule = move |seat: Seat, slot: &Slot| match slot.kind() {
        Kind::Program | Kind::Repair => passing(passes(&slot.to_string()), 2),
        Kind::Judgement => Says::judgement(Some(0.75), None),
        _ if seat == Seat::PLANNER => Says::Text(lists.to_owned()),
        _ => Says::words(),
    };
    played_on("rethink-mcts", chosen, with_public(2), |problem| ScriptedModel::new(problem, rule))
}

const SMALL: [(&str, &str); 2] = [("rollouts", "3"), ("width", "2")];

/// How many tests the programs of the worked tree pass.
fn worked(slot: &str) -> usize {
    match slot {
        // Rollouts 1 and 3 write two programs each: by a thought, and by the one in its place.
        "n0/n0/n0/p0" | "n0/n1/n0/n1/p0" => 0,
        "n0/n0/p0" | "n0/n1/n0/n1/n0/p0" => 1,
        // Rollout 2.
        "n0/n1/p0" => 2,
        _ => panic!("{slot} is not in the worked tree"),
    }
}

#[test]
fn three_rollouts_visit_and_value_the_tree_as_worked_by_hand() {
    let played = searched(&SMALL, worked, THOUGHTS);
    // Rollout 1: nothing was visited, all are equal, and the first thought n0/n0 is taken. Its program fails, so it is
    // rewritten (n0/n0/n0, prob 1); the second program passes nothing: 0 comes back, not the 1/2 of the first.
    // Rollout 2: N = 2, beta = ln 1.3 + 4 = 4.2624. n0/n0/n0: 0 + 4.2624 * 1 * sqrt(ln 2) / 2 = 1.7743; n0/n1:
    // 4.2624 * .9 * sqrt(ln 2) / 1 = 3.1938. Its program passes, the judge's .75 is .5 of -1 to 1: .8 + .2 * .5 = .9,
    // of which .81 comes back.
    // Rollout 3: N = 3, beta = ln 1.4 + 4 = 4.3365. n0/n0/n0: 4.3365 * sqrt(ln 3) / 2 = 2.2726; n0/n1:
    // .81 + 4.3365 * .9 * sqrt(ln 3) / 2 = 2.8554. Below it the second thought is the more reasonable one. Its program
    // fails, the second one passes half: .45 comes back to it, .405 to n0/n1, whose best stays .81.
    insta::assert_snapshot!(text(&played, "n1"), @r"
    root: visits 3
    n0/n0/n0: prob 1.00, visits 1, Q 0.0000
    n0/n1: prob 0.90, visits 2, Q 0.8100
    n0/n0/n0/n0/n0: prob 0.10, visits 0, Q 0.0000
    n0/n0/n0/n0/n1: prob 0.90, visits 0, Q 0.0000
    n0/n1/n0/n0: prob 0.10, visits 0, Q 0.0000
    n0/n1/n0/n1/n0: prob 1.00, visits 1, Q 0.4500
    ");
    insta::assert_snapshot!(played.requests(), @r"
    planner n0 (2)
    coder n0/n0/p0 (2)
    planner n0/n0/n0 (2)
    coder n0/n0/n0/p0 (2)
    planner n0/n0/n0/n0 (2)
    coder n0/n1/p0 (2)
    judge n0/n1/p0/v0 (2)
    planner n0/n1/n0 (2)
    coder n0/n1/n0/n1/p0 (2)
    planner n0/n1/n0/n1/n0 (2)
    coder n0/n1/n0/n1/n0/p0 (2)
    ");
    assert_eq!(played.handed_in, ["n0/n1/p0"], "the program of the largest value");
    assert_eq!(text(&played, "n0/n1"), "add \"1\"");
}

#[test]
fn var_puct_has_the_values_of_the_worked_tree() {
    let close = |expression: &str, wanted: f64| {
        let found: f64 = value("rethink-mcts", expression).parse().unwrap();
        assert!((found - wanted).abs() < 1e-12, "{expression}: {found}, expected {wanted}");
    };
    let (two, three) = (2_f64.ln().sqrt(), 3_f64.ln().sqrt());
    close("puct(0.0, 0.9, 0, 0)", 0.0);
    close("puct(0.0, 1.0, 1, 1)", (1.3_f64.ln() + 4.0) * two / 2.0);
    close("puct(0.0, 0.9, 0, 1)", (1.3_f64.ln() + 4.0) * 0.9 * two);
    close("puct(0.0, 1.0, 1, 2)", (1.4_f64.ln() + 4.0) * three / 2.0);
    close("puct(0.81, 0.9, 1, 2)", 0.81 + (1.4_f64.ln() + 4.0) * 0.9 * three / 2.0);
    for (score, worth) in [("1.0", 1.0), ("0.75", 0.9), ("0.0", 0.6), ("None", 0.8)] {
        close(&format!("worth({score})"), worth);
    }
}

#[test]
fn the_last_thought_is_rewritten_once_and_only_if_its_program_fails() {
    let never = searched(&[("rollouts", "6"), ("width", "2")], |_| 0, THOUGHTS);
    let rewritten: Vec<String> = never
        .play
        .asked
        .iter()
        .filter(|ask| ask.messages.last().unwrap().content.contains("The last thought misled"))
        .map(|ask| ask.about.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(rewritten.len(), 6, "once in each rollout: {rewritten:?}");
    let distinct: std::collections::BTreeSet<&String> = rewritten.iter().collect();
    assert_eq!(distinct.len(), 6, "never the same one again");
    // What stands in place of a thought is asked about only to list what may follow.
    for old in &rewritten {
        let new = format!("{old}/n0");
        assert!(!distinct.contains(&new), "{new}");
        assert!(
            never.messages(&format!("{new}/p0")).contains("> This is "),
            "the second program goes by the new thought"
        );
    }
    assert_eq!(never.nodes() as u64, 1 + 3 * 6 + 5, "two programs and a thought each, and a list but for the last");
    let always = searched(&[("rollouts", "6"), ("width", "2")], |_| 2, THOUGHTS);
    assert!(always.play.asked.iter().all(|ask| !ask.messages.last().unwrap().content.contains("misled")));
}

#[test]
fn a_program_that_was_rewritten_may_be_handed_in_and_equal_ones_count_once() {
    let first = searched(&SMALL, |slot| usize::from(slot == "n0/n0/p0"), THOUGHTS);
    assert_eq!(first.handed_in, ["n0/n0/p0"], "its value did not come back, but is the largest");
    assert_eq!(searched(&SMALL, |_| 0, THOUGHTS).handed_in, ["n0/n0/p0"], "of equal ones the first");
}

#[test]
fn what_cannot_be_read_is_as_many_thoughts_that_say_nothing() {
    let played = searched(&SMALL, |_| 0, "I would count up.");
    assert_eq!((text(&played, "n0/n0"), text(&played, "n0/n1")), (String::new(), String::new()));
    assert!(!played.question("n0/n0/p0").contains("Thoughts so far"), "{}", played.question("n0/n0/p0"));
    assert_eq!(
        value(
            "rethink-mcts",
            "read_thoughts('[{\"thought\": \"a\", \"prob\": .5}, {\"thought\": \"b\", \"prob\": 1}, {\"thought\": \"c\", \"prob\": 0}]', 2)"
        ),
        "[(\"a\", 0.5), (\"b\", 1.0)]"
    );
    for unreadable in ["''", "'[{\"thought\": \"a\"}]'", "'{\"prob\": 0.5}'"] {
        assert_eq!(value("rethink-mcts", &format!("read_thoughts({unreadable}, 2)")), "[(\"\", 1.0), (\"\", 1.0)]");
    }
}

#[test]
fn prompts_show_the_thoughts_of_the_path_and_what_failed() {
    let played = searched(&SMALL, worked, THOUGHTS);
    insta::assert_snapshot!(played.question("n0/n0/n0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Thoughts so far, towards a solution:

    > count up

    A program was written by these thoughts:

    ```python
    def inc(*given):
        return "n0/n0/p0 coder"
    ```

    It fails tests:

    The call inc(2) gives n0/n0/p0, and should give 3.

    The last thought misled the programmer. Write a better one in its place, which avoids this mistake: a sentence or two, without code and without further words.
    "#);
    insta::assert_snapshot!(played.question("n0/n1/n0/n1/n0/p0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Thoughts so far, towards a solution:

    > add "1"

    > This is n0/n1/n0/n1/n0.
    >
    > [{"thought": "count up", "prob": 0.1}, {"thought": "add \"1\"", "prob": 0.9}]

    Write the whole program by these thoughts in one ```python block.
    "#);
    insta::assert_snapshot!(played.question("n0/n1/n0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Thoughts so far, towards a solution:

    > add "1"

    Think of 2 different next thoughts, each of which alone may follow: a sentence or two that bring a programmer nearer to a right program. Say of each how reasonable it is, as a number from 0 to 1; the numbers sum to 1. Answer in JSON, as a list of 2 thoughts, and write no program: `[{"thought": "...", "prob": 0.5}, ...]`
    "#);
    assert!(played.play.asked.iter().all(|ask| ask.terms.sampling.temperature == Some(0.0)));
    assert_eq!((level("rethink-mcts", &[]).as_str(), shipped("rethink-mcts", &[]).header().bound), ("clean", 80));
}

#[test]
fn feedback_has_the_blocks_of_the_first_failing_test_that_can_be_traced() {
    let trial = |traceable: &'static str| {
        played_on("rethink-mcts", &[("rollouts", "1"), ("width", "2")], with_public(3), move |problem| {
            let rule =
                |_: Seat, slot: &Slot| if slot.is_program() { passing(0, 3) } else { Says::Text(THOUGHTS.to_owned()) };
            ScriptedModel::new(problem, rule).looking(move |slot, look| match look {
                Look::Trace { test: Test::Call { args, .. }, .. } if traceable.contains(&*args.0) => {
                    Sight::Trace(Some(block_of("n", &format!("{} of {slot}", args.0))))
                }
                _ => Sight::Trace(None),
            })
        })
    };
    let second = trial("[2] [3]");
    let said = second.question("n0/n0/n0");
    assert!(said.contains("The call inc(3) gives") && said.contains("    n = [2] of n0/n0/p0\n"), "{said}");
    assert!(!said.contains("[3] of"), "one test is traced: {said}");
    assert!(!trial("").question("n0/n0/n0").contains("blocks"));
}
