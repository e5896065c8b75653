//! What `mend report` writes and what it leaves alone, and what becomes of output that nobody can take.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, records, starter_functions};
use insta::assert_snapshot;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A lab with a small run of programs and repairs.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    lab.ended(0, "run --dataset functions.jsonl --model sim/journeyman --n-p 4 --n-f 1 --out run");
    lab
}

/// The files of a folder, with their bytes.
fn files(lab: &Lab, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    lab.files().into_iter().filter(|(path, _)| path.starts_with(lab.path(folder))).collect()
}

/// The names of the files that one listing has and the other has not.
fn new_names(after: &BTreeMap<PathBuf, Vec<u8>>, before: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let new = after.keys().filter(|path| !before.contains_key(*path));
    new.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Takes the right to write away from a folder, or gives it back.
fn set_writable(folder: &Path, writable: bool) {
    std::fs::set_permissions(folder, Permissions::from_mode(if writable { 0o755 } else { 0o555 })).unwrap();
}

#[test]
fn the_usual_figures_of_ones_own_run_are_written_anew() {
    let lab = lab();
    let before = files(&lab, "run");
    lab.write("run/pass_at_t.csv", "old");
    lab.write("run/summary.json", "old");
    let ran = lab.ended(0, "report run");
    assert_eq!(ran.stderr, "written to run\n");
    assert_eq!(files(&lab, "run"), before);
}

#[test]
fn a_folder_that_is_not_to_be_written_is_shown_and_stays_as_it_is() {
    let lab = lab();
    let shown = lab.ended(0, "report run").stdout;
    lab.write("run/pass_at_t.csv", "old");
    let before = files(&lab, "run");
    set_writable(&lab.path("run"), false);
    let ran = lab.ended(0, "report run");
    assert_eq!(ran.stdout, shown);
    assert_snapshot!(ran.stderr, @"
    nothing was written: `run` is read-only or belongs to somebody else
    hint: `--out <folder or file.csv>` writes elsewhere
    ");
    assert_eq!(files(&lab, "run"), before);
    // The same where only the journal is kept from being written.
    set_writable(&lab.path("run"), true);
    std::fs::set_permissions(lab.path("run/journal.jsonl"), Permissions::from_mode(0o444)).unwrap();
    lab.ended(0, "report run --json");
    assert_eq!(files(&lab, "run"), before);
    // Whoever says where gets it there.
    let ran = lab.ended(0, "report run --out elsewhere/mine");
    assert_eq!(ran.stderr, "written to elsewhere/mine\n");
    assert_eq!(files(&lab, "run"), before);
    let summary = lab.read("elsewhere/mine/summary.json");
    assert!(summary.contains("\"answer\"") && lab.path("elsewhere/mine/samples.csv").exists());
    lab.ended(0, "report run --write");
    assert_ne!(lab.read("run/pass_at_t.csv"), "old");
}

#[test]
fn figures_of_ones_own_choice_are_written_only_where_somebody_says_so_and_replace_nothing() {
    let lab = lab();
    let before = files(&lab, "run");
    let grid = "--grid n_p=1,2,n_f=1,order=dfs --within 3000 --at 1500";
    let ran = lab.ended(0, &format!("report run {grid}"));
    assert_snapshot!(ran.stderr, @"
    nothing was written: these figures are not the run's usual ones
    hint: `--write` puts them beside the run's own, into files that are named after the choice; `--out <folder or file.csv>` writes elsewhere
    ");
    assert_eq!(files(&lab, "run"), before);

    let ran = lab.ended(0, &format!("report run {grid} --write"));
    assert_snapshot!(ran.stderr, @"
    written to run/pass_at_t.n_p-1-2.order-dfs.csv
    written to run/pass_within.n_p-1-2.order-dfs.within-3000.csv
    written to run/pass_at_budget.n_p-1-2.order-dfs.at-1500.csv
    ");
    let mut after = files(&lab, "run");
    let new = new_names(&after, &before);
    assert_snapshot!(new.join("\n"), @"
    pass_at_budget.n_p-1-2.order-dfs.at-1500.csv
    pass_at_t.n_p-1-2.order-dfs.csv
    pass_within.n_p-1-2.order-dfs.within-3000.csv
    ");
    let rows = lab.read(&format!("run/{}", new.iter().find(|name| name.starts_with("pass_at_t")).unwrap()));
    assert!(rows.lines().skip(1).all(|row| row.contains(",dfs,")) && rows.lines().count() > 1, "{rows}");
    after.retain(|path, _| before.contains_key(path));
    assert_eq!(after, before, "the run's own files are as they were");

    // Another choice has another name, an estimator and a k are choices too.
    lab.ended(0, "report run --estimator plugin --write");
    lab.ended(0, "report run --k 2 --write");
    assert!(lab.path("run/pass_at_t.estimator-plugin.csv").exists());
    assert_eq!(lab.read("run/pass_at_k.k-2.csv").lines().count(), 1 + 3, "all, and two difficulties");
    // What is only looked at in another way is no other figure.
    assert_eq!(lab.ended(0, "report run --tokens completion --selection submitted").stderr, "written to run\n");
}

#[test]
fn one_table_goes_into_a_file_that_somebody_names() {
    let lab = lab();
    let before = files(&lab, "run");
    let ran = lab.ended(0, "report run --grid n_p=1..3,n_f=1 --out shapes.csv");
    assert_eq!(ran.stderr, "written to shapes.csv\n");
    assert!(lab.read("shapes.csv").starts_with("run,dataset,"));
    lab.ended(0, "report run --out usual.csv");
    assert_eq!(lab.read("usual.csv"), lab.read("run/pass_at_t.csv"));
    lab.ended(0, "report run --within 2000 --out caps.csv");
    assert!(lab.read("caps.csv").lines().next().unwrap().contains(",cap,"));

    let refused = |line: &str| lab.ended(2, line).stderr;
    assert_snapshot!(refused("report run --grid n_p=1 --within 2000 --out both.csv"), @"
    error: `both.csv` is one file, and these figures are pass_at_t.n_p-1.csv and pass_within.n_p-1.within-2000.csv
    hint: name a folder, or ask for one of them at a time
    ");
    assert_snapshot!(refused("report run --grid n_p=1 --out run/pass_at_t.csv"), @"
    error: `run/pass_at_t.csv` is a run's own file: other figures must not stand there
    hint: choose another name
    ");
    lab.ended(0, "run --dataset functions.jsonl --model sim/novice --strategy iid --n-p 1 --out other");
    assert_snapshot!(refused("report run --out other"), @"
    error: `other` is the folder of another run: its figures stand there
    hint: choose another folder
    ");
    assert_snapshot!(refused("report run --out functions.jsonl/shapes.csv"), @"error: cannot make the folder `functions.jsonl`: File exists (os error 17)");
    assert_snapshot!(refused("report run --write --out x").lines().next().unwrap(), @"error: the argument '--write' cannot be used with '--out <DIR|FILE.csv>'");
    assert_eq!(files(&lab, "run"), before);
}

#[test]
fn output_that_nobody_can_take_is_an_error_and_a_closed_pipe_is_none() {
    let lab = lab();
    lab.ended(
        0,
        "run --dataset functions.jsonl --model sim/novice --cache cache.db --strategy iid --n-p 1 --out other",
    );
    let lines = [
        "report run",
        "report run --json",
        "resume run --json",
        "datasets list",
        "datasets show starter",
        "datasets verify functions.jsonl --json",
        "models list",
        "models sim",
        "cache list --cache cache.db",
        "doctor --json",
        "--help",
        "report --help",
        "--version",
    ];
    for line in lines {
        let ran = lab.mend_after("exec >/dev/full", line);
        assert_eq!(ran.code, Some(5), "`mend {line}` told: {}", ran.stderr);
        let told = "error: cannot write to standard output: No space left on device (os error 28)\nhint: ";
        assert!(ran.stderr.contains(told), "`mend {line}` told: {}", ran.stderr);
    }
    let ran = lab.mend_after("exec >/dev/full", "run --dataset functions.jsonl --model sim/novice --out full --json");
    assert_eq!(ran.code, Some(5));
    assert_snapshot!(ran.stderr, @"
    error: cannot write to standard output: No space left on device (os error 28)
    hint: the run is saved: `mend report full` shows it
    ");
    lab.ended(0, "report full --json");
}

#[test]
fn the_summary_of_a_small_run_is_small_and_says_what_the_terminal_says() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    let collect = "--critic sim/expert --critique all --n-p 10 --n-f 3 --n-r 3";
    let ran = lab.ended(0, &format!("run --dataset functions.jsonl --model sim/journeyman {collect} --out run"));
    let text = lab.read("run/summary.json");
    assert!(text.len() < 50_000, "{} bytes", text.len());
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["schema_version"], 2);
    let sentence = summary["answer"]["sentence"].as_str().unwrap();
    let shown = ran.stdout.replace("\n  ", " ");
    assert!(shown.contains(sentence), "{sentence}\n{shown}");
    let rows = summary["pass_at_t"]["value"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["group"] == "all"), "{rows:?}");
    // The table is in its file, and whoever asks for figures gets all of them.
    assert!(lab.read("run/pass_at_t.csv").lines().count() > 10 * rows.len());
    let asked = lab.ended(0, "report run --grid n_p=1..9,n_f=1..3,n_r=1..3 --json").stdout;
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert!(asked["pass_at_t"]["value"].as_array().unwrap().len() > 9 * 9 * 3 * 2);
}

/// The top-level keys that `results/README.md` explains.
fn documented() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = readme.split_once("## summary.json").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let keys = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned));
    keys.filter(|key| key != "key").collect()
}

#[test]
fn every_key_of_the_summary_is_documented_and_every_documented_key_is_there() {
    let lab = lab();
    let shown = lab.ended(0, "report run --within 3000 --at 1500 --json").stdout;
    // Some keys are there only where trees are deeper.
    lab.ended(
        0,
        "run --dataset starter --model sim/journeyman --sample 2 --strategy self-refine --allow-unsafe --out chain",
    );
    let chain = lab.ended(0, "report chain --json").stdout;
    let keys_of = |shown: &str| -> Vec<String> {
        let summary: Value = serde_json::from_str(shown).unwrap();
        summary.as_object().unwrap().keys().cloned().collect()
    };
    // And where a model wrote tests.
    lab.ended(
        0,
        "run --dataset starter --model sim/journeyman --sample 2 --strategy best-of-n --set score=tests --set n=2 \
         --allow-unsafe --out tests",
    );
    let tests = lab.ended(0, "report tests --json").stdout;
    // And where a strategy learns from one problem for others.
    lab.write(
        "learns.star",
        "load(\"lib.star\", \"WRITE\")\nstrategy(summary = \"s\", seats = [\"coder\"], bound = 1, round = 1, dev = 0.5)\n\
         def start(p):\n    return None\ndef learn(state, trees, p):\n    return state\n\
         def solve(problem, p):\n    return ask(\"program\", WRITE)\n",
    );
    lab.ended(
        0,
        "run --dataset starter --model sim/journeyman --sample 2 --strategy learns.star --allow-unsafe --out learns",
    );
    let learns = lab.ended(0, "report learns --json").stdout;
    // And where critiques were followed by repairs.
    lab.ended(
        0,
        "run --dataset starter --model sim/journeyman --sample 4 --strategy critic --n-p 2 --n-f 1 --allow-unsafe --out critic",
    );
    let critic = lab.ended(0, "report critic --json").stdout;
    let mut keys = [keys_of(&shown), keys_of(&chain), keys_of(&tests), keys_of(&learns), keys_of(&critic)].concat();
    // These runs hold no known damage and no impossible problem, and ask nobody: other tests make such runs.
    for known in ["bugs", "cheating", "people"] {
        assert!(!keys.contains(&known.to_owned()));
        keys.push(known.to_owned());
    }
    let mut documented = documented();
    keys.sort();
    keys.dedup();
    documented.sort();
    assert_eq!(keys, documented);
}

#[test]
fn names_that_a_spreadsheet_would_run_are_harmless_in_every_table() {
    let lab = Lab::new();
    let problem = |id: &str, difficulty: &str| {
        serde_json::json!({"id": id, "statement": "Write a function `triple(x)` that triples.", "entry_point": "triple",
            "tests": {"hidden": [{"script": "assert triple(2) == 6\nassert triple(-1) == -3\n"}]},
            "difficulty": difficulty})
        .to_string()
    };
    let sample = |id: &str, code: &str| serde_json::json!({"task_id": id, "solution": code}).to_string();
    let (formula, other) = ("=HYPERLINK(\"http://x.invalid\",\"a\")", "own/a,b\n\"c\"");
    lab.write("problems.jsonl", [problem(formula, "@SUM(1,1)"), problem(other, "+1")].join("\n"));
    let samples = [
        sample(formula, "def triple(x):\n    raise ValueError('=cmd|x')\n"),
        sample(other, "def triple(x):\n    return x\n"),
    ];
    lab.write("samples.jsonl", samples.join("\n"));
    lab.ended(0, "score --dataset problems.jsonl --samples samples.jsonl --allow-unsafe --out out");
    let mut cells = 0;
    for (path, bytes) in files(&lab, "out") {
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        for record in records(&String::from_utf8(bytes).unwrap()) {
            for cell in record {
                let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!begins || cell.parse::<f64>().is_ok(), "{}: {cell}", path.display());
                cells += 1;
            }
        }
    }
    assert!(cells > 100);
    let samples = lab.read("out/samples.csv");
    let mut rows = records(&samples);
    let header = rows.remove(0);
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    let told: Vec<&str> = rows.iter().map(|row| row[column("failure")].as_str()).collect();
    assert_snapshot!(told.join("\n"), @"
    hidden test 0: triple(2) raises `ValueError: =cmd|x` in line 2: `raise ValueError('=cmd|x')`; in `assert triple(2) == 6`
    hidden test 0: triple(2) is 2, expected 6; in `assert triple(2) == 6`
    ");
    assert_eq!(rows[0][column("problem")], format!("'{formula}"));
    assert_eq!(rows[1][column("problem")], other);
    assert_eq!(rows[1][column("difficulty")], "'+1");
}
