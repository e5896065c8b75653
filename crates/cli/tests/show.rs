//! `mend show`: the problems of a run, a tree, and a node with all its texts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests share it")]
mod common;

use common::{Lab, starter_functions};

const RUN: &str = "run --dataset functions.jsonl --model sim/novice --strategy self-repair --n-p 2 --n-f 1 --max-tokens \
                   512 --seed 3 --out all/first";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(3));
    lab.ended(0, RUN);
    lab
}

#[test]
fn a_run_is_shown_from_its_problems_down_to_one_node() {
    let lab = lab();
    let problems = lab.ended(0, "show all/first").stdout;
    assert!(problems.contains("3 problems") && problems.contains("!! simulated model"), "{problems}");
    let bounded = lab.ended(0, "show all/first --limit 1").stdout;
    assert!(bounded.contains("and 2 problems more: `--limit 3` lists all of them"), "{bounded}");
    // Every slot of the table of programs is a line of its tree, and a node that can be shown.
    let samples = lab.read("all/first/samples.csv");
    let mut repairs = 0;
    for line in samples.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (problem, slot, status) = (fields[5], fields[7], fields[14]);
        let tree = lab.ended(0, &format!("show all/first {problem}")).stdout;
        let row = tree.lines().find(|row| row.trim_start_matches(['*', ' ']).split(' ').next() == Some(slot));
        assert!(row.is_some_and(|row| row.contains(status)), "{slot} {status}: {tree}");
        let node = lab.ended(0, &format!("show all/first {problem} {slot}")).stdout;
        for part in ["== prompt, as it was sent ==\n[", "== answer ==\n", "== program (found by", "== verdict ==\n"] {
            assert!(node.contains(part), "{part}: {node}");
        }
        if slot.contains('/') {
            repairs += 1;
            assert!(node.contains("== changes since p"), "{node}");
        }
        assert!(!node.contains('\u{1b}'), "no colours where no terminal is");
    }
    assert!(repairs > 0, "{samples}");
}

#[test]
fn names_that_were_mistyped_are_guessed() {
    let lab = lab();
    lab.ended(0, &RUN.replace("all/first", "results/second"));
    for (command, said, meant) in [
        ("show all/frist", "`all/frist` is not the folder of a run", "all/first"),
        ("show second", "`second` is not the folder of a run", "results/second"),
        ("show all/first starter/f1", "the run has no problem `starter/f1`", "starter/f01"),
        ("show all/first starter/f01 p-0", "p-0", "p0"),
    ] {
        let stderr = lab.ended(2, command).stderr;
        assert!(stderr.contains(said), "{command}: {stderr}");
        assert!(stderr.contains(&format!("did you mean `{meant}`?")), "{command}: {stderr}");
    }
    let stderr = lab.ended(2, "show all/first starter/f01 p3").stderr;
    assert!(stderr.contains("has no node `p3`\nhint: `mend show all/first starter/f01` shows its tree"), "{stderr}");
    let stderr = lab.ended(2, "show all/first starter/f01 --replicate 4").stderr;
    assert!(stderr.contains("the run has one replicate, 0, and no replicate 4"), "{stderr}");
}

#[test]
fn a_journal_that_lost_a_text_says_which() {
    let lab = lab();
    let journal = lab.read("all/first/journal.jsonl");
    // Lines of texts, as opposed to entries and the header, have a body.
    let is_text = |line: &&str| serde_json::from_str::<serde_json::Value>(line).unwrap().get("body").is_some();
    let without: String = journal.split_inclusive('\n').filter(|line| !is_text(line)).collect();
    assert_ne!(journal, without);
    lab.write("all/first/journal.jsonl", without);
    let problem = "starter/f01";
    let node = lab.ended(0, &format!("show all/first {problem} p0")).stdout;
    assert_eq!(node.matches("(missing: the journal names a text by its digest").count(), 3, "{node}");
    assert!(lab.ended(0, "show all/first").stdout.contains(problem));
}

/// Files that only runs of deeper trees have.
const DEEPER: [&str; 6] =
    ["rounds.csv", "transitions.csv", "decay.csv", "repair_success.csv", "seats.csv", "strategy_points.csv"];

#[test]
fn a_chain_has_figures_by_round_and_one_round_of_repairs_has_none() {
    let lab = lab();
    for name in DEEPER.into_iter().chain(["nodes.csv", "critiques.csv"]) {
        assert!(!lab.path(&format!("all/first/{name}")).exists(), "{name}");
    }
    lab.write("more.jsonl", starter_functions(6));
    let chain = "run --dataset more.jsonl --model sim/novice --critic sim/expert --strategy self-refine \
                 --max-tokens 512 --seed 3 --replicates 3 --out chain";
    let shown = lab.ended(0, chain).stdout;
    for part in ["by round in %", "transitions (transitions.csv): ", "realised point (strategy_points.csv): "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let files: Vec<String> = DEEPER.iter().map(|name| lab.read(&format!("chain/{name}"))).collect();
    assert!(!lab.path("chain/nodes.csv").exists(), "critiques have a file of their own");
    // The deepest program of the run is shown with what it changed, and its round has a row.
    let samples = lab.read("chain/samples.csv");
    let fields = samples.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let deepest = fields.max_by_key(|fields| fields[9].parse::<u32>().unwrap()).unwrap();
    let (problem, replicate, slot) = (deepest[5], deepest[6], deepest[7]);
    let round = slot.matches('r').count();
    assert!(round > 1, "{samples}");
    assert_eq!(files[0].lines().filter(|line| line.contains(",clean,all,")).count(), round + 1, "{}", files[0]);
    let tree = lab.ended(0, &format!("show chain {problem} --replicate {replicate}")).stdout;
    assert!(tree.contains(&format!("{slot} ")) && tree.contains("critique"), "{tree}");
    let node = lab.ended(0, &format!("show chain {problem} {slot} --replicate {replicate}")).stdout;
    assert!(node.contains("its prompt shows: ") && node.contains("== changes since p0/"), "{node}");
    // A report of the same run writes the same bytes.
    lab.ended(0, "report chain");
    let again: Vec<String> = DEEPER.iter().map(|name| lab.read(&format!("chain/{name}"))).collect();
    assert_eq!(again, files);
}
