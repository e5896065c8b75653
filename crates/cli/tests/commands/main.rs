//! What `mend` shows when all is well: its help, its tables, its JSON, and which stream each goes to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "../common/mod.rs"]
mod common;
mod help;
mod help_of_run;

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
    problems.language
    problems.date
    problems.tags
    problems.rating
    problems.style
    problems.public_tests
    problems.hidden_tests
    problems.reference
    problems.mutants
    problems.impossible
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
    machine
    machine.name
    machine.found
    machine.good
    machine.remedy
    ");
    let shown = doctor(0, "doctor").stdout;
    assert!(shown.starts_with("mend         ") && shown.contains("\nload         "), "{shown}");
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
    baselines.csv
    coverage_at_cost.csv
    journal.jsonl
    manifest.json
    mend.log
    pass_at_k.csv
    pass_at_k.svg
    pass_at_t.csv
    problems.csv
    report.html
    samples.csv
    statuses.csv
    statuses.svg
    summary.json
    timings.csv
    tokens_by_seat.csv
    tokens_by_seat.svg
    ");
    let ran = lab.ended(0, &format!("report results/{} --no-html", folder.file_name().display()));
    assert!(ran.stderr.starts_with("written to results/"), "{}", ran.stderr);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 10, "the page and what belongs to it are gone: {left:?}");
}

#[test]
fn the_tour_ends_and_takes_a_new_folder_each_time() {
    let lab = Lab::new();
    let told = lab.ended(0, "tour");
    for step in
        ["1. A simulated programmer", "3. One tree", "5. What other trees", "   $ mend show results/tour starter/f03\n"]
    {
        assert!(told.stderr.contains(step), "{step}: {}", told.stderr);
    }
    // What the steps say of the problem is so.
    let samples = lab.read("results/tour/samples.csv");
    let status = |slot: &str| {
        let row = samples.lines().find(|row| row.contains(&format!(",starter/f03,0,{slot},"))).unwrap();
        row.contains(",passed,")
    };
    assert_eq!((status("p0"), status("p0/r0")), (false, true));
    assert!(lab.path("results/tour/report.html").exists());
    lab.ended(0, "tour");
    assert!(lab.path("results/tour-2/report.html").exists());
}
