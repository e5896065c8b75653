//! From a candidate to what the judge is handed, and from what the judge found to an event: the same in a run and in a trial.

use mend_core::{
    Candidate, Cause, Event, ExtractionRule, Problem, RunOutcome, Slot, Status, SuiteVerdict, Test, TestSuite,
    TestVerdict, Used, Verdict,
};
use mend_judge::{JudgeError, Judgement, Task};
use std::ops::Range;
use std::sync::Arc;

/// What the judge is handed; `None` if the program's text is not here.
pub(crate) fn task(problem: &Arc<Problem>, candidate: &Candidate) -> Option<Task> {
    let program = Arc::clone(candidate.program.body()?);
    Some(Task { problem: Arc::clone(problem), program, rule: candidate.rule })
}

/// What a judgement says of a program.
pub(crate) fn event_of(
    slot: Slot,
    candidate: Option<Candidate>,
    result: Result<Judgement, JudgeError>,
) -> Result<Event, JudgeError> {
    let (error, cause) = match result {
        Ok(Judgement { verdict, used }) => return Ok(Event::Judged { slot, candidate, verdict, used }),
        Err(error @ JudgeError::Unsupported { .. }) => (error, Cause::Unsupported),
        Err(error @ JudgeError::BrokenTest { .. }) => (error, Cause::BrokenTest),
        Err(error @ JudgeError::Unproven { .. }) => (error, Cause::Unproven),
        // Ours: nothing is recorded, so that a resumed run judges this candidate.
        Err(error) => return Err(error),
    };
    Ok(Event::Unscored { slot, candidate, why: error.to_string(), cause: Some(cause) })
}

/// Judgements that may fail while tests are told apart that can judge nobody; each costs a run of the program.
const MOST_FAILED: u32 = 64;

/// A program's outcomes at tests that are not its problem's own, all of them in one judgement.
///
/// Whoever wrote such tests may have written some that judge nobody. A judgement that fails for that is repeated with each
/// half of its tests, so that such a test costs no other its outcome.
pub(crate) struct Outcomes {
    problem: Arc<Problem>,
    program: Option<(Arc<str>, ExtractionRule)>,
    tests: Vec<Test>,
    /// Stretches of tests that wait for their judgement, the next one last.
    open: Vec<Range<usize>>,
    failed: u32,
    found: Vec<Option<TestVerdict>>,
    /// How tests ended that did not run.
    otherwise: Status,
    used: Used,
}

impl Outcomes {
    /// Outcomes of a program; of none, if its text is not here.
    pub(crate) fn new(problem: &Arc<Problem>, candidate: Option<&Candidate>, tests: Vec<Test>) -> Self {
        let program = candidate.and_then(|candidate| Some((Arc::clone(candidate.program.body()?), candidate.rule)));
        Self::of(problem, program, tests)
    }

    /// Outcomes of a problem's own reference solution.
    pub(crate) fn of_reference(problem: &Arc<Problem>, tests: Vec<Test>) -> Self {
        let program = problem.reference.clone().map(|text| (text, ExtractionRule::Whole));
        Self::of(problem, program, tests)
    }

    fn of(problem: &Arc<Problem>, program: Option<(Arc<str>, ExtractionRule)>, tests: Vec<Test>) -> Self {
        let is_tried = program.is_some() && !tests.is_empty();
        let found = vec![None; tests.len()];
        let open = is_tried.then_some(0..tests.len()).into_iter().collect();
        let otherwise = if program.is_some() { Status::Passed } else { Status::NoCode };
        Self { problem: Arc::clone(problem), program, tests, open, failed: 0, found, otherwise, used: Used::default() }
    }

    /// What the judge is to be handed next; `None` once all outcomes are there.
    pub(crate) fn next(&self) -> Option<Task> {
        let (program, rule) = self.program.clone()?;
        let hidden = self.tests[self.open.last()?.clone()].to_vec();
        let problem = Problem { tests: TestSuite { public: Vec::new(), hidden }, ..Problem::clone(&self.problem) };
        Some(Task { problem: Arc::new(problem.with_digest()), program, rule })
    }

    /// Takes what the judge found.
    pub(crate) fn learn(&mut self, result: Result<Judgement, JudgeError>) -> Result<(), JudgeError> {
        let Some(stretch) = self.open.pop() else { return Ok(()) };
        match result {
            Ok(Judgement { verdict, used }) => {
                self.used = self.used.and(used);
                self.note(&stretch, verdict);
            }
            Err(JudgeError::Unproven { index, .. }) if (index as usize) < stretch.len() && stretch.len() > 1 => {
                let at = stretch.start + index as usize;
                self.again([at + 1..stretch.end, at..at + 1, stretch.start..at]);
            }
            Err(JudgeError::Unsupported { .. } | JudgeError::BrokenTest { .. } | JudgeError::Unproven { .. }) => {
                let half = stretch.start + stretch.len() / 2;
                if stretch.len() > 1 {
                    self.again([half..stretch.end, stretch.start..half]);
                } else {
                    self.found[stretch.start] = Some(unsupported(stretch.start));
                }
            }
            Err(error @ (JudgeError::Sandbox(_) | JudgeError::Gone)) => return Err(error),
        }
        Ok(())
    }

