//! The cases in a script of asserts.

use super::Case;
use mend_python::{
    Constant, Expression, ExpressionKind, ParameterKind, Statement, StatementKind, is_builtin, names, parse,
};
use std::collections::BTreeSet;

/// The cases in a script: in the script itself, or in its functions without parameters or `check(candidate)`.
pub(super) fn cases(source: &str, name: &str) -> Vec<Case> {
    let Ok(module) = parse(source) else { return Vec::new() };
    let mut cases = of_block(source, &module.body, name, name);
    for statement in &module.body {
        let StatementKind::Function(function) = &statement.kind else { continue };
        match function.parameters.as_slice() {
            [] => cases.extend(of_block(source, &function.body, name, name)),
            [only] if only.kind == ParameterKind::Plain && function.name.of(source) == "check" => {
                cases.extend(of_block(source, &function.body, only.name.of(source), name));
            }
            _ => {}
        }
    }
    cases
}

/// The cases among the statements of a block, in which the function is called `alias`.
fn of_block(source: &str, statements: &[Statement], alias: &str, name: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let StatementKind::Assert { test, .. } = &statement.kind else { continue };
        let Some(value) = compared(source, test) else { continue };
        let Some(setup) = setup(source, &statements[..index], statement, alias) else { continue };
        // A name of a test's own would hide the function.
        let hides = |statement: &&Statement| names(source, std::slice::from_ref(*statement)).bound.contains(name);
        if setup.iter().any(hides) {
            continue;
        }
        let called = |text: &str| renamed(text, alias, name);
        let span = test.span;
        let head = &source[span.start as usize..value.span.start as usize];
        let tail = &source[value.span.end as usize..span.end as usize];
        cases.push(Case::Assert {
            setup: setup.iter().map(|statement| called(statement.span.of(source))).collect(),
            head: called(head),
            value: value.span.of(source).to_owned(),
            tail: tail.to_owned(),
        });
    }
    cases
}

/// The literal that an assert compares with, and that is the last operand or the last within `abs`.
fn compared<'e>(source: &'e str, test: &'e Expression) -> Option<&'e Expression> {
    let (left, sign, right) = operation(source, test)?;
    if sign == "==" {
        return is_literal(source, right).then_some(right);
    }
    let ("<" | "<=", Some(("abs", [difference]))) = (sign, left.call(source)) else { return None };
    let (_, "-", value) = operation(source, &difference.value)? else { return None };
    is_literal(source, value).then_some(value)
}

/// An operation of two operands. Not within parentheses: its text is taken apart.
fn operation<'e, 's>(source: &'s str, expression: &'e Expression) -> Option<(&'e Expression, &'s str, &'e Expression)> {
    let ExpressionKind::Operation(operands) = &expression.kind else { return None };
    let [left, right] = operands.as_slice() else { return None };
    Some((left, source[left.span.end as usize..right.span.start as usize].trim(), right))
}

fn is_literal(source: &str, expression: &Expression) -> bool {
    let all = |items: &[Expression]| items.iter().all(|item| is_literal(source, item));
    match &expression.kind {
        ExpressionKind::Constant(constant) => *constant != Constant::Ellipsis,
        ExpressionKind::Parenthesized(inner) | ExpressionKind::Unary(inner) => is_literal(source, inner),
        ExpressionKind::Tuple(items) | ExpressionKind::List(items) | ExpressionKind::Set(items) => all(items),
        ExpressionKind::Dict(items) => items
            .iter()
            .all(|(key, value)| key.as_ref().is_some_and(|key| is_literal(source, key)) && is_literal(source, value)),
        ExpressionKind::Primary { .. } => matches!(expression.call(source), Some(("set", []))),
        _ => false,
    }
}

