//! Servers that refuse a parameter, prices that are missing, and hints that can be followed.

use crate::{assert_same, count, ended, events, lab, run, server};
use mend_loopback::{Fault, Seen};
use serde_json::json;

fn refuse(message: &str, parameter: &str) -> Fault {
    let error = json!({"message": message, "type": "invalid_request_error", "param": parameter, "code": "unsupported_parameter"});
    Fault::raw(400, "application/json", json!({"error": error}).to_string())
}

const NEWER: &str =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";

type Script = fn(&Seen) -> Option<Fault>;

fn refuses_limit(seen: &Seen) -> Option<Fault> {
    seen.body.get("max_tokens").map(|_| refuse(NEWER, "max_tokens"))
}

fn refuses_several(seen: &Seen) -> Option<Fault> {
    seen.body.get("n").map(|_| refuse("Only n = 1 is supported by this model.", "n"))
}

#[test]
fn a_server_is_asked_in_the_words_that_it_wants_where_they_mean_the_same() {
    let lab = lab(3);
    ended(&lab, 0, &run("calm"), &server(|_| None));
    let limit = "asked again with `max_completion_tokens`, which means the same";
    let apart = "asked again for one completion at a time, which means the same";
    let cases: [(&str, Script, &[&str]); 3] = [
        ("limit", refuses_limit, &[limit]),
        ("single", refuses_several, &[apart]),
        ("both", |seen| refuses_limit(seen).or_else(|| refuses_several(seen)), &[limit, apart]),
    ];
    for (name, script, notes) in cases {
        for budget in ["", "--budget-tokens 10000000"] {
            let server = server(script);
            let out = format!("{name}{}", budget.len());
            let told = ended(&lab, 0, &format!("{} {budget}", run(&out)), &server).stderr;
            assert_same(&lab.tables(&out), &lab.tables("calm"));
            for note in notes {
                assert_eq!(told.matches(note).count(), 1, "{told}");
            }
            let events = events(&lab, &out);
            let refused = server.seen().iter().filter(|seen| seen.fault.is_some()).count();
            assert_eq!((count(&events, "refused"), count(&events, "lost")), (refused, 0), "{out}");
            assert!(refused <= 8 * notes.len(), "{out}: those in flight at most, {refused}");
            assert_eq!(count(&events, "sent"), server.seen().len());
        }
    }
}

#[test]
fn a_run_in_other_words_replays_to_the_same_bytes() {
    let lab = lab(2);
    let single = server(refuses_several);
    ended(&lab, 0, &format!("{} --record tape.jsonl", run("live")), &single);
    lab.ended(0, &run("replayed").replace("openai-api/lab/sim/journeyman", "replay:tape.jsonl"));
    assert_same(&lab.tables("replayed"), &lab.tables("live"));
}

#[test]
fn a_limit_that_is_refused_in_every_word_has_a_hint_that_works() {
    let lab = lab(2);
    let never = server(|seen| {
        let is_sent = ["max_tokens", "max_completion_tokens"].iter().any(|field| seen.body.get(*field).is_some());
        is_sent.then(|| refuse(NEWER, "max_tokens"))
    });
    let told = ended(&lab, 2, &run("out"), &never).stderr;
    assert!(told.contains("hint: in a new run `--omit max-tokens` sends no limit"), "{told}");
    ended(&lab, 0, &format!("{} --omit max-tokens", run("omitted")), &never);
    let fussy = server(|seen| {
        seen.body.get("temperature").map(|_| refuse("Only the default (1) value is supported.", "temperature"))
    });
    let told = ended(&lab, 2, &run("warm"), &fussy).stderr;
    assert!(told.contains("hint: in a new run `--omit temperature`"), "{told}");
    ended(&lab, 0, &format!("{} --omit temperature", run("cool")), &fussy);
}

/// The table of a hint: all that follows its first empty line.
#[track_caller]
fn table(told: &str) -> String {
    let (_, hint) = told.split_once("hint: ").unwrap();
    let (_, table) = hint.split_once("\n\n").unwrap_or_else(|| panic!("no table in {hint}"));
    table.to_owned()
}

#[test]
fn the_table_that_a_missing_price_asks_for_is_one_that_is_taken() {
    let lab = lab(4);
    let server = server(|_| None);
    let line = format!("{} --budget-usd 0.03", run("out"));
    let told = ended(&lab, 2, &line, &server).stderr;
    assert!(told.contains("no price is known for `openai-api/lab/sim/journeyman`"), "{told}");
    assert!(told.contains("`--prices <file>`"), "{told}");
    lab.write("prices.toml", table(&told));
    let told = ended(&lab, 5, &format!("{line} --prices prices.toml"), &server).stderr;
    assert!(told.contains("(with a larger `--budget-usd`)"), "{told}");
    // A run keeps its prices, also where the file is gone.
    std::fs::remove_file(lab.path("prices.toml")).unwrap();
    ended(&lab, 0, "resume out --budget-usd 5 --allow-unsafe", &server);
    let [samples, ..] = lab.tables("out");
    let header: Vec<&str> = samples.lines().next().unwrap().split(',').collect();
    let dollars = header.iter().position(|name| *name == "dollars").unwrap();
    assert!(samples.lines().skip(1).all(|row| row.split(',').nth(dollars).unwrap().starts_with("0.0")), "{samples}");
    // A bad file is told with the same table.
    lab.write("bad.toml", "[models]\nm = 3\n");
    let told = lab.ended(2, "models prices --prices bad.toml").stderr;
    lab.write("good.toml", table(&told));
    lab.ended(0, "models prices --prices good.toml");
}

#[test]
fn prices_that_change_with_a_resumption_are_told() {
    let lab = lab(4);
    let server = server(|_| None);
    let price = |completion: &str| {
        format!("[models]\n\"openai-api/lab/sim/journeyman\" = {{ prompt = 1, completion = {completion} }}\n")
    };
    lab.write("prices.toml", price("3"));
    ended(&lab, 5, &format!("{} --budget-usd 0.02 --prices prices.toml", run("out")), &server);
    lab.write("prices.toml", price("4.5"));
    let told = ended(&lab, 0, "resume out --budget-usd 5 --prices prices.toml --allow-unsafe", &server).stderr;
    assert!(
        told.contains(
            "changed since the run began: prices: openai-api/lab/sim/journeyman at prompt 1, completion 3 -> "
        ),
        "{told}"
    );
    assert!(told.contains("completion 4.5"), "{told}");
}
