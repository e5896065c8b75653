//! The candidate's party as the host sees it: questions go out, answers are checked before anybody uses them.

use crate::secrets::Secrets;
use crate::took::Took;
use crate::wire::{self, Known, Plain, WireError};
use mend_sandbox::{Answer, Called, Outcome, Party, Said, SandboxError, Spend};

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
    /// What the tests lent to it in this test.
    lent: u32,
    /// Calls that are open: it answers one, and may ask the tests' side meanwhile, which may call again.
    depth: u32,
    /// Whether it waits for a reply, in the midst of a call.
    waits: bool,
    /// What it asked of the tests' side in this test, and what the tests' side asked meanwhile.
    asked: u64,
    /// Tags of the values that both sides hold, in the order in which all three know them.
    shared: Vec<u8>,
    ids: Secrets,
}

/// Questions to the tests' side, and calls amid them, of which the candidate's time does not hold what crossing costs. A
/// program that asks more often, or keeps a function of the test busy with more than that, pays for it.
const FREE_QUESTIONS: u64 = 8_000;

/// So many values that come back count as a question more.
const VALUES_PER_QUESTION: u64 = 256;

/// What stands for the number of arguments in a message of the tests' side that replies to a question.
const REPLY: u32 = u32::MAX;

impl CandidateSide {
    /// A side without a party.
    pub(crate) fn new(left: Spend) -> Self {
        Self {
            party: None,
            left,
            calls: 0,
            end: None,
            handles: 1,
            classes: 0,
            lent: 0,
            depth: 0,
            waits: false,
            asked: 0,
            shared: Vec::new(),
            ids: Secrets::new(),
        }
    }

    /// Begins a test, which may take this.
    pub(crate) fn begin(&mut self, left: Spend) {
        self.left = left;
        self.calls = 0;
        self.handles = 1;
        self.classes = 0;
        self.lent = 0;
        self.depth = 0;
        self.waits = false;
        self.asked = 0;
        self.shared.clear();
    }

    /// Whether the test that has run left it in the midst of a call.
    pub(crate) fn is_amid(&self) -> bool {
        self.waits && self.party.is_some()
    }

    /// Sends a request that calls nothing of the candidate's and returns the checked answer, or `None` with `end` set.
    pub(crate) fn ask(&mut self, kind: &str, fields: Vec<Plain>) -> Option<Reply> {
        let party = self.party.as_mut()?;
        let id = self.ids.draw();
        let answer = party.ask(&message(kind, id, fields, &[]), self.left, None);
        let (frame, spent) = self.heard(answer)?;
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
        let request = match self.request(payload) {
            Ok(request) => request,
            Err(error) => {
                self.end = Some(End::Call(error));
                return None;
            }
        };
        if request.is_reply && !self.waits {
            self.end = Some(End::Call(WireError::Reference));
            return None;
        }
        let dropped = numbers(&request.dropped);
        let sent = Took::of_crossing(request.bytes.len(), request.values);
        let cap = sent.allowing(self.left);
        let (id, frame, spent) = if request.is_reply {
            self.say("reply", vec![dropped], request.bytes, cap)?
        } else {
            self.calls += 1;
            self.depth += 1;
            let begins = Plain::Int(i64::from(self.calls == 1));
            self.say("call", vec![begins, dropped], request.bytes, cap)?
        };
        let mut took = spent;
        let mut answer = self.checked(&frame, id, &request.sent)?;
        let mut crossed = sent.and(answer.crossed);
        if answer.is_large {
            // Its own code has ended. What is left is to send what came of it.
            let (id, frame, spent) = self.say("give", Vec::new(), &[], Took::of_largest().allowing(self.left))?;
            let own = answer.own;
            answer = self.checked(&frame, id, &request.sent)?;
            if answer.is_large || answer.asks {
                return self.breach("an answer of another kind".to_owned());
            }
            answer.own = own;
            took = Spend { cpu: took.cpu + spent.cpu, wall: took.wall + spent.wall };
            crossed = crossed.and(answer.crossed);
        }
        if !answer.asks {
            self.depth -= 1;
        }
        if answer.asks || self.depth > 0 {
            self.asked += 1 + answer.values / VALUES_PER_QUESTION;
        }
        let crossed = if self.asked > FREE_QUESTIONS { Took::nothing() } else { crossed };
        let charged = crossed.charge(took, answer.own);
        remove(&mut self.shared, &answer.dropped);
        self.shared.extend(&answer.kept);
        if charged.cpu > self.left.cpu || charged.wall > self.left.wall {
            self.end = Some(End::Time);
            return None;
        }
        self.spend(charged);
        Some(answer.bytes)
    }

