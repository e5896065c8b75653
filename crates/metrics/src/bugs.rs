//! Critiques of programs whose damage is known: whether they name it, name something else, or call what is right wrong.
//!
//! What is wrong with a program is known in two ways. A run that starts from mutants of right programs, and from these as they
//! are, says so in its manifest. In other runs a program is *damaged* where it fails, and was made from a program that passes
//! without a critique between them: what differs between the two is the damage.

use crate::bootstrap::{Column, Resampling, Table};
use crate::coverage::Counted;
use crate::frozen::judges_nobody;
use crate::group::ALL;
use crate::{BenchRow, Estimate, Figure, Interval, Options, bench, bleu4, damaged_lines, review_comment};
use mend_core::{
    Digest, Found, Kind, KnownProgram, Node, Opinion, ProblemEntry, RepairTree, RunManifest, Slot, Span, Suite,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What critiques find of damages that are known. Critiques of programs that could not be scored do not count, unless the
/// damage was known before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BugFigures {
    /// Critiques of damaged programs.
    pub of_damaged: u64,
    /// Critiques of programs in which nothing is damaged.
    pub of_untouched: u64,
    /// Those of `of_damaged` that name no line.
    #[serde(default)]
    pub damaged_without_line: u64,
    /// Those of `of_untouched` that name no line.
    #[serde(default)]
    pub untouched_without_line: u64,
    /// Share of critiques that name a damaged line, or one beside it, among those of damaged programs: caught bug insertions
    /// (CBI).
    pub caught: Estimate,
    /// Share of critiques that name no such line, among those of damaged programs that name lines.
    pub hallucinated: Estimate,
    /// Share of critiques that call the program incorrect, among those of programs in which nothing is damaged.
    pub false_alarm: Estimate,
    /// Programs with a critique whose damage was known before the run.
    #[serde(default)]
    pub mutants: u64,
    /// Those of them that one of their first three critiques misses.
    #[serde(default)]
    pub adversarial: u64,
    /// BLEU-4 of critiques of mutants against the sentence that names the damage and what should stand there, from 0 to 100:
    /// mean over critiques.
    #[serde(default = "unknown")]
    pub comment_bleu: Estimate,
    /// Share of repairs of damaged programs by critiques that are the right program again, formatting aside.
    #[serde(default = "unknown")]
    pub refined_equal: Estimate,
    /// Share of repairs of damaged programs by critiques that pass.
    #[serde(default = "unknown")]
    pub refined_passes: Estimate,
    /// What is found by critiques that are no longer than so much: the longer ones count as silent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lengths: Vec<LengthRow>,
    /// A row for each program whose damage was known before the run, the untouched ones among them.
    #[serde(skip)]
    pub programs: Vec<BenchRow>,
}

/// A figure that a summary of an earlier version has not.
fn unknown() -> Estimate {
    Estimate::absent("the summary is of a version that did not compute it")
}

/// A share as a number from 0 to 100.
fn percent_of(estimate: Estimate) -> Estimate {
    let value = match estimate.value {
        Figure::Value(share) => Figure::Value(100.0 * share),
        absent @ Figure::Absent(_) => absent,
    };
    let interval = match estimate.interval {
        Figure::Value(interval) => {
            Figure::Value(Interval { low: 100.0 * interval.low, high: 100.0 * interval.high, ..interval })
        }
        absent @ Figure::Absent(_) => absent,
    };
    Estimate { value, interval }
}

/// What critiques find if those count alone that are no longer than so much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LengthRow {
    /// The most tokens of a critique, by our count.
    pub length: u64,
    /// Critiques that are no longer.
    pub critiques: u64,
    /// Share of those of them that name a damaged line, among those that name lines, of whichever program.
    pub precision: Estimate,
    /// How many of them name a damaged line, over all critiques of damaged programs.
    pub recall: Estimate,
}

/// What one critique does. A line beside a damaged one is as good as that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caught {
    /// It names a damaged line, or one beside it.
    pub names_damage: bool,
    /// It names lines, and none of them is such a line.
    pub hallucinates: bool,
    /// It calls a program incorrect in which nothing is damaged.
    pub is_false_alarm: bool,
}

