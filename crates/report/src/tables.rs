//! Plain tables and wrapped text, within a width.

use crate::plain;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Lays out rows beneath a header. The first `left` columns are words, the others numbers. Lines fit into
/// `width` columns and end without blanks. A cell may have several lines; [`plain()`] is applied to each.
pub fn table(width: u16, left: usize, header: &[&str], rows: Vec<Vec<String>>) -> String {
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
        column.set_cell_alignment(if index < left { CellAlignment::Left } else { CellAlignment::Right });
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

fn plain_lines(cell: &str) -> String {
    cell.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Blanks between columns.
const GAP: u16 = 2;

/// Breaks a text at blanks into lines of at most `width` characters; later lines begin with `indent`
/// blanks. A word that is longer than a line is cut.
pub(crate) fn wrap(text: &str, width: u16, indent: usize) -> String {
    let width = usize::from(width).max(indent + 1);
    let (mut lines, mut line, mut length) = (String::new(), String::new(), 0);
    let mut begin = |line: &mut String, length: &mut usize| {
        lines.push_str(line.trim_end());
        lines.push('\n');
        *line = " ".repeat(indent);
        *length = indent;
    };
    for word in text.split_inclusive(' ') {
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
        assert_eq!(wrap("", 9, 2), "\n");
        assert_eq!(wrap("12345 789", 5, 0), "12345\n789\n");
    }
}
