//! What a judgement found: per suite and per test, with the facts of each failure.

use crate::Suite;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use strum::{Display, IntoStaticStr};

/// How a candidate, a suite or a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every test passed, by positive proof from a party that the candidate cannot reach.
    Passed,
    /// A value or an output differs from the expected one.
    WrongAnswer,
    /// An exception, an exit before the answer, a crash, or an answer that breaks the protocol.
    RuntimeError,
    /// The program is not valid Python.
    CompileError,
    /// The program does not define what the tests call.
    MissingEntryPoint,
    /// CPU time, or the wall clock as its backstop.
    TimeLimit,
    /// Memory.
    MemoryLimit,
    /// Bytes written to the standard streams.
    OutputLimit,
    /// Processes and threads.
    ProcessLimit,
    /// Bytes or number of files.
    DiskLimit,
    /// The sandbox stopped a forbidden act.
    SandboxViolation,
    /// The completion holds no program.
    NoCode,
    /// This engine cannot run the program. Never scored.
    Unsupported,
}

impl Status {
    /// Whether the status says something about the candidate, rather than about us.
    pub fn is_scored(self) -> bool {
        self != Self::Unsupported
    }

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What may be said of a failure. Values are Python `repr`s or text, cut where they are long, and free
/// of addresses, scratch paths, durations and process ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// The call with its arguments, such as `inc(41)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Standard input of the test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// What the test wants. `None` if the test states it as a condition rather than as a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the candidate returned or printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Type and message of the exception that left the candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Line of the candidate's program where it was raised, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// That line's text, without its indentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Source of the assertion that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion: Option<String>,
    /// What else there is to say, such as the limit that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether the program failed while it was loaded, before it got to any test.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub while_loading: bool,
}

/// Outcome of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestVerdict {
    /// Position in its suite, from 0.
    pub index: u32,
    /// How it ended.
    pub status: Status,
    /// What can be said of the failure; `None` for a pass.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts: Option<Box<Facts>>,
}

/// Outcome of one suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteVerdict {
    /// Passed if every test ran and passed; else the status of the first test that failed.
    pub status: Status,
    /// The tests that ran, in order.
    pub tests: Vec<TestVerdict>,
    /// Number of tests in the suite, run or not.
    pub total: u32,
}

impl SuiteVerdict {
    /// Number of tests that passed.
    pub fn passed(&self) -> u32 {
        self.tests.iter().filter(|test| test.status == Status::Passed).count() as u32
    }

    /// The share of the tests that passed; all of it where the suite passed.
    pub fn share(&self) -> f64 {
        if self.status == Status::Passed { 1.0 } else { f64::from(self.passed()) / f64::from(self.total.max(1)) }
    }

    /// A suite of so many tests, of which these ran, in order. `unrun` is its status where none of them failed and some
    /// did not run, since what did not run did not pass.
    pub fn of(tests: Vec<TestVerdict>, total: u32, unrun: Status) -> Self {
        let failed = tests.iter().map(|test| test.status).find(|status| *status != Status::Passed);
        let unrun = if tests.len() as u32 == total { Status::Passed } else { unrun };
        Self { status: failed.unwrap_or(unrun), tests, total }
    }

    /// The first test that failed. One that proved nothing did neither.
    pub fn first_failure(&self) -> Option<&TestVerdict> {
        self.tests.iter().find(|test| test.status != Status::Passed && test.status.is_scored())
    }
}

/// Outcome of one candidate. It is about the candidate: what went wrong on our side is an error instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Status on the hidden suite, or the reason why no suite ran.
    pub status: Status,
    /// The public suite; `None` if the problem has no public tests, or nothing ran.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub public: Option<SuiteVerdict>,
    /// The hidden suite; `None` if nothing ran.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hidden: Option<SuiteVerdict>,
    /// The engine that came to this verdict; `None` if nothing ran.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engine: Option<String>,
}

impl Verdict {
    /// A verdict without a run, such as for a completion that holds no program.
    pub fn without_run(status: Status) -> Self {
        Self { status, public: None, hidden: None, engine: None }
    }

    /// One suite's outcome.
    pub fn of(&self, suite: Suite) -> Option<&SuiteVerdict> {
        match suite {
            Suite::Public => self.public.as_ref(),
            Suite::Hidden => self.hidden.as_ref(),
        }
    }

    /// Whether a suite passed. `None` if the problem has no such suite; a candidate that could not run
    /// passed nothing.
    pub fn passes(&self, suite: Suite) -> Option<bool> {
        match self.of(suite) {
            Some(suite) => Some(suite.status == Status::Passed),
            None if self.engine.is_none() || suite == Suite::Hidden => Some(false),
            None => None,
        }
    }
}

/// What RLTF (Liu et al. 2023) makes of a program that cannot be loaded, or of an answer without one: its least score.
pub const RLTF_LEAST: f64 = -1.0;

impl Verdict {
    /// The share of a suite's tests that passed; zero where there is no program that runs. `None` if the problem has no such
    /// suite.
    pub fn share(&self, suite: Suite) -> Option<f64> {
        self.passes(suite)?;
        // A program that could not be loaded has no outcome of its suites, and passed none.
        Some(self.of(suite).map_or(0.0, SuiteVerdict::share))
    }

    /// The score of RLTF (Liu et al. 2023) by a suite: [`RLTF_LEAST`] if the program cannot be loaded, -0.6 if a test ends
    /// in an error or at a limit, 1 if all pass, else -0.3 + 1.3 times the share. `None` if the problem has no such suite.
    pub fn rltf(&self, suite: Suite) -> Option<f64> {
        let share = self.share(suite)?;
        if matches!(self.status, Status::NoCode | Status::CompileError | Status::MissingEntryPoint) {
            return Some(RLTF_LEAST);
        }
        let ends_badly = |status: Status| !matches!(status, Status::Passed | Status::WrongAnswer | Status::Unsupported);
        let is_error = self
            .of(suite)
            .map_or_else(|| ends_badly(self.status), |suite| suite.tests.iter().any(|test| ends_badly(test.status)));
        if is_error {
            return Some(-0.6);
        }
        Some(if self.passes(suite)? { 1.0 } else { -0.3 + 1.3 * share })
    }
}

/// What a judgement cost. Times and memory reach `timings.csv` and no other figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// CPU time of candidate and tests.
    pub cpu: Duration,
    /// Wall time of the judgement.
    pub wall: Duration,
    /// WebAssembly instructions of candidate and tests, over all tests that ran: the same on every machine. `None` if the
    /// engine that judged counts none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fuel: Option<u64>,
    /// Largest resident set of any process, in bytes. Zero if nothing ran.
    pub peak_bytes: u64,
}

impl Used {
    /// What this judgement and another one cost together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let fuel = match (self.fuel, other.fuel) {
            (None, None) => None,
            (fuel, more) => Some(fuel.unwrap_or_default() + more.unwrap_or_default()),
        };
        Self {
            cpu: self.cpu + other.cpu,
            wall: self.wall + other.wall,
            fuel,
            peak_bytes: self.peak_bytes.max(other.peak_bytes),
        }
    }
}
