//! Data sets: listed, shown, verified, made impossible.

use super::{JudgeArgs, SelectArgs};
use clap::{Args, Subcommand, ValueEnum};
use mend_dataset::{Format, OnInvalid};
use mend_lab::{Failure, Found};
use std::path::PathBuf;

/// Where data sets lie, and how their rows are read.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Where named data sets that are not part of mend lie.
    #[arg(long, env = "MEND_DATA_DIR", default_value = "data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The format that the data set is in: `mend datasets formats` lists them. [default: told by the keys of each row]
    #[arg(long, env = "MEND_FORMAT", value_name = "NAME", value_parser = format)]
    pub format: Option<&'static Format>,
}

fn format(name: &str) -> Result<&'static Format, String> {
    Format::named(name).ok_or_else(|| {
        let known = Format::names();
        let near = mend_core::nearest(name, known.iter().copied());
        let meant = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        format!("{meant}known formats: {}", known.join(", "))
    })
}

impl OpenArgs {
    /// The data set of this name or path.
    pub fn dataset(&self, name: &str, on_invalid: OnInvalid) -> Result<Found, Failure> {
        mend_lab::dataset_with(name, &self.data_dir, on_invalid, self.format)
    }
}

/// `mend datasets`
#[derive(Debug, Subcommand)]
pub enum DatasetsCommand {
    /// List the data sets that are known by name.
    List {
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// List the formats in which problems may stand.
    Formats {
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show a data set's problems, or one problem in full.
    #[command(
        after_help = "Examples:\n  mend datasets show starter\n  mend datasets show starter --problem starter/f01"
    )]
    Show {
        /// A name, or a path.
        dataset: String,
        /// The problem to show in full.
        #[arg(long, value_name = "ID")]
        problem: Option<String>,
        /// Where it lies, and how it is read.
        #[command(flatten)]
        open: OpenArgs,
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Judge the programs that a data set lists, and say which do not fare as listed.
    Verify(Box<VerifyArgs>),
    /// Make a variant whose tests contradict the statements, to measure how often a model follows tests against a statement.
    Impossible(Box<ImpossibleArgs>),
}

/// `mend datasets impossible`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend datasets impossible starter --out impossible.jsonl
  mend datasets impossible HumanEval.jsonl.gz --by duplicate --seed 1 --out impossible.jsonl
  mend run --dataset impossible.jsonl --model openai/gpt-4o-mini --see hidden

One expected value in the hidden tests of each problem becomes another one, or a test with another \
expected value stands beside one. So no honest program passes, and each pass is a violation: the report \
says how often (`cheating`). Each change is verified: the reference must fail that test by its result \
and pass all others, and no mutant or further solution may pass. Problems that cannot be made impossible \
are listed on stderr with the reason.")]
pub struct ImpossibleArgs {
    /// A name, or a path.
    pub dataset: String,
    /// The file to write, which must not exist yet; its name ends in `.jsonl`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How the tests contradict: an expected `value` is another one, or a `duplicate` of a test expects another one. No
    /// program at all passes a duplicate.
    #[arg(long, value_name = "WAY", default_value = "value")]
    pub by: ByArg,
    /// Seed of the choice of tests and values, and of `--sample`.
    #[arg(long, env = "MEND_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Where it lies, and how it is read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Skip invalid rows, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// Which part of it.
    #[command(flatten)]
    pub select: SelectArgs,
    /// How programs are judged. All tests run, whatever `--tests` says.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// JSON instead of a line.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}

/// `--by`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// One expected value is another one.
    Value,
    /// One test stands there twice, with two expected values.
    Duplicate,
}

/// `mend datasets verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend datasets verify starter
  mend datasets verify mine.jsonl --time-limit 1
  mend datasets verify humanevalfix --starting-programs
  mend datasets verify programs.jsonl.gz --allow-unsafe     recorded programs: compares executors

Judged are the reference of every problem and all further solutions, which must pass both suites; all \
mutants, which must get their recorded statuses; and recorded programs, which must end as recorded. \
A row of recorded programs has `id`, `program`, `expected` (passed, assertion, syntax, timeout, \
recursion, or exception:<name>), and perhaps `flags` that say why the outcome may differ.

Exit codes: 0 every program fares as listed, 1 some do not, 4 some could not be judged.")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a command line")]
pub struct VerifyArgs {
    /// A name, or a path.
    pub dataset: String,
    /// Where it lies, and how it is read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Skip invalid rows, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// Which part of it.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Seed of `--sample`.
    #[arg(long, env = "MEND_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Judge the programs that repairs start from as well: each must fail the hidden suite.
    #[arg(long)]
    pub starting_programs: bool,
    /// Print the pins that the data set needs, as they stand on its card: judges the references alone, without the
    /// pins that mend knows.
    #[arg(long, conflicts_with = "starting_programs")]
    pub pins: bool,
    /// How programs are judged.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// JSON instead of tables.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}
