//! Every program that a simulated programmer can write for a starter problem, with its verdict.

use mend_core::{Facts, Literal, Mutant, Problem, ProblemId, Status, Suite, SuiteVerdict, Test, TestVerdict, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A program of a problem.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) text: String,
    /// How many mutants it holds; zero for the reference.
    pub(crate) damages: usize,
    pub(crate) verdict: Verdict,
}

/// The programs of some problems, by their text without white space at its ends.
#[derive(Debug)]
pub(crate) struct Table {
    programs: BTreeMap<ProblemId, BTreeMap<String, Program>>,
}

/// The starter problems.
pub(crate) fn starter() -> Vec<Arc<Problem>> {
    mend_dataset::starter().unwrap().problems.into_iter().map(Arc::new).collect()
}

impl Table {
    pub(crate) fn of(problems: &[Arc<Problem>]) -> Self {
        let programs = problems.iter().map(|problem| {
            let programs = programs(problem).into_iter().map(|program| (program.text.trim().to_owned(), program));
            (problem.id.clone(), programs.collect())
        });
        Self { programs: programs.collect() }
    }

    #[track_caller]
    pub(crate) fn program(&self, problem: &ProblemId, text: &str) -> &Program {
        let found = self.programs[problem].get(text.trim());
        found.unwrap_or_else(|| panic!("{problem}: a program of nobody:\n{text}"))
    }

    /// The programs of a problem that fail the hidden suite.
    pub(crate) fn failing(&self, problem: &ProblemId) -> impl Iterator<Item = &Program> {
        self.programs[problem].values().filter(|program| program.damages > 0)
    }
}

/// The reference, and it with one to three mutants. One mutant fails as it was verified to; more than one fail the
/// hidden suite together, and the public suite if any of them does.
fn programs(problem: &Problem) -> Vec<Program> {
    let mut sets: Vec<Vec<&Mutant>> = vec![vec![]];
    let mut smaller = 0..1;
    for _ in 0..3 {
        let next = sets.len();
        for set in smaller {
            let begins = sets[set].last().map_or(0, |last| position(problem, last) + 1);
            for mutant in &problem.mutants[begins..] {
                sets.push(sets[set].iter().copied().chain([mutant]).collect());
            }
        }
        smaller = next..sets.len();
    }
    sets.iter().map(|set| program(problem, set)).collect()
}

fn position(problem: &Problem, mutant: &Mutant) -> usize {
    problem.mutants.iter().position(|other| other.name == mutant.name).unwrap()
}

fn program(problem: &Problem, mutants: &[&Mutant]) -> Program {
    let mut text = problem.reference.as_deref().unwrap().to_owned();
    let mut places: Vec<_> = mutants.iter().map(|mutant| (text.find(&mutant.find).unwrap(), mutant)).collect();
    places.sort_by_key(|(start, _)| std::cmp::Reverse(*start));
    for (start, mutant) in places {
        text.replace_range(start..start + mutant.find.len(), &mutant.replace);
    }
    let (public, hidden) = match mutants {
        [] => (Status::Passed, Status::Passed),
        [mutant] => (mutant.public, mutant.hidden),
        several if several.iter().all(|mutant| mutant.public == Status::Passed) => {
            (Status::Passed, Status::WrongAnswer)
        }
        _ => (Status::WrongAnswer, Status::WrongAnswer),
    };
    // Any test may be the failing one; which, differs from program to program.
    let verdict = Verdict {
        status: hidden,
        public: Some(suite(problem, Suite::Public, public, text.len())),
        hidden: Some(suite(problem, Suite::Hidden, hidden, text.len())),
        engine: Some("scripted".to_owned()),
    };
    Program { text, damages: mutants.len(), verdict }
}

fn suite(problem: &Problem, suite: Suite, status: Status, pick: usize) -> SuiteVerdict {
    let failures = failures(problem, suite);
    let facts = (status != Status::Passed).then(|| match status {
        // A note is all there is to say, beside the test itself.
        Status::TimeLimit => {
            let Facts { call, input, .. } = failures[pick % failures.len()].clone();
            Facts { call, input, note: Some("the program reached the time limit".to_owned()), ..Facts::default() }
        }
        _ => failures[pick % failures.len()].clone(),
    });
    let total = problem.tests.of(suite).len() as u32;
    SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts: facts.map(Box::new) }], total }
}

/// What a verdict would say if each test of a suite were the one that fails: an assert is a test here.
pub(crate) fn failures(problem: &Problem, suite: Suite) -> Vec<Facts> {
    let actual = Some("something else".to_owned());
    let text = |literal: &Literal| literal.0.to_string();
    let facts = problem.tests.of(suite).iter().flat_map(|test| match test {
        Test::Call { args, expected } => {
            vec![Facts {
                call: Some(text(args)),
                expected: Some(text(expected)),
                actual: actual.clone(),
                ..Facts::default()
            }]
        }
        Test::Stdio { input, expected } => vec![Facts {
            input: Some(input.to_string()),
            expected: Some(expected.to_string()),
            actual: actual.clone(),
            ..Facts::default()
        }],
        Test::Script { source } => asserts(source, actual.as_ref()),
    });
    facts.collect()
}

/// The asserts of a script that each stand in a line, such as `assert candidate(1) == 2`.
fn asserts(source: &str, actual: Option<&String>) -> Vec<Facts> {
    let lines = source.lines().filter_map(|line| {
        let assertion = line.trim().strip_prefix("assert ")?;
        let (call, expected) = assertion.rsplit_once(" == ").unwrap_or((assertion, "True"));
        Some(Facts {
            call: Some(call.to_owned()),
            expected: Some(expected.to_owned()),
            actual: actual.cloned(),
            assertion: Some(format!("assert {assertion}")),
            ..Facts::default()
        })
    });
    lines.collect()
}
