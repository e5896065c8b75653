//! A line of a file that people write: what they say of a program, or what they answer to a prompt.

use super::fields::{
    digest, filled, foreign, kind_of, minutes, needed, program, rating, reasons, satisfied, spans, text,
};
use mend_core::jsonl::RowError;
use mend_core::{Digest, Kind, ProblemId, Remark, Seat, Text};
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

/// A program that somebody may say something of, as a line of a file. Any of the fields from `satisfied` to
/// `fixed_program` is enough.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedbackRow {
    /// The problem.
    pub problem: ProblemId,
    /// Digest of the program, as `samples.csv` has it.
    pub program_digest: Digest,
    /// The group of programs that fail alike, for which the row speaks; `None` if it speaks for this program alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Digest>,
    /// How many critiques of the run it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serves: Option<u64>,
    /// The model that wrote the program.
    pub about_model: Option<String>,
    /// Whether the program is good enough: "yes" or "no".
    pub satisfied: Option<String>,
    /// How good it is, from 1 to 4.
    pub rating: Option<u8>,
    /// Why it is not good, in words of a closed list.
    pub reasons: Vec<String>,
    /// What is wrong with the program. Empty as long as nobody wrote it.
    pub feedback: String,
    /// The lines that are wrong.
    pub spans: Vec<u32>,
    /// The whole program as it should be.
    pub fixed_program: String,
    /// Who wrote it.
    pub author: String,
    /// How long it took, in minutes.
    pub minutes: Option<f64>,
    /// The statement, for whoever writes. Not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The program, for whoever writes. Lines of it are quoted where the row speaks for other programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What the strategy may say of the failure, for whoever writes. Not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl FeedbackRow {
    /// A row about a program in which nothing is filled in.
    pub fn open(problem: ProblemId, program_digest: Digest) -> Self {
        Self {
            problem,
            program_digest,
            cluster: None,
            serves: None,
            about_model: None,
            satisfied: None,
            rating: None,
            reasons: Vec::new(),
            feedback: String::new(),
            spans: Vec::new(),
            fixed_program: String::new(),
            author: String::new(),
            minutes: None,
            statement: None,
            program: None,
            failure: None,
        }
    }
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
    pub minutes: Option<f64>,
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

impl Key {
    /// The digest of the `index`-th row of a file that answers this.
    pub(super) fn row(&self, index: usize) -> Digest {
        let index = index.to_string();
        let parts = match self {
            Self::Program(problem, program) => vec![problem.to_string(), program.to_string(), index],
            Self::Prompt(problem, prompt, seat, kind) => {
                vec![problem.to_string(), prompt.to_string(), seat.to_string(), kind.as_str().to_owned(), index]
            }
        };
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// What is read of it, field by field.
    pub(super) remark: Remark,
    /// The person's own words, or the answer.
    pub(super) words: Option<String>,
    /// The program that it is about, as the row has it.
    pub(super) program: Option<String>,
    /// The programs for which it speaks too.
    pub(super) cluster: Option<Digest>,
    /// The statement, as the row has it.
    pub(super) statement: Option<String>,
    /// What the strategy could say of the failure, a line for each fact, as the row has it.
    pub(super) failure: Option<String>,
}

impl Said {
    /// One fact of the failure; empty if the row does not have it.
    pub(super) fn fact(&self, name: &str) -> &str {
        let lines = self.failure.as_deref().into_iter().flat_map(str::lines);
        let mut facts = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        facts.next().unwrap_or_default()
    }

