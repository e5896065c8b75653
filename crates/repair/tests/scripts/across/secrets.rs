//! What may be known where: nothing of a problem that is reported stands in a prompt of one that is learnt from, and nothing
//! hidden of it in its own.

use super::loops::{named, prompts, rehearsed};
use crate::exchanges::other;
use mend_core::{Literal, Problem, Seat, Slot, Test, TestSuite};
use mend_repair::Says;
use std::sync::Arc;

/// The strategies that learn on some problems for others, with what makes them small.
const LEARNERS: [(&str, &[(&str, &str)]); 9] = [
    ("cdf", &[]),
    ("droc", &[("round", "1")]),
    ("reloop", &[("round", "1")]),
    ("reloop", &[("round", "1"), ("use", "rank"), ("n", "2")]),
    ("rubric", &[("round", "1")]),
    ("evoke", &[("rounds", "2")]),
    ("apohf", &[("openings", "1")]),
    ("drift", &[]),
    ("drift", &[("feed", "all")]),
];

/// A problem whose statement, hidden tests and reference hold words that stand nowhere else.
fn marked(number: usize) -> Arc<Problem> {
    let problem = named(&format!("play/{number}"));
    let secret = |test: u32| Test::Call {
        args: Literal(format!("[\"hidden_{number}_{test}_\"]").into()),
        expected: Literal(format!("\"hidden_{number}_of_{test}_\"").into()),
    };
    let tests = TestSuite { hidden: vec![secret(1), secret(2)], ..problem.tests.clone() };
    let statement = format!("def inc(n):\n    \"\"\"One more than n, statement_{number}_.\"\"\"\n").into();
    let reference =
        Some(format!("def inc(n):\n    reference_{number}_ = 1\n    return n + reference_{number}_\n").into());
    Arc::new(Problem { tests, statement, reference, ..problem })
}

/// First programs fail, repairs pass, texts say something, and the author of instructions too.
fn says(_: Seat, slot: &Slot) -> Says {
    match slot.kind() {
        mend_core::Kind::Program => Says::Program { public: false, hidden: false },
        mend_core::Kind::Repair => Says::Program { public: true, hidden: true },
        mend_core::Kind::Judgement => Says::judgement(None, Some(0)),
        mend_core::Kind::Note => Says::Text("Edges: mind them.\nWhen: it adds.\nDo: add.".to_owned()),
        _ => other(slot),
    }
}

/// The same, but first programs pass the tests of the statement: what is wrong with them only hidden tests say.
fn deceives(seat: Seat, slot: &Slot) -> Says {
    match slot.kind() {
        mend_core::Kind::Program => Says::Program { public: true, hidden: false },
        _ => says(seat, slot),
    }
}

#[test]
fn nothing_of_a_reported_problem_stands_where_something_is_learnt() {
    let problems: Vec<Arc<Problem>> = (0..8).map(marked).collect();
    let number = |problem: &Problem| problem.id.as_str().trim_start_matches("play/").to_owned();
    let (mut of_dev, mut of_test, mut hidden_of_dev) = (0, 0, 0);
    let all =
        LEARNERS.iter().flat_map(|learner| [says, deceives].map(|rule| (learner, rule as fn(Seat, &Slot) -> Says)));
    for ((name, chosen), rule) in all {
        let rehearsal = rehearsed((name, chosen), &problems, rule);
        let reported: Vec<String> =
            rehearsal.trials.iter().filter(|(turn, ..)| !turn.is_dev).map(|(_, problem, _)| number(problem)).collect();
        assert_eq!(reported.len(), 4, "{name}");
        for (at, (turn, problem, _)) in rehearsal.trials.iter().enumerate() {
            let shown = prompts(&rehearsal, at);
            if turn.is_dev {
                of_dev += usize::from(!shown.is_empty());
                hidden_of_dev += usize::from(shown.contains("hidden_"));
                for number in &reported {
                    for part in ["statement", "hidden", "reference"] {
                        assert!(!shown.contains(&format!("{part}_{number}_")), "{name} {at} shows {part} of {number}");
                    }
                }
            } else {
                of_test += 1;
                let own = number(problem);
                assert!(shown.contains(&format!("statement_{own}_")), "{name} {at}: {shown}");
                for part in ["hidden", "reference"] {
                    assert!(!shown.contains(&format!("{part}_{own}_")), "{name} {at} shows its own {part}");
                }
                for other in reported.iter().filter(|other| **other != own) {
                    assert!(!shown.contains(&format!("_{other}_")), "{name} {at} shows something of {other}");
                }
            }
        }
    }
    // The test could fail: problems that are learnt from do show their own hidden tests, where that is granted.
    assert!(of_dev > 100 && of_test == 72 && hidden_of_dev > 5, "{of_dev} {of_test} {hidden_of_dev}");
}
