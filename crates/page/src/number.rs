//! Numbers as the page writes them, in one place, so that a figure looks the same wherever it stands.

use mend_metrics::{Figure, Interval};

/// The sign of negative numbers.
const MINUS: char = '\u{2212}';

/// A number with so many decimals; never a negative zero.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        Some(digits) => format!("{MINUS}{digits}"),
        None => text,
    }
}

/// A number with its sign; none before zero.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if value > 0.0 && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) { format!("+{text}") } else { text }
}

/// A whole number with commas.
pub(crate) fn grouped(value: f64) -> String {
    let text = fixed(value, 0);
    let (sign, digits) = text.strip_prefix(MINUS).map_or(("", text.as_str()), |digits| ("\u{2212}", digits));
    let mut grouped = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with commas.
pub(crate) fn count(value: u64) -> String {
    grouped(value as f64)
}

/// A share in percent with one decimal, without its sign.
pub(crate) fn percent(share: f64) -> String {
    fixed(share * 100.0, 1)
}

/// A share that may be absent.
pub(crate) fn percent_or_dash(share: &Figure) -> String {
    share.value().map_or_else(|| "\u{2013}".to_owned(), |share| percent(*share))
}

/// A difference of shares in points: two decimals where one would hide on which side of zero it lies.
pub(crate) fn points(difference: f64) -> String {
    let scaled = difference * 100.0;
    signed(scaled, if scaled != 0.0 && scaled.abs() < 0.05 { 2 } else { 1 })
}

/// An interval of shares.
pub(crate) fn interval(of: &Interval) -> String {
    format!("[{}, {}]", percent(of.low), percent(of.high))
}

/// An interval of a difference in points.
pub(crate) fn points_interval(of: &Interval) -> String {
    format!("[{}, {}]", points(of.low), points(of.high))
}

/// A coordinate in a drawing: at most two decimals, without trailing zeros.
pub(crate) fn coordinate(value: f64) -> String {
    let mut text = format!("{value:.2}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-1.25, 1), "\u{2212}1.2");
        assert_eq!(signed(0.0, 1), "0.0");
        assert_eq!(signed(2.0, 1), "+2.0");
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(grouped(-999.6), "\u{2212}1,000");
        assert_eq!(grouped(12.0), "12");
        assert_eq!(
            (points(0.0004), points(-0.0664), points(0.0)),
            ("+0.04".into(), "\u{2212}6.6".into(), "0.0".into())
        );
        assert_eq!((coordinate(10.0), coordinate(-0.001), coordinate(3.25)), ("10".into(), "0".into(), "3.25".into()));
    }
}
