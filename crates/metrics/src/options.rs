//! Which figures to compute.

use crate::{Axis, Estimator, Order, Setting};
use mend_core::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Which figures to compute. The default is what a report shows if nobody asks for more, with 2,000 resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Each `k` of pass@k.
    pub ks: Vec<u32>,
    /// The settings of pass@t.
    pub grid: Grid,
    /// How figures of pass@t are computed.
    pub estimators: Vec<Estimator>,
    /// Along which axes the baselines are read.
    pub axes: Vec<Axis>,
    /// Hard caps on what one problem may cost: each T of `pass_within@T`.
    pub within: Vec<u64>,
    /// Mean costs at which curves are read: each T of `pass@t@T`.
    pub at: Vec<f64>,
    /// The pass rates at which budgets are compared, beside the best that a baseline comes to.
    pub reach: Vec<f64>,
    /// What a tree counts as in which no hint helps: the cap of hints@q.
    pub hint_cap: u32,
    /// Each `K` at which pass@K is extrapolated beyond the programs that were drawn.
    pub extrapolate: Vec<u32>,
    /// Whether that may be more than three times their number.
    pub extrapolate_far: bool,
    /// Whether the posterior mean of the pass rate under a uniform prior is wanted, Bayes@N.
    pub bayes: bool,
    /// Resamples behind each interval. 0 for no intervals at all.
    pub resamples: u32,
    /// Seed of the resampling.
    pub seed: u64,
    /// Programs that are the same as another one but for their formatting, each with that one, by digest. Who knows none
    /// takes programs for the same only if their texts are.
    pub shapes: BTreeMap<Digest, Digest>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ks: vec![1, 2, 3, 5, 10, 25, 50],
            grid: Grid::default(),
            estimators: vec![Estimator::Unbiased],
            axes: vec![Axis::Tokens],
            within: vec![],
            at: vec![],
            reach: vec![0.25, 0.5, 0.75],
            hint_cap: 10,
            extrapolate: vec![],
            extrapolate_far: false,
            bayes: false,
            resamples: 2_000,
            seed: 0,
            shapes: BTreeMap::new(),
        }
    }
}

/// The settings of pass@t, and the orders in which their trees are drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Grid {
    /// Usual settings, as far as some problem of the run holds so much; every order.
    #[default]
    Usual,
    /// Just these, absent where the run does not carry them.
    Asked(Vec<Block>),
}

/// Every combination of some numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// First programs.
    pub n_p: Vec<u32>,
    /// Feedbacks per failing program.
    pub n_f: Vec<u32>,
    /// Repairs per feedback.
    pub n_r: Vec<u32>,
    /// Orders of drawing.
    pub orders: Vec<Order>,
}

/// `n_p` of the usual settings.
pub(crate) const USUAL_N_P: [u32; 7] = [1, 2, 3, 5, 10, 25, 50];
/// `n_f` and `n_r` of the usual settings.
const USUAL_N_F: [u32; 5] = [1, 2, 3, 5, 10];

impl Grid {
    /// The grid of the self-repair paper: `n_p` in {1, 2, 5, 10, 25} by `n_f` in {1, 3, 5, 10}, and the line
    /// of `n_p` from 1 to 50 at `n_f = 1`.
    pub fn paper(orders: &[Order]) -> Vec<Block> {
        let block = |n_p: Vec<u32>, n_f: Vec<u32>| Block { n_p, n_f, n_r: vec![1], orders: orders.to_vec() };
        vec![block(vec![1, 2, 5, 10, 25], vec![1, 3, 5, 10]), block((1..=50).collect(), vec![1])]
    }

    /// The settings for each order, sorted. `most` is the most of each that a problem of the run holds. Where no repair
    /// was collected the usual settings are of programs alone, all paid for or one by one.
    pub(crate) fn settings(&self, most: Setting) -> BTreeSet<(Order, Setting)> {
        if *self == Self::Usual && (most.n_f == 0 || most.n_r == 0) {
            let of = |n_p: u32| Setting { n_p, n_f: 0, n_r: 1 };
            let n_ps = USUAL_N_P.into_iter().filter(|n_p| *n_p <= most.n_p);
            return n_ps.flat_map(|n_p| [(Order::Batch, of(n_p)), (Order::Dfs, of(n_p))]).collect();
        }
        let usual;
        let blocks = match self {
            Self::Asked(blocks) => blocks,
            Self::Usual => {
                let up_to = |usual: &[u32], most: u32| usual.iter().copied().filter(|n| *n <= most).collect::<Vec<_>>();
                usual = vec![Block {
                    n_p: up_to(&USUAL_N_P, most.n_p),
                    n_f: up_to(&USUAL_N_F, most.n_f),
                    n_r: up_to(&USUAL_N_F, most.n_r),
                    orders: Order::ALL.to_vec(),
                }];
                &usual
            }
        };
        let mut settings = BTreeSet::new();
        for Block { n_p, n_f, n_r, orders } in blocks {
            for order in orders {
                for (n_p, n_f, n_r) in combinations(n_p, n_f, n_r) {
                    settings.insert((*order, Setting { n_p, n_f, n_r }));
                }
            }
        }
        settings
    }
}

fn combinations<'a>(n_p: &'a [u32], n_f: &'a [u32], n_r: &'a [u32]) -> impl Iterator<Item = (u32, u32, u32)> + 'a {
    n_p.iter().flat_map(move |n_p| n_f.iter().flat_map(move |n_f| n_r.iter().map(move |n_r| (*n_p, *n_f, *n_r))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_settings_end_where_the_run_does() {
        let settings = Grid::Usual.settings(Setting { n_p: 4, n_f: 2, n_r: 1 });
        let batch: Vec<_> =
            settings.iter().filter(|(order, _)| *order == Order::Batch).map(|(_, s)| (s.n_p, s.n_f, s.n_r)).collect();
        assert_eq!(batch, [(1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1), (3, 1, 1), (3, 2, 1)]);
        assert_eq!(settings.len(), 3 * batch.len());
    }

    #[test]
    fn programs_alone_have_settings_without_repairs() {
        let settings: Vec<_> = Grid::Usual.settings(Setting { n_p: 3, n_f: 0, n_r: 0 }).into_iter().collect();
        let of = |order, n_p| (order, Setting { n_p, n_f: 0, n_r: 1 });
        let expected: Vec<_> =
            [Order::Batch, Order::Dfs].into_iter().flat_map(|order| [1, 2, 3].map(|n_p| of(order, n_p))).collect();
        assert_eq!(settings, expected);
    }

    #[test]
    fn asked_settings_stay_whatever_the_run_holds_and_overlap_once() {
        let paper = Grid::Asked(Grid::paper(&[Order::Dfs]));
        assert_eq!(paper.settings(Setting { n_p: 1, n_f: 1, n_r: 1 }).len(), 5 * 4 + 45);
    }
}
