//! A summary as JSON.

use crate::headline::Headline;
use crate::shown::Shown;
use crate::{View, by_cost, sampling};
use mend_metrics::{Figure, PassAtT, Summary};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Characters of a line on which a whole object may stand.
const LINE: usize = 100;

/// The summary as indented JSON with a final newline, the answer in words before it. Also safe to print: the control
/// characters that JSON allows in strings are escaped.
///
/// What is a long table stays in its file: of pass@t there are the rows that a terminal would show, unless somebody
/// chose the figures.
pub fn to_json(summary: &Summary, view: View) -> String {
    to_json_beside(summary, view, None)
}

/// The same, with what a file recorded of the run's programs as a last field `recorded`.
pub fn to_json_beside(summary: &Summary, view: View, recorded: Option<Value>) -> String {
    let mut shown = summary.clone();
    if !view.chosen {
        by_cost::keep_telling(&mut shown, view);
        sampling::keep_telling(&mut shown.sampling);
    }
    if let (Figure::Value(rows), false) = (&mut shown.pass_at_t, view.chosen) {
        *rows = telling(rows, view);
    }
    let value = serde_json::to_value(&shown).expect("a summary has only string keys and finite numbers");
    let Value::Object(fields) = value else { unreachable!("a summary is an object") };
    let mut whole = Map::new();
    for (name, value) in fields {
        if name == "pass_at_1" {
            let Headline { verdict, sentence, remarks } = Headline::of(summary, view);
            whole.insert(
                "answer".to_owned(),
                json!({ "verdict": verdict.as_str(), "sentence": sentence, "remarks": remarks }),
            );
        }
        whole.insert(name, value);
    }
    whole.extend(recorded.map(|recorded| ("recorded".to_owned(), recorded)));
    laid_out(&Value::Object(whole))
}

/// A value as indented JSON with a final newline, safe to print.
pub(crate) fn laid_out(value: &Value) -> String {
    let mut text = String::new();
    lay_out(value, 0, true, &mut text);
    text.push('\n');
    escaped(&text)
}

/// The rows that a terminal shows; of too many of them those of the shape that the answer is about.
fn telling(rows: &[PassAtT], view: View) -> Vec<PassAtT> {
    let Some(shown) = Shown::of(rows, view) else { return vec![] };
    let rows = shown.rows(rows);
    let carried = rows.iter().filter(|row| row.pass_rate.value().is_some());
    if Shown::too_many(&rows).is_some() {
        let claimed = Headline::shape(&rows);
        carried.filter(|row| Some(row.setting()) == claimed).map(|row| PassAtT::clone(row)).collect()
    } else {
        carried.map(|row| PassAtT::clone(row)).collect()
    }
}

/// An object or a list on a line of its own if it is short, or a row of a list; else an element a line.
fn lay_out(value: &Value, depth: usize, whole: bool, text: &mut String) {
    let line = value.to_string();
    let children = match value {
        Value::Object(fields) if !fields.is_empty() => fields.len(),
        Value::Array(elements) if !elements.is_empty() => elements.len(),
        _ => 0,
    };
    if children == 0 || (!whole && line.len() + 2 * depth <= LINE) {
        text.push_str(&line);
        return;
    }
    let indent = "  ".repeat(depth + 1);
    let mut separator = "";
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in fields {
                write!(text, "{separator}\n{indent}{}: ", Value::from(name.as_str())).expect("a String takes any text");
                lay_out(value, depth + 1, false, text);
                separator = ",";
            }
        }
        Value::Array(elements) => {
            text.push('[');
            for element in elements {
                // A row of a table is a line, however long.
                write!(text, "{separator}\n{indent}{element}").expect("a String takes any text");
                separator = ",";
            }
        }
        _ => unreachable!("what has children is an object or a list"),
    }
    let closing = if value.is_object() { '}' } else { ']' };
    write!(text, "\n{}{closing}", "  ".repeat(depth)).expect("a String takes any text");
}

fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for char in json.chars() {
        if char.is_control() && char != '\n' {
            write!(safe, "\\u{:04x}", u32::from(char)).expect("a String takes any text");
        } else {
            safe.push(char);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::summary;

    /// The shape: every key, with the first element of each list.
    fn keys(value: &serde_json::Value, depth: usize, shape: &mut String) {
        if let serde_json::Value::Object(fields) = value {
            for (key, value) in fields {
                writeln!(shape, "{}{key}", "  ".repeat(depth)).unwrap();
                keys(value, depth + 1, shape);
            }
        } else if let serde_json::Value::Array(elements) = value
            && let Some(first) = elements.first()
        {
            keys(first, depth, shape);
        }
    }

    #[test]
    fn json_has_these_keys_and_is_read_back() {
        let json = to_json(&summary(), View::default());
        let mut shape = String::new();
        keys(&serde_json::from_str(&json).unwrap(), 0, &mut shape);
        insta::assert_snapshot!(shape, @"
        schema_version
        run
          id
          dataset
          model
          simulated
          strategy
          oracle_level
        coverage
          problems
          reached
          scored
          trees
          finished
          replicates
          sample
        judges_nobody
        answer
          verdict
          sentence
          remarks
        pass_at_1
          value
            value
          interval
            value
              low
              high
          if_unscored_fail
            value
          if_unscored_pass
            value
        pass_at_1_without_time_limits
          value
        submitted
          passes
            value
              value
            interval
              value
                low
                high
            if_unscored_fail
              value
            if_unscored_pass
              value
          selection_loss
            value
              value
            interval
              value
                low
                high
          n_min
          n_max
          cost
            billed
              value
            completion
              value
            paper
              value
            dollars
              absent
        submitted_with_public_tests
          passes
            value
              value
            interval
              absent
            if_unscored_fail
              value
            if_unscored_pass
              value
          selection_loss
            value
              value
            interval
              absent
          n_min
          n_max
          cost
            billed
              value
            completion
              value
            paper
              value
            dollars
              absent
        problems_with_public_tests
        repair_success
          value
            value
          interval
            absent
        repaired_programs
        critics
        first_programs
          total
          unscored
          unscored_reasons
            worker died
          statuses
            passed
            wrong_answer
            time_limit
            no_code
          no_code
            length
          replaced
        repairs
          total
          unscored
          unscored_reasons
            worker died
          statuses
            passed
            wrong_answer
            runtime_error
          no_code
          replaced
        cooperative_passes
        extraction
          one_block
        spending
          tokens
          answers
          came_to_nothing
          by_role
            coder
            repairer
          effort
            calls
            executions
            questions
            minutes
            observations
          effort_by_role
            coder
              calls
              executions
              questions
              minutes
              observations
            repairer
              calls
              executions
              questions
              minutes
              observations
          without_minutes
          calls
          lost
          refused
          open
        pass_at_k
          group
          k
          estimator
          value
            value
          interval
            value
              low
              high
          same_problems
            absent
          cost
            billed
              value
            completion
              value
            paper
              value
            dollars
              absent
          problems
          n_min
          n_max
        pass_at_t
          value
            selection
            group
            order
            n_p
            n_f
            n_r
            estimator
            token_definition
            mean_tokens
              value
            mean_programs
              value
            pass_rate
              value
            interval
              value
                low
                high
            band
            same_problems
              absent
            baseline
            axis
            baseline_pass_rate
              value
            difference
              value
            difference_interval
              absent
            normalised
              value
            normalised_interval
              absent
            out_of_bounds
        sampling
          group
          draws
          metric
          k
          tau
          estimator
          extrapolated_from
          value
            value
              value
            interval
              value
                low
                high
          same_problems
            absent
          with_hopeless
            absent
          problems
          n_min
          n_max
        repair_by_status
          by
          of
          repairs
          passed
          programs
          problems
          pooled
            value
              value
            interval
              absent
          by_program
            value
        budget_saved
          group
          order
          n_f
          n_r
          token_definition
          baseline
          rate
            value
          is_baselines_best
          cost
            absent
          baseline_cost
            absent
          saved
            value
              absent
            interval
              absent
          factor
            value
              absent
            interval
              absent
          absent_resamples
          resamples
        coverage_at_cost
          group
          order
          n_p
          n_f
          n_r
          token_definition
          cost
            value
          pass
            value
              value
            interval
              value
                low
                high
          set_cost
            value
          most
          stay
            absent
          gap
            absent
          cost_per_solved
            value
              value
            interval
              absent
          marginal
            value
              value
            interval
              absent
        ");
        // Reading may differ in a float's last bit.
        let (read, summary) = (serde_json::from_str::<Summary>(&json).unwrap(), summary());
        assert_eq!((read.run, read.coverage, read.spending), (summary.run, summary.coverage, summary.spending));
    }
}
