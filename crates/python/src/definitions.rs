//! The definitions of a program: which there are, putting others in their place, and where a program may be cut.

use crate::lexer::{Kind, Lexer};
use crate::parse;
use crate::tree::{Span, Statement, StatementKind};

/// A function, a class, or a method of a class at the top of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name; that of a method stands behind its class, as in `Solution.solve`.
    pub name: String,
    /// Its first line, that of its first decorator, counted from 1.
    pub first: u32,
    /// Its last line.
    pub last: u32,
    span: Span,
}

/// The functions and classes at the top of a program, and the methods of those classes, in order. Empty if the program
/// does not parse.
pub fn definitions(source: &str) -> Vec<Definition> {
    let Ok(module) = parse(source) else { return Vec::new() };
    let lines = Starts::of(source);
    let mut found = Vec::new();
    collect(source, &lines, &module.body, "", &mut found);
    found
}

fn collect(source: &str, lines: &Starts, body: &[Statement], above: &str, found: &mut Vec<Definition>) {
    for statement in body {
        let (name, inner) = match &statement.kind {
            StatementKind::Function(function) => (function.name, None),
            StatementKind::Class(class) => (class.name, Some(&class.body)),
            _ => continue,
        };
        let (first, last) = lines.of_span(statement.span);
        let name = format!("{above}{}", name.of(source));
        found.push(Definition { name: name.clone(), first, last, span: statement.span });
        if let Some(inner) = inner.filter(|_| above.is_empty()) {
            collect(source, lines, inner, &format!("{name}."), found);
        }
    }
}

/// A program in which the definitions of some names are those of another text; all else stays as it is. A method's
/// definition may stand at the top of the other text, by its own name. Where a name is defined several times, its last
/// definition counts.
///
/// `None` if one of the names has no definition in one of the two, if one of them does not parse, or if what comes of it
/// does not.
pub fn replaced(program: &str, other: &str, names: &[&str]) -> Option<String> {
    let (ours, theirs) = (definitions(program), definitions(other));
    let named = |all: &[Definition], name: &str| all.iter().rfind(|definition| definition.name == name).cloned();
    let mut changes: Vec<(Span, String)> = Vec::new();
    for name in names {
        let target = named(&ours, name)?;
        let own = name.rsplit('.').next().unwrap_or(name);
        let source = named(&theirs, name).or_else(|| named(&theirs, own))?;
        let column = column(program, target.span);
        changes.push((target.span, moved(other, source.span, column)));
    }
    // What stands within a definition that is replaced is replaced with it.
    changes.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut text = String::new();
    let mut at = 0;
    for (span, definition) in changes {
        let range = span.range();
        if range.start < at {
            continue;
        }
        text += &program[at..range.start];
        text += &definition;
        at = range.end;
    }
    text += &program[at..];
    parse(&text).is_ok().then_some(text)
}

/// The blanks before a part, in its line.
fn column(source: &str, span: Span) -> &str {
    let before = &source[..span.start as usize];
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    &line[..line.len() - line.trim_start().len()]
}

/// A part of a text as it reads behind other blanks. Lines within a string stay as they are.
fn moved(source: &str, span: Span, to: &str) -> String {
    let from = column(source, span);
    let text = span.of(source);
    if from == to {
        return text.to_owned();
    }
    let within_strings = lines_within_strings(text);
    let mut moved = String::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number == 0 || within_strings.contains(&number) || line.trim().is_empty() {
            moved += line;
        } else {
            moved += to;
            moved += line.strip_prefix(from).unwrap_or_else(|| line.trim_start());
        }
    }
    moved
}

/// The numbers, from 0, of lines that begin within a string.
fn lines_within_strings(text: &str) -> std::collections::BTreeSet<usize> {
    let mut lexer = Lexer::new(text);
    let mut found = std::collections::BTreeSet::new();
    let line_of = |at: usize| text[..at].matches('\n').count();
    // Where a string with replacement fields began.
    let mut open: Vec<usize> = Vec::new();
    loop {
        let token = lexer.next();
        let range = token.span.range();
        let (start, end) = match token.kind {
            Kind::End | Kind::Bad(_) => return found,
            Kind::Text | Kind::Bytes => (range.start, range.end),
            Kind::Opening => {
                open.push(range.start);
                continue;
            }
            Kind::Closing => (open.pop().unwrap_or(range.start), range.end),
            _ => continue,
        };
        found.extend(line_of(start) + 1..=line_of(end));
    }
}

/// The lines, counted from 1, behind which a program may be cut: a statement of its top, or of a body at its top, ends
/// there and no other such statement goes on. In order; empty if the program does not parse.
pub fn statement_ends(source: &str) -> Vec<u32> {
    let Ok(module) = parse(source) else { return Vec::new() };
    let lines = Starts::of(source);
    let mut ends = std::collections::BTreeSet::new();
    // Stretches of lines that no cut may divide.
    let mut whole = Vec::new();
    for statement in &module.body {
        let bodies = bodies(&statement.kind);
        let (first, last) = lines.of_span(statement.span);
        ends.insert(last);
        if bodies.is_empty() {
            whole.push((first, last));
        }
        for inner in bodies.into_iter().flatten() {
            let (first, last) = lines.of_span(inner.span);
            ends.insert(last);
            whole.push((first, last));
        }
    }
    ends.retain(|end| !whole.iter().any(|(first, last)| first <= end && end < last));
    ends.into_iter().collect()
}

