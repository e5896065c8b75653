//! Instruments: looks into a program that runs, beside any judgement.
//!
//! A look is an observation and no verdict hangs on it. A block trace and the cells of a session each are one whole
//! program, ours with the candidate in it, under the limits of a test: what comes back is the candidate's own word, bounded
//! in size. A cost is no word of anybody: it is what this host measured of a candidate that passes.

mod cells;
pub(crate) mod cost;
mod guest;
pub(crate) mod shown;
mod trace;

use crate::bench::Bench;
use crate::task::{JudgeError, JudgeOptions, Look, Sight};
use cost::Costs;
use mend_sandbox::Worker;

/// Looks with one engine.
pub(crate) fn look(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    (engine, options): (&str, JudgeOptions),
    costs: &Costs,
    look: &Look,
) -> Result<Sight, JudgeError> {
    Ok(match look {
        Look::Trace { task, test } => Sight::Trace(trace::trace(worker, bench, task, test)?),
        Look::Cells { texts } => Sight::Cells(cells::cells(worker, bench, texts)?),
        Look::Cost { task } => Sight::Cost(cost::cost(worker, bench, (engine, options), costs, task)?),
    })
}
