//! What people said of programs, apart by the model whose programs they judged.

use crate::Figure;
use crate::tokens::{correlation, mean};
use mend_core::{Digest, Kind, Node, Reason, Remark, RepairTree, Source, Suite};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What people said in a run, unfinished trees included. A row that answers several nodes counts once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PeopleFigures {
    /// Rows of people that answered something.
    pub rows: u64,
    /// Minutes that these took, as far as people say.
    pub minutes: f64,
    /// Rows of which nobody says how long they took.
    pub without_minutes: u64,
    /// Rows by who wrote them; those without a name stand under `unnamed`.
    pub authors: BTreeMap<String, u64>,
    /// What they say of programs, by the model that wrote these. Figures on different models are never one figure.
    pub about: Vec<AboutModel>,
}

/// What people said of one model's programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AboutModel {
    /// The model whose programs they judged: what the row says, else who wrote the program.
    pub about_model: String,
    /// Rows about its programs.
    pub rows: u64,
    /// Critiques that were taken over from a row about another program that fails alike.
    pub propagated: u64,
    /// Rows that say that the program is good enough.
    pub satisfied: u64,
    /// Rows that say that it is not.
    pub dissatisfied: u64,
    /// Rows by rating, from 1 to 4.
    pub ratings: [u64; 4],
    /// Mean rating.
    pub mean_rating: Figure,
    /// Correlation of ratings with the share of hidden tests that the rated programs pass.
    pub rating_and_tests: Figure,
    /// Correlation of ratings with the reward of what was said beside them: the mean share of hidden tests that the repairs
    /// by it pass.
    pub rating_and_reward: Figure,
    /// Rows by reason; a row may give several.
    pub reasons: BTreeMap<Reason, u64>,
    /// Rows that mark lines.
    pub marking: u64,
    /// Programs that people wrote as they should be.
    pub fixed_programs: u64,
    /// Those of them that pass the hidden suite.
    pub fixed_passed: u64,
    /// Scored repairs of the model's failing programs by what people said of them.
    pub repairs: u64,
    /// Those of them that pass.
    pub repairs_passed: u64,
}

impl AboutModel {
    fn new(model: String) -> Self {
        Self {
            about_model: model,
            rows: 0,
            propagated: 0,
            satisfied: 0,
            dissatisfied: 0,
            ratings: [0; 4],
            mean_rating: Figure::Absent("no row gives a rating".to_owned()),
            rating_and_tests: Figure::Absent("no row gives a rating".to_owned()),
            rating_and_reward: Figure::Absent("no row gives a rating".to_owned()),
            reasons: BTreeMap::new(),
            marking: 0,
            fixed_programs: 0,
            fixed_passed: 0,
            repairs: 0,
            repairs_passed: 0,
        }
    }

    fn add_row(&mut self, remark: &Remark) {
        self.rows += 1;
        self.satisfied += u64::from(remark.satisfied == Some(true));
        self.dissatisfied += u64::from(remark.satisfied == Some(false));
        self.marking += u64::from(!remark.spans.is_empty());
        if let Some(rating) = remark.rating {
            self.ratings[usize::from(rating.get()) - 1] += 1;
        }
        for reason in &remark.reasons {
            *self.reasons.entry(*reason).or_default() += 1;
        }
    }

    fn rated(mut self) -> Self {
        let count: u64 = self.ratings.iter().sum();
        if count > 0 {
            let sum: u64 = self.ratings.iter().zip(1..).map(|(rows, rating)| rows * rating).sum();
            self.mean_rating = Figure::Value(sum as f64 / count as f64);
        }
        self
    }
}

