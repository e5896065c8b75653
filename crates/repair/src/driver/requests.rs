//! Requests: what waits, what the budget admits, and what becomes of an answer.

use super::{Driver, RunError};
use crate::feedback::observe;
use crate::prompt::{Answered, readable};
use crate::strategy::Critique;
use mend_core::{CallId, Entry, Event, Node, Role, Slot, Text, Tokens, TreeKey};
use mend_journal::{Journal, JournalError, Ticket};
use mend_model::{Answer, Message, Model, ModelError, Request, Reservation};
use std::sync::Arc;

/// What a request is about; slots that share it share a request. Requests leave in this order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Topic {
    /// The tree, by its position in the seeded order.
    pub(super) position: usize,
    pub(super) role: Role,
    /// The program that the prompt is about, or the critique of it.
    pub(super) about: Option<Slot>,
}

/// A request whose worst case is set aside.
pub(super) struct Admitted {
    position: usize,
    request: Request,
    model: Arc<dyn Model>,
    pub(super) reservation: Reservation,
}

/// A request that came back.
pub(super) struct Returned {
    call: CallId,
    admitted: Admitted,
    reply: Result<Reply, JournalError>,
}

enum Reply {
    /// An answer.
    Sampled {
        /// Already journalled.
        event: Event,
        cost: Tokens,
        is_empty: bool,
    },
    Failed(ModelError),
}

impl Driver<'_> {
    /// Reserves tokens for requests that wait.
    ///
    /// Under a budget, whether a request fits depends on what others turned out to cost. Requests are
    /// therefore admitted in rounds, in order, each round once all before it is settled and judged: any
    /// concurrency admits the same ones. Without a budget, as many as there are free connections.
    pub(super) fn admit(&mut self) -> Result<(), RunError> {
        let is_budgeted = self.ledger.remaining().is_some();
        let is_idle = self.answers.is_empty() && self.admitted.is_empty() && self.judging == 0;
        if is_budgeted && !is_idle {
            return Ok(());
        }
        while is_budgeted || self.answers.len() + self.admitted.len() < self.plan.concurrency.get() {
            let Some((topic, slots)) = self.asks.pop_first() else { break };
            let request = self.request(&topic, &slots)?;
            let model = self.plan.models.get(&topic.role).cloned().ok_or(RunError::NoModel(topic.role))?;
            let Ok(reservation) = self.ledger.reserve(model.worst_case(&request)) else {
                self.asks.insert(topic, slots);
                break;
            };
            self.admitted.push_back(Admitted { position: topic.position, request, model, reservation });
        }
        Ok(())
    }

    fn request(&self, topic: &Topic, slots: &[Slot]) -> Result<Request, RunError> {
        let problem = self.problem(topic.position);
        Ok(Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: self.tree(topic.position).key.replicate,
            seed: self.plan.seed,
            role: topic.role,
            slots: slots.to_vec(),
            messages: self.messages(topic)?,
            sampling: self.plan.sampling.clone(),
        })
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
        let failure = program.verdict().and_then(|verdict| observe(verdict, definition.see));
        let candidate = program.candidate.as_ref().and_then(|candidate| candidate.program.body()).cloned();
        let answer = Answered {
            // An answer without a program is shown as it came.
            text: &candidate.or_else(|| text(program)).unwrap_or_default(),
            failure: failure.as_ref(),
            critique: critique.as_deref(),
        };
        Ok(match topic.role {
            Role::Critic => self.prompts.critique(problem, &answer, definition.critique == Critique::All)?,
            Role::Coder | Role::Repairer => self.prompts.repair(problem, &answer)?,
        })
    }

    /// Journals admitted requests and lets them leave, as many as may be in flight.
    pub(super) fn send(&mut self) -> Result<(), RunError> {
        while self.answers.len() < self.plan.concurrency.get()
            && let Some(admitted) = self.admitted.pop_front()
        {
            let Admitted { position, request, model, reservation } = &admitted;
            let tree = self.tree(*position);
            let key = tree.key.clone();
            let call = tree.next_call(request.slots.first().expect("a request is for at least one slot"));
            let event = Event::Sent {
                call: call.clone(),
                slots: request.slots.clone(),
                role: request.role,
                model: model.identity().name,
                worst_cost: reservation.worst(),
                prompt: Text::new(readable(&request.messages)),
            };
            let entry = Entry { tree: Some(key.clone()), event };
            let sent = self.journal.append(&entry)?;
            self.apply(*position, &entry.event)?;
            let journal = self.journal;
            self.answers.push(Box::pin(async move {
                let reply = admitted.reply(&call, key, sent, journal).await;
                Returned { call, admitted, reply }
            }));
        }
        Ok(())
    }

    /// Applies what became of a request.
    pub(super) fn returned(&mut self, returned: Returned) -> Result<(), RunError> {
        let Returned { call, admitted, reply } = returned;
        let Admitted { position, request, reservation, .. } = admitted;
        // Without an answer the reservation is dropped, which charges its worst case.
        match reply? {
            Reply::Sampled { event, cost, is_empty } => {
                reservation.settle(cost);
                self.apply(position, &event)?;
                if is_empty {
                    self.give_up(position, &request.slots, "the model returned no completion")?;
                }
            }
            Reply::Failed(error) => {
                let (charged, why) = (reservation.worst(), error.to_string());
                self.learn(position, Event::Lost { call, charged, why: why.clone() })?;
                self.give_up(position, &request.slots, &why)?;
            }
        }
        // Slots beyond those that got a completion are enabled again.
        self.came_home(position, &request.slots);
        self.look(position)
    }

    fn give_up(&mut self, position: usize, slots: &[Slot], why: &str) -> Result<(), RunError> {
        for slot in slots {
            self.learn(position, Event::Unscored { slot: slot.clone(), candidate: None, why: why.to_owned() })?;
        }
        Ok(())
    }
}

fn parent(slot: &Slot) -> Slot {
    slot.parent().expect("a critique stands below its program")
}

impl Admitted {
    /// Asks the model, with the request on the disk before it leaves and the answer on the disk before it is used.
    async fn reply(
        &self,
        call: &CallId,
        tree: TreeKey,
        sent: Ticket,
        journal: &Journal,
    ) -> Result<Reply, JournalError> {
        // A free answer that is lost is asked for again at no cost: nobody waits for the disk.
        let is_paid = !self.model.is_free();
        if is_paid {
            sent.durable().await?;
        }
        let mut answer = match self.model.complete(&self.request).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Reply::Failed(error)),
        };
        let asked = self.request.slots.len();
        if answer.completions.len() > asked {
            // The tree has no place for them, and a journal that holds them could not be read again.
            tracing::warn!(%call, asked, got = answer.completions.len(), "completions beyond those asked for are dropped");
            answer.completions.truncate(asked);
        }
        let is_empty = answer.completions.is_empty();
        let cost = self.cost(&answer);
        let event = Event::Sampled { call: call.clone(), completions: answer.completions, usage: answer.usage, cost };
        let entry = Entry { tree: Some(tree), event };
        let sampled = journal.append(&entry)?;
        if is_paid {
            sampled.durable().await?;
        }
        Ok(Reply::Sampled { event: entry.event, cost, is_empty })
    }

    /// What the ledger charges for an answer. What the provider did not report is charged at its worst; a model that
    /// bills nothing costs nothing, whatever it reports.
    fn cost(&self, answer: &Answer) -> Tokens {
        match self.reservation.worst() {
            Tokens(0) => Tokens(0),
            worst => answer.usage.billed().unwrap_or(worst),
        }
    }
}
