//! Published data sets load in full. Skipped where the optional data folder is absent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flate2::read::GzDecoder;
use mend_core::{Integrity, Literal, Style, Test};
use mend_dataset::{Dataset, DatasetError, Loading, OnInvalid, SourceFile, cards, check_sha256, load, load_with};
use mend_testkit::shared;
use std::io::Read;
use std::path::Path;

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
        assert!(matches!(problem.tests.hidden[..], [Test::Script { .. }]));
    }
    assert_eq!(with_public(&dataset), (137, 384));
    check_pins("humaneval", &dataset, "HumanEval.jsonl", gunzip(&raw));
}

#[test]
fn published_data_sets_keep_their_digests() {
    assert!(mend_dataset::starter().unwrap().digest.to_string().starts_with("a2d3b38d6d14"));
    for (path, digest) in [
        ("humaneval/HumanEval.jsonl.gz", "50adba046dd3"),
        ("mbpp/mbpp.jsonl.gz", "bffe5f5bb1a3"),
        ("mbpp/sanitized-mbpp.json.gz", "6584342df05b"),
        ("humanevalpack/humanevalpack_python.jsonl.gz", "a963bd05a17c"),
        ("humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz", "b08e63538b74"),
    ] {
        let Some(file) = shared(&format!("data/{path}")) else { return };
        let bytes = gunzip(&std::fs::read(file).unwrap());
        let dataset = load_one("d", path.trim_end_matches(".gz"), bytes);
        assert!(dataset.digest.to_string().starts_with(digest), "{path}: {}", dataset.digest);
    }
}

/// The number of problems with public tests, and of their public tests.
fn with_public(dataset: &Dataset) -> (usize, usize) {
    let counts = dataset.problems.iter().map(|problem| problem.tests.public.len());
    (counts.clone().filter(|count| *count > 0).count(), counts.sum())
}

fn cooperative(dataset: &Dataset) -> Vec<&str> {
    let problems = dataset.problems.iter().filter(|problem| problem.integrity == Integrity::Cooperative);
    problems.map(|problem| problem.id.as_str()).collect()
}

/// Every pin on a card changes a problem, and leaves out as many tests as it names.
#[track_caller]
fn check_pins(card: &str, pinned: &Dataset, path: &str, bytes: Vec<u8>) {
    let card = cards().into_iter().find(|known| known.name == card).unwrap();
    let loading = Loading { on_invalid: OnInvalid::Fail, format: None, pins: &[] };
    let plain = load_with("d", &[SourceFile { path: path.into(), bytes }], loading).unwrap();
    for pin in &card.pins {
        let of = |dataset: &Dataset| dataset.problems.iter().find(|problem| problem.id == pin.problem).unwrap().clone();
        let (before, after) = (of(&plain), of(pinned));
        assert_ne!(before.digest, after.digest, "{}", pin.problem);
        let left_out = before.tests.public.len() - after.tests.public.len();
        assert_eq!(left_out, pin.public_left_out.len(), "{}", pin.problem);
    }
}

/// The one file of a card, gunzipped, from another path than the card's.
fn file_of(card: &str, path: &str) -> Option<Vec<u8>> {
    let bytes = gunzip(&std::fs::read(shared(path)?).unwrap());
    let card = cards().into_iter().find(|known| known.name == card).unwrap();
    assert_eq!(check_sha256(&card.files[0], &bytes), Ok(()));
    Some(bytes)
}

#[test]
fn humanevalfix_has_164_programs_to_mend() {
    let Some(bytes) = file_of("humanevalfix", "data/humanevalpack/humanevalpack_python.jsonl.gz") else { return };
    let dataset = load_one("fix", "fix.jsonl", bytes.clone());
    assert_eq!((dataset.problems.len(), dataset.starting_programs.len()), (164, 164));
    assert_eq!(with_public(&dataset), (157, 404));
    check_pins("humanevalfix", &dataset, "fix.jsonl", bytes);
    for problem in &dataset.problems {
        let program = &dataset.starting_programs[&problem.id];
        let definition = format!("def {}(", problem.style.entry_point().unwrap());
        assert!(program.contains(&definition) && problem.reference.as_deref() != Some(program), "{}", problem.id);
        let Test::Script { source } = &problem.tests.hidden[0] else { panic!("{}", problem.id) };
        let call = format!("\ncheck({})", problem.style.entry_point().unwrap());
        assert_eq!(source.matches(&call).count(), 1, "{}", problem.id);
    }
}

#[test]
fn humanevalpack_in_other_languages_is_read_with_its_language() {
    for (file, language) in [("cpp", "cpp"), ("js", "javascript"), ("rust", "rust")] {
        let Some(path) = shared(&format!("data/humanevalpack/humanevalpack_{file}.jsonl.gz")) else { return };
        let dataset = load_one(file, "x.jsonl", gunzip(&std::fs::read(path).unwrap()));
        assert_eq!((dataset.problems.len(), dataset.starting_programs.len()), (164, 164));
        assert!(dataset.problems.iter().all(|problem| problem.language.as_str() == language), "{language}");
    }
}

