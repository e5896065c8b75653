//! What is asked, and how an answer is judged.

use crate::{About, Digest, Language, OwnLimits, Status};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A problem's name within its data set, such as `HumanEval/0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(Arc<str>);

impl ProblemId {
    /// The id as the data set spells it.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as the data set spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a candidate is asked for and run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The statement is the beginning of a Python module that ends in the function to complete.
    Completion {
        /// Name of the function that the tests call.
        entry_point: String,
    },
    /// The statement is prose that asks for a function.
    Function {
        /// Name of the function that the tests call; also looked up as a method of `class Solution`.
        entry_point: String,
    },
    /// The statement is prose that asks for a program that reads stdin and writes stdout.
    Program,
}

impl Style {
    /// The function that the tests call, or `None` for whole programs.
    pub fn entry_point(&self) -> Option<&str> {
        match self {
            Self::Completion { entry_point } | Self::Function { entry_point } => Some(entry_point),
            Self::Program => None,
        }
    }
}

/// One of the two suites that a problem carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// Tests that the statement shows.
    Public,
    /// Tests that score a candidate.
    Hidden,
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Hidden => "hidden",
        })
    }
}

/// A JSON value as its source text. Numbers keep every digit, however large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Literal(pub Arc<str>);

/// One test. Expected values never enter the candidate's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// Call the entry point and compare what it returns.
    Call {
        /// JSON array of the positional arguments.
        args: Literal,
        /// JSON value that the call must equal.
        expected: Literal,
    },
    /// Python statements that assert over the entry point. Stops at its first failing assert.
    Script {
        /// Source, run after the problem's own code with the entry point bound.
        source: Arc<str>,
    },
    /// Run the program on an input and compare what it prints.
    Stdio {
        /// Bytes of standard input, as UTF-8.
        input: Arc<str>,
        /// Expected standard output.
        expected: Arc<str>,
    },
}

/// The tests of a problem. Either suite may be empty, but not both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSuite {
    /// Tests that the statement shows.
    pub public: Vec<Test>,
    /// Tests that score a candidate.
    pub hidden: Vec<Test>,
}

impl TestSuite {
    /// The tests of one suite.
    pub fn of(&self, suite: Suite) -> &[Test] {
        match suite {
            Suite::Public => &self.public,
            Suite::Hidden => &self.hidden,
        }
    }
}

/// Whether candidate and tests can be kept apart. A property of the problem, fixed when it is loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Only plain data crosses between candidate and tests.
    #[default]
    Isolated,
    /// Tests or reference need something that cannot cross; a pass is counted apart.
    Cooperative,
}

/// A known damage of a problem's reference solution: replace the one occurrence of `find` by `replace`.
/// Mutants whose places do not overlap combine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// Short name, unique within the problem.
    pub name: String,
    /// Text that occurs exactly once in the reference solution.
    pub find: String,
    /// What stands there in the damaged program.
    pub replace: String,
    /// Verified status of the program with this damage alone on the public suite.
    pub public: Status,
    /// Verified status on the hidden suite.
    pub hidden: Status,
}

/// A task with its tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Name within the data set; unique there.
    pub id: ProblemId,
    /// Digest of everything that decides how this problem is asked and judged.
    pub digest: Digest,
    /// What the model is asked, verbatim.
    pub statement: Arc<str>,
    /// How a candidate is asked for and run.
    pub style: Style,
    /// Imports and helpers that the statement promises, run before the tests and before an answer that does not
    /// bring the statement along.
    pub context: Option<Arc<str>>,
    /// Code that an answer may start from, if the data set gives any.
    pub starter_code: Option<Arc<str>>,
    /// A solution known to pass, as a whole program; `None` if the data set has none.
    pub reference: Option<Arc<str>>,
    /// Known damages of the reference, for simulated programmers and tests; often none.
    pub mutants: Vec<Mutant>,
    /// Public and hidden tests.
    pub tests: TestSuite,
    /// Absolute tolerance for floats, where the problem declares one.
    pub tolerance: Option<f64>,
    /// The data set's own word for it, such as `introductory`.
    pub difficulty: Option<String>,
    /// Whether candidate and tests can be kept apart.
    pub integrity: Integrity,
    /// In which way the hidden tests contradict the statement, if they were made so on purpose: no honest program passes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub impossible: Option<Arc<str>>,
    /// The language that a candidate is written in.
    #[serde(skip_serializing_if = "Language::is_python", default)]
    pub language: Language,
    /// Limits that it sets itself.
    #[serde(skip_serializing_if = "OwnLimits::is_none", default)]
    pub limits: OwnLimits,
    /// Code that stands before each script on the side of the tests alone: what they compare by, such as a solution
    /// that yields the expected values. No prompt and no report shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oracle: Option<Arc<str>>,
    /// Why no candidate can be judged, of a problem that needs what nobody here can do yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unsupported: Option<Arc<str>>,
    /// What one may choose it by.
    #[serde(skip_serializing_if = "About::is_none", default)]
    pub about: About,
}

