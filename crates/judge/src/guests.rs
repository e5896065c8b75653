//! The guest programs, compiled once by the interpreter that will run them: compiling them for every party
//! would take a third of its start.

use mend_sandbox::{How, Job, Limits, SandboxError, Worker};

const CANDIDATE: &str = concat!(include_str!("guest/wire.py"), include_str!("guest/candidate.py"));
const JUDGE: &str =
    concat!(include_str!("guest/wire.py"), include_str!("guest/tests.py"), include_str!("guest/judge.py"));
const COOPERATIVE: &str =
    concat!(include_str!("guest/wire.py"), include_str!("guest/tests.py"), include_str!("guest/cooperative.py"));

/// Compiles the program beside it, and prints the code.
const COMPILE: &str = "\
import marshal, sys
with open('source', 'rb') as file:
    code = compile(file.read(), 'guest.py', 'exec')
sys.stdout.buffer.write(marshal.dumps(code))
";

/// Runs the code beside it.
const START: &str = "\
import marshal
with open('guest', 'rb') as file:
    code = marshal.loads(file.read())
exec(code)
";

/// The guests, ready to run.
#[derive(Debug)]
pub(crate) struct Guests {
    candidate: Vec<u8>,
    judge: Vec<u8>,
    cooperative: Vec<u8>,
}

impl Guests {
    /// The sources, for the engine recipe's digest.
    pub(crate) fn sources() -> [&'static str; 4] {
        [CANDIDATE, JUDGE, COOPERATIVE, START]
    }

    /// Compiles them.
    ///
    /// # Errors
    /// An interpreter that cannot: ours or the machine's fault.
    pub(crate) fn compile(worker: &mut dyn Worker) -> Result<Self, SandboxError> {
        let mut compiled = |source| compile(worker, source);
        Ok(Self { candidate: compiled(CANDIDATE)?, judge: compiled(JUDGE)?, cooperative: compiled(COOPERATIVE)? })
    }

    /// A job that opens as the candidate's side.
    pub(crate) fn candidate(&self, limits: Limits) -> Job {
        job(&self.candidate, limits)
    }

    /// A job that opens as the tests' side.
    pub(crate) fn judge(&self, limits: Limits) -> Job {
        job(&self.judge, limits)
    }

    /// A job that opens as both sides in one.
    pub(crate) fn cooperative(&self, limits: Limits) -> Job {
        job(&self.cooperative, limits)
    }
}

fn job(code: &[u8], limits: Limits) -> Job {
    Job { program: START.into(), files: vec![("guest".to_owned(), code.to_vec())], limits, ..Job::default() }
}

fn compile(worker: &mut dyn Worker, source: &str) -> Result<Vec<u8>, SandboxError> {
    let files = vec![("source".to_owned(), source.into())];
    let outcome = worker.run(&Job { program: COMPILE.into(), files, ..Job::default() })?;
    if outcome.how == How::Exit(0) && outcome.stdout.total == outcome.stdout.bytes.len() as u64 {
        return Ok(outcome.stdout.bytes);
    }
    let stderr = String::from_utf8_lossy(&outcome.stderr.bytes);
    let stderr = stderr.trim().lines().last().unwrap_or("no message").to_owned();
    Err(SandboxError::Trial { how: outcome.how.to_string(), stderr })
}
