//! `samples.csv`: one row per program.

use crate::cell::Cell;
use crate::failure::first_failure;
use crate::learning::{OfTurn, stands, turns};
use crate::plain::plain;
use crate::sheet::{Column, OfNode, OfRun, Sheet, answered, column, labels, optional, reported};
use mend_core::{Integrity, Node, Outcome, ProblemEntry, RepairTree, RunManifest, Slot, Suite, SuiteVerdict, Turn};
use mend_metrics::{RunLabels, TokenCounts, handed_in};

/// A program, where it stands.
pub(crate) struct Sample<'a> {
    run: &'a RunLabels,
    tokenizer: &'a str,
    problem: &'a ProblemEntry,
    tree: &'a RepairTree,
    /// What the tree hands in.
    handed_in: Option<&'a Slot>,
    node: &'a Node,
    /// Where the tree stands among the rounds.
    turn: Option<Turn>,
}

impl OfTurn for Sample<'_> {
    fn turn(&self) -> Option<Turn> {
        self.turn
    }
}

impl OfRun for Sample<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

impl OfNode for Sample<'_> {
    fn node(&self) -> &Node {
        self.node
    }
}

impl Sample<'_> {
    fn hidden(&self) -> Option<&SuiteVerdict> {
        self.node.verdict().and_then(|verdict| verdict.of(Suite::Hidden))
    }

    fn status(&self) -> Option<&'static str> {
        match self.node.outcome.as_ref()? {
            Outcome::Judged(verdict, _) => Some(verdict.status.as_str()),
            Outcome::Unscored(_) => Some("unscored"),
            Outcome::Read(_) => None,
        }
    }
}

/// The rows. Nodes of unfinished trees have some too.
pub(crate) fn rows<'a>(
    run: &'a RunLabels,
    manifest: &'a RunManifest,
    trees: &[(&'a ProblemEntry, &'a RepairTree)],
) -> (Sheet<Sample<'a>>, Vec<Sample<'a>>) {
    let tokenizer = manifest.identity.tokenizer.as_str();
    let turns = turns(manifest);
    let rows = trees.iter().flat_map(|&(problem, tree)| {
        let mut programs: Vec<&Node> = tree.nodes().filter(|node| node.slot.is_program()).chain(tree.given()).collect();
        programs.sort_by(|a, b| a.slot.cmp(&b.slot));
        let handed_in = handed_in(manifest, tree).map(|node| &node.slot);
        let turn = turns.get(&tree.key).copied();
        programs.into_iter().map(move |node| Sample { run, tokenizer, problem, tree, handed_in, node, turn })
    });
    (sheet(!turns.is_empty()), rows.collect())
}