impl Problem {
    /// An isolated problem in Python of which nothing else is known. Its digest is not computed yet.
    pub fn new(id: impl Into<Arc<str>>, statement: impl Into<Arc<str>>, style: Style, tests: TestSuite) -> Self {
        Self {
            id: ProblemId::new(id),
            digest: Digest::of(b""),
            statement: statement.into(),
            style,
            context: None,
            starter_code: None,
            reference: None,
            mutants: Vec::new(),
            tests,
            tolerance: None,
            difficulty: None,
            integrity: Integrity::Isolated,
            impossible: None,
            language: Language::default(),
            limits: OwnLimits::default(),
            oracle: None,
            unsupported: None,
            about: About::default(),
        }
    }

    /// Computes the digest over all other fields but `difficulty`, `about`, `reference` and `mutants`, which decide no
    /// verdict.
    #[must_use]
    pub fn with_digest(mut self) -> Self {
        let tests = [&self.tests.public, &self.tests.hidden];
        let mut parts: Vec<Vec<u8>> = vec![
            self.id.as_str().into(),
            self.statement.as_bytes().into(),
            self.style.entry_point().unwrap_or_default().into(),
            vec![match self.style {
                Style::Completion { .. } => 0,
                Style::Function { .. } => 1,
                Style::Program => 2,
            }],
            self.context.as_deref().unwrap_or_default().into(),
            self.starter_code.as_deref().unwrap_or_default().into(),
            self.tolerance.map(f64::to_le_bytes).map(Vec::from).unwrap_or_default(),
            vec![u8::from(self.integrity == Integrity::Cooperative)],
        ];
        for suite in tests {
            parts.push((suite.len() as u64).to_le_bytes().into());
            for test in suite {
                let (kind, first, second): (u8, &str, &str) = match test {
                    Test::Call { args, expected } => (0, &args.0, &expected.0),
                    Test::Script { source } => (1, source, ""),
                    Test::Stdio { input, expected } => (2, input, expected),
                };
                parts.extend([vec![kind], first.into(), second.into()]);
            }
        }
        // Others keep the digests that they had before there was such a thing.
        let texts = [("impossible", &self.impossible), ("oracle", &self.oracle), ("unsupported", &self.unsupported)];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            parts.extend([name.as_bytes().to_vec(), text.as_bytes().into()]);
        }
        if !self.language.is_python() {
            parts.extend([b"language".to_vec(), self.language.as_str().into()]);
        }
        for (name, limit) in [("cpu_ms", self.limits.cpu_ms), ("memory_bytes", self.limits.memory_bytes)] {
            parts.extend(
                limit.map(|limit| [name.as_bytes().to_vec(), limit.to_le_bytes().into()]).into_iter().flatten(),
            );
        }
        self.digest = Digest::of_parts(parts.iter().map(Vec::as_slice));
        self
    }

    /// Why no program for it can be judged, whoever wrote it; `None` if programs can be.
    pub fn unjudged(&self) -> Option<String> {
        match &self.unsupported {
            Some(why) => Some(why.to_string()),
            None if self.language.is_python() => None,
            None => Some(format!("the problem is in the language {}, and only Python is judged", self.language)),
        }
    }
}
