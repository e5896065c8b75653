//! The driver: does what strategies enable, and writes down what it learns before it uses it.
//!
//! One task owns all trees and applies every event; requests run beside it. Which trees are active, and
//! which request goes first, follows from a seeded order alone, so that neither concurrency nor the order of
//! arrival can reach a number. Trees are handed in (`Submitted`) strictly in that order: the finished trees
//! of a run that stopped early are always a prefix of it.

use crate::extract::extract;
use crate::feedback::observe;
use crate::prompt::{PromptError, Prompts, readable};
use crate::strategy::{Act, Allowance, Next, Strategy};
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use mend_core::{
    CallId, CallState, Candidate, Entry, Event, Problem, RepairTree, Role, Sampling, Slot, Status, Text, Tokens,
    TreeError, Used, Verdict, seed_for,
};
use mend_journal::{Journal, JournalError};
use mend_judge::{Judge, JudgeError, Judgement, Task};
use mend_model::{Answer, Ledger, Model, ModelError, Request, Reservation, count_tokens};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Trees that grow at the same time. A constant: with a budget it decides which problems are reached.
const ACTIVE_TREES: usize = 16;

/// What to run.
pub struct Plan {
    /// The problem of each tree, in the order of the trees.
    pub problems: Vec<Arc<Problem>>,
    /// Programs that each tree may draw; `None` for as many as the strategy wants.
    pub programs: Option<Vec<u32>>,
    /// The strategy.
    pub strategy: Strategy,
    /// The model of each role.
    pub models: BTreeMap<Role, Arc<dyn Model>>,
    /// How models sample.
    pub sampling: Sampling,
    /// The run's seed.
    pub seed: u64,
    /// Requests in flight at most.
    pub concurrency: NonZeroUsize,
    /// Candidates handed to the judge at most.
    pub judging: NonZeroUsize,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Trees with nothing left to do.
    pub trees_done: u64,
    /// All trees.
    pub trees: u64,
    /// Programs judged so far, in this and earlier sessions.
    pub judged: u64,
    /// Programs among them that pass the hidden suite.
    pub passed: u64,
    /// Tokens spent, lost requests included.
    pub spent: Tokens,
}

/// Why a run stopped early. It can resume.
#[derive(Debug)]
pub enum Stop {
    /// The budget allows no further request.
    Budget,
    /// Somebody asked for it.
    Interrupt,
    /// Something of ours failed.
    Failed(RunError),
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Every tree is finished.
    Complete,
    /// Some are not.
    Stopped(Stop),
}

/// What can fail on our side.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The judge cannot work.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The driver contradicted itself: a bug.
    #[error("tree {tree}: {source}")]
    Tree {
        /// The tree.
        tree: String,
        /// The contradiction.
        source: TreeError,
    },
    /// No model sits in a role that the strategy needs.
    #[error("no model for the role `{0}`")]
    NoModel(Role),
}

/// Runs a plan to its end, or until the budget, `interrupt` or a failure stops it. `trees` is what an earlier
/// session left, or empty trees; they come back grown.
///
/// Everything that arrives is saved before this returns, whatever the reason to stop.
pub async fn run(
    plan: &Plan,
    trees: &mut [RepairTree],
    judge: &dyn Judge,
    ledger: &Ledger,
    journal: &Arc<Journal>,
    interrupt: watch::Receiver<bool>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Ended {
    let (judged_sender, judged) = mpsc::unbounded_channel();
    let mut driver = Driver {
        plan,
        judge,
        ledger,
        journal,
        prompts: Prompts::shipped(),
        order: seeded_order(plan, trees),
        growing: trees.iter().map(|_| Growing::default()).collect(),
        trees,
        active: BTreeSet::new(),
        asks: BTreeMap::new(),
        admitted: VecDeque::new(),
        judgements: BTreeSet::new(),
        answers: FuturesUnordered::new(),
        judged_sender,
        judging: 0,
        done: 0,
        submitted: 0,
        progress: Progress::default(),
    };
    let stop = match driver.drive(judged, interrupt, progress).await {
        Ok(None) => return Ended::Complete,
        Ok(Some(stop)) => stop,
        Err(error) => Stop::Failed(error),
    };
    let why = match &stop {
        Stop::Budget => "the budget allows no further request".to_owned(),
        Stop::Interrupt => "interrupted".to_owned(),
        Stop::Failed(error) => error.to_string(),
    };
    // If the journal is what failed, this fails too, and the run resumes without a word about its stop.
    let entry = Entry { tree: None, event: Event::Stopped { why } };
    match journal.append(&entry).map(mend_journal::Ticket::wait) {
        Ok(Ok(())) => {}
        Ok(Err(error)) | Err(error) => tracing::warn!(%error, "the stop could not be journalled"),
    }
    Ended::Stopped(stop)
}

/// The order in which trees are started and finished: replicate by replicate, shuffled by the run's seed.
fn seeded_order(plan: &Plan, trees: &[RepairTree]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..trees.len()).collect();
    order.sort_by_cached_key(|tree| {
        let digest = plan.problems[*tree].digest.to_string();
        (trees[*tree].key.replicate, seed_for(plan.seed, &["order", &digest]), *tree)
    });
    order
}

