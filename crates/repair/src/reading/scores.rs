//! A judgement: a score from 0 to 1, and which of several texts is preferred.

use super::lines_backwards;
use regex::Regex;
use std::sync::LazyLock;

/// A number with what it is out of.
static SCORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<sign>-?)(?P<number>\d+(?:\.\d+)?|\.\d+)(?:\s*(?P<percent>%|percent\b|per cent\b)|\s*(?:/|out of)\s*(?P<most>\d+(?:\.\d+)?))?")
        .expect("the expression is valid: every test uses it")
});

/// Words behind which a score stands.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:score|rating|rate|grade|mark|confidence|probability|likelihood|quality|correctness|answer|verdict|judge?ment|result)\b["'*_`\s]*(?:of\s+|is\s+|as\s+|[:=]\s*|->\s*)["'*_`\s\[({$]*(?:\\boxed\{)?\s*"#)
        .expect("the expression is valid: every test uses it")
});

/// The score that a text gives: behind its last label (`Score: 0.8`, `Rating: 8/10`, `Confidence: 80 %`); else that of its
/// last line, if that is nothing but a score; else the one share that the whole text names. A number alone counts if it is
/// from 0 to 1: the scale of another one is not known.
pub(super) fn score(text: &str) -> Option<f64> {
    let labelled = lines_backwards(text).find_map(|line| {
        let labels: Vec<usize> = LABEL.find_iter(line).map(|label| label.end()).collect();
        let places = labels.into_iter().rev();
        places.filter_map(|place| Some((place, SCORE.find_at(line, place)?))).find_map(|(place, found)| {
            // The number stands right behind the label.
            (found.start() == place).then(|| number(line, place)).flatten()
        })
    });
    let last = || {
        let line = lines_backwards(text).next()?.trim_end_matches(['.', '!']);
        let line =
            line.trim_start_matches("\\boxed{").trim_end_matches('}').trim_matches(['[', ']', '(', ')', '$', ' ']);
        let found = SCORE.find(line)?;
        (found.range() == (0..line.len())).then(|| number(line, 0)).flatten()
    };
    labelled.or_else(last).or_else(|| only_share(text))
}

/// The one share that a text names, if it names one.
fn only_share(text: &str) -> Option<f64> {
    let is_share = |found: &regex::Captures<'_>| found.name("percent").is_some() || found.name("most").is_some();
    let mut shares = SCORE.captures_iter(text).filter(is_share);
    let place = shares.next()?.get(0)?.start();
    if shares.next().is_some() { None } else { number(text, place) }
}

/// The score that begins at a place.
fn number(text: &str, place: usize) -> Option<f64> {
    let found = SCORE.captures_at(text, place)?;
    let behind = &text[found.get(0)?.end()..];
    // `0.8.1` and `1,5` are no numbers that are understood, and `1st` is none at all.
    let goes_on = behind.starts_with(|c: char| c.is_alphanumeric())
        || (behind.starts_with(['.', ',', '/']) && behind[1..].starts_with(|c: char| c.is_ascii_digit()));
    if goes_on || !found["sign"].is_empty() {
        return None;
    }
    let number: f64 = found["number"].parse().ok()?;
    let score = match (found.name("percent"), found.name("most")) {
        (Some(_), _) => number / 100.0,
        (None, Some(most)) => number / most.as_str().parse::<f64>().ok().filter(|most| *most > 0.0)?,
        (None, None) => number,
    };
    (0.0..=1.0).contains(&score).then_some(score)
}

