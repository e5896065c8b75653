//! The tagged encoding that crosses between the two sides, checked here before anything decodes it.
//!
//! The security rule is on the decoder: a closed set of tags, and caps on bytes, nodes, depth and integer
//! size. The guests' codec (`guest/wire.py`) writes it; [`check`] walks every byte that a candidate sent,
//! so that the judge's side only ever decodes what has a known shape.

/// Most values in one frame.
const MAX_NODES: usize = 4_000_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 210;
/// Bytes of the largest integer: about 300,000 decimal digits.
const MAX_INT_BYTES: usize = (1 << 17) + 1;
/// Characters of the longest decimal.
const MAX_DECIMAL: usize = 1 << 17;
/// Bytes of the longest name of a type that cannot cross.
const MAX_KIND: usize = 1 << 10;
/// Functions that a `defaultdict` may call, by their number on the wire.
const FACTORIES: u8 = 9;
/// Fields of the longest head of a message.
const MAX_FIELDS: usize = 8;

/// Bytes that are not the encoding of plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end inside a value.
    #[error("the value is cut short")]
    Cut,
    /// Bytes follow the value.
    #[error("bytes follow the value")]
    Trailing,
    /// A tag outside the closed set, or where it may not stand.
    #[error("tag {0} may not stand here")]
    Tag(u8),
    /// More values, deeper nesting, or a larger number than allowed.
    #[error("the value is larger than allowed")]
    TooLarge,
    /// A reference to a container that was not met, or an argument that the call does not have.
    #[error("a reference leads nowhere")]
    Reference,
    /// A set element or a key that has no hash.
    #[error("a set element or key is not hashable")]
    Unhashable,
    /// A number that its type does not allow, such as a zero denominator.
    #[error("a number is malformed")]
    Number,
}

/// Walks one encoded value. `arguments` are the tags of the containers of the call that it answers, which
/// it may name to change them. Returns the tags of its own containers, in order, and its length in bytes.
///
/// # Errors
/// What makes the bytes something else than plain data.
pub fn check(bytes: &[u8], arguments: &[u8]) -> Result<(Vec<u8>, usize), WireError> {
    let mut walk =
        Walk { bytes, at: 0, nodes: 0, containers: Vec::new(), arguments, named: vec![false; arguments.len()] };
    walk.value(0, false)?;
    Ok((walk.containers, walk.at))
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: usize,
    containers: Vec<u8>,
    arguments: &'a [u8],
    named: Vec<bool>,
}

