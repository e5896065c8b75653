//! People in seats: a run waits for what they are asked, and goes on with what they wrote.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, starter_functions};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A question about the problem, one about each program, tests, and a judge of what is left.
const SCRIPT: &str = r#"
strategy(
    summary = "people say which programs are right, give tests, and choose",
    seats = ["coder", "tester", "judge", "annotator"],
    bound = 7,
)

WRITE = "{{ statement }}\n\nWrite the whole program in a Python block."
CLEAR = "{{ statement }}\n\nIs the task clear? Answer yes or no."
RIGHT = "{{ statement }}\n\n{{ program | fenced(\"python\") }}\n\nIs it right? Answer yes or no."
TESTS = "{{ statement }}\n\nWrite tests."
PICK = "{{ statement }}\n\nA:\n{{ a | fenced(\"python\") }}\n\nB:\n{{ b | fenced(\"python\") }}\n\nWhich is better?"

def solve(problem, p):
    clear = ask("question", CLEAR)
    programs = ask("program", WRITE, n = 2)
    right = [ask("question", RIGHT, about = program, program = program) for program in programs]
    if not clear.yes:
        return None
    tests = ask("tests", TESTS)
    held = [program for program, said in zip(programs, right) if said.yes and judge(program, tests).passed]
    if held:
        return held[0]
    choice = ask("judgement", PICK, a = programs[0], b = programs[1]).choice
    return programs[choice] if choice != None else None
"#;

const RUN: &str = "run --dataset some.jsonl --model sim/journeyman --strategy people.star --replicates 2 --allow-unsafe \
                   --seat annotator=human:answers.jsonl --seat tester=human:answers.jsonl --seat judge=human:judged.jsonl \
                   --out out";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(2));
    lab.write("people.star", SCRIPT);
    lab
}

