//! `mend runs`, words that were mistyped, and samples of several forms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests share it")]
mod common;

use common::{Lab, starter_functions};

const RUN: &str = "run --dataset functions.jsonl --model sim/journeyman --strategy iid --n-p 1 --max-tokens 512";

#[test]
fn runs_of_a_folder_are_listed_with_state_and_figures() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(2));
    lab.ended(0, &format!("{RUN} --out all/whole"));
    lab.ended(5, &format!("{RUN} --budget-tokens 1 --out all/none"));
    let listed = lab.ended(0, "runs all --json").stdout;
    let runs: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let told = |run: &serde_json::Value| {
        ["state", "trees_finished", "trees", "simulated", "oracle_level"].map(|key| run[key].to_string()).join(" ")
    };
    let mut told: Vec<String> = runs.iter().map(told).collect();
    told.sort();
    assert_eq!(told, [r#""complete" 2 2 true "clean""#, r#""stopped" 0 2 true "clean""#]);
    assert!(runs.iter().any(|run| run["pass_at_1"].is_number()), "{listed}");
    let shown = lab.ended(0, "runs all").stdout;
    assert!(shown.contains("complete: 2 of 2 trees finished") && shown.contains("(simulated"), "{shown}");
    assert!(lab.ended(0, "runs all/whole").stdout.contains("complete"));
    let writer = std::fs::File::open(lab.path("all/none/journal.jsonl")).unwrap();
    writer.lock().unwrap();
    let shown = lab.ended(0, "runs all").stdout;
    assert!(shown.contains("running: 0 of 2 trees finished") && !shown.contains("stopped"), "{shown}");
    assert!(lab.ended(2, "runs nowhere").stderr.contains("cannot read `nowhere`"));
}

#[test]
fn runs_of_a_folder_stand_in_one_table_beside_its_independent_programs() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    let run = |strategy: &str, out: &str| {
        let line = "run --dataset functions.jsonl --model sim/journeyman --max-tokens 512";
        lab.ended(0, &format!("{line} --strategy {strategy} --out all/{out}"));
    };
    run("iid --n-p 12", "iid");
    run("aider", "aider");
    run("widths --set widths=1,1", "widths");
    // Another model has no independent programs there.
    lab.ended(0, "run --dataset functions.jsonl --model sim/novice --strategy aider --max-tokens 512 --out all/novice");
    insta::assert_snapshot!(lab.ended(0, "runs all --table").stdout, @"
    functions, sim/journeyman: what each strategy hands in passes, in %, at so many tokens and answered
      requests a problem; baseline_pass: independent programs at the same tokens. The programmers are
      simulated: this says nothing about models
    strategy           oracle_level    pass  billed_  calls  baseline_  diff  [diff_low,
                                              tokens              pass        diff_high]
    ------------------------------------------------------------------------------------
    aider              tests_visible  100.0     1248    1.5   100.0(1)  +0.0        -(2)
    iid                clean           75.0     7772    1.0       -(3)
    widths widths=1,1  clean           75.0      934    1.2    82.1(1)  -7.1        -(4)
    (1) the same cost buys more programs than the baseline has: it stops at its last one and spends
        less, so that it would come to at least this
    (2) no interval: the figure does not exist in 126 of 2000 resamples of the problems
    (3) it is the baseline
    (4) no interval: the figure does not exist in 386 of 2000 resamples of the problems
    lose to independent programs: no strategy of these
    below them, and not distinguishable: widths widths=1,1
    beat independent programs: no strategy of these

    functions, sim/novice: what each strategy hands in passes, in %, at so many tokens and answered
      requests a problem; baseline_pass: independent programs at the same tokens. The programmers are
      simulated: this says nothing about models
    strategy  oracle_level   pass  billed_  calls  baseline_  diff  [diff_low,
                                    tokens              pass        diff_high]
    --------------------------------------------------------------------------
    aider     tests_visible  50.0     1253    1.5       -(1)
    (1) the folder holds no `iid` run of these problems, tests and model
    lose to independent programs: no strategy of these
    below them, and not distinguishable: no strategy of these
    beat independent programs: no strategy of these
    ");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&lab.ended(0, "runs all --table --json").stdout).unwrap();
    assert_eq!(rows.len(), 4);
    let row = |name: &str| rows.iter().find(|row| row["folder"].as_str().unwrap().ends_with(name)).unwrap();
    assert!(row("iid")["is_baseline"].as_bool().unwrap() && row("iid")["verdict"].is_null());
    assert_eq!(row("aider")["baseline"], row("iid")["run"]);
    assert!(row("aider")["point"]["baseline_pass"]["value"].is_number(), "{:#}", row("aider"));
    assert!(row("novice")["baseline"].is_null());
    assert_eq!(row("novice")["verdict"], "not known");
    lab.write("none/file.txt", "");
    assert_eq!(lab.ended(0, "runs none --table").stdout, "no runs in none\n");
}

#[test]
fn words_that_were_mistyped_are_guessed() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(2));
    lab.write("one.txt", "starter/f1\n");
    for (command, meant) in [
        ("run --dataset startr --model sim/journeyman", "starter"),
        ("run --dataset functions.jsonl --model sim/jurneyman", "sim/journeyman"),
        ("run --dataset functions.jsonl --model opnai/gpt-4o", "openai/gpt-4o"),
        ("run --dataset functions.jsonl --model sim/journeyman --where dificulty=easy", "difficulty"),
        ("run --dataset functions.jsonl --model sim/journeyman --strategy selfrepair", "self-repair"),
        ("run --dataset functions.jsonl --model sim/journeyman --problems one.txt", "starter/f01"),
        ("datasets show functions.jsonl --problem starter/f1", "starter/f01"),
    ] {
        let said = lab.ended(2, command).stderr;
        assert!(said.contains(&format!("did you mean `{meant}`?")), "{command}: {said}");
    }
    // A profile that nothing resembles is no other provider's model.
    let said = lab.ended(2, "run --dataset functions.jsonl --model sim/master").stderr;
    assert!(said.contains("known models: sim/novice") && !said.contains("did you mean"), "{said}");
}

