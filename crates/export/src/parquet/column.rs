//! A column: its type, the values that wait for their page, and the page.

use super::thrift::{Struct, varint};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::{self, Write as _};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Truth,
    /// A whole number with a sign.
    Whole,
    /// A whole number without one.
    Count,
    Number,
    Text,
    /// Anything else, as JSON.
    Json,
}

impl Type {
    /// The type of a field by its schema. Where it is null or something, it is that.
    fn of(schema: &Value, field: &Value) -> Self {
        if let Some(part) = field["$ref"].as_str() {
            let name = part.rsplit('/').next().unwrap_or_default();
            return Self::of(schema, &schema["$defs"][name]);
        }
        let is_null = |choice: &Value| choice["type"] == "null";
        if let Some(choices) = field["anyOf"].as_array().or_else(|| field["oneOf"].as_array()) {
            let mut types = choices.iter().filter(|choice| !is_null(choice)).map(|choice| Self::of(schema, choice));
            let first = types.next().unwrap_or(Self::Json);
            return if types.all(|other| other == first) { first } else { Self::Json };
        }
        let words: Vec<&str> = match &field["type"] {
            Value::String(word) => vec![word],
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            // A choice of words, or one word.
            _ if field["enum"].is_array() || field["const"].is_string() => vec!["string"],
            _ => vec![],
        };
        let words: Vec<&str> = words.into_iter().filter(|word| *word != "null").collect();
        match words.as_slice() {
            ["boolean"] => Self::Truth,
            ["integer"] if field["format"] == "uint64" => Self::Count,
            ["integer"] => Self::Whole,
            ["number"] => Self::Number,
            ["string"] => Self::Text,
            _ => Self::Json,
        }
    }

    /// The number of the physical type.
    fn physical(self) -> u64 {
        match self {
            Self::Truth => 0,
            Self::Whole | Self::Count => 2,
            Self::Number => 5,
            Self::Text | Self::Json => 6,
        }
    }

    /// The number of what its values mean, where the physical type does not say it.
    fn meaning(self) -> Option<u64> {
        match self {
            Self::Text | Self::Json => Some(0),
            Self::Count => Some(14),
            Self::Truth | Self::Whole | Self::Number => None,
        }
    }
}

/// A column that is being filled.
pub(super) struct Column {
    pub(super) name: String,
    kind: Type,
    /// Of each row, whether it has a value.
    has_value: Vec<bool>,
    /// Truth values that wait.
    truths: Vec<bool>,
    /// All other values that wait, as they are written.
    values: Vec<u8>,
}

/// Where a column's page of a group stands.
pub(super) struct Chunk {
    offset: u64,
    values: usize,
    packed: usize,
    pub(super) unpacked: usize,
}

const OPTIONAL: u64 = 1;
const GZIP: u64 = 2;
const PLAIN: u64 = 0;
const RLE: u64 = 3;

impl Column {
    pub(super) fn new(name: &str, schema: &Value, field: &Value) -> Self {
        let kind = Type::of(schema, field);
        Self { name: name.to_owned(), kind, has_value: vec![], truths: vec![], values: vec![] }
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.values.len() + self.truths.len() + self.has_value.len()
    }

    /// Adds the value of a row.
    pub(super) fn add(&mut self, value: &Value) -> io::Result<()> {
        self.has_value.push(!value.is_null());
        if value.is_null() {
            return Ok(());
        }
        let (name, kind) = (&self.name, self.kind);
        let other = || io::Error::other(format!("the field `{name}` is {value}, and its schema says {kind:?}"));
        match kind {
            Type::Truth => self.truths.push(value.as_bool().ok_or_else(other)?),
            Type::Whole => self.values.extend(value.as_i64().ok_or_else(other)?.to_le_bytes()),
            Type::Count => self.values.extend(value.as_u64().ok_or_else(other)?.to_le_bytes()),
            Type::Number => self.values.extend(value.as_f64().ok_or_else(other)?.to_le_bytes()),
            Type::Text => text(&mut self.values, value.as_str().ok_or_else(other)?)?,
            Type::Json => text(&mut self.values, &value.to_string())?,
        }
        Ok(())
    }

