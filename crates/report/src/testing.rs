//! A small run for snapshots: two problems, joint repairs, one node of each kind that reports treat apart.

mod deep;

pub(crate) use deep::{deep_run, helped_run, screened_run};

use crate::{Asked, Compared, OfOne, advice_table, programs_table, repairs_table, uptake_table};
use mend_core::{
    CallId, Candidate, Completion, Digest, EngineIdentity, Event, ExtractionRule, FinishReason, Form, Found,
    KnownProgram, ModelIdentity, Opinion, OracleFlags, OracleLevel, ProblemEntry, ProblemId, RepairTree, Rounds,
    RunManifest, Screened, Seat, Slot, Status, SuiteVerdict, Terms, TestVerdict, Text, Tokens, TreeKey, Usage, Used,
    Verdict,
};
use mend_metrics::{
    Axis, Block, CompareOptions, Grid, Options, Order, Run, RunLabels, Side, Summary, advice, compare, repair_success,
    repaired_programs, summarize, uptake_rows,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A simulated run of three problems, the last of which was not reached.
pub(crate) fn manifest() -> RunManifest {
    let problem = |id: &str, difficulty: &str, public_tests| ProblemEntry {
        difficulty: Some(difficulty.to_owned()),
        public_tests,
        hidden_tests: 2,
        ..mend_testkit::entry(id)
    };
    let problems =
        vec![problem("starter/10", "easy", 1), problem("starter/9", "hard", 0), problem("starter/8", "hard", 0)];
    let mut manifest = mend_testkit::manifest(problems);
    manifest.run_id = "starter-repair-0a1b2c3d".into();
    let identity = &mut manifest.identity;
    let oracle = OracleFlags { stops_on_hidden: true, ..OracleFlags::default() };
    (identity.strategy.oracle, identity.strategy.oracle_level) = (oracle, oracle.level());
    identity.models.insert(Seat::REPAIRER, mend_testkit::simulated("sim/expert"));
    let wasm = EngineIdentity { interpreter: "CPython 3.14.0 (wasm)".into(), ..mend_testkit::engine("wasm") };
    identity.fallback = Some(std::mem::replace(&mut identity.engine, wasm));
    manifest
}

/// Its trees, in an order that no report may keep.
pub(crate) fn trees() -> Vec<RepairTree> {
    let judged = |status| Some(Ok(status));
    let wrong = judged(Status::WrongAnswer);
    let passed = judged(Status::Passed);
    vec![
        tree("starter/8", &[("p0", None)], End::Open),
        tree(
            "starter/9",
            &[
                ("p0", wrong),
                ("p0/r0", wrong),
                ("p0/r1", passed),
                ("p1", judged(Status::TimeLimit)),
                ("p1/r0", wrong),
                ("p1/r1", Some(Err("worker died"))),
                ("p2", judged(Status::NoCode)),
                ("p2/r0", wrong),
                ("p2/r1", judged(Status::RuntimeError)),
                ("p3", Some(Err("worker died"))),
            ],
            End::Submitted("p0/r1"),
        ),
        tree(
            "starter/10",
            &[("p0", wrong), ("p0/r0", passed), ("p0/r1", wrong), ("p1", passed), ("p2", passed)],
            End::Submitted("p1"),
        ),
    ]
}

/// The same trees with some verdicts that another judge might come to.
pub(crate) fn rejudged_trees() -> Vec<RepairTree> {
    let judged = |status| Some(Ok(status));
    let (wrong, passed) = (judged(Status::WrongAnswer), judged(Status::Passed));
    let mut rejudged = trees();
    rejudged[1] = tree(
        "starter/9",
        &[
            ("p0", judged(Status::RuntimeError)),
            ("p0/r0", wrong),
            ("p0/r1", passed),
            ("p1", passed),
            ("p1/r0", wrong),
            ("p1/r1", wrong),
            ("p2", judged(Status::NoCode)),
            ("p2/r0", wrong),
            ("p2/r1", judged(Status::RuntimeError)),
            ("p3", Some(Err("worker died"))),
        ],
        End::Submitted("p0/r1"),
    );
    rejudged[2] = tree(
        "starter/10",
        &[
            ("p0", wrong),
            ("p0/r0", passed),
            ("p0/r1", wrong),
            ("p1", judged(Status::TimeLimit)),
            ("p2", Some(Err("it needs threads"))),
        ],
        End::Submitted("p1"),
    );
    rejudged
}

/// Figures of that run.
pub(crate) fn summary() -> Summary {
    summarize(&manifest(), &trees(), &options())
}

/// A small grid, of which the run lacks a part.
pub(crate) fn options() -> Options {
    let block = Block { n_p: vec![1, 2, 5], n_f: vec![1, 2], n_r: vec![1], orders: Order::ALL.to_vec() };
    Options { ks: vec![1, 3, 5], grid: Grid::Asked(vec![block]), resamples: 200, seed: 1, ..Options::default() }
}

/// A run with a critic who gets passing programs too.
pub(crate) fn critic_run() -> (RunManifest, Vec<RepairTree>) {
    let mut manifest = manifest();
    let critic = ModelIdentity { name: "sim/expert".into(), ..manifest.identity.models[&Seat::CODER].clone() };
    manifest.identity.models.insert(Seat::CRITIC, critic);
    let judged = |status| Some(Ok(status));
    let (passed, wrong) = (judged(Status::Passed), judged(Status::WrongAnswer));
    let nodes = [
        ("p0", wrong),
        ("p0/f0", wrong),
        ("p0/f0/r0", passed),
        ("p0/f0/r1", wrong),
        ("p0/f1", Some(Err("no answer came"))),
        ("p1", passed),
        ("p1/f0", passed),
        ("p1/f0/r0", passed),
        ("p1/f0/r1", wrong),
    ];
    (manifest, vec![tree("starter/10", &nodes, End::Submitted("p1"))])
}

/// A run that has everything: ten problems with four first programs each and a repair of every failing one. `iid` has
/// the same without repairs.
pub(crate) fn whole_run(strategy: &str) -> (RunManifest, Vec<RepairTree>) {
    let mut manifest = manifest();
    let entry = manifest.problems.remove(0);
    let problem = |place: u32| ProblemEntry {
        id: ProblemId::new(format!("starter/{place}")),
        difficulty: Some(if place.is_multiple_of(2) { "easy" } else { "hard" }.to_owned()),
        ..entry.clone()
    };
    manifest.problems = (0..10).map(problem).collect();
    manifest.run_id = format!("starter-{strategy}-0a1b2c3d");
    manifest.identity.strategy.name = strategy.to_owned();
    manifest.identity.fallback = None;
    manifest.identity.models.values_mut().for_each(|model| model.simulated = false);
    let has_repairs = strategy != "iid";
    if !has_repairs {
        manifest.identity.models.remove(&Seat::REPAIRER);
        manifest.identity.strategy.oracle_level = OracleFlags::default().level();
    }
    let tree_of = |(place, entry): (usize, &ProblemEntry)| {
        let ending = |passes: bool| Some(Ok(if passes { Status::Passed } else { Status::WrongAnswer }));
        // Harder from problem to problem; a repair is as good as a program.
        let passes = |slot: usize| (place + 3 * slot) % 10 < 10 - place;
        let mut nodes = vec![];
        for slot in 0..4 {
            nodes.push((format!("p{slot}"), ending(passes(slot))));
            if has_repairs && !passes(slot) {
                nodes.push((format!("p{slot}/r0"), ending(passes(slot + 4))));
            }
        }
        let nodes: Vec<(&str, Ending)> = nodes.iter().map(|(slot, ending)| (slot.as_str(), *ending)).collect();
        tree(entry.id.as_str(), &nodes, End::Submitted("p0"))
    };
    let trees = manifest.problems.iter().enumerate().map(tree_of).collect();
    (manifest, trees)
}

/// A run whose strategy learns from three problems, in rounds of two, and is reported on two.
pub(crate) fn learning_run() -> (RunManifest, Vec<RepairTree>) {
    let mut manifest = manifest();
    let entry = manifest.problems.remove(0);
    let problem = |place: u8| ProblemEntry {
        id: ProblemId::new(format!("starter/{place}")),
        digest: Digest::of(&[place]),
        dev: place < 3,
        ..entry.clone()
    };
    manifest.problems = (0..5).map(problem).collect();
    let oracle = OracleFlags::default();
    (manifest.identity.strategy.oracle, manifest.identity.strategy.oracle_level) = (oracle, oracle.level());
    manifest.identity.strategy.rounds = Some(Rounds {
        round: 2,
        dev: 0.6,
        passes: 1,
        learn_on: Some("hidden".to_owned()),
        dev_oracle: Some(OracleLevel::TestsVisible),
    });
    let judged = |status| Some(Ok(status));
    let (passed, wrong) = (judged(Status::Passed), judged(Status::WrongAnswer));
    let tree_of = |entry: &ProblemEntry| {
        let id = entry.id.as_str();
        if entry.dev {
            return tree(id, &[("p0", wrong), ("p0/r0", passed)], End::Submitted("p0/r0"));
        }
        tree(id, &[("p0", passed)], End::Submitted("p0"))
    };
    let trees = manifest.problems.iter().map(tree_of).collect();
    (manifest, trees)
}

/// A tree whose programs could not be judged.
pub(crate) fn unscored(key: &TreeKey) -> RepairTree {
    tree(
        key.problem.as_str(),
        &[("p0", Some(Err("the test calls nothing"))), ("p1", Some(Err("the test calls nothing")))],
        End::Nothing,
    )
}

/// Every CSV file that there is, by name, of runs that have something for each.
pub(crate) fn every_file() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let asked = Options { within: vec![200], at: vec![250.0], ..options() };
    let (critic, critic_trees) = critic_run();
    // The last runs have columns that others lack.
    let mut online = deep_run();
    online.0.identity.strategy.rounds =
        Some(Rounds { round: 1, dev: 0.0, passes: 1, learn_on: None, dev_oracle: None });
    let runs =
        [(manifest(), trees()), (critic, critic_trees), deep_run(), helped_run(), learning_run(), bench_run(), online];
    for (manifest, trees) in runs {
        let dir = tempfile::tempdir().unwrap();
        let summary = summarize(&manifest, &trees, &asked);
        crate::write(dir.path(), &manifest, &trees, &summary).unwrap();
        for file in crate::drawn_files(&summary, &mend_metrics::drawn(&manifest, &trees, &asked)).unwrap() {
            files.insert(file.name, String::from_utf8(file.bytes).unwrap());
        }
        for entry in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().extension().is_some_and(|extension| extension == "csv") {
                files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    // Columns that stand only where people said something or a judge rated what is handed in, or beside an axis that somebody
    // asks for.
    let critiques = crate::critiques::sheet(true).filled([]);
    files.insert(critiques.name.to_owned(), String::from_utf8(critiques.bytes().unwrap()).unwrap());
    let problems = crate::problems::sheet(true, true).filled([]);
    files.insert(problems.name.to_owned(), String::from_utf8(problems.bytes().unwrap()).unwrap());
    let by_calls = Options { axes: vec![Axis::Calls], ..options() };
    let table = crate::figures::pass_at_t(&summarize(&manifest(), &trees(), &by_calls));
    files.insert(table.name.to_owned(), String::from_utf8(table.bytes().unwrap()).unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (before, after, none) = (trees(), rejudged_trees(), BTreeSet::new());
    let (run, flips) = (RunLabels::of(&manifest()), mend_metrics::flips(&before, &after));
    let of = crate::OfFlips { run: &run, source: "before", flips: &flips, other_problems: &none };
    crate::write_flips(dir.path(), of).unwrap();
    files.insert("flips.csv".to_owned(), std::fs::read_to_string(dir.path().join("flips.csv")).unwrap());
    let recorded = crate::OfRecorded { run: &run, by: "samples.jsonl", recorded: &mend_metrics::recorded(&[], &after) };
    crate::write_recorded(dir.path(), recorded).unwrap();
    files.insert("recorded.csv".to_owned(), std::fs::read_to_string(dir.path().join("recorded.csv")).unwrap());
    let (manifest, trees) = critic_run();
    for (name, table) in repair_tables(&manifest, &trees) {
        files.insert(name.to_owned(), String::from_utf8(table.csv).unwrap());
    }
    let (a, b) = (compared_run("repair"), compared_run("iid"));
    let comparison = compare(&a, &[b], &CompareOptions { resamples: 50, ..CompareOptions::default() }).unwrap();
    let compared = Compared { comparison: &comparison, folders: &[], differences: &[] };
    for (name, bytes) in crate::comparison_files(compared).unwrap() {
        files.insert(name.to_owned(), String::from_utf8(bytes).unwrap());
    }
    files
}

/// A critic's run whose first programs are known: the first is damaged in its first line, the second is whole.
pub(crate) fn bench_run() -> (RunManifest, Vec<RepairTree>) {
    let (mut manifest, trees) = critic_run();
    let known = |slot: &str, damage: Option<&str>| {
        let node = trees[0].node(&slot.parse().unwrap()).unwrap();
        KnownProgram {
            program: node.candidate.as_ref().unwrap().program.digest(),
            damage: damage.map(str::to_owned),
            lines: damage.map(|_| 1).into_iter().collect(),
        }
    };
    manifest.problems[0].known = vec![known("p0", Some("off-by-one")), known("p1", None)];
    (manifest, trees)
}

/// A run of four problems, for comparisons.
pub(crate) fn compared_run(strategy: &str) -> Side {
    let (manifest, trees) = whole_run(strategy);
    Side::of(&manifest, &trees)
}

/// The tables of a run's repairs that are made on request, by file.
pub(crate) fn repair_tables(manifest: &RunManifest, trees: &[RepairTree]) -> [(&'static str, Asked); 4] {
    let options = Options { resamples: 0, ..Options::default() };
    let run = Run { manifest, trees };
    let (labels, sample) = (RunLabels::of(manifest), run.sample());
    let success = OfOne { run: labels.clone(), sample, rows: repair_success(run, &options) };
    let counts = OfOne { run: labels.clone(), sample, rows: repaired_programs(run) };
    let uptake = OfOne { run: labels, sample, rows: uptake_rows(run, &options) };
    [
        ("repair_success.csv", repairs_table(&[success], 120)),
        ("repaired_programs.csv", programs_table(&[counts], 120)),
        ("advice.csv", advice_table(&advice(&[run], &options), 120)),
        ("uptake.csv", uptake_table(&[uptake], 120)),
    ]
}

/// `None` for a node that waits for its verdict, `Err` for one that cannot be scored.
type Ending = Option<Result<Status, &'static str>>;

#[derive(Clone, Copy)]
enum End {
    Open,
    Submitted(&'static str),
    Nothing,
}

fn tree(problem: &str, nodes: &[(&str, Ending)], end: End) -> RepairTree {
    let mut tree = RepairTree::new(TreeKey { problem: ProblemId::new(problem), replicate: 0 });
    for (slot, ending) in nodes {
        for event in node(&slot.parse().unwrap(), *ending) {
            tree.apply(&event).unwrap();
        }
    }
    let submitted = match end {
        End::Open => return tree,
        End::Submitted(slot) => Some(slot.parse().unwrap()),
        End::Nothing => None,
    };
    tree.apply(&Event::Submitted { ranking: submitted.into_iter().collect() }).unwrap();
    tree
}

fn node(slot: &Slot, ending: Ending) -> Vec<Event> {
    let (seat, model, prompt) = match slot.depth() {
        0 => (Seat::CODER, "sim/journeyman", 60),
        _ if !slot.is_program() => (Seat::CRITIC, "sim/expert", 100),
        _ => (Seat::REPAIRER, "sim/expert", 150),
    };
    let call = CallId::new(slot, 0);
    let usage = Usage { prompt: Some(Tokens(prompt)), completion: Some(Tokens(40)), ..Usage::default() };
    let no_code = ending == Some(Ok(Status::NoCode));
    let completion = Completion {
        text: Text::new("text"),
        form: Form::Chat,
        finish_reason: if no_code { FinishReason::Length } else { FinishReason::Stop },
        usage,
        counted: Tokens(38),
        counted_prompt: None,
        usd: None,
        served_model: Some(format!("\u{1b}[31m{model}")),
        replaced: 0,
        remark: None,
    };
    let candidate = (!no_code).then(|| Candidate {
        program: Text::new(format!("program {slot}")),
        rule: ExtractionRule::OneBlock,
        paper_tokens: Tokens(30),
    });
    let mut events = vec![
        Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat,
            model: model.into(),
            worst_cost: Tokens(500).into(),
            prompt: Text::new("prompt"),
            template: None,
            shows: vec![],
            terms: Terms::default(),
        },
        Event::Sampled { call, completions: vec![completion], usage, cost: Tokens(prompt + 40).into() },
    ];
    // Half of a run that falls back from one engine to the other.
    let (engine, fuel) = if slot.depth() > 0 { ("process", None) } else { ("wasm", Some(70_000_000)) };
    let fuel = fuel.filter(|_| !no_code);
    let used = Used { cpu: Duration::from_micros(1_500), wall: Duration::from_millis(4), fuel, peak_bytes: 1 << 20 };
    match ending {
        None => {}
        Some(Ok(status)) if !slot.is_program() => {
            let opinion = if status == Status::Passed { Opinion::Correct } else { Opinion::Incorrect };
            events.push(Event::Read {
                slot: slot.clone(),
                found: Found::Critique { opinion: Some(opinion), spans: vec![], defects: vec![] },
                screened: Screened::default(),
            });
        }
        Some(Ok(status)) => {
            events.push(Event::Judged { slot: slot.clone(), candidate, verdict: verdict(status, engine), used });
        }
        Some(Err(why)) => events.push(Event::Unscored { slot: slot.clone(), candidate, why: why.into(), cause: None }),
    }
    events
}

fn verdict(status: Status, engine: &str) -> Verdict {
    if status == Status::NoCode {
        return Verdict::without_run(status);
    }
    let suite = |status| SuiteVerdict {
        status,
        tests: [Status::Passed, status]
            .iter()
            .zip(0..)
            .map(|(status, index)| TestVerdict { index, status: *status, facts: None })
            .collect(),
        total: 2,
    };
    Verdict { status, public: Some(suite(Status::Passed)), hidden: Some(suite(status)), engine: Some(engine.into()) }
}
