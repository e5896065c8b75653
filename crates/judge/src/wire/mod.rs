//! The tagged encoding that crosses between the two sides, checked here before anything decodes it.
//!
//! The security rule is on the decoder: a closed set of tags, and caps on bytes, depth and numbers. The guests' codec
//! (`guest/wire.py`) writes it; [`check`] walks every byte that a candidate sent, so that the tests' side only ever
//! decodes what has a known shape. It keeps its own stack: nesting costs neither side a call.

mod plain;

pub(crate) use plain::Plain;

/// Deepest nesting. Memory ends sooner on the side that built it.
const MAX_DEPTH: usize = 1 << 22;
/// Bytes of the integers of a fraction, and characters of a decimal: what is larger keeps whoever takes it busy.
const MAX_DIGITS: usize = (1 << 17) + 1;
/// Functions that a `defaultdict` may call, by their number on the wire.
const FACTORIES: u8 = 9;
/// Stands for another one.
const ANOTHER: u8 = 255;
/// Kinds of standard values, by their number on the wire: the length of the guests' table, and what follows it.
const KINDS: u8 = 38;
/// Those among them that have no hash.
const UNHASHABLE_KINDS: [u8; 9] = [15, 22, 24, 25, 27, 28, 29, 30, 32];
/// How the items of a sequence follow, in the upper bits of their number: one by one, or in one piece.
const LAYOUT: u32 = 3 << 30;
const INTS: u32 = 1 << 30;
const FLOATS: u32 = 2 << 30;
/// A number that stands for none.
const NONE: u32 = u32::MAX;
/// What marks the tag of a value that is not whole yet.
const OPEN: u8 = 0x80;

/// Bytes that are not the encoding of a value.
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
    /// Deeper nesting, or a larger number than allowed.
    #[error("the value is larger than allowed")]
    TooLarge,
    /// A reference to what was not met or is not whole, to something that was not sent, or to no handle.
    #[error("a reference leads nowhere")]
    Reference,
    /// A set element or a key that has no hash.
    #[error("a set element or key is not hashable")]
    Unhashable,
    /// A number that its type does not allow, such as a zero denominator.
    #[error("a number is malformed")]
    Number,
}

/// What a value may refer to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// Tags of what is shared, and of the numbered values of the request that it answers; 0 for one that cannot change.
    pub sent: &'a [u8],
    /// Handles that the candidate's side has given out so far.
    pub handles: u32,
    /// Classes that it has described so far.
    pub classes: u32,
    /// Whether it may give out more: only the candidate's side does.
    pub gives: bool,
    /// What the tests' side has lent so far. It alone lends more, where nothing is given out.
    pub lent: u32,
}

/// What was found of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its length in bytes.
    pub length: usize,
    /// Tags of its own numbered values, in order.
    pub numbered: Vec<u8>,
    /// Handles that have been given out after it.
    pub handles: u32,
    /// Classes that have been described after it.
    pub classes: u32,
    /// What has been lent after it.
    pub lent: u32,
    /// Values in it.
    pub values: u64,
}

/// Walks one encoded value.
///
/// # Errors
/// What makes the bytes something else than a value.
pub fn check(bytes: &[u8], known: Known<'_>) -> Result<Checked, WireError> {
    let mut walk = Walk {
        bytes,
        at: 0,
        known,
        numbered: Vec::new(),
        named: vec![false; known.sent.len()],
        handles: known.handles,
        classes: known.classes,
        lent: known.lent,
        values: 0,
        stack: Vec::new(),
    };
    walk.value(Place::Any)?;
    while let Some(amid) = walk.stack.last_mut() {
        if amid.left == 0 {
            let number = amid.closes;
            walk.stack.pop();
            if let Some(tag) = walk.numbered.get_mut(number as usize) {
                *tag &= !OPEN;
            }
            continue;
        }
        amid.left -= 1;
        let place = amid.parts.place(amid.left);
        walk.value(place)?;
    }
    let Walk { at, numbered, handles, classes, lent, values, .. } = walk;
    Ok(Checked { length: at, numbered, handles, classes, lent, values })
}

/// Whether a tag is that of a value which can change in place.
fn is_mutable(tag: u8) -> bool {
    matches!(tag, b'l' | b'S' | b'd' | b'O' | b'D' | b'C' | b'y' | b'q' | b'V')
}

