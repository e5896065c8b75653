//! What a model's tokens cost.

use crate::{Tokens, Usage, Usd};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Tokens that a quoted price is for.
const QUOTED: u64 = 1_000_000;

/// What one model's tokens cost. The fields are dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens of the prompt.
    #[serde(deserialize_with = "dollars")]
    pub prompt: Usd,
    /// Those of them that the provider read from its cache; `None` if they cost as much as others.
    #[serde(deserialize_with = "some_dollars", skip_serializing_if = "Option::is_none", default)]
    pub cached: Option<Usd>,
    /// Tokens of the output, reasoning included.
    #[serde(deserialize_with = "dollars")]
    pub completion: Usd,
}

impl Price {
    /// What one request costs by its reported usage, in which the prompt counts once. `None` if that is not reported.
    pub fn of(&self, usage: &Usage) -> Option<Usd> {
        let (prompt, completion) = (usage.prompt?, usage.completion?);
        let cached = usage.cached.unwrap_or_default().min(prompt);
        let cached_price = self.cached.unwrap_or(self.prompt);
        Some(times(self.prompt, prompt - cached) + times(cached_price, cached) + times(self.completion, completion))
    }

    /// The most that a request can cost.
    pub fn worst(&self, prompt: Tokens, completion: Tokens) -> Usd {
        times(self.prompt.max(self.cached.unwrap_or_default()), prompt) + times(self.completion, completion)
    }
}

/// Exact as long as the price has at most six decimal places; else a part of a token is rounded up.
fn times(price: Usd, tokens: Tokens) -> Usd {
    Usd::from_pico(price.as_pico().div_ceil(QUOTED).saturating_mul(tokens.0))
}

/// Dollars as people write them in a file: a text or a number, which means the decimal fraction that they typed.
fn dollars<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
    deserializer.deserialize_any(Dollars)
}

struct Dollars;

impl<'de> Visitor<'de> for Dollars {
    type Value = Usd;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dollars such as `2.50`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Usd, E> {
        text.parse().map_err(|error| E::custom(format!("`{text}`: {error}")))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Usd, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Usd, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Usd, E> {
        // The shortest decimal fraction that is this number: the one that was typed.
        self.visit_str(&number.to_string())
    }

    /// A number in JSON whose digits are kept as they are written, which serde_json hands over as a map.
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Usd, A::Error> {
        let number = serde_json::Number::deserialize(de::value::MapAccessDeserializer::new(map))
            .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        match number.as_f64() {
            Some(number) => self.visit_f64(number),
            None => Err(de::Error::invalid_type(de::Unexpected::Other("number"), &self)),
        }
    }
}

fn some_dollars<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Usd>, D::Error> {
    dollars(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(prompt: u64, cached: Option<u64>, completion: u64) -> Usage {
        Usage {
            prompt: Some(Tokens(prompt)),
            cached: cached.map(Tokens),
            completion: Some(Tokens(completion)),
            reasoning: None,
        }
    }

    #[test]
    fn cached_prompt_tokens_cost_their_own_price() {
        let price: Price =
            serde_json::from_str(r#"{"prompt": "0.15", "cached": "0.075", "completion": "0.60"}"#).unwrap();
        // 900 * 0.15 + 100 * 0.075 + 200 * 0.60, for a million.
        assert_eq!(price.of(&usage(1000, Some(100), 200)), Some("0.0002625".parse().unwrap()));
        assert_eq!(price.of(&usage(1000, None, 200)), Some("0.00027".parse().unwrap()));
        assert_eq!(price.of(&Usage::default()), None);
        assert_eq!(price.worst(Tokens(1000), Tokens(200)), "0.00027".parse().unwrap());
    }

    #[test]
    fn numbers_mean_the_decimal_fraction_that_was_typed() {
        let price: Price = serde_json::from_str(r#"{"prompt": 2.50, "completion": 10}"#).unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), r#"{"prompt":"2.5","completion":"10"}"#);
        let price: Price = serde_json::from_str(r#"{"prompt": 0.0000001, "completion": 0.1}"#).unwrap();
        assert_eq!((price.prompt, price.completion), ("0.0000001".parse().unwrap(), "0.1".parse().unwrap()));
        for prompt in ["-1", "\"1e3\"", "true", "1e300", "null"] {
            let text = format!(r#"{{"prompt": {prompt}, "completion": 10}}"#);
            assert!(serde_json::from_str::<Price>(&text).is_err(), "{text}");
        }
    }
}
