//! Who is judged next: a bounded queue that goes round between its clients.
//!
//! The judge never holds more than it works on, so that whatever waits can still be dropped, and a client that hands in a
//! thousand programs costs another one the time of one program.

use crate::counters::Counters;
use mend_judge::{JudgeError, Judgement, Ran, SandboxJudge, Task, Terms};
use mend_sandbox::{Job, Stop};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};

/// Something for the judge to do.
pub(crate) enum Work {
    /// Judge a candidate.
    Judge(Task, Terms),
    /// Run a program as it stands.
    Run(Box<Job>, Stop),
}

impl Work {
    fn stop(&self) -> Stop {
        match self {
            Self::Judge(_, terms) => terms.stop.clone(),
            Self::Run(_, stop) => stop.clone(),
        }
    }
}

/// What came of it.
pub(crate) enum Answer {
    Judged(Result<Judgement, JudgeError>),
    Ran(Result<Ran, JudgeError>),
}

/// Why something has no place.
#[derive(Debug)]
pub(crate) enum NoPlace {
    /// As many wait as may, or as many of this client.
    Full {
        /// When there may be room.
        retry_after: u64,
        /// In words.
        why: String,
    },
    /// The service ends.
    Closed,
}

/// The share of the queue that one client may take.
const ONE_CLIENT: (usize, usize) = (3, 4);

/// Something that waits.
struct Waiting {
    number: u64,
    work: Work,
    answer: oneshot::Sender<Answer>,
    since: Instant,
}

#[derive(Default)]
struct State {
    waiting: HashMap<Arc<str>, VecDeque<Waiting>>,
    /// Clients of whom something waits, in the order of their turns.
    turns: VecDeque<Arc<str>>,
    n_waiting: usize,
    running: HashMap<u64, Stop>,
    next: u64,
    closed: bool,
    /// Seconds that one piece of work takes, by the last ones.
    pace: f64,
}

/// The queue.
pub(crate) struct Queue {
    state: Mutex<State>,
    judge: Arc<SandboxJudge>,
    workers: usize,
    most: usize,
    counters: Arc<Counters>,
    /// Told when something leaves the queue, and when the last has ended.
    room: Notify,
}

impl Queue {
    pub(crate) fn new(judge: Arc<SandboxJudge>, workers: usize, most: usize, counters: Arc<Counters>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), judge, workers, most, counters, room: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait, and how many are at work.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.n_waiting, state.running.len())
    }

    /// Hands something in.
    pub(crate) fn push(self: &Arc<Self>, client: &Arc<str>, work: Work) -> Result<Ticket, (NoPlace, Work)> {
        let mut state = self.state();
        if state.closed {
            return Err((NoPlace::Closed, work));
        }
        let of_client = state.waiting.get(client).map_or(0, VecDeque::len);
        let at_most = (self.most * ONE_CLIENT.0 / ONE_CLIENT.1).max(1);
        let is_idle = state.running.len() < self.workers && state.n_waiting == 0;
        if !is_idle && (state.n_waiting >= self.most || of_client >= at_most) {
            let seconds = state.pace * state.n_waiting as f64 / self.workers as f64;
            let retry_after = (seconds.ceil() as u64).clamp(1, 60);
            let why = if state.n_waiting >= self.most {
                format!("{} requests wait already", state.n_waiting)
            } else {
                format!("{of_client} requests of this client wait already")
            };
            return Err((NoPlace::Full { retry_after, why }, work));
        }
        let number = state.next;
        state.next += 1;
        let stop = work.stop();
        let (sender, answer) = oneshot::channel();
        let waiting = Waiting { number, work, answer: sender, since: now() };
        let line = state.waiting.entry(Arc::clone(client)).or_default();
        let is_first = line.is_empty();
        line.push_back(waiting);
        if is_first {
            state.turns.push_back(Arc::clone(client));
        }
        state.n_waiting += 1;
        drop(state);
        self.dispatch();
        Ok(Ticket { queue: Arc::clone(self), client: Arc::clone(client), number, stop, answer, is_answered: false })
    }

    /// Hands something in once there is room for it.
    pub(crate) async fn push_patiently(self: &Arc<Self>, client: &Arc<str>, mut work: Work) -> Result<Ticket, NoPlace> {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            match self.push(client, work) {
                Ok(ticket) => return Ok(ticket),
                Err((NoPlace::Closed, _)) => return Err(NoPlace::Closed),
                Err((NoPlace::Full { .. }, back)) => work = back,
            }
            room.await;
        }
    }

    /// Hands the judge as much as it can work on.
    fn dispatch(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            if state.running.len() >= self.workers {
                return;
            }
            let Some(next) = state.pop() else { return };
            let stop = next.work.stop();
            state.running.insert(next.number, stop);
            drop(state);
            self.room.notify_waiters();
            self.counters.waited(next.since.elapsed());
            let mut home =
                Homing { queue: Arc::clone(self), number: next.number, answer: Some(next.answer), since: now() };
            match next.work {
                Work::Judge(task, terms) => {
                    self.judge.submit_on(task, terms, Box::new(move |result| home.send(Answer::Judged(result))));
                }
                Work::Run(job, stop) => {
                    self.judge.run(*job, stop, Box::new(move |result| home.send(Answer::Ran(result))));
                }
            }
        }
    }

    /// Something is done.
    fn finished(self: &Arc<Self>, number: u64, took: Duration) {
        let mut state = self.state();
        state.running.remove(&number);
        state.pace = if state.pace == 0.0 { took.as_secs_f64() } else { 0.9 * state.pace + 0.1 * took.as_secs_f64() };
        drop(state);
        self.dispatch();
        self.room.notify_waiters();
    }

    /// Nobody waits for it any more.
    fn forget(&self, client: &Arc<str>, number: u64) {
        let mut state = self.state();
        if state.remove(client, number) {
            drop(state);
            self.counters.dropped_waiting();
            self.room.notify_waiters();
        } else if state.running.contains_key(&number) {
            drop(state);
            self.counters.dropped_running();
        }
    }

    /// Takes nothing new from now on.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.room.notify_waiters();
    }

    /// Waits until nothing is left.
    pub(crate) async fn emptied(&self) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            if self.counts() == (0, 0) {
                return;
            }
            room.await;
        }
    }

    /// Drops whatever waits, and ends whatever runs.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.closed = true;
        state.waiting.clear();
        state.turns.clear();
        state.n_waiting = 0;
        for stop in state.running.values() {
            stop.set();
        }
        drop(state);
        self.room.notify_waiters();
    }
}

