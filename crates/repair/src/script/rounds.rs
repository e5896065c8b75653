//! What a strategy learns from one round of trees for the next: its state, and the functions that scripts have for it.
//!
//! A state is what JSON has. It goes from round to round as text, live as on a resumption, so that no round knows more of it
//! than the journal does.

use super::describe::{Tracer, describe, exceeded, line_of, shown};
use super::error::{ScriptError, wrong};
use super::guard::{Meter, bound, spend};
use super::header::Header;
use super::hints::hint;
use super::known::Reach;
use super::language::session;
use super::plain::{json_of, value_of};
use super::solver::Ended;
use super::source::{Script, evaluate_module};
use super::values::Settings;
use mend_core::{Digest, Problem, Rounds as Identity, Text, Turn};
use serde_json::Value as Json;
use starlark::environment::{FrozenModule, GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::none::NoneType;
use starlark::values::structs::AllocStruct;
use starlark::values::{Heap, Value};
use std::sync::Arc;

/// The function that gives the first state.
pub(super) const START: &str = "start";
/// The function that gives the next one.
pub(super) const LEARN: &str = "learn";
/// The most bytes of a state as JSON.
const MOST_STATE: usize = 1 << 20;
/// The most bytes of what one tree keeps.
const MOST_KEPT: usize = 256 << 10;

/// How a strategy goes through its problems, as its header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Rounds {
    /// Trees of one round.
    pub size: u32,
    /// Share of the problems that shape the state and are not reported.
    pub dev: f64,
    /// How often these are gone through.
    pub passes: u32,
    /// The reach on these, where it is more than elsewhere.
    pub learn_on: Reach,
}

impl Rounds {
    /// What a manifest freezes.
    pub fn identity(&self, header: &Header) -> Identity {
        let learn_on = (self.learn_on > Reach::None).then(|| self.learn_on.as_str().to_owned());
        let dev_oracle = (self.dev > 0.0).then(|| header.dev_oracle().level());
        Identity { round: self.size, dev: self.dev, passes: self.passes, learn_on, dev_oracle }
    }
}

/// What a strategy has learnt so far.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    text: Text,
    value: Json,
}

impl State {
    /// Reads a state that was written down.
    ///
    /// # Errors
    /// A text without its body, or one that is no JSON.
    pub fn read(text: &Text) -> Result<Self, String> {
        let body = text.body().ok_or("the state was read without its text")?;
        let value = serde_json::from_str(body).map_err(|error| format!("the state is not JSON: {error}"))?;
        Ok(Self { text: text.clone(), value })
    }

    fn of(value: &Json) -> Result<Self, String> {
        let text = value.to_string();
        if text.len() > MOST_STATE {
            return Err(format!("takes {} bytes as JSON: a state may have {MOST_STATE} at most", text.len()));
        }
        // As a round that goes on from the journal reads it.
        Self::read(&Text::new(text))
    }

    /// The state as JSON.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Digest of the text.
    pub fn digest(&self) -> Digest {
        self.text.digest()
    }
}

/// What a tree of a strategy with a state knows beside its problem.
#[derive(Debug, Clone)]
pub struct Memory {
    /// What the strategy learnt in earlier rounds.
    pub state: Arc<State>,
    /// Where the tree stands among the rounds.
    pub turn: Turn,
    /// How many rounds there are.
    pub rounds: u32,
}

/// A finished tree, as `learn` sees it.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The problem.
    pub problem: Arc<Problem>,
    /// The tree's number within its round.
    pub place: u32,
    /// What the script kept, in order.
    pub kept: Vec<Json>,
}

impl Finished {
    fn value<'v>(&self, heap: Heap<'v>) -> Value<'v> {
        let text = |text: &str| heap.alloc(text);
        let kept: Vec<Value<'v>> = self.kept.iter().map(|value| value_of(value, heap)).collect();
        heap.alloc(AllocDict([
            ("problem", text(self.problem.id.as_str())),
            ("statement", text(&self.problem.statement)),
            ("difficulty", self.problem.difficulty.as_deref().map_or_else(Value::new_none, text)),
            ("place", heap.alloc(self.place.cast_signed())),
            ("kept", heap.alloc(AllocList(kept))),
        ]))
    }
}

impl Script {
    /// The state of the first round; `None` for a script that keeps none.
    ///
    /// # Errors
    /// A script that fails, with its line; a state that JSON does not have, or that is too large.
    pub fn start(&self) -> Result<Option<State>, ScriptError> {
        if self.header().rounds.is_none() {
            return Ok(None);
        }
        self.state_by(START, &|_| Vec::new()).map(Some)
    }

    /// The state of the next round, from that of a round and its finished trees in order.
    ///
    /// # Errors
    /// As [`Script::start`].
    pub fn learn(&self, state: &State, trees: &[Finished]) -> Result<State, ScriptError> {
        let next = self.state_by(LEARN, &|heap| {
            let trees: Vec<Value<'_>> = trees.iter().map(|tree| tree.value(heap)).collect();
            vec![value_of(&state.value, heap), heap.alloc(AllocList(trees))]
        })?;
        if next.value.is_null() && !state.value.is_null() {
            return Err(self.no_state(LEARN, "is None, and the one before it is not"));
        }
        Ok(next)
    }

