//! A part of a data set: problems named, filtered by what is known of them, and drawn.

use crate::Dataset;
use mend_core::{Digest, Integrity, Problem, ProblemId, Style, is_period};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Which problems to take. The default takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these; `None` for any.
    pub named: Option<Vec<ProblemId>>,
    /// Only those that fit: one of the conditions on each field that has some.
    pub conditions: Vec<Condition>,
    /// Only a sample of what is left so far.
    pub sample: Option<Sample>,
}

/// What a problem must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Of what.
    pub field: Field,
    /// The value that it must have, or the range `from..to` in which it must be, of a date or a rating.
    pub value: String,
}

/// What is known of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// The data set's own word for it.
    Difficulty,
    /// `completion`, `function` or `program`.
    Style,
    /// `isolated` or `cooperative`.
    Integrity,
    /// The language that answers are written in.
    Language,
    /// One of its tags.
    Tags,
    /// The day of its publication.
    Date,
    /// How hard it is as a number.
    Rating,
}

/// The fields in which a condition may name a range.
const RANGED: [Field; 2] = [Field::Date, Field::Rating];

/// A seeded draw without replacement. Which problems it takes depends on their ids and the seed alone, not on their
/// order; a larger sample holds the smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Number of problems.
    pub count: usize,
    /// The seed.
    pub seed: u64,
}

/// A selection that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A condition is not of the form `field=value`.
    #[error("`{0}` is not a condition, expected `field=value`")]
    NoCondition(String),
    /// A condition asks for something that is not known of problems.
    #[error(
        "unknown field `{field}`, expected one of `difficulty`, `style`, `integrity`, `language`, `tags`, `date`, `rating`"
    )]
    UnknownField {
        /// The field.
        field: String,
    },
    /// A date or a rating is neither a value nor a range.
    #[error("`{field}={value}`: `{part}` is {}", if *field == "date" { "not a day, month or year, expected such as `2024-08-31`, `2024-08..2024-10` or `2024..`" } else { "not a number, expected such as `1500`, `1200..1600` or `..1600`" })]
    BadRange {
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
        /// What of it is wrong.
        part: String,
    },
    /// No problem of the data set has the value.
    #[error("no problem of `{dataset}` has {field} `{value}`; there is {}", listed(known))]
    UnknownValue {
        /// The data set.
        dataset: String,
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
        /// The values that there are.
        known: Vec<String>,
    },
    /// A named problem is not in the data set.
    #[error("`{dataset}` has no problem `{id}`")]
    UnknownProblem {
        /// The data set.
        dataset: String,
        /// The id.
        id: ProblemId,
    },
    /// Every problem is left out.
    #[error("no problem of `{dataset}` is left: each of the {problems} fails one of the conditions")]
    NothingLeft {
        /// The data set.
        dataset: String,
        /// Its number of problems.
        problems: usize,
    },
    /// The sample is larger than what it is drawn from.
    #[error("cannot draw {count} problems: `{dataset}` has {left} that fit")]
    TooFew {
        /// The data set.
        dataset: String,
        /// Number of problems asked for.
        count: usize,
        /// Number of problems to draw from.
        left: usize,
    },
}

/// Values for a message.
fn listed(known: &[String]) -> String {
    const SHOWN: usize = 30;
    match known.len() {
        0 => "none with any".to_owned(),
        all if all > SHOWN => format!("{} and {} more", known[..SHOWN].join(", "), all - SHOWN),
        _ => known.join(", "),
    }
}

impl Field {
    const ALL: [Self; 7] =
        [Self::Difficulty, Self::Style, Self::Integrity, Self::Language, Self::Tags, Self::Date, Self::Rating];

