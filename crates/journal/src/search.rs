//! Words in the texts of a run, found in one pass that holds none of it but what matched.
//!
//! A journal writes a text before the first event that names it, and names it by digest from then on. So the pass keeps the
//! digests of texts that match, with a few words around the place, and tells of each event that names one of them.

use crate::line::{self, LineError};
use crate::{JOURNAL, JournalError};
use mend_core::{CallId, Digest, Entry, Event, Slot, Text, TreeKey};
use regex::bytes::Regex as Bytes;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

/// Texts that match, of which no more are kept in mind.
const MOST_TEXTS: usize = 50_000;

/// Bytes between two words of how far the pass is.
const STEP: u64 = 1 << 26;

/// Characters before and behind what was found that are kept.
const AROUND: (usize, usize) = (60, 140);

/// In which kind of text something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A program, as it was taken from its answer.
    Program,
    /// What a model was asked.
    Prompt,
    /// What a model, a person or a strategy's script wrote.
    Answer,
}

/// A place at which the words stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The tree.
    pub tree: TreeKey,
    /// The node: the first that was asked for, where a prompt asks for several.
    pub slot: Slot,
    /// In which of its texts.
    pub part: Part,
    /// The first place in the text.
    pub excerpt: Excerpt,
}

/// The first place in a text, with some of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// What stands before it in its line.
    pub before: String,
    /// The words as the text has them.
    pub words: String,
    /// What follows in the line.
    pub after: String,
    /// How many more places the text has.
    pub more: usize,
}

/// What a search comes upon.
#[derive(Debug)]
pub enum Step {
    /// A place.
    Found(Found),
    /// So many bytes of the journal were gone over.
    Read(u64),
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// At the journal's end.
    Whole,
    /// Whoever listens had enough.
    Enough,
    /// So many texts match that no more are kept in mind.
    TooManyTexts,
}

