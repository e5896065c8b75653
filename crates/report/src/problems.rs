//! `problems.csv`: one row per problem and replicate.

use crate::cell::Cell;
use crate::learning::{OfTurn, stands, turns};
use crate::sheet::{Column, CsvFile, OfRun, Sheet, column, labels, optional};
use mend_core::{Found, Node, Outcome, ProblemEntry, RepairTree, RunManifest, TreeKey, Turn};
use mend_metrics::{FrozenProblem, RunLabels, handed_in};
use std::collections::BTreeMap;

/// A problem in one replicate. A tree that is not finished shows what it cost and no result: it is in no figure.
pub(crate) struct Row<'a> {
    run: &'a RunLabels,
    manifest: &'a RunManifest,
    problem: &'a ProblemEntry,
    replicate: u32,
    tree: Option<&'a RepairTree>,
    frozen: Option<FrozenProblem>,
    /// Where the tree stands among the rounds.
    turn: Option<Turn>,
}

impl OfTurn for Row<'_> {
    fn turn(&self) -> Option<Turn> {
        self.turn
    }
}

impl OfRun for Row<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

impl Row<'_> {
    fn submitted(&self) -> Option<&Node> {
        handed_in(self.manifest, self.tree?)
    }
}

/// The table.
pub(crate) fn table(run: &RunLabels, manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let trees: BTreeMap<_, _> = trees.iter().map(|(_, tree)| (&tree.key, *tree)).collect();
    let turns = turns(manifest);
    let row = |problem, replicate| {
        let tree = trees.get(&key(problem, replicate)).copied();
        let frozen = tree.filter(|tree| tree.is_finished()).map(|tree| FrozenProblem::pool(problem, [tree]));
        let turn = turns.get(&key(problem, replicate)).copied();
        Row { run, manifest, problem, replicate, tree, frozen, turn }
    };
    let rows = manifest.problems.iter().flat_map(|problem| {
        let replicates = 0..manifest.replicates(problem);
        replicates.map(move |replicate| (problem, replicate))
    });
    let explains =
        trees.values().any(|tree| handed_in(manifest, tree).and_then(|node| explanation(tree, node)).is_some());
    sheet(!turns.is_empty(), explains).filled(rows.map(|(problem, replicate)| row(problem, replicate)))
}

/// What the first judge wrote who rated a program by itself.
fn explanation<'a>(tree: &'a RepairTree, program: &Node) -> Option<&'a str> {
    let rates = |node: &&Node| {
        let is_rating = matches!(node.found(), Some(Found::Judgement { score: Some(_), .. }));
        is_rating && node.slot.parent().as_ref() == Some(&program.slot)
    };
    let text = &tree.nodes().find(rates)?.completion.as_ref()?.text;
    text.body().map(|body| body.trim())
}

fn key(problem: &ProblemEntry, replicate: u32) -> TreeKey {
    TreeKey { problem: problem.id.clone(), replicate }
}

/// How it is laid out.
/// `learns` is whether the run has a strategy that learns from one problem for others, `explains` whether a judge explains
/// a rating of what is handed in.
pub(crate) fn sheet<'a>(learns: bool, explains: bool) -> Sheet<Row<'a>> {
    const UNFINISHED: &str = "the tree is not finished";
    let (column, optional) = (column::<Row<'a>>, optional::<Row<'a>>);
    let mut columns: Vec<Column<Row<'a>>> = labels();
    columns.extend([
        optional(
            "group",
            "the data set's word for how hard the problem is",
            "the data set says nothing of it",
            |row| Cell::some_text(row.problem.difficulty.as_deref()),
        ),
        column("problem", "id of the problem", |row| Cell::text(&row.problem.id)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.replicate)),
        optional("n", "scored first programs", UNFINISHED, |row| Cell::some(row.frozen.as_ref().map(FrozenProblem::n))),
        optional("c", "those of them that pass every scoring test", UNFINISHED, |row| {
            Cell::some(row.frozen.as_ref().map(FrozenProblem::c))
        }),
        optional(
            "submitted",
            "slot of the program that the tree hands in: the strategy's own choice, or, where the strategy chooses by the \
             hidden tests, the first that passes the tests which the statement shows",
            "it hands in none, or the tree is not finished",
            |row| Cell::some(row.submitted().map(|node| &node.slot)),
        ),
        optional("submitted_status", "how that program fared", "there is no such program", |row| {
            Cell::some(row.submitted().and_then(|node| match node.outcome.as_ref()? {
                Outcome::Judged(verdict, _) => Some(verdict.status.as_str()),
                Outcome::Unscored(_) => Some("unscored"),
                Outcome::Read(_) => None,
            }))
        }),
        optional("tokens", "tokens that the tree's answers cost, as billed", "nothing was asked for it", |row| {
            Cell::some(row.tree.map(|tree| tree.paid().tokens))
        }),
        optional("unscored", "first programs that could not be scored", UNFINISHED, |row| {
            Cell::some(row.frozen.as_ref().map(|frozen| frozen.unscored))
        }),
    ]);
    columns.extend(stands(learns));
    if explains {
        columns.push(optional(
            "explanation",
            "what the judge wrote who rated the program that is handed in: its rating with the reasons; there only if a judge \
             rated such a program",
            "no judge rated that program",
            |row| Cell::some_text(row.tree.and_then(|tree| explanation(tree, row.submitted()?))),
        ));
    }
    Sheet::new("problems.csv", "one problem in one replicate, reached or not", columns)
}
