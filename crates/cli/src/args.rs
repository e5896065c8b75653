//! What was typed. Flags have a twin in the environment (`MEND_...`; the test in `config.rs` lists those without) and a line in
//! `mend.toml`.

mod answers;
pub mod asking;
mod compare;
mod datasets;
mod export;
mod feedback;
mod figures;
mod gate;
mod plan;
mod rejudge;
mod serve;
mod shell;
mod strategies;
mod trajectories;
mod values;
mod view;
mod watch;

pub use answers::{ExtractionArgs, RunsArgs, ScoreArgs, ShowRunArgs};
pub use compare::{CompareArgs, ComparedArgs};
pub use datasets::{ByArg, DatasetsCommand, ImpossibleArgs, OpenArgs, VerifyArgs};
pub use export::{ExportArgs, FormatArg};
pub use feedback::{AskByArg, FeedbackCommand};
pub use gate::GateArgs;
pub use plan::ForecastArgs;
pub use rejudge::{OtherArgs, RejudgeArgs};
pub use serve::{ServeArgs, UnsupportedArg};
pub use shell::{CompletionsArgs, ManArgs, TourArgs};
pub use strategies::{CheckArgs, StrategiesCommand};
pub use trajectories::ImportTrajectoriesArgs;
pub use view::ViewArgs;
pub use watch::{StatusArgs, WatchArgs};

