//! Hints, each plainer than the last, and a wish that has a scope.

use crate::exchanges::{all_fail, all_pass, level, other, played, played_on, refused};
use mend_core::{Problem, Seat, Slot, Style};
use mend_repair::{Says, ScriptedModel};

/// Programs that pass one of the hidden tests each, until two hints were given.
fn in_time(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "p0/f0/r0/f0/r0" => Says::Program { public: true, hidden: true },
        _ if slot.is_program() => Says::Suites { public: vec![false], hidden: vec![true, false] },
        _ => Says::Text("Look at line 2.".to_owned()),
    }
}

#[test]
fn each_hint_is_a_level_plainer_and_the_last_level_stays() {
    let hints = played("hints", &[], in_time);
    insta::assert_snapshot!(hints.requests(), @r"
    coder p0 (2)
    annotator p0/f0 (2)
    coder p0/f0/r0 (2)
    annotator p0/f0/r0/f0 (2)
    coder p0/f0/r0/f0/r0 (2)
    ");
    assert_eq!(hints.handed_in, ["p0/f0/r0/f0/r0"]);
    insta::assert_snapshot!(hints.question("p0/f0/r0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Reply with the whole function, imports and helpers included, in one ```python code block.

    Your previous program is wrong:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    Somebody who knows the task well gives you this hint:

    > This is p0/f0.
    >
    > Look at line 2.

    Reply with the whole program, mended, in one ```python block.
    "#);
    let all = played("hints", &[("hints", "6")], all_fail);
    assert_eq!(all.nodes(), 13);
    let mut slot = "p0".to_owned();
    for level in [1, 2, 3, 4, 4, 4] {
        slot += "/f0";
        assert!(all.question(&slot).contains(&format!("a hint of level {level}")), "{slot}");
        assert!(
            all.question(&slot).contains("inc(1)") && !all.question(&slot).contains("inc(2)"),
            "the public tests alone"
        );
        slot += "/r0";
        assert!(!all.question(&slot).contains("inc(1)"), "the programmer sees the hint alone");
    }
    assert_eq!(played("hints", &[], all_pass).requests(), "coder p0 (2)");
}

#[test]
fn who_gives_hints_may_know_more() {
    let knows = played("hints", &[("reference", "true"), ("hints", "1")], all_fail);
    assert!(knows.messages("p0/f0").contains("return n + 1") && !knows.messages("p0/f0/r0").contains("return n + 1"));
    assert!(!played("hints", &[], all_fail).messages("p0/f0").contains("return n + 1"));
    let plausible =
        |_, slot: &Slot| if slot.is_program() { Says::Program { public: true, hidden: false } } else { other(slot) };
    let hidden = played("hints", &[("see", "hidden"), ("hints", "1")], plausible);
    assert!(hidden.question("p0/f0").contains("inc(2)"));
    assert_eq!(played("hints", &[], plausible).nodes(), 1, "what passes the tests of the statement is done");
    let levels = [level("hints", &[]), level("hints", &[("see", "hidden")]), level("hints", &[("reference", "true")])];
    assert_eq!(levels, ["clean", "tests_visible", "reference_in_view"]);
    assert!(refused("hints", &[("see", "none")]).contains("expected public or hidden"));
    assert!(refused("hints", &[("hints", "11")]).contains("must be from 1 to 10"));
}

fn wishing(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "q0" => Says::answer(true),
        "p0/q0" | "p0/q1" => Says::answer(false),
        _ => all_pass(Seat::CODER, slot),
    }
}

#[test]
fn a_wish_stands_in_the_prompts_of_its_arm() {
    let arm = |arm: &str| played("c3po", &[("arm", arm)], wishing);
    let wish = "Begin the function with a docstring of one line.";
    assert_eq!(arm("none").requests(), "coder p0 (2)\njudge p0/q0 (2)");
    assert!(!arm("none").question("p0").contains(wish) && arm("none").question("p0/q0").contains(wish));
    assert!(arm("everywhere").question("p0").ends_with(wish));
    insta::assert_snapshot!(arm("gated").requests(), @r"
    judge q0 (2)
    coder p0 (2)
    judge p0/q0 (2)
    ");
    assert!(arm("gated").question("p0").ends_with(wish) && arm("gated").question("q0").contains("Is this wish meant"));
    // No, and what is neither yes nor no, keep the wish out.
    for says in [Says::answer(false), Says::words()] {
        let gated = played("c3po", &[("arm", "gated")], move |_, slot| {
            if slot.to_string() == "q0" { says.clone() } else { all_pass(Seat::CODER, slot) }
        });
        assert!(!gated.question("p0").contains(wish));
    }
    assert_eq!(arm("gated").handed_in, ["p0"]);
    assert_eq!(level("c3po", &[]), "clean");
    assert!(refused("c3po", &[("arm", "all")]).contains("expected none, everywhere or gated"));
    assert!(refused("c3po", &[("scope", "style=function")]).contains("expected kind=..."));
}

#[test]
fn the_question_about_the_program_says_by_its_number_whether_the_wish_was_meant() {
    let asked = |scope: &str, problem: Problem| {
        let played = played_on("c3po", &[("arm", "none"), ("scope", scope)], problem, |problem| {
            ScriptedModel::new(problem, wishing)
        });
        played.play.asked.last().unwrap().slots[0].to_string()
    };
    let function = || Problem { difficulty: Some("easy".into()), ..crate::play::problem() };
    let program = || Problem { style: Style::Program, ..crate::play::problem() };
    assert_eq!([asked("kind=function", function()), asked("kind=function", program())], ["p0/q0", "p0/q1"]);
    assert_eq!([asked("difficulty=easy", function()), asked("difficulty=easy", program())], ["p0/q0", "p0/q1"]);
    assert_eq!([asked("statement=more th.n", function()), asked("statement=less", function())], ["p0/q0", "p0/q1"]);
    assert_eq!([asked("id=play/inc", function()), asked("id=play", function())], ["p0/q0", "p0/q1"]);
}
