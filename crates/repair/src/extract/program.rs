//! What a piece of code is to a problem: whether it parses, and how far it answers.

use mend_core::{Problem, Style};
use mend_python::{Expression, ExpressionKind, Module, Names, Statement, StatementKind, names, parse};
use std::collections::BTreeSet;

/// How far code answers a problem, from not at all to in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    /// It does not parse, defines another function, or does nothing.
    None,
    /// It defines the entry point as a placeholder, or acts without reading or writing.
    Weak,
    /// A program that writes and reads nothing.
    Writes,
    /// It defines the entry point, or it is a program that reads its input.
    Full,
}

/// What is asked for, and what is there before the answer runs.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) problem: &'a Problem,
    /// Names that the statement's own code defines.
    pub(super) given: BTreeSet<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn by(problem: &'a Problem) -> Self {
        let context = problem.context.as_deref().unwrap_or_default();
        let module = parse(context).unwrap_or(Module { body: Vec::new() });
        let mut given: BTreeSet<String> = names(context, &module.body).bound.into_iter().map(str::to_owned).collect();
        // The statement only begins it.
        given.remove(problem.style.entry_point().unwrap_or_default());
        Self { problem, given }
    }

    /// How far a program answers.
    pub(super) fn fitness(&self, source: &str, body: &[Statement]) -> Fitness {
        match self.problem.style.entry_point() {
            Some(entry) => definition(source, body, entry),
            None => acts(source, body),
        }
    }

    pub(super) fn is_continued(&self) -> bool {
        matches!(self.problem.style, Style::Completion { .. })
    }
}

/// How far statements define a function, or a method of `class Solution`.
fn definition(source: &str, body: &[Statement], entry: &str) -> Fitness {
    let mut found = Fitness::None;
    for statement in body {
        let fitness = match &statement.kind {
            StatementKind::Function(function) if function.name.of(source) == entry => {
                written_out(source, &function.body)
            }
            StatementKind::Class(class) if class.name.of(source) == entry => Fitness::Full,
            StatementKind::Class(class) if class.name.of(source) == "Solution" => {
                definition(source, &class.body, entry)
            }
            StatementKind::Assign { targets, .. } if targets.iter().any(|target| binds(source, target, entry)) => {
                Fitness::Full
            }
            StatementKind::Annotated { target, value: Some(_), .. } if binds(source, target, entry) => Fitness::Full,
            StatementKind::If { branches, otherwise } => {
                let branches = branches.iter().map(|(_, body)| body).chain([otherwise]);
                branches.map(|body| definition(source, body, entry)).max().unwrap_or(Fitness::None)
            }
            StatementKind::Try { body, handlers, otherwise, .. } => {
                let blocks = handlers.iter().map(|handler| &handler.body).chain([body, otherwise]);
                blocks.map(|body| definition(source, body, entry)).max().unwrap_or(Fitness::None)
            }
            _ => Fitness::None,
        };
        found = found.max(fitness);
    }
    found
}

/// Whether a function's body does something: not so one of a docstring, `...`, `pass` or `raise NotImplementedError`.
fn written_out(source: &str, body: &[Statement]) -> Fitness {
    let is_placeholder = body.iter().all(|statement| match &statement.kind {
        StatementKind::Pass => true,
        StatementKind::Expression(value) => matches!(value.kind, ExpressionKind::Constant(_)),
        StatementKind::Raise { exception: Some(exception), .. } => {
            exception.span.of(source).starts_with("NotImplementedError")
        }
        _ => false,
    });
    // Where it is the only one, it is the answer all the same.
    if is_placeholder { Fitness::Weak } else { Fitness::Full }
}

fn binds(source: &str, target: &Expression, name: &str) -> bool {
    match &target.kind {
        ExpressionKind::Name => target.span.of(source) == name,
        ExpressionKind::Parenthesized(inner) | ExpressionKind::Starred(inner) => binds(source, inner, name),
        ExpressionKind::Tuple(items) | ExpressionKind::List(items) => {
            items.iter().any(|item| binds(source, item, name))
        }
        _ => false,
    }
}

