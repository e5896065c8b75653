//! From a candidate and its tests to a verdict.
//!
//! A pass needs positive proof from a party that the candidate cannot reach. Functions are therefore
//! judged by two interpreters: one holds the candidate, the other holds the tests, and only data and
//! numbers of what stays behind cross, through a decoder with a closed set of tags and caps (`wire`). Whole programs run
//! on each input and their output is compared here. Where tests use more of a candidate than that they share one
//! interpreter (`cooperative`), which proves less.
//!
//! Beside judgements there are instruments (`look`): what a program does block by block, what cells of a session print, what
//! a program costs. No verdict hangs on them.
//!
//! Read [`Judge`] first, then [`SandboxJudge`]. A [`Verdict`](mend_core::Verdict) is about the candidate;
//! a [`JudgeError`] is about us.

mod bench;
mod compare;
mod cooperative;
mod facts;
mod functions;
mod fuzz;
mod guests;
mod look;
mod pool;
mod programs;
mod secrets;
mod side;
mod soundness;
mod task;
mod took;
mod verdict;
mod wire;

pub use compare::same_output;
pub use fuzz::{fuzz_output, fuzz_wire};
pub use guests::guest_programs;
pub use look::shown::{Step, Trace, Unit, Values, WorkCost};
pub use pool::SandboxJudge;
pub use task::{
    Done, Judge, JudgeError, JudgeOptions, Judgement, Look, Looked, Ran, RanDone, Seen, Sight, Task, Terms,
};
pub use wire::{Checked, Known, WireError, check as check_wire};

/// Name of the rules by which this crate judges.
pub const GRADER: &str = "strict";

/// A suite stops after this many tests that reached the time limit: the rest would take as long again.
pub const TIME_LIMITS_PER_SUITE: u32 = 3;
