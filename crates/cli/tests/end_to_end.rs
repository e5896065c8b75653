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
    run       starter-self-repair-sim-journeyman-[ID]
    data      starter, 40 problems
    model     sim/journeyman
    strategy  self-repair (oracle level: tests_visible)
    engine    process [LEVEL], CPython [VERSION]

    !! simulated model: these numbers test the wiring, they say nothing about models

    pass@1 46.2 % [35.0, 57.5]
    submitted 65.0 % [47.5, 77.5] (the best of 2 to 6 programs by the public tests, at 3708 billed
      tokens a problem)
    repair_success 29.1 % [18.5, 42.5] (repairs that pass, mean over 43 failing programs)
    first programs (sampling.csv), in %: pass^2 22.5, g_pass@2 70.0 (tau 0.5), mg_pass@2 22.5, maj@2
      46.2, picked@2 57.5, selection_loss@2 12.5
    spent: 148314 tokens in 83 calls, 0 of them lost and 0 unanswered
    of that: coder 52786 tokens, repairer 95528 tokens

    status         first programs  repairs
    --------------------------------------
    passed                     37       25
    wrong_answer               42       60
    runtime_error               1        1
    total                      80       86

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group         k  value       [low, high]  problems  billed_tokens
    -----------------------------------------------------------------
    all           1   46.2      [35.0, 57.5]        40            660
    all           2   70.0      [55.0, 82.5]        40           1320
    competition   1   27.3      [13.6, 40.9]        11            717
    competition   2   54.5      [27.3, 81.8]        11           1433
    interview     1   43.3      [26.7, 56.7]        15            681
    interview     2   73.3  [44.9, 100.0](1)        15           1362
    introductory  1   64.3      [39.3, 82.1]        14            593
    introductory  2   78.6  [49.2, 100.0](1)        14           1185
    (1) few_informative: fewer than five problems differ from the commonest value, so the interval is
        widened to what so few can rule out

    In this simulation, repair solves 90.0 % [76.3, 100.0] of 40 problems at 2669 billed tokens a
      problem; whether plain sampling (iid_staged) solves as much is not known (the same budget buys
      more first programs than the 2 that each problem has).
      Trees of 2 programs (n_p 2), 2 repairs of each that fails (n_f 2), order batch.
      Oracle level tests_visible: feedback shows hidden tests; a user does not have them.
      More first programs (`--n-p`) for each problem would tell.
      Few problems differ from the rest (few_informative): intervals are widened to what so few can rule
      out.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_              pass_rate  baseline    baseline_                   diff
              tokens            [low, high]              pass_rate  [diff_low, diff_high]
    -------------------------------------------------------------------------------------
      1    1    1257      61.9 [52.5, 71.2]  iid              67.7              -5.9 -(2)
                                             iid_staged       -(3)
      1    2    1854      68.8 [57.5, 78.8]  each             -(3)
      2    1    1994      86.2 [74.4, 94.4]  each             -(3)
      2    2    2669  90.0 [76.3, 100.0](1)  each             -(3)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs, then repairs if all
      fail. iid spends as much on first programs, all paid for. iid_staged draws n_p of them, further
      ones only if all fail. In brackets: 95 % intervals over new problems.
    (2) no interval: the figure does not exist in 321 of 2000 resamples of the problems
    (3) the same budget buys more first programs than the 2 that each problem has

    budget saved against iid (budget_saved.csv), to solve 70.0 % (the most that it solves): 1902 instead
      of 1320 billed tokens a problem, saved -44.1 % (4)
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 2966 [2162, 4160]; of each that
      repairs solve beyond the programs: 6748
    (4) no interval: the figure does not exist in 782 of 2000 resamples of the problems
    ");
    let [samples, ..] = lab.tables("run");
    let (header, rows) = samples.split_once('\n').unwrap();
    let model = header.split(',').position(|name| name == "model").unwrap();
    for row in rows.lines() {
        assert_eq!(row.split(',').nth(model), Some("sim/journeyman"), "{row}");
    }
    assert_eq!(lab.ended(0, "report run").stdout, shown);
}
