//! How models are asked, what they may cost, how their servers are reached, and what becomes of the traffic.

use clap::{Args, ValueEnum};
use mend_core::{Minutes, Usd};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

/// How models sample. Part of a run's identity.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling")]
pub struct SamplingArgs {
    /// The most tokens of one completion, hidden reasoning included.
    #[arg(long, env = "MEND_MAX_TOKENS", default_value = "2048", value_name = "TOKENS", value_parser = super::values::some::<NonZeroU64>)]
    pub max_tokens: NonZeroU64,
    /// The most tokens of a prompt, by mend's own count: the oldest turns of a conversation, and the oldest items of a
    /// list that may shrink, are left out to keep to it. [default: no limit]
    #[arg(long, env = "MEND_MAX_PROMPT", value_name = "TOKENS", value_parser = super::values::some::<NonZeroU64>)]
    pub max_prompt: Option<NonZeroU64>,
    /// Softmax temperature.
    #[arg(long, env = "MEND_TEMPERATURE", default_value = "0.8", value_name = "T", value_parser = temperature)]
    pub temperature: f64,
    /// Nucleus mass. At 1, which is everything, it is not sent.
    #[arg(long, env = "MEND_TOP_P", default_value = "1", value_name = "P", value_parser = top_p)]
    pub top_p: f64,
    /// A text at which a completion ends; may be given several times.
    #[arg(long, env = "MEND_STOP", value_name = "TEXT")]
    pub stop: Vec<String>,
    /// How long a reasoning model thinks, in its provider's own word, such as `low` or `high`.
    #[arg(long, env = "MEND_REASONING_EFFORT", value_name = "WORD")]
    pub reasoning_effort: Option<String>,
    /// Parameters that the model refuses, left to its own defaults. The manifest says so.
    #[arg(long, env = "MEND_OMIT", value_delimiter = ',', value_name = "PARAMETER,...")]
    pub omit: Vec<OmitArg>,
    /// Sampling of one seat, where it differs: `critic.temperature=0`; may be given several times.
    #[arg(long = "sampling", value_name = "SEAT.PARAMETER=VALUE")]
    pub of_seats: Vec<String>,
    /// Completions that one request asks for at most. [default: as many as the provider is known to return, else 1]
    #[arg(long, env = "MEND_COMPLETIONS_PER_REQUEST", value_name = "N", value_parser = super::values::some::<NonZeroU32>)]
    pub completions_per_request: Option<NonZeroU32>,
}

/// `--omit`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum OmitArg {
    /// The temperature.
    Temperature,
    /// The nucleus mass.
    TopP,
    /// The limit of tokens. No budget can then be kept.
    MaxTokens,
    /// The seed.
    Seed,
}

