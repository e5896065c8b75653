//! How large values are.

use super::MOST_BYTES;
use crate::script::error::wrong;
use crate::script::values::{Fitting, Passage, TestValue, passage_of};
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::range::Range;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Value, ValueLike as _};

/// Deepest nesting of a value that is compared, shown or kept.
const DEEPEST: usize = 100;
/// The most bytes of a value that is compared, shown or kept, with all that it holds, each time that it holds it.
const MOST_SHOWN: u64 = MOST_BYTES / 8;
/// What one item of a list takes.
const ITEM: u64 = 8;
/// What one entry of a dict takes.
const ENTRY: u64 = 64;

/// The bytes of a value without what it holds.
pub(super) fn shallow(value: Value<'_>) -> u64 {
    if let Some(text) = value.unpack_str() {
        return text.len() as u64;
    }
    if let Some(list) = ListRef::from_value(value) {
        return ITEM * list.len() as u64;
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return ITEM * tuple.len() as u64;
    }
    if let Some(dict) = DictRef::from_value(value) {
        return ENTRY * dict.len() as u64;
    }
    if let Some(passage) = passage_of(value) {
        return passage.bytes();
    }
    if let Some(test) = value.downcast_ref::<TestValue>() {
        return test.text.len() as u64;
    }
    if let Some(fitting) = value.downcast_ref::<Fitting>() {
        return fitting.items.iter().map(Passage::bytes).sum();
    }
    if value.downcast_ref::<Range>().is_some() {
        return ITEM * u64::from(value.length().unwrap_or(i32::MAX).unsigned_abs());
    }
    0
}

/// The bytes of a value with all that it holds, each time that it holds it: what it takes to write it out, or to compare it.
///
/// # Errors
/// A value that nests too deep, or holds itself, or is too large.
pub(in crate::script) fn deep(value: Value<'_>) -> starlark::Result<u64> {
    let mut bytes = shallow(value);
    let mut waiting = vec![(value, 0_usize)];
    while let Some((value, depth)) = waiting.pop() {
        if bytes > MOST_SHOWN {
            return Err(wrong(format!(
                "a value that is compared, shown or kept takes more than {} MiB with all that it holds",
                MOST_SHOWN >> 20
            )));
        }
        if depth > DEEPEST {
            return Err(wrong(format!(
                "a value that is compared, shown or kept nests more than {DEEPEST} deep, or holds itself"
            )));
        }
        let mut take = |item: Value<'_>| {
            bytes = bytes.saturating_add(ITEM).saturating_add(shallow(item));
            is_container(item)
        };
        if let Some(list) = ListRef::from_value(value) {
            waiting.extend(list.iter().filter(|item| take(*item)).map(|item| (item, depth + 1)));
        } else if let Some(tuple) = TupleRef::from_value(value) {
            waiting.extend(tuple.iter().filter(|item| take(*item)).map(|item| (item, depth + 1)));
        } else if let Some(dict) = DictRef::from_value(value) {
            let held = dict.iter().flat_map(|(key, value)| [key, value]);
            waiting.extend(held.filter(|item| take(*item)).map(|item| (item, depth + 1)));
        } else if let Some(fields) = StructRef::from_value(value) {
            let held = fields.iter().map(|(_, value)| value);
            waiting.extend(held.filter(|item| take(*item)).map(|item| (item, depth + 1)));
        }
    }
    Ok(bytes)
}

/// Whether a value holds others.
pub(super) fn is_container(value: Value<'_>) -> bool {
    ListRef::from_value(value).is_some()
        || TupleRef::from_value(value).is_some()
        || DictRef::from_value(value).is_some()
        || StructRef::from_value(value).is_some()
}
