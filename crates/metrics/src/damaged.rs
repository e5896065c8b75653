//! Which lines of a program differ from what it was made from.

use std::collections::BTreeSet;

/// The most lines of either text that are compared one by one; of more, all that differ at all count as damaged.
const MOST_LINES: usize = 2_000;

/// The lines of a program that differ from what it was made from, counted from 1. Where lines are gone and none took
/// their place, both neighbours count.
pub fn damaged_lines(program: &str, original: &str) -> BTreeSet<u32> {
    let (before, after): (Vec<&str>, Vec<&str>) = (original.lines().collect(), program.lines().collect());
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after, count) = (&before[same..], &after[same..], after.len());
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    if before.len().max(after.len()) > MOST_LINES {
        return (same + 1..=same + after.len()).map(|line| line as u32).collect();
    }
    let common = common(before, after);
    let mut damaged = BTreeSet::new();
    let (mut i, mut j, mut is_gone, mut is_new) = (0, 0, false, false);
    loop {
        let is_kept = i < before.len() && j < after.len() && before[i] == after[j];
        let is_over = i == before.len() && j == after.len();
        if is_kept || is_over {
            if is_gone && !is_new {
                damaged.extend([same + j, same + j + 1].into_iter().filter(|line| (1..=count).contains(line)));
            }
            (is_gone, is_new) = (false, false);
        }
        if is_over {
            return damaged.into_iter().map(|line| line as u32).collect();
        }
        if is_kept {
            (i, j) = (i + 1, j + 1);
        } else if j < after.len() && (i == before.len() || common[i][j + 1] >= common[i + 1][j]) {
            j += 1;
            is_new = true;
            damaged.insert(same + j);
        } else {
            i += 1;
            is_gone = true;
        }
    }
}

/// The length of the longest common subsequence of what follows two places.
fn common(before: &[&str], after: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i][j] =
                if before[i] == after[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = "def f(x):\n    y = x + 1\n    z = y * 2\n    return z\n";
    const DAMAGED: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    return z\n";

    #[test]
    fn damaged_lines_are_those_that_differ() {
        for (program, original, expected) in [
            ("a\nb\nc\n", "a\nb\nc\n", vec![]),
            ("a\nB\nc\n", "a\nb\nc\n", vec![2]),
            ("a\nc\nd\n", "a\nb\nc\nd\n", vec![1, 2]),
            ("b\nc\n", "a\nb\nc\n", vec![1]),
            ("a\nb\n", "a\nb\nc\n", vec![2]),
            ("a\nx\nb\n", "a\nb\n", vec![2]),
            ("A\nb\nc\nD\ne\n", "a\nb\nc\nd\n", vec![1, 4, 5]),
            ("x\nb\ny\n", "a\nb\nc\nb\n", vec![1, 3]),
            ("a\nb", "a\nb\n", vec![]),
            ("", "a\n", vec![]),
            ("a\n", "", vec![1]),
            (DAMAGED, ORIGINAL, vec![3]),
        ] {
            let found: Vec<u32> = damaged_lines(program, original).into_iter().collect();
            assert_eq!(found, expected, "{program:?} of {original:?}");
        }
        let long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(damaged_lines(&format!("{long}a\n"), "b\n").len(), MOST_LINES + 2);
    }
}
