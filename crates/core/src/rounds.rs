//! Rounds: how trees are gone through where a strategy learns from one problem for the next, and which problems it learns
//! from.
//!
//! A strategy with a state goes through *rounds* of whole trees. What it learns from a round is known to the next one, and
//! to no tree of the same round. So the order in which answers arrive reaches no prompt. *Dev* problems shape the state;
//! *test* problems are reported, and all of them are gone through in the last round. Where there is no dev problem, every
//! problem is reported, and every round learns from those before it.

use crate::number::float;
use crate::{Digest, OracleLevel, ProblemEntry, ProblemId, seed_for};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How a strategy goes through its problems, as a manifest keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rounds {
    /// Trees of one round.
    pub round: u32,
    /// Share of the problems that shape the state and are not reported.
    #[serde(deserialize_with = "float")]
    pub dev: f64,
    /// How often the dev problems are gone through.
    pub passes: u32,
    /// The suite up to which the strategy may know and use outcomes on dev problems; `None` if no further than elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub learn_on: Option<String>,
    /// What the strategy can reach on dev problems; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dev_oracle: Option<OracleLevel>,
}

/// Its share is finite.
impl Eq for Rounds {}

/// Which of some problems shape the state: so many of each difficulty as the share says, chosen by the seed. Whatever is
/// cut off in one difficulty is made up for in the next, so that the whole has the share too.
///
/// # Errors
/// Problems that are too few: at least one must shape the state, and at least one be left to report.
pub fn dev_problems(problems: &[ProblemEntry], share: f64, seed: u64) -> Result<BTreeSet<ProblemId>, TooFew> {
    if share <= 0.0 {
        return Ok(BTreeSet::new());
    }
    if problems.len() < 2 {
        return Err(TooFew { problems: problems.len() });
    }
    let mut by_difficulty: BTreeMap<Option<&str>, Vec<&ProblemEntry>> = BTreeMap::new();
    for problem in problems {
        by_difficulty.entry(problem.difficulty.as_deref()).or_default().push(problem);
    }
    let mut order: Vec<&ProblemEntry> = Vec::with_capacity(problems.len());
    let mut is_dev: Vec<bool> = Vec::with_capacity(problems.len());
    for mut group in by_difficulty.into_values() {
        group.sort_by_cached_key(|problem| (seed_for(seed, &["dev", &problem.digest.to_string()]), problem.id.clone()));
        let (before, taken) = (order.len(), is_dev.iter().filter(|dev| **dev).count());
        let due = share_of(before + group.len(), share).saturating_sub(taken).min(group.len());
        is_dev.extend((0..group.len()).map(|at| at < due));
        order.extend(group);
    }
    // A share that rounds to none or to all still leaves both kinds.
    match is_dev.iter().filter(|dev| **dev).count() {
        0 => is_dev[0] = true,
        all if all == order.len() => is_dev[all - 1] = false,
        _ => {}
    }
    Ok(order.into_iter().zip(is_dev).filter(|(_, dev)| *dev).map(|(problem, _)| problem.id.clone()).collect())
}

/// A share of a number of problems, to the nearest whole number.
fn share_of(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}

/// Problems of which none would be left to report, or to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the strategy learns from a share of the problems and is reported on the others, and the run has {problems}: expected \
     at least two"
)]
pub struct TooFew {
    /// How many there are.
    pub problems: usize,
}

/// A tree, as far as its place among the rounds goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Whether its problem shapes the state.
    pub is_dev: bool,
    /// Its replicate: for a dev problem, the pass.
    pub replicate: u32,
    /// Digest of its problem.
    pub problem: Digest,
}

/// Where a tree stands among the rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The round, from 0.
    pub round: u32,
    /// The tree's number within its round, from 0.
    pub place: u32,
    /// Whether its problem shapes the state.
    pub is_dev: bool,
}

/// The order in which the trees of a run are begun and handed in, cut into rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The trees by their number, in that order.
    order: Vec<usize>,
    /// Whether each of the order is of a dev problem.
    is_dev: Vec<bool>,
    /// Where each round ends in the order. All but the first are larger than the one before.
    ends: Vec<usize>,
}

impl Schedule {
    /// Dev problems pass by pass, then test problems replicate by replicate; each pass and replicate in the order into which
    /// the seed shuffles problems. A pass is cut into rounds of so many trees, and all test problems are one round. Without a
    /// dev problem all trees are cut into rounds. Without a size there is one round.
    pub fn new(trees: &[Member], seed: u64, size: Option<u32>) -> Self {
        let mut order: Vec<usize> = (0..trees.len()).collect();
        order.sort_by_cached_key(|index| {
            let tree = &trees[*index];
            (!tree.is_dev, tree.replicate, seed_for(seed, &["order", &tree.problem.to_string()]), *index)
        });
        let is_dev: Vec<bool> = order.iter().map(|index| trees[*index].is_dev).collect();
        let learns_online = !is_dev.first().copied().unwrap_or(false);
        let mut ends: Vec<usize> = Vec::new();
        let mut begin = 0;
        for at in 1..=order.len() {
            let is_full = |size: u32| at - begin >= size as usize && (learns_online || is_dev[at - 1]);
            let belongs_elsewhere = |next: usize| {
                let [tree, next] = [&trees[order[at - 1]], &trees[order[next]]];
                tree.is_dev != next.is_dev || (next.is_dev && tree.replicate != next.replicate)
            };
            let ends_here = at == order.len() || size.is_some_and(|size| is_full(size.max(1)) || belongs_elsewhere(at));
            if ends_here {
                ends.push(at);
                begin = at;
            }
        }
        Self { order, is_dev, ends }
    }

