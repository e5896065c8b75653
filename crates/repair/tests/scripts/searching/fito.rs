//! FITO: edits are kept or not by the number that is drawn, and by nothing else.

use super::{passing, text, value, with_public};
use crate::exchanges::{Played, all_fail, depth, level, played, played_on, refused, shipped};
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

const DEFECTS: &str = "line 2 | wrong_value | major | adds twice\nlines 1-2 | missing_case | minor | nothing for 0";

/// Plays with programs that pass so many of four tests.
fn walked(chosen: &[(&str, &str)], passes: fn(&Slot) -> usize) -> Played {
    let rule = move |_: Seat, slot: &Slot| match slot.kind() {
        Kind::Program | Kind::Repair => passing(passes(slot), 4),
        _ => Says::Text(DEFECTS.to_owned()),
    };
    played_on("fito", chosen, with_public(4), |problem| ScriptedModel::new(problem, rule))
}

/// What the note below an edit says: the edit, s_new, s_cur, T, draw, and whether it was accepted.
struct Step {
    edit: String,
    new: f64,
    current: f64,
    temperature: f64,
    draw: f64,
    is_accepted: bool,
}

/// The steps of a walk, in their order: every edit was asked for after the one before it.
fn steps(played: &Played) -> Vec<Step> {
    let edits = played.play.asked.iter().filter(|ask| ask.slots[0].kind() == Kind::Repair);
    let step = |edit: String| {
        let said = text(played, &format!("{edit}/n0"));
        let fields: Vec<&str> = said.split(", ").collect();
        let [new, current, temperature, draw, outcome] = fields.as_slice() else { panic!("{said}") };
        let number = |field: &str, name: &str| field.strip_prefix(name).unwrap().trim().parse().unwrap();
        Step {
            new: number(new, "s_new"),
            current: number(current, "s_cur"),
            temperature: number(temperature, "T"),
            draw: number(draw, "draw"),
            is_accepted: match *outcome {
                "accepted" => true,
                "rejected" => false,
                _ => panic!("{said}"),
            },
            edit,
        }
    };
    edits.map(|ask| step(ask.slots[0].to_string())).collect()
}

#[test]
fn an_edit_is_accepted_or_rejected_by_the_printed_draw() {
    // An edit passes one test less than the program that it edits, now and then one more.
    let played = walked(&[("steps", "12")], |slot| if slot.to_string().len() % 7 < 5 { 1 } else { 2 });
    let steps = steps(&played);
    assert_eq!(steps.len(), 12);
    let (mut current, mut cold) = ("p0".to_owned(), 0.3);
    let (mut uphill, mut taken, mut refused) = (0, 0, 0);
    for step in &steps {
        assert!(step.edit.starts_with(&format!("{current}/f")), "{} is an edit of {current}", step.edit);
        assert_eq!(step.edit.matches('r').count(), current.matches('r').count() + 1);
        assert!((step.temperature - cold).abs() < 5e-5, "{}: {}", step.edit, step.temperature);
        let by_draw = step.new >= step.current || step.draw < ((step.new - step.current) / cold).exp();
        assert_eq!(step.is_accepted, by_draw, "{}", step.edit);
        match (step.new >= step.current, step.is_accepted) {
            (true, _) => uphill += 1,
            (false, true) => taken += 1,
            (false, false) => refused += 1,
        }
        if step.is_accepted {
            current.clone_from(&step.edit);
        }
        cold *= 0.8;
    }
    assert!(uphill > 0 && taken > 0 && refused > 0, "{uphill} {taken} {refused}");
    let draws: std::collections::BTreeSet<String> = steps.iter().map(|step| step.draw.to_string()).collect();
    assert_eq!(draws.len(), 12, "each step draws anew");
}

