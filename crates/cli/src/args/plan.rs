//! What is known of a run before it is made.

use clap::Args;
use std::path::PathBuf;

/// What `mend plan`, and `mend run --dry-run`, go by.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Planning")]
pub struct ForecastArgs {
    /// Say what the run would buy and what it could show, and send nothing: as `mend plan`.
    #[arg(long)]
    pub dry_run: bool,
    /// A run that shows what to expect: of the same strategy, or one of programs and repairs for trees of other sizes.
    #[arg(long, env = "MEND_PILOT", value_name = "RUN")]
    pub pilot: Option<PathBuf>,
    /// Mean tokens of prompt and answer, in place of a pilot: `--lengths coder=400/300,repairer=900/350`.
    #[arg(long, value_delimiter = ',', value_name = "SEAT=PROMPT/ANSWER,...", conflicts_with = "pilot")]
    pub lengths: Vec<String>,
    /// The share of first programs that fail, in place of a pilot.
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "pilot")]
    pub failing: Option<f64>,
    /// How differently problems react: the variance of their true differences, which `mend gate` of two runs tells.
    #[arg(long, value_name = "VARIANCE", value_parser = variance)]
    pub omega: Option<f64>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to 1".to_owned()),
    }
}

fn variance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(variance) if (0.0..=4.0).contains(&variance) => Ok(variance),
        _ => Err("expected a variance of differences from 0 to 4, such as 0.07".to_owned()),
    }
}
