//! Optimisation: what is taken, what is not, and when it ends.

use crate::exchanges::{Played, level, other, played_on, refused, shipped};
use crate::play::problem;
use mend_core::Slot;
use mend_judge::{Look, Sight, Unit, WorkCost};
use mend_repair::{Says, ScriptedModel};

/// Plays a chain whose programs cost so much, by rounds; `None` for a wrong one. What comes behind them costs as much as the
/// last.
fn played(chosen: &[(&str, &str)], costs: &'static [Option<u64>]) -> Played {
    let cost_of = |slot: &Slot| costs[depth(slot).min(costs.len() - 1)];
    played_on("optimise", chosen, problem(), move |problem| {
        ScriptedModel::new(problem, move |_, slot| {
            let is_right = cost_of(slot).is_some();
            if slot.is_program() { Says::Program { public: is_right, hidden: is_right } } else { other(slot) }
        })
        .looking(move |slot, look| {
            let Look::Cost { .. } = look else { panic!("{look:?}") };
            let cost = cost_of(slot).expect("a wrong program's cost is never looked at");
            Sight::Cost(Some(WorkCost { cost, unit: Unit::Fuel, reference: Some(1) }))
        })
    })
}

fn depth(slot: &Slot) -> usize {
    slot.to_string().matches('r').count()
}

/// Which program is handed in, by its round.
fn taken(played: &Played) -> Option<usize> {
    played.handed_in.first().map(|slot| slot.matches('r').count())
}

#[test]
fn three_percent_less_is_taken_one_percent_is_not_and_a_wrong_program_never() {
    // The last taken, and how many programs were written: two in a row that are not taken end it.
    for (costs, last, programs) in [
        (&[Some(1000), Some(970), Some(970)][..], 1, 4),
        (&[Some(1000), Some(990), Some(990)], 0, 3),
        // Two percent are enough, and not a thousandth less.
        (&[Some(1000), Some(980), Some(980)], 1, 4),
        (&[Some(1000), Some(981), Some(981)], 0, 3),
        (&[Some(1000), None, None], 0, 3),
        (&[Some(1000), None, Some(500), Some(500)], 2, 5),
        // One that was not taken is none to compare with: 975 is 2.5 % less than 1000.
        (&[Some(1000), Some(990), Some(975), Some(975)], 2, 5),
        (&[Some(1000), Some(2000), Some(900), Some(1800), Some(800), Some(800)], 4, 7),
        // Nothing is right at first; waiting for that is no plateau.
        (&[None, None, None, Some(70), Some(70)], 3, 6),
    ] {
        let played = played(&[], costs);
        assert_eq!((taken(&played), played.nodes()), (Some(last), programs), "{costs:?}");
    }
    let wrong = played(&[], &[None]);
    assert_eq!((wrong.handed_in.clone(), wrong.nodes()), (vec![], 9), "all steps, and nothing is handed in");
    assert_eq!(taken(&played(&[("steps", "2")], &[Some(1000), Some(900), Some(800), Some(1)])), Some(2));
    assert_eq!(taken(&played(&[("gain", "0.5")], &[Some(1000), Some(990), Some(990)])), Some(1));
    let patient = played(&[("plateau", "3")], &[Some(1000), Some(1000), Some(1000), Some(500), Some(500)]);
    assert_eq!((taken(&patient), patient.nodes()), (Some(3), 7));
}

#[test]
fn the_next_message_says_what_the_last_program_came_to() {
    let played = played(&[], &[Some(1_000_000_000_000), Some(999_000_000_000), None, None]);
    insta::assert_snapshot!(played.question("p0/r0"), @r"
    Your program passes the tests, and costs 1000000000000 fuel on them. It is the cheapest right one so far.

    Make it faster: it has to give the same results at less cost. Write the whole program in one ```python block.
    ");
    insta::assert_snapshot!(played.question("p0/r0/r0"), @r#"
    Your program passes the tests, and costs 999000000000 fuel on them. That is not enough less than the cheapest right one so far.

    The cheapest right program so far costs 1000000000000 fuel:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    Make it faster: it has to give the same results at less cost. Write the whole program in one ```python block.
    "#);
    assert_eq!(played.ask("p0/r0/r0").messages.len(), 6, "one conversation");
    let wrong = self::played(&[], &[None, Some(1), Some(1)]);
    insta::assert_snapshot!(wrong.question("p0/r0"), @r"
    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Mend the program, and write it whole in one ```python block.
    ");
}

#[test]
fn a_person_may_steer_and_the_scoring_tests_are_a_leak() {
    let steered = played(&[("steer", "true")], &[Some(1000), Some(900), Some(900)]);
    assert_eq!(steered.requests().lines().nth(1), Some("annotator p0/f0 (2)"));
    assert!(steered.question("p0/f0/r0").contains("Somebody who looked at it says:\n\n> This is p0/f0."));
    assert_eq!(taken(&steered), Some(1));
    assert_eq!(shipped("optimise", &[("steer", "true")]).header().bound, 17);
    assert_eq!(
        (level("optimise", &[]), level("optimise", &[("tests", "hidden")])),
        ("clean".into(), "tests_visible".into())
    );
    assert!(refused("optimise", &[("gain", "100")]).contains("a number of percent from 0 up to 100"));
    assert!(refused("optimise", &[("tests", "all")]).contains("expected public or hidden"));
}
