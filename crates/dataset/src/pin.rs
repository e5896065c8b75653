//! Pins: what cannot be read off a data set but is known of it, such as an example that its own solution fails.

use mend_core::{Integrity, Problem, ProblemId, Test};
use serde::Deserialize;

/// A fact about one problem, written down on the data set's card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The problem.
    pub problem: ProblemId,
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
        if problem.id != self.problem {
            return problem;
        }
        let left_out = |test: &Test| match test {
            Test::Script { source } => self.public_left_out.iter().any(|text| text == source.trim()),
            Test::Call { .. } | Test::Stdio { .. } => false,
        };
        problem.tests.public.retain(|test| !left_out(test));
        problem.integrity = self.integrity.unwrap_or(problem.integrity);
        problem.with_digest()
    }
}
