//! Whether other tools read what `mend export` writes as it was meant: Inspect's own reader of logs, and DuckDB for Parquet.
//!
//! `scripts/readers.sh` puts both where these tests find them; `MEND_READERS` names another python that has them. Without either a
//! test says that it skips.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says what it skips")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "../common/mod.rs"]
mod common;
mod inspect_log;
mod parquet_table;

use common::{Lab, TWO_PROBLEMS};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A python that has the packages; `None` if there is none, which is then told.
fn python(packages: &str) -> Option<PathBuf> {
    let cache = || {
        let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")))
    };
    let installed = cache().map(|cache| cache.join("mendbench/readers/bin/python"));
    let named = std::env::var_os("MEND_READERS").map(PathBuf::from);
    let has = |python: &PathBuf| {
        let mut asked = command(python);
        asked.args(["-c", &format!("import {packages}")]).output().is_ok_and(|output| output.status.success())
    };
    let found = named.into_iter().chain(installed).chain([PathBuf::from("python3")]).find(has);
    if found.is_none() {
        println!("skipped: no python has {packages} here; scripts/readers.sh installs it");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "this starts the reader that the test is about")]
fn command(python: &Path) -> Command {
    Command::new(python)
}

/// What a script of this folder prints.
#[track_caller]
fn told(python: &Path, script: &str, files: &[PathBuf]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(script);
    let output = command(python).arg(script).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// A folder with two problems.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab
}

/// The rows of a table of a run: fields by the names of their columns.
fn table(lab: &Lab, path: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = lab.read(path);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}
