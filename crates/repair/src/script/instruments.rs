//! Instruments: what a script may have looked at beside verdicts. No verdict hangs on what they show.

use super::blocks::TraceValue;
use super::error::{Await, Signal, wrong};
use super::known::Suites;
use super::language::{sequence, session, text_of};
use super::running::view;
use super::session::Session;
use super::solver::Act;
use super::values::NodeValue;
use super::verdict::VerdictValue;
use mend_core::{Digest, RunOutcome, Slot, Status, Suite, Test};
use mend_judge::{Trace, WorkCost};
use serde::de::DeserializeOwned;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use std::sync::Arc;

/// The most blocks that a trace shows.
const MOST_BLOCKS: i32 = 64;
/// The most cells of a session, and bytes of all of them.
const MOST_CELLS: usize = 200;
const MOST_BYTES: usize = 1 << 20;
/// What stands for a cell that nobody ran.
const NOT_RUN: &str = "(not run: no engine of this run can do it)";

/// An instrument, and what it looks at beside the program.
#[derive(Debug, Clone, PartialEq)]
pub enum Instrument {
    /// The blocks that the last call of a test executes.
    Trace {
        /// The test.
        test: Test,
    },
    /// What cells of a session print.
    Cells {
        /// The cells.
        texts: Arc<[String]>,
    },
    /// What the program costs.
    Cost {
        /// The suites that are its workload.
        suites: &'static [Suite],
    },
}

