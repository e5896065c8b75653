//! How long to try for an answer.

use crate::{ModelError, Then};
use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;
use tokio::time::Instant;

/// How long to try for an answer. Decides no number, only what is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in all.
    pub attempts: u32,
    /// Time for all attempts and the pauses between them. An attempt that has begun has its own deadline.
    pub deadline: Duration,
    /// The pause after the first failure; it doubles with each further one, and is stretched by chance.
    pub first_pause: Duration,
    /// The longest pause that is ours. A server may ask for a longer one.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 8,
            deadline: Duration::from_hours(1),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_mins(1),
        }
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub struct Retries {
    pauses: ExponentialBackoff,
    ends: Instant,
}

impl Retries {
    /// As many as patience allows, from now on.
    pub fn new(patience: &Patience) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(patience.first_pause)
            .with_max_delay(patience.longest_pause)
            .with_max_times(patience.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .build();
        Self { pauses, ends: Instant::now() + patience.deadline }
    }

    /// The pause before the next attempt, or `None` if there is to be none.
    pub fn pause_after(&mut self, error: &ModelError) -> Option<Duration> {
        if error.then() != Then::Retry {
            return None;
        }
        let pause = self.pauses.next()?.max(error.retry_after().unwrap_or_default());
        (Instant::now() + pause <= self.ends).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Kind};

    fn failure(kind: Kind, retry_after: Option<Duration>) -> ModelError {
        Failure { model: "a/b".into(), kind, detail: String::new(), retry_after, hint: None }.into()
    }

    #[test]
    fn pauses_double_and_end_with_the_attempts() {
        let mut retries = Retries::new(&Patience { attempts: 4, ..Patience::default() });
        let cut = failure(Kind::Cut, None);
        for least in [500, 1000, 2000] {
            let pause = retries.pause_after(&cut).unwrap().as_millis();
            assert!((least..=2 * least).contains(&pause), "{pause}");
        }
        assert_eq!(retries.pause_after(&cut), None);
    }

    #[test]
    fn a_server_may_ask_for_more_within_the_deadline() {
        let mut retries = Retries::new(&Patience { deadline: Duration::from_secs(100), ..Patience::default() });
        let busy = |seconds| failure(Kind::RateLimited, Some(Duration::from_secs(seconds)));
        assert_eq!(retries.pause_after(&busy(99)), Some(Duration::from_secs(99)));
        assert_eq!(retries.pause_after(&busy(101)), None);
    }

    #[test]
    fn what_cannot_succeed_is_not_tried_again() {
        let mut retries = Retries::new(&Patience::default());
        assert_eq!(retries.pause_after(&failure(Kind::TooLong, None)), None);
        assert_eq!(retries.pause_after(&failure(Kind::Unauthorized, None)), None);
    }
}
