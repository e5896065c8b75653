//! What decides a run's numbers (identity), and where it ran (environment).

use crate::{
    Budget, Digest, EffortLimits, Extraction, Form, Integrity, Member, Price, Problem, ProblemId, Rounds, Schedule,
    Seat, Split, Tokens, TreeKey, Turn, Usd,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;

/// Version of the manifest's and the summary's layout.
pub const SCHEMA_VERSION: u32 = 1;

/// The data that a run is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetIdentity {
    /// Short name, as in the run id.
    pub name: String,
    /// Digest over the digests of all problems, in order.
    pub digest: Digest,
    /// Number of problems that the run takes from it.
    pub problems: u32,
    /// Which tests count as public, where it is not the data set's own choice; a file by its name alone.
    #[serde(skip_serializing_if = "Split::is_default", default)]
    pub public: Split,
}

impl DatasetIdentity {
    /// The name as tables show it: with what counts as public, where that is not the data set's own choice.
    pub fn label(&self) -> String {
        if self.public.is_default() { self.name.clone() } else { format!("{} public={}", self.name, self.public) }
    }
}

/// What reports need to know of a problem, so that a run directory can be read without its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemEntry {
    /// The problem.
    pub id: ProblemId,
    /// Its digest.
    pub digest: Digest,
    /// The data set's own word for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difficulty: Option<String>,
    /// Number of public tests.
    pub public_tests: u32,
    /// Number of hidden tests.
    pub hidden_tests: u32,
    /// Whether candidate and tests are kept apart.
    pub integrity: Integrity,
    /// Whether the strategy learns from the problem, which is then not reported.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub dev: bool,
    /// Whether the hidden tests contradict the statement on purpose, so that whatever passes them is no honest solution.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub impossible: bool,
    /// The programs that the run starts from whose damage is known; none where it starts from others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub known: Vec<KnownProgram>,
}

/// A program of which it is known what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProgram {
    /// The program's text.
    pub program: Digest,
    /// The name of its damage; `None` of a program that is whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub damage: Option<String>,
    /// The lines that are damaged, counted from 1. Where lines are gone, both neighbours.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub lines: BTreeSet<u32>,
}

impl From<&Problem> for ProblemEntry {
    fn from(problem: &Problem) -> Self {
        Self {
            id: problem.id.clone(),
            digest: problem.digest,
            difficulty: problem.difficulty.clone(),
            public_tests: problem.tests.public.len() as u32,
            hidden_tests: problem.tests.hidden.len() as u32,
            integrity: problem.integrity,
            dev: false,
            impossible: problem.impossible.is_some(),
            known: Vec::new(),
        }
    }
}

/// How strongly feedback, stopping or selection leans on what a real user would not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OracleLevel {
    /// Nothing hidden is used before scoring.
    Clean,
    /// The hidden suite decides when to stop or what to hand in.
    HiddenStop,
    /// Feedback shows hidden tests.
    TestsVisible,
    /// The reference solution is in view.
    ReferenceInView,
}

impl fmt::Display for OracleLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "clean",
            Self::HiddenStop => "hidden_stop",
            Self::TestsVisible => "tests_visible",
            Self::ReferenceInView => "reference_in_view",
        })
    }
}

/// What a strategy can reach. Derived from its definition, never declared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, written out in every manifest")]
pub struct OracleFlags {
    /// Some prompt can show the hidden suite.
    pub sees_hidden: bool,
    /// The hidden suite decides which programs are repaired or when to stop.
    pub stops_on_hidden: bool,
    /// The hidden suite decides which node is handed in.
    pub selects_on_hidden: bool,
    /// Some prompt can show the reference solution.
    pub sees_reference: bool,
}

impl OracleFlags {
    /// The highest level that holds.
    pub fn level(self) -> OracleLevel {
        if self.sees_reference {
            OracleLevel::ReferenceInView
        } else if self.sees_hidden {
            OracleLevel::TestsVisible
        } else if self.stops_on_hidden || self.selects_on_hidden {
            OracleLevel::HiddenStop
        } else {
            OracleLevel::Clean
        }
    }
}

