//! The parser: recursive descent over tokens that are read as they are needed.
//!
//! Statements are in `statements`, what `match` adds in `patterns`, expressions in `expressions`, and what stands
//! within brackets, arguments and parameters in `atoms`.

mod atoms;
mod expressions;
mod patterns;
mod statements;
mod targets;

use crate::lexer::{Kind, Lexer, Token};
use crate::tree::{Module, Span};
use std::collections::VecDeque;

/// How deep expressions and blocks may be nested in all. Python gives up between 100 and 200; programs stay below 40.
pub const DEEPEST: u32 = 150;

/// The longest text that is parsed, in bytes. No program that a model wrote comes near it.
pub const LONGEST: usize = 1 << 20;

/// Why a text is not Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct SyntaxError {
    /// Where, in bytes.
    pub at: usize,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub why: &'static str,
}

/// Parses a program.
///
/// # Errors
/// The first thing that is not Python, or a text longer than [`LONGEST`].
pub fn parse(source: &str) -> Result<Module, SyntaxError> {
    let told = |Wrong { at, why }| SyntaxError { at, line: source[..at].matches('\n').count() + 1, why };
    if source.len() > LONGEST {
        return Err(told(Wrong { at: 0, why: "the text is too long to be a program" }));
    }
    Parser::new(Lexer::new(source), source).module().map_err(told)
}

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) why: &'static str,
}

pub(crate) type Parsed<T> = Result<T, Wrong>;

/// Reserved words.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// What surrounds a statement.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    is_function: bool,
    is_async: bool,
    is_loop: bool,
}

/// Reads statements and expressions.
pub(crate) struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    token: Token,
    /// Tokens behind the current one that were looked at already.
    ahead: VecDeque<Token>,
    /// The end of the last token that was taken.
    last: u32,
    depth: u32,
    around: Around,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(mut lexer: Lexer<'a>, source: &'a str) -> Self {
        let token = lexer.next();
        let last = token.span.start;
        Self { source, lexer, token, ahead: VecDeque::new(), last, depth: 0, around: Around::default() }
    }

    fn module(mut self) -> Parsed<Module> {
        let mut body = Vec::new();
        while self.token.kind != Kind::End {
            self.statement(&mut body)?;
        }
        Ok(Module { body })
    }

    /// How far the text was read.
    pub(crate) fn position(&self) -> usize {
        self.lexer.position()
    }

    fn text(&self) -> &'a str {
        self.token.span.of(self.source)
    }

    /// Whether the current token is this sign.
    fn is(&self, sign: &str) -> bool {
        self.token.kind == Kind::Sign && self.text() == sign
    }

    /// Whether the current token is this word, be it reserved or not.
    fn is_word(&self, word: &str) -> bool {
        self.token.kind == Kind::Name && self.text() == word
    }

    fn is_keyword(&self) -> bool {
        self.token.kind == Kind::Name && KEYWORDS.contains(&self.text())
    }

    fn is_name(&self) -> bool {
        self.token.kind == Kind::Name && !KEYWORDS.contains(&self.text())
    }

    /// The token so far behind the current one.
    fn peek(&mut self, ahead: usize) -> Token {
        while self.ahead.len() < ahead {
            let token = self.lexer.next();
            self.ahead.push_back(token);
        }
        self.ahead[ahead - 1]
    }

    fn peek_is(&mut self, ahead: usize, sign: &str) -> bool {
        let token = self.peek(ahead);
        token.kind == Kind::Sign && token.span.of(self.source) == sign
    }

    /// Takes the current token.
    fn advance(&mut self) -> Token {
        let next = self.ahead.pop_front().unwrap_or_else(|| self.lexer.next());
        self.last = self.token.span.end;
        std::mem::replace(&mut self.token, next)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        if is {
            self.advance();
        }
        is
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.advance();
        }
        is
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn expect_kind(&mut self, kind: Kind) -> Parsed<()> {
        if self.token.kind == kind {
            self.advance();
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// A name that is not reserved.
    fn expect_name(&mut self) -> Parsed<Span> {
        if self.is_name() { Ok(self.advance().span) } else { Err(self.unexpected()) }
    }

    fn wrong<T>(&self, why: &'static str) -> Parsed<T> {
        Err(Wrong { at: self.token.span.start as usize, why })
    }

    fn unexpected(&self) -> Wrong {
        let why = match self.token.kind {
            Kind::Bad(why) => why,
            Kind::Newline => "unexpected end of the line",
            Kind::Indent => "unexpected indentation",
            Kind::Dedent => "unexpected end of the block",
            Kind::End => "unexpected end of the text",
            _ => "invalid syntax",
        };
        Wrong { at: self.token.span.start as usize, why }
    }

    /// From a start to the last token that was taken.
    fn since(&self, start: Span) -> Span {
        Span { start: start.start, end: self.last.max(start.start) }
    }

    /// Goes one level deeper, if that is allowed.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return self.wrong("too deeply nested");
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }
}

#[cfg(test)]
mod tests;
