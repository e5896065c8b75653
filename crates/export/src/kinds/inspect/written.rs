//! JSON as Inspect writes it: a score that does not exist is `NaN`, and what is not known is left out.

use crate::ExportError;
use serde::Serialize as _;
use serde_json::ser::Formatter;
use serde_json::{Map, Value};
use std::io;

/// The score of what could not be scored. In a value of ours null stands for it and for nothing else.
pub(super) const UNSCORED: Value = Value::Null;

/// An object of the fields that have a value.
pub(super) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

/// A value as bytes, in which every null is `NaN`.
pub(super) fn bytes(value: &Value) -> Result<Vec<u8>, ExportError> {
    let mut bytes = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, NullIsNan);
    value.serialize(&mut serializer).map_err(|error| ExportError::Write(error.into()))?;
    Ok(bytes)
}

struct NullIsNan;

impl Formatter for NullIsNan {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"NaN")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unscored_is_nan_and_what_is_unknown_is_not_there() {
        let value = object([("value", Some(UNSCORED)), ("answer", None), ("share", Some(0.1.into()))]);
        assert_eq!(String::from_utf8(bytes(&value).unwrap()).unwrap(), r#"{"value":NaN,"share":0.1}"#);
    }
}
