//! Requests to completions: the [`Model`] seam, its implementations, token counts and the ledger.
//!
//! Not for prompts (they arrive rendered), not for reading programs out of answers, and not for files:
//! callers hand in bytes (the cache is the one exception: SQLite opens its own). Read [`Model`] first. [`Http`] makes
//! models behind providers' interfaces, [`Samples`] answers from saved rows, [`SimulatedProgrammer`] writes and repairs
//! programs by known probabilities, [`Recorder`] and [`Tape`] write and replay traffic, [`Cache`] shares it between runs,
//! and [`Ledger`] keeps what all of it costs within a budget. What is retried stands in [`RULES`].

mod batches;
mod cache;
mod cassette;
mod connections;
mod failure;
mod hints;
mod http;
mod ledger;
mod oddity;
mod pace;
mod people;
mod prices;
mod protocol;
mod provider;
mod request;
mod retries;
mod samples;
mod saved;
mod secret;
mod sim;
mod tokens;

pub use batches::{BatchLog, BatchLogError, BatchOptions, Batches};
pub use cache::{Cache, CacheEntry, CacheError, Cached};
pub use cassette::{CassetteError, Miss, Recorded, RecordedModel, Recorder, Replay, Tape};
pub use failure::{Failure, Kind, ModelError, RULES, Rule, Then};
pub use http::{Http, HttpError, HttpModel, HttpOptions, Proxies};
pub use ledger::{Ledger, Reservation};
pub use mend_core::OnInvalid;
pub use mend_core::{Price, is_human};
pub use oddity::Oddity;
pub use people::{
    Agreement, AnswerRow, EXAMPLES, FeedbackRow, OpenRow, People, ReadRemark, SimulatedPeople, SwitchedPeople,
    agreement, how_to_answer, likeness, program_asked_about, prompt_digest,
};
pub use prices::{Prices, PricesError};
pub use protocol::OMITTABLE;
pub use provider::{Endpoint, EndpointError, Protocol, provider_names};
pub use request::{Answer, AskedAbout, Message, Model, Request, Speaker, TOKENS_PER_MESSAGE, Taken, Turn};
pub use retries::{Patience, Retries, Retry};
pub use samples::{Reading, Samples, SamplesError, SamplesFormat, Specimen};
pub use secret::Secret;
pub use sim::{
    Bonus, ByPlan, ByQuality, CritiqueShares, FailingShare, Profile, SimulatedProgrammer, Table, profile_names,
};
pub use tokens::{TOKENIZER, count_tokens};

/// The models that can be asked for, as `provider/model`, for error messages and listings.
pub fn known_models() -> Vec<String> {
    let simulated = profile_names().into_iter().map(|name| format!("sim/{name}"));
    let files = ["samples:<file>", "replay:<file>", "human:<file>", "simulated:<file>"].map(str::to_owned);
    simulated.chain(files).chain(provider_names()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_models_are_named_as_they_are_typed() {
        let known = super::known_models();
        assert_eq!(known[..4], ["sim/novice", "sim/journeyman", "sim/expert", "samples:<file>"]);
        assert!(known.contains(&"openai/<model>".to_owned()));
    }
}
