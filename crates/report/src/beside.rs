//! Runs as one table: what each strategy hands in, beside independent programs at the same tokens.

use crate::notes::{Notes, percent, signed, signed_interval};
use crate::plain::plain;
use crate::shown::amount;
use crate::tables::{fitted, wrap};
use mend_metrics::{Against, RunLabels, TokenDefinition};

/// What a baseline is that has fewer programs than the cost buys.
const LEAST: &str = "the same cost buys more programs than the baseline has: it stops at its last one and spends less, so that it \
                     would come to at least this";

/// A run, and the point that it realised.
#[derive(Debug, Clone, Copy)]
pub struct RunPoint<'a> {
    /// The run.
    pub run: &'a RunLabels,
    /// What it handed in; `None` if nothing of it is scored.
    pub point: Option<&'a Against>,
    /// Whether others are compared with it.
    pub is_baseline: bool,
}

/// What a difference says, in the words of the answer on top of a run's tables.
pub fn verdict(point: &Against) -> &'static str {
    match point.diff.interval.value() {
        Some(interval) if interval.high < 0.0 => "worse",
        // With more programs the baseline might do better.
        Some(interval) if interval.low > 0.0 && point.baseline_is_least => "not known",
        Some(interval) if interval.low > 0.0 => "better",
        Some(_) => "not distinguishable",
        None => "not known",
    }
}

