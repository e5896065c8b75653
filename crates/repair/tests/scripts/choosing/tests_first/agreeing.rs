//! Programs and tests that vouch for each other: GenX, CodeT and AutoIF.

use super::{tested, with_tests};
use crate::exchanges::{all_fail, played, played_on, refused};
use crate::play::problem;
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

#[test]
fn genx_prefers_two_programs_that_agree_to_a_lone_one_with_more_tests() {
    // The first two programs pass the first two tests, the third alone passes the other three.
    let of_card = |slot: &str, index: u32| (slot == "p2") == (index >= 2);
    let by = |select: &str| tested("genx", &[("n", "3"), ("suites", "1"), ("select", select)], 5, of_card);
    assert_eq!(by("mutual").handed_in, ["p0", "p1", "p2"]);
    assert_eq!(by("codet").handed_in, ["p2", "p0", "p1"], "sqrt(1) * 3 > sqrt(2) * 2");
    assert_eq!(by("most").handed_in, ["p2", "p0", "p1"]);
    let first = by("first");
    assert_eq!(
        (first.requests(), first.handed_in),
        ("coder p0 p1 p2 (2)".to_owned(), ["p0", "p1", "p2"].map(str::to_owned).to_vec())
    );
    insta::assert_snapshot!(by("mutual").requests(), @r"
    coder p0 p1 p2 (2)
    tester t0 (2)
    ");
    assert!(refused("genx", &[("select", "last")]).contains("expected mutual, codet, most or first"));
}

#[test]
fn codet_ranks_groups_by_the_root_of_their_programs_times_their_tests() {
    let chosen = [("n", "6"), ("suites", "1")];
    // Three programs pass two tests: sqrt(3) * 2 = 3.46. One passes four: 4. Two pass one: 1.41.
    let codet = tested("codet", &chosen, 5, |slot, index| match slot {
        "p0" | "p2" | "p4" => index < 2,
        "p3" => index < 4,
        _ => index == 4,
    });
    assert_eq!(codet.handed_in, ["p3", "p0", "p1", "p2", "p4", "p5"], "the first of each group, then the others");
    // Four programs with one test and one with two are worth the same: the earlier one leads.
    let tie = tested("codet", &chosen, 3, |slot, index| match slot {
        "p5" => false,
        "p1" => index >= 1,
        _ => index == 0,
    });
    assert_eq!(tie.handed_in[..2], ["p0", "p1"]);
    let most = tested("codet", &[("n", "3"), ("suites", "1"), ("select", "most")], 3, |slot, index| {
        slot == "p1" && index == 0
    });
    assert_eq!(most.handed_in, ["p1", "p0", "p2"]);
}

#[test]
fn codet_counts_five_tests_of_an_answer_and_equal_tests_once() {
    let codet = tested("codet", &[("n", "2"), ("suites", "3")], 8, |_, _| true);
    insta::assert_snapshot!(codet.requests(), @r"
    coder p0 p1 (2)
    tester t0 t1 t2 (2)
    ");
    assert!(codet.question("t0").contains("at most 5 asserts"), "{}", codet.question("t0"));
    // All three answers hold the same tests: none but the first is run.
    let node = codet.play.tree.node(&"p0".parse().unwrap()).unwrap();
    assert_eq!(node.tested.keys().map(ToString::to_string).collect::<Vec<_>>(), ["t0"]);
    assert_eq!(
        played("codet", &[("n", "3"), ("suites", "2")], all_fail).handed_in,
        ["p0", "p1", "p2"],
        "no test can be read"
    );
}

#[test]
fn autoif_keeps_what_agrees_and_pairs_what_is_accepted_with_what_is_not() {
    // Eleven cases, of which nobody passes the last. Of the ten that are kept, verifiers pass 10, 8, 7, 9 and none.
    let passed = |slot: &Slot| match &*slot.to_string() {
        "p0" => 10,
        "p1" => 8,
        "p2" => 7,
        "p3" => 9,
        _ => 0,
    };
    // Two of the three that are kept do one thing, the third does another.
    let does = |slot: &str| match slot {
        "p0" | "p1" | "p5" | "p8" | "p12" => "x",
        "p3" | "p6" => "y",
        _ => "z",
    };
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p8/v0" => Says::Text("Score: 8/10".to_owned()),
        "p12/v0" => Says::words(),
        _ if slot.kind() == Kind::Judgement => Says::Text("Score: 9/10".to_owned()),
        _ => with_tests(slot, 11),
    };
    let with = |chosen: &[(&str, &str)]| {
        played_on("autoif", chosen, problem(), |problem| {
            ScriptedModel::new(problem, rule)
                .testing(move |slot, index| index < passed(slot))
                .running(move |slot, _| does(&slot.to_string()).to_owned())
        })
    };
    let chosen = [("verifiers", "5"), ("suites", "1"), ("per_set", "11")];
    let auto = with(&chosen);
    insta::assert_snapshot!(auto.requests(), @r"
    coder p0 p1 p2 p3 p4 (2)
    tester t0 (2)
    coder p5 p6 p7 p8 p9 p10 p11 p12 (2)
    judge p5/v0 (1)
    judge p6/v0 (1)
    judge p8/v0 (1)
    judge p12/v0 (1)
    ");
    assert_eq!(auto.handed_in, ["p5", "p6"], "two thirds and one third accept them, and the score is above 8 of 10");
    // Accuracies by hand, over the verifiers p0, p1 and p3.
    let accuracy = |slot: &str| ["p0", "p1", "p3"].iter().filter(|kept| does(kept) == does(slot)).count() as f64 / 3.0;
    let responses: Vec<String> = (5..13).map(|number| format!("p{number}")).collect();
    let accuracies: Vec<(&str, f64)> = responses.iter().map(|slot| (&**slot, accuracy(slot))).collect();
    let pairs = [("p5", "p7"), ("p5", "p9"), ("p8", "p7"), ("p8", "p9")];
    assert_eq!(pairs_of(&accuracies), pairs, "two of each, in all combinations; a third is neither");
    assert_eq!(pairs_of(&accuracies[..3]), [("p5", "p7")], "one of each");
    assert_eq!(pairs_of(&accuracies[..5]).len(), 4, "two of each");
    assert_eq!(pairs_of(&[("p5", 0.5), ("p7", 0.0), ("p9", 0.0)]).len(), 2, "one of one side, two of the other");
    assert!(pairs_of(&accuracies[..2]).is_empty(), "nothing that is never accepted");
    // One case fewer, or two verifiers: the problem is dropped before any response is drawn.
    assert_eq!(with(&[("verifiers", "5"), ("suites", "1"), ("per_set", "9")]).handed_in, Vec::<String>::new());
    let few = with(&[("verifiers", "2"), ("suites", "1"), ("per_set", "11")]);
    assert_eq!((few.nodes(), few.handed_in.len()), (3, 0));
}

/// The preference pairs of AutoIF: those accepted by half or more against those that nobody accepts, up to two of each if
/// either side has two.
fn pairs_of<'a>(accuracies: &[(&'a str, f64)]) -> Vec<(&'a str, &'a str)> {
    let of = |wanted: fn(f64) -> bool| {
        accuracies.iter().filter(move |(_, accuracy)| wanted(*accuracy)).map(|(slot, _)| *slot)
    };
    let (better, worse) = (of(|accuracy| accuracy >= 0.5), of(|accuracy| accuracy == 0.0));
    let worse: Vec<&str> = worse.take(2).collect();
    better.take(2).flat_map(|one| worse.iter().map(move |other| (one, *other)).collect::<Vec<_>>()).collect()
}
