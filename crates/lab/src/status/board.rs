//! What is known of a run: gathered from its trees, and from what it tells while it goes on. No clock, no file.

use super::told::{
    Budgeted, Count, FORMAT, Failed, Failing, OfSeat, Programs, Requests, SessionSeen, Spent, State, Status,
};
use mend_core::{
    Budget, CallState, Cost, Effort, Efforts, Outcome, Outlay, ProblemId, RepairTree, RunManifest, Seat,
    Status as Fared, Suite, TreeKey,
};
use mend_metrics::RunLabels;
use mend_repair::{Became, Progress, Report};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// How many of what went wrong lately are kept.
const KEPT: usize = 8;
/// The longest reason that is kept, in characters: it may be a server's page.
const LONGEST: usize = 300;

/// What is known of a run.
#[derive(Debug)]
pub(crate) struct Board {
    labels: RunLabels,
    folder: PathBuf,
    budget: Budget,
    /// The trees of each problem that have something left to do.
    open: BTreeMap<ProblemId, BTreeSet<u32>>,
    problems: u64,
    trees: u64,
    trees_done: u64,
    progress: Progress,
    unscored: u64,
    requests: Requests,
    seats: BTreeMap<(Seat, String), (u64, Cost)>,
    failures: VecDeque<Failed>,
    failing: VecDeque<Failing>,
}

/// What changes without being told: what only the process itself knows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Now {
    pub(super) in_flight: u64,
    /// What was spent and is set aside, by the ledger; `None` where nothing is bought.
    pub(super) taken: Option<(Outlay, Cost)>,
}

impl Board {
    /// What a run's trees say of it.
    pub(crate) fn of(manifest: &RunManifest, trees: &[RepairTree], folder: &Path) -> Self {
        let mut open: BTreeMap<ProblemId, BTreeSet<u32>> = BTreeMap::new();
        for TreeKey { problem, replicate } in manifest.trees() {
            open.entry(problem).or_default().insert(replicate);
        }
        let mut board = Self {
            labels: RunLabels::of(manifest),
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            budget: manifest.environment.budget(),
            problems: open.len() as u64,
            trees: trees.len() as u64,
            trees_done: 0,
            open,
            progress: Progress::default(),
            unscored: 0,
            requests: Requests::default(),
            seats: BTreeMap::new(),
            failures: VecDeque::new(),
            failing: VecDeque::new(),
        };
        for tree in trees {
            board.take_in(tree);
        }
        board
    }

    fn take_in(&mut self, tree: &RepairTree) {
        if tree.is_finished() {
            self.done(&tree.key);
        }
        for (_, call) in tree.calls() {
            let settled = match &call.state {
                CallState::Open { .. } => continue,
                CallState::Answered { cost } => {
                    self.requests.answered += 1;
                    (1, *cost)
                }
                CallState::Lost { charged } => {
                    self.requests.lost += 1;
                    self.progress.lost += charged.tokens;
                    (0, *charged)
                }
                CallState::Refused => {
                    self.requests.refused += 1;
                    continue;
                }
            };
            self.spend(call.seat, &call.model, settled);
        }
        for node in tree.nodes().filter(|node| node.slot.is_program()) {
            self.progress.judged += u64::from(node.outcome.is_some());
            self.progress.passed += u64::from(node.passes(Suite::Hidden) == Some(true));
            self.unscored += u64::from(matches!(node.outcome, Some(Outcome::Unscored(_))));
        }
    }

    fn spend(&mut self, seat: Seat, model: &str, (answered, cost): (u64, Cost)) {
        let of_seat = self.seats.entry((seat, model.to_owned())).or_default();
        of_seat.0 += answered;
        of_seat.1 += cost;
    }

    fn done(&mut self, tree: &TreeKey) {
        if self.open.get_mut(&tree.problem).is_some_and(|open| open.remove(&tree.replicate)) {
            self.trees_done += 1;
        }
    }

    /// Hears what a run tells.
    pub(crate) fn hear(&mut self, report: &Report) {
        match report {
            Report::Progress(progress) => self.progress = *progress,
            Report::HandedIn(tree) => self.done(&tree.key),
            Report::Became(became) => self.became(became),
            Report::Retrying(retrying) => {
                let why = [retrying.kind.phrase(), &retrying.detail].map(str::trim);
                let why = why.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
                self.failed("asked again", retrying.model.clone(), &why);
            }
            Report::Paused { .. } | Report::Odd { .. } => {}
        }
    }

    fn became(&mut self, became: &Became) {
        match became {
            Became::Answered { seat, model, cost } => {
                self.requests.answered += 1;
                self.spend(*seat, model, (1, *cost));
            }
            Became::Unanswered { seat, model, charged, why } => {
                let what = if let Some(charged) = charged {
                    self.requests.lost += 1;
                    self.spend(*seat, model, (0, *charged));
                    "lost"
                } else {
                    self.requests.refused += 1;
                    "refused"
                };
                self.failed(what, model.clone(), why);
            }
            Became::Unscored { tree, slot, why } => {
                self.unscored += u64::from(slot.is_program());
                self.failed("unscored", format!("{} {slot}", tree.problem), why);
            }
            Became::Judged { status: Fared::Passed, .. } => {}
            Became::Judged { tree, slot, status } => keep(
                &mut self.failing,
                Failing {
                    problem: tree.problem.to_string(),
                    replicate: tree.replicate,
                    slot: slot.to_string(),
                    status: status.to_string(),
                },
            ),
            Became::Done(tree) => self.done(tree),
        }
    }

