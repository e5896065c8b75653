//! How a prompt's closing request is read: which job it is, how many, at which level.

use super::reading;
use crate::{Message, Speaker};
use mend_core::{Kind, Part};

/// What a slot is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    /// A program, new or repaired.
    Program,
    /// A step of a conversation with an interpreter: code to run, or a proposal.
    Step,
    /// What is wrong with a program, by a critic.
    Critique,
    /// Tests.
    Tests,
    /// A test as it should be, by somebody who knows.
    Confirmed,
    /// A plan.
    Plan,
    /// A score or a preference.
    Judgement,
    /// An answer to a question.
    Answer,
    /// What is wrong with a program, by somebody who knows.
    Hint,
}

impl Job {
    /// The job follows from the kind of node; who critics and annotators are makes a difference in what they say. A note of
    /// whoever writes programs is a plan, unless the last message wants code in it.
    pub(super) fn of(part: Part, kind: Kind, messages: &[Message]) -> Self {
        match (kind, part) {
            (Kind::Note, Part::Coder | Part::Repairer) => Self::of_note(messages),
            (Kind::Tests, Part::Annotator) => Self::Confirmed,
            (Kind::Tests, _) => Self::Tests,
            (Kind::Judgement, _) => Self::Judgement,
            (Kind::Question, _) => Self::Answer,
            (Kind::Note | Kind::Feedback, Part::Annotator) => Self::Hint,
            (_, Part::Critic) | (Kind::Feedback, _) => Self::Critique,
            (Kind::Note, _) => Self::Plan,
            (Kind::Program | Kind::Repair, _) => Self::Program,
        }
    }

    fn of_note(messages: &[Message]) -> Self {
        let last = messages.iter().rev().find(|message| message.speaker == Speaker::User);
        let asks = |words: &str| last.is_some_and(|message| message.content.contains(words));
        if asks("<solution>") && asks("<execute>") {
            return Self::Step;
        }
        if CODE_WANTED.iter().any(|words| asks(words)) { Self::Program } else { Self::Plan }
    }
}

/// Words by which a prompt asks for code within an answer.
const CODE_WANTED: [&str; 2] = ["```python block", "```python code block"];

/// The last message of the user, without the statement and without fenced blocks.
pub(super) fn closing(messages: &[Message], statement: &str) -> String {
    let last = messages.iter().rev().find(|message| message.speaker == Speaker::User);
    last.map_or_else(String::new, |message| reading::prose(&message.content, statement))
}

/// The number that a text gives right before one of some words, as in `at most 5 short tests`; the last such one.
pub(super) fn number_before(text: &str, nouns: &[&str]) -> Option<usize> {
    let words = lower_words(text);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        if nouns.contains(&word.as_str()) {
            let number = words[at.saturating_sub(3)..at].iter().rev().find_map(|word| number(word));
            found = number.or(found);
        }
    }
    found
}

/// The number that a text gives right behind one of some words, as in `a hint of level 2`; the last such one.
pub(super) fn number_behind(text: &str, labels: &[&str]) -> Option<usize> {
    let words = lower_words(text);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        if labels.contains(&word.as_str()) {
            let number = words[at + 1..].iter().take(3).find_map(|word| number(word));
            found = number.or(found);
        }
    }
    found
}

/// Where one of some words stands last.
pub(super) fn last_of(text: &str, sought: &[&str]) -> Option<usize> {
    lower_words(text).iter().rposition(|word| sought.contains(&word.as_str()))
}

fn lower_words(text: &str) -> Vec<String> {
    reading::words(text).map(str::to_ascii_lowercase).collect()
}

fn number(word: &str) -> Option<usize> {
    const WORDS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let spelled = WORDS.iter().position(|known| *known == word).map(|at| at + 1);
    spelled.or_else(|| word.parse().ok()).filter(|number| (1..100).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_beside_the_words_that_they_belong_to() {
        let nouns = ["tests", "asserts"];
        for (text, expected) in [
            ("Write 8 asserts.", Some(8)),
            ("Write at most three short tests of it.", Some(3)),
            ("Write 3 tests. No: write 4 tests.", Some(4)),
            ("Write tests, of at most 80 characters each.", None),
            ("Write 500 tests.", None),
            ("", None),
        ] {
            assert_eq!(number_before(text, &nouns), expected, "{text}");
        }
        for (text, expected) in [
            ("Give a hint of level 2.", Some(2)),
            ("Hint number four, please", Some(4)),
            ("Give a hint.", None),
            ("A hint about what fails in line 3", None),
        ] {
            assert_eq!(number_behind(text, &["hint", "level"]), expected, "{text}");
        }
    }

    #[test]
    fn each_kind_is_a_job_and_a_critic_stays_a_critic() {
        for (part, kind, job) in [
            (Part::Coder, Kind::Program, Job::Program),
            (Part::Repairer, Kind::Repair, Job::Program),
            (Part::Critic, Kind::Feedback, Job::Critique),
            (Part::Critic, Kind::Note, Job::Critique),
            (Part::Planner, Kind::Note, Job::Plan),
            (Part::Coder, Kind::Tests, Job::Tests),
            (Part::Annotator, Kind::Tests, Job::Confirmed),
            (Part::Verifier, Kind::Judgement, Job::Judgement),
            (Part::Annotator, Kind::Question, Job::Answer),
            (Part::Annotator, Kind::Feedback, Job::Hint),
        ] {
            assert_eq!(Job::of(part, kind, &[]), job, "{part:?} {kind:?}");
        }
    }

    #[test]
    fn a_note_of_a_coder_is_code_where_the_last_message_wants_some() {
        let said = |speaker, content: &str| Message { speaker, content: content.to_owned() };
        let earlier = said(Speaker::User, "Write it in one ```python block.");
        for (last, job) in [
            ("How would you solve it?", Job::Plan),
            ("This is it:\n\n```python\nx = 1\n```\n\nExplain it.", Job::Plan),
            ("Write `inc` anew in one ```python block.", Job::Program),
            ("Reply with the rest in one ```python code block.", Job::Program),
            ("Write code in `<execute>` or your solution in `<solution>`.", Job::Step),
            ("What does `<solution>` mean?", Job::Plan),
        ] {
            let messages = [earlier.clone(), said(Speaker::Assistant, "So it is."), said(Speaker::User, last)];
            assert_eq!(Job::of(Part::Coder, Kind::Note, &messages), job, "{last}");
            assert_eq!(Job::of(Part::Planner, Kind::Note, &messages), Job::Plan, "{last}");
        }
    }
}
