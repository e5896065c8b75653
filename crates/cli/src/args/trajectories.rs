//! Published trajectories that become runs.

use super::OutputArgs;
use clap::Args;
use std::path::PathBuf;

/// `mend import ldb`, `mint`, `mapcoder`, `reflexion`, `lats`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend import ldb humaneval.gpt-3.5.jsonl.gz --model gpt-3.5-turbo --out results/ldb
  mend rejudge results/ldb --out results/ldb-judged
  mend rejudge results/ldb --dataset HumanEvalPlus.jsonl.gz --out results/ldb-plus

The run holds the verdicts that the file records. `mend rejudge` judges its programs anew, by the tests that the file carries \
or by those of `--dataset`, and lists where our verdict differs from the recorded one: `recorded.csv`. docs/importing.md says \
what each format looks like.")]
pub struct ImportTrajectoriesArgs {
    /// The file, plain or gzipped: one task a line.
    pub file: PathBuf,
    /// The model that wrote it all. [default: `published:` and the file's name]
    #[arg(long, env = "MEND_MODEL", value_name = "NAME")]
    pub model: Option<String>,
    /// Skip invalid rows, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
}
