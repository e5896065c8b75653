//! Runs that earlier versions wrote are read to the same tables, and the strategies that became scripts still grow the
//! same trees. `tests/earlier` holds what those versions wrote.
//!
//! `format-3` was written before the set-up of runs became a library: there the whole of a run is compared, its manifest and
//! its journal's events too, but for what belongs to the machine and for the wording of prompts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::Lab;
use serde_json::Value;
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
        for new in ["nodes.csv", "tests.csv", "rounds.csv", "transitions.csv", "seats.csv"] {
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

/// Runs of that version, each with its command and the exit code.
const WHOLE_RUNS: [(&str, i32, &str); 4] = [
    ("repaired", 0, "run --dataset starter --model sim/journeyman --problems problems.txt --n-p 2 --n-f 1 --seed 5"),
    ("scored", 0, "score --dataset two.jsonl --samples samples.jsonl"),
    ("imported", 0, "import self-repair published.jsonl --model gpt-4-0314"),
    (
        "stopped",
        5,
        "run --dataset starter --model sim/novice --critic sim/expert --replicates 2 --problem-budget-tokens 20000 \
         --problems problems.txt --n-p 2 --n-f 1 --n-r 1 --budget-tokens 22000 --tests first-failure --require isolated \
         --sampling critic.temperature=0 --seed 5",
    ),
];

/// A folder with what those runs read.
fn lab_with_inputs() -> Lab {
    let lab = Lab::new();
    for input in ["two.jsonl", "samples.jsonl", "published.jsonl"] {
        lab.write(input, fs::read(earlier("format-3/inputs").join(input)).unwrap());
    }
    lab.write("problems.txt", fs::read(earlier("problems.txt")).unwrap());
    lab
}

/// Adds what makes a command write the same journal wherever it runs: one thing after another.
fn one_by_one(command: &str) -> String {
    match command.split_once(' ').unwrap().0 {
        "import" => command.to_owned(),
        "score" => format!("{command} --workers 1 --allow-unsafe"),
        _ => format!("{command} --workers 1 --max-connections 1 --allow-unsafe"),
    }
}

/// A manifest without what belongs to the machine or the binary, and with the names of files alone.
fn essence(manifest: &str) -> String {
    let mut manifest: Value = serde_json::from_str(manifest).unwrap();
    let remove = |of: &mut Value, names: &[&str]| {
        let map = of.as_object_mut().unwrap();
        for name in names {
            map.shift_remove(*name);
        }
    };
    let environment = &mut manifest["environment"];
    remove(environment, &["mend_version", "commit", "host", "isolation_missing"]);
    for source in ["dataset_source", "programs_source"] {
        if let Some(path) = environment.get(source).and_then(Value::as_str) {
            let name = Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
            environment[source] = name.into();
        }
    }
    let identity = &mut manifest["identity"];
    remove(&mut identity["strategy"], &["definition", "prompts"]);
    if identity.get("imported").is_none() {
        remove(identity, &["engine"]);
    }
    remove(&mut manifest, &["run_id"]);
    format!("{manifest:#}")
}

/// The events of a journal without times, checks and the wording of prompts, sorted: which of two answers is judged first
/// is chance.
fn events(journal: &str) -> Vec<String> {
    let event = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        event.get("event")?;
        for name in ["check", "used", "prompt", "template"] {
            event.as_object_mut().unwrap().shift_remove(name);
        }
        Some(event.to_string())
    };
    let mut events: Vec<String> = journal.lines().filter_map(event).collect();
    events.sort();
    events
}

/// A summary without its sentences, and without what later versions count beside what that one did.
fn figures(summary: &str) -> String {
    let mut summary: Value = serde_json::from_str(summary).unwrap();
    for later in ["answer", "sampling", "repair_by_status", "budget_saved", "coverage_at_cost", "uptake"] {
        summary.as_object_mut().unwrap().shift_remove(later);
    }
    for later in ["effort", "effort_by_role", "without_minutes"] {
        summary["spending"].as_object_mut().unwrap().shift_remove(later);
    }
    for submitted in ["submitted", "submitted_with_public_tests"] {
        summary[submitted].as_object_mut().unwrap().shift_remove("selection_loss");
    }
    summary.to_string()
}

/// Asserts that a run is the one that the earlier version wrote, but for its name.
#[track_caller]
fn assert_as_before(lab: &Lab, run: &str) {
    let golden = format!("format-3/{run}");
    let read = |file: &str| fs::read_to_string(earlier(&golden).join(file)).unwrap();
    let (before, now) = (run_id(&read("manifest.json")), run_id(&lab.read(&format!("{run}/manifest.json"))));
    assert_eq!(essence(&lab.read(&format!("{run}/manifest.json"))), essence(&read("manifest.json")), "{run}");
    let tables = tables(&golden);
    assert!(tables.len() >= 3, "{run}");
    for (table, expected) in tables {
        assert_eq!(lab.read(&format!("{run}/{table}")), expected.replace(&before, &now), "{run}/{table}");
    }
    let summary = figures(&lab.read(&format!("{run}/summary.json")));
    assert_eq!(summary, figures(&read("summary.json")).replace(&before, &now), "{run}");
    assert_eq!(events(&lab.read(&format!("{run}/journal.jsonl"))), events(&read("events.jsonl")), "{run}");
}

#[test]
fn runs_scores_imports_and_budgets_leave_what_they_left_when_their_set_up_stood_in_the_binary() {
    let lab = lab_with_inputs();
    for (run, code, command) in WHOLE_RUNS {
        lab.ended(code, &format!("{} --out {run}", one_by_one(command)));
        assert_as_before(&lab, run);
    }
    // A larger budget ends what the smaller one stopped.
    fs::rename(lab.path("stopped"), lab.path("finished")).unwrap();
    lab.ended(0, &one_by_one("resume finished --budget-tokens 1000000"));
    assert_as_before(&lab, "finished");
}

#[test]
fn a_run_that_is_cut_off_anywhere_resumes_to_the_tables_of_the_earlier_version() {
    let lab = lab_with_inputs();
    let (run, code, command) = WHOLE_RUNS[0];
    lab.ended(code, &format!("{} --out {run}", one_by_one(command)));
    let (manifest, journal) = (lab.read("repaired/manifest.json"), lab.read("repaired/journal.jsonl"));
    let before = run_id(&fs::read_to_string(earlier("format-3/repaired/manifest.json")).unwrap());
    for fifth in 1..5 {
        let cut = format!("cut-{fifth}");
        lab.write(&format!("{cut}/manifest.json"), &manifest);
        lab.write(&format!("{cut}/journal.jsonl"), &journal.as_bytes()[..journal.len() * fifth / 5]);
        lab.ended(0, &one_by_one(&format!("resume {cut}")));
        for (table, expected) in tables("format-3/repaired") {
            assert_eq!(lab.read(&format!("{cut}/{table}")), expected.replace(&before, &run_id(&manifest)), "{table}");
        }
    }
}
