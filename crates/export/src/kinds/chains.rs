//! Explanation and refinement, accepted and rejected.

use crate::edits;
use crate::messages::{self, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::samples;
use crate::{ExportError, Form, Kind, Make, OfProblem, Options, Out, Provenance, ScoredOn, schema};
use mend_core::{Kind as NodeKind, Node, RepairTree, Slot, alike};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "chains",
    summary: "wrong program, explanation, refined program: accepted if the refined program passes, else rejected",
    about: "\
A row is one step of repair: a program that fails (`--scored-on`, the hidden tests by default), what was said of it, and the \
program that was written then. It is `accepted` if that program passes all tests; `reward_code` is the share that it passes. \
`--accepted` and `--rejected` export one side alone, so that two commands make two files: the first for supervised training, the \
second as counterexamples. The steps of a line are rows of their own, with the same first program.

```console
$ mend run --dataset starter --model sim/journeyman --strategy ledex --out results/a-run
$ mend export chains results/a-run --accepted --out accepted.jsonl
$ mend export chains results/a-run --rejected --out rejected.jsonl
```

With `--explanations`, `reward_explanation` is the mean similarity of the explanation to those of the problem's other accepted \
steps in the run. Similarity is the cosine of the counts of runs of three to five characters: the paper has embeddings there. \
After Jiang et al. 2024, LeDex.",
    papers: &[66],
    flags: &[Flag::ScoredOn, Flag::Accepted, Flag::Rejected, Flag::Explanations],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Chains::new(options))),
};

/// A step of repair.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// Whether the refined program passes all tests.
    accepted: bool,
    /// The program that fails.
    wrong: Wrong<'a>,
    /// What was said of it in an answer of its own; null where the refinement's answer explains itself.
    explanation: Option<Explanation<'a>>,
    /// The prompt of the refinement, as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The answer that holds the refined program, whole.
    completion: &'a str,
    /// The refined program; null if the answer holds none.
    program: Option<&'a str>,
    /// The number of the step in its line of repairs, from 1.
    round: u32,
    /// The share of tests that the refined program passes.
    reward_code: f64,
    /// `reward_code` of the program that fails.
    reward_before: f64,
    /// How similar the explanation is to those of other accepted steps of the problem, from 0 to 1; null unless
    /// `--explanations` asks for it, and where there is no explanation or none to compare it with.
    reward_explanation: Option<f64>,
    /// The tests that score both programs.
    scored_on: ScoredOn,
}

/// The program that fails.
#[derive(Serialize, JsonSchema)]
struct Wrong<'a> {
    /// Its node.
    slot: String,
    /// The model that wrote it; null where the strategy put it together of several.
    model: Option<&'a str>,
    /// The prompt that it answers; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The answer, whole; null where the journal does not hold it, or nobody wrote it.
    completion: Option<&'a str>,
    /// The program; null if the answer holds none.
    program: Option<&'a str>,
    /// How it ended on the scoring tests.
    status: &'static str,
}

/// What was said of a program.
#[derive(Serialize, JsonSchema)]
struct Explanation<'a> {
    /// Its node.
    slot: String,
    /// The model or the person who wrote it.
    model: Option<&'a str>,
    /// The prompt that it answers; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The text.
    text: &'a str,
}

struct Chains {
    scored_on: ScoredOn,
    accepted: bool,
    rejected: bool,
    compares: bool,
}

/// A step that has a row.
struct Step<'a> {
    tree: &'a RepairTree,
    node: &'a Node,
    /// The node whose answer holds the program.
    author: &'a Node,
    wrong: &'a Node,
    explanation: Option<&'a Node>,
    completion: &'a str,
    score: f64,
    before: f64,
    accepted: bool,
}

impl Chains {
    fn new(options: &Options) -> Self {
        let (accepted, rejected) = (!options.rejected, !options.accepted);
        Self { scored_on: options.scored_on(), accepted, rejected, compares: options.explanations }
    }

    /// A repair as a step; counts why it is none.
    fn step<'a>(&self, tree: &'a RepairTree, node: &'a Node, out: &mut Out<'_>) -> Option<Step<'a>> {
        let wrong = tree.node(&node.slot.program_above()?)?;
        let scored_on = self.scored_on;
        let scores = (scored_on.score(wrong), scored_on.score(node));
        let (Some(before), Some(score)) = scores else {
            let absent = if scores.1.is_none() { node } else { wrong };
            out.leave_out(scored_on.absent(absent), 1);
            return None;
        };
        if scored_on.passes(wrong) == Some(true) {
            out.leave_out("the program that was repaired passes", 1);
            return None;
        }
        let (author, completion) = samples::answer(tree, node, out)?;
        let explanation = explanation(tree, node, &wrong.slot).filter(|explanation| explanation.slot != author.slot);
        let accepted = scored_on.passes(node) == Some(true);
        Some(Step { tree, node, author, wrong, explanation, completion, score, before, accepted })
    }
}

/// What stands between a program and its repair: the one critique that the repair was shown, else the text above it.
fn explanation<'a>(tree: &'a RepairTree, node: &'a Node, wrong: &Slot) -> Option<&'a Node> {
    let shown = edits::by(tree, node).and_then(|slot| tree.node(slot));
    let above = || {
        let is_text = |slot: &Slot| matches!(slot.kind(), NodeKind::Feedback | NodeKind::Note);
        node.slot.parent().filter(|slot| slot != wrong && is_text(slot)).and_then(|slot| tree.node(&slot))
    };
    shown.or_else(above).filter(|explanation| messages::completion(explanation).is_some())
}