/// The open rows of the run. They go through a file, whose digests nobody redacts.
fn todo(lab: &Lab, count: &str) -> Vec<Value> {
    let ran = lab.ended(0, "feedback todo out --out todo.jsonl");
    assert!(ran.stderr.contains(count), "{}", ran.stderr);
    let rows = lab.read("todo.jsonl");
    std::fs::remove_file(lab.path("todo.jsonl")).unwrap();
    rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A row with an answer.
fn filled(row: &Value, answer: &str) -> String {
    let mut row = row.clone();
    row["answer"] = answer.into();
    row["author"] = "ann".into();
    row["minutes"] = 0.5.into();
    format!("{row}\n")
}

/// The rows of a table by the names of its columns. No field of these holds a comma.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

#[test]
fn a_run_waits_for_its_annotator_tester_and_judge_and_ends_with_what_they_wrote() {
    let lab = lab();
    let ran = lab.ended(5, RUN);
    assert!(ran.stderr.contains("stopped early: what is left waits for people's feedback"), "{}", ran.stderr);

    // Of each problem one question about itself, which both replicates share, and one about each program: equal ones
    // are asked about once.
    let programs: BTreeSet<[String; 2]> = table(&lab.read("out/samples.csv"))
        .into_iter()
        .map(|row| ["problem", "program_digest"].map(|name| row[name].clone()))
        .collect();
    let first =
        todo(&lab, &format!("{} answers are missing; fill in `answer`, `author` and `minutes`", 2 + programs.len()));
    let of_problem = |row: &Value| row["prompt"].as_str().unwrap().contains("Is the task clear?");
    assert_eq!(first.iter().filter(|row| of_problem(row)).count(), 2);
    for row in &first {
        let fixed = ["seat", "kind", "answer", "author"].map(|name| row[name].as_str().unwrap());
        assert_eq!(fixed, ["annotator", "question", "", ""]);
        assert!(row["how"].as_str().unwrap().starts_with("begin with `yes` or `no`"), "{row}");
    }
    // What was filled in is not asked again; what was left empty is, and what follows from the answers is asked too.
    let mut answers: String = first.iter().filter(|row| of_problem(row)).map(|row| filled(row, "Yes.")).collect();
    lab.write("answers.jsonl", &answers);
    lab.ended(5, "resume out --allow-unsafe");
    let second = todo(&lab, &format!("{} answers are missing", programs.len() + 2));
    let (tests, right): (Vec<Value>, Vec<Value>) = second.into_iter().partition(|row| row["kind"] == "tests");
    assert_eq!(right, first.iter().filter(|row| !of_problem(row)).cloned().collect::<Vec<_>>());
    assert!(tests.len() == 2 && tests.iter().all(|row| row["seat"] == "tester"), "{tests:?}");

    // Nothing is right: all depends on the judge.
    answers.extend(right.iter().map(|row| filled(row, "No, it is wrong.")));
    answers.extend(tests.iter().map(|row| filled(row, "assert True")));
    lab.write("answers.jsonl", &answers);
    lab.ended(5, "resume out --allow-unsafe");
    let judgements = todo(&lab, "missing");
    assert!(!judgements.is_empty());
    assert!(judgements.iter().all(|row| row["seat"] == "judge" && row["kind"] == "judgement"), "{judgements:?}");
    let judged: String = judgements.iter().map(|row| filled(row, "Choice: B")).collect();
    lab.write("judged.jsonl", judged);
    lab.ended(0, "resume out --allow-unsafe");
    assert!(todo(&lab, "0 critiques are missing").is_empty());

    // A person's answers are read as a model's are, and the second program is handed in everywhere.
    let nodes = table(&lab.read("out/nodes.csv"));
    assert_eq!(nodes.len(), 4 * 5);
    for node in &nodes {
        assert_eq!(node["served_model"], "human/ann");
        let read = ["kind", "yes", "choice"].map(|name| node[name].as_str());
        assert!(
            [["question", "true", ""], ["question", "false", ""], ["tests", "", ""], ["judgement", "", "1"]]
                .contains(&read)
        );
    }
    let problems = table(&lab.read("out/problems.csv"));
    assert!(problems.iter().all(|row| row["submitted"] == "p1"), "{problems:?}");
    // Questions are counted by seat, beside what models took.
    let seats = table(&lab.read("out/seats.csv"));
    let counts: Vec<[&str; 4]> =
        seats.iter().map(|row| ["seat", "asked_model", "calls", "questions"].map(|name| row[name].as_str())).collect();
    assert_eq!(
        counts,
        [
            ["coder", "sim/journeyman", counts[0][2], "0"],
            ["tester", "human:answers.jsonl", "4", "4"],
            ["judge", "human:judged.jsonl", "4", "4"],
            ["annotator", "human:answers.jsonl", "12", "12"],
        ]
    );
    // Every node was answered once.
    let journal = lab.read("out/journal.jsonl");
    let answered = journal.lines().filter(|line| line.contains("\"sampled\"") && line.contains("human/ann")).count();
    assert_eq!(answered, nodes.len());
}

#[test]
fn what_people_wrote_wrongly_is_refused_by_file_line_and_field() {
    let lab = lab();
    lab.ended(5, RUN);
    let rows = todo(&lab, "answers are missing");
    let good = filled(&rows[0], "yes");
    for (from, to, told) in [
        ("\"answer\"", "\"anwser\"", "answers.jsonl:2: unknown field `anwser`"),
        ("\"annotator\"", "\"annotators\"", "answers.jsonl:2: field `seat`: `annotators` names no seat"),
        ("\"minutes\":0.5", "\"minutes\":\"half\"", "answers.jsonl:2: field `minutes`: found \"half\""),
    ] {
        lab.write("answers.jsonl", format!("{good}{}", filled(&rows[1], "no").replace(from, to)));
        let ran = lab.ended(2, "resume out --allow-unsafe");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: `mend feedback todo <run>` writes a file of this form"), "{}", ran.stderr);
    }
}

#[test]
fn people_write_no_programs_and_a_run_without_people_asks_them_nothing() {
    let lab = lab();
    let ran = lab.ended(2, "run --dataset some.jsonl --model human:answers.jsonl --strategy iid --out run");
    assert!(ran.stderr.contains("holds feedback and answers, and the coder writes programs"), "{}", ran.stderr);
    lab.ended(0, "run --dataset some.jsonl --model sim/journeyman --strategy iid --n-p 1 --out run");
    let ran = lab.ended(2, "feedback todo run");
    assert!(ran.stderr.contains("error: no seat of `run` is taken by people"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--seat judge=human:<file>`"), "{}", ran.stderr);
}
