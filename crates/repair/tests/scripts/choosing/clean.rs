//! Clean strategies are clean: nothing of the hidden tests and of the reference solution is ever shown to anybody.

use crate::laws::scripts;
use crate::play::{Play, by_luck, key, problem};
use mend_core::{Literal, OracleLevel, Problem, RepairTree, Test, TestSuite};
use mend_repair::readable;

const MARKER: &str = "marked_as_secret";

/// The problem of plays, whose hidden tests and reference hold a word that stands nowhere else.
fn marked() -> Problem {
    let secret = |n: u32| Test::Call {
        args: Literal(format!("[\"{MARKER}_{n}\"]").into()),
        expected: Literal(format!("\"{MARKER}_of_{n}\"").into()),
    };
    let problem = problem();
    let tests = TestSuite { hidden: vec![secret(1), secret(2)], ..problem.tests.clone() };
    let reference = Some(format!("def inc(n):\n    {MARKER} = 1\n    return n + {MARKER}\n").into());
    Problem { tests, reference, ..problem }
}

#[test]
fn no_prompt_of_a_clean_strategy_shows_hidden_tests_or_the_reference() {
    let (mut clean, mut prompts) = (0, 0);
    for script in scripts() {
        if script.header().oracle().level() != OracleLevel::Clean {
            continue;
        }
        clean += 1;
        for luck in 0..10 {
            let mut play = Play::on(&script, by_luck, luck, marked(), RepairTree::new(key()));
            play.finish(luck).unwrap();
            for ask in &play.asked {
                prompts += 1;
                let shown = readable(&ask.messages);
                assert!(!shown.contains(MARKER), "{} shows {}: {shown}", script.name(), MARKER);
            }
        }
    }
    assert!(clean > 15 && prompts > 1000, "{clean} scripts, {prompts} prompts");
}

/// The test above could fail: a strategy that may see the hidden tests shows them.
#[test]
fn a_strategy_that_is_not_clean_shows_what_is_marked() {
    let script = scripts().into_iter().find(|script| script.name() == "self-repair").unwrap();
    assert_ne!(script.header().oracle().level(), OracleLevel::Clean);
    let shows = |luck: u64| {
        let mut play = Play::on(&script, by_luck, luck, marked(), RepairTree::new(key()));
        play.finish(luck).unwrap();
        play.asked.iter().any(|ask| readable(&ask.messages).contains(MARKER))
    };
    assert!((0..10).any(shows));
}
