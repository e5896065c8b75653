//! Strategies that learn from one problem for others: what their rounds did, what the loop cost, and how far what they write
//! drifts.
//!
//! Problems that such a strategy learns from are in no other figure. What was spent on them is a cost of the strategy all
//! the same: its share for each reported problem is part of what [`StrategyPoint`](crate::StrategyPoint) compares.

mod drift;

pub use drift::{ALARM, DriftRow, Share, standard_errors};

use crate::deeper::submission_passes;
use crate::submitted::cost_of;
use crate::tokens::mean;
use crate::{Costs, Figure, Options, TokenCounts, TokenDefinition};
use drift::Traits;
use mend_core::{
    CallState, Cost, Digest, OracleLevel, Outcome, ProblemId, RepairTree, RunManifest, Tokens, TreeKey, Turn, Usd,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a strategy that learns from one problem for others did on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    /// What it could reach on the problems that it learnt from; `None` if every problem is reported.
    pub dev_oracle: Option<OracleLevel>,
    /// Problems that it learnt from and that are in no other figure.
    pub dev_problems: u64,
    /// Tokens that answers on these problems cost.
    pub loop_tokens: Tokens,
    /// The same in money; `None` where some price is unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loop_usd: Option<Usd>,
    /// Requests that were answered there.
    pub loop_calls: u64,
    /// How often a program was run there: by the problem's tests, by tests of a node, and without a judgement.
    pub loop_executions: u64,
    /// What the loop cost for each reported problem of the run.
    pub loop_share: Costs,
    /// A row for each round that began.
    pub rounds: Vec<LearningRow>,
    /// A row for each round and trait of its programs.
    pub drift: Vec<DriftRow>,
}

/// What a round of trees did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningRow {
    /// The round, from 0.
    pub round: u32,
    /// Whether its problems are learnt from and not reported.
    pub is_dev: bool,
    /// Digest of what the strategy knew; `None` if nothing was asked.
    pub state: Option<Digest>,
    /// Finished trees.
    pub trees: u64,
    /// All trees of the round.
    pub of: u64,
    /// Repairs of a tree: mean over finished trees.
    pub repairs: Figure,
    /// Share of finished trees whose submission passes the hidden suite.
    pub pass: Figure,
    /// Tokens that answers cost, of unfinished trees too.
    pub tokens: Tokens,
    /// Requests that were answered, of unfinished trees too.
    pub calls: u64,
    /// How often a program was run, of unfinished trees too.
    pub executions: u64,
    /// Programs of finished trees.
    pub programs: u64,
    /// Share of a tree's programs that differ in more than formatting: mean over finished trees with programs.
    pub distinct: Figure,
    /// Tokens of a program, by our own count: mean over the programs.
    pub length: Figure,
    /// Traits of its programs that moved further from the round before than chance would.
    pub alarms: Vec<String>,
}

/// The trees of problems that a strategy learns from.
fn dev_trees<'a>(manifest: &RunManifest, trees: &'a [RepairTree]) -> Vec<&'a RepairTree> {
    let dev: BTreeSet<&ProblemId> = manifest.problems.iter().filter(|entry| entry.dev).map(|entry| &entry.id).collect();
    trees.iter().filter(|tree| dev.contains(&tree.key.problem)).collect()
}

/// What the loop cost for each reported problem, by each definition: nothing without problems that are learnt from.
pub(crate) fn loop_share(manifest: &RunManifest, trees: &[RepairTree]) -> TokenCounts {
    let dev = dev_trees(manifest, trees);
    let reported = manifest.problems.iter().filter(|entry| !entry.dev).count();
    if dev.is_empty() || reported == 0 {
        return TokenCounts::alike(0.0);
    }
    let share = |definition| Some(cost_of(&dev, definition)? * dev.len() as f64 / reported as f64);
    TokenCounts {
        billed: share(TokenDefinition::Billed),
        completion: share(TokenDefinition::Completion),
        paper: share(TokenDefinition::Paper),
        dollars: share(TokenDefinition::Dollars),
        ..TokenCounts::default()
    }
}

/// What was spent on some trees.
#[derive(Default)]
struct Spent {
    cost: Cost,
    calls: u64,
    executions: u64,
}

