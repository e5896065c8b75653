//! Pins: what cannot be read off a data set but is known of it, such as an example that its own solution fails.

use mend_core::{Integrity, Problem, ProblemId, Test};
use serde::Deserialize;

/// A fact about one problem, written down on the data set's card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The problem.
    pub problem: ProblemId,
    /// The source of a script, without the space around it, that must be among the hidden tests for this pin to
    /// hold: sets with different tests may share ids.
    pub with_test: Option<String>,
    /// Public tests that are left out: the source of a script without the space around it. A text that is no test of
    /// the problem leaves it as it is.
    #[serde(default)]
    pub public_left_out: Vec<String>,
    /// Takes the place of what the loader says.
    pub integrity: Option<Integrity>,
    /// The reason, for readers of the card.
    pub why: String,
}

impl Pin {
    /// The problem as it is with this pin; another problem stays as it is.
    #[must_use]
    pub fn apply(&self, mut problem: Problem) -> Problem {
        let is = |test: &Test, text: &String| matches!(test, Test::Script { source } if source.trim() == text);
        let holds = |text: &String| problem.tests.hidden.iter().any(|test| is(test, text));
        if problem.id != self.problem || !self.with_test.as_ref().is_none_or(holds) {
            return problem;
        }
        problem.tests.public.retain(|test| !self.public_left_out.iter().any(|text| is(test, text)));
        problem.integrity = self.integrity.unwrap_or(problem.integrity);
        problem.with_digest()
    }
}
