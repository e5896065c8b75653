//! Systems that choose among critiques, or score by them: Self-Edit, Coffee, Coffee-Gym, MultiCritique, fine-grained
//! feedback, LLM critics.

use crate::exchanges::{Played, all_fail, all_pass, level, other, played, played_on, refused, shipped};
use crate::play::{Play, key, problem};
use mend_core::{Digest, Opinion, Problem, RepairTree, Seat, Slot};
use mend_repair::{Says, ScriptedModel};

const WRONG: Says = Says::Program { public: false, hidden: false };
const PLAUSIBLE: Says = Says::Program { public: true, hidden: false };
const RIGHT: Says = Says::Program { public: true, hidden: true };

/// A program that passes if its slot is among some, and only the public tests.
fn plausible(slot: &Slot, slots: &[&str]) -> Says {
    match slot.is_program() {
        true if slots.contains(&&*slot.to_string()) => PLAUSIBLE,
        true => WRONG,
        false => other(slot),
    }
}

#[test]
fn self_edit_edits_every_program_once_by_how_it_ran_and_ranks_the_edits() {
    let edit = played("self-edit", &[("n", "3")], |_, slot| plausible(slot, &["p1", "p2/r0"]));
    insta::assert_snapshot!(edit.requests(), @r"
    coder p0 p1 p2 (2)
    repairer p1/r0 (2)
    repairer p2/r0 (2)
    repairer p0/r0 (2)
    ");
    assert_eq!(edit.handed_in, ["p2/r0", "p0/r0", "p1/r0"]);
    insta::assert_snapshot!(edit.question("p0/r0"), @r#"
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

    # It was run on the examples of the task.
    # The call inc(1) gives p0, and should give 2.

    Write the program anew, with what this comment points at put right, whole in one ```python block.
    "#);
    assert!(edit.question("p1/r0").contains("# It was run on the examples of the task, and fails none of them.\n"));
    // A program that passes may stay as it is, and is ranked beside the edits.
    let rule = |_, slot: &Slot| plausible(slot, &["p1", "p2/r0"]);
    let failing = played("self-edit", &[("n", "3"), ("edit", "failing")], rule);
    assert_eq!((failing.nodes(), failing.handed_in), (5, ["p1", "p2/r0", "p0/r0"].map(str::to_owned).to_vec()));
    assert_eq!(level("self-edit", &[]), "clean");
    assert!(refused("self-edit", &[("edit", "some")]).contains("expected all or failing"));
}

/// Three critiques: the edit by the first fails, the second is plausible, the third is right. The judge likes the first.
fn coffee(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "p0/f1/r0" => PLAUSIBLE,
        "p0/f2/r0" => RIGHT,
        "p0/f0/v0" => Says::judgement(Some(0.9), None),
        "p0/f1/v0" => Says::judgement(Some(0.8), None),
        "p0/f2/v0" => Says::judgement(Some(0.3), None),
        _ => all_fail(Seat::CODER, slot),
    }
}

#[test]
fn coffee_chooses_a_critique_by_tests_and_then_by_how_helpful_a_judge_finds_it() {
    let with = |select: &str| played("coffee", &[("k", "3"), ("select", select)], coffee);
    let exec = with("exec");
    insta::assert_snapshot!(exec.requests(), @r"
    coder p0 (2)
    critic p0/f0 p0/f1 p0/f2 (2)
    repairer p0/f0/r0 (2)
    repairer p0/f2/r0 (2)
    repairer p0/f1/r0 (2)
    judge p0/f1/v0 (1)
    judge p0/f2/v0 (1)
    ");
    // Both edits pass as many tests: the judge decides between their critiques, and is not asked about the third.
    assert_eq!(exec.handed_in, ["p0/f1/r0"]);
    insta::assert_snapshot!(exec.question("p0/f1/v0"), @r#"
    Complete the following Python function.

    ```python
    def inc(n):
        """One more than n."""
    ```

    This program for the task is wrong:

    ```python
    def inc(*given):
        return "p0 coder"
    ```

    A reviewer says of it:

    > This is p0/f1.

    How helpful is this review to somebody who has to mend the program: does it name the mistake, and is what it says true? End
    with a line `Score: x`, where x is a number from 0, no help, to 1.
    "#);
    assert_eq!((with("judge").nodes(), with("judge").handed_in), (10, vec!["p0/f0/r0".to_owned()]));
    assert_eq!((with("first").nodes(), with("first").handed_in), (7, vec!["p0/f0/r0".to_owned()]));
    assert_eq!((with("oracle").nodes(), with("oracle").handed_in), (7, vec!["p0/f2/r0".to_owned()]));
    let random = with("random");
    assert!(["p0/f0/r0", "p0/f1/r0", "p0/f2/r0"].contains(&&*random.handed_in[0]) && random.nodes() == 7);
    // Nothing is wrong that the strategy could know.
    assert_eq!(played("coffee", &[], all_pass).requests(), "coder p0 (2)");
    // Neither critic nor editor learns of the tests by default.
    assert!(!exec.question("p0/f0").contains("inc(1)") && !exec.question("p0/f0/r0").contains("inc(1)"));
    let seen = played("coffee", &[("k", "1"), ("see", "public")], coffee);
    assert!(seen.question("p0/f0").contains("inc(1)") && seen.question("p0/f0/r0").contains("inc(1)"));
    assert_eq!((level("coffee", &[]), level("coffee", &[("select", "exec")])), ("clean".into(), "clean".into()));
    assert_ne!(level("coffee", &[("select", "oracle")]), "clean");
    assert!(refused("coffee", &[("select", "best")]).contains("expected exec, judge, first, random or oracle"));
}

#[test]
fn a_score_that_cannot_be_read_loses() {
    let judged = played("coffee", &[("k", "2"), ("select", "judge")], |_, slot| match &*slot.to_string() {
        "p0/f0/v0" => Says::words(),
        "p0/f1/v0" => Says::judgement(Some(0.0), None),
        _ => all_fail(Seat::CODER, slot),
    });
    assert_eq!(judged.handed_in, ["p0/f1/r0"]);
}

/// Two tests that a model writes.
fn with_tests(slot: &Slot) -> Says {
    match &*slot.to_string() {
        "t0" => Says::tests(&["assert inc(0) == 1", "assert inc(1) == 2"]),
        _ => all_fail(Seat::CODER, slot),
    }
}

#[test]
fn coffee_takes_tests_of_a_model_on_request() {
    let passes = |slot: &Slot, test: u32| slot.to_string() == "p0/f1/r0" && test == 1;
    let model = |problem: &Problem| ScriptedModel::new(problem, |_, slot| with_tests(slot)).testing(passes);
    let coffee = played_on("coffee", &[("k", "2"), ("tests", "generated")], problem(), model);
    assert_eq!((coffee.nodes(), coffee.handed_in), (6, vec!["p0/f1/r0".to_owned()]));
}

#[test]
fn the_score_of_a_critique_is_the_mean_share_of_tests_that_faithful_edits_pass() {
    // By the first critique both edits pass one test of two, by the second one edit passes none and the other both.
    let passes = |slot: &Slot, test: u32| match &*slot.to_string() {
        "p0/f0/r0" | "p0/f0/r1" => test == 0,
        "p0/f1/r1" => true,
        _ => false,
    };
    let gym = |chosen: &[(&str, &str)]| {
        let model = |problem: &Problem| ScriptedModel::new(problem, |_, slot| with_tests(slot)).testing(passes);
        played_on("coffee-gym", chosen, problem(), model)
    };
    let one = gym(&[("n_p", "1"), ("k", "2"), ("n_r", "2")]);
    insta::assert_snapshot!(one.requests(), @r"
    tester t0 (2)
    coder p0 (2)
    critic p0/f0 p0/f1 (2)
    repairer p0/f1/r0 p0/f1/r1 (2)
    repairer p0/f0/r0 p0/f0/r1 (2)
    ");
    // 1/2 each: the first critique is chosen, and its first edit.
    assert_eq!(one.handed_in, ["p0/f0/r0"]);
    assert!(one.question("p0/f0/r0").contains("Change what the reviewer says has to be changed, and nothing else"));
    // Alone, each critique is worth its only edit.
    assert_eq!(gym(&[("n_p", "1"), ("k", "2")]).handed_in, ["p0/f0/r0"]);
    assert_eq!(level("coffee-gym", &[]), "clean");
    assert_ne!(level("coffee-gym", &[("tests", "hidden")]), "clean");
    let right = played("coffee-gym", &[("tests", "public")], |_, slot| plausible(slot, &["p1"]));
    assert_eq!(right.handed_in, ["p1"], "a program that passes all tests needs no critique");
}

#[test]
fn a_control_edits_a_program_by_a_critique_of_another_one() {
    let gym = played("coffee-gym", &[("k", "1"), ("tests", "public"), ("shuffled", "true")], all_fail);
    insta::assert_snapshot!(gym.requests(), @r"
    coder p0 p1 (2)
    critic p1/f0 (2)
    critic p0/f0 (2)
    repairer p1/f0/r0 (2)
    repairer p0/f0/r0 (2)
    repairer p0/r0 (2)
    repairer p1/r0 (2)
    ");
    let more = played("coffee-gym", &[("k", "2"), ("tests", "public"), ("shuffled", "true")], all_fail);
    assert_eq!(more.shows("p0/r1"), ["p0", "p1/f1"]);
    assert_eq!(
        (gym.shows("p0/r0"), gym.shows("p1/r0")),
        (vec!["p0".into(), "p1/f0".into()], vec!["p1".into(), "p0/f0".into()])
    );
}

/// Three critics: what each lists, and how the judge labels all of it.
fn critics(_: Seat, slot: &Slot) -> Says {
    let text = match &*slot.to_string() {
        "p0/f0" => "lines 1-2 | minor | the name says little\n- line 2 | major | it returns a text",
        "p0/f1" => "Line 2 | major | a text is returned\n**line 1** | major | it takes any number of arguments",
        "p0/f2" => "All in all line 2 looks odd.",
        "p0/n0" => "1: sound\n2: sound\n3: duplicate\n4. sound\n5: unsound",
        "p0/n0/r1" => return PLAUSIBLE,
        _ => return all_fail(Seat::CODER, slot),
    };
    Says::Text(text.to_owned())
}

#[test]
fn remarks_of_several_critics_are_labelled_and_merged() {
    let merged = played("multicritique", &[], critics);
    insta::assert_snapshot!(merged.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    critic-2 p0/f1 (2)
    critic-3 p0/f2 (2)
    judge p0/n0 (2)
    repairer p0/n0/r0 p0/n0/r1 p0/n0/r2 (2)
    ");
    assert_eq!(merged.handed_in, ["p0/n0/r1"], "the first that passes the tests of the statement");
    let told = merged.question("p0/n0");
    let (_, list) = told.split_once("3 reviewers say of it:\n\n").unwrap();
    insta::assert_snapshot!(list.split_once("\n\n").unwrap().0, @r"
    1. lines 1-2 (minor): the name says little
    2. line 2 (major): it returns a text
    3. line 2 (major): a text is returned
    4. line 1 (major): it takes any number of arguments
    5. This is p0/f2. All in all line 2 looks odd.
    ");
    let quoted = |question: &str| {
        let lines: Vec<&str> = question.lines().filter(|line| line.starts_with("> ")).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(quoted(&merged.question("p0/n0/r0")), @r"
    > - line 2 (major): it returns a text
    > - line 1 (major): it takes any number of arguments
    > - lines 1-2 (minor): the name says little
    ");
    assert!(merged.question("p0/n0/r0").contains("3 reviewers say of it:\n\n> - line 2"));
    assert_eq!(merged.shows("p0/n0/r0"), ["p0/n0", "p0/f0", "p0/f1", "p0/f2", "p0"]);
    // All of it, which nobody labelled; and each critic's own: as many repairs each time.
    let union = played("multicritique", &[("feedback", "union")], critics);
    assert_eq!(union.requests().lines().last(), Some("repairer p0/r0 p0/r1 p0/r2 (2)"));
    assert_eq!(quoted(&union.question("p0/r0")).lines().count(), 5);
    let single = played("multicritique", &[("feedback", "single")], critics);
    insta::assert_snapshot!(single.requests(), @r"
    coder p0 (2)
    critic p0/f0 (2)
    critic-2 p0/f1 (2)
    critic-3 p0/f2 (2)
    repairer p0/f0/r0 (2)
    repairer p0/f1/r0 (2)
    repairer p0/f2/r0 (2)
    ");
    assert_eq!(quoted(&single.question("p0/f2/r0")), "> - This is p0/f2. All in all line 2 looks odd.");
    assert_eq!(level("multicritique", &[]), "clean");
    assert_eq!(level("multicritique", &[("reference", "true")]), "reference_in_view");
    let shown = played("multicritique", &[("reference", "true")], critics);
    assert!(shown.question("p0/f1").contains("return n + 1") && !shown.question("p0/n0").contains("return n + 1"));
}

#[test]
fn a_merged_critique_has_at_most_six_remarks_the_most_severe_first() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/f0" => {
            let remark = |n: u32| format!("line {n} | {} | remark {n}\n", if n <= 4 { "minor" } else { "major" });
            Says::Text((1..=8).map(remark).collect())
        }
        // Nothing is labelled: all count as sound.
        _ => all_fail(Seat::CODER, slot),
    };
    let merged = played("multicritique", &[("critics", "1")], rule);
    let question = merged.question("p0/n0/r0");
    let numbers: Vec<&str> = question.lines().filter_map(|line| line.strip_prefix("> ")?.rsplit(' ').next()).collect();
    assert_eq!(numbers, ["5", "6", "7", "8", "1", "2"]);
}

#[test]
fn two_weightings_rank_two_programs_in_opposite_orders() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/f0" => Says::Text("wrong_logic | line 2 | -1\nslow | line 1 | 0".to_owned()),
        "p1/f0" => Says::Text(
            "wrong_logic | line 2 | -0.2\n`slow` | lines 1-2 | -1\n- slow | line 1 | -0.5\nugly | line 1 | -1"
                .to_owned(),
        ),
        _ => all_fail(Seat::CODER, slot),
    };
    let with = |weights: &str| played("fine-grained", &[("n", "2"), ("weights", weights)], rule).handed_in;
    assert_eq!(with("wrong_logic=1"), ["p1"]);
    assert_eq!(with("slow=1"), ["p0"]);
    // The mean of the marks of a category counts: -0.2 - 0.6 * 0.75 is more than -1, and -0.2 - 0.6 * 1.5 were less.
    assert_eq!(with("wrong_logic=1,slow=0.6"), ["p1"]);
    assert_eq!(with("wrong_logic=1, slow=2"), ["p0"]);
    let refused = |weights: &str| refused("fine-grained", &[("weights", weights)]);
    assert!(refused("wrong=1").contains("found wrong=1") && refused("slow=much").contains("found slow=much"));
    let played = played("fine-grained", &[("n", "2"), ("density", "block")], rule);
    assert!(played.question("p0/f0").contains("by its lines: one block, such as a loop"));
    assert_eq!(level("fine-grained", &[]), "clean");
}

#[test]
fn a_critique_without_marks_counts_by_the_lines_that_it_names() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/f0" => Says::Text("The mistake is in line 2.".to_owned()),
        _ => all_fail(Seat::CODER, slot),
    };
    assert_eq!(played("fine-grained", &[("n", "2")], rule).handed_in, ["p1"]);
}

#[test]
fn a_beam_search_takes_twenty_eight_samples() {
    let search = played("llm-critics", &[("repairs", "0")], all_fail);
    let asked = |kind: char| {
        let slots = search.play.asked.iter().flat_map(|ask| ask.slots.iter());
        slots.filter(|slot| slot.to_string().rsplit('/').next().unwrap().starts_with(kind)).count()
    };
    assert_eq!((asked('f'), asked('v'), search.nodes()), (28, 28, 57));
    // Four first comments, then four more for each of the two that are kept.
    let depths: Vec<usize> = (1..=5)
        .map(|depth| {
            let critiques = search.play.tree.nodes().filter(|node| !node.slot.is_program());
            critiques
                .filter(|node| {
                    node.slot.to_string().matches('f').count() == depth && !node.slot.to_string().contains('v')
                })
                .count()
        })
        .collect();
    assert_eq!(depths, [4, 8, 8, 8, 0]);
    assert_eq!(search.handed_in, ["p0"]);
    let small = [("rounds", "2"), ("keep", "1"), ("width", "2")];
    let grown = played("llm-critics", &small, |_, slot| match &*slot.to_string() {
        "p0/f1/v0" => Says::judgement(Some(0.9), None),
        _ => all_fail(Seat::CODER, slot),
    });
    assert!(grown.requests().contains("critic p0/f1/f0 p0/f1/f1 (2)"), "{}", grown.requests());
    assert!(grown.question("p0/f1/f0").contains("Your review so far:\n\n> This is p0/f1.\n\nAdd one more comment"));
    assert_eq!(grown.shows("p0/f1/f0"), ["p0/f1", "p0"]);
    assert_eq!(grown.handed_in, ["p0/f1/r0"]);
    // The whole review, in one quotation.
    let deeper = played("llm-critics", &small, |_, slot| match &*slot.to_string() {
        "p0/f1/f0/v0" => Says::judgement(Some(1.0), None),
        "p0/f1/v0" => Says::judgement(Some(0.9), None),
        _ => all_fail(Seat::CODER, slot),
    });
    let question = deeper.question("p0/f1/f0/r0");
    assert!(
        question.contains("A reviewer says of it:\n\n> This is p0/f1.\n>\n> This is p0/f1/f0.\n>\n\nWrite"),
        "{question}"
    );
}

/// Four critiques: the more lines one names, the lower its score. The last says that all is well.
fn trade(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "p0/f0" => Says::Text("Line 1 is wrong.".to_owned()),
        "p0/f1" => Says::Text("Lines 1 and 2 are wrong.".to_owned()),
        "p0/f2" => Says::Text("Lines 1, 2 and 3 are wrong.".to_owned()),
        "p0/f3" => Says::Text("Lines 1, 2, 3, 4 and 5.\nVerdict: correct".to_owned()),
        "p0/f0/v0" => Says::judgement(Some(0.9), None),
        "p0/f1/v0" => Says::judgement(Some(0.7), None),
        "p0/f2/v0" => Says::judgement(Some(0.5), None),
        "p0/f3/v0" => Says::judgement(Some(0.2), None),
        _ => all_fail(Seat::CODER, slot),
    }
}

#[test]
fn a_dial_leads_from_precise_critiques_to_thorough_ones() {
    // A line costs between 0.15 and 0.2 of score: 0.15, 0.1667, 0.175, and three times 0.2.
    let with = |thorough: &str| played("llm-critics", &[("rounds", "1"), ("thorough", thorough)], trade).handed_in;
    assert_eq!(with("0"), ["p0/f0/r0"]);
    assert_eq!(with("100"), ["p0"], "the critique that names most calls the program correct: there is nothing to mend");
    assert!(refused("llm-critics", &[("thorough", "200")]).contains("a percentile from 0 to 100"));
}

#[test]
fn a_bench_damages_about_half_of_the_right_programs_and_drops_what_is_found_too_easily() {
    let script = shipped("llm-critics", &[("bugs", "inserted"), ("rounds", "1")]);
    let bench = |number: u32, finds: usize| {
        let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
            "p0" => RIGHT,
            // Three plain critiques, of which some name the damaged line.
            "p0/r0/f4" | "p0/r0/f5" | "p0/r0/f6" => {
                let is_found = slot.last().index() < 4 + finds as u32;
                Says::Text(if is_found { "Line 2 is wrong." } else { "Line 1 is wrong." }.to_owned())
            }
            _ if slot.is_program() => WRONG,
            _ if slot.to_string().ends_with('0') && slot.to_string().contains("/f") => {
                Says::critique(Some(Opinion::Correct))
            }
            _ => other(slot),
        };
        let problem = Problem { digest: Digest::of(&number.to_le_bytes()), ..problem() };
        let mut play = Play::with(&script, ScriptedModel::new(&problem, rule), problem, RepairTree::new(key()));
        let handed_in = play.finish(3).unwrap().iter().map(ToString::to_string).collect();
        Played { play, handed_in }
    };
    let damaged: Vec<u32> = (0..64).filter(|number| bench(*number, 0).requests().contains("p0/r0")).collect();
    // Within four standard errors of one half.
    assert!((16..=48).contains(&damaged.len()), "{}", damaged.len());
    let some = bench(damaged[0], 2);
    assert!(
        some.requests()
            .starts_with("coder p0 (2)\ncoder p0/r0 (2)\ncritic p0/r0/f4 p0/r0/f5 p0/r0/f6 (2)\ncritic p0/r0/f0")
    );
    assert!(some.question("p0/r0").contains("Damage it, to test a reviewer"));
    let easy = bench(damaged[0], 3);
    assert_eq!((easy.nodes(), easy.handed_in), (5, vec![]), "all three found it");
    let failing = played("llm-critics", &[("bugs", "inserted")], all_fail);
    assert_eq!((failing.nodes(), failing.handed_in), (1, vec![]), "a program that fails by itself is no bench");
}
