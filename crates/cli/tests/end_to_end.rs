//! The whole path once: our own problems, a simulated model, repairs, and what a reader gets to see.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::Lab;

#[test]
fn starter_problems_with_a_simulated_model_and_self_repair() {
    let lab = Lab::new();
    let line = "run --dataset starter --model sim/journeyman --strategy self-repair --n-p 2 --n-f 2 --seed 1 --out run";
    let shown = lab.ended(0, line).stdout;
    assert!(shown.contains("!! simulated model: "), "no warning in\n{shown}");
    insta::assert_snapshot!(shown, @"
    run       starter-self-repair-[ID]
    data      starter, 12 problems
    model     sim/journeyman
    strategy  self-repair (oracle level: tests_visible)
    engine    process L0, CPython [VERSION]

    !! simulated model: these numbers test the wiring, they say nothing about models

    pass@1 50.0 %
    submitted programs that pass: 91.7 %
    repairs that pass: 20.8 % (mean over 12 failing programs)
    spent: 40476 tokens in 24 calls, 0 of them lost and 0 unanswered

    status        first programs  repairs
    -------------------------------------
    passed                    12        5
    wrong_answer              12       19
    total                     24       24

    pass@k in %, unbiased
    group         k  pass@k   95 % interval  problems
    -------------------------------------------------
    all           1    50.0    [29.2, 70.8]        12
    all           2    75.0   [50.0, 100.0]        12
    competition   1    50.0    [50.0, 50.0]         3
    competition   2   100.0  [100.0, 100.0]         3
    interview     1    40.0    [10.0, 70.0]         5
    interview     2    60.0   [20.0, 100.0]         5
    introductory  1    62.5   [25.0, 100.0]         4
    introductory  2    75.0   [25.0, 100.0]         4

    pass@t in %, plugin, batch order, `billed` tokens
    n_p  n_f  tokens        pass@t   iid  pass@t - iid  staged  pass@t - staged
    ---------------------------------------------------------------------------
      1    1    1159          60.4  60.4          +0.0       -                -
                      [43.8, 75.0]                   -
      1    2    1686          63.5     -             -       -                -
                      [46.8, 79.2]
      2    1    2063          76.6     -             -       -                -
                      [59.9, 88.5]
      2    2    2862          78.5     -             -       -                -
                      [60.3, 90.9]
    iid: as many tokens on first programs, all paid for. staged: n_p programs, further ones only if all
      fail. In brackets: 95 % intervals over problems.
    - 295 of 2000 resamples have no value
    - as many tokens buy more first programs than the 2 that each problem has
    ");
    let [samples, ..] = lab.tables("run");
    let (header, rows) = samples.split_once('\n').unwrap();
    let model = header.split(',').position(|name| name == "model").unwrap();
    for row in rows.lines() {
        assert_eq!(row.split(',').nth(model), Some("sim/journeyman"), "{row}");
    }
    assert_eq!(lab.ended(0, "report run").stdout, shown);
}
