//! Whatever a candidate sends: the decoder says yes or no, and is right about the length.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mend_judge::fuzz_wire(bytes));
