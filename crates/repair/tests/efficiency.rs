//! How well the driver keeps its connections busy, against a server on this machine that takes 50 ms for each answer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use mend_core::{Problem, RepairTree, RunManifest, Sampling, Seat, Tokens, TreeKey, Used, Verdict};
use mend_journal::Journal;
use mend_judge::{Done, Judge, Judgement, Task};
use mend_loopback::{Behaviour, Server};
use mend_model::{Endpoint, Http, HttpOptions, Ledger, Model};
use mend_repair::{Ended, Plan, Strategy};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(50);

/// Judges at once: it is the driver that is measured.
struct Quick;

impl Judge for Quick {
    fn submit(&self, _task: Task, done: Done) {
        let verdict = Verdict::without_run(mend_core::Status::NoCode);
        done(Ok(Judgement { verdict, used: Used::default() }));
    }
}

fn strategy(n_p: u32) -> Strategy {
    Strategy::named("iid").unwrap().with(&[("n_p".to_owned(), n_p.to_string())].into()).unwrap()
}

/// Seconds of this process's CPU time.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

/// The most memory that this process ever held, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Share of the ideal rate, `connections` answers in each 50 ms.
fn measure(connections: usize, requests: u32) -> f64 {
    let starter = mend_dataset::starter().unwrap().problems;
    let slow = Behaviour {
        script: None,
        canned: Some("```python\npass\n```".to_owned()),
        latency: Some(LATENCY),
        ..Behaviour::default()
    };
    let server = Server::start(&starter, slow).unwrap();
    let url = server.openai_url();
    let variable = |name: &str| (name == "LAB_BASE_URL").then(|| url.clone());
    let endpoint = Endpoint::find("openai-api/lab/sim/expert", &variable).unwrap();
    let sampling = Sampling::new(0.8, Tokens(64));
    let http = Http::new(HttpOptions { max_connections: connections, ..HttpOptions::default() }).unwrap();
    let model: Arc<dyn Model> = Arc::new(http.model(endpoint, &sampling, None).unwrap());
    let trees = 40;
    let problems: Vec<Arc<Problem>> = starter.iter().cloned().map(Arc::new).collect();
    let plan = Plan {
        problems,
        programs: None,
        strategy: strategy(requests / trees),
        models: [(Seat::CODER, model)].into(),
        sampling: [(Seat::CODER, sampling)].into(),
        extraction: mend_core::Extraction::Mend,
        seed: 1,
        concurrency: NonZeroUsize::new(connections).unwrap(),
        judging: NonZeroUsize::new(16).unwrap(),
        problem_budget: mend_core::Budget::default(),
        dev: std::collections::BTreeSet::new(),
        states: Vec::new(),
        active: None,
    };
    let dir = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let journal = Arc::new(Journal::create(dir.path(), &manifest(&plan)).unwrap());
    let key = |problem: &Arc<Problem>| TreeKey { problem: problem.id.clone(), replicate: 0 };
    let mut grown: Vec<RepairTree> = plan.problems.iter().map(|problem| RepairTree::new(key(problem))).collect();
    let ledger = Ledger::new(mend_core::Budget::default(), mend_core::Cost::ZERO);
    let (_sender, interrupt) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (before, started) = (cpu_seconds(), Instant::now());
    let ended =
        runtime.block_on(mend_repair::run(&plan, &mut grown, &Quick, &ledger, &journal, interrupt, &mut |_| {}));
    let took = started.elapsed().as_secs_f64();
    assert!(matches!(ended, Ended::Complete), "{ended:?}");
    let answered: usize = grown.iter().map(|tree| tree.nodes().count()).sum();
    assert_eq!(answered as u32, requests);
    let ideal = f64::from(requests) * LATENCY.as_secs_f64() / connections as f64;
    let share = ideal / took;
    println!(
        "{requests} requests over {connections} connections: {took:.2} s, {:.1} % of the ideal rate, {:.0} us of CPU a \
         request (server included), {} MiB at most",
        100.0 * share,
        1e6 * (cpu_seconds() - before) / f64::from(requests),
        peak_mib()
    );
    share
}

/// A manifest that holds what the journal needs.
fn manifest(plan: &Plan) -> RunManifest {
    let problems: Vec<mend_core::ProblemEntry> =
        plan.problems.iter().map(|problem| mend_core::ProblemEntry::from(&**problem)).collect();
    let digest = mend_core::Digest::of(b"measured").to_string();
    let identity = serde_json::json!({
        "dataset": {"name": "starter", "digest": digest, "problems": problems.len()},
        "selection": digest,
        "strategy": plan.strategy.identity(),
        "models": {}, "tokenizer": "cl100k_base",
        "limits": {"cpu_ms": 1, "memory_bytes": 1, "output_bytes": 1},
        "grader": "none", "tests": "all",
        "engine": {"name": "none", "level": "L0", "recipe": digest, "interpreter": "none"},
        "replicates": 1, "seed": 1,
    });
    let environment = serde_json::json!({
        "mend_version": "0", "commit": null, "host": "any", "dataset_source": "starter", "budget_tokens": null,
    });
    serde_json::from_value(serde_json::json!({
        "schema_version": mend_core::SCHEMA_VERSION,
        "run_id": "starter-measured-01234567",
        "identity": identity,
        "environment": environment,
        "problems": problems,
    }))
    .unwrap()
}

/// In full 5,000 requests, which must reach nine tenths of the ideal rate; else a twentieth of them, over which
/// the connections have hardly opened, and on a machine that does other things beside.
#[test]
fn the_driver_keeps_its_connections_busy() {
    let is_full = mend_testkit::is_full();
    let share = measure(64, if is_full { 5_000 } else { 240 });
    assert!(share >= if is_full { 0.9 } else { 0.1 }, "{share}");
    measure(256, if is_full { 5_000 } else { 520 });
}
