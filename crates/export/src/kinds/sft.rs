//! Passing programs, to train on.

use crate::distinct::Distinct;
use crate::messages::{self, MADE, Message, NO_MESSAGES};
use crate::options::Flag;
use crate::{ExportError, Form, Kind, Make, OfProblem, Options, Out, Provenance, ScoredOn, schema};
use mend_core::{Digest, Node, RepairTree, seed_for};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most programs of one problem, as ReST-EM has it.
const CAP: u32 = 10;

pub(crate) const KIND: Kind = Kind {
    name: "sft",
    summary: "programs that pass, each once, at most ten of a problem: samples for supervised training",
    about: "\
Programs and repairs that pass all tests of `--scored-on` (the hidden ones by default). Of programs of one problem that are the \
same but for their formatting the first counts. Of more than `--cap` (10) of one problem so many are drawn by `--seed` (0); \
several runs share the cap, those that are named first have the first choice.

```console
$ mend export sft results/a-run --out sft.jsonl
$ mend export sft results/round-1 results/round-2 --cap 4 --seed 7 --out sft.jsonl
```

Training is on the completion alone: `loss_on` says so. A repair's `messages` show the program that it mends; `round` is 0 for \
programs that were drawn from the statement alone. After Singh et al. 2023, Beyond Human Data (ReST-EM).",
    papers: &[44],
    flags: &[Flag::Cap, Flag::Seed, Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Sft::new(options))),
};

/// A sample.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The prompt as it was sent; null where the journal holds no words of it, as of published runs.
    messages: Option<Vec<Message<'a>>>,
    /// The answer, whole.
    completion: &'a str,
    /// The program in it.
    program: &'a str,
    /// How many repairs lie between the first program of its line and this one: 0 for what was drawn from the statement.
    round: u32,
    /// The share of tests that it passes.
    score: f64,
    /// The tests that score it.
    scored_on: ScoredOn,
    /// What the loss is on: `completion`, never the prompt.
    loss_on: &'static str,
}

struct Sft {
    cap: usize,
    seed: u64,
    scored_on: ScoredOn,
    /// What earlier runs took of each problem, by its digest: the programs, and how many.
    taken: BTreeMap<Digest, (Distinct, usize)>,
}

impl Sft {
    fn new(options: &Options) -> Self {
        Self {
            cap: options.cap.map_or(CAP, u32::from) as usize,
            seed: options.seed.unwrap_or(0),
            scored_on: options.scored_on(),
            taken: BTreeMap::new(),
        }
    }
}

/// A program that may be taken.
struct Sample<'a> {
    tree: &'a RepairTree,
    node: &'a Node,
    /// The node whose answer holds it.
    author: &'a Node,
    completion: &'a str,
    program: &'a str,
}

impl Make for Sft {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        let (seen, taken) = self.taken.entry(of.entry.digest).or_default();
        let mut samples: Vec<Sample<'_>> = Vec::new();
        for (tree, node) in of.programs() {
            match self.scored_on.passes(node) {
                None => out.leave_out(self.scored_on.absent(node), 1),
                Some(false) => out.leave_out(self.scored_on.failing(), 1),
                Some(true) => match sample(tree, node) {
                    Ok(sample) if seen.is_new(sample.program) => samples.push(sample),
                    Ok(_) => out.leave_out("the same program is there already, formatting aside", 1),
                    Err(reason) => out.leave_out(reason, 1),
                },
            }
        }
        let room = self.cap.saturating_sub(*taken);
        if samples.len() > room {
            out.leave_out("its problem has as many as `--cap` allows", (samples.len() - room) as u64);
            let mut drawn: Vec<usize> = (0..samples.len()).collect();
            drawn.sort_by_cached_key(|at| lot(self.seed, of, &samples[*at]));
            drawn.truncate(room);
            drawn.sort_unstable();
            let mut kept = drawn.into_iter().peekable();
            let mut at = 0;
            samples.retain(|_| {
                at += 1;
                kept.next_if_eq(&(at - 1)).is_some()
            });
        }
        *taken += samples.len();
        for Sample { tree, node, author, completion, program } in samples {
            let messages = messages::of(tree, author);
            if messages.is_none() {
                out.lacking(NO_MESSAGES);
            }
            out.row(&Row {
                provenance: of.provenance(tree, Some(node)),
                messages,
                completion,
                program,
                round: node.slot.round(),
                score: self.scored_on.score(node).unwrap_or(1.0),
                scored_on: self.scored_on,
                loss_on: "completion",
            })?;
        }
        Ok(())
    }
}

