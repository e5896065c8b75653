//! `fine-grained`: critiques as marks by category and lines, and the weighted score that they come to.

use crate::messages::{completion, program};
use crate::{ExportError, Flag, Form, Kind, Make, OfProblem, Options, Out, Provenance, ScoredOn, schema};
use mend_core::{Fault, Found, Kind as NodeKind, Node, RepairTree, RunManifest, Severity};
use regex::Regex;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "fine-grained",
    summary: "critiques as marks: a category, lines and a number from -1 to 1, with the weighted score of the program",
    about: "\
One row for each critique that says something of a place. `marks` are its categories (`wrong_logic`, `missing_case`, `wrong_io`,
`crash`, `slow`, `irrelevant`), each with the lines that it is about and a number from -1, very bad, to 1, very good. `read_as` says
where they come from:

* `marks`: the critique is written in this form, as the strategy `fine-grained` asks for it;
* `defects`: it lists defects with type and severity, as `fito` asks for them. A major defect counts as -1, a minor one as -0.2,
  as 5 is to 1; `wrong_value` becomes `wrong_logic`;
* `lines`: it only names lines. Each counts as a mark `wrong_logic` of -1.

`by_category` is the mean of the marks of each category. `score` is the sum over the categories of the weight times this mean. The
weights are those of `--weights`, such as `wrong_logic=1,slow=0.5`; else those of the run's strategy; else 1 for each category.
What the weights leave out weighs nothing.

```console
$ mend run --dataset starter --model sim/journeyman --strategy fine-grained --out results/fine
$ mend export fine-grained results/fine --weights crash=1,slow=0.25 --out marks.jsonl
```",
    papers: &[48],
    flags: &[Flag::ScoredOn, Flag::Weights],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(FineGrained::new(options)?)),
};

/// What a mark is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, strum::EnumString, strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Category {
    /// It computes another value.
    WrongLogic,
    /// It does not cover a case.
    MissingCase,
    /// It reads or prints in another form.
    WrongIo,
    /// It raises or ends.
    Crash,
    /// It takes too long.
    Slow,
    /// It does what nobody asked for.
    Irrelevant,
}

impl Category {
    const ALL: [Self; 6] =
        [Self::WrongLogic, Self::MissingCase, Self::WrongIo, Self::Crash, Self::Slow, Self::Irrelevant];

    fn of(fault: Fault) -> Self {
        match fault {
            Fault::Crash => Self::Crash,
            Fault::WrongValue => Self::WrongLogic,
            Fault::MissingCase => Self::MissingCase,
            Fault::WrongIo => Self::WrongIo,
            Fault::Slow => Self::Slow,
        }
    }
}

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
struct Mark {
    /// What it is about.
    category: Category,
    /// The first line that it is about, from 1; null if it names none.
    first: Option<u32>,
    /// The last line that it is about; null if it names none.
    last: Option<u32>,
    /// From -1, very bad, to 1, very good.
    score: f64,
}

/// Where marks come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ReadAs {
    /// The critique lists marks.
    Marks,
    /// It lists defects.
    Defects,
    /// It names lines.
    Lines,
}

/// A critique as marks.
#[derive(Debug, Serialize, JsonSchema)]
struct Row<'a> {
    /// The critique, by `slot`.
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The node that is criticised.
    program_slot: String,
    /// Its program; null if it holds none, or the journal has no words.
    program: Option<&'a str>,
    /// The critique; null if the journal has no words.
    critique: Option<&'a str>,
    /// The marks, in the order of the text.
    marks: Vec<Mark>,
    /// Where the marks come from.
    read_as: ReadAs,
    /// What a mark was to be about, as the strategy asked: `line`, `block` or `program`; null if it did not say.
    density: Option<&'a str>,
    /// The mean of the marks of each category that has some.
    by_category: BTreeMap<Category, f64>,
    /// The weight of each category.
    weights: BTreeMap<Category, f64>,
    /// The sum over the categories of weight times mean.
    score: f64,
    /// The share of tests that the program passes; null if it is unscored, or has no such tests.
    pass_fraction: Option<f64>,
    /// Which tests that share is of.
    scored_on: ScoredOn,
}

struct FineGrained {
    scored_on: ScoredOn,
    weights: Option<BTreeMap<Category, f64>>,
    marks: Regex,
    lines: Regex,
}

