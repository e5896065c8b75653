//! Hostile programs under every isolation level that the machine offers, as us and as an ordinary user.

#![cfg(target_os = "linux")]

#[cfg(test)]
#[path = "../../../sandbox/tests/process/again.rs"]
mod again;
#[cfg(test)]
mod common;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod table;

use again::{As, again};
use common::{Programs, check_as_tests, check_as_tests_in_wasm, check_battery, check_battery_in_wasm, shared_battery};
use looks::{check_looks, check_looks_in_wasm};
use mend_sandbox::Level;
use table::BATTERY;

const ENTRY: &str = "word_count";
const TESTS: &str = "\
def check(candidate):
    assert candidate('a b') == 2
    assert candidate('') == 0
    assert candidate(' one two  three ') == 3
check(word_count)
";

#[test]
fn our_own_battery_is_survived() {
    check_battery(ENTRY, TESTS, &our_own_battery());
}

fn our_own_battery() -> Programs {
    let programs = BATTERY.iter().map(|(name, expected, source)| ((*name).to_owned(), *expected, (*source).to_owned()));
    programs.collect()
}

#[test]
fn the_shared_battery_is_survived() {
    let Some((programs, tests)) = shared_battery() else { return };
    check_battery("inc", tests, &programs);
}

#[test]
fn wasm_outlives_our_own_battery() {
    check_battery_in_wasm(ENTRY, TESTS, &our_own_battery());
}

#[test]
fn wasm_outlives_the_shared_battery() {
    let Some((programs, tests)) = shared_battery() else { return };
    check_battery_in_wasm("inc", tests, &programs);
}

/// Tests that a model wrote may be as hostile as its programs. In full all of both batteries, else every fourth.
fn some_of_both_batteries() -> Programs {
    let shared = shared_battery().map(|(programs, _)| programs).unwrap_or_default();
    our_own_battery().into_iter().chain(shared).step_by(every()).collect()
}

fn every() -> usize {
    if mend_testkit::is_full() { 1 } else { 4 }
}

#[test]
fn hostile_tests_change_no_verdict_of_another_program() {
    check_as_tests(&some_of_both_batteries());
}

#[test]
fn hostile_tests_change_no_verdict_in_wasm() {
    check_as_tests_in_wasm(&some_of_both_batteries());
}

#[test]
fn hostile_programs_do_no_harm_under_instruments() {
    check_looks(ENTRY, &our_own_battery().into_iter().step_by(every()).collect());
    let Some((programs, _)) = shared_battery() else { return };
    check_looks("inc", &programs.into_iter().step_by(every()).collect());
}

#[test]
fn hostile_programs_do_no_harm_under_instruments_in_wasm() {
    check_looks_in_wasm(ENTRY, &our_own_battery().into_iter().step_by(every()).collect());
    let Some((programs, _)) = shared_battery() else { return };
    check_looks_in_wasm("inc", &programs.into_iter().step_by(every()).collect());
}

#[test]
fn the_table_names_every_file_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sandboxes/hostile");
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|name| name != "README.md");
    files.sort();
    let mut named: Vec<String> = BATTERY.iter().map(|(name, ..)| format!("{name}.py")).collect();
    named.sort();
    assert_eq!(files, named);
    assert!(named.len() >= 60);
}

#[test]
fn again_at_l2() {
    again(Level::L2, As::Us, &["survived"]);
}

#[test]
fn again_at_l1() {
    again(Level::L1, As::Us, &["survived"]);
}

#[test]
fn again_at_l2_as_an_ordinary_user() {
    again(Level::L2, As::Nobody, &["survived"]);
}
