//! What a failing program's next prompt may say.

use mend_core::{Facts, Opinion, Status, Suite, SuiteVerdict, TestVerdict, Verdict};
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

/// The first failure among the tests of some suites, in their order, with each value cut to so many characters. `None`
/// if nothing that they show has failed.
///
/// Three things are no secret of any suite: that an answer holds no program, that a program does not compile, and that
/// it lacks the entry point.
pub fn observe(verdict: &Verdict, suites: &[Suite], limit: usize) -> Option<Failure> {
    if verdict.public.is_none() && verdict.hidden.is_none() {
        return Some(Failure { status: verdict.status.as_str(), facts: Facts::default() });
    }
    let mut seen = suites.iter().filter_map(|suite| verdict.of(*suite)).peekable();
    if seen.peek().is_none() {
        return unloaded(verdict).map(|test| failure(test, limit));
    }
    seen.find_map(SuiteVerdict::first_failure).map(|test| failure(test, limit))
}

/// The failure of a function that could not even be loaded, before any test reached it. A whole program has read
/// its input by then, and what it prints is its own word: it could tell the input of a hidden test.
fn unloaded(verdict: &Verdict) -> Option<&TestVerdict> {
    let first = [Suite::Public, Suite::Hidden].iter().find_map(|suite| verdict.of(*suite)?.first_failure())?;
    let is_unloaded = matches!(first.status, Status::CompileError | Status::MissingEntryPoint);
    let knows_test = first.facts.as_ref().is_some_and(|facts| facts.input.is_some() || facts.call.is_some());
    (is_unloaded && !knows_test).then_some(first)
}

/// A failing test, with each value cut to so many characters.
pub(crate) fn failure(test: &TestVerdict, limit: usize) -> Failure {
    let facts = test.facts.clone().unwrap_or_default();
    let cut = |text| cut(text, limit);
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
        while_loading: facts.while_loading,
    };
    Failure { status: test.status.as_str(), facts }
}

/// What a critique says of the program as a whole, by its last line of the form `Verdict: correct` or `Verdict:
/// incorrect`, in any case and whatever Markdown stands around it. `None` if no line is of that form.
pub(crate) fn opinion(critique: &str) -> Option<Opinion> {
    critique.lines().rev().find_map(|line| {
        let line = line.to_ascii_lowercase();
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["verdict", "correct"] => Some(Opinion::Correct),
            ["verdict", "incorrect"] => Some(Opinion::Incorrect),
            _ => None,
        }
    })
}

fn cut(text: Option<String>, limit: usize) -> Option<String> {
    text.map(|text| shortened(text, limit))
}

/// A text, cut to so many characters.
pub(crate) fn shortened(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::Suite::{Hidden, Public};

    /// What each suite of a verdict says, and which of the two may be shown.
    #[track_caller]
    fn check(public: Option<(Status, &str)>, hidden: (Status, &str), see: &[Suite], shown: Option<&str>) {
        let suite = |(status, actual): (Status, &str)| {
            let facts = (status != Status::Passed).then(|| Facts { actual: Some(actual.into()), ..Facts::default() });
            SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts: facts.map(Box::new) }], total: 1 }
        };
        let engine = Some("process".to_owned());
        let verdict = Verdict { status: hidden.0, public: public.map(suite), hidden: Some(suite(hidden)), engine };
        let failure = observe(&verdict, see, VALUE_LIMIT);
        assert_eq!(failure.and_then(|failure| failure.facts.actual).as_deref(), shown);
    }

    #[test]
    fn a_view_never_shows_more_than_it_permits() {
        let passed = Some((Status::Passed, ""));
        let public = Some((Status::WrongAnswer, "of public"));
        let hidden = (Status::WrongAnswer, "of hidden");
        check(public, hidden, &[Public, Hidden], Some("of public"));
        check(passed, hidden, &[Public, Hidden], Some("of hidden"));
        check(public, hidden, &[Public], Some("of public"));
        check(passed, hidden, &[Public], None);
        check(None, hidden, &[Public], None);
        check(public, hidden, &[], None);
    }

    #[test]
    fn a_function_that_cannot_be_loaded_is_told_under_any_view() {
        let passed = Some((Status::Passed, ""));
        for status in [Status::CompileError, Status::MissingEntryPoint] {
            let (public, hidden) = ((status, "of public"), (status, "of hidden"));
            check(Some(public), hidden, &[], Some("of public"));
            check(Some(public), hidden, &[Public], Some("of public"));
            check(None, hidden, &[Public], Some("of hidden"));
            // It was loaded for the public suite: this one is not about loading.
            check(passed, hidden, &[Public], None);
        }
    }

    #[test]
    fn a_whole_program_cannot_tell_a_hidden_input_by_its_exception() {
        let facts = Facts {
            input: Some("a secret".into()),
            exception: Some("SyntaxError: a secret".into()),
            ..Facts::default()
        };
        let status = Status::CompileError;
        let tests = vec![TestVerdict { index: 0, status, facts: Some(facts.into()) }];
        let hidden = Some(SuiteVerdict { status, tests, total: 1 });
        let verdict = Verdict { status, public: None, hidden, engine: Some("process".into()) };
        assert_eq!(observe(&verdict, &[], VALUE_LIMIT), None);
        assert_eq!(observe(&verdict, &[Public], VALUE_LIMIT), None);
        assert!(observe(&verdict, &[Public, Hidden], VALUE_LIMIT).is_some());
    }

    #[track_caller]
    fn check_opinion(critique: &str, expected: Option<Opinion>) {
        assert_eq!(opinion(critique), expected, "{critique}");
    }

    #[test]
    fn an_opinion_is_the_last_line_that_states_one() {
        check_opinion("It is fine.\nVerdict: correct", Some(Opinion::Correct));
        check_opinion("Line 3 is off.\n\n**Verdict:** `Incorrect`.\n\n", Some(Opinion::Incorrect));
        check_opinion("Verdict: correct\nno, wait\nVerdict: incorrect", Some(Opinion::Incorrect));
        check_opinion("The verdict: correct as far as I see.", None);
        check_opinion("Verdict: not correct", None);
        check_opinion("", None);
    }

    #[test]
    fn values_are_cut_at_the_limit() {
        assert_eq!(cut(Some("é".repeat(301)), VALUE_LIMIT).unwrap(), format!("{}...", "é".repeat(300)));
        assert_eq!(cut(Some("é".repeat(300)), VALUE_LIMIT).unwrap(), "é".repeat(300));
    }

    #[test]
    fn an_answer_without_a_program_is_told_under_any_view() {
        let failure = observe(&Verdict::without_run(Status::NoCode), &[], VALUE_LIMIT).unwrap();
        assert_eq!(failure.status, "no_code");
    }
}
