//! Programs that are the same but for their formatting.

use mend_core::{Digest, ProblemId, RepairTree};
use std::collections::BTreeMap;

/// The programs that are an earlier one of their problem once more, formatting aside, each with that one. A program whose
/// text is not known is like no other.
pub fn same_programs(trees: &[RepairTree]) -> BTreeMap<Digest, Digest> {
    let mut same = BTreeMap::new();
    let mut of_problems: BTreeMap<&ProblemId, BTreeMap<Digest, Digest>> = BTreeMap::new();
    for tree in trees {
        let firsts = of_problems.entry(&tree.key.problem).or_default();
        let candidates = tree.nodes().filter_map(|node| node.candidate.as_ref());
        for program in candidates.map(|candidate| &candidate.program) {
            let Some(text) = program.body() else { continue };
            let first = firsts.entry(Digest::of(&mend_python::normalised(text))).or_insert(program.digest());
            if *first != program.digest() {
                same.insert(program.digest(), *first);
            }
        }
    }
    same
}
