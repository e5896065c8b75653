//! `rewards`: what a critique, a repair or a program is worth by the tests that come of it.

use crate::messages::{completion, program};
use crate::{ExportError, Flag, Form, Kind, Make, OfProblem, Out, Provenance, ScoredOn, schema, uptake};
use mend_core::{Kind as NodeKind, Node, RepairTree, Seat, Slot, Suite, SuiteVerdict, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "rewards",
    summary: "critiques, repairs and programs with the share of tests that they come to (RL4F, Coffee-Gym, RLTF)",
    about: "\
A critique is worth what the edits by it pass: `reward` is the mean, over the repairs that go by it, of the share of tests that
each passes. `about` says what a row is about:

* `critique`: `program` is what it criticises, `edits` are the repairs that go by it.
* `repair`: a repair that goes by no critique. Its reward is its own share, `program` is what it mends.
* `program`: a first program. Its reward is its own share.

The share is `passed` / `total` of the suite that `--scored-on` names (`hidden` by default), and equals that of `samples.csv`; an
answer without a program passes nothing. What is unscored has no row. `reward_before` is the share of `program`.

`rltf` is the score of a program as RLTF has it: -1 if it cannot be loaded, -0.6 if a test ends in an error or at a limit, 1 if it
passes all, else -0.3 + 1.3 times its share. `rltf_baseline` is that of the tree's first program, where that was drawn at
temperature 0, as the strategy `rltf` draws it.

An editor is *faithful* if it goes by the critique. `uptake` is the share of a critique's edits that touch a line which it names, or
one beside it. Where the strategy also had the program edited by a critique of another one (`coffee-gym` with `shuffled = True`),
`uptake_shuffled` is the share of those edits that touch the same lines, and `fidelity` is the difference: 0 for an editor that
ignores its feedback.

```console
$ mend run --dataset starter --model sim/journeyman --strategy coffee-gym --set shuffled=True --out results/gym
$ mend export rewards results/gym --out rewards.jsonl
```",
    papers: &[7, 36, 37],
    flags: &[Flag::ScoredOn],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Rewards { scored_on: options.scored_on() })),
};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum About {
    /// A critique and the edits by it.
    Critique,
    /// A repair that goes by no critique.
    Repair,
    /// A first program.
    Program,
}

/// An edit, and what it is worth.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Edit<'a> {
    /// Its node.
    slot: String,
    /// Its program; null if it holds none, or the journal has no words.
    program: Option<&'a str>,
    /// The model that wrote it.
    model: Option<&'a str>,
    /// The share of the tests that it passes.
    reward: f64,
    /// Tests that it passes.
    passed: u32,
    /// Tests of the suite; 0 if nothing could be run.
    total: u32,
    /// Its score as RLTF has it, by the same tests; null for generated tests.
    rltf: Option<f64>,
}

/// A critique, a repair or a program with its reward.
#[derive(Debug, Serialize, JsonSchema)]
struct Row<'a> {
    /// The critique, the repair or the program, by `slot`.
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// What the row is about.
    about: About,
    /// The node that is criticised or mended; the program itself for a first program.
    program_slot: String,
    /// The program of `program_slot`; null if it holds none, or the journal has no words.
    program: Option<&'a str>,
    /// The critique; null where there is none, or the journal has no words.
    critique: Option<&'a str>,
    /// The model that wrote the critique, or the file of the person who did; null where there is none.
    critic: Option<&'a str>,
    /// The program of the first edit; null for a first program, if it holds none, or if the journal has no words.
    edit: Option<&'a str>,
    /// The edits that the reward is the mean of, by slot; none for a first program.
    edits: Vec<Edit<'a>>,
    /// The mean share of tests that the edits pass; for a first program its own share.
    reward: f64,
    /// The share of tests that the program passes before the edit; null for a first program, and if it is unscored.
    reward_before: Option<f64>,
    /// Which tests score.
    scored_on: ScoredOn,
    /// The score as RLTF has it: the mean over the edits, or that of a first program; null for generated tests.
    rltf: Option<f64>,
    /// The same score of the tree's first program; null if that was not drawn at temperature 0, or is the row's own.
    rltf_baseline: Option<f64>,
    /// The line of `program` at which its first failing test points, from 1; null if it points at none.
    line: Option<u32>,
    /// Share of the edits that touch a line which the critique names, or one beside it; null if it names none.
    uptake: Option<f64>,
    /// The same share of the edits of the program by critiques of other programs; null if there are none.
    uptake_shuffled: Option<f64>,
    /// `uptake` minus `uptake_shuffled`; null if either is.
    fidelity: Option<f64>,
}

struct Rewards {
    scored_on: ScoredOn,
}

