//! The tester: asserts, or pairs of input and output, of which some are wrong.
//!
//! A test that is not valid has the right input and a value that is wrong by one character. What some mutant would give
//! in its place is not known without running it, and nothing is run here.

use super::cases::Case;
use super::dice::Dice;
use super::prose::{self, Refused, Said};
use super::request;
use crate::Message;

/// How many tests are written where the prompt does not say.
pub(super) const TESTS_BY_DEFAULT: usize = 5;

/// What tests are called in a request for so many of them.
const NOUNS: [&str; 12] = [
    "test",
    "tests",
    "assert",
    "asserts",
    "assertion",
    "assertions",
    "case",
    "cases",
    "pair",
    "pairs",
    "input",
    "inputs",
];

/// What the prompt says.
pub(super) struct Asked<'a> {
    /// What an answer calls the task.
    pub(super) subject: &'a str,
    pub(super) messages: &'a [Message],
    pub(super) statement: &'a str,
}

/// As many tests as the prompt asks for, or as there are, each of another input and each valid with the same chance.
pub(super) fn write(cases: &[Case], valid: f64, asked: &Asked<'_>, dice: &mut Dice) -> Result<Said, Refused> {
    if cases.is_empty() {
        return Err(Refused("I know no test of this task that has one input and one value"));
    }
    let wanted = request::number_before(&request::closing(asked.messages, asked.statement), &NOUNS);
    let mut left: Vec<&Case> = cases.iter().collect();
    let mut tests = Vec::new();
    for number in 1..=wanted.unwrap_or(TESTS_BY_DEFAULT).min(cases.len()) {
        let Some(at) = dice.below(left.len()) else { break };
        let case = left.remove(at);
        let is_valid = dice.chance(valid);
        tests.push(written(case, number, &if is_valid { case.value().to_owned() } else { case.wrong_value() }));
    }
    let rest = match cases[0] {
        Case::Assert { .. } => prose::fenced("python", &tests.concat()),
        Case::Pair { .. } => tests.join("\n"),
    };
    Ok(Said { opening: format!("This is how I would try {}.", prose::quoted(asked.subject)), rest })
}

/// A test with a value. Statements that it needs stand in a function with it, so that tests share no names.
pub(super) fn written(case: &Case, number: usize, value: &str) -> String {
    match case {
        Case::Assert { setup, head, tail, .. } if setup.is_empty() => format!("assert {head}{value}{tail}\n"),
        Case::Assert { setup, head, tail, .. } => {
            let lines = setup.iter().map(|line| format!("    {line}\n")).collect::<Vec<_>>().concat();
            format!("def test_{number}():\n{lines}    assert {head}{value}{tail}\n")
        }
        Case::Pair { input, .. } => {
            format!("Input:\n{}\nOutput:\n{}", prose::fenced("", input), prose::fenced("", value))
        }
    }
}
