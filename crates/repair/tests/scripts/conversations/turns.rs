//! Systems that go on with one conversation: aider, OpenCodeInterpreter, Self-Debug, LeDex, Reflexion, ConvCodeWorld.

use crate::exchanges::{Played, all_fail, all_pass, level, other, played, refused, shipped};
use mend_core::Opinion;
use mend_repair::Says;

#[test]
fn the_second_request_of_aider_is_the_same_conversation() {
    let aider = played("aider", &[], all_fail);
    insta::assert_snapshot!(aider.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    ");
    let (first, second) = (aider.ask("p0"), aider.ask("p0/r0"));
    assert_eq!(second.messages[..2], first.messages[..]);
    assert!(second.messages[2].content.starts_with("This is p0."));
    insta::assert_snapshot!(aider.question("p0/r0"), @r"
    The tests were run:

    ```text
    The call inc(1) gives p0, and should give 2.
    The call inc(2) gives p0, and should give 3.
    The call inc(3) gives p0, and should give 4.
    ```

    The tests are correct; do not ask for others. Fix the program so that they pass, and write it whole in one ```python block.
    ");
    assert_eq!(played("aider", &[], all_pass).requests(), "coder p0 (2)", "none after a pass");
    assert_eq!(
        (level("aider", &[]).as_str(), level("aider", &[("see", "public")]).as_str()),
        ("tests_visible", "clean")
    );
}

#[test]
fn open_code_interpreter_has_three_modes() {
    let exec = played("oci", &[], all_fail);
    insta::assert_snapshot!(exec.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    ");
    assert_eq!(exec.ask("p0/r0").messages[..2], exec.ask("p0").messages[..]);
    insta::assert_snapshot!(exec.question("p0/r0"), @r"
    The tests were run:

    ```text
    The call inc(1) gives p0, and should give 2.
    The call inc(2) gives p0, and should give 3.
    The call inc(3) gives p0, and should give 4.
    ```

    Write a better program, whole, in one ```python block.
    ");
    assert_eq!(played("oci", &[], all_pass).requests(), "coder p0 (2)", "none after a pass");
    let human = played("oci", &[("mode", "human")], all_fail);
    insta::assert_snapshot!(human.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    coder p0/f0/r0 (4)
    ");
    assert_eq!(human.ask("p0/f0/r0").messages[..2], human.ask("p0").messages[..]);
    assert!(!human.messages("p0/f0").contains("return n + 1"));
    assert!(human.question("p0/f0").contains("The call inc(3) gives p0"), "it sees all that the tests say");
    let clean = played("oci", &[("see", "public")], all_fail);
    assert!(!clean.question("p0/r0").contains("inc(2)"), "the hidden tests stay hidden");
    let oracle = played("oci", &[("mode", "oracle")], all_fail);
    assert!(oracle.messages("p0/f0").contains("return n + 1"), "the critic sees the reference solution");
    assert!(!oracle.messages("p0/f0/r0").contains("return n + 1"), "the coder does not");
    assert_eq!(level("oci", &[]), "tests_visible");
    assert_eq!(level("oci", &[("mode", "oracle")]), "reference_in_view");
    assert_eq!(level("oci", &[("see", "public")]), "clean");
    assert_eq!(exec.ask("p0").terms.sampling.temperature, Some(0.0), "greedy");
    assert!(refused("oci", &[("mode", "none")]).contains("expected exec, human or oracle"));
}

#[test]
fn self_debug_says_more_or_less_by_its_level() {
    let turns = |level: &'static str| [("level", level), ("turns", "2")];
    let simple = played("self-debug", &turns("simple"), all_fail);
    insta::assert_snapshot!(simple.requests(), @r"
    coder p0 (2)
    coder p0/r0 (4)
    coder p0/r0/r0 (6)
    ");
    insta::assert_snapshot!(simple.question("p0/r0"), @"The program above is wrong. Please fix it, and write it whole in one ```python block.");
    let tested = played("self-debug", &turns("unit-test"), all_fail);
    insta::assert_snapshot!(tested.question("p0/r0"), @r"
    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Please fix the program, and write it whole in one ```python block.
    ");
    let explained = played("self-debug", &turns("explanation"), all_fail);
    insta::assert_snapshot!(explained.requests(), @r"
    coder p0 (2)
    critic p0/f0 (4)
    coder p0/f0/r0 (4)
    critic p0/f0/r0/f0 (6)
    coder p0/f0/r0/f0/r0 (6)
    ");
    insta::assert_snapshot!(explained.question("p0/f0/r0"), @r"
    Your own explanation of the program:

    > This is p0/f0.

    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Please fix the program, and write it whole in one ```python block.
    ");
    assert_eq!(shipped("self-debug", &[]).header().bound, 11);
    insta::assert_snapshot!(refused("self-debug", &[("level", "trace")]), @r#"
    self-debug.star:32: fail: the level `trace` needs a program's run step by step, which mend cannot show yet: take simple, unit-test or explanation
      32 |         fail("the level `trace` needs a program's run step by step, which mend cannot show yet: take simple, unit-test or explanation")
      called from self-debug.star:23
      hint: the script itself ends here, by `fail`
    "#);
}

#[test]
fn self_debug_without_tests_ends_when_the_model_calls_its_program_correct() {
    let alone = played("self-debug", &[("see", "none")], |_, slot| match &*slot.to_string() {
        "p0/f0/r0/f0" => Says::critique(Some(Opinion::Correct)),
        _ if slot.is_program() => Says::Program { public: true, hidden: true },
        _ => Says::critique(Some(Opinion::Incorrect)),
    });
    insta::assert_snapshot!(alone.requests(), @r"
    coder p0 (2)
    critic p0/f0 (4)
    coder p0/f0/r0 (4)
    critic p0/f0/r0/f0 (6)
    ");
    assert_eq!(alone.handed_in, ["p0/f0/r0"]);
    assert!(alone.question("p0/f0").ends_with("`Verdict: incorrect`."));
    // A level that needs a test is refused where none is run, and the other one may be named.
    for level in ["simple", "unit-test"] {
        let said = refused("self-debug", &[("see", "none"), ("level", level)]);
        assert!(said.contains(&format!("the level `{level}` needs the outcome of a test")), "{said}");
    }
    let bound = |chosen: &[(&str, &str)]| shipped("self-debug", chosen).header().bound;
    assert_eq!(bound(&[("see", "none")]), bound(&[("see", "none"), ("level", "explanation")]));
}

#[test]
fn self_debug_by_the_hidden_tests_shows_the_first_failing_one_of_all() {
    let open = played("self-debug", &[("see", "hidden"), ("turns", "1")], all_fail);
    assert!(open.question("p0/r0").contains("`inc(1)`"));
    let hidden = played("self-debug", &[("see", "hidden"), ("turns", "1")], |_, slot| {
        if slot.is_program() { Says::Program { public: true, hidden: false } } else { other(slot) }
    });
    assert!(hidden.question("p0/r0").contains("`inc(2)`"));
}

#[test]
fn ledex_explains_and_then_refines() {
    let ledex = played("ledex", &[("rounds", "2")], all_fail);
    insta::assert_snapshot!(ledex.requests(), @r"
    coder p0 (2)
    critic p0/f0 (4)
    coder p0/f0/r0 (4)
    critic p0/f0/r0/f0 (6)
    coder p0/f0/r0/f0/r0 (6)
    ");
    insta::assert_snapshot!(ledex.question("p0/f0/r0"), @r"
    Your explanation of the failure:

    > This is p0/f0.

    It fails a test: the call `inc(1)` should give `2`, but gives `p0`.

    Write the refined program, whole, in one ```python block.
    ");
    assert_eq!(played("ledex", &[], all_pass).nodes(), 1);
}

#[test]
fn reflexion_shows_the_last_reflections() {
    let reflexion = played("reflexion", &[("turns", "4"), ("keep", "2"), ("tests", "public")], all_fail);
    insta::assert_snapshot!(reflexion.requests(), @r"
    coder p0 (2)
    critic p0/n0 (2)
    coder p0/r0 (2)
    critic p0/r0/n0 (2)
    coder p0/r0/r0 (2)
    critic p0/r0/r0/n0 (2)
    coder p0/r0/r0/r0 (2)
    ");
    assert_eq!(reflexion.shows("p0/r0/r0/r0"), ["p0/r0/r0", "p0/r0/n0", "p0/r0/r0/n0"]);
    let told = reflexion.question("p0/r0/r0/r0");
    let (older, newer) = (told.find("> This is p0/r0/n0").unwrap(), told.find("> This is p0/r0/r0/n0").unwrap());
    assert!(older < newer, "oldest first");
    assert!(!told.contains("> This is p0/n0"), "two of three");
    assert_eq!(played("reflexion", &[("tests", "public")], all_fail).nodes(), 3, "the published script: one repair");
}

#[test]
fn convcode_has_nine_combinations() {
    let mut seen = std::collections::BTreeSet::new();
    for execution in ["none", "partial", "full"] {
        for verbal in ["none", "novice", "expert"] {
            let chosen = [("execution", execution), ("verbal", verbal), ("turns", "1")];
            // One program fails a test of the statement, the other only hidden ones.
            let open = played("convcode", &chosen, all_fail);
            let hidden = played("convcode", &chosen, |_, slot| {
                if slot.is_program() { Says::Program { public: true, hidden: false } } else { other(slot) }
            });
            let last = |code: &Played| code.play.asked.last().unwrap().messages.last().unwrap().content.clone();
            assert_eq!(last(&open).contains("It fails a test"), execution != "none", "{execution} {verbal}");
            assert_eq!(last(&hidden).contains("It fails a test"), execution == "full", "{execution} {verbal}");
            assert_eq!(last(&open).contains("Feedback on your program"), verbal != "none", "{execution} {verbal}");
            let asked = |code: &Played| code.play.asked[1].messages.clone();
            let sees = asked(&open).iter().any(|message| message.content.contains("return n + 1"));
            assert_eq!(sees, verbal == "expert", "{execution} {verbal}");
            assert_eq!(open.play.asked.last().unwrap().messages.len(), 4, "one conversation");
            seen.insert(format!("{:?} {:?} {} {}", asked(&open), asked(&hidden), last(&open), last(&hidden)));
            let wanted = match (execution, verbal) {
                (_, "expert") => "reference_in_view",
                ("full", _) => "tests_visible",
                _ => "hidden_stop",
            };
            assert_eq!(level("convcode", &chosen), wanted);
        }
    }
    assert_eq!(seen.len(), 9, "each says something else");
    assert_eq!(level("convcode", &[("until", "public")]), "clean");
    assert_eq!(shipped("convcode", &[]).header().bound, 21);
    assert!(refused("convcode", &[("until", "public"), ("execution", "full")]).contains("expected hidden"));
}

#[test]
fn convcode_tells_nobody_that_a_wrong_program_may_be_right() {
    let wrong = |execution: &'static str| {
        let chosen = [("execution", execution), ("turns", "1")];
        played("convcode", &chosen, |_, slot| {
            if slot.is_program() { Says::Program { public: true, hidden: false } } else { other(slot) }
        })
    };
    let blind = wrong("none");
    insta::assert_snapshot!(blind.question("p0/f0/r0"), @r"
    The program is wrong.

    Feedback on your program:

    > This is p0/f0.

    Write the whole program anew in one ```python block.
    ");
    assert!(blind.question("p0/f0").ends_with("\n\nThe program is wrong.\n\nYour feedback?"));
    let partial = wrong("partial");
    for slot in ["p0/f0", "p0/f0/r0"] {
        let said = "The program is wrong, though no test that may be shown here fails.";
        assert!(partial.question(slot).contains(said), "{slot}");
    }
}

#[test]
fn a_frozen_history_goes_on_with_the_recorded_answers() {
    let chosen = [("history", "frozen"), ("turns", "2")];
    let frozen = played("convcode", &chosen, all_fail);
    let mut requests: Vec<String> = frozen.requests().lines().map(str::to_owned).collect();
    requests.sort();
    insta::assert_snapshot!(requests.join("\n"), @"
    coder p0 (2)
    coder p0/f0/r0 (4)
    coder p0/f0/r0/f0/r0 (6)
    critic p0/f0 (2)
    critic p0/f0/r0/f0 (2)
    repairer p0/f0/r0/f0/r1 (6)
    repairer p0/f0/r1 (4)
    ");
    // The model under test answers what the recorded one answered, and nothing is made of its answer.
    assert_eq!(frozen.ask("p0/f0/r1").messages, frozen.ask("p0/f0/r0").messages);
    assert_eq!(frozen.ask("p0/f0/r0/f0/r1").messages, frozen.ask("p0/f0/r0/f0/r0").messages);
    assert_eq!(frozen.handed_in, ["p0/f0/r0/f0/r1"]);
    // A recorded run and its frozen history ask the recorded seats the same.
    let live = played("convcode", &[("turns", "2")], all_fail);
    for slot in ["p0", "p0/f0", "p0/f0/r0", "p0/f0/r0/f0", "p0/f0/r0/f0/r0"] {
        let (one, other) = (live.ask(slot), frozen.ask(slot));
        assert_eq!(
            (&one.messages, &one.terms.sampling, one.seat),
            (&other.messages, &other.terms.sampling, other.seat),
            "{slot}"
        );
    }
    assert_eq!(played("convcode", &chosen, all_pass).nodes(), 1, "nothing failed");
    assert!(refused("convcode", &[("history", "old")]).contains("expected live or frozen"));
}

#[test]
fn critiques_that_may_hold_no_code_are_cut_where_they_begin_it() {
    let small = |name: &str| -> Vec<(&'static str, &'static str)> {
        match name {
            "self-repair-paper" => vec![("n_p", "1"), ("n_f", "1"), ("feedback", "critic")],
            "oci" => vec![("mode", "human")],
            "self-debug" => vec![("level", "explanation"), ("turns", "1")],
            "reflexion" => vec![("tests", "public")],
            _ => vec![],
        }
    };
    let mut asked = 0;
    // `critic` and `self-refine` show critiques as they were written.
    for name in [
        "critique-revise",
        "self-repair-paper",
        "tool-critic",
        "corgi",
        "ctrl",
        "oci",
        "self-debug",
        "convcode",
        "ledex",
        "reflexion",
    ] {
        let played = played(name, &small(name), all_fail);
        let told = played.play.asked.iter().filter(|ask| !ask.slots[0].is_program());
        for ask in told {
            asked += 1;
            assert!(ask.terms.forbids_code, "{name}: {}", ask.slots[0]);
        }
    }
    assert!(asked > 20, "{asked}");
}
