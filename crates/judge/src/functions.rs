//! Functions: two parties, one with the candidate and one with the tests, and this host between them.
//!
//! The host starts both, passes each call from the tests to the candidate and each answer back, checks
//! every byte of an answer before the tests' side decodes it, and keeps its own record of how the
//! candidate's side fared: no word of either guest can turn a dead candidate into a pass.
//!
//! The candidate's party serves all tests of a suite, one after another; the tests' party all suites of a candidate.
//! A candidate that ended in one test is loaded afresh for the next; what a living one keeps at module level stays.

use crate::bench::{Bench, Ran};
use crate::facts::normal;
use crate::guests;
use crate::programs::{ending, ran_out_of_memory};
use crate::side::{CandidateSide, End, Reply};
use crate::soundness::Found;
use crate::task::{JudgeError, Task};
use crate::wire::Plain;
use mend_core::{Facts, Problem, Status, Test, TestVerdict};
use mend_sandbox::{Answer, Calls, Limits, Outcome, Party, Spend, Worker};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a test may take on our side, beside the candidate's own time: a limit reached here while handling
/// the candidate's data is the candidate's failure. Also what the start of an interpreter may take.
pub(crate) const OUR_SPEND: Spend = Spend { cpu: Duration::from_secs(10), wall: Duration::from_secs(30) };

/// Runs the function tests of one suite: the candidate's party starts afresh with the suite.
pub(crate) struct Session<'a, 'b> {
    worker: &'a mut dyn Worker,
    bench: &'a mut Bench<'b>,
    task: &'a Task,
    entry: &'a str,
    side: Arc<Mutex<CandidateSide>>,
    tests: &'a mut TestsSide,
}

/// The tests' side. It serves all suites of one candidate, and never another candidate.
#[derive(Default)]
pub(crate) struct TestsSide {
    party: Option<Box<dyn Party>>,
    /// Whether it has met data of the candidate.
    is_used: bool,
}

impl TestsSide {
    /// Ends it.
    pub(crate) fn close(&mut self, bench: &mut Bench<'_>) -> Result<(), JudgeError> {
        if let Some(party) = self.party.take() {
            bench.charge(&party.close()?.used);
        }
        Ok(())
    }
}

/// What running a test came to.
enum Tested {
    Verdict(Status, Facts),
    /// Its outcome hung on the candidate's word.
    Unproven(Facts),
    /// The candidate had no part in it.
    Broken(String),
}

impl<'a, 'b> Session<'a, 'b> {
    pub(crate) fn new(
        worker: &'a mut dyn Worker,
        bench: &'a mut Bench<'b>,
        task: &'a Task,
        entry: &'a str,
        tests: &'a mut TestsSide,
    ) -> Self {
        let side = Arc::new(Mutex::new(CandidateSide::new(bench.spend())));
        Self { worker, bench, task, entry, side, tests }
    }

    /// Runs one test.
    pub(crate) fn run(&mut self, index: u32, test: &Test) -> Result<Ran, JudgeError> {
        let ran = |status, facts, loaded| {
            let facts = Some(Box::new(facts)).filter(|_| status != Status::Passed);
            Ran { verdict: TestVerdict { index, status, facts }, loaded }
        };
        let request = self.request(index, test)?;
        if self.side().party.is_none()
            && let Some((status, facts)) = self.load()?
        {
            return Ok(ran(status, facts, false));
        }
        let mut tested = self.test(&request)?;
        if matches!(tested, Tested::Broken(_)) && self.tests.is_used {
            // Nothing that an earlier test left behind may make this one look broken.
            self.close_judge()?;
            tested = self.test(&request)?;
        }
        let called = self.side().calls > 0;
        self.tests.is_used |= called;
        if called {
            self.bench.soundness.learn(self.task, self.entry, test, Found::Sound);
        }
        match tested {
            Tested::Verdict(status, facts) => Ok(ran(status, facts, true)),
            Tested::Unproven(facts) => Ok(ran(Status::Unsupported, facts, true)),
            Tested::Broken(why) => Err(self.broken(format!("test {index} {why}"))),
        }
    }

