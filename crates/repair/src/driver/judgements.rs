//! Judgements: from a completion to the verdict on its program, or to the opinion that a critique holds.

use super::{Driver, RunError};
use crate::extract::{Extracted, extract};
use crate::feedback::opinion;
use mend_core::{Candidate, Cause, Event, Found, Node, Slot, Status, Text, Used, Verdict};
use mend_judge::{JudgeError, Judgement, Task};
use mend_model::count_tokens;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A completion that came back from the judge.
pub(super) struct Judged {
    position: usize,
    slot: Slot,
    candidate: Option<Candidate>,
    result: Result<Judgement, JudgeError>,
}

impl Driver<'_> {
    /// Hands completions that wait to the judge, as many as it takes.
    pub(super) fn judge(&mut self) {
        while self.judging < self.plan.judging.get()
            && let Some((position, slot)) = self.judgements.pop_first()
        {
            self.judging += 1;
            let completion = self.tree(position).node(&slot).and_then(|node| node.completion.as_ref());
            let extracted =
                completion.and_then(|completion| extract(completion, self.problem(position), self.plan.extraction));
            let candidate = extracted.as_ref().map(|Extracted { program, rule, written, before }| Candidate {
                program: Text::new(Arc::clone(program)),
                rule: *rule,
                paper_tokens: count_tokens(before) + count_tokens(written),
            });
            let mut home = Homing { sender: self.judged_sender.clone(), parcel: Some((position, slot, candidate)) };
            match extracted {
                Some(Extracted { program, rule, .. }) => {
                    let task = Task { problem: Arc::clone(self.problem(position)), program, rule };
                    self.judge.submit(task, Box::new(move |result| home.send(result)));
                }
                None => {
                    // Nothing to judge; the verdict comes home like any other.
                    home.send(Ok(Judgement { verdict: Verdict::without_run(Status::NoCode), used: Used::default() }));
                }
            }
        }
    }

    /// Learns a verdict.
    pub(super) fn judged(&mut self, judged: Judged) -> Result<(), RunError> {
        self.judging -= 1;
        let Judged { position, slot, candidate, result } = judged;
        self.in_flight[position] -= 1;
        self.came_home(position, std::slice::from_ref(&slot));
        let event = match result {
            Ok(Judgement { verdict, used }) => Event::Judged { slot, candidate, verdict, used },
            Err(error @ JudgeError::Unsupported { .. }) => {
                Event::Unscored { slot, candidate, why: error.to_string(), cause: Some(Cause::Unsupported) }
            }
            Err(error @ JudgeError::BrokenTest { .. }) => {
                Event::Unscored { slot, candidate, why: error.to_string(), cause: Some(Cause::BrokenTest) }
            }
            Err(error @ JudgeError::Unproven { .. }) => {
                Event::Unscored { slot, candidate, why: error.to_string(), cause: Some(Cause::Unproven) }
            }
            // Ours: nothing is recorded, so that a resumed run judges this candidate.
            Err(error) => return Err(error.into()),
        };
        self.learn(position, event)?;
        self.look(position)
    }

    /// Reads the critiques of a tree that were not read yet. There is nothing to judge about them, and nothing to wait
    /// for.
    pub(super) fn read(&mut self, position: usize) -> Result<(), RunError> {
        let is_unread = |node: &&Node| !node.slot.is_program() && node.outcome.is_none();
        let unread = self.tree(position).nodes().filter(is_unread).map(|node| {
            let text = node.completion.as_ref().and_then(|completion| completion.text.body());
            Event::Read {
                slot: node.slot.clone(),
                found: Found::Critique { opinion: text.and_then(|text| opinion(text)), spans: Vec::new() },
            }
        });
        for event in unread.collect::<Vec<_>>() {
            self.learn(position, event)?;
        }
        Ok(())
    }
}

/// Sends a judgement home, and says so if the judge drops it.
struct Homing {
    sender: mpsc::UnboundedSender<Judged>,
    parcel: Option<(usize, Slot, Option<Candidate>)>,
}

impl Homing {
    fn send(&mut self, result: Result<Judgement, JudgeError>) {
        if let Some((position, slot, candidate)) = self.parcel.take() {
            // A driver that is gone wants no judgement.
            let _ = self.sender.send(Judged { position, slot, candidate, result });
        }
    }
}

impl Drop for Homing {
    fn drop(&mut self) {
        self.send(Err(JudgeError::Gone));
    }
}
