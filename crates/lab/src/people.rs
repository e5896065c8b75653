//! What people are asked by a run that waits for them.

use crate::again::problems_of;
use crate::failure::{Failure, journal_failure};
use mend_core::{Problem, Seat};
use mend_journal::Bodies;
use mend_model::FeedbackRow;
use mend_repair::{
    Act, Ask, Failure as Observed, Ground, Next, Solver, Strategy, VALUE_LIMIT, longest_prompts, observe,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Every program of a run that a critic is still wanted for, once for each critique of it, as rows to be filled in: in
/// the order of the run's trees and of its strategy's requests.
///
/// # Errors
/// The folder holds no run that can be read, or its strategy has no critic.
pub fn questions(run: &Path) -> Result<Vec<FeedbackRow>, Failure> {
    let recorded = mend_journal::read(run, Bodies::With).map_err(journal_failure)?;
    let strategy = Strategy::of_identity(&recorded.manifest.identity.strategy).map_err(Failure::usage)?;
    if !strategy.seats().contains(&Seat::CRITIC) {
        let failure = Failure::usage(format!("the strategy of `{}` has no critic", run.display()));
        return Err(failure.hint("`mend run --critic human:<file>` begins a run that people criticise"));
    }
    let problems = problems_of(&recorded.manifest)?.into_iter().map(|problem| (problem.id.clone(), Arc::new(problem)));
    let problems: BTreeMap<_, Arc<Problem>> = problems.collect();
    let sampling = recorded.manifest.identity.models.iter();
    let sampling = sampling.filter_map(|(seat, model)| Some((*seat, model.sampling.clone()?))).collect();
    let longest_prompts = longest_prompts(&sampling);
    let mut rows = Vec::new();
    for tree in recorded.trees().map_err(journal_failure)?.iter().filter(|tree| !tree.is_finished()) {
        let Some(problem) = problems.get(&tree.key.problem) else { continue };
        let ground = Ground {
            problem: Arc::clone(problem),
            seed: recorded.manifest.identity.seed,
            replicate: tree.key.replicate,
            programs: u32::MAX,
            longest_prompts: longest_prompts.clone(),
        };
        let next = Solver::new(strategy.script().clone(), ground).next(tree).map_err(Failure::usage)?;
        let Next::Enabled(acts) = next else { continue };
        let wanted = acts.into_iter().filter_map(|(_, act)| match act {
            Act::Ask(Ask { seat: Seat::CRITIC, about: Some(about), slots, .. }) => {
                Some(std::iter::repeat_n(about, slots.len()))
            }
            Act::Ask(_) | Act::Test { .. } | Act::Run { .. } => None,
        });
        for about in wanted.flatten() {
            let Some(node) = tree.node(&about) else { continue };
            let Some(candidate) = &node.candidate else { continue };
            let seen = |verdict| observe(verdict, strategy.header().see.suites(), VALUE_LIMIT);
            rows.push(FeedbackRow {
                problem: tree.key.problem.clone(),
                program_digest: candidate.program.digest(),
                feedback: String::new(),
                author: Some(String::new()),
                minutes: Some(0.0),
                statement: Some(problem.statement.to_string()),
                program: candidate.program.body().map(ToString::to_string),
                failure: node.verdict().and_then(seen).map(|failure| told(&failure)),
            });
        }
    }
    Ok(rows)
}

/// What the strategy may say of a failure, a line for each fact.
fn told(failure: &Observed) -> String {
    let facts = serde_json::to_value(failure).unwrap_or_default();
    let fact = |(name, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(format!("{name}: {text}")),
        other => Some(format!("{name}: {other}")),
    };
    let lines: Vec<String> = facts.as_object().into_iter().flatten().filter_map(fact).collect();
    lines.join("\n")
}
