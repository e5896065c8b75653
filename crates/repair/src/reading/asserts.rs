//! Tests of functions: the asserts in an answer's code.
//!
//! Each assert that calls the function becomes a test of its own, with the statements before it that it needs: setup within
//! a test function, imports, helpers. A loop or another compound statement that asserts is one test. What needs names that
//! nobody defines, or never calls the function, is dropped and counted.

use crate::extract::python_in;
use mend_core::{Problem, Style, Test};
use mend_python::{ExpressionKind, Function, Statement, StatementKind, Statements, is_builtin, names, parse};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Methods of `unittest` with what they assert. `{0}` and `{1}` are their arguments.
const METHODS: [(&str, usize, &str); 16] = [
    ("assertEqual", 2, "({0}) == ({1})"),
    ("assertEquals", 2, "({0}) == ({1})"),
    ("assertListEqual", 2, "({0}) == ({1})"),
    ("assertTupleEqual", 2, "({0}) == ({1})"),
    ("assertDictEqual", 2, "({0}) == ({1})"),
    ("assertSetEqual", 2, "({0}) == ({1})"),
    ("assertNotEqual", 2, "({0}) != ({1})"),
    ("assertTrue", 1, "({0})"),
    ("assertFalse", 1, "not ({0})"),
    ("assertIsNone", 1, "({0}) is None"),
    ("assertIsNotNone", 1, "({0}) is not None"),
    ("assertIs", 2, "({0}) is ({1})"),
    ("assertIn", 2, "({0}) in ({1})"),
    ("assertNotIn", 2, "({0}) not in ({1})"),
    ("assertGreater", 2, "({0}) > ({1})"),
    ("assertLess", 2, "({0}) < ({1})"),
];

/// Deepest nesting of classes and functions in which asserts are looked for.
const DEEPEST: usize = 4;

/// The tests in an answer, each once, and how many asserts were dropped.
pub(super) fn tests(said: &str, entry_point: &str, problem: &Problem) -> (Vec<Test>, u32) {
    let mut given = BTreeSet::new();
    if let Some(context) = problem.context.as_deref() {
        given.extend(bound_by(context));
    }
    if let Style::Completion { .. } = problem.style {
        given.extend(bound_by(&problem.statement));
    }
    let mut finder = Finder { entry_point, given, tests: Vec::new(), seen: BTreeSet::new(), dropped: 0 };
    for source in python_in(said) {
        let source =
            from_doctests(&source).unwrap_or(source).replace(&format!("Solution().{entry_point}"), entry_point);
        let (source, statements) = if let Ok(module) = parse(&source) {
            (source, module.body)
        } else {
            let source = from_list(&source);
            let statements: Vec<Statement> = Statements::of(&source).flat_map(|lines| lines.statements).collect();
            // What the parser gives up on is not lost in silence.
            finder.dropped += unread(&source, &statements);
            (source, statements)
        };
        finder.block(&source, &statements, &[], 0);
    }
    let tests = finder.tests.into_iter().map(|source| Test::Script { source: source.into() }).collect();
    (tests, finder.dropped)
}

/// Names that a piece of code brings.
fn bound_by(code: &str) -> BTreeSet<String> {
    let module = parse(code).map(|module| module.body).unwrap_or_default();
    names(code, &module).bound.into_iter().map(str::to_owned).collect()
}