impl Spent {
    fn on<'a>(trees: impl IntoIterator<Item = &'a RepairTree>) -> Self {
        let mut spent = Self::default();
        for tree in trees {
            spent.cost += tree.paid();
            let answered = tree.calls().filter(|(_, call)| matches!(call.state, CallState::Answered { .. }));
            spent.calls += answered.count() as u64;
            for node in tree.nodes() {
                let was_run = matches!(&node.outcome, Some(Outcome::Judged(verdict, _)) if verdict.engine.is_some());
                spent.executions += u64::from(was_run) + node.tested.len() as u64 + node.ran.len() as u64;
            }
        }
        spent
    }
}

/// The figures; `None` of a strategy that keeps no state.
pub(crate) fn figures(manifest: &RunManifest, trees: &[RepairTree], options: &Options) -> Option<Learning> {
    let rounds = manifest.identity.strategy.rounds.as_ref()?;
    let dev = dev_trees(manifest, trees);
    let spent = Spent::on(dev.iter().copied());
    let share = loop_share(manifest, trees);
    let turns = manifest.turns();
    let mut by_round: BTreeMap<u32, Vec<(&RepairTree, Turn)>> = BTreeMap::new();
    for tree in trees {
        if let Some(turn) = turns.get(&tree.key) {
            by_round.entry(turn.round).or_default().push((tree, *turn));
        }
    }
    let has_begun = |tree: &RepairTree| tree.is_finished() || tree.calls().next().is_some();
    by_round.retain(|_, trees| trees.iter().any(|(tree, _)| has_begun(tree)));
    let (mut rows, mut drift) = (vec![], vec![]);
    let mut before: Option<Traits> = None;
    for (round, mut of_round) in by_round {
        of_round.sort_by_key(|(_, turn)| turn.place);
        let now = Traits::of(of_round.iter().map(|(tree, _)| *tree).filter(|tree| tree.is_finished()), &options.shapes);
        let moved = drift::rows(round, before.as_ref(), &now);
        let alarms = moved.iter().filter(|row| row.alarm).map(|row| row.of.clone()).collect();
        rows.push(row(round, &of_round, &turns, &now, alarms));
        drift.extend(moved);
        before = Some(now);
    }
    Some(Learning {
        dev_oracle: rounds.dev_oracle,
        dev_problems: manifest.problems.iter().filter(|entry| entry.dev).count() as u64,
        loop_tokens: spent.cost.tokens,
        loop_usd: spent.cost.usd,
        loop_calls: spent.calls,
        loop_executions: spent.executions,
        loop_share: Costs::each(|definition| {
            Figure::or_absent(share.by(definition), || format!("the `{definition}` cost of some trees is unknown"))
        }),
        rounds: rows,
        drift,
    })
}

fn row(
    round: u32,
    trees: &[(&RepairTree, Turn)],
    turns: &BTreeMap<TreeKey, Turn>,
    traits: &Traits,
    alarms: Vec<String>,
) -> LearningRow {
    const NONE: &str = "no tree of the round is finished";
    let finished: Vec<&RepairTree> = trees.iter().map(|(tree, _)| *tree).filter(|tree| tree.is_finished()).collect();
    let repairs = |tree: &&RepairTree| {
        tree.nodes().filter(|node| node.slot.is_program() && node.slot.program_above().is_some()).count() as f64
    };
    let scored = finished.iter().filter_map(|tree| submission_passes(tree));
    let passes: Vec<f64> = scored.map(|passes| f64::from(u8::from(passes))).collect();
    let spent = Spent::on(trees.iter().map(|(tree, _)| *tree));
    let known = trees.iter().flat_map(|(tree, _)| tree.calls()).find_map(|(_, call)| call.terms.state);
    let no_program = || "no finished tree of the round has a program".to_owned();
    LearningRow {
        round,
        is_dev: trees.iter().any(|(_, turn)| turn.is_dev),
        state: known,
        trees: finished.len() as u64,
        of: turns.values().filter(|turn| turn.round == round).count() as u64,
        repairs: Figure::or_absent(mean(&finished.iter().map(repairs).collect::<Vec<_>>()), || NONE.to_owned()),
        pass: Figure::or_absent(mean(&passes), || "no submission of the round is scored".to_owned()),
        tokens: spent.cost.tokens,
        calls: spent.calls,
        executions: spent.executions,
        programs: traits.programs,
        distinct: Figure::or_absent(traits.distinct(), no_program),
        length: Figure::or_absent(traits.length(), no_program),
        alarms,
    }
}

#[cfg(test)]
mod tests;
