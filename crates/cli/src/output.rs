//! The two ways out: messages to stderr, data to stdout.

use crate::exit::{Failure, printable};
use serde::Serialize;
use std::io::Write as _;

/// Writes a message to stderr.
pub fn tell(message: &str) {
    // Nobody reads a closed stderr.
    let _ = writeln!(std::io::stderr(), "{}", printable(message));
}

/// Writes data to stdout. A reader that went away, such as `head`, ends the output quietly; any other refusal is an
/// error, since whoever asked does not have the data.
pub fn print(data: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{}", data.trim_end_matches('\n')).and_then(|()| stdout.flush());
    written.or_else(|source| unless_nobody_reads(&source))
}

/// Writes data to stdout as JSON over several lines: what `--json` prints. docs/json.md describes what each command prints.
pub fn print_json(data: &impl Serialize) -> Result<(), Failure> {
    let value = serde_json::to_value(data).map_err(Failure::bug)?;
    print(&escaped(&format!("{value:#}")))
}

/// JSON without the control characters that it lets stand: data come from models and programs, and go to terminals too.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        // What is below stands escaped already, and between values there are only line breaks.
        if matches!(char, '\u{7f}'..='\u{9f}') {
            text.extend([format!("\\u{:04x}", u32::from(char))]);
        } else {
            text.push(char);
        }
    }
    text
}

/// Forgives a reader that went away.
pub fn unless_nobody_reads(source: &std::io::Error) -> Result<(), Failure> {
    if source.kind() == std::io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    let failure = Failure::stopped(format!("cannot write to standard output: {source}"));
    Err(failure.hint("make room, or send the output elsewhere, then ask again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_every_character_and_none_that_a_terminal_obeys() {
        let data = serde_json::json!({ "text": "a\u{1b}[31m\u{9b}31m\u{7f}\u{85}\n\u{202e}" });
        let text = escaped(&format!("{data:#}"));
        assert!(text.chars().all(|char| char == '\n' || !char.is_control()), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), data);
    }
}