    /// Tries, without a candidate, whether those of these tests can judge anybody of which nobody knows.
    ///
    /// # Errors
    /// A test that cannot.
    pub(crate) fn examine(&mut self, tests: &[Test]) -> Result<(), JudgeError> {
        if tests.iter().all(|test| self.bench.soundness.of(self.task, self.entry, test) == Some(Found::Sound)) {
            return Ok(());
        }
        self.close_candidate()?;
        // In a process of its own: what it takes is nobody's, since it depends on who was judged before.
        let kept = std::mem::take(self.tests);
        let examined = tests.iter().enumerate().try_for_each(|(index, test)| self.examine_one(index, test));
        if let Some(party) = std::mem::replace(self.tests, kept).party {
            party.close()?;
        }
        examined
    }

    fn examine_one(&mut self, index: usize, test: &Test) -> Result<(), JudgeError> {
        let known = self.bench.soundness.of(self.task, self.entry, test);
        let found = if let Some(known) = known { known } else { self.find_out(index, test)? };
        match found {
            Found::Sound => Ok(()),
            Found::Broken(why) => Err(self.broken(format!("test {index} {why}"))),
        }
    }

    fn find_out(&mut self, index: usize, test: &Test) -> Result<Found, JudgeError> {
        let request = self.request(index as u32, test)?;
        let found = match self.test(&request)? {
            // It called, and nobody was there.
            _ if self.side().calls > 0 => Found::Sound,
            Tested::Broken(why) => Found::Broken(why),
            Tested::Verdict(..) | Tested::Unproven(_) => Found::Broken(format!("never calls `{}`", self.entry)),
        };
        self.bench.soundness.learn(self.task, self.entry, test, found.clone());
        Ok(found)
    }

    /// Ends the candidate's side.
    pub(crate) fn close(mut self) -> Result<(), JudgeError> {
        self.close_candidate()
    }

