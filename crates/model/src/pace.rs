//! Requests and tokens a minute, as we cap them.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use mend_core::Tokens;
use std::num::NonZeroU32;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
/// Share of the tokens of a minute that may go at once.
const BURST: u32 = 4;

/// Caps on requests and tokens a minute. Any sixty seconds hold at most one request more than the cap, and no more
/// tokens than it, by the estimate that each completion takes its token limit.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    requests: Option<DefaultDirectRateLimiter>,
    tokens: Option<(DefaultDirectRateLimiter, NonZeroU32)>,
}

impl Pace {
    /// Caps; `None` for as many as it takes.
    pub(crate) fn new(requests_per_minute: Option<NonZeroU32>, tokens_per_minute: Option<NonZeroU32>) -> Self {
        let quota = |per_minute: u32| Quota::with_period(MINUTE / per_minute.max(1));
        let requests = requests_per_minute.and_then(|cap| quota(cap.get())).map(RateLimiter::direct);
        let tokens = tokens_per_minute.and_then(|cap| {
            let burst = NonZeroU32::new((cap.get() / BURST).max(1))?;
            let quota = quota(cap.get().saturating_sub(burst.get()))?;
            Some((RateLimiter::direct(quota.allow_burst(burst)), burst))
        });
        Self { requests, tokens }
    }

    /// Waits until a request of so many tokens may leave. One that is larger than a burst waits for a whole burst.
    pub(crate) async fn wait(&self, tokens: impl FnOnce() -> Tokens) {
        if let Some((limiter, burst)) = &self.tokens {
            let cells = u32::try_from(tokens().0).unwrap_or(u32::MAX).clamp(1, burst.get());
            if let Some(cells) = NonZeroU32::new(cells) {
                // No more cells than the burst: there is always enough capacity.
                let _ = limiter.until_n_ready(cells).await;
            }
        }
        if let Some(limiter) = &self.requests {
            limiter.until_ready().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_minute_holds_no_more_than_its_caps() {
        let started = tokio::time::Instant::now();
        let pace = Pace::new(NonZeroU32::new(1200), None);
        for _ in 0..5 {
            pace.wait(|| Tokens(1)).await;
        }
        // The first leaves at once, the others 50 ms apart.
        assert!(started.elapsed() >= Duration::from_millis(190), "{:?}", started.elapsed());
        let pace = Pace::new(None, NonZeroU32::new(60_000));
        let started = tokio::time::Instant::now();
        // A burst of 15,000, then 45,000 a minute.
        for _ in 0..4 {
            pace.wait(|| Tokens(3800)).await;
        }
        assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    }
}
