//! Figures as cells of a table for a terminal.

use crate::plain::plain;
use crate::tables::wrap;
use mend_metrics::{Figure, Interval};

/// Why cells of a table are empty, each reason once.
#[derive(Default)]
pub(crate) struct Notes(Vec<String>);

impl Notes {
    /// The figure, or `-` with its reason kept for the foot of the table.
    pub(crate) fn cell<T>(&mut self, figure: &Figure<T>, show: impl Fn(&T) -> String) -> String {
        match figure {
            Figure::Value(value) => show(value),
            Figure::Absent(why) => {
                if !self.0.contains(why) {
                    self.0.push(why.clone());
                }
                "-".to_owned()
            }
        }
    }

    pub(crate) fn text(&self, width: u16) -> String {
        self.0.iter().map(|why| wrap(&plain(&format!("- {why}")), width, 2)).collect()
    }
}

pub(crate) fn percent(rate: f64) -> String {
    let text = format!("{:.1}", rate * 100.0);
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

pub(crate) fn signed(difference: f64) -> String {
    let text = format!("{:+.1}", difference * 100.0);
    if text == "-0.0" { "+0.0".to_owned() } else { text }
}

pub(crate) fn interval(interval: &Interval) -> String {
    format!("[{}, {}]", percent(interval.low), percent(interval.high))
}

pub(crate) fn signed_interval(interval: &Interval) -> String {
    format!("[{}, {}]", signed(interval.low), signed(interval.high))
}
