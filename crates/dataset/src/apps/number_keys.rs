//! Calls with dicts whose keys are numbers, which JSON writes as texts.

use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// A test of such a call: the arguments as Python writes them, and the result compared as JSON, which knows neither tuples nor
/// number keys. `None` if no argument is a dict with number keys, or if a value cannot be written out.
pub(super) fn script(entry_point: &str, args: &RawValue, expected: &RawValue) -> Option<String> {
    if has_long_number(args.get()) || has_long_number(expected.get()) {
        return None;
    }
    let args: Vec<Value> = serde_json::from_str(args.get()).ok()?;
    if !args.iter().any(has_number_keys) {
        return None;
    }
    let mut written = String::new();
    for (index, arg) in args.iter().enumerate() {
        written.push_str(if index == 0 { "" } else { ", " });
        write_python(arg, has_number_keys(arg), &mut written)?;
    }
    let mut wanted = String::new();
    let expected: Value = serde_json::from_str(expected.get()).ok()?;
    write_python(&expected, false, &mut wanted)?;
    Some(format!("import json\nassert json.loads(json.dumps({entry_point}({written}))) == {wanted}\n"))
}

/// Whether a number may be longer than what is kept exactly. Texts with as many digits count, too.
fn has_long_number(json: &str) -> bool {
    json.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() > 15)
}

fn has_number_keys(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| !fields.is_empty() && fields.keys().all(|key| number(key).is_some()))
}

/// A whole number in the one way in which Python writes it.
fn number(key: &str) -> Option<i64> {
    key.parse().ok().filter(|number: &i64| number.to_string() == key)
}

/// Writes a value as Python's source.
fn write_python(value: &Value, number_keys: bool, source: &mut String) -> Option<()> {
    match value {
        Value::Null => source.push_str("None"),
        Value::Bool(true) => source.push_str("True"),
        Value::Bool(false) => source.push_str("False"),
        // A whole number keeps its digits. Another one is written in one way only, whatever digits the file gives it.
        Value::Number(number) if number.is_i64() || number.is_u64() => source.push_str(&number.to_string()),
        Value::Number(number) => source.push_str(&serde_json::to_string(&number.as_f64()?).ok()?),
        // What JSON escapes Python escapes alike, but for the slash, which serde_json leaves alone.
        Value::String(_) => source.push_str(&value.to_string()),
        Value::Array(values) => {
            source.push('[');
            for (index, value) in values.iter().enumerate() {
                source.push_str(if index == 0 { "" } else { ", " });
                write_python(value, false, source)?;
            }
            source.push(']');
        }
        Value::Object(fields) => {
            source.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                source.push_str(if index == 0 { "" } else { ", " });
                if number_keys {
                    source.push_str(key);
                } else {
                    write!(source, "{}", Value::from(key.as_str())).ok()?;
                }
                source.push_str(": ");
                write_python(value, false, source)?;
            }
            source.push('}');
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &str, expected: &str, source: Option<&str>) {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let script = script("pick", &raw(args), &raw(expected));
        let assertion = script.as_deref().and_then(|script| script.strip_prefix("import json\nassert "));
        assert_eq!(assertion.map(str::trim_end), source);
    }

    #[test]
    fn dicts_with_number_keys_are_written_out() {
        check(
            r#"[{"1": 5, "-2": [true, null]}, "1"]"#,
            "[6]",
            Some(r#"json.loads(json.dumps(pick({1: 5, -2: [True, None]}, "1"))) == [6]"#),
        );
        check(
            r#"[2, {"0": {"1": 2}}]"#,
            r#"{"1": "a\"b"}"#,
            Some(r#"json.loads(json.dumps(pick(2, {0: {"1": 2}}))) == {"1": "a\"b"}"#),
        );
        // However a file writes a number, the same one is the same source.
        check(
            r#"[{"1": 1.50, "2": 1E2, "3": -0.10}]"#,
            "2.0",
            Some("json.loads(json.dumps(pick({1: 1.5, 2: 100.0, 3: -0.1}))) == 2.0"),
        );
    }

    #[test]
    fn other_calls_stay_calls() {
        for args in [
            r#"[{"a": 1}]"#,
            r#"[{"1": 1, "a": 2}]"#,
            "[{}]",
            "[[1], 2]",
            r#"[{"01": 1}]"#,
            r#"[{"1.5": 1}]"#,
            "{}",
            r#"[{"1": 12345678901234567890}]"#,
            r#"[{"1": 1e400}]"#,
        ] {
            check(args, "1", None);
        }
    }
}
