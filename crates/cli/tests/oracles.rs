//! Comparisons held against scipy, where that installs.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says what it skips")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "common/mod.rs"]
mod common;

use common::Lab;
use serde_json::Value;

/// A Python that has scipy, made once; `None` where that cannot be had.
fn oracle(lab: &Lab) -> Option<String> {
    let venv = concat!(env!("CARGO_TARGET_TMPDIR"), "/oracles");
    let python = format!("{venv}/bin/python");
    let make = format!(
        "{{ {python} -c 'import scipy' || {{ python3 -m venv {venv} && {venv}/bin/pip -q install scipy==1.17.1 numpy==2.4.6; }}; }} \
         > made.log 2>&1; {python} -c 'import scipy' > has.log 2>&1 && echo yes > has.scipy"
    );
    lab.mend_after(&format!("( {make} )"), "--version");
    if lab.path("has.scipy").exists() {
        return Some(python);
    }
    println!("skipped: scipy does not install here");
    None
}

/// What scipy says of two runs' problems.csv.
const SCRIPT: &str = r#"
import csv, json, sys
import numpy as np
from scipy import stats

def shares(path):
    rows = list(csv.DictReader(open(path)))
    return {row["problem"]: int(row["c"]) / int(row["n"]) for row in rows}, {int(row["n"]) for row in rows}

(a, n_a), (b, n_b) = shares(sys.argv[1]), shares(sys.argv[2])
ids = list(a)
a, b = np.array([a[i] for i in ids]), np.array([b[i] for i in ids])
delta = b - a
said = {"delta": delta.mean(), "se": stats.sem(delta), "correlation": stats.pearsonr(a, b).statistic}
mean = lambda x, y, axis=-1: np.mean(y - x, axis=axis)
swaps = stats.permutation_test((a, b), mean, permutation_type="samples", vectorized=True, n_resamples=200_000)
said["p"] = swaps.pvalue
said["exact"] = bool(len(swaps.null_distribution) == 2 ** len(a))
interval = stats.bootstrap((delta,), np.mean, method="BCa", n_resamples=20_000, rng=1).confidence_interval
said["low"], said["high"] = interval.low, interval.high
if n_a == n_b == {1}:
    lost, won = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    said["mcnemar"] = stats.binomtest(min(lost, won), lost + won, 0.5).pvalue if lost + won else 1.0
said["cp"] = [stats.beta.ppf(0.95, j + 1, len(ids) - j) for j in (0, 1, 2)]
said["t"] = [stats.t.ppf(0.975, df) for df in (1, 3, 9)]
print(json.dumps(said))
"#;

fn said(lab: &Lab, python: &str, a: &str, b: &str) -> Value {
    lab.write("oracle.py", SCRIPT);
    lab.mend_after(&format!("{python} oracle.py {a}/problems.csv {b}/problems.csv > said.json"), "--version");
    serde_json::from_str(&lab.read("said.json")).unwrap()
}

fn first_figure(lab: &Lab, line: &str) -> Value {
    let compared: Value = serde_json::from_str(&lab.ended(0, line).stdout).unwrap();
    compared["pairs"][0]["figures"][0].clone()
}

#[track_caller]
fn close(what: &str, ours: &Value, theirs: &Value, within: f64) {
    let (ours, theirs) = (ours.as_f64().expect(what), theirs.as_f64().expect(what));
    assert!((ours - theirs).abs() <= within, "{what}: {ours}, scipy {theirs}");
}

#[test]
fn single_programs_agree_with_scipy() {
    let lab = Lab::new();
    let Some(python) = oracle(&lab) else { return };
    lab.ended(0, "run --dataset starter --model sim/novice --strategy iid --n-p 1 --out a");
    lab.ended(0, "run --dataset starter --model sim/expert --strategy iid --n-p 1 --seed 1 --out b");
    let said = said(&lab, &python, "a", "b");
    let figure = first_figure(&lab, "compare a b --metric pass@1 --json");
    close("mcnemar", &figure["mcnemar"], &said["mcnemar"], 1e-9);
    close("delta", &figure["delta"]["value"]["value"], &said["delta"], 1e-12);
    close("standard error", &figure["error"]["value"], &said["se"], 1e-9);
    close("correlation", &figure["correlation"]["value"], &said["correlation"], 1e-9);
    // 20,000 swaps against 200,000: within the error of both.
    close("p", &figure["p"]["value"], &said["p"], 0.02);
    // A mean of forty single programs moves in steps of one problem, so two sets of resamples whose quantile falls between
    // two steps may differ by one.
    for end in ["low", "high"] {
        close(end, &figure["resampled"][end], &said[end], 1.0 / 40.0 + 1e-9);
    }
    // What forty problems that do not differ rule out at 5 %.
    let gate = lab.ended(0, "gate a --baseline a --margin .5 --json").stdout;
    let gate: Value = serde_json::from_str(&gate).unwrap();
    let lower = gate["bounds"]["value"]["lower"].as_f64().unwrap();
    close("Clopper and Pearson", &serde_json::json!(-lower), &said["cp"][0], 1e-9);
}

#[test]
fn few_problems_agree_with_all_swaps_of_scipy() {
    let lab = Lab::new();
    let Some(python) = oracle(&lab) else { return };
    let ids = (1..=12).map(|id| format!("starter/f{id:02}\n")).collect::<Vec<_>>().concat();
    lab.write("some.txt", ids);
    for (model, out) in [("novice", "a"), ("journeyman", "b")] {
        let line =
            format!("run --dataset starter --problems some.txt --model sim/{model} --strategy iid --n-p 4 --out {out}");
        lab.ended(0, &line);
    }
    let said = said(&lab, &python, "a", "b");
    assert_eq!(said["exact"], true);
    let figure = first_figure(&lab, "compare a b --metric pass@1 --json");
    assert_eq!(figure["method"], "exact_flips");
    close("p", &figure["p"]["value"], &said["p"], 1e-9);
    close("standard error", &figure["error"]["value"], &said["se"], 1e-9);
    close("correlation", &figure["correlation"]["value"], &said["correlation"], 1e-9);
}
