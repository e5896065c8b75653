//! Figures as cells of a table for a terminal, and the footnotes of those cells.

use crate::plain::plain;
use crate::tables::wrap;
use mend_metrics::{Figure, Interval};

/// Footnotes of a table: each text once, with the number that marks its cells.
#[derive(Default)]
pub(crate) struct Notes(Vec<String>);

impl Notes {
    /// The mark of a footnote, such as `(1)`.
    pub(crate) fn mark(&mut self, text: &str) -> String {
        let place = self.0.iter().position(|known| known == text).unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
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

    /// The interval of a figure; nothing where the figure itself is not there.
    pub(crate) fn interval<T>(&mut self, figure: &Figure, interval: &Figure<T>, show: impl Fn(&T) -> String) -> String {
        if figure.value().is_some() { self.cell(interval, show) } else { String::new() }
    }

    /// The footnotes, in the order of their numbers.
    pub(crate) fn text(&self, width: u16) -> String {
        let note = |(place, text): (usize, &String)| wrap(&plain(&format!("({}) {text}", place + 1)), width, 4);
        self.0.iter().enumerate().map(note).collect()
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
        assert_eq!(notes.text(80), "(1) a\n(2) b\n");
        let nothing = notes.interval(&absent("a"), &absent("c"), |value| percent(*value));
        assert_eq!((nothing.as_str(), notes.text(80).lines().count()), ("", 2));
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
