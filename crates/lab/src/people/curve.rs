//! What people's feedback is worth as it grows: the pass rate against labels and minutes, for each order in which programs
//! could have been put to them.
//!
//! All orders are given the same feedback, that of a run. A *label* is what was said of one program. Once an order comes to
//! it, the repairs that were written from it count, and so do those of other programs to which it was taken over.

use super::choosing::{AskBy, Candidate, Chooser, Facts};
use crate::failure::{Failure, journal_failure};
use mend_core::{Digest, Kind, Minutes, Node, ProblemId, RepairTree, Slot, Source, Suite, is_human};
use mend_journal::Bodies;
use mend_repair::{Failing, Header, Strategy};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A point of an order's curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// The order.
    pub by: AskBy,
    /// How many programs were put to people.
    pub labels: u64,
    /// What that took; `None` from the first label on of which nobody says it.
    pub minutes: Option<Minutes>,
    /// Failing first programs that have feedback: their own, or what was taken over from another one.
    pub served: u64,
    /// Share of first programs that pass, or of which a repair by that feedback does: mean over problems.
    pub pass_rate: f64,
}

/// The curves of a run's feedback, from no label to all, for each order.
///
/// # Errors
/// The folder holds no run that can be read, or nobody criticised a failing program in it.
pub fn curves(run: &Path, seed: u64) -> Result<Vec<CurvePoint>, Failure> {
    let recorded = mend_journal::read(run, Bodies::With).map_err(journal_failure)?;
    let strategy = Strategy::of_identity(&recorded.manifest.identity.strategy).map_err(Failure::usage)?;
    let trees = recorded.trees().map_err(journal_failure)?;
    let feedback = Feedback::of(&trees, strategy.header());
    if feedback.labels.is_empty() {
        let failure = Failure::usage(format!("nobody criticised a failing program in `{}`", run.display()));
        return Err(failure.hint("a run with `--critic human:<file>`, or with a model as critic, has critiques"));
    }
    Ok(AskBy::ALL.into_iter().flat_map(|by| feedback.curve(by, seed)).collect())
}

/// A program by its problem and its text.
type Text = (ProblemId, Digest);

/// What was said in a run, with what it did.
#[derive(Debug, Default)]
struct Feedback {
    /// Programs of which something was said, in the run's order.
    labels: Vec<Candidate>,
    /// What each label took, and the repairs that were written from it, of whatever program.
    effects: Vec<Effect>,
    /// First programs.
    firsts: Vec<First>,
    passing: BTreeMap<ProblemId, f64>,
}

#[derive(Debug, Default)]
struct Effect {
    minutes: Option<Minutes>,
    /// Whether each repair passes what the strategy may know of.
    repairs: Vec<bool>,
}

/// A first program.
#[derive(Debug)]
struct First {
    problem: ProblemId,
    passes: bool,
    /// The labels that its feedback comes from, each with whether a repair by it passes.
    by_label: BTreeMap<usize, bool>,
}

impl Feedback {
    fn of(trees: &[RepairTree], header: &Header) -> Self {
        let mut feedback = Self::default();
        let mut places: BTreeMap<Text, usize> = BTreeMap::new();
        let mut counts: BTreeMap<ProblemId, (f64, f64)> = BTreeMap::new();
        // Labels first, so that a program may take over what is said of a later one.
        for tree in trees {
            for (critique, program) in critiques(tree) {
                let is_own = critique.remark().is_none_or(|remark| remark.source != Source::Propagated);
                let (Some(failing), Some(text)) = (Failing::of(program, header), text_of(tree, program)) else {
                    continue;
                };
                if is_own && !places.contains_key(&text) {
                    places.insert(text, feedback.labels.len());
                    feedback.add_label(tree, critique, program, &failing);
                }
            }
        }
        for tree in trees {
            for node in tree.nodes().filter(|node| node.slot.is_program() && node.verdict().is_some()) {
                let (passed, count) = counts.entry(tree.key.problem.clone()).or_default();
                *passed += f64::from(u8::from(Failing::of(node, header).is_none()));
                *count += 1.0;
            }
            for program in tree.nodes().filter(|node| node.slot.depth() == 0 && node.slot.is_program()) {
                let Some(passes) = program.passes(Suite::Hidden) else { continue };
                let mut by_label = BTreeMap::new();
                for (critique, _) in critiques(tree).filter(|(_, about)| about.slot == program.slot) {
                    let about = critique.remark().and_then(|remark| remark.written_about);
                    let text = about.map(|about| (tree.key.problem.clone(), about)).or_else(|| text_of(tree, program));
                    let Some(label) = text.and_then(|text| places.get(&text).copied()) else { continue };
                    let mended = repairs(tree, &critique.slot).any(|repair| repair.passes(Suite::Hidden) == Some(true));
                    *by_label.entry(label).or_insert(false) |= mended;
                    let known = repairs(tree, &critique.slot).filter(|repair| repair.verdict().is_some());
                    let outcomes = known.map(|repair| Failing::of(repair, header).is_none());
                    feedback.effects[label].repairs.extend(outcomes);
                }
                feedback.firsts.push(First { problem: tree.key.problem.clone(), passes, by_label });
            }
        }
        feedback.passing = counts.into_iter().map(|(problem, (passed, count))| (problem, passed / count)).collect();
        feedback
    }

