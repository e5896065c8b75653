//! The annotator: answers questions about tests and programs, and gives hints, as a person would who knows the answer
//! and errs now and then.

use super::cases::Case;
use super::damage::{DamageSet, Damages};
use super::dice::Dice;
use super::mentions::{Mention, mentions};
use super::prose::{Refused, Said, approval, fenced, quoted};
use super::reading::Task;
use super::request;
use super::tester::written;
use crate::Message;
use mend_core::Opinion;

/// Chance that an annotator says something untrue.
pub(super) const NOISE: f64 = 0.05;

/// The rung of the ladder of hints where the prompt names none: what is wrong.
const LEVEL_BY_DEFAULT: usize = 3;

/// Answers a question about a test, or about a program: whether it is right, and what the right value is.
pub(super) fn answer(
    cases: &[Case],
    task: &Task,
    messages: &[Message],
    statement: &str,
    dice: &mut Dice,
) -> Result<Said, Refused> {
    let is_true = dice.chance(1.0 - NOISE);
    let agreed =
        |opening: String, yes: bool| Said { opening, rest: format!("Answer: {}\n", if yes { "yes" } else { "no" }) };
    if let Some(Mention { case, value }) = mentions(cases, messages, statement).pop() {
        let case = &cases[case];
        let Some(given) = value else {
            let value = if is_true { case.value().to_owned() } else { case.wrong_value() };
            return Ok(Said { opening: told(case, &value), rest: String::new() });
        };
        let says_right = given.is_right == is_true;
        let value = match (says_right, is_true) {
            (_, true) => case.value().to_owned(),
            (true, false) => given.text,
            (false, false) => case.wrong_value(),
        };
        let word = if says_right { "is" } else { "is not" };
        return Ok(agreed(format!("The test {word} valid. {}", told(case, &value)), says_right));
    }
    let Task::Repair { damages, .. } = task else {
        return Err(Refused("I answer questions about a test or a program of this task, and know none that is shown"));
    };
    Ok(agreed("I went through the program.".to_owned(), damages.is_empty() == is_true))
}

/// The test that the prompt shows, as it should be: with the right value, but for the annotator's noise.
pub(super) fn confirm(cases: &[Case], messages: &[Message], statement: &str, dice: &mut Dice) -> Result<Said, Refused> {
    let is_true = dice.chance(1.0 - NOISE);
    let Some(Mention { case, .. }) = mentions(cases, messages, statement).pop() else {
        return Err(Refused("I write a test of this task as it should be, and know none that is shown"));
    };
    let case = &cases[case];
    let value = if is_true { case.value().to_owned() } else { case.wrong_value() };
    let test = written(case, 1, &value);
    let rest = if matches!(case, Case::Assert { .. }) { fenced("python", &test) } else { test };
    Ok(Said { opening: "The test should read so.".to_owned(), rest })
}

/// The right value, in a line.
fn told(case: &Case, value: &str) -> String {
    let what = match case {
        Case::Assert { .. } => "value",
        Case::Pair { .. } => "output",
    };
    format!("The right {what} is {}.", quoted(&value.replace('\n', "\\n")))
}

/// What a hint is given for.
pub(super) struct Shown<'a> {
    pub(super) cases: &'a [Case],
    pub(super) damages: &'a Damages,
    pub(super) task: &'a Task,
    pub(super) messages: &'a [Message],
    pub(super) statement: &'a str,
    /// Whether the prompt asks for an opinion of the program as a whole.
    pub(super) asks_opinion: bool,
}

/// A hint of the level that the prompt asks for: which test fails, which line is wrong, what is wrong there, how the line
/// should read.
pub(super) fn hint(shown: &Shown<'_>, dice: &mut Dice, words: &mut Dice) -> Result<Said, Refused> {
    let Task::Repair { damages: present, .. } = shown.task else {
        return Err(Refused("I give hints about a program of this task, and know none that is shown"));
    };
    let closing = request::closing(shown.messages, shown.statement);
    let level = request::number_behind(&closing, &["hint", "level"]).unwrap_or(LEVEL_BY_DEFAULT);
    let is_true = dice.chance(1.0 - NOISE);
    let target = dice.pick(present).copied();
    let finds_nothing = present.is_empty() && is_true;
    let opening = match (level, finds_nothing) {
        (_, true) => approval(words).to_owned(),
        (1, false) => which_test(shown, is_true, dice)?,
        (_, false) => which_line(shown.damages, present, target.filter(|_| is_true), level, dice),
    };
    let opinion = if finds_nothing { Opinion::Correct } else { Opinion::Incorrect };
    let rest = if shown.asks_opinion { format!("Verdict: {}\n", opinion.as_str()) } else { String::new() };
    Ok(Said { opening, rest })
}

/// The test of which the prompt speaks, or another one.
fn which_test(shown: &Shown<'_>, is_true: bool, dice: &mut Dice) -> Result<String, Refused> {
    let spoken_of = mentions(shown.cases, shown.messages, shown.statement);
    let Some(first) = spoken_of.first() else {
        return Err(Refused("I say which test fails by what the prompt says of it, and it says nothing"));
    };
    let others: Vec<&Case> =
        shown.cases.iter().enumerate().filter(|(at, _)| *at != first.case).map(|(_, case)| case).collect();
    let other = dice.pick(&others).copied();
    let case = other.filter(|_| !is_true).unwrap_or(&shown.cases[first.case]);
    Ok(match case {
        Case::Assert { head, tail, value, .. } => {
            format!("Look at the test {}.", quoted(&format!("{head}{value}{tail}")))
        }
        Case::Pair { input, .. } => format!("Look at the input {}.", quoted(&input.replace('\n', " "))),
    })
}

/// The line of a damage, or of a place that could hold one and holds none.
fn which_line(damages: &Damages, present: &DamageSet, target: Option<usize>, level: usize, dice: &mut Dice) -> String {
    let damaged: Vec<usize> = present.iter().map(|index| damages.line(present, *index)).collect();
    let sound: Vec<usize> = (0..damages.edits().len())
        .filter(|index| !damaged.contains(&damages.line(present, *index)) && damages.fits(present, *index))
        .collect();
    let guess = dice.pick(&sound).copied();
    // A true hint takes the damage out, an untrue one puts one in.
    let (line, name, after) = match (target, guess) {
        (Some(target), _) => {
            let without: DamageSet = present.iter().copied().filter(|index| *index != target).collect();
            (damages.line(present, target), damages.edits()[target].name.as_str(), damages.program(&without))
        }
        (None, Some(guess)) => {
            let with: DamageSet = present.iter().copied().chain([guess]).collect();
            (damages.line(present, guess), damages.edits()[guess].name.as_str(), damages.program(&with))
        }
        (None, None) => (1, "its beginning", damages.program(present)),
    };
    match level {
        2 => format!("The mistake is in line {line}."),
        3 => format!("Line {line} is wrong: {}.", name.replace(['_', '-'], " ")),
        _ => {
            let fixed = after.lines().nth(line - 1).unwrap_or_default().to_owned();
            format!("Line {line} should read {}.", quoted(&fixed))
        }
    }
}
