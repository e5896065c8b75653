//! Testers, planners, judges and annotators: what they say, and how often.

use super::frequencies::check_share;
use super::*;
use crate::sim::cases;
use crate::sim::mentions::mentions;
use mend_core::{Literal, Test};

const N: usize = 3000;
/// For what takes longer.
const FEW: usize = 800;

const STEP: &str =
    "Write code between `<execute>` and `</execute>`, or your solution between `<solution>` and `</solution>`.";

/// A problem with tests, one damage that passes the public ones, and three that do not.
fn graded() -> Problem {
    let call =
        |args: &str, expected: &str| Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) };
    let mut mutants = clamp().mutants;
    mutants[0].public = Status::Passed;
    let script = "def check(candidate):\n    high = 3\n    assert candidate(9, 1, high) == 3\n";
    Problem {
        tests: TestSuite {
            public: vec![call("[1, 0, 3]", "1"), call("[-1, 0, 3]", "0")],
            hidden: vec![
                call("[4, 0, 3]", "3"),
                call("[2, 2, 2]", "2"),
                call("[\"b\", \"c\", \"d\"]", "\"c\""),
                Test::Script { source: script.into() },
            ],
        },
        mutants,
        ..clamp()
    }
    .with_digest()
}

/// A program that reads its input.
fn sum() -> Problem {
    let pair = |input: &str, expected: &str| Test::Stdio { input: input.into(), expected: expected.into() };
    let tests =
        TestSuite { public: vec![pair("1 2\n", "3\n")], hidden: vec![pair("4\n5\n", "9\n"), pair("0\n", "0\n")] };
    let reference = "import sys\nprint(sum(map(int, sys.stdin.read().split())) + 0)\n";
    let problem = problem("sum", "Print the sum of all numbers.", Style::Program, Some(reference), Vec::new());
    Problem { tests, ..problem }.with_digest()
}

fn knowing() -> SimulatedProgrammer {
    SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &[graded(), sum(), only_one_damage()])
}

/// Answers of a seat at the first `n` nodes of a kind, to a prompt that ends with a request.
fn asked_at(problem: &Problem, seat: &str, letter: char, n: usize, messages: Vec<Message>) -> Vec<String> {
    let slots: Vec<String> = (0..n).map(|index| format!("{letter}{index}")).collect();
    let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
    let request = Request { seat: seat.parse().unwrap(), ..request(problem, 5, &slots, messages) };
    texts(&complete(&knowing(), &request))
}

fn asked(problem: &Problem, seat: &str, letter: char, n: usize, closing: &str) -> Vec<String> {
    asked_at(problem, seat, letter, n, vec![user(format!("{}\n\n{closing}", problem.statement))])
}

fn damaged(problem: &Problem, set: &[usize]) -> String {
    Damages::of(problem).unwrap().program(set)
}

fn block(program: &str) -> String {
    format!("```python\n{}\n```\n", program.trim_end())
}

/// The asserts in an answer, and whether each is valid.
fn asserts(text: &str) -> Vec<(String, bool)> {
    let valid = [
        "clamp(1, 0, 3) == 1",
        "clamp(-1, 0, 3) == 0",
        "clamp(4, 0, 3) == 3",
        "clamp(2, 2, 2) == 2",
        "clamp(\"b\", \"c\", \"d\") == \"c\"",
        "clamp(9, 1, high) == 3",
    ];
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("assert "));
    lines.map(|line| (line.split(" == ").next().unwrap().to_owned(), valid.contains(&line))).collect()
}

