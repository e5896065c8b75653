//! The laws of the layout, kept by reading the checkout: who may depend on whom, what the documents name,
//! where unchecked code may stand, how long a source file may get, and that files do not need each other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "architecture/circles.rs"]
mod circles;

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// It holds no code, and every package depends on it.
const FEATURES: &str = "mend-features";

/// Every package, and the packages of the workspace that it may depend on. Tests may use others.
const LAW: [(&str, &[&str]); 19] = [
    (FEATURES, &[]),
    ("mend-core", &[]),
    ("mend-python", &[]),
    // Only for tests.
    ("mend-testkit", &["mend-core"]),
    ("mend-sandbox", &[]),
    ("mend-dataset", &["mend-core"]),
    ("mend-model", &["mend-core", "mend-python"]),
    ("mend-loopback", &["mend-core", "mend-model"]),
    ("mend-journal", &["mend-core"]),
    ("mend-metrics", &["mend-core"]),
    ("mend-judge", &["mend-core", "mend-sandbox"]),
    ("mend-report", &["mend-core", "mend-metrics"]),
    ("mend-export", &["mend-core", "mend-journal", "mend-metrics", "mend-python"]),
    ("mend-page", &["mend-core", "mend-metrics", "mend-report"]),
    ("mend-view", &["mend-core", "mend-journal", "mend-metrics", "mend-page", "mend-report"]),
    ("mend-repair", &["mend-core", "mend-model", "mend-judge", "mend-journal", "mend-python"]),
    (
        "mend-lab",
        &[
            "mend-core",
            "mend-dataset",
            "mend-sandbox",
            "mend-judge",
            "mend-model",
            "mend-repair",
            "mend-journal",
            "mend-metrics",
            "mend-python",
        ],
    ),
    ("mend-serve", &["mend-core", "mend-dataset", "mend-sandbox", "mend-judge", "mend-repair", "mend-lab"]),
    (
        "mendbench",
        &[
            "mend-core",
            "mend-lab",
            "mend-dataset",
            "mend-sandbox",
            "mend-judge",
            "mend-model",
            "mend-repair",
            "mend-journal",
            "mend-loopback",
            "mend-metrics",
            "mend-report",
            "mend-export",
            "mend-page",
            "mend-view",
            "mend-serve",
        ],
    ),
];

