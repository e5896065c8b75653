//! What one judgement works with: limits, what it cost so far, what is known of tests; and a test that ran.

use crate::soundness::Soundness;
use mend_core::{TestVerdict, Used};
use mend_sandbox::{Limits, Spend};

/// Limits and costs of one judgement, and what is known of tests.
pub(crate) struct Bench<'a> {
    pub(crate) limits: Limits,
    pub(crate) soundness: &'a Soundness,
    pub(crate) used: &'a mut Used,
    /// What of it the candidate's party took; where candidate and tests share an interpreter, what both took.
    pub(crate) own: Used,
}

impl Bench<'_> {
    /// What one test may take of the candidate.
    pub(crate) fn spend(&self) -> Spend {
        Spend { cpu: self.limits.cpu, wall: self.limits.wall }
    }

    pub(crate) fn charge(&mut self, used: &mend_sandbox::Used) {
        add(self.used, used);
    }

    /// Charges what the candidate's party took.
    pub(crate) fn charge_candidate(&mut self, used: &mend_sandbox::Used) {
        self.charge(used);
        add(&mut self.own, used);
    }
}

fn add(sum: &mut Used, used: &mend_sandbox::Used) {
    sum.cpu += used.cpu;
    sum.wall += used.wall;
    sum.peak_bytes = sum.peak_bytes.max(used.peak_bytes);
    if let Some(fuel) = used.fuel {
        *sum.fuel.get_or_insert_default() += fuel;
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
