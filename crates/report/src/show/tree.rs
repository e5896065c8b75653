//! The tree of one problem, a line for each node.

use super::{Look, Place, counted, ended, places, warning, within};
use crate::failure::first_failure;
use crate::learning::{part, turns};
use crate::plain::plain;
use crate::tables::wrap;
use mend_core::{Node, Outcome, RepairTree, RunManifest, Suite};
use mend_metrics::{TokenCounts, handed_in};

/// Columns that a first failure needs to say anything.
const LEAST: usize = 12;

/// A line for each node, parents first: slot, kind, seat, how it ended or what was read, tokens, and for a program
/// that fails its first failure. A star marks the program that is handed in. Where the problem has public tests, a column
/// of its own has how many of them a program passes.
pub fn show_tree(manifest: &RunManifest, tree: &RepairTree, look: Look) -> String {
    let width = usize::from(look.width.max(40));
    let places = places(tree);
    let handed_in = handed_in(manifest, tree);
    // What no server reported is our own count, in a column of another name.
    let is_billed = tree.nodes().any(|node| !node.is_made() && TokenCounts::of_node(node).billed.is_some());
    let tokens = |node: Option<&Node>| {
        let counts = node.map(TokenCounts::of_node).unwrap_or_default();
        let count = if is_billed { counts.billed } else { counts.paper };
        count.map_or("-".to_owned(), |count| format!("{count:.0}"))
    };
    let has_public = tree.nodes().any(|node| verdict(node).is_some_and(|verdict| verdict.public.is_some()));
    let mut header = vec!["  slot", "kind", "seat", "ended"];
    header.extend(has_public.then_some("public"));
    header.push(if is_billed { "tokens" } else { "paper_tokens" });
    let is_made = |place: &Place<'_>| place.node.is_some_and(Node::is_made);
    let row = |place: &Place<'_>| {
        let mark = if handed_in.is_some_and(|node| node.slot == *place.slot) { "* " } else { "  " };
        let indent = " ".repeat(place.slot.depth() as usize);
        let mut cells = vec![
            format!("{mark}{indent}{}", place.slot),
            place.slot.kind().as_str().to_owned(),
            place.seat().map_or(if is_made(place) { "script" } else { "-" }.to_owned(), |seat| seat.to_string()),
            place.ended() + &tested(place.node),
        ];
        cells.extend(has_public.then(|| public(place.node)));
        cells.push(tokens(place.node));
        cells
    };
    let rows: Vec<(Vec<String>, String)> = places.values().map(|place| (row(place), why(place))).collect();
    let widest = |(column, name): (usize, &&str)| {
        rows.iter().map(|(cells, _)| cells[column].chars().count()).max().unwrap_or(0).max(name.len())
    };
    let widths: Vec<usize> = header.iter().enumerate().map(widest).collect();
    let line = |cells: &[&str], last: &str| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let width = widths[column];
            let padded =
                if column + 1 == cells.len() { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
            line.push_str(&padded);
        }
        let rest = width.saturating_sub(line.chars().count());
        if rest >= LEAST.min(last.chars().count()) {
            line += &within(last, rest);
        }
        within(line.trim_end(), width) + "\n"
    };
    let mut text = title(manifest, tree, look.width.max(40));
    if rows.is_empty() {
        return text + "nothing was asked for it yet\n";
    }
    text += &line(&header, "first failure");
    for (cells, why) in &rows {
        text += &line(&cells.iter().map(String::as_str).collect::<Vec<_>>(), why);
    }
    for legend in legend(tree, has_public) {
        text += &wrap(legend, look.width.max(40), 2);
    }
    if let Some(node) = handed_in {
        let own = tree.submitted().filter(|own| **own != node.slot);
        let own = own.map(|own| format!("; the strategy itself, which may look at the hidden tests, hands in {own}"));
        text += &wrap(&format!("* is handed in{}", own.unwrap_or_default()), look.width.max(40), 2);
    }
    text
}

/// Which tree it is, how far it got, and what it cost.
fn title(manifest: &RunManifest, tree: &RepairTree, width: u16) -> String {
    let entry = manifest.problems.iter().find(|entry| entry.id == tree.key.problem);
    let difficulty = entry.and_then(|entry| entry.difficulty.as_deref());
    let difficulty = difficulty.map_or(String::new(), |difficulty| format!(" ({difficulty})"));
    let replicate = match entry.map_or(1, |entry| manifest.replicates(entry)) {
        1 => String::new(),
        count => format!(", replicate {} of 0 to {}", tree.key.replicate, count - 1),
    };
    let turn = turns(manifest).get(&tree.key).map(|turn| format!(", {} in round {}", part(turn.is_dev), turn.round));
    let replicate = replicate + &turn.unwrap_or_default();
    let state = if tree.is_finished() { "finished" } else { "not finished" };
    let nodes = counted(tree.nodes().count() as u64, "node");
    let title = format!("{}{difficulty}{replicate}: {state}, {nodes}, {}", tree.key.problem, tree.paid());
    wrap(&plain(&title), width, 2) + &warning(manifest, width) + "\n"
}

fn verdict(node: &Node) -> Option<&mend_core::Verdict> {
    match &node.outcome {
        Some(Outcome::Judged(verdict, _)) => Some(verdict),
        _ => None,
    }
}

/// How many public tests a program passes.
fn public(node: Option<&Node>) -> String {
    let suite = node.and_then(verdict).and_then(|verdict| verdict.of(Suite::Public));
    suite.map_or("-".to_owned(), |suite| format!("{}/{}", suite.passed(), suite.total))
}

/// What the columns say of programs.
fn legend(tree: &RepairTree, has_public: bool) -> Vec<&'static str> {
    let mut legend = vec![];
    if has_public {
        legend.push("ended: by the hidden tests, which score; public: public tests passed, of all");
    }
    if tree.nodes().any(|node| !node.tested.is_empty()) {
        legend.push("t0 1/2: tests passed of those that the node t0 holds");
    }
    legend
}

/// How a program fares by tests of other nodes.
fn tested(node: Option<&Node>) -> String {
    let tested = node.iter().flat_map(|node| &node.tested);
    let told = tested.map(|(tests, (suite, _))| format!(", {tests} {}/{}", suite.passed(), suite.total));
    told.collect::<Vec<_>>().concat()
}

/// Why a program fails or a node is unscored, in one line; empty for what is right.
fn why(place: &Place<'_>) -> String {
    let Some(node) = place.node else { return String::new() };
    match &node.outcome {
        Some(Outcome::Unscored(unscored)) => plain(&unscored.why),
        Some(Outcome::Judged(verdict, _)) if verdict.status.is_scored() => {
            // The status stands beside it already.
            let said = ended(node).replace('_', " ");
            first_failure(verdict).filter(|line| *line != said).unwrap_or_default()
        }
        _ => String::new(),
    }
}
