//! What the tests of the `process` engine share.

use mend_sandbox::{Answer, Calls, Engine, Job, Limits, Outcome, Party, ProcessEngine, ProcessOptions, Spend, Worker};
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
    ENGINE.get_or_init(|| ProcessEngine::new(ProcessOptions::default()).unwrap())
}

pub(crate) fn worker() -> Box<dyn Worker> {
    engine().worker().unwrap()
}

pub(crate) fn job(program: &str) -> Job {
    Job { program: program.as_bytes().to_vec(), limits: ample(), ..Job::default() }
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
    }
}

#[track_caller]
pub(crate) fn ended(party: &mut dyn Party, cap: Spend, calls: Option<Calls>) -> Outcome {
    match party.ask(b"?", cap, calls).unwrap() {
        Answer::Ended(outcome) => outcome,
        Answer::Frame { frame, .. } => panic!("answered {:?}", String::from_utf8_lossy(&frame)),
    }
}

pub(crate) fn stdout(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.bytes).into_owned()
}

pub(crate) fn stderr(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stderr.bytes).into_owned()
}

/// Whether a process exists and is not merely waiting to be reaped by init.
pub(crate) fn is_alive(pid: &str) -> bool {
    let pid = pid.trim();
    assert!(pid.parse::<u32>().is_ok(), "{pid:?} is no process id");
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with(['Z', 'X'])
}
