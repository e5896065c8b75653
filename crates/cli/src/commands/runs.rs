//! `mend runs`: what lies in a folder of results.

use crate::args::RunsArgs;
use crate::exit::{Exit, Failure};
use mend_journal::JournalError;
use mend_lab::{Beside, RunSeen, Runs};
use mend_metrics::RunLabels;
use mend_report::RunPoint;
use serde_json::{Value, json};
use std::path::Path;

/// A run, with the figures that its own summary holds, as shares.
struct Run {
    seen: RunSeen,
    pass_at_1: Option<f64>,
    submitted: Option<f64>,
    tokens: Option<u64>,
}

/// Lists the runs below a folder.
pub fn run(args: &RunsArgs) -> Result<Exit, Failure> {
    let folder = &args.folder;
    if args.table {
        return table(args);
    }
    let Runs { runs, left_out } = mend_lab::runs(folder)?;
    tell_left_out(left_out);
    let runs: Vec<Run> = runs.into_iter().map(Run::of).collect();
    if args.json {
        let runs: Vec<Value> = runs.iter().map(Run::json).collect();
        crate::print_json(&runs)?;
    } else if runs.is_empty() {
        crate::print(&format!("no runs in {}", folder.display()))?;
    } else {
        let lines: Vec<String> = runs.iter().map(Run::lines).collect();
        crate::print(&crate::exit::printable(&lines.join("\n")))?;
    }
    Ok(Exit::Complete)
}

/// The runs as one table, beside independent programs.
fn table(args: &RunsArgs) -> Result<Exit, Failure> {
    let (rows, left_out) = mend_lab::beside(&args.folder)?;
    tell_left_out(left_out);
    if args.json {
        let rows: Vec<Value> = rows.iter().map(point_json).collect();
        crate::print_json(&rows)?;
    } else if rows.is_empty() {
        crate::print(&format!("no runs in {}", args.folder.display()))?;
    } else {
        let points: Vec<RunPoint<'_>> = rows
            .iter()
            .map(|row| RunPoint { run: &row.seen.labels, point: row.point.as_ref(), is_baseline: row.is_baseline })
            .collect();
        crate::print(&mend_report::points_table(&points, super::width()))?;
    }
    Ok(Exit::Complete)
}

fn point_json(row: &Beside) -> Value {
    let mut told = about(&row.seen);
    told["baseline"] = json!(row.baseline);
    told["is_baseline"] = json!(row.is_baseline);
    told["point"] = json!(row.point);
    told["verdict"] = json!(row.point.as_ref().filter(|_| !row.is_baseline).map(mend_report::verdict));
    told
}

fn tell_left_out(errors: Vec<JournalError>) {
    for error in errors {
        crate::tell(&format!("left out: {error}"));
    }
}

/// What a run is about, and how far it is.
fn about(seen: &RunSeen) -> Value {
    let RunLabels { id, dataset, model, simulated, strategy, oracle_level } = &seen.labels;
    json!({
        "run": id,
        "folder": seen.folder,
        "dataset": dataset,
        "strategy": strategy,
        "model": model,
        "simulated": simulated,
        "oracle_level": oracle_level,
        "state": seen.state,
    })
}

impl Run {
    fn of(seen: RunSeen) -> Self {
        let summary = summary(&seen.folder);
        let share = |name: &str| summary.pointer(&format!("/{name}/value/value")).and_then(Value::as_f64);
        Self {
            pass_at_1: share("pass_at_1"),
            submitted: summary
                .pointer("/submitted/passes/value/value")
                .and_then(Value::as_f64)
                .or_else(|| share("submitted")),
            tokens: summary.pointer("/spending/tokens").and_then(Value::as_u64),
            seen,
        }
    }

    fn lines(&self) -> String {
        let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let RunLabels { dataset, model, simulated, strategy, oracle_level, .. } = &self.seen.labels;
        let simulated = if *simulated { " (simulated: says nothing about models)" } else { "" };
        let RunSeen { folder, state, trees_finished, trees, programs, .. } = &self.seen;
        let tokens = self.tokens.map_or("-".to_owned(), |tokens| tokens.to_string());
        format!(
            "{}\n  {state}: {trees_finished} of {trees} trees finished, {programs} programs\n  {dataset}, {strategy} (oracle level: \
             {oracle_level}), {model}{simulated}\n  pass@1 {}, submitted {}, {tokens} tokens\n",
            folder.display(),
            share(self.pass_at_1),
            share(self.submitted),
        )
    }

    fn json(&self) -> Value {
        let mut told = about(&self.seen);
        told["trees_finished"] = json!(self.seen.trees_finished);
        told["trees"] = json!(self.seen.trees);
        told["programs"] = json!(self.seen.programs);
        told["pass_at_1"] = json!(self.pass_at_1);
        told["submitted"] = json!(self.submitted);
        told["tokens"] = json!(self.tokens);
        told
    }
}

/// What the run's own summary says; null if it has none yet.
fn summary(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("summary.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
