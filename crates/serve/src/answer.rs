//! What a verdict is worth, and as much of it as may be told.

use crate::config::Unsupported;
use crate::request::{AskedTerms, Shape};
use mend_core::{
    EngineIdentity, Engines, Facts, Integrity, Problem, RLTF_LEAST, Status, Suite, SuiteVerdict, Used, Verdict,
};
use mend_judge::JudgeError;
use mend_repair::{Extracted, Failure, observe};
use serde::Serialize;
use utoipa::ToSchema;

/// Characters of a value that facts show.
const VALUE: usize = 10_000;

/// The answer to a request for a verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgeResponse {
    /// As in the request.
    pub(crate) id: Option<String>,
    /// How the candidate fares, or `unsupported`; null where nothing is known of it.
    #[schema(value_type = Option<StatusWord>)]
    pub(crate) status: Option<Status>,
    /// Whether it passes the suite that scores; null if it is unscored.
    pub(crate) passed: Option<bool>,
    /// The share of that suite's tests that pass; null if it is unscored.
    pub(crate) fraction: Option<f64>,
    /// The reward of the shape that was asked for; null if it is unscored.
    pub(crate) reward: Option<f64>,
    /// The rewards of all shapes.
    pub(crate) rewards: Rewards,
    /// The tests that the statement shows; null if there are none, or nothing ran.
    pub(crate) public: Option<SuiteAnswer>,
    /// The scoring tests; null if nothing ran.
    pub(crate) hidden: Option<SuiteAnswer>,
    /// The first failure that may be told.
    #[schema(value_type = Option<FailureSchema>)]
    pub(crate) facts: Option<Failure>,
    /// Why it is unscored; null if it is not.
    pub(crate) unscored: Option<UnscoredAnswer>,
    /// The program; null if the answer holds none.
    pub(crate) program: Option<String>,
    /// The rule that found it.
    pub(crate) extraction_rule: Option<&'static str>,
    /// The engine that came to the verdict; null if nothing ran.
    pub(crate) engine: Option<EngineAnswer>,
    /// Whether candidate and tests were kept apart.
    #[schema(value_type = String)]
    pub(crate) integrity: Integrity,
    /// What it cost; null if nothing ran.
    pub(crate) used: Option<UsedAnswer>,
}

/// Rewards by shape; each is null if the candidate is unscored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(crate) struct Rewards {
    /// 1 if all scoring tests pass, else 0.
    pub(crate) pass: Option<f64>,
    /// The share of them.
    pub(crate) fraction: Option<f64>,
    /// RLTF's: -1 if it cannot be loaded, -0.6 if a test ends in an error or at a limit, 1 if all pass, else -0.3 + 1.3 times
    /// the share.
    pub(crate) rltf: Option<f64>,
}

impl Rewards {
    const NONE: Self = Self { pass: None, fraction: None, rltf: None };
    /// No program that is judged gets less.
    const LEAST: Self = Self { pass: Some(0.0), fraction: Some(0.0), rltf: Some(RLTF_LEAST) };

    fn of(verdict: &Verdict, suite: Suite) -> Self {
        Self {
            pass: verdict.passes(suite).map(|passes| if passes { 1.0 } else { 0.0 }),
            fraction: verdict.share(suite),
            rltf: verdict.rltf(suite),
        }
    }

    fn shaped(self, shape: Shape) -> Option<f64> {
        match shape {
            Shape::Pass => self.pass,
            Shape::Fraction => self.fraction,
            Shape::Rltf => self.rltf,
        }
    }
}

/// A suite's outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuiteAnswer {
    /// `passed`, or the status of the first test that failed.
    #[schema(value_type = StatusWord)]
    status: Status,
    /// Tests that passed.
    passed: u32,
    /// Tests of the suite, run or not.
    total: u32,
    /// The tests that ran, in order.
    tests: Vec<TestAnswer>,
}

/// A test's outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestAnswer {
    /// Its place in the suite, from 0.
    index: u32,
    /// How it ended.
    #[schema(value_type = StatusWord)]
    status: Status,
    /// What can be said of the failure, if that may be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FactsSchema>)]
    facts: Option<Box<Facts>>,
}

impl SuiteAnswer {
    fn of(verdict: &SuiteVerdict, may_tell: bool) -> Self {
        let tests = verdict.tests.iter().map(|test| TestAnswer {
            index: test.index,
            status: test.status,
            facts: test.facts.clone().filter(|_| may_tell),
        });
        Self { status: verdict.status, passed: verdict.passed(), total: verdict.total, tests: tests.collect() }
    }
}

/// Why a candidate is unscored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnscoredAnswer {
    /// What kept it from being judged.
    pub(crate) cause: CauseWord,
    /// Who can have caused it.
    pub(crate) by: ByWord,
    /// In words.
    pub(crate) why: String,
}

/// What kept a candidate from being judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum CauseWord {
    /// The engine lacks what it needs.
    Unsupported,
    /// What a test compares is for the candidate alone to say.
    Unproven,
    /// A test judges nobody.
    BrokenTest,
    /// Only isolated problems are scored, and this one is not.
    Integrity,
    /// The sandbox failed.
    Sandbox,
}

/// Who can have caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ByWord {
    /// The program.
    Candidate,
    /// The problem: its own reference solution fares alike, or no program could do better.
    Problem,
    /// This server.
    Server,
}

impl UnscoredAnswer {
    /// Of a problem that shares an interpreter, where that is not scored.
    pub(crate) fn integrity() -> Self {
        let why =
            "the problem's tests share an interpreter with the candidate, and this server scores isolated ones only";
        Self { cause: CauseWord::Integrity, by: ByWord::Problem, why: why.to_owned() }
    }

