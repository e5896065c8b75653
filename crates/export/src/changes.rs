//! Which fields of two values differ, as their JSON has them: no more and no fewer.

use mend_core::Digest;
use serde::Serialize;
use serde_json::Value;

/// A field that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Where it stands: `models.coder.sampling.temperature`.
    pub field: String,
    /// What it was; `None` if it was not there.
    pub then: Option<String>,
    /// What it is; `None` if it is not there any more.
    pub now: Option<String>,
}

/// Longer texts are told by their size and digest.
const LONGEST: usize = 120;

/// The fields that differ, in the order in which the later side has them; what it lacks comes last within its parent. A
/// field is what holds no further names: a list is one field, and so is all that only one side has.
pub fn changes(then: &impl Serialize, now: &impl Serialize) -> Result<Vec<FieldChange>, serde_json::Error> {
    let mut found = vec![];
    compare("", &serde_json::to_value(then)?, &serde_json::to_value(now)?, &mut found);
    Ok(found)
}

fn compare(field: &str, then: &Value, now: &Value, found: &mut Vec<FieldChange>) {
    let (Value::Object(before), Value::Object(after)) = (then, now) else {
        if then != now {
            let change = FieldChange { field: field.to_owned(), then: told(then), now: told(now) };
            found.push(change);
        }
        return;
    };
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(gone) {
        let of = |side: &serde_json::Map<String, Value>| side.get(name).cloned().unwrap_or(Value::Null);
        compare(&within(field, name), &of(before), &of(after), found);
    }
}

/// The name of a field within another. A name that holds more than letters, digits, `_` and `-` is quoted.
fn within(field: &str, name: &str) -> String {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match (field.is_empty(), is_plain) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{field}.{name}"),
        (_, false) => format!("{field}[{}]", Value::from(name)),
    }
}

/// A value in words; `None` if there is none. A value that is not there and one that is null are the same: a manifest
/// leaves out what it does not hold.
fn told(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.len() <= LONGEST && !text.contains('\n') {
        return Some(text);
    }
    Some(format!("{} lines, BLAKE3 {}", text.lines().count(), Digest::of(text.as_bytes()).short()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{ModelIdentity, RunManifest, Sampling, Seat, Tokens};
    use mend_testkit::{engine, entry, manifest};
    use serde_json::json;

    fn run() -> RunManifest {
        let mut run = manifest(vec![entry("p/0")]);
        run.identity.strategy.parameters = Some([("n_p".to_owned(), "2".to_owned())].into());
        let coder = run.identity.models.get_mut(&Seat::CODER).unwrap();
        coder.sampling = Some(Sampling::new(0.8, Tokens(1000)));
        run
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut RunManifest), expected: &[(&str, Option<&str>, Option<&str>)]) {
        let (then, mut now) = (run(), run());
        change(&mut now);
        let found = changes(&then.identity, &now.identity).unwrap();
        let found: Vec<(&str, Option<&str>, Option<&str>)> =
            found.iter().map(|change| (&*change.field, change.then.as_deref(), change.now.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn exactly_the_fields_that_differ_are_named() {
        check(|_| {}, &[]);
        check(|now| now.identity.seed = 7, &[("seed", Some("1"), Some("7"))]);
        check(|now| now.identity.replicates = 3, &[("replicates", Some("1"), Some("3"))]);
        check(
            |now| {
                let coder = now.identity.models.get_mut(&Seat::CODER).unwrap();
                coder.sampling.as_mut().unwrap().temperature = 0.2;
                now.identity.limits.cpu_ms = 2000;
            },
            &[
                ("models.coder.sampling.temperature", Some("0.8"), Some("0.2")),
                ("limits.cpu_ms", Some("1000"), Some("2000")),
            ],
        );
        check(
            |now| now.identity.strategy.parameters.as_mut().unwrap().extend([("n_f".to_owned(), "1".to_owned())]),
            &[("strategy.parameters.n_f", None, Some("1"))],
        );
        check(|now| now.identity.strategy.parameters = None, &[("strategy.parameters", Some(r#"{"n_p":"2"}"#), None)]);
    }

    #[test]
    fn what_only_one_side_has_is_one_field() {
        let critic = ModelIdentity { name: "a/b".to_owned(), simulated: false, digest: None, sampling: None };
        check(
            |now| {
                now.identity.models.insert(Seat::CRITIC, critic);
            },
            &[("models.critic", None, Some(r#"{"name":"a/b","simulated":false}"#))],
        );
        let recipe = engine("wasm");
        let text = serde_json::to_string(&recipe).unwrap();
        let told = format!("1 lines, BLAKE3 {}", Digest::of(text.as_bytes()).short());
        check(|now| now.identity.fallback = Some(recipe), &[("fallback", None, Some(&told))]);
    }

    #[test]
    fn long_texts_are_told_by_size_and_digest_and_odd_names_are_quoted() {
        let script = "strategy()\ndef solve(problem, p):\n    pass";
        let told = format!("3 lines, BLAKE3 {}", Digest::of(script.as_bytes()).short());
        check(
            |now| now.identity.strategy.definition = script.to_owned(),
            &[("strategy.definition", Some(""), Some(&told))],
        );
        let found = changes(&json!({"a": {"lib.star": 1, "": 2}}), &json!({"a": {"lib.star": 2}})).unwrap();
        let fields: Vec<&str> = found.iter().map(|change| &*change.field).collect();
        assert_eq!(fields, [r#"a["lib.star"]"#, r#"a[""]"#]);
    }

    #[test]
    fn lists_are_compared_as_a_whole() {
        let found = changes(&json!({"stop": ["a", "b"], "x": null}), &json!({"stop": ["a"]})).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].field, found[0].now.as_deref()), ("stop", Some(r#"["a"]"#)));
    }
}
