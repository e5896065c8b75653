//! Which tests can judge a candidate: each is found out once, and of all candidates alike.
//!
//! A test that never gets to the entry point judges nobody. A program that is judged by it shows so; one that cannot be
//! loaded, or that fails before, does not, and would be the only one to count. So what no program has shown is tried
//! without one.

use crate::task::Task;
use mend_core::{Digest, Test};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of so many tests something is kept: a judge that serves for weeks meets new ones all the time.
const KEPT: usize = 1 << 16;

/// What was found of tests, for all threads of a judge. Whether anybody looked before decides nothing.
#[derive(Debug, Default)]
pub(crate) struct Soundness {
    /// By statement, entry point and test.
    found: Mutex<BTreeMap<Digest, Found>>,
}

/// What was found of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// It calls the entry point.
    Sound,
    /// It can judge nobody, and why.
    Broken(String),
}

impl Soundness {
    /// What is known of a test; `None` as long as nobody has found out.
    pub(crate) fn of(&self, task: &Task, entry: &str, test: &Test) -> Option<Found> {
        self.found().get(&key(task, entry, test)).cloned()
    }

    /// Keeps what was found.
    pub(crate) fn learn(&self, task: &Task, entry: &str, test: &Test, found: Found) {
        let mut all = self.found();
        if all.len() >= KEPT {
            all.clear();
        }
        all.insert(key(task, entry, test), found);
    }

    fn found(&self) -> MutexGuard<'_, BTreeMap<Digest, Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(task: &Task, entry: &str, test: &Test) -> Digest {
    let (kind, one, other): (&str, &str, &str) = match test {
        Test::Script { source } => ("script", source, ""),
        Test::Call { args, expected } => ("call", &args.0, &expected.0),
        Test::Stdio { input, expected } => ("stdio", input, expected),
    };
    let context = task.tests_context();
    Digest::of_parts([&*context, entry, kind, one, other].map(str::as_bytes))
}
