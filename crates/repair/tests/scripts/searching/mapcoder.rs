//! MapCoder: whom it asks, in which order, and never more than 25 times.

use super::value;
use crate::exchanges::{all_fail, all_pass, level, played, shipped};
use mend_core::{Kind, Slot};
use mend_repair::Says;

const RECALLED: &str = "<problem>\nAdd two.\nPlan:\nadd 1 twice\n</problem>\n<problem>Negate.</problem>\n<problem>Halve.\n</problem>\n<algorithm>Plain arithmetic.</algorithm>";

/// The second plan is the surest, then the third; of the first nobody says how sure he is.
fn judged(slot: &Slot, otherwise: Says) -> Says {
    let confidence = |text: &str| Says::Text(format!("It may work.\nConfidence: {text}"));
    match &*slot.to_string() {
        "n0" => Says::Text(RECALLED.to_owned()),
        "n0/n1/v0" => confidence("95 %"),
        "n0/n2/v0" => confidence("10 %"),
        _ if slot.kind() == Kind::Judgement => Says::words(),
        _ => otherwise,
    }
}

#[test]
fn it_asks_25_times_at_most() {
    assert_eq!(shipped("mapcoder", &[]).header().bound, 25);
    let all = played("mapcoder", &[], |seat, slot| judged(slot, all_fail(seat, slot)));
    assert_eq!(all.nodes(), 25);
    assert_eq!(all.handed_in, ["n0/n0/p0/r0/r0/r0/r0/r0"], "the last program");
    // By falling confidence; a plan without one comes last.
    let programs: Vec<String> = all
        .play
        .asked
        .iter()
        .filter(|ask| ask.slots[0].kind() == Kind::Program)
        .map(|ask| ask.slots[0].to_string())
        .collect();
    assert_eq!(programs, ["n0/n1/p0", "n0/n2/p0", "n0/n0/p0"]);
    assert!(all.play.asked.iter().all(|ask| ask.terms.sampling.temperature == Some(0.0)));
    for nothing in [Says::Nothing, Says::words()] {
        let played =
            played(
                "mapcoder",
                &[],
                move |seat, slot| if slot.to_string() == "n0" { nothing.clone() } else { all_fail(seat, slot) },
            );
        assert_eq!(played.nodes(), 25, "what was not recalled is planned without");
    }
    assert_eq!(level("mapcoder", &[]), "clean");
}

#[test]
fn the_surest_plan_that_works_is_the_last_one_tried() {
    let at_once = played("mapcoder", &[], |seat, slot| judged(slot, all_pass(seat, slot)));
    assert_eq!((at_once.nodes(), at_once.handed_in), (1 + 2 * 3 + 1, vec!["n0/n1/p0".to_owned()]));
    // The last repair of the surest plan passes: no other plan has its turn.
    let last = "n0/n1/p0/r0/r0/r0/r0/r0";
    let late = played("mapcoder", &[], move |_, slot| {
        let is_right = slot.to_string() == last;
        judged(slot, if slot.is_program() { Says::Program { public: is_right, hidden: false } } else { Says::words() })
    });
    assert_eq!((late.nodes(), late.handed_in), (1 + 2 * 3 + 6, vec![last.to_owned()]));
    // A coder who never answers by the surest plan leaves the others their turn.
    let silent = played("mapcoder", &[], |seat, slot| {
        judged(slot, if slot.to_string() == "n0/n1/p0" { Says::Nothing } else { all_pass(seat, slot) })
    });
    assert_eq!(silent.handed_in, ["n0/n2/p0"]);
}

#[test]
fn plans_are_made_by_examples_and_repairs_by_the_plan_as_it_was_changed() {
    let all = played("mapcoder", &[], |seat, slot| judged(slot, all_fail(seat, slot)));
    insta::assert_snapshot!(all.question("n0/n0"), @r#"
    A solved problem, with its plan:

    Add two.
    Plan:
    add 1 twice

    What is known of such tasks:

    Plain arithmetic.

    The task at hand:

    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Its examples:

    ```text
    [1] -> 2
    ```

    Write the plan of a solution, step by step, without code and without further words.
    "#);
    insta::assert_snapshot!(all.question("n0/n1/p0/r0/r0"), @r#"
    What is known of such tasks:

    Plain arithmetic.

    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    You went by this plan:

    > This is n0/n1/p0/r0.

    and wrote this program:

    ```python
    def inc(*given):
        return "n0/n1/p0/r0 coder"
    ```

    It fails a test: the call `inc(1)` should give `2`, but gives `n0/n1/p0/r0`.

    First write the plan anew, changed where it is wrong. Then write the whole program by it in one ```python block.
    "#);
    assert!(all.question("n0/n1/p0/r0").contains("> This is n0/n1."), "first the plan itself");
    assert!(all.question("n0/n2").contains("Halve."));
    assert_eq!(value("mapcoder", "tagged('<a> x </a><b>y</b><a>z\\n</a><a>', 'a')"), "[\"x\", \"z\"]");
}
