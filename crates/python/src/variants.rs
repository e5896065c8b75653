//! The same program in other words: with other names of local variables, or formatted otherwise. Nothing that it does changes.

use crate::tree::{Expression, ExpressionKind, Statement, StatementKind};
use crate::words::{same, words};
use crate::{parse, tree::Span};
use std::collections::BTreeSet;

/// Calls that see names as texts.
const SEE_NAMES: [&str; 6] = ["locals", "globals", "vars", "eval", "exec", "dir"];

/// Programs that differ from one in the name of one local variable of a function each, in the order in which the variables
/// are assigned first. None of a program that does not parse, or that looks at names itself.
pub fn renamed(source: &str) -> Vec<String> {
    let Ok(module) = parse(source) else { return Vec::new() };
    let words = words(source);
    let has_replacement_fields = ["f\"", "f'", "F\"", "F'"].iter().any(|opening| source.contains(opening));
    if has_replacement_fields || words.iter().any(|word| SEE_NAMES.contains(word)) {
        return Vec::new();
    }
    let mut names = Found::default();
    statements(source, &module.body, false, &mut names);
    let Found { locals, kept } = names;
    let mut programs: Vec<String> = Vec::new();
    for name in locals.iter().filter(|name| !kept.contains(*name)) {
        let other = format!("{name}_value");
        // What stands within a string may be the name.
        if words.iter().any(|word| *word == other) || is_within_text(&words, name) || programs.len() >= MOST {
            continue;
        }
        programs.extend(replaced(source, &words, name, &other));
    }
    programs
}

/// Variants that are looked for.
const MOST: usize = 32;

/// Programs that differ from one in blanks alone: without those behind commas, with an empty line before each `return`, and
/// both.
pub fn reformatted(source: &str) -> Vec<String> {
    if parse(source).is_err() {
        return Vec::new();
    }
    let tight = without_blanks_behind_commas(source);
    let loose = with_lines_before_returns(source);
    let both = with_lines_before_returns(&tight);
    let mut programs: Vec<String> = Vec::new();
    for program in [tight, loose, both] {
        if program != source && !programs.contains(&program) && same(&program, source) {
            programs.push(program);
        }
    }
    programs
}

/// Names of a program.
#[derive(Default)]
struct Found {
    /// Those that functions assign, each once, in order.
    locals: Vec<String>,
    /// Those that must stay as they are.
    kept: BTreeSet<String>,
}

impl Found {
    fn keep(&mut self, source: &str, name: Span) {
        self.kept.insert(name.of(source).to_owned());
    }

    fn bind(&mut self, source: &str, target: &Expression, is_local: bool) {
        match &target.inner().kind {
            ExpressionKind::Name => {
                let name = target.inner().span.of(source).to_owned();
                if !is_local {
                    self.kept.insert(name);
                } else if !self.locals.contains(&name) {
                    self.locals.push(name);
                }
            }
            ExpressionKind::Tuple(parts) | ExpressionKind::List(parts) => {
                for part in parts {
                    self.bind(source, part, is_local);
                }
            }
            ExpressionKind::Starred(part) => self.bind(source, part, is_local),
            _ => {}
        }
    }
}

fn statements(source: &str, block: &[Statement], is_local: bool, found: &mut Found) {
    for statement in block {
        match &statement.kind {
            StatementKind::Function(function) => {
                found.keep(source, function.name);
                function.parameters.iter().for_each(|parameter| found.keep(source, parameter.name));
                statements(source, &function.body, true, found);
            }
            StatementKind::Class(class) => {
                found.keep(source, class.name);
                // What a class assigns is an attribute.
                statements(source, &class.body, false, found);
            }
            StatementKind::Assign { targets, .. } => {
                for target in targets {
                    found.bind(source, target, is_local);
                }
            }
            StatementKind::Annotated { target, .. } | StatementKind::Augmented { target, .. } => {
                found.bind(source, target, is_local);
            }
            StatementKind::For { target, body, otherwise, .. } => {
                found.bind(source, target, is_local);
                statements(source, body, is_local, found);
                statements(source, otherwise, is_local, found);
            }
            StatementKind::While { body, otherwise, .. } => {
                statements(source, body, is_local, found);
                statements(source, otherwise, is_local, found);
            }
            StatementKind::If { branches, otherwise } => {
                for (_, body) in branches {
                    statements(source, body, is_local, found);
                }
                statements(source, otherwise, is_local, found);
            }
            StatementKind::With { items, body } => {
                items.iter().filter_map(|(_, name)| name.as_ref()).for_each(|name| found.bind(source, name, is_local));
                statements(source, body, is_local, found);
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                handlers.iter().filter_map(|handler| handler.name).for_each(|name| found.keep(source, name));
                let blocks = [body, otherwise, finally].into_iter().chain(handlers.iter().map(|handler| &handler.body));
                blocks.for_each(|block| statements(source, block, is_local, found));
            }
            StatementKind::Global(names) | StatementKind::Nonlocal(names) => {
                for name in names {
                    found.keep(source, *name);
                }
            }
            StatementKind::Import(names) | StatementKind::ImportFrom { names, .. } => {
                for name in names {
                    found.keep(source, name.name);
                    name.alias.into_iter().for_each(|alias| found.keep(source, alias));
                }
            }
            _ => {}
        }
    }
}

