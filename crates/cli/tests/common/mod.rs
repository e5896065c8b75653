//! A folder for one test, the built `mend` in it with a clean environment, and words that are the same on every
//! machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// The tables that a run's identity decides to the byte.
const TABLES: [&str; 4] = ["samples.csv", "problems.csv", "pass_at_k.csv", "pass_at_t.csv"];

/// Two problems in the format of HumanEval, one a line. Their ids are `t/1` and `t/2`.
pub(crate) const TWO_PROBLEMS: &str = concat!(
    r#"{"task_id":"t/1","prompt":"def add(a, b):\n    \"\"\"Add.\"\"\"\n","entry_point":"add","#,
    r#""canonical_solution":"    return a + b\n","test":"def check(candidate):\n    assert candidate(1, 2) == 3\n"}"#,
    "\n",
    r#"{"task_id":"t/2","prompt":"def sub(a, b):\n    \"\"\"Sub.\"\"\"\n","entry_point":"sub","#,
    r#""canonical_solution":"    return a - b\n","test":"def check(candidate):\n    assert candidate(1, 2) == -1\n"}"#,
    "\n",
);

/// The first functions of the starter data set, as a file's content.
pub(crate) fn starter_functions(count: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/starter/functions.jsonl");
    fs::read_to_string(path).unwrap().split_inclusive('\n').take(count).collect()
}

/// A folder in which `mend` runs.
pub(crate) struct Lab {
    dir: TempDir,
}

/// What a `mend` that ended left.
pub(crate) struct Ran {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// All of stdout, redacted.
    pub(crate) stdout: String,
    /// All of stderr, redacted and without the lines of progress, whose number depends on the machine.
    pub(crate) stderr: String,
}

