//! Entries of the fuzz targets, which the tests run with bounded input too.

use crate::compare::same_output;
use crate::wire::{self, Known};

/// Gives bytes to the decoder as a candidate's answer. The first byte says how many lists the call had, and how many handles
/// and classes there are.
///
/// # Panics
/// Where the decoder contradicts itself.
pub fn fuzz_wire(bytes: &[u8]) {
    let Some((count, bytes)) = bytes.split_first() else { return };
    let sent = vec![b'l'; usize::from(count % 8)];
    let (handles, classes, lent) = (u32::from(count >> 5), u32::from(count >> 6), u32::from(count >> 4 & 3));
    let known = Known { sent: &sent, handles, classes, gives: true, lent };
    let checked = wire::check(bytes, known);
    if let Ok(checked) = &checked {
        assert!(checked.length <= bytes.len() && checked.numbered.len() <= checked.length);
        assert!(checked.handles >= known.handles && checked.classes >= known.classes && checked.lent == known.lent);
        // What follows a value does not change it.
        assert_eq!(wire::check(&bytes[..checked.length], known).as_ref(), Ok(checked));
        let cut = wire::check(&bytes[..checked.length - 1], known);
        assert!(cut.is_err(), "a value that lacks a byte is one");
    }
    crate::side::fuzz_reply(bytes, known);
}

/// Gives two texts, divided at a zero byte, to the comparison of outputs.
///
/// # Panics
/// Where the comparison contradicts itself.
pub fn fuzz_output(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (a, b) = text.split_once('\0').unwrap_or((&text, ""));
    assert!(same_output(a, a, None), "a text differs from itself");
    for tolerance in [None, Some(1e-6)] {
        assert_eq!(same_output(a, b, tolerance), same_output(b, a, tolerance), "the order of two texts matters");
    }
    assert!(same_output(&format!("{a}\n\n"), a, None), "a line at the end counts");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_bytes_go_through_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_wire(&bytes);
        }

        #[test]
        fn near_misses_go_through_the_decoder(
            bytes in prop::collection::vec(prop::sample::select(b"NTFicsIMgRtZralqSdyODCWoAhHkKBEVjJ\0\x01\x02\x05\x40".to_vec()), 0..120),
        ) {
            fuzz_wire(&bytes);
        }

        #[test]
        fn any_texts_go_through_the_comparison(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            fuzz_output(&bytes);
        }

        #[test]
        fn similar_outputs_go_through_the_comparison(text in "[ 0-9.e\\-a\n\r\t\0]{0,60}") {
            fuzz_output(text.as_bytes());
        }
    }
}
