//! `mend report --table`: one table of repairs, of one run or of several.

use super::place::{create, refused};
use crate::args::{ReportArgs, TableArg};
use crate::exit::{Exit, Failure};
use mend_core::{RepairTree, RunManifest};
use mend_journal::{Bodies, Replayed};
use mend_lab::journal_failure;
use mend_metrics::{Options, Run, RunLabels, advice, repair_success, repaired_programs, uptake_rows};
use mend_report::{Asked, OfOne};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// Shows the table, or writes it where somebody says.
pub fn run(args: &ReportArgs, table: TableArg) -> Result<Exit, Failure> {
    let mut read: Vec<(RunManifest, Vec<RepairTree>)> = vec![];
    for folder in std::iter::once(&args.run).chain(&args.more) {
        // Whether feedback is taken up is told by texts.
        let bodies = if table == TableArg::Uptake { Bodies::AsFound } else { Bodies::Without };
        let Replayed { manifest, trees, .. } = mend_journal::replay(folder, bodies).map_err(journal_failure)?;
        if trees.iter().any(|tree| !tree.is_finished()) {
            crate::tell(&format!("{} is not complete: its finished trees count", folder.display()));
        }
        read.push((manifest, trees));
    }
    let runs: Vec<Run<'_>> = read.iter().map(|(manifest, trees)| Run { manifest, trees }).collect();
    let (asked, rows) = made(table, &runs);
    match &args.out {
        Some(out) => {
            write(out, &asked.csv)?;
            crate::tell(&format!("written to {}", out.display()));
        }
        None if args.show.json => crate::print(&format!("{rows:#}"))?,
        None => crate::print(&asked.shown)?,
    }
    Ok(Exit::Complete)
}

/// The table, and its rows as JSON.
fn made(table: TableArg, runs: &[Run<'_>]) -> (Asked, Value) {
    let options = |run: &Run<'_>| Options { seed: run.manifest.identity.seed, ..Options::default() };
    let width = crate::commands::width();
    match table {
        TableArg::Repairs => {
            let of: Vec<_> = runs.iter().map(|run| of_one(*run, repair_success(*run, &options(run)))).collect();
            (mend_report::repairs_table(&of, width), by_run(&of))
        }
        TableArg::Programs => {
            let of: Vec<_> = runs.iter().map(|run| of_one(*run, repaired_programs(*run))).collect();
            (mend_report::programs_table(&of, width), by_run(&of))
        }
        TableArg::Uptake => {
            let of: Vec<_> = runs.iter().map(|run| of_one(*run, uptake_rows(*run, &options(run)))).collect();
            (mend_report::uptake_table(&of, width), by_run(&of))
        }
        TableArg::Advice => {
            let rows = advice(runs, &options(&runs[0]));
            (mend_report::advice_table(&rows, width), json!(rows))
        }
    }
}

fn of_one<T>(run: Run<'_>, rows: Vec<T>) -> OfOne<T> {
    OfOne { run: RunLabels::of(run.manifest), sample: run.sample(), rows }
}

/// The rows of each run as JSON.
fn by_run<T: Serialize>(of: &[OfOne<T>]) -> Value {
    of.iter().map(|of| json!({ "run": of.run.id, "model": of.run.model, "rows": of.rows })).collect()
}

/// Writes the table into a file that somebody names.
fn write(out: &Path, csv: &[u8]) -> Result<(), Failure> {
    let is_csv = out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if !is_csv {
        let error = format!("`--table` is one table, and `{}` does not end in .csv", out.display());
        return Err(Failure::usage(error).hint("name a file, such as table.csv"));
    }
    let folder = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    super::place::refuse_own(folder, &name, out)?;
    create(folder)?;
    mend_report::replace(folder, &name, csv).map_err(|error| refused(error, folder))
}
