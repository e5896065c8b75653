//! What is told of one point: the words of the claim, of the verdict and of what would settle it. The page has those of
//! the point that the rule picks; the script puts those of another point in their places.

use super::answer::{MARGIN, shape, told_p};
use super::{axis_words, cost_words, metric_words};
use crate::head::capital;
use crate::number::{count, fixed, percent, points, points_interval};
use crate::text::shown;
use mend_metrics::{Figure, Interval, Metric, PairedFigure};
use serde_json::{Value, json};

/// Standard errors of a difference that shows in four of five cases: 1.96 and 0.84.
const SHOWS: f64 = 2.801_585_218;

/// What an interval says of B.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Better,
    NoWorse,
    Worse,
    Undecided,
    /// There is no interval.
    Unknown,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Better, Self::NoWorse, Self::Worse, Self::Undecided, Self::Unknown];

    /// A name for attributes.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::NoWorse => "no-worse",
            Self::Worse => "worse",
            Self::Undecided => "undecided",
            Self::Unknown => "unknown",
        }
    }

    fn of(interval: &Interval) -> Self {
        match interval {
            of if of.low > 0.0 => Self::Better,
            of if of.high < 0.0 => Self::Worse,
            of if of.low > -MARGIN => Self::NoWorse,
            _ => Self::Undecided,
        }
    }
}

/// The words about one figure.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// What stands before the cost.
    pub(super) before: &'static str,
    pub(super) cost: String,
    pub(super) a: String,
    pub(super) b: String,
    /// Of which problems: all, or those of a group.
    pub(super) of: String,
    pub(super) delta: String,
    pub(super) interval: String,
    /// Why there is no difference; `None` where there is one.
    pub(super) missing: Option<String>,
    pub(super) kind: Kind,
    pub(super) why: String,
    pub(super) shape: String,
    pub(super) problems: String,
    pub(super) counts: String,
    pub(super) metric: String,
    pub(super) settles: bool,
    /// The smallest difference and a word about it; then problems: for no worse, for the difference itself, for 2 points.
    pub(super) settle: [String; 5],
}

impl Told {
    pub(super) fn of(figure: &PairedFigure) -> Self {
        let equal = figure.subject.equal.as_ref();
        let (before, cost) = match (figure.subject.metric, equal) {
            (Metric::PassAtT(axis), Some(equal)) => ("At a mean of ", cost_words(equal.cost, axis)),
            (Metric::PassAtT(axis), None) => ("At equal ", axis_words(axis).to_owned()),
            (Metric::Submission, _) => ("Of ", "what they hand in".to_owned()),
            (Metric::PassAtK(k), _) => ("Within ", format!("{k} first program{}", if k == 1 { "" } else { "s" })),
        };
        let solved =
            |figure: &Figure| figure.value().map_or_else(String::new, |value| format!("{}\u{a0}%", percent(*value)));
        let delta = figure.delta.value.value().copied();
        let is_known = delta.is_some() && figure.a.value().is_some() && figure.b.value().is_some();
        let reason = || shown(figure.delta.value.reason().unwrap_or("a figure is missing"));
        let group = figure.subject.group.as_str();
        let (kind, why) = verdict(figure);
        let mut counts = format!(
            "better on {}, equal on {}, worse on {}",
            count(figure.better.into()),
            count(figure.equal_problems.into()),
            count(figure.worse.into())
        );
        if figure.delta.interval.value().is_some_and(|of| of.few_informative) {
            counts += ". Few problems differ, so the interval reaches what so few can rule out";
        }
        Self {
            before,
            cost,
            a: solved(&figure.a),
            b: solved(&figure.b),
            of: if group == "all" { "problems".to_owned() } else { format!("{} problems", shown(group)) },
            delta: delta.map_or_else(String::new, |delta| format!("{}\u{a0}points", points(delta))),
            interval: figure.delta.interval.value().map_or_else(|| "(no interval)".to_owned(), points_interval),
            missing: (!is_known).then(reason),
            kind,
            why,
            shape: equal.map_or_else(String::new, |equal| {
                format!(
                    "Trees of A have {}, those of B {}, read over n_p in {} order. ",
                    shape(equal.shape_a.n_f, equal.shape_a.n_r),
                    shape(equal.shape_b.n_f, equal.shape_b.n_r),
                    equal.order.as_str()
                )
            }),
            problems: count(figure.problems.into()),
            counts,
            metric: capital(&metric_words(figure)),
            settles: is_known && figure.sd.value().is_some() && figure.mde.value().is_some(),
            settle: settle(figure),
        }
    }

