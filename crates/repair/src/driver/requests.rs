//! Requests: what waits, what the budget admits, and what becomes of an answer.

use super::attempts::{Admitted, NoFurther, Reply, Returned, Surroundings, ask};
use super::{Driver, RunError, Spot};
use crate::script::Ask;
use mend_core::{Cause, Cost, Event, Slot};
use mend_model::{Kind, ModelError, Request, Retries, Then};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

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
        let is_budgeted = self.ledger.budget().any();
        if !is_budgeted && !self.plan.problem_budget.any() {
            while self.answers.len() + self.admitted.len() < self.at_once()
                && let Some((spot, ask)) = self.asks.pop_first()
            {
                self.admit_first(spot, ask, Cost::ZERO)?;
            }
            return Ok(false);
        }
        let is_idle = self.answers.is_empty() && self.admitted.is_empty() && self.judging == 0;
        if is_budgeted && !is_idle {
            return Ok(false);
        }
        let is_open = |position: &usize| self.trees[*position].in_flight == 0;
        let open: BTreeSet<usize> = self.asks.keys().map(|spot| spot.0).filter(is_open).collect();
        // What is set aside in this round, by tree.
        let mut reserved: BTreeMap<usize, Cost> = BTreeMap::new();
        let mut full = BTreeSet::new();
        let spots: Vec<Spot> = self.asks.keys().filter(|spot| open.contains(&spot.0)).cloned().collect();
        let mut has_ended = false;
        for spot in spots {
            let position = spot.0;
            while !full.contains(&position)
                && let Some(ask) = self.asks.remove(&spot)
            {
                let of_tree = reserved.get(&position).copied();
                match self.admit_first(spot.clone(), ask, of_tree.unwrap_or_default())? {
                    Admission::Admitted(worst) => *reserved.entry(position).or_default() += worst,
                    // The order is the order: nothing overtakes.
                    Admission::OverBudget => return Ok(has_ended),
                    Admission::OverProblemLimit => {
                        full.insert(position);
                        if of_tree.is_none() {
                            self.end_at_limit(position)?;
                            has_ended = true;
                        }
                    }
                }
            }
        }
        Ok(has_ended)
    }

    /// Admits one request for the first of some nodes, as many as its model takes at once; the others wait on.
    fn admit_first(&mut self, spot: Spot, mut ask: Ask, reserved: Cost) -> Result<Admission, RunError> {
        let position = spot.0;
        let model = self.plan.models.get(&ask.seat).cloned().ok_or(RunError::NoModel(ask.seat))?;
        let rest = ask.slots.split_off(ask.slots.len().min(model.per_request().max(1)));
        let request = self.request(position, &ask)?;
        let worst = model.worst_case(&request);
        let taken = self.tree(position).spent() + reserved;
        let fits_problem = self.plan.problem_budget.check(taken, worst).is_ok();
        let reservation = if fits_problem { self.ledger.reserve(worst).ok() } else { None };
        if reservation.is_none() {
            ask.slots.extend(rest);
            self.asks.insert(spot, ask);
            return Ok(if fits_problem { Admission::OverBudget } else { Admission::OverProblemLimit });
        }
        if !rest.is_empty() {
            self.asks.insert(spot.clone(), Ask { slots: rest, ..ask.clone() });
        }
        let first = ask.slots.first().expect("a request is for a node").clone();
        let tree = self.tree(position);
        let (attempt, tree) = (tree.times_sent(&first), tree.key.clone());
        let growing = &mut self.trees[position];
        let retries = growing.retries.remove(&first).unwrap_or_else(|| Retries::new(&model.patience()));
        growing.in_flight += 1;
        self.admitted.push_back(Admitted {
            spot,
            ask,
            tree,
            request,
            model,
            reservation,
            retries,
            attempt,
            shortened: 0,
        });
        Ok(Admission::Admitted(worst))
    }

    /// A tree whose limit allows no further request is done with what it has.
    fn end_at_limit(&mut self, position: usize) -> Result<(), RunError> {
        self.asks.retain(|spot, _| spot.0 != position);
        self.trees[position].is_at_limit = true;
        self.progress.at_limit += 1;
        self.look(position)
    }

    fn request(&self, position: usize, ask: &Ask) -> Result<Request, RunError> {
        let (problem, tree) = (self.problem(position), self.tree(position));
        let sampling = self.plan.sampling.get(&ask.seat).ok_or(RunError::NoModel(ask.seat))?;
        Ok(Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: tree.key.replicate,
            seed: self.plan.seed,
            seat: ask.seat,
            slots: ask.slots.clone(),
            messages: ask.messages.to_vec(),
            program: ask.program(tree),
            first: ask.first,
            sampling: ask.terms.sampling.over(sampling),
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
                is_budgeted: self.ledger.budget().any() || self.plan.problem_budget.any(),
                reports: self.reports_sender.clone(),
            };
            self.answers.push(Box::pin(ask(admitted, around)));
        }
    }

    /// Applies what became of a request.
    pub(super) fn returned(&mut self, returned: Returned) -> Result<(), RunError> {
        let Returned { mut admitted, events, reply, overrun } = returned;
        self.overrun = self.overrun.take().or(overrun);
        let position = admitted.spot.0;
        self.trees[position].in_flight -= 1;
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
            Reply::Failed { error, .. } if error.waits_for_people() => {
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
                    self.trees[position].retries.insert(first.clone(), admitted.retries);
                }
            }
        }
        let tree = self.tree(position);
        let (there, missing): (Vec<Slot>, Vec<Slot>) = slots.into_iter().partition(|slot| tree.node(slot).is_some());
        let is_open = |slot: &Slot| tree.node(slot).is_some_and(|node| node.outcome.is_none());
        let open = there.into_iter().filter(is_open).collect();
        self.take_up(position, open)?;
        // Slots beyond those that got a completion are asked for again.
        if !missing.is_empty() && !self.trees[position].is_at_limit {
            let rest = self.asks.remove(&admitted.spot).map(|ask| ask.slots).unwrap_or_default();
            let slots = missing.into_iter().chain(rest).collect();
            self.asks.insert(admitted.spot.clone(), Ask { slots, ..admitted.ask.clone() });
        }
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
            self.learn(admitted.spot.0, event)?;
        }
        Ok(())
    }
}
