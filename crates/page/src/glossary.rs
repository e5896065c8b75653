//! The words: entries of docs/glossary.md, which every page carries and to which its terms link.

use crate::text::escaped;
use maud::{Markup, PreEscaped, html};

const SOURCE: &str = include_str!("../../../docs/glossary.md");

/// An entry: its term, and what it means as paragraphs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) term: &'static str,
    pub(crate) means: Vec<&'static str>,
}

/// All entries, in the order of the document.
pub(crate) fn entries() -> Vec<Entry> {
    let parts = SOURCE.split("\n## ").skip(1);
    parts
        .filter_map(|part| {
            let (term, rest) = part.split_once('\n')?;
            let means = rest.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect();
            Some(Entry { term: term.trim(), means })
        })
        .collect()
}

/// The name of an entry's place in the page.
pub(crate) fn place(term: &str) -> String {
    let words: String = term.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    format!("g-{words}")
}

/// A word that links to its entry.
pub(crate) fn term(term: &str, shown: &str) -> Markup {
    html! { a.term href=(format!("#{}", place(term))) { (shown) } }
}

/// The glossary, folded.
pub(crate) fn section() -> Markup {
    html! {
        dl.glossary {
            @for entry in entries() {
                div id=(place(entry.term)) tabindex="-1" { dt { (entry.term) } @for paragraph in entry.means { dd { (PreEscaped(inline(paragraph))) } } }
            }
        }
    }
}

/// A paragraph with `code` and *emphasis*.
fn inline(paragraph: &str) -> String {
    let mut html = String::new();
    for (place, part) in paragraph.split('`').enumerate() {
        if place % 2 == 1 {
            html.extend(["<code>", &escaped(part), "</code>"]);
            continue;
        }
        for (place, part) in part.split('*').enumerate() {
            let part = escaped(part);
            html.extend(if place % 2 == 1 { ["<i>", &part, "</i>"] } else { ["", &part, ""] });
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_entries_that_pages_link_to() {
        let terms: Vec<&str> = entries().iter().map(|entry| entry.term).collect();
        for term in ["tree", "first program", "pass@k", "pass@t", "staged", "oracle level", "unscored", "headline"] {
            assert!(terms.contains(&term), "{term}");
        }
        assert!(entries().iter().all(|entry| !entry.means.is_empty()));
        let mut places: Vec<String> = terms.iter().map(|term| place(term)).collect();
        places.dedup();
        assert_eq!(places.len(), terms.len());
    }

    #[test]
    fn code_and_emphasis_are_marked_and_the_rest_is_escaped() {
        assert_eq!(inline("a `x<y` *b*"), "a <code>x&lt;y</code> <i>b</i>");
        assert_eq!(place("n_p, n_f, n_r"), "g-n_p--n_f--n_r");
    }
}