#[test]
fn the_chance_of_a_worse_edit_falls_with_the_temperature() {
    let taken = |temperature: &str, draw: &str| value("fito", &format!("accepted(0.25, 0.5, {temperature}, {draw})"));
    // exp(-.25 / .3) = .4346, exp(-.25 / .15) = .1889.
    assert_eq!((taken("0.3", "0.43"), taken("0.3", "0.44")), ("True".to_owned(), "False".to_owned()));
    assert_eq!((taken("0.15", "0.18"), taken("0.15", "0.19")), ("True".to_owned(), "False".to_owned()));
    assert_eq!((taken("0.0", "0.0"), taken("1e-9", "0.0")), ("False".to_owned(), "False".to_owned()));
    assert_eq!(value("fito", "[accepted(0.5, 0.5, 0.0, 0.99), accepted(0.75, 0.5, 0.0, 0.99)]"), "[True, True]");
}

#[test]
fn the_best_program_seen_is_handed_in_and_a_perfect_one_ends_the_walk() {
    // Down all the way: whatever was accepted, the first program stays the best one.
    assert_eq!(walked(&[], |slot| 3_usize.saturating_sub(depth(slot))).handed_in, ["p0"]);
    let solved = walked(&[], |slot| if depth(slot) == 2 { 4 } else { depth(slot) });
    assert_eq!((solved.nodes(), solved.handed_in), (5, vec!["p0/f0/r0/f0/r0".to_owned()]));
    assert_eq!(walked(&[], |_| 4).nodes(), 1);
    let bound = |chosen: &[(&str, &str)]| shipped("fito", chosen).header().bound;
    assert_eq!(walked(&[], |_| 0).nodes() as u64, bound(&[]));
    assert_eq!((bound(&[]), bound(&[("pinpoint", "line")]), bound(&[("score", "severities")])), (17, 9, 18));
}

#[test]
fn an_edit_goes_by_the_listed_defects() {
    let played = walked(&[("steps", "1")], |_| 0);
    insta::assert_snapshot!(played.question("p0/f0/r0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    A program for this task:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    A reviewer says of it:

    > line 2: wrong_value, major
    > lines 1-2: missing_case, minor

    Mend these defects, and write the whole program in one ```python block.
    "#);
    assert_eq!(played.shows("p0/f0/r0"), ["p0/f0", "p0"]);
    // Without a model the failing test's own line is the defect.
    let by_line = walked(&[("steps", "1"), ("pinpoint", "line")], |_| 3);
    assert_eq!(by_line.requests(), "coder p0 (2)\nrepairer p0/r0 (2)");
    assert!(by_line.question("p0/r0").contains("> some line | wrong_value | minor"), "{}", by_line.question("p0/r0"));
    assert!(walked(&[("steps", "1"), ("pinpoint", "line")], |_| 2).question("p0/r0").contains("| major"));
    assert!(
        refused("fito", &[("pinpoint", "line"), ("score", "severities")]).contains("goes with `score = public` alone")
    );
    assert!(refused("fito", &[("score", "size")]).contains("expected public or severities"));
}

#[test]
fn without_tests_severities_are_the_score() {
    // The first program has a major and a minor defect, its edit a minor one, that one's edit none.
    let rule = |_: Seat, slot: &Slot| match (slot.kind(), slot.round()) {
        (Kind::Feedback, 0) => Says::Text(DEFECTS.to_owned()),
        (Kind::Feedback, 1) => Says::Text("line 2 | slow | minor | twice as often as needed".to_owned()),
        (Kind::Feedback, _) => Says::Text("I find nothing wrong with it.".to_owned()),
        _ => all_fail(Seat::CODER, slot),
    };
    let played = played("fito", &[("score", "severities")], rule);
    insta::assert_snapshot!(played.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    repairer p0/f0/r0 (2)
    critic p0/f0/r0/f0 (2)
    repairer p0/f0/r0/f0/r0 (2)
    critic p0/f0/r0/f0/r0/f0 (2)
    ");
    let walk: Vec<(f64, f64)> = steps(&played).iter().map(|step| (step.new, step.current)).collect();
    assert_eq!(walk, [(-1.0, -6.0), (0.0, -1.0)]);
    assert_eq!(played.handed_in, ["p0/f0/r0/f0/r0"]);
    assert!(!played.messages("p0/f0/r0").contains("should give"), "no test is seen");
    assert_eq!(level("fito", &[("score", "severities")]), "clean");
}