impl State {
    /// The next one: the first of the client whose turn it is, which then comes last.
    fn pop(&mut self) -> Option<Waiting> {
        let client = self.turns.pop_front()?;
        let line = self.waiting.get_mut(&client)?;
        let next = line.pop_front();
        if line.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        self.n_waiting -= usize::from(next.is_some());
        next
    }

    /// Removes what waits. Says whether it did.
    fn remove(&mut self, client: &Arc<str>, number: u64) -> bool {
        let Some(line) = self.waiting.get_mut(client) else { return false };
        let Some(at) = line.iter().position(|waiting| waiting.number == number) else { return false };
        line.remove(at);
        if line.is_empty() {
            self.waiting.remove(client);
            self.turns.retain(|other| other != client);
        }
        self.n_waiting -= 1;
        true
    }
}

/// A place in the queue. Dropped before its answer came, what it stands for is dropped, or ended if it runs.
pub(crate) struct Ticket {
    queue: Arc<Queue>,
    client: Arc<str>,
    number: u64,
    stop: Stop,
    answer: oneshot::Receiver<Answer>,
    is_answered: bool,
}

impl Ticket {
    /// Waits for the answer; `None` if the service ended before.
    pub(crate) async fn answer(mut self) -> Option<Answer> {
        let answer = (&mut self.answer).await;
        self.is_answered = true;
        answer.ok()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.is_answered {
            // Counted before it ends: what was stopped is no longer among what runs.
            self.queue.forget(&self.client, self.number);
            self.stop.set();
        }
    }
}

/// Brings an answer home, and says so if the judge drops it.
struct Homing {
    queue: Arc<Queue>,
    number: u64,
    answer: Option<oneshot::Sender<Answer>>,
    since: Instant,
}

impl Homing {
    fn send(&mut self, answer: Answer) {
        if let Some(sender) = self.answer.take() {
            let took = self.since.elapsed();
            self.queue.counters.took(took);
            // The place is free before its owner hears of it.
            self.queue.finished(self.number, took);
            // Whoever has gone wants no answer.
            let _ = sender.send(answer);
        }
    }
}

impl Drop for Homing {
    fn drop(&mut self) {
        self.send(Answer::Judged(Err(JudgeError::Gone)));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long something waited stands in an answer, and decides nothing but a hint"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
