//! Values that JSON has too, from scripts and into them: what a strategy keeps beyond one tree.

use super::guard::deep;
use super::values::Passage;
use serde_json::{Map, Number, Value as Json};
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::float::StarlarkFloat;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, UnpackValue as _, Value, ValueLike as _};
use std::fmt::Write as _;

/// What JSON has, in words.
const EXPECTED: &str =
    "expected what JSON has: None, True, False, numbers, texts, lists, and dicts whose keys are texts";

/// A value of a script as JSON. Tuples become lists.
///
/// # Errors
/// What it holds that JSON does not have, and where.
pub(super) fn json_of(value: Value<'_>) -> Result<Json, String> {
    // Whatever is written out below ends.
    deep(value).map_err(|error| error.without_diagnostic().to_string())?;
    written(value, &mut String::new())
}

fn written(value: Value<'_>, place: &mut String) -> Result<Json, String> {
    if value.is_none() {
        return Ok(Json::Null);
    }
    if let Some(flag) = value.unpack_bool() {
        return Ok(Json::Bool(flag));
    }
    if let Some(text) = value.unpack_str() {
        return Ok(Json::String(text.to_owned()));
    }
    if let Some(passage) = value.downcast_ref::<Passage>() {
        return Ok(Json::String(passage.text.clone()));
    }
    let at = |place: &str| if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    if let Some(float) = value.downcast_ref::<StarlarkFloat>() {
        let number = Number::from_f64(float.0);
        return number.map(Json::Number).ok_or_else(|| format!("holds {}{}: {EXPECTED}", float.0, at(place)));
    }
    if value.get_type() == "int" {
        let number = i64::unpack_value(value).ok().flatten().ok_or_else(|| {
            format!("holds a whole number of more than 64 bits{}: make a float or a text of it", at(place))
        })?;
        return Ok(Json::Number(number.into()));
    }
    let length = place.len();
    if let Some(dict) = DictRef::from_value(value) {
        let mut map = Map::new();
        for (key, item) in dict.iter() {
            let key = key.unpack_str().ok_or_else(|| {
                format!("has a key of type {}{}: {EXPECTED}; `str(key)` makes a text of it", key.get_type(), at(place))
            })?;
            let _ = write!(place, "[\"{key}\"]");
            map.insert(key.to_owned(), written(item, place)?);
            place.truncate(length);
        }
        return Ok(Json::Object(map));
    }
    let items: Vec<Value<'_>> = match (ListRef::from_value(value), TupleRef::from_value(value)) {
        (Some(list), _) => list.iter().collect(),
        (None, Some(tuple)) => tuple.iter().collect(),
        (None, None) => {
            let kind = value.get_type();
            let instead = if kind == "node" { "; of a node keep its `text`, `code` or `slot`" } else { "" };
            return Err(format!("holds a {kind}{}: {EXPECTED}{instead}", at(place)));
        }
    };
    let mut list = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let _ = write!(place, "[{index}]");
        list.push(written(item, place)?);
        place.truncate(length);
    }
    Ok(Json::Array(list))
}

/// JSON as a value of a script.
pub(super) fn value_of<'v>(json: &Json, heap: Heap<'v>) -> Value<'v> {
    match json {
        Json::Null => Value::new_none(),
        Json::Bool(flag) => Value::new_bool(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => heap.alloc(whole),
            (None, Some(float)) => heap.alloc(float),
            (None, None) => Value::new_none(),
        },
        Json::String(text) => heap.alloc(text.as_str()),
        Json::Array(items) => {
            let items: Vec<Value<'v>> = items.iter().map(|item| value_of(item, heap)).collect();
            heap.alloc(AllocList(items))
        }
        Json::Object(map) => {
            let entries: Vec<(&str, Value<'v>)> =
                map.iter().map(|(key, item)| (key.as_str(), value_of(item, heap))).collect();
            heap.alloc(AllocDict(entries))
        }
    }
}
