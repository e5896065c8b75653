//! The programs that a data set itself holds, and what it says of them.

use crate::Dataset;
use mend_core::{Problem, Status, Suite, Verdict};
use std::fmt;
use std::sync::Arc;

/// A program that stands in a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<'a> {
    /// The problem that it belongs to.
    pub problem: &'a Problem,
    /// What it is there.
    pub part: Part<'a>,
    /// The program, complete as it stands.
    pub program: Arc<str>,
}

/// What a program is in its data set, which says how it should fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The reference solution: passes.
    Reference,
    /// The reference of a problem whose hidden tests contradict its statement: fails them.
    Contradicted,
    /// A further solution, by its place in the list, from 1: passes.
    Solution(usize),
    /// A program that is listed as wrong, by its place in the list, from 1: fails the hidden suite.
    Wrong(usize),
    /// A damage of the reference: gets its recorded statuses.
    Mutant {
        /// Its name.
        name: &'a str,
        /// Its status on the public suite.
        public: Status,
        /// Its status on the hidden suite.
        hidden: Status,
    },
    /// The program to start a repair from: fails the hidden suite.
    Start,
    /// A recorded program: ends as it is recorded.
    Recorded(&'a Recorded),
}

/// A whole program and how it ended when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The program.
    pub program: Arc<str>,
    /// The class of its outcome, in the data set's words: `passed`, `assertion`, `syntax`, `timeout`, `recursion`, or
    /// `exception:` and a name.
    pub outcome: String,
    /// Why its outcome may be another one elsewhere, in the data set's words.
    pub flags: Vec<String>,
}

impl Part<'_> {
    /// What the data set says of the program.
    pub fn expectation(self) -> String {
        match self {
            Self::Reference | Self::Solution(_) => "passed".to_owned(),
            Self::Mutant { public, hidden, .. } => format!("public {public}, hidden {hidden}"),
            Self::Start | Self::Contradicted | Self::Wrong(_) => "fails the hidden suite".to_owned(),
            Self::Recorded(recorded) => recorded.outcome.clone(),
        }
    }

    /// Whether a verdict is what the data set says. A suite that the problem does not have agrees with anything.
    pub fn agrees(self, verdict: &Verdict) -> bool {
        let found = |suite| verdict.of(suite).map(|found| found.status);
        let is = |suite, expected| found(suite).is_none_or(|found| found == expected);
        match self {
            Self::Reference | Self::Solution(_) => {
                is(Suite::Public, Status::Passed) && is(Suite::Hidden, Status::Passed)
            }
            Self::Mutant { public, hidden, .. } => is(Suite::Public, public) && is(Suite::Hidden, hidden),
            Self::Start | Self::Contradicted | Self::Wrong(_) => verdict.passes(Suite::Hidden) != Some(true),
            Self::Recorded(recorded) => recorded.outcome == outcome(verdict),
        }
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference => f.write_str("reference"),
            Self::Contradicted => f.write_str("reference, against its tests"),
            Self::Solution(number) => write!(f, "solution {number}"),
            Self::Wrong(number) => write!(f, "wrong solution {number}"),
            Self::Mutant { name, .. } => write!(f, "mutant {name}"),
            Self::Start => f.write_str("program to mend"),
            Self::Recorded(_) => f.write_str("recorded program"),
        }
    }
}

/// The class of a whole program's outcome, in the words of [`Recorded::outcome`]. What it printed is not looked at.
pub fn outcome(verdict: &Verdict) -> String {
    let facts = verdict.hidden.as_ref().and_then(|suite| suite.first_failure()).and_then(|test| test.facts.as_ref());
    let exception = facts.and_then(|facts| facts.exception.as_deref());
    let name = exception.map(|exception| exception.split(':').next().unwrap_or(exception).trim());
    match (verdict.status, name) {
        // It ended with status 0, and that is all that was asked.
        (Status::Passed | Status::WrongAnswer, _) => "passed".to_owned(),
        (Status::CompileError, _) => "syntax".to_owned(),
        (Status::TimeLimit, _) => "timeout".to_owned(),
        (Status::RuntimeError, Some("AssertionError")) => "assertion".to_owned(),
        (Status::RuntimeError, Some("RecursionError")) => "recursion".to_owned(),
        (Status::RuntimeError, Some(name)) => format!("exception:{name}"),
        (status, _) => status.to_string(),
    }
}

