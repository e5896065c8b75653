//! `match`: a statement only where its line ends in a colon and a block of cases follows. `match` may be any name.

use super::expressions::{SUM, expression};
use super::{Kind, Parsed, Parser};
use crate::tree::{Case, Constant, Expression, ExpressionKind, Pattern, PatternKind, Span, StatementKind};

impl Parser<'_> {
    /// Reads a `match`, or nothing if the word is a name here.
    pub(super) fn match_statement(&mut self) -> Parsed<Option<StatementKind>> {
        // What can only follow a name.
        let next = self.peek(1);
        let is_name = match next.kind {
            Kind::Newline | Kind::End | Kind::Bad(_) => true,
            Kind::Sign => !matches!(next.span.of(self.source), "(" | "[" | "{" | "-" | "+" | "~" | "*" | "..."),
            Kind::Name => {
                matches!(next.span.of(self.source), "in" | "is" | "and" | "or" | "if" | "else" | "for" | "as")
            }
            _ => false,
        };
        if is_name {
            return Ok(None);
        }
        let before = (self.lexer.clone(), self.token, self.ahead.clone(), self.last);
        if let Ok(Some(subject)) = self.match_header() {
            let mut cases = Vec::new();
            while self.is_word("case") {
                cases.push(self.case()?);
            }
            self.expect_kind(Kind::Dedent)?;
            self.last = cases.last().and_then(|case| case.body.last()).map_or(self.last, |last| last.span.end);
            return Ok(Some(StatementKind::Match { subject, cases }));
        }
        (self.lexer, self.token, self.ahead, self.last) = before;
        Ok(None)
    }

    /// `match subject:`, and the beginning of the block if a case stands there.
    fn match_header(&mut self) -> Parsed<Option<Expression>> {
        self.advance();
        let start = self.token.span;
        let first = self.starred_or(Self::named)?;
        let subject = if self.is(",") {
            let mut items = vec![first];
            while self.eat(",") && self.begins_expression() {
                items.push(self.starred_or(Self::named)?);
            }
            expression(self.since(start), ExpressionKind::Tuple(items))
        } else {
            first
        };
        self.expect(":")?;
        self.expect_kind(Kind::Newline)?;
        self.expect_kind(Kind::Indent)?;
        Ok(self.is_word("case").then_some(subject))
    }

    fn case(&mut self) -> Parsed<Case> {
        self.advance();
        let start = self.token.span;
        let first = self.star_or_pattern()?;
        let pattern = if self.is(",") {
            let mut patterns = vec![first];
            while self.eat(",") && !self.is(":") && !self.is_word("if") {
                patterns.push(self.star_or_pattern()?);
            }
            Pattern { span: self.since(start), kind: PatternKind::Sequence(patterns) }
        } else if matches!(first.kind, PatternKind::Star(_)) {
            return self.wrong("a starred pattern stands alone");
        } else {
            first
        };
        let guard = if self.eat_word("if") { Some(self.named()?) } else { None };
        let body = self.block()?;
        Ok(Case { pattern, guard, body })
    }

    fn star_or_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.token.span;
        if !self.eat("*") {
            return self.deeper(Self::pattern);
        }
        let name = self.expect_name()?;
        let name = (name.of(self.source) != "_").then_some(name);
        Ok(Pattern { span: self.since(start), kind: PatternKind::Star(name) })
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        let start = self.token.span;
        let mut pattern = self.closed_pattern()?;
        if self.is("|") {
            let mut choices = vec![pattern];
            while self.eat("|") {
                choices.push(self.closed_pattern()?);
            }
            pattern = Pattern { span: self.since(start), kind: PatternKind::Or(choices) };
        }
        if self.eat_word("as") {
            let name = self.expect_name()?;
            let kind = PatternKind::As { pattern: Box::new(pattern), name };
            pattern = Pattern { span: self.since(start), kind };
        }
        Ok(pattern)
    }

    fn closed_pattern(&mut self) -> Parsed<Pattern> {
        let start = self.token.span;
        let kind = match self.token.kind {
            Kind::Number | Kind::Text | Kind::Bytes | Kind::Opening => PatternKind::Value(self.literal_pattern()?),
            Kind::Sign => match self.text() {
                "-" => PatternKind::Value(self.literal_pattern()?),
                "(" => {
                    let (patterns, has_comma) = self.patterns(")")?;
                    match <[Pattern; 1]>::try_from(patterns) {
                        Ok([single]) if !has_comma => return Ok(single),
                        Ok(single) => PatternKind::Sequence(single.into()),
                        Err(patterns) => PatternKind::Sequence(patterns),
                    }
                }
                "[" => PatternKind::Sequence(self.patterns("]")?.0),
                "{" => self.mapping()?,
                _ => return Err(self.unexpected()),
            },
            Kind::Name if matches!(self.text(), "None" | "True" | "False") => PatternKind::Value(self.atom()?),
            Kind::Name => self.name_pattern()?,
            _ => return Err(self.unexpected()),
        };
        Ok(Pattern { span: self.since(start), kind })
    }

    /// A number, perhaps with a sign and an imaginary part, or a string.
    fn literal_pattern(&mut self) -> Parsed<Expression> {
        let literal = self.deeper(|parser| parser.operators(SUM))?;
        let mut parts = vec![&literal];
        while let Some(part) = parts.pop() {
            match &part.kind {
                ExpressionKind::Constant(Constant::Number | Constant::Text | Constant::Bytes) => {}
                ExpressionKind::Unary(operand) => parts.push(operand),
                ExpressionKind::Operation(operands) if operands.len() == 2 => parts.extend(operands),
                _ => return self.wrong("this is not a pattern"),
            }
        }
        Ok(literal)
    }

    /// Patterns in brackets, and whether a comma stands among them.
    fn patterns(&mut self, close: &str) -> Parsed<(Vec<Pattern>, bool)> {
        self.advance();
        let (mut patterns, mut has_comma) = (Vec::new(), false);
        while !self.eat(close) {
            patterns.push(self.star_or_pattern()?);
            let comma = self.eat(",");
            has_comma |= comma;
            if !comma && !self.is(close) {
                return Err(self.unexpected());
            }
        }
        Ok((patterns, has_comma))
    }

    fn mapping(&mut self) -> Parsed<PatternKind> {
        self.advance();
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        while !self.eat("}") {
            if self.eat("**") {
                rest = Some(self.expect_name()?);
            } else {
                keys.push(self.operators(SUM)?);
                self.expect(":")?;
                patterns.push(self.deeper(Self::pattern)?);
            }
            if !self.eat(",") && !self.is("}") {
                return Err(self.unexpected());
            }
        }
        Ok(PatternKind::Mapping { keys, patterns, rest })
    }

    /// A capture, a dotted name, or a class with patterns for its attributes.
    fn name_pattern(&mut self) -> Parsed<PatternKind> {
        let first = self.expect_name()?;
        if !self.is(".") && !self.is("(") {
            let is_wildcard = first.of(self.source) == "_";
            return Ok(if is_wildcard { PatternKind::Wildcard } else { PatternKind::Capture(first) });
        }
        while self.eat(".") {
            self.expect_name()?;
        }
        let span: Span = self.since(first);
        // Only the first name is looked up: the rest are attributes.
        let class = expression(first, ExpressionKind::Name);
        if !self.is("(") {
            return Ok(PatternKind::Value(Expression { span, kind: ExpressionKind::Parenthesized(Box::new(class)) }));
        }
        self.advance();
        let mut patterns = Vec::new();
        while !self.eat(")") {
            if self.is_name() && self.peek_is(1, "=") {
                self.advance();
                self.advance();
            }
            patterns.push(self.deeper(Self::pattern)?);
            if !self.eat(",") && !self.is(")") {
                return Err(self.unexpected());
            }
        }
        Ok(PatternKind::Class { class, patterns })
    }
}
