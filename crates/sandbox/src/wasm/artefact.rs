//! Where the guest and its compiled form are kept.
//!
//! Loading a compiled form runs native code. So the folder belongs to us and to nobody else, a file is opened without
//! following a link, and its owner, its mode and its digest are checked on the very descriptor that is then loaded.

use super::WasmOptions;
use crate::SandboxError;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use wasmtime::{Engine, Module};

/// The recipe, by the names of its files.
const RECIPE: [(&str, &str); 4] = [
    ("guest.py", include_str!("../../../../sandboxes/python/guest.py")),
    ("guest.wit", include_str!("../../../../sandboxes/python/guest.wit")),
    ("requirements.lock", include_str!("../../../../sandboxes/python/requirements.lock")),
    ("steady.rs", include_str!("../../../../sandboxes/python/steady.rs")),
];
const SCRIPT: &str = include_str!("../../../../scripts/build-python-wasm.sh");

/// A guest that is ready to run.
pub(super) struct Loaded {
    pub(super) module: Module,
    pub(super) path: PathBuf,
    /// BLAKE3 of the guest.
    pub(super) digest: [u8; 32],
}

/// BLAKE3 over all that decides what the guest does.
pub(super) fn recipe(own: &[Arc<str>]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let parts = RECIPE.iter().map(|(_, text)| *text).chain([SCRIPT]).chain(own.iter().map(|source| &**source));
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.update(&super::FUEL_PER_SECOND.to_le_bytes());
    *hasher.finalize().as_bytes()
}

pub(super) fn guest_path(options: &WasmOptions, recipe: &[u8; 32]) -> PathBuf {
    options.cache.join(format!("python-{}.wasm", short(recipe)))
}

fn short(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex()[..16].to_owned()
}

/// Loads the guest's compiled form, and makes it first where it is absent.
pub(super) fn load(engine: &Engine, options: &WasmOptions, recipe: &[u8; 32]) -> Result<Loaded, SandboxError> {
    let path = guest_path(options, recipe);
    if !path.is_file() {
        return Err(SandboxError::NoGuest { path });
    }
    own_folder(&options.cache)?;
    let settings = {
        use std::hash::Hasher as _;
        let mut hasher = Settings(blake3::Hasher::new());
        std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
        hasher.write(env!("CARGO_PKG_VERSION").as_bytes());
        *hasher.0.finalize().as_bytes()
    };
    let compiled = options.cache.join(format!("python-{}-{}.compiled", short(recipe), short(&settings)));
    let note = compiled.with_extension("digests");
    if let Some(loaded) = load_compiled(engine, &path, &compiled, &note)? {
        return Ok(loaded);
    }
    let bytes = read_ours(&path)?;
    let digest = *blake3::hash(&bytes).as_bytes();
    let linked = super::link::link(&bytes).map_err(SandboxError::wasm)?;
    let native = engine.precompile_module(&linked).map_err(SandboxError::wasm)?;
    write(&compiled, &native)?;
    write(&note, &[digest, *blake3::hash(&native).as_bytes()].concat())?;
    match load_compiled(engine, &path, &compiled, &note)? {
        Some(loaded) => Ok(loaded),
        None => Err(cache(&compiled, "it changed while it was written")),
    }
}

/// `None` if there is nothing to load, or not what was written.
fn load_compiled(engine: &Engine, path: &Path, compiled: &Path, note: &Path) -> Result<Option<Loaded>, SandboxError> {
    if !compiled.exists() || !note.exists() {
        return Ok(None);
    }
    let digests = read_ours(note)?;
    let Some((guest, native)) = digests.split_at_checked(32) else { return Ok(None) };
    let (Ok(digest), Ok(native)) = (<[u8; 32]>::try_from(guest), <[u8; 32]>::try_from(native)) else {
        return Ok(None);
    };
    let mut file = open_ours(compiled)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut file).map_err(|error| cache(compiled, &error.to_string()))?;
    if hasher.finalize() != native {
        return Ok(None);
    }
    // By way of the descriptor, so that what is loaded is what was checked.
    let opened = PathBuf::from(format!("/dev/fd/{}", file.as_raw_fd()));
    // SAFETY: the file was made by `precompile_module` of this very engine: its folder and itself are writable by
    // nobody but us, as was checked on this descriptor, and it has the digest that was noted when it was made.
    #[expect(unsafe_code, reason = "a compiled form is native code")]
    let module = unsafe { Module::deserialize_file(engine, opened) }.map_err(SandboxError::wasm)?;
    Ok(Some(Loaded { module, path: path.to_owned(), digest }))
}

