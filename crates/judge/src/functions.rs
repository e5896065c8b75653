//! Functions: two parties, one with the candidate and one with the tests, and this host between them.
//!
//! The host starts both, passes each call from the tests to the candidate and each answer back, checks
//! every byte of an answer before the tests' side decodes it, and keeps its own record of how the
//! candidate's side fared: no word of either guest can turn a dead candidate into a pass.

use crate::facts::normal;
use crate::pool::{Bench, JudgeError, Task};
use crate::programs::status_of;
use crate::wire::{self, Plain};
use mend_core::{Facts, Problem, Status, Test, TestVerdict};
use mend_sandbox::{Answer, Called, Calls, Job, Outcome, Party, SandboxError, Spend, Worker};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const CANDIDATE_GUEST: &str = concat!(include_str!("guest/wire.py"), include_str!("guest/candidate.py"));
const JUDGE_GUEST: &str = concat!(include_str!("guest/wire.py"), include_str!("guest/judge.py"));

/// What a test may take on our side, beside the candidate's own time: a limit reached here while handling
/// the candidate's data is the candidate's failure.
const JUDGE_SPEND: Spend = Spend { cpu: Duration::from_secs(10), wall: Duration::from_secs(30) };

/// The guest programs, for the engine recipe's digest.
pub(crate) fn guests() -> [&'static str; 2] {
    [CANDIDATE_GUEST, JUDGE_GUEST]
}

/// How a candidate's side came to an end during a test.
enum End {
    /// Its process ended.
    Process(Outcome),
    /// It sent something that is no answer.
    Protocol(String),
    /// It returned something that cannot cross.
    Uncrossed(String),
    /// Our side failed.
    Ours(SandboxError),
}

/// The candidate's party, as the host sees it.
struct CandidateSide {
    party: Option<Box<dyn Party>>,
    ids: RandomState,
    asked: u64,
    /// What is left of the test's limit.
    left: Spend,
    end: Option<End>,
}

impl CandidateSide {
    /// Sends a request and returns the checked body of its answer, or `None` with `end` set.
    fn ask(&mut self, head: Vec<Plain>, body: &[u8], arguments: &[u8]) -> Option<(Vec<Plain>, Vec<u8>)> {
        let party = self.party.as_mut()?;
        // A random number per request: an answer that was sent before its question cannot fit.
        self.asked += 1;
        let id = self.ids.hash_one(self.asked).cast_signed();
        let mut request = Vec::with_capacity(body.len() + 64);
        let mut fields = head.into_iter();
        let name = fields.next().into_iter();
        Plain::Tuple(name.chain([Plain::Int(id)]).chain(fields).collect()).encode(&mut request);
        request.extend(body);
        match party.ask(&request, self.left, None) {
            Ok(Answer::Frame { frame, spent }) => {
                self.left.cpu = self.left.cpu.saturating_sub(spent.cpu);
                self.left.wall = self.left.wall.saturating_sub(spent.wall);
                match answer(&frame, id, arguments) {
                    Ok(answer) => Some(answer),
                    Err(why) => self.ended(End::Protocol(why)),
                }
            }
            Ok(Answer::Ended(outcome)) => self.ended(End::Process(outcome)),
            Err(error) => self.ended(End::Ours(error)),
        }
    }

    fn ended<T>(&mut self, end: End) -> Option<T> {
        self.end = Some(end);
        None
    }

    /// One call of the tests: the candidate's answer as the tests' side may decode it.
    fn call(&mut self, payload: &[u8]) -> Called {
        if self.end.is_some() {
            return Called::Abort;
        }
        let Ok((arguments, _)) = wire::check(payload, &[]) else { return Called::Abort };
        let Some((head, body)) = self.ask(vec!["call".into()], payload, &arguments) else { return Called::Abort };
        match head.first().and_then(Plain::text) {
            Some("value" | "raised") => {
                let mut reply = Vec::with_capacity(body.len() + 64);
                Plain::Tuple(head).encode(&mut reply);
                reply.extend(body);
                Called::Reply(reply)
            }
            Some("uncrossed") => {
                let why = head.get(1).and_then(Plain::text).unwrap_or_default().to_owned();
                self.end = Some(End::Uncrossed(why));
                Called::Abort
            }
            _ => {
                self.end = Some(End::Protocol("an answer of another kind".to_owned()));
                Called::Abort
            }
        }
    }
}

