//! Another choice of public tests than the data set's own.
//!
//! A file of examples has one row for each problem, a line each: `{"id": "mine/1", "public": [...]}` with tests as
//! our own problems have them, or `{"problem_id": "0001", "example": {"inputs": [...], "outputs": [...]}}` as the public
//! examples of APPS are distributed; `"example": null` says that there is none. A row is of the problem of that id, or of
//! the one whose id ends in `/` and that name.

use crate::apps::Cases;
use crate::fields::Fields;
use crate::{Dataset, Flaw, SourceFile, own};
use mend_core::{Digest, Problem, ProblemId, Split, Test, jsonl};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A split that some problem cannot have, or a file that does not hold it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A problem has not the tests that the split wants.
    #[error("problem {problem}: `{split}` cannot choose its public tests: {why}")]
    Problem {
        /// The problem.
        problem: ProblemId,
        /// The split.
        split: Split,
        /// What it has, and what it lacks.
        why: String,
    },
    /// A row of the file of examples is not as it should be.
    #[error("{place}: {flaw}")]
    Row {
        /// `file:line`.
        place: String,
        /// What is wrong there.
        flaw: Flaw,
    },
}

/// A row of a file of examples.
struct Row {
    place: String,
    fields: Fields,
}

impl Dataset {
    /// Makes other tests public, in every problem. The hidden suites stay as they are. The split becomes part of the
    /// problems' digests, so that runs with different splits are never taken for one experiment.
    ///
    /// # Errors
    /// A problem that cannot have the split; the first one is named. A file of examples with a row that cannot be read.
    pub fn split(&mut self, split: &Split, examples: Option<&SourceFile>) -> Result<(), SplitError> {
        if split.is_default() {
            return Ok(());
        }
        let rows = examples.map(rows).transpose()?.unwrap_or_default();
        for problem in &mut self.problems {
            *problem = other_public(problem, split, &rows)?;
        }
        // Of the whole data set, whichever problems were chosen.
        let file = examples.map_or(&[][..], |file| &file.bytes);
        self.digest = Digest::of_parts([LABEL, word(split).as_bytes(), self.digest.as_bytes(), file]);
        Ok(())
    }
}

fn other_public(problem: &Problem, split: &Split, rows: &BTreeMap<String, Row>) -> Result<Problem, SplitError> {
    let cannot = |why: String| SplitError::Problem { problem: problem.id.clone(), split: split.clone(), why };
    let single = single_tests(problem);
    let some = |count: usize| match single {
        [] => "its hidden suite is one test, and its statement shows none".to_owned(),
        _ if problem.tests.hidden.len() > 1 => format!("it has {count} single tests"),
        [_] => "its hidden suite is one test, and its statement shows one".to_owned(),
        _ => format!("its hidden suite is one test, and its statement shows {count}"),
    };
    let at = |index: usize| single.get(index).cloned().ok_or_else(|| cannot(some(single.len())));
    let public = match split {
        Split::Statement => return Ok(problem.clone()),
        Split::First => vec![at(0)?],
        Split::Second => vec![at(1)?],
        Split::FirstHalf => {
            at(0)?;
            single[..(single.len() / 2).max(1)].to_vec()
        }
        Split::Examples(_) => {
            let id = problem.id.as_str();
            let row = rows.get(id).or_else(|| rows.get(id.rsplit('/').next().unwrap_or_default()));
            let row = row.ok_or_else(|| cannot("the file has no row of it".to_owned()))?;
            let tests = tests_of(row, problem).map_err(|flaw| SplitError::Row { place: row.place.clone(), flaw })?;
            if tests.is_empty() {
                return Err(cannot(format!("{} holds no test", row.place)));
            }
            tests
        }
    };
    let mut changed = problem.clone();
    changed.tests.public = public;
    let mut changed = changed.with_digest();
    changed.digest = Digest::of_parts([LABEL, word(split).as_bytes(), changed.digest.as_bytes()]);
    Ok(changed)
}

/// Sets digests of splits apart from others.
const LABEL: &[u8] = b"public tests";

/// What a digest knows of a split. Where a file lies, and what it is called, decides nothing: its tests are in the digest.
fn word(split: &Split) -> String {
    if split.file().is_some() { "examples".to_owned() } else { split.to_string() }
}

