//! Figures as cells of a table for a terminal, and the footnotes of those cells.

use crate::plain::plain;
use crate::tables::wrap;
use mend_metrics::{Figure, Interval};

/// What an interval that few problems inform is.
const FEW_INFORMATIVE: &str = "few_informative: fewer than five problems differ from the commonest value, so the \
                               interval is widened to what so few can rule out";

/// Footnotes of a page: each text once, with the number that marks its cells. A text stands below the first table that
/// needs it.
#[derive(Default)]
pub(crate) struct Notes {
    texts: Vec<String>,
    /// How many stand on the page already.
    told: usize,
}

impl Notes {
    /// The mark of a footnote, such as `(1)`.
    pub(crate) fn mark(&mut self, text: &str) -> String {
        let place = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        format!("({})", place + 1)
    }

    /// The figure, or a dash with the mark of its reason.
    pub(crate) fn cell<T>(&mut self, figure: &Figure<T>, show: impl Fn(&T) -> String) -> String {
        match figure {
            Figure::Value(value) => show(value),
            Figure::Absent(why) => format!("-{}", self.mark(why)),
        }
    }

    /// The interval of a figure, marked if few problems inform it; nothing where the figure itself is not there.
    pub(crate) fn interval(
        &mut self,
        figure: &Figure,
        interval: &Figure<Interval>,
        show: impl Fn(&Interval) -> String,
    ) -> String {
        if figure.value().is_none() {
            return String::new();
        }
        let mark = match interval.value() {
            Some(interval) if interval.few_informative => self.mark(FEW_INFORMATIVE),
            _ => String::new(),
        };
        self.cell(interval, show) + &mark
    }

    /// A share in percent with its interval, or why there is none.
    pub(crate) fn share(&mut self, figure: &Figure, of_it: &Figure<Interval>) -> String {
        match figure {
            Figure::Value(value) => match of_it {
                Figure::Value(_) => format!("{} % {}", percent(*value), self.interval(figure, of_it, interval)),
                Figure::Absent(why) => format!("{} % {}", percent(*value), self.mark(why)),
            },
            Figure::Absent(why) => format!("-{}", self.mark(why)),
        }
    }

    /// The footnotes that do not stand on the page yet, in the order of their numbers.
    pub(crate) fn foot(&mut self, width: u16) -> String {
        let note = |(place, text): (usize, &String)| wrap(&plain(&format!("({}) {text}", place + 1)), width, 4);
        let new = self.texts.iter().enumerate().skip(self.told).map(note).collect();
        self.told = self.texts.len();
        new
    }
}

/// A share in percent.
pub(crate) fn percent(rate: f64) -> String {
    let text = format!("{:.1}", rate * 100.0);
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

/// A difference in points, always with its sign.
pub(crate) fn signed(difference: f64) -> String {
    let text = format!("{:+.1}", difference * 100.0);
    if text == "-0.0" { "+0.0".to_owned() } else { text }
}

/// An interval of a share.
pub(crate) fn interval(interval: &Interval) -> String {
    format!("[{}, {}]", percent(interval.low), percent(interval.high))
}

/// An interval of a difference. A bound that rounding would put on zero keeps a second decimal, so that it shows on
/// which side of zero it lies.
pub(crate) fn signed_interval(interval: &Interval) -> String {
    let bound = |bound: f64| match signed(bound) {
        text if text == "+0.0" && (bound * 10_000.0).abs() >= 0.5 => {
            format!("{:+.2}", bound * 100.0)
        }
        text => text,
    };
    format!("[{}, {}]", bound(interval.low), bound(interval.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_once_and_marks_every_cell_that_it_is_about() {
        let mut notes = Notes::default();
        let absent = |why: &str| Figure::<f64>::Absent(why.to_owned());
        let cells = [absent("a"), absent("b"), Figure::Value(0.5), absent("a")];
        let cells = cells.map(|figure| notes.cell(&figure, |value| percent(*value)));
        assert_eq!(cells, ["-(1)", "-(2)", "50.0", "-(1)"]);
        assert_eq!(notes.foot(80), "(1) a\n(2) b\n");
        let nothing = notes.interval(&absent("a"), &Figure::Absent("c".into()), interval);
        assert_eq!((nothing.as_str(), notes.foot(80).as_str()), ("", ""));
        let few = Figure::Value(Interval { few_informative: true, ..Interval::new(0.8, 1.0) });
        assert_eq!(notes.interval(&Figure::Value(1.0), &few, interval), "[80.0, 100.0](3)");
        assert_eq!(notes.share(&Figure::Value(1.0), &few), "100.0 % [80.0, 100.0](3)");
        assert_eq!(notes.share(&Figure::Value(1.0), &Figure::Absent("b".into())), "100.0 % (2)");
        assert!(notes.foot(80).starts_with("(3) few_informative: "), "below the table that is the first to need it");
    }

    #[test]
    fn a_bound_of_a_difference_shows_its_side_of_zero() {
        let shown = |low, high| signed_interval(&Interval::new(low, high));
        assert_eq!(shown(-0.013, 0.05), "[-1.3, +5.0]");
        assert_eq!(shown(0.0002, 0.05), "[+0.02, +5.0]");
        assert_eq!(shown(-0.05, -0.0004), "[-5.0, -0.04]");
        assert_eq!(shown(-1e-9, 0.0), "[+0.0, +0.0]");
        assert_eq!(shown(0.1, 0.1), "[+10.0, +10.0]");
    }
}
