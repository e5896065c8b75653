//! How a run ends.

use crate::script::ScriptError;
use mend_core::{Cost, Seat, TreeError};
use mend_journal::JournalError;
use mend_judge::JudgeError;
use mend_model::ModelError;
use std::time::Duration;

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Every tree is finished.
    Complete,
    /// Some are not.
    Stopped(Stop),
}

/// Why a run stopped early. It can resume.
#[derive(Debug)]
pub enum Stop {
    /// The budget allows no further request.
    Budget,
    /// A server does not keep to the token limit, so that no budget can be kept. What was on its way came home.
    LimitIgnored(Overrun),
    /// Somebody asked for it.
    Interrupt,
    /// What is left waits for people's feedback.
    Waiting,
    /// Something of ours failed.
    Failed(RunError),
}

impl Stop {
    /// The reason as the journal keeps it.
    pub fn why(&self) -> String {
        match self {
            Self::Budget => "the budget allows no further request".to_owned(),
            Self::LimitIgnored(overrun) => overrun.to_string(),
            Self::Interrupt => "interrupted".to_owned(),
            Self::Waiting => "what is left waits for people's feedback".to_owned(),
            Self::Failed(error) => error.to_string(),
        }
    }
}

/// An answer that costs more than its request could at worst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overrun {
    /// The model, as `provider/model`.
    pub model: String,
    /// What the answer costs.
    pub cost: Cost,
    /// The most that the request allowed.
    pub worst: Cost,
}

impl std::fmt::Display for Overrun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { model, cost, worst } = self;
        write!(
            f,
            "`{model}` does not keep to the token limit: an answer costs {cost} where its request allowed {worst} at \
             most, so no budget can be kept"
        )
    }
}

/// What can fail on our side.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The judge cannot work.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The driver contradicted itself: a bug.
    #[error("tree {tree}: {source}")]
    Tree {
        /// The tree.
        tree: String,
        /// The contradiction.
        source: TreeError,
    },
    /// A model cannot be asked, and asking again is no use now.
    #[error(transparent)]
    Model(ModelError),
    /// No request was ever answered, and this failure says that none will be as things are.
    #[error("{0}")]
    NothingAnswered(ModelError),
    /// A server asks to wait longer than there is time for a request.
    #[error("{error}; it asks to wait {}, and there is less time left for the request", in_words(*.wait))]
    AsksToWait {
        /// What it refused.
        error: ModelError,
        /// How long it asks to wait.
        wait: Duration,
    },
    /// The strategy's script failed.
    #[error("tree {tree}: {error}")]
    Script {
        /// The tree.
        tree: String,
        /// What failed, with script and line.
        error: ScriptError,
    },
    /// The strategy's script failed while it learnt from a round, or learnt something else than in an earlier session.
    #[error("before round {round}: {error}")]
    Learning {
        /// The round, from 0, whose state it was to give.
        round: usize,
        /// What failed, with script and line.
        error: ScriptError,
    },
    /// No model sits in a role that the strategy needs.
    #[error("no model for the role `{0}`")]
    NoModel(Seat),
}

/// A span of time such as `250 ms`, `8 s`, `12 min` or `2.5 h`, rounded up.
pub fn in_words(span: Duration) -> String {
    let tenths = |unit: f64| (span.as_secs_f64() / unit * 10.0).ceil() / 10.0;
    match span.as_secs() {
        0 if span < Duration::from_millis(999) => format!("{} ms", span.as_nanos().div_ceil(1_000_000)),
        0..100 => format!("{} s", span.as_millis().div_ceil(1000)),
        100..5400 => format!("{} min", span.as_secs().div_ceil(60)),
        5400..172_800 => format!("{} h", tenths(3600.0)),
        _ => format!("{} days", tenths(86_400.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_fits_and_never_too_short() {
        for (millis, words) in [
            (0, "0 ms"),
            (250, "250 ms"),
            (999, "1 s"),
            (7_001, "8 s"),
            (99_000, "99 s"),
            (100_000, "2 min"),
            (3_600_000, "60 min"),
            (7_200_000, "2 h"),
            (9_000_000, "2.5 h"),
            (259_200_000, "3 days"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }
}
