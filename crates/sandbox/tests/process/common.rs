//! What the tests of the `process` engine share.

use mend_sandbox::{
    Answer, Calls, Engine, Job, Level, Limits, Outcome, Party, ProcessEngine, ProcessOptions, Spend, Worker,
};
use std::sync::OnceLock;
use std::time::Duration;

/// Wire functions for guests, prepended to every program of [`guest`].
const WIRE: &str = "
import os, struct
def exactly(n):
    data = b''
    while len(data) < n:
        piece = os.read(3, n - len(data))
        if not piece:
            os._exit(0)
        data += piece
    return data
def receive():
    size, kind = struct.unpack('<IB', exactly(5))
    return kind, exactly(size)
def send(kind, payload):
    data = struct.pack('<IB', len(payload), kind) + payload
    while data:
        data = data[os.write(4, data):]
";

/// Far more than any honest program of these tests needs on a loaded machine.
pub(crate) fn ample() -> Limits {
    Limits { cpu: Duration::from_mins(1), wall: Duration::from_mins(2), ..Limits::default() }
}

pub(crate) const AMPLE: Spend = Spend { cpu: Duration::from_mins(1), wall: Duration::from_mins(2) };

pub(crate) fn engine() -> &'static ProcessEngine {
    static ENGINE: OnceLock<ProcessEngine> = OnceLock::new();
    ENGINE.get_or_init(|| ProcessEngine::new(options()).unwrap())
}

/// The level and the interpreter that the environment names, or the defaults. See `again`, which sets them.
pub(crate) fn options() -> ProcessOptions {
    let level = std::env::var(LEVEL).ok().map(|level| level.parse().unwrap());
    ProcessOptions { level, python: std::env::var_os(PYTHON).map(Into::into), scratch_root: None }
}

pub(crate) const LEVEL: &str = "MEND_SANDBOX_TEST_LEVEL";
pub(crate) const PYTHON: &str = "MEND_SANDBOX_TEST_PYTHON";

/// Whether jobs have process ids and files of their own.
pub(crate) fn in_cells() -> bool {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    // By an engine that goes again: some tests count what their process has.
    *LEVEL.get_or_init(|| ProcessEngine::new(options()).unwrap().identity().level) >= Level::L2
}

pub(crate) fn worker() -> Box<dyn Worker> {
    engine().worker().unwrap()
}

pub(crate) fn job(program: &str) -> Job {
    Job { program: program.into(), limits: ample(), ..Job::default() }
}

pub(crate) fn run(job: &Job) -> Outcome {
    worker().run(job).unwrap()
}

pub(crate) fn guest(program: &str) -> Job {
    job(&format!("{WIRE}{program}"))
}

pub(crate) fn open(job: &Job) -> Box<dyn Party> {
    worker().open(job).unwrap()
}

#[track_caller]
pub(crate) fn answer(party: &mut dyn Party, frame: &[u8], calls: Option<Calls>) -> Vec<u8> {
    answered(party.ask(frame, AMPLE, calls).unwrap())
}

#[track_caller]
pub(crate) fn answered(answer: Answer) -> Vec<u8> {
    match answer {
        Answer::Frame { frame, .. } => frame,
        Answer::Ended(outcome) => panic!("{outcome:?} {}", stderr(&outcome)),
        Answer::Called { .. } => panic!("it called"),
    }
}

#[track_caller]
pub(crate) fn ended(party: &mut dyn Party, cap: Spend, calls: Option<Calls>) -> Outcome {
    match party.ask(b"?", cap, calls).unwrap() {
        Answer::Ended(outcome) => outcome,
        Answer::Frame { frame, .. } | Answer::Called { frame, .. } => {
            panic!("answered {:?}", String::from_utf8_lossy(&frame))
        }
    }
}

pub(crate) fn stdout(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.bytes).into_owned()
}

pub(crate) fn stderr(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stderr.bytes).into_owned()
}

/// Whether a process of a job exists and is not merely waiting to be reaped. `pid` is its id as the job sees it.
pub(crate) fn is_alive(pid: &str) -> bool {
    let pid = pid.trim();
    assert!(pid.parse::<u32>().is_ok(), "{pid:?} is no process id");
    if !in_cells() {
        return is_running(pid);
    }
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let candidates = entries.filter_map(|entry| entry.file_name().into_string().ok());
    candidates.filter(|outer| outer.bytes().all(|byte| byte.is_ascii_digit())).any(|outer| {
        let status = std::fs::read_to_string(format!("/proc/{outer}/status")).unwrap_or_default();
        let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
        let ids: Vec<&str> = ids.split_whitespace().collect();
        ids.len() > 1 && ids.last() == Some(&pid) && descends_from_us(&outer)
    })
}

pub(crate) fn descends_from_us(pid: &str) -> bool {
    let own = std::process::id().to_string();
    let mut pid = pid.to_owned();
    while let Some((state, parent)) = state(&pid) {
        if parent == own {
            return !matches!(state, 'Z' | 'X');
        }
        pid = parent;
    }
    false
}

/// Whether a process of the machine exists and is not merely waiting to be reaped.
pub(crate) fn is_running(pid: &str) -> bool {
    state(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// State and parent of a process.
fn state(pid: &str) -> Option<(char, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.to_owned()))
}
