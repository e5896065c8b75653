//! The wrong programs of a problem: its reference solution with one to three damages in it.
//!
//! Every such program is known by its text, so that a failing program in a prompt tells which damages it holds.

use super::dice::Dice;
use super::mutate;
use super::profile::{LOOP_SHARE, MAX_DAMAGES, Quality};
use super::reading::Critique;
use mend_core::{Digest, Problem, Status};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// One damage: what stands in a span of the reference instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) replace: String,
    /// Whether the damaged program runs, or may run, forever.
    pub(super) may_loop: bool,
}

/// Indices of edits, ascending. Empty for the reference itself.
pub(super) type DamageSet = Vec<usize>;

/// The damages that a problem's reference can hold.
#[derive(Debug)]
pub(super) struct Damages {
    reference: Arc<str>,
    edits: Vec<Edit>,
    /// Which damages are recorded to pass the public suite alone.
    passing_public: BTreeSet<usize>,
}

impl Damages {
    /// The checked-in mutants of the problem that fail on the hidden suite, or generated ones if the problem has no
    /// list. `None` without a reference solution. Mutants whose text is not in the reference exactly once are left
    /// out, and so are all if each of them may run forever.
    pub(super) fn of(problem: &Problem) -> Option<Self> {
        let reference = Arc::clone(problem.reference.as_ref()?);
        let mut edits = if problem.mutants.is_empty() {
            // A reference that begins with the statement is damaged only in what follows.
            let kept = if reference.starts_with(&*problem.statement) { problem.statement.len() } else { 0 };
            mutate::edits(&reference, kept)
        } else {
            problem.mutants.iter().filter_map(|mutant| checked_in(&reference, mutant)).collect()
        };
        let mut seen = BTreeSet::from([text_digest(&reference)]);
        edits.retain(|edit| seen.insert(text_digest(&damaged(&reference, &[edit]))));
        if edits.iter().all(|edit| edit.may_loop) {
            edits.clear();
        }
        let passes = |edit: &Edit| {
            let mut recorded = problem.mutants.iter().filter(|mutant| mutant.name == edit.name);
            recorded.any(|mutant| mutant.public == Status::Passed)
        };
        let passing = edits.iter().enumerate().filter(|(_, edit)| passes(edit));
        let passing_public = passing.map(|(index, _)| index).filter(|_| !problem.tests.public.is_empty()).collect();
        Some(Self { reference, edits, passing_public })
    }

    /// All single damages.
    pub(super) fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The program that holds these damages.
    pub(super) fn program(&self, set: &[usize]) -> String {
        damaged(&self.reference, &set.iter().map(|index| &self.edits[*index]).collect::<Vec<_>>())
    }

    /// Line where a damage stands, or would stand, in the program that holds a set of damages; counted from 1.
    pub(super) fn line(&self, set: &[usize], index: usize) -> usize {
        let start = self.edits[index].span.start;
        let edits = set.iter().map(|index| &self.edits[*index]);
        let before: Vec<&Edit> = edits.filter(|edit| edit.span.end <= start && edit.span.start < start).collect();
        damaged(&self.reference[..start], &before).matches('\n').count() + 1
    }

    /// How good somebody's critique of the program that holds a set of damages is, and the damage that it names if it
    /// is right.
    pub(super) fn judge_critique(&self, set: &[usize], critique: &Critique) -> (Quality, Option<usize>) {
        let program = self.program(set);
        let lines: Vec<&str> = program.lines().map(str::trim).collect();
        let names = |index: &&usize| {
            let line = self.line(set, **index);
            critique.lines.contains(&line) || lines.get(line - 1).is_some_and(|line| critique.quotes.contains(*line))
        };
        match set.iter().find(names) {
            Some(named) => (Quality::Right, Some(*named)),
            None if critique.is_blind => (Quality::None, None),
            None if critique.lines.is_empty() && !lines.iter().any(|line| critique.quotes.contains(*line)) => {
                (Quality::Vague, None)
            }
            None => (Quality::Wrong, None),
        }
    }

    /// What a program with these damages is worth: the share of the two suites that it passes, by what is recorded of
    /// each damage alone.
    pub(super) fn worth(&self, set: &[usize]) -> f64 {
        match set {
            [] => 1.0,
            several if several.iter().all(|index| self.passing_public.contains(index)) => 0.5,
            _ => 0.0,
        }
    }

    /// Whether a damage can join others.
    pub(super) fn fits(&self, set: &[usize], index: usize) -> bool {
        let new = &self.edits[index].span;
        set.iter().map(|index| &self.edits[*index].span).all(|old| new.start >= old.end || old.start >= new.end)
    }
}

/// Every damaged program of a problem, and how likely each is among wrong first programs. Grows with the cube of
/// the number of damages, so that it is built when a problem is first met.
#[derive(Debug)]
pub(super) struct Combinations {
    /// By number of damages, then by indices. The first is the reference.
    sets: Vec<DamageSet>,
    by_text: BTreeMap<Digest, usize>,
    /// Share of each set among wrong programs; all zero if there are none.
    shares: Vec<f64>,
}

