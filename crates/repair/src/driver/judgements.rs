//! Judgements: from a completion to the verdict on its program, or to what else a strategy wants to know of it.

use super::alike::{self, Key};
use super::{Driver, RunError};
use crate::extract::extract;
use crate::judging::{Outcomes, event_of, task};
use crate::looking;
use crate::reading::{read, read_remark, screen};
use crate::script::{Act, Place, tests_of};
use mend_core::{Candidate, Digest, Event, Kind, Node, Problem, Remark, RepairTree, Slot, Status, Test, Used, Verdict};
use mend_judge::{JudgeError, Judgement, Look, Seen, Task};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The execution of a program that waits until a limit on executions has room for it.
pub(super) enum Held {
    /// One that the script wants beside the verdict.
    Execution(Execution),
    /// The judgement of a program that the script puts together.
    Made(Event),
}

impl Held {
    /// How many executions it is.
    pub(super) fn executions(&self) -> u64 {
        match self {
            Self::Execution(execution) => u64::from(execution.promised()),
            Self::Made(_) => 1,
        }
    }

    /// The program that is executed, if it is there already.
    pub(super) fn slot(&self) -> Option<&Slot> {
        match self {
            Self::Execution(
                Execution::Judging { aim: Aim::Test { slot, .. } | Aim::Run { slot, .. }, .. }
                | Execution::Looking { slot, .. },
            ) => Some(slot),
            Self::Execution(Execution::Judging { aim: Aim::Check { .. }, .. }) | Self::Made(_) => None,
        }
    }
}

/// Something that the judge does beside the verdict on a program, with what is known of it so far.
pub(super) enum Execution {
    /// It runs a program, in one judgement or in several.
    Judging {
        /// What for.
        aim: Aim,
        /// What is known so far.
        outcomes: Outcomes,
    },
    /// It looks with an instrument.
    Looking {
        /// The program; of cells, the node that they belong to.
        slot: Slot,
        /// Digest of what it is given.
        given: Digest,
        /// At what; `None` if there is nothing to look at.
        look: Option<Look>,
    },
}

/// What a program is run for.
pub(super) enum Aim {
    /// What tests of some nodes say of it.
    Test {
        /// The program.
        slot: Slot,
        /// The nodes that hold the tests, with how many each holds.
        tests: Vec<(Slot, usize)>,
    },
    /// What tests of some nodes say of the reference solution.
    Check {
        /// The nodes that hold the tests, with how many each holds.
        tests: Vec<(Slot, usize)>,
    },
    /// What it does with inputs.
    Run {
        /// The program.
        slot: Slot,
        /// Digest of the inputs.
        given: Digest,
    },
}

/// Whose turn an execution is within its tree: what the script wants goes first, in its order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// An act of the script.
    Act(Place),
    /// Tests are checked, those of this node first.
    Check(Slot),
}

impl Execution {
    /// The execution that an act is; else the act.
    pub(super) fn of(act: Act, tree: &RepairTree, problem: &Arc<Problem>) -> Result<Self, Box<Act>> {
        let candidate = |slot| tree.node(slot).and_then(|node| node.candidate.as_ref());
        let held = |tests: &Slot| tree.node(tests).and_then(tests_of).unwrap_or_default().to_vec();
        match act {
            Act::Ask(_) | Act::Make { .. } => Err(Box::new(act)),
            Act::Test { slot, tests } => {
                let held: Vec<(Slot, Vec<Test>)> =
                    tests.into_iter().map(|tests| (tests.clone(), held(&tests))).collect();
                let tests = held.iter().map(|(slot, tests)| (slot.clone(), tests.len())).collect();
                let all = held.into_iter().flat_map(|(_, tests)| tests).collect();
                let outcomes = Outcomes::new(problem, candidate(&slot), all);
                Ok(Self::Judging { aim: Aim::Test { slot, tests }, outcomes })
            }
            Act::Run { slot, inputs, given } => {
                let all = inputs.iter().map(|input| input.test.clone()).collect();
                let outcomes = Outcomes::new(problem, candidate(&slot), all);
                Ok(Self::Judging { aim: Aim::Run { slot, given }, outcomes })
            }
            Act::Look { slot, instrument, given } => {
                let look = looking::look(problem, candidate(&slot), &instrument);
                Ok(Self::Looking { slot, given, look })
            }
        }
    }

