//! A small run for the tests of this crate.

use crate::Journal;
use mend_core::{
    CallId, Candidate, Completion, Digest, Entry, Event, ExtractionRule, Facts, Form, JudgeLimits, ProblemEntry,
    ProblemId, RepairTree, RunManifest, Sampling, Seat, Slot, Status, SuiteVerdict, Terms, TestVerdict, Text, Tokens,
    TreeKey, Usage, Used, Verdict,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// A fresh folder. In memory where there is such a place, because these tests sync thousands of times.
pub(crate) fn tempdir() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A manifest over problems `a/0`, `a/1`, ...
pub(crate) fn manifest(problems: u32, replicates: u32) -> RunManifest {
    let entry = |index: u32| ProblemEntry {
        digest: Digest::of(&index.to_le_bytes()),
        hidden_tests: 2,
        ..mend_testkit::entry(problem(index).as_str())
    };
    let mut manifest = mend_testkit::manifest((0..problems).map(entry).collect());
    manifest.run_id = "a-self-repair-01234567".into();
    // A test pins the digest of this identity: it names all of it that differs from what tests usually have.
    let identity = &mut manifest.identity;
    (identity.dataset.name, identity.dataset.digest) = ("a".into(), Digest::of(b"a"));
    identity.selection = Digest::of(b"selection");
    identity.strategy.name = "self-repair".into();
    identity.strategy.definition = "name = \"self-repair\"\n".into();
    identity.strategy.prompts = BTreeMap::from([("coder".into(), Digest::of(b"prompt"))]);
    identity.models.values_mut().for_each(|model| {
        model.sampling = Some(Sampling { top_p: 0.95, ..Sampling::new(0.8, Tokens(512)) });
    });
    identity.limits = JudgeLimits { cpu_ms: 2000, memory_bytes: 1 << 29, output_bytes: 1 << 16 };
    (identity.engine.level, identity.engine.recipe) = ("L0".into(), Digest::of(b"recipe"));
    (identity.replicates, identity.seed, identity.extraction) = (replicates, 7, None);
    manifest
}

fn problem(index: u32) -> ProblemId {
    ProblemId::new(format!("a/{index}"))
}

/// An entry of the whole run.
pub(crate) fn run_entry(event: Event) -> Entry {
    Entry { tree: None, event }
}

/// A program that is asked for, sampled and judged, then handed in. All programs share the prompt, and each
/// is its completion, so that texts repeat.
pub(crate) fn tree_entries(problem_index: u32, replicate: u32, programs: u32) -> Vec<Entry> {
    let mut events = Vec::new();
    for index in 0..programs {
        let slot = Slot::program(index);
        let call = CallId::new(&slot, 0);
        let program = Text::new(format!("def f():\n    \"\"\"é \u{2028}\"\"\"\n    return {problem_index}{index}\n"));
        events.push(Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat: Seat::CODER,
            model: "sim/journeyman".into(),
            worst_cost: Tokens(100).into(),
            prompt: Text::new(format!("write f of {problem_index}")),
            template: None,
            shows: vec![],
            terms: Terms::default(),
        });
        if index == 1 {
            events.push(Event::Lost { call, charged: Tokens(100).into(), why: "killed".into() });
            continue;
        }
        let completion = Completion {
            text: program.clone(),
            usage: Usage { prompt: Some(Tokens(9)), completion: Some(Tokens(5)), ..Usage::default() },
            counted: Tokens(5),
            ..mend_testkit::completion("", Form::Whole)
        };
        events.push(Event::Sampled {
            call,
            completions: vec![completion],
            usage: Usage::default(),
            cost: Tokens(14).into(),
        });
        let facts = Facts { call: Some("f()".into()), expected: Some("1".into()), ..Facts::default() };
        let test = TestVerdict { index: 0, status: Status::WrongAnswer, facts: Some(facts.into()) };
        let hidden = SuiteVerdict { status: Status::WrongAnswer, tests: vec![test], total: 2 };
        events.push(Event::Judged {
            slot,
            candidate: Some(Candidate { program, rule: ExtractionRule::Whole, paper_tokens: Tokens(5) }),
            verdict: Verdict {
                status: Status::WrongAnswer,
                public: None,
                hidden: Some(hidden),
                engine: Some("process".into()),
            },
            used: Used {
                cpu: Duration::from_millis(3),
                wall: Duration::from_millis(4),
                fuel: Some(2_500),
                peak_bytes: 1 << 20,
            },
        });
    }
    events.push(Event::Submitted { ranking: (programs > 0).then(|| Slot::program(0)).into_iter().collect() });
    let tree = TreeKey { problem: problem(problem_index), replicate };
    events.into_iter().map(|event| Entry { tree: Some(tree.clone()), event }).collect()
}

/// A run over [`manifest`]`(2, 1)`: one tree with a lost call, a stop, a resumption, another tree.
pub(crate) fn run() -> Vec<Entry> {
    let mut entries = tree_entries(0, 0, 2);
    entries.push(run_entry(Event::Stopped { why: "budget".into() }));
    entries.push(run_entry(Event::Resumed { changed: vec!["host".into()] }));
    entries.extend(tree_entries(1, 0, 1));
    entries
}

/// Trees grown live, without a journal in between: what every replay must equal.
pub(crate) fn live_trees(manifest: &RunManifest, entries: &[Entry]) -> Vec<RepairTree> {
    let mut trees = Vec::new();
    for problem in &manifest.problems {
        for replicate in 0..manifest.identity.replicates {
            let key = TreeKey { problem: problem.id.clone(), replicate };
            let mut tree = RepairTree::new(key.clone());
            for entry in entries.iter().filter(|entry| entry.tree.as_ref() == Some(&key)) {
                tree.apply(&entry.event).unwrap();
            }
            trees.push(tree);
        }
    }
    trees
}

/// Asserts equality with what was appended: `Text` compares by digest, so bodies are compared apart.
#[track_caller]
pub(crate) fn assert_entries(recorded: &[Entry], appended: &[Entry]) {
    let bodies = |entries: &[Entry]| -> Vec<_> {
        entries.iter().flat_map(|entry| entry.event.texts()).map(|text| text.body().cloned()).collect()
    };
    assert_eq!(recorded, appended);
    assert_eq!(bodies(recorded), bodies(appended));
}

/// Makes a run in `dir` and appends all entries.
pub(crate) fn write(dir: &Path, manifest: &RunManifest, entries: &[Entry]) {
    let journal = Journal::create(dir, manifest).unwrap();
    for entry in entries {
        journal.append(entry).unwrap();
    }
    journal.close().unwrap();
}
