//! Tokens, one at a time, so that text which is not Python is given up at once.
//!
//! Strings with replacement fields are read as Python 3.12 does: a field may hold the quotes of its own string.

mod literals;

use crate::tree::Span;

/// How many brackets may be open at a time, and how many levels a block may be indented: Python's own limits.
const MOST_BRACKETS: usize = 200;
const MOST_INDENTS: usize = 100;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Name,
    Number,
    /// A whole string without replacement fields.
    Text,
    Bytes,
    /// The prefix and opening quotes of a string with replacement fields.
    Opening,
    /// Text of such a string.
    Middle,
    /// Its closing quotes.
    Closing,
    /// An operator or a bracket.
    Sign,
    /// The end of a logical line.
    Newline,
    Indent,
    Dedent,
    /// The end of the text, or of what is indented as deep as its first line.
    End,
    /// What no token begins with; the text says what is wrong.
    Bad(&'static str),
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// How far a line is indented: with tabs to the next multiple of eight, and with tabs as one space. Python wants both to
/// tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Indent {
    column: u32,
    alternative: u32,
}

/// A string with replacement fields that is not closed yet.
#[derive(Debug, Clone)]
struct Interpolated {
    quote: u8,
    is_triple: bool,
    is_raw: bool,
    /// The fields that are open, outermost first.
    fields: Vec<Field>,
}

/// A replacement field.
#[derive(Debug, Clone)]
struct Field {
    /// Number of open brackets, the field's own brace included.
    brackets: usize,
    /// Whether the format specification, behind the colon, has begun.
    is_specification: bool,
}

/// Signs of more than one character, longest first.
const SIGNS: [&str; 24] = [
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "@=", ":=",
];

/// Reads tokens.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The first is that of the first line.
    indents: Vec<Indent>,
    brackets: Vec<u8>,
    strings: Vec<Interpolated>,
    dedents: usize,
    is_line_start: bool,
    line_has_token: bool,
    is_over: bool,
}

impl<'a> Lexer<'a> {
    /// Reads a whole text, whose first line must not be indented.
    pub(crate) fn new(source: &'a str) -> Self {
        let at = if source.starts_with('\u{feff}') { 3 } else { 0 };
        Self::with_indent(source, at, Indent { column: 0, alternative: 0 })
    }

    /// Reads from the start of a line, which may be indented: whatever is indented less ends it.
    pub(crate) fn at_line(source: &'a str, start: usize) -> Self {
        let mut lexer = Self::with_indent(source, start, Indent { column: 0, alternative: 0 });
        lexer.indents[0] = lexer.measure();
        lexer.at = start;
        lexer
    }

