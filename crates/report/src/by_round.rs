//! What deeper trees did, for a terminal: the rounds as a table, transitions and the realised point as lines.

use crate::notes::{Notes, interval, percent, signed, signed_interval};
use crate::plain::plain;
use crate::shown::{amount, per_problem};
use crate::tables::{fitted, wrap};
use mend_core::Suite;
use mend_metrics::{
    DecayRow, Deeper, Estimate, PlausibleRow, RoundRow, StrategyPoint, Summary, TokenDefinition, TransitionRow,
};
use std::fmt::Write as _;

/// Rounds that are shown; the file has all.
const ROUNDS: usize = 20;

/// The sections; none of a run whose trees are no deeper than one round of repairs.
pub(crate) fn sections(summary: &Summary, width: u16, notes: &mut Notes) -> Option<String> {
    let deeper = summary.deeper.as_ref()?;
    let mut text = rounds(deeper, width, notes);
    let mut lines = vec![];
    if let Some(row) = deeper.transitions.iter().find(|row| row.group == "all") {
        lines.extend(transitions(row, notes));
    }
    if let Some(row) = deeper.decay.iter().find(|row| row.group == "all") {
        lines.push(decay(row, notes));
    }
    lines.extend(deeper.plausible.iter().find(|row| row.group == "all").map(|row| plausible(row, notes)));
    lines.extend(hints(deeper, notes));
    lines.extend(questions(deeper, notes));
    lines.extend(points(deeper, notes));
    text.extend(lines.iter().map(|line| wrap(&plain(line), width, 2)));
    Some(text + &notes.foot(width))
}

fn rounds(deeper: &Deeper, width: u16, notes: &mut Notes) -> String {
    let rows: Vec<&RoundRow> = deeper.rounds.iter().filter(|row| row.group == "all").collect();
    if rows.is_empty() {
        return String::new();
    }
    let billed = rows.iter().any(|row| row.cost.billed.value().is_some());
    let definition = if billed { TokenDefinition::Billed } else { TokenDefinition::Paper };
    let header = [
        "round",
        "solved",
        "[low, high]",
        "solved_any",
        "newly_solved",
        "at_risk",
        "accuracy",
        if billed { "billed_tokens" } else { "paper_tokens" },
    ];
    let row = |row: &&RoundRow| {
        vec![
            row.round.to_string(),
            notes.cell(&row.solved.value, |value| percent(*value)),
            notes.interval(&row.solved.value, &row.solved.interval, interval),
            notes.cell(&row.solved_any.value, |value| percent(*value)),
            notes.cell(&row.newly_solved, |value| percent(*value)),
            row.at_risk.to_string(),
            notes.cell(&row.accuracy, |value| percent(*value)),
            notes.cell(row.cost.by(definition), |cost| amount(*cost, definition)),
        ]
    };
    let shown: Vec<Vec<String>> = rows.iter().take(ROUNDS).map(row).collect();
    let title =
        "by round in %: lines whose current program passes; a line that stopped keeps its last one (rounds.csv)";
    let mut text = wrap(title, width, 2) + &fitted(width, &[false; 8], &header, shown);
    if rows.len() > ROUNDS {
        text += &wrap(&format!("and {} rounds more", rows.len() - ROUNDS), width, 2);
    }
    text
}

fn transitions(row: &TransitionRow, notes: &mut Notes) -> Vec<String> {
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    let mut lines = vec![format!(
        "transitions (transitions.csv): {} repairs; of wrong programs {} are mended, of right ones {} are broken; delta_up \
         {}, delta_down {}",
        row.edges,
        share(&row.ic_of_wrong),
        share(&row.ci_of_right),
        share(&row.delta_up),
        share(&row.delta_down),
    )];
    let regressed = notes.cell(&row.regressed, |value| format!("{} %", percent(*value)));
    let fixed = notes.cell(&row.fixed, |value| format!("{} %", percent(*value)));
    lines.push(format!(
        "regressed_tests {regressed}, fixed_tests {fixed} (mean over repairs); {} of {} repairs are an earlier program again",
        row.repeated, row.repairs
    ));
    lines
}

/// How soon lines are solved, and how what repairs add decays.
fn decay(row: &DecayRow, notes: &mut Notes) -> String {
    let plain = |value: &f64| format!("{value:.2}");
    let mrr = notes.cell(&row.mrr.value, plain);
    let lambda = notes.cell(&row.lambda.value, plain);
    let mut line = format!("decay (decay.csv): mrr {mrr}; lambda of what repairs add {lambda}");
    if row.lambda.value.value().is_some() {
        let half_life = notes.cell(&row.half_life.value, plain);
        let constant = notes.cell(&row.constant_lambda, plain);
        let fresh = notes.cell(&row.fresh_lambda, plain);
        let tires = "a repairer that never tires would show";
        let _ = write!(line, ", half_life {half_life} rounds; {tires} {constant}, fresh programs {fresh}");
    }
    line
}

fn plausible(row: &PlausibleRow, notes: &mut Notes) -> String {
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    let (any, correct, overfit) = (share(&row.plausible), share(&row.correct), share(&row.overfit));
    let tries = notes.cell(&row.tries, |tries| format!("{tries:.1}"));
    format!(
        "plausible (plausible.csv): {any} of {} trees hold a program that passes the public tests, the first after {tries} \
         tries; it is right in {correct} and overfit in {overfit}",
        row.trees
    )
}