/// What may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Any,
    Hashable,
    Integer,
    NonzeroInteger,
    Class,
    Described,
}

/// The parts of what the walk is amid.
#[derive(Debug, Clone, Copy)]
enum Parts {
    Any,
    Hashable,
    /// Keys and values in turn.
    Pairs,
    /// Integers, of which the last is not zero.
    Integers,
    /// A class, and the data of a value of it.
    Derived,
    /// The class of an object.
    Class,
    /// What is said of a class.
    Described,
}

impl Parts {
    /// What may stand where so many parts are to follow.
    fn place(self, left: u32) -> Place {
        match (self, left) {
            (Self::Pairs, left) if left % 2 == 1 => Place::Hashable,
            (Self::Any | Self::Pairs, _) | (Self::Derived, 0) => Place::Any,
            (Self::Hashable, _) => Place::Hashable,
            (Self::Integers, 0) => Place::NonzeroInteger,
            (Self::Integers, _) => Place::Integer,
            (Self::Derived | Self::Class, _) => Place::Class,
            (Self::Described, _) => Place::Described,
        }
    }
}

struct Amid {
    left: u32,
    /// The number of what is whole after it.
    closes: u32,
    parts: Parts,
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    known: Known<'a>,
    numbered: Vec<u8>,
    named: Vec<bool>,
    handles: u32,
    classes: u32,
    lent: u32,
    values: u64,
    stack: Vec<Amid>,
}

