//! Two parties against one plain interpreter: what passes there passes here, and what fails there fails here.
//!
//! What the judge leaves open, since it cannot know, is printed by reason and bounded, so that it cannot grow unseen.

mod arguments;
mod generated;
mod real;

use crate::common::Judged;
use mend_core::Status;
use mend_judge::JudgeError;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What the judge says of a program and a test.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Passes,
    Fails(String),
    /// Nothing, and why.
    Open(String),
}

impl Said {
    fn of(judged: &Judged) -> Self {
        match judged {
            Ok(judged) if judged.verdict.status == Status::Passed => Self::Passes,
            Ok(judged) => Self::Fails(format!("{:?}", judged.verdict)),
            Err(JudgeError::Unproven { why, .. } | JudgeError::Unsupported { why }) => Self::Open(why.clone()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What came of many pairs.
#[derive(Default)]
struct Table {
    pairs: usize,
    pass: usize,
    /// What passes in plain Python, or fails there, and is left open here: by reason.
    open: BTreeMap<String, [Vec<String>; 2]>,
    /// What is known to differ, and why.
    known: Vec<String>,
    wrong: Vec<String>,
}

impl Table {
    /// Adds a pair. `plain` is the word for a pass, or what ended the test.
    fn add(&mut self, name: String, plain: &str, said: Said, known: &[(&str, &str)]) {
        self.pairs += 1;
        let passes = plain == "passed";
        match said {
            Said::Passes if passes => self.pass += 1,
            Said::Fails(_) if !passes => {}
            Said::Open(why) => self.open.entry(sort_of(&why)).or_default()[usize::from(!passes)].push(name),
            said => match known.iter().find(|(one, _)| *one == name) {
                Some((_, why)) => self.known.push(format!("{name}: {why}")),
                None => self.wrong.push(format!("{name}: {plain} in plain Python, {said:?} here")),
            },
        }
    }

    fn lines(&self) -> String {
        let mut lines =
            format!("{} pairs, of which {} pass; {} known to differ\n", self.pairs, self.pass, self.known.len());
        for (why, [passing, failing]) in &self.open {
            let some: Vec<&str> = passing.iter().chain(failing).map(String::as_str).take(6).collect();
            let (passing, failing) = (passing.len(), failing.len());
            writeln!(lines, "{passing:5} that pass and {failing:5} that fail left open: {why}: {}", some.join(", "))
                .unwrap();
        }
        for name in &self.known {
            writeln!(lines, "      known to differ: {name}").unwrap();
        }
        for name in &self.wrong {
            writeln!(lines, "      WRONG: {name}").unwrap();
        }
        lines
    }

    /// At most so many of a hundred thousand pairs that pass in plain Python are left open, and of those that fail there.
    #[track_caller]
    fn check(&self, passing_open: usize, failing_open: usize) {
        let lines = self.lines();
        println!("{lines}");
        assert!(self.wrong.is_empty(), "{lines}");
        for (at, most) in [passing_open, failing_open].into_iter().enumerate() {
            let open: usize = self.open.values().map(|names| names[at].len()).sum();
            assert!(open * 100_000 <= most * self.pairs, "{open} of {}: {lines}", self.pairs);
        }
    }
}

/// A reason without the names of classes, which stand behind the word `a`.
fn sort_of(why: &str) -> String {
    let mut sort = String::new();
    let mut words = why.split(' ');
    while let Some(word) = words.next() {
        sort.push_str(word);
        sort.push(' ');
        if word == "a" {
            let next = words.next().unwrap_or_default();
            sort.push_str(if ["test", "value"].contains(&next) { next } else { "…" });
            sort.push(' ');
        }
    }
    sort.trim_end().to_owned()
}
