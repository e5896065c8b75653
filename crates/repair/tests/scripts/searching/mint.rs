//! MINT: steps with a session that remembers, proposals, malformed steps, and a teacher.

use super::sandboxed::Sandboxed;
use crate::exchanges::{level, refused, shipped};
use crate::play::problem;
use mend_core::Slot;
use mend_repair::{Trial, free_completion, try_out};
use std::sync::Arc;

/// Plays the script by what is said at each step, in their order. A teacher says the same each time.
fn played(chosen: &[(&str, &str)], steps: &[&str]) -> Trial {
    let mut next = steps.iter();
    let mut stage = Sandboxed::new(move |slot: &Slot| {
        let text = if slot.to_string().ends_with("f0") { "Mind the sign.\n\nVerdict: incorrect" } else { next.next()? };
        Some(free_completion(text.to_owned()))
    });
    try_out(&shipped("mint", chosen), &Arc::new(problem()), &mut stage).unwrap()
}

/// The last message of the request for a node.
#[track_caller]
fn question(trial: &Trial, slot: &str) -> String {
    let messages = trial.messages(&slot.parse().unwrap()).unwrap();
    messages.rsplit_once("Observation:\n").unwrap().1.to_owned()
}

fn handed_in(trial: &Trial) -> Vec<String> {
    trial.ranking.iter().map(ToString::to_string).collect()
}

const RIGHT: &str = "I propose:\n<solution>\ndef inc(n):\n    return n + 1\n</solution>";
const WRONG: &str = "I propose:\n<solution>\n```python\ndef inc(n):\n    return n\n```\n</solution>";

