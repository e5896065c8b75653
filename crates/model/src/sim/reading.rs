//! How a simulated programmer reads a prompt: which problem, which program, and whether there are facts.

use super::damage::{Combinations, DamageSet};
use super::prose;
use crate::{Message, Speaker};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes by which a statement is looked up before it is compared.
const OPENING: usize = 16;

/// The statements of all problems, to be found in prompts.
///
/// A prompt may indent a statement, put it behind `#` or `>`, or leave blank lines out: see [`plain`]. One
/// pass over the prompt finds it, however many problems there are.
#[derive(Debug)]
pub(super) struct Library {
    /// Statement of each problem, plain.
    statements: Vec<String>,
    by_opening: BTreeMap<Vec<u8>, Vec<usize>>,
    /// Statements shorter than an opening.
    short: Vec<usize>,
}

impl Library {
    pub(super) fn new<'a>(statements: impl IntoIterator<Item = &'a str>) -> Self {
        let statements: Vec<String> = statements.into_iter().map(plain).collect();
        let mut by_opening: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        let mut short = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            match statement.as_bytes().get(..OPENING) {
                Some(opening) => by_opening.entry(opening.to_vec()).or_default().push(index),
                None if statement.is_empty() => {}
                None => short.push(index),
            }
        }
        Self { statements, by_opening, short }
    }

    /// The problems whose statement ends last in the last message that holds any, the longest statement first. More
    /// than one only if problems share their statement.
    pub(super) fn find(&self, messages: &[Message]) -> Vec<usize> {
        for message in messages.iter().rev() {
            let text = plain(&message.content);
            let found = self.find_in(&text);
            if let Some(best) = found.iter().map(|(place, _)| *place).max() {
                return found.into_iter().filter(|(place, _)| *place == best).map(|(_, index)| index).collect();
            }
        }
        Vec::new()
    }

    /// Every occurrence, as (end, length) and problem.
    fn find_in(&self, text: &str) -> BTreeSet<((usize, usize), usize)> {
        let mut found = BTreeSet::new();
        for (start, window) in text.as_bytes().windows(OPENING).enumerate() {
            for index in self.by_opening.get(window).into_iter().flatten() {
                let statement = &self.statements[*index];
                if text.as_bytes()[start..].starts_with(statement.as_bytes()) {
                    found.insert(((start + statement.len(), statement.len()), *index));
                }
            }
        }
        for index in &self.short {
            let statement = &self.statements[*index];
            if let Some(start) = text.rfind(statement.as_str()) {
                found.insert(((start + statement.len(), statement.len()), *index));
            }
        }
        found
    }
}

/// What a prompt says beside the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// No program of ours is in it: write one.
    Write,
    /// Repair the program that holds these damages.
    Repair {
        damages: DamageSet,
        /// Whether the prompt shows what went wrong.
        has_facts: bool,
        /// What the prompt quotes of a critic.
        critique: Option<Critique>,
    },
}

/// What somebody says of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Critique {
    /// Lines that it names by number, counted from 1.
    pub(super) lines: BTreeSet<usize>,
    /// What it shows in backticks.
    pub(super) quotes: BTreeSet<String>,
    /// Whether it admits that it found nothing.
    pub(super) is_blind: bool,
}

impl Critique {
    fn of(text: &str) -> Self {
        let words: Vec<&str> = words(text).collect();
        let numbers = words.windows(2).filter(|pair| matches!(pair[0].to_ascii_lowercase().as_str(), "line" | "lines"));
        let quotes = text.split('`').skip(1).step_by(2).map(str::trim).filter(|quote| !quote.is_empty());
        Self {
            lines: numbers.filter_map(|pair| pair[1].parse().ok()).collect(),
            quotes: quotes.map(str::to_owned).collect(),
            is_blind: text.trim().is_empty() || prose::is_blind(text),
        }
    }
}

/// Whether the last message asks for an opinion of the program as a whole.
pub(super) fn asks_opinion(messages: &[Message]) -> bool {
    messages.last().is_some_and(|message| message.content.contains("Verdict: correct"))
}

/// Finds the program to repair: the last fenced Python block that holds a program of this problem, in the
/// last message that has one. Facts are looked for in that message and in the user's later ones.
pub(super) fn task(messages: &[Message], statement: &str, combinations: &Combinations) -> Task {
    for (index, message) in messages.iter().enumerate().rev() {
        let blocks = python_blocks(&message.content);
        let found = blocks.iter().rev().find_map(|block| Some((block, combinations.identify(&block.body)?)));
        if let Some((block, damages)) = found {
            let has_facts = messages[index..]
                .iter()
                .filter(|message| message.speaker == Speaker::User)
                .any(|message| shows_facts(&without_programs(&message.content, combinations), statement));
            // A critique stands behind the program: what is quoted before it is of the statement.
            let behind = message.content.lines().skip(block.lines.1 + 1);
            let critique =
                quotation(behind.chain(messages[index + 1..].iter().flat_map(|later| later.content.lines())));
            let critique = critique.map(|text| Critique::of(&text));
            return Task::Repair { damages: damages.clone(), has_facts, critique };
        }
    }
    Task::Write
}

