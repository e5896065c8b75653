//! The append-only tree of one problem in one replicate. It grows by events only, live and on replay.

use crate::{
    CallId, Candidate, Cause, Completion, Cost, Digest, Event, Form, Found, Kind, Opinion, Part, Remark, RunOutcome,
    Screened, Seat, Slot, Status, Suite, SuiteVerdict, Terms, Text, TreeKey, Used, Verdict,
};
use std::collections::BTreeMap;
use std::sync::Arc;

mod effort;

pub use effort::{Efforts, is_question, observes};

/// A request's fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// Sent, and not heard of since.
    Open {
        /// The most that it can cost.
        worst_cost: Cost,
    },
    /// Answered and paid.
    Answered {
        /// What it cost.
        cost: Cost,
    },
    /// It came to nothing; charged all the same.
    Lost {
        /// What was charged.
        charged: Cost,
    },
    /// Turned away before any work was done.
    Refused,
}

impl CallState {
    /// What the request is charged as things stand: an open one at its worst.
    pub fn charge(&self) -> Cost {
        match self {
            Self::Open { worst_cost: cost } | Self::Answered { cost } | Self::Lost { charged: cost } => *cost,
            Self::Refused => Cost::ZERO,
        }
    }
}

/// A request, with what its prompt showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The nodes that it asks for.
    pub slots: Vec<Slot>,
    /// Who is asked.
    pub seat: Seat,
    /// The model that is asked, as `provider/model`.
    pub model: Arc<str>,
    /// The messages, as one readable text.
    pub prompt: Text,
    /// Digest of the template that the prompt was rendered from; `None` if the journal is older than version 3.
    pub template: Option<Digest>,
    /// The nodes whose texts, verdicts or facts the prompt shows, in order.
    pub shows: Vec<Slot>,
    /// What the prompt leaves out, and what it forbids.
    pub terms: Terms,
    /// What became of it.
    pub state: CallState,
}

/// How a node ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was judged.
    Judged(Verdict, Used),
    /// It holds no program, and was read.
    Read(Found),
    /// It cannot be scored.
    Unscored(Unscored),
}

/// Why a node cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unscored {
    /// The reason, for people.
    pub why: String,
    /// Whose doing it is; `None` if the journal does not say.
    pub cause: Option<Cause>,
}

/// A completion in its place, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node's place and name.
    pub slot: Slot,
    /// Who wrote it. `None` if it became unscored before anybody was asked, and if the strategy put it together.
    pub seat: Option<Seat>,
    /// The request that it answers. `None` if it became unscored before anybody was asked, and if the strategy put it
    /// together.
    pub call: Option<CallId>,
    /// The model that was asked.
    pub model: Option<Arc<str>>,
    /// What it wrote. `None` if no answer ever came.
    pub completion: Option<Completion>,
    /// The program in it; `None` before the judgement, or if there is none.
    pub candidate: Option<Candidate>,
    /// `None` until it was judged, read or given up.
    pub outcome: Option<Outcome>,
    /// What tests of other nodes say of its program, by the node that holds the tests.
    pub tested: BTreeMap<Slot, (SuiteVerdict, Used)>,
    /// What its tests say of the reference solution; `None` if it holds none, or if nobody looked.
    pub checked: Option<Box<(SuiteVerdict, Used)>>,
    /// What its program did without a judgement, what instruments showed of it, and what cells that belong to it printed, by
    /// the digest of what was given.
    pub ran: BTreeMap<Digest, (Vec<RunOutcome>, Used)>,
    /// What it holds that it should not, as far as somebody looked.
    pub screened: Screened,
    /// The nodes that the strategy put it together of. Empty if somebody wrote it.
    pub made_of: Vec<Slot>,
}

impl Node {
    /// A node of which nothing is known but its place.
    pub fn empty(slot: Slot) -> Self {
        Self {
            slot,
            seat: None,
            call: None,
            model: None,
            completion: None,
            candidate: None,
            outcome: None,
            tested: BTreeMap::new(),
            checked: None,
            ran: BTreeMap::new(),
            screened: Screened::default(),
            made_of: Vec::new(),
        }
    }