/// Builds the guest if it is absent.
pub(super) fn build(options: &WasmOptions) -> Result<bool, SandboxError> {
    let path = guest_path(options, &recipe(&options.own));
    if path.is_file() {
        return Ok(false);
    }
    own_folder(&options.cache)?;
    let failed = |detail: String| SandboxError::GuestBuild { detail };
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let mut files: Vec<(PathBuf, &str)> = RECIPE.iter().map(|(name, text)| (folder.path().join(name), *text)).collect();
    let own = folder.path().join("own");
    fs::create_dir(&own).map_err(|error| failed(error.to_string()))?;
    files.extend(options.own.iter().enumerate().map(|(index, source)| (own.join(format!("{index:03}.py")), &**source)));
    let script = folder.path().join("build.sh");
    files.push((script.clone(), SCRIPT));
    for (file, text) in files {
        fs::write(file, text).map_err(|error| failed(error.to_string()))?;
    }
    #[expect(clippy::disallowed_methods, reason = "runs our own script; no candidate runs")]
    let output = std::process::Command::new("sh")
        .arg(&script)
        .arg(folder.path())
        .arg(&path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() || !path.is_file() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last: Vec<&str> = stderr.trim().lines().rev().take(3).collect();
        return Err(failed(last.into_iter().rev().collect::<Vec<_>>().join("; ")));
    }
    Ok(true)
}

/// Makes the folder, or checks that it is ours alone.
fn own_folder(folder: &Path) -> Result<(), SandboxError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| cache(folder, &error.to_string()))?;
    let found = fs::symlink_metadata(folder).map_err(|error| cache(folder, &error.to_string()))?;
    check_owner(folder, &found, 0o077)?;
    if found.is_dir() { Ok(()) } else { Err(cache(folder, "it is no folder")) }
}

fn check_owner(path: &Path, found: &fs::Metadata, forbidden: u32) -> Result<(), SandboxError> {
    if found.uid() != rustix_uid() {
        return Err(cache(path, "it belongs to another user"));
    }
    if found.mode() & forbidden != 0 {
        return Err(cache(path, &format!("its mode {:o} lets others in", found.mode() & 0o7777)));
    }
    Ok(())
}

fn rustix_uid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    #[expect(unsafe_code, reason = "a call of the C library")]
    unsafe {
        libc::geteuid()
    }
}

fn open_ours(path: &Path) -> Result<File, SandboxError> {
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC).open(path);
    let file = opened.map_err(|error| cache(path, &error.to_string()))?;
    let found = file.metadata().map_err(|error| cache(path, &error.to_string()))?;
    check_owner(path, &found, 0o022)?;
    if found.is_file() { Ok(file) } else { Err(cache(path, "it is no file")) }
}

fn read_ours(path: &Path) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = Vec::new();
    open_ours(path)?.read_to_end(&mut bytes).map_err(|error| cache(path, &error.to_string()))?;
    Ok(bytes)
}

/// Writes a file at once: others see all of it or nothing.
fn write(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let whole = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    whole().map_err(|error| cache(path, &error.to_string()))
}

fn cache(path: &Path, why: &str) -> SandboxError {
    SandboxError::Cache { path: path.to_owned(), why: why.to_owned() }
}

/// A digest for what only hashes itself.
struct Settings(blake3::Hasher);

impl std::hash::Hasher for Settings {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
