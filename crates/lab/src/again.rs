//! A run that goes on: what it began with is found again, and must be the same.

use crate::asked::{self, Asked};
use crate::data::{self, Found};
use crate::differences::{changes, differences};
use crate::engines::{Machine, Sandbox};
use crate::experiment::{Choices, Experiment};
use crate::failure::{Failure, journal_failure};
use crate::models::{Usher, Way, prices};
use crate::mutants::Bench;
use crate::observer::{Note, Observer};
use crate::seated::{STARTING_PROGRAMS, Seated};
use crate::session::Session;
use mend_core::{Budget, Entry, Event, Identity, OnInvalid, Problem, RunManifest, Sampling, Seat, Split, Tokens};
use mend_dataset::Dataset;
use mend_journal::Journal;
use mend_model::{Prices, is_human};
use mend_repair::Strategy;
use std::collections::{BTreeMap, BTreeSet};
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
    if let Some(imported) = &began.identity.imported {
        let error =
            format!("the run was imported from `{}`: it is complete, and nobody can be asked again", imported.file);
        return Err(Failure::usage(error).hint(format!("`mend report {}` shows it", folder.display())));
    }
    if let Some(torn) = recorded.cut {
        observer.note(Note::Cut(torn));
    }
    let trees = recorded.trees().map_err(journal_failure)?;
    keep_sandbox(how.sandbox, &began.identity)?;
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
    journal.append(&resumed).map_err(journal_failure)?;
    Ok(Session::new(experiment, folder, journal, trees))
}

/// Refuses another choice of engines than a run began with, before anything is built for it.
fn keep_sandbox(asked: Option<Sandbox>, identity: &Identity) -> Result<(), Failure> {
    let began = Sandbox::of(identity);
    let Some(asked) = asked.filter(|asked| *asked != began) else { return Ok(()) };
    let error = format!("the run began with `--sandbox {}` and cannot go on with `{}`", began.as_str(), asked.as_str());
    let hint = "its numbers would mix two experiments: leave out `--sandbox` and MEND_SANDBOX, or start a new run";
    Err(Failure::usage(error).hint(hint))
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
    let began_with = Prices::shipped().over(&environment.prices, environment.prices_date.as_deref());
    let prices = prices(began_with, how.prices)?;
    let dataset = &data.dataset;
    let mut usher = Usher::new(dataset, OnInvalid::Fail, &sampling, &prices, &how.way)?;
    let mut models = strategy
        .seats()
        .iter()
        .map(|seat| Ok((*seat, seat_again(manifest, *seat, dataset, &mut usher, observer)?)))
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
    let budget = Budget { tokens: how.budget.tokens.or(began.tokens), usd: how.budget.usd.or(began.usd) };
    Ok(Choices {
        asked,
        strategy,
        models,
        sandbox: Sandbox::of(&manifest.identity),
        budget,
        traffic: traffic.clone(),
        commit: how.commit.clone(),
        data,
        sampling,
        prices,
    })
}

/// The problems of a run, read again and checked.
pub fn problems_of(manifest: &RunManifest) -> Result<Vec<Problem>, Failure> {
    Ok(data_of(manifest)?.dataset.problems)
}

/// Which tests of a run count as public; a file by its absolute path.
fn split_of(manifest: &RunManifest) -> Split {
    match (&manifest.identity.dataset.public, &manifest.environment.examples_source) {
        (split, Some(path)) => split.with_file(|_| path.clone()),
        (split, None) => split.clone(),
    }
}

/// The chosen problems of a run's data set, as they were.
pub(crate) fn data_of(manifest: &RunManifest) -> Result<Found, Failure> {
    let identity = &manifest.identity;
    let source = &manifest.environment.dataset_source;
    let moved = |failure: Failure| failure.hint(format!("the run read its data from `{source}`"));
    let mut found = data::dataset_again(&identity.dataset.name, source).map_err(moved)?;
    let chosen: BTreeSet<_> = manifest.problems.iter().map(|entry| entry.id.clone()).collect();
    found.dataset.keep(&chosen);
    found.split_again(split_of(manifest))?;
    let problems = &found.dataset.problems;
    for expected in &manifest.problems {
        let same = problems.iter().any(|problem| problem.id == expected.id && problem.digest == expected.digest);
        if !same {
            let error = format!("problem {} of `{source}` is not the one that the run began with", expected.id);
            return Err(Failure::digest(error).hint("bring back the data as they were"));
        }
    }
    // The rest of the data set may have changed meanwhile.
    found.dataset.digest = identity.dataset.digest;
    Ok(found)
}

/// Where the first programs of a run are saved, if its coder is no model.
fn programs_source(manifest: &RunManifest) -> Option<&str> {
    match &manifest.environment.programs_source {
        None => {
            let coder = manifest.identity.models.get(&Seat::CODER)?;
            coder.name.starts_with("dataset:").then_some(STARTING_PROGRAMS)
        }
        Some(source) => Some(source),
    }
}

/// The first programs of a run that were saved before it, read again.
pub(crate) fn saved_programs(
    manifest: &RunManifest,
    dataset: &Dataset,
    observer: &mut dyn Observer,
) -> Result<Option<Seated>, Failure> {
    let Some(source) = programs_source(manifest) else { return Ok(None) };
    // Fields that were taken for different forms were guessed, and are again.
    let forms: BTreeSet<_> = manifest.identity.forms.values().copied().collect();
    let form = forms.first().copied().filter(|_| forms.len() == 1);
    // What the run skipped as invalid then is skipped now; the digests tell whether it is the same data.
    Seated::programs(source, dataset, OnInvalid::Skip, form, observer).map(Some)
}

/// The model that a run began with in a role.
fn seat_again(
    manifest: &RunManifest,
    seat: Seat,
    dataset: &Dataset,
    usher: &mut Usher<'_>,
    observer: &mut dyn Observer,
) -> Result<Seated, Failure> {
    let missing = || Failure::usage(format!("manifest.json: `identity.models` has no {seat}"));
    let model = manifest.identity.models.get(&seat).ok_or_else(missing)?;
    let programs = if seat == Seat::CODER { programs_source(manifest) } else { None };
    let saved = if seat == Seat::CODER { saved_programs(manifest, dataset, observer)? } else { None };
    let seated = if let Some(saved) = saved {
        saved
    } else {
        let traffic = &manifest.environment.traffic;
        let people = if seat == Seat::CRITIC { traffic.feedback.as_ref() } else { traffic.people.get(&seat) };
        let typed = match (&traffic.replay, people) {
            (_, Some(file)) if is_human(&model.name) => format!("human:{file}"),
            (Some(cassette), _) if usher.is_recorded(cassette, seat, &model.name)? => format!("replay:{cassette}"),
            _ => model.name.clone(),
        };
        usher.seat(&typed, seat, observer)?
    };
    if seated.model().identity().digest == model.digest {
        return Ok(seated);
    }
    let error = format!("the model `{}` is not the one that the run began with", model.name);
    let source = &manifest.environment.dataset_source;
    let hint = match programs {
        Some(STARTING_PROGRAMS) => format!("the starting programs in `{source}` were edited: bring them back"),
        Some(bench) if Bench::of(bench).is_some() => {
            format!(
                "the references or the mutants in `{source}` were edited, or the run that missed some: bring them back"
            )
        }
        Some(path) => format!("the run read its samples from `{path}`: bring them back as they were"),
        None => format!(
            "a simulated model knows the reference solutions and mutants of its data: either those in `{source}` \
             were edited, or this is another version of mend"
        ),
    };
    Err(Failure::digest(error).hint(hint))
}
