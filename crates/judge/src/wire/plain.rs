//! The few shapes that the host itself reads and writes: requests, heads of answers, verdicts.

use super::{Known, WireError, check};

/// Fields of the longest head of a message.
const MAX_FIELDS: usize = 12;

/// A value of these shapes.
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
        let length = check(bytes, Known::default())?.length;
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
            _ => (Self::Other, check(bytes, Known::default())?.length),
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

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Plain::decode(&bytes);
            let _ = Plain::head(&bytes);
        }

        #[test]
        fn near_misses_do_not_panic(tags in proptest::collection::vec(prop::sample::select(b"NTFicsIMgRtZralqSdyWo\0\x01\x02".to_vec()), 0..64)) {
            let _ = Plain::decode(&tags);
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
