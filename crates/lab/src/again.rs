//! A run that goes on: what it began with is found again, and must be the same.

use crate::amend;
use crate::asked::{self, Asked};
use crate::began::{data_of, seat_again};
use crate::differences::{changes, differences};
use crate::engines::{Machine, Sandbox};
use crate::experiment::{Choices, Experiment};
use crate::failure::{Failure, journal_failure};
use crate::models::{Connections, Usher, Way, prices};
use crate::observer::{Note, Observer};
use crate::rejudge;
use crate::session::Session;
use mend_core::{Budget, Entry, Event, OnInvalid, RunManifest, Sampling, Seat, Tokens};
use mend_journal::Journal;
use mend_model::Prices;
use mend_repair::Strategy;
use std::collections::BTreeMap;
use std::path::Path;

/// What may differ from the session before: all that decides no number.
pub struct Resume<'a> {
    /// The engines that somebody asked for, which must be those that the run began with.
    pub sandbox: Option<Sandbox>,
    /// The machine.
    pub machine: &'a Machine,
    /// New caps on the whole run, what it spent included; the old ones where there is none.
    pub budget: Budget,
    /// A file of prices above those that the run began with.
    pub prices: Option<&'a Path>,
    /// The way to models.
    pub way: Way<'a>,
    /// The commit that the program was built from, if it knows.
    pub commit: Option<String>,
}

/// Opens the folder of a run that stopped early.
pub fn resume(folder: &Path, how: &Resume<'_>, observer: &mut dyn Observer) -> Result<Session, Failure> {
    let (journal, recorded) = Journal::resume(folder).map_err(journal_failure)?;
    let began = &recorded.manifest;
    if began.identity.rejudged.is_some() {
        let (sandbox, commit) = (how.sandbox, how.commit.as_deref());
        return rejudge::resume(folder, journal, &recorded, (sandbox, how.machine, commit), observer);
    }
    if let Some(imported) = &began.identity.imported {
        let error =
            format!("the run was imported from `{}`: it is complete, and nobody can be asked again", imported.file);
        return Err(Failure::usage(error).hint(format!("`mend report {}` shows it", folder.display())));
    }
    if let Some(torn) = recorded.cut {
        observer.note(Note::Cut(torn));
    }
    let mut trees = recorded.trees().map_err(journal_failure)?;
    Sandbox::keep(how.sandbox, &began.identity)?;
    let choices = choices_of(began, how, observer)?;
    let mut experiment = Experiment::new(choices, how.machine, how.way.connections.max_connections, observer)?;
    experiment.plan.states = recorded.states().iter().map(|state| state.digest()).collect();
    let differ = differences(&began.identity, &experiment.manifest.identity);
    if !differ.is_empty() {
        let error = format!("the run cannot go on: {} differ from when it began", differ.join(", "));
        return Err(Failure::usage(error).hint("its numbers would mix two experiments: start a new run instead"));
    }
    let changed = changes(&began.environment, &experiment.manifest.environment);
    for change in &changed {
        observer.note(Note::Changed(change.clone()));
    }
    let resumed = Entry { tree: None, event: Event::Resumed { changed } };
    amend::take_over_rest(&journal, &mut trees, &recorded, &experiment.plan, observer)?;
    journal.append(&resumed).map_err(journal_failure)?;
    Session::new(experiment, folder, journal, trees)
}

/// The choices that a manifest froze, with data and models found again.
fn choices_of(manifest: &RunManifest, how: &Resume<'_>, observer: &mut dyn Observer) -> Result<Choices, Failure> {
    let environment = &manifest.environment;
    let (asked, settled) = asked::parts(manifest);
    let data = data_of(manifest)?;
    let strategy = Strategy::of_identity(&settled.strategy).map_err(Failure::usage)?;
    let sampling_of = |seat: &Seat| {
        let sampling = settled.models.get(seat).and_then(|model| model.sampling.clone());
        (*seat, sampling.unwrap_or_else(|| Sampling::new(0.0, Tokens(0))))
    };
    let sampling: BTreeMap<Seat, Sampling> = strategy.seats().iter().map(sampling_of).collect();
    // Whoever asked by batches once may have answers in some.
    let connections =
        Connections { batch: how.way.connections.batch || environment.batch, ..how.way.connections.clone() };
    let way = Way { connections: &connections, ..how.way };
    let shipped = if connections.batch { Prices::shipped().at_batch_rates() } else { Prices::shipped() };
    let date = environment.prices_date.as_deref();
    let is_as_before = connections.batch == environment.batch;
    let began_with = if is_as_before { shipped.over(&environment.prices, date) } else { shipped };
    let prices = prices(began_with, how.prices)?;
    let dataset = &data.dataset;
    let mut usher = Usher::new(dataset, OnInvalid::Fail, &sampling, &prices, &way)?;
    let mut models = strategy
        .seats()
        .iter()
        .map(|seat| Ok((*seat, seat_again(manifest, *seat, dataset, &mut usher, true, observer)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let traffic = &environment.traffic;
    if let Some(cache) = &traffic.cache {
        models = usher.cached(models, Path::new(cache), asked.shares_completions)?;
    }
    if let Some(cassette) = &traffic.record {
        models = usher.recorded(models, Path::new(cassette), true)?;
    }
    // A run of a build with other rules differs from this one, and is refused for that.
    let asked = Asked { extraction: Some(asked.extraction.unwrap_or_default()), ..asked };
    let began = environment.budget();
    let budget = Budget {
        tokens: how.budget.tokens.or(began.tokens),
        usd: how.budget.usd.or(began.usd),
        effort: how.budget.effort.or(began.effort),
    };
    Ok(Choices {
        asked,
        strategy,
        models,
        sandbox: Sandbox::of(&manifest.identity),
        budget,
        traffic: traffic.clone(),
        batches: usher.batches.clone(),
        commit: how.commit.clone(),
        data,
        sampling,
        prices,
    })
}