    /// Whether the strategy put it together, so that nobody was asked for it.
    pub fn is_made(&self) -> bool {
        self.completion.as_ref().is_some_and(|completion| completion.form == Form::Made)
    }

    /// The verdict, if there is one that counts.
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.outcome {
            Some(Outcome::Judged(verdict, _)) if verdict.status.is_scored() => Some(verdict),
            _ => None,
        }
    }

    /// Whether the node passes a suite; `None` if it is not scored or the problem has no such suite.
    pub fn passes(&self, suite: Suite) -> Option<bool> {
        self.verdict()?.passes(suite)
    }

    /// What a critique says of its program as a whole; `None` if it does not say, and for programs.
    pub fn opinion(&self) -> Option<Opinion> {
        match self.outcome {
            Some(Outcome::Read(Found::Critique { opinion, .. })) => opinion,
            _ => None,
        }
    }

    /// What was read out of it; `None` for programs, and for what was not read yet.
    pub fn found(&self) -> Option<&Found> {
        match &self.outcome {
            Some(Outcome::Read(found)) => Some(found),
            _ => None,
        }
    }

    /// Whose doing it is that the node is unscored; `None` if it is scored or still open, and where nobody noted it.
    pub fn cause(&self) -> Option<Cause> {
        match &self.outcome {
            Some(Outcome::Unscored(unscored)) => unscored.cause,
            _ => None,
        }
    }

    /// What a person said beside its text; `None` for what no person said.
    pub fn remark(&self) -> Option<&Remark> {
        self.completion.as_ref()?.remark.as_deref()
    }

    /// Whether a person wrote its program unasked.
    pub fn is_given(&self) -> bool {
        self.completion.as_ref().is_some_and(|completion| completion.form == Form::Given)
    }

    /// Whether a test of the hidden suite got to judge the program: it was there, and could be loaded.
    pub fn reached_a_test(&self) -> bool {
        let before = |status| matches!(status, Status::NoCode | Status::CompileError | Status::MissingEntryPoint);
        let Some(verdict) = self.verdict().filter(|verdict| !before(verdict.status)) else { return false };
        let failure = verdict.hidden.as_ref().and_then(|suite| suite.first_failure());
        !failure.and_then(|test| test.facts.as_ref()).is_some_and(|facts| facts.while_loading)
    }

    /// Why the node is unscored, or `None` if it is scored or still open.
    pub fn unscored(&self) -> Option<&str> {
        match &self.outcome {
            Some(Outcome::Unscored(unscored)) => Some(&unscored.why),
            Some(Outcome::Judged(verdict, _)) if !verdict.status.is_scored() => Some(verdict.status.as_str()),
            _ => None,
        }
    }
}

/// An event that contradicts the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The same request was sent twice.
    #[error("call {0} was sent twice")]
    SentTwice(CallId),
    /// An answer or a loss without a request.
    #[error("call {0} was never sent")]
    UnknownCall(CallId),
    /// A second answer, or an answer after a loss.
    #[error("call {0} was already settled")]
    SettledTwice(CallId),
    /// More completions than slots.
    #[error("call {call} asked for {asked} completions and got {got}")]
    TooManyCompletions {
        /// The request.
        call: CallId,
        /// Slots asked for.
        asked: usize,
        /// Completions that came.
        got: usize,
    },
    /// A second completion for one slot.
    #[error("slot {0} already holds a completion")]
    SlotTaken(Slot),
    /// A verdict for a slot that holds no completion.
    #[error("slot {0} holds no completion to judge")]
    NothingToJudge(Slot),
    /// A second verdict for one slot.
    #[error("slot {0} was already judged")]
    JudgedTwice(Slot),
    /// An event about another kind of node, such as a verdict on a critique.
    #[error("slot {0} holds no {1}")]
    WrongKind(Slot, &'static str),
    /// A program that was run twice with the same inputs.
    #[error("slot {0} was already run with these inputs")]
    RunTwice(Slot),
    /// A second answer handed in.
    #[error("the tree was already submitted")]
    SubmittedTwice,
    /// A submission of a node that the tree does not have.
    #[error("slot {0} was submitted and does not exist")]
    UnknownSubmission(Slot),
    /// An event of the whole run.
    #[error("a run's event does not belong to a tree")]
    NotATreeEvent,
}