/// The strategy of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyIdentity {
    /// Short name, as in the run id.
    pub name: String,
    /// The name with the parameters that make it another experiment, as tables show it; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The script, complete: a run resumes from this text. In manifests without `parameters`, a definition in TOML.
    pub definition: String,
    /// The script's parameters, as one would type them; `None` in manifests of versions that knew no scripts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parameters: Option<BTreeMap<String, String>>,
    /// Digest of each text that can enter the strategy's prompts or decide its acts.
    pub prompts: BTreeMap<String, Digest>,
    /// What it can reach.
    pub oracle: OracleFlags,
    /// The highest of `oracle`.
    pub oracle_level: OracleLevel,
    /// How it goes through its problems, if it learns from some for others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rounds: Option<Rounds>,
}

/// How a model samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Softmax temperature.
    pub temperature: f64,
    /// Nucleus mass.
    pub top_p: f64,
    /// The most tokens that one completion may have.
    pub max_tokens: Tokens,
    /// The most tokens that a prompt may have, by our own count: the oldest pairs of a conversation are left out to keep
    /// to it. `None` if its model takes prompts of any length. It is no parameter of a request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_prompt: Option<Tokens>,
    /// Texts at which a completion ends.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stop: Vec<String>,
    /// How long a reasoning model thinks, in the provider's own word; `None` for its default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reasoning_effort: Option<String>,
    /// Parameters that are left to the model's own defaults, because it refuses them, whatever stands above.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub omit: BTreeSet<String>,
    /// Completions that one request asks for at most; `None` for as many as the provider's interface offers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub per_request: Option<NonZeroU32>,
}

impl Sampling {
    /// Sampling by temperature alone, from the whole distribution.
    pub fn new(temperature: f64, max_tokens: Tokens) -> Self {
        Self {
            temperature,
            top_p: 1.0,
            max_tokens,
            max_prompt: None,
            stop: Vec::new(),
            reasoning_effort: None,
            omit: BTreeSet::new(),
            per_request: None,
        }
    }
}

/// A model of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// `provider/model`.
    pub name: String,
    /// Whether it is a simulation, whose results say nothing about models.
    pub simulated: bool,
    /// Digest of what else decides its answers, such as a samples file or a simulated profile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<Digest>,
    /// How it samples; `None` if it does not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sampling: Option<Sampling>,
}

/// Limits of one test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeLimits {
    /// CPU time of the candidate in milliseconds. Wall time may be three times as long.
    pub cpu_ms: u64,
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// Bytes of output after which the candidate is stopped.
    pub output_bytes: u64,
}

/// The engine that runs candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineIdentity {
    /// `process` or `wasm`.
    pub name: String,
    /// Isolation level, such as `L0`.
    pub level: String,
    /// Digest of recipe and guest programs.
    pub recipe: Digest,
    /// The interpreter, such as `CPython 3.11.7`.
    pub interpreter: String,
}

impl fmt::Display for EngineIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.name, self.level, self.interpreter)
    }
}

/// The engines of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engines<'a> {
    /// Judges every candidate first.
    pub first: &'a EngineIdentity,
    /// Judges those that the first does not support. `None` if these stay unscored.
    pub fallback: Option<&'a EngineIdentity>,
}

impl fmt::Display for Engines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        match self.fallback {
            Some(fallback) => write!(f, "; for what that cannot run, {fallback}"),
            None => Ok(()),
        }
    }
}

/// Whether a suite goes on after a failing test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestsMode {
    /// Every test runs. Needed for pass fractions.
    #[default]
    All,
    /// A suite ends at its first failing test.
    FirstFailure,
}

/// A file of somebody else's experiment that a run was made from. Its programs were asked for and judged
/// elsewhere: limits are zero where they are not known, and the run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The file's format, such as `self-repair`.
    pub format: String,
    /// The file's name.
    pub file: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// How it was read where it can be read in several ways: what was chosen, by what it is about.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub choices: BTreeMap<String, String>,
}

