//! A run's programs are judged anew: nobody is asked, and the trees keep the shape in which they were bought.
//!
//! Whatever the source's journal says of a tree is taken over, but for what a judge found and for the end of the tree. What
//! a judge found is found anew: verdicts on programs, and what tests that somebody wrote say of programs and of the
//! reference solution. What a strategy made a program show (`Ran`) is no verdict: its strategy went by it, and it stays
//! while the program is the same. A tree is handed in with the ranking that its strategy gave it then.
//!
//! A killed session goes on: what the new journal holds is known by the trees that it builds, event for event.

use super::alike::Key;
use super::judgements::{Aim, Execution};
use super::reins::Reins;
use super::report::{Became, Progress, Report};
use super::{Ended, RunError, Stop};
use crate::extract::extract;
use crate::judging::{Outcomes, event_of, task};
use crate::script::tests_of;
use mend_core::{
    CallState, Candidate, Entry, Event, Extraction, Node, Problem, RepairTree, Slot, Status, Test, Used, Verdict,
};
use mend_journal::{Journal, Ticket};
use mend_judge::{Judge, JudgeError, Judgement, Task};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What is judged anew, and how.
#[derive(Debug)]
pub struct Rejudgement {
    /// The problem of each tree, in the order of the trees.
    pub problems: Vec<Arc<Problem>>,
    /// What the source's journal says of each tree, in the order of the trees.
    pub source: Vec<Vec<Event>>,
    /// The trees by their number, in the order in which they are handed in.
    pub order: Vec<usize>,
    /// The rules by which programs are looked for anew in all answers; `None` to keep those that were found.
    pub extraction: Option<Extraction>,
    /// The rules for an answer in which nobody looked for a program yet.
    pub unread: Extraction,
    /// Candidates handed to the judge at most.
    pub judging: NonZeroUsize,
}

/// Judges anew to the end, or until `reins` or a failure stop it. `trees` is what an earlier session left, or empty
/// trees; they come back grown. Whatever was found is durable before this returns, unless the journal is the reason to
/// stop.
pub async fn rejudge(
    what: &Rejudgement,
    trees: &mut [RepairTree],
    judge: &dyn Judge,
    journal: &Journal,
    reins: impl Into<Reins>,
    report: &mut (dyn FnMut(Report) + Send),
) -> Ended {
    let (sender, judged) = mpsc::unbounded_channel();
    let mut bench = Bench {
        open: vec![0; trees.len()],
        what,
        trees,
        judge,
        journal,
        jobs: VecDeque::new(),
        judging: 0,
        sender,
        latest: None,
        handed_in: 0,
        progress: Progress::default(),
        became: Vec::new(),
    };
    let stop = bench.work(judged, &reins.into(), report).await;
    match (stop, bench.save().await) {
        (Some(Stop::Failed(error)), _) | (_, Err(error)) => Ended::Stopped(Stop::Failed(error)),
        (Some(stop), Ok(())) => Ended::Stopped(stop),
        (None, Ok(())) => Ended::Complete,
    }
}

/// Something for the judge.
enum Job {
    /// A program, and all places where it stands: it is judged once for all of them.
    Program { task: Option<Task>, places: Vec<Place> },
    /// Tests that somebody wrote.
    Tests { tree: usize, aim: Aim, outcomes: Outcomes },
}

/// Where a program stands.
struct Place {
    tree: usize,
    slot: Slot,
    candidate: Option<Candidate>,
}

/// What came back from the judge.
struct Back {
    job: Job,
    result: Result<Judgement, JudgeError>,
}

struct Bench<'a> {
    what: &'a Rejudgement,
    trees: &'a mut [RepairTree],
    judge: &'a dyn Judge,
    journal: &'a Journal,
    jobs: VecDeque<Job>,
    /// Jobs of each tree that are not done.
    open: Vec<u32>,
    judging: usize,
    sender: mpsc::UnboundedSender<Back>,
    latest: Option<Ticket>,
    /// How many trees of the order are done.
    handed_in: usize,
    progress: Progress,
    /// What was found, and was not told yet.
    became: Vec<Became>,
}

