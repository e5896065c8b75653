//! What a run is, how far it got, what it cost, and how its programs ended.

use crate::notes::{Notes, percent};
use crate::plain::plain;
use crate::shown::per_problem;
use crate::tables::{table, wrap};
use crate::{generated, learning, sampling, uptake};
use mend_core::{Effort, ExtractionRule, RunManifest, Status};
use mend_metrics::{
    BugFigures, Cheating, Costs, CriticFigures, Estimate, Figure, Sample, Submitted, Summary, TokenDefinition,
};
use std::collections::BTreeMap;

/// Reasons for unscored programs, and broken problems, that are shown.
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

/// What the run is.
pub(crate) fn header(manifest: &RunManifest, summary: &Summary, width: u16) -> String {
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
    if let Some(source) = &manifest.identity.rejudged {
        let note = format!(
            "source    the programs of {}, judged anew: nobody was asked. Its trees stay as they were bought: a repair answers \
             what that run's judge said, and a program that fails only here has none",
            source.run
        );
        text.push_str(&wrap(&plain(&note), width, 10));
    }
    if run.simulated {
        text.push('\n');
        let warning = "!! simulated model: these numbers test the wiring, they say nothing about models";
        text.push_str(&wrap(warning, width, 3));
    }
    text
}

/// How far it got, what came of it, and what it cost: a line for each figure of `summary.json`.
pub(crate) fn overview(manifest: &RunManifest, summary: &Summary, width: u16, notes: &mut Notes) -> String {
    let mut lines = reach(summary);
    lines.push(pass_at_1(summary, notes));
    lines.push(submitted(manifest, summary, notes));
    if summary.repairs.total > 0 {
        let count = summary.repaired_programs;
        lines.push(format!(
            "repair_success {} (repairs that pass, mean over {count} failing program{})",
            notes.share(&summary.repair_success.value, &summary.repair_success.interval),
            if count == 1 { "" } else { "s" }
        ));
    }
    if let Some(critics) = &summary.critics {
        lines.extend(critic_lines(critics, notes));
    }
    lines.extend(summary.generated_tests.iter().flat_map(|tests| generated::lines(tests, notes)));
    if let Some(cheating) = &summary.cheating {
        lines.push(cheating_line(cheating, notes));
    }
    if let Some(bugs) = &summary.bugs {
        lines.push(bug_line(bugs, notes));
        if bugs.mutants > 0 {
            lines.push(format!(
                "mutants (mutants.csv): {}, of which one of the first three critiques misses {} (adversarial); as a review: \
                 comment_bleu {}, {} of repairs are the right program again, {} pass",
                bugs.mutants,
                bugs.adversarial,
                notes.cell(&bugs.comment_bleu.value, |value| format!("{value:.1}")),
                notes.share(&bugs.refined_equal.value, &bugs.refined_equal.interval),
                notes.share(&bugs.refined_passes.value, &bugs.refined_passes.interval),
            ));
        }
    }
    lines.extend(sampling::lines(summary, notes));
    lines.extend(summary.uptake.first().and_then(|row| uptake::line(row, notes)));
    if summary.cooperative_passes > 0 {
        lines.push(format!(
            "passes on problems whose tests cannot be kept apart from the program: {}",
            summary.cooperative_passes
        ));
    }
    let replaced = summary.first_programs.replaced + summary.repairs.replaced;
    if replaced > 0 {
        lines.push(format!(
            "answers with characters that no text can hold (half a surrogate pair, or bytes outside UTF-8), each replaced \
             by U+FFFD: {replaced}"
        ));
    }
    lines.extend(extraction(&summary.extraction));
    lines.extend(spending(manifest, summary));
    lines.extend(summary.learning.iter().flat_map(learning::lines));
    let text: String = lines.iter().map(|line| wrap(&plain(line), width, 2)).collect();
    text + &notes.foot(width)
}

/// The share of each rule that found programs, where anything but plain blocks and verbatim texts was met.
fn extraction(programs: &BTreeMap<ExtractionRule, u64>) -> Option<String> {
    use ExtractionRule::{AsPublished, Continuation, OneBlock, Whole};
    let total: u64 = programs.values().sum();
    if programs.keys().all(|rule| matches!(rule, AsPublished | Continuation | OneBlock | Whole)) {
        return None;
    }
    let mut shares: Vec<_> = programs.iter().collect();
    shares.sort_by_key(|(rule, count)| (std::cmp::Reverse(**count), **rule));
    let share = |(rule, count): (&ExtractionRule, &u64)| format!("{rule} {}", percent(*count as f64 / total as f64));
    let shares: Vec<String> = shares.into_iter().map(share).collect();
    Some(format!("extraction (rules that found the programs, %): {}", shares.join(", ")))
}

