//! What was read out of a completion that holds no program.

use crate::{Kind, Test};
use serde::{Deserialize, Serialize};

/// What a critique says of a program as a whole, where it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// That it is right.
    Correct,
    /// That it is wrong.
    Incorrect,
}

impl Opinion {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Lines of a program that a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first line, counted from 1.
    pub first: u32,
    /// The last line, not before the first.
    pub last: u32,
}

/// What is wrong at a place of a program, as a critic classifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It raises or ends.
    Crash,
    /// It computes another value.
    WrongValue,
    /// It does not cover a case.
    MissingCase,
    /// It reads or prints in another form.
    WrongIo,
    /// It takes too long.
    Slow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crash, Self::WrongValue, Self::MissingCase, Self::WrongIo, Self::Slow];

    /// The word used in prompts, answers and files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How bad a defect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It matters in rare cases.
    Minor,
    /// The program is wrong by it.
    Major,
}

impl Severity {
    /// The word used in prompts, answers and files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A defect that a critique locates, classifies and grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Defect {
    /// The first line, counted from 1.
    pub first: u32,
    /// The last line, not before the first.
    pub last: u32,
    /// What is wrong there.
    #[serde(rename = "type")]
    pub fault: Fault,
    /// How bad it is.
    pub severity: Severity,
}

/// What was found in a completion that holds no program. One form for each kind of node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", from = "Written")]
pub enum Found {
    /// A critique.
    Critique {
        /// What it says of the program as a whole; `None` if it does not say.
        opinion: Option<Opinion>,
        /// The lines that it names, in order, each once.
        spans: Vec<Span>,
        /// The defects that it lists with type and severity, in order, each once.
        defects: Vec<Defect>,
    },
    /// A note: nothing but its text counts.
    Note,
    /// Tests.
    Tests {
        /// Those that could be read, in order, each once.
        tests: Vec<Test>,
        /// Asserts that could not be read, or stood there twice.
        dropped: u32,
    },
    /// A judgement.
    Judgement {
        /// The score, from 0 to 1; `None` if none was given that can be read.
        score: Option<f64>,
        /// The number of the preferred text among those that were shown, from 0; `None` if the judge does not prefer
        /// one, or was not asked to.
        choice: Option<u32>,
    },
    /// An answer to a question.
    Answer {
        /// Whether it agrees; `None` if it does not say.
        yes: Option<bool>,
    },
}

impl Found {
    /// The kind of node in which it is found.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Critique { .. } => Kind::Feedback,
            Self::Note => Kind::Note,
            Self::Tests { .. } => Kind::Tests,
            Self::Judgement { .. } => Kind::Judgement,
            Self::Answer { .. } => Kind::Question,
        }
    }
}

// A score is a finite number that was read from a text.
impl Eq for Found {}

/// The layout in a journal. Those before version 3 know critiques alone, and do not name the kind.
#[derive(Default, Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    found: Word,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    opinion: Option<Opinion>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    spans: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    defects: Vec<Defect>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    tests: Vec<Test>,
    #[serde(skip_serializing_if = "is_zero", default)]
    dropped: u32,
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "crate::number::some_float")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    choice: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    yes: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[default]
    Critique,
    Note,
    Tests,
    Judgement,
    Answer,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl From<Found> for Written {
    fn from(found: Found) -> Self {
        match found {
            Found::Critique { opinion, spans, defects } => {
                Self { found: Word::Critique, opinion, spans, defects, ..Self::default() }
            }
            Found::Note => Self { found: Word::Note, ..Self::default() },
            Found::Tests { tests, dropped } => Self { found: Word::Tests, tests, dropped, ..Self::default() },
            Found::Judgement { score, choice } => Self { found: Word::Judgement, score, choice, ..Self::default() },
            Found::Answer { yes } => Self { found: Word::Answer, yes, ..Self::default() },
        }
    }
}

impl From<Written> for Found {
    fn from(written: Written) -> Self {
        let Written { found, opinion, spans, defects, tests, dropped, score, choice, yes } = written;
        match found {
            Word::Critique => Self::Critique { opinion, spans, defects },
            Word::Note => Self::Note,
            Word::Tests => Self::Tests { tests, dropped },
            Word::Judgement => Self::Judgement { score, choice },
            Word::Answer => Self::Answer { yes },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Event, ProblemId, Screened, Slot, TreeKey};

    #[track_caller]
    fn survives(slot: &str, found: Found) {
        let tree = Some(TreeKey { problem: ProblemId::new("p"), replicate: 3 });
        let entry = Entry {
            tree,
            event: Event::Read { slot: slot.parse::<Slot>().unwrap(), found, screened: Screened::default() },
        };
        let text = serde_json::to_string(&entry).unwrap();
        let read: Entry = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, entry, "{text}");
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn what_was_read_survives_a_journal() {
        for score in [None, Some(0.0), Some(1.0), Some(0.8), Some(0.1 + 0.2), Some(1.0 / 3.0), Some(1e-7)] {
            for choice in [None, Some(0), Some(7)] {
                survives("p0/v0", Found::Judgement { score, choice });
            }
        }
        let spans = vec![Span { first: 3, last: 3 }, Span { first: 1, last: 9 }];
        for opinion in [None, Some(Opinion::Correct), Some(Opinion::Incorrect)] {
            survives("p0/f1", Found::Critique { opinion, spans: spans.clone(), defects: vec![] });
            survives("p0/f1", Found::Critique { opinion, spans: vec![], defects: vec![] });
            for (fault, severity) in Fault::ALL.into_iter().zip([Severity::Minor, Severity::Major].into_iter().cycle())
            {
                let defects = vec![Defect { first: 2, last: 4, fault, severity }];
                survives("p0/f1", Found::Critique { opinion, spans: spans.clone(), defects });
            }
        }
        survives("n0", Found::Note);
        let tests = vec![
            Test::Script { source: "assert f(0.10) == 1e2".into() },
            Test::Stdio { input: "1\n".into(), expected: "2\n".into() },
        ];
        survives("t0", Found::Tests { tests, dropped: 2 });
        survives("t0", Found::Tests { tests: vec![], dropped: 0 });
        for yes in [None, Some(true), Some(false)] {
            survives("q0", Found::Answer { yes });
        }
    }
}
