//! What lies in a folder of results.

use crate::failure::{Failure, journal_failure};
use mend_core::{Node, RepairTree, RunManifest};
use mend_journal::{Bodies, Journal, JournalError};
use mend_metrics::RunLabels;
use std::path::{Path, PathBuf};

/// A run, as its folder shows it without its data.
#[derive(Debug)]
pub struct RunSeen {
    /// Where it lies.
    pub folder: PathBuf,
    /// What it is about.
    pub labels: RunLabels,
    /// `complete`, `running` or `stopped`.
    pub state: &'static str,
    /// Finished trees.
    pub trees_finished: usize,
    /// All trees.
    pub trees: usize,
    /// First programs that were judged or given up.
    pub programs: usize,
}

/// The runs of a folder, and why others were left out.
#[derive(Debug, Default)]
pub struct Runs {
    /// By data, strategy and model, so that what can be compared stands together.
    pub runs: Vec<RunSeen>,
    /// Folders that hold a manifest and cannot be read.
    pub left_out: Vec<JournalError>,
}

/// The runs in a folder. A run's own folder holds that run.
pub fn runs(folder: &Path) -> Result<Runs, Failure> {
    let (mut runs, left_out) = read(folder, |seen, _, _| seen)?;
    runs.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(Runs { runs, left_out })
}

/// Reads the runs in a folder, and keeps of each what somebody wants of it: of all of them the trees may be too many to
/// hold. Also why others were left out.
pub(crate) fn read<T>(
    folder: &Path,
    keep: fn(RunSeen, RunManifest, Vec<RepairTree>) -> T,
) -> Result<(Vec<T>, Vec<JournalError>), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|source| {
        let failure = Failure::usage(format!("cannot read `{}`: {source}", folder.display()));
        failure.hint("`mend run` and `mend score` put runs below `results`; name another folder if yours lie elsewhere")
    })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.push(folder.to_owned());
    paths.retain(|path| path.join("manifest.json").is_file());
    let (mut found, mut left_out) = (vec![], vec![]);
    for path in paths {
        match mend_journal::read(&path, Bodies::Without) {
            Ok(recorded) => {
                let trees = recorded.trees().map_err(journal_failure)?;
                found.push(keep(RunSeen::of(path, &recorded.manifest, &trees), recorded.manifest, trees));
            }
            Err(error) => left_out.push(error),
        }
    }
    Ok((found, left_out))
}

impl RunSeen {
    fn of(folder: PathBuf, manifest: &RunManifest, trees: &[RepairTree]) -> Self {
        let finished = trees.iter().filter(|tree| tree.is_finished()).count();
        let state = Journal::state(&folder, finished == trees.len());
        let is_first = |node: &&Node| node.slot.is_first_program();
        let is_done = |tree: &RepairTree| tree.nodes().filter(is_first).filter(|node| node.outcome.is_some()).count();
        Self {
            labels: RunLabels::of(manifest),
            state,
            trees_finished: finished,
            trees: trees.len(),
            programs: trees.iter().map(is_done).sum(),
            folder,
        }
    }

    pub(crate) fn order(&self) -> (&str, &str, &str, &str, &Path) {
        (&self.labels.dataset, &self.labels.strategy, &self.labels.model, &self.labels.id, &self.folder)
    }
}