#[test]
fn tests_are_valid_as_often_as_the_table_says() {
    let problem = graded();
    let p = knowing().probabilities(&problem).p_valid_test;
    assert!((p - 1.0 / (1.0 + (-0.7_f64).exp())).abs() < 1e-12, "{p}");
    let drawn = asked(&problem, "tester", 't', N, "Write asserts.");
    let all: Vec<Vec<(String, bool)>> = drawn.iter().map(|text| asserts(text)).collect();
    for tests in &all {
        let inputs: BTreeSet<&String> = tests.iter().map(|(input, _)| input).collect();
        assert_eq!((tests.len(), inputs.len()), (5, 5));
    }
    let tests: Vec<&(String, bool)> = all.iter().flatten().collect();
    check_share("valid", tests.iter().filter(|(_, is_valid)| *is_valid).count(), tests.len(), p);
    // Every input comes as often as the others, at every place.
    let first = all.iter().filter(|tests| tests[0].0 == "clamp(4, 0, 3)").count();
    check_share("first", first, N, 1.0 / 6.0);
    let chosen = tests.iter().filter(|(input, _)| input == "clamp(9, 1, high)").count();
    check_share("chosen", chosen, N, 5.0 / 6.0);
}

#[test]
fn a_prompt_says_how_many_tests_it_wants() {
    let problem = graded();
    for (closing, count) in [
        ("Write tests.", 5),
        ("Write 2 asserts.", 2),
        ("Write at most three short tests, at most 90 characters each.", 3),
        ("Write 40 tests.", 6),
    ] {
        for text in asked(&problem, "tester", 't', 20, closing) {
            assert_eq!(asserts(&text).len(), count, "{closing}: {text}");
        }
    }
}

#[test]
fn plans_are_good_as_often_as_the_table_says_and_decide_with_whoever_reads_them() {
    let problem = graded();
    let table = knowing().probabilities(&problem);
    let plans = asked(&problem, "planner", 'n', N, "Write a plan.");
    let is_good = |text: &&String| text.contains("[good plan]");
    check_share("good", plans.iter().filter(is_good).count(), N, table.p_good_plan);
    let good = plans.iter().find(is_good).unwrap();
    let bad = plans.iter().find(|text| text.contains("[bad plan]")).unwrap();
    let is_right = |text: &&String| program(text).trim() == CLAMP.trim();
    for (shown, p) in [
        (good.clone(), table.p_right_planned.good),
        (bad.clone(), table.p_right_planned.bad),
        (format!("{good}\n{bad}"), table.p_right_planned.bad),
        (format!("{bad}\n{good}"), table.p_right_planned.good),
        (String::new(), table.p_right_first),
    ] {
        let programs = asked(&problem, "coder", 'p', N, &format!("Go by this plan:\n\n{shown}\nThe program:"));
        check_share(&shown, programs.iter().filter(is_right).count(), N, p);
    }
    assert!(table.p_right_planned.good > table.p_right_first && table.p_right_first > table.p_right_planned.bad);
    let mean = table.p_right_planned.mean(table.p_good_plan);
    assert!(table.p_right_planned.bad < mean && mean < table.p_right_planned.good);
}

#[test]
fn a_list_of_plans_has_as_many_as_wanted_each_good_by_its_own_luck() {
    let problem = graded();
    let table = knowing().probabilities(&problem);
    for (closing, key, count) in [
        (
            "Think of 4 different next thoughts. Answer in JSON: `[{\"thought\": \"...\", \"prob\": 0.5}, ...]`",
            "thought",
            4,
        ),
        ("Answer in JSON, as a list of two plans.", "plan", 2),
        ("A list in JSON, please.", "plan", 3),
    ] {
        let lists = asked(&problem, "planner", 'n', FEW, closing);
        let mut good = 0;
        for text in &lists {
            let json = text.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
            let list: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
            assert_eq!(list.len(), count, "{text}");
            let plans = list.iter().map(|plan| plan[key].as_str().unwrap());
            good += plans.filter(|plan| plan.contains("[good plan]")).count();
            let sum: f64 = list.iter().map(|plan| plan["prob"].as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 0.02, "{text}");
        }
        check_share(closing, good, FEW * count, table.p_good_plan);
    }
}

