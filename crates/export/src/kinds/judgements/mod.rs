//! `judgements`: pairs of which one side is preferred, by a judge or by what came of them.

mod choices;
mod scores;
mod sound;

use crate::messages::{self, Message, completion, program};
use crate::samples::is_below;
use crate::{ExportError, Flag, Form, Kind, Make, OfProblem, Out, Provenance, ScoredOn, schema};
use mend_core::{Digest, Node, RepairTree, Slot};
use schemars::JsonSchema;
use serde::Serialize;
use sound::Units;

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "judgements",
    summary: "preferred and dispreferred programs, critiques and judgements: by a judge in both orders, by scores, or by what edits came to",
    about: "\
One row for each pair of which one side is preferred. `rule` says by what; `mend export judgements <run> --by choice` keeps one rule:

* `choice`: a judge was shown both and chose (`oaif`, `alpacafarm`, `critique-revise`, and `meta-rewarding` on judgements). Where the
  pair was shown in both orders it is kept only if the same side was chosen each time, and `consistent` is true. Where it was shown in
  one order alone, as `alpacafarm` does, `consistent` is null. What is chosen is what the judge said, before any noise that a
  strategy adds.
* `score`: judges scored several programs of a tree, or several critiques of a program (`alpacafarm` with `pick = \"score\"`, `coffee`):
  the highest mean score against the lowest.
* `rating`: several judgements of a program were compared by a judge of judgements: the highest Elo rating (from 1000, steps of 16,
  consistent pairs in the order of their slots) against the lowest.
* `edits`: several critiques of a program, each with edits by it (`coffee`, `coffee-gym`): the one whose edits pass the largest mean
  share of tests against the one whose edits pass the smallest.
* `revision`: several critiques of a program, as `ctrl` has them. A critique is worth 1 if it ends with a verdict and a revision by it
  passes, else 0: the first that is worth 1 against the first that is worth 0.
* `sound`: several critiques of a program in units, which a judge labelled (`multicritique`): the one with the most sound units against
  the one with the fewest.

Rows of all rules have one form, so that preferences by judges, scores and edits can be laid side by side; they pair within one tree.
To train on tests alone take `pairs` (programs) or `critiques`, whose two sides answer one prompt, over all replicates.

Sides that score the same do not make a pair, nor do those that differ by less than `--margin`; among equals the smallest slot stands for
all. Nor do two equal texts make a pair.

```console
$ mend run --dataset starter --model sim/journeyman --strategy oaif --set pairs=3 --out results/oaif
$ mend export judgements results/oaif --out pairs.jsonl
```",
    papers: &[3, 7, 38, 45, 47, 50, 55],
    flags: &[Flag::By, Flag::Margin, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| {
        Ok(Box::new(Judgements {
            rule: options.by,
            scored_on: options.scored_on(),
            margin: options.margin()?.unwrap_or(0.0),
            units: Units::new(),
        }))
    },
};

/// By what one side is preferred.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    JsonSchema,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// A judge chose it.
    Choice,
    /// Judges scored it higher.
    Score,
    /// It won more comparisons of judgements.
    Rating,
    /// The edits by it pass more tests.
    Edits,
    /// A revision by it passes.
    Revision,
    /// More of its units are sound.
    Sound,
}

/// One side of a pair.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Side<'a> {
    /// Its node.
    slot: String,
    /// What its author wrote, whole; null if the journal has no words.
    completion: Option<&'a str>,
    /// The program in it; null if it holds none.
    program: Option<&'a str>,
    /// The model that wrote it.
    model: Option<&'a str>,
    /// What the rule compares; null where a judge chose.
    score: Option<f64>,
    /// The share of tests that its program passes, or that the edits by it pass on average; null if there is no such share.
    pass_fraction: Option<f64>,
}

/// A judgement behind a choice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Judged<'a> {
    /// Its node.
    slot: String,
    /// The node that was shown first.
    first: String,
    /// The node that was shown second.
    second: String,
    /// The node that was chosen; null if none was.
    chosen: Option<String>,
    /// The seat that judged.
    seat: Option<String>,
    /// The model that judged.
    model: Option<&'a str>,
    /// What it wrote; null if the journal has no words.
    completion: Option<&'a str>,
    /// Digest of the template that its prompt was made from.
    template: Option<String>,
}

/// A pair.
#[derive(Debug, Serialize, JsonSchema)]
struct Row<'a> {
    /// The preferred side, by `slot`.
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// By what it is preferred.
    rule: Rule,
    /// What both sides are: `program`, `repair`, `critique`, `judgement` or `note`.
    of: &'static str,
    /// What the preferred side answers; null if the journal has no words.
    messages: Option<Vec<Message<'a>>>,
    /// The node that both sides are about; null for first programs.
    about_slot: Option<String>,
    /// Its program; null without one, or if the journal has no words.
    about_program: Option<&'a str>,
    /// The preferred side.
    chosen: Side<'a>,
    /// The other side.
    rejected: Side<'a>,
    /// By how much the scores differ; null where a judge chose.
    margin: Option<f64>,
    /// The judgements behind a choice, by slot; none for other rules.
    judgements: Vec<Judged<'a>>,
    /// In how many orders the pair was shown: 1 or 2; null where it was not.
    orders: Option<u32>,
    /// True if the pair was shown in both orders, and the same side chosen each time; null where it was shown in one, or not at
    /// all.
    consistent: Option<bool>,
    /// What the judge was told to prefer, if that is a parameter of the strategy.
    instruction: Option<&'a str>,
    /// Digest of `instruction`.
    instruction_digest: Option<String>,
    /// Which tests shares are of.
    scored_on: ScoredOn,
}

