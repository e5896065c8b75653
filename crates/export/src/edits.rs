//! Which programs were written by a critique.

use mend_core::{Kind, Node, RepairTree, Slot};

/// The programs that were written with one critique in view and no other, by slot.
pub(crate) fn of<'a>(tree: &'a RepairTree, critique: &'a Slot) -> impl Iterator<Item = &'a Node> {
    tree.nodes().filter(move |node| node.slot.is_program() && by(tree, node) == Some(critique))
}

/// The one critique that a program was written with in view. A critique of another program makes no edit: it is a control.
pub(crate) fn by<'a>(tree: &'a RepairTree, node: &'a Node) -> Option<&'a Slot> {
    let call = tree.call(node.call.as_ref()?)?;
    let mut shown = call.shows.iter().filter(|slot| slot.kind() == Kind::Feedback);
    match (shown.next(), shown.next()) {
        (Some(critique), None) => {
            Some(critique).filter(|critique| critique.program_above() == node.slot.program_above())
        }
        (Some(_), Some(_)) => None,
        // Journals before version 3 do not say what a prompt shows: there a repair stands below its critique.
        (None, _) if !call.shows.is_empty() => None,
        (None, _) => {
            let above = node.slot.parent().filter(|slot| slot.kind() == Kind::Feedback)?;
            tree.node(&above).map(|critique| &critique.slot)
        }
    }
}
