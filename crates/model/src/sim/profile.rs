//! The constants of simulated programmers, in one table per profile, and the chances that follow from them.
//!
//! All skills are on the logit scale: a chance is `sigma(x) = 1 / (1 + exp(-x))`.

use super::dice::Dice;
use super::planner::PLAN_BONUS;
use mend_core::{Digest, Problem, seed_for};
use serde::Serialize;

/// The most damages that one program holds.
pub(super) const MAX_DAMAGES: usize = 3;

/// Chance that a damaged program holds a suspected infinite loop, where the problem has one to offer. Each such
/// program costs a time limit, so there are few.
pub(super) const LOOP_SHARE: f64 = 0.02;

/// What feedback of each quality adds to the chance of removing a damage. `right > vague > none >= wrong`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bonus {
    /// The critique names a damage.
    pub right: f64,
    /// The critique is true and names nothing.
    pub vague: f64,
    /// There are no facts of the failure to go by.
    pub none: f64,
    /// The critique names what is not damaged.
    pub wrong: f64,
}

/// The constants of one simulated programmer. Symbols are those of the definition of the numbers.
///
/// | constant | novice | journeyman | expert |
/// |---|---|---|---|
/// | skill, theta | -0.8 | 0.2 | 1.3 |
/// | insight, iota | -1.2 | 0.0 | 1.6 |
/// | spread, tau | 1.0 | 1.0 | 0.8 |
/// | vague among critiques that are not right | 0.5 | 0.6 | 0.7 |
/// | bonus, beta: right | 0.9 | 1.5 | 1.9 |
/// | bonus: vague | 0.1 | 0.3 | 0.5 |
/// | bonus: none | -0.7 | -0.5 | -0.3 |
/// | bonus: wrong | -1.2 | -1.0 | -0.8 |
/// | crowding, gamma | 0.8 | 0.6 | 0.4 |
/// | slip, epsilon | 0.15 | 0.08 | 0.03 |
/// | share of one damage | 0.50 | 0.62 | 0.75 |
/// | of two | 0.30 | 0.27 | 0.20 |
/// | of three | 0.20 | 0.11 | 0.05 |
/// | illustration | 0.25 | 0.15 | 0.10 |
///
/// | word for a difficulty | b |
/// |---|---|
/// | introductory or easy | -0.8 |
/// | interview or medium | 0.3 |
/// | competition or hard | 1.6 |
/// | any other word, or none | 0.0 |
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Short name, as in `sim/<name>`. Enters every seed.
    pub name: String,
    /// theta: how well it writes programs.
    pub skill: f64,
    /// iota: how well it finds what is wrong with one, its own or another's.
    pub insight: f64,
    /// tau: standard deviation of its fixed liking for each problem.
    pub spread: f64,
    /// Share of vague critiques among those that are not right; the others are wrong.
    pub vague_share: f64,
    /// beta: what feedback is worth.
    pub bonus: Bonus,
    /// gamma: what each further damage takes from the chance to remove one.
    pub crowding: f64,
    /// epsilon: chance that a repair adds a damage.
    pub slip: f64,
    /// Shares of wrong programs with one, two and three damages, in any unit. A problem that cannot hold so many
    /// gets as many as it can.
    pub damage_shares: [f64; MAX_DAMAGES],
    /// Chance that an answer shows a short illustrative block of code before the program.
    pub illustration: f64,
}

impl Profile {
    /// The profile of that name; `None` if there is none. See [`profile_names`].
    pub fn named(name: &str) -> Option<Self> {
        let journeyman = Self {
            name: name.to_owned(),
            skill: 0.2,
            insight: 0.0,
            spread: 1.0,
            vague_share: 0.6,
            bonus: Bonus { right: 1.5, vague: 0.3, none: -0.5, wrong: -1.0 },
            crowding: 0.6,
            slip: 0.08,
            damage_shares: [0.62, 0.27, 0.11],
            illustration: 0.15,
        };
        match name {
            "novice" => Some(Self {
                skill: -0.8,
                insight: -1.2,
                vague_share: 0.5,
                bonus: Bonus { right: 0.9, vague: 0.1, none: -0.7, wrong: -1.2 },
                crowding: 0.8,
                slip: 0.15,
                damage_shares: [0.50, 0.30, 0.20],
                illustration: 0.25,
                ..journeyman
            }),
            "journeyman" => Some(journeyman),
            "expert" => Some(Self {
                skill: 1.3,
                insight: 1.6,
                spread: 0.8,
                vague_share: 0.7,
                bonus: Bonus { right: 1.9, vague: 0.5, none: -0.3, wrong: -0.8 },
                crowding: 0.4,
                slip: 0.03,
                damage_shares: [0.75, 0.20, 0.05],
                illustration: 0.10,
                ..journeyman
            }),
            _ => None,
        }
    }