/// Two nodes, the preferred one first.
struct Pair<'a> {
    rule: Rule,
    sides: [&'a Node; 2],
    scores: Option<[f64; 2]>,
    judgements: Vec<Judged<'a>>,
    orders: Option<u32>,
}

impl<'a> Pair<'a> {
    fn by_score(rule: Rule, sides: [&'a Node; 2], scores: [f64; 2]) -> Self {
        Self { rule, sides, scores: Some(scores), judgements: vec![], orders: None }
    }
}

/// What the pairs of a tree are made with.
struct Making<'a, 'b> {
    tree: &'a RepairTree,
    scored_on: ScoredOn,
    units: &'b Units,
}

struct Judgements {
    rule: Option<Rule>,
    scored_on: ScoredOn,
    margin: f64,
    units: Units,
}

impl Make for Judgements {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for tree in of.trees {
            let making = Making { tree, scored_on: self.scored_on, units: &self.units };
            let mut pairs = vec![];
            let is_wanted = |rule: Rule| self.rule.is_none_or(|wanted| wanted == rule);
            if is_wanted(Rule::Choice) || is_wanted(Rule::Rating) {
                let choices = choices::choices(tree);
                if is_wanted(Rule::Choice) {
                    choices.left_out.iter().for_each(|why| out.leave_out(why, 1));
                }
                if is_wanted(Rule::Rating) {
                    pairs.extend(choices::ratings(tree, &choices.pairs));
                }
                if is_wanted(Rule::Choice) {
                    pairs.splice(0..0, choices.pairs);
                }
            }
            for (rule, make) in scores::RULES {
                if is_wanted(rule) {
                    pairs.extend(make(&making));
                }
            }
            for pair in pairs {
                match self.row(of, tree, pair) {
                    Ok(row) => out.row(&row)?,
                    Err(why) => out.leave_out(why, 1),
                }
            }
        }
        Ok(())
    }
}

impl Judgements {
    fn row<'a>(&self, of: &OfProblem<'a>, tree: &'a RepairTree, pair: Pair<'a>) -> Result<Row<'a>, &'static str> {
        let Pair { rule, sides, scores, judgements, orders } = pair;
        let [chosen, rejected] = sides;
        if is_same(chosen, rejected) {
            return Err("both sides are the same text");
        }
        let margin = scores.map(|[high, low]| high - low);
        if margin.is_some_and(|margin| margin <= 0.0) {
            return Err("both sides score the same");
        }
        if margin.is_some_and(|margin| is_below(margin, Some(self.margin))) {
            return Err("the scores differ by less than the margin");
        }
        let side = |at: usize| {
            let node = sides[at];
            Side {
                slot: node.slot.to_string(),
                completion: completion(node),
                program: program(node),
                model: node.model.as_deref(),
                score: scores.map(|scores| scores[at]),
                pass_fraction: scores::worth(tree, node, self.scored_on),
            }
        };
        let about = about(chosen).and_then(|slot| tree.node(&slot));
        let parameters = of.run.manifest.identity.strategy.parameters.as_ref();
        let is_chosen = matches!(rule, Rule::Choice | Rule::Rating);
        let instruction = parameters.and_then(|parameters| parameters.get("instruction")).filter(|_| is_chosen);
        Ok(Row {
            provenance: of.provenance(tree, Some(chosen)),
            rule,
            of: chosen.slot.kind().as_str(),
            messages: messages::of(tree, chosen),
            about_slot: about.map(|node| node.slot.to_string()),
            about_program: about.and_then(program),
            chosen: side(0),
            rejected: side(1),
            margin,
            consistent: orders.filter(|orders| *orders == 2).map(|_| true),
            orders,
            judgements,
            instruction: instruction.map(String::as_str),
            instruction_digest: instruction.map(|text| Digest::of(text.as_bytes()).to_string()),
            scored_on: self.scored_on,
        })
    }
}

/// The program that a node is about: that which a critique or a judgement stands below, or which a repair mends.
fn about(node: &Node) -> Option<Slot> {
    node.slot.program_above()
}

/// Whether two nodes say the same: two programs the same program, others the same text.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.candidate, &other.candidate) {
        (Some(one), Some(other)) => one.program == other.program,
        _ => match (&one.completion, &other.completion) {
            (Some(one), Some(other)) => one.text == other.text,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests;
