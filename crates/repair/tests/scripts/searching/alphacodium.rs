//! AlphaCodium: its stages, the program nearest to the expected output, one test at a time, and anchors.

use super::{passing, text, value, with_public};
use crate::exchanges::{Played, level, played_on, shipped};
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

const PLANS: &str =
    "```json\n[{\"plan\": \"count up\"}, {\"plan\": \"say \\\"add\\\"\"},\n {\"plan\": \"look it up\"}]\n```";

/// What is not a program: three plans, of which the second is the best, and two tests.
fn planned(slot: &Slot) -> Says {
    match &*slot.to_string() {
        "n1" => Says::Text(PLANS.to_owned()),
        "n1/n3" => Says::Text("Plan 1 is slow.\n\nBest: 2".to_owned()),
        _ if slot.kind() == Kind::Tests => Says::tests(&["assert inc(5) == 6", "assert inc(6) == 7"]),
        _ => Says::words(),
    }
}

/// Plays with programs that pass some of two public tests, and some of the two tests of the tester.
fn flow(
    chosen: &[(&str, &str)],
    public: fn(&str) -> [bool; 2],
    own: fn(&str) -> [bool; 2],
    gives: fn(&str) -> &'static str,
) -> Played {
    let rule = move |_: Seat, slot: &Slot| {
        if slot.is_program() {
            Says::Suites { public: public(&slot.to_string()).to_vec(), hidden: vec![] }
        } else {
            planned(slot)
        }
    };
    played_on("alphacodium", chosen, with_public(2), |problem| {
        ScriptedModel::new(problem, rule)
            .testing(move |slot, index| own(&slot.to_string())[index as usize])
            .running(move |slot, _| gives(&slot.to_string()).to_owned())
    })
}

fn repairs(played: &Played) -> Vec<String> {
    let slots = played.play.asked.iter().map(|ask| &ask.slots[0]);
    slots.filter(|slot| slot.kind() == Kind::Repair).map(ToString::to_string).collect()
}

#[test]
fn an_edit_that_breaks_an_anchor_is_undone() {
    // The program passes the first test. Its first fix passes the second one alone, its second fix both.
    let public = |slot: &str| match slot {
        "p0" => [true, false],
        "p0/r0" => [false, true],
        _ => [true, true],
    };
    let one = [("attempts", "1")];
    let flow_of = |chosen: &[(&str, &str)]| flow(chosen, public, |_| [true, true], |_| "1");
    let anchored = flow_of(&one);
    assert_eq!(repairs(&anchored), ["p0/r0", "p0/r1"], "the second fix is one of the program before the first");
    assert_eq!(anchored.handed_in, ["p0/r1"]);
    assert!(!anchored.messages("p0/r1").contains("This is p0/r0"));
    // Without anchors the fix is taken, and the test that it broke has had its turn in this stage.
    let loose = flow_of(&[("attempts", "1"), ("anchors", "false")]);
    assert_eq!(repairs(&loose), ["p0/r0", "p0/r0/r0"]);
    assert_eq!(loose.handed_in, ["p0/r0/r0"]);
}

#[test]
fn a_fix_of_the_testers_test_breaks_no_anchor_either() {
    // The public tests pass. The first test of the tester does not: one fix breaks a public test, and is undone. The second
    // one fails too, and its fix is taken. Then the first one has had its turn.
    let public = |slot: &str| if slot == "p0/r0" { [true, false] } else { [true, true] };
    let own = |slot: &str| match slot {
        "p0" => [false, false],
        "p0/r0" => [true, true],
        _ => [false, true],
    };
    let played = flow(&[], public, own, |_| "1");
    assert_eq!(repairs(&played), ["p0/r0", "p0/r1"]);
    assert_eq!(played.handed_in, ["p0/r1"]);
    assert!(played.question("p0/r0").contains("`assert inc(5) == 6`"), "{}", played.question("p0/r0"));
    assert!(played.question("p0/r1").contains("`assert inc(6) == 7`"), "{}", played.question("p0/r1"));
    // A fix under which the test still fails is not taken, even if it breaks nothing.
    let useless = flow(&[], |_| [true, true], |slot| [slot != "p0/r0" && slot.contains('r'), true], |_| "1");
    assert_eq!((repairs(&useless), useless.handed_in), (vec!["p0/r0".to_owned()], vec!["p0".to_owned()]));
}