use asking::{BudgetArgs, ConnectionArgs, RunBudgetArgs, SamplingArgs, TrafficArgs};
pub use figures::{
    AxisArg, EstimatorArg, FigureArgs, ImportCommand, ImportSelfRepairArgs, ReportArgs, SelectionArg, SingleRepairsArg,
    TableArg, TokensArg,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use mend_core::{Integrity, Split, TestsMode};
use mend_sandbox::Level;
use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;
use values::some;

const EXAMPLES: &str = "\
Examples:
  mend run --dataset starter --model sim/journeyman --strategy self-repair
  mend score --dataset HumanEval.jsonl.gz --samples samples.jsonl
  mend report results/starter-self-repair-sim-journeyman-1a2b3c4d
  mend compare results/before results/after
  mend import self-repair all-gpt4-repair-results-tokens.jsonl
  mend resume results/starter-self-repair-sim-journeyman-1a2b3c4d

Exit codes: 0 complete, 1 a check found something, 2 usage or configuration, 3 data do not match their digest,
4 finished with unscored problems, 5 stopped early and resumable, 70 a bug in mend.";

const PLAN_EXAMPLES: &str = "\
Examples:
  mend plan --dataset starter --model openai/gpt-4o-mini --strategy self-repair --n-p 5 --n-f 1
  mend plan --dataset starter --model openai/gpt-4o-mini --strategy self-repair --pilot results/pilot --omega 0.07
  mend plan --dataset HumanEval.jsonl.gz --model openai/gpt-4o-mini --strategy self-repair --failing .4 \\
    --lengths coder=400/300,repairer=900/350 --budget-usd 2

Arguments are those of `mend run`, and `mend run --dry-run` says the same. Nothing is sent, and no key is needed.";

/// With commit and engines, where the build script has said them.
const LONG_VERSION: &str = match option_env!("MEND_LONG_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// How much better does a language model's code get when it may repair it, at the same token budget as
/// simply sampling again?
#[derive(Debug, Parser)]
#[command(name = "mend", version, long_version = LONG_VERSION, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What to log to stderr, such as `info` or `mend_repair=debug`.
    #[arg(long, global = true, env = "MEND_LOG", default_value = "warn", value_name = "FILTER", display_order = 900)]
    pub log: String,
    /// The configuration file; `mend.toml` in the current folder if there is one.
    #[arg(long, global = true, env = "MEND_CONFIG", value_name = "FILE", display_order = 901)]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect programs and repairs from a model, judge them, and report.
    Run(Box<RunArgs>),
    /// Say what a run would buy and could show, before anything is sent.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Box<RunArgs>),
    /// Judge saved samples and report pass@k.
    Score(ScoreArgs),
    /// Go on with a run that stopped early.
    Resume(ResumeArgs),
    /// Judge the programs of a run anew, by another engine or other tests.
    Rejudge(Box<RejudgeArgs>),
    /// Compute a run's figures again, also for other trees than it drew, and show them.
    Report(ReportArgs),
    /// Compare runs on the same problems: is a difference more than chance?
    Compare(CompareArgs),
    /// Ask whether a candidate is worse than a baseline, for a build that goes on or fails.
    Gate(Box<GateArgs>),
    /// List the runs in a folder of results.
    Runs(RunsArgs),
    /// Show how a run is while it goes on, and pause it.
    Watch(WatchArgs),
    /// Show runs in a browser: their list, reports and trees, also while they are going.
    View(ViewArgs),
    /// Show what a run holds: its problems, the tree of one, or one node with all its texts.
    Show(ShowRunArgs),
    /// Write what runs hold for trainers and other tools: samples, pairs, whole trees.
    Export(Box<ExportArgs>),
    /// Make a run of somebody else's published programs and verdicts.
    #[command(subcommand)]
    Import(ImportCommand),
    /// List, show and verify data sets, and make impossible ones.
    #[command(subcommand)]
    Datasets(DatasetsCommand),
    /// List, show, check and write strategies.
    #[command(subcommand)]
    Strategies(StrategiesCommand),
    /// List models, and show what simulated ones do by chance.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// List and prune completions that runs share.
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Feedback that people write.
    #[command(subcommand)]
    Feedback(FeedbackCommand),
    /// Serve the judge over HTTP: verdicts, rewards, and programs that run as they stand.
    Serve(Box<ServeArgs>),
    /// Serve simulated programmers over HTTP, to try a pipeline without a model.
    SimServer(SimServerArgs),
    /// Say what was found on this machine, and what to do about it.
    Doctor(DoctorArgs),
    /// Show in a minute what mend does, with a simulated programmer.
    Tour(TourArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands.
    Man(ManArgs),
}

/// `mend run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend run --dataset starter --model sim/journeyman
  mend run --dataset starter --model sim/journeyman --see public --n-p 20 --n-f 5
  mend run --dataset starter --model sim/journeyman --critic sim/expert --n-f 2 --n-r 2
  mend run --dataset starter --model sim/novice --programs results/an-earlier-run
  mend run --dataset starter --model sim/journeyman --strategy critic --programs mutants
  mend run --dataset HumanEval.jsonl.gz --model sim/journeyman --budget-tokens 200000
  mend run --dataset starter --model openai/gpt-4o-mini --budget-usd 2.50 --record tape.jsonl
  mend run --dataset starter --model replay:tape.jsonl
  mend run --dataset starter --model vllm/my-model --max-connections 64 --cache completions.db
  mend run --amend results/starter-self-repair-sim-journeyman-1a2b3c4d --n-p 8 --n-f 3

`--amend` buys only what the run lacks, and ends in a new folder with the tables of a run that asked for all at once.")]
pub struct RunArgs {
    /// A run whose nodes are taken over: only what it lacks is bought, such as more programs (`--n-p`), repairs (`--n-f`),
    /// problems or replicates. What is not given stays as it was there.
    #[arg(long, env = "MEND_AMEND", value_name = "RUN")]
    pub amend: Option<PathBuf>,
    /// The flags that were given, by their ids.
    #[arg(skip)]
    pub given: BTreeSet<String>,
    /// The data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Which part of it.
    #[command(flatten)]
    pub select: SelectArgs,
    /// The model, as `provider/model`, `replay:<file>` or `samples:<file>` (`mend models list`). Its key and address come
    /// from the variables that its provider's own client reads, such as OPENAI_API_KEY and OPENAI_BASE_URL.
    #[arg(long, env = "MEND_MODEL")]
    pub model: Option<String>,
    /// The model that explains failures, in completions of its own; `human:<file>` for what people wrote. [default: the repairs explain themselves, or the
    /// model of `--model` where the strategy has a critic]
    #[arg(long, env = "MEND_CRITIC", value_name = "MODEL")]
    pub critic: Option<String>,
    /// First programs that were saved before, for `--model` to repair: the folder of a run, a file of samples, `dataset`
    /// for those that a data set of bugs starts from, or `mutants` for known damages of right programs and as many untouched
    /// ones, a bench for critics (`mutants-alone` without these; `mutants:<run>` for those that a run's critic missed).
    #[arg(long, env = "MEND_PROGRAMS", value_name = "RUN|FILE|dataset|mutants")]
    pub programs: Option<String>,
    /// The strategy: a shipped name (`mend strategies list`), a script (`mine.star`), or a TOML file of an earlier version.
    #[arg(long, env = "MEND_STRATEGY", default_value = "self-repair")]
    pub strategy: String,
    /// A parameter of the strategy: `--set turns=5`; may be given several times.
    #[arg(long = "set", value_name = "PARAMETER=VALUE")]
    pub parameters: Vec<String>,
    /// The model of one seat: `--seat critic=openai/gpt-4o`; may be given several times. [default: that of `--model`]
    #[arg(long = "seat", value_name = "SEAT=MODEL")]
    pub seats: Vec<String>,
    /// N_p: programs to collect for each problem. [default: as the strategy says]
    #[arg(long, env = "MEND_N_P", value_name = "N", value_parser = some::<NonZeroU32>)]
    pub n_p: Option<NonZeroU32>,
    /// N_f: feedback-and-repair pairs for each failing program, or critiques if there is a critic. [default: as the
    /// strategy says]
    #[arg(long, env = "MEND_N_F", value_name = "N", value_parser = some::<NonZeroU32>)]
    pub n_f: Option<NonZeroU32>,
    /// N_r: repairs by each critique. [default: as the strategy says]
    #[arg(long, env = "MEND_N_R", value_name = "N", value_parser = some::<NonZeroU32>)]
    pub n_r: Option<NonZeroU32>,
    /// Which programs a critic gets; `all` also asks its opinion of each. [default: as the strategy says]
    #[arg(long, env = "MEND_CRITIQUE")]
    pub critique: Option<CritiqueArg>,
    /// Independent trees of each problem.
    #[arg(long, env = "MEND_REPLICATES", default_value = "1", value_name = "R", value_parser = some::<NonZeroU32>)]
    pub replicates: NonZeroU32,
    /// The suite that feedback may show; `public` also stops and selects on it. [default: as the strategy says]
    #[arg(long, env = "MEND_SEE")]
    pub see: Option<SeeArg>,
    /// Seed of everything that is drawn.
    #[arg(long, env = "MEND_SEED", default_value_t = 0)]
    pub seed: u64,
    /// How models sample.
    #[command(flatten)]
    pub sampling: SamplingArgs,
    /// How programs are found in answers.
    #[command(flatten)]
    pub extraction: ExtractionArgs,
    /// What the run may cost.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// How servers are reached.
    #[command(flatten)]
    pub connections: ConnectionArgs,
    /// What becomes of the traffic.
    #[command(flatten)]
    pub traffic: TrafficArgs,
    /// How candidates are judged.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Where it shows how it is.
    #[command(flatten)]
    pub status: StatusArgs,
    /// What is known of the run before it is made.
    #[command(flatten)]
    pub forecast: ForecastArgs,
}

/// `mend resume`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  mend resume results/starter-self-repair-sim-journeyman-1a2b3c4d --budget-tokens 500000"
)]
pub struct ResumeArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// New caps on the whole run, what it spent included. [default: as before]
    #[command(flatten)]
    pub budget: RunBudgetArgs,
    /// How servers are reached.
    #[command(flatten)]
    pub connections: ConnectionArgs,
    /// The machine's part of judging.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// What is shown.
    #[command(flatten)]
    pub show: ShowArgs,
    /// Where the run shows how it is.
    #[command(flatten)]
    pub status: StatusArgs,
}

