//! Strategies that learn from one problem for others: `learning.csv`, `drift.csv`, and what a terminal says of them.

use crate::cell::Cell;
use crate::deeper::Of;
use crate::notes::percent;
use crate::sheet::{Column, CsvFile, Sheet, column, labels, optional};
use mend_core::{RunManifest, TreeKey, Turn};
use mend_metrics::{DriftRow, Figure, Learning, LearningRow, Summary, TokenDefinition};
use std::collections::BTreeMap;

/// Rounds that are shown; the file has all.
const ROUNDS: usize = 8;

/// Where each tree of a run stands; nothing for a strategy that keeps no state.
pub(crate) fn turns(manifest: &RunManifest) -> BTreeMap<TreeKey, Turn> {
    if manifest.identity.strategy.rounds.is_some() { manifest.turns() } else { BTreeMap::new() }
}

/// The word for those problems that are learnt from, and for those that are reported.
pub(crate) fn part(is_dev: bool) -> &'static str {
    if is_dev { "dev" } else { "test" }
}

/// A row about a tree that may stand in a round.
pub(crate) trait OfTurn {
    /// Where the tree stands.
    fn turn(&self) -> Option<Turn>;
}

/// The columns that say where a row's tree stands; none of a run whose strategy keeps no state.
pub(crate) fn stands<R: OfTurn>(learns: bool) -> impl Iterator<Item = Column<R>> {
    const NONE: &str = "the run has no such tree";
    let optional = optional::<R>;
    let columns = [
        optional(
            "part",
            "`dev` if the strategy learns from the problem, which is then in no figure, `test` if it is reported; there, as \
             the next, only if the strategy learns from one problem for others",
            NONE,
            |row| Cell::some(row.turn().map(|turn| part(turn.is_dev))),
        ),
        optional("round", "round of trees in which it was gone through, from 0", NONE, |row| {
            Cell::some(row.turn().map(|turn| turn.round))
        }),
    ];
    columns.into_iter().filter(move |_| learns)
}

/// The files, each without a row where the strategy keeps no state.
pub(crate) fn tables(summary: &Summary) -> [CsvFile; 2] {
    let sample = summary.coverage.sample;
    let rounds = summary.learning.iter().flat_map(|learning| &learning.rounds);
    let drift = summary.learning.iter().flat_map(|learning| &learning.drift);
    [
        learning_sheet().filled(rounds.map(|row| Of { run: &summary.run, sample, row })),
        drift_sheet().filled(drift.map(|row| Of { run: &summary.run, sample, row })),
    ]
}

/// How `learning.csv` is laid out.
pub(crate) fn learning_sheet<'a>() -> Sheet<Of<'a, LearningRow>> {
    const NO_TREE: &str = "no tree of the round is finished";
    const NO_PROGRAM: &str = "no finished tree of the round has a program";
    let (column, optional) = (column::<Of<'a, LearningRow>>, optional::<Of<'a, LearningRow>>);
    let mut columns: Vec<Column<Of<'a, LearningRow>>> = labels();
    columns.extend([
        column("round", "number of the round, from 0", |of| Cell::of(of.row.round)),
        column("part", "`dev` if the strategy learns from its problems, `test` if they are reported", |of| {
            Cell::of(part(of.row.is_dev))
        }),
        optional("state", "digest of what the strategy knew: `mend show <run> --state <round>`", "nothing was asked", |of| {
            Cell::some(of.row.state)
        }),
        column("trees", "finished trees", |of| Cell::of(of.row.trees)),
        column("of", "trees of the round", |of| Cell::of(of.row.of)),
        optional("repairs", "repairs of a tree: mean over finished trees", NO_TREE, |of| Cell::figure(&of.row.repairs)),
        optional(
            "pass",
            "share of finished trees whose submission passes the scoring tests",
            "no submission of the round is scored",
            |of| Cell::figure(&of.row.pass),
        ),
        column("tokens", "tokens that answers cost, of unfinished trees too", |of| Cell::of(of.row.tokens)),
        column("calls", "requests that were answered, of unfinished trees too", |of| Cell::of(of.row.calls)),
        column(
            "executions",
            "how often a program was run by the problem's tests, by tests of a node, or without a judgement, of unfinished \
             trees too",
            |of| Cell::of(of.row.executions),
        ),
        column("programs", "programs of finished trees", |of| Cell::of(of.row.programs)),
        optional(
            "distinct",
            "share of a tree's programs that differ from every earlier one, formatting aside: mean over trees",
            NO_PROGRAM,
            |of| Cell::figure(&of.row.distinct),
        ),
        optional("length", "tokens of a program, by our own count: mean over programs", NO_PROGRAM, |of| {
            Cell::figure(&of.row.length)
        }),
        optional(
            "alarms",
            "traits that moved more than three standard errors from the round before, with blanks between them: see \
             `drift.csv`",
            "none did",
            |of| Cell::some(Some(of.row.alarms.join(" ")).filter(|alarms| !alarms.is_empty())),
        ),
    ]);
    let about =
        "one round of a strategy that learns from one problem for others; there only if the run has such a strategy";
    Sheet::new("learning.csv", about, columns)
}