    /// Of what kept the judge from a verdict.
    pub(crate) fn of(error: &JudgeError) -> Self {
        let (cause, by) = match error {
            JudgeError::Unsupported { .. } => (CauseWord::Unsupported, ByWord::Candidate),
            JudgeError::Unproven { .. } => (CauseWord::Unproven, ByWord::Candidate),
            JudgeError::BrokenTest { .. } => (CauseWord::BrokenTest, ByWord::Problem),
            JudgeError::Sandbox(_) | JudgeError::Gone => (CauseWord::Sandbox, ByWord::Server),
        };
        Self { cause, by, why: error.to_string() }
    }
}

/// An engine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EngineAnswer {
    /// `process` or `wasm`.
    name: String,
    /// Its isolation level.
    #[schema(example = "L3")]
    level: String,
    /// Name and version of the interpreter.
    interpreter: String,
}

impl From<&EngineIdentity> for EngineAnswer {
    fn from(engine: &EngineIdentity) -> Self {
        Self { name: engine.name.clone(), level: engine.level.clone(), interpreter: engine.interpreter.clone() }
    }
}

/// The engine of that name.
pub(crate) fn engine(engines: Engines<'_>, name: &str) -> Option<EngineAnswer> {
    std::iter::once(engines.first).chain(engines.fallback).find(|engine| engine.name == name).map(Into::into)
}

/// What a judgement cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UsedAnswer {
    /// CPU time of candidate and tests, in milliseconds.
    cpu_ms: f64,
    /// Wall time, in milliseconds.
    wall_ms: f64,
    /// Largest resident set of a process; 0 if it is unknown.
    peak_bytes: u64,
    /// Instructions, with the engine `wasm`.
    fuel: Option<u64>,
}

impl From<Used> for UsedAnswer {
    fn from(used: Used) -> Self {
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        Self { cpu_ms: ms(used.cpu), wall_ms: ms(used.wall), peak_bytes: used.peak_bytes, fuel: used.fuel }
    }
}

/// A status.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the schema")]
pub(crate) enum StatusWord {
    Passed,
    WrongAnswer,
    RuntimeError,
    CompileError,
    MissingEntryPoint,
    TimeLimit,
    MemoryLimit,
    OutputLimit,
    ProcessLimit,
    DiskLimit,
    SandboxViolation,
    NoCode,
    Unsupported,
}

/// What can be said of a failure. Values are as Python shows them, cut where they are long.
#[derive(ToSchema)]
#[schema(as = Facts)]
#[expect(dead_code, reason = "only the schema")]
pub(crate) struct FactsSchema {
    call: Option<String>,
    input: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
    exception: Option<String>,
    line: Option<u32>,
    source: Option<String>,
    assertion: Option<String>,
    note: Option<String>,
    while_loading: Option<bool>,
}

/// The first failure that may be told: its status and its facts.
#[derive(ToSchema)]
#[schema(as = Failure)]
#[expect(dead_code, reason = "only the schema")]
pub(crate) struct FailureSchema {
    #[schema(value_type = StatusWord)]
    status: String,
    #[serde(flatten)]
    facts: FactsSchema,
}

/// What is known of a candidate.
pub(crate) enum Known {
    /// A verdict, and what it cost.
    Judged(Verdict, Used),
    /// None, and why.
    Unscored(UnscoredAnswer),
}

/// As much of it as may be told.
pub(crate) fn answer(
    id: Option<String>,
    problem: &Problem,
    extracted: Option<&Extracted>,
    known: Known,
    terms: AskedTerms,
    engines: Engines<'_>,
) -> JudgeResponse {
    let program = extracted.map(|found| found.program.to_string());
    let extraction_rule = extracted.map(|found| found.rule.as_str());
    let blank = JudgeResponse {
        id,
        status: None,
        passed: None,
        fraction: None,
        reward: None,
        rewards: Rewards::NONE,
        public: None,
        hidden: None,
        facts: None,
        unscored: None,
        program,
        extraction_rule,
        engine: None,
        integrity: problem.integrity,
        used: None,
    };
    match known {
        Known::Judged(verdict, used) => {
            let rewards = Rewards::of(&verdict, terms.scored_on);
            let seen = terms.seen();
            let suite = |suite| verdict.of(suite).map(|found| SuiteAnswer::of(found, seen.contains(&suite)));
            JudgeResponse {
                status: Some(verdict.status),
                passed: verdict.passes(terms.scored_on),
                fraction: rewards.fraction,
                reward: rewards.shaped(terms.shape),
                rewards,
                public: suite(Suite::Public),
                hidden: suite(Suite::Hidden),
                facts: observe(&verdict, seen, VALUE),
                engine: verdict.engine.as_deref().and_then(|name| engine(engines, name)),
                used: verdict.engine.is_some().then(|| used.into()),
                ..blank
            }
        }
        Known::Unscored(unscored) => {
            // Otherwise a program could buy itself out of a failure.
            let is_failing = unscored.by == ByWord::Candidate && terms.unsupported == Unsupported::Failing;
            let rewards = if is_failing { Rewards::LEAST } else { Rewards::NONE };
            let is_unsupported = matches!(unscored.cause, CauseWord::Unsupported | CauseWord::Integrity);
            JudgeResponse {
                status: is_unsupported.then_some(Status::Unsupported),
                reward: rewards.shaped(terms.shape),
                rewards,
                unscored: Some(unscored),
                ..blank
            }
        }
    }
}
