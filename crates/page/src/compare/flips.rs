//! Both programs of a problem on which the runs differ, and what differs between them.

use super::{Pair, ShownProgram};
use crate::changes::{Change, changes};
use crate::highlight::highlight;
use crate::shelf::segment;
use crate::text::{escaped, shown};
use maud::{Markup, PreEscaped, html};
use mend_metrics::{Program, RunFlip};

/// Lines that are the same and far from any change are left out, but for so many on either side.
const AROUND: usize = 3;

/// Both programs, and the changes from one to the other.
pub(super) fn body(pair: &Pair<'_>, flip: &RunFlip) -> Markup {
    let of = |program: &Option<Program>, side: usize| {
        let place =
            program.as_ref().and_then(|program| Some((flip.problem.clone(), program.replicate, program.slot.clone()?)));
        let known = if side == 0 { pair.programs.0 } else { pair.programs.1 };
        place.and_then(|place| known?.get(&place))
    };
    let (a, b) = (of(&flip.program_a, 0), of(&flip.program_b, 1));
    let text = |program: Option<&ShownProgram>| program.and_then(|program| program.text.as_deref()).map(shown);
    let (text_a, text_b) = (text(a), text(b));
    let has_one = |program: &Option<Program>| program.as_ref().is_some_and(|program| program.slot.is_some());
    let head = |name: &str, program: &Option<Program>, found: Option<&ShownProgram>| {
        let report = if name == "A" { pair.links.0 } else { pair.links.1 };
        html! {
            p.said-by { span class=(format!("ab {name}")) { (name) } " "
                @match program {
                    None => { "no such program" }
                    Some(program) => {
                        @match &program.slot { Some(slot) => { span.mono { (shown(slot)) } @if program.replicate > 0 { " of tree " (program.replicate) } } None => { "handed in nothing" } }
                        @if let Some(found) = found { " " b { (shown(&found.status)) } @if let Some(failure) = &found.failure { span.muted { ": " (shown(failure)) } } }
                        @if let Some(report) = report { " " a href=(format!("{report}{}", place_in_report(flip, program))) { "in the report" } }
                    }
                }
            }
        }
    };
    html! {
        div.both {
            div { (head("A", &flip.program_a, a)) @if has_one(&flip.program_a) { (whole(text_a.as_deref(), a.is_some(), &format!("Program of A for {}", shown(flip.problem.as_str())))) } }
            div { (head("B", &flip.program_b, b)) @if has_one(&flip.program_b) { (whole(text_b.as_deref(), b.is_some(), &format!("Program of B for {}", shown(flip.problem.as_str())))) } }
        }
        @if let (Some(a), Some(b)) = (&text_a, &text_b) {
            h4.h3 { "From A to B" }
            (between(a, b, &format!("Changes for {}", shown(flip.problem.as_str()))))
        }
    }
}

/// Where a report shows a program: what stands behind its address.
fn place_in_report(flip: &RunFlip, program: &Program) -> String {
    let tree = (program.replicate > 0).then(|| format!("&tree={}", program.replicate));
    let node = program.slot.as_ref().map(|slot| format!("&node={}", segment(slot)));
    let problem = format!("#problem={}", segment(&shown(flip.problem.as_str())));
    [Some(problem), tree, node].into_iter().flatten().collect()
}

fn whole(text: Option<&str>, read: bool, label: &str) -> Markup {
    let Some(text) = text else {
        return html! { p.note { @if read { "The journal does not hold its text." } @else { "Not in this page: " code { "mend show" } " shows it." } } };
    };
    let colours = highlight(text);
    html! {
        div.code tabindex="0" role="region" aria-label=(label) { table { tbody {
            @for (place, (line, runs)) in text.split('\n').zip(&colours).enumerate() {
                tr { td.ln { (place + 1) } td.cd { (PreEscaped(coloured(line, runs, &[]))) } }
            }
        } } }
    }
}