impl Make for Rewards {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, node) in of.nodes() {
            let row = match node.slot.kind() {
                NodeKind::Feedback => self.critique(of, tree, node),
                NodeKind::Program | NodeKind::Repair if goes_by_a_critique(tree, node) => continue,
                NodeKind::Program | NodeKind::Repair => self.program(of, tree, node),
                NodeKind::Note | NodeKind::Tests | NodeKind::Judgement | NodeKind::Question => continue,
            };
            match row {
                Ok(row) => out.row(&row)?,
                Err(why) => out.leave_out(why, 1),
            }
        }
        Ok(())
    }
}

/// Whether a program stands below a critique, whose row has it.
fn goes_by_a_critique(tree: &RepairTree, node: &Node) -> bool {
    let above = node.slot.parent().and_then(|slot| tree.node(&slot));
    above.is_some_and(|above| above.slot.kind() == NodeKind::Feedback) || is_shuffled(tree, node)
}

/// Whether a repair shows a critique of another program than its own: a control, and no repair by what is wrong.
fn is_shuffled(tree: &RepairTree, node: &Node) -> bool {
    let Some(own) = node.slot.program_above() else { return false };
    let shows = node.call.as_ref().and_then(|call| tree.call(call)).map_or(&[][..], |call| &call.shows);
    let mut critiques = shows.iter().filter(|slot| slot.kind() == NodeKind::Feedback).peekable();
    critiques.peek().is_some() && critiques.all(|slot| slot.program_above().as_ref() != Some(&own))
}

impl Rewards {
    fn critique<'a>(
        &self,
        of: &OfProblem<'a>,
        tree: &'a RepairTree,
        critique: &'a Node,
    ) -> Result<Row<'a>, &'static str> {
        if critique.completion.is_none() {
            return Err("no answer came for the critique");
        }
        let about = critique.slot.program_above().and_then(|slot| tree.node(&slot));
        let about = about.ok_or("the critique is about no program")?;
        let children = programs_below(tree, &critique.slot);
        if children.is_empty() {
            return Err("no edit goes by the critique");
        }
        let edits: Vec<Edit<'a>> = children.iter().filter_map(|node| self.edit(node)).collect();
        if edits.is_empty() {
            return Err("no edit by the critique is scored");
        }
        let (words, text) = (completion(critique), program(about));
        let named = uptake::named(critique, words.unwrap_or_default(), text.unwrap_or_default());
        let taken = |edits: &[&'a Node]| {
            let taken: Option<Vec<f64>> = edits
                .iter()
                .filter(|edit| edit.candidate.is_some())
                .map(|edit| Some(f64::from(u8::from(uptake::takes_up(&named, text?, program(edit)?)?))))
                .collect();
            mean(&taken?)
        };
        let shuffled: Vec<&Node> = tree
            .nodes()
            .filter(|node| node.slot.parent().as_ref() == Some(&about.slot))
            .filter(|node| node.slot.kind() == NodeKind::Repair && is_shuffled(tree, node))
            .collect();
        let (uptake, uptake_shuffled) = (taken(&children), taken(&shuffled));
        let rewards: Vec<f64> = edits.iter().map(|edit| edit.reward).collect();
        let scores: Option<Vec<f64>> = edits.iter().map(|edit| edit.rltf).collect();
        Ok(Row {
            about: About::Critique,
            critique: words,
            critic: critique.model.as_deref(),
            edit: edits[0].program,
            reward: mean(&rewards).ok_or("no edit by the critique is scored")?,
            rltf: scores.and_then(|scores| mean(&scores)),
            uptake,
            uptake_shuffled,
            fidelity: uptake.zip(uptake_shuffled).map(|(own, other)| own - other),
            edits,
            ..self.row(of, tree, critique, about)
        })
    }

    fn program<'a>(&self, of: &OfProblem<'a>, tree: &'a RepairTree, node: &'a Node) -> Result<Row<'a>, &'static str> {
        let edit = self.edit(node).ok_or_else(|| self.scored_on.absent(node))?;
        let mended = node.slot.program_above().and_then(|slot| tree.node(&slot));
        let (reward, rltf) = (edit.reward, edit.rltf);
        let row = Row { reward, rltf, ..self.row(of, tree, node, mended.unwrap_or(node)) };
        Ok(match mended {
            Some(_) => Row { about: About::Repair, edit: edit.program, edits: vec![edit], ..row },
            None => Row { reward_before: None, ..row },
        })
    }

    /// What all rows have; that of a first program, unless somebody fills in the rest.
    fn row<'a>(&self, of: &OfProblem<'a>, tree: &'a RepairTree, node: &'a Node, about: &'a Node) -> Row<'a> {
        let first = tree.node(&Slot::program(0)).filter(|first| first.slot != node.slot);
        let baseline = first.filter(|first| is_greedy(of, tree, first)).and_then(|first| self.rltf(first));
        Row {
            provenance: of.provenance(tree, Some(node)),
            about: About::Program,
            program_slot: about.slot.to_string(),
            program: program(about),
            critique: None,
            critic: None,
            edit: None,
            edits: vec![],
            reward: 0.0,
            reward_before: self.scored_on.score(about),
            scored_on: self.scored_on,
            rltf: None,
            rltf_baseline: baseline,
            line: self.line(about),
            uptake: None,
            uptake_shuffled: None,
            fidelity: None,
        }
    }

    fn edit<'a>(&self, node: &'a Node) -> Option<Edit<'a>> {
        let reward = self.scored_on.score(node)?;
        let (passed, total) = self.counts(node);
        Some(Edit {
            slot: node.slot.to_string(),
            program: program(node),
            model: node.model.as_deref(),
            reward,
            passed,
            total,
            rltf: self.rltf(node),
        })
    }

    /// Tests that a program passes, and tests in all.
    fn counts(&self, node: &Node) -> (u32, u32) {
        let suites: Vec<&SuiteVerdict> = match self.suite() {
            Some(suite) => node.verdict().and_then(|verdict| verdict.of(suite)).into_iter().collect(),
            None => node.tested.values().map(|(suite, _)| suite).collect(),
        };
        suites.iter().fold((0, 0), |(passed, total), suite| (passed + suite.passed(), total + suite.total))
    }

    fn suite(&self) -> Option<Suite> {
        match self.scored_on {
            ScoredOn::Public => Some(Suite::Public),
            ScoredOn::Hidden => Some(Suite::Hidden),
            ScoredOn::Generated => None,
        }
    }

    /// The score of RLTF (Liu et al. 2023).
    fn rltf(&self, node: &Node) -> Option<f64> {
        node.verdict()?.rltf(self.suite()?)
    }

    /// The line at which the first failing test points.
    fn line(&self, node: &Node) -> Option<u32> {
        let failure = node.verdict().and_then(|verdict: &Verdict| verdict.of(self.suite()?)?.first_failure())?;
        failure.facts.as_ref()?.line
    }
}

