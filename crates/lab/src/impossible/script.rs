//! Another expectation in place of one in a script of asserts.
//!
//! What an assert expects stands at the other side of what it compares. So of `assert f(2) == 4` the `4` changes first; of
//! `assert f(2)` what is expected is that it is true.

use super::edit::{By, Edit, Tier};
use super::number;
use mend_python::{
    Argument, Constant, Expression, ExpressionKind, Statement, StatementKind, Trailer, TrailerKind, parse,
};
use std::collections::{BTreeMap, BTreeSet};

/// The edits of a script. None of one that does not parse.
pub(super) fn edits(source: &str, entry_point: &str, by: By, amount: u8) -> Vec<Edit> {
    let Ok(module) = parse(source) else { return Vec::new() };
    let mut asserts = Vec::new();
    let mut known = Known { tested: BTreeSet::from([entry_point]), values: BTreeMap::new() };
    find(source, &module.body, &mut known, &mut asserts);
    let mut edits: Vec<Edit> = Vec::new();
    for assert in &asserts {
        let mut found = Finder { source, known: &assert.known, amount, edits: Vec::new() };
        found.test(assert.test);
        match by {
            // A value that several asserts expect is one place.
            By::Value => found.edits.into_iter().for_each(|edit| {
                if !edits.contains(&edit) {
                    edits.push(edit);
                }
            }),
            By::Duplicate => edits.extend(beside(source, assert, &found.edits)),
        }
    }
    edits
}

/// An assert, and what is known where it stands.
struct Assert<'a> {
    statement: &'a Statement,
    test: &'a Expression,
    known: Known<'a>,
}

/// What names mean at some place.
#[derive(Clone)]
struct Known<'a> {
    /// What an assert may be about: the function, what a test function is given, and what was made of these.
    tested: BTreeSet<&'a str>,
    /// Values without any name that were given one.
    values: BTreeMap<&'a str, &'a Expression>,
}

/// Finds the asserts of a block and of all blocks within.
fn find<'a>(source: &'a str, block: &'a [Statement], known: &mut Known<'a>, found: &mut Vec<Assert<'a>>) {
    for statement in block {
        match &statement.kind {
            StatementKind::Assert { test, .. } => {
                found.push(Assert { statement, test, known: known.clone() });
            }
            StatementKind::Assign { targets, value } => {
                let name = targets.first().filter(|_| targets.len() == 1).and_then(|target| target.name(source));
                let Some(name) = name else { continue };
                known.values.remove(name);
                if names(value, source, &|part| known.tested.contains(part)) {
                    known.tested.insert(name);
                } else if !names(value, source, &|_| true) {
                    known.values.insert(name, value);
                }
            }
            StatementKind::Function(function) => {
                let mut within = known.clone();
                // What a function is given may be what it tests.
                within.tested.extend(function.parameters.iter().map(|parameter| parameter.name.of(source)));
                find(source, &function.body, &mut within, found);
            }
            StatementKind::Class(class) => find(source, &class.body, known, found),
            StatementKind::If { branches, otherwise } => {
                for (_, body) in branches {
                    find(source, body, known, found);
                }
                find(source, otherwise, known, found);
            }
            StatementKind::While { body, otherwise, .. } | StatementKind::For { body, otherwise, .. } => {
                find(source, body, known, found);
                find(source, otherwise, known, found);
            }
            StatementKind::With { body, .. } => find(source, body, known, found),
            // An assert that is caught expects nothing, and what is behind it may not be reached.
            StatementKind::Try { otherwise, finally, .. } => {
                find(source, otherwise, known, found);
                find(source, finally, known, found);
            }
            StatementKind::Match { cases, .. } => {
                for case in cases {
                    find(source, &case.body, known, found);
                }
            }
            _ => {}
        }
    }
}

/// Asserts that stand behind another one and contradict it: with another value, or that the same is not so.
fn beside(source: &str, assert: &Assert<'_>, edits: &[Edit]) -> Vec<Edit> {
    let range = assert.statement.span.range();
    let line = source[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let indent = &source[line..range.start];
    let end = source[range.end..].find('\n').map_or(source.len(), |end| range.end + end);
    let rest = source[range.end..end].trim_start();
    let has_a_line_of_its_own = indent.trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
    let within = assert.test.span.range();
    let test = &source[within.clone()];
    let is_about_something = names(assert.test, source, &|_| true);
    let is_pair = matches!(assert.test.inner().kind, ExpressionKind::Tuple(_));
    if !has_a_line_of_its_own || !is_about_something || is_pair {
        return Vec::new();
    }
    let edit = |test: String, tier| Edit { span: end..end, now: format!("\n{indent}assert {test}"), tier };
    // An argument that is another one does not contradict what was said of the first.
    let is_within = |edit: &&Edit| edit.span.start >= within.start && edit.span.end <= within.end;
    let others = edits.iter().filter(|edit| edit.tier != Tier::Other).filter(is_within).map(|found| {
        let span = found.span.start - within.start..found.span.end - within.start;
        edit(format!("{}{}{}", &test[..span.start], found.now, &test[span.end..]), found.tier)
    });
    others.chain([edit(format!("not ({test})"), Tier::Truth)]).collect()
}

struct Finder<'a> {
    source: &'a str,
    known: &'a Known<'a>,
    amount: u8,
    edits: Vec<Edit>,
}

