//! Gates before what is costly or wrong: Reflexion's own tests, CARD and PyFiXV.

use super::{tested, tests, with_tests};
use crate::exchanges::{Played, all_fail, all_pass, played, played_on, refused};
use crate::play::problem;
use mend_core::{Kind, Seat, Slot, Status};
use mend_repair::{Says, ScriptedModel};

#[test]
fn reflexion_stops_on_a_test_of_its_own() {
    let reflexion = tested("reflexion", &[("turns", "3")], 6, |slot, _| slot == "p0/r0");
    insta::assert_snapshot!(reflexion.requests(), @r"
    tester t0 (2)
    coder p0 (2)
    critic p0/n0 (2)
    coder p0/r0 (2)
    ");
    assert_eq!(reflexion.handed_in, ["p0/r0"], "one test of its own passes, though those of the problem fail");
    let told = reflexion.question("p0/n0");
    assert_eq!(told.matches("assert inc(").count(), 2, "one test, as code and as what fails: {told}");
    assert!(reflexion.question("t0").contains("at most 10 asserts"));
    let three = tested("reflexion", &[("own_tests", "3")], 6, |_, _| false);
    assert_eq!(three.question("p0/n0").matches("\n- assert inc(").count(), 3, "{}", three.question("p0/n0"));
    // Right by its own test, or without any: it cannot know better.
    assert_eq!(tested("reflexion", &[], 6, |_, _| true).handed_in, ["p0"]);
    assert_eq!(played("reflexion", &[], all_fail).requests(), "tester t0 (2)\ncoder p0 (2)");
    assert!(refused("reflexion", &[("tests", "some")]).contains("expected own, public or hidden"));
}

#[test]
fn card_asks_for_no_judgement_where_the_tests_rank_a_bad_program_above_a_good_one() {
    let rule = |_: Seat, slot: &Slot| match slot.kind() {
        Kind::Repair => Says::Program { public: true, hidden: false },
        Kind::Judgement => Says::judgement(Some(0.5), None),
        _ => with_tests(slot, 2),
    };
    let with = |passes: fn(&str, u32) -> bool| {
        played_on("card", &[("turns", "3")], problem(), |problem| {
            ScriptedModel::new(problem, rule).testing(move |slot, index| passes(&slot.to_string(), index))
        })
    };
    // The first program fails the public test, and passes all tests that are proposed; what passes it fails one of them.
    let bad = with(|slot, index| slot == "p0" || index == 0);
    insta::assert_snapshot!(bad.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder t2 (2)
    coder t3 (2)
    coder p0/r0/r0 (6)
    coder t4 (2)
    coder t5 (2)
    ");
    assert_eq!(bad.handed_in, ["p0/r0/r0"], "the last that passes the tests of the statement");
    assert!(bad.question("p0/r0/r0").starts_with("Your tests do not tell a right program from a wrong one."));
    assert!(bad.question("t3").contains("assert inc(0) == 1") && bad.question("t3").contains("p0 coder"));
    // Equal is no order either; where they tell both apart, each program is scored once.
    assert!(!with(|_, _| true).requests().contains("judge"));
    let good = with(|slot, _| slot != "p0");
    insta::assert_snapshot!(good.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder t2 (2)
    judge p0/r0/v0 (1)
    coder p0/r0/r0 (6)
    judge p0/r0/r0/v0 (1)
    ");
    assert_eq!(good.handed_in, ["p0/r0"], "of equal scores the first");
}

#[test]
fn card_evaluates_nothing_that_fails_a_cheap_check() {
    let none = played("card", &[], all_fail);
    insta::assert_snapshot!(none.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (6)
    coder p0/r0/r0/r0 (8)
    ");
    assert!(none.question("p0/r0").contains("Failing tests:\n- inc(1)"), "{}", none.question("p0/r0"));
    // No bad program is known: the tests count unchecked, and a high score ends it.
    let rule = |_: Seat, slot: &Slot| match slot.kind() {
        Kind::Judgement => Says::judgement(Some(0.9), None),
        Kind::Tests => tests(2),
        _ => all_pass(Seat::CODER, slot),
    };
    let done = played("card", &[], rule);
    assert_eq!(
        (done.requests(), done.handed_in),
        ("coder p0 (2)\ncoder t0 (2)\njudge p0/v0 (1)".to_owned(), vec!["p0".to_owned()])
    );
    let hidden = played("card", &[("evaluate", "hidden")], rule);
    assert_eq!(hidden.requests(), "coder p0 (2)\ncoder t0 (2)");
}

#[test]
fn card_sends_tests_back_until_they_tell_both_programs_apart() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "t3" => Says::tests(&["assert inc(5) == 6"]),
        "p0/r0" => Says::Program { public: true, hidden: true },
        _ if slot.kind() == Kind::Judgement => Says::judgement(Some(1.0), None),
        _ => with_tests(slot, 2),
    };
    let card = played_on("card", &[], problem(), |problem| {
        ScriptedModel::new(problem, rule)
            .trying(|slot, test| slot.to_string() == "p0/r0" || test != "assert inc(5) == 6")
    });
    insta::assert_snapshot!(card.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder t2 (2)
    coder t3 (2)
    judge p0/r0/v0 (1)
    ");
    assert_eq!(card.handed_in, ["p0/r0"]);
}

/// A tree of PyFiXV in which so many of ten tries are the chosen fix, up to their formatting, and the fix is right or not.
fn explained(matches: usize, is_right: bool, chosen: &[(&str, &str)]) -> Played {
    let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
        // Does not parse, changes more than it must, and the fix that is chosen.
        "p0/r0" => Says::Text("```python\ndef inc(*given:\n    return \"p0 coder\"\n```\n".to_owned()),
        "p0/r1" => {
            Says::Text("```python\ndef inc(*given):\n    n = 1\n    return \"p0/r1 repairer\"\n```\n".to_owned())
        }
        "p0/r2" => Says::Program { public: is_right, hidden: is_right },
        name => match name.strip_prefix("p0/f0/r").map(|number| number.parse::<usize>().unwrap()) {
            Some(number) if number < matches => Says::Text(
                "```python\ndef inc( *given ):  # mended\n\n    return (\"p0/r2 repairer\")\n```\n".to_owned(),
            ),
            _ => all_fail(Seat::CODER, slot),
        },
    };
    played("pyfixv", chosen, rule)
}

#[test]
fn pyfixv_trades_coverage_for_precision() {
    // Ten, seven, seven, three and none of ten tries are the fix, which is right in three of the five problems.
    let problems = [(10, true), (7, true), (7, false), (3, true), (0, false)];
    // By hand: for h up to 3, 7 and 10 how many are shown, and how many of these are right.
    for (range, shown, right) in [(1..=3, 4, 3), (4..=7, 3, 2), (8..=10, 1, 1)] {
        for h in range {
            let h = i32::to_string(&h);
            let trees: Vec<Played> =
                problems.iter().map(|(matches, is_right)| explained(*matches, *is_right, &[("h", &h)])).collect();
            let handed_in: Vec<&Played> = trees.iter().filter(|tree| tree.handed_in == ["p0/r2"]).collect();
            assert_eq!(handed_in.len(), trees.iter().filter(|tree| !tree.handed_in.is_empty()).count());
            let correct = handed_in.iter().filter(|tree| passes(tree, "p0/r2")).count();
            assert_eq!((handed_in.len(), correct), (shown, right), "h = {h}");
            // One run tells all of it: every tree holds all ten tries, whatever h is.
            let of_trees = curve(&trees, h.parse().unwrap());
            assert_eq!(of_trees, (right as f64 / shown as f64, shown as f64 / 5.0), "h = {h}");
        }
    }
}

/// Whether a program passes the hidden tests.
fn passes(tree: &Played, slot: &str) -> bool {
    let node = tree.play.tree.node(&slot.parse().unwrap()).unwrap();
    node.verdict().is_some_and(|verdict| verdict.hidden.as_ref().is_some_and(|suite| suite.status == Status::Passed))
}

/// Precision and coverage for one h, from the tries that trees hold.
fn curve(trees: &[Played], h: usize) -> (f64, f64) {
    let code = |tree: &Played, slot: &Slot| {
        let candidate = tree.play.tree.node(slot).unwrap().candidate.clone().unwrap();
        candidate.program.body().unwrap().to_string()
    };
    let is_shown = |tree: &&Played| {
        let fix = code(tree, &"p0/r2".parse().unwrap());
        let tries = (0..10).map(|number| format!("p0/f0/r{number}").parse::<Slot>().unwrap());
        tries.filter(|slot| mend_python::same(&code(tree, slot), &fix)).count() >= h
    };
    let shown: Vec<&Played> = trees.iter().filter(is_shown).collect();
    let correct = shown.iter().filter(|tree| passes(tree, "p0/r2")).count();
    (correct as f64 / shown.len() as f64, shown.len() as f64 / trees.len() as f64)
}

#[test]
fn pyfixv_shows_the_gates_repairers_the_explanation_and_not_the_fix() {
    let fixed = explained(5, true, &[]);
    assert!(fixed.requests().starts_with("coder p0 (2)\nrepairer p0/r0 p0/r1 p0/r2 "), "{}", fixed.requests());
    assert!(fixed.requests().contains("\ncritic p0/f0 (2)\nrepairer-2 p0/f0/r0 "), "{}", fixed.requests());
    assert!(fixed.question("p0/f0").contains("+    return \"p0/r2 repairer\""), "{}", fixed.question("p0/f0"));
    let asked = fixed.question("p0/f0/r0");
    assert!(asked.contains("> This is p0/f0.") && !asked.contains("p0/r2"), "{asked}");
    let sampling = &fixed.ask("p0/f0").terms.sampling;
    assert_eq!((sampling.temperature, sampling.max_tokens), (Some(0.0), Some(256)));
    // Other gates, and what is not broken.
    for (gate, matches, nodes, is_shown) in
        [("none", 0, 12, true), ("length", 0, 12, true), ("tests", 5, 22, true), ("tests", 4, 22, false)]
    {
        let fixed = explained(matches, true, &[("gate", gate)]);
        assert_eq!((fixed.nodes(), !fixed.handed_in.is_empty()), (nodes, is_shown), "{gate}");
    }
    assert_eq!(played("pyfixv", &[], all_pass).nodes(), 1, "it passes the tests of the statement");
    assert_eq!(played("pyfixv", &[("start", "all")], all_pass).nodes(), 22);
    assert!(refused("pyfixv", &[("h", "11")]).contains("`h` must be from 1 to `tries`, 10; found 11"));
}
