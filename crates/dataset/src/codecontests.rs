//! CodeContests rows, as the hub has them or as JSON of the original messages.
//!
//! Public tests are `public_tests`; hidden ones are these, `private_tests` and `generated_tests`, in this order. Lists of
//! tests and of solutions are objects of lists, or lists of objects. `time_limit` and `memory_limit_bytes` are the
//! problem's own limits. `cf_tags` and the name of the source are its tags, `cf_rating` its rating.
//!
//! The id is `name`. Of `solutions` and `incorrect_solutions` those in Python 3 count, and of these the first
//! [`MOST_LISTED`]: some problems have hundreds. The first solution is the reference.
//!
//! A problem with `input_file` or `output_file` does not read standard input or does not write standard output, which is not
//! judged: it is there, and unsupported.

use crate::Flaw;
use crate::fields::{Fields, MEBIBYTE, MOST_LISTED, cpu_ms, memory, value};
use crate::load::Loaded;
use mend_core::{About, OwnLimits, Problem, Style, Test, TestSuite};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// The sources by their numbers.
const SOURCES: [&str; 7] = ["", "codechef", "codeforces", "hackerearth", "codejam", "atcoder", "aizu"];

/// The difficulties by their numbers, up to those that are letters.
const DIFFICULTIES: [&str; 7] = ["", "easy", "medium", "hard", "harder", "hardest", "external"];

