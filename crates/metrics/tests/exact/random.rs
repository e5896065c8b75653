//! Random problems.

use mend_core::ProblemId;
use mend_metrics::{FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Passes, TokenCounts};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Numbers that follow from a seed.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number in `0..end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(end)) >> 32) as u32
    }

    /// True this often in a hundred.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

/// How a random problem looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) programs: u32,
    /// At least, and how many more at most.
    pub(crate) feedbacks: (u32, u32),
    pub(crate) repairs: (u32, u32),
    /// How often a program and a repair pass, in a hundred.
    pub(crate) passing: (u32, u32),
    /// How often the public suite errs about what the hidden one says, in a hundred.
    pub(crate) deceived: u32,
    pub(crate) tokens: u32,
    pub(crate) joint: bool,
}

pub(crate) fn problem(shape: Shape, dice: &mut Dice) -> FrozenProblem {
    let programs = (0..shape.programs).map(|_| program(shape, dice)).collect();
    FrozenProblem {
        id: ProblemId::new("random/0"),
        group: None,
        has_public_tests: shape.deceived > 0,
        programs,
        unscored: 0,
        judges_nobody: false,
        drawn: vec![shape.programs],
        beyond_repairs: false,
        draws: mend_metrics::FirstDraws::Independent,
    }
}

fn program(shape: Shape, dice: &mut Dice) -> FrozenProgram {
    let count = |(least, more): (u32, u32), dice: &mut Dice| least + dice.below(more + 1);
    let passes = passes(shape.passing.0, shape.deceived, dice);
    let tokens = tokens(shape.tokens, dice);
    // Programs that pass may have feedback too; it must not count.
    let feedbacks = count(shape.feedbacks, dice);
    let feedbacks = (0..feedbacks)
        .map(|_| FrozenFeedback {
            tokens: if shape.joint { TokenCounts::alike(0.0) } else { self::tokens(shape.tokens, dice) },
            repairs: (0..count(shape.repairs, dice))
                .map(|_| FrozenRepair {
                    passes: self::passes(shape.passing.1, shape.deceived, dice),
                    tokens: self::tokens(shape.tokens, dice),
                })
                .collect(),
        })
        .collect();
    FrozenProgram { passes, timed_out: false, tokens, feedbacks }
}

fn passes(percent: u32, deceived: u32, dice: &mut Dice) -> Passes {
    let hidden = dice.chance(percent);
    Passes { hidden, public: hidden ^ dice.chance(deceived) }
}

/// Every definition sees other numbers, and some are zero.
fn tokens(most: u32, dice: &mut Dice) -> TokenCounts {
    let mut amount = || if dice.chance(15) { 0.0 } else { f64::from(dice.below(most)) };
    TokenCounts { billed: Some(amount()), completion: Some(amount()), paper: Some(amount()), ..TokenCounts::default() }
}
