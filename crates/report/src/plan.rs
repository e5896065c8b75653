//! What a run would buy, and what it could show, for a terminal and as JSON.

use crate::json::laid_out;
use crate::notes::percent;
use crate::plain::plain;
use crate::tables::{fitted, wrap};
use mend_metrics::{Amount, EffectRow, Figure, RunPlan};

/// The plan as JSON.
pub fn plan_json(plan: &RunPlan) -> String {
    laid_out(&serde_json::to_value(plan).expect("a plan has only string keys and finite numbers"))
}

/// The plan for a terminal of `width` columns.
pub fn plan_text(plan: &RunPlan, width: u16) -> String {
    let width = width.clamp(40, 160);
    let mut text = String::new();
    let mut say = |line: &str| text += &wrap(&plain(line), width, 2);
    let trees = if plan.replicates == 1 { String::new() } else { format!(", {} trees of each", plan.replicates) };
    let of_all = if plan.all_problems > plan.problems { format!(" of {}", plan.all_problems) } else { String::new() };
    say(&format!(
        "{} on {}{of_all} problems of {}{trees}. Nothing was sent.",
        plan.strategy, plan.problems, plan.dataset
    ));
    say(&format!("At most: {}, if every program fails and every answer fills its limit.", told(plan.worst)));
    say("Requests that are asked again after a failure are not in it.");
    match &plan.expected {
        Figure::Value(expected) => {
            let tokens = expected.tokens.map_or(String::new(), |(low, high)| format!(", tokens {low:.0} to {high:.0}"));
            let dollars = expected.dollars.map_or(String::new(), |(low, high)| format!(", ${low:.4} to ${high:.4}"));
            let from = plan.from.as_deref().unwrap_or("what was stated");
            let interval = if tokens.is_empty() { String::new() } else { format!("; 95 of 100 runs{tokens}{dollars}") };
            say(&format!("Expected by {from}: {}{interval}.", told(expected.amount)));
        }
        Figure::Absent(why) => say(&format!("What is expected is not known: {why}.")),
    }
    if let Some(reached) = plan.reached {
        let expected = reached.expected.map_or("an unknown share".to_owned(), |share| format!("{} %", percent(share)));
        say(&format!(
            "The budget reaches {expected} of the problems in expectation, and {} % at worst.",
            percent(reached.worst)
        ));
    }
    text.push('\n');
    let seats = plan.seats.iter().map(|seat| {
        let cells = |amount: Option<Amount>| match amount {
            Some(amount) => [format!("{:.0}", amount.calls), format!("{:.0}", amount.tokens), dollars(amount)],
            None => ["-", "-", "-"].map(str::to_owned),
        };
        let model = seat.model.as_deref().unwrap_or("answers that are there");
        [plain(&seat.seat), plain(model)]
            .into_iter()
            .chain(cells(seat.expected))
            .chain(cells(Some(seat.worst)))
            .collect()
    });
    let header =
        ["seat", "model", "calls", "tokens", "dollars", "calls,\nat most", "tokens,\nat most", "dollars,\nat most"];
    let words = [true, true, false, false, false, false, false, false];
    text += &fitted(width, &words, &header, seats.collect());
    text.push('\n');
    text += &effects(plan, width);
    text
}

