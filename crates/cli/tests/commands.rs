//! What `mend` shows when all is well: its help, its tables, its JSON, and which stream each goes to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS};
use insta::assert_snapshot;
use serde_json::Value;

/// A run of the two problems.
const RUN: &str = "run --dataset two.jsonl --model sim/journeyman --strategy iid --n-p 1";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab
}

/// What `mend` writes to stdout, while it has nothing to tell on stderr. Without blanks at the ends of lines.
#[track_caller]
fn shown(line: &str) -> String {
    let ran = Lab::new().ended(0, line);
    assert_eq!(ran.stderr, "", "`mend {line}`");
    without_trailing_blanks(&ran.stdout)
}

fn without_trailing_blanks(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Names of the fields of an object and of all objects in it, one a line.
fn keys(value: &Value, path: &str) -> String {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{path}{name}\n") + &keys(value, &format!("{path}{name}.")))
            .collect(),
        Value::Array(items) => items.first().map(|item| keys(item, path)).unwrap_or_default(),
        _ => String::new(),
    }
}

#[test]
fn help_tells_what_there_is_to_do() {
    assert_snapshot!(shown("--help"), @"
    Measures how much better code gets when a language model may repair it, at equal token budget

    Usage: mend [OPTIONS] <COMMAND>

    Commands:
      run         Collect programs and repairs from a model, judge them, and report
      score       Judge saved samples and report pass@k
      resume      Go on with a run that stopped early
      report      Compute a run's figures again, also for other trees than it drew, and show them
      runs        List the runs in a folder of results
      show        Show what a run holds: its problems, the tree of one, or one node with all its texts
      import      Make a run of somebody else's published programs and verdicts
      datasets    List, show and verify data sets
      strategies  List, show, check and write strategies
      models      List models, and show what simulated ones do by chance
      cache       List and prune completions that runs share
      feedback    Feedback that people write
      sim-server  Serve simulated programmers over HTTP, to try a pipeline without a model
      doctor      Say what was found on this machine
      help        Print this message or the help of the given subcommand(s)

    Options:
          --log <FILTER>   What to log to stderr, such as `info` or `mend_repair=debug` [env: MEND_LOG=]
                           [default: warn]
          --config <FILE>  The configuration file; `mend.toml` in the current folder if there is one
                           [env: MEND_CONFIG=]
      -h, --help           Print help
      -V, --version        Print version

    Examples:
      mend run --dataset starter --model sim/journeyman --strategy self-repair
      mend score --dataset HumanEval.jsonl.gz --samples samples.jsonl
      mend report results/starter-self-repair-sim-journeyman-[ID]
      mend import self-repair all-gpt4-repair-results-tokens.jsonl
      mend resume results/starter-self-repair-sim-journeyman-[ID]

    Exit codes: 0 complete, 1 a check found something, 2 usage or configuration, 3 data do not match
    their digest,
    4 finished with unscored problems, 5 stopped early and resumable, 70 a bug in mend.
    ");
}

#[test]
fn help_of_run_tells_every_flag_with_its_twin_and_default() {
    assert_snapshot!(shown("run --help"), @"
    Collect programs and repairs from a model, judge them, and report

    Usage: mend run [OPTIONS] --dataset <NAME|PATH> --model <MODEL>

    Options:
          --log <FILTER>
              What to log to stderr, such as `info` or `mend_repair=debug`

              [env: MEND_LOG=]
              [default: warn]

          --config <FILE>
              The configuration file; `mend.toml` in the current folder if there is one

              [env: MEND_CONFIG=]

      -h, --help
              Print help (see a summary with '-h')

    Data:
          --dataset <NAME|PATH>
              A data set: a name (see `mend datasets list`), a file of problems (JSON lines, also
              gzipped), or a folder

              [env: MEND_DATASET=]

          --data-dir <DIR>
              Where named data sets that are not part of mend lie

              [env: MEND_DATA_DIR=]
              [default: data]

          --skip-invalid
              Skip invalid rows, counted and named, instead of refusing the file

              [env: MEND_SKIP_INVALID=]

          --public-tests <CHOICE>
              Which tests count as public: `statement` (those that the statement shows), `first`,
              `second` or `first-half` of the problem's tests, or `examples:<file>` for those of a file.
              The scoring tests stay all of them. [default: as the strategy says, else `statement`]

              [env: MEND_PUBLIC_TESTS=]

          --problems <FILE>
              Only the problems that this file names, one id a line; `#` begins a comment

              [env: MEND_PROBLEMS=]

          --where <FIELD=VALUE>
              Only problems with this `difficulty`, `style` or `integrity`, such as `difficulty=easy`.
              May be given again: another value of the same field widens, another field narrows

              [env: MEND_WHERE=]

          --sample <N>
              Only so many of the problems, drawn by the seed. Which ones does not depend on their order

              [env: MEND_SAMPLE=]

          --model <MODEL>
              The model, as `provider/model`, `replay:<file>` or `samples:<file>` (`mend models list`).
              Its key and address come from the variables that its provider's own client reads, such as
              OPENAI_API_KEY and OPENAI_BASE_URL

              [env: MEND_MODEL=]

          --critic <MODEL>
              The model that explains failures, in completions of its own; `human:<file>` for what
              people wrote. [default: the repairs explain themselves, or the model of `--model` where
              the strategy has a critic]

              [env: MEND_CRITIC=]

          --programs <RUN|FILE|dataset>
              First programs that were saved before, for `--model` to repair: the folder of a run, a
              file of samples, or `dataset` for those that a data set of bugs starts from

              [env: MEND_PROGRAMS=]

          --strategy <STRATEGY>
              The strategy: a shipped name (`mend strategies list`), a script (`mine.star`), or a TOML
              file of an earlier version

              [env: MEND_STRATEGY=]
              [default: self-repair]

          --set <PARAMETER=VALUE>
              A parameter of the strategy: `--set turns=5`; may be given several times

          --seat <SEAT=MODEL>
              The model of one seat: `--seat critic=openai/gpt-4o`; may be given several times.
              [default: that of `--model`]

          --n-p <N>
              N_p: programs to collect for each problem. [default: as the strategy says]

              [env: MEND_N_P=]

          --n-f <N>
              N_f: feedback-and-repair pairs for each failing program, or critiques if there is a
              critic. [default: as the strategy says]

              [env: MEND_N_F=]

          --n-r <N>
              N_r: repairs by each critique. [default: as the strategy says]

              [env: MEND_N_R=]

          --critique <CRITIQUE>
              Which programs a critic gets; `all` also asks its opinion of each. [default: as the
              strategy says]

              Possible values:
              - failing: Those that fail a suite
              - all:     Those that pass too, so that the critic's accuracy can be told

              [env: MEND_CRITIQUE=]

          --replicates <R>
              Independent trees of each problem

              [env: MEND_REPLICATES=]
              [default: 1]

          --see <SEE>
              The suite that feedback may show; `public` also stops and selects on it. [default: as the
              strategy says]

              Possible values:
              - none:   No test at all: a critic's own judgement
              - public: The tests that the statement shows: the clean variant
              - hidden: The scoring tests too: the variant of the paper

              [env: MEND_SEE=]

          --seed <SEED>
              Seed of everything that is drawn

              [env: MEND_SEED=]
              [default: 0]

    Sampling:
          --max-tokens <TOKENS>
              The most tokens of one completion, hidden reasoning included

              [env: MEND_MAX_TOKENS=]
              [default: 2048]

          --max-prompt <TOKENS>
              The most tokens of a prompt, by mend's own count: the oldest turns of a conversation, and
              the oldest items of a list that may shrink, are left out to keep to it. [default: no
              limit]

              [env: MEND_MAX_PROMPT=]

          --temperature <T>
              Softmax temperature

              [env: MEND_TEMPERATURE=]
              [default: 0.8]

          --top-p <P>
              Nucleus mass. At 1, which is everything, it is not sent

              [env: MEND_TOP_P=]
              [default: 1]

          --stop <TEXT>
              A text at which a completion ends; may be given several times

              [env: MEND_STOP=]

          --reasoning-effort <WORD>
              How long a reasoning model thinks, in its provider's own word, such as `low` or `high`

              [env: MEND_REASONING_EFFORT=]

          --omit <PARAMETER,...>
              Parameters that the model refuses, left to its own defaults. The manifest says so

              Possible values:
              - temperature: The temperature
              - top-p:       The nucleus mass
              - max-tokens:  The limit of tokens. No budget can then be kept
              - seed:        The seed

              [env: MEND_OMIT=]

          --sampling <SEAT.PARAMETER=VALUE>
              Sampling of one seat, where it differs: `critic.temperature=0`; may be given several times

          --completions-per-request <N>
              Completions that one request asks for at most. [default: as many as the provider is known
              to return, else 1]

              [env: MEND_COMPLETIONS_PER_REQUEST=]

          --extraction <EXTRACTION>
              The rules by which a program is found in a chat model's answer: our own, or those of
              another harness

              Possible values:
              - mend:        The block that answers the problem, with what it needs of others; thinking
                is set aside
              - last-fence:  LiveCodeBench's: what stands between the last two lines with a fence
              - first-fence: That of lm-eval's coding tasks: what stands between the first two fences,
                else all of it
              - olausson:    That of Olausson et al.: behind their header, then within [PYTHON], then
                the first Python fence, then the first

              [env: MEND_EXTRACTION=]
              [default: mend]

    Budget:
          --budget-tokens <TOKENS>
              Cap on the tokens of the whole run, prompts included. It is never overrun

              [env: MEND_BUDGET_TOKENS=]

          --budget-usd <DOLLARS>
              Cap on the dollars of the whole run. It is never overrun; every model needs a known price

              [env: MEND_BUDGET_USD=]

          --prices <FILE>
              Prices of models, in TOML, above those that come with mend (`mend models prices`)

              [env: MEND_PRICES=]

          --problem-budget-tokens <TOKENS>
              Cap on the tokens of each problem's tree, which ends with what it has once it reaches that

              [env: MEND_PROBLEM_BUDGET_TOKENS=]

          --problem-budget-usd <DOLLARS>
              Cap on the dollars of each problem's tree

              [env: MEND_PROBLEM_BUDGET_USD=]

    Connections (these change no number):
          --max-connections <N>
              Requests in flight at most. Each provider gets fewer while it is overrun

              [env: MEND_MAX_CONNECTIONS=]
              [default: 16]

          --rpm <N>
              Requests a minute to each provider at most

              [env: MEND_RPM=]

          --tpm <N>
              Tokens a minute to each provider at most, counting each completion at its limit

              [env: MEND_TPM=]

          --request-timeout <SECONDS>
              Time for one attempt at a request, in seconds

              [env: MEND_REQUEST_TIMEOUT=]
              [default: 600]

          --request-deadline <SECONDS>
              Time for all attempts at a request and the pauses between them, in seconds

              [env: MEND_REQUEST_DEADLINE=]
              [default: 3600]

          --attempts <N>
              Attempts at one request at most

              [env: MEND_ATTEMPTS=]
              [default: 8]

    Recorded traffic:
          --record <FILE>
              Write all traffic to a new cassette, from which `--model replay:<file>` answers without a
              network

              [env: MEND_RECORD=]

          --cache <FILE>
              A cache of completions that runs share. Only a run with the same seed finds the same
              completions

              [env: MEND_CACHE=]

          --cache-reuse
              Use completions that runs with other seeds bought, too. The run is then not independent of
              them, and says so

              [env: MEND_CACHE_REUSE=]

    Judging:
          --tests <TESTS>
              Whether a suite goes on after a failing test

              Possible values:
              - all:           Every test runs
              - first-failure: A suite ends at its first failing test

              [env: MEND_TESTS=]
              [default: all]

          --time-limit <SECONDS>
              CPU time of one test, in seconds. Wall time may be three times as long

              [env: MEND_TIME_LIMIT=]
              [default: 3]

          --memory-limit <MIB>
              Memory of a candidate, in MiB

              [env: MEND_MEMORY_LIMIT=]
              [default: 1024]

          --require <REQUIRE>
              The least integrity that is scored. `isolated` leaves problems unscored whose tests must
              share an interpreter with the candidate: a pass proves less there

              Possible values:
              - cooperative: Every problem is scored; passes of cooperative ones are counted apart
              - isolated:    Only problems whose tests the candidate cannot reach

              [env: MEND_REQUIRE=]
              [default: cooperative]

          --workers <N>
              Candidates judged at the same time. [default: one per core]

              [env: MEND_WORKERS=]

          --sandbox <ENGINE>
              What runs programs. [default: process; `mend resume` keeps to what the run began with]

              Possible values:
              - process: The machine's own Python, in Linux namespaces: all of the language, at full
                speed
              - wasm:    A Python in WebAssembly: the same verdicts on any machine, busy or idle. What
                it lacks (threads, other processes, extension modules) stays unscored
              - auto:    `wasm`, and `process` for what that cannot run

              [env: MEND_SANDBOX=]

          --python <FILE>
              The Python interpreter of the engine `process`. [default: the real executable behind
              `python3`]

              [env: MEND_PYTHON=]

          --isolation <LEVEL>
              The isolation level of the engine `process`, L0 to L3: neither more nor less. [default:
              the highest that works here]

              [env: MEND_ISOLATION=]

          --allow-unsafe
              Run programs that models wrote although isolation level L0 does not contain hostile code

              [env: MEND_ALLOW_UNSAFE=]

    Output:
          --out <DIR>
              The folder of the run. [default: `results/` and the run id]

              [env: MEND_OUT=]

          --k <K,...>
              The k of pass@k. [default: those of 1, 2, 3, 5, 10, 25, 50, 100 that were collected]

              [env: MEND_K=]

          --json
              The summary as JSON on stdout, instead of tables

              [env: MEND_JSON=]

    Examples:
      mend run --dataset starter --model sim/journeyman
      mend run --dataset starter --model sim/journeyman --see public --n-p 20 --n-f 5
      mend run --dataset starter --model sim/journeyman --critic sim/expert --n-f 2 --n-r 2
      mend run --dataset starter --model sim/novice --programs results/starter-iid-sim-journeyman-[ID]
      mend run --dataset HumanEval.jsonl.gz --model sim/journeyman --budget-tokens 200000
      mend run --dataset starter --model openai/gpt-4o-mini --budget-usd 2.50 --record tape.jsonl
      mend run --dataset starter --model replay:tape.jsonl
      mend run --dataset starter --model vllm/my-model --max-connections 64 --cache completions.db
    ");
}

#[test]
fn help_of_score_tells_what_a_sample_looks_like() {
    assert_snapshot!(shown("score --help"), @"
    Judge saved samples and report pass@k

    Usage: mend score [OPTIONS] --dataset <NAME|PATH> --samples <FILE>

    Options:
          --log <FILTER>
              What to log to stderr, such as `info` or `mend_repair=debug`

              [env: MEND_LOG=]
              [default: warn]

          --config <FILE>
              The configuration file; `mend.toml` in the current folder if there is one

              [env: MEND_CONFIG=]

      -h, --help
              Print help (see a summary with '-h')

    Data:
          --dataset <NAME|PATH>
              A data set: a name (see `mend datasets list`), a file of problems (JSON lines, also
              gzipped), or a folder

              [env: MEND_DATASET=]

          --data-dir <DIR>
              Where named data sets that are not part of mend lie

              [env: MEND_DATA_DIR=]
              [default: data]

          --skip-invalid
              Skip invalid rows, counted and named, instead of refusing the file

              [env: MEND_SKIP_INVALID=]

          --public-tests <CHOICE>
              Which tests count as public: `statement` (those that the statement shows), `first`,
              `second` or `first-half` of the problem's tests, or `examples:<file>` for those of a file.
              The scoring tests stay all of them. [default: as the strategy says, else `statement`]

              [env: MEND_PUBLIC_TESTS=]

          --problems <FILE>
              Only the problems that this file names, one id a line; `#` begins a comment

              [env: MEND_PROBLEMS=]

          --where <FIELD=VALUE>
              Only problems with this `difficulty`, `style` or `integrity`, such as `difficulty=easy`.
              May be given again: another value of the same field widens, another field narrows

              [env: MEND_WHERE=]

          --sample <N>
              Only so many of the problems, drawn by the seed. Which ones does not depend on their order

              [env: MEND_SAMPLE=]

          --seed <SEED>
              Seed of `--sample` and of the intervals

              [env: MEND_SEED=]
              [default: 0]

          --samples <FILE>
              The samples, as JSON lines or an array, plain or gzipped

              [env: MEND_SAMPLES=]

          --form <FORM>
              What the samples are meant to be. [default: as they look; what was taken is told]

              Possible values:
              - chat:         Answers of a chat model: the program is looked for by the rules of
                `--extraction`
              - continuation: The rest of the statement, verbatim; where the statement is prose, a whole
                program
              - whole:        Whole programs, verbatim

              [env: MEND_FORM=]

          --extraction <EXTRACTION>
              The rules by which a program is found in a chat model's answer: our own, or those of
              another harness

              Possible values:
              - mend:        The block that answers the problem, with what it needs of others; thinking
                is set aside
              - last-fence:  LiveCodeBench's: what stands between the last two lines with a fence
              - first-fence: That of lm-eval's coding tasks: what stands between the first two fences,
                else all of it
              - olausson:    That of Olausson et al.: behind their header, then within [PYTHON], then
                the first Python fence, then the first

              [env: MEND_EXTRACTION=]
              [default: mend]

          --allow-missing
              Score only the problems that have samples, instead of refusing an incomplete file

              [env: MEND_ALLOW_MISSING=]

    Judging:
          --tests <TESTS>
              Whether a suite goes on after a failing test

              Possible values:
              - all:           Every test runs
              - first-failure: A suite ends at its first failing test

              [env: MEND_TESTS=]
              [default: all]

          --time-limit <SECONDS>
              CPU time of one test, in seconds. Wall time may be three times as long

              [env: MEND_TIME_LIMIT=]
              [default: 3]

          --memory-limit <MIB>
              Memory of a candidate, in MiB

              [env: MEND_MEMORY_LIMIT=]
              [default: 1024]

          --require <REQUIRE>
              The least integrity that is scored. `isolated` leaves problems unscored whose tests must
              share an interpreter with the candidate: a pass proves less there

              Possible values:
              - cooperative: Every problem is scored; passes of cooperative ones are counted apart
              - isolated:    Only problems whose tests the candidate cannot reach

              [env: MEND_REQUIRE=]
              [default: cooperative]

          --workers <N>
              Candidates judged at the same time. [default: one per core]

              [env: MEND_WORKERS=]

          --sandbox <ENGINE>
              What runs programs. [default: process; `mend resume` keeps to what the run began with]

              Possible values:
              - process: The machine's own Python, in Linux namespaces: all of the language, at full
                speed
              - wasm:    A Python in WebAssembly: the same verdicts on any machine, busy or idle. What
                it lacks (threads, other processes, extension modules) stays unscored
              - auto:    `wasm`, and `process` for what that cannot run

              [env: MEND_SANDBOX=]

          --python <FILE>
              The Python interpreter of the engine `process`. [default: the real executable behind
              `python3`]

              [env: MEND_PYTHON=]

          --isolation <LEVEL>
              The isolation level of the engine `process`, L0 to L3: neither more nor less. [default:
              the highest that works here]

              [env: MEND_ISOLATION=]

          --allow-unsafe
              Run programs that models wrote although isolation level L0 does not contain hostile code

              [env: MEND_ALLOW_UNSAFE=]

    Output:
          --out <DIR>
              The folder of the run. [default: `results/` and the run id]

              [env: MEND_OUT=]

          --k <K,...>
              The k of pass@k. [default: those of 1, 2, 3, 5, 10, 25, 50, 100 that were collected]

              [env: MEND_K=]

          --json
              The summary as JSON on stdout, instead of tables

              [env: MEND_JSON=]

    Examples:
      mend score --dataset HumanEval.jsonl.gz --samples samples.jsonl
      mend score --dataset starter --samples mine.jsonl --k 1,10 --json

    A samples file has one JSON object a line, or is a JSON array of them: `task_id`, and either
    `completion` (the rest of
    the prompt) or `solution` (a whole program). The rows that lm-eval's `--log_samples` writes are
    read, too, and
    bigcode's generations. Answers of chat models may stand in any of them: see `--form`.
    ");
}

#[test]
fn no_command_is_answered_with_help_on_stderr() {
    let ran = Lab::new().ended(2, "");
    assert_eq!(ran.stdout, "");
    assert_eq!(without_trailing_blanks(&ran.stderr), shown("--help"));
}

#[test]
fn version_is_the_packages() {
    assert_eq!(shown("--version"), concat!("mend ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn data_sets_are_listed() {
    assert_snapshot!(shown("datasets list"), @"
    name            what                              licence            where
    ----------------------------------------------------------------------------------------------------
    starter         Forty problems written for this   MIT OR Apache-2.0  part of mend
                    project: 24 functions to
                    complete, 6 functions to write,
                    and 10 programs that read
                    standard input. Each has public
                    examples, a hidden suite, a
                    reference solution and known
                    damages of it, which simulated
                    models use.
    humaneval       164 Python functions to           MIT                from https://github.com/openai/
                    complete, each with a script of                      human-eval/raw/master/data/Huma
                    asserts (Chen et al. 2021,                           nEval.jsonl.gz
                    arXiv:2107.03374). The examples
                    in the docstrings are the public
                    tests.
    humanevalfix    The 164 problems of HumanEval,    MIT                from https://github.com/bigcode
                    each with a program that has one                     -project/octopack
                    bug put in by hand (Muennighoff
                    et al. 2023, arXiv:2308.07124).
                    Repair starts from that program.
                    The file is the one of the
                    language Python, which its
                    publisher calls
                    `humanevalpack.jsonl` like those
                    of the other languages.
    mbpp            974 Python functions, each asked  CC-BY-4.0          from https://github.com/google-
                    for in a sentence and judged by                      research/google-research/tree/m
                    three asserts (Austin et al.                         aster/mbpp
                    2021, arXiv:2108.07732). The
                    first assert is shown and
                    public. Splits go by number: 1
                    to 10 are for prompts, 11 to 510
                    for tests, 511 to 600 for
                    validation, the rest for
                    training.
    mbpp-sanitized  The 427 problems of MBPP that     CC-BY-4.0          from https://github.com/google-
                    its authors checked by hand,                         research/google-research/tree/m
                    some of them reworded (Austin et                     aster/mbpp
                    al. 2021, arXiv:2108.07732). The
                    first assert is shown and
                    public. The ids are those of
                    `mbpp`.
    quixbugs        Forty classic algorithms, each    MIT                from https://github.com/jkoppel
                    in a program with a bug in one                       /QuixBugs
                    line (Lin et al. 2017,
                    doi:10.1145/3135932.3135941).
                    Repair starts from that program.
                    Eight have to exchange objects
                    or generators with their tests,
                    which needs an interpreter that
                    both share.
    any other data: a path to a file of problems (JSON lines, also gzipped) or to a folder of them
    ");
    let listed: Value = serde_json::from_str(&shown("datasets list --json")).unwrap();
    assert_eq!(listed[0]["name"], "starter");
    assert_snapshot!(keys(&listed, ""), @"
    name
    title
    licence
    url
    description
    files
    files.path
    files.sha256
    ");
}

#[test]
fn problems_of_a_data_set_are_shown() {
    assert_snapshot!(shown("datasets show starter"), @"
    starter: 40 problems

    problem      difficulty    style       reference  public  hidden
    ----------------------------------------------------------------
    starter/f01  introductory  completion  yes             1       1
    starter/f02  introductory  completion  yes             1       1
    starter/f03  interview     completion  yes             1       1
    starter/f04  interview     completion  yes             1       1
    starter/f05  interview     completion  yes             1       1
    starter/f06  competition   completion  yes             1       1
    starter/f07  introductory  completion  yes             1       1
    starter/f08  competition   completion  yes             1       1
    starter/f09  introductory  completion  yes             1       1
    starter/f10  introductory  completion  yes             1       1
    starter/f11  introductory  completion  yes             1       1
    starter/f12  introductory  completion  yes             1       1
    starter/f13  interview     completion  yes             1       1
    starter/f14  interview     completion  yes             1       1
    starter/f15  interview     completion  yes             1       1
    starter/f16  competition   completion  yes             1       1
    starter/f17  interview     completion  yes             1       1
    starter/f18  interview     completion  yes             1       1
    starter/f19  interview     completion  yes             1       1
    starter/f20  introductory  completion  yes             1       1
    starter/f21  competition   completion  yes             1       1
    starter/f22  competition   completion  yes             1       1
    starter/f23  introductory  completion  yes             1       1
    starter/f24  competition   completion  yes             1       1
    starter/c01  introductory  function    yes             2      15
    starter/c02  introductory  function    yes             2      15
    starter/c03  interview     function    yes             2      18
    starter/c04  interview     function    yes             2      12
    starter/c05  competition   function    yes             2      15
    starter/c06  competition   function    yes             3      26
    starter/s01  introductory  program     yes             1       8
    starter/s02  interview     program     yes             1      12
    starter/s03  interview     program     yes             1      12
    starter/s04  competition   program     yes             1      14
    starter/s05  introductory  program     yes             1      10
    starter/s06  introductory  program     yes             1      12
    starter/s07  interview     program     yes             1      16
    starter/s08  interview     program     yes             1      12
    starter/s09  competition   program     yes             1      19
    starter/s10  competition   program     yes             1      15
    ");
    let found: Value = serde_json::from_str(&shown("datasets show starter --json")).unwrap();
    assert_eq!(found["problems"].as_array().unwrap().len(), 40);
    assert_snapshot!(keys(&found, ""), @"
    name
    digest
    problems
    problems.id
    problems.digest
    problems.difficulty
    problems.style
    problems.public_tests
    problems.hidden_tests
    problems.reference
    problems.mutants
    ");
}

#[test]
fn a_problem_is_shown_in_full_and_an_unknown_one_is_told() {
    assert_snapshot!(shown("datasets show starter --problem starter/s01"), @r#"
    starter/s01  introductory
    digest [DIGEST]

    A cloakroom has a row of hooks, numbered from 1. Guests bring coats and fetch them again; each coat hangs on a hook of its own.

    A guest who brings a coat gets the free hook with the lowest number. A guest may bring several coats. A guest who fetches gets one coat back: of the hooks with that guest's coats, the one with the lowest number. Guests whose names differ in upper or lower case are different guests.

    Input
    The first line holds the number of hooks, from 1 to 100. Every further line is one request, "in NAME" or "out NAME", where NAME consists of letters. There are at most 200 requests.

    Output
    For every request print one line: the number of the hook that was filled or freed; "full" if a coat was brought and no hook is free; "absent" if a guest wants a coat and has none here. After the last request print one more line with the number of free hooks.

    Example
    Input
    2
    in Ada
    in Bo
    in Cy
    out Ada
    out Dee
    Output
    1
    2
    full
    1
    absent
    1

    1 public tests, 8 hidden tests, 8 mutants
    "#);
    let found: Value = serde_json::from_str(&shown("datasets show starter --problem starter/s01 --json")).unwrap();
    assert_eq!(found["id"], "starter/s01");
    assert_snapshot!(Lab::new().ended(2, "datasets show starter --problem starter/s99").stderr, @"
    error: `starter` has no problem `starter/s99`
    hint: did you mean `starter/s09`? `mend datasets show starter` lists them
    ");
}

#[test]
fn doctor_tells_what_was_found() {
    // Where no interpreter of the engine `wasm` is.
    let lab = Lab::new();
    let cache = lab.path("cache").display().to_string();
    let doctor = |code, line| lab.ended_with(code, line, &[("XDG_CACHE_HOME", &cache)]);
    let found: Value = serde_json::from_str(&doctor(0, "doctor --json --isolation L0").stdout).unwrap();
    assert_snapshot!(keys(&found, ""), @"
    mend
    host
    cores
    engine
    engine.name
    engine.isolation
    engine.means
    engine.interpreter
    engine.executable
    engine.missing
    engine.missing.mechanism
    engine.missing.reason
    engine.missing.remedy
    problem
    wasm
    wasm.in_binary
    wasm.built
    wasm.interpreter
    wasm.digest
    wasm.guest
    wasm.compiled
    wasm.problem
    wasm.remedy
    ");
    assert!(doctor(0, "doctor").stdout.starts_with("mend         "));
    let ran = doctor(2, "doctor --json --python absent");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["engine"], Value::Null);
    assert_snapshot!(ran.stderr, @"error: no program can be judged here: cannot start the interpreter `absent`: install CPython [VERSION] or newer (Debian and Ubuntu: `apt install python3`; anywhere: `uv python install 3.13`) or name another one");
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let lab = lab();
    let seed = |out: &str, before: &[(&str, &str)], flags: &str| {
        let mut command = lab.command(&format!("{RUN} --out {out} {flags}"));
        let ran = lab.ran(command.envs(before.iter().copied()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let manifest: Value = serde_json::from_str(&lab.read(&format!("{out}/manifest.json"))).unwrap();
        manifest["identity"]["seed"].as_u64().unwrap()
    };
    assert_eq!(seed("default", &[], ""), 0);
    lab.write("mend.toml", "[run]\nseed = 1\n");
    lab.write("other.toml", "[run]\nseed = 2\n");
    assert_eq!(seed("file", &[], ""), 1);
    assert_eq!(seed("named-file", &[("MEND_CONFIG", "other.toml")], ""), 2);
    assert_eq!(seed("environment", &[("MEND_SEED", "3")], ""), 3);
    assert_eq!(seed("flag", &[("MEND_SEED", "3")], "--seed 4"), 4);
}

#[test]
fn a_file_may_say_all_that_a_command_needs() {
    let lab = lab();
    lab.write(
        "mend.toml",
        "[run]\ndataset = \"two.jsonl\"\nmodel = \"sim/journeyman\"\nn-p = 1\njson = true\nk = [1]\n",
    );
    let ran = lab.ended(0, "run");
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(summary["run"]["dataset"], "two");
}

#[test]
fn data_go_to_stdout_and_all_else_to_stderr() {
    let lab = lab();
    let summary = |line: &str| -> Value { serde_json::from_str(&lab.ended(0, line).stdout).unwrap() };
    let live = summary(&format!("{RUN} --out run --json"));
    assert_eq!(live, summary("report run --json"));
    assert_eq!(live, summary("resume run --json"));
    assert_eq!(live, serde_json::from_str::<Value>(&lab.redacted(&lab.read("run/summary.json"))).unwrap());

    let output = lab.command(&format!("{RUN} --seed 1 --out table")).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = lab.told(&output).stdout;
    assert!(stdout.starts_with("run       two-iid-"), "{stdout}");
    let progress = ["1/2 problems, 1 programs judged, ", "2/2 problems, 2 programs judged, "];
    let told: Vec<&str> = stderr.lines().collect();
    assert!(progress.iter().zip(&told).all(|(expected, line)| line.starts_with(expected)), "{stderr}");
    assert_eq!(told[2..], ["written to table"]);
    assert_eq!(lab.ended(0, "report table").stdout, stdout);
}

#[test]
fn a_run_leaves_a_log_and_says_more_when_asked() {
    let lab = lab();
    let ran = lab.ended(0, &format!("{RUN} --out run --log info"));
    assert!(ran.stderr.contains(" INFO running "), "{}", ran.stderr);
    let log = lab.read("run/mend.log");
    assert!(log.contains("running run=\"two-iid-") && log.contains("ended complete=true"), "{log}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} --out run"));
    for line in ["report run", "report run --json", "datasets show starter", "--help", "doctor"] {
        let mut child = lab.spawn(line);
        drop(child.stdout.take());
        let ran = lab.told(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(0), "`mend {line}` told: {}", ran.stderr);
        assert!(!ran.stderr.contains("bug") && !ran.stderr.contains("error"), "`mend {line}` told: {}", ran.stderr);
    }
}

#[test]
fn results_go_to_a_folder_named_after_the_run() {
    let lab = lab();
    let ran = lab.ended(0, RUN);
    assert_snapshot!(ran.stderr, @"written to results/two-iid-sim-journeyman-[ID]");
    let folder = std::fs::read_dir(lab.path("results")).unwrap().next().unwrap().unwrap();
    assert!(folder.file_name().to_string_lossy().starts_with("two-iid-"));
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_snapshot!(names.join("\n".as_ref()).display(), @"
    journal.jsonl
    manifest.json
    mend.log
    pass_at_k.csv
    pass_at_t.csv
    problems.csv
    samples.csv
    summary.json
    timings.csv
    ");
}