#[test]
fn a_judge_scores_a_plan_that_stands_alone() {
    let problem = graded();
    let soundness = knowing().probabilities(&problem).p_sound_judgement;
    for (mark, worth) in [("[good plan]", "Score: 1.00\n"), ("[bad plan]", "Score: 0.00\n")] {
        let closing = format!("> One loop is enough. {mark}\n\nHow sure are you? `Confidence: x %`");
        let judged = asked(&problem, "judge", 'v', N, &closing);
        // A uniform number is rounded to either end once in 200.
        let true_ones = judged.iter().filter(|text| text.ends_with(worth)).count();
        check_share(mark, true_ones, N, soundness + (1.0 - soundness) * 0.005);
    }
}

#[test]
fn a_plan_moves_repairs_by_as_much() {
    let problem = only_one_damage();
    let chances = Profile::named("journeyman").unwrap().chances(&problem);
    for (mark, plan) in [("[good plan]", Some(true)), ("[bad plan]", Some(false)), ("", None)] {
        let closing = format!("{}\n{NO_FACTS}\n{mark}", block(&damaged(&problem, &[0])));
        let repairs = asked(&problem, "repairer", 'p', N, &closing);
        let right = repairs.iter().filter(|text| program(text).contains("x + 1")).count();
        check_share(mark, right, N, chances.removes(Quality::None, 1, plan));
    }
}

/// The programs of `graded` that are worth 1, 1/2 and 0.
fn by_worth() -> [(f64, String); 3] {
    let problem = graded();
    [(1.0, damaged(&problem, &[])), (0.5, damaged(&problem, &[0])), (0.0, damaged(&problem, &[0, 2]))]
}

#[test]
fn preferences_follow_what_the_programs_are_worth() {
    let problem = graded();
    let soundness = knowing().probabilities(&problem).p_sound_judgement;
    for (first_worth, first) in by_worth() {
        for (second_worth, second) in by_worth() {
            let p = 0.5 + soundness * (first_worth - second_worth) / 2.0 + 0.05;
            // In fences, and as a template shows a program that it does not fence.
            for closing in [
                format!(
                    "A:\n{}\nB:\n{}\nWhich is better? Say `Choice: A` or `Choice: B`.",
                    block(&first),
                    block(&second)
                ),
                format!("{first}\nor\n{second}\nWhich is better?"),
            ] {
                let judged = asked(&problem, "judge", 'v', FEW, &closing);
                let preferred = judged.iter().filter(|text| text.ends_with("Choice: A\n")).count();
                assert!(judged.iter().all(|text| text.ends_with("Choice: A\n") || text.ends_with("Choice: B\n")));
                check_share(&closing, preferred, FEW, p);
            }
        }
    }
}

#[test]
fn of_two_judgements_the_one_nearer_to_the_truth_is_preferred() {
    let problem = graded();
    let soundness = knowing().probabilities(&problem).p_sound_judgement;
    for (worth, program) in by_worth() {
        for (first, second) in [(1.0, 0.25), (0.0, 1.0), (0.5, 0.5)] {
            let distance = |score: f64| f64::abs(score - worth);
            let p = 0.5 + soundness * (distance(second) - distance(first)) / 2.0 + 0.05;
            let closing = format!(
                "{}\nJudgement A:\n\n> It is so.\n>\n> Score: {first:.2}\n\nJudgement B:\n\n> Score: {second:.2}\n\nWhich judgement is better? End with a line `Choice: A` or `Choice: B`.",
                block(&program)
            );
            let judged = asked(&problem, "judge-2", 'v', FEW, &closing);
            assert!(judged.iter().all(|text| text.ends_with("Choice: A\n") || text.ends_with("Choice: B\n")));
            check_share(&closing, judged.iter().filter(|text| text.ends_with("Choice: A\n")).count(), FEW, p);
        }
    }
}