/// The last run of lines quoted by `>` in some lines, without its marks; `None` if there is none. What stands in a
/// fence is no quotation.
fn quotation<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut runs: Vec<Vec<&str>> = vec![vec![]];
    let mut open = None;
    for line in lines {
        let info = line.trim().trim_start_matches('`');
        let ticks = line.trim().len() - info.len();
        match (open, line.strip_prefix('>')) {
            (None, Some(quoted)) if !quoted.starts_with(">>") => {
                runs.last_mut().expect("there is always a run").push(quoted.trim());
            }
            (None, None) if ticks >= 3 => open = Some(ticks),
            (Some(opening), _) if ticks >= opening && info.is_empty() => open = None,
            _ => runs.push(vec![]),
        }
    }
    runs.iter().rev().find(|run| !run.is_empty()).map(|run| run.join("\n"))
}

/// Lines of a text without their indentation, comment and quote marks; blank ones left out.
fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches([' ', '\t', '#', '>']).trim_end());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A fenced block.
struct Block {
    /// Its first and last line, fences included.
    lines: (usize, usize),
    /// Whether its fence names Python.
    is_marked: bool,
    body: String,
}

/// The blocks fenced as Python or as nothing in particular. Every fence is tried as an opening one, so that a stray
/// fence earlier in the text hides nothing.
fn python_blocks(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let fences: Vec<(usize, usize, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| {
            let line = line.trim();
            let info = line.trim_start_matches('`');
            let ticks = line.len() - info.len();
            (ticks >= 3).then_some((index, ticks, info))
        })
        .collect();
    let mut blocks = Vec::new();
    for (position, (open, ticks, info)) in fences.iter().enumerate() {
        let language = info.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(language.as_str(), "" | "python" | "py" | "python3") {
            continue;
        }
        let close = fences[position + 1..].iter().find(|(_, closing, info)| closing >= ticks && info.is_empty());
        if let Some((close, _, _)) = close {
            let body = lines[open + 1..*close].join("\n");
            blocks.push(Block { lines: (*open, *close), is_marked: !language.is_empty(), body });
        }
    }
    blocks
}

/// The text without its programs: blocks marked as Python, and others that hold a program of the problem.
fn without_programs(text: &str, combinations: &Combinations) -> String {
    let is_program = |block: &Block| block.is_marked || combinations.identify(&block.body).is_some();
    let programs: Vec<Block> = python_blocks(text).into_iter().filter(is_program).collect();
    let is_outside = |index: usize| !programs.iter().any(|block| (block.lines.0..=block.lines.1).contains(&index));
    let lines = text.lines().enumerate().filter(|(index, _)| is_outside(*index)).map(|(_, line)| line);
    lines.collect::<Vec<_>>().join("\n")
}

/// The programs of ours in fenced blocks of a text, in their order.
pub(super) fn programs<'c>(text: &str, combinations: &'c Combinations) -> Vec<&'c DamageSet> {
    python_blocks(text).iter().filter_map(|block| combinations.identify(&block.body)).collect()
}

/// A text without the statement, where it stands word for word.
pub(super) fn without_statement(text: &str, statement: &str) -> String {
    let statement = statement.trim();
    if statement.is_empty() { text.to_owned() } else { text.replace(statement, "") }
}

/// A text without the statement, fenced blocks, blank lines, and the marks of quotations and comments.
pub(super) fn prose(text: &str, statement: &str) -> String {
    let mut open = None;
    let outside = text.lines().filter(|line| {
        let info = line.trim().trim_start_matches('`');
        let ticks = line.trim().len() - info.len();
        match open {
            None if ticks >= 3 => open = Some(ticks),
            Some(opening) if ticks >= opening && info.is_empty() => open = None,
            Some(_) => {}
            None => return true,
        }
        false
    });
    plain(&outside.collect::<Vec<_>>().join("\n")).replace(&plain(statement), "")
}

/// Words that announce a value.
const ANNOUNCING: [&str; 15] = [
    "expected",
    "got",
    "actual",
    "returned",
    "give",
    "gives",
    "printed",
    "output",
    "input",
    "stdin",
    "stdout",
    "raised",
    "exception",
    "assert",
    "assertion",
];

/// Phrases that are facts by themselves.
const TELLING: [&str; 11] = [
    "time limit",
    "timed out",
    "memory limit",
    "out of memory",
    "output limit",
    "too much output",
    "traceback",
    "does not compile",
    "does not define",
    "not defined",
    "the call `",
];

/// Whether a text shows a fact of a failure: an exception's name (`...Error`), a phrase such as `time limit`, or in
/// one line a word such as `expected`, `returned` or `assert` and behind it a value: a digit, a quoted text,
/// or whatever follows a colon or an equals sign. The statement itself is no feedback.
fn shows_facts(text: &str, statement: &str) -> bool {
    let text = plain(text).replace(&plain(statement), "");
    text.lines().any(|line| {
        // A fence that is only spoken of.
        let line = line.replace("```", "");
        let lower = line.to_ascii_lowercase();
        TELLING.iter().any(|phrase| lower.contains(phrase)) || names_exception(&line) || announces_value(&lower)
    })
}

pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn names_exception(line: &str) -> bool {
    words(line).any(|word| {
        ["Error", "Exception"].iter().any(|end| word.strip_suffix(end).is_some_and(|kind| !kind.is_empty()))
    })
}

fn announces_value(line: &str) -> bool {
    let Some(word) = words(line).find(|word| ANNOUNCING.contains(word)) else { return false };
    let behind = line.split_once(word).map_or("", |(_, behind)| behind);
    behind.contains(['`', '"', '\'', ':', '=']) || behind.contains(|c: char| c.is_ascii_digit())
}
