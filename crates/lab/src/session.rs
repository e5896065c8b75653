//! A run whose folder is open: it goes on until its end or a stop.

use crate::batch_log;
use crate::experiment::Experiment;
use crate::failure::{Failure, journal_failure};
use crate::models::model_failure;
use crate::observer::Observer;
use crate::source::Source;
use crate::status::{Board, Keeper, State, StatusTo, Watching};
use mend_core::{Budget, Claim, Effort, Efforts, Form, Node, Outlay, ProblemId, RepairTree, RunManifest, Status};
use mend_journal::{Journal, JournalError};
use mend_judge::SandboxJudge;
use mend_model::Ledger;
use mend_repair::{Ended, Overrun, Plan, Reins, Rejudgement, RunError, Stop};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A run that can go on. Its folder is locked.
pub struct Session {
    manifest: RunManifest,
    judge: SandboxJudge,
    work: Work,
    folder: PathBuf,
    journal: Journal,
    trees: Vec<RepairTree>,
    status: StatusTo,
    /// What somebody else's file says of programs.
    claims: Vec<Claim>,
}

/// What is left to do.
enum Work {
    /// Trees grow.
    Grow(Box<Plan>),
    /// Another run's programs are judged anew.
    Rejudge(Box<Source>, Rejudgement),
}

impl Session {
    /// Begins the run in a new folder.
    pub fn begin(experiment: Experiment, folder: &Path) -> Result<Session, Failure> {
        let journal = Journal::create(folder, &experiment.manifest).map_err(|error| {
            let hint = match error {
                JournalError::Create { .. } => "choose another place with `--out`",
                JournalError::Write { .. } | JournalError::Sync { .. } => {
                    "nothing is lost: make room, then start again"
                }
                error => return journal_failure(error),
            };
            journal_failure(error).hint(hint)
        })?;
        let trees = experiment.manifest.trees().map(RepairTree::new).collect();
        Self::new(experiment, folder, journal, trees)
    }

    /// A run in an open folder, with what its trees have so far.
    pub(crate) fn new(
        experiment: Experiment,
        folder: &Path,
        journal: Journal,
        trees: Vec<RepairTree>,
    ) -> Result<Self, Failure> {
        let Experiment { manifest, judge, plan, batches, claims } = experiment;
        if let Some(batches) = &batches {
            batch_log::open(batches, folder)?;
        }
        let work = Work::Grow(Box::new(plan));
        let (folder, status) = (folder.to_owned(), StatusTo::default());
        Ok(Self { manifest, judge, work, folder, journal, trees, status, claims })
    }

    /// A run in an open folder that judges another one's programs anew, with what its trees have so far.
    pub(crate) fn anew(
        (manifest, judge): (RunManifest, SandboxJudge),
        (source, rejudgement): (Source, Rejudgement),
        folder: &Path,
        journal: Journal,
        trees: Vec<RepairTree>,
    ) -> Self {
        let claims = source.claims(&manifest);
        let work = Work::Rejudge(Box::new(source), rejudgement);
        let (folder, status) = (folder.to_owned(), StatusTo::default());
        Self { manifest, judge, work, folder, journal, trees, status, claims }
    }

    /// The same, with so many trees growing at the same time at most: a stop then buys little more than it needs. No
    /// number depends on it.
    #[must_use]
    pub fn at_once(mut self, trees: NonZeroUsize) -> Self {
        if let Work::Grow(plan) = &mut self.work {
            plan.active = Some(trees);
        }
        self
    }

    /// The same, showing how it is at these places.
    #[must_use]
    pub fn showing(self, status: StatusTo) -> Self {
        Self { status, ..self }
    }

    /// What decides the run's numbers.
    pub fn manifest(&self) -> &RunManifest {
        &self.manifest
    }