    fn add_label(&mut self, tree: &RepairTree, critique: &Node, program: &Node, failing: &Failing) {
        let problem = tree.key.problem.clone();
        let digest = program.candidate.as_ref().map_or_else(|| Digest::of(b""), |candidate| candidate.program.digest());
        let cluster = failing.cluster(&problem);
        let is_of_people = critique.model.as_deref().is_some_and(is_human);
        let minutes = if is_of_people { critique.minutes() } else { Some(Minutes::OF_A_SIMULATION) };
        self.labels.push(Candidate { problem, cluster, digest });
        self.effects.push(Effect { minutes, repairs: Vec::new() });
    }

    fn curve(&self, by: AskBy, seed: u64) -> Vec<CurvePoint> {
        let mut facts = Facts { passing: self.passing.clone(), ..Facts::default() };
        let mut chooser = Chooser::new(&self.labels, by, seed);
        let mut chosen: BTreeSet<usize> = BTreeSet::new();
        let mut minutes = Some(Minutes::ZERO);
        let mut points = vec![self.point(by, &chosen, minutes)];
        while let Some(label) = chooser.next(&facts) {
            chosen.insert(label);
            let effect = &self.effects[label];
            minutes = minutes.zip(effect.minutes).map(|(sum, more)| sum + more);
            for passed in &effect.repairs {
                facts.add_repair(self.labels[label].cluster, *passed);
            }
            points.push(self.point(by, &chosen, minutes));
        }
        points
    }

    fn point(&self, by: AskBy, chosen: &BTreeSet<usize>, minutes: Option<Minutes>) -> CurvePoint {
        let mut by_problem: BTreeMap<&ProblemId, (f64, f64)> = BTreeMap::new();
        let mut served = 0;
        for first in &self.firsts {
            let labels = || first.by_label.iter().filter(|(label, _)| chosen.contains(label));
            served += u64::from(!first.passes && labels().next().is_some());
            let passes = first.passes || labels().any(|(_, mended)| *mended);
            let (passed, count) = by_problem.entry(&first.problem).or_default();
            *passed += f64::from(u8::from(passes));
            *count += 1.0;
        }
        let shares: f64 = by_problem.values().map(|(passed, count)| passed / count).sum();
        let pass_rate = if by_problem.is_empty() { 0.0 } else { shares / by_problem.len() as f64 };
        CurvePoint { by, labels: chosen.len() as u64, minutes, served, pass_rate }
    }
}

/// Critiques of programs that were answered, each with its program.
fn critiques(tree: &RepairTree) -> impl Iterator<Item = (&Node, &Node)> {
    let critiques = tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback && node.completion.is_some());
    critiques.filter_map(|critique| Some((critique, tree.node(&critique.slot.program_above()?)?)))
}

fn repairs<'a>(tree: &'a RepairTree, critique: &'a Slot) -> impl Iterator<Item = &'a Node> {
    tree.nodes().filter(move |node| node.slot.is_program() && node.slot.parent().as_ref() == Some(critique))
}

fn text_of(tree: &RepairTree, program: &Node) -> Option<Text> {
    Some((tree.key.problem.clone(), program.candidate.as_ref()?.program.digest()))
}
