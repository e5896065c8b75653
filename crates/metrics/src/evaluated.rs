//! A problem evaluated at every setting that it carries, once, for all groups that it belongs to.

use crate::amounts::{Known, LANES};
use crate::curve::{Collected, Curve, curves};
use crate::same_problems::{Within, within};
use crate::unbiased::{FirstPrograms, WITH_CREDIT};
use crate::{Estimator, FrozenProblem, Order, Selection, Setting, plugin};
use std::collections::{BTreeMap, BTreeSet};

/// One way of computing figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) estimator: Estimator,
    pub(crate) selection: Selection,
}

impl Variant {
    /// The orders that it has figures for.
    pub(crate) fn has(self, order: Order) -> bool {
        self.selection == Selection::OracleAny || order == Order::Dfs
    }
}

/// A problem, by one variant.
#[derive(Debug)]
pub(crate) struct Evaluated<'a> {
    pub(crate) problem: &'a FrozenProblem,
    pub(crate) collected: Collected,
    pub(crate) known: Known,
    /// What programs in turn, unrepaired, add by each draw: costs, and the probability of a success.
    pub(crate) draws: Vec<[f64; WITH_CREDIT]>,
    curves: BTreeMap<(u32, u32), Curve>,
    within: BTreeMap<(u32, u32), Vec<Within>>,
}

impl<'a> Evaluated<'a> {
    /// `varies` asks for the variances within the problem too.
    pub(crate) fn new(
        problem: &'a FrozenProblem,
        variant: Variant,
        settings: &BTreeSet<(Order, Setting)>,
        varies: bool,
    ) -> Self {
        let Variant { estimator, selection } = variant;
        let collected = Collected::of(problem, selection);
        let carried =
            settings.iter().filter(|(order, setting)| variant.has(*order) && collected.check(*setting).is_ok());
        // By n_r, each n_f with the largest n_p.
        let mut shapes: BTreeMap<u32, BTreeMap<u32, u32>> = BTreeMap::new();
        for (_, Setting { n_p, n_f, n_r }) in carried {
            let largest = shapes.entry(*n_r).or_default().entry(*n_f).or_default();
            *largest = (*largest).max(*n_p);
        }
        let mut evaluated = Self {
            problem,
            collected,
            known: Known::of(problem, |program| !selection.stops(program.passes)),
            draws: draws(problem, variant),
            curves: BTreeMap::new(),
            within: BTreeMap::new(),
        };
        for (n_r, n_fs) in shapes {
            let largest = n_fs.values().copied().max().unwrap_or(0);
            let n_fs: Vec<u32> = n_fs.into_keys().collect();
            for (n_f, curve) in n_fs.iter().zip(curves(problem, estimator, selection, n_r, &n_fs, largest)) {
                if varies && estimator == Estimator::Unbiased {
                    evaluated.within.insert((*n_f, n_r), within(&curve.units, selection, largest));
                }
                evaluated.curves.insert((*n_f, n_r), curve);
            }
        }
        evaluated
    }

    /// The curve that a setting which the problem carries lies on.
    pub(crate) fn curve(&self, setting: Setting) -> Option<&Curve> {
        self.collected.check(setting).ok()?;
        self.curves.get(&(setting.n_f, setting.n_r))
    }

    /// Variance within the problem at a setting; `None` for estimators that have none.
    pub(crate) fn within(&self, setting: Setting) -> Option<Within> {
        self.within.get(&(setting.n_f, setting.n_r))?.get(setting.n_p as usize - 1).copied()
    }

    /// Probability of a success within `k` unrepaired programs, and what they cost beyond the first if they
    /// are drawn in turn.
    pub(crate) fn iid(&self) -> impl Iterator<Item = (f64, [f64; LANES])> + '_ {
        let mut sum = [0.0; WITH_CREDIT];
        self.draws.iter().enumerate().map(move |(m, draw)| {
            for (lane, (sum, amount)) in sum.iter_mut().zip(draw).enumerate() {
                *sum += if lane < LANES && m == 0 { 0.0 } else { *amount };
            }
            (sum[LANES], std::array::from_fn(|lane| sum[lane]))
        })
    }
}

fn draws(problem: &FrozenProblem, variant: Variant) -> Vec<[f64; WITH_CREDIT]> {
    match variant.estimator {
        Estimator::Unbiased => FirstPrograms::of(problem, variant.selection).draws(problem.n()),
        Estimator::Plugin | Estimator::Paper => plugin::draws(problem, variant.selection, problem.n()),
    }
}
