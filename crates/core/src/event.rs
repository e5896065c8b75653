//! Everything that a run can learn, as a closed set of events.

use crate::{
    Cost, Digest, FinishReason, Found, ProblemId, Remark, Screened, Seat, Slot, Style, SuiteVerdict, Terms, Text,
    Tokens, Usage, Usd, Used, Verdict,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use strum::{Display, IntoStaticStr};

/// Names one request within its tree: the first slot that it asks for, and how often it was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(Arc<str>);

impl CallId {
    /// The `attempt`-th request (from 0) whose first slot is `first`.
    pub fn new(first: &Slot, attempt: u32) -> Self {
        Self(format!("{first}#{attempt}").into())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a completion's text is meant to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Prose with code in it, as a chat model answers.
    #[default]
    Chat,
    /// The rest of a module that begins with the statement.
    Continuation,
    /// A whole program.
    Whole,
    /// A program that the strategy's script put together of others. The statement's helpers run before it.
    Made,
    /// A whole program that a person wrote unasked, beside what was asked for. The statement's helpers run before it.
    Given,
}

impl Form {
    /// What it comes to at a problem of some style: only the beginning of a module can be continued, and where the statement
    /// is prose the text is a whole program.
    #[must_use]
    pub fn at(self, style: &Style) -> Self {
        match (self, style) {
            (Self::Continuation, Style::Function { .. } | Style::Program) => Self::Whole,
            (form, _) => form,
        }
    }
}

/// One text that a model returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What the model wrote.
    pub text: Text,
    /// What the text is meant to be.
    #[serde(default)]
    pub form: Form,
    /// Why it stopped.
    pub finish_reason: FinishReason,
    /// This completion's share of the bill, with its full prompt even where several shared one.
    pub usage: Usage,
    /// Our own count of the text, by the tokenizer that the manifest names.
    pub counted: Tokens,
    /// Our own count of the prompt; `None` if nobody counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counted_prompt: Option<Tokens>,
    /// This completion's share of what the provider really asks for the request: a prompt that several share, or that
    /// a cache held, costs them less. `None` without a known price or reported usage. The shares sum to the bill.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usd: Option<Usd>,
    /// The model that the server says it used, if it says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub served_model: Option<String>,
    /// Characters of the answer that no text can hold (half a surrogate pair, bytes outside UTF-8). Each is U+FFFD in
    /// `text`.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub replaced: u64,
    /// What a person said beside the text, field by field; `None` for what no person said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remark: Option<Box<Remark>>,
}

impl Completion {
    /// A text that the strategy put together: nobody wrote it, and it costs nothing.
    pub fn made(text: Text) -> Self {
        Self {
            text,
            form: Form::Made,
            finish_reason: FinishReason::Stop,
            usage: Usage::default(),
            counted: Tokens(0),
            counted_prompt: None,
            usd: None,
            served_model: None,
            replaced: 0,
            remark: None,
        }
    }

    /// A program that a person wrote unasked: it costs no tokens.
    pub fn given(text: Text, author: Option<&str>) -> Self {
        let nothing = Some(Tokens(0));
        Self {
            form: Form::Given,
            usage: Usage { prompt: nothing, completion: nothing, ..Usage::default() },
            served_model: Some(format!("human/{}", author.unwrap_or("unnamed"))),
            ..Self::made(text)
        }
    }

    /// The texts that it names.
    fn texts(&self) -> impl Iterator<Item = &Text> {
        std::iter::once(&self.text).chain(self.remark.iter().flat_map(|remark| remark.texts()))
    }

    fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        std::iter::once(&mut self.text).chain(self.remark.iter_mut().flat_map(|remark| remark.texts_mut()))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The rules by which programs are found in the answers of chat models.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Extraction {
    /// Our own: the block that answers the problem, with what it needs of others.
    #[default]
    Mend,
    /// LiveCodeBench's: what stands between the last two lines with a fence.
    LastFence,
    /// That of lm-eval's coding tasks: what stands between the first two fences.
    FirstFence,
    /// That of Olausson et al.: what follows their header, then `[PYTHON]`, then the first Python fence, then the first.
    Olausson,
}

impl Extraction {
    /// The word used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How the program was found in a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ExtractionRule {
    /// The completion continues the statement, verbatim.
    Continuation,
    /// The completion is the program, verbatim.
    Whole,
    /// The one block of code that answers the problem.
    OneBlock,
    /// Several blocks answer the problem: the last of them.
    LastOfSeveral,
    /// A block that answers the problem, behind the definitions and imports of other blocks that it needs.
    JoinedBlocks,
    /// A block whose closing fence is missing.
    UnclosedBlock,
    /// A block whose opening fence is missing.
    UnopenedBlock,
    /// Code without fences. Prose around it is cut off.
    BareCode,
    /// The rest of the function that the statement begins.
    Body,
    /// No block answers the problem: the last one that may hold Python.
    UnfitBlock,
    /// By the rules of [`Extraction::LastFence`], and of mend before it had others.
    LastFence,
    /// By the rules of [`Extraction::FirstFence`].
    FirstFence,
    /// By the rules of [`Extraction::Olausson`].
    Olausson,
    /// Whoever published the completion says which program was run.
    AsPublished,
    /// The strategy's script put the program together of others.
    Made,
    /// A person wrote the program, unasked.
    Given,
}

impl ExtractionRule {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether the statement's imports and helpers run before the program. Not so where the program begins with the
    /// statement, or is complete as it stands.
    pub fn wants_context(self) -> bool {
        match self {
            Self::Continuation | Self::Whole | Self::Body | Self::AsPublished => false,
            Self::OneBlock
            | Self::LastOfSeveral
            | Self::JoinedBlocks
            | Self::UnclosedBlock
            | Self::UnopenedBlock
            | Self::BareCode
            | Self::UnfitBlock
            | Self::LastFence
            | Self::FirstFence
            | Self::Olausson
            | Self::Made
            | Self::Given => true,
        }
    }
}

/// Program text extracted from a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The program, as the model wrote it.
    pub program: Text,
    /// How it was found.
    pub rule: ExtractionRule,
    /// Our tokenizer's count of the program and the text before it: the paper's definition.
    pub paper_tokens: Tokens,
}

/// What a program did with one input, where nobody judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The value that it returned, as a Python `repr`, or the text that it printed.
    Value(String),
    /// The type of the exception that left it.
    Raised(String),
    /// It ended otherwise, such as at a limit.
    Ended(crate::Status),
}

