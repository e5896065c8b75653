//! Markdown that no name or path can break out of.

use std::fmt::Write as _;

/// A page that grows from top to bottom.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn title(&mut self, text: &str) {
        let _ = writeln!(self.0, "# {}", inline(text));
    }

    pub(super) fn section(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n## {text}");
    }

    pub(super) fn part(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n### {text}");
    }

    pub(super) fn warning(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n> **{}**", inline(text));
    }

    /// A paragraph of our own words, Markdown included.
    pub(super) fn text(&mut self, text: &str) {
        let _ = writeln!(self.0, "\n{}", text.replace('\n', " "));
    }

    /// Names, each with its value.
    pub(super) fn fields(&mut self, fields: &[(&str, String)]) {
        self.table(&["", ""], fields.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]));
    }

    /// A table; nothing at all without a row.
    pub(super) fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        let _ = writeln!(self.0, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| inline(cell)).collect();
            let _ = writeln!(self.0, "| {} |", cells.join(" | "));
        }
    }

    /// A list; nothing at all without an item.
    pub(super) fn list(&mut self, items: impl IntoIterator<Item = String>) {
        for (place, item) in items.into_iter().enumerate() {
            if place == 0 {
                self.0.push('\n');
            }
            let _ = writeln!(self.0, "- {}", inline(&item));
        }
    }

    pub(super) fn end(self) -> String {
        self.0
    }
}

/// Text on one line, in which nothing is a mark of Markdown that could change what stands around it.
fn inline(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '<' | '>' | '*' | '\\' | '[' | ']' => plain.extend(['\\', c]),
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// Words with commas and "and" between them.
pub(super) fn listed(words: Vec<&str>) -> String {
    let mut each: Vec<&str> = vec![];
    for word in words {
        if !each.contains(&word) {
            each.push(word);
        }
    }
    match each.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_a_table_or_add_a_heading() {
        let mut page = Page::default();
        page.table(&["model"], [vec!["a|b\n# heading <script> \u{1b}[0m".to_owned()]]);
        assert_eq!(page.end(), "\n| model |\n|---|\n| a\\|b # heading \\<script\\>  \\[0m |\n");
    }

    #[test]
    fn nothing_is_written_for_a_table_or_list_without_rows() {
        let mut page = Page::default();
        page.table(&["x"], []);
        page.list([]);
        assert_eq!(page.end(), "");
    }

    #[test]
    fn words_are_listed_once() {
        assert_eq!(listed(vec!["a", "b", "a", "c"]), "a, b and c");
        assert_eq!(listed(vec!["a", "a"]), "a");
    }
}
