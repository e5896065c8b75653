//! Stands for `guest` in a binary without the engine `wasm`.

use crate::failure::Failure;
use crate::found::WasmFound;
use crate::observer::Observer;
use mend_core::Guest;
use mend_sandbox::Engine;

/// Whether this binary has the engine.
pub(crate) const IN_BINARY: bool = false;

const ABSENT: &str = "this binary was built without the engine `wasm`";
const REMEDY: &str = "build it with its default features, or with `--features wasm`";

fn absent() -> Failure {
    Failure::usage(ABSENT).hint(format!("{REMEDY}; `--sandbox process` runs programs with the machine's own Python"))
}

/// Fails: this binary lacks the engine.
pub(crate) fn is_in_binary() -> Result<(), Failure> {
    Err(absent())
}

/// Fails: this binary lacks the engine.
pub(crate) fn load(_: &mut dyn Observer) -> Result<(Box<dyn Engine>, Guest), Failure> {
    Err(absent())
}

/// Fails: this binary lacks the engine.
pub fn build(_: &mut dyn Observer) -> Result<(), Failure> {
    Err(absent())
}

/// Says that the engine is not here.
pub fn look(_: &mut dyn Observer) -> WasmFound {
    WasmFound { remedy: Some(REMEDY.to_owned()), ..WasmFound::default() }
}
