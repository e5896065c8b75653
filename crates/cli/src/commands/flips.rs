//! Which verdicts flipped when the programs of a run were judged anew: as a file, and on the terminal.

use crate::args::ShowArgs;
use crate::exit::Failure;
use mend_core::{RepairTree, RunManifest};
use mend_lab::Source;
use mend_metrics::RunLabels;
use mend_report::OfFlips;
use std::path::Path;

/// Verdicts that the terminal lists at most.
const SHOWN: usize = 40;

/// Writes and shows which verdicts flipped. Returns whether any did.
pub fn publish(
    source: &Source,
    folder: &Path,
    manifest: &RunManifest,
    trees: &[RepairTree],
    show: &ShowArgs,
) -> Result<bool, Failure> {
    let flips = mend_metrics::flips(&source.trees, trees);
    let (run, other_problems) = (RunLabels::of(manifest), source.other_problems(manifest));
    let of = OfFlips { run: &run, source: &source.manifest.run_id, flips: &flips, other_problems: &other_problems };
    mend_report::write_flips(folder, of).map_err(Failure::usage)?;
    let has_flips = !flips.flipped.is_empty();
    let shown = mend_report::flips_table(of, super::width(), SHOWN);
    if show.json {
        // The summary alone goes to stdout.
        crate::tell(shown.lines().next().unwrap_or_default());
    } else if source.manifest.identity.imported.is_none() {
        // What an import recorded stands in a table of its own.
        crate::print(&format!("\n{shown}"))?;
    }
    Ok(has_flips)
}
