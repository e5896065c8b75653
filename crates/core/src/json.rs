//! JSON as servers and scripts really write it. Parses bytes; opens no file.
//!
//! Python's `json.dumps` writes half a surrogate pair as an escape (`\ud835`) and not-a-number as `NaN`, and a file may
//! hold bytes outside UTF-8. A strict reader refuses the whole text for that. [`read`] replaces what cannot be a
//! character by U+FFFD and counts it; a number that JSON lacks becomes `null`. It mends nothing else: a text that ends
//! early is an error.

use serde::de::DeserializeOwned;

/// What stands before some files that were written on Windows.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// The numbers that JSON lacks, as Python and JavaScript write them.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// A value, and what it took to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// The value.
    pub value: T,
    /// Characters that no text can hold, each replaced by U+FFFD: escapes of half a surrogate pair, and sequences of
    /// bytes outside UTF-8.
    pub replaced: u64,
}

/// Reads one JSON value. A byte order mark before it is skipped.
///
/// # Errors
/// Text that is no JSON even so, or not of this type.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<Read<T>, serde_json::Error> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    // Strictly first: most texts need nothing.
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(Read { value, replaced: 0 }),
        Err(error) => error,
    };
    let Mended { text, replaced } = Mended::of(bytes);
    if text.as_bytes() == bytes {
        return Err(error);
    }
    serde_json::from_str(&text).map(|value| Read { value, replaced })
}

struct Mended {
    text: String,
    replaced: u64,
}

impl Mended {
    fn of(bytes: &[u8]) -> Self {
        let (text, replaced) = decoded(bytes);
        let mut mended = Self { text: String::with_capacity(text.len()), replaced };
        let bytes = text.as_bytes();
        let (mut at, mut copied, mut is_string) = (0, 0, false);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let replacement = match rest[0] {
                b'"' => {
                    is_string = !is_string;
                    None
                }
                b'\\' if is_string => {
                    let is_low = |bytes: &[u8]| matches!(code_unit(bytes), Some(0xdc00..=0xdfff));
                    match code_unit(rest) {
                        Some(0xd800..=0xdbff) if is_low(&rest[6..]) => {
                            at += 12;
                            continue;
                        }
                        Some(0xd800..=0xdfff) => {
                            mended.replaced += 1;
                            Some((6, "\\ufffd"))
                        }
                        // The character behind a backslash ends no string.
                        _ => {
                            at += 2;
                            continue;
                        }
                    }
                }
                b'N' | b'I' | b'-' if !is_string => {
                    let word = NO_NUMBERS.iter().find(|word| rest.starts_with(word.as_bytes()));
                    word.map(|word| (word.len(), "null"))
                }
                _ => None,
            };
            match replacement {
                Some((length, by)) => {
                    // What is replaced begins and ends with an ASCII character.
                    mended.text.push_str(&text[copied..at]);
                    mended.text.push_str(by);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        mended.text.push_str(&text[copied..]);
        mended
    }
}

/// The text of some bytes, and how many sequences in it are outside UTF-8. Half a surrogate pair that was encoded as if
/// it were a character is one of them.
fn decoded(bytes: &[u8]) -> (String, u64) {
    let mut text = String::with_capacity(bytes.len());
    let (mut replaced, mut rest) = (0, bytes);
    loop {
        let error = match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return (text, replaced);
            }
            Err(error) => error,
        };
        let (valid, bad) = rest.split_at(error.valid_up_to());
        text.push_str(std::str::from_utf8(valid).expect("it is valid up to here"));
        text.push(char::REPLACEMENT_CHARACTER);
        replaced += 1;
        let length = match bad {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            _ => error.error_len().unwrap_or(bad.len()),
        };
        rest = &bad[length..];
    }
}

/// The UTF-16 code unit of an escape `\uXXXX` that stands at the beginning.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let [b'\\', b'u', digits @ ..] = bytes else { return None };
    let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
    // `from_str_radix` would take a sign.
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(bytes: impl AsRef<[u8]>, value: &Value, replaced: u64) {
        let read: Read<Value> = read(bytes.as_ref()).unwrap();
        assert_eq!((&read.value, read.replaced), (value, replaced));
    }

    #[test]
    fn half_characters_are_replaced_and_counted_and_whole_ones_are_not() {
        check(r#""a""#, &json!("a"), 0);
        check(r#""\ud835""#, &json!("\u{fffd}"), 1);
        check(r#""\uDC00x""#, &json!("\u{fffd}x"), 1);
        check(r#""\ud835\udc00""#, &json!("\u{1d400}"), 0);
        check(r#""\ud835\ud835\udc00\ud835""#, &json!("\u{fffd}\u{1d400}\u{fffd}"), 2);
        check(r#""\ud835\n""#, &json!("\u{fffd}\n"), 1);
        check(r#"{"\ud800": ["\udfff", "\ud83d\ude00"]}"#, &json!({"\u{fffd}": ["\u{fffd}", "\u{1f600}"]}), 2);
        // An escaped backslash before a letter u.
        check(r#"["\\ud835", "\ud835"]"#, &json!(["\\ud835", "\u{fffd}"]), 1);
        check(r#"["\"\ud835", "\\"]"#, &json!(["\"\u{fffd}", "\\"]), 1);
    }

    #[test]
    fn bytes_outside_utf_8_are_replaced_and_counted() {
        check(b"\"a\xffb\"", &json!("a\u{fffd}b"), 1);
        // A surrogate as Python's `surrogatepass` encodes it.
        check(b"\"\xed\xa0\xb5\"", &json!("\u{fffd}"), 1);
        // The first two bytes of a character of three.
        check(b"\"\xe2\x82 \\udead\"", &json!("\u{fffd} \u{fffd}"), 2);
        check("\"\u{fffd}\"", &json!("\u{fffd}"), 0);
    }

    #[test]
    fn numbers_that_json_lacks_are_null_outside_texts() {
        check(r#"{"a": NaN, "b": [-Infinity, Infinity, -1]}"#, &json!({"a": null, "b": [null, null, -1]}), 0);
        check(r#"["NaN", NaN]"#, &json!(["NaN", null]), 0);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        check("\u{feff}{}", &json!({}), 0);
        check("\u{feff}\n\"\\ud800\"", &json!("\u{fffd}"), 1);
    }

    #[test]
    fn what_is_no_json_stays_an_error() {
        for text in ["", "{", "\"\\ud8", "\"\\ud835", "[1,]", "<html>", "\"\\u12\"", "{} NaN", "\\ud800", "-"] {
            assert!(read::<Value>(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        /// JSON that is right stays as it is, and any bytes have an end.
        #[test]
        fn right_json_is_read_as_it_is(text in "(?s).{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(Mended::of(written.as_bytes()).text, written.clone());
            prop_assert_eq!(read::<String>(written.as_bytes()).unwrap(), Read { value: text, replaced: 0 });
            let _ = read::<Value>(&bytes);
        }

        /// Whatever code units a text is made of, the same text comes out as when UTF-16 is decoded with replacement.
        #[test]
        fn escapes_are_decoded_as_utf_16_is(
            units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd800_u16..0xe000], 0..20)
        ) {
            let escapes: Vec<String> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let decoded: Vec<_> = char::decode_utf16(units).collect();
            let lone = decoded.iter().filter(|character| character.is_err()).count() as u64;
            let text: String = decoded.into_iter().map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            let read: Read<String> = read(format!("\"{}\"", escapes.concat()).as_bytes()).unwrap();
            prop_assert_eq!(read, Read { value: text, replaced: lone });
        }
    }
}
