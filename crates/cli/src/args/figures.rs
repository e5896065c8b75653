//! Which figures to compute of a run that is at hand, and runs that are made of somebody else's.

use super::trajectories::ImportTrajectoriesArgs;
use super::{OutputArgs, ShowArgs};
use crate::grid::GridArg;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `mend report`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend report results/starter-self-repair-sim-journeyman-1a2b3c4d --k 1,5
  mend report results/a-run --grid n_p=1..4,n_f=1,order=dfs
  mend report results/a-run --grid n_p=1,2,5,n_f=1,2 --axis size --estimator plugin
  mend report results/a-run --axis questions,minutes
  mend report results/a-run --within 2000,4000 --at 3000
  mend report results/a-run --grid n_p=1..8,n_f=1 --out shapes.csv
  mend report results/a-run --reach 0.4,0.6
  mend report results/a-run --table programs
  mend report results/by-people results/by-a-model --table advice --out advice.csv
  mend report results/with-a-critic --table uptake

Without figures of your own choice the tables of a run that is yours are written anew. Figures of your own choice, and \
those of a folder that is not yours, are only shown, unless you say where they go.")]
pub struct ReportArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// More runs, for `--table`.
    #[arg(value_name = "RUN", requires = "table")]
    pub more: Vec<PathBuf>,
    /// One table of repairs in place of a run's figures.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["grid", "estimator", "axis", "within", "at", "reach", "hint_cap", "extrapolate", "extrapolate_far", "paper_json", "write", "k"])]
    pub table: Option<TableArg>,
    /// Which figures.
    #[command(flatten)]
    pub figures: FigureArgs,
    /// Write into the run's folder whatever it is: figures of your own choice go into files that are named after it,
    /// such as `pass_at_t.n_p-1-5.csv`, and replace none of the run's own.
    #[arg(long)]
    pub write: bool,
    /// Write elsewhere: into a folder, or, if the name ends in `.csv`, the one table that was asked for into that file.
    #[arg(long, value_name = "DIR|FILE.csv", conflicts_with = "write")]
    pub out: Option<PathBuf>,
    /// Open report.html in the browser once it is written.
    #[arg(long, conflicts_with_all = ["no_html", "table"])]
    pub open: bool,
    /// What is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

/// Figures of trees that were collected before. They cost no tokens.
#[derive(Debug, Clone, Default, Args)]
pub struct FigureArgs {
    /// Trees to evaluate, such as `n_p=1,2,5,n_f=1..3,n_r=1,order=dfs`, or `paper` for the grid of the self-repair
    /// paper. May be given several times. [default: usual settings up to what was collected, in all orders]
    #[arg(long, env = "MEND_GRID", value_name = "GRID")]
    pub grid: Vec<GridArg>,
    /// How pass@t is computed; `bayes` adds Bayes@N of first programs. [default: unbiased]
    #[arg(long, env = "MEND_ESTIMATOR", value_delimiter = ',', value_name = "NAME,...")]
    pub estimator: Vec<EstimatorArg>,
    /// Where a baseline is read: at equal mean tokens, at an equal mean number of programs, at the size of the whole
    /// tree, or at as many requests, executions, questions to people or minutes of theirs. [default: tokens]
    #[arg(long, env = "MEND_AXIS", value_delimiter = ',', value_name = "AXIS,...")]
    pub axis: Vec<AxisArg>,
    /// The tokens that tables show. Files have all. [default: billed, or paper where that is unknown]
    #[arg(long, env = "MEND_TOKENS")]
    pub tokens: Option<TokensArg>,
    /// Which node of a tree counts in tables of pass@t: any that passes, or what the public tests would have handed
    /// in. Files have both. [default: oracle-any]
    #[arg(long, env = "MEND_SELECTION")]
    pub selection: Option<SelectionArg>,
    /// Hard caps on the tokens of one problem, for which the sequential orders are evaluated too.
    #[arg(long, env = "MEND_WITHIN", value_delimiter = ',', value_name = "TOKENS,...")]
    pub within: Vec<u64>,
    /// Mean costs per problem at which each shape of trees is read, over n_p.
    #[arg(long, env = "MEND_AT", value_delimiter = ',', value_name = "COST,...", value_parser = cost)]
    pub at: Vec<f64>,
    /// Pass rates, from 0 to 1: what repairs save on the way to each, and to the most that independent programs solve.
    /// [default: 0.25, 0.5, 0.75]
    #[arg(long, env = "MEND_REACH", value_delimiter = ',', value_name = "RATE,...", value_parser = rate)]
    pub reach: Vec<f64>,
    /// The most hints that count: a tree which needs more counts as so many in hints@q. [default: 10]
    #[arg(long, env = "MEND_HINT_CAP", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub hint_cap: Option<u32>,
    /// Numbers of programs, more than were drawn, for which pass@k is extrapolated: an assumption about the problems
    /// stands behind it, and no other figure rests on it.
    #[arg(long, env = "MEND_EXTRAPOLATE", value_delimiter = ',', value_name = "K,...", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub extrapolate: Vec<u32>,
    /// Extrapolate to more than three times the programs of a problem too.
    #[arg(long, env = "MEND_EXTRAPOLATE_FAR", requires = "extrapolate")]
    pub extrapolate_far: bool,
    /// A folder for result files as the self-repair paper has them, by its own 1,000 resamples.
    #[arg(long, env = "MEND_PAPER_JSON", value_name = "DIR")]
    pub paper_json: Option<PathBuf>,
}

