//! Every selection of packages selects the same features of third-party crates as the tests of the whole workspace, so
//! that `-p mendbench` after `cargo test`, or one package's tests after the others', builds nothing a second time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

/// Crates with their versions, each with the lists of features that a selection builds it with. There are two where a
/// macro or build script wants it otherwise than the program does.
type Selected = BTreeMap<String, BTreeSet<String>>;

/// What is asked of cargo: what the program itself takes, and that with what only builds it.
const EDGES: [&str; 2] = ["no-proc-macro", "build"];

#[expect(clippy::disallowed_methods, reason = "cargo alone knows what it selects")]
fn tree(cargo: &OsString, selection: &[&str], edges: &str) -> Selected {
    let output = std::process::Command::new(cargo)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        // A setting of whoever runs the tests would hide what a plain cargo selects.
        .env_remove("CARGO_RESOLVER_FEATURE_UNIFICATION")
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p}|{f}", "--edges", edges])
        .args(selection)
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree {selection:?}: {}", String::from_utf8_lossy(&output.stderr));
    parse(&String::from_utf8(output.stdout).unwrap())
}

/// The lines of `cargo tree`, without the packages of the workspace, which come from paths.
fn parse(text: &str) -> Selected {
    let mut selected = Selected::new();
    // A blank line stands between the packages that were selected.
    for line in text.lines().filter(|line| !line.is_empty()) {
        let line = line.strip_suffix(" (*)").unwrap_or(line);
        let (package, features) = line.split_once('|').unwrap_or_else(|| panic!("not of the asked form: {line}"));
        let package = package.strip_suffix(" (proc-macro)").unwrap_or(package);
        if !package.contains(" (/") {
            selected.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
    }
    selected
}

/// What a selection would build in another way than the workspace does, and what to do.
fn differing(selection: &str, selected: &Selected, workspace: &Selected) -> Vec<String> {
    let mut found = Vec::new();
    for (package, lists) in selected {
        let expected = workspace.get(package).cloned().unwrap_or_default();
        for features in lists.difference(&expected) {
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            found.push(format!(
                "{package}: `{selection}` selects [{features}] and the tests of the workspace [{}]",
                expected.join("] or [")
            ));
        }
    }
    found
}

#[test]
fn every_selection_of_packages_selects_the_same_features() {
    let Some(cargo) = std::env::var_os("CARGO") else {
        eprintln!("skipped: not started by cargo, so there is none to ask");
        return;
    };
    let crates = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let mut packages: Vec<String> = crates
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .filter(|path| path.is_file())
        .map(|path| {
            let manifest = std::fs::read_to_string(path).unwrap();
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
            name.trim_matches('"').to_owned()
        })
        .collect();
    packages.sort_unstable();
    assert!(packages.len() > 10, "{packages:?}");

    let mut violations = BTreeSet::new();
    for kind in EDGES {
        let workspace = tree(&cargo, &["--workspace"], &format!("normal,dev,{kind}"));
        assert!(workspace.len() > 100, "{workspace:?}");
        let mut compare = |selection: &[&str], edges: &str| {
            let selected = tree(&cargo, selection, &format!("{edges},{kind}"));
            let what = if edges.contains("dev") { "cargo test" } else { "cargo build" };
            violations.extend(differing(&format!("{what} {}", selection.join(" ")), &selected, &workspace));
        };
        compare(&["--workspace"], "normal");
        compare(&["-p", "mendbench", "--no-default-features"], "normal");
        for package in &packages {
            compare(&["-p", package], "normal");
            compare(&["-p", package], "normal,dev");
        }
    }
    let violations = Vec::from_iter(violations);
    assert!(
        violations.is_empty(),
        "name the missing features in crates/features/Cargo.toml (or in the workspace's table, where a package uses the \
         crate itself):\n{}",
        violations.join("\n")
    );
}

#[test]
fn a_difference_is_found_and_named() {
    let workspace = parse(
        "serde v1.0.229|default,rc,std\nserde v1.0.229|default,std (*)\nmend-core v0.1.0 (/src/crates/core)|\n\
         syn v3.0.10|full\nderive v1.0.0 (proc-macro)|\n",
    );
    assert_eq!(workspace.keys().collect::<Vec<_>>(), ["derive v1.0.0", "serde v1.0.229", "syn v3.0.10"]);
    assert!(differing("cargo build", &workspace, &workspace).is_empty());

    let alone = parse("serde v1.0.229|default\nsyn v3.0.10|full\nderive v1.0.0|\n");
    assert_eq!(
        differing("cargo build -p mend-core", &alone, &workspace),
        ["serde v1.0.229: `cargo build -p mend-core` selects [default] and the tests of the workspace \
          [default,rc,std] or [default,std]"]
    );
    let unknown = parse("new v1.0.0|std\n");
    assert_eq!(differing("x", &unknown, &workspace).len(), 1);
}
