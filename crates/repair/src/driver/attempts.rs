//! The attempts at one request: each is written down before it leaves, and so is what became of it.

use crate::prompt::readable;
use mend_core::{CallId, Cost, Entry, Event, Text, TreeKey};
use mend_journal::{Journal, JournalError};
use mend_model::{Answer, Ledger, Model, ModelError, Request, Reservation, Retries};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// A request whose worst case is set aside.
pub(super) struct Admitted {
    pub(super) position: usize,
    pub(super) tree: TreeKey,
    pub(super) request: Request,
    pub(super) model: Arc<dyn Model>,
    /// `None` once it is settled.
    pub(super) reservation: Option<Reservation>,
    pub(super) retries: Retries,
    /// How often the first of its nodes was asked for before.
    pub(super) attempt: u32,
}

impl Admitted {
    /// Frees what was set aside: nothing left, or what left is settled.
    pub(super) fn release(&mut self) {
        self.settle(Cost::ZERO);
    }

    fn settle(&mut self, cost: Cost) {
        if let Some(reservation) = self.reservation.take() {
            reservation.settle(cost);
        }
    }
}

/// What all attempts share.
#[derive(Clone)]
pub(super) struct Surroundings<'a> {
    pub(super) journal: &'a Journal,
    pub(super) ledger: &'a Ledger,
    /// Becomes true when nothing new may leave.
    pub(super) stopping: watch::Receiver<bool>,
    /// Answers so far, to any request.
    pub(super) answers: Arc<AtomicU64>,
}

/// A request that came back.
pub(super) struct Returned {
    pub(super) admitted: Admitted,
    /// Already journalled, in order.
    pub(super) events: Vec<Event>,
    pub(super) reply: Result<Reply, JournalError>,
}

pub(super) enum Reply {
    /// An answer.
    Sampled {
        /// Whether there is no completion in it.
        is_empty: bool,
    },
    /// No answer, and no further attempt.
    Failed {
        error: ModelError,
        /// Whether others were answered since the last attempt began.
        others_work: bool,
    },
    /// No answer yet: the run stops, or the budget decides anew.
    Postponed,
}

/// Asks until there is an answer, or no further attempt is to be made.
pub(super) async fn ask(mut admitted: Admitted, mut around: Surroundings<'_>) -> Returned {
    let mut events = Vec::new();
    let reply = admitted.attempts(&mut around, &mut events).await;
    Returned { admitted, events, reply }
}

impl Admitted {
    async fn attempts(
        &mut self,
        around: &mut Surroundings<'_>,
        events: &mut Vec<Event>,
    ) -> Result<Reply, JournalError> {
        let journal = around.journal;
        loop {
            let turn = tokio::select! {
                biased;
                () = stops(&mut around.stopping) => return Ok(Reply::Postponed),
                turn = self.model.turn(&self.request) => turn,
            };
            let answered_before = around.answers.load(Ordering::Relaxed);
            let call = CallId::new(self.request.slots.first().expect("a request is for a node"), self.attempt);
            self.attempt += 1;
            let worst = self.reservation.as_ref().map(Reservation::worst).unwrap_or_default();
            let sent = Event::Sent {
                call: call.clone(),
                slots: self.request.slots.clone(),
                seat: self.request.seat,
                model: self.model.identity().name,
                worst_cost: worst,
                prompt: Text::new(readable(&self.request.messages)),
                template: None,
                shows: vec![],
            };
            let ticket = journal.append(&self.entry(&sent))?;
            events.push(sent);
            // A free answer that is lost is asked for again at no cost: nobody waits for the disk.
            let is_paid = !self.model.is_free();
            if is_paid {
                ticket.durable().await?;
            }
            let outcome = self.model.complete(&self.request).await;
            drop(turn);
            let error = match outcome {
                Ok(answer) => {
                    around.answers.fetch_add(1, Ordering::Relaxed);
                    return self.answered(answer, call, journal, events).await;
                }
                Err(error) => error,
            };
            let why = error.to_string();
            let event = if error.may_be_billed() {
                // What the ledger charges is what the journal says: both at the worst case.
                self.settle(worst);
                Event::Lost { call, charged: worst, why }
            } else {
                Event::Refused { call, why }
            };
            journal.append(&self.entry(&event))?;
            events.push(event);
            let Some(pause) = self.retries.pause_after(&error) else {
                let others_work = around.answers.load(Ordering::Relaxed) > answered_before;
                return Ok(Reply::Failed { error, others_work });
            };
            tracing::info!(%error, ?pause, "asking again");
            tokio::select! {
                biased;
                () = stops(&mut around.stopping) => return Ok(Reply::Postponed),
                () = tokio::time::sleep(pause) => {}
            }
            if self.reservation.is_none() {
                if around.ledger.limits().any() {
                    // Whether another attempt fits is decided like all else: in order, in the next round.
                    return Ok(Reply::Postponed);
                }
                let Ok(reservation) = around.ledger.reserve(self.model.worst_case(&self.request)) else {
                    return Ok(Reply::Postponed);
                };
                self.reservation = Some(reservation);
            }
        }
    }

    /// Writes an answer down, and waits until it is durable if it was paid for.
    async fn answered(
        &mut self,
        mut answer: Answer,
        call: CallId,
        journal: &Journal,
        events: &mut Vec<Event>,
    ) -> Result<Reply, JournalError> {
        let asked = self.request.slots.len();
        if answer.completions.len() > asked {
            // The tree has no place for them, and a journal that holds them could not be read again.
            tracing::warn!(%call, asked, got = answer.completions.len(), "completions beyond those asked for are dropped");
            answer.completions.truncate(asked);
        }
        let is_empty = answer.completions.is_empty();
        let cost = self.cost(&answer);
        let event = Event::Sampled { call, completions: answer.completions, usage: answer.usage, cost };
        let ticket = journal.append(&self.entry(&event))?;
        if !self.model.is_free() {
            ticket.durable().await?;
        }
        events.push(event);
        self.settle(cost);
        Ok(Reply::Sampled { is_empty })
    }

    /// What the ledger charges for an answer. What the provider did not report is charged at its worst; a model that
    /// bills nothing costs nothing, whatever it reports.
    fn cost(&self, answer: &Answer) -> Cost {
        let worst = self.reservation.as_ref().map(Reservation::worst).unwrap_or_default();
        let Some(cost) = answer.cost.filter(|_| !worst.is_zero()) else { return worst };
        let exceeds = cost.tokens > worst.tokens || cost.usd > worst.usd;
        if exceeds {
            tracing::warn!(%cost, %worst, model = self.model.identity().name, "the provider bills more than it was allowed to");
        }
        cost
    }

    fn entry(&self, event: &Event) -> Entry {
        Entry { tree: Some(self.tree.clone()), event: event.clone() }
    }
}

/// Waits until nothing new may leave.
async fn stops(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stops| *stops).await.is_err() {
        // The driver is gone, and this future with it.
        std::future::pending::<()>().await;
    }
}
