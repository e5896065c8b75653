//! People's feedback from the first question to the last figure: docs/feedback.md, command by command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::Lab;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../docs/feedback.md");

/// The commands of the page, in its order.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("mend ")).collect()
}

/// The one command of the page that begins so.
#[track_caller]
fn command(start: &str) -> &'static str {
    let found: Vec<&str> = commands().into_iter().filter(|command| command.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}: {found:?}");
    found[0]
}

/// The rows of a table by the names of its columns. No field of these holds a comma.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

fn rows(lab: &Lab, file: &str) -> Vec<Value> {
    lab.read(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn summary(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.read(&format!("{run}/summary.json"))).unwrap()
}

#[test]
fn the_page_holds_what_it_says() {
    let lab = Lab::new();
    let ran = lab.ended(5, command("run --dataset starter --sample 4 --model sim/novice --critic human:feedback.jsonl --n-p 2 --n-f 1 --n-r 1 --out"));
    assert!(ran.stderr.contains("what is left waits for people's feedback"), "{}", ran.stderr);
    lab.ended(0, command("feedback todo by-people --out"));
    let open = rows(&lab, "todo.jsonl");
    assert!(open.len() > 3, "{} programs fail", open.len());
    for row in &open {
        assert_eq!(
            (&row["about_model"], &row["minutes"], &row["satisfied"]),
            (&json!("novice"), &Value::Null, &Value::Null)
        );
    }

    // Each thing that a person can say, in turn; 2.5 minutes each.
    let filled: Vec<Value> = open
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let mut row = row.clone();
            let (field, value) = match number % 5 {
                0 => ("satisfied", json!("no")),
                1 => ("rating", json!(2)),
                2 => ("reasons", json!(["wrong_result"])),
                3 => ("spans", json!([{ "first": 1, "last": 1, "comment": "here" }])),
                _ => ("fixed_program", row["program"].clone()),
            };
            row[field] = value;
            row["author"] = json!("ann");
            row["minutes"] = json!(2.5);
            row
        })
        .collect();
    lab.write("feedback.jsonl", filled.iter().map(|row| format!("{row}\n")).collect::<Vec<_>>().concat());
    lab.ended(0, &format!("{} --allow-unsafe", command("resume by-people")));

    // Everything that was written is there, in the tables, the summary and the log.
    let minutes = 2.5 * open.len() as f64;
    let critiques = table(&lab.read("by-people/critiques.csv"));
    let said = |name: &str| critiques.iter().filter(|row| !row[name].is_empty()).count();
    for name in ["satisfied", "rating", "reasons", "lines"] {
        assert!(said(name) > 0, "{name}");
    }
    assert_eq!((said("author"), said("minutes"), said("source")), (critiques.len(), critiques.len(), critiques.len()));
    let figures = summary(&lab, "by-people");
    let effort = &figures["spending"]["effort"];
    assert_eq!((&effort["minutes"], &figures["spending"]["without_minutes"]), (&json!(minutes), &json!(0)));
    assert_eq!(effort["questions"], json!(critiques.len()));
    assert_eq!(figures["spending"]["effort_by_role"]["critic"]["minutes"], json!(minutes));
    let people = &figures["people"];
    assert_eq!((&people["rows"], &people["minutes"]), (&json!(open.len()), &json!(minutes)));
    assert_eq!(people["about"].as_array().unwrap().len(), 1);
    assert_eq!(people["about"][0]["about_model"], json!("novice"));
    let log = lab.read("by-people/mend.log");
    assert!(log.contains(&format!("minutes={minutes}")), "{log}");
    let report = lab.ended(0, "report by-people");
    assert!(report.stdout.contains(&format!("{minutes} minutes of theirs")), "{}", report.stdout);

    // So it is in the card of the run, and in the log of its feedback, row by row.
    let card = lab.ended(0, "export run-card by-people --out card.md");
    assert!(lab.read("card.md").contains(&format!("{minutes} minutes of theirs")), "{}", card.stderr);
    lab.ended(0, "export feedback-log by-people --out log.jsonl");
    let log = rows(&lab, "log.jsonl");
    assert_eq!(log.len(), critiques.len());
    assert!(log.iter().all(|row| row["minutes"] == json!(2.5) && row["giver"]["author"] == "ann"), "{log:?}");
    assert!(log.iter().all(|row| row["source"] == "human" && row["judged_model"]["name"] == "novice"));

    // A program that a person gives is judged, stands in the table of programs, and counts as nobody's repair.
    let samples = table(&lab.read("by-people/samples.csv"));
    let given: Vec<_> = samples.iter().filter(|row| row["role"] == "annotator").collect();
    assert_eq!(given.len(), said("fixed_program"));
    for row in &given {
        assert!(row["slot"].ends_with("/f0/r0") && row["status"] != "passed", "{row:?}");
    }
    let repairs = samples.iter().filter(|row| row["role"] == "repairer").count();
    assert_eq!(figures["repairs"]["total"], json!(repairs));

    lab.ended(0, command("feedback todo by-people --budget"));
    assert_eq!(lab.read("short.jsonl"), "", "nothing is left to ask");
    lab.ended(0, command("feedback curve"));
    let curve = table(&lab.read("curve.csv"));
    let of = |order: &str| curve.iter().filter(|row| row["order"] == order).collect::<Vec<_>>();
    let mut ends = BTreeSet::new();
    for order in ["uncertainty", "cluster", "value", "random"] {
        let points = of(order);
        assert_eq!(points.len(), open.len() + 1, "{order}");
        let rates: Vec<f64> = points.iter().map(|row| row["pass_rate"].parse().unwrap()).collect();
        assert!(rates.is_sorted(), "{order}: {rates:?}");
        ends.insert((points[0]["pass_rate"].clone(), points[open.len()]["pass_rate"].clone()));
        assert_eq!(points[open.len()]["minutes"].parse(), Ok(minutes), "{order}");
    }
    assert_eq!(ends.len(), 1, "all orders begin and end alike: {ends:?}");

    // Budgets, and axes.
    let ran = lab.ended(5, command("run --dataset starter --sample 4 --model sim/novice --critic human:feedback.jsonl --n-p 2 --n-f 1 --n-r 1 --budget-minutes"));
    assert!(ran.stderr.contains("(with a larger `--budget-minutes`)"), "{}", ran.stderr);
    assert_eq!(summary(&lab, "short-of-time")["spending"]["effort"]["minutes"], json!(5.0));
    lab.ended(0, command("run --dataset starter --sample 4 --model sim/novice --n-p 3"));
    let judged = table(&lab.read("few-runs/samples.csv"));
    let mut by_problem: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &judged {
        *by_problem.entry(&row["problem"]).or_default() += 1;
    }
    assert!(by_problem.values().all(|programs| *programs <= 4), "{by_problem:?}");
    lab.ended(0, command("report by-people"));
    let axes = table(&lab.read("axes.csv"));
    let asked: Vec<_> = axes.iter().filter(|row| ["executions", "minutes"].contains(&row["axis"].as_str())).collect();
    assert!(!asked.is_empty() && asked.iter().all(|row| !row["mean_effort"].is_empty()), "{axes:?}");
    assert!(asked.iter().any(|row| row["axis"] == "minutes" && row["baseline_pass_rate"].is_empty()));

    // A simulation of them says so, takes half a minute each time, and gives no program.
    lab.ended(0, &format!("{} --allow-unsafe", command("run --dataset starter --sample 3")));
    let critiques = table(&lab.read("simulated/critiques.csv"));
    assert!(!critiques.is_empty() && critiques.iter().all(|row| row["source"] == "simulated"), "{critiques:?}");
    let figures = summary(&lab, "simulated");
    assert_eq!(figures["run"]["simulated"], json!(true));
    assert_eq!(figures["spending"]["effort"]["minutes"], json!(0.5 * critiques.len() as f64));
    let agreed = lab.ended(0, command("feedback agreement"));
    assert!(agreed.stdout.starts_with("what,held_out,comparable,same,share\nlines,"), "{}", agreed.stdout);
}

