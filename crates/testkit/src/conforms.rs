//! Whether a value is as a JSON Schema says, for the part of JSON Schema that our schemas use. What it does not know is an
//! error, so that no rule is passed over.

use serde_json::{Map, Value};

/// Checks a value against a schema.
///
/// # Errors
/// Where the value differs and how, or a rule that is not known here.
pub fn conforms(schema: &Value, value: &Value) -> Result<(), String> {
    check(schema, schema, value, "$")
}

/// Rules that say nothing of a value.
const SILENT: [&str; 8] = ["$schema", "$id", "$defs", "title", "description", "default", "format", "examples"];

fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let rules = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(rules) => rules,
        other => return Err(format!("{at}: `{other}` is not a schema that allows anything")),
    };
    for (rule, said) in rules {
        match rule.as_str() {
            rule if SILENT.contains(&rule) => {}
            "$ref" => {
                let path = said.as_str().and_then(|path| path.strip_prefix('#')).unwrap_or("/missing");
                let part = root.pointer(path).ok_or_else(|| format!("{at}: the schema has no `{said}`"))?;
                check(root, part, value, at)?;
            }
            "type" => check_type(said, value, at)?,
            "const" => want(said == value, at, || format!("{value} is not {said}"))?,
            "enum" => want(list(said, at)?.contains(value), at, || format!("{value} is not one of {said}"))?,
            "anyOf" | "oneOf" => {
                let choices = list(said, at)?;
                let fits = choices.iter().filter(|choice| check(root, choice, value, at).is_ok()).count();
                let is_right = if rule == "anyOf" { fits > 0 } else { fits == 1 };
                want(is_right, at, || format!("{value} fits {fits} of the choices {said}"))?;
            }
            "properties" => {
                for (name, part) in object(said, at)? {
                    if let Some(field) = value.get(name) {
                        check(root, part, field, &format!("{at}.{name}"))?;
                    }
                }
            }
            "required" => {
                for name in list(said, at)?.iter().filter_map(Value::as_str) {
                    want(!value.is_object() || value.get(name).is_some(), at, || format!("`{name}` is missing"))?;
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                let others = value.as_object().into_iter().flatten();
                for (name, field) in others.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name))) {
                    match said {
                        Value::Bool(false) => return Err(format!("{at}: no schema has `{name}`")),
                        part => check(root, part, field, &format!("{at}.{name}"))?,
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, said, item, &format!("{at}[{index}]"))?;
                }
            }
            "minItems" | "maxItems" => {
                let length = value.as_array().map(|items| items.len() as u64);
                let bound = said.as_u64().unwrap_or_default();
                let fits = |length: u64| if rule == "minItems" { length >= bound } else { length <= bound };
                want(length.is_none_or(fits), at, || format!("{rule} is {said}"))?;
            }
            "minimum" | "maximum" => {
                let bound = said.as_f64().ok_or_else(|| format!("{at}: {rule} is not a number"))?;
                let fits = |number: f64| if rule == "minimum" { number >= bound } else { number <= bound };
                want(value.as_f64().is_none_or(fits), at, || format!("{value}: {rule} is {said}"))?;
            }
            other => return Err(format!("{at}: the rule `{other}` is not known here")),
        }
    }
    Ok(())
}

fn check_type(said: &Value, value: &Value, at: &str) -> Result<(), String> {
    let words: Vec<&str> = match said {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => return Err(format!("{at}: `type` is {said}")),
    };
    let is = |word: &&str| match *word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        _ => false,
    };
    want(words.iter().any(is), at, || format!("{value} is not of type {}", words.join(" or ")))
}

fn want(is_right: bool, at: &str, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(format!("{at}: {}", wrong())) }
}

fn list<'a>(said: &'a Value, at: &str) -> Result<&'a Vec<Value>, String> {
    said.as_array().ok_or_else(|| format!("{at}: {said} is not a list"))
}

fn object<'a>(said: &'a Value, at: &str) -> Result<&'a Map<String, Value>, String> {
    said.as_object().ok_or_else(|| format!("{at}: {said} is not an object"))
}

#[cfg(test)]
mod tests {
    use super::conforms;
    use serde_json::{Value, json};

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "age": {"type": ["integer", "null"], "minimum": 0},
                "kind": {"$ref": "#/$defs/Kind"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "more": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
            },
            "required": ["name", "age"],
            "additionalProperties": false,
            "$defs": {"Kind": {"oneOf": [{"const": "a", "type": "string"}, {"enum": ["b", "c"]}]}},
        })
    }

    #[test]
    fn what_differs_is_named_with_its_place() {
        let check = |value: Value, error: &str| {
            assert_eq!(conforms(&schema(), &value).err().unwrap_or_default(), error, "{value}");
        };
        check(json!({"name": "x", "age": 3, "kind": "a", "tags": ["u"], "more": null}), "");
        check(json!({"name": "x", "age": null, "kind": "c", "more": "b"}), "");
        check(json!({"name": "x"}), "$: `age` is missing");
        check(json!({"name": 1, "age": 1}), "$.name: 1 is not of type string");
        check(json!({"name": "x", "age": 1.5}), "$.age: 1.5 is not of type integer or null");
        check(json!({"name": "x", "age": -1}), "$.age: -1: minimum is 0");
        check(json!({"name": "x", "age": 1, "other": 1}), "$: no schema has `other`");
        check(json!({"name": "x", "age": 1, "tags": ["u", 2]}), "$.tags[1]: 2 is not of type string");
        check(json!([]), "$: [] is not of type object");
        assert!(conforms(&schema(), &json!({"name": "x", "age": 1, "kind": "d"})).is_err());
        let unknown = json!({"pattern": "x"});
        assert_eq!(conforms(&unknown, &json!("x")).unwrap_err(), "$: the rule `pattern` is not known here");
    }
}
