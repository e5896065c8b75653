//! Models behind HTTP, as a user runs them: faults on the way, kills, budgets, cassettes, caches, keys and people.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
#[expect(dead_code, reason = "only a part is of use here")]
#[path = "../common/mod.rs"]
mod common;
mod odd_answers;
mod refusals;
mod waits;

use common::{Dice, Lab, Ran, assert_same, starter_functions};
use mend_core::Digest;
use mend_loopback::{Behaviour, Fault, Seen, Server};
use mend_testkit::is_full;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const KEY: &str = "sk-planted-7f3a9c2e51d84b06";
/// The paced retries of a whole run would take minutes.
const QUICK: &str = "--request-timeout 1.5 --max-connections 8";

/// A server that knows the starter problems.
fn server(script: impl Fn(&Seen) -> Option<Fault> + Send + Sync + 'static) -> Server {
    let problems = mend_dataset::starter().unwrap().problems;
    Server::start(&problems, Behaviour { script: Some(Arc::new(script)), ..Behaviour::default() }).unwrap()
}

/// The environment in which `openai-api/lab/...` is this server.
fn ended(lab: &Lab, code: i32, line: &str, server: &Server) -> Ran {
    let url = server.openai_url();
    let ran = lab.ended_with(code, line, &[("LAB_BASE_URL", url.as_str()), ("LAB_API_KEY", KEY)]);
    check_hint(lab, &ran.stderr);
    ran
}

/// A hint names no flag that `mend resume` lacks, unless it says that the flag is for a new run.
#[track_caller]
fn check_hint(lab: &Lab, told: &str) {
    static HELP: OnceLock<String> = OnceLock::new();
    let Some((_, hint)) = told.split_once("hint: ") else { return };
    if hint.contains("new run") {
        return;
    }
    let help = HELP.get_or_init(|| lab.ended(0, "resume --help").stdout);
    for flag in hint.split('`').filter(|word| word.starts_with("--")) {
        let name = flag.split(' ').next().unwrap();
        assert!(help.contains(&format!("{name} ")), "`mend resume` has no {name}: {hint}");
    }
}

/// A lab with some starter problems.
fn lab(problems: usize) -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(problems));
    lab
}

fn run(out: &str) -> String {
    format!(
        "run --dataset some.jsonl --model openai-api/lab/sim/journeyman --n-p 4 --n-f 2 --completions-per-request 2 \
         --allow-unsafe {QUICK} --out {out}"
    )
}

/// A number below a hundred that follows from a request and how often it came.
fn percent(seen: &Seen) -> u64 {
    let digest = Digest::of(format!("{} {}", seen.body, seen.attempt).as_bytes());
    u64::from(digest.as_bytes()[0]) * 100 / 256
}

/// An answer whose completions all failed with this code, and that does not say what it cost.
fn choice_error(code: u16) -> Fault {
    let choice = json!({"index": 0, "error": {"code": code, "message": "upstream"}, "finish_reason": "error"});
    Fault::Set(vec![("/choices", json!([choice])), ("/usage", Value::Null)])
}

/// The events of a run's journal.
fn events(lab: &Lab, run: &str) -> Vec<Value> {
    let journal = lab.read(&format!("{run}/journal.jsonl"));
    journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn count(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["event"] == kind).count()
}

