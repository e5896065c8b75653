//! What a simulated programmer does by chance, in closed form: the figures that its runs must show.

use super::damage::{Combinations, DamageSet, Damages};
use super::profile::{Chances, Profile, Quality};
use mend_core::{Problem, ProblemId};
use serde::Serialize;
use std::collections::BTreeMap;

/// The probabilities of one simulated programmer at one problem. Exact for answers that the token limit does
/// not cut, if every damage is one (none is harmless, and no two cancel out).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The problem.
    pub problem: ProblemId,
    /// Probability that a program written from the statement passes the hidden suite.
    pub p_right_first: f64,
    /// The failing programs, by how many damages they hold. Empty if none can fail.
    pub failing: Vec<FailingShare>,
}

impl Table {
    /// Probability that one repair of a failing first program passes the hidden suite, over all of them, if the
    /// prompt shows facts of the failure. `None` if none can fail.
    pub fn p_repaired(&self) -> Option<f64> {
        let sum = self.failing.iter().map(|failing| failing.share * failing.p_repaired).sum();
        (!self.failing.is_empty()).then_some(sum)
    }
}

/// The failing first programs that are alike in what a repair can do for them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailingShare {
    /// How many damages they hold. Zero if the answer is a refusal.
    pub damages: u32,
    /// Their share among the failing first programs.
    pub share: f64,
    /// Probability that one repair removes a damage, if the prompt shows facts of the failure.
    pub p_removed: f64,
    /// The same if it shows none.
    pub p_removed_blind: f64,
    /// Probability that one repair passes the hidden suite, if the prompt shows facts of the failure.
    pub p_repaired: f64,
    /// The same if it shows none.
    pub p_repaired_blind: f64,
}

/// The table of a profile at a problem.
pub(super) fn table(profile: &Profile, problem: &Problem) -> Table {
    let problem_id = problem.id.clone();
    let Some(damages) = Damages::of(problem) else {
        // Nothing to write from: it always refuses.
        let refusal = FailingShare {
            damages: 0,
            share: 1.0,
            p_removed: 0.0,
            p_removed_blind: 0.0,
            p_repaired: 0.0,
            p_repaired_blind: 0.0,
        };
        return Table { problem: problem_id, p_right_first: 0.0, failing: vec![refusal] };
    };
    let combinations = Combinations::of(&damages, profile.damage_shares);
    if combinations.wrong().next().is_none() {
        return Table { problem: problem_id, p_right_first: 1.0, failing: Vec::new() };
    }
    let chances = profile.chances(problem);
    // Only a program with one damage can be right after one repair, if that adds none.
    let mut alike: BTreeMap<(usize, bool), f64> = BTreeMap::new();
    for (set, share) in combinations.wrong() {
        let can_slip = !combinations.additions(&damages, &DamageSet::new(), set.first().copied()).is_empty();
        *alike.entry((set.len(), set.len() == 1 && can_slip)).or_default() += share;
    }
    let failing = alike.into_iter().map(|((size, can_slip), share)| {
        let p_removed = informed(&chances, size);
        let p_removed_blind = chances.removes(Quality::None, size);
        let stays_clean = match size {
            1 => 1.0 - if can_slip { profile.slip } else { 0.0 },
            _ => 0.0,
        };
        FailingShare {
            damages: size as u32,
            share,
            p_removed,
            p_removed_blind,
            p_repaired: p_removed * stays_clean,
            p_repaired_blind: p_removed_blind * stays_clean,
        }
    });
    Table { problem: problem_id, p_right_first: chances.right_first(), failing: failing.collect() }
}

/// Probability that a repair by the programmer's own critique removes a damage.
fn informed(chances: &Chances, size: usize) -> f64 {
    chances.critiques().iter().map(|(quality, share)| share * chances.removes(*quality, size)).sum()
}
