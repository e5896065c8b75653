//! What this crate takes for Python is what Python compiles: over published programs, the standard library, and both with
//! pieces cut off, lines left out and characters put in.
//!
//! Programs are compiled, never run. The tests say that they skip what is absent: an interpreter, or the published
//! programs below `MEND_SHARED`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says what it skips")]

use mend_testkit::{is_full, shared};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Reads JSON strings, one a line, and answers each with its first line at fault, or 0 if it compiles.
const COMPILES: &str = r"
import json, sys, warnings
warnings.simplefilter('ignore')
for line in sys.stdin:
    try:
        compile(json.loads(line), '<program>', 'exec', dont_inherit=True)
        print('ok')
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        print(type(error).__name__, getattr(error, 'msg', error), getattr(error, 'lineno', 0))
";

/// What the compiler adds to the grammar, and this crate leaves out.
const LEFT_OUT: [&str; 12] = [
    "nonlocal declaration not allowed",
    "no binding for nonlocal",
    "is parameter and global",
    "is parameter and nonlocal",
    "prior to global declaration",
    "prior to nonlocal declaration",
    "is nonlocal and global",
    "import * only allowed at module level",
    "from __future__ imports must occur",
    "cannot assign to __debug__",
    "assignment expression cannot",
    "asynchronous comprehension outside",
];

/// What Python says of each text; `None` if there is no interpreter.
#[expect(clippy::disallowed_methods, reason = "it compiles and runs nothing")]
fn verdicts(texts: &[String]) -> Option<Vec<String>> {
    let spawned =
        Command::new("python3").args(["-I", "-c", COMPILES]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("skipped: there is no python3");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let lines: Vec<String> = texts.iter().map(|text| json!(text).to_string()).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(stdin, "{line}").unwrap();
        }
    });
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    writer.join().unwrap();
    child.wait().unwrap();
    Some(said.lines().map(str::to_owned).collect())
}

/// Compares, and returns how many compile.
#[track_caller]
fn check(name: &str, texts: &[String]) -> usize {
    let Some(said) = verdicts(texts) else { return 0 };
    assert_eq!(said.len(), texts.len());
    let mut differ: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut compiled = 0;
    for (text, said) in texts.iter().zip(&said) {
        compiled += usize::from(said == "ok");
        let ours = mend_python::parse(text);
        let same = match &ours {
            Ok(_) => said == "ok" || LEFT_OUT.iter().any(|left_out| said.contains(left_out)),
            Err(_) => said != "ok",
        };
        if !same {
            let ours = ours.map_or_else(|error| error.to_string(), |_| "ok".to_owned());
            differ.entry(format!("python: {said}; here: {ours}")).or_default().push(text);
        }
    }
    println!("{name}: {} texts, {compiled} compile, {} kinds of difference", texts.len(), differ.len());
    for (kind, texts) in differ.iter().take(12) {
        println!("--- {kind} ({})\n{}\n", texts.len(), texts[0].chars().take(1500).collect::<String>());
    }
    assert!(differ.is_empty(), "{name}: {} kinds of difference", differ.len());
    compiled
}

/// A generator of numbers that means the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}

/// A text with something changed.
fn damaged(text: &str, dice: &mut Dice) -> String {
    const PIECES: [&str; 32] = [
        "(", ")", "[", "]", "{", "}", ":", ",", "\"", "'", "\"\"\"", "\n", "    ", "\t", "=", "==", ".", "*", "def ",
        "if ", "else", " in ", "not ", "lambda ", "1", "x", "\\", "#", "@", "->", "async ", ":=",
    ];
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let at = places.get(dice.below(places.len())).copied().unwrap_or(0);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    match dice.below(5) {
        0 => text[..at].to_owned(),
        1 => format!("{}{}{}", &text[..at], PIECES[dice.below(PIECES.len())], &text[at..]),
        2 => {
            let next = text[at..].chars().next().map_or(at, |letter| at + letter.len_utf8());
            format!("{}{}", &text[..at], &text[next..])
        }
        3 => {
            lines.remove(dice.below(lines.len()));
            lines.concat()
        }
        _ => {
            let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
            lines.swap(one, other);
            lines.concat()
        }
    }
}

/// The programs of a file of JSON lines.
fn published(path: &str, program: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    let Some(path) = shared(&format!("data/{path}")) else { return Vec::new() };
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text.lines().filter_map(|line| program(&serde_json::from_str(line).unwrap())).collect()
}

fn field(row: &Value, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn prompts() -> BTreeMap<String, String> {
    let rows = published("humaneval/HumanEval.jsonl.gz", |row| Some(row.to_string()));
    rows.iter()
        .map(|row| serde_json::from_str::<Value>(row).unwrap())
        .map(|row| (field(&row, "task_id").unwrap(), field(&row, "prompt").unwrap()))
        .collect()
}

/// All published programs; of the many samples as many as `samples`.
fn programs(samples: usize) -> Vec<String> {
    let prompts = prompts();
    let continued =
        |row: &Value| Some(format!("{}{}", prompts.get(&field(row, "task_id")?)?, field(row, "completion")?));
    let mut programs = published("humaneval/HumanEval.jsonl.gz", |row| {
        Some(format!("{}{}\n{}", field(row, "prompt")?, field(row, "canonical_solution")?, field(row, "test")?))
    });
    programs.extend(published("mbpp/mbpp.jsonl.gz", |row| field(row, "code")));
    programs.extend(published("executor_corpus/programs.jsonl.gz", |row| field(row, "program")));
    programs.extend(published("samples/codegen-350m.humaneval.n1.jsonl", continued));
    let many = published("samples/codegen-16b.humaneval.n100.jsonl.gz", continued);
    let every = (many.len() / samples.max(1)).max(1);
    programs.extend(many.into_iter().step_by(every));
    programs
}

#[test]
fn published_programs_parse_as_python_compiles_them() {
    let programs = programs(if is_full() { 100_000 } else { 800 });
    if !programs.is_empty() {
        assert!(check("published", &programs) > 0);
    }
}

#[test]
fn damaged_programs_are_refused_as_python_refuses_them() {
    let programs = programs(if is_full() { 4_000 } else { 200 });
    let mut dice = Dice(1);
    let (every, rounds) = if is_full() { (1, 8) } else { (7, 1) };
    let some = |_| programs.iter().step_by(every);
    let damaged: Vec<String> = (0..rounds).flat_map(some).map(|program| damaged(program, &mut dice)).collect();
    if !damaged.is_empty() {
        check("damaged", &damaged);
    }
}

#[test]
fn the_standard_library_parses() {
    let folders = ["/usr/lib/python3.11", "/usr/local/lib/python3.11", "/usr/lib/python3.12", "/usr/lib/python3.13"];
    let Some(folder) = folders.iter().map(PathBuf::from).find(|folder| folder.join("ast.py").exists()) else {
        println!("skipped: no standard library was found");
        return;
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let mut dice = Dice(2);
    let (every, rounds) = if is_full() { (1, 8) } else { (4, 1) };
    let some = |_| texts.iter().step_by(every);
    let damaged: Vec<String> = (0..rounds).flat_map(some).map(|text| damaged(text, &mut dice)).collect();
    check("standard library", &texts);
    check("standard library, damaged", &damaged);
}