#[test]
fn faults_on_a_tenth_of_calls_reach_no_number_and_every_request_is_accounted_for() {
    let lab = lab(if is_full() { 24 } else { 8 });
    let calm = server(|_| None);
    ended(&lab, 0, &run("calm"), &calm);
    let faults = [
        Fault::RateLimited { retry_after: Some("0") },
        Fault::RateLimited { retry_after: None },
        Fault::Status(500, "oops"),
        Fault::Status(503, "busy"),
        Fault::Slow(Duration::from_millis(300)),
        Fault::Slow(Duration::from_mins(1)),
        Fault::Stalled,
        Fault::Cut,
        Fault::Truncated,
        Fault::WrongType,
        Fault::Empty,
        Fault::Duplicated,
        Fault::Padded(Duration::from_millis(100)),
        Fault::Packed { is_said: true },
        choice_error(502),
        choice_error(429),
    ];
    let number = faults.len() as u64;
    // Each kind of fault at least once, and on a tenth of the calls in all.
    let next = std::sync::atomic::AtomicU64::new(0);
    let wild = server(move |seen| {
        let is_hit = percent(seen) < 10;
        is_hit.then(|| faults[(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % number) as usize].clone())
    });
    ended(&lab, 0, &run("wild"), &wild);
    assert_same(&lab.tables("wild"), &lab.tables("calm"));

    let seen = wild.seen();
    let events = events(&lab, "wild");
    let is_late = |fault: &Fault| match fault {
        Fault::Set(_) => *fault == choice_error(502),
        Fault::Status(status, _) => *status == 500,
        Fault::Slow(time) => time.as_secs() > 1,
        Fault::Stalled | Fault::Cut | Fault::Truncated | Fault::WrongType | Fault::Empty => true,
        _ => false,
    };
    let of =
        |wanted: &dyn Fn(&Fault) -> bool| seen.iter().filter(|seen| seen.fault.as_ref().is_some_and(wanted)).count();
    let lost = of(&is_late);
    let is_turned_away = |fault: &Fault| matches!(fault, Fault::RateLimited { .. } | Fault::Status(503, _));
    let refused = of(&|fault| is_turned_away(fault) || *fault == choice_error(429));
    assert!(lost + refused > 0);
    assert_eq!(count(&events, "sent"), seen.len(), "every request that left is in the journal");
    assert_eq!(count(&events, "lost"), lost);
    assert_eq!(count(&events, "refused"), refused);
    assert_eq!(count(&events, "sampled"), seen.len() - lost - refused);
    for lost in events.iter().filter(|event| event["event"] == "lost") {
        let sent = events.iter().find(|event| {
            event["event"] == "sent" && event["call"] == lost["call"] && event["problem"] == lost["problem"]
        });
        // An empty answer still says what it cost.
        let is_reported = lost["why"].as_str().unwrap().contains("holds no completion");
        let is_worst = lost["charged"] == sent.unwrap()["worst_cost"];
        assert!(is_worst != is_reported, "what may be billed is charged at its worst, or as it is reported: {lost}");
    }
    let shown = lab.ended(0, "report wild").stdout;
    let told = format!("in {} calls, {lost} of them lost and 0 unanswered", seen.len());
    assert!(shown.replace("\n  ", " ").contains(&told), "{shown}");
}