/// A program with its words, or why it has none.
fn sample<'a>(tree: &'a RepairTree, node: &'a Node) -> Result<Sample<'a>, &'static str> {
    const NO_TEXT: &str = "the journal does not hold the text";
    let program = messages::program(node).ok_or(NO_TEXT)?;
    let author = messages::author(tree, node).ok_or(MADE)?;
    let completion = messages::completion(author).ok_or(NO_TEXT)?;
    Ok(Sample { tree, node, author, completion, program })
}

/// A number that the seed gives a program: those with the smallest are drawn.
fn lot(seed: u64, of: &OfProblem<'_>, sample: &Sample<'_>) -> Digest {
    let (replicate, slot) = (sample.tree.key.replicate.to_string(), sample.node.slot.to_string());
    seed_for(seed, &["sft", &of.run.manifest.run_id, of.entry.id.as_str(), &replicate, &slot])
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::fixture::{Plant, critique, program, rows, rows_of, tree};
    use crate::{Options, ScoredOn};
    use std::num::NonZeroU32;

    /// 30 passing programs, 12 of them distinct; and 3 that fail.
    fn thirty() -> Vec<Plant> {
        let mut plants: Vec<Plant> = (0..30)
            .map(|index| program(&format!("p{index}"), &format!("x = {}{}", index % 12, " ".repeat(index / 12))))
            .collect();
        plants.extend((30..33).map(|index| program(&format!("p{index}"), "y = 1").hidden(0, 1)));
        plants
    }

    #[test]
    fn of_thirty_passing_programs_with_twelve_kinds_ten_are_exported() {
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &thirty())]);
        assert_eq!(made.rows.len(), 10);
        let mut programs = made.field("program");
        programs.sort();
        programs.dedup();
        assert_eq!(programs.len(), 10, "each once");
        assert!(made.field("loss_on").iter().all(|word| word == "completion"));
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert_eq!(
            left_out,
            [
                ("its problem has as many as `--cap` allows", 2),
                ("the program fails the hidden tests", 3),
                ("the same program is there already, formatting aside", 18),
            ]
        );
    }

    #[test]
    fn the_seed_draws_and_rows_stay_in_order() {
        let trees = [tree("a/0", 0, &thirty())];
        let drawn = |seed: u64, cap: u32| {
            let options = Options { seed: Some(seed), cap: NonZeroU32::new(cap), ..Options::default() };
            rows(&KIND, &options, &trees).field("slot")
        };
        assert_eq!(drawn(0, 10), rows(&KIND, &Options::default(), &trees).field("slot"));
        let choices: std::collections::BTreeSet<Vec<String>> = (0..20).map(|seed| drawn(seed, 3)).collect();
        assert!(choices.len() > 10, "{choices:?}");
        for slots in &choices {
            let number = |slot: &String| slot[1..].parse::<u32>().unwrap();
            assert!(slots.len() == 3 && slots.is_sorted_by_key(number), "{slots:?}");
        }
        // A smaller draw is part of a larger one.
        let (few, more) = (drawn(5, 3), drawn(5, 8));
        assert!(few.iter().all(|slot| more.contains(slot)));
        assert_eq!(drawn(3, 12).len(), 12);
    }

    #[test]
    fn runs_share_a_problems_cap_and_programs() {
        let first = [tree("a/0", 0, &[program("p0", "x = 1"), program("p1", "x = 2")])];
        let second = [tree("a/0", 0, &[program("p0", "x  = 1"), program("p1", "x = 3"), program("p2", "x = 4")])];
        let options = Options { cap: NonZeroU32::new(3), ..Options::default() };
        let made = rows_of(&KIND, &options, &[("one", &first), ("two", &second)]);
        assert_eq!(made.field("run"), ["one", "one", "two"]);
        assert_eq!(made.left_out["the same program is there already, formatting aside"], 1);
        assert_eq!(made.left_out["its problem has as many as `--cap` allows"], 1);
    }

    #[test]
    fn what_passes_is_for_the_chosen_tests_to_say() {
        let plants = [
            program("p0", "x = 1").public(1, 1).hidden(0, 1),
            program("p1", "x = 2").public(0, 1).hidden(1, 1),
            critique("p0/f0", "No.", None),
            program("p0/f0/r0", "x = 3"),
        ];
        let trees = [tree("a/0", 0, &plants)];
        let slots = |scored_on| rows(&KIND, &Options { scored_on, ..Options::default() }, &trees).field("slot");
        assert_eq!(slots(None), ["p0/f0/r0", "p1"]);
        assert_eq!(slots(Some(ScoredOn::Public)), ["p0"]);
        assert!(slots(Some(ScoredOn::Generated)).is_empty());
        let made = rows(&KIND, &Options::default(), &trees);
        assert_eq!(made.field("round"), ["1", "0"]);
        assert_eq!(made.rows[0]["messages"][1]["content"], "Solve a/0, after p0/f0, as repair.");
    }
}