/// The run whose programs a run judged anew. Its trees have the shape in which that run bought them, and its verdicts are its
/// own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejudged {
    /// Id of that run.
    pub run: String,
    /// Digest of that run's identity.
    pub identity: Digest,
    /// Digest of all answers that were taken over, each with its tree and slot: a run that stopped early and went on
    /// later holds more of them.
    pub answers: Digest,
}

/// All that decides numbers. Two runs with equal identity write equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The data.
    pub dataset: DatasetIdentity,
    /// Digest over the ids and digests of the chosen problems, in order.
    pub selection: Digest,
    /// The strategy.
    pub strategy: StrategyIdentity,
    /// The model of each seat.
    pub models: BTreeMap<Seat, ModelIdentity>,
    /// Name of the tokenizer behind every count of our own.
    pub tokenizer: String,
    /// Limits of one test.
    pub limits: JudgeLimits,
    /// The rules of judging, such as `strict`.
    pub grader: String,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// The least integrity that is scored: with `isolated`, cooperative problems stay unscored.
    #[serde(skip_serializing_if = "is_cooperative", default = "cooperative")]
    pub require: Integrity,
    /// The engine, which judges every candidate first.
    pub engine: EngineIdentity,
    /// The engine that judges candidates which the first does not support; `None` if these stay unscored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fallback: Option<EngineIdentity>,
    /// Independent trees of each problem.
    pub replicates: u32,
    /// The run's seed.
    pub seed: u64,
    /// The file that the run was made from; `None` if it was collected and judged here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub imported: Option<Imported>,
    /// The run whose programs were judged anew; `None` if the run asked for its programs itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rejudged: Option<Rejudged>,
    /// What may be spent on each tree, which ends with what it has once it reaches that; `None` for as much as it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem_budget: Option<Budget>,
    /// Whether completions that runs with another seed bought may be used again. The run is then not independent of
    /// them.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub shares_completions: bool,
    /// The rules by which programs were found in answers; `None` if an earlier build did that, or somebody else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extraction: Option<Extraction>,
    /// What the texts of each field of a samples file were taken for; empty if first programs came from elsewhere.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub forms: BTreeMap<String, Form>,
}

impl Identity {
    /// The engines.
    pub fn engines(&self) -> Engines<'_> {
        Engines { first: &self.engine, fallback: self.fallback.as_ref() }
    }
}

/// The files from which a run is answered and into which it writes its traffic, as absolute paths, so that a resumption
/// finds them again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrafficFiles {
    /// The cassette that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// The cassette that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The cache of completions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// What people wrote about programs: the file of the first critic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// What people answered in other seats, by seat.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<Seat, String>,
}

impl TrafficFiles {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_cooperative(integrity: &Integrity) -> bool {
    *integrity == Integrity::Cooperative
}

fn cooperative() -> Integrity {
    Integrity::Cooperative
}

/// An interpreter that an engine brings along, as it was built on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Digest of its bytes. Builds of one recipe may differ in a few of them, which decide nothing.
    pub digest: Digest,
    /// Where it was read.
    pub path: String,
}

/// Where a run took place. May change between a run and its resumption; the change is journalled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of mend.
    pub mend_version: String,
    /// Commit that mend was built from, with `+dirty` for uncommitted changes; `None` outside a checkout.
    pub commit: Option<String>,
    /// Operating system and architecture.
    pub host: String,
    /// Where the data was read, so that a resumption finds it again.
    pub dataset_source: String,
    /// The format that the data was to be read by, if it was not told by the keys of its rows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset_format: Option<String>,
    /// Where the tests that count as public were read, if they are those of a file of examples.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub examples_source: Option<String>,
    /// Where saved first programs were read: a file of samples or the folder of a run. `None` if a model writes them,
    /// and if they are those that the data set starts from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub programs_source: Option<String>,
    /// The folder of the run whose programs were judged anew, or whose nodes were taken over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_source: Option<String>,
    /// Whether models are asked by their providers' batch interfaces, at other prices.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub batch: bool,
    /// Cap on the tokens that the run may spend; `None` for no cap.
    pub budget_tokens: Option<Tokens>,
    /// Cap on the money that the run may spend; `None` for no cap.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub budget_usd: Option<Usd>,
    /// Caps on what the run may take beside these.
    #[serde(skip_serializing_if = "EffortLimits::is_none", default)]
    pub budget_effort: EffortLimits,
    /// The day of which the prices are, if any model has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prices_date: Option<String>,
    /// The prices of the run's models, as far as they are known: a resumption goes by them unless it gets others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub prices: BTreeMap<String, Price>,
    /// Files of recorded answers.
    #[serde(skip_serializing_if = "TrafficFiles::is_none", default)]
    pub traffic: TrafficFiles,
    /// What kept the sandbox from a higher isolation level: each mechanism with the reason and the remedy. The level
    /// itself belongs to the identity.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub isolation_missing: Vec<String>,
    /// The interpreter of the engine `wasm`; `None` if the run does not use it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub guest: Option<Guest>,
}

