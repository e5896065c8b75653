//! What a run's programs are judged anew with.

use super::answers::ExtractionArg;
use super::values::some;
use super::{OpenArgs, OutputArgs, RequireArg, SandboxArg, StatusArgs, TestsArg, seconds};
use clap::{Args, Parser};
use mend_core::Split;
use mend_sandbox::Level;
use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

/// `mend rejudge`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend rejudge results/starter-self-repair-sim-journeyman-1a2b3c4d --sandbox wasm
  mend rejudge results/starter-self-repair-sim-journeyman-1a2b3c4d --with time-limit=10 --with require=isolated
  mend rejudge results/HumanEval-samples-1a2b3c4d --dataset HumanEvalPlus.jsonl.gz --fail-on-flips
  mend rejudge results/HumanEval-samples-1a2b3c4d --extraction last-fence

The result is a run of its own, named after its source: it holds the source's answers and new verdicts, and asks no \
model. What is not named stays as it was in the source. `flips.csv` lists the verdicts that are others now, each with \
the first test that ended otherwise. A rejudgement that was killed goes on by `mend resume`.

The trees stay as they were bought. A program that fails only now has no repairs, so that figures which need them are \
absent and say so; repairs below a program that passes now count nowhere.

Exit codes: 0 complete, 1 with --fail-on-flips where a verdict flipped, 4 complete with unscored programs, 5 stopped early.")]
pub struct RejudgeArgs {
    /// The folder of the run whose programs are judged anew.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// One thing that is to be other than in the run, as `--with sandbox=wasm` for `--sandbox wasm`; may be given several
    /// times.
    #[arg(long = "with", value_name = "NAME=VALUE")]
    pub with: Vec<String>,
    /// What is to be other than in the run.
    #[command(flatten)]
    pub other: OtherArgs,
    /// Candidates judged at the same time. [default: one per core]
    #[arg(long, env = "MEND_WORKERS", value_name = "N", value_parser = some::<NonZeroUsize>, help_heading = "Judging")]
    pub workers: Option<NonZeroUsize>,
    /// The Python interpreter of the engine `process`. [default: the real executable behind `python3`]
    #[arg(long, env = "MEND_PYTHON", value_name = "FILE", help_heading = "Judging")]
    pub python: Option<PathBuf>,
    /// The isolation level of the engine `process`, L0 to L3: neither more nor less. [default: the highest that works here]
    #[arg(long, env = "MEND_ISOLATION", value_name = "LEVEL", help_heading = "Judging")]
    pub isolation: Option<Level>,
    /// Run programs that models wrote although isolation level L0 does not contain hostile code.
    #[arg(long, env = "MEND_ALLOW_UNSAFE", help_heading = "Judging")]
    pub allow_unsafe: bool,
    /// Where `--dataset` lies, and how it is read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Skip invalid rows of `--dataset`, counted and named, instead of refusing the file.
    #[arg(long, env = "MEND_SKIP_INVALID")]
    pub skip_invalid: bool,
    /// End with exit code 1 if a verdict flipped.
    #[arg(long, env = "MEND_FAIL_ON_FLIPS")]
    pub fail_on_flips: bool,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Where the run shows how it is.
    #[command(flatten)]
    pub status: StatusArgs,
}

/// What is to be other than in a run; whatever is not given stays as it was.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is to be other than in the run")]
pub struct OtherArgs {
    /// What runs programs.
    #[arg(long, env = "MEND_SANDBOX", value_name = "ENGINE")]
    pub sandbox: Option<SandboxArg>,
    /// CPU time of one test, in seconds. Wall time may be three times as long.
    #[arg(long, env = "MEND_TIME_LIMIT", value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<f64>,
    /// Memory of a candidate, in MiB.
    #[arg(long, env = "MEND_MEMORY_LIMIT", value_name = "MIB", value_parser = some::<NonZeroU32>)]
    pub memory_limit: Option<NonZeroU32>,
    /// Whether a suite goes on after a failing test.
    #[arg(long, env = "MEND_TESTS")]
    pub tests: Option<TestsArg>,
    /// The least integrity that is scored.
    #[arg(long, env = "MEND_REQUIRE")]
    pub require: Option<RequireArg>,
    /// The data set that holds the problems, such as another version with more tests: a name or a path. It must have a
    /// problem for each id of the run.
    #[arg(long, env = "MEND_DATASET", value_name = "NAME|PATH")]
    pub dataset: Option<String>,
    /// Which tests count as public.
    #[arg(long, env = "MEND_PUBLIC_TESTS", value_name = "CHOICE")]
    pub public_tests: Option<Split>,
    /// The rules by which programs are looked for anew in all answers.
    #[arg(long, env = "MEND_EXTRACTION", value_enum)]
    pub extraction: Option<ExtractionArg>,
}