    /// That a function gave something which is no state.
    fn no_state(&self, function: &str, why: &str) -> ScriptError {
        let line = line_of(self.text(), &format!("def {function}(")).unwrap_or(1);
        let said = format!("the state that `{function}` returned {why}");
        let (shown, hint) = (shown(self.text(), line), hint(&said));
        ScriptError::Evaluation(format!("{}:{line}: {said}{shown}\n  hint: {hint}", self.inner.name))
    }

    fn state_by(
        &self,
        function: &str,
        given: &dyn for<'v> Fn(Heap<'v>) -> Vec<Value<'v>>,
    ) -> Result<State, ScriptError> {
        let inner = &*self.inner;
        match self.state_in(&inner.module, function, given, None) {
            Ok(state) => Ok(state),
            Err(Ended::Wrong(error)) => Err(error),
            Err(Ended::Exceeded(_)) => {
                // Once more, only to say where.
                let tracer = Tracer::default();
                let module = evaluate_module(&inner.name, self.text(), Some(&tracer))?;
                match self.state_in(&module, function, given, Some(&tracer)) {
                    Ok(state) => Ok(state),
                    Err(Ended::Wrong(error)) => Err(error),
                    Err(Ended::Exceeded(what)) => {
                        Err(ScriptError::Evaluation(tracer.exceeded(&inner.name, self.text(), what)))
                    }
                }
            }
        }
    }

    fn state_in(
        &self,
        module: &FrozenModule,
        function: &str,
        given: &dyn for<'v> Fn(Heap<'v>) -> Vec<Value<'v>>,
        tracer: Option<&Tracer>,
    ) -> Result<State, Ended> {
        let inner = &*self.inner;
        Module::with_temp_heap(|scratch| {
            let mut meter = Meter::default();
            let mut evaluator = Evaluator::new(&scratch);
            evaluator.disable_gc();
            bound(&mut evaluator, &mut meter);
            if let Some(tracer) = tracer {
                tracer.watch(&mut evaluator);
            }
            let called = module.get(function).expect("a script with rounds and without it is refused");
            let called = scratch.heap().access_owned_frozen_value(&called);
            let mut arguments = given(scratch.heap());
            arguments.push(scratch.heap().alloc(Settings { values: Arc::clone(&inner.parameters) }));
            let value = evaluator.eval_function(called, &arguments, &[]).map_err(|error| {
                let said = || ScriptError::Evaluation(describe(&inner.name, self.text(), &error));
                exceeded(&error).map_or_else(|| Ended::Wrong(said()), Ended::Exceeded)
            })?;
            json_of(value)
                .and_then(|value| State::of(&value))
                .map_err(|why| Ended::Wrong(self.no_state(function, &why)))
        })
    }
}

/// The memory of the tree that is evaluated.
fn memory_of<'s>(eval: &Evaluator<'_, 's, '_>, function: &str) -> starlark::Result<&'s Memory> {
    let session = session(eval, function)?;
    session.ground.memory.as_ref().ok_or_else(|| {
        wrong(format!(
            "`{function}` is for a strategy that learns from one problem for others: its header says `round`, how many \
             trees it learns from at a time"
        ))
    })
}

#[starlark_module]
pub(super) fn rounds(builder: &mut GlobalsBuilder) {
    /// What the strategy learnt in earlier rounds and where this tree stands: `.state`, what `start` or `learn` gave; `.round`,
    /// the round's number from 0; `.rounds`, how many there are; `.place`, the tree's number within its round from 0;
    /// `.is_dev`, whether the problem shapes the state and is not reported.
    fn memory<'v>(eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let memory = memory_of(eval, "memory")?;
        let bytes = memory.state.text.body().map_or(0, |text| text.len()) as u64;
        spend(eval, "`memory`", bytes, 4 * bytes)?;
        let heap = eval.heap();
        let number = |number: u32| heap.alloc(number.cast_signed());
        Ok(heap.alloc(AllocStruct([
            ("state", value_of(&memory.state.value, heap)),
            ("round", number(memory.turn.round)),
            ("rounds", number(memory.rounds)),
            ("place", number(memory.turn.place)),
            ("is_dev", Value::new_bool(memory.turn.is_dev)),
        ])))
    }

    /// Leaves a value, of what JSON has, for `learn`, which finds it in the `kept` of this tree once the whole round is done.
    fn keep<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        memory_of(eval, "keep")?;
        let session = session(eval, "keep")?;
        if session.is_inside_each() {
            return Err(wrong(
                "`keep` cannot be called within `each`, whose items are remembered and not run again: give it what `each` \
                 returns",
            ));
        }
        let value = json_of(value).map_err(|why| wrong(format!("what `keep` was given {why}")))?;
        let bytes = value.to_string().len();
        spend(eval, "`keep`", bytes as u64, bytes as u64)?;
        let mut memo = session.memo.borrow_mut();
        memo.kept_bytes += bytes;
        if memo.kept_bytes > MOST_KEPT {
            return Err(wrong(format!(
                "what this tree keeps takes more than {MOST_KEPT} bytes as JSON: keep only what `learn` needs"
            )));
        }
        memo.kept.push(value);
        Ok(NoneType)
    }
}