#[test]
fn scores_are_true_or_uniform() {
    let problem = graded();
    let soundness = knowing().probabilities(&problem).p_sound_judgement;
    for (worth, program) in by_worth() {
        let closing = format!("{}\nHow likely is it to be right? End with a line `Score: x`.", block(&program));
        for seat in ["judge", "verifier", "judge-2"] {
            let judged = asked(&problem, seat, 'v', N, &closing);
            let scores: Vec<f64> =
                judged.iter().map(|text| text.trim().rsplit_once("Score: ").unwrap().1.parse().unwrap()).collect();
            // A uniform number is rounded to the true one now and then.
            let by_luck = if worth == 0.5 { 0.01 } else { 0.005 };
            let p = soundness + (1.0 - soundness) * by_luck;
            check_share("true", scores.iter().filter(|score| **score == worth).count(), N, p);
            let low = scores.iter().filter(|score| **score != worth && **score < 0.25).count();
            check_share("low", low, N, (1.0 - soundness) * (0.245 - if worth == 0.0 { 0.005 } else { 0.0 }));
        }
    }
}

#[test]
fn a_note_that_is_to_hold_code_holds_a_program_and_a_step_runs_or_proposes_it() {
    let problem = graded();
    let p = knowing().probabilities(&problem).p_right_first;
    let reference = block(problem.reference.as_deref().unwrap());
    let right = |texts: &[String]| texts.iter().filter(|text| text.contains(&reference)).count();
    let edits = asked(&problem, "coder", 'n', N, "Write `clamp` anew in one ```python block.");
    check_share("right edits", right(&edits), N, p);
    let steps = asked(&problem, "coder", 'n', N, STEP);
    check_share("right steps", right(&steps), N, p);
    let proposals = steps.iter().filter(|text| text.contains("\n<solution>\n```python\n")).count();
    check_share("proposals", proposals, N, 0.5);
    for step in &steps {
        let tag = if step.contains("<solution>") { "solution" } else { "execute" };
        assert_eq!(step.matches('<').count(), 2 + program(step).matches('<').count(), "{step}");
        assert!(step.contains(&format!("\n<{tag}>\n```python\n")), "{step}");
        assert!(step.ends_with(&format!("\n```\n</{tag}>\n")), "{step}");
    }
    // A planner who is asked the same still plans.
    assert!(asked(&problem, "planner", 'n', 5, STEP).iter().all(|text| text.contains("plan]")));
}

#[test]
fn questions_are_answered_truthfully_but_for_the_noise() {
    let problem = graded();
    let truth = knowing().probabilities(&problem).p_true_answer;
    assert_eq!(truth, 0.95);
    let yes_no = "Is it right? Answer yes or no.";
    let program = |set: &[usize]| format!("{}\n{yes_no}", block(&damaged(&problem, set)));
    for (closing, expected, value) in [
        (format!("`assert clamp(4, 0, 3) == 3`\n{yes_no}"), Some(true), "3"),
        (format!("`assert clamp(4, 0, 3) == 4`\n{yes_no}"), Some(false), "3"),
        (format!("high = 3\nassert clamp(9, 1, high) == 2\n{yes_no}"), Some(false), "3"),
        ("What should `clamp(4, 0, 3)` give?".to_owned(), None, "3"),
        (program(&[]), Some(true), ""),
        (program(&[0]), Some(false), ""),
    ] {
        let answers = asked(&problem, "annotator", 'q', N, &closing);
        let word = match expected {
            Some(true) => "\n\nAnswer: yes\n",
            Some(false) => "\n\nAnswer: no\n",
            None => "",
        };
        let is_true = |text: &&String| {
            text.ends_with(word) && (value.is_empty() || text.contains(&format!("The right value is `{value}`.")))
        };
        check_share(&closing, answers.iter().filter(is_true).count(), N, truth);
    }
    let pair = "Input:\n4\n5\nOutput:\n8\nIs it right?";
    let answers = asked(&sum(), "annotator", 'q', N, pair);
    let is_true = |text: &&String| text.ends_with("Answer: no\n") && text.contains("The right output is `9`.");
    check_share(pair, answers.iter().filter(is_true).count(), N, truth);
}

