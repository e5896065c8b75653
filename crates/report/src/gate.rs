//! What a gate says: on a terminal, for a build's summary, as JUnit's XML and as JSON.

use crate::ReportError;
use crate::json::laid_out;
use crate::notes::{percent, signed};
use crate::plain::plain;
use crate::tables::wrap;
use mend_metrics::{Bounds, Figure, Gate, Metric, Settle, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

/// A gate, and how strictly it is taken.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The answer.
    pub gate: &'a Gate,
    /// Whether an undecided gate fails.
    pub strict: bool,
}

impl Asked<'_> {
    /// Whether the build fails.
    pub fn fails(self) -> bool {
        match self.gate.verdict {
            Verdict::Ok | Verdict::RegressionWithinMargin => false,
            Verdict::Regression => true,
            Verdict::Undecided => self.strict,
        }
    }
}

/// The gate as JSON: the verdict, the bounds, the stream with its purses, and what would settle it.
pub fn gate_json(asked: Asked<'_>) -> String {
    let mut value = serde_json::to_value(asked.gate).expect("a gate has only string keys and finite numbers");
    value["fails"] = json!(asked.fails());
    value["answer"] = json!(answer(asked.gate));
    laid_out(&value)
}

/// The gate for a terminal of `width` columns.
pub fn gate_text(asked: Asked<'_>, width: u16) -> String {
    let width = width.clamp(40, 160);
    let gate = asked.gate;
    let mut text = String::new();
    let mut say = |line: &str| text += &wrap(&plain(line), width, 2);
    say(&format!("{}: {}", gate.verdict.told(), answer(gate)));
    for fact in &facts(gate) {
        say(fact);
    }
    if gate.verdict == Verdict::Undecided {
        for line in &settled_by(gate) {
            say(line);
        }
    }
    text
}

/// The gate as Markdown, for the summary of a build.
pub fn gate_markdown(asked: Asked<'_>) -> String {
    let gate = asked.gate;
    let mark = if asked.fails() { "failed" } else { "passed" };
    let number = |figure: &Figure| figure.value().map_or("-".to_owned(), |value| format!("{} %", percent(*value)));
    let bounds = gate.bounds.value().map_or("-".to_owned(), told_bounds);
    let mut lines = vec![
        format!("### mend gate: {} ({mark})", gate.verdict.told()),
        String::new(),
        escaped(&answer(gate)),
        String::new(),
        "| metric | problems | baseline | candidate | difference | bounds | margin | smallest effect found |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
        format!(
            "| {} | {} | {} | {} | {} | {bounds} | {} | {} |",
            told_metric(gate),
            gate.figure.problems,
            number(&gate.figure.a),
            number(&gate.figure.b),
            gate.figure.delta.value.value().map_or("-".to_owned(), |delta| format!("{} points", signed(*delta))),
            percent(gate.margin),
            gate.mde.value().map_or("-".to_owned(), |mde| format!("{} points", percent(*mde))),
        ),
        String::new(),
        format!("Baseline `{}`, candidate `{}`.", gate.baseline.id, gate.candidate.id),
    ];
    let mut more = facts(gate);
    if gate.verdict == Verdict::Undecided {
        more.extend(settled_by(gate));
    }
    // The first fact repeats the table.
    lines.extend(more.iter().skip(1).flat_map(|line| [String::new(), format!("* {}", escaped(line))]));
    let largest: Vec<String> = gate
        .figure
        .largest
        .iter()
        .map(|(problem, change)| format!("`{}` {}", problem.as_str().replace('`', "'"), signed(*change)))
        .collect();
    if !largest.is_empty() {
        lines.extend([String::new(), format!("Largest changes, in points: {}", largest.join(", "))]);
    }
    lines.join("\n") + "\n"
}

/// The gate as JUnit's XML: one test case. An undecided gate that is not strict is skipped.
pub fn gate_junit(asked: Asked<'_>) -> Result<String, ReportError> {
    let gate = asked.gate;
    let mut status = match (asked.fails(), gate.verdict) {
        (true, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (false, Verdict::Undecided) => TestCaseStatus::skipped(),
        (false, _) => TestCaseStatus::success(),
    };
    if asked.fails() || gate.verdict == Verdict::Undecided {
        status.set_message(format!("{}: {}", gate.verdict.told(), answer(gate)));
    }
    if asked.fails() {
        status.set_type(gate.verdict.as_str());
        status.set_description(gate_text(asked, 100));
    }
    let name = format!("{} is not worse by {} points or more", told_metric(gate), percent(gate.margin));
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("mend.gate.{}", gate.candidate.strategy));
    case.set_system_out(gate_text(asked, 100));
    let mut suite = TestSuite::new(format!("{} against {}", gate.candidate.id, gate.baseline.id));
    suite.add_test_case(case);
    let mut report = Report::new("mend gate");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| ReportError::Junit(error.to_string()))
}

