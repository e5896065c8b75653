//! SuperCoder: only the functions that were named change, and who spoils a function gets one retry.

use crate::exchanges::{Played, level, other, played, refused};
use mend_core::Slot;
use mend_repair::Says;

/// Three functions; `"p8 coder"` is the mark of a program that fails, `"p9 coder"` that of one that passes.
const PROGRAM: &str = "\
import functools

LIMIT = 3   # kept as it is


@functools.cache
def first(n):
    return n


def inc(n):
    mark = \"p8 coder\"
    return first(n)


class Box:
    def inc(self):
        return 'other'
";

fn block(code: &str) -> Says {
    Says::Text(format!("```python\n{code}```\n"))
}

fn answers(slot: &Slot, edit: impl Fn(&str) -> Option<Says>) -> Says {
    match &*slot.to_string() {
        "p0" => block(PROGRAM),
        "p8" => Says::Program { public: false, hidden: false },
        "p9" => Says::Program { public: true, hidden: true },
        "p0/f0" => Says::Text("`inc` gives the number back as it is.".to_owned()),
        text => edit(text).unwrap_or_else(|| other(slot)),
    }
}

fn program(played: &Played, slot: &str) -> String {
    let node = played.play.tree.node(&slot.parse().unwrap()).unwrap();
    node.candidate.as_ref().unwrap().program.body().unwrap().to_string()
}

/// An answer that mends `inc`, and changes everything else on its way.
const SPOILS: &str = "\
LIMIT = 4

def first(n):
    return None

def inc(n):
    return \"p9 coder\"
";

#[test]
fn only_the_named_function_changes() {
    let played = played("supercoder", &[], |_, slot| answers(slot, |slot| (slot == "p0/f0/n1").then(|| block(SPOILS))));
    let expected = PROGRAM.replace("    mark = \"p8 coder\"\n    return first(n)\n", "    return \"p9 coder\"\n");
    assert_eq!(program(&played, "p0/f0/n1/r0").trim_end(), expected.trim_end());
    assert_eq!(played.handed_in, ["p0/f0/n1/r0"]);
    let asked = played.requests();
    insta::assert_snapshot!(asked.lines().take(2).collect::<Vec<_>>().join("\n"), @r"
    coder p0 (2)
    critic p0/f0 (2)
    ");
    // Four edits, and a retry of each that does not apply.
    assert_eq!(played.nodes(), 2 + 4 + 3);
    let temperatures: Vec<Option<f64>> =
        (0..4).map(|i| played.ask(&format!("p0/f0/n{i}")).terms.sampling.temperature).collect();
    assert_eq!(temperatures, [0.0, 0.3, 0.6, 0.9].map(Some));
    assert_eq!(level("supercoder", &[]), "clean");
}

#[test]
fn what_does_not_apply_is_told_and_tried_once_more() {
    let played = played("supercoder", &[("temperatures", "0.5")], |_, slot| {
        answers(slot, |slot| match slot {
            "p0/f0/n0" => Some(block("def other(n):\n    return n\n")),
            "p0/f0/n0/n0" => Some(block("def inc(n):\n    return \"p9 coder\"\n")),
            _ => None,
        })
    });
    assert_eq!(played.requests().lines().last(), Some("coder p0/f0/n0/n0 (4)"));
    insta::assert_snapshot!(played.question("p0/f0/n0/n0"), @r"
    Your answer cannot be used: it does not parse, or it does not define `inc`.

    Write `inc` anew, whole, in one ```python block, and nothing else of the program.
    ");
    assert_eq!(played.handed_in, ["p0/f0/n0/n0/r0"]);
}

#[test]
fn a_candidate_that_fails_is_shown_how_and_the_first_program_stays_if_nothing_is_better() {
    let played = played("supercoder", &[("temperatures", "0")], |_, slot| {
        answers(slot, |slot| slot.starts_with("p0/f0/n0").then(|| block("def inc(n):\n    return \"p8 coder\"\n")))
    });
    assert_eq!(played.requests().lines().last(), Some("coder p0/f0/n0/r0/n0 (4)"));
    insta::assert_snapshot!(played.question("p0/f0/n0/r0/n0"), @r"
    The program is still wrong with that. It fails a test: the call `inc(1)` should give `2`, but gives `p8`.

    Write `inc` anew, whole, in one ```python block, and nothing else of the program.
    ");
    assert_eq!(played.handed_in, ["p0"]);
}

#[test]
fn functions_are_found_by_name_or_by_line_or_all_of_them_count() {
    let names = |critique: &'static str| {
        let played = played("supercoder", &[("temperatures", "0"), ("retries", "0")], move |_, slot| {
            if slot.to_string() == "p0/f0" { Says::Text(critique.to_owned()) } else { answers(slot, |_| None) }
        });
        let question = played.question("p0/f0/n0");
        let (_, behind) = question.rsplit_once("\nWrite ").unwrap();
        behind.split_once(" anew").unwrap().0.to_owned()
    };
    assert_eq!(names("The function `first` is wrong."), "`first`");
    assert_eq!(names("See `Box.inc(n)` of the class Box, and not the first one."), "`Box.inc`");
    assert_eq!(names("See the methods of Box."), "`Box`");
    assert_eq!(names("Look at line 13."), "`inc`");
    assert_eq!(names("I cannot say."), "`first`, `inc`, `Box.inc`");
}

#[test]
fn the_control_writes_the_whole_program_and_a_right_program_is_left_alone() {
    let whole = played("supercoder", &[("apply", "program"), ("temperatures", "0")], |_, slot| {
        answers(slot, |slot| (slot == "p0/n0").then(|| block(SPOILS)))
    });
    assert_eq!(whole.requests(), "coder p0 (2)\ncoder p0/n0 (2)");
    assert_eq!(program(&whole, "p0/n0/r0").trim_end(), SPOILS.trim_end());
    let right = played("supercoder", &[], crate::exchanges::all_pass);
    assert_eq!((right.nodes(), right.handed_in), (1, vec!["p0".to_owned()]));
    assert!(refused("supercoder", &[("temperatures", "0,warm")]).contains("found 0,warm"));
    assert!(refused("supercoder", &[("apply", "class")]).contains("expected function or program"));
}
