//! The problems of a run, with how each fared.

use super::{Look, counted, warning};
use crate::plain::plain;
use crate::tables::{fitted, wrap};
use mend_core::{Node, ProblemEntry, ProblemId, RepairTree, RunManifest, Suite};
use mend_metrics::{RunLabels, handed_in};
use std::collections::BTreeMap;

/// A line for each of the first `limit` problems: what its trees hold, and what they hand in. With a replicate only
/// the trees of that one count.
pub fn show_problems(
    manifest: &RunManifest,
    trees: &[RepairTree],
    replicate: Option<u32>,
    limit: usize,
    look: Look,
) -> String {
    let width = look.width.max(40);
    let mut by_problem: BTreeMap<&ProblemId, Vec<&RepairTree>> = BTreeMap::new();
    for tree in trees.iter().filter(|tree| replicate.is_none_or(|replicate| tree.key.replicate == replicate)) {
        by_problem.entry(&tree.key.problem).or_default().push(tree);
    }
    let run = RunLabels::of(manifest);
    let of_replicate = match (replicate, manifest.identity.replicates) {
        (Some(replicate), _) => format!(", replicate {replicate}"),
        (None, 1) => String::new(),
        (None, count) => format!(", {count} replicates together"),
    };
    let problems = counted(manifest.problems.len() as u64, "problem");
    let public = &manifest.identity.dataset.public;
    let public = if public.is_default() { String::new() } else { format!(", public tests: {public}") };
    let title = format!("{}: {problems}{of_replicate}{public}; {}, {}", run.id, run.strategy, run.model);
    let rows = manifest.problems.iter().take(limit).map(|entry| {
        let trees = by_problem.get(&entry.id).map_or(&[][..], Vec::as_slice);
        row(manifest, entry, trees)
    });
    let has_others = by_problem.values().flatten().flat_map(|tree| tree.nodes()).any(|node| !node.slot.is_program());
    let mut header = vec!["problem", "group", "programs", "repairs", "others", "submitted", "tokens"];
    let mut rows: Vec<Vec<String>> = rows.collect();
    // A column that says nothing of any problem is left out.
    for column in (1..=4).rev() {
        let says_nothing = match column {
            4 => !has_others,
            _ => rows.iter().all(|row| row[column].is_empty()),
        };
        if says_nothing {
            header.remove(column);
            for row in &mut rows {
                row.remove(column);
            }
        }
    }
    let words: Vec<bool> = header.iter().map(|name| matches!(*name, "problem" | "group" | "submitted")).collect();
    let mut text = wrap(&plain(&title), width, 2) + &warning(manifest, width) + "\n";
    text += &fitted(width, &words, &header, rows);
    let more = manifest.problems.len().saturating_sub(limit);
    if more > 0 {
        let all = manifest.problems.len();
        text += &wrap(
            &format!("and {} more: `--limit {all}` lists all of them", counted(more as u64, "problem")),
            width,
            2,
        );
    }
    text += &learnt(manifest, width);
    text += &wrap("programs, repairs: those that pass the scoring tests, of those that were scored", width, 2);
    text
}

/// What a strategy learns from, and where its states are shown; empty for one that keeps none.
fn learnt(manifest: &RunManifest, width: u16) -> String {
    if manifest.identity.strategy.rounds.is_none() {
        return String::new();
    }
    let last = manifest.schedule().rounds().saturating_sub(1);
    let dev = manifest.problems.iter().filter(|entry| entry.dev).count();
    let dev = match dev {
        0 => String::new(),
        _ => format!("(dev): {} that the strategy learns from, in no figure; ", counted(dev as u64, "problem")),
    };
    wrap(&format!("{dev}`--state 0` to `--state {last}` show what it knew in each round"), width, 2)
}

fn row(manifest: &RunManifest, entry: &ProblemEntry, trees: &[&RepairTree]) -> Vec<String> {
    let nodes = || trees.iter().flat_map(|tree| tree.nodes());
    let share = |is_wanted: fn(&Node) -> bool| {
        let (mut total, mut scored, mut passed) = (0, 0, 0);
        for node in nodes().filter(|node| is_wanted(node)) {
            total += 1;
            if let Some(passes) = node.passes(Suite::Hidden) {
                scored += 1;
                passed += u64::from(passes);
            }
        }
        match total {
            0 => String::new(),
            _ => format!("{passed} of {scored}"),
        }
    };
    let submitted: Vec<String> = trees.iter().map(|tree| submitted(manifest, tree)).collect();
    let submitted = match submitted.as_slice() {
        [] => "not reached".to_owned(),
        [one] => one.clone(),
        several => {
            let right = trees.iter().filter_map(|tree| handed_in(manifest, tree)?.passes(Suite::Hidden));
            format!("{} of {} trees right", right.filter(|passes| *passes).count(), several.len())
        }
    };
    vec![
        plain(&format!("{}{}", entry.id, if entry.dev { " (dev)" } else { "" })),
        plain(entry.difficulty.as_deref().unwrap_or_default()),
        share(|node| node.slot.is_first_program()),
        share(|node| node.slot.is_program() && node.slot.program_above().is_some()),
        nodes().filter(|node| !node.slot.is_program()).count().to_string(),
        submitted,
        trees.iter().map(|tree| tree.paid().tokens).sum::<mend_core::Tokens>().to_string(),
    ]
}

/// What a tree hands in, and how that fared.
fn submitted(manifest: &RunManifest, tree: &RepairTree) -> String {
    match handed_in(manifest, tree) {
        Some(node) => format!("{} {}", node.slot, super::ended(node)),
        None if tree.is_finished() => "nothing".to_owned(),
        None if tree.calls().next().is_none() => "not reached".to_owned(),
        None => "not finished".to_owned(),
    }
}
