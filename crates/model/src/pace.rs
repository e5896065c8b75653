//! Requests and tokens a minute, as we cap them and as servers report them.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use mend_core::Tokens;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_mins(1);
/// Share of the tokens of a minute that may go at once.
const BURST: u32 = 4;
/// The longest pause that a server's headers can impose.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

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

/// Reads a response's headers.
pub(crate) struct RateHeaders<'a, F: Fn(&str) -> Option<&'a str>> {
    /// The value of a header by its lowercase name.
    pub(crate) header: F,
    /// The time of day.
    pub(crate) now: SystemTime,
}

impl<'a, F: Fn(&str) -> Option<&'a str>> RateHeaders<'a, F> {
    /// How long the server asks to wait after a refusal.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let millis = (self.header)("retry-after-ms").and_then(|value| value.trim().parse::<f64>().ok());
        if let Some(millis) = millis {
            return bounded(millis / 1000.0);
        }
        let value = (self.header)("retry-after")?.trim();
        match value.parse::<f64>() {
            Ok(seconds) => bounded(seconds),
            Err(_) => self.until(httpdate::parse_http_date(value).ok()?),
        }
    }

    /// How long nothing more will be taken, if an answer says that requests or tokens are used up.
    pub(crate) fn used_up(&self) -> Option<Duration> {
        const PAIRS: [[&str; 2]; 4] = [
            ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
            ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
            ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
            ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
        ];
        let pause = |[remaining, reset]: [&str; 2]| {
            let is_used_up = (self.header)(remaining)?.trim() == "0";
            let reset = (self.header)(reset).filter(|_| is_used_up)?.trim();
            span(reset).or_else(|| self.until(timestamp(reset)?))
        };
        PAIRS.into_iter().filter_map(pause).max()
    }

    fn until(&self, time: SystemTime) -> Option<Duration> {
        time.duration_since(self.now).ok().map(|pause| pause.min(LONGEST_PAUSE))
    }
}

fn bounded(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST_PAUSE.as_secs_f64())))
}

/// A span such as `1s`, `6m0s`, `20ms` or `1h2m3.5s`; a bare number is seconds.
fn span(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return bounded(seconds);
    }
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    bounded(seconds)
}

/// A time such as `2025-01-27T14:32:05Z`, in the form that Anthropic's headers use.
fn timestamp(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, mark| text.split(mark).map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    let (date, time) = (numbers(date, '-')?, numbers(time.split('.').next()?, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else { return None };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from 1970-03-01 of a year that begins in March, so that the leap day is its last.
    let (shifted, since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let day_of_year = (153 * since_march + 2) / 5 + day - 1;
    // 1970-01-01 is 306 days after 1969-03-01.
    let days = (shifted * 365 + leap_days(shifted) + day_of_year) - (1969 * 365 + leap_days(1969) + 306);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-27T14:32:05Z.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_737_988_325)
    }

    #[track_caller]
    fn check(headers: &[(&str, &str)], retry_after: Option<u64>, used_up: Option<u64>) {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let read = RateHeaders { header, now: now() };
        let millis = |pause: Option<Duration>| pause.map(|pause| pause.as_millis() as u64);
        assert_eq!((millis(read.retry_after()), millis(read.used_up())), (retry_after, used_up), "{headers:?}");
    }

    #[test]
    fn servers_say_in_many_ways_how_long_to_wait() {
        check(&[("retry-after", "2")], Some(2000), None);
        check(&[("retry-after", "1.5")], Some(1500), None);
        check(&[("retry-after-ms", "250"), ("retry-after", "1")], Some(250), None);
        check(&[("retry-after", "Mon, 27 Jan 2025 14:32:15 GMT")], Some(10_000), None);
        check(&[("retry-after", "Mon, 27 Jan 2025 14:32:00 GMT")], None, None);
        check(&[("retry-after", "99999999")], Some(600_000), None);
        check(&[("retry-after", "soon")], None, None);
        check(&[("retry-after", "-1")], None, None);
        check(&[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1m2.5s")], None, Some(62_500));
        check(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "20ms")], None, Some(20));
        check(&[("x-ratelimit-remaining-tokens", "7"), ("x-ratelimit-reset-tokens", "20ms")], None, None);
        let reset = ("anthropic-ratelimit-tokens-reset", "2025-01-27T14:32:08Z");
        check(&[("anthropic-ratelimit-tokens-remaining", "0"), reset], None, Some(3000));
        check(&[], None, None);
    }

    #[test]
    fn timestamps_know_leap_years() {
        let seconds = |text| timestamp(text).and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2024-03-01T00:00:00.5Z", 1_709_251_200),
            ("2025-01-27T14:32:05Z", 1_737_988_325),
        ] {
            assert_eq!(seconds(text), Some(Duration::from_secs(expected)), "{text}");
        }
        for text in ["", "2025-01-27", "2025-13-01T00:00:00Z", "x-01-01T00:00:00Z", "2025-01-27T14:32:05"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

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