impl Finder<'_> {
    /// The edits of what is asserted.
    fn test(&mut self, test: &Expression) {
        let inner = test.inner();
        // A pair is always true, and what names nothing is about nothing.
        if matches!(inner.kind, ExpressionKind::Tuple(_)) || !names(inner, self.source, &|_| true) {
            return;
        }
        self.literals(inner, Tier::Other);
        if !self.is_about_tested(inner) {
            return;
        }
        match &inner.kind {
            ExpressionKind::Unary(operand) => {
                let range = inner.span.start as usize..operand.span.start as usize;
                if self.source[range.clone()].trim() == "not" {
                    self.edits.push(Edit { span: range, now: String::new(), tier: Tier::Truth });
                }
            }
            ExpressionKind::Primary { trailers, .. }
                if trailers.last().is_some_and(|last| matches!(last.kind, TrailerKind::Call(_))) =>
            {
                let start = inner.span.start as usize;
                self.edits.push(Edit { span: start..start, now: "not ".to_owned(), tier: Tier::Truth });
            }
            _ => {}
        }
    }

    fn is_about_tested(&self, expression: &Expression) -> bool {
        names(expression, self.source, &|name| self.known.tested.contains(name))
    }

    /// Whether a part is what another one is expected to be: it is not about what is tested, and the other one is. Where
    /// neither names what is tested, one of them has names.
    fn expected<'e>(&self, parts: &[&'e Expression]) -> Vec<&'e Expression> {
        if parts.iter().any(|part| self.is_about_tested(part)) {
            return parts.iter().copied().filter(|part| !self.is_about_tested(part)).collect();
        }
        let named = |part: &Expression| names(part, self.source, &|_| true);
        if parts.iter().any(|part| named(part)) {
            return parts.iter().copied().filter(|part| !named(part)).collect();
        }
        Vec::new()
    }

    /// The parts of something that is compared or handed over together.
    fn parts(&mut self, parts: &[&Expression], tier: Tier) {
        let expected = self.expected(parts);
        for part in parts {
            let is_expected = expected.iter().any(|one| std::ptr::eq(*one, *part));
            self.literals(part, if is_expected { Tier::Value } else { tier });
        }
    }

    /// The edits of each literal within.
    fn literals(&mut self, expression: &Expression, tier: Tier) {
        match &expression.kind {
            ExpressionKind::Constant(constant) => self.constant(expression, *constant, tier),
            ExpressionKind::List(parts) if parts.is_empty() => self.put(expression, "[0]", tier),
            ExpressionKind::Tuple(parts) if parts.is_empty() => self.put(expression, "(0,)", tier),
            ExpressionKind::Dict(pairs) if pairs.is_empty() => self.put(expression, "{0: 0}", tier),
            ExpressionKind::List(parts) | ExpressionKind::Tuple(parts) | ExpressionKind::Set(parts) => {
                for part in parts {
                    self.literals(part, tier);
                }
            }
            ExpressionKind::Dict(pairs) => pairs.iter().for_each(|(_, value)| self.literals(value, tier)),
            ExpressionKind::Parenthesized(inner) | ExpressionKind::Unary(inner) | ExpressionKind::Starred(inner) => {
                self.literals(inner, tier);
            }
            ExpressionKind::Operation(operands) => {
                let operands: Vec<&Expression> = operands.iter().collect();
                let between = operands
                    .windows(2)
                    .map(|pair| &self.source[pair[0].span.end as usize..pair[1].span.start as usize]);
                // A bound is not what is expected.
                let is_bound = between.clone().any(|operator| operator.contains(['<', '>']));
                let is_choice = between.clone().any(|operator| ["and", "or"].contains(&operator.trim()));
                if tier == Tier::Other && !is_bound && !is_choice {
                    self.parts(&operands, tier);
                } else {
                    for operand in operands {
                        self.literals(operand, tier);
                    }
                }
            }
            ExpressionKind::Primary { base, trailers } => {
                self.literals(base, tier);
                for trailer in trailers {
                    self.trailer(trailer, tier);
                }
            }
            // What was given a name is expected by that name.
            ExpressionKind::Name if tier == Tier::Value => {
                if let Some(value) = self.known.values.get(expression.span.of(self.source)) {
                    self.literals(value, tier);
                }
            }
            // What is computed in other ways stays: a literal there is no value that is expected.
            _ => {}
        }
    }

    fn trailer(&mut self, trailer: &Trailer, tier: Tier) {
        match &trailer.kind {
            TrailerKind::Attribute(_) => {}
            TrailerKind::Call(arguments) => {
                let values: Vec<&Expression> = arguments
                    .iter()
                    .filter(|argument| !argument.is_keywords)
                    .map(|argument: &Argument| &argument.value)
                    .collect();
                if tier == Tier::Other {
                    self.parts(&values, tier);
                } else {
                    for value in values {
                        self.literals(value, tier);
                    }
                }
            }
            TrailerKind::Subscript(indices) => indices.iter().for_each(|index| self.literals(index, Tier::Other)),
        }
    }

    fn constant(&mut self, expression: &Expression, constant: Constant, tier: Tier) {
        let text = expression.span.of(self.source);
        match constant {
            Constant::True => self.put(expression, "False", tier.max(Tier::Truth)),
            Constant::False => self.put(expression, "True", tier.max(Tier::Truth)),
            Constant::None => self.put(expression, &(40 + self.amount).to_string(), tier),
            Constant::Number => {
                let other = number::other(text, self.amount).unwrap_or_else(|| format!("({text} + {})", self.amount));
                self.put(expression, &other, tier);
            }
            Constant::Text | Constant::Bytes => {
                let closing =
                    if text.len() >= 6 && (text.ends_with("\"\"\"") || text.ends_with("'''")) { 3 } else { 1 };
                let (content, quotes) = text.split_at(text.len() - closing);
                self.put(expression, &format!("{content}x{quotes}"), tier);
            }
            Constant::Ellipsis => {}
        }
    }

    fn put(&mut self, expression: &Expression, now: &str, tier: Tier) {
        self.edits.push(Edit { span: expression.span.range(), now: now.to_owned(), tier });
    }
}

