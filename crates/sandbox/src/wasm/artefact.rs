//! The guest and its compiled form: what decides them, how they are made, and where they are kept.

use super::folder::Folder;
use super::{WasmOptions, compile};
use crate::SandboxError;
use std::fs;
use std::path::{Path, PathBuf};
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

    fn compiled(&self) -> String {
        format!("python-{}-{}.compiled", &hex(&self.guest)[..16], &hex(&settings())[..16])
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
    let compiled = recipe.compiled();
    if let Some(loaded) = at_hand(engine, &folder, &compiled)? {
        return Ok(loaded);
    }
    let _lock = folder.lock()?;
    // Somebody else may have made it meanwhile.
    if let Some(loaded) = at_hand(engine, &folder, &compiled)? {
        return Ok(loaded);
    }
    let Some(guest) = folder.read(&recipe.file())? else { return Err(SandboxError::NoGuest { path }) };
    let linked = super::link::link(&guest).map_err(SandboxError::wasm)?;
    let native = compile::compile(&linked)?;
    folder.write(&compiled, &native)?;
    let digests = [*blake3::hash(&guest).as_bytes(), *blake3::hash(&native).as_bytes()];
    folder.write(&note(&compiled), &digests.concat())?;
    load_compiled(engine, &folder, &compiled)?.ok_or_else(|| SandboxError::Cache {
        path: folder.path(&compiled),
        why: "it changed while it was written".to_owned(),
    })
}

/// Whether a compiled form is there. Says nothing of its contents.
pub(super) fn is_compiled(options: &WasmOptions) -> Result<bool, SandboxError> {
    let compiled = Recipe::new(&options.own).compiled();
    Ok(Folder::open(&options.cache)?.file(&note(&compiled))?.is_some())
}

/// The file that keeps the digests of a guest and of its compiled form.
fn note(compiled: &str) -> String {
    format!("{compiled}.blake3")
}

/// BLAKE3 over all that decides the compiled form of a guest.
fn settings() -> [u8; 32] {
    let settings: Vec<String> = compile::settings().collect();
    digest(LINKER.into_iter().chain(settings.iter().map(String::as_str)))
}

/// `None` also if the runtime refuses what was written: it may be of another machine that shares this folder, and tells of
/// its processor what this one tells.
fn at_hand(engine: &Engine, folder: &Folder, compiled: &str) -> Result<Option<Loaded>, SandboxError> {
    match load_compiled(engine, folder, compiled) {
        Err(SandboxError::Wasm { .. }) => Ok(None),
        found => found,
    }
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
    // SAFETY: the file was made by wasmtime's own compiler, which is pinned by hash: it and its folder are writable by nobody
    // but us, as was checked on this descriptor, and it has the digest that was noted when it was made. The runtime compares
    // version, settings and processor.
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
    compile::run(&work.path().join("build.sh"), [work.path(), &made]).map_err(failed)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiled_form_that_the_runtime_refuses_is_taken_for_absent() {
        let work = tempfile::tempdir().unwrap();
        let folder = Folder::open(&work.path().join("cache")).unwrap();
        let engine = Engine::new(&super::super::config()).unwrap();
        assert!(load_compiled(&engine, &folder, "other").unwrap().is_none());

        let native = b"made by another version";
        folder.write("other", native).unwrap();
        let digests = [[0; 32], *blake3::hash(native).as_bytes()];
        folder.write(&note("other"), &digests.concat()).unwrap();
        assert!(matches!(load_compiled(&engine, &folder, "other"), Err(SandboxError::Wasm { .. })));
        assert!(at_hand(&engine, &folder, "other").unwrap().is_none());

        // Not what was written: nothing is loaded at all.
        folder.write("other", b"made by somebody else").unwrap();
        assert!(load_compiled(&engine, &folder, "other").unwrap().is_none());
    }

    #[test]
    fn a_compiled_form_is_named_by_guest_compiler_and_machine() {
        let one = Recipe::new(&["pass".into()]);
        let other = Recipe::new(&["1".into()]);
        assert_eq!(one.compiled(), Recipe::new(&["pass".into()]).compiled());
        assert_ne!(one.compiled(), other.compiled());
        assert!(one.compiled().starts_with(one.file().strip_suffix(".wasm").unwrap()));
    }
}
