//! What the script knows at once: the summary's words and figures, every row of pass@t, and a short form of each tree.

use crate::lens::Lens;
use crate::marks;
use crate::text::shown;
use mend_core::{Integrity, Node, Part, ProblemEntry, RepairTree, RunManifest, Slot, Status, TreeKey};
use mend_metrics::{
    Axis, Baseline, Drawn, Figure, Interval, PassAtT, RunLabels, Summary, TokenCounts, TokenDefinition, handed_in,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A tree in a list.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) entry: &'a ProblemEntry,
    pub(crate) tree: &'a RepairTree,
    /// The first programs, each with its status and those of its repairs; `None` for what nobody judged.
    pub(crate) strip: Vec<(Option<Status>, Vec<Option<Status>>)>,
    pub(crate) tokens: Option<f64>,
    pub(crate) submitted: Option<(String, Option<Status>)>,
}

impl<'a> Row<'a> {
    /// Rows for trees, by problem in the manifest's order and replicate.
    pub(crate) fn all(manifest: &'a RunManifest, trees: &'a [RepairTree]) -> Vec<Self> {
        let mut by_problem: BTreeMap<&mend_core::ProblemId, Vec<&RepairTree>> = BTreeMap::new();
        for tree in trees {
            by_problem.entry(&tree.key.problem).or_default().push(tree);
        }
        let mut rows = vec![];
        for entry in &manifest.problems {
            let mut trees = by_problem.remove(&entry.id).unwrap_or_default();
            trees.sort_by_key(|tree| tree.key.replicate);
            rows.extend(trees.into_iter().map(|tree| Self::of(manifest, entry, tree)));
        }
        rows
    }

    fn of(manifest: &RunManifest, entry: &'a ProblemEntry, tree: &'a RepairTree) -> Self {
        let status = |node: &Node| node.verdict().map(|verdict| verdict.status);
        let mut strip: Vec<(Slot, Option<Status>, Vec<Option<Status>>)> = vec![];
        for node in tree.nodes().filter(|node| node.slot.is_program()) {
            let mut first = node.slot.clone();
            while let Some(above) = first.program_above() {
                first = above;
            }
            if first == node.slot {
                strip.push((first, status(node), vec![]));
            } else if let Some((_, _, repairs)) = strip.iter_mut().rev().find(|(slot, ..)| *slot == first) {
                repairs.push(status(node));
            }
        }
        let counts: Option<Vec<f64>> = tree.nodes().map(|node| TokenCounts::of_node(node).billed).collect();
        let submitted = handed_in(manifest, tree).map(|node| (node.slot.to_string(), status(node)));
        let strip = strip.into_iter().map(|(_, status, repairs)| (status, repairs)).collect();
        Self { entry, tree, strip, tokens: counts.map(|counts| counts.iter().sum()), submitted }
    }

    /// First programs that pass, and those that were judged.
    pub(crate) fn first(&self) -> (usize, usize) {
        let passed = self.strip.iter().filter(|(status, _)| *status == Some(Status::Passed)).count();
        (passed, self.strip.iter().filter(|(status, _)| status.is_some()).count())
    }

    /// Repairs that pass, and those that were judged.
    pub(crate) fn repairs(&self) -> (usize, usize) {
        let repairs = || self.strip.iter().flat_map(|(_, repairs)| repairs);
        let passed = repairs().filter(|status| **status == Some(Status::Passed)).count();
        (passed, repairs().filter(|status| status.is_some()).count())
    }

    fn json(&self) -> Value {
        let code = |status: &Option<Status>| status.map_or(json!(-1), |status| json!(marks::place(status)));
        let strip: Vec<Value> = self
            .strip
            .iter()
            .map(|(status, repairs)| json!([code(status), repairs.iter().map(code).collect::<Vec<_>>()]))
            .collect();
        let submitted = self.submitted.as_ref().map(|(slot, status)| json!([slot, code(status)]));
        let (replicate, is_finished) = (self.tree.key.replicate, self.tree.is_finished());
        about(self.entry, replicate, &strip, self.tokens, submitted.as_ref(), is_finished)
    }
}

/// A row as the script reads it.
fn about(
    entry: &ProblemEntry,
    replicate: u32,
    strip: &[Value],
    tokens: Option<f64>,
    submitted: Option<&Value>,
    is_finished: bool,
) -> Value {
    json!([
        shown(entry.id.as_str()),
        entry.difficulty.as_deref().map(shown),
        replicate,
        strip,
        tokens,
        submitted,
        is_finished,
        [entry.public_tests, entry.hidden_tests],
        if entry.integrity == Integrity::Isolated { "isolated" } else { "cooperative" },
        entry.dev,
    ])
}

