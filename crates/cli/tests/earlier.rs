//! Runs that earlier versions wrote are read to the same tables, and the strategies that became scripts still grow the
//! same trees. `tests/earlier` holds what those versions wrote.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::Lab;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs, with the command that wrote each.
const RUNS: [(&str, &str); 4] = [
    ("format-1/iid", "--strategy iid --n-p 3"),
    ("format-2/iid", "--strategy iid --n-p 3"),
    ("format-2/self-repair", "--strategy self-repair --n-p 2 --n-f 2"),
    ("format-2/critic", "--strategy critic --n-p 2 --n-f 1 --n-r 2"),
];

fn earlier(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/earlier").join(name)
}

/// The tables that an earlier version wrote, by their names.
fn tables(run: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(earlier(run)).unwrap().map(|file| file.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|extension| extension == "csv"));
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    tables.map(read).collect()
}

fn run_id(manifest: &str) -> String {
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
    manifest["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn runs_of_earlier_versions_are_reported_to_the_same_bytes() {
    let lab = Lab::new();
    for (run, _) in RUNS {
        for file in ["manifest.json", "journal.jsonl"] {
            lab.write(&format!("{run}/{file}"), fs::read(earlier(run).join(file)).unwrap());
        }
        lab.ended(0, &format!("report {run} --write"));
        let tables = tables(run);
        assert!(tables.len() >= 3, "{run}");
        for (table, expected) in tables {
            assert_eq!(lab.read(&format!("{run}/{table}")), expected, "{run}/{table}");
        }
        for new in ["nodes.csv", "rounds.csv", "transitions.csv", "seats.csv"] {
            assert!(!lab.path(&format!("{run}/{new}")).exists(), "{run} has nothing to say in {new}");
        }
    }
}

#[test]
fn scripts_grow_the_trees_of_the_strategies_whose_place_they_took() {
    let lab = Lab::new();
    lab.write("problems.txt", fs::read(earlier("problems.txt")).unwrap());
    for (run, strategy) in &RUNS[1..] {
        lab.ended(
            0,
            &format!(
                "run --dataset starter --model sim/journeyman --problems problems.txt --seed 5 {strategy} \
                 --allow-unsafe --out {run}"
            ),
        );
        let before = run_id(&fs::read_to_string(earlier(run).join("manifest.json")).unwrap());
        let now = run_id(&lab.read(&format!("{run}/manifest.json")));
        for (table, expected) in tables(run) {
            // The script's text decides the run's id.
            assert_eq!(lab.read(&format!("{run}/{table}")), expected.replace(&before, &now), "{run}/{table}");
        }
    }
}
