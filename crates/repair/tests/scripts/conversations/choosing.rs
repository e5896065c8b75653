//! Systems that begin anew, go elsewhere, or choose: conversational repair, muCode, restarts, escalation, the gate.

use crate::exchanges::{all_fail, all_pass, copy_of, other, played, played_on, refused};
use crate::play::problem;
use mend_core::{Literal, Problem, Seat, Slot, Test, TestSuite};
use mend_repair::{Says, ScriptedModel};

/// Every program fails but those of some slots, which pass the public tests alone.
fn plausible(slot: &Slot, slots: &[&str]) -> Says {
    let is_plausible = slots.contains(&&*slot.to_string());
    if slot.is_program() { Says::Program { public: is_plausible, hidden: false } } else { other(slot) }
}

#[test]
fn a_conversation_about_a_bug_grows_and_begins_anew() {
    let repair = played("conversational-apr", &[("samples", "7")], all_fail);
    insta::assert_snapshot!(repair.requests(), @r"
    coder p0 (2)
    repairer p0/r0 (2)
    repairer p0/r0/r0 (4)
    repairer p0/r0/r0/r0 (6)
    repairer p0/r1 (2)
    repairer p0/r1/r0 (4)
    repairer p0/r1/r0/r0 (6)
    repairer p0/r2 (2)
    ");
    assert!(repair.handed_in.is_empty(), "no patch is plausible");
    insta::assert_snapshot!(repair.messages("p0/r0/r0"), @r#"
    [system]
    You are an automated program repair tool.
    [user]
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    This program is buggy:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Write the whole program without the bug, in one ```python block.
    [assistant]
    This is p0/r0.

    ```python
    def inc(*given):
        return "p0/r0 repairer"
    ```

    [user]
    The program is still not right. It fails a test: the call `inc(1)` should give `2`, but gives `p0/r0`.

    Write the whole program without the bug, in one ```python block.
    "#);
    assert_eq!(repair.ask("p0/r1").messages, repair.ask("p0/r0").messages, "it begins anew");
    let found = played("conversational-apr", &[], |_, slot| plausible(slot, &["p0/r1/r0"]));
    assert_eq!((found.nodes(), found.handed_in), (6, vec!["p0/r1/r0".to_owned()]), "it ends at the first that passes");
    let all = played("conversational-apr", &[], all_fail);
    assert_eq!(all.nodes(), 22, "seven conversations of three patches");
    assert_eq!(played("conversational-apr", &[], all_pass).nodes(), 1, "nothing is wrong with it");
}

#[test]
fn chatrepair_asks_for_three_alternatives_to_a_plausible_patch() {
    let rule = |_: Seat, slot: &Slot| plausible(slot, &["p0/r0", "p0/r0/r0", "p0/r0/r0/r0/r0"]);
    let repair = played("chatrepair", &[], rule);
    insta::assert_snapshot!(repair.requests(), @r"
    coder p0 (2)
    repairer p0/r0 (2)
    repairer p0/r0/r0 (4)
    repairer p0/r0/r0/r0 (6)
    repairer p0/r0/r0/r0/r0 (8)
    ");
    assert_eq!(repair.handed_in, ["p0/r0", "p0/r0/r0", "p0/r0/r0/r0/r0"]);
    // The same program is no alternative.
    let same = played("chatrepair", &[], |_, slot| match &*slot.to_string() {
        "p0/r0/r0" => copy_of("p0/r0", "repairer"),
        _ => plausible(slot, &["p0/r0", "p0/r0/r0/r0"]),
    });
    assert_eq!((same.nodes(), same.handed_in), (5, vec!["p0/r0".to_owned(), "p0/r0/r0/r0".to_owned()]));
    let remarked = played("chatrepair", &[], |_, slot| match &*slot.to_string() {
        "p0/r0/r0" => {
            let code = "def inc( *given ):  # the same\n    return \"p0/r0 repairer\"\n";
            Says::Text(format!("```python\n{code}```\n"))
        }
        _ => plausible(slot, &["p0/r0"]),
    });
    assert_eq!(remarked.handed_in, ["p0/r0"], "nor is one that only looks different");
}

#[test]
fn chatrepair_says_of_each_alternative_how_it_fared() {
    // The first alternative fails, the second holds no program, the third passes.
    let repair = played("chatrepair", &[], |_, slot| match &*slot.to_string() {
        "p0/r0/r0/r0" => Says::words(),
        _ => plausible(slot, &["p0/r0", "p0/r0/r0/r0/r0"]),
    });
    assert!(repair.question("p0/r0/r0").starts_with("The tests pass."), "it is about the plausible patch");
    insta::assert_snapshot!(repair.question("p0/r0/r0/r0"), @r"
    It fails a test: the call `inc(1)` should give `2`, but gives `p0/r0/r0`.

    Mend the bug in yet another way, and write the whole program in one ```python block.
    ");
    insta::assert_snapshot!(repair.question("p0/r0/r0/r0/r0"), @r"
    Your answer holds no complete code block, and counts as wrong.

    Mend the bug in yet another way, and write the whole program in one ```python block.
    ");
    assert_eq!(repair.handed_in, ["p0/r0", "p0/r0/r0/r0/r0"], "best first");
}

#[test]
fn mucode_draws_five_programs_in_each_of_three_turns() {
    let code = played("mucode", &[("pick", "pt")], all_fail);
    insta::assert_snapshot!(code.requests(), @r"
    coder p0 p1 p2 p3 p4 (2)
    coder p0/r0 p0/r1 p0/r2 p0/r3 p0/r4 (4)
    coder p0/r0/r0 p0/r0/r1 p0/r0/r2 p0/r0/r3 p0/r0/r4 (6)
    ");
    assert!(code.handed_in.is_empty(), "never plausible: nothing is handed in");
    assert_eq!(code.nodes(), 15);
}

#[test]
fn mucode_counts_only_what_passes_the_hidden_tests_too() {
    // The first that passes the public tests is taken, though its sibling is right.
    let code = played("mucode", &[("pick", "pt")], |_, slot| match &*slot.to_string() {
        "p2" => Says::Program { public: true, hidden: false },
        "p3" => Says::Program { public: true, hidden: true },
        _ if slot.is_program() => Says::Program { public: false, hidden: true },
        _ => other(slot),
    });
    assert_eq!((code.nodes(), code.handed_in), (5, vec!["p2".to_owned()]));
}

#[test]
fn mucode_picks_by_its_verifier_below_the_tests() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/v0" => Says::judgement(Some(0.9), None),
        "p1/v0" => Says::words(),
        "p2/v0" => Says::judgement(Some(0.4), None),
        "p3/v0" => Says::judgement(Some(0.6), None),
        _ => plausible(slot, &["p2", "p3"]),
    };
    let by_both = played("mucode", &[("draws", "4")], rule);
    assert_eq!((by_both.nodes(), by_both.handed_in), (8, vec!["p3".to_owned()]));
    let by_verifier = played("mucode", &[("draws", "4"), ("pick", "lv"), ("turns", "2")], rule);
    assert!(by_verifier.requests().contains("coder p0/r0 p0/r1 p0/r2 p0/r3 (4)"), "{}", by_verifier.requests());
    let by_chance = played("mucode", &[("pick", "random"), ("turns", "1")], all_pass);
    assert_eq!(by_chance.handed_in.len(), 1);
    assert!(refused("mucode", &[("pick", "best")]).contains("expected pt, lv, pt+lv or random"));
}

#[test]
fn a_failed_program_is_discarded_and_a_solved_problem_left() {
    let draw = played("reset-and-discard", &[], |_, slot| plausible(slot, &["p2"]));
    assert_eq!(draw.requests(), "coder p0 (2)\ncoder p1 (2)\ncoder p2 (2)");
    assert_eq!(draw.ask("p2").messages, draw.ask("p0").messages);
    assert_eq!(draw.handed_in, ["p2"]);
    assert_eq!(played("reset-and-discard", &[], all_fail).nodes(), 10);
}

#[test]
fn a_conversation_is_given_up_at_the_round_that_is_given() {
    let restart = played("restart", &[("at", "2"), ("programs", "5")], all_fail);
    insta::assert_snapshot!(restart.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (6)
    coder p1 (2)
    coder p1/r0 (4)
    ");
    assert_eq!(restart.handed_in, ["p1/r0"]);
    assert_eq!(restart.ask("p1").messages, restart.ask("p0").messages);
    let never = played("restart", &[("at", "0"), ("programs", "3")], all_fail);
    assert_eq!(never.requests(), "coder p0 (2)\ncoder p1 (2)\ncoder p2 (2)");
}

#[test]
fn a_second_model_takes_over_after_some_failures() {
    let cascade = played("escalate", &[], all_fail);
    insta::assert_snapshot!(cascade.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (6)
    coder-2 p0/r0/r0/r0 (2)
    coder-2 p0/r0/r0/r0/r0 (2)
    ");
    assert!(!cascade.messages("p0/r0/r0/r0").contains("This is p0"), "nothing of the conversation");
    let early = played("escalate", &[], |_, slot| plausible(slot, &["p0/r0"]));
    assert_eq!(early.nodes(), 2);
}

#[test]
fn an_edit_that_breaks_a_passing_test_is_undone() {
    let rule = |_: Seat, slot: &Slot| {
        let public = match &*slot.to_string() {
            // The second test passes; the first edit breaks it, the second keeps it and passes the first.
            "p0" => vec![false, true, false],
            "p0/r0" => vec![true, false, true],
            "p0/r1" => vec![true, true, false],
            _ => vec![true, true, true],
        };
        Says::Suites { public, hidden: vec![false, false] }
    };
    let test = |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal("7".into()) };
    let problem =
        || Problem { tests: TestSuite { public: vec![test(1), test(2), test(3)], ..problem().tests }, ..problem() };
    let with =
        |chosen: &[(&str, &str)]| played_on("gate", chosen, problem(), |problem| ScriptedModel::new(problem, rule));
    let gate = with(&[]);
    insta::assert_snapshot!(gate.requests(), @r"
    coder p0 (2)
    repairer p0/r0 (2)
    repairer p0/r1 (2)
    repairer p0/r1/r0 (2)
    ");
    assert_eq!(gate.handed_in, ["p0/r1/r0"]);
    assert!(gate.question("p0/r1").contains("1 earlier edit of this program broke a test"));
    assert!(!gate.question("p0/r1/r0").contains("earlier edit"));
    assert_eq!(with(&[("gate", "false")]).handed_in, ["p0/r0/r0"]);
}
