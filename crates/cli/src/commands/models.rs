//! `mend models`: what can be asked, and what a simulated programmer does by chance.

use crate::args::ModelsCommand;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_core::Price;
use mend_dataset::OnInvalid;
use mend_model::{FailingShare, Prices, Profile, SimulatedProgrammer, Table, known_models, profile_names};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `mend models`
pub fn run(command: ModelsCommand) -> Result<Exit, Failure> {
    let shown = match command {
        ModelsCommand::List { json: true } => return as_json(&json!(known_models())),
        ModelsCommand::List { json: false } => known_models().join("\n"),
        ModelsCommand::Prices { prices, json } => {
            let prices = mend_lab::prices(Prices::shipped(), prices.as_deref())?;
            if json {
                return as_json(&prices_json(&prices));
            }
            shown_prices(&prices)
        }
        ModelsCommand::Sim { table: None, profile, json, .. } => {
            let profiles = named(profile.as_deref())?;
            if json {
                return as_json(&json!(profiles));
            }
            constants(&profiles)
        }
        ModelsCommand::Sim { table: Some(dataset), profile, open, json } => {
            let found = open.dataset(&dataset, OnInvalid::Skip)?;
            tell_skipped(&found.skipped());
            let problems = &found.dataset.problems;
            let tables = |profile: Profile| {
                let programmer = SimulatedProgrammer::new(profile.clone(), problems);
                let tables = problems.iter().map(|problem| programmer.probabilities(problem)).collect::<Vec<_>>();
                (profile.name, tables)
            };
            let tables: Vec<(String, Vec<Table>)> = named(profile.as_deref())?.into_iter().map(tables).collect();
            if json {
                return as_json(&tables_json(&tables));
            }
            rendered(&found.dataset.name, &tables)
        }
    };
    crate::print(&crate::exit::printable(&shown))?;
    Ok(Exit::Complete)
}

fn as_json(value: &Value) -> Result<Exit, Failure> {
    crate::print_json(value)?;
    Ok(Exit::Complete)
}

fn prices_json(prices: &Prices) -> Value {
    let listed = |(name, price): (&str, Price)| json!({"model": name, "prompt": price.prompt, "cached": price.cached, "completion": price.completion});
    let (models, batch): (Vec<Value>, Vec<Value>) =
        (prices.models().map(listed).collect(), prices.batch_models().map(listed).collect());
    json!({"date": prices.date(), "models": models, "batch": batch})
}

/// A line for each model.
fn shown_prices(prices: &Prices) -> String {
    let line = |(name, price): (&str, Price)| {
        let cached = price.cached.map_or(String::new(), |cached| format!(", cached {cached}"));
        format!("{name}: prompt {}{cached}, completion {}", price.prompt, price.completion)
    };
    let head = format!("dollars for a million tokens, as of {}", prices.date());
    let batch: Vec<String> = prices.batch_models().map(line).collect();
    let batch_head = (!batch.is_empty()).then(|| "\nin batches (`--batch`)".to_owned());
    std::iter::once(head).chain(prices.models().map(line)).chain(batch_head).chain(batch).collect::<Vec<_>>().join("\n")
}

fn named(name: Option<&str>) -> Result<Vec<Profile>, Failure> {
    let Some(name) = name else { return Ok(profile_names().into_iter().filter_map(Profile::named).collect()) };
    let profile = Profile::named(name.trim_start_matches("sim/")).ok_or_else(|| {
        Failure::usage(format!("no simulated programmer is called `{name}`"))
            .hint(format!("known: {}", profile_names().join(", ")))
    })?;
    Ok(vec![profile])
}

