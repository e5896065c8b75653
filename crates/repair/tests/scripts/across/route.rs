//! CDF: the kind of feedback by difficulty, and what is learnt of difficulty.

use super::loops::{At, json, kept, learnt, named, start, told};
use crate::exchanges::{all_fail, all_pass, level, played, refused, shipped};
use mend_core::{Problem, Seat, Slot};
use mend_repair::Says;

fn easy() -> Problem {
    Problem { difficulty: Some("easy".into()), ..named("test/0") }
}

/// The kind that a share leads to, by whom it asks.
#[track_caller]
fn routed(passed: u32, of: u32) -> &'static str {
    let state = json!({ "easy": [passed, of] });
    let requests = told(("cdf", &[]), &state, At::Test, easy(), all_fail).requests();
    match (requests.contains("critic p0/f0"), requests.contains("judge v0")) {
        (true, false) => "critique",
        (false, true) => "preference",
        (false, false) if requests.contains("repairer p0/r0") => "refinement",
        _ => panic!("{requests}"),
    }
}

#[test]
fn from_two_thirds_on_a_critique_from_one_third_on_a_refinement_below_a_preference() {
    let told: Vec<&str> =
        [(1, 1), (2, 3), (199, 300), (1, 2), (1, 3), (99, 300), (0, 3)].map(|(passed, of)| routed(passed, of)).to_vec();
    let expected = ["critique", "critique", "refinement", "refinement", "refinement", "preference", "preference"];
    assert_eq!(told, expected);
}

#[test]
fn a_difficulty_that_did_not_occur_has_the_share_of_all() {
    let state = json!({ "hard": [0, 6], "": [6, 6] });
    let requests = told(("cdf", &[]), &state, At::Test, easy(), all_fail).requests();
    insta::assert_snapshot!(requests, @r"
    coder p0 (2)
    repairer p0/r0 (2)
    ");
    // Without any difficulty it has that of those without.
    let requests = told(("cdf", &[]), &state, At::Test, named("test/1"), all_fail).requests();
    assert!(requests.contains("critic p0/f0"), "{requests}");
    let nothing = told(("cdf", &[]), &json!({}), At::Test, easy(), all_fail).requests();
    assert!(nothing.contains("repairer p0/r0"), "{nothing}");
}

#[test]
fn problems_that_are_learnt_from_get_programs_alone_and_are_counted_by_difficulty() {
    let right = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p1" => Says::Nothing,
        "p2" => Says::Program { public: true, hidden: false },
        _ => Says::Program { public: true, hidden: true },
    };
    let dev = told(("cdf", &[("draws", "4")]), &json!({}), At::Dev, easy(), right);
    assert_eq!((dev.requests().as_str(), kept(&dev)), ("coder p0 p1 p2 p3 (2)", json!([[2, 3]])));
    let script = shipped("cdf", &[]);
    assert_eq!(start(&script), json!({}));
    let state = learnt(
        &script,
        &json!({ "": [1, 3] }),
        &[("dev/0", json!([[2, 3]])), ("dev/1", json!([])), ("dev/2", json!([[0, 3]]))],
    );
    assert_eq!(state, json!({ "": [3, 9] }));
}

#[test]
fn the_best_of_a_tournament_is_handed_in() {
    let preferred = told(("cdf", &[("n", "3")]), &json!({ "easy": [0, 9] }), At::Test, easy(), |_, slot| {
        match &*slot.to_string() {
            // The second program beats both others in either order.
            "v0" | "v5" => Says::judgement(None, Some(1)),
            // So do they say of the first against the third, each time of the one that stands first.
            "v1" | "v2" | "v3" | "v4" => Says::judgement(None, Some(0)),
            _ => all_fail(Seat::CODER, slot),
        }
    });
    assert_eq!(preferred.nodes(), 9);
    assert_eq!(preferred.handed_in[0], "p1");
}

#[test]
fn the_first_draws_of_the_problem_itself_may_say_how_difficult_it_is() {
    let share = |passed: usize| {
        move |_: Seat, slot: &Slot| {
            let public = (0..3).map(|test| test < passed).collect();
            if slot.is_program() { Says::Suites { public, hidden: vec![] } } else { crate::exchanges::other(slot) }
        }
    };
    let problem = || {
        let mut problem = easy();
        problem.tests.public = problem.tests.hidden.iter().chain(&problem.tests.public).cloned().collect();
        problem
    };
    let by = |passed: usize| {
        let chosen = [("by", "draws")];
        crate::exchanges::played_on("cdf", &chosen, problem(), |problem| {
            mend_repair::ScriptedModel::new(problem, share(passed))
        })
    };
    assert!(by(2).requests().ends_with("critic p0/f0 (2)\nrepairer p0/f0/r0 (2)"), "{}", by(2).requests());
    assert!(by(1).requests().ends_with("repairer p0/r0 (2)") && !by(1).requests().contains("critic"));
    assert!(by(0).requests().contains("coder p3 (2)\n") && by(0).nodes() == 16);
    assert_eq!((by(3).requests().as_str(), by(3).handed_in), ("coder p0 p1 p2 (2)", vec!["p0".to_owned()]));
}

#[test]
fn each_kind_alone_is_a_control() {
    let alone = |by: &str| played("cdf", &[("by", by)], all_fail).requests();
    assert_eq!(alone("critique"), "coder p0 (2)\ncritic p0/f0 (2)\nrepairer p0/f0/r0 (2)");
    assert_eq!(alone("refinement"), "coder p0 (2)\nrepairer p0/r0 (2)");
    assert!(alone("preference").contains("judge v11 (2)"), "{}", alone("preference"));
    assert_eq!(played("cdf", &[("by", "critique")], all_pass).requests(), "coder p0 (2)");
    assert_eq!(level("cdf", &[]), "clean");
    assert!(refused("cdf", &[("by", "luck")]).contains("expected dev, draws, critique, refinement or preference"));
    assert!(refused("cdf", &[("learn_on", "none")]).contains("expected public or hidden"));
    assert!(refused("cdf", &[("dev", "0")]).contains("`dev` must be above 0"));
}
