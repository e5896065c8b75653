//! TACO rows as the hub has them: rows of APPS with tags, a day and limits.
//!
//! The id is `<data set>/` and the first twelve hexadecimal digits of the question's digest, since a row has no name that is
//! its own. Of the solutions the first [`MOST_LISTED`] are listed: some problems have hundreds. `tags`, `skill_types` and
//! `source` become tags. `time_limit` and `memory_limit`, such as `2.0 seconds` and `256.0 megabytes`, are the problem's
//! own limits. A day that is none that we can read is left out, because it decides nothing.

use crate::Flaw;
use crate::apps::row;
use crate::fields::{Fields, MOST_LISTED, cpu_ms, memory, python_words};
use crate::load::Loaded;
use mend_core::{About, Date, Digest, OwnLimits, Problem};

/// A thousand kilobytes of a thousand bytes, in MiB.
const MEGABYTE: f64 = 1e6 / 1_048_576.0;

pub(crate) fn problem(dataset: &str, row: &Fields) -> Result<Loaded, Flaw> {
    let question: String = row.required("question")?;
    let digest = Digest::of(question.trim().as_bytes()).to_string();
    let id = format!("{dataset}/{}", digest.get(..12).unwrap_or(&digest));
    let Loaded { problem, mut further_solutions, .. } = row::read(id, row)?;
    further_solutions.truncate(MOST_LISTED - 1);
    let mut tags = words(row, "tags")?;
    for tag in words(row, "skill_types")?.into_iter().chain(row.optional::<String>("source")?) {
        if !tag.trim().is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let date: Option<String> = row.optional("date")?;
    let problem = Problem {
        limits: limits(row)?,
        about: About { date: date.and_then(|date| Date::read(&date)), tags, rating: None },
        ..problem
    };
    Ok(Loaded { further_solutions, ..problem.with_digest().into() })
}

/// A list of words that stands in a text as Python writes it, or as it is.
fn words(row: &Fields, field: &'static str) -> Result<Vec<String>, Flaw> {
    if let Ok(Some(words)) = row.optional::<Vec<String>>(field) {
        return Ok(words);
    }
    let text: Option<String> = row.optional(field)?;
    Ok(python_words(&text.unwrap_or_default()))
}

fn limits(row: &Fields) -> Result<OwnLimits, Flaw> {
    let seconds = amount(row, "time_limit", &[("second", 1.0), ("millisecond", 1e-3)])?;
    let mebibytes = amount(
        row,
        "memory_limit",
        &[("megabyte", MEGABYTE), ("kilobyte", MEGABYTE / 1e3), ("gigabyte", MEGABYTE * 1e3)],
    )?;
    Ok(OwnLimits {
        cpu_ms: seconds.map(|seconds| cpu_ms("time_limit", seconds)).transpose()?,
        memory_bytes: mebibytes.map(|mebibytes| memory("memory_limit", mebibytes)).transpose()?,
    })
}

/// A number with its unit.
fn amount(row: &Fields, field: &'static str, units: &[(&str, f64)]) -> Result<Option<f64>, Flaw> {
    let text: Option<String> = row.optional(field)?;
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let read = || {
        let (number, unit) = text.trim().split_once(' ')?;
        let unit = unit.trim().trim_end_matches('s');
        let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
        Some(number.parse::<f64>().ok()? * factor)
    };
    let names = || units.iter().map(|(name, _)| format!("{name}s")).collect::<Vec<_>>().join(", ");
    let why = || Flaw::Field { field: field.to_owned(), why: format!("`{text}` is not a number of {}", names()) };
    read().map(Some).ok_or_else(why)
}
