//! One of several programs is picked: S*, MathCritique, and the baselines.

use super::{grouped, requests_by_place, tests, with_tests};
use crate::exchanges::{all_fail, all_pass, played, played_on, refused};
use crate::play::problem;
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

#[test]
fn s_star_gives_half_a_point_to_each_where_the_judge_contradicts_himself() {
    // He prefers what stands first, but knows that the third program is better than the first.
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        // The second meeting is of the first and the third program.
        "v2" => Says::judgement(None, Some(1)),
        _ if slot.kind() == Kind::Judgement => Says::judgement(None, Some(0)),
        _ if slot.kind() == Kind::Tests => tests(2),
        _ => all_pass(Seat::CODER, slot),
    };
    let star = played("s-star", &[("n", "3")], rule);
    insta::assert_snapshot!(star.requests(), @r"
    coder p0 (2)
    coder p1 (2)
    coder p2 (2)
    tester t0 (2)
    tester t1 (2)
    tester t2 (2)
    tester t3 (2)
    judge v0 (2)
    judge v1 (2)
    judge v2 (2)
    judge v3 (2)
    judge v4 (2)
    judge v5 (2)
    ");
    // Points 1/2, 1 and 3/2. Without points for a contradiction the first would be before the second.
    assert_eq!(star.handed_in, ["p2", "p1", "p0"]);
    let sampling = |slot: &str| star.ask(slot).terms.sampling.temperature;
    assert_eq!((sampling("p0"), sampling("p2")), (Some(0.7), Some(0.7 + 0.0001 * 2.0)));
    insta::assert_snapshot!(star.question("v1"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Program A:

    ```python
    def inc(*given):
        return "p1 coder"
    ```

    Program B:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    Both were run on this: inc(0)
    A gives p1
    B gives p0

    Both were run on this: inc(1)
    A gives p1
    B gives p0

    Which of the two is right, or nearer to it? Think about it, and end with a line `Choice: A` or `Choice: B`.
    "#);
}

#[test]
fn s_star_debugs_on_the_public_tests_and_compares_what_passes_them() {
    // The second program passes after a repair, the third at once; the first never does.
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p1/r0" | "p2" => Says::Program { public: true, hidden: false },
        _ if slot.kind() == Kind::Judgement => Says::judgement(None, None),
        _ => with_tests(slot, 1),
    };
    let star = played("s-star", &[("n", "3"), ("rounds", "2")], rule);
    insta::assert_snapshot!(requests_by_place(&star), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (6)
    coder p1 (2)
    coder p1/r0 (4)
    coder p2 (2)
    tester t0 (2)
    tester t1 (2)
    judge v0 (2)
    judge v1 (2)
    ");
    assert_eq!(
        star.handed_in,
        ["p2", "p1/r0"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>(),
        "undecided: by place"
    );
    for (select, nodes, handed_in) in
        [("first", 6, 2), ("random", 6, 1), ("oracle", 6, 0), ("majority", 7, 2), ("tests", 7, 2)]
    {
        let star = played("s-star", &[("n", "3"), ("rounds", "2"), ("select", select)], rule);
        assert_eq!((star.nodes(), star.handed_in.len()), (nodes, handed_in), "{select}");
    }
}

#[test]
fn a_majority_is_the_first_of_the_largest_group() {
    let majority = grouped("maj-at-k", &[("k", "6")], &[2, 3, 1]);
    assert_eq!(
        (majority.requests(), majority.handed_in),
        ("coder p0 p1 p2 p3 p4 p5 (2)\ntester t0 (2)".to_owned(), vec!["p2".to_owned()])
    );
    assert_eq!(grouped("maj-at-k", &[("k", "4")], &[2, 2]).handed_in, ["p0"], "among equals the one that began first");
    assert_eq!(grouped("codet", &[("n", "6"), ("suites", "2"), ("select", "cluster")], &[1, 3, 2]).handed_in, ["p1"]);
    assert_eq!(played("maj-at-k", &[("k", "2")], all_fail).handed_in, ["p0", "p1"], "no input can be read");
}

#[test]
fn best_of_n_hands_in_what_its_score_likes_best() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/v0" => Says::words(),
        "p1/v0" => Says::judgement(Some(0.25), None),
        "p2/v0" | "p3/v0" => Says::judgement(Some(0.75), None),
        "p1" => Says::Program { public: true, hidden: false },
        _ => with_tests(slot, 4),
    };
    let by = |score: &str| {
        played_on("best-of-n", &[("n", "4"), ("score", score)], problem(), |problem| {
            ScriptedModel::new(problem, rule)
                .testing(|slot, index| slot.to_string() == format!("p{index}") || index == 3)
        })
    };
    assert_eq!(by("judge").handed_in, ["p2", "p3", "p1", "p0"], "a score that cannot be read is the last");
    assert_eq!(by("tests").handed_in, ["p0", "p1", "p2", "p3"]);
    assert_eq!(by("public").handed_in, ["p1", "p0", "p2", "p3"]);
    assert_eq!((by("random").nodes(), by("random").handed_in.len()), (4, 1));
    assert!(refused("best-of-n", &[("score", "size")]).contains("expected judge, tests, public or random"));
}

#[test]
fn mathcritique_refines_what_is_flagged_side_by_side_or_in_turn() {
    let flagged =
        Says::Text("lines 1-2 | right | reads\nlines 3-4 | wrong | adds twice\n\nVerdict: incorrect".to_owned());
    let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p1/f0" | "p0/f0" => flagged.clone(),
        // Without a verdict the steps say it.
        "p3/f0" => Says::Text("lines 1-2 | right | reads\nlines 3-4 | wrong | adds twice".to_owned()),
        _ if slot.kind() == Kind::Feedback => {
            Says::Text("lines 1-4 | right | all of it\n\nVerdict: correct".to_owned())
        }
        _ => with_tests(slot, 2),
    };
    let does = |slot: &Slot, _: &str| {
        if ["p2", "p3/f0/r0", "p4"].contains(&&*slot.to_string()) { "5" } else { "6" }.to_owned()
    };
    let parallel =
        played_on("mathcritique", &[], problem(), |problem| ScriptedModel::new(problem, rule.clone()).running(does));
    insta::assert_snapshot!(requests_by_place(&parallel), @r"
    coder p0 p1 p2 p3 p4 (2)
    critic p0/f0 (2)
    repairer p0/f0/r0 (2)
    critic p1/f0 (2)
    repairer p1/f0/r0 (2)
    critic p2/f0 (2)
    critic p3/f0 (2)
    repairer p3/f0/r0 (2)
    critic p4/f0 (2)
    tester t0 (2)
    ");
    assert_eq!(parallel.handed_in, ["p2"], "three of five results do the same");
    let turns = played("mathcritique", &[("mode", "sequential")], rule);
    insta::assert_snapshot!(turns.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    repairer p0/f0/r0 (2)
    critic p0/f0/r0/f0 (2)
    ");
    assert_eq!(turns.handed_in, ["p0/f0/r0"], "until nothing is flagged");
    assert!(turns.ask("p0/f0").terms.forbids_code);
}
