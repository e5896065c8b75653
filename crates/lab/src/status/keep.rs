//! The side of the run: a task that writes down how it is, and looks whether a pause is asked for.

use super::board::{Board, Now};
use super::pace::{Left, Mark, Pace, eta};
use super::socket::Listening;
use super::told::{Budgeted, SessionSeen, State, Status};
use crate::failure::Failure;
use mend_core::Outlay;
use mend_model::Ledger;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The file in a run's folder, while the run goes on.
pub(super) const STATUS: &str = "status.json";
/// The file by whose presence in a run's folder a pause is asked for.
pub(super) const PAUSE: &str = "pause";
/// How often a run looks whether a pause is asked for.
const LOOKS: Duration = Duration::from_millis(100);
/// After how many looks it writes down how it is, if nothing happened that is worth more haste.
const WRITES: u32 = 5;

/// Where a run shows how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTo {
    /// Whether in its own folder.
    pub in_folder: bool,
    /// Whether also in another file.
    pub file: Option<PathBuf>,
    /// Whether also on a Unix socket.
    pub socket: Option<PathBuf>,
}

impl Default for StatusTo {
    /// In its own folder alone.
    fn default() -> Self {
        Self { in_folder: true, file: None, socket: None }
    }
}

impl StatusTo {
    /// Also at a place: `unix:<path>` and what ends in `.sock` is a socket, everything else a file.
    #[must_use]
    pub fn and(self, place: &Path) -> Self {
        let text = place.to_string_lossy();
        match text.strip_prefix("unix:") {
            Some(path) => Self { socket: Some(path.into()), ..self },
            None if text.ends_with(".sock") => Self { socket: Some(place.to_owned()), ..self },
            None => Self { file: Some(place.to_owned()), ..self },
        }
    }

    fn anywhere(&self) -> bool {
        self.in_folder || self.file.is_some() || self.socket.is_some()
    }
}

/// The task that writes down how a run is.
pub(crate) struct Keeper {
    over: oneshot::Sender<(State, Option<String>)>,
    task: JoinHandle<()>,
}

/// What it looks at.
pub(crate) struct Watching {
    pub(crate) board: Arc<Mutex<Board>>,
    /// `None` where nothing is bought.
    pub(crate) ledger: Option<Ledger>,
    pub(crate) in_flight: Arc<AtomicU64>,
    pub(crate) pause: watch::Sender<bool>,
    pub(crate) folder: PathBuf,
}

impl Keeper {
    /// Begins to write. `None` if nobody wants to see anything.
    ///
    /// # Errors
    /// A place that somebody named cannot be written to. The run's own folder is no such place: a run that cannot write its
    /// status goes on without one.
    pub(crate) fn start(watching: Watching, to: StatusTo) -> Result<Option<Self>, Failure> {
        // What a killed session left says nothing about this one.
        let _ = fs::remove_file(watching.folder.join(PAUSE));
        let _ = fs::remove_file(watching.folder.join(STATUS));
        if !to.anywhere() {
            return Ok(None);
        }
        let socket = to.socket.as_deref().map(|path| Listening::at(path, &watching.folder.join(PAUSE))).transpose()?;
        let mut writing = Writing::new(watching, to, socket);
        writing.write(None).map_err(|(path, source)| {
            let failure = Failure::usage(format!("cannot write the status to `{}`: {source}", path.display()));
            failure.hint("name another file or socket with `--status`")
        })?;
        let (over, ended) = oneshot::channel();
        Ok(Some(Self { over, task: tokio::spawn(writing.go_on(ended)) }))
    }

    /// Says how the run ended, and takes away what only a run that goes on has.
    pub(crate) async fn end(self, state: State, why: Option<String>) {
        // A task that is gone wrote what it could.
        let _ = self.over.send((state, why));
        let _ = self.task.await;
    }
}

struct Writing {
    watching: Watching,
    to: StatusTo,
    socket: Option<Listening>,
    clock: Clock,
    pace: Pace,
    /// How many trees were done when the session began, and what was taken.
    first: (u64, Vec<Budgeted>),
    has_complained: bool,
}

impl Writing {
    fn new(watching: Watching, to: StatusTo, socket: Option<Listening>) -> Self {
        let board = watching.board.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = watching.ledger.as_ref().map_or(Outlay::ZERO, taken);
        let first = (board.counts().0, board.budgets(taken));
        drop(board);
        Self { watching, to, socket, clock: Clock::start(), pace: Pace::default(), first, has_complained: false }
    }

