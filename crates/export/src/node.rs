//! A node whole: what was asked, what came, and what became of it.

use crate::Out;
use crate::messages::{self, Message, NO_MESSAGES};
use crate::verdict::{Judged, JudgedSuite, Reading};
use mend_core::{Node, Outcome, RepairTree, Slot, Tokens};
use schemars::JsonSchema;
use serde::Serialize;

/// All that is known of a node but its name and its author.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Whole<'a> {
    /// The node above; null at the root.
    parent: Option<String>,
    /// What it is: `program`, `critique`, `repair`, `note`, `tests`, `judgement` or `question`.
    kind: &'static str,
    /// How many repairs lie between the first program of its line and its own program, itself included.
    round: u32,
    /// Who was asked, such as `coder` or `critic-2`; null if nobody was.
    seat: Option<String>,
    /// The request that it answers; several nodes may answer one.
    call: Option<String>,
    /// What was asked, as it was sent; null if nobody was asked, and where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The nodes whose texts, verdicts or facts the prompt shows, in order.
    shows: Vec<String>,
    /// The nodes that the strategy put it together of; empty if somebody wrote it.
    made_of: Vec<String>,
    /// What came; null if no answer did, and where the journal does not hold it.
    completion: Option<&'a str>,
    /// Why the author stopped: `stop`, `length`, `content_filter`, `refusal` or `unknown`.
    finish_reason: Option<&'static str>,
    /// The program in it; null if it holds none.
    program: Option<&'a str>,
    /// Digest of the program.
    program_digest: Option<String>,
    /// The rule by which the program was found.
    extraction_rule: Option<&'static str>,
    /// The program's outcome; null for other nodes, and while it was not judged.
    verdict: Option<Judged<'a>>,
    /// What tests of other nodes say of the program.
    tested: Vec<Tested<'a>>,
    /// What was read of a node that holds no program.
    reading: Option<Reading<'a>>,
    /// Why it cannot be scored.
    unscored: Option<&'a str>,
    /// What it cost.
    tokens: Counts,
    /// Its share of the provider's bill, in dollars; null without a known price.
    dollars: Option<String>,
}

/// What the tests of a node say of a program.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tested<'a> {
    /// The node that holds the tests.
    tests: String,
    /// What they say.
    verdict: JudgedSuite<'a>,
}

/// Tokens of one node. What the server did not report is null.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Counts {
    /// Of the prompt, cached ones included, as reported.
    prompt: Option<u64>,
    /// Those of the prompt that were read from a cache.
    cached: Option<u64>,
    /// Those of the completion that were spent on hidden reasoning.
    reasoning: Option<u64>,
    /// Of the completion, reasoning included, as reported.
    completion: Option<u64>,
    /// Of the completion, by the tokenizer that the run names.
    counted: Option<u64>,
    /// Of the program and the text before it, by that tokenizer.
    paper: Option<u64>,
}

impl<'a> Whole<'a> {
    pub(crate) fn of(tree: &'a RepairTree, node: &'a Node) -> Self {
        let call = node.call.as_ref().and_then(|id| tree.call(id));
        let completion = node.completion.as_ref();
        Self {
            parent: node.slot.parent().map(|slot| slot.to_string()),
            kind: node.slot.kind().as_str(),
            round: node.slot.round(),
            seat: node.seat.map(|seat| seat.to_string()),
            call: node.call.as_ref().map(ToString::to_string),
            messages: messages::of(tree, node),
            shows: call.map(|call| names(&call.shows)).unwrap_or_default(),
            made_of: names(&node.made_of),
            completion: messages::completion(node),
            finish_reason: completion.map(|completion| completion.finish_reason.as_str()),
            program: messages::program(node),
            program_digest: node.candidate.as_ref().map(|candidate| candidate.program.digest().to_string()),
            extraction_rule: node.candidate.as_ref().map(|candidate| candidate.rule.as_str()),
            verdict: match &node.outcome {
                Some(Outcome::Judged(verdict, _)) => Some(Judged::of(verdict)),
                _ => None,
            },
            tested: node
                .tested
                .iter()
                .map(|(tests, (suite, _))| Tested { tests: tests.to_string(), verdict: JudgedSuite::of(suite) })
                .collect(),
            reading: node.found().map(Reading::of),
            unscored: node.unscored(),
            tokens: Counts::of(node),
            dollars: completion.and_then(|completion| completion.usd).map(|usd| usd.to_string()),
        }
    }

    /// Counts what the journal lacks.
    pub(crate) fn tell(&self, out: &mut Out<'_>) {
        if self.finish_reason.is_some() && self.completion.is_none() {
            out.lacking("nodes lack their answer: the journal does not hold its text");
        }
        if self.program_digest.is_some() && self.program.is_none() {
            out.lacking("nodes lack their program: the journal does not hold its text");
        }
        if self.call.is_some() && self.messages.is_none() {
            out.lacking(NO_MESSAGES);
        }
    }
}

impl Counts {
    fn of(node: &Node) -> Self {
        let Some(completion) = &node.completion else { return Self::default() };
        let plain = |tokens: Option<Tokens>| tokens.map(|Tokens(tokens)| tokens);
        let usage = &completion.usage;
        Self {
            prompt: plain(usage.prompt),
            cached: plain(usage.cached),
            reasoning: plain(usage.reasoning),
            completion: plain(usage.completion),
            counted: Some(completion.counted.0),
            paper: plain(node.candidate.as_ref().map(|candidate| candidate.paper_tokens)),
        }
    }
}

fn names(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(Slot::to_string).collect()
}
