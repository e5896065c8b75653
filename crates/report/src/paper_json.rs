//! The self-repair paper's own result file.

use mend_metrics::{Resampled, Spread};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A JSON object with a key `"(n_p, n_f)"` for each cell, and in it mean and standard deviation of the pass rate,
/// of tokens, and of samples. Standard deviations are of the resamples: noise, and no intervals.
pub fn paper_json(cells: &BTreeMap<(u32, u32), Resampled>) -> String {
    let pair = |spread: &Spread| json!([spread.mean, spread.std]);
    let cell = |(at, cell): (&(u32, u32), &Resampled)| {
        let value = Value::Array([&cell.pass, &cell.tokens, &cell.programs].map(pair).into());
        (format!("({}, {})", at.0, at.1), value)
    };
    let object: Map<String, Value> = cells.iter().map(cell).collect();
    Value::Object(object).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_keyed_as_python_prints_a_pair() {
        let spread = |mean, std| Spread { mean, std };
        let cell = Resampled { pass: spread(0.5, 0.25), tokens: spread(120.0, 3.5), programs: spread(1.5, 0.0) };
        let cells = BTreeMap::from([((1, 3), cell.clone()), ((10, 0), cell)]);
        let json = paper_json(&cells);
        assert_eq!(
            json,
            "{\"(1, 3)\":[[0.5,0.25],[120.0,3.5],[1.5,0.0]],\"(10, 0)\":[[0.5,0.25],[120.0,3.5],[1.5,0.0]]}\n"
        );
    }
}