const PROBLEM: &str = r#"{"id":"own/triple","statement":"Return three times x.","entry_point":"triple","tests":{"hidden":[{"script":"assert triple(2) == 6\n"}]}}"#;

#[test]
fn answers_are_scored_as_they_look_or_as_they_are_said_to_be() {
    let lab = Lab::new();
    lab.write("p.jsonl", PROBLEM);
    let answer = "So:\n```python\ndef triple(x):\n    return 3 * x\n```\n";
    lab.write("chat.jsonl", serde_json::json!({ "task_id": "own/triple", "completion": answer }).to_string());
    let score = "score --dataset p.jsonl --samples chat.jsonl --allow-unsafe";
    let guessed = lab.ended(0, &format!("{score} --out guessed"));
    let taken = "`completion` of `chat.jsonl` is taken as answers of a chat model";
    assert!(guessed.stderr.contains(taken), "{}", guessed.stderr);
    let row = |run: &str| lab.read(&format!("{run}/samples.csv"));
    assert!(row("guessed").contains(",one_block,passed,"), "{}", row("guessed"));
    let whole = lab.ended(0, &format!("{score} --form whole --out whole"));
    assert!(whole.stderr.contains("warning: not one of the 1 programs compiles"), "{}", whole.stderr);
    assert!(row("whole").contains(",whole,compile_error,"), "{}", row("whole"));
    lab.ended(0, &format!("{score} --extraction olausson --out peer"));
    assert!(row("peer").contains(",olausson,passed,"), "{}", row("peer"));
}

#[test]
fn skipping_is_offered_only_where_something_is_left() {
    let lab = Lab::new();
    lab.write("p.jsonl", PROBLEM);
    lab.write("bad.jsonl", "{\"id\":1}\n{\"id\":2}\n");
    lab.write("some.jsonl", format!("{PROBLEM}\n{{\"id\":2}}\n"));
    let said = |command: &str| lab.ended(2, command).stderr;
    assert!(!said("datasets verify bad.jsonl").contains("--skip-invalid"));
    assert!(said("datasets verify some.jsonl").contains("--skip-invalid"));
    lab.write("none.jsonl", "{\"task_id\":\"x\",\"solution\":\"\"}\n");
    assert!(!said("score --dataset p.jsonl --samples none.jsonl").contains("--skip-invalid"));
}
