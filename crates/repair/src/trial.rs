//! Trying a script out in memory: answers of somebody who costs nothing, verdicts of the real judge, no journal.

use crate::extract::extract;
use crate::judging::{Outcomes, event_of, task};
use crate::looking;
use crate::reading::{read, screen};
use crate::script::{
    Act, Ask, Finished, Ground, Input, Instrument, Memory, Next, Script, ScriptError, Solver, State, tests_of,
};
use mend_core::{
    CallId, Completion, Digest, Event, Extraction, FinishReason, Form, Found, Member, Node, Opinion, Outcome, Problem,
    ProblemEntry, RepairTree, RunOutcome, Schedule, Slot, Status, Terms, Test, Text, Tokens, TreeError, TreeKey, Turn,
    Usage, Used, Verdict, dev_problems,
};
use mend_judge::{JudgeError, Judgement, Look, Seen, Task};
use mend_model::count_tokens;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Who answers and who judges while a script is tried.
pub trait Stage {
    /// An answer for one node; `None` if it will never come, so that the node has no outcome.
    ///
    /// # Errors
    /// Nobody can answer.
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String>;

    /// The verdict on a program.
    ///
    /// # Errors
    /// There is none.
    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError>;

    /// What an instrument sees of a node.
    ///
    /// # Errors
    /// There is no such instrument.
    fn look(&mut self, slot: &Slot, look: Look) -> Result<Seen, JudgeError> {
        let _ = (slot, look);
        Err(JudgeError::Unsupported { why: "nobody looks".to_owned() })
    }

    /// What a program does with inputs; `None` if its judge is to find out.
    fn run(&mut self, slot: &Slot, inputs: &[Input]) -> Option<Vec<RunOutcome>> {
        let _ = (slot, inputs);
        None
    }
}

/// What came of a script at one problem.
#[derive(Debug)]
pub struct Trial {
    /// The tree that it grew.
    pub tree: RepairTree,
    /// What it hands in, best first.
    pub ranking: Vec<Slot>,
    /// What was done, in order.
    pub acts: Vec<Act>,
    /// Nodes that it asked for.
    pub asked: u64,
    /// The fields of its header that grant more than it made use of here.
    pub unused: Vec<&'static str>,
    /// Whether it ran programs without a judgement.
    pub ran: bool,
    /// What it kept to learn from, in order.
    pub kept: Vec<serde_json::Value>,
}

