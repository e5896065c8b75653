//! The figures of a run, as pure functions of its manifest and its trees: pass@k, pass@t, baselines at
//! equal tokens, and their intervals.
//!
//! Nothing here counts tokens, reads a clock or opens a file, and nothing is ever NaN: a figure that the
//! trees cannot carry is [`Figure::Absent`] with its reason. Start with [`summarize`]; the estimators
//! beneath it work on a [`FrozenProblem`], the number-only view of a problem's trees.

mod baseline;
mod bootstrap;
mod critics;
mod figure;
mod frozen;
mod group;
mod k_rows;
mod pass_at_k;
mod pass_at_t;
mod power;
mod rows;
mod summary;
mod t_rows;
mod tally;
#[cfg(test)]
mod testing;
mod tokens;

pub use critics::CriticFigures;
pub use figure::{Figure, Interval};
pub use frozen::{FrozenProblem, FrozenProgram, FrozenRepair, freeze};
pub use pass_at_k::{CountError, pass_at_k, plugin_pass_at_k};
pub use pass_at_t::{Batch, batch};
pub use rows::{Baseline, Estimator, Options, Order, PassAtK, PassAtT, Selection};
pub use summary::{Bounded, Coverage, RunLabels, Summary, summarize};
pub use tally::{NodeTally, Spending};
pub use tokens::{TokenCounts, TokenDefinition};
