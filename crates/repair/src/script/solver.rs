//! Evaluation by running anew: a script is a pure function of its tree, so what was done is looked up and what is new
//! is noted.
//!
//! A [`Solver`] belongs to one tree. It is told of every event ([`Solver::learned`]) and gives what became possible
//! ([`Solver::next`]). It runs the script again only when something arrived that the script waits for, and within a run
//! it skips the items of `each` of which nothing has changed. So a complete tree costs what its waits cost, and not the
//! square of its nodes.

use super::describe::{Tracer, describe, exceeded, line_of, shown};
use super::error::{Await, ScriptError, Signal};
use super::guard::{Meter, bound};
use super::hints::hint;
use super::instruments::Instrument;
use super::known::{Known, Reached};
use super::problem::ProblemValue;
use super::rounds::Memory;
use super::running::Input;
use super::session::Session;
use super::source::{SOLVE, Script, evaluate_module};
use super::values::{NodeState, NodeValue, Settings, TestValue};
use mend_core::{Digest, Event, Found, Node, Outcome, Problem, RepairTree, Seat, Slot, Terms, Test, Text, Tokens};
use mend_model::Message;
use starlark::environment::{FrozenModule, Module};
use starlark::eval::Evaluator;
use starlark::values::list::ListRef;
use starlark::values::{Value, ValueLike as _};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Where in a script's run an act stands: the number of each call within its scope, from the outside in. Acts in the
/// order of their places are in the script's order.
pub type Place = Vec<u32>;

/// A prompt with the nodes that each want an answer to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The nodes, in order.
    pub slots: Vec<Slot>,
    /// The number among its siblings of the first node that the script wants an answer for, answered or not.
    pub first: u32,
    /// Who is asked.
    pub seat: Seat,
    /// The node that it is about; `None` if it is about none, or about several.
    pub about: Option<Slot>,
    /// The messages.
    pub messages: Arc<[Message]>,
    /// Digest of the template.
    pub template: Digest,
    /// The nodes whose texts, verdicts or facts the messages show, in order.
    pub shows: Vec<Slot>,
    /// What the messages leave out, what they forbid the answer, and how to sample, where that differs from the seat.
    pub terms: Terms,
}

impl Ask {
    /// The node with the program that it is about: the node itself, or the nearest one above it.
    pub fn program<'t>(&self, tree: &'t RepairTree) -> Option<&'t Node> {
        let about = self.about.as_ref()?;
        let program = if about.is_program() { about.clone() } else { about.program_above()? };
        tree.node(&program).filter(|node| node.candidate.is_some())
    }
}

/// Something that a script wants done. That every program is judged and every other text is read goes without saying.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Ask a model.
    Ask(Ask),
    /// Put a node together of texts that are there. Nobody is asked.
    Make {
        /// The node.
        slot: Slot,
        /// What it holds.
        text: Text,
        /// The nodes that it is made of.
        of: Vec<Slot>,
    },
    /// Judge a program by tests that nodes hold, in one judgement.
    Test {
        /// The program.
        slot: Slot,
        /// The nodes that hold the tests.
        tests: Vec<Slot>,
    },
    /// Run a program on inputs, and judge nothing.
    Run {
        /// The program.
        slot: Slot,
        /// The inputs.
        inputs: Arc<[Input]>,
        /// Their digest.
        given: Digest,
    },
    /// Look with an instrument, and judge nothing.
    Look {
        /// The program; of cells, the node that they belong to.
        slot: Slot,
        /// The instrument, and what it looks at.
        instrument: Instrument,
        /// Digest of both.
        given: Digest,
    },
}

/// What became possible since a solver was last asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// New acts, in the script's order. None if there is nothing but to wait.
    Enabled(Vec<(Place, Act)>),
    /// Nothing is left to do: hand this in, best first.
    Done(Vec<Slot>),
}

