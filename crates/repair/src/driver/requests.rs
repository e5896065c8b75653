//! Requests: what waits, what the budget admits, and what becomes of an answer.

use super::attempts::{Admitted, NoFurther, Reply, Returned, Surroundings, ask};
use super::{Driver, RunError};
use crate::feedback::{VALUE_LIMIT, observe};
use crate::prompt::Answered;
use crate::strategy::Critique;
use mend_core::{Cause, Cost, Digest, Event, Node, Seat, Slot};
use mend_model::{Kind, Message, ModelError, Request, Retries, Then};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a request is about; slots that share it share a request. Requests leave in this order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Topic {
    /// The tree, by its position in the seeded order.
    pub(super) position: usize,
    pub(super) seat: Seat,
    /// The program that the prompt is about, or the critique of it.
    pub(super) about: Option<Slot>,
}

/// What became of an attempt to admit a request.
enum Admission {
    Admitted(Cost),
    /// The budget has no room for it.
    OverBudget,
    /// Its problem's own limit has no room for it.
    OverProblemLimit,
}

impl Driver<'_> {
    /// Reserves the worst case of requests that wait. Returns whether a tree ended at its limit, so that others may
    /// begin.
    ///
    /// Under a budget, whether a request fits depends on what others turned out to cost. Requests are
    /// therefore admitted in rounds, in order, each round once all before it is settled and judged: any
    /// concurrency admits the same ones. Under a limit for each problem the same holds within each tree. Without
    /// either, as many are admitted as there are free connections.
    pub(super) fn admit(&mut self) -> Result<bool, RunError> {
        let is_budgeted = self.ledger.limits().any();
        if !is_budgeted && !self.plan.problem_limits.any() {
            while self.answers.len() + self.admitted.len() < self.at_once()
                && let Some((topic, slots)) = self.asks.pop_first()
            {
                self.admit_first(&topic, slots, Cost::ZERO)?;
            }
            return Ok(false);
        }
        let is_idle = self.answers.is_empty() && self.admitted.is_empty() && self.judging == 0;
        if is_budgeted && !is_idle {
            return Ok(false);
        }
        let is_open = |position: &usize| self.in_flight[*position] == 0;
        let open: BTreeSet<usize> = self.asks.keys().map(|topic| topic.position).filter(is_open).collect();
        // What is set aside in this round, by tree.
        let mut reserved: BTreeMap<usize, Cost> = BTreeMap::new();
        let mut full = BTreeSet::new();
        let topics: Vec<Topic> = self.asks.keys().filter(|topic| open.contains(&topic.position)).cloned().collect();
        let mut has_ended = false;
        for topic in topics {
            while !full.contains(&topic.position)
                && let Some(slots) = self.asks.remove(&topic)
            {
                let of_tree = reserved.get(&topic.position).copied();
                match self.admit_first(&topic, slots, of_tree.unwrap_or_default())? {
                    Admission::Admitted(worst) => *reserved.entry(topic.position).or_default() += worst,
                    // The order is the order: nothing overtakes.
                    Admission::OverBudget => return Ok(has_ended),
                    Admission::OverProblemLimit => {
                        full.insert(topic.position);
                        if of_tree.is_none() {
                            self.end_at_limit(topic.position)?;
                            has_ended = true;
                        }
                    }
                }
            }
        }
        Ok(has_ended)
    }

    /// Admits one request for the first of some nodes, as many as its model takes at once; the others wait on.
    fn admit_first(&mut self, topic: &Topic, mut slots: Vec<Slot>, reserved: Cost) -> Result<Admission, RunError> {
        let position = topic.position;
        let model = self.plan.models.get(&topic.seat).cloned().ok_or(RunError::NoModel(topic.seat))?;
        let mut rest = slots.split_off(slots.len().min(model.per_request().max(1)));
        let request = self.request(topic, &slots)?;
        let worst = model.worst_case(&request);
        let taken = self.tree(position).spent() + reserved;
        let fits_problem = self.plan.problem_limits.check(taken, worst).is_ok();
        let reservation = if fits_problem { self.ledger.reserve(worst).ok() } else { None };
        if reservation.is_none() {
            slots.append(&mut rest);
            self.asks.insert(topic.clone(), slots);
            return Ok(if fits_problem { Admission::OverBudget } else { Admission::OverProblemLimit });
        }
        if !rest.is_empty() {
            self.asks.insert(topic.clone(), rest);
        }
        let first = slots.first().expect("a request is for a node").clone();
        let tree = self.tree(position);
        let (attempt, tree) = (tree.times_sent(&first), tree.key.clone());
        let retries = self.retries.remove(&(position, first)).unwrap_or_else(|| Retries::new(&model.patience()));
        self.in_flight[position] += 1;
        self.admitted.push_back(Admitted { position, tree, request, model, reservation, retries, attempt });
        Ok(Admission::Admitted(worst))
    }

    /// A tree whose limit allows no further request is done with what it has.
    fn end_at_limit(&mut self, position: usize) -> Result<(), RunError> {
        let (asks, others) =
            std::mem::take(&mut self.asks).into_iter().partition(|(topic, _)| topic.position == position);
        self.asks = others;
        let asks: BTreeMap<Topic, Vec<Slot>> = asks;
        for slots in asks.values() {
            self.came_home(position, slots);
        }
        self.at_limit.insert(position);
        self.progress.at_limit += 1;
        self.look(position)
    }

    fn request(&self, topic: &Topic, slots: &[Slot]) -> Result<Request, RunError> {
        let problem = self.problem(topic.position);
        Ok(Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: self.tree(topic.position).key.replicate,
            seed: self.plan.seed,
            seat: topic.seat,
            slots: slots.to_vec(),
            messages: self.messages(topic)?,
            program: self.program(topic),
            sampling: self.plan.sampling.clone(),
        })
    }

    /// The program that a request is about.
    fn program(&self, topic: &Topic) -> Option<Digest> {
        let about = topic.about.as_ref()?;
        let slot = if about.is_program() { about.clone() } else { parent(about) };
        Some(self.tree(topic.position).node(&slot)?.candidate.as_ref()?.program.digest())
    }

    fn messages(&self, topic: &Topic) -> Result<Vec<Message>, RunError> {
        let problem = self.problem(topic.position);
        let Some(about) = &topic.about else { return Ok(self.prompts.program(problem)?) };
        // A repair is asked for below a program, or below a critique of it.
        let (program, critique) = if about.is_program() { (about.clone(), None) } else { (parent(about), Some(about)) };
        let node = |slot| self.tree(topic.position).node(slot).expect("a strategy asks about nodes that are there");
        let text = |node: &Node| node.completion.as_ref().and_then(|completion| completion.text.body()).cloned();
        let (program, critique) = (node(&program), critique.and_then(|slot| text(node(slot))));
        let definition = self.plan.strategy.definition();
        let failure = program.verdict().and_then(|verdict| observe(verdict, definition.see.suites(), VALUE_LIMIT));
        let candidate = program.candidate.as_ref().and_then(|candidate| candidate.program.body()).cloned();
        let answer = Answered {
            // An answer without a program is shown as it came.
            text: &candidate.or_else(|| text(program)).unwrap_or_default(),
            failure: failure.as_ref(),
            critique: critique.as_deref(),
        };
        Ok(match topic.seat {
            Seat::CRITIC => self.prompts.critique(problem, &answer, definition.critique == Critique::All)?,
            _ => self.prompts.repair(problem, &answer)?,
        })
    }

    /// Requests that wait for their turn, are on their way or are being written down. More than there are connections,
    /// so that none lies idle while an answer is written down; a model's turns see to it that no more leave.
    fn at_once(&self) -> usize {
        let connections = self.plan.concurrency.get();
        connections + connections.div_ceil(2)
    }

    /// Lets admitted requests leave, as many as may be in flight.
    pub(super) fn send(&mut self) {
        while self.answers.len() < self.at_once()
            && let Some(admitted) = self.admitted.pop_front()
        {
            let around = Surroundings {
                journal: self.journal,
                ledger: self.ledger,
                stopping: self.stopping.clone(),
                answers: Arc::clone(&self.answered),
                lost: Arc::clone(&self.lost),
                was_ever_answered: self.was_ever_answered,
                is_budgeted: self.ledger.limits().any() || self.plan.problem_limits.any(),
                reports: self.reports_sender.clone(),
            };
            self.answers.push(Box::pin(ask(admitted, around)));
        }
    }

    /// Applies what became of a request.
    pub(super) fn returned(&mut self, returned: Returned) -> Result<(), RunError> {
        let Returned { mut admitted, events, reply, overrun } = returned;
        self.overrun = self.overrun.take().or(overrun);
        let position = admitted.position;
        self.in_flight[position] -= 1;
        for event in &events {
            self.apply(position, event)?;
        }
        // Where the journal failed nobody knows what was billed: the reservation is dropped, which charges its worst.
        let reply = reply?;
        admitted.release();
        let slots = std::mem::take(&mut admitted.request.slots);
        match reply {
            Reply::Sampled { is_empty: false } => {}
            Reply::Sampled { is_empty: true } => {
                self.give_up(&admitted, &slots, "the model returned no completion")?;
            }
            Reply::Failed { error: ModelError::NoFeedback { .. }, .. } => {
                // Somebody may write it until the run is resumed: the nodes stay as they are.
                self.progress.waiting += slots.len() as u64;
                return Ok(());
            }
            Reply::Failed { error, because } => match because {
                NoFurther::NothingAnswered => return Err(RunError::NothingAnswered(error)),
                NoFurther::AskedToWait(wait) => return Err(RunError::AsksToWait { error, wait }),
                NoFurther::Spent { others_work } if self.is_hopeless(&error, others_work, &admitted) => {
                    self.give_up(&admitted, &slots, &error.to_string())?;
                }
                NoFurther::Spent { .. } => return Err(RunError::Model(error)),
            },
            Reply::Postponed => {
                if let Some(first) = slots.first() {
                    self.retries.insert((position, first.clone()), admitted.retries);
                }
            }
        }
        // Slots beyond those that got a completion are enabled again.
        self.came_home(position, &slots);
        self.look(position)
    }

    /// Whether it is this request that fails, and not the model as a whole.
    fn is_hopeless(&self, error: &ModelError, others_work: bool, admitted: &Admitted) -> bool {
        let ModelError::Provider(failure) = error else { return error.then() == Then::GiveUp };
        match error.then() {
            Then::Stop => false,
            Then::GiveUp => self.was_ever_answered || self.answered.load(Ordering::Relaxed) > 0,
            // A request that the server fails at over two sessions is not worth a third.
            Then::Retry => {
                let is_persistent = admitted.attempt >= 2 * admitted.model.patience().attempts;
                others_work || (is_persistent && failure.kind != Kind::Unreachable)
            }
        }
    }

    /// Nodes that nobody asks for again.
    fn give_up(&mut self, admitted: &Admitted, slots: &[Slot], why: &str) -> Result<(), RunError> {
        let request = Request { slots: slots.to_vec(), ..admitted.request.clone() };
        admitted.model.gave_up(&request, why);
        for slot in slots {
            let cause = Some(Cause::NoAnswer);
            let event = Event::Unscored { slot: slot.clone(), candidate: None, why: why.to_owned(), cause };
            self.learn(admitted.position, event)?;
        }
        Ok(())
    }
}

fn parent(slot: &Slot) -> Slot {
    slot.parent().expect("a critique stands below its program")
}