    /// Reads a call, and takes from the list of shared values what the tests' side no longer holds.
    fn request<'a>(&mut self, payload: &'a [u8]) -> Result<Request<'a>, WireError> {
        let (arguments, rest) = number_at(payload)?;
        let (count, mut rest) = number_at(rest)?;
        let mut dropped = Vec::new();
        for _ in 0..count {
            let place;
            (place, rest) = number_at(rest)?;
            dropped.push(place);
        }
        if !are_places(&dropped, self.shared.len()) {
            return Err(WireError::Reference);
        }
        remove(&mut self.shared, &dropped);
        let checked = wire::check(rest, self.known(&self.shared, false))?;
        if checked.length != rest.len() {
            return Err(WireError::Trailing);
        }
        self.lent = checked.lent;
        let is_reply = arguments == REPLY;
        let arguments = if is_reply { 0 } else { arguments };
        let mut sent = self.shared.clone();
        sent.extend(checked.numbered);
        sent.resize(sent.len() + (arguments as usize).min(rest.len()), 0);
        Ok(Request { bytes: rest, sent, dropped, values: checked.values, is_reply })
    }

    /// Says something, amid a call as a reply: its number, what comes back, and what it took. `None` with `end` set.
    fn say(&mut self, kind: &str, fields: Vec<Plain>, body: &[u8], cap: Spend) -> Option<(i64, Vec<u8>, Spend)> {
        let party = self.party.as_mut()?;
        let id = self.ids.draw();
        let message = message(kind, id, fields, body);
        let said = if self.waits { Said::Reply(&message) } else { Said::Request(&message) };
        let answer = party.converse(said, cap);
        self.waits = matches!(answer, Ok(Answer::Called { .. }));
        let (frame, spent) = self.heard(answer)?;
        Some((id, frame, spent))
    }

    fn heard(&mut self, answer: Result<Answer, SandboxError>) -> Option<(Vec<u8>, Spend)> {
        match answer {
            Ok(Answer::Frame { frame, spent } | Answer::Called { frame, spent }) => return Some((frame, spent)),
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
        match checked(frame, id, self.known(sent, true), self.shared.len()) {
            // Whoever asks waits, and so does whoever answers while others wait for it.
            Ok((checked, ..)) if self.waits != (checked.asks || self.depth > 1) => {
                self.breach("an answer out of turn".to_owned())
            }
            Ok((checked, handles, classes)) => {
                (self.handles, self.classes) = (handles, classes);
                Some(checked)
            }
            Err(why) => self.breach(why),
        }
    }

    fn known<'a>(&self, sent: &'a [u8], gives: bool) -> Known<'a> {
        Known { sent, handles: self.handles, classes: self.classes, gives, lent: self.lent }
    }

    fn breach<T>(&mut self, why: String) -> Option<T> {
        self.end = Some(End::Protocol(why));
        None
    }
}

/// A message to the candidate's side. Its number is random: an answer that was sent before its question cannot fit.
fn message(kind: &str, id: i64, fields: Vec<Plain>, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(body.len() + 64);
    Plain::Tuple([Plain::from(kind), Plain::Int(id)].into_iter().chain(fields).collect()).encode(&mut message);
    message.extend(body);
    message
}

/// A call, or a reply, as the tests' side wrote it.
struct Request<'a> {
    bytes: &'a [u8],
    /// Tags of what an answer may refer to: what is shared, the numbered values of the call, and its arguments.
    sent: Vec<u8>,
    /// Places of what was shared until now.
    dropped: Vec<u32>,
    values: u64,
    is_reply: bool,
}

fn number_at(bytes: &[u8]) -> Result<(u32, &[u8]), WireError> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(WireError::Cut)?;
    Ok((u32::from_le_bytes(*number), rest))
}

/// These as the guests take them, or what costs them least where there are no such numbers.
fn numbers(numbers: &[u32]) -> Plain {
    if numbers.is_empty() {
        return Plain::None;
    }
    Plain::Tuple(numbers.iter().map(|number| Plain::Int(i64::from(*number))).collect())
}

