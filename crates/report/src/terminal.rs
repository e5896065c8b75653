//! A summary as tables for a terminal.

use crate::cells::{Notes, interval, percent};
use crate::plain::plain;
use crate::tables::{table, wrap};
use crate::{budgets, heat_map, pass_at_t};
use mend_core::{RunManifest, Status};
use mend_metrics::{CriticFigures, Figure, Selection, Summary, TokenDefinition};
use std::collections::BTreeMap;

/// What of a summary a terminal shows.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// By which definition tokens are counted; `None` for `billed`, or the paper's where that is unknown.
    pub tokens: Option<TokenDefinition>,
    /// Which node of a tree counts in tables of pass@t.
    pub selection: Selection,
    /// Whether to draw the normalised pass rates as a map, if the settings form one.
    pub heat_map: bool,
    /// Whether that map has colours.
    pub colour: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { tokens: None, selection: Selection::OracleAny, heat_map: false, colour: false }
    }
}

/// The summary as text, within `width` columns (at least 60). Rates are in percent.
///
/// Nothing in it is a control character but the line feeds, and colours where the view asks for them.
pub fn render(manifest: &RunManifest, summary: &Summary, view: View, width: u16) -> String {
    let width = width.max(60);
    let mut sections = vec![
        header(manifest, summary, width),
        overview(manifest, summary, width),
        statuses(summary, width),
        pass_at_k(summary, width),
        pass_at_t::section(summary, view, width),
    ];
    if view.heat_map {
        sections.extend(heat_map::section(summary, view, width));
    }
    sections.extend(budgets::sections(summary, view, width));
    sections.join("\n")
}

/// Reasons for unscored programs that are shown.
const REASONS: usize = 5;

const STATUSES: [Status; 13] = [
    Status::Passed,
    Status::WrongAnswer,
    Status::RuntimeError,
    Status::CompileError,
    Status::MissingEntryPoint,
    Status::TimeLimit,
    Status::MemoryLimit,
    Status::OutputLimit,
    Status::ProcessLimit,
    Status::DiskLimit,
    Status::SandboxViolation,
    Status::NoCode,
    Status::Unsupported,
];

fn header(manifest: &RunManifest, summary: &Summary, width: u16) -> String {
    let run = &summary.run;
    let replicates = match manifest.identity.replicates {
        1 => String::new(),
        n => format!(", {n} replicates"),
    };
    let lines = [
        ("run", run.id.clone()),
        ("data", format!("{}, {}{replicates}", run.dataset, problems(summary.coverage.problems))),
        ("model", run.model.clone()),
        ("strategy", format!("{} (oracle level: {})", run.strategy, run.oracle_level)),
        match &manifest.identity.imported {
            Some(file) => ("verdicts", format!("as published in {} ({}), none of ours", file.file, file.format)),
            None => ("engine", manifest.identity.engines().to_string()),
        },
    ];
    let mut text: String =
        lines.iter().map(|(name, value)| wrap(&format!("{name:<10}{}", plain(value)), width, 10)).collect();
    if run.simulated {
        text.push('\n');
        let warning = "!! simulated model: these numbers test the wiring, they say nothing about models";
        text.push_str(&wrap(warning, width, 3));
    }
    text
}

