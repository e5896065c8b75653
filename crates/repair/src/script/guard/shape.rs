//! How a script may be written: what reads it recurses over its nesting, and must not run out of stack.

use super::OWN;

/// The longest script, in bytes.
const LONGEST: usize = 256 << 10;
/// The most operators, brackets and keywords, one within the other, of an expression.
const DEEPEST: usize = 200;
/// The most blocks, one within the other.
const MOST_BLOCKS: usize = 50;
/// The most branches of one script.
const MOST_BRANCHES: usize = 500;

/// What is wrong with the shape of a script: the line, counted from 1, and what it is.
pub(in crate::script) fn check_shape(text: &str) -> Result<(), (usize, String)> {
    if text.len() > LONGEST {
        return Err((1, format!("the script has {} bytes: expected at most {LONGEST}", text.len())));
    }
    let mut shape = Shape { open: vec![0], indents: Vec::new(), branches: 0 };
    let mut rest = text;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let token = token(rest, c);
        shape.take(token, rest).map_err(|why| (line, why))?;
        line += token.matches('\n').count();
        rest = &rest[token.len()..];
    }
    Ok(())
}

/// The next stretch of a text: a comment, a text, a word, or one character.
fn token(rest: &str, c: char) -> &str {
    let until = |end: Option<usize>| &rest[..end.unwrap_or(rest.len())];
    if c == '#' {
        return until(rest.find('\n'));
    }
    if c == '"' || c == '\'' {
        return &rest[..literal(rest, c)];
    }
    if c.is_alphanumeric() || c == '_' {
        return until(rest.find(|c: char| !c.is_alphanumeric() && c != '_'));
    }
    &rest[..c.len_utf8()]
}

/// How many bytes a text between quotes takes. One that never ends is the parser's affair.
fn literal(rest: &str, quote: char) -> usize {
    let triple = quote.to_string().repeat(3);
    let end = if rest.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = end.len();
    while let Some(c) = rest[at..].chars().next() {
        if rest[at..].starts_with(&end) {
            return at + end.len();
        }
        at += c.len_utf8();
        if c == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    rest.len()
}

struct Shape {
    /// Of each open bracket, and of the statement: operators since it began, or since its last comma.
    open: Vec<usize>,
    /// The indents of open blocks.
    indents: Vec<usize>,
    branches: usize,
}

impl Shape {
    fn take(&mut self, token: &str, rest: &str) -> Result<(), String> {
        let is_statement = self.open.len() == 1;
        let last = self.open.last_mut().expect("the statement's own stays");
        match token {
            "(" | "[" | "{" => {
                *last += 1;
                self.open.push(0);
            }
            // Closed, but never opened: the parser says so.
            ")" | "]" | "}" if is_statement => {}
            ")" | "]" | "}" => drop(self.open.pop()),
            "," | ";" => *last = 0,
            "\n" if is_statement => {
                *last = 0;
                self.block(&rest[1..])?;
            }
            "elif" => self.branches += 1,
            "not" | "lambda" | "if" | "else" | "and" | "or" | "for" | "in" => *last += 1,
            _ if token.starts_with(OWN) => {
                return Err(format!("names that begin with `{OWN}` are the engine's own: use another name"));
            }
            _ if token.starts_with(|c: char| c.is_ascii_punctuation() && !"#\"'_:\\".contains(c)) => *last += 1,
            _ => {}
        }
        if self.open.len() + self.open.iter().sum::<usize>() > DEEPEST {
            return Err(format!(
                "an expression has more than {DEEPEST} operators and brackets within each other: give its parts names"
            ));
        }
        if self.branches > MOST_BRANCHES {
            return Err(format!("the script has more than {MOST_BRANCHES} `elif`: use a dict"));
        }
        Ok(())
    }

    /// A new line begins.
    fn block(&mut self, rest: &str) -> Result<(), String> {
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[indent..].starts_with(['\n', '\r', '#']) {
            return Ok(());
        }
        while self.indents.last().is_some_and(|last| *last >= indent) {
            self.indents.pop();
        }
        self.indents.push(indent);
        if self.indents.len() > MOST_BLOCKS {
            return Err(format!("the script nests more than {MOST_BLOCKS} blocks: define functions"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, &str)>) {
        match (check_shape(text), expected) {
            (Ok(()), None) => {}
            (Err((line, why)), Some((at, what))) => assert!(line == at && why.contains(what), "{line}: {why}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn what_nests_is_bounded_and_what_is_wide_is_not() {
        check(&format!("x = [{}]\n", "-1, ".repeat(5_000)), None);
        check(&format!("x = [{}]\n", "{\"a\": [1]},\n".repeat(5_000)), None);
        check(&"x = 1 + 1\n".repeat(5_000), None);
        check(&format!("x = \"\"\"{}\"\"\"\n# {}\n", "(((".repeat(1_000), "(((".repeat(1_000)), None);
        check(&format!("x = '{}'\n", "\\'((".repeat(1_000)), None);
        check(&format!("\nx = {}1\n", "(".repeat(300)), Some((2, "within each other")));
        check(&format!("x = 1{}\n", " + 1".repeat(300)), Some((1, "within each other")));
        check(&format!("x = {}1\n", "not ".repeat(300)), Some((1, "within each other")));
        check(&format!("x = {}1\n", "lambda: ".repeat(300)), Some((1, "within each other")));
        check(&format!("x = f{}\n", "()".repeat(300)), Some((1, "within each other")));
        check(&format!("x = y{}\n", ".z".repeat(300)), Some((1, "within each other")));
        let nested: String = (0..60).map(|depth| " ".repeat(depth) + "if x:\n").collect();
        check(&nested, Some((51, "nests more than 50 blocks")));
        let branches = "if x:\n  pass\n".to_owned() + &"elif y:\n  pass\n".repeat(600);
        check(&branches, Some((1_003, "`elif`")));
        check("def mend__arg(x):\n    pass\n", Some((1, "the engine's own")));
        check(&"x = 1\n".repeat(100_000), Some((1, "bytes")));
    }
}