/// One `--with`, as the flag that it stands for.
#[derive(Debug, Parser)]
#[command(name = "--with", no_binary_name = true, disable_help_flag = true)]
struct OneWith {
    #[command(flatten)]
    other: OtherArgs,
}

impl OtherArgs {
    /// These with what `--with` names above them.
    ///
    /// # Errors
    /// A name that is not known, or a value that it cannot have, in words.
    pub fn with(&self, named: &[String]) -> Result<Self, String> {
        let mut all = self.clone();
        for text in named {
            let (name, _) = text.split_once('=').ok_or_else(|| {
                format!("`--with {text}`: expected a name and its value, as in `--with sandbox=wasm`")
            })?;
            let argument = OsString::from(format!("--{text}"));
            let one = OneWith::try_parse_from([argument]).map_err(|error| {
                let line = error.to_string();
                let line = line.lines().next().unwrap_or_default();
                format!("`--with {text}`: {}", line.strip_prefix("error: ").unwrap_or(line))
            })?;
            let OtherArgs { sandbox, time_limit, memory_limit, tests, require, dataset, public_tests, extraction } =
                one.other;
            // Of one flag its twin in the environment says nothing about the others.
            match name {
                "sandbox" => all.sandbox = sandbox,
                "time-limit" => all.time_limit = time_limit,
                "memory-limit" => all.memory_limit = memory_limit,
                "tests" => all.tests = tests,
                "require" => all.require = require,
                "dataset" => all.dataset = dataset,
                "public-tests" => all.public_tests = public_tests,
                _ => all.extraction = extraction,
            }
        }
        Ok(all)
    }

    /// The names that `--with` takes.
    pub const NAMES: [&str; 8] =
        ["sandbox", "time-limit", "memory-limit", "tests", "require", "dataset", "public-tests", "extraction"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn with_takes_every_flag_by_its_name_and_nothing_else() {
        let command = OneWith::command();
        let flags: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        assert_eq!(flags, OtherArgs::NAMES);
        let named = [
            "sandbox=wasm",
            "time-limit=1.5",
            "memory-limit=64",
            "tests=first-failure",
            "require=isolated",
            "dataset=x",
            "public-tests=first",
            "extraction=last-fence",
        ];
        let all = OtherArgs::default().with(&named.map(str::to_owned)).unwrap();
        assert_eq!(all.sandbox, Some(SandboxArg::Wasm));
        assert_eq!((all.time_limit, all.memory_limit), (Some(1.5), NonZeroU32::new(64)));
        assert_eq!((all.tests, all.require), (Some(TestsArg::FirstFailure), Some(RequireArg::Isolated)));
        assert_eq!((all.dataset.as_deref(), all.public_tests), (Some("x"), Some(Split::First)));
        assert_eq!(all.extraction, Some(ExtractionArg::LastFence));
        for (wrong, told) in [
            ("wasm", "`--with wasm`: expected a name and its value, as in `--with sandbox=wasm`"),
            ("grader=lenient", "`--with grader=lenient`: unexpected argument '--grader' found"),
            ("sandbox=docker", "`--with sandbox=docker`: invalid value 'docker' for '--sandbox <ENGINE>'"),
        ] {
            assert_eq!(OtherArgs::default().with(&[wrong.to_owned()]).unwrap_err(), told);
        }
    }
}