/// Whether a name stands within a string, where it may be an expression in braces.
fn is_within_text(words: &[&str], name: &str) -> bool {
    words.iter().any(|word| word.contains(['"', '\'', '{', '}']) && word.contains(name))
}

/// A program with another name in place of one. `None` if the name is also an argument's, or if nothing comes of it.
fn replaced(source: &str, words: &[&str], name: &str, other: &str) -> Option<String> {
    let mut text = String::with_capacity(source.len() + 64);
    let mut at = 0;
    let mut depth = 0_i32;
    for (index, word) in words.iter().enumerate() {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if *word != name || index > 0 && words[index - 1] == "." {
            continue;
        }
        if depth > 0 && words.get(index + 1) == Some(&"=") {
            return None;
        }
        // A word is a part of the source.
        let start = word.as_ptr() as usize - source.as_ptr() as usize;
        text.push_str(&source[at..start]);
        text.push_str(other);
        at = start + word.len();
    }
    text.push_str(&source[at..]);
    (text != source && parse(&text).is_ok()).then_some(text)
}

fn without_blanks_behind_commas(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    let place = |word: &str| word.as_ptr() as usize - source.as_ptr() as usize;
    for pair in words(source).windows(2) {
        let (end, next) = (place(pair[0]) + pair[0].len(), place(pair[1]));
        let is_gap = pair[0] == "," && end < next && source[end..next].bytes().all(|byte| byte == b' ');
        if is_gap && at <= end {
            text.push_str(&source[at..end]);
            at = next;
        }
    }
    text.push_str(&source[at..]);
    text
}

fn with_lines_before_returns(source: &str) -> String {
    let mut text = String::with_capacity(source.len() + 64);
    let mut before = ":";
    for line in source.split_inclusive('\n') {
        let content = line.trim();
        let is_return = content == "return" || content.starts_with("return ");
        if is_return && !before.is_empty() && !before.ends_with(':') {
            text.push('\n');
        }
        text.push_str(line);
        before = content;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
import math

LIMIT = 3

def f(x, y=1):
    total = x + y
    for index in range(2):
        total += g(total, index)
    return math.sqrt(total)

def g(a, b):
    return max(a, b, key=lambda k: k)
";

    #[test]
    fn a_local_variable_gets_another_name() {
        let programs = renamed(SOURCE);
        let expected = [SOURCE.replace("total", "total_value"), SOURCE.replace("index", "index_value")];
        assert_eq!(programs, expected);
    }

    #[test]
    fn what_others_see_keeps_its_name() {
        for source in [
            "x = 1\nprint(x)\n",
            "def f(a):\n    a = a + 1\n    return a\n",
            "def f():\n    x = 1\n    return locals()\n",
            "def f():\n    x = 1\n    return f'{x}'\n",
            "def f():\n    x = 1\n    return g(x=x)\n",
            "def f():\n    global x\n    x = 1\n",
            "class A:\n    x = 1\n",
            "def f():\n    x = 1\n    def x():\n        pass\n",
            "def f(:\n",
        ] {
            assert_eq!(renamed(source), Vec::<String>::new(), "{source}");
        }
        let renamed = renamed("def f(self):\n    x = self.x\n    return {'y': x}\n");
        assert_eq!(renamed, ["def f(self):\n    x_value = self.x\n    return {'y': x_value}\n"]);
    }

    #[test]
    fn formatting_changes_blanks_alone() {
        let programs = reformatted("def f(a, b):\n    c = 'x, y', a\n    return c\n");
        assert_eq!(
            programs,
            [
                "def f(a,b):\n    c = 'x, y',a\n    return c\n",
                "def f(a, b):\n    c = 'x, y', a\n\n    return c\n",
                "def f(a,b):\n    c = 'x, y',a\n\n    return c\n",
            ]
        );
        assert_eq!(reformatted("def f(a):\n    return a\n"), Vec::<String>::new());
        assert_eq!(reformatted("def f(a,\n"), Vec::<String>::new());
        let text = "def f():\n    s = '''\nreturn a, b\n'''\n    return s, s\n";
        for program in reformatted(text) {
            assert!(same(&program, text) && program.contains("return a, b"), "{program}");
        }
    }
}
