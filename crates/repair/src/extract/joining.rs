//! Joining a block with what it needs of others: definitions and imports, and what changes their values. Calls that show
//! something, and asserts, are not needed by anybody.

use super::program::Piece;
use mend_python::{Names, is_builtin};
use std::collections::{BTreeMap, BTreeSet};

/// What a block needs of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// Code to run before it.
    pub(super) code: String,
    /// The blocks that the code comes from.
    pub(super) blocks: BTreeSet<usize>,
}

/// The statements of all blocks, by the names that they bind and change.
pub(super) struct Joiner<'a> {
    blocks: &'a [Vec<Piece<'a>>],
    binding: BTreeMap<&'a str, Vec<(usize, usize)>>,
    changing: BTreeMap<(usize, &'a str), Vec<usize>>,
}

impl<'a> Joiner<'a> {
    /// Reads the statements of each block, in order.
    pub(super) fn of(blocks: &'a [Vec<Piece<'a>>]) -> Self {
        let mut binding: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        let mut changing: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (block, pieces) in blocks.iter().enumerate() {
            for (index, piece) in pieces.iter().enumerate() {
                for name in &piece.names.bound {
                    binding.entry(name).or_default().push((block, index));
                }
                if let Some(name) = piece.changes {
                    changing.entry((block, name)).or_default().push(index);
                }
            }
        }
        Self { blocks, binding, changing }
    }

    /// What a block needs of the others, if anything. `own` are its names, and `given` is what is there anyway.
    pub(super) fn needed(&self, chosen: usize, own: &Names<'_>, given: &BTreeSet<String>) -> Option<Joined> {
        let is_there = |name: &str| is_builtin(name) || given.contains(name) || own.bound.contains(name);
        let mut open: Vec<&str> = own.needed.iter().copied().collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if is_there(name) || !seen.insert(name) {
                continue;
            }
            let places = self.binding.get(name).map(Vec::as_slice).unwrap_or_default();
            let others = || places.iter().map(|(block, _)| *block).filter(|block| *block != chosen);
            // The nearest block before, else the nearest behind.
            let Some(block) = others().filter(|block| *block < chosen).max().or_else(|| others().min()) else {
                continue;
            };
            let bound = places.iter().filter(|(place, _)| *place == block).map(|(_, index)| *index);
            let changed = self.changing.get(&(block, name)).into_iter().flatten().copied();
            for index in bound.chain(changed) {
                if taken.insert((block, index)) {
                    open.extend(self.blocks[block][index].names.needed.iter().copied());
                }
            }
        }
        if taken.is_empty() {
            return None;
        }
        let code = taken.iter().flat_map(|(block, index)| [self.blocks[*block][*index].text, "\n"]).collect();
        Some(Joined { code, blocks: taken.into_iter().map(|(block, _)| block).collect() })
    }
}

/// Puts code before a program: behind its `from __future__`, which has to come first.
pub(super) fn before(code: &str, program: &str) -> String {
    let future = program.rfind("\nfrom __future__ ").map(|start| start + 1);
    let future = future.or_else(|| program.starts_with("from __future__ ").then_some(0));
    let end = future.map_or(0, |start| program[start..].find('\n').map_or(program.len(), |end| start + end + 1));
    format!("{}{code}\n{}", &program[..end], &program[end..])
}
