//! What people see of a run, and what they never see.

mod kinds;

use super::*;
use crate::testing::{manifest, summary, trees};
use mend_metrics::{Figure, Interval, Options, Selection, summarize};

#[track_caller]
fn check_width(text: &str, width: usize) {
    for line in text.lines() {
        assert!(line.chars().count() <= width && line.trim_end() == line, "{line:?}");
    }
}

#[test]
fn a_run_fits_into_80_columns() {
    let text = render(&manifest(), &summary(), View::default(), 80);
    check_width(&text, 80);
    insta::assert_snapshot!(text, @"
    run       starter-repair-0a1b2c3d
    data      starter, 3 problems
    model     sim/journeyman+sim/expert
    strategy  repair (oracle level: hidden_stop)
    engine    wasm L3, CPython 3.14.0 (wasm); for what that cannot run, process L3,
              CPython 3.11.7

    !! simulated model: these numbers test the wiring, they say nothing about models

    stopped early: 2 of 3 problems reached, 2 of 3 trees finished; only these count
    scored: 2 of 2 problems, 6 of 7 first programs, 7 of 8 repairs; the others are
      in no mean
    pass@1 33.3 % [0.3, 95.4]; 22.2 % if everything not scored or not reached
      failed, 63.9 % if it passed; 50.0 % if every time limit had passed
    submitted 100.0 % [8.0, 100.0] (the best of 5 to 10 programs by the public
      tests, at 1110 billed tokens a problem); 100.0 % (1) over 1 problem with
      public tests
    repair_success 25.0 % (2) (repairs that pass, mean over 4 failing programs)
    first programs (sampling.csv), in %: pass^3 0.0, g_pass@3 50.0 (tau 0.5),
      mg_pass@3 0.0, maj@3 33.3, picked@3 0.0, selection_loss@3 50.0
    spent: 2320 tokens in 16 calls, 0 of them lost and 0 unanswered
    of that: coder 800 tokens, repairer 1520 tokens
    (1) an interval over problems needs two scored problems
    (2) the run was stopped: how many problems it finished depends on their
        outcomes, and no interval allows for that here

    status         first programs  repairs
    --------------------------------------
    passed                      2        2
    wrong_answer                2        4
    runtime_error               0        1
    time_limit                  1        0
    no_code                     1        0
    unscored                    1        1
    total                       7        8
    no_code by finish reason: length 1
    unscored 2: worker died

    pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)
    group  k  value  [low, high]  problems  billed_tokens
    -----------------------------------------------------
    all    1   33.3  [0.3, 95.4]         2            100
    all    3   50.0  [0.5, 99.5]         2            300
    all    5   -(3)                      2
    easy   1   66.7         -(1)         1            100
    easy   3  100.0         -(1)         1            300
    easy   5   -(3)                      1
    hard   1    0.0         -(1)         1            100
    hard   3    0.0         -(1)         1            300
    hard   5   -(4)                      1
    (3) problem `starter/10` has 3 scored programs, fewer than k = 5
    (4) problem `starter/9` has 3 scored programs, fewer than k = 5

    In this simulation, on a stopped sample (2 of 3 problems), repair solves 66.7 %
      [4.6, 99.7] of 2 problems at 390 billed tokens a problem; whether plain
      sampling (iid_staged) solves as much is not known (the same budget buys more
      first programs than the 3 that each problem has).
      Trees of 2 programs (n_p 2), 1 repair of each that fails (n_f 1), order batch.
      Oracle level hidden_stop: hidden tests decide when to stop or which program
      counts; a user does not have them.
      More first programs (`--n-p`) for each problem would tell.
      A stopped sample: how many problems were finished depends on how they turned
      out, so rates are biased; intervals hold whatever stopped the run.

    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_         pass_rate  baseline    baseline_                   diff
              tokens       [low, high]              pass_rate  [diff_low, diff_high]
    --------------------------------------------------------------------------------
      1    1     227  50.0 [3.0, 97.0]  iid              50.0              +0.0 -(2)
                                        iid_staged       50.0              +0.0 -(2)
      2    1     390  66.7 [4.6, 99.7]  each             -(5)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs,
      then repairs if all fail. iid spends as much on first programs, all paid for.
      iid_staged draws n_p of them, further ones only if all fail. In brackets: 95 %
      intervals over new problems.
    4 of 6 settings are left out: some problem does not hold as much (column
      `absent` of pass_at_t.csv).
    (5) the same budget buys more first programs than the 3 that each problem has

    budget saved against iid (budget_saved.csv), to solve 50.0 %: 227 instead of 200
      billed tokens a problem, saved -13.3 % (1); 50.0 % (the most that it solves):
      227 instead of 200 billed tokens a problem, saved -13.3 % (1)
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 585; of each
      that repairs solve beyond the programs: 1140
    ");
}

