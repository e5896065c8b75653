//! Block traces.

use super::guest::{run, told};
use super::shown::{Step, Trace};
use crate::bench::Bench;
use crate::facts::freed;
use crate::programs::ending;
use crate::task::{JudgeError, Task};
use mend_core::{Integrity, Problem, Test};
use mend_sandbox::Worker;
use serde_json::json;

const GUEST: &str =
    concat!(include_str!("../guest/look.py"), include_str!("../guest/blocks.py"), include_str!("../guest/trace.py"));

/// Most blocks of a trace, and most values of a block.
const MOST_STEPS: usize = 64;
const MOST_VALUES: usize = 24;
/// Most characters of a value, of a name, and of other texts.
const VALUE: usize = 60;
const NAME: usize = 60;
const TEXT: usize = 300;

pub(super) fn trace(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    task: &Task,
    test: &Test,
) -> Result<Option<Trace>, JudgeError> {
    let Problem { integrity, style, .. } = &*task.problem;
    let entry = style.entry_point();
    let (args, source, stdin) = match (test, entry) {
        (Test::Call { args, .. }, Some(_)) => (Some(&*args.0), None, ""),
        (Test::Script { source }, Some(_)) => (None, Some(&**source), ""),
        (Test::Stdio { input, .. }, None) => (None, None, &**input),
        // A test of another kind than its problem calls nothing.
        _ => return Ok(None),
    };
    let asked = json!({
        "program": &*task.program,
        "entry": entry,
        "context": task.shared_context(),
        "stated": task.tests_context(),
        "shares": *integrity == Integrity::Cooperative,
        "args": args,
        "test": source,
        "seconds": bench.limits.cpu.as_secs_f64(),
    });
    let outcome = run(worker, bench, GUEST, &asked, stdin)?;
    // What it needs and has not got is found out by another engine.
    ending(&outcome.how)?;
    let last = told::<Trace>(&outcome).last();
    Ok(last.map(|trace| bounded(trace, &task.program)).filter(|trace| !trace.steps.is_empty()))
}

/// A trace as our guest tells it: whatever else the program may have told in its place is cut to that.
fn bounded(mut trace: Trace, program: &str) -> Trace {
    let lines = program.split('\n').count() as u32;
    let is_there = |step: &Step| 0 < step.first && step.first <= step.last && step.last <= lines;
    trace.steps.retain(is_there);
    trace.steps.truncate(MOST_STEPS);
    for step in &mut trace.steps {
        step.values.0.truncate(MOST_VALUES);
        for (name, value) in &mut step.values.0 {
            *name = freed(name, NAME);
            *value = freed(value, VALUE);
        }
    }
    let text = |text: Option<String>| text.map(|text| freed(&text, TEXT));
    Trace { call: text(trace.call), end: text(trace.end), ..trace }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, program: &str) -> Trace {
        bounded(serde_json::from_str(text).unwrap(), program)
    }

    #[test]
    fn values_keep_their_order_and_lose_addresses() {
        let step = |values: &str| {
            format!(
                r#"{{"call": "f(1)", "end": null, "total": 1, "steps": [{{"number": 0, "first": 1, "last": 2, "values": {values}, "pass": [1, 2]}}]}}"#
            )
        };
        let trace = read(&step(r#"{"z": "<A at 0x7fff12>", "a": "2"}"#), "x\ny\n");
        let pairs = [("z".to_owned(), "<A at 0x...>".to_owned()), ("a".to_owned(), "2".to_owned())];
        assert_eq!(trace.steps[0].values.0, pairs);
        assert_eq!(serde_json::from_str::<Trace>(&serde_json::to_string(&trace).unwrap()).unwrap(), trace);
        // A line that the program does not have.
        assert_eq!(read(&step("{}"), "x").steps, []);
    }

    #[test]
    fn a_trace_that_somebody_else_made_up_is_no_longer_than_one_of_ours() {
        let values: Vec<String> = (0..1000).map(|at| format!(r#""{}{at}": "{0}""#, "x".repeat(1000))).collect();
        let step =
            format!(r#"{{"number": 0, "first": 1, "last": 1, "values": {{{}}}, "pass": null}}"#, values.join(","));
        let steps = vec![step; 100].join(",");
        let text = format!(r#"{{"call": "{0}", "end": "{0}", "total": 1, "steps": [{steps}]}}"#, "y".repeat(1000));
        let trace = read(&text, "pass");
        assert_eq!((trace.steps.len(), trace.steps[0].values.0.len()), (MOST_STEPS, MOST_VALUES));
        assert!(serde_json::to_string(&trace).unwrap().len() < 250_000);
    }
}
