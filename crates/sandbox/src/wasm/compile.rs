//! The guest's compiled form: what decides it, and how it is made.
//!
//! The compiler of WebAssembly is most of what there is to build of wasmtime, and is needed once per machine. So it is no
//! part of this binary, which only loads what was compiled: a script takes it ready to run from PyPI. The runtime compares
//! version, settings and processor of what it loads with its own.

use crate::SandboxError;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// The recipe, by the names of its files.
const RECIPE: [(&str, &str); 3] = [
    ("compile.sh", include_str!("../../../../scripts/compile-python-wasm.sh")),
    ("compile.py", include_str!("../../../../sandboxes/python/compile.py")),
    ("compiler.lock", include_str!("../../../../sandboxes/python/compiler.lock")),
];

/// All that decides the compiled form of a module, beside the module.
pub(super) fn settings() -> impl Iterator<Item = String> {
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    RECIPE.iter().map(|(_, text)| (*text).to_owned()).chain([target, processor()])
}

/// What the processor can do, where the system tells: a cache folder may be shared by several machines.
fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = told.lines().find(|line| line.starts_with("flags") || line.starts_with("Features"));
    line.unwrap_or_default().to_owned()
}

/// Compiles a module for this machine's processor.
pub(super) fn compile(module: &[u8]) -> Result<Vec<u8>, SandboxError> {
    let made = || {
        let work = tempfile::tempdir()?;
        for (name, text) in RECIPE {
            fs::write(work.path().join(name), text)?;
        }
        let (from, to) = (work.path().join("linked.wasm"), work.path().join("compiled"));
        fs::write(&from, module)?;
        run(&work.path().join("compile.sh"), [work.path(), &from, &to])?;
        fs::read(to)
    };
    made().map_err(|error: std::io::Error| SandboxError::GuestBuild { detail: error.to_string() })
}

/// Runs a script of ours. An error has its last words.
pub(super) fn run<const N: usize>(script: &Path, arguments: [&Path; N]) -> std::io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "runs our own script; no candidate runs")]
    let output = std::process::Command::new("sh").arg(script).args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    // Below what went wrong a tool of the build may list where in itself it noticed.
    let said = stderr.lines().take_while(|line| !line.contains("backtrace")).map(str::trim);
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
    Err(std::io::Error::other(said[said.len().saturating_sub(3)..].join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_and_runtime_are_of_one_major_version() {
        let lock = include_str!("../../../../Cargo.lock");
        let (_, found) = lock.split_once("name = \"wasmtime\"\nversion = \"").unwrap();
        let runtime = found.split('.').next().unwrap();
        let compiler = format!("\nwasmtime=={runtime}.");
        assert!(RECIPE.iter().any(|(_, text)| text.contains(&compiler)), "no compiler for version {runtime}");
    }

    #[test]
    fn a_script_that_fails_is_told_by_its_last_words() {
        let work = tempfile::tempdir().unwrap();
        let script = work.path().join("fail.sh");
        fs::write(&script, "echo one >&2; echo >&2; echo two >&2; echo three >&2; echo ' four' >&2; exit 3").unwrap();
        let error = run(&script, [work.path()]).unwrap_err();
        assert_eq!(error.to_string(), "two; three; four");
        fs::write(&script, "[ \"$1\" = \"$2\" ]").unwrap();
        run(&script, [work.path(), work.path()]).unwrap();
    }
}
