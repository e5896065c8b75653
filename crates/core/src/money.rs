//! Money: what tokens cost, in exact decimal fractions of a dollar.

use crate::Tokens;
use crate::decimal::decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

/// Decimal places of a dollar that are kept.
const PLACES: usize = 12;
/// Smallest units of a dollar.
const UNITS: u64 = 10_u64.pow(PLACES as u32);

/// An amount in dollars, exact to twelve decimal places: prices are quoted for a million tokens with at most six.
///
/// Written as a decimal number in text, never as a binary fraction. Sums saturate at about 18 million dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in units of 10^-12 dollars.
    pub fn from_pico(pico: u64) -> Self {
        Self(pico)
    }

    /// The amount in units of 10^-12 dollars.
    pub fn as_pico(self) -> u64 {
        self.0
    }

    /// The nearest binary fraction, for charts and JSON numbers.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / UNITS as f64
    }

    /// The amount split into `parts` equal ones, the last units to the first parts, so that they sum to the whole.
    pub fn split(self, parts: u64) -> impl Iterator<Item = Self> {
        let divisor = parts.max(1);
        (0..parts).map(move |part| Self(self.0 / divisor + u64::from(part < self.0 % divisor)))
    }
}

decimal!(Usd, UNITS, PLACES);

/// A text that is no amount of dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected dollars such as `2.50`, with at most 12 decimal places")]
pub struct UsdParseError;

impl FromStr for Usd {
    type Err = UsdParseError;

    fn from_str(text: &str) -> Result<Self, UsdParseError> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(rest) || rest.len() > PLACES {
            return Err(UsdParseError);
        }
        let units = |text: &str| text.parse::<u64>().map_err(|_| UsdParseError);
        let whole = units(whole)?.checked_mul(UNITS).ok_or(UsdParseError)?;
        Ok(Self(whole.checked_add(units(&format!("{rest:0<PLACES$}"))?).ok_or(UsdParseError)?))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: UsdParseError| de::Error::custom(format!("`{text}`: {error}")))
    }
}

/// What a request costs, or may cost at its worst.
///
/// Serialized as a plain number of tokens where the price is unknown, else as both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Cost {
    /// Tokens, each completion charged its full prompt.
    pub tokens: Tokens,
    /// Money, with discounts and shared prompts as they are billed. `None` if there is no known price.
    pub usd: Option<Usd>,
}

impl Cost {
    /// Nothing at all.
    pub const ZERO: Self = Self { tokens: Tokens(0), usd: None };

    /// Whether it is nothing, in tokens and in money.
    pub fn is_zero(self) -> bool {
        self.tokens == Tokens(0) && self.usd.is_none_or(|usd| usd == Usd::ZERO)
    }
}

impl From<Tokens> for Cost {
    fn from(tokens: Tokens) -> Self {
        Self { tokens, usd: None }
    }
}

impl Add for Cost {
    type Output = Self;
    /// The money of a sum is unknown if that of a part is which costs any tokens.
    fn add(self, other: Self) -> Self {
        let usd = match (self.usd, other.usd) {
            (Some(usd), Some(more)) => Some(usd + more),
            (Some(usd), None) if other.tokens == Tokens(0) => Some(usd),
            (None, Some(usd)) if self.tokens == Tokens(0) => Some(usd),
            _ => None,
        };
        Self { tokens: self.tokens + other.tokens, usd }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, |sum, next| sum + next)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens", self.tokens)?;
        self.usd.map_or(Ok(()), |usd| write!(f, " (${usd})"))
    }
}

/// A [`Cost`] as files hold it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Tokens(Tokens),
    Both { tokens: Tokens, usd: Usd },
}

impl From<Written> for Cost {
    fn from(written: Written) -> Self {
        match written {
            Written::Tokens(tokens) => tokens.into(),
            Written::Both { tokens, usd } => Self { tokens, usd: Some(usd) },
        }
    }
}

impl From<Cost> for Written {
    fn from(cost: Cost) -> Self {
        match cost.usd {
            Some(usd) => Self::Both { tokens: cost.tokens, usd },
            None => Self::Tokens(cost.tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, pico: u64, shown: &str) {
        let usd: Usd = text.parse().unwrap();
        assert_eq!((usd.as_pico(), usd.to_string().as_str()), (pico, shown));
    }

    #[test]
    fn dollars_are_read_and_shown_exactly() {
        check("0", 0, "0");
        check("2.50", 2_500_000_000_000, "2.5");
        check("0.000000150000", 150_000, "0.00000015");
        check("18446744.073709551615", u64::MAX, "18446744.073709551615");
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "$1", "0.0000000000001", "18446745"] {
            assert_eq!(text.parse::<Usd>(), Err(UsdParseError), "{text}");
        }
    }

    #[test]
    fn a_cost_without_a_price_is_written_as_a_number_of_tokens() {
        let cost = |text: &str| serde_json::from_str::<Cost>(text).unwrap();
        assert_eq!(cost("14"), Tokens(14).into());
        let both = r#"{"tokens":14,"usd":"0.0021"}"#;
        assert_eq!(cost(both).to_string(), "14 tokens ($0.0021)");
        assert_eq!(serde_json::to_string(&cost(both)).unwrap(), both);
        assert_eq!(serde_json::to_string(&cost("14")).unwrap(), "14");
    }

    #[test]
    fn the_money_of_a_sum_is_unknown_if_a_part_that_costs_tokens_has_no_price() {
        let priced = Cost { tokens: Tokens(1), usd: Some(Usd(5)) };
        assert_eq!((priced + Cost::ZERO).usd, Some(Usd(5)));
        assert_eq!((Cost::ZERO + priced).usd, Some(Usd(5)));
        assert_eq!((priced + Tokens(3).into()).usd, None);
        assert_eq!([priced, priced].into_iter().sum::<Cost>(), Cost { tokens: Tokens(2), usd: Some(Usd(10)) });
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole(pico in any::<u64>(), parts in 1_u64..200) {
            let shares: Vec<Usd> = Usd(pico).split(parts).collect();
            prop_assert_eq!(shares.len() as u64, parts);
            prop_assert_eq!(shares.iter().map(|share| u128::from(share.0)).sum::<u128>(), u128::from(pico));
        }

        #[test]
        fn dollars_survive_being_written(pico in any::<u64>()) {
            prop_assert_eq!(Usd(pico).to_string().parse(), Ok(Usd(pico)));
        }
    }
}
