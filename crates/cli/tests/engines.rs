//! Which engine judges: the choice, what is recorded of it, and what happens to programs that one cannot run.
//!
//! The interpreter of the engine `wasm` is that of the user's cache folder; it is built where it is absent, and what needs
//! it is skipped where it cannot be built.

#![cfg(feature = "wasm")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS, assert_same};
use insta::assert_snapshot;
use mend_core::Digest;
use mend_sandbox::{SandboxError, WasmEngine, WasmOptions};
use serde_json::Value;

/// A right and a wrong program, and one that needs a thread.
const SAMPLES: &str = concat!(
    r#"{"task_id":"t/1","completion":"    return a + b\n"}"#,
    "\n",
    r#"{"task_id":"t/1","completion":"    import threading\n    sums = []\n    "#,
    r#"adds = threading.Thread(target=lambda: sums.append(a + b))\n    adds.start()\n    adds.join()\n    return sums[0]\n"}"#,
    "\n",
    r#"{"task_id":"t/2","completion":"    return a - b\n"}"#,
    "\n",
    r#"{"task_id":"t/2","completion":"    return sum(range(100000))\n"}"#,
    "\n",
);

/// Level L0 is enough for these programs.
const SCORE: &str = "score --allow-unsafe --dataset two.jsonl --samples samples.jsonl";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab.write("samples.jsonl", SAMPLES);
    lab
}

/// Builds and compiles the interpreter where it is absent, in the folder where `mend` looks for it.
fn guest() -> Result<(), SandboxError> {
    let options = WasmOptions::in_user_cache(mend_judge::guest_programs()).expect("a home");
    WasmEngine::build_guest(&options)?;
    WasmEngine::new(&options).map(drop)
}

/// Some columns of a run's programs.
fn columns<const N: usize>(lab: &Lab, run: &str, names: [&str; N]) -> Vec<[String; N]> {
    let table = lab.read(&format!("{run}/samples.csv"));
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let places = names.map(|name| header.iter().position(|column| *column == name).unwrap());
    rows.map(|row| places.map(|place| row[place].to_owned())).collect()
}

fn manifest(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.read(&format!("{run}/manifest.json"))).unwrap()
}

/// The engines that a manifest names: the first, and the one behind it.
fn engines(lab: &Lab, run: &str) -> (Value, Value) {
    let identity = &manifest(lab, run)["identity"];
    (identity["engine"]["name"].clone(), identity["fallback"]["name"].clone())
}

#[test]
fn what_wasm_cannot_run_is_unscored_with_the_reason_and_goes_to_process_under_auto() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    let outcome = |run| -> Vec<String> {
        columns(&lab, run, ["status", "engine"]).iter().map(|columns| columns.join(" ")).collect()
    };

    let ran = lab.ended(4, &format!("{SCORE} --sandbox wasm --out wasm"));
    assert_eq!(outcome("wasm"), ["passed wasm", "unscored ", "passed wasm", "wrong_answer wasm"]);
    let reasons = columns(&lab, "wasm", ["unscored"]).concat();
    assert!(reasons[1].starts_with("unsupported: ") && reasons[1].contains("thread"), "{reasons:?}");
    assert!(ran.stdout.contains(&format!("\nunscored 1: {}\n", reasons[1])), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nengine    wasm L3, CPython "), "{}", ran.stdout);
    assert_eq!(engines(&lab, "wasm"), ("wasm".into(), Value::Null));

    let ran = lab.ended(0, &format!("{SCORE} --sandbox auto --out auto"));
    assert_eq!(outcome("auto"), ["passed wasm", "passed process", "passed wasm", "wrong_answer wasm"]);
    assert!(ran.stdout.contains("; for what that cannot run, process [LEVEL], CPython [VERSION]\n"), "{}", ran.stdout);
    assert_eq!(engines(&lab, "auto"), ("wasm".into(), "process".into()));

    lab.ended(0, &format!("{SCORE} --out process"));
    assert_eq!(outcome("process"), ["passed process", "passed process", "passed process", "wrong_answer process"]);
    assert_eq!(engines(&lab, "process"), ("process".into(), Value::Null));
}

