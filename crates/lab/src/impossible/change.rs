//! The ways in which a problem's tests can be made to contradict its statement, the best first.

use super::edit::{By, Edit, Tier, applied};
use super::json;
use super::output;
use super::script;
use mend_core::{Literal, Problem, Test, seed_for};

/// Why there is none.
pub(super) const NOTHING_TO_CHANGE: &str =
    "its tests hold no expected value that can be changed: no literal of an assert about the function, and no output";

/// Tests of a problem that are looked at.
const TESTS: usize = 16;

/// Changes of one test that are looked at.
const OF_A_TEST: usize = 8;

/// A problem with tests that may contradict its statement.
#[derive(Debug)]
pub(super) struct Change {
    /// The problem as it would be.
    pub(super) problem: Problem,
    /// The hidden test that would contradict.
    pub(super) test: usize,
    /// What is other than it was.
    pub(super) said: String,
}

/// The changes of a problem. The seed chooses among those that are equally good.
pub(super) fn changes(problem: &Problem, by: By, seed: u64) -> Vec<Change> {
    let draw = |test: usize, of: usize| {
        let place = ["impossible", problem.id.as_str(), by.as_str(), &test.to_string(), &of.to_string()];
        let digest = seed_for(seed, &place);
        u64::from_le_bytes(digest.as_bytes()[..8].try_into().unwrap_or_default())
    };
    let mut tests: Vec<usize> = (0..problem.tests.hidden.len()).collect();
    tests.sort_by_key(|test| draw(*test, 0));
    let mut found: Vec<((Tier, usize, usize), Change)> = Vec::new();
    for (turn, test) in tests.into_iter().take(TESTS).enumerate() {
        // A program that is off by one is honest.
        let amount = 3 + (draw(test, 1) % 7) as u8;
        let mut edits = edits(problem, &problem.tests.hidden[test], by, amount);
        edits.sort_by_cached_key(|edit| (edit.tier, draw(test, 2 + edit.span.start)));
        for (rank, edit) in edits.into_iter().take(OF_A_TEST).enumerate() {
            found.push(((edit.tier, rank, turn), change(problem, test, &edit, by)));
        }
    }
    found.sort_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, change)| change).collect()
}

/// The edits of what a test expects.
fn edits(problem: &Problem, test: &Test, by: By, amount: u8) -> Vec<Edit> {
    match test {
        Test::Call { expected, .. } => json::edits(&expected.0, amount),
        Test::Stdio { expected, .. } => output::edits(expected, amount),
        Test::Script { source } => script::edits(source, problem.style.entry_point().unwrap_or_default(), by, amount),
    }
}

/// A problem after an edit of one of its hidden tests. Where the test is public too it changes there alike.
fn change(problem: &Problem, test: usize, edit: &Edit, by: By) -> Change {
    let before = &problem.tests.hidden[test];
    let (after, is_beside, said) = match before {
        Test::Call { args, expected } => {
            let now = Literal(applied(&expected.0, edit).into());
            let said = format!("`{}` expected where `{}` is right", cut(&now.0), cut(&expected.0));
            (Test::Call { args: args.clone(), expected: now }, by == By::Duplicate, said)
        }
        Test::Stdio { input, expected } => {
            let now = applied(expected, edit);
            let said = format!("`{}` expected where `{}` is right", cut(&now), cut(expected));
            (Test::Stdio { input: input.clone(), expected: now.into() }, by == By::Duplicate, said)
        }
        // A contradiction of a script stands within it.
        Test::Script { source } => {
            let line = source[..edit.span.start].matches('\n').count() + 1;
            let said = match by {
                By::Value => {
                    format!("`{}` in place of `{}` in line {line}", cut(&edit.now), cut(&source[edit.span.clone()]))
                }
                By::Duplicate => format!("`{}` behind line {line}", cut(&edit.now)),
            };
            (Test::Script { source: applied(source, edit).into() }, false, said)
        }
    };
    let mut changed = problem.clone();
    let place = |tests: &mut Vec<Test>, at: usize| {
        if is_beside { tests.insert(at + 1, after.clone()) } else { tests[at] = after.clone() }
    };
    place(&mut changed.tests.hidden, test);
    if let Some(shown) = problem.tests.public.iter().position(|public| public == before) {
        place(&mut changed.tests.public, shown);
    }
    let test = test + usize::from(is_beside);
    let said = format!("hidden test {test}: {said}");
    changed.impossible = Some(format!("{}: {said}", by.as_str()).into());
    Change { problem: changed.with_digest(), test, said }
}

/// One short line.
fn cut(text: &str) -> String {
    const KEPT: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::Style;

    fn call(argument: i32, expected: &str) -> Test {
        Test::Call { args: Literal(format!("[{argument}]").into()), expected: Literal(expected.into()) }
    }

    fn problem(hidden: Vec<Test>, public: Vec<Test>) -> Problem {
        let mut problem = mend_testkit::problem("x/1", Style::Function { entry_point: "f".to_owned() }, "s");
        problem.tests.hidden = hidden;
        problem.tests.public = public;
        problem.with_digest()
    }

    #[test]
    fn one_expected_value_changes_or_a_second_one_stands_beside_it() {
        let whole = problem(vec![call(1, "1"), call(2, "2"), call(3, "3")], vec![call(2, "2")]);
        for change in changes(&whole, By::Value, 1) {
            let tests = &change.problem.tests;
            let differ: Vec<usize> = (0..3).filter(|at| tests.hidden[*at] != whole.tests.hidden[*at]).collect();
            assert_eq!((tests.hidden.len(), differ), (3, vec![change.test]));
            assert_eq!(tests.public != whole.tests.public, change.test == 1, "what is public too changes alike");
            assert_ne!(change.problem.digest, whole.digest);
        }
        for change in changes(&whole, By::Duplicate, 1) {
            let hidden = &change.problem.tests.hidden;
            let mut without = hidden.clone();
            let Test::Call { args: second, expected } = without.remove(change.test) else { panic!("no call") };
            let Test::Call { args: first, expected: right } = &hidden[change.test - 1] else { panic!("no call") };
            assert_eq!((without, &second), (whole.tests.hidden.clone(), first));
            assert_ne!(expected, *right);
            let said = change.problem.impossible.unwrap();
            assert!(said.starts_with("duplicate: hidden test ") && said.contains("is right"), "{said}");
        }
    }

    #[test]
    fn the_seed_chooses_and_what_is_true_or_false_is_the_last_resort() {
        let tests = (0..12).map(|at| call(at, if at % 2 == 0 { "true" } else { "5" })).collect();
        let whole = problem(tests, vec![]);
        let firsts = |seed| changes(&whole, By::Value, seed).into_iter().map(|change| change.test).collect::<Vec<_>>();
        assert_eq!(firsts(3), firsts(3));
        assert!((0..20).any(|seed| firsts(seed) != firsts(3)), "another seed, another choice");
        assert!((0..20).all(|seed| firsts(seed)[..6].iter().all(|test| test % 2 == 1)));
        let amounts: std::collections::BTreeSet<String> =
            (0..20).map(|seed| changes(&whole, By::Value, seed)[0].said.clone()).collect();
        assert!(amounts.len() > 5, "{amounts:?}");
    }
}
