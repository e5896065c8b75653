//! What the rows of a file say of its programs, gathered while they are read.

use super::row::Sample;
use mend_core::{Claim, Said, Slot, Suite, TreeKey};
use std::collections::BTreeMap;

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    claims: Vec<Claim>,
    /// How many answers the rows have that say a share, by the problem's tree.
    shared: BTreeMap<TreeKey, Vec<usize>>,
}

impl Gathered {
    /// Keeps what is said of the `index`-th program of a tree.
    pub(super) fn add(&mut self, tree: &TreeKey, index: usize, sample: &Sample) {
        for (field, said) in &sample.said {
            let slot = matches!(said, Said::Passes(_)).then(|| Slot::program(index as u32));
            if slot.is_none() {
                self.shared.entry(tree.clone()).or_default().push(sample.count);
            }
            let (tree, field) = (tree.clone(), field.clone());
            self.claims.push(Claim { tree, slot, suite: Suite::Hidden, field, said: *said });
        }
    }

    /// All of it but shares of a problem whose answers stand in several rows, since each is of its row alone. `count` tells
    /// how many programs a tree has.
    pub(super) fn claims(self, count: impl Fn(&TreeKey) -> usize) -> Vec<Claim> {
        let Self { mut claims, shared } = self;
        claims.retain(|claim| {
            let all = count(&claim.tree);
            claim.slot.is_some() || shared.get(&claim.tree).is_some_and(|rows| rows.iter().all(|row| *row == all))
        });
        claims
    }
}
