//! The driver: does what strategies enable, and writes down what it learns before it uses it.
//!
//! One task owns all trees and applies every event; requests run beside it. Which trees grow, and which request
//! goes first, follows from a seeded order alone, so that neither concurrency nor the order of arrival can reach a
//! number. Trees are handed in (`Submitted`) strictly in that order: the finished trees of a run that stopped early
//! are always a prefix of it. Read [`run`] first, then `Driver::advance`; what is asked is in `requests`, what is
//! judged in `judgements`.

mod alike;
mod attempts;
mod ended;
mod growing;
mod judgements;
mod reins;
mod rejudging;
mod report;
mod requests;
mod rounds;

pub use ended::{Ended, Overrun, RunError, Stop, in_words};
pub use growing::{Misfit, check_beginning, longest_prompts};
pub use reins::Reins;
pub use rejudging::{Rejudgement, rejudge};
pub use report::{Became, Progress, Report, Retrying};

use crate::script::{Act, Ask, Next, Place, State};
use crate::strategy::Strategy;
use alike::Alike;
use attempts::{Admitted, Returned};
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use growing::{Growing, Stage};
use judgements::{Execution, Held, Judged, Turn};
use mend_core::{
    Budget, Call, CallId, CallState, Cost, Digest, Efforts, Entry, Event, Extraction, Kind, Outlay, Problem, ProblemId,
    RepairTree, Sampling, Schedule, Seat, Slot, Tokens,
};
use mend_journal::{Journal, Ticket};
use mend_judge::Judge;
use mend_model::{Ledger, Model};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, watch};

/// Trees that grow at the same time under a budget. A constant, because it decides which problems are reached. Without
/// a budget there are as many as it takes to keep all connections and judges busy.
const ACTIVE_TREES: usize = 16;

/// What to run.
#[derive(Clone)]
pub struct Plan {
    /// The problem of each tree, in the order of the trees.
    pub problems: Vec<Arc<Problem>>,
    /// Programs that each tree may draw; `None` for as many as the strategy wants.
    pub programs: Option<Vec<u32>>,
    /// The strategy.
    pub strategy: Strategy,
    /// The model of each role.
    pub models: BTreeMap<Seat, Arc<dyn Model>>,
    /// How the model of each seat samples, where the strategy does not say.
    pub sampling: BTreeMap<Seat, Sampling>,
    /// The rules by which programs are found in answers.
    pub extraction: Extraction,
    /// The run's seed.
    pub seed: u64,
    /// Connections that requests find, as far as the plan knows: what each model takes at once is its own affair.
    pub concurrency: NonZeroUsize,
    /// Candidates handed to the judge at most.
    pub judging: NonZeroUsize,
    /// What may be spent on each tree. One that reaches it ends with what it has.
    pub problem_budget: Budget,
    /// The problems that shape what the strategy learns, and are not reported.
    pub dev: BTreeSet<ProblemId>,
    /// What an earlier session learnt, by digest: the state of each round that began.
    pub states: Vec<Digest>,
    /// Trees that grow at the same time at most; `None` for as many as keep connections and judges busy.
    pub active: Option<NonZeroUsize>,
}

impl Plan {
    /// Whether no request costs anything, so that a lost one is sent again without a charge: a run that was
    /// killed then ends as if it never had been.
    pub fn is_free(&self) -> bool {
        self.models.values().all(|model| model.is_free())
    }

    /// What the trees of an earlier session took, all in all.
    pub fn outlay(&self, trees: &[RepairTree]) -> Outlay {
        Outlay { cost: self.spent(trees), effort: Efforts::of(trees).total() }
    }

    /// What the trees of an earlier session cost: requests that it left open are charged, unless they were free.
    pub fn spent(&self, trees: &[RepairTree]) -> Cost {
        let charged = |call: &Call| match &call.state {
            CallState::Open { .. } if self.is_free() || self.keeps_answers(call.seat) => Cost::ZERO,
            state => state.charge(),
        };
        trees.iter().flat_map(RepairTree::calls).map(|(_, call)| charged(call)).sum()
    }

    /// Whether a request of a seat that was left open is answered all the same, and asking again finds the answer.
    fn keeps_answers(&self, seat: Seat) -> bool {
        self.models.get(&seat).is_some_and(|model| model.keeps_answers())
    }
}

