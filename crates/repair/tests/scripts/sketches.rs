//! Published systems as scripts of these tests: each runs in every order of arrival to one and the same tree.

use crate::play::{by_luck, problem};
use crate::script;
use mend_core::{Kind, Seat, Slot};
use mend_repair::{Says, Script, ScriptedModel, Trial, try_out};
use std::sync::Arc;

const REFLEXION: &str = include_str!("sketches/reflexion.star");
const S_STAR: &str = include_str!("sketches/s-star.star");
const TREE_SEARCH: &str = include_str!("sketches/tree-search.star");
const TALK: &str = include_str!("sketches/talk.star");
const MERGE: &str = include_str!("sketches/merge.star");
const INSTRUMENTS: &str = include_str!("sketches/instruments.star");

/// All of them, for the laws.
pub(crate) fn all() -> Vec<Script> {
    let sketches = [
        ("reflexion", REFLEXION),
        ("s-star", S_STAR),
        ("tree-search", TREE_SEARCH),
        ("talk", TALK),
        ("merge", MERGE),
        ("instruments", INSTRUMENTS),
    ];
    sketches.into_iter().map(|(name, text)| script(&format!("{name}.star"), text, &[])).collect()
}

/// A rule by which no program passes anything.
fn fails(seat: Seat, slot: &Slot) -> Says {
    match slot.kind() {
        Kind::Program | Kind::Repair => Says::Program { public: false, hidden: false },
        Kind::Note => Says::words(),
        _ => by_luck(seat, slot, 3),
    }
}

/// What comes of a sketch at a small problem.
fn tried(name: &str, text: &str, mut model: ScriptedModel) -> Trial {
    try_out(&script(name, text, &[]), &Arc::new(problem()), &mut model).unwrap()
}

fn slot(name: &str) -> Slot {
    name.parse().unwrap()
}

