//! What may be spent, by a run or by each of its trees.

use crate::{Cost, Tokens, Usd};
use serde::{Deserialize, Serialize};

/// What may be spent; `None` for as much as it takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Tokens, each completion charged its full prompt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tokens: Option<Tokens>,
    /// Money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usd: Option<Usd>,
}

impl Budget {
    /// Whether anything is limited.
    pub fn any(&self) -> bool {
        self.tokens.is_some() || self.usd.is_some()
    }

    /// Whether `worst` fits on top of what is taken already. Nothing always fits.
    ///
    /// # Errors
    /// What is short. Under a limit in money, a cost without a price never fits.
    pub fn check(&self, taken: Cost, worst: Cost) -> Result<(), OverBudget> {
        if let Some(limit) = self.tokens {
            let remaining = limit - taken.tokens;
            if worst.tokens > remaining {
                return Err(OverBudget::Tokens { worst: worst.tokens, remaining, limit });
            }
        }
        if let Some(limit) = self.usd
            && !worst.is_zero()
        {
            let (Some(taken), Some(worst)) =
                ((taken + Cost { tokens: Tokens(0), usd: Some(Usd::ZERO) }).usd, worst.usd)
            else {
                return Err(OverBudget::NoPrice { limit });
            };
            let remaining = limit - taken;
            if worst > remaining {
                return Err(OverBudget::Usd { worst, remaining, limit });
            }
        }
        Ok(())
    }
}

/// The worst case does not fit into what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// Too few tokens.
    #[error("a request may cost {worst} tokens and {remaining} of the budget of {limit} remain")]
    Tokens {
        /// What the request may cost.
        worst: Tokens,
        /// What is neither spent nor reserved.
        remaining: Tokens,
        /// The budget.
        limit: Tokens,
    },
    /// Too little money.
    #[error("a request may cost ${worst} and ${remaining} of the budget of ${limit} remain")]
    Usd {
        /// What the request may cost.
        worst: Usd,
        /// What is neither spent nor reserved.
        remaining: Usd,
        /// The budget.
        limit: Usd,
    },
    /// Nobody knows what it costs.
    #[error("a request has no known price and there is a budget of ${limit}")]
    NoPrice {
        /// The budget.
        limit: Usd,
    },
}