fn told_metric(gate: &Gate) -> String {
    match (&gate.figure.subject.metric, &gate.figure.subject.equal) {
        (Metric::PassAtT(axis), Some(equal)) => format!("pass@t at {:.4} {}", equal.cost, axis.as_str()),
        (metric, _) => metric.to_string(),
    }
}

fn told_bounds(bounds: &Bounds) -> String {
    format!("[{}, {}]", side_of(bounds.lower), side_of(bounds.upper))
}

/// A bound in points, with a second decimal where rounding would hide on which side of zero it lies.
fn side_of(bound: f64) -> String {
    match signed(bound) {
        text if text == "+0.0" && (bound * 10_000.0).abs() >= 0.5 => format!("{:+.2}", bound * 100.0),
        text => text,
    }
}

/// The answer in a sentence.
fn answer(gate: &Gate) -> String {
    let (metric, margin) = (told_metric(gate), percent(gate.margin));
    let early = gate.sequential.as_ref().and_then(|sequential| sequential.stream.early.map(|_| sequential));
    let seen = early.map_or(String::new(), |sequential| {
        format!(", after {} of {} {}", sequential.stream.seen, sequential.of, units(sequential.by_cluster))
    });
    match gate.verdict {
        Verdict::Ok => format!("{metric} of the candidate is not worse by {margin} points or more{seen}."),
        Verdict::RegressionWithinMargin => {
            format!("{metric} of the candidate is worse, by less than the margin of {margin} points{seen}.")
        }
        Verdict::Regression => format!("{metric} of the candidate is worse{seen}."),
        Verdict::Undecided => {
            format!("whether {metric} of the candidate is worse, by {margin} points or more or at all, is not clear.")
        }
    }
}

fn units(by_cluster: bool) -> &'static str {
    if by_cluster { "clusters" } else { "problems" }
}

/// What the answer rests on, a sentence each. The first has the numbers.
fn facts(gate: &Gate) -> Vec<String> {
    let figure = &gate.figure;
    let mut facts = vec![];
    match (figure.a.value(), figure.b.value(), figure.delta.value.value()) {
        (Some(a), Some(b), Some(delta)) => {
            let bounds = match &gate.bounds {
                Figure::Value(bounds) => {
                    format!("; one-sided bounds at {} %: {}", percent(1.0 - bounds.alpha), told_bounds(bounds))
                }
                Figure::Absent(why) => format!("; no bounds: {why}"),
            };
            facts.push(format!(
                "baseline {} %, candidate {} %, difference {} points over {} common problems{bounds}; margin {} points",
                percent(*a),
                percent(*b),
                signed(*delta),
                figure.problems,
                percent(gate.margin)
            ));
        }
        _ => facts.push(format!("no difference yet: {}", figure.delta.value.reason().unwrap_or("it is absent"))),
    }
    facts.extend(gate.reasons.iter().cloned());
    if gate.bounds.value().is_some_and(|bounds| bounds.few_informative) {
        facts.push(
            "Fewer than ten problems differ from the commonest difference: the bounds reach what so few can rule out."
                .to_owned(),
        );
    }
    facts.push(match &gate.mde {
        Figure::Value(mde) => {
            format!("A true loss of {} points or more is found in four of five such gates.", percent(*mde))
        }
        Figure::Absent(why) => format!("The smallest loss that such a gate finds is not known: {why}."),
    });
    if let Some(sequential) = &gate.sequential {
        let stream = &sequential.stream;
        let last = |purses: &[f64]| purses.last().map_or("1".to_owned(), |purse| format!("{purse:.2}"));
        let level = if sequential.alpha_early > 0.0 { 1.0 / sequential.alpha_early } else { f64::INFINITY };
        facts.push(format!(
            "Looked at {} of {} {} ({} without a score): purse against a loss of the margin {}, against no loss {}, of {level:.0} each",
            stream.seen,
            sequential.of,
            units(sequential.by_cluster),
            stream.unscored,
            last(&stream.purses.pass),
            last(&stream.purses.fail)
        ));
        if let (Some((low, high)), Some(_)) = (sequential.confidence_sequence, stream.early) {
            facts.push(format!(
                "Confidence sequence at {} %: [{}, {}] points.",
                percent(1.0 - sequential.alpha_early),
                side_of(low),
                side_of(high)
            ));
        }
    }
    for refusal in &gate.different {
        facts.push(format!("DIFFERENT, and compared because you allowed it: {}.", refusal.what));
    }
    facts.extend(gate.remarks.iter().cloned());
    facts
}

