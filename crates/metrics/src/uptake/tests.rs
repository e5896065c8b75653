use super::*;
use crate::testing::{Ending, Grown, manifest};
use mend_core::{RepairTree, Span, Status};
use proptest::prelude::*;

const PROGRAM: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    w = z\n    v = w\n    return v\n";
/// Changes line 3.
const THIRD: &str = "def f(x):\n    y = x + 1\n    z = y * 2\n    w = z\n    v = w\n    return v\n";
/// Changes line 6.
const SIXTH: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    w = z\n    v = w\n    return v + 1\n";
/// Inserts a line between lines 3 and 4.
const INSERTS: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    print(z)\n    w = z\n    v = w\n    return v\n";

fn lines(numbers: &[u32]) -> Vec<Span> {
    numbers.iter().map(|line| Span { first: *line, last: *line }).collect()
}

#[test]
fn an_edit_takes_up_what_it_touches_within_a_line() {
    let of = |named: &[u32], repair: &str| uptake(&lines(named), &touched_lines(PROGRAM, repair));
    assert_eq!(of(&[3], THIRD), Some(true));
    assert_eq!(of(&[3], SIXTH), Some(false));
    assert_eq!(of(&[], THIRD), None);
    // Within one, on either side, and no further.
    assert_eq!((of(&[2], THIRD), of(&[4], THIRD), of(&[5], THIRD)), (Some(true), Some(true), Some(false)));
    assert_eq!(of(&[1, 6], THIRD), Some(false));
    assert_eq!(of(&[1, 6], SIXTH), Some(true));
    // An insertion touches both neighbours.
    assert_eq!(touched_lines(PROGRAM, INSERTS).into_iter().collect::<Vec<_>>(), [3, 4]);
    assert_eq!((of(&[5], INSERTS), of(&[6], INSERTS)), (Some(true), Some(false)));
    // The same program again takes up nothing.
    assert_eq!(of(&[3], PROGRAM), Some(false));
    assert_eq!(uptake(&[Span { first: 2, last: 4 }], &[5].into()), Some(true));
    assert_eq!(uptake(&[Span { first: 0, last: u32::MAX }], &[5].into()), Some(true));
    assert_eq!(uptake(&[Span { first: 4, last: 2 }], &[2].into()), Some(false), "a span that ends before it begins");
}

#[test]
fn a_rank_statistic_counts_ties_by_half_and_needs_both_kinds() {
    assert_eq!(auroc(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]), Some(0.75));
    assert_eq!(auroc(&[(1.0, true), (1.0, false)]), Some(0.5));
    assert_eq!(auroc(&[(2.0, true), (1.0, false)]), Some(1.0));
    assert_eq!(auroc(&[(1.0, true), (2.0, false)]), Some(0.0));
    assert_eq!((auroc(&[(1.0, true)]), auroc(&[(1.0, false), (2.0, false)]), auroc(&[])), (None, None, None));
    assert_eq!(auroc(&[(f64::NAN, true), (1.0, false)]), None);
}

proptest! {
    #[test]
    fn the_rank_statistic_is_the_share_of_pairs_in_order(
        scored in proptest::collection::vec((0_u32..6, any::<bool>()), 0..25),
    ) {
        let scored: Vec<(f64, bool)> = scored.iter().map(|(score, is)| (f64::from(*score), *is)).collect();
        let (mut pairs, mut won) = (0.0, 0.0);
        for (score, _) in scored.iter().filter(|(_, is)| *is) {
            for (other, _) in scored.iter().filter(|(_, is)| !is) {
                pairs += 1.0;
                won += if score > other { 1.0 } else if score == other { 0.5 } else { 0.0 };
            }
        }
        let expected = (pairs > 0.0).then(|| won / pairs);
        match (auroc(&scored), expected) {
            (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-12),
            (found, expected) => prop_assert_eq!(found, expected),
        }
    }
}

/// Repairs, each with whether it passes.
type Repairs = &'static [(&'static str, bool)];