#[test]
fn a_filter_a_length_stop_and_missing_usage_have_their_outcomes() {
    let lab = lab(3);
    let outcome = |fault: Fault, out: &str| {
        let server = server(move |_| Some(fault.clone()));
        ended(&lab, 0, &run(out), &server);
        let [samples, ..] = lab.tables(out);
        let header: Vec<_> = samples.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let row = |line: &str| header.iter().cloned().zip(line.split(',').map(str::to_owned)).collect();
        samples.lines().skip(1).map(row).collect::<Vec<BTreeMap<String, String>>>()
    };
    for row in outcome(Fault::ContentFilter, "filtered") {
        assert_eq!((row["status"].as_str(), row["finish_reason"].as_str()), ("no_code", "content_filter"));
    }
    for row in outcome(Fault::Length, "cut") {
        // A truncated candidate is judged as it is, or there is none.
        assert_eq!(row["finish_reason"], "length");
        assert_ne!(row["status"], "");
    }
    for row in outcome(Fault::NoUsage, "unsaid") {
        assert_eq!((row["prompt_tokens"].as_str(), row["completion_tokens"].as_str()), ("", ""), "nothing is made up");
        assert!(row["paper_tokens"].parse::<u64>().unwrap() > 0, "our own count stands apart");
    }
    let events = events(&lab, "unsaid");
    let worst: BTreeMap<_, _> = events
        .iter()
        .filter(|event| event["event"] == "sent")
        .map(|event| (format!("{} {}", event["problem"], event["call"]), event["worst_cost"].clone()))
        .collect();
    for sampled in events.iter().filter(|event| event["event"] == "sampled") {
        assert_eq!(sampled["cost"], worst[&format!("{} {}", sampled["problem"], sampled["call"])]);
        assert!(sampled["completions"][0]["counted_prompt"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_prompt_that_is_too_long_leaves_its_nodes_unscored_with_the_reason() {
    let lab = lab(6);
    let server = server(|seen| {
        let is_first = seen.body["messages"][1]["content"].as_str().unwrap().contains("is_perfect_square");
        is_first.then_some(Fault::TooLong)
    });
    ended(&lab, 0, &run("out"), &server);
    let all: Vec<_> = server.seen().into_iter().filter(|seen| seen.fault.is_some()).collect();
    let unscored = count(&events(&lab, "out"), "unscored");
    assert_eq!(unscored, all.len() * 2);
}

#[test]
fn a_run_that_is_killed_asks_nothing_twice_and_charges_what_it_cannot_know() {
    let lab = lab(6);
    let server = server(|_| Some(Fault::Slow(Duration::from_millis(30))));
    let url = server.openai_url();
    let variables = [("LAB_BASE_URL", url.as_str()), ("LAB_API_KEY", KEY)];
    let started = std::time::Duration::from_millis(2500);
    ended(&lab, 0, &run("whole"), &server);
    let mut dice = Dice::new(3);
    for number in 0..if is_full() { 50 } else { 3 } {
        let out = format!("killed-{number}");
        let mut child = lab.spawn_with(&run(&out), &variables);
        std::thread::sleep(Duration::from_millis(150 + dice.below(started.as_millis() as u64)));
        // Gone already is as good.
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        child.wait().unwrap();
        if !lab.path(&format!("{out}/manifest.json")).exists() {
            continue;
        }
        // A program that the judge was about to start holds the lock until it has started.
        let mut resumed = lab.ran(lab.command(&format!("resume {out} --allow-unsafe {QUICK}")).envs(variables));
        for _ in 0..100 {
            if !resumed.stderr.contains("in use by another process") {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
            resumed = lab.ran(lab.command(&format!("resume {out} --allow-unsafe {QUICK}")).envs(variables));
        }
        assert_eq!(resumed.code, Some(0), "{out}: {}", resumed.stderr);
        assert_same(&lab.tables(&out), &lab.tables("whole"));

        let events = events(&lab, &out);
        let mut answered = BTreeSet::new();
        let mut slots = BTreeMap::new();
        for event in &events {
            let call = format!("{} {}", event["problem"], event["call"]);
            match event["event"].as_str() {
                Some("sent") => {
                    for slot in event["slots"].as_array().unwrap() {
                        assert!(!answered.contains(&format!("{} {slot}", event["problem"])), "{out}: {slot} twice");
                    }
                    slots.insert(call, event.clone());
                }
                Some("sampled") => {
                    for slot in slots[&call]["slots"].as_array().unwrap() {
                        answered.insert(format!("{} {slot}", event["problem"]));
                    }
                }
                Some("lost") => assert_eq!(event["charged"], slots[&call]["worst_cost"], "{out}"),
                _ => {}
            }
        }
        let lost = count(&events, "lost");
        assert!(lost <= 8, "{out}: {lost} unanswered with 8 connections");
    }
}

#[test]
fn budgets_hold_over_http_in_tokens_and_in_dollars() {
    let lab = lab(8);
    let calm = server(|seen| (percent(seen) < 10).then_some(Fault::Cut));
    lab.write(
        "prices.toml",
        "date = \"2026-01-01\"\n[models]\n\
         \"openai-api/lab/sim/journeyman\" = { prompt = \"1\", cached = \"0.5\", completion = \"3\" }\n",
    );
    for (budget, out) in [("--budget-tokens 60000", "tokens"), ("--budget-usd 0.10 --prices prices.toml", "dollars")] {
        let ran = ended(&lab, 5, &format!("{} {budget}", run(out)), &calm);
        assert!(ran.stderr.contains("stopped early: the budget is used up"), "{}", ran.stderr);
        assert!(ran.stderr.contains("not finished: "), "{}", ran.stderr);
        let summary: Value = serde_json::from_str(&lab.read(&format!("{out}/summary.json"))).unwrap();
        let spending = &summary["spending"];
        if out == "tokens" {
            assert!(spending["tokens"].as_u64().unwrap() <= 60_000, "{spending}");
        } else {
            let usd: f64 = spending["usd"].as_str().unwrap().parse().unwrap();
            assert!(usd <= 0.10 && usd > 0.02, "{spending}");
        }
    }
    let [samples, ..] = lab.tables("dollars");
    assert!(samples.lines().nth(1).unwrap().contains(",0.00"), "{samples}");
    ended(&lab, 0, "resume dollars --budget-usd 5 --prices prices.toml --allow-unsafe", &calm);
    ended(&lab, 0, "resume tokens --budget-tokens 5000000 --allow-unsafe", &calm);
    assert_eq!(lab.tables("tokens")[1].lines().count(), 9);
}

#[test]
fn a_planted_key_is_in_no_file_and_no_message() {
    let lab = lab(3);
    let server = server(|seen| match percent(seen) {
        0..30 => Some(Fault::Indiscreet),
        30..40 => Some(Fault::Status(500, "your key sk-planted-7f3a9c2e51d84b06 is fine")),
        _ => None,
    });
    let line = format!("{} --record tape.jsonl --cache cache.db --log trace", run("out"));
    let ran = ended(&lab, 0, &line, &server);
    assert!(server.seen().iter().all(|seen| seen.headers.iter().any(|header| header.contains(KEY))), "it was sent");
    let echoed = server.seen().iter().filter(|seen| seen.fault == Some(Fault::Indiscreet)).count();
    assert!(echoed > 0);
    assert!(ran.stderr.contains("TRACE Http::connect"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(KEY) && !ran.stdout.contains(KEY));
    // A wrong key, quoted by the server.
    let rude = self::server(|_| Some(Fault::Status(401, "wrong key: sk-planted-7f3a9c2e51d84b06")));
    let refused = ended(&lab, 2, &run("refused"), &rude);
    assert!(refused.stderr.contains("the key is not accepted: status 401: wrong key: [key]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: look at the key in LAB_API_KEY"), "{}", refused.stderr);
    let files = lab.files();
    assert!(files.len() > 8);
    for (path, bytes) in files {
        let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
        assert!(!found, "the key is in {}", path.display());
    }
}

#[test]
fn a_recorded_run_replays_to_the_same_bytes_and_a_changed_prompt_is_shown() {
    let lab = lab(4);
    let server = server(|seen| (percent(seen) < 10).then_some(Fault::Truncated));
    let critic = format!("{} --critic openai-api/lab/sim/expert", run("live"));
    ended(&lab, 0, &format!("{critic} --record tape.jsonl"), &server);
    drop(server);
    let replay = critic
        .replace("openai-api/lab/sim/journeyman", "replay:tape.jsonl")
        .replace("openai-api/lab/sim/expert", "replay:tape.jsonl")
        .replace("--out live", "--out replayed");
    lab.ended(0, &replay);
    assert_same(&lab.tables("replayed"), &lab.tables("live"));
    assert_eq!(lab.read("replayed/critiques.csv"), lab.read("live/critiques.csv"));

    // Another view of the tests is another prompt.
    let changed = lab.ended(2, &replay.replace("--out replayed", "--out changed --see none"));
    assert!(changed.stderr.contains("tape.jsonl holds no answer for `p"), "{}", changed.stderr);
    assert!(changed.stderr.contains("\n--- recorded\n+++ asked\n@@"), "{}", changed.stderr);
    let more = lab.ended(2, &replay.replace("--out replayed", "--out more").replace("--n-p 4", "--n-p 5"));
    assert!(more.stderr.contains("the same request was recorded for p0, p1, p2, p3 only"), "{}", more.stderr);
    let again = lab.ended(2, &replay.replace("--out replayed", "--out again --record tape.jsonl"));
    assert!(again.stderr.contains("tape.jsonl: exists already"), "{}", again.stderr);
}

#[test]
fn a_cache_is_shared_by_runs_with_the_same_seed_and_by_others_only_if_told() {
    let lab = lab(3);
    let server = server(|_| None);
    let line = |out: &str, more: &str| format!("{} --cache cache.db {more}", run(out));
    ended(&lab, 0, &line("first", ""), &server);
    let asked = server.seen().len();
    ended(&lab, 0, &line("second", ""), &server);
    assert_eq!(server.seen().len(), asked, "the second run pays nothing");
    // What the second run paid for each problem is the one thing that differs.
    let [samples, _, at_k, at_t] = lab.tables("second");
    assert_eq!([samples, at_k, at_t].as_slice(), &[0, 2, 3].map(|table: usize| lab.tables("first")[table].clone()));
    let spent = |run: &str| {
        let summary: Value = serde_json::from_str(&lab.read(&format!("{run}/summary.json"))).unwrap();
        summary["spending"]["tokens"].as_u64().unwrap()
    };
    assert!(spent("first") > 0 && spent("second") == 0);

    ended(&lab, 0, &line("other", "--seed 9"), &server);
    let asked_by_other = server.seen().len();
    assert!(asked_by_other > asked, "another seed buys its own");
    ended(&lab, 0, &line("reused", "--seed 10 --cache-reuse"), &server);
    assert_eq!(server.seen().len(), asked_by_other);
    let manifest: Value = serde_json::from_str(&lab.read("reused/manifest.json")).unwrap();
    assert_eq!(manifest["identity"]["shares_completions"], true);
    assert!(!lab.read("first/manifest.json").contains("shares_completions"));

    let listed = lab.ended(0, "cache list --cache cache.db").stdout;
    assert!(listed.contains("openai-api/lab/sim/journeyman: ") && listed.contains(" of 2 seeds"), "{listed}");
    let kept = lab.ended(0, "cache prune --cache cache.db --unused-days 30").stdout;
    assert_eq!(kept, "0 completions deleted\n");
    lab.ended(0, "cache prune --cache cache.db --unused-days 0");
    assert_eq!(lab.ended(0, "cache list --cache cache.db").stdout, "the cache is empty\n");
    assert!(lab.ended(2, "cache list --cache nowhere.db").stderr.contains("there is no cache at `nowhere.db`"));
}

#[test]
fn people_may_be_the_critic_and_the_run_waits_for_them() {
    let lab = lab(4);
    let line =
        "run --dataset some.jsonl --model sim/novice --critic human:feedback.jsonl --n-p 2 --n-f 1 --n-r 2 --out out";
    let ran = lab.ended(5, line);
    assert!(ran.stderr.contains("stopped early: what is left waits for people's feedback"), "{}", ran.stderr);
    lab.ended(0, "feedback todo out --out todo.jsonl");
    let todo = lab.read("todo.jsonl");
    assert!(!todo.is_empty());
    let mut filled = String::new();
    for line in todo.lines() {
        let mut row: Value = serde_json::from_str(line).unwrap();
        assert!(row["program"].as_str().unwrap().contains("def ") && row["feedback"] == "", "{row}");
        row["feedback"] = "Line 2 is wrong.".into();
        row["author"] = "ann".into();
        row["minutes"] = 1.5.into();
        writeln!(filled, "{row}").unwrap();
    }
    lab.write("feedback.jsonl", &filled);
    lab.ended(0, "resume out");
    let critiques = lab.read("out/critiques.csv");
    // What was said of one program stands with each equal one.
    assert!(critiques.lines().count() > todo.lines().count(), "{critiques}");
    assert!(critiques.lines().skip(1).all(|row| row.contains("human/ann")), "{critiques}");
    assert!(lab.ended(2, "feedback todo out --out todo.jsonl").stderr.contains("is not overwritten"));
}

#[test]
fn what_stands_in_the_way_of_a_model_is_told_with_what_to_do() {
    let lab = lab(2);
    let server = server(|_| None);
    let (plain, port) = (server.openai_url(), server.address().port());
    let secure = plain.replace("http://", "https://");
    let nowhere = "http://127.0.0.1:9/v1";
    let check = |code: i32, model: &str, variables: &[(&str, &str)], message: &str, hint: &str| {
        let number = Digest::of(message.as_bytes()).short();
        let line = format!(
            "run --dataset some.jsonl --model {model} --n-p 1 --n-f 1 --allow-unsafe --attempts 2 --out e-{number}"
        );
        let told = lab.ended_with(code, &line, variables).stderr;
        assert!(told.contains(message) && told.contains(hint), "{told}");
    };
    check(
        2,
        "openai/gpt-4o",
        &[],
        "no key for `openai/gpt-4o`: the variable OPENAI_API_KEY is not set",
        "OPENAI_API_KEY=",
    );
    check(2, "openai-api/lab/m", &[], "the variable LAB_BASE_URL is not set", "LAB_BASE_URL=http");
    check(
        2,
        "openai-api/lab/sim/nobody",
        &[("LAB_BASE_URL", &plain)],
        "the model or address is unknown: status 404: the model `sim/nobody` does not exist",
        "LAB_BASE_URL changes the address",
    );
    check(
        5,
        "openai-api/lab/m",
        &[("LAB_BASE_URL", nowhere)],
        "the server cannot be reached: tcp connect error: Connection refused",
        "is `http://127.0.0.1:9` the right address, and is it up?",
    );
    check(
        2,
        "openai-api/lab/m",
        &[("LAB_BASE_URL", &secure)],
        "no secure connection: received corrupt message",
        &format!("does `https://127.0.0.1:{port}` speak HTTPS"),
    );
    let key = ("OPENAI_API_KEY", KEY);
    check(
        2,
        "openai/m",
        &[key, ("HTTPS_PROXY", "nonsense")],
        "the proxy in HTTPS_PROXY is not usable",
        "unset HTTPS_PROXY",
    );
    check(
        2,
        "openai/m",
        &[key, ("HTTPS_PROXY", "http://127.0.0.1:9")],
        "the proxy does not let requests through",
        "hosts in NO_PROXY are reached without",
    );
    let long = self::server(|_| Some(Fault::TooLong));
    check(
        2,
        "openai-api/lab/sim/expert",
        &[("LAB_BASE_URL", &long.openai_url())],
        "the prompt does not fit into the model's context: status 400: This model's maximum context length",
        "choose a model with more context, or a smaller `--max-tokens`",
    );
    let picky = self::server(|_| Some(Fault::Status(400, "Unsupported value: 'temperature' does not support 0.8")));
    check(
        2,
        "openai-api/lab/sim/expert",
        &[("LAB_BASE_URL", &picky.openai_url())],
        "the server does not take the request: status 400: Unsupported value: 'temperature'",
        "`--omit temperature` leaves it to the model's own default",
    );
}

#[test]
fn a_simulation_behind_http_says_so_and_answers_as_without_a_server_between() {
    let lab = lab(4);
    let server = server(|_| None);
    ended(&lab, 0, &run("http"), &server);
    let url = server.anthropic_url();
    let line = run("anthropic").replace("openai-api/lab", "anthropic").replace("--completions-per-request 2", "");
    let ran = lab.ended_with(0, &line, &[("ANTHROPIC_BASE_URL", &url), ("ANTHROPIC_API_KEY", KEY)]);
    assert!(ran.stdout.contains("simulat"), "{}", ran.stdout);
    let direct = run("direct").replace("openai-api/lab/sim", "sim");
    lab.ended(0, &direct);
    // All but the names of run and model.
    let digests = |run: &str| {
        let [samples, ..] = lab.tables(run);
        let header: Vec<String> = samples.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let wanted = [
            "problem",
            "slot",
            "role",
            "finish_reason",
            "status",
            "prompt_tokens",
            "completion_tokens",
            "program_digest",
        ];
        let columns: Vec<usize> = wanted.map(|name| header.iter().position(|known| known == name).unwrap()).to_vec();
        let row = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            columns.iter().map(|column| fields[*column]).collect::<Vec<_>>().join(",")
        };
        samples.lines().map(row).collect::<Vec<_>>()
    };
    assert_eq!(digests("http"), digests("direct"));
    assert_eq!(digests("anthropic"), digests("direct"));
    let manifest: Value = serde_json::from_str(&lab.read("http/manifest.json")).unwrap();
    assert_eq!(manifest["identity"]["models"]["coder"]["simulated"], true);
}