/// Asserts that stand in lists or quoted in a line, as lines of their own.
fn from_list(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines() {
        let item = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        let item = item.trim_start_matches(['-', '*', '+', '.', ')', ' ', '`']);
        if item.starts_with("assert ") && item.len() < line.trim_start().len() {
            text.push_str(item.trim_end_matches(['`', ' ']));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

/// Lines that begin an assert and are in no statement that was read.
fn unread(source: &str, statements: &[Statement]) -> u32 {
    let mut place = 0;
    let mut count = 0;
    for line in source.split_inclusive('\n') {
        let start = (place + line.len() - line.trim_start().len()) as u32;
        place += line.len();
        let is_assert = line.trim_start().starts_with("assert ") || line.trim_start().starts_with("assert(");
        let within = |statement: &Statement| statement.span.start <= start && start < statement.span.end;
        if is_assert && !statements.iter().any(within) {
            count += 1;
        }
    }
    count
}

/// An interactive session as asserts: `>>> f(1)` and the value below it. `None` where a text has no such session.
fn from_doctests(source: &str) -> Option<String> {
    if !source.lines().any(|line| line.trim_start().starts_with(">>> ")) {
        return None;
    }
    let mut asserts = String::new();
    let mut lines = source.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(call) = line.strip_prefix(">>> ") else { continue };
        let is_value = |line: &&str| !line.is_empty() && !line.starts_with(">>>") && !line.starts_with("...");
        match lines.next_if(is_value) {
            Some(value) => drop(writeln!(asserts, "assert ({call}) == ({value})")),
            None => drop(writeln!(asserts, "{call}")),
        }
    }
    Some(asserts)
}

struct Finder<'p> {
    entry_point: &'p str,
    /// Names that the problem brings.
    given: BTreeSet<String>,
    tests: Vec<String>,
    /// What is asserted so far, without blanks.
    seen: BTreeSet<String>,
    dropped: u32,
}

impl Finder<'_> {
    /// Finds the asserts of a block. `before` are pieces of source from around it that its statements may need.
    fn block(&mut self, source: &str, statements: &[Statement], before: &[String], depth: usize) {
        let helpers = helpers(source, statements, self.entry_point);
        let is_helper = |statement: &Statement| match &statement.kind {
            StatementKind::Function(function) => helpers.contains(function.name.of(source)),
            _ => false,
        };
        let is_context = |statement: &&Statement| is_helper(statement) || !is_test(source, &helpers, statement);
        for (index, statement) in statements.iter().enumerate() {
            if is_helper(statement) {
                let StatementKind::Function(function) = &statement.kind else { continue };
                let name = function.name.of(source);
                let is_used = statements[index + 1..]
                    .iter()
                    .any(|later| names(source, std::slice::from_ref(later)).needed.contains(name));
                self.dropped += u32::from(!is_used);
                continue;
            }
            let context = || -> Vec<String> {
                let earlier = statements[..index].iter().filter(|one| is_context(one));
                before.iter().cloned().chain(earlier.map(|statement| dedented(source, statement))).collect()
            };
            match &statement.kind {
                StatementKind::Assert { test, .. } => self.assert(test.span.of(source), &context()),
                StatementKind::Expression(expression) => {
                    if let Some((callee, arguments)) = expression.call(source)
                        && let Some(method) = callee.strip_prefix("self.").filter(|method| method.starts_with("assert"))
                    {
                        let known = METHODS.iter().find(|(name, ..)| *name == method);
                        let told = known.filter(|(_, count, _)| arguments.len() >= *count).map(|(_, _, form)| {
                            let argument =
                                |index: usize| arguments.get(index).map_or("", |one| one.value.span.of(source));
                            form.replace("{0}", argument(0)).replace("{1}", argument(1))
                        });
                        match told {
                            Some(told) => self.assert(&told, &context()),
                            None => self.dropped += 1,
                        }
                    } else if is_test(source, &helpers, statement) {
                        let told = dedented(source, statement);
                        self.add(&told, &told, &context());
                    }
                }
                StatementKind::Function(function) if function.name.of(source) == self.entry_point => {}
                StatementKind::Function(function) if is_test(source, &helpers, statement) => {
                    let mut context = context();
                    if let Some(candidate) = candidate(source, function, self.entry_point) {
                        context.push(format!("{candidate} = {}", self.entry_point));
                    }
                    if depth < DEEPEST {
                        self.block(source, &function.body, &context, depth + 1);
                    } else {
                        self.dropped += 1;
                    }
                }
                StatementKind::Class(class) if is_test(source, &helpers, statement) => {
                    let context = context();
                    if depth < DEEPEST {
                        self.block(source, &class.body, &context, depth + 1);
                    } else {
                        self.dropped += 1;
                    }
                }
                StatementKind::If { branches, .. } if is_main(source, branches) => {
                    let context = context();
                    for (_, body) in branches {
                        self.block(source, body, &context, depth + 1);
                    }
                }
                _ if is_test(source, &helpers, statement) => {
                    let told = dedented(source, statement);
                    self.add(&told, told.trim_end(), &context());
                }
                _ => {}
            }
        }
    }

    fn assert(&mut self, told: &str, context: &[String]) {
        // `assert (f(1) == 2, "why")` asserts nothing: a pair is always true.
        let is_pair = parse(told).is_ok_and(|module| {
            matches!(module.body.as_slice(), [Statement { kind: StatementKind::Expression(expression), .. }]
                if matches!(expression.inner().kind, ExpressionKind::Tuple(_)))
        });
        if is_pair {
            self.dropped += 1;
            return;
        }
        self.add(told, &format!("assert {told}"), context);
    }

    /// Adds a test with what it needs of its context, unless it cannot be one.
    fn add(&mut self, told: &str, statement: &str, context: &[String]) {
        let Some(source) = self.with_context(statement, context) else {
            self.dropped += 1;
            return;
        };
        // What is the same but for blanks is the same test, where no text in it could hold some.
        let told = if source.len() > statement.len() + 1 { source.as_str() } else { told };
        let key = if told.contains(['"', '\'']) { told.trim().to_owned() } else { told.split_whitespace().collect() };
        if self.seen.insert(key) {
            self.tests.push(source);
        } else {
            self.dropped += 1;
        }
    }

    /// A statement behind what it needs; `None` if something that it needs is nowhere, or if it never calls the function.
    fn with_context(&self, statement: &str, context: &[String]) -> Option<String> {
        let outer = |name: &str| name == self.entry_point || self.given.contains(name) || is_builtin(name);
        let module = parse(statement).ok()?;
        let own = names(statement, &module.body);
        let mut calls = own.needed.contains(self.entry_point);
        let mut wanted: BTreeSet<String> =
            own.needed.iter().filter(|name| !outer(name)).map(|name| (*name).to_owned()).collect();
        let mut taken: Vec<&str> = Vec::new();
        let mut bound = BTreeSet::new();
        for piece in context.iter().rev() {
            let Ok(module) = parse(piece) else { continue };
            let of = names(piece, &module.body);
            if of.bound.contains(self.entry_point) {
                continue;
            }
            let changes = !matches!(
                module.body.first().map(|statement| &statement.kind),
                Some(
                    StatementKind::Function(_)
                        | StatementKind::Class(_)
                        | StatementKind::Import(_)
                        | StatementKind::ImportFrom { .. }
                )
            );
            let is_wanted = of.bound.iter().any(|name| wanted.contains(*name))
                || (changes && of.needed.iter().any(|name| wanted.contains(*name)));
            if !is_wanted {
                continue;
            }
            calls |= of.needed.contains(self.entry_point);
            wanted.extend(of.needed.iter().filter(|name| !outer(name)).map(|name| (*name).to_owned()));
            bound.extend(of.bound.iter().map(|name| (*name).to_owned()));
            taken.push(piece);
        }
        if !calls || !wanted.is_subset(&bound) {
            return None;
        }
        let mut source = String::new();
        for piece in taken.iter().rev() {
            source.push_str(piece.trim_end());
            source.push('\n');
        }
        source.push_str(statement.trim_end());
        source.push('\n');
        Some(source)
    }
}

