use super::*;
use crate::testing::{deep_run, manifest, trees};

const LOOK: Look = Look { width: 100, colour: false };

fn tree(width: u16) -> String {
    let (manifest, trees) = deep_run();
    show_tree(&manifest, &trees[0], Look { width, ..LOOK })
}

fn node(slot: &str) -> String {
    let (manifest, trees) = deep_run();
    show_node(&manifest, &trees[0], &slot.parse().unwrap(), LOOK).unwrap()
}

#[track_caller]
fn is_harmless(text: &str) {
    let harmful = |char: char| char.is_control() && char != '\n' && char != '\t' || crate::plain::reorders(char);
    assert!(!text.contains(harmful), "{text:?}");
}

#[test]
fn problems_are_listed_with_how_each_fared_and_how_many_more_there_are() {
    let (manifest, trees) = (manifest(), trees());
    insta::assert_snapshot!(show_problems(&manifest, &trees, None, 2, LOOK), @"
    starter-repair-0a1b2c3d: 3 problems; repair, sim/journeyman+sim/expert
    !! simulated model: this says nothing about models

    problem     group  programs  repairs  submitted     tokens
    ----------------------------------------------------------
    starter/10  easy     2 of 3   1 of 2  p1 passed        680
    starter/9   hard     0 of 3   1 of 5  p0/r1 passed    1540
    and 1 problem more: `--limit 3` lists all of them
    programs, repairs: those that pass the scoring tests, of those that were scored
    ");
    let (manifest, trees) = deep_run();
    insta::assert_snapshot!(show_problems(&manifest, &trees, Some(0), 40, LOOK), @"
    starter-chain-0a1b2c3d: 2 problems, replicate 0; chain, sim/journeyman+sim/expert
    !! simulated model: this says nothing about models

    problem     group  programs  repairs  others  submitted           tokens
    ------------------------------------------------------------------------
    starter/10  easy     0 of 1   1 of 2       5  p0/r0/f0/r0 passed     800
    starter/9   hard     0 of 1   0 of 1       0  p0/r0 wrong_answer     200
    programs, repairs: those that pass the scoring tests, of those that were scored
    ");
    let narrow = show_problems(&manifest, &trees, None, 40, Look { width: 40, ..LOOK });
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
}

#[test]
fn a_tree_has_a_line_for_each_node_and_for_each_request_without_one() {
    insta::assert_snapshot!(tree(100), @"
    starter/10 (easy): finished, 8 nodes, 800 tokens
    !! simulated model: this says nothing about models

      slot            kind       seat       ended                 tokens  first failure
      p0              program    coder      wrong_answer, t0 1/2     100  hidden test 1: triple(1) is...
       p0/r0          repair     repairer   wrong_answer             100  hidden test 1: triple(1) is...
        p0/r0/f0      critique   critic     incorrect, line 2        100
    *    p0/r0/f0/r0  repair     repairer   passed                   100
       p0/n0          note       planner    read                     100
      n0              note       planner    no answer yet              -
      t0              tests      tester     2 tests, 1 dropped       100
      v0              judgement  judge      score 0.8, choice 1      100
      q0              question   annotator  yes                      100
    t0 1/2: tests passed of those that the node t0 holds
    * is handed in
    ");
    for width in [40, 60, 77] {
        let shown = tree(width);
        is_harmless(&shown);
        assert!(shown.lines().all(|line| line.chars().count() <= usize::from(width)), "{shown}");
    }
}

#[test]
fn where_a_problem_has_public_tests_a_column_has_them() {
    let (manifest, trees) = (manifest(), trees());
    let tree = trees.iter().find(|tree| tree.key.problem.as_str() == "starter/10").unwrap();
    insta::assert_snapshot!(show_tree(&manifest, tree, LOOK), @"
    starter/10 (easy): finished, 5 nodes, 680 tokens
    !! simulated model: this says nothing about models

      slot    kind     seat      ended         public  tokens  first failure
      p0      program  coder     wrong_answer  2/2        100  hidden test 1: wrong answer
       p0/r0  repair   repairer  passed        2/2        190
       p0/r1  repair   repairer  wrong_answer  2/2        190  hidden test 1: wrong answer
    * p1      program  coder     passed        2/2        100
      p2      program  coder     passed        2/2        100
    ended: by the hidden tests, which score; public: public tests passed, of all
    * is handed in
    ");
    for width in [40, 60, 77] {
        let shown = show_tree(&manifest, tree, Look { width, ..LOOK });
        assert!(shown.lines().all(|line| line.chars().count() <= usize::from(width)), "{shown}");
    }
}

#[test]
fn a_tree_of_a_strategy_that_chooses_by_hidden_tests_says_what_counts() {
    let (mut manifest, trees) = deep_run();
    manifest.identity.strategy.oracle.selects_on_hidden = true;
    // No public tests: the first program counts.
    let shown = show_tree(&manifest, &trees[0], LOOK);
    assert!(shown.contains("\n* p0 "), "{shown}");
    assert!(shown.replace("\n ", "").ends_with("hands in p0/r0/f0/r0\n"), "{shown}");
}

#[test]
fn a_tree_that_nobody_began_is_empty() {
    let (manifest, trees) = deep_run();
    let empty = RepairTree::new(trees[0].key.clone());
    assert!(show_tree(&manifest, &empty, LOOK).ends_with("nothing was asked for it yet\n"));
}

#[test]
fn a_program_is_shown_whole() {
    insta::assert_snapshot!(node("p0/r0"), @r"
    p0/r0 of starter/10: repair by the repairer (sim/expert), wrong_answer
    !! simulated model: this says nothing about models
    parent: p0 (wrong_answer)
    its prompt shows: p0, p0/n0
    below it: p0/r0/f0
    shown by the prompts of: p0/r0/f0, p0/r0/f0/r0, v0
    call p0/r0#0: answered, charged 100 tokens
    tokens: prompt 60, completion 40, our count 38, paper 30
    the answer ended by: stop, served by expert

    == prompt, as it was sent ==
    [user]
    Ask for p0/r0.\u{1b}[0m

    == answer ==
    ```python
    def triple(x):
        return x + x
    ```

    == program (found by the rule one_block, digest fe8bdd59) ==
    def triple(x):
        return x + x

    == changes since p0 ==
    --- p0
    +++ p0/r0
    @@ -1,3 +1,2 @@
     def triple(x):
    -    # \u{1b}[31mred\u{202e}\r
    -    return x
    +    return x + x

    == verdict ==
    wrong_answer, by the engine wasm
    hidden: 1 of 2 tests passed
      hidden test 1: wrong_answer
        call      triple(1)
        expected  3
        actual    '\u{1b}[2J
                  odd'
    ");
    let first = node("p0");
    is_harmless(&first);
    assert!(!first.contains("== changes"), "{first}");
    for part in ["by the tests of t0", "tests: 1 of 2 tests passed", "input 0: 2\ninput 1: raises TypeError\n"] {
        assert!(first.contains(part), "{part}: {first}");
    }
    assert!(first.contains(r"    # \u{1b}[31mred\u{202e}\r"), "{first}");
    assert!(first.contains("shown by the prompts of: p0/n0, p0/r0"), "{first}");
}

#[test]
fn what_is_no_program_is_shown_with_what_was_read() {
    insta::assert_snapshot!(node("t0"), @r"
    t0 of starter/10: tests by the tester (sim/expert), 2 tests, 1 dropped
    !! simulated model: this says nothing about models
    shown by the prompts of: p0/n0
    call t0#0: answered, charged 100 tokens
    tokens: prompt 60, completion 40, our count 38, paper 38
    the answer ended by: stop, served by expert

    == prompt, as it was sent ==
    [user]
    Ask for t0.\u{1b}[0m

    == answer ==
    Two tests:
    assert triple(2) == 6
    assert triple(0) == 0
    assert

    == what was read of it ==
    2 tests, 1 dropped
    test 0:
      assert triple(2) == 6
    test 1:
      assert triple(0) == 0
    ");
    for (slot, read) in
        [("p0/n0", "read\n"), ("p0/r0/f0", "incorrect, line 2\n"), ("v0", "score 0.8, choice 1\n"), ("q0", "yes\n")]
    {
        let shown = node(slot);
        is_harmless(&shown);
        assert!(shown.ends_with(&format!("== what was read of it ==\n{read}")), "{shown}");
        assert!(!shown.contains("== program") && !shown.contains("== verdict"), "{shown}");
    }
}

#[test]
fn what_a_request_samples_otherwise_than_its_seat_is_told() {
    let (manifest, trees) = crate::testing::screened_run();
    let shown = show_node(&manifest, &trees[0], &"p0/f0".parse().unwrap(), LOOK).unwrap();
    assert!(shown.contains("\nit samples otherwise than its seat: temperature 0.7, stop [\"\\n\\n\"]\n"), "{shown}");
    let shown = show_node(&manifest, &trees[0], &"p0".parse().unwrap(), LOOK).unwrap();
    assert!(!shown.contains("samples otherwise"), "{shown}");
}

#[test]
fn a_request_without_an_answer_is_shown_and_other_slots_are_unknown() {
    let shown = node("n0");
    assert!(shown.starts_with("n0 of starter/10: note by the planner (sim/expert), no answer yet\n"), "{shown}");
    assert!(shown.contains("call n0#0: no answer yet, charged 500 tokens"), "{shown}");
    let (manifest, trees) = deep_run();
    assert_eq!(show_node(&manifest, &trees[0], &"p7".parse().unwrap(), LOOK), None);
    assert!(shown_slots(&trees[0]).iter().any(|slot| slot.to_string() == "n0"));
}

#[test]
fn what_the_journal_does_not_hold_is_said() {
    let (manifest, trees) = deep_run();
    // Serialized events know their texts by digest alone.
    let json = |text: &Text| serde_json::to_value(text).unwrap();
    let bare = |text: &Text| serde_json::from_value::<Text>(json(text)).unwrap();
    let call = trees[0].calls().next().unwrap().1;
    let said = words(&bare(&call.prompt));
    assert!(said.starts_with("(missing: the journal names a text by its digest "), "{said}");
    let chain = &trees[1];
    let shown = show_node(&manifest, chain, &"p0/r0".parse().unwrap(), LOOK).unwrap();
    assert!(shown.contains("the program of p0 again, without a change"), "{shown}");
}

#[test]
fn colours_are_there_only_where_they_are_wanted() {
    let (manifest, trees) = deep_run();
    let look = Look { colour: true, ..LOOK };
    let shown = show_node(&manifest, &trees[0], &"p0/r0".parse().unwrap(), look).unwrap();
    assert!(shown.contains("\n\u{1b}[32m+    return x + x\u{1b}[0m\n"), "{shown:?}");
    is_harmless(&node("p0/r0"));
}

#[test]
fn very_long_programs_are_not_compared() {
    let long = "x\n".repeat(5_001);
    assert!(changes::changes(("p0", "a\n"), ("p0/r0", &long), LOOK).starts_with("not compared"));
}

#[test]
fn a_block_trace_is_shown_by_its_blocks() {
    let (manifest, mut trees) = deep_run();
    let trace = r#"{"call": "f(1)", "end": null, "total": 2, "steps": [
        {"number": 0, "first": 1, "last": 1, "values": {"n": "1", "x": "'\u001b[31m'"}, "pass": null},
        {"number": 1, "first": 2, "last": 4, "values": {}, "pass": [1, 2]}]}"#;
    let outcomes = vec![mend_core::RunOutcome::Value(trace.to_owned())];
    let (slot, given) = (mend_core::Slot::program(0), mend_core::Digest::of(b"a trace"));
    trees[0].apply(&mend_core::Event::Ran { slot, given, outcomes, used: mend_core::Used::default() }).unwrap();
    let text = show_node(&manifest, &trees[0], &mend_core::Slot::program(0), LOOK).unwrap();
    is_harmless(&text);
    assert!(text.contains("    line 1: n = 1; x = "), "{text}");
    assert!(text.contains("\n    lines 2-4\n"), "{text}");
    assert!(!text.contains("steps"), "{text}");
}