/// What was handed in: a list, or in journals before version 3 one slot or `null`.
fn ranking<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Slot>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Ranking(Vec<Slot>),
        One(Option<Slot>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Ranking(ranking) => ranking,
        Written::One(slot) => slot.into_iter().collect(),
    })
}

/// Whose doing it is that a node cannot be scored, as far as figures must tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The problem's own: a test that cannot judge anybody who gets to it, or a statement whose code fails.
    BrokenTest,
    /// The engine's: it cannot run what the problem or the program needs.
    Unsupported,
    /// Nobody's: what the test compares is for the program alone to say, so that its outcome proves nothing.
    Unproven,
    /// The model's: no answer came, however often it was asked.
    NoAnswer,
}

/// Something that happened to a run or to one of its trees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A request is about to leave. Durable before it does, if it costs anything.
    Sent {
        /// Names the request.
        call: CallId,
        /// The nodes that it asks for, one completion each.
        slots: Vec<Slot>,
        /// Who is asked.
        #[serde(alias = "role")]
        seat: Seat,
        /// The model that is asked, as `provider/model`.
        model: String,
        /// The most that it can cost.
        worst_cost: Cost,
        /// The messages, as one readable text.
        prompt: Text,
        /// Digest of the template that the prompt was rendered from; `None` if the journal is older than version 3.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        template: Option<Digest>,
        /// The nodes whose texts, verdicts or facts the prompt shows, in order.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        shows: Vec<Slot>,
        /// What the prompt leaves out, and what it forbids.
        #[serde(skip_serializing_if = "Terms::is_plain", default)]
        terms: Terms,
    },
    /// The answer arrived. Durable before it is used, if it costs anything.
    Sampled {
        /// The request.
        call: CallId,
        /// One for each of the request's slots, in order; fewer if the model returned fewer.
        completions: Vec<Completion>,
        /// The bill, as reported.
        usage: Usage,
        /// What the ledger charges for it.
        cost: Cost,
    },
    /// The request was sent and came to nothing.
    Lost {
        /// The request.
        call: CallId,
        /// What the ledger charges for it: what the server reported, else the worst case.
        charged: Cost,
        /// What happened.
        why: String,
    },
    /// The request was turned away before any work was done for it, or never got there. Nothing is charged.
    Refused {
        /// The request.
        call: CallId,
        /// What happened.
        why: String,
    },
    /// The strategy itself put a node together, of texts that it had: nobody was asked, and it costs nothing.
    Made {
        /// The node.
        slot: Slot,
        /// What it holds: a program as it is to be run, or a note.
        text: Text,
        /// The nodes whose texts it was made of, in order.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        of: Vec<Slot>,
    },
    /// A person who was asked about a program wrote how it should be: a repair that nobody asked for.
    Given {
        /// The node, below the one that was asked for.
        slot: Slot,
        /// The program.
        text: Text,
        /// The model that is asked for what people say.
        model: String,
        /// Who wrote it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        author: Option<String>,
    },
    /// A completion was judged.
    Judged {
        /// The node.
        slot: Slot,
        /// The program that was judged; `None` if the completion holds none.
        candidate: Option<Candidate>,
        /// What was found.
        verdict: Verdict,
        /// What it cost to find out.
        used: Used,
    },
    /// A completion that holds no program was read.
    #[serde(alias = "critiqued")]
    Read {
        /// The node.
        slot: Slot,
        /// What was found in it.
        #[serde(flatten)]
        found: Found,
        /// What it holds that it should not, as far as somebody looked.
        #[serde(skip_serializing_if = "Screened::is_empty", default)]
        screened: Screened,
    },
    /// A program was judged by tests that another node holds.
    Tested {
        /// The program.
        slot: Slot,
        /// The node that holds the tests.
        tests: Slot,
        /// What was found.
        verdict: SuiteVerdict,
        /// What it cost to find out.
        used: Used,
    },
    /// The reference solution was judged by tests that a node holds: whether a test that somebody wrote is valid. It is
    /// scoring, and no strategy sees it.
    Checked {
        /// The node that holds the tests.
        tests: Slot,
        /// What was found.
        verdict: SuiteVerdict,
        /// What it cost to find out.
        used: Used,
    },
    /// A program was run without a judgement, or an instrument looked at it; or cells of a session were run for a node of
    /// any kind.
    Ran {
        /// The program, or the node.
        slot: Slot,
        /// Digest of what it was given: the inputs, or the instrument with what it looked at.
        given: Digest,
        /// What came out, in order: one for each input or cell; one text in JSON for a trace or a cost, none where there is
        /// none.
        outcomes: Vec<RunOutcome>,
        /// What it cost.
        used: Used,
    },
    /// A node that cannot be scored, for a reason on our side.
    Unscored {
        /// The node.
        slot: Slot,
        /// The program, if there was one.
        candidate: Option<Candidate>,
        /// The reason.
        why: String,
        /// Whose doing it is; `None` in journals that do not say.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cause: Option<Cause>,
    },
    /// The tree is finished, and this is the answer that the strategy hands in.
    Submitted {
        /// The programs that the strategy ranks, best first: the first of them is what it hands in. Empty if it hands in
        /// nothing.
        #[serde(alias = "slot", deserialize_with = "ranking")]
        ranking: Vec<Slot>,
    },
    /// What a strategy knows in a round, as it learnt it from the rounds before. Stands before all that is asked in the
    /// round, and belongs to no tree.
    State {
        /// The round, from 0.
        round: u32,
        /// The state, as JSON.
        state: Text,
    },
    /// The run stopped before it was complete.
    Stopped {
        /// The reason.
        why: String,
    },
    /// The run went on.
    Resumed {
        /// What differs in the environment, one line each.
        changed: Vec<String>,
    },
}