#[test]
fn hints_climb_the_ladder_and_are_right_but_for_the_noise() {
    let problem = graded();
    let shown = format!("{}\nIt fails: clamp(4, 0, 3) gives 4.\n", block(&damaged(&problem, &[2])));
    let second = "The mistake is in line 4.";
    for (closing, right) in [
        ("Give a hint of level 1.", "Look at the test `clamp(4, 0, 3) == 3`."),
        ("Give a hint of level 2.", second),
        ("Give a hint of level 3.", "Line 4 is wrong: high."),
        ("Give a hint.", "Line 4 is wrong: high."),
        ("Give hint 4.", "Line 4 should read `if x > high:`."),
        ("Give hint 9.", "Line 4 should read `if x > high:`."),
    ] {
        let hints = asked(&problem, "annotator", 'f', N, &format!("{shown}{closing}"));
        check_share(closing, hints.iter().filter(|text| text.starts_with(right)).count(), N, 0.95);
        for wrong in hints.iter().filter(|text| !text.starts_with(right)) {
            assert!(!wrong.contains("ine 4"), "{wrong}");
        }
    }
    let told = asked(&problem, "annotator", 'n', N, &format!("{}\nGive a hint.", block(CLAMP)));
    check_share("nothing to find", told.iter().filter(|text| prose::is_blind(text)).count(), N, 0.95);
}

#[test]
fn a_repair_goes_by_a_hint_as_by_a_critique() {
    let problem = graded();
    let damages = Damages::of(&problem).unwrap();
    let combinations = Combinations::of(&damages, [1.0; 3]);
    let programmer = knowing();
    let wrong = damaged(&problem, &[2]);
    let chances = Profile::named("journeyman").unwrap().chances(&problem);
    for (level, p) in [
        (1, chances.removes(Quality::Vague, 1, None)),
        (2, 0.95 * chances.removes(Quality::Right, 1, None) + 0.05 * chances.removes(Quality::Wrong, 1, None)),
        (3, 0.95 * chances.removes(Quality::Right, 1, None) + 0.05 * chances.removes(Quality::Wrong, 1, None)),
        (4, 0.95 * chances.removes(Quality::Right, 1, None) + 0.05 * chances.removes(Quality::Wrong, 1, None)),
    ] {
        let request = format!("{}\nclamp(4, 0, 3) is wrong. Give hint {level}.", block(&wrong));
        let hints = asked(&problem, "annotator", 'f', FEW, &request);
        let mut removed = 0;
        for (index, hint) in hints.iter().enumerate() {
            let quoted = hint.lines().map(|line| format!("> {line}\n")).collect::<Vec<_>>().concat();
            let prompt = format!("{}\n\n{}\n{quoted}\nRepair it.", problem.statement, block(&wrong));
            let slot = format!("p{index}");
            let text = texts(&complete(&programmer, &request_of(&problem, &slot, prompt))).remove(0);
            removed += usize::from(!combinations.identify(program(&text)).unwrap().contains(&2));
        }
        check_share(&format!("level {level}"), removed, FEW, p);
    }
}

fn request_of(problem: &Problem, slot: &str, prompt: String) -> Request {
    Request { seat: Seat::REPAIRER, ..request(problem, 5, &[slot], vec![user(prompt)]) }
}

