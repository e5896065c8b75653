use super::*;
use crate::Options;
use crate::fixture::{Plant, Rows, critique, judgement, note, program, rows, tree};
use mend_core::{Opinion, Seat};

fn made(rule: Rule, plants: &[Plant]) -> Rows {
    let options = Options { by: Some(rule), ..Options::default() };
    rows(&KIND, &options, &[tree("a/0", 0, plants)])
}

/// The preferred and the other side of each row.
fn sides(rows: &Rows) -> Vec<[String; 2]> {
    let slot = |row: &serde_json::Value, side: &str| row[side]["slot"].as_str().unwrap().to_owned();
    rows.rows.iter().map(|row| [slot(row, "chosen"), slot(row, "rejected")]).collect()
}

/// A judge's choice between two nodes as they were shown.
fn choice(slot: &str, shown: [&str; 2], choice: Option<u32>) -> Plant {
    judgement(slot, None, choice).shows(&shown)
}

fn two_programs() -> Vec<Plant> {
    vec![program("p0", "x = 1").hidden(1, 4), program("p1", "x = 2").hidden(3, 4)]
}

#[test]
fn a_choice_counts_if_both_orders_agree() {
    let mut plants = two_programs();
    plants.extend([choice("v0", ["p0", "p1"], Some(1)), choice("v1", ["p1", "p0"], Some(0))]);
    let made = made(Rule::Choice, &plants);
    assert_eq!(sides(&made), [["p1", "p0"]]);
    let row = &made.rows[0];
    assert_eq!((&row["consistent"], &row["orders"], &row["margin"]), (&true.into(), &2.into(), &().into()));
    assert_eq!((&row["of"], &row["slot"]), (&"program".into(), &"p1".into()));
    assert_eq!((&row["chosen"]["pass_fraction"], &row["rejected"]["pass_fraction"]), (&0.75.into(), &0.25.into()));
    let judged: Vec<[&str; 3]> = row["judgements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|judged| ["first", "second", "chosen"].map(|field| judged[field].as_str().unwrap()))
        .collect();
    assert_eq!(judged, [["p0", "p1", "p1"], ["p1", "p0", "p1"]]);
    assert_eq!(row["messages"][1]["content"], "Solve a/0.");
}

#[test]
fn a_choice_that_changes_with_the_order_is_left_out_and_one_order_alone_is_told() {
    for (choices, reason) in [
        ([Some(0), Some(0)], "the judge does not choose the same side in both orders"),
        ([Some(0), None], "the judge does not choose the same side in both orders"),
        ([None, None], "the judge prefers neither side"),
    ] {
        let mut plants = two_programs();
        plants.extend([choice("v0", ["p0", "p1"], choices[0]), choice("v1", ["p1", "p0"], choices[1])]);
        let made = made(Rule::Choice, &plants);
        assert_eq!((made.rows.len(), made.left_out), (0, [(reason, 1)].into()), "{choices:?}");
    }
    let mut plants = two_programs();
    plants.push(choice("v0", ["p0", "p1"], Some(0)));
    let made = made(Rule::Choice, &plants);
    assert_eq!(sides(&made), [["p0", "p1"]]);
    assert_eq!((&made.rows[0]["consistent"], &made.rows[0]["orders"]), (&().into(), &1.into()));
}

#[test]
fn equal_programs_and_other_numbers_of_texts_are_no_pair() {
    let plants = [
        program("p0", "x = 1"),
        program("p1", "x = 1"),
        program("p2", "x = 3"),
        choice("v0", ["p0", "p1"], Some(0)),
        judgement("v1", None, Some(0)).shows(&["p0", "p1", "p2"]),
    ];
    let made = made(Rule::Choice, &plants);
    let reasons = [("both sides are the same text", 1), ("the judge was not shown two texts of one kind", 1)];
    assert_eq!((made.rows.len(), made.left_out), (0, reasons.into()));
}

#[test]
fn the_instruction_stands_with_its_digest() {
    let mut plants = two_programs();
    plants.push(choice("v0", ["p0", "p1"], Some(0)));
    let trees = [tree("a/0", 0, &plants)];
    let mut manifest = crate::fixture::manifest(&trees);
    manifest.identity.strategy.parameters = Some([("instruction".to_owned(), "Prefer short ones.".to_owned())].into());
    let run = crate::Run::new(manifest, "run".into(), (1, 1));
    let mut bytes: Vec<u8> = vec![];
    let mut out = Out::new(&mut bytes);
    let mut make = (KIND.make)(&Options::default()).unwrap();
    make.problem(&OfProblem::new(&run, 0, &trees), &mut out).unwrap();
    let row: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(row["instruction"], "Prefer short ones.");
    assert_eq!(row["instruction_digest"], Digest::of(b"Prefer short ones.").to_string());
}

#[test]
fn the_best_and_the_worst_of_scored_programs_are_a_pair() {
    let mut plants = two_programs();
    plants.push(program("p2", "x = 3"));
    plants.extend([
        judgement("p0/v0", Some(0.5), None),
        judgement("p1/v0", Some(0.25), None),
        judgement("p1/v1", Some(0.75), None),
        judgement("p2/v0", Some(0.9), None),
    ]);
    let made = made(Rule::Score, &plants);
    // The two that score 0.5 are equally bad: the smaller slot stands for both.
    assert_eq!(sides(&made), [["p2", "p0"]]);
    assert_eq!(made.rows[0]["margin"].as_f64().map(|margin| (margin * 1e9).round() / 1e9), Some(0.4));
    let options = Options { by: Some(Rule::Score), margin: Some(0.5), ..Options::default() };
    let strict = rows(&KIND, &options, &[tree("a/0", 0, &plants)]);
    assert_eq!(strict.left_out, [("the scores differ by less than the margin", 1)].into());
}

#[test]
fn programs_of_equal_scores_are_no_pair() {
    let mut plants = two_programs();
    plants.extend([judgement("p0/v0", Some(0.5), None), judgement("p1/v0", Some(0.5), None)]);
    assert_eq!(made(Rule::Score, &plants).rows.len(), 0);
}

fn critiques() -> Vec<Plant> {
    vec![
        program("p0", "x = 1").hidden(0, 4),
        critique("p0/f0", "Verdict: incorrect", Some(Opinion::Incorrect)),
        program("p0/f0/r0", "x = 2").hidden(2, 4),
        critique("p0/f1", "Something.", None),
        program("p0/f1/r0", "x = 3").hidden(4, 4),
        critique("p0/f2", "Verdict: incorrect, too", Some(Opinion::Incorrect)),
        program("p0/f2/r0", "x = 4").hidden(4, 4),
        program("p0/f2/r1", "x = 5").hidden(0, 4),
        // By a critique of another program: it says nothing of that critique.
        program("p1", "x = 6").hidden(0, 4),
        program("p1/r0", "x = 7").hidden(0, 4).shows(&["p1", "p0/f1"]),
    ]
}

#[test]
fn a_critique_is_worth_the_mean_of_what_its_edits_pass() {
    let made = made(Rule::Edits, &critiques());
    // 0.5, 1 and 0.5: the first of the two that are equally bad.
    assert_eq!(sides(&made), [["p0/f1", "p0/f0"]]);
    let row = &made.rows[0];
    assert_eq!(
        (&row["margin"], &row["about_slot"], &row["about_program"]),
        (&0.5.into(), &"p0".into(), &"x = 1".into())
    );
    assert_eq!((&row["chosen"]["completion"], &row["chosen"]["program"]), (&"Something.".into(), &().into()));
}

#[test]
fn a_revision_counts_only_with_a_verdict() {
    // The second critique has no verdict, though its revision passes.
    let made = made(Rule::Revision, &critiques());
    assert_eq!(sides(&made), [["p0/f2", "p0/f0"]]);
    assert_eq!(made.rows[0]["margin"], 1.0);
}

#[test]
fn judgements_are_rated_by_what_a_judge_of_judgements_chose() {
    let mut plants = vec![program("p0", "x = 1").hidden(1, 1)];
    for (slot, text) in [("p0/v0", "Score: 0.1"), ("p0/v1", "Score: 0.5"), ("p0/v2", "Score: 0.9")] {
        plants.push(judgement(slot, Some(0.5), None).text(text));
    }
    let mut number = 3;
    for (first, second, winner) in
        [("p0/v0", "p0/v1", "p0/v1"), ("p0/v0", "p0/v2", "p0/v0"), ("p0/v1", "p0/v2", "p0/v1")]
    {
        for shown in [[first, second], [second, first]] {
            let choice = u32::from(shown[1] == winner);
            plants.push(judgement(&format!("p0/v{number}"), None, Some(choice)).shows(&["p0", shown[0], shown[1]]));
            number += 1;
        }
    }
    let choices = made(Rule::Choice, &plants);
    assert_eq!(sides(&choices), [["p0/v1", "p0/v0"], ["p0/v0", "p0/v2"], ["p0/v1", "p0/v2"]]);
    let ratings = made(Rule::Rating, &plants);
    assert_eq!(sides(&ratings), [["p0/v1", "p0/v2"]]);
    // By hand: v1 beats v0 (1008, 992), v0 beats v2, v1 beats v2.
    let expected = |a: f64, b: f64| 1.0 / (1.0 + 10_f64.powf((b - a) / 400.0));
    let gained = 16.0 * (1.0 - expected(992.0, 1000.0));
    let last = 16.0 * (1.0 - expected(1008.0, 1000.0 - gained));
    let row = &ratings.rows[0];
    assert!((row["chosen"]["score"].as_f64().unwrap() - (1008.0 + last)).abs() < 1e-9);
    assert!((row["rejected"]["score"].as_f64().unwrap() - (1000.0 - gained - last)).abs() < 1e-9);
    assert_eq!(row["of"], "judgement");
}

#[test]
fn the_critique_with_most_sound_units_is_preferred_to_that_with_fewest() {
    let plants = [
        program("p0", "x = 1").hidden(0, 1),
        critique("p0/f0", "lines 1 | major | wrong value\nlines 1-2 | minor | slow", None),
        critique("p0/f1", "It is all wrong.", None),
        critique("p0/f2", "line 1 | major | the same\nline 1 | major | no loop\nline 1 | minor | names", None),
        // Units 1 and 2 are the first critique's, 3 the second's, 4 to 6 the third's; 5 has no label, so it is sound.
        note("p0/n0", Seat::JUDGE, "1: sound\n2: sound\n3: unsound\n4: duplicate\n6: unsound")
            .shows(&["p0", "p0/f0", "p0/f1", "p0/f2"]),
    ];
    let sound = made(Rule::Sound, &plants);
    assert_eq!(sides(&sound), [["p0/f0", "p0/f1"]]);
    let row = &sound.rows[0];
    assert_eq!((&row["chosen"]["score"], &row["rejected"]["score"]), (&2.0.into(), &0.0.into()));
    // A note of somebody else labels nothing.
    let other = note("p0/n0", Seat::PLANNER, "1: sound\n3: unsound").shows(&["p0", "p0/f0", "p0/f1", "p0/f2"]);
    assert_eq!(made(Rule::Sound, &[&plants[..4], &[other]].concat()).rows.len(), 0);
}

#[test]
fn all_rules_together_make_each_row_once() {
    let mut plants = critiques();
    plants.extend([judgement("p0/f0/v0", Some(0.2), None), judgement("p0/f1/v0", Some(0.8), None)]);
    let all = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
    assert_eq!(all.field("rule"), ["score", "edits", "revision"]);
    assert_eq!(all.field("of"), ["critique", "critique", "critique"]);
}
