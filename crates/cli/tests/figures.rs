//! Trees of any shape, replayed from what was collected; and published data that becomes a run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Dice, Lab, starter_functions};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Forty percent of the first programs pass, and a fifth of the repairs.
fn published(tasks: usize, programs: usize, repairs: usize) -> String {
    let mut dice = Dice::new(5);
    let mut completion = || {
        let passed = dice.below(10) < 4;
        let mut repair = |_| {
            let tokens = 100 + dice.below(100);
            json!({"repaired_program": format!("print({tokens})"), "explanation": "It is wrong.",
                "binary": dice.below(5) == 0, "tokens_generated": tokens})
        };
        let pairs: Vec<Value> = (0..if passed { 0 } else { repairs }).map(&mut repair).collect();
        json!({"original_completion": "print(1)", "executed_completion": "print(1)", "tokens_generated": 100,
            "binary": if passed { "True" } else { "False" }, "fault": null, "errors": [["WRONG ANSWER", "1", "2"]],
            "repairs": pairs})
    };
    let row = |task: usize, completions: Vec<Value>| {
        json!({"prob_path": format!("/data/APPS/test/{:04}", 1500 * task), "completions": completions}).to_string()
            + "\n"
    };
    (0..tasks).map(|task| row(task, (0..programs).map(|_| completion()).collect())).collect()
}

/// The part of what is shown that begins so.
#[track_caller]
fn from(shown: &str, beginning: &str) -> String {
    let lines: Vec<&str> = shown.lines().skip_while(|line| !line.starts_with(beginning)).collect();
    assert!(!lines.is_empty(), "no `{beginning}` in\n{shown}");
    lines.join("\n")
}