    /// What finished outcomes tell.
    pub(super) fn events(aim: Aim, outcomes: &Outcomes) -> Vec<Event> {
        // What all of them cost stands with the first.
        let mut used = Some(outcomes.used());
        let mut start = 0;
        let mut next = |count: usize| {
            start += count;
            (outcomes.suite(start - count..start), used.take().unwrap_or_default())
        };
        match aim {
            Aim::Check { tests } => tests
                .into_iter()
                .map(|(tests, count)| {
                    let (verdict, used) = next(count);
                    Event::Checked { tests, verdict, used }
                })
                .collect(),
            Aim::Test { slot, tests } => tests
                .into_iter()
                .map(|(tests, count)| {
                    let (verdict, used) = next(count);
                    Event::Tested { slot: slot.clone(), tests, verdict, used }
                })
                .collect(),
            Aim::Run { slot, given } => {
                vec![Event::Ran { slot, given, outcomes: outcomes.outcomes(), used: outcomes.used() }]
            }
        }
    }

    /// How many events it will tell.
    pub(super) fn promised(&self) -> u32 {
        match self {
            Self::Judging { aim: Aim::Check { tests } | Aim::Test { tests, .. }, .. } => tests.len() as u32,
            Self::Judging { aim: Aim::Run { .. }, .. } | Self::Looking { .. } => 1,
        }
    }
}

/// What somebody sent to the judge.
pub(super) enum Parcel {
    /// A completion, with the program that was found in it.
    Program { position: usize, slot: Slot, candidate: Option<Candidate> },
    /// An execution that takes judgements.
    Execution { turn: (usize, Turn), aim: Aim, outcomes: Box<Outcomes> },
    /// Something to look at.
    Look { position: usize, slot: Slot, given: Digest },
}

/// What came back from the judge.
pub(super) struct Judged {
    parcel: Parcel,
    /// What was judged, if others may wait for the same.
    key: Option<Key>,
    result: Result<Reply, JudgeError>,
}

/// What the judge found.
enum Reply {
    Judgement(Judgement),
    Seen(Seen),
}