/// A line with its colours and with marks, all of it escaped. Both count in units of UTF-16.
fn coloured(line: &str, runs: &str, marks: &[(usize, usize)]) -> String {
    let mut classes: Vec<char> = vec![];
    let mut number = 0;
    let mut class = 'p';
    let mut flush = |class: char, number: usize| classes.extend(std::iter::repeat_n(class, number));
    for char in runs.chars() {
        if let Some(digit) = char.to_digit(10) {
            number = number * 10 + digit as usize;
        } else {
            flush(class, number);
            (class, number) = (char, 0);
        }
    }
    flush(class, number);
    let mut html = String::new();
    let mut open: Option<(char, bool)> = None;
    let mut at = 0;
    for char in line.chars() {
        let class = classes.get(at).copied().filter(char::is_ascii_lowercase).unwrap_or('p');
        let marked = marks.iter().any(|(from, length)| (*from..from + length).contains(&at));
        if open != Some((class, marked)) {
            html.push_str(close(open));
            html.push_str(if marked { "<mark>" } else { "" });
            if class != 'p' {
                html.extend(["<span class=\"", class.to_string().as_str(), "\">"]);
            }
            open = Some((class, marked));
        }
        html.push_str(&escaped(char.encode_utf8(&mut [0; 4])));
        at += char.len_utf16();
    }
    html.push_str(close(open));
    html
}

fn close(open: Option<(char, bool)>) -> &'static str {
    match open {
        None | Some(('p', false)) => "",
        Some(('p', true)) => "</mark>",
        Some((_, false)) => "</span>",
        Some((_, true)) => "</span></mark>",
    }
}

/// `from,length;...` as numbers.
fn numbers(marks: &str) -> Vec<(usize, usize)> {
    marks
        .split(';')
        .filter_map(|mark| mark.split_once(','))
        .filter_map(|(from, length)| Some((from.parse().ok()?, length.parse().ok()?)))
        .collect()
}

/// The changes from one text to another, with what is far from them left out.
fn between(old: &str, new: &str, label: &str) -> Markup {
    if old == new {
        return html! { p.note { "Both programs are the same to the byte: they were judged differently." } };
    }
    let Some(changes) = changes(old, new) else {
        return html! { p.note { "Too long to compare line by line." } };
    };
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let mut rows: Vec<Markup> = vec![];
    let (mut at_old, mut at_new) = (0, 0);
    let row = |class: &str, sign: &str, number: String, html: String| {
        html! { tr class=(class) { td.ln { (number) } td.sg { (sign) } td.cd { (PreEscaped(html)) } } }
    };
    for (place, change) in changes.iter().enumerate() {
        match change {
            Change::Same(count) => {
                let head = if place == 0 { 0 } else { AROUND };
                let tail = if place + 1 == changes.len() { 0 } else { AROUND };
                for line in 0..*count {
                    let hidden = count.saturating_sub(head + tail);
                    if line >= head && line + tail < *count && hidden > 1 {
                        if line == head {
                            rows.push(html! { tr.skipline { td colspan="3" { (hidden) " lines are the same" } } });
                        }
                        continue;
                    }
                    rows.push(row("", "", (at_new + line + 1).to_string(), escaped(new[at_new + line])));
                }
                (at_old, at_new) = (at_old + count, at_new + count);
            }
            Change::Removed(marks) => {
                rows.push(row("d", "\u{2212}", (at_old + 1).to_string(), marked(old[at_old], marks, "del")));
                at_old += 1;
            }
            Change::Added(marks) => {
                rows.push(row("a", "+", (at_new + 1).to_string(), marked(new[at_new], marks, "ins")));
                at_new += 1;
            }
        }
    }
    html! { div.code.diff tabindex="0" role="region" aria-label=(label) { table { tbody { @for row in &rows { (row) } } } } }
}

fn marked(line: &str, marks: &str, element: &str) -> String {
    coloured(line, "", &numbers(marks))
        .replace("<mark>", &format!("<{element}>"))
        .replace("</mark>", &format!("</{element}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_escaped_and_marked_where_they_differ() {
        assert_eq!(marked("a < b", "2,1", "del"), "a <del>&lt;</del> b");
        assert_eq!(marked("\u{1f600}x", "2,1", "ins"), "\u{1f600}<ins>x</ins>");
        assert_eq!(coloured("</td><script>", "", &[]), "&lt;/td&gt;&lt;script&gt;");
    }

    #[test]
    fn equal_lines_far_from_a_change_are_counted_and_not_shown() {
        let lines: Vec<String> = (0..40).map(|n| format!("x{n} = {n}")).collect();
        let old = lines.join("\n");
        let new = old.replace("x20 = 20", "x20 = 21");
        let html = between(&old, &new, "c").into_string();
        assert!(html.contains("17 lines are the same") && html.contains("16 lines are the same"), "{html}");
        assert!(html.contains("x20 = <del>20</del>") && html.contains("x20 = <ins>21</ins>"), "{html}");
    }
}
