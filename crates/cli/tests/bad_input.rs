//! Bad input is refused with words that name the place and say what to do, and leaves no run behind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, Ran, TWO_PROBLEMS, assert_same, starter_functions};
use insta::assert_snapshot;
use std::fs::{self, File};
use std::io::Write as _;

/// A run over a data set whose name follows. Small, for where it is not refused.
const RUN: &str = "run --model sim/journeyman --strategy iid --n-p 1 --dataset";
/// A score of samples whose name follows, over the two problems.
const SCORE: &str = "score --allow-unsafe --dataset two.jsonl --samples";
/// Samples of the two problems: two of the first, one of the second.
const SAMPLES: &str = concat!(
    "{\"task_id\":\"t/1\",\"completion\":\"    return a + b\\n\"}\n",
    "{\"task_id\":\"t/1\",\"solution\":\"def add(a, b):\\n    return a\\n\"}\n",
    "{\"task_id\":\"t/2\",\"completion\":\"    return a - b\\n\"}\n",
);

/// What `mend` tells when it refuses with this exit code, which must change nothing in the folder.
#[track_caller]
fn refused(lab: &Lab, code: i32, line: &str) -> String {
    let before = lab.files();
    let ran = lab.mend(line);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "`mend {line}` told: {}", ran.stderr);
    assert!(lab.files() == before, "`mend {line}` changed the folder");
    ran.stderr
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab
}

/// The two problems, the second with one part replaced.
fn second_with(from: &str, to: &str) -> String {
    let (first, second) = TWO_PROBLEMS.split_once('\n').unwrap();
    assert!(second.contains(from));
    format!("{first}\n{}", second.replace(from, to))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The text without the names of the known data sets, which become more.
fn without_names(text: &str) -> String {
    let names: Vec<String> = mend_dataset::cards().into_iter().map(|card| card.name).collect();
    text.replace(&names.join(", "), "[NAMES]")
}

#[test]
fn damaged_data_sets_are_refused_by_file_line_and_field() {
    let lab = lab();
    lab.write("corrupt.jsonl", second_with("{\"task_id\":\"t/2\",", "{\"task_id\":\"t/2,"));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} corrupt.jsonl")), @"
    error: corrupt.jsonl:2: expected `,` or `}` at column 18
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("missing.jsonl", second_with("\"entry_point\":\"sub\",", ""));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} missing.jsonl")), @"
    error: missing.jsonl:2: missing field `entry_point`
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("typed.jsonl", second_with("\"sub\",", "7,"));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} typed.jsonl")), @"
    error: typed.jsonl:2: `entry_point`: invalid type: integer `7`, expected a string
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("twice.jsonl", second_with("t/2", "t/1"));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} twice.jsonl")), @"
    error: twice.jsonl:2: the id `t/1` is already used at twice.jsonl:1
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    let tests = r#""def check(candidate):\n    assert candidate(1, 2) == -1\n""#;
    lab.write("untested.jsonl", second_with(tests, "\"\""));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} untested.jsonl")), @"
    error: untested.jsonl:2: the problem has no hidden tests: `test` is empty
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("empty.jsonl", "");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} empty.jsonl")), @"
    error: empty.jsonl: the file holds no row
    hint: a data set has one problem a line, as a JSON object
    ");
    lab.write("folder/notes.txt", "nothing to see");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} folder")), @"error: data set `folder`: no problem found, expected a `.jsonl` or `.json` file, or a folder that contains `question.txt`");
    assert_snapshot!(without_names(&refused(&lab, 2, &format!("{RUN} absent.jsonl"))), @"
    error: `absent.jsonl` is neither a known data set nor a file or folder
    hint: known names: [NAMES]
    ");
}

