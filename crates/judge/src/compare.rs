//! Output comparison of the `strict` rules.

/// Whether a program printed what it should.
///
/// Both texts are split into lines; trailing blank lines do not count, `\r\n` ends a line like `\n`, and
/// within a line only the sequence of tokens between white space counts. Tokens must be equal, or, where the
/// problem declares a `tolerance`, be finite numbers that differ by no more than it.
pub fn same_output(actual: &str, expected: &str, tolerance: Option<f64>) -> bool {
    let (mut actual, mut expected) = (lines(actual), lines(expected));
    loop {
        match (actual.next(), expected.next()) {
            (None, None) => return true,
            (Some(actual), Some(expected)) if same_line(actual, expected, tolerance) => {}
            _ => return false,
        }
    }
}

fn lines(text: &str) -> std::str::Lines<'_> {
    text.trim_end().lines()
}

fn same_line(actual: &str, expected: &str, tolerance: Option<f64>) -> bool {
    let (mut actual, mut expected) = (actual.split_whitespace(), expected.split_whitespace());
    loop {
        match (actual.next(), expected.next()) {
            (None, None) => return true,
            (Some(actual), Some(expected)) if actual == expected || close(actual, expected, tolerance) => {}
            _ => return false,
        }
    }
}

fn close(actual: &str, expected: &str, tolerance: Option<f64>) -> bool {
    let Some(tolerance) = tolerance else { return false };
    let (Ok(actual), Ok(expected)) = (actual.parse::<f64>(), expected.parse::<f64>()) else { return false };
    (actual - expected).abs() <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(actual: &str, expected: &str, tolerance: Option<f64>, same: bool) {
        assert_eq!(same_output(actual, expected, tolerance), same, "{actual:?} {expected:?}");
    }

    #[test]
    fn white_space_at_ends_and_between_tokens_does_not_count() {
        check("1 2 \r\n3\n\n", "1 2\n3", None, true);
        check("1  2\n", "1 2\n", None, true);
        check("", "\n", None, true);
    }

    #[test]
    fn order_lines_case_and_digits_count() {
        check("2 1", "1 2", None, false);
        check("1\n2", "1 2", None, false);
        check("1\n\n2", "1\n2", None, false);
        check("yes", "YES", None, false);
        check("1.0", "1", None, false);
        check("", "0", None, false);
        check("1 2", "1", None, false);
    }

    #[test]
    fn tolerance_applies_only_where_declared_and_to_numbers() {
        check("0.3334", "0.3333", Some(1e-3), true);
        check("0.34", "0.3333", Some(1e-3), false);
        check("nan", "1", Some(1e-3), false);
        check("NaN", "nan", Some(1e-3), false);
        check("inf", "1e308", Some(1e-3), false);
        check("abc", "abd", Some(1e-3), false);
    }

    proptest! {
        #[test]
        fn every_output_equals_itself(text in "(?s).{0,80}") {
            prop_assert!(same_output(&text, &text, None));
        }

        #[test]
        fn comparison_is_symmetric(a in "[ 0-9a.\n]{0,12}", b in "[ 0-9a.\n]{0,12}") {
            prop_assert_eq!(same_output(&a, &b, Some(0.1)), same_output(&b, &a, Some(0.1)));
        }
    }
}