/// Whether these are places in a list of so many, in order.
fn are_places(places: &[u32], length: usize) -> bool {
    places.is_sorted_by(|one, other| one < other) && places.last().is_none_or(|last| (*last as usize) < length)
}

/// Takes these places out of a list.
fn remove(list: &mut Vec<u8>, places: &[u32]) {
    let mut place = 0;
    list.retain(|_| {
        place += 1;
        places.binary_search(&(place - 1)).is_err()
    });
}

/// An answer to a call that was checked.
struct Checked {
    /// Head and body, for the tests' side.
    bytes: Vec<u8>,
    /// Whether there is more to come, in a second step.
    is_large: bool,
    /// Whether it asks something of the tests' side instead, and waits for the reply.
    asks: bool,
    /// Tags of what the program holds of all that crossed, and places of what it no longer holds.
    kept: Vec<u8>,
    dropped: Vec<u32>,
    /// What it says that the candidate's own code took.
    own: Spend,
    /// What it may have cost to send it.
    crossed: Took,
    /// How many values it holds.
    values: u64,
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
/// and classes that have been given out after it. So many of what it may refer to are shared already.
fn checked(frame: &[u8], id: i64, known: Known<'_>, shared: usize) -> Result<(Checked, u32, u32), String> {
    let (mut head, length) = head(frame, id)?;
    let wall = head.pop();
    let cpu = head.pop();
    let own = Took::said(cpu.as_ref(), wall.as_ref()).ok_or(ANOTHER_SHAPE)?;
    let compared = head.pop().filter(|said| matches!(said, Plain::Int(0..=2))).ok_or(ANOTHER_SHAPE)?;
    let dropped = listed(head.pop().as_ref())?;
    let kept = listed(head.pop().as_ref())?;
    let body = &frame[length..];
    let kind = head.first().and_then(Plain::text).unwrap_or_default();
    let fits = match (kind, head.as_slice()) {
        ("value" | "callback", [_]) => body.starts_with(b"t\x02\0\0\0"),
        ("raised", [_, rest @ ..]) => is_exception(rest) && body.starts_with(b"t\x02\0\0\0"),
        ("vast", [_, Plain::Str(_), Plain::Str(_), Plain::Int(_)])
        | ("large", [_])
        | ("uncrossed", [_, Plain::Str(_)]) => body.is_empty(),
        _ => false,
    };
    if !fits {
        return Err(ANOTHER_SHAPE.to_owned());
    }
    let (mut handles, mut classes, mut values) = (known.handles, known.classes, 0);
    let mut tags = known.sent.to_vec();
    if !body.is_empty() {
        let checked = wire::check(body, known).map_err(|error| error.to_string())?;
        if checked.length != body.len() {
            return Err(WireError::Trailing.to_string());
        }
        (handles, classes, values) = (checked.handles, checked.classes, checked.values);
        tags.extend(checked.numbered);
    }
    let is_large = kind == "large";
    let asks = matches!(kind, "callback" | "uncrossed");
    if !are_places(&kept, tags.len()) || !are_places(&dropped, shared) {
        return Err(WireError::Reference.to_string());
    }
    if !is_large {
        head.extend([numbers(&kept), numbers(&dropped), compared]);
    }
    // From now on the tests' side gives a value of a class that is derived from data as a handle with its data.
    let kept = kept.iter().map(|place| tags[*place as usize]).map(|tag| if tag == b'B' { b'V' } else { tag }).collect();
    let mut bytes = Vec::with_capacity(body.len() + 64);
    Plain::Tuple(head).encode(&mut bytes);
    bytes.extend(body);
    let crossed = Took::of_crossing(body.len(), values);
    Ok((Checked { bytes, is_large, asks, kept, dropped, own, crossed, values }, handles, classes))
}

/// Numbers in a text, each larger than the one before.
fn listed(field: Option<&Plain>) -> Result<Vec<u32>, String> {
    let text = field.and_then(Plain::text).ok_or(ANOTHER_SHAPE)?;
    let numbers: Result<Vec<u32>, _> = text.split_ascii_whitespace().map(str::parse).collect();
    numbers.map_err(|_| ANOTHER_SHAPE.to_owned())
}

/// Gives bytes to the check of an answer, which must not panic.
pub(crate) fn fuzz_reply(bytes: &[u8], known: Known<'_>) {
    if let Ok((checked, ..)) = checked(bytes, 0, known, known.sent.len() / 2) {
        assert!(checked.is_large || !checked.bytes.is_empty());
    }
    if let Ok(reply) = told(bytes, 0) {
        assert!(!reply.head.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn side(shared: &[u8]) -> CandidateSide {
        let left = Spend { cpu: Duration::ZERO, wall: Duration::ZERO };
        CandidateSide { shared: shared.to_vec(), ..CandidateSide::new(left) }
    }

    /// A call: how many arguments, what is no longer shared, and its encoding.
    fn call(arguments: u32, dropped: &[u32], body: &[u8]) -> Vec<u8> {
        let head = [arguments, dropped.len() as u32].into_iter().chain(dropped.iter().copied());
        head.flat_map(u32::to_le_bytes).chain(body.iter().copied()).collect()
    }

    #[test]
    fn a_call_refers_to_what_is_still_shared() {
        let mut side = side(b"ldV");
        let known = call(1, &[1], b"t\x02\0\0\0A\0\0\0\0A\x01\0\0\0");
        let request = side.request(&known).unwrap();
        assert_eq!((&*request.sent, &*request.dropped), (&b"lVt\0"[..], &[1][..]));
        assert_eq!(side.shared, b"lV");
        // The third place is gone.
        assert_eq!(side.request(&call(0, &[], b"A\x02\0\0\0")).map(drop), Err(WireError::Reference));
        for dropped in [&[2][..], &[1, 0], &[0, 0], &[u32::MAX]] {
            assert_eq!(side.request(&call(0, dropped, b"N")).map(drop), Err(WireError::Reference), "{dropped:?}");
        }
        assert_eq!(side.request(&call(0, &[], b"NN")).map(drop), Err(WireError::Trailing));
        assert_eq!(side.request(&[0, 0, 0, 0, 1, 0, 0, 0]).map(drop), Err(WireError::Cut));
    }

    /// An answer to request 0 with this head and body, where two values were shared and a tuple was sent.
    fn answered(head: Vec<Plain>, body: &[u8]) -> Result<Checked, String> {
        let mut frame = Vec::new();
        Plain::Int(0).encode(&mut frame);
        Plain::Tuple(head).encode(&mut frame);
        frame.extend(body);
        checked(&frame, 0, Known { sent: b"ldt", handles: 1, classes: 1, gives: true, lent: 0 }, 2)
            .map(|(checked, ..)| checked)
    }

    fn value(kept: &str, dropped: &str) -> Vec<Plain> {
        let mut head = vec!["value".into(), kept.into(), dropped.into()];
        head.extend([0, 7, 7].map(Plain::Int));
        head
    }

    /// A pair of a value of a class that is derived from a list, and no changes.
    const DERIVED: &[u8] = b"t\x02\0\0\0Bk\0\0\0\0l\0\0\0\0t\0\0\0\0";

    #[test]
    fn an_answer_says_what_the_program_holds_of_all_that_crossed() {
        let answer = answered(value("2 4 5", "0"), DERIVED).unwrap();
        // The tests give it back as a handle with its data.
        assert_eq!((&*answer.kept, &*answer.dropped), (&b"tVl"[..], &[0][..]));
        let head = Plain::decode(&answer.bytes).unwrap().0;
        let lists = [vec![2, 4, 5], vec![0]].map(|list| Plain::Tuple(list.into_iter().map(Plain::Int).collect()));
        let [kept, dropped] = lists;
        assert_eq!(head, Plain::Tuple(vec!["value".into(), kept, dropped, Plain::Int(0)]));
        for (kept, dropped) in
            [("7", ""), ("4 4", ""), ("5 4", ""), ("-1", ""), ("x", ""), ("4294967296", ""), ("", "2"), ("", "1 0")]
        {
            assert!(answered(value(kept, dropped), DERIVED).is_err(), "{kept}, {dropped}");
        }
        for compared in [Plain::Int(3), Plain::Int(-1), Plain::None] {
            let mut head = value("", "");
            head[3] = compared;
            assert!(answered(head, DERIVED).is_err());
        }
    }
}
