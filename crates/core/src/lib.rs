//! The values of a self-repair experiment, and the one way in which a tree of repairs grows.
//!
//! This crate does no I/O, reads no clock and draws no random number. Read [`Problem`] first, then
//! [`Event`] and [`RepairTree::apply`]: everything that a run learns is an event, and every figure
//! is computed from trees that events built.

mod about;
pub mod alike;
mod budget;
mod claim;
mod decimal;
mod digest;
mod effort;
mod event;
mod finish;
pub mod json;
pub mod jsonl;
mod manifest;
mod minutes;
mod money;
pub mod number;
mod price;
mod problem;
mod reading;
mod remark;
mod rounds;
mod seat;
mod slot;
mod split;
mod terms;
mod text;
mod tree;
mod usage;
mod verdict;
mod words;

pub use about::{About, Date, Language, OwnLimits, is_period};
pub use budget::{Budget, EffortLimits, OverBudget};
pub use claim::{Claim, Said};
pub use digest::{Digest, DigestParseError, seed_for};
pub use effort::{Effort, Outlay};
pub use event::{
    CallId, Candidate, Cause, Completion, Entry, Event, Extraction, ExtractionRule, Form, RunOutcome, TreeKey,
};
pub use finish::{Ending, FinishReason};
pub use jsonl::OnInvalid;
pub use manifest::{
    DatasetIdentity, EngineIdentity, Engines, Environment, Guest, Identity, Imported, JudgeLimits, KnownProgram,
    ModelIdentity, OracleFlags, OracleLevel, ProblemEntry, Rejudged, RunManifest, SCHEMA_VERSION, Sampling,
    StrategyIdentity, TestsMode, TrafficFiles,
};
pub use minutes::{Minutes, MinutesParseError};
pub use money::{Cost, Usd, UsdParseError};
pub use price::Price;
pub use problem::{Integrity, Literal, Mutant, Problem, ProblemId, Style, Suite, Test, TestSuite};
pub use reading::{Defect, Fault, Found, Opinion, Severity, Span};
pub use remark::{Mark, Rating, Reason, Remark, Source, is_human, speaks_for_people};
pub use rounds::{Member, Rounds, Schedule, TooFew, Turn, dev_problems};
pub use seat::{Part, Seat, SeatParseError};
pub use slot::{Kind, Slot, SlotParseError, Step};
pub use split::Split;
pub use terms::{Screened, Terms, Tweaks};
pub use text::Text;
pub use tree::{Call, CallState, Efforts, Node, Outcome, RepairTree, TreeError, Unscored, is_question, observes};
pub use usage::{Tokens, Usage};
pub use verdict::{Facts, RLTF_LEAST, Status, SuiteVerdict, TestVerdict, Used, Verdict};
pub use words::nearest;
