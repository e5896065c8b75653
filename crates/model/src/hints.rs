//! How long a server asks to wait: in its headers, in the error of a body, or in the words of a message.
//!
//! Nothing is cut here: whoever waits decides what is too long.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// The longest time that is told apart from any longer one.
const FOREVER: Duration = Duration::from_hours(24 * 366);
/// A bare number above this is a time of day in milliseconds since 1970, not a span.
const MILLIS_SINCE_1970: f64 = 1e11;
/// A bare number above this is a time of day in seconds since 1970.
const SECONDS_SINCE_1970: f64 = 1e9;

/// Reads a response's headers.
pub(crate) struct RateHeaders<'a, F: Fn(&str) -> Option<&'a str>> {
    /// The value of a header by its lowercase name.
    pub(crate) header: F,
    /// Our time of day. The server's own, if it tells it, goes first: its dates are by its clock.
    pub(crate) now: SystemTime,
}

impl<'a, F: Fn(&str) -> Option<&'a str>> RateHeaders<'a, F> {
    /// How long the server asks to wait after a refusal.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let millis = |name| (self.header)(name)?.trim().parse::<f64>().ok().and_then(|millis| seconds(millis / 1000.0));
        let asked = millis("retry-after-ms").or_else(|| millis("x-ms-retry-after-ms")).or_else(|| {
            let value = (self.header)("retry-after")?.trim();
            span(value).or_else(|| self.until(date(value)?))
        });
        asked.or_else(|| self.used_up()).or_else(|| {
            // Limits that do not say what is left: after a refusal, nothing is.
            let says_what_is_left =
                ["x-ratelimit-remaining", "ratelimit-remaining"].iter().any(|name| (self.header)(name).is_some());
            let names = ["x-ratelimit-reset-after", "x-ratelimit-reset", "ratelimit-reset"];
            if says_what_is_left { None } else { names.iter().find_map(|name| self.reset((self.header)(name)?)) }
        })
    }

    /// How long nothing more will be taken, if the headers say that requests or tokens are used up.
    pub(crate) fn used_up(&self) -> Option<Duration> {
        const PAIRS: [[&str; 2]; 8] = [
            ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
            ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
            ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
            ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
            ["anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"],
            ["anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"],
            ["x-ratelimit-remaining", "x-ratelimit-reset"],
            ["ratelimit-remaining", "ratelimit-reset"],
        ];
        let pause = |[remaining, reset]: [&str; 2]| {
            let is_used_up = (self.header)(remaining)?.trim().parse::<f64>().is_ok_and(|left| left <= 0.0);
            self.reset((self.header)(reset).filter(|_| is_used_up)?)
        };
        PAIRS.into_iter().filter_map(pause).max()
    }

    /// A reset is a span, a time of day, or seconds or milliseconds since 1970.
    fn reset(&self, value: &str) -> Option<Duration> {
        let value = value.trim();
        match value.parse::<f64>() {
            Ok(number) if number > SECONDS_SINCE_1970 => self.until(since_1970(number)?),
            _ => span(value).or_else(|| self.until(date(value)?)),
        }
    }

    fn until(&self, time: SystemTime) -> Option<Duration> {
        let now =
            (self.header)("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(self.now);
        time.duration_since(now).ok().map(|pause| pause.min(FOREVER))
    }
}

#[expect(clippy::disallowed_methods, reason = "servers name the time of day; it reaches no number")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// How long the fields of an error ask to wait.
pub(crate) fn in_error(fields: &Map<String, Value>) -> Option<Duration> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let here = |fields: &Map<String, Value>| {
        let millis = fields.get("retry_after_ms").and_then(number).and_then(|millis| seconds(millis / 1000.0));
        let after =
            |name| fields.get(name).and_then(|value| number(value).and_then(seconds).or_else(|| span(value.as_str()?)));
        millis.or_else(|| after("retry_after")).or_else(|| after("retry_after_seconds"))
    };
    let metadata = fields.get("metadata").and_then(Value::as_object);
    // The headers of a server behind a gateway.
    let headers = metadata.and_then(|metadata| metadata.get("headers")?.as_object());
    let quoted = || {
        let headers: BTreeMap<String, String> = headers?
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        RateHeaders { header: |name: &str| headers.get(name).map(String::as_str), now: now() }.retry_after()
    };
    let mut details = fields.get("details").and_then(Value::as_array).into_iter().flatten();
    let delay = || details.find_map(|detail| span(detail.get("retryDelay")?.as_str()?));
    here(fields).or_else(|| here(metadata?)).or_else(quoted).or_else(delay)
}

/// How long a message asks to wait, such as `please try again in 1m2.5s` or `retry after 3 seconds`.
pub(crate) fn in_words(message: &str) -> Option<Duration> {
    const PHRASES: [&str; 5] = ["try again in ", "try again after ", "retry in ", "retry after ", "again in about "];
    let lower = message.to_lowercase();
    PHRASES.iter().find_map(|phrase| {
        let rest = &lower[lower.find(phrase)? + phrase.len()..];
        let is_of_it = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == ' ';
        let end = rest.find(|c| !is_of_it(c)).unwrap_or(rest.len());
        let words: Vec<&str> = rest[..end].trim_end_matches('.').split(' ').collect();
        // The longest beginning that is a span with its unit.
        (1..=words.len().min(6)).rev().find_map(|count| {
            let text = words[..count].concat();
            let text = text.trim_end_matches('.');
            text.ends_with(|c: char| c.is_ascii_alphabetic()).then(|| span(text))?
        })
    })
}

