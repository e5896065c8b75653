//! Whether an answer to a question agrees.

use super::{bare, lines_backwards};

const YES: [&str; 10] = ["yes", "y", "yep", "yeah", "true", "correct", "right", "agree", "agreed", "affirmative"];
const NO: [&str; 9] = ["no", "n", "nope", "false", "incorrect", "wrong", "disagree", "disagreed", "negative"];

/// Words before an answer, as in `Answer: yes`.
const LABELS: [&str; 6] = ["answer", "verdict", "conclusion", "decision", "result", "response"];
/// Words that turn a yes or no before them into something else.
const TURNS: [&str; 12] =
    ["and", "or", "but", "idea", "doubt", "problem", "problems", "worries", "way", "matter", "clue", "one"];

/// By the last line that says `Answer: yes` or nothing but `yes`; else by the text's first word.
pub(super) fn yes(text: &str) -> Option<bool> {
    let stated = lines_backwards(text).find_map(|line| {
        let lower = line.to_lowercase();
        let words = words(&lower);
        match words.as_slice() {
            [word] => agrees(word),
            ["the" | "my" | "final", label, rest @ ..] | [label, rest @ ..]
                if LABELS.contains(label) && (line.contains([':', '=']) || rest.len() == 1) =>
            {
                first(rest)
            }
            _ => None,
        }
    });
    stated.or_else(|| {
        let line = text.lines().map(bare).find(|line| !line.is_empty())?.to_lowercase();
        first(&words(&line))
    })
}

/// What words say that begin with a yes or a no.
fn first(words: &[&str]) -> Option<bool> {
    let (word, rest) = words.split_first()?;
    if rest.first().is_some_and(|next| TURNS.contains(next)) {
        return None;
    }
    agrees(word)
}

fn agrees(word: &str) -> Option<bool> {
    if YES.contains(&word) {
        return Some(true);
    }
    NO.contains(&word).then_some(false)
}

fn words(line: &str) -> Vec<&str> {
    line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_agrees_or_not_or_does_not_say() {
        for (text, agrees) in [
            ("yes", Some(true)),
            ("No.", Some(false)),
            ("**Yes**, the loop ends.", Some(true)),
            ("No, because n may be 0.", Some(false)),
            ("The loop ends.\n\nAnswer: yes", Some(true)),
            ("Yes at first sight.\nFinal answer: **no**", Some(false)),
            ("Let me see.\nNo", Some(false)),
            ("{\"answer\": true}", Some(true)),
            ("Verdict: incorrect", Some(false)),
            ("The answer is in the text.", None),
            ("Yes and no.", None),
            ("No idea.", None),
            ("No problem, I look at it.", None),
            ("Perhaps.", None),
            ("Answer: perhaps", None),
            ("Knowledge", None),
            ("", None),
        ] {
            assert_eq!(yes(text), agrees, "{text}");
        }
    }
}
