//! Statements within text that is not all Python, such as prose around a program.

use crate::lexer::Lexer;
use crate::parser::{LONGEST, Parser};
use crate::tree::{Span, Statement};

/// Bytes that may be read for each byte of the text. A line is read at most twice but where it opens brackets or strings
/// that are never closed; text that is made of those is given up.
const PATIENCE: usize = 16;

/// Goes over the lines of a text and finds the statements that begin there.
///
/// Each item is a run of lines: statements, or `None` for a line that begins no statement. Blank lines and comments are
/// not told. A statement may be indented; what follows it, and is indented as it is, is found next.
#[derive(Debug)]
pub struct Statements<'a> {
    source: &'a str,
    at: usize,
    /// Bytes that may still be read.
    left: usize,
}

/// Lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The lines, from the first one's start to behind the last one's newline.
    pub span: Span,
    /// The statements there; empty if they are no Python.
    pub statements: Vec<Statement>,
}

impl<'a> Statements<'a> {
    /// Goes over a text. One longer than [`LONGEST`] holds no statement.
    pub fn of(source: &'a str) -> Self {
        Self { source, at: 0, left: if source.len() > LONGEST { 0 } else { source.len() * PATIENCE + 4096 } }
    }
}

impl Iterator for Statements<'_> {
    type Item = Lines;

    fn next(&mut self) -> Option<Lines> {
        loop {
            let start = self.at;
            let rest = self.source.get(start..).filter(|rest| !rest.is_empty())?;
            let line = &rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)];
            let content = line.trim_start();
            if content.is_empty() || content.starts_with('#') {
                self.at += line.len();
                continue;
            }
            let mut statements = Vec::new();
            let mut end = start + line.len();
            if self.left > 0 {
                let mut parser = Parser::new(Lexer::at_line(self.source, start), self.source);
                let found = parser.statement(&mut statements);
                self.left = self.left.saturating_sub(parser.position().saturating_sub(start).max(line.len()));
                match (found, statements.last()) {
                    (Ok(()), Some(last)) => {
                        let last = last.span.end as usize;
                        end = self.source[last..].find('\n').map_or(self.source.len(), |more| last + more + 1);
                    }
                    _ => statements.clear(),
                }
            }
            self.at = end;
            return Some(Lines { span: Span::new(start, end), statements });
        }
    }
}