/// Runs a plan to its end, or until the budget, `reins` or a failure stops it. `trees` is what an earlier
/// session left, or empty trees; they come back grown. `ledger` counts what they cost so far as spent.
///
/// `report` hears how far it is, and what its user should know while it goes on. While `reins` pause it nothing leaves.
///
/// What is in flight when the run stops is waited for. Everything that arrives is durable before this returns,
/// whatever the reason to stop, unless the journal is the reason.
pub async fn run(
    plan: &Plan,
    trees: &mut [RepairTree],
    judge: &dyn Judge,
    ledger: &Ledger,
    journal: &Arc<Journal>,
    reins: impl Into<Reins>,
    report: &mut (dyn FnMut(Report) + Send),
) -> Ended {
    let (judged_sender, judged) = mpsc::unbounded_channel();
    let (reports_sender, reports) = mpsc::unbounded_channel();
    let is_answered = |state: &CallState| matches!(state, CallState::Answered { .. });
    let was_ever_answered = trees.iter().flat_map(RepairTree::calls).any(|(_, call)| is_answered(&call.state));
    let schedule = growing::schedule(plan, trees);
    let mut driver = Driver {
        plan,
        judge,
        ledger,
        journal,
        trees: Growing::in_order(plan, trees, &schedule),
        schedule,
        states: Vec::new(),
        round: 0,
        was_ever_answered,
        answered: Arc::default(),
        lost: Arc::default(),
        reins: reins.into(),
        stopping: watch::Sender::new(false),
        overrun: None,
        reports_sender,
        started: 0,
        submitted: 0,
        told: 0,
        growing: 0,
        asks: BTreeMap::new(),
        admitted: VecDeque::new(),
        answers: FuturesUnordered::new(),
        held: BTreeMap::new(),
        rows: BTreeSet::new(),
        judgements: BTreeSet::new(),
        executions: BTreeMap::new(),
        checks: BTreeSet::new(),
        judging: 0,
        alike: Alike::default(),
        judged_sender,
        latest: None,
        progress: Progress::default(),
        became: Vec::new(),
    };
    let stop = driver.drive(judged, reports, report).await;
    let saved = driver.save(stop.as_ref()).await;
    match (stop, saved) {
        (Some(Stop::Failed(error)), _) | (_, Err(error)) => Ended::Stopped(Stop::Failed(error)),
        (Some(stop), Ok(())) => Ended::Stopped(stop),
        (None, Ok(())) => Ended::Complete,
    }
}

/// Where an act stands: its tree, by the position in the seeded order, and its place in the script. Acts are done in
/// this order.
type Spot = (usize, Place);

/// Trees are known by their position in the seeded order. What belongs to one tree is in [`Growing`]; what waits for its
/// turn among all trees is here, sorted by that turn.
struct Driver<'a> {
    plan: &'a Plan,
    judge: &'a dyn Judge,
    ledger: &'a Ledger,
    journal: &'a Journal,
    /// In the seeded order.
    trees: Vec<Growing<'a>>,
    /// That order, with its rounds.
    schedule: Schedule,
    /// What the strategy knows in each round that began; none of a strategy that keeps no state.
    states: Vec<Arc<State>>,
    /// The round whose trees grow.
    round: usize,
    /// Whether an earlier session got any answer.
    was_ever_answered: bool,
    /// Answers in this session.
    answered: Arc<AtomicU64>,
    /// Tokens charged for requests that came to nothing, in all sessions.
    lost: Arc<AtomicU64>,
    /// What whoever runs it wants.
    reins: Reins,
    /// Whether nothing new may leave.
    stopping: watch::Sender<bool>,
    /// The first answer that cost more than it could, under a budget.
    overrun: Option<Overrun>,
    /// What requests on their way tell.
    reports_sender: mpsc::UnboundedSender<Report>,
    /// How many of the order began to grow.
    started: usize,
    /// How many of the order are handed in.
    submitted: usize,
    /// How many of these were told of.
    told: usize,
    /// How many began to grow and are not done.
    growing: usize,
    /// Requests that wait, with the slots that they are still for.
    asks: BTreeMap<Spot, Ask>,
    /// Requests that the budget admitted and that wait for a free connection.
    admitted: VecDeque<Admitted>,
    answers: FuturesUnordered<BoxFuture<'a, Returned>>,
    /// Executions that wait until a limit on executions has room for them. Empty where there is no such limit.
    held: BTreeMap<Spot, Held>,
    /// Rows of people whose time is charged, by the model that stands for them. Kept where effort is limited.
    rows: BTreeSet<(String, Digest)>,
    /// Completions that wait for the judge.
    judgements: BTreeSet<(usize, Slot)>,
    /// Other executions that wait for the judge.
    executions: BTreeMap<(usize, Turn), Execution>,
    /// Nodes whose tests wait to judge the reference solution.
    checks: BTreeSet<(usize, Slot)>,
    /// Completions that are at the judge.
    judging: usize,
    /// What was judged lately, or is about to be.
    alike: Alike,
    judged_sender: mpsc::UnboundedSender<Judged>,
    /// The last entry that this task wrote.
    latest: Option<Ticket>,
    progress: Progress,
    /// What became of requests and programs, and was not told yet.
    became: Vec<Became>,
}