impl Make for Chains {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        let steps: Vec<Step<'_>> = of.programs().filter_map(|(tree, node)| self.step(tree, node, out)).collect();
        let text = |step: &Step<'_>| step.explanation.and_then(messages::completion).map(str::to_owned);
        let accepted: Vec<(usize, String)> = if self.compares {
            let is_accepted = |(_, step): &(usize, &Step<'_>)| step.accepted;
            steps.iter().enumerate().filter(is_accepted).filter_map(|(at, step)| Some((at, text(step)?))).collect()
        } else {
            Vec::new()
        };
        for (at, step) in steps.iter().enumerate() {
            if step.accepted && !self.accepted {
                out.leave_out("the step was accepted", 1);
                continue;
            }
            if !step.accepted && !self.rejected {
                out.leave_out("the step was rejected", 1);
                continue;
            }
            let messages = messages::of(step.tree, step.author);
            let wrong_author = messages::author(step.tree, step.wrong);
            if messages.is_none() {
                out.lacking(NO_MESSAGES);
            }
            out.row(&Row {
                provenance: of.provenance(step.tree, Some(step.node)),
                accepted: step.accepted,
                wrong: Wrong {
                    slot: step.wrong.slot.to_string(),
                    model: wrong_author.and_then(|author| author.model.as_deref()),
                    messages: wrong_author.and_then(|author| messages::of(step.tree, author)),
                    completion: wrong_author.and_then(messages::completion),
                    program: messages::program(step.wrong),
                    status: step.wrong.verdict().map_or("unscored", |verdict| verdict.status.as_str()),
                },
                explanation: step.explanation.and_then(|node| {
                    Some(Explanation {
                        slot: node.slot.to_string(),
                        model: node.model.as_deref(),
                        messages: messages::of(step.tree, node),
                        text: messages::completion(node)?,
                    })
                }),
                messages,
                completion: step.completion,
                program: messages::program(step.node),
                round: step.node.slot.round(),
                reward_code: step.score,
                reward_before: step.before,
                reward_explanation: step
                    .explanation
                    .and_then(messages::completion)
                    .and_then(|text| likeness(text, at, &accepted)),
                scored_on: self.scored_on,
            })?;
        }
        Ok(())
    }
}

/// The mean similarity of a step's explanation to those of the other accepted steps.
fn likeness(text: &str, at: usize, accepted: &[(usize, String)]) -> Option<f64> {
    let others: Vec<f64> =
        accepted.iter().filter(|(other, _)| *other != at).map(|(_, other)| alike::similarity(text, other)).collect();
    (!others.is_empty()).then(|| others.iter().sum::<f64>() / others.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{Rows, critique, program, rows, tree};

    fn made(options: &Options) -> Rows {
        let plants = [
            program("p0", "x = 0").hidden(0, 4),
            critique("p0/f0", "The loop ends too early.", None),
            program("p0/f0/r0", "x = 1").hidden(2, 4),
            critique("p0/f0/r0/f0", "The loop ends too late.", None),
            program("p0/f0/r0/f0/r0", "x = 2").hidden(4, 4),
            program("p0/r0", "x = 3").hidden(1, 4),
            program("p1", "x = 4").hidden(4, 4),
            program("p1/r0", "x = 5").hidden(4, 4),
            program("p2", "x = 6").hidden(0, 4),
            critique("p2/f0", "The loop ends too late.", None),
            program("p2/f0/r0", "x = 7").hidden(4, 4),
        ];
        rows(&KIND, options, &[tree("a/0", 0, &plants)])
    }

    #[test]
    fn a_step_is_accepted_if_its_refinement_passes() {
        let both = made(&Options::default());
        assert_eq!(both.field("slot"), ["p0/f0/r0", "p0/f0/r0/f0/r0", "p0/r0", "p2/f0/r0"]);
        assert_eq!(both.field("accepted"), ["false", "true", "false", "true"]);
        assert_eq!(both.field("round"), ["1", "2", "1", "1"]);
        assert_eq!(both.field("reward_code"), ["0.5", "1.0", "0.25", "1.0"]);
        assert_eq!(both.field("reward_before"), ["0.0", "0.5", "0.0", "0.0"]);
        let second = &both.rows[1];
        assert_eq!(
            (&second["wrong"]["program"], &second["wrong"]["status"]),
            (&"x = 1".into(), &"wrong_answer".into())
        );
        assert_eq!(second["explanation"]["text"], "The loop ends too late.");
        assert!(both.rows[2]["explanation"].is_null());
        assert_eq!(both.left_out["the program that was repaired passes"], 1);
        assert_eq!(both.field("reward_explanation"), ["null"; 4]);
    }

    #[test]
    fn each_side_can_be_had_alone() {
        let accepted = made(&Options { accepted: true, ..Options::default() });
        assert_eq!(accepted.field("slot"), ["p0/f0/r0/f0/r0", "p2/f0/r0"]);
        assert_eq!(accepted.left_out["the step was rejected"], 2);
        let rejected = made(&Options { rejected: true, ..Options::default() });
        assert_eq!(rejected.field("slot"), ["p0/f0/r0", "p0/r0"]);
    }

    #[test]
    fn explanations_are_compared_with_those_of_other_accepted_steps() {
        let made = made(&Options { explanations: true, ..Options::default() });
        let rewards: Vec<Option<f64>> = made.rows.iter().map(|row| row["reward_explanation"].as_f64()).collect();
        assert!(rewards[0].is_some_and(|reward| (0.5..0.95).contains(&reward)), "{rewards:?}");
        assert_eq!(&rewards[1..], [Some(1.0), None, Some(1.0)]);
    }
}
