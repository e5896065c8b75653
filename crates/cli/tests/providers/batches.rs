//! Batch interfaces: the same tables as by single requests, whatever fails in them, and nothing bought twice after a kill.

use super::{KEY, Lab, Ran};
use crate::common::{assert_same, starter_functions};
use mend_loopback::{Behaviour, Fault, Seen, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// A server whose batches end at their third look.
fn server(
    script: impl Fn(&Seen) -> Option<Fault> + Send + Sync + 'static,
    around: impl Fn(&str, u32) -> Option<Fault> + Send + Sync + 'static,
) -> Server {
    let problems = mend_dataset::starter().unwrap().problems;
    let behaviour = Behaviour {
        script: Some(Arc::new(script)),
        batch_looks: 3,
        around_batches: Some(Arc::new(around)),
        ..Behaviour::default()
    };
    Server::start(&problems, behaviour).unwrap()
}

fn nothing(_: &Seen) -> Option<Fault> {
    None
}

fn quiet(_: &str, _: u32) -> Option<Fault> {
    None
}

/// The variables by which both protocols reach a server.
fn variables(server: &Server, protocol: &str) -> Vec<(&'static str, String)> {
    let url = if protocol == "openai-api" { server.openai_url() } else { server.anthropic_url() };
    vec![("LAB_BASE_URL", url), ("LAB_API_KEY", KEY.to_owned())]
}

fn ran(lab: &Lab, line: &str, server: &Server, protocol: &str) -> Ran {
    lab.ran(lab.command(line).envs(variables(server, protocol)))
}

fn run(protocol: &str, out: &str) -> String {
    format!(
        "run --dataset some.jsonl --model {protocol}/lab/sim/journeyman --n-p 3 --n-f 1 --completions-per-request 1 \
         --allow-unsafe --out {out}"
    )
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(4));
    lab
}

/// How often the server worked on each request.
fn worked_on(server: &Server) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for seen in server.seen() {
        *counts.entry(seen.body.to_string()).or_default() += 1;
    }
    counts
}

#[test]
fn batches_end_in_the_tables_of_single_requests_with_both_protocols() {
    let lab = lab();
    for protocol in ["openai-api", "anthropic-api"] {
        let (by_itself, in_batches) = (server(nothing, quiet), server(nothing, quiet));
        let (single, batch) = (format!("single-{protocol}"), format!("batch-{protocol}"));
        let without = run(protocol, &single);
        let without =
            if protocol == "openai-api" { without } else { without.replace("--completions-per-request 1 ", "") };
        assert_eq!(ran(&lab, &without, &by_itself, protocol).code, Some(0));
        let with = without.replace(&single, &batch) + " --batch";
        let told = ran(&lab, &with, &in_batches, protocol);
        assert_eq!(told.code, Some(0), "{protocol}: {}", told.stderr);
        assert_same(&lab.tables(&batch), &lab.tables(&single));
        // Each request once, in few batches: the programs, then the repairs.
        assert!(worked_on(&in_batches).values().all(|count| *count == 1));
        assert_eq!(worked_on(&in_batches).len(), worked_on(&by_itself).len());
        let noted = lab.read(&format!("{batch}/batches.jsonl"));
        let batches = noted.lines().filter(|line| line.contains("\"requests\"")).count();
        assert!((1..=4).contains(&batches), "{noted}");
        let manifest: Value = serde_json::from_str(&lab.read(&format!("{batch}/manifest.json"))).unwrap();
        assert_eq!(manifest["environment"]["batch"], true);
    }
}

#[test]
fn what_a_batch_did_not_come_to_is_asked_again_and_an_error_in_it_is_that_of_its_request() {
    let lab = lab();
    for protocol in ["openai-api", "anthropic-api"] {
        let undisturbed = format!("undisturbed-{protocol}");
        let line = |out: &str| run(protocol, out).replace("--completions-per-request 1 ", "") + " --batch";
        assert_eq!(ran(&lab, &line(&undisturbed), &server(nothing, quiet), protocol).code, Some(0));
        // A third expires at first, a third is refused for lack of capacity, the others are answered.
        let script = |seen: &Seen| {
            let digest = mend_core::Digest::of(seen.body.to_string().as_bytes());
            match (seen.attempt, digest.as_bytes()[0] % 3) {
                (0, 0) => Some(Fault::Expired),
                (0, 1) => Some(Fault::Status(529, "no capacity")),
                _ => None,
            }
        };
        let out = format!("disturbed-{protocol}");
        let server = server(script, quiet);
        let told = ran(&lab, &line(&out), &server, protocol);
        assert_eq!(told.code, Some(0), "{protocol}: {}", told.stderr);
        assert_same(&lab.tables(&out), &lab.tables(&undisturbed));
        let journal = lab.read(&format!("{out}/journal.jsonl"));
        assert!(
            journal.contains("\"event\":\"refused\"") && !journal.contains("\"event\":\"lost\""),
            "nothing of it is billed"
        );
    }
}

