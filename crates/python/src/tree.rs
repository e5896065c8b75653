//! The syntax tree. Long chains are flat: a sum of a thousand terms is one node, so no tree is deep.

use std::ops::Range;

/// A part of the source, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The part as a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text of the part, in the source that was parsed.
    pub fn of(self, source: &str) -> &str {
        &source[self.range()]
    }
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its statements, in order.
    pub body: Vec<Statement>,
}

/// A statement. Its span begins with its decorators, and ends with its last token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: StatementKind,
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named as in Python's own grammar")]
pub enum StatementKind {
    Function(Box<Function>),
    Class(Box<Class>),
    /// `a = b = value` has two targets.
    Assign {
        targets: Vec<Expression>,
        value: Expression,
    },
    /// `target += value` and its kin.
    Augmented {
        target: Expression,
        value: Expression,
    },
    Annotated {
        target: Expression,
        annotation: Expression,
        value: Option<Expression>,
    },
    /// `type name = value`
    TypeAlias {
        name: Span,
        parameters: Vec<Parameter>,
        value: Expression,
    },
    Expression(Expression),
    Return(Option<Expression>),
    Raise {
        exception: Option<Expression>,
        cause: Option<Expression>,
    },
    Delete(Vec<Expression>),
    Assert {
        test: Expression,
        message: Option<Expression>,
    },
    Pass,
    Break,
    Continue,
    Global(Vec<Span>),
    Nonlocal(Vec<Span>),
    Import(Vec<Alias>),
    ImportFrom {
        /// Without its leading dots; `None` if there are only dots.
        module: Option<Span>,
        /// Empty for `import *`.
        names: Vec<Alias>,
    },
    /// `if` and each `elif`, then `else`.
    If {
        branches: Vec<(Expression, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    While {
        test: Expression,
        body: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    For {
        target: Expression,
        iterable: Expression,
        body: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    With {
        items: Vec<(Expression, Option<Expression>)>,
        body: Vec<Statement>,
    },
    Try {
        body: Vec<Statement>,
        handlers: Vec<Handler>,
        otherwise: Vec<Statement>,
        finally: Vec<Statement>,
    },
    Match {
        subject: Expression,
        cases: Vec<Case>,
    },
}

/// A function's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: Span,
    /// Its decorators, without `@`.
    pub decorators: Vec<Expression>,
    /// Its type parameters and its parameters.
    pub parameters: Vec<Parameter>,
    /// What it is annotated to return.
    pub returns: Option<Expression>,
    /// Its statements: one at least.
    pub body: Vec<Statement>,
}

/// A class's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: Span,
    /// Its decorators, without `@`.
    pub decorators: Vec<Expression>,
    /// Its type parameters.
    pub parameters: Vec<Parameter>,
    /// Its bases and keywords.
    pub arguments: Vec<Argument>,
    /// Its statements: one at least.
    pub body: Vec<Statement>,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// One argument.
    Plain,
    /// `*name`
    Rest,
    /// `**name`
    Keywords,
    /// A type parameter, in brackets behind the name of a function, a class or a type.
    Type,
}

/// A parameter of a function, or a type parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Span,
    /// What it takes.
    pub kind: ParameterKind,
    /// Its annotation, or the bound of a type parameter.
    pub annotation: Option<Expression>,
    /// Its default.
    pub default: Option<Expression>,
}

/// A name that an import brings: `a.b as c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The dotted name.
    pub name: Span,
    /// The name behind `as`.
    pub alias: Option<Span>,
}

