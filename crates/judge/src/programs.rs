//! Whole programs: one run per input, as `__main__`, with real standard input and exit status.

use crate::bench::Bench;
use crate::compare::same_output;
use crate::facts::normal;
use crate::task::JudgeError;
use mend_core::{Facts, Problem, Status, Test, TestVerdict};
use mend_sandbox::{How, Job, LimitKind, Limits, Outcome, Worker};

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
        stdin: input.as_bytes().into(),
        // All that a program may write can be the right answer.
        limits: Limits { output_kept_bytes: bench.limits.output_bytes, ..bench.limits.clone() },
        ..Job::default()
    };
    let outcome = worker.run(&job)?;
    bench.charge_candidate(&outcome.used);
    if outcome.how == How::Exit(0) {
        // Bytes that are no text are no answer, even where the expected text stands for them.
        let printed = std::str::from_utf8(&outcome.stdout.bytes);
        if printed.is_ok_and(|printed| same_output(printed, expected, problem.tolerance)) {
            return Ok(TestVerdict { index, status: Status::Passed, facts: None });
        }
        let facts = Facts {
            input: Some(normal(input)),
            expected: Some(normal(expected)),
            actual: Some(normal(&String::from_utf8_lossy(&outcome.stdout.bytes))),
            ..Facts::default()
        };
        return Ok(TestVerdict { index, status: Status::WrongAnswer, facts: Some(facts.into()) });
    }
    let (mut status, note) = ending(&outcome.how)?;
    let mut facts = Facts { input: Some(normal(input)), note: Some(format!("the program {note}")), ..Facts::default() };
    if matches!(outcome.how, How::Exit(_))
        && let Some(traceback) = Traceback::read(&outcome)
    {
        status = traceback.status;
        facts.note = None;
        facts.source = traceback.line.and_then(|line| source_line(program, line));
        facts.line = traceback.line;
        facts.exception = Some(traceback.exception);
        if status == Status::CompileError {
            // It never came to read any.
            facts.input = None;
        }
    }
    Ok(TestVerdict { index, status, facts: Some(facts.into()) })
}

/// What the end of a process that should not have ended so says of the program, and in words: "the program ...".
pub(crate) fn ending(how: &How) -> Result<(Status, String), JudgeError> {
    /// Sent to a process that makes a system call which a filter forbids.
    const SIGSYS: i32 = 31;

    Ok(match how {
        How::Exit(code) => (Status::RuntimeError, format!("exited with status {code}")),
        How::Signal(SIGSYS) => (Status::SandboxViolation, "made a forbidden system call".to_owned()),
        How::Signal(signal) => (Status::RuntimeError, format!("was killed by signal {signal}")),
        How::Limit(LimitKind::Cpu | LimitKind::Wall) => (Status::TimeLimit, "reached the time limit".to_owned()),
        How::Limit(LimitKind::Memory) => (Status::MemoryLimit, "reached the memory limit".to_owned()),
        How::Limit(LimitKind::Output) => (Status::OutputLimit, "wrote too much".to_owned()),
        How::Limit(LimitKind::Processes) => (Status::ProcessLimit, "started too many processes".to_owned()),
        How::Limit(LimitKind::Disk) => (Status::DiskLimit, "wrote too large a file".to_owned()),
        How::Violation(why) => (Status::RuntimeError, format!("broke the protocol: {}", normal(why))),
        How::Unsupported(why) => return Err(JudgeError::Unsupported { why: normal(why) }),
    })
}

/// What an exception says, by its builtin name and its text. A program can only choose between failures with it.
pub(crate) fn status_of(kind: &str, text: &str) -> Status {
    match kind {
        "MemoryError" => Status::MemoryLimit,
        "OSError" if text.contains("[Errno 28]") || text.contains("[Errno 27]") => Status::DiskLimit,
        "BlockingIOError" if text.contains("[Errno 11]") => Status::ProcessLimit,
        "RuntimeError" if text.contains("can't start new thread") => Status::ProcessLimit,
        _ => Status::RuntimeError,
    }
}

/// Whether an interpreter ended because it ran out of memory.
pub(crate) fn ran_out_of_memory(outcome: &Outcome) -> bool {
    matches!(outcome.how, How::Exit(_))
        && Traceback::read(outcome).is_some_and(|traceback| traceback.status == Status::MemoryLimit)
}

