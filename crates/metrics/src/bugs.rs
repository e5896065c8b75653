//! Critiques of programs whose damage is known: whether they name it, name something else, or call what is right wrong.
//!
//! A program is *damaged* where it fails, and was made from a program that passes without a critique between them: what
//! differs between the two is the damage. A bench makes such programs on purpose, beside others that stay untouched.

use crate::bootstrap::{Resampling, Table};
use crate::coverage::Counted;
use crate::frozen::judges_nobody;
use crate::group::ALL;
use crate::{Estimate, Options};
use mend_core::{Found, Kind, Node, Opinion, RepairTree, Slot, Span, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What critiques find of damages that are known. Critiques of programs that could not be scored do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BugFigures {
    /// Critiques of damaged programs.
    pub of_damaged: u64,
    /// Critiques of programs that pass.
    pub of_untouched: u64,
    /// Share of critiques that name a damaged line, among those of damaged programs.
    pub caught: Estimate,
    /// Share of critiques that name lines, and none that is damaged, among all of them.
    pub hallucinated: Estimate,
    /// Share of critiques that call the program incorrect, among those of programs that pass.
    pub false_alarm: Estimate,
}

/// What one critique does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caught {
    /// It names a damaged line.
    pub names_damage: bool,
    /// It names lines, and none of them is damaged.
    pub hallucinates: bool,
    /// It calls a program incorrect in which nothing is damaged.
    pub is_false_alarm: bool,
}

/// What a critique does that names some lines of a program of which some lines are damaged; none where it is untouched.
pub fn caught(named: &[Span], damaged: &BTreeSet<u32>, opinion: Option<Opinion>) -> Caught {
    let names_damage = named.iter().any(|span| damaged.range(span.first..=span.last.max(span.first)).next().is_some());
    Caught {
        names_damage,
        hallucinates: !named.is_empty() && !names_damage,
        is_false_alarm: damaged.is_empty() && opinion == Some(Opinion::Incorrect),
    }
}

/// The lines of a program that a critique names: by numbers, which are read already, and by quoting in backticks what
/// stands in one line of the program alone.
pub fn named_lines(spans: &[Span], text: &str, program: &str) -> Vec<Span> {
    let mut named = spans.to_vec();
    for quoted in text.split('`').skip(1).step_by(2).map(str::trim).filter(|quoted| !quoted.is_empty()) {
        let mut lines = (1..).zip(program.lines()).filter(|(_, line)| line.contains(quoted)).map(|(number, _)| number);
        if let (Some(number), None) = (lines.next(), lines.next()) {
            let span = Span { first: number, last: number };
            if !named.contains(&span) {
                named.push(span);
            }
        }
    }
    named
}

/// The most lines of either text that are compared one by one; of more, all that differ at all count as damaged.
const MOST_LINES: usize = 2_000;

/// The lines of a program that differ from what it was made from, counted from 1. Where lines are gone and none took
/// their place, both neighbours count.
pub fn damaged_lines(program: &str, original: &str) -> BTreeSet<u32> {
    let (before, after): (Vec<&str>, Vec<&str>) = (original.lines().collect(), program.lines().collect());
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after, count) = (&before[same..], &after[same..], after.len());
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    if before.len().max(after.len()) > MOST_LINES {
        return (same + 1..=same + after.len()).map(|line| line as u32).collect();
    }
    let common = common(before, after);
    let mut damaged = BTreeSet::new();
    let (mut i, mut j, mut is_gone, mut is_new) = (0, 0, false, false);
    loop {
        let is_kept = i < before.len() && j < after.len() && before[i] == after[j];
        let is_over = i == before.len() && j == after.len();
        if is_kept || is_over {
            if is_gone && !is_new {
                damaged.extend([same + j, same + j + 1].into_iter().filter(|line| (1..=count).contains(line)));
            }
            (is_gone, is_new) = (false, false);
        }
        if is_over {
            return damaged.into_iter().map(|line| line as u32).collect();
        }
        if is_kept {
            (i, j) = (i + 1, j + 1);
        } else if j < after.len() && (i == before.len() || common[i][j + 1] >= common[i + 1][j]) {
            j += 1;
            is_new = true;
            damaged.insert(same + j);
        } else {
            i += 1;
            is_gone = true;
        }
    }
}

/// The length of the longest common subsequence of what follows two places.
fn common(before: &[&str], after: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i][j] =
                if before[i] == after[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    common
}

/// Sums over one problem's critiques.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    of_damaged: f64,
    of_untouched: f64,
    caught: f64,
    hallucinated: f64,
    false_alarms: f64,
}

