//! Batch interfaces: many requests are handed in at once, worked on within a day, and cost about half as much.
//!
//! A request that a batch holds is not lost when nobody waits for it any more: its batch is noted before it is handed in
//! and once its provider has named it, so that a later session finds the answer instead of asking again. What is noted is a
//! few lines in a file of the run ([`BatchLog`]); the journal says of a request what it says of any other.

use crate::failure::Failure;
use crate::{Request, prompt_digest};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use mend_core::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where batches are noted, so that a later session finds them again.
pub trait BatchLog: Send {
    /// Appends a line, and returns once it is durable.
    ///
    /// # Errors
    /// The line may not survive.
    fn append(&mut self, line: &str) -> io::Result<()>;
}

/// How batches are made and looked at. Decides no number.
#[derive(Debug, Clone, Copy)]
pub struct BatchOptions {
    /// A batch is handed in once no further request has come for so long.
    pub gather: Duration,
    /// Requests of one batch at most.
    pub most: usize,
    /// The pause before a batch is looked at for the first time; later ones grow.
    pub first_look: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            gather: Duration::from_millis(300),
            most: 10_000,
            first_look: Duration::from_millis(200),
            longest_pause: Duration::from_mins(1),
        }
    }
}

/// What came of each request of a batch, by its name there.
pub(crate) type Results = BTreeMap<String, BatchResult>;

/// What came of one request of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BatchResult {
    /// A response, as it would have come by itself.
    Response {
        /// Its status.
        status: u16,
        /// Its body.
        body: Value,
    },
    /// It was never worked on, and is not billed.
    NotDone(&'static str),
}

/// What came of a batch: its results, or why there are none.
pub(crate) type Ended = Result<Arc<Results>, Trouble>;

/// Why a batch has no results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) failure: Failure,
    /// Whether the provider never took the batch, so that its requests may stand in another one. Else its results are still
    /// to be had.
    pub(crate) is_void: bool,
}

/// A batch on its way, for all who wait for it.
pub(crate) type Waiting = Shared<BoxFuture<'static, Ended>>;

/// A batch that was handed in, or is about to be.
#[derive(Default)]
struct Noted {
    /// What its provider calls it; `None` as long as nobody knows.
    id: Option<String>,
    /// The names of its requests.
    requests: BTreeSet<String>,
    /// `None` as long as nobody of this session waits for it.
    waiting: Option<Waiting>,
}

/// Requests with their names in a batch.
pub(crate) type Bodies = Vec<(String, Value)>;

#[derive(Default)]
struct State {
    log: Option<Box<dyn BatchLog>>,
    batches: HashMap<String, Noted>,
    /// The batch that holds a request, by the request's name.
    holds: HashMap<String, String>,
    /// Batches that are not handed in yet.
    gathering: HashMap<String, Bodies>,
    /// The one of them that takes further requests, by address and model.
    takes: HashMap<String, String>,
    /// Batches that began so far, in all sessions.
    count: u64,
}

/// The batches of a run.
pub struct Batches {
    pub(crate) options: BatchOptions,
    state: Mutex<State>,
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("options", &self.options).finish_non_exhaustive()
    }
}

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Our own name of the batch, which its provider is told too.
    batch: String,
    /// The requests that it is to hold; noted before it is handed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    requests: Option<BTreeSet<String>>,
    /// The provider's name of it; noted once it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<String>,
    /// Requests of it of which nothing came, so that they may stand in another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failed: Option<BTreeSet<String>>,
}

/// A line that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BatchLogError {
    line: usize,
    why: String,
}

impl Batches {
    /// Batches of which none is noted yet, and nowhere to note them.
    pub fn new(options: BatchOptions) -> Self {
        Self { options, state: Mutex::default() }
    }

    /// Takes up what earlier sessions noted, and notes in `log` from here on.
    ///
    /// # Errors
    /// A line before the last that cannot be read. A torn last line is what a kill left.
    pub fn open(&self, noted: &str, log: Box<dyn BatchLog>) -> Result<(), BatchLogError> {
        let mut state = self.state();
        let lines: Vec<&str> = noted.lines().collect();
        for (number, text) in lines.iter().enumerate() {
            match serde_json::from_str::<Line>(text) {
                Ok(line) => state.take(line),
                Err(_) if number + 1 == lines.len() => break,
                Err(error) => return Err(BatchLogError { line: number + 1, why: error.to_string() }),
            }
        }
        state.log = Some(log);
        Ok(())
    }

    /// What a request's answer waits for: the batch that holds the request, or one that takes it. `run` makes of a batch's
    /// key and place what waits for it.
    pub(crate) fn join(
        &self,
        place: &str,
        name: &str,
        body: Value,
        run: impl FnOnce(String) -> BoxFuture<'static, Ended>,
    ) -> Waiting {
        let mut state = self.state();
        if let Some(key) = state.holds.get(name).cloned() {
            let batch = state.batches.entry(key.clone()).or_default();
            return batch.waiting.get_or_insert_with(|| run(key).shared()).clone();
        }
        let is_full = |key: &String| state.gathering.get(key).is_none_or(|bodies| bodies.len() >= self.options.most);
        let open = state.takes.get(place).filter(|key| !is_full(key)).cloned();
        let key = open.unwrap_or_else(|| {
            state.count += 1;
            let key = Digest::of(format!("{place} {name} {}", state.count).as_bytes()).to_string()[..32].to_owned();
            state.takes.insert(place.to_owned(), key.clone());
            state.gathering.insert(key.clone(), Vec::new());
            key
        });
        state.gathering.entry(key.clone()).or_default().push((name.to_owned(), body));
        state.holds.insert(name.to_owned(), key.clone());
        let batch = state.batches.entry(key.clone()).or_default();
        batch.waiting.get_or_insert_with(|| run(key).shared()).clone()
    }

