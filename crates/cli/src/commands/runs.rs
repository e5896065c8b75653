//! `mend runs`: what lies in a folder of results.

use crate::args::RunsArgs;
use crate::exit::{Exit, Failure};
use mend_core::{Node, RepairTree};
use mend_journal::{Bodies, Journal, Recorded};
use mend_metrics::RunLabels;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A run, as the list shows it.
struct Run {
    folder: PathBuf,
    labels: RunLabels,
    state: &'static str,
    /// Finished trees, and all.
    trees: (usize, usize),
    /// First programs that were judged or given up.
    programs: usize,
    /// Figures that the run's own summary holds, as shares.
    pass_at_1: Option<f64>,
    submitted: Option<f64>,
    tokens: Option<u64>,
}

/// Lists the runs below a folder.
pub fn run(args: &RunsArgs) -> Result<Exit, Failure> {
    let folder = &args.folder;
    let entries = std::fs::read_dir(folder).map_err(|source| {
        let failure = Failure::usage(format!("cannot read `{}`: {source}", folder.display()));
        failure.hint("`mend run` and `mend score` put runs below `results`; name another folder if yours lie elsewhere")
    })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // A run's own folder lists that run.
    paths.push(folder.clone());
    paths.retain(|path| path.join("manifest.json").is_file());
    let mut runs: Vec<Run> = Vec::new();
    for path in paths {
        match mend_journal::read(&path, Bodies::Without) {
            Ok(recorded) => runs.push(Run::of(path, &recorded)?),
            Err(error) => crate::tell(&format!("left out: {error}")),
        }
    }
    runs.sort_by(|a, b| a.order().cmp(&b.order()));
    if args.json {
        let runs: Vec<Value> = runs.iter().map(Run::json).collect();
        crate::print(&format!("{:#}", json!(runs)))?;
    } else if runs.is_empty() {
        crate::print(&format!("no runs in {}", folder.display()))?;
    } else {
        let lines: Vec<String> = runs.iter().map(Run::lines).collect();
        crate::print(&crate::exit::printable(&lines.join("\n")))?;
    }
    Ok(Exit::Complete)
}

impl Run {
    fn of(folder: PathBuf, recorded: &Recorded) -> Result<Self, Failure> {
        let trees = recorded.trees().map_err(crate::experiment::journal_failure)?;
        let finished = trees.iter().filter(|tree| tree.is_finished()).count();
        let state = if finished == trees.len() {
            "complete"
        } else if Journal::is_locked(&folder) {
            "running"
        } else {
            "stopped"
        };
        let is_first = |node: &&Node| node.slot.is_program() && node.slot.program_above().is_none();
        let is_done = |tree: &RepairTree| tree.nodes().filter(is_first).filter(|node| node.outcome.is_some()).count();
        let summary = summary(&folder);
        let share = |name: &str| summary.pointer(&format!("/{name}/value/value")).and_then(Value::as_f64);
        Ok(Self {
            labels: RunLabels::of(&recorded.manifest),
            state,
            trees: (finished, trees.len()),
            programs: trees.iter().map(is_done).sum(),
            pass_at_1: share("pass_at_1"),
            submitted: summary
                .pointer("/submitted/passes/value/value")
                .and_then(Value::as_f64)
                .or_else(|| share("submitted")),
            tokens: summary.pointer("/spending/tokens").and_then(Value::as_u64),
            folder,
        })
    }

    /// By data, strategy and model, so that what can be compared stands together.
    fn order(&self) -> (&str, &str, &str, &str, &Path) {
        (&self.labels.dataset, &self.labels.strategy, &self.labels.model, &self.labels.id, &self.folder)
    }

    fn lines(&self) -> String {
        let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let RunLabels { dataset, model, simulated, strategy, oracle_level, .. } = &self.labels;
        let simulated = if *simulated { " (simulated: says nothing about models)" } else { "" };
        let (finished, trees) = self.trees;
        let tokens = self.tokens.map_or("-".to_owned(), |tokens| tokens.to_string());
        format!(
            "{}\n  {}: {finished} of {trees} trees finished, {} programs\n  {dataset}, {strategy} (oracle level: \
             {oracle_level}), {model}{simulated}\n  pass@1 {}, submitted {}, {tokens} tokens\n",
            self.folder.display(),
            self.state,
            self.programs,
            share(self.pass_at_1),
            share(self.submitted),
        )
    }

    fn json(&self) -> Value {
        let RunLabels { id, dataset, model, simulated, strategy, oracle_level } = &self.labels;
        json!({
            "run": id,
            "folder": self.folder,
            "dataset": dataset,
            "strategy": strategy,
            "model": model,
            "simulated": simulated,
            "oracle_level": oracle_level,
            "state": self.state,
            "trees_finished": self.trees.0,
            "trees": self.trees.1,
            "programs": self.programs,
            "pass_at_1": self.pass_at_1,
            "submitted": self.submitted,
            "tokens": self.tokens,
        })
    }
}

/// What the run's own summary says; null if it has none yet.
fn summary(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("summary.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