impl Bench<'_> {
    async fn work(
        &mut self,
        mut judged: mpsc::UnboundedReceiver<Back>,
        reins: &Reins,
        report: &mut (dyn FnMut(Report) + Send),
    ) -> Option<Stop> {
        self.progress.trees = self.trees.len() as u64;
        let mut stop = self.take_over().err().map(Stop::Failed);
        let mut wishes = reins.wishes();
        loop {
            if stop.is_none() && reins.stops() {
                stop = Some(Stop::Interrupt);
            }
            if stop.is_none() {
                stop = self.hand_in().err().map(Stop::Failed);
            }
            let is_held = stop.is_none() && reins.is_paused() && self.handed_in < self.trees.len();
            if stop.is_none() && !is_held {
                self.send();
            }
            self.progress.judging = self.judging as u64;
            report(Report::Progress(self.progress));
            self.became.drain(..).for_each(|became| report(Report::Became(became)));
            if self.judging == 0 && !is_held {
                return stop;
            }
            let learned = tokio::select! {
                Some(back) = judged.recv() => self.learn_of(back),
                () = wishes.change(), if stop.is_none() => Ok(()),
            };
            if let Err(error) = learned
                && !matches!(stop, Some(Stop::Failed(_)))
            {
                stop = Some(Stop::Failed(error));
            }
        }
    }

    /// Takes over what is no verdict, and lists what is to be judged: tree by tree, in the order in which they are handed in.
    fn take_over(&mut self) -> Result<(), RunError> {
        let what = self.what;
        let mut known: HashMap<Key, usize> = HashMap::new();
        for at in what.order.iter().copied() {
            let candidates = self.candidates(at);
            for event in &what.source[at] {
                if self.is_taken_over(at, event, &candidates) {
                    self.learn(at, event.clone())?;
                }
            }
            self.trees[at].nodes().for_each(|node| self.progress.count(node));
            let open: Vec<Slot> = self.trees[at]
                .nodes()
                .chain(self.trees[at].given())
                .filter(|node| is_unjudged(node))
                .map(|node| node.slot.clone())
                .collect();
            for slot in open {
                let candidate = candidates.get(&slot).cloned().flatten();
                self.list_program(at, slot, candidate, &mut known);
            }
            self.list_tests(at, &candidates);
        }
        Ok(())
    }

    /// The programs of a tree: those that were found, or what the rules find now.
    fn candidates(&self, at: usize) -> BTreeMap<Slot, Option<Candidate>> {
        let (what, problem) = (self.what, &self.what.problems[at]);
        let mut found: BTreeMap<Slot, Option<Candidate>> = BTreeMap::new();
        let mut answers: BTreeMap<Slot, mend_core::Completion> = BTreeMap::new();
        let mut asked: BTreeMap<_, Vec<Slot>> = BTreeMap::new();
        for event in &what.source[at] {
            match event {
                Event::Sent { call, slots, .. } => drop(asked.insert(call.clone(), slots.clone())),
                Event::Sampled { call, completions, .. } => {
                    let slots = asked.remove(call).unwrap_or_default();
                    answers.extend(slots.into_iter().zip(completions.iter().cloned()));
                }
                Event::Made { slot, text, .. } => {
                    answers.insert(slot.clone(), mend_core::Completion::made(text.clone()));
                }
                Event::Given { slot, text, author, .. } => {
                    answers.insert(slot.clone(), mend_core::Completion::given(text.clone(), author.as_deref()));
                }
                Event::Judged { slot, candidate, .. } | Event::Unscored { slot, candidate, .. }
                    if what.extraction.is_none() =>
                {
                    found.insert(slot.clone(), candidate.clone());
                }
                _ => {}
            }
        }
        let rules = what.extraction.unwrap_or(what.unread);
        for (slot, answer) in answers.into_iter().filter(|(slot, _)| slot.is_program()) {
            found
                .entry(slot)
                .or_insert_with(|| extract(&answer, problem, rules).map(|extracted| extracted.candidate()));
        }
        found
    }

    /// Whether an event belongs to the new tree as it is, and is not in it yet.
    fn is_taken_over(&self, at: usize, event: &Event, candidates: &BTreeMap<Slot, Option<Candidate>>) -> bool {
        let tree = &self.trees[at];
        let is_open = |call| tree.call(call).is_some_and(|call| matches!(call.state, CallState::Open { .. }));
        match event {
            Event::Sent { call, .. } => tree.call(call).is_none(),
            Event::Sampled { call, .. } | Event::Lost { call, .. } | Event::Refused { call, .. } => is_open(call),
            Event::Read { slot, .. } => tree.node(slot).is_some_and(|node| node.outcome.is_none()),
            // Of what is unscored no answer ever came: there is nothing to judge.
            Event::Made { slot, .. } | Event::Given { slot, .. } | Event::Unscored { slot, .. } => {
                tree.node(slot).is_none()
            }
            Event::Ran { slot, given, .. } => {
                let is_there = tree.node(slot).is_some_and(|node| node.ran.contains_key(given));
                !is_there && self.is_same_program(at, slot, candidates)
            }
            Event::Judged { .. }
            | Event::Tested { .. }
            | Event::Checked { .. }
            | Event::Submitted { .. }
            | Event::State { .. }
            | Event::Stopped { .. }
            | Event::Resumed { .. } => false,
        }
    }

    /// Whether a node holds the program now that it held then; also of a node that holds none by its kind.
    fn is_same_program(&self, at: usize, slot: &Slot, candidates: &BTreeMap<Slot, Option<Candidate>>) -> bool {
        let then = self.what.source[at].iter().find_map(|event| match event {
            Event::Judged { slot: of, candidate, .. } | Event::Unscored { slot: of, candidate, .. } if of == slot => {
                candidate.as_ref()
            }
            _ => None,
        });
        let now = candidates.get(slot).and_then(Option::as_ref);
        then.map(|then| (then.program.digest(), then.rule)) == now.map(|now| (now.program.digest(), now.rule))
    }

    fn list_program(&mut self, at: usize, slot: Slot, candidate: Option<Candidate>, known: &mut HashMap<Key, usize>) {
        self.open[at] += 1;
        let problem = &self.what.problems[at];
        let task = candidate.as_ref().and_then(|candidate| task(problem, candidate));
        let key = task.as_ref().map(Key::of);
        let place = Place { tree: at, slot, candidate };
        if let Some(Job::Program { places, .. }) =
            key.as_ref().and_then(|key| known.get(key)).and_then(|job| self.jobs.get_mut(*job))
        {
            places.push(place);
            return;
        }
        if let Some(key) = key {
            known.insert(key, self.jobs.len());
        }
        self.jobs.push_back(Job::Program { task, places: vec![place] });
    }

    /// Lists what tests that somebody wrote are to say anew, all tests of one program together.
    fn list_tests(&mut self, at: usize, candidates: &BTreeMap<Slot, Option<Candidate>>) {
        let what = self.what;
        let mut of_programs: BTreeMap<&Slot, Vec<&Slot>> = BTreeMap::new();
        let mut of_reference: Vec<&Slot> = Vec::new();
        for event in &what.source[at] {
            match event {
                Event::Tested { slot, tests, .. } => {
                    let node = self.trees[at].node(slot);
                    if node.is_some_and(|node| !node.tested.contains_key(tests)) {
                        of_programs.entry(slot).or_default().push(tests);
                    }
                }
                Event::Checked { tests, .. }
                    if self.trees[at].node(tests).is_some_and(|node| node.checked.is_none()) =>
                {
                    of_reference.push(tests);
                }
                _ => {}
            }
        }
        let problem = &what.problems[at];
        let mut jobs = Vec::new();
        for (slot, nodes) in of_programs {
            let (tests, all) = self.held(at, nodes);
            let candidate = candidates.get(slot).and_then(Option::as_ref);
            let outcomes = Outcomes::new(problem, candidate, all);
            jobs.push((Aim::Test { slot: slot.clone(), tests }, outcomes));
        }
        if !of_reference.is_empty() {
            let (tests, all) = self.held(at, of_reference);
            jobs.push((Aim::Check { tests }, Outcomes::of_reference(problem, all)));
        }
        self.open[at] += jobs.len() as u32;
        self.jobs.extend(jobs.into_iter().map(|(aim, outcomes)| Job::Tests { tree: at, aim, outcomes }));
    }

    /// The tests that some nodes hold: how many each, and all of them.
    fn held(&self, at: usize, nodes: Vec<&Slot>) -> (Vec<(Slot, usize)>, Vec<Test>) {
        let mut all = Vec::new();
        let mut counts = Vec::new();
        for slot in nodes {
            let tests = self.trees[at].node(slot).and_then(tests_of).unwrap_or_default();
            counts.push((slot.clone(), tests.len()));
            all.extend_from_slice(tests);
        }
        (counts, all)
    }

    /// Hands jobs to the judge, as many as it takes.
    fn send(&mut self) {
        while self.judging < self.what.judging.get()
            && let Some(job) = self.jobs.pop_front()
        {
            self.judging += 1;
            let task = match &job {
                Job::Program { task, .. } => task.clone(),
                Job::Tests { outcomes, .. } => outcomes.next(),
            };
            let mut home = Home { sender: self.sender.clone(), job: Some(job) };
            if let Some(task) = task {
                self.judge.submit(task, Box::new(move |result| home.send(result)));
            } else {
                let verdict = Verdict::without_run(Status::NoCode);
                home.send(Ok(Judgement { verdict, used: Used::default() }));
            }
        }
    }

    fn learn_of(&mut self, back: Back) -> Result<(), RunError> {
        self.judging -= 1;
        match back.job {
            Job::Program { places, .. } => {
                let mut found: Option<Event> = None;
                let mut result = Some(back.result);
                for Place { tree, slot, candidate } in places {
                    let event = match (result.take(), &found) {
                        (Some(result), _) => event_of(slot.clone(), candidate, result)?,
                        (None, Some(found)) => elsewhere(found.clone(), slot.clone(), candidate),
                        (None, None) => return Ok(()),
                    };
                    found = Some(event.clone());
                    self.open[tree] -= 1;
                    self.learn(tree, event)?;
                    if let Some(node) = self.trees[tree].node(&slot) {
                        self.progress.count(node);
                    }
                }
            }
            Job::Tests { tree, aim, mut outcomes } => {
                outcomes.learn(back.result)?;
                if outcomes.next().is_some() {
                    self.jobs.push_front(Job::Tests { tree, aim, outcomes });
                    return Ok(());
                }
                self.open[tree] -= 1;
                for event in Execution::events(aim, &outcomes) {
                    self.learn(tree, event)?;
                }
            }
        }
        Ok(())
    }

    /// Hands in the trees that are done and that the source had handed in, up to the first of the order that is not done.
    fn hand_in(&mut self) -> Result<(), RunError> {
        while let Some(at) = self.what.order.get(self.handed_in).copied()
            && self.open[at] == 0
        {
            let end = self.what.source[at].iter().find(|event| matches!(event, Event::Submitted { .. }));
            if let Some(end) = end.filter(|_| !self.trees[at].is_finished()) {
                self.learn(at, end.clone())?;
            }
            self.handed_in += 1;
            self.progress.trees_done += 1;
            self.became.push(Became::Done(self.trees[at].key.clone()));
        }
        Ok(())
    }

    /// Appends an event to the journal, then to its tree.
    fn learn(&mut self, at: usize, event: Event) -> Result<(), RunError> {
        let tree = &mut self.trees[at];
        let entry = Entry { tree: Some(tree.key.clone()), event };
        self.latest = Some(self.journal.append(&entry)?);
        tree.apply(&entry.event).map_err(|source| RunError::Tree { tree: tree.key.to_string(), source })?;
        // What the source's requests came to is its own affair.
        let found = Became::of(&entry.event, tree);
        self.became.extend(found.filter(|found| matches!(found, Became::Judged { .. } | Became::Unscored { .. })));
        Ok(())
    }

    /// Waits until all is durable.
    async fn save(&mut self) -> Result<(), RunError> {
        match self.latest.take() {
            Some(ticket) => Ok(ticket.durable().await?),
            None => Ok(()),
        }
    }
}

/// Whether a node holds an answer that is to be judged.
fn is_unjudged(node: &Node) -> bool {
    node.slot.is_program() && node.completion.is_some() && node.outcome.is_none()
}

/// What was found of a program, at another place where it stands.
fn elsewhere(mut event: Event, at: Slot, found: Option<Candidate>) -> Event {
    if let Event::Judged { slot, candidate, .. } | Event::Unscored { slot, candidate, .. } = &mut event {
        (*slot, *candidate) = (at, found);
    }
    event
}

/// Sends home what the judge found, and says so if the judge drops it.
struct Home {
    sender: mpsc::UnboundedSender<Back>,
    job: Option<Job>,
}

impl Home {
    fn send(&mut self, result: Result<Judgement, JudgeError>) {
        if let Some(job) = self.job.take() {
            // A bench that is gone wants no judgement.
            let _ = self.sender.send(Back { job, result });
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.send(Err(JudgeError::Gone));
    }
}
