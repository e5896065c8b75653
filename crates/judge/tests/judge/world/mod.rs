//! The world that a whole program finds: what programs of competitions do with it gives what a plain interpreter gives.
//!
//! The expected side is not written down: each program also runs by the same interpreter, started by its path with its
//! input as a file, without any of our engine.

#[path = "../../../../sandbox/tests/process/again.rs"]
#[expect(dead_code, reason = "the levels are tried in one go here")]
mod again;

use mend_sandbox::{Engine, How, Job, Level, Limits, Outcome, ProcessEngine, ProcessOptions, Profile};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names of what `again` hands on.
mod common {
    pub(super) const LEVEL: &str = "MEND_SANDBOX_TEST_LEVEL";
    pub(super) const PYTHON: &str = "MEND_SANDBOX_TEST_PYTHON";
}

/// Programs by what they are about. Each begins with a line of its name, and one of its input if it has any.
const TEXTS: [&str; 6] = [
    include_str!("input.txt"),
    include_str!("output.txt"),
    include_str!("resources.txt"),
    include_str!("identity.txt"),
    include_str!("processes.txt"),
    include_str!("language.txt"),
];

/// What an editor would not leave alone.
const ODD: [(&str, &str); 3] = [
    ("a mark at the beginning", "\u{feff}print('bom')"),
    ("ends of lines of the source", "print('a')\r\nif True:\r\n    print('b')\r\n"),
    ("no end of the last line", "if True:\n    print('a')"),
];

/// A program that does one of the things that programs of competitions do.
pub(crate) struct Idiom {
    /// What it does.
    pub(crate) name: String,
    pub(crate) input: String,
    pub(crate) program: String,
}

/// All of them.
pub(crate) fn idioms() -> Vec<Idiom> {
    let of_text = TEXTS.into_iter().flat_map(|text| text.split("\n=== ").skip(1)).map(|text| {
        let (name, rest) = text.split_once('\n').unwrap();
        let (input, program) = match rest.strip_prefix("<<< ") {
            Some(rest) => rest.split_once('\n').unwrap(),
            None => ("\"\"", rest),
        };
        let input = serde_json::from_str(input).unwrap();
        Idiom { name: name.to_owned(), input, program: format!("{}\n", program.trim_end()) }
    });
    let odd = ODD.into_iter().map(|(name, program)| Idiom {
        name: name.to_owned(),
        input: String::new(),
        program: program.to_owned(),
    });
    of_text.chain(odd).collect()
}

/// What a level cannot give, and why.
const LACKING: &[(Level, &str, &str)] = &[
    (Level::L1, "a pool of processes", "semaphores lie in a folder that others use"),
    (Level::L1, "an executor of processes", "semaphores lie in a folder that others use"),
    (Level::L1, "a queue between processes", "semaphores lie in a folder that others use"),
    (Level::L3, "a file in /tmp", "what programs write goes into their own folder"),
    (Level::L2, "a file in /tmp", "what programs write goes into their own folder"),
    (Level::L1, "a file in /tmp", "what programs write goes into their own folder"),
];

/// How a program ended and what it printed: exit status, or a signal below zero.
type Seen = (i32, String);

/// What a plain interpreter makes of a program, in a folder of its own.
fn plain(python: &Path, idiom: &Idiom) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    // As at L3: programs print names of their folder's files.
    let scratch = folder.path().join("mend-000000");
    fs::create_dir(&scratch).unwrap();
    fs::write(scratch.join("main.py"), &idiom.program).unwrap();
    fs::write(folder.path().join("input"), &idiom.input).unwrap();
    #[expect(clippy::disallowed_methods, reason = "runs programs of this test, which are harmless")]
    let mut command = Command::new(python);
    command.args(["-S", "-c", include_str!("plain.py")]);
    command.current_dir(&scratch).env_clear();
    command.envs(&Profile::python().environment).env("HOME", "/nonexistent").env("TMPDIR", &scratch);
    // The one difference by intent: no limit to the digits of a number.
    command.env("PYTHONINTMAXSTRDIGITS", "0");
    command.stdin(File::open(folder.path().join("input")).unwrap()).stderr(Stdio::null());
    let output = command.output().unwrap();
    let status = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap());
    (status, String::from_utf8_lossy(&output.stdout).into_owned())
}

fn seen(outcome: &Outcome) -> Result<Seen, String> {
    let status = match outcome.how {
        How::Exit(status) => status,
        How::Signal(signal) => -signal,
        ref other => return Err(other.to_string()),
    };
    Ok((status, String::from_utf8_lossy(&outcome.stdout.bytes).into_owned()))
}

/// Compares one program at one level.
fn differs(engine: &dyn Engine, level: Level, idiom: &Idiom, expected: &Seen) -> Option<String> {
    let Idiom { name, input, program } = idiom;
    let limits = Limits { cpu: Duration::from_mins(1), wall: Duration::from_secs(40), ..Limits::default() };
    let job = Job { program: program.as_str().into(), stdin: input.as_bytes().into(), limits, ..Job::default() };
    let outcome = engine.worker().unwrap().run(&job).unwrap();
    let lacking = LACKING.iter().find(|(at, lacking, _)| (*at, *lacking) == (level, name.as_str()));
    match (seen(&outcome).as_ref() == Ok(expected), lacking) {
        (true, None) | (false, Some(_)) => None,
        (true, Some((.., why))) => Some(format!("{name} at {level}: as in plain Python, although {why}")),
        (false, None) => {
            let stderr = String::from_utf8_lossy(&outcome.stderr.bytes);
            let expected = format!("{name} at {level}: {:?}, in plain Python {expected:?}", seen(&outcome));
            Some(format!("{expected}\n{stderr}"))
        }
    }
}

#[test]
fn programs_find_what_they_find_in_plain_python() {
    let idioms = idioms();
    assert!(idioms.len() >= 80, "{}", idioms.len());
    let wanted: Option<Level> = std::env::var(common::LEVEL).ok().map(|level| level.parse().unwrap());
    let python = std::env::var_os(common::PYTHON).map(std::path::PathBuf::from);
    let mut engines = Vec::new();
    for level in Level::ALL.into_iter().filter(|level| wanted.is_none_or(|wanted| wanted == *level)) {
        match ProcessEngine::new(ProcessOptions { level: Some(level), python: python.clone(), scratch_root: None }) {
            Ok(engine) => engines.push((level, engine)),
            Err(error) => println!("skipped: {error}"),
        }
    }
    let executable = engines.first().expect("L0 is everywhere").1.identity().executable.clone();
    let mut wrong = Vec::new();
    for idiom in &idioms {
        let expected = plain(&executable, idiom);
        wrong.extend(engines.iter().filter_map(|(level, engine)| differs(engine, *level, idiom, &expected)));
    }
    assert!(wrong.is_empty(), "{} of {} programs:\n{}", wrong.len(), idioms.len(), wrong.join("\n"));
}

#[test]
fn again_as_an_ordinary_user() {
    again::again(Level::L2, again::As::Nobody, &["world::programs_find"]);
}