/// A statement without the indentation of its block.
fn dedented(source: &str, statement: &Statement) -> String {
    let start = statement.span.start as usize;
    let line = source[..start].rfind('\n').map_or(0, |end| end + 1);
    let indent = &source[line..start];
    let text = statement.span.of(source);
    if indent.is_empty() || !indent.trim().is_empty() {
        return text.to_owned();
    }
    text.replace(&format!("\n{indent}"), "\n")
}

fn is_main(source: &str, branches: &[(mend_python::Expression, Vec<Statement>)]) -> bool {
    branches.first().is_some_and(|(test, _)| test.span.of(source).contains("__name__"))
}

/// Whether a statement asserts, itself or somewhere within, or calls a helper that does.
fn is_test(source: &str, helpers: &BTreeSet<&str>, statement: &Statement) -> bool {
    let any = |body: &[Statement]| body.iter().any(|statement| is_test(source, helpers, statement));
    match &statement.kind {
        StatementKind::Assert { .. } => true,
        StatementKind::Function(function) => any(&function.body),
        StatementKind::Class(class) => any(&class.body),
        StatementKind::If { branches, otherwise } => branches.iter().any(|(_, body)| any(body)) || any(otherwise),
        StatementKind::While { body, otherwise, .. } | StatementKind::For { body, otherwise, .. } => {
            any(body) || any(otherwise)
        }
        StatementKind::With { body, .. } => any(body),
        StatementKind::Try { body, handlers, otherwise, finally } => {
            any(body) || any(otherwise) || any(finally) || handlers.iter().any(|handler| any(&handler.body))
        }
        StatementKind::Match { cases, .. } => cases.iter().any(|case| any(&case.body)),
        StatementKind::Expression(expression) => expression
            .call(source)
            .is_some_and(|(callee, _)| callee.starts_with("self.assert") || helpers.contains(callee)),
        _ => false,
    }
}

