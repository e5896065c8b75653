//! What the texts of a file are meant to be, told by the texts themselves.

use super::row::{Field, Sample};
use mend_core::{Form, Problem, Style};
use mend_python::{names, parse};

/// How many rows are looked at, spread over the file.
const LOOKED_AT: usize = 200;

/// What all texts of a field are meant to be. Chat answers where more of them show its marks than parse as the field's usual
/// form, whole programs where none parses as a continuation and some as they stand; else the usual form.
pub(super) fn guess(field: Field, rows: &[(&Problem, &Sample)]) -> Form {
    let usual = field.usual();
    let step = rows.len().div_ceil(LOOKED_AT).max(1);
    let (mut fits, mut whole, mut chat) = (0, 0, 0);
    for (problem, sample) in rows.iter().step_by(step) {
        if parses(problem, &sample.text, usual) {
            fits += 1;
        } else if is_answer(&sample.text) {
            chat += 1;
        } else if is_whole(problem, &sample.text) {
            whole += 1;
        }
    }
    if chat > fits + whole {
        Form::Chat
    } else if fits == 0 && whole > 0 {
        Form::Whole
    } else {
        usual
    }
}

fn parses(problem: &Problem, text: &str, form: Form) -> bool {
    match (form, &problem.style) {
        (Form::Continuation, Style::Completion { .. }) => parse(&format!("{}{text}", problem.statement)).is_ok(),
        (Form::Chat, _) => false,
        _ => !text.trim().is_empty() && parse(text).is_ok(),
    }
}

/// Whether a text is a program that defines what is asked for.
fn is_whole(problem: &Problem, text: &str) -> bool {
    let Ok(module) = parse(text) else { return false };
    let bound = names(text, &module.body).bound;
    problem.style.entry_point().is_none_or(|entry| bound.contains(entry) || bound.contains("Solution"))
}

/// Whether a text shows the marks of a chat model's answer: fences, thinking, tags; or a function with prose around it.
fn is_answer(text: &str) -> bool {
    const MARKS: [&str; 9] =
        ["```", "~~~", "<think", "</think", "<reasoning", "<answer>", "[PYTHON]", "<|channel|>", "<code>"];
    let begins = |line: &str| MARKS.iter().any(|mark| line.trim_start().starts_with(mark));
    let is_prose = |line: &str| line.starts_with(char::is_uppercase) && line.trim_end().ends_with(['.', ':', '!']);
    text.lines().any(|line| begins(line) || line.trim_end().ends_with("```"))
        || (text.lines().any(is_prose)
            && text.lines().any(|line| line.starts_with("def ") || line.starts_with("class ")))
}
