//! What a person said of a program, beside the text that prompts show.

use crate::{Digest, Minutes, Opinion, Span, Text};
use serde::{Deserialize, Serialize};

/// What the name of a model begins with that is a person, or several.
const HUMAN: &str = "human:";
/// What the name of a model begins with that answers from what people wrote.
const SIMULATED: &str = "simulated:";

/// Whether a model by this name is a person, or several.
pub fn is_human(model: &str) -> bool {
    model.starts_with(HUMAN)
}

/// Whether a model by this name speaks for people: they themselves, or what was learnt of them.
pub fn speaks_for_people(model: &str) -> bool {
    is_human(model) || model.starts_with(SIMULATED)
}

/// Why a person is not content with a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It gives another result than it should.
    WrongResult,
    /// It ends with an error.
    Crash,
    /// It does not cover a case.
    MissingCase,
    /// It does something else than the task asks for.
    MisreadTask,
    /// It takes too long.
    TooSlow,
    /// It is hard to read, or not as it is usually written.
    Style,
    /// Anything else.
    Other,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::WrongResult, Self::Crash, Self::MissingCase, Self::MisreadTask, Self::TooSlow, Self::Style, Self::Other];

    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What a prompt says.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::WrongResult => "the result is wrong",
            Self::Crash => "it crashes",
            Self::MissingCase => "a case is missing",
            Self::MisreadTask => "the task is misread",
            Self::TooSlow => "it is too slow",
            Self::Style => "the style is bad",
            Self::Other => "another reason",
        }
    }
}

/// How content a person is with a program, from 1 (not at all) to 4 (entirely).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

impl Rating {
    /// The best one.
    pub const MOST: u8 = 4;

    /// A rating; `None` if the number is not one of 1 to 4.
    pub fn new(rating: u8) -> Option<Self> {
        (1..=Self::MOST).contains(&rating).then_some(Self(rating))
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }

    /// From 0 to 1: `(rating - 1) / 3`.
    pub fn score(self) -> f64 {
        f64::from(self.0 - 1) / f64::from(Self::MOST - 1)
    }
}

impl TryFrom<u8> for Rating {
    type Error = String;

    fn try_from(rating: u8) -> Result<Self, String> {
        Self::new(rating).ok_or_else(|| format!("{rating} is not a rating: expected 1 to {}", Self::MOST))
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

/// Lines that a person marked, with what is to be said of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The lines.
    #[serde(flatten)]
    pub span: Span,
    /// What the person says of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

/// Where something that is said of a program comes from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A person wrote it about this very program.
    #[default]
    Human,
    /// A person wrote it about another program, which fails in the same way.
    Propagated,
    /// It was made from what people wrote about other programs.
    Simulated,
}

impl Source {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a person said of a program, field by field, as it was written. A completion's text is what prompts show of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The row that it comes from: equal rows that stand in a file several times are told apart.
    pub row: Digest,
    /// Where it comes from.
    #[serde(default)]
    pub source: Source,
    /// The program that it was written about, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub written_about: Option<Digest>,
    /// Whether the person is content with the program.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub satisfied: Option<bool>,
    /// How content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rating: Option<Rating>,
    /// Why not, in the person's order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// The person's own words; `None` where there are none, and for an answer to a prompt, which is its text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<Text>,
    /// The lines that the person marked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub spans: Vec<Mark>,
    /// The program as the person would have it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fixed_program: Option<Text>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<String>,
    /// How long it took, as the person says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minutes: Option<Minutes>,
    /// The model whose program the person judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub about_model: Option<String>,
}

impl Remark {
    /// A row of which nothing is known but that it is one.
    pub fn empty(row: Digest) -> Self {
        Self {
            row,
            source: Source::Human,
            written_about: None,
            satisfied: None,
            rating: None,
            reasons: Vec::new(),
            text: None,
            spans: Vec::new(),
            fixed_program: None,
            author: None,
            minutes: None,
            about_model: None,
        }
    }

    /// What the person thinks of the program as a whole, where that was said by itself.
    pub fn opinion(&self) -> Option<Opinion> {
        self.satisfied.map(|satisfied| if satisfied { Opinion::Correct } else { Opinion::Incorrect })
    }

    /// The texts that it names.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.text.iter().chain(&self.fixed_program)
    }

    /// The same, so that a reader can restore their bodies.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        self.text.iter_mut().chain(&mut self.fixed_program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_one_of_four_and_a_score_between_0_and_1() {
        assert_eq!([0, 5, 255].map(Rating::new), [None; 3]);
        let scores: Vec<f64> = (1..=4).map(|rating| Rating::new(rating).unwrap().score()).collect();
        assert_eq!(scores, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert!(serde_json::from_str::<Rating>("5").is_err());
    }

    #[test]
    fn a_remark_survives_a_journal() {
        let mut remark = Remark::empty(Digest::of(b"a row"));
        let bare = serde_json::to_string(&remark).unwrap();
        assert_eq!(serde_json::from_str::<Remark>(&bare).unwrap(), remark);
        remark = Remark {
            source: Source::Propagated,
            written_about: Some(Digest::of(b"another")),
            satisfied: Some(false),
            rating: Rating::new(2),
            reasons: vec![Reason::Crash, Reason::TooSlow],
            text: Some(Text::new("no")),
            spans: vec![
                Mark { span: Span { first: 2, last: 2 }, comment: None },
                Mark { span: Span { first: 3, last: 5 }, comment: Some("why?".into()) },
            ],
            fixed_program: Some(Text::new("x = 1")),
            author: Some("ann".into()),
            minutes: Minutes::from_f64(2.5),
            about_model: Some("a/b".into()),
            ..remark
        };
        let full = serde_json::to_string(&remark).unwrap();
        assert_eq!(serde_json::from_str::<Remark>(&full).unwrap(), remark, "{full}");
    }

    #[test]
    fn people_are_told_by_the_name_of_their_model() {
        assert!(is_human("human:notes.jsonl") && !is_human("simulated:notes.jsonl"));
        assert!(speaks_for_people("simulated:notes.jsonl") && !speaks_for_people("sim/expert"));
    }
}
