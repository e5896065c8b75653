//! What a test finds only where somebody put it, or does only where somebody wants it.

use flate2::read::MultiGzDecoder;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A path below the folder of published data, `$MEND_SHARED` or `../shared` beside the checkout. `None` where it is
/// absent, with a word to whoever reads the test's output.
#[expect(clippy::print_stdout, reason = "a test says if it is skipped")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MEND_SHARED").map_or(default, PathBuf::from).join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {}", path.display());
    None
}

/// What a file below the folder of published data holds, unpacked if it is gzipped. `None` as of [`shared`].
///
/// # Panics
/// The file cannot be read, or is damaged.
pub fn shared_bytes(path: &str) -> Option<Vec<u8>> {
    let path = shared(path)?;
    let raw = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Some(raw);
    }
    let mut bytes = Vec::new();
    let unpacked = MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut bytes);
    unpacked.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(bytes)
}

/// Whether long tests run in full: `MEND_FULL=1`.
pub fn is_full() -> bool {
    std::env::var_os("MEND_FULL").is_some_and(|value| value == "1")
}