/// How many hints it takes, by the scoring tests.
fn hints(deeper: &Deeper, notes: &mut Notes) -> Option<String> {
    let rows = deeper.hints.iter().filter(|row| row.group == "all" && row.suite == Suite::Hidden);
    let told: Vec<String> = rows
        .map(|row| {
            let hints = notes.cell(&row.hints.value, |hints| format!("{hints:.2}"));
            let capped = notes.share(&row.capped.value, &row.capped.interval);
            format!("hints@{} {hints} (capped {capped})", row.q)
        })
        .collect();
    (!told.is_empty()).then(|| format!("hints (hints.csv): {}", told.join(", ")))
}

/// Questions about programs, by their number.
fn questions(deeper: &Deeper, notes: &mut Notes) -> Option<String> {
    let rows = deeper.questions.iter().filter(|row| row.group == "all");
    let told: Vec<String> = rows
        .map(|row| {
            let (yes, passed) =
                (notes.share(&row.yes.value, &row.yes.interval), notes.share(&row.passed.value, &row.passed.interval));
            format!("number {} about {} programs: yes {yes}, passed {passed}", row.number, row.questions)
        })
        .collect();
    (!told.is_empty()).then(|| format!("questions about programs (questions.csv): {}", told.join("; ")))
}

/// The realised point, by the first definition that is known, beside each of its baselines.
fn points(deeper: &Deeper, notes: &mut Notes) -> Vec<String> {
    let Some(first) = deeper.points.first() else { return vec![] };
    let definition = first.token_definition;
    let cost = first.cost.value().map_or(String::new(), |cost| format!(", at {}", per_problem(*cost, definition)));
    let mut lines = vec![format!(
        "realised point (strategy_points.csv): what the strategy hands in passes {}{cost}; selection_loss {} (trees \
         that hold a passing program and hand in something else)",
        notes.share(&first.pass.value, &first.pass.interval),
        notes.share(&first.selection_loss.value, &first.selection_loss.interval)
    )];
    if first.handed_in.value.value().is_some_and(|handed| *handed < 1.0) {
        lines.push(format!(
            "  it hands in a program on {} of the trees, which is right in {} of the cases (precision)",
            notes.share(&first.handed_in.value, &first.handed_in.interval),
            notes.share(&first.precision.value, &first.precision.interval)
        ));
    }
    let same = |point: &&StrategyPoint| point.token_definition == definition;
    for point in deeper.points.iter().filter(same) {
        let baseline = notes.cell(&point.baseline_pass, |value| format!("{} %", percent(*value)));
        let mut line = format!("  {} at the same cost: {baseline}", point.baseline);
        if point.diff.value.value().is_some() {
            let diff = notes.cell(&point.diff.value, |value| signed(*value));
            let within = notes.interval(&point.diff.value, &point.diff.interval, signed_interval);
            line.push_str(&[", diff ", &diff, " ", &within].concat());
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{deep_run, helped_run, summary};
    use mend_metrics::{Options, summarize};

    #[test]
    fn rounds_transitions_and_the_point_are_told() {
        let (manifest, trees) = deep_run();
        let options = Options { resamples: 0, ..Options::default() };
        let deep = summarize(&manifest, &trees, &options);
        insta::assert_snapshot!(sections(&deep, 100, &mut Notes::default()).unwrap(), @"
        by round in %: lines whose current program passes; a line that stopped keeps its last one
          (rounds.csv)
        round  solved  [low, high]  solved_any  newly_solved  at_risk  accuracy  billed_tokens
        --------------------------------------------------------------------------------------
            0     0.0         -(1)         0.0           0.0        2       0.0            250
            1     0.0         -(1)         0.0           0.0        2       0.0            150
            2    50.0         -(1)        50.0          50.0        2     100.0            100
        transitions (transitions.csv): 3 repairs; of wrong programs 33.3 % (1) are mended, of right ones
          -(2) are broken; delta_up 50.0 % (1), delta_down 0.0 % (1)
        regressed_tests 33.3 %, fixed_tests 33.3 % (mean over repairs); 1 of 3 repairs are an earlier
          program again
        decay (decay.csv): mrr 0.17; lambda of what repairs add -(3)
        plausible (plausible.csv): 0.0 % (1) of 1 trees hold a program that passes the public tests, the
          first after -(4) tries; it is right in 0.0 % (1) and overfit in 0.0 % (1)
        realised point (strategy_points.csv): what the strategy hands in passes 50.0 % (1), at 500 billed
          tokens a problem; selection_loss 0.0 % (1) (trees that hold a passing program and hand in
          something else)
          iid at the same cost: -(5)
          iid_sequential at the same cost: -(5)
        (1) no interval was asked for
        (2) no right program has a repair: each line stops at its first pass
        (3) a decay needs 3 rounds, and there are 2
        (4) no tree holds a plausible program
        (5) the same cost buys more first programs than the 1 that each problem has
        ");
        let narrow = sections(&deep, 40, &mut Notes::default()).unwrap();
        assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    }

    #[test]
    fn hints_and_questions_are_told() {
        let (manifest, trees) = helped_run();
        let text = |manifest: &mend_core::RunManifest| {
            let options = Options { resamples: 0, ..Options::default() };
            sections(&summarize(manifest, &trees, &options), 100, &mut Notes::default()).unwrap()
        };
        let all = text(&manifest).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains("hints (hints.csv): hints@0.5 0.00 (capped 0.0 %"), "{all}");
        assert!(all.contains("hints@1 1.00 (capped"), "{all}");
        assert!(
            all.contains("questions about programs (questions.csv): number 0 about 1 programs: yes 0.0 %"),
            "{all}"
        );
    }

    #[test]
    fn trees_of_one_round_have_no_such_section() {
        assert_eq!(sections(&summary(), 100, &mut Notes::default()), None);
    }
}
