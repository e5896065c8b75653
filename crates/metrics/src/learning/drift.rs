//! How far the programs of a round are from those of the round before.
//!
//! A *trait* is something that a program has or has not, such as a status. Programs of one tree are alike, so a tree counts
//! once, with the share of its programs that have the trait. Such a share varies at most as a yes or no does, so the standard
//! error that is used here is never too small.

use crate::tokens::mean;
use mend_core::{Digest, RepairTree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many standard errors a share may move before there is an alarm.
pub const ALARM: f64 = 3.0;

/// The trait of not being another program of its tree once more.
const DISTINCT: &str = "distinct";

/// A share of so many trees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share, from 0 to 1.
    pub share: f64,
    /// Of how many.
    pub of: u64,
}

/// How many standard errors lie between two shares, if both were drawn from what they are together. `None` if one of them
/// is of nothing.
pub fn standard_errors(before: Share, now: Share) -> Option<f64> {
    let (n, m) = (before.of as f64, now.of as f64);
    if before.of == 0 || now.of == 0 {
        return None;
    }
    let together = before.share.mul_add(n, now.share * m) / (n + m);
    let error = (together * (1.0 - together) * (1.0 / n + 1.0 / m)).sqrt();
    let moved = now.share - before.share;
    Some(if moved == 0.0 { 0.0 } else { moved / error })
}

/// A trait of the programs of a round, beside the round before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftRow {
    /// The round, from 0.
    pub round: u32,
    /// The trait: a status, `unscored`, or `distinct`.
    #[serde(rename = "trait")]
    pub of: String,
    /// Trees with programs.
    pub trees: u64,
    /// Share of a tree's programs that have the trait: mean over trees.
    pub share: f64,
    /// That share in the round before; `None` in the first round.
    pub before: Option<f64>,
    /// How many standard errors the share moved.
    pub moved: Option<f64>,
    /// Whether that is more than [`ALARM`].
    pub alarm: bool,
}

/// What the programs of a round are like.
#[derive(Debug, Default)]
pub(super) struct Traits {
    /// Programs in all.
    pub(super) programs: u64,
    /// Tokens of each program, by our own count.
    lengths: Vec<f64>,
    /// For each tree with programs the share that has each trait.
    shares: Vec<BTreeMap<String, f64>>,
}

impl Traits {
    /// Those of some trees. `shapes` tells programs that are the same but for formatting.
    pub(super) fn of<'a>(trees: impl Iterator<Item = &'a RepairTree>, shapes: &BTreeMap<Digest, Digest>) -> Self {
        let mut traits = Self::default();
        for tree in trees {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let mut seen: BTreeSet<Digest> = BTreeSet::new();
            let mut programs = 0.0;
            for node in tree.nodes().filter(|node| node.slot.is_program() && node.outcome.is_some()) {
                programs += 1.0;
                let status = node.verdict().map_or("unscored", |verdict| verdict.status.as_str());
                *counts.entry(status.to_owned()).or_default() += 1.0;
                let candidate = node.candidate.as_ref();
                traits.lengths.extend(candidate.map(|candidate| candidate.paper_tokens.0 as f64));
                // An answer without a program is like no other.
                let is_new = candidate.is_none_or(|candidate| {
                    let digest = candidate.program.digest();
                    seen.insert(shapes.get(&digest).copied().unwrap_or(digest))
                });
                *counts.entry(DISTINCT.to_owned()).or_default() += f64::from(u8::from(is_new));
            }
            if programs > 0.0 {
                traits.programs += programs as u64;
                traits.shares.push(counts.into_iter().map(|(of, count)| (of, count / programs)).collect());
            }
        }
        traits
    }

    fn names(&self) -> BTreeSet<&str> {
        self.shares.iter().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    fn share(&self, name: &str) -> Share {
        let shares: Vec<f64> = self.shares.iter().map(|tree| tree.get(name).copied().unwrap_or(0.0)).collect();
        Share { share: mean(&shares).unwrap_or(0.0), of: shares.len() as u64 }
    }

    /// Share of a tree's programs that are no other once more.
    pub(super) fn distinct(&self) -> Option<f64> {
        (!self.shares.is_empty()).then(|| self.share(DISTINCT).share)
    }

    /// Mean tokens of a program.
    pub(super) fn length(&self) -> Option<f64> {
        mean(&self.lengths)
    }
}