/// The longest that a source file may get before a second idea has surely moved in.
const MAX_LINES: usize = 600;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn packages_depend_only_on_whom_they_may_know() {
    let metadata = MetadataCommand::new().manifest_path(checkout().join("Cargo.toml")).no_deps().exec().unwrap();
    let law = BTreeMap::from(LAW);
    let mut names: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, law.keys().copied().collect::<Vec<_>>());
    let mut violations = Vec::new();
    for package in &metadata.packages {
        let allowed = law[package.name.as_str()];
        let has_features = package.dependencies.iter().any(|edge| edge.name == FEATURES);
        if !has_features && package.name != FEATURES {
            violations.push(format!("{} must depend on {FEATURES}", package.name));
        }
        for dependency in package.dependencies.iter().filter(|edge| edge.kind != DependencyKind::Development) {
            // Whatever comes from a path is of this workspace, or ought to be.
            let is_ours = dependency.path.is_some() || law.contains_key(dependency.name.as_str());
            if is_ours && dependency.name != FEATURES && !allowed.contains(&dependency.name.as_str()) {
                violations.push(format!("{} must not depend on {}", package.name, dependency.name));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn nobody_below_the_binary_knows_arguments_or_terminals() {
    let metadata = MetadataCommand::new().manifest_path(checkout().join("Cargo.toml")).no_deps().exec().unwrap();
    let front = ["clap", "indicatif", "tracing-subscriber"];
    let below = metadata.packages.iter().filter(|package| package.name.as_str() != "mendbench");
    let violations = below.flat_map(|package| {
        let edges = package.dependencies.iter().filter(|edge| edge.kind != DependencyKind::Development);
        let known = edges.filter(|edge| front.contains(&edge.name.as_str()));
        known.map(move |edge| format!("{} must not depend on {}", package.name, edge.name))
    });
    assert_none(&violations.collect::<Vec<_>>());
}

/// What a library must not do by itself: print, end the process, or read variables of the environment.
#[test]
fn the_library_below_the_binary_prints_nothing_and_reads_no_variable() {
    let forbidden = ["println!", "eprintln!", "std::env::var", "env::var", "process::exit", "stderr()", "stdout()"];
    let files = rust_files(&checkout().join("crates/lab/src"));
    assert!(files.len() > 10);
    let violations = files.iter().flat_map(|path| {
        let source = fs::read_to_string(path).unwrap();
        let found: Vec<&str> = forbidden.into_iter().filter(|what| source.contains(what)).collect();
        found.into_iter().map(move |what| format!("{} holds `{what}`", path.display()))
    });
    assert_none(&violations.collect::<Vec<_>>());
}

/// Where identities are written, read and compared, every field is named: a new one that has no place does not compile.
#[test]
fn no_field_of_an_identity_is_passed_over() {
    for (file, count) in [("asked.rs", 1), ("differences.rs", 1)] {
        let source = fs::read_to_string(checkout().join("crates/lab/src").join(file)).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap();
        let patterns: Vec<&str> =
            code.split("let Identity {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(patterns.len(), count, "{file}");
        assert!(patterns.iter().all(|pattern| !pattern.contains("..")), "{file} passes fields over");
    }
}

#[track_caller]
fn check_document(name: &str) {
    let text = fs::read_to_string(checkout().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let missing: Vec<String> = paths_in(&text)
        .filter(|(_, path)| !checkout().join(path).exists())
        .map(|(line, path)| format!("{name}:{line}: `{path}` does not exist"))
        .collect();
    assert_none(&missing);
}

#[test]
fn every_path_in_architecture_md_exists() {
    check_document("ARCHITECTURE.md");
}

#[test]
fn every_path_in_readme_md_exists() {
    check_document("README.md");
}

/// The words between backticks that name a place in the checkout, with their lines. Blocks between fences
/// are examples and are left out.
fn paths_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_fenced = false;
    text.lines()
        .enumerate()
        .filter(move |(_, line)| {
            let is_fence = line.trim_start().starts_with("```");
            is_fenced ^= is_fence;
            !is_fenced && !is_fence
        })
        .flat_map(|(index, line)| {
            let spans = line.split('`').skip(1).step_by(2);
            spans.flat_map(str::split_whitespace).map(move |word| (index + 1, word))
        })
        .filter(|(_, word)| is_path(word))
}

/// A word is a path if it has a folder, and either begins with one of the checkout's, ends in a slash, or ends
/// in an extension. Patterns, addresses and places outside the checkout are none; what runs leave under
/// `results/` comes and goes. Without a folder, only documents count.
fn is_path(word: &str) -> bool {
    if word.contains(['<', '>', '*', '{', '$', '~', ':', '=', '(']) || word.starts_with(['/', '-', '.', '@']) {
        return word.starts_with(".ci/");
    }
    let Some((first, rest)) = word.split_once('/') else {
        return Path::new(word).extension().is_some_and(|extension| extension == "md");
    };
    let last = rest.rsplit('/').next().unwrap_or_default();
    let has_extension =
        last.rsplit_once('.').is_some_and(|(_, extension)| extension.starts_with(|c: char| c.is_ascii_alphabetic()));
    match first {
        "results" => rest == "README.md",
        _ => rest.ends_with('/') || rest.is_empty() || has_extension || checkout().join(first).is_dir(),
    }
}

#[test]
fn path_like_words_are_told_from_others() {
    let text = "\
Read `crates/core/` and `scripts/test.sh --all`, then `ARCHITECTURE.md`.
Not: `sim/journeyman`, `p3/f0/r2`, `HumanEval/0`, `https://x.org/a.md`, `results/run/summary.json`,
`datasets/<name>.toml`, `../shared/data.json`, `journal.jsonl`, crates/nobody/.
```
crates/example/
```
`gone/away.rs`, `crates/core`, `.ci/run` and `folder/`";
    let expected = [
        (1, "crates/core/"),
        (1, "scripts/test.sh"),
        (1, "ARCHITECTURE.md"),
        (7, "gone/away.rs"),
        (7, "crates/core"),
        (7, ".ci/run"),
        (7, "folder/"),
    ];
    assert_eq!(paths_in(text).collect::<Vec<_>>(), expected);
}

/// All Rust files below a folder, sorted.
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

#[test]
fn only_the_sandbox_holds_unsafe_code() {
    let crates = checkout().join("crates");
    // Put together here, so that this file does not hold what it looks for.
    let forbidden = ["{", "fn", "impl", "extern"].map(|what| ["unsafe", what].join(" "));
    let violations: Vec<String> = rust_files(&crates)
        .into_iter()
        .filter(|path| !path.starts_with(crates.join("sandbox")))
        .filter(|path| {
            let source = fs::read_to_string(path).unwrap();
            // A whole word: `--allow-unsafe` and `allow_unsafe` are the command line's.
            let stands_alone = |at: usize| !source[..at].ends_with(|c: char| c.is_alphanumeric() || "_-".contains(c));
            forbidden.iter().any(|what| source.match_indices(what.as_str()).any(|(at, _)| stands_alone(at)))
        })
        .map(|path| format!("{} holds unsafe code", path.display()))
        .collect();
    assert_none(&violations);
}

#[test]
fn no_source_file_is_too_long() {
    let mut violations = Vec::new();
    for package in fs::read_dir(checkout().join("crates")).unwrap() {
        for path in rust_files(&package.unwrap().path()) {
            let n_lines = fs::read_to_string(&path).unwrap().lines().count();
            if n_lines > MAX_LINES {
                violations.push(format!("{} has {n_lines} lines, and {MAX_LINES} are the limit", path.display()));
            }
        }
    }
    assert_none(&violations);
}
