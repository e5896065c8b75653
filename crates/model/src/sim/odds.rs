//! What a simulated programmer does by chance, in closed form: the figures that its runs must show.

use super::annotator::NOISE;
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
    /// What its critiques are, where there are facts to go by.
    pub critiques: CritiqueShares,
    /// The failing programs, by how many damages they hold. Empty if none can fail.
    pub failing: Vec<FailingShare>,
    /// Probability that a test that it writes is valid.
    pub p_valid_test: f64,
    /// Probability that a plan of it is good.
    pub p_good_plan: f64,
    /// Probability that a program written from the statement passes the hidden suite, by the plan that its prompt shows.
    pub p_right_planned: ByPlan,
    /// Probability that a score of it is the true one, and how much a difference between two programs counts.
    pub p_sound_judgement: f64,
    /// Probability that an answer to a question is true, and that a hint is right.
    pub p_true_answer: f64,
}

impl Table {
    /// Probability that one repair of a failing first program passes the hidden suite, over all of them, if the
    /// prompt shows facts of the failure. `None` if none can fail.
    pub fn p_repaired(&self) -> Option<f64> {
        let sum = self.failing.iter().map(|failing| failing.share * failing.p_repaired).sum();
        (!self.failing.is_empty()).then_some(sum)
    }

    /// The same if a critic explains the failure in a completion of its own. `critic` is the critic's table at this
    /// problem.
    pub fn p_repaired_by(&self, critic: &CritiqueShares) -> Option<f64> {
        let sum = self.failing.iter().map(|failing| failing.share * failing.p_repaired_by.mean(critic)).sum();
        (!self.failing.is_empty()).then_some(sum)
    }
}

/// How often critiques are of each quality. They sum to one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CritiqueShares {
    /// The critique names a damage.
    pub right: f64,
    /// The critique is true and names nothing.
    pub vague: f64,
    /// The critique names what is not damaged.
    pub wrong: f64,
}

impl CritiqueShares {
    fn of(chances: &Chances) -> Self {
        let [(_, right), (_, vague), (_, wrong)] = chances.critiques();
        Self { right, vague, wrong }
    }
}

/// A probability by the plan that a prompt shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ByPlan {
    /// The last plan that it shows is a good one.
    pub good: f64,
    /// The last plan that it shows is a bad one.
    pub bad: f64,
}

impl ByPlan {
    /// The mean over plans of which this share is good.
    pub fn mean(&self, good: f64) -> f64 {
        good * self.good + (1.0 - good) * self.bad
    }
}

/// A probability by the quality of the critique that a repair goes by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ByQuality {
    /// The critique names a damage.
    pub right: f64,
    /// The critique is true and names nothing.
    pub vague: f64,
    /// There is nothing to go by.
    pub none: f64,
    /// The critique names what is not damaged.
    pub wrong: f64,
}

impl ByQuality {
    fn of(p: impl Fn(Quality) -> f64) -> Self {
        Self { right: p(Quality::Right), vague: p(Quality::Vague), none: p(Quality::None), wrong: p(Quality::Wrong) }
    }

    /// The mean over critiques of these shares.
    pub fn mean(&self, critiques: &CritiqueShares) -> f64 {
        critiques.right * self.right + critiques.vague * self.vague + critiques.wrong * self.wrong
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
    /// Probability that one repair passes the hidden suite, by the critique that it goes by.
    pub p_repaired_by: ByQuality,
}

/// The table of a profile at a problem.
pub(super) fn table(profile: &Profile, problem: &Problem) -> Table {
    let chances = profile.chances(problem);
    let critiques = CritiqueShares::of(&chances);
    let (p_right_first, p_right_planned, failing) = match Damages::of(problem) {
        None => (0.0, ByPlan { good: 0.0, bad: 0.0 }, vec![refusal()]),
        Some(damages) => {
            let combinations = Combinations::of(&damages, profile.damage_shares);
            if combinations.wrong().next().is_none() {
                (1.0, ByPlan { good: 1.0, bad: 1.0 }, Vec::new())
            } else {
                let planned = ByPlan { good: chances.right_first(Some(true)), bad: chances.right_first(Some(false)) };
                let failing = failing(profile, &chances, &critiques, &damages, &combinations);
                (chances.right_first(None), planned, failing)
            }
        }
    };
    Table {
        problem: problem.id.clone(),
        p_right_first,
        critiques,
        failing,
        p_valid_test: chances.valid_test(),
        p_good_plan: chances.good_plan(),
        p_right_planned,
        p_sound_judgement: chances.sound_judgement(),
        p_true_answer: 1.0 - NOISE,
    }
}

/// The only row where there is nothing to write from: it always refuses.
fn refusal() -> FailingShare {
    FailingShare {
        damages: 0,
        share: 1.0,
        p_removed: 0.0,
        p_removed_blind: 0.0,
        p_repaired: 0.0,
        p_repaired_blind: 0.0,
        p_repaired_by: ByQuality::of(|_| 0.0),
    }
}

fn failing(
    profile: &Profile,
    chances: &Chances,
    critiques: &CritiqueShares,
    damages: &Damages,
    combinations: &Combinations,
) -> Vec<FailingShare> {
    // Only a program with one damage can be right after one repair, if that adds none.
    let mut alike: BTreeMap<(usize, bool), f64> = BTreeMap::new();
    for (set, share) in combinations.wrong() {
        let can_slip = !combinations.additions(damages, &DamageSet::new(), set.first().copied()).is_empty();
        *alike.entry((set.len(), set.len() == 1 && can_slip)).or_default() += share;
    }
    let failing = alike.into_iter().map(|((size, can_slip), share)| {
        let removed = ByQuality::of(|quality| chances.removes(quality, size, None));
        let stays_clean = match size {
            1 => 1.0 - if can_slip { profile.slip } else { 0.0 },
            _ => 0.0,
        };
        let p_removed = removed.mean(critiques);
        FailingShare {
            damages: size as u32,
            share,
            p_removed,
            p_removed_blind: removed.none,
            p_repaired: p_removed * stays_clean,
            p_repaired_blind: removed.none * stays_clean,
            p_repaired_by: ByQuality::of(|quality| chances.removes(quality, size, None) * stays_clean),
        }
    });
    failing.collect()
}