#[derive(Deserialize)]
#[serde(expecting = "an object with the lists `input` and `output`")]
struct Tests {
    input: Vec<String>,
    output: Vec<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `input` and `output`")]
struct Case {
    input: String,
    output: String,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with the lists `language` and `solution`")]
struct Solutions {
    language: Vec<Value>,
    solution: Vec<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `language` and `solution`")]
struct Solution {
    language: Value,
    solution: Arc<str>,
}

pub(crate) fn problem(row: &Fields) -> Result<Loaded, Flaw> {
    let id = row.id("name")?;
    let statement: String = row.required("description")?;
    let public = tests(row, "public_tests")?;
    let mut hidden = public.clone();
    hidden.extend(tests(row, "private_tests")?);
    hidden.extend(tests(row, "generated_tests")?);
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`public_tests`, `private_tests` and `generated_tests` are empty"));
    }
    let mut solutions = solutions(row, "solutions")?.into_iter();
    let tests = TestSuite { public, hidden };
    let problem = Problem {
        reference: solutions.next(),
        difficulty: word(row, "difficulty", &DIFFICULTIES)?,
        limits: limits(row)?,
        unsupported: unsupported(row)?.map(Into::into),
        about: about(row)?,
        ..Problem::new(id, statement, Style::Program, tests)
    };
    let wrong_solutions = self::solutions(row, "incorrect_solutions")?;
    Ok(Loaded { further_solutions: solutions.collect(), wrong_solutions, ..problem.with_digest().into() })
}

/// The objects of a field, given as a list of objects or as an object of lists.
fn objects<One: DeserializeOwned, Lists: DeserializeOwned>(
    row: &Fields,
    field: &'static str,
    zip: impl FnOnce(Lists) -> Result<Vec<One>, String>,
) -> Result<Vec<One>, Flaw> {
    let Some(raw) = row.optional::<Box<RawValue>>(field)? else { return Ok(Vec::new()) };
    if raw.get().starts_with('[') {
        return value(&raw, || field.to_owned());
    }
    zip(value(&raw, || field.to_owned())?).map_err(|why| Flaw::Field { field: field.to_owned(), why })
}

fn unequal(one: (&str, usize), other: (&str, usize)) -> String {
    format!("`{}` has {} entries but `{}` has {}", one.0, one.1, other.0, other.1)
}

fn tests(row: &Fields, field: &'static str) -> Result<Vec<Test>, Flaw> {
    let zip = |Tests { input, output }: Tests| {
        if input.len() != output.len() {
            return Err(unequal(("input", input.len()), ("output", output.len())));
        }
        Ok(input.into_iter().zip(output).map(|(input, output)| Case { input, output }).collect())
    };
    let test = |Case { input, output }| Test::Stdio { input: input.into(), expected: output.into() };
    Ok(objects(row, field, zip)?.into_iter().map(test).collect())
}

/// The first solutions in Python 3.
fn solutions(row: &Fields, field: &'static str) -> Result<Vec<Arc<str>>, Flaw> {
    let zip = |Solutions { language, solution }: Solutions| {
        if language.len() != solution.len() {
            return Err(unequal(("language", language.len()), ("solution", solution.len())));
        }
        Ok(language.into_iter().zip(solution).map(|(language, solution)| Solution { language, solution }).collect())
    };
    let is_python = |solution: &Solution| solution.language == 3 || solution.language == "PYTHON3";
    let all: Vec<Solution> = objects(row, field, zip)?;
    Ok(all.into_iter().filter(is_python).take(MOST_LISTED).map(|solution| solution.solution).collect())
}

/// A word that stands there as such or as its number.
fn word(row: &Fields, field: &'static str, words: &[&str]) -> Result<Option<String>, Flaw> {
    const LETTERS: std::ops::RangeInclusive<u64> = 7..=28;
    let found: Option<Value> = row.optional(field)?;
    Ok(match found {
        Some(Value::String(word)) => Some(word).filter(|word| !word.is_empty() && !word.starts_with("UNKNOWN")),
        Some(Value::Number(number)) => {
            let number = number.as_u64().unwrap_or_default();
            let word = usize::try_from(number).ok().and_then(|at| words.get(at)).map(|word| (*word).to_owned());
            let letter =
                LETTERS.contains(&number).then(|| char::from(b'A' + (number - LETTERS.start()) as u8).to_string());
            word.filter(|word| !word.is_empty()).or(letter)
        }
        _ => None,
    })
}

fn limits(row: &Fields) -> Result<OwnLimits, Flaw> {
    #[derive(Deserialize)]
    struct Duration {
        #[serde(default)]
        seconds: f64,
        #[serde(default)]
        nanos: f64,
    }
    const TIME: &str = "time_limit";
    let seconds = match row.optional::<Box<RawValue>>(TIME)? {
        None => None,
        Some(raw) if raw.get().starts_with('{') => {
            let Duration { seconds, nanos } = value(&raw, || TIME.to_owned())?;
            Some(seconds + nanos / 1e9)
        }
        Some(raw) if raw.get().starts_with('"') => {
            let text: String = value(&raw, || TIME.to_owned())?;
            let why = format!("`{text}` is not a duration, expected seconds such as `2.5s`");
            let seconds = text.trim().trim_end_matches('s').parse::<f64>().ok();
            Some(seconds.ok_or(Flaw::Field { field: TIME.to_owned(), why })?)
        }
        Some(raw) => Some(value::<f64>(&raw, || TIME.to_owned())?),
    };
    let bytes = match row.optional::<Value>("memory_limit_bytes")? {
        Some(Value::String(text)) => text.parse::<f64>().ok(),
        Some(found) => found.as_f64(),
        None => None,
    };
    // Zero says that there is none.
    let seconds = seconds.filter(|seconds| *seconds != 0.0);
    let bytes = bytes.filter(|bytes| *bytes != 0.0);
    Ok(OwnLimits {
        cpu_ms: seconds.map(|seconds| cpu_ms(TIME, seconds)).transpose()?,
        memory_bytes: bytes.map(|bytes| memory("memory_limit_bytes", bytes / MEBIBYTE)).transpose()?,
    })
}

fn unsupported(row: &Fields) -> Result<Option<String>, Flaw> {
    for (field, what) in [("input_file", "reads the file"), ("output_file", "writes the file")] {
        let file: Option<String> = row.optional(field)?;
        if let Some(file) = file.filter(|file| !file.trim().is_empty()) {
            return Ok(Some(format!("a program {what} `{file}` here, and only standard input and output are judged")));
        }
    }
    Ok(None)
}

fn about(row: &Fields) -> Result<About, Flaw> {
    let mut tags: Vec<String> = row.optional("cf_tags")?.unwrap_or_default();
    tags.extend(word(row, "source", &SOURCES)?.map(|source| source.to_lowercase()));
    tags.retain(|tag| !tag.trim().is_empty());
    let rating: Option<u32> = row.optional("cf_rating")?;
    Ok(About { date: None, tags, rating: rating.filter(|rating| *rating > 0) })
}
