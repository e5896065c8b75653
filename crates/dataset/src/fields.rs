//! A JSON object read field by field, so that every error names its field.

use crate::Flaw;
use mend_core::jsonl;
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
