//! From an instrument to what the judge is asked to look at, and from what it saw to an event: the same in a run and in a
//! trial.

use crate::judging::task;
use crate::script::Instrument;
use mend_core::{Candidate, Digest, Event, Problem, RunOutcome, Slot, TestSuite, Used};
use mend_judge::{JudgeError, Look, Seen, Sight};
use std::sync::Arc;

/// What the judge is asked to look at; `None` if there is nothing: the program's text is not here, or the workload is empty.
pub(crate) fn look(problem: &Arc<Problem>, candidate: Option<&Candidate>, instrument: &Instrument) -> Option<Look> {
    match instrument {
        Instrument::Cells { texts } => Some(Look::Cells { texts: Arc::clone(texts) }),
        Instrument::Trace { test } => Some(Look::Trace { task: task(problem, candidate?)?, test: test.clone() }),
        Instrument::Cost { suites } => {
            let hidden: Vec<_> = suites.iter().flat_map(|suite| problem.tests.of(*suite)).cloned().collect();
            if hidden.is_empty() {
                return None;
            }
            let tests = TestSuite { public: Vec::new(), hidden };
            let problem = Problem { tests, ..Problem::clone(problem) };
            Some(Look::Cost { task: task(&Arc::new(problem.with_digest()), candidate?)? })
        }
    }
}

/// What an instrument showed, in the words of the journal: a text for each cell, or one JSON text; none where nothing could be
/// seen.
pub(crate) fn event_of(slot: Slot, given: Digest, result: Result<Seen, JudgeError>) -> Result<Event, JudgeError> {
    let (sight, used) = match result {
        Ok(Seen { sight, used }) => (sight, used),
        Err(JudgeError::Unsupported { .. } | JudgeError::BrokenTest { .. } | JudgeError::Unproven { .. }) => {
            (Sight::Trace(None), Used::default())
        }
        // Ours: nothing is recorded, so that a resumed run looks again.
        Err(error @ (JudgeError::Sandbox(_) | JudgeError::Gone)) => return Err(error),
    };
    let json = |value: serde_json::Result<String>| value.ok().map(RunOutcome::Value);
    let outcomes = match sight {
        Sight::Trace(trace) => trace.and_then(|trace| json(serde_json::to_string(&trace))).into_iter().collect(),
        Sight::Cells(texts) => texts.into_iter().map(RunOutcome::Value).collect(),
        Sight::Cost(cost) => cost.and_then(|cost| json(serde_json::to_string(&cost))).into_iter().collect(),
    };
    Ok(Event::Ran { slot, given, outcomes, used })
}
