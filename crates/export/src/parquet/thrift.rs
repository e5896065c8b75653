//! Thrift's compact protocol, as far as the headers of Parquet need it.

/// A struct whose fields are written in the order of their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Struct {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The head of a field. Fields come in rising order, no more than 15 apart.
    fn field(&mut self, number: i16, kind: u8) {
        let ahead = number - self.last;
        debug_assert!((1..=15).contains(&ahead), "field {number} after {}", self.last);
        self.bytes.push(((ahead as u8) << 4) | kind);
        self.last = number;
    }

    pub(super) fn int(&mut self, number: i16, value: u64) -> &mut Self {
        self.field(number, I32);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    pub(super) fn int64(&mut self, number: i16, value: u64) -> &mut Self {
        self.field(number, I64);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    pub(super) fn text(&mut self, number: i16, value: &str) -> &mut Self {
        self.field(number, BINARY);
        binary(&mut self.bytes, value);
        self
    }

    pub(super) fn nested(&mut self, number: i16, value: &Self) -> &mut Self {
        self.field(number, STRUCT);
        self.bytes.extend(&value.bytes);
        self.bytes.push(0);
        self
    }

    pub(super) fn structs(&mut self, number: i16, values: Vec<Self>) -> &mut Self {
        self.field(number, LIST);
        list(&mut self.bytes, values.len(), STRUCT);
        for value in values {
            self.bytes.extend(value.bytes);
            self.bytes.push(0);
        }
        self
    }

    pub(super) fn ints(&mut self, number: i16, values: &[u64]) -> &mut Self {
        self.field(number, LIST);
        list(&mut self.bytes, values.len(), I32);
        for value in values {
            varint(&mut self.bytes, zigzag(*value));
        }
        self
    }

    pub(super) fn texts(&mut self, number: i16, values: &[&str]) -> &mut Self {
        self.field(number, LIST);
        list(&mut self.bytes, values.len(), BINARY);
        for value in values {
            binary(&mut self.bytes, value);
        }
        self
    }

    /// The struct with its end.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.push(0);
        bytes
    }
}

fn list(bytes: &mut Vec<u8>, length: usize, kind: u8) {
    if length < 15 {
        bytes.push(((length as u8) << 4) | kind);
    } else {
        bytes.push(0xf0 | kind);
        varint(bytes, length as u64);
    }
}

fn binary(bytes: &mut Vec<u8>, text: &str) {
    varint(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

/// Signs alternate, and nothing here is below zero.
fn zigzag(value: u64) -> u64 {
    value << 1
}

/// Seven bits at a time, the lowest first.
pub(super) fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_is_written_as_the_protocol_says() {
        let mut inner = Struct::new();
        inner.int(1, 64).text(4, "é");
        let mut outer = Struct::new();
        outer.int(1, 1).int64(3, 300).nested(5, &inner).ints(6, &[0, 3]).texts(7, &["a"]).structs(8, vec![inner]);
        let expected = [
            &[0x15, 2][..],
            &[0x26, 0xd8, 0x04],
            &[0x2c, 0x15, 0x80, 1, 0x38, 2, 0xc3, 0xa9, 0],
            &[0x19, 0x25, 0, 6],
            &[0x19, 0x18, 1, b'a'],
            &[0x19, 0x1c, 0x15, 0x80, 1, 0x38, 2, 0xc3, 0xa9, 0],
            &[0],
        ]
        .concat();
        assert_eq!(outer.bytes(), expected);
    }

    #[test]
    fn long_lists_have_their_length_apart() {
        let mut long = Struct::new();
        long.ints(2, &[0; 200]);
        assert_eq!(long.bytes()[..4], [0x29, 0xf5, 0xc8, 0x01]);
    }
}
