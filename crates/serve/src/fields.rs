//! JSON objects read field by field, so that each error names the field where it stands.

use crate::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// An object whose values are still text: numbers keep every digit. Of a key that stands twice the last one counts, and
/// `null` counts as absent.
#[derive(Debug)]
pub(crate) struct Fields {
    values: BTreeMap<String, Box<RawValue>>,
    /// Where it stands, such as `requests[3].`; empty for a whole body.
    place: String,
}

impl Fields {
    /// Reads a whole body.
    pub(crate) fn of_body(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::bad_json("it is not UTF-8"))?;
        let values = serde_json::from_str(text).map_err(Refusal::bad_json)?;
        Ok(Self { values, place: String::new() })
    }

    /// Reads an object that stands somewhere in a body.
    pub(crate) fn at(field: &str, raw: &RawValue) -> Result<Self, Refusal> {
        Ok(Self { values: read(field, raw)?, place: format!("{field}.") })
    }

    /// An object without fields that stands for a value of a body.
    pub(crate) fn empty(field: &str) -> Self {
        Self { values: BTreeMap::new(), place: format!("{field}.") }
    }

    /// Puts a field in, which takes the place of another one.
    pub(crate) fn put(&mut self, field: &str, value: &serde_json::Value) -> Result<(), Refusal> {
        let raw = RawValue::from_string(value.to_string()).map_err(Refusal::bad_json)?;
        self.values.insert(field.to_owned(), raw);
        Ok(())
    }

    /// The full name of a field.
    pub(crate) fn name(&self, field: &str) -> String {
        format!("{}{field}", self.place)
    }

    /// Whether a field is there, be it `null`.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.values.contains_key(field)
    }

    /// Takes a field out; `None` if it is absent.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, field: &str) -> Result<Option<T>, Refusal> {
        match self.values.remove(field).filter(|raw| raw.get() != "null") {
            Some(raw) => read(&self.name(field), &raw).map(Some),
            None => Ok(None),
        }
    }

    /// Takes a field out that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, Refusal> {
        self.take(field)?.ok_or_else(|| Refusal::invalid(self.name(field), "is missing"))
    }

    /// Takes a word out, one of those that `parse` knows.
    pub(crate) fn word<T>(
        &mut self,
        field: &str,
        known: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(word) = self.take::<String>(field)? else { return Ok(None) };
        let unknown = || Refusal::invalid(self.name(field), format!("`{word}` is not one of {}", known.join(", ")));
        parse(&word).ok_or_else(unknown).map(Some)
    }

    /// Takes an object out.
    pub(crate) fn object(&mut self, field: &str) -> Result<Option<Self>, Refusal> {
        let raw: Option<Box<RawValue>> = self.take(field)?;
        raw.map(|raw| Self::at(&self.name(field), &raw)).transpose()
    }

    /// Puts fields in that are not there yet.
    pub(crate) fn fill(&mut self, others: &Self) {
        for (field, value) in &others.values {
            self.values.entry(field.clone()).or_insert_with(|| value.clone());
        }
    }

    /// Refuses what nobody took: a misspelt field would go unnoticed.
    pub(crate) fn end(&self) -> Result<(), Refusal> {
        match self.values.keys().next() {
            Some(unknown) => Err(Refusal::invalid(self.name(unknown), "there is no such field")),
            None => Ok(()),
        }
    }
}

/// One value; `field` names it in the error.
pub(crate) fn read<T: DeserializeOwned>(field: &str, raw: &RawValue) -> Result<T, Refusal> {
    serde_json::from_str(raw.get()).map_err(|source| {
        let message = source.to_string();
        let why = message.rsplit_once(" at line ").map_or(message.as_str(), |(why, _)| why);
        Refusal::invalid(field, why)
    })
}

/// Seconds that are a number above zero.
pub(crate) fn seconds(field: &str, seconds: f64) -> Result<f64, Refusal> {
    if seconds.is_finite() && seconds > 0.0 {
        Ok(seconds)
    } else {
        Err(Refusal::invalid(field, format!("expected seconds above 0, found {seconds}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_field() {
        let mut fields = Fields::of_body(br#"{"a": {"b": "x", "d": 1}, "c": null}"#).unwrap();
        assert_eq!(fields.take::<String>("c").unwrap(), None);
        let mut inner = fields.object("a").unwrap().unwrap();
        let wrong = inner.take::<f64>("b").unwrap_err();
        assert_eq!(wrong.error.field.as_deref(), Some("a.b"));
        assert_eq!(wrong.error.message, "`a.b`: invalid type: string \"x\", expected f64");
        assert_eq!(inner.end().unwrap_err().error.field.as_deref(), Some("a.d"));
        assert_eq!(fields.required::<String>("z").unwrap_err().error.message, "`z`: is missing");
        assert!(fields.end().is_ok());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "{", "nul", "\"x\"", "{\"a\": 1} x", "{\"a\": \"\u{d}\"}"] {
            assert_eq!(Fields::of_body(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
        assert_eq!(Fields::of_body(b"\xff").unwrap_err().status, 400);
    }
}
