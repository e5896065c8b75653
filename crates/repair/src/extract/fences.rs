//! Blocks of code in Markdown, as CommonMark has them and as models write them.
//!
//! A fence is three or more backticks or tildes. CommonMark wants it at the start of a line, its end at least as long, and
//! nothing behind that. Models also glue fences to text and to code, close a longer fence with a shorter one, indent the end
//! more than the beginning, write a block in one line, and forget the end. So a block has several places where it may end,
//! and the first of them counts with which the block parses; if it does with none, the one that CommonMark takes. A fence
//! within a string that goes over lines, such as a docstring, ends nothing.

use super::language::{self, Language};
use super::marks;
use super::strings::Strings;
use mend_python::parse;

/// How many lines may be looked at for each line of the text, so that no text takes long.
const PATIENCE: usize = 8;

/// A block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first byte, fence included.
    pub(super) start: usize,
    /// Behind its last byte, fence included.
    pub(super) end: usize,
    /// What stands between the fences, without their indentation.
    pub(super) text: String,
    pub(super) language: Language,
    /// Whether its end is marked.
    pub(super) is_closed: bool,
}

/// A line and where it stands.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl Line<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// What opens a block.
struct Opening<'a> {
    /// The first byte of the fence.
    place: usize,
    sign: char,
    length: usize,
    /// What stands before the fence in its line, if it is only blanks and marks of lists and quotations.
    margin: &'a str,
    language: Language,
    /// Code behind the fence, in its line.
    head: &'a str,
}

/// Where a block may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Closing {
    /// Behind the block's text.
    text: usize,
    /// Behind the fence.
    end: usize,
    /// The first line that belongs to what follows.
    next: usize,
    kind: ClosingKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ClosingKind {
    /// As CommonMark has it, outside strings.
    Proper,
    /// As CommonMark has it, within a string.
    Quoted,
    /// Another block begins.
    Next,
    /// Glued to the last line, or to text behind it.
    Glued,
    /// Shorter than the opening fence, or indented by four more.
    Weak,
}

/// All blocks, in order.
pub(super) fn find(text: &str) -> Vec<Block> {
    let mut place = 0;
    let lines: Vec<Line<'_>> = text
        .split_inclusive('\n')
        .map(|text| {
            let line = Line { start: place, text };
            place += text.len();
            line
        })
        .collect();
    let mut patience = lines.len() * PATIENCE + 64;
    let mut blocks = Vec::new();
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        index += 1;
        if let Some(block) = one_line(line) {
            blocks.push(block);
            continue;
        }
        let Some(opening) = opening(line) else { continue };
        if opening.language == Language::Markdown {
            // What is within is Markdown again.
            continue;
        }
        let closing = closing(text, &lines, index, &opening, &mut patience);
        let (body, end, next) =
            closing.map_or((text.len(), text.len(), lines.len()), |closing| (closing.text, closing.end, closing.next));
        let is_closed = closing.is_some_and(|closing| closing.kind != ClosingKind::Next);
        let body = body_of(text, line.end(), body, &opening);
        blocks.push(Block { start: opening.place, end, text: body, language: opening.language, is_closed });
        index = next;
    }
    blocks
}

/// Whether a text that begins in or outside a block ends in one, by its fences alone.
pub(super) fn toggles(text: &str, is_code: bool) -> bool {
    let is_fence = |line: &&str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
    is_code ^ (text.lines().filter(is_fence).count() % 2 == 1)
}

/// The length of a run of one character.
fn run(text: &str, sign: char) -> usize {
    text.chars().take_while(|letter| *letter == sign).count()
}

/// Splits a line into what may stand before a fence and the rest: blanks, quotation marks, marks of lists.
fn margin(line: &str) -> (&str, &str) {
    let mut rest = line.trim_start();
    loop {
        let without = rest.trim_start_matches('>').trim_start();
        let digits = without.bytes().take_while(u8::is_ascii_digit).count();
        let marked = match without[digits..].chars().next() {
            Some('.' | ')') if (1..=9).contains(&digits) => Some(&without[digits + 1..]),
            Some('-' | '+' | '*') if digits == 0 => Some(&without[1..]),
            _ => None,
        };
        let Some(marked) = marked.filter(|marked| marked.starts_with([' ', '\t'])) else {
            rest = without;
            break;
        };
        rest = marked.trim_start();
    }
    line.split_at(line.len() - rest.len())
}

/// A block in one line: between two runs of backticks.
fn one_line(line: &Line<'_>) -> Option<Block> {
    let open = line.text.find("```")?;
    let length = run(&line.text[open..], '`');
    let inner = open + length;
    let close = inner + line.text[inner..].find("```")?;
    let (language, named) = language::of(&line.text[inner..close]);
    let text = line.text[inner + named..close].trim().to_owned();
    let end = close + run(&line.text[close..], '`');
    // Text behind it that holds a further fence may open another block; nobody writes that.
    (!text.is_empty()).then(|| Block {
        start: line.start + open,
        end: line.start + end,
        text,
        language,
        is_closed: true,
    })
}

fn opening<'a>(line: &Line<'a>) -> Option<Opening<'a>> {
    let (before, rest) = margin(line.text);
    let sign = rest.chars().next()?;
    let length = run(rest, sign);
    let fence = |before: &'a str, sign: char, length: usize| {
        let info = line.text[before.len() + length..].trim();
        let (language, named) = language::of(info);
        let head = info[named..].trim_start_matches(|letter: char| "}:,;".contains(letter)).trim();
        let margin = if margin(before).1.is_empty() { before } else { "" };
        Opening { place: line.start + before.len(), sign, length, margin, language, head }
    };
    match sign {
        '`' | '~' if length >= 3 => return Some(fence(before, sign, length)),
        // Quotes in the place of backticks, where they name the language.
        '\'' if length == 3 && language::of(rest[3..].trim()).0 == Language::Python => {
            let opening = fence(before, sign, length);
            return opening.head.is_empty().then_some(opening);
        }
        _ => {}
    }
    // Behind text: only where nothing but a language follows.
    let place = line.text.find("```")?;
    let opening = fence(&line.text[..place], '`', run(&line.text[place..], '`'));
    opening.head.is_empty().then_some(opening)
}

