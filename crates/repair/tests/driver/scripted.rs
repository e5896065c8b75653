//! A judge and a model that do what a test tells them.

use crate::table::Table;
use mend_core::{Completion, Cost, Form, ModelIdentity, Problem, Slot, Text, Tokens, Usage, Used};
use mend_judge::{
    Done, Judge, JudgeError, Judgement, Look, Looked, Seen, Sight, Step, Task, Trace, Unit, Values, WorkCost,
};
use mend_model::{Answer, Failure, Kind, Model, ModelError, Patience, Profile, Request, SimulatedProgrammer};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// In which order a judge answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answering {
    /// First come, first served.
    InOrder,
    /// The last of those that wait.
    LastFirst,
}

/// What goes wrong with a candidate.
pub(crate) enum Fault {
    Error(JudgeError),
    /// The judge drops the callback.
    Vanish,
}

type Faults = Box<dyn Fn(&Task) -> Option<Fault> + Send + Sync>;

/// Answers from a thread of its own, by the table.
pub(crate) struct ScriptedJudge {
    queue: Option<Sender<(Task, Done)>>,
    thread: Option<JoinHandle<()>>,
    judged: Arc<Mutex<Vec<String>>>,
    looked: AtomicUsize,
}

impl ScriptedJudge {
    pub(crate) fn new(table: &Arc<Table>, answering: Answering) -> Self {
        Self::with_faults(table, answering, Box::new(|_| None))
    }

    pub(crate) fn with_faults(table: &Arc<Table>, answering: Answering, faults: Faults) -> Self {
        let (queue, tasks) = channel();
        let (table, judged) = (Arc::clone(table), Arc::default());
        let thread = std::thread::spawn(move || serve(&table, answering, &faults, &tasks));
        Self { queue: Some(queue), thread: Some(thread), judged, looked: AtomicUsize::new(0) }
    }

    /// The programs that were handed in so far.
    pub(crate) fn judged(&self) -> Vec<String> {
        self.judged.lock().unwrap().clone()
    }

    /// How often it was asked to look at something.
    pub(crate) fn looked(&self) -> usize {
        self.looked.load(Ordering::Relaxed)
    }
}

impl Judge for ScriptedJudge {
    fn submit(&self, task: Task, done: Done) {
        self.judged.lock().unwrap().push(task.program.to_string());
        self.queue.as_ref().unwrap().send((task, done)).unwrap();
    }

    /// Sees what follows from what it is shown, at once.
    fn look(&self, look: Look, done: Looked) {
        self.looked.fetch_add(1, Ordering::Relaxed);
        let sight = match look {
            Look::Trace { task, .. } => {
                let values = Values(vec![("x".to_owned(), task.program.len().to_string())]);
                let steps = vec![Step { number: 0, first: 1, last: 1, values, pass: None }];
                Sight::Trace(Some(Trace { call: None, end: None, total: 1, steps }))
            }
            Look::Cells { texts } => Sight::Cells(texts.iter().map(|text| format!("{}\n", text.len())).collect()),
            Look::Cost { task } => {
                let (cost, reference) = (task.program.len() as u64, Some(100));
                Sight::Cost(Some(WorkCost { cost, unit: Unit::Fuel, reference }))
            }
        };
        done(Ok(Seen { sight, used: Used::default() }));
    }
}

impl Drop for ScriptedJudge {
    fn drop(&mut self) {
        self.queue = None;
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the judge's thread panicked");
    }
}

fn serve(table: &Table, answering: Answering, faults: &Faults, tasks: &Receiver<(Task, Done)>) {
    let mut waiting: Vec<(Task, Done)> = Vec::new();
    loop {
        let next = match (answering, waiting.is_empty()) {
            (Answering::InOrder, _) | (Answering::LastFirst, true) => tasks.recv().ok(),
            // Waits a moment for others to overtake.
            (Answering::LastFirst, false) => tasks.recv_timeout(Duration::from_micros(200)).ok(),
        };
        match next {
            Some(next) if answering == Answering::LastFirst => waiting.push(next),
            Some((task, done)) => answer(table, faults, &task, done),
            None => match waiting.pop() {
                Some((task, done)) => answer(table, faults, &task, done),
                None => break,
            },
        }
    }
}

fn answer(table: &Table, faults: &Faults, task: &Task, done: Done) {
    match faults(task) {
        Some(Fault::Error(error)) => done(Err(error)),
        Some(Fault::Vanish) => drop(done),
        None => {
            let verdict = table.program(&task.problem.id, &task.program).verdict.clone();
            done(Ok(Judgement { verdict, used: Used::default() }));
        }
    }
}

/// What a model does with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Does {
    /// Answers as the simulated programmer.
    Answer,
    /// The same, after so many turns of the others.
    Delay(u32),
    /// The first so many completions of that answer.
    Fewer(usize),
    /// So many completions more than asked for.
    More(usize),
    /// This text for each slot.
    Say(String),
    /// Text that the journal cannot write.
    SayNothingWritable,
    Fail,
    /// Fails as a provider does.
    Break(Kind),
    /// The same, and reports what it cost.
    BreakBilled(Kind, Tokens),
    /// The same, and asks to wait.
    AskToWait(Kind, Duration),
    /// Answers, at this cost.
    Overrun(Tokens),
    Never,
}

