//! A gate that may be looked at after every problem: a wager against each verdict's null hypothesis (Waudby-Smith and
//! Ramdas 2024).
//!
//! ```text
//! K_pass(t) = mean over g of prod over s <= t of (1 + g (delta_s + m) / (1 - m))     against a true loss of m or more
//! K_fail(t) = mean over g of prod over s <= t of (1 - g delta_s)                     against no true loss
//! ```
//!
//! If a null hypothesis holds, its purse reaches `1/alpha` at any time with a probability of at most alpha. Differences
//! come in the run's own order, and only its unbroken beginning counts, so that outcomes cannot choose what is looked at.

use crate::sequence::{self, SHARES};
use serde::Serialize;

/// Of the problems seen, the share without a score beyond which nothing passes early.
pub(crate) const MOST_UNSCORED: f64 = 0.05;

/// What a purse says early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// A loss of the margin or more is ruled out.
    Pass,
    /// That nothing was lost is ruled out.
    Fail,
}

/// The purses after each difference.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Purses {
    /// Against a loss of the margin or more.
    pub pass: Vec<f64>,
    /// Against no loss.
    pub fail: Vec<f64>,
}

/// A stream of differences as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stream {
    /// The purses, up to the stop.
    pub purses: Purses,
    /// Differences looked at: problems, or clusters.
    pub seen: u32,
    /// Those of them that one run has no score for.
    pub unscored: u32,
    /// What stopped it; `None` if nothing did.
    pub early: Option<Early>,
}

/// The logarithms of the products, one for each share of the largest bet.
#[derive(Debug, Clone, Copy, Default)]
struct Logs([f64; SHARES.len()]);

impl Logs {
    fn bet(&mut self, of: impl Fn(f64) -> f64) {
        for (log, share) in self.0.iter_mut().zip(SHARES) {
            *log += of(share).ln();
        }
    }

    /// Logarithm of the mean of the products.
    fn purse(&self) -> f64 {
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.0.iter().map(|log| (log - most).exp()).sum();
        most + (sum / SHARES.len() as f64).ln()
    }
}

/// Looks at differences in turn, `None` for one without a score, until a purse reaches `1 / alpha`. An `alpha` of 0 never
/// stops.
pub(crate) fn stream(deltas: impl IntoIterator<Item = Option<f64>>, margin: f64, alpha: f64) -> Stream {
    let (mut pass, mut fail) = (Logs::default(), Logs::default());
    let mut stream = Stream { purses: Purses::default(), seen: 0, unscored: 0, early: None };
    let enough = -alpha.ln();
    for delta in deltas {
        stream.seen += 1;
        match delta {
            Some(delta) => {
                pass.bet(|share| 1.0 + share * (delta + margin) / (1.0 - margin));
                fail.bet(|share| 1.0 - share * delta);
            }
            None => stream.unscored += 1,
        }
        stream.purses.pass.push(pass.purse().exp());
        stream.purses.fail.push(fail.purse().exp());
        let few_unscored = f64::from(stream.unscored) <= MOST_UNSCORED * f64::from(stream.seen);
        // Both at once is a pass: what is lost is less than the margin.
        if pass.purse() >= enough && few_unscored {
            stream.early = Some(Early::Pass);
        } else if fail.purse() >= enough {
            stream.early = Some(Early::Fail);
        }
        if stream.early.is_some() {
            break;
        }
    }
    stream
}

/// The confidence sequence at `1 - alpha` of a stream that stopped: what its bootstrap cannot allow for.
pub(crate) fn ends(deltas: &[f64], alpha: f64) -> (f64, f64) {
    sequence::ends(deltas, (-1.0, 1.0), 1.0 / alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOSSES: [f64; 14] = [-1.0, 0.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0, -1.0, -1.0];

    #[test]
    fn the_worked_example_holds() {
        let expected = [
            1.40625, 1.40625, 2.0352, 3.0278, 3.0278, 4.6212, 7.2152, 11.4889, 11.4889, 18.6000, 30.5298, 50.6793,
            84.9037, 143.3059,
        ];
        let stream = stream(LOSSES.map(Some), 0.05, 0.01);
        assert_eq!((stream.seen, stream.early), (14, Some(Early::Fail)));
        for (got, expected) in stream.purses.fail.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-4, "{:?}", stream.purses.fail);
        }
        assert!((stream.purses.pass[0] - 0.59375).abs() < 1e-9, "{:?}", stream.purses.pass);
    }

    #[test]
    fn unscored_problems_are_no_bet_and_many_of_them_no_pass() {
        let with = |unscored: usize| {
            let ahead = std::iter::repeat_n(Some(0.9), 30);
            stream(std::iter::repeat_n(None, unscored).chain(ahead), 0.05, 0.01)
        };
        let all = with(0);
        assert_eq!((all.early, all.unscored), (Some(Early::Pass), 0));
        let some = with(1);
        assert!(some.seen >= 20 && some.early == Some(Early::Pass), "one in twenty is 5 %: {some:?}");
        assert_eq!((with(3).early, with(3).purses.pass[2]), (None, 1.0));
    }

    #[test]
    fn nothing_stops_a_stream_without_a_level_of_its_own() {
        assert_eq!(stream(LOSSES.map(Some), 0.05, 0.0).early, None);
    }

    #[test]
    fn a_confidence_sequence_ends_where_a_purse_reaches_its_level() {
        let (low, high) = ends(&LOSSES, 0.01);
        assert!(low >= -1.0 && high < 0.0, "[{low}, {high}]: no loss is ruled out");
        let (low, high) = ends(&[0.0; 40], 0.01);
        assert!((low + high).abs() < 1e-9 && low < 0.0, "[{low}, {high}]");
    }
}
