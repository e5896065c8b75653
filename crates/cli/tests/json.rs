//! `--json` of every command that prints data, and docs/json.md, which says what fields it has: the page is written from
//! what the commands print (`MEND_WRITE_DOCS=1`), and each command's output is held to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, starter_functions};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The page's beginning, up to the first command.
const HEAD: &str = include_str!("json/head.md");
/// What stands in the page: a command, what it prints, and the lines that are tried.
const SECTIONS: &[(&str, &str, &[&str])] = &[
    (
        "mend run, score, resume, rejudge, import, report",
        "The summary of the run, as `summary.json` has it: results/README.md says what its figures are.",
        &[
            "report first --no-html --json",
            "report critic --no-html --json",
            "score --dataset functions.jsonl --samples recorded.jsonl --allow-missing --allow-unsafe --out recorded --no-html --json",
        ],
    ),
    (
        "mend report --table repairs, programs, uptake, advice",
        "The rows of the table, by run; of `advice` the rows alone.",
        &[
            "report critic --table repairs --json",
            "report critic --table programs --json",
            "report critic --table uptake --json",
            "report first critic --table advice --json",
        ],
    ),
    (
        "mend plan, mend run --dry-run",
        "What a run would buy and could show. docs/plan.md says what it rests on.",
        &["plan --dataset functions.jsonl --model sim/journeyman --strategy self-repair --pilot first --json"],
    ),
    ("mend compare", "The comparison. docs/compare.md explains its numbers.", &["compare first critic --json"]),
    ("mend gate", "The answer of the gate.", &["gate --baseline first --candidate critic --margin .9 --json"]),
    ("mend runs", "The runs of a folder.", &["runs . --json"]),
    ("mend runs --table", "The runs of a folder beside its independent programs.", &["runs . --table --json"]),
    (
        "mend watch",
        "How a run is: what `status.json` and `--status` hold. Without `--once` a line each time.",
        &["watch first --once --json", "watch stopped --once --json"],
    ),
    ("mend show <run>", "The problems of a run.", &["show first --json"]),
    ("mend show <run> <problem>", "A tree.", &["show first starter/f01 --json", "show critic starter/f02 --json"]),
    (
        "mend show <run> <problem> <slot>",
        "A node with its texts. `verdict` and `found` are as the journal has them.",
        &["show first starter/f01 p0 --json"],
    ),
    (
        "mend export --list",
        "The kinds of exports. Their rows are JSON lines: docs/exports.md, and `mend export <kind> --schema`.",
        &["export --list --json"],
    ),
    ("mend datasets list", "The known data sets.", &["datasets list --json"]),
    ("mend datasets formats", "The formats in which problems may stand.", &["datasets formats --json"]),
    ("mend datasets show", "The problems of a data set.", &["datasets show functions.jsonl --json"]),
    (
        "mend datasets show --problem",
        "A problem whole, with its tests.",
        &["datasets show functions.jsonl --problem starter/f01 --json"],
    ),
    (
        "mend datasets verify",
        "How the programs that a data set lists fare.",
        &["datasets verify functions.jsonl --json"],
    ),
    (
        "mend datasets verify --pins",
        "The pins that a data set needs.",
        &["datasets verify functions.jsonl --pins --json"],
    ),
    (
        "mend datasets impossible",
        "What became impossible.",
        &["datasets impossible functions.jsonl --out impossible.jsonl --json"],
    ),
    ("mend strategies list", "The strategies that come with mend.", &["strategies list --json"]),
    (
        "mend strategies show",
        "A strategy whole; of `lib` only `name`, `text` and `pieces`.",
        &["strategies show self-repair --templates --json", "strategies show lib --json"],
    ),
    (
        "mend strategies check",
        "What a strategy did at a few problems.",
        &["strategies check self-repair --problems 2 --json"],
    ),
    ("mend strategies new", "What was written.", &["strategies new mine --json"]),
    ("mend models list", "The models that can be asked.", &["models list --json"]),
    ("mend models prices", "Prices, in dollars for a million tokens.", &["models prices --json"]),
    ("mend models sim", "The constants of simulated programmers.", &["models sim --json"]),
    (
        "mend models sim --table",
        "Their chances at each problem, by programmer.",
        &["models sim --table functions.jsonl --profile novice --json"],
    ),
    ("mend cache list", "What a cache holds, by model.", &["cache list --cache cache.db --json"]),
    (
        "mend cache prune",
        "How many completions were deleted.",
        &["cache prune --cache cache.db --unused-days 30 --json"],
    ),
    (
        "mend feedback todo",
        "The rows for people to fill in (docs/feedback.md); without `--json` a line each.",
        &["feedback todo people --json"],
    ),
    ("mend feedback curve", "What feedback is worth as it grows.", &["feedback curve critic --json"]),
    (
        "mend feedback agreement",
        "How well a simulated person stands for people.",
        &["feedback agreement filled.jsonl --one-in 2 --json"],
    ),
    ("mend doctor", "What was found on this machine; what cannot be had here stands as null.", &["doctor --json"]),
];

/// The types of each field, by its path.
type Fields = BTreeMap<String, BTreeSet<&'static str>>;

fn collect(value: &Value, path: &str, fields: &mut Fields) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    if !path.is_empty() {
        fields.entry(path.to_owned()).or_default().insert(kind);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, &format!("{path}[]"), fields)),
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, &path, fields);
            }
        }
        _ => {}
    }
}