/// Why a trial ended.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The script is wrong.
    #[error("problem {problem}: {error}")]
    Script {
        /// The problem at which that showed.
        problem: String,
        /// What is wrong.
        error: ScriptError,
    },
    /// The script failed while it learnt.
    #[error("before round {round}: {error}")]
    Learning {
        /// The round, from 0, whose state it was to give.
        round: usize,
        /// What is wrong.
        error: ScriptError,
    },
    /// Nobody answered.
    #[error("{0}")]
    Answer(String),
    /// The judge failed.
    #[error("a program could not be judged")]
    Judge(#[from] JudgeError),
    /// A bug of ours.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Runs a script at a problem to its end.
///
/// # Errors
/// A script that fails, a stage that fails.
pub fn try_out(script: &Script, problem: &Arc<Problem>, stage: &mut dyn Stage) -> Result<Trial, TrialError> {
    let start = script.start().map_err(|error| TrialError::Learning { round: 0, error })?;
    let is_dev = script.header().rounds.as_ref().is_some_and(|rounds| rounds.dev > 0.0);
    let turn = Turn { round: 0, place: 0, is_dev };
    try_at(script, problem, start.map(|state| Memory { state: Arc::new(state), turn, rounds: 1 }), stage)
}

/// What came of a script at several problems.
#[derive(Debug)]
pub struct Rehearsal {
    /// The problems in the order in which they were gone through, each with where its tree stands among the rounds.
    pub trials: Vec<(Turn, Arc<Problem>, Trial)>,
    /// What the script knew in each round; nothing for one that keeps no state.
    pub states: Vec<State>,
}

/// Runs a script at several problems, in rounds if it learns from one for others. A round is then small enough for the
/// problems to make two of them.
///
/// # Errors
/// As [`try_out`].
pub fn rehearse(script: &Script, problems: &[Arc<Problem>], stage: &mut dyn Stage) -> Result<Rehearsal, TrialError> {
    let rounds = script.header().rounds.as_ref();
    let entries: Vec<ProblemEntry> = problems.iter().map(|problem| ProblemEntry::from(&**problem)).collect();
    // A single problem is one to report.
    let dev = dev_problems(&entries, rounds.map_or(0.0, |rounds| rounds.dev), 0).unwrap_or_default();
    let passes = |problem: &Problem| match rounds {
        Some(rounds) if dev.contains(&problem.id) => rounds.passes,
        _ => 1,
    };
    let trees: Vec<(&Arc<Problem>, Member)> = problems
        .iter()
        .flat_map(|problem| (0..passes(problem)).map(move |replicate| (problem, replicate)))
        .map(|(problem, replicate)| {
            (problem, Member { is_dev: dev.contains(&problem.id), replicate, problem: problem.digest })
        })
        .collect();
    let learns_from = if dev.is_empty() { problems.len() } else { dev.len() };
    let size = rounds.map(|rounds| rounds.size.min(learns_from.div_ceil(2) as u32));
    let members: Vec<Member> = trees.iter().map(|(_, member)| *member).collect();
    let schedule = Schedule::new(&members, 0, size);
    let mut rehearsal = Rehearsal { trials: Vec::new(), states: Vec::new() };
    let mut finished: Vec<Finished> = Vec::new();
    for round in 0..schedule.rounds() {
        let state = match rehearsal.states.last() {
            Some(state) => script.learn(state, &finished).map(Some),
            None => script.start(),
        };
        let state = state.map_err(|error| TrialError::Learning { round, error })?;
        finished.clear();
        let known = state.clone().map(Arc::new);
        for position in schedule.range(round) {
            let (problem, turn) = (trees[schedule.order()[position]].0, schedule.turn(position));
            let known = known.as_ref().map(Arc::clone);
            let memory = known.map(|state| Memory { state, turn, rounds: schedule.rounds() as u32 });
            let trial = try_at(script, problem, memory, stage)?;
            finished.push(Finished { problem: Arc::clone(problem), place: turn.place, kept: trial.kept.clone() });
            rehearsal.trials.push((turn, Arc::clone(problem), trial));
        }
        rehearsal.states.extend(state);
    }
    Ok(rehearsal)
}

/// Runs a script at a problem to its end, with what it learnt before.
fn try_at(
    script: &Script,
    problem: &Arc<Problem>,
    memory: Option<Memory>,
    stage: &mut dyn Stage,
) -> Result<Trial, TrialError> {
    let ground = Ground {
        problem: Arc::clone(problem),
        seed: 0,
        replicate: 0,
        programs: u32::MAX,
        longest_prompts: BTreeMap::new(),
        memory,
    };
    let mut play = Play {
        solver: Solver::new(script.clone(), ground),
        tree: RepairTree::new(TreeKey { problem: problem.id.clone(), replicate: 0 }),
        problem,
        sees_reference: script.header().reference,
    };
    let mut acts = Vec::new();
    let mut waiting: VecDeque<Act> = VecDeque::new();
    loop {
        let next = play
            .solver
            .next(&play.tree)
            .map_err(|error| TrialError::Script { problem: problem.id.to_string(), error })?;
        match next {
            Next::Done(ranking) => {
                let unused = play.solver.reached().unused(script.header());
                let asked =
                    acts.iter().map(|act| if let Act::Ask(ask) = act { ask.slots.len() as u64 } else { 0 }).sum();
                let ran = acts.iter().any(|act| matches!(act, Act::Run { .. }));
                let kept = play.solver.kept().to_vec();
                return Ok(Trial { tree: play.tree, ranking, acts, asked, unused, ran, kept });
            }
            Next::Enabled(enabled) => waiting.extend(enabled.into_iter().map(|(_, act)| act)),
        }
        let Some(act) = waiting.pop_front() else {
            let waits = "the script waits for something that it never asked for";
            let error = ScriptError::Evaluation(format!("{}: {waits}", script.name()));
            return Err(TrialError::Script { problem: problem.id.to_string(), error });
        };
        match &act {
            Act::Ask(ask) => play.ask(ask, stage)?,
            Act::Make { slot, text, of } => play.make(slot, text, of, stage)?,
            Act::Test { slot, tests } => {
                for tests in tests {
                    let event = tested(&play.tree, problem, (slot, tests), stage)?;
                    play.learn(&event)?;
                }
            }
            Act::Run { slot, inputs, given } => {
                let event = ran(&play.tree, problem, (slot, inputs, *given), stage)?;
                play.learn(&event)?;
            }
            Act::Look { slot, instrument, given } => {
                let event = looked(&play.tree, problem, (slot, instrument, *given), stage)?;
                play.learn(&event)?;
            }
        }
        acts.push(act);
    }
}

struct Play<'p> {
    solver: Solver,
    tree: RepairTree,
    problem: &'p Arc<Problem>,
    sees_reference: bool,
}

