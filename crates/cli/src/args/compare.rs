//! Runs against each other.

use clap::{Args, ValueEnum};
use mend_metrics::{Ground, Metric, Order};
use std::path::PathBuf;

/// `mend compare`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend compare results/before results/after
  mend compare results/iid results/self-repair results/critic --out comparison
  mend compare results/before results/after --metric submission,pass@1 --cluster contests.csv
  mend compare results/iid results/self-repair --metric pass@t:dollars --at 0.001,0.002
  mend compare results/process results/wasm --allow-different grader --json
  mend compare results/before results/after --html before-after.html --open

The first run is the one that the others are compared with. Only problems that both runs have with equal statements and \
tests count. Runs whose data, grader (with its limits) or tokenizer differ are refused. docs/compare.md explains every \
number.")]
pub struct CompareArgs {
    /// The folders of two runs or more.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// What is compared.
    #[command(flatten)]
    pub what: ComparedArgs,
    /// A folder for compare.csv, compare_flips.csv and compare.html.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the page elsewhere, under this name.
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,
    /// Do not write compare.html.
    #[arg(long, env = "MEND_NO_HTML", conflicts_with = "html")]
    pub no_html: bool,
    /// Open the page in the browser once it is written: compare.html in this folder, unless `--out` or `--html` says where.
    #[arg(long, conflicts_with = "no_html")]
    pub open: bool,
    /// JSON instead of tables.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}

/// What is compared, and how.
#[derive(Debug, Clone, Args)]
pub struct ComparedArgs {
    /// The figures: `pass@1` or another k, `submission`, and `pass@t:tokens`, `pass@t:dollars`, `pass@t:programs` or
    /// `pass@t:calls` at equal mean cost. The first is the one that the comparison is about; the others are corrected for
    /// their number. (default: all that both runs have, pass@1 first)
    #[arg(long, env = "MEND_METRIC", value_delimiter = ',', value_name = "NAME,...")]
    pub metric: Vec<Metric>,
    /// In which order trees are drawn for pass@t.
    #[arg(long, env = "MEND_ORDER", value_enum, default_value_t = OrderArg::Batch)]
    pub order: OrderArg,
    /// Feedbacks of each failing program in trees of pass@t. [default: as many as each run collected]
    #[arg(long, env = "MEND_N_F", value_name = "N")]
    pub n_f: Option<u32>,
    /// Repairs of each feedback in trees of pass@t. [default: as many as each run collected]
    #[arg(long, env = "MEND_N_R", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub n_r: Option<u32>,
    /// Mean costs of a problem at which curves of pass@t are read. [default: those of the first run's curve]
    #[arg(long, env = "MEND_AT", value_delimiter = ',', value_name = "COST,...", value_parser = super::figures::cost)]
    pub at: Vec<f64>,
    /// What makes problems belong together: `difficulty`, `source` (a problem's id up to its last `/`), or a file with a
    /// line `id,cluster` for each problem. Standard errors are then by cluster.
    #[arg(long, env = "MEND_CLUSTER", value_name = "FIELD|FILE.csv")]
    pub cluster: Option<String>,
    /// Leave out problems whose statement or tests differ in the runs, instead of refusing to compare.
    #[arg(long, env = "MEND_COMMON")]
    pub common: bool,
    /// Compare runs that differ in this all the same. It then stands beside every number.
    #[arg(long, env = "MEND_ALLOW_DIFFERENT", value_enum, value_delimiter = ',', value_name = "WHAT,...")]
    pub allow_different: Vec<GroundArg>,
    /// Seed of resamples and swaps.
    #[arg(long, env = "MEND_SEED", default_value_t = 0)]
    pub seed: u64,
}

/// `--order`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// All programs, then repairs of all that fail if none passes.
    Batch,
    /// Each program with its repairs, one by one until something passes.
    Dfs,
    /// All programs one by one, then repairs one by one.
    Bfs,
}

impl From<OrderArg> for Order {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Batch => Self::Batch,
            OrderArg::Dfs => Self::Dfs,
            OrderArg::Bfs => Self::Bfs,
        }
    }
}

/// `--allow-different`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroundArg {
    /// Statements or tests.
    Data,
    /// The rules of judging, its limits, and what is scored.
    Grader,
    /// What counts our own tokens.
    Tokenizer,
}

impl From<GroundArg> for Ground {
    fn from(ground: GroundArg) -> Self {
        match ground {
            GroundArg::Data => Self::Data,
            GroundArg::Grader => Self::Grader,
            GroundArg::Tokenizer => Self::Tokenizer,
        }
    }
}
