//! What people are asked by a run that waits for them.

mod agreement;
mod choosing;
mod curve;

pub use agreement::agreement;
pub use choosing::AskBy;
pub use curve::{CurvePoint, curves};

use crate::began::{data_of, saved_programs};
use crate::failure::{Failure, journal_failure};
use crate::observer::Silent;
use crate::seated::Seated;
use choosing::{Candidate, Chooser, Facts};
use mend_core::{Digest, Kind, Node, Problem, ProblemId, RepairTree, RunManifest, Seat, Slot, Text, TreeKey, Turn};
use mend_journal::Bodies;
use mend_model::{AnswerRow, FeedbackRow, OpenRow, how_to_answer, is_human, program_asked_about, prompt_digest};
use mend_repair::{
    Act, Ask, Failing, Failure as Observed, Ground, Header, Memory, Next, Solver, State, Strategy, VALUE_LIMIT,
    longest_prompts, observe, readable,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// How few of the questions are put, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// How many at most.
    pub budget: usize,
    /// Which first.
    pub by: AskBy,
    /// What lots are drawn by.
    pub seed: u64,
}

/// Everything that a run still wants of people, as rows to be filled in: in the order of the run's trees and of its
/// strategy's requests. A program that wants several critiques has a row for each of them; a prompt, or an equal program,
/// that several trees or places share is put once.
///
/// With a choice only so many, in the order in which they are best answered: each program then once, and its row speaks
/// for all programs that fail alike.
///
/// # Errors
/// The folder holds no run that can be read, or no seat of it is taken by people.
pub fn questions(run: &Path, choice: Option<Choice>) -> Result<Vec<OpenRow>, Failure> {
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
    let trees = recorded.trees().map_err(journal_failure)?;
    for tree in trees.iter().filter(|tree| !tree.is_finished()) {
        let Some(ground) = grounds.of_tree(tree) else { continue };
        let next = Solver::new(strategy.script().clone(), ground.clone()).next(tree).map_err(Failure::usage)?;
        let Next::Enabled(acts) = next else { continue };
        for (_, act) in acts {
            let Act::Ask(ask) = act else { continue };
            if people.contains(&ask.seat) {
                let of_tree = Wants { tree, problem: &ground.problem, header: strategy.header() };
                rows.extend(of_tree.rows(&ask, &mut put));
            }
        }
    }
    Ok(match choice {
        None => rows.into_iter().filter(|open| open.is_new).map(|open| open.row).collect(),
        Some(choice) => chosen(rows, &facts_of(&trees, strategy.header()), choice),
    })
}

/// The questions that are worth most, each program once.
fn chosen(rows: Vec<Open>, facts: &Facts, choice: Choice) -> Vec<OpenRow> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut open: Vec<OpenRow> = Vec::new();
    let mut known: BTreeSet<Candidate> = BTreeSet::new();
    // Critiques that are waited for, by how their programs fail.
    let mut waiting: BTreeMap<(ProblemId, Digest), u64> = BTreeMap::new();
    for Open { row, cluster, .. } in rows {
        let (problem, digest) = match &row {
            OpenRow::Feedback(row) => (row.problem.clone(), row.program_digest),
            OpenRow::Answer(row) => (row.problem.clone(), row.prompt_digest),
        };
        // What fails like nothing else stands for itself.
        let candidate = Candidate { problem, cluster: cluster.unwrap_or(digest), digest };
        *waiting.entry((candidate.problem.clone(), candidate.cluster)).or_default() += 1;
        if known.insert(candidate.clone()) {
            candidates.push(candidate);
            open.push(row);
        }
    }
    let mut chooser = Chooser::new(&candidates, choice.by, choice.seed);
    let places = std::iter::from_fn(|| chooser.next(facts)).take(choice.budget);
    let speaking = |place: usize| {
        let candidate = &candidates[place];
        let mut row = open[place].clone();
        if let OpenRow::Feedback(row) = &mut row {
            row.cluster = Some(candidate.cluster);
            row.serves = waiting.get(&(candidate.problem.clone(), candidate.cluster)).copied();
        }
        row
    };
    places.map(speaking).collect()
}

