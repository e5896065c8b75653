//! Somebody is asked, or has to agree: ConAIR, RE-MOVE and the rule of agreement.

use super::{grouped, requests_by_place, tested, tests, with_tests};
use crate::exchanges::{Played, all_fail, played_on};
use crate::play::problem;
use mend_core::{Seat, Slot};
use mend_repair::{Says, ScriptedModel};

#[test]
fn re_move_asks_exactly_where_the_largest_group_leaves_as_much_as_the_threshold() {
    for sizes in [&[5][..], &[4, 1], &[1, 4], &[3, 2], &[3, 1, 1], &[2, 2, 1], &[1, 1, 1, 1, 1]] {
        let largest = *sizes.iter().max().unwrap();
        for tenths in 0..=10 {
            let threshold = format!("{}.{}", tenths / 10, tenths % 10);
            let played = grouped("re-move", &[("threshold", &threshold)], sizes);
            // In tenths of five programs: 1 - largest / 5 >= threshold.
            let is_asked = 10 * (5 - largest) >= 5 * tenths;
            assert_eq!(played.requests().contains("annotator"), is_asked, "{sizes:?} at {threshold}");
            let number: usize = sizes.iter().take_while(|size| **size < largest).sum();
            let head = format!("p{number}");
            let handed_in = if is_asked { format!("{head}/f0/r0") } else { head };
            assert_eq!(played.handed_in, [handed_in], "{sizes:?} at {threshold}");
        }
    }
    let critic = grouped("re-move", &[("threshold", "0"), ("whom", "critic")], &[2, 3]);
    insta::assert_snapshot!(critic.requests(), @r"
    coder p0 p1 p2 p3 p4 (2)
    tester t0 (2)
    critic p2/f0 (2)
    repairer p2/f0/r0 (2)
    ");
}

#[test]
fn agreement_ends_where_the_program_gives_what_the_tester_expects() {
    // Each repair agrees on one more of the first five tests.
    let agreed = tested("long-short-agreement", &[], 6, |slot, index| index < 3 + slot.matches('r').count() as u32);
    insta::assert_snapshot!(agreed.requests(), @r"
    coder p0 (2)
    tester t0 (2)
    coder p0/r0 (2)
    tester t1 (2)
    coder p0/r0/r0 (2)
    tester t2 (2)
    ");
    assert_eq!(agreed.handed_in, ["p0/r0/r0"]);
    // Of the tests that are in dispute, it is about the one at which most programs so far differ.
    let told = agreed.question("p0/r0");
    assert!(told.contains("assert inc(3) == 4") && told.contains("Your program gives p0."), "{told}");
    assert!(agreed.question("p0/r0/r0").contains("assert inc(4) == 5"));
    let most = tested("long-short-agreement", &[("rounds", "2")], 5, |slot, index| match slot {
        "p0" => index != 4,
        _ => index < 3,
    });
    assert!(
        most.question("p0/r0/r0").contains("assert inc(4) == 5"),
        "both programs differ there, at the one before only one"
    );
    assert_eq!(most.nodes(), 5, "it ends after its rounds");
}

#[test]
fn two_coders_rewrite_until_they_do_the_same() {
    let rule = |_: Seat, slot: &Slot| with_tests(slot, 2);
    let two = played_on("long-short-agreement", &[("proposer", "coder")], problem(), |problem| {
        ScriptedModel::new(problem, rule)
            .running(|slot, _| if slot.round() > 0 { "7".to_owned() } else { slot.to_string() })
    });
    insta::assert_snapshot!(two.requests(), @r"
    coder p0 (2)
    coder-2 p1 (2)
    tester t0 (2)
    coder p0/r0 (2)
    coder-2 p1/r0 (2)
    tester t1 (2)
    ");
    assert!(two.question("p0/r0").contains("Your program gives p0, and theirs p1."), "{}", two.question("p0/r0"));
    assert!(two.question("p1/r0").contains("Your program gives p1, and theirs p0."), "{}", two.question("p1/r0"));
    assert!(!two.question("p1/r0").contains("== 1"), "the value that the tester expects stays out of it");
    assert_eq!(two.handed_in, ["p0/r0"]);
}

/// Which tests the programs of the worked example pass.
fn passes_of_example(slot: &str, test: &str) -> bool {
    let passed: &[&str] = match slot {
        // A repair comes to what the first program does.
        "p0" | "p2/r0" => &["assert inc(0) == 1", "assert inc(1) == 2"],
        "p1" => &["assert inc(0) == 1", "assert inc(1) == 2", "assert inc(0) == 9"],
        "p2" => &["assert inc(0) == 1", "assert inc(2) == 3"],
        "p3" => &["assert inc(3) == 4"],
        _ => &[],
    };
    passed.contains(&test)
}

/// ConAIR with four programs that all do something else, and four tests.
fn conair(questions: &str) -> Played {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "t0" => tests(4),
        "t1" => Says::tests(&["assert inc(1) == 2"]),
        // The value was wrong.
        "t2" => Says::tests(&["assert inc(0) == 9"]),
        "t3" => Says::tests(&["assert inc(3) == 4"]),
        "t4" => Says::tests(&["assert inc(2) == 3"]),
        _ => all_fail(Seat::CODER, slot),
    };
    played_on("conair", &[("n", "4"), ("tests", "4"), ("questions", questions)], problem(), |problem| {
        ScriptedModel::new(problem, rule).trying(|slot, test| passes_of_example(&slot.to_string(), test))
    })
}

#[test]
fn conair_asks_about_the_most_even_test_first_and_about_none_twice() {
    // Each program is worth its tests passed / 4 / 4: 2, 2, 2 and 1 sixteenths. Of 7 the tests split 6, 4, 2 and 1 off: the
    // second is the most even. What fails it is repaired, and a repair is taken if it passes more of what was confirmed.
    let two = conair("2");
    insta::assert_snapshot!(requests_by_place(&two), @r"
    coder p0 p1 p2 p3 (2)
    repairer p0/r1 (2)
    repairer p2/r0 (2)
    repairer p2/r0/r1 (2)
    repairer p3/r0 (2)
    repairer p3/r1 (2)
    tester t0 (2)
    annotator t1 (2)
    annotator t2 (2)
    ");
    assert_eq!(two.handed_in, ["p1", "p0", "p2/r0", "p3"], "it passes both as they were confirmed");
    let asked = |played: &Played| -> Vec<String> {
        let questions = (1..5).map(|number| format!("t{number}"));
        let there = questions.filter(|slot| played.requests().contains(&format!("annotator {slot} ")));
        there
            .map(|slot| {
                let question = played.question(&slot);
                let line = question.lines().find(|line| line.starts_with("assert inc(")).unwrap();
                line.to_owned()
            })
            .collect()
    };
    assert_eq!(asked(&two), ["assert inc(1) == 2", "assert inc(0) == 1"]);
    // Of the tests that are left, the last but one splits more evenly. Then there is none that was not asked about.
    let all = ["assert inc(1) == 2", "assert inc(0) == 1", "assert inc(3) == 4", "assert inc(2) == 3"];
    assert_eq!(asked(&conair("9")), all, "a confirmed test is not asked about, nor is one whose value was wrong");
    assert!(conair("1").question("p2/r0").contains("assert inc(1) == 2"), "{}", conair("1").question("p2/r0"));
    // Without a question the most consistent program leads, which are three here.
    assert_eq!((conair("0").nodes(), conair("0").handed_in), (5, ["p0", "p1", "p2", "p3"].map(str::to_owned).to_vec()));
}

#[test]
fn conair_asks_nobody_where_more_than_half_of_all_consistency_agrees() {
    let with = |sizes: &[usize], sure: &str| {
        let groups: Vec<usize> = sizes.iter().enumerate().flat_map(|(group, size)| vec![group; *size]).collect();
        let does = move |slot: &Slot| groups[slot.to_string()[1..].parse::<usize>().unwrap()].to_string();
        let rule = |_: Seat, slot: &Slot| with_tests(slot, 2);
        let chosen = [("n", "4"), ("tests", "2"), ("questions", "1"), ("sure", sure)];
        played_on("conair", &chosen, problem(), |problem| {
            let model = ScriptedModel::new(problem, rule);
            model.running(move |slot, _| does(slot)).trying(|_, _| true)
        })
    };
    // Consistencies are sizes of groups here: 9 of 10, and 4 of 8.
    assert!(!with(&[3, 1], "0.5").requests().contains("annotator"));
    assert!(with(&[2, 2], "0.5").requests().contains("annotator"));
    assert_eq!(with(&[1, 3], "0.5").handed_in[0], "p1");
    assert!(with(&[4], "1.0").requests().contains("annotator"), "it asks in any case");
}