/// A span such as `1s`, `6m0s`, `20ms`, `3seconds` or `1h2m3.5s`; a bare number is seconds.
fn span(text: &str) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number);
    }
    if text.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        sum += number
            * match &rest[..unit] {
                "d" | "day" | "days" => 86_400.0,
                "h" | "hour" | "hours" => 3600.0,
                "m" | "min" | "minute" | "minutes" => 60.0,
                "s" | "sec" | "second" | "seconds" => 1.0,
                "ms" | "millisecond" | "milliseconds" => 0.001,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    seconds(sum)
}

fn seconds(number: f64) -> Option<Duration> {
    // Not a number is not at least zero either.
    (number >= 0.0).then(|| Duration::from_secs_f64(number.min(FOREVER.as_secs_f64())))
}

fn since_1970(number: f64) -> Option<SystemTime> {
    let seconds = if number > MILLIS_SINCE_1970 { number / 1000.0 } else { number };
    SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

/// A time of day, in the form of HTTP or in that of Anthropic's headers.
fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok().or_else(|| timestamp(text))
}

/// A time such as `2025-01-27T14:32:05Z`.
fn timestamp(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, mark| text.split(mark).map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    let (date, time) = (numbers(date, '-')?, numbers(time.split('.').next()?, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else { return None };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 24 || minute > 60 || second > 60 {
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
    use serde_json::json;

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
        check(&[("retry-after", " 0 ")], Some(0), None);
        check(&[("retry-after", "20s")], Some(20_000), None);
        check(&[("retry-after-ms", "250"), ("retry-after", "1")], Some(250), None);
        check(&[("x-ms-retry-after-ms", "70"), ("retry-after", "1")], Some(70), None);
        check(&[("retry-after", "Mon, 27 Jan 2025 14:32:15 GMT")], Some(10_000), None);
        check(&[("retry-after", "Mon, 27 Jan 2025 14:32:00 GMT")], None, None);
        // By the server's clock, which is an hour behind ours.
        let date = ("date", "Mon, 27 Jan 2025 13:32:05 GMT");
        check(&[("retry-after", "Mon, 27 Jan 2025 13:32:25 GMT"), date], Some(20_000), None);
        check(&[("retry-after", "86400")], Some(86_400_000), None);
        check(&[("retry-after", "1e300")], Some(31_622_400_000), None);
        for value in ["soon", "-1", "NaN", ""] {
            check(&[("retry-after", value)], None, None);
        }
        check(&[], None, None);
    }

    #[test]
    fn resets_count_where_nothing_is_left() {
        let requests = |reset| [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", reset)];
        check(&requests("1m2.5s"), Some(62_500), Some(62_500));
        check(&requests("6h0m0s"), Some(21_600_000), Some(21_600_000));
        check(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "20ms")], Some(20), Some(20));
        check(&[("x-ratelimit-remaining-tokens", "7"), ("x-ratelimit-reset-tokens", "20ms")], None, None);
        let reset = ("anthropic-ratelimit-tokens-reset", "2025-01-27T14:32:08Z");
        check(&[("anthropic-ratelimit-tokens-remaining", "0"), reset], Some(3000), Some(3000));
        // Seconds and milliseconds since 1970, and plain seconds.
        let limit = |reset| [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];
        check(&limit("1737988335"), Some(10_000), Some(10_000));
        check(&limit("1737988335500"), Some(10_500), Some(10_500));
        check(&limit("30"), Some(30_000), Some(30_000));
        // After a refusal a reset counts also where nothing says what is left.
        check(&[("x-ratelimit-reset", "30")], Some(30_000), None);
        check(&[("ratelimit-reset", "5")], Some(5000), None);
        check(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "30")], None, None);
        // What is asked for goes before what follows from limits.
        check(
            &[("retry-after", "1"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")],
            Some(1000),
            Some(30_000),
        );
    }

    #[test]
    fn errors_in_bodies_say_it_too() {
        let wait = |error: Value| in_error(error.as_object().unwrap()).map(|wait| wait.as_millis());
        assert_eq!(wait(json!({"retry_after": 2})), Some(2000));
        assert_eq!(wait(json!({"retry_after": "2.5"})), Some(2500));
        assert_eq!(wait(json!({"retry_after_ms": 300})), Some(300));
        assert_eq!(wait(json!({"metadata": {"headers": {"Retry-After": "7"}}})), Some(7000));
        assert_eq!(
            wait(json!({"details": [{"@type": "a"}, {"@type": "RetryInfo", "retryDelay": "34s"}]})),
            Some(34_000)
        );
        let reset = super::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() + 90_000;
        let headers =
            json!({"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset.to_string()});
        let left = wait(json!({"metadata": {"headers": headers}})).unwrap();
        assert!((80_000..=90_000).contains(&left), "{left}");
        assert_eq!(wait(json!({"retry_after": -1, "metadata": null})), None);
    }

    #[test]
    fn messages_say_it_in_words() {
        let wait = |message| in_words(message).map(|wait| wait.as_millis());
        assert_eq!(wait("Rate limit reached. Please try again in 20s. Visit https://x"), Some(20_000));
        assert_eq!(wait("Please try again in 350ms."), Some(350));
        assert_eq!(wait("try again in 6m0s."), Some(360_000));
        assert_eq!(wait("Please retry after 3 seconds."), Some(3000));
        assert_eq!(wait("please retry in 34.074824224s."), Some(34_074));
        assert_eq!(wait("Please try again in 1 hour 5 minutes or so"), Some(3_900_000));
        for message in ["", "try again in a while", "try again in 5 parsecs", "retry after 7", "try again later"] {
            assert_eq!(wait(message), None, "{message}");
        }
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
        let far = "2025-01-27T99999999999999999:00:00Z";
        for text in ["", "2025-01-27", "2025-13-01T00:00:00Z", "x-01-01T00:00:00Z", "2025-01-27T14:32:05", far] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
