//! The lines of a journal: a header, then bodies of texts and entries.
//!
//! Every entry's line ends in a `check` over its own bytes and the check before it. So an altered digit, a
//! lost line and two lines that ran together are all seen, also when bodies are not read. A body needs no
//! check: it is named by its digest.

use mend_core::jsonl;
use mend_core::{Digest, Entry, ProblemId, TreeKey};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Version of the journal's layout. Version 2 added the events of requests that were refused, and costs in money. Version
/// 3 names seats in place of roles, says what each prompt was made of, what was read of every kind of node, what tests of
/// nodes found, and hands in a ranking. All that an older journal may hold is read as before.
pub(crate) const FORMAT: u32 = 3;
/// The oldest version that is read.
const OLDEST_FORMAT: u32 = 1;

/// What every body's line begins with, and no other line does.
const BODY_PREFIX: &[u8] = b"{\"text\":";
const CHECK_PREFIX: &[u8] = b",\"check\":\"";
const CHECK_DIGITS: usize = 8;
const CHECK_SUFFIX: &[u8] = b"\"}";

/// Line 1.
#[derive(Serialize, Deserialize)]
pub(crate) struct Header {
    /// [`FORMAT`] of the writer.
    pub(crate) format: u64,
    /// Identity of the run that the journal belongs to.
    pub(crate) identity: Digest,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u64,
}

#[derive(Serialize, Deserialize)]
struct BodyLine<'a> {
    text: Digest,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

/// Ties each entry to all before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain(Digest);

impl Chain {
    /// The chain of a journal without entries.
    pub(crate) fn start(identity: Digest) -> Self {
        Self(identity)
    }

    fn next(self, payload: &[u8]) -> Self {
        Self(Digest::of_parts([&self.0.as_bytes()[..], payload]))
    }
}

/// Why a line cannot be taken.
#[derive(Debug)]
pub(crate) enum LineError {
    /// It is not a line of a journal. At the end of the file this is what a kill leaves.
    Unreadable(String),
    /// It is one, and does not say what was written there. No kill does that.
    Altered(String),
}

/// What line 1 says.
#[derive(Debug)]
pub(crate) enum HeaderLine {
    /// The identity of the run.
    Identity(Digest),
    /// A format that is not read here.
    Unsupported(u64),
}

/// Line 1 of a journal, with its newline.
pub(crate) fn header(identity: Digest) -> Vec<u8> {
    let mut line = json(&Header { format: u64::from(FORMAT), identity });
    line.push(b'\n');
    line
}

/// Reads line 1, given without its newline.
pub(crate) fn parse_header(line: &[u8]) -> Result<HeaderLine, LineError> {
    let unreadable = |source: serde_json::Error| LineError::Unreadable(jsonl::message(&source));
    let FormatOnly { format } = serde_json::from_slice(line).map_err(unreadable)?;
    if !(u64::from(OLDEST_FORMAT)..=u64::from(FORMAT)).contains(&format) {
        return Ok(HeaderLine::Unsupported(format));
    }
    let header: Header = serde_json::from_slice(line).map_err(unreadable)?;
    Ok(HeaderLine::Identity(header.identity))
}

/// Appends the line of a text's body.
pub(crate) fn push_body(group: &mut Vec<u8>, text: Digest, body: &str) {
    group.extend(json(&BodyLine { text, body: Cow::Borrowed(body) }));
    group.push(b'\n');
}

/// Whether a line holds a body. Looks at its first bytes only.
pub(crate) fn is_body(line: &[u8]) -> bool {
    line.starts_with(BODY_PREFIX)
}

/// Reads a body's line, given without its newline.
pub(crate) fn parse_body(line: &[u8]) -> Result<(Digest, Cow<'_, str>), LineError> {
    let BodyLine { text, body } =
        serde_json::from_slice(line).map_err(|source| LineError::Unreadable(jsonl::message(&source)))?;
    if Digest::of(body.as_bytes()) == text {
        Ok((text, body))
    } else {
        Err(LineError::Altered(format!("the body is not the text {} that it is stored under", text.short())))
    }
}

/// The digest in a body's line, given without its newline, of which nothing else is read.
pub(crate) fn body_digest(line: &[u8]) -> Result<Digest, LineError> {
    let rest = &line[BODY_PREFIX.len()..];
    let quoted = rest.strip_prefix(b"\"").and_then(|rest| rest.split_at_checked(64)).map(|(digest, _)| digest);
    let digest = quoted.and_then(|digest| std::str::from_utf8(digest).ok()).and_then(|digest| digest.parse().ok());
    match digest {
        Some(digest) => Ok(digest),
        // The usual words for it.
        None => parse_body(line).map(|(digest, _)| digest),
    }
}

/// Whose an entry is.
pub(crate) enum Place {
    /// The run's.
    OfRun,
    /// A tree's.
    OfTree {
        /// The tree.
        key: TreeKey,
        /// Whether the strategy is then done with it.
        submits: bool,
    },
}