/// What a critique does that names some lines of a program of which some lines are damaged; none where it is untouched.
pub fn caught(named: &[Span], damaged: &BTreeSet<u32>, opinion: Option<Opinion>) -> Caught {
    let is_near = |span: &Span| {
        let last = span.last.max(span.first);
        damaged.range(span.first.saturating_sub(1)..=last.saturating_add(1)).next().is_some()
    };
    let names_damage = named.iter().any(is_near);
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

/// A critique of a program of which it is known what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// Whether something is damaged in its program.
    pub(crate) is_damaged: bool,
    /// Whether it names lines.
    pub(crate) names_lines: bool,
    pub(crate) caught: Caught,
    pub(crate) opinion: Option<Opinion>,
    /// Its length in tokens, by our count.
    pub(crate) length: u64,
    /// How near its text is to what a reviewer would say of the damage, from 0 to 1; `None` if that is not known.
    pub(crate) nearness: Option<f64>,
    /// The scored repairs by it, how many of them are the right program again, and how many pass.
    pub(crate) repairs: [u32; 3],
}

/// The critiques of one problem, each with the program that it is about, if what is wrong with that was known before the run.
pub(crate) type OfProblem<'a> = Vec<(Seen, Option<&'a KnownProgram>)>;

/// The critiques of a problem's trees of which it is known what they should find, in the order of trees and slots.
///
/// A run that starts from known programs is about these alone: what is made of them counts nowhere here.
pub(crate) fn seen<'a>(entry: &'a ProblemEntry, trees: &[&RepairTree], shapes: &Shapes) -> OfProblem<'a> {
    let mut found = vec![];
    let whole = whole(entry, trees);
    for tree in trees {
        for node in tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback) {
            let Some(program) = node.slot.program_above().and_then(|slot| tree.node(&slot)) else { continue };
            let known = known(entry, program);
            let damaged = match known {
                Some(known) => Some(known.lines.clone()),
                None if entry.known.is_empty() => damage(tree, program),
                None => None,
            };
            let (Some(damaged), Some(Found::Critique { opinion, spans, .. })) = (damaged, node.found()) else {
                continue;
            };
            let completion = node.completion.as_ref();
            let text = completion.and_then(|completion| completion.text.body());
            let named = named_lines(spans, text.map_or("", |text| text), text_of(program).unwrap_or_default());
            let seen = Seen {
                is_damaged: known.map_or(!damaged.is_empty(), |known| known.damage.is_some()),
                names_lines: !named.is_empty(),
                caught: caught(&named, &damaged, *opinion),
                opinion: *opinion,
                length: completion.map_or(0, |completion| completion.counted.0),
                nearness: nearness(known, text_of(program), whole.and_then(text_of), text.map(|text| &**text)),
                repairs: repairs(tree, &node.slot, whole, shapes),
            };
            found.push((seen, known));
        }
    }
    found
}

/// Programs that are the same as another one but for their formatting, as [`Options::shapes`] has them.
pub(crate) type Shapes = BTreeMap<Digest, Digest>;

/// A first program of a problem in which nothing is damaged, as was known before the run.
fn whole<'t>(entry: &ProblemEntry, trees: &[&'t RepairTree]) -> Option<&'t Node> {
    let is_whole = |node: &&Node| known(entry, node).is_some_and(|known| known.damage.is_none());
    trees.iter().flat_map(|tree| tree.nodes()).find(is_whole)
}

/// How near a critique's text is to what a reviewer would say of a known damage.
fn nearness(
    known: Option<&KnownProgram>,
    program: Option<&str>,
    whole: Option<&str>,
    text: Option<&str>,
) -> Option<f64> {
    known?.damage.as_ref()?;
    Some(bleu4(text?, &review_comment(program?, whole?)?) / 100.0)
}

/// The scored repairs by a critique, how many of them are the whole program but for their formatting, and how many pass.
fn repairs(tree: &RepairTree, critique: &Slot, whole: Option<&Node>, shapes: &Shapes) -> [u32; 3] {
    let shape = |node: &Node| {
        let digest = node.candidate.as_ref()?.program.digest();
        Some(shapes.get(&digest).copied().unwrap_or(digest))
    };
    let right = whole.and_then(shape);
    let mut counts = [0; 3];
    for node in tree.nodes().filter(|node| node.slot.is_program() && node.slot.parent().as_ref() == Some(critique)) {
        let Some(passes) = node.passes(Suite::Hidden) else { continue };
        counts[0] += 1;
        counts[1] += u32::from(right.is_some() && shape(node) == right);
        counts[2] += u32::from(passes);
    }
    counts
}

