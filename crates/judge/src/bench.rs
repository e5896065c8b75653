//! What one judgement works with: limits, what it cost so far, what is known of tests; and a test that ran.

use crate::soundness::Soundness;
use mend_core::{TestVerdict, Used};
use mend_sandbox::{Limits, Spend};

/// Limits and costs of one judgement, and what is known of tests.
pub(crate) struct Bench<'a> {
    pub(crate) limits: Limits,
    pub(crate) soundness: &'a Soundness,
    pub(crate) used: &'a mut Used,
}

impl Bench<'_> {
    /// What one test may take of the candidate.
    pub(crate) fn spend(&self) -> Spend {
        Spend { cpu: self.limits.cpu, wall: self.limits.wall }
    }

    pub(crate) fn charge(&mut self, used: &mend_sandbox::Used) {
        self.used.cpu += used.cpu;
        self.used.wall += used.wall;
        self.used.peak_bytes = self.used.peak_bytes.max(used.peak_bytes);
        if let Some(fuel) = used.fuel {
            *self.used.fuel.get_or_insert_default() += fuel;
        }
    }
}

/// A test that ran.
pub(crate) struct Ran {
    pub(crate) verdict: TestVerdict,
    /// Whether the program could be loaded at all.
    pub(crate) loaded: bool,
}

impl Ran {
    /// The verdict, which says whether the program got to the test.
    pub(crate) fn told(mut self) -> TestVerdict {
        if !self.loaded {
            self.verdict.facts.get_or_insert_default().while_loading = true;
        }
        self.verdict
    }
}
