//! The guest programs.

use mend_sandbox::{Job, Limits, Program};
use std::sync::{Arc, LazyLock};

/// What all guests begin with.
macro_rules! guest {
    ($($part:literal),*) => {
        concat!(
            include_str!("guest/frames.py"),
            include_str!("guest/sets.py"),
            include_str!("guest/wire.py"),
            include_str!("guest/kinds.py"),
            $(include_str!(concat!("guest/", $part, ".py"))),*
        )
    };
}

const CANDIDATE: &str = guest!("classes", "shares", "objects", "borrowed", "candidate");
const JUDGE: &str = guest!("classes", "shares", "tests", "handles", "lending", "mirror", "shown", "judge");
const COOPERATIVE: &str = guest!("tests", "cooperative");

static CANDIDATE_PROGRAM: LazyLock<Arc<str>> = LazyLock::new(|| CANDIDATE.into());
static JUDGE_PROGRAM: LazyLock<Arc<str>> = LazyLock::new(|| JUDGE.into());
static COOPERATIVE_PROGRAM: LazyLock<Arc<str>> = LazyLock::new(|| COOPERATIVE.into());

/// The sources, for the engine recipe's digest.
pub(crate) fn sources() -> [&'static str; 3] {
    [CANDIDATE, JUDGE, COOPERATIVE]
}

/// The programs that the judge runs beside candidates, for engines that hold them ready.
pub fn guest_programs() -> Vec<Arc<str>> {
    [&CANDIDATE_PROGRAM, &JUDGE_PROGRAM, &COOPERATIVE_PROGRAM].map(|program| Arc::clone(program)).into()
}

/// A job that opens as the candidate's side.
pub(crate) fn candidate(limits: Limits) -> Job {
    job(&CANDIDATE_PROGRAM, limits)
}

/// A job that opens as the tests' side.
pub(crate) fn judge(limits: Limits) -> Job {
    job(&JUDGE_PROGRAM, limits)
}

/// A job that opens as both sides in one.
pub(crate) fn cooperative(limits: Limits) -> Job {
    job(&COOPERATIVE_PROGRAM, limits)
}

/// What a function prints is cut where the output of a program would be too long: nobody judges it. So many times as much
/// is a flood, which ends its process.
const FLOOD: u64 = 16;

fn job(source: &Arc<str>, mut limits: Limits) -> Job {
    limits.output_bytes = limits.output_bytes.saturating_mul(FLOOD);
    Job { program: Program::Own(Arc::clone(source)), limits, ..Job::default() }
}
