//! Statements.

use super::targets::{Allowed, is_target};
use super::{Around, Kind, Parsed, Parser};
use crate::tree::{Alias, Class, Expression, ExpressionKind, Function, Handler, Span, Statement, StatementKind};

/// Signs that assign with an operator.
const AUGMENTED: [&str; 13] = ["+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="];

impl Parser<'_> {
    /// Reads one compound statement, or one line of simple ones.
    pub(crate) fn statement(&mut self, body: &mut Vec<Statement>) -> Parsed<()> {
        let start = self.token.span;
        if self.token.kind == Kind::Indent {
            return Err(self.unexpected());
        }
        if let Some(kind) = self.deeper(Self::compound)? {
            body.push(Statement { span: self.since(start), kind });
            return Ok(());
        }
        loop {
            let start = self.token.span;
            let kind = self.simple()?;
            body.push(Statement { span: self.since(start), kind });
            if !self.eat(";") || self.token.kind == Kind::Newline {
                break;
            }
        }
        if self.token.kind != Kind::Newline {
            return Err(self.unexpected());
        }
        self.end_line();
        Ok(())
    }

    /// Takes the end of a line, which belongs to no statement's span.
    fn end_line(&mut self) {
        let last = self.last;
        self.advance();
        self.last = last;
    }

    fn compound(&mut self) -> Parsed<Option<StatementKind>> {
        if self.is("@") {
            return self.decorated().map(Some);
        }
        if self.token.kind != Kind::Name {
            return Ok(None);
        }
        let kind = match self.text() {
            "def" => self.function(Vec::new(), false)?,
            "class" => self.class(Vec::new())?,
            "if" => self.conditions()?,
            "while" => self.while_loop()?,
            "for" => self.for_loop()?,
            "with" => self.with()?,
            "try" => self.try_statement()?,
            "async" => self.asynchronous()?,
            "match" => return self.match_statement(),
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn decorated(&mut self) -> Parsed<StatementKind> {
        let mut decorators = Vec::new();
        while self.eat("@") {
            decorators.push(self.named()?);
            self.expect_kind(Kind::Newline)?;
        }
        match self.text() {
            "def" => self.function(decorators, false),
            "class" => self.class(decorators),
            "async" => {
                self.advance();
                self.function(decorators, true)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn asynchronous(&mut self) -> Parsed<StatementKind> {
        self.advance();
        match self.text() {
            "def" => self.function(Vec::new(), true),
            "for" if self.around.is_async => self.for_loop(),
            "with" if self.around.is_async => self.with(),
            _ => Err(self.unexpected()),
        }
    }

    fn function(&mut self, decorators: Vec<Expression>, is_async: bool) -> Parsed<StatementKind> {
        self.expect_word("def")?;
        let name = self.expect_name()?;
        let mut parameters = self.type_parameters()?;
        self.expect("(")?;
        parameters.extend(self.parameters()?);
        let returns = if self.eat("->") { Some(self.expression()?) } else { None };
        let body = self.block_within(Around { is_function: true, is_async, is_loop: false })?;
        Ok(StatementKind::Function(Box::new(Function { name, decorators, parameters, returns, body })))
    }

    fn class(&mut self, decorators: Vec<Expression>) -> Parsed<StatementKind> {
        self.advance();
        let name = self.expect_name()?;
        let parameters = self.type_parameters()?;
        let arguments = if self.eat("(") { self.arguments()? } else { Vec::new() };
        let body = self.block_within(Around::default())?;
        Ok(StatementKind::Class(Box::new(Class { name, decorators, parameters, arguments, body })))
    }

    fn block_within(&mut self, around: Around) -> Parsed<Vec<Statement>> {
        let before = std::mem::replace(&mut self.around, around);
        let body = self.block();
        self.around = before;
        body
    }

    fn loop_body(&mut self) -> Parsed<Vec<Statement>> {
        self.block_within(Around { is_loop: true, ..self.around })
    }

    /// A colon, and behind it simple statements in the same line or an indented block.
    pub(super) fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect(":")?;
        let mut body = Vec::new();
        if self.token.kind != Kind::Newline {
            let is_compound = self.is("@")
                || (self.token.kind == Kind::Name
                    && matches!(self.text(), "def" | "class" | "if" | "while" | "for" | "with" | "try" | "async"));
            if is_compound {
                return Err(self.unexpected());
            }
            self.statement(&mut body)?;
            return Ok(body);
        }
        self.end_line();
        if self.token.kind != Kind::Indent {
            return match self.token.kind {
                Kind::Bad(_) => Err(self.unexpected()),
                _ => self.wrong("expected an indented block"),
            };
        }
        self.advance();
        while self.token.kind != Kind::Dedent {
            self.statement(&mut body)?;
        }
        let last = body.last().map_or(self.last, |statement| statement.span.end);
        self.advance();
        self.last = last;
        Ok(body)
    }

    fn optional_block(&mut self, word: &str) -> Parsed<Vec<Statement>> {
        if self.eat_word(word) { self.block() } else { Ok(Vec::new()) }
    }

    fn conditions(&mut self) -> Parsed<StatementKind> {
        let mut branches = Vec::new();
        while branches.is_empty() || self.is_word("elif") {
            self.advance();
            let test = self.named()?;
            branches.push((test, self.block()?));
        }
        let otherwise = self.optional_block("else")?;
        Ok(StatementKind::If { branches, otherwise })
    }

    fn while_loop(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let test = self.named()?;
        let body = self.loop_body()?;
        let otherwise = self.optional_block("else")?;
        Ok(StatementKind::While { test, body, otherwise })
    }

    fn for_loop(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let target = self.loop_target()?;
        self.expect_word("in")?;
        let iterable = self.values()?;
        let body = self.loop_body()?;
        let otherwise = self.optional_block("else")?;
        Ok(StatementKind::For { target, iterable, body, otherwise })
    }

    fn with(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let is_bracketed = self.is("(") && self.names_within_brackets();
        if is_bracketed {
            self.advance();
        }
        let mut items = Vec::new();
        loop {
            let value = self.expression()?;
            let target = if self.eat_word("as") { Some(self.with_target()?) } else { None };
            items.push((value, target));
            if !self.eat(",") || (is_bracketed && self.is(")")) {
                break;
            }
        }
        if is_bracketed {
            self.expect(")")?;
        }
        let body = self.block()?;
        Ok(StatementKind::With { items, body })
    }

    fn with_target(&mut self) -> Parsed<Expression> {
        let target = self.primary()?;
        if is_target(&target, Allowed::Any) { Ok(target) } else { self.wrong("this cannot be assigned to") }
    }

    /// Whether the brackets that open here hold an `as` of their own: they are then those of a `with`.
    fn names_within_brackets(&mut self) -> bool {
        let mut depth = 1;
        for ahead in 1.. {
            let token = self.peek(ahead);
            match (token.kind, token.span.of(self.source)) {
                (Kind::Sign, "(" | "[" | "{") => depth += 1,
                (Kind::Sign, ")" | "]" | "}") => depth -= 1,
                (Kind::Name, "as") if depth == 1 => return true,
                (Kind::Newline | Kind::End | Kind::Bad(_), _) => return false,
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }

    fn try_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let body = self.block()?;
        let mut handlers: Vec<Handler> = Vec::new();
        while self.eat_word("except") {
            if handlers.last().is_some_and(|last| last.exception.is_none()) {
                return self.wrong("an 'except' without a type must be the last");
            }
            self.eat("*");
            let mut handler = Handler { exception: None, name: None, body: Vec::new() };
            if !self.is(":") {
                let start = self.token.span;
                let first = self.expression()?;
                handler.exception = Some(if self.is(",") {
                    // Python 3.14 needs no brackets around several types.
                    let mut types = vec![first];
                    while self.eat(",") {
                        types.push(self.expression()?);
                    }
                    Expression { span: self.since(start), kind: ExpressionKind::Tuple(types) }
                } else {
                    if self.eat_word("as") {
                        handler.name = Some(self.expect_name()?);
                    }
                    first
                });
            }
            handler.body = self.block()?;
            handlers.push(handler);
        }
        let otherwise = if handlers.is_empty() { Vec::new() } else { self.optional_block("else")? };
        let finally = self.optional_block("finally")?;
        if handlers.is_empty() && finally.is_empty() {
            return self.wrong("expected 'except' or 'finally'");
        }
        Ok(StatementKind::Try { body, handlers, otherwise, finally })
    }

    fn simple(&mut self) -> Parsed<StatementKind> {
        if self.token.kind != Kind::Name {
            return self.expression_statement();
        }
        let around = self.around;
        match self.text() {
            "pass" => Ok(self.word(StatementKind::Pass)),
            "break" if around.is_loop => Ok(self.word(StatementKind::Break)),
            "continue" if around.is_loop => Ok(self.word(StatementKind::Continue)),
            "return" if around.is_function => {
                self.advance();
                let value = if self.begins_expression() { Some(self.values()?) } else { None };
                Ok(StatementKind::Return(value))
            }
            "raise" => {
                self.advance();
                let exception = if self.begins_expression() { Some(self.expression()?) } else { None };
                let has_cause = exception.is_some() && self.eat_word("from");
                let cause = if has_cause { Some(self.expression()?) } else { None };
                Ok(StatementKind::Raise { exception, cause })
            }
            "del" => self.delete(),
            "assert" => {
                self.advance();
                let test = self.expression()?;
                let message = if self.eat(",") { Some(self.expression()?) } else { None };
                Ok(StatementKind::Assert { test, message })
            }
            "global" => self.declared().map(StatementKind::Global),
            "nonlocal" => self.declared().map(StatementKind::Nonlocal),
            "import" => self.import(),
            "from" => self.import_from(),
            "type" => self.type_alias(),
            _ => self.expression_statement(),
        }
    }

    fn word(&mut self, kind: StatementKind) -> StatementKind {
        self.advance();
        kind
    }

    fn declared(&mut self) -> Parsed<Vec<Span>> {
        self.advance();
        let mut names = vec![self.expect_name()?];
        while self.eat(",") {
            names.push(self.expect_name()?);
        }
        Ok(names)
    }

    fn delete(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let targets = self.values()?;
        if !is_target(&targets, Allowed::Deleted) {
            return self.wrong("this cannot be deleted");
        }
        Ok(StatementKind::Delete(match targets {
            Expression { kind: ExpressionKind::Tuple(items), .. } => items,
            single => vec![single],
        }))
    }

    fn import(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let mut names = Vec::new();
        loop {
            let name = self.dotted_name()?;
            names.push(Alias { name, alias: self.alias()? });
            if !self.eat(",") {
                return Ok(StatementKind::Import(names));
            }
        }
    }

    fn import_from(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let start = self.token.span;
        while self.eat(".") || self.eat("...") {}
        let is_relative = self.since(start).start < self.last;
        let module = if self.is_word("import") && is_relative { None } else { Some(self.dotted_name()?) };
        self.expect_word("import")?;
        if self.eat("*") {
            return Ok(StatementKind::ImportFrom { module, names: Vec::new() });
        }
        let is_bracketed = self.eat("(");
        let mut names = Vec::new();
        loop {
            let name = self.expect_name()?;
            names.push(Alias { name, alias: self.alias()? });
            if !self.eat(",") || (is_bracketed && self.is(")")) {
                break;
            }
        }
        if is_bracketed {
            self.expect(")")?;
        }
        Ok(StatementKind::ImportFrom { module, names })
    }

    fn alias(&mut self) -> Parsed<Option<Span>> {
        if self.eat_word("as") { self.expect_name().map(Some) } else { Ok(None) }
    }

    fn dotted_name(&mut self) -> Parsed<Span> {
        let start = self.expect_name()?;
        while self.eat(".") {
            self.expect_name()?;
        }
        Ok(self.since(start))
    }

    fn type_alias(&mut self) -> Parsed<StatementKind> {
        let next = self.peek(1);
        let is_name = next.kind == Kind::Name && !super::KEYWORDS.contains(&next.span.of(self.source));
        if !is_name || !(self.peek_is(2, "=") || self.peek_is(2, "[")) {
            return self.expression_statement();
        }
        self.advance();
        let name = self.expect_name()?;
        let parameters = self.type_parameters()?;
        self.expect("=")?;
        let value = self.expression()?;
        Ok(StatementKind::TypeAlias { name, parameters, value })
    }

    fn expression_statement(&mut self) -> Parsed<StatementKind> {
        let value = self.values()?;
        if self.is("=") {
            let mut targets = vec![value];
            loop {
                let target = targets.last().expect("one was put in");
                if !is_target(target, Allowed::Any) {
                    return self.wrong("this cannot be assigned to");
                }
                self.advance();
                let value = self.values()?;
                if !self.is("=") {
                    if matches!(value.kind, ExpressionKind::Starred(_)) {
                        return self.wrong("a starred expression stands alone");
                    }
                    return Ok(StatementKind::Assign { targets, value });
                }
                targets.push(value);
            }
        }
        if self.is(":") {
            if !is_target(&value, Allowed::Single) {
                return self.wrong("this cannot be annotated");
            }
            self.advance();
            let annotation = self.expression()?;
            let assigned = if self.eat("=") { Some(self.values()?) } else { None };
            return Ok(StatementKind::Annotated { target: value, annotation, value: assigned });
        }
        if self.token.kind == Kind::Sign && AUGMENTED.contains(&self.text()) {
            if !is_target(&value, Allowed::Single) {
                return self.wrong("this cannot be assigned to");
            }
            self.advance();
            let operand = self.values()?;
            return Ok(StatementKind::Augmented { target: value, value: operand });
        }
        Ok(StatementKind::Expression(value))
    }
}
