//! People in seats: what they wrote down, about programs and in answer to prompts.
//!
//! Who writes about a program writes by its digest, whatever the prompt says; every other prompt has a digest of its own.
//! So the same question is put to a person once, however many replicates ask it.

mod fields;
mod rows;
mod shown;
mod simulated;
mod switched;

pub use rows::{AnswerRow, FeedbackRow, OpenRow, how_to_answer};
pub use simulated::{Agreement, EXAMPLES, ReadRemark, SimulatedPeople, agreement, likeness};
pub use switched::SwitchedPeople;

use crate::{Answer, Message, Model, ModelError, Request, Taken, count_tokens};
use mend_core::jsonl::RowError;
use mend_core::{
    Completion, Cost, Digest, FinishReason, Form, Kind, Minutes, ModelIdentity, ProblemId, Remark, Seat, Slot, Source,
    Text, Tokens, Usage,
};
use rows::{Key, Said};
use std::collections::BTreeMap;

/// What the name of a model begins with that is a person.
const PREFIX: &str = "human:";

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
/// of the answers that one request wants. A program that has no line of its own takes the lines that speak for all
/// programs that fail as it does, if there are any.
///
/// What nobody wrote is waited for: the run goes on without it, and stops, resumable, once nothing else is left.
#[derive(Debug)]
pub struct People {
    name: String,
    said: BTreeMap<Key, Vec<Said>>,
    /// The rows that speak for programs which fail alike, in the order of the file.
    clusters: BTreeMap<(ProblemId, Digest), Vec<(Key, usize)>>,
    /// All rows, in the order of the file.
    order: Vec<(Key, usize)>,
}

/// A row that answers a request.
struct Found<'a> {
    said: &'a Said,
    /// Whether it is about a program, and no answer to a prompt.
    is_critique: bool,
    source: Source,
    /// The program that it was written about, if that is another one.
    written_about: Option<Digest>,
}

impl People {
    /// Reads a file of JSON lines. Lines that nobody filled in are left out. `path` names it in messages; `file` is what
    /// the run's manifest calls it.
    ///
    /// # Errors
    /// A line that is no row of such a file, named with its field.
    pub fn parse(path: &str, file: &str, bytes: &[u8]) -> Result<Self, RowError> {
        let mut people = Self {
            name: format!("{PREFIX}{file}"),
            said: BTreeMap::new(),
            clusters: BTreeMap::new(),
            order: Vec::new(),
        };
        for row in rows::rows(path, bytes) {
            let (key, Some(mut said)) = row? else { continue };
            let of_key = people.said.entry(key.clone()).or_default();
            said.remark.row = key.row(of_key.len());
            if let (Key::Program(problem, _), Some(cluster)) = (&key, said.cluster) {
                let of_cluster = people.clusters.entry((problem.clone(), cluster)).or_default();
                of_cluster.push((key.clone(), of_key.len()));
            }
            people.order.push((key, of_key.len()));
            of_key.push(said);
        }
        Ok(people)
    }

    /// How many minutes people wrote, as far as they say.
    pub fn minutes(&self) -> Minutes {
        self.said.values().flatten().filter_map(|said| said.remark.minutes).sum()
    }

    /// Those of the rows, in the order of the file, with which so many minutes are spent; and whether they are.
    fn up_to(mut self, after: Minutes) -> (Self, bool) {
        let mut spent = Minutes::ZERO;
        let mut kept: BTreeMap<Key, Vec<Said>> = BTreeMap::new();
        for (key, place) in &self.order {
            if spent >= after {
                break;
            }
            let said = &self.said[key][*place];
            spent += said.remark.minutes.unwrap_or_default();
            kept.entry(key.clone()).or_default().push(said.clone());
        }
        let is_kept = |(key, place): &(Key, usize)| kept.get(key).is_some_and(|rows| *place < rows.len());
        self.order.retain(is_kept);
        self.clusters.values_mut().for_each(|rows| rows.retain(is_kept));
        self.said = kept;
        (self, spent >= after)
    }

