//! Another number in place of one, as source.

/// The number so much larger, in the same kind of notation; `None` if it is no plain number. Of whole numbers beyond 38 digits
/// the last digit is another one.
pub(super) fn other(text: &str, by: u8) -> Option<String> {
    let plain = text.replace('_', "");
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if let Ok(number) = plain.parse::<i128>() {
            return number.checked_add(i128::from(by)).map(|number| number.to_string());
        }
        let (rest, last) = plain.split_at(plain.len() - 1);
        let last: u8 = last.parse().ok()?;
        return Some(format!("{rest}{}", (last + 1 + by % 9) % 10));
    }
    let is_decimal = plain.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number: f64 = plain.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())?;
    let moved = number + f64::from(by);
    // Where the sum is the same number again, twice as much is not.
    let moved = if (moved - number).abs() < 0.5 { number * 2.0 } else { moved };
    moved.is_finite().then(|| format!("{moved:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_another_one_of_its_kind() {
        for (text, by, expected) in [
            ("4", 7, Some("11")),
            ("-3", 1, Some("-2")),
            ("1_000", 2, Some("1002")),
            ("0", 9, Some("9")),
            ("2.5", 1, Some("3.5")),
            ("-0.5", 3, Some("2.5")),
            ("1e30", 1, Some("2e30")),
            ("123456789012345678901234567890123456789012", 1, Some("123456789012345678901234567890123456789014")),
            ("123456789012345678901234567890123456789012", 9, Some("123456789012345678901234567890123456789013")),
            ("0x1f", 1, None),
            ("2j", 1, None),
            ("1e400", 1, None),
            ("nan", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(other(text, by).as_deref(), expected, "{text}");
        }
        let long = "9".repeat(60);
        for by in 1..=9 {
            assert_ne!(other(&long, by).unwrap(), long);
        }
    }
}