/// The statements that an assert needs; `None` if it never calls the function, or if a call of an earlier assert may
/// have changed what it goes by.
fn setup<'b>(source: &str, before: &'b [Statement], assert: &Statement, alias: &str) -> Option<Vec<&'b Statement>> {
    let outer = |name: &&str| *name != alias && !is_builtin(name);
    let own = names(source, std::slice::from_ref(assert));
    let mut calls = own.needed.contains(alias);
    let mut wanted: BTreeSet<&str> = own.needed.into_iter().filter(outer).collect();
    let mut taken = Vec::new();
    for statement in before.iter().rev() {
        let of = names(source, std::slice::from_ref(statement));
        let is_touched = of.needed.iter().any(|name| wanted.contains(name));
        let is_bound = of.bound.iter().any(|name| wanted.contains(name));
        match &statement.kind {
            StatementKind::Assert { .. } if is_touched && of.needed.contains(alias) => return None,
            StatementKind::Assert { .. } => continue,
            StatementKind::Function(_)
            | StatementKind::Class(_)
            | StatementKind::Import(_)
            | StatementKind::ImportFrom { .. }
            | StatementKind::Assign { .. } => {
                if !is_bound {
                    continue;
                }
                wanted.retain(|name| !of.bound.contains(name));
            }
            _ if !is_bound && !is_touched => continue,
            _ => {}
        }
        calls |= of.needed.contains(alias);
        wanted.extend(of.needed.into_iter().filter(outer));
        taken.push(statement);
    }
    taken.reverse();
    calls.then_some(taken)
}

/// A piece of code in which the function has its own name.
fn renamed(text: &str, alias: &str, name: &str) -> String {
    let tokens = super::super::python::tokens(text);
    let mut renamed = text.to_owned();
    for (index, token) in tokens.iter().enumerate().rev() {
        let is_attribute = index > 0 && tokens[index - 1].text == ".";
        if token.text == alias && !is_attribute {
            renamed.replace_range(token.span.clone(), name);
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of a script as one would write them.
    fn written(source: &str) -> Vec<String> {
        let told = |case: Case| match case {
            Case::Assert { setup, head, value, tail } => {
                format!(
                    "{}assert {head}<{value}>{tail}",
                    setup.iter().map(|line| format!("{line}; ")).collect::<Vec<_>>().concat()
                )
            }
            Case::Pair { .. } => unreachable!("a script holds asserts"),
        };
        cases(source, "f").into_iter().map(told).collect()
    }

    #[test]
    fn asserts_with_a_literal_are_cases() {
        for (source, expected) in [
            ("assert f(1, 'f') == [2, -3.0]\n", vec!["assert f(1, 'f') == <[2, -3.0]>"]),
            ("def check(candidate):\n    assert candidate(1) == 2, 'why'\n", vec!["assert f(1) == <2>"]),
            ("def check(g):\n    assert g(g.g) == set()\n", vec!["assert f(f.g) == <set()>"]),
            ("def test():\n    assert abs(f(1) - 2.5) < 1e-6\n", vec!["assert abs(f(1) - <2.5>) < 1e-6"]),
            ("x = [1]\ny = 2\nassert f(x) == 1\n", vec!["x = [1]; assert f(x) == <1>"]),
            (
                "x = f(1)\nassert x['a'] == 1\nassert x['b'] == 2\n",
                vec!["x = f(1); assert x['a'] == <1>", "x = f(1); assert x['b'] == <2>"],
            ),
            ("x = []\nx.append(1)\nassert f(x) == 1\n", vec!["x = []; x.append(1); assert f(x) == <1>"]),
            ("x = 1\nx += 1\nassert f(x) == 1\n", vec!["x = 1; x += 1; assert f(x) == <1>"]),
            // The second goes by what the first has left of `x`, the third not.
            (
                "x = []\nassert f(x) == 1\nassert f(x) == 2\nx = [3]\nassert f(x) == 3\n",
                vec!["x = []; assert f(x) == <1>", "x = [3]; assert f(x) == <3>"],
            ),
            ("x = []\nassert f(x) == 1\nassert x == [1]\n", vec!["x = []; assert f(x) == <1>"]),
            ("assert f(1) == g(2)\nassert f(1)\nassert f(1) != 2\nassert 2 == f(1)\nassert g(1) == 2\n", vec![]),
            ("def check(g):\n    f = g(1)\n    assert f == 2\n    assert g(2) == 3\n", vec!["assert f(2) == <3>"]),
            ("for x in [1]:\n    assert f(x) == 1\n", vec![]),
            ("assert f(1) == ", vec![]),
        ] {
            assert_eq!(written(source), expected, "{source}");
        }
    }
}
