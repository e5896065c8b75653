//! Another choice of public tests than the data set's own.
//!
//! Read [`Dataset::split`] first. The rows of a file of examples are the affair of [`rows`].

mod rows;

use crate::{Dataset, Flaw, SourceFile};
use mend_core::{Digest, Problem, ProblemId, Split, Test};
use rows::Rows;

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
    /// A file that is joined holds nothing for the chosen problems.
    #[error(
        "{path}: no row holds a test of a chosen problem ({rows} rows, {unknown} of them of no problem of the data set)"
    )]
    NothingJoined {
        /// The file.
        path: String,
        /// Its rows.
        rows: usize,
        /// Those of them that are of no problem of the data set.
        unknown: usize,
    },
}

/// What a file of examples came to that was joined to a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// How many of the chosen problems have the tests of a row now.
    pub joined: usize,
    /// The chosen problems that keep their own public tests, because no row is theirs or theirs holds no test; and how many
    /// tests each has.
    pub without: Vec<(ProblemId, usize)>,
    /// Rows whose inputs or outputs are none of their problem, such as plain text for a function: `file:line`, and why.
    pub unfit: Vec<String>,
    /// The ids of rows that are of no problem of the data set, chosen or not.
    pub unknown: Vec<String>,
}

impl Dataset {
    /// Makes other tests public, in every problem. The hidden suites stay as they are. The split becomes part of the
    /// problems' digests, so that runs with different splits are never taken for one experiment. What a file came to that was
    /// joined is returned.
    ///
    /// # Errors
    /// A problem that cannot have the split; the first one is named. A file of examples with a row that cannot be read, or, if
    /// it is joined, with no test of any chosen problem.
    pub fn split(&mut self, split: &Split, examples: Option<&SourceFile>) -> Result<Option<Joined>, SplitError> {
        if split.is_default() {
            return Ok(None);
        }
        let rows = examples.map(Rows::read).transpose()?.unwrap_or_default();
        let joined = if let (Split::Joined(_), Some(file)) = (split, examples) {
            Some(self.join(&rows, &file.path)?)
        } else {
            for problem in &mut self.problems {
                *problem = other_public(problem, split, &rows)?;
            }
            None
        };
        // Of the whole data set, whichever problems were chosen.
        let file = examples.map_or(&[][..], |file| &file.bytes);
        self.digest = Digest::of_parts([LABEL, word(split).as_bytes(), self.digest.as_bytes(), file]);
        Ok(joined)
    }

    /// Gives the problems that have a row in a file its tests, and counts the rest.
    fn join(&mut self, rows: &Rows, path: &str) -> Result<Joined, SplitError> {
        let (mut without, mut unfit) = (Vec::new(), Vec::new());
        for problem in &mut self.problems {
            let tests = match rows.of(&problem.id) {
                None => Vec::new(),
                Some(row) => row.fitting(problem)?.unwrap_or_else(|flaw| {
                    unfit.push(row.wrong(flaw));
                    Vec::new()
                }),
            };
            if tests.is_empty() {
                without.push((problem.id.clone(), problem.tests.public.len()));
            } else {
                *problem = with_public(problem, tests, "join");
            }
        }
        let joined = self.problems.len() - without.len();
        let all = self.problems.iter().chain(&self.not_chosen).map(|problem| &problem.id);
        let unknown = rows.unknown(all);
        if joined == 0 {
            if let Some(error) = unfit.into_iter().next() {
                return Err(error);
            }
            return Err(SplitError::NothingJoined { path: path.to_owned(), rows: rows.len(), unknown: unknown.len() });
        }
        Ok(Joined { joined, without, unfit: unfit.iter().map(ToString::to_string).collect(), unknown })
    }
}

/// A problem with other public tests. Its digest knows by which split.
fn with_public(problem: &Problem, public: Vec<Test>, word: &str) -> Problem {
    let mut changed = problem.clone();
    changed.tests.public = public;
    let mut changed = changed.with_digest();
    changed.digest = Digest::of_parts([LABEL, word.as_bytes(), changed.digest.as_bytes()]);
    changed
}

fn other_public(problem: &Problem, split: &Split, rows: &Rows) -> Result<Problem, SplitError> {
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
        // What is joined needs no row of each problem.
        Split::Statement | Split::Joined(_) => return Ok(problem.clone()),
        Split::First => vec![at(0)?],
        Split::Second => vec![at(1)?],
        Split::FirstHalf => {
            at(0)?;
            single[..(single.len() / 2).max(1)].to_vec()
        }
        Split::Examples(_) => {
            let row = rows.of(&problem.id).ok_or_else(|| cannot("the file has no row of it".to_owned()))?;
            let tests = row.tests(problem)?;
            if tests.is_empty() {
                return Err(cannot(format!("{} holds no test", row.place)));
            }
            tests
        }
    };
    Ok(with_public(problem, public, &word(split)))
}

/// Sets digests of splits apart from others.
const LABEL: &[u8] = b"public tests";

/// What a digest knows of a split. Where a file lies, and what it is called, decides nothing: its tests are in the digest.
fn word(split: &Split) -> String {
    match split {
        Split::Examples(_) => "examples".to_owned(),
        Split::Joined(_) => "join".to_owned(),
        other => other.to_string(),
    }
}