impl Walk<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], WireError> {
        let end = self.at.checked_add(count).ok_or(WireError::Cut)?;
        let taken = self.bytes.get(self.at..end).ok_or(WireError::Cut)?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize, WireError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes(bytes.try_into().map_err(|_| WireError::Cut)?) as usize)
    }

    /// Bytes after their number.
    fn chunk(&mut self, most: usize) -> Result<&[u8], WireError> {
        let count = self.number()?;
        if count > most { Err(WireError::TooLarge) } else { self.take(count) }
    }

    /// A count of values that each take a byte at least: a lie about it must not cost memory.
    fn count(&mut self) -> Result<usize, WireError> {
        let count = self.number()?;
        if count > self.bytes.len() - self.at { Err(WireError::Cut) } else { Ok(count) }
    }

    fn values(&mut self, count: usize, depth: usize, hashable: bool) -> Result<(), WireError> {
        (0..count).try_for_each(|_| self.value(depth + 1, hashable))
    }

    fn value(&mut self, depth: usize, hashable: bool) -> Result<(), WireError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return Err(WireError::TooLarge);
        }
        let tag = self.take(1)?[0];
        if hashable && matches!(tag, b'l' | b'S' | b'd' | b'O' | b'D' | b'C' | b'y' | b'q' | b'a' | b'r') {
            return Err(WireError::Unhashable);
        }
        match tag {
            b'N' | b'T' | b'F' => {}
            b'i' | b'f' => drop(self.take(8)?),
            b'c' => drop(self.take(16)?),
            b's' | b'b' => drop(self.chunk(usize::MAX)?),
            b'x' => drop(self.chunk(MAX_KIND)?),
            b'I' => drop(self.chunk(MAX_INT_BYTES)?),
            b'M' => {
                if !self.chunk(MAX_DECIMAL)?.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
                    return Err(WireError::Number);
                }
            }
            b'g' => {
                self.integer()?;
                self.integer()?;
                self.nonzero_integer()?;
            }
            b'R' => {
                self.integer()?;
                self.nonzero_integer()?;
            }
            b't' => {
                let count = self.count()?;
                self.values(count, depth, hashable)?;
            }
            b'Z' => {
                let count = self.count()?;
                self.values(count, depth, true)?;
            }
            b'r' => {
                if self.number()? >= self.containers.len() {
                    return Err(WireError::Reference);
                }
            }
            b'a' => self.argument(depth)?,
            _ => self.container(tag, depth)?,
        }
        Ok(())
    }

    /// An argument of the call with its new contents: it must be of the same type, and named once.
    fn argument(&mut self, depth: usize) -> Result<(), WireError> {
        let index = self.number()?;
        let tag = self.take(1)?[0];
        if self.arguments.get(index) != Some(&tag) || std::mem::replace(&mut self.named[index], true) {
            return Err(WireError::Reference);
        }
        self.container(tag, depth)
    }

    fn container(&mut self, tag: u8, depth: usize) -> Result<(), WireError> {
        self.containers.push(tag);
        match tag {
            b'l' => {
                let count = self.count()?;
                self.values(count, depth, false)
            }
            b'q' => {
                self.take(8)?;
                let count = self.count()?;
                self.values(count, depth, false)
            }
            b'S' => {
                let count = self.count()?;
                self.values(count, depth, true)
            }
            b'd' | b'O' | b'D' | b'C' => {
                if tag == b'D' && self.take(1)?[0] >= FACTORIES {
                    return Err(WireError::Number);
                }
                let count = self.count()?;
                (0..count).try_for_each(|_| {
                    self.value(depth + 1, true)?;
                    self.value(depth + 1, false)
                })
            }
            b'y' => self.chunk(usize::MAX).map(drop),
            _ => Err(WireError::Tag(tag)),
        }
    }

    fn integer(&mut self) -> Result<(), WireError> {
        match self.bytes.get(self.at) {
            Some(b'i' | b'I') => self.value(0, true),
            Some(tag) => Err(WireError::Tag(*tag)),
            None => Err(WireError::Cut),
        }
    }

    /// A denominator or a step. The bytes of a large integer follow its length.
    fn nonzero_integer(&mut self) -> Result<(), WireError> {
        let start = self.at;
        self.integer()?;
        let digits = if self.bytes[start] == b'I' { start + 5 } else { start + 1 };
        if self.bytes[digits..self.at].iter().all(|byte| *byte == 0) { Err(WireError::Number) } else { Ok(()) }
    }
}

/// The few shapes that the host itself reads and writes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plain {
    None,
    Int(i64),
    Float(f64),
    Str(String),
    Tuple(Vec<Plain>),
    Dict(Vec<(Plain, Plain)>),
    /// Anything else that [`check`] accepts.
    Other,
}

