//! The attempts at one request: each is written down before it leaves, and so is what became of it.

use super::Spot;
use super::ended::Overrun;
use super::reins::Reins;
use super::report::{Report, Retrying};
use crate::prompt::readable;
use crate::script::Ask;
use mend_core::{CallId, Cost, Effort, Entry, Event, Outlay, Text, Tokens, TreeKey};
use mend_journal::{Journal, JournalError};
use mend_model::{Answer, Ledger, Model, ModelError, Request, Reservation, Retries, Retry, Turn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long a request waits for its turn before it is told why.
const TOLD_AFTER: Duration = Duration::from_secs(3);

/// A request whose worst case is set aside.
pub(super) struct Admitted {
    /// Where the script asks for it.
    pub(super) spot: Spot,
    /// What the script asks for.
    pub(super) ask: Ask,
    pub(super) tree: TreeKey,
    pub(super) request: Request,
    pub(super) model: Arc<dyn Model>,
    /// `None` once it is settled.
    pub(super) reservation: Option<Reservation>,
    pub(super) retries: Retries,
    /// How often the first of its nodes was asked for before.
    pub(super) attempt: u32,
    /// How often it was asked again with a smaller limit, because it does not fit into the model's context.
    pub(super) shortened: u32,
}

impl Admitted {
    /// Frees what was set aside: nothing left, or what left is settled.
    pub(super) fn release(&mut self) {
        self.settle(Cost::ZERO, |_| Effort::ZERO);
    }

    /// Charges what it cost, and of the effort that was set aside what it came to.
    fn settle(&mut self, cost: Cost, effort: impl FnOnce(Effort) -> Effort) {
        if let Some(reservation) = self.reservation.take() {
            let effort = effort(reservation.effort());
            reservation.settle(Outlay { cost, effort });
        }
    }
}

/// What all attempts share.
#[derive(Clone)]
pub(super) struct Surroundings<'a> {
    pub(super) journal: &'a Journal,
    pub(super) ledger: &'a Ledger,
    /// Becomes true when nothing new may leave. Whoever sees a budget overrun says so at once: before its connection is
    /// free for the next request.
    pub(super) stopping: watch::Sender<bool>,
    /// Whether nothing leaves for now.
    pub(super) reins: Reins,
    /// Answers so far, to any request.
    pub(super) answers: Arc<AtomicU64>,
    /// Tokens charged for requests that came to nothing.
    pub(super) lost: Arc<AtomicU64>,
    /// Whether an earlier session got any answer.
    pub(super) was_ever_answered: bool,
    /// Whether a budget is to be kept, of the run or of each problem.
    pub(super) is_budgeted: bool,
    /// Where reports go.
    pub(super) reports: mpsc::UnboundedSender<Report>,
}

impl Surroundings<'_> {
    fn tell(&self, report: Report) {
        // A driver that is gone has nobody to tell.
        let _ = self.reports.send(report);
    }

    /// Waits until nothing new may leave.
    async fn stops(&self) {
        // There is a sender as long as somebody waits.
        let _ = self.stopping.subscribe().wait_for(|stops| *stops).await;
    }
}

/// A request that came back.
pub(super) struct Returned {
    pub(super) admitted: Admitted,
    /// Already journalled, in order.
    pub(super) events: Vec<Event>,
    pub(super) reply: Result<Reply, JournalError>,
    /// What cost more than it could at worst, if there is a budget.
    pub(super) overrun: Option<Overrun>,
}

pub(super) enum Reply {
    /// An answer.
    Sampled {
        /// Whether there is no completion in it.
        is_empty: bool,
    },
    /// No answer, and no further attempt.
    Failed { error: ModelError, because: NoFurther },
    /// No answer yet: the run stops, the budget decides anew, or the request is to be asked in other words.
    Postponed,
}

/// Why there is no further attempt.
pub(super) enum NoFurther {
    /// It is no use, or all attempts are used up.
    Spent {
        /// Whether others were answered since the last attempt began.
        others_work: bool,
    },
    /// Nothing was ever answered, and the failure says that nothing will be.
    NothingAnswered,
    /// The server asks to wait longer than there is time.
    AskedToWait(Duration),
}