    /// The row's program, if it is the one that it is about.
    pub(super) fn program_of(&self, about: Digest) -> Option<&str> {
        self.program.as_deref().filter(|program| Digest::of(program.as_bytes()) == about)
    }
}

/// A line as it stands there. Values are looked at one by one, so that an error names the field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    problem: Option<Value>,
    program_digest: Option<Value>,
    cluster: Option<Value>,
    serves: Option<Value>,
    about_model: Option<Value>,
    satisfied: Option<Value>,
    rating: Option<Value>,
    reasons: Option<Value>,
    feedback: Option<Value>,
    spans: Option<Value>,
    fixed_program: Option<Value>,
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

/// The rows of a file of JSON lines, in order; `None` for those that nobody filled in.
pub(super) fn rows<'a>(
    path: &'a str,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<(Key, Option<Said>), RowError>> + 'a {
    mend_core::jsonl::rows::<Written>(path, bytes).map(move |row| {
        let mend_core::jsonl::Row { line, value } = row?;
        value.read().map_err(|why| RowError { path: path.to_owned(), line, why })
    })
}

impl Written {
    fn read(mut self) -> Result<(Key, Option<Said>), String> {
        let problem = ProblemId::new(needed("problem", text("problem", self.problem.take())?)?);
        // What stands there to be read by people must be what it was, and is not looked at.
        for (name, value) in [("how", self.how.take()), ("prompt", self.prompt.take())] {
            text(name, value)?;
        }
        for (name, value) in [("statement", &self.statement), ("failure", &self.failure)] {
            text(name, value.clone())?;
        }
        if let Some(serves) = self.serves.take().filter(|serves| serves.as_u64().is_none()) {
            return Err(format!("field `serves`: found {serves}, expected a number of programs"));
        }
        let of =
            (text("program_digest", self.program_digest.take())?, text("prompt_digest", self.prompt_digest.take())?);
        match of {
            (Some(program), None) => {
                let of_prompts = [("seat", &self.seat), ("kind", &self.kind), ("answer", &self.answer)];
                foreign(&of_prompts, "`program_digest`, whose text is `feedback`")?;
                let key = Key::Program(problem, digest("program_digest", &program)?);
                Ok((key, self.of_program()?))
            }
            (None, Some(prompt)) => {
                let of_programs = [
                    ("feedback", &self.feedback),
                    ("satisfied", &self.satisfied),
                    ("rating", &self.rating),
                    ("reasons", &self.reasons),
                    ("spans", &self.spans),
                    ("fixed_program", &self.fixed_program),
                    ("about_model", &self.about_model),
                    ("cluster", &self.cluster),
                ];
                foreign(&of_programs, "`prompt_digest`, whose text is `answer`")?;
                let seat = needed("seat", text("seat", self.seat.take())?)?;
                let seat: Seat = seat.parse().map_err(|error| format!("field `seat`: {error}"))?;
                let kind = kind_of(&needed("kind", text("kind", self.kind.take())?)?)?;
                let key = Key::Prompt(problem, digest("prompt_digest", &prompt)?, seat, kind);
                Ok((key, self.of_prompt()?))
            }
            (None, None) => {
                Err("found neither `program_digest`, as of a critique, nor `prompt_digest`, as of an answer".to_owned())
            }
            (Some(_), Some(_)) => {
                Err("found both `program_digest` and `prompt_digest`: expected one of them".to_owned())
            }
        }
    }

    fn of_program(self) -> Result<Option<Said>, String> {
        let words = filled("feedback", self.feedback)?;
        let remark = Remark {
            satisfied: satisfied(self.satisfied)?,
            rating: rating(self.rating)?,
            reasons: reasons(self.reasons)?,
            text: words.as_deref().map(Text::new),
            spans: spans(self.spans)?,
            fixed_program: program(self.fixed_program)?.map(Text::new),
            author: filled("author", self.author)?,
            minutes: minutes(self.minutes)?,
            about_model: filled("about_model", self.about_model)?,
            ..Remark::empty(Digest::of(b""))
        };
        let program = text("program", self.program)?;
        let cluster = filled("cluster", self.cluster)?.map(|text| digest("cluster", &text)).transpose()?;
        let is_said = words.is_some()
            || remark.satisfied.is_some()
            || remark.rating.is_some()
            || !remark.reasons.is_empty()
            || !remark.spans.is_empty()
            || remark.fixed_program.is_some();
        if !is_said {
            return nothing_said(&remark, "`feedback`, `satisfied`, `rating`, `reasons`, `spans` or `fixed_program`");
        }
        let (statement, failure) = (text("statement", self.statement)?, text("failure", self.failure)?);
        Ok(Some(Said { remark, words, program, cluster, statement, failure }))
    }

    fn of_prompt(self) -> Result<Option<Said>, String> {
        let words = filled("answer", self.answer)?;
        let remark = Remark {
            author: filled("author", self.author)?,
            minutes: minutes(self.minutes)?,
            ..Remark::empty(Digest::of(b""))
        };
        if words.is_none() {
            return nothing_said(&remark, "`answer`");
        }
        let program = text("program", self.program)?;
        Ok(Some(Said { remark, words, program, cluster: None, statement: None, failure: None }))
    }
}

/// A row in which nothing is filled in waits. Time that somebody wrote down for it would be lost.
fn nothing_said(remark: &Remark, fields: &str) -> Result<Option<Said>, String> {
    match remark.minutes.filter(|minutes| *minutes > mend_core::Minutes::ZERO) {
        Some(minutes) => Err(format!("field `minutes`: found {minutes} in a row that says nothing: fill in {fields}")),
        None => Ok(None),
    }
}
