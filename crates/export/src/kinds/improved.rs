//! Programs with a better one that was made of them.

use crate::messages::{self, MADE, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::samples::ROUNDING;
use crate::{ExportError, Form, Kind, Make, OfProblem, Options, Out, Provenance, ScoredOn, schema};
use mend_core::{Node, RepairTree, Slot};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) const KIND: Kind = Kind {
    name: "improved",
    summary: "each repair that is better than the program it mends, with that program and the gap between their scores",
    about: "\
Along each line of repairs, from the first program on: `reference` is a program, `improved` the repair of it, `gap` the share of \
tests (`--scored-on`, the hidden ones by default) that the repair passes minus that of the reference. A line goes on while the gap \
is above zero, and all its steps have a row; what was repaired after a step without a gain has none. With `--margin` the gap must \
be above that instead: `--margin -1` also gives the steps that changed nothing and those that lost less than all.

```console
$ mend export improved results/a-run --out improved.jsonl
```

After Wang et al. 2024, PIT.",
    papers: &[70],
    flags: &[Flag::Margin, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Improved { above: above(options)?, scored_on: options.scored_on() })),
};

fn above(options: &Options) -> Result<f64, ExportError> {
    match options.margin {
        None => Ok(0.0),
        Some(margin) if (-1.0..=1.0).contains(&margin) => Ok(margin),
        Some(margin) => Err(ExportError::BadOption {
            flag: Flag::Margin.name(),
            found: margin.to_string(),
            expected: "from -1 to 1, since gaps are",
        }),
    }
}

/// A step.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt of the repair, as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The node of the program that was repaired.
    reference_slot: String,
    /// The program that was repaired; null if the answer held none.
    reference: Option<&'a str>,
    /// The answer that held it, whole; null where the strategy put it together of several.
    reference_completion: Option<&'a str>,
    /// The repair's program; null if the answer held none.
    improved: Option<&'a str>,
    /// The repair's answer, whole.
    improved_completion: &'a str,
    /// The number of the step in its line, from 1.
    step: u32,
    /// The share of tests that the reference passes.
    score_reference: f64,
    /// The share of tests that the repair passes.
    score_improved: f64,
    /// `score_improved` minus `score_reference`.
    gap: f64,
    /// The tests that score both.
    scored_on: ScoredOn,
}

struct Improved {
    above: f64,
    scored_on: ScoredOn,
}

impl Make for Improved {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for tree in of.trees {
            // The steps that a line has come to, by the program at its end; none where the line ended.
            let mut steps: BTreeMap<&Slot, u32> = BTreeMap::new();
            for node in tree.nodes().filter(|node| node.slot.is_program()) {
                let Some(above) = node.slot.program_above() else {
                    steps.insert(&node.slot, 0);
                    continue;
                };
                let Some(step) = steps.get(&above).map(|step| step + 1) else {
                    out.leave_out("a step before it has no gap above the margin", 1);
                    continue;
                };
                if let Some(row) = self.step(of, tree, node, &above, step, out) {
                    steps.insert(&node.slot, step);
                    out.row(&row)?;
                }
            }
        }
        Ok(())
    }
}

impl Improved {
    /// The row of a repair; counts why it has none.
    fn step<'a>(
        &self,
        of: &OfProblem<'a>,
        tree: &'a RepairTree,
        node: &'a Node,
        above: &Slot,
        step: u32,
        out: &mut Out<'_>,
    ) -> Option<Row<'a>> {
        let scored_on = self.scored_on;
        let reference = tree.node(above)?;
        let (Some(score_reference), Some(score_improved)) = (scored_on.score(reference), scored_on.score(node)) else {
            let absent = if scored_on.score(node).is_none() { node } else { reference };
            out.leave_out(scored_on.absent(absent), 1);
            return None;
        };
        let gap = score_improved - score_reference;
        if gap <= self.above + ROUNDING {
            out.leave_out("the gap is not above the margin", 1);
            return None;
        }
        let Some(author) = messages::author(tree, node) else {
            out.leave_out(MADE, 1);
            return None;
        };
        let Some(improved_completion) = messages::completion(author) else {
            out.leave_out("the journal does not hold the text", 1);
            return None;
        };
        let messages = messages::of(tree, author);
        if messages.is_none() {
            out.lacking(NO_MESSAGES);
        }
        Some(Row {
            provenance: of.provenance(tree, Some(node)),
            messages,
            reference_slot: above.to_string(),
            reference: messages::program(reference),
            reference_completion: messages::author(tree, reference).and_then(messages::completion),
            improved: messages::program(node),
            improved_completion,
            step,
            score_reference,
            score_improved,
            gap,
            scored_on,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, program, rows, tree};

    #[test]
    fn a_line_goes_on_while_its_steps_gain() {
        let trees = [tree(
            "a/0",
            0,
            &[
                program("p0", "x = 0").hidden(0, 4),
                critique("p0/f0", "No.", None),
                program("p0/f0/r0", "x = 1").hidden(1, 4),
                program("p0/f0/r0/r0", "x = 2").hidden(3, 4),
                program("p0/f0/r0/r0/r0", "x = 3").hidden(3, 4),
                program("p0/f0/r0/r0/r0/r0", "x = 4").hidden(4, 4),
                program("p1", "x = 5").hidden(2, 4),
                program("p1/r0", "x = 6").hidden(1, 4),
                program("p2", "x = 7").hidden(2, 4),
                program("p2/r0", "x = 8").unscored(),
            ],
        )];
        let made = rows(&KIND, &Options::default(), &trees);
        assert_eq!(made.field("slot"), ["p0/f0/r0", "p0/f0/r0/r0"]);
        assert_eq!(made.field("reference"), ["x = 0", "x = 1"]);
        assert_eq!(made.field("improved"), ["x = 1", "x = 2"]);
        assert_eq!(made.field("step"), ["1", "2"]);
        assert_eq!(made.field("gap"), ["0.25", "0.5"]);
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert_eq!(
            left_out,
            [
                ("a step before it has no gap above the margin", 1),
                ("the gap is not above the margin", 2),
                ("the program is unscored", 1),
            ]
        );
        let with = |margin| rows(&KIND, &Options { margin: Some(margin), ..Options::default() }, &trees);
        assert_eq!(with(0.25).rows.len(), 0);
        assert_eq!(with(-1.0).field("gap"), ["0.25", "0.5", "0.0", "0.25", "-0.25"]);
    }
}