/// What the driver knows of a tree beside the tree itself.
#[derive(Default)]
struct Growing {
    /// Acts that wait or are in flight.
    begun: BTreeSet<Slot>,
    /// Set once nothing is left to do: what to hand in.
    done: Option<Option<Slot>>,
}

/// A request that came back.
struct Returned {
    tree: usize,
    call: CallId,
    slots: Vec<Slot>,
    reservation: Reservation,
    result: Result<Answered, JournalError>,
}

enum Answered {
    /// An answer, already journalled.
    Sampled(Event),
    Failed(ModelError),
}

/// A candidate that came back from the judge.
struct Judged {
    tree: usize,
    slot: Slot,
    candidate: Option<Candidate>,
    result: Result<Judgement, JudgeError>,
}

struct Driver<'a> {
    plan: &'a Plan,
    judge: &'a dyn Judge,
    ledger: &'a Ledger,
    journal: &'a Arc<Journal>,
    prompts: Prompts,
    /// Tree indices in the seeded order; positions in it are what the queues below hold.
    order: Vec<usize>,
    trees: &'a mut [RepairTree],
    growing: Vec<Growing>,
    /// Positions of trees that are growing.
    active: BTreeSet<usize>,
    /// Requests that wait, by position, role and subject: slots with one prompt share a request.
    asks: BTreeMap<(usize, Role, Option<Slot>), Vec<Slot>>,
    /// Requests that the budget admitted and that wait for a free connection.
    admitted: VecDeque<(usize, Request, Arc<dyn Model>, Reservation)>,
    /// Candidates that wait for the judge.
    judgements: BTreeSet<(usize, Slot)>,
    answers: FuturesUnordered<BoxFuture<'static, Returned>>,
    judged_sender: mpsc::UnboundedSender<Judged>,
    judging: usize,
    /// Trees with nothing left to do.
    done: usize,
    /// How many of `order` are handed in.
    submitted: usize,
    progress: Progress,
}

