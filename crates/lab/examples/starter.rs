//! Runs a self-repair experiment on starter problems with a simulated programmer, and prints pass@t.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use mend_core::OnInvalid;
use mend_dataset::Sample;
use mend_lab::{Choices, Connections, Experiment, Failure, Machine, Select, Session, Silent, Way, runtime};
use std::num::NonZeroUsize;
use std::path::Path;
use tokio::sync::watch;

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or_else(|| Failure::usage("name a new folder for the run"))?;
    println!("{}", pass_at_t(Path::new(&folder))?.join("\n"));
    Ok(())
}

/// pass@t of the trees that the strategy draws, and of smaller ones, in a line each.
pub(crate) fn pass_at_t(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut data = mend_lab::dataset("starter", Path::new("data"), OnInvalid::Fail)?;
    Select { sample: Some(Sample { count: 6, seed: 1 }), ..Select::default() }.keep(&mut data.dataset)?;
    let chosen = [("n_p", "3"), ("n_f", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let strategy = mend_lab::strategy("self-repair")?.with(&chosen.into()).map_err(Failure::usage)?;
    let way = Way { connections: &Connections::new(NonZeroUsize::MIN), variables: &|_| None };
    let choices = Choices::of_model(data, strategy, "sim/journeyman", &way)?;
    let experiment = Experiment::new(choices, &Machine::default(), NonZeroUsize::MIN, &mut Silent)?;
    let (_stop, interrupt) = watch::channel(false);
    let outcome = runtime()?.block_on(Session::begin(experiment, folder)?.run(interrupt, &mut Silent))?;
    let summary = mend_metrics::summarize(&outcome.manifest, &outcome.trees, &mend_metrics::Options::default());
    let rows = summary.pass_at_t.value().into_iter().flatten().filter(|row| row.group == "all");
    let mut lines: Vec<String> = rows
        .filter_map(|row| {
            let (tokens, rate) = (row.mean_tokens.value()?, row.pass_rate.value()?);
            Some(format!(
                "n_p {} n_f {} {:?}: {:.1} % at {tokens:.0} tokens",
                row.n_p,
                row.n_f,
                row.order,
                100.0 * rate
            ))
        })
        .collect();
    lines.dedup();
    Ok(lines)
}