/// A column for each profile, a row for each constant.
fn constants(profiles: &[Profile]) -> String {
    let names: Vec<&str> = std::iter::once("constant").chain(profiles.iter().map(|profile| &*profile.name)).collect();
    let row = |name: &str, value: fn(&Profile) -> f64| {
        let values = profiles.iter().map(|profile| format!("{:.2}", value(profile)));
        std::iter::once(name.to_owned()).chain(values).collect()
    };
    let rows = vec![
        row("skill, theta", |profile| profile.skill),
        row("insight, iota", |profile| profile.insight),
        row("spread, tau", |profile| profile.spread),
        row("vague among critiques that are not right", |profile| profile.vague_share),
        row("bonus of a right critique, beta", |profile| profile.bonus.right),
        row("bonus of a vague one", |profile| profile.bonus.vague),
        row("bonus of none", |profile| profile.bonus.none),
        row("bonus of a wrong one", |profile| profile.bonus.wrong),
        row("crowding, gamma", |profile| profile.crowding),
        row("slip, epsilon", |profile| profile.slip),
        row("share of one damage", |profile| profile.damage_shares[0]),
        row("share of two damages", |profile| profile.damage_shares[1]),
        row("share of three damages", |profile| profile.damage_shares[2]),
        row("illustration", |profile| profile.illustration),
    ];
    let table = mend_report::table(super::width(), 1, &names, rows);
    format!("{table}Skills are on the logit scale. `--table <dataset>` shows what they come to at each problem.")
}

/// Percentages at each problem: a mean of the failing programs where a cell is about repairs.
fn rendered(dataset: &str, tables: &[(String, Vec<Table>)]) -> String {
    let header = ["problem", "right first", "critique right", "vague", "wrong", "repaired", "blind", "by a right one"];
    let mut text = String::new();
    for (name, tables) in tables {
        let mean = |table: &Table, p: fn(&FailingShare) -> f64| {
            let sum = table.failing.iter().map(|failing| failing.share * p(failing)).sum();
            (!table.failing.is_empty()).then_some(sum)
        };
        let row = |table: &Table| {
            let cells = [
                Some(table.p_right_first),
                Some(table.critiques.right),
                Some(table.critiques.vague),
                Some(table.critiques.wrong),
                mean(table, |failing| failing.p_repaired),
                mean(table, |failing| failing.p_repaired_blind),
                mean(table, |failing| failing.p_repaired_by.right),
            ];
            let cells = cells.map(|p| p.map_or("-".to_owned(), |p| format!("{:.1}", 100.0 * p)));
            std::iter::once(table.problem.to_string()).chain(cells).collect()
        };
        let table = mend_report::table(super::width(), 1, &header, tables.iter().map(row).collect());
        let others = other_seats(tables);
        let _ = writeln!(text, "sim/{name} on {dataset}, chances in %\n\n{table}\n{others}");
    }
    text + "\
repaired: one repair of a failing first program passes, by the repairer's own critique.
blind: the same without facts of the failure. by a right one: by a critic who names the damage.
valid test: a test that it writes is right. right by a good plan: right first, shown a good plan.
sound judgement: a score is the true one. true answer: so is an answer to a question, or a hint.
-: no program can fail. A simulated programmer is evidence of wiring, never of models."
}

/// What testers, planners, judges and annotators do, and what a plan does to a coder.
fn other_seats(tables: &[Table]) -> String {
    let header = [
        "problem",
        "valid test",
        "good plan",
        "right by a good plan",
        "by a bad one",
        "sound judgement",
        "true answer",
    ];
    let row = |table: &Table| {
        let cells = [
            table.p_valid_test,
            table.p_good_plan,
            table.p_right_planned.good,
            table.p_right_planned.bad,
            table.p_sound_judgement,
            table.p_true_answer,
        ];
        std::iter::once(table.problem.to_string()).chain(cells.map(|p| format!("{:.1}", 100.0 * p))).collect()
    };
    mend_report::table(super::width(), 1, &header, tables.iter().map(row).collect())
}

fn tables_json(tables: &[(String, Vec<Table>)]) -> Value {
    let profile = |(name, tables): &(String, Vec<Table>)| {
        let tables: Vec<Value> = tables
            .iter()
            .map(|table| {
                let mut value = json!(table);
                value["p_repaired"] = json!(table.p_repaired());
                value
            })
            .collect();
        (format!("sim/{name}"), Value::Array(tables))
    };
    tables.iter().map(profile).collect::<serde_json::Map<_, _>>().into()
}
