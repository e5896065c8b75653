//! What something costs on every axis at once, and what it may add to the pass rate.
//!
//! The estimators compute all of it in one pass. Whether a token definition is known for every node that a
//! figure needs is kept apart, as [`Known`]; until it is asked, an unknown count is a zero.

use crate::{FrozenProblem, FrozenProgram, TokenCounts, TokenDefinition};

/// Amounts on the axes of [`Lane`].
pub(crate) type Amounts = [f64; LANES];

/// Number of axes.
pub(crate) const LANES: usize = 5;

/// An axis along which costs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Tokens or money by one definition.
    Tokens(TokenDefinition),
    /// Programs and repairs.
    Programs,
}

impl Lane {
    /// Every axis, each at its [`Lane::index`].
    pub(crate) const ALL: [Self; LANES] = [
        Self::Tokens(TokenDefinition::Billed),
        Self::Tokens(TokenDefinition::Completion),
        Self::Tokens(TokenDefinition::Paper),
        Self::Tokens(TokenDefinition::Dollars),
        Self::Programs,
    ];

    /// Its place in [`Amounts`].
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Tokens(TokenDefinition::Billed) => 0,
            Self::Tokens(TokenDefinition::Completion) => 1,
            Self::Tokens(TokenDefinition::Paper) => 2,
            Self::Tokens(TokenDefinition::Dollars) => 3,
            Self::Programs => 4,
        }
    }
}

/// What a program or repair costs.
pub(crate) fn of_program(tokens: &TokenCounts) -> Amounts {
    Lane::ALL.map(|lane| match lane {
        Lane::Tokens(definition) => tokens.by(definition).unwrap_or(0.0),
        Lane::Programs => 1.0,
    })
}

/// What feedback alone costs: it is no program.
pub(crate) fn of_feedback(tokens: &TokenCounts) -> Amounts {
    let mut amounts = of_program(tokens);
    amounts[Lane::Programs.index()] = 0.0;
    amounts
}

/// Each amount times a factor.
pub(crate) fn scaled<const W: usize>(amounts: &[f64; W], factor: f64) -> [f64; W] {
    amounts.map(|amount| amount * factor)
}

/// Mean of some amounts; zeros of none.
pub(crate) fn mean<'a, const W: usize>(amounts: impl ExactSizeIterator<Item = &'a [f64; W]>) -> [f64; W] {
    let count = amounts.len().max(1) as f64;
    let mut sum = [0.0; W];
    for amounts in amounts {
        crate::in_turn::add(&mut sum, amounts);
    }
    scaled(&sum, 1.0 / count)
}

/// On which axes the counts of a problem are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Of every program.
    pub(crate) programs: [bool; LANES],
    /// Of every feedback and repair of those that failed as well.
    pub(crate) repairs: [bool; LANES],
}

impl Known {
    /// `fails` tells which programs are repaired.
    pub(crate) fn of(problem: &FrozenProblem, fails: impl Fn(&FrozenProgram) -> bool) -> Self {
        let known = |tokens: &TokenCounts, lane: Lane| match lane {
            Lane::Tokens(definition) => tokens.by(definition).is_some(),
            Lane::Programs => true,
        };
        let programs = Lane::ALL.map(|lane| problem.programs.iter().all(|program| known(&program.tokens, lane)));
        let below = |lane: Lane| {
            let failing = problem.programs.iter().filter(|program| fails(program));
            failing.flat_map(|program| &program.feedbacks).all(|feedback| {
                known(&feedback.tokens, lane) && feedback.repairs.iter().all(|repair| known(&repair.tokens, lane))
            })
        };
        let repairs = Lane::ALL.map(|lane| programs[lane.index()] && below(lane));
        Self { programs, repairs }
    }
}
