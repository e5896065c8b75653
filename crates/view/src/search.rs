//! Words in the texts of runs, told line by line in JSON while the journals are gone over.

use crate::answer::{Answer, Pieces};
use crate::folder::Stamp;
use crate::seen::told;
use crate::shared::Shared;
use axum::body::Bytes;
use axum::http::StatusCode;
use mend_journal::{Ended, Excerpt, Found, Part, Step};
use mend_page::{SEARCHED, address, shown};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Places after which a search stops.
const MOST: usize = 500;

/// The longest words that are looked for, in bytes.
const LONGEST: usize = 4000;

/// What is looked for, and where.
pub(crate) struct Wanted {
    words: String,
    parts: Vec<Part>,
    runs: Vec<(String, PathBuf)>,
}

impl Wanted {
    /// Reads it from the words of an address; else says what is wrong with them.
    pub(crate) fn of(shared: &Shared, words: &str, parts: Option<&str>, run: Option<&str>) -> Result<Self, Answer> {
        let bad = |words: &str| Answer::words(StatusCode::BAD_REQUEST, words);
        if words.trim().is_empty() || words.len() > LONGEST {
            return Err(bad(&format!("a search takes 1 to {LONGEST} bytes of words, and got {}", words.len())));
        }
        let part = |name: &str| match name {
            "program" => Ok(Part::Program),
            "prompt" => Ok(Part::Prompt),
            "answer" => Ok(Part::Answer),
            other => {
                let known = SEARCHED.map(|(name, _)| name).join(", ");
                Err(bad(&format!("`{other}` is not a kind of text: expected {known}")))
            }
        };
        let parts = match parts {
            None => vec![Part::Program, Part::Prompt, Part::Answer],
            Some(parts) => parts.split(',').map(part).collect::<Result<_, _>>()?,
        };
        let mut runs = shared.folder.runs().map_err(|error| bad(&error.to_string()))?;
        if let Some(run) = run {
            runs.retain(|(name, _)| name == run);
            if runs.is_empty() {
                return Err(Answer::words(StatusCode::NOT_FOUND, "this folder holds no run of that name"));
            }
        }
        // What changed last comes first.
        runs.sort_by_key(|(_, folder)| std::cmp::Reverse(Stamp::of(folder).changed()));
        Ok(Self { words: words.to_owned(), parts, runs })
    }

    /// Looks, and tells of each place as it is found. Whoever goes away ends it.
    pub(crate) fn look(self, shared: &Arc<Shared>) -> Answer {
        let turns = Arc::clone(&shared.searches);
        Answer::stream("application/x-ndjson", move |pieces| {
            // Searches read whole journals: a few at a time.
            let Ok(_turn) = tokio::runtime::Handle::current().block_on(turns.acquire_owned()) else { return };
            let end = self.go(&pieces);
            say(&pieces, &end);
        })
    }

    fn go(&self, pieces: &Pieces) -> Value {
        let of: u64 = self.runs.iter().map(|(_, folder)| Stamp::of(folder).length()).sum();
        let (mut places, mut before, mut left_out) = (0, 0, vec![]);
        for (count, (name, folder)) in self.runs.iter().enumerate() {
            let mut read = 0;
            let mut tell = |step: Step| {
                let line = match step {
                    Step::Found(found) => {
                        places += 1;
                        place(name, &found)
                    }
                    Step::Read(bytes) => {
                        read = bytes;
                        json!({"read": before + bytes, "of": of})
                    }
                };
                if say(pieces, &line) && places < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let ended = mend_journal::search(folder, &self.words, &self.parts, &mut tell);
            let end = match ended {
                Ok(Ended::Whole) => None,
                Ok(Ended::Enough) => Some("enough"),
                Ok(Ended::TooManyTexts) => Some("texts"),
                Err(error) => {
                    left_out.push(shown(&told(&error)));
                    None
                }
            };
            if let Some(end) = end {
                return json!({"end": end, "runs": count + 1, "read": before + read, "left_out": left_out});
            }
            before += Stamp::of(folder).length();
            say(pieces, &json!({"read": before, "of": of}));
        }
        json!({"end": "whole", "runs": self.runs.len(), "read": before, "left_out": left_out})
    }
}

/// A place as the page's script reads it.
fn place(run: &str, found: &Found) -> Value {
    let Found { tree, slot, part, excerpt } = found;
    let Excerpt { before, words, after, more } = excerpt;
    let part = match part {
        Part::Program => "program",
        Part::Prompt => "prompt",
        Part::Answer => "answer",
    };
    json!({
        "run": shown(run),
        "at": address(run),
        "problem": shown(tree.problem.as_str()),
        "replicate": tree.replicate,
        "slot": slot.to_string(),
        "part": part,
        "before": shown(before),
        "words": shown(words),
        "after": shown(after),
        "more": more,
    })
}

/// Sends a line; whether somebody still listens.
fn say(pieces: &Pieces, line: &Value) -> bool {
    pieces.blocking_send(Ok(Bytes::from(format!("{line}\n")))).is_ok()
}
