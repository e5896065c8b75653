//! The batteries under instruments: as programs that are traced, and as cells.

use crate::common::{ALONE, Canary, Programs, judge, wasm};
use mend_core::{ExtractionRule, Literal, Style, Test};
use mend_judge::{Judge as _, JudgeError, Look, Sight, Task};
use mend_sandbox::{Engine, Level, ProcessEngine, ProcessOptions};
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Traces all programs and runs them as cells, and looks at what is outside.
#[track_caller]
pub(crate) fn check_looks(entry: &str, programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
    if engine.identity().level < Level::L2 {
        println!("skipped: below L2 some programs reach what is outside, as the table says");
        return;
    }
    outlive(&engine, entry, programs);
}

/// The same in the engine `wasm`.
#[track_caller]
pub(crate) fn check_looks_in_wasm(entry: &str, programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(engine) = wasm() else { return };
    outlive(&engine, entry, programs);
}

#[track_caller]
fn outlive(engine: &dyn Engine, entry: &str, programs: &Programs) {
    let canary = Canary::set();
    let judge = judge(engine);
    let problem = mend_testkit::problem("hostile/2", Style::Function { entry_point: entry.to_owned() }, "");
    let problem = Arc::new(problem);
    let (sender, receiver) = channel();
    for (name, _, source) in programs {
        let task = Task { problem: Arc::clone(&problem), program: source.as_str().into(), rule: ExtractionRule::Whole };
        let args = Literal(if entry == "inc" { "[1]" } else { "[\"a b\"]" }.into());
        let test = Test::Call { args, expected: Literal("2".into()) };
        let cells: Arc<[String]> = vec!["1 + 1".to_owned(), source.clone(), "2 + 2".to_owned()].into();
        for look in [Look::Trace { task, test }, Look::Cells { texts: cells }] {
            let (sender, name) = (sender.clone(), name.clone());
            judge.look(look, Box::new(move |seen| sender.send((name, seen)).unwrap()));
        }
    }
    drop(sender);
    let mut wrong = Vec::new();
    let (mut traced, mut sessions) = (0, 0);
    for (name, seen) in receiver {
        match seen.map(|seen| seen.sight) {
            // Whatever it says, it is as long as it may be.
            Ok(Sight::Trace(trace)) => {
                traced += usize::from(trace.is_some());
                let is_long = |trace: &mend_judge::Trace| {
                    trace.steps.len() > 64 || trace.steps.iter().any(|step| step.values.0.len() > 24)
                };
                if trace.as_ref().is_some_and(is_long) {
                    wrong.push(format!("{name}: {trace:?}"));
                }
            }
            Ok(Sight::Cells(printed)) => {
                sessions += 1;
                let is_short = printed.iter().all(|text| text.chars().count() <= 3_200);
                if printed.len() != 3 || !is_short {
                    wrong.push(format!("{name}: {printed:?}"));
                }
                if printed.iter().any(|text| text.lines().any(|line| line.starts_with("LEAK:"))) {
                    wrong.push(format!("{name}: {printed:?}"));
                }
            }
            Ok(other) => wrong.push(format!("{name}: {other:?}")),
            Err(JudgeError::Unsupported { .. }) => {}
            // A run would stop by these.
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    std::thread::sleep(Duration::from_secs(2));
    wrong.extend(canary.changes());
    println!("{} programs: {traced} traced, {sessions} sessions", programs.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
