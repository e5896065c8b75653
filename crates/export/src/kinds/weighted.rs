//! All programs of a prompt, each with a weight.

use crate::messages::{self, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::samples::{self, Sample};
use crate::{ExportError, Form, Kind, Make, OfProblem, Options, Out, Provenance, Run, ScoredOn, schema};
use schemars::JsonSchema;
use serde::Serialize;

/// How much of the threshold before stays.
const KEPT: f64 = 0.9;

pub(crate) const KIND: Kind = Kind {
    name: "weighted",
    summary: "the programs of each prompt with weights that sum to 1, by their scores and a moving threshold",
    about: "\
If the best program of a prompt is better than the next by more than the threshold `tau`, it alone is kept, with weight 1. Else \
all are kept, with weights in proportion to `exp(score)`. So the weights of a prompt sum to 1. Scores are shares of passed tests \
(`--scored-on`, the hidden ones by default).

Runs are rounds, in the order in which they are named: a round's own threshold is the median score of its programs; `tau` is that \
in the first round, and after it nine tenths of the `tau` before and one tenth of the round's own. `--margin` fixes it instead.

```console
$ mend export weighted results/round-1 results/round-2 --out weighted.jsonl
```

After Wang et al. 2024, PSLE. The form of the rule is the paper's; median, nine tenths and the use of test scores are ours.",
    papers: &[68],
    flags: &[Flag::Margin, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Weighted::new(options)?)),
};

/// A weighted sample.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt, as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The answer, whole.
    completion: &'a str,
    /// The program in it; null if it holds none.
    program: Option<&'a str>,
    /// The share of tests that it passes.
    score: f64,
    /// The tests that score it.
    scored_on: ScoredOn,
    /// The round, from 0: the place of the run among those that were named.
    round: u32,
    /// The threshold of the round.
    tau: f64,
    /// Its weight among the programs of its prompt, which sum to 1.
    weight: f64,
    /// How many programs of the prompt were kept.
    kept: u32,
}

struct Weighted {
    scored_on: ScoredOn,
    fixed: Option<f64>,
    /// The scores of the round, as far as it was surveyed.
    scores: Vec<f64>,
    /// How many rounds began, and the threshold of the last.
    rounds: u32,
    tau: Option<f64>,
}

impl Weighted {
    fn new(options: &Options) -> Result<Self, ExportError> {
        let (scored_on, fixed) = (options.scored_on(), options.margin()?);
        Ok(Self { scored_on, fixed, scores: Vec::new(), rounds: 0, tau: None })
    }
}

impl Make for Weighted {
    fn surveys(&self) -> bool {
        self.fixed.is_none()
    }

    fn survey(&mut self, of: &OfProblem<'_>) {
        self.scores.extend(of.programs().filter_map(|(_, node)| self.scored_on.score(node)));
    }

    fn run(&mut self, _run: &Run, _out: &mut Out<'_>) -> Result<(), ExportError> {
        let own = median(&mut self.scores);
        self.scores.clear();
        self.rounds += 1;
        self.tau = match (self.tau, own) {
            (Some(tau), Some(own)) => Some(KEPT * tau + (1.0 - KEPT) * own),
            (tau, own) => tau.or(own),
        };
        Ok(())
    }

    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        // Without a score there is no sample to weigh either.
        let tau = self.fixed.or(self.tau).unwrap_or(0.0);
        for group in samples::by_prompt(of, self.scored_on, out) {
            let kept = kept(&group, tau);
            out.leave_out(
                "another program of its prompt is better by more than the threshold",
                (group.len() - kept.len()) as u64,
            );
            let sum: f64 = kept.iter().map(|sample| sample.score.exp()).sum();
            for sample in &kept {
                let messages = messages::of(sample.tree, sample.author);
                if messages.is_none() {
                    out.lacking(NO_MESSAGES);
                }
                out.row(&Row {
                    provenance: of.provenance(sample.tree, Some(sample.node)),
                    messages,
                    completion: sample.completion,
                    program: messages::program(sample.node),
                    score: sample.score,
                    scored_on: self.scored_on,
                    round: self.rounds.saturating_sub(1),
                    tau,
                    weight: sample.score.exp() / sum,
                    kept: kept.len() as u32,
                })?;
            }
        }
        Ok(())
    }
}