#[test]
fn humaneval_plus_has_base_and_plus_inputs() {
    let Some(path) = shared("data/humanevalplus/HumanEvalPlus.jsonl.gz") else { return };
    let full = load_one("plus", "x.jsonl", gunzip(&std::fs::read(path).unwrap()));
    let scripts: usize = full.problems.iter().map(|problem| problem.tests.hidden.len()).sum();
    assert_eq!((full.problems.len(), scripts), (164, 1437));
    assert_eq!(with_public(&full), (137, 384));
    let path = shared("data/humanevalplus/HumanEvalPlus-Mini.jsonl.gz").unwrap();
    let mini = load_one("plus", "x.jsonl", gunzip(&std::fs::read(path).unwrap()));
    assert_eq!(mini.problems.len(), 164);
    for (full, mini) in full.problems.iter().zip(&mini.problems) {
        assert_eq!((&full.id, &full.reference, &full.oracle), (&mini.id, &mini.reference, &mini.oracle));
    }
}

#[test]
fn mbpp_has_974_problems_and_427_sanitized_ones() {
    let Some(bytes) = file_of("mbpp", "data/mbpp/mbpp.jsonl.gz") else { return };
    let full = load_one("mbpp", "mbpp.jsonl", bytes.clone());
    assert_eq!((full.problems.len(), with_public(&full)), (974, (974, 974)));
    assert_eq!(cooperative(&full), ["mbpp/367", "mbpp/596", "mbpp/601", "mbpp/927"]);
    check_pins("mbpp", &full, "mbpp.jsonl", bytes);
    assert!(full.problems.iter().all(|problem| !format!("{problem:?}").contains("\\r\\n")));

    let bytes = file_of("mbpp-sanitized", "data/mbpp/sanitized-mbpp.json.gz").unwrap();
    let sanitized = load_one("mbpp", "sanitized-mbpp.json", bytes.clone());
    assert_eq!((sanitized.problems.len(), with_public(&sanitized)), (427, (427, 427)));
    assert_eq!(cooperative(&sanitized), ["mbpp/596"]);
    check_pins("mbpp-sanitized", &sanitized, "sanitized-mbpp.json", bytes);
    let n_tests: usize = sanitized.problems.iter().map(|problem| problem.tests.hidden.len()).sum();
    assert_eq!(n_tests, 1324);
}

#[test]
fn quixbugs_has_forty_programs_to_mend() {
    let Some(root) = shared("data/quixbugs") else { return };
    let card = cards().into_iter().find(|card| card.name == "quixbugs").unwrap();
    let files = card.files.iter().map(|file| {
        let bytes = std::fs::read(root.parent().unwrap().join(&file.path)).unwrap();
        assert_eq!(check_sha256(file, &bytes), Ok(()));
        SourceFile { path: file.path.clone(), bytes }
    });
    let of_card = load("quixbugs", &files.collect::<Vec<_>>(), OnInvalid::Fail).unwrap();
    let whole = load("quixbugs", &read_folders(&root), OnInvalid::Fail).unwrap();
    assert_eq!(of_card, whole);

    assert_eq!((whole.problems.len(), whole.starting_programs.len()), (40, 40));
    assert!(whole.problems.iter().all(|problem| problem.reference.is_some()));
    assert_eq!(with_public(&whole), (21, 28));
    insta::assert_snapshot!(cooperative(&whole).join(" "), @"quixbugs/breadth_first_search quixbugs/depth_first_search quixbugs/detect_cycle quixbugs/flatten quixbugs/kheapsort quixbugs/reverse_linked_list quixbugs/shortest_path_length quixbugs/topological_ordering");
    let hidden = |name: &str| {
        let problem = whole.problems.iter().find(|problem| problem.id.as_str() == format!("quixbugs/{name}")).unwrap();
        (problem.tests.hidden.len(), problem.tests.hidden[0].clone())
    };
    let script = |source: &str| Test::Script { source: source.into() };
    let call = Test::Call { args: Literal("[127]".into()), expected: Literal("7".into()) };
    assert_eq!(hidden("bitcount"), (9, call));
    assert_eq!(hidden("kheapsort"), (4, script("assert list(kheapsort([1, 2, 3, 4, 5], 0)) == [1, 2, 3, 4, 5]\n")));
    assert_eq!(hidden("sqrt"), (7, script("assert abs(sqrt(2, 0.01) - 1.4166666666666665) <= 0.01\n")));
    assert_eq!(hidden("levenshtein").0, 6);
    assert_eq!(hidden("knapsack").0, 9);
    let (1, Test::Script { source }) = hidden("detect_cycle") else { panic!("one script") };
    assert!(source.starts_with("class Node:") && source.ends_with("test5()\ntest6()\n"));
    assert!(!source.contains("import"));
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
    assert_eq!(
        error.to_string().split("known are").next(),
        Some("samples.jsonl:1: a row with the keys `completion`, `task_id` is of no known format; ")
    );
}

fn read_folders(root: &Path) -> Vec<SourceFile> {
    let folders = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
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
