//! What stderr hears of a run's retries and oddities: each kind at once, and then now and then. No output happens here.

use mend_model::Kind;
use mend_repair::{Report, Retrying, in_words};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How often the same kind of failure of the same model is told.
const EVERY: Duration = Duration::from_secs(10);
/// Different oddities that are told of one model at most: their words may come from a server.
const MOST_ODDITIES: usize = 20;

/// What is told apart.
type About = (String, Option<Kind>);

/// Turns reports into lines, few enough to be read.
#[derive(Debug, Default)]
pub struct Notices {
    told: BTreeMap<About, Told>,
    odd: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug)]
struct Told {
    at: Instant,
    /// How many came since.
    more: u64,
}

impl Notices {
    /// The line to show for a report, if it is time for one.
    pub fn hear(&mut self, report: &Report, now: Instant) -> Option<String> {
        match report {
            Report::Progress(_) | Report::HandedIn(_) | Report::Became(_) => None,
            Report::Retrying(Retrying { model, kind: Kind::OtherWords, detail, .. }) => {
                self.is_new(model, detail).then(|| format!("note: {model}: {detail}"))
            }
            Report::Retrying(retrying) => {
                let more = self.is_time((retrying.model.clone(), Some(retrying.kind)), now)?;
                Some(line(retrying, more))
            }
            Report::Paused { model, pause } => {
                self.is_time((model.clone(), None), now)?;
                Some(format!("waiting: {model} takes nothing for another {}", in_words(*pause)))
            }
            Report::Odd { model, oddity } => {
                self.is_new(model, &oddity.what).then(|| format!("note: {model}: {oddity}"))
            }
        }
    }

    /// What was not shown, once the run has ended.
    pub fn rest(&mut self) -> Option<String> {
        let untold = std::mem::take(&mut self.told).into_iter().filter(|(_, told)| told.more > 0);
        let parts: Vec<String> = untold
            .filter_map(|((model, kind), told)| Some(format!("{} from {model} ({})", kind?.phrase(), told.more)))
            .collect();
        (!parts.is_empty()).then(|| format!("retries without a line: {}", parts.join(", ")))
    }

    /// How many were not told since the last line, if it is time for the next.
    fn is_time(&mut self, about: About, now: Instant) -> Option<u64> {
        if let Some(told) = self.told.get_mut(&about) {
            if now.saturating_duration_since(told.at) < EVERY {
                told.more += 1;
                return None;
            }
            let more = std::mem::take(&mut told.more);
            told.at = now;
            return Some(more);
        }
        self.told.insert(about, Told { at: now, more: 0 });
        Some(0)
    }

    fn is_new(&mut self, model: &str, what: &str) -> bool {
        let known = self.odd.entry(model.to_owned()).or_default();
        known.len() < MOST_ODDITIES && known.insert(what.to_owned())
    }
}

fn line(retrying: &Retrying, more: u64) -> String {
    let Retrying { model, kind, detail, pause, attempt, attempts } = retrying;
    let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
    let more = if more > 0 { format!("; {more} more like it since the last line") } else { String::new() };
    format!(
        "waiting: {}{detail} from {model}, retry in {} (attempt {attempt} of {attempts}){more}",
        kind.phrase(),
        in_words(*pause)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_model::Oddity;

    fn retrying(kind: Kind, detail: &str, attempt: u32) -> Report {
        Report::Retrying(Retrying {
            model: "lab/m".to_owned(),
            kind,
            detail: detail.to_owned(),
            pause: Duration::from_millis(7600),
            attempt,
            attempts: 8,
        })
    }

    #[test]
    fn a_kind_of_failure_is_told_at_once_and_then_now_and_then() {
        let (mut notices, start) = (Notices::default(), now());
        let mut hear = |report: &Report, seconds| notices.hear(report, start + Duration::from_secs(seconds));
        let busy = retrying(Kind::RateLimited, "status 429: slow down", 3);
        let line = "waiting: rate limit (status 429: slow down) from lab/m, retry in 8 s (attempt 3 of 8)";
        assert_eq!(hear(&busy, 0).as_deref(), Some(line));
        assert_eq!(hear(&busy, 1), None);
        assert_eq!(hear(&busy, 9), None);
        let other = "waiting: no answer in time from lab/m, retry in 8 s (attempt 2 of 8)";
        assert_eq!(hear(&retrying(Kind::TimedOut, "", 2), 9).as_deref(), Some(other));
        assert_eq!(hear(&busy, 10).unwrap(), format!("{line}; 2 more like it since the last line"));
        assert_eq!(hear(&busy, 11), None);
        let rest = "retries without a line: rate limit from lab/m (1)";
        assert_eq!(notices.rest().as_deref(), Some(rest));
        assert_eq!(notices.rest(), None);
    }

    #[test]
    fn an_oddity_is_told_once_and_not_too_many_of_them() {
        let mut notices = Notices::default();
        let odd =
            |what: String| Report::Odd { model: "lab/m".to_owned(), oddity: Oddity { what, example: "-1".to_owned() } };
        let mut hear = |report: &Report| notices.hear(report, now());
        assert_eq!(hear(&odd("no count".to_owned())).as_deref(), Some("note: lab/m: no count, such as -1"));
        assert_eq!(hear(&odd("no count".to_owned())), None);
        let told = (0..100).filter(|number| hear(&odd(format!("word {number}"))).is_some()).count();
        assert_eq!(told + 1, MOST_ODDITIES);
    }

    #[expect(clippy::disallowed_methods, reason = "any point in time will do")]
    fn now() -> Instant {
        Instant::now()
    }
}