/// How it is laid out.
/// `learns` is whether the run has a strategy that learns from one problem for others.
pub(crate) fn sheet<'a>(learns: bool) -> Sheet<Sample<'a>> {
    const NOT_JUDGED: &str = "it is not judged yet";
    const NOT_RUN: &str = "no test of that suite could be run";
    let (column, optional) = (column::<Sample<'a>>, optional::<Sample<'a>>);
    let mut columns: Vec<Column<Sample<'a>>> = labels();
    columns.extend([
        column("problem", "id of the problem", |row| Cell::text(&row.problem.id)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.tree.key.replicate)),
        column("slot", "place in the tree: `p3` is a first program, `p3/r0` or `p3/f1/r0` a repair of it", |row| {
            Cell::of(&row.node.slot)
        }),
        optional(
            "parent",
            "slot that it was made from: a program, or the critique that it follows",
            "it is a first program",
            |row| Cell::some(row.node.slot.parent()),
        ),
        column("depth", "steps from the root of the tree: 0 for what stands there", |row| {
            Cell::of(row.node.slot.depth())
        }),
        optional(
            "role",
            "seat that was asked: `coder`, `repairer`, ...; `annotator` for a program that a person gave with an answer about another one, which no figure counts",
            "it was asked for and no answer came yet, or the strategy put it together itself",
            |row| Cell::some(row.node.seat),
        ),
    ]);
    columns.extend(answered());
    columns.extend([
        optional(
            "extraction_rule",
            "rule by which the program was found in the answer",
            "no program was found",
            |row| Cell::some(row.node.candidate.as_ref().map(|candidate| candidate.rule.as_str())),
        ),
        optional(
            "status",
            "how the program fared: `passed`, the way in which it failed, or `unscored`",
            NOT_JUDGED,
            |row| Cell::some(row.status()),
        ),
        optional("unscored", "why there is no verdict", "there is a verdict, or it is not judged yet", |row| {
            Cell::some_text(row.node.unscored().map(plain))
        }),
        optional(
            "public_passed",
            "`true` if it passes every test that the statement shows",
            "the problem has no public test, or there is no verdict",
            |row| Cell::some(row.node.passes(Suite::Public).filter(|_| row.problem.public_tests > 0)),
        ),
        optional("hidden_passed", "`true` if it passes every scoring test", "there is no verdict", |row| {
            Cell::some(row.node.passes(Suite::Hidden))
        }),
        optional("tests_passed", "scoring tests that it passes", NOT_RUN, |row| {
            Cell::some(row.hidden().map(SuiteVerdict::passed))
        }),
        optional("tests_run", "scoring tests that were run", NOT_RUN, |row| {
            Cell::some(row.hidden().map(|suite| suite.tests.len()))
        }),
        optional("tests_total", "scoring tests of the problem", NOT_RUN, |row| {
            Cell::some(row.hidden().map(|suite| suite.total))
        }),
        optional(
            "submitted",
            "`true` for the one program that its tree hands in: the strategy's own choice, or, where the strategy chooses \
             by the hidden tests, the first that passes the tests which the statement shows",
            "the tree is not finished",
            |row| Cell::some(row.tree.is_finished().then(|| row.handed_in == Some(&row.node.slot))),
        ),
        column("integrity", "`isolated`, or `cooperative` where tests and program share an interpreter", |row| {
            Cell::of(integrity(row.problem.integrity))
        }),
        optional("engine", "engine that judged: `process` or `wasm`", "nothing was run", |row| {
            match &row.node.outcome {
                Some(Outcome::Judged(verdict, _)) => Cell::some_text(verdict.engine.as_deref()),
                _ => Cell::Empty,
            }
        }),
        optional(
            "fuel",
            "WebAssembly instructions that program and tests took together",
            "the engine counts none",
            |row| match &row.node.outcome {
                Some(Outcome::Judged(_, used)) => Cell::some(used.fuel),
                _ => Cell::Empty,
            },
        ),
    ]);
    columns.extend(reported());
    columns.extend([
        optional("paper_tokens", "our count of the program and the text before it, prompts free", NOT_JUDGED, |row| {
            Cell::some(TokenCounts::of_node(row.node).paper)
        }),
        column("tokenizer", "tokenizer behind `paper_tokens`", |row| Cell::text(row.tokenizer)),
        optional("dollars", "what the answer cost, in dollars", "no price is known for the model", |row| {
            Cell::some(row.completion().and_then(|completion| completion.usd))
        }),
        optional(
            "program_digest",
            "BLAKE3 of the program: equal programs have equal digests",
            "no program was found",
            |row| Cell::some(row.node.candidate.as_ref().map(|candidate| candidate.program.digest())),
        ),
        optional(
            "difficulty",
            "the data set's word for how hard the problem is",
            "the data set says nothing of it",
            |row| Cell::some_text(row.problem.difficulty.as_deref()),
        ),
        optional(
            "failure",
            "why it failed, in one line: the first failing test, counted from 0, with what was called, expected and \
             found; unusual characters are escaped, long values cut",
            "it passes, or there is no verdict",
            |row| Cell::some_text(row.node.verdict().and_then(first_failure)),
        ),
    ]);
    columns.extend(stands(learns));
    Sheet::new("samples.csv", "one program, of unfinished trees too", columns)
}

fn integrity(integrity: Integrity) -> &'static str {
    match integrity {
        Integrity::Isolated => "isolated",
        Integrity::Cooperative => "cooperative",
    }
}