    /// A judgement failed: it is repeated in parts, unless too many did.
    fn again<const N: usize>(&mut self, parts: [Range<usize>; N]) {
        self.failed += 1;
        if self.failed <= MOST_FAILED {
            self.open.extend(parts.into_iter().filter(|part| !part.is_empty()));
        } else {
            for at in parts.into_iter().flatten() {
                self.found[at] = Some(unsupported(at));
            }
        }
    }

    fn note(&mut self, stretch: &Range<usize>, verdict: Verdict) {
        let Some(suite) = verdict.hidden else {
            self.otherwise = verdict.status;
            return;
        };
        if suite.tests.len() < stretch.len() {
            self.otherwise = suite.status;
        }
        for mut test in suite.tests {
            let at = stretch.start + test.index as usize;
            test.index = at as u32;
            self.found[at] = Some(test);
        }
    }

    /// What was found of some of the tests in a row, as a suite of their own.
    pub(crate) fn suite(&self, of: Range<usize>) -> SuiteVerdict {
        let (start, total) = (of.start as u32, of.len() as u32);
        let renumbered = |test: TestVerdict| TestVerdict { index: test.index - start, ..test };
        let tests: Vec<TestVerdict> = self.found[of].iter().flatten().cloned().map(renumbered).collect();
        SuiteVerdict::of(tests, total, self.otherwise)
    }

    /// How many tests there are.
    pub(crate) fn len(&self) -> usize {
        self.tests.len()
    }

    /// What each test says that the program did, where the tests are inputs.
    pub(crate) fn outcomes(&self) -> Vec<RunOutcome> {
        self.found.iter().map(|test| test.as_ref().map_or(RunOutcome::Ended(self.otherwise), run_outcome)).collect()
    }

    /// What it cost.
    pub(crate) fn used(&self) -> Used {
        self.used
    }
}

/// A test that could judge nobody.
fn unsupported(at: usize) -> TestVerdict {
    TestVerdict { index: at as u32, status: Status::Unsupported, facts: None }
}

