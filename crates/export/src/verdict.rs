//! Verdicts, and what was read of other nodes, as rows show them.

use mend_core::{Found, Status, Suite, SuiteVerdict, Test, TestVerdict, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// The outcome of a program.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Judged<'a> {
    /// How the program ended on the scoring tests, or why no test ran.
    status: &'static str,
    /// Whether it says something about the program, rather than about what mend cannot run.
    scored: bool,
    /// The tests that the statement shows; null if there are none, or nothing ran.
    public: Option<JudgedSuite<'a>>,
    /// The scoring tests; null if nothing ran.
    hidden: Option<JudgedSuite<'a>>,
}

impl<'a> Judged<'a> {
    pub(crate) fn of(verdict: &'a Verdict) -> Self {
        Self {
            status: verdict.status.as_str(),
            scored: verdict.status.is_scored(),
            public: verdict.of(Suite::Public).map(JudgedSuite::of),
            hidden: verdict.of(Suite::Hidden).map(JudgedSuite::of),
        }
    }
}

/// The outcome of a suite.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JudgedSuite<'a> {
    /// `passed` if every test ran and passed; else the status of the first test that failed.
    status: &'static str,
    /// Tests that passed.
    passed: u32,
    /// Tests of the suite, run or not.
    total: u32,
    /// The tests that ran, in order.
    tests: Vec<JudgedTest<'a>>,
}

impl<'a> JudgedSuite<'a> {
    pub(crate) fn of(suite: &'a SuiteVerdict) -> Self {
        Self {
            status: suite.status.as_str(),
            passed: suite.passed(),
            total: suite.total,
            tests: suite.tests.iter().map(JudgedTest::of).collect(),
        }
    }
}

/// The outcome of a test. What can be said of a failure is null for a pass, and where it is not known.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JudgedTest<'a> {
    /// Its place in the suite, from 0.
    index: u32,
    /// How it ended.
    status: &'static str,
    /// The call with its arguments, such as `inc(41)`.
    call: Option<&'a str>,
    /// Standard input.
    input: Option<&'a str>,
    /// What the test wants.
    expected: Option<&'a str>,
    /// What the program returned or printed.
    actual: Option<&'a str>,
    /// Type and message of the exception that left the program.
    exception: Option<&'a str>,
    /// Line of the program where it was raised, from 1.
    line: Option<u32>,
    /// That line's text.
    source: Option<&'a str>,
    /// Source of the assertion that failed.
    assertion: Option<&'a str>,
    /// What else there is to say, such as the limit that was reached.
    note: Option<&'a str>,
}

impl<'a> JudgedTest<'a> {
    fn of(test: &'a TestVerdict) -> Self {
        let facts = test.facts.as_ref().filter(|_| test.status != Status::Passed);
        Self {
            index: test.index,
            status: test.status.as_str(),
            call: facts.and_then(|facts| facts.call.as_deref()),
            input: facts.and_then(|facts| facts.input.as_deref()),
            expected: facts.and_then(|facts| facts.expected.as_deref()),
            actual: facts.and_then(|facts| facts.actual.as_deref()),
            exception: facts.and_then(|facts| facts.exception.as_deref()),
            line: facts.and_then(|facts| facts.line),
            source: facts.and_then(|facts| facts.source.as_deref()),
            assertion: facts.and_then(|facts| facts.assertion.as_deref()),
            note: facts.and_then(|facts| facts.note.as_deref()),
        }
    }
}

/// What was read of a node that holds no program. What its kind does not say is null, or empty.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Reading<'a> {
    /// What a critique says of its program as a whole: `correct` or `incorrect`.
    opinion: Option<&'static str>,
    /// The lines that a critique names.
    spans: Vec<Lines>,
    /// The defects that a critique lists.
    defects: Vec<Fault>,
    /// Tests that could be read.
    tests: Vec<WrittenTest<'a>>,
    /// Asserts that could not be read, or stood there twice.
    dropped_tests: Option<u32>,
    /// A judgement's score, from 0 to 1.
    score: Option<f64>,
    /// The number of the preferred text among those that were shown, from 0.
    choice: Option<u32>,
    /// Whether an answer agrees.
    yes: Option<bool>,
}

/// Lines of a program, from 1, the last one included.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Lines {
    /// The first line.
    first: u32,
    /// The last line.
    last: u32,
}

/// A defect that a critique locates.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fault {
    /// The first line, from 1.
    first: u32,
    /// The last line.
    last: u32,
    /// `crash`, `wrong_value`, `missing_case`, `wrong_io` or `slow`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `minor` or `major`.
    severity: &'static str,
}

/// A test that somebody wrote during the run. It has a source, or a call's arguments, or an input; what it has not is null.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WrittenTest<'a> {
    /// Python statements that assert over the entry point.
    source: Option<&'a str>,
    /// A call's positional arguments, as the text of a JSON array.
    args: Option<&'a str>,
    /// A program's standard input.
    input: Option<&'a str>,
    /// What the call must return, as JSON text, or what the program must print.
    expected: Option<&'a str>,
}

impl<'a> WrittenTest<'a> {
    fn of(test: &'a Test) -> Self {
        let nothing = Self { source: None, args: None, input: None, expected: None };
        match test {
            Test::Script { source } => Self { source: Some(source), ..nothing },
            Test::Call { args, expected } => Self { args: Some(&args.0), expected: Some(&expected.0), ..nothing },
            Test::Stdio { input, expected } => Self { input: Some(input), expected: Some(expected), ..nothing },
        }
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn of(found: &'a Found) -> Self {
        match found {
            Found::Critique { opinion, spans, defects } => Self {
                opinion: opinion.map(mend_core::Opinion::as_str),
                spans: spans.iter().map(|span| Lines { first: span.first, last: span.last }).collect(),
                defects: defects
                    .iter()
                    .map(|defect| Fault {
                        first: defect.first,
                        last: defect.last,
                        kind: defect.fault.as_str(),
                        severity: defect.severity.as_str(),
                    })
                    .collect(),
                ..Self::default()
            },
            Found::Note => Self::default(),
            Found::Tests { tests, dropped } => Self {
                tests: tests.iter().map(WrittenTest::of).collect(),
                dropped_tests: Some(*dropped),
                ..Self::default()
            },
            Found::Judgement { score, choice } => Self { score: *score, choice: *choice, ..Self::default() },
            Found::Answer { yes } => Self { yes: *yes, ..Self::default() },
        }
    }
}
