//! What a test finds only where somebody put it, or does only where somebody wants it.

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

/// Whether long tests run in full: `MEND_FULL=1`.
pub fn is_full() -> bool {
    std::env::var_os("MEND_FULL").is_some_and(|value| value == "1")
}
