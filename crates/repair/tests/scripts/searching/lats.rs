//! LATS: a tree of three steps worked by hand, where the search goes, and the leak of the released code.

use super::{text, value};
use crate::exchanges::{Played, all_fail, level, played, played_on, refused, shipped};
use crate::play::problem;
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

const TESTS: [&str; 4] = ["assert inc(0) == 1", "assert inc(1) == 2", "assert inc(2) == 3", "assert inc(3) == 4"];

/// Plays with programs that pass so many of the four tests of its own, and the hidden ones by a rule.
fn searched(chosen: &[(&str, &str)], own: fn(&str) -> u32, hidden: fn(&str) -> bool) -> Played {
    let rule = move |_: Seat, slot: &Slot| match slot.kind() {
        Kind::Program | Kind::Repair => Says::Program { public: true, hidden: hidden(&slot.to_string()) },
        Kind::Tests => Says::tests(&TESTS),
        _ => Says::words(),
    };
    played_on("lats", chosen, problem(), |problem| {
        ScriptedModel::new(problem, rule).testing(move |slot, index| index < own(&slot.to_string()))
    })
}

/// How many of four tests each program of the worked tree passes.
fn worked(slot: &str) -> u32 {
    match slot {
        "p0" | "p0/r0" | "p0/r1/r0" => 1,
        "p0/r1" | "p0/r0/r1" => 2,
        "p0/r0/r0" => 3,
        "p0/r1/r1" => 0,
        _ => panic!("{slot} is not in the worked tree"),
    }
}

