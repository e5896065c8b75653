//! Files that need each other can only be read together. Which file needs which is read from the paths in their text.

use super::{assert_none, checkout, rust_files};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Packages in which no file may need itself by way of others.
const WITHOUT_CIRCLES: [&str; 5] = ["judge", "cli", "report", "loopback", "lab"];

/// The segments of a path. The root of a package has none.
type Module = Vec<String>;

/// A package's files by their modules, each without comments and without its tests.
fn sources(src: &Path) -> BTreeMap<Module, String> {
    let mut sources = BTreeMap::new();
    for path in rust_files(src) {
        let relative = path.strip_prefix(src).unwrap().with_extension("");
        let mut module: Module = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if matches!(module.last().map(String::as_str), Some("mod")) || matches!(&*module.join("/"), "lib" | "main") {
            module.pop();
        }
        if !module.iter().any(|part| part == "tests") {
            sources.insert(module, without_tests(&fs::read_to_string(path).unwrap()));
        }
    }
    sources
}

fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// The paths of `use` in a text, braces spelled out; with whether each is passed on to others.
fn uses(text: &str) -> Vec<(Vec<String>, bool)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let before = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        let tree = rest[at + 4..].split(';').next().unwrap_or_default();
        if before.is_empty() || before.starts_with("pub") {
            let mut paths = Vec::new();
            spell_out(&[], tree, &mut paths);
            found.extend(paths.into_iter().map(|path| (path, before.starts_with("pub"))));
        }
        rest = &rest[at + 4..];
    }
    found
}

/// The paths of a tree such as `a::{b, c::{d, e}}`.
fn spell_out(head: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let segments = |text: &str| {
        let text = text.split(" as ").next().unwrap_or_default();
        text.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let Some((outer, inner)) = tree.split_once('{') else {
        if !tree.is_empty() {
            paths.push([head, &segments(tree)].concat());
        }
        return;
    };
    let head = [head, &segments(outer)].concat();
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                spell_out(&head, &inner[from..at], paths);
                from = at + 1;
            }
            _ => {}
        }
    }
    spell_out(&head, &inner[from..], paths);
}

/// The paths that stand in the code itself.
fn inline(text: &str) -> Vec<Vec<String>> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    let is_own = |word: &&str| ["crate::", "super::", "self::"].iter().any(|head| word.starts_with(head));
    words.filter(is_own).map(|word| word.split("::").map(str::to_owned).collect()).collect()
}

/// Where a path leads from a module; `None` if out of the package.
fn absolute(module: &[String], path: &[String], sources: &BTreeMap<Module, String>) -> Option<Module> {
    let mut base = module.to_vec();
    let mut path = path;
    match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "self" => path = &path[1..],
        "super" => {
            while let Some(("super", rest)) = path.split_first().map(|(first, rest)| (first.as_str(), rest)) {
                base.pop();
                path = rest;
            }
        }
        first => {
            let child = [module, &[first.to_owned()]].concat();
            sources.contains_key(&child).then_some(())?;
        }
    }
    Some([&base, path].concat())
}

/// Which module needs which. The root passes names on, so that a name of its leads to where it comes from.
fn needs(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut passed_on: BTreeMap<Module, Module> = BTreeMap::new();
    for (module, text) in sources {
        for (path, is_passed_on) in uses(text) {
            if let Some((name, target)) = path.last().zip(absolute(module, &path, sources)).filter(|_| is_passed_on) {
                passed_on.insert([module.as_slice(), std::slice::from_ref(name)].concat(), target);
            }
        }
    }
    let home = |mut path: Module| {
        // As often as names can be passed on: a circle of these would not compile.
        for _ in 0..8 {
            let Some(target) = passed_on.get(&path) else { break };
            path.clone_from(target);
        }
        (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|module| sources.contains_key(module))
    };
    let of = |(module, text): (&Module, &String)| {
        let paths = uses(text).into_iter().filter(|(_, is_passed_on)| !is_passed_on).map(|(path, _)| path);
        let found = paths.chain(inline(text)).filter_map(|path| home(absolute(module, &path, sources)?));
        (module.clone(), found.filter(|found| found != module && !found.is_empty()).collect())
    };
    sources.iter().map(of).collect()
}

/// The modules of a circle, each in need of the next; empty if there is no circle.
fn circle(mut needs: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    // What needs nobody that is left is in no circle.
    loop {
        let left: BTreeSet<Module> = needs.keys().cloned().collect();
        needs.retain(|_, of| of.iter().any(|module| left.contains(module)));
        if needs.len() == left.len() {
            break;
        }
    }
    let Some(mut at) = needs.keys().next().cloned() else { return Vec::new() };
    let mut walked: Vec<Module> = Vec::new();
    while !walked.contains(&at) {
        walked.push(at.clone());
        at = needs[&at].iter().find(|module| needs.contains_key(*module)).cloned().unwrap_or_default();
    }
    walked.iter().skip_while(|module| **module != at).map(|module| module.join("::")).collect()
}

#[test]
fn no_files_need_each_other() {
    let mut violations = Vec::new();
    for package in WITHOUT_CIRCLES {
        let sources = sources(&checkout().join("crates").join(package).join("src"));
        let needs = needs(&sources);
        let edges: usize = needs.values().map(BTreeSet::len).sum();
        assert!(edges > 5, "{package}: {needs:?}");
        let circle = circle(needs);
        if !circle.is_empty() {
            violations.push(format!("crates/{package}: {} need each other", circle.join(" -> ")));
        }
    }
    assert_none(&violations);
}

#[test]
fn circles_are_found_however_a_path_is_written() {
    let text = |files: &[(&str, &str)]| -> BTreeMap<Module, String> {
        let module = |path: &str| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        files.iter().map(|(path, text)| (module(path), without_tests(text))).collect()
    };
    let found = |files: &[(&str, &str)]| circle(needs(&text(files)));
    // Both by name, one in a list, with a third that is in no circle.
    let both = [("a", "use crate::b::B;\n"), ("b", "use crate::{c::C, a::{self, A}};\n"), ("c", "")];
    assert_eq!(found(&both), ["a", "b"]);
    // By way of a name that the root passes on, and of a path within the code.
    let root = [("", "pub use a::A;\n"), ("a", "fn f() { crate::b::g() }\n"), ("b", "use crate::A;\n")];
    assert_eq!(found(&root), ["a", "b"]);
    // A parent and its child, and siblings.
    assert_eq!(found(&[("a", "use b::B;\n"), ("a::b", "use super::C;\n")]), ["a", "a::b"]);
    assert_eq!(found(&[("a::b", "use super::c::C;\n"), ("a::c", "use crate::a::b;\n")]), ["a::b", "a::c"]);
    // One way only; in a comment; in tests.
    let one_way = [
        ("a", "use crate::b::B;\n"),
        ("b", "// use crate::a::A;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n"),
        ("c", "use crate::a::A;\n"),
    ];
    assert_eq!(found(&one_way), Vec::<String>::new());
}
