//! QuixBugs: forty programs with one bug each, in the folders of its repository.
//!
//! A problem is a file `python_programs/<name>.py` that has tests: `json_testcases/<name>.json`, or
//! `python_testcases/test_<name>.py` for the programs on graphs. `correct_python_programs/<name>.py` is its reference
//! and the file itself its starting program. The statement is the head of the function and the text that follows it
//! in a string; its examples are the public tests. The id is `<data set>/<name>`.
//!
//! A JSON case is a call, and the data set's own pytest file, where there is one, says what is special about it:
//!
//! - `assert list(<name>(*input_data))`: the program yields a generator, which the tests exhaust. A generator cannot
//!   leave its interpreter, so the problem is cooperative.
//! - `tuple(x) for x in out`: the elements of the list must be tuples, where a call would also accept lists.
//! - `pytest.approx(expected, abs=input_data[-1])`: the result may be off by the last argument. An example in the
//!   statement, which demands one exact float, is left out.
//! - `pytest.skip(` after `input_data == [`: the case that begins so takes too long and is left out.
//!
//! Without JSON cases the pytest file becomes one script, because its functions share nodes and change them: `node.py` if it is imported,
//! the file without its imports, and the calls of its test functions. Nodes are objects, so such a problem is
//! cooperative; three programs on graphs get by with plain data.

use crate::fields::{text, value};
use crate::load::{Found, Loaded};
use crate::{Flaw, SourceFile, examples, python};
use mend_core::{Integrity, Literal, Problem, Style, Test, TestSuite, jsonl};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const BUGGY: &str = "python_programs";
const CORRECT: &str = "correct_python_programs";
const CASES: &str = "json_testcases";
const PYTESTS: &str = "python_testcases";

/// The files of one copy of the data set, by folder and name.
struct Copy<'a> {
    root: &'a str,
    files: BTreeMap<(&'a str, &'a str), &'a [u8]>,
}

/// A flaw, and the place that has it.
type Misplaced = (String, Flaw);

/// The problems of all copies in a bundle, sorted by path.
pub(crate) fn problems(dataset: &str, files: &[&SourceFile]) -> Vec<Found> {
    let mut copies: BTreeMap<&str, BTreeMap<(&str, &str), &[u8]>> = BTreeMap::new();
    for file in files {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let (root, folder) = folder.rsplit_once('/').unwrap_or(("", folder));
        if [BUGGY, CORRECT, CASES, PYTESTS].contains(&folder) {
            copies.entry(root).or_default().insert((folder, name), &file.bytes);
        }
    }
    let copies = copies.into_iter().map(|(root, files)| Copy { root, files });
    copies.flat_map(|copy| copy.problems(dataset)).collect()
}

