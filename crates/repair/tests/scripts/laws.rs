//! The laws, over every shipped script and every sketch: it ends, any order of arrival gives the same tree, resumption
//! at every prefix equals live, and it never asks beyond its bound.

use crate::play::{Play, Shuffle, by_luck, key, problem};
use crate::{rounds, script, sketches};
use mend_core::{Call, Event, Node, RepairTree};
use mend_repair::{Script, shipped_scripts};
use mend_testkit::is_full;

/// Small versions of all scripts, so that every prefix can be tried.
pub(crate) fn scripts() -> Vec<Script> {
    let small = |name: &str| -> Vec<(&str, &str)> {
        match name {
            "iid" | "livecodebench-self-repair" => vec![("n_p", "4")],
            "self-repair" => vec![("n_p", "3"), ("n_f", "2")],
            "critic" => vec![("n_p", "2"), ("n_f", "2"), ("n_r", "2")],
            "widths" => vec![("widths", "2,2,1")],
            "self-repair-paper" => vec![("n_p", "2"), ("n_f", "2")],
            "tool-critic" | "control" => vec![("rounds", "3")],
            "corgi" => vec![("n_p", "3")],
            "critique-revise" | "ledex" | "long-short-agreement" | "ldb" => vec![("rounds", "2")],
            "realcritic" => vec![("mode", "iterative"), ("n_p", "2"), ("rounds", "2")],
            "ctrl" => vec![("widths", "1,2,2"), ("critiques", "2")],
            "conversational-apr" => vec![("length", "2"), ("samples", "5")],
            "chatrepair" => vec![("length", "2"), ("samples", "3"), ("alternatives", "2")],
            "mucode" => vec![("turns", "2"), ("draws", "2")],
            "oci" => vec![("mode", "oracle"), ("attempts", "3")],
            "self-debug" => vec![("level", "explanation"), ("turns", "2")],
            "reflexion" | "convcode" | "card" => vec![("turns", "3")],
            "reset-and-discard" => vec![("tries", "4")],
            "codet" | "genx" => vec![("n", "3"), ("suites", "2"), ("per_set", "3")],
            "autoif" => {
                let small = [("verifiers", "3"), ("suites", "1"), ("responses", "2")];
                small.into_iter().chain([("least_verifiers", "1"), ("least_cases", "1"), ("agree", "0.5")]).collect()
            }
            "conair" => vec![("n", "2"), ("tests", "3"), ("questions", "2")],
            "s-star" => vec![("n", "3"), ("rounds", "1")],
            "best-of-n" | "self-edit" | "alpacafarm" | "rltf" => vec![("n", "3")],
            "maj-at-k" => vec![("k", "3")],
            "mathcritique" | "coffee" | "coffee-gym" => vec![("k", "2")],
            "re-move" => vec![("m", "3")],
            "pyfixv" => vec![("n", "2"), ("tries", "2"), ("h", "1"), ("start", "all")],
            "restart" => vec![("at", "1"), ("programs", "5")],
            "feedbackqa" | "fine-grained" => vec![("n", "2")],
            "multicritique" => vec![("critics", "2")],
            "llm-critics" => vec![("rounds", "2"), ("keep", "1"), ("width", "2")],
            "oaif" => vec![("pairs", "2")],
            "hints" => vec![("hints", "3")],
            // Problems that are learnt from may show their hidden tests, where that is granted.
            "cdf" => vec![("learn_on", "public"), ("draws", "2")],
            "rubric" | "droc" | "reloop" | "evoke" | "apohf" | "drift" => vec![("learn_on", "public")],
            "meta-rewarding" => vec![("n", "1"), ("judgements", "3")],
            "lats" => vec![("iterations", "2"), ("width", "2")],
            "rethink-mcts" => vec![("rollouts", "3"), ("width", "2")],
            "fito" | "mint" | "optimise" => vec![("steps", "3")],
            "mapcoder" => vec![("k", "2"), ("t", "2")],
            "alphacodium" => vec![("attempts", "3"), ("fixes", "2")],
            "supercoder" => vec![("temperatures", "0,0.5")],
            _ => vec![],
        }
    };
    let shipped = shipped_scripts().map(|(name, text)| script(&format!("{name}.star"), text, &small(name)));
    let variants = [
        ("self-repair", vec![("n_p", "3"), ("n_f", "2"), ("see", "public"), ("stop_on", "public")]),
        ("critic", vec![("n_p", "2"), ("n_f", "1"), ("critique", "all"), ("see", "none")]),
        (
            "self-repair-paper",
            vec![("n_p", "2"), ("n_f", "1"), ("n_r", "2"), ("feedback", "critic"), ("see", "public")],
        ),
        ("tool-critic", vec![("rounds", "2"), ("oracle", "true")]),
        ("mucode", vec![("turns", "2"), ("draws", "3"), ("pick", "random")]),
        ("self-debug", vec![("turns", "2"), ("see", "none")]),
        ("reflexion", vec![("turns", "3"), ("tests", "public")]),
        ("codet", vec![("n", "3"), ("suites", "2"), ("select", "cluster")]),
        ("s-star", vec![("n", "2"), ("rounds", "1"), ("select", "tests")]),
        ("long-short-agreement", vec![("rounds", "2"), ("proposer", "coder")]),
        ("best-of-n", vec![("n", "3"), ("score", "tests")]),
        ("mathcritique", vec![("k", "2"), ("mode", "sequential")]),
        ("card", vec![("turns", "2"), ("evaluate", "hidden")]),
        ("pyfixv", vec![("n", "2"), ("tries", "2"), ("h", "1"), ("gate", "tests")]),
        ("coffee", vec![("k", "2"), ("select", "oracle")]),
        ("coffee", vec![("k", "2"), ("tests", "generated"), ("see", "public")]),
        ("coffee-gym", vec![("k", "2"), ("tests", "public"), ("shuffled", "true")]),
        ("multicritique", vec![("critics", "2"), ("feedback", "single")]),
        ("llm-critics", vec![("rounds", "1"), ("width", "2"), ("bugs", "inserted")]),
        ("lats", vec![("iterations", "2"), ("width", "2"), ("leak", "true")]),
        ("fito", vec![("steps", "3"), ("pinpoint", "line")]),
        ("fito", vec![("steps", "3"), ("score", "severities")]),
        ("alphacodium", vec![("attempts", "2"), ("fixes", "2"), ("anchors", "false")]),
        ("grounded", vec![("stages", "one")]),
        ("supercoder", vec![("temperatures", "0"), ("apply", "program")]),
        ("c3po", vec![("arm", "none")]),
        ("cdf", vec![("by", "draws"), ("draws", "2"), ("n", "3")]),
        ("cdf", vec![("by", "critique")]),
        ("rubric", vec![("dev", "0"), ("passes", "1")]),
        ("droc", vec![("dev", "0"), ("repairs", "2")]),
        ("reloop", vec![("dev", "0"), ("use", "rank"), ("n", "3")]),
        ("ldb", vec![("rounds", "2"), ("level", "function")]),
        ("ldb", vec![("rounds", "1"), ("level", "line")]),
        ("mint", vec![("steps", "3"), ("tests", "hidden"), ("teacher", "text"), ("reference", "true")]),
        ("mint", vec![("steps", "2"), ("teacher", "binary")]),
        ("optimise", vec![("steps", "2"), ("steer", "true")]),
    ];
    let variants = variants.into_iter().map(|(name, chosen)| {
        let text = shipped_scripts().find(|(known, _)| *known == name).unwrap().1;
        script(&format!("{name}.star"), text, &chosen)
    });
    shipped.chain(variants).chain(sketches::all()).chain([rounds::learner(&[])]).collect()
}

