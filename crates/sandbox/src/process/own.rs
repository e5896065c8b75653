//! Our own programs where no zygote loads them: compiled once, by the interpreter that will run them. Compiling them
//! for every job would take a third of its start.

use super::Setup;
use crate::{How, Job, Limits, Program, SandboxError, Stop};
use std::sync::{Arc, Mutex, PoisonError};

/// Compiles the program beside it, and prints the code.
const COMPILE: &str = "\
import marshal, sys
with open('source', 'rb') as file:
    code = compile(file.read(), 'guest.py', 'exec', dont_inherit=True)
sys.stdout.buffer.write(marshal.dumps(code))
";

/// Runs the code beside it.
const START: &str = "\
import marshal
with open('guest', 'rb') as file:
    code = marshal.loads(file.read())
exec(code)
main()
";

type SourceAndCode = (Arc<str>, Arc<[u8]>);

/// The programs that were compiled.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    programs: Mutex<Vec<SourceAndCode>>,
}

impl Compiled {
    /// The same job with the compiled program.
    pub(super) fn job(&self, setup: &Setup, source: &Arc<str>, job: &Job) -> Result<Job, SandboxError> {
        let code = self.code(setup, source)?;
        let mut job = job.clone();
        job.program = Program::from(START);
        job.files.push(("guest".to_owned(), code.to_vec()));
        Ok(job)
    }

    fn code(&self, setup: &Setup, source: &Arc<str>) -> Result<Arc<[u8]>, SandboxError> {
        let programs = || self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, code)) = programs().iter().find(|(known, _)| known == source) {
            return Ok(Arc::clone(code));
        }
        let files = vec![("source".to_owned(), source.as_bytes().to_vec())];
        let job = Job { program: Program::from(COMPILE), files, limits: Limits::default(), ..Job::default() };
        let outcome = super::run(setup, &job, &Stop::default())?;
        if outcome.how != How::Exit(0) || outcome.stdout.total != outcome.stdout.bytes.len() as u64 {
            return Err(super::trial_error(&outcome));
        }
        let code: Arc<[u8]> = outcome.stdout.bytes.into();
        programs().push((Arc::clone(source), Arc::clone(&code)));
        Ok(code)
    }
}