#[test]
fn damaged_archives_are_refused_by_name() {
    let lab = lab();
    lab.write("plain.jsonl.gz", TWO_PROBLEMS);
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} plain.jsonl.gz")), @"
    error: `plain.jsonl.gz` is not a gzip file
    hint: if it is plain text, take the `.gz` off its name
    ");
    let whole = gzip(TWO_PROBLEMS.as_bytes());
    lab.write("cut.jsonl.gz", &whole[..whole.len() / 2]);
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} cut.jsonl.gz")), @"
    error: `cut.jsonl.gz` is not a whole gzip file: incomplete deflate stream
    hint: get or pack it again
    ");
    let mut altered = whole.clone();
    let middle = altered.len() - 6;
    altered[middle] ^= 1;
    lab.write("altered.jsonl.gz", altered);
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} altered.jsonl.gz")), @"
    error: `altered.jsonl.gz` is not a whole gzip file: corrupt gzip stream does not have a matching checksum
    hint: get or pack it again
    ");
    lab.write("whole.jsonl.gz", whole);
    lab.ended(0, &format!("{RUN} whole.jsonl.gz"));
}

#[test]
fn named_data_sets_must_be_there_and_be_the_ones_on_their_card() {
    let lab = lab();
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} humaneval")), @"
    error: cannot read `data/HumanEval.jsonl.gz`: No such file or directory (os error 2)
    hint: get it from https://github.com/openai/human-eval/raw/master/data/HumanEval.jsonl.gz and put it into `data`, or name its folder by `--data-dir`
    ");
    lab.write("other/HumanEval.jsonl.gz", gzip(TWO_PROBLEMS.as_bytes()));
    assert_snapshot!(refused(&lab, 3, &format!("{RUN} humaneval --data-dir other")), @"
    error: `HumanEval.jsonl.gz`: SHA-256 is [DIGEST], expected [DIGEST]
    hint: `other/HumanEval.jsonl.gz` is another file or a damaged copy: get it again from https://github.com/openai/human-eval/raw/master/data/HumanEval.jsonl.gz
    ");
    // Half a download is told by its digest too, not as a bad archive.
    lab.write("cut/HumanEval.jsonl.gz", &gzip(TWO_PROBLEMS.as_bytes())[..50]);
    assert_snapshot!(refused(&lab, 3, &format!("{RUN} humaneval --data-dir cut")), @"
    error: `HumanEval.jsonl.gz`: SHA-256 is [DIGEST], expected [DIGEST]
    hint: `cut/HumanEval.jsonl.gz` is another file or a damaged copy: get it again from https://github.com/openai/human-eval/raw/master/data/HumanEval.jsonl.gz
    ");
    assert_snapshot!(without_names(&refused(&lab, 2, &format!("{RUN} humanevl"))), @"
    error: `humanevl` is neither a known data set nor a file or folder
    hint: did you mean `humaneval`? known names: [NAMES]
    ");
}

#[test]
fn damaged_samples_are_refused_by_file_line_and_field() {
    let lab = lab();
    lab.write("corrupt.jsonl", SAMPLES.replace("{\"task_id\":\"t/2\",", "{\"task_id\":\"t/2,"));
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} corrupt.jsonl")), @"
    error: corrupt.jsonl:3: expected `,` or `}` at column 18
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("neither.jsonl", SAMPLES.replace("solution", "programme"));
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} neither.jsonl")), @"
    error: neither.jsonl:2: neither `completion` nor `solution` is given
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("unknown.jsonl", SAMPLES.replace("t/2", "tt/2"));
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} unknown.jsonl")), @"
    error: unknown.jsonl:3: field `task_id`: unknown problem `tt/2`; did you mean `t/2`?
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    lab.write("empty.jsonl", "");
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} empty.jsonl")), @"
    error: empty.jsonl: no samples (rows skipped: 0)
    hint: `mend score --help` tells what a sample looks like
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} absent.jsonl")), @"error: cannot read `absent.jsonl`: No such file or directory (os error 2)");
}