/// A line of the program, counted from 1, without its indentation.
fn source_line(program: &str, line: u32) -> Option<String> {
    let line = program.lines().nth(line.checked_sub(1)? as usize)?;
    Some(normal(line.trim()))
}

/// What an interpreter printed when an exception ended the program.
#[derive(Debug, PartialEq, Eq)]
struct Traceback {
    exception: String,
    /// The innermost line of the program itself.
    line: Option<u32>,
    status: Status,
}

impl Traceback {
    /// `None` if there is none.
    fn read(outcome: &Outcome) -> Option<Self> {
        let text = String::from_utf8_lossy(&outcome.stderr.bytes);
        let lines: Vec<&str> = text.lines().collect();
        let ran = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)"));
        // An error of compilation has no traceback: nothing ran yet, and nothing was printed.
        let refused = ran.is_none() && outcome.stdout.total == 0;
        let from = match ran {
            Some(at) => at + 1,
            None if refused => 0,
            None => return None,
        };
        let block = lines.get(from..)?;
        // Frames and their source are indented. The message may have further lines of its own.
        let named = block.iter().position(|line| is_exception(line))?;
        let exception = normal(block.get(named..)?.join("\n").trim_end());
        let line = block.get(..named)?.iter().rev().find_map(|line| frame_line(line));
        let kind = exception.split(':').next().unwrap_or_default();
        let status = match kind {
            "SyntaxError" | "IndentationError" | "TabError" if refused && line.is_some() => Status::CompileError,
            // Not told apart from the words of a program that exits with a message, but for these.
            "ValueError" | "SyntaxError" if refused && exception.ends_with("null bytes") => Status::CompileError,
            _ if refused => return None,
            _ => status_of(kind, &exception),
        };
        Some(Self { exception, line, status })
    }
}

/// Whether a line is `Name` or `Name: message` from its first character on.
fn is_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

/// The number in `  File "main.py", line 3, in f`.
fn frame_line(line: &str) -> Option<u32> {
    let (_, rest) = line.trim_start().strip_prefix("File \"")?.split_once("main.py\", line ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_sandbox::{Captured, Used};

    #[track_caller]
    fn check(stdout: &str, stderr: &str, expected: Option<(&str, Option<u32>, Status)>) {
        let captured = |text: &str| Captured { bytes: text.into(), total: text.len() as u64 };
        let outcome =
            Outcome { how: How::Exit(1), stdout: captured(stdout), stderr: captured(stderr), used: Used::default() };
        let expected =
            expected.map(|(exception, line, status)| Traceback { exception: exception.into(), line, status });
        assert_eq!(Traceback::read(&outcome), expected, "{stderr}");
    }

    const FRAME: &str = "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    f()\n";

    #[test]
    fn the_exception_that_ended_a_program_is_read_from_its_traceback() {
        let ran = |message: &str| format!("noise: x\n{FRAME}{message}");
        let (value, memory) = (ran("ValueError: a: b\nc: d\n"), ran("MemoryError\n"));
        check("1\n", &value, Some(("ValueError: a: b\nc: d", Some(3), Status::RuntimeError)));
        check("1\n", &memory, Some(("MemoryError", Some(3), Status::MemoryLimit)));
        let twice = format!("{FRAME}KeyError: 1\n\nDuring handling of the above:\n\n{FRAME}a.b.MyError\n");
        check("", &twice, Some(("a.b.MyError", Some(3), Status::RuntimeError)));
        let deep = format!("{FRAME}  File \"/usr/lib/json.py\", line 99, in g\n    x\nSyntaxError: bad\n");
        check("", &deep, Some(("SyntaxError: bad", Some(3), Status::RuntimeError)));
    }

    #[test]
    fn an_error_of_compilation_comes_before_anything_else() {
        let refused = "  File \"main.py\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n";
        check("", refused, Some(("SyntaxError: invalid syntax", Some(2), Status::CompileError)));
        check("printed", refused, None);
        let null = "ValueError: source code string cannot contain null bytes\n";
        let expected = ("ValueError: source code string cannot contain null bytes", None, Status::CompileError);
        check("", null, Some(expected));
    }

    #[test]
    fn last_words_are_no_traceback() {
        check("", "", None);
        check("", "Oops\n", None);
        check("", "ValueError: said by sys.exit\n", None);
        check("", "SyntaxError: said by sys.exit\n", None);
        check("", FRAME, None);
    }
}