#[test]
fn published_data_become_a_run_with_the_papers_grid() {
    let lab = Lab::new();
    lab.write("tokens.jsonl", published(4, 50, 10));
    let ran = lab.ended(0, "import self-repair tokens.jsonl --model gpt-4-0314 --out run");
    assert_snapshot!(ran.stderr, @"
    200 values of `binary` that are text: read as true and false
    962 failures without a reason: they stand as wrong answers
    written to run
    ");
    assert_snapshot!(ran.stdout.lines().take(15).collect::<Vec<_>>().join("\n"), @"
    run       apps-self-repair-gpt-4-0314-[ID]
    data      apps, 4 problems
    model     gpt-4-0314
    strategy  self-repair (oracle level: tests_visible)
    verdicts  as published in tokens.jsonl (self-repair), none of ours

    pass@1 40.0 % [34.0, 48.0]
    submitted -(1)
    repair_success 19.8 % [19.1, 20.7] (repairs that pass, mean over 120 failing programs)
    first programs (sampling.csv), in %: pass^50 0.0, g_pass@50 25.0 (tau 0.5), mg_pass@50 0.0
    passes on problems whose tests cannot be kept apart from the program: 80
    (1) no problem has public tests to choose by

    status        first programs  repairs
    -------------------------------------
    ");
    assert_snapshot!(from(&ran.stdout, "pass@t of"), @r"
    pass@t of 65 settings is in pass_at_t.csv; `--grid` shows a few

    budget saved against iid (budget_saved.csv), to solve 75.0 %: 298 instead of 276 paper tokens a
      problem, saved -8.0 % [-13.8, -4.6]; 100.0 % (the most that it solves): 3000 instead of 3300 paper
      tokens a problem, saved 9.1 % [-4568.8, 58.4](2)
    cost of a solved problem (coverage_at_cost.csv), in paper tokens: 5000 [1988, 14035]

    normalised: pass_rate divided by baseline_pass_rate of iid (heat_map.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition paper
    n_f \ n_p       1       2       5      10      25
           10    0.92    0.99    1.00    1.00    1.00
            5    0.84    0.98    1.02    1.00    1.00
            3    0.81    0.97    1.03    1.00    1.00
            1    0.84    0.97    1.04    1.00    1.00
    ");
    let manifest: Value = serde_json::from_str(&lab.read("run/manifest.json")).unwrap();
    assert_eq!(manifest["identity"]["imported"]["format"], "self-repair");
    assert_eq!(manifest["identity"]["tokenizer"], "as published");
    // The same again, from the journal alone.
    assert_eq!(lab.ended(0, "report run").stdout, ran.stdout);
    let resumed = lab.ended(2, "resume run");
    assert_snapshot!(resumed.stderr, @"
    error: the run was imported from `tokens.jsonl`: it is complete, and nobody can be asked again
    hint: `mend report run` shows it
    ");
    let map = lab.read("run/heat_map.csv");
    assert_eq!(map.lines().count(), 1 + 4 * 3 * 4, "a line for each group, order and n_f");
}

#[test]
fn the_papers_own_result_files_are_written() {
    let lab = Lab::new();
    lab.write("tokens.jsonl", published(4, 50, 10));
    lab.ended(0, "import self-repair tokens.jsonl --model gpt-4 --out run --json");
    let ran = lab.ended(0, "report run --grid n_p=1,order=batch --paper-json files --json");
    assert_eq!(ran.stderr, "8 result files of the paper's form are in files\n");
    let file: Value = serde_json::from_str(&lab.read("files/gpt-4-full-kn-batch.json")).unwrap();
    let cells = file.as_object().unwrap();
    assert_eq!(cells.len(), 5 * 4 + 50);
    assert!(cells.contains_key("(25, 10)") && cells.contains_key("(50, 0)"));
    let [pass, tokens, samples] = ["0", "1", "2"].map(|place| {
        let figure = &cells["(1, 0)"][place.parse::<usize>().unwrap()];
        (figure[0].as_f64().unwrap(), figure[1].as_f64().unwrap())
    });
    assert!((0.2..0.6).contains(&pass.0) && pass.1 > 0.0, "{pass:?}");
    assert_eq!(tokens, (100.0, 0.0));
    assert_eq!(samples, (1.0, 0.0));
    let line: Value = serde_json::from_str(&lab.read("files/gpt-4-nfr1-batch-interview.json")).unwrap();
    assert_eq!(line.as_object().unwrap().len(), 25 + 50);
}

#[test]
fn what_is_wrong_with_published_data_is_told_by_line_and_field() {
    let lab = Lab::new();
    let rows = published(1, 2, 2);
    lab.write("bad.jsonl", rows.replacen("\"binary\":\"", "\"binary\":[],\"was\":\"", 1));
    let ran = lab.ended(2, "import self-repair bad.jsonl --out run");
    assert_snapshot!(ran.stderr, @"
    error: bad.jsonl:1: `completions[0].binary`: expected true or false, found `[]`
    hint: `--skip-invalid` leaves such rows out, counted and named
    ");
    let ran = lab.ended(2, "import self-repair bad.jsonl --out run --skip-invalid");
    assert_snapshot!(ran.stderr, @"error: bad.jsonl:1: no task was found: 1 skipped, the first at line 1: `completions[0].binary`: expected true or false, found `[]`");
    assert!(!lab.path("run").exists());
    lab.write("good.jsonl", &rows);
    lab.ended(0, "import self-repair good.jsonl --out run --json");
    assert_snapshot!(lab.ended(2, "import self-repair good.jsonl --out run --json").stderr.lines().last().unwrap(), @"hint: go on with it by `mend resume run`, or choose another directory with `--out`");
}

#[test]
fn a_file_of_single_repairs_is_imported_only_as_somebody_says() {
    let lab = Lab::new();
    lab.write("once.jsonl", published(2, 3, 1));
    let refused = lab.ended(2, "import self-repair once.jsonl");
    assert_snapshot!(refused.stderr, @"
    error: once.jsonl: all failing programs with repairs have exactly one (4 of 6 programs): either they passed when they were run again, as the format marks it, and 6 programs pass; or they failed and were repaired once, and 2 pass
    hint: say what they are by `--single-repairs=passed` or `--single-repairs=repaired`: it decides figures, and the run's id with them
    ");
    assert!(!lab.path("results").exists());
    let id = |choice: &str, passing: usize| {
        lab.ended(0, &format!("import self-repair once.jsonl --single-repairs={choice} --out {choice} --json"));
        let manifest: Value = serde_json::from_str(&lab.read(&format!("{choice}/manifest.json"))).unwrap();
        assert_eq!(manifest["identity"]["imported"]["choices"]["single_repairs"], choice);
        let samples = lab.read(&format!("{choice}/samples.csv"));
        let first = samples.lines().filter(|row| !row.contains("/r0,") && row.contains(",passed,"));
        assert_eq!(first.count(), passing);
        manifest["run_id"].as_str().unwrap().to_owned()
    };
    assert_ne!(id("passed", 6), id("repaired", 2));
}

#[test]
fn any_tree_shape_is_replayed_from_a_run_at_no_cost() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(8));
    lab.ended(0, "run --dataset functions.jsonl --model sim/journeyman --n-p 4 --n-f 2 --out run");
    let usual = lab.tables("run");
    let asked = "--grid n_p=1,2,n_f=1,2,order=dfs --within 3000 --at 1500";
    let ran = lab.ended(0, &format!("report run {asked}"));
    assert_snapshot!(from(&ran.stdout, "pass@t in"), @r"
    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order dfs, estimator unbiased, token_definition billed
    n_p  n_f   mean_              pass_rate  baseline        baseline_                   diff
              tokens            [low, high]                  pass_rate  [diff_low, diff_high]
    -----------------------------------------------------------------------------------------
      1    1    1333      65.6 [46.9, 82.8]  iid                  61.9      +3.7 [-6.1, +8.6]
                                             iid_sequential       74.5     -8.9 [-21.5, +9.1]
      1    2    1757  78.1 [15.7, 100.0](1)  iid                  69.8     +8.3 [-9.5, +19.6]
                                             iid_sequential       -(2)
      2    1    1902      84.4 [67.2, 93.8]  iid                  72.5    +11.9 [-1.2, +17.1]
                                             iid_sequential       -(2)
      2    2    2253  93.8 [24.5, 100.0](1)  iid                  78.9             +14.8 -(3)
                                             iid_sequential       -(2)
    n_p first programs, n_f repairs of each that fails. Order dfs: each program and its repairs one by
      one, until one passes. iid spends as much on first programs, all paid for. iid_sequential draws
      them one by one until one passes. In brackets: 95 % intervals over new problems.
    (2) the same budget buys more first programs than the 4 that each problem has
    (3) no interval: the figure does not exist in 241 of 2000 resamples of the problems

    budget saved against iid_sequential (budget_saved.csv), to solve 75.0 %: 1617 instead of 1344 billed
      tokens a problem, saved -20.3 % (4); 87.5 % (the most that it solves): 1996 instead of 1537 billed
      tokens a problem, saved -29.8 % [-51.2, 5.2]
    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 2031 [1150, 3615]; of each that
      repairs solve beyond the programs: 3481
    (4) no interval: the figure does not exist in 431 of 2000 resamples of the problems

    normalised: pass_rate divided by baseline_pass_rate of iid (heat_map.csv)
    selection oracle_any, order dfs, estimator unbiased, token_definition billed
    n_f \ n_p       1       2
            2    1.12    1.19
            1    1.06    1.16

    pass@t in % at a mean budget of `billed` tokens, between the two nearest n_p (pass_at_budget.csv)
    order  n_f  n_r  budget    pass_rate  baseline        baseline_                   diff
                             [low, high]                  pass_rate  [diff_low, diff_high]
    --------------------------------------------------------------------------------------
    dfs      1    1    1500    71.1 -(5)  iid_sequential       85.1             -14.0 -(6)
    (5) no interval: the figure does not exist in 600 of 2000 resamples of the problems
    (6) no interval: the figure does not exist in 1384 of 2000 resamples of the problems

    pass@t in % within a hard cap on the `billed` tokens of a problem (pass_within.csv); the baseline
      draws first programs one by one
    order  n_p  n_f  n_r   cap          pass_rate  baseline_                   diff
                                      [low, high]  pass_rate  [diff_low, diff_high]
    -------------------------------------------------------------------------------
    dfs      1    1    1  3000  65.6 [46.9, 82.8]       87.5    -21.9 [-40.6, -1.6]
    dfs      1    2    1  3000  68.8 [50.0, 85.9]       87.5    -18.8 [-35.9, +0.0]
    dfs      2    1    1  3000  75.0 [53.1, 88.5]       87.5    -12.5 [-26.0, +3.1]
    dfs      2    2    1  3000  68.8 [50.0, 85.9]       87.5    -18.8 [-35.9, +0.0]
    ");
    // Looking changes nothing, and what is written by request stands beside the usual tables.
    common::assert_same(&lab.tables("run"), &usual);
    assert_eq!(lab.ended(0, &format!("report run {asked} --out asked")).stdout, ran.stdout);
    let choice = "n_p-1-2.n_f-1-2.order-dfs";
    for name in ["pass_within", "pass_at_budget"] {
        let suffix = if name == "pass_within" { "within-3000" } else { "at-1500" };
        assert!(lab.read(&format!("asked/{name}.{choice}.{suffix}.csv")).lines().count() > 1);
    }
    let rows = lab.read(&format!("asked/pass_at_t.{choice}.csv"));
    assert!(rows.lines().skip(1).all(|row| row.contains(",dfs,")), "{rows}");
    assert_snapshot!(lab.ended(2, "report run --grid n_f=2").stderr, @"
    error: invalid value 'n_f=2' for '--grid <GRID>': `n_p` is missing: how many first programs?

    For more information, try '--help'.
    ");
    let short = lab.ended(0, "report run --grid n_p=9,n_f=1,order=batch").stdout;
    assert_snapshot!(from(&short, "pass@t in"), @"
    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order batch, estimator unbiased, token_definition billed
    n_p  n_f   mean_    pass_rate
              tokens  [low, high]
    -----------------------------
      9    1                 -(2)
    n_p first programs, n_f repairs of each that fails. Order batch: all programs, then repairs if all
      fail. iid spends as much on first programs, all paid for. iid_staged draws n_p of them, further
      ones only if all fail. In brackets: 95 % intervals over new problems.
    (2) problem `starter/f01` has 4 scored programs, fewer than n_p = 9
    ");
}

#[test]
fn a_critic_and_its_repairs_have_a_grid_of_their_own() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(8));
    let collect = "--n-p 3 --n-f 2 --n-r 2 --see hidden --out run";
    lab.ended(0, &format!("run --dataset functions.jsonl --model sim/journeyman --critic sim/expert {collect}"));
    let ran = lab.ended(0, "report run --grid n_p=2,n_f=1,2,n_r=1,2,order=bfs --out bfs.csv");
    assert_snapshot!(from(&ran.stdout, "pass@t in"), @"
    pass@t in %: problems solved, and what that costs (pass_at_t.csv)
    selection oracle_any, order bfs, estimator unbiased, token_definition billed
    n_p  n_f  n_r   mean_               pass_rate  baseline  baseline_                   diff
                   tokens             [low, high]            pass_rate  [diff_low, diff_high]
    -----------------------------------------------------------------------------------------
      2    1    1    2393   86.7 [15.7, 100.0](1)  each           -(2)
      2    1    2    2587   95.8 [34.9, 100.0](1)  each           -(2)
      2    2    1    2950   94.3 [15.7, 100.0](1)  each           -(2)
      2    2    2    2934  100.0 [63.1, 100.0](1)  each           -(2)
    n_p first programs, n_f critiques of each that fails, n_r repairs by each critique. Order bfs:
      programs one by one until one passes, then their repairs. iid spends as much on first programs,
      all paid for. iid_sequential draws them one by one until one passes. In brackets: 95 % intervals
      over new problems.
    (2) the same budget buys more first programs than the 3 that each problem has

    cost of a solved problem (coverage_at_cost.csv), in billed tokens: 2934 [1566, 5221]; of each that
      repairs solve beyond the programs: 4963
    ");
    let submitted = lab.read("bfs.csv");
    assert!(!submitted.contains(",submitted,"), "handed in by the public suite is a question of depth-first order");
    let submitted = lab.read("run/pass_at_t.csv");
    assert!(submitted.lines().filter(|row| row.contains(",submitted,")).all(|row| row.contains(",dfs,")));
    assert!(submitted.contains(",submitted,all,dfs,1,2,2,unbiased,"));
}

/// Tasks of three difficulties with failing programs, whose repairs pass in so many of so many cases each.
fn counted(rates: [usize; 3], repairs: usize, said_by: &str) -> String {
    let task = |(place, right): (usize, usize)| {
        // The paper's set: introductory tasks come last, competition ones in the middle.
        let path = format!("/data/APPS/test/{:04}", [4000, 0, 3000][place]);
        let completion = |program: usize| {
            let pairs: Vec<Value> = (0..repairs)
                .map(|repair| {
                    json!({"repaired_program": format!("print({repair})"), "explanation": said_by,
                        "binary": repair < right, "tokens_generated": 50})
                })
                .collect();
            json!({"original_completion": format!("print({program})"), "executed_completion": format!("print({program})"),
                "tokens_generated": 100, "binary": false, "fault": "WRONG ANSWER",
                "errors": [["WRONG ANSWER", "1", "2"]], "repairs": pairs})
        };
        json!({"prob_path": path, "completions": [completion(0), completion(1)]}).to_string() + "\n"
    };
    rates.into_iter().enumerate().map(task).collect()
}

#[test]
fn each_table_of_the_paper_comes_out_of_one_command_on_its_layout() {
    let lab = Lab::new();
    lab.write("by-gpt-4.jsonl", counted([4, 2, 0], 10, "a model's words"));
    lab.write("by-people.jsonl", counted([6, 4, 1], 10, "a person's words"));
    lab.ended(0, "import self-repair by-gpt-4.jsonl --model gpt-4 --out model --json");
    lab.ended(0, "import self-repair by-people.jsonl --model gpt-4 --repairer people+gpt-4 --out people --json");
    // Table 2: repair success, pooled, by difficulty.
    assert_snapshot!(lab.ended(0, "report model people --table repairs").stdout, @"
    apps-self-repair-gpt-4-[ID], gpt-4: repairs of failing programs that pass, in %: pooled over all
      repairs, and the mean over programs
    by      of            repairs  passed  pooled  [low, high]  by_program  programs  problems
    ------------------------------------------------------------------------------------------
    all     all                60      12    20.0         -(1)        20.0         6         3
    group   competition        20       0     0.0         -(1)         0.0         2         1
    group   interview          20       4    20.0         -(1)        20.0         2         1
    group   introductory       20       8    40.0         -(1)        40.0         2         1
    status  wrong_answer       60      12    20.0         -(1)        20.0         6         3
    author  gpt-4              60      12    20.0         -(1)        20.0         6         3
    round   1                  60      12    20.0         -(1)        20.0         6         3
    (1) no interval: fewer than 5 problems
    apps-self-repair-gpt-4-[ID], gpt-4+people+gpt-4: repairs of failing programs that pass, in %:
      pooled over all repairs, and the mean over programs
    by      of            repairs  passed  pooled  [low, high]  by_program  programs  problems
    ------------------------------------------------------------------------------------------
    all     all                60      22    36.7         -(1)        36.7         6         3
    group   competition        20       2    10.0         -(1)        10.0         2         1
    group   interview          20       8    40.0         -(1)        40.0         2         1
    group   introductory       20      12    60.0         -(1)        60.0         2         1
    status  wrong_answer       60      22    36.7         -(1)        36.7         6         3
    author  people+gpt-4       60      22    36.7         -(1)        36.7         6         3
    round   1                  60      22    36.7         -(1)        36.7         6         3
    ");
    // Table 1: people against a model on the same programs.
    assert_snapshot!(lab.ended(0, "report model people --table advice").stdout, @"
    repairs that pass, in %, by who said what is wrong
    group         adviser       programs  repairs  passed  pooled   [low, high]
    ---------------------------------------------------------------------------
    all           gpt-4                6       60      12    20.0   [0.0, 40.0]
    all           people+gpt-4         6       60      22    36.7  [10.0, 53.3]
    competition   gpt-4                2       20       0     0.0          -(1)
    competition   people+gpt-4         2       20       2    10.0          -(1)
    interview     gpt-4                2       20       4    20.0          -(1)
    interview     people+gpt-4         2       20       8    40.0          -(1)
    introductory  gpt-4                2       20       8    40.0          -(1)
    introductory  people+gpt-4         2       20      12    60.0          -(1)
    (1) an interval over problems needs two scored problems

    two advisers on the failing programs that both explained
    group         adviser  versus        programs  pooled  versus_   diff         [diff_low,  ratio
                                                            pooled                diff_high]
    -----------------------------------------------------------------------------------------------
    all           gpt-4    people+gpt-4         6    20.0     36.7  -16.7  [-76.6, +88.7](2)   0.55
    competition   gpt-4    people+gpt-4         2     0.0     10.0  -10.0               -(1)   0.00
    interview     gpt-4    people+gpt-4         2    20.0     40.0  -20.0               -(1)   0.50
    introductory  gpt-4    people+gpt-4         2    40.0     60.0  -20.0               -(1)   0.67
    (2) few_informative: fewer than five problems differ from the commonest value, so the interval is
        widened to what so few can rule out
    ");
    // Appendix E: of each failing program, how many repairs pass.
    assert_snapshot!(lab.ended(0, "report model --table programs").stdout, @"
    apps-self-repair-gpt-4-[ID], gpt-4: failing programs that were repaired: how many repairs of
      each pass
    group         problem    replicate  slot  status        critiques  repairs  passed
    ----------------------------------------------------------------------------------
    introductory  apps/4000          0  p0    wrong_answer          0       10       4
    introductory  apps/4000          0  p1    wrong_answer          0       10       4
    interview     apps/0000          0  p0    wrong_answer          0       10       2
    interview     apps/0000          0  p1    wrong_answer          0       10       2
    competition   apps/3000          0  p0    wrong_answer          0       10       0
    competition   apps/3000          0  p1    wrong_answer          0       10       0
    ");
    // The line of n_f = 1 over the number of programs, and the map.
    let line = lab.ended(0, "report model --grid n_p=1..2,n_f=1,order=batch").stdout;
    assert!(line.contains("n_p  n_f"), "{line}");
    let map = lab.ended(0, "report model --grid n_p=1,2,n_f=1,5,10,order=batch --axis size").stdout;
    assert!(map.contains("normalised: pass_rate divided by baseline_pass_rate"), "{map}");
    // Into a file, or as JSON.
    assert_eq!(
        lab.ended(0, "report model people --table advice --out t/advice.csv").stderr,
        "written to t/advice.csv\n"
    );
    assert!(lab.read("t/advice.csv").starts_with("group,adviser,versus,"));
    let rows: Value = serde_json::from_str(&lab.ended(0, "report model --table programs --json").stdout).unwrap();
    assert_eq!(rows[0]["rows"].as_array().unwrap().len(), 6);
}

#[test]
fn a_table_of_repairs_is_one_table_and_nothing_else() {
    let lab = Lab::new();
    lab.write("by-gpt-4.jsonl", counted([4, 2, 0], 10, "words"));
    lab.ended(0, "import self-repair by-gpt-4.jsonl --model gpt-4 --out model --json");
    let refused = |line: &str| lab.ended(2, line).stderr;
    assert_snapshot!(refused("report model --table advice --out folder"), @"
    error: `--table` is one table, and `folder` does not end in .csv
    hint: name a file, such as table.csv
    ");
    assert_snapshot!(refused("report model --table repairs --out model/repair_success.csv"), @"
    error: `model/repair_success.csv` is a run's own file: other figures must not stand there
    hint: choose another name
    ");
    assert!(refused("report model --table repairs --grid paper").contains("cannot be used with"));
    assert!(refused("report model model").contains("--table"));
    assert!(refused("report nowhere --table repairs").contains("nowhere"));
}

/// The rows of a CSV file, each field by the name of its column. No field has a quotation mark of its own.
fn rows(lab: &Lab, file: &str) -> Vec<BTreeMap<String, String>> {
    let fields = |line: &str| -> Vec<String> {
        let mut fields = vec![String::new()];
        for (place, part) in line.split('"').enumerate() {
            let mut pieces = if place % 2 == 0 { part.split(',').collect() } else { vec![part] }.into_iter();
            fields.last_mut().unwrap().push_str(pieces.next().unwrap_or_default());
            fields.extend(pieces.map(str::to_owned));
        }
        fields
    };
    let text = lab.read(file);
    let header = fields(text.lines().next().unwrap());
    text.lines().skip(1).map(|line| header.iter().cloned().zip(fields(line)).collect()).collect()
}

#[test]
fn what_repairs_save_and_what_draws_tell_stand_in_files_of_their_own() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(8));
    lab.ended(0, "run --dataset functions.jsonl --model sim/journeyman --n-p 4 --n-f 2 --out run");
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().ok();
    let saved = rows(&lab, "run/budget_saved.csv");
    assert!(
        saved.iter().any(|row| number(row, "saved").is_some()) && saved.iter().any(|row| !row["absent"].is_empty())
    );
    for row in &saved {
        let figures = ["saved", "factor"].map(|column| number(row, column));
        match (figures, number(row, "cost"), number(row, "baseline_cost")) {
            ([Some(saved), Some(factor)], Some(cost), Some(other)) => {
                assert!((saved - (1.0 - cost / other)).abs() < 1e-3 && (factor - other / cost).abs() < 1e-3, "{row:?}");
            }
            (figures, ..) => assert!(figures == [None, None] && !row["absent"].is_empty(), "{row:?}"),
        }
    }
    let costs = rows(&lab, "run/coverage_at_cost.csv");
    for row in costs.iter().filter(|row| row["group"] == "all") {
        let (cost, set, pass) = (number(row, "mean_cost"), number(row, "set_cost"), number(row, "pass_rate"));
        assert!((8.0 * cost.unwrap() - set.unwrap()).abs() < 1e-3, "{row:?}");
        assert!((number(row, "cost_per_solved").unwrap() - cost.unwrap() / pass.unwrap()).abs() < 1e-2, "{row:?}");
    }
    let draws = rows(&lab, "run/sampling.csv");
    let of = |metric: &str, tau: &str| {
        let row = draws.iter().find(|row| {
            (row["metric"].as_str(), row["group"].as_str(), row["k"].as_str(), row["tau"].as_str())
                == (metric, "all", "2", tau)
        });
        number(row.unwrap(), "value").unwrap()
    };
    assert!(of("pass^k", "") <= of("g_pass@k", "0.75") && of("g_pass@k", "0.75") <= of("g_pass@k", "0.25"));
    let by_status = rows(&lab, "run/repair_by_status.csv");
    let repairs = |by: &str| {
        by_status.iter().filter(|row| row["by"] == by).map(|row| number(row, "repairs").unwrap()).sum::<f64>()
    };
    assert!(repairs("all") > 0.0 && (repairs("all") - repairs("status")).abs() < 1e-9, "each repair has a status");
    let before = lab.tables("run");
    let chosen = lab.ended(0, "report run --reach 0.6 --estimator bayes --extrapolate 6 --write");
    assert!(
        chosen.stderr.contains("budget_saved.reach-0.6.csv")
            && chosen.stderr.contains("sampling.extrapolate-6.bayes.csv"),
        "{}",
        chosen.stderr
    );
    assert!(rows(&lab, "run/budget_saved.reach-0.6.csv").iter().any(|row| row["rate"] == "0.6"));
    let asked = rows(&lab, "run/sampling.extrapolate-6.bayes.csv");
    let row = asked.iter().find(|row| row["estimator"] == "extrapolated" && row["group"] == "all").unwrap();
    assert_eq!(
        (row["extrapolated_from"].as_str(), row["absent"].as_str()),
        ("4", "an extrapolation needs 20 problems, and there are 8")
    );
    assert!(asked.iter().any(|row| row["metric"] == "bayes@n" && row["value"].starts_with("0.")));
    assert_eq!(lab.tables("run"), before);
    assert_snapshot!(lab.ended(2, "report run --extrapolate 100").stderr, @"
    error: 100 is more than three times the 4 programs of some problem
    hint: `--extrapolate-far` extrapolates so far, with a second fit beside it
    ");
}
