//! Runs that are amended: what is bought is the difference, and what comes out is the run that asked for all at once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, assert_same, starter_functions};
use mend_loopback::{Behaviour, Seen, Server};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// The places of a journal's answers, and how many requests it sent.
fn answers(lab: &Lab, run: &str) -> (BTreeSet<String>, usize) {
    let (mut places, mut sent, mut slots) = (BTreeSet::new(), 0, std::collections::BTreeMap::new());
    for line in lab.read(&format!("{run}/journal.jsonl")).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let call = || format!("{} {} {}", entry["problem"], entry["replicate"], entry["call"]);
        match entry["event"].as_str() {
            Some("sent") => {
                sent += 1;
                slots.insert(call(), entry["slots"].as_array().unwrap().clone());
            }
            Some("sampled") => {
                let asked = &slots[&call()];
                for slot in &asked[..entry["completions"].as_array().unwrap().len()] {
                    let place = format!("{} {} {slot}", entry["problem"], entry["replicate"]);
                    assert!(places.insert(place.clone()), "{run}: {place} was answered twice");
                }
            }
            _ => {}
        }
    }
    (places, sent)
}

/// Every CSV file of a run but for that of its times.
fn tables(lab: &Lab, run: &str) -> Vec<(String, String)> {
    let files = lab.files().into_iter().filter_map(|(path, bytes)| {
        let name = path.file_name()?.to_str()?.to_owned();
        let is_wanted = path.parent()? == lab.path(run) && path.extension()? == "csv" && name != "timings.csv";
        let text = String::from_utf8(bytes).unwrap();
        is_wanted.then_some((name, text))
    });
    files.collect()
}

#[track_caller]
fn assert_amended(lab: &Lab, amended: &str, direct: &str) {
    assert_same(&lab.tables(amended), &lab.tables(direct));
    assert_eq!(tables(lab, amended), tables(lab, direct));
    let id = |run: &str| {
        let manifest: Value = serde_json::from_str(&lab.read(&format!("{run}/manifest.json"))).unwrap();
        (manifest["run_id"].clone(), manifest["identity"].clone())
    };
    assert_eq!(id(amended), id(direct));
}

/// Amends a run by some flags, and compares with the run that had them from the start.
#[track_caller]
fn check(small: &str, more: &str, direct: &str) {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(20));
    let begin = "run --dataset some.jsonl --model sim/journeyman";
    lab.ended(0, &format!("{begin} {small} --out small"));
    let before = lab.files();
    lab.ended(0, &format!("run --amend small {more} --out amended"));
    lab.ended(0, &format!("{begin} {direct} --out direct"));
    assert_amended(&lab, "amended", "direct");
    let (all, _) = answers(&lab, "direct");
    let (had, _) = answers(&lab, "small");
    let (has, _) = answers(&lab, "amended");
    assert_eq!(has, all);
    assert!(had.is_subset(&all) && had.len() < all.len(), "{} of {}", had.len(), all.len());
    let after = lab.files();
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "the smaller run changed");
}

#[test]
fn more_programs_or_repairs_than_before() {
    check("--n-p 4 --n-f 1 --sample 12", "--n-p 8", "--n-p 8 --n-f 1 --sample 12");
    check("--n-p 2 --n-f 1 --sample 12 --seed 7", "--n-f 3", "--n-p 2 --n-f 3 --sample 12 --seed 7");
}

#[test]
fn more_problems_or_replicates_than_before_or_all_at_once() {
    check("--n-p 2 --n-f 1 --seed 7 --sample 10", "--sample 20", "--n-p 2 --n-f 1 --seed 7 --sample 20");
    check("--n-p 2 --n-f 1 --sample 5", "--replicates 3", "--n-p 2 --n-f 1 --sample 5 --replicates 3");
    check(
        "--strategy critic --n-p 2 --n-f 1 --n-r 1 --sample 5",
        "--n-p 3 --n-f 2 --n-r 2 --replicates 2 --sample 8",
        "--strategy critic --n-p 3 --n-f 2 --n-r 2 --replicates 2 --sample 8",
    );
}

