//! BLEU-4 of single sentences, as generated review comments are scored by it.

use std::collections::BTreeMap;

/// The longest runs of words that are compared.
const LONGEST: usize = 4;

/// How near a text is to another one, from 0 to 100, which equal texts have.
///
/// Both are in lower case and split into words and signs. The figure is the geometric mean of the shares of the text's runs of
/// one to four words that the other one has too (as often at most), with 1 added to both counts for runs of two and more; a
/// text that is shorter than the other loses exp(1 - r/c).
pub fn bleu4(text: &str, reference: &str) -> f64 {
    let (text, reference) = (words(text), words(reference));
    if text.is_empty() || reference.is_empty() {
        return if text == reference { 100.0 } else { 0.0 };
    }
    let mut logs = 0.0;
    for length in 1..=LONGEST {
        let (ours, theirs) = (runs(&text, length), runs(&reference, length));
        let all: u32 = ours.values().sum();
        let shared: u32 = ours.iter().map(|(run, count)| (*count).min(theirs.get(run).copied().unwrap_or(0))).sum();
        let added = u32::from(length > 1);
        if shared + added == 0 {
            return 0.0;
        }
        logs += (f64::from(shared + added) / f64::from(all + added)).ln();
    }
    let brevity = (1.0 - reference.len() as f64 / text.len() as f64).min(0.0);
    100.0 * (brevity + logs / LONGEST as f64).exp()
}

/// Words and signs, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for letter in text.to_lowercase().chars() {
        let is_word = letter.is_alphanumeric() || letter == '_';
        match words.last_mut() {
            Some(word) if is_open && is_word => word.push(letter),
            _ if letter.is_whitespace() => {}
            _ => words.push(letter.to_string()),
        }
        is_open = is_word;
    }
    words
}

/// How often each run of so many words is there.
fn runs(words: &[String], length: usize) -> BTreeMap<&[String], u32> {
    let mut runs = BTreeMap::new();
    for run in words.windows(length) {
        *runs.entry(run).or_default() += 1;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, reference: &str, expected: f64) {
        let found = bleu4(text, reference);
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn equal_texts_have_a_hundred_and_case_and_blanks_do_not_count() {
        check("Line 3 is wrong.", "line 3  is wrong .", 100.0);
        check("a", "a", 100.0);
        check("", "", 100.0);
        check("", "a", 0.0);
        check("a", "", 0.0);
        check("x y", "a b", 0.0);
    }

    #[test]
    fn shares_of_runs_are_multiplied_with_one_added_beyond_single_words() {
        // 3 of 4 words, (1 + 1) of (3 + 1) pairs, (0 + 1) of (2 + 1) and (0 + 1) of (1 + 1).
        check("a b x d", "a b c d", 100.0 * (0.75_f64 * 0.5 * (1.0 / 3.0) * 0.5).powf(0.25));
        // A word counts as often as the other text has it.
        check("a a", "a b", 100.0 * (0.5_f64 * 0.5 * 1.0 * 1.0).powf(0.25));
        // Two of four words are there: all of them right, and exp(1 - 4/2) for being short.
        check("a b", "a b c d", 100.0 * (-1.0_f64).exp());
        // A longer text pays by its runs alone.
        check("a b c d e", "a b c d", 100.0 * (0.8_f64 * (4.0 / 5.0) * (3.0 / 4.0) * (2.0 / 3.0)).powf(0.25));
    }

    #[test]
    fn names_stay_whole_and_signs_stand_alone() {
        assert_eq!(words("If `x_1<=2`, RETURN."), ["if", "`", "x_1", "<", "=", "2", "`", ",", "return", "."]);
    }

    proptest! {
        #[test]
        fn it_lies_between_0_and_100_and_equal_texts_have_100(a in ".{0,40}", b in ".{0,40}") {
            prop_assert!((0.0..=100.0 + 1e-9).contains(&bleu4(&a, &b)));
            prop_assert!((bleu4(&a, &a) - 100.0).abs() < 1e-9);
        }
    }
}