/// What was known of a first program before the run.
fn known<'a>(entry: &'a ProblemEntry, program: &Node) -> Option<&'a KnownProgram> {
    if program.slot.program_above().is_some() {
        return None;
    }
    let digest = program.candidate.as_ref()?.program.digest();
    entry.known.iter().find(|known| known.program == digest)
}

/// The figures of a run's trees; `None` if no critique is of a damaged program.
pub(crate) fn figures(manifest: &RunManifest, counted: &Counted<'_>, options: &Options) -> Option<BugFigures> {
    let problems = of_problems(manifest, counted, &options.shapes);
    let all = || problems.iter().flat_map(|(_, seen)| seen).map(|(seen, _)| seen);
    let count = |wanted: fn(&Seen) -> bool| all().filter(|seen| wanted(seen)).count() as u64;
    let (of_damaged, of_untouched) = (count(|seen| seen.is_damaged), count(|seen| !seen.is_damaged));
    if of_damaged == 0 {
        return None;
    }
    let mut table = Table::default();
    let mut column = |amount: &dyn Fn(&Seen) -> f64| {
        let sums = problems.iter().map(|(_, seen)| Some(seen.iter().map(|(seen, _)| amount(seen)).sum::<f64>()));
        table.add(sums).expect("a problem")
    };
    let is = |holds: bool| f64::from(u8::from(holds));
    let (damaged, untouched) = (column(&|seen| is(seen.is_damaged)), column(&|seen| is(!seen.is_damaged)));
    let caught = column(&|seen| is(seen.caught.names_damage));
    let hallucinated = column(&|seen| is(seen.is_damaged && seen.caught.hallucinates));
    let names_lines = column(&|seen| is(seen.is_damaged && seen.names_lines));
    let false_alarms = column(&|seen| is(!seen.is_damaged && seen.caught.is_false_alarm));
    let near = column(&|seen| seen.nearness.unwrap_or(0.0));
    let compared = column(&|seen| is(seen.nearness.is_some()));
    let [repairs, equal, mended] =
        [0, 1, 2].map(|at| column(&|seen| is(seen.is_damaged) * f64::from(seen.repairs[at])));
    let cuts: Vec<(u64, [Column; 2])> = cuts(all().map(|seen| seen.length).collect())
        .into_iter()
        .map(|length| {
            let hits = column(&|seen| is(seen.length <= length && seen.caught.names_damage));
            (length, [hits, column(&|seen| is(seen.length <= length && seen.names_lines))])
        })
        .collect();
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: ALL, sample: counted.sample };
    let means = table.means(resampling);
    let ratio = |part, whole, why: &str| means.ratio(&[(part, 1.0)], &[(whole, 1.0)], why);
    let lengths = cuts.into_iter().map(|(length, [hits, naming])| LengthRow {
        length,
        critiques: all().filter(|seen| seen.length <= length).count() as u64,
        precision: ratio(hits, naming, "no critique of this length names lines"),
        recall: ratio(hits, damaged, "no damaged program was criticised"),
    });
    let programs = bench::rows(&problems);
    let mutants = programs.iter().filter(|row| row.damage.is_some());
    Some(BugFigures {
        of_damaged,
        of_untouched,
        damaged_without_line: count(|seen| seen.is_damaged && !seen.names_lines),
        untouched_without_line: count(|seen| !seen.is_damaged && !seen.names_lines),
        caught: ratio(caught, damaged, "no damaged program was criticised"),
        hallucinated: ratio(hallucinated, names_lines, "no critique of a damaged program names lines"),
        false_alarm: ratio(false_alarms, untouched, "no program without a damage was criticised"),
        mutants: mutants.clone().count() as u64,
        adversarial: mutants.filter(|row| row.adversarial == Some(true)).count() as u64,
        comment_bleu: percent_of(ratio(near, compared, "no text of a critique stands beside a damage that is known")),
        refined_equal: ratio(equal, repairs, "no critique of a damaged program has a scored repair"),
        refined_passes: ratio(mended, repairs, "no critique of a damaged program has a scored repair"),
        lengths: lengths.collect(),
        programs,
    })
}

