//! JSON Schemas, from the types of rows.

use crate::{EXPORT_VERSION, Kind};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of a type of row, as it is written: what may be missing stands there as null.
pub(crate) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// A schema with its name. No row has a field that it does not name.
pub(crate) fn named(mut schema: Value, kind: &Kind) -> Value {
    let mut named = serde_json::Map::new();
    if let Some(fields) = schema.as_object_mut() {
        named.extend(fields.remove_entry("$schema"));
        named.insert("$id".to_owned(), json!(format!("urn:mendbench:export:{}:{EXPORT_VERSION}", kind.name)));
        named.insert("title".to_owned(), json!(format!("mend export {}", kind.name)));
        named.insert("description".to_owned(), json!(kind.summary));
        close(fields.get_mut("$defs"));
        fields.insert("additionalProperties".to_owned(), json!(false));
        fields.retain(|key, _| key != "title" && key != "description");
        named.extend(std::mem::take(fields));
    }
    Value::Object(named)
}

/// Objects of the parts have no other fields either.
fn close(parts: Option<&mut Value>) {
    for part in parts.and_then(Value::as_object_mut).into_iter().flat_map(|parts| parts.values_mut()) {
        if let Some(fields) = part.as_object_mut().filter(|fields| fields.contains_key("properties")) {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}
