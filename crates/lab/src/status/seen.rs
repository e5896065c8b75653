//! The side of whoever watches: how a run is, by its status or its journal, and what it can be asked for.

use super::board::{Board, Now};
use super::keep::{PAUSE, STATUS};
use super::told::{FORMAT, SessionSeen, State, Status};
use crate::failure::{Failure, journal_failure};
use mend_core::{Event, RepairTree};
use mend_journal::{Bodies, Journal};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a socket may take to say something.
const PATIENCE: Duration = Duration::from_secs(10);

/// A run that somebody watches, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// By its folder.
    Folder(PathBuf),
    /// By the file of `--status`.
    File(PathBuf),
    /// By the socket of `--status`.
    Socket(PathBuf),
}

impl Watched {
    /// What a path is: the folder of a run, a file of a status, or a socket.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let text = path.to_string_lossy();
        if let Some(socket) = text.strip_prefix("unix:") {
            return Ok(Self::Socket(socket.into()));
        }
        let found = fs::metadata(path).map_err(|source| {
            let failure = Failure::usage(format!("cannot read `{}`: {source}", path.display()));
            failure.hint(
                "name the folder of a run, or the file or socket that its `--status` names; `mend runs` lists runs",
            )
        })?;
        if found.file_type().is_socket() {
            return Ok(Self::Socket(path.to_owned()));
        }
        if found.is_file() {
            return Ok(Self::File(path.to_owned()));
        }
        if !path.join("manifest.json").is_file() {
            let error = format!("`{}` is not the folder of a run: it holds no manifest.json", path.display());
            return Err(Failure::usage(error).hint(format!("`mend runs {}` lists the runs in it", path.display())));
        }
        Ok(Self::Folder(path.to_owned()))
    }

    /// How the run is now.
    pub fn look(&self) -> Result<Status, Failure> {
        match self {
            Self::Folder(folder) => of_folder(folder),
            Self::File(file) => {
                let status = parsed(&fs::read_to_string(file).map_err(|source| unreadable(file, &source))?, file)?;
                if !status.state.is_live() || Journal::is_locked(&status.folder) {
                    return Ok(status);
                }
                // It may have ended between two looks.
                let again = parsed(&fs::read_to_string(file).map_err(|source| unreadable(file, &source))?, file)?;
                if again.state.is_live() { died(again) } else { Ok(again) }
            }
            Self::Socket(socket) => {
                let mut line = String::new();
                let read = connect(socket)?;
                BufReader::new(read).read_line(&mut line).map_err(|source| unreadable(socket, &source))?;
                parsed(&line, socket)
            }
        }
    }

    /// Asks the run for a pause, or to go on. It obeys soon after.
    pub fn ask(&self, pause: bool) -> Result<Status, Failure> {
        let status = self.look()?;
        if !status.state.is_live() {
            let folder = status.folder.display();
            let failure =
                Failure::usage(format!("nothing to pause: no process works on `{folder}` ({})", status.state));
            return Err(match status.state {
                State::Complete => failure.hint(format!("`mend report {folder}` shows what it came to")),
                _ => failure.hint(format!("`mend resume {folder}` goes on")),
            });
        }
        if let Self::Socket(socket) = self {
            let word: &[u8] = if pause { b"pause\n" } else { b"resume\n" };
            connect(socket)?.write_all(word).map_err(|source| unreadable(socket, &source))?;
            return Ok(status);
        }
        if status.session.is_none() {
            let failure = Failure::usage("the run began with `--no-status`, and cannot be paused".to_owned());
            return Err(failure.hint("stop it with Ctrl-C; `mend resume` goes on"));
        }
        let file = status.folder.join(PAUSE);
        let done = if pause { fs::write(&file, "") } else { fs::remove_file(&file) };
        match done {
            Err(source) if pause || source.kind() != std::io::ErrorKind::NotFound => {
                let failure = Failure::usage(format!("cannot change `{}`: {source}", file.display()));
                Err(failure.hint("whoever pauses a run needs the right to write into its folder"))
            }
            _ => Ok(status),
        }
    }
}

fn connect(socket: &Path) -> Result<UnixStream, Failure> {
    let connected = UnixStream::connect(socket).and_then(|stream| {
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    });
    connected.map_err(|source| {
        let failure = Failure::usage(format!("nobody listens at `{}`: {source}", socket.display()));
        failure.hint("the run ended or died: name its folder instead")
    })
}

fn unreadable(path: &Path, source: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`: {source}", path.display()))
        .hint("name the folder of a run, or the file or socket that its `--status` names")
}

fn parsed(text: &str, path: &Path) -> Result<Status, Failure> {
    let failed = |why: String| {
        let failure = Failure::usage(format!("`{}` holds no status of a run: {why}", path.display()));
        failure.hint("name the folder of a run, or the file or socket that its `--status` names")
    };
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(other) => return Err(failed(format!("it has format {other}, and this mend reads {FORMAT}"))),
        None => return Err(failed("it has no `format`".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| failed(error.to_string()))
}

/// The status in a folder, if there is one.
fn status_in(folder: &Path) -> Result<Option<Status>, Failure> {
    let path = folder.join(STATUS);
    match fs::read_to_string(&path) {
        Ok(text) => parsed(&text, &path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unreadable(&path, &source)),
    }
}

fn of_folder(folder: &Path) -> Result<Status, Failure> {
    let found = status_in(folder)?;
    if Journal::is_locked(folder)
        && let Some(status) = found
    {
        return Ok(status);
    }
    // A run takes its status away before it lets go of its folder: one that is still there now was left by a kill.
    let session = if Journal::is_locked(folder) { None } else { status_in(folder)?.and_then(|status| status.session) };
    by_journal(folder, session)
}

/// A status that a run left which died.
fn died(left: Status) -> Result<Status, Failure> {
    if left.folder.join("manifest.json").is_file() {
        return by_journal(&left.folder, left.session);
    }
    let session = left.session.map(without_pace);
    Ok(Status { state: State::Died, session, ..left })
}

/// A session that is over has no rate, and ends no more.
fn without_pace(mut session: SessionSeen) -> SessionSeen {
    session.rates = None;
    session.eta = None;
    session
}

/// How a run is by its journal alone. `session` is what a kill left of its status.
fn by_journal(folder: &Path, session: Option<SessionSeen>) -> Result<Status, Failure> {
    let recorded = mend_journal::read(folder, Bodies::Without).map_err(journal_failure)?;
    let trees = recorded.trees().map_err(journal_failure)?;
    let why = recorded.entries.last().and_then(|entry| match &entry.event {
        Event::Stopped { why } => Some(why.clone()),
        _ => None,
    });
    let state = if trees.iter().all(RepairTree::is_finished) {
        State::Complete
    } else if Journal::is_locked(folder) {
        State::Running
    } else if why.is_some() {
        State::Stopped
    } else {
        State::Died
    };
    let why = why.filter(|_| state == State::Stopped);
    let board = Board::of(&recorded.manifest, &trees, folder);
    let taken = (Board::taken(&trees), mend_core::Cost::ZERO);
    Ok(board.status(state, why, Now { in_flight: 0, taken: Some(taken) }, session.map(without_pace)))
}
