//! `mend export`: rows that are as their schema says, the same bytes every time, and a clear word where there are none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS, starter_functions};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A run with repairs by critiques, in `run`.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("three.jsonl", starter_functions(3));
    lab.ended(0, "run --dataset three.jsonl --model sim/journeyman --strategy critic --set n_p=3 --set n_f=2 --replicates 2 --out run");
    lab
}

/// The kinds that `--list` names.
fn kinds(lab: &Lab) -> Vec<String> {
    let listed = lab.ended(0, "export --list").stdout;
    listed.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Published programs of some problems: programs of each that fail, with repairs of which the first passes.
fn published(problems: usize, programs: usize, repairs: usize) -> String {
    let mut text = String::new();
    for problem in 0..problems {
        let repair = |program: usize, repair: usize| {
            json!({
                "repaired_program": format!("x = {problem}, {program}, {repair}\n"), "explanation": "It is wrong.",
                "binary": repair == 0, "tokens_generated": 9,
            })
        };
        let drawn = |program: usize| {
            let code = format!("y = {problem}, {program}\n");
            json!({
                "original_completion": code, "executed_completion": code, "tokens_generated": 5, "binary": false,
                "fault": null, "errors": [["WRONG ANSWER", "1", "2"]],
                "repairs": (0..repairs).map(|number| repair(program, number)).collect::<Vec<_>>(),
            })
        };
        let programs: Vec<Value> = (0..programs).map(drawn).collect();
        let row = json!({"prob_path": format!("/data/APPS/test/{problem:04}"), "completions": programs});
        let _ = writeln!(text, "{row}");
    }
    text
}

#[test]
fn every_row_of_every_kind_is_as_its_schema_says_and_says_where_it_comes_from() {
    let lab = lab();
    let manifest: Value = serde_json::from_str(&lab.read("run/manifest.json")).unwrap();
    for kind in kinds(&lab) {
        let schema = lab.mend(&format!("export {kind} --schema"));
        let ran = lab.mend(&format!("export {kind} run --out {kind}.jsonl"));
        if schema.code != Some(0) || ran.code == Some(2) {
            // A document, or a kind that this run has nothing for: it says so.
            assert!(schema.code == Some(0) || schema.stderr.contains("has no schema"), "{kind}: {}", schema.stderr);
            assert!(ran.code == Some(0) || ran.stderr.contains("nothing for"), "{kind}: {}", ran.stderr);
            continue;
        }
        assert_eq!(ran.code, Some(0), "{kind}: {}", ran.stderr);
        let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
        let text = lab.read(&format!("{kind}.jsonl"));
        let rows = rows(&text);
        assert!(!rows.is_empty() && ran.stderr.contains("written"), "{kind}: {}", ran.stderr);
        for row in &rows {
            mend_testkit::conforms(&schema, row).unwrap_or_else(|error| panic!("{kind}: {error}\n{row}"));
            assert_eq!((&row["run"], &row["simulated"]), (&manifest["run_id"], &Value::Bool(true)), "{kind}");
        }
        assert_eq!(
            lab.ended(0, &format!("export {kind} run")).stdout,
            lab.redacted(&text),
            "{kind}: to standard output"
        );
    }
}

#[test]
fn trajectories_hold_every_node_of_the_run() {
    let lab = lab();
    lab.ended(0, "export trajectories run --out trees.jsonl");
    let trees = rows(&lab.read("trees.jsonl"));
    let found: Vec<String> = trees
        .iter()
        .flat_map(|tree| {
            let place = format!("{},{}", tree["problem"].as_str().unwrap(), tree["replicate"]);
            let nodes = tree["nodes"].as_array().unwrap();
            let programs = nodes.iter().filter(|node| ["program", "repair"].contains(&node["kind"].as_str().unwrap()));
            programs
                .map(|node| {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    format!("{place},{},{}", text(&node["slot"]), text(&node["verdict"]["status"]))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let samples = lab.read("run/samples.csv");
    let mut lines = samples.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let columns = ["problem", "replicate", "slot", "status"].map(column);
    let run = trees[0]["run"].as_str().unwrap();
    let expected: Vec<String> = lines
        .filter(|line| line.starts_with(run))
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            columns.map(|at| fields[at]).join(",")
        })
        .collect();
    assert!(expected.len() > 18);
    assert_eq!(found, expected);
}

#[test]
fn a_file_is_whole_or_not_there_and_is_not_replaced_unasked() {
    let lab = lab();
    lab.write("mine.jsonl", "mine\n");
    let ran = lab.ended(2, "export sft run --out mine.jsonl");
    assert!(ran.stderr.contains("`mine.jsonl` exists") && ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(lab.read("mine.jsonl"), "mine\n");
    let ran = lab.ended(0, "export sft run --out mine.jsonl --force");
    assert_eq!(
        format!("{} rows written to mine.jsonl", rows(&lab.read("mine.jsonl")).len()),
        ran.stderr.lines().next().unwrap()
    );
    let ran = lab.ended(2, "export sft run --out nowhere/mine.jsonl");
    assert!(ran.stderr.contains("cannot write into `nowhere`"), "{}", ran.stderr);
    // Nothing that a failed export began is left.
    let ran = lab.ended(2, "export sft run --scored-on generated --out none.jsonl");
    assert!(ran.stderr.contains("no generated test tried the program"), "{}", ran.stderr);
    lab.ended(2, "export sft run run --out twice.jsonl");
    let left: Vec<String> = lab.files().keys().map(|path| path.file_name().unwrap().to_string_lossy().into()).collect();
    assert!(!left.iter().any(|name| name.contains("none.jsonl") || name.contains("twice.jsonl")), "{left:?}");
}

#[test]
fn what_is_wrong_with_the_words_is_said() {
    let lab = lab();
    for (line, said) in [
        ("export", "KIND"),
        ("export sft", "RUN"),
        ("export stf run", "did you mean `sft`?"),
        ("export trajectories run --cap 3", "`trajectories` does not use `--cap`"),
        ("export sft run --margin 0.5", "`sft` takes `--cap`, `--seed`, `--scored-on`"),
        ("export sft run run", "was named twice"),
        ("export sft nowhere", "there is no such folder"),
        ("export sft run --cap 0", "expected a whole number from 1 on"),
        ("export sft run --out /dev/null --force", "`/dev/null` is not a regular file"),
        ("export chains run --accepted --rejected", "cannot be used with"),
        ("export pairs run --margin 2", "`--margin` is 2, and must be from 0 to 1"),
    ] {
        let ran = lab.ended(2, line);
        assert!(ran.stderr.contains(said), "`{line}` told: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "`{line}`");
    }
}

#[test]
fn of_variables_and_the_file_a_kind_takes_what_it_uses() {
    let lab = lab();
    let of_problems = |text: &str| {
        let mut problems: Vec<String> = rows(text).iter().map(|row| row["problem"].to_string()).collect();
        let all = problems.len();
        problems.dedup();
        (all, problems.len())
    };
    let one = lab.ended_with(0, "export sft run", &[("MEND_CAP", "1"), ("MEND_BY", "edits")]);
    let (all, problems) = of_problems(&one.stdout);
    assert!(all == problems && all > 0, "{}", one.stdout);
    lab.write("mend.toml", "[export]\ncap = 1\nweights = \"slow=1\"\n");
    assert_eq!(lab.ended(0, "export sft run").stdout, one.stdout);
    lab.ended(0, "export nodes run");
    let told = lab.ended(2, "export nodes run --cap 1").stderr;
    assert!(told.contains("--cap"), "what is typed is never passed over: {told}");
}

#[test]
fn a_reader_that_goes_away_ends_the_export_quietly() {
    let lab = lab();
    let before = "(\"$0\" export trajectories run 2>told; echo $? >code) | head -c 1 >/dev/null";
    assert_eq!(lab.mend_after(before, "--version").code, Some(0));
    assert_eq!((lab.read("told"), lab.read("code")), (String::new(), "0\n".to_owned()));
}

#[test]
fn a_run_that_is_not_finished_is_exported_as_far_as_it_is() {
    let lab = lab();
    let journal = lab.read("run/journal.jsonl");
    let (before, _) = journal.rsplit_once("\n{\"problem\":").unwrap();
    assert!(journal[before.len()..].contains("submitted"), "the last tree's end is cut");
    lab.write("part/journal.jsonl", format!("{before}\n"));
    lab.write("part/manifest.json", lab.read("run/manifest.json"));
    let ran = lab.ended(5, "export trajectories part --out trees.jsonl");
    assert!(ran.stderr.contains("`part` is not finished: 5 of its 6 trees are"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`mend resume part` goes on"), "{}", ran.stderr);
    let finished: Vec<bool> =
        rows(&lab.read("trees.jsonl")).iter().map(|row| row["finished"].as_bool().unwrap()).collect();
    assert_eq!(finished.iter().filter(|finished| !**finished).count(), 1, "{finished:?}");
}

/// Every command of the page runs as it stands there.
#[test]
fn the_commands_of_the_page_run() {
    let page = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exports.md"))
        .unwrap();
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ mend ")).collect();
    let lab = Lab::new();
    lab.write("two.jsonl", starter_functions(2));
    // A folder that a command writes into.
    lab.write("logs/readme", "");
    let words = commands.iter().flat_map(|command| command.split_whitespace());
    let runs: std::collections::BTreeSet<&str> = words.filter(|word| word.starts_with("results/")).collect();
    for (seed, run) in runs.iter().enumerate() {
        lab.ended(0, &format!("run --dataset two.jsonl --model sim/journeyman --strategy critic --set n_p=3 --set n_f=2 --seed {seed} --out {run}"));
    }
    let exports = commands.iter().filter(|command| command.starts_with("export "));
    let mut count = 0;
    for command in exports {
        let command = command.split(" | ").next().unwrap().split(" && ").next().unwrap();
        let is_file = command.contains("--out ") && !command.contains("--out - ") && !command.ends_with("--out -");
        let ran = lab.mend(&format!("{command}{}", if is_file { " --force" } else { "" }));
        let has_nothing = ran.code == Some(2) && ran.stderr.contains("nothing for");
        assert!(ran.code == Some(0) || has_nothing, "`mend {command}` told: {}", ran.stderr);
        count += 1;
    }
    assert!(count >= kinds(&lab).len(), "each kind has an example");
}

#[test]
fn of_thirty_passing_samples_of_twelve_kinds_ten_are_exported() {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    let mut samples = String::new();
    for index in 0..30 {
        let code = format!("def add(a, b):\n    return a + b + 0 * {}  # {index}\n", index % 12);
        let _ = writeln!(samples, "{}", json!({"task_id": "t/1", "solution": code}));
    }
    lab.write("samples.jsonl", samples);
    lab.ended(0, "score --dataset two.jsonl --samples samples.jsonl --allow-missing --out run");
    let ran = lab.ended(0, "export sft run --out sft.jsonl");
    assert_eq!(
        ran.stderr,
        "10 rows written to sft.jsonl\n2 left out: its problem has as many as `--cap` allows\n\
         18 left out: the same program is there already, formatting aside\n"
    );
    let twelve = lab.ended(0, "export sft run --cap 20 --out twelve.jsonl").stderr;
    assert!(twelve.starts_with("12 rows written"), "{twelve}");
    // Every prompt is there: it was sent, though nobody was asked.
    assert!(
        rows(&lab.read("sft.jsonl")).iter().all(|row| row["messages"].is_array() && row["loss_on"] == "completion")
    );
}

#[test]
fn published_programs_have_no_prompts_and_are_exported_all_the_same() {
    let lab = Lab::new();
    lab.write("published.jsonl", published(3, 4, 5));
    lab.ended(0, "import self-repair published.jsonl --out run");
    let ran = lab.ended(0, "export trajectories run --out trees.jsonl");
    assert!(ran.stderr.contains("72 have no `messages`"), "{}", ran.stderr);
    let trees = rows(&lab.read("trees.jsonl"));
    let counts: Vec<usize> = trees.iter().map(|tree| tree["nodes"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [24, 24, 24]);
    let ran = lab.ended(0, "export sft run --out sft.jsonl");
    assert!(ran.stderr.starts_with("12 rows written to sft.jsonl\n"), "{}", ran.stderr);
    assert!(rows(&lab.read("sft.jsonl")).iter().all(|row| row["messages"].is_null() && row["simulated"] == false));
}

#[test]
fn texts_that_a_journal_lacks_are_counted() {
    let lab = lab();
    let journal = lab.read("run/journal.jsonl");
    let without: String = journal.split_inclusive('\n').filter(|line| !line.starts_with("{\"text\"")).collect();
    lab.write("bare/journal.jsonl", without);
    lab.write("bare/manifest.json", lab.read("run/manifest.json"));
    let ran = lab.ended(2, "export sft bare --out sft.jsonl");
    assert!(ran.stderr.contains("the journal does not hold the text"), "{}", ran.stderr);
    let ran = lab.ended(0, "export trajectories bare --out trees.jsonl");
    assert!(ran.stderr.contains("nodes lack their answer"), "{}", ran.stderr);
}

/// The first cells of the table that follows a line of a page.
fn first_cells(page: &str, line: &str) -> Vec<String> {
    let rows = page.lines().skip_while(|found| *found != line).skip(4).take_while(|row| row.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().to_owned()).collect()
}

const DIFFER: &str = "Fields of the identity that differ:";

#[test]
fn a_run_card_names_exactly_the_fields_that_differ_since_another_run() {
    let lab = lab();
    let again =
        "run --dataset three.jsonl --model sim/journeyman --strategy critic --set n_p=3 --set n_f=2 --replicates 2";
    lab.ended(0, &format!("{again} --temperature 0.5 --out cooler"));
    let card = lab.ended(0, "export run-card cooler --since run").stdout;
    let seats = ["coder", "critic", "repairer"].map(|seat| format!("models.{seat}.sampling.temperature"));
    assert_eq!(first_cells(&card, DIFFER), seats);
    assert!(card.contains("| models.coder.sampling.temperature | 0.8 | 0.5 |"), "{card}");
    // A simulated programmer pays no heed to temperature: no figure moved.
    let figures = "Headline figures over the problems that carry them in both runs, each problem compared with itself:";
    assert_eq!(first_cells(&card, figures), ["pass_at_1", "submitted", "repair_success", "cost"]);
    assert!(card.lines().any(|line| line.starts_with("| pass_at_1 | 3 |") && line.contains("| +0.0000 |")), "{card}");

    lab.ended(0, &format!("{again} --tests first-failure --out sooner"));
    let card = lab.ended(0, "export run-card sooner --since run").stdout;
    assert_eq!(first_cells(&card, DIFFER), ["tests"]);
    let card = lab.ended(0, "export run-card run --since run").stdout;
    assert!(card.contains("No field of the identity differs"), "{card}");
    assert_eq!(first_cells(&card, DIFFER), [""; 0]);

    lab.ended(0, "export run-card run --out run_card.md");
    let card = lab.read("run_card.md");
    let failures = ["programs", "unscored", "cooperative passes", "no_code"];
    assert_eq!(first_cells(&card, "### Known failure modes")[..4], failures);
    let here = lab.path("").display().to_string();
    assert!(!card.contains(&here), "a card may be published: no folder of this machine is in it");
}

#[test]
fn forms_that_a_kind_has_not_are_refused() {
    let lab = lab();
    for (line, said) in [
        ("export nodes run --format eval", "its forms are `lines` and `parquet`"),
        ("export inspect run --format parquet", "its forms are `json` and `eval`"),
        ("export run-card run --format json", "it has one form"),
        ("export inspect run run", "`inspect` is about one run, and several were named"),
        ("export run-card run --since nowhere", "there is no such folder"),
        ("export fine-grained run --weights crash", "a list such as wrong_logic=1"),
        ("export judgements run --by length", "possible values"),
        ("export sft run --since run", "`sft` does not use `--since`"),
    ] {
        let ran = lab.ended(2, line);
        assert!(ran.stderr.contains(said), "`{line}` told: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "`{line}`");
    }
}

#[test]
fn the_rewards_of_a_run_are_the_pass_fractions_of_its_table() {
    let lab = lab();
    let made = rows(&lab.ended(0, "export rewards run").stdout);
    let table = lab.read("run/samples.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let samples: Vec<std::collections::BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let share = |row: &Value, slot: &str| {
        let is_it = |sample: &&std::collections::BTreeMap<String, String>| {
            row["problem"] == sample["problem"]
                && row["replicate"] == sample["replicate"].parse::<u64>().unwrap()
                && slot == sample["slot"]
        };
        let sample = samples.iter().find(is_it).unwrap();
        let [passed, total] = ["tests_passed", "tests_total"].map(|column| sample[column].parse::<f64>().unwrap());
        passed / total
    };
    let mut critiques = 0;
    for row in &made {
        let edits: Vec<f64> = row["edits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edit| {
                let expected = share(row, edit["slot"].as_str().unwrap());
                assert_eq!(edit["reward"], expected);
                expected
            })
            .collect();
        if row["about"] == "critique" {
            critiques += 1;
            assert_eq!(row["reward"], edits.iter().sum::<f64>() / edits.len() as f64);
            assert_eq!(row["reward_before"], share(row, row["program_slot"].as_str().unwrap()));
        } else {
            assert_eq!(row["reward"], share(row, row["slot"].as_str().unwrap()));
        }
    }
    assert!(critiques > 5, "{critiques}");
}

/// What the presets of these rows leave in their trees.
#[test]
fn presets_whose_trees_trainers_want_have_rows_for_them() {
    let lab = Lab::new();
    lab.write("three.jsonl", starter_functions(3));
    for (strategy, kind, rule) in [
        ("oaif --set pairs=3", "judgements --by choice", "choice"),
        ("alpacafarm --set n=4 --set pick=score", "judgements --by score", "score"),
        ("ctrl --set widths=1,2,3", "judgements --by edits", "edits"),
        ("meta-rewarding --set n=2", "judgements --by rating", "rating"),
        ("coffee-gym --set shuffled=True", "rewards", ""),
        ("fine-grained", "fine-grained", ""),
        ("probe", "line-labels", ""),
    ] {
        let name = strategy.split(' ').next().unwrap();
        lab.ended(0, &format!("run --dataset three.jsonl --model sim/novice --strategy {strategy} --out {name}"));
        let made = rows(&lab.ended(0, &format!("export {kind} {name}")).stdout);
        assert!(!made.is_empty(), "{name}");
        for row in made.iter().filter(|_| !rule.is_empty()) {
            assert_eq!(row["rule"], rule, "{name}");
            if rule == "choice" {
                assert_eq!((&row["consistent"], &row["orders"]), (&json!(true), &json!(2)));
                assert!(row["instruction_digest"].is_string() && row["instruction"].is_string());
            } else {
                assert!(row["margin"].as_f64().unwrap() > 0.0, "{name}");
            }
        }
        for row in made.iter().filter(|_| kind == "line-labels") {
            let labels: Vec<i64> =
                row["labels"].as_array().unwrap().iter().map(|label| label.as_i64().unwrap()).collect();
            let at = row["label_at"].as_u64().map_or(labels.len(), |line| line as usize - 1);
            assert_eq!(labels.len(), row["program"].as_str().unwrap().lines().count());
            assert!(labels[..at].iter().all(|label| *label == 1) && labels[at..].iter().all(|label| *label == -1));
            assert_eq!(row["passes"], Value::Bool(row["label_at"].is_null()));
        }
    }
}
