//! The runs of a folder as one table: what each handed in, beside independent programs of the same folder.

use crate::failure::Failure;
use crate::runs::{RunSeen, read};
use mend_core::{RepairTree, RunManifest, Seat};
use mend_journal::JournalError;
use mend_metrics::{Against, Options, Run, against};
use std::path::Path;

/// The strategy that draws independent programs and repairs none.
const INDEPENDENT: &str = "iid";

/// A run, and the point that it realised.
#[derive(Debug)]
pub struct Beside {
    /// The run.
    pub seen: RunSeen,
    /// What it handed in, beside the folder's independent programs; `None` if nothing of it is scored.
    pub point: Option<Against>,
    /// Id of the run of independent programs; `None` where there is none for it, as for itself.
    pub baseline: Option<String>,
    /// Whether it is such a run of independent programs itself.
    pub is_baseline: bool,
}

/// The runs in a folder, each beside the run of independent programs that has the same problems, tests and model of the
/// coder; of several the one with the most programs. Also why others were left out.
pub fn beside(folder: &Path) -> Result<(Vec<Beside>, Vec<JournalError>), Failure> {
    let (mut read, left_out) = read(folder, |seen, manifest, trees| (seen, manifest, trees))?;
    read.sort_by(|(a, ..), (b, ..)| a.order().cmp(&b.order()));
    let baseline_of = |manifest: &RunManifest| {
        let fits = |other: &&(RunSeen, RunManifest, Vec<RepairTree>)| {
            is_independent(&other.1) && is_about_the_same(manifest, &other.1)
        };
        // Of equals the first: `max_by_key` takes the last.
        read.iter().filter(fits).rev().max_by_key(|(seen, ..)| seen.programs)
    };
    let points: Vec<(Option<Against>, Option<String>, bool)> = read
        .iter()
        .map(|(seen, manifest, trees)| {
            let run = Run { manifest, trees };
            let options = Options { seed: manifest.identity.seed, ..Options::default() };
            let is_baseline = is_independent(manifest);
            let found = baseline_of(manifest).filter(|(other, ..)| !is_baseline && other.folder != seen.folder);
            let baseline = match found {
                Some((_, manifest, trees)) => Ok(Run { manifest, trees }),
                None if is_baseline => Err("it is the baseline"),
                None => Err("the folder holds no `iid` run of these problems, tests and model"),
            };
            let id = found.map(|(other, ..)| other.labels.id.clone());
            (against(run, baseline, &options), id, is_baseline)
        })
        .collect();
    let rows = read.into_iter().zip(points).map(|((seen, ..), (point, baseline, is_baseline))| Beside {
        seen,
        point,
        baseline,
        is_baseline,
    });
    Ok((rows.collect(), left_out))
}

fn is_independent(manifest: &RunManifest) -> bool {
    manifest.identity.strategy.name == INDEPENDENT
}

/// Whether two runs have the same problems with the same tests, and the same model that writes programs.
fn is_about_the_same(one: &RunManifest, other: &RunManifest) -> bool {
    let coder = |manifest: &RunManifest| manifest.identity.models.get(&Seat::CODER).map(|model| model.name.clone());
    let problems = |manifest: &RunManifest| -> Vec<_> {
        manifest.problems.iter().map(|problem| (problem.id.clone(), problem.digest)).collect()
    };
    problems(one) == problems(other) && coder(one).is_some() && coder(one) == coder(other)
}
