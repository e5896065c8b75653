//! What is judged, how, and what comes of it.

use crate::look::shown::{Trace, WorkCost};
use mend_core::{ExtractionRule, Integrity, JudgeLimits, Problem, ProblemId, Style, Test, TestsMode, Used, Verdict};
use mend_sandbox::{Outcome, SandboxError, Stop};
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A candidate to judge.
#[derive(Debug, Clone)]
pub struct Task {
    /// The problem that it answers.
    pub problem: Arc<Problem>,
    /// The program.
    pub program: Arc<str>,
    /// How the program was found: decides whether the statement's helpers run before it.
    pub rule: ExtractionRule,
}

impl Task {
    /// What runs before the program. A program that continues the statement, or that is complete as it stands,
    /// brings the statement's code along; imports that go without saying are in nobody's program.
    pub(crate) fn context(&self) -> &str {
        let wanted = match self.problem.style {
            Style::Completion { .. } => self.rule.wants_context(),
            Style::Function { .. } | Style::Program => true,
        };
        if wanted { self.problem.context.as_deref().unwrap_or_default() } else { "" }
    }

    /// What runs before a script on the side of the tests: the statement's code, and what the tests compare by.
    pub(crate) fn tests_context(&self) -> Cow<'_, str> {
        with_oracle(self.problem.context.as_deref().unwrap_or_default(), &self.problem)
    }

    /// As [`Task::context`], for tests that share an interpreter with the program.
    pub(crate) fn shared_context(&self) -> Cow<'_, str> {
        with_oracle(self.context(), &self.problem)
    }
}

fn with_oracle<'a>(context: &'a str, problem: &Problem) -> Cow<'a, str> {
    match &problem.oracle {
        None => context.into(),
        Some(oracle) => format!("{context}\n\n{oracle}").into(),
    }
}

/// A verdict and what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What was found.
    pub verdict: Verdict,
    /// What it cost to find out.
    pub used: Used,
}

/// Why there is no verdict. Always about us, never about the candidate.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The problem or the program needs what this engine cannot do. The node is unscored.
    #[error("unsupported: {why}")]
    Unsupported {
        /// What is missing.
        why: String,
    },
    /// A test's outcome hangs on the candidate's own word: what it compares is no data. The node is unscored.
    #[error("test {index} proves nothing: {why}")]
    Unproven {
        /// The test's position in its suite.
        index: u32,
        /// What is for the candidate alone to say.
        why: String,
    },
    /// A test that cannot judge anybody, or a statement whose own code fails. The node is unscored.
    #[error("problem {problem}: {why}")]
    BrokenTest {
        /// The problem.
        problem: ProblemId,
        /// What is wrong with it.
        why: String,
    },
    /// The sandbox failed before or beside the candidate. The run should stop: it can resume.
    #[error("the sandbox failed")]
    Sandbox(#[from] SandboxError),
    /// A judge thread is gone.
    #[error("a judge thread ended unexpectedly")]
    Gone,
}

/// Receives the judgement, on one of the judge's threads.
pub type Done = Box<dyn FnOnce(Result<Judgement, JudgeError>) + Send>;

/// What to look at.
#[derive(Debug, Clone)]
pub enum Look {
    /// The blocks that the last call of a test executes.
    Trace {
        /// The candidate. Tests of its problem play no part.
        task: Task,
        /// The test.
        test: Test,
    },
    /// What cells of one session print, in a fresh interpreter.
    Cells {
        /// The cells, in order.
        texts: Arc<[String]>,
    },
    /// What a candidate costs that passes all tests of its problem, and what the problem's reference does.
    Cost {
        /// The candidate. The tests of its problem are the workload.
        task: Task,
    },
}

impl Look {
    /// The problem that a program answers, if it answers one.
    pub(crate) fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Trace { task, .. } | Self::Cost { task } => Some(&task.problem),
            Self::Cells { .. } => None,
        }
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// The blocks; `None` where nothing could be traced: it cannot be loaded, or the test never comes to a call.
    Trace(Option<Trace>),
    /// What each cell printed.
    Cells(Vec<String>),
    /// The cost; `None` of a candidate that does not pass.
    Cost(Option<WorkCost>),
}

/// A look and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What was seen.
    pub sight: Sight,
    /// What it took, without what looking at the reference took.
    pub used: Used,
}

/// Receives what was seen, on one of the judge's threads.
pub type Looked = Box<dyn FnOnce(Result<Seen, JudgeError>) + Send>;

/// Judges candidates, in any order. `done` is called exactly once, or dropped if the judge is gone.
pub trait Judge: Send + Sync {
    /// Hands in a candidate and returns at once.
    fn submit(&self, task: Task, done: Done);

    /// Hands in something to look at and returns at once. No verdict hangs on what is seen. A judge without instruments
    /// says that it does not support this.
    fn look(&self, look: Look, done: Looked) {
        let _ = look;
        done(Err(JudgeError::Unsupported { why: "this judge has no instruments".to_owned() }));
    }
}

/// How one candidate is judged, where a judge has many callers.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Limits of the candidate in one test.
    pub limits: JudgeLimits,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// Ends it, once nobody waits for it any more.
    pub stop: Stop,
}

/// How a program ended that ran as it stands, and the engine that ran it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub outcome: Outcome,
    /// Name of the engine.
    pub engine: String,
}

/// Receives how a program ended, on one of the judge's threads.
pub type RanDone = Box<dyn FnOnce(Result<Ran, JudgeError>) + Send>;

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgeOptions {
    /// Limits of the candidate in one test. The output of a function is cut at its limit and goes on; only sixteen times as
    /// much, by all tests of a suite together, since one process answers them all, is an output limit.
    pub limits: JudgeLimits,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// The least integrity that is judged: with `Isolated`, cooperative problems stay unscored.
    pub require: Integrity,
    /// Threads, each with a sandbox worker.
    pub workers: NonZeroUsize,
}
