//! What something takes beside tokens and money.

use crate::{Cost, Minutes};
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Requests, executions, and people's time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// Requests that a model or a person took: answered, lost, or not heard of yet. One that was turned away is none.
    pub calls: u64,
    /// Executions: each judgement of a program, each time that tests of another node judged it, and each time that it was
    /// run without a judgement.
    pub executions: u64,
    /// Questions to a person, or to whoever sits in a person's seat.
    pub questions: u64,
    /// People's time, as they report it; half a minute for a question to whoever only stands for a person.
    pub minutes: Minutes,
    /// Observations: calls of critics and annotators, and executions of programs that a later prompt shows.
    pub observations: u64,
}

impl Effort {
    /// Nothing at all.
    pub const ZERO: Self = Self { calls: 0, executions: 0, questions: 0, minutes: Minutes::ZERO, observations: 0 };

    /// One execution after another.
    pub fn of_executions(executions: u64) -> Self {
        Self { executions, ..Self::ZERO }
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl Add for Effort {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            executions: self.executions.saturating_add(other.executions),
            questions: self.questions.saturating_add(other.questions),
            minutes: self.minutes + other.minutes,
            observations: self.observations.saturating_add(other.observations),
        }
    }
}

impl AddAssign for Effort {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Effort {
    fn sum<I: Iterator<Item = Self>>(efforts: I) -> Self {
        efforts.fold(Self::ZERO, |sum, next| sum + next)
    }
}

/// What something takes, all in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outlay {
    /// In tokens and money.
    pub cost: Cost,
    /// Beside these.
    pub effort: Effort,
}

impl Outlay {
    /// Nothing at all.
    pub const ZERO: Self = Self { cost: Cost::ZERO, effort: Effort::ZERO };
}

impl From<Cost> for Outlay {
    fn from(cost: Cost) -> Self {
        Self { cost, effort: Effort::ZERO }
    }
}

impl From<Effort> for Outlay {
    fn from(effort: Effort) -> Self {
        Self { cost: Cost::ZERO, effort }
    }
}

impl From<crate::Tokens> for Outlay {
    fn from(tokens: crate::Tokens) -> Self {
        Cost::from(tokens).into()
    }
}

impl Add for Outlay {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { cost: self.cost + other.cost, effort: self.effort + other.effort }
    }
}

impl AddAssign for Outlay {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Outlay {
    fn sum<I: Iterator<Item = Self>>(outlays: I) -> Self {
        outlays.fold(Self::ZERO, |sum, next| sum + next)
    }
}
