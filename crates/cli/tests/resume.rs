//! A run that is killed, interrupted or cut short at any place ends, once resumed, in the bytes of a run that was not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Dice, Lab, assert_same, starter_functions};
use mend_testkit::is_full;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

/// A run of all starter problems; where its results go follows.
const STARTER: &str = "run --dataset starter --model sim/journeyman --n-p 3 --n-f 1 --out";
/// A run of four of them.
const FUNCTIONS: &str = "run --dataset functions.jsonl --model sim/journeyman --n-p 3 --n-f 1 --out";

/// A run of chains: a program, then critique and rewrite by turns.
const CHAINS: &str =
    "run --dataset functions.jsonl --model sim/journeyman --strategy self-refine --set turns=3 --replicates 3 --out";

fn journal_bytes(lab: &Lab, run: &str) -> u64 {
    fs::metadata(lab.path(&format!("{run}/journal.jsonl"))).map_or(0, |journal| journal.len())
}

/// Waits until a run's journal has so many bytes, or the run has ended.
fn wait_for_journal(lab: &Lab, run: &str, bytes: u64, child: &mut Child) {
    while journal_bytes(lab, run) < bytes && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(1));
    }
}

/// Reads a journal and asserts that no slot was asked for again once it had been answered.
#[track_caller]
fn assert_nothing_is_asked_twice(lab: &Lab, run: &str) {
    let mut slots_of = BTreeMap::new();
    let mut answered = BTreeSet::new();
    for line in lab.read(&format!("{run}/journal.jsonl")).lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let place = |of: &Value| (entry["problem"].to_string(), entry["replicate"].to_string(), of.to_string());
        match entry["event"].as_str() {
            Some("sent") => {
                let slots: Vec<_> = entry["slots"].as_array().unwrap().iter().map(place).collect();
                for slot in &slots {
                    assert!(!answered.contains(slot), "{run}: {slot:?} was answered and is asked for again");
                }
                let call = place(&entry["call"]);
                assert!(slots_of.insert(call.clone(), slots).is_none(), "{run}: {call:?} was sent twice");
            }
            Some("sampled") => {
                let n_completions = entry["completions"].as_array().unwrap().len();
                for slot in &slots_of[&place(&entry["call"])][..n_completions] {
                    assert!(answered.insert(slot.clone()), "{run}: {slot:?} was answered twice");
                }
            }
            _ => {}
        }
    }
    assert!(!answered.is_empty());
}

/// Resumes a run that was stopped somehow, and asserts that nothing of that can be seen in its figures.
#[track_caller]
fn assert_resumes(lab: &Lab, run: &str, undisturbed: &str) {
    let mut resumed = lab.mend(&format!("resume {run}"));
    // A program that the judge was about to start when `mend` died holds the lock until it has started.
    for _ in 0..100 {
        if resumed.code == Some(2) && resumed.stderr.contains("in use by another process") {
            sleep(Duration::from_millis(20));
            resumed = lab.mend(&format!("resume {run}"));
        }
    }
    assert_eq!(resumed.code, Some(0), "{run}: {}", resumed.stderr);
    let expected = lab.tables(undisturbed);
    assert_same(&lab.tables(run), &expected);
    assert_nothing_is_asked_twice(lab, run);
    let files = lab.files();
    lab.ended(0, &format!("report {run}"));
    assert!(lab.files() == files, "{run}: a report of a finished run changes it");
}

/// Kills runs of a command again and again, and asserts that nothing of that can be seen in their figures.
#[track_caller]
fn check_kills(command: &str, mut kills: u64) {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(6));
    lab.ended(0, &format!("{command} undisturbed"));
    let whole = journal_bytes(&lab, "undisturbed");
    let mut dice = Dice::new(1);
    for number in 0.. {
        let run = format!("killed-{number}");
        let in_a_row = (1 + dice.below(4)).min(kills);
        for _ in 0..in_a_row {
            // Killed before it has a manifest, it is no run yet and may be started again.
            let has_begun = lab.path(&format!("{run}/manifest.json")).exists();
            let mut child = lab.spawn(&if has_begun { format!("resume {run}") } else { format!("{command} {run}") });
            let so_far = journal_bytes(&lab, &run);
            wait_for_journal(&lab, &run, so_far + dice.below(whole.saturating_sub(so_far).max(1)), &mut child);
            sleep(Duration::from_millis(dice.below(100)));
            child.kill().unwrap();
            child.wait().unwrap();
            kills -= 1;
        }
        if !lab.path(&format!("{run}/manifest.json")).exists() {
            lab.ended(0, &format!("{command} {run}"));
        }
        assert_resumes(&lab, &run, "undisturbed");
        if kills == 0 {
            break;
        }
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_resumes_to_the_same_bytes() {
    check_kills(STARTER, if is_full() { 50 } else { 3 });
}

#[test]
fn a_run_of_several_rounds_that_is_killed_at_any_moment_resumes_to_the_same_bytes() {
    check_kills(CHAINS, if is_full() { 20 } else { 3 });
}

#[test]
fn an_interrupted_run_saves_says_so_and_resumes_to_the_same_bytes() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    lab.ended(0, &format!("{FUNCTIONS} undisturbed"));
    for (signal, run) in [(Signal::INT, "sigint"), (Signal::TERM, "sigterm")] {
        let mut child = lab.spawn(&format!("{FUNCTIONS} {run}"));
        wait_for_journal(&lab, run, journal_bytes(&lab, "undisturbed") / 3, &mut child);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ran = lab.told(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(5), "{}", ran.stderr);
        insta::allow_duplicates! {
            // How far it came is chance.
            let (told, unfinished): (Vec<&str>, Vec<&str>) =
                ran.stderr.lines().partition(|line| !line.starts_with("not finished: "));
            assert_eq!(unfinished.len(), 1);
            insta::assert_snapshot!(told.join("\n").replace(run, "[RUN]"), @"
            stopping: saving what is under way (once more stops at once)
            written to [RUN]
            stopped early: interrupted; everything that arrived is saved
            hint: `mend resume [RUN]` goes on
            ");
        }
        assert!(ran.stdout.contains("stopped early: "), "{}", ran.stdout);
        // Everything that was sent was answered before the end: nothing is lost.
        assert!(ran.stdout.contains("0 of them lost and 0 unanswered"), "{}", ran.stdout);
        assert_eq!(lab.mend(&format!("report {run}")).code, Some(5));
        assert_resumes(&lab, run, "undisturbed");
    }
}

#[test]
fn a_journal_that_is_cut_anywhere_resumes_to_the_same_bytes() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    lab.ended(0, &format!("{FUNCTIONS} undisturbed"));
    let manifest = lab.read("undisturbed/manifest.json");
    let journal = lab.read("undisturbed/journal.jsonl").into_bytes();
    let mut dice = Dice::new(2);
    for number in 0..if is_full() { 100 } else { 5 } {
        let run = format!("cut-{number}");
        let kept = &journal[..dice.below(journal.len() as u64) as usize];
        lab.write(&format!("{run}/manifest.json"), &manifest);
        lab.write(&format!("{run}/journal.jsonl"), kept);
        if kept.last() != Some(&b'\n') {
            let told = lab.mend(&format!("report {run}"));
            assert_eq!(told.code, Some(5));
            assert!(told.stderr.contains(" bytes of an unfinished entry\n"), "{}", told.stderr);
        }
        assert_resumes(&lab, &run, "undisturbed");
    }
}