/// The tests of a problem one by one: those that score it, or the examples of its statement where a single script does.
fn single_tests(problem: &Problem) -> &[Test] {
    if problem.tests.hidden.len() > 1 { &problem.tests.hidden } else { &problem.tests.public }
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

    fn split(dataset: &mut Dataset, word: &str, examples: Option<&str>) -> Result<Option<Joined>, SplitError> {
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
    fn a_joined_file_gives_tests_to_the_problems_that_it_names_and_counts_the_rest() {
        let rows = r#"{"task_id": "x/1", "tests": [{"input": "7\n", "output": 7}, {"input": [8], "output": 8}]}
{"task_id": 3, "tests": [{"input": "1\n", "output": "1"}]}
{"task_id": "x/9", "tests": [{"input": "1", "output": "1"}]}
{"task_id": "x/2", "tests": null}
"#;
        let whole = data(&["x/1", "x/2", "x/3"]);
        let mut dataset = whole.clone();
        let joined = split(&mut dataset, "e.jsonl", Some(rows)).unwrap().unwrap();
        let without = vec![(ProblemId::new("x/2"), 2)];
        assert_eq!(joined, Joined { joined: 2, without, unfit: vec![], unknown: vec!["x/9".to_owned()] });
        let public: Vec<String> = dataset.problems.iter().map(public).collect();
        assert_eq!(public, ["[7] [8]", "assert f(0) == 0 assert f(9) == 9", "1\n"]);
        let same = |at: usize| whole.problems[at].digest == dataset.problems[at].digest;
        assert_eq!([same(0), same(1), same(2)], [false, true, false], "what has no row stays as it was");
        assert_ne!(whole.digest, dataset.digest);
        // Another file is other data, even where the chosen problems get the same.
        let mut other = data(&["x/1", "x/2", "x/3"]);
        let changed = rows.replace(r#""input": "1", "output": "1""#, r#""input": "2", "output": "2""#);
        split(&mut other, "join:f.jsonl", Some(&changed)).unwrap();
        assert_eq!(other.problems, dataset.problems);
        assert_ne!(other.digest, dataset.digest);
        // A row of a problem that was not chosen is known.
        let mut part = data(&["x/1", "x/2", "x/3"]);
        part.keep(&[ProblemId::new("x/1")].into());
        assert_eq!(split(&mut part, "e.jsonl", Some(rows)).unwrap().unwrap().unknown, ["x/9"]);
    }

    #[test]
    fn a_row_that_is_none_of_its_problem_is_told_and_the_problem_stays_as_it_was() {
        let rows = r#"{"problem_id": "1", "example": {"inputs": ["3\n1 2 3\n"], "outputs": ["0"]}}
{"problem_id": "3", "example": {"inputs": ["1\n"], "outputs": ["1"]}}
"#;
        let mut dataset = data(&["x/1", "x/3"]);
        let joined = split(&mut dataset, "e.jsonl", Some(rows)).unwrap().unwrap();
        assert_eq!((joined.joined, joined.without), (1, vec![(ProblemId::new("x/1"), 1)]));
        assert!(joined.unfit[0].starts_with("e.jsonl:1: `example`: `inputs[0]`: is not JSON"), "{:?}", joined.unfit);
        // Where the file has to have all problems it is an error.
        let said = split(&mut data(&["x/1", "x/3"]), "examples:e.jsonl", Some(rows)).unwrap_err().to_string();
        assert!(said.starts_with("e.jsonl:1: `example`: `inputs[0]`: is not JSON"), "{said}");
    }

    #[test]
    fn a_joined_file_that_cannot_be_used_says_why() {
        for (rows, words) in [
            ("", "e.jsonl: no row holds a test of a chosen problem (0 rows, 0 of them of no problem of the data set)"),
            (
                "{\"task_id\": \"y/3\", \"tests\": [{\"input\": \"\", \"output\": \"\"}]}",
                "e.jsonl: no row holds a test of a chosen problem (1 rows, 1 of them of no problem of the data set)",
            ),
            (
                "{\"task_id\": \"x/3\", \"tests\": [{\"input\": \"1\"}]}",
                "e.jsonl:1: `tests[0]`: missing field `output`",
            ),
            (
                "{\"task_id\": \"x/3\", \"tests\": [{\"input\": \"1\", \"output\": \"1\", \"time\": 1}]}",
                "e.jsonl:1: `tests[0]`: unknown field `time`, expected one of `input`, `output`",
            ),
            (
                "{\"task_id\": \"x/3\", \"tests\": [{\"input\": 1, \"output\": \"1\"}]}",
                "e.jsonl:1: `tests`: `inputs[0]`:",
            ),
            ("{\"task_id\": \"x/3\"}", "e.jsonl:1: missing field `tests`"),
            ("{\"task_id\": \"x/3\", \"tests\": []}\n{\"task_id\": \"3\", \"tests\": []}", "e.jsonl: no row holds"),
            ("{\"task_id\": \"3\", \"tests\": []}\n{\"id\": \"3\", \"public\": []}", "e.jsonl:2: the id `3`"),
        ] {
            let said = split(&mut data(&["x/3"]), "e.jsonl", Some(rows)).unwrap_err().to_string();
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
