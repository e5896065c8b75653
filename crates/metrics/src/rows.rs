//! The rows of the two main tables, what their words mean, and what decides which rows there are.

use crate::{Figure, Interval, TokenDefinition};
use serde::{Deserialize, Serialize};

/// Which figures to compute. The defaults are the grids of the self-repair paper, with 2,000 resamples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Each `k` of pass@k.
    pub ks: Vec<u32>,
    /// First programs of a setting.
    pub n_p: Vec<u32>,
    /// Feedback-and-repair pairs per failing program of a setting.
    pub n_f: Vec<u32>,
    /// Resamples behind each interval.
    pub resamples: u32,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ks: vec![1, 2, 3, 5, 10, 25, 50],
            n_p: vec![1, 2, 3, 5, 10, 25, 50],
            n_f: vec![1, 2, 3, 5, 10],
            resamples: 2_000,
            seed: 0,
        }
    }
}

/// Declares a closed set of words with the spelling that files and tables use.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word used in files and tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

words! {
    /// How a figure for other settings is computed from what was collected.
    Estimator {
        /// Draws without replacement.
        Unbiased = "unbiased",
        /// Draws with replacement; biased low.
        Plugin = "plugin",
    }
}

words! {
    /// Which node of a tree counts as its answer.
    Selection {
        /// Any node that passes the hidden suite.
        OracleAny = "oracle_any",
    }
}

words! {
    /// The order in which a tree is drawn.
    Order {
        /// All programs, then, if none passes, all repairs.
        Batch = "batch",
    }
}

words! {
    /// What the same tokens are spent on instead of repairs.
    Baseline {
        /// Independent programs, all of them paid for.
        Iid = "iid",
        /// As many programs as the tree draws, then further ones only if all fail: it knows as much about
        /// when to stop as the tree does.
        IidStaged = "iid_staged",
    }
}

/// pass@k of one group of problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassAtK {
    /// `all` or a difficulty.
    pub group: String,
    /// Programs drawn.
    pub k: u32,
    /// How it was estimated.
    pub estimator: Estimator,
    /// Mean over the group's scored problems, in 0..=1.
    pub value: Figure,
    /// Its interval.
    pub interval: Figure<Interval>,
    /// Scored problems in the group.
    pub problems: u32,
    /// Fewest scored programs of such a problem; `None` if there is no such problem.
    pub n_min: Option<u32>,
    /// Most scored programs of such a problem; `None` if there is no such problem.
    pub n_max: Option<u32>,
}

/// pass@t at one setting of one group, by one count of tokens, against one baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassAtT {
    /// Which node counts.
    pub selection: Selection,
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing.
    pub order: Order,
    /// First programs.
    pub n_p: u32,
    /// Feedback-and-repair pairs per failing program.
    pub n_f: u32,
    /// Repairs per feedback: 1, as each repair comes with its own.
    pub n_r: u32,
    /// How it was estimated.
    pub estimator: Estimator,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// Expected tokens per problem, mean over problems.
    pub mean_tokens: Figure,
    /// Expected programs and repairs per problem, mean over problems.
    pub mean_programs: Figure,
    /// Share of problems solved, in 0..=1.
    pub pass_rate: Figure,
    /// Interval of `pass_rate`.
    pub interval: Figure<Interval>,
    /// What it is compared with.
    pub baseline: Baseline,
    /// The baseline's pass rate at the same mean tokens.
    pub baseline_pass_rate: Figure,
    /// `pass_rate` minus `baseline_pass_rate`.
    pub difference: Figure,
    /// Interval of `difference`: both sides are resampled together and interpolated anew each time.
    pub difference_interval: Figure<Interval>,
}
