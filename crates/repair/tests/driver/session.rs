//! One session of a run: a folder, a plan, and what came of it.

use mend_core::{
    Budget, Call, CallId, CallState, Cost, Effort, EffortLimits, Entry, Event, Extraction, Node, Problem, ProblemEntry,
    RepairTree, RunManifest, Sampling, Slot, Tokens, TreeKey,
};
use mend_journal::{Bodies, Journal, Recorded, read};
use mend_judge::Judge;
use mend_model::{Ledger, Model};
use mend_repair::{Became, Ended, Plan, Progress, Reins, Report, Strategy};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// A fresh folder. In memory where there is such a place, because these tests sync thousands of times.
pub(crate) fn tempdir() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The suites that prompts may show. What is shown also decides what is repaired; where nothing is, the hidden suite
/// decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum See {
    None,
    Public,
    Hidden,
}

/// A shipped strategy with these parameters.
pub(crate) fn shipped(name: &str, parameters: &[(&str, &str)]) -> Strategy {
    let chosen = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Strategy::named(name).unwrap().with(&chosen).unwrap()
}

/// `n_p` programs, and `n_f` repairs of each failing one.
pub(crate) fn strategy(n_p: u32, n_f: u32, see: See) -> Strategy {
    let (see, stop_on) = words(see);
    if n_f == 0 {
        return shipped("iid", &[("n_p", &n_p.to_string()), ("stop_on", stop_on)]);
    }
    let (n_p, n_f) = (n_p.to_string(), n_f.to_string());
    shipped("self-repair", &[("n_p", &n_p), ("n_f", &n_f), ("see", see), ("stop_on", stop_on)])
}

/// `n_p` programs, `n_f` critiques of each failing one, and `n_r` repairs by each.
pub(crate) fn critics(n_p: u32, n_f: u32, n_r: u32, see: See) -> Strategy {
    let (see, stop_on) = words(see);
    let [n_p, n_f, n_r] = [n_p, n_f, n_r].map(|n| n.to_string());
    shipped("critic", &[("n_p", &n_p), ("n_f", &n_f), ("n_r", &n_r), ("see", see), ("stop_on", stop_on)])
}

fn words(see: See) -> (&'static str, &'static str) {
    match see {
        See::None => ("none", "hidden"),
        See::Public => ("public", "public"),
        See::Hidden => ("hidden", "hidden"),
    }
}

/// A plan with one model in all roles, for one replicate of each problem.
#[expect(clippy::needless_pass_by_value, reason = "callers hand over what they made for it")]
pub(crate) fn plan(problems: &[Arc<Problem>], strategy: Strategy, model: Arc<dyn Model>) -> Plan {
    Plan {
        problems: problems.to_vec(),
        programs: None,
        models: strategy.seats().iter().map(|seat| (*seat, Arc::clone(&model))).collect(),
        sampling: strategy.seats().iter().map(|seat| (*seat, Sampling::new(0.8, Tokens(2048)))).collect(),
        strategy,
        extraction: Extraction::Mend,
        seed: 7,
        concurrency: size(4),
        judging: size(4),
        problem_budget: Budget::default(),
        dev: BTreeSet::new(),
        states: Vec::new(),
        active: None,
    }
}

pub(crate) fn size(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).unwrap()
}

/// What came of a session.
pub(crate) struct Ran {
    pub(crate) ended: Ended,
    pub(crate) trees: Vec<RepairTree>,
    /// What the ledger says was spent, in all sessions.
    pub(crate) spent: Tokens,
    /// The whole journal, as it can be read afterwards.
    pub(crate) recorded: Recorded,
    /// The last progress that was reported.
    pub(crate) progress: Progress,
    /// What else was reported.
    pub(crate) told: Vec<Report>,
}

