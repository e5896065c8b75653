//! How fast a run is, and when it will likely end. Clocks stay with the caller.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Over how many seconds a rate is measured.
const WINDOW: f64 = 60.0;
/// The least time between two marks, in seconds.
const BETWEEN: f64 = 0.5;

/// How much of everything there is at some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Mark {
    /// Seconds for which the session went on until then, pauses left out.
    pub(super) at: f64,
    pub(super) trees: u64,
    pub(super) requests: u64,
    pub(super) programs: u64,
    pub(super) tokens: u64,
}

/// What a minute brings, lately.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Over how many seconds this was measured.
    pub seconds: f64,
    /// Trees a minute that were done.
    pub trees: f64,
    /// Requests a minute that were answered.
    pub requests: f64,
    /// Programs a minute that were judged.
    pub programs: f64,
    /// Tokens a minute.
    pub tokens: f64,
}

/// When a run will likely end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Eta {
    /// In so many seconds.
    pub seconds: f64,
    /// `problems` where all will be done then, else the budget that will be used up, such as `tokens`.
    pub by: String,
}

/// The marks of the last minute.
#[derive(Debug, Default)]
pub(super) struct Pace {
    marks: VecDeque<Mark>,
}

impl Pace {
    /// Remembers how much there is now.
    pub(super) fn mark(&mut self, now: Mark) {
        if self.marks.back().is_some_and(|last| now.at - last.at < BETWEEN) {
            return;
        }
        self.marks.push_back(now);
        // One mark stays that is older than the window, so that the window is full.
        while self.marks.get(1).is_some_and(|second| now.at - second.at >= WINDOW) {
            self.marks.pop_front();
        }
    }

    /// What a minute brings; `None` as long as no time has gone by.
    pub(super) fn rates(&self) -> Option<Rates> {
        let (first, last) = (self.marks.front()?, self.marks.back()?);
        let seconds = last.at - first.at;
        if seconds <= 0.0 {
            return None;
        }
        let rate = |of: fn(&Mark) -> u64| of(last).saturating_sub(of(first)) as f64 * 60.0 / seconds;
        Some(Rates {
            seconds,
            trees: rate(|mark| mark.trees),
            requests: rate(|mark| mark.requests),
            programs: rate(|mark| mark.programs),
            tokens: rate(|mark| mark.tokens),
        })
    }
}

/// A budget in a session: what it took of it, and what is left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Left {
    pub(super) what: String,
    pub(super) taken: f64,
    pub(super) rest: f64,
}

/// When a session will end that did `done` trees in `seconds` and has `remaining` to do: as soon as all are done, or a
/// budget is used up, if things go on as they did since it began. `None` before the first is done.
pub(super) fn eta(seconds: f64, done: u64, remaining: u64, budgets: &[Left]) -> Option<Eta> {
    if done == 0 || remaining == 0 {
        return None;
    }
    let of_trees = Eta { seconds: seconds * remaining as f64 / done as f64, by: "problems".to_owned() };
    let of_budgets = budgets
        .iter()
        .filter(|budget| budget.taken > 0.0)
        .map(|budget| Eta { seconds: seconds * budget.rest.max(0.0) / budget.taken, by: budget.what.clone() });
    Some(of_budgets.fold(of_trees, |first, next| if next.seconds < first.seconds { next } else { first }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at: f64, trees: u64, tokens: u64) -> Mark {
        Mark { at, trees, requests: 2 * trees, programs: 3 * trees, tokens }
    }

    #[test]
    fn rates_are_those_of_the_last_minute() {
        let mut pace = Pace::default();
        assert_eq!(pace.rates(), None);
        pace.mark(mark(0.0, 5, 1000));
        assert_eq!(pace.rates(), None, "no time has gone by");
        pace.mark(mark(0.1, 9, 9999));
        assert_eq!(pace.rates(), None, "a mark too soon is passed over");
        pace.mark(mark(30.0, 6, 4000));
        let first = pace.rates().unwrap();
        assert_eq!((first.seconds, first.trees, first.tokens), (30.0, 2.0, 6000.0));
        assert_eq!((first.requests, first.programs), (4.0, 6.0));
        pace.mark(mark(60.0, 6, 4000));
        pace.mark(mark(90.0, 6, 4000));
        let none = pace.rates().unwrap();
        assert_eq!((none.seconds, none.trees, none.tokens), (60.0, 0.0, 0.0), "the first half minute is over");
    }

    #[test]
    fn a_session_ends_with_its_trees_or_with_the_first_budget_that_is_used_up() {
        let left = |what: &str, taken, rest| Left { what: what.to_owned(), taken, rest };
        let of = |budgets: &[Left]| eta(10.0, 4, 12, budgets).map(|eta| (eta.seconds, eta.by));
        assert_eq!(of(&[]), Some((30.0, "problems".to_owned())));
        assert_eq!(of(&[left("tokens", 100.0, 400.0)]), Some((30.0, "problems".to_owned())));
        let both = [left("tokens", 100.0, 200.0), left("usd", 2.0, 1.0)];
        assert_eq!(of(&both), Some((5.0, "usd".to_owned())));
        assert_eq!(of(&[left("calls", 0.0, 1.0)]), Some((30.0, "problems".to_owned())), "nothing of it is taken yet");
        assert_eq!(of(&[left("tokens", 5.0, -1.0)]), Some((0.0, "tokens".to_owned())));
        assert_eq!((eta(10.0, 0, 12, &[]), eta(10.0, 4, 0, &[])), (None, None));
    }
}
