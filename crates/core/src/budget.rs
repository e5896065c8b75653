//! What may be spent, by a run or by each of its trees.

use crate::{Cost, Effort, Minutes, Outlay, Tokens, Usd};
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
    /// What it may take beside these.
    #[serde(flatten)]
    pub effort: EffortLimits,
}

/// What may be taken beside tokens and money; `None` for as much as it takes. See [`Effort`] for what each counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EffortLimits {
    /// Requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// Executions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executions: Option<u64>,
    /// Questions to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<u64>,
    /// People's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<Minutes>,
    /// Observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observations: Option<u64>,
}

impl EffortLimits {
    /// Whether anything is limited.
    pub fn any(&self) -> bool {
        !self.is_none()
    }

    /// Whether nothing is.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Each limit, or the other one's where there is none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            calls: self.calls.or(other.calls),
            executions: self.executions.or(other.executions),
            questions: self.questions.or(other.questions),
            minutes: self.minutes.or(other.minutes),
            observations: self.observations.or(other.observations),
        }
    }

    /// The names of what is limited.
    pub fn names(&self) -> Vec<&'static str> {
        let is_set = [
            ("calls", self.calls.is_some()),
            ("executions", self.executions.is_some()),
            ("questions", self.questions.is_some()),
            ("minutes", self.minutes.is_some()),
            ("observations", self.observations.is_some()),
        ];
        is_set.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
    }

    /// Whether something fits on top of what is taken already. What takes none of a kind fits that kind's limit always.
    fn check(&self, taken: Effort, worst: Effort) -> Result<(), OverBudget> {
        let counts = [
            ("calls", self.calls, taken.calls, worst.calls),
            ("executions", self.executions, taken.executions, worst.executions),
            ("questions", self.questions, taken.questions, worst.questions),
            ("observations", self.observations, taken.observations, worst.observations),
        ];
        for (what, limit, taken, worst) in counts {
            let Some(limit) = limit else { continue };
            let remaining = limit.saturating_sub(taken);
            if worst > remaining {
                return Err(OverBudget::Effort { what, worst, remaining, limit });
            }
        }
        if let Some(limit) = self.minutes {
            let remaining = limit - taken.minutes;
            if worst.minutes > remaining {
                return Err(OverBudget::Minutes { worst: worst.minutes, remaining, limit });
            }
        }
        Ok(())
    }
}

impl Budget {
    /// Tokens alone.
    pub fn of_tokens(tokens: Option<Tokens>) -> Self {
        Self { tokens, ..Self::default() }
    }

    /// Whether anything is limited.
    pub fn any(&self) -> bool {
        self.limits_cost() || self.effort.any()
    }

    /// Whether tokens or money are limited.
    pub fn limits_cost(&self) -> bool {
        self.tokens.is_some() || self.usd.is_some()
    }

    /// The names of what is limited, as flags have them.
    pub fn names(&self) -> Vec<&'static str> {
        let costs = [("tokens", self.tokens.is_some()), ("usd", self.usd.is_some())];
        let costs = costs.into_iter().filter_map(|(name, is_set)| is_set.then_some(name));
        costs.chain(self.effort.names()).collect()
    }

    /// Whether `worst` fits on top of what is taken already. Nothing always fits.
    ///
    /// # Errors
    /// What is short. Under a limit in money, a cost without a price never fits.
    pub fn check(&self, taken: impl Into<Outlay>, worst: impl Into<Outlay>) -> Result<(), OverBudget> {
        let (taken, worst) = (taken.into(), worst.into());
        self.check_cost(taken.cost, worst.cost)?;
        self.effort.check(taken.effort, worst.effort)
    }

    fn check_cost(&self, taken: Cost, worst: Cost) -> Result<(), OverBudget> {
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
    /// Too few of what is counted.
    #[error("the next step may take {worst} {what} and {remaining} of the budget of {limit} remain")]
    Effort {
        /// What is counted.
        what: &'static str,
        /// What the step may take.
        worst: u64,
        /// What is neither taken nor reserved.
        remaining: u64,
        /// The budget.
        limit: u64,
    },
    /// Too little of people's time.
    #[error("the next answer takes {worst} minutes and {remaining} of the budget of {limit} remain")]
    Minutes {
        /// What the answer takes.
        worst: Minutes,
        /// What is neither taken nor reserved.
        remaining: Minutes,
        /// The budget.
        limit: Minutes,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_effort_has_a_limit_of_its_own() {
        let limits = EffortLimits {
            calls: Some(3),
            executions: Some(2),
            questions: Some(1),
            minutes: "5".parse().ok(),
            observations: Some(4),
        };
        let budget = Budget { effort: limits, ..Budget::default() };
        let taken = Effort { calls: 2, executions: 2, questions: 1, minutes: "3".parse().unwrap(), observations: 4 };
        let check = |worst: Effort| budget.check(taken, worst).map_err(|error| error.to_string());
        assert_eq!(check(Effort::ZERO), Ok(()));
        assert_eq!(check(Effort { calls: 1, ..Effort::ZERO }), Ok(()));
        let short = |what: &str, worst: u64, remaining: u64, limit: u64| {
            Err(format!("the next step may take {worst} {what} and {remaining} of the budget of {limit} remain"))
        };
        assert_eq!(check(Effort { calls: 2, ..Effort::ZERO }), short("calls", 2, 1, 3));
        assert_eq!(check(Effort::of_executions(1)), short("executions", 1, 0, 2));
        assert_eq!(check(Effort { questions: 1, ..Effort::ZERO }), short("questions", 1, 0, 1));
        assert_eq!(check(Effort { observations: 1, ..Effort::ZERO }), short("observations", 1, 0, 4));
        assert_eq!(check(Effort { minutes: "2".parse().unwrap(), ..Effort::ZERO }), Ok(()));
        assert_eq!(
            check(Effort { minutes: "2.5".parse().unwrap(), ..Effort::ZERO }),
            Err("the next answer takes 2.5 minutes and 2 of the budget of 5 remain".to_owned())
        );
        assert_eq!(budget.names(), ["calls", "executions", "questions", "minutes", "observations"]);
    }

    #[test]
    fn a_budget_survives_a_manifest_and_one_of_tokens_is_written_as_before() {
        let tokens = Budget::of_tokens(Some(Tokens(9)));
        assert_eq!(serde_json::to_string(&tokens).unwrap(), r#"{"tokens":9}"#);
        let effort = EffortLimits { questions: Some(2), minutes: "2.5".parse().ok(), ..EffortLimits::default() };
        let both = Budget { effort, ..tokens };
        let text = serde_json::to_string(&both).unwrap();
        assert_eq!(serde_json::from_str::<Budget>(&text).unwrap(), both, "{text}");
        assert_eq!(effort.or(EffortLimits { calls: Some(1), questions: Some(7), ..EffortLimits::default() }), {
            EffortLimits { calls: Some(1), ..effort }
        });
    }
}
