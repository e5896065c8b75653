//! What tests give to a program beside data: functions, iterators, objects and classes of their own.

use super::Table;
use super::generated::{plain, said_apart, sections};
use crate::common::is_wasm;

/// Pairs that are known to differ, and why.
const KNOWN: &[(&str, &str)] = &[];

#[test]
fn what_tests_give_beside_data_fares_as_in_one_interpreter() {
    let mut names = Vec::new();
    let mut work: Vec<(String, Vec<String>)> = Vec::new();
    for (kind, text) in sections(include_str!("arguments.txt")) {
        let parts = text.split("--- ").skip(1).map(|part| part.split_once('\n').unwrap());
        let named = |sort: &str| -> Vec<(String, String)> {
            let of_sort = parts.clone().filter_map(|(head, body)| Some((head.strip_prefix(sort)?, body)));
            of_sort.map(|(name, body)| (name.to_owned(), body.to_owned())).collect()
        };
        let (tests, programs) = (named("test "), named("program "));
        assert!(!tests.is_empty() && programs.len() > 1, "{kind}");
        for (program, source) in programs {
            names.extend(tests.iter().map(|(test, _)| format!("{kind} / {test} / {program}")));
            work.push((source, tests.iter().map(|(_, test)| test.clone()).collect()));
        }
    }
    let listed: Vec<(&str, Vec<&str>)> =
        work.iter().map(|(program, tests)| (&**program, tests.iter().map(|test| &**test).collect())).collect();
    let plain = plain(&listed);
    let pairs = listed.iter().flat_map(|(program, tests)| tests.iter().map(move |test| (*program, *test)));
    let mut table = Table::default();
    for ((name, plain), said) in names.into_iter().zip(&plain).zip(said_apart(pairs)) {
        table.add(name, plain, said, KNOWN);
    }
    assert_eq!(table.pairs, plain.len());
    assert!(table.pairs >= 350, "{}", table.pairs);
    let most = if is_wasm() { 3_000 } else { 2_000 };
    table.check(most, most);
}
