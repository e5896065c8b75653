//! What the tests of strategies with rounds share: a tree that knows something, a round of trees that were kept, and a whole
//! rehearsal with a model for each problem.

use crate::exchanges::{Played, shipped};
use crate::play::{Play, problem};
use mend_core::{Completion, Digest, Problem, ProblemId, Seat, Slot, Text, Turn};
use mend_judge::{JudgeError, Judgement, Task};
use mend_repair::{
    Ask, Finished, Input, Memory, Rehearsal, Says, Script, ScriptedModel, Stage, State, readable, rehearse,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use serde_json::json;

/// A problem of that name, which asks for the same as that of all plays.
pub(crate) fn named(id: &str) -> Problem {
    Problem { id: ProblemId::new(id), digest: Digest::of(id.as_bytes()), ..problem() }
}

pub(crate) fn state_of(state: &Json) -> State {
    State::read(&Text::new(state.to_string())).unwrap()
}

pub(crate) fn json_of(state: &State) -> Json {
    serde_json::from_str(state.text().body().unwrap()).unwrap()
}

/// The first state of a script.
pub(crate) fn start(script: &Script) -> Json {
    json_of(&script.start().unwrap().unwrap())
}

/// What a script learns from a state and trees, each with its problem's name and what it kept.
#[track_caller]
pub(crate) fn learnt(script: &Script, state: &Json, trees: &[(&str, Json)]) -> Json {
    let finished = |(place, (id, kept)): (usize, &(&str, Json))| Finished {
        problem: Arc::new(named(id)),
        place: place as u32,
        kept: kept.as_array().unwrap().clone(),
    };
    let trees: Vec<Finished> = trees.iter().enumerate().map(finished).collect();
    json_of(&script.learn(&state_of(state), &trees).unwrap_or_else(|error| panic!("{error}")))
}

/// A problem that is learnt from, or one that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// The first tree of a round of problems that are learnt from.
    First,
    /// Another one.
    Dev,
    /// A problem that is reported.
    Test,
}

/// Plays a shipped script at a problem, with a state.
pub(crate) fn told(
    (name, chosen): (&str, &[(&str, &str)]),
    state: &Json,
    at: At,
    problem: Problem,
    rule: impl Fn(Seat, &Slot) -> Says + Send + Sync + 'static,
) -> Played {
    let script = shipped(name, chosen);
    let turn = Turn { round: 1, place: u32::from(at != At::First), is_dev: at != At::Test };
    let memory = Memory { state: Arc::new(state_of(state)), turn, rounds: 3 };
    let model = ScriptedModel::new(&problem, rule);
    let mut play = Play::knowing(&script, model, problem, memory);
    let ranking = play.finish(3).unwrap_or_else(|error| panic!("{error}"));
    let asked: u64 = play.asked.iter().map(|ask| ask.slots.len() as u64).sum();
    assert!(asked <= script.header().bound, "{name}: {asked}");
    Played { play, handed_in: ranking.iter().map(ToString::to_string).collect() }
}

/// What a tree kept.
pub(crate) fn kept(played: &Played) -> Json {
    Json::Array(played.play.solver.kept().to_vec())
}

/// A model for each problem.
pub(crate) struct World(BTreeMap<ProblemId, ScriptedModel>);

impl World {
    pub(crate) fn new(problems: &[Arc<Problem>], rule: fn(Seat, &Slot) -> Says) -> Self {
        Self(problems.iter().map(|problem| (problem.id.clone(), ScriptedModel::new(problem, rule))).collect())
    }
}

impl Stage for World {
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String> {
        Ok(self.0[&problem.id].completion(ask.seat, slot, problem))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        self.0.get_mut(&task.problem.id).unwrap().judge(task)
    }

    fn run(&mut self, _: &Slot, _: &[Input]) -> Option<Vec<mend_core::RunOutcome>> {
        None
    }
}

/// A shipped script at several problems, in rounds.
pub(crate) fn rehearsed(
    (name, chosen): (&str, &[(&str, &str)]),
    problems: &[Arc<Problem>],
    rule: fn(Seat, &Slot) -> Says,
) -> Rehearsal {
    rehearse(&shipped(name, chosen), problems, &mut World::new(problems, rule))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// All prompts of a tree of a rehearsal.
pub(crate) fn prompts(rehearsal: &Rehearsal, at: usize) -> String {
    let asked = rehearsal.trials[at].2.acts.iter().filter_map(|act| match act {
        mend_repair::Act::Ask(ask) => Some(readable(&ask.messages)),
        _ => None,
    });
    asked.collect::<Vec<_>>().join("\n")
}