/// The functions of a block that assert about what they are given: they test what those test who call them.
fn helpers<'s>(source: &'s str, statements: &[Statement], entry_point: &str) -> BTreeSet<&'s str> {
    let none = BTreeSet::new();
    let helper = |statement: &Statement| {
        let StatementKind::Function(function) = &statement.kind else { return None };
        let is_given = function.parameters.iter().any(|one| !["self", "cls"].contains(&one.name.of(source)));
        let is_helper = is_given && candidate(source, function, entry_point).is_none();
        (is_helper && is_test(source, &none, statement)).then(|| function.name.of(source))
    };
    statements.iter().filter_map(helper).filter(|name| *name != entry_point).collect()
}

/// The name under which a function is handed the function to test, as `def check(candidate)` is.
fn candidate<'s>(source: &'s str, function: &Function, entry_point: &str) -> Option<&'s str> {
    let [parameter] = function.parameters.as_slice() else { return None };
    let name = parameter.name.of(source);
    (name != entry_point && ["candidate", "func", "function", "fn", "f", "solution"].contains(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::tests::problem;

    #[track_caller]
    fn check(said: &str, expected: &[&str], dropped: u32) {
        let problem = problem(Style::Function { entry_point: "inc".into() });
        let (tests, lost) = tests(said, "inc", &problem);
        let found: Vec<&str> = tests
            .iter()
            .map(|test| match test {
                Test::Script { source } => source.trim_end(),
                other => panic!("no script: {other:?}"),
            })
            .collect();
        assert_eq!((found.as_slice(), lost), (expected, dropped), "{said}");
    }

    #[test]
    fn each_assert_is_a_test() {
        let two = ["assert inc(1) == 2", "assert inc(-1) == 0"];
        check("```python\nassert inc(1) == 2\nassert inc(-1) == 0\n```", &two, 0);
        check("Here they are:\n\nassert inc(1) == 2\nassert inc(-1) == 0\n\nThat is all.", &two, 0);
        check("- `assert inc(1) == 2`\n- `assert inc(-1) == 0`", &two, 0);
        check("1. assert inc(1) == 2\n2. assert inc(-1) == 0", &two, 0);
        check("```python\nassert inc(1) == 2\n```\nand\n```\nassert inc(-1) == 0\n```", &two, 0);
        check(
            "```python\nassert inc(1) == 2, \"one\"\nassert (inc(-1) == 0), 'minus one'\n```",
            &["assert inc(1) == 2", "assert (inc(-1) == 0)"],
            0,
        );
        check("```python\nassert inc(\n    1,\n) == 2\n```", &["assert inc(\n    1,\n) == 2"], 0);
        check("```python\nassert Solution().inc(1) == 2\n```", &["assert inc(1) == 2"], 0);
        check(
            "```python\n>>> inc(1)\n2\n>>> inc(-1)\n0\n```",
            &["assert (inc(1)) == (2)", "assert (inc(-1)) == (0)"],
            0,
        );
    }

    #[test]
    fn what_an_assert_needs_comes_with_it() {
        check(
            "```python\nimport math\nfrom solution import inc\n\ndef inc(n):\n    return n + 1\n\nassert inc(math.floor(1.5)) == 2\n```",
            &["import math\nassert inc(math.floor(1.5)) == 2"],
            0,
        );
        check(
            "```python\ndef test_one():\n    x = [1]\n    x.append(2)\n    y = inc(x[1])\n    assert y == 3\n\ndef test_two():\n    assert inc(2) == 3\n```",
            &["x = [1]\nx.append(2)\ny = inc(x[1])\nassert y == 3", "assert inc(2) == 3"],
            0,
        );
        check(
            "```python\ndef check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n\ncheck(inc)\n```",
            &["candidate = inc\nassert candidate(1) == 2", "candidate = inc\nassert candidate(2) == 3"],
            0,
        );
        check(
            "```python\nimport unittest\n\nclass Tests(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(inc(1), 2)\n        self.assertTrue(inc(1) > 1)\n\nif __name__ == '__main__':\n    unittest.main()\n```",
            &["assert (inc(1)) == (2)", "assert (inc(1) > 1)"],
            0,
        );
        check(
            "```python\ndef same(n, m):\n    assert inc(n) == m\n\nsame(1, 2)\nsame(2, 3)\n```",
            &[
                "def same(n, m):\n    assert inc(n) == m\nsame(1, 2)",
                "def same(n, m):\n    assert inc(n) == m\nsame(2, 3)",
            ],
            0,
        );
        check(
            "```python\ncases = [(1, 2), (2, 3)]\nfor n, m in cases:\n    assert inc(n) == m\n```",
            &["cases = [(1, 2), (2, 3)]\nfor n, m in cases:\n    assert inc(n) == m"],
            0,
        );
        check(
            "```python\ndef test():\n    try:\n        inc(None)\n    except TypeError:\n        pass\n    else:\n        assert False\n```",
            &["try:\n    inc(None)\nexcept TypeError:\n    pass\nelse:\n    assert False"],
            0,
        );
    }

    #[test]
    fn what_is_no_test_is_counted_and_not_lost() {
        // Twice, also with other blanks.
        check("```python\nassert inc(1) == 2\nassert inc( 1 )==2\n```", &["assert inc(1) == 2"], 1);
        // Of nothing that is asked for, of a name that nobody defines, and a pair, which is always true.
        check("```python\nassert 1 == 1\nassert inc(x) == 2\nassert (inc(1) == 2, 'one')\n```", &[], 3);
        // No Python.
        check("```python\nassert inc(1) == \nassert inc(2) == 3\n```", &["assert inc(2) == 3"], 1);
        check("```python\nassert inc(1 == 2\n```", &[], 1);
        // By what the tests' side does not have.
        check(
            "```python\nimport pytest\n\n@pytest.mark.parametrize('n,m', [(1, 2)])\ndef test(n, m):\n    assert inc(n) == m\n```",
            &[],
            1,
        );
        check("```python\ndef test(self):\n    self.assertRaises(TypeError, inc, None)\n```", &[], 1);
        check("No tests come to mind.", &[], 0);
        check("```json\n{\"assert\": 1}\n```", &[], 0);
        check("", &[], 0);
    }

    #[test]
    fn the_statement_of_a_completion_brings_its_imports() {
        let mut problem = problem(Style::Completion { entry_point: "inc".into() });
        problem.statement = "import math\n\ndef inc(n):\n    \"\"\"One more.\"\"\"\n".into();
        let (tests, dropped) = tests("assert inc(math.pi) > 4", "inc", &problem);
        assert_eq!((tests.len(), dropped), (1, 0));
    }
}