/// The figures of a run's trees; `None` if no critique is of a damaged program.
pub(crate) fn figures(counted: &Counted<'_>, options: &Options) -> Option<BugFigures> {
    let mut tallies = vec![];
    for trees in counted.by_problem().values() {
        let mut tally = Tally::default();
        for tree in trees.iter().filter(|_| !judges_nobody(trees)) {
            add(&mut tally, tree);
        }
        tallies.push(tally);
    }
    let sum = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>() as u64;
    let (of_damaged, of_untouched) = (sum(|tally| tally.of_damaged), sum(|tally| tally.of_untouched));
    if of_damaged == 0 {
        return None;
    }
    let mut table = Table::default();
    let mut column = |of: fn(&Tally) -> f64| table.add(tallies.iter().map(|tally| Some(of(tally)))).expect("a problem");
    let (damaged, untouched) = (column(|tally| tally.of_damaged), column(|tally| tally.of_untouched));
    let (caught, hallucinated) = (column(|tally| tally.caught), column(|tally| tally.hallucinated));
    let false_alarms = column(|tally| tally.false_alarms);
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: ALL, sample: counted.sample };
    let means = table.means(resampling);
    Some(BugFigures {
        of_damaged,
        of_untouched,
        caught: means.ratio(&[(caught, 1.0)], &[(damaged, 1.0)], "no damaged program was criticised"),
        hallucinated: means.ratio(
            &[(hallucinated, 1.0)],
            &[(damaged, 1.0), (untouched, 1.0)],
            "no program with a critique was scored",
        ),
        false_alarm: means.ratio(&[(false_alarms, 1.0)], &[(untouched, 1.0)], "no passing program was criticised"),
    })
}

fn add(tally: &mut Tally, tree: &RepairTree) {
    for node in tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback) {
        let Some(program) = node.slot.program_above().and_then(|slot| tree.node(&slot)) else { continue };
        let (Some(damaged), Some(Found::Critique { opinion, spans, .. })) = (damage(tree, program), node.found())
        else {
            continue;
        };
        let text = node.completion.as_ref().and_then(|completion| completion.text.body());
        let named = named_lines(spans, text.map_or("", |text| text), text_of(program).unwrap_or_default());
        let caught = caught(&named, &damaged, *opinion);
        *(if damaged.is_empty() { &mut tally.of_untouched } else { &mut tally.of_damaged }) += 1.0;
        tally.caught += f64::from(caught.names_damage);
        tally.hallucinated += f64::from(caught.hallucinates);
        tally.false_alarms += f64::from(caught.is_false_alarm);
    }
}

/// The damaged lines of a program, none if it passes; `None` if its damage is not known.
fn damage(tree: &RepairTree, program: &Node) -> Option<BTreeSet<u32>> {
    if program.passes(Suite::Hidden)? {
        return Some(BTreeSet::new());
    }
    let original = program.slot.parent().filter(Slot::is_program).and_then(|slot| tree.node(&slot))?;
    let is_right = original.passes(Suite::Hidden) == Some(true);
    let damaged = damaged_lines(text_of(program)?, text_of(original)?);
    (is_right && !damaged.is_empty()).then_some(damaged)
}

