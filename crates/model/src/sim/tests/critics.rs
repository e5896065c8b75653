//! What simulated critics say, and what a repair makes of it.

use super::*;
use crate::sim::reading::Critique;

/// A prompt for a repair that quotes a critique.
fn quoting_prompt(problem: &Problem, program: &str, critique: &str) -> Vec<Message> {
    let quoted: Vec<String> = critique.lines().map(|line| format!("> {line}")).collect();
    repair_prompt(problem, program, &format!("{FACTS}\n\nA reviewer says of it:\n\n{}", quoted.join("\n")))
}

/// What a profile says of a program in many slots.
fn reviews(profile: &str, problem: &Problem, n: usize, messages: &[Message]) -> Vec<String> {
    let critic = SimulatedProgrammer::new(Profile::named(profile).unwrap(), &all());
    let slots: Vec<String> = (0..n).map(|index| format!("p0/f{index}")).collect();
    let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
    texts(&complete(&critic, &Request { seat: Seat::CRITIC, ..request(problem, 5, &slots, messages.to_vec()) }))
}

/// How good a text is as a critique of a program, read as a repair reads it.
fn quality(problem: &Problem, set: &[usize], text: &str) -> Quality {
    let damages = Damages::of(problem).unwrap();
    let combinations = Combinations::of(&damages, [1.0; 3]);
    let prompt = quoting_prompt(problem, &damages.program(set), text);
    match reading::task(&prompt, &problem.statement, &combinations) {
        Task::Repair { critique: Some(critique), .. } => damages.judge_critique(set, &critique).0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn critiques_are_of_each_quality_as_often_as_the_table_says() {
    const N: usize = 2000;
    let problem = clamp();
    for profile in profile_names() {
        let critic = SimulatedProgrammer::new(Profile::named(profile).unwrap(), &all());
        let shares = critic.probabilities(&problem).critiques;
        for set in [&[0][..], &[0, 2]] {
            let wrong = Damages::of(&problem).unwrap().program(set);
            let said = reviews(profile, &problem, N, &repair_prompt(&problem, &wrong, FACTS));
            let count = |quality_| said.iter().filter(|text| quality(&problem, set, text) == quality_).count();
            check_share("right", count(Quality::Right), N, shares.right);
            check_share("vague", count(Quality::Vague), N, shares.vague);
            check_share("wrong", count(Quality::Wrong), N, shares.wrong);
            let blind = reviews(profile, &problem, 20, &repair_prompt(&problem, &wrong, NO_FACTS));
            assert!(blind.iter().all(|text| quality(&problem, set, text) == Quality::None), "{blind:?}");
        }
    }
}

#[test]
fn repairs_by_a_critique_succeed_as_often_as_the_table_says() {
    const N: usize = 4000;
    let problem = clamp();
    let table = programmer().probabilities(&problem);
    let p = table.failing.iter().find(|row| row.damages == 1).unwrap().p_repaired_by;
    let wrong = CLAMP.replace("x < low", "x > low");
    for (critique, expected) in [
        ("The mistake is in line 2.", p.right),
        ("I would look at `if x > low:` again.", p.right),
        ("Some boundary case is off.", p.vague),
        ("Without a failing example I can only reread the whole program.", p.none),
        ("Look at line 5, `return high`.", p.wrong),
    ] {
        let drawn = sample(&problem, 13, N, quoting_prompt(&problem, &wrong, critique));
        let repaired = drawn.iter().filter(|(after, _)| after.is_empty()).count();
        check_share(critique, repaired, N, expected);
    }
}

#[test]
fn a_repair_removes_the_damage_that_a_right_critique_names() {
    let problem = clamp();
    let both = CLAMP.replace("x < low", "x > low").replace("x > high", "x < high");
    for (line, named) in [(2, 0), (4, 2)] {
        let drawn = sample(&problem, 3, 300, quoting_prompt(&problem, &both, &format!("It is line {line}.")));
        let other = 2 - named;
        assert!(drawn.iter().all(|(after, _)| after.contains(&other)), "the other damage stays");
        assert!(drawn.iter().filter(|(after, _)| !after.contains(&named)).count() > 100);
    }
}

#[track_caller]
fn check_critique(behind_the_program: &str, expected: Option<(&[usize], &[&str])>) {
    let problem = clamp();
    let combinations = Combinations::of(&Damages::of(&problem).unwrap(), [1.0; 3]);
    let low = CLAMP.replace("x < low", "x > low");
    let prompt = repair_prompt(&problem, &low, behind_the_program);
    let Task::Repair { critique, .. } = reading::task(&prompt, &problem.statement, &combinations) else { panic!() };
    let expected = expected.map(|(lines, quotes)| Critique {
        lines: lines.iter().copied().collect(),
        quotes: quotes.iter().map(|quote| (*quote).to_owned()).collect(),
        is_blind: false,
    });
    assert_eq!(critique, expected);
}

#[test]
fn a_critique_is_what_is_quoted_last_behind_the_program() {
    check_critique("It fails.", None);
    check_critique("It fails with\n```text\n> 1\n```\n", None);
    check_critique(">>> clamp(1, 2, 3)\n", None);
    check_critique("> Line 3 is off,\n> as is `x`.\n\nReply with a program.", Some((&[3], &["x"])));
    check_critique("> line 1\n\n> Lines 2 and 3, that is.", Some((&[2], &[])));
}

#[test]
fn an_opinion_is_given_where_it_is_asked_for_and_follows_the_facts() {
    const N: usize = 2000;
    const ASKED: &str = "End with a line that says either `Verdict: correct` or `Verdict: incorrect`.";
    let problem = clamp();
    let low = CLAMP.replace("x < low", "x > low");
    let p = programmer().probabilities(&problem).critiques.right;
    let incorrect = |program: &str, facts: &str| {
        let said =
            reviews("journeyman", &problem, N, &repair_prompt(&problem, program, &format!("{facts}\n\n{ASKED}")));
        assert!(said.iter().all(|text| text.contains("\nVerdict: ")));
        said.iter().filter(|text| text.ends_with("\nVerdict: incorrect\n")).count()
    };
    assert_eq!(incorrect(&low, FACTS), N);
    check_share("a wrong program without facts", incorrect(&low, NO_FACTS), N, p);
    check_share("a right program without facts", incorrect(CLAMP, NO_FACTS), N, 1.0 - p);
    let unasked = reviews("journeyman", &problem, 9, &repair_prompt(&problem, &low, FACTS));
    assert!(unasked.iter().all(|text| !text.contains("Verdict")));
}

#[test]
fn a_critic_writes_no_program() {
    let (problem, low) = (clamp(), CLAMP.replace("x < low", "x > low"));
    let asked = format!("{FACTS}\n\nSay `Verdict: correct` or `Verdict: incorrect`.");
    let prompts = [
        repair_prompt(&problem, &low, FACTS),
        repair_prompt(&problem, &low, NO_FACTS),
        repair_prompt(&problem, &low, &asked),
        first_prompt(&problem),
        vec![user("Hello!")],
    ];
    let said = prompts.map(|prompt| reviews("expert", &problem, 1, &prompt).concat());
    insta::assert_snapshot!(said.join("=======\n"), @"
    I ran through `clamp` by hand. The culprit seems to be line 2, `if x > low:`. Review fe9840ce58217cd1.
    =======
    I ran through `clamp` by hand. There is little to go by, so this is a careful second look. Review fe9840ce58217cd1.
    =======
    I ran through `clamp` by hand. The culprit seems to be line 2, `if x > low:`. Review fe9840ce58217cd1.

    Verdict: incorrect
    =======
    I ran through `clamp` by hand. The general idea is right, and one detail of it is off. Review fe9840ce58217cd1.
    =======
    I do not know this task, so I will not guess at a program. Draft fe9840ce58217cd1.
    ");
}
