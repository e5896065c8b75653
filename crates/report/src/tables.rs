//! Plain tables and wrapped text, within a width.

use crate::plain;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Lays out rows beneath a header. The first `left` columns are words, the others numbers. Lines fit into
/// `width` columns and end without blanks. A cell may have several lines; [`plain()`] is applied to each.
pub fn table(width: u16, left: usize, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let words: Vec<bool> = (0..header.len()).map(|column| column < left).collect();
    laid_out(width, &words, header, rows)
}

/// The same, for any columns of words.
fn laid_out(width: u16, words: &[bool], header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('-')))
        .force_no_tty()
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(header.iter().copied())
        .add_rows(rows.into_iter().map(|row| row.into_iter().map(|cell| plain_lines(&cell))));
    let last = header.len().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP }));
        column.set_cell_alignment(if words[index] { CellAlignment::Left } else { CellAlignment::Right });
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// A table that needs no line breaks of its own, or nothing if it is too wide.
pub(crate) fn if_it_fits(width: u16, words: &[bool], header: &[&str], rows: &[Vec<String>]) -> Option<String> {
    let longest = |cell: &str| cell.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
    let column =
        |column: usize| rows.iter().map(|row| longest(&row[column])).max().unwrap_or(0).max(longest(header[column]));
    let gaps = usize::from(GAP) * header.len().saturating_sub(1);
    let natural = (0..header.len()).map(column).sum::<usize>() + gaps;
    (natural <= usize::from(width)).then(|| laid_out(width, words, header, rows.to_vec()))
}

/// A table if it fits, else each row as a line of names and values: nothing that can be read is torn apart.
pub(crate) fn fitted(width: u16, words: &[bool], header: &[&str], rows: Vec<Vec<String>>) -> String {
    if let Some(table) = if_it_fits(width, words, header, &rows) {
        return table;
    }
    let named = |(name, cell): (&&str, &String)| format!("{} {}", one_line(name), one_line(cell));
    let line = |row: Vec<String>| {
        let named: Vec<String> = header.iter().zip(&row).filter(|(_, cell)| !cell.is_empty()).map(named).collect();
        wrap(&plain(&named.join(", ")), width, 2)
    };
    rows.into_iter().map(line).collect()
}

/// A name or a value without the breaks that a table gave it.
pub(crate) fn one_line(cell: &str) -> String {
    cell.replace("_\n", "_").replace('\n', " ")
}

fn plain_lines(cell: &str) -> String {
    cell.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Blanks between columns.
const GAP: u16 = 2;

/// Breaks a text at blanks into lines of at most `width` characters; later lines begin with `indent`
/// blanks. A word that is longer than a line is cut.
pub fn wrap(text: &str, width: u16, indent: usize) -> String {
    let width = usize::from(width).max(indent + 1);
    let (mut lines, mut line, mut length) = (String::new(), String::new(), 0);
    let mut begin = |line: &mut String, length: &mut usize| {
        lines.push_str(line.trim_end());
        lines.push('\n');
        *line = " ".repeat(indent);
        *length = indent;
    };
    for word in words(text) {
        if length > indent && length + word.trim_end().chars().count() > width {
            begin(&mut line, &mut length);
        }
        for char in word.chars() {
            if length == width {
                if char == ' ' {
                    continue;
                }
                begin(&mut line, &mut length);
            }
            line.push(char);
            length += 1;
        }
    }
    begin(&mut line, &mut length);
    lines
}

/// What stays on one line: a word, a number with its unit, an interval.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = vec![];
    let (mut begin, mut end) = (0, 0);
    let mut pieces = text.split_inclusive(' ').peekable();
    while let Some(piece) = pieces.next() {
        end += piece.len();
        let opens = piece.starts_with('[') && !piece.contains(']');
        let is_number = piece.trim_end().ends_with(|char: char| char.is_ascii_digit());
        let has_unit = pieces.peek().is_some_and(|next| next.starts_with('%'));
        if !(opens && pieces.peek().is_some() || is_number && has_unit) {
            words.push(&text[begin..end]);
            begin = end;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_lines_and_lose_control_sequences() {
        let rows = vec![vec!["a\u{1b}[1mb".to_owned(), "1\n2".to_owned()]];
        insta::assert_snapshot!(table(40, 1, &["x", "y"], rows), @r"
        x      y
        --------
        a[1mb  1
               2
        ");
    }

    #[test]
    fn what_does_not_fit_as_a_table_becomes_lines_of_names_and_values() {
        let rows = || vec![vec!["dfs".to_owned(), "1\n2".to_owned(), String::new()]];
        let header = ["order", "pass_\nrate", "diff"];
        let words = [true, false, false];
        insta::assert_snapshot!(fitted(20, &words, &header, rows()), @"
        order  pass_  diff
                rate
        ------------------
        dfs        1
                   2
        ");
        assert_eq!(fitted(17, &words, &header, rows()), "order dfs,\n  pass_rate 1 2\n");
    }

    #[test]
    fn text_breaks_at_blanks_and_long_words_are_cut() {
        insta::assert_snapshot!(wrap("one two three four", 9, 2), @"
        one two
          three
          four
        ");
        insta::assert_snapshot!(wrap("abcdefghijkl", 5, 0), @"
        abcde
        fghij
        kl
        ");
        assert_eq!(wrap("it is 12.5 % [1.0, 2.0], or so", 14, 0), "it is 12.5 %\n[1.0, 2.0], or\nso\n");
        assert_eq!(wrap("a [b", 3, 0), "a\n[b\n");
        assert_eq!(wrap("", 9, 2), "\n");
        assert_eq!(wrap("12345 789", 5, 0), "12345\n789\n");
    }
}
