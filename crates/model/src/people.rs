//! People in seats: what they wrote down, about programs and in answer to prompts.
//!
//! Who writes about a program writes by its digest, whatever the prompt says; every other prompt has a digest of its own.
//! So the same question is put to a person once, however many replicates ask it.

mod rows;

pub use rows::{AnswerRow, FeedbackRow, OpenRow, how_to_answer};

use crate::{Answer, Message, Model, ModelError, Request, count_tokens};
use mend_core::jsonl::RowError;
use mend_core::{
    Completion, Cost, Digest, FinishReason, Form, Kind, ModelIdentity, ProblemId, Seat, Slot, Text, Tokens, Usage,
};
use rows::{Key, Said};
use std::collections::BTreeMap;

/// What the name of a model begins with that is a person.
const PREFIX: &str = "human:";

/// Whether a model by this name is a person, or several.
pub fn is_human(model: &str) -> bool {
    model.starts_with(PREFIX)
}

/// Digest of a prompt: who says what, in order.
pub fn prompt_digest(messages: &[Message]) -> Digest {
    let parts = messages.iter().flat_map(|message| [message.speaker.as_str().as_bytes(), message.content.as_bytes()]);
    Digest::of_parts(parts)
}

/// The program whose digest stands for the prompt, where one does: the first critic is asked for critiques by program.
pub fn program_asked_about(seat: Seat, kind: Kind, program: Option<Digest>) -> Option<Digest> {
    program.filter(|_| seat == Seat::CRITIC && kind == Kind::Feedback)
}

/// What people wrote. The j-th line about a program answers for its j-th critique; the j-th line for a prompt is the j-th
/// of the answers that one request wants.
///
/// What nobody wrote is waited for: the run goes on without it, and stops, resumable, once nothing else is left.
#[derive(Debug)]
pub struct People {
    name: String,
    said: BTreeMap<Key, Vec<Said>>,
}

impl People {
    /// Reads a file of JSON lines. Lines that nobody filled in are left out. `path` names it in messages; `file` is what
    /// the run's manifest calls it.
    ///
    /// # Errors
    /// A line that is no row of such a file, named with its field.
    pub fn parse(path: &str, file: &str, bytes: &[u8]) -> Result<Self, RowError> {
        let mut said: BTreeMap<Key, Vec<Said>> = BTreeMap::new();
        for row in rows::rows(path, bytes) {
            let (key, what) = row?;
            if !what.text.trim().is_empty() {
                said.entry(key).or_default().push(what);
            }
        }
        Ok(Self { name: format!("{PREFIX}{file}"), said })
    }

    /// How many minutes people wrote, as far as they say.
    pub fn minutes(&self) -> f64 {
        self.said.values().flatten().filter_map(|said| said.minutes).sum()
    }

    fn completion(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let (seat, kind, index) = (request.seat, slot.kind(), slot.last().index());
        let problem = || request.problem.clone();
        let program = program_asked_about(seat, kind, request.program);
        let (key, index) = if let Some(program) = program {
            (Key::Program(problem(), program), index)
        } else {
            let key = Key::Prompt(problem(), prompt_digest(&request.messages), seat, kind);
            (key, index.saturating_sub(request.first))
        };
        let said = self.said.get(&key).and_then(|said| said.get(index as usize));
        let said = said.ok_or_else(|| missing(problem(), seat, program, slot))?;
        let nothing = Some(Tokens(0));
        Ok(Completion {
            text: Text::new(said.text.as_str()),
            form: Form::Chat,
            finish_reason: FinishReason::Stop,
            usage: Usage { prompt: nothing, completion: nothing, ..Usage::default() },
            counted: count_tokens(&said.text),
            counted_prompt: None,
            usd: None,
            served_model: Some(format!("human/{}", said.author.as_deref().unwrap_or("unnamed"))),
            replaced: 0,
        })
    }
}

fn missing(problem: ProblemId, seat: Seat, program: Option<Digest>, slot: &Slot) -> ModelError {
    let slot = slot.clone();
    match program {
        Some(program) => ModelError::NoFeedback { problem, program: program.to_string(), slot },
        None => ModelError::Unanswered { problem, seat, slot },
    }
}

#[async_trait::async_trait]
impl Model for People {
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

    /// Each answer waits for its own person.
    fn per_request(&self) -> usize {
        1
    }
}

#[cfg(test)]
mod tests;
