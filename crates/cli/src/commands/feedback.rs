//! `mend feedback`: what people may write about.

use crate::args::FeedbackCommand;
use crate::exit::{Exit, Failure};
use mend_core::{Seat, Slot};
use mend_journal::Bodies;
use mend_lab::{journal_failure, problems_of};
use mend_model::FeedbackRow;
use mend_repair::{
    Act, Ask, Failure as Observed, Ground, Next, Solver, Strategy, VALUE_LIMIT, longest_prompts, observe,
};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// `mend feedback`
pub fn run(command: FeedbackCommand) -> Result<Exit, Failure> {
    match command {
        FeedbackCommand::Todo { run, out } => todo(&run, out.as_deref()),
    }
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

/// Every program that a critic is still wanted for, once for each critique of it.
fn todo(run: &Path, out: Option<&Path>) -> Result<Exit, Failure> {
    let recorded = mend_journal::read(run, Bodies::With).map_err(journal_failure)?;
    let strategy = Strategy::of_identity(&recorded.manifest.identity.strategy).map_err(Failure::usage)?;
    if !strategy.seats().contains(&Seat::CRITIC) {
        let failure = Failure::usage(format!("the strategy of `{}` has no critic", run.display()));
        return Err(failure.hint("`mend run --critic human:<file>` begins a run that people criticise"));
    }
    let problems: BTreeMap<_, _> =
        problems_of(&recorded.manifest)?.into_iter().map(|problem| (problem.id.clone(), Arc::new(problem))).collect();
    let sampling = recorded.manifest.identity.models.iter();
    let sampling = sampling.filter_map(|(seat, model)| Some((*seat, model.sampling.clone()?))).collect();
    let longest_prompts = longest_prompts(&sampling);
    let mut lines = String::new();
    let mut count = 0;
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
        for about in &wanted.flatten().collect::<Vec<Slot>>() {
            let Some(node) = tree.node(about) else { continue };
            let Some(candidate) = &node.candidate else { continue };
            let row = FeedbackRow {
                problem: tree.key.problem.clone(),
                program_digest: candidate.program.digest(),
                feedback: String::new(),
                author: Some(String::new()),
                minutes: Some(0.0),
                statement: Some(problem.statement.to_string()),
                program: candidate.program.body().map(std::string::ToString::to_string),
                failure: node
                    .verdict()
                    .and_then(|verdict| observe(verdict, strategy.header().see.suites(), VALUE_LIMIT))
                    .map(|failure| told(&failure)),
            };
            lines.push_str(&serde_json::to_string(&row).map_err(Failure::usage)?);
            lines.push('\n');
            count += 1;
        }
    }
    match out {
        None => crate::print(&lines)?,
        Some(path) => {
            let name = path.display();
            let mut file = std::fs::File::create_new(path).map_err(|error| {
                Failure::usage(format!("cannot write `{name}`: {error}"))
                    .hint("what people wrote is not overwritten: name a new file")
            })?;
            file.write_all(lines.as_bytes()).map_err(Failure::usage)?;
        }
    }
    let what = if count == 1 { "critique is" } else { "critiques are" };
    crate::tell(&format!("{count} {what} missing; fill in `feedback`, `author` and `minutes`"));
    Ok(Exit::Complete)
}