/// `mend models`
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models that can be asked.
    List {
        /// JSON instead of lines.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show the prices that are known, in dollars for a million tokens.
    Prices {
        /// A price file above those that come with mend.
        #[arg(long, env = "MEND_PRICES", value_name = "FILE")]
        prices: Option<PathBuf>,
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show the constants of simulated programmers, or the chances at each problem that follow from them.
    #[command(after_help = "Examples:\n  mend models sim\n  mend models sim --table starter --profile expert")]
    Sim {
        /// The data set whose problems are shown: a name or a path.
        #[arg(long, value_name = "NAME|PATH")]
        table: Option<String>,
        /// The programmer. [default: all of them]
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        /// Where it lies, and how it is read.
        #[command(flatten)]
        open: OpenArgs,
        /// JSON instead of tables.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
}

/// `mend cache`
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Show what a cache holds, by model.
    List {
        /// The cache.
        #[arg(long, env = "MEND_CACHE", value_name = "FILE")]
        cache: PathBuf,
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Delete completions that no run used for a while.
    #[command(after_help = "Example:\n  mend cache prune --cache completions.db --unused-days 90")]
    Prune {
        /// The cache.
        #[arg(long, env = "MEND_CACHE", value_name = "FILE")]
        cache: PathBuf,
        /// Delete what was not used for so many days; 0 for all.
        #[arg(long, value_name = "DAYS")]
        unused_days: u32,
        /// Delete only what this model wrote, as `provider/model`.
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
        /// JSON instead of words.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
}

/// `mend sim-server`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  mend sim-server --dataset starter --port 8000 &
  LOCAL_BASE_URL=http://127.0.0.1:8000/v1 mend run --dataset starter --model openai-api/local/sim/journeyman

It speaks OpenAI's chat completions (/v1/chat/completions) and Anthropic's messages (/v1/messages), and \
answers only to models whose names begin with `sim/`: what it writes is a simulation, and says so.")]
pub struct SimServerArgs {
    /// The problems that it knows: the name of a data set, or a path.
    #[arg(long, env = "MEND_DATASET", value_name = "NAME|PATH")]
    pub dataset: String,
    /// Where it lies, and how it is read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// The port of 127.0.0.1 to listen on; 0 for any that is free.
    #[arg(long, env = "MEND_PORT", default_value = "8000")]
    pub port: u16,
    /// Seconds that every answer takes at least, as a model's answers take time.
    #[arg(long, env = "MEND_LATENCY", default_value = "0", value_name = "SECONDS", value_parser = latency)]
    pub latency: Duration,
    /// Its address as JSON.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}

fn latency(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds between 0 and 3600".to_owned()),
    }
}

/// `mend doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// First build the interpreter of the engine `wasm`, if it is absent. Takes python3 with venv, rustc, and two packages
    /// from PyPI.
    #[arg(long)]
    pub build_guest: bool,
    /// The Python interpreter. [default: the real executable behind `python3`]
    #[arg(long, env = "MEND_PYTHON", value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// The isolation level to try, L0 to L3. [default: the highest that works here]
    #[arg(long, env = "MEND_ISOLATION", value_name = "LEVEL")]
    pub isolation: Option<Level>,
    /// JSON instead of a table.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}

/// Which data.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// A data set: a name (see `mend datasets list`), a file of problems (JSON lines, also gzipped), or a folder.
    #[arg(long, env = "MEND_DATASET", value_name = "NAME|PATH")]
    pub dataset: Option<String>,
    /// Where it lies, and how it is read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Skip invalid rows, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// Which tests count as public: `statement` (those that the statement shows), `first`, `second` or `first-half` of
    /// the problem's tests, a file of example tests (problems that it lacks keep what they have), or `examples:<file>` (it
    /// has to have all). The scoring tests stay all of them. [default: as the strategy says, else `statement`]
    #[arg(long, env = "MEND_PUBLIC_TESTS", value_name = "CHOICE|FILE")]
    pub public_tests: Option<Split>,
}

/// Which problems of a data set.
#[derive(Debug, Args)]
pub struct SelectArgs {
    /// Only the problems that this file names, one id a line; `#` begins a comment.
    #[arg(long, env = "MEND_PROBLEMS", value_name = "FILE")]
    pub problems: Option<PathBuf>,
    /// Only problems with this `difficulty`, `style`, `integrity`, `language` or tag, such as `difficulty=easy` or
    /// `tags=dp`, or within this `date` or `rating`, such as `date=2024-08..` or `rating=1200..1600`. May be given again:
    /// another value of the same field widens, another field narrows.
    #[arg(long = "where", env = "MEND_WHERE", value_name = "FIELD=VALUE", value_delimiter = ',')]
    pub conditions: Vec<String>,
    /// Only so many of the problems, drawn by the seed. Which ones does not depend on their order.
    #[arg(long, env = "MEND_SAMPLE", value_name = "N", value_parser = some::<NonZeroUsize>)]
    pub sample: Option<NonZeroUsize>,
}

/// How candidates are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub struct JudgeArgs {
    /// Whether a suite goes on after a failing test.
    #[arg(long, env = "MEND_TESTS", default_value = "all")]
    pub tests: TestsArg,
    /// CPU time of one test, in seconds. Wall time may be three times as long.
    #[arg(long, env = "MEND_TIME_LIMIT", default_value = "3", value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: f64,
    /// Memory of a candidate, in MiB.
    #[arg(long, env = "MEND_MEMORY_LIMIT", default_value = "1024", value_name = "MIB", value_parser = some::<NonZeroU32>)]
    pub memory_limit: NonZeroU32,
    /// The least integrity that is scored. `isolated` leaves problems unscored whose tests must share an interpreter with
    /// the candidate: a pass proves less there.
    #[arg(long, env = "MEND_REQUIRE", default_value = "cooperative")]
    pub require: RequireArg,
    /// The machine's part.
    #[command(flatten)]
    pub machine: MachineArgs,
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds between 0.001 and 3600".to_owned()),
    }
}

