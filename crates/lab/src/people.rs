//! What people are asked by a run that waits for them.

use crate::began::{data_of, saved_programs};
use crate::failure::{Failure, journal_failure};
use crate::observer::Silent;
use crate::seated::Seated;
use mend_core::{Digest, Kind, Problem, ProblemId, RepairTree, RunManifest, Seat, Slot, Suite, Text, TreeKey, Turn};
use mend_journal::Bodies;
use mend_model::{AnswerRow, FeedbackRow, OpenRow, how_to_answer, is_human, program_asked_about, prompt_digest};
use mend_repair::{
    Act, Ask, Failure as Observed, Ground, Memory, Next, Solver, State, Strategy, VALUE_LIMIT, longest_prompts,
    observe, readable,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Everything that a run still wants of people, as rows to be filled in: in the order of the run's trees and of its
/// strategy's requests. A program that wants several critiques has a row for each of them; a prompt that several trees or
/// places share is put once.
///
/// # Errors
/// The folder holds no run that can be read, or no seat of it is taken by people.
pub fn questions(run: &Path) -> Result<Vec<OpenRow>, Failure> {
    let recorded = mend_journal::read(run, Bodies::With).map_err(journal_failure)?;
    let manifest = &recorded.manifest;
    if let Some(source) = &manifest.identity.rejudged {
        let failure = Failure::usage(format!("the run judges the programs of {} anew, and asks nobody", source.run));
        return Err(failure.hint("ask for the questions of that run"));
    }
    let strategy = Strategy::of_identity(&manifest.identity.strategy).map_err(Failure::usage)?;
    let people = people_of(manifest);
    if people.is_empty() {
        let failure = Failure::usage(format!("no seat of `{}` is taken by people", run.display()));
        return Err(failure.hint(
            "`mend run --critic human:<file>` begins a run that people criticise, and `--seat judge=human:<file>` one \
             that they judge",
        ));
    }
    let grounds = Grounds::of(manifest, &recorded.states())?;
    let mut rows = Vec::new();
    let mut put = BTreeSet::new();
    for tree in recorded.trees().map_err(journal_failure)?.iter().filter(|tree| !tree.is_finished()) {
        let Some(ground) = grounds.of_tree(tree) else { continue };
        let next = Solver::new(strategy.script().clone(), ground.clone()).next(tree).map_err(Failure::usage)?;
        let Next::Enabled(acts) = next else { continue };
        for (_, act) in acts {
            let Act::Ask(ask) = act else { continue };
            if people.contains(&ask.seat) {
                let of_tree = Wants { tree, problem: &ground.problem, suites: strategy.header().see.suites() };
                rows.extend(of_tree.rows(&ask, &mut put));
            }
        }
    }
    Ok(rows)
}

/// The seats of a run that people take.
fn people_of(manifest: &RunManifest) -> BTreeSet<Seat> {
    let models = manifest.identity.models.iter();
    models.filter(|(_, model)| is_human(&model.name)).map(|(seat, _)| *seat).collect()
}

/// What the trees of a run grow with.
struct Grounds<'a> {
    manifest: &'a RunManifest,
    problems: BTreeMap<ProblemId, Arc<Problem>>,
    /// How many first programs were saved for each problem, by replicate; `None` if a model writes them.
    programs: Option<Vec<BTreeMap<ProblemId, u32>>>,
    /// Where each tree stands among the rounds.
    turns: BTreeMap<TreeKey, Turn>,
    /// What the strategy knows in each round that began.
    states: Vec<Arc<State>>,
}

impl<'a> Grounds<'a> {
    fn of(manifest: &'a RunManifest, states: &[&Text]) -> Result<Self, Failure> {
        let states = states.iter().map(|text| State::read(text).map(Arc::new).map_err(Failure::usage));
        let states = states.collect::<Result<_, _>>()?;
        let dataset = data_of(manifest)?.dataset;
        let saved = saved_programs(manifest, &dataset, &mut Silent)?;
        let most = manifest.trees().map(|key| key.replicate + 1).max().unwrap_or_default();
        let programs = saved
            .as_ref()
            .and_then(Seated::as_samples)
            .map(|samples| (0..most).map(|replicate| samples.per_problem(replicate).into_iter().collect()).collect());
        let problems = dataset.problems.into_iter().map(|problem| (problem.id.clone(), Arc::new(problem))).collect();
        Ok(Self { manifest, problems, programs, turns: manifest.turns(), states })
    }