#[test]
fn any_order_of_arrival_ends_in_the_same_tree_within_the_bound() {
    for script in scripts() {
        for luck in 0..20 {
            let mut first = Play::new(&script, by_luck, luck);
            let ranking = first.finish(0).unwrap();
            let asked: u64 = first.asked.iter().map(|ask| ask.slots.len() as u64).sum();
            assert!(asked <= script.header().bound, "{}: {asked}", script.name());
            // Twenty orders, each under four lucks; all under every luck where there is time.
            for order in (1..=20).filter(|order| is_full() || order % 5 == luck % 5) {
                let mut other = Play::new(&script, by_luck, luck);
                assert_eq!(other.finish(order).unwrap(), ranking, "{} luck {luck} order {order}", script.name());
                assert_eq!(other.tree, first.tree, "{} luck {luck} order {order}", script.name());
            }
        }
    }
}

/// A tree without what depends on when a run ended: how often each request was sent.
fn grown(tree: &RepairTree) -> Vec<(Node, Option<Call>)> {
    let call = |node: &Node| tree.call(node.call.as_ref()?).cloned();
    tree.nodes().map(|node| (Node { call: None, ..node.clone() }, call(node))).collect()
}

#[test]
fn resumption_at_every_prefix_equals_live() {
    for script in scripts() {
        for luck in 0..3 {
            let mut live = Play::new(&script, by_luck, luck);
            let ranking = live.finish(luck).unwrap();
            for cut in 0..=live.events.len() {
                let mut tree = RepairTree::new(key());
                for event in &live.events[..cut] {
                    tree.apply(event).unwrap();
                }
                let mut resumed = Play::on(&script, by_luck, luck, problem(), tree);
                assert_eq!(resumed.finish(7).unwrap(), ranking, "{} luck {luck} cut {cut}", script.name());
                assert_eq!(grown(&resumed.tree), grown(&live.tree), "{} luck {luck} cut {cut}", script.name());
                let answered = |event: &&Event| matches!(event, Event::Sampled { .. });
                let answers = live.events[..cut].iter().chain(&resumed.events).filter(answered).count();
                let once = live.events.iter().filter(answered).count();
                assert_eq!(answers, once, "what was answered is not asked again: {} cut {cut}", script.name());
            }
        }
    }
}

#[test]
fn an_enabled_act_stays_what_it_is_until_it_is_done() {
    for script in scripts() {
        for luck in 0..6 {
            let mut play = Play::new(&script, by_luck, luck);
            let mut order = Shuffle(luck + 100);
            // At every moment a solver that has seen nothing wants what the one that saw all of it still waits for.
            while play.advance().unwrap().is_none() {
                assert_eq!(play.wanted_anew(&script, problem()), play.wanted(), "{} luck {luck}", script.name());
                play.arrive(&mut order);
            }
            // Asked again from nothing, with the whole tree there: nothing is left to ask.
            let mut again = Play::on(&script, by_luck, luck, problem(), play.tree.clone());
            again.finish(0).unwrap();
            assert!(again.asked.is_empty(), "{}: nothing is left to ask", script.name());
        }
    }
}