/// Checks an answer: its number, its head, and that its body is one tuple of plain data.
fn answer(frame: &[u8], id: i64, arguments: &[u8]) -> Result<(Vec<Plain>, Vec<u8>), String> {
    let (number, at) = Plain::decode(frame).map_err(|error| error.to_string())?;
    if number != Plain::Int(id) {
        return Err("an answer to a question that was not asked".to_owned());
    }
    let (head, length) = Plain::decode(&frame[at..]).map_err(|error| error.to_string())?;
    let Plain::Tuple(head) = head else { return Err("an answer without a head".to_owned()) };
    let body = &frame[at + length..];
    let kind = head.first().and_then(Plain::text).unwrap_or_default();
    let fits = match (kind, head.as_slice()) {
        ("value", [_]) => body.starts_with(b"t\x02\0\0\0"),
        ("raised" | "syntax", [_, Plain::Str(_), Plain::Str(_), Plain::Str(_), line, source]) => {
            matches!(line, Plain::None | Plain::Int(_))
                && matches!(source, Plain::None | Plain::Str(_))
                && body.starts_with(b"t")
        }
        ("loaded" | "missing", [_]) | ("uncrossed", [_, Plain::Str(_)]) => body.is_empty(),
        _ => false,
    };
    if !fits {
        return Err("an answer of another shape".to_owned());
    }
    if !body.is_empty() {
        let (_, checked) = wire::check(body, arguments).map_err(|error| error.to_string())?;
        if checked != body.len() {
            return Err(wire::WireError::Trailing.to_string());
        }
    }
    Ok((head, body.to_vec()))
}

/// Runs the function tests of one suite: both parties start afresh with the suite.
pub(crate) struct Session<'a, 'b> {
    worker: &'a mut dyn Worker,
    bench: &'a mut Bench<'b>,
    task: &'a Task,
    entry: &'a str,
    side: Arc<Mutex<CandidateSide>>,
    judge: Option<Box<dyn Party>>,
}

/// What loading the candidate came to.
enum Loaded {
    Ready,
    Failed(Status, Facts),
}

impl<'a, 'b> Session<'a, 'b> {
    pub(crate) fn new(worker: &'a mut dyn Worker, bench: &'a mut Bench<'b>, task: &'a Task, entry: &'a str) -> Self {
        let left = bench.spend();
        let side = CandidateSide { party: None, ids: RandomState::new(), asked: 0, left, end: None };
        Self { worker, bench, task, entry, side: Arc::new(Mutex::new(side)), judge: None }
    }