impl Driver<'_> {
    /// Returns why not everything is done, or `None` if it is.
    async fn drive(
        &mut self,
        mut judged: mpsc::UnboundedReceiver<Judged>,
        mut reports: mpsc::UnboundedReceiver<Report>,
        report: &mut (dyn FnMut(Report) + Send),
    ) -> Option<Stop> {
        let mut stop = self.recover().err().map(Stop::Failed);
        let mut wishes = self.reins.wishes();
        loop {
            if stop.is_none() && self.reins.stops() {
                stop = Some(Stop::Interrupt);
            }
            let went_on = match stop {
                None => self.advance(),
                // What was paid for is judged.
                Some(Stop::LimitIgnored(_)) => self.judge_and_hand_in(),
                Some(_) => Ok(()),
            };
            if let Err(error) = went_on {
                stop = Some(Stop::Failed(error));
            }
            if stop.is_some() {
                self.stopping.send_replace(true);
            }
            self.progress.spent = self.ledger.spent();
            self.progress.judging = self.judging as u64;
            self.progress.lost = Tokens(self.lost.load(Ordering::Relaxed));
            report(Report::Progress(self.progress));
            self.became.drain(..).for_each(|became| report(Report::Became(became)));
            for position in std::mem::replace(&mut self.told, self.submitted)..self.submitted {
                report(Report::HandedIn(Box::new(self.tree(position).clone())));
            }
            let is_held = stop.is_none() && self.reins.is_paused() && self.submitted < self.trees.len();
            if self.answers.is_empty() && self.judging == 0 && !is_held {
                break;
            }
            let learned = tokio::select! {
                Some(returned) = self.answers.next() => self.returned(returned),
                Some(done) = judged.recv() => self.judged(done),
                Some(told) = reports.recv() => {
                    report(told);
                    Ok(())
                }
                () = wishes.change(), if stop.is_none() => Ok(()),
            };
            if let Err(error) = learned {
                // What is in flight still comes home; the first failure is the one to tell.
                if !matches!(stop, Some(Stop::Failed(_))) {
                    stop = Some(Stop::Failed(error));
                }
            }
            if stop.is_none() {
                stop = self.overrun.take().map(Stop::LimitIgnored);
            }
        }
        while let Ok(told) = reports.try_recv() {
            report(told);
        }
        for mut admitted in self.admitted.drain(..) {
            // It never left.
            admitted.release();
        }
        let is_complete = self.submitted == self.trees.len();
        if is_complete && matches!(stop, Some(Stop::LimitIgnored(_))) {
            return None;
        }
        // Nothing is in flight and nothing failed: what is left waits for tokens or for people.
        let waits = if self.progress.waiting > 0 { Stop::Waiting } else { Stop::Budget };
        stop.or_else(|| (!is_complete).then_some(waits))
    }

    /// Does all that can be done without waiting.
    fn advance(&mut self) -> Result<(), RunError> {
        loop {
            self.start_trees()?;
            self.hand_in_trees()?;
            if self.begin_rounds()? {
                continue;
            }
            self.judge();
            if self.reins.is_paused() {
                return Ok(());
            }
            if !self.admit()? {
                break;
            }
        }
        self.send();
        Ok(())
    }

    /// Does what costs nothing with what is there.
    fn judge_and_hand_in(&mut self) -> Result<(), RunError> {
        self.hand_in_trees()?;
        self.judge();
        Ok(())
    }

    /// Settles what an earlier session left open: a request without an answer is lost, and charged unless it was free.
    fn recover(&mut self) -> Result<(), RunError> {
        for position in 0..self.trees.len() {
            let lost: Vec<(CallId, Seat, Cost)> = self
                .tree(position)
                .calls()
                .filter_map(|(id, call)| match &call.state {
                    CallState::Open { worst_cost } => Some((id.clone(), call.seat, *worst_cost)),
                    CallState::Answered { .. } | CallState::Lost { .. } | CallState::Refused => None,
                })
                .collect();
            for (call, seat, worst) in lost {
                if self.plan.keeps_answers(seat) {
                    let why =
                        "the run ended before the request's batch did: its answer is fetched from there".to_owned();
                    self.learn(position, Event::Refused { call, why })?;
                    continue;
                }
                let charged = if self.plan.is_free() { Cost::ZERO } else { worst };
                let why = "the run ended before an answer came".to_owned();
                self.learn(position, Event::Lost { call, charged, why })?;
            }
        }
        self.trees.iter().for_each(|growing| self.progress.count_tree(growing.tree));
        let nodes = self.trees.iter().flat_map(|growing| growing.tree.nodes());
        self.rows = nodes.filter_map(|node| Some((node.model.as_deref()?.to_owned(), node.row()?))).collect();
        self.lost.store(self.progress.lost.0, Ordering::Relaxed);
        // A tree that was handed in has nothing left to do; they are a prefix of the order.
        self.submitted = self.trees.iter().take_while(|growing| growing.tree.is_finished()).count();
        (self.started, self.told) = (self.submitted, self.submitted);
        self.progress.trees = self.trees.len() as u64;
        self.progress.trees_done = self.submitted as u64;
        self.begin_rounds().map(drop)
    }

    fn tree(&self, position: usize) -> &RepairTree {
        self.trees[position].tree
    }

    fn problem(&self, position: usize) -> &Arc<Problem> {
        self.trees[position].problem
    }

    /// Appends an event to the journal, then to its tree.
    fn learn(&mut self, position: usize, event: Event) -> Result<(), RunError> {
        let entry = Entry { tree: Some(self.tree(position).key.clone()), event };
        self.latest = Some(self.journal.append(&entry)?);
        self.apply(position, &entry.event)
    }

    /// Applies an event that is in the journal.
    fn apply(&mut self, position: usize, event: &Event) -> Result<(), RunError> {
        self.trees[position].apply(event)?;
        self.became.extend(Became::of(event, self.trees[position].tree));
        if let Event::Judged { slot, .. } | Event::Unscored { slot, .. } = event
            && let Some(node) = self.trees[position].tree.node(slot).filter(|node| !node.is_given())
        {
            self.progress.count(node);
        }
        Ok(())
    }

    /// Whether anything is limited beside tokens and money.
    fn limits_effort(&self) -> bool {
        self.ledger.budget().effort.any() || self.plan.problem_budget.effort.any()
    }

    /// Whether executions are limited, or observations, which some of them are.
    fn limits_executions(&self) -> bool {
        let limits = |budget: &Budget| budget.effort.executions.is_some();
        self.limits_observations() || limits(&self.ledger.budget()) || limits(&self.plan.problem_budget)
    }

    fn limits_observations(&self) -> bool {
        let limits = |budget: &Budget| budget.effort.observations.is_some();
        limits(&self.ledger.budget()) || limits(&self.plan.problem_budget)
    }

    fn active_trees(&self) -> usize {
        let usual = if self.ledger.budget().any() {
            ACTIVE_TREES
        } else {
            ACTIVE_TREES.max(2 * self.plan.concurrency.get() + self.plan.judging.get())
        };
        self.plan.active.map_or(usual, |most| usual.min(most.get()))
    }

    /// Lets the next trees of the order grow, as many as may at a time.
    fn start_trees(&mut self) -> Result<(), RunError> {
        while self.growing < self.active_trees() && self.started < self.end_of_round() {
            self.started += 1;
            self.growing += 1;
            self.begin(self.started - 1)?;
        }
        Ok(())
    }

    /// Hands in the trees that are done, up to the first of the order that is not.
    fn hand_in_trees(&mut self) -> Result<(), RunError> {
        while let Some(Stage::Done { ranking }) = self.trees.get(self.submitted).map(|growing| &growing.stage) {
            let ranking = ranking.clone();
            self.learn(self.submitted, Event::Submitted { ranking })?;
            self.submitted += 1;
        }
        Ok(())
    }

    /// Lets a tree grow from what an earlier session left.
    fn begin(&mut self, position: usize) -> Result<(), RunError> {
        let memory = self.memory(position);
        let open = self.trees[position].begin(self.plan, memory);
        self.take_up(position, open)?;
        let unchecked: Vec<Slot> = self.tree(position).nodes().map(|node| node.slot.clone()).collect();
        for slot in unchecked.into_iter().filter(|slot| slot.kind() == Kind::Tests) {
            self.check_tests(position, slot);
        }
        self.look(position)
    }

    /// Sees to it that new completions get an outcome: programs are judged, and everything else is read at once.
    fn take_up(&mut self, position: usize, slots: Vec<Slot>) -> Result<(), RunError> {
        for slot in slots {
            if slot.is_program() {
                self.judgements.insert((position, slot));
                self.trees[position].in_flight += 1;
            } else {
                self.read(position, slot)?;
            }
        }
        Ok(())
    }

    /// Asks the strategy what it wants now in a growing tree.
    fn look(&mut self, position: usize) -> Result<(), RunError> {
        let holds = self.limits_executions();
        let growing = &mut self.trees[position];
        let mut made = Vec::new();
        let ranking = match growing.next()? {
            None => return Ok(()),
            // Whether tests are valid is no affair of the script's, but what is known of the tree is known when it ends.
            Some(Next::Done(_)) if growing.in_flight > 0 => None,
            Some(Next::Done(ranking)) => Some(ranking),
            Some(Next::Enabled(acts)) => {
                for (place, act) in acts {
                    match Execution::of(act, growing.tree, growing.problem) {
                        Ok(_) if holds && growing.is_at_limit => {}
                        Ok(execution) if holds => {
                            self.held.insert((position, place), Held::Execution(execution));
                        }
                        Ok(execution) => {
                            growing.in_flight += execution.promised();
                            self.executions.insert((position, Turn::Act(place)), execution);
                        }
                        Err(act) => match *act {
                            Act::Make { slot, .. } if holds && slot.is_program() && growing.is_at_limit => {}
                            Act::Make { slot, text, of } if holds && slot.is_program() => {
                                let event = Event::Made { slot, text, of };
                                self.held.insert((position, place), Held::Made(event));
                            }
                            Act::Make { slot, text, of } => made.push(Event::Made { slot, text, of }),
                            Act::Ask(ask) if !growing.is_at_limit => drop(self.asks.insert((position, place), ask)),
                            _ => {}
                        },
                    }
                }
                if made.is_empty() { growing.cut_short() } else { None }
            }
        };
        if !made.is_empty() {
            return self.make(position, made);
        }
        if let Some(ranking) = ranking {
            growing.stage = Stage::Done { ranking };
            self.growing -= 1;
            self.progress.trees_done += 1;
            self.became.push(Became::Done(growing.tree.key.clone()));
        }
        Ok(())
    }

    /// Adds nodes that the strategy put together, and asks it what it wants then.
    fn make(&mut self, position: usize, made: Vec<Event>) -> Result<(), RunError> {
        let mut slots = Vec::new();
        for event in made {
            if let Event::Made { slot, .. } = &event {
                slots.push(slot.clone());
            }
            self.learn(position, event)?;
        }
        self.take_up(position, slots)?;
        self.look(position)
    }

    /// Writes down why the run stopped, if it did, and waits until all is durable.
    async fn save(&mut self, stop: Option<&Stop>) -> Result<(), RunError> {
        if let Some(stop) = stop {
            let why = stop.why();
            self.latest = Some(self.journal.append(&Entry { tree: None, event: Event::Stopped { why } })?);
        }
        match self.latest.take() {
            Some(ticket) => Ok(ticket.durable().await?),
            None => Ok(()),
        }
    }
}
