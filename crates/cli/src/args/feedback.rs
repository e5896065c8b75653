//! Arguments of `mend feedback`.

use clap::{Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `mend feedback`
#[derive(Debug, Subcommand)]
pub enum FeedbackCommand {
    /// Write a file with what people are still wanted for in a run: programs that lack feedback, and prompts that lack an
    /// answer.
    #[command(after_help = "\
Examples:
  mend run --dataset starter --model sim/journeyman --critic human:feedback.jsonl
  mend feedback todo results/starter-self-repair-sim-journeyman-1a2b3c4d --out todo.jsonl
  cat todo.jsonl >> feedback.jsonl   (once it is filled in)
  mend resume results/starter-self-repair-sim-journeyman-1a2b3c4d
  mend feedback todo results/a-run --budget 20 --by value

Of a program say what you like: `feedback` (text), `satisfied` (yes, no), `rating` (1 to 4), `reasons`, `spans` (lines), \
`fixed_program`; any of them is enough. `author` and `minutes` say who it was and how long it took (docs/feedback.md). \
With --budget each row speaks for all programs that fail alike, and one of each kind is asked about before a second one \
of any.

Any seat that writes no programs may be people's: --seat annotator=human:answers.jsonl. Its rows hold the prompt, say \
`how` it is answered, and have an `answer` in place of `feedback`; it is read as a model's would be. A prompt has one \
row, however many replicates share it.")]
    Todo {
        /// The run's folder.
        run: PathBuf,
        /// The file, which must not exist yet. [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The most rows. Each then speaks for all programs that fail alike. [default: all, each for itself]
        #[arg(long, value_name = "ROWS")]
        budget: Option<NonZeroUsize>,
        /// Which rows, if not all fit.
        #[arg(long, value_enum, default_value_t = AskByArg::Cluster, requires = "budget")]
        by: AskByArg,
        /// Seed of `--by random`.
        #[arg(long, default_value_t = 0, value_name = "N", requires = "budget")]
        seed: u64,
        /// The rows as one JSON list; a file always has a line each.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show what the feedback of a run is worth as it grows: the pass rate against labels and minutes, for each order in
    /// which `todo` could have put its programs to people.
    #[command(after_help = "\
Examples:
  mend feedback curve results/a-run
  mend feedback curve results/a-run --out curve.csv

A label is what was said of one program. All orders are given the same labels, those of the run. Once an order comes to a \
label, the repairs that were written from it count, and so do those of programs to which it was taken over. The table has \
a row for each order and number of labels, from 0 on.")]
    Curve {
        /// The run's folder.
        run: PathBuf,
        /// The file, in CSV. [default: stdout]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Seed of the order `random`.
        #[arg(long, default_value_t = 0, value_name = "N")]
        seed: u64,
        /// JSON instead of CSV.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show how well a simulated person, made of a file's rows, stands for the people who wrote them.
    #[command(after_help = "\
Example:
  mend feedback agreement feedback.jsonl --one-in 5

Every fifth row is held out, and compared with what the nearest of the others says: whether both name the same lines, and \
whether both call the program good enough. `--critic simulated:feedback.jsonl` is that person.")]
    Agreement {
        /// What people wrote.
        file: PathBuf,
        /// One of how many rows is held out.
        #[arg(long, default_value = "5", value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
        one_in: u32,
        /// JSON instead of CSV.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
}

/// `--by`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AskByArg {
    /// Where it is least sure whether a problem's programs pass.
    Uncertainty,
    /// The largest group of programs that fail alike first.
    Cluster,
    /// The size of such a group times the share of its repairs that failed so far.
    Value,
    /// By lot.
    Random,
}
