//! The prefix probe: where a program that fails can no longer be saved.

use crate::exchanges::{Played, level, other, played, refused, shipped};
use mend_core::Slot;
use mend_repair::Says;

/// Sixteen lines, of which the sixth makes it fail: the first mark of a program says what becomes of it.
fn sixteen_lines() -> String {
    let line = |number: usize| match number {
        1 => "def inc(n):\n".to_owned(),
        6 => "    step_6 = \"p8 coder\"\n".to_owned(),
        16 => "    return n\n".to_owned(),
        _ => format!("    step_{number} = {number}\n"),
    };
    (1..=16).map(line).collect()
}

fn block(code: &str) -> Says {
    Says::Text(format!("```python\n{code}```\n"))
}

/// Plays with completions by their numbers.
fn probed(chosen: &[(&str, &str)], completion: fn(u32) -> String) -> Played {
    played("probe", chosen, move |_, slot| {
        let text = slot.to_string();
        match (&*text, text.strip_prefix("p0/n").and_then(|number| number.parse().ok())) {
            ("p0", _) => block(&sixteen_lines()),
            ("p8", _) => Says::Program { public: false, hidden: false },
            ("p9", _) => Says::Program { public: true, hidden: true },
            (_, Some(number)) => block(&completion(number)),
            _ => other(slot),
        }
    })
}

/// The rest of a function, which passes where the lines before it let it.
fn rest(_: u32) -> String {
    "    return \"p9 coder\"\n".to_owned()
}

/// What the probe found: the last note.
fn found(played: &Played) -> serde_json::Value {
    let is_made = |node: &&mend_core::Node| node.is_made() && !node.slot.is_program();
    let made = played.play.tree.nodes().filter(is_made).last().unwrap();
    serde_json::from_str(made.completion.as_ref().unwrap().text.body().unwrap()).unwrap()
}

fn label(number: usize) -> i64 {
    if number < 6 { 1 } else { -1 }
}

#[test]
fn a_program_that_can_be_saved_up_to_line_5_of_16_is_labelled_from_line_6_on() {
    let played = probed(&[], rest);
    let found = found(&played);
    assert_eq!(found["label_at"], 6);
    assert_eq!(found["labels"], serde_json::json!((1..=16).map(label).collect::<Vec<_>>()));
    assert_eq!(found["probes"], serde_json::json!([[8, false], [4, true], [6, false], [5, true]]));
    assert_eq!((&found["contradict"], &found["strayed"]), (&0.into(), &0.into()));
    // Four, one, four and one completion of the search, and of each check one or four; with the program at most twenty.
    let checks = found["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 2);
    let of_checks: u64 = checks.iter().map(|check| if check[1] == true { 1 } else { 4 }).sum();
    assert_eq!(found["draws"], 10 + of_checks);
    assert_eq!(played.nodes() as u64, 1 + 10 + of_checks);
    assert!(played.nodes() <= 20, "{}", played.nodes());
    assert_eq!(played.handed_in, ["p0"]);
    assert!(played.question("p0/n0").contains("step_8 = 8\n```"), "the first eight lines");
    assert!(!played.question("p0/n0").contains("step_9"));
}

#[test]
fn checks_that_contradict_the_search_are_counted() {
    // Whoever is asked after the search saves nothing.
    let played =
        probed(
            &[("checks", "30")],
            |number| {
                if number < 10 { rest(number) } else { "    return \"p8 coder\"\n".to_owned() }
            },
        );
    let found = found(&played);
    assert_eq!(found["label_at"], 6);
    // No statement ends with line 1. Of the cuts that are left, 2 and 3 stand before line 6.
    assert_eq!(found["checks"].as_array().unwrap().len(), 14 - 4);
    assert_eq!(found["contradict"], 2);
    assert_eq!(found["draws"], 10 + 10 * 4);
}

#[test]
fn who_changes_the_given_lines_or_defines_them_anew_has_not_completed_them() {
    for stray in [
        // Another program.
        "def inc(n):\n    return \"p9 coder\"\n",
        // The rest, and the function once more.
        "    return 0\n\n\ndef inc(n):\n    return \"p9 coder\"\n",
        // Nothing that goes on.
        "import os\n",
        "",
    ] {
        let stray: &'static str = stray;
        let played = played("probe", &[("checks", "0")], move |_, slot: &Slot| match &*slot.to_string() {
            "p0" => block(&sixteen_lines()),
            "p9" => Says::Program { public: true, hidden: true },
            text if text.starts_with("p0/n") => block(stray),
            _ => other(slot),
        });
        let found = found(&played);
        assert_eq!((&found["draws"], &found["strayed"]), (&12.into(), &12.into()), "{stray}");
        assert_eq!(found["label_at"], 1, "{stray}");
    }
    // A whole program that begins as it should counts as it stands.
    let whole = played("probe", &[("checks", "0")], |_, slot: &Slot| match &*slot.to_string() {
        "p0" => block(&sixteen_lines()),
        "p9" => Says::Program { public: true, hidden: true },
        text if text.starts_with("p0/n") => {
            let first: Vec<String> = sixteen_lines().lines().take(5).map(|line| format!("{line}  \n")).collect();
            block(&(first.concat() + "    return \"p9 coder\"\n"))
        }
        _ => other(slot),
    });
    assert_eq!(found(&whole)["label_at"], 6);
}

#[test]
fn a_right_program_is_not_probed_and_the_bound_is_that_of_the_logarithm() {
    let right = played("probe", &[], crate::exchanges::all_pass);
    assert_eq!(right.nodes(), 1);
    let found = found(&right);
    assert_eq!((&found["label_at"], &found["draws"]), (&serde_json::Value::Null, &0.into()));
    assert_eq!(found["labels"], serde_json::json!([1, 1]));
    assert_eq!(shipped("probe", &[]).header().bound, 1 + 4 * (6 + 2));
    assert_eq!(shipped("probe", &[("cuts", "16"), ("checks", "0")]).header().bound, 17);
    assert_eq!(level("probe", &[]), "hidden_stop");
    assert!(refused("probe", &[("k", "0")]).contains("`k` must be 1 or more"));
    // More cuts than `cuts`: at most so many are looked at, spread over the program.
    let few = probed(&[("cuts", "4"), ("checks", "0")], rest);
    let found = self::found(&few);
    assert_eq!(found["probes"], serde_json::json!([[9, false], [5, true]]));
    assert_eq!(found["label_at"], 6);
}