impl Event {
    /// Whether it is the run's, and names no tree.
    pub fn is_of_run(&self) -> bool {
        matches!(self, Self::State { .. } | Self::Stopped { .. } | Self::Resumed { .. })
    }

    /// The texts that the event names.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Sent { prompt: text, .. }
            | Self::Made { text, .. }
            | Self::Given { text, .. }
            | Self::State { state: text, .. } => vec![text],
            Self::Sampled { completions, .. } => completions.iter().flat_map(Completion::texts).collect(),
            Self::Judged { candidate, .. } | Self::Unscored { candidate, .. } => {
                candidate.iter().map(|candidate| &candidate.program).collect()
            }
            Self::Lost { .. }
            | Self::Read { .. }
            | Self::Tested { .. }
            | Self::Checked { .. }
            | Self::Ran { .. }
            | Self::Refused { .. }
            | Self::Submitted { .. }
            | Self::Stopped { .. }
            | Self::Resumed { .. } => vec![],
        }
    }

    /// The texts that the event names, so that a reader can restore their bodies.
    pub fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Sent { prompt: text, .. }
            | Self::Made { text, .. }
            | Self::Given { text, .. }
            | Self::State { state: text, .. } => vec![text],
            Self::Sampled { completions, .. } => completions.iter_mut().flat_map(Completion::texts_mut).collect(),
            Self::Judged { candidate, .. } | Self::Unscored { candidate, .. } => {
                candidate.iter_mut().map(|candidate| &mut candidate.program).collect()
            }
            Self::Lost { .. }
            | Self::Read { .. }
            | Self::Tested { .. }
            | Self::Checked { .. }
            | Self::Ran { .. }
            | Self::Refused { .. }
            | Self::Submitted { .. }
            | Self::Stopped { .. }
            | Self::Resumed { .. } => vec![],
        }
    }
}

/// Names a tree: one problem in one replicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TreeKey {
    /// The problem.
    pub problem: ProblemId,
    /// The replicate, from 0.
    pub replicate: u32,
}

impl fmt::Display for TreeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (replicate {})", self.problem, self.replicate)
    }
}

/// An event and the tree that it belongs to. `tree` is `None` for events of the whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The tree that grows, or `None` for [`Event::State`], [`Event::Stopped`] and [`Event::Resumed`].
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub tree: Option<TreeKey>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
