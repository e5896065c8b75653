//! A figure, or the reason why there is none.

use serde::{Deserialize, Serialize};

/// A figure that may be absent. Serialized as `{"value": ...}` or `{"absent": "reason"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure<T = f64> {
    /// The figure; never NaN or infinite.
    Value(T),
    /// Why there is none, as a lowercase fragment.
    Absent(String),
}

impl<T> Figure<T> {
    /// The figure, or absence for the reason that `why` gives.
    pub(crate) fn or_absent(value: Option<T>, why: impl FnOnce() -> String) -> Self {
        value.map_or_else(|| Self::Absent(why()), Self::Value)
    }

    /// The figure; `None` if it is absent.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent(_) => None,
        }
    }

    /// Why there is no figure; `None` if there is one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Absent(why) => Some(why),
        }
    }
}

/// A 95 % interval. It never has zero width because a sample happened to be all alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Whether fewer than five problems differ from the commonest value, so that the interval is widened to what so
    /// few can rule out.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub few_informative: bool,
}

impl Interval {
    /// An interval that enough problems inform.
    pub fn new(low: f64, high: f64) -> Self {
        Self { low, high, few_informative: false }
    }

    /// Whether a value lies inside.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// About how many problems like these would settle whether a difference is zero, if it stays as it is over `problems` of
    /// them: the number at which half the interval's width comes down to the difference. `None` for a difference of zero.
    pub fn settled_by(&self, difference: f64, problems: u32) -> Option<u64> {
        let halves = (self.high - self.low) / 2.0 / difference.abs();
        let needed = (f64::from(problems) * halves * halves).ceil();
        (needed.is_finite() && needed < 1e12).then_some(needed as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_settled_by_as_many_problems_as_shrink_half_the_interval_to_it() {
        let interval = Interval::new(-0.15, 0.05);
        assert_eq!(interval.settled_by(-0.05, 40), Some(160));
        assert_eq!(interval.settled_by(0.0, 40), None);
        assert_eq!(Interval::new(-0.130, 0.007).settled_by(-0.068, 40), Some(41));
    }
}
