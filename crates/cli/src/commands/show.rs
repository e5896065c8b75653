//! `mend show`: what a run holds.

use crate::args::ShowRunArgs;
use crate::exit::{Exit, Failure};
use mend_core::{RepairTree, RunManifest, Slot, TreeKey};
use mend_journal::{Bodies, Recorded};
use mend_lab::journal_failure;
use mend_report::Look;
use std::io::IsTerminal as _;
use std::path::Path;

/// `mend show`
pub fn run(args: &ShowRunArgs) -> Result<Exit, Failure> {
    if !args.run.join("manifest.json").is_file() {
        return Err(unknown_run(&args.run));
    }
    // Only a node and a state show texts, and texts are most of a journal.
    let shows_texts = args.slot.is_some() || args.state.is_some();
    let bodies = if shows_texts { Bodies::AsFound } else { Bodies::Without };
    let recorded = mend_journal::read(&args.run, bodies).map_err(journal_failure)?;
    let manifest = &recorded.manifest;
    let trees = recorded.trees().map_err(journal_failure)?;
    let look = Look {
        width: super::width(),
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    if let Some(round) = args.state {
        let text = state(args, round, &recorded, look)?;
        if args.json {
            crate::print_json(&mend_report::state_json(manifest, &recorded.states(), round))?;
        } else {
            crate::print(&text)?;
        }
        return Ok(Exit::Complete);
    }
    // A problem that a strategy learns from has a tree for each pass.
    let replicates = manifest.problems.iter().map(|entry| manifest.replicates(entry)).max().unwrap_or(1);
    if let Some(replicate) = args.replicate.filter(|replicate| *replicate >= replicates) {
        let error = match replicates {
            1 => format!("the run has one replicate, 0, and no replicate {replicate}"),
            count => format!("the run has the replicates 0 to {}, and no replicate {replicate}", count - 1),
        };
        return Err(Failure::usage(error).hint("leave out `--replicate` for the first"));
    }
    let Some(problem) = &args.problem else {
        if args.json {
            crate::print_json(&mend_report::problems_json(manifest, &trees, args.replicate))?;
            return Ok(Exit::Complete);
        }
        let shown = mend_report::show_problems(manifest, &trees, args.replicate, args.limit, look);
        crate::print(&shown)?;
        return Ok(Exit::Complete);
    };
    let tree = tree_of(args, problem, manifest, &trees)?;
    match &args.slot {
        None if args.json => crate::print_json(&mend_report::tree_json(manifest, tree))?,
        None => crate::print(&mend_report::show_tree(manifest, tree, look))?,
        Some(slot) => {
            let slot = slot_of(args, slot, tree)?;
            let unknown = || no_node(args, &slot.to_string(), tree);
            if args.json {
                crate::print_json(&mend_report::node_json(manifest, tree, &slot).ok_or_else(unknown)?)?;
            } else {
                crate::print(&mend_report::show_node(manifest, tree, &slot, look).ok_or_else(unknown)?)?;
            }
        }
    }
    Ok(Exit::Complete)
}

/// What a strategy knew in a round.
fn state(args: &ShowRunArgs, round: usize, recorded: &Recorded, look: Look) -> Result<String, Failure> {
    let (manifest, states) = (&recorded.manifest, recorded.states());
    mend_report::show_state(manifest, &states, round, look).ok_or_else(|| {
        if manifest.identity.strategy.rounds.is_none() {
            let error =
                format!("`{}` keeps no state: it learns from no problem for others", manifest.identity.strategy.name);
            return Failure::usage(error).hint("leave out `--state`");
        }
        let rounds = manifest.schedule().rounds();
        let error = match states.len() {
            0 => format!("none of the {rounds} rounds of `{}` began", args.run.display()),
            begun if begun < rounds => {
                format!("round {round} did not begin: the run has come to round {} of 0 to {}", begun - 1, rounds - 1)
            }
            _ => format!("the run has no round {round}: its rounds are 0 to {}", rounds - 1),
        };
        Failure::usage(error).hint(format!("`mend show {}` says which rounds there are", args.run.display()))
    })
}

fn tree_of<'a>(
    args: &ShowRunArgs,
    problem: &str,
    manifest: &RunManifest,
    trees: &'a [RepairTree],
) -> Result<&'a RepairTree, Failure> {
    let ids = || manifest.problems.iter().map(|entry| entry.id.as_str());
    let unknown = || {
        let failure = Failure::usage(format!("the run has no problem `{problem}`"));
        failure.meant(problem, ids(), format!("`mend show {}` lists its problems", args.run.display()))
    };
    let entry = manifest.problems.iter().find(|entry| entry.id.as_str() == problem).ok_or_else(unknown)?;
    let key = TreeKey { problem: entry.id.clone(), replicate: args.replicate.unwrap_or(0) };
    trees.iter().find(|tree| tree.key == key).ok_or_else(unknown)
}

fn slot_of(args: &ShowRunArgs, text: &str, tree: &RepairTree) -> Result<Slot, Failure> {
    text.parse().map_err(|error| meant(args, text, tree, Failure::usage(error)))
}

fn no_node(args: &ShowRunArgs, slot: &str, tree: &RepairTree) -> Failure {
    meant(args, slot, tree, Failure::usage(format!("the tree of `{}` has no node `{slot}`", tree.key.problem)))
}

/// A failure with the slot that was perhaps meant.
fn meant(args: &ShowRunArgs, text: &str, tree: &RepairTree, failure: Failure) -> Failure {
    let known: Vec<String> = mend_report::shown_slots(tree).into_iter().map(Slot::to_string).collect();
    let list = format!("`mend show {} {}` shows its tree", args.run.display(), tree.key.problem);
    failure.meant(text, known.iter().map(String::as_str), list)
}

/// A folder that holds no run, with the name of a run beside it or below `results` that was perhaps meant.
fn unknown_run(run: &Path) -> Failure {
    let beside = run.parent().filter(|parent| !parent.as_os_str().is_empty());
    let runs_below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path()).filter(|path| path.join("manifest.json").is_file()).collect::<Vec<_>>()
    };
    let plain = |path: &Path| path.strip_prefix(".").unwrap_or(path).display().to_string();
    let folders = [beside.unwrap_or(Path::new(".")), Path::new("results")];
    let mut known: Vec<String> = folders.into_iter().flat_map(runs_below).map(|path| plain(&path)).collect();
    known.sort();
    let word = plain(run);
    let failure = Failure::usage(format!("`{}` is not the folder of a run: it holds no manifest.json", run.display()));
    let hint = "`mend runs <folder>` lists the runs in a folder";
    // A run below `results` may be named without that folder.
    let exact = format!("results/{word}");
    if known.contains(&exact) {
        return failure.hint(format!("did you mean `{exact}`? {hint}"));
    }
    failure.meant(&word, known.iter().map(String::as_str), hint)
}