    /// Keeps what went wrong; the same again is counted.
    fn failed(&mut self, what: &str, whose: String, why: &str) {
        let why: String = why.chars().take(LONGEST).collect();
        let next = Failed { what: what.to_owned(), whose, why, times: 1 };
        let is_same = |last: &&mut Failed| (&last.what, &last.whose, &last.why) == (&next.what, &next.whose, &next.why);
        match self.failures.back_mut().filter(is_same) {
            Some(last) => last.times += 1,
            None => keep(&mut self.failures, next),
        }
    }

    /// How many trees are done, requests are answered and programs are judged.
    pub(super) fn counts(&self) -> (u64, u64, u64) {
        (self.trees_done, self.requests.answered, self.progress.judged)
    }

    /// Trees that have something left to do.
    pub(super) fn remaining(&self) -> u64 {
        self.trees - self.trees_done
    }

    /// Programs at the judge.
    pub(super) fn judging(&self) -> u64 {
        self.progress.judging
    }

    /// Everything that is known.
    pub(super) fn status(&self, state: State, why: Option<String>, now: Now, session: Option<SessionSeen>) -> Status {
        let Progress { judged, passed, lost, at_limit, waiting, round, rounds, judging, .. } = self.progress;
        let cost: Cost = self.seats.values().map(|(_, cost)| *cost).sum();
        let (taken, set_aside) = now.taken.unwrap_or((Outlay { cost, effort: Effort::ZERO }, Cost::ZERO));
        let seats = self.seats.iter().map(|((seat, model), (answered, cost))| OfSeat {
            seat: seat.to_string(),
            model: model.clone(),
            answered: *answered,
            tokens: cost.tokens.0,
            usd: cost.usd.map(mend_core::Usd::as_f64),
        });
        Status {
            format: FORMAT,
            state,
            why,
            run: self.labels.id.clone(),
            folder: self.folder.clone(),
            dataset: self.labels.dataset.clone(),
            strategy: self.labels.strategy.clone(),
            model: self.labels.model.clone(),
            simulated: self.labels.simulated,
            oracle_level: self.labels.oracle_level.to_string(),
            problems: Count {
                done: self.open.values().filter(|open| open.is_empty()).count() as u64,
                all: self.problems,
            },
            trees: Count { done: self.trees_done, all: self.trees },
            round: (rounds > 0).then(|| Count { done: u64::from(round), all: u64::from(rounds) }),
            at_limit,
            waiting,
            programs: Programs { judged, passed, unscored: self.unscored, judging },
            requests: Requests { in_flight: now.in_flight, ..self.requests },
            spent: Spent {
                tokens: taken.cost.tokens.0,
                lost_tokens: lost.0,
                usd: taken.cost.usd.map(mend_core::Usd::as_f64),
                set_aside_tokens: set_aside.tokens.0,
            },
            budgets: self.budgets(taken),
            seats: seats.collect(),
            session,
            failures: self.failures.iter().cloned().collect(),
            failing: self.failing.iter().cloned().collect(),
        }
    }

    /// Each cap, with what is taken of it.
    pub(super) fn budgets(&self, taken: Outlay) -> Vec<Budgeted> {
        let Outlay { cost, effort: Effort { calls, executions, questions, minutes, observations } } = taken;
        let limits = self.budget.effort;
        let whole = |what, spent: u64, limit: Option<u64>| (what, spent as f64, limit.map(|limit| limit as f64));
        let all = [
            whole("tokens", cost.tokens.0, self.budget.tokens.map(|tokens| tokens.0)),
            ("usd", cost.usd.map_or(0.0, mend_core::Usd::as_f64), self.budget.usd.map(mend_core::Usd::as_f64)),
            whole("calls", calls, limits.calls),
            whole("executions", executions, limits.executions),
            whole("questions", questions, limits.questions),
            ("minutes", minutes.as_f64(), limits.minutes.map(mend_core::Minutes::as_f64)),
            whole("observations", observations, limits.observations),
        ];
        let limited = all
            .into_iter()
            .filter_map(|(what, spent, limit)| Some(Budgeted { what: what.to_owned(), spent, limit: limit? }));
        limited.collect()
    }

    /// What the trees of a run took that nobody works on.
    pub(super) fn taken(trees: &[RepairTree]) -> Outlay {
        Outlay { cost: trees.iter().map(RepairTree::spent).sum(), effort: Efforts::of(trees).total() }
    }
}

fn keep<T>(kept: &mut VecDeque<T>, next: T) {
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(next);
}
