//! The programs of a tree as lines and as edges.

use mend_core::{Node, RepairTree, Slot, Suite};
use std::collections::BTreeMap;

/// A program and the repair that was made of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge<'a> {
    pub(crate) parent: &'a Node,
    pub(crate) child: &'a Node,
}

/// Every edge of a tree, in the order of the repairs' slots.
pub(crate) fn edges(tree: &RepairTree) -> impl Iterator<Item = Edge<'_>> {
    // Children of one program stand together, so that most have the parent of the one before.
    let mut last: Option<&Node> = None;
    let programs = tree.nodes().filter(|node| node.slot.is_program());
    programs.filter_map(move |child| {
        let above = child.slot.steps_above()?;
        let parent = match last.filter(|last| last.slot.steps() == above) {
            Some(parent) => parent,
            None => tree.node(&child.slot.program_above()?)?,
        };
        last = Some(parent);
        Some(Edge { parent, child })
    })
}

impl Edge<'_> {
    /// Whether parent and child pass the hidden suite; `None` if one of them is unscored.
    pub(crate) fn passes(&self) -> Option<(bool, bool)> {
        Some((self.parent.passes(Suite::Hidden)?, self.child.passes(Suite::Hidden)?))
    }
}

/// A first program with its repairs, where each program has at most one: whether each passes, in order.
pub(crate) type Line = Vec<bool>;

/// The lines of a tree. Those with a program that could not be scored are left out.
///
/// # Errors
/// A program with several repairs: no line runs through it.
pub(crate) fn lines(tree: &RepairTree) -> Result<Vec<Line>, Slot> {
    let mut next: BTreeMap<&Slot, &Node> = BTreeMap::new();
    for Edge { parent, child } in edges(tree) {
        if next.insert(&parent.slot, child).is_some() {
            return Err(parent.slot.clone());
        }
    }
    let first = tree.nodes().filter(|node| node.slot.is_first_program());
    let line = |first: &Node| {
        let mut line = vec![first.passes(Suite::Hidden)?];
        let mut here = &first.slot;
        while let Some(node) = next.get(here) {
            line.push(node.passes(Suite::Hidden)?);
            here = &node.slot;
        }
        Some(line)
    };
    Ok(first.filter_map(line).collect())
}

/// Whether the current program of a line passes after so many repairs: a line that stopped keeps its last program.
pub(crate) fn stands(line: &[bool], round: usize) -> bool {
    line.get(round.min(line.len() - 1)).copied().unwrap_or(false)
}

/// Whether some program of a line passes within so many repairs.
pub(crate) fn solved(line: &[bool], round: usize) -> bool {
    line.iter().take(round + 1).any(|passes| *passes)
}
