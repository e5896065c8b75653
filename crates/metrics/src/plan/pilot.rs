//! What a pilot run shows of a run to come.

use super::{Load, Sizes, TokenPrice, expected_calls};
use crate::coverage::Counted;
use crate::frozen::{frozen, is_beyond_repairs};
use crate::tokens::mean;
use mend_core::{Kind, Node, RepairTree, RunManifest};
use serde::Serialize;
use std::collections::BTreeMap;

/// Answers of one seat for one kind of node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PilotSeat {
    /// Who answered.
    pub seat: String,
    /// What kind of node it was.
    pub kind: &'static str,
    /// Answers of a tree on the mean.
    pub calls: f64,
    /// Mean tokens of the prompt.
    pub prompt: f64,
    /// Mean tokens of the answer.
    pub completion: f64,
}

/// What a run shows of runs like it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pilot {
    /// Id of the run.
    pub run: String,
    /// Its strategy, with the parameters that make it another experiment.
    pub strategy: String,
    /// Problems with a finished tree.
    pub problems: u32,
    /// Share of scored first programs that are repaired; of a run without repairs, that fail the public or the hidden suite.
    pub phi: Option<f64>,
    /// Mean over problems of `p (1 - p)`, without bias; `None` where a problem has one program.
    pub w: Option<f64>,
    /// Whether its trees hold more than first programs, critiques and one round of repairs.
    pub beyond_repairs: bool,
    /// Answers by seat and kind.
    pub seats: Vec<PilotSeat>,
    /// Of each problem, answers of a tree by seat and kind, as `seats` lists them: calls, prompt and answer tokens.
    #[serde(skip)]
    by_problem: Vec<Vec<(f64, f64, f64)>>,
    /// Of each problem, the share of its first programs that fail.
    #[serde(skip)]
    failing: Vec<f64>,
    first_programs: f64,
}

