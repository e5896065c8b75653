//! Setting thinking aside.
//!
//! Models and their templates mark it in many ways; see [`PAIRS`] and [`NAMES`]. An opening mark counts where a line begins
//! with it, outside code. A closing mark alone ends thinking that the template opened: all before it is thinking. A mark
//! within quotes is only spoken of.

use super::fences;

/// Names of marks `<name>` and `</name>`, `[NAME]` and `[/NAME]`, `<|name|>` and `<|/name|>`.
const NAMES: [&str; 14] = [
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reason",
    "reflection",
    "scratchpad",
    "analysis",
    "monologue",
    "inner_monologue",
    "seed:think",
    "longcat_think",
    "thinking_process",
];

/// Other marks.
const PAIRS: [(&str, &str); 6] = [
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|begin_of_thinking|>", "<|end_of_thinking|>"),
    ("<|think_start|>", "<|think_end|>"),
    ("◁think▷", "◁/think▷"),
    ("<unused94>", "<unused95>"),
];

/// Marks of the answer proper: one of them ends thinking that was never closed.
const ANSWERS: [&str; 4] = ["<answer>", "<|begin_of_solution|>", "<solution>", "<final_answer>"];

/// A mark in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Which thinking begins.
    Opens(usize),
    Closes(usize),
    Answers,
}

/// The text without thinking; `None` if nothing else is left.
pub(super) fn set_aside(text: &str) -> Option<String> {
    let text = channels(text);
    // What was said so far, outside thinking.
    let mut said = String::new();
    let mut open: Option<usize> = None;
    let mut from = 0;
    let mut is_code = false;
    let mut read = 0;
    for (place, length, mark) in marks(&text) {
        if place < from {
            continue;
        }
        match (open, mark) {
            (None, Mark::Opens(name)) => {
                is_code = fences::toggles(&text[read..place], is_code);
                read = place;
                if begins_line(&text, place) && !is_code {
                    say(&mut said, &text[from..place]);
                    open = Some(name);
                    from = place + length;
                }
            }
            (Some(name), Mark::Closes(closed)) if name == closed => {
                open = None;
                from = place + length;
                (is_code, read) = (false, from);
            }
            (None, Mark::Closes(_)) if !is_quoted(&text, place, length) => {
                said.clear();
                from = place + length;
                (is_code, read) = (false, from);
            }
            (Some(_), Mark::Answers) if begins_line(&text, place) => {
                open = None;
                from = place;
                (is_code, read) = (false, from);
            }
            _ => {}
        }
    }
    if open.is_none() {
        say(&mut said, &text[from..]);
    }
    (!said.trim().is_empty()).then_some(said)
}

/// Adds what follows thinking, in a line of its own.
fn say(said: &mut String, text: &str) {
    if !said.is_empty() && !said.ends_with('\n') {
        said.push('\n');
    }
    said.push_str(text);
}

/// All marks, in order: byte, length, and what it is.
fn marks(text: &str) -> Vec<(usize, usize, Mark)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (start, first) in lower.match_indices(['<', '[', '◁']) {
        let rest = &lower[start..];
        let name = |open: &str, close: &str| -> Option<(usize, Mark)> {
            let inner = rest.strip_prefix(open)?;
            let inner = &inner[..inner.bytes().take(40).position(|byte| close.as_bytes()[0] == byte)?];
            if !rest[open.len() + inner.len()..].starts_with(close) {
                return None;
            }
            let (closes, name) = match inner.strip_prefix('/') {
                Some(name) => (true, name),
                None => (false, inner),
            };
            let index = NAMES.iter().position(|known| *known == name.trim())?;
            let length = open.len() + inner.len() + close.len();
            Some((length, if closes { Mark::Closes(index) } else { Mark::Opens(index) }))
        };
        let pair = || {
            PAIRS.iter().enumerate().find_map(|(index, (open, close))| {
                let index = NAMES.len() + index;
                if rest.starts_with(open) {
                    Some((open.len(), Mark::Opens(index)))
                } else {
                    rest.starts_with(close).then_some((close.len(), Mark::Closes(index)))
                }
            })
        };
        let answer = || ANSWERS.iter().find(|mark| rest.starts_with(**mark)).map(|mark| (mark.len(), Mark::Answers));
        let mark = match first {
            "<" if rest.starts_with("<|") => pair().or_else(|| name("<|", "|>")).or_else(answer),
            "<" => name("<", ">").or_else(pair).or_else(answer),
            "[" => name("[", "]"),
            _ => pair(),
        };
        found.extend(mark.map(|(length, mark)| (start, length, mark)));
    }
    found
}

/// Whether only blanks, or another mark, stand before a place in its line.
fn begins_line(text: &str, place: usize) -> bool {
    let before = text[..place].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '>'])
}

/// Whether a mark stands within quotes or backticks.
fn is_quoted(text: &str, place: usize, length: usize) -> bool {
    let quotes = ['"', '\'', '`'];
    text[..place].ends_with(quotes) || text[place + length..].starts_with(quotes)
}

/// The messages that are meant for the user, of an answer in channels: `<|channel|>final<|message|>...<|end|>`.
fn channels(text: &str) -> std::borrow::Cow<'_, str> {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    if !text.contains(CHANNEL) || !text.contains(MESSAGE) {
        // The marks may have been left out, their words not.
        let leaked = text.starts_with("analysis").then(|| text.rsplit_once("assistantfinal")).flatten();
        return leaked.map_or(text, |(_, answer)| answer).into();
    }
    let mut said = String::new();
    for message in text.split(CHANNEL).skip(1) {
        let Some((channel, body)) = message.split_once(MESSAGE) else { continue };
        let ends = ["<|end|>", "<|return|>", "<|call|>", "<|start|>"];
        let end = ends.iter().filter_map(|end| body.find(end)).min().unwrap_or(body.len());
        if channel.trim_start().starts_with("final") {
            said.push_str(&body[..end]);
            said.push('\n');
        }
    }
    said.into()
}
