//! One row of a file, with errors that name the field.

use mend_core::jsonl;
use mend_core::{Tokens, json};
use serde_json::{Map, Value};

/// Characters of a line that is no JSON that an error shows.
const SHOWN: usize = 40;

/// The fields of a row, or of an object in it. A `null` is as good as an absent field.
pub(super) struct Row {
    /// The fields.
    pub(super) fields: Map<String, Value>,
    /// What stands before a field's name in errors.
    prefix: String,
}

impl Row {
    /// Reads a line.
    pub(super) fn of(line: &[u8]) -> Result<Self, String> {
        let read = json::read::<Map<String, Value>>(line).map_err(|source| {
            let line = String::from_utf8_lossy(line.trim_ascii_start());
            let begin: String = line.chars().filter(|char| !char.is_control()).take(SHOWN).collect();
            format!("{}: the line begins with `{begin}`", jsonl::message(&source))
        })?;
        Ok(Self { fields: read.value, prefix: String::new() })
    }

    /// The object in a field.
    pub(super) fn within(&self, name: &str) -> Result<Self, String> {
        match self.get(name) {
            Some(Value::Object(fields)) => {
                Ok(Self { fields: fields.clone(), prefix: format!("{}{name}.", self.prefix) })
            }
            Some(_) => Err(self.wrong(name, "an object")),
            None => Err(self.missing(name)),
        }
    }

    /// A field's value.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text that may be absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, String> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| self.wrong(name, "a text"))).transpose()
    }

    /// A text.
    pub(super) fn needed(&self, name: &str) -> Result<&str, String> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        let value = self.get(name).ok_or_else(|| self.missing(name))?;
        value.as_bool().ok_or_else(|| self.wrong(name, "true or false"))
    }

    /// A list that may be absent.
    pub(super) fn list(&self, name: &str) -> Result<Option<&[Value]>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(values)) => Ok(Some(values)),
            Some(_) => Err(self.wrong(name, "a list")),
        }
    }

    /// A list of texts. Empty if the field is absent.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, String> {
        let text = |(index, value)| text_of(value).ok_or_else(|| self.wrong(&format!("{name}[{index}]"), "a text"));
        self.list(name)?.unwrap_or_default().iter().enumerate().map(text).collect()
    }

    /// A list of texts that has at least one.
    pub(super) fn some_texts(&self, name: &str) -> Result<Vec<&str>, String> {
        let texts = self.texts(name)?;
        match (texts.is_empty(), self.get(name)) {
            (false, _) => Ok(texts),
            (true, None) => Err(self.missing(name)),
            (true, Some(_)) => Err(format!("`{}{name}` is empty: expected at least one program", self.prefix)),
        }
    }

    /// An element of a list of counts of tokens. `None` if the list is absent or shorter.
    pub(super) fn tokens_at(&self, name: &str, index: usize) -> Result<Option<Tokens>, String> {
        let Some(value) = self.list(name)?.and_then(|values| values.get(index)).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let wrong = || self.wrong(&format!("{name}[{index}]"), "a number of tokens");
        value.as_u64().map(|count| Some(Tokens(count))).ok_or_else(wrong)
    }

    /// The fields but those.
    pub(super) fn without(&self, names: &[&str]) -> Map<String, Value> {
        let kept = self.fields.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn missing(&self, name: &str) -> String {
        let keys: Vec<String> = self.fields.keys().take(12).map(|key| format!("`{key}`")).collect();
        format!("missing field `{}{name}`; there are {}", self.prefix, keys.join(", "))
    }

    fn wrong(&self, name: &str, expected: &str) -> String {
        format!("`{}{name}`: expected {expected}", self.prefix)
    }
}

fn text_of(value: &Value) -> Option<&str> {
    value.as_str()
}