impl Lab {
    /// An empty folder. In memory where there is such a place: runs sync a great deal.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        for name in ["here", "tmp"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    /// The path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("here").join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Reads a file.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file below the folder with its bytes, and every folder with none.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.path("")];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(&dir).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    open.push(entry.path());
                    files.insert(entry.path(), Vec::new());
                } else {
                    files.insert(entry.path(), fs::read(entry.path()).unwrap());
                }
            }
        }
        files
    }

    /// The four tables of a run's folder.
    #[track_caller]
    pub(crate) fn tables(&self, run: &str) -> [String; 4] {
        TABLES.map(|table| self.read(&format!("{run}/{table}")))
    }

    /// A program in the folder, and in an environment without a word to `mend`.
    #[expect(clippy::disallowed_methods, reason = "this starts the program under test")]
    fn std_command(&self, program: impl AsRef<Path>) -> std::process::Command {
        let mut command = std::process::Command::new(program.as_ref());
        let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("MEND_"));
        // A width or a colour that the developer's terminal asks for.
        for name in ours.chain(["COLUMNS", "LINES", "CLICOLOR_FORCE"].map(Into::into)) {
            command.env_remove(name);
        }
        command.current_dir(self.path("")).env("TMPDIR", self.dir.path().join("tmp"));
        command
    }

    /// `mend` with arguments that hold no blanks.
    pub(crate) fn command(&self, line: &str) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::from_std(self.std_command(assert_cmd::cargo::cargo_bin!("mend")));
        command.args(line.split_whitespace());
        command
    }

    /// `mend`, started by a shell that was first told something: `exec "$0" <line>` follows `before`.
    pub(crate) fn mend_after(&self, before: &str, line: &str) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.std_command("/bin/sh"));
        command.args(["-c", &format!("{before}; exec \"$0\" {line}")]).arg(assert_cmd::cargo::cargo_bin!("mend"));
        self.ran(&mut command)
    }

    /// Runs `mend` to its end.
    pub(crate) fn mend(&self, line: &str) -> Ran {
        self.ran(&mut self.command(line))
    }

    /// Runs a command to its end.
    pub(crate) fn ran(&self, command: &mut assert_cmd::Command) -> Ran {
        self.told(&command.output().unwrap())
    }

    /// Runs `mend` to its end, which must be this exit code.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32, line: &str) -> Ran {
        let ran = self.mend(line);
        assert_eq!(ran.code, Some(code), "`mend {line}` told: {}", ran.stderr);
        ran
    }

    /// Runs `mend` to its end, with these variables in its environment, which must be this exit code.
    #[track_caller]
    pub(crate) fn ended_with(&self, code: i32, line: &str, variables: &[(&str, &str)]) -> Ran {
        let ran = self.ran(self.command(line).envs(variables.iter().copied()));
        assert_eq!(ran.code, Some(code), "`mend {line}` told: {}", ran.stderr);
        ran
    }

    /// What an ended process left.
    pub(crate) fn told(&self, output: &std::process::Output) -> Ran {
        let text = |bytes: &[u8]| self.redacted(&String::from_utf8_lossy(bytes));
        let is_progress = |line: &str| {
            let (count, rest) = line.split_once(' ').unwrap_or_default();
            let of_a_run = rest.starts_with("problems, ") && rest.contains("programs judged");
            // A compiled interpreter is usually there at once; a busy machine may take a while.
            let of_a_wait = line.starts_with("loading the interpreter of the engine `wasm`");
            of_a_wait
                || count.contains('/') && (of_a_run || (rest.starts_with("programs, ") && rest.ends_with(" passed\n")))
        };
        let lines = text(&output.stderr);
        let stderr = lines.split_inclusive('\n').filter(|line| !is_progress(line)).collect();
        Ran { code: output.status.code(), stdout: text(&output.stdout), stderr }
    }

    /// Starts `mend` without waiting for it. What it tells can be read from its pipes.
    pub(crate) fn spawn(&self, line: &str) -> Child {
        self.spawn_with(line, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn spawn_with(&self, line: &str, variables: &[(&str, &str)]) -> Child {
        let mut command = self.std_command(assert_cmd::cargo::cargo_bin!("mend"));
        command.envs(variables.iter().copied());
        command.args(line.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// The text with this folder, digests (a run's id ends in one), and the interpreter's version taken out.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let text = text.replace(&self.path("").display().to_string(), "[DIR]/");
        let mut redacted = String::new();
        for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let rest = &word[bare.len()..];
            let is_hex = bare.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
            let replaced = match bare.len() {
                64 if is_hex => "[DIGEST]",
                8 if is_hex && (redacted.ends_with('-') || bare.contains(|c: char| c.is_ascii_digit())) => "[ID]",
                _ if redacted.ends_with("CPython ") => "[VERSION]",
                // The highest isolation level that this machine offers.
                _ if redacted.ends_with("process ") && ["L0", "L1", "L2", "L3"].contains(&bare) => "[LEVEL]",
                _ => bare,
            };
            redacted.push_str(replaced);
            redacted.push_str(rest);
        }
        redacted
    }
}

/// Asserts that two runs' tables are the same to the byte, and else shows the first line that is not.
#[track_caller]
pub(crate) fn assert_same(tables: &[String; 4], expected: &[String; 4]) {
    for ((name, table), expected) in TABLES.iter().zip(tables).zip(expected) {
        for (number, pair) in (1..).zip(table.lines().zip(expected.lines())) {
            assert_eq!(pair.0, pair.1, "{name}:{number}");
        }
        assert!(table == expected, "{name} is longer or shorter, or differs in its ends of lines");
    }
}

/// Numbers that look random and follow from a seed alone.
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// Dice of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.thrown += 1;
        let digest = mend_core::seed_for(self.seed, &["dice", &self.thrown.to_string()]);
        let bytes = digest.as_bytes().first_chunk().expect("a digest has more than eight bytes");
        u64::from_le_bytes(*bytes) % end
    }
}

/// The rows of a CSV file, header included.
pub(crate) fn records(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            char => cell.push(char),
        }
    }
    rows
}

/// The rows of a CSV file, by the names of its columns.
pub(crate) fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut rows = records(text).into_iter();
    let header = rows.next().unwrap_or_default();
    rows.map(|row| header.iter().cloned().zip(row).collect()).collect()
}