/// What a tree is grown with.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The problem.
    pub problem: Arc<Problem>,
    /// The run's seed.
    pub seed: u64,
    /// Which of the problem's independent trees this is, from 0.
    pub replicate: u32,
    /// Programs that may be drawn at the root; fewer than the script wants where saved samples are fewer.
    pub programs: u32,
    /// The most tokens of a prompt to each seat, by our own count; none for a seat whose model takes any.
    pub longest_prompts: BTreeMap<Seat, Tokens>,
    /// What the script learnt in earlier rounds; `None` for a script that keeps no state.
    pub memory: Option<Memory>,
}

/// Runs a script for one tree.
#[derive(Debug)]
pub struct Solver {
    pub(super) script: Script,
    pub(super) ground: Ground,
    pub(super) memo: Memo,
    reached: Arc<Reached>,
    /// Whether something arrived that the last evaluation waited for.
    is_stale: bool,
    /// What the script came to; `None` while it waits.
    returned: Option<Returned>,
}

/// What a script came to.
#[derive(Debug)]
enum Returned {
    /// It returned these programs, best first.
    Ranking(Vec<Slot>),
    /// It looked at a node that has no outcome.
    Gone,
}

/// What evaluations leave to those after them.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Every request so far, by place.
    pub(super) asks: HashMap<Place, Asked>,
    /// Who asks for each slot: the place, and the script's line.
    pub(super) claims: HashMap<Slot, (Place, String)>,
    /// Items of `each`, by place.
    pub(super) items: HashMap<Place, Item>,
    /// What is known of nodes.
    pub(super) known: HashMap<Slot, NodeState>,
    /// Slots that were asked for and have no outcome yet.
    pub(super) open: BTreeSet<Slot>,
    /// Executions that were asked for and are not done.
    pub(super) running: BTreeSet<Await>,
    /// What the last evaluation waited for.
    pub(super) awaits: BTreeSet<Await>,
    /// Acts that were noted since the solver was last asked.
    pub(super) fresh: BTreeMap<Place, Act>,
    /// Completions asked for so far.
    pub(super) completions: u64,
    /// Nodes that the script put together so far.
    pub(super) made: u64,
    /// What the last evaluation kept for `learn`.
    pub(super) kept: Vec<serde_json::Value>,
    /// What that takes as JSON.
    pub(super) kept_bytes: usize,
}

/// A request that was made.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) slots: Arc<[Slot]>,
    /// Its messages, with those that were left out because the prompt would else be too long.
    pub(super) whole: Arc<[Message]>,
    /// Whether a list was asked for.
    pub(super) is_list: bool,
    /// How many numbers it took among its siblings.
    pub(super) taken: u32,
}

/// An item of `each`.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// It waits.
    Waiting(Vec<Await>),
    /// It ended with this.
    Done(Kept),
}

/// A value that outlives an evaluation.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    None,
    Bool(bool),
    Int(i32),
    Float(f64),
    Text(String),
    Node(Slot),
    Test(TestValue),
    List(Vec<Kept>),
}

impl Solver {
    /// A solver that has not looked at its tree yet.
    pub fn new(script: Script, ground: Ground) -> Self {
        Self { script, ground, memo: Memo::default(), reached: Arc::default(), is_stale: true, returned: None }
    }

    /// Takes note of an event that was applied to the tree.
    pub fn learned(&mut self, event: &Event) {
        let arrived = match event {
            Event::Judged { slot, .. } | Event::Read { slot, .. } | Event::Unscored { slot, .. } => {
                self.memo.open.remove(slot);
                Await::Node(slot.clone())
            }
            Event::Tested { slot, tests, .. } => Await::Tested(slot.clone(), tests.clone()),
            Event::Ran { slot, given, .. } => Await::Ran(slot.clone(), *given),
            Event::Sent { .. }
            | Event::Made { .. }
            | Event::Given { .. }
            | Event::Sampled { .. }
            | Event::Lost { .. }
            | Event::Refused { .. }
            | Event::Checked { .. }
            | Event::Submitted { .. }
            | Event::State { .. }
            | Event::Stopped { .. }
            | Event::Resumed { .. } => return,
        };
        self.memo.running.remove(&arrived);
        self.is_stale |= self.memo.awaits.contains(&arrived)
            || (self.memo.awaits.contains(&Await::Settled) && self.memo.is_settled());
    }