/// Calls, tokens of prompts, tokens of answers.
type Sums = BTreeMap<(String, &'static str), (f64, f64, f64)>;

impl Pilot {
    /// A run as a pilot; why it is none, if it has no finished tree or does not know its tokens.
    pub fn of(manifest: &RunManifest, trees: &[RepairTree]) -> Result<Self, String> {
        let counted = Counted::of(manifest, trees);
        let by_problem = counted.by_problem();
        if by_problem.is_empty() {
            return Err("no tree of the pilot is finished".to_owned());
        }
        let mut sums: Vec<Sums> = vec![];
        for trees in by_problem.values() {
            let mut of_problem = Sums::new();
            for node in trees.iter().flat_map(|tree| tree.nodes()) {
                let Some((prompt, completion)) = tokens(node)? else { continue };
                let seat = node.seat.map_or_else(|| "coder".to_owned(), |seat| seat.to_string());
                let sum = of_problem.entry((seat, kind(node))).or_default();
                let part = 1.0 / trees.len() as f64;
                *sum = (sum.0 + part, sum.1 + part * prompt, sum.2 + part * completion);
            }
            sums.push(of_problem);
        }
        let mut keys: Vec<(String, &'static str)> = sums.iter().flat_map(BTreeMap::keys).cloned().collect();
        keys.sort();
        keys.dedup();
        let by_problem_rows: Vec<Vec<(f64, f64, f64)>> = sums
            .iter()
            .map(|sums| keys.iter().map(|key| sums.get(key).copied().unwrap_or_default()).collect())
            .collect();
        let count = sums.len() as f64;
        let seats = keys.into_iter().enumerate().map(|(place, (seat, kind))| {
            let total =
                |of: fn(&(f64, f64, f64)) -> f64| by_problem_rows.iter().map(|row| of(&row[place])).sum::<f64>();
            let calls = total(|sum| sum.0);
            PilotSeat {
                seat,
                kind,
                calls: calls / count,
                prompt: total(|sum| sum.1) / calls,
                completion: total(|sum| sum.2) / calls,
            }
        });
        let frozen = frozen(manifest, &counted);
        let scored: Vec<_> = frozen.iter().filter(|problem| problem.n() > 0).collect();
        // Which programs a strategy repairs is its own affair: where it repaired some, these are the ones.
        let repairs = scored.iter().flat_map(|problem| &problem.programs).any(|program| !program.feedbacks.is_empty());
        let fails = |program: &&crate::FrozenProgram| {
            if repairs { !program.feedbacks.is_empty() } else { !(program.passes.hidden && program.passes.public) }
        };
        let programs: f64 = scored.iter().map(|problem| f64::from(problem.n())).sum();
        let failing: f64 = scored.iter().map(|problem| problem.programs.iter().filter(fails).count() as f64).sum();
        let variance = |problem: &&&crate::FrozenProblem| {
            let (n, c) = (f64::from(problem.n()), f64::from(problem.c()));
            (n > 1.0).then(|| c / n * (1.0 - c / n) * n / (n - 1.0))
        };
        let ws: Option<Vec<f64>> = scored.iter().map(|problem| variance(&problem)).collect();
        Ok(Self {
            run: manifest.run_id.clone(),
            strategy: manifest
                .identity
                .strategy
                .label
                .clone()
                .unwrap_or_else(|| manifest.identity.strategy.name.clone()),
            problems: sums.len() as u32,
            phi: (programs > 0.0).then(|| failing / programs),
            w: ws.and_then(|ws| mean(&ws)),
            beyond_repairs: counted.trees.iter().any(|tree| is_beyond_repairs(tree)),
            seats: seats.collect(),
            first_programs: mean(
                &frozen.iter().flat_map(|of| of.drawn.iter().map(|n| f64::from(*n))).collect::<Vec<_>>(),
            )
            .unwrap_or_default(),
            failing: frozen
                .iter()
                .map(|problem| {
                    let fails = problem.programs.iter().filter(fails).count() as f64;
                    if problem.n() > 0 { fails / f64::from(problem.n()) } else { 1.0 }
                })
                .collect(),
            by_problem: by_problem_rows,
        })
    }

    /// First programs of a tree, on the mean.
    pub fn first_programs(&self) -> f64 {
        self.first_programs
    }

    /// What complete trees of other sizes take, by the pilot's rate of failures and its lengths; why that is not known.
    pub fn of_sizes(&self, sizes: Sizes) -> Result<Vec<Load>, String> {
        let phi = self.phi.ok_or("no first program of the pilot is scored")?;
        let kinds = ["program", "feedback", "repair"];
        let calls = expected_calls(sizes, phi);
        let mut loads = vec![];
        for (kind, calls) in kinds.into_iter().zip(calls) {
            let seats: Vec<&PilotSeat> = self.seats.iter().filter(|seat| seat.kind == kind).collect();
            let all: f64 = seats.iter().map(|seat| seat.calls).sum();
            if calls > 0.0 && all == 0.0 {
                return Err(format!("the pilot holds no {kind}: nothing says how long one is"));
            }
            loads.extend(seats.into_iter().filter(|_| calls > 0.0).map(|seat| Load {
                seat: seat.seat.clone(),
                calls: calls * seat.calls / all,
                prompt: seat.prompt,
                completion: seat.completion,
            }));
        }
        Ok(loads)
    }

    /// What so many trees of the pilot's own strategy take.
    pub fn of_trees(&self, trees: f64) -> Vec<Load> {
        let load = |seat: &PilotSeat| Load {
            seat: seat.seat.clone(),
            calls: seat.calls * trees,
            prompt: seat.prompt,
            completion: seat.completion,
        };
        self.seats.iter().map(load).collect()
    }

    /// Standard deviation over problems of what one problem costs: in tokens, and in dollars where all prices are known.
    /// With `sizes` it is of complete trees of these; else of the pilot's own.
    pub fn spread(
        &self,
        sizes: Option<Sizes>,
        replicates: u32,
        prices: &BTreeMap<String, TokenPrice>,
    ) -> (Option<f64>, Option<f64>) {
        let scale = |place: usize, failing: f64| -> f64 {
            let Some(sizes) = sizes else { return f64::from(replicates) };
            let seat = &self.seats[place];
            let [programs, critiques, repairs] = expected_calls(Sizes { problems: 1, ..sizes }, failing);
            let wanted = match seat.kind {
                "program" => programs,
                "feedback" => critiques,
                _ => repairs,
            };
            let kind: f64 = self.seats.iter().filter(|other| other.kind == seat.kind).map(|other| other.calls).sum();
            if kind > 0.0 { wanted * seat.calls / kind } else { 0.0 }
        };
        let cost = |price: &dyn Fn(&str) -> Option<(f64, f64)>| -> Option<Vec<f64>> {
            let of_problem = |(row, failing): (&Vec<(f64, f64, f64)>, &f64)| {
                row.iter()
                    .enumerate()
                    .map(|(place, (calls, prompt, completion))| {
                        let seat = &self.seats[place];
                        let (per_prompt, per_completion) = price(&seat.seat)?;
                        // A problem without such an answer has those of the others.
                        let (prompt, completion) = if *calls > 0.0 {
                            (prompt / calls, completion / calls)
                        } else {
                            (seat.prompt, seat.completion)
                        };
                        let calls =
                            if sizes.is_some() { scale(place, *failing) } else { calls * scale(place, *failing) };
                        Some(calls * (prompt * per_prompt + completion * per_completion))
                    })
                    .sum::<Option<f64>>()
            };
            self.by_problem.iter().zip(&self.failing).map(of_problem).collect()
        };
        let sd = |values: Vec<f64>| {
            let mean = mean(&values)?;
            let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
            (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
        };
        let tokens = cost(&|_| Some((1.0, 1.0))).and_then(sd);
        let dollars = cost(&|seat| prices.get(seat).map(|price| (price.prompt, price.completion))).and_then(sd);
        (tokens, dollars)
    }
}

/// Tokens of a node's prompt and answer, as reported or as counted here; `None` for a node that nobody was asked for.
fn tokens(node: &Node) -> Result<Option<(f64, f64)>, String> {
    let Some(completion) = node.completion.as_ref().filter(|_| !node.is_made()) else { return Ok(None) };
    let usage = completion.usage;
    let prompt = usage.prompt.or(completion.counted_prompt);
    let answer = usage.completion.unwrap_or(completion.counted);
    let Some(prompt) = prompt else {
        return Err("the pilot does not know how long its prompts were".to_owned());
    };
    Ok(Some((prompt.0 as f64, answer.0 as f64)))
}

fn kind(node: &Node) -> &'static str {
    match node.slot.kind() {
        _ if node.slot.is_first_program() => "program",
        _ if node.slot.is_program() => "repair",
        Kind::Feedback => "feedback",
        kind => kind.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    fn pilot() -> Pilot {
        let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        let trees = vec![
            Grown::new("a/0", 0).node("p0", PASSED).node("p1", WRONG).node("p1/r0", PASSED).submitted(None).tree,
            Grown::new("a/1", 0)
                .node("p0", WRONG)
                .node("p0/r0", WRONG)
                .node("p1", WRONG)
                .node("p1/r0", WRONG)
                .submitted(None)
                .tree,
        ];
        Pilot::of(&manifest, &trees).unwrap()
    }

    #[test]
    fn a_pilot_knows_how_often_programs_fail_and_how_long_answers_are() {
        let pilot = pilot();
        assert_eq!((pilot.phi, pilot.problems, pilot.first_programs()), (Some(0.75), 2, 2.0));
        assert_eq!(pilot.w, Some(0.25), "p (1 - p) n / (n - 1) is 1/2 and 0");
        let told: Vec<_> =
            pilot.seats.iter().map(|seat| (seat.kind, seat.calls, seat.prompt, seat.completion)).collect();
        assert_eq!(told, [("program", 2.0, 90.0, 10.0), ("repair", 1.5, 90.0, 10.0)]);
        let sizes = Sizes { problems: 10, replicates: 1, n_p: 4, n_f: 2, n_r: None, critique_all: false };
        let loads = pilot.of_sizes(sizes).unwrap();
        assert_eq!(loads.iter().map(|load| load.calls).collect::<Vec<_>>(), [40.0, 60.0]);
        assert_eq!(pilot.of_trees(10.0).iter().map(|load| load.calls).collect::<Vec<_>>(), [20.0, 15.0]);
        // Problem a/0 is expected to cost 400 and 400, problem a/1 400 and 800.
        let (sd, dollars) = pilot.spread(Some(sizes), 1, &BTreeMap::new());
        assert!((sd.unwrap() - 400.0 / 2.0_f64.sqrt()).abs() < 1e-9, "{sd:?}");
        assert_eq!(dollars, None);
        let critic = Sizes { n_r: Some(1), ..sizes };
        assert!(pilot.of_sizes(critic).unwrap_err().contains("holds no feedback"));
    }

    #[test]
    fn without_a_finished_tree_there_is_no_pilot() {
        let manifest = manifest(&[("a/0", None)], 1);
        assert_eq!(Pilot::of(&manifest, &[]).unwrap_err(), "no tree of the pilot is finished");
    }
}
