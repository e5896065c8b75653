//! Numbers of tokens as servers report them.

use crate::Oddity;
use mend_core::Tokens;
use serde_json::Value;

/// More tokens than any request has: a count beyond it is a mistake, such as a negative number that lost its sign.
const MOST: u64 = 1_000_000_000;

/// Reads the counts of one `usage`, and notes which of them are none.
pub(super) struct Counts<'a> {
    usage: Option<&'a Value>,
    pub(super) oddities: Vec<Oddity>,
}

impl<'a> Counts<'a> {
    /// Of a body.
    pub(super) fn of(body: &'a Value) -> Self {
        Self { usage: body.get("usage").filter(|usage| usage.is_object()), oddities: Vec::new() }
    }

    /// The first of some fields, by their paths, that stands there. `None` if none does, or if it is no count.
    pub(super) fn read(&mut self, paths: &[&str]) -> Option<Tokens> {
        let usage = self.usage?;
        let (path, value) =
            paths.iter().find_map(|path| Some((*path, usage.pointer(path).filter(|value| !value.is_null())?)))?;
        let read = count(value);
        if read.is_none() {
            let field = path.trim_start_matches('/').replace('/', ".");
            self.oddities.push(Oddity {
                what: format!("`usage.{field}` is not a number of tokens and counts as not reported"),
                example: value.to_string(),
            });
        }
        read
    }
}

/// A whole number of tokens, also where it is written as a fraction or a text.
fn count(value: &Value) -> Option<Tokens> {
    let number = match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let fraction = number.as_f64()?;
            (fraction.fract() == 0.0 && (0.0..=MOST as f64).contains(&fraction)).then_some(fraction as u64)
        }),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| *number <= MOST).map(Tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_are_counts_however_they_are_written_and_nothing_else_is() {
        for (value, tokens) in [
            (json!(12), Some(12)),
            (json!(0), Some(0)),
            (json!(12.0), Some(12)),
            (json!(0.0), Some(0)),
            (json!("12"), Some(12)),
            (json!(1_000_000_000), Some(1_000_000_000)),
            (json!(12.5), None),
            (json!(-1), None),
            (json!(-1.0), None),
            (json!(u64::MAX), None),
            (json!(1e18), None),
            (json!("-1"), None),
            (json!("12.0"), None),
            (json!(""), None),
            (json!("many"), None),
            (json!(true), None),
            (json!([12]), None),
        ] {
            let body = json!({"usage": {"prompt_tokens": value}});
            let mut counts = Counts::of(&body);
            assert_eq!(counts.read(&["/prompt_tokens"]), tokens.map(Tokens), "{value}");
            let odd: Vec<_> = counts.oddities.iter().map(|odd| (odd.what.as_str(), odd.example.clone())).collect();
            let what = "`usage.prompt_tokens` is not a number of tokens and counts as not reported";
            assert_eq!(odd, if tokens.is_none() { vec![(what, value.to_string())] } else { vec![] });
        }
    }

    #[test]
    fn what_is_not_there_is_not_odd() {
        for body in [json!({}), json!({"usage": null}), json!({"usage": []}), json!({"usage": {"prompt_tokens": null}})]
        {
            let mut counts = Counts::of(&body);
            assert_eq!((counts.read(&["/prompt_tokens", "/input_tokens"]), counts.oddities.len()), (None, 0), "{body}");
        }
        let body = json!({"usage": {"prompt_tokens": null, "input_tokens": 3}});
        assert_eq!(Counts::of(&body).read(&["/prompt_tokens", "/input_tokens"]), Some(Tokens(3)));
    }
}
