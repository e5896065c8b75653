//! What is served under which address.

use crate::address::{segments, word};
use crate::answer::{Answer, Pieces};
use crate::compared::compared;
use crate::folder::{Stamp, open};
use crate::run::{Made, Run};
use crate::search::Wanted;
use crate::seen::{Seen, told};
use crate::shared::Shared;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use mend_journal::{Journal, JournalError};
use mend_page::{PLOT_NAMES, Parts, progress};
use serde_json::json;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

/// How often, and how many times, a page looks whether its figures are there, before it is shown without.
const LOOKS: (Duration, u32) = (Duration::from_millis(20), 40);

/// Answers a request that was let in.
pub(crate) async fn route(shared: &Arc<Shared>, uri: &Uri) -> Answer {
    let Some(names) = segments(uri.path()) else { return unknown("This address names nothing here.") };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [""] => blocking(shared, shelf).await,
        ["runs"] => blocking(shared, shelf_rows).await,
        ["search"] => blocking(shared, search).await,
        ["search", "places"] => {
            let word = |name: &str| word(uri.query(), name);
            let (words, parts, run) = (word("q").unwrap_or_default(), word("in"), word("run"));
            match Wanted::of(shared, &words, parts.as_deref(), run.as_deref()) {
                Ok(wanted) => wanted.look(shared),
                Err(refusal) => refusal,
            }
        }
        ["compare"] => {
            let [a, b] = ["a", "b"].map(|name| word(uri.query(), name).unwrap_or_default());
            blocking(shared, move |shared| compare(shared, [&a, &b])).await
        }
        ["compare", "whole"] => {
            compared(shared, ["a", "b"].map(|name| word(uri.query(), name).unwrap_or_default())).await
        }
        ["run", name] => match shared.folder.run(name) {
            Some(_) => Answer::moved(mend_page::address(name)),
            None => unknown_run(name),
        },
        ["run", name, rest @ ..] => match shared.run(name) {
            Some(run) => of_run(shared, run, rest).await,
            None => unknown_run(name),
        },
        _ => unknown("This address names nothing here."),
    }
}

async fn of_run(shared: &Arc<Shared>, run: Arc<Run>, rest: &[&str]) -> Answer {
    match rest {
        [""] => report(shared, run).await,
        ["state"] => blocking(shared, move |shared| run_state(shared, &run)).await,
        ["parts"] => match run.made() {
            Some(made) => Answer::json(json!({"body": made.parts.body, "boot": made.parts.boot}).to_string()),
            None => Answer::words(StatusCode::NOT_FOUND, "the figures of this run are not computed yet"),
        },
        ["rates"] => match run.made().and_then(|made| made.parts.rates.clone()) {
            Some(rates) => Answer::json(rates),
            None => Answer::words(StatusCode::NOT_FOUND, "no tree of this run is measured"),
        },
        ["tree", at] => match at.parse::<usize>() {
            Ok(at) => blocking(shared, move |shared| tree(shared, &run, at)).await,
            Err(_) => Answer::words(StatusCode::NOT_FOUND, "trees are numbered from 0"),
        },
        [name] => file(&run, name),
        _ => unknown("A run has nothing at this address."),
    }
}

/// Runs what reads files in a thread for that.
async fn blocking(shared: &Arc<Shared>, make: impl FnOnce(&Arc<Shared>) -> Answer + Send + 'static) -> Answer {
    let shared = Arc::clone(shared);
    let made = tokio::task::spawn_blocking(move || make(&shared)).await;
    made.unwrap_or_else(|error| {
        tracing::error!(%error, "an answer failed");
        let hint = "The terminal of mend view says more. Please report it.";
        Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, "mend has a bug", "This answer failed.", Some(hint))
    })
}

fn unknown(words: &str) -> Answer {
    Answer::refusal(StatusCode::NOT_FOUND, "Not found", words, None)
}

fn unknown_run(name: &str) -> Answer {
    let words = format!("This folder holds no run named {name}.");
    Answer::refusal(StatusCode::NOT_FOUND, "No such run", &words, Some("It may have been moved or removed since."))
}

fn shelf(shared: &Arc<Shared>) -> Answer {
    match shared.shelved() {
        Ok((runs, left_out)) => {
            Answer::page(mend_page::shelf(&shared.folder.root().display().to_string(), &runs, &left_out))
        }
        Err(error) => Answer::refusal(StatusCode::CONFLICT, "The folder cannot be read", &error.to_string(), None),
    }
}

fn search(shared: &Arc<Shared>) -> Answer {
    let runs = shared.folder.runs().unwrap_or_default().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    Answer::page(mend_page::search(&shared.folder.root().display().to_string(), &runs))
}

/// Two runs, problem by problem.
fn compare(shared: &Arc<Shared>, names: [&str; 2]) -> Answer {
    let mut labels = vec![];
    for name in names {
        let Some(folder) = shared.folder.run(name) else { return unknown_run(name) };
        match Seen::of(&folder) {
            Ok(seen) => labels.push(seen.labels),
            Err(why) => return Answer::refusal(StatusCode::CONFLICT, "This run cannot be read", &why, None),
        }
    }
    let runs = [(names[0], &labels[0]), (names[1], &labels[1])];
    let [a, b] = names.map(mend_page::segment);
    let whole = format!("/compare/whole?a={a}&b={b}");
    Answer::page(mend_page::beside(&shared.folder.root().display().to_string(), runs, Some(&whole)))
}