#[test]
fn stages_follow_each_other_within_the_bound() {
    let played = flow(&[], |_| [false, false], |_| [false, false], |_| "1");
    insta::assert_snapshot!(played.requests(), @r"
    planner n0 (2)
    planner n1 (2)
    planner n1/n3 (2)
    tester t0 (2)
    coder p0 (2)
    coder p1 (2)
    coder p2 (2)
    coder p3 (2)
    coder p4 (2)
    coder p5 (2)
    coder p6 (2)
    coder p7 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (4)
    coder p0/r0/r0/r0 (4)
    coder p0/r0/r0/r0/r0 (4)
    coder p0/r0/r0/r0/r0/r0 (4)
    coder p0/r0/r0/r0/r0/r1 (4)
    coder p0/r0/r0/r0/r0/r2 (4)
    coder p0/r0/r0/r0/r0/r3 (4)
    ");
    assert_eq!((played.nodes(), shipped("alphacodium", &[]).header().bound), (20, 20));
    assert_eq!(level("alphacodium", &[]), "clean");
    assert_eq!((text(&played, "n1/n0"), text(&played, "n1/n1")), ("count up".to_owned(), "say \"add\"".to_owned()));
    // Two programs by the best plan, then by all plans in turn.
    let by: Vec<&str> = (0..8)
        .map(|attempt| {
            let question = played.question(&format!("p{attempt}"));
            ["count up", "say \"add\"", "look it up"].into_iter().find(|plan| question.contains(plan)).unwrap()
        })
        .collect();
    assert_eq!(
        by,
        [
            "say \"add\"",
            "say \"add\"",
            "look it up",
            "count up",
            "say \"add\"",
            "look it up",
            "count up",
            "say \"add\""
        ]
    );
    insta::assert_snapshot!(played.question("p0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Reply with the whole function, imports and helpers included, in one ```python code block.

    What the task asks for:

    > This is n0.

    Go by this plan:

    > say "add"

    Divide the program into small functions with names that say what they do.
    "#);
    // A program that passes needs no more of them, and no fix.
    let at_once = flow(&[], |slot| [slot != "p0", true], |_| [true, true], |_| "1");
    assert_eq!((at_once.nodes(), at_once.handed_in), (6, vec!["p1".to_owned()]));
}

#[test]
fn the_program_whose_output_is_nearest_goes_on() {
    // Expected are 2 and 3. `2x` is one edit of two characters away from 2, two from 3: a mean of 3/4; `23` is 1/2 from both.
    let gives = |slot: &str| match slot {
        "p0" => "abc",
        "p1" => "2x",
        "p2" => "23",
        "p3" => "32",
        _ => "none of them",
    };
    let played = flow(&[("attempts", "4"), ("fixes", "1")], |_| [false, false], |_| [false, false], gives);
    assert_eq!(repairs(&played)[0], "p2/r0", "of equal ones the first");
    assert_eq!(
        value("alphacodium", "[apart('2x', '2'), apart('2x', '3'), apart('23', '3'), apart('', ''), apart(None, '3')]"),
        "[0.5, 1.0, 0.5, 0.0, 1.0]"
    );
}

#[test]
fn one_test_at_a_time_is_fixed_three_times_and_a_lone_one_four_times() {
    // Only the second test fails, whatever is done: three fixes are about it, and each starts from the last one.
    let played = flow(&[("attempts", "1")], |_| [true, false], |_| [true, true], |_| "1");
    assert_eq!(repairs(&played)[..3], ["p0/r0", "p0/r0/r0", "p0/r0/r0/r0"]);
    insta::assert_snapshot!(played.question("p0/r0"), @r"
    It fails a test: the call `inc(2)` should give `3`, but gives `1`.

    Say in a few sentences how the program comes to this, and what has to change. Then write the whole corrected program in one ```python block; change nothing else.
    ");
    assert!(!played.question("p0/r0/r0").contains("inc(1)"));
    // The fourth one belongs to the last stage, where it stays without effect.
    assert_eq!(repairs(&played).len(), 4);
    assert_eq!(played.handed_in, ["p0/r0/r0/r0"]);
    let lone = played_on("alphacodium", &[("attempts", "1"), ("fixes", "9")], with_public(1), |problem| {
        ScriptedModel::new(problem, |_, slot| if slot.is_program() { passing(0, 1) } else { Says::words() })
    });
    assert_eq!(repairs(&lone).len(), 4 + 1);
    assert_eq!(lone.ask("p0/r0/r0/r0/r0").messages.len(), 4, "system, task, last program, its failing test");
}
