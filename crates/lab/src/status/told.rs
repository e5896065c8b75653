//! The status of a run, as `status.json` holds it and `mend watch --json` prints it.

use super::pace::{Eta, Rates};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The version of the format. A reader refuses others.
pub(super) const FORMAT: u32 = 1;

/// How far a run is, what it costs, and what went wrong lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The version of this format.
    pub format: u32,
    /// Whether it goes on.
    pub state: State,
    /// Why it ended early, if it says so.
    pub why: Option<String>,
    /// The run's id.
    pub run: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The data set.
    pub dataset: String,
    /// The strategy, with its parameters.
    pub strategy: String,
    /// The models.
    pub model: String,
    /// Whether any model is a simulation, so that no figure says anything about models.
    pub simulated: bool,
    /// How strongly the strategy leans on what a real user would not have.
    pub oracle_level: String,
    /// Problems of which all trees have nothing left to do.
    pub problems: Count,
    /// Trees that have nothing left to do.
    pub trees: Count,
    /// The round of a strategy that learns from one problem for others; `None` for any other.
    pub round: Option<Count>,
    /// Trees that ended at the limit of what may be spent on each.
    pub at_limit: u64,
    /// Nodes that wait for people's feedback.
    pub waiting: u64,
    /// Programs.
    pub programs: Programs,
    /// Requests.
    pub requests: Requests,
    /// What was spent, in all sessions.
    pub spent: Spent,
    /// Each cap on the whole run, with what is spent of it.
    pub budgets: Vec<Budgeted>,
    /// What each seat spent, by seat and model.
    pub seats: Vec<OfSeat>,
    /// The session that goes on, or that a kill ended; `None` where no session left a status.
    pub session: Option<SessionSeen>,
    /// What went wrong lately, the last at the end: requests, and nodes that could not be scored.
    pub failures: Vec<Failed>,
    /// The programs that failed lately, the last at the end.
    pub failing: Vec<Failing>,
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// It goes on.
    Running,
    /// A pause was asked for, and what is in flight comes home.
    Pausing,
    /// Nothing happens until the pause ends.
    Paused,
    /// Everything is done.
    Complete,
    /// It stopped early, and can be resumed.
    Stopped,
    /// Its process is gone, and did not say why. It can be resumed.
    Died,
}

impl State {
    /// Whether a process works on it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Pausing | Self::Paused)
    }
}

/// How many of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Those that are done.
    pub done: u64,
    /// All of them.
    pub all: u64,
}

/// Programs, in all sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programs {
    /// Judged or given up.
    pub judged: u64,
    /// Those of them that pass the hidden suite.
    pub passed: u64,
    /// Those of them that could not be scored.
    pub unscored: u64,
    /// At the judge.
    pub judging: u64,
}

/// Requests; all but those in flight in all sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// They left, and no answer came yet.
    pub in_flight: u64,
    /// Answered.
    pub answered: u64,
    /// Turned away before any work was done.
    pub refused: u64,
    /// They reached the server and came to nothing.
    pub lost: u64,
}

/// What was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens, each completion charged its full prompt.
    pub tokens: u64,
    /// Those of them that were charged for requests that came to nothing.
    pub lost_tokens: u64,
    /// Dollars; `None` where a price is unknown or nothing is billed.
    pub usd: Option<f64>,
    /// Tokens that are set aside for requests on their way, at their worst case.
    pub set_aside_tokens: u64,
}

/// A cap on the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Budgeted {
    /// What is limited, as its flag names it: `tokens` for `--budget-tokens`.
    pub what: String,
    /// What is spent of it.
    pub spent: f64,
    /// The cap.
    pub limit: f64,
}

/// What one seat spent on one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfSeat {
    /// The seat.
    pub seat: String,
    /// The model, as `provider/model`.
    pub model: String,
    /// Requests that were answered.
    pub answered: u64,
    /// Tokens, those of lost requests included.
    pub tokens: u64,
    /// Dollars; `None` where the price is unknown or nothing is billed.
    pub usd: Option<f64>,
}

/// A session of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionSeen {
    /// Its process.
    pub pid: u32,
    /// When it began, in seconds since 1970.
    pub began: f64,
    /// When this was written, in seconds since 1970.
    pub written: f64,
    /// Seconds for which it went on, pauses left out.
    pub active_seconds: f64,
    /// Problems, requests, programs and tokens a minute, lately.
    pub rates: Option<Rates>,
    /// When it will likely end.
    pub eta: Option<Eta>,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// `asked again`, `lost`, `refused` or `unscored`.
    pub what: String,
    /// Whose affair it is: a model as `provider/model`, or a node as problem and slot.
    pub whose: String,
    /// What happened.
    pub why: String,
    /// How often in a row.
    pub times: u64,
}

/// A program that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Its problem.
    pub problem: String,
    /// The replicate of its tree, from 0.
    pub replicate: u32,
    /// Its place in the tree.
    pub slot: String,
    /// How it fared.
    pub status: String,
}