    async fn go_on(mut self, mut ended: oneshot::Receiver<(State, Option<String>)>) {
        let mut looks = tokio::time::interval(LOOKS);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut since, mut last) = (0, State::Running);
        let end = loop {
            tokio::select! {
                biased;
                // A keeper that is gone has nothing to say of the end.
                end = &mut ended => break end.ok(),
                _ = looks.tick() => {}
            }
            let asked = self.watching.folder.join(PAUSE).exists();
            self.clock.pauses(asked);
            self.watching.pause.send_if_modified(|paused| std::mem::replace(paused, asked) != asked);
            let state = self.state();
            since += 1;
            if since >= WRITES || state != last {
                (since, last) = (0, state);
                self.write_or_complain(None);
            }
        };
        let Some(end) = end else { return };
        self.write_or_complain(Some(end));
        let _ = fs::remove_file(self.watching.folder.join(PAUSE));
        if self.to.in_folder {
            let _ = fs::remove_file(self.watching.folder.join(STATUS));
        }
    }

    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.watching.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> State {
        if !*self.watching.pause.borrow() {
            return State::Running;
        }
        let is_busy = self.watching.in_flight.load(Ordering::Relaxed) > 0 || self.board().judging() > 0;
        if is_busy { State::Pausing } else { State::Paused }
    }

    fn write_or_complain(&mut self, end: Option<(State, Option<String>)>) {
        if let Err((path, error)) = self.write(end)
            && !std::mem::replace(&mut self.has_complained, true)
        {
            tracing::warn!(%error, path = %path.display(), "cannot write the status");
        }
    }

    /// Writes how the run is to every place. A failure at one place keeps it from no other.
    fn write(&mut self, end: Option<(State, Option<String>)>) -> Result<(), (PathBuf, io::Error)> {
        let is_over = end.is_some();
        let status = self.status(end);
        let text = serde_json::to_string(&status).unwrap_or_default();
        if let Some(socket) = &self.socket {
            socket.show(&text);
        }
        let in_folder = self.watching.folder.join(STATUS);
        if self.to.in_folder
            && !is_over
            && let Err(error) = replace(&in_folder, &text)
        {
            tracing::debug!(%error, "cannot write the status into the run's folder");
        }
        match &self.to.file {
            Some(file) => replace(file, &text).map_err(|source| (file.clone(), source)),
            None => Ok(()),
        }
    }

    fn status(&mut self, end: Option<(State, Option<String>)>) -> Status {
        let (state, why) = end.unwrap_or_else(|| (self.state(), None));
        let now = Now {
            in_flight: self.watching.in_flight.load(Ordering::Relaxed),
            taken: self.watching.ledger.as_ref().map(|ledger| (taken(ledger), ledger.reserved())),
        };
        let active_seconds = self.clock.active();
        let board = self.watching.board.lock().unwrap_or_else(PoisonError::into_inner);
        let (trees, requests, programs) = board.counts();
        let tokens = now.taken.map_or(0, |(outlay, _)| outlay.cost.tokens.0);
        self.pace.mark(Mark { at: active_seconds, trees, requests, programs, tokens });
        let left: Vec<Left> = board
            .budgets(now.taken.map_or(Outlay::ZERO, |(outlay, _)| outlay))
            .into_iter()
            .zip(&self.first.1)
            .map(|(budget, first)| Left {
                taken: budget.spent - first.spent,
                rest: budget.limit - budget.spent,
                what: budget.what,
            })
            .collect();
        let eta = if state.is_live() {
            eta(active_seconds, trees.saturating_sub(self.first.0), board.remaining(), &left)
        } else {
            None
        };
        let session = SessionSeen {
            pid: std::process::id(),
            began: self.clock.began,
            written: now_in_seconds(),
            active_seconds,
            rates: self.pace.rates(),
            eta,
        };
        board.status(state, why, now, Some(session))
    }
}

fn taken(ledger: &Ledger) -> Outlay {
    Outlay { cost: ledger.spent(), effort: ledger.taken() }
}

/// Puts a text into the place of a file at once: whoever reads it finds the old one or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    fs::write(&temporary, format!("{text}\n"))?;
    fs::rename(&temporary, path).inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// How long a session goes on. It stands still during pauses.
struct Clock {
    began: f64,
    active: Duration,
    /// Since when it goes on; `None` during a pause.
    since: Option<Instant>,
}

impl Clock {
    fn start() -> Self {
        Self { began: now_in_seconds(), active: Duration::ZERO, since: Some(instant()) }
    }

    fn pauses(&mut self, paused: bool) {
        match (paused, self.since) {
            (true, Some(since)) => {
                self.active += instant().saturating_duration_since(since);
                self.since = None;
            }
            (false, None) => self.since = Some(instant()),
            _ => {}
        }
    }

    fn active(&self) -> f64 {
        let since = self.since.map_or(Duration::ZERO, |since| instant().saturating_duration_since(since));
        (self.active + since).as_secs_f64()
    }
}

#[expect(clippy::disallowed_methods, reason = "says how fast a run is, and stands in no table")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "says when a status was written, and stands in no table")]
fn now_in_seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
