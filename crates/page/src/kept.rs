//! The parts of a report that lies in a run's folder, so that nobody computes them a second time.
//!
//! A folder may come from anywhere, and so may its report.html. It is taken only if it has the script of this very version,
//! data that are JSON, and of elements and attributes none but those that our pages have. All others are computed anew.

use crate::parts::{Headline, Parts};
use crate::shell::Script;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use std::io::{BufRead, Read as _};

/// The most that is read of a file: what we look for stands before trees and tables.
const MOST: u64 = 256 << 20;

/// The elements of a report's body.
const ELEMENTS: [&str; 47] = [
    "a", "b", "br", "button", "caption", "circle", "code", "dd", "dialog", "div", "dl", "dt", "fieldset", "figure",
    "h1", "h2", "h3", "header", "i", "input", "kbd", "label", "legend", "li", "line", "main", "nav", "noscript",
    "option", "p", "path", "pre", "rect", "section", "select", "small", "span", "svg", "table", "tbody", "td", "text",
    "tfoot", "th", "thead", "tr", "ul",
];

/// Its attributes, beside those that begin with `aria-` and `data-`.
const ATTRIBUTES: [&str; 44] = [
    "autocomplete",
    "checked",
    "class",
    "colspan",
    "cx",
    "cy",
    "d",
    "disabled",
    "fill",
    "font-family",
    "font-size",
    "font-weight",
    "for",
    "height",
    "hidden",
    "href",
    "id",
    "name",
    "opacity",
    "placeholder",
    "preserveAspectRatio",
    "r",
    "role",
    "rowspan",
    "rx",
    "scope",
    "selected",
    "spellcheck",
    "stroke",
    "stroke-dasharray",
    "stroke-width",
    "tabindex",
    "text-anchor",
    "title",
    "transform",
    "type",
    "value",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
];

/// What begins the data of the script.
const BOOT: &str = "<script id=\"boot\" type=\"application/json\">";

/// What begins the rates.
const RATES: &str = "<script id=\"rates\" type=\"application/gzip\">";

/// What ends either.
const END: &str = "</script>";

impl Parts {
    /// The parts of a report.html; `None` if it is none of this version's, or holds what ours never hold. Its headline
    /// stays open.
    pub fn of_file(file: &mut dyn BufRead) -> Option<Self> {
        let mut file = file.take(MOST);
        let mut until = |end: &str| {
            let mut read = vec![];
            loop {
                // Every end that is looked for ends so.
                if file.read_until(b'>', &mut read).ok()? == 0 {
                    return None;
                }
                if read.ends_with(end.as_bytes()) {
                    read.truncate(read.len() - end.len());
                    return String::from_utf8(read).ok();
                }
            }
        };
        let head = until("<body>")?;
        let is_ours = head.contains(&format!("script-src {};", Script::report().source()));
        let title = head.split_once("<title>")?.1.split_once(" \u{b7} mendbench</title>")?.0;
        let title = title.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let body = until(BOOT)?;
        if !is_ours || !is_plain(&body) {
            return None;
        }
        let boot = json(until(END)?)?;
        let next = until(">")?;
        let rates = if format!("{next}>") == RATES { Some(json(inflated(&until(END)?)?)?) } else { None };
        Some(Self { title, body, boot, rates, headline: Headline::default() })
    }
}

fn inflated(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let mut inflated = String::new();
    GzDecoder::new(&bytes[..]).take(MOST).read_to_string(&mut inflated).ok()?;
    Some(inflated)
}

fn json(text: String) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(&text).ok().map(|_| text)
}

/// Whether a text is HTML as we write it, with elements and attributes of ours alone.
fn is_plain(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let Some(after) = tag(&rest[at + 1..]) else { return false };
        rest = after;
    }
    true
}

/// What follows a tag of ours; `None` if this is none.
fn tag(text: &str) -> Option<&str> {
    let is_end = text.starts_with('/');
    let text = text.strip_prefix('/').unwrap_or(text);
    let (name, mut rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric())?);
    if !ELEMENTS.contains(&name) {
        return None;
    }
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, after) = attribute.split_at(attribute.find(|c: char| !c.is_ascii_alphanumeric() && c != '-')?);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(value) => value.split_once('"')?,
            None => ("", after),
        };
        let is_known =
            ATTRIBUTES.contains(&name) || name == "y2" || ["aria-", "data-"].iter().any(|kind| name.starts_with(kind));
        // Within the page, or a file of its folder.
        let leads_away = name == "href" && !value.starts_with('#') && value.contains([':', '/', '\\', '&']);
        if is_end || !is_known || leads_away || value.contains('<') {
            return None;
        }
        rest = after;
    }
    rest.strip_prefix('/').unwrap_or(rest).strip_prefix('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elements_and_attributes_of_ours_pass() {
        for html in [
            "",
            "text &lt;script&gt;",
            "<p class=\"x\">a</p>",
            "<input id=\"q\" type=\"search\" hidden><svg width=\"3\"><line x1=\"1\" y2=\"2\"/></svg>",
            "<a href=\"#problem=3\">x</a><a href=\"samples.csv\" data-i=\"1\" aria-label=\"y > x\">y</a>",
        ] {
            assert!(is_plain(html), "{html}");
        }
        for html in [
            "<script>1</script>",
            "<img src=\"x\">",
            "<p onclick=\"x\">",
            "<p style=\"x\">",
            "<a href=\"javascript:1\">",
            "<a href=\"//evil.example\">",
            "<a href=\"java&#115;cript:1\">",
            "<iframe>",
            "<meta http-equiv=\"refresh\">",
            "<!-- -->",
            "<p",
            "< p>",
            "<p class=x>",
            "<p class='x'>",
            "<P>",
            "<form action=\"/\">",
            "</p onclick=\"x\">",
            "<p class=\"a",
        ] {
            assert!(!is_plain(html), "{html}");
        }
    }
}