#[test]
fn what_is_not_known_is_refused_with_the_reason() {
    let problem = graded();
    let one = block(CLAMP);
    let refused = |problem: &Problem, seat: &str, letter, closing: &str, why: &str| {
        let slots = format!("{letter}0");
        let prompt = vec![user(format!("{}\n\n{closing}", problem.statement))];
        let request = Request { seat: seat.parse().unwrap(), ..request(problem, 0, &[&slots], prompt) };
        let answer = complete(&knowing(), &request);
        let text = texts(&answer).remove(0);
        assert_eq!(answer.completions[0].finish_reason, FinishReason::Refusal, "{closing}: {text}");
        assert!(text.contains(why) && text.starts_with("I will not guess: "), "{closing}: {text}");
    };
    refused(&only_one_damage(), "tester", 't', "Write tests.", "no test of this task");
    refused(&problem, "judge", 'v', &format!("{one}\nWhat do you think?"), "neither for a choice nor for a score");
    refused(&problem, "judge", 'v', &format!("{one}\nWhich is better?"), "does not show just two");
    refused(&problem, "judge", 'v', &format!("{one}\n{one}\n{one}\nWhich is better?"), "does not show just two");
    refused(&problem, "judge", 'v', &format!("{one}\n{one}\nGive a score."), "does not show just one");
    refused(&problem, "judge", 'v', "```python\nx = 1\n```\nGive a score.", "does not show just one");
    refused(&problem, "annotator", 'q', "Is `clamp(7, 7, 7) == 7` right?", "know none that is shown");
    refused(&problem, "annotator", 'f', "Give a hint.", "know none that is shown");
    let wrong = block(&damaged(&problem, &[2]));
    refused(&problem, "annotator", 'f', &format!("{wrong}\nGive a hint of level 1."), "it says nothing");
    let unknown = request(&problem, 0, &["t0"], vec![user("Write tests.")]);
    let answer = complete(&knowing(), &Request { seat: Seat::TESTER, ..unknown });
    assert_eq!(answer.completions[0].finish_reason, FinishReason::Refusal);
}

#[test]
fn every_seat_answers_by_its_own_slot_and_luck() {
    let problem = graded();
    let prompt = vec![user(format!("{}\n\n{}\nScore: x", problem.statement, block(CLAMP)))];
    for (seat, letter) in [("tester", 't'), ("planner", 'n'), ("judge", 'v'), ("annotator", 'q'), ("critic-2", 'f')] {
        let all = asked_at(&problem, seat, letter, 12, prompt.clone());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 12, "{seat}");
        let last = format!("{letter}11");
        let alone = Request { seat: seat.parse().unwrap(), ..request(&problem, 5, &[&last], prompt.clone()) };
        assert_eq!(texts(&complete(&knowing(), &alone)), all[11..], "{seat}");
    }
    // A second critic is a critic, and whoever else sits there does what the kind of the node asks for.
    assert!(asked(&problem, "critic-2", 'f', 1, &block(CLAMP))[0].contains("Review "));
    assert!(asked(&problem, "coder", 't', 1, "Write tests.")[0].contains("assert clamp("));
}

#[test]
fn cases_are_known_again_in_what_was_written_of_them() {
    for problem in [graded(), sum()] {
        let cases = cases::of(&problem);
        for text in asked(&problem, "tester", 't', 200, "Write 20 tests.") {
            let found = mentions(&cases, &[user(&*text)], &problem.statement);
            assert_eq!(found.len(), cases.len(), "{text}");
            assert!(found.iter().all(|mention| mention.value.is_some()), "{text}");
        }
    }
}

