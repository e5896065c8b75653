//! Programs of problems on which compared runs differ, with their texts: of these problems alone.

use crate::compared::Read;
use crate::failure::{Failure, journal_failure};
use mend_core::{Node, ProblemId};
use mend_journal::{Bodies, Indexed};
use mend_metrics::{Comparison, Program, ProgramPlace};
use std::collections::{BTreeMap, BTreeSet};

/// The programs that a comparison names, of each of its runs: of the first, and then of the others.
pub fn flipped(runs: &[Read], comparison: &Comparison) -> Result<Vec<BTreeMap<ProgramPlace, Node>>, Failure> {
    let mut wanted: Vec<BTreeSet<ProgramPlace>> = vec![BTreeSet::new(); runs.len()];
    for (pair, place) in comparison.pairs.iter().zip(1..) {
        for flip in &pair.flips {
            for (run, program) in [(0, &flip.program_a), (place, &flip.program_b)] {
                let found =
                    program.as_ref().and_then(|Program { replicate, slot, .. }| Some((*replicate, slot.clone()?)));
                if let (Some((replicate, slot)), Some(wanted)) = (found, wanted.get_mut(run)) {
                    wanted.insert((flip.problem.clone(), replicate, slot));
                }
            }
        }
    }
    runs.iter().zip(&wanted).map(|(read, wanted)| of_run(read, wanted)).collect()
}

fn of_run(read: &Read, wanted: &BTreeSet<ProgramPlace>) -> Result<BTreeMap<ProgramPlace, Node>, Failure> {
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let mut indexed = Indexed::open(&read.folder).map_err(journal_failure)?;
    let problems: BTreeSet<&ProblemId> = wanted.iter().map(|(problem, ..)| problem).collect();
    let places: Vec<usize> = (0..read.problems.len()).filter(|at| problems.contains(&read.problems[*at].id)).collect();
    for at in places {
        for tree in indexed.problem(at, Bodies::AsFound).map_err(journal_failure)? {
            for node in tree.nodes() {
                let place = (tree.key.problem.clone(), tree.key.replicate, node.slot.to_string());
                if wanted.contains(&place) {
                    found.insert(place, node.clone());
                }
            }
        }
    }
    Ok(found)
}