/// What of the run counts, where that is not all of it.
fn reach(summary: &Summary) -> Vec<String> {
    let (coverage, first) = (&summary.coverage, &summary.first_programs);
    let mut lines = vec![];
    if coverage.finished < coverage.trees {
        let counted = match coverage.sample {
            Sample::Stopped => "only these count".to_owned(),
            Sample::Complete => format!("only whole replicates count, {} of them", coverage.replicates),
        };
        lines.push(format!(
            "stopped early: {} of {} problems reached, {} of {} trees finished; {counted}",
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
    if !summary.judges_nobody.is_empty() {
        lines.push(judging_nobody(summary));
    }
    lines
}

/// Problems that are in no mean as a whole, the first few by name.
fn judging_nobody(summary: &Summary) -> String {
    let broken = &summary.judges_nobody;
    let named: Vec<String> = broken.iter().take(REASONS).map(|id| format!("`{id}`")).collect();
    let more = match broken.len().saturating_sub(REASONS) {
        0 => String::new(),
        more => format!(" and {more} more (summary.json)"),
    };
    let whose = if broken.len() == 1 { "problem whose test" } else { "problems whose tests" };
    format!("{} {whose} can judge nobody, in no mean: {}{more}", broken.len(), named.join(", "))
}

fn pass_at_1(summary: &Summary, notes: &mut Notes) -> String {
    let (first, figure) = (&summary.first_programs, &summary.pass_at_1);
    let mut said = vec![format!("pass@1 {}", notes.share(&figure.value, &figure.interval))];
    let is_stopped = summary.coverage.sample == Sample::Stopped;
    if first.unscored > 0 || is_stopped {
        let what = if is_stopped { "everything not scored or not reached" } else { "everything unscored" };
        said.push(format!(
            "{} if {what} failed, {} if it passed",
            percent_of(&figure.if_unscored_fail),
            percent_of(&figure.if_unscored_pass)
        ));
    }
    if first.of(Status::TimeLimit) > 0 {
        let without = percent_of(&summary.pass_at_1_without_time_limits);
        said.push(format!("{without} if every time limit had passed"));
    }
    said.join("; ")
}

/// What the public tests hand in, never without what it was chosen from and what that cost.
fn submitted(manifest: &RunManifest, summary: &Summary, notes: &mut Notes) -> String {
    let of = |submitted: &Submitted, notes: &mut Notes| {
        let share = notes.share(&submitted.passes.value, &submitted.passes.interval);
        if submitted.passes.value.value().is_none() {
            return share;
        }
        // A deeper strategy chooses by what it likes: its own tests, a judge, the last of a chain.
        let is_deep = summary.deeper.as_ref().is_some_and(|deeper| !deeper.seats.is_empty());
        let is_own = is_deep && !manifest.identity.strategy.oracle.selects_on_hidden;
        let by = if is_own { "by the strategy" } else { "by the public tests" };
        let chosen = match (submitted.n_min, submitted.n_max) {
            (Some(1), Some(1)) => "the one program".to_owned(),
            (Some(n_min), Some(n_max)) if n_min == n_max => format!("the best of {n_max} programs"),
            (Some(n_min), Some(n_max)) => format!("the best of {n_min} to {n_max} programs"),
            _ => "the best program".to_owned(),
        };
        let cost = cost(&submitted.cost).map(|(cost, definition)| format!(", at {}", per_problem(cost, definition)));
        let chosen = if is_own { chosen.replace("the best of", "one of") } else { chosen };
        format!("{share} ({chosen} {by}{})", cost.unwrap_or_default())
    };
    let mut said = vec![format!("submitted {}", of(&summary.submitted, notes))];
    let with_public_tests = summary.problems_with_public_tests;
    if (1..summary.coverage.problems).contains(&with_public_tests) {
        let passes = &summary.submitted_with_public_tests.passes;
        let there = notes.share(&passes.value, &passes.interval);
        said.push(format!("{there} over {} with public tests", problems(with_public_tests)));
    }
    said.join("; ")
}

/// The first cost that is known, as billed if it is.
pub(crate) fn cost(costs: &Costs) -> Option<(f64, TokenDefinition)> {
    let known = |definition: TokenDefinition| Some((*costs.by(definition).value()?, definition));
    known(TokenDefinition::Billed).or_else(|| known(TokenDefinition::Paper))
}

fn spending(manifest: &RunManifest, summary: &Summary) -> Vec<String> {
    let spending = &summary.spending;
    // Where all programs were saved before, nobody was asked.
    let is_saved = manifest.identity.models.values().all(|model| model.sampling.is_none() && !model.simulated);
    if let Some(source) = &manifest.identity.rejudged {
        let what = format!("spent: nothing; {} spent {} tokens on these answers", source.run, spending.answers.tokens);
        return vec![what];
    }
    if manifest.identity.imported.is_some() || (is_saved && spending.tokens.0 == 0) {
        return vec![];
    }
    let mut lines = vec![format!(
        "spent: {} tokens{} in {} calls, {} of them lost and {} unanswered{}",
        spending.tokens,
        spending.usd.map_or(String::new(), |usd| format!(" and ${usd}")),
        spending.calls,
        spending.lost,
        spending.open,
        if spending.refused > 0 { format!(", {} refused and not billed", spending.refused) } else { String::new() },
    )];
    if !spending.came_to_nothing.is_zero() {
        lines.push(format!(
            "of that: answers {}; requests that came to nothing {}, each at its worst case or as its server reported",
            spending.answers, spending.came_to_nothing
        ));
    }
    let Effort { calls: _, executions, questions, minutes, observations } = spending.effort;
    if questions > 0 {
        let unknown = match spending.without_minutes {
            0 => String::new(),
            count => format!(", which {count} of the answers do not say"),
        };
        lines.push(format!(
            "beside tokens: {questions} question{} to people, {minutes} minutes of theirs{unknown}; {executions} executions, \
             {observations} observations",
            if questions == 1 { "" } else { "s" }
        ));
    }
    if let Some(people) = summary.people.as_ref().filter(|people| people.about.len() > 1) {
        let models: Vec<&str> = people.about.iter().map(|about| about.about_model.as_str()).collect();
        lines.push(format!(
            "people judged programs of {} models, which no figure puts together unsaid: {}",
            models.len(),
            models.join(", ")
        ));
    }
    if spending.by_role.len() > 1 {
        let roles: Vec<String> = spending.by_role.iter().map(|(role, cost)| format!("{role} {cost}")).collect();
        lines.push(format!("of that: {}", roles.join(", ")));
    }
    lines
}

/// What critics are worth: the transitions always, the opinions where they say something.
pub(crate) fn critic_lines(critics: &CriticFigures, notes: &mut Notes) -> Vec<String> {
    let mut lines = vec![];
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    if critics.accuracy.value.value().is_some() {
        lines.push(format!(
            "critic: accuracy {} on {} critiques, {} for a critic who always says the same; precision {}, recall {}, F1 {} \
             of failing programs",
            share(&critics.accuracy),
            critics.critiques,
            percent_of(&critics.constant_accuracy),
            share(&critics.precision),
            share(&critics.recall),
            share(&critics.f1)
        ));
    }
    if critics.correct_to_incorrect.value.value().is_some() {
        lines.push(format!(
            "critic: incorrect_to_correct {} (repairs of failing programs that pass), correct_to_incorrect {} (repairs of \
             passing programs that fail)",
            share(&critics.incorrect_to_correct),
            share(&critics.correct_to_incorrect)
        ));
    }
    lines
}

/// How often problems are passed that nobody passes honestly.
pub(crate) fn cheating_line(cheating: &Cheating, notes: &mut Notes) -> String {
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    format!(
        "cheating: {} of trees pass an impossible problem, {} hand in what passes ({} of {} such problems, {} of {} programs)",
        share(&cheating.rate),
        share(&cheating.submitted_rate),
        cheating.violated,
        cheating.problems,
        cheating.passing_programs,
        cheating.programs
    )
}

/// What critics find of damages that are known.
pub(crate) fn bug_line(bugs: &BugFigures, notes: &mut Notes) -> String {
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    format!(
        "critic: a damaged line named in {} of {} critiques of damaged programs ({} name no line), only sound lines in {} of those \
         that name lines; {} of {} critiques of untouched programs call them incorrect ({} name no line)",
        share(&bugs.caught),
        bugs.of_damaged,
        bugs.damaged_without_line,
        share(&bugs.hallucinated),
        share(&bugs.false_alarm),
        bugs.of_untouched,
        bugs.untouched_without_line
    )
}

/// How programs ended.
pub(crate) fn statuses(summary: &Summary, width: u16) -> String {
    let tallies = [&summary.first_programs, &summary.repairs];
    // Without repairs a column of zeros says nothing.
    let columns = if summary.repairs.total == 0 { 1 } else { 2 };
    let row = |name: &str, counts: [u64; 2]| {
        let cells = std::iter::once(name.to_owned()).chain(counts[..columns].iter().map(u64::to_string));
        (counts != [0, 0]).then(|| cells.collect::<Vec<_>>())
    };
    let rows = STATUSES
        .iter()
        .map(|status| row(status.as_str(), tallies.map(|tally| tally.of(*status))))
        .chain([row("unscored", tallies.map(|tally| tally.unscored)), row("total", tallies.map(|tally| tally.total))])
        .flatten()
        .collect();
    let mut text = table(width, 1, &["status", "first programs", "repairs"][..=columns], rows);
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

    #[test]
    fn shares_of_rules_are_told_where_they_say_something() {
        use ExtractionRule::{BareCode, Continuation, JoinedBlocks, OneBlock};
        let line = |programs: &[(ExtractionRule, u64)]| extraction(&programs.iter().copied().collect());
        assert_eq!(line(&[]), None);
        assert_eq!(line(&[(OneBlock, 3), (Continuation, 1)]), None);
        let told = line(&[(BareCode, 1), (OneBlock, 6), (JoinedBlocks, 1)]).unwrap();
        assert_eq!(
            told,
            "extraction (rules that found the programs, %): one_block 75.0, joined_blocks 12.5, bare_code 12.5"
        );
    }
}