    /// How many requests a batch has gathered; `None` if it was handed in, or noted by an earlier session.
    pub(crate) fn gathered(&self, key: &str) -> Option<usize> {
        self.state().gathering.get(key).map(Vec::len)
    }

    /// Closes a batch and notes it, before it is handed in.
    pub(crate) fn close(&self, key: &str) -> io::Result<Bodies> {
        let mut state = self.state();
        state.takes.retain(|_, taking| taking != key);
        let bodies = state.gathering.remove(key).unwrap_or_default();
        let requests = bodies.iter().map(|(name, _)| name.clone()).collect();
        state.note(Line { batch: key.to_owned(), requests: Some(requests), id: None, failed: None })?;
        Ok(bodies)
    }

    /// Notes what a provider calls a batch.
    pub(crate) fn named(&self, key: &str, id: &str) -> io::Result<()> {
        self.state().note(Line { batch: key.to_owned(), requests: None, id: Some(id.to_owned()), failed: None })
    }

    /// Notes that nothing came of some requests of a batch: they may stand in another one.
    pub(crate) fn failed(&self, key: &str, names: BTreeSet<String>) -> io::Result<()> {
        self.state().note(Line { batch: key.to_owned(), requests: None, id: None, failed: Some(names) })
    }

    /// Lets the next request that a batch holds look for its results anew.
    pub(crate) fn look_anew(&self, key: &str) {
        if let Some(batch) = self.state().batches.get_mut(key) {
            batch.waiting = None;
        }
    }

    /// What a provider calls a batch that an earlier session noted, and the names of its requests.
    pub(crate) fn known(&self, key: &str) -> (Option<String>, BTreeSet<String>) {
        let state = self.state();
        state.batches.get(key).map(|batch| (batch.id.clone(), batch.requests.clone())).unwrap_or_default()
    }

    /// All names that providers have given to batches of the run.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.state().batches.values().filter_map(|batch| batch.id.clone()).collect()
    }

    /// The batch that holds a request.
    pub(crate) fn holder(&self, name: &str) -> Option<String> {
        self.state().holds.get(name).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes note of a line that is durable.
    fn take(&mut self, line: Line) {
        let Line { batch, requests, id, failed } = line;
        let noted = self.batches.entry(batch.clone()).or_default();
        if let Some(id) = id {
            noted.id = Some(id);
        }
        if let Some(requests) = requests {
            self.count += 1;
            for name in &requests {
                self.holds.insert(name.clone(), batch.clone());
            }
            noted.requests.extend(requests);
        }
        for name in failed.into_iter().flatten() {
            if self.holds.get(&name) == Some(&batch) {
                self.holds.remove(&name);
            }
        }
    }

    fn note(&mut self, line: Line) -> io::Result<()> {
        let text = serde_json::to_string(&line).map_err(io::Error::other)?;
        if let Some(log) = &mut self.log {
            log.append(&text)?;
        }
        self.take(line);
        Ok(())
    }
}

/// A request's name within the batches of a run: the same in every session, and another one for every node.
pub(crate) fn name_of(request: &Request, body: &Value) -> String {
    let slots: Vec<String> = request.slots.iter().map(ToString::to_string).collect();
    let replicate = request.replicate.to_string();
    let parts = [
        request.problem.as_str(),
        &replicate,
        &request.seat.to_string(),
        &slots.join(" "),
        &prompt_digest(&request.messages).to_string(),
        &body.to_string(),
    ]
    .map(|part| part.as_bytes().to_vec());
    Digest::of_parts(parts.iter().map(Vec::as_slice)).to_string()[..40].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<String>>);

    impl BatchLog for Memory {
        fn append(&mut self, line: &str) -> io::Result<()> {
            let mut text = self.0.lock().unwrap();
            text.push_str(line);
            text.push('\n');
            Ok(())
        }
    }

    fn nothing(_: String) -> BoxFuture<'static, Ended> {
        futures::future::pending().boxed()
    }

    #[test]
    fn requests_gather_until_their_batch_is_closed_or_full_and_a_later_session_finds_them() {
        let log = Memory::default();
        let batches = Batches::new(BatchOptions { most: 2, ..BatchOptions::default() });
        batches.open("", Box::new(log.clone())).unwrap();
        for name in ["a", "b", "c"] {
            drop(batches.join("here", name, Value::from(name), nothing));
        }
        let [first, second] = ["a", "c"].map(|name| batches.holder(name).unwrap());
        assert_eq!(batches.holder("b").as_ref(), Some(&first));
        assert_ne!(first, second);
        assert_eq!((batches.gathered(&first), batches.gathered(&second)), (Some(2), Some(1)));
        assert_eq!(batches.close(&second).unwrap(), [("c".to_owned(), Value::from("c"))]);
        assert_eq!(batches.gathered(&second), None);
        batches.named(&second, "batch_1").unwrap();
        // What was never closed never left.
        let noted = log.0.lock().unwrap().clone();
        let later = Batches::new(BatchOptions::default());
        later.open(&format!("{noted}{{\"batch\":\"to"), Box::new(log.clone())).unwrap();
        assert_eq!((later.holder("a"), later.holder("c")), (None, Some(second.clone())));
        assert_eq!(later.known(&second), (Some("batch_1".to_owned()), BTreeSet::from(["c".to_owned()])));
        later.failed(&second, BTreeSet::from(["c".to_owned()])).unwrap();
        assert_eq!(later.holder("c"), None);
        let error = later.open("{\"batch\":1}\n{}\n", Box::new(log)).unwrap_err();
        assert!(error.to_string().starts_with("line 1: "), "{error}");
    }
}
