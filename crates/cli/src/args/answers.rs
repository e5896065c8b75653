//! How programs are found in answers, and saved answers that are scored.

use super::{DataArgs, JudgeArgs, OutputArgs, SelectArgs, StatusArgs};
use clap::{Args, ValueEnum};
use mend_core::{Extraction, Form};
use mend_model::SamplesFormat;
use std::path::PathBuf;

/// How programs are found in answers.
#[derive(Debug, Clone, Copy, Args)]
pub struct ExtractionArgs {
    /// The rules by which a program is found in a chat model's answer: our own, or those of another harness.
    #[arg(long, env = "MEND_EXTRACTION", value_enum, default_value_t = ExtractionArg::Mend)]
    pub extraction: ExtractionArg,
}

/// `--extraction`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(rustdoc::broken_intra_doc_links, reason = "the help shows the tag as it stands in answers")]
pub enum ExtractionArg {
    /// The block that answers the problem, with what it needs of others; thinking is set aside.
    Mend,
    /// LiveCodeBench's: what stands between the last two lines with a fence.
    LastFence,
    /// That of lm-eval's coding tasks: what stands between the first two fences, else all of it.
    FirstFence,
    /// That of Olausson et al.: behind their header, then within [PYTHON], then the first Python fence, then the first.
    Olausson,
}

impl From<ExtractionArg> for Extraction {
    fn from(extraction: ExtractionArg) -> Self {
        match extraction {
            ExtractionArg::Mend => Self::Mend,
            ExtractionArg::LastFence => Self::LastFence,
            ExtractionArg::FirstFence => Self::FirstFence,
            ExtractionArg::Olausson => Self::Olausson,
        }
    }
}

/// `--form`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    /// Answers of a chat model: the program is looked for by the rules of `--extraction`.
    Chat,
    /// The rest of the statement, verbatim; where the statement is prose, a whole program.
    Continuation,
    /// Whole programs, verbatim.
    Whole,
}

impl From<FormArg> for Form {
    fn from(form: FormArg) -> Self {
        match form {
            FormArg::Chat => Self::Chat,
            FormArg::Continuation => Self::Continuation,
            FormArg::Whole => Self::Whole,
        }
    }
}

/// `--samples-format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SamplesFormatArg {
    /// Rows of `task_id` and `completion`.
    HumanEval,
    /// Rows of `task_id` and `solution`.
    #[value(name = "evalplus")]
    EvalPlus,
    /// What EvalPlus writes about samples, with the programs.
    #[value(name = "evalplus-results")]
    EvalPlusResults,
    /// What lm-eval writes with `--log_samples`.
    LmEval,
    /// The generations of bigcode-evaluation-harness.
    Bigcode,
    /// LiveCodeBench's `*_eval_all.json`.
    #[value(name = "livecodebench")]
    LiveCodeBench,
    /// A log of Inspect, plain or packed.
    Inspect,
}

impl From<SamplesFormatArg> for SamplesFormat {
    fn from(format: SamplesFormatArg) -> Self {
        match format {
            SamplesFormatArg::HumanEval => Self::HumanEval,
            SamplesFormatArg::EvalPlus => Self::EvalPlus,
            SamplesFormatArg::EvalPlusResults => Self::EvalPlusResults,
            SamplesFormatArg::LmEval => Self::LmEval,
            SamplesFormatArg::Bigcode => Self::Bigcode,
            SamplesFormatArg::LiveCodeBench => Self::LiveCodeBench,
            SamplesFormatArg::Inspect => Self::Inspect,
        }
    }
}

/// `mend score`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend score --dataset HumanEval.jsonl.gz --samples samples.jsonl
  mend score --dataset starter --samples mine.jsonl --k 1,10 --json

A samples file has one JSON object a line, or is a JSON array of them: `task_id`, and either `completion` (the rest of \
the prompt) or `solution` (a whole program). What other tools write is read, too: lm-eval's `--log_samples`, bigcode's \
generations, LiveCodeBench's `*_eval_all.json`, EvalPlus's results and folders, and logs of Inspect. Verdicts that such a file \
records are laid beside ours: `recorded.csv`. Answers of chat models may stand in any of them: see `--form`.")]
pub struct ScoreArgs {
    /// The data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Which part of it.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Seed of `--sample` and of the intervals.
    #[arg(long, env = "MEND_SEED", default_value_t = 0)]
    pub seed: u64,
    /// The samples, plain or gzipped: a file of rows, what another tool writes, or a folder of programs.
    #[arg(long, env = "MEND_SAMPLES", value_name = "FILE")]
    pub samples: PathBuf,
    /// Who wrote the samples. [default: as their keys tell]
    #[arg(long, env = "MEND_SAMPLES_FORMAT", value_enum, value_name = "FORMAT")]
    pub samples_format: Option<SamplesFormatArg>,
    /// What the samples are meant to be. [default: as they look; `mend` says what it took them for]
    #[arg(long, env = "MEND_FORM", value_enum)]
    pub form: Option<FormArg>,
    /// How programs are found in answers.
    #[command(flatten)]
    pub extraction: ExtractionArgs,
    /// Score only the problems that have samples, instead of refusing an incomplete file.
    #[arg(long, env = "MEND_ALLOW_MISSING")]
    pub allow_missing: bool,
    /// How candidates are judged.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Where the run shows how it is.
    #[command(flatten)]
    pub status: StatusArgs,
}

/// `mend runs`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mend runs\n  mend runs elsewhere --json\n  mend runs results/presets --table")]
pub struct RunsArgs {
    /// The folder that holds runs, or one run.
    #[arg(default_value = "results", value_name = "DIR")]
    pub folder: PathBuf,
    /// One table: what each strategy hands in passes, at how many tokens and requests, beside the folder's `iid` run of
    /// the same problems and model at the same tokens.
    #[arg(long)]
    pub table: bool,
    /// JSON instead of a table.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}

/// `mend show`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend show results/starter-self-repair-sim-journeyman-1a2b3c4d
  mend show results/starter-self-repair-sim-journeyman-1a2b3c4d starter/f01
  mend show results/starter-self-repair-sim-journeyman-1a2b3c4d starter/f01 p0/r0
  mend show results/starter-self-repair-sim-journeyman-1a2b3c4d starter/f01 --json

Without a problem: the problems, with how each fared. With one: its tree, a line for each node. With a slot: that node \
whole: its prompt as it was sent, its answer, its program, what the program changed, its verdict, and what it cost. \
Control characters of models and programs are escaped. Colours appear only on a terminal, and not with NO_COLOR.")]
pub struct ShowRunArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The problem, by its id.
    #[arg(value_name = "PROBLEM")]
    pub problem: Option<String>,
    /// The node, by its slot: `p0`, `p0/r1`.
    #[arg(value_name = "SLOT")]
    pub slot: Option<String>,
    /// Which of a problem's trees, from 0. [default: 0; all together in the list of problems]
    #[arg(long, value_name = "N")]
    pub replicate: Option<u32>,
    /// What a strategy that learns from one problem for others knew in a round, counted from 0.
    #[arg(long, value_name = "ROUND", conflicts_with_all = ["problem", "replicate"])]
    pub state: Option<usize>,
    /// Problems that are listed at most.
    #[arg(long, default_value_t = 40, value_name = "N")]
    pub limit: usize,
    /// JSON instead of text; of all problems, whatever `--limit` says.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}