#[test]
fn fuel_is_counted_by_wasm_alone_and_is_the_same_each_time() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    lab.ended(0, &format!("{SCORE} --sandbox auto --workers 1 --out alone"));
    let fuel: Vec<Option<u64>> =
        columns(&lab, "alone", ["fuel"]).concat().iter().map(|fuel| fuel.parse().ok()).collect();
    let [Some(sum), None, Some(difference), Some(long)] = fuel[..] else { panic!("{fuel:?}") };
    // Adding 100,000 numbers takes more than a million instructions, whatever the rest costs.
    assert!(long > sum + 1_000_000 && long > difference + 1_000_000, "{fuel:?}");
    for run in ["together", "again"] {
        lab.ended(0, &format!("{SCORE} --sandbox auto --workers 4 --out {run}"));
        assert_same(&lab.tables(run), &lab.tables("alone"));
    }
    let journal = lab.read("alone/journal.jsonl");
    assert_eq!(journal.matches(&format!("\"fuel\":{long},")).count(), 1);
    assert_eq!(journal.matches("\"fuel\":").count(), 3);
}

#[test]
fn a_manifest_names_the_interpreter_and_its_digest() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    lab.ended(4, &format!("{SCORE} --sandbox wasm --out run"));
    let environment = &manifest(&lab, "run")["environment"];
    let bytes = std::fs::read(environment["guest"]["path"].as_str().unwrap()).unwrap();
    assert_eq!(environment["guest"]["digest"], Digest::of(&bytes).to_string());
    lab.ended(0, &format!("{SCORE} --out native"));
    assert_eq!(manifest(&lab, "native")["environment"]["guest"], Value::Null);
}

#[test]
fn a_run_goes_on_with_the_engines_that_it_began_with_and_with_no_others() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    lab.ended(0, &format!("{SCORE} --sandbox auto --out whole"));
    let journal = lab.read("whole/journal.jsonl");
    let until_first_answer = |line: &&str| !line.contains(r#""event":"sampled""#);
    let kept = 1 + journal.lines().take_while(until_first_answer).count();
    let kept: String = journal.split_inclusive('\n').take(kept).collect();
    let manifest = lab.read("whole/manifest.json");
    let (before, rest) = manifest.split_once("\"guest\": {\n      \"digest\": \"").unwrap();
    // As if another build of the interpreter had been there.
    let other = format!("{before}\"guest\": {{\n      \"digest\": \"0123456789{}", &rest[10..]);
    lab.write("cut/manifest.json", &other);
    lab.write("cut/journal.jsonl", &kept);
    assert_snapshot!(lab.ended(2, "resume cut --sandbox process").stderr, @"
    error: the run began with `--sandbox auto` and cannot go on with `process`
    hint: its numbers would mix two experiments: leave out `--sandbox` and MEND_SANDBOX, or start a new run
    ");
    lab.ended_with(2, "resume cut", &[("MEND_SANDBOX", "wasm")]);
    assert_eq!(lab.read("cut/journal.jsonl"), kept);
    let told = lab.ended(0, "resume cut --allow-unsafe").stderr;
    assert!(told.contains("changed since the run began: guest: [ID] at "), "{told}");
    assert_same(&lab.tables("cut"), &lab.tables("whole"));
}

#[test]
fn the_engine_is_chosen_by_flag_environment_and_file() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    lab.write("mend.toml", "[score]\nsandbox = \"auto\"\n");
    let chosen = |run: &str, code, flags: &str, variables: &[(&str, &str)]| {
        lab.ended_with(code, &format!("{SCORE} --out {run} {flags}"), variables);
        engines(&lab, run)
    };
    assert_eq!(chosen("file", 0, "", &[]), ("wasm".into(), "process".into()));
    let environment = [("MEND_SANDBOX", "wasm")];
    assert_eq!(chosen("environment", 4, "", &environment), ("wasm".into(), Value::Null));
    assert_eq!(chosen("flag", 0, "--sandbox process", &environment), ("process".into(), Value::Null));
    let shown = lab.ended_with(0, "datasets verify two.jsonl", &environment).stdout;
    assert!(shown.starts_with("two: 2 problems, judged by wasm L3, CPython "), "{shown}");
}

