//! Another JSON value in place of one: one leaf of it changes.

use super::edit::{Edit, Tier};
use super::number;

/// The changes of a JSON value, each of one leaf. Keys stay as they are.
pub(super) fn edits(json: &str, by: u8) -> Vec<Edit> {
    let bytes = json.as_bytes();
    let mut edits = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at = behind_string(bytes, at);
                let is_key = json[at..].trim_start().starts_with(':');
                if !is_key && at - start > 1 {
                    // Before the closing quote, where no escape is open.
                    let now = format!("{}x\"", &json[start..at - 1]);
                    edits.push(Edit { span: start..at, now, tier: Tier::Value });
                }
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
                let other = number::other(&json[start..at], by);
                edits.extend(other.map(|now| Edit { span: start..at, now, tier: Tier::Value }));
            }
            b't' | b'f' | b'n' => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let (now, tier) = match &json[start..at] {
                    "true" => ("false".to_owned(), Tier::Truth),
                    "false" => ("true".to_owned(), Tier::Truth),
                    // Whoever answers nothing with 0 is honest.
                    _ => ((40 + by).to_string(), Tier::Value),
                };
                edits.push(Edit { span: start..at, now, tier });
            }
            open @ (b'[' | b'{') => {
                at += 1;
                let (close, inner) = if open == b'[' { (']', "0") } else { ('}', "\"x\": 0") };
                if json[at..].trim_start().starts_with(close) {
                    edits.push(Edit { span: at..at, now: inner.to_owned(), tier: Tier::Value });
                }
            }
            _ => at += 1,
        }
    }
    edits
}

/// The place behind the string that begins here.
fn behind_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::super::edit::applied;
    use super::*;
    use serde_json::Value;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        let found: Vec<String> = edits(json, 2).iter().map(|edit| applied(json, edit)).collect();
        assert_eq!(found, expected);
        for other in &found {
            let other: Value = serde_json::from_str(other).unwrap();
            assert_ne!(other, serde_json::from_str::<Value>(json).unwrap(), "{json}");
        }
    }

    #[test]
    fn each_change_is_of_one_leaf() {
        check("4", &["6"]);
        check("-1.5", &["0.5"]);
        check("true", &["false"]);
        check("null", &["42"]);
        check("[]", &["[0]"]);
        check("{ }", &[r#"{"x": 0 }"#]);
        check(r#""a\\\"b""#, &[r#""a\\\"bx""#]);
        check(r#""""#, &[r#""x""#]);
        check(
            r#"{"a": [1, "t: rue"], "b": {}}"#,
            &[
                r#"{"a": [3, "t: rue"], "b": {}}"#,
                r#"{"a": [1, "t: ruex"], "b": {}}"#,
                r#"{"a": [1, "t: rue"], "b": {"x": 0}}"#,
            ],
        );
    }

    #[test]
    fn what_is_true_or_false_comes_last() {
        let tiers: Vec<Tier> = edits(r#"[true, null, "a", 1]"#, 1).iter().map(|edit| edit.tier).collect();
        assert_eq!(tiers, [Tier::Truth, Tier::Value, Tier::Value, Tier::Value]);
    }
}