    /// z: the profile's fixed liking for a problem. The same in every run, whatever its seed.
    fn liking(&self, problem: &Problem) -> f64 {
        let seed = seed_for(0, &["simulated liking", &self.name, &problem.digest.to_string()]);
        self.spread * Dice::new(seed).normal()
    }

    /// The chances of this profile at one problem.
    pub(super) fn chances(&self, problem: &Problem) -> Chances {
        let difficulty = difficulty(problem.difficulty.as_deref());
        Chances {
            profile: self.clone(),
            difficulty,
            ease: self.skill - difficulty + self.liking(problem),
            right_critique: sigma(self.insight - difficulty),
        }
    }

    /// Digest over all constants.
    pub(super) fn digest(&self) -> Digest {
        let constants = serde_json::to_vec(self).expect("a profile is plain numbers and a name");
        Digest::of_parts([constants.as_slice(), &LOOP_SHARE.to_le_bytes()])
    }
}

/// Names of all profiles.
pub fn profile_names() -> Vec<&'static str> {
    vec!["novice", "journeyman", "expert"]
}

/// How good the feedback is that a repair goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quality {
    Right,
    Vague,
    None,
    Wrong,
}

/// What a profile can do at one problem.
#[derive(Debug, Clone)]
pub(super) struct Chances {
    profile: Profile,
    /// b.
    difficulty: f64,
    /// theta - b + z.
    ease: f64,
    right_critique: f64,
}

impl Chances {
    /// Chance that a program written from the statement is right. `plan` says whether the plan that it goes by is good.
    pub(super) fn right_first(&self, plan: Option<bool>) -> f64 {
        sigma(self.ease + worth_of(plan))
    }

    /// Chance that a repair removes a damage from a program that holds `damages`.
    pub(super) fn removes(&self, quality: Quality, damages: usize, plan: Option<bool>) -> f64 {
        let bonus = match quality {
            Quality::Right => self.profile.bonus.right,
            Quality::Vague => self.profile.bonus.vague,
            Quality::None => self.profile.bonus.none,
            Quality::Wrong => self.profile.bonus.wrong,
        };
        sigma(self.ease + bonus - self.profile.crowding * (damages.max(1) - 1) as f64 + worth_of(plan))
    }

    /// Chance that a test is valid.
    pub(super) fn valid_test(&self) -> f64 {
        sigma(self.profile.insight - self.difficulty + 1.0)
    }

    /// Chance that a plan is good. It does not depend on the liking for the problem.
    pub(super) fn good_plan(&self) -> f64 {
        sigma(self.profile.skill - self.difficulty)
    }

    /// Chance that a judgement is sound, whatever the problem.
    pub(super) fn sound_judgement(&self) -> f64 {
        sigma(self.profile.insight)
    }

    /// Chance that a critique names a damage, and that an opinion without facts is right.
    pub(super) fn right_critique(&self) -> f64 {
        self.right_critique
    }

    /// The qualities of the programmer's critiques where there are facts to go by, and the chance of each.
    pub(super) fn critiques(&self) -> [(Quality, f64); 3] {
        let right = self.right_critique;
        let vague = (1.0 - right) * self.profile.vague_share;
        [(Quality::Right, right), (Quality::Vague, vague), (Quality::Wrong, 1.0 - right - vague)]
    }
}

/// What a plan adds to a logit.
fn worth_of(plan: Option<bool>) -> f64 {
    match plan {
        Some(true) => PLAN_BONUS,
        Some(false) => -PLAN_BONUS,
        None => 0.0,
    }
}

/// b: the difficulty of a problem by its data set's word.
fn difficulty(word: Option<&str>) -> f64 {
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("introductory" | "easy") => -0.8,
        Some("interview" | "medium") => 0.3,
        Some("competition" | "hard") => 1.6,
        _ => 0.0,
    }
}

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_profile_exists_and_values_better_feedback_more() {
        for name in profile_names() {
            let Profile { bonus, damage_shares, .. } = Profile::named(name).unwrap();
            assert!(bonus.right > bonus.vague && bonus.vague > bonus.none && bonus.none >= bonus.wrong);
            assert!((damage_shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(Profile::named("master"), None);
    }
}
