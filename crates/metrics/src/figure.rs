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
}
