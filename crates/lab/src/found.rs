//! What is found of the engine `wasm` on this machine.

use mend_core::Digest;
use serde::Serialize;

/// What the building of its interpreter takes. The compiling alone takes no rustc, and one of the packages.
pub(crate) const GUEST_NEEDS: &str = "python3 with venv, rustc, and two packages from PyPI";

/// The engine `wasm`.
#[derive(Debug, Default, Serialize)]
pub struct WasmFound {
    /// Whether this binary has the engine.
    pub in_binary: bool,
    /// Whether its interpreter is built.
    pub built: bool,
    /// Name and version of the interpreter, if the engine starts.
    pub interpreter: Option<String>,
    /// BLAKE3 of the guest: the interpreter as it was built.
    pub digest: Option<Digest>,
    /// The guest.
    pub guest: Option<FileFound>,
    /// What was compiled from it, for this processor.
    pub compiled: Option<FileFound>,
    /// What keeps the engine from starting.
    pub problem: Option<String>,
    /// What to do about what is missing.
    pub remedy: Option<String>,
}

/// A file and its size.
#[derive(Debug, Serialize)]
pub struct FileFound {
    /// Its path.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}
