//! The guest and its compiled form: what decides them, how they are made, and where they are kept.

use super::WasmOptions;
use super::folder::Folder;
use crate::SandboxError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use wasmtime::{Engine, Module};

/// The recipe, by the names of its files.
const RECIPE: [(&str, &str); 8] = [
    ("guest.py", include_str!("../../../../sandboxes/python/guest.py")),
    ("lacking.py", include_str!("../../../../sandboxes/python/lacking.py")),
    ("versions.py", include_str!("../../../../sandboxes/python/versions.py")),
    ("errors.py", include_str!("../../../../sandboxes/python/errors.py")),
    ("annotations.py", include_str!("../../../../sandboxes/python/annotations.py")),
    ("guest.wit", include_str!("../../../../sandboxes/python/guest.wit")),
    ("requirements.lock", include_str!("../../../../sandboxes/python/requirements.lock")),
    ("steady.rs", include_str!("../../../../sandboxes/python/steady.rs")),
];
const SCRIPT: &str = include_str!("../../../../scripts/build-python-wasm.sh");

/// What a program meets beside the guest: the host's functions with their costs, its clock and its limits.
const HOST: [&str; 8] = [
    include_str!("host.rs"),
    include_str!("state.rs"),
    include_str!("files.rs"),
    include_str!("library.rs"),
    include_str!("math/mod.rs"),
    include_str!("math/double.rs"),
    include_str!("math/circle.rs"),
    include_str!("math/turns.rs"),
];

/// What makes one module of the guest.
const LINKER: [&str; 4] = [
    include_str!("link/mod.rs"),
    include_str!("link/component.rs"),
    include_str!("link/module.rs"),
    include_str!("link/instead.rs"),
];

/// A guest that is ready to run.
pub(super) struct Loaded {
    pub(super) module: Module,
    /// BLAKE3 of the guest.
    pub(super) digest: [u8; 32],
}

/// What names the files of a guest.
pub(super) struct Recipe {
    /// BLAKE3 over all that decides what the guest is.
    guest: [u8; 32],
    /// BLAKE3 over all that decides how a program fares.
    pub(super) engine: [u8; 32],
}

impl Recipe {
    pub(super) fn new(own: &[Arc<str>]) -> Self {
        let recipe = RECIPE.iter().map(|(_, text)| *text).chain([SCRIPT]);
        let guest = digest(recipe.chain(own.iter().map(|source| &**source)));
        let limits = format!("{} {} {}", super::FUEL_PER_SECOND, super::STACK_BYTES, super::MEMORY_BYTES);
        let engine = digest(HOST.into_iter().chain(LINKER).chain([hex(&guest).as_str(), &limits]));
        Self { guest, engine }
    }

    fn file(&self) -> String {
        format!("python-{}.wasm", &hex(&self.guest)[..16])
    }
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}

pub(super) fn guest_path(options: &WasmOptions, recipe: &Recipe) -> PathBuf {
    options.cache.join(recipe.file())
}

/// Loads the guest's compiled form, and makes it first where it is absent.
pub(super) fn load(engine: &Engine, options: &WasmOptions, recipe: &Recipe) -> Result<Loaded, SandboxError> {
    let path = guest_path(options, recipe);
    if !path.is_file() {
        return Err(SandboxError::NoGuest { path });
    }
    let folder = Folder::open(&options.cache)?;
    let compiled = format!("python-{}-{}.compiled", &hex(&recipe.guest)[..16], &hex(&settings(engine))[..16]);
    if let Some(loaded) = load_compiled(engine, &folder, &compiled)? {
        return Ok(loaded);
    }
    let _lock = folder.lock()?;
    // Somebody else may have made it meanwhile.
    if let Some(loaded) = load_compiled(engine, &folder, &compiled)? {
        return Ok(loaded);
    }
    let Some(guest) = folder.read(&recipe.file())? else { return Err(SandboxError::NoGuest { path }) };
    let linked = super::link::link(&guest).map_err(SandboxError::wasm)?;
    let native = engine.precompile_module(&linked).map_err(SandboxError::wasm)?;
    folder.write(&compiled, &native)?;
    let digests = [*blake3::hash(&guest).as_bytes(), *blake3::hash(&native).as_bytes()];
    folder.write(&note(&compiled), &digests.concat())?;
    load_compiled(engine, &folder, &compiled)?.ok_or_else(|| SandboxError::Cache {
        path: folder.path(&compiled),
        why: "it changed while it was written".to_owned(),
    })
}

