use super::*;
use crate::testing::compared_run;
use mend_metrics::{CompareOptions, Ground, compare};

fn options(metrics: Vec<Metric>) -> CompareOptions {
    CompareOptions { resamples: 200, metrics, ..CompareOptions::default() }
}

fn text(comparison: &Comparison) -> String {
    let folders = ["results/a".to_owned(), "results/b".to_owned()];
    let differences = vec![vec!["the strategy or its prompts: repair -> iid".to_owned()]];
    comparison_text(Compared { comparison, folders: &folders, differences: &differences }, 110)
}

#[test]
fn the_answer_stands_above_a_table_of_differences() {
    let (a, b) = (compared_run("iid"), compared_run("repair"));
    let metrics = ["pass@1", "submission", "pass@t:programs", "pass@t:dollars"].map(|metric| metric.parse().unwrap());
    let comparison = compare(&a, &[b], &options(metrics.to_vec())).unwrap();
    let shown = text(&comparison);
    for part in [
        "A: starter-iid-0a1b2c3d: starter, iid, ",
        "B: starter-repair-0a1b2c3d: starter, repair, ",
        "pass@1 over 10 common problems: A ",
        "Both runs have the same first programs, so that pairing is stronger.",
        "metric",
        "[low, high]",
        "+/-",
        "pass@1, hard",
        "`dollars` cost of some nodes",
        "What differs from A to B:\n  the strategy or its prompts: repair -> iid\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 110 && line.trim_end() == line), "{shown}");
}

#[test]
fn what_was_allowed_stands_beside_every_number() {
    let (a, mut b) = (compared_run("iid"), compared_run("repair"));
    b.identity.grader = "lenient".to_owned();
    let options = CompareOptions { allowed: [Ground::Grader].into(), ..options(vec![Metric::PassAtK(1)]) };
    let shown = text(&compare(&a, &[b], &options).unwrap());
    assert!(shown.contains("DIFFERENT, and compared because you allowed it: the rules of judging"), "{shown}");
    let row = shown.lines().find(|line| line.starts_with("pass@1  ")).unwrap();
    assert_eq!(row.matches("(1)").count(), 7, "the metric is no number, and the first has no p_holm: {row}");
    let files = {
        let (a, mut b) = (compared_run("iid"), compared_run("repair"));
        b.identity.grader = "lenient".to_owned();
        let comparison = compare(&a, &[b], &options).unwrap();
        comparison_files(Compared { comparison: &comparison, folders: &[], differences: &[] }).unwrap()
    };
    for (name, bytes) in files {
        let csv = String::from_utf8(bytes).unwrap();
        assert!(csv.lines().skip(1).all(|line| line.contains(",grader,")), "{name}: {csv}");
    }
}

#[test]
fn json_holds_the_answer_and_every_figure() {
    let (a, b) = (compared_run("iid"), compared_run("repair"));
    let comparison = compare(&a, &[b], &options(vec![])).unwrap();
    let folders = ["a".to_owned(), "b".to_owned()];
    let compared = Compared { comparison: &comparison, folders: &folders, differences: &[vec![]] };
    let value: Value = serde_json::from_str(&comparison_json(compared)).unwrap();
    let pair = &value["pairs"][0];
    assert_eq!(pair["figures"].as_array().unwrap().len(), comparison.pairs[0].figures.len());
    assert!(pair["answer"].as_str().unwrap().starts_with("pass@1 over 10 common problems"), "{}", pair["answer"]);
    assert_eq!(pair["figures"][0]["metric"], "pass@1");
    assert_eq!(value["folders"], json!(["a", "b"]));
}

#[test]
fn a_narrow_terminal_and_an_absent_figure_are_no_trouble() {
    let (a, b) = (compared_run("iid"), compared_run("repair"));
    let comparison = compare(&a, &[b], &options(vec![Metric::PassAtK(9)])).unwrap();
    let compared = Compared { comparison: &comparison, folders: &[], differences: &[] };
    for width in [1, 40, 80, 500] {
        let shown = comparison_text(compared, width);
        assert!(shown.contains("not known"), "{shown}");
    }
}
