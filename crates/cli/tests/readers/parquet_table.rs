//! Parquet files.

use super::{lab, python, table, told};
use serde_json::Value;

#[test]
fn duckdb_finds_the_rows_that_json_lines_have() {
    let Some(python) = python("duckdb") else { return };
    let lab = lab();
    lab.ended(
        0,
        "run --model sim/journeyman --strategy critic --n-p 2 --n-f 1 --n-r 1 --dataset starter --sample 4 --out run",
    );
    for kind in ["nodes", "trajectories", "rewards"] {
        lab.ended(0, &format!("export {kind} run --out rows.jsonl --force"));
        lab.ended(0, &format!("export {kind} run --format parquet --out rows.parquet --force"));
        let found = told(&python, "parquet_table.py", &[lab.path("rows.parquet")]);
        let rows: Vec<Value> = lab.read("rows.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let read = found["rows"].as_array().unwrap();
        assert_eq!(read.len(), rows.len(), "{kind}");
        for (read, row) in read.iter().zip(&rows) {
            let (read, row) = (read.as_object().unwrap(), row.as_object().unwrap());
            assert_eq!(read.len(), row.len(), "{kind}");
            for (name, value) in row {
                // Lists and objects are texts that hold JSON.
                let found = match value {
                    Value::Array(_) | Value::Object(_) => serde_json::from_str(read[name].as_str().unwrap()).unwrap(),
                    _ => read[name].clone(),
                };
                assert_eq!((name, &found), (name, value), "{kind}");
            }
        }
        let types = &found["types"];
        let expected = [("problem", "VARCHAR"), ("replicate", "BIGINT"), ("seed", "UBIGINT"), ("simulated", "BOOLEAN")];
        for (name, wanted) in expected {
            assert_eq!(types[name], wanted, "{kind} {name}");
        }
    }
}

#[test]
fn a_table_of_nodes_has_the_rows_of_our_own_tables() {
    let Some(python) = python("duckdb") else { return };
    let lab = lab();
    lab.ended(0, "run --model sim/journeyman --strategy self-repair --n-p 3 --dataset starter --sample 4 --out run");
    lab.ended(0, "export nodes run --format parquet --out nodes.parquet");
    let found = told(&python, "parquet_table.py", &[lab.path("nodes.parquet")]);
    let read = found["rows"].as_array().unwrap();
    let samples = table(&lab, "run/samples.csv");
    assert_eq!(read.len(), samples.len());
    for (read, sample) in read.iter().zip(&samples) {
        for (column, field) in
            [("problem", "problem"), ("slot", "slot"), ("run", "run"), ("program_digest", "program_digest")]
        {
            assert_eq!(read[field].as_str().unwrap_or_default(), sample[column], "{column}");
        }
        let verdict: Value = serde_json::from_str(read["verdict"].as_str().unwrap()).unwrap();
        assert_eq!(verdict["hidden"]["passed"].to_string(), sample["tests_passed"]);
        let tokens: Value = serde_json::from_str(read["tokens"].as_str().unwrap()).unwrap();
        assert_eq!(tokens["completion"].to_string(), sample["completion_tokens"]);
    }
}