/// Reads whose an entry is, given without its newline, of which nothing else is understood, and gives the chain after it.
pub(crate) fn parse_place(line: &[u8], chain: Chain) -> Result<(Place, Chain), LineError> {
    #[derive(Deserialize)]
    struct Only<'a> {
        problem: Option<ProblemId>,
        replicate: Option<u32>,
        #[serde(borrow)]
        event: Cow<'a, str>,
    }

    let unreadable = |source: &serde_json::Error| LineError::Unreadable(jsonl::message(source));
    let only = serde_json::from_slice(line);
    let Only { problem, replicate, event } = match only {
        Ok(only) => only,
        // What it is that cannot be read is for the full reader to say.
        Err(source) => return Err(parse_checked(line).err().unwrap_or_else(|| unreadable(&source))),
    };
    let next = checked(line, chain)?;
    let place = match (problem, replicate) {
        (Some(problem), Some(replicate)) => {
            Place::OfTree { key: TreeKey { problem, replicate }, submits: event == "submitted" }
        }
        _ => Place::OfRun,
    };
    Ok((place, next))
}

/// Reads an entry's line, given without its newline, whose check was looked at before.
pub(crate) fn parse_checked(line: &[u8]) -> Result<Entry, LineError> {
    serde_json::from_slice(line).map_err(|source| LineError::Unreadable(jsonl::message(&source)))
}

/// Appends the line of an entry, and gives the chain after it.
pub(crate) fn push_entry(group: &mut Vec<u8>, entry: &[u8], chain: Chain) -> Chain {
    let payload = entry.strip_suffix(b"}").expect("an entry is a JSON object");
    let chain = chain.next(payload);
    group.extend(payload);
    group.extend(CHECK_PREFIX);
    group.extend(chain.0.short().as_bytes());
    group.extend(CHECK_SUFFIX);
    group.push(b'\n');
    chain
}

/// Reads an entry's line, given without its newline, and gives the chain after it.
pub(crate) fn parse_entry(line: &[u8], chain: Chain) -> Result<(Entry, Chain), LineError> {
    let entry = parse_checked(line)?;
    Ok((entry, checked(line, chain)?))
}

/// The chain after an entry, given without its newline, if its check is as it must be.
pub(crate) fn checked(line: &[u8], chain: Chain) -> Result<Chain, LineError> {
    let (payload, check) = split_check(line).ok_or_else(|| LineError::Altered("missing field `check`".to_owned()))?;
    let next = chain.next(payload);
    if check == next.0.short().as_bytes() {
        Ok(next)
    } else {
        Err(LineError::Altered("`check` does not match: the line, or one before it, is not as written".to_owned()))
    }
}

fn split_check(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_suffix(CHECK_SUFFIX)?;
    let (rest, check) = rest.split_at_checked(rest.len().checked_sub(CHECK_DIGITS)?)?;
    Some((rest.strip_suffix(CHECK_PREFIX)?, check))
}

/// JSON of a value of this crate or of core, all of which have text keys and finite numbers.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("journalled values are plain data with text keys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// The layout is a promise: a journal of today is read by every later version of format 1.
    #[test]
    fn lines_are_laid_out_as_documented() {
        let mut group = header(Digest::of(b"identity"));
        push_body(&mut group, Digest::of("é\n".as_bytes()), "é\n");
        let mut chain = Chain::start(Digest::of(b"identity"));
        for entry in [&fixture::run()[0], &fixture::run()[5], &fixture::run()[6]] {
            chain = push_entry(&mut group, &json(entry), chain);
        }
        insta::assert_snapshot!(String::from_utf8(group).unwrap(), @r#"
        {"format":3,"identity":"78556dc9bafdbe46049cacf3dc16fe70f259d220b9d2898771bf3a6c56d7d0a6"}
        {"text":"267da5db0e62e0cce77270edd35196125a33e09385d6df90da57a54f7c0ecef5","body":"é\n"}
        {"problem":"a/0","replicate":0,"event":"sent","call":"p0#0","slots":["p0"],"seat":"coder","model":"sim/journeyman","worst_cost":100,"prompt":"a2972e6d21c14da287d20eddca4c244af2c89c078d584181ac9ca54412001ab9","check":"e62cdb13"}
        {"problem":"a/0","replicate":0,"event":"submitted","ranking":["p0"],"check":"914e4b7c"}
        {"event":"stopped","why":"budget","check":"06c35c75"}
        "#);
    }

    #[test]
    fn entry_survives_its_line_and_its_check_covers_what_came_before() {
        let [first, second] = [&fixture::run()[0], &fixture::run()[1]];
        let start = Chain::start(Digest::of(b"identity"));
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let middle = push_entry(&mut one, &json(first), start);
        push_entry(&mut two, &json(second), middle);
        let (entry, after) = parse_entry(one.trim_ascii_end(), start).unwrap();
        assert_eq!(&entry, first);
        assert_eq!(&parse_entry(two.trim_ascii_end(), after).unwrap().0, second);
        assert!(matches!(parse_entry(two.trim_ascii_end(), start), Err(LineError::Altered(_))), "a line was left out");
        let bare = json(first);
        assert!(matches!(parse_entry(&bare, start), Err(LineError::Altered(_))), "a line without a check");
    }
}
