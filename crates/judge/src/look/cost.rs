//! What a program costs.

use super::shown::{Unit, WorkCost};
use crate::bench::Bench;
use crate::task::{JudgeError, JudgeOptions, Task};
use crate::verdict::verdict;
use mend_core::{Digest, ExtractionRule, Status, Used};
use mend_sandbox::Worker;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Measurements of a time. The least of them is the program's: whatever else the machine does only adds to it.
const MEASUREMENTS: usize = 5;

/// What references cost, by problem with its workload and engine.
#[derive(Debug, Default)]
pub(crate) struct Costs(Mutex<HashMap<(Digest, String), Option<u64>>>);

pub(super) fn cost(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    (engine, options): (&str, JudgeOptions),
    costs: &Costs,
    task: &Task,
) -> Result<Option<WorkCost>, JudgeError> {
    let Some((cost, unit)) = measured(worker, bench, (engine, options), task)? else { return Ok(None) };
    let key = (task.problem.digest, engine.to_owned());
    let known = costs.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    let reference = match (known, &task.problem.reference) {
        (Some(known), _) => known,
        (None, None) => None,
        (None, Some(reference)) => {
            let task = Task { program: Arc::clone(reference), rule: ExtractionRule::Whole, ..task.clone() };
            // What it takes is no candidate's, since it depends on who was measured first.
            let mut used = Used::default();
            let (limits, soundness) = (bench.limits.clone(), bench.soundness);
            let mut bench = Bench { limits, soundness, used: &mut used, own: Used::default() };
            let found = measured(worker, &mut bench, (engine, options), &task)?.map(|(cost, _)| cost);
            costs.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
            found
        }
    };
    Ok(Some(WorkCost { cost, unit, reference }))
}

/// What a candidate costs; `None` if it does not pass, each time.
fn measured(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    (engine, options): (&str, JudgeOptions),
    task: &Task,
) -> Result<Option<(u64, Unit)>, JudgeError> {
    let mut least = u64::MAX;
    for _ in 0..MEASUREMENTS {
        bench.own = Used::default();
        bench.used.fuel = None;
        let is_passed = match verdict(worker, bench, engine, options, task) {
            Ok(verdict) => verdict.status == Status::Passed,
            // Tests that prove nothing of it are not passed.
            Err(JudgeError::BrokenTest { .. } | JudgeError::Unproven { .. }) => false,
            Err(error) => return Err(error),
        };
        if !is_passed {
            return Ok(None);
        }
        if let Some(fuel) = bench.own.fuel {
            return Ok(Some((fuel, Unit::Fuel)));
        }
        least = least.min(u64::try_from(bench.own.cpu.as_micros()).unwrap_or(u64::MAX));
    }
    Ok(Some((least, Unit::Microseconds)))
}
