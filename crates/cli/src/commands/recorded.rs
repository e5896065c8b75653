//! Where our verdicts differ from those that a file recorded: as a file, and on the terminal.

use crate::args::ShowArgs;
use crate::exit::Failure;
use mend_core::{RunManifest, Seat};
use mend_lab::Source;
use mend_report::OfRecorded;
use std::path::Path;

/// Differences that the terminal lists at most.
const SHOWN: usize = 20;

/// Who recorded the verdicts on a run's programs: the file that was imported, or the file of samples.
pub fn by(manifest: &RunManifest, source: Option<&Source>) -> String {
    let imported = source.and_then(|source| source.manifest.identity.imported.as_ref());
    let coder = manifest.identity.models.get(&Seat::CODER).map(|coder| coder.name.as_str()).unwrap_or_default();
    let file = imported.map_or(coder, |imported| imported.file.as_str());
    file.strip_prefix("samples:").unwrap_or(file).to_owned()
}

/// Writes and shows the differences. In JSON they stand beside the summary.
pub fn publish(folder: &Path, of: OfRecorded<'_>, show: &ShowArgs) -> Result<(), Failure> {
    mend_report::write_recorded(folder, of).map_err(Failure::usage)?;
    let shown = mend_report::recorded_table(of, super::width(), SHOWN);
    if show.json {
        crate::tell(shown.lines().next().unwrap_or_default());
        Ok(())
    } else {
        crate::print(&format!("\n{shown}"))
    }
}