/// The file that keeps the digests of a guest and of its compiled form.
fn note(compiled: &str) -> String {
    format!("{compiled}.blake3")
}

/// BLAKE3 over all that decides the compiled form of a guest.
fn settings(engine: &Engine) -> [u8; 32] {
    struct Bytes(Vec<u8>);
    impl std::hash::Hasher for Bytes {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut bytes = Bytes(Vec::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut bytes);
    bytes.0.extend(digest(LINKER));
    *blake3::hash(&bytes.0).as_bytes()
}

/// `None` if there is nothing to load, or not what was written.
fn load_compiled(engine: &Engine, folder: &Folder, compiled: &str) -> Result<Option<Loaded>, SandboxError> {
    let Some(digests) = folder.read(&note(compiled))? else { return Ok(None) };
    let Some(file) = folder.file(compiled)? else { return Ok(None) };
    let (Some((guest, native)), true) = (digests.split_first_chunk::<32>(), digests.len() == 64) else {
        return Ok(None);
    };
    let mut hasher = blake3::Hasher::new();
    let read = hasher.update_reader(&file);
    read.map_err(|error| SandboxError::Cache { path: folder.path(compiled), why: error.to_string() })?;
    if hasher.finalize().as_bytes()[..] != *native {
        return Ok(None);
    }
    // SAFETY: the file was made by `precompile_module` of an engine with these settings: it and its folder are writable by
    // nobody but us, as was checked on this descriptor, and it has the digest that was noted when it was made.
    #[expect(unsafe_code, reason = "a compiled form is native code")]
    let module = unsafe { Module::deserialize_open_file(engine, file) }.map_err(SandboxError::wasm)?;
    Ok(Some(Loaded { module, digest: *guest }))
}

/// Builds the guest if it is absent. Says whether it was.
pub(super) fn build(options: &WasmOptions) -> Result<bool, SandboxError> {
    let recipe = Recipe::new(&options.own);
    let path = guest_path(options, &recipe);
    if path.is_file() {
        return Ok(false);
    }
    let folder = Folder::open(&options.cache)?;
    let _lock = folder.lock()?;
    if path.is_file() {
        return Ok(false);
    }
    let failed = |error: std::io::Error| SandboxError::GuestBuild { detail: error.to_string() };
    let work = tempfile::tempdir().map_err(failed)?;
    let made = work.path().join("guest.wasm");
    write_recipe(work.path(), &options.own).map_err(failed)?;
    #[expect(clippy::disallowed_methods, reason = "runs our own script; no candidate runs")]
    let output = std::process::Command::new("sh")
        .arg(work.path().join("build.sh"))
        .arg(work.path())
        .arg(&made)
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        // Below what went wrong a tool of the build may list where in itself it noticed.
        let said = stderr.lines().take_while(|line| !line.contains("backtrace")).map(str::trim);
        let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
        let detail = said[said.len().saturating_sub(3)..].join("; ");
        return Err(SandboxError::GuestBuild { detail });
    }
    folder.write(&recipe.file(), &fs::read(made).map_err(failed)?)?;
    Ok(true)
}

fn write_recipe(folder: &Path, own: &[Arc<str>]) -> std::io::Result<()> {
    for (name, text) in RECIPE.into_iter().chain([("build.sh", SCRIPT)]) {
        fs::write(folder.join(name), text)?;
    }
    fs::create_dir(folder.join("own"))?;
    for (index, source) in own.iter().enumerate() {
        // The guest numbers them in the order of their names.
        fs::write(folder.join("own").join(format!("{index:03}.py")), &**source)?;
    }
    Ok(())
}