impl Driver<'_> {
    /// Hands what waits to the judge, as much as it takes.
    pub(super) fn judge(&mut self) {
        while self.judging < self.plan.judging.get() {
            if let Some((position, slot)) = self.judgements.pop_first() {
                self.judge_program(position, slot);
            } else if let Some((turn, execution)) = self.executions.pop_first().or_else(|| self.check()) {
                match execution {
                    Execution::Judging { aim, outcomes } => {
                        let task = outcomes.next();
                        self.submit(task, Parcel::Execution { turn, aim, outcomes: Box::new(outcomes) });
                    }
                    Execution::Looking { slot, given, look } => {
                        self.look_at(look, Parcel::Look { position: turn.0, slot, given });
                    }
                }
            } else {
                break;
            }
        }
    }

    fn judge_program(&mut self, position: usize, slot: Slot) {
        let completion = self.tree(position).node(&slot).and_then(|node| node.completion.as_ref());
        let problem = self.problem(position);
        let extracted = completion.and_then(|completion| extract(completion, problem, self.plan.extraction));
        let candidate = extracted.map(|extracted| extracted.candidate());
        let task = candidate.as_ref().and_then(|candidate| task(problem, candidate));
        self.submit(task, Parcel::Program { position, slot, candidate });
    }

    /// Sees to it that the reference solution is judged by tests that somebody wrote, if there are both.
    pub(super) fn check_tests(&mut self, position: usize, slot: Slot) {
        let node = self.tree(position).node(&slot).filter(|node| node.checked.is_none());
        let has_tests = node.and_then(tests_of).is_some_and(|tests| !tests.is_empty());
        if has_tests && self.problem(position).reference.is_some() && self.checks.insert((position, slot)) {
            self.trees[position].in_flight += 1;
        }
    }

    /// The check of all tests of a tree that wait for it.
    fn check(&mut self) -> Option<((usize, Turn), Execution)> {
        let (position, first) = self.checks.first().cloned()?;
        let (mut tests, mut all) = (Vec::new(), Vec::new());
        while let Some((_, slot)) = self.checks.first().filter(|(other, _)| *other == position).cloned() {
            self.checks.pop_first();
            let held = self.tree(position).node(&slot).and_then(tests_of).unwrap_or_default();
            tests.push((slot, held.len()));
            all.extend_from_slice(held);
        }
        let outcomes = Outcomes::of_reference(self.problem(position), all);
        Some(((position, Turn::Check(first)), Execution::Judging { aim: Aim::Check { tests }, outcomes }))
    }

    /// Without a task there is no program to judge; the verdict comes home like any other.
    fn submit(&mut self, task: Option<Task>, parcel: Parcel) {
        let turn = match task {
            Some(task) => Ok(self.alike.wanted(task, parcel)),
            None => Err(parcel),
        };
        let (judgement, parcel) = match turn {
            Ok(alike::Turn::Waits) => return,
            Ok(alike::Turn::Submit(task, parcel)) => {
                self.judging += 1;
                let mut home = self.homing(parcel, Some(Key::of(&task)));
                return self.judge.submit(task, Box::new(move |result| home.send(result.map(Reply::Judgement))));
            }
            Ok(alike::Turn::Known(judgement, parcel)) => (judgement, parcel),
            Err(parcel) => {
                let verdict = Verdict::without_run(Status::NoCode);
                (Judgement { verdict, used: Used::default() }, parcel)
            }
        };
        self.hand_over(judgement, parcel);
    }

    /// A judgement that is there already comes home like any other.
    fn hand_over(&mut self, judgement: Judgement, parcel: Parcel) {
        self.judging += 1;
        self.homing(parcel, None).send(Ok(Reply::Judgement(judgement)));
    }

    fn homing(&self, parcel: Parcel, key: Option<Key>) -> Homing {
        Homing { sender: self.judged_sender.clone(), parcel: Some((parcel, key)) }
    }

    /// Where there is nothing to look at nothing is seen, which comes home like anything else.
    fn look_at(&mut self, look: Option<Look>, parcel: Parcel) {
        self.judging += 1;
        let mut home = self.homing(parcel, None);
        match look {
            Some(look) => self.judge.look(look, Box::new(move |result| home.send(result.map(Reply::Seen)))),
            None => home.send(Err(JudgeError::Unsupported { why: "there is nothing to look at".to_owned() })),
        }
    }

    /// Learns what the judge found.
    pub(super) fn judged(&mut self, judged: Judged) -> Result<(), RunError> {
        self.judging -= 1;
        let Judged { parcel, key, result } = judged;
        if let Some(key) = key {
            self.tell_equals(key, &result);
        }
        let (position, done, events) = match parcel {
            Parcel::Program { position, slot, candidate } => {
                (position, 1, vec![event_of(slot, candidate, judgement(result))?])
            }
            Parcel::Execution { turn, aim, mut outcomes } => {
                outcomes.learn(judgement(result))?;
                let outcomes = *outcomes;
                if outcomes.next().is_some() {
                    self.executions.insert(turn, Execution::Judging { aim, outcomes });
                    return Ok(());
                }
                let events = Execution::events(aim, &outcomes);
                (turn.0, events.len() as u32, events)
            }
            Parcel::Look { position, slot, given } => {
                let seen = result.and_then(|reply| match reply {
                    Reply::Seen(seen) => Ok(seen),
                    Reply::Judgement(_) => Err(JudgeError::Gone),
                });
                (position, 1, vec![looking::event_of(slot, given, seen)?])
            }
        };
        self.trees[position].in_flight -= done;
        for event in events {
            self.learn(position, event)?;
        }
        self.look(position)
    }

    /// Tells those that wait for a program's judgement what came of it. Where this program, or a test, is to blame that
    /// nothing did, the judge takes them one after the other, as it would have. Where the judge is, the run ends.
    fn tell_equals(&mut self, key: Key, result: &Result<Reply, JudgeError>) {
        match result {
            Ok(Reply::Judgement(judgement)) => {
                for parcel in self.alike.judged(key, judgement) {
                    self.hand_over(judgement.clone(), parcel);
                }
            }
            Err(JudgeError::Unsupported { .. } | JudgeError::Unproven { .. } | JudgeError::BrokenTest { .. }) => {
                for (task, parcel) in self.alike.failed(&key) {
                    self.submit(Some(task), parcel);
                }
            }
            Ok(Reply::Seen(_)) | Err(JudgeError::Sandbox(_) | JudgeError::Gone) => {}
        }
    }

    /// Reads a completion that holds no program. There is nothing to judge about it, and nothing to wait for.
    pub(super) fn read(&mut self, position: usize, slot: Slot) -> Result<(), RunError> {
        let given = self.give(position, &slot)?;
        let (tree, problem) = (self.tree(position), self.problem(position));
        let node = tree.node(&slot);
        let text = node.and_then(|node| node.completion.as_ref()?.text.body().cloned()).unwrap_or_default();
        let forbids_code =
            node.and_then(|node| Some(tree.call(node.call.as_ref()?)?.terms.forbids_code)).unwrap_or_default();
        let found = match node.and_then(Node::remark) {
            Some(remark) if slot.kind() == Kind::Feedback && is_of_a_row(remark) => read_remark(remark),
            _ => read(slot.kind(), &text, problem),
        };
        let screened = screen(slot.kind(), &text, problem, forbids_code, self.plan.strategy.header().reference);
        self.learn(position, Event::Read { slot: slot.clone(), found, screened })?;
        self.check_tests(position, slot);
        self.take_up(position, given.into_iter().collect())
    }

    /// Adds the program that a person gave with an answer about another one, if it did. Returns its place, unless it is
    /// there already.
    fn give(&mut self, position: usize, slot: &Slot) -> Result<Option<Slot>, RunError> {
        let tree = self.tree(position);
        if slot.program_above().is_none() || tree.given_below(slot) > 0 {
            return Ok(None);
        }
        let Some(node) = tree.node(slot) else { return Ok(None) };
        let program = node.remark().and_then(|remark| Some((remark.fixed_program.clone()?, remark.author.clone())));
        let Some((text, author)) = program else { return Ok(None) };
        let model = node.model.as_deref().unwrap_or_default().to_owned();
        let given = slot.repair(0);
        self.learn(position, Event::Given { slot: given.clone(), text, model, author })?;
        Ok(Some(given))
    }
}

/// Whether somebody said it of a program, field by field: an answer to a prompt is read like anybody's.
fn is_of_a_row(remark: &Remark) -> bool {
    remark.satisfied.is_some()
        || remark.rating.is_some()
        || !remark.reasons.is_empty()
        || remark.text.is_some()
        || !remark.spans.is_empty()
        || remark.fixed_program.is_some()
}

/// The judgement in what came home.
fn judgement(result: Result<Reply, JudgeError>) -> Result<Judgement, JudgeError> {
    result.and_then(|reply| match reply {
        Reply::Judgement(judgement) => Ok(judgement),
        Reply::Seen(_) => Err(JudgeError::Gone),
    })
}

/// Sends home what the judge found, and says so if the judge drops it.
struct Homing {
    sender: mpsc::UnboundedSender<Judged>,
    parcel: Option<(Parcel, Option<Key>)>,
}

impl Homing {
    fn send(&mut self, result: Result<Reply, JudgeError>) {
        if let Some((parcel, key)) = self.parcel.take() {
            // A driver that is gone wants no judgement.
            let _ = self.sender.send(Judged { parcel, key, result });
        }
    }
}

impl Drop for Homing {
    fn drop(&mut self) {
        self.send(Err(JudgeError::Gone));
    }
}