#[test]
fn the_whole_command_may_stand_there_again_and_a_run_that_stopped_may_be_amended() {
    let lab = Lab::new();
    let begin =
        "run --dataset starter --model sim/journeyman --strategy self-repair --n-f 1 --seed 3 --temperature 0.8";
    lab.ended(5, &format!("{begin} --n-p 2 --budget-tokens 20000 --out small"));
    lab.ended(0, &format!("{begin} --n-p 3 --amend small --out amended"));
    lab.ended(0, &format!("{begin} --n-p 3 --out direct"));
    assert_amended(&lab, "amended", "direct");
    assert!(lab.read("amended/journal.jsonl").contains("taken over: "));
}

#[test]
fn whatever_makes_another_experiment_is_refused_by_its_name_and_buys_nothing() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(6));
    lab.write("other.jsonl", starter_functions(6).replacen("1000) == 1000", "1000) == 999", 1));
    lab.ended(0, "run --dataset some.jsonl --model sim/journeyman --n-p 2 --n-f 1 --replicates 2 --out small");
    for (more, named) in [
        ("--seed 1", "`--seed`: 1 is not 0"),
        ("--n-p 1", "`n_p` (2, now 1): p1 of"),
        ("--n-f 0", "--n-f"),
        ("--replicates 1", "`--replicates`: the run has 2"),
        ("--sample 3", "`--problems`, `--where` or `--sample`: the run has problem"),
        ("--dataset other.jsonl", "`--dataset`"),
        ("--model sim/expert", "`--model`: `sim/expert` is not `sim/journeyman`"),
        ("--temperature 0.2", "`--model`: another sampling than before"),
        ("--strategy iid", "`--strategy`: `iid` is not `self-repair`"),
        ("--see public", "`--set see`: it changes what the strategy may know"),
        ("--time-limit 9", "`--time-limit` or `--memory-limit`: its verdicts are taken over"),
        ("--extraction olausson", "`--extraction`"),
        ("--tests first-failure", "`--tests`"),
        ("--require isolated", "`--require`"),
        ("--problem-budget-tokens 5000", "`--problem-budget-tokens`"),
        ("--public-tests first", "`--public-tests`"),
        ("--critic sim/expert", "`--strategy`: `critic` is not `self-repair`"),
    ] {
        let ran = lab.ended(2, &format!("run --amend small {more} --out refused"));
        assert!(ran.stderr.contains(named), "{more}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: ") || more == "--n-f 0", "{more}: {}", ran.stderr);
        assert!(!lab.path("refused").exists(), "{more}");
    }
    let ran = lab.ended(2, "run --amend nowhere --n-p 3 --out refused");
    assert!(ran.stderr.contains("`nowhere` holds no run"), "{}", ran.stderr);
    let ran = lab.ended(2, "run --n-p 3");
    assert!(ran.stderr.contains("required arguments were not provided: --dataset"), "{}", ran.stderr);
}

#[test]
fn a_seat_of_whom_nothing_is_recorded_may_have_another_model() {
    let lab = Lab::new();
    let begin = "run --dataset starter --sample 2 --model sim/expert --n-f 1";
    let is_free = |seed: &u32| {
        lab.ended(0, &format!("{begin} --n-p 1 --seed {seed} --out small-{seed}"));
        !answers(&lab, &format!("small-{seed}")).0.iter().any(|place| place.contains("/r"))
    };
    // No first program failed, so that nobody was asked for a repair.
    let seed = (0..50).find(is_free).unwrap();
    lab.ended(0, &format!("run --amend small-{seed} --seat repairer=sim/novice --n-p 6 --out amended"));
    lab.ended(0, &format!("{begin} --n-p 6 --seat repairer=sim/novice --seed {seed} --out direct"));
    assert_amended(&lab, "amended", "direct");
    // Now the repairer has answers.
    assert!(answers(&lab, "amended").0.iter().any(|place| place.contains("/r")));
    let ran = lab.ended(2, "run --amend amended --seat repairer=sim/expert --n-p 7 --out refused");
    assert!(ran.stderr.contains("`--seat repairer=...`: `sim/expert` is not `sim/novice`"), "{}", ran.stderr);
}

