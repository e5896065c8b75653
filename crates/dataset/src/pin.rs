//! Pins: what cannot be read off a data set but is known of it, such as an example that its own solution fails.

use mend_core::{Integrity, Problem, ProblemId, Status, Suite, Test, Verdict};
use serde::{Deserialize, Serialize};

/// A fact about one problem, written down on the data set's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The problem.
    pub problem: ProblemId,
    /// The source of a script, without the space around it, that must be among the hidden tests for this pin to
    /// hold: sets with different tests may share ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_test: Option<String>,
    /// Public tests that are left out: the source of a script without the space around it. A text that is no test of
    /// the problem leaves it as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_left_out: Vec<String>,
    /// Takes the place of what the loader says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrity: Option<Integrity>,
    /// The reason, for readers of the card.
    pub why: String,
}

impl Pin {
    /// What a problem needs so that its reference passes, from what judging the reference showed; `None` if nothing
    /// would help. `isolated` and `cooperative` are its verdicts with the tests kept apart and in one interpreter: the
    /// latter counts only if the former fails the hidden suite.
    pub fn needed(problem: &Problem, isolated: Option<&Verdict>, cooperative: Option<&Verdict>) -> Option<Self> {
        let passes = |verdict: &&Verdict| verdict.passes(Suite::Hidden) == Some(true);
        let apart = isolated.filter(passes);
        let verdict = apart.or(cooperative.filter(passes))?;
        let source = |test: &Test| match test {
            Test::Script { source } => Some(source.trim().to_owned()),
            Test::Call { .. } | Test::Stdio { .. } => None,
        };
        let failed = verdict.public.iter().flat_map(|suite| &suite.tests).filter(|test| test.status != Status::Passed);
        let public_left_out: Vec<String> =
            failed.filter_map(|test| source(problem.tests.public.get(test.index as usize)?)).collect();
        let integrity = apart.is_none().then_some(Integrity::Cooperative).filter(|needed| *needed != problem.integrity);
        if public_left_out.is_empty() && integrity.is_none() {
            return None;
        }
        let why = if integrity.is_some() {
            "the reference passes only where it shares an interpreter with the tests"
        } else {
            "the reference fails these examples"
        };
        Some(Self {
            problem: problem.id.clone(),
            // An example that is left out is named by its text; an integrity has to be.
            with_test: integrity.and_then(|_| source(problem.tests.hidden.first()?)),
            public_left_out,
            integrity,
            why: why.to_owned(),
        })
    }

    /// The pins as they stand on a card.
    pub fn to_toml(pins: &[Self]) -> String {
        #[derive(Serialize)]
        struct Pins<'a> {
            pins: &'a [Pin],
        }
        toml::to_string(&Pins { pins }).expect("texts and lists of texts are TOML")
    }

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