    /// The page of the rows that wait, with its header, and where it then stands.
    pub(super) fn page(&mut self, offset: u64) -> io::Result<(Vec<u8>, Chunk)> {
        let rows = self.has_value.len();
        let mut body = levels(&std::mem::take(&mut self.has_value));
        body.extend(packed(&std::mem::take(&mut self.truths)));
        body.append(&mut self.values);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&body)?;
        let packed = encoder.finish()?;
        // Sizes of pages have a sign, though none is below zero.
        let size = |bytes: &[u8]| match i32::try_from(bytes.len()) {
            Ok(_) => Ok(bytes.len() as u64),
            Err(_) => Err(io::Error::other(format!("a page of the column `{}` has more than 2 GiB", self.name))),
        };
        let mut of_data = Struct::new();
        of_data.int(1, rows as u64).int(2, PLAIN).int(3, RLE).int(4, RLE);
        let mut header = Struct::new();
        header.int(1, 0).int(2, size(&body)?).int(3, size(&packed)?).nested(5, &of_data);
        let mut bytes = header.bytes();
        let chunk =
            Chunk { offset, values: rows, packed: bytes.len() + packed.len(), unpacked: bytes.len() + body.len() };
        bytes.extend(packed);
        Ok((bytes, chunk))
    }

    /// The column as a footer has it.
    pub(super) fn element(&self) -> Struct {
        let mut element = Struct::new();
        element.int(1, self.kind.physical()).int(3, OPTIONAL).text(4, &self.name);
        if let Some(meaning) = self.kind.meaning() {
            element.int(6, meaning);
        }
        element
    }

    /// Its page of a group as a footer has it.
    pub(super) fn chunk(&self, chunk: &Chunk) -> Struct {
        let mut about = Struct::new();
        about
            .int(1, self.kind.physical())
            .ints(2, &[PLAIN, RLE])
            .texts(3, &[&self.name])
            .int(4, GZIP)
            .int64(5, chunk.values as u64)
            .int64(6, chunk.unpacked as u64)
            .int64(7, chunk.packed as u64)
            .int64(9, chunk.offset);
        let mut written = Struct::new();
        written.int64(2, chunk.offset).nested(3, &about);
        written
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(|_| io::Error::other("a text has more than 4 GiB"))?;
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.as_bytes());
    Ok(())
}

/// Which rows have a value, as runs: the length of all of it, then each run's length twice and its value.
fn levels(has_value: &[bool]) -> Vec<u8> {
    let mut runs = vec![];
    for run in has_value.chunk_by(|one, next| one == next) {
        varint(&mut runs, (run.len() as u64) << 1);
        runs.push(u8::from(run[0]));
    }
    let mut bytes = (runs.len() as u32).to_le_bytes().to_vec();
    bytes.extend(runs);
    bytes
}

/// Truth values as bits, the first one lowest.
fn packed(truths: &[bool]) -> Vec<u8> {
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| (byte << 1) | u8::from(*bit));
    truths.chunks(8).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_has_the_type_that_its_schema_says() {
        let schema = json!({"$defs": {
            "Word": {"enum": ["a", "b"]},
            "Said": {"oneOf": [{"const": "a", "description": "x"}, {"const": "b"}]},
            "Part": {"type": "object", "properties": {}},
        }});
        for (field, expected) in [
            (json!({"type": "string"}), Type::Text),
            (json!({"type": ["string", "null"]}), Type::Text),
            (json!({"$ref": "#/$defs/Word"}), Type::Text),
            (json!({"anyOf": [{"$ref": "#/$defs/Said"}, {"type": "null"}]}), Type::Text),
            (json!({"type": "integer", "format": "uint32"}), Type::Whole),
            (json!({"type": ["integer", "null"], "format": "uint64"}), Type::Count),
            (json!({"type": ["number", "null"], "format": "double"}), Type::Number),
            (json!({"type": "boolean"}), Type::Truth),
            (json!({"type": "array", "items": {"type": "string"}}), Type::Json),
            (json!({"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]}), Type::Json),
            (json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}), Type::Json),
            (json!({"type": ["string", "integer"]}), Type::Json),
            (json!(true), Type::Json),
        ] {
            assert_eq!(Type::of(&schema, &field), expected, "{field}");
        }
    }

    #[test]
    fn levels_are_runs_and_truths_are_bits() {
        assert_eq!(levels(&[true, true, false]), [4, 0, 0, 0, 4, 1, 2, 0]);
        assert_eq!(packed(&[true, false, true, false, false, false, false, false, true]), [0b101, 1]);
        assert_eq!(levels(&[]), [0, 0, 0, 0]);
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let schema = json!({});
        let mut column = Column::new("n", &schema, &json!({"type": "integer"}));
        let error = column.add(&json!("x")).unwrap_err().to_string();
        assert_eq!(error, r#"the field `n` is "x", and its schema says Whole"#);
        assert!(column.add(&json!(-3)).is_ok() && column.add(&Value::Null).is_ok());
    }
}
