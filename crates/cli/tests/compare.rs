//! `mend compare` and `mend gate`, from the folders of runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "common/mod.rs"]
mod common;

use common::Lab;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Two runs of simulated programmers on the built-in problems, the second of which repairs.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.ended(0, "run --dataset starter --model sim/journeyman --strategy iid --n-p 3 --out iid");
    lab.ended(0, "run --dataset starter --model sim/journeyman --strategy self-repair --n-p 3 --n-f 1 --out repair");
    lab
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn two_runs_are_compared_on_the_terminal_in_files_and_as_json() {
    let lab = lab();
    let shown = lab.ended(0, "compare iid repair --out comparison");
    assert!(shown.stdout.contains("40 common problems"), "{}", shown.stdout);
    for part in [
        "pass@1",
        "submission",
        "pass@t 3.00 programs",
        " tokens ",
        "pass@t 3.00 calls",
        "What differs from A to B",
        "iid -> self-repair",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    assert!(shown.stderr.contains("written to comparison"), "{}", shown.stderr);
    let (figures, flips) = (lab.read("comparison/compare.csv"), lab.read("comparison/compare_flips.csv"));
    let header = figures.lines().next().unwrap();
    for column in ["metric", "T", "delta", "low", "high", "p", "p_holm", "method", "correlation", "mde", "absent"] {
        assert!(header.split(',').any(|name| name == column), "{column}: {header}");
    }
    assert!(figures.lines().count() > 10, "{figures}");
    assert!(flips.lines().skip(1).all(|line| line.contains(",starter/")), "{flips}");
    // The same command, the same bytes.
    let again = lab.ended(0, "compare iid repair --out again");
    assert_eq!(again.stdout, shown.stdout);
    assert_eq!(lab.read("again/compare.csv"), figures);
    // So with the page, but for where the reports are.
    let page = lab.read("comparison/compare.html");
    assert_eq!(lab.read("again/compare.html"), page);
    for part in [
        "default-src 'none'",
        "id=\"claim\"",
        "./../iid/report.html",
        "./../repair/report.html",
        "From A to B",
        "<ins>",
    ] {
        assert!(page.contains(part), "{part} is not in the page");
    }
    let elsewhere = lab.ended(0, "compare iid repair --html pages/mine.html");
    assert!(elsewhere.stderr.contains("written to pages/mine.html"), "{}", elsewhere.stderr);
    assert!(!lab.ended(0, "compare iid repair --out without --no-html").stdout.is_empty());
    assert!(lab.path("pages/mine.html").exists() && !lab.path("without/compare.html").exists());
    lab.ended(2, "compare iid repair --html pages");
    lab.ended(2, "compare iid repair --html iid/report.html");
    let value = json(&lab.ended(0, "compare iid repair --json").stdout);
    let pair = &value["pairs"][0];
    assert_eq!(pair["common"]["matched"].as_array().unwrap().len(), 40);
    let first = &pair["figures"][0];
    assert_eq!(first["metric"], "pass@1");
    // Both runs have the same seed and the same programmer: the same first programs.
    assert_eq!(first["delta"]["value"]["value"], 0.0);
    assert!(pair["remarks"].to_string().contains("same first programs"), "{}", pair["remarks"]);
    let submission = pair["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == "submission");
    assert!(submission.unwrap()["delta"]["value"]["value"].as_f64().unwrap() > 0.0, "{submission:?}");
}

#[test]
fn runs_that_are_not_comparable_are_refused_and_what_is_allowed_is_shown() {
    let lab = lab();
    lab.ended(0, "run --dataset starter --model sim/journeyman --strategy iid --n-p 3 --time-limit 7 --out slow");
    let refused = lab.ended(2, "compare iid slow");
    assert!(refused.stderr.contains("the limits of one test"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--allow-different grader"), "{}", refused.stderr);
    let allowed = lab.ended(0, "compare iid slow --allow-different grader --out allowed");
    assert!(allowed.stdout.contains("DIFFERENT, and compared because you allowed it"), "{}", allowed.stdout);
    let csv = lab.read("allowed/compare.csv");
    assert!(csv.lines().skip(1).all(|line| line.contains(",grader,")), "{csv}");
    lab.ended(
        0,
        "run --dataset starter --public-tests first --model sim/journeyman --strategy iid --n-p 3 --out first",
    );
    let refused = lab.ended(2, "compare iid first");
    assert!(refused.stderr.contains("the data:") && refused.stderr.contains("--common"), "{}", refused.stderr);
    lab.ended(0, "compare iid first --allow-different data");
    lab.ended(2, "gate --baseline iid --candidate first --margin .05");
}

#[test]
fn parts_of_a_data_set_are_compared_where_they_overlap() {
    let lab = lab();
    lab.write("some.txt", "starter/f01\nstarter/f02\nstarter/f03\n");
    lab.ended(0, "run --dataset starter --problems some.txt --model sim/expert --strategy iid --n-p 3 --out some");
    let shown = lab.ended(0, "compare iid some --metric pass@1");
    assert!(shown.stdout.contains("over 3 common problems"), "{}", shown.stdout);
    assert!(shown.stdout.contains("37 problems only in A"), "{}", shown.stdout);
    lab.write("clusters.csv", "id,cluster\nstarter/f01,one\nstarter/f02,one\nstarter/f03,two\n");
    let clustered = lab.ended(0, "compare iid some --metric pass@1 --cluster clusters.csv");
    assert!(clustered.stdout.contains("2 clusters"), "{}", clustered.stdout);
    for (cluster, what) in [("nowhere.csv", "no such field"), ("bad.csv", "bad.csv:2: no run has a problem `x`")] {
        lab.write("bad.csv", "id,cluster\nx,y\n");
        let refused = lab.ended(2, &format!("compare iid some --cluster {cluster}"));
        assert!(refused.stderr.contains(what), "{}", refused.stderr);
    }
    assert!(lab.ended(2, "compare iid").stderr.contains("2 values required"));
    assert!(lab.ended(2, "compare iid some --metric passk").stderr.contains("is not a metric"));
}

#[test]
fn a_gate_answers_by_its_exit_code_and_writes_what_a_build_reads() {
    let lab = lab();
    lab.ended(0, "run --dataset starter --model sim/novice --strategy iid --n-p 3 --out novice");
    let files = "--junit out/gate.xml --markdown out/summary.md --out out";
    let lost = lab.ended(1, &format!("gate --baseline iid --candidate novice --margin .02 {files}"));
    assert!(lost.stdout.starts_with("regression: pass@1 of the candidate is worse"), "{}", lost.stdout);
    assert!(lab.read("out/gate.xml").contains("failures=\"1\""));
    assert!(lab.read("out/summary.md").starts_with("### mend gate: regression (failed)"));
    assert_eq!(json(&lab.read("out/gate.json"))["verdict"], "regression");
    let won = lab.ended(0, "gate novice --baseline novice --margin .2 --metric submission");
    assert!(won.stdout.starts_with("ok: "), "{}", won.stdout);
    let same = lab.ended(0, "gate --baseline iid --candidate iid --margin .02");
    assert!(same.stdout.starts_with("undecided: ") && same.stdout.contains("What would settle it"), "{}", same.stdout);
    lab.ended(1, "gate --baseline iid --candidate iid --margin .02 --strict");
    for (line, what) in [
        ("gate --baseline iid --candidate novice", "--margin"),
        ("gate --baseline iid --candidate novice --margin 0", "above 0"),
        ("gate --baseline iid --candidate nowhere --margin .05", "holds no manifest.json"),
        ("gate --baseline iid --margin .05", "--candidate"),
        ("gate --baseline iid --candidate novice --margin .05 --metric pass@1,submission", "one metric"),
        ("gate --baseline iid --candidate novice --margin .05 --metric pass@9", "the figure does not exist"),
    ] {
        let refused = lab.ended(2, line);
        assert!(refused.stderr.contains(what), "{line}: {}", refused.stderr);
    }
}

#[test]
fn a_sequential_gate_stops_buying_when_the_answer_is_clear_and_the_run_can_go_on() {
    let lab = Lab::new();
    lab.ended(0, "run --dataset starter --model sim/expert --strategy iid --n-p 5 --out expert");
    let begin = "-- --dataset starter --model sim/novice --strategy iid --n-p 5 --max-connections 2";
    let gate = "gate --baseline expert --candidate novice --margin .02 --sequential --at-once 2";
    let stopped = lab.ended(1, &format!("{gate} --json {begin}"));
    let answer = json(&stopped.stdout);
    assert_eq!(answer["verdict"], "regression");
    let seen = answer["sequential"]["seen"].as_u64().unwrap();
    assert!(answer["sequential"]["early"] == "fail" && seen < 40, "{}", answer["sequential"]);
    assert_eq!(answer["sequential"]["purses"]["fail"].as_array().unwrap().len() as u64, seen);
    let bought = lab.read("novice/samples.csv").lines().count() - 1;
    assert!(bought as u64 <= 5 * (seen + 2), "{bought} of 200 programs: no more than two problems are under way");
    // Asked again, nothing more is bought.
    let again = lab.ended(1, &format!("{gate} --json"));
    assert_eq!(json(&again.stdout)["sequential"], answer["sequential"]);
    assert_eq!(lab.read("novice/samples.csv").lines().count() - 1, bought);
    // What was bought is a run like any other.
    lab.ended(0, "resume novice");
    lab.ended(0, "run --dataset starter --model sim/novice --strategy iid --n-p 5 --out straight");
    assert_eq!(lab.tables("novice"), lab.tables("straight"));
    lab.ended(1, "gate --baseline expert --candidate novice --margin .02");
    // An equal candidate is bought whole, and looked at once in the end.
    let same = "gate --baseline expert --candidate other --margin .02 --sequential";
    let ran = lab.ended(0, &format!("{same} -- --dataset starter --model sim/expert --strategy iid --n-p 5 --seed 1"));
    assert!(ran.stdout.contains("Looked at 40 of 40 problems"), "{}", ran.stdout);
    for (line, what) in [
        ("-- --dataset starter", "behind `--`"),
        ("-- --dataset starter --model sim/expert --out elsewhere", "leave out `--out`"),
        ("--alpha-early .05 -- --dataset starter --model sim/expert --strategy iid", "leaves nothing"),
    ] {
        let refused = lab.ended(2, &format!("gate --baseline expert --candidate new --margin .02 --sequential {line}"));
        assert!(refused.stderr.contains(what), "{line}: {}", refused.stderr);
    }
}

#[test]
fn the_commands_of_the_document_run_as_they_stand() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compare.md");
    let text = fs::read_to_string(document).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lab = Lab::new();
    let mut commands = 0;
    for line in blocks.flat_map(str::lines).filter(|line| line.starts_with("mend ")) {
        lab.ended(0, line.strip_prefix("mend ").unwrap());
        commands += 1;
    }
    assert!(commands >= 4, "{commands}");
    assert!(lab.path("comparison/compare_flips.csv").exists());
    // Every metric and column that the document names is there.
    for name in
        ["few_informative", "p_holm", "mcnemar", "same_low", "design_effect", "mde_one_sided", "if_unscored_pass"]
    {
        assert!(
            text.contains(name) && lab.read("comparison/compare.csv").lines().next().unwrap().contains(name),
            "{name}"
        );
    }
}