impl Play<'_> {
    fn learn(&mut self, event: &Event) -> Result<(), TrialError> {
        self.tree.apply(event)?;
        self.solver.learned(event);
        Ok(())
    }

    fn ask(&mut self, ask: &Ask, stage: &mut dyn Stage) -> Result<(), TrialError> {
        for slot in &ask.slots {
            let call = CallId::new(slot, 0);
            self.learn(&Event::Sent {
                call: call.clone(),
                slots: vec![slot.clone()],
                seat: ask.seat,
                model: "trial".to_owned(),
                worst_cost: Tokens(0).into(),
                prompt: Text::new(crate::prompt::readable(&ask.messages)),
                template: Some(ask.template),
                shows: ask.shows.clone(),
                terms: ask.terms.clone(),
            })?;
            let Some(completion) = stage.answer(ask, slot, self.problem).map_err(TrialError::Answer)? else {
                let why = "nobody answered".to_owned();
                self.learn(&Event::Refused { call, why: why.clone() })?;
                self.learn(&Event::Unscored { slot: slot.clone(), candidate: None, why, cause: None })?;
                continue;
            };
            let outcome = outcome(self.problem, slot, &completion, (&ask.terms, self.sees_reference), stage)?;
            let usage = completion.usage;
            let cost = Tokens(0).into();
            self.learn(&Event::Sampled { call, completions: vec![completion], usage, cost })?;
            self.learn(&outcome)?;
        }
        Ok(())
    }
}

impl Play<'_> {
    fn make(&mut self, slot: &Slot, text: &Text, of: &[Slot], stage: &mut dyn Stage) -> Result<(), TrialError> {
        let completion = Completion::made(text.clone());
        let outcome = outcome(self.problem, slot, &completion, (&Terms::default(), self.sees_reference), stage)?;
        self.learn(&Event::Made { slot: slot.clone(), text: text.clone(), of: of.to_vec() })?;
        self.learn(&outcome)
    }
}

/// What a completion comes to: a verdict on the program in it, or what is read of it. `terms` is what its prompt forbids,
/// and whether its script can read the reference solution.
///
/// # Errors
/// The judge fails.
pub fn outcome(
    problem: &Arc<Problem>,
    slot: &Slot,
    completion: &Completion,
    (terms, sees_reference): (&Terms, bool),
    stage: &mut dyn Stage,
) -> Result<Event, TrialError> {
    let slot = slot.clone();
    if !slot.is_program() {
        let text = completion.text.body().map_or("", |text| text);
        let screened = screen(slot.kind(), text, problem, terms.forbids_code, sees_reference);
        return Ok(Event::Read { found: read(slot.kind(), text, problem), slot, screened });
    }
    let candidate = extract(completion, problem, Extraction::Mend).map(|extracted| extracted.candidate());
    let result = match candidate.as_ref().and_then(|candidate| task(problem, candidate)) {
        Some(task) => stage.judge(task),
        None => Ok(Judgement { verdict: Verdict::without_run(Status::NoCode), used: Used::default() }),
    };
    Ok(event_of(slot, candidate, result)?)
}

/// A program judged by the tests of a node.
///
/// # Errors
/// The judge fails.
pub fn tested(
    tree: &RepairTree,
    problem: &Arc<Problem>,
    (slot, tests): (&Slot, &Slot),
    stage: &mut dyn Stage,
) -> Result<Event, TrialError> {
    let held = tree.node(tests).and_then(tests_of).unwrap_or_default().to_vec();
    let outcomes = judged(tree, problem, (slot, held), stage)?;
    let (verdict, used) = (outcomes.suite(0..outcomes.len()), outcomes.used());
    Ok(Event::Tested { slot: slot.clone(), tests: tests.clone(), verdict, used })
}

/// What a program does with inputs of a digest.
///
/// # Errors
/// The judge fails.
pub fn ran(
    tree: &RepairTree,
    problem: &Arc<Problem>,
    (slot, inputs, given): (&Slot, &[Input], Digest),
    stage: &mut dyn Stage,
) -> Result<Event, TrialError> {
    let (outcomes, used) = if let Some(outcomes) = stage.run(slot, inputs) {
        (outcomes, Used::default())
    } else {
        let tests = inputs.iter().map(|input| input.test.clone()).collect();
        let found = judged(tree, problem, (slot, tests), stage)?;
        (found.outcomes(), found.used())
    };
    Ok(Event::Ran { slot: slot.clone(), given, outcomes, used })
}

/// What an instrument shows of a node.
///
/// # Errors
/// The judge fails.
pub fn looked(
    tree: &RepairTree,
    problem: &Arc<Problem>,
    (slot, instrument, given): (&Slot, &Instrument, Digest),
    stage: &mut dyn Stage,
) -> Result<Event, TrialError> {
    let candidate = tree.node(slot).and_then(|node| node.candidate.as_ref());
    let seen = match looking::look(problem, candidate, instrument) {
        Some(look) => stage.look(slot, look),
        None => Err(JudgeError::Unsupported { why: "there is nothing to look at".to_owned() }),
    };
    Ok(looking::event_of(slot.clone(), given, seen)?)
}