/// How `drift.csv` is laid out.
pub(crate) fn drift_sheet<'a>() -> Sheet<Of<'a, DriftRow>> {
    const FIRST: &str = "it is the first round, or one of the two has no program";
    let (column, optional) = (column::<Of<'a, DriftRow>>, optional::<Of<'a, DriftRow>>);
    let mut columns: Vec<Column<Of<'a, DriftRow>>> = labels();
    columns.extend([
        column("round", "number of the round, from 0", |of| Cell::of(of.row.round)),
        column(
            "trait",
            "what a program has or has not: a status, `unscored`, or `distinct` (it differs from every earlier one of its tree)",
            |of| Cell::of(&of.row.of),
        ),
        column("trees", "finished trees with programs", |of| Cell::of(of.row.trees)),
        column("share", "share of a tree's programs that have the trait: mean over trees", |of| {
            Cell::number(of.row.share)
        }),
        optional("before", "that share in the round before", FIRST, |of| {
            of.row.before.map_or(Cell::Empty, Cell::number)
        }),
        optional("moved", "how many standard errors the share moved, each tree counted once", FIRST, |of| {
            of.row.moved.map_or(Cell::Empty, Cell::number)
        }),
        column("alarm", "`true` if it moved more than three", |of| Cell::of(of.row.alarm)),
    ]);
    let about = "one trait of the programs of a round, of finished trees; there only if the run has a strategy that learns \
                 from one problem for others";
    Sheet::new("drift.csv", about, columns)
}

/// What a terminal says: what was learnt from, what that cost, and how rounds fared.
pub(crate) fn lines(learning: &Learning) -> Vec<String> {
    let mut lines = vec![];
    if learning.dev_problems > 0 {
        let share = match learning.loop_share.by(TokenDefinition::Billed) {
            Figure::Value(share) => format!(", {share:.0} for each problem that is reported"),
            Figure::Absent(_) => String::new(),
        };
        let usd =
            learning.loop_usd.filter(|usd| *usd != mend_core::Usd::default()).map(|usd| format!(", loop_usd {usd}"));
        let level = learning.dev_oracle.map_or(String::new(), |level| format!(" (dev_oracle {level})"));
        lines.push(format!(
            "learnt from {}{level}, in no figure: loop_tokens {}{share}{}; loop_calls {}, loop_executions {}",
            if learning.dev_problems == 1 {
                "1 problem".to_owned()
            } else {
                format!("{} problems", learning.dev_problems)
            },
            learning.loop_tokens,
            usd.unwrap_or_default(),
            learning.loop_calls,
            learning.loop_executions
        ));
    }
    let told = |row: &LearningRow| match &row.pass {
        Figure::Value(pass) => format!("{} {} {}", row.round, part(row.is_dev), percent(*pass)),
        Figure::Absent(_) => format!("{} {} -", row.round, part(row.is_dev)),
    };
    let shown: Vec<String> = learning.rounds.iter().take(ROUNDS).map(told).collect();
    if !shown.is_empty() {
        let more = learning.rounds.len().saturating_sub(ROUNDS);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        lines.push(format!("pass by round in % (learning.csv): {}{more}", shown.join(", ")));
    }
    for row in learning.rounds.iter().filter(|row| !row.alarms.is_empty()) {
        lines.push(format!(
            "!! round {} drifts from the one before by more than three standard errors: {} (drift.csv)",
            row.round,
            row.alarms.join(", ")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{learning_run, options};
    use mend_metrics::summarize;

    fn text(file: &CsvFile) -> String {
        let text = String::from_utf8(file.bytes().unwrap()).unwrap();
        let short = |line: &str| {
            let field = |field: &str| if field.len() == 64 { field[..8].to_owned() } else { field.to_owned() };
            line.split(',').skip(5).map(field).collect::<Vec<_>>().join(",")
        };
        text.lines().map(short).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rounds_and_what_drifts_have_rows_and_the_loop_has_a_line() {
        let (manifest, trees) = learning_run();
        let summary = summarize(&manifest, &trees, &options());
        let [learning, drift] = tables(&summary);
        insta::assert_snapshot!(text(&learning), @"
        round,part,state,trees,of,repairs,pass,tokens,calls,executions,programs,distinct,length,alarms
        0,dev,,2,2,1,1,580,4,4,4,1,30,
        1,dev,,1,1,1,1,290,2,2,2,1,30,
        2,test,,2,2,0,1,200,2,2,2,1,30,
        ");
        insta::assert_snapshot!(text(&drift), @"
        round,trait,trees,share,before,moved,alarm
        0,distinct,2,1,,,false
        0,passed,2,0.5,,,false
        0,wrong_answer,2,0.5,,,false
        1,distinct,1,1,1,0,false
        1,passed,1,0.5,0.5,0,false
        1,wrong_answer,1,0.5,0.5,0,false
        2,distinct,2,1,1,0,false
        2,passed,2,1,0.5,1.095445,false
        2,wrong_answer,2,0,0.5,-1.095445,false
        ");
        insta::assert_snapshot!(lines(summary.learning.as_ref().unwrap()).join("\n"), @"
        learnt from 3 problems (dev_oracle tests_visible), in no figure: loop_tokens 870, 435 for each problem that is reported; loop_calls 6, loop_executions 6
        pass by round in % (learning.csv): 0 dev 100.0, 1 dev 100.0, 2 test 100.0
        ");
    }
}
