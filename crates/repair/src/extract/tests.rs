//! Answers of the kinds that models write, in tables: each with the program that has to be found, and the rule.

mod bare;
mod blocks;
mod cut;
mod fences;
mod hostile;
mod peers;
mod programs;
mod tags;
mod thinking;

use super::*;
use mend_core::{FinishReason, Style};

pub(super) use ExtractionRule::{
    BareCode, Body, JoinedBlocks, LastOfSeveral, OneBlock, UnclosedBlock, UnfitBlock, UnopenedBlock,
};

/// The program that most answers hold.
pub(super) const TRIPLE: &str = "def triple(x):\n    return 3 * x\n";

pub(super) fn problem(style: Style, statement: &str, context: Option<&str>) -> Problem {
    Problem { context: context.map(Into::into), ..mend_testkit::problem("x/1", style, statement) }
}

/// A problem in prose that asks for `triple`.
pub(super) fn function() -> Problem {
    problem(Style::Function { entry_point: "triple".into() }, "Return three times the argument.", None)
}

/// A problem whose statement begins `triple`.
pub(super) fn completion() -> Problem {
    let statement = "from typing import List\n\ndef triple(x: int) -> int:\n    \"\"\"Three times x.\n    >>> triple(2)\n    6\n    \"\"\"\n";
    problem(Style::Completion { entry_point: "triple".into() }, statement, Some("from typing import List\n"))
}

/// A problem that asks for a program.
pub(super) fn program() -> Problem {
    problem(Style::Program, "Read a number and print three times the number.", None)
}

pub(super) fn extracted(text: &str, problem: &Problem, finish_reason: FinishReason, form: Form) -> Option<Extracted> {
    let completion = Completion { finish_reason, ..mend_testkit::completion(text, form) };
    extract(&completion, problem, Extraction::Mend)
}

/// Compares what is found in an answer.
#[track_caller]
pub(super) fn check_of(problem: &Problem, text: &str, expected: Option<(ExtractionRule, &str)>) {
    let found = extracted(text, problem, FinishReason::Stop, Form::Chat);
    let found = found.as_ref().map(|found| (found.rule, found.program.trim_end()));
    assert_eq!(found, expected.map(|(rule, program)| (rule, program.trim_end())), "in the answer:\n{text}");
}

/// An answer to [`function`].
#[track_caller]
pub(super) fn check(text: &str, rule: ExtractionRule, program: &str) {
    check_of(&function(), text, Some((rule, program)));
}

/// An answer to [`function`] that holds no program.
#[track_caller]
pub(super) fn check_none(text: &str) {
    check_of(&function(), text, None);
}

#[test]
fn verbatim_forms_are_taken_as_they_are() {
    let problem = problem(Style::Completion { entry_point: "f".into() }, "def f():\n", None);
    let found = extracted("    return 1", &problem, FinishReason::Stop, Form::Continuation).unwrap();
    assert_eq!(found.program.as_ref(), "def f():\n    return 1");
    assert_eq!(found.written.as_ref(), "    return 1");
    for text in ["```x", "", "<think>"] {
        let found = extracted(text, &problem, FinishReason::Stop, Form::Whole).unwrap();
        assert_eq!((found.program.as_ref(), found.rule), (text, ExtractionRule::Whole));
    }
}

#[test]
fn what_stands_before_the_program_is_told_without_thinking_and_joined_blocks() {
    let before = |text: &str| extracted(text, &function(), FinishReason::Stop, Form::Chat).unwrap().before;
    assert_eq!(before("Hi.\n```python\ndef triple(x):\n    return 3 * x\n```\nBye."), "Hi.\n");
    assert_eq!(before("<think>No.</think>Hi.\n```\ndef triple(x):\n    return 3 * x\n```\n"), "Hi.\n");
    assert_eq!(before("So:\n\ndef triple(x):\n    return 3 * x\n"), "So:\n\n");
    let joined = "One.\n```py\nimport math\n```\nTwo.\n```py\ndef triple(x):\n    return math.prod([3, x])\n```\n";
    assert_eq!(before(joined), "One.\n\nTwo.\n");
    assert_eq!(
        before("Why.\n<answer>\nHere:\n```\ndef triple(x): return 3 * x\n```\n</answer>"),
        "Why.\n<answer>\nHere:\n"
    );
}