impl Copy<'_> {
    fn problems(&self, dataset: &str) -> Vec<Found> {
        let programs = self.files.keys().filter(|(folder, _)| *folder == BUGGY);
        let names = programs.filter_map(|(_, file)| file.strip_suffix(".py"));
        let tested = |name: &&str| {
            self.files.contains_key(&(CASES, &*format!("{name}.json")))
                || self.files.contains_key(&(PYTESTS, &*format!("test_{name}.py")))
        };
        let found = |name| match self.problem(dataset, name) {
            Ok(loaded) => (self.place(BUGGY, &format!("{name}.py")), Ok(loaded)),
            Err((place, flaw)) => (place, Err(flaw)),
        };
        names.filter(tested).map(found).collect()
    }

    fn place(&self, folder: &str, file: &str) -> String {
        if self.root.is_empty() { format!("{folder}/{file}") } else { format!("{}/{folder}/{file}", self.root) }
    }

    fn text(&self, folder: &str, file: &str) -> Result<Option<&str>, Misplaced> {
        let bytes = self.files.get(&(folder, file));
        bytes.map(|bytes| text(bytes).map_err(|flaw| (self.place(folder, file), flaw))).transpose()
    }

    fn problem(&self, dataset: &str, name: &str) -> Result<Loaded, Misplaced> {
        let file = format!("{name}.py");
        let buggy = self.text(BUGGY, &file)?.unwrap_or_default();
        let statement = statement(buggy, name).map_err(|flaw| (self.place(BUGGY, &file), flaw))?;
        let mut public = examples::tests(&statement, name);
        let rules = Rules::read(self.text(PYTESTS, &format!("test_{name}.py"))?.unwrap_or_default(), name);
        public.retain(|_| !rules.nearly);

        let (hidden, crosses) = match self.text(CASES, &format!("{name}.json"))? {
            Some(_) => (self.cases(name, &rules)?, !rules.exhausts),
            None => self.pytest(name)?,
        };
        let style = Style::Function { entry_point: name.to_owned() };
        let problem = Problem {
            reference: self.text(CORRECT, &file)?.map(Into::into),
            integrity: if crosses { Integrity::Isolated } else { Integrity::Cooperative },
            ..Problem::new(format!("{dataset}/{name}"), statement, style, TestSuite { public, hidden })
        };
        Ok(Loaded { starting_program: Some(buggy.into()), ..problem.with_digest().into() })
    }

    /// The JSON cases of a program: an argument list, or one argument alone, and what it yields.
    fn cases(&self, name: &str, rules: &Rules<'_>) -> Result<Vec<Test>, Misplaced> {
        let file = format!("{name}.json");
        let path = self.place(CASES, &file);
        let mut tests = Vec::new();
        for row in jsonl::rows::<Vec<Box<RawValue>>>(&path, self.files[&(CASES, &*file)]) {
            let row = row.map_err(|error| (format!("{path}:{}", error.line), Flaw::Json(error.why)))?;
            let test = case(name, rules, &row.value).map_err(|flaw| (format!("{path}:{}", row.line), flaw))?;
            tests.extend(test);
        }
        if tests.is_empty() { Err((path, Flaw::NoTests("the file holds no case"))) } else { Ok(tests) }
    }

    /// A pytest file as one script, and whether it gets by with plain data.
    fn pytest(&self, name: &str) -> Result<(Vec<Test>, bool), Misplaced> {
        let file = format!("test_{name}.py");
        let source = self.text(PYTESTS, &file)?.unwrap_or_default();
        let wants_nodes = source.lines().any(|line| line.trim_end() == "from node import Node");
        let mut script = String::new();
        if wants_nodes {
            let missing = || (self.place(PYTESTS, &file), Flaw::MissingFile("python_testcases/node.py"));
            script += self.text(PYTESTS, "node.py")?.ok_or_else(missing)?;
            script += "\n\n";
        }
        let mut importing = false;
        for line in source.lines() {
            // `if pytest.use_correct:` and `else:` stand at the margin, with one import below each.
            let at_margin = !line.starts_with([' ', '\t']) && !line.is_empty();
            if at_margin {
                importing = ["import ", "from ", "if pytest.", "else:"].iter().any(|word| line.starts_with(word));
            }
            if !importing {
                script += line;
                script += "\n";
            }
        }
        let tests = source.lines().filter_map(|line| line.strip_prefix("def ")?.split_once('(')).map(|(test, _)| test);
        let calls: Vec<String> =
            tests.filter(|test| test.starts_with("test")).map(|test| format!("{test}()\n")).collect();
        if calls.is_empty() {
            return Err((self.place(PYTESTS, &file), Flaw::NoTests("the file defines no test function")));
        }
        let source = format!("{}\n\n\n{}", script.trim(), calls.concat());
        Ok((vec![Test::Script { source: source.into() }], !wants_nodes))
    }
}

/// What a pytest file says of the JSON cases; nothing special if there is none.
struct Rules<'a> {
    /// The result is a generator.
    exhausts: bool,
    /// The elements of the result are tuples.
    tuples: bool,
    /// The result may be off by the last argument.
    nearly: bool,
    /// The first argument of the case that takes too long.
    skipped: Option<&'a str>,
}

impl<'a> Rules<'a> {
    fn read(pytest: &'a str, name: &str) -> Self {
        let skipped = pytest.split_once("input_data == [").filter(|_| pytest.contains("pytest.skip("));
        Self {
            exhausts: pytest.contains(&format!("assert list({name}(*input_data))")),
            tuples: pytest.contains("tuple(x) for x in out"),
            nearly: pytest.contains("pytest.approx(expected, abs=input_data[-1])"),
            skipped: skipped.and_then(|(_, case)| Some(case.split_once(',')?.0.trim())),
        }
    }
}