impl Combinations {
    /// The sizes come in the given shares, with those that the problem cannot hold moved to the largest that it
    /// can. [`LOOP_SHARE`] of each size may loop; beyond that all sets of a size are alike.
    pub(super) fn of(damages: &Damages, size_shares: [f64; MAX_DAMAGES]) -> Self {
        let mut combinations = Self { sets: Vec::new(), by_text: BTreeMap::new(), shares: Vec::new() };
        combinations.add(damages, DamageSet::new());
        let mut smaller = 0..1;
        for _ in 0..MAX_DAMAGES {
            let next = combinations.sets.len();
            for index in smaller {
                let set = combinations.sets[index].clone();
                for index in set.last().map_or(0, |last| last + 1)..damages.edits.len() {
                    if damages.fits(&set, index) {
                        let mut larger = set.clone();
                        larger.push(index);
                        combinations.add(damages, larger);
                    }
                }
            }
            smaller = next..combinations.sets.len();
        }
        combinations.shares = combinations.shares(damages, size_shares);
        combinations
    }

    /// Keeps a set if no smaller or earlier one yields the same text.
    fn add(&mut self, damages: &Damages, set: DamageSet) {
        if let Entry::Vacant(vacant) = self.by_text.entry(text_digest(&damages.program(&set))) {
            vacant.insert(self.sets.len());
            self.sets.push(set);
        }
    }

    fn shares(&self, damages: &Damages, size_shares: [f64; MAX_DAMAGES]) -> Vec<f64> {
        let class = |set: &DamageSet| (set.len(), set.iter().any(|index| damages.edits[*index].may_loop));
        let mut sets_in: BTreeMap<(usize, bool), usize> = BTreeMap::new();
        for set in &self.sets {
            *sets_in.entry(class(set)).or_default() += 1;
        }
        let largest = (1..=MAX_DAMAGES).rev().find(|size| sets_in.contains_key(&(*size, false))).unwrap_or(0);
        let total: f64 = size_shares.iter().sum();
        let share = |set: &DamageSet| {
            let (size, may_loop) = class(set);
            if size == 0 || size > largest {
                return 0.0;
            }
            let sizes = if size == largest { size - 1..MAX_DAMAGES } else { size - 1..size };
            let of_size = size_shares[sizes].iter().sum::<f64>() / total;
            let loop_share = if sets_in.contains_key(&(size, true)) { LOOP_SHARE } else { 0.0 };
            let of_class = if may_loop { loop_share } else { 1.0 - loop_share };
            of_size * of_class / sets_in[&(size, may_loop)] as f64
        };
        self.sets.iter().map(share).collect()
    }

    /// Every set, the reference's first.
    pub(super) fn all(&self) -> &[DamageSet] {
        &self.sets
    }

    /// The damages in a program; `None` if it is no program of ours. White space around the program and at
    /// the ends of lines does not matter.
    pub(super) fn identify(&self, program: &str) -> Option<&DamageSet> {
        self.by_text.get(&text_digest(program)).map(|index| &self.sets[*index])
    }

    /// The sets that a wrong first program can hold, with their shares, which sum to one. Empty for a
    /// problem that cannot be damaged.
    pub(super) fn wrong(&self) -> impl Iterator<Item = (&DamageSet, f64)> {
        self.sets.iter().zip(self.shares.iter().copied()).filter(|(_, share)| *share > 0.0)
    }

    /// Draws a wrong first program; `None` for a problem that cannot be damaged.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<&DamageSet> {
        self.wrong().next()?;
        self.sets.get(dice.weighted(&self.shares))
    }

    /// The damages that a repair can add: none that may loop, not the one just removed, and nothing that makes more
    /// than three.
    pub(super) fn additions(&self, damages: &Damages, set: &DamageSet, removed: Option<usize>) -> Vec<DamageSet> {
        (0..damages.edits.len())
            .filter(|index| !damages.edits[*index].may_loop && Some(*index) != removed && !set.contains(index))
            .filter(|index| damages.fits(set, *index))
            .map(|index| {
                let mut larger = set.clone();
                larger.push(index);
                larger.sort_unstable();
                larger
            })
            .filter(|larger| self.sets.binary_search_by(|set| by_size(set).cmp(&by_size(larger))).is_ok())
            .collect()
    }
}

fn by_size(set: &DamageSet) -> (usize, &DamageSet) {
    (set.len(), set)
}

fn checked_in(reference: &str, mutant: &mend_core::Mutant) -> Option<Edit> {
    let mut places = reference.match_indices(&mutant.find);
    let (start, _) = places.next()?;
    if places.next().is_some() || mutant.hidden == Status::Passed {
        return None;
    }
    Some(Edit {
        name: mutant.name.clone(),
        span: start..start + mutant.find.len(),
        replace: mutant.replace.clone(),
        may_loop: [mutant.public, mutant.hidden].contains(&Status::TimeLimit),
    })
}

/// The text with some edits made. They do not overlap.
fn damaged(text: &str, edits: &[&Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut program = text.to_owned();
    for edit in edits.iter().rev() {
        program.replace_range(edit.span.clone(), &edit.replace);
    }
    program
}

/// Digest that white space around a program, and at the ends of its lines, does not change.
fn text_digest(program: &str) -> Digest {
    let lines: Vec<&str> = program.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
    Digest::of(lines[first..last].join("\n").as_bytes())
}
