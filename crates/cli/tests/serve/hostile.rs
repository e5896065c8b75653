//! Programs that attack: over HTTP they get the verdicts that `mend score` gives them.

use crate::client::Served;
use crate::common::{Lab, rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const OPTIONS: &str = "--time-limit 0.7 --memory-limit 512";

/// The folder of the shared battery, if it is here.
fn battery() -> Option<PathBuf> {
    let shared = std::env::var_os("MEND_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    Some(shared.join("hostile")).filter(|folder| folder.join("index.json").exists())
}

/// Our own programs about verdicts, which answer another problem: none of them may pass.
fn own() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandboxes/hostile");
    let mut programs: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    programs.sort();
    programs
}

#[test]
fn hostile_programs_get_the_same_verdicts_as_by_score() {
    let mut programs = own();
    let Some(folder) = battery() else {
        println!("skipped: the shared battery is not here (MEND_SHARED)");
        return check(&programs.split_off(programs.len() / 2));
    };
    let index: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).unwrap()).unwrap();
    let names = index.as_array().or_else(|| index["programs"].as_array()).unwrap();
    let shared = names.iter().map(|entry| {
        let name = entry["name"].as_str().unwrap().trim_end_matches(".py").to_owned();
        let source = std::fs::read_to_string(folder.join(format!("{name}.py"))).unwrap();
        (name, source)
    });
    check(&shared.collect::<Vec<_>>());
}

#[track_caller]
fn check(programs: &[(String, String)]) {
    let every = if std::env::var_os("MEND_FULL").is_some() { 1 } else { 9 };
    let programs: BTreeMap<&String, &String> =
        programs.iter().step_by(every).map(|(name, source)| (name, source)).collect();
    let lab = Lab::new();
    let problem = |name: &str| {
        let test = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(41) == 42\n    assert candidate(7) == 8\n";
        json!({"task_id": name, "prompt": "def inc(n):\n    \"\"\"One more.\"\"\"\n", "entry_point": "inc",
            "canonical_solution": "    return n + 1\n", "test": test})
    };
    let lines = |of: &dyn Fn(&str, &str) -> Value| {
        programs.iter().flat_map(|(name, source)| [of(name, source).to_string(), "\n".to_owned()]).collect::<String>()
    };
    lab.write("hostile.jsonl", lines(&|name, _| problem(name)));
    lab.write("samples.jsonl", lines(&|name, source| json!({"task_id": name, "solution": source})));
    let ran = lab.mend(&format!(
        "score --dataset hostile.jsonl --samples samples.jsonl --form whole --allow-unsafe {OPTIONS} --out run"
    ));
    assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.stderr);
    let table = lab.read("run/samples.csv");
    let scored: BTreeMap<String, String> =
        rows(&table).into_iter().map(|row| (row["problem"].clone(), row["status"].clone())).collect();

    let served = Served::start_in(lab, &format!("--listen 127.0.0.1:0 --dataset hostile.jsonl {OPTIONS}"), &[]);
    let requests: Vec<Value> =
        programs.iter().map(|(name, source)| json!({"id": name, "task_id": name, "program": source})).collect();
    let response = served.post("/v1/judge/batch", &json!({"requests": requests}));
    let answers = response.body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["result"].clone());
    let mut n_answers = 0;
    for answer in answers {
        n_answers += 1;
        let name = answer["id"].as_str().unwrap();
        // The table has a word of its own for what is unscored.
        let status = match &answer["unscored"] {
            Value::Null => answer["status"].as_str().unwrap(),
            _ => "unscored",
        };
        assert_eq!(status, scored[name], "{name}: {answer}");
    }
    assert_eq!(n_answers, programs.len());
    // It serves on, and holds nothing.
    served.until("mend_serve_running", 0);
    assert_eq!(served.get("/health").status, 200);
}
