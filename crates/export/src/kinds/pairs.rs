//! The best and the worst program of a prompt.

use crate::messages::{self, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::samples::{self, Sample};
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, ScoredOn, schema};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "pairs",
    summary: "the best and the worst program of each prompt, where their scores differ: preferences over code",
    about: "\
Of all programs that answer one prompt (of one problem of one run, replicates together) the one with the highest share of passed \
tests is `chosen`, the one with the lowest `rejected`; the first by replicate and slot where several are equal. There is a pair \
only where the two scores differ, and with `--margin` only where they differ by so much at least.

```console
$ mend export pairs results/a-run --out pairs.jsonl
$ mend export pairs results/a-run --scored-on public --margin 0.5 --out pairs.jsonl
```

Tests alone decide here, whatever judges said of the programs. `judgements --by score` pairs programs by what judges said, and \
compares all programs of a tree, also repairs with different prompts.

Both answers stand behind the same `messages`, as preference training wants it. `slot` and `replicate` are those of `chosen`. \
After Dong et al. 2024, RLHF Workflow, and Moon et al. 2023, Coffee.",
    papers: &[3, 45],
    flags: &[Flag::Margin, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Pairs { margin: options.margin()?, scored_on: options.scored_on() })),
};

/// A pair.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt of both, as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The better answer.
    chosen: Side<'a>,
    /// The worse answer.
    rejected: Side<'a>,
    /// The better score minus the worse.
    margin: f64,
    /// The tests that score both.
    scored_on: ScoredOn,
    /// How many programs of the prompt have a score.
    of: u32,
}

/// One of two answers.
#[derive(Serialize, JsonSchema)]
struct Side<'a> {
    /// Its tree, from 0.
    replicate: u32,
    /// Its node.
    slot: String,
    /// The model that wrote it.
    model: Option<&'a str>,
    /// The answer, whole.
    completion: &'a str,
    /// The program in it; null if it holds none.
    program: Option<&'a str>,
    /// The share of tests that it passes.
    score: f64,
}

struct Pairs {
    margin: Option<f64>,
    scored_on: ScoredOn,
}

impl Make for Pairs {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for group in samples::by_prompt(of, self.scored_on, out) {
            let why = ["the prompt has only one program", "all programs of the prompt have the same score"];
            let Some((best, worst, margin)) = samples::apart(&group, |sample| sample.score, self.margin, why, out)
            else {
                continue;
            };
            let messages = messages::of(best.tree, best.author);
            if messages.is_none() {
                out.lacking(NO_MESSAGES);
            }
            out.row(&Row {
                provenance: of.provenance(best.tree, Some(best.node)),
                messages,
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

fn side<'a>(sample: &Sample<'a>) -> Side<'a> {
    Side {
        replicate: sample.tree.key.replicate,
        slot: sample.node.slot.to_string(),
        model: sample.author.model.as_deref(),
        completion: sample.completion,
        program: messages::program(sample.node),
        score: sample.score,
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::fixture::{program, rows, tree};
    use crate::{ExportError, Options, ScoredOn};

    #[test]
    fn the_best_and_the_worst_of_a_prompt_make_a_pair_where_their_scores_differ() {
        let trees = [
            tree(
                "a/0",
                0,
                &[
                    program("p0", "x = 0").hidden(1, 4),
                    program("p1", "x = 1").hidden(4, 4),
                    program("p2", "x = 2").hidden(1, 4),
                    program("p0/r0", "x = 3").hidden(2, 4),
                    program("p0/r1", "x = 4").hidden(2, 4),
                    program("p2/r0", "x = 5").hidden(0, 4),
                ],
            ),
            tree("a/0", 1, &[program("p0", "x = 6").hidden(4, 4), program("p1", "").no_code()]),
            tree("a/1", 0, &[program("p0", "x = 7").unscored(), program("p1", "x = 8")]),
        ];
        let made = rows(&KIND, &Options::default(), &trees);
        assert_eq!(made.rows.len(), 1);
        let row = &made.rows[0];
        // The first of those that pass all, and the one without a program.
        assert_eq!((&row["slot"], &row["replicate"], &row["of"]), (&"p1".into(), &0.into(), &5.into()));
        assert_eq!((&row["chosen"]["score"], &row["chosen"]["program"]), (&1.0.into(), &"x = 1".into()));
        assert_eq!((&row["rejected"]["slot"], &row["rejected"]["replicate"]), (&"p1".into(), &1.into()));
        assert_eq!((&row["rejected"]["score"], &row["rejected"]["program"]), (&0.0.into(), &().into()));
        assert_eq!((&row["margin"], &row["messages"][1]["content"]), (&1.0.into(), &"Solve a/0.".into()));
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert_eq!(
            left_out,
            [
                ("all programs of the prompt have the same score", 1),
                ("the program is unscored", 1),
                ("the prompt has only one program", 2),
            ]
        );
    }

    #[test]
    fn a_margin_keeps_pairs_that_differ_by_so_much() {
        let plants =
            [program("p0", "x = 0").hidden(1, 4).public(0, 1), program("p1", "x = 1").hidden(3, 4).public(1, 1)];
        let trees = [tree("a/0", 0, &plants)];
        let count = |margin: f64, scored_on: Option<ScoredOn>| {
            rows(&KIND, &Options { margin: Some(margin), scored_on, ..Options::default() }, &trees).rows.len()
        };
        assert_eq!([0.0, 0.5, 0.51].map(|margin| count(margin, None)), [1, 1, 0]);
        assert_eq!(count(1.0, Some(ScoredOn::Public)), 1);
        let made = rows(&KIND, &Options { margin: Some(0.9), ..Options::default() }, &trees);
        assert_eq!(made.left_out["the scores differ by less than `--margin`"], 1);
        let wrong = (KIND.make)(&Options { margin: Some(1.5), ..Options::default() }).err().unwrap();
        assert!(matches!(&wrong, ExportError::BadOption { .. }), "{wrong}");
        assert_eq!(wrong.to_string(), "`--margin` is 1.5, and must be from 0 to 1, since scores are");
    }
}