/// A failing program, critiques that name these lines, and the repairs by each.
fn tree(problem: &str, critiques: &[(&'static [u32], Repairs)]) -> Grown {
    let mut tree = Grown::new(problem, 0).node("p0", Ending::Writes(PROGRAM, false));
    for (f, (named, repairs)) in critiques.iter().enumerate() {
        tree = tree.node(&format!("p0/f{f}"), Ending::Names(None, named));
        for (r, (repair, passes)) in repairs.iter().enumerate() {
            tree = tree.node(&format!("p0/f{f}/r{r}"), Ending::Writes(repair, *passes));
        }
    }
    tree
}

fn rows_of(trees: Vec<Grown>, resamples: u32) -> Vec<UptakeRow> {
    let ids: Vec<String> = (0..trees.len()).map(|place| format!("a/{place}")).collect();
    let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), Some("easy"))).collect();
    let manifest = manifest(&entries, 1);
    let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.submitted(None).tree).collect();
    uptake_rows(Run { manifest: &manifest, trees: &trees }, &Options { resamples, ..Options::default() })
}

fn value(of: &Estimate) -> Option<f64> {
    of.value.value().copied()
}

#[test]
fn three_made_edits_are_taken_up_passed_over_and_neither() {
    let rows =
        rows_of(vec![tree("a/0", &[(&[3], &[(THIRD, true)]), (&[3], &[(SIXTH, false)]), (&[], &[(THIRD, true)])])], 0);
    let row = &rows[0];
    assert_eq!((row.by, row.of.as_str(), row.problems, row.feedback, row.named), (SuccessBy::All, "all", 1, 3, 2));
    assert_eq!((value(&row.uptake), value(&row.unnamed)), (Some(0.5), Some(1.0 / 3.0)));
    assert_eq!((row.taken_up, value(&row.success_given_uptake)), (1, Some(1.0)));
    assert_eq!((row.passed_over, value(&row.success_given_none)), (1, Some(0.0)));
    // Both suites end alike: the repair that passes ends its public test in another way, the other one does not.
    assert_eq!(value(&row.behaviour_uptake), Some(0.5));
    assert_eq!(row.auroc_length, Figure::Value(0.5), "each critique is as long as the next");
    assert!(row.auroc_score.reason().unwrap().starts_with("no judge"));
    let kinds: Vec<(SuccessBy, &str)> = rows.iter().map(|row| (row.by, row.of.as_str())).collect();
    assert_eq!(kinds, [(SuccessBy::All, "all"), (SuccessBy::Group, "easy"), (SuccessBy::Adviser, "sim/journeyman")]);
}

#[test]
fn a_feedback_counts_once_however_many_repairs_go_by_it() {
    let first = tree("a/0", &[(&[3], &[(THIRD, true), (SIXTH, true), (SIXTH, false), (SIXTH, false)])]);
    let second = tree("a/1", &[(&[6], &[(SIXTH, false)])]);
    let row = rows_of(vec![first, second], 200).remove(0);
    assert_eq!((value(&row.uptake), row.feedback), (Some(f64::midpoint(0.25, 1.0)), 2));
    assert_eq!((row.taken_up, row.passed_over), (2, 3));
    assert_eq!((value(&row.success_given_uptake), value(&row.success_given_none)), (Some(0.5), Some(1.0 / 3.0)));
    assert!(row.uptake.interval.value().is_some_and(|interval| interval.low < interval.high), "{row:?}");
}

#[test]
fn what_names_nothing_has_no_uptake_and_what_has_no_repair_no_row() {
    let row = rows_of(vec![tree("a/0", &[(&[], &[(THIRD, true)])])], 0).remove(0);
    assert_eq!(row.uptake.value.reason(), Some("no feedback names a line"));
    assert_eq!((value(&row.unnamed), row.named), (Some(1.0), 0));
    assert!(rows_of(vec![tree("a/0", &[(&[3], &[])])], 0).is_empty());
    assert!(rows_of(vec![Grown::new("a/0", 0).node("p0", Ending::Judged(Status::Passed))], 0).is_empty());
    // A repair without a program is no edit.
    let bare = tree("a/0", &[(&[3], &[])]).node("p0/f0/r0", Ending::Judged(Status::NoCode));
    assert!(rows_of(vec![bare], 0).is_empty());
}

#[test]
fn repairs_of_right_programs_are_edits_and_no_successes() {
    let right = Grown::new("a/0", 0)
        .node("p0", Ending::Writes(PROGRAM, true))
        .node("p0/f0", Ending::Names(None, &[3]))
        .node("p0/f0/r0", Ending::Writes(THIRD, false));
    let row = rows_of(vec![right], 0).remove(0);
    assert_eq!((value(&row.uptake), row.taken_up, row.passed_over), (Some(1.0), 0, 0));
    assert!(row.success_given_uptake.value.reason().is_some());
}