/// Words behind which a choice stands.
const LABELS: [&str; 14] = [
    "choice",
    "answer",
    "verdict",
    "winner",
    "better",
    "best",
    "preferred",
    "preference",
    "prefer",
    "pick",
    "choose",
    "selected",
    "decision",
    "selection",
];
/// Words between a label, or the beginning of a line, and what is chosen.
const FILLERS: [&str; 24] = [
    "is",
    "are",
    "the",
    "my",
    "final",
    "program",
    "programs",
    "option",
    "candidate",
    "solution",
    "code",
    "version",
    "response",
    "assistant",
    "text",
    "sample",
    "implementation",
    "number",
    "no",
    "would",
    "be",
    "one",
    "answer",
    "choice",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// The text that is preferred, from 0: behind the last label (`Choice: B`, `The better program is 2`, `[[A]]`); else that of
/// the last line, if it is nothing but a choice. Letters count from A, numbers from 1.
pub(super) fn choice(text: &str) -> Option<u32> {
    let stated = lines_backwards(text).find_map(|line| {
        if let Some((_, rest)) = line.rsplit_once("[[")
            && let Some((inner, _)) = rest.split_once("]]")
        {
            return Some(only(&tokens(inner)));
        }
        let tokens = tokens(line);
        let label = tokens.iter().rposition(|token| LABELS.contains(&token.lower.as_str()))?;
        let rest = &tokens[label + 1..];
        let at = rest.iter().position(|token| !FILLERS.contains(&token.lower.as_str()))?;
        Some(chosen(&rest[at], at + 1 == rest.len()))
    });
    match stated {
        // The last label decides, also if what stands behind it is no choice, such as a tie.
        Some(choice) => choice,
        None => only(&tokens(lines_backwards(text).next()?)),
    }
}

/// The choice that is all that some words say.
fn only(tokens: &[Token]) -> Option<u32> {
    let mut rest = tokens.iter().filter(|token| !FILLERS.contains(&token.lower.as_str()));
    let (Some(token), None) = (rest.next(), rest.next()) else { return None };
    chosen(token, true)
}

fn chosen(token: &Token, is_last: bool) -> Option<u32> {
    if let Some(ordinal) = ORDINALS.iter().position(|ordinal| *ordinal == token.lower) {
        return Some(ordinal as u32);
    }
    let mut letters = token.text.chars();
    if let (Some(letter @ ('A'..='Z' | 'a'..='z')), None) = (letters.next(), letters.next()) {
        // `a` and `I` are words of their own, but where nothing follows.
        let is_word = letter.is_ascii_lowercase() || letter == 'I';
        let place = u32::from(letter.to_ascii_uppercase()) - u32::from('A');
        return (is_last || !is_word).then_some(place);
    }
    token.text.parse::<u32>().ok().filter(|number| (1..=99).contains(number)).map(|number| number - 1)
}

/// A word or a number.
struct Token {
    text: String,
    lower: String,
}

/// Words and numbers of a line. A share such as `8/10`, `0.8` or `80 %` stays one token, which is no choice.
fn tokens(line: &str) -> Vec<Token> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\d+(?:[.,/:]\d+)*(?:\s*%|\s*/\s*\d+|\s+out of\s+\d+)?|[\p{L}\p{M}]+(?:['’]\p{L}+)?")
            .expect("the expression is valid: every test uses it")
    });
    let token =
        |found: regex::Match<'_>| Token { text: found.as_str().to_owned(), lower: found.as_str().to_lowercase() };
    TOKEN.find_iter(line).map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_shares_from_zero_to_one() {
        for (text, expected) in [
            ("0.8", Some(0.8)),
            ("8/10", Some(0.8)),
            ("80 %", Some(0.8)),
            ("80%", Some(0.8)),
            ("Score: 0.8", Some(0.8)),
            ("**Score:** 8 / 10", Some(0.8)),
            ("Score: **0.25**", Some(0.25)),
            ("It is sound.\n\nRating: 4 out of 5.", Some(0.8)),
            ("Confidence: 95 percent", Some(0.95)),
            ("{\"score\": 0.5, \"why\": \"2 of 4\"}", Some(0.5)),
            ("Score = 1", Some(1.0)),
            ("score: 0", Some(0.0)),
            ("My score is .75", Some(0.75)),
            ("Score: \\boxed{0.3}", Some(0.3)),
            ("\\boxed{0.3}", Some(0.3)),
            ("Score: 0.2\nAfter all:\nScore: 0.9", Some(0.9)),
            ("I would give it 8/10, since it is slow.", Some(0.8)),
            ("It passes 3/4 of one and 1/2 of the other.", None),
            ("Score: 8", None),
            ("Score: 12/10", None),
            ("Score: -0.5", None),
            ("Score: 150 %", None),
            ("Score: 1/0", None),
            ("Score: 0,8", None),
            ("Score: 0.8.1", None),
            ("Score: high", None),
            ("It is the 1st of 3.", None),
            ("", None),
        ] {
            assert_eq!(score(text), expected, "{text}");
        }
    }

    #[test]
    fn a_choice_is_a_letter_or_a_number() {
        for (text, expected) in [
            ("A", Some(0)),
            ("b", Some(1)),
            ("2", Some(1)),
            ("B.", Some(1)),
            ("(a)", Some(0)),
            ("**Option B**", Some(1)),
            ("Choice: A", Some(0)),
            ("Answer: B, since A never ends.", Some(1)),
            ("**Winner:** program 2", Some(1)),
            ("The better program is B.", Some(1)),
            ("A is slower.\nBetter: the second program", Some(1)),
            ("My final verdict is: [[A]]", Some(0)),
            ("Choice: A\nNo, wait.\nChoice: C", Some(2)),
            ("{\"choice\": 1}", Some(0)),
            ("The best is a program that ends.", None),
            ("My choice: I prefer none of them", None),
            ("Choice: tie", None),
            ("[[tie]]", None),
            ("Choice: A\nChoice: neither", None),
            ("Answer: 0.8", None),
            ("Answer: 8/10", None),
            ("Choice: 0", None),
            ("Both are right.", None),
            ("", None),
        ] {
            assert_eq!(choice(text), expected, "{text}");
        }
    }
}
