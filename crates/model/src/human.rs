//! People as critics: feedback that somebody wrote down, by problem and program.

use crate::{Answer, Model, ModelError, Request, count_tokens};
use mend_core::jsonl::{self, RowError};
use mend_core::{
    Completion, Cost, Digest, FinishReason, Form, ModelIdentity, ProblemId, Slot, Step, Text, Tokens, Usage,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one person wrote about one program, as a line of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedbackRow {
    /// The problem.
    pub problem: ProblemId,
    /// Digest of the program, as `samples.csv` has it.
    pub program_digest: Digest,
    /// What is wrong with the program. Empty as long as nobody wrote it.
    #[serde(default)]
    pub feedback: String,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// How long it took, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// The statement, for whoever writes. Not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The program, for whoever writes. Not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What the strategy may say of the failure, for whoever writes. Not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Feedback that people wrote. The j-th line about a program answers for its j-th critique.
///
/// A program that nobody wrote about is waited for: the run goes on without it, and stops, resumable, once nothing else
/// is left.
#[derive(Debug)]
pub struct HumanFeedback {
    name: String,
    by_program: BTreeMap<(ProblemId, Digest), Vec<FeedbackRow>>,
}

impl HumanFeedback {
    /// Reads a file of JSON lines. Lines without feedback are left out. `path` names it in messages; `name` is what the
    /// run's manifest calls the critic.
    ///
    /// # Errors
    /// A line that is none, or a time that is no time.
    pub fn parse(path: &str, name: String, bytes: &[u8]) -> Result<Self, RowError> {
        let mut by_program: BTreeMap<_, Vec<FeedbackRow>> = BTreeMap::new();
        for row in jsonl::rows::<FeedbackRow>(path, bytes) {
            let jsonl::Row { line, value: row } = row?;
            if row.minutes.is_some_and(|minutes| !minutes.is_finite() || minutes < 0.0) {
                let why = "`minutes` must be a number of minutes".to_owned();
                return Err(RowError { path: path.to_owned(), line, why });
            }
            if !row.feedback.trim().is_empty() {
                by_program.entry((row.problem.clone(), row.program_digest)).or_default().push(row);
            }
        }
        Ok(Self { name, by_program })
    }

    /// How many minutes people wrote, as far as they say.
    pub fn minutes(&self) -> f64 {
        self.by_program.values().flatten().filter_map(|row| row.minutes).sum()
    }

    fn completion(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let index = match slot.steps().last() {
            Some(Step::Feedback(index)) => *index as usize,
            _ => 0,
        };
        let rows = request.program.and_then(|program| self.by_program.get(&(request.problem.clone(), program)));
        let row = rows.and_then(|rows| rows.get(index)).ok_or_else(|| ModelError::NoFeedback {
            problem: request.problem.clone(),
            program: request.program.map(|program| program.to_string()).unwrap_or_default(),
            slot: slot.clone(),
        })?;
        let nothing = Some(Tokens(0));
        Ok(Completion {
            text: Text::new(row.feedback.as_str()),
            form: Form::Chat,
            finish_reason: FinishReason::Stop,
            usage: Usage { prompt: nothing, completion: nothing, ..Usage::default() },
            counted: count_tokens(&row.feedback),
            counted_prompt: None,
            usd: None,
            served_model: Some(format!("human/{}", row.author.as_deref().unwrap_or("unnamed"))),
            replaced: 0,
        })
    }
}

#[async_trait::async_trait]
impl Model for HumanFeedback {
    fn identity(&self) -> ModelIdentity {
        // The file grows while people write: it is no part of the run's identity.
        ModelIdentity { name: self.name.clone(), simulated: false, digest: None, sampling: None }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let completions = request.slots.iter().map(|slot| self.completion(request, slot)).collect::<Result<_, _>>()?;
        Ok(Answer::of(completions))
    }

    fn worst_case(&self, _request: &Request) -> Cost {
        Cost::ZERO
    }

    fn is_free(&self) -> bool {
        true
    }

    /// Each critique waits for its own person.
    fn per_request(&self) -> usize {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Sampling, Seat};

    fn request(program: &str, slot: &str) -> Request {
        Request {
            problem: ProblemId::new("a/1"),
            problem_digest: Digest::of(b""),
            replicate: 0,
            seed: 0,
            seat: Seat::CRITIC,
            slots: vec![slot.parse().unwrap()],
            messages: Vec::new(),
            program: Some(Digest::of(program.as_bytes())),
            sampling: Sampling::new(0.0, Tokens(10)),
        }
    }

    fn row(program: &str, feedback: &str, more: &str) -> String {
        let digest = Digest::of(program.as_bytes());
        format!(r#"{{"problem":"a/1","program_digest":"{digest}","feedback":"{feedback}"{more}}}"#)
    }

    #[test]
    fn feedback_is_found_by_program_and_in_the_order_of_the_file() {
        let lines = [
            row("one", "off by one", r#","author":"ann","minutes":2.5"#),
            row("two", " ", ""),
            row("one", "wrong sign", ""),
        ];
        let human = HumanFeedback::parse("f.jsonl", "human:f.jsonl".into(), lines.join("\n").as_bytes()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ask = |program: &str, slot: &str| runtime.block_on(human.complete(&request(program, slot)));
        let said = |program: &str, slot: &str| {
            let completion = ask(program, slot).unwrap().completions.remove(0);
            (completion.text.body().unwrap().to_string(), completion.served_model.unwrap())
        };
        assert_eq!(said("one", "p0/f0"), ("off by one".to_owned(), "human/ann".to_owned()));
        assert_eq!(said("one", "p7/f1"), ("wrong sign".to_owned(), "human/unnamed".to_owned()));
        assert_eq!(human.minutes(), 2.5);
        for (program, slot) in [("one", "p0/f2"), ("two", "p0/f0"), ("three", "p0/f0")] {
            let error = ask(program, slot).unwrap_err();
            assert!(matches!(error, ModelError::NoFeedback { .. }), "{error}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let bad = |line: &str| {
            let bytes = format!("{}\n{line}\n", row("one", "x", ""));
            HumanFeedback::parse("f.jsonl", "human:f.jsonl".into(), bytes.as_bytes()).unwrap_err().to_string()
        };
        assert!(bad("{}").starts_with("f.jsonl:2: "), "{}", bad("{}"));
        assert_eq!(bad(&row("one", "x", r#","minutes":-1"#)), "f.jsonl:2: `minutes` must be a number of minutes");
    }
}
