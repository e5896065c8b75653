//! A gate for a build.

use super::{ComparedArgs, ConnectionArgs, MachineArgs};
use clap::Args;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `mend gate`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend gate --baseline results/main --candidate results/branch --metric submission --margin .02
  mend gate results/branch --baseline results/main --margin .05 --strict --junit gate.xml --markdown summary.md
  mend gate --baseline results/main --candidate results/branch --margin .05 --sequential -- \\
    --dataset starter --model sim/journeyman --strategy self-repair --n-p 4

Verdicts: ok (a loss of the margin or more is ruled out), regression within margin (the same, though something was lost), \
regression (something was lost, perhaps more), undecided (neither is clear: the output says what would settle it).

Exit codes: 0 ok, within the margin, or undecided; 1 regression, and undecided with --strict; 2 runs that are not \
comparable, or too few scored problems to answer.

With --sequential a candidate that is not complete goes on, problem by problem, and stops as soon as the answer is clear. \
Behind `--` stand the arguments of `mend run` for a candidate that does not exist yet; it goes into the folder of \
--candidate. docs/ci.md has a worked example.")]
pub struct GateArgs {
    /// The candidate's folder, in place of `--candidate`.
    #[arg(value_name = "CANDIDATE", conflicts_with = "candidate")]
    pub run: Option<PathBuf>,
    /// The folder of the run that must not be lost against.
    #[arg(long, env = "MEND_BASELINE", value_name = "RUN")]
    pub baseline: PathBuf,
    /// The folder of the run that wants to pass.
    #[arg(long, env = "MEND_CANDIDATE", value_name = "RUN", required_unless_present = "run")]
    pub candidate: Option<PathBuf>,
    /// The loss that does not matter, as a share: .02 is two points. There is no default, because it decides verdicts.
    #[arg(long, env = "MEND_MARGIN", value_name = "SHARE", value_parser = margin)]
    pub margin: f64,
    /// The share of false alarms, and of false passes, that is borne.
    #[arg(long, env = "MEND_ALPHA", default_value = "0.05", value_name = "SHARE", value_parser = alpha)]
    pub alpha: f64,
    /// Let an undecided gate fail.
    #[arg(long, env = "MEND_STRICT")]
    pub strict: bool,
    /// Look after every problem, and stop buying as soon as the answer is clear.
    #[arg(long, env = "MEND_SEQUENTIAL")]
    pub sequential: bool,
    /// The part of `--alpha` that is spent on stopping early; 0 never stops. [default: a fifth]
    #[arg(long, value_name = "SHARE", requires = "sequential", value_parser = early)]
    pub alpha_early: Option<f64>,
    /// Problems under way at the same time in a sequential gate: as many may be bought beyond the one that decides.
    #[arg(long, env = "MEND_AT_ONCE", default_value = "4", value_name = "N", value_parser = super::values::some::<NonZeroUsize>)]
    pub at_once: NonZeroUsize,
    /// What is compared, and how. One `--metric`.
    #[command(flatten)]
    pub what: ComparedArgs,
    /// A file for the answer as JUnit's XML.
    #[arg(long, env = "MEND_JUNIT", value_name = "FILE.xml")]
    pub junit: Option<PathBuf>,
    /// A file for the answer as Markdown, such as "$GITHUB_STEP_SUMMARY".
    #[arg(long, env = "MEND_MARKDOWN", value_name = "FILE.md")]
    pub markdown: Option<PathBuf>,
    /// A folder for gate.json: the verdict, the bounds, and the stream with its purses.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// JSON instead of text.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
    /// How servers are reached, where a candidate goes on.
    #[command(flatten)]
    pub connections: ConnectionArgs,
    /// The machine's part of judging, where a candidate goes on.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// The arguments of `mend run` for a candidate that does not exist yet.
    #[arg(last = true, value_name = "ARGUMENTS OF MEND RUN")]
    pub begin: Vec<OsString>,
}

fn share(text: &str, most: f64, at_least: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > at_least && share < most => Ok(share),
        _ => Err(format!("expected a share above {at_least} and below {most}, such as .05 for five points")),
    }
}

fn margin(text: &str) -> Result<f64, String> {
    share(text, 1.0, 0.0)
}

fn alpha(text: &str) -> Result<f64, String> {
    share(text, 0.5, 0.0)
}

fn early(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..0.5).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 on and below `--alpha`, such as .01".to_owned()),
    }
}
