//! The candidate's party as the host sees it: questions go out, answers are checked before anybody uses them.

use crate::secrets::Secrets;
use crate::took::Took;
use crate::wire::{self, Known, Plain, WireError};
use mend_sandbox::{Answer, Called, Outcome, Party, SandboxError, Spend};

/// How a candidate's side came to an end.
#[derive(Debug)]
pub(crate) enum End {
    /// Its process ended.
    Process(Outcome),
    /// Its own code took longer than it may.
    Time,
    /// It sent something that is no answer.
    Protocol(String),
    /// The tests' side sent something that is no call.
    Call(WireError),
    /// Our side failed.
    Ours(SandboxError),
}

/// A checked answer to what calls nothing of the candidate's, such as `("loaded",)`.
pub(crate) struct Reply {
    pub(crate) head: Vec<Plain>,
}

impl Reply {
    pub(crate) fn kind(&self) -> &str {
        self.head.first().and_then(Plain::text).unwrap_or_default()
    }
}

/// The candidate's party and what the host knows of it.
pub(crate) struct CandidateSide {
    pub(crate) party: Option<Box<dyn Party>>,
    /// What is left of the limit of the test that runs.
    pub(crate) left: Spend,
    /// Calls of the test that runs.
    pub(crate) calls: u64,
    /// Set once nothing more can come of it.
    pub(crate) end: Option<End>,
    /// Handles that it gave out in this test. The first is the entry point.
    handles: u32,
    /// Classes that it described in this test.
    classes: u32,
    ids: Secrets,
}

impl CandidateSide {
    /// A side without a party.
    pub(crate) fn new(left: Spend) -> Self {
        Self { party: None, left, calls: 0, end: None, handles: 1, classes: 0, ids: Secrets::new() }
    }

    /// Begins a test, which may take this.
    pub(crate) fn begin(&mut self, left: Spend) {
        self.left = left;
        self.calls = 0;
        self.handles = 1;
        self.classes = 0;
    }

    /// Sends a request that calls nothing of the candidate's and returns the checked answer, or `None` with `end` set.
    pub(crate) fn ask(&mut self, kind: &str, fields: Vec<Plain>) -> Option<Reply> {
        let (id, frame, spent) = self.send(kind, fields, &[], self.left)?;
        self.spend(spent);
        match told(&frame, id) {
            Ok(reply) => Some(reply),
            Err(why) => self.breach(why),
        }
    }

    /// One call of the tests: the candidate's answer as the tests' side may decode it.
    pub(crate) fn call(&mut self, payload: &[u8]) -> Called {
        if self.end.is_some() {
            return Called::Abort;
        }
        match self.answer(payload) {
            Some(answer) => Called::Reply(answer),
            None => Called::Abort,
        }
    }

    fn answer(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let request = match Request::read(payload, self.known(&[], false)) {
            Ok(request) => request,
            Err(error) => {
                self.end = Some(End::Call(error));
                return None;
            }
        };
        self.calls += 1;
        let begins = Plain::Int(i64::from(self.calls == 1));
        let sent = Took::of_crossing(request.bytes.len(), request.values);
        let (id, frame, spent) = self.send("call", vec![begins], request.bytes, sent.allowing(self.left))?;
        let mut took = spent;
        let mut answer = self.checked(&frame, id, &request.sent)?;
        let mut crossed = sent.and(answer.crossed);
        if answer.is_large {
            // Its own code has ended. What is left is to send what came of it.
            let (id, frame, spent) = self.send("give", Vec::new(), &[], Took::of_largest().allowing(self.left))?;
            let own = answer.own;
            answer = self.checked(&frame, id, &request.sent)?;
            if answer.is_large {
                return self.breach("an answer of another kind".to_owned());
            }
            answer.own = own;
            took = Spend { cpu: took.cpu + spent.cpu, wall: took.wall + spent.wall };
            crossed = crossed.and(answer.crossed);
        }
        let charged = crossed.charge(took, answer.own);
        if charged.cpu > self.left.cpu || charged.wall > self.left.wall {
            self.end = Some(End::Time);
            return None;
        }
        self.spend(charged);
        Some(answer.bytes)
    }

    /// Sends a request: its number, the answer, and what it took. `None` with `end` set.
    fn send(&mut self, kind: &str, fields: Vec<Plain>, body: &[u8], cap: Spend) -> Option<(i64, Vec<u8>, Spend)> {
        let party = self.party.as_mut()?;
        // A random number per request: an answer that was sent before its question cannot fit.
        let id = self.ids.draw();
        let mut request = Vec::with_capacity(body.len() + 64);
        Plain::Tuple([Plain::from(kind), Plain::Int(id)].into_iter().chain(fields).collect()).encode(&mut request);
        request.extend(body);
        match party.ask(&request, cap, None) {
            Ok(Answer::Frame { frame, spent }) => return Some((id, frame, spent)),
            Ok(Answer::Ended(outcome)) => self.end = Some(End::Process(outcome)),
            Err(error) => self.end = Some(End::Ours(error)),
        }
        None
    }

    fn spend(&mut self, spent: Spend) {
        self.left.cpu = self.left.cpu.saturating_sub(spent.cpu);
        self.left.wall = self.left.wall.saturating_sub(spent.wall);
    }

