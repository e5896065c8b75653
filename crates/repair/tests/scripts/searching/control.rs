//! P, PI and PID control: the worked figures of its card, and what each level says.

use super::{block_of, passing, text, value, with_public};
use crate::exchanges::{Played, depth, level, played_on, refused, shipped};
use mend_core::{Kind, Slot};
use mend_judge::{Look, Sight};
use mend_repair::ScriptedModel;

/// Plays with programs that pass none, one, one and both of two tests.
fn controlled(kind: &str) -> Played {
    played_on("control", &[("kind", kind)], with_public(2), |problem| {
        ScriptedModel::new(problem, |_, slot| passing([0, 1, 1, 2][depth(slot)], 2))
    })
}

const PROGRAMS: [&str; 4] = ["p0", "p0/r0", "p0/r0/r0", "p0/r0/r0/r0"];

#[test]
fn errors_of_1_a_half_a_half_and_0_take_the_levels_of_the_card() {
    for (kind, signals, levels) in [
        ("PID", ["1.30", "0.85", "1.10", "0.50"], [4, 2, 3, 1]),
        ("PI", ["1.30", "0.95", "1.10", "0.60"], [4, 3, 3, 2]),
        ("P", ["1.00", "0.50", "0.50", "0.00"], [3, 1, 1, 0]),
    ] {
        let played = controlled(kind);
        for (round, program) in PROGRAMS.into_iter().enumerate() {
            let (error, u, step) = (["1.00", "0.50", "0.50", "0.00"][round], signals[round], levels[round]);
            let temperature = ["0.2", "0.4", "0.6", "0.8", "1.0"][step];
            let logged = format!("error {error}, u {u}, level {step}, temperature {temperature}");
            assert_eq!(text(&played, &format!("{program}/n0")), logged, "{kind} {program}");
            // The level decides how the next program is asked for.
            if let Some(next) = PROGRAMS.get(round + 1) {
                let sampled = played.ask(next).terms.sampling.temperature.unwrap();
                assert!((sampled - (0.2 + 0.2 * step as f64)).abs() < 1e-9, "{kind} {next}: {sampled}");
            }
        }
        assert_eq!(played.nodes(), 4, "{kind}: a program that passes ends it");
        assert_eq!(played.handed_in, ["p0/r0/r0/r0"]);
    }
    assert!(refused("control", &[("kind", "PD")]).contains("expected P, PI or PID"));
}

#[test]
fn the_sum_of_errors_is_held_and_a_fall_below_zero_is_level_0() {
    assert_eq!(value("control", "[signal([1.0] * n, GAINS['PI']) for n in [1, 2, 3, 9]]"), "[1.3, 1.6, 1.6, 1.6]");
    assert_eq!(
        value("control", "[level(u) for u in [-0.1, 0.0, 0.29, 0.3, 0.6, 0.9, 1.2, 9.0]]"),
        "[0, 0, 0, 1, 2, 3, 4, 4]"
    );
    assert_eq!(value("control", "level(signal([1.0, 0.0], (0.0, 0.0, 1.0)))"), "0");
}

#[test]
fn a_level_says_more_than_the_one_below_it() {
    let said = |kind: &str, program: &str| {
        let question = controlled(kind).question(program);
        question.split("Its tests say:\n\n").nth(1).unwrap().split("\n\nMend").next().unwrap().to_owned()
    };
    let first = "The call inc(2) gives p0/r0, and should give 3.";
    assert_eq!(said("P", "p0/r0/r0"), "wrong_answer");
    assert_eq!(said("PID", "p0/r0/r0"), first);
    assert!(said("PID", "p0/r0").contains("inc(1)") && said("PID", "p0/r0").contains("inc(2)"));
    // A weak error says right or wrong alone.
    let weak = played_on("control", &[("kind", "P"), ("rounds", "1")], with_public(4), |problem| {
        ScriptedModel::new(problem, |_, _| passing(3, 4))
    });
    assert!(weak.question("p0/r0").contains("Its tests say:\n\nwrong\n"), "{}", weak.question("p0/r0"));
    assert_eq!(text(&weak, "p0/n0"), "error 0.25, u 0.25, level 0, temperature 0.2");
}

#[test]
fn the_strongest_level_shows_how_the_program_ran() {
    let traced = |kind: &str| {
        played_on("control", &[("kind", kind)], with_public(2), |problem| {
            ScriptedModel::new(problem, |_, slot| passing([0, 1, 1, 2][depth(slot)], 2)).looking(
                |slot, look| match look {
                    Look::Trace { .. } => Sight::Trace(Some(block_of("n", &slot.to_string()))),
                    _ => panic!("nothing else is looked at"),
                },
            )
        })
    };
    // The levels of PID are 4, 2, 3 and 1, those of P 3, 1, 1 and 0.
    let pid = traced("PID");
    assert!(pid.question("p0/r0").contains("    n = p0\n"), "{}", pid.question("p0/r0"));
    let others = [(&pid, "p0/r0/r0"), (&pid, "p0/r0/r0/r0"), (&traced("P"), "p0/r0")]
        .map(|(played, slot)| played.question(slot));
    assert!(others.iter().all(|question| !question.contains("n = p0")), "{others:?}");
}

#[test]
fn prompts_hold_the_task_and_the_last_program_and_the_best_program_is_handed_in() {
    let played = played_on("control", &[("rounds", "3")], with_public(2), |problem| {
        ScriptedModel::new(problem, |_, slot: &Slot| passing([0, 1, 0, 1][depth(slot)], 2))
    });
    assert_eq!(played.handed_in, ["p0/r0"], "of equal ones the first");
    for slot in ["p0/r0", "p0/r0/r0", "p0/r0/r0/r0"] {
        assert_eq!(played.ask(slot).messages.len(), 4, "system, task, last program, what its tests say");
    }
    assert!(played.messages("p0/r0/r0/r0").contains("This is p0/r0/r0."));
    assert!(!played.messages("p0/r0/r0/r0").contains("This is p0/r0.\n"));
    assert!(played.play.asked.iter().all(|ask| ask.slots[0].kind() != Kind::Note), "nobody is asked for the log");
    assert_eq!((level("control", &[]).as_str(), shipped("control", &[]).header().bound), ("clean", 7));
}
