//! `mend cache`: what runs share.

use crate::args::CacheCommand;
use crate::exit::{Exit, Failure};
use mend_model::Cache;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const SECONDS_OF_A_DAY: u64 = 86_400;

/// `mend cache`
pub fn run(command: CacheCommand) -> Result<Exit, Failure> {
    match command {
        CacheCommand::List { cache, json } => list(&cache, json),
        CacheCommand::Prune { cache, unused_days, model, json } => {
            let unused = Duration::from_secs(u64::from(unused_days) * SECONDS_OF_A_DAY);
            let deleted = open(&cache)?.prune(unused, model.as_deref()).map_err(Failure::usage)?;
            if json {
                crate::print_json(&json!({ "deleted": deleted }))?;
            } else {
                crate::print(&format!("{deleted} completions deleted"))?;
            }
            Ok(Exit::Complete)
        }
    }
}

fn list(path: &Path, json: bool) -> Result<Exit, Failure> {
    let entries = open(path)?.list().map_err(Failure::usage)?;
    if json {
        crate::print_json(&entries)?;
        return Ok(Exit::Complete);
    }
    if entries.is_empty() {
        crate::print("the cache is empty")?;
        return Ok(Exit::Complete);
    }
    let lines = entries.iter().map(|entry| {
        let (completions, seeds, kilobytes) = (entry.completions, entry.seeds, entry.bytes.div_ceil(1000));
        format!("{}: {completions} completions of {seeds} seeds, {kilobytes} kB", entry.model)
    });
    crate::print(&crate::exit::printable(&lines.collect::<Vec<_>>().join("\n")))?;
    Ok(Exit::Complete)
}

/// A cache that is there: listing must not create one.
fn open(path: &Path) -> Result<Cache, Failure> {
    if !path.exists() {
        let failure = Failure::usage(format!("there is no cache at `{}`", path.display()));
        return Err(failure.hint("`mend run --cache <file>` creates one"));
    }
    Cache::open(path, false).map_err(Failure::usage)
}
