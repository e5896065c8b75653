//! `mend doctor`: what was found on this machine.

mod machine;

use crate::args::DoctorArgs;
use crate::asked::variable;
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, mebibytes};
use machine::Check;
use mend_lab::{FileFound, WasmFound};
use mend_sandbox::{Engine as _, Level, ProcessEngine, ProcessOptions};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
struct Found {
    mend: String,
    host: String,
    cores: usize,
    engine: Option<EngineFound>,
    problem: Option<String>,
    wasm: WasmFound,
    machine: Vec<Check>,
}

/// A file and its size, in a line.
fn shown(file: &FileFound) -> String {
    format!("{}, {}", file.path, mebibytes(file.bytes))
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
        mend_lab::build_guest(&mut Stderr::default())?;
    }
    let found = look(args);
    if args.json {
        crate::print_json(&found)?;
    } else {
        crate::print(&lines(&found))?;
    }
    match (found.problem, found.wasm) {
        // Where the default engine does not exist at all, the other one is enough.
        (Some(_), WasmFound { interpreter: Some(_), .. }) if !mend_lab::HAS_PROCESS => Ok(Exit::Complete),
        (Some(problem), _) => Err(Failure::usage(format!("no program can be judged here: {problem}"))),
        (None, WasmFound { built: true, problem: Some(problem), .. }) => Err(Failure::usage(problem)),
        (None, _) => Ok(Exit::Complete),
    }
}

fn look(args: &DoctorArgs) -> Found {
    let engine = ProcessEngine::new(ProcessOptions {
        python: args.python.clone(),
        level: args.isolation,
        ..ProcessOptions::default()
    });
    let commit = option_env!("MEND_COMMIT").map(|commit| format!(" ({commit})")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let folders = [
        ("disk", std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))),
        ("scratch disk", std::env::temp_dir()),
    ];
    let mut found = Found {
        mend: format!("{}{commit}", env!("CARGO_PKG_VERSION")),
        host: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        cores,
        engine: None,
        problem: None,
        wasm: mend_lab::look_for_guest(&mut Stderr::default()),
        machine: machine::look(Path::new("/"), cores, &folders, &variable("PATH").unwrap_or_default()),
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
    if let Some(problem) = &found.problem {
        line("engine", "process, which does not start");
        line("  problem", problem);
    }
    for check in &found.machine {
        // What a machine does not say helps nobody.
        let Some(what) = &check.found else { continue };
        line(check.name, what);
        if let Some(remedy) = &check.remedy {
            line("  remedy", remedy);
        }
    }
    let wasm = &found.wasm;
    match &wasm.interpreter {
        Some(interpreter) => {
            line("engine", "wasm: no file, network or process to reach; verdicts do not depend on the machine");
            line("interpreter", interpreter);
        }
        None if !wasm.in_binary => line("engine", "wasm, which is not in this binary"),
        None if !wasm.built => line("engine", "wasm, whose interpreter is not built"),
        None => line("engine", "wasm, which does not start"),
    }
    if let Some(guest) = &wasm.guest {
        line("  guest", &shown(guest));
    }
    if let Some(digest) = &wasm.digest {
        line("  BLAKE3", &digest.to_string());
    }
    if let Some(compiled) = &wasm.compiled {
        line("  compiled", &shown(compiled));
    }
    if let Some(problem) = &wasm.problem {
        line("  problem", problem);
    }
    if let Some(remedy) = &wasm.remedy {
        line("  remedy", remedy);
    }
    text
}