/// Whether an expression holds a name that is wanted.
fn names(expression: &Expression, source: &str, is_wanted: &dyn Fn(&str) -> bool) -> bool {
    match &expression.kind {
        ExpressionKind::Name => is_wanted(expression.span.of(source)),
        _ => parts(expression).into_iter().any(|part| names(part, source, is_wanted)),
    }
}

/// The expressions that one is made of.
fn parts(expression: &Expression) -> Vec<&Expression> {
    match &expression.kind {
        ExpressionKind::Name | ExpressionKind::Constant(_) => Vec::new(),
        ExpressionKind::Interpolated(parts)
        | ExpressionKind::Operation(parts)
        | ExpressionKind::Tuple(parts)
        | ExpressionKind::List(parts)
        | ExpressionKind::Set(parts)
        | ExpressionKind::Slice(parts) => parts.iter().collect(),
        ExpressionKind::Parenthesized(inner) | ExpressionKind::Unary(inner) | ExpressionKind::Starred(inner) => {
            vec![inner]
        }
        ExpressionKind::Lambda { body, .. } => vec![body],
        ExpressionKind::Yield(value) => value.iter().map(|value| &**value).collect(),
        ExpressionKind::Conditional { test, body, otherwise } => vec![test, body, otherwise],
        ExpressionKind::Named { target, value } => vec![target, value],
        ExpressionKind::Dict(pairs) => pairs.iter().flat_map(|(key, value)| key.iter().chain([value])).collect(),
        ExpressionKind::Comprehension { elements, clauses, .. } => {
            elements.iter().chain(clauses.iter().map(|clause| &clause.iterable)).collect()
        }
        ExpressionKind::Primary { base, trailers } => {
            let mut parts = vec![&**base];
            for trailer in trailers {
                match &trailer.kind {
                    TrailerKind::Attribute(_) => {}
                    TrailerKind::Call(arguments) => parts.extend(arguments.iter().map(|argument| &argument.value)),
                    TrailerKind::Subscript(indices) => parts.extend(indices),
                }
            }
            parts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::edit::applied;
    use super::*;

    /// The changed scripts, those of the best tier alone.
    #[track_caller]
    fn check(source: &str, by: By, expected: &[&str]) {
        let mut edits = edits(source, "f", by, 3);
        let best = edits.iter().map(|edit| edit.tier).min();
        edits.retain(|edit| Some(edit.tier) == best);
        let found: Vec<String> = edits.iter().map(|edit| applied(source, edit)).collect();
        assert_eq!(found, expected, "{source}");
        assert!(found.iter().all(|source| parse(source).is_ok()), "{found:?}");
    }

    #[test]
    fn what_is_expected_changes_before_anything_else() {
        for (source, expected) in [
            ("assert f(2) == 4", vec!["assert f(2) == 7"]),
            ("assert 4 == f(2)", vec!["assert 7 == f(2)"]),
            ("assert (f([1, 2]) == [3])", vec!["assert (f([1, 2]) == [6])"]),
            ("assert f(0) == -1, 'why 9'", vec!["assert f(0) == -4, 'why 9'"]),
            ("assert f('a') == 'b'", vec!["assert f('a') == 'bx'"]),
            ("assert f(1) == '''a'''", vec!["assert f(1) == '''ax'''"]),
            ("assert f(1) == ''", vec!["assert f(1) == 'x'"]),
            ("assert f(1) == []", vec!["assert f(1) == [0]"]),
            ("assert f(1) is None", vec!["assert f(1) is 43"]),
            (
                "assert f(1) == {'a': 1, 'b': ()}",
                vec!["assert f(1) == {'a': 4, 'b': ()}", "assert f(1) == {'a': 1, 'b': (0,)}"],
            ),
            ("assert abs(f(2) - 1.5) < 1e-6", vec!["assert abs(f(2) - 4.5) < 1e-6"]),
            ("assert math.isclose(f(2), 2.0)", vec!["assert math.isclose(f(2), 5.0)"]),
            ("assert sorted(f(2)) == sorted([2])", vec!["assert sorted(f(2)) == sorted([5])"]),
            ("r = f(2)\nassert r == 4", vec!["r = f(2)\nassert r == 7"]),
            (
                "w = {'a': 4}\nr = f(2)\nassert r == w\nassert w == r\n",
                vec!["w = {'a': 7}\nr = f(2)\nassert r == w\nassert w == r\n"],
            ),
            ("assert f(2) == 0x10", vec!["assert f(2) == (0x10 + 3)"]),
            (
                "def check(candidate):\n    assert candidate(1) == 2\ncheck(f)\n",
                vec!["def check(candidate):\n    assert candidate(1) == 5\ncheck(f)\n"],
            ),
            (
                "for i in range(3):\n    if i:\n        assert f(i) == 1\n",
                vec!["for i in range(3):\n    if i:\n        assert f(i) == 4\n"],
            ),
        ] {
            check(source, By::Value, &expected);
        }
    }

    #[test]
    fn whether_it_is_true_comes_next_and_arguments_last() {
        for (source, expected) in [
            ("assert f(2) == True", vec!["assert f(2) == False"]),
            ("assert f(2)", vec!["assert not f(2)"]),
            ("assert not f(2)", vec!["assert f(2)"]),
            ("assert f(x) == g(x, 2)", vec!["assert f(x) == g(x, 5)"]),
            ("assert f(2) < 3", vec!["assert f(5) < 3", "assert f(2) < 6"]),
            ("assert f(x) == x", vec![]),
            ("assert True, 'prints'", vec![]),
            ("assert (f(1) == 2, 'always true')", vec![]),
            ("try:\n    assert f(1) == 2\nexcept ValueError:\n    pass\n", vec![]),
            ("assert f(1) ==", vec![]),
        ] {
            check(source, By::Value, &expected);
        }
    }

    #[test]
    fn a_duplicate_stands_behind_what_it_contradicts() {
        for (source, expected) in [
            ("assert f(2) == 4\nx = 1\n", vec!["assert f(2) == 4\nassert f(2) == 7\nx = 1\n"]),
            (
                "def check(c):\n    assert c(2) == 4  # so\ncheck(f)",
                vec!["def check(c):\n    assert c(2) == 4  # so\n    assert c(2) == 7\ncheck(f)"],
            ),
            ("assert f(x) == x", vec!["assert f(x) == x\nassert not (f(x) == x)"]),
            ("w = 4\nassert f(2) == w", vec!["w = 4\nassert f(2) == w\nassert not (f(2) == w)"]),
            ("assert f(2)", vec!["assert f(2)\nassert not f(2)", "assert f(2)\nassert not (f(2))"]),
            ("assert f(2) < 3\n", vec!["assert f(2) < 3\nassert not (f(2) < 3)\n"]),
            ("assert f([1,\n  2]) == 4, 'why'\n", vec!["assert f([1,\n  2]) == 4, 'why'\nassert f([1,\n  2]) == 7\n"]),
            ("if x: assert f(2) == 4", vec![]),
            ("assert f(1) == 1; assert f(2) == 4", vec![]),
            ("assert True", vec![]),
        ] {
            check(source, By::Duplicate, &expected);
        }
    }
}
