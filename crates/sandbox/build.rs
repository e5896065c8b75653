//! Builds the native half of the zygote and hands it to the crate as bytes, so that a binary carries it wherever it
//! is installed.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=native");
    let target = env::var("TARGET").unwrap_or_default();
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("native.so");
    let linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    if !linux || !matches!(arch.as_str(), "x86_64" | "aarch64") {
        // The crate says by itself where it does not work.
        std::fs::write(&out, b"").unwrap_or_else(|error| panic!("cannot write {}: {error}", out.display()));
        return;
    }
    // By the compiler alone: a shared object that depends on no crate needs no package of its own.
    #[expect(clippy::disallowed_methods, reason = "runs the compiler")]
    let mut rustc = std::process::Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "--crate-name", "mend_native", "--target", &target]);
    rustc.args(["-C", "opt-level=2", "-C", "panic=abort", "-C", "strip=symbols", "native/lib.rs", "-o"]).arg(&out);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        rustc.arg("-C").arg(option);
    }
    let status = rustc.status().unwrap_or_else(|error| panic!("cannot run rustc: {error}"));
    assert!(status.success(), "the native half of the zygote does not build");
}
