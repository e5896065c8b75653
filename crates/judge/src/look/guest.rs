//! How one of our guests is asked, and what it tells.

use crate::bench::Bench;
use crate::task::JudgeError;
use mend_sandbox::{Job, Limits, Outcome, Worker};
use std::fmt::Write as _;

/// Bytes that an instrument may tell.
const TOLD_BYTES: u64 = 8 << 20;

/// Runs one of our guests with what it is asked, under the limits of a test.
pub(super) fn run(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    guest: &str,
    asked: &serde_json::Value,
    stdin: &str,
) -> Result<Outcome, JudgeError> {
    let mut program = guest.to_owned();
    let _ = writeln!(program, "\n\nmain(\"{}\")", base64(asked.to_string().as_bytes()));
    // What the program prints goes nowhere, so that this is for what the guest tells.
    let limits = Limits { output_bytes: TOLD_BYTES, output_kept_bytes: TOLD_BYTES, ..bench.limits.clone() };
    let job = Job { program: program.as_str().into(), stdin: stdin.into(), limits, ..Job::default() };
    let outcome = worker.run(&job)?;
    bench.charge(&outcome.used);
    Ok(outcome)
}

/// The lines that a guest told and that are what they should be, in order.
pub(super) fn told<T: serde::de::DeserializeOwned>(outcome: &Outcome) -> impl Iterator<Item = T> {
    outcome.stdout.bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

/// Bytes in base 64: what a program can hold as a text, whatever they are.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let number = part.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= part.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_as_the_standard_has_it() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0x00]), "//4A");
    }
}