    /// Whether some row gives a program, which is then run.
    pub fn gives_programs(&self) -> bool {
        self.said.values().flatten().any(|said| said.remark.fixed_program.is_some())
    }

    /// The row that answers for a node.
    fn find(&self, request: &Request, slot: &Slot) -> Result<Found<'_>, ModelError> {
        let (seat, kind, index) = (request.seat, slot.kind(), slot.last().index());
        let problem = || request.problem.clone();
        let asked = request.program.as_ref();
        let Some(program) = program_asked_about(seat, kind, asked.map(|asked| asked.text.digest())) else {
            let key = Key::Prompt(problem(), prompt_digest(&request.messages), seat, kind);
            let said = self.nth(&key, index.saturating_sub(request.first) as usize);
            let said = said.ok_or_else(|| ModelError::Unanswered { problem: problem(), seat, slot: slot.clone() })?;
            return Ok(Found { said, is_critique: false, source: Source::Human, written_about: None });
        };
        let own = Key::Program(problem(), program);
        if let Some(said) = self.nth(&own, index as usize) {
            return Ok(Found { said, is_critique: true, source: Source::Human, written_about: None });
        }
        let cluster = asked.and_then(|asked| asked.cluster).filter(|_| !self.said.contains_key(&own));
        let rows = cluster.and_then(|cluster| self.clusters.get(&(problem(), cluster)));
        let of_another = rows.and_then(|rows| {
            let (key, place) = rows.get(index as usize)?;
            let Key::Program(_, about) = key else { return None };
            Some((self.nth(key, *place)?, *about))
        });
        let Some((said, about)) = of_another else {
            let (program, slot) = (program.to_string(), slot.clone());
            return Err(ModelError::NoFeedback { problem: problem(), program, slot });
        };
        Ok(Found { said, is_critique: true, source: Source::Propagated, written_about: Some(about) })
    }

    fn nth(&self, key: &Key, index: usize) -> Option<&Said> {
        self.said.get(key)?.get(index)
    }

    fn completion(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let Found { said, is_critique, source, written_about } = self.find(request, slot)?;
        let text = if is_critique {
            let program = match written_about {
                None => request.program.as_ref().and_then(|asked| asked.text.body()).map(|body| &**body),
                // Lines of another program are quoted only if it is that program.
                Some(about) => said.program_of(about),
            };
            shown::shown(said, source, program)
        } else {
            said.words.clone().unwrap_or_default()
        };
        let remark = match source {
            Source::Human | Source::Simulated => said.remark.clone(),
            // What mends another program is no repair of this one.
            Source::Propagated => Remark { source, written_about, fixed_program: None, ..said.remark.clone() },
        };
        let author = remark.author.as_deref().unwrap_or("unnamed");
        let served_model = Some(format!("human/{author}"));
        Ok(spoken(text, served_model, remark))
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

    fn gives_programs(&self) -> bool {
        Self::gives_programs(self)
    }

    fn takes(&self, request: &Request) -> Vec<Taken> {
        let found = request.slots.iter().filter_map(|slot| self.find(request, slot).ok());
        let taken = |found: Found<'_>| {
            let taken = Taken::of(&found.said.remark);
            let gives_program = taken.gives_program && found.source == Source::Human;
            Taken { source: found.source, gives_program, ..taken }
        };
        found.map(taken).collect()
    }
}

/// What a person says, or whoever speaks for one: an answer that costs no tokens.
fn spoken(text: String, served_model: Option<String>, remark: Remark) -> Completion {
    let nothing = Some(Tokens(0));
    Completion {
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage { prompt: nothing, completion: nothing, ..Usage::default() },
        counted: count_tokens(&text),
        text: Text::new(text),
        counted_prompt: None,
        usd: None,
        served_model,
        replaced: 0,
        remark: Some(Box::new(remark)),
    }
}

#[cfg(test)]
mod tests;