/// The programs of a prompt that are kept: the best alone if the next is worse by more than the threshold.
fn kept<'a>(group: &[Sample<'a>], tau: f64) -> Vec<Sample<'a>> {
    let Some((best, _)) = samples::ends(group, |sample| sample.score) else { return Vec::new() };
    let others = group.iter().filter(|sample| !std::ptr::eq(*sample, best));
    let next = others.map(|sample| sample.score).fold(f64::NEG_INFINITY, f64::max);
    if best.score - next > tau { vec![*best] } else { group.to_vec() }
}

/// The middle one, or the mean of the two in the middle; `None` of nothing.
fn median(scores: &mut [f64]) -> Option<f64> {
    scores.sort_by(f64::total_cmp);
    let upper = *scores.get(scores.len() / 2)?;
    Some(if scores.len() % 2 == 1 { upper } else { f64::midpoint(scores[scores.len() / 2 - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::{KIND, median};
    use crate::Options;
    use crate::fixture::{Rows, program, rows, rows_of, tree};

    fn weights(made: &Rows) -> Vec<f64> {
        made.rows.iter().map(|row| row["weight"].as_f64().unwrap()).collect()
    }

    #[test]
    fn weights_of_a_prompt_sum_to_one_and_one_that_is_far_ahead_stands_alone() {
        let trees = [
            tree("a/0", 0, &[program("p0", "x = 0").hidden(1, 4), program("p1", "x = 1").hidden(4, 4)]),
            tree("a/1", 0, &[program("p0", "x = 2").hidden(2, 4), program("p1", "x = 3").hidden(3, 4)]),
            tree("a/1", 1, &[program("p0", "x = 4").hidden(2, 4)]),
        ];
        // Scores 1/4, 1, 1/2, 3/4, 1/2: the median is 1/2.
        let made = rows(&KIND, &Options::default(), &trees);
        assert_eq!(made.field("tau"), ["0.5"; 4]);
        assert_eq!(made.field("program"), ["x = 1", "x = 2", "x = 3", "x = 4"]);
        assert_eq!(made.field("kept"), ["1", "3", "3", "3"]);
        let weights = weights(&made);
        assert_eq!(weights[0], 1.0);
        let sum: f64 = weights[1..].iter().sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        // Weights are as exp(score).
        assert!((weights[2] / weights[1] - 0.25_f64.exp()).abs() < 1e-12, "{weights:?}");
        assert_eq!(made.left_out["another program of its prompt is better by more than the threshold"], 1);
        let fixed = rows(&KIND, &Options { margin: Some(0.2), ..Options::default() }, &trees);
        assert_eq!(fixed.field("program"), ["x = 1", "x = 3"]);
        assert_eq!(fixed.field("tau"), ["0.2"; 2]);
    }

    #[test]
    fn the_threshold_moves_from_round_to_round() {
        let round = |passed: u32| [tree("a/0", 0, &[program("p0", "x = 0").hidden(passed, 4)])];
        let (one, two, three) = (round(4), round(0), round(2));
        let made = rows_of(&KIND, &Options::default(), &[("1", &one), ("2", &two), ("3", &three)]);
        let taus: Vec<f64> = made.rows.iter().map(|row| row["tau"].as_f64().unwrap()).collect();
        for (tau, expected) in taus.iter().zip([1.0, 0.9, 0.86]) {
            assert!((tau - expected).abs() < 1e-12, "{taus:?}");
        }
        assert_eq!(made.field("round"), ["0", "1", "2"]);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
