//! Types of results times ways to use them, and programs that keep what they return.

use super::{Said, Table};
use crate::common::{AMPLE, Judged, function, is_wasm, judge_all, script, task};
use mend_core::Status;
use mend_sandbox::{Engine as _, Job, Limits, ProcessEngine, ProcessOptions};
use mend_testkit::is_full;
use std::collections::BTreeSet;
use std::time::Duration;

/// Sections by name.
pub(super) fn sections(text: &'static str) -> Vec<(&'static str, String)> {
    let sections = text.split("\n=== ").skip(1).map(|section| section.split_once('\n').unwrap());
    sections.map(|(name, body)| (name, format!("{}\n", body.trim_end()))).collect()
}

/// What one plain interpreter makes of each program with each of its tests.
pub(super) fn plain(work: &[(&str, Vec<&str>)]) -> Vec<String> {
    let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
    let limits = Limits {
        cpu: Duration::from_mins(10),
        wall: Duration::from_mins(20),
        output_kept_bytes: 64 << 20,
        ..Limits::default()
    };
    let stdin = serde_json::to_vec(work).unwrap();
    let job = Job { program: include_str!("plain.py").into(), stdin, limits, ..Job::default() };
    let outcome = engine.worker().unwrap().run(&job).unwrap();
    serde_json::from_slice(&outcome.stdout.bytes).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// Fails whatever it is given: a verdict then has a status of each test before it.
const FAILS: &str = "assert f() is f\n";

/// What the judge says of a program with each test, all tests against one process.
fn said_together(program: &str, tests: &[&str], judged: Judged) -> Vec<Said> {
    let Ok(judged) = judged else {
        // A test among them is not for this judge at all.
        return said_apart(tests.iter().map(|test| (program, *test)));
    };
    let verdicts = judged.verdict.hidden.unwrap().tests;
    if verdicts.len() == 1 && tests.len() > 1 {
        // It cannot be loaded.
        return vec![Said::Fails(format!("{:?}", verdicts[0])); tests.len()];
    }
    assert_eq!(verdicts.len(), tests.len() + 1, "{verdicts:?}");
    let said = verdicts[..tests.len()].iter().map(|test| match test.status {
        Status::Passed => Said::Passes,
        Status::Unsupported => Said::Open(test.facts.as_ref().and_then(|facts| facts.note.clone()).unwrap_or_default()),
        _ => Said::Fails(format!("{test:?}")),
    });
    said.collect()
}

/// The same with a process of its own for each test.
pub(super) fn said_apart<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Said> {
    let tasks = pairs.map(|(program, test)| task(&function("f", [script(test)]), program));
    judge_all(AMPLE, tasks).iter().map(Said::of).collect()
}

/// Types whose values have no parts, which cross as equal values: a test that asks whether two of them are one object may
/// get another answer, as it may from another version of Python.
const WITHOUT_PARTS: &[&str] = &["bytes", "plainstr", "bigint", "floatsub", "complex", "decimal", "fraction"];
const ASKS_IDENTITY: &[&str] = &["isself", "isnot"];

/// Pairs that are known to differ, and why.
const KNOWN: &[(&str, &str)] = &[
    ("genericalias / pickle", "a handle is not pickled"),
    ("deep / pickle", "versions of Python differ in how deep that goes"),
];

#[test]
fn types_times_uses_fare_as_in_one_interpreter() {
    let (types, uses) = (sections(include_str!("types.txt")), sections(include_str!("uses.txt")));
    assert!(types.len() * uses.len() >= 400);
    let names: BTreeSet<&str> = types.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), types.len(), "a name stands twice");
    // Another part of the uses for each type, so that every use meets many types.
    let step = if is_full() { 1 } else { 12 };
    let chosen = |at: usize| uses.iter().enumerate().filter(move |(number, _)| (number + at).is_multiple_of(step));
    let work: Vec<(&str, Vec<&str>)> = types
        .iter()
        .enumerate()
        .map(|(at, (_, program))| (&**program, chosen(at).map(|(_, (_, test))| &**test).collect()))
        .collect();
    let mut plain = plain(&work).into_iter();
    let tasks = work.iter().map(|(program, tests)| {
        let scripts: Vec<_> = tests.iter().chain(&[FAILS]).map(|test| script(test)).collect();
        task(&function("f", scripts), program)
    });
    let mut table = Table::default();
    for (at, ((program, tests), judged)) in work.iter().zip(judge_all(AMPLE, tasks)).enumerate() {
        let said = if types[at].0.ends_with('*') {
            said_apart(tests.iter().map(|test| (*program, *test)))
        } else {
            said_together(program, tests, judged)
        };
        for ((_, (used, _)), said) in chosen(at).zip(said) {
            let (kind, plain) = (types[at].0, plain.next().unwrap());
            if WITHOUT_PARTS.contains(&kind) && ASKS_IDENTITY.contains(used) {
                continue;
            }
            table.add(format!("{kind} / {used}"), &plain, said, KNOWN);
        }
    }
    assert_eq!(plain.next(), None);
    // One of the types is a file, which `wasm` lacks.
    let open = if is_wasm() {
        800
    } else if is_full() {
        100
    } else {
        300
    };
    table.check(open, open);
}

#[test]
fn what_a_program_keeps_is_one_object_as_in_one_interpreter() {
    let programs = sections(include_str!("kept.txt"));
    let work: Vec<(String, Vec<(&str, String)>)> = programs
        .iter()
        .map(|(name, text)| {
            let (program, tests) = text.split_once("\n--- ").unwrap_or_else(|| panic!("{name} has no test"));
            let tests = tests.split("\n--- ").map(|test| test.split_once('\n').unwrap());
            (format!("{program}\n"), tests.map(|(test, source)| (test, format!("{source}\n"))).collect())
        })
        .collect();
    let listed: Vec<(&str, Vec<&str>)> =
        work.iter().map(|(program, tests)| (&**program, tests.iter().map(|(_, test)| &**test).collect())).collect();
    let plain = plain(&listed);
    let pairs = listed.iter().flat_map(|(program, tests)| tests.iter().map(move |test| (*program, *test)));
    let names = programs
        .iter()
        .zip(&work)
        .flat_map(|((name, _), (_, tests))| tests.iter().map(move |(test, _)| format!("{name} / {test}")));
    let mut table = Table::default();
    for ((name, plain), said) in names.zip(&plain).zip(said_apart(pairs)) {
        table.add(name, plain, said, &[]);
    }
    assert_eq!(table.pairs, plain.len());
    assert!(is_wasm() || table.pairs >= 100, "{}", table.pairs);
    table.check(0, 0);
}