#[test]
fn calls_of_the_interface_that_fail_lose_nothing_even_if_nobody_heard_that_a_batch_was_taken() {
    let lab = lab();
    for protocol in ["openai-api", "anthropic-api"] {
        let line = |out: &str| run(protocol, out).replace("--completions-per-request 1 ", "") + " --batch";
        let undisturbed = format!("calm-{protocol}");
        assert_eq!(ran(&lab, &line(&undisturbed), &server(nothing, quiet), protocol).code, Some(0));
        let around = |call: &str, before: u32| match (call, before) {
            // It was taken, and its name never came home.
            ("POST /v1/batches" | "POST /v1/messages/batches", 0) => Some(Fault::Cut),
            ("GET batch", 1) => Some(Fault::Status(503, "later")),
            ("GET /v1/files/content", 0) => Some(Fault::Status(500, "oops")),
            _ => None,
        };
        let out = format!("cut-{protocol}");
        let server = server(nothing, around);
        let told = ran(&lab, &line(&out), &server, protocol);
        assert_eq!(told.code, Some(0), "{protocol}: {}", told.stderr);
        assert_same(&lab.tables(&out), &lab.tables(&undisturbed));
        assert!(worked_on(&server).values().all(|count| *count == 1), "something was bought twice");
    }
}

#[test]
fn a_run_that_is_killed_while_its_batches_are_worked_on_buys_nothing_twice() {
    let lab = lab();
    for protocol in ["openai-api", "anthropic-api"] {
        let line = |out: &str| run(protocol, out).replace("--completions-per-request 1 ", "") + " --batch";
        let undisturbed = format!("whole-{protocol}");
        assert_eq!(ran(&lab, &line(&undisturbed), &server(nothing, quiet), protocol).code, Some(0));
        for (number, millis) in [150, 500, 900, 1500].into_iter().enumerate() {
            let out = format!("killed-{protocol}-{number}");
            let server = server(nothing, quiet);
            let variables = variables(&server, protocol);
            let borrowed: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut child = lab.spawn_with(&line(&out), &borrowed);
            while !lab.path(&format!("{out}/journal.jsonl")).exists() && child.try_wait().unwrap().is_none() {
                sleep(Duration::from_millis(1));
            }
            sleep(Duration::from_millis(millis));
            child.kill().unwrap();
            child.wait().unwrap();
            let mut resumed = ran(&lab, &format!("resume {out} --allow-unsafe"), &server, protocol);
            for _ in 0..100 {
                if resumed.code == Some(2) && resumed.stderr.contains("in use by another process") {
                    sleep(Duration::from_millis(20));
                    resumed = ran(&lab, &format!("resume {out} --allow-unsafe"), &server, protocol);
                }
            }
            assert_eq!(resumed.code, Some(0), "{protocol} after {millis} ms: {}", resumed.stderr);
            assert_same(&lab.tables(&out), &lab.tables(&undisturbed));
            assert!(worked_on(&server).values().all(|count| *count == 1), "{protocol} after {millis} ms: bought twice");
            assert!(!lab.read(&format!("{out}/journal.jsonl")).contains("\"event\":\"lost\""));
        }
    }
}

#[test]
fn an_interrupt_does_not_wait_for_a_batch() {
    let lab = lab();
    let problems = mend_dataset::starter().unwrap().problems;
    let never = Behaviour { script: Some(Arc::new(nothing)), batch_looks: 100_000, ..Behaviour::default() };
    let server = Server::start(&problems, never).unwrap();
    let variables = variables(&server, "openai-api");
    let borrowed: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let child = lab.spawn_with(&(run("openai-api", "stopped") + " --batch"), &borrowed);
    let noted = lab.path("stopped/batches.jsonl");
    while !std::fs::read_to_string(&noted).is_ok_and(|text| text.contains("\"id\"")) {
        sleep(Duration::from_millis(5));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let ended = lab.told(&child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("`mend resume stopped` goes on"), "{}", ended.stderr);
}

#[test]
fn dollars_are_those_of_batches_and_other_providers_are_refused() {
    let lab = lab();
    let name = "openai-api/lab/sim/journeyman";
    let usual = format!("{name:?} = {{ prompt = \"2\", completion = \"8\" }}");
    let halved = format!("{name:?} = {{ prompt = \"1\", completion = \"4\" }}");
    lab.write("prices.toml", format!("[models]\n{usual}\n[batch]\n{halved}\n"));
    let spent = |out: &str, more: &str| {
        let server = server(nothing, quiet);
        let line = format!("{} --prices prices.toml {more}", run("openai-api", out));
        let told = ran(&lab, &line, &server, "openai-api");
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        let rows = crate::common::rows(&lab.read(&format!("{out}/samples.csv")));
        rows.iter().map(|row| row["dollars"].parse::<f64>().unwrap()).sum::<f64>()
    };
    let (single, batch) = (spent("usual", ""), spent("halved", "--batch"));
    assert!(single > 0.0 && (single - 2.0 * batch).abs() < 1e-9, "{single} {batch}");
    let line = "run --dataset some.jsonl --model mistral/x --batch --out refused";
    let told = lab.ended_with(2, line, &[("MISTRAL_API_KEY", KEY)]);
    assert!(told.stderr.contains("cannot be asked with `--batch`"), "{}", told.stderr);
}