fn shelf_rows(shared: &Arc<Shared>) -> Answer {
    match shared.shelved() {
        Ok((runs, left_out)) => Answer::fragment(mend_page::shelf_rows(&runs, &left_out)),
        Err(error) => Answer::words(StatusCode::CONFLICT, &format!("the folder cannot be read: {error}")),
    }
}

/// A run's page: with the figures of the journal as it is where they are there soon, else with earlier ones or none, which
/// the page then replaces by itself.
async fn report(shared: &Arc<Shared>, run: Arc<Run>) -> Answer {
    shared.compute(&run);
    let length = Stamp::of(&run.folder).length();
    let is_there = || run.made().is_some_and(|made| made.length >= length) || run.failure(length).is_some();
    for _ in 0..LOOKS.1 {
        if is_there() {
            break;
        }
        tokio::time::sleep(LOOKS.0).await;
    }
    blocking(shared, move |_| {
        let seen = match Seen::of(&run.folder) {
            Ok(seen) => seen,
            Err(why) => {
                let hint = "Its folder holds a manifest that this version of mend cannot read.";
                return Answer::refusal(StatusCode::CONFLICT, "This run cannot be read", &why, Some(hint));
            }
        };
        let (state, words) = progress_of(&run, &seen);
        if let Some(why) = run.failure(length) {
            return Answer::refusal(StatusCode::CONFLICT, "This run cannot be shown", &why, None);
        }
        let made: Option<Arc<Made>> = run.made();
        match made {
            Some(made) => Answer::page(made.parts.served(Some(&made.length.to_string()), state, &words)),
            None => match mend_journal::read_manifest(&run.folder) {
                Ok(manifest) => Answer::page(Parts::bare(&manifest).served(None, state, &words)),
                Err(error) => Answer::refusal(StatusCode::CONFLICT, "This run cannot be read", &told(&error), None),
            },
        }
    })
    .await
}

/// How far a run is: in one word, and in words.
fn progress_of(run: &Run, seen: &Seen) -> (&'static str, String) {
    let finished = seen.finished.or_else(|| run.finished());
    let finished = if finished == Some(seen.trees) { finished } else { run.finished().or(finished) };
    let state = Journal::state(&run.folder, finished == Some(seen.trees));
    (state, progress(state, finished, seen.trees))
}

/// What a page asks now and then: whether there is something new.
fn run_state(shared: &Arc<Shared>, run: &Arc<Run>) -> Answer {
    shared.compute(run);
    let seen = match Seen::of(&run.folder) {
        Ok(seen) => seen,
        Err(why) => return Answer::words(StatusCode::CONFLICT, &why),
    };
    let length = seen.stamp.length();
    let (state, mut words) = progress_of(run, &seen);
    if let Some(why) = run.failure(length) {
        words = format!("{words}; its figures cannot be computed: {why}");
    }
    let figures = run.made().map(|made| made.length.to_string());
    Answer::json(json!({"length": length, "figures": figures, "state": state, "words": words}).to_string())
}

fn tree(shared: &Arc<Shared>, run: &Run, at: usize) -> Answer {
    let found = run.tree(at);
    shared.make_room();
    match found {
        Ok(Some((manifest, tree))) => Answer::json(mend_page::tree_json(&manifest, &tree)),
        Ok(None) => Answer::words(StatusCode::NOT_FOUND, &format!("the run has no tree {at}")),
        Err(error @ JournalError::NotARun { .. }) => Answer::words(StatusCode::NOT_FOUND, &told(&error)),
        Err(error) => Answer::words(StatusCode::CONFLICT, &told(&error)),
    }
}

/// A table or a plot of the run's folder, byte for byte.
fn file(run: &Run, name: &str) -> Answer {
    let tables = mend_report::file_names().into_iter().chain(mend_report::drawn_names());
    let Some(name) = tables.chain(PLOT_NAMES).find(|known| *known == name) else {
        return unknown("A run has nothing at this address.");
    };
    let kind = match name.rsplit('.').next() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/json",
    };
    if let Ok(file) = open(&run.folder, name) {
        return Answer::stream(kind, move |pieces| copy(file, &pieces)).kept_as(name);
    }
    let words = format!("The folder of this run has no {name}.");
    Answer::refusal(StatusCode::NOT_FOUND, "Not written", &words, Some("`mend report` writes its tables."))
}

fn copy(mut file: impl io::Read, pieces: &Pieces) {
    loop {
        let mut piece = Vec::with_capacity(1 << 16);
        let read = file.by_ref().take(1 << 16).read_to_end(&mut piece);
        let is_last = !matches!(read, Ok(1..));
        if matches!(read, Ok(0)) || pieces.blocking_send(read.map(|_| Bytes::from(piece))).is_err() || is_last {
            return;
        }
    }
}
