//! The defects that a critique lists with their places, types and severities: one a line, as `lines 3-5 | wrong_value |
//! major | why`, or as JSON objects with `first`, `last`, `type` and `severity`.

use super::bare;
use mend_core::{Defect, Fault, Severity};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// The largest number that is taken for a line's.
const LAST: u64 = 100_000;

/// Braces at which a JSON object is looked for, at most.
const BRACES: usize = 1_000;

/// A first and a last line, or one line, and nothing else but words for it.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:defect|error|issue)?\s*\d*\s*[:.)]\s*)?(?:lines?|L)?\s*(\d+)(?:\s*(?:-|–|—|to)\s*(?:L|line\s+)?(\d+))?$")
        .expect("the expression is valid: every test uses it")
});

/// The defects of a text, in its order, each once.
pub(super) fn listed(text: &str) -> Vec<Defect> {
    let mut defects = in_json(text);
    if defects.is_empty() {
        defects = text.lines().filter_map(of_line).collect();
    }
    let mut seen = Vec::new();
    defects.retain(|defect| {
        !seen.contains(defect) && {
            seen.push(*defect);
            true
        }
    });
    defects
}

/// The defect in one line; `None` if it is none.
fn of_line(line: &str) -> Option<Defect> {
    // A cell of a table stands between bars too.
    let mut cells = line.trim().trim_matches('|').split('|').map(|cell| bare(cell).trim_end_matches([':', '.']).trim());
    let place = cells.next()?;
    let place = PLACE.captures(place)?;
    let number = |group| place.get(group).map(|number| number.as_str().parse::<u64>().unwrap_or(0));
    let first = number(1)?;
    defect(first, number(2).unwrap_or(first), cells.next()?, cells.next()?)
}

/// The objects of a text that are defects.
fn in_json(text: &str) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut behind = 0;
    for (at, _) in text.match_indices('{').take(BRACES) {
        if at < behind {
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        let Some(Ok(Value::Object(fields))) = values.next() else { continue };
        let number = |names: [&str; 2]| names.iter().find_map(|name| fields.get(*name)?.as_u64());
        let word = |names: [&str; 2]| {
            names.iter().find_map(|name| match fields.get(*name)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let Some(first) = number(["first", "line"]) else { continue };
        let (Some(fault), Some(severity)) = (word(["type", "fault"]), word(["severity", "grade"])) else { continue };
        let found = defect(first, number(["last", "end"]).unwrap_or(first), &fault, &severity);
        if found.is_some() {
            behind = at + values.byte_offset();
            defects.extend(found);
        }
    }
    defects
}

fn defect(first: u64, last: u64, fault: &str, severity: &str) -> Option<Defect> {
    let fault = fault.trim().to_lowercase().replace([' ', '-'], "_");
    let fault = Fault::ALL.into_iter().find(|known| known.as_str() == fault)?;
    let severity = match severity.trim().to_lowercase().as_str() {
        "minor" | "1" => Severity::Minor,
        "major" | "5" => Severity::Major,
        _ => return None,
    };
    let (first, last) = (first.min(last), first.max(last));
    let of = |number: u64| (1..=LAST).contains(&number).then(|| u32::try_from(number).ok()).flatten();
    Some(Defect { first: of(first)?, last: of(last)?, fault, severity })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defects_are_read_where_a_line_or_an_object_states_all_of_one() {
        for (text, expected) in [
            ("lines 3-5 | wrong_value | major | the sum starts at 1", "3-5 wrong_value major"),
            ("- Line 3 | crash | minor", "3-3 crash minor"),
            ("1. lines 2 to 4 | missing case | Major", "2-4 missing_case major"),
            ("Defect 2: line 7 | wrong-io | minor | a blank too many", "7-7 wrong_io minor"),
            ("**Line 9** | `slow` | **major** |", "9-9 slow major"),
            (
                "| lines | type | severity |\n|---|---|---|\n| 5-3 | slow | 5 |\n| 8 | crash | 1 |",
                "3-5 slow major, 8-8 crash minor",
            ),
            ("line 3 | crash | minor\nline 3 | crash | minor", "3-3 crash minor"),
            (r#"{"first": 3, "last": 5, "type": "wrong_value", "severity": "major"}"#, "3-5 wrong_value major"),
            (
                r#"{"defects": [{"line": 2, "type": "crash", "severity": 5}, {"first": 4, "type": "slow", "severity": "minor"}]}"#,
                "2-2 crash major, 4-4 slow minor",
            ),
            ("```json\n[{\"first\": 1, \"type\": \"slow\", \"severity\": \"minor\"}]\n```", "1-1 slow minor"),
            ("line 3 | wrong | major", ""),
            ("line 3 | crash | fatal", ""),
            ("line 3 | crash", ""),
            ("line 0 | crash | major", ""),
            ("line 3 crashes, which is major", ""),
            ("none | crash | major", ""),
            ("{ {{ {\"first\": 1}", ""),
            ("", ""),
        ] {
            let shown: Vec<String> = listed(text)
                .iter()
                .map(|defect| {
                    format!("{}-{} {} {}", defect.first, defect.last, defect.fault.as_str(), defect.severity.as_str())
                })
                .collect();
            assert_eq!(shown.join(", "), expected, "{text}");
        }
    }
}