fn share(value: f64) -> Value {
    rounded(value, 6)
}

fn rounded(value: f64, decimals: i32) -> Value {
    let power = 10_f64.powi(decimals);
    json!((value * power).round() / power)
}

/// Reasons, each once.
#[derive(Default)]
struct Reasons(Vec<String>);

impl Reasons {
    fn place(&mut self, why: &str) -> usize {
        self.0.iter().position(|known| known == why).unwrap_or_else(|| {
            self.0.push(why.to_owned());
            self.0.len() - 1
        })
    }
}

/// What stands in the page for the script.
pub(crate) fn boot(
    summary: &Summary,
    drawn: &Drawn,
    lens: Option<&Lens>,
    rows: &[Row<'_>],
    files: &[String],
    cut: crate::block::Detail,
) -> Value {
    let run = &summary.run;
    let mut reasons = Reasons::default();
    let problems = |group: &str| {
        summary.pass_at_k.iter().find(|row| row.group == group).map_or(summary.coverage.scored, |row| row.problems)
    };
    let table = lens.map(|lens| table(drawn, lens, problems, &mut reasons));
    let first: Map<String, Value> = summary
        .pass_at_k
        .iter()
        .filter(|row| row.k == 1)
        .map(|row| (shown(&row.group), json!([row.value.value(), row.problems])))
        .collect();
    json!({
        "run": labels(run, summary.critics.is_some()),
        "lens": lens.map(|lens| json!({
            "sel": lens.selection.as_str(),
            "order": lens.order.as_str(),
            "cost": lens.definition.as_str(),
            "base": if lens.stops { "stop" } else { "iid" },
            "np": lens.n_p,
            "nf": lens.n_f,
            "nr": lens.n_r,
        })),
        "t": table,
        "why": reasons.0,
        "base": lens.map(|_| baselines(drawn)),
        "first": first,
        "statuses": statuses(),
        "rows": rows.iter().map(Row::json).collect::<Vec<_>>(),
        "files": files,
        "cut": cut as u8,
    })
}

/// The same of a run whose trees nobody looked at yet.
pub(crate) fn bare(manifest: &RunManifest) -> Value {
    let run = RunLabels::of(manifest);
    let has_critics = manifest.identity.models.keys().any(|seat| seat.part() == Part::Critic);
    let entries: BTreeMap<_, _> = manifest.problems.iter().map(|entry| (&entry.id, entry)).collect();
    let row = |key: TreeKey| Some(about(entries.get(&key.problem)?, key.replicate, &[], None, None, false));
    let rows: Vec<Value> = manifest.trees().filter_map(row).collect();
    json!({
        "run": labels(&run, has_critics),
        "lens": null,
        "t": null,
        "why": [],
        "base": null,
        "first": {},
        "statuses": statuses(),
        "rows": rows,
        "files": [],
        "cut": 0,
        "bare": true,
    })
}

fn labels(run: &RunLabels, has_critics: bool) -> Value {
    json!({
        "id": shown(&run.id),
        "dataset": shown(&run.dataset),
        "model": shown(&run.model),
        "simulated": run.simulated,
        "strategy": shown(&run.strategy),
        "critics": has_critics,
    })
}

/// Every status as the script knows it: words, colour, shape, corners, and the name in tables.
pub(crate) fn statuses() -> [Value; marks::STATUSES.len()] {
    marks::STATUSES.map(|status| {
        let mark = marks::mark(status);
        json!([marks::words(status), mark.colour, mark.shape, marks::corners(mark.shape), status.as_str()])
    })
}

/// Cells of a table by n_p and n_f.
type Cells = BTreeMap<(u32, u32), Map<String, Value>>;

/// Rows of pass@t: by selection, group, order, cost, then first programs and repairs.
fn table(drawn: &Drawn, lens: &Lens, problems: impl Fn(&str) -> u32, reasons: &mut Reasons) -> Value {
    let mut cells: BTreeMap<String, Cells> = BTreeMap::new();
    for row in drawn.curve.iter().filter(|row| row.n_r == lens.n_r && row.n_f > 0) {
        let cost = if row.axis == Axis::Programs { "programs" } else { row.token_definition.as_str() };
        let key = [row.selection.as_str(), &shown(&row.group), row.order.as_str(), cost].join("|");
        let cell = cells.entry(key).or_default().entry((row.n_p, row.n_f)).or_default();
        let mean = if row.axis == Axis::Programs { &row.mean_programs } else { &row.mean_tokens };
        let decimals = if row.token_definition == TokenDefinition::Dollars { 8 } else { 3 };
        cell.insert("t".into(), mean.value().map_or(Value::Null, |mean| rounded(*mean, decimals)));
        cell.insert("p".into(), estimate(&row.pass_rate, &row.interval, reasons));
        let name = if row.baseline == Baseline::Iid { "iid" } else { "stop" };
        cell.insert(name.into(), against(row, problems(&row.group), reasons));
    }
    let written = |cells: Cells| -> Value {
        let cells: Map<String, Value> =
            cells.into_iter().map(|((n_p, n_f), cell)| (format!("{n_p},{n_f}"), Value::Object(cell))).collect();
        Value::Object(cells)
    };
    cells.into_iter().map(|(key, cells)| (key, written(cells))).collect::<Map<_, _>>().into()
}

/// A share, its interval, and the place of the reason where there is none.
fn estimate(value: &Figure, interval: &Figure<Interval>, reasons: &mut Reasons) -> Value {
    match (value, interval) {
        (Figure::Absent(why), _) => json!([null, null, null, reasons.place(why)]),
        (Figure::Value(value), Figure::Value(of)) => json!([share(*value), share(of.low), share(of.high)]),
        (Figure::Value(value), Figure::Absent(why)) => json!([share(*value), null, null, reasons.place(why)]),
    }
}

/// The baseline, the difference with its interval, the ratio, and the place of the reason where something is absent.
fn against(row: &PassAtT, problems: u32, reasons: &mut Reasons) -> Value {
    match (&row.baseline_pass_rate, &row.difference_interval) {
        (Figure::Absent(why), _) => json!([null, reasons.place(why), row.out_of_bounds]),
        (Figure::Value(rate), interval) => {
            let difference = row.difference.value().map_or(Value::Null, |difference| share(*difference));
            let ratio = row.normalised.value().map_or(Value::Null, |ratio| rounded(*ratio, 4));
            match interval {
                Figure::Value(of) => {
                    let settled = row.difference.value().and_then(|difference| of.settled_by(*difference, problems));
                    json!([share(*rate), difference, share(of.low), share(of.high), ratio, settled])
                }
                Figure::Absent(why) => json!([share(*rate), difference, null, null, ratio, reasons.place(why)]),
            }
        }
    }
}

/// The baselines by group and cost: points of cost, share and interval.
fn baselines(drawn: &Drawn) -> Value {
    let mut curves: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let most = drawn.baselines.iter().map(|point| point.k).max().unwrap_or(0);
    // Of very many programs a line needs not every point.
    let step = most.div_ceil(60).max(1);
    let is_drawn = |k: u32| k <= 20 || k == most || k.is_multiple_of(step);
    for point in drawn.baselines.iter().filter(|point| is_drawn(point.k)) {
        let name = match point.n_p {
            Some(n_p) => format!("stop{n_p}"),
            None if point.baseline == Baseline::Iid => "iid".to_owned(),
            None => "seq".to_owned(),
        };
        let interval = point.interval.value();
        let decimals = if point.token_definition == TokenDefinition::Dollars { 8 } else { 3 };
        let told = json!([
            point.k,
            rounded(point.cost, decimals),
            share(point.pass_rate),
            interval.map(|of| share(of.low)),
            interval.map(|of| share(of.high)),
        ]);
        let cost = if point.axis == Axis::Programs { "programs" } else { point.token_definition.as_str() };
        let key = format!("{}|{cost}|{name}", shown(&point.group));
        curves.entry(key).or_default().push(told);
    }
    json!(curves)
}

/// The rates of every problem at every tree, for the list: by problem and order, cells of first programs and repairs.
pub(crate) fn rates(drawn: &Drawn, lens: &Lens) -> Value {
    let mut problems: BTreeMap<String, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
    for rate in drawn.problem_rates.iter().filter(|rate| rate.n_r == lens.n_r && rate.n_f > 0) {
        let told = json!([
            rate.n_p,
            rate.n_f,
            rounded(rate.pass_rate, 4),
            rate.mean_tokens.map(|tokens| rounded(tokens, 1)),
            rate.sampling.map(|rate| rounded(rate, 4)),
            rate.sampling_paid.map(|rate| rounded(rate, 4)),
        ]);
        problems.entry(shown(rate.problem.as_str())).or_default().entry(rate.order.as_str()).or_default().push(told);
    }
    json!(problems)
}
