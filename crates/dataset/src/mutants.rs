//! Known damages of a reference solution, checked against it.

use crate::Flaw;
use crate::fields::value;
use mend_core::Mutant;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Reads the mutants of one problem. Each must have a name of its own and exactly one place in the reference.
pub(crate) fn read(raw: &[Box<RawValue>], reference: Option<&str>) -> Result<Vec<Mutant>, Flaw> {
    let mut names = BTreeSet::new();
    let mut mutants = Vec::new();
    for (index, raw) in raw.iter().enumerate() {
        let mutant: Mutant = value(raw, || format!("mutants[{index}]"))?;
        let reference = reference.ok_or(Flaw::MutantsWithoutReference)?;
        let count = occurrences(reference.as_bytes(), mutant.find.as_bytes());
        if count != 1 {
            return Err(Flaw::MutantPlace { name: mutant.name, count });
        }
        if !names.insert(mutant.name.clone()) {
            return Err(Flaw::MutantName(mutant.name));
        }
        mutants.push(mutant);
    }
    Ok(mutants)
}

/// Counts overlapping occurrences too: where they overlap, "the one place" has no meaning. The empty text has
/// none, because nothing can be damaged there.
fn occurrences(text: &[u8], find: &[u8]) -> usize {
    if find.is_empty() { 0 } else { text.windows(find.len()).filter(|window| *window == find).count() }
}