impl OmitArg {
    /// Its name, as `mend_model` knows it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a run may cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Budget")]
pub struct BudgetArgs {
    /// Cap on what the whole run may cost.
    #[command(flatten)]
    pub run: RunBudgetArgs,
    /// Cap on the tokens of each problem's tree, which ends with what it has once it reaches that.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_TOKENS", value_name = "TOKENS")]
    pub problem_budget_tokens: Option<u64>,
    /// Cap on the dollars of each problem's tree.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_USD", value_name = "DOLLARS")]
    pub problem_budget_usd: Option<Usd>,
    /// Cap on the requests of each problem's tree.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_CALLS", value_name = "N")]
    pub problem_budget_calls: Option<u64>,
    /// Cap on the executions of each problem's tree: judgements, and runs beside these.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_EXECUTIONS", value_name = "N")]
    pub problem_budget_executions: Option<u64>,
    /// Cap on the questions to people in each problem's tree.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_QUESTIONS", value_name = "N")]
    pub problem_budget_questions: Option<u64>,
    /// Cap on people's minutes in each problem's tree.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_MINUTES", value_name = "MINUTES")]
    pub problem_budget_minutes: Option<Minutes>,
    /// Cap on the observations in each problem's tree.
    #[arg(long, env = "MEND_PROBLEM_BUDGET_OBSERVATIONS", value_name = "N")]
    pub problem_budget_observations: Option<u64>,
}

/// The caps of a whole run, which a resumption may change.
#[derive(Debug, Args)]
#[command(next_help_heading = "Budget")]
pub struct RunBudgetArgs {
    /// Cap on the tokens of the whole run, prompts included. It is never overrun.
    #[arg(long, env = "MEND_BUDGET_TOKENS", value_name = "TOKENS")]
    pub budget_tokens: Option<u64>,
    /// Cap on the dollars of the whole run. It is never overrun; every model needs a known price.
    #[arg(long, env = "MEND_BUDGET_USD", value_name = "DOLLARS")]
    pub budget_usd: Option<Usd>,
    /// Cap on the requests of the whole run, lost ones included.
    #[arg(long, env = "MEND_BUDGET_CALLS", value_name = "N")]
    pub budget_calls: Option<u64>,
    /// Cap on executions: judgements of programs, by the problem's tests or by tests of other nodes, and runs without one.
    #[arg(long, env = "MEND_BUDGET_EXECUTIONS", value_name = "N")]
    pub budget_executions: Option<u64>,
    /// Cap on questions to people, and to whoever sits in the annotator's seat.
    #[arg(long, env = "MEND_BUDGET_QUESTIONS", value_name = "N")]
    pub budget_questions: Option<u64>,
    /// Cap on people's minutes, as they report them; a question to a simulated person counts half a minute.
    #[arg(long, env = "MEND_BUDGET_MINUTES", value_name = "MINUTES")]
    pub budget_minutes: Option<Minutes>,
    /// Cap on observations: requests to critics and annotators, and executions of programs that a later prompt shows.
    #[arg(long, env = "MEND_BUDGET_OBSERVATIONS", value_name = "N")]
    pub budget_observations: Option<u64>,
    /// Prices of models, in TOML, above those that come with mend (`mend models prices`).
    #[arg(long, env = "MEND_PRICES", value_name = "FILE")]
    pub prices: Option<PathBuf>,
}

/// How servers are reached. Changes no number.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connections (these change no number)")]
pub struct ConnectionArgs {
    /// Requests in flight at most. Each provider gets fewer while it is overrun.
    #[arg(long, alias = "concurrency", env = "MEND_MAX_CONNECTIONS", default_value = "16", value_name = "N", value_parser = super::values::some::<NonZeroUsize>)]
    pub max_connections: NonZeroUsize,
    /// Requests a minute to each provider at most.
    #[arg(long, env = "MEND_RPM", value_name = "N", value_parser = super::values::some::<NonZeroU32>)]
    pub rpm: Option<NonZeroU32>,
    /// Tokens a minute to each provider at most, counting each completion at its limit.
    #[arg(long, env = "MEND_TPM", value_name = "N", value_parser = super::values::some::<NonZeroU32>)]
    pub tpm: Option<NonZeroU32>,
    /// Time for one attempt at a request, in seconds.
    #[arg(long, env = "MEND_REQUEST_TIMEOUT", default_value = "600", value_name = "SECONDS", value_parser = seconds)]
    pub request_timeout: Duration,
    /// Time for all attempts at a request and the pauses between them, in seconds.
    #[arg(long, env = "MEND_REQUEST_DEADLINE", default_value = "3600", value_name = "SECONDS", value_parser = seconds)]
    pub request_deadline: Duration,
    /// Ask by the provider's batch interface: at about half the price, within a day instead of at once. A run that is
    /// stopped or killed meanwhile finds its answers by `mend resume`. For openai, anthropic, and servers that speak as they
    /// do.
    #[arg(long, env = "MEND_BATCH")]
    pub batch: bool,
    /// Attempts at one request at most.
    #[arg(long, env = "MEND_ATTEMPTS", default_value = "8", value_name = "N", value_parser = super::values::some::<NonZeroU32>)]
    pub attempts: NonZeroU32,
}

/// What becomes of the traffic.
#[derive(Debug, Args)]
#[command(next_help_heading = "Recorded traffic")]
pub struct TrafficArgs {
    /// Write all traffic to a new cassette, from which `--model replay:<file>` answers without a network.
    #[arg(long, env = "MEND_RECORD", value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// A cache of completions that runs share. Only a run with the same seed finds the same completions.
    #[arg(long, env = "MEND_CACHE", value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// Use completions that runs with other seeds bought, too. The run is then not independent of them, and says so.
    #[arg(long, env = "MEND_CACHE_REUSE", requires = "cache")]
    pub cache_reuse: bool,
}

fn number(text: &str, lowest: f64, highest: f64, what: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (lowest..=highest).contains(&value) => Ok(value),
        _ => Err(format!("expected {what} between {lowest} and {highest}")),
    }
}

fn temperature(text: &str) -> Result<f64, String> {
    number(text, 0.0, 2.0, "a number")
}

fn top_p(text: &str) -> Result<f64, String> {
    number(text, 0.001, 1.0, "a number")
}

fn seconds(text: &str) -> Result<Duration, String> {
    number(text, 0.01, 86_400.0, "seconds").map(Duration::from_secs_f64)
}
