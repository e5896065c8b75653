//! Self-repair as published, and the scenario of LiveCodeBench.

use crate::exchanges::{Played, all_fail, other, played, played_on, refused, shipped};
use crate::play::problem;
use mend_core::{Literal, Problem, Slot, Style, Test, TestSuite};
use mend_repair::{Says, ScriptedModel};

const SMALL: [(&str, &str); 2] = [("n_p", "1"), ("n_f", "1")];

/// A function with starter code.
fn started() -> Problem {
    Problem {
        style: Style::Function { entry_point: "inc".into() },
        statement: "Return one more.\nAlways.\n".into(),
        starter_code: Some("def inc(n):\n    pass\n".into()),
        ..problem()
    }
}

#[test]
fn the_paper_shows_one_example_and_repairs_without_starter_code() {
    let paper = played_on("self-repair-paper", &SMALL, started(), |problem| ScriptedModel::new(problem, all_fail));
    insta::assert_snapshot!(paper.messages("p0"), @r"
    [system]
    You are an expert Python programmer. You get a task, and write a Python program that solves it. Reply with the program in a ```python block and with nothing else.
    [user]
    ### TASK
    Write a function `rises(numbers)` that returns how many numbers of a list are greater than the number just before them.

    The tests call `rises`.
    [assistant]
    ```python
    def rises(numbers):
        return sum(1 for before, number in zip(numbers, numbers[1:]) if number > before)
    ```
    [user]
    ### TASK
    Return one more.
    Always.

    ### GIVEN CODE
    # def inc(n):
    #     pass

    The tests call `inc`.
    ");
    insta::assert_snapshot!(paper.messages("p0/r0"), @r#"
    [system]
    You help a Python programmer. You get a task, an incorrect program, and what is known of its failure. First say in at most two or three sentences what is wrong, then write the fixed program in a ```python block.
    [user]
    ### TASK
    # Write a function `rises(numbers)` that returns how many numbers of a list are greater than the number just before them.

    ### INCORRECT PROGRAM
    ```python
    def rises(numbers):
        return sum(1 for i in range(len(numbers)) if numbers[i] > numbers[i - 1])
    ```
    The program gives 2 for the input rises([3, 1, 2, 1, 1]), where 1 is right.
    [assistant]
    The loop begins at position 0, whose predecessor is then position -1: the last number. The first number has none before it, so the loop must begin at position 1.

    ```python
    def rises(numbers):
        return sum(1 for i in range(1, len(numbers)) if numbers[i] > numbers[i - 1])
    ```
    [user]
    ### TASK
    # Return one more.
    # Always.

    ### INCORRECT PROGRAM
    ```python
    def inc(*given):
        return "p0 coder"
    ```
    The program gives p0 for the input inc(2), where 3 is right.
    "#);
}

#[test]
fn before_a_repair_of_a_completion_stands_an_example_of_its_like() {
    let completion = played("self-repair-paper", &SMALL, all_fail);
    let example = &completion.ask("p0/r0").messages[1].content;
    assert!(example.starts_with("### TASK\n# def longest_run(values: list) -> int:\n#     \"\"\""), "{example}");
    let function = played_on("self-repair-paper", &SMALL, started(), |problem| ScriptedModel::new(problem, all_fail));
    assert_eq!(function.ask("p0/r0").messages.len(), completion.ask("p0/r0").messages.len());
    assert!(!function.messages("p0/r0").contains("longest_run"));
    assert_eq!(completion.ask("p0").messages.len(), 2, "and none before the program");
    let joint = [("n_p", "1"), ("n_f", "1"), ("n_r", "2")];
    assert!(refused("self-repair-paper", &joint).contains("with `feedback = joint` each explanation has its repair"));
}

#[test]
fn each_seat_samples_as_in_the_papers_scripts_and_only_the_critic_stops_at_code() {
    let small = [("n_p", "1"), ("n_f", "1"), ("n_r", "2"), ("feedback", "critic")];
    let paper = played("self-repair-paper", &small, all_fail);
    insta::assert_snapshot!(paper.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    repairer p0/f0/r0 p0/f0/r1 (2)
    ");
    let sampled = |slot: &str| {
        let tweaks = &paper.ask(slot).terms.sampling;
        (tweaks.temperature.unwrap(), tweaks.max_tokens.unwrap(), tweaks.stop.clone())
    };
    assert_eq!(sampled("p0"), (0.8, 512, None));
    assert_eq!(sampled("p0/f0"), (0.8, 512, Some(vec!["```python".into(), "###".into()])));
    assert_eq!(sampled("p0/f0/r0"), (0.5, 512, None));
    // What does not fit is asked again, three times at most, by whoever it is.
    assert!(paper.play.asked.iter().all(|ask| ask.terms.sampling.shorter == 3));
    assert!(!paper.messages("p0/f0").contains("Write the fixed program"));
    assert!(paper.question("p0/f0/r0").ends_with("### WHAT IS WRONG\n> This is p0/f0."));
    // The constants are the paper's.
    assert_eq!(shipped("self-repair-paper", &[]).header().bound, 50 * 26);
}

#[test]
fn the_sentence_is_about_the_first_failing_test_of_the_one_suite() {
    let last = |see| {
        let rule = |_, slot: &Slot| {
            let suites = Says::Suites { public: vec![false], hidden: vec![true, false] };
            if slot.is_program() { suites } else { other(slot) }
        };
        played("self-repair-paper", &[("n_p", "1"), ("n_f", "1"), ("see", see)], rule).question("p0/r0")
    };
    assert!(last("hidden").ends_with("\nThe program gives p0 for the input inc(3), where 4 is right."));
    assert!(last("public").ends_with("\nThe program gives p0 for the input inc(1), where 2 is right."));
}

/// The sentence about hidden tests in which the program gives one value where another is right.
fn sentence(failing: &[(&str, &str)]) -> String {
    let test = |(index, (_, should)): (usize, &(&str, &str))| Test::Call {
        args: Literal(format!("[{index}]").into()),
        expected: Literal((*should).into()),
    };
    let hidden = failing.iter().enumerate().map(test).collect();
    let problem = Problem { tests: TestSuite { public: vec![], hidden }, ..problem() };
    let gives: Vec<String> = failing.iter().map(|(gives, _)| (*gives).to_owned()).collect();
    let paper: Played = played_on("self-repair-paper", &SMALL, problem, |problem| {
        let of_test =
            move |_: &Slot, input: &str| gives[input.trim_matches(['[', ']']).parse::<usize>().unwrap()].clone();
        ScriptedModel::new(problem, all_fail).running(of_test)
    });
    paper.question("p0/r0").lines().last().unwrap().to_owned()
}

#[test]
fn a_long_value_ends_in_an_ellipsis_and_its_last_character() {
    let (long, just) = (format!("{}y", "x".repeat(399)), "z".repeat(300));
    let said = sentence(&[(&long, &just)]);
    assert_eq!(said, format!("The program gives {}...y for the input inc(0), where {just} is right.", "x".repeat(300)));
}

#[test]
fn brackets_alone_make_no_difference_as_long_as_another_test_fails() {
    for (failing, said) in [
        (vec![("[[3]]", "3"), ("4", "5")], "gives 4 for the input inc(1), where 5 is right."),
        (vec![("[[3]]", "3"), ("['a, b']", "'a, b'")], "gives [[3]] for the input inc(0), where 3 is right."),
        (vec![("[['x']]", "['y']")], "gives 'x' for the input inc(0), where 'y' is right."),
        (vec![("[[1], [2]]", "[1, 2]")], "gives [[1], [2]] for the input inc(0), where [1, 2] is right."),
        (vec![("[1] + [2]", "3")], "gives [1] + [2] for the input inc(0), where 3 is right."),
        (vec![("[]", "[[]]")], "gives [] for the input inc(0), where [[]] is right."),
    ] {
        assert_eq!(sentence(&failing), format!("The program {said}"), "{failing:?}");
    }
}

#[test]
fn an_answer_without_a_program_is_repaired_too() {
    let paper = played("self-repair-paper", &[("n_p", "2"), ("n_f", "1")], |_, _| Says::words());
    assert_eq!(paper.nodes(), 4);
    assert!(paper.handed_in.is_empty());
}

#[test]
fn livecodebench_repairs_each_wrong_sample_once() {
    // Of ten samples four are right.
    let bench = played("livecodebench-self-repair", &[], |_, slot| {
        let is_right = ["p1", "p3", "p5", "p7"].contains(&&*slot.to_string());
        Says::Program { public: true, hidden: is_right }
    });
    let mut repairs: Vec<String> =
        bench.play.asked[1..].iter().flat_map(|ask| &ask.slots).map(ToString::to_string).collect();
    repairs.sort();
    assert_eq!(repairs, ["p0/r0", "p2/r0", "p4/r0", "p6/r0", "p8/r0", "p9/r0"]);
    assert_eq!(bench.play.asked[0].slots.len(), 10);
    // Each sample counts: what each came to, in order.
    assert_eq!(bench.handed_in[..4], ["p0/r0", "p1", "p2/r0", "p3"]);
    let tweaks = &bench.play.asked[1].terms.sampling;
    assert_eq!((tweaks.temperature, tweaks.top_p, tweaks.max_tokens), (Some(0.2), Some(0.95), Some(2000)));
    insta::assert_snapshot!(bench.question("p0/r0"), @r#"
    ### Task
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    ### Wrong program
    ```python
    def inc(*given):
        return "p0 coder"
    ```

    ### What happens
    It fails a test: the call `inc(2)` should give `3`, but gives `p0`.
    "#);
    // The clean variant cannot know of those that pass the public tests.
    let passes = |_, _: &Slot| Says::Program { public: true, hidden: false };
    assert_eq!(played("livecodebench-self-repair", &[("see", "public")], passes).nodes(), 10);
}
