//! `mend doctor`: what was found on this machine.

use crate::args::DoctorArgs;
use crate::exit::{Exit, Failure};
#[cfg(feature = "wasm")]
use crate::experiment::wasm_options;
#[cfg(feature = "wasm")]
use mend_sandbox::WasmEngine;
use mend_sandbox::{Engine as _, Level, ProcessEngine, ProcessOptions};
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Found {
    mend: String,
    host: String,
    cores: usize,
    engine: Option<EngineFound>,
    wasm: String,
    problem: Option<String>,
}

#[derive(Serialize)]
struct EngineFound {
    name: String,
    isolation: String,
    means: &'static str,
    interpreter: String,
    executable: String,
    missing: Vec<MissingFound>,
}

#[derive(Serialize)]
struct MissingFound {
    mechanism: String,
    reason: String,
    remedy: String,
}

/// `mend doctor`
pub fn run(args: &DoctorArgs) -> Result<Exit, Failure> {
    if args.build_guest {
        build_guest()?;
    }
    let found = look(args);
    if args.json {
        let json = serde_json::to_string_pretty(&found).map_err(|error| Failure::usage(error).with_exit(Exit::Bug))?;
        crate::print(&json);
    } else {
        crate::print(&lines(&found));
    }
    match found.problem {
        Some(problem) => Err(Failure::usage(format!("no program can be judged here: {problem}"))),
        None => Ok(Exit::Complete),
    }
}

#[cfg(feature = "wasm")]
fn build_guest() -> Result<(), Failure> {
    WasmEngine::build_guest(&wasm_options()?).map(drop).map_err(Failure::usage)
}

#[cfg(not(feature = "wasm"))]
fn build_guest() -> Result<(), Failure> {
    Err(Failure::usage("this binary was built without the engine `wasm`"))
}

/// What is to be said of the engine `wasm`.
#[cfg(feature = "wasm")]
fn wasm() -> String {
    let options = match wasm_options() {
        Ok(options) => options,
        Err(_) => return "no folder to keep its interpreter in: HOME is not set".to_owned(),
    };
    if !WasmEngine::has_guest(&options) {
        return "not built (`mend doctor --build-guest`)".to_owned();
    }
    match WasmEngine::new(&options) {
        Ok(engine) => {
            let artefact: String = engine.artefact()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            let identity = engine.identity();
            format!("{} at {}, BLAKE3 {artefact}", identity.interpreter, identity.executable.display())
        }
        Err(error) => error.to_string(),
    }
}

#[cfg(not(feature = "wasm"))]
fn wasm() -> String {
    "not in this binary".to_owned()
}

fn look(args: &DoctorArgs) -> Found {
    let engine = ProcessEngine::new(ProcessOptions {
        python: args.python.clone(),
        level: args.isolation,
        ..ProcessOptions::default()
    });
    let commit = option_env!("MEND_COMMIT").map(|commit| format!(" ({commit})")).unwrap_or_default();
    let mut found = Found {
        mend: format!("{}{commit}", env!("CARGO_PKG_VERSION")),
        host: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        engine: None,
        wasm: wasm(),
        problem: None,
    };
    match engine {
        Ok(engine) => {
            let identity = engine.identity();
            let missing = identity.missing.iter().map(|missing| MissingFound {
                mechanism: missing.mechanism.clone(),
                reason: missing.reason.clone(),
                remedy: missing.remedy.clone(),
            });
            found.engine = Some(EngineFound {
                name: identity.engine.clone(),
                isolation: identity.level.to_string(),
                means: means(identity.level),
                interpreter: identity.interpreter.clone(),
                executable: identity.executable.display().to_string(),
                missing: missing.collect(),
            });
        }
        Err(error) => found.problem = Some(error.to_string()),
    }
    found
}

/// What a level means to somebody who has not read about it.
fn means(level: Level) -> &'static str {
    match level {
        Level::L3 => "namespaces, system-call filter, file rules, limits on memory and processes of the whole tree",
        Level::L2 => "namespaces, system-call filter, file rules; a watchdog instead of control groups",
        Level::L1 => "system-call filter and file rules, in the machine's own namespaces",
        Level::L0 => "resource limits only",
    }
}

fn lines(found: &Found) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("mend", &found.mend);
    line("host", &format!("{}, {} cores", found.host, found.cores));
    if let Some(engine) = &found.engine {
        line("engine", &format!("{}, isolation level {}: {}", engine.name, engine.isolation, engine.means));
        line("interpreter", &format!("{} at {}", engine.interpreter, engine.executable));
        for missing in &engine.missing {
            line("missing", &format!("{}: {}", missing.mechanism, missing.reason));
            line("  remedy", &missing.remedy);
        }
        if engine.isolation == Level::L0.to_string() {
            line("warning", "L0 does not contain hostile code: programs that a model wrote need --allow-unsafe");
        }
    }
    line("wasm", &found.wasm);
    text
}
