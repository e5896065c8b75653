//! The figures of a run, as pure functions of its manifest and its trees: pass@k, pass@t, baselines at
//! equal tokens, and their intervals.
//!
//! Nothing here counts tokens, reads a clock or opens a file, and nothing is ever NaN: a figure that the
//! trees cannot carry is [`Figure::Absent`] with its reason. Start with [`summarize`]; the estimators
//! beneath it work on a [`FrozenProblem`], the number-only view of a problem's trees.

mod summary;

mod coverage;
mod options;
mod rows;

mod frozen;
mod group;
mod tally;
mod tokens;

mod budget_rows;
mod by_cost;
mod cap_rows;
mod k_rows;
mod t_rows;
mod t_table;

mod compare;
mod gate;
mod plan;

mod advice;
mod against;
mod amounts;
mod curve;
mod drawn;
mod evaluated;
mod in_turn;
mod paper_file;
mod pass_at_k;
mod people;
mod plugin;
mod repaired;
mod resample;
mod unbiased;
mod within_cap;

mod baseline;
mod bench;
mod bleu;
mod bootstrap;
mod bugs;
mod cheating;
mod critics;
mod damaged;
mod deeper;
mod few;
mod figure;
mod flips;
mod generated;
mod learning;
mod normal;
mod power;
mod reading;
mod recorded;
mod same_problems;
mod sampling;
mod selection;
mod sequence;
#[cfg(test)]
mod simulated;
mod since;
mod submitted;
#[cfg(test)]
mod testing;
mod uptake;

pub use advice::{AdviceRow, advice};
pub use against::{Against, Run, against};
pub use bench::{BenchRow, bench_rows};
pub use bleu::bleu4;
pub use budget_rows::PassAtBudget;
pub use bugs::{BugFigures, Caught, LengthRow, caught, named_lines};
pub use by_cost::covered::{CostRow, cost_per_solved};
pub use by_cost::saved::{BudgetSaved, Saved, Target, budget_saved};
pub use cap_rows::PassWithin;
pub use cheating::Cheating;
pub use compare::{
    Clustered, Clusters, Common, CompareOptions, Comparison, CostAxis, Equal, Flip as RunFlip, Ground, IntervalMethod,
    Method, Metric, OfBoth, PairOfRuns, PairedFigure, Program, ProgramPlace, Refusal, Refused, SAME_PROGRAMS, Shape,
    Side, Subject, TreeOfBoth, UnknownMetric, compare, mcnemar,
};
pub use coverage::{Coverage, Sample};
pub use critics::CriticFigures;
pub use curve::{Expected, Shortage, expected};
pub use damaged::{damaged_lines, review_comment, unified};
pub use deeper::{
    Ddi, DecayRow, Deeper, HintsRow, PlausibleRow, QuestionRow, Region, RoundRow, SeatRow, StrategyPoint, SuccessBy,
    SuccessRow, TransitionRow,
};
pub use drawn::{BaselinePoint, Drawn, ProblemRate, SeatSpending, drawn};
pub use figure::{Figure, Interval};
pub use flips::{Fared, Flip, Flips, TestFlip, Turn, flips};
pub use frozen::{
    FirstDraws, FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Passes, freeze, judges_nobody,
};
pub use gate::{
    Bounds, Early, Gate, GateError, GateOptions, Purses, Sequential, Settle, Stream, Verdict, WithinProblems, gate,
    look_at,
};
pub use generated::{GeneratedTests, Origin, SuiteCounts, Tried};
pub use learning::{ALARM, DriftRow, Learning, LearningRow, Share, standard_errors};
pub use options::{Block, Grid, Options};
pub use paper_file::{PAPER_SEED, PaperGrid, paper_cells};
pub use pass_at_k::{CountError, pass_at_k, plugin_pass_at_k};
pub use people::{AboutModel, PeopleFigures, about_model};
pub use plan::{
    Amount, EffectRow, Expected as ExpectedAmount, Load, Pilot, PilotSeat, Reached, RunPlan, SeatPlan, Sizes,
    TokenPrice, amounts, effects, expected as expected_amount, expected_calls, reached, smallest_effect,
};
pub use recorded::{Claimed, Match, Ours, Recorded, RecordedCounts, recorded};
pub use repaired::{ProgramCounts, repair_success, repaired_programs};
pub use resample::{RESAMPLES, Resampled, Spread, resample};
pub use rows::{Axis, Band, Baseline, Estimator, Order, PassAtK, PassAtT, Selection, Setting};
pub use sampling::{
    Alike, Draws, RateFit, SamplingEstimator, SamplingMetric, SamplingRow, all_pass_at_k, bayes_at_n, g_pass_at_k,
    maj_at_k, mg_pass_at_k, outcome_consistency, picked_at_k, rate_fit, rate_fit_with_hopeless,
};
pub use since::{Change, Headline, since};
pub use submitted::{Submitted, handed_in, handed_in_passes};
pub use summary::{Bounded, Estimate, RunLabels, SUMMARY_VERSION, Summary, summarize};
pub use t_rows::pass_at_t;
pub use tally::{NodeTally, Spending};
pub use tokens::{Costs, EffortCounts, TokenCounts, TokenDefinition};
pub use uptake::{UptakeRow, auroc, touched_lines, uptake, uptake_rows};
pub use within_cap::pass_within;