#[test]
fn reflexion_is_a_chain_with_a_lesson_between_programs() {
    // Each program passes one test more than the one before.
    let model = ScriptedModel::new(&problem(), |seat, slot| match slot.kind() {
        Kind::Tests => Says::tests(&["assert inc(0) == 1", "assert inc(1) == 2", "assert inc(2) == 3"]),
        _ => fails(seat, slot),
    });
    let trial = tried("reflexion.star", REFLEXION, model.testing(|slot, index| index < slot.round()));
    insta::assert_snapshot!(trial.sequence().join("\n"), @"
    t0 by the tester
    p0 by the coder
    p0 tested by t0
    p0/n0 by the planner
    p0/r0 by the repairer
    p0/r0 tested by t0
    p0/r0/n0 by the planner
    p0/r0/r0 by the repairer
    p0/r0/r0 tested by t0
    ");
    insta::assert_snapshot!(trial.messages(&slot("p0/r0")).unwrap(), @r#"
    [user]
    def inc(n):
        """One more than n."""

    ```python
    def inc(*given):
        return "p0 coder"
    ```
    Passing tests:
    none

    Failing tests:
    - assert inc(0) == 1: the assertion `assert inc(0) == 1` fails
    - assert inc(1) == 2: the assertion `assert inc(1) == 2` fails
    This is p0/n0.


    Rewrite it.
    "#);
    insta::assert_snapshot!(trial.lines().join("\n"), @"
    p0 (program by the coder): public wrong_answer, hidden wrong_answer; 0 of 3 tests of t0
      p0/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer; 1 of 3 tests of t0
        p0/r0/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer; 2 of 3 tests of t0
        p0/r0/n0 (note by the planner): a text
      p0/n0 (note by the planner): a text
    t0 (tests by the tester): 3 tests, 0 dropped
    ");
    assert_eq!(trial.ranking, [slot("p0/r0/r0")]);
    let repair = trial.tree.node(&slot("p0/r0")).unwrap();
    let shows = &trial.tree.call(repair.call.as_ref().unwrap()).unwrap().shows;
    assert_eq!(shows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p0", "p0/n0"]);
}

#[test]
fn a_conversation_grows_by_an_answer_and_a_question_each_turn() {
    let trial = tried("talk.star", TALK, ScriptedModel::new(&problem(), fails));
    insta::assert_snapshot!(trial.sequence().join("\n"), @"
    p0 by the coder
    p0/r0 by the repairer
    p0/r0/r0 by the repairer
    ");
    insta::assert_snapshot!(trial.messages(&slot("p0/r0/r0")).unwrap(), @r#"
    [system]
    You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
    [user]
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    Reply with the whole function, imports and helpers included, in one ```python code block.
    [assistant]
    This is p0.

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    [user]
    It fails: The call inc(1) gives p0, and should give 2. Mend it.
    [assistant]
    This is p0/r0.

    ```python
    def inc(*given):
        return "p0/r0 repairer"
    ```

    [user]
    It fails: The call inc(1) gives p0/r0, and should give 2. Mend it.
    "#);
}

#[test]
fn chains_meet_in_pairs_that_are_judged_in_both_orders() {
    // The third chain passes at once, the second after a repair, the others never. The judge likes whatever is first.
    let model = ScriptedModel::new(&problem(), |seat, slot| match slot.kind() {
        Kind::Program | Kind::Repair => {
            let public = ["p2", "p1/r0"].contains(&slot.to_string().as_str());
            Says::Program { public, hidden: public }
        }
        Kind::Judgement => Says::judgement(None, Some(0)),
        _ => fails(seat, slot),
    });
    let trial = tried("s-star.star", S_STAR, model);
    insta::assert_snapshot!(trial.sequence().join("\n"), @"
    p0 by the coder
    p1 by the coder
    p2 by the coder
    p3 by the coder
    p0/r0 by the repairer
    p1/r0 by the repairer
    p3/r0 by the repairer
    p0/r0/r0 by the repairer
    p3/r0/r0 by the repairer
    n1 by the planner
    p1/r0 run on 2 inputs
    p2 run on 2 inputs
    v2 by the judge
    v3 by the judge
    ");
    insta::assert_snapshot!(trial.messages(&slot("v3")).unwrap(), @r#"
    [user]
    def inc(n):
        """One more than n."""


    Program A gives p2, p2:

    ```python
    def inc(*given):
        return "p2 coder"
    ```

    Program B gives p1/r0, p1/r0:

    ```python
    def inc(*given):
        return "p1/r0 repairer"
    ```

    Which is right? End with `Choice: A` or `Choice: B`.
    "#);
    insta::assert_snapshot!(trial.lines().join("\n"), @"
    p0 (program by the coder): public wrong_answer, hidden wrong_answer
      p0/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer
        p0/r0/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer
    p1 (program by the coder): public wrong_answer, hidden wrong_answer
      p1/r0 (repair by the repairer): public passed, hidden passed
    p2 (program by the coder): public passed, hidden passed
    p3 (program by the coder): public wrong_answer, hidden wrong_answer
      p3/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer
        p3/r0/r0 (repair by the repairer): public wrong_answer, hidden wrong_answer
    n1 (note by the planner): a text
    v2 (judgement by the judge): no score, prefers 1
    v3 (judgement by the judge): no score, prefers 1
    ");
    assert_eq!(trial.ranking, [slot("p1/r0")]);
}

#[test]
fn the_tree_search_rewrites_a_failing_thought_once() {
    let trial = tried("tree-search.star", TREE_SEARCH, ScriptedModel::new(&problem(), fails));
    let asked: Vec<String> = trial.sequence().iter().map(|act| act.split(' ').next().unwrap().to_owned()).collect();
    insta::assert_snapshot!(asked.join(" "), @"p0 n0 n1 n0/p0 n0/n0 n0/n0/p0 n0/n0/n0 n0/n0/n1 n1/p0 n1/n0 n1/n0/p0 n1/n0/n0 n1/n0/n1 n0/n0/n0/p0 n0/n0/n0/n0 n0/n0/n0/n0/p0 n0/n0/n0/n0/n0 n0/n0/n0/n0/n1 n1/n0/n0/p0 n1/n0/n0/n0 n1/n0/n0/n0/p0 n1/n0/n0/n0/n0 n1/n0/n0/n0/n1 n0/n0/n1/p0 n0/n0/n1/n0 n0/n0/n1/n0/p0 n0/n0/n1/n0/n0 n0/n0/n1/n0/n1");
}

#[test]
fn an_answer_that_never_comes_and_one_without_a_program_leave_their_marks() {
    let text = "strategy(summary = \"s\", seats = [\"coder\", \"judge\"], bound = 5)\n\ndef solve(problem, p):\n    programs = ask(\"program\", \"x\", n = 3)\n    ask(\"judgement\", \"y\")\n    return programs\n";
    let model = ScriptedModel::new(&problem(), |_, slot| match slot.to_string().as_str() {
        "p0" => Says::Program { public: true, hidden: false },
        "p1" => Says::words(),
        "v0" => Says::judgement(Some(0.25), Some(1)),
        _ => Says::Nothing,
    });
    let trial = tried("marks.star", text, model);
    insta::assert_snapshot!(trial.lines().join("\n"), @"
    p0 (program by the coder): public passed, hidden wrong_answer
    p1 (program by the coder): no_code
    p2 (program): unscored: nobody answered
    v0 (judgement by the judge): score 0.25, prefers 2
    ");
    assert_eq!(trial.messages(&slot("p9")), None);
}

#[test]
fn a_script_puts_nodes_together_and_nobody_is_asked_for_them() {
    let model = ScriptedModel::new(&problem(), |seat, slot| match slot.kind() {
        Kind::Program => Says::Program { public: slot.last().index() == 1, hidden: false },
        _ => fails(seat, slot),
    });
    let trial = tried("merge.star", MERGE, model);
    insta::assert_snapshot!(trial.sequence().join("\n"), @"
    p0 by the coder
    p1 by the coder
    p0/r0 made
    p0/r0/n0 made
    ");
    assert_eq!(trial.asked, 2, "what is made is not asked for");
    assert_eq!(trial.ranking, [slot("p0/r0")]);
    insta::assert_snapshot!(trial.lines().join("\n"), @"
    p0 (program by the coder): public wrong_answer, hidden wrong_answer
      p0/r0 (repair by the script): public passed, hidden wrong_answer
        p0/r0/n0 (note by the script): a text
    p1 (program by the coder): public passed, hidden wrong_answer
    ");
    let made = trial.tree.node(&slot("p0/r0")).unwrap();
    assert_eq!((made.seat, made.call.as_ref(), made.made_of.clone()), (None, None, vec![slot("p1")]));
    let candidate = made.candidate.as_ref().unwrap();
    assert_eq!(&**candidate.program.body().unwrap(), "def inc(*given):\n    return \"p1 coder\"\n");
    assert_eq!((candidate.rule.as_str(), candidate.paper_tokens.0), ("made", 0));
    assert_eq!(trial.tree.spent(), mend_core::Cost::ZERO);
}

#[test]
fn what_was_made_is_compared_on_resumption() {
    let live = {
        let mut play = crate::play::Play::new(&script("merge.star", MERGE, &[]), passing, 0);
        play.finish(0).unwrap();
        play
    };
    let edited = MERGE.replace("\"merged \"", "\"joined \"");
    let edited = script("merge.star", &edited, &[]);
    let mut resumed = crate::play::Play::on(&edited, passing, 0, problem(), live.tree);
    let error = resumed.finish(0).unwrap_err().to_string();
    assert!(error.contains("merge.star:14: p0/r0/n0 is asked otherwise than when this run began: the text"), "{error}");
}

/// Programs that pass everything.
fn passing(seat: Seat, slot: &Slot, _: u64) -> Says {
    if slot.is_program() { Says::Program { public: true, hidden: true } } else { by_luck(seat, slot, 3) }
}