fn effects(plan: &RunPlan, width: u16) -> String {
    let rows = match &plan.effects {
        Figure::Value(rows) => rows,
        Figure::Absent(why) => {
            return wrap(&plain(&format!("The smallest effect that it could show is not known: {why}.")), width, 2);
        }
    };
    let title = "The smallest difference in pass@1, in points, that a gate at 5 % finds in four of five cases against a second \
                 run of the same design; at_least: if every problem reacts alike, so that no such run shows less; omega: with \
                 the stated variance between problems; tokens and dollars of both runs";
    let cells = |row: &EffectRow| {
        vec![
            row.problems.to_string(),
            row.samples.to_string(),
            percent(row.at_least),
            row.stated.map_or("-".to_owned(), percent),
            row.tokens.map_or("-".to_owned(), |tokens| format!("{tokens:.0}")),
            row.dollars.map_or("-".to_owned(), |dollars| format!("{dollars:.4}")),
        ]
    };
    let header = ["problems", "programs", "at_least", "omega", "tokens", "dollars"];
    let mut text = wrap(title, width, 2);
    text += &fitted(width, &[false; 6], &header, rows.iter().map(cells).collect());
    if plan.omega_squared.is_none() {
        text += &wrap(
            "How differently problems react is not known from one run: `--omega` states the variance of their true \
             differences, and `mend gate` of two runs tells it (omega_squared).",
            width,
            2,
        );
    }
    text
}

fn told(amount: Amount) -> String {
    let dollars = match amount.dollars {
        Some(dollars) => format!("${dollars:.4}"),
        None => "dollars unknown".to_owned(),
    };
    format!("{:.0} completions, {:.0} tokens, {dollars}", amount.calls, amount.tokens)
}

fn dollars(amount: Amount) -> String {
    amount.dollars.map_or("-".to_owned(), |dollars| format!("{dollars:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_metrics::{ExpectedAmount as Expected, Reached, SeatPlan};

    fn plan() -> RunPlan {
        let amount = |calls, tokens, dollars| Amount { calls, tokens, dollars };
        RunPlan {
            dataset: "starter".to_owned(),
            strategy: "self-repair".to_owned(),
            problems: 40,
            all_problems: 164,
            replicates: 1,
            samples: Some(5),
            seats: vec![SeatPlan {
                seat: "coder".to_owned(),
                model: Some("openai/gpt-4o-mini".to_owned()),
                worst: amount(400.0, 1_708_800.0, Some(0.624_96)),
                expected: Some(amount(280.0, 240_000.0, Some(0.0756))),
            }],
            worst: amount(400.0, 1_708_800.0, Some(0.624_96)),
            expected: Figure::Value(Expected {
                amount: amount(280.0, 240_000.0, Some(0.0756)),
                tokens: Some((220_000.0, 260_000.0)),
                dollars: Some((0.07, 0.08)),
            }),
            from: Some("the pilot p".to_owned()),
            reached: Some(Reached { expected: Some(1.0), worst: 0.25 }),
            effects: Figure::Value(mend_metrics::effects((40, 164), 5, 0.14, Some(0.0736), 0.05, None)),
            w: Some(0.14),
            omega_squared: Some(0.0736),
        }
    }

    #[test]
    fn a_plan_says_what_a_run_would_buy_and_show() {
        let text = plan_text(&plan(), 120);
        for part in [
            "At most: 400 completions, 1708800 tokens, $0.6250",
            "Expected by the pilot p: 280 completions, 240000 tokens, $0.0756; 95 of 100 runs, tokens 220000 to 260000",
            "The budget reaches 100.0 % of the problems in expectation, and 25.0 % at worst.",
            "on 40 of 164 problems of starter",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // 164 problems, ten programs: the worked example.
        let row = text.lines().find(|line| line.trim_start().starts_with("164        10")).unwrap_or(&text).to_owned();
        assert!(row.contains("6.2"), "{row}");
        let json: serde_json::Value = serde_json::from_str(&plan_json(&plan())).unwrap();
        assert_eq!(json["worst"]["tokens"], 1_708_800.0);
    }

    #[test]
    fn what_is_not_known_says_why() {
        let unknown = RunPlan {
            expected: Figure::Absent("nobody said".to_owned()),
            effects: Figure::Absent("nobody knows".to_owned()),
            reached: None,
            ..plan()
        };
        let text = plan_text(&unknown, 80);
        assert!(text.contains("What is expected is not known: nobody said."), "{text}");
        assert!(text.contains("is not known: nobody knows."), "{text}");
    }
}