    fn side(&self) -> MutexGuard<'_, CandidateSide> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&self, guest: &str) -> Job {
        Job {
            program: guest.into(),
            files: Vec::new(),
            stdin: Vec::new(),
            limits: self.bench.limits.clone(),
            seed: 0,
            preload: None,
        }
    }

    /// Runs one test. The flag says whether the candidate could not even be loaded.
    pub(crate) fn run(&mut self, index: u32, test: &Test) -> Result<(TestVerdict, bool), JudgeError> {
        let fresh = self.side().party.is_none();
        if fresh && let Loaded::Failed(status, facts) = self.load()? {
            return Ok((TestVerdict { index, status, facts: Some(facts) }, true));
        }
        let problem = &self.task.problem;
        let request = request(problem, self.entry, index, test)?;
        if self.judge.is_none() {
            self.judge = Some(self.worker.open(&self.job(JUDGE_GUEST))?);
        }
        self.side().left = self.bench.spend();
        let side = Arc::clone(&self.side);
        let calls: Calls =
            Box::new(move |payload| side.lock().unwrap_or_else(PoisonError::into_inner).call(payload));
        let judge = self.judge.as_mut().expect("opened above");
        let answered = judge.ask(&request, JUDGE_SPEND, Some(calls))?;
        let verdict = match answered {
            Answer::Frame { frame, .. } => self.judged(index, &frame)?,
            Answer::Ended(outcome) => {
                self.judge = None;
                self.bench.charge(&outcome.used);
                self.judge_died(index, &outcome)?
            }
        };
        Ok((verdict, false))
    }

    /// Starts the candidate's side and loads the program.
    fn load(&mut self) -> Result<Loaded, JudgeError> {
        let party = self.worker.open(&self.job(CANDIDATE_GUEST))?;
        let context = self.task.context();
        let head = ["load", "candidate", context, &self.task.program, self.entry];
        let left = self.bench.spend();
        let mut side = self.side();
        side.party = Some(party);
        side.left = left;
        side.end = None;
        let answer = side.ask(head.iter().map(|text| Plain::from(*text)).collect(), &[], &[]);
        drop(side);
        let Some((head, _)) = answer else {
            let (status, facts) = self.end_of_candidate("while the program was loaded")?;
            return Ok(Loaded::Failed(status, facts));
        };
        let (status, facts) = match head.first().and_then(Plain::text) {
            Some("loaded") => return Ok(Loaded::Ready),
            Some("missing") => {
                let note = format!("the program does not define `{}`", self.entry);
                (Status::MissingEntryPoint, Facts { note: Some(note), ..Facts::default() })
            }
            Some("syntax") => (Status::CompileError, raised_facts(&head)),
            Some("raised") => {
                let memory = head.get(1).and_then(Plain::text) == Some("MemoryError");
                let note = Some("raised while the program was loaded".to_owned());
                let status = if memory { Status::MemoryLimit } else { Status::RuntimeError };
                (status, Facts { note, ..raised_facts(&head) })
            }
            _ => {
                let note = Some("the answer breaks the protocol".to_owned());
                (Status::RuntimeError, Facts { note, ..Facts::default() })
            }
        };
        self.close_candidate()?;
        Ok(Loaded::Failed(status, facts))
    }

    /// Reads the verdict of the tests' side, under the host's own knowledge of the candidate's.
    fn judged(&mut self, index: u32, frame: &[u8]) -> Result<TestVerdict, JudgeError> {
        let broken = |why: String| JudgeError::BrokenTest { problem: self.task.problem.id.clone(), why };
        let (verdict, _) = Plain::decode(frame).map_err(|error| broken(error.to_string()))?;
        let Plain::Tuple(fields) = verdict else { return Err(broken("no verdict came".to_owned())) };
        let [Plain::Str(word), Plain::Int(made), Plain::Dict(pairs)] = fields.as_slice() else {
            return Err(broken("no verdict came".to_owned()));
        };
        let mut facts = facts_from(pairs);
        if self.side().end.is_some() {
            let (status, end) = self.end_of_candidate("during the test")?;
            facts.note = end.note;
            return Ok(TestVerdict { index, status, facts: Some(facts) });
        }
        let status = match word.as_str() {
            "unsupported" => {
                return Err(JudgeError::Unsupported { why: facts.note.unwrap_or_default() });
            }
            _ if *made == 0 => {
                let said = facts.note.or(facts.exception).map(|said| format!(": {said}")).unwrap_or_default();
                return Err(broken(format!("test {index} never calls `{}`{said}", self.entry)));
            }
            "passed" => return Ok(TestVerdict { index, status: Status::Passed, facts: None }),
            "wrong_answer" => Status::WrongAnswer,
            "memory_limit" => Status::MemoryLimit,
            "runtime_error" => Status::RuntimeError,
            other => return Err(broken(format!("unknown verdict `{other}`"))),
        };
        Ok(TestVerdict { index, status, facts: Some(facts) })
    }

    /// The tests' side died or hung. After the candidate's first answer that is the candidate's doing.
    fn judge_died(&mut self, index: u32, outcome: &Outcome) -> Result<TestVerdict, JudgeError> {
        if self.side().end.is_some() {
            let (status, facts) = self.end_of_candidate("during the test")?;
            return Ok(TestVerdict { index, status, facts: Some(facts) });
        }
        // One request loaded the program; any further one was a call.
        let called = self.side().asked > 1;
        let mut facts = Facts::default();
        let status = status_of(&outcome.how, &mut facts);
        let note = facts.note.take().unwrap_or_default();
        if !called {
            let problem = self.task.problem.id.clone();
            return Err(JudgeError::BrokenTest { problem, why: format!("test {index} ended by itself: {note}") });
        }
        facts.note = Some(format!("while the tests handled what the candidate returned: {note}"));
        Ok(TestVerdict { index, status, facts: Some(facts) })
    }

    /// Takes the record of how the candidate's side ended, and closes it.
    fn end_of_candidate(&mut self, when: &str) -> Result<(Status, Facts), JudgeError> {
        let end = self.side().end.take();
        let mut facts = Facts::default();
        let status = match end {
            Some(End::Ours(error)) => return Err(error.into()),
            Some(End::Process(outcome)) => {
                self.side().party = None;
                self.bench.charge(&outcome.used);
                status_of(&outcome.how, &mut facts)
            }
            Some(End::Protocol(why)) => {
                facts.note = Some(format!("the answer breaks the protocol: {}", normal(&why)));
                Status::RuntimeError
            }
            Some(End::Uncrossed(why)) => {
                facts.note = Some(format!("the returned value cannot leave the process: {}", normal(&why)));
                Status::WrongAnswer
            }
            None => Status::RuntimeError,
        };
        self.close_candidate()?;
        facts.note = facts.note.map(|note| format!("{note} {when}"));
        Ok((status, facts))
    }

    fn close_candidate(&mut self) -> Result<(), JudgeError> {
        let party = self.side().party.take();
        if let Some(party) = party {
            let outcome = party.close()?;
            self.bench.charge(&outcome.used);
        }
        Ok(())
    }

    /// Ends both sides.
    pub(crate) fn close(mut self) -> Result<(), JudgeError> {
        self.close_candidate()?;
        if let Some(judge) = self.judge.take() {
            let outcome = judge.close()?;
            self.bench.charge(&outcome.used);
        }
        Ok(())
    }
}