impl Environment {
    /// What the run may spend.
    pub fn budget(&self) -> Budget {
        Budget { tokens: self.budget_tokens, usd: self.budget_usd, effort: self.budget_effort }
    }
}

/// A run's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunManifest {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// `<dataset>-<strategy>-<8 hex of identity>`.
    pub run_id: String,
    /// What decides numbers.
    pub identity: Identity,
    /// Where it ran.
    pub environment: Environment,
    /// The chosen problems, in the data set's order. Their digests are part of the identity.
    pub problems: Vec<ProblemEntry>,
}

impl RunManifest {
    /// The trees of the run: problems in their order, each with its replicates from 0. A problem that the strategy learns
    /// from has one for each pass.
    pub fn trees(&self) -> impl Iterator<Item = TreeKey> {
        self.members().map(|(entry, member)| TreeKey { problem: entry.id.clone(), replicate: member.replicate })
    }

    fn members(&self) -> impl Iterator<Item = (&ProblemEntry, Member)> {
        self.problems.iter().flat_map(move |entry| {
            let member = move |replicate| Member { is_dev: entry.dev, replicate, problem: entry.digest };
            (0..self.replicates(entry)).map(move |replicate| (entry, member(replicate)))
        })
    }

    /// How many trees a problem has.
    pub fn replicates(&self, entry: &ProblemEntry) -> u32 {
        let passes = || self.identity.strategy.rounds.as_ref().map_or(1, |rounds| rounds.passes);
        if entry.dev { passes() } else { self.identity.replicates }
    }

    /// In which order the trees are begun and handed in, and in which rounds.
    pub fn schedule(&self) -> Schedule {
        let members: Vec<Member> = self.members().map(|(_, member)| member).collect();
        let size = self.identity.strategy.rounds.as_ref().map(|rounds| rounds.round);
        Schedule::new(&members, self.identity.seed, size)
    }

    /// Where each tree stands among the rounds.
    pub fn turns(&self) -> BTreeMap<TreeKey, Turn> {
        let keys: Vec<TreeKey> = self.trees().collect();
        let schedule = self.schedule();
        let turn = |(position, index): (usize, &usize)| (keys[*index].clone(), schedule.turn(position));
        schedule.order().iter().enumerate().map(turn).collect()
    }

    /// The manifest with those problems alone that are reported: all but those that the strategy learns from.
    #[must_use]
    pub fn reported(&self) -> Self {
        let mut reported = self.clone();
        reported.problems.retain(|entry| !entry.dev);
        reported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(flags: OracleFlags, level: OracleLevel) {
        assert_eq!(flags.level(), level);
    }

    #[test]
    fn oracle_level_is_the_highest_that_holds() {
        let none = OracleFlags::default();
        check(none, OracleLevel::Clean);
        check(OracleFlags { stops_on_hidden: true, ..none }, OracleLevel::HiddenStop);
        check(OracleFlags { selects_on_hidden: true, ..none }, OracleLevel::HiddenStop);
        check(OracleFlags { sees_hidden: true, stops_on_hidden: true, ..none }, OracleLevel::TestsVisible);
        check(OracleFlags { sees_reference: true, sees_hidden: true, ..none }, OracleLevel::ReferenceInView);
    }
}