/// `--sandbox`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SandboxArg {
    /// The machine's own Python, in Linux namespaces: all of the language, at full speed.
    Process,
    /// A Python in WebAssembly: the same verdicts on any machine, busy or idle. What it lacks (threads, other processes,
    /// extension modules) stays unscored.
    Wasm,
    /// `wasm`, and `process` for what that cannot run.
    Auto,
}

/// What of judging belongs to the machine and not to the numbers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub struct MachineArgs {
    /// Candidates judged at the same time. [default: one per core]
    #[arg(long, env = "MEND_WORKERS", value_name = "N", value_parser = some::<NonZeroUsize>)]
    pub workers: Option<NonZeroUsize>,
    /// What runs programs. [default: process; `mend resume` keeps to what the run began with]
    #[arg(long, env = "MEND_SANDBOX", value_name = "ENGINE")]
    pub sandbox: Option<SandboxArg>,
    /// The Python interpreter of the engine `process`. [default: the real executable behind `python3`]
    #[arg(long, env = "MEND_PYTHON", value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// The isolation level of the engine `process`, L0 to L3: neither more nor less. [default: the highest that works here]
    #[arg(long, env = "MEND_ISOLATION", value_name = "LEVEL")]
    pub isolation: Option<Level>,
    /// Run programs that models wrote although isolation level L0 does not contain hostile code.
    #[arg(long, env = "MEND_ALLOW_UNSAFE")]
    pub allow_unsafe: bool,
}

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The folder of the run. [default: `results/` and the run id]
    #[arg(long, env = "MEND_OUT", value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