    fn side(&self) -> MutexGuard<'_, CandidateSide> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, why: String) -> JudgeError {
        JudgeError::BrokenTest { problem: self.task.problem.id.clone(), why }
    }

    /// The request that runs one test on the tests' side.
    fn request(&self, index: u32, test: &Test) -> Result<Vec<u8>, JudgeError> {
        let Problem { tolerance, .. } = &*self.task.problem;
        let fields = match test {
            Test::Script { source } => {
                let context = self.task.tests_context();
                vec!["script".into(), (&*context).into(), self.entry.into(), (&**source).into()]
            }
            Test::Call { args, expected } => {
                let tolerance = tolerance.map_or(Plain::None, Plain::Float);
                vec!["call".into(), self.entry.into(), (&*args.0).into(), (&*expected.0).into(), tolerance]
            }
            Test::Stdio { .. } => {
                return Err(self.broken(format!("test {index} has an input, but the problem asks for a function")));
            }
        };
        let mut request = Vec::new();
        Plain::Tuple(fields).encode(&mut request);
        Ok(request)
    }

    /// Starts the candidate's side and loads the program. Returns why it cannot be loaded.
    fn load(&mut self) -> Result<Option<(Status, Facts)>, JudgeError> {
        let limits = self.bench.limits.clone();
        let party = self.worker.open(&guests::candidate(limits))?;
        self.side().party = Some(party);
        self.prepare()?;

        let mut side = self.side();
        side.left = self.bench.spend();
        let reply = side.ask("load", vec![(&*self.task.program).into(), self.entry.into()]);
        drop(side);
        let Some(reply) = reply else {
            return self.end_of_candidate("while the program was loaded").map(Some);
        };
        let while_loading = || Some("raised while the program was loaded".to_owned());
        let (status, facts) = match reply.kind() {
            "loaded" => return Ok(None),
            "missing" => {
                let note = format!("the program does not define `{}`", self.entry);
                (Status::MissingEntryPoint, Facts { note: Some(note), ..Facts::default() })
            }
            "syntax" => (Status::CompileError, raised_facts(&reply)),
            "raised" if reply.head.get(1).and_then(Plain::text) == Some("MemoryError") => {
                (Status::MemoryLimit, Facts { note: while_loading(), ..raised_facts(&reply) })
            }
            "raised" => (Status::RuntimeError, Facts { note: while_loading(), ..raised_facts(&reply) }),
            _ => (Status::RuntimeError, noted("the answer breaks the protocol: an answer of another kind".to_owned())),
        };
        self.close_candidate()?;
        Ok(Some((status, facts)))
    }

    /// Runs the statement's code on the candidate's side. No code of the candidate is there yet, so whatever
    /// fails here is not its fault.
    fn prepare(&mut self) -> Result<(), JudgeError> {
        let mut side = self.side();
        side.left = OUR_SPEND;
        side.end = None;
        let reply = side.ask("prepare", vec![self.task.context().into(), self.entry.into()]);
        let why = match (reply, side.end.take()) {
            (Some(reply), _) if reply.kind() == "prepared" => return Ok(()),
            (Some(reply), _) => raised_facts(&reply).exception.unwrap_or_default(),
            (None, Some(End::Ours(error))) => return Err(error.into()),
            (None, Some(End::Process(outcome))) => {
                drop(side);
                self.close_candidate()?;
                let why = format!("the interpreter {}", ending(&outcome.how)?.1);
                return Err(self.statement_failed(&why));
            }
            (None, _) => "no answer came".to_owned(),
        };
        drop(side);
        self.close_candidate()?;
        Err(self.statement_failed(&why))
    }

    fn statement_failed(&self, why: &str) -> JudgeError {
        self.broken(format!("before the program was loaded, the statement's own code failed: {why}"))
    }

    /// Has the tests' side run a test against the candidate.
    fn test(&mut self, request: &[u8]) -> Result<Tested, JudgeError> {
        if self.tests.party.is_none() {
            // The limits are the candidate's; the tests have room for whatever it may send.
            let room = Limits::default();
            let memory_bytes = room.memory_bytes.max(self.bench.limits.memory_bytes);
            let limits = Limits { memory_bytes, ..room };
            self.tests.party = Some(self.worker.open(&guests::judge(limits))?);
            self.tests.is_used = false;
        }
        self.side().begin(self.bench.spend());
        let side = Arc::clone(&self.side);
        let calls: Calls = Box::new(move |payload| side.lock().unwrap_or_else(PoisonError::into_inner).call(payload));
        let judge = self.tests.party.as_mut().expect("opened above");
        let tested = match judge.ask(request, OUR_SPEND, Some(calls))? {
            Answer::Frame { frame, .. } | Answer::Called { frame, .. } => self.judged(&frame),
            Answer::Ended(outcome) => {
                self.close_judge()?;
                self.judge_died(&outcome)
            }
        };
        if self.side().is_amid() {
            // Nobody will ever reply to it.
            self.close_candidate()?;
        }
        tested
    }

    /// Reads the verdict of the tests' side, under the host's own knowledge of the candidate's.
    fn judged(&mut self, frame: &[u8]) -> Result<Tested, JudgeError> {
        let verdict = Plain::decode(frame).map_err(|error| self.broken(error.to_string()))?.0;
        let (word, mut facts) = match &verdict {
            Plain::Tuple(fields) => match fields.as_slice() {
                [Plain::Str(word), Plain::Dict(pairs)] => (word.as_str(), facts_from(pairs)),
                _ => ("", Facts::default()),
            },
            _ => ("", Facts::default()),
        };
        if self.side().end.is_some() {
            let (status, end) = self.end_of_candidate("during the test")?;
            facts.note = end.note;
            return Ok(Tested::Verdict(status, facts));
        }
        if word == "unsupported" {
            return Err(JudgeError::Unsupported { why: facts.note.unwrap_or_default() });
        }
        if self.side().calls == 0 {
            let said = facts.note.map(|note| format!(": {note}")).unwrap_or_default();
            return Ok(Tested::Broken(format!("never calls `{}`{said}", self.entry)));
        }
        let status = match word {
            "passed" => Status::Passed,
            "wrong_answer" => Status::WrongAnswer,
            "memory_limit" => Status::MemoryLimit,
            "runtime_error" => Status::RuntimeError,
            "unproven" => return Ok(Tested::Unproven(facts)),
            _ => return Ok(Tested::Broken("came to no verdict".to_owned())),
        };
        Ok(Tested::Verdict(status, facts))
    }

    /// The tests' side died or hung. After the candidate's first answer that is the candidate's doing.
    fn judge_died(&mut self, outcome: &Outcome) -> Result<Tested, JudgeError> {
        if self.side().end.is_some() {
            let (status, facts) = self.end_of_candidate("during the test")?;
            return Ok(Tested::Verdict(status, facts));
        }
        let (status, note) = ended(outcome)?;
        if self.side().calls == 0 {
            return Ok(Tested::Broken(format!("{note} by itself")));
        }
        Ok(Tested::Verdict(status, noted(format!("the tests, given what the program returned: {note}"))))
    }

    /// Takes the record of how the candidate's side ended, and closes it.
    fn end_of_candidate(&mut self, when: &str) -> Result<(Status, Facts), JudgeError> {
        let end = self.side().end.take();
        self.close_candidate()?;
        let (status, note) = match end {
            Some(End::Ours(error)) => return Err(error.into()),
            Some(End::Call(error)) if self.side().calls == 0 => {
                return Err(self.broken(format!("a test's call cannot cross: {error}")));
            }
            Some(End::Call(error)) => {
                (Status::RuntimeError, format!("the tests, given what the program returned: no call, {error}"))
            }
            Some(End::Process(outcome)) => {
                let (status, note) = ended(&outcome)?;
                (status, format!("the program {note}"))
            }
            Some(End::Protocol(why)) => {
                (Status::RuntimeError, format!("the answer breaks the protocol: {}", normal(&why)))
            }
            Some(End::Time) => (Status::TimeLimit, "the program reached the time limit".to_owned()),
            None => (Status::RuntimeError, "the program gave no answer".to_owned()),
        };
        Ok((status, noted(format!("{note} {when}"))))
    }

    fn close_candidate(&mut self) -> Result<(), JudgeError> {
        let party = self.side().party.take();
        if let Some(party) = party {
            self.bench.charge_candidate(&party.close()?.used);
        }
        Ok(())
    }

    fn close_judge(&mut self) -> Result<(), JudgeError> {
        self.tests.close(self.bench)
    }
}

/// What the end of a guest's process says.
pub(crate) fn ended(outcome: &Outcome) -> Result<(Status, String), JudgeError> {
    if ran_out_of_memory(outcome) {
        return Ok((Status::MemoryLimit, "reached the memory limit".to_owned()));
    }
    ending(&outcome.how)
}

pub(crate) fn noted(note: String) -> Facts {
    Facts { note: Some(note), ..Facts::default() }
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

pub(crate) fn line_of(value: &Plain) -> Option<u32> {
    match value {
        Plain::Int(line) => u32::try_from(*line).ok(),
        _ => None,
    }
}

/// Facts of `("raised", base, name, message, line, source)`.
fn raised_facts(reply: &Reply) -> Facts {
    let text = |index: usize| reply.head.get(index).and_then(Plain::text);
    let (name, message) = (text(2).unwrap_or("Exception"), text(3).unwrap_or_default());
    let exception = if message.is_empty() { name.to_owned() } else { format!("{name}: {message}") };
    Facts {
        exception: Some(normal(&exception)),
        line: reply.head.get(4).and_then(line_of),
        source: text(5).map(normal),
        ..Facts::default()
    }
}