#[test]
fn one_of_each_of_four_clusters_is_asked_about_and_serves_the_others() {
    let lab = Lab::new();
    lab.ended(
        5,
        "run --dataset starter --sample 8 --model sim/novice --critic human:f.jsonl --n-p 6 --n-f 1 --n-r 1 --out run",
    );
    let all = lab.ended(0, "feedback todo run");
    let waiting = all.stdout.lines().count();
    for by in ["cluster", "uncertainty", "value", "random --seed 3"] {
        // Through a file, whose digests nobody redacts.
        lab.ended(0, &format!("feedback todo run --budget 4 --by {by} --out four.jsonl"));
        let rows = rows(&lab, "four.jsonl");
        std::fs::remove_file(lab.path("four.jsonl")).unwrap();
        let clusters: BTreeSet<&str> = rows.iter().map(|row| row["cluster"].as_str().unwrap()).collect();
        assert_eq!((rows.len(), clusters.len()), (4, 4), "{by}");
    }
    // As many rows as there are clusters serve every program.
    lab.ended(0, &format!("feedback todo run --budget {waiting} --out all.jsonl"));
    let mut clusters = BTreeSet::new();
    let one_each: Vec<String> = rows(&lab, "all.jsonl")
        .into_iter()
        .filter(|row| clusters.insert(row["cluster"].as_str().unwrap().to_owned()))
        .map(|mut row| {
            row["feedback"] = json!("Look at line 2.");
            row["minutes"] = json!(1);
            format!("{row}\n")
        })
        .collect();
    assert!(clusters.len() < waiting, "{} clusters of {waiting} programs", clusters.len());
    lab.write("f.jsonl", one_each.concat());
    lab.ended(0, "resume run");
    let critiques = table(&lab.read("run/critiques.csv"));
    let propagated = critiques.iter().filter(|row| row["source"] == "propagated").count();
    assert!(propagated > 0);
    assert_eq!(summary(&lab, "run")["spending"]["effort"]["minutes"], json!(clusters.len() as f64));
    assert_eq!(summary(&lab, "run")["people"]["about"][0]["propagated"], json!(propagated));
    let shown = lab.read("run/journal.jsonl");
    assert!(shown.contains("This was said of another program, which fails in the same way:"), "the prompt says so");
    let curve = lab.ended(0, "feedback curve run");
    let served: Vec<u64> = table(&curve.stdout)
        .iter()
        .filter(|row| row["order"] == "cluster")
        .map(|row| row["served"].parse().unwrap())
        .collect();
    assert_eq!((served.len(), *served.last().unwrap()), (clusters.len() + 1, critiques.len() as u64));
}