    fn checked(&mut self, frame: &[u8], id: i64, sent: &[u8]) -> Option<Checked> {
        match checked(frame, id, self.known(sent, true)) {
            Ok((checked, handles, classes)) => {
                (self.handles, self.classes) = (handles, classes);
                Some(checked)
            }
            Err(why) => self.breach(why),
        }
    }

    fn known<'a>(&self, sent: &'a [u8], gives: bool) -> Known<'a> {
        Known { sent, handles: self.handles, classes: self.classes, gives }
    }

    fn breach<T>(&mut self, why: String) -> Option<T> {
        self.end = Some(End::Protocol(why));
        None
    }
}

/// A call as the tests' side wrote it: how many arguments follow the numbered values in what an answer may refer to, and
/// the call itself.
struct Request<'a> {
    bytes: &'a [u8],
    /// Tags of what an answer may refer to.
    sent: Vec<u8>,
    values: u64,
}

impl<'a> Request<'a> {
    fn read(payload: &'a [u8], known: Known<'_>) -> Result<Self, WireError> {
        let (arguments, bytes) = payload.split_first_chunk::<4>().ok_or(WireError::Cut)?;
        let arguments = u32::from_le_bytes(*arguments) as usize;
        let checked = wire::check(bytes, known)?;
        if checked.length != bytes.len() {
            return Err(WireError::Trailing);
        }
        let mut sent = checked.numbered;
        sent.resize(sent.len() + arguments.min(bytes.len()), 0);
        Ok(Self { bytes, sent, values: checked.values })
    }
}

/// An answer to a call that was checked.
struct Checked {
    /// Head and body, for the tests' side.
    bytes: Vec<u8>,
    /// Whether there is more to come, in a second step.
    is_large: bool,
    /// What it says that the candidate's own code took.
    own: Spend,
    /// What it may have cost to send it.
    crossed: Took,
}

/// Splits an answer into its head and what follows, and checks its number.
fn head(frame: &[u8], id: i64) -> Result<(Vec<Plain>, usize), String> {
    let (number, head, length) = Plain::head(frame).map_err(|error| error.to_string())?;
    if number == id { Ok((head, length)) } else { Err("an answer to a question that was not asked".to_owned()) }
}

/// Checks an answer to what calls nothing of the candidate's: it has no body.
fn told(frame: &[u8], id: i64) -> Result<Reply, String> {
    let (head, length) = head(frame, id)?;
    let kind = head.first().and_then(Plain::text).unwrap_or_default();
    let fits = match (kind, head.as_slice()) {
        ("raised" | "syntax", [_, rest @ ..]) => is_exception(rest),
        ("prepared" | "loaded" | "missing", [_]) => true,
        _ => false,
    };
    if fits && length == frame.len() { Ok(Reply { head }) } else { Err(ANOTHER_SHAPE.to_owned()) }
}

const ANOTHER_SHAPE: &str = "an answer of another shape";

/// Whether these say what was raised: builtin type, own name, message, line, source.
fn is_exception(fields: &[Plain]) -> bool {
    matches!(
        fields,
        [Plain::Str(_), Plain::Str(_), Plain::Str(_), Plain::None | Plain::Int(_), Plain::None | Plain::Str(_)]
    )
}

/// Checks an answer to a call: its number, its head, and that its body is one pair. Returns it with the numbers of handles
/// and classes that have been given out after it.
fn checked(frame: &[u8], id: i64, known: Known<'_>) -> Result<(Checked, u32, u32), String> {
    let (mut head, length) = head(frame, id)?;
    let wall = head.pop();
    let cpu = head.pop();
    let own = Took::said(cpu.as_ref(), wall.as_ref()).ok_or(ANOTHER_SHAPE)?;
    let body = &frame[length..];
    let kind = head.first().and_then(Plain::text).unwrap_or_default();
    let fits = match (kind, head.as_slice()) {
        ("value", [_]) => body.starts_with(b"t\x02\0\0\0"),
        ("raised", [_, rest @ ..]) => is_exception(rest) && body.starts_with(b"t\x02\0\0\0"),
        ("vast", [_, Plain::Str(_), Plain::Str(_), Plain::Int(_)]) | ("large", [_]) => body.is_empty(),
        _ => false,
    };
    if !fits {
        return Err(ANOTHER_SHAPE.to_owned());
    }
    let (mut handles, mut classes, mut values) = (known.handles, known.classes, 0);
    if !body.is_empty() {
        let checked = wire::check(body, known).map_err(|error| error.to_string())?;
        if checked.length != body.len() {
            return Err(WireError::Trailing.to_string());
        }
        (handles, classes, values) = (checked.handles, checked.classes, checked.values);
    }
    let is_large = kind == "large";
    let mut bytes = Vec::with_capacity(body.len() + 64);
    Plain::Tuple(head).encode(&mut bytes);
    bytes.extend(body);
    let crossed = Took::of_crossing(body.len(), values);
    Ok((Checked { bytes, is_large, own, crossed }, handles, classes))
}

/// Gives bytes to the check of an answer, which must not panic.
pub(crate) fn fuzz_reply(bytes: &[u8], known: Known<'_>) {
    if let Ok((checked, ..)) = checked(bytes, 0, known) {
        assert!(checked.is_large || !checked.bytes.is_empty());
    }
    if let Ok(reply) = told(bytes, 0) {
        assert!(!reply.head.is_empty());
    }
}
