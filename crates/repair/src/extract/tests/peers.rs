//! The rules of other harnesses, each as its own code decides.

use super::*;
use crate::extract::peers;

const TWO: &str = "Hi\n```python\na = 1\n```\nand\n```\nb = 2\n```\nbye";

#[test]
fn last_fence_takes_what_stands_between_the_last_two_lines_with_one() {
    let program = |text| peers::last_fence(text).program.to_string();
    assert_eq!(program(TWO), "b = 2\n");
    assert_eq!(program("```python\na\n```"), "a\n");
    assert_eq!(program("```python\na"), "");
    assert_eq!(program("def f(): pass\n```"), "");
    assert_eq!(program("none"), "");
    // What no reader of Markdown would take.
    assert_eq!(program("```python\na\n```\nIt prints:\n```"), "It prints:\n");
    assert_eq!(peers::last_fence(TWO).before, "Hi\n```python\na = 1\n```\nand\n");
}

#[test]
fn first_fence_takes_what_stands_between_the_first_two() {
    let program = |text| peers::first_fence(text).program.to_string();
    assert_eq!(program(TWO), "a = 1");
    assert_eq!(program("```\na\n```\n"), "a");
    assert_eq!(program("```python a```"), " a");
    assert_eq!(program("```python\na"), "```python\na");
    assert_eq!(program("a = 1\n"), "a = 1\n");
}

#[test]
fn olausson_takes_header_tag_and_first_python_fence() {
    let program = |text| peers::olausson(text).program.to_string();
    assert_eq!(program(TWO), "\na = 1\n");
    assert_eq!(program("```\nb\n```\n```python\na\n```\n"), "\na\n");
    assert_eq!(program("```py\nb\n```\n"), "py\nb\n");
    assert_eq!(program("[PYTHON]\na\n[/PYTHON]\nb"), "\na\n");
    assert_eq!(program("```python\nx\n```\n### FIXED PYTHON CODE\n```python\na\n```\n"), "\na\n");
    assert_eq!(program("```python\na\n```\n### QUESTION\n```python\nb\n```\n"), "\na\n");
    assert_eq!(program("```python\na"), "\na");
    assert_eq!(program("a = 1\n"), "a = 1\n");
    assert_eq!(peers::olausson("Why.\n```python\na\n```").before, "Why.\n");
}

#[test]
fn they_take_the_place_of_our_rules_where_they_are_asked_for() {
    let text = format!("<think>\n```python\nx\n```\n</think>\n```python\n{TRIPLE}```\n");
    let completion = |form| mend_testkit::completion(&*text, form);
    for (extraction, rule, program) in [
        (Extraction::Mend, OneBlock, TRIPLE),
        (Extraction::LastFence, ExtractionRule::LastFence, TRIPLE),
        (Extraction::FirstFence, ExtractionRule::FirstFence, "x"),
        (Extraction::Olausson, ExtractionRule::Olausson, "\nx\n"),
    ] {
        let found = extract(&completion(Form::Chat), &function(), extraction).unwrap();
        assert_eq!((found.rule, found.program.as_ref()), (rule, program));
        let verbatim = extract(&completion(Form::Whole), &function(), extraction).unwrap();
        assert_eq!(verbatim.rule, ExtractionRule::Whole);
    }
}
