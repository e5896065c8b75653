//! Which tests count as public: chosen by the flag, the file of flags, or the strategy; part of what a run is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, TWO_PROBLEMS};
use serde_json::Value;

const RUN: &str = "run --dataset four.jsonl --model sim/journeyman --strategy iid --n-p 2";

fn lab() -> Lab {
    let lab = Lab::new();
    let row = |n: usize| {
        let call = |x: usize| format!("{{\"call\": {{\"args\": [{x}], \"expected\": {}}}}}", x + n);
        format!(
            "{{\"id\": \"own/{n}\", \"statement\": \"Return x plus {n}.\", \"entry_point\": \"f\", \"reference\": \"def f(x):\\n    return x + {n}\\n\", \"tests\": {{\"public\": [{}], \"hidden\": [{}]}}}}\n",
            call(0),
            (1..5).map(call).collect::<Vec<_>>().join(", ")
        )
    };
    lab.write("four.jsonl", (1..5).map(row).collect::<String>());
    lab
}

fn manifest(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.read(&format!("{run}/manifest.json"))).unwrap()
}

/// The digests of a run's problems, and how many tests each has.
fn problems(manifest: &Value) -> Vec<(String, u64, u64)> {
    let problem = |entry: &Value| {
        (
            entry["digest"].as_str().unwrap().to_owned(),
            entry["public_tests"].as_u64().unwrap(),
            entry["hidden_tests"].as_u64().unwrap(),
        )
    };
    manifest["problems"].as_array().unwrap().iter().map(problem).collect()
}

#[test]
fn a_split_is_part_of_what_a_run_is_and_stands_beside_the_data() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} --out plain"));
    lab.ended(0, &format!("{RUN} --public-tests statement --out same"));
    lab.ended(0, &format!("{RUN} --public-tests second --out second"));
    let (plain, same, second) = (manifest(&lab, "plain"), manifest(&lab, "same"), manifest(&lab, "second"));
    assert_eq!(plain["identity"], same["identity"]);
    assert!(plain["identity"]["dataset"].get("public").is_none(), "the data set's own choice takes no byte");
    assert_eq!(second["identity"]["dataset"]["public"], "second");
    assert_ne!(plain["identity"]["dataset"]["digest"], second["identity"]["dataset"]["digest"]);
    assert_ne!(plain["run_id"], second["run_id"]);
    for ((before, _, hidden), (after, public, hidden_now)) in problems(&plain).into_iter().zip(problems(&second)) {
        assert_ne!(before, after);
        assert_eq!((public, hidden_now), (1, hidden));
    }
    let samples = lab.read("second/samples.csv");
    assert!(samples.lines().skip(1).all(|line| line.contains(",four public=second,")), "{samples}");
    assert!(lab.read("plain/samples.csv").lines().skip(1).all(|line| line.contains(",four,")));
    let shown = lab.ended(0, "show second").stdout;
    assert!(shown.contains("public tests: second"), "{shown}");
    assert!(!lab.ended(0, "show plain").stdout.contains("public tests"));
    // The scores are those of the same hidden tests.
    let hidden = |run: &str| lab.read(&format!("{run}/pass_at_k.csv")).lines().count();
    assert_eq!(hidden("plain"), hidden("second"));
}

#[test]
fn a_stopped_run_goes_on_with_its_split() {
    let lab = lab();
    lab.write("e.jsonl", examples(4));
    for (split, out) in [("first-half", "half"), ("examples:e.jsonl", "examples"), ("e.jsonl", "joined")] {
        let run = format!("{RUN} --public-tests {split}");
        lab.ended(0, &format!("{run} --out whole-{out}"));
        lab.ended(5, &format!("{run} --budget-tokens 3000 --out {out}"));
        lab.ended(0, &format!("resume {out} --budget-tokens 10000000"));
        for table in ["samples.csv", "problems.csv"] {
            assert_eq!(lab.read(&format!("{out}/{table}")), lab.read(&format!("whole-{out}/{table}")), "{split}");
        }
    }
    // With other examples than it began with it does not.
    lab.ended(5, &format!("{RUN} --public-tests examples:e.jsonl --budget-tokens 3000 --out other"));
    lab.write("e.jsonl", examples(4).replace("f(9) == 13", "f(8) == 12"));
    let told = lab.ended(3, "resume other --budget-tokens 10000000").stderr;
    assert!(told.contains("is not the one that the run began with"), "{told}");
}

/// A script as a public test of each of the first problems.
fn examples(count: usize) -> String {
    let row =
        |n: usize| format!("{{\"id\": \"own/{n}\", \"public\": [{{\"script\": \"assert f(9) == {}\"}}]}}\n", 9 + n);
    (1..=count).map(row).collect()
}