/// A server that knows the starter problems, and notes what it is asked.
fn server() -> Server {
    let problems = mend_dataset::starter().unwrap().problems;
    let nothing = |_: &Seen| None;
    Server::start(&problems, Behaviour { script: Some(Arc::new(nothing)), ..Behaviour::default() }).unwrap()
}

const SMALL: &str = "run --dataset some.jsonl --model openai-api/lab/sim/journeyman --n-p 2 --n-f 1 --allow-unsafe \
                     --completions-per-request 1 --max-connections 4 --out";

fn ended(lab: &Lab, line: &str, server: &Server) -> common::Ran {
    let url = server.openai_url();
    lab.ended_with(0, line, &[("LAB_BASE_URL", url.as_str()), ("LAB_API_KEY", "sk-planted")])
}

#[test]
fn a_server_gets_the_requests_of_the_difference_and_no_other_also_after_kills() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(6));
    let server = server();
    let asked = || server.seen().len();
    ended(&lab, &format!("{SMALL} small"), &server);
    let small = asked();
    ended(&lab, &format!("{SMALL} direct --n-p 4 --n-f 2 --replicates 2").replace("--n-p 2 --n-f 1 ", ""), &server);
    let direct = asked() - small;
    let so_far = asked();
    ended(&lab, "run --amend small --n-p 4 --n-f 2 --replicates 2 --allow-unsafe --out amended", &server);
    assert_eq!(asked() - so_far, direct - small);
    assert_amended(&lab, "amended", "direct");
    let bodies: Vec<Value> = server.seen().into_iter().map(|seen| seen.body).collect();
    let new: BTreeSet<String> = bodies[so_far..].iter().map(ToString::to_string).collect();
    assert!(bodies[..small].iter().all(|body| !new.contains(&body.to_string())), "something was bought twice");

    // Killed while it takes over, and while it buys.
    let url = server.openai_url();
    let variables = [("LAB_BASE_URL", url.as_str()), ("LAB_API_KEY", "sk-planted")];
    let whole = std::fs::metadata(lab.path("amended/journal.jsonl")).unwrap().len();
    let taken = std::fs::metadata(lab.path("small/journal.jsonl")).unwrap().len();
    for (number, bytes) in [taken / 3, taken * 9 / 10, taken.midpoint(whole)].into_iter().enumerate() {
        let run = format!("killed-{number}");
        let so_far = asked();
        let line =
            format!("run --amend small --n-p 4 --n-f 2 --replicates 2 --allow-unsafe --max-connections 4 --out {run}");
        let mut child = lab.spawn_with(&line, &variables);
        let length = || std::fs::metadata(lab.path(&format!("{run}/journal.jsonl"))).map_or(0, |journal| journal.len());
        while length() < bytes && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut resumed = lab.ran(lab.command(&format!("resume {run} --allow-unsafe")).envs(variables));
        for _ in 0..100 {
            if resumed.code == Some(2) && resumed.stderr.contains("in use by another process") {
                sleep(Duration::from_millis(20));
                resumed = lab.ran(lab.command(&format!("resume {run} --allow-unsafe")).envs(variables));
            }
        }
        assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
        assert_amended(&lab, &run, "direct");
        // What was on its way when it was killed is lost, charged, and asked once more: no more than its connections.
        let lost = lab.read(&format!("{run}/journal.jsonl")).matches("\"event\":\"lost\"").count();
        assert!(lost <= 4, "{lost}");
        // A request that was written down when the kill came may not have left.
        assert!(
            (direct - small..=direct - small + lost).contains(&(asked() - so_far)),
            "{} requests",
            asked() - so_far
        );
    }
}