    /// The trees by their number, in the order in which they are begun and handed in.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// How many rounds there are.
    pub fn rounds(&self) -> usize {
        self.ends.len()
    }

    /// The places in the order that a round takes; none beyond the last round.
    pub fn range(&self, round: usize) -> Range<usize> {
        let Some(end) = self.ends.get(round) else { return self.order.len()..self.order.len() };
        round.checked_sub(1).map_or(0, |before| self.ends[before])..*end
    }

    /// Where the tree at a place of the order stands.
    pub fn turn(&self, position: usize) -> Turn {
        let round = self.ends.partition_point(|end| *end <= position);
        let place = position - self.range(round).start.min(position);
        Turn { round: round as u32, place: place as u32, is_dev: self.is_dev.get(position).copied().unwrap_or(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Integrity;
    use proptest::prelude::*;

    fn entry(id: usize, difficulty: Option<&str>) -> ProblemEntry {
        ProblemEntry {
            id: ProblemId::new(format!("p/{id}")),
            digest: Digest::of(&id.to_le_bytes()),
            difficulty: difficulty.map(str::to_owned),
            public_tests: 1,
            hidden_tests: 1,
            integrity: Integrity::Isolated,
            dev: false,
            impossible: false,
            known: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn dev_problems_have_their_share_of_each_difficulty(
            words in prop::collection::vec(prop::sample::select(vec!["easy", "hard", "medium"]), 2..60),
            share in 0.05..0.95_f64, seed: u64,
        ) {
            let problems: Vec<ProblemEntry> =
                words.iter().enumerate().map(|(id, word)| entry(id, Some(word))).collect();
            let dev = dev_problems(&problems, share, seed).unwrap();
            prop_assert!(!dev.is_empty() && dev.len() < problems.len());
            let wanted = (problems.len() as f64 * share).round() as usize;
            prop_assert_eq!(dev.len(), wanted.clamp(1, problems.len() - 1));
            for word in ["easy", "hard", "medium"] {
                let of_word = problems.iter().filter(|problem| problem.difficulty.as_deref() == Some(word));
                let (all, chosen) = of_word.fold((0.0, 0.0), |(all, chosen), problem| {
                    (all + 1.0, chosen + f64::from(u8::from(dev.contains(&problem.id))))
                });
                prop_assert!((chosen - all * share).abs() <= 2.0, "{}: {} of {}", word, chosen, all);
            }
            // The data set's order does not decide it.
            let mut reversed = problems.clone();
            reversed.reverse();
            prop_assert_eq!(dev_problems(&reversed, share, seed).unwrap(), dev);
        }
    }

    #[test]
    fn another_seed_learns_from_other_problems_and_two_are_the_fewest() {
        let problems: Vec<ProblemEntry> = (0..20).map(|id| entry(id, None)).collect();
        assert_ne!(dev_problems(&problems, 0.5, 1), dev_problems(&problems, 0.5, 2));
        assert_eq!(dev_problems(&problems, 0.0, 1), Ok(BTreeSet::new()));
        assert_eq!(dev_problems(&problems[..1], 0.5, 1), Err(TooFew { problems: 1 }));
        for share in [0.01, 0.99] {
            assert_eq!(dev_problems(&problems[..2], share, 1).unwrap().len(), 1);
        }
    }

    fn member(is_dev: bool, replicate: u32, id: usize) -> Member {
        Member { is_dev, replicate, problem: Digest::of(&id.to_le_bytes()) }
    }

    fn sizes(schedule: &Schedule) -> Vec<usize> {
        (0..schedule.rounds()).map(|round| schedule.range(round).len()).collect()
    }

    #[test]
    fn each_pass_is_cut_into_rounds_and_test_problems_are_one() {
        // Five dev problems twice, three test problems with two replicates.
        let dev = (0..5).flat_map(|id| (0..2).map(move |pass| member(true, pass, id)));
        let test = (5..8).flat_map(|id| (0..2).map(move |replicate| member(false, replicate, id)));
        let trees: Vec<Member> = dev.chain(test).collect();
        let schedule = Schedule::new(&trees, 3, Some(2));
        assert_eq!(sizes(&schedule), [2, 2, 1, 2, 2, 1, 6]);
        let turns: Vec<Turn> = (0..trees.len()).map(|position| schedule.turn(position)).collect();
        for (position, turn) in turns.iter().enumerate() {
            let tree = trees[schedule.order()[position]];
            assert_eq!(turn.is_dev, tree.is_dev);
            assert_eq!(tree.is_dev, turn.round < 6);
            assert_eq!(schedule.range(turn.round as usize).start + turn.place as usize, position);
            if tree.is_dev {
                assert_eq!(tree.replicate, turn.round / 3);
            }
        }
        // Both passes have the same order.
        let of_pass = |pass: usize| (0..5).map(|at| trees[schedule.order()[5 * pass + at]].problem).collect::<Vec<_>>();
        assert_eq!(of_pass(0), of_pass(1));
    }

    #[test]
    fn without_dev_problems_every_tree_is_in_a_round_and_without_a_size_there_is_one() {
        let trees: Vec<Member> = (0..7).map(|id| member(false, 0, id)).collect();
        assert_eq!(sizes(&Schedule::new(&trees, 1, Some(3))), [3, 3, 1]);
        assert_eq!(sizes(&Schedule::new(&trees, 1, None)), [7]);
        assert_eq!(sizes(&Schedule::new(&[], 1, Some(3))), [0; 0]);
        assert_eq!(Schedule::new(&[], 1, None).range(0), 0..0);
    }
}