/// How programs and repairs fared so far, as far as the strategy may know.
fn facts_of(trees: &[RepairTree], header: &Header) -> Facts {
    let mut facts = Facts::default();
    let mut counts: BTreeMap<ProblemId, (f64, f64)> = BTreeMap::new();
    for tree in trees {
        for node in tree.nodes().filter(|node| node.slot.is_program() && node.verdict().is_some()) {
            let failing = Failing::of(node, header);
            let (passed, count) = counts.entry(tree.key.problem.clone()).or_default();
            *passed += f64::from(u8::from(failing.is_none()));
            *count += 1.0;
            let mended = node.slot.program_above().and_then(|above| Failing::of(tree.node(&above)?, header));
            if let Some(mended) = mended {
                facts.add_repair(mended.cluster(&tree.key.problem), failing.is_none());
            }
        }
    }
    facts.passing = counts.into_iter().map(|(problem, (passed, count))| (problem, passed / count)).collect();
    facts
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

/// A prompt that was put, or a program that was asked about, with its number among the answers that one request wants.
type Put = (ProblemId, Digest, Seat, Kind, u32);

/// A question that waits for somebody.
struct Open {
    row: OpenRow,
    /// The programs that fail as the one does that it is about.
    cluster: Option<Digest>,
    /// Whether it was not put before: about an equal program everybody is asked once.
    is_new: bool,
}

/// A tree that waits for people.
struct Wants<'a> {
    tree: &'a RepairTree,
    problem: &'a Problem,
    header: &'a Header,
}

impl Wants<'_> {
    /// A row for each node that a request asks for, with the programs that fail as the one does that it is about. `put` are
    /// the prompts that have a row.
    fn rows(&self, ask: &Ask, put: &mut BTreeSet<Put>) -> Vec<Open> {
        let digest = ask.program(self.tree).and_then(|node| Some(node.candidate.as_ref()?.program.digest()));
        let of_slot = |slot: &Slot| {
            let Some(program) = program_asked_about(ask.seat, slot.kind(), digest) else {
                let row = self.answer(ask, slot, put)?;
                return Some(Open { row: OpenRow::Answer(row), cluster: None, is_new: true });
            };
            let failing = ask.program(self.tree).and_then(|node| Failing::of(node, self.header));
            let cluster = failing.map(|failing| failing.cluster(&self.tree.key.problem));
            let problem = self.tree.key.problem.clone();
            let is_new = put.insert((problem, program, ask.seat, slot.kind(), slot.last().index()));
            self.critique(ask, program).map(|row| Open { row: OpenRow::Feedback(row), cluster, is_new })
        };
        ask.slots.iter().filter_map(of_slot).collect()
    }

    fn critique(&self, ask: &Ask, program_digest: Digest) -> Option<FeedbackRow> {
        let about = ask.about.as_ref()?;
        let above = if about.is_program() { about.clone() } else { about.program_above()? };
        let node = self.tree.node(&above)?;
        let seen = |verdict| observe(verdict, self.header.see.suites(), VALUE_LIMIT);
        Some(FeedbackRow {
            about_model: author_of(node),
            statement: Some(self.problem.statement.to_string()),
            program: node.candidate.as_ref()?.program.body().map(ToString::to_string),
            failure: node.verdict().and_then(seen).map(|failure| told(&failure)),
            ..FeedbackRow::open(self.tree.key.problem.clone(), program_digest)
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
            minutes: None,
            how: how_to_answer(kind),
            prompt: readable(&ask.messages),
        })
    }
}

/// The model that wrote a node, as its server calls itself where it says so.
fn author_of(node: &Node) -> Option<String> {
    let served = node.completion.as_ref().and_then(|completion| completion.served_model.clone());
    served.or_else(|| node.model.as_deref().map(str::to_owned))
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
