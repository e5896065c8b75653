//! Numbers as JSON hands them over.
//!
//! Somewhere in the workspace a crate makes serde_json keep the digits of numbers as they are written. Then a number with
//! a fraction arrives as a map wherever serde holds a value before it knows its type: in types that are flattened,
//! internally tagged or untagged. Such fields are read by the functions here.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A number, however it is handed over.
///
/// # Errors
/// What is no number, or is none that is finite.
pub fn float<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(Float)
}

/// The same where there may be no number.
///
/// # Errors
/// What is neither `null` nor such a number.
pub fn some_float<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "float")] f64);
    Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
}

struct Float;

impl<'de> Visitor<'de> for Float {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<f64, E> {
        let wrong = || E::invalid_value(de::Unexpected::Float(number), &self);
        if number.is_finite() { Ok(number) } else { Err(wrong()) }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<f64, A::Error> {
        let number = serde_json::Number::deserialize(de::value::MapAccessDeserializer::new(map))
            .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        // `None` where it is written with more than a float can hold, such as 1e400.
        number
            .as_f64()
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Other("a number that is too large"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number behind a type that holds it before its own type is known.
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        A {
            #[serde(deserialize_with = "float")]
            x: f64,
            #[serde(deserialize_with = "some_float", default)]
            y: Option<f64>,
        },
    }

    #[test]
    fn numbers_behind_a_tag_are_read_however_they_are_written() {
        for (text, number) in [
            ("1", 1.0),
            ("-2", -2.0),
            ("0.1", 0.1),
            ("1.00", 1.0),
            ("1e2", 100.0),
            ("1E-7", 1e-7),
            ("0.30000000000000004", 0.1 + 0.2),
            ("18446744073709551615", 18_446_744_073_709_551_615.0),
            ("36893488147419103232", 36_893_488_147_419_103_232.0),
        ] {
            let found: Tagged = serde_json::from_str(&format!(r#"{{"kind": "A", "x": {text}, "y": {text}}}"#)).unwrap();
            assert_eq!(found, Tagged::A { x: number, y: Some(number) }, "{text}");
        }
        for y in ["", r#", "y": null"#] {
            let found: Tagged = serde_json::from_str(&format!(r#"{{"kind": "A", "x": 1{y}}}"#)).unwrap();
            assert_eq!(found, Tagged::A { x: 1.0, y: None });
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in ["1e400", "-1e400", "\"1\"", "true", "null", "{}", "{\"a\": 1}", "[1]"] {
            let found = serde_json::from_str::<Tagged>(&format!(r#"{{"kind": "A", "x": {text}}}"#));
            assert!(found.is_err(), "{text}: {found:?}");
        }
    }
}