/// What a model bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bills {
    /// What the simulated programmer reports.
    Reported,
    /// Exactly the worst case.
    Worst,
    /// It does not say.
    Unsaid,
}

type Script = Box<dyn Fn(&Request, u32) -> Does + Send + Sync>;

/// A simulated programmer whose answers cost something, and which does what the script tells it. The script gets the
/// request and how often its first slot was asked for before.
pub(crate) struct ScriptedModel {
    programmer: SimulatedProgrammer,
    bills: Bills,
    script: Script,
    asked: Mutex<Vec<Vec<Slot>>>,
    attempts: Mutex<BTreeMap<(String, Slot), u32>>,
    billed: Mutex<Tokens>,
}

impl ScriptedModel {
    pub(crate) fn new(problems: &[Arc<Problem>], bills: Bills, script: Script) -> Self {
        let (asked, attempts, billed) = Default::default();
        Self { programmer: programmer(problems), bills, script, asked, attempts, billed }
    }

    /// Tokens that this model bills so far, also for answers that it does not give.
    pub(crate) fn billed(&self) -> Tokens {
        *self.billed.lock().unwrap()
    }

    /// The slots of each request so far.
    pub(crate) fn asked(&self) -> Vec<Vec<Slot>> {
        self.asked.lock().unwrap().clone()
    }
}

/// The simulated programmer who knows these problems.
pub(crate) fn programmer(problems: &[Arc<Problem>]) -> SimulatedProgrammer {
    let problems: Vec<Problem> = problems.iter().map(|problem| Problem::clone(problem)).collect();
    SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &problems)
}

#[async_trait::async_trait]
impl Model for ScriptedModel {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity { name: "scripted/model".to_owned(), ..self.programmer.identity() }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        self.asked.lock().unwrap().push(request.slots.clone());
        let place = (format!("{} {}", request.problem, request.replicate), request.slots[0].clone());
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap();
            let attempt = attempts.entry(place).or_default();
            *attempt += 1;
            *attempt - 1
        };
        let does = (self.script)(request, attempt);
        if let Does::Delay(turns) = does {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        }
        let mut answer = self.programmer.complete(request).await?;
        match does {
            Does::Answer | Does::Delay(_) => {}
            Does::Fewer(count) => answer.completions.truncate(count),
            Does::More(count) => answer.completions.extend(vec![answer.completions[0].clone(); count]),
            Does::Say(text) => {
                answer.completions = request.slots.iter().map(|_| completion(Text::new(&*text))).collect();
            }
            Does::SayNothingWritable => answer.completions = vec![completion(wordless())],
            Does::Fail => {
                return Err(ModelError::NoSample {
                    problem: request.problem.clone(),
                    replicate: request.replicate,
                    slot: request.slots[0].clone(),
                    available: 0,
                });
            }
            Does::Break(kind) => {
                if kind.rule().may_be_billed {
                    *self.billed.lock().unwrap() += answer.usage.billed().unwrap();
                }
                return Err(failure(kind).into());
            }
            Does::BreakBilled(kind, tokens) => {
                *self.billed.lock().unwrap() += tokens;
                return Err(Failure { billed: Some(tokens.into()), ..failure(kind) }.into());
            }
            Does::AskToWait(kind, wait) => return Err(Failure { retry_after: Some(wait), ..failure(kind) }.into()),
            Does::Overrun(tokens) => answer.cost = Some(tokens.into()),
            Does::Never => std::future::pending().await,
        }
        match self.bills {
            Bills::Reported => {}
            Bills::Worst => answer.cost = Some(self.worst_case(request)),
            Bills::Unsaid => (answer.usage, answer.cost) = (Usage::default(), None),
        }
        *self.billed.lock().unwrap() += answer.cost.map_or(Tokens(0), |cost| cost.tokens);
        Ok(answer)
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.programmer.worst_case(request)
    }

    fn is_free(&self) -> bool {
        false
    }

    fn patience(&self) -> Patience {
        let pause = Duration::from_millis(1);
        Patience { first_pause: pause, longest_pause: pause, ..Patience::default() }
    }
}

fn failure(kind: Kind) -> Failure {
    let model = "scripted/model".to_owned();
    Failure { model, kind, detail: "as told".to_owned(), retry_after: None, billed: None, hint: None }
}

fn completion(text: Text) -> Completion {
    Completion { text, ..mend_testkit::completion("", Form::Chat) }
}

/// A text that was read without its body.
fn wordless() -> Text {
    use serde::Deserialize as _;
    use serde::de::value::{Error, StrDeserializer};
    let digest = Text::new("gone").digest().to_string();
    Text::deserialize(StrDeserializer::<Error>::new(&digest)).unwrap()
}