#[test]
fn the_commonest_reasons_for_unscored_programs_are_shown() {
    let mut summary = summary();
    let reasons = ["a", "b", "c", "d", "e", "f"].into_iter().zip(1..);
    summary.first_programs.unscored_reasons = reasons.map(|(name, count)| (format!("lacks {name}"), count)).collect();
    summary.repairs.unscored_reasons = [("lacks c".to_owned(), 9)].into();
    let text = render(&manifest(), &summary, View::default(), 80);
    let lines: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("unscored ") || !line.contains(": ")).take(6).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    unscored 12: lacks c
    unscored 6: lacks f
    unscored 5: lacks e
    unscored 4: lacks d
    unscored 2: lacks b
    further reasons stand in samples.csv
    ");
}

/// What is shown from a line on that begins so.
#[track_caller]
fn from(text: &str, beginning: &str) -> String {
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with(beginning)).collect();
    assert!(!lines.is_empty(), "no `{beginning}` in\n{text}");
    lines.join("\n")
}

#[test]
fn the_map_and_the_budgets_are_shown_if_asked_for() {
    let (manifest, trees) = (manifest(), trees());
    let options = Options { within: vec![400], at: vec![250.0], ..crate::testing::options() };
    let summary = summarize(&manifest, &trees, &options);
    let view = View { heat_map: true, chosen: true, tokens: Some(TokenDefinition::Billed), ..View::default() };
    let text = render(&manifest, &summary, view, 80);
    check_width(&text, 80);
    insta::assert_snapshot!(from(&text, "normalised: "), @r"
    normalised: pass_rate divided by baseline_pass_rate of iid (heat_map.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_f \ n_p       1       2       5
            2    -(5)    -(5)    -(7)
            1    1.00  O.O.B.    -(7)
    O.O.B.: the same budget buys more first programs than were collected.

    pass@t in % at a mean budget of `billed` tokens, between the two nearest n_p
      (pass_at_budget.csv)
    order batch, n_f 1, n_r 1, budget 250, pass_rate [low, high] 52.4 -(2), baseline
      iid, baseline_pass_rate 50.0, diff [diff_low, diff_high] +2.4 -(2)
    order batch, n_f 1, n_r 1, budget 250, pass_rate [low, high] 52.4 -(2), baseline
      iid_staged, baseline_pass_rate -(8)
    order dfs, n_f 1, n_r 1, budget 250, pass_rate [low, high] 53.0 -(2), baseline
      iid_sequential, baseline_pass_rate -(8)
    order bfs, n_f 1, n_r 1, budget 250, pass_rate [low, high] 53.4 -(2), baseline
      iid_sequential, baseline_pass_rate -(8)
    (8) the budget lies outside of what was collected

    pass@t in % within a hard cap on the `billed` tokens of a problem
      (pass_within.csv); the baseline draws first programs one by one
    order  n_p  n_f  n_r  cap         pass_rate  baseline_                   diff
                                    [low, high]  pass_rate  [diff_low, diff_high]
    -----------------------------------------------------------------------------
    dfs      1    1    1  400  50.0 [3.0, 97.0]       50.0    +0.0 [-92.1, +92.1]
    dfs      2    1    1  400  58.3 [3.3, 99.6]       50.0    +8.3 [-91.4, +92.7]
    bfs      1    1    1  400  50.0 [3.0, 97.0]       50.0    +0.0 [-92.1, +92.1]
    bfs      2    1    1  400  58.3 [3.3, 99.6]       50.0    +8.3 [-91.4, +92.7]
    ");
    let colours = render(&manifest, &summary, View { colour: true, ..view }, 80);
    assert!(colours.contains("\u{1b}[48;5;"), "{colours}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn what_is_handed_in_by_the_public_suite_has_a_table_of_its_own() {
    let view = View { selection: Selection::Submitted, ..View::default() };
    let text = render(&manifest(), &summary(), view, 120);
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pass@t")).take(4).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection submitted, order dfs, estimator unbiased, token_definition billed
    n_p  n_f   mean_         pass_rate  baseline        baseline_                   diff
              tokens       [low, high]                  pass_rate  [diff_low, diff_high]
    ");
}

#[test]
fn replaced_characters_and_requests_that_came_to_nothing_are_told() {
    let mut summary = summary();
    (summary.first_programs.replaced, summary.repairs.replaced) = (2, 1);
    summary.spending.came_to_nothing = mend_core::Tokens(70).into();
    let text = render(&manifest(), &summary, View::default(), 120);
    let text = text.replace("\n  ", " ");
    assert!(text.contains("each replaced by U+FFFD: 3\n"), "{text}");
    assert!(text.contains("requests that came to nothing 70 tokens"), "{text}");
}

#[test]
fn the_widest_figures_fit_into_80_columns() {
    let mut summary = summary();
    let Figure::Value(rows) = &mut summary.pass_at_t else { panic!("rows") };
    for row in rows.iter_mut() {
        let wide = Figure::Value(Interval::new(-0.999, -0.888));
        (row.n_p, row.n_f, row.mean_tokens) = (50, 10, Figure::Value(1_234_567.0));
        (row.pass_rate, row.interval) = (Figure::Value(1.0), Figure::Value(Interval::new(1.0, 1.0)));
        (row.baseline_pass_rate, row.difference, row.difference_interval) =
            (Figure::Value(1.0), Figure::Value(-0.999), wide);
    }
    let text = render(&manifest(), &summary, View::default(), 80);
    check_width(&text, 80);
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pass@t")).take(5).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f    mean_       pass_rate  baseline    baseline_                   diff
               tokens     [low, high]              pass_rate  [diff_low, diff_high]
    -------------------------------------------------------------------------------
    ");
}

#[test]
fn a_complete_run_of_a_real_model_says_nothing_of_simulation_or_stops() {
    let mut manifest = manifest();
    manifest.problems.truncate(1);
    manifest.identity.models.values_mut().for_each(|model| model.simulated = false);
    let summary = summarize(&manifest, &trees()[2..], &Options { resamples: 10, ..Options::default() });
    let text = render(&manifest, &summary, View::default(), 80);
    for absent in ["simulated", "stopped", "scored:", "unscored"] {
        assert!(!text.contains(absent), "{absent} in\n{text}");
    }
}

#[test]
fn without_billed_tokens_the_table_falls_back_to_the_papers() {
    let mut summary = summary();
    let Figure::Value(rows) = &mut summary.pass_at_t else { panic!("rows") };
    for row in rows.iter_mut().filter(|row| row.token_definition == TokenDefinition::Billed) {
        row.mean_tokens = Figure::Absent("unknown".into());
    }
    let text = render(&manifest(), &summary, View::default(), 120);
    let title = "token_definition paper\nthe billed tokens of some completions are unknown\n";
    assert!(text.contains(title), "{text}");
}

#[test]
fn control_sequences_in_names_do_not_reach_the_terminal() {
    let mut manifest = manifest();
    let hostile = "\u{1b}]0;pwned\u{7}\u{9b}2J";
    manifest.run_id = hostile.into();
    manifest.identity.dataset.name = hostile.into();
    for problem in &mut manifest.problems {
        problem.difficulty = Some(hostile.into());
        problem.id = mend_core::ProblemId::new(format!("{}{hostile}", problem.id));
    }
    let trees: Vec<_> = manifest
        .problems
        .iter()
        .map(|problem| {
            let key = mend_core::TreeKey { problem: problem.id.clone(), replicate: 0 };
            let mut tree = mend_core::RepairTree::new(key);
            tree.apply(&mend_core::Event::Submitted { ranking: vec![] }).unwrap();
            tree
        })
        .collect();
    let summary = summarize(&manifest, &trees, &Options::default());
    let json = crate::to_json(&summary, View::default());
    assert!(json.contains("\\u009b2J") && json.contains("pwned"), "{json}");
    for text in [render(&manifest, &summary, View::default(), 80), json] {
        assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
    }
}

#[test]
fn a_critic_who_gets_passing_programs_too_is_told_apart_from_one_who_always_complains() {
    let (manifest, trees) = crate::testing::critic_run();
    let summary = mend_metrics::summarize(&manifest, &trees, &mend_metrics::Options::default());
    let lines = crate::overview::critic_lines(summary.critics.as_ref().unwrap(), &mut Notes::default());
    insta::assert_snapshot!(lines.join("\n"), @"
    critic: accuracy 100.0 % (1) on 2 critiques, 50.0 % for a critic who always says the same; precision 100.0 % (1), recall 100.0 % (1), F1 100.0 % (1) of failing programs
    critic: incorrect_to_correct 50.0 % (1) (repairs of failing programs that pass), correct_to_incorrect 50.0 % (1) (repairs of passing programs that fail)
    ");
}

#[test]
fn a_bench_of_critics_says_what_they_find() {
    let estimate = |value| mend_metrics::Estimate {
        value: mend_metrics::Figure::Value(value),
        interval: mend_metrics::Figure::Absent("one problem".to_owned()),
    };
    let bugs = mend_metrics::BugFigures {
        of_damaged: 3,
        of_untouched: 2,
        damaged_without_line: 1,
        untouched_without_line: 1,
        caught: estimate(1.0 / 3.0),
        hallucinated: estimate(0.5),
        false_alarm: estimate(0.5),
        mutants: 0,
        adversarial: 0,
        comment_bleu: estimate(0.0),
        refined_equal: estimate(0.0),
        refined_passes: estimate(0.0),
        lengths: vec![],
        programs: vec![],
    };
    insta::assert_snapshot!(crate::overview::bug_line(&bugs, &mut Notes::default()), @"critic: a damaged line named in 33.3 % (1) of 3 critiques of damaged programs (1 name no line), only sound lines in 50.0 % (1) of those that name lines; 50.0 % (1) of 2 critiques of untouched programs call them incorrect (1 name no line)");
}