    fn as_str(self) -> &'static str {
        self.into()
    }

    /// What a problem has of it.
    fn of(self, problem: &Problem) -> Vec<String> {
        let one = |value: &str| vec![value.to_owned()];
        match self {
            Self::Difficulty => problem.difficulty.iter().cloned().collect(),
            Self::Style => one(match problem.style {
                Style::Completion { .. } => "completion",
                Style::Function { .. } => "function",
                Style::Program => "program",
            }),
            Self::Integrity => one(match problem.integrity {
                Integrity::Isolated => "isolated",
                Integrity::Cooperative => "cooperative",
            }),
            Self::Language => one(problem.language.as_str()),
            Self::Tags => problem.about.tags.clone(),
            Self::Date => problem.about.date.iter().map(ToString::to_string).collect(),
            Self::Rating => problem.about.rating.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether one end of a range can stand in a condition.
    fn takes(self, part: &str) -> bool {
        if self == Self::Date { is_period(part) } else { part.parse::<u32>().is_ok() }
    }
}

impl Condition {
    /// The fields that a condition may be about.
    pub fn fields() -> [&'static str; 7] {
        Field::ALL.map(Field::as_str)
    }

    /// Whether a problem fits.
    fn fits(&self, problem: &Problem) -> bool {
        let Self { field, value } = self;
        match (field, ends(value)) {
            (Field::Date, (from, to)) => problem.about.date.as_ref().is_some_and(|date| {
                // A month holds all of its days, and a year all of its months.
                let within = |period: &str| date.as_str().get(..period.len()).unwrap_or_default().to_owned();
                from.is_none_or(|from| within(from).as_str() >= from) && to.is_none_or(|to| within(to).as_str() <= to)
            }),
            (Field::Rating, (from, to)) => problem.about.rating.is_some_and(|rating| {
                let number = |end: Option<&str>| end.and_then(|end| end.parse::<u32>().ok());
                number(from).is_none_or(|from| from <= rating) && number(to).is_none_or(|to| rating <= to)
            }),
            _ => field.of(problem).contains(value),
        }
    }
}

/// The ends of a range, both of them within it; a value alone is both.
fn ends(value: &str) -> (Option<&str>, Option<&str>) {
    let given = |end: &'_ str| !end.is_empty();
    match value.split_once("..") {
        None => (Some(value), Some(value)),
        Some((from, to)) => {
            let (from, to) = (from.trim(), to.trim());
            (Some(from).filter(|end| given(end)), Some(to).filter(|end| given(end)))
        }
    }
}

impl FromStr for Condition {
    type Err = SelectError;

    fn from_str(text: &str) -> Result<Self, SelectError> {
        let (field, value) = text.split_once('=').ok_or_else(|| SelectError::NoCondition(text.to_owned()))?;
        let (field, value) = (field.trim(), value.trim());
        let known = Field::ALL.into_iter().find(|known| known.as_str() == field);
        let field = known.ok_or_else(|| SelectError::UnknownField { field: field.to_owned() })?;
        if RANGED.contains(&field) {
            let (from, to) = ends(value);
            let wrong = [from, to].into_iter().flatten().find(|end| !field.takes(end));
            // `..` alone asks for nothing.
            let wrong = wrong.or(if from.or(to).is_none() { Some(value) } else { None });
            if let Some(part) = wrong {
                let (field, value, part) = (field.as_str(), value.to_owned(), part.to_owned());
                return Err(SelectError::BadRange { field, value, part });
            }
        }
        Ok(Self { field, value: value.to_owned() })
    }
}

impl Dataset {
    /// Keeps the problems with these ids. The others become [`Dataset::not_chosen`]; the digest stays.
    pub fn keep(&mut self, chosen: &BTreeSet<ProblemId>) {
        let problems = std::mem::take(&mut self.problems);
        let (chosen, others) = problems.into_iter().partition(|problem| chosen.contains(&problem.id));
        self.problems = chosen;
        self.not_chosen.extend::<Vec<Problem>>(others);
    }

    /// The ids of the problems that a selection chooses: at least one.
    pub fn select(&self, selection: &Selection) -> Result<BTreeSet<ProblemId>, SelectError> {
        let dataset = || self.name.clone();
        let mut chosen: Vec<&Problem> = self.problems.iter().collect();
        if let Some(named) = &selection.named {
            let there: BTreeSet<&ProblemId> = self.problems.iter().map(|problem| &problem.id).collect();
            if let Some(id) = named.iter().find(|id| !there.contains(id)) {
                return Err(SelectError::UnknownProblem { dataset: dataset(), id: id.clone() });
            }
            let named: BTreeSet<&ProblemId> = named.iter().collect();
            chosen.retain(|problem| named.contains(&problem.id));
        }
        for Condition { field, value } in selection.conditions.iter().filter(|one| !RANGED.contains(&one.field)) {
            let known: BTreeSet<String> = self.problems.iter().flat_map(|problem| field.of(problem)).collect();
            if !known.contains(value) {
                let known = known.into_iter().collect();
                let (dataset, field, value) = (dataset(), field.as_str(), value.clone());
                return Err(SelectError::UnknownValue { dataset, field, value, known });
            }
        }
        for field in Field::ALL {
            let asked = selection.conditions.iter().filter(|condition| condition.field == field);
            let asked: Vec<&Condition> = asked.collect();
            chosen.retain(|problem| asked.is_empty() || asked.iter().any(|condition| condition.fits(problem)));
        }
        if chosen.is_empty() {
            return Err(SelectError::NothingLeft { dataset: dataset(), problems: self.problems.len() });
        }
        if let Some(Sample { count, seed }) = selection.sample {
            if count > chosen.len() {
                return Err(SelectError::TooFew { dataset: dataset(), count, left: chosen.len() });
            }
            let place = |problem: &Problem| {
                let parts: [&[u8]; 3] = [b"sample", &seed.to_le_bytes(), problem.id.as_str().as_bytes()];
                *Digest::of_parts(parts).as_bytes()
            };
            let mut places: Vec<[u8; 32]> = chosen.iter().map(|problem| place(problem)).collect();
            places.sort_unstable();
            let last = places[count.max(1) - 1];
            chosen.retain(|problem| place(problem) <= last);
        }
        Ok(chosen.into_iter().map(|problem| problem.id.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::starter;

    fn ids(dataset: &Dataset, selection: &Selection) -> Vec<String> {
        let mut dataset = dataset.clone();
        let digest = dataset.digest;
        dataset.keep(&dataset.select(selection).unwrap());
        assert_eq!((dataset.problems.len() + dataset.not_chosen.len(), dataset.digest), (40, digest));
        dataset.problems.into_iter().map(|problem| problem.id.to_string()).collect()
    }

    fn with(conditions: &[&str], sample: Option<Sample>) -> Selection {
        let conditions = conditions.iter().map(|condition| condition.parse().unwrap()).collect();
        Selection { conditions, sample, ..Selection::default() }
    }

    #[test]
    fn fields_narrow_and_values_of_a_field_widen() {
        let starter = starter().unwrap();
        let count = |conditions: &[&str]| ids(&starter, &with(conditions, None)).len();
        assert_eq!(count(&[]), 40);
        assert_eq!((count(&["style=program"]), count(&["style=function"])), (10, 6));
        assert_eq!(count(&["style=program", "style=function"]), 16);
        let both = count(&["style=program", "difficulty=interview"]);
        assert!(both < count(&["style=program"]) && both < count(&["difficulty=interview"]));
    }

    #[test]
    fn named_problems_come_in_the_order_of_the_data_set() {
        let named = ["starter/s02", "starter/f01"].map(ProblemId::new).to_vec();
        let selection = Selection { named: Some(named), ..Selection::default() };
        assert_eq!(ids(&starter().unwrap(), &selection), ["starter/f01", "starter/s02"]);
    }

    #[test]
    fn a_sample_depends_on_ids_and_seed_alone_and_grows() {
        let mut dataset = starter().unwrap();
        let sample = |count, seed| with(&[], Some(Sample { count, seed }));
        let (small, large) = (ids(&dataset, &sample(5, 1)), ids(&dataset, &sample(20, 1)));
        assert_eq!((small.len(), large.len()), (5, 20));
        assert!(small.iter().all(|id| large.contains(id)));
        assert_ne!(small, ids(&dataset, &sample(5, 2)));
        dataset.problems.reverse();
        let mut again = ids(&dataset, &sample(5, 1));
        again.reverse();
        assert_eq!(small, again);
        assert_eq!(ids(&dataset, &sample(40, 3)).len(), 40);
    }

    #[test]
    fn what_leaves_nothing_is_refused_with_the_reason() {
        let starter = starter().unwrap();
        let refused = |selection: &Selection| starter.select(selection).unwrap_err().to_string();
        insta::assert_snapshot!(refused(&with(&["difficulty=easy"], None)), @"no problem of `starter` has difficulty `easy`; there is competition, interview, introductory");
        insta::assert_snapshot!(refused(&with(&[], Some(Sample { count: 41, seed: 0 }))), @"cannot draw 41 problems: `starter` has 40 that fit");
        let named = Selection { named: Some(vec![ProblemId::new("starter/f99")]), ..Selection::default() };
        insta::assert_snapshot!(refused(&named), @"`starter` has no problem `starter/f99`");
        let named = Some(vec![ProblemId::new("starter/f01")]);
        insta::assert_snapshot!(refused(&Selection { named, ..with(&["style=program"], None) }), @"no problem of `starter` is left: each of the 40 fails one of the conditions");
        let condition = |text: &str| text.parse::<Condition>().unwrap_err().to_string();
        insta::assert_snapshot!(condition("easy"), @"`easy` is not a condition, expected `field=value`");
        insta::assert_snapshot!(condition("level=easy"), @"unknown field `level`, expected one of `difficulty`, `style`, `integrity`, `language`, `tags`, `date`, `rating`");
        insta::assert_snapshot!(condition("date=2024-13"), @"`date=2024-13`: `2024-13` is not a day, month or year, expected such as `2024-08-31`, `2024-08..2024-10` or `2024..`");
        insta::assert_snapshot!(condition("date=.."), @"`date=..`: `..` is not a day, month or year, expected such as `2024-08-31`, `2024-08..2024-10` or `2024..`");
        insta::assert_snapshot!(condition("rating=1200..hard"), @"`rating=1200..hard`: `hard` is not a number, expected such as `1500`, `1200..1600` or `..1600`");
    }

    #[test]
    fn dates_ratings_and_tags_choose_problems() {
        let row = |id: &str, about: &str| {
            format!(
                r#"{{"id":"{id}","statement":"s","entry_point":"f","tests":{{"hidden":[{{"script":"f()"}}]}}{about}}}"#
            )
        };
        let rows = [
            row("a", r#","date":"2024-07-31","rating":1200,"tags":["dp","two pointers"]"#),
            row("b", r#","date":"2024-08-01","rating":1500,"tags":["dp"],"language":"rust""#),
            row("c", r#","date":"2024-08-31T12:00:00","rating":1900,"tags":["graphs"]"#),
            row("d", r#","date":"2025-01-15""#),
            row("e", ""),
        ];
        let file = crate::SourceFile { path: "x.jsonl".into(), bytes: rows.join("\n").into_bytes() };
        let dataset = crate::load("d", &[file], crate::OnInvalid::Fail).unwrap();
        let chosen = |conditions: &[&str]| -> String {
            let ids = dataset.select(&with(conditions, None)).unwrap();
            ids.iter().map(ProblemId::as_str).collect()
        };
        for (conditions, ids) in [
            (&["date=2024-08.."] as &[&str], "bcd"),
            (&["date=..2024-08"], "abc"),
            (&["date=2024-08"], "bc"),
            (&["date=2024-08-31"], "c"),
            (&["date=2024-08-02..2024-12"], "c"),
            (&["date=2024"], "abc"),
            (&["date=2024-07", "date=2025"], "ad"),
            (&["rating=1200..1500"], "ab"),
            (&["rating=1201.."], "bc"),
            (&["rating= .. 1200"], "a"),
            (&["rating=1900"], "c"),
            (&["tags=dp"], "ab"),
            (&["tags=two pointers", "tags=graphs"], "ac"),
            (&["tags=dp", "date=2024-08.."], "b"),
            (&["language=rust"], "b"),
            (&["language=python"], "acde"),
        ] {
            assert_eq!(chosen(conditions), ids, "{conditions:?}");
        }
        let refused = |condition: &str| dataset.select(&with(&[condition], None)).unwrap_err().to_string();
        insta::assert_snapshot!(refused("date=2026.."), @"no problem of `d` is left: each of the 5 fails one of the conditions");
        insta::assert_snapshot!(refused("tags=greedy"), @"no problem of `d` has tags `greedy`; there is dp, graphs, two pointers");
    }
}