#[test]
fn problems_without_samples_are_refused_unless_allowed() {
    let lab = lab();
    let (first, _) = SAMPLES.split_once('\n').unwrap();
    lab.write("first.jsonl", first);
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} first.jsonl")), @"
    `completion` of `first.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    error: `first.jsonl` has no sample for problem t/2
    hint: `--allow-missing` scores only the problems that have samples
    ");
    let run = "run --strategy iid --n-p 1 --dataset two.jsonl --allow-unsafe --model samples:first.jsonl";
    assert_snapshot!(refused(&lab, 2, run), @"
    error: `samples:first.jsonl` has no sample for problem t/2
    hint: `mend score --allow-missing` scores only the problems that have samples
    ");
    let ran = lab.ended(0, &format!("{SCORE} first.jsonl --allow-missing --out allowed"));
    assert_snapshot!(ran.stderr, @"
    `completion` of `first.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    no sample for problem t/2: left out
    written to allowed
    ");
    assert!(ran.stdout.contains("pass@1 100.0 %"), "{}", ran.stdout);
    assert_eq!(lab.read("allowed/problems.csv").lines().count(), 2);
}

#[test]
fn invalid_rows_are_skipped_when_asked_and_named_and_counted() {
    let lab = lab();
    lab.write("data.jsonl", second_with("\"entry_point\":\"sub\",", "") + "nonsense\n");
    let rows = "nonsense\n{\"task_id\":\"t/1\"}\n";
    lab.write("samples.jsonl", rows.to_owned() + SAMPLES);
    let line = "score --allow-unsafe --skip-invalid --dataset data.jsonl --samples samples.jsonl --out skipped";
    let ran = lab.ended(0, line);
    assert_snapshot!(ran.stderr, @"
    skipped data.jsonl:2: missing field `entry_point`
    skipped data.jsonl:3: expected ident at column 2
    skipped 2 invalid problems of `data`
    skipped samples.jsonl:1: expected ident at column 2
    skipped samples.jsonl:2: neither `completion` nor `solution` is given
    skipped samples.jsonl:5: field `task_id`: unknown problem `t/2`
    skipped 3 invalid samples of `samples.jsonl`
    `completion` of `samples.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    `solution` of `samples.jsonl` is taken as whole programs, verbatim (else: `--form chat` or `--form continuation`)
    written to skipped
    ");
    assert_eq!(lab.read("skipped/samples.csv").lines().count(), 1 + 2);
    lab.write("none.jsonl", "nonsense\n");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} none.jsonl --skip-invalid")), @"error: data set `none`: no valid problem, 1 skipped, the first at none.jsonl:1: expected ident at column 2");
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} none.jsonl --skip-invalid")), @"
    error: none.jsonl: no samples (rows skipped: 1)
    hint: `mend score --help` tells what a sample looks like
    ");
}

#[test]
fn a_k_that_the_programs_do_not_carry_is_refused_before_anything_runs() {
    let lab = lab();
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --k 1,3")), @"
    error: pass@3 needs 3 programs of every problem, and each problem gets 1
    hint: ask for a smaller `--k`, or collect more
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --k 0")), @"
    error: invalid value '0' for '--k <K,...>': expected a whole number from 1 on

    For more information, try '--help'.
    ");
    lab.write("samples.jsonl", SAMPLES);
    assert_snapshot!(refused(&lab, 2, &format!("{SCORE} samples.jsonl --k 2")), @"
    `completion` of `samples.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    `solution` of `samples.jsonl` is taken as whole programs, verbatim (else: `--form chat` or `--form continuation`)
    error: pass@2 needs 2 programs of every problem, and problem t/2 gets 1
    hint: ask for a smaller `--k`, or collect more
    ");
    let run = "run --strategy iid --n-p 2 --dataset two.jsonl --allow-unsafe --model samples:samples.jsonl --k 2";
    assert_snapshot!(refused(&lab, 2, run), @"
    error: pass@2 needs 2 programs of every problem, and problem t/2 gets 1
    hint: ask for a smaller `--k`, or collect more
    ");
    lab.ended(0, &format!("{SCORE} samples.jsonl --out run"));
    assert_snapshot!(refused(&lab, 2, "report run --k 2"), @"
    error: pass@2 needs 2 programs of every problem, and some problem of the run has 1
    hint: ask for a smaller `--k`
    ");
}

#[test]
fn unknown_models_and_strategies_are_refused_with_the_known_ones() {
    let lab = lab();
    let run = "run --dataset two.jsonl --model";
    assert_snapshot!(refused(&lab, 2, &format!("{run} sim/jorneyman")), @"
    error: unknown model `sim/jorneyman`
    hint: did you mean `sim/journeyman`? known models: sim/novice, sim/journeyman, sim/expert, samples:<file>, replay:<file>, human:<file>, simulated:<file>, openai/<model>, anthropic/<model>, mistral/<model>, deepseek/<model>, groq/<model>, together/<model>, openrouter/<model>, vllm/<model>, ollama/<model>, llama.cpp/<model>, openai-api/<name>/<model>, anthropic-api/<name>/<model>
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{run} journeyman")), @"
    error: unknown model `journeyman`
    hint: did you mean `sim/journeyman`? known models: sim/novice, sim/journeyman, sim/expert, samples:<file>, replay:<file>, human:<file>, simulated:<file>, openai/<model>, anthropic/<model>, mistral/<model>, deepseek/<model>, groq/<model>, together/<model>, openrouter/<model>, vllm/<model>, ollama/<model>, llama.cpp/<model>, openai-api/<name>/<model>, anthropic-api/<name>/<model>
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{run} samples:absent.jsonl")), @"error: cannot read `absent.jsonl`: No such file or directory (os error 2)");
    let run = "run --dataset two.jsonl --model sim/journeyman --strategy";
    assert_snapshot!(refused(&lab, 2, &format!("{run} self-repare")), @"
    error: unknown strategy `self-repare`
    hint: did you mean `self-repair`? `mend strategies list` lists them; or name a script, such as mine.star
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{run} iid --n-f 2")), @"
    error: `--n-f`: the strategy `iid` has no parameter `n_f`
    hint: it has: fallback, n_p, stop_on
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{run} iid --n-p 0")), @"
    error: invalid value '0' for '--n-p <N>': expected a whole number from 1 on

    For more information, try '--help'.
    ");
}

#[test]
fn bad_strategy_files_are_refused_by_line_and_key() {
    let lab = lab();
    let good = "name = \"mine\"\npolicy = \"tree\"\nn_p = 3\nn_f = 1\nsee = \"public\"\nstop_on = \"public\"\n";
    let told = |from: &str, to: &str| {
        assert!(good.contains(from));
        lab.write("mine.toml", good.replace(from, to));
        refused(&lab, 2, "run --dataset two.jsonl --model sim/journeyman --strategy mine.toml")
    };
    assert_snapshot!(told("n_p = 3", "n_p = \"many\""), @r#"
    error: mine.toml: TOML parse error at line 3, column 7
      |
    3 | n_p = "many"
      |       ^^^^^^
    invalid type: string "many", expected u32
    "#);
    assert_snapshot!(told("policy", "polcy"), @r#"
    error: mine.toml: TOML parse error at line 2, column 1
      |
    2 | polcy = "tree"
      | ^^^^^
    unknown field `polcy`, expected one of `name`, `summary`, `policy`, `n_p`, `n_f`, `n_r`, `explains`, `critique`, `see`, `stop_on`, `fallback`
    "#);
    assert_snapshot!(told("\"tree\"", "\"bush\""), @r#"
    error: mine.toml: TOML parse error at line 2, column 10
      |
    2 | policy = "bush"
      |          ^^^^^^
    unknown variant `bush`, expected `iid` or `tree`
    "#);
    assert_snapshot!(told("n_f = 1", ""), @"error: mine.toml: `n_f`: must be at least 1 for the policy `tree`");
    assert_snapshot!(told("stop_on = \"public\"", "stop_on = \"hidden\""), @"error: mine.toml:6: `stop_on`: must be `public` where `see` is `public`");
    assert_snapshot!(told("\"mine\"", "\"mine/2\""), @"error: mine.toml:1: `name`: must be letters, digits, `-` and `_`: it becomes part of a folder's name");
}

#[test]
fn saved_samples_cannot_repair() {
    let lab = lab();
    lab.write("samples.jsonl", SAMPLES);
    let run = "run --dataset two.jsonl --allow-unsafe --model samples:samples.jsonl --strategy self-repair";
    assert_snapshot!(refused(&lab, 2, run), @"
    error: saved samples are first programs: they cannot answer a request for a repair
    hint: use `--strategy iid`, or `--programs` for the samples and `--model` for a model that repairs them
    ");
}

#[test]
fn programs_of_models_do_not_run_uncontained_without_consent() {
    let lab = lab();
    lab.write("samples.jsonl", SAMPLES);
    assert_snapshot!(refused(&lab, 2, "score --isolation L0 --dataset two.jsonl --samples samples.jsonl"), @"
    `completion` of `samples.jsonl` is taken as the rest of the statement, verbatim (else: `--form chat` or `--form whole`)
    `solution` of `samples.jsonl` is taken as whole programs, verbatim (else: `--form chat` or `--form continuation`)
    error: the sandbox has isolation level L0: programs that a model wrote would run with your rights
    hint: `--sandbox wasm` contains them; where it does no harm (a throw-away machine or container), `--allow-unsafe` runs them; `mend doctor` tells what is missing
    ");
}

#[test]
fn results_go_only_where_nothing_is() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} two.jsonl --out run"));
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --out run")), @"
    error: `run` already holds a run
    hint: go on with it by `mend resume run`, or choose another directory with `--out`
    ");
    lab.write("thesis/chapter.txt", "precious");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --out thesis")), @"
    error: `thesis` is not empty and holds no run
    hint: choose another directory with `--out`
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --out two.jsonl")), @"
    error: cannot create `two.jsonl`
      cause: File exists (os error 17)
    hint: choose another place with `--out`
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --out two.jsonl/run")), @"
    error: cannot create `two.jsonl/run`
      cause: Not a directory (os error 20)
    hint: choose another place with `--out`
    ");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --out /proc/x")), @"
    error: cannot create `/proc/x`
      cause: No such file or directory (os error 2)
    hint: choose another place with `--out`
    ");
}

#[test]
fn bad_configuration_is_refused_by_line_and_key() {
    let lab = lab();
    let told = |text: &str| {
        lab.write("mend.toml", text);
        refused(&lab, 2, &format!("{RUN} two.jsonl"))
    };
    assert_snapshot!(told("[run]\nseed = 1\nsede = 2\n"), @"
    error: mend.toml:3: `sede` is not a flag of `mend run`
    hint: did you mean `seed`? `mend run --help` lists the flags
    ");
    assert_snapshot!(told("[rum]\nseed = 1\n"), @"
    error: mend.toml:1: `[rum]` is not a command
    hint: did you mean `run`? sections are named after commands: run, plan, score, resume, rejudge, report, compare, gate, runs, watch, view, show, export, import, datasets, strategies, models, cache, feedback, serve, sim-server, doctor, tour, completions, man
    ");
    assert_snapshot!(told("[run]\nseed = \"one\"\n"), @"error: mend.toml:2: invalid value 'one' for '--seed <SEED>': invalid digit found in string");
    assert_snapshot!(told("[run]\nseed = \"1\n"), @r#"
    error: mend.toml: TOML parse error at line 2, column 10
      |
    2 | seed = "1
      |          ^
    invalid basic string, expected `"`
    hint: a section such as `[run]` holds the flags of a command
    "#);
    assert_snapshot!(told("seed = 1\n"), @"
    error: mend.toml: TOML parse error at line 1, column 8
      |
    1 | seed = 1
      |        ^
    invalid type: integer `1`, expected a map
    hint: a section such as `[run]` holds the flags of a command
    ");
    fs::remove_file(lab.path("mend.toml")).unwrap();
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --config absent.toml")), @"error: cannot read `absent.toml`: No such file or directory (os error 2)");
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --log mend=loud")), @r#"
    error: `--log mend=loud`: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    hint: a filter is a level such as `info`, or `mend_repair=debug`
    "#);
    assert_snapshot!(refused(&lab, 2, &format!("{RUN} two.jsonl --python absent")), @"
    error: cannot start the interpreter `absent`: install CPython [VERSION] or newer (Debian and Ubuntu: `apt install python3`; anywhere: `uv python install 3.13`) or name another one
      cause: No such file or directory (os error 2)
    hint: `mend doctor` shows what was found on this machine
    ");
}

#[test]
fn folders_that_hold_no_run_are_refused() {
    let lab = lab();
    lab.write("thesis/chapter.txt", "precious");
    assert_snapshot!(refused(&lab, 2, "report thesis"), @"
    error: `thesis` holds no run: it has no `manifest.json`
    hint: runs lie below `results` or where `--out` said
    ");
    assert_snapshot!(refused(&lab, 2, "resume thesis"), @"
    error: `thesis` holds no run: it has no `manifest.json`
    hint: runs lie below `results` or where `--out` said
    ");
    assert_snapshot!(refused(&lab, 2, "report absent"), @"
    error: `absent` holds no run: it has no `manifest.json`
    hint: there is no such folder; runs lie below `results` or where `--out` said
    ");
    assert_snapshot!(refused(&lab, 2, "resume two.jsonl"), @"
    error: `two.jsonl` holds no run: it has no `manifest.json`
    hint: runs lie below `results` or where `--out` said
    ");
}

/// A run that its budget stopped before it had asked for anything.
fn stopped(lab: &Lab) {
    let ran = lab.ended(5, &format!("{RUN} two.jsonl --budget-tokens 10 --out run"));
    assert_snapshot!(ran.stderr, @"
    written to run
    not finished: 2 of 2 problems: t/1, t/2
    stopped early: the budget is used up; everything that arrived is saved
    hint: `mend resume run` goes on (with a larger `--budget-tokens`)
    ");
}

#[test]
fn a_run_whose_data_changed_does_not_go_on() {
    let lab = lab();
    stopped(&lab);
    lab.write("two.jsonl", second_with("Sub.", "Add."));
    assert_snapshot!(refused(&lab, 3, "resume run"), @"
    error: problem t/2 of `[DIR]/two.jsonl` is not the one that the run began with
    hint: bring back the data as they were
    ");
    // The reference is no part of the problem, and all that a simulated model knows.
    lab.write("two.jsonl", second_with("return a - b", "return -b + a"));
    assert_snapshot!(refused(&lab, 3, "resume run"), @"
    error: the model `sim/journeyman` is not the one that the run began with
    hint: a simulated model knows the reference solutions and mutants of its data: either those in `[DIR]/two.jsonl` were edited, or this is another version of mend
    ");
    lab.write("two.jsonl", TWO_PROBLEMS.lines().next().unwrap());
    assert_snapshot!(refused(&lab, 3, "resume run"), @"
    error: problem t/2 of `[DIR]/two.jsonl` is not the one that the run began with
    hint: bring back the data as they were
    ");
    fs::remove_file(lab.path("two.jsonl")).unwrap();
    assert_snapshot!(refused(&lab, 2, "resume run"), @"
    error: cannot read `[DIR]/two.jsonl`: No such file or directory (os error 2)
    hint: the run read its data from `[DIR]/two.jsonl`
    ");
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab.ended(0, "resume run --budget-tokens 100000");
}

#[test]
fn a_run_whose_samples_changed_does_not_go_on() {
    let lab = lab();
    lab.write("samples.jsonl", SAMPLES);
    lab.ended(0, &format!("{SCORE} samples.jsonl --out run"));
    lab.write("samples.jsonl", SAMPLES.replace("a + b", "b + a"));
    assert_snapshot!(refused(&lab, 3, "resume run --allow-unsafe"), @"
    error: the model `samples:samples.jsonl` is not the one that the run began with
    hint: the run read its samples from `[DIR]/samples.jsonl`: bring them back as they were
    ");
}

#[test]
fn a_run_that_another_process_holds_is_left_alone() {
    let lab = lab();
    stopped(&lab);
    let journal = File::open(lab.path("run/journal.jsonl")).unwrap();
    journal.lock().unwrap();
    assert_snapshot!(refused(&lab, 2, "resume run"), @"
    error: `run` is in use by another process
    hint: wait until the other `mend` is done with the run, or stop it
    ");
    journal.unlock().unwrap();
    lab.ended(0, "resume run --budget-tokens 100000");
}

#[test]
fn a_journal_with_a_bad_line_in_its_middle_is_refused_by_that_line() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} two.jsonl --out run"));
    let journal = lab.read("run/journal.jsonl");
    let told = |edit: &dyn Fn(&mut Vec<&str>), line: &str| {
        let mut lines: Vec<&str> = journal.lines().collect();
        edit(&mut lines);
        lab.write("run/journal.jsonl", lines.join("\n") + "\n");
        refused(&lab, 2, line)
    };
    assert_snapshot!(told(&|lines| lines[2] = "{\"problem\":", "report run"), @"
    error: run/journal.jsonl:3: EOF while parsing a value at column 11
    hint: the file was edited or damaged: restore it from a copy, or start a new run
    ");
    assert_snapshot!(told(&|lines| lines[2] = "{\"problem\":", "resume run"), @"
    error: run/journal.jsonl:3: EOF while parsing a value at column 11
    hint: the file was edited or damaged: restore it from a copy, or start a new run
    ");
    assert_snapshot!(told(&|lines| _ = lines.remove(4), "resume run"), @"
    error: run/journal.jsonl:6: `check` does not match: the line, or one before it, is not as written
    hint: the file was edited or damaged: restore it from a copy, or start a new run
    ");
    assert_snapshot!(told(&|lines| lines[0] = "{\"format\":9}", "resume run"), @"error: `run/journal.jsonl` has format 9, and this version reads format 3");
    lab.write("run/journal.jsonl", &journal);
    lab.write("run/manifest.json", lab.read("run/manifest.json").replace("\"seed\": 0", "\"seed\": 1"));
    assert_snapshot!(refused(&lab, 2, "resume run"), @"
    error: `run/journal.jsonl` was written for identity [ID], and the manifest's is [ID]
    hint: the file was edited or damaged: restore it from a copy, or start a new run
    ");
}

#[test]
fn a_full_disk_stops_a_run_which_then_resumes_to_the_same_bytes() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    // As many settings as make the table of pass@t larger than the journal.
    let line = "run --dataset functions.jsonl --model sim/journeyman --n-p 5 --n-f 5 --out";
    lab.ended(0, &format!("{line} undisturbed"));
    let tables = lab.tables("undisturbed");
    let check = |blocks: u32, run: &str, resume: &str| -> Ran {
        // A limit on the size of files stands in for the disk. Only the soft one: the sandbox sets its own.
        let ran = lab.mend_after(&format!("ulimit -S -f {blocks}"), &format!("{line} {run}"));
        assert_eq!(ran.code, Some(5), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert!(!lab.path(run).join("summary.json").exists(), "{run} looks whole");
        lab.ended(0, resume);
        assert_same(&lab.tables(run), &tables);
        ran
    };
    // Not enough for the programs of the judge itself: nothing is judged, and nothing is judged wrongly.
    let none = check(240, "judge", "resume judge").stderr;
    assert!(none.starts_with("error: the sandbox failed") && none.contains("File too large"), "{none}");
    assert_snapshot!(check(300, "journal", "resume journal").stderr, @"
     WARN the journal was closed after a failure error=cannot write `journal/journal.jsonl`
    error: cannot write `journal/journal.jsonl`
      cause: File too large (os error 27)
    hint: what arrived before is saved: make room, then `mend resume journal` goes on
    ");
    let table = check(400, "table", "report table").stderr;
    assert!(table.starts_with("error: cannot write `table/") && table.contains(".csv`"), "{table}");
    assert!(table.contains("\n  cause: File too large (os error 27)"), "{table}");
    assert!(table.ends_with("\nhint: the journal is whole: make room, then `mend report table`\n"), "{table}");
    // Not even the judge finds room for its temporary files.
    let ran = lab.mend_after("ulimit -S -f 1", &format!("{line} manifest"));
    assert_eq!(ran.code, Some(5));
    assert!(ran.stderr.starts_with("error: cannot write the scratch directory at `"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("hint: make room for temporary files, then start again\n"), "{}", ran.stderr);
    assert!(!lab.path("manifest/manifest.json").exists());
    lab.ended(0, &format!("{line} manifest"));
    assert_same(&lab.tables("manifest"), &tables);
    let ran = lab.mend_after("ulimit -S -f 1", "report manifest");
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    // A report that fails leaves the earlier one.
    assert_same(&lab.tables("manifest"), &tables);
}
