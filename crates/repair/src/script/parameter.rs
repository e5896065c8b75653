//! Parameters of a strategy: plain values that a script states with their defaults.

use mend_core::Digest;
use serde::{Deserialize, Serialize};
use starlark::values::{Heap, Value, ValueLike as _};
use std::collections::BTreeMap;
use std::fmt;

/// The parameters of a strategy, by name.
pub type Parameters = BTreeMap<String, Parameter>;

/// A plain value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i32),
    /// A number.
    Float(#[serde(deserialize_with = "mend_core::number::float")] f64),
    /// A text.
    Text(String),
}

impl Parameter {
    /// The same kind of value from what somebody typed.
    ///
    /// # Errors
    /// What was expected, if the text is no such value.
    pub fn parse_like(&self, text: &str) -> Result<Self, String> {
        let expected = |what: &str| format!("found `{text}`, expected {what}");
        match self {
            Self::Bool(_) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Ok(Self::Bool(true)),
                "false" | "no" | "off" => Ok(Self::Bool(false)),
                _ => Err(expected("true or false")),
            },
            Self::Int(_) => text.parse().map(Self::Int).map_err(|_| expected("a whole number")),
            Self::Float(_) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Self::Float(number)),
                _ => Err(expected("a number")),
            },
            Self::Text(_) => Ok(Self::Text(text.to_owned())),
        }
    }

    /// A parameter from a value of a script; `None` if it is no plain value.
    pub(super) fn from_value(value: Value<'_>) -> Option<Self> {
        if let Some(flag) = value.unpack_bool() {
            return Some(Self::Bool(flag));
        }
        if let Some(number) = value.unpack_i32() {
            return Some(Self::Int(number));
        }
        if let Some(text) = value.unpack_str() {
            return Some(Self::Text(text.to_owned()));
        }
        let float = value.downcast_ref::<starlark::values::float::StarlarkFloat>()?;
        float.0.is_finite().then_some(Self::Float(float.0))
    }

    pub(super) fn alloc<'v>(&self, heap: Heap<'v>) -> Value<'v> {
        match self {
            Self::Bool(flag) => Value::new_bool(*flag),
            Self::Int(number) => heap.alloc(*number),
            Self::Float(number) => heap.alloc(*number),
            Self::Text(text) => heap.alloc(text.as_str()),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(flag) => flag.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Digest over names and values.
pub(super) fn digest(parameters: &Parameters) -> Digest {
    let lines: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value:?}\n")).collect();
    Digest::of(lines.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_survive_a_manifest() {
        let values = [
            Parameter::Bool(true),
            Parameter::Int(-3),
            Parameter::Float(0.0),
            Parameter::Float(1.0),
            Parameter::Float(0.1),
            Parameter::Float(1e-9),
            Parameter::Float(1e300),
            Parameter::Text(String::new()),
            Parameter::Text("1.0".into()),
        ];
        let all: Parameters = values.into_iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect();
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Parameters>(&text).unwrap(), all, "{text}");
        assert!(serde_json::from_str::<Parameter>("[1]").is_err());
    }
}
