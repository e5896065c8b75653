//! What stands within brackets, literals, arguments, subscripts and parameters.

use super::expressions::{BITWISE, expression};
use super::{Kind, Parsed, Parser};
use crate::tree::{
    Argument, Clause, ComprehensionKind, Constant, Expression, ExpressionKind, Parameter, ParameterKind,
};

impl Parser<'_> {
    pub(super) fn atom(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let constant = |constant| expression(start, ExpressionKind::Constant(constant));
        let found = match self.token.kind {
            Kind::Number => constant(Constant::Number),
            Kind::Name => match self.text() {
                "None" => constant(Constant::None),
                "True" => constant(Constant::True),
                "False" => constant(Constant::False),
                _ if self.is_keyword() => return Err(self.unexpected()),
                _ => expression(start, ExpressionKind::Name),
            },
            Kind::Text | Kind::Bytes | Kind::Opening => return self.strings(),
            Kind::Sign => match self.text() {
                "..." => constant(Constant::Ellipsis),
                "(" => return self.deeper(Self::parenthesized),
                "[" => return self.deeper(Self::list),
                "{" => return self.deeper(Self::braces),
                _ => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(found)
    }

    /// Strings side by side.
    fn strings(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let (mut has_text, mut has_bytes, mut is_interpolated) = (false, false, false);
        let mut fields = Vec::new();
        loop {
            match self.token.kind {
                Kind::Text => has_text = true,
                Kind::Bytes => has_bytes = true,
                Kind::Opening => {
                    is_interpolated = true;
                    self.deeper(|parser| parser.interpolated(&mut fields))?;
                    continue;
                }
                _ => break,
            }
            self.advance();
        }
        if has_bytes && (has_text || is_interpolated) {
            return self.wrong("bytes and text stand side by side");
        }
        let kind = match (is_interpolated, has_bytes) {
            (true, _) => ExpressionKind::Interpolated(fields),
            (false, true) => ExpressionKind::Constant(Constant::Bytes),
            (false, false) => ExpressionKind::Constant(Constant::Text),
        };
        Ok(expression(self.since(start), kind))
    }

    /// A string with replacement fields, from its opening quotes on.
    fn interpolated(&mut self, fields: &mut Vec<Expression>) -> Parsed<()> {
        self.advance();
        loop {
            match self.token.kind {
                Kind::Middle => {
                    self.advance();
                }
                Kind::Closing => {
                    self.advance();
                    return Ok(());
                }
                _ if self.is("{") => self.deeper(|parser| parser.field(fields))?,
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// `{value=!r:specification}`, where the specification may hold fields again.
    fn field(&mut self, fields: &mut Vec<Expression>) -> Parsed<()> {
        self.advance();
        fields.push(self.values()?);
        self.eat("=");
        if self.eat("!") {
            if !matches!(self.text(), "r" | "s" | "a") {
                return self.wrong("a conversion is one of r, s and a");
            }
            self.advance();
        }
        if self.eat(":") {
            while !self.is("}") {
                match self.token.kind {
                    Kind::Middle => {
                        self.advance();
                    }
                    _ if self.is("{") => self.deeper(|parser| parser.field(fields))?,
                    _ => return Err(self.unexpected()),
                }
            }
        }
        self.expect("}")
    }

    fn parenthesized(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        self.advance();
        if self.eat(")") {
            return Ok(expression(self.since(start), ExpressionKind::Tuple(Vec::new())));
        }
        if self.is_word("yield") {
            let value = self.values()?;
            self.expect(")")?;
            return Ok(expression(self.since(start), ExpressionKind::Parenthesized(Box::new(value))));
        }
        let first = self.starred_or(Self::named)?;
        if self.begins_clause() {
            return self.comprehension(start, ComprehensionKind::Generator, vec![first], ")");
        }
        if self.is(",") {
            let items = self.rest_of_items(first, ")")?;
            return Ok(expression(self.since(start), ExpressionKind::Tuple(items)));
        }
        if matches!(first.kind, ExpressionKind::Starred(_)) {
            return self.wrong("a starred expression stands alone");
        }
        self.expect(")")?;
        Ok(expression(self.since(start), ExpressionKind::Parenthesized(Box::new(first))))
    }

    fn list(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        self.advance();
        if self.eat("]") {
            return Ok(expression(self.since(start), ExpressionKind::List(Vec::new())));
        }
        let first = self.starred_or(Self::named)?;
        if self.begins_clause() {
            return self.comprehension(start, ComprehensionKind::List, vec![first], "]");
        }
        let items = self.rest_of_items(first, "]")?;
        Ok(expression(self.since(start), ExpressionKind::List(items)))
    }

    /// The items of a tuple, list or set behind the first one, and the closing bracket.
    fn rest_of_items(&mut self, first: Expression, close: &str) -> Parsed<Vec<Expression>> {
        let mut items = vec![first];
        while self.eat(",") && !self.is(close) {
            items.push(self.starred_or(Self::named)?);
        }
        self.expect(close)?;
        Ok(items)
    }

    /// A set or a dict.
    fn braces(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        self.advance();
        if self.eat("}") {
            return Ok(expression(self.since(start), ExpressionKind::Dict(Vec::new())));
        }
        if !self.is("**") {
            let first = self.starred_or(Self::named)?;
            if !self.is(":") {
                if self.begins_clause() {
                    return self.comprehension(start, ComprehensionKind::Set, vec![first], "}");
                }
                let items = self.rest_of_items(first, "}")?;
                return Ok(expression(self.since(start), ExpressionKind::Set(items)));
            }
            if matches!(first.kind, ExpressionKind::Starred(_)) {
                return Err(self.unexpected());
            }
            self.advance();
            let value = self.expression()?;
            if self.begins_clause() {
                return self.comprehension(start, ComprehensionKind::Dict, vec![first, value], "}");
            }
            return self.rest_of_pairs(start, vec![(Some(first), value)]);
        }
        let first = self.pair()?;
        self.rest_of_pairs(start, vec![first])
    }

    fn rest_of_pairs(
        &mut self,
        start: crate::Span,
        mut pairs: Vec<(Option<Expression>, Expression)>,
    ) -> Parsed<Expression> {
        while self.eat(",") && !self.is("}") {
            pairs.push(self.pair()?);
        }
        self.expect("}")?;
        Ok(expression(self.since(start), ExpressionKind::Dict(pairs)))
    }

    fn pair(&mut self) -> Parsed<(Option<Expression>, Expression)> {
        if self.eat("**") {
            return Ok((None, self.deeper(|parser| parser.operators(BITWISE))?));
        }
        let key = self.expression()?;
        self.expect(":")?;
        Ok((Some(key), self.expression()?))
    }

    fn begins_clause(&mut self) -> bool {
        self.is_word("for") || (self.is_word("async") && self.peek(1).span.of(self.source) == "for")
    }

    /// The clauses of a comprehension, and the closing bracket.
    fn comprehension(
        &mut self,
        start: crate::Span,
        kind: ComprehensionKind,
        elements: Vec<Expression>,
        close: &str,
    ) -> Parsed<Expression> {
        if elements.iter().any(|element| matches!(element.kind, ExpressionKind::Starred(_))) {
            return self.wrong("a comprehension cannot unpack its elements");
        }
        let clauses = self.clauses()?;
        self.expect(close)?;
        Ok(expression(self.since(start), ExpressionKind::Comprehension { kind, elements, clauses }))
    }

    fn clauses(&mut self) -> Parsed<Vec<Clause>> {
        let mut clauses = Vec::new();
        while self.begins_clause() {
            self.eat_word("async");
            self.expect_word("for")?;
            let target = self.loop_target()?;
            self.expect_word("in")?;
            let iterable = self.disjunction()?;
            let mut conditions = Vec::new();
            while self.eat_word("if") {
                conditions.push(self.disjunction()?);
            }
            clauses.push(Clause { target, iterable, conditions });
        }
        Ok(clauses)
    }

    /// An expression without a condition of its own.
    fn disjunction(&mut self) -> Parsed<Expression> {
        self.deeper(|parser| parser.operators(0))
    }

    /// The arguments of a call, from behind the opening bracket to the closing one.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let mut arguments: Vec<Argument> = Vec::new();
        while !self.eat(")") {
            let start = self.token.span;
            let mut argument =
                Argument { name: None, value: expression(start, ExpressionKind::Name), is_keywords: false };
            if self.eat("**") {
                argument.is_keywords = true;
                argument.value = self.expression()?;
            } else if self.is("*") {
                if arguments.iter().any(|earlier| earlier.is_keywords) {
                    return self.wrong("an argument behind '*' follows one behind '**'");
                }
                self.advance();
                let value = Box::new(self.expression()?);
                argument.value = expression(self.since(start), ExpressionKind::Starred(value));
            } else if self.is_name() && self.peek_is(1, "=") {
                let name = self.advance().span;
                self.advance();
                let text = name.of(self.source);
                if arguments.iter().any(|other| other.name.is_some_and(|other| other.of(self.source) == text)) {
                    return self.wrong("a keyword argument is repeated");
                }
                argument.name = Some(name);
                argument.value = self.expression()?;
            } else {
                if arguments.iter().any(|earlier| earlier.name.is_some() || earlier.is_keywords) {
                    return self.wrong("a positional argument follows a keyword argument");
                }
                argument.value = self.named()?;
                if self.begins_clause() {
                    let clauses = self.clauses()?;
                    let elements = vec![argument.value];
                    let kind = ComprehensionKind::Generator;
                    let kind = ExpressionKind::Comprehension { kind, elements, clauses };
                    argument.value = expression(self.since(start), kind);
                    let is_alone = arguments.is_empty() && (self.is(")") || (self.is(",") && self.peek_is(1, ")")));
                    if !is_alone {
                        return self.wrong("a generator among other arguments needs parentheses");
                    }
                }
            }
            arguments.push(argument);
            if !self.eat(",") && !self.is(")") {
                return Err(self.unexpected());
            }
        }
        Ok(arguments)
    }

    /// The indices of a subscript, from behind the opening bracket to the closing one.
    pub(super) fn subscripts(&mut self) -> Parsed<Vec<Expression>> {
        let mut indices = vec![self.slice()?];
        while self.eat(",") && !self.is("]") {
            indices.push(self.slice()?);
        }
        self.expect("]")?;
        Ok(indices)
    }

    fn slice(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let mut parts = Vec::new();
        if !self.is(":") {
            let value = self.starred_or(Self::named)?;
            if !self.is(":") {
                return Ok(value);
            }
            parts.push(value);
        }
        for _ in 0..2 {
            if self.eat(":") && !matches!(self.text(), ":" | "]" | ",") {
                parts.push(self.expression()?);
            }
        }
        Ok(expression(self.since(start), ExpressionKind::Slice(parts)))
    }

    /// The parameters of a function, from behind the opening bracket to the closing one.
    pub(super) fn parameters(&mut self) -> Parsed<Vec<Parameter>> {
        let parameters = self.parameters_before(")", true)?;
        self.expect(")")?;
        Ok(parameters)
    }

    pub(super) fn lambda_parameters(&mut self) -> Parsed<Vec<Parameter>> {
        self.parameters_before(":", false)
    }

    fn parameters_before(&mut self, end: &str, is_annotated: bool) -> Parsed<Vec<Parameter>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let (mut slash, mut star, mut has_default) = (false, false, false);
        while !self.is(end) {
            if self.is("/") {
                if slash || star || parameters.is_empty() {
                    return Err(self.unexpected());
                }
                self.advance();
                slash = true;
            } else if self.is("*") && matches!(self.peek(1).span.of(self.source), ",") {
                if star {
                    return Err(self.unexpected());
                }
                self.advance();
                star = true;
                if !self.is(",") || self.peek_is(1, end) || self.peek_is(1, "**") {
                    return self.wrong("named parameters must follow a bare '*'");
                }
            } else {
                let kind = if self.eat("**") {
                    ParameterKind::Keywords
                } else if self.is("*") {
                    if star {
                        return Err(self.unexpected());
                    }
                    self.advance();
                    star = true;
                    ParameterKind::Rest
                } else {
                    ParameterKind::Plain
                };
                let name = self.expect_name()?;
                let text = name.of(self.source);
                if parameters.iter().any(|other| other.name.of(self.source) == text) {
                    return self.wrong("a parameter is repeated");
                }
                let mut parameter = Parameter { name, kind, annotation: None, default: None };
                if is_annotated && self.eat(":") {
                    let annotation = match kind {
                        ParameterKind::Rest => self.starred_or(Self::expression)?,
                        _ => self.expression()?,
                    };
                    parameter.annotation = Some(annotation);
                }
                if kind == ParameterKind::Plain && self.eat("=") {
                    parameter.default = Some(self.expression()?);
                    has_default |= !star;
                } else if kind == ParameterKind::Plain && has_default && !star {
                    return self.wrong("a parameter without a default follows one with a default");
                }
                parameters.push(parameter);
                if kind == ParameterKind::Keywords {
                    self.eat(",");
                    return if self.is(end) { Ok(parameters) } else { Err(self.unexpected()) };
                }
            }
            if !self.eat(",") && !self.is(end) {
                return Err(self.unexpected());
            }
        }
        Ok(parameters)
    }

    /// Type parameters in brackets behind a name, if there are any.
    pub(super) fn type_parameters(&mut self) -> Parsed<Vec<Parameter>> {
        let mut parameters = Vec::new();
        if !self.eat("[") {
            return Ok(parameters);
        }
        while !self.is("]") || parameters.is_empty() {
            if !self.eat("*") {
                self.eat("**");
            }
            let name = self.expect_name()?;
            let annotation = if self.eat(":") { Some(self.expression()?) } else { None };
            let default = if self.eat("=") { Some(self.starred_or(Self::expression)?) } else { None };
            parameters.push(Parameter { name, kind: ParameterKind::Type, annotation, default });
            if !self.eat(",") && !self.is("]") {
                return Err(self.unexpected());
            }
        }
        self.advance();
        Ok(parameters)
    }
}