#[test]
fn an_answer_of_each_seat_reads_like_a_chat() {
    let (graded, sum) = (graded(), sum());
    let wrong = block(&damaged(&graded, &[2]));
    let answers = [
        asked(&graded, "tester", 't', 1, "Write 3 asserts."),
        asked(&sum, "tester", 't', 1, "Write 2 pairs of input and output."),
        asked(&graded, "planner", 'n', 1, "Write a plan."),
        asked(&graded, "judge", 'v', 1, &format!("{wrong}\n{wrong}\nWhich is better?")),
        asked(&graded, "verifier", 'v', 1, &format!("{wrong}\nScore: x")),
        asked(&graded, "annotator", 'q', 1, "Is `assert clamp(4, 0, 3) == 4` valid?"),
        asked(
            &graded,
            "annotator",
            'f',
            1,
            &format!("{wrong}\nGive hint 4. End with `Verdict: correct` or `Verdict: incorrect`."),
        ),
        asked(&graded, "annotator", 'q', 1, "Is it raining?"),
    ];
    insta::assert_snapshot!(answers.concat().join("=======\n"), @"
    This is how I would try `clamp`. Note 86a2d425932cc8d9.

    ```python
    def test_1():
        high = 3
        assert clamp(9, 1, high) == 3
    assert clamp(-1, 0, 3) == 0
    assert clamp(1, 0, 3) == 0
    ```
    =======
    This is how I would try `main`. Note 31f7876bc7d3ea9a.

    Input:
    ```
    0
    ```

    Output:
    ```
    0
    ```

    Input:
    ```
    1 2
    ```

    Output:
    ```
    3
    ```
    =======
    For `clamp`: keep one loop, and one running value that it changes, then check the examples by hand. [bad plan] Note f22de3ab41735440.
    =======
    I compared both programs. Note 6058788185de8fea.

    Choice: A
    =======
    I went through the program. Note bd4aa3c8b0143959.

    Score: 0.00
    =======
    The test is not valid. The right value is `3`. Note ddf1cfeda272b89c.

    Answer: no
    =======
    Line 4 should read `if x > high:`. Note a9c411bcbda4735d.

    Verdict: incorrect
    =======
    I will not guess: I answer questions about a test or a program of this task, and know none that is shown. Note ddf1cfeda272b89c.
    ");
}

/// Answers of a seat at one node, under each of 200 seeds.
fn over_seeds(problem: &Problem, seat: &str, slot: &str, closing: &str) -> Vec<String> {
    let messages = vec![user(format!("{}\n\n{closing}", problem.statement))];
    let answer = |seed| {
        let request = Request { seat: seat.parse().unwrap(), seed, ..request(problem, 0, &[slot], messages.clone()) };
        texts(&complete(&knowing(), &request)).remove(0)
    };
    (0..200).map(answer).collect()
}

#[test]
fn seeds_draw_as_the_table_says() {
    let problem = graded();
    let table = knowing().probabilities(&problem);
    let tests: Vec<(String, bool)> =
        over_seeds(&problem, "tester", "t0", "Write asserts.").iter().flat_map(|text| asserts(text)).collect();
    assert_eq!(tests.len(), 1000);
    check_share("valid", tests.iter().filter(|(_, is_valid)| *is_valid).count(), tests.len(), table.p_valid_test);
    for (first_worth, first) in by_worth() {
        for (second_worth, second) in by_worth() {
            let closing = format!("A:\n{}\nB:\n{}\nWhich is better?", block(&first), block(&second));
            let judged = over_seeds(&problem, "judge", "v0", &closing);
            let preferred = judged.iter().filter(|text| text.ends_with("Choice: A\n")).count();
            check_share(
                &closing,
                preferred,
                200,
                0.5 + table.p_sound_judgement * (first_worth - second_worth) / 2.0 + 0.05,
            );
        }
    }
}

#[test]
fn a_test_is_confirmed_or_set_right_but_for_the_noise() {
    let problem = graded();
    let truth = knowing().probabilities(&problem).p_true_answer;
    for written in ["assert clamp(4, 0, 3) == 3", "assert clamp(4, 0, 3) == 4"] {
        let closing = format!("Somebody wrote this test:\n\n```\n{written}\n```\n\nWrite the test as it should be.");
        let answers = asked(&problem, "annotator", 't', N, &closing);
        let is_true = |text: &&String| asserts(text) == [("clamp(4, 0, 3)".to_owned(), true)];
        check_share(written, answers.iter().filter(is_true).count(), N, truth);
        assert!(answers.iter().all(|text| asserts(text).len() == 1));
    }
    let pair = "Input:\n4\n5\nOutput:\n8\nWrite the test as it should be.";
    let answers = asked(&sum(), "annotator", 't', N, pair);
    check_share(pair, answers.iter().filter(|text| text.contains("```\n9\n```")).count(), N, truth);
    let unknown = asked(&problem, "annotator", 't', 1, "Write the test as it should be.");
    assert!(unknown[0].contains("know none that is shown"), "{unknown:?}");
}