/// What people said; `None` of a run that asked nobody.
pub(crate) fn figures(trees: &[RepairTree]) -> Option<PeopleFigures> {
    let mut figures = PeopleFigures::default();
    let mut about: BTreeMap<String, AboutModel> = BTreeMap::new();
    let mut rated: BTreeMap<String, Rated> = BTreeMap::new();
    let mut seen: BTreeSet<(&str, Digest)> = BTreeSet::new();
    let mut minutes = mend_core::Minutes::ZERO;
    for tree in trees {
        for node in tree.nodes() {
            let Some(remark) = node.remark().filter(|remark| remark.source != Source::Simulated) else { continue };
            let row = (node.model.as_deref().unwrap_or_default(), remark.row);
            let is_new = remark.source == Source::Human && seen.insert(row);
            if is_new {
                figures.rows += 1;
                minutes += remark.minutes.unwrap_or_default();
                figures.without_minutes += u64::from(remark.minutes.is_none());
                let author = remark.author.clone().unwrap_or_else(|| "unnamed".to_owned());
                *figures.authors.entry(author).or_default() += 1;
            }
            let Some(model) = about_model(tree, node) else { continue };
            let of_model = about.entry(model.clone()).or_insert_with(|| AboutModel::new(model));
            of_model.propagated += u64::from(remark.source == Source::Propagated);
            if is_new {
                of_model.add_row(remark);
                if let Some(rating) = remark.rating {
                    rated.entry(of_model.about_model.clone()).or_default().add(rating.get(), tree, node);
                }
            }
            let below = || tree.nodes().filter(|repair| repair.slot.parent().as_ref() == Some(&node.slot));
            let passes: Vec<bool> = below().filter_map(|repair| repair.passes(Suite::Hidden)).collect();
            of_model.repairs += passes.len() as u64;
            of_model.repairs_passed += passes.into_iter().filter(|passed| *passed).count() as u64;
        }
        for given in tree.given() {
            let critique = given.slot.parent().and_then(|parent| tree.node(&parent));
            let Some(model) = critique.and_then(|critique| about_model(tree, critique)) else { continue };
            let of_model = about.entry(model.clone()).or_insert_with(|| AboutModel::new(model));
            of_model.fixed_programs += 1;
            of_model.fixed_passed += u64::from(given.passes(Suite::Hidden) == Some(true));
        }
    }
    figures.minutes = minutes.as_f64();
    for (model, of_model) in &mut about {
        if let Some(rated) = rated.get(model) {
            of_model.rating_and_tests = correlated(&rated.tests, "rated program");
            of_model.rating_and_reward = correlated(&rated.rewards, "rating with a scored repair");
        }
    }
    figures.about = about.into_values().map(AboutModel::rated).collect();
    (figures.rows > 0 || !figures.about.is_empty()).then_some(figures)
}

/// Ratings of one model's programs, each with what tests say.
#[derive(Debug, Default)]
struct Rated {
    /// With the share of hidden tests that the rated program passes.
    tests: Vec<(f64, f64)>,
    /// With the mean share that the repairs by the row pass.
    rewards: Vec<(f64, f64)>,
}

impl Rated {
    fn add(&mut self, rating: u8, tree: &RepairTree, critique: &Node) {
        let rating = f64::from(rating);
        let program = critique.slot.program_above().and_then(|slot| tree.node(&slot));
        self.tests.extend(program.and_then(share).map(|share| (rating, share)));
        let below = tree.nodes().filter(|repair| repair.slot.parent().as_ref() == Some(&critique.slot));
        let shares: Vec<f64> = below.filter_map(share).collect();
        self.rewards.extend(mean(&shares).map(|reward| (rating, reward)));
    }
}

/// The share of the hidden tests that a scored program passes: nothing of them if it could not be run.
fn share(node: &Node) -> Option<f64> {
    let passes = node.passes(Suite::Hidden)?;
    let suite = node.verdict().and_then(|verdict| verdict.of(Suite::Hidden)).filter(|suite| suite.total > 0);
    Some(suite.map_or(f64::from(u8::from(passes)), |suite| f64::from(suite.passed()) / f64::from(suite.total)))
}

/// The correlation of pairs, or why there is none.
fn correlated(pairs: &[(f64, f64)], what: &str) -> Figure {
    /// With two pairs it is 1 or -1, whatever they are.
    const FEWEST: usize = 3;
    if pairs.len() < FEWEST {
        return Figure::Absent(format!("a correlation needs {FEWEST} of them: {what}, {}", pairs.len()));
    }
    let (ratings, shares): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    correlation(&ratings, &shares)
        .map_or_else(|| Figure::Absent("ratings, or what tests say, are all the same".to_owned()), Figure::Value)
}

