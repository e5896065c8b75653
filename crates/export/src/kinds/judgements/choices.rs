//! Pairs that a judge was shown, and the ratings that such pairs come to.

use super::{Judged, Pair, Rule};
use crate::messages::completion;
use mend_core::{Found, Kind, Node, RepairTree, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// The pairs of a tree of which one side was chosen, by the slot of their first judgement; and why others are none.
pub(super) struct Choices<'a> {
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) left_out: Vec<&'static str>,
}

/// A judgement of two nodes.
struct Vote<'a> {
    judgement: &'a Node,
    shown: [&'a Slot; 2],
    chosen: Option<&'a Slot>,
}

pub(super) fn choices(tree: &RepairTree) -> Choices<'_> {
    // By the two nodes, the smaller slot first; the order of pairs is that of their first judgements.
    let mut votes: BTreeMap<[&Slot; 2], Vec<Vote<'_>>> = BTreeMap::new();
    let mut order: Vec<[&Slot; 2]> = vec![];
    let mut left_out = vec![];
    for judgement in tree.nodes().filter(|node| node.slot.kind() == Kind::Judgement) {
        let Some(Found::Judgement { score, choice }) = judgement.found() else { continue };
        let Some(shown) = compared(tree, judgement) else {
            if choice.is_some() {
                left_out.push("the judge was not shown two texts of one kind");
            }
            continue;
        };
        // A judge who scores is shown what it is about alone, or beside its program.
        if choice.is_none() && score.is_some() {
            continue;
        }
        let chosen = choice.and_then(|choice| shown.get(choice as usize)).copied();
        let mut pair = shown;
        pair.sort();
        let of_pair = votes.entry(pair).or_default();
        if of_pair.is_empty() {
            order.push(pair);
        }
        of_pair.push(Vote { judgement, shown, chosen });
    }
    let mut pairs = vec![];
    for pair in order {
        match decided(tree, pair, &votes[&pair]) {
            Ok(pair) => pairs.push(pair),
            Err(why) => left_out.push(why),
        }
    }
    Choices { pairs, left_out }
}

/// The two nodes that a judgement compares: what its prompt shows beside what it is about, if these are two of one kind.
fn compared<'a>(tree: &'a RepairTree, judgement: &'a Node) -> Option<[&'a Slot; 2]> {
    let call = tree.call(judgement.call.as_ref()?)?;
    let about = judgement.slot.parent();
    let shown: Vec<&Slot> = call.shows.iter().filter(|slot| Some(*slot) != about.as_ref()).collect();
    let [first, second] = shown.try_into().ok()?;
    let is_one_kind = (first.is_program() && second.is_program()) || first.kind() == second.kind();
    is_one_kind.then_some([first, second])
}

fn decided<'a>(tree: &'a RepairTree, pair: [&Slot; 2], votes: &[Vote<'a>]) -> Result<Pair<'a>, &'static str> {
    let orders: BTreeSet<[&Slot; 2]> = votes.iter().map(|vote| vote.shown).collect();
    let chosen: BTreeSet<Option<&Slot>> = votes.iter().map(|vote| vote.chosen).collect();
    let winner = match (chosen.first(), chosen.len(), orders.len()) {
        (Some(Some(winner)), 1, _) => *winner,
        (_, 1, _) => return Err("the judge prefers neither side"),
        (_, _, 1) => return Err("judgements of one order contradict each other"),
        _ => return Err("the judge does not choose the same side in both orders"),
    };
    let loser = if winner == pair[0] { pair[1] } else { pair[0] };
    let node = |slot: &Slot| tree.node(slot).ok_or("a side is not in the tree");
    let judged = |vote: &Vote<'a>| {
        let call = vote.judgement.call.as_ref().and_then(|call| tree.call(call));
        Judged {
            slot: vote.judgement.slot.to_string(),
            first: vote.shown[0].to_string(),
            second: vote.shown[1].to_string(),
            chosen: vote.chosen.map(ToString::to_string),
            seat: vote.judgement.seat.map(|seat| seat.to_string()),
            model: vote.judgement.model.as_deref(),
            completion: completion(vote.judgement),
            template: call.and_then(|call| call.template).map(|template| template.to_string()),
        }
    };
    Ok(Pair {
        rule: Rule::Choice,
        sides: [node(winner)?, node(loser)?],
        scores: None,
        judgements: votes.iter().map(judged).collect(),
        orders: Some(orders.len() as u32),
    })
}

/// Where every rating begins.
const START: f64 = 1000.0;
/// The most that one comparison moves a rating.
const STEP: f64 = 16.0;

/// Of each program whose judgements were compared: the best judgement against the worst, by Elo ratings.
pub(super) fn ratings<'a>(tree: &'a RepairTree, pairs: &[Pair<'a>]) -> Vec<Pair<'a>> {
    let mut games: BTreeMap<Slot, Vec<&Pair<'a>>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.sides.iter().all(|side| side.slot.kind() == Kind::Judgement)) {
        let abouts = pair.sides.map(|side| side.slot.parent());
        if let [Some(one), Some(other)] = abouts
            && one == other
        {
            games.entry(one).or_default().push(pair);
        }
    }
    let best = |games: Vec<&Pair<'a>>| {
        let mut ratings: BTreeMap<&Slot, f64> = BTreeMap::new();
        for game in games {
            let [winner, loser] = game.sides.map(|side| &side.slot);
            let [high, low] = [winner, loser].map(|slot| ratings.get(slot).copied().unwrap_or(START));
            let expected = 1.0 / (1.0 + 10_f64.powf((low - high) / 400.0));
            ratings.insert(winner, high + STEP * (1.0 - expected));
            ratings.insert(loser, low - STEP * (1.0 - expected));
        }
        let rated: Vec<(&Slot, f64)> = ratings.into_iter().collect();
        let [best, worst] = super::scores::ends(&rated)?;
        let sides = [tree.node(best.0)?, tree.node(worst.0)?];
        Some(Pair::by_score(Rule::Rating, sides, [best.1, worst.1]))
    };
    games.into_values().filter_map(best).collect()
}
