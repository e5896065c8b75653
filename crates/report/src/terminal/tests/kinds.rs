//! What people see of runs of several kinds.

use super::{check_width, from};
use crate::testing::{critic_run, manifest, trees, unscored, whole_run};
use crate::{View, render};
use mend_metrics::{Options, summarize};

/// What is shown of a run with the usual figures.
fn shown((manifest, trees): (mend_core::RunManifest, Vec<mend_core::RepairTree>), width: u16) -> String {
    let options = Options { ks: vec![1, 2, 4], resamples: 400, seed: 1, ..Options::default() };
    let summary = summarize(&manifest, &trees, &options);
    let text = render(&manifest, &summary, View::default(), width);
    check_width(&text, width.max(40).into());
    text
}

#[test]
fn a_self_repair_run_ends_in_the_answer_and_the_table_below_it() {
    insta::assert_snapshot!(shown(whole_run("self-repair"), 80), @"
    run       starter-self-repair-0a1b2c3d
    data      starter, 10 problems
    model     sim/journeyman+sim/expert
    strategy  self-repair (oracle level: hidden_stop)
    engine    wasm L3, CPython 3.14.0 (wasm)

    pass@1 55.0 % [35.0, 75.0]
    submitted 50.0 % [20.0, 80.0] (the best of 4 to 8 programs by the public tests,
      at 742 billed tokens a problem)
    repair_success 33.3 % [16.5, 53.4] (repairs that pass, mean over 18 failing
      programs)
    first programs (sampling.csv), in %: pass^4 20.0, g_pass@4 60.0 (tau 0.5),
      mg_pass@4 35.0, maj@4 55.0, picked@4 50.0, selection_loss@4 40.0
    spent: 7420 tokens in 58 calls, 0 of them lost and 0 unanswered
    of that: coder 4000 tokens, repairer 3420 tokens

    status        first programs  repairs
    -------------------------------------
    passed                    22        6
    wrong_answer              18       12
    total                     40       18

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group  k  value       [low, high]  problems  billed_tokens
    ----------------------------------------------------------
    all    1   55.0      [35.0, 75.0]        10            100
    all    2   73.3      [47.4, 89.7]        10            200
    all    4   90.0  [55.5, 100.0](1)        10            400
    easy   1   60.0      [35.0, 85.0]         5            100
    easy   2   80.0  [14.7, 100.0](1)         5            200
    easy   4  100.0  [47.8, 100.0](1)         5            400
    hard   1   50.0      [20.0, 80.0]         5            100
    hard   2   66.7      [22.1, 93.3]         5            200
    hard   4   80.0  [20.0, 100.0](1)         5            400
    (1) few_informative: fewer than five problems differ from the commonest value,
        so the interval is widened to what so few can rule out

    Repair solves 70.0 % [50.0, 86.9] of 10 problems at 186 billed tokens a problem,
      plain sampling (iid_staged) 81.6 %, difference -11.6 points [-22.9, +0.4]: not
      distinguishable.
      Trees of 1 program (n_p 1), 1 repair of each that fails (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program
      counts; a user does not have them.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_         pass_rate  baseline    baseline_                   diff
              tokens       [low, high]              pass_rate  [diff_low, diff_high]
    --------------------------------------------------------------------------------
      1    1     186              70.0  iid              70.7     -0.7 [-12.0, +6.2]
                          [50.0, 86.9]  iid_staged       81.6    -11.6 [-22.9, +0.4]
      2    1     301              86.7  iid              82.6    +4.1 [-11.0, +10.6]
                      [26.2, 100.0](1)  iid_staged       -(2)
      3    1     400              95.0  iid              90.0              +5.0 -(3)
                      [44.4, 100.0](1)  iid_staged       -(2)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs,
      then repairs if all fail. iid spends as much on first programs, all paid for.
      iid_staged draws n_p of them, further ones only if all fail. In brackets: 95 %
      intervals over new problems.
    (2) the same budget buys more first programs than the 4 that each problem has
    (3) no interval: the figure does not exist in 161 of 400 resamples of the
        problems

    budget saved against iid (budget_saved.csv), to solve 75.0 %: 220 instead of 218
      billed tokens a problem, saved -0.9 % (4); 90.0 % (the most that it solves):
      341 instead of 400 billed tokens a problem, saved 14.8 % [-8.4, 40.0]
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 265
      [174, 452]; of each that repairs solve beyond the programs: 570
    (4) no interval: the figure does not exist in 132 of 400 resamples of the
        problems
    ");
}

#[test]
fn intervals_stand_beside_their_figures_where_there_is_room() {
    insta::assert_snapshot!(from(&shown(whole_run("self-repair"), 120), "Repair"), @"
    Repair solves 70.0 % [50.0, 86.9] of 10 problems at 186 billed tokens a problem, plain sampling (iid_staged) 81.6 %,
      difference -11.6 points [-22.9, +0.4]: not distinguishable.
      Trees of 1 program (n_p 1), 1 repair of each that fails (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program counts; a user does not have them.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_              pass_rate  baseline    baseline_                   diff
              tokens            [low, high]              pass_rate  [diff_low, diff_high]
    -------------------------------------------------------------------------------------
      1    1     186      70.0 [50.0, 86.9]  iid              70.7     -0.7 [-12.0, +6.2]
                                             iid_staged       81.6    -11.6 [-22.9, +0.4]
      2    1     301  86.7 [26.2, 100.0](1)  iid              82.6    +4.1 [-11.0, +10.6]
                                             iid_staged       -(2)
      3    1     400  95.0 [44.4, 100.0](1)  iid              90.0              +5.0 -(3)
                                             iid_staged       -(2)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs, then repairs if all fail. iid spends as
      much on first programs, all paid for. iid_staged draws n_p of them, further ones only if all fail. In brackets: 95 %
      intervals over new problems.
    (2) the same budget buys more first programs than the 4 that each problem has
    (3) no interval: the figure does not exist in 161 of 400 resamples of the problems

    budget saved against iid (budget_saved.csv), to solve 75.0 %: 220 instead of 218 billed tokens a problem, saved -0.9 %
      (4); 90.0 % (the most that it solves): 341 instead of 400 billed tokens a problem, saved 14.8 % [-8.4, 40.0]
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 265 [174, 452]; of each that repairs solve beyond the
      programs: 570
    (4) no interval: the figure does not exist in 132 of 400 resamples of the problems
    ");
}

#[test]
fn a_narrow_terminal_gets_lines_instead_of_a_table() {
    insta::assert_snapshot!(shown(whole_run("self-repair"), 60), @"
    run       starter-self-repair-0a1b2c3d
    data      starter, 10 problems
    model     sim/journeyman+sim/expert
    strategy  self-repair (oracle level: hidden_stop)
    engine    wasm L3, CPython 3.14.0 (wasm)

    pass@1 55.0 % [35.0, 75.0]
    submitted 50.0 % [20.0, 80.0] (the best of 4 to 8 programs
      by the public tests, at 742 billed tokens a problem)
    repair_success 33.3 % [16.5, 53.4] (repairs that pass, mean
      over 18 failing programs)
    first programs (sampling.csv), in %: pass^4 20.0, g_pass@4
      60.0 (tau 0.5), mg_pass@4 35.0, maj@4 55.0, picked@4 50.0,
      selection_loss@4 40.0
    spent: 7420 tokens in 58 calls, 0 of them lost and 0
      unanswered
    of that: coder 4000 tokens, repairer 3420 tokens

    status        first programs  repairs
    -------------------------------------
    passed                    22        6
    wrong_answer              18       12
    total                     40       18

    pass@k in %: problems that at least one of k programs solves
      (pass_at_k.csv)
    group  k  value       [low, high]  problems  billed_tokens
    ----------------------------------------------------------
    all    1   55.0      [35.0, 75.0]        10            100
    all    2   73.3      [47.4, 89.7]        10            200
    all    4   90.0  [55.5, 100.0](1)        10            400
    easy   1   60.0      [35.0, 85.0]         5            100
    easy   2   80.0  [14.7, 100.0](1)         5            200
    easy   4  100.0  [47.8, 100.0](1)         5            400
    hard   1   50.0      [20.0, 80.0]         5            100
    hard   2   66.7      [22.1, 93.3]         5            200
    hard   4   80.0  [20.0, 100.0](1)         5            400
    (1) few_informative: fewer than five problems differ from
        the commonest value, so the interval is widened to what
        so few can rule out

    Repair solves 70.0 % [50.0, 86.9] of 10 problems at 186
      billed tokens a problem, plain sampling (iid_staged)
      81.6 %, difference -11.6 points [-22.9, +0.4]: not
      distinguishable.
      Trees of 1 program (n_p 1), 1 repair of each that fails
      (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop
      or which program counts; a user does not have them.

    pass@t in %: problems solved, and what that costs
      (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased,
      token_definition billed
    n_p 1, n_f 1, mean_tokens 186, pass_rate 70.0 [50.0, 86.9]
      iid: baseline_pass_rate 70.7, diff -0.7 [-12.0, +6.2]
      iid_staged: baseline_pass_rate 81.6, diff -11.6
        [-22.9, +0.4]
    n_p 2, n_f 1, mean_tokens 301, pass_rate 86.7
        [26.2, 100.0](1)
      iid: baseline_pass_rate 82.6, diff +4.1 [-11.0, +10.6]
      iid_staged: baseline_pass_rate -(2)
    n_p 3, n_f 1, mean_tokens 400, pass_rate 95.0
        [44.4, 100.0](1)
      iid: baseline_pass_rate 90.0, diff +5.0 -(3)
      iid_staged: baseline_pass_rate -(2)
    n_p first programs, n_f repairs of each that fails. Order
      batch: all programs, then repairs if all fail. iid spends
      as much on first programs, all paid for. iid_staged draws
      n_p of them, further ones only if all fail. In brackets:
      95 % intervals over new problems.
    (2) the same budget buys more first programs than the 4 that
        each problem has
    (3) no interval: the figure does not exist in 161 of 400
        resamples of the problems

    budget saved against iid (budget_saved.csv), to solve
      75.0 %: 220 instead of 218 billed tokens a problem, saved
      -0.9 % (4); 90.0 % (the most that it solves): 341 instead
      of 400 billed tokens a problem, saved 14.8 % [-8.4, 40.0]
    cost of a solved problem (coverage_at_cost.csv), in billed
      tokens: 265 [174, 452]; of each that repairs solve beyond
      the programs: 570
    (4) no interval: the figure does not exist in 132 of 400
        resamples of the problems
    ");
}

#[test]
fn a_run_of_first_programs_alone_says_what_plain_sampling_solves() {
    insta::assert_snapshot!(shown(whole_run("iid"), 80), @"
    run       starter-iid-0a1b2c3d
    data      starter, 10 problems
    model     sim/journeyman
    strategy  iid (oracle level: clean)
    engine    wasm L3, CPython 3.14.0 (wasm)

    pass@1 55.0 % [35.0, 75.0]
    submitted 50.0 % [20.0, 80.0] (the best of 4 programs by the public tests, at
      400 billed tokens a problem)
    first programs (sampling.csv), in %: pass^4 20.0, g_pass@4 60.0 (tau 0.5),
      mg_pass@4 35.0, maj@4 55.0, picked@4 50.0, selection_loss@4 40.0
    spent: 4000 tokens in 40 calls, 0 of them lost and 0 unanswered

    status        first programs
    ----------------------------
    passed                    22
    wrong_answer              18
    total                     40

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group  k  value       [low, high]  problems  billed_tokens
    ----------------------------------------------------------
    all    1   55.0      [35.0, 75.0]        10            100
    all    2   73.3      [47.4, 89.7]        10            200
    all    4   90.0  [55.5, 100.0](1)        10            400
    easy   1   60.0      [35.0, 85.0]         5            100
    easy   2   80.0  [14.7, 100.0](1)         5            200
    easy   4  100.0  [47.8, 100.0](1)         5            400
    hard   1   50.0      [20.0, 80.0]         5            100
    hard   2   66.7      [22.1, 93.3]         5            200
    hard   4   80.0  [20.0, 100.0](1)         5            400
    (1) few_informative: fewer than five problems differ from the commonest value,
        so the interval is widened to what so few can rule out

    Plain sampling solves 55.0 % [35.0, 75.0] of 10 problems with one program
      (pass@1, 100 billed tokens a problem), 90.0 % [55.5, 100.0] with 4 programs
      (pass@4, 400 billed tokens a problem).
      Nothing was repaired, so there is nothing to compare.
      Few problems differ from the rest (few_informative): intervals are widened to
      what so few can rule out.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p   mean_              pass_rate
         tokens            [low, high]
    ----------------------------------
      1     100      55.0 [35.0, 75.0]
      2     200      73.3 [47.4, 89.7]
      3     300  82.5 [26.2, 100.0](1)
    n_p independent programs, all paid for (iid). Drawn one by one until one passes
      (iid_sequential) they are order dfs in the file. In brackets: 95 % intervals
      over new problems.

    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 364
      [197, 2757]
    ");
}

#[test]
fn a_run_with_a_critic_says_what_n_f_and_n_r_are() {
    insta::assert_snapshot!(shown(critic_run(), 80), @"
    run       starter-repair-0a1b2c3d
    data      starter, 3 problems
    model     sim/journeyman+sim/expert
    strategy  repair (oracle level: hidden_stop)
    engine    wasm L3, CPython 3.14.0 (wasm); for what that cannot run, process L3,
              CPython 3.11.7

    !! simulated model: these numbers test the wiring, they say nothing about models

    stopped early: 1 of 3 problems reached, 1 of 3 trees finished; only these count
    pass@1 50.0 % (1); 16.7 % if everything not scored or not reached failed, 83.3 %
      if it passed
    submitted 100.0 % (1) (the best of 6 programs by the public tests, at 1380
      billed tokens a problem); 100.0 % (1) over 1 problem with public tests
    repair_success 50.0 % (1) (repairs that pass, mean over 1 failing program)
    critic: accuracy 100.0 % (1) on 2 critiques, 50.0 % for a critic who always says
      the same; precision 100.0 % (1), recall 100.0 % (1), F1 100.0 % (1) of failing
      programs
    critic: incorrect_to_correct 50.0 % (1) (repairs of failing programs that pass),
      correct_to_incorrect 50.0 % (1) (repairs of passing programs that fail)
    first programs (sampling.csv), in %: pass^2 0.0, g_pass@2 100.0 (tau 0.5),
      mg_pass@2 0.0, maj@2 50.0, picked@2 0.0, selection_loss@2 100.0
    spent: 1380 tokens in 9 calls, 0 of them lost and 0 unanswered
    of that: coder 200 tokens, critic 420 tokens, repairer 760 tokens
    (1) an interval over problems needs two scored problems

    status        first programs  repairs
    -------------------------------------
    passed                     1        2
    wrong_answer               1        2
    total                      2        4

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group  k  value  [low, high]  problems  billed_tokens
    -----------------------------------------------------
    all    1   50.0         -(1)         1            100
    all    2  100.0         -(1)         1            200
    all    4   -(2)                      1
    easy   1   50.0         -(1)         1            100
    easy   2  100.0         -(1)         1            200
    easy   4   -(2)                      1
    hard   1   -(3)                      0
    hard   2   -(3)                      0
    hard   4   -(3)                      0
    (2) problem `starter/10` has 2 scored programs, fewer than k = 4
    (3) no problem is scored

    transitions (transitions.csv): 4 repairs; of wrong programs 50.0 % (1) are
      mended, of right ones 50.0 % (1) are broken; delta_up -(4), delta_down -(4)
    regressed_tests 12.5 %, fixed_tests 50.0 % (mean over repairs); 0 of 4 repairs
      are an earlier program again
    (4) program `p0` of `starter/10` has several repairs: no line runs through it

    In this simulation, on a stopped sample (1 of 3 problems), repair solves 100.0 %
      of 1 problem at 200 billed tokens a problem, plain sampling (iid_staged)
      100.0 %, difference +0.0 points; whether that is chance is not known (an
      interval over problems needs two scored problems).
      Trees of 2 programs (n_p 2), 1 critique of each that fails (n_f 1), 2 repairs
      by each (n_r 2), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program
      counts; a user does not have them.
      A stopped sample: how many problems were finished depends on how they turned
      out, so rates are biased; intervals hold whatever stopped the run.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f  n_r   mean_    pass_rate  baseline    baseline_                   diff
                   tokens  [low, high]              pass_rate  [diff_low, diff_high]
    --------------------------------------------------------------------------------
      1    1    1     265    75.0 -(1)  each             -(5)
      1    1    2     360   100.0 -(1)  each             -(5)
      2    1    1     200   100.0 -(1)  iid             100.0              +0.0 -(1)
                                        iid_staged      100.0              +0.0 -(1)
      2    1    2     200   100.0 -(1)  iid             100.0              +0.0 -(1)
                                        iid_staged      100.0              +0.0 -(1)
    n_p first programs, n_f critiques of each that fails, n_r repairs by each
      critique. Order batch: all programs, then repairs if all fail. iid spends as
      much on first programs, all paid for. iid_staged draws n_p of them, further
      ones only if all fail. In brackets: 95 % intervals over new problems.
    (5) the same budget buys more first programs than the 2 that each problem has

    budget saved against iid (budget_saved.csv), to solve 100.0 % (the most that it
      solves): 360 instead of 200 billed tokens a problem, saved -80.0 % (1)
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 200
    ");
}

#[test]
fn a_stopped_run_says_that_it_is_a_sample_and_which_way_it_leans() {
    let (manifest, mut trees) = whole_run("self-repair");
    trees.truncate(6);
    insta::assert_snapshot!(from(&shown((manifest, trees), 80), "On a stopped"), @"
    On a stopped sample (6 of 10 problems), repair solves 100.0 % [38.4, 100.0] of 6
      problems at 300 billed tokens a problem, plain sampling (iid_staged) 100.0 %,
      difference +0.0 points; whether that is chance is not known (the run was
      stopped: how many problems it finished depends on their outcomes, and no
      interval allows for that here).
      Trees of 3 programs (n_p 3), 1 repair of each that fails (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program
      counts; a user does not have them.
      A stopped sample: how many problems were finished depends on how they turned
      out, so rates are biased; intervals hold whatever stopped the run.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_      pass_rate  baseline    baseline_                   diff
              tokens    [low, high]              pass_rate  [diff_low, diff_high]
    -----------------------------------------------------------------------------
      1    1     140           91.7  iid              86.3              +5.4 -(1)
                       [34.9, 99.5]  iid_staged       99.7              -8.1 -(1)
      2    1     211          100.0  iid              97.5              +2.5 -(1)
                      [38.4, 100.0]  iid_staged       -(2)
      3    1     300          100.0  iid             100.0              +0.0 -(1)
                      [38.4, 100.0]  iid_staged      100.0              +0.0 -(1)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs,
      then repairs if all fail. iid spends as much on first programs, all paid for.
      iid_staged draws n_p of them, further ones only if all fail. In brackets: 95 %
      intervals over new problems.
    (2) the same budget buys more first programs than the 4 that each problem has

    budget saved against iid (budget_saved.csv), to solve 100.0 % (the most that it
      solves): 211 instead of 300 billed tokens a problem, saved 29.8 % (1)
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 300
    ");
}

#[test]
fn a_run_with_unscored_problems_says_how_many_are_in_no_mean() {
    let (manifest, mut trees) = whole_run("self-repair");
    trees[0] = unscored(&trees[0].key);
    insta::assert_snapshot!(shown((manifest, trees), 80), @"
    run       starter-self-repair-0a1b2c3d
    data      starter, 10 problems
    model     sim/journeyman+sim/expert
    strategy  self-repair (oracle level: hidden_stop)
    engine    wasm L3, CPython 3.14.0 (wasm)

    scored: 9 of 10 problems, 36 of 38 first programs, 18 of 18 repairs; the others
      are in no mean
    pass@1 50.0 % [30.6, 69.4]; 45.0 % if everything unscored failed, 55.0 % if it
      passed
    submitted 44.4 % [0.0, 78.8](1) (the best of 2 to 8 programs by the public
      tests, at 722 billed tokens a problem)
    repair_success 33.3 % [14.8, 50.0] (repairs that pass, mean over 18 failing
      programs)
    first programs (sampling.csv), in %: pass^4 11.1, g_pass@4 55.6 (tau 0.5),
      mg_pass@4 27.8, maj@4 50.0, picked@4 44.4, selection_loss@4 44.4
    spent: 7220 tokens in 56 calls, 0 of them lost and 0 unanswered
    of that: coder 3800 tokens, repairer 3420 tokens
    (1) few_informative: fewer than five problems differ from the commonest value,
        so the interval is widened to what so few can rule out

    status        first programs  repairs
    -------------------------------------
    passed                    18        6
    wrong_answer              18       12
    unscored                   2        0
    total                     38       18
    unscored 2: the test calls nothing

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group  k  value       [low, high]  problems  billed_tokens
    ----------------------------------------------------------
    all    1   50.0      [30.6, 69.4]         9            100
    all    2   70.4      [45.0, 88.9]         9            200
    all    4   88.9  [51.8, 100.0](1)         9            400
    easy   1   50.0    [5.1, 94.9](1)         4            100
    easy   2   75.0   [6.8, 100.0](1)         4            200
    easy   4  100.0  [39.8, 100.0](1)         4            400
    hard   1   50.0      [20.0, 80.0]         5            100
    hard   2   66.7      [22.1, 93.3]         5            200
    hard   4   80.0  [20.0, 100.0](1)         5            400

    Repair solves 66.7 % [46.2, 83.3] of 9 problems (1 more could not be scored) at
      195 billed tokens a problem, plain sampling (iid_staged) 79.5 %, difference
      -12.9 points [-25.9, +0.5]: not distinguishable.
      Trees of 1 program (n_p 1), 1 repair of each that fails (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program
      counts; a user does not have them.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_         pass_rate  baseline    baseline_                   diff
              tokens       [low, high]              pass_rate  [diff_low, diff_high]
    --------------------------------------------------------------------------------
      1    1     195              66.7  iid              69.4     -2.7 [-15.0, +5.1]
                          [46.2, 83.3]  iid_staged       79.5    -12.9 [-25.9, +0.5]
      2    1     313              85.2  iid              81.6    +3.6 [-15.2, +11.5]
                      [21.2, 100.0](1)  iid_staged       -(2)
      3    1     411              94.4  each             -(2)
                      [40.0, 100.0](1)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs,
      then repairs if all fail. iid spends as much on first programs, all paid for.
      iid_staged draws n_p of them, further ones only if all fail. In brackets: 95 %
      intervals over new problems.
    (2) the same budget buys more first programs than the 4 that each problem has

    budget saved against iid (budget_saved.csv), to solve 75.0 %: 248 instead of 245
      billed tokens a problem, saved -1.0 % (3); 88.9 % (the most that it solves):
      352 instead of 400 billed tokens a problem, saved 12.0 % [-11.0, 37.0]
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 292
      [190, 501]; of each that repairs solve beyond the programs: 570
    (3) no interval: the figure does not exist in 81 of 400 resamples of the
        problems
    ");
}

#[test]
fn no_terminal_is_too_wide_or_too_narrow() {
    for width in (5..200).step_by(13) {
        for run in [whole_run("self-repair"), whole_run("iid"), critic_run(), (manifest(), trees())] {
            shown(run, width);
        }
    }
}
