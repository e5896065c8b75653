//! The figures of the self-repair paper's own result files.

use crate::curve::Collected;
use crate::resample::{Resampled, resample};
use crate::{FrozenProblem, Order, Selection, Setting, TokenDefinition};
use std::collections::BTreeMap;

/// Which settings a result file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PaperGrid {
    /// `n_p` in {1, 2, 5, 10, 25} by `n_f` in {1, 3, 5, 10}.
    #[strum(serialize = "full-kn")]
    Full,
    /// `n_p` from 1 to 25 with one repair each.
    #[strum(serialize = "nfr1")]
    OneRepair,
}

impl PaperGrid {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Full, Self::OneRepair];

    /// The word used in names of files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn settings(self) -> Vec<(u32, u32)> {
        match self {
            Self::Full => [1, 2, 5, 10, 25].iter().flat_map(|n_p| [1, 3, 5, 10].map(|n_f| (*n_p, n_f))).collect(),
            Self::OneRepair => (1..=25).map(|n_p| (n_p, 1)).collect(),
        }
    }
}

/// The seed of the paper's resamples.
pub const PAPER_SEED: u64 = 2023;

/// Each cell `(n_p, n_f)` that every problem carries, resampled; with `n_f = 0` the baseline of up to 50
/// programs. Tokens are the paper's. The resamples are seeded as the paper's are, by another generator.
pub fn paper_cells(problems: &[&FrozenProblem], grid: PaperGrid, order: Order) -> BTreeMap<(u32, u32), Resampled> {
    let baseline = (1..=50).map(|k| (k, 0));
    let settings = grid.settings().into_iter().chain(baseline);
    settings
        .filter(|(n_p, n_f)| {
            let setting = Setting { n_p: *n_p, n_f: *n_f, n_r: 1 };
            let carries =
                |problem: &&FrozenProblem| Collected::of(problem, Selection::OracleAny).check(setting).is_ok();
            !problems.is_empty() && problems.iter().all(carries)
        })
        .map(|(n_p, n_f)| {
            // The baseline pays for all its programs, whatever the order of the tree.
            let order = if n_f == 0 { Order::Batch } else { order };
            let setting = Setting { n_p, n_f, n_r: 1 };
            ((n_p, n_f), resample(problems, setting, order, TokenDefinition::Paper, PAPER_SEED))
        })
        .collect()
}
