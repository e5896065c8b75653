//! Which lines of a program differ from what it was made from, and how a reviewer would say so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

/// The most lines of either text that are compared one by one; of more, all that differ at all count as damaged.
const MOST_LINES: usize = 2_000;

/// Lines that stand around a change.
const CONTEXT: usize = 3;

/// Lines that became others, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    before: Range<usize>,
    after: Range<usize>,
}

/// The lines of a program that differ from what it was made from, counted from 1. Where lines are gone and none took
/// their place, both neighbours count.
pub fn damaged_lines(program: &str, original: &str) -> BTreeSet<u32> {
    let (before, after) = (lines(original), lines(program));
    let mut damaged = BTreeSet::new();
    for hunk in hunks(&before, &after) {
        let found = if hunk.after.is_empty() { hunk.after.start..hunk.after.start + 2 } else { lines_of(&hunk.after) };
        damaged.extend(found.filter(|line| (1..=after.len()).contains(line)).map(|line| line as u32));
    }
    damaged
}

/// What a reviewer says of a program that was made from a right one: a sentence for each change, which names a line and what
/// should stand there. `None` if they do not differ.
pub fn review_comment(program: &str, original: &str) -> Option<String> {
    let (before, after) = (lines(original), lines(program));
    let said = |lines: &[&str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ");
    let sentence = |hunk: &Hunk| {
        let (was, is) = (said(&before[hunk.before.clone()]), said(&after[hunk.after.clone()]));
        let line = hunk.after.start + 1;
        match (hunk.before.is_empty(), hunk.after.is_empty()) {
            (false, false) => format!("Line {line} is wrong: `{is}` should be `{was}`."),
            (true, _) => format!("Line {line} is wrong: `{is}` should not be there."),
            (false, true) if hunk.after.start == 0 => format!("Before line 1 `{was}` is missing."),
            (false, true) => format!("Behind line {} `{was}` is missing.", line - 1),
        }
    };
    let sentences: Vec<String> = hunks(&before, &after).iter().map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The change from one text to another, as `diff -u` writes it, without the names of files.
pub fn unified(from: &str, to: &str) -> String {
    let (before, after) = (lines(from), lines(to));
    let mut text = String::new();
    let hunks = hunks(&before, &after);
    let mut rest = hunks.as_slice();
    while let Some(first) = rest.first() {
        // What lies so near that the lines around would overlap is shown together.
        let near = |pair: &&[Hunk]| pair[1].before.start <= pair[0].before.end + 2 * CONTEXT;
        let count = 1 + rest.windows(2).take_while(near).count();
        let (shown, others) = rest.split_at(count);
        rest = others;
        let last = &shown[count - 1];
        let lead = first.before.start.min(CONTEXT);
        let tail = (before.len() - last.before.end).min(CONTEXT);
        let old = first.before.start - lead..last.before.end + tail;
        let new = first.after.start - lead..last.after.end + tail;
        let _ = writeln!(text, "@@ -{} +{} @@", place(&old), place(&new));
        let mut at = old.start;
        for hunk in shown {
            let parts = [
                (' ', &before[at..hunk.before.start]),
                ('-', &before[hunk.before.clone()]),
                ('+', &after[hunk.after.clone()]),
            ];
            for (sign, lines) in parts {
                for line in lines {
                    let _ = writeln!(text, "{sign}{line}");
                }
            }
            at = hunk.before.end;
        }
        for line in &before[at..old.end] {
            let _ = writeln!(text, " {line}");
        }
    }
    text
}

/// Where lines stand and how many they are. Of none, the line before them.
fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// The numbers of lines, counted from 1.
fn lines_of(range: &Range<usize>) -> Range<usize> {
    range.start + 1..range.end + 1
}

/// The changes between two texts, in their order.
fn hunks(before: &[&str], after: &[&str]) -> Vec<Hunk> {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[same..], &after[same..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().max(new.len()) > MOST_LINES {
        return vec![Hunk { before: same..same + old.len(), after: same..same + new.len() }];
    }
    let common = common(old, new);
    let mut hunks = Vec::new();
    let (mut i, mut j) = (0, 0);
    let (mut from, mut to) = (0, 0);
    loop {
        let is_kept = i < old.len() && j < new.len() && old[i] == new[j];
        let is_over = i == old.len() && j == new.len();
        if is_kept || is_over {
            if from < i || to < j {
                hunks.push(Hunk { before: same + from..same + i, after: same + to..same + j });
            }
            if is_over {
                return hunks;
            }
            (i, j) = (i + 1, j + 1);
            (from, to) = (i, j);
        } else if j < new.len() && (i == old.len() || common[i][j + 1] >= common[i + 1][j]) {
            j += 1;
        } else {
            i += 1;
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

    #[test]
    fn a_comment_names_the_line_and_what_should_stand_there() {
        for (program, original, said) in [
            (DAMAGED, ORIGINAL, Some("Line 3 is wrong: `z = y * 3` should be `z = y * 2`.")),
            ("a\nc\n", "a\nb\nc\n", Some("Behind line 1 `b` is missing.")),
            ("b\n", "a\nb\n", Some("Before line 1 `a` is missing.")),
            ("a\n  x\nb\n", "a\nb\n", Some("Line 2 is wrong: `x` should not be there.")),
            (
                "A\nb\nC\nD\n",
                "a\nb\nc\nd\n",
                Some("Line 1 is wrong: `A` should be `a`. Line 3 is wrong: `C; D` should be `c; d`."),
            ),
            (ORIGINAL, ORIGINAL, None),
        ] {
            assert_eq!(review_comment(program, original).as_deref(), said);
        }
    }

    #[test]
    fn a_change_reads_as_diff_writes_it() {
        assert_eq!(
            unified(ORIGINAL, DAMAGED),
            "@@ -1,4 +1,4 @@\n def f(x):\n     y = x + 1\n-    z = y * 2\n+    z = y * 3\n     return z\n"
        );
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
        assert_eq!(unified("a\n", "a\n"), "");
        let from = (1..=20).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        let far = from.replace("2\n3\n", "2\nx\n3\n").replace("20\n", "y\n");
        assert_eq!(
            unified(&from, &far),
            "@@ -1,5 +1,6 @@\n 1\n 2\n+x\n 3\n 4\n 5\n@@ -17,4 +18,4 @@\n 17\n 18\n 19\n-20\n+y\n"
        );
        let near = from.replace("2\n3\n", "2\nx\n3\n").replace("6\n7\n", "6\nz\n7\n");
        assert_eq!(unified(&from, &near).matches("@@ -").count(), 1);
    }
}
