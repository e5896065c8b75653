//! Grounded critique: what of a critic's comments stays, and what the repairer is shown.

use super::text;
use crate::exchanges::{Played, level, other, played, refused};
use mend_core::{Seat, Slot};
use mend_repair::Says;

/// A program of twenty lines; the last adds two where it should add one.
fn twenty_lines() -> String {
    let body: Vec<String> = (2..20).map(|number| format!("    step_{number} = {number}\n")).collect();
    format!("def inc(n):\n{}    return n + 2\n", body.concat())
}

fn criticised(chosen: &[(&str, &str)], last: &'static str) -> Played {
    played("grounded", chosen, move |_, slot| match &*slot.to_string() {
        "p0" => Says::Text(format!("```python\n{}```\n", twenty_lines())),
        "p0/f0" if last.is_empty() => Says::words(),
        "p0/f0" | "p0/f0/f0/f0/f0" => Says::Text(last.to_owned()),
        _ => other(slot),
    })
}

const COMMENTS: &str = r#"Here they are:

```json
{"first": 99, "last": 99, "quote": "return n", "comment": "There is no such line.", "severity": 3}
{"first": 20, "last": 20, "quote": "return  n + 2", "comment": "It adds \"two\" {2},\nnot one.", "severity": 3}
{"first": 3, "last": 3, "quote": "step_4 = 4", "comment": "That is the next line.", "severity": 1}
{
  "first": 2, "last": 4, "severity": 9,
  "quote": "step_2 = 2\nstep_3 = 3",
  "comment": "Nobody uses these."
}
{"first": 5, "last": 4, "quote": "step_4 = 4", "comment": "Backwards.", "severity": 1}
{"first": 7, "last": 7, "quote": " ", "comment": "It quotes nothing."}
```
"#;

#[test]
fn a_comment_on_line_99_of_20_is_dropped_and_counted() {
    let played = criticised(&[], COMMENTS);
    insta::assert_snapshot!(played.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    critic p0/f0/f0 (2)
    critic p0/f0/f0/f0 (2)
    critic p0/f0/f0/f0/f0 (2)
    repairer p0/f0/f0/f0/f0/n0/r0 (2)
    ");
    insta::assert_snapshot!(text(&played, "p0/f0/f0/f0/f0/n0"), @r#"
    {"first": 20, "last": 20, "quote": "return  n + 2", "comment": "It adds \"two\" {2},\nnot one.", "severity": 3}
    {"first": 2, "last": 4, "quote": "step_2 = 2\nstep_3 = 3", "comment": "Nobody uses these.", "severity": 3}
    kept 2 of 6 comments, dropped 4; lines that do not exist: 2; source that does not stand there: 2
    "#);
    assert_eq!(played.handed_in, ["p0/f0/f0/f0/f0/n0/r0"]);
}

#[test]
fn the_repairer_sees_each_comment_beside_its_lines() {
    let played = criticised(&[("stages", "one")], COMMENTS);
    let question = played.question("p0/f0/n0/r0");
    let (_, behind) = question.split_once("return n + 2\n```\n").unwrap();
    insta::assert_snapshot!(behind, @r#"


    A reviewer says of these lines:

    > line 2:     step_2 = 2
    > line 3:     step_3 = 3
    > line 4:     step_4 = 4
    >   severity 3: Nobody uses these.
    > line 20:     return n + 2
    >   severity 3: It adds "two" {2}, not one.

    Put right what is wrong there, and reply with the whole program in one ```python code block.
    "#);
}

#[test]
fn each_stage_is_shown_what_the_one_before_it_brought() {
    let played = criticised(&[], COMMENTS);
    for (stage, before) in [("p0/f0/f0", "This is p0/f0."), ("p0/f0/f0/f0", "This is p0/f0/f0.")] {
        assert!(played.question(stage).contains(before), "{stage}");
    }
    assert!(played.question("p0/f0/f0/f0/f0").contains("word for word"));
    assert!(!played.question("p0/f0").contains("Comments on it so far"));
}

#[test]
fn without_a_comment_that_stays_the_program_is_handed_in() {
    let played = criticised(&[("stages", "one")], r#"{"first": 21, "last": 21, "quote": "x", "comment": "Where?"}"#);
    assert_eq!((played.nodes(), played.handed_in.clone()), (2, vec!["p0".to_owned()]));
    assert_eq!(text(&played, "p0/f0/n0"), "kept 0 of 1 comments, dropped 1; lines that do not exist: 1");
    let silent = criticised(&[("stages", "one")], "");
    assert_eq!(text(&silent, "p0/f0/n0"), "kept 0 of 0 comments, dropped 0");
    // An answer without a program has no lines.
    let nothing = played_without_a_program();
    assert_eq!((nothing.nodes(), nothing.handed_in), (1, vec!["p0".to_owned()]));
}

fn played_without_a_program() -> Played {
    played("grounded", &[], |_: Seat, _: &Slot| Says::words())
}

#[test]
fn a_critic_in_plain_words_is_taken_by_the_lines_that_it_names() {
    let played = criticised(&[("stages", "one")], "Line 20 adds two. Line 99 is not there.");
    insta::assert_snapshot!(text(&played, "p0/f0/n0"), @r#"
    {"first": 20, "last": 20, "comment": "This is p0/f0. Line 20 adds two. Line 99 is not there.", "severity": 2}
    kept 1 of 2 comments, dropped 1; lines that do not exist: 1
    "#);
    assert!(refused("grounded", &[("stages", "two")]).contains("`stages` is two: expected four or one"));
    assert_eq!(level("grounded", &[]), "clean");
}
