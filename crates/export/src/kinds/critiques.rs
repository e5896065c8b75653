//! The most and the least useful critique of a program.

use crate::edits;
use crate::messages::{self, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::samples::{self, Asked};
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, ScoredOn, schema};
use mend_core::{Kind as NodeKind, Node, RepairTree};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "critiques",
    summary: "the most and the least useful critique of each program, by what the programs written by them pass",
    about: "\
A critique's score is the mean share of tests (`--scored-on`, the hidden ones by default) that the programs pass which were \
written with this critique in view and no other. Of all critiques that answer one prompt the best is `chosen`, the worst \
`rejected`; the first by replicate and slot where several are equal. There is a pair only where the two scores differ, and with \
`--margin` only where they differ by so much at least.

```console
$ mend run --dataset starter --model sim/journeyman --strategy critic --set n_f=3 --out results/a-run
$ mend export critiques results/a-run --out critiques.jsonl
```

Two kinds pair critiques by what their edits pass. `critiques` is for training on one prompt: both sides answer the same prompt, \
of any strategy with a critic, over all replicates. `judgements --by edits` is for a study of judges beside edits: it pairs within \
one tree, of any two critiques of a program, and its rows have the form of those that a judge chose.

Repairs that explain themselves in the same answer have no critique of their own: they are in `pairs`. After Moon et al. 2023, \
Coffee; Lan et al. 2024, MultiCritique; Xie et al. 2025, CTRL.",
    papers: &[3, 38, 55],
    flags: &[Flag::Margin, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Critiques { margin: options.margin()?, scored_on: options.scored_on() })),
};

/// A pair of critiques.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt of both, as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The program that they are about; null where they are about no program alone, or it has no text.
    program: Option<&'a str>,
    /// The share of tests that this program passes; null if it has no score.
    score_before: Option<f64>,
    /// The more useful critique.
    chosen: Side<'a>,
    /// The less useful critique.
    rejected: Side<'a>,
    /// The better score minus the worse.
    margin: f64,
    /// The tests that score the programs.
    scored_on: ScoredOn,
    /// How many critiques of the prompt have a score.
    of: u32,
}

/// One of two critiques.
#[derive(Serialize, JsonSchema)]
struct Side<'a> {
    /// Its tree, from 0.
    replicate: u32,
    /// Its node.
    slot: String,
    /// The model that wrote it.
    model: Option<&'a str>,
    /// The critique.
    critique: &'a str,
    /// What it says of the program as a whole: `correct` or `incorrect`; null if it does not say.
    opinion: Option<&'static str>,
    /// The mean share of tests that the programs written by it pass.
    score: f64,
    /// The programs that were written by it and have a score.
    edits: Vec<String>,
}

struct Critiques {
    margin: Option<f64>,
    scored_on: ScoredOn,
}

/// A critique with its score.
struct Scored<'a> {
    tree: &'a RepairTree,
    node: &'a Node,
    text: &'a str,
    score: f64,
    edits: Vec<String>,
}

impl Critiques {
    /// A critique with its score; counts why it has none.
    fn scored<'a>(&self, tree: &'a RepairTree, node: &'a Node, out: &mut Out<'_>) -> Option<Scored<'a>> {
        let Some(text) = messages::completion(node) else {
            out.leave_out("the journal does not hold the text", 1);
            return None;
        };
        let edits: Vec<(&Node, f64)> =
            edits::of(tree, &node.slot).filter_map(|edit| Some((edit, self.scored_on.score(edit)?))).collect();
        if edits.is_empty() {
            out.leave_out("no program that has a score was written by the critique alone", 1);
            return None;
        }
        let score = edits.iter().map(|(_, score)| score).sum::<f64>() / edits.len() as f64;
        let edits = edits.iter().map(|(edit, _)| edit.slot.to_string()).collect();
        Some(Scored { tree, node, text, score, edits })
    }
}

