//! Requests to completions: the [`Model`] seam, its implementations, token counts and the ledger.
//!
//! Not for prompts (they arrive rendered), not for reading programs out of answers, and not for files:
//! callers hand in bytes. Read [`Model`] first. [`Samples`] answers from saved rows,
//! [`SimulatedProgrammer`] writes and repairs programs by known probabilities, and [`Ledger`] keeps what
//! they cost within a budget.

mod ledger;
mod request;
mod samples;
mod sim;
mod tokens;

pub use ledger::{Ledger, OverBudget, Reservation};
pub use request::{Answer, Message, Model, ModelError, Request, Speaker, TOKENS_PER_MESSAGE};
pub use samples::{OnInvalid, Samples, SamplesError};
pub use sim::{Bonus, ByQuality, CritiqueShares, FailingShare, Profile, SimulatedProgrammer, Table, profile_names};
pub use tokens::{TOKENIZER, count_tokens};

/// The models that can be asked for, as `provider/model`, for error messages and listings.
pub fn known_models() -> Vec<String> {
    let simulated = profile_names().into_iter().map(|name| format!("sim/{name}"));
    simulated.chain(["samples:<file>".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_models_are_named_as_they_are_typed() {
        assert_eq!(super::known_models(), ["sim/novice", "sim/journeyman", "sim/expert", "samples:<file>"]);
    }
}
