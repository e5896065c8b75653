//! What stands in one field of a CSV file, and how text that a spreadsheet would run is made harmless.

use mend_metrics::Figure;

/// One field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The value does not exist.
    Empty,
    /// A number, or a word that mend itself chose.
    Ours(String),
    /// Text that came from elsewhere: a name, a reason, what a program said.
    Text(String),
}

impl Cell {
    /// A whole number, or a word of a closed set.
    #[expect(clippy::needless_pass_by_value, reason = "a value and a reference to one are both taken")]
    pub(crate) fn of(value: impl ToString) -> Self {
        Self::Ours(value.to_string())
    }

    /// The same where it may not exist.
    pub(crate) fn some(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, Self::of)
    }

    /// Text of any origin.
    #[expect(clippy::needless_pass_by_value, reason = "a value and a reference to one are both taken")]
    pub(crate) fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// The same where it may not exist.
    pub(crate) fn some_text(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, Self::text)
    }

    /// A number with up to six decimals.
    pub(crate) fn number(value: f64) -> Self {
        Self::Ours(number(value))
    }

    /// The same where it may not exist.
    pub(crate) fn some_number(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::number)
    }

    /// A figure that may be absent.
    pub(crate) fn figure(figure: &Figure) -> Self {
        figure.value().map_or(Self::Empty, |value| Self::number(*value))
    }

    /// The field as it is written.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Ours(text) => text.clone(),
            Self::Text(text) => harmless(text),
        }
    }
}

/// The text with an apostrophe before it, if a spreadsheet would take it for a formula. To get the text back, take one
/// leading apostrophe off: text that begins with one of its own gets a second.
fn harmless(text: &str) -> String {
    let runs = |char: char| matches!(char, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    // Some programs skip blanks, tabs and line ends before they look.
    let is_formula = text.trim_start().starts_with(runs);
    if is_formula || text.starts_with(['\t', '\r', '\n', '\'']) { format!("'{text}") } else { text.to_owned() }
}

/// A number with up to six decimals, without exponent, trailing zeros or negative zero.
fn number(value: f64) -> String {
    let fixed = format!("{value:.6}");
    let short = fixed.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_in_scientific_notation() {
        let cases = [
            (0.5, "0.5"),
            (1.0, "1"),
            (1.0 / 3.0, "0.333333"),
            (-1e-9, "0"),
            (-0.25, "-0.25"),
            (1e15, "1000000000000000"),
            (100.0, "100"),
        ];
        for (value, text) in cases {
            assert_eq!(Cell::number(value).written(), text);
        }
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_nothing_else_does() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u{a0}@x", "＝1", "\tx", "'x"]
        {
            assert_eq!(Cell::text(formula).written(), format!("'{formula}"));
        }
        for plain in ["", "a=b", "1-2", "x@y", "f(1) = 2", "(=1)", "\"=1\"", "p0/r1", "é"] {
            assert_eq!(Cell::text(plain).written(), plain);
        }
        assert_eq!(Cell::number(-0.25).written(), "-0.25");
        assert_eq!(Cell::Empty.written(), "");
    }

    #[test]
    fn one_apostrophe_taken_off_gives_every_text_back() {
        for text in ["=1", "'=1", "''", "'", "plain", "", " -x"] {
            let written = Cell::text(text).written();
            assert_eq!(written.strip_prefix('\'').unwrap_or(&written), text);
        }
    }
}