/// What a program did with an input.
fn run_outcome(test: &TestVerdict) -> RunOutcome {
    let facts = test.facts.as_ref();
    let raised = facts.and_then(|facts| facts.exception.as_deref());
    match (test.status, facts.and_then(|facts| facts.actual.clone()), raised) {
        (Status::WrongAnswer, Some(actual), _) => RunOutcome::Value(actual),
        (Status::RuntimeError, _, Some(exception)) => {
            RunOutcome::Raised(exception.split(':').next().unwrap_or_default().to_owned())
        }
        (status, ..) => RunOutcome::Ended(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Facts, ProblemId, Style, Text, Tokens};

    fn outcomes(count: usize) -> Outcomes {
        let problem = Arc::new(mend_testkit::problem("p", Style::Function { entry_point: "f".into() }, ""));
        let candidate = Candidate { program: Text::new("pass"), rule: ExtractionRule::Whole, paper_tokens: Tokens(1) };
        let tests = (0..count).map(|at| Test::Script { source: format!("assert f({at})").into() }).collect();
        Outcomes::new(&problem, Some(&candidate), tests)
    }

    /// Judges until all is known, by a judge that finds what `found` says of each test. Returns how many judgements it took.
    fn judge(outcomes: &mut Outcomes, found: impl Fn(usize) -> Result<Status, JudgeError>) -> usize {
        let mut judgements = 0;
        while let Some(task) = outcomes.next() {
            judgements += 1;
            let number = |test: &Test| match test {
                Test::Script { source } => source[9..source.len() - 1].parse::<usize>().unwrap(),
                Test::Call { .. } | Test::Stdio { .. } => panic!("another test"),
            };
            let tests: Vec<usize> = task.problem.tests.hidden.iter().map(number).collect();
            let result = (0_u32..).zip(&tests).map(|(index, test)| match found(*test) {
                Ok(status) => Ok(TestVerdict { index, status, facts: None }),
                Err(JudgeError::Unproven { why, .. }) => Err(JudgeError::Unproven { index, why }),
                Err(error) => Err(error),
            });
            let judgement = result.collect::<Result<Vec<_>, _>>().map(|mut all| {
                // As a judge ends a suite after three tests at the time limit.
                let limits = all.iter().enumerate().filter(|(_, test)| test.status == Status::TimeLimit);
                if let Some((third, _)) = limits.clone().nth(2) {
                    all.truncate(third + 1);
                }
                let status = all.iter().map(|test| test.status).find(|status| *status != Status::Passed);
                let status = status.unwrap_or(Status::Passed);
                let suite = SuiteVerdict { status, tests: all, total: tests.len() as u32 };
                let verdict = Verdict { status, public: None, hidden: Some(suite), engine: Some("made".to_owned()) };
                Judgement { verdict, used: Used::default() }
            });
            outcomes.learn(judgement).unwrap();
        }
        judgements
    }

    fn statuses(suite: &SuiteVerdict) -> Vec<(u32, Status)> {
        suite.tests.iter().map(|test| (test.index, test.status)).collect()
    }

    fn broken() -> JudgeError {
        JudgeError::BrokenTest { problem: ProblemId::new("p"), why: "it raises by itself".to_owned() }
    }

    #[test]
    fn all_tests_take_one_judgement_and_stretches_of_them_are_suites() {
        let mut all = outcomes(5);
        let judgements = judge(&mut all, |test| Ok(if test == 3 { Status::WrongAnswer } else { Status::Passed }));
        assert_eq!(judgements, 1);
        assert_eq!(statuses(&all.suite(0..2)), [(0, Status::Passed), (1, Status::Passed)]);
        assert_eq!(all.suite(0..2).status, Status::Passed);
        let rest = all.suite(2..5);
        assert_eq!(statuses(&rest), [(0, Status::Passed), (1, Status::WrongAnswer), (2, Status::Passed)]);
        assert_eq!((rest.status, rest.total), (Status::WrongAnswer, 3));
    }

    #[test]
    fn a_test_that_judges_nobody_costs_no_other_its_outcome() {
        for (count, bad) in [(1, 0), (2, 1), (8, 0), (9, 4), (100, 77)] {
            let mut all = outcomes(count);
            let judgements = judge(&mut all, |test| if test == bad { Err(broken()) } else { Ok(Status::Passed) });
            assert!(judgements <= 2 + 2 * (count.ilog2() as usize + 1), "{count}: {judgements}");
            for (at, status) in statuses(&all.suite(0..count)) {
                let expected = if at as usize == bad { Status::Unsupported } else { Status::Passed };
                assert_eq!(status, expected, "{count}: {at}");
            }
        }
        // Which one proves nothing is told.
        let mut all = outcomes(100);
        let unproven = || JudgeError::Unproven { index: 0, why: "it compares with itself".to_owned() };
        let judgements = judge(&mut all, |test| if test == 40 { Err(unproven()) } else { Ok(Status::Passed) });
        assert_eq!(judgements, 4);
        assert_eq!(all.suite(0..100).tests[40].status, Status::Unsupported);
        assert_eq!(all.suite(0..100).passed(), 99);
    }

    #[test]
    fn where_all_are_such_tests_it_ends_all_the_same() {
        let mut all = outcomes(500);
        let judgements = judge(&mut all, |_| Err(broken()));
        assert!(judgements <= 1 + 2 * MOST_FAILED as usize, "{judgements}");
        assert!(all.suite(0..500).tests.iter().all(|test| test.status == Status::Unsupported));
    }

    #[test]
    fn what_does_not_run_after_three_time_limits_has_no_outcome() {
        let mut all = outcomes(6);
        judge(&mut all, |test| Ok(if test < 3 { Status::TimeLimit } else { Status::Passed }));
        assert_eq!(all.suite(0..6).tests.len(), 3);
        let last = all.suite(4..6);
        assert_eq!((last.status, last.tests.len(), last.total), (Status::TimeLimit, 0, 2));
        assert_eq!(all.outcomes()[5], RunOutcome::Ended(Status::TimeLimit));
    }

    #[test]
    fn what_cannot_be_loaded_or_is_no_program_passes_nothing() {
        let mut all = outcomes(3);
        let verdict = Verdict { engine: Some("made".to_owned()), ..Verdict::without_run(Status::CompileError) };
        all.learn(Ok(Judgement { verdict, used: Used::default() })).unwrap();
        assert!(all.next().is_none());
        assert_eq!(all.suite(0..3).status, Status::CompileError);
        let problem = Arc::new(mend_testkit::problem("p", Style::Program, ""));
        let none = Outcomes::new(&problem, None, vec![Test::Stdio { input: "".into(), expected: "".into() }]);
        assert!(none.next().is_none());
        assert_eq!(none.suite(0..1).status, Status::NoCode);
        assert!(Outcomes::of_reference(&problem, vec![]).next().is_none());
        assert_eq!(outcomes(0).suite(0..0).status, Status::Passed);
    }

    #[test]
    fn what_a_program_did_is_told_by_value_exception_or_end() {
        let told = |status, actual: Option<&str>, exception: Option<&str>| {
            let facts = Facts {
                actual: actual.map(str::to_owned),
                exception: exception.map(str::to_owned),
                ..Facts::default()
            };
            run_outcome(&TestVerdict { index: 0, status, facts: Some(facts.into()) })
        };
        assert_eq!(told(Status::WrongAnswer, Some("3"), None), RunOutcome::Value("3".to_owned()));
        let raised = told(Status::RuntimeError, None, Some("ValueError: no"));
        assert_eq!(raised, RunOutcome::Raised("ValueError".to_owned()));
        assert_eq!(told(Status::TimeLimit, None, None), RunOutcome::Ended(Status::TimeLimit));
    }
}
