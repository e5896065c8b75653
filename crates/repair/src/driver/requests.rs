//! Requests: what waits, what the budget admits, and what becomes of an answer.

use super::attempts::{Admitted, NoFurther, Reply, Returned, Surroundings, ask};
use super::judgements::{Held, Turn};
use super::{Driver, RunError, Spot};
use crate::cluster::Failing;
use crate::script::Ask;
use mend_core::{
    Cause, Digest, Effort, Event, Minutes, Outlay, Slot, Source, is_question, observes, speaks_for_people,
};
use mend_model::{AskedAbout, Kind, Model, ModelError, Request, Retries, Taken, Then, likeness};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What became of an attempt to admit a request, or a program's execution.
enum Admission {
    Admitted(Outlay),
    /// The budget has no room for it.
    OverBudget,
    /// Its problem's own limit has no room for it.
    OverProblemLimit,
}

impl Driver<'_> {
    /// Reserves the worst case of requests that wait. Returns whether there is more to do at once: a tree ended at its
    /// limit, so that others may begin, or an execution may go to the judge.
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
                self.admit_first(spot, ask, Outlay::ZERO)?;
            }
            return Ok(false);
        }
        let is_idle = self.answers.is_empty() && self.admitted.is_empty() && self.judging == 0;
        if is_budgeted && !is_idle {
            return Ok(false);
        }
        let is_open = |position: &usize| self.trees[*position].in_flight == 0;
        let waiting: BTreeSet<Spot> = self.asks.keys().chain(self.held.keys()).cloned().collect();
        let open: BTreeSet<usize> = waiting.iter().map(|spot| spot.0).filter(is_open).collect();
        // What is set aside in this round, by tree.
        let mut reserved: BTreeMap<usize, Outlay> = BTreeMap::new();
        let mut full = BTreeSet::new();
        let spots: Vec<Spot> = waiting.into_iter().filter(|spot| open.contains(&spot.0)).collect();
        let mut goes_on = false;
        // Where observations are limited, a prompt shows no execution that is on its way: in one round a tree gets either.
        let mut held_in: BTreeMap<usize, bool> = BTreeMap::new();
        for spot in spots {
            let position = spot.0;
            let is_held = self.held.contains_key(&spot);
            if self.limits_observations() && *held_in.entry(position).or_insert(is_held) != is_held {
                full.insert(position);
            }
            while !full.contains(&position) {
                let of_tree = reserved.get(&position).copied();
                let taken = of_tree.unwrap_or_default();
                let admission = if let Some(held) = self.held.remove(&spot) {
                    self.admit_held(&spot, held, taken)?
                } else if let Some(ask) = self.asks.remove(&spot) {
                    self.admit_first(spot.clone(), ask, taken)?
                } else {
                    break;
                };
                match admission {
                    Admission::Admitted(worst) => {
                        // Something is there for the judge.
                        goes_on |= is_held;
                        *reserved.entry(position).or_default() += worst;
                    }
                    // The order is the order: nothing overtakes.
                    Admission::OverBudget => return Ok(goes_on),
                    Admission::OverProblemLimit => {
                        full.insert(position);
                        if of_tree.is_none() {
                            self.end_at_limit(position)?;
                            goes_on = true;
                        }
                    }
                }
            }
        }
        Ok(goes_on)
    }

    /// Admits the execution of a program that a limit on executions holds back. It is charged at once: nothing can come to
    /// nothing on its way.
    fn admit_held(&mut self, spot: &Spot, held: Held, reserved: Outlay) -> Result<Admission, RunError> {
        let position = spot.0;
        let executions = held.executions();
        let is_shown = held.slot().is_some_and(|slot| self.tree(position).is_shown(slot));
        let observations = if is_shown { executions } else { 0 };
        let worst = Outlay::from(Effort { observations, ..Effort::of_executions(executions) });
        let fits_problem = self.fits_problem(position, reserved, worst);
        let reservation = if fits_problem { self.ledger.reserve(worst).ok() } else { None };
        let Some(reservation) = reservation else {
            self.held.insert(spot.clone(), held);
            return Ok(if fits_problem { Admission::OverBudget } else { Admission::OverProblemLimit });
        };
        reservation.settle(worst);
        match held {
            Held::Execution(execution) => {
                self.trees[position].in_flight += execution.promised();
                self.executions.insert((position, Turn::Act(spot.1.clone())), execution);
            }
            Held::Made(event) => self.make(position, vec![event])?,
        }
        Ok(Admission::Admitted(worst))
    }

    /// Whether something fits into what may be spent on its tree, on top of what is set aside in this round.
    fn fits_problem(&self, position: usize, reserved: Outlay, worst: Outlay) -> bool {
        let budget = &self.plan.problem_budget;
        if !budget.any() {
            return true;
        }
        let tree = self.tree(position);
        let effort = if budget.effort.any() { tree.effort() } else { Effort::ZERO };
        budget.check(Outlay { cost: tree.spent(), effort } + reserved, worst).is_ok()
    }

    /// What a request may take at worst. What is not limited beside tokens and money is not counted here.
    fn worst(&self, position: usize, ask: &Ask, model: &dyn Model, request: &Request) -> Outlay {
        let cost = model.worst_case(request);
        if !self.limits_effort() {
            return cost.into();
        }
        let name = model.identity().name;
        let tree = self.tree(position);
        let programs = request.slots.iter().filter(|slot| slot.is_program()).count() as u64;
        let mut effort = Effort { calls: 1, executions: programs, ..Effort::ZERO };
        effort.observations = u64::from(observes(request.seat)) + tree.newly_shown(&ask.shows);
        if is_question(Some(request.seat), Some(&name)) {
            if speaks_for_people(&name) {
                for taken in model.takes(request) {
                    effort += self.of_row(&name, &taken);
                }
            } else {
                let count = request.slots.len() as u64;
                effort.questions = count;
                effort.minutes = Minutes::OF_A_SIMULATION.times(count);
            }
        }
        Outlay { cost, effort }
    }

    /// What an answer takes that a person wrote down. The time for a row counts once, however many nodes it answers.
    fn of_row(&self, model: &str, taken: &Taken) -> Effort {
        let minutes = match taken.source {
            Source::Propagated => return Effort::ZERO,
            Source::Simulated => Minutes::OF_A_SIMULATION,
            Source::Human if self.rows.contains(&(model.to_owned(), taken.row)) => Minutes::ZERO,
            Source::Human => taken.minutes.unwrap_or_default(),
        };
        Effort { questions: 1, minutes, executions: u64::from(taken.gives_program), ..Effort::ZERO }
    }

    /// Admits one request for the first of some nodes, as many as its model takes at once; the others wait on.
    fn admit_first(&mut self, spot: Spot, mut ask: Ask, reserved: Outlay) -> Result<Admission, RunError> {
        let position = spot.0;
        let model = self.plan.models.get(&ask.seat).cloned().ok_or(RunError::NoModel(ask.seat))?;
        let rest = ask.slots.split_off(ask.slots.len().min(model.per_request().max(1)));
        let request = self.request(position, &ask)?;
        let worst = self.worst(position, &ask, &*model, &request);
        let fits_problem = self.fits_problem(position, reserved, worst);
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
        let rows: Vec<(String, Digest)> = if self.limits_effort() {
            let name = model.identity().name;
            model.takes(&request).into_iter().map(|taken| (name.clone(), taken.row)).collect()
        } else {
            Vec::new()
        };
        self.rows.extend(rows);
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
        self.held.retain(|spot, _| spot.0 != position);
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
            program: ask.program(tree).and_then(|node| {
                let text = node.candidate.as_ref()?.program.clone();
                let failing = Failing::of(node, self.plan.strategy.header());
                let of = |failing: &Failing| likeness(&problem.statement, failing.status.as_str(), &failing.line);
                let likeness = failing.as_ref().map_or_else(|| likeness(&problem.statement, "passed", ""), of);
                Some(AskedAbout { text, cluster: failing.map(|failing| failing.cluster(&problem.id)), likeness })
            }),
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
                reins: self.reins.clone(),
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
        if self.limits_effort() && !matches!(reply, Reply::Sampled { .. }) {
            let name = admitted.model.identity().name;
            for taken in admitted.model.takes(&admitted.request) {
                self.rows.remove(&(name.clone(), taken.row));
            }
        }
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