/// How a session is run, beside its plan.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) judge: &'a dyn Judge,
    pub(crate) budget: Option<Tokens>,
    /// What is limited beside tokens.
    pub(crate) effort: EffortLimits,
    /// Interrupts after so many reports of progress.
    pub(crate) interrupt_after: Option<usize>,
    /// Pauses after so many reports of progress, until nothing has happened for a moment.
    pub(crate) pause_after: Option<usize>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(plan: &'a Plan, judge: &'a dyn Judge) -> Self {
        Self { plan, judge, budget: None, effort: EffortLimits::default(), interrupt_after: None, pause_after: None }
    }

    pub(crate) fn with_budget(plan: &'a Plan, judge: &'a dyn Judge, budget: Option<Tokens>) -> Self {
        Self { budget, ..Self::new(plan, judge) }
    }

    /// A new run in a folder of its own that is gone afterwards.
    pub(crate) fn run(&self) -> Ran {
        self.start(tempdir().path())
    }

    /// A new run.
    pub(crate) fn start(&self, folder: &Path) -> Ran {
        let manifest = manifest(self.plan);
        let journal = Journal::create(folder, &manifest).unwrap();
        self.go(folder, journal, manifest.trees().map(RepairTree::new).collect())
    }

    /// Goes on with a run.
    pub(crate) fn resume(&self, folder: &Path) -> Ran {
        let (journal, recorded) = Journal::resume(folder).unwrap();
        let trees = recorded.trees().unwrap();
        let states = recorded.states().iter().map(|state| state.digest()).collect();
        Session { plan: &Plan { states, ..self.plan.clone() }, ..*self }.go(folder, journal, trees)
    }

    fn go(&self, folder: &Path, journal: Journal, mut trees: Vec<RepairTree>) -> Ran {
        let journal = Arc::new(journal);
        let limits = Budget { effort: self.effort, ..Budget::of_tokens(self.budget) };
        let ledger = Ledger::new(limits, self.plan.outlay(&trees));
        let (sender, interrupt) = watch::channel(self.interrupt_after == Some(0));
        let (pause, paused) = watch::channel(self.pause_after == Some(0));
        let reins = Reins::new(interrupt, paused);
        let in_flight = reins.in_flight();
        let mut reports = 0;
        let mut charged: Vec<Cost> = trees.iter().flat_map(RepairTree::calls).filter_map(settled).collect();
        let mut last = Progress::default();
        let mut told = Vec::new();
        let before: BTreeSet<TreeKey> =
            trees.iter().filter(|tree| tree.is_finished()).map(|tree| tree.key.clone()).collect();
        let mut handed_in: Vec<RepairTree> = Vec::new();
        let mut report = |report| {
            let progress = match report {
                Report::Progress(progress) => progress,
                Report::HandedIn(tree) => {
                    handed_in.push(*tree);
                    return;
                }
                Report::Became(became) => {
                    charged.extend(cost(&became));
                    return;
                }
                report => {
                    told.push(report);
                    return;
                }
            };
            reports += 1;
            last = progress;
            if self.pause_after == Some(reports) {
                pause.send_replace(true);
            }
            if self.interrupt_after == Some(reports) {
                sender.send(true).unwrap();
            }
        };
        let run = mend_repair::run(self.plan, &mut trees, self.judge, &ledger, &journal, reins, &mut report);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = run => ended,
                () = end_pause(&pause, &in_flight) => unreachable!("it waits for the next pause"),
            }
        });
        Arc::into_inner(journal).expect("nobody keeps the journal").close().unwrap();

        // Laws of every session, however it ends.
        for tree in &handed_in {
            assert!(!before.contains(&tree.key), "what an earlier session handed in is not told again");
            assert_eq!(trees.iter().find(|known| known.key == tree.key), Some(tree), "a tree is told as it stays");
        }
        assert_eq!(
            before.len() + handed_in.len(),
            trees.iter().filter(|tree| tree.is_finished()).count(),
            "each tree is told once"
        );
        let recorded = read(folder, Bodies::With).unwrap();
        assert_eq!(recorded.trees().unwrap(), trees, "the journal holds what the trees grew by");
        assert_eq!(
            ledger.spent(),
            trees.iter().map(RepairTree::spent).sum::<Cost>(),
            "the ledger charges what the trees cost"
        );
        let settled: Cost = trees.iter().flat_map(RepairTree::calls).filter_map(settled).sum();
        assert_eq!(charged.into_iter().sum::<Cost>(), settled, "each charge is told once");
        assert_eq!(in_flight.load(Ordering::Relaxed), 0, "what is in flight comes home");
        assert_eq!(ledger.reserved(), Cost::ZERO);
        assert!(!limits.effort.any() || limits.check(Effort::ZERO, ledger.taken()).is_ok(), "{:?}", ledger.taken());
        let is_finished = trees.iter().all(RepairTree::is_finished);
        assert_eq!(is_finished, matches!(ended, Ended::Complete), "{ended:?}");
        let programs = trees.iter().flat_map(RepairTree::nodes).filter(|node| node.slot.is_program());
        let outcomes = programs.filter(|node| node.outcome.is_some()).count() as u64;
        assert_eq!((last.judged, last.trees), (outcomes, trees.len() as u64));
        let lost = trees.iter().flat_map(RepairTree::calls).filter_map(|(_, call)| match &call.state {
            CallState::Lost { charged } => Some(charged.tokens),
            _ => None,
        });
        assert_eq!(last.lost, lost.sum(), "what was lost is told apart");
        Ran { ended, trees, spent: ledger.spent().tokens, recorded, progress: last, told }
    }
}

