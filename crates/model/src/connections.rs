//! How many requests a provider gets at once: more while it answers, fewer when it is overrun.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Connections that are used before anything is known of a provider.
const FIRST: f64 = 10.0;

/// The connections to one provider, shared by all of its models.
///
/// Their number doubles with each round of answers until the first sign of congestion. Then it halves, at most once
/// for all requests that were on their way, and grows by one a round.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    most: usize,
}

#[derive(Debug)]
struct State {
    limit: f64,
    in_use: usize,
    doubles: bool,
    /// How often the number was halved.
    halved: u64,
    paused_until: Option<Instant>,
}

/// How an attempt ended, as far as connections go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answered.
    Good,
    /// Overrun.
    Congested,
    /// Failed for another reason.
    Other,
}

/// One connection in use.
#[derive(Debug)]
pub(crate) struct Connection {
    connections: Connections,
}

impl Connections {
    /// At most so many.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let state = State { limit: FIRST.min(most as f64), in_use: 0, doubles: true, halved: 0, paused_until: None };
        Self { state: Arc::new(Mutex::new(state)), changed: Arc::default(), most }
    }

    /// Waits for a free one. A pause that is longer than `longest` is not waited for: whoever asks then must see it.
    pub(crate) async fn free(&self, longest: Duration) -> Connection {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on, no change is missed.
            changed.as_mut().enable();
            let pause = {
                let mut state = self.lock();
                match state.paused_until {
                    Some(until) if until > Instant::now() && until <= Instant::now() + longest => Some(until),
                    _ if state.in_use < state.limit as usize => {
                        state.in_use += 1;
                        return Connection { connections: self.clone() };
                    }
                    _ => None,
                }
            };
            match pause {
                Some(until) => tokio::time::sleep_until(until).await,
                None => changed.await,
            }
        }
    }

    /// The number of halvings so far; an attempt that began before the latest is no new sign of congestion.
    pub(crate) fn era(&self) -> u64 {
        self.lock().halved
    }

    /// Learns how an attempt ended that began in an era.
    pub(crate) fn learn(&self, outcome: Outcome, era: u64) {
        let mut state = self.lock();
        match outcome {
            Outcome::Good => {
                let step = if state.doubles { 1.0 } else { 1.0 / state.limit };
                state.limit = (state.limit + step).min(self.most as f64);
            }
            Outcome::Congested if era == state.halved => {
                state.limit = (state.limit / 2.0).max(1.0);
                state.halved += 1;
                state.doubles = false;
                tracing::debug!(connections = state.limit as usize, "congestion");
            }
            Outcome::Congested | Outcome::Other => {}
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Sends nothing for a while.
    pub(crate) fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut state = self.lock();
        state.paused_until = state.paused_until.max(Some(until));
    }

    /// How long nothing is sent from now on; `None` if something may be.
    pub(crate) fn paused(&self) -> Option<Duration> {
        let left = self.lock().paused_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// How many may be in use now.
    #[cfg(test)]
    fn limit(&self) -> usize {
        self.lock().limit as usize
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No update can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.lock().in_use -= 1;
        self.connections.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn connections_double_until_congestion_and_then_grow_by_one_a_round() {
        let connections = Connections::new(64);
        assert_eq!(connections.limit(), 10);
        for _ in 0..30 {
            connections.learn(Outcome::Good, 0);
        }
        assert_eq!(connections.limit(), 40);
        // Requests that were on their way together halve it once.
        for _ in 0..20 {
            connections.learn(Outcome::Congested, 0);
        }
        assert_eq!(connections.limit(), 20);
        connections.learn(Outcome::Other, 1);
        for _ in 0..21 {
            connections.learn(Outcome::Good, 1);
        }
        assert_eq!(connections.limit(), 21);
        for era in 1..20 {
            connections.learn(Outcome::Congested, era);
        }
        assert_eq!(connections.limit(), 1);
        for _ in 0..10_000 {
            connections.learn(Outcome::Good, 20);
        }
        assert_eq!(connections.limit(), 64, "never more than asked for");
    }

    #[tokio::test]
    async fn a_free_connection_is_waited_for_and_a_pause_holds_all_back() {
        let connections = Connections::new(1);
        let first = connections.free(LONG).await;
        let waiting = tokio::spawn({
            let connections = connections.clone();
            async move { connections.free(LONG).await }
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert!(!waiting.is_finished());
        drop(first);
        drop(waiting.await.unwrap());
        connections.pause(Duration::from_millis(60));
        let before = Instant::now();
        drop(connections.free(LONG).await);
        assert!(before.elapsed() >= Duration::from_millis(60));
        assert_eq!(connections.paused(), None);
        connections.pause(2 * LONG);
        drop(connections.free(LONG).await);
        assert!(connections.paused() > Some(LONG), "a longer pause is not waited for");
    }
}
