//! Systems with a critique between programs: CRITIC, CTRL, CORGI, RealCritic, critique and revision.

use crate::exchanges::{Played, all_fail, all_pass, copy_of, depth, level, other, played, played_on, refused, shipped};
use crate::play::problem;
use mend_core::{Kind, Opinion, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

/// Plays CRITIC with wrong programs that give the next of these values at each round.
fn critic(values: [&'static str; 5], chosen: &[(&str, &str)]) -> Played {
    played_on("tool-critic", chosen, problem(), |problem| {
        ScriptedModel::new(problem, all_fail).running(move |slot, _| values[depth(slot)].to_owned())
    })
}

#[test]
fn critic_always_has_four_rounds_and_stops_afterwards_at_three_equal_answers() {
    let stops = critic(["a", "b", "b", "b", "c"], &[]);
    insta::assert_snapshot!(stops.requests(), @r"
    coder p0 (2)
    critic p0/f0 (1)
    coder p0/f0/r0 (1)
    critic p0/f0/r0/f0 (1)
    coder p0/f0/r0/f0/r0 (1)
    critic p0/f0/r0/f0/r0/f0 (1)
    coder p0/f0/r0/f0/r0/f0/r0 (1)
    critic p0/f0/r0/f0/r0/f0/r0/f0 (1)
    coder p0/f0/r0/f0/r0/f0/r0/f0/r0 (1)
    ");
    assert_eq!(stops.handed_in, ["p0/f0/r0/f0/r0/f0/r0"], "a b b b: the third index");
    let never = critic(["a", "b", "a", "b", "c"], &[]);
    assert_eq!(never.handed_in, ["p0/f0/r0/f0/r0/f0/r0/f0/r0"], "else the last");
    let at_once = played("tool-critic", &[], all_pass);
    assert_eq!((at_once.nodes(), at_once.handed_in), (9, vec!["p0/f0/r0/f0/r0".to_owned()]));
    insta::assert_snapshot!(stops.question("p0/f0/r0"), @r#"
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

    The tests of the task were run on it. It fails a test: the call `inc(1)` should give `2`, but gives `a`.


    What is wrong with it:

    > This is p0/f0.

    Here is a better program, whole, in one ```python block:
    "#);
}

#[test]
fn critic_takes_over_the_report_of_an_unchanged_program() {
    // The first edit has the same text, the second another.
    let same = played("tool-critic", &[], |_, slot| match &*slot.to_string() {
        "p0/f0/r0" => copy_of("p0", "coder"),
        _ if slot.is_program() => Says::Program { public: false, hidden: false },
        _ => other(slot),
    });
    assert_eq!(same.ask("p0/f0/r0/f0").messages, same.ask("p0/f0").messages, "the same program and report");
    assert_eq!(same.shows("p0/f0/r0/f0"), ["p0/f0/r0", "p0"], "the report is that of the first");
    assert_eq!(same.shows("p0/f0/r0/f0/r0/f0"), ["p0/f0/r0/f0/r0"], "a changed program has its own");
}

#[test]
fn critic_without_a_tool_compares_texts() {
    // By rounds: a b b b c.
    let blind = played("tool-critic", &[("see", "none")], |_, slot| match depth(slot) {
        _ if !slot.is_program() => other(slot),
        2 | 3 => copy_of("p0/f0/r0", "coder"),
        _ => Says::Program { public: false, hidden: false },
    });
    assert_eq!(blind.handed_in, ["p0/f0/r0/f0/r0/f0/r0"]);
    assert!(!blind.messages("p0/f0").contains("The tests of the task were run"));
}

#[test]
fn critic_takes_an_answer_without_a_program_for_the_one_before_it() {
    // By rounds: a, b, no program, b, c. What is missing falls back to the b before it: three in a row.
    let rule = |_: Seat, slot: &Slot| match depth(slot) {
        2 if slot.is_program() => Says::words(),
        _ => all_fail(Seat::CODER, slot),
    };
    let values = ["a", "b", "-", "b", "c"];
    let play = |chosen: &[(&str, &str)]| {
        played_on("tool-critic", chosen, problem(), move |problem| {
            ScriptedModel::new(problem, rule).running(move |slot, _| values[depth(slot)].to_owned())
        })
    };
    assert_eq!(play(&[]).handed_in, ["p0/f0/r0/f0/r0/f0/r0"]);
    // At the end the program before it is handed in.
    assert_eq!(play(&[("rounds", "2")]).handed_in, ["p0/f0/r0"]);
    assert_eq!(play(&[("rounds", "2"), ("see", "none")]).handed_in, ["p0/f0/r0"]);
    // Answers that are all missing are no three equal ones.
    assert_eq!(played("tool-critic", &[], |_, _| Says::words()).nodes(), 9);
}

#[test]
fn critic_with_an_oracle_stops_at_the_first_right_program() {
    let oracle = played("tool-critic", &[("oracle", "true")], |_, slot| {
        let is_right = slot.to_string() == "p0/f0/r0";
        if slot.is_program() { Says::Program { public: false, hidden: is_right } } else { other(slot) }
    });
    assert_eq!((oracle.nodes(), oracle.handed_in), (3, vec!["p0/f0/r0".to_owned()]));
    let levels = (level("tool-critic", &[]), level("tool-critic", &[("oracle", "true")]));
    assert_eq!((levels.0.as_str(), levels.1.as_str()), ("clean", "hidden_stop"));
}

#[test]
fn ctrl_asks_for_a_critique_and_a_revision_of_each_program_of_a_level() {
    let ctrl = played("ctrl", &[], all_fail);
    assert_eq!(ctrl.nodes(), 5 + 5 * 2 * 2);
    assert_eq!(shipped("ctrl", &[]).header().bound, 25);
    let requests = ctrl.requests();
    let of_first: Vec<&str> = requests.lines().filter(|line| line.contains(" p0/")).collect();
    // A revision has three messages, and the system's: task, program, critique with the request.
    assert_eq!(
        of_first,
        ["critic p0/f0 (2)", "coder p0/f0/r0 (4)", "critic p0/f0/r0/f0 (2)", "coder p0/f0/r0/f0/r0 (4)"]
    );
    let (first, second) = (ctrl.ask("p0/f0/r0"), ctrl.ask("p0/f0/r0/f0/r0"));
    assert_eq!(first.messages[..2], second.messages[..2], "the task");
    assert!(second.messages[2].content.starts_with("This is p0/f0/r0."));
    assert_eq!((first.terms.sampling.temperature, ctrl.ask("p0").terms.sampling.temperature), (Some(0.0), Some(0.7)));
    assert_eq!(ctrl.handed_in.len(), 5);
    assert_eq!(ctrl.handed_in[0], "p0/f0/r0/f0/r0");
    assert!(ctrl.question("p0/f0").ends_with("`Verdict: incorrect`."));
    // A verdict stops nothing.
    let content = played("ctrl", &[], |seat, slot| {
        if slot.is_program() { all_pass(seat, slot) } else { Says::critique(Some(Opinion::Correct)) }
    });
    assert_eq!(content.nodes(), ctrl.nodes());
    let wide = played("ctrl", &[("widths", "1,1,2"), ("critiques", "2")], all_fail);
    assert_eq!(wide.nodes(), 1 + 2 * 3);
    insta::assert_snapshot!(refused("ctrl", &[("widths", "5,1")]), @r#"
    ctrl.star:34: fail: `widths` must be numbers that begin with 1, the root, such as 1,5,1,1 (1,4,2,1 is what the strategy widths calls 4,2,1); found 5,1
      34 |         fail("`widths` must be numbers that begin with 1, the root, such as 1,5,1,1 (1,4,2,1 is what the strategy widths calls 4,2,1); found " + p.widths)
      called from ctrl.star:38
      called from ctrl.star:28
      hint: the script itself ends here, by `fail`
    "#);
}

#[test]
fn ctrl_draws_a_critique_of_the_majority() {
    // Six revisions by three critiques each, of which the middle one is alone with its opinion.
    let ctrl = played("ctrl", &[("widths", "1,1,6"), ("critiques", "3")], |_, slot| match slot.kind() {
        Kind::Feedback if ["p0/f1", "p0/f4", "p0/f7", "p0/f10", "p0/f13", "p0/f16"].contains(&&*slot.to_string()) => {
            Says::critique(Some(Opinion::Correct))
        }
        Kind::Feedback => Says::critique(Some(Opinion::Incorrect)),
        _ => Says::Program { public: false, hidden: false },
    });
    let mut drawn: Vec<u32> = ctrl
        .play
        .asked
        .iter()
        .filter(|ask| ask.slots[0].kind() == Kind::Repair)
        .map(|ask| ask.about.as_ref().unwrap().to_string()[4..].parse().unwrap())
        .collect();
    drawn.sort_unstable();
    assert_eq!(drawn.len(), 6);
    assert!(drawn.iter().all(|number| number % 3 != 1), "{drawn:?}");
    assert!(drawn.iter().any(|number| number % 3 == 0) && drawn.iter().any(|number| number % 3 == 2), "{drawn:?}");
}

#[test]
fn corgi_shows_a_good_program_beside_the_failing_one() {
    let rule = |_: Seat, slot: &Slot| {
        let is_right = slot.to_string() == "p1";
        if slot.is_program() { Says::Program { public: is_right, hidden: is_right } } else { other(slot) }
    };
    let corgi = played("corgi", &[("n_p", "3")], rule);
    let mut requests: Vec<String> = corgi.requests().lines().map(str::to_owned).collect();
    requests.sort();
    insta::assert_snapshot!(requests.join("\n"), @r"
    coder p0 p1 p2 (2)
    critic p0/f0 (2)
    critic p2/f0 (2)
    repairer p0/f0/r0 (2)
    repairer p2/f0/r0 (2)
    ");
    assert_eq!(corgi.handed_in, ["p1"]);
    insta::assert_snapshot!(corgi.question("p0/f0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    A program that is wrong:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    It differs from a program that passes in these lines:

    ```diff
    @@ -1,2 +1,2 @@
     def inc(*given):
    -    return "p0 coder"
    +    return "p1 coder"
    ```

    The call inc(1) gives p0, and should give 2.

    Explain in at most three sentences what the wrong program does otherwise than the other one, in which line, and why that is wrong. Write no program, and show no line of the other program.
    "#);
    assert_eq!(corgi.shows("p0/f0"), ["p0", "p1"]);
    let reference = played("corgi", &[("n_p", "1"), ("contrast", "reference")], all_fail);
    assert!(reference.question("p0/f0").contains("return n + 1"));
    let levels = (level("corgi", &[]), level("corgi", &[("contrast", "reference")]));
    assert_eq!((levels.0.as_str(), levels.1.as_str()), ("clean", "reference_in_view"));
    // Without a program that passes, the critic sees the failing one alone.
    let alone = played("corgi", &[("n_p", "1")], all_fail);
    assert!(!alone.question("p0/f0").contains("A program that passes"));
}

#[test]
fn realcritic_corrects_right_and_wrong_programs_in_one_answer() {
    let own = played("realcritic", &[], all_pass);
    assert_eq!(own.requests(), "coder p0 (2)\nrepairer p0/r0 (2)");
    assert!(own.question("p0/r0").contains("You wrote this program"));
    let cross = played("realcritic", &[("mode", "cross"), ("n_p", "2")], all_fail);
    assert_eq!(cross.nodes(), 4);
    assert!(cross.question("p0/r0").contains("Somebody else wrote this program"));
    let iterative = played("realcritic", &[("mode", "iterative")], all_fail);
    insta::assert_snapshot!(iterative.requests(), @r"
    coder p0 (2)
    repairer p0/r0 (2)
    repairer p0/r0/r0 (4)
    repairer p0/r0/r0/r0 (6)
    ");
    assert_eq!(iterative.handed_in, ["p0/r0/r0/r0"]);
    let direct = played("realcritic", &[("mode", "direct"), ("n_p", "2")], all_fail);
    assert_eq!(direct.requests(), "coder p0 p1 (2)", "the baseline: nobody criticises");
    assert_eq!(direct.handed_in, ["p0", "p1"]);
    assert!(refused("realcritic", &[("mode", "own")]).contains("expected direct, self, cross or iterative"));
    // What would count for nothing is refused.
    assert!(refused("realcritic", &[("rounds", "2")]).contains("`rounds` counts under `mode = iterative` alone"));
    let balanced = [("mode", "direct"), ("balance", "true"), ("n_p", "2")];
    assert!(refused("realcritic", &balanced).contains("under `mode = direct` nobody is"));
}

#[test]
fn realcritic_balanced_criticises_as_many_right_programs_as_wrong_ones() {
    let right = |slots: &'static [&'static str]| {
        move |_: Seat, slot: &Slot| {
            let is_right = slots.contains(&&*slot.to_string());
            if slot.is_program() { Says::Program { public: false, hidden: is_right } } else { other(slot) }
        }
    };
    let criticised = |slots| {
        let played = played("realcritic", &[("balance", "true"), ("n_p", "6")], right(slots));
        let mut repairs: Vec<String> =
            played.play.asked[1..].iter().flat_map(|ask| &ask.slots).map(ToString::to_string).collect();
        repairs.sort();
        (repairs, played.handed_in.len())
    };
    // Two of six are right: both, and two of the four wrong ones, the same each time.
    let (repairs, handed_in) = criticised(&["p1", "p4"]);
    assert_eq!((repairs.len(), handed_in), (4, 4));
    assert!(repairs.contains(&"p1/r0".to_owned()) && repairs.contains(&"p4/r0".to_owned()), "{repairs:?}");
    assert_eq!(criticised(&["p1", "p4"]).0, repairs);
    // Where there are none of one kind nobody is criticised.
    assert_eq!(criticised(&[]), (vec![], 0));
    let levels = (level("realcritic", &[("n_p", "2")]), level("realcritic", &[("n_p", "2"), ("balance", "true")]));
    assert_eq!((levels.0.as_str(), levels.1.as_str()), ("clean", "hidden_stop"));
    assert!(refused("realcritic", &[("balance", "true")]).contains("`n_p` must be 2 or more; found 1"));
}

#[test]
fn critique_and_revision_go_on_for_five_rounds_whatever_the_critic_says() {
    let revise = played("critique-revise", &[], |seat, slot| {
        if slot.is_program() { all_pass(seat, slot) } else { Says::critique(Some(Opinion::Correct)) }
    });
    assert_eq!(revise.nodes(), 11);
    assert_eq!(revise.handed_in, ["p0/f0/r0/f0/r0/f0/r0/f0/r0/f0/r0"]);
}
