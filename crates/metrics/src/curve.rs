//! Expected outcomes of a tree on one problem, for every number of first programs at once.

use crate::amounts::{Amounts, Known, LANES, Lane, scaled};
use crate::in_turn::add;
use crate::{
    Estimator, FrozenProblem, Order, Passes, Selection, Setting, TokenCounts, TokenDefinition, plugin, unbiased,
};

/// What one setting is expected to do on one problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Probability of success.
    pub pass: f64,
    /// Programs and repairs drawn.
    pub programs: f64,
    /// What it costs; `None` by a definition that some node needed for it does not know.
    pub tokens: TokenCounts,
}

/// Why a problem does not carry a setting without replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shortage {
    /// Fewer programs than `n_p`.
    #[error("has {n} scored programs, fewer than n_p = {n_p}")]
    Programs {
        /// Scored programs.
        n: u32,
        /// What was asked for.
        n_p: u32,
    },
    /// A failing program with less feedback than `n_f`.
    #[error("has a failing program with {m} of n_f = {n_f} feedbacks")]
    Feedbacks {
        /// Its feedbacks, joint pairs included.
        m: u32,
        /// What was asked for.
        n_f: u32,
    },
    /// Feedback with fewer repairs than `n_r`.
    #[error("has a feedback with {r} of n_r = {n_r} scored repairs")]
    Repairs {
        /// Its scored repairs.
        r: u32,
        /// What was asked for.
        n_r: u32,
    },
}

/// The exact expectation of one setting, in closed form.
///
/// [`Estimator::Paper`] resamples and has no closed form: its limit, [`Estimator::Plugin`], stands for it. In
/// [`Selection::Submitted`] only [`Order::Dfs`] has a meaning of its own; the pass rate is the same in each.
///
/// # Errors
/// What the problem lacks. `n_p` must be at least 1.
pub fn expected(
    problem: &FrozenProblem,
    setting: Setting,
    order: Order,
    selection: Selection,
    estimator: Estimator,
) -> Result<Expected, Shortage> {
    Collected::of(problem, selection).check(setting)?;
    let curve = curves(problem, estimator, selection, setting.n_r, &[setting.n_f], setting.n_p).remove(0);
    let cost = curve.cost(order, setting.n_p);
    let known = Known::of(problem, |program| !selection.stops(program.passes));
    let known = if setting.n_f == 0 { known.programs } else { known.repairs };
    let by = |definition: TokenDefinition| {
        let lane = Lane::Tokens(definition).index();
        known[lane].then_some(cost[lane])
    };
    Ok(Expected {
        pass: curve.points[setting.n_p as usize - 1].pass,
        programs: cost[Lane::Programs.index()],
        tokens: TokenCounts {
            billed: by(TokenDefinition::Billed),
            completion: by(TokenDefinition::Completion),
            paper: by(TokenDefinition::Paper),
            dollars: by(TokenDefinition::Dollars),
            ..TokenCounts::default()
        },
    })
}

/// The curves of one problem for each of `n_fs`, which the problem must carry, up to `n_p` programs.
pub(crate) fn curves(
    problem: &FrozenProblem,
    estimator: Estimator,
    selection: Selection,
    n_r: u32,
    n_fs: &[u32],
    n_p: u32,
) -> Vec<Curve> {
    match estimator {
        Estimator::Unbiased => unbiased::curves(problem, selection, n_r, n_fs, n_p),
        Estimator::Plugin | Estimator::Paper => plugin::curves(problem, selection, n_r, n_fs, n_p),
    }
}

/// A problem at one `(n_f, n_r)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// Mean cost of one first program.
    pub(crate) program: Amounts,
    /// For each `n_p`, from 1 on.
    pub(crate) points: Vec<Point>,
    /// For each program, the probability that it and everything below it fails, and that it succeeds.
    pub(crate) units: Vec<(f64, f64)>,
}

/// A problem at one setting. Costs leave out what every order pays, so that a comparison of small
/// differences does not drown in rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// Probability of success.
    pub(crate) pass: f64,
    /// Batch order: cost beyond `n_p` programs.
    pub(crate) repairs: Amounts,
    /// Depth first: cost beyond one program.
    pub(crate) dfs: Amounts,
    /// Breadth first: cost beyond one program.
    pub(crate) bfs: Amounts,
}

impl Curve {
    /// Cost beyond that of one program.
    pub(crate) fn beyond_program(&self, order: Order, n_p: u32) -> Amounts {
        let point = &self.points[n_p as usize - 1];
        match order {
            Order::Batch => {
                let mut cost = scaled(&self.program, f64::from(n_p - 1));
                add(&mut cost, &point.repairs);
                cost
            }
            Order::Dfs => point.dfs,
            Order::Bfs => point.bfs,
        }
    }

    /// Cost in all.
    pub(crate) fn cost(&self, order: Order, n_p: u32) -> Amounts {
        let mut cost = self.beyond_program(order, n_p);
        add(&mut cost, &self.program);
        cost
    }
}

impl Selection {
    /// Whether such a node ends the loop.
    pub(crate) fn stops(self, passes: Passes) -> bool {
        match self {
            Self::OracleAny => passes.hidden,
            Self::Submitted => passes.public,
        }
    }
}

/// How much a problem holds, of what there is least of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Scored programs.
    pub(crate) programs: u32,
    /// Feedbacks of a failing program; `None` if no program fails.
    pub(crate) feedbacks: Option<u32>,
    /// Repairs of a feedback; `None` if there is no feedback.
    pub(crate) repairs: Option<u32>,
}

impl Collected {
    pub(crate) fn of(problem: &FrozenProblem, selection: Selection) -> Self {
        let failing = || problem.programs.iter().filter(|program| !selection.stops(program.passes));
        let feedbacks = failing().flat_map(|program| &program.feedbacks);
        Self {
            programs: problem.n(),
            feedbacks: failing().map(|program| program.feedbacks.len() as u32).min(),
            repairs: feedbacks.map(|feedback| feedback.repairs.len() as u32).min(),
        }
    }

    pub(crate) fn check(self, Setting { n_p, n_f, n_r }: Setting) -> Result<(), Shortage> {
        if self.programs < n_p {
            return Err(Shortage::Programs { n: self.programs, n_p });
        }
        match (self.feedbacks, self.repairs) {
            _ if n_f == 0 => Ok(()),
            (Some(m), _) if m < n_f => Err(Shortage::Feedbacks { m, n_f }),
            (_, Some(r)) if r < n_r => Err(Shortage::Repairs { r, n_r }),
            _ => Ok(()),
        }
    }
}

/// The lanes of a block at the level of programs: costs of the program, costs of what is below it, and the
/// probability that it ends the loop with a success.
pub(crate) const BLOCK: usize = 2 * LANES + 1;

/// Joins what a program costs and what is below it.
pub(crate) fn block(program: &Amounts, below: &[f64; LANES + 1]) -> [f64; BLOCK] {
    std::array::from_fn(|lane| if lane < LANES { program[lane] } else { below[lane - LANES] })
}

/// The first lanes: costs.
pub(crate) fn costs<const W: usize>(block: &[f64; W]) -> Amounts {
    std::array::from_fn(|lane| block[lane])
}