/// A folder with everything that the commands look at.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(3));
    let run = "run --dataset functions.jsonl --model sim/journeyman --max-tokens 512 --no-html --seed 3";
    lab.ended(0, &format!("{run} --n-p 2 --n-f 1 --cache cache.db --out first"));
    lab.ended(0, &format!("{run} --strategy critic --critic sim/novice --n-p 2 --n-f 1 --n-r 1 --out critic"));
    lab.ended(0, &format!("{run} --strategy iid --n-p 4 --out iid"));
    lab.ended(5, &format!("{run} --strategy iid --n-p 1 --budget-tokens 1 --out stopped"));
    let novice = run.replace("journeyman", "novice");
    lab.ended(5, &format!("{novice} --critic human:said.jsonl --n-p 2 --n-f 1 --n-r 1 --out people"));
    lab.ended(0, "feedback todo people --out todo.jsonl");
    // What a file records of its programs: one verdict is another here, and one is none.
    let row = |passed: bool| {
        format!("{}\n", serde_json::json!({"task_id": "starter/f01", "solution": "x = (", "passed": passed}))
    };
    let share = serde_json::json!({"doc": {"task_id": "starter/f02"}, "resps": [["x = 1", "x = 2"]], "pass@1": 0.5});
    lab.write("recorded.jsonl", format!("{}{}{share}\n", row(true), row(false)));
    let fill = |line: &str| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        (row["satisfied"], row["spans"], row["minutes"]) = ("no".into(), serde_json::json!([1]), 1.into());
        format!("{row}\n")
    };
    lab.write("filled.jsonl", lab.read("todo.jsonl").lines().map(fill).collect::<String>());
    lab
}

/// The fields of a section in the page.
fn documented(page: &str, title: &str) -> BTreeMap<String, (String, String)> {
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(title)).unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let said = cells.get(2).copied().unwrap_or_default();
        (cells[0].trim_matches('`').to_owned(), (cells[1].to_owned(), said.to_owned()))
    })
    .collect()
}

#[test]
fn every_command_prints_the_json_that_the_page_describes() {
    let lab = lab();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let writes = std::env::var_os("MEND_WRITE_DOCS").is_some();
    let (mut written, mut wrong) = (HEAD.to_owned(), Vec::new());
    for (title, about, lines) in SECTIONS {
        let mut fields = Fields::new();
        for line in *lines {
            let ran = lab.ended(0, line);
            // A number of eight digits looks like the end of a run's name, and is redacted.
            let text = ran.stdout.replace(": [ID]", ": 0");
            let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text}"));
            collect(&value, "", &mut fields);
        }
        // A place between angles is no tag of HTML.
        let title = &title.replace('<', "\\<");
        let known = documented(&page, title);
        let _ = write!(written, "\n## {title}\n\n{about}\n\n| field | type | what it holds |\n|---|---|---|\n");
        for (field, kinds) in &fields {
            let (known_kinds, said) = known.get(field).cloned().unwrap_or_default();
            let undocumented: Vec<&str> =
                kinds.iter().copied().filter(|kind| !known_kinds.split(", ").any(|known| known == *kind)).collect();
            // What a machine offers decides what its doctor says.
            if !undocumented.is_empty() && title != "mend doctor" {
                wrong.push(format!(
                    "{title}: `{field}` is {}, and the page says `{known_kinds}`",
                    undocumented.join(", ")
                ));
            }
            let all: BTreeSet<&str> =
                known_kinds.split(", ").filter(|kind| !kind.is_empty()).chain(kinds.iter().copied()).collect();
            let all = all.into_iter().collect::<Vec<_>>().join(", ");
            let _ = writeln!(written, "| `{field}` | {all} | {said} |");
        }
        let gone = known.keys().filter(|field| !fields.contains_key(*field) && title != "mend doctor");
        wrong.extend(gone.map(|field| format!("{title}: nothing has the field `{field}` of the page")));
    }
    if writes {
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "MEND_WRITE_DOCS=1 cargo nextest run -p mendbench --test json writes docs/json.md anew:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_address_of_a_server_and_a_state_are_json_too() {
    let lab = Lab::new();
    let mut server = lab.spawn("sim-server --dataset starter --port 0 --json");
    let mut first = String::new();
    let mut out = std::io::BufReader::new(server.stdout.take().unwrap());
    while !first.ends_with("}\n") {
        std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let told: Value = serde_json::from_str(&first).unwrap();
    assert!(told["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{told}");
}

/// A judge's words on what is handed in stand in `problems.csv`, live and when the tables are written anew.
#[test]
fn the_reasons_of_a_rating_stand_beside_what_is_handed_in() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(2));
    let run = "run --dataset functions.jsonl --model sim/journeyman --max-tokens 512 --no-html";
    lab.ended(0, &format!("{run} --strategy feedbackqa --set n=2 --out rated"));
    let table = lab.read("rated/problems.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(rows.headers().unwrap().iter().next_back(), Some("explanation"));
    for row in rows.records().map(Result::unwrap) {
        let slot = row.iter().nth(10).unwrap().to_owned();
        let said = row.iter().next_back().unwrap().to_owned();
        let shown = lab.ended(0, &format!("show rated {} {slot}/v0 --json", &row[6])).stdout;
        let judgement: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(judgement["answer"].as_str().unwrap().trim(), said, "{slot}");
    }
    lab.ended(0, "report rated --no-html");
    assert_eq!(lab.read("rated/problems.csv"), table, "a report writes the same bytes");
    lab.ended(0, &format!("{run} --strategy iid --n-p 1 --out plain"));
    assert!(!lab.read("plain/problems.csv").contains("explanation"), "others have no such column");
}
