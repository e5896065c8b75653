//! The words around a simulated program, as a chat model would put them.

use super::dice::Dice;
use mend_core::Opinion;
use std::fmt::Write as _;

/// What the programmer says of the program that it repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnosis {
    /// A line, counted from 1, with its text.
    Line(usize, String),
    /// True, and of little use.
    Vague,
    /// A guess without anything to go by.
    Blind,
    /// Somebody else's, which the prompt quotes.
    Told,
}

/// What an answer is made of.
pub(super) struct Draft<'a> {
    /// Unlike that of any other slot or seed.
    pub(super) marker: &'a str,
    /// What the task is about, such as the name of a function.
    pub(super) subject: &'a str,
    /// `None` for a first program.
    pub(super) diagnosis: Option<Diagnosis>,
    /// The whole program.
    pub(super) program: &'a str,
    /// Whether a short block of code that is not the answer comes first.
    pub(super) is_illustrated: bool,
}

const OPENINGS: [&str; 4] = [
    "Here is how I would write it.",
    "This can be done in one short program.",
    "Let me take the statement step by step.",
    "A direct solution is good enough here.",
];
/// `SUBJECT` stands for what the task is about.
const PLANS: [&str; 4] = [
    "Most of the work in SUBJECT is in the boundary cases.",
    "For SUBJECT I followed the statement word by word.",
    "SUBJECT needs nothing beyond the standard library.",
    "I kept SUBJECT to plain loops and comparisons.",
];
const REPAIR_OPENINGS: [&str; 4] = [
    "I went through the program again.",
    "Here is another look at it.",
    "Let me look at what happens there.",
    "I traced the failing case by hand.",
];
const NAMING: [&str; 3] =
    ["I think the mistake is in line", "The culprit seems to be line", "What looks wrong is line"];
const VAGUE: [&str; 3] = [
    "Some boundary case is not handled, though I cannot point at one line.",
    "The general idea is right, and one detail of it is off.",
    "One of the conditions does not do what the statement asks for.",
];
const BLIND: [&str; 3] = [
    "Without a failing example I can only reread the whole program.",
    "There is little to go by, so this is a careful second look.",
    "I do not see which case fails; this is my best guess.",
];
const TOLD: [&str; 3] = [
    "I changed what the review points at.",
    "The review made me look at it again, and this is what I changed.",
    "I followed the review as far as I agree with it.",
];
/// What a critic says first.
const REVIEW_OPENINGS: [&str; 3] =
    ["I read SUBJECT line by line.", "I ran through SUBJECT by hand.", "I compared SUBJECT with the statement."];
const APPROVALS: [&str; 2] = ["I find nothing wrong with it.", "It does what the statement asks for."];
const ILLUSTRATIONS: [&str; 3] = [
    "The core of it looks like this:\n\n```python\nfor item in items:\n    consider(item)\n```\n",
    "As a sketch:\n\n```\nread the input, work on it, give the answer back\n```\n",
    "The shape that I have in mind:\n\n```python\nresult = step(result)\n```\n",
];
const LEADS: [&str; 3] = ["The whole program:", "Here is the complete program:", "In full:"];
const CLOSINGS: [&str; 3] =
    ["", "\nThis should cover the cases in the statement.\n", "\nI have not run it, so please check the examples.\n"];

/// What stands before a program.
fn explanation(draft: &Draft<'_>, say: &mut impl FnMut(&[&'static str]) -> &'static str) -> String {
    match &draft.diagnosis {
        None => format!("{} {}", say(&OPENINGS), say(&PLANS).replace("SUBJECT", &quoted(draft.subject))),
        Some(diagnosis) => {
            let opening = say(&REPAIR_OPENINGS);
            format!("{opening} {}", finding(diagnosis, say))
        }
    }
}

