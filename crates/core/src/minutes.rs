//! People's time, in exact decimal fractions of a minute.

use crate::decimal::decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::str::FromStr;

/// Decimal places of a minute that are kept.
const PLACES: usize = 6;
/// Smallest units of a minute.
const UNITS: u64 = 10_u64.pow(PLACES as u32);

/// Minutes of a person's time, exact to six decimal places, so that twelve times 2.5 is 30.
///
/// Written as a number. Sums saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minutes(u64);

impl Minutes {
    /// None at all.
    pub const ZERO: Self = Self(0);
    /// What a question to a simulated person counts.
    pub const OF_A_SIMULATION: Self = Self(UNITS / 2);

    /// The minutes nearest to a number; `None` for one that is negative, no number, or beyond what can be counted.
    pub fn from_f64(minutes: f64) -> Option<Self> {
        let units = (minutes * UNITS as f64).round();
        // Within 2^53 every whole number is exact.
        (minutes >= 0.0 && units <= 9e15).then_some(Self(units as u64))
    }

    /// The nearest binary fraction, for charts and JSON numbers.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / UNITS as f64
    }

    /// So many times as long.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

decimal!(Minutes, UNITS, PLACES);

/// A text or number that is no time of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of minutes such as `2.5`")]
pub struct MinutesParseError;

impl FromStr for Minutes {
    type Err = MinutesParseError;

    fn from_str(text: &str) -> Result<Self, MinutesParseError> {
        text.parse::<f64>().ok().and_then(Self::from_f64).ok_or(MinutesParseError)
    }
}

impl Serialize for Minutes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let minutes = crate::number::float(deserializer)?;
        Self::from_f64(minutes).ok_or_else(|| de::Error::custom(format!("{minutes}: {MinutesParseError}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twelve_times_two_and_a_half_minutes_are_thirty() {
        let minutes: Minutes = std::iter::repeat_n("2.5".parse::<Minutes>().unwrap(), 12).sum();
        assert_eq!((minutes.to_string().as_str(), minutes.as_f64()), ("30", 30.0));
        assert_eq!(Minutes::OF_A_SIMULATION.times(3).to_string(), "1.5");
        let tenths: Minutes = std::iter::repeat_n(Minutes::from_f64(0.1).unwrap(), 10).sum();
        assert_eq!(tenths, "1".parse().unwrap());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "-1", "NaN", "inf", "1e300", "2,5", "ten"] {
            assert_eq!(text.parse::<Minutes>(), Err(MinutesParseError), "{text}");
        }
        assert_eq!("0".parse(), Ok(Minutes::ZERO));
    }

    proptest! {
        #[test]
        fn minutes_survive_being_written(units in 0_u64..9_000_000_000_000) {
            let minutes = Minutes(units);
            prop_assert_eq!(minutes.to_string().parse(), Ok(minutes));
            let text = serde_json::to_string(&minutes).unwrap();
            prop_assert_eq!(serde_json::from_str::<Minutes>(&text).unwrap(), minutes);
        }
    }
}