/// A cost above 0.
pub fn cost(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(cost) if cost > 0.0 && cost.is_finite() => Ok(cost),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1.0 => Ok(rate),
        _ => Err("expected a number above 0 and at most 1".to_owned()),
    }
}

/// `--table`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableArg {
    /// How often repairs pass: all, then by difficulty, status, author, round and adviser.
    Repairs,
    /// Of each failing program, how many of its repairs pass.
    Programs,
    /// Repairs by who said what is wrong, and two such advisers on the same failing programs.
    Advice,
    /// Whether repairs change the lines that their feedback named, and how often they pass if so.
    Uptake,
}

/// `--estimator`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EstimatorArg {
    /// Exact, without replacement.
    Unbiased,
    /// Exact, with replacement; biased low.
    Plugin,
    /// The paper's 1,000 seeded resamples, with replacement.
    Paper,
    /// Bayes@N beside the others: the posterior mean of the pass rate of first programs under a uniform prior.
    Bayes,
}

/// `--axis`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AxisArg {
    /// Mean tokens, by each definition.
    Tokens,
    /// Mean number of programs and repairs.
    Programs,
    /// Number of programs of the whole tree.
    Size,
    /// Mean number of requests, each node as if it were asked for by itself.
    Calls,
    /// Mean number of executions of programs.
    Executions,
    /// Mean number of questions to people, or to whoever sits in a person's seat.
    Questions,
    /// Mean minutes of people's time.
    Minutes,
}

/// `--selection`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SelectionArg {
    /// Any node that passes the hidden tests.
    OracleAny,
    /// The first that passes the public ones, in depth-first order.
    Submitted,
}

/// `--tokens`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokensArg {
    /// Prompt and output.
    Billed,
    /// Output alone.
    Completion,
    /// Our count of the program and the text before it; prompts are free.
    Paper,
    /// Money, where prices are known.
    Dollars,
}

/// `--single-repairs`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SingleRepairsArg {
    /// It passed when it was run again.
    Passed,
    /// It failed and was repaired once.
    #[value(alias = "true")]
    Repaired,
}

/// `mend import`
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// The published data of the self-repair paper: programs, repairs and verdicts, as JSON lines or one object.
    SelfRepair(Box<ImportSelfRepairArgs>),
    /// LDB's results: a seed, and repairs after what visible tests gave.
    Ldb(ImportTrajectoriesArgs),
    /// MINT's outputs: conversations with an interpreter, and proposals.
    Mint(ImportTrajectoriesArgs),
    /// MapCoder's results: independent tries with their tokens.
    #[command(name = "mapcoder")]
    MapCoder(ImportTrajectoriesArgs),
    /// Reflexion's logs: programs, and reflections on them.
    Reflexion(ImportTrajectoriesArgs),
    /// Logs of LATS: what its search kept.
    Lats(ImportTrajectoriesArgs),
}

/// `mend import self-repair`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend import self-repair all-chatgpt-repair-results-tokens.jsonl --model gpt-3.5-turbo-0301
  mend import self-repair codellama-humaneval-results-tokens.jsonl --paper-json figures")]
pub struct ImportSelfRepairArgs {
    /// The file, plain or gzipped.
    pub file: PathBuf,
    /// The model that wrote the programs. [default: `published:` and the file's name]
    #[arg(long, env = "MEND_MODEL", value_name = "NAME")]
    pub model: Option<String>,
    /// The model that explained and repaired, if it is another one. [default: as `--model`]
    #[arg(long, env = "MEND_REPAIRER", value_name = "NAME")]
    pub repairer: Option<String>,
    /// What a failing program with exactly one repair is. The published data mark programs so that passed when they
    /// were run again. [default: passed, where other programs have more repairs; without such, a choice is asked for]
    #[arg(
        long,
        env = "MEND_SINGLE_REPAIRS",
        value_name = "MEANING",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "repaired"
    )]
    pub single_repairs: Option<SingleRepairsArg>,
    /// Skip invalid rows, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// Which figures.
    #[command(flatten)]
    pub figures: FigureArgs,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
}