#[test]
fn a_strategy_may_choose_and_the_command_line_has_the_last_word() {
    let lab = lab();
    let script = "load(\"lib.star\", \"WRITE\", \"first_passing\")
strategy(summary = \"s\", seats = [\"coder\"], params = {\"public\": \"first\"}, public = lambda p: p.public, select_on = \"public\", bound = 2)
def solve(problem, p):
    ask(\"program\", WRITE, n = 2)
    return first_passing(\"public\")
";
    lab.write("mine.star", script);
    let run = "run --dataset four.jsonl --model sim/journeyman --strategy mine.star";
    let public = |run: &str| manifest(&lab, run)["identity"]["dataset"].get("public").cloned();
    lab.ended(0, &format!("{run} --out a"));
    assert_eq!(public("a").unwrap(), "first");
    lab.ended(0, &format!("{run} --set public=second --out b"));
    assert_eq!(public("b").unwrap(), "second");
    lab.ended(0, &format!("{run} --public-tests statement --out c"));
    assert_eq!(public("c"), None);
    lab.write("mend.toml", "[run]\npublic-tests = \"first-half\"\n");
    lab.ended(0, &format!("{RUN} --out d"));
    assert_eq!(public("d").unwrap(), "first-half");
    lab.write("mend.toml", "[run]\npublic-tests = \"third\"\n");
    let told = lab.ended(2, &format!("{RUN} --out e")).stderr;
    assert!(told.contains("mend.toml:2") && told.contains("`third` is not a choice of public tests"), "{told}");
    std::fs::remove_file(lab.path("mend.toml")).unwrap();
    let shown = lab.ended(0, "strategies show mine.star").stdout;
    assert!(shown.contains("public tests: first"), "{shown}");
}

#[test]
fn a_split_that_a_problem_cannot_have_names_it_and_what_to_do() {
    let lab = lab();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab.write("e.jsonl", examples(2));
    lab.write("bad.jsonl", "{\"id\": \"own/1\", \"public\": [{\"stdio\": {\"input\": \"\", \"expected\": \"\"}}]}\n");
    for (run, words) in [
        (
            "run --dataset two.jsonl --model sim/journeyman --public-tests second",
            vec![
                "problem t/1: `second` cannot choose its public tests",
                "its statement shows none",
                "hint: choose other public tests",
            ],
        ),
        (
            "run --dataset four.jsonl --model sim/journeyman --public-tests examples:e.jsonl",
            vec!["the file has no row of it", "hint: add its tests to the file, or leave the problem out"],
        ),
        (
            "run --dataset four.jsonl --model sim/journeyman --public-tests examples:bad.jsonl",
            vec!["bad.jsonl:1: ", "has no `stdio` tests", "hint: a row is"],
        ),
        (
            "run --dataset four.jsonl --model sim/journeyman --public-tests examples:nowhere.jsonl",
            vec!["cannot read", "nowhere.jsonl", "hint: `examples:<file>` names a file"],
        ),
        (
            "score --dataset four.jsonl --samples x.jsonl --public-tests first-third",
            vec![
                "`first-third` is not a choice of public tests: expected statement, first, second, first-half, examples:<file>, or a file (./first-third if it is one)",
            ],
        ),
    ] {
        let told = lab.ended(2, run).stderr;
        for word in words {
            assert!(told.contains(word), "{run}: {told}");
        }
    }
}

#[test]
fn a_file_is_joined_to_the_problems_that_it_has_and_the_rest_is_counted() {
    let lab = lab();
    let row = |id: &str, x: i32, y: i32| {
        format!("{{\"task_id\": \"{id}\", \"tests\": [{{\"input\": [{x}], \"output\": {y}}}]}}\n")
    };
    lab.write("e.jsonl", row("own/1", 9, 10) + &row("3", 9, 12) + &row("own/77", 1, 1));
    let told = lab.ended(0, &format!("{RUN} --public-tests e.jsonl --out run")).stderr;
    for words in [
        "public tests of `e.jsonl`: joined to 2 of 4 problems",
        "without a test there: 2 (own/2, own/4); 0 of them have no public test at all, the others keep their own",
        "rows of no problem of the data set: 1 (own/77)",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let manifest = manifest(&lab, "run");
    assert_eq!(manifest["identity"]["dataset"]["public"], "join:e.jsonl");
    assert!(lab.read("run/samples.csv").contains(",four public=join:e.jsonl,"));
    lab.ended(0, &format!("{RUN} --out plain"));
    let plain = crate::manifest(&lab, "plain");
    assert_ne!(manifest["identity"]["dataset"]["digest"], plain["identity"]["dataset"]["digest"]);
    let same: Vec<bool> =
        problems(&manifest).iter().zip(problems(&plain)).map(|(joined, own)| *joined == own).collect();
    assert_eq!(same, [false, true, false, true]);
    lab.write("none.jsonl", row("other/1", 1, 2));
    let told = lab.ended(2, &format!("{RUN} --public-tests none.jsonl --out none")).stderr;
    assert!(told.contains("no row holds a test of a chosen problem (1 rows, 1 of them of no problem"), "{told}");
}

#[test]
fn published_examples_are_public_tests_of_their_problems() {
    let Some(apps) = mend_testkit::shared("data/apps") else { return };
    let lab = Lab::new();
    lab.write("ids.txt", "apps_layout/0001\napps_layout/0111\n");
    let (data, file) = (apps.join("apps_layout"), apps.join("apps_test_example_tests.jsonl.gz"));
    let run = format!(
        "run --dataset {} --problems ids.txt --model sim/journeyman --strategy iid --n-p 1 --public-tests examples:{} --out run",
        data.display(),
        file.display()
    );
    lab.ended(0, &run);
    let manifest = manifest(&lab, "run");
    assert_eq!(manifest["identity"]["dataset"]["public"], "examples:apps_test_example_tests.jsonl.gz");
    assert_eq!(problems(&manifest)[0].1, 3, "problem 0001 has three examples");
    // Without its word the file need not have all problems: all but those of the folder are unknown to it.
    let joined = run.replace("--public-tests examples:", "--public-tests ").replace("--out run", "--out joined");
    let told = lab.ended(0, &joined).stderr;
    assert!(
        told.contains("joined to 2 of 2 problems") && told.contains("rows of no problem of the data set: 499"),
        "{told}"
    );
}