    /// What became possible since this was last asked.
    ///
    /// # Errors
    /// A script that fails, with script and line; one that asks for something else than what is recorded.
    pub fn next(&mut self, tree: &RepairTree) -> Result<Next, ScriptError> {
        while self.is_stale && self.returned.is_none() {
            self.is_stale = false;
            self.evaluate(tree)?;
            // What an evaluation asks for may be there already, in a tree that was read back.
            self.is_stale = self.memo.awaits.iter().any(|awaited| self.memo.has(awaited, tree));
        }
        let fresh: Vec<(Place, Act)> = std::mem::take(&mut self.memo.fresh).into_iter().collect();
        if !fresh.is_empty() || !self.memo.is_settled() {
            return Ok(Next::Enabled(fresh));
        }
        match &self.returned {
            Some(Returned::Ranking(ranking)) => Ok(Next::Done(ranking.clone())),
            Some(Returned::Gone) => Ok(Next::Done(self.submission(tree))),
            None => Ok(Next::Enabled(fresh)),
        }
    }

    /// Whether the script has asked for a node so far, or put it together.
    pub fn claims(&self, slot: &Slot) -> bool {
        self.memo.claims.contains_key(slot)
    }

    /// What the script kept for `learn`, in order.
    pub fn kept(&self) -> &[serde_json::Value] {
        &self.memo.kept
    }

    /// What the script has made use of so far.
    pub fn reached(&self) -> &Reached {
        &self.reached
    }

    /// What is handed in where the tree ends before its script does: the first program, in the order of depth and slot,
    /// that passes what the script selects on; the first program where it selects on nothing.
    pub fn submission(&self, tree: &RepairTree) -> Vec<Slot> {
        let selection = self.script.header().selection();
        let mut programs: Vec<&Node> = tree.nodes().filter(|node| node.verdict().is_some()).collect();
        programs.sort_by_key(|node| (node.slot.depth(), node.slot.clone()));
        let passes = |node: &&&Node| selection.is_none_or(|suite| node.passes(suite) != Some(false));
        programs.iter().find(passes).map(|node| node.slot.clone()).into_iter().collect()
    }

    /// Runs the script on the tree as it is.
    fn evaluate(&mut self, tree: &RepairTree) -> Result<(), ScriptError> {
        let script = self.script.clone();
        let module = &script.inner.module;
        self.returned = match self.evaluate_in(module, tree, None) {
            Err(Ended::Exceeded(_)) => {
                // Once more, only to say where.
                let tracer = Tracer::default();
                let module = evaluate_module(&script.inner.name, script.text(), Some(&tracer))?;
                match self.evaluate_in(&module, tree, Some(&tracer)) {
                    Err(Ended::Exceeded(what)) => {
                        let said = tracer.exceeded(&script.inner.name, script.text(), what);
                        return Err(ScriptError::Evaluation(said));
                    }
                    Err(Ended::Wrong(error)) => return Err(error),
                    Ok(returned) => returned,
                }
            }
            Err(Ended::Wrong(error)) => return Err(error),
            Ok(returned) => returned,
        };
        Ok(())
    }

