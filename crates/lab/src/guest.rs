//! The interpreter of the engine `wasm`: where it is kept, how it is built, and what is to be said of it.

use crate::failure::Failure;
use crate::found::{FileFound, GUEST_NEEDS, WasmFound};
use crate::observer::{Note, Observer, Wait};
use mend_core::{Digest, Guest};
use mend_sandbox::{Engine, SandboxError, WasmEngine, WasmOptions};
use std::path::Path;
use std::time::Instant;

/// Whether this binary has the engine.
pub(crate) const IN_BINARY: bool = true;

/// Fails if this binary lacks the engine.
#[expect(clippy::unnecessary_wraps, reason = "a binary without the engine fails here")]
pub(crate) fn is_in_binary() -> Result<(), Failure> {
    Ok(())
}

/// The engine, its interpreter built first if it is absent.
pub(crate) fn load(observer: &mut dyn Observer) -> Result<(Box<dyn Engine>, Guest), Failure> {
    let options = options()?;
    if !WasmEngine::has_guest(&options) {
        build_in(&options, observer)?;
    }
    let engine = start(&options, observer).map_err(|error| {
        let hint = match error {
            SandboxError::GuestBuild { .. } => return cannot_build(error),
            SandboxError::Cache { .. } => "remove what stands there: it is built anew",
            _ => "`--sandbox process` runs programs with the machine's own Python",
        };
        Failure::usage(error).hint(hint)
    })?;
    let guest =
        Guest { digest: Digest::from(engine.artefact()), path: engine.identity().executable.display().to_string() };
    Ok((Box::new(engine), guest))
}

/// Builds the interpreter unless it is there, and says so.
pub fn build(observer: &mut dyn Observer) -> Result<(), Failure> {
    let options = options()?;
    if WasmEngine::has_guest(&options) {
        // Its compiled form may be absent all the same. Whatever else is wrong is said by whoever looks.
        if let Err(error @ SandboxError::GuestBuild { .. }) = start(&options, observer) {
            return Err(cannot_build(error));
        }
        observer.note(Note::GuestWasThere);
        return Ok(());
    }
    build_in(&options, observer)
}

fn cannot_build(error: SandboxError) -> Failure {
    Failure::usage(error)
        .hint(format!("it takes {GUEST_NEEDS}; `--sandbox process` runs programs with the machine's own Python"))
}

/// Looks at the engine and starts it. Builds no interpreter.
pub fn look(observer: &mut dyn Observer) -> WasmFound {
    let found = WasmFound { in_binary: true, ..WasmFound::default() };
    let Ok(options) = options() else {
        let remedy = Some("set HOME or XDG_CACHE_HOME to an absolute path".to_owned());
        return WasmFound { problem: Some(NO_FOLDER.to_owned()), remedy, ..found };
    };
    if !WasmEngine::has_guest(&options) {
        let remedy = format!("`mend doctor --build-guest` builds it, once, with {GUEST_NEEDS}");
        return WasmFound { remedy: Some(remedy), ..found };
    }
    let found = WasmFound { built: true, ..found };
    match start(&options, observer) {
        Ok(engine) => {
            let identity = engine.identity();
            WasmFound {
                interpreter: Some(identity.interpreter.clone()),
                digest: Some(Digest::from(engine.artefact())),
                guest: file(&identity.executable),
                compiled: compiled(&identity.executable),
                ..found
            }
        }
        Err(error) => {
            let remedy = match error {
                SandboxError::GuestBuild { .. } => {
                    format!("`mend doctor --build-guest` compiles it, with {GUEST_NEEDS}")
                }
                _ => format!("remove `{}`, then `mend doctor --build-guest`", options.cache.display()),
            };
            WasmFound { problem: Some(error.to_string()), remedy: Some(remedy), ..found }
        }
    }
}

/// The newest file that was compiled from a guest.
fn compiled(guest: &Path) -> Option<FileFound> {
    let stem = guest.file_stem()?.to_str()?;
    let files = std::fs::read_dir(guest.parent()?).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let ours = files.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(stem) && path.extension().is_some_and(|extension| extension == "compiled")
    });
    file(&ours.max_by_key(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok())?)
}

/// A file as it is found.
fn file(path: &Path) -> Option<FileFound> {
    let bytes = std::fs::metadata(path).ok()?.len();
    Some(FileFound { path: path.display().to_string(), bytes })
}

const NO_FOLDER: &str =
    "there is no folder for the interpreter of the engine `wasm`: neither XDG_CACHE_HOME nor HOME is an absolute path";

/// Where the interpreter is kept: in the user's cache folder.
fn options() -> Result<WasmOptions, Failure> {
    WasmOptions::in_user_cache(mend_judge::guest_programs()).ok_or_else(|| Failure::usage(NO_FOLDER))
}

/// Starts the engine. The first time after a build, the interpreter is compiled for this processor.
fn start(options: &WasmOptions, observer: &mut dyn Observer) -> Result<WasmEngine, SandboxError> {
    let _waiting = observer.wait(Wait::LoadingGuest);
    WasmEngine::new(options)
}

fn build_in(options: &WasmOptions, observer: &mut dyn Observer) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "says how long the building took; reaches no number")]
    let began = Instant::now();
    let waiting = observer.wait(Wait::BuildingGuest);
    WasmEngine::build_guest(options).map_err(cannot_build)?;
    drop(waiting);
    let engine = start(options, observer).map_err(cannot_build)?;
    let path = &engine.identity().executable;
    let bytes = file(path).map(|file| file.bytes);
    observer.note(Note::GuestBuilt { seconds: began.elapsed().as_secs(), path: path.display().to_string(), bytes });
    Ok(())
}