/// The request that runs one test on the tests' side.
fn request(problem: &Problem, entry: &str, index: u32, test: &Test) -> Result<Vec<u8>, JudgeError> {
    let context = problem.context.as_deref().unwrap_or_default();
    let fields = match test {
        Test::Script { source } => vec!["script".into(), context.into(), entry.into(), Plain::from(source.as_ref())],
        Test::Call { args, expected } => {
            let tolerance = problem.tolerance.map_or(Plain::None, Plain::Float);
            vec!["call".into(), entry.into(), Plain::from(&*args.0), Plain::from(&*expected.0), tolerance]
        }
        Test::Stdio { .. } => {
            let why = format!("test {index} has an input, but the problem asks for a function");
            return Err(JudgeError::BrokenTest { problem: problem.id.clone(), why });
        }
    };
    let mut request = Vec::new();
    Plain::Tuple(fields).encode(&mut request);
    Ok(request)
}

fn facts_from(pairs: &[(Plain, Plain)]) -> Facts {
    let mut facts = Facts::default();
    for (key, value) in pairs {
        let text = value.text().map(normal);
        match key.text() {
            Some("call") => facts.call = text,
            Some("expected") => facts.expected = text,
            Some("actual") => facts.actual = text,
            Some("exception") => facts.exception = text,
            Some("assertion") => facts.assertion = text,
            Some("source") => facts.source = text,
            Some("note") => facts.note = text,
            Some("line") => facts.line = line_of(value),
            _ => {}
        }
    }
    facts
}

fn line_of(value: &Plain) -> Option<u32> {
    match value {
        Plain::Int(line) => u32::try_from(*line).ok(),
        _ => None,
    }
}

/// Facts of `("raised", base, name, message, line, source)`.
fn raised_facts(head: &[Plain]) -> Facts {
    let text = |index: usize| head.get(index).and_then(Plain::text);
    let (name, message) = (text(2).unwrap_or("Exception"), text(3).unwrap_or_default());
    let exception = if message.is_empty() { name.to_owned() } else { format!("{name}: {message}") };
    Facts {
        exception: Some(normal(&exception)),
        line: head.get(4).and_then(line_of),
        source: text(5).map(normal),
        ..Facts::default()
    }
}