    /// Its trees so far.
    pub fn trees(&self) -> &[RepairTree] {
        &self.trees
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs until the end, or until the budget, `interrupt` or a failure of ours stops it. Needs a runtime: see
    /// [`runtime`].
    pub async fn run(self, interrupt: watch::Receiver<bool>, observer: &mut dyn Observer) -> Result<Outcome, Failure> {
        let Self { manifest, judge, work, folder, journal, mut trees, status, claims } = self;
        tracing::info!(run = manifest.run_id, folder = %folder.display(), "running");
        let budget = manifest.environment.budget();
        let journal = Arc::new(journal);
        let board = Arc::new(Mutex::new(Board::of(&manifest, &trees, &folder)));
        let (pause, paused) = watch::channel(false);
        let reins = Reins::new(interrupt, paused);
        let outlay = match &work {
            Work::Grow(plan) => Some(plan.outlay(&trees)),
            // Nothing is bought.
            Work::Rejudge(..) => None,
        };
        let ledger = Ledger::new(budget, outlay.unwrap_or(Outlay::ZERO));
        let watching = Watching {
            board: Arc::clone(&board),
            ledger: outlay.map(|_| ledger.clone()),
            in_flight: reins.in_flight(),
            pause,
            folder: folder.clone(),
        };
        let keeper = Keeper::start(watching, status)?;
        let mut report = |told| {
            board.lock().unwrap_or_else(PoisonError::into_inner).hear(&told);
            observer.report(told);
        };
        let (ended, source) = match work {
            Work::Grow(plan) => {
                let run = mend_repair::run(&plan, &mut trees, &judge, &ledger, &journal, reins, &mut report);
                (run.await, None)
            }
            Work::Rejudge(source, what) => {
                let anew = mend_repair::rejudge(&what, &mut trees, &judge, &journal, reins, &mut report);
                (anew.await, Some(*source))
            }
        };
        if let Some(keeper) = keeper {
            let (state, why) = match &ended {
                Ended::Complete => (State::Complete, None),
                Ended::Stopped(stop) => (State::Stopped, Some(stop.why())),
            };
            keeper.end(state, why).await;
        }
        let efforts = Efforts::of(&trees);
        let (without_minutes, total) = (efforts.without_minutes, efforts.total());
        let Effort { calls, executions, questions, minutes, observations } = total;
        let complete = matches!(ended, Ended::Complete);
        tracing::info!(
            complete, calls, executions, questions, %minutes, without_minutes, observations, "ended"
        );
        let end = match ended {
            Ended::Complete if source.is_some() && !trees.iter().all(RepairTree::is_finished) => End::SourceStopped,
            Ended::Complete => End::Complete,
            Ended::Stopped(Stop::Budget) => End::Budget(budget),
            Ended::Stopped(Stop::LimitIgnored(overrun)) => End::LimitIgnored(overrun),
            Ended::Stopped(Stop::Interrupt) => End::Interrupt,
            Ended::Stopped(Stop::Waiting) => End::Waiting,
            Ended::Stopped(Stop::Failed(error)) => return Err(run_failure(error, &folder)),
        };
        if let Some(journal) = Arc::into_inner(journal) {
            journal.close().map_err(journal_failure)?;
        }
        Ok(Outcome { folder, manifest, trees, end, source, claims })
    }
}

/// How a session ended. Whatever the reason, all that arrived is saved.
#[derive(Debug)]
pub enum End {
    /// Every tree is finished.
    Complete,
    /// This budget allows no further request.
    Budget(Budget),
    /// A server does not keep to the token limit, so that no budget can be kept.
    LimitIgnored(Overrun),
    /// Somebody asked for a stop.
    Interrupt,
    /// What is left waits for people's feedback.
    Waiting,
    /// All that another run holds is judged anew, and that run stopped early.
    SourceStopped,
}

/// What a session left.
#[derive(Debug)]
pub struct Outcome {
    /// The run's folder.
    pub folder: PathBuf,
    /// The run's manifest.
    pub manifest: RunManifest,
    /// Its trees.
    pub trees: Vec<RepairTree>,
    /// Why nothing more was done.
    pub end: End,
    /// The run whose programs were judged anew, if that is what this run did.
    pub source: Option<Source>,
    /// What somebody else's file says of the programs: of samples, or of trajectories that were imported.
    pub claims: Vec<Claim>,
}

/// Saved texts of which no program compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// How many programs there are.
    pub programs: usize,
    /// What the texts of each field were taken for.
    pub forms: BTreeMap<String, Form>,
}

impl Outcome {
    /// The problems, and those of them that have an unfinished tree; each in the order of their ids.
    pub fn unfinished(&self) -> (BTreeSet<&ProblemId>, BTreeSet<&ProblemId>) {
        let unfinished = self.trees.iter().filter(|tree| !tree.is_finished()).map(|tree| &tree.key.problem).collect();
        (self.trees.iter().map(|tree| &tree.key.problem).collect(), unfinished)
    }

    /// What saved texts were taken for, if no program compiles of it: then they are likely something else.
    pub fn unreadable(&self) -> Option<Unreadable> {
        let forms = &self.manifest.identity.forms;
        let is_first = |node: &&Node| node.slot.depth() == 0;
        let statuses: Vec<Status> = self
            .trees
            .iter()
            .flat_map(RepairTree::nodes)
            .filter(is_first)
            .filter_map(|node| Some(node.verdict()?.status))
            .collect();
        let fails = |status: &Status| matches!(status, Status::CompileError | Status::NoCode);
        let none_compiles = !forms.is_empty() && !statuses.is_empty() && statuses.iter().all(fails);
        none_compiles.then(|| Unreadable { programs: statuses.len(), forms: forms.clone() })
    }
}

/// A runtime that carries a run.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Failure::bug)
}

fn run_failure(error: RunError, folder: &Path) -> Failure {
    match error {
        RunError::Journal(error @ (JournalError::Write { .. } | JournalError::Sync { .. })) => {
            let hint =
                format!("what arrived before is saved: make room, then `mend resume {}` goes on", folder.display());
            journal_failure(error).hint(hint)
        }
        RunError::Journal(error) => journal_failure(error),
        error @ RunError::Judge(_) => {
            let hint = format!("nothing is lost: once that is mended, `mend resume {}` goes on", folder.display());
            Failure::stopped(error).hint(hint)
        }
        RunError::Model(error) => model_failure(error, folder),
        RunError::NothingAnswered(error) => {
            let hint = error.hint().map_or(String::new(), |hint| format!("{hint}; "));
            let hint = format!("{hint}then `mend resume {}` goes on", folder.display());
            Failure::usage(error).hint(hint)
        }
        error @ RunError::AsksToWait { .. } => {
            let hint = format!(
                "nothing that arrived is lost: `mend resume {}` goes on after that time, or now with a longer \
                 `--request-deadline`",
                folder.display()
            );
            Failure::stopped(error).hint(hint)
        }
        error @ (RunError::Script { .. } | RunError::Learning { .. }) => Failure::usage(error).hint(
            "a run keeps the script that it began with, and so does `mend resume`: mend the file and begin a new run; what \
             arrived so far is kept in this one",
        ),
        error => Failure::bug(error),
    }
}
