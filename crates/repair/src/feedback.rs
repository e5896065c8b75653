//! What a failing program's next prompt may say.

use crate::strategy::See;
use mend_core::{Facts, Status, Suite, TestVerdict, Verdict};
use serde::Serialize;

/// Characters of a value that feedback shows, as in the paper.
pub const VALUE_LIMIT: usize = 300;

/// The first failing test that the view permits, ready for a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The status of that test.
    pub status: &'static str,
    /// Its facts, each cut to [`VALUE_LIMIT`] characters.
    #[serde(flatten)]
    pub facts: Facts,
}

/// Reads a verdict through a view. `None` if nothing that the view shows has failed.
///
/// A view of the hidden suite shows the public one first. A program that does not compile or lacks the entry
/// point, and an answer without a program, are no secret of any suite.
pub fn observe(verdict: &Verdict, see: See) -> Option<Failure> {
    let suites: &[Suite] = match see {
        See::None => &[],
        See::Public => &[Suite::Public],
        See::Hidden => &[Suite::Public, Suite::Hidden],
    };
    if verdict.public.is_none() && verdict.hidden.is_none() {
        return Some(Failure { status: verdict.status.as_str(), facts: Facts::default() });
    }
    let unloadable = matches!(verdict.status, Status::CompileError | Status::MissingEntryPoint);
    let suites = if unloadable { &[Suite::Public, Suite::Hidden] } else { suites };
    let first = suites.iter().filter_map(|suite| verdict.of(*suite)?.first_failure()).next();
    first.map(failure)
}

fn failure(test: &TestVerdict) -> Failure {
    let facts = test.facts.clone().unwrap_or_default();
    let facts = Facts {
        call: cut(facts.call),
        input: cut(facts.input),
        expected: cut(facts.expected),
        actual: cut(facts.actual),
        exception: cut(facts.exception),
        line: facts.line,
        source: cut(facts.source),
        assertion: cut(facts.assertion),
        note: cut(facts.note),
    };
    Failure { status: test.status.as_str(), facts }
}

fn cut(text: Option<String>) -> Option<String> {
    let text = text?;
    match text.char_indices().nth(VALUE_LIMIT) {
        Some((end, _)) => Some(format!("{}...", &text[..end])),
        None => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::SuiteVerdict;

    fn suite(status: Status, actual: &str) -> SuiteVerdict {
        let facts = (status != Status::Passed).then(|| Facts { actual: Some(actual.into()), ..Facts::default() });
        SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts }], total: 1 }
    }

    fn verdict(public: Status, hidden: Status) -> Verdict {
        Verdict {
            status: hidden,
            public: Some(suite(public, "of public")),
            hidden: Some(suite(hidden, "of hidden")),
            engine: Some("process".into()),
        }
    }

    #[track_caller]
    fn check(public: Status, hidden: Status, see: See, shown: Option<&str>) {
        let failure = observe(&verdict(public, hidden), see);
        assert_eq!(failure.and_then(|failure| failure.facts.actual).as_deref(), shown);
    }

    #[test]
    fn a_view_never_shows_more_than_it_permits() {
        let (passed, wrong) = (Status::Passed, Status::WrongAnswer);
        check(wrong, wrong, See::Hidden, Some("of public"));
        check(passed, wrong, See::Hidden, Some("of hidden"));
        check(wrong, wrong, See::Public, Some("of public"));
        check(passed, wrong, See::Public, None);
        check(wrong, wrong, See::None, None);
        check(Status::CompileError, Status::CompileError, See::None, Some("of public"));
    }

    #[test]
    fn values_are_cut_at_the_limit() {
        assert_eq!(cut(Some("é".repeat(301))).unwrap(), format!("{}...", "é".repeat(300)));
        assert_eq!(cut(Some("é".repeat(300))).unwrap(), "é".repeat(300));
    }

    #[test]
    fn an_answer_without_a_program_is_told_under_any_view() {
        let failure = observe(&Verdict::without_run(Status::NoCode), See::None).unwrap();
        assert_eq!(failure.status, "no_code");
    }
}
