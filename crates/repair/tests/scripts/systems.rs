//! The table of systems: each that something was to be built of has a row that says what covers it.

use mend_repair::{SYSTEMS, System, catalogue, shipped_scripts};
use std::collections::BTreeSet;

/// Papers of which there is nothing to build.
const LEFT_OUT: [u32; 11] = [25, 26, 33, 40, 46, 51, 53, 54, 58, 59, 63];

/// Systems beside the papers.
const BESIDE: [&str; 14] = [
    "Reflexion",
    "Self-Debug",
    "Self-Refine",
    "LDB",
    "AlphaCodium",
    "CodeT",
    "LATS",
    "MapCoder",
    "Self-Edit",
    "LiveCodeBench's self-repair",
    "aider's polyglot benchmark",
    "S*",
    "ChatRepair",
    "Independent samples, best of n",
];

fn page() -> String {
    catalogue()
}

#[test]
fn every_paper_and_every_system_beside_them_has_one_row_in_order() {
    let numbers: Vec<u32> = SYSTEMS.iter().filter_map(|system| system.number).collect();
    let wanted: Vec<u32> = (1..=73).filter(|number| !LEFT_OUT.contains(number)).collect();
    assert_eq!(numbers, wanted);
    let named: Vec<&str> = SYSTEMS.iter().filter(|system| system.number.is_none()).map(|system| system.name).collect();
    assert_eq!(named[..BESIDE.len()], BESIDE);
    assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "each once");
    let page = page();
    let table = page.split_once("\n# Systems\n").unwrap().1;
    assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), SYSTEMS.len() + 1, "rows and their head");
    for number in LEFT_OUT {
        assert!(table.split_once("| number").unwrap().0.contains(&number.to_string()), "{number}");
    }
}

#[test]
fn every_row_says_preset_command_or_export() {
    let page = page();
    for system in SYSTEMS {
        let System { name, presets, others, .. } = system;
        for other in *others {
            let word = other.split([':', ' ']).next().unwrap();
            assert!(["command", "export", "planned"].contains(&word), "{name}: {other}");
        }
        let is_there = !presets.is_empty() || others.iter().any(|other| !other.starts_with("planned"));
        assert!(is_there, "{name}: nothing is there yet");
        let row = page.lines().find(|line| line.contains(&format!("| {name} |"))).unwrap();
        assert!(["| preset ", "| command ", "| export"].iter().any(|covered| row.contains(covered)), "{row}");
    }
}

#[test]
fn every_preset_that_a_row_names_comes_with_mend_and_every_one_that_comes_is_named() {
    let shipped: BTreeSet<&str> = shipped_scripts().map(|(name, _)| name).collect();
    let named: BTreeSet<&str> = SYSTEMS.iter().flat_map(|system| system.presets).copied().collect();
    assert_eq!(named.difference(&shipped).collect::<Vec<_>>(), Vec::<&&str>::new(), "named, and not there");
    assert_eq!(shipped.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "there, and not named");
    // Each has a section that its row leads to.
    let page = page();
    for name in shipped {
        assert!(
            page.contains(&format!("preset [`{name}`](#{name})")) && page.contains(&format!("\n## {name}\n")),
            "{name}"
        );
    }
}