#[test]
fn variables_survive_between_steps() {
    let trial = played(
        &[],
        &[
            "I begin with a name.\n<execute>\nkept = 20\n</execute>",
            "Now I use it.\n<execute>\n```python\nprint(kept + 1)\n```\n</execute>",
            "And once more.\n<execute>\nkept = kept * 2\nkept + 2\n</execute>",
            "This fails.\n<execute>\nkept / 0\n</execute>",
            RIGHT,
        ],
    );
    insta::assert_snapshot!(question(&trial, "n0/n0"), @r"
    The code ran, and printed nothing.

    You have 4 steps and 2 proposals left.

    Think first. Then write either code between `<execute>` and `</execute>`, or your solution between `<solution>` and `</solution>`: one of both, once.
    ");
    assert!(question(&trial, "n0/n0/n0").starts_with("21\n"), "{}", question(&trial, "n0/n0/n0"));
    assert!(question(&trial, "n0/n0/n0/n0").starts_with("42\n"), "{}", question(&trial, "n0/n0/n0/n0"));
    let last = question(&trial, "n0/n0/n0/n0/n0");
    assert!(last.contains("ZeroDivisionError: division by zero"), "{last}");
    assert!(last.contains("You have 1 step and 2 proposals left. So propose your solution now."), "{last}");
    assert_eq!(handed_in(&trial), ["n0/n0/n0/n0/n0/p0"]);
    // What code an earlier step ran is run again and printed once.
    let whole = trial.messages(&"n0/n0/n0/n0/n0".parse().unwrap()).unwrap();
    assert_eq!(whole.matches("Observation:\n21\n").count(), 1);
}

#[test]
fn a_step_with_both_tags_or_none_is_spent_and_helped() {
    let both = "<execute>\nprint(1)\n</execute>\n<solution>\ndef inc(n):\n    return n + 1\n</solution>";
    let two = "<execute>\nprint(1)\n</execute>\n<execute>\nprint(2)\n</execute>";
    let open = "<solution>\ndef inc(n):\n    return n + 1\n";
    let trial = played(&[], &[both, "I only think.", two, open, "<execute> </execute>"]);
    assert_eq!(trial.asked, 5, "each is a step");
    assert_eq!(trial.acts.len(), 5, "nothing was run, and nothing proposed");
    assert_eq!(handed_in(&trial), Vec::<String>::new());
    for (slot, left) in [("n0/n0", "4 steps"), ("n0/n0/n0", "3 steps"), ("n0/n0/n0/n0", "2 steps")] {
        let told = question(&trial, slot);
        assert!(told.starts_with("This step holds no action that can be carried out."), "{told}");
        assert!(told.contains(&format!("You have {left} and 2 proposals left.")), "{told}");
    }
}

#[test]
fn a_wrong_proposal_is_told_so_and_the_second_one_is_the_last() {
    let trial = played(&[], &[WRONG, WRONG, RIGHT]);
    assert_eq!((trial.asked, handed_in(&trial)), (2, vec!["n0/p0/n0/r0".to_owned()]));
    insta::assert_snapshot!(question(&trial, "n0/p0/n0"), @r"
    Your solution is wrong.

    You have 4 steps and 1 proposal left.

    Think first. Then write either code between `<execute>` and `</execute>`, or your solution between `<solution>` and `</solution>`: one of both, once.
    ");
    let mended = played(&[], &[WRONG, RIGHT]);
    assert_eq!(handed_in(&mended), ["n0/p0/n0/r0"]);
    let node = mended.tree.node(&mended.ranking[0]).unwrap();
    assert_eq!(node.candidate.as_ref().unwrap().program.body().unwrap().trim_end(), "def inc(n):\n    return n + 1");
    // With one step there is one proposal.
    let one = played(&[("steps", "1")], &[WRONG, RIGHT]);
    assert_eq!((one.asked, handed_in(&one)), (1, vec!["n0/p0".to_owned()]));
    let first = one.messages(&"n0".parse().unwrap()).unwrap();
    assert!(first.contains("You have 1 step in all, and may propose 1 time."), "{first}");
    assert!(
        played(&[], &[]).messages(&"n0".parse().unwrap()).unwrap().contains("5 steps in all, and may propose 2 times.")
    );
}

#[test]
fn proposals_are_judged_by_the_statement_s_tests_or_by_all() {
    // Right for the one public test alone.
    let public = "<solution>\ndef inc(n):\n    return 2\n</solution>";
    assert_eq!(played(&[], &[public, RIGHT]).asked, 1);
    assert_eq!(played(&[("tests", "hidden")], &[public, RIGHT]).asked, 2);
    assert_eq!(level("mint", &[]), "clean");
    assert_eq!(level("mint", &[("tests", "hidden")]), "hidden_stop");
}

#[test]
fn a_teacher_helps_after_each_step_but_the_last_and_may_see_the_reference() {
    let text = played(&[("teacher", "text"), ("steps", "2")], &["<execute>\nprint(7)\n</execute>", RIGHT]);
    assert_eq!(text.sequence()[..2], ["n0 by the coder", "n0 under the instrument cells"].map(str::to_owned));
    assert!(question(&text, "n0/n0").contains("A teacher who looked at this says:\n\n> Mind the sign.\n"));
    let prompt = text.messages(&"n0/f0".parse().unwrap()).unwrap();
    assert!(prompt.contains("```python\nprint(7)\n```") && prompt.contains("```text\n7\n```"), "{prompt}");
    assert!(!prompt.contains("return n + 1"));
    let binary = played(&[("teacher", "binary"), ("steps", "2")], &[WRONG, RIGHT]);
    assert!(question(&binary, "n0/p0/n0").contains("> This step is bad.\n"));
    assert!(!question(&binary, "n0/p0/n0").contains("Mind the sign"));
    let chosen = [("teacher", "text"), ("reference", "true"), ("steps", "2")];
    let seeing = played(&chosen, &[WRONG, RIGHT]);
    assert!(seeing.messages(&"n0/f0".parse().unwrap()).unwrap().contains("return n + 1"));
    assert_eq!((level("mint", &chosen), level("mint", &chosen[..1])), ("reference_in_view".into(), "clean".into()));
    assert_eq!(shipped("mint", &[("teacher", "text")]).header().bound, 9);
    assert!(refused("mint", &[("reference", "true")]).contains("has nobody who would look"));
    assert!(refused("mint", &[("teacher", "some")]).contains("expected none, text or binary"));
    assert!(refused("mint", &[("tests", "all")]).contains("expected public or hidden"));
    assert!(refused("mint", &[("steps", "0")]).contains("`steps` is 0: expected 1 or more"));
}