fn overview(manifest: &RunManifest, summary: &Summary, width: u16) -> String {
    let (coverage, first) = (&summary.coverage, &summary.first_programs);
    let mut lines = vec![];
    if coverage.finished < coverage.trees {
        lines.push(format!(
            "stopped early: {} of {} problems reached, {} of {} trees finished; only these count",
            coverage.reached, coverage.problems, coverage.finished, coverage.trees
        ));
    }
    if first.unscored > 0 || summary.repairs.unscored > 0 {
        let repairs = match summary.repairs.total {
            0 => String::new(),
            total => format!(", {} of {total} repairs", summary.repairs.scored()),
        };
        lines.push(format!(
            "scored: {} of {} problems, {} of {} first programs{repairs}; the others are in no mean",
            coverage.scored,
            coverage.reached,
            first.scored(),
            first.total,
        ));
    }
    let mut pass_at_1 = vec![format!("pass@1 {}", percent_of(&summary.pass_at_1.value))];
    if first.unscored > 0 {
        pass_at_1.push(format!(
            "{} if everything unscored failed, {} if it passed",
            percent_of(&summary.pass_at_1.if_unscored_fail),
            percent_of(&summary.pass_at_1.if_unscored_pass)
        ));
    }
    if first.of(Status::TimeLimit) > 0 {
        let without = percent_of(&summary.pass_at_1_without_time_limits);
        pass_at_1.push(format!("{without} if every time limit had passed"));
    }
    lines.push(pass_at_1.join("; "));
    let mut submitted = vec![format!("submitted programs that pass: {}", percent_of(&summary.submitted.value))];
    let with_public_tests = summary.problems_with_public_tests;
    if (1..coverage.problems).contains(&with_public_tests) {
        let there = percent_of(&summary.submitted_with_public_tests.value);
        submitted.push(format!("{there} over {} with public tests", problems(with_public_tests)));
    }
    lines.push(submitted.join("; "));
    if summary.repairs.total > 0 {
        lines.push(format!(
            "repairs that pass: {} (mean over {} failing programs)",
            percent_of(&summary.repair_success),
            summary.repaired_programs
        ));
    }
    if let Some(critics) = &summary.critics {
        lines.extend(critic_lines(critics));
    }
    if summary.cooperative_passes > 0 {
        lines.push(format!(
            "passes on problems whose tests cannot be kept apart from the program: {}",
            summary.cooperative_passes
        ));
    }
    if manifest.identity.imported.is_none() {
        let spending = &summary.spending;
        lines.push(format!(
            "spent: {} tokens{} in {} calls, {} of them lost and {} unanswered{}",
            spending.tokens,
            spending.usd.map_or(String::new(), |usd| format!(" and ${usd}")),
            spending.calls,
            spending.lost,
            spending.open,
            if spending.refused > 0 { format!(", {} refused and not billed", spending.refused) } else { String::new() },
        ));
        if spending.by_role.len() > 1 {
            let seats: Vec<String> = spending.by_role.iter().map(|(seat, cost)| format!("{seat} {cost}")).collect();
            lines.push(format!("of that: {}", seats.join(", ")));
        }
    }
    lines.iter().map(|line| wrap(&plain(line), width, 2)).collect()
}

/// What critics are worth: the transitions always, the opinions where they say something.
fn critic_lines(critics: &CriticFigures) -> Vec<String> {
    let mut lines = vec![];
    if critics.accuracy.value().is_some() {
        lines.push(format!(
            "critic: accuracy {} on {} critiques ({} of their programs fail); of failing programs, precision {}, \
             recall {}, F1 {}",
            percent_of(&critics.accuracy),
            critics.critiques,
            percent_of(&critics.base_rate),
            percent_of(&critics.precision),
            percent_of(&critics.recall),
            percent_of(&critics.f1)
        ));
    }
    if critics.correct_to_incorrect.value().is_some() {
        lines.push(format!(
            "after a critique {} of the repairs of failing programs pass, and {} of those of passing programs fail",
            percent_of(&critics.incorrect_to_correct),
            percent_of(&critics.correct_to_incorrect)
        ));
    }
    lines
}

