//! The help of `mend run`, whole: every flag with its twin in the environment and its default.

use crate::shown;
use insta::assert_snapshot;

#[test]
fn help_of_run_tells_every_flag_with_its_twin_and_default() {
    assert_snapshot!(shown("run --help"), @"
    Collect programs and repairs from a model, judge them, and report

    Usage: mend run [OPTIONS]

    Options:
          --amend <RUN>
              A run whose nodes are taken over: only what it lacks is bought, such as more programs
              (`--n-p`), repairs (`--n-f`), problems or replicates. What is not given stays as it was
              there

              [env: MEND_AMEND=]

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

          --format <NAME>
              The format that the data set is in: `mend datasets formats` lists them. [default: told by
              the keys of each row]

              [env: MEND_FORMAT=]

          --skip-invalid
              Skip invalid rows, counted and named, instead of refusing the file

              [env: MEND_SKIP_INVALID=]

          --public-tests <CHOICE|FILE>
              Which tests count as public: `statement` (those that the statement shows), `first`,
              `second` or `first-half` of the problem's tests, a file of example tests (problems that it
              lacks keep what they have), or `examples:<file>` (it has to have all). The scoring tests
              stay all of them. [default: as the strategy says, else `statement`]

              [env: MEND_PUBLIC_TESTS=]

          --problems <FILE>
              Only the problems that this file names, one id a line; `#` begins a comment

              [env: MEND_PROBLEMS=]

          --where <FIELD=VALUE>
              Only problems with this `difficulty`, `style`, `integrity`, `language` or tag, such as
              `difficulty=easy` or `tags=dp`, or within this `date` or `rating`, such as
              `date=2024-08..` or `rating=1200..1600`. May be given again: another value of the same
              field widens, another field narrows

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

          --programs <RUN|FILE|dataset|mutants>
              First programs that were saved before, for `--model` to repair: the folder of a run, a
              file of samples, `dataset` for those that a data set of bugs starts from, or `mutants` for
              known damages of right programs and as many untouched ones, a bench for critics
              (`mutants-alone` without these; `mutants:<run>` for those that a run's critic missed)

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

          --budget-calls <N>
              Cap on the requests of the whole run, lost ones included

              [env: MEND_BUDGET_CALLS=]

          --budget-executions <N>
              Cap on executions: judgements of programs, by the problem's tests or by tests of other
              nodes, and runs without one

              [env: MEND_BUDGET_EXECUTIONS=]

          --budget-questions <N>
              Cap on questions to people, and to whoever sits in the annotator's seat

              [env: MEND_BUDGET_QUESTIONS=]

          --budget-minutes <MINUTES>
              Cap on people's minutes, as they report them; a question to a simulated person counts half
              a minute

              [env: MEND_BUDGET_MINUTES=]

          --budget-observations <N>
              Cap on observations: requests to critics and annotators, and executions of programs that a
              later prompt shows

              [env: MEND_BUDGET_OBSERVATIONS=]

          --prices <FILE>
              Prices of models, in TOML, above those that come with mend (`mend models prices`)

              [env: MEND_PRICES=]

          --problem-budget-tokens <TOKENS>
              Cap on the tokens of each problem's tree, which ends with what it has once it reaches that

              [env: MEND_PROBLEM_BUDGET_TOKENS=]

          --problem-budget-usd <DOLLARS>
              Cap on the dollars of each problem's tree

              [env: MEND_PROBLEM_BUDGET_USD=]

          --problem-budget-calls <N>
              Cap on the requests of each problem's tree

              [env: MEND_PROBLEM_BUDGET_CALLS=]

          --problem-budget-executions <N>
              Cap on the executions of each problem's tree: judgements, and runs beside these

              [env: MEND_PROBLEM_BUDGET_EXECUTIONS=]

          --problem-budget-questions <N>
              Cap on the questions to people in each problem's tree

              [env: MEND_PROBLEM_BUDGET_QUESTIONS=]

          --problem-budget-minutes <MINUTES>
              Cap on people's minutes in each problem's tree

              [env: MEND_PROBLEM_BUDGET_MINUTES=]

          --problem-budget-observations <N>
              Cap on the observations in each problem's tree

              [env: MEND_PROBLEM_BUDGET_OBSERVATIONS=]

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

          --batch
              Ask by the provider's batch interface: at about half the price, within a day instead of at
              once. A run that is stopped or killed meanwhile finds its answers by `mend resume`. For
              openai, anthropic, and servers that speak as they do

              [env: MEND_BATCH=]

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

          --no-html
              Do not write report.html, its plots (SVG) and their data (CSV)

              [env: MEND_NO_HTML=]

          --status <FILE|SOCKET>
              Show how the run is also in this file, or on this Unix socket (`unix:<path>`, or a path
              that ends in `.sock`). `mend watch <RUN>` needs neither

              [env: MEND_STATUS=]

          --no-status
              Keep no `status.json` in the run's folder while it goes on. Without any status a run
              cannot be paused

              [env: MEND_NO_STATUS=]

    Planning:
          --dry-run
              Say what the run would buy and what it could show, and send nothing: as `mend plan`

          --pilot <RUN>
              A run that shows what to expect: of the same strategy, or one of programs and repairs for
              trees of other sizes

              [env: MEND_PILOT=]

          --lengths <SEAT=PROMPT/ANSWER,...>
              Mean tokens of prompt and answer, in place of a pilot: `--lengths
              coder=400/300,repairer=900/350`

          --failing <SHARE>
              The share of first programs that fail, in place of a pilot

          --omega <VARIANCE>
              How differently problems react: the variance of their true differences, which `mend gate`
              of two runs tells

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
      mend run --amend results/starter-self-repair-sim-journeyman-[ID] --n-p 8 --n-f 3

    `--amend` buys only what the run lacks, and ends in a new folder with the tables of a run that asked
    for all at once.
    ");
}