/// Finds words in the texts of a run, whatever their case, in the order of its journal. A running one may be searched too.
///
/// # Errors
/// A file that cannot be read, or a line that is none of a journal's, with its number.
pub fn search(
    dir: &Path,
    words: &str,
    parts: &[Part],
    tell: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Result<Ended, JournalError> {
    let path = dir.join(JOURNAL);
    let read = |source| JournalError::read(&path, source);
    let mut reader = BufReader::with_capacity(1 << 18, File::open(&path).map_err(read)?);
    let mut search = Search::new(words);
    let (mut bytes, mut length, mut told) = (Vec::new(), 0, 0);
    for number in 1.. {
        bytes.clear();
        length += reader.read_until(b'\n', &mut bytes).map_err(read)? as u64;
        // What has no end yet is still being written, or was torn by a kill.
        if bytes.pop() != Some(b'\n') {
            return Ok(Ended::Whole);
        }
        if length - told >= STEP {
            told = length;
            if tell(Step::Read(length)).is_break() {
                return Ok(Ended::Enough);
            }
        }
        let found = search.take(&bytes, number).map_err(|error| JournalError::line(&path, number, error))?;
        for place in found.into_iter().filter(|place| parts.contains(&place.part)) {
            if tell(Step::Found(place)).is_break() {
                return Ok(Ended::Enough);
            }
        }
        if search.texts.len() >= MOST_TEXTS {
            return Ok(Ended::TooManyTexts);
        }
    }
    Ok(Ended::Whole)
}

struct Search {
    /// The words as JSON has them: a line that lacks them holds no such text.
    raw: Bytes,
    words: Regex,
    digests: Bytes,
    texts: HashMap<Digest, Excerpt>,
    /// Requests for several nodes that were not answered yet.
    open: BTreeMap<(TreeKey, CallId), Vec<Slot>>,
}

impl Search {
    fn new(words: &str) -> Self {
        let json = serde_json::Value::from(words).to_string();
        let raw = regex::escape(&json[1..json.len() - 1]);
        let any_case = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(true).build();
        let expected = "escaped words are a pattern";
        Self {
            raw: regex::bytes::RegexBuilder::new(&raw).case_insensitive(true).build().expect(expected),
            words: any_case(&regex::escape(words)).expect(expected),
            digests: Bytes::new("\"[0-9a-f]{64}\"").expect("a constant pattern"),
            texts: HashMap::new(),
            open: BTreeMap::new(),
        }
    }

    /// The places that a line tells of.
    fn take(&mut self, bytes: &[u8], number: usize) -> Result<Vec<Found>, LineError> {
        if number == 1 {
            return Ok(vec![]);
        }
        if line::is_body(bytes) {
            if self.raw.is_match(bytes) {
                let (digest, body) = line::parse_body(bytes)?;
                if let Some(excerpt) = self.excerpt(&body) {
                    self.texts.insert(digest, excerpt);
                }
            }
            return Ok(vec![]);
        }
        let is_asked_for_several = asks_for_several(bytes);
        if !is_asked_for_several && !self.names_a_text(bytes) {
            return Ok(vec![]);
        }
        let Entry { tree, event } = line::parse_checked(bytes)?;
        let Some(tree) = tree else { return Ok(vec![]) };
        if let (true, Event::Sent { call, slots, .. }) = (is_asked_for_several, &event) {
            self.open.insert((tree.clone(), call.clone()), slots.clone());
        }
        Ok(self.places(&tree, &event))
    }

    fn names_a_text(&self, bytes: &[u8]) -> bool {
        let is_known = |digest: &[u8]| {
            let digest = std::str::from_utf8(&digest[1..digest.len() - 1]).ok().and_then(|digest| digest.parse().ok());
            digest.is_some_and(|digest: Digest| self.texts.contains_key(&digest))
        };
        !self.texts.is_empty() && self.digests.find_iter(bytes).any(|found| is_known(found.as_bytes()))
    }

    /// The places in the texts that an event names.
    fn places(&mut self, tree: &TreeKey, event: &Event) -> Vec<Found> {
        let mut named: Vec<(Slot, Part, &Text)> = vec![];
        match event {
            Event::Sent { slots, prompt, .. } => {
                named.extend(slots.first().map(|slot| (slot.clone(), Part::Prompt, prompt)));
            }
            Event::Sampled { call, completions, .. } => {
                let slots = self.open.remove(&(tree.clone(), call.clone())).unwrap_or_else(|| first_slot(call));
                let answers = slots.into_iter().zip(completions);
                named.extend(answers.map(|(slot, completion)| (slot, Part::Answer, &completion.text)));
            }
            Event::Made { slot, text, .. } | Event::Given { slot, text, .. } => {
                named.push((slot.clone(), Part::Answer, text));
            }
            Event::Judged { slot, candidate, .. } | Event::Unscored { slot, candidate, .. } => {
                named.extend(candidate.iter().map(|candidate| (slot.clone(), Part::Program, &candidate.program)));
            }
            _ => {}
        }
        let found = |(slot, part, text): (Slot, Part, &Text)| {
            let excerpt = self.texts.get(&text.digest())?.clone();
            Some(Found { tree: tree.clone(), slot, part, excerpt })
        };
        named.into_iter().filter_map(found).collect()
    }

    /// The first place in a text; `None` if only its JSON looked like it.
    fn excerpt(&self, body: &str) -> Option<Excerpt> {
        let mut places = self.words.find_iter(body);
        let first = places.next()?;
        let (before, after) = (&body[..first.start()], &body[first.end()..]);
        let before = before.rsplit('\n').next().unwrap_or_default();
        let after = after.split('\n').next().unwrap_or_default();
        let skip = before.chars().count().saturating_sub(AROUND.0);
        Some(Excerpt {
            before: before.chars().skip(skip).collect(),
            words: first.as_str().to_owned(),
            after: after.chars().take(AROUND.1).collect(),
            more: places.count(),
        })
    }
}

/// Whether an entry asks for several nodes, by its bytes: only then the answer's call does not name them all.
fn asks_for_several(bytes: &[u8]) -> bool {
    const SLOTS: &[u8] = b"\"slots\":[";
    let at = bytes.windows(SLOTS.len()).position(|window| window == SLOTS);
    at.is_some_and(|at| bytes[at + SLOTS.len()..].iter().take_while(|byte| **byte != b']').any(|byte| *byte == b','))
}

/// The slot that a call is named after.
fn first_slot(call: &CallId) -> Vec<Slot> {
    call.to_string().split('#').next().and_then(|slot| slot.parse().ok()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    const ALL: [Part; 3] = [Part::Program, Part::Prompt, Part::Answer];

    fn found(words: &str, parts: &[Part]) -> Vec<(String, String, Part, String)> {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let mut places = vec![];
        let ended = search(&run, words, parts, &mut |step| {
            if let Step::Found(place) = step {
                let Excerpt { before, words, after, more } = place.excerpt;
                let line = format!("{before}[{words}]{after} +{more}");
                places.push((place.tree.problem.to_string(), place.slot.to_string(), place.part, line));
            }
            ControlFlow::Continue(())
        });
        assert_eq!(ended.unwrap(), Ended::Whole);
        places
    }

    fn place(problem: &str, slot: &str, part: Part, line: &str) -> (String, String, Part, String) {
        (problem.to_owned(), slot.to_owned(), part, line.to_owned())
    }

    #[test]
    fn every_event_that_names_a_text_is_a_place() {
        assert_eq!(
            found("WRITE F of 0", &ALL),
            [
                place("a/0", "p0", Part::Prompt, "[write f of 0] +0"),
                // Stored once, and sent a second time.
                place("a/0", "p1", Part::Prompt, "[write f of 0] +0"),
            ]
        );
        assert_eq!(
            found("RETURN 10", &ALL),
            [
                place("a/1", "p0", Part::Answer, "    [return 10] +0"),
                place("a/1", "p0", Part::Program, "    [return 10] +0"),
            ]
        );
        assert_eq!(found("return", &[Part::Program]).len(), 2, "only in programs");
    }

    #[test]
    fn words_are_found_as_they_are_and_not_as_json_writes_them() {
        // The line ends before `return`; in JSON that is a letter n.
        assert_eq!(found("n    return", &ALL), []);
        assert_eq!(found("\"\"\"é", &[Part::Answer]).len(), 2, "quotes and letters beyond ASCII");
        assert_eq!(found("(", &[Part::Program])[0].3, "def f[(]): +0", "signs are no patterns");
        assert_eq!(found("f", &[Part::Prompt])[0].3, "write [f] of 0 +1", "the other places are counted");
    }

    #[test]
    fn it_stops_when_the_listener_has_enough_and_leaves_a_torn_end_out() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let mut count = 0;
        let ended = search(&run, "return", &ALL, &mut |_| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!((ended.unwrap(), count), (Ended::Enough, 1));
        let path = run.join(JOURNAL);
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let ended = search(&run, "return", &ALL, &mut |_| ControlFlow::Continue(()));
            assert_eq!(ended.unwrap(), Ended::Whole, "cut at {length}");
        }
    }

    #[test]
    fn several_answers_of_one_request_are_told_apart_by_what_was_asked_for() {
        assert!(asks_for_several(br#"{"event":"sent","call":"p0#0","slots":["p0","p1"],"seat":"coder"}"#));
        assert!(!asks_for_several(br#"{"event":"sent","call":"p0#0","slots":["p0"],"seat":"coder","a":[1,2]}"#));
        assert_eq!(first_slot(&CallId::new(&Slot::program(3), 1)), [Slot::program(3)]);
    }
}
