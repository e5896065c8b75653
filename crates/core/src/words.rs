//! Finding the word that somebody meant.

/// How much of a word is compared: names are shorter.
const COMPARED: usize = 80;

/// The known word that is nearest to another one, if it is near enough to be meant: at most one letter in three differs,
/// upper and lower case aside. Of several the one of the same length, then the first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |word: &str| word.to_lowercase().chars().take(COMPARED).collect::<Vec<char>>();
    let meant = letters(word);
    let near = known.into_iter().filter_map(|word| {
        let letters = letters(word);
        let distance = distance(&meant, &letters);
        (distance * 3 <= meant.len().max(letters.len())).then_some((
            distance,
            meant.len().abs_diff(letters.len()),
            word,
        ))
    });
    near.min_by_key(|(distance, longer, _)| (*distance, *longer)).map(|(.., word)| word)
}

/// Levenshtein's distance, where two letters that changed places count once.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut least = (row[j] + usize::from(a != b)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        let known = ["self-repair", "iid", "critic", "sim/journeyman", "HumanEval/11", "HumanEval/12", "see", "seed"];
        assert_eq!(nearest(word, known), expected, "{word}");
    }

    #[test]
    fn a_word_is_meant_if_it_is_near() {
        check("self_repair", Some("self-repair"));
        check("selfrepair", Some("self-repair"));
        check("sefl-repair", Some("self-repair"));
        check("idi", Some("iid"));
        check("Critic", Some("critic"));
        check("sede", Some("seed"));
        check("sim/jurneyman", Some("sim/journeyman"));
        check("humaneval/11", Some("HumanEval/11"));
        check("HumanEval/1", Some("HumanEval/11"));
        for far in ["", "tree", "gpt-4o", "x"] {
            check(far, None);
        }
    }

    #[test]
    fn no_word_is_too_long() {
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, ["iid"]), None);
    }
}