/// What is shown.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct ShowArgs {
    /// The k of pass@k. [default: those of 1, 2, 3, 5, 10, 25, 50, 100 that were collected]
    #[arg(long, env = "MEND_K", value_delimiter = ',', value_name = "K,...", value_parser = some::<NonZeroU32>)]
    pub k: Vec<NonZeroU32>,
    /// The summary as JSON on stdout, instead of tables.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
    /// Do not write report.html, its plots (SVG) and their data (CSV).
    #[arg(long, env = "MEND_NO_HTML")]
    pub no_html: bool,
}

/// `--see`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeeArg {
    /// No test at all: a critic's own judgement.
    None,
    /// The tests that the statement shows: the clean variant.
    Public,
    /// The scoring tests too: the variant of the paper.
    Hidden,
}

/// `--critique`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CritiqueArg {
    /// Those that fail a suite.
    Failing,
    /// Those that pass too, so that the critic's accuracy can be told.
    All,
}

/// `--require`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RequireArg {
    /// Every problem is scored; passes of cooperative ones are counted apart.
    Cooperative,
    /// Only problems whose tests the candidate cannot reach.
    Isolated,
}

impl From<RequireArg> for Integrity {
    fn from(require: RequireArg) -> Self {
        match require {
            RequireArg::Cooperative => Self::Cooperative,
            RequireArg::Isolated => Self::Isolated,
        }
    }
}

/// `--tests`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestsArg {
    /// Every test runs.
    All,
    /// A suite ends at its first failing test.
    FirstFailure,
}

impl From<TestsArg> for TestsMode {
    fn from(tests: TestsArg) -> Self {
        match tests {
            TestsArg::All => Self::All,
            TestsArg::FirstFailure => Self::FirstFailure,
        }
    }
}