impl Dataset {
    /// All programs that the data set holds, in the order of its problems. Within one: the reference, further
    /// solutions, wrong ones, mutants, the program to start from, the recorded program.
    pub fn listed(&self) -> impl Iterator<Item = Listed<'_>> {
        self.problems.iter().flat_map(|problem| {
            let listed = move |part, program: Arc<str>| Listed { problem, part, program };
            let part = if problem.impossible.is_some() { Part::Contradicted } else { Part::Reference };
            let reference = problem.reference.clone().map(|program| listed(part, program));
            let solutions = self.further_solutions.get(&problem.id).into_iter().flatten().enumerate();
            let wrong = self.wrong_solutions.get(&problem.id).into_iter().flatten().enumerate();
            let mutants = problem.mutants.iter().map(move |mutant| {
                let reference = problem.reference.as_deref().unwrap_or_default();
                let part = Part::Mutant { name: &mutant.name, public: mutant.public, hidden: mutant.hidden };
                listed(part, reference.replacen(&mutant.find, &mutant.replace, 1).into())
            });
            let start = self.starting_programs.get(&problem.id).map(|program| listed(Part::Start, Arc::clone(program)));
            let recorded = self.recorded.get(&problem.id);
            let recorded = recorded.map(|recorded| listed(Part::Recorded(recorded), Arc::clone(&recorded.program)));
            reference
                .into_iter()
                .chain(solutions.map(move |(at, program)| listed(Part::Solution(at + 2), Arc::clone(program))))
                .chain(wrong.map(move |(at, program)| listed(Part::Wrong(at + 1), Arc::clone(program))))
                .chain(mutants)
                .chain(start)
                .chain(recorded)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Facts, SuiteVerdict, TestVerdict};

    fn verdict(status: Status, exception: &str) -> Verdict {
        let facts = Facts { exception: Some(exception.to_owned()), ..Facts::default() };
        let tests = vec![TestVerdict { index: 0, status, facts: Some(facts.into()) }];
        let hidden = Some(SuiteVerdict { status, tests, total: 1 });
        Verdict { status, public: None, hidden, engine: Some("process".to_owned()) }
    }

    #[track_caller]
    fn check(status: Status, exception: &str, class: &str) {
        assert_eq!(outcome(&verdict(status, exception)), class);
    }

    #[test]
    fn outcomes_are_classed_by_status_and_exception() {
        check(Status::Passed, "", "passed");
        check(Status::WrongAnswer, "", "passed");
        check(Status::CompileError, "IndentationError: expected an indented block", "syntax");
        check(Status::TimeLimit, "", "timeout");
        check(Status::RuntimeError, "AssertionError", "assertion");
        check(Status::RuntimeError, "RecursionError: maximum depth: exceeded", "recursion");
        check(Status::RuntimeError, "KeyError: 'a: b'", "exception:KeyError");
        check(Status::MemoryLimit, "MemoryError", "memory_limit");
    }

    #[test]
    fn a_part_says_how_its_program_fares() {
        let (passed, failed) = (verdict(Status::Passed, ""), verdict(Status::RuntimeError, "KeyError: 1"));
        let mutant = Part::Mutant { name: "m", public: Status::Passed, hidden: Status::RuntimeError };
        let recorded = |outcome: &str| Recorded { program: "".into(), outcome: outcome.into(), flags: Vec::new() };
        let (error, ends) = (recorded("exception:KeyError"), recorded("passed"));
        let table = [
            (Part::Reference, true, false),
            (Part::Solution(2), true, false),
            (mutant, false, true),
            (Part::Start, false, true),
            (Part::Contradicted, false, true),
            (Part::Wrong(1), false, true),
            (Part::Recorded(&error), false, true),
            (Part::Recorded(&ends), true, false),
        ];
        for (part, passes, fails) in table {
            assert_eq!((part.agrees(&passed), part.agrees(&failed)), (passes, fails), "{part}");
        }
    }
}
