//! What changed between two programs.

use super::Look;
use similar::TextDiff;

/// Longer programs are not compared: it could take very long.
const MOST_LINES: usize = 5_000;

/// The lines that differ, in the form of `diff -u`. Both texts are harmless already.
pub(crate) fn changes((before, old): (&str, &str), (after, new): (&str, &str), look: Look) -> String {
    if old == new {
        return format!("the program of {before} again, without a change\n");
    }
    if [old, new].iter().any(|text| text.lines().count() > MOST_LINES) {
        return format!("not compared: programs of more than {MOST_LINES} lines\n");
    }
    let diff = TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(3).header(before, after).to_string();
    if look.colour { text.split_inclusive('\n').map(coloured).collect() } else { text }
}

fn coloured(line: &str) -> String {
    let code = match line.as_bytes().first() {
        Some(b'+') => "32",
        Some(b'-') => "31",
        Some(b'@') => "36",
        _ => return line.to_owned(),
    };
    let words = line.trim_end_matches('\n');
    format!("\u{1b}[{code}m{words}\u{1b}[0m{}", &line[words.len()..])
}
