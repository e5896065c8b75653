//! Instruments: what they show, what they take, and that no program of any kind makes them do harm.

mod cells;
mod costs;
mod real;
mod traces;

use crate::common::{AMPLE, engine, task};
use mend_core::{Problem, Style, Test};
use mend_judge::{Judge as _, JudgeError, JudgeOptions, Look, SandboxJudge, Seen, Sight, Trace};
use mend_sandbox::Engine;
use std::sync::mpsc::channel;

type Result = std::result::Result<Seen, JudgeError>;

/// Looks at all, and returns what was seen in their order.
fn look_all(options: JudgeOptions, looks: impl IntoIterator<Item = Look>) -> Vec<Result> {
    look_all_by(engine(), options, looks)
}

/// The same with one engine.
fn look_all_by(engine: &dyn Engine, options: JudgeOptions, looks: impl IntoIterator<Item = Look>) -> Vec<Result> {
    let judge = SandboxJudge::start(engine, options).unwrap();
    let (sender, receiver) = channel();
    for (index, look) in looks.into_iter().enumerate() {
        let sender = sender.clone();
        judge.look(look, Box::new(move |seen| sender.send((index, seen)).unwrap()));
    }
    drop(sender);
    let mut seen: Vec<(usize, Result)> = receiver.into_iter().collect();
    seen.sort_by_key(|(index, _)| *index);
    seen.into_iter().map(|(_, seen)| seen).collect()
}

fn look(options: JudgeOptions, wanted: Look) -> Seen {
    look_all(options, [wanted]).remove(0).unwrap()
}

/// The trace of a test.
fn trace_of(options: JudgeOptions, problem: &Problem, program: &str, test: Test) -> Option<Trace> {
    match look(options, Look::Trace { task: task(problem, program), test }).sight {
        Sight::Trace(trace) => trace,
        other => panic!("{other:?}"),
    }
}

/// The trace of `f` with these arguments.
fn traced(program: &str, args: &str) -> Trace {
    let problem = mend_testkit::problem("t/f", Style::Function { entry_point: "f".to_owned() }, "");
    trace_of(AMPLE, &problem, program, crate::common::call(args, "null")).unwrap_or_else(|| panic!("{program}"))
}

/// A trace in lines: the lines of each block, the pass, and what it changed.
fn told(trace: &Trace) -> Vec<String> {
    let line = |step: &mend_judge::Step| {
        let lines =
            if step.first == step.last { step.first.to_string() } else { format!("{}-{}", step.first, step.last) };
        let pass = step.pass.map_or(String::new(), |(pass, of)| format!(" ({pass}/{of})"));
        let values: Vec<String> = step.values.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{lines}{pass}: {}", values.join("; "))
    };
    trace.steps.iter().map(line).collect()
}