/// The bodies of a compound statement; empty for a simple one.
fn bodies(kind: &StatementKind) -> Vec<&[Statement]> {
    let all: Vec<&[Statement]> = match kind {
        StatementKind::Function(function) => vec![&function.body],
        StatementKind::Class(class) => vec![&class.body],
        StatementKind::If { branches, otherwise } => {
            branches.iter().map(|(_, body)| &body[..]).chain([&otherwise[..]]).collect()
        }
        StatementKind::While { body, otherwise, .. } | StatementKind::For { body, otherwise, .. } => {
            vec![body, otherwise]
        }
        StatementKind::With { body, .. } => vec![body],
        StatementKind::Try { body, handlers, otherwise, finally } => {
            let handlers = handlers.iter().map(|handler| &handler.body[..]);
            [&body[..]].into_iter().chain(handlers).chain([&otherwise[..], &finally[..]]).collect()
        }
        StatementKind::Match { cases, .. } => cases.iter().map(|case| &case.body[..]).collect(),
        _ => Vec::new(),
    };
    all.into_iter().filter(|body| !body.is_empty()).collect()
}

/// Where each line begins.
struct Starts(Vec<usize>);

impl Starts {
    fn of(source: &str) -> Self {
        Self(std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The first and the last line of a part, counted from 1.
    fn of_span(&self, span: Span) -> (u32, u32) {
        let line = |at: usize| self.0.partition_point(|start| *start <= at) as u32;
        let range = span.range();
        (line(range.start), line(range.end.saturating_sub(1).max(range.start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "import math

@cache
def area(r):
    return math.pi * r

class Solution:
    x = 1

    def solve(self, n):
        return n

    @property
    def y(self): return 2

print(area(1))
";

    fn listed(source: &str) -> Vec<(String, u32, u32)> {
        definitions(source).into_iter().map(|one| (one.name, one.first, one.last)).collect()
    }

    #[test]
    fn definitions_have_names_and_lines() {
        let expected = [("area", 3, 5), ("Solution", 7, 14), ("Solution.solve", 10, 11), ("Solution.y", 13, 14)];
        assert_eq!(listed(PROGRAM), expected.map(|(name, first, last)| (name.to_owned(), first, last)));
        assert_eq!(listed("def f(:\n"), []);
        let nested =
            "class A:\n    class B:\n        def f(self): pass\n    async def g(self):\n        def h(): pass\n";
        let names: Vec<String> = listed(nested).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["A", "A.B", "A.g"]);
    }

    #[test]
    fn only_what_is_named_changes() {
        let other = "import os\n\n@lru_cache\ndef area(r):\n    return math.pi * r ** 2\n\ndef more():\n    pass\n";
        let expected = PROGRAM.replace("@cache\n", "@lru_cache\n").replace("math.pi * r", "math.pi * r ** 2");
        assert_eq!(replaced(PROGRAM, other, &["area"]).as_deref(), Some(&*expected));
        // A method, from its class and from the top.
        let expected = PROGRAM.replace("return n\n", "if n:\n            return 1\n        return 0\n");
        let of_class =
            "class Solution:\n    def solve(self, n):\n        if n:\n            return 1\n        return 0\n";
        let of_top = "def solve(self, n):\n    if n:\n        return 1\n    return 0\n";
        assert_eq!(replaced(PROGRAM, of_class, &["Solution.solve"]).as_deref(), Some(&*expected));
        assert_eq!(replaced(PROGRAM, of_top, &["Solution.solve"]).as_deref(), Some(&*expected));
        // A whole class goes before its methods.
        let both = replaced(PROGRAM, of_class, &["Solution.solve", "Solution"]).unwrap();
        assert!(!both.contains("x = 1") && both.contains("if n:") && both.ends_with("print(area(1))\n"), "{both}");
    }

    #[test]
    fn what_is_missing_or_broken_is_not_replaced() {
        for (program, other, names) in [
            (PROGRAM, "def other(): pass\n", &["area"][..]),
            (PROGRAM, "def area(r):\n", &["area"]),
            ("def area(r) return\n", "def area(r): pass\n", &["area"]),
            (PROGRAM, "def nobody(): pass\n", &["nobody"]),
        ] {
            assert_eq!(replaced(program, other, names), None, "{other}");
        }
        assert_eq!(replaced(PROGRAM, "", &[]).as_deref(), Some(PROGRAM));
    }

    #[test]
    fn the_last_of_several_definitions_counts() {
        let found =
            replaced("def f(): return 1\ndef f(): return 2\n", "def f(): return 3\ndef f(): return 4\n", &["f"]);
        assert_eq!(found.as_deref(), Some("def f(): return 1\ndef f(): return 4\n"));
    }

    #[test]
    fn a_string_keeps_its_lines_where_a_definition_moves() {
        let other = "def solve(self, n):\n    text = \"\"\"a\n  b\n\"\"\"\n    # why\n    more = f'''{n}\n c'''\n    return text\n";
        let found = replaced(PROGRAM, other, &["Solution.solve"]).unwrap();
        let lines =
            "        text = \"\"\"a\n  b\n\"\"\"\n        # why\n        more = f'''{n}\n c'''\n        return text\n";
        assert!(found.contains(lines), "{found}");
    }

    #[test]
    fn cuts_stand_behind_statements_that_are_not_deep() {
        for (source, expected) in [
            ("a = 1\nb = (\n  2,\n)\n", &[1, 4][..]),
            ("def f(x):\n    y = 1\n    for i in x:\n        y += i\n        y += 1\n    return y\n", &[2, 5, 6]),
            ("if a:\n    b\nelse:\n    c\nd\n", &[2, 4, 5]),
            ("a = 1; b = (2,\n3)\nc\n", &[2, 3]),
            ("try:\n    a\nexcept E:\n    b\nfinally:\n    c\n", &[2, 4, 6]),
            ("def f(): return 1\n", &[1]),
            ("a = '''x\ny\n'''\n", &[3]),
            ("a = (\n", &[]),
            ("", &[]),
        ] {
            assert_eq!(statement_ends(source), expected, "{source}");
        }
    }
}