impl Plain {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Appends the encoding. `Other` has none.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let count = |n: usize| u32::try_from(n).expect("requests are far below 4 GiB").to_le_bytes();
        match self {
            Self::None | Self::Other => out.push(b'N'),
            Self::Int(value) => {
                out.push(b'i');
                out.extend(value.to_le_bytes());
            }
            Self::Float(value) => {
                out.push(b'f');
                out.extend(value.to_le_bytes());
            }
            Self::Str(text) => {
                out.push(b's');
                out.extend(count(text.len()));
                out.extend(text.as_bytes());
            }
            Self::Tuple(items) => {
                out.push(b't');
                out.extend(count(items.len()));
                for item in items {
                    item.encode(out);
                }
            }
            Self::Dict(pairs) => {
                out.push(b'd');
                out.extend(count(pairs.len()));
                for (key, item) in pairs {
                    key.encode(out);
                    item.encode(out);
                }
            }
        }
    }

    /// Reads one value from the start of `bytes`, and its length.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, usize), WireError> {
        let (_, length) = check(bytes, &[])?;
        Ok((Self::read(&bytes[..length])?.0, length))
    }

    /// Reads the start of a candidate's answer: the number of the request, then a tuple of a few numbers and
    /// texts. Returns both and their length. Nothing larger is built from what a candidate sent.
    pub(crate) fn head(bytes: &[u8]) -> Result<(i64, Vec<Self>, usize), WireError> {
        let scalar = |at: usize| match bytes.get(at) {
            Some(b'N' | b'i' | b's') => Self::read(&bytes[at..]),
            Some(tag) => Err(WireError::Tag(*tag)),
            None => Err(WireError::Cut),
        };
        let (Self::Int(id), mut at) = scalar(0)? else { return Err(WireError::Number) };
        if *bytes.get(at).ok_or(WireError::Cut)? != b't' {
            return Err(WireError::Tag(bytes[at]));
        }
        let count = bytes.get(at + 1..at + 5).ok_or(WireError::Cut)?;
        let count = u32::from_le_bytes(count.try_into().map_err(|_| WireError::Cut)?) as usize;
        if count > MAX_FIELDS {
            return Err(WireError::TooLarge);
        }
        at += 5;
        let mut fields = Vec::with_capacity(count);
        for _ in 0..count {
            let (field, length) = scalar(at)?;
            fields.push(field);
            at += length;
        }
        Ok((id, fields, at))
    }

    /// Reads bytes that [`check`] accepted, or a scalar.
    fn read(bytes: &[u8]) -> Result<(Self, usize), WireError> {
        let number = |at: usize| -> Result<usize, WireError> {
            let part = bytes.get(at..at + 4).ok_or(WireError::Cut)?;
            Ok(u32::from_le_bytes(part.try_into().map_err(|_| WireError::Cut)?) as usize)
        };
        let eight = || -> Result<[u8; 8], WireError> {
            bytes.get(1..9).ok_or(WireError::Cut)?.try_into().map_err(|_| WireError::Cut)
        };
        let value = match bytes.first().ok_or(WireError::Cut)? {
            b'N' => (Self::None, 1),
            b'i' => (Self::Int(i64::from_le_bytes(eight()?)), 9),
            b'f' => (Self::Float(f64::from_le_bytes(eight()?)), 9),
            b's' => {
                let end = 5 + number(1)?;
                let text = bytes.get(5..end).ok_or(WireError::Cut)?;
                (Self::Str(String::from_utf8_lossy(text).into_owned()), end)
            }
            b't' => {
                let mut at = 5;
                let mut items = Vec::new();
                for _ in 0..number(1)? {
                    let (item, length) = Self::read(&bytes[at..])?;
                    items.push(item);
                    at += length;
                }
                (Self::Tuple(items), at)
            }
            b'd' => {
                let mut at = 5;
                let mut pairs = Vec::new();
                for _ in 0..number(1)? {
                    let (key, length) = Self::read(&bytes[at..])?;
                    at += length;
                    let (item, length) = Self::read(&bytes[at..])?;
                    at += length;
                    pairs.push((key, item));
                }
                (Self::Dict(pairs), at)
            }
            _ => (Self::Other, check(bytes, &[])?.1),
        };
        Ok(value)
    }
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn refused(bytes: &[u8], error: WireError) {
        assert_eq!(check(bytes, b"l"), Err(error));
    }

    #[test]
    fn only_the_closed_set_of_tags_passes() {
        refused(b"", WireError::Cut);
        refused(b"z", WireError::Tag(b'z'));
        refused(b"s\xff\xff\xff\xff", WireError::Cut);
        refused(b"l\xff\xff\xff\xff", WireError::Cut);
        refused(b"r\0\0\0\0", WireError::Reference);
        refused(b"S\x01\0\0\0l\0\0\0\0", WireError::Unhashable);
        refused(b"d\x01\0\0\0l\0\0\0\0N", WireError::Unhashable);
        refused(b"Ri\x01\0\0\0\0\0\0\0i\0\0\0\0\0\0\0\0", WireError::Number);
        refused(b"RNN", WireError::Tag(b'N'));
        refused(b"Ri\x01\0\0\0\0\0\0\0I\x02\0\0\0\0\0", WireError::Number);
        refused(b"gi\0\0\0\0\0\0\0\0i\x05\0\0\0\0\0\0\0i\0\0\0\0\0\0\0\0", WireError::Number);
        refused(b"D\x09\0\0\0\0", WireError::Number);
        refused(b"M\x01\0\0\0'", WireError::Number);
        refused(b"I\xff\xff\xff\0", WireError::TooLarge);
    }

    #[test]
    fn arguments_keep_their_type_and_come_back_once() {
        assert_eq!(check(b"a\0\0\0\0l\0\0\0\0", b"l"), Ok((b"l".to_vec(), 10)));
        refused(b"a\x01\0\0\0l\0\0\0\0", WireError::Reference);
        refused(b"a\0\0\0\0d\0\0\0\0", WireError::Reference);
        refused(b"t\x02\0\0\0a\0\0\0\0l\0\0\0\0a\0\0\0\0l\0\0\0\0", WireError::Reference);
    }

    #[track_caller]
    fn head(fields: &[Plain], read: bool) {
        let mut bytes = Vec::new();
        Plain::Int(7).encode(&mut bytes);
        Plain::Tuple(fields.to_vec()).encode(&mut bytes);
        let length = bytes.len();
        bytes.push(b'T');
        assert_eq!(Plain::head(&bytes).is_ok(), read, "{fields:?}");
        if read {
            assert_eq!(Plain::head(&bytes), Ok((7, fields.to_vec(), length)));
        }
    }

    #[test]
    fn a_head_is_a_few_numbers_and_texts() {
        head(&[], true);
        head(&["value".into(), Plain::None, Plain::Int(-1)], true);
        head(&["value".into(), Plain::Tuple(vec![])], false);
        head(&[Plain::Float(0.5)], false);
        head(&vec![Plain::None; MAX_FIELDS + 1], false);
    }

    #[test]
    fn depth_is_capped() {
        let mut deep = b"t\x01\0\0\0".repeat(MAX_DEPTH + 1);
        deep.push(b'N');
        refused(&deep, WireError::TooLarge);
        assert!(check(&deep[5..], &[]).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((_, length)) = check(&bytes, b"ldS") {
                prop_assert!(length <= bytes.len());
            }
            let _ = Plain::decode(&bytes);
            let _ = Plain::head(&bytes);
        }

        #[test]
        fn near_misses_do_not_panic(tags in proptest::collection::vec(prop::sample::select(b"NTFicsIMgRtZralqSdy\0\x01\x02".to_vec()), 0..64)) {
            let _ = check(&tags, b"ldS");
            let _ = Plain::head(&tags);
        }

        #[test]
        fn plain_values_survive_their_encoding(text in ".*", number in any::<i64>()) {
            let value = Plain::Tuple(vec![Plain::Str(text), Plain::Int(number), Plain::None, Plain::Dict(vec![(Plain::Int(1), Plain::Float(0.5))])]);
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            prop_assert_eq!(Plain::decode(&bytes), Ok((value, bytes.len())));
        }
    }
}