/// Asks until there is an answer, or no further attempt is to be made.
pub(super) async fn ask(mut admitted: Admitted, around: Surroundings<'_>) -> Returned {
    let (mut events, mut overrun) = (Vec::new(), None);
    let reply = admitted.attempts(&around, &mut events, &mut overrun).await;
    Returned { admitted, events, reply, overrun }
}

impl Admitted {
    async fn attempts(
        &mut self,
        around: &Surroundings<'_>,
        events: &mut Vec<Event>,
        overrun: &mut Option<Overrun>,
    ) -> Result<Reply, JournalError> {
        let journal = around.journal;
        loop {
            let Some(turn) = self.turn(around).await else { return Ok(Reply::Postponed) };
            if self.request.slots.len() > self.model.per_request().max(1) {
                // Learnt since it was formed.
                return Ok(Reply::Postponed);
            }
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
                template: Some(self.ask.template),
                shows: self.ask.shows.clone(),
                terms: self.ask.terms.clone(),
            };
            let ticket = journal.append(&self.entry(&sent))?;
            events.push(sent);
            // A free answer that is lost is asked for again at no cost: nobody waits for the disk.
            let is_paid = !self.model.is_free();
            if is_paid {
                ticket.durable().await?;
            }
            let under_way = around.reins.leaves();
            let outcome = if self.model.keeps_answers() {
                // Whoever stops does not wait for a batch: the request stays open, and a later session finds its answer.
                tokio::select! {
                    biased;
                    outcome = self.model.complete(&self.request) => outcome,
                    () = around.stops() => return Ok(Reply::Postponed),
                }
            } else {
                self.model.complete(&self.request).await
            };
            drop(under_way);
            let charged = match &outcome {
                Ok(answer) => Some(cost(answer, worst)),
                Err(error) => error.charge(worst),
            };
            if around.is_budgeted && charged.is_some_and(|cost| exceeds(cost, worst)) {
                around.stopping.send_replace(true);
                let cost = charged.unwrap_or_default();
                *overrun = Some(Overrun { model: self.model.identity().name, cost, worst });
            }
            drop(turn);
            let error = match outcome {
                Ok(answer) => {
                    around.answers.fetch_add(1, Ordering::Relaxed);
                    for oddity in &answer.oddities {
                        around.tell(Report::Odd { model: self.model.identity().name, oddity: oddity.clone() });
                    }
                    return self.answered(answer, charged.unwrap_or_default(), call, journal, events).await;
                }
                Err(error) => error,
            };
            let shorter = self.shorter(&error);
            let why = match shorter {
                Some(limit) => format!("{error}; it is asked again with at most {} tokens", limit.0),
                None => error.to_string(),
            };
            let event = match charged {
                Some(charged) => {
                    // What the ledger charges is what the journal says.
                    self.settle(charged, |Effort { calls, observations, .. }| Effort {
                        calls,
                        observations,
                        ..Effort::ZERO
                    });
                    around.lost.fetch_add(charged.tokens.0, Ordering::Relaxed);
                    Event::Lost { call, charged, why }
                }
                None => Event::Refused { call, why },
            };
            journal.append(&self.entry(&event))?;
            events.push(event);
            let pause = if let Some(limit) = shorter {
                // Whoever replays the run learns it at the same place.
                self.model.gave_up(&self.request, &error.to_string());
                self.request.sampling.max_tokens = limit;
                self.shortened += 1;
                Duration::ZERO
            } else {
                match self.after(&error, answered_before, around) {
                    Ok(pause) => pause,
                    Err(because) => return Ok(Reply::Failed { error, because }),
                }
            };
            if error.wants_other_words() {
                // It is formed anew.
                return Ok(Reply::Postponed);
            }
            tokio::select! {
                biased;
                () = around.stops() => return Ok(Reply::Postponed),
                () = tokio::time::sleep(pause) => {}
            }
            if self.reservation.is_none() {
                if around.ledger.budget().any() {
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

    /// The limit with which a request that does not fit into the model's context is asked again, if its script wants
    /// that and has tries left.
    fn shorter(&self, error: &ModelError) -> Option<Tokens> {
        let limit = Tokens(self.request.sampling.max_tokens.0 * 3 / 4);
        let has_tries = self.shortened < self.ask.terms.sampling.shorter && limit.0 > 0;
        (has_tries && error.is_too_long()).then_some(limit)
    }

    /// Waits for the right to ask; `None` if nothing new may leave.
    async fn turn(&self, around: &Surroundings<'_>) -> Option<Turn> {
        let turn = async {
            loop {
                around.reins.goes_on().await;
                let turn = self.model.turn(&self.request).await;
                if !around.reins.is_paused() {
                    return turn;
                }
            }
        };
        tokio::pin!(turn);
        loop {
            tokio::select! {
                biased;
                () = around.stops() => return None,
                turn = &mut turn => return Some(turn),
                () = tokio::time::sleep(TOLD_AFTER) => {
                    if let Some(pause) = self.model.paused() {
                        around.tell(Report::Paused { model: self.model.identity().name, pause });
                    }
                }
            }
        }
    }

    /// How long to wait after a failure, or why there is no further attempt. Tells that there is one.
    fn after(
        &mut self,
        error: &ModelError,
        answered_before: u64,
        around: &Surroundings<'_>,
    ) -> Result<Duration, NoFurther> {
        let answers = around.answers.load(Ordering::Relaxed);
        if error.is_telling() && answers == 0 && !around.was_ever_answered {
            return Err(NoFurther::NothingAnswered);
        }
        let pause = match self.retries.after(error) {
            Retry::After(pause) => pause,
            Retry::Never => return Err(NoFurther::Spent { others_work: answers > answered_before }),
            Retry::TooLong(wait) => return Err(NoFurther::AskedToWait(wait)),
        };
        let (attempt, attempts) = self.retries.upcoming();
        tracing::info!(%error, ?pause, attempt, "asking again");
        if let ModelError::Provider(failure) = error {
            around.tell(Report::Retrying(Retrying {
                model: failure.model.clone(),
                kind: failure.kind,
                detail: failure.detail.clone(),
                pause,
                attempt,
                attempts,
            }));
        }
        Ok(pause)
    }

    /// Writes an answer down, and waits until it is durable if it was paid for.
    async fn answered(
        &mut self,
        mut answer: Answer,
        cost: Cost,
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
        let (is_empty, got) = (answer.completions.is_empty(), answer.completions.len());
        let event = Event::Sampled { call, completions: answer.completions, usage: answer.usage, cost };
        let ticket = journal.append(&self.entry(&event))?;
        if !self.model.is_free() {
            ticket.durable().await?;
        }
        events.push(event);
        // Programs that did not come are not run.
        let missing = self.request.slots.iter().skip(got).filter(|slot| slot.is_program()).count() as u64;
        self.settle(cost, |worst| Effort { executions: worst.executions.saturating_sub(missing), ..worst });
        Ok(Reply::Sampled { is_empty })
    }

    fn entry(&self, event: &Event) -> Entry {
        Entry { tree: Some(self.tree.clone()), event: event.clone() }
    }
}

/// What the ledger charges for an answer. What the provider did not report is charged at its worst; a model that
/// bills nothing costs nothing, whatever it reports.
fn cost(answer: &Answer, worst: Cost) -> Cost {
    answer.cost.filter(|_| !worst.is_zero()).unwrap_or(worst)
}

/// Whether a cost is beyond the worst case, in tokens or in money where both are known.
fn exceeds(cost: Cost, worst: Cost) -> bool {
    let is_dearer = cost.usd.zip(worst.usd).is_some_and(|(cost, worst)| cost > worst);
    cost.tokens > worst.tokens || is_dearer
}