/// Where a block ends; `None` if nothing may be its end.
fn closing(
    text: &str,
    lines: &[Line<'_>],
    first: usize,
    opening: &Opening<'_>,
    patience: &mut usize,
) -> Option<Closing> {
    let mut found: Vec<Closing> = Vec::new();
    let mut strings = Strings::default();
    strings.read(opening.head);
    for (index, line) in lines.iter().enumerate().skip(first) {
        *patience = patience.saturating_sub(1);
        let closing = closing_in(line, index, opening, strings.is_open());
        if let Some(closing) = closing
            && found.iter().all(|known| known.kind != closing.kind)
        {
            found.push(closing);
        }
        let is_sure = closing.is_some_and(|closing| match closing.kind {
            ClosingKind::Proper | ClosingKind::Next => true,
            ClosingKind::Quoted => opening.language == Language::Other,
            ClosingKind::Glued | ClosingKind::Weak => false,
        });
        let is_sure = is_sure || (*patience == 0 && !found.is_empty());
        if is_sure {
            break;
        }
        strings.read(line.text);
    }
    let start = lines.get(first).map_or(text.len(), |line| line.start);
    let parses = |closing: &&Closing| {
        parse(&body_of(text, start, closing.text.max(start), opening)).is_ok_and(|module| !module.body.is_empty())
    };
    let is_proper = |closing: &&Closing| matches!(closing.kind, ClosingKind::Proper | ClosingKind::Quoted);
    let single = if let [single] = found[..] { Some(single) } else { None };
    let parsing = || found.iter().find(parses).copied();
    let proper = || found.iter().find(is_proper).copied();
    let strongest = || found.iter().min_by_key(|closing| closing.kind).copied();
    match opening.language {
        Language::Other => proper().or_else(strongest),
        _ => single.or_else(parsing).or_else(proper).or_else(strongest),
    }
}

/// Whether a block may end in a line.
fn closing_in(line: &Line<'_>, index: usize, opening: &Opening<'_>, is_quoted: bool) -> Option<Closing> {
    let (before, rest) = margin(line.text);
    let length = run(rest, opening.sign);
    if length < 3 {
        let place = line.text.find("```").filter(|_| opening.sign == '`')?;
        let end = place + run(&line.text[place..], '`');
        // A second fence in the line: that is a block of its own, or text about fences.
        let is_glued = !is_quoted && !line.text[end..].contains("```");
        let (start, next) = (line.start, index + 1);
        return is_glued.then_some(Closing { text: start + place, end: start + end, next, kind: ClosingKind::Glued });
    }
    let info = &rest[length..];
    let end = line.start + before.len() + length;
    let closing = |kind| Some(Closing { text: line.start, end, next: index + 1, kind });
    if marks::is_end(info) {
        let is_weak = length < opening.length || before.len() >= opening.margin.len() + 4;
        return closing(match (is_weak, is_quoted) {
            (false, false) => ClosingKind::Proper,
            (false, true) => ClosingKind::Quoted,
            (true, _) => ClosingKind::Weak,
        });
    }
    if is_quoted {
        return None;
    }
    let names_language = language::of(info).0 != Language::Unknown;
    if names_language && !info.starts_with(char::is_whitespace) {
        return Some(Closing { text: line.start, end: line.start, next: index, kind: ClosingKind::Next });
    }
    closing(ClosingKind::Glued)
}

/// The text of a block: with the code behind its fence if it parses only so, and without the fence's own margin.
fn body_of(text: &str, start: usize, end: usize, opening: &Opening<'_>) -> String {
    let raw = &text[start.min(end)..end];
    let body = if opening.margin.is_empty() { raw.to_owned() } else { without_margin(raw, opening.margin) };
    if !opening.head.is_empty() {
        let whole = format!("{}\n{body}", opening.head);
        if parse(&whole).is_ok() && (parse(&body).is_err() || body.trim().is_empty()) {
            return whole;
        }
    }
    if body.starts_with([' ', '\t']) && parse(&body).is_err() {
        let dedented = dedented(&body);
        if parse(&dedented).is_ok() {
            return dedented;
        }
    }
    body
}

/// The lines without the margin of their fence.
fn without_margin(text: &str, margin: &str) -> String {
    let is_quoted = margin.contains('>');
    let width = margin.chars().count();
    let blanks = |line: &str| line.bytes().take(width).take_while(|byte| *byte == b' ').count();
    let is_inside = |line: &str| line.trim().is_empty() || line.starts_with(margin) || blanks(line) == width;
    if !is_quoted && !text.lines().all(is_inside) && parse(text).is_ok() {
        // Whoever indented the fence did not indent the code.
        return text.to_owned();
    }
    let line = |line: &'_ str| -> String {
        if let Some(rest) = line.strip_prefix(margin) {
            return rest.to_owned();
        }
        let line = if is_quoted { line.trim_start_matches([' ', '\t']).trim_start_matches('>') } else { line };
        line[blanks(line)..].to_owned()
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The lines without the blanks that all of them begin with.
pub(super) fn dedented(text: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(blanks).min().unwrap_or(0);
    text.split_inclusive('\n')
        .map(|line| line.get(common..).filter(|_| blanks(line) >= common).unwrap_or("\n"))
        .collect()
}
