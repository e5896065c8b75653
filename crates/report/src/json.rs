//! A summary as JSON.

use mend_metrics::Summary;
use std::fmt::Write;

/// The summary as indented JSON with a final newline. Also safe to print: the control characters that
/// JSON allows in strings are escaped.
pub fn to_json(summary: &Summary) -> String {
    let json = serde_json::to_string_pretty(summary).expect("a summary has only string keys and finite numbers");
    let mut safe = String::with_capacity(json.len() + 1);
    for char in json.chars() {
        if char.is_control() && char != '\n' {
            write!(safe, "\\u{:04x}", u32::from(char)).expect("a String takes any text");
        } else {
            safe.push(char);
        }
    }
    safe.push('\n');
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
        } else if let serde_json::Value::Array(elements) = value {
            keys(&elements[0], depth, shape);
        }
    }

    #[test]
    fn json_has_these_keys_and_is_read_back() {
        let json = to_json(&summary());
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
        pass_at_1
          value
            value
          if_unscored_fail
            value
          if_unscored_pass
            value
        pass_at_1_without_time_limits
          value
        submitted
          value
            value
          if_unscored_fail
            value
          if_unscored_pass
            value
        submitted_with_public_tests
          value
            value
          if_unscored_fail
            value
          if_unscored_pass
            value
        problems_with_public_tests
        repair_success
          value
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
        cooperative_passes
        extraction
          last_fence
        spending
          tokens
          by_role
            coder
            repairer
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
            value
              low
              high
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
              value
                low
                high
            baseline
            axis
            baseline_pass_rate
              value
            difference
              value
            difference_interval
              value
                low
                high
            normalised
              value
            out_of_bounds
        ");
        // Reading may differ in a float's last bit.
        let (read, summary) = (serde_json::from_str::<Summary>(&json).unwrap(), summary());
        assert_eq!((read.run, read.coverage, read.spending), (summary.run, summary.coverage, summary.spending));
    }
}