/// The model whose program a critique is about: what the person's row says, else who wrote the program. `None` for what
/// is no critique.
pub fn about_model(tree: &RepairTree, critique: &Node) -> Option<String> {
    if critique.slot.kind() != Kind::Feedback {
        return None;
    }
    let said = critique.remark().and_then(|remark| remark.about_model.clone());
    said.or_else(|| {
        let program = tree.node(&critique.slot.program_above()?)?;
        let served = program.completion.as_ref().and_then(|completion| completion.served_model.clone());
        served.or_else(|| program.model.as_deref().map(str::to_owned))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown};
    use mend_core::{Minutes, Rating, Slot, Status};

    /// A failing program, its critique by a row, and a repair by that.
    fn tree(problem: &str, row: &str, change: impl FnOnce(&mut Remark)) -> RepairTree {
        let mut remark = Remark { minutes: Minutes::from_f64(2.5), ..Remark::empty(Digest::of(row.as_bytes())) };
        change(&mut remark);
        Grown::new(problem, 0)
            .node("p0", Ending::Judged(Status::WrongAnswer))
            .said("p0/f0", remark)
            .node("p0/f0/r0", Ending::Judged(Status::Passed))
            .submitted(Some("p0/f0/r0"))
            .tree
    }

    #[test]
    fn ratings_are_compared_with_what_tests_say_of_the_program_and_of_its_repairs() {
        let rated = |problem: &str, rating: u8, program: Status, repair: Status| {
            let mut remark = Remark::empty(Digest::of(problem.as_bytes()));
            remark.rating = Rating::new(rating);
            remark.about_model = Some("x/a".to_owned());
            Grown::new(problem, 0)
                .node("p0", Ending::Judged(program))
                .said("p0/f0", remark)
                .node("p0/f0/r0", Ending::Judged(repair))
                .submitted(Some("p0/f0/r0"))
                .tree
        };
        let (right, wrong) = (Status::Passed, Status::WrongAnswer);
        let told = |trees: &[RepairTree]| {
            let about = figures(trees).unwrap().about.remove(0);
            (about.rating_and_tests, about.rating_and_reward)
        };
        let trees = [rated("a/0", 1, wrong, right), rated("a/1", 4, right, right), rated("a/2", 1, wrong, wrong)];
        let (tests, reward) = told(&trees);
        // Ratings 1, 4, 1 beside shares 0, 1, 0; and beside rewards 1, 1, 0, where the products sum to 1 and the squares to 6 and 2/3.
        assert!(matches!(tests, Figure::Value(value) if (value - 1.0).abs() < 1e-12), "{tests:?}");
        assert!(matches!(reward, Figure::Value(value) if (value - 0.5).abs() < 1e-12), "{reward:?}");
        let (few, _) = told(&trees[..2]);
        assert_eq!(few, Figure::Absent("a correlation needs 3 of them: rated program, 2".to_owned()));
        let same = [rated("a/0", 2, wrong, right), rated("a/1", 2, right, right), rated("a/2", 2, wrong, wrong)];
        assert_eq!(told(&same).0, Figure::Absent("ratings, or what tests say, are all the same".to_owned()));
    }

    #[test]
    fn rows_on_different_models_are_told_apart_and_count_once() {
        let by = |model: &str| Some(model.to_owned());
        let trees = [
            tree("a/0", "one", |remark| {
                remark.satisfied = Some(false);
                remark.rating = Rating::new(1);
                remark.reasons = vec![Reason::Crash, Reason::Style];
                remark.about_model = by("x/a");
                remark.author = by("ann");
            }),
            // The same row in another tree, a row about another model, and one that was taken over.
            tree("a/1", "one", |remark| remark.about_model = by("x/a")),
            tree("a/2", "two", |remark| {
                remark.rating = Rating::new(4);
                remark.about_model = by("x/b");
                remark.minutes = None;
            }),
            tree("a/3", "two", |remark| {
                remark.source = Source::Propagated;
                remark.about_model = by("x/b");
            }),
        ];
        let figures = figures(&trees).unwrap();
        assert_eq!((figures.rows, figures.minutes, figures.without_minutes), (2, 2.5, 1));
        assert_eq!(figures.authors, [("ann".to_owned(), 1), ("unnamed".to_owned(), 1)].into());
        let told: Vec<_> = figures
            .about
            .iter()
            .map(|about| {
                let counts = [about.rows, about.propagated, about.dissatisfied, about.repairs, about.repairs_passed];
                (about.about_model.as_str(), counts, about.mean_rating.value().copied())
            })
            .collect();
        assert_eq!(told, [("x/a", [1, 0, 1, 2, 2], Some(1.0)), ("x/b", [1, 1, 0, 2, 2], Some(4.0))]);
        assert_eq!(figures.about[0].reasons, [(Reason::Crash, 1), (Reason::Style, 1)].into());
    }

    #[test]
    fn a_program_that_a_person_gave_is_counted_apart_from_repairs() {
        let mut tree = tree("a/0", "one", |_| {});
        let slot: Slot = "p0/f0/r9".parse().unwrap();
        let text = mend_core::Text::new("x = 1");
        let given = mend_core::Event::Given { slot, text, model: "human:f".into(), author: None };
        tree.apply(&given).unwrap();
        let figures = figures(&[tree]).unwrap();
        let about = &figures.about[0];
        assert_eq!([about.fixed_programs, about.fixed_passed, about.repairs], [1, 0, 1]);
    }
}
