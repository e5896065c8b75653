//! `timings.csv`: the one file that a clock may reach.

use crate::cell::Cell;
use crate::sheet::{Sheet, column};
use mend_core::{Node, Outcome, ProblemEntry, RepairTree, TreeKey, Used};

/// What a judgement took.
pub(crate) struct Timing<'a> {
    key: &'a TreeKey,
    node: &'a Node,
    used: Used,
}

/// A row for each judged node.
pub(crate) fn rows<'a>(trees: &[(&'a ProblemEntry, &'a RepairTree)]) -> Vec<Timing<'a>> {
    let judged = trees.iter().flat_map(|(_, tree)| {
        tree.nodes().filter_map(|node| match &node.outcome {
            Some(Outcome::Judged(_, used)) => Some(Timing { key: &tree.key, node, used: *used }),
            _ => None,
        })
    });
    judged.collect()
}

/// How it is laid out.
pub(crate) fn sheet<'a>() -> Sheet<Timing<'a>> {
    let column = column::<Timing<'a>>;
    let columns = vec![
        column("problem", "id of the problem", |row| Cell::text(&row.key.problem)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.key.replicate)),
        column("slot", "place of the program in its tree", |row| Cell::of(&row.node.slot)),
        column("cpu_ms", "CPU time of the program, in milliseconds", |row| Cell::of(row.used.cpu.as_millis())),
        column("wall_ms", "time that the judgement took, in milliseconds", |row| Cell::of(row.used.wall.as_millis())),
        column("peak_bytes", "most memory that the program held, in bytes", |row| Cell::of(row.used.peak_bytes)),
    ];
    Sheet::new("timings.csv", "one judged program; differs between two runs of one identity", columns)
}
