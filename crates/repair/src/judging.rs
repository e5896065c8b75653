//! From a candidate to what the judge is handed, and from what the judge found to an event: the same in a run and in a trial.

use mend_core::{Candidate, Cause, Event, Problem, Slot};
use mend_judge::{JudgeError, Judgement, Task};
use std::sync::Arc;

/// What the judge is handed; `None` if the program's text is not here.
pub(crate) fn task(problem: &Arc<Problem>, candidate: &Candidate) -> Option<Task> {
    let program = Arc::clone(candidate.program.body()?);
    Some(Task { problem: Arc::clone(problem), program, rule: candidate.rule })
}

/// What a judgement says of a program.
pub(crate) fn event_of(
    slot: Slot,
    candidate: Option<Candidate>,
    result: Result<Judgement, JudgeError>,
) -> Result<Event, JudgeError> {
    let (error, cause) = match result {
        Ok(Judgement { verdict, used }) => return Ok(Event::Judged { slot, candidate, verdict, used }),
        Err(error @ JudgeError::Unsupported { .. }) => (error, Cause::Unsupported),
        Err(error @ JudgeError::BrokenTest { .. }) => (error, Cause::BrokenTest),
        Err(error @ JudgeError::Unproven { .. }) => (error, Cause::Unproven),
        // Ours: nothing is recorded, so that a resumed run judges this candidate.
        Err(error) => return Err(error),
    };
    Ok(Event::Unscored { slot, candidate, why: error.to_string(), cause: Some(cause) })
}
