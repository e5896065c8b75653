//! What is compared, as it was typed.

use crate::args::ComparedArgs;
use crate::exit::Failure;
use mend_core::ProblemId;
use mend_lab::Read;
use mend_metrics::{Clusters, CompareOptions};
use std::collections::BTreeMap;
use std::path::Path;

/// The options of a comparison of runs that were read.
pub fn options(args: &ComparedArgs, runs: &[&Read]) -> Result<CompareOptions, Failure> {
    Ok(CompareOptions {
        metrics: args.metric.clone(),
        order: args.order.into(),
        n_f: args.n_f,
        n_r: args.n_r,
        at: args.at.clone(),
        seed: args.seed,
        clusters: args.cluster.as_deref().map(|by| clusters(by, runs)).transpose()?,
        allowed: args.allow_different.iter().map(|ground| (*ground).into()).collect(),
        common: args.common,
        ..CompareOptions::default()
    })
}

/// Which problems belong together.
fn clusters(by: &str, runs: &[&Read]) -> Result<Clusters, Failure> {
    let problems = || runs.iter().flat_map(|read| &read.problems);
    let of: BTreeMap<ProblemId, String> = match by {
        "difficulty" => {
            let of = problems().filter_map(|entry| Some((entry.id.clone(), entry.difficulty.clone()?)));
            let of: BTreeMap<_, _> = of.collect();
            if of.is_empty() {
                let failure = Failure::usage("`--cluster difficulty`: no problem of these runs has a difficulty");
                return Err(failure.hint("name a file with a line `id,cluster` for each problem"));
            }
            of
        }
        "source" => problems()
            .map(|entry| {
                (entry.id.clone(), entry.id.as_str().rsplit_once('/').map_or("", |(source, _)| source).to_owned())
            })
            .collect(),
        file => return named(Path::new(file), runs),
    };
    Ok(Clusters { by: by.to_owned(), of })
}

/// The clusters that a file names: a line `id,cluster` for each problem; a first line that names no problem is its header.
fn named(path: &Path, runs: &[&Read]) -> Result<Clusters, Failure> {
    let shown = path.display();
    if !path.exists() {
        let failure = Failure::usage(format!("`--cluster {shown}`: there is no such field, and no such file"));
        return Err(
            failure.hint("expected `difficulty`, `source`, or a file with a line `id,cluster` for each problem")
        );
    }
    let text = String::from_utf8(mend_lab::read_file(path)?)
        .map_err(|error| Failure::usage(format!("`{shown}` is not UTF-8: {}", error.utf8_error())))?;
    let known = |id: &str| runs.iter().any(|read| read.problems.iter().any(|entry| entry.id.as_str() == id));
    let mut of = BTreeMap::new();
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = place + 1;
        let Some((id, cluster)) = line.rsplit_once(',') else {
            let failure = Failure::usage(format!("{shown}:{number}: expected `id,cluster`, found `{line}`"));
            return Err(failure.hint("the cluster stands behind the last comma of a line"));
        };
        let (id, cluster) = (id.trim().trim_matches('"'), cluster.trim().trim_matches('"'));
        if !known(id) {
            if place == 0 {
                continue;
            }
            let failure = Failure::usage(format!("{shown}:{number}: no run has a problem `{id}`"));
            return Err(failure.hint("`mend show <run>` lists its problems"));
        }
        if of.insert(ProblemId::new(id), cluster.to_owned()).is_some() {
            let failure = Failure::usage(format!("{shown}:{number}: the problem `{id}` stands there twice"));
            return Err(failure.hint("a problem belongs to one cluster"));
        }
    }
    if of.is_empty() {
        let failure = Failure::usage(format!("`{shown}` names no problem of these runs"));
        return Err(failure.hint("write a line `id,cluster` for each problem"));
    }
    Ok(Clusters { by: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), of })
}