impl FineGrained {
    fn new(options: &Options) -> Result<Self, ExportError> {
        let weights = options.weights.as_deref().map(|text| {
            weights(text).ok_or_else(|| ExportError::BadOption {
                flag: Flag::Weights.name(),
                found: text.to_owned(),
                expected: "a list such as wrong_logic=1,slow=0.5 over wrong_logic, missing_case, wrong_io, crash, slow \
                           and irrelevant",
            })
        });
        let words = <Category as strum::VariantNames>::VARIANTS.join("|");
        // As the strategy `fine-grained` reads them.
        let marks = format!(r"(?mi)^\W*({words})\W*\|([^|\n]*)\|\s*([-+]?[0-9]+(?:\.[0-9]+)?)");
        let regex = |form: &str| Regex::new(form).expect("a form of ours");
        Ok(Self {
            scored_on: options.scored_on(),
            weights: weights.transpose()?,
            marks: regex(&marks),
            lines: regex(r"([0-9]{1,9})(?:\s*(?:-|to)\s*([0-9]{1,9}))?"),
        })
    }

    fn marks(&self, critique: &Node) -> Option<(Vec<Mark>, ReadAs)> {
        let Some(Found::Critique { spans, defects, .. }) = critique.found() else { return None };
        let text = completion(critique).unwrap_or_default();
        let listed: Vec<Mark> = self.marks.captures_iter(text).filter_map(|found| self.mark(&found)).collect();
        if !listed.is_empty() {
            return Some((listed, ReadAs::Marks));
        }
        let worth = |severity| if severity == Severity::Major { -1.0 } else { -0.2 };
        let of_defect = |defect: &mend_core::Defect| Mark {
            category: Category::of(defect.fault),
            first: Some(defect.first),
            last: Some(defect.last),
            score: worth(defect.severity),
        };
        if !defects.is_empty() {
            return Some((defects.iter().map(of_defect).collect(), ReadAs::Defects));
        }
        let of_span = |span: &mend_core::Span| Mark {
            category: Category::WrongLogic,
            first: Some(span.first),
            last: Some(span.last),
            score: -1.0,
        };
        (!spans.is_empty()).then(|| (spans.iter().map(of_span).collect(), ReadAs::Lines))
    }

    fn mark(&self, found: &regex::Captures<'_>) -> Option<Mark> {
        let category = found[1].to_lowercase().parse().ok()?;
        let score: f64 = found[3].parse().ok()?;
        let lines = self.lines.captures(&found[2]);
        let line = |at: usize| lines.as_ref()?.get(at)?.as_str().parse::<u32>().ok();
        let first = line(1);
        // A range that ends before it begins is one of its first line.
        let last = line(2).or(first).zip(first).map(|(last, first)| last.max(first));
        Some(Mark { category, first, last, score: score.clamp(-1.0, 1.0) })
    }
}

/// Weights as they are typed; `None` if that is no such list.
fn weights(text: &str) -> Option<BTreeMap<Category, f64>> {
    let mut weights = BTreeMap::new();
    for part in text.split(',') {
        let (name, number) = part.split_once('=')?;
        let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        weights.insert(name.trim().parse().ok()?, number);
    }
    Some(weights)
}

/// The mean of the marks of each category.
fn by_category(marks: &[Mark]) -> BTreeMap<Category, f64> {
    let mut sums: BTreeMap<Category, (f64, f64)> = BTreeMap::new();
    for mark in marks {
        let sum = sums.entry(mark.category).or_default();
        *sum = (sum.0 + mark.score, sum.1 + 1.0);
    }
    sums.into_iter().map(|(category, (sum, count))| (category, sum / count)).collect()
}

/// The sum over the categories of weight times mean.
fn weighted(by_category: &BTreeMap<Category, f64>, weights: &BTreeMap<Category, f64>) -> f64 {
    // Of nothing the sum is minus zero.
    by_category.iter().map(|(category, mean)| weights.get(category).copied().unwrap_or(0.0) * mean).sum::<f64>() + 0.0
}

impl Make for FineGrained {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, node) in of.nodes().filter(|(_, node)| node.slot.kind() == NodeKind::Feedback) {
            match self.row(of, tree, node) {
                Ok(row) => out.row(&row)?,
                Err(why) => out.leave_out(why, 1),
            }
        }
        Ok(())
    }
}

