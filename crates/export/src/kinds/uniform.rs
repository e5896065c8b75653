//! Any feedback as one kind of record: a prompt, a response, and a score.

use crate::alike_rows::Spool;
use crate::messages::{self, MADE, NO_MESSAGES};
use crate::options::Flag;
use crate::shown;
use crate::{ExportError, Form, Kind, Make, OfProblem, Options, Out, Provenance, ScoredOn, schema};
use mend_core::{Found, Node, Opinion, Outcome, RepairTree};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "uniform",
    summary: "all feedback as records of one form: prompt, response, score from 0 to 1",
    about: "\
A record is a program with the prompt that it answers and a score, whoever gave it (`source`):

* `tests`: the share of tests that it passes (`--scored-on`, the hidden ones by default);
* `opinion`: 1 if a critique calls it correct, 0 if incorrect;
* `score`: the score that a judge gave it;
* `preference`: 1 for the program that a judge prefers, 0 for each other one that the judge was shown.

A program has as many records as feedback. Critiques without an opinion have none: somebody would have to read them. `--most` \
keeps a subset: records by falling score, ties in order, each unless its response is at least 0.8 similar to one that was taken \
(the cosine of the counts of runs of three to five characters), until there are so many.

```console
$ mend export uniform results/a-run --out uniform.jsonl
$ mend export uniform results/a-run results/another --most 1000 --out uniform.jsonl
```

After Aponte et al. 2024, A Framework for Fine-Tuning LLMs using Heterogeneous Feedback.",
    papers: &[65],
    flags: &[Flag::ScoredOn, Flag::Most],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Uniform::new(options)?)),
};

/// A record.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt, as one text with a line such as `[user]` before each message; null where the journal holds no words of it.
    prompt: Option<&'a str>,
    /// The answer, whole.
    response: &'a str,
    /// The score, from 0 to 1.
    score: f64,
    /// What gave the score.
    source: Source,
    /// The tests that scored it; null for other sources.
    scored_on: Option<ScoredOn>,
    /// The node that gave the score; null for tests.
    by: Option<String>,
    /// The model or the person who gave the score; null for tests.
    author: Option<&'a str>,
}

/// What gave a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// Tests.
    Tests,
    /// A critique that says whether the program is right.
    Opinion,
    /// A judge's score.
    Score,
    /// A judge's preference.
    Preference,
    /// A person's rating from 1 to 4: `(rating - 1) / 3`.
    Rating,
}

struct Uniform {
    scored_on: ScoredOn,
    /// Where records wait for the choice among all of them.
    spool: Option<Spool>,
}

impl Uniform {
    fn new(options: &Options) -> Result<Self, ExportError> {
        let spool = options.most.map(|most| Spool::new(u32::from(most) as usize)).transpose()?;
        Ok(Self { scored_on: options.scored_on(), spool })
    }

    /// The records of a node: of a program what tests say of it, of other nodes what they say of programs.
    fn records(
        &mut self,
        of: &OfProblem<'_>,
        tree: &RepairTree,
        node: &Node,
        out: &mut Out<'_>,
    ) -> Result<(), ExportError> {
        if node.slot.is_program() {
            let scored_on = self.scored_on;
            if let Some(score) = scored_on.score(node) {
                return self.record(of, tree, node, (Source::Tests, score, None), out);
            }
            out.leave_out(scored_on.absent(node), 1);
            return Ok(());
        }
        let Some(Outcome::Read(found)) = &node.outcome else {
            out.leave_out("the feedback was not read", 1);
            return Ok(());
        };
        // A rating says more than whether the program is good enough.
        if let Some(rating) = node.remark().and_then(|remark| remark.rating) {
            return self.about(of, tree, node, (Source::Rating, rating.score()), out);
        }
        match found {
            Found::Critique { opinion: Some(opinion), .. } => {
                let score = f64::from(u8::from(*opinion == Opinion::Correct));
                self.about(of, tree, node, (Source::Opinion, score), out)
            }
            Found::Critique { opinion: None, .. } => {
                out.leave_out("the critique does not say whether the program is right", 1);
                Ok(())
            }
            Found::Judgement { choice: Some(choice), .. } => {
                let programs = shown::programs(tree, node);
                if programs.len() < 2 || *choice as usize >= programs.len() {
                    out.leave_out("the preference is not between programs of the tree", 1);
                    return Ok(());
                }
                for (at, program) in programs.into_iter().enumerate() {
                    let score = f64::from(u8::from(at == *choice as usize));
                    self.record(of, tree, program, (Source::Preference, score, Some(node)), out)?;
                }
                Ok(())
            }
            Found::Judgement { score: Some(score), .. } if (0.0..=1.0).contains(score) => {
                self.about(of, tree, node, (Source::Score, *score), out)
            }
            Found::Judgement { .. } => {
                out.leave_out("the judge gave neither score nor preference", 1);
                Ok(())
            }
            Found::Note | Found::Tests { .. } | Found::Answer { .. } => Ok(()),
        }
    }

