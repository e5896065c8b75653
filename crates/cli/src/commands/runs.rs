//! `mend runs`: what lies in a folder of results.

use crate::args::RunsArgs;
use crate::exit::{Exit, Failure};
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
    for error in left_out {
        crate::tell(&format!("left out: {error}"));
    }
    let runs: Vec<Run> = runs.into_iter().map(Run::of).collect();
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

/// The runs as one table, beside independent programs.
fn table(args: &RunsArgs) -> Result<Exit, Failure> {
    let (rows, left_out) = mend_lab::beside(&args.folder)?;
    for error in left_out {
        crate::tell(&format!("left out: {error}"));
    }
    if args.json {
        let rows: Vec<Value> = rows.iter().map(point_json).collect();
        crate::print(&format!("{:#}", json!(rows)))?;
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
    let RunLabels { id, dataset, model, simulated, strategy, oracle_level } = &row.seen.labels;
    json!({
        "run": id,
        "folder": row.seen.folder,
        "dataset": dataset,
        "strategy": strategy,
        "model": model,
        "simulated": simulated,
        "oracle_level": oracle_level,
        "state": row.seen.state,
        "baseline": row.baseline,
        "is_baseline": row.is_baseline,
        "point": row.point,
        "verdict": row.point.as_ref().filter(|_| !row.is_baseline).map(mend_report::verdict),
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
        let RunLabels { id, dataset, model, simulated, strategy, oracle_level } = &self.seen.labels;
        json!({
            "run": id,
            "folder": self.seen.folder,
            "dataset": dataset,
            "strategy": strategy,
            "model": model,
            "simulated": simulated,
            "oracle_level": oracle_level,
            "state": self.seen.state,
            "trees_finished": self.seen.trees_finished,
            "trees": self.seen.trees,
            "programs": self.seen.programs,
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