    fn evaluate_in(
        &mut self,
        module: &FrozenModule,
        tree: &RepairTree,
        tracer: Option<&Tracer>,
    ) -> Result<Option<Returned>, Ended> {
        self.memo.awaits.clear();
        self.memo.kept.clear();
        self.memo.kept_bytes = 0;
        let script = self.script.clone();
        let inner = &*script.inner;
        let session = Session::new(inner, &self.ground, tree, RefCell::new(&mut self.memo), Arc::clone(&self.reached));
        let reached = Arc::clone(&self.reached);
        let problem = Arc::clone(&self.ground.problem);
        Module::with_temp_heap(|scratch| {
            let mut meter = Meter::default();
            let mut evaluator = Evaluator::new(&scratch);
            // Values are held by `each` while items run.
            evaluator.disable_gc();
            bound(&mut evaluator, &mut meter);
            if let Some(tracer) = tracer {
                tracer.watch(&mut evaluator);
            }
            evaluator.extra = Some(&session);
            let solve = module.get(SOLVE).expect("a script without it is refused");
            let solve = scratch.heap().access_owned_frozen_value(&solve);
            let problem = scratch.heap().alloc(ProblemValue { problem, may_read: inner.header.reference, reached });
            let settings = scratch.heap().alloc(Settings { values: Arc::clone(&inner.parameters) });
            let ended = match evaluator.eval_function(solve, &[problem, settings], &[]) {
                Ok(value) => ranking(value).map(|ranking| Some(Returned::Ranking(ranking))).map_err(|why| {
                    let line = line_of(script.text(), "def solve(").unwrap_or(1);
                    let said = format!("`solve` {why}");
                    let (shown, hint) = (shown(script.text(), line), hint(&said));
                    Ended::Wrong(ScriptError::Evaluation(format!(
                        "{}:{line}: {said}{shown}\n  hint: {hint}",
                        inner.name
                    )))
                }),
                Err(error) => match Signal::of(&error) {
                    Some(Signal::Waits(awaited)) => {
                        session.wait_for(awaited.clone());
                        Ok(None)
                    }
                    Some(Signal::Pending) => Ok(None),
                    Some(Signal::Gone(_)) => Ok(Some(Returned::Gone)),
                    None => {
                        let said = || ScriptError::Evaluation(describe(&inner.name, script.text(), &error));
                        let wrong = || Ended::Wrong(session.changed().unwrap_or_else(said));
                        Err(exceeded(&error).map_or_else(wrong, Ended::Exceeded))
                    }
                },
            };
            if ended.is_ok() && self.reached.took_as_truth() {
                let said = format!(
                    "{}: a verdict stands where a condition does, as in `if judge(program, suite)`, and is always true\n  \
                     hint: ask for what it says: `judge(program, suite).passed`",
                    inner.name
                );
                return Err(Ended::Wrong(ScriptError::Evaluation(said)));
            }
            ended
        })
    }
}

/// Why an evaluation came to nothing.
pub(super) enum Ended {
    /// It took more than a limit that Starlark itself looks after.
    Exceeded(&'static str),
    /// The script is wrong.
    Wrong(ScriptError),
}

/// The programs that a script returned, best first.
fn ranking(value: Value<'_>) -> Result<Vec<Slot>, String> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    let node = |value: Value<'_>| {
        let node = value.downcast_ref::<NodeValue>().filter(|node| node.slot.is_program());
        node.map(|node| (*node.slot).clone()).ok_or_else(|| {
            format!("returned a value of type {}: expected a program, a list of programs, or None", value.get_type())
        })
    };
    match ListRef::from_value(value) {
        Some(list) => list.iter().map(node).collect(),
        None => node(value).map(|slot| vec![slot]),
    }
}

impl Memo {
    /// Whether all that was asked for has come home.
    pub(super) fn is_settled(&self) -> bool {
        self.open.is_empty() && self.running.is_empty()
    }

    /// Whether something that is waited for is there.
    pub(super) fn has(&self, awaited: &Await, tree: &RepairTree) -> bool {
        match awaited {
            Await::Node(slot) => tree.node(slot).is_some_and(|node| node.outcome.is_some()),
            Await::Tested(slot, tests) => tree.node(slot).is_some_and(|node| node.tested.contains_key(tests)),
            Await::Ran(slot, given) => tree.node(slot).is_some_and(|node| node.ran.contains_key(given)),
            Await::Settled => self.is_settled(),
        }
    }

    /// What is known of a node.
    pub(super) fn state(&mut self, slot: &Slot, tree: &RepairTree) -> NodeState {
        if let Some(known) = self.known.get(slot) {
            return known.clone();
        }
        let state = match tree.node(slot).and_then(Known::of) {
            None => return NodeState::Open,
            Some(Err(_)) => NodeState::Gone,
            Some(Ok(known)) => NodeState::Known(Arc::new(known)),
        };
        self.known.insert(slot.clone(), state.clone());
        state
    }
}

/// The tests that a node holds.
pub fn tests_of(node: &Node) -> Option<&[Test]> {
    match &node.outcome {
        Some(Outcome::Read(Found::Tests { tests, .. })) => Some(tests),
        _ => None,
    }
}