/// What would settle an undecided gate, a sentence each.
fn settled_by(gate: &Gate) -> Vec<String> {
    let Settle {
        pass_problems,
        fail_problems,
        unchanged_problems,
        pass_problems_at_twice_the_samples,
        pass_problems_at_least,
        pass_samples,
        ..
    } = &gate.settle;
    if gate.goes_on() || gate.figure.delta.value.value().is_none() {
        return vec!["What would settle it: the problems that are left.".to_owned()];
    }
    if let Figure::Absent(why) = unchanged_problems {
        return vec![format!("What would settle it: more problems; {why}, and so how many it takes.")];
    }
    let told = |what: &str, figure: &Figure<u64>| match figure {
        Figure::Value(problems) => format!("{what}: about {problems} problems"),
        Figure::Absent(why) => format!("{what}: {why}"),
    };
    let mut lines = vec![
        "What would settle it, roughly, in four of five cases:".to_owned(),
        format!("  {}", told("a pass, if the difference seen is the true one", pass_problems)),
        format!("  {}", told("a pass, if nothing has really changed", unchanged_problems)),
        format!("  {}", told("a regression, if the difference seen is the true one", fail_problems)),
    ];
    match pass_samples {
        Figure::Value(samples) => {
            lines.push(format!(
                "  or a pass with about {samples} samples of each problem in both runs, at these problems"
            ));
        }
        Figure::Absent(why) => lines.push(format!("  with more samples of the same problems: {why}")),
    }
    if let (Some(twice), Some(least)) = (pass_problems_at_twice_the_samples.value(), pass_problems_at_least.value()) {
        lines.push(format!(
            "  at twice the samples of each problem a pass takes about {twice} problems, and never fewer than {least}"
        ));
    }
    lines
}

/// A line that Markdown does not take for anything else.
fn escaped(line: &str) -> String {
    let plain = plain(line);
    let mut text = String::with_capacity(plain.len());
    for char in plain.trim_start().chars() {
        if matches!(char, '|' | '<' | '>' | '*' | '_' | '[' | ']' | '\\' | '#') {
            text.push('\\');
        }
        text.push(char);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::compared_run;
    use mend_metrics::{CompareOptions, GateOptions, Side, gate};

    fn options(margin: f64) -> GateOptions {
        GateOptions {
            metric: Metric::PassAtK(1),
            margin,
            alpha: 0.05,
            alpha_early: None,
            compare: CompareOptions { resamples: 200, ..CompareOptions::default() },
        }
    }

    fn sides() -> (Side, Side) {
        (compared_run("iid"), compared_run("repair"))
    }

    #[test]
    fn every_verdict_has_a_word_an_exit_and_a_case() {
        let (a, b) = sides();
        let mut found = gate(&a, &b, &options(0.6)).unwrap();
        for (verdict, strict, fails, mark) in [
            (Verdict::Ok, false, false, "tests=\"1\" skipped=\"0\" errors=\"0\" failures=\"0\""),
            (Verdict::RegressionWithinMargin, true, false, "tests=\"1\" skipped=\"0\" errors=\"0\" failures=\"0\""),
            (Verdict::Regression, false, true, "failures=\"1\""),
            (Verdict::Undecided, false, false, "skipped=\"1\""),
            (Verdict::Undecided, true, true, "failures=\"1\""),
        ] {
            found.verdict = verdict;
            let asked = Asked { gate: &found, strict };
            assert_eq!(asked.fails(), fails);
            let xml = gate_junit(asked).unwrap();
            assert!(xml.contains(mark), "{verdict:?}: {xml}");
            let told = [gate_text(asked, 100), gate_markdown(asked), gate_json(asked)];
            assert!(told[0].starts_with(verdict.told()), "{}", told[0]);
            assert!(told[1].contains(if fails { "(failed)" } else { "(passed)" }), "{}", told[1]);
            let json: serde_json::Value = serde_json::from_str(&told[2]).unwrap();
            assert_eq!((json["verdict"].as_str(), json["fails"].as_bool()), (Some(verdict.as_str()), Some(fails)));
        }
    }

    #[test]
    fn an_undecided_gate_says_what_would_settle_it_and_a_stream_what_it_saw() {
        let (a, b) = sides();
        let sequential = GateOptions { alpha_early: Some(0.01), ..options(0.02) };
        let found = gate(&a, &b, &sequential).unwrap();
        let text = gate_text(Asked { gate: &found, strict: false }, 100);
        assert_eq!(found.verdict, Verdict::Undecided, "{text}");
        // Both runs have the same first programs.
        assert!(text.contains("What would settle it: more problems; no problem changed"), "{text}");
        assert!(text.contains("Looked at 10 of 10 problems"), "{text}");
    }

    #[test]
    fn names_from_elsewhere_are_harmless_in_xml_and_markdown() {
        let (a, mut b) = sides();
        b.labels.strategy = "<a>&\"|\u{1b}[31m".to_owned();
        let found = gate(&a, &b, &options(0.6)).unwrap();
        let asked = Asked { gate: &found, strict: true };
        assert!(!gate_junit(asked).unwrap().contains("<a>"));
        assert!(!gate_text(asked, 80).contains('\u{1b}') && !gate_json(asked).contains('\u{1b}'));
        assert_eq!(escaped("# a | b_c <x>"), "\\# a \\| b\\_c \\<x\\>");
    }
}