/// The head of the function and the text in the string that ends the file.
fn statement(program: &str, name: &str) -> Result<String, Flaw> {
    let head = python::parameters(program, name).ok_or_else(|| Flaw::NoFunction(name.to_owned()))?;
    let (parameters, _) = head.rsplit_once(':').unwrap_or((head, ""));
    let text = program.split("\"\"\"").nth(1).unwrap_or_default().replace("\r\n", "\n");
    Ok(format!("Write a Python function `{name}{parameters}`.\n\n{}\n", text.trim()))
}

/// One case; `None` if it is left out.
fn case(name: &str, rules: &Rules<'_>, row: &[Box<RawValue>]) -> Result<Option<Test>, Flaw> {
    let [input, expected] = row else {
        return Err(Flaw::Json(format!("expected an input and an output, found {} values", row.len())));
    };
    let args = if input.get().starts_with('[') { input.get().to_owned() } else { format!("[{}]", input.get()) };
    let values: Vec<Box<RawValue>> =
        serde_json::from_str(&args).map_err(|source| Flaw::Json(jsonl::message(&source)))?;
    if rules.skipped.is_some() && values.first().map(|first| first.get()) == rules.skipped {
        return Ok(None);
    }
    let call = || -> Result<String, Flaw> {
        let values: Result<Vec<String>, Flaw> = values.iter().map(|value| python_literal(value)).collect();
        Ok(format!("{name}({})", values?.join(", ")))
    };
    let source = if rules.exhausts {
        format!("assert list({}) == {}\n", call()?, python_literal(expected)?)
    } else if rules.tuples {
        let lists: Vec<Vec<Box<RawValue>>> = value(expected, || "[1]".to_owned())?;
        let tuples = lists.iter().map(|list| {
            let items: Result<Vec<String>, Flaw> = list.iter().map(|item| python_literal(item)).collect();
            // The comma makes a tuple of a single element, too.
            Ok(format!("({},)", items?.join(", ")))
        });
        format!("assert {} == [{}]\n", call()?, tuples.collect::<Result<Vec<_>, Flaw>>()?.join(", "))
    } else if rules.nearly {
        let tolerance = values.last().map(|last| last.get()).unwrap_or_default();
        format!("assert abs({} - {}) <= {tolerance}\n", call()?, python_literal(expected)?)
    } else {
        return Ok(Some(Test::Call { args: Literal(args.into()), expected: Literal(expected.get().into()) }));
    };
    Ok(Some(Test::Script { source: source.into() }))
}

/// A JSON value as Python source. Numbers keep their digits.
fn python_literal(raw: &RawValue) -> Result<String, Flaw> {
    // Refuses what is nested too deeply for us as well.
    let _: serde_json::Value = value(raw, || "value".to_owned())?;
    written(raw)
}

fn written(raw: &RawValue) -> Result<String, Flaw> {
    Ok(match raw.get() {
        "null" => "None".to_owned(),
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        text if text.starts_with('[') => {
            let items: Vec<Box<RawValue>> = value(raw, || "[]".to_owned())?;
            let items: Result<Vec<String>, Flaw> = items.iter().map(|item| written(item)).collect();
            format!("[{}]", items?.join(", "))
        }
        text if text.starts_with('{') => {
            return Err(Flaw::Json("an object is not an argument of these programs".into()));
        }
        text if text.starts_with('"') => {
            let string: String = value(raw, || "\"\"".to_owned())?;
            // What `Debug` escapes, Python reads; all but `\u{..}`.
            let letters = string.chars().map(|letter| match letter {
                '"' | '\\' | '\n' | '\r' | '\t' => letter.escape_default().to_string(),
                letter if letter.is_control() => format!("\\x{:02x}", u32::from(letter)),
                letter => letter.to_string(),
            });
            format!("\"{}\"", letters.collect::<String>())
        }
        number => number.to_owned(),
    })
}
