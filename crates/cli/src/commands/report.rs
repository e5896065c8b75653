//! `mend report`, and the end of every run.

use crate::args::{ReportArgs, ShowArgs};
use crate::exit::{Exit, Failure};
use crate::experiment::journal_failure;
use mend_core::{ProblemId, RepairTree, RunManifest};
use mend_journal::Bodies;
use mend_metrics::{Options, Summary};
use mend_report::ReportError;
use std::collections::BTreeMap;
use std::path::Path;

/// The k of pass@k if nobody asks for others.
const KS: [u32; 8] = [1, 2, 3, 5, 10, 25, 50, 100];

/// `mend report`
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let recorded = mend_journal::read(&args.run, Bodies::Without).map_err(journal_failure)?;
    if let Some(torn) = &recorded.cut {
        crate::tell(&format!("journal.jsonl:{}: ignored {} bytes of an unfinished entry", torn.line, torn.bytes));
    }
    let trees = recorded.trees().map_err(journal_failure)?;
    let unscored = publish(&args.run, &recorded.manifest, &trees, &args.show)?;
    Ok(if trees.iter().any(|tree| !tree.is_finished()) {
        crate::tell(&format!("the run is not complete\nhint: `mend resume {}` goes on", args.run.display()));
        Exit::Stopped
    } else if unscored {
        Exit::Unscored
    } else {
        Exit::Complete
    })
}

/// Computes a run's figures, writes its files, and shows them. Returns whether anything is unscored.
pub fn publish(folder: &Path, manifest: &RunManifest, trees: &[RepairTree], show: &ShowArgs) -> Result<bool, Failure> {
    let summary = mend_metrics::summarize(manifest, trees, &options(manifest, trees, show)?);
    mend_report::write(folder, manifest, trees, &summary).map_err(|error| match &error {
        ReportError::Io { .. } => Failure::usage(error)
            .with_exit(Exit::Stopped)
            .hint(format!("the journal is whole: make room, then `mend report {}`", folder.display())),
        ReportError::UnknownProblem(_) | ReportError::Csv { .. } => Failure::usage(error).with_exit(Exit::Bug),
    })?;
    if show.json {
        crate::print(&mend_report::to_json(&summary));
    } else {
        crate::print(&mend_report::render(manifest, &summary, super::width()));
        crate::tell(&format!("written to {}", folder.display()));
    }
    Ok(any_unscored(&summary))
}

fn any_unscored(summary: &Summary) -> bool {
    summary.first_programs.unscored + summary.repairs.unscored > 0
}

/// The k that the user asks for, each of which must exist; else the usual ones that do.
fn options(manifest: &RunManifest, trees: &[RepairTree], show: &ShowArgs) -> Result<Options, Failure> {
    let mut programs: BTreeMap<&ProblemId, u32> = BTreeMap::new();
    for tree in trees.iter().filter(|tree| tree.is_finished()) {
        let first = tree.nodes().filter(|node| node.slot.depth() == 0).count() as u32;
        *programs.entry(&tree.key.problem).or_default() += first;
    }
    let available = programs.values().copied().min().unwrap_or(0);
    let asked: Vec<u32> = show.k.iter().map(|k| k.get()).collect();
    if let Some(k) = asked.iter().find(|k| **k > available && available > 0) {
        let error =
            format!("pass@{k} needs {k} programs of every problem, and some problem of the run has {available}");
        return Err(Failure::usage(error).hint("ask for a smaller `--k`"));
    }
    let ks = if asked.is_empty() { KS.into_iter().filter(|k| *k <= available.max(1)).collect() } else { asked };
    Ok(Options { ks, seed: manifest.identity.seed, ..Options::default() })
}