/// What a request was charged, once it is not open any more.
fn settled((_, call): (&CallId, &Call)) -> Option<Cost> {
    (!matches!(call.state, CallState::Open { .. })).then(|| call.state.charge())
}

/// What was charged, if anything is told of it.
fn cost(became: &Became) -> Option<Cost> {
    match became {
        Became::Answered { cost, .. } => Some(*cost),
        Became::Unanswered { charged, .. } => *charged,
        Became::Unscored { .. } | Became::Judged { .. } | Became::Done(_) => None,
    }
}

/// Ends a pause once what was in flight is home and some time has gone by, in which nothing may leave.
async fn end_pause(pause: &watch::Sender<bool>, in_flight: &AtomicU64) {
    let mut paused = pause.subscribe();
    loop {
        let _ = paused.wait_for(|paused| *paused).await;
        let before = in_flight.load(Ordering::Relaxed);
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_micros(500)).await;
            assert!(in_flight.load(Ordering::Relaxed) <= before, "a request left during a pause");
        }
        pause.send_replace(false);
    }
}

/// A run that holds these entries, and no more.
pub(crate) fn write(folder: &Path, plan: &Plan, entries: &[Entry]) {
    let journal = Journal::create(folder, &manifest(plan)).unwrap();
    for entry in entries {
        journal.append(entry).unwrap();
    }
    journal.close().unwrap();
}

/// The trees in the order in which they were handed in.
pub(crate) fn handed_in(recorded: &Recorded) -> Vec<TreeKey> {
    let submitted = recorded.entries.iter().filter(|entry| matches!(entry.event, Event::Submitted { .. }));
    submitted.map(|entry| entry.tree.clone().unwrap()).collect()
}

/// Asserts that trees hold the same nodes and were handed in alike; their lost requests may differ.
#[track_caller]
pub(crate) fn assert_same_nodes(trees: &[RepairTree], expected: &[RepairTree]) {
    assert_eq!(trees.len(), expected.len());
    for (tree, expected) in trees.iter().zip(expected) {
        assert_eq!(tree.key, expected.key);
        // Whichever attempt it was that answered.
        let nodes =
            |tree: &RepairTree| -> Vec<Node> { tree.nodes().map(|node| Node { call: None, ..node.clone() }).collect() };
        assert!(nodes(tree) == nodes(expected), "tree {}: the nodes differ", tree.key);
        assert_eq!((tree.is_finished(), tree.submitted()), (expected.is_finished(), expected.submitted()));
    }
}

/// A slot by its name.
pub(crate) fn slot(name: &str) -> Slot {
    name.parse().unwrap()
}

fn replicates(plan: &Plan) -> u32 {
    let first = plan.problems.iter().find(|problem| !plan.dev.contains(&problem.id)).unwrap();
    plan.problems.iter().filter(|problem| problem.id == first.id).count() as u32
}

fn manifest(plan: &Plan) -> RunManifest {
    let mut problems: Vec<ProblemEntry> = plan.problems.iter().map(|problem| ProblemEntry::from(&**problem)).collect();
    problems.dedup();
    for entry in &mut problems {
        entry.dev = plan.dev.contains(&entry.id);
    }
    let mut manifest = mend_testkit::manifest(problems);
    let identity = &mut manifest.identity;
    identity.strategy = plan.strategy.identity();
    identity.models = plan.models.iter().map(|(seat, model)| (*seat, model.identity())).collect();
    (identity.replicates, identity.seed) = (replicates(plan), plan.seed);
    manifest
}