/// The critiques of each problem that a run came to, in the manifest's order.
pub(crate) fn of_problems<'a>(
    manifest: &'a RunManifest,
    counted: &Counted<'_>,
    shapes: &Shapes,
) -> Vec<(&'a ProblemEntry, OfProblem<'a>)> {
    let by_problem = counted.by_problem();
    let of_entry = |entry: &'a ProblemEntry| {
        let trees = by_problem.get(&entry.id)?;
        // What is known before the run needs no tests.
        let is_left_out = entry.known.is_empty() && judges_nobody(trees);
        Some((entry, if is_left_out { vec![] } else { seen(entry, trees, shapes) }))
    };
    manifest.problems.iter().filter_map(of_entry).collect()
}

/// Lengths up to which critiques are looked at: a tenth of them are no longer than the first, and so on.
fn cuts(mut lengths: Vec<u64>) -> Vec<u64> {
    const PARTS: usize = 10;
    lengths.sort_unstable();
    let mut cuts: Vec<u64> = (1..=PARTS)
        .filter_map(|part| lengths.get((lengths.len() * part).div_ceil(PARTS).max(1) - 1).copied())
        .collect();
    cuts.dedup();
    cuts
}

/// The damaged lines of a program that was made from one that passes, none if it passes; `None` if its damage is not known.
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
    use crate::testing::{Ending, Grown, manifest};

    const ORIGINAL: &str = "def f(x):\n    y = x + 1\n    z = y * 2\n    return z\n";
    const DAMAGED: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    return z\n";

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
        assert_eq!(of(&[(2, 2)], &damaged, Opinion::Incorrect), (true, false, false), "beside it");
        assert_eq!(of(&[(4, 4)], &damaged, Opinion::Incorrect), (true, false, false), "beside it");
        assert_eq!(of(&[(1, 1), (5, 9)], &damaged, Opinion::Incorrect), (false, true, false));
        assert_eq!(of(&[], &damaged, Opinion::Correct), (false, false, false));
        assert_eq!(of(&[(2, 2)], &untouched, Opinion::Incorrect), (false, true, true));
        assert_eq!(of(&[], &untouched, Opinion::Correct), (false, false, false));
        assert_eq!(
            of(&[(5, 2)], &damaged, Opinion::Incorrect),
            (false, true, false),
            "a span that ends before it begins"
        );
    }

    fn bench_of(known: Vec<KnownProgram>, nodes: &[(&str, Ending)]) -> Option<BugFigures> {
        let grown = nodes.iter().fold(Grown::new("a/0", 0), |grown, (slot, ending)| grown.node(slot, *ending));
        let mut manifest = manifest(&[("a/0", None)], 1);
        manifest.problems[0].known = known;
        let trees = [grown.submitted(None).tree];
        figures(&manifest, &Counted::of(&manifest, &trees), &Options { resamples: 0, ..Options::default() })
    }

    fn bench(nodes: &[(&str, Ending)]) -> Option<BugFigures> {
        bench_of(vec![], nodes)
    }

    fn known(program: &str, damage: Option<&str>, lines: &[u32]) -> KnownProgram {
        let damage = damage.map(str::to_owned);
        KnownProgram {
            program: mend_core::Digest::of(program.as_bytes()),
            damage,
            lines: lines.iter().copied().collect(),
        }
    }

    #[test]
    fn shares_are_of_damaged_of_untouched_and_of_all() {
        let (incorrect, correct) = (Some(Opinion::Incorrect), Some(Opinion::Correct));
        let figures = bench(&[
            ("p0", Ending::Writes(ORIGINAL, true)),
            ("p0/r0", Ending::Writes(DAMAGED, false)),
            ("p0/r0/f0", Ending::Names(incorrect, &[3])),
            ("p0/r0/f1", Ending::Names(incorrect, &[1])),
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
        assert_eq!(figures.hallucinated.value, Figure::Value(0.5), "of those that name lines of a damaged program");
        assert_eq!((figures.damaged_without_line, figures.untouched_without_line), (1, 1));
        assert_eq!((figures.mutants, figures.programs.len()), (0, 0));
        assert_eq!(figures.false_alarm.value, Figure::Value(0.5));
        // Without a damage there is no bench.
        assert_eq!(bench(&[("p0", Ending::Writes(ORIGINAL, true)), ("p0/f0", Ending::Names(correct, &[]))]), None);
        let alone = bench(&[
            ("p0", Ending::Writes(ORIGINAL, true)),
            ("p0/r0", Ending::Writes(DAMAGED, false)),
            ("p0/r0/f0", Ending::Names(incorrect, &[3])),
        ]);
        assert_eq!(alone.unwrap().false_alarm.value.reason(), Some("no program without a damage was criticised"));
    }

    #[test]
    fn what_was_known_before_the_run_is_the_truth_whatever_tests_say() {
        let (incorrect, correct) = (Some(Opinion::Incorrect), Some(Opinion::Correct));
        let figures = bench_of(
            vec![known(DAMAGED, Some("thrice"), &[3]), known(ORIGINAL, None, &[])],
            &[
                ("p0", Ending::Writes(DAMAGED, false)),
                ("p0/f0", Ending::Names(incorrect, &[3])),
                ("p0/f1", Ending::Names(incorrect, &[1])),
                ("p0/f2", Ending::Names(incorrect, &[4])),
                ("p0/f3", Ending::Names(correct, &[])),
                // What is made of a known program is not known, even where it is the same again.
                ("p0/f0/r0", Ending::Writes(DAMAGED, false)),
                ("p0/f0/r0/f0", Ending::Names(incorrect, &[1])),
                ("p1", Ending::Writes(ORIGINAL, true)),
                ("p1/f0", Ending::Names(incorrect, &[2])),
                ("p1/f1", Ending::Names(correct, &[])),
            ],
        )
        .unwrap();
        assert_eq!((figures.of_damaged, figures.of_untouched), (4, 2));
        assert_eq!(figures.caught.value, Figure::Value(0.5));
        assert_eq!(figures.hallucinated.value, Figure::Value(1.0 / 3.0));
        assert_eq!(figures.false_alarm.value, Figure::Value(0.5));
        assert_eq!((figures.mutants, figures.adversarial), (1, 1));
        // Every critique of the test says "text".
        let said = "Line 3 is wrong: `z = y * 3` should be `z = y * 2`.";
        assert_eq!(review_comment(DAMAGED, ORIGINAL).as_deref(), Some(said));
        assert_eq!(figures.comment_bleu.value, Figure::Value(bleu4("text", said)));
        // The one repair is the damaged program again.
        assert_eq!(
            (&figures.refined_equal.value, &figures.refined_passes.value),
            (&Figure::Value(0.0), &Figure::Value(0.0))
        );
        // All critiques of the test are of one length: two of four that name lines hit, of all four of the mutant.
        let [row] = figures.lengths.as_slice() else { panic!("{:?}", figures.lengths) };
        assert_eq!((row.length, row.critiques), (9, 6));
        assert_eq!((&row.precision.value, &row.recall.value), (&Figure::Value(0.5), &Figure::Value(0.5)));
    }

    #[test]
    fn a_repair_that_is_the_right_program_again_is_told_from_one_that_passes_otherwise() {
        const OTHER: &str = "def f(x):\n    return 2 * x + 2\n";
        let figures = bench_of(
            vec![known(DAMAGED, Some("thrice"), &[3]), known(ORIGINAL, None, &[])],
            &[
                ("p0", Ending::Writes(DAMAGED, false)),
                ("p0/f0", Ending::Names(None, &[3])),
                ("p0/f0/r0", Ending::Writes(ORIGINAL, true)),
                ("p0/f0/r1", Ending::Writes(OTHER, true)),
                ("p0/f0/r2", Ending::Writes(DAMAGED, false)),
                ("p0/f0/r3", Ending::Unscored),
                ("p1", Ending::Writes(ORIGINAL, true)),
                ("p1/f0", Ending::Names(None, &[])),
                ("p1/f0/r0", Ending::Writes(DAMAGED, false)),
            ],
        )
        .unwrap();
        assert_eq!(
            (figures.refined_equal.value, figures.refined_passes.value),
            (Figure::Value(1.0 / 3.0), Figure::Value(2.0 / 3.0))
        );
    }

    #[test]
    fn lengths_are_cut_into_tenths() {
        assert_eq!(cuts(vec![5, 7, 5]), [5, 7]);
        assert_eq!(cuts((1..=20).collect()), [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
        assert!(cuts(vec![]).is_empty());
    }
}