/// A step of a conversation with an interpreter: the program between tags, to be run, or as a proposal.
pub(super) fn step(draft: &Draft<'_>, proposes: bool, dice: &mut Dice) -> String {
    let mut say = |choices: &[&'static str]| dice.pick(choices).copied().unwrap_or_default();
    let explanation = explanation(draft, &mut say);
    let tag = if proposes { "solution" } else { "execute" };
    let program = fenced("python", draft.program);
    format!("{explanation} Draft {}.\n\n<{tag}>\n{program}</{tag}>\n", draft.marker)
}

/// The whole answer, with the program in its last fenced block.
pub(super) fn answer(draft: &Draft<'_>, dice: &mut Dice) -> String {
    let mut say = |choices: &[&'static str]| dice.pick(choices).copied().unwrap_or_default();
    let mut text = explanation(draft, &mut say);
    let _ = write!(text, " Draft {}.\n\n", draft.marker);
    if draft.is_illustrated {
        let _ = writeln!(text, "{}", say(&ILLUSTRATIONS));
    }
    let fence = fence(draft.program);
    let program = draft.program.trim_end();
    let _ = write!(text, "{}\n\n{fence}python\n{program}\n{fence}\n{}", say(&LEADS), say(&CLOSINGS));
    text
}

/// What a critic says, without a program.
pub(super) fn critique(
    marker: &str,
    subject: &str,
    diagnosis: &Diagnosis,
    opinion: Option<Opinion>,
    dice: &mut Dice,
) -> String {
    let mut say = |choices: &[&'static str]| dice.pick(choices).copied().unwrap_or_default();
    let opening = say(&REVIEW_OPENINGS).replace("SUBJECT", &quoted(subject));
    let finding = match (diagnosis, opinion) {
        (Diagnosis::Blind, Some(Opinion::Correct)) => say(&APPROVALS).to_owned(),
        _ => finding(diagnosis, &mut say),
    };
    let mut text = format!("{opening} {finding} Review {marker}.\n");
    if let Some(opinion) = opinion {
        let _ = write!(text, "\nVerdict: {}\n", opinion.as_str());
    }
    text
}

fn finding(diagnosis: &Diagnosis, say: &mut impl FnMut(&[&'static str]) -> &'static str) -> String {
    match diagnosis {
        Diagnosis::Line(line, source) => format!("{} {line}, {}.", say(&NAMING), quoted(source)),
        Diagnosis::Vague => say(&VAGUE).to_owned(),
        Diagnosis::Blind => say(&BLIND).to_owned(),
        Diagnosis::Told => say(&TOLD).to_owned(),
    }
}

/// Whether a critique is one of those that have nothing to go by.
pub(super) fn is_blind(critique: &str) -> bool {
    BLIND.iter().chain(&APPROVALS).any(|phrase| critique.contains(phrase))
}

/// The answer to a prompt that cannot be worked on.
pub(super) fn refusal(marker: &str) -> String {
    format!("I do not know this task, so I will not guess at a program. Draft {marker}.\n")
}

/// Why something is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused(pub(super) &'static str);

/// The answer to what this programmer cannot do.
pub(super) fn refused(refused: &Refused, marker: &str) -> String {
    format!("I will not guess: {}. Note {marker}.\n", refused.0)
}

/// What is said beside programs and critiques.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// A sentence or two.
    pub(super) opening: String,
    /// What stands behind it, such as tests, or the line in which a judgement is read; may be empty.
    pub(super) rest: String,
}

/// The whole answer, with a mark that is unlike any other's.
pub(super) fn said(said: &Said, marker: &str) -> String {
    let Said { opening, rest } = said;
    let blank = if rest.is_empty() { "" } else { "\n" };
    format!("{opening} Note {marker}.\n{blank}{rest}")
}

/// What is said of a program in which nothing is found.
pub(super) fn approval(dice: &mut Dice) -> &'static str {
    dice.pick(&APPROVALS).copied().unwrap_or_default()
}

/// A block in fences that nothing in it can close.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let fence = fence(text);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// A fence longer than any run of backticks in the program.
fn fence(program: &str) -> String {
    let longest = program.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// A line of code within a sentence.
pub(super) fn quoted(source: &str) -> String {
    let source = source.trim();
    if source.contains('`') { source.to_owned() } else { format!("`{source}`") }
}