impl Walk<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], WireError> {
        let end = self.at.checked_add(count).ok_or(WireError::Cut)?;
        let taken = self.bytes.get(self.at..end).ok_or(WireError::Cut)?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, WireError> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().map_err(|_| WireError::Cut)?))
    }

    /// Bytes after their number.
    fn chunk(&mut self, most: usize) -> Result<&[u8], WireError> {
        let count = self.number()? as usize;
        if count > most { Err(WireError::TooLarge) } else { self.take(count) }
    }

    /// A count of values that each take a byte at least: a lie about it must not cost memory.
    fn count(&mut self) -> Result<u32, WireError> {
        let count = self.number()?;
        if count as usize > self.bytes.len() - self.at { Err(WireError::Cut) } else { Ok(count) }
    }

    /// Gives the next number to a value with this tag.
    fn numbers(&mut self, tag: u8) -> u32 {
        self.numbered.push(tag);
        self.numbered.len() as u32 - 1
    }

    fn amid(&mut self, left: u32, parts: Parts, closes: u32) -> Result<(), WireError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(WireError::TooLarge);
        }
        self.stack.push(Amid { left, closes, parts });
        Ok(())
    }

    /// One value, or its beginning where parts follow.
    fn value(&mut self, place: Place) -> Result<(), WireError> {
        self.values += 1;
        let tag = self.byte()?;
        match place {
            Place::Hashable if is_mutable(tag) || tag == b'a' => return Err(WireError::Unhashable),
            Place::Any | Place::Hashable => {}
            Place::Integer | Place::NonzeroInteger => return self.integer(tag, place == Place::NonzeroInteger),
            // One that was met, or sent, may be anything: the guest looks at what it is.
            Place::Class if matches!(tag, b'k' | b'K' | b'W' | b'r' | b'A') => {}
            Place::Described if tag == b't' => {}
            Place::Class | Place::Described => return Err(WireError::Tag(tag)),
        }
        let hashable = place == Place::Hashable;
        match tag {
            b'N' | b'T' | b'F' => {}
            b'i' | b'f' => drop(self.take(8)?),
            b'c' => drop(self.take(16)?),
            b's' | b'b' | b'I' => drop(self.chunk(usize::MAX)?),
            b'M' => {
                if !self.chunk(MAX_DIGITS)?.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
                    return Err(WireError::Number);
                }
            }
            b'g' => self.amid(3, Parts::Integers, NONE)?,
            b'R' => self.amid(2, Parts::Integers, NONE)?,
            b'o' => {
                let inner = self.bytes.get(self.at).copied().ok_or(WireError::Cut)?;
                if !matches!(inner, b's' | b'b' | b'f') {
                    return Err(WireError::Tag(inner));
                }
                self.numbers(tag);
                self.value(Place::Any)?;
            }
            b't' | b'Z' => {
                let parts = if hashable || tag == b'Z' { Parts::Hashable } else { Parts::Any };
                let number = self.numbers(tag | OPEN);
                self.items(tag, parts, number)?;
            }
            b'r' | b'A' => {
                let number = self.number()? as usize;
                let met = if tag == b'r' { &self.numbered } else { self.known.sent };
                match met.get(number) {
                    Some(tag) if hashable && is_mutable(*tag) => return Err(WireError::Unhashable),
                    Some(tag) if tag & OPEN == 0 => {}
                    _ => return Err(WireError::Reference),
                }
            }
            b'a' => self.changed()?,
            b'W' => self.kind(hashable)?,
            b'h' | b'k' | b'j' => {
                let given = match tag {
                    b'h' => self.handles,
                    b'k' => self.classes,
                    _ => self.lent,
                };
                if self.number()? >= given {
                    return Err(WireError::Reference);
                }
            }
            b'H' | b'B' | b'K' => self.given(tag)?,
            b'J' if !self.known.gives => {
                self.lent += 1;
                self.amid(1, Parts::Described, NONE)?;
            }
            b'E' => {
                let number = self.numbers(tag | OPEN);
                self.amid(2, Parts::Derived, number)?;
            }
            _ => self.container(tag)?,
        }
        Ok(())
    }

    /// An object, a value of a class that is derived from data, or a class, with the next number of its sort.
    fn given(&mut self, tag: u8) -> Result<(), WireError> {
        if !self.known.gives {
            return Err(WireError::Tag(tag));
        }
        match tag {
            b'K' => {
                self.classes += 1;
                self.amid(1, Parts::Described, NONE)
            }
            b'H' => {
                self.handles += 1;
                self.amid(1, Parts::Class, NONE)
            }
            _ => {
                self.handles += 1;
                let number = self.numbers(tag | OPEN);
                self.amid(2, Parts::Derived, number)
            }
        }
    }

    /// A value of the standard library.
    fn kind(&mut self, hashable: bool) -> Result<(), WireError> {
        let code = self.byte()?;
        if code >= KINDS {
            return Err(WireError::Number);
        }
        if hashable && UNHASHABLE_KINDS.contains(&code) {
            return Err(WireError::Unhashable);
        }
        let number = self.numbers(b'W' | OPEN);
        self.amid(1, Parts::Any, number)
    }

    /// A value of the request with its new contents: it must be of the same type, and named once.
    fn changed(&mut self) -> Result<(), WireError> {
        let index = self.number()? as usize;
        let tag = self.byte()?;
        let fits = self.known.sent.get(index) == Some(&tag) && (is_mutable(tag) || tag == b'W');
        if !fits || std::mem::replace(&mut self.named[index], true) {
            return Err(WireError::Reference);
        }
        if tag == b'W' { self.kind(false) } else { self.container(tag) }
    }

    fn container(&mut self, tag: u8) -> Result<(), WireError> {
        match tag {
            b'l' | b'q' | b'S' => {
                self.numbers(tag);
                let parts = if tag == b'S' { Parts::Hashable } else { Parts::Any };
                self.items(tag, parts, NONE)
            }
            b'd' | b'O' | b'D' | b'C' => {
                self.numbers(tag);
                let factory = if tag == b'D' { self.byte()? } else { 0 };
                if factory >= FACTORIES && factory != ANOTHER {
                    return Err(WireError::Number);
                }
                // A factory of another sort stands before the pairs.
                let first = u32::from(factory == ANOTHER);
                let pairs = self.count()?.checked_mul(2).ok_or(WireError::TooLarge)?;
                self.amid(pairs + first, Parts::Pairs, NONE)
            }
            b'y' => {
                self.numbers(tag);
                self.chunk(usize::MAX).map(drop)
            }
            b'V' => {
                if self.number()? >= self.handles {
                    return Err(WireError::Reference);
                }
                let number = self.numbers(tag | OPEN);
                self.amid(1, Parts::Any, number)
            }
            _ => Err(WireError::Tag(tag)),
        }
    }

    /// The items of a sequence: one by one, or in one piece.
    fn items(&mut self, tag: u8, parts: Parts, closes: u32) -> Result<(), WireError> {
        let count = self.number()?;
        match tag {
            b'q' => drop(self.take(8)?),
            b'S' | b'Z' => drop(self.byte()?),
            _ => {}
        }
        let (layout, count) = (count & LAYOUT, count & !LAYOUT);
        match layout {
            0 if count as usize > self.bytes.len() - self.at => return Err(WireError::Cut),
            0 => return self.amid(count, parts, closes),
            // One piece costs less than as many values.
            INTS | FLOATS => drop(self.take(8 * count as usize)?),
            _ => {
                let bytes = self.number()? as usize;
                self.take(count as usize)?;
                self.take(bytes)?;
            }
        }
        self.values += u64::from(count / 4);
        // Nothing follows, and it is whole at once.
        self.amid(0, parts, closes)
    }

    fn integer(&mut self, tag: u8, nonzero: bool) -> Result<(), WireError> {
        let digits = match tag {
            b'i' => self.take(8)?,
            b'I' => self.chunk(MAX_DIGITS)?,
            tag => return Err(WireError::Tag(tag)),
        };
        if nonzero && digits.iter().all(|byte| *byte == 0) { Err(WireError::Number) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SENT: Known<'static> = Known { sent: b"lW\0", handles: 2, classes: 1, gives: true, lent: 1 };

    #[track_caller]
    fn refused(bytes: &[u8], error: WireError) {
        assert_eq!(check(bytes, SENT), Err(error));
    }

    #[track_caller]
    fn accepted(bytes: &[u8], numbered: &[u8]) {
        let checked = check(bytes, SENT).unwrap();
        assert_eq!((checked.length, &*checked.numbered), (bytes.len(), numbered));
    }

    #[test]
    fn the_guests_have_as_many_kinds() {
        let table = include_str!("../guest/kinds.py");
        let table = &table[table.find("\nKINDS = (").unwrap()..table.find("\nNAMELESS").unwrap()];
        let names: Vec<&str> = table
            .lines()
            .filter_map(|line| line.strip_prefix("    Kind(\""))
            .map(|line| line.split('"').nth(2).unwrap())
            .collect();
        // Tuples with named fields, their classes, and names.
        assert_eq!(names.len() + 3, usize::from(KINDS));
        let unhashable = UNHASHABLE_KINDS.map(|code| names[usize::from(code)]);
        let expected = "array dict_keys dict_items odict_keys odict_items SimpleNamespace UserDict UserList ChainMap";
        assert_eq!(unhashable.join(" "), expected);
    }

    #[test]
    fn only_the_closed_set_of_tags_passes() {
        refused(b"", WireError::Cut);
        refused(b"z", WireError::Tag(b'z'));
        refused(b"x\0\0\0\0", WireError::Tag(b'x'));
        refused(b"s\xff\xff\xff\xff", WireError::Cut);
        refused(b"l\xff\xff\xff\x3f", WireError::Cut);
        refused(b"l\xff\xff\xff\x7f", WireError::Cut);
        refused(b"l\xff\xff\xff\xff", WireError::Cut);
        refused(b"d\xff\xff\xff\xff", WireError::Cut);
        refused(b"r\0\0\0\0", WireError::Reference);
        refused(b"S\x01\0\0\0\x03l\0\0\0\0", WireError::Unhashable);
        refused(b"d\x01\0\0\0l\0\0\0\0N", WireError::Unhashable);
        refused(b"d\x01\0\0\0W\x1d\0N", WireError::Unhashable);
        refused(b"Ri\x01\0\0\0\0\0\0\0i\0\0\0\0\0\0\0\0", WireError::Number);
        refused(b"RNN", WireError::Tag(b'N'));
        refused(b"Ri\x01\0\0\0\0\0\0\0I\x02\0\0\0\0\0", WireError::Number);
        refused(b"gi\0\0\0\0\0\0\0\0i\x05\0\0\0\0\0\0\0i\0\0\0\0\0\0\0\0", WireError::Number);
        refused(b"D\x09\0\0\0\0", WireError::Number);
        refused(b"M\x01\0\0\0'", WireError::Number);
        refused(b"oN", WireError::Tag(b'N'));
        refused(b"W\xffN", WireError::Number);
    }

    #[test]
    fn sequences_of_one_type_are_one_piece() {
        accepted(b"l\x02\0\0\x40\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0", b"l");
        accepted(b"t\x02\0\0\xc0\x03\0\0\0\x01\x02abc", b"t");
        refused(b"l\x02\0\0\x40\0\0\0\0\0\0\0\0", WireError::Cut);
        refused(b"t\x02\0\0\xc0\x03\0\0\0\x01\x02ab", WireError::Cut);
    }

    #[test]
    fn what_was_sent_keeps_its_type_and_changes_once() {
        accepted(b"a\0\0\0\0l\0\0\0\0", b"l");
        accepted(b"A\x02\0\0\0", b"");
        refused(b"A\x03\0\0\0", WireError::Reference);
        refused(b"a\x02\0\0\0l\0\0\0\0", WireError::Reference);
        refused(b"a\0\0\0\0d\0\0\0\0", WireError::Reference);
        refused(b"t\x02\0\0\0a\0\0\0\0l\0\0\0\0a\0\0\0\0l\0\0\0\0", WireError::Reference);
        refused(b"S\x01\0\0\0\x03A\0\0\0\0", WireError::Unhashable);
    }

    #[test]
    fn a_value_that_is_not_whole_cannot_be_referred_to() {
        accepted(b"l\x01\0\0\0r\0\0\0\0", b"l");
        refused(b"t\x01\0\0\0r\0\0\0\0", WireError::Reference);
        accepted(b"t\x02\0\0\0t\0\0\0\0r\x01\0\0\0", b"tt");
        refused(b"W\0r\0\0\0\0", WireError::Reference);
    }

    #[test]
    fn handles_and_classes_are_those_that_were_given_out() {
        accepted(b"h\x01\0\0\0", b"");
        refused(b"h\x02\0\0\0", WireError::Reference);
        accepted(b"t\x02\0\0\0Hk\0\0\0\0h\x02\0\0\0", b"t");
        refused(b"k\x01\0\0\0", WireError::Reference);
        refused(b"HN", WireError::Tag(b'N'));
        refused(b"KN", WireError::Tag(b'N'));
        accepted(b"Kt\0\0\0\0", b"t");
        accepted(b"BKt\0\0\0\0N", b"Bt");
        refused(b"BNN", WireError::Tag(b'N'));
        refused(b"V\x02\0\0\0N", WireError::Reference);
        let takes = Known { gives: false, ..SENT };
        assert_eq!(check(b"Hk\0\0\0\0", takes), Err(WireError::Tag(b'H')));
        assert_eq!(check(b"Kt\0\0\0\0", takes), Err(WireError::Tag(b'K')));
        // Only the tests' side lends, and what it lent comes back by its number.
        accepted(b"S\x01\0\0\0\x03j\0\0\0\0", b"S");
        refused(b"j\x01\0\0\0", WireError::Reference);
        refused(b"Jt\0\0\0\0", WireError::Tag(b'J'));
        assert_eq!(check(b"t\x02\0\0\0Jt\0\0\0\0j\x01\0\0\0", takes).map(|checked| checked.lent), Ok(2));
        assert_eq!(check(b"JN", takes), Err(WireError::Tag(b'N')));
        assert_eq!(check(b"j\x01\0\0\0", takes), Err(WireError::Reference));
        let checked = check(b"t\x02\0\0\0HKt\0\0\0\0Hk\x01\0\0\0", SENT).unwrap();
        assert_eq!((checked.handles, checked.classes), (4, 2));
    }

    #[test]
    fn nesting_costs_no_stack() {
        for tag in [b"t\x01\0\0\0", b"l\x01\0\0\0"] {
            let mut deep = tag.repeat(1_000_000);
            deep.push(b'N');
            assert!(check(&deep, SENT).is_ok());
        }
        let mut deep = b"l\x01\0\0\0".repeat(MAX_DEPTH + 1);
        deep.push(b'N');
        refused(&deep, WireError::TooLarge);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(checked) = check(&bytes, SENT) {
                prop_assert!(checked.length <= bytes.len());
            }
        }

        #[test]
        fn near_misses_do_not_panic(tags in proptest::collection::vec(prop::sample::select(b"NTFicsIMgRtZralqSdyWoAhHkKBEVjJ\0\x01\x02".to_vec()), 0..64)) {
            let _ = check(&tags, SENT);
        }
    }
}