/// The table of some runs, one for each data set and model, within `width` columns. Below it stand those that lose to
/// independent programs.
pub fn points_table(rows: &[RunPoint<'_>], width: u16) -> String {
    let width = width.clamp(40, 160);
    let about = |row: &RunPoint<'_>| (row.run.dataset.clone(), row.run.model.clone());
    // The seats of a strategy decide which models it names: one coder, one table.
    let coder = |row: &RunPoint<'_>| (about(row).0, about(row).1.split('+').next().unwrap_or_default().to_owned());
    let mut tables: Vec<((String, String), Vec<RunPoint<'_>>)> = vec![];
    for row in rows {
        match tables.iter_mut().find(|(key, _)| *key == coder(row)) {
            Some((_, of_it)) => of_it.push(*row),
            None => tables.push((coder(row), vec![*row])),
        }
    }
    let tables: Vec<String> = tables.iter().map(|(key, rows)| one_table(key, rows, width)).collect();
    tables.join("\n")
}

fn one_table((dataset, coder): &(String, String), rows: &[RunPoint<'_>], width: u16) -> String {
    let notes = &mut Notes::default();
    let definition =
        rows.iter().find_map(|row| row.point).map_or(TokenDefinition::Billed, |point| point.token_definition);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, definition, notes)).collect();
    let cost = format!("{definition}_\ntokens");
    let header = [
        "strategy",
        "oracle_level",
        "pass",
        if definition == TokenDefinition::Dollars { "dollars" } else { cost.as_str() },
        "calls",
        "baseline_\npass",
        "diff",
        "[diff_low,\ndiff_high]",
    ];
    let words = [true, true, false, false, false, false, false, false];
    let is_simulated = rows.iter().any(|row| row.run.simulated);
    let simulated = if is_simulated { ". The programmers are simulated: this says nothing about models" } else { "" };
    let title = format!(
        "{dataset}, {coder}: what each strategy hands in passes, in %, at so many tokens and answered requests a problem; \
         baseline_pass: independent programs at the same tokens{simulated}"
    );
    let mut text = wrap(&plain(&title), width, 2) + &fitted(width, &words, &header, cells) + &notes.foot(width);
    let named = |is_wanted: &dyn Fn(&Against) -> bool| {
        let wanted = rows.iter().filter(|row| row.point.is_some_and(is_wanted));
        wanted.map(|row| row.run.strategy.clone()).collect::<Vec<_>>().join(", ")
    };
    let is_below = |point: &Against| point.diff.value.value().is_some_and(|diff| *diff < 0.0);
    let lines = [
        ("lose to independent programs", named(&|point| verdict(point) == "worse")),
        ("below them, and not distinguishable", named(&|point| is_below(point) && verdict(point) != "worse")),
        ("beat independent programs", named(&|point| verdict(point) == "better")),
    ];
    for (what, names) in lines {
        let names = if names.is_empty() { "no strategy of these".to_owned() } else { names };
        text += &wrap(&plain(&format!("{what}: {names}")), width, 2);
    }
    text
}

fn cells(row: &RunPoint<'_>, definition: TokenDefinition, notes: &mut Notes) -> Vec<String> {
    let mut cells = vec![plain(&row.run.strategy), row.run.oracle_level.to_string()];
    let Some(point) = row.point else {
        let dash = format!("-{}", notes.mark("nothing that it handed in is scored"));
        cells.extend([dash].into_iter().chain(std::iter::repeat_n(String::new(), 5)));
        return cells;
    };
    cells.push(notes.cell(&point.pass.value, |value| percent(*value)));
    cells.push(if point.token_definition == definition {
        notes.cell(&point.cost, |cost| amount(*cost, definition))
    } else {
        format!("-{}", notes.mark(&format!("its `{definition}` cost is unknown")))
    });
    cells.push(notes.cell(&point.calls, |calls| format!("{calls:.1}")));
    let mut baseline = notes.cell(&point.baseline_pass, |value| percent(*value));
    if point.baseline_is_least {
        baseline += &notes.mark(LEAST);
    }
    cells.push(baseline);
    match point.baseline_pass.value() {
        Some(_) => {
            cells.push(notes.cell(&point.diff.value, |value| signed(*value)));
            cells.push(notes.interval(&point.diff.value, &point.diff.interval, signed_interval));
        }
        None => cells.extend([String::new(), String::new()]),
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::whole_run;
    use mend_metrics::{Estimate, Figure, Interval, Options, Run, against};

    #[test]
    fn runs_stand_beside_the_independent_programs_of_their_coder() {
        let (strategy, drawn) = (whole_run("repair"), whole_run("iid"));
        let labels: Vec<RunLabels> = [&strategy, &drawn].map(|(manifest, _)| RunLabels::of(manifest)).into();
        let run = |(manifest, trees)| Run { manifest, trees };
        let (strategy, drawn) = (run((&strategy.0, &strategy.1)), run((&drawn.0, &drawn.1)));
        let options = Options { resamples: 200, ..Options::default() };
        let beside = against(strategy, Ok(drawn), &options).unwrap();
        let alone = against(drawn, Err("it is the baseline"), &options).unwrap();
        let unscored = against(strategy, Err("the folder holds none"), &options).unwrap();
        let told = |diff: f64, low, high| Against {
            baseline_pass: Figure::Value(0.5 - diff),
            diff: Estimate { value: Figure::Value(diff), interval: Figure::Value(Interval::new(low, high)) },
            baseline_is_least: false,
            ..beside.clone()
        };
        let (worse, below, better) = (told(-0.2, -0.3, -0.1), told(-0.1, -0.3, 0.1), told(0.2, 0.1, 0.3));
        let row = |place: usize, point, is_baseline| RunPoint { run: &labels[place], point, is_baseline };
        let rows = [
            row(1, Some(&alone), true),
            row(0, Some(&beside), false),
            row(0, Some(&unscored), false),
            row(0, None, false),
            row(0, Some(&worse), false),
            row(0, Some(&below), false),
            row(0, Some(&better), false),
        ];
        insta::assert_snapshot!(points_table(&rows, 120), @"
        starter, sim/journeyman: what each strategy hands in passes, in %, at so many tokens and answered requests a problem;
          baseline_pass: independent programs at the same tokens
        strategy  oracle_level  pass  billed_  calls  baseline_   diff         [diff_low,
                                       tokens              pass                diff_high]
        ---------------------------------------------------------------------------------
        iid       clean         50.0      400    4.0       -(1)
        repair    hidden_stop   50.0      742    5.8    90.0(2)  -40.0  [-79.2, +30.8](3)
        repair    hidden_stop   50.0      742    5.8       -(4)
        repair    hidden_stop   -(5)
        repair    hidden_stop   50.0      742    5.8       70.0  -20.0     [-30.0, -10.0]
        repair    hidden_stop   50.0      742    5.8       60.0  -10.0     [-30.0, +10.0]
        repair    hidden_stop   50.0      742    5.8       30.0  +20.0     [+10.0, +30.0]
        (1) it is the baseline
        (2) the same cost buys more programs than the baseline has: it stops at its last one and spends less, so that it would
            come to at least this
        (3) few_informative: fewer than five problems differ from the commonest value, so the interval is widened to what so few
            can rule out
        (4) the folder holds none
        (5) nothing that it handed in is scored
        lose to independent programs: repair
        below them, and not distinguishable: repair, repair
        beat independent programs: repair
        ");
        // Who has more programs might do better: nothing is beaten yet.
        let least = Against { baseline_is_least: true, ..better };
        assert_eq!(verdict(&least), "not known");
        assert_eq!(verdict(&Against { baseline_is_least: true, ..worse }), "worse");
    }
}