    /// `None` for a tree of no problem of the run, and for one whose round did not begin.
    fn of_tree(&self, tree: &RepairTree) -> Option<Ground> {
        let identity = &self.manifest.identity;
        let memory = if identity.strategy.rounds.is_some() {
            let turn = *self.turns.get(&tree.key)?;
            let state = Arc::clone(self.states.get(turn.round as usize)?);
            let rounds = self.turns.values().map(|turn| turn.round + 1).max().unwrap_or_default();
            Some(Memory { state, turn, rounds })
        } else {
            None
        };
        let sampling = identity.models.iter();
        let sampling = sampling.filter_map(|(seat, model)| Some((*seat, model.sampling.clone()?))).collect();
        let saved = self.programs.as_ref().map(|counts| {
            let counts = counts.get(tree.key.replicate as usize);
            counts.and_then(|counts| counts.get(&tree.key.problem)).copied().unwrap_or(0)
        });
        Some(Ground {
            problem: Arc::clone(self.problems.get(&tree.key.problem)?),
            seed: identity.seed,
            replicate: tree.key.replicate,
            programs: saved.unwrap_or(u32::MAX),
            longest_prompts: longest_prompts(&sampling),
            memory,
        })
    }
}

/// A prompt that was put, with its number among the answers that one request wants.
type Put = (ProblemId, Digest, Seat, Kind, u32);

/// A tree that waits for people.
struct Wants<'a> {
    tree: &'a RepairTree,
    problem: &'a Problem,
    suites: &'a [Suite],
}

impl Wants<'_> {
    /// A row for each node that a request asks for. `put` are the prompts that have a row.
    fn rows(&self, ask: &Ask, put: &mut BTreeSet<Put>) -> Vec<OpenRow> {
        let of_slot = |slot: &Slot| match program_asked_about(ask.seat, slot.kind(), ask.program(self.tree)) {
            Some(program) => self.critique(ask, program).map(OpenRow::Feedback),
            None => self.answer(ask, slot, put).map(OpenRow::Answer),
        };
        ask.slots.iter().filter_map(of_slot).collect()
    }

    fn critique(&self, ask: &Ask, program_digest: Digest) -> Option<FeedbackRow> {
        let about = ask.about.as_ref()?;
        let above = if about.is_program() { about.clone() } else { about.program_above()? };
        let node = self.tree.node(&above)?;
        let seen = |verdict| observe(verdict, self.suites, VALUE_LIMIT);
        Some(FeedbackRow {
            problem: self.tree.key.problem.clone(),
            program_digest,
            feedback: String::new(),
            author: Some(String::new()),
            minutes: Some(0.0),
            statement: Some(self.problem.statement.to_string()),
            program: node.candidate.as_ref()?.program.body().map(ToString::to_string),
            failure: node.verdict().and_then(seen).map(|failure| told(&failure)),
        })
    }

    /// `None` if the same prompt has a row.
    fn answer(&self, ask: &Ask, slot: &Slot, put: &mut BTreeSet<Put>) -> Option<AnswerRow> {
        let (problem, digest) = (self.tree.key.problem.clone(), prompt_digest(&ask.messages));
        let kind = slot.kind();
        let number = slot.last().index().saturating_sub(ask.first);
        put.insert((problem.clone(), digest, ask.seat, kind, number)).then(|| AnswerRow {
            problem,
            prompt_digest: digest,
            seat: ask.seat,
            kind,
            answer: String::new(),
            author: String::new(),
            minutes: 0.0,
            how: how_to_answer(kind),
            prompt: readable(&ask.messages),
        })
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