#[test]
fn three_steps_visit_and_value_the_tree_as_worked_by_hand() {
    let small = [("iterations", "3"), ("width", "2")];
    let played = searched(&small, worked, |_| false);
    // Step 1 repairs the root: values 1/4 and 1/2. Step 2: UCT .25 + sqrt(ln 2 / 1) against .5 + sqrt(ln 2 / 1), so r1 is
    // repaired: 1/4 and 0, which leaves it a mean of (1/2 + 1/4 + 0) / 3 = 1/4. Step 3: .25 + sqrt(ln 4 / 1) = 1.4274
    // against .25 + sqrt(ln 4 / 3) = .9298, so r0 is repaired: 3/4 and 1/2, and its mean is (1/4 + 3/4 + 1/2) / 3 = 1/2.
    // All six values came back to the root: 2.25 / 6.
    insta::assert_snapshot!(text(&played, "p0/n1"), @r"
    p0: visits 6, value 0.3750
    p0/r0: visits 3, value 0.5000
    p0/r1: visits 3, value 0.2500
    p0/r1/r0: visits 1, value 0.2500
    p0/r1/r1: visits 1, value 0.0000
    p0/r0/r0: visits 1, value 0.7500
    p0/r0/r1: visits 1, value 0.5000
    ");
    let requests = played.requests();
    let order: Vec<&str> = requests.lines().filter(|line| line.starts_with("coder")).collect();
    assert_eq!(
        order,
        ["coder p0 (2)", "coder p0/r0 p0/r1 (2)", "coder p0/r1/r0 p0/r1/r1 (2)", "coder p0/r0/r0 p0/r0/r1 (2)"]
    );
    assert_eq!(played.handed_in, ["p0/r0/r0"], "the largest share of its tests");
    let close = |expression: &str, wanted: f64| {
        let found: f64 = value("lats", expression).parse().unwrap();
        assert!((found - wanted).abs() < 1e-12, "{expression}: {found}, expected {wanted}");
    };
    close("uct(0.25, 1, 4, 1.0)", 0.25 + 4_f64.ln().sqrt());
    close("uct(0.75, 3, 4, 1.0)", 0.25 + (4_f64.ln() / 3.0).sqrt());
    close("uct(0.75, 3, 4, 0.0)", 0.25);
}

#[test]
fn a_repair_is_shown_what_was_learnt_from_all_programs_above_it() {
    let played = searched(&[("iterations", "3"), ("width", "2")], worked, |_| false);
    insta::assert_snapshot!(played.question("p0/r1/r0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Reply with the whole function, imports and helpers included, in one ```python code block.

    What was learnt from earlier programs, the first one first:

    > Passing tests:
    > - assert inc(0) == 1
    >
    > Failing tests:
    > - assert inc(1) == 2: the assertion `assert inc(1) == 2` fails
    > - assert inc(2) == 3: the assertion `assert inc(2) == 3` fails
    > - assert inc(3) == 4: the assertion `assert inc(3) == 4` fails
    >
    > Learnt from it: This is p0/n0.

    > Passing tests:
    > - assert inc(0) == 1
    > - assert inc(1) == 2
    >
    > Failing tests:
    > - assert inc(2) == 3: the assertion `assert inc(2) == 3` fails
    > - assert inc(3) == 4: the assertion `assert inc(3) == 4` fails
    >
    > Learnt from it: This is p0/r1/n0.

    The last of them is this one:

    ```python
    def inc(*given):
        return "p0/r1 coder"
    ```

    Write a better program, whole, in one ```python block.
    "#);
    assert_eq!(played.shows("p0/r1/r0"), ["p0/r1", "p0"]);
    // The last step is not reflected on: nobody would read it.
    let reflected: Vec<String> =
        played.play.asked.iter().filter(|ask| ask.seat == Seat::CRITIC).map(|ask| ask.slots[0].to_string()).collect();
    assert_eq!(reflected, ["p0/n0", "p0/r0/n0", "p0/r1/n0", "p0/r1/r0/n0", "p0/r1/r1/n0"]);
}

#[test]
fn the_first_program_that_passes_its_tests_ends_the_search() {
    let at_once = searched(&[], |_| 4, |_| false);
    assert_eq!((at_once.nodes(), at_once.handed_in), (2, vec!["p0".to_owned()]));
    let second = searched(&[("width", "3")], |slot| if slot == "p0/r1" || slot == "p0/r2" { 4 } else { 0 }, |_| true);
    assert_eq!((second.nodes(), second.handed_in), (6, vec!["p0/r1".to_owned()]));
    assert_eq!(played("lats", &[], all_fail).nodes(), 2, "without a test that can be read there is no search");
    let whole = shipped("lats", &[]).header().bound;
    assert_eq!(whole, 3 + 5 * 15);
    let never = searched(&[], |_| 0, |_| true);
    assert_eq!((never.nodes() as u64, never.handed_in), (whole, vec!["p0".to_owned()]));
}

#[test]
fn the_leak_goes_on_until_the_hidden_tests_pass() {
    // The first repair passes the tests of its own, but not the hidden ones; a repair of the second step passes both.
    let own = |slot: &str| if ["p0/r0", "p0/r0/r1"].contains(&slot) { 4 } else { 1 };
    let hidden = |slot: &str| slot == "p0/r0/r1";
    let small = [("iterations", "3"), ("width", "2")];
    let leaks = [("iterations", "3"), ("width", "2"), ("leak", "true")];
    assert_eq!(searched(&small, own, hidden).handed_in, ["p0/r0"]);
    let leaking = searched(&leaks, own, hidden);
    assert_eq!(leaking.handed_in, ["p0/r0/r1"]);
    // Its value is that of its tests and one more.
    assert!(text(&leaking, "p0/n1").ends_with("p0/r0/r1: visits 1, value 2.0000"), "{}", text(&leaking, "p0/n1"));
    // In the last step every program is tried on the hidden tests.
    let late = |slot: &str| slot == "p0/r1/r1";
    assert_eq!(searched(&leaks, |slot| slot.matches('r').count() as u32, late).handed_in, ["p0/r1/r1"]);
    assert_eq!((level("lats", &[]).as_str(), level("lats", &[("leak", "true")]).as_str()), ("clean", "hidden_stop"));
    assert!(refused("lats", &[("leak", "perhaps")]).contains("leak"));
}
