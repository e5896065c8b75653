//! The candidate's party as the host sees it: questions go out, answers are checked before anybody uses them.

use crate::secrets::Secrets;
use crate::wire::{self, Plain, WireError};
use mend_sandbox::{Answer, Called, Outcome, Party, SandboxError, Spend};

/// How a candidate's side came to an end.
#[derive(Debug)]
pub(crate) enum End {
    /// Its process ended.
    Process(Outcome),
    /// It sent something that is no answer.
    Protocol(String),
    /// It returned something that cannot cross.
    Uncrossed(String),
    /// The tests' side sent something that is no call.
    Call(WireError),
    /// Our side failed.
    Ours(SandboxError),
}

/// A checked answer: its head, such as `("value",)`, and the encoded body that belongs to it.
pub(crate) struct Reply {
    pub(crate) head: Vec<Plain>,
    pub(crate) body: Vec<u8>,
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
    ids: Secrets,
}

impl CandidateSide {
    /// A side without a party.
    pub(crate) fn new(left: Spend) -> Self {
        Self { party: None, left, calls: 0, end: None, ids: Secrets::new() }
    }

    /// Sends a request and returns the checked answer, or `None` with `end` set.
    pub(crate) fn ask(&mut self, kind: &str, fields: Vec<Plain>, body: &[u8], arguments: &[u8]) -> Option<Reply> {
        let party = self.party.as_mut()?;
        // A random number per request: an answer that was sent before its question cannot fit.
        let id = self.ids.draw();
        let mut request = Vec::with_capacity(body.len() + 64);
        Plain::Tuple([Plain::from(kind), Plain::Int(id)].into_iter().chain(fields).collect()).encode(&mut request);
        request.extend(body);
        let end = match party.ask(&request, self.left, None) {
            Ok(Answer::Frame { frame, spent }) => {
                self.left.cpu = self.left.cpu.saturating_sub(spent.cpu);
                self.left.wall = self.left.wall.saturating_sub(spent.wall);
                match reply(frame, id, arguments) {
                    Ok(reply) => return Some(reply),
                    Err(why) => End::Protocol(why),
                }
            }
            Ok(Answer::Ended(outcome)) => End::Process(outcome),
            Err(error) => End::Ours(error),
        };
        self.end = Some(end);
        None
    }

    /// One call of the tests: the candidate's answer as the tests' side may decode it.
    pub(crate) fn call(&mut self, payload: &[u8]) -> Called {
        if self.end.is_some() {
            return Called::Abort;
        }
        let arguments = match wire::check(payload, &[]) {
            Ok((arguments, _)) => arguments,
            Err(error) => {
                self.end = Some(End::Call(error));
                return Called::Abort;
            }
        };
        self.calls += 1;
        let begins = Plain::Int(i64::from(self.calls == 1));
        let Some(reply) = self.ask("call", vec![begins], payload, &arguments) else { return Called::Abort };
        let end = match reply.kind() {
            "value" | "raised" => {
                let mut bytes = Vec::with_capacity(reply.body.len() + 64);
                Plain::Tuple(reply.head).encode(&mut bytes);
                bytes.extend(reply.body);
                return Called::Reply(bytes);
            }
            "uncrossed" => End::Uncrossed(reply.head.get(1).and_then(Plain::text).unwrap_or_default().to_owned()),
            _ => End::Protocol("an answer of another kind".to_owned()),
        };
        self.end = Some(end);
        Called::Abort
    }
}

/// Gives bytes to the check of an answer, which must not panic.
pub(crate) fn fuzz_reply(bytes: &[u8], arguments: &[u8]) {
    if let Ok(reply) = reply(bytes.to_vec(), 0, arguments) {
        assert!(reply.body.len() < bytes.len());
    }
}

/// Checks an answer: its number, its head, and that its body is one tuple of plain data.
fn reply(mut frame: Vec<u8>, id: i64, arguments: &[u8]) -> Result<Reply, String> {
    let (number, head, length) = Plain::head(&frame).map_err(|error| error.to_string())?;
    if number != id {
        return Err("an answer to a question that was not asked".to_owned());
    }
    let body = frame.split_off(length);
    let kind = head.first().and_then(Plain::text).unwrap_or_default();
    let fits = match (kind, head.as_slice()) {
        ("value", [_]) => body.starts_with(b"t\x02\0\0\0"),
        ("raised" | "syntax", [_, Plain::Str(_), Plain::Str(_), Plain::Str(_), line, source]) => {
            matches!(line, Plain::None | Plain::Int(_))
                && matches!(source, Plain::None | Plain::Str(_))
                && body.starts_with(b"t")
        }
        ("prepared" | "loaded" | "missing", [_]) | ("uncrossed", [_, Plain::Str(_)]) => body.is_empty(),
        _ => false,
    };
    if !fits {
        return Err("an answer of another shape".to_owned());
    }
    if !body.is_empty() {
        // Only a value may name the call's arguments, to change them.
        let arguments = if kind == "value" { arguments } else { &[] };
        let (_, checked) = wire::check(&body, arguments).map_err(|error| error.to_string())?;
        if checked != body.len() {
            return Err(WireError::Trailing.to_string());
        }
    }
    Ok(Reply { head, body })
}
