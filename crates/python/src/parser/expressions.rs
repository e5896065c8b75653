//! Expressions, from the loosest operator to the tightest.

use super::{Kind, Parsed, Parser};
use crate::tree::{Expression, ExpressionKind, Span, Trailer, TrailerKind};

/// How tightly operators bind, from `or` to `*`.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
/// Operators that bind tighter than comparisons: all that may stand in the target of a `for`.
pub(super) const BITWISE: u8 = 5;
/// Operators that bind tighter than `|`: all that may stand in a pattern.
pub(super) const SUM: u8 = 9;
const TIGHTEST: u8 = 10;

/// How tightly a sign binds as an operator between two operands.
fn binding(sign: &str) -> Option<u8> {
    Some(match sign {
        "<" | ">" | "<=" | ">=" | "==" | "!=" => COMPARISON,
        "|" => BITWISE,
        "^" => 6,
        "&" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => SUM,
        "*" | "/" | "//" | "%" | "@" => TIGHTEST,
        _ => return None,
    })
}

pub(super) fn expression(span: Span, kind: ExpressionKind) -> Expression {
    Expression { span, kind }
}

impl Parser<'_> {
    /// Expressions between commas, as a tuple if there is a comma; `yield` too.
    pub(super) fn values(&mut self) -> Parsed<Expression> {
        if self.is_word("yield") {
            return self.yielded();
        }
        let start = self.token.span;
        let first = self.starred_or(Self::expression)?;
        if !self.is(",") {
            if matches!(first.kind, ExpressionKind::Starred(_)) {
                return self.wrong("a starred expression stands alone");
            }
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(",") && self.begins_expression() {
            items.push(self.starred_or(Self::expression)?);
        }
        Ok(expression(self.since(start), ExpressionKind::Tuple(items)))
    }

    fn yielded(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        if !self.around.is_function {
            return self.wrong("'yield' outside a function");
        }
        self.advance();
        let value = if self.eat_word("from") {
            Some(Box::new(self.expression()?))
        } else if self.begins_expression() {
            Some(Box::new(self.deeper(Self::values)?))
        } else {
            None
        };
        Ok(expression(self.since(start), ExpressionKind::Yield(value)))
    }

    /// Whether the current token may begin an expression, or a starred one.
    pub(super) fn begins_expression(&self) -> bool {
        match self.token.kind {
            Kind::Name => {
                !self.is_keyword()
                    || matches!(self.text(), "not" | "lambda" | "await" | "None" | "True" | "False" | "yield")
            }
            Kind::Number | Kind::Text | Kind::Bytes | Kind::Opening => true,
            Kind::Sign => matches!(self.text(), "(" | "[" | "{" | "-" | "+" | "~" | "*" | "..."),
            _ => false,
        }
    }

    /// A starred expression, or what else may stand here.
    pub(super) fn starred_or(&mut self, other: fn(&mut Self) -> Parsed<Expression>) -> Parsed<Expression> {
        let start = self.token.span;
        if !self.eat("*") {
            return other(self);
        }
        let value = self.deeper(|parser| parser.operators(BITWISE))?;
        Ok(expression(self.since(start), ExpressionKind::Starred(Box::new(value))))
    }

    /// An expression that may name its value: `name := value`.
    pub(super) fn named(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let target = self.expression()?;
        if !self.is(":=") {
            return Ok(target);
        }
        if !matches!(target.kind, ExpressionKind::Name) {
            return self.wrong("only a name can be assigned by ':='");
        }
        self.advance();
        let (target, value) = (Box::new(target), Box::new(self.expression()?));
        Ok(expression(self.since(start), ExpressionKind::Named { target, value }))
    }

    /// One expression: a lambda, or operators with or without a condition.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        if self.is_word("lambda") {
            self.advance();
            let parameters = self.lambda_parameters()?;
            self.expect(":")?;
            let around = std::mem::replace(&mut self.around, super::Around { is_function: true, ..Default::default() });
            let body = self.expression();
            self.around = around;
            let body = Box::new(body?);
            return Ok(expression(self.since(start), ExpressionKind::Lambda { parameters, body }));
        }
        let body = self.operators(OR)?;
        if !self.eat_word("if") {
            return Ok(body);
        }
        let test = Box::new(self.operators(OR)?);
        self.expect_word("else")?;
        let otherwise = Box::new(self.expression()?);
        let kind = ExpressionKind::Conditional { test, body: Box::new(body), otherwise };
        Ok(expression(self.since(start), kind))
    }

    /// Operands and the operators between them that bind at least as tightly as `least`.
    pub(super) fn operators(&mut self, least: u8) -> Parsed<Expression> {
        let start = self.token.span;
        let mut left = if self.is_word("not") && least <= NOT {
            self.advance();
            let operand = self.deeper(|parser| parser.operators(NOT))?;
            expression(self.since(start), ExpressionKind::Unary(Box::new(operand)))
        } else {
            self.unary()?
        };
        // How tightly the operators of `left` bind, if it is an operation without parentheses.
        let mut joined = None;
        while let Some(binding) = self.operator().filter(|binding| *binding >= least) {
            self.take_operator();
            let right = self.operators(binding + 1)?;
            let operands = match left {
                Expression { kind: ExpressionKind::Operation(mut operands), .. } if joined == Some(binding) => {
                    operands.push(right);
                    operands
                }
                left => vec![left, right],
            };
            joined = Some(binding);
            left = expression(self.since(start), ExpressionKind::Operation(operands));
        }
        Ok(left)
    }

    /// How tightly the current token binds, if it is an operator between two operands.
    fn operator(&mut self) -> Option<u8> {
        match self.token.kind {
            Kind::Sign => binding(self.text()),
            Kind::Name => match self.text() {
                "or" => Some(OR),
                "and" => Some(AND),
                "in" | "is" => Some(COMPARISON),
                "not" => {
                    let next = self.peek(1);
                    (next.kind == Kind::Name && next.span.of(self.source) == "in").then_some(COMPARISON)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn take_operator(&mut self) {
        let rest = match self.advance().span.of(self.source) {
            "is" => "not",
            "not" => "in",
            _ => return,
        };
        self.eat_word(rest);
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        if self.token.kind == Kind::Sign && matches!(self.text(), "-" | "+" | "~") {
            self.advance();
            let operand = self.deeper(Self::unary)?;
            return Ok(expression(self.since(start), ExpressionKind::Unary(Box::new(operand))));
        }
        let base = self.awaited()?;
        if !self.eat("**") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::unary)?;
        Ok(expression(self.since(start), ExpressionKind::Operation(vec![base, exponent])))
    }

    fn awaited(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        if !self.is_word("await") {
            return self.primary();
        }
        if !self.around.is_async {
            return self.wrong("'await' outside an async function");
        }
        self.advance();
        let value = self.primary()?;
        Ok(expression(self.since(start), ExpressionKind::Unary(Box::new(value))))
    }

    /// An atom and what follows it: attributes, calls, subscripts.
    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let base = self.atom()?;
        let mut trailers = Vec::new();
        while self.token.kind == Kind::Sign {
            let from = self.token.span;
            let kind = match self.text() {
                "." => {
                    self.advance();
                    TrailerKind::Attribute(self.expect_name()?)
                }
                "(" => {
                    self.advance();
                    TrailerKind::Call(self.arguments()?)
                }
                "[" => {
                    self.advance();
                    TrailerKind::Subscript(self.subscripts()?)
                }
                _ => break,
            };
            trailers.push(Trailer { span: self.since(from), kind });
        }
        if trailers.is_empty() {
            return Ok(base);
        }
        Ok(expression(self.since(start), ExpressionKind::Primary { base: Box::new(base), trailers }))
    }
}