/// An `except` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// What it catches; `None` for everything.
    pub exception: Option<Expression>,
    /// The name behind `as`.
    pub name: Option<Span>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A `case` of a `match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it matches.
    pub pattern: Pattern,
    /// The condition behind `if`.
    pub guard: Option<Expression>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A pattern of a `case`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: PatternKind,
}

/// What a pattern is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named as in Python's own grammar")]
pub enum PatternKind {
    Wildcard,
    Capture(Span),
    /// A literal, or a dotted name.
    Value(Expression),
    Sequence(Vec<Pattern>),
    /// `*name`; `None` for `*_`.
    Star(Option<Span>),
    Mapping {
        keys: Vec<Expression>,
        patterns: Vec<Pattern>,
        rest: Option<Span>,
    },
    Class {
        class: Expression,
        patterns: Vec<Pattern>,
    },
    Or(Vec<Pattern>),
    As {
        pattern: Box<Pattern>,
        name: Span,
    },
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named as in Python's own grammar")]
pub enum ExpressionKind {
    Name,
    Constant(Constant),
    /// A string with the expressions in its braces, those of format specifications included.
    Interpolated(Vec<Expression>),
    Parenthesized(Box<Expression>),
    /// Operands of operators that bind equally, the operators between them in the source.
    Operation(Vec<Expression>),
    /// `not`, `-`, `+`, `~` or `await` before an operand.
    Unary(Box<Expression>),
    Conditional {
        test: Box<Expression>,
        body: Box<Expression>,
        otherwise: Box<Expression>,
    },
    Lambda {
        parameters: Vec<Parameter>,
        body: Box<Expression>,
    },
    /// `target := value`
    Named {
        target: Box<Expression>,
        value: Box<Expression>,
    },
    /// `yield` and `yield from`.
    Yield(Option<Box<Expression>>),
    /// `*value`
    Starred(Box<Expression>),
    Tuple(Vec<Expression>),
    List(Vec<Expression>),
    Set(Vec<Expression>),
    /// Pairs; a `**value` has no key.
    Dict(Vec<(Option<Expression>, Expression)>),
    Comprehension {
        kind: ComprehensionKind,
        /// The element; of a dict its key and value.
        elements: Vec<Expression>,
        clauses: Vec<Clause>,
    },
    /// What stands between the colons of a subscript.
    Slice(Vec<Expression>),
    /// A base and what follows it: attributes, calls, subscripts.
    Primary {
        base: Box<Expression>,
        trailers: Vec<Trailer>,
    },
}

/// A literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Constant {
    Number,
    /// One string or several that stand side by side.
    Text,
    Bytes,
    True,
    False,
    None,
    Ellipsis,
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ComprehensionKind {
    List,
    Set,
    Dict,
    Generator,
}

/// `for target in iterable if condition` of a comprehension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What it binds.
    pub target: Expression,
    /// What it goes over.
    pub iterable: Expression,
    /// Its conditions.
    pub conditions: Vec<Expression>,
}

/// What follows a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Where it stands, its dot or brackets included.
    pub span: Span,
    /// What it is.
    pub kind: TrailerKind,
}

/// What a trailer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailerKind {
    /// `.name`
    Attribute(Span),
    /// `(arguments)`
    Call(Vec<Argument>),
    /// `[indices]`
    Subscript(Vec<Expression>),
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name before `=`.
    pub name: Option<Span>,
    /// The value; behind `*` it is [`ExpressionKind::Starred`], behind `**` its own.
    pub value: Expression,
    /// Whether it stands behind `**`.
    pub is_keywords: bool,
}

impl Expression {
    /// The expression within all parentheses around it.
    pub fn inner(&self) -> &Self {
        let mut inner = self;
        while let ExpressionKind::Parenthesized(within) = &inner.kind {
            inner = within;
        }
        inner
    }

    /// The name, if it is one.
    pub fn name<'a>(&self, source: &'a str) -> Option<&'a str> {
        matches!(self.kind, ExpressionKind::Name).then(|| self.span.of(source))
    }

    /// The name that a chain of attributes, calls and subscripts begins with.
    pub fn root<'a>(&self, source: &'a str) -> Option<&'a str> {
        match &self.inner().kind {
            ExpressionKind::Primary { base, .. } => base.root(source),
            ExpressionKind::Name => Some(self.inner().span.of(source)),
            _ => None,
        }
    }

    /// The callee's text and the arguments, if it is a call as a whole.
    pub fn call<'a>(&'a self, source: &'a str) -> Option<(&'a str, &'a [Argument])> {
        let ExpressionKind::Primary { base, trailers } = &self.inner().kind else { return None };
        let (last, before) = trailers.split_last()?;
        let TrailerKind::Call(arguments) = &last.kind else { return None };
        let end = before.last().map_or(base.span.end, |trailer| trailer.span.end);
        Some((Span { start: base.span.start, end }.of(source), arguments))
    }
}
