//! Published data sets load in full. Skipped where the optional data folder is absent.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says if it is skipped")]

use flate2::read::GzDecoder;
use mend_core::{Literal, Style, Test};
use mend_dataset::{Dataset, DatasetError, OnInvalid, SourceFile, cards, check_sha256, load};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A path below `$MEND_SHARED`, or `None` with a word to whoever reads the output.
fn shared(path: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MEND_SHARED").map_or(default, PathBuf::from).join(path);
    if path.exists() {
        Some(path)
    } else {
        println!("skipped: no {}", path.display());
        None
    }
}

fn gunzip(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(raw).read_to_end(&mut bytes).unwrap();
    bytes
}

fn load_one(name: &str, path: &str, bytes: Vec<u8>) -> Dataset {
    load(name, &[SourceFile { path: path.into(), bytes }], OnInvalid::Fail).unwrap()
}

#[test]
fn humaneval_has_164_problems_and_the_digest_on_its_card() {
    let Some(path) = shared("data/humaneval/HumanEval.jsonl.gz") else { return };
    let raw = std::fs::read(path).unwrap();
    let card = cards().into_iter().find(|card| card.name == "humaneval").unwrap();
    assert_eq!(check_sha256(&card.files[0], &raw), Ok(()));
    let wrong = check_sha256(&card.files[0], &gunzip(&raw));
    assert!(matches!(wrong, Err(DatasetError::WrongDigest { .. })), "{wrong:?}");

    let dataset = load_one("humaneval", "HumanEval.jsonl.gz", gunzip(&raw));
    assert_eq!(dataset.problems.len(), 164);
    assert_eq!(dataset.problems[163].id.as_str(), "HumanEval/163");
    for problem in &dataset.problems {
        let reference = problem.reference.as_deref().unwrap();
        assert!(reference.starts_with(&*problem.statement));
        assert!(problem.tests.public.is_empty());
        assert!(matches!(problem.tests.hidden[..], [Test::Script { .. }]));
    }
}

#[test]
fn a_file_without_final_newline_loads() {
    let Some(path) = shared("data/humaneval/example_problem.jsonl") else { return };
    let problem = load_one("example", "example_problem.jsonl", std::fs::read(path).unwrap()).problems.remove(0);
    assert_eq!(problem.reference.as_deref(), Some("def return1():\n    return 1"));
    let source = "def check(candidate):\n    assert candidate() == 1\ncheck(return1)\n".into();
    assert_eq!(problem.tests.hidden, [Test::Script { source }]);
}

#[test]
fn rows_of_the_wrong_kind_are_refused_by_field() {
    let Some(path) = shared("data/humaneval/example_samples.jsonl") else { return };
    let file = SourceFile { path: "samples.jsonl".into(), bytes: std::fs::read(path).unwrap() };
    let error = load("samples", &[file], OnInvalid::Fail).unwrap_err();
    assert_eq!(error.to_string(), "samples.jsonl:1: missing field `prompt`");
}

fn read_folders(root: &Path) -> Vec<SourceFile> {
    let folders = root.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| folder.read_dir().unwrap().map(|entry| entry.unwrap().path()));
    files
        .map(|path| SourceFile { path: path.to_str().unwrap().to_owned(), bytes: std::fs::read(&path).unwrap() })
        .collect()
}

#[test]
fn apps_folders_become_programs_and_functions() {
    let Some(root) = shared("data/apps/apps_layout/train") else { return };
    let dataset = load("apps", &read_folders(&root), OnInvalid::Fail).unwrap();
    let ids: Vec<_> = dataset.problems.iter().map(|problem| problem.id.as_str()).collect();
    assert_eq!(ids, ["apps/0001", "apps/0111", "apps/2287", "apps/2404", "apps/4184"]);
    for problem in &dataset.problems[..3] {
        assert_eq!(problem.style, Style::Program);
        assert!(problem.reference.is_some() && problem.difficulty.is_some());
    }

    let call =
        |args: &str, expected: &str| Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) };
    let bare = &dataset.problems[3];
    assert_eq!(bare.style, Style::Function { entry_point: "findKthPositive".into() });
    assert_eq!(bare.tests.hidden, [call("[[2, 3, 4, 7, 11], 5]", "9")]);
    assert!(bare.starter_code.as_deref().unwrap().starts_with("class Solution:"));
    assert!(bare.context.as_deref().unwrap().contains("import Any, Deque, Dict"));

    let wrapped = &dataset.problems[4];
    assert_eq!(wrapped.tests.hidden[..2], [call("[1]", "false"), call("[2]", "true")]);
    assert_eq!(wrapped.tests.hidden.len(), 8);
}