fn text_of(program: &Node) -> Option<&str> {
    program.candidate.as_ref()?.program.body().map(|text| &**text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Figure;
    use crate::testing::{Ending, Grown, manifest};

    const ORIGINAL: &str = "def f(x):\n    y = x + 1\n    z = y * 2\n    return z\n";
    const DAMAGED: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    return z\n";

    #[test]
    fn damaged_lines_are_those_that_differ() {
        for (program, original, expected) in [
            ("a\nb\nc\n", "a\nb\nc\n", vec![]),
            ("a\nB\nc\n", "a\nb\nc\n", vec![2]),
            ("a\nc\nd\n", "a\nb\nc\nd\n", vec![1, 2]),
            ("b\nc\n", "a\nb\nc\n", vec![1]),
            ("a\nb\n", "a\nb\nc\n", vec![2]),
            ("a\nx\nb\n", "a\nb\n", vec![2]),
            ("A\nb\nc\nD\ne\n", "a\nb\nc\nd\n", vec![1, 4, 5]),
            ("x\nb\ny\n", "a\nb\nc\nb\n", vec![1, 3]),
            ("a\nb", "a\nb\n", vec![]),
            ("", "a\n", vec![]),
            ("a\n", "", vec![1]),
            (DAMAGED, ORIGINAL, vec![3]),
        ] {
            let found: Vec<u32> = damaged_lines(program, original).into_iter().collect();
            assert_eq!(found, expected, "{program:?} of {original:?}");
        }
        let long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(damaged_lines(&format!("{long}a\n"), "b\n").len(), MOST_LINES + 2);
    }

    #[test]
    fn lines_are_named_by_number_and_by_quotation() {
        let span = |line| Span { first: line, last: line };
        let named = |text: &str, spans: &[Span]| named_lines(spans, text, DAMAGED);
        assert_eq!(named("Line 3 is off: `z = y * 3`.", &[span(3)]), [span(3)]);
        assert_eq!(named("`return z` comes too early, and `y = x + 1` is right.", &[]), [span(4), span(2)]);
        assert_eq!(named("`y` is what it should be, `w` is not there, `` says nothing.", &[]), []);
    }

    #[test]
    fn four_critiques_by_hand() {
        let (damaged, untouched) = (damaged_lines(DAMAGED, ORIGINAL), BTreeSet::new());
        let of = |named: &[(u32, u32)], damaged: &BTreeSet<u32>, opinion| {
            let spans: Vec<Span> = named.iter().map(|(first, last)| Span { first: *first, last: *last }).collect();
            let caught = caught(&spans, damaged, Some(opinion));
            (caught.names_damage, caught.hallucinates, caught.is_false_alarm)
        };
        assert_eq!(of(&[(1, 1), (2, 4)], &damaged, Opinion::Incorrect), (true, false, false));
        assert_eq!(of(&[(2, 2)], &damaged, Opinion::Incorrect), (false, true, false));
        assert_eq!(of(&[], &damaged, Opinion::Correct), (false, false, false));
        assert_eq!(of(&[(2, 2)], &untouched, Opinion::Incorrect), (false, true, true));
        assert_eq!(of(&[], &untouched, Opinion::Correct), (false, false, false));
        assert_eq!(
            of(&[(4, 2)], &damaged, Opinion::Incorrect),
            (false, true, false),
            "a span that ends before it begins"
        );
    }

    fn bench(nodes: &[(&str, Ending)]) -> Option<BugFigures> {
        let grown = nodes.iter().fold(Grown::new("a/0", 0), |grown, (slot, ending)| grown.node(slot, *ending));
        let manifest = manifest(&[("a/0", None)], 1);
        let trees = [grown.submitted(None).tree];
        figures(&Counted::of(&manifest, &trees), &Options { resamples: 0, ..Options::default() })
    }

    #[test]
    fn shares_are_of_damaged_of_untouched_and_of_all() {
        let (incorrect, correct) = (Some(Opinion::Incorrect), Some(Opinion::Correct));
        let figures = bench(&[
            ("p0", Ending::Writes(ORIGINAL, true)),
            ("p0/r0", Ending::Writes(DAMAGED, false)),
            ("p0/r0/f0", Ending::Names(incorrect, &[3])),
            ("p0/r0/f1", Ending::Names(incorrect, &[2])),
            ("p0/r0/f1/f0", Ending::Names(correct, &[])),
            // A repair by a critique is no damage, nor is a program that fails by itself.
            ("p0/r0/f0/r0", Ending::Writes(DAMAGED, false)),
            ("p0/r0/f0/r0/f0", Ending::Names(incorrect, &[1])),
            ("p1", Ending::Writes(DAMAGED, false)),
            ("p1/f0", Ending::Names(incorrect, &[1])),
            ("p2", Ending::Writes(ORIGINAL, true)),
            ("p2/f0", Ending::Names(incorrect, &[2])),
            ("p2/f1", Ending::Names(correct, &[])),
        ])
        .unwrap();
        assert_eq!((figures.of_damaged, figures.of_untouched), (3, 2));
        assert_eq!(figures.caught.value, Figure::Value(1.0 / 3.0));
        assert_eq!(figures.hallucinated.value, Figure::Value(0.4));
        assert_eq!(figures.false_alarm.value, Figure::Value(0.5));
        // Without a damage there is no bench.
        assert_eq!(bench(&[("p0", Ending::Writes(ORIGINAL, true)), ("p0/f0", Ending::Names(correct, &[]))]), None);
        let alone = bench(&[
            ("p0", Ending::Writes(ORIGINAL, true)),
            ("p0/r0", Ending::Writes(DAMAGED, false)),
            ("p0/r0/f0", Ending::Names(incorrect, &[3])),
        ]);
        assert_eq!(alone.unwrap().false_alarm.value.reason(), Some("no passing program was criticised"));
    }
}
