//! Tokens, counted and reported.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// A number of tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens(pub u64);

impl Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Tokens {
    type Output = Self;
    /// Saturates at zero.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(tokens: I) -> Self {
        tokens.fold(Self(0), |sum, next| sum + next)
    }
}

impl std::fmt::Display for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Tokens as the server reported them. A field is `None` if the server said nothing, and zero only
/// if it said zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Tokens>,
    /// Part of `prompt` that was read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached: Option<Tokens>,
    /// Part of `completion` that was spent on hidden reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Tokens>,
    /// Tokens of the output, reasoning included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<Tokens>,
}

impl Usage {
    /// Prompt and output in full; `None` if either was not reported.
    pub fn billed(&self) -> Option<Tokens> {
        Some(self.prompt? + self.completion?)
    }
}