impl Make for Critiques {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        let critiques = of.nodes().filter(|(_, node)| node.slot.kind() == NodeKind::Feedback);
        let scored = critiques.filter_map(|(tree, node)| self.scored(tree, node, out));
        let why = ["the prompt has only one critique with a score", "all critiques of the prompt have the same score"];
        for group in samples::grouped(scored.map(|scored| (Asked::of(scored.tree, scored.node), scored))) {
            let Some((best, worst, margin)) = samples::apart(&group, |scored| scored.score, self.margin, why, out)
            else {
                continue;
            };
            let messages = messages::of(best.tree, best.node);
            if messages.is_none() {
                out.lacking(NO_MESSAGES);
            }
            let about = best.node.slot.program_above().and_then(|slot| best.tree.node(&slot));
            out.row(&Row {
                provenance: of.provenance(best.tree, Some(best.node)),
                messages,
                program: about.and_then(messages::program),
                score_before: about.and_then(|about| self.scored_on.score(about)),
                chosen: side(best),
                rejected: side(worst),
                margin,
                scored_on: self.scored_on,
                of: group.len() as u32,
            })?;
        }
        Ok(())
    }
}

fn side<'a>(scored: &Scored<'a>) -> Side<'a> {
    Side {
        replicate: scored.tree.key.replicate,
        slot: scored.node.slot.to_string(),
        model: scored.node.model.as_deref(),
        critique: scored.text,
        opinion: scored.node.opinion().map(mend_core::Opinion::as_str),
        score: scored.score,
        edits: scored.edits.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, program, rows, tree};
    use mend_core::Opinion;

    #[test]
    fn critiques_are_compared_by_what_was_written_by_each_alone() {
        let about = |slot: &str, text: &str| critique(slot, text, Some(Opinion::Incorrect)).prompt("What is wrong?");
        let first = tree(
            "a/0",
            0,
            &[
                program("p0", "x = 0").hidden(1, 4),
                about("p0/f0", "Line 1."),
                program("p0/f0/r0", "x = 1").hidden(2, 4),
                program("p0/f0/r1", "x = 2").hidden(4, 4),
                about("p0/f1", "Nothing."),
                program("p0/f1/r0", "x = 3").hidden(1, 4),
                about("p0/f2", "All."),
                // Written by two.
                program("p0/r0", "x = 4").shows(&["p0", "p0/f0", "p0/f2"]),
            ],
        );
        let made = rows(&KIND, &Options::default(), std::slice::from_ref(&first));
        assert_eq!(made.rows.len(), 1);
        let row = &made.rows[0];
        assert_eq!(
            (&row["slot"], &row["program"], &row["score_before"]),
            (&"p0/f0".into(), &"x = 0".into(), &0.25.into())
        );
        assert_eq!((&row["chosen"]["critique"], &row["chosen"]["score"]), (&"Line 1.".into(), &0.75.into()));
        assert_eq!(row["chosen"]["edits"], serde_json::json!(["p0/f0/r0", "p0/f0/r1"]));
        assert_eq!((&row["rejected"]["critique"], &row["rejected"]["score"]), (&"Nothing.".into(), &0.25.into()));
        assert_eq!((&row["margin"], &row["of"]), (&0.5.into(), &2.into()));
        assert_eq!(made.left_out["no program that has a score was written by the critique alone"], 1);
        let far = Options { margin: Some(0.6), ..Options::default() };
        assert_eq!(rows(&KIND, &far, &[first]).left_out["the scores differ by less than `--margin`"], 1);
    }

    #[test]
    fn critiques_with_equal_scores_make_no_pair() {
        let about = |slot: &str, text: &str| critique(slot, text, None).prompt("What is wrong?");
        let plants = [
            program("p0", "x = 0").hidden(0, 1),
            about("p0/f0", "This."),
            program("p0/f0/r0", "x = 1"),
            about("p0/f1", "That."),
            program("p0/f1/r0", "x = 2"),
            program("p1", "x = 3").hidden(0, 1),
            critique("p1/f0", "Else.", None),
            program("p1/f0/r0", "x = 4").hidden(0, 1),
        ];
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert!(made.rows.is_empty());
        assert_eq!(
            left_out,
            [
                ("all critiques of the prompt have the same score", 1),
                ("the prompt has only one critique with a score", 1),
            ]
        );
    }
}