/// Whether a program was drawn without chance.
fn is_greedy(of: &OfProblem<'_>, tree: &RepairTree, node: &Node) -> bool {
    let Some(call) = node.call.as_ref().and_then(|call| tree.call(call)) else { return false };
    let of_seat = |seat: &Seat| of.run.manifest.identity.models.get(seat)?.sampling.as_ref().map(|it| it.temperature);
    call.terms.sampling.temperature.or_else(|| of_seat(&call.seat)) == Some(0.0)
}

/// The programs right below a node, by slot.
fn programs_below<'a>(tree: &'a RepairTree, above: &Slot) -> Vec<&'a Node> {
    let is_below = |node: &&Node| node.slot.is_program() && node.slot.parent().as_ref() == Some(above);
    tree.nodes().filter(is_below).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::fixture::{Rows, critique, program, rows, tests, tree};
    use crate::{Options, ScoredOn};
    use serde_json::{Value, json};

    fn of<'a>(made: &'a Rows, slot: &str) -> &'a Value {
        made.rows.iter().find(|row| row["slot"] == slot).unwrap_or_else(|| panic!("no row of {slot}"))
    }

    #[test]
    fn the_reward_of_a_critique_is_the_mean_pass_fraction_of_its_edits() {
        let plants = [
            program("p0", "x = 1").hidden(1, 4),
            critique("p0/f0", "Off by one.", None),
            program("p0/f0/r0", "x = 2").hidden(3, 4),
            program("p0/f0/r1", "x = 3").hidden(4, 4),
            program("p0/f0/r2", "").no_code(),
            critique("p0/f1", "All is well.", None),
            program("p0/f1/r0", "x = 1").hidden(1, 4),
            critique("p0/f2", "Nobody goes by this.", None),
            critique("p0/f3", "Its edit is unscored.", None),
            program("p0/f3/r0", "x = 9").unscored(),
        ];
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
        assert_eq!(made.field("slot"), ["p0", "p0/f0", "p0/f1"]);
        let helpful = of(&made, "p0/f0");
        assert_eq!(helpful["reward"], json!((0.75 + 1.0 + 0.0) / 3.0));
        assert_eq!((&helpful["reward_before"], &helpful["about"]), (&json!(0.25), &json!("critique")));
        assert_eq!((&helpful["program"], &helpful["critique"]), (&json!("x = 1"), &json!("Off by one.")));
        assert_eq!((&helpful["edit"], &helpful["critic"]), (&json!("x = 2"), &json!("sim/journeyman")));
        let edits = helpful["edits"].as_array().unwrap();
        let counts: Vec<(u64, u64)> =
            edits.iter().map(|edit| (edit["passed"].as_u64().unwrap(), edit["total"].as_u64().unwrap())).collect();
        assert_eq!(counts, [(3, 4), (4, 4), (0, 0)]);
        assert_eq!(of(&made, "p0/f1")["reward"], json!(0.25));
        assert_eq!(
            made.left_out,
            [("no edit goes by the critique", 1), ("no edit by the critique is scored", 1)].into()
        );
    }

    #[test]
    fn a_repair_without_a_critique_and_a_first_program_have_their_own_share() {
        let plants = [program("p0", "x = 1").hidden(1, 2), program("p0/r0", "x = 2").hidden(2, 2)];
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
        let (first, repair) = (of(&made, "p0"), of(&made, "p0/r0"));
        assert_eq!(
            (&first["about"], &first["reward"], &first["reward_before"]),
            (&json!("program"), &json!(0.5), &json!(null))
        );
        assert_eq!((&first["program"], &first["edit"]), (&json!("x = 1"), &json!(null)));
        assert_eq!((&repair["about"], &repair["reward"]), (&json!("repair"), &json!(1.0)));
        assert_eq!((&repair["reward_before"], &repair["program_slot"]), (&json!(0.5), &json!("p0")));
        assert_eq!((&repair["program"], &repair["edit"]), (&json!("x = 1"), &json!("x = 2")));
    }

    #[test]
    fn other_tests_may_score() {
        let plants = [
            tests("t0", &["assert a", "assert b"]),
            program("p0", "x = 1").hidden(0, 2).public(1, 1).tested("t0", 1, 2),
            program("p1", "x = 2").hidden(2, 2),
        ];
        let made = |on| {
            let options = Options { scored_on: Some(on), ..Options::default() };
            rows(&KIND, &options, &[tree("a/0", 0, &plants)])
        };
        assert_eq!(made(ScoredOn::Hidden).field("reward"), ["0.0", "1.0"]);
        let generated = made(ScoredOn::Generated);
        assert_eq!((generated.field("reward"), generated.field("rltf")), (vec!["0.5".into()], vec!["null".into()]));
        assert_eq!(generated.left_out, [("no generated test tried the program", 1)].into());
        assert_eq!(made(ScoredOn::Public).field("reward"), ["1.0"]);
    }

    #[test]
    fn the_score_of_rltf_tells_how_a_program_fails() {
        let plants =
            [program("p0", "x = 1").hidden(1, 2), program("p1", "x = 2").hidden(2, 2), program("p2", "").no_code()];
        let made = rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)]);
        let scores: Vec<f64> = made.rows.iter().map(|row| row["rltf"].as_f64().unwrap()).collect();
        assert_eq!(scores, [-0.3 + 1.3 * 0.5, 1.0, -1.0]);
        // Nothing says that the first program was drawn without chance.
        assert_eq!(made.field("rltf_baseline"), ["null", "null", "null"]);
    }

    /// A program whose second line is wrong, and one whose third is: each is edited by its own critique and by the other's.
    #[test]
    fn a_faithful_editor_changes_what_it_is_told_and_an_unfaithful_one_the_same_as_ever() {
        let one = "def f(x):\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return a";
        let edit = |line: &str| one.replace(line, "    z = 0");
        let made = |by_own: &str, by_other: &str| {
            let plants = [
                program("p0", one).hidden(0, 1),
                critique("p0/f0", "See `a = 1`.", None),
                program("p0/f0/r0", &edit(by_own)).hidden(1, 1),
                // By the critique of p1.
                program("p0/r0", &edit(by_other)).hidden(0, 1).shows(&["p0", "p1/f0"]),
                program("p1", one).hidden(0, 1),
                critique("p1/f0", "See `d = 4`.", None),
                program("p1/f0/r0", &edit("    d = 4")).hidden(1, 1),
            ];
            rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)])
        };
        let faithful = made("    a = 1", "    d = 4");
        let row = of(&faithful, "p0/f0");
        assert_eq!(
            (&row["uptake"], &row["uptake_shuffled"], &row["fidelity"]),
            (&json!(1.0), &json!(0.0), &json!(1.0))
        );
        let ignores = made("    a = 1", "    a = 1");
        assert_eq!(of(&ignores, "p0/f0")["fidelity"], json!(0.0));
        let row = of(&ignores, "p1/f0");
        assert_eq!(
            (&row["uptake"], &row["uptake_shuffled"], &row["fidelity"]),
            (&json!(1.0), &json!(null), &json!(null))
        );
        // The control is nobody's repair.
        assert!(ignores.rows.iter().all(|row| row["slot"] != "p0/r0"));
    }
}
