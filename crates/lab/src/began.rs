//! What a run began with, found again: its problems, its saved programs, and the models of its seats.

use crate::data::{self, Found};
use crate::failure::Failure;
use crate::models::Usher;
use crate::mutants::Bench;
use crate::observer::Observer;
use crate::seated::{STARTING_PROGRAMS, Seated};
use mend_core::{OnInvalid, Problem, RunManifest, Seat, Split};
use mend_dataset::Dataset;
use mend_model::is_human;
use std::collections::BTreeSet;

/// The problems of a run, read again and checked.
pub fn problems_of(manifest: &RunManifest) -> Result<Vec<Problem>, Failure> {
    Ok(data_of(manifest)?.dataset.problems)
}

/// Which tests of a run count as public; a file by its absolute path.
pub(crate) fn split_of(manifest: &RunManifest) -> Split {
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
    let mut found = data::dataset_again(&identity.dataset.name, &manifest.environment).map_err(moved)?;
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

/// The model that a run began with in a role. `is_same_data` is whether it knows the same problems, so that it must be the
/// same to the byte.
pub(crate) fn seat_again(
    manifest: &RunManifest,
    seat: Seat,
    dataset: &Dataset,
    usher: &mut Usher<'_>,
    is_same_data: bool,
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
        let people = traffic.people.get(&seat).or(traffic.feedback.as_ref().filter(|_| seat == Seat::CRITIC));
        let typed = match (&traffic.replay, people) {
            // Who is no person alone is kept as it is typed.
            (_, Some(typed)) if typed.starts_with("human:") || typed.starts_with("simulated:") => typed.clone(),
            (_, Some(file)) if is_human(&model.name) => format!("human:{file}"),
            (Some(cassette), _) if usher.is_recorded(cassette, seat, &model.name)? => format!("replay:{cassette}"),
            _ => model.name.clone(),
        };
        usher.seat(&typed, seat, observer)?
    };
    if !is_same_data || seated.model().identity().digest == model.digest {
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
