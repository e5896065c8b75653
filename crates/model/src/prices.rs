//! What models cost, from a dated table that a file can override.

use mend_core::{Tokens, Usage, Usd};
use serde::Deserialize;
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("prices.toml");
/// Tokens that a quoted price is for.
const QUOTED: u64 = 1_000_000;

/// What one model's tokens cost. The fields are dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens of the prompt.
    pub prompt: Usd,
    /// Those of them that the provider read from its cache; `None` if they cost as much as others.
    pub cached: Option<Usd>,
    /// Tokens of the output, reasoning included.
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

/// Prices by `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    date: String,
    models: BTreeMap<String, Price>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    date: String,
    models: BTreeMap<String, Price>,
}

/// A price file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct PricesError {
    path: String,
    why: String,
}

impl Prices {
    /// The table that comes with mend.
    pub fn shipped() -> Self {
        Self::read("prices.toml", SHIPPED).expect("the shipped table is valid: a test reads it")
    }

    /// The shipped table, with the lines of a file above it.
    ///
    /// # Errors
    /// Text that is no table of prices. `path` names it in the message.
    pub fn with_file(path: &str, text: &str) -> Result<Self, PricesError> {
        let (shipped, file) = (Self::shipped(), Self::read(path, text)?);
        let mut models = shipped.models;
        models.extend(file.models);
        Ok(Self { date: file.date, models })
    }

    fn read(path: &str, text: &str) -> Result<Self, PricesError> {
        let file: PriceFile = toml::from_str(text)
            .map_err(|error| PricesError { path: path.to_owned(), why: error.to_string().trim().to_owned() })?;
        Ok(Self { date: file.date, models: file.models })
    }

    /// The day of which the prices are.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// All models with a price, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, Price)> {
        self.models.iter().map(|(name, price)| (name.as_str(), *price))
    }

    /// The price of a model; `None` if nobody knows it.
    pub fn of(&self, name: &str) -> Option<Price> {
        self.models.get(name).copied()
    }
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
        let price = Prices::shipped().of("openai/gpt-4o-mini").unwrap();
        // 900 * 0.15 + 100 * 0.075 + 200 * 0.60, for a million.
        assert_eq!(price.of(&usage(1000, Some(100), 200)), Some("0.0002625".parse().unwrap()));
        assert_eq!(price.of(&usage(1000, None, 200)), Some("0.00027".parse().unwrap()));
        assert_eq!(price.of(&Usage::default()), None);
        assert_eq!(price.worst(Tokens(1000), Tokens(200)), "0.00027".parse().unwrap());
    }

    #[test]
    fn a_file_overrides_the_shipped_prices_line_by_line() {
        let text = "date = \"2026-01-01\"\n[models]\n\"openai/gpt-4o\" = { prompt = \"1\", completion = \"2\" }\n";
        let prices = Prices::with_file("mine.toml", text).unwrap();
        assert_eq!(prices.date(), "2026-01-01");
        assert_eq!(prices.of("openai/gpt-4o").unwrap().completion, "2".parse().unwrap());
        assert!(prices.of("openai/gpt-4o-mini").is_some());
        assert_eq!(prices.of("vllm/mine"), None);
        let error =
            Prices::with_file("mine.toml", "date = \"x\"\n[models]\nm = { prompt = \"-1\", completion = \"2\" }")
                .unwrap_err()
                .to_string();
        assert!(error.starts_with("mine.toml: TOML parse error at line 3"), "{error}");
        assert!(error.contains("`-1`: expected dollars such as `2.50`"), "{error}");
    }
}