impl FineGrained {
    fn row<'a>(&self, of: &OfProblem<'a>, tree: &'a RepairTree, critique: &'a Node) -> Result<Row<'a>, &'static str> {
        let about = critique.slot.program_above().and_then(|slot| tree.node(&slot));
        let about = about.ok_or("the critique is about no program")?;
        let (marks, read_as) = self.marks(critique).ok_or("the critique says nothing of a place")?;
        let manifest = &of.run.manifest;
        let of_strategy = || parameter(manifest, "weights").and_then(weights);
        let weights = self.weights.clone().or_else(of_strategy);
        let weights = weights.unwrap_or_else(|| Category::ALL.into_iter().map(|category| (category, 1.0)).collect());
        let by_category = by_category(&marks);
        Ok(Row {
            provenance: of.provenance(tree, Some(critique)),
            program_slot: about.slot.to_string(),
            program: program(about),
            critique: completion(critique),
            score: weighted(&by_category, &weights),
            marks,
            read_as,
            density: parameter(manifest, "density"),
            by_category,
            weights,
            pass_fraction: self.scored_on.score(about),
            scored_on: self.scored_on,
        })
    }
}

/// What a parameter of the run's strategy says, without the quotes of a text.
fn parameter<'a>(manifest: &'a RunManifest, name: &str) -> Option<&'a str> {
    let text = manifest.identity.strategy.parameters.as_ref()?.get(name)?;
    Some(text.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(text: &str, weights_text: &str) -> f64 {
        let kind = FineGrained::new(&Options::default()).unwrap();
        let marks: Vec<Mark> = kind.marks.captures_iter(text).filter_map(|found| kind.mark(&found)).collect();
        weighted(&by_category(&marks), &weights(weights_text).unwrap())
    }

    #[test]
    fn two_weightings_rank_two_programs_in_opposite_orders() {
        let crashes = "crash | line 3 | -1\nslow | lines 1-9 | 0.5\n";
        let crawls = "slow | lines 1-9 | -1\ncrash | line 3 | 0.25\n";
        let by_crash = [crashes, crawls].map(|text| scores(text, "crash=1,slow=0.1"));
        let by_speed = [crashes, crawls].map(|text| scores(text, "crash=0.1, slow=1"));
        assert_eq!(by_crash, [-0.95, 0.15]);
        assert_eq!(by_speed, [0.4, -0.975]);
        assert!(by_crash[0] < by_crash[1] && by_speed[0] > by_speed[1]);
    }

    #[test]
    fn marks_are_read_with_their_lines_and_kept_between_minus_one_and_one() {
        let kind = FineGrained::new(&Options::default()).unwrap();
        let text = "- **Wrong_Logic** | lines 3 - 5 | -2.5\nmissing_case | the loop | 0.5\nsomething else | line 1 | 1\n\
                    slow | line 7-2 | +1";
        let marks: Vec<Mark> = kind.marks.captures_iter(text).filter_map(|found| kind.mark(&found)).collect();
        let mark = |category, lines: Option<(u32, u32)>, score| Mark {
            category,
            first: lines.map(|lines| lines.0),
            last: lines.map(|lines| lines.1),
            score,
        };
        let expected = [
            mark(Category::WrongLogic, Some((3, 5)), -1.0),
            mark(Category::MissingCase, None, 0.5),
            mark(Category::Slow, Some((7, 7)), 1.0),
        ];
        assert_eq!(marks, expected);
    }

    #[test]
    fn a_category_counts_by_the_mean_of_its_marks_and_only_as_far_as_it_has_a_weight() {
        assert_eq!(scores("crash | line 1 | -1\ncrash | line 2 | 0\nwrong_io | line 1 | -1", "crash=0.5"), -0.25);
        assert_eq!(scores("nothing at all", "crash=1"), 0.0);
    }

    #[test]
    fn weights_that_mean_nothing_are_refused() {
        for bad in ["", "crash", "crash=", "crash=x", "crash=inf", "unknown=1", "crash=1,,slow=1"] {
            assert_eq!(weights(bad), None, "{bad}");
            let options = Options { weights: Some(bad.to_owned()), ..Options::default() };
            assert!(FineGrained::new(&options).is_err(), "{bad}");
        }
    }
}