impl Instrument {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Trace { .. } => "trace",
            Self::Cells { .. } => "cells",
            Self::Cost { .. } => "measure",
        }
    }

    /// Digest of what is looked at, and with what.
    fn given(&self) -> Digest {
        let mut parts = vec![format!("instrument {}", self.as_str())];
        match self {
            Self::Trace { test: Test::Call { args, expected } } => {
                parts.extend(["call".to_owned(), args.0.to_string(), expected.0.to_string()]);
            }
            Self::Trace { test: Test::Script { source } } => parts.extend(["script".to_owned(), source.to_string()]),
            Self::Trace { test: Test::Stdio { input, expected } } => {
                parts.extend(["stdio".to_owned(), input.to_string(), expected.to_string()]);
            }
            Self::Cells { texts } => parts.extend(texts.iter().cloned()),
            Self::Cost { suites } => parts.extend(suites.iter().map(ToString::to_string)),
        }
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

/// What an instrument shows of a node, or the signal that it is waited for.
fn looked(session: &Session<'_>, slot: &Slot, instrument: Instrument) -> starlark::Result<Vec<RunOutcome>> {
    let given = instrument.given();
    let awaited = Await::Ran(slot.clone(), given);
    let place = session.next_place();
    if let Some((outcomes, _)) = session.tree.node(slot).and_then(|node| node.ran.get(&given)) {
        return Ok(outcomes.clone());
    }
    let mut memo = session.memo.borrow_mut();
    if memo.running.insert(awaited.clone()) {
        memo.fresh.insert(place, Act::Look { slot: slot.clone(), instrument, given });
    }
    Err(Signal::Waits(awaited).raise())
}

/// The one thing that an instrument showed, as the journal has it.
fn shown<T: DeserializeOwned>(outcomes: &[RunOutcome]) -> Option<T> {
    match outcomes {
        [RunOutcome::Value(text)] => serde_json::from_str(text).ok(),
        _ => None,
    }
}

fn check_program(function: &str, program: &NodeValue) -> starlark::Result<()> {
    if program.slot.is_program() {
        return Ok(());
    }
    let kind = program.slot.kind().as_str();
    Err(wrong(format!("`{function}` takes a program or a repair; {} is a {kind}", program.slot)))
}

#[starlark_module]
pub(super) fn instruments(builder: &mut GlobalsBuilder) {
    /// Runs the call of one failing test block by block, beside any judgement: a text that a prompt shows, with up to
    /// `blocks` basic blocks (1 to 64) in order, each with its lines and the variables that it changed; of a loop the first,
    /// the second and the last pass. `seen` is the verdict on the program, whose suite `see` in the header covers;
    /// `failure` counts in `seen.failures`, from 0. Of a test with several calls it is the last one that was made. None
    /// where nothing can be traced: the program cannot be loaded, no call is made, or no engine of this run can do it. A
    /// trace ends after a fixed amount of work; one whose single lines take long ends by time, so that no two runs with
    /// `process` agree on how far it got.
    fn trace<'v>(
        #[starlark(require = pos)] program: &NodeValue,
        #[starlark(require = pos)] seen: &VerdictValue,
        #[starlark(default = 0)] failure: i32,
        #[starlark(default = 10)] blocks: i32,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "trace")?;
        check_program("trace", program)?;
        if seen.view.slot != *program.slot {
            return Err(wrong(format!(
                "`trace` is given {} and {seen}: expected the verdict on the program itself",
                program.slot
            )));
        }
        let failure =
            usize::try_from(failure).map_err(|_| wrong(format!("`failure` counts from 0, found {failure}")))?;
        if !(1..=MOST_BLOCKS).contains(&blocks) {
            return Err(wrong(format!("`blocks` is {blocks}: expected 1 to {MOST_BLOCKS}")));
        }
        let known = program.known()?;
        let failing = seen.view.tests()?;
        let failing = failing.into_iter().filter(|(_, verdict)| verdict.status != Status::Passed).nth(failure);
        let (Some((Some(test), verdict)), Some(code)) = (failing, &known.code) else { return Ok(Value::new_none()) };
        if matches!(verdict.status, Status::CompileError | Status::MissingEntryPoint) {
            return Ok(Value::new_none());
        }
        let outcomes = looked(session, &program.slot, Instrument::Trace { test: test.clone() })?;
        let trace: Option<Trace> = shown(&outcomes);
        let most = blocks.unsigned_abs() as usize;
        let value = |trace: Trace| eval.heap().alloc(TraceValue::new(&trace, code, &program.slot, most));
        Ok(trace.map_or_else(Value::new_none, value))
    }

    /// Runs texts as the cells of one Python session, one after another, in a fresh interpreter each time: what a cell
    /// defines is there in those behind it. Gives what each printed, as a REPL shows it: output, the value of a last
    /// expression, the traceback of an exception; at most some 3,000 characters each. All cells together may take what one
    /// test may take; one that ends the session says so, and those behind it say that they did not run. `node` is the
    /// step that they belong to, of any kind.
    fn cells<'v>(
        #[starlark(require = pos)] node: &NodeValue,
        #[starlark(require = pos)] texts: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "cells")?;
        let expected = |found: Value<'_>| {
            wrong(format!("`cells` takes a node and a list of texts, one for each cell; found a {}", found.get_type()))
        };
        node.known()?;
        let items = sequence(texts).ok_or_else(|| expected(texts))?;
        let text = |item: &Value<'v>| text_of(*item).map(|(text, _)| text).ok_or_else(|| expected(*item));
        let texts: Arc<[String]> = items.iter().map(text).collect::<starlark::Result<_>>()?;
        if texts.len() > MOST_CELLS || texts.iter().map(String::len).sum::<usize>() > MOST_BYTES {
            return Err(wrong(format!(
                "`cells` takes at most {MOST_CELLS} cells of {} KiB together",
                MOST_BYTES >> 10
            )));
        }
        let count = texts.len();
        if count == 0 {
            return Ok(eval.heap().alloc(AllocList::EMPTY));
        }
        let outcomes = looked(session, &node.slot, Instrument::Cells { texts })?;
        let printed = |outcome: Option<&RunOutcome>| match outcome {
            Some(RunOutcome::Value(text)) => text.clone(),
            _ => NOT_RUN.to_owned(),
        };
        Ok(eval.heap().alloc(AllocList((0..count).map(|at| printed(outcomes.get(at))))))
    }

    /// What a program costs that passes a suite ("public", "hidden" or "every"), which `stop_on` in the header covers: None
    /// if it does not pass, else a dict of `cost`, `unit` and `reference`, what the problem's reference solution costs
    /// under the same tests, or None. With the engine `wasm` the unit is "fuel", which is the same in every run; with
    /// `process` it is "microseconds", the least CPU time of five judgements, which no two runs agree on.
    fn measure<'v>(
        #[starlark(require = pos)] program: &NodeValue,
        #[starlark(require = pos)] suite: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "measure")?;
        check_program("measure", program)?;
        let suites = Suites::named(suite).filter(|suites| *suites != Suites::None).ok_or_else(|| {
            wrong(format!("`measure` takes a suite, found `{suite}`: expected public, hidden or every"))
        })?;
        // What does not pass has no cost.
        let of_problem = suites.of_problem();
        if !view(session, program, suites, None).view.passed()? {
            return Ok(Value::new_none());
        }
        let outcomes = looked(session, &program.slot, Instrument::Cost { suites: of_problem })?;
        let Some(WorkCost { cost, unit, reference }) = shown(&outcomes) else { return Ok(Value::new_none()) };
        let heap = eval.heap();
        let reference = reference.map_or_else(Value::new_none, |cost| heap.alloc(cost));
        let dict = [("cost", heap.alloc(cost)), ("unit", heap.alloc(unit.as_str())), ("reference", reference)];
        Ok(heap.alloc(AllocDict(dict)))
    }
}