#[test]
fn auto_wants_both_engines_and_falls_back_to_none_in_silence() {
    let lab = lab();
    let score = "score --dataset two.jsonl --samples samples.jsonl --sandbox auto --out run";
    assert_snapshot!(lab.ended(2, &format!("{score} --isolation L0")).stderr, @"
    `completion` of `samples.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    error: the engine `process`, which is to judge what `wasm` cannot run, has isolation level L0: programs that a model wrote would run with your rights
    hint: `--sandbox wasm` contains them and leaves unscored what it cannot run; where it does no harm (a throw-away machine or container), `--allow-unsafe` runs them; `mend doctor` tells what is missing
    ");
    let told = lab.ended(2, &format!("{score} --python absent")).stderr;
    assert!(told.ends_with("`--sandbox wasm` does without it, and leaves unscored what it cannot run\n"), "{told}");
}

#[test]
fn an_interpreter_that_cannot_be_built_is_told_with_what_it_takes() {
    let lab = lab();
    lab.write("empty/none", "");
    let (empty, cache) = (lab.path("empty").display().to_string(), lab.path("cache").display().to_string());
    let variables = [("PATH", empty.as_str()), ("XDG_CACHE_HOME", cache.as_str())];
    let told = lab.ended_with(2, &format!("{SCORE} --sandbox wasm --out run"), &variables).stderr;
    let [_form, building, error, hint] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert_snapshot!(building, @"building the interpreter of the engine `wasm`, once: this takes python3 with venv, rustc, and two packages from PyPI, and a minute or two");
    assert!(error.starts_with("error: cannot build the interpreter of the engine `wasm`: "), "{error}");
    assert_snapshot!(hint, @"hint: it takes python3 with venv, rustc, and two packages from PyPI; `--sandbox process` runs programs with the machine's own Python");
    assert!(!lab.path("run").exists());
    let built = lab.ended_with(2, "doctor --build-guest", &variables).stderr;
    assert!(built.contains("error: cannot build the interpreter"), "{built}");
}

#[test]
fn doctor_shows_the_interpreter_or_how_to_get_it() {
    let lab = lab();
    let cache = lab.path("cache").display().to_string();
    let shown = lab.ended_with(0, "doctor", &[("XDG_CACHE_HOME", &cache)]).stdout;
    assert_snapshot!(shown.split_once("engine       wasm").unwrap().1, @"
    , whose interpreter is not built
      remedy     `mend doctor --build-guest` builds it, once, with python3 with venv, rustc, and two packages from PyPI
    ");
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let output = lab.command("doctor --json").output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let wasm = &found["wasm"];
    assert_eq!((&wasm["in_binary"], &wasm["built"], &wasm["problem"]), (&true.into(), &true.into(), &Value::Null));
    for file in ["guest", "compiled"] {
        let path = wasm[file]["path"].as_str().unwrap();
        assert_eq!(wasm[file]["bytes"], std::fs::metadata(path).unwrap().len(), "{path}");
    }
    let bytes = std::fs::read(wasm["guest"]["path"].as_str().unwrap()).unwrap();
    assert_eq!(wasm["digest"], Digest::of(&bytes).to_string());
    let again = lab.ended(0, "doctor --build-guest");
    assert!(again.stderr.starts_with("the interpreter of the engine `wasm` is built already\n"), "{}", again.stderr);
    assert!(again.stdout.contains("\n  BLAKE3     [DIGEST]\n"), "{}", again.stdout);
}

#[test]
fn programs_judged_anew_by_wasm_flip_only_where_it_lacks_something_and_back_again() {
    if let Err(error) = guest() {
        return println!("skipped: {error}");
    }
    let lab = lab();
    lab.ended(0, &format!("{SCORE} --out native"));
    let ran = lab.ended(4, "rejudge native --sandbox wasm --out anew");
    assert!(ran.stdout.contains("1 of 4 verdicts flipped"), "{}", ran.stdout);
    let flips = common::rows(&lab.read("anew/flips.csv"));
    assert_eq!(flips.len(), 1);
    assert_eq!((flips[0]["turn"].as_str(), flips[0]["after"].as_str()), ("scored_to_unscored", "unscored"));
    assert!(flips[0]["why"].contains("thread"), "{}", flips[0]["why"]);
    assert_eq!(engines(&lab, "anew"), ("wasm".into(), Value::Null));
    lab.ended(0, "rejudge anew --with sandbox=process --out back");
    let flips = common::rows(&lab.read("back/flips.csv"));
    assert_eq!(flips.len(), 1);
    assert_eq!((flips[0]["turn"].as_str(), flips[0]["after"].as_str()), ("unscored_to_scored", "passed"));
}