/// Everything known about one problem in one replicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairTree {
    /// Which tree this is.
    pub key: TreeKey,
    /// Each in a place of its own: a map of large values holds room for as many again.
    nodes: BTreeMap<Slot, Box<Node>>,
    /// Programs that people wrote unasked.
    given: BTreeMap<Slot, Node>,
    calls: BTreeMap<CallId, Call>,
    finished: bool,
    ranking: Vec<Slot>,
    /// Whether some node is unscored because a test is broken.
    broken: bool,
}

impl RepairTree {
    /// A tree of which nothing is known.
    pub fn new(key: TreeKey) -> Self {
        Self {
            key,
            nodes: BTreeMap::new(),
            given: BTreeMap::new(),
            calls: BTreeMap::new(),
            finished: false,
            ranking: Vec::new(),
            broken: false,
        }
    }

    /// The only way in which a tree grows. Any order of arrival that keeps causes before effects ends in
    /// the same tree.
    ///
    /// # Errors
    /// An event that contradicts what is known; the tree is then unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), TreeError> {
        match event {
            Event::Sent { call, slots, seat, model, worst_cost, prompt, template, shows, terms } => {
                if self.calls.contains_key(call) {
                    return Err(TreeError::SentTwice(call.clone()));
                }
                let state = CallState::Open { worst_cost: *worst_cost };
                let sent = Call {
                    slots: slots.clone(),
                    seat: *seat,
                    model: self.known_model(model),
                    prompt: prompt.clone(),
                    template: *template,
                    shows: shows.clone(),
                    terms: terms.clone(),
                    state,
                };
                self.calls.insert(call.clone(), sent);
            }
            Event::Sampled { call, completions, usage: _, cost } => {
                let open = self.open_call(call)?;
                let (slots, seat, model) = (open.slots.clone(), open.seat, open.model.clone());
                if completions.len() > slots.len() {
                    let (asked, got) = (slots.len(), completions.len());
                    return Err(TreeError::TooManyCompletions { call: call.clone(), asked, got });
                }
                if let Some(taken) = slots[..completions.len()].iter().find(|slot| self.nodes.contains_key(slot)) {
                    return Err(TreeError::SlotTaken(taken.clone()));
                }
                self.open_call(call)?.state = CallState::Answered { cost: *cost };
                for (slot, completion) in slots.into_iter().zip(completions) {
                    let node = Node {
                        seat: Some(seat),
                        call: Some(call.clone()),
                        model: Some(model.clone()),
                        completion: Some(completion.clone()),
                        ..Node::empty(slot.clone())
                    };
                    self.nodes.insert(slot, Box::new(node));
                }
            }
            Event::Lost { call, charged, why: _ } => {
                self.open_call(call)?.state = CallState::Lost { charged: *charged };
            }
            Event::Refused { call, why: _ } => {
                self.open_call(call)?.state = CallState::Refused;
            }
            Event::Made { slot, text, of } => {
                if self.nodes.contains_key(slot) {
                    return Err(TreeError::SlotTaken(slot.clone()));
                }
                let completion = Some(Completion::made(text.clone()));
                let node = Node { completion, made_of: of.clone(), ..Node::empty(slot.clone()) };
                self.nodes.insert(slot.clone(), Box::new(node));
            }
            Event::Given { slot, text, model, author } => {
                if self.node(slot).is_some() {
                    return Err(TreeError::SlotTaken(slot.clone()));
                }
                if slot.kind() != Kind::Repair {
                    return Err(TreeError::WrongKind(slot.clone(), Kind::Repair.as_str()));
                }
                let node = Node {
                    seat: Some(Seat::first(Part::Annotator)),
                    model: Some(self.known_model(model)),
                    completion: Some(Completion::given(text.clone(), author.as_deref())),
                    ..Node::empty(slot.clone())
                };
                self.given.insert(slot.clone(), node);
            }
            Event::Judged { slot, candidate, verdict, used } => {
                let node = self.open_node(slot)?;
                if !slot.is_program() {
                    return Err(TreeError::WrongKind(slot.clone(), "program"));
                }
                node.candidate.clone_from(candidate);
                node.outcome = Some(Outcome::Judged(verdict.clone(), *used));
            }
            Event::Read { slot, found, screened } => {
                let node = self.open_node(slot)?;
                if slot.kind() != found.kind() {
                    return Err(TreeError::WrongKind(slot.clone(), found.kind().as_str()));
                }
                node.outcome = Some(Outcome::Read(found.clone()));
                node.screened = *screened;
            }
            Event::Tested { slot, tests, verdict, used } => {
                if !self.nodes.get(tests).is_some_and(|node| matches!(node.found(), Some(Found::Tests { .. }))) {
                    return Err(TreeError::WrongKind(tests.clone(), Kind::Tests.as_str()));
                }
                let node = self.program(slot)?;
                if node.tested.contains_key(tests) {
                    return Err(TreeError::JudgedTwice(slot.clone()));
                }
                node.tested.insert(tests.clone(), (verdict.clone(), *used));
            }
            Event::Checked { tests, verdict, used } => {
                let holds_tests = |node: &&mut Box<Node>| matches!(node.found(), Some(Found::Tests { .. }));
                let node = self.nodes.get_mut(tests).filter(holds_tests);
                let node = node.ok_or_else(|| TreeError::WrongKind(tests.clone(), Kind::Tests.as_str()))?;
                if node.checked.is_some() {
                    return Err(TreeError::JudgedTwice(tests.clone()));
                }
                node.checked = Some(Box::new((verdict.clone(), *used)));
            }
            Event::Ran { slot, given, outcomes, used } => {
                let node = self.nodes.get_mut(slot).ok_or_else(|| TreeError::NothingToJudge(slot.clone()))?;
                if node.ran.contains_key(given) {
                    return Err(TreeError::RunTwice(slot.clone()));
                }
                node.ran.insert(*given, (outcomes.clone(), *used));
            }
            Event::Unscored { slot, candidate, why, cause } => {
                let node = match self.given.get_mut(slot) {
                    Some(given) => given,
                    None => self.nodes.entry(slot.clone()).or_insert_with(|| Box::new(Node::empty(slot.clone()))),
                };
                if node.outcome.is_some() {
                    return Err(TreeError::JudgedTwice(slot.clone()));
                }
                node.candidate.clone_from(candidate);
                node.outcome = Some(Outcome::Unscored(Unscored { why: why.clone(), cause: *cause }));
                self.broken |= *cause == Some(Cause::BrokenTest);
            }
            Event::Submitted { ranking } => {
                if self.finished {
                    return Err(TreeError::SubmittedTwice);
                }
                if let Some(missing) = ranking.iter().find(|slot| !self.nodes.contains_key(slot)) {
                    return Err(TreeError::UnknownSubmission(missing.clone()));
                }
                if let Some(other) = ranking.iter().find(|slot| !slot.is_program()) {
                    return Err(TreeError::WrongKind(other.clone(), Kind::Program.as_str()));
                }
                self.finished = true;
                self.ranking.clone_from(ranking);
            }
            Event::State { .. } | Event::Stopped { .. } | Event::Resumed { .. } => {
                return Err(TreeError::NotATreeEvent);
            }
        }
        Ok(())
    }

    /// A node with a completion of which nothing is known yet.
    fn open_node(&mut self, slot: &Slot) -> Result<&mut Node, TreeError> {
        let node = self.nodes.get_mut(slot).map(|node| &mut **node).or_else(|| self.given.get_mut(slot));
        let node = node.ok_or_else(|| TreeError::NothingToJudge(slot.clone()))?;
        match node.outcome {
            Some(_) => Err(TreeError::JudgedTwice(slot.clone())),
            None => Ok(node),
        }
    }

    /// A node with a completion that may hold a program.
    fn program(&mut self, slot: &Slot) -> Result<&mut Node, TreeError> {
        let node = self.nodes.get_mut(slot).ok_or_else(|| TreeError::NothingToJudge(slot.clone()))?;
        if slot.is_program() { Ok(node) } else { Err(TreeError::WrongKind(slot.clone(), Kind::Program.as_str())) }
    }

    /// A model's name, once for all requests of a row that ask it.
    fn known_model(&self, name: &str) -> Arc<str> {
        let last = self.calls.values().next_back().map(|call| &call.model);
        last.filter(|model| ***model == *name).map_or_else(|| name.into(), Arc::clone)
    }

    fn open_call(&mut self, call: &CallId) -> Result<&mut Call, TreeError> {
        let known = self.calls.get_mut(call).ok_or_else(|| TreeError::UnknownCall(call.clone()))?;
        match known.state {
            CallState::Open { .. } => Ok(known),
            CallState::Answered { .. } | CallState::Lost { .. } | CallState::Refused => {
                Err(TreeError::SettledTwice(call.clone()))
            }
        }
    }

    /// The node in a slot.
    pub fn node(&self, slot: &Slot) -> Option<&Node> {
        self.nodes.get(slot).map(|node| &**node).or_else(|| self.given.get(slot))
    }

    /// All nodes that were asked for or put together, by slot.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().map(|node| &**node)
    }

    /// Whether some node is unscored because a test is broken for whoever gets to it. It is known without a look at any
    /// node.
    pub fn has_broken_test(&self) -> bool {
        self.broken
    }

    /// Programs that people wrote unasked, by slot. They are judged like any other, and are no draws of a model: no figure
    /// of the strategy counts them.
    pub fn given(&self) -> impl Iterator<Item = &Node> {
        self.given.values()
    }

    /// How many programs people wrote unasked below a node: its own repairs are numbered from there.
    pub fn given_below(&self, slot: &Slot) -> u32 {
        self.given.keys().filter(|given| given.parent().as_ref() == Some(slot)).count() as u32
    }

    /// All requests, by id.
    pub fn calls(&self) -> impl Iterator<Item = (&CallId, &Call)> {
        self.calls.iter()
    }

    /// A request.
    pub fn call(&self, id: &CallId) -> Option<&Call> {
        self.calls.get(id)
    }

    /// How many requests had this first slot: the number of the next one.
    pub fn times_sent(&self, first: &Slot) -> u32 {
        self.calls.values().filter(|call| call.slots.first() == Some(first)).count() as u32
    }

    /// Whether the strategy is done with the tree.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// What was handed in; `None` while the tree grows, and if the strategy handed in nothing.
    pub fn submitted(&self) -> Option<&Slot> {
        self.ranking.first()
    }

    /// The programs that the strategy ranks, best first, of which the first was handed in. Empty while the tree grows,
    /// and if the strategy handed in nothing.
    pub fn ranking(&self) -> &[Slot] {
        &self.ranking
    }

    /// What the tree cost so far: answers at their price, losses and open requests at their worst.
    pub fn spent(&self) -> Cost {
        self.calls.values().map(|call| call.state.charge()).sum()
    }

    /// What its answers cost. Requests that were lost count in [`spent`](Self::spent) only: they are no property of the
    /// tree, and differ between two runs of the same identity.
    pub fn paid(&self) -> Cost {
        let answered = |call: &&Call| matches!(call.state, CallState::Answered { .. });
        self.calls.values().filter(answered).map(|call| call.state.charge()).sum()
    }

    /// The same as [`spent`](Self::spent), by who was asked.
    pub fn spent_by_seat(&self) -> BTreeMap<Seat, Cost> {
        let mut spent: BTreeMap<Seat, Cost> = BTreeMap::new();
        for call in self.calls.values() {
            *spent.entry(call.seat).or_default() += call.state.charge();
        }
        spent
    }
}

#[cfg(test)]
mod tests;
