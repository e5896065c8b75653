//! Equal programs are judged once.
//!
//! A verdict is about a program and its problem, not about a slot, and models repeat themselves: of twenty programs
//! drawn at a low temperature few differ. So a program that is the same, to the byte, as one that is at the judge
//! waits for that one's judgement, and one that is the same as a recent one takes its judgement over, with what it
//! cost. This belongs to one session: a resumed run judges what it meets anew.

use super::judgements::Parcel;
use mend_core::{Digest, ExtractionRule};
use mend_judge::{Judgement, Task};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Judgements that are kept. Equal programs come close together, since the trees of a problem grow at the same time, and
/// a judgement holds what each test said.
const KEPT: usize = 4096;

/// All that a judgement hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The statement and the tests.
    problem: Digest,
    program: Arc<str>,
    rule: ExtractionRule,
}

impl Key {
    pub(super) fn of(task: &Task) -> Self {
        Self { problem: task.problem.digest, program: Arc::clone(&task.program), rule: task.rule }
    }
}

/// What is known of a program.
enum Known {
    /// It is at the judge, and these wait for what comes of it.
    Running(Vec<(Task, Parcel)>),
    Judged(Judgement),
}

/// What is to be done with somebody who wants a judgement.
pub(super) enum Turn {
    /// The judge takes it.
    Submit(Task, Parcel),
    /// There is a judgement already.
    Known(Judgement, Parcel),
    /// It waits for an equal program.
    Waits,
}

/// The programs of this session that were judged lately.
#[derive(Default)]
pub(super) struct Alike {
    known: HashMap<Key, Known>,
    /// Keys of what was judged, the oldest first.
    judged: VecDeque<Key>,
}

impl Alike {
    /// Somebody wants a judgement.
    pub(super) fn wanted(&mut self, task: Task, parcel: Parcel) -> Turn {
        match self.known.get_mut(&Key::of(&task)) {
            Some(Known::Judged(judgement)) => Turn::Known(judgement.clone(), parcel),
            Some(Known::Running(waiting)) => {
                waiting.push((task, parcel));
                Turn::Waits
            }
            None => {
                self.known.insert(Key::of(&task), Known::Running(Vec::new()));
                Turn::Submit(task, parcel)
            }
        }
    }

    /// A program is judged. Returns who waited for that.
    pub(super) fn judged(&mut self, key: Key, judgement: &Judgement) -> Vec<Parcel> {
        let before = self.known.insert(key.clone(), Known::Judged(judgement.clone()));
        self.judged.push_back(key);
        if self.judged.len() > KEPT {
            let oldest = self.judged.pop_front();
            oldest.and_then(|oldest| self.known.remove(&oldest));
        }
        waiting(before).into_iter().map(|(_, parcel)| parcel).collect()
    }

    /// No judgement came of a program. Returns who waited for that: each of them is a task of its own again.
    pub(super) fn failed(&mut self, key: &Key) -> Vec<(Task, Parcel)> {
        waiting(self.known.remove(key))
    }
}

fn waiting(known: Option<Known>) -> Vec<(Task, Parcel)> {
    match known {
        Some(Known::Running(waiting)) => waiting,
        Some(Known::Judged(_)) | None => Vec::new(),
    }
}