    /// As the script reads it.
    pub(super) fn json(&self) -> Value {
        let Self { before, cost, a, b, of, delta, interval, kind, why, shape, problems, counts, metric, .. } = self;
        json!({
            "before": before, "cost": cost, "a": a, "b": b, "of": of, "delta": delta, "interval": interval, "kind": kind.as_str(),
            "why": why, "shape": shape, "problems": problems, "counts": counts, "metric": metric,
            "settle": self.settles.then_some(&self.settle),
        })
    }
}

fn verdict(figure: &PairedFigure) -> (Kind, String) {
    let Figure::Value(of) = &figure.delta.interval else {
        let why = figure.delta.interval.reason().unwrap_or("there is no interval");
        return (Kind::Unknown, format!("{}.", capital(&shown(why))));
    };
    let margin = fixed(-MARGIN * 100.0, 1);
    let kind = Kind::of(of);
    let words = match kind {
        Kind::Better => "The whole interval lies above zero.".to_owned(),
        Kind::NoWorse => format!("The whole interval lies above the margin of {margin} points."),
        Kind::Worse => "The whole interval lies below zero.".to_owned(),
        Kind::Undecided | Kind::Unknown => format!("The interval reaches below the margin of {margin} and holds zero."),
    };
    let p = figure.p.value().map(|p| format!(" p {} by swapping the runs.", told_p(*p))).unwrap_or_default();
    (kind, words + &p)
}

fn settle(figure: &PairedFigure) -> [String; 5] {
    let (Some(delta), Some(sd)) = (figure.delta.value.value(), figure.sd.value()) else { return Default::default() };
    let needed = |difference: f64| needed(*sd, difference);
    let (mde, why) = match &figure.mde {
        Figure::Value(mde) => (format!("{} points", fixed(mde * 100.0, 1)), "8 times in 10, two-sided 5 %".to_owned()),
        Figure::Absent(why) => ("\u{2013}".to_owned(), shown(why)),
    };
    let no_worse = if *delta > -MARGIN { needed(delta + MARGIN) } else { "never".to_owned() };
    [mde, why, no_worse, needed(*delta), needed(0.02)]
}

/// Problems that would show a difference four times in five.
fn needed(sd: f64, difference: f64) -> String {
    let problems = (SHOWS * sd / difference).powi(2).ceil();
    match problems {
        n if n.is_nan() || n > 4_000.0 => "more than 4,000 problems".to_owned(),
        n if n <= 2.0 => "2 problems".to_owned(),
        n => format!("about {} problems", count(n as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_from_the_interval_alone() {
        let check = |low, high, expected| assert_eq!(Kind::of(&Interval::new(low, high)), expected, "[{low}, {high}]");
        check(0.001, 0.2, Kind::Better);
        check(-0.019, 0.2, Kind::NoWorse);
        check(-0.3, -0.001, Kind::Worse);
        check(-0.02, 0.1, Kind::Undecided);
        check(0.0, 0.0, Kind::NoWorse);
    }

    #[test]
    fn problems_needed_are_rough_and_bounded() {
        // (2.8016 x 0.36 / 0.05)^2 = 406.9.
        assert_eq!(needed(0.36, 0.05), "about 407 problems");
        assert_eq!(needed(0.36, 0.0), "more than 4,000 problems");
        assert_eq!(needed(0.0, 0.02), "2 problems");
    }
}
