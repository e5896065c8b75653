//! A line of a file that people write: what they say of a program, or what they answer to a prompt.

use mend_core::jsonl::RowError;
use mend_core::{Digest, Kind, ProblemId, Seat};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A line that waits for somebody to fill it in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OpenRow {
    /// A program that wants a critique.
    Feedback(FeedbackRow),
    /// A prompt that wants an answer.
    Answer(AnswerRow),
}

/// What one person wrote about one program, as a line of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedbackRow {
    /// The problem.
    pub problem: ProblemId,
    /// Digest of the program, as `samples.csv` has it.
    pub program_digest: Digest,
    /// What is wrong with the program. Empty as long as nobody wrote it.
    pub feedback: String,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// How long it took, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// The statement, for whoever writes. Not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The program, for whoever writes. Not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What the strategy may say of the failure, for whoever writes. Not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What one person answered to one prompt, as a line of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswerRow {
    /// The problem.
    pub problem: ProblemId,
    /// Digest of the prompt's messages ([`prompt_digest`](super::prompt_digest)): the same in every replicate.
    pub prompt_digest: Digest,
    /// Who is asked.
    pub seat: Seat,
    /// What the answer is.
    #[serde(serialize_with = "word")]
    pub kind: Kind,
    /// The answer. Empty as long as nobody gave it.
    pub answer: String,
    /// Who gave it.
    pub author: String,
    /// How long it took, in minutes.
    pub minutes: f64,
    /// How it is read, for whoever answers. Not read.
    pub how: &'static str,
    /// The prompt, for whoever answers. Not read.
    pub prompt: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn word<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

/// How an answer of a kind is read, for the person who gives it.
pub fn how_to_answer(kind: Kind) -> &'static str {
    match kind {
        Kind::Feedback => {
            "say what is wrong; a last line `Verdict: correct` or `Verdict: incorrect` says what you think of the program \
             as a whole"
        }
        Kind::Question => "begin with `yes` or `no`; reasons may follow",
        Kind::Judgement => {
            "end with what the prompt asks for: `Score: 0.8` (from 0 to 1), or `Choice: A` (the letter or the number of \
             the better one)"
        }
        Kind::Tests => {
            "for a function, tests as they should be, one a line: `assert f(2) == 4`; for a program, pairs: `Input:` and \
             `Output:`, each with its lines below it"
        }
        Kind::Note => "write what the prompt asks for, in your own words",
        Kind::Program | Kind::Repair => "write the whole program, between two lines of ```",
    }
}

/// What a line answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A critique of a program.
    Program(ProblemId, Digest),
    /// A prompt to a seat, for a node of a kind.
    Prompt(ProblemId, Digest, Seat, Kind),
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) author: Option<String>,
    pub(super) minutes: Option<f64>,
}

/// A line as it stands there. Values are looked at one by one, so that an error names the field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    problem: Option<Value>,
    program_digest: Option<Value>,
    feedback: Option<Value>,
    prompt_digest: Option<Value>,
    seat: Option<Value>,
    kind: Option<Value>,
    answer: Option<Value>,
    author: Option<Value>,
    minutes: Option<Value>,
    statement: Option<Value>,
    program: Option<Value>,
    failure: Option<Value>,
    how: Option<Value>,
    prompt: Option<Value>,
}

/// The rows of a file of JSON lines, in order; those that nobody filled in too.
pub(super) fn rows<'a>(path: &'a str, bytes: &'a [u8]) -> impl Iterator<Item = Result<(Key, Said), RowError>> + 'a {
    mend_core::jsonl::rows::<Written>(path, bytes).map(move |row| {
        let mend_core::jsonl::Row { line, value } = row?;
        value.read().map_err(|why| RowError { path: path.to_owned(), line, why })
    })
}

impl Written {
    fn read(self) -> Result<(Key, Said), String> {
        let problem = ProblemId::new(needed("problem", text("problem", self.problem)?)?);
        let author = text("author", self.author)?;
        let minutes = minutes(self.minutes)?;
        // What stands there to be read by people must be what it was, and is not looked at.
        for (name, value) in [
            ("statement", self.statement),
            ("program", self.program),
            ("failure", self.failure),
            ("how", self.how),
            ("prompt", self.prompt),
        ] {
            text(name, value)?;
        }
        let said = |text: Option<String>| Said { text: text.unwrap_or_default(), author, minutes };
        match (text("program_digest", self.program_digest)?, text("prompt_digest", self.prompt_digest)?) {
            (Some(program), None) => {
                let of_prompts = [("seat", &self.seat), ("kind", &self.kind), ("answer", &self.answer)];
                foreign(&of_prompts, "`program_digest`, whose text is `feedback`")?;
                let key = Key::Program(problem, digest("program_digest", &program)?);
                Ok((key, said(text("feedback", self.feedback)?)))
            }
            (None, Some(prompt)) => {
                foreign(&[("feedback", &self.feedback)], "`prompt_digest`, whose text is `answer`")?;
                let seat = needed("seat", text("seat", self.seat)?)?;
                let seat: Seat = seat.parse().map_err(|error| format!("field `seat`: {error}"))?;
                let kind = kind_of(&needed("kind", text("kind", self.kind)?)?)?;
                let key = Key::Prompt(problem, digest("prompt_digest", &prompt)?, seat, kind);
                Ok((key, said(text("answer", self.answer)?)))
            }
            (None, None) => {
                Err("found neither `program_digest`, as of a critique, nor `prompt_digest`, as of an answer".to_owned())
            }
            (Some(_), Some(_)) => {
                Err("found both `program_digest` and `prompt_digest`: expected one of them".to_owned())
            }
        }
    }
}

fn needed(name: &str, text: Option<String>) -> Result<String, String> {
    text.ok_or_else(|| format!("missing field `{name}`"))
}

/// A field that holds a text, if it is there.
fn text(name: &str, value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("field `{name}`: found {other}, expected a text in quotes")),
    }
}

fn minutes(value: Option<Value>) -> Result<Option<f64>, String> {
    let Some(value) = value else { return Ok(None) };
    match value.as_f64().filter(|minutes| minutes.is_finite() && *minutes >= 0.0) {
        Some(minutes) => Ok(Some(minutes)),
        None => Err(format!("field `minutes`: found {value}, expected a number of minutes, such as 2.5")),
    }
}

fn digest(name: &str, text: &str) -> Result<Digest, String> {
    text.parse().map_err(|error| format!("field `{name}`: {error}"))
}

fn kind_of(word: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("field `kind`: found `{word}`, expected one of {}", words.join(", "))
    })
}

/// Refuses fields of the other form: what somebody wrote there would else be left aside.
fn foreign(fields: &[(&str, &Option<Value>)], of: &str) -> Result<(), String> {
    match fields.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => Err(format!("field `{name}` does not belong to a row with {of}")),
        None => Ok(()),
    }
}