/// How far statements act as a program: something has to run, and it ought to read and write.
fn acts(source: &str, body: &[Statement]) -> Fitness {
    if !body.iter().any(is_act) {
        return Fitness::None;
    }
    let names = names(source, body);
    let needs = |some: &[&str]| some.iter().any(|name| names.needed.contains(name));
    let imports = |name: &str| names.bound.contains(name) || names.needed.contains(name);
    let reads = needs(&["input", "open"]) || imports("fileinput") || imports("stdin") || source.contains(".stdin");
    let reads = reads || (imports("os") && source.contains("read("));
    let writes = needs(&["print"]) || imports("stdout") || source.contains(".stdout") || source.contains("write(");
    match (reads, writes) {
        (true, _) => Fitness::Full,
        (false, true) => Fitness::Writes,
        (false, false) => Fitness::Weak,
    }
}

/// Whether a statement does something when the program runs, beyond defining names.
fn is_act(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Expression(value) | StatementKind::Assign { value, .. } => has_call(value),
        StatementKind::For { .. }
        | StatementKind::While { .. }
        | StatementKind::With { .. }
        | StatementKind::If { .. }
        | StatementKind::Try { .. }
        | StatementKind::Match { .. } => true,
        _ => false,
    }
}

fn has_call(value: &Expression) -> bool {
    match &value.inner().kind {
        ExpressionKind::Primary { .. } => true,
        ExpressionKind::Tuple(items) | ExpressionKind::List(items) | ExpressionKind::Operation(items) => {
            items.iter().any(has_call)
        }
        ExpressionKind::Comprehension { elements, clauses, .. } => {
            elements.iter().any(has_call) || clauses.iter().any(|clause| has_call(&clause.iterable))
        }
        ExpressionKind::Unary(value) | ExpressionKind::Starred(value) => has_call(value),
        ExpressionKind::Conditional { body, otherwise, .. } => has_call(body) || has_call(otherwise),
        _ => false,
    }
}

/// Whether a statement shows that a line is code: prose can parse, too, such as one word, `a or b`, or `Output: 6`.
pub(super) fn is_code(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Expression(value) => is_effective(value),
        StatementKind::Annotated { value, .. } => value.is_some(),
        StatementKind::Pass => false,
        _ => true,
    }
}

/// Whether a statement may stand in code and in prose alike: a string or `...`.
pub(super) fn is_neutral(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Expression(value) => {
            matches!(
                value.kind,
                ExpressionKind::Constant(mend_python::Constant::Text | mend_python::Constant::Ellipsis)
            )
        }
        StatementKind::Pass => true,
        _ => false,
    }
}

fn is_effective(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Primary { trailers, .. } => {
            trailers.iter().any(|trailer| matches!(trailer.kind, mend_python::TrailerKind::Call(_)))
        }
        ExpressionKind::Comprehension { .. } | ExpressionKind::Named { .. } | ExpressionKind::Yield(_) => true,
        ExpressionKind::Tuple(items) => items.iter().any(is_effective),
        _ => false,
    }
}

/// What a statement of a block brings and takes.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) names: Names<'a>,
    /// The name whose value it changes, as `table[0] = 1` and `table.append(1)` do.
    pub(super) changes: Option<&'a str>,
}

/// The statements of a block.
pub(super) fn pieces<'a>(source: &'a str, body: &'a [Statement]) -> Vec<Piece<'a>> {
    let changes = |statement: &'a Statement| match &statement.kind {
        StatementKind::Assign { targets, .. } => targets.first()?.root(source),
        StatementKind::Augmented { target, .. } => target.root(source),
        StatementKind::Expression(value) => {
            let root = value.root(source)?;
            // A call of a bare name shows something; a method changes its object.
            value.call(source).is_some_and(|(callee, _)| callee.contains('.')).then_some(root)
        }
        _ => None,
    };
    let piece = |statement: &'a Statement| Piece {
        text: statement.span.of(source),
        names: names(source, std::slice::from_ref(statement)),
        changes: changes(statement),
    };
    body.iter().map(piece).collect()
}