fn statuses(summary: &Summary, width: u16) -> String {
    let tallies = [&summary.first_programs, &summary.repairs];
    let row = |name: &str, counts: [u64; 2]| {
        (counts != [0, 0]).then(|| vec![name.to_owned(), counts[0].to_string(), counts[1].to_string()])
    };
    let rows = STATUSES
        .iter()
        .map(|status| row(status.as_str(), tallies.map(|tally| tally.of(*status))))
        .chain([row("unscored", tallies.map(|tally| tally.unscored)), row("total", tallies.map(|tally| tally.total))])
        .flatten()
        .collect();
    let mut text = table(width, 1, &["status", "first programs", "repairs"], rows);
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in tallies.iter().flat_map(|tally| &tally.no_code) {
        *reasons.entry(reason.as_str()).or_default() += count;
    }
    if !reasons.is_empty() {
        let counts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        text.push_str(&wrap(&format!("no_code by finish reason: {}", counts.join(", ")), width, 2));
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in tallies.iter().flat_map(|tally| &tally.unscored_reasons) {
        *reasons.entry(reason).or_default() += count;
    }
    let mut reasons: Vec<(&str, u64)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (reason, count) in reasons.iter().take(REASONS) {
        text.push_str(&wrap(&plain(&format!("unscored {count}: {reason}")), width, 2));
    }
    if reasons.len() > REASONS {
        text.push_str(&wrap("further reasons stand in samples.csv", width, 2));
    }
    text
}

fn pass_at_k(summary: &Summary, width: u16) -> String {
    let mut notes = Notes::default();
    let rows = summary
        .pass_at_k
        .iter()
        .map(|row| {
            vec![
                plain(&row.group),
                row.k.to_string(),
                notes.cell(&row.value, |value| percent(*value)),
                notes.cell(&row.interval, interval),
                row.problems.to_string(),
            ]
        })
        .collect();
    let mut text = "pass@k in %, unbiased\n".to_owned();
    text.push_str(&table(width, 1, &["group", "k", "pass@k", "95 % interval", "problems"], rows));
    text + &notes.text(width)
}

fn percent_of(figure: &Figure) -> String {
    match figure {
        Figure::Value(value) => format!("{} %", percent(*value)),
        Figure::Absent(why) => format!("- ({why})"),
    }
}

fn problems(count: u32) -> String {
    if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, summary, trees};
    use mend_metrics::{Interval, Options, summarize};

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
        pass@1 33.3 %; 33.3 % if everything unscored failed, 45.8 % if it passed; 50.0 %
          if every time limit had passed
        submitted programs that pass: 100.0 %; 100.0 % over 1 problem with public tests
        repairs that pass: 25.0 % (mean over 4 failing programs)
        spent: 2320 tokens in 16 calls, 0 of them lost and 0 unanswered
        of that: coder 800 tokens, repairer 1520 tokens

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

        pass@k in %, unbiased
        group  k  pass@k  95 % interval  problems
        -----------------------------------------
        all    1    33.3    [0.0, 66.7]         2
        all    3    50.0   [0.0, 100.0]         2
        all    5       -              -         2
        easy   1    66.7              -         1
        easy   3   100.0              -         1
        easy   5       -              -         1
        hard   1     0.0              -         1
        hard   3     0.0              -         1
        hard   5       -              -         1
        - problem `starter/10` has 3 scored programs, fewer than k = 5
        - an interval over problems needs two scored problems
        - problem `starter/9` has 3 scored programs, fewer than k = 5

        pass@t in %, unbiased, batch order, `billed` tokens
        n_p  n_f  tokens         pass@t   iid   pass@t - iid  staged  pass@t - staged
        -----------------------------------------------------------------------------
          1    1     227           50.0  50.0           +0.0    50.0             +0.0
                           [16.7, 83.3]        [-4.4, +16.7]           [-16.7, +16.7]
          1    2       -              -     -              -       -                -
          2    1     390           66.7     -              -       -                -
                          [33.3, 100.0]
          2    2       -              -     -              -       -                -
          5    1       -              -     -              -       -                -
          5    2       -              -     -              -       -                -
        iid: as many tokens on first programs, all paid for. staged: n_p programs,
          further ones only if all fail. In brackets: 95 % intervals over problems.
        - problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        - the same budget buys more first programs than the 3 that each problem has
        - problem `starter/10` has 3 scored programs, fewer than n_p = 5
        ");
    }

    #[test]
    fn the_commonest_reasons_for_unscored_programs_are_shown() {
        let mut summary = summary();
        let reasons = ["a", "b", "c", "d", "e", "f"].into_iter().zip(1..);
        summary.first_programs.unscored_reasons =
            reasons.map(|(name, count)| (format!("lacks {name}"), count)).collect();
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

    #[test]
    fn intervals_stand_beside_their_figures_where_there_is_room() {
        let text = render(&manifest(), &summary(), View::default(), 120);
        check_width(&text, 120);
        let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pass@t")).collect();
        insta::assert_snapshot!(table.join("\n"), @"
        pass@t in %, unbiased, batch order, `billed` tokens
        n_p  n_f  tokens              pass@t   iid        pass@t - iid  staged      pass@t - staged
        -------------------------------------------------------------------------------------------
          1    1     227   50.0 [16.7, 83.3]  50.0  +0.0 [-4.4, +16.7]    50.0  +0.0 [-16.7, +16.7]
          1    2       -                   -     -                   -       -                    -
          2    1     390  66.7 [33.3, 100.0]     -                   -       -                    -
          2    2       -                   -     -                   -       -                    -
          5    1       -                   -     -                   -       -                    -
          5    2       -                   -     -                   -       -                    -
        iid: as many tokens on first programs, all paid for. staged: n_p programs, further ones only if all fail. In brackets:
          95 % intervals over problems.
        - problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        - the same budget buys more first programs than the 3 that each problem has
        - problem `starter/10` has 3 scored programs, fewer than n_p = 5
        ");
    }

    #[test]
    fn the_map_and_the_budgets_are_shown_if_asked_for() {
        let (manifest, trees) = (manifest(), trees());
        let options = Options { within: vec![400], at: vec![250.0], ..crate::testing::options() };
        let summary = summarize(&manifest, &trees, &options);
        let view = View { heat_map: true, tokens: Some(TokenDefinition::Billed), ..View::default() };
        let text = render(&manifest, &summary, view, 80);
        check_width(&text, 80);
        let shown: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pass rate of trees")).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        pass rate of trees divided by that of first programs for the same mean cost:
          unbiased, batch order, `billed` tokens
        n_f \ n_p       1       2       5
                2       -       -       -
                1    1.00  O.O.B.       -
        O.O.B.: the same budget buys more first programs than were collected.
        - problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        - problem `starter/10` has 3 scored programs, fewer than n_p = 5

        pass@t at mean cost T, over n_p, in %: `billed`
        order  n_f  n_r    T  pass@t@T  95 %  baseline  difference  95 %
        ----------------------------------------------------------------
        batch    1    1  250      52.4     -      50.0        +2.4     -
        dfs      1    1  250      53.0     -         -           -     -
        bfs      1    1  250      53.4     -         -           -     -
        - 52 of 200 resamples have no value
        - the budget lies outside of what was collected
        - 107 of 200 resamples have no value

        pass rate within a hard cap of T `billed` tokens per problem, in %
        order  n_p  n_f  n_r    T  within T    95 %  in turn  difference            95 %
        --------------------------------------------------------------------------------
        dfs      1    1    1  400      50.0  [16.7,     50.0        +0.0  [-16.7, +16.7]
                                              83.3]
        dfs      2    1    1  400      58.3  [16.7,     50.0        +8.3   [+0.0, +16.7]
                                             100.0]
        bfs      1    1    1  400      50.0  [16.7,     50.0        +0.0  [-16.7, +16.7]
                                              83.3]
        bfs      2    1    1  400      58.3  [16.7,     50.0        +8.3   [+0.0, +16.7]
                                             100.0]
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
        pass@t in %, handed in by the public tests, unbiased, depth first, `billed` tokens
        n_p  n_f  tokens            pass@t   iid       pass@t - iid  in turn  pass@t - in turn
        --------------------------------------------------------------------------------------
          1    1     132  33.3 [0.0, 66.7]  33.3  +0.0 [+0.0, +0.0]        -                 -
        ");
    }

    #[test]
    fn narrow_terminals_get_no_less_than_60_columns() {
        check_width(&render(&manifest(), &summary(), View::default(), 20), 60);
    }

    #[test]
    fn the_widest_figures_fit_into_80_columns() {
        let mut summary = summary();
        let Figure::Value(rows) = &mut summary.pass_at_t else { panic!("rows") };
        for row in rows.iter_mut() {
            let wide = Figure::Value(Interval { low: -0.999, high: -0.888 });
            (row.n_p, row.n_f, row.mean_tokens) = (50, 10, Figure::Value(1_234_567.0));
            (row.pass_rate, row.interval) = (Figure::Value(1.0), Figure::Value(Interval { low: 1.0, high: 1.0 }));
            (row.baseline_pass_rate, row.difference, row.difference_interval) =
                (Figure::Value(1.0), Figure::Value(-0.999), wide);
        }
        let text = render(&manifest(), &summary, View::default(), 80);
        check_width(&text, 80);
        let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pass@t")).take(5).collect();
        insta::assert_snapshot!(table.join("\n"), @"
        pass@t in %, unbiased, batch order, `billed` tokens
        n_p  n_f   tokens          pass@t    iid    pass@t - iid  staged        pass@t -
                                                                                  staged
        --------------------------------------------------------------------------------
         50   10  1234567           100.0  100.0           -99.9   100.0           -99.9
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
        let title = "`paper` tokens (the `billed` tokens of some completions are unknown)";
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
        let json = crate::to_json(&summary);
        assert!(json.contains("\\u009b2J") && json.contains("pwned"), "{json}");
        for text in [render(&manifest, &summary, View::default(), 80), json] {
            assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
        }
    }

    #[test]
    fn a_critic_who_gets_passing_programs_too_is_told_apart_from_one_who_always_complains() {
        let (manifest, trees) = crate::testing::critic_run();
        let summary = mend_metrics::summarize(&manifest, &trees, &mend_metrics::Options::default());
        let lines = critic_lines(summary.critics.as_ref().unwrap());
        insta::assert_snapshot!(lines.join("\n"), @"
        critic: accuracy 100.0 % on 2 critiques (50.0 % of their programs fail); of failing programs, precision 100.0 %, recall 100.0 %, F1 100.0 %
        after a critique 50.0 % of the repairs of failing programs pass, and 50.0 % of those of passing programs fail
        ");
    }
}