impl Driver<'_> {
    async fn drive(
        &mut self,
        mut judged: mpsc::UnboundedReceiver<Judged>,
        mut interrupt: watch::Receiver<bool>,
        report: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Stop>, RunError> {
        self.recover()?;
        let mut stop: Option<Stop> = None;
        let mut interruptible = true;
        loop {
            self.progress.spent = self.ledger.spent();
            report(self.progress);
            if stop.is_none() {
                let dispatched = match self.activate() {
                    Ok(()) => self.dispatch(),
                    Err(error) => Err(error),
                };
                match dispatched {
                    Ok(true) => {}
                    Ok(false) => stop = Some(Stop::Budget),
                    Err(error) => stop = Some(Stop::Failed(error)),
                }
            }
            if self.answers.is_empty() && self.judging == 0 {
                return Ok(stop);
            }
            let learned = tokio::select! {
                Some(returned) = self.answers.next() => self.returned(returned),
                Some(done) = judged.recv() => self.judged(done),
                changed = interrupt.changed(), if interruptible && stop.is_none() => {
                    // A sender that is gone can no longer interrupt.
                    interruptible = changed.is_ok();
                    if *interrupt.borrow() {
                        stop = Some(Stop::Interrupt);
                    }
                    Ok(())
                }
            };
            if let Err(error) = learned {
                // What is in flight still comes home; the first failure is the one to tell.
                if !matches!(stop, Some(Stop::Failed(_))) {
                    stop = Some(Stop::Failed(error));
                }
            }
        }
    }

    /// Settles what an earlier session left open: a request without an answer is lost and charged.
    fn recover(&mut self) -> Result<(), RunError> {
        for tree in 0..self.trees.len() {
            let lost: Vec<(CallId, Tokens)> = self.trees[tree]
                .calls()
                .filter_map(|(call, _, state)| match state {
                    CallState::Open { worst_cost } => Some((call.clone(), *worst_cost)),
                    CallState::Answered { .. } | CallState::Lost { .. } => None,
                })
                .collect();
            for (call, charged) in lost {
                let why = "the run ended before an answer came".to_owned();
                self.learn(tree, Event::Lost { call, charged, why })?;
            }
        }
        self.progress.trees = self.trees.len() as u64;
        for node in self.trees.iter().flat_map(RepairTree::nodes) {
            self.progress.judged += u64::from(node.outcome.is_some());
            self.progress.passed += u64::from(node.passes(mend_core::Suite::Hidden) == Some(true));
        }
        // A tree that was handed in has nothing left to do; they are a prefix of the order.
        self.submitted = self.order.iter().take_while(|tree| self.trees[**tree].is_finished()).count();
        self.done = self.submitted;
        self.progress.trees_done = self.done as u64;
        Ok(())
    }

    /// Appends an event to the journal, then to its tree.
    fn learn(&mut self, tree: usize, event: Event) -> Result<(), RunError> {
        let entry = Entry { tree: Some(self.trees[tree].key.clone()), event };
        self.journal.append(&entry)?;
        self.apply(tree, &entry.event)
    }

    fn apply(&mut self, tree: usize, event: &Event) -> Result<(), RunError> {
        let grown = &mut self.trees[tree];
        grown.apply(event).map_err(|source| RunError::Tree { tree: grown.key.to_string(), source })
    }

    /// Lets the next trees of the order grow, as many as may at a time, and hands in those that are done.
    fn activate(&mut self) -> Result<(), RunError> {
        let mut position = self.submitted;
        while self.active.len() < ACTIVE_TREES && position < self.order.len() {
            let tree = self.order[position];
            if self.growing[tree].done.is_none() && self.active.insert(position) {
                self.look(position);
            }
            position += 1;
        }
        while let Some(tree) = self.order.get(self.submitted).copied() {
            let Some(slot) = self.growing[tree].done.clone() else { break };
            self.learn(tree, Event::Submitted { slot })?;
            self.submitted += 1;
        }
        Ok(())
    }

    /// Asks the strategy what is enabled now in a tree.
    fn look(&mut self, position: usize) {
        let tree = self.order[position];
        let allowance = Allowance { programs: self.plan.programs.as_ref().map_or(u32::MAX, |programs| programs[tree]) };
        match self.plan.strategy.next(&self.trees[tree], &allowance) {
            Next::Enabled(acts) => {
                for (slot, act) in acts {
                    if !self.growing[tree].begun.insert(slot.clone()) {
                        continue;
                    }
                    match act {
                        Act::Ask { role, about } => {
                            self.asks.entry((position, role, about)).or_default().push(slot);
                        }
                        Act::Judge => {
                            self.judgements.insert((position, slot));
                        }
                    }
                }
            }
            Next::Done { submit } => {
                self.growing[tree].done = Some(submit);
                self.active.remove(&position);
                self.done += 1;
                self.progress.trees_done = self.done as u64;
            }
        }
    }

    /// Starts what may start. Returns whether the run can go on: false if requests wait, nothing is in flight,
    /// and the budget allows none of them.
    fn dispatch(&mut self) -> Result<bool, RunError> {
        while self.judging < self.plan.judging.get()
            && let Some((position, slot)) = self.judgements.pop_first()
        {
            self.hand_in(position, slot)?;
        }
        self.admit()?;
        while self.answers.len() < self.plan.concurrency.get()
            && let Some((position, request, model, reservation)) = self.admitted.pop_front()
        {
            self.send(position, request, model, reservation)?;
        }
        Ok(self.asks.is_empty() || self.is_busy())
    }

    fn is_busy(&self) -> bool {
        !self.answers.is_empty() || !self.admitted.is_empty() || self.judging > 0
    }

    /// Reserves tokens for requests that wait.
    ///
    /// Under a budget, whether a request fits depends on what others turned out to cost. Requests are
    /// therefore admitted in rounds, in order, each round once all before it is settled: any concurrency
    /// admits the same ones. Without a budget, as many as there are free connections.
    fn admit(&mut self) -> Result<(), RunError> {
        let budgeted = self.ledger.remaining().is_some();
        if budgeted && self.is_busy() {
            return Ok(());
        }
        while budgeted || self.answers.len() + self.admitted.len() < self.plan.concurrency.get() {
            let Some((key, slots)) = self.asks.pop_first() else { break };
            let request = self.request(key.0, key.1, key.2.as_ref(), &slots)?;
            let model = self.model(key.1)?;
            let Ok(reservation) = self.ledger.reserve(model.worst_case(&request)) else {
                self.asks.insert(key, slots);
                break;
            };
            self.admitted.push_back((key.0, request, model, reservation));
        }
        Ok(())
    }

    fn model(&self, role: Role) -> Result<Arc<dyn Model>, RunError> {
        self.plan.models.get(&role).cloned().ok_or(RunError::NoModel(role))
    }

    fn request(
        &self,
        position: usize,
        role: Role,
        about: Option<&Slot>,
        slots: &[Slot],
    ) -> Result<Request, RunError> {
        let tree = self.order[position];
        let problem = &self.plan.problems[tree];
        let messages = match about.and_then(|slot| self.trees[tree].node(slot)) {
            None => self.prompts.program(problem)?,
            Some(node) => {
                let failure =
                    node.verdict().and_then(|verdict| observe(verdict, self.plan.strategy.definition().see));
                let candidate = node.candidate.as_ref().and_then(|candidate| candidate.program.body());
                let completion = node.completion.as_ref().and_then(|completion| completion.text.body());
                // An answer without a program is shown as it came.
                let program = candidate.or(completion).map_or("", |text| text);
                self.prompts.repair(problem, program, failure.as_ref())?
            }
        };
        Ok(Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: self.trees[tree].key.replicate,
            seed: self.plan.seed,
            role,
            slots: slots.to_vec(),
            messages,
            sampling: self.plan.sampling.clone(),
        })
    }

    /// Journals a request and lets it leave.
    fn send(
        &mut self,
        position: usize,
        request: Request,
        model: Arc<dyn Model>,
        reservation: Reservation,
    ) -> Result<(), RunError> {
        let tree = self.order[position];
        let first = request.slots.first().expect("a group of acts has at least one slot");
        let call = self.trees[tree].next_call(first);
        let sent = Event::Sent {
            call: call.clone(),
            slots: request.slots.clone(),
            role: request.role,
            model: model.identity().name,
            worst_cost: reservation.worst(),
            prompt: Text::new(readable(&request.messages)),
        };
        let entry = Entry { tree: Some(self.trees[tree].key.clone()), event: sent };
        let ticket = self.journal.append(&entry)?;
        self.apply(tree, &entry.event)?;
        let journal = Arc::clone(self.journal);
        let key = self.trees[tree].key.clone();
        self.answers.push(Box::pin(async move {
            let slots = request.slots.clone();
            let worst = reservation.worst();
            let result = async {
                // A free answer that is lost is asked for again at no cost: nobody waits for the disk.
                if !model.is_free() {
                    ticket.durable().await?;
                }
                let answer = match model.complete(&request).await {
                    Ok(answer) => answer,
                    Err(error) => return Ok(Answered::Failed(error)),
                };
                let event = sampled(call.clone(), answer, worst);
                let ticket = journal.append(&Entry { tree: Some(key), event: event.clone() })?;
                if !model.is_free() {
                    ticket.durable().await?;
                }
                Ok(Answered::Sampled(event))
            }
            .await;
            Returned { tree: position, call, slots, reservation, result }
        }));
        Ok(())
    }

    fn returned(&mut self, returned: Returned) -> Result<(), RunError> {
        let Returned { tree: position, call, slots, reservation, result } = returned;
        let tree = self.order[position];
        match result? {
            Answered::Sampled(event) => {
                let Event::Sampled { cost, completions, .. } = &event else { return Ok(()) };
                reservation.settle(*cost);
                let missing = slots.len().saturating_sub(completions.len());
                let none = completions.is_empty();
                self.apply(tree, &event)?;
                for slot in &slots {
                    self.growing[tree].begun.remove(slot);
                }
                // Slots that got no completion are asked for again; an answer without any is not.
                if none && missing > 0 {
                    self.give_up(tree, slots, "the model returned no completion")?;
                }
            }
            Answered::Failed(error) => {
                let charged = reservation.worst();
                drop(reservation);
                let why = error.to_string();
                self.learn(tree, Event::Lost { call, charged, why: why.clone() })?;
                self.give_up(tree, slots, &why)?;
            }
        }
        self.look(position);
        Ok(())
    }

    fn give_up(&mut self, tree: usize, slots: Vec<Slot>, why: &str) -> Result<(), RunError> {
        for slot in slots {
            self.learn(tree, Event::Unscored { slot, candidate: None, why: why.to_owned() })?;
        }
        Ok(())
    }

    /// Extracts a node's program and hands it to the judge.
    fn hand_in(&mut self, position: usize, slot: Slot) -> Result<(), RunError> {
        let tree = self.order[position];
        let problem = &self.plan.problems[tree];
        let extracted = self.trees[tree]
            .node(&slot)
            .and_then(|node| node.completion.as_ref())
            .and_then(|completion| extract(completion, problem));
        let Some(extracted) = extracted else {
            let verdict = Verdict::without_run(Status::NoCode);
            let result = Ok(Judgement { verdict, used: Used::default() });
            self.judging += 1;
            return self.judged(Judged { tree: position, slot, candidate: None, result });
        };
        let candidate = Candidate {
            program: Text::new(Arc::clone(&extracted.program)),
            rule: extracted.rule,
            paper_tokens: count_tokens(&extracted.before) + count_tokens(&extracted.written),
        };
        let task = Task { problem: Arc::clone(problem), program: extracted.program, rule: extracted.rule };
        let mut home = Homing {
            sender: self.judged_sender.clone(),
            parcel: Some((position, slot, candidate)),
        };
        self.judging += 1;
        self.judge.submit(task, Box::new(move |result| home.send(result)));
        Ok(())
    }

    fn judged(&mut self, judged: Judged) -> Result<(), RunError> {
        self.judging -= 1;
        let Judged { tree: position, slot, candidate, result } = judged;
        let tree = self.order[position];
        self.growing[tree].begun.remove(&slot);
        let event = match result {
            Ok(Judgement { verdict, used }) => Event::Judged { slot: slot.clone(), candidate, verdict, used },
            Err(error @ (JudgeError::Unsupported { .. } | JudgeError::BrokenTest { .. })) => {
                Event::Unscored { slot: slot.clone(), candidate, why: error.to_string() }
            }
            // Ours: nothing is recorded, so that a resumed run judges this candidate.
            Err(error) => return Err(error.into()),
        };
        self.learn(tree, event)?;
        self.progress.judged += 1;
        let node = self.trees[tree].node(&slot);
        self.progress.passed += u64::from(node.and_then(|node| node.passes(mend_core::Suite::Hidden)) == Some(true));
        self.look(position);
        Ok(())
    }
}

/// Sends a judgement home, and says so if the judge drops it.
struct Homing {
    sender: mpsc::UnboundedSender<Judged>,
    parcel: Option<(usize, Slot, Candidate)>,
}

impl Homing {
    fn send(&mut self, result: Result<Judgement, JudgeError>) {
        if let Some((tree, slot, candidate)) = self.parcel.take() {
            // A driver that is gone wants no judgement.
            let _ = self.sender.send(Judged { tree, slot, candidate: Some(candidate), result });
        }
    }
}

impl Drop for Homing {
    fn drop(&mut self) {
        self.send(Err(JudgeError::Gone));
    }
}

/// The event of an answer. What a provider did not report is charged at its worst.
fn sampled(call: CallId, answer: Answer, worst: Tokens) -> Event {
    let cost = if worst == Tokens(0) { Tokens(0) } else { answer.usage.billed().unwrap_or(worst) };
    Event::Sampled { call, completions: answer.completions, usage: answer.usage, cost }
}
