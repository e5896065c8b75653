//! Answering from a cassette.

use super::{CassetteError, Exchange, FORMAT, FormatOnly, Header, Miss, Outcome, RecordedModel};
use crate::protocol::request_digest;
use crate::{Answer, Model, ModelError, Request, Taken};
use mend_core::{Cost, Digest, ModelIdentity, Price, ProblemId, Seat, Slot, Tokens, jsonl};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node's place in the cassette: which exchange, and which of its completions.
type Places = BTreeMap<(Digest, ProblemId, u32, Slot), (usize, usize)>;

/// A cassette that was read.
#[derive(Debug)]
pub struct Tape {
    path: String,
    models: BTreeMap<Seat, RecordedModel>,
    exchanges: Vec<Exchange>,
    places: Places,
}

pub(super) fn header(path: &str, bytes: &[u8]) -> Result<Header, CassetteError> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.is_empty() {
        return Err(CassetteError::Empty { path: path.to_owned() });
    }
    let bad =
        |error: serde_json::Error| CassetteError::Line { path: path.to_owned(), line: 1, why: jsonl::message(&error) };
    let FormatOnly { cassette } = serde_json::from_slice(line).map_err(bad)?;
    if cassette != FORMAT {
        return Err(CassetteError::Format { path: path.to_owned(), found: cassette });
    }
    serde_json::from_slice(line).map_err(bad)
}

impl Tape {
    /// Reads a cassette. `path` names it in messages. A torn last line, which a kill leaves, is not read; where a node
    /// was answered twice, because the first answer was lost to the run, the later one counts.
    ///
    /// # Errors
    /// A file that is no cassette, with the line.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, CassetteError> {
        let models = header(path, bytes)?.models;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut exchanges = Vec::new();
        let mut places = BTreeMap::new();
        for (index, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate().skip(1) {
            if line.is_empty() {
                continue;
            }
            let exchange: Exchange = serde_json::from_slice(line).map_err(|error| CassetteError::Line {
                path: path.to_owned(),
                line: index + 1,
                why: jsonl::message(&error),
            })?;
            let filled = match &exchange.outcome {
                Outcome::Answer(answer) => answer.completions.len(),
                Outcome::GaveUp(_) => exchange.slots.len(),
            };
            for (ordinal, slot) in exchange.slots.iter().take(filled).enumerate() {
                let key = (exchange.request, exchange.problem.clone(), exchange.replicate, slot.clone());
                places.insert(key, (exchanges.len(), ordinal));
            }
            exchanges.push(exchange);
        }
        Ok(Self { path: path.to_owned(), models, exchanges, places })
    }

    /// The models of the recorded run.
    pub fn models(&self) -> &BTreeMap<Seat, RecordedModel> {
        &self.models
    }

    /// A recorded model, which answers as it did then. `price` is what its requests count as under a budget.
    pub fn model(self: &Arc<Self>, seat: Seat, price: Option<Price>) -> Option<Replay> {
        let model = self.models.get(&seat)?.clone();
        Some(Replay { tape: Arc::clone(self), model, price })
    }

    fn find(&self, model: &str, request: &Request) -> Result<Answer, ModelError> {
        let digest = request_digest(model, request);
        let place = |slot: &Slot| {
            let key = (digest, request.problem.clone(), request.replicate, slot.clone());
            self.places.get(&key).copied()
        };
        let Some((first, ordinal)) = request.slots.first().and_then(place) else {
            return Err(ModelError::NotRecorded(Box::new(Miss::of(&self.path, &self.exchanges, model, request))));
        };
        let exchange = &self.exchanges[first];
        let answer = match &exchange.outcome {
            Outcome::GaveUp(why) => return Err(ModelError::GaveUp { why: why.clone() }),
            Outcome::Answer(answer) => answer.answer(),
        };
        if ordinal == 0 && exchange.slots == request.slots {
            return Ok(answer);
        }
        // The nodes were asked for in other groups: as many as lie side by side.
        let along = request.slots.iter().zip(ordinal..);
        let count = along.take_while(|(slot, ordinal)| place(slot) == Some((first, *ordinal))).count();
        Ok(Answer::of(answer.completions.into_iter().skip(ordinal).take(count).collect()))
    }
}

/// A model that answers from a cassette, under the name and identity of the model that was recorded.
#[derive(Debug)]
pub struct Replay {
    tape: Arc<Tape>,
    model: RecordedModel,
    price: Option<Price>,
}

#[async_trait::async_trait]
impl Model for Replay {
    fn identity(&self) -> ModelIdentity {
        self.model.identity.clone()
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        self.tape.find(&self.model.identity.name, request)
    }

    fn worst_case(&self, request: &Request) -> Cost {
        let outputs = Tokens(request.sampling.max_tokens.0.saturating_mul(request.slots.len() as u64));
        let usd = self.price.map(|price| price.worst(request.prompt_bound(), outputs));
        Cost { tokens: request.worst_case(), usd }
    }

    fn is_free(&self) -> bool {
        true
    }

    fn per_request(&self) -> usize {
        self.model.per_request.map_or(usize::MAX, |n| n as usize)
    }

    fn takes(&self, request: &Request) -> Vec<Taken> {
        let answer = self.tape.find(&self.model.identity.name, request);
        let completions = answer.map(|answer| answer.completions).unwrap_or_default();
        completions.iter().filter_map(|completion| completion.remark.as_deref()).map(Taken::of).collect()
    }
}