/// What tests say of a program.
fn judged(
    tree: &RepairTree,
    problem: &Arc<Problem>,
    (slot, tests): (&Slot, Vec<Test>),
    stage: &mut dyn Stage,
) -> Result<Outcomes, TrialError> {
    let candidate = tree.node(slot).and_then(|node| node.candidate.as_ref());
    let mut outcomes = Outcomes::new(problem, candidate, tests);
    while let Some(task) = outcomes.next() {
        outcomes.learn(stage.judge(task))?;
    }
    Ok(outcomes)
}

impl Trial {
    /// What was done, in order: `p0 by the coder`, `p0 tested by t0`, `p0 run on 3 inputs`.
    pub fn sequence(&self) -> Vec<String> {
        let told = |act: &Act| match act {
            Act::Ask(ask) => ask.slots.iter().map(|slot| format!("{slot} by the {}", ask.seat)).collect(),
            Act::Make { slot, .. } => vec![format!("{slot} made")],
            Act::Test { slot, tests } => {
                let tests: Vec<String> = tests.iter().map(ToString::to_string).collect();
                vec![format!("{slot} tested by {}", tests.join(", "))]
            }
            Act::Run { slot, inputs, .. } => vec![format!("{slot} run on {} inputs", inputs.len())],
            Act::Look { slot, instrument, .. } => vec![format!("{slot} under the instrument {}", instrument.as_str())],
        };
        self.acts.iter().flat_map(told).collect()
    }

    /// The messages of the request for a node, as a journal keeps them; `None` if it was never asked for.
    pub fn messages(&self, slot: &Slot) -> Option<String> {
        let asked = self.acts.iter().find_map(|act| match act {
            Act::Ask(ask) if ask.slots.contains(slot) => Some(ask),
            _ => None,
        });
        asked.map(|ask| crate::prompt::readable(&ask.messages))
    }

    /// The tree in lines, one for each node, indented by its depth.
    pub fn lines(&self) -> Vec<String> {
        let mut nodes: Vec<_> = self.tree.nodes().collect();
        nodes.sort_by(|a, b| a.slot.cmp(&b.slot));
        let line = |node: &&Node| {
            let depth = node.slot.to_string().matches('/').count();
            let said = match &node.outcome {
                Some(Outcome::Judged(verdict, _)) => {
                    let public = verdict.public.as_ref().map(|suite| format!("public {}", suite.status.as_str()));
                    let hidden = verdict.hidden.as_ref().map(|suite| format!("hidden {}", suite.status.as_str()));
                    let parts: Vec<String> = public.into_iter().chain(hidden).collect();
                    if parts.is_empty() { verdict.status.as_str().to_owned() } else { parts.join(", ") }
                }
                Some(Outcome::Read(found)) => told(found),
                Some(Outcome::Unscored(unscored)) => format!("unscored: {}", unscored.why),
                None => "open".to_owned(),
            };
            let seat = match node.seat {
                Some(seat) => format!(" by the {seat}"),
                None if node.is_made() => " by the script".to_owned(),
                None => String::new(),
            };
            let tested: Vec<String> = node
                .tested
                .iter()
                .map(|(tests, (verdict, _))| format!("; {} of {} tests of {tests}", verdict.passed(), verdict.total))
                .collect();
            format!(
                "{}{} ({}{seat}): {said}{}",
                "  ".repeat(depth),
                node.slot,
                node.slot.kind().as_str(),
                tested.concat()
            )
        };
        nodes.iter().map(line).collect()
    }
}

fn told(found: &Found) -> String {
    match found {
        Found::Critique { opinion, spans, defects: _ } => {
            let opinion = opinion.map_or("no opinion", Opinion::as_str);
            format!("{opinion}, names {} places", spans.len())
        }
        Found::Note => "a text".to_owned(),
        Found::Tests { tests, dropped } => format!("{} tests, {dropped} dropped", tests.len()),
        Found::Judgement { score, choice } => {
            let score = score.map_or("no score".to_owned(), |score| format!("score {score}"));
            choice.map_or(score.clone(), |choice| format!("{score}, prefers {}", choice + 1))
        }
        Found::Answer { yes } => match yes {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "neither yes nor no".to_owned(),
        },
    }
}

/// A text as a completion that costs nothing.
pub fn free_completion(text: String) -> Completion {
    Completion {
        counted: count_tokens(&text),
        text: Text::new(text),
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage::default(),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    }
}
