//! What models cost, from a dated table that a file can override.

use mend_core::Price;
use serde::Deserialize;
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("prices.toml");

/// Prices by `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    date: String,
    /// Of requests that are asked by themselves.
    models: BTreeMap<String, Price>,
    /// Of requests that a batch holds.
    batch: BTreeMap<String, Price>,
    /// Whether requests are asked by batches.
    is_batch: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    #[serde(default = "undated")]
    date: String,
    #[serde(default)]
    models: BTreeMap<String, Price>,
    #[serde(default)]
    batch: BTreeMap<String, Price>,
}

fn undated() -> String {
    "undated".to_owned()
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
        let file = Self::read_file("prices.toml", SHIPPED).expect("the shipped table is valid: a test reads it");
        Self { date: file.date, models: file.models, batch: file.batch, is_batch: false }
    }

    /// These prices, with the lines of a file above them.
    ///
    /// # Errors
    /// Text that is no table of prices. `path` names it in the message.
    pub fn with_file(mut self, path: &str, text: &str) -> Result<Self, PricesError> {
        let PriceFile { date, models, batch } = Self::read_file(path, text)?;
        self.models.extend(models);
        self.batch.extend(batch);
        self.date = date;
        Ok(self)
    }

    /// The prices of requests that a batch holds. A model without such a price has none.
    #[must_use]
    pub fn at_batch_rates(self) -> Self {
        Self { is_batch: true, ..self }
    }

    /// These prices, with others above them, and the day of which those are.
    #[must_use]
    pub fn over(mut self, others: &BTreeMap<String, Price>, date: Option<&str>) -> Self {
        let prices = if self.is_batch { &mut self.batch } else { &mut self.models };
        prices.extend(others.iter().map(|(name, price)| (name.clone(), *price)));
        self.date = date.map_or(self.date, str::to_owned);
        self
    }

    /// A price file for one model, as [`Prices::with_file`] reads it. The numbers are only examples.
    pub fn example(model: &str) -> String {
        let name = toml::Value::from(model);
        format!(
            "date = \"2026-01-31\"\n\n[models]\n{name} = {{ prompt = \"2.50\", cached = \"1.25\", completion = \"10\" }}"
        )
    }

    fn read_file(path: &str, text: &str) -> Result<PriceFile, PricesError> {
        // What Windows writes before a file.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        toml::from_str(text)
            .map_err(|error| PricesError { path: path.to_owned(), why: error.to_string().trim().to_owned() })
    }

    /// The day of which the prices are.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// All models with a price, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, Price)> {
        self.models.iter().map(|(name, price)| (name.as_str(), *price))
    }

    /// All models with a price for requests that a batch holds, by name.
    pub fn batch_models(&self) -> impl Iterator<Item = (&str, Price)> {
        self.batch.iter().map(|(name, price)| (name.as_str(), *price))
    }

    /// The price of a model; `None` if nobody knows it.
    pub fn of(&self, name: &str) -> Option<Price> {
        if self.is_batch { self.batch.get(name).copied() } else { self.models.get(name).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_overrides_the_shipped_prices_line_by_line() {
        let text = "date = \"2026-01-01\"\n[models]\n\"openai/gpt-4o\" = { prompt = \"1\", completion = \"2\" }\n";
        let prices = Prices::shipped().with_file("mine.toml", text).unwrap();
        assert_eq!(prices.date(), "2026-01-01");
        assert_eq!(prices.of("openai/gpt-4o").unwrap().completion, "2".parse().unwrap());
        assert!(prices.of("openai/gpt-4o-mini").is_some());
        assert_eq!(prices.of("vllm/mine"), None);
        let error = Prices::shipped()
            .with_file("mine.toml", "date = \"x\"\n[models]\nm = { prompt = \"-1\", completion = \"2\" }")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("mine.toml: TOML parse error at line 3"), "{error}");
        assert!(error.contains("`-1`: expected dollars such as `2.50`"), "{error}");
    }

    #[test]
    fn batches_have_prices_of_their_own_about_half_of_the_others() {
        let shipped = Prices::shipped();
        let batch = Prices::shipped().at_batch_rates();
        assert!(shipped.batch.len() > 15);
        for name in shipped.batch.keys() {
            let (usual, halved) = (shipped.of(name).unwrap(), batch.of(name).unwrap());
            assert_eq!(halved.prompt.as_pico() * 2, usual.prompt.as_pico(), "{name}");
            assert_eq!(halved.completion.as_pico() * 2, usual.completion.as_pico(), "{name}");
        }
        assert_eq!(batch.of("deepseek/deepseek-chat"), None);
        let text = "[models]\nm = { prompt = 2, completion = 4 }\n[batch]\nm = { prompt = 1, completion = 3 }\n";
        let mine = Prices::shipped().with_file("mine.toml", text).unwrap();
        assert_eq!(mine.of("m").unwrap().completion, "4".parse().unwrap());
        let mine = mine.at_batch_rates();
        assert_eq!(mine.of("m").unwrap().completion, "3".parse().unwrap());
        let began = mine.models.clone();
        assert_eq!(batch.over(&began, None).of("m").unwrap().completion, "4".parse().unwrap());
    }

    #[test]
    fn a_file_may_hold_plain_numbers_and_no_date() {
        let text = "\u{feff}[models]\nm = { prompt = 2.5, completion = 10 }";
        let prices = Prices::shipped().with_file("mine.toml", text).unwrap();
        assert_eq!(
            prices.of("m").map(|price| (price.prompt, price.completion)),
            Some(("2.5".parse().unwrap(), "10".parse().unwrap()))
        );
        assert_eq!(prices.date(), "undated");
    }

    #[test]
    fn the_example_is_a_file_that_is_read() {
        for name in ["openai-api/lab/m", "a/\"quoted\" \\ name"] {
            let prices = Prices::shipped().with_file("mine.toml", &Prices::example(name)).unwrap();
            assert_eq!(prices.of(name).unwrap().completion, "10".parse().unwrap());
        }
    }

    #[test]
    fn what_a_run_began_with_stands_above_the_shipped_prices_and_below_a_file() {
        let price = |completion: &str| Price {
            prompt: "1".parse().unwrap(),
            cached: None,
            completion: completion.parse().unwrap(),
        };
        let kept = [("a".to_owned(), price("3")), ("openai/gpt-4o".to_owned(), price("4"))].into();
        let prices = Prices::shipped().over(&kept, Some("2025-01-01"));
        assert_eq!(
            (prices.of("a"), prices.of("openai/gpt-4o"), prices.date()),
            (Some(price("3")), Some(price("4")), "2025-01-01")
        );
        let prices = prices.with_file("mine.toml", "[models]\na = { prompt = 1, completion = 5 }").unwrap();
        assert_eq!((prices.of("a"), prices.of("openai/gpt-4o")), (Some(price("5")), Some(price("4"))));
    }
}