    /// The record of feedback about one program.
    fn about(
        &mut self,
        of: &OfProblem<'_>,
        tree: &RepairTree,
        node: &Node,
        (source, score): (Source, f64),
        out: &mut Out<'_>,
    ) -> Result<(), ExportError> {
        let above = node.slot.program_above().and_then(|slot| tree.node(&slot));
        let program = above.or_else(|| match shown::programs(tree, node).as_slice() {
            [program] => Some(*program),
            _ => None,
        });
        if let Some(program) = program {
            return self.record(of, tree, program, (source, score, Some(node)), out);
        }
        out.leave_out("the feedback is not about one program of the tree", 1);
        Ok(())
    }

    fn record(
        &mut self,
        of: &OfProblem<'_>,
        tree: &RepairTree,
        program: &Node,
        (source, score, by): (Source, f64, Option<&Node>),
        out: &mut Out<'_>,
    ) -> Result<(), ExportError> {
        let Some(answered) = messages::author(tree, program) else {
            out.leave_out(MADE, 1);
            return Ok(());
        };
        let Some(response) = messages::completion(answered) else {
            out.leave_out("the journal does not hold the text", 1);
            return Ok(());
        };
        let prompt = messages::prompt(tree, answered);
        let row = Row {
            provenance: of.provenance(tree, Some(program)),
            prompt,
            response,
            score,
            source,
            scored_on: (source == Source::Tests).then_some(self.scored_on),
            by: by.map(|by| by.slot.to_string()),
            author: by.and_then(|by| by.model.as_deref()),
        };
        if let Some(spool) = &mut self.spool {
            return spool.add(&row, response, score);
        }
        if prompt.is_none() {
            out.lacking(NO_MESSAGES);
        }
        out.row(&row)
    }
}

impl Make for Uniform {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, node) in of.nodes() {
            self.records(of, tree, node, out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), ExportError> {
        self.spool.take().map_or(Ok(()), |spool| spool.choose(out))
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, judgement, program, rows, tree};
    use mend_core::Opinion;
    use std::num::NonZeroU32;

    #[test]
    fn every_feedback_becomes_a_score_of_a_program() {
        let plants = [
            program("p0", "x = 0").hidden(1, 4),
            critique("p0/f0", "Wrong.", Some(Opinion::Incorrect)),
            critique("p0/f1", "Hm.", None),
            program("p1", "x = 1"),
            critique("p1/f0", "Right.", Some(Opinion::Correct)),
            judgement("v0", Some(0.75), None).shows(&["p1"]),
            judgement("v1", None, Some(1)).shows(&["p0", "p1"]),
            judgement("v2", None, None).shows(&["p0", "p1"]),
            judgement("v3", Some(0.5), None).shows(&["p0", "p1"]),
        ];
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
        let found: Vec<String> = made
            .rows
            .iter()
            .map(|row| format!("{} {} {} by {}", row["slot"], row["source"], row["score"], row["by"]).replace('"', ""))
            .collect();
        assert_eq!(
            found,
            [
                "p0 tests 0.25 by null",
                "p0 opinion 0.0 by p0/f0",
                "p1 tests 1.0 by null",
                "p1 opinion 1.0 by p1/f0",
                "p1 score 0.75 by v0",
                "p0 preference 0.0 by v1",
                "p1 preference 1.0 by v1",
            ]
        );
        assert_eq!(made.rows[0]["prompt"], "[system]\nBe right.\n[user]\nSolve a/0.\n");
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert_eq!(
            left_out,
            [
                ("the critique does not say whether the program is right", 1),
                ("the feedback is not about one program of the tree", 1),
                ("the judge gave neither score nor preference", 1),
            ]
        );
    }

    #[test]
    fn a_subset_takes_the_best_that_are_not_alike() {
        let long =
            "def solve(numbers):\n    total = 0\n    for number in numbers:\n        total += number\n    return total";
        let other = "import math\n\nprint(math.gcd(*map(int, input().split())))";
        let plants = [
            program("p0", long).hidden(3, 4),
            program("p1", &long.replace("total += number", "total += number  # add")).hidden(4, 4),
            program("p2", other).hidden(1, 4),
            program("p3", "class Grid:\n    pass").hidden(0, 4),
        ];
        let trees = [tree("a/0", 0, &plants)];
        let taken = |most: u32| rows(&KIND, &Options { most: NonZeroU32::new(most), ..Options::default() }, &trees);
        // The first is like the second, which is better.
        assert_eq!(taken(10).field("slot"), ["p1", "p2", "p3"]);
        assert_eq!(taken(10).left_out["the response is at least 0.8 similar to one with a score as high"], 1);
        let two = taken(2);
        assert_eq!(two.field("slot"), ["p1", "p2"]);
        assert_eq!(two.left_out["`--most` was reached by records with a score as high"], 1);
    }
}
