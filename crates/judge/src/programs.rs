//! Whole programs: one run per input, as `__main__`, with real standard input and exit status.

use crate::compare::same_output;
use crate::facts::normal;
use crate::pool::{Bench, JudgeError};
use mend_core::{Facts, Problem, Status, Test, TestVerdict};
use mend_sandbox::{Captured, How, Job, LimitKind, Worker};

/// Runs one test.
pub(crate) fn judge(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    problem: &Problem,
    program: &str,
    index: u32,
    test: &Test,
) -> Result<TestVerdict, JudgeError> {
    let Test::Stdio { input, expected } = test else {
        return Err(JudgeError::BrokenTest {
            problem: problem.id.clone(),
            why: format!("test {index} calls a function, but the problem asks for a program"),
        });
    };
    let job = Job {
        program: program.into(),
        files: Vec::new(),
        stdin: input.as_bytes().into(),
        limits: bench.limits.clone(),
        seed: 0,
        preload: None,
    };
    let outcome = worker.run(&job)?;
    bench.charge(&outcome.used);
    let actual = String::from_utf8_lossy(&outcome.stdout.bytes);
    if outcome.how == How::Exit(0) {
        let whole = outcome.stdout.total == outcome.stdout.bytes.len() as u64;
        if whole && same_output(&actual, expected, problem.tolerance) {
            return Ok(TestVerdict { index, status: Status::Passed, facts: None });
        }
        let facts = Facts {
            input: Some(normal(input)),
            expected: Some(normal(expected)),
            actual: Some(normal(&actual)),
            ..Facts::default()
        };
        return Ok(TestVerdict { index, status: Status::WrongAnswer, facts: Some(facts) });
    }
    let mut facts = Facts { input: Some(normal(input)), ..Facts::default() };
    let mut status = status_of(&outcome.how, &mut facts);
    if matches!(outcome.how, How::Exit(_)) {
        let traceback = Traceback::read(&outcome.stderr);
        if traceback.exception.is_some() {
            facts.note = None;
        }
        facts.source = traceback.line.and_then(|line| source_line(program, line));
        facts.line = traceback.line;
        status = traceback.status();
        facts.exception = traceback.exception;
    }
    Ok(TestVerdict { index, status, facts: Some(facts) })
}

/// Maps the end of a process that should not have ended so, and says what happened.
pub(crate) fn status_of(how: &How, facts: &mut Facts) -> Status {
    let (status, note) = match how {
        How::Exit(code) => (Status::RuntimeError, format!("the program exited with status {code}")),
        How::Signal(libc_signal @ 31) => {
            (Status::SandboxViolation, format!("a forbidden system call (signal {libc_signal})"))
        }
        How::Signal(signal) => (Status::RuntimeError, format!("the program was killed by signal {signal}")),
        How::Limit(LimitKind::Cpu | LimitKind::Wall) => {
            (Status::TimeLimit, "the program reached the time limit".to_owned())
        }
        How::Limit(LimitKind::Memory) => (Status::MemoryLimit, "the program reached the memory limit".to_owned()),
        How::Limit(LimitKind::Output) => (Status::OutputLimit, "the program wrote too much".to_owned()),
        How::Limit(LimitKind::Processes) => (Status::RuntimeError, "the program started too many processes".to_owned()),
        How::Limit(LimitKind::Disk) => (Status::RuntimeError, "the program wrote too large a file".to_owned()),
        How::Violation(why) => (Status::RuntimeError, format!("the answer breaks the protocol: {}", normal(why))),
        How::Unsupported(why) => (Status::Unsupported, normal(why)),
    };
    facts.note = Some(note);
    status
}

/// A line of the program, counted from 1, without its indentation.
fn source_line(program: &str, line: u32) -> Option<String> {
    let line = program.lines().nth(line.checked_sub(1)? as usize)?;
    Some(normal(line.trim()))
}

/// What an interpreter printed when an exception ended the program.
struct Traceback {
    exception: Option<String>,
    line: Option<u32>,
    compiled: bool,
}

impl Traceback {
    fn read(stderr: &Captured) -> Self {
        let text = String::from_utf8_lossy(&stderr.bytes);
        let line = text.lines().rev().find_map(|line| {
            let (_, rest) = line.trim_start().strip_prefix("File \"")?.split_once("main.py\", line ")?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        let named = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        };
        let exception = last.filter(named).map(normal);
        let syntax = ["SyntaxError", "IndentationError", "TabError"];
        let names_syntax = exception.as_ref().is_some_and(|e| syntax.iter().any(|name| e.starts_with(name)));
        // An error of compilation has no traceback: nothing ran yet.
        Self { exception, line, compiled: !(names_syntax && !text.contains("Traceback (most recent call last)")) }
    }

    fn status(&self) -> Status {
        if !self.compiled {
            Status::CompileError
        } else if self.exception.as_ref().is_some_and(|exception| exception.starts_with("MemoryError")) {
            Status::MemoryLimit
        } else {
            Status::RuntimeError
        }
    }
}