/// The tests of a problem one by one: those that score it, or the examples of its statement where a single script does.
fn single_tests(problem: &Problem) -> &[Test] {
    if problem.tests.hidden.len() > 1 { &problem.tests.hidden } else { &problem.tests.public }
}

/// The rows of a file, by the problems that they name.
fn rows(file: &SourceFile) -> Result<BTreeMap<String, Row>, SplitError> {
    let mut rows = BTreeMap::new();
    for row in jsonl::rows::<Fields>(&file.path, &file.bytes) {
        let row = row.map_err(|error| SplitError::Row {
            place: format!("{}:{}", error.path, error.line),
            flaw: Flaw::Json(error.why),
        })?;
        let place = format!("{}:{}", file.path, row.line);
        let wrong = |flaw| SplitError::Row { place: place.clone(), flaw };
        let id = row.value.id(if row.value.has("problem_id") { "problem_id" } else { "id" }).map_err(wrong)?;
        if let Some(Row { place: first, .. }) = rows.get(&id) {
            return Err(wrong(Flaw::Duplicate { id, first: String::clone(first) }));
        }
        rows.insert(id, Row { place, fields: row.value });
    }
    Ok(rows)
}

/// The tests of a row, none where it says that there are none.
fn tests_of(row: &Row, problem: &Problem) -> Result<Vec<Test>, Flaw> {
    if row.fields.has("public") {
        let tests: Vec<Box<RawValue>> = row.fields.required("public")?;
        return own::tests("public", &tests, &problem.style);
    }
    if !row.fields.has("example") {
        return Err(Flaw::Missing("public"));
    }
    let Some(example) = row.fields.optional::<Fields>("example")? else { return Ok(Vec::new()) };
    Cases::read(&example).and_then(|cases| cases.like(problem)).map_err(|flaw| flaw.within("example"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OnInvalid, load, starter};

    const ROWS: &str = r#"{"id": "x/1", "statement": "s", "entry_point": "f", "tests": {"public": [{"script": "assert f(0) == 0"}],
 "hidden": [{"call": {"args": [1], "expected": 1}}, {"call": {"args": [2], "expected": 2}}, {"call": {"args": [3], "expected": 3}}]}}
{"id": "x/2", "statement": "s", "entry_point": "f", "tests": {"public": [{"script": "assert f(0) == 0"}, {"script": "assert f(9) == 9"}], "hidden": [{"script": "check()"}]}}
{"id": "x/3", "statement": "s", "tests": {"hidden": [{"stdio": {"input": "1", "expected": "1"}}, {"stdio": {"input": "2", "expected": "2"}}]}}
"#;

    fn data(keep: &[&str]) -> Dataset {
        let text = ROWS.replace(",\n ", ", ");
        let file = SourceFile { path: "x.jsonl".into(), bytes: text.into_bytes() };
        let mut dataset = load("x", &[file], OnInvalid::Fail).unwrap();
        dataset.problems.retain(|problem| keep.contains(&problem.id.as_str()));
        dataset
    }

    fn public(problem: &Problem) -> String {
        let test = |test: &Test| match test {
            Test::Call { args, .. } => args.0.to_string(),
            Test::Script { source } => source.to_string(),
            Test::Stdio { input, .. } => input.to_string(),
        };
        problem.tests.public.iter().map(test).collect::<Vec<_>>().join(" ")
    }

    fn split(dataset: &mut Dataset, word: &str, examples: Option<&str>) -> Result<(), SplitError> {
        let file = examples.map(|text| SourceFile { path: "e.jsonl".into(), bytes: text.as_bytes().to_vec() });
        dataset.split(&word.parse().unwrap(), file.as_ref())
    }

    #[test]
    fn each_split_makes_its_tests_public_and_leaves_the_hidden_suite_whole() {
        for (word, expected) in [
            ("statement", ["assert f(0) == 0", "assert f(0) == 0 assert f(9) == 9", ""]),
            ("first", ["[1]", "assert f(0) == 0", "1"]),
            ("second", ["[2]", "assert f(9) == 9", "2"]),
            ("first-half", ["[1]", "assert f(0) == 0", "1"]),
        ] {
            let whole = data(&["x/1", "x/2", "x/3"]);
            let mut changed = whole.clone();
            split(&mut changed, word, None).unwrap();
            let found: Vec<String> = changed.problems.iter().map(public).collect();
            assert_eq!(found, expected, "{word}");
            for (before, after) in whole.problems.iter().zip(&changed.problems) {
                assert_eq!(before.tests.hidden, after.tests.hidden, "{word}");
                assert_eq!(before.digest == after.digest, word == "statement", "{word}");
            }
            assert_eq!(whole.digest == changed.digest, word == "statement", "{word}");
        }
    }

    #[test]
    fn different_splits_have_different_digests_even_with_the_same_tests() {
        let digests: Vec<Digest> = ["statement", "first", "first-half", "second"]
            .into_iter()
            .map(|word| {
                let mut dataset = data(&["x/3"]);
                split(&mut dataset, word, None).unwrap();
                dataset.problems[0].digest
            })
            .collect();
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{index}");
        }
    }

    #[test]
    fn a_split_that_a_problem_cannot_have_names_it() {
        let text =
            r#"{"id": "y/1", "statement": "s", "entry_point": "f", "tests": {"hidden": [{"script": "check()"}]}}"#;
        let file = SourceFile { path: "y.jsonl".into(), bytes: text.as_bytes().to_vec() };
        let mut bare = load("y", &[file], OnInvalid::Fail).unwrap();
        let said = split(&mut bare, "first", None).unwrap_err().to_string();
        assert_eq!(
            said,
            "problem y/1: `first` cannot choose its public tests: its hidden suite is one test, and its statement shows none"
        );
        let mut one = data(&["x/2"]);
        one.problems[0].tests.public.truncate(1);
        let said = split(&mut one, "second", None).unwrap_err().to_string();
        assert!(said.starts_with("problem x/2: `second`") && said.ends_with("its statement shows one"), "{said}");
    }

    #[test]
    fn a_file_of_examples_holds_the_public_tests_of_each_problem() {
        let rows = r#"{"id": "x/1", "public": [{"call": {"args": [7], "expected": 7}}]}
{"problem_id": "2", "example": {"inputs": ["8\n"], "outputs": ["8"]}}
{"problem_id": "3", "example": {"inputs": ["1\n", "2\n"], "outputs": ["1", "2\n"]}}
{"problem_id": "4", "example": null}
"#;
        let mut dataset = data(&["x/1", "x/2", "x/3"]);
        split(&mut dataset, "examples:e.jsonl", Some(rows)).unwrap();
        assert_eq!(dataset.problems.iter().map(public).collect::<Vec<_>>(), ["[7]", "[8]", "1\n 2\n"]);
        // What the file is called decides nothing.
        let mut other = data(&["x/1", "x/2", "x/3"]);
        split(&mut other, "examples:folder/f.jsonl", Some(rows)).unwrap();
        assert_eq!(other.digest, dataset.digest);
        for (rows, words) in [
            ("", "problem x/3: `examples:e.jsonl` cannot choose its public tests: the file has no row of it"),
            (
                "{\"problem_id\": \"3\", \"example\": null}",
                "problem x/3: `examples:e.jsonl` cannot choose its public tests: e.jsonl:1 holds no test",
            ),
            ("{\"id\": \"x/3\"}", "e.jsonl:1: missing field `public`"),
            (
                "{\"id\": \"x/3\", \"public\": [{\"script\": \"x\"}]}",
                "e.jsonl:1: `tests.public[0]`: a problem without `entry_point` has `stdio` tests only",
            ),
            ("{\"id\": \"3\", \"public\": []}\n{\"id\": \"3\", \"public\": []}", "e.jsonl:2: "),
            ("{\"example\": null}", "e.jsonl:1: missing field `id`"),
            ("nonsense", "e.jsonl:1: "),
        ] {
            let said = split(&mut data(&["x/3"]), "examples:e.jsonl", Some(rows)).unwrap_err().to_string();
            assert!(said.starts_with(words), "{rows}: {said}");
        }
    }

    #[test]
    fn every_starter_problem_has_a_first_test() {
        for word in ["first", "first-half"] {
            let mut dataset = starter().unwrap();
            split(&mut dataset, word, None).unwrap();
            assert!(dataset.problems.iter().all(|problem| !problem.tests.public.is_empty()), "{word}");
        }
    }
}
