//! `mend feedback`: what people may write about, what they are asked, and what their feedback is worth.

use crate::args::{AskByArg, FeedbackCommand};
use crate::exit::{Exit, Failure};
use mend_lab::{AskBy, Choice, CurvePoint};
use mend_model::{Agreement, OpenRow};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// `mend feedback`
pub fn run(command: FeedbackCommand) -> Result<Exit, Failure> {
    match command {
        FeedbackCommand::Todo { run, out, budget, by, seed, json } => {
            let choice = budget.map(|budget| Choice { budget: budget.get(), by: order(by), seed });
            todo(&run, out.as_deref(), choice, json)
        }
        FeedbackCommand::Curve { run, out, seed, json } => curve(&run, out.as_deref(), seed, json),
        FeedbackCommand::Agreement { file, one_in, json } => {
            let agreement = mend_lab::agreement(&file, one_in as usize)?;
            if json {
                crate::print_json(&agreed_json(&agreement))?;
            } else {
                crate::print(&agreed(&agreement))?;
            }
            Ok(Exit::Complete)
        }
    }
}

fn order(by: AskByArg) -> AskBy {
    match by {
        AskByArg::Uncertainty => AskBy::Uncertainty,
        AskByArg::Cluster => AskBy::Cluster,
        AskByArg::Value => AskBy::Value,
        AskByArg::Random => AskBy::Random,
    }
}

/// What people are still wanted for, a line each.
fn todo(run: &Path, out: Option<&Path>, choice: Option<Choice>, json: bool) -> Result<Exit, Failure> {
    let rows = mend_lab::questions(run, choice)?;
    let mut lines = String::new();
    for row in &rows {
        lines.push_str(&serde_json::to_string(row).map_err(Failure::usage)?);
        lines.push('\n');
    }
    if json && out.is_none() {
        crate::print_json(&rows)?;
    } else {
        write(&lines, out, "what people wrote is not overwritten: name a new file")?;
    }
    let answers = rows.iter().filter(|row| matches!(row, OpenRow::Answer(_))).count();
    let told = missing(rows.len() - answers, answers);
    let serves: u64 =
        rows.iter().filter_map(|row| if let OpenRow::Feedback(row) = row { row.serves } else { None }).sum();
    crate::tell(&if choice.is_some() { format!("{told}; they speak for {serves} critiques") } else { told });
    Ok(Exit::Complete)
}

/// The pass rate against labels and minutes.
fn curve(run: &Path, out: Option<&Path>, seed: u64, json: bool) -> Result<Exit, Failure> {
    let points = mend_lab::curves(run, seed)?;
    if json {
        let text = format!("{:#}\n", json!(points.iter().map(point_json).collect::<Vec<_>>()));
        write(&text, out, "name a new file")?;
    } else {
        write(&table(&points), out, "name a new file")?;
    }
    Ok(Exit::Complete)
}

fn point_json(point: &CurvePoint) -> Value {
    let CurvePoint { by, labels, minutes, served, pass_rate } = point;
    json!({ "order": by.as_str(), "labels": labels, "minutes": minutes, "served": served, "pass_rate": pass_rate })
}

fn table(points: &[CurvePoint]) -> String {
    let mut text = "order,labels,minutes,served,pass_rate\n".to_owned();
    for CurvePoint { by, labels, minutes, served, pass_rate } in points {
        let minutes = minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{},{labels},{minutes},{served},{pass_rate:.6}", by.as_str());
    }
    text
}

/// What two can agree on: lines, and whether a program is good enough.
fn agreed_json(agreement: &Agreement) -> Value {
    let Agreement { held_out, with_lines, same_lines, with_opinion, same_opinion } = *agreement;
    let row = |what: &str, rows: u64, same: u64| {
        let share = (rows > 0).then(|| same as f64 / rows as f64);
        json!({ "what": what, "held_out": held_out, "comparable": rows, "same": same, "share": share })
    };
    json!([row("lines", with_lines, same_lines), row("satisfied", with_opinion, same_opinion)])
}

/// A row for what two can agree on.
fn agreed(agreement: &Agreement) -> String {
    let Agreement { held_out, with_lines, same_lines, with_opinion, same_opinion } = *agreement;
    let row = |what: &str, rows: u64, same: u64| {
        let share = if rows > 0 { format!("{:.6}", same as f64 / rows as f64) } else { String::new() };
        format!("{what},{held_out},{rows},{same},{share}\n")
    };
    let header = "what,held_out,comparable,same,share\n".to_owned();
    header + &row("lines", with_lines, same_lines) + &row("satisfied", with_opinion, same_opinion)
}

/// Prints what is made for a file, or writes it into a new one.
fn write(text: &str, out: Option<&Path>, hint: &str) -> Result<(), Failure> {
    let Some(path) = out else { return crate::print(text) };
    let name = path.display();
    let mut file = std::fs::File::create_new(path)
        .map_err(|error| Failure::usage(format!("cannot write `{name}`: {error}")).hint(hint))?;
    file.write_all(text.as_bytes()).map_err(Failure::usage)
}

/// What is missing, and what is to be filled in.
fn missing(critiques: usize, answers: usize) -> String {
    const SAY: &str = "`feedback` (or any of `satisfied`, `rating`, `reasons`, `spans`, `fixed_program`)";
    let count = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one} is"),
        _ => format!("{count} {several} are"),
    };
    let critiques_are = count(critiques, "critique", "critiques");
    let answers_are = count(answers, "answer", "answers");
    match (critiques, answers) {
        (_, 0) => format!("{critiques_are} missing; fill in {SAY}, `author` and `minutes`"),
        (0, _) => format!("{answers_are} missing; fill in `answer`, `author` and `minutes`"),
        _ => format!(
            "{critiques_are} missing, and {answers_are}; fill in {SAY} or `answer`, whichever the row has, `author` and \
             `minutes`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_by_what_it_is() {
        let say = "`feedback` (or any of `satisfied`, `rating`, `reasons`, `spans`, `fixed_program`)";
        for (critiques, answers, said) in [
            (0, 0, format!("0 critiques are missing; fill in {say}, `author` and `minutes`")),
            (1, 0, format!("1 critique is missing; fill in {say}, `author` and `minutes`")),
            (0, 2, "2 answers are missing; fill in `answer`, `author` and `minutes`".to_owned()),
            (
                2,
                1,
                format!(
                    "2 critiques are missing, and 1 answer is; fill in {say} or `answer`, whichever the row has, `author` \
                     and `minutes`"
                ),
            ),
        ] {
            assert_eq!(missing(critiques, answers), said);
        }
    }

    #[test]
    fn what_nobody_can_compare_has_no_share() {
        let agreement = Agreement { held_out: 5, with_lines: 4, same_lines: 3, ..Agreement::default() };
        assert_eq!(agreed(&agreement), "what,held_out,comparable,same,share\nlines,5,4,3,0.750000\nsatisfied,5,0,0,\n");
    }

    #[test]
    fn a_point_whose_minutes_nobody_knows_has_none() {
        let point = |minutes: Option<&str>, labels| CurvePoint {
            by: AskBy::Value,
            labels,
            minutes: minutes.map(|minutes| minutes.parse().unwrap()),
            served: 2,
            pass_rate: 1.0 / 3.0,
        };
        assert_eq!(
            table(&[point(Some("2.5"), 1), point(None, 2)]),
            "order,labels,minutes,served,pass_rate\nvalue,1,2.5,2,0.333333\nvalue,2,,2,0.333333\n"
        );
    }
}
