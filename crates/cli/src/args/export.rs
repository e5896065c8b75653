//! What runs hold, for trainers and other tools.

use clap::{Args, ValueEnum};
use mend_export::{KINDS, Options, Rule, ScoredOn};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::PathBuf;

use super::values::some;

/// `mend export`
#[derive(Debug, Args)]
#[command(after_help = after_help())]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a command line")]
pub struct ExportArgs {
    /// What to export: see below.
    #[arg(value_name = "KIND", required_unless_present = "list")]
    pub kind: Option<String>,
    /// The folders of the runs.
    #[arg(value_name = "RUN", required_unless_present_any = ["list", "schema"], conflicts_with_all = ["list", "schema"])]
    pub runs: Vec<PathBuf>,
    /// The file, which must not exist yet; `-` for standard output.
    #[arg(long, default_value = "-", value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file if it exists.
    #[arg(long, env = "MEND_FORCE")]
    pub force: bool,
    /// How it is written. [default: lines, and json for a log; or as the ending of the file says: .parquet, .eval]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// List the kinds.
    #[arg(long)]
    pub list: bool,
    /// The list of kinds as JSON.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
    /// Print the JSON Schema of the kind's rows.
    #[arg(long)]
    pub schema: bool,
    /// The flags that stand on the command line, by their ids.
    #[arg(skip)]
    pub typed: BTreeSet<String>,
    /// What kinds know.
    #[command(flatten)]
    pub options: ExportOptions,
}

/// What one kind or another knows. One that stands on the command line and that the kind does not use is refused; of the
/// environment and of `mend.toml`, which are for all kinds, a kind takes what it uses.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of kinds")]
pub struct ExportOptions {
    /// The tests that score a program. [default: hidden]
    #[arg(long, env = "MEND_SCORED_ON", value_name = "TESTS")]
    pub scored_on: Option<ScoredOnArg>,
    /// By how much two scores must differ.
    #[arg(long, env = "MEND_MARGIN", value_name = "SHARE", allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// The most rows of one problem.
    #[arg(long, env = "MEND_CAP", value_name = "N", value_parser = some::<NonZeroU32>)]
    pub cap: Option<NonZeroU32>,
    /// The most rows of all.
    #[arg(long, env = "MEND_MOST", value_name = "N", value_parser = some::<NonZeroU32>)]
    pub most: Option<NonZeroU32>,
    /// Seed of what is drawn. [default: 0]
    #[arg(long, env = "MEND_SEED", value_name = "SEED")]
    pub seed: Option<u64>,
    /// Only what was accepted.
    #[arg(long, env = "MEND_ACCEPTED", conflicts_with = "rejected")]
    pub accepted: bool,
    /// Only what was rejected.
    #[arg(long, env = "MEND_REJECTED")]
    pub rejected: bool,
    /// Compare explanations with accepted ones.
    #[arg(long, env = "MEND_EXPLANATIONS")]
    pub explanations: bool,
    /// Only pairs of which one side is preferred by this.
    #[arg(long, env = "MEND_BY", value_name = "RULE")]
    pub by: Option<RuleArg>,
    /// What each category of marks weighs: `wrong_logic=1,slow=0.5`. [default: as the run's strategy says, else 1 each]
    #[arg(long, env = "MEND_WEIGHTS", value_name = "WEIGHTS")]
    pub weights: Option<String>,
    /// The folder of an earlier run, to tell what changed since.
    #[arg(long, env = "MEND_SINCE", value_name = "RUN")]
    pub since: Option<PathBuf>,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Rows as JSON lines.
    Lines,
    /// Rows as a table in Parquet's format.
    Parquet,
    /// A log of Inspect as one JSON document.
    Json,
    /// A log of Inspect in its zipped format.
    Eval,
}

/// `--by`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuleArg {
    /// A judge chose it, in both orders if there were two.
    Choice,
    /// Judges scored it higher.
    Score,
    /// It won more comparisons of judgements.
    Rating,
    /// The edits by it pass more tests.
    Edits,
    /// A revision by it passes.
    Revision,
    /// More of its units are sound.
    Sound,
}

impl From<RuleArg> for Rule {
    fn from(rule: RuleArg) -> Self {
        match rule {
            RuleArg::Choice => Self::Choice,
            RuleArg::Score => Self::Score,
            RuleArg::Rating => Self::Rating,
            RuleArg::Edits => Self::Edits,
            RuleArg::Revision => Self::Revision,
            RuleArg::Sound => Self::Sound,
        }
    }
}

/// `--scored-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScoredOnArg {
    /// Those that the statement shows.
    Public,
    /// The scoring tests.
    Hidden,
    /// Those that models or people wrote during the run.
    Generated,
}

impl From<ScoredOnArg> for ScoredOn {
    fn from(tests: ScoredOnArg) -> Self {
        match tests {
            ScoredOnArg::Public => Self::Public,
            ScoredOnArg::Hidden => Self::Hidden,
            ScoredOnArg::Generated => Self::Generated,
        }
    }
}

impl From<&ExportOptions> for Options {
    fn from(options: &ExportOptions) -> Self {
        // Names every field, so that none is passed over.
        let ExportOptions { scored_on, margin, cap, most, seed, accepted, rejected, explanations, by, weights, since } =
            options.clone();
        let (scored_on, by) = (scored_on.map(ScoredOn::from), by.map(Rule::from));
        // How a log is written follows from the form of the whole.
        let format = None;
        Self {
            margin,
            cap,
            seed,
            scored_on,
            accepted,
            rejected,
            most,
            explanations,
            by,
            weights,
            format,
            since,
            ..Self::default()
        }
    }
}

fn after_help() -> String {
    let width = KINDS.iter().map(|kind| kind.name.len()).max().unwrap_or_default();
    let kinds =
        KINDS.iter().map(|kind| format!("  {:width$}  {}\n", kind.name, kind.summary)).collect::<Vec<_>>().concat();
    format!(
        "Kinds:\n{kinds}\n\
         Examples:\n\
         \x20 mend export sft results/a-run --out sft.jsonl\n\
         \x20 mend export trajectories results/a-run results/another --out - | head -1\n\
         \x20 mend export sft --schema\n\n\
         docs/exports.md describes each kind with its fields. `mend` says on standard error what it leaves out, and why.\n\n\
         Exit codes: 0 rows were written, 2 no row was, or an option is wrong, 5 a run is not finished: what it holds was \
         written."
    )
}