/// The rows of a round, a trait each, of this round or of the one before.
pub(super) fn rows(round: u32, before: Option<&Traits>, now: &Traits) -> Vec<DriftRow> {
    let mut names = now.names();
    names.extend(before.iter().flat_map(|before| before.names()));
    names
        .into_iter()
        .map(|name| {
            let share = now.share(name);
            let earlier = before.map(|before| before.share(name)).filter(|earlier| earlier.of > 0);
            let moved = earlier.and_then(|earlier| standard_errors(earlier, share));
            DriftRow {
                round,
                of: name.to_owned(),
                trees: share.of,
                share: share.share,
                before: earlier.map(|earlier| earlier.share),
                moved,
                alarm: moved.is_some_and(|moved| moved.abs() > ALARM),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(share: f64, of: u64) -> Share {
        Share { share, of }
    }

    #[track_caller]
    fn close(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn a_shift_of_four_standard_errors_alarms_and_one_of_one_does_not() {
        // Around one half, of two hundred trees each, the standard error is 0.5 sqrt(2 / 200) = 0.05.
        close(standard_errors(share(0.4, 200), share(0.6, 200)), 4.0);
        close(standard_errors(share(0.6, 200), share(0.4, 200)), -4.0);
        close(standard_errors(share(0.475, 200), share(0.525, 200)), 1.0);
        // 0.2 of 50 and 0.5 of 25: 0.3 together, so 0.3 / sqrt(0.21 (1 / 50 + 1 / 25)).
        close(standard_errors(share(0.2, 50), share(0.5, 25)), 2.672_612_419_124_244);
        // All and none: as far as so few trees can be apart.
        close(standard_errors(share(0.0, 2), share(1.0, 2)), 2.0);
        close(standard_errors(share(1.0, 9), share(1.0, 4)), 0.0);
        close(standard_errors(share(0.0, 9), share(0.0, 4)), 0.0);
        assert_eq!(standard_errors(share(0.5, 0), share(0.5, 4)), None);
        assert_eq!(standard_errors(share(0.5, 4), share(0.5, 0)), None);
    }

    /// So many trees of one program, of which some pass.
    fn of(trees: u32, passing: u32) -> Traits {
        let tree = |passes: bool| {
            let status = if passes { "passed" } else { "wrong_answer" };
            BTreeMap::from([(status.to_owned(), 1.0), (DISTINCT.to_owned(), 1.0)])
        };
        Traits { programs: trees.into(), lengths: vec![], shares: (0..trees).map(|at| tree(at < passing)).collect() }
    }

    #[test]
    fn rows_tell_each_trait_of_either_round_and_alarm_beyond_three() {
        let told = |before: &Traits, now: &Traits| -> Vec<(String, f64, bool)> {
            rows(1, Some(before), now).into_iter().map(|row| (row.of, row.moved.unwrap(), row.alarm)).collect()
        };
        let shifted = told(&of(200, 80), &of(200, 120));
        assert_eq!(shifted[0], ("distinct".to_owned(), 0.0, false));
        assert_eq!((shifted[1].0.as_str(), shifted[1].2), ("passed", true));
        assert_eq!((shifted[2].0.as_str(), shifted[2].2), ("wrong_answer", true));
        close(Some(shifted[1].1), 4.0);
        assert!(told(&of(200, 95), &of(200, 105)).iter().all(|(_, _, alarm)| !alarm));
        let first = rows(0, None, &of(4, 1));
        assert!(first.iter().all(|row| row.before.is_none() && row.moved.is_none() && !row.alarm));
        assert_eq!(first.iter().map(|row| row.share).collect::<Vec<_>>(), [1.0, 0.25, 0.75]);
        // A status that is gone has a row too.
        let gone = rows(2, Some(&of(4, 2)), &of(4, 4));
        assert_eq!(gone.iter().map(|row| (row.of.as_str(), row.share)).collect::<Vec<_>>()[2], ("wrong_answer", 0.0));
    }
}
