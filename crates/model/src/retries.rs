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
    attempts: u32,
    failed: u32,
    other_words: u32,
}

/// How often one request may be asked in other words: there are few of them.
const OTHER_WORDS: u32 = 8;

/// What to do after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Ask again after a pause.
    After(Duration),
    /// No further attempt: asking again is no use, or all attempts or their time are used up.
    Never,
    /// The server asks to wait longer than there is time. Asking earlier would not be what it asks.
    TooLong(Duration),
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
        Self {
            pauses,
            ends: Instant::now() + patience.deadline,
            attempts: patience.attempts,
            failed: 0,
            other_words: 0,
        }
    }

    /// What to do after an attempt that failed so.
    pub fn after(&mut self, error: &ModelError) -> Retry {
        if error.then() != Then::Retry {
            return Retry::Never;
        }
        if error.wants_other_words() {
            // Not a failure that time mends, and whoever asks learns each word once.
            self.other_words += 1;
            return if self.other_words > OTHER_WORDS { Retry::Never } else { Retry::After(Duration::ZERO) };
        }
        self.failed += 1;
        let left = self.ends.saturating_duration_since(Instant::now());
        match error.retry_after() {
            Some(asked) if asked > left => Retry::TooLong(asked),
            asked => match self.pauses.next().map(|pause| pause.max(asked.unwrap_or_default())) {
                Some(pause) if pause <= left => Retry::After(pause),
                _ => Retry::Never,
            },
        }
    }

    /// The number of the attempt that comes next, from 1, and how many there are at most.
    pub fn upcoming(&self) -> (u32, u32) {
        (self.failed + 1, self.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Kind};

    fn failure(kind: Kind, retry_after: Option<Duration>) -> ModelError {
        Failure { model: "a/b".into(), kind, detail: String::new(), retry_after, billed: None, hint: None }.into()
    }

    #[test]
    fn pauses_double_and_end_with_the_attempts() {
        let mut retries = Retries::new(&Patience { attempts: 4, ..Patience::default() });
        let cut = failure(Kind::Cut, None);
        for (number, least) in [(2, 500), (3, 1000), (4, 2000)] {
            let Retry::After(pause) = retries.after(&cut) else { panic!("attempt {number}") };
            let pause = pause.as_millis();
            assert!((least..=2 * least).contains(&pause), "{pause}");
            assert_eq!(retries.upcoming(), (number, 4));
        }
        assert_eq!(retries.after(&cut), Retry::Never);
    }

    #[test]
    fn a_server_may_ask_for_more_and_is_not_asked_earlier() {
        let mut retries = Retries::new(&Patience { deadline: Duration::from_secs(100), ..Patience::default() });
        let busy = |seconds| failure(Kind::RateLimited, Some(Duration::from_secs(seconds)));
        assert_eq!(retries.after(&busy(99)), Retry::After(Duration::from_secs(99)));
        assert_eq!(retries.after(&busy(101)), Retry::TooLong(Duration::from_secs(101)));
        // Also where it was the last attempt: the run goes on later, and gives nothing up.
        let mut retries = Retries::new(&Patience { attempts: 1, ..Patience::default() });
        assert_eq!(retries.after(&busy(7200)), Retry::TooLong(Duration::from_hours(2)));
        assert_eq!(retries.after(&busy(1)), Retry::Never);
    }

    #[test]
    fn what_cannot_succeed_is_not_tried_again_and_other_words_at_once() {
        let mut retries = Retries::new(&Patience { attempts: 1, ..Patience::default() });
        assert_eq!(retries.after(&failure(Kind::TooLong, None)), Retry::Never);
        assert_eq!(retries.after(&failure(Kind::Unauthorized, None)), Retry::Never);
        assert_eq!(retries.after(&failure(Kind::OtherWords, None)), Retry::After(Duration::ZERO));
    }
}