    fn with_indent(source: &'a str, at: usize, indent: Indent) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            at,
            indents: vec![indent],
            brackets: Vec::new(),
            strings: Vec::new(),
            dedents: 0,
            is_line_start: true,
            line_has_token: false,
            is_over: false,
        }
    }

    /// Where reading has come to.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn peek(&self, ahead: usize) -> u8 {
        // A byte that no source holds.
        self.bytes.get(self.at + ahead).copied().unwrap_or(0xff)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token { kind, span: Span::new(start, self.at) }
    }

    fn bad(&mut self, why: &'static str) -> Token {
        // Nothing that follows means anything.
        self.is_over = true;
        Token { kind: Kind::Bad(why), span: Span::new(self.at.min(self.bytes.len()), self.at.min(self.bytes.len())) }
    }

    /// The next token. Behind the end, or what is wrong, there is nothing but the end.
    pub(crate) fn next(&mut self) -> Token {
        if self.dedents > 0 {
            self.dedents -= 1;
            return self.token(Kind::Dedent, self.at);
        }
        if self.is_over {
            return self.token(Kind::End, self.at);
        }
        match self.strings.last() {
            Some(string) if string.fields.last().is_none_or(|field| field.is_specification) => self.interpolated(),
            _ => self.code(),
        }
    }

    fn code(&mut self) -> Token {
        if self.is_line_start
            && self.brackets.is_empty()
            && self.strings.is_empty()
            && let Some(token) = self.line_start()
        {
            return token;
        }
        if let Some(token) = self.skip_space() {
            return token;
        }
        let start = self.at;
        if self.is_at_end() {
            return self.end();
        }
        let byte = self.bytes[start];
        if matches!(byte, b'\n' | b'\r') {
            self.skip_newline();
            self.is_line_start = true;
            self.line_has_token = false;
            return self.token(Kind::Newline, start);
        }
        self.line_has_token = true;
        match byte {
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.text(start, literals::Prefix::default()),
            byte if byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80 => self.name(),
            _ => self.sign(),
        }
    }

    /// Skips empty lines and measures the next one. Returns a token if the indentation changes.
    fn line_start(&mut self) -> Option<Token> {
        // The indentation of a line that a backslash joins to the next one.
        let mut joined: Option<Indent> = None;
        loop {
            let start = self.at;
            let measured = self.measure();
            let indent = joined.unwrap_or(measured);
            match self.peek(0) {
                b'#' => self.skip_comment(),
                b'\n' | b'\r' => {}
                _ if self.is_at_end() => return Some(self.end()),
                b'\\' if matches!(self.peek(1), b'\n' | b'\r') => {
                    joined = joined.or((measured.column > 0).then_some(measured));
                    self.at += 1;
                    self.skip_newline();
                    if self.is_at_end() {
                        return Some(self.bad("unexpected end of the text"));
                    }
                    continue;
                }
                _ => {
                    self.is_line_start = false;
                    return self.indented(start, indent);
                }
            }
            joined = None;
            if !self.is_at_end() {
                self.skip_newline();
            }
        }
    }

    fn indented(&mut self, start: usize, indent: Indent) -> Option<Token> {
        let current = *self.indents.last().expect("the first indentation stays");
        if indent == current {
            return None;
        }
        if indent.column == current.column
            || (indent.column > current.column) != (indent.alternative > current.alternative)
        {
            return Some(self.bad("tabs and spaces are mixed in the indentation"));
        }
        if indent.column > current.column {
            if self.indents.len() > MOST_INDENTS {
                return Some(self.bad("too many levels of indentation"));
            }
            self.indents.push(indent);
            return Some(self.token(Kind::Indent, start));
        }
        while self.indents.len() > 1 && self.indents.last().is_some_and(|last| last.column > indent.column) {
            self.indents.pop();
            self.dedents += 1;
        }
        let last = *self.indents.last().expect("the first indentation stays");
        if indent.column < last.column {
            // Less than the first line: what follows belongs to something else.
            self.is_over = true;
            self.at = start;
        } else if indent.column > last.column {
            return Some(self.bad("unindent does not match any outer indentation level"));
        } else if indent != last {
            return Some(self.bad("tabs and spaces are mixed in the indentation"));
        }
        Some(self.next())
    }

    /// The indentation at a line's start, which it skips.
    fn measure(&mut self) -> Indent {
        let mut indent = Indent { column: 0, alternative: 0 };
        loop {
            match self.peek(0) {
                b' ' => indent = Indent { column: indent.column + 1, alternative: indent.alternative + 1 },
                b'\t' => indent = Indent { column: indent.column / 8 * 8 + 8, alternative: indent.alternative + 1 },
                b'\x0c' => indent = Indent { column: 0, alternative: 0 },
                _ => return indent,
            }
            self.at += 1;
        }
    }

    fn skip_newline(&mut self) {
        self.at += if self.bytes[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
    }

    fn skip_comment(&mut self) {
        self.at += self.bytes[self.at..].iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
    }

    /// Skips what separates tokens.
    fn skip_space(&mut self) -> Option<Token> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'#' => self.skip_comment(),
                b'\\' => {
                    self.at += 1;
                    if !matches!(self.peek(0), b'\n' | b'\r') {
                        return Some(self.bad("unexpected character after a line continuation"));
                    }
                    self.skip_newline();
                    if self.is_at_end() {
                        return Some(self.bad("unexpected end of the text"));
                    }
                }
                b'\n' | b'\r' if !self.brackets.is_empty() => self.skip_newline(),
                // A comment or a blank: nothing ends here.
                b'\n' | b'\r' if !self.line_has_token => {
                    self.skip_newline();
                    self.is_line_start = true;
                    if let Some(token) = self.line_start() {
                        return Some(token);
                    }
                }
                _ => return None,
            }
        }
    }

    fn end(&mut self) -> Token {
        if !self.brackets.is_empty() {
            return self.bad("a bracket is never closed");
        }
        if self.line_has_token {
            self.line_has_token = false;
            self.is_line_start = true;
            return self.token(Kind::Newline, self.at);
        }
        self.is_over = true;
        self.dedents = self.indents.len() - 1;
        self.indents.truncate(1);
        self.next()
    }

    fn name(&mut self) -> Token {
        let start = self.at;
        let rest = &self.source[start..];
        let begins = rest.chars().next().is_some_and(literals::begins_name);
        if !begins {
            return self.bad("invalid character");
        }
        self.at += rest.find(|letter| !literals::continues_name(letter)).unwrap_or(rest.len());
        if matches!(self.peek(0), b'"' | b'\'')
            && let Some(prefix) = literals::Prefix::of(&self.source[start..self.at])
        {
            return self.text(start, prefix);
        }
        self.token(Kind::Name, start)
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        match literals::number(&self.source[start..]) {
            Some(length) => {
                self.at += length;
                self.token(Kind::Number, start)
            }
            None => self.bad("invalid number"),
        }
    }

    /// A string whose quotes stand here and whose prefix began at `start`.
    fn text(&mut self, start: usize, prefix: literals::Prefix) -> Token {
        let quote = self.bytes[self.at];
        let is_triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if is_triple { 3 } else { 1 };
        if prefix.is_interpolated {
            if self.strings.len() >= MOST_BRACKETS {
                return self.bad("too many nested strings");
            }
            self.strings.push(Interpolated { quote, is_triple, is_raw: prefix.is_raw, fields: Vec::new() });
            return self.token(Kind::Opening, start);
        }
        let inside = self.at;
        loop {
            let byte = self.peek(0);
            if self.is_at_end() || (!is_triple && matches!(byte, b'\n' | b'\r')) {
                return self.bad("unterminated string");
            }
            if byte == quote && (!is_triple || self.bytes[self.at..].starts_with(&[quote; 3])) {
                break;
            }
            self.at += 1;
            if byte == b'\\' {
                self.skip_escaped();
            }
        }
        if let Err(why) = literals::check(&self.bytes[inside..self.at], prefix) {
            return self.bad(why);
        }
        self.at += if is_triple { 3 } else { 1 };
        self.token(if prefix.is_bytes { Kind::Bytes } else { Kind::Text }, start)
    }

    /// Skips what a backslash escapes, a newline included.
    fn skip_escaped(&mut self) {
        if self.bytes[self.at..].starts_with(b"\r\n") {
            self.at += 2;
        } else if !self.is_at_end() {
            self.at += 1;
        }
    }

    /// Text of a string with replacement fields, or of a format specification.
    fn interpolated(&mut self) -> Token {
        let start = self.at;
        let string = self.strings.last().expect("the caller looked");
        let (quote, is_triple, is_raw) = (string.quote, string.is_triple, string.is_raw);
        let is_specification = !string.fields.is_empty();
        loop {
            let byte = self.peek(0);
            if self.is_at_end() || (!is_triple && matches!(byte, b'\n' | b'\r')) {
                return self.bad("unterminated string");
            }
            let closes = byte == quote && (!is_triple || self.bytes[self.at..].starts_with(&[quote; 3]));
            if !matches!(byte, b'{' | b'}' | b'\\') && !closes {
                self.at += 1;
                continue;
            }
            let is_doubled = !is_specification && matches!(byte, b'{' | b'}') && self.peek(1) == byte;
            if is_doubled {
                self.at += 2;
                continue;
            }
            if byte == b'\\' {
                self.at += 1;
                if !is_raw && self.bytes[self.at..].starts_with(b"N{") {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|byte| matches!(byte, b'}' | b'\n')).unwrap_or(1).max(1);
                    self.at += usize::from(self.peek(0) == b'}');
                } else if !matches!(self.peek(0), b'{' | b'}') {
                    self.skip_escaped();
                }
                continue;
            }
            if self.at > start {
                return self.token(Kind::Middle, start);
            }
            return self.marks(byte, is_triple);
        }
    }

    /// What ends text of a string with replacement fields: a brace, or the closing quotes.
    fn marks(&mut self, byte: u8, is_triple: bool) -> Token {
        let start = self.at;
        let brackets = self.brackets.len();
        let string = self.strings.last_mut().expect("the caller looked");
        match byte {
            b'{' => {
                if brackets >= MOST_BRACKETS {
                    return self.bad("too many nested brackets");
                }
                string.fields.push(Field { brackets: brackets + 1, is_specification: false });
                self.brackets.push(b'{');
                self.at += 1;
                self.token(Kind::Sign, start)
            }
            b'}' if string.fields.pop().is_some() => {
                self.brackets.pop();
                self.at += 1;
                self.token(Kind::Sign, start)
            }
            b'}' => self.bad("a single '}' in a string with fields"),
            _ if !string.fields.is_empty() => self.bad("a field is never closed"),
            _ => {
                self.strings.pop();
                self.at += if is_triple { 3 } else { 1 };
                self.token(Kind::Closing, start)
            }
        }
    }

    fn sign(&mut self) -> Token {
        let start = self.at;
        let byte = self.bytes[start];
        let depth = self.brackets.len();
        let field = self.strings.last_mut().and_then(|string| string.fields.last_mut());
        let field = field.filter(|field| field.brackets == depth);
        if let Some(field) = field {
            // Between the brackets of a field alone, these mean something else.
            match byte {
                b':' => {
                    field.is_specification = true;
                    self.at += 1;
                    return self.token(Kind::Sign, start);
                }
                b'!' if self.peek(1) != b'=' => {
                    self.at += 1;
                    return self.token(Kind::Sign, start);
                }
                b'}' => return self.marks(b'}', false),
                _ => {}
            }
        }
        let length =
            SIGNS.iter().find(|sign| self.bytes[start..].starts_with(sign.as_bytes())).map_or(1, |sign| sign.len());
        if length == 1 {
            match byte {
                b'(' | b'[' | b'{' => {
                    if depth >= MOST_BRACKETS {
                        return self.bad("too many nested brackets");
                    }
                    self.brackets.push(byte);
                }
                b')' | b']' | b'}' => {
                    let opening = match byte {
                        b')' => b'(',
                        b']' => b'[',
                        _ => b'{',
                    };
                    let outside = self.strings.last().and_then(|string| string.fields.last());
                    if outside.is_some_and(|field| field.brackets == depth) || self.brackets.last() != Some(&opening) {
                        return self.bad("a closing bracket without its opening one");
                    }
                    self.brackets.pop();
                }
                b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'<' | b'>' | b',' | b':'
                | b'.' | b';' | b'=' => {}
                _ => return self.bad("invalid character"),
            }
        }
        self.at += length;
        self.token(Kind::Sign, start)
    }
}
