//! A JSON object read field by field, so that every error names its field.

use crate::Flaw;
use mend_core::{Date, OwnLimits, jsonl};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A JSON object whose values are still text. Of a key that stands twice, the last one counts.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// Reads one whole file.
    pub(crate) fn from_file(bytes: &[u8]) -> Result<Self, Flaw> {
        serde_json::from_str(text(bytes)?).map_err(|source| Flaw::Json(source.to_string()))
    }

    /// Reads one object out of a larger text, or out of a string.
    pub(crate) fn from_row(text: &str) -> Result<Self, Flaw> {
        serde_json::from_str(text).map_err(|source| Flaw::Json(jsonl::message(&source)))
    }

    /// Whether a field is there, be it `null`.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The names of all fields, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A field that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&self, field: &'static str) -> Result<T, Flaw> {
        let raw = self.0.get(field).ok_or(Flaw::Missing(field))?;
        value(raw, || field.to_owned())
    }

    /// A field that may be absent; `null` counts as absent.
    pub(crate) fn optional<T: DeserializeOwned>(&self, field: &'static str) -> Result<Option<T>, Flaw> {
        match self.0.get(field) {
            Some(raw) => value(raw, || field.to_owned()),
            None => Ok(None),
        }
    }

    /// A problem's name, which must not be blank.
    pub(crate) fn id(&self, field: &'static str) -> Result<String, Flaw> {
        let id: String = self.required(field)?;
        if id.trim().is_empty() {
            return Err(Flaw::Field { field: field.into(), why: "is empty".into() });
        }
        Ok(id)
    }

    /// The day that a field's text begins with, if it is there and not empty.
    pub(crate) fn date(&self, field: &'static str) -> Result<Option<Date>, Flaw> {
        let text: Option<String> = self.optional(field)?;
        let read = |text: String| {
            let why = format!("`{text}` is not a day, expected one such as `2024-08-31`");
            Date::read(&text).ok_or(Flaw::Field { field: field.to_owned(), why })
        };
        text.filter(|text| !text.trim().is_empty()).map(read).transpose()
    }

    /// The limits that a problem sets itself: `time_limit` in seconds, `memory_limit` in MiB.
    pub(crate) fn limits(&self) -> Result<OwnLimits, Flaw> {
        let number = |field| self.optional::<f64>(field);
        Ok(OwnLimits {
            cpu_ms: number("time_limit")?.map(|seconds| cpu_ms("time_limit", seconds)).transpose()?,
            memory_bytes: number("memory_limit")?.map(|mebibytes| memory("memory_limit", mebibytes)).transpose()?,
        })
    }

    /// A tolerance, if the problem declares one: a number that is not negative.
    pub(crate) fn tolerance(&self) -> Result<Option<f64>, Flaw> {
        let tolerance: Option<f64> = self.optional("tolerance")?;
        match tolerance {
            Some(tolerance) if tolerance < 0.0 => {
                Err(Flaw::Field { field: "tolerance".into(), why: format!("`{tolerance}` is negative") })
            }
            _ => Ok(tolerance),
        }
    }
}

/// Bytes of a MiB.
pub(crate) const MEBIBYTE: f64 = 1_048_576.0;

/// The most solutions of a kind that are taken from a row of a set that lists hundreds for some problems.
pub(crate) const MOST_LISTED: usize = 10;

/// A limit of time, given in seconds.
pub(crate) fn cpu_ms(field: &'static str, seconds: f64) -> Result<u64, Flaw> {
    const MOST: f64 = 3600.0;
    limit(field, seconds, MOST, "seconds").map(|seconds| ((seconds * 1000.0).round() as u64).max(1))
}

/// A limit of memory, given in MiB.
pub(crate) fn memory(field: &'static str, mebibytes: f64) -> Result<u64, Flaw> {
    const MOST: f64 = 1_048_576.0;
    limit(field, mebibytes, MOST, "MiB").map(|mebibytes| ((mebibytes * MEBIBYTE).round() as u64).max(1))
}

fn limit(field: &'static str, value: f64, most: f64, unit: &str) -> Result<f64, Flaw> {
    if value > 0.0 && value <= most {
        return Ok(value);
    }
    let why = format!("`{value}` is not a limit, expected {unit} above 0 and up to {most}");
    Err(Flaw::Field { field: field.to_owned(), why })
}

/// One value; `field` names it in the error.
pub(crate) fn value<T: DeserializeOwned>(raw: &RawValue, field: impl FnOnce() -> String) -> Result<T, Flaw> {
    serde_json::from_str(raw.get()).map_err(|source| {
        let place = format!(" at line {} column {}", source.line(), source.column());
        let message = source.to_string();
        let why = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        Flaw::Field { field: field(), why }
    })
}

/// Bytes as UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Flaw> {
    std::str::from_utf8(bytes).map_err(|source| Flaw::NotUtf8(source.valid_up_to()))
}

/// A name that may stand in Python source where a function is called.
pub(crate) fn identifier(field: &'static str, name: String) -> Result<String, Flaw> {
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|letter| letter == '_' || letter.is_alphabetic());
    let continues = letters.all(|letter| letter == '_' || letter.is_alphanumeric());
    if starts && continues && !KEYWORDS.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(Flaw::NotAnIdentifier { field, name })
    }
}

/// The reserved words of Python 3.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];
/// The words of a list of texts that stands in a text as Python writes it.
pub(crate) fn python_words(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let words = inner.split(',').map(|word| word.trim().trim_matches(['\'', '"']).to_owned());
    words.filter(|word| !word.is_empty()).collect()
}
