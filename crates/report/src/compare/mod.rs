//! Two runs side by side: the answer in a sentence, a table of differences, problems that flipped, and the same as files.

mod sheets;

pub(crate) use sheets::sheets;

use self::sheets::{FigureRow, FlipRow, figures_sheet, flips_sheet};
use crate::ReportError;
use crate::json::laid_out;
use crate::notes::{Notes, percent, signed, signed_interval};
use crate::plain::plain;
use crate::tables::{fitted, wrap};
use mend_metrics::{
    Comparison, CostAxis, Figure, Metric, PairOfRuns, PairedFigure, Program, RunFlip as Flip, RunLabels,
    TokenDefinition,
};
use serde_json::{Value, json};

/// Flips that a terminal shows.
const MOST_FLIPS: usize = 10;

/// Names that a terminal lists.
const MOST_NAMES: usize = 5;

/// One run against others, as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The figures.
    pub comparison: &'a Comparison,
    /// The folders of the runs: the first run's, then those of the others.
    pub folders: &'a [String],
    /// Of each pair, what differs in what decides the runs' numbers and in where they ran: a line each.
    pub differences: &'a [Vec<String>],
}

/// What the interval of a difference says.
pub(crate) fn verdict(figure: &PairedFigure) -> &'static str {
    match figure.delta.interval.value() {
        Some(interval) if interval.low > 0.0 => "better",
        Some(interval) if interval.high < 0.0 => "worse",
        Some(_) => "not distinguishable",
        None => "not known",
    }
}

/// The comparison as JSON: every figure, every flip, and what differs.
pub fn comparison_json(compared: Compared<'_>) -> String {
    let mut value =
        serde_json::to_value(compared.comparison).expect("a comparison has only string keys and finite numbers");
    value["folders"] = json!(compared.folders);
    let differences: Vec<Value> = compared.differences.iter().map(|lines| json!(lines)).collect();
    if let Some(pairs) = value["pairs"].as_array_mut() {
        for ((pair, of), differences) in pairs.iter_mut().zip(&compared.comparison.pairs).zip(differences) {
            pair["differences"] = differences;
            pair["verdict"] = json!(of.figures.first().map(verdict));
            pair["answer"] = json!(of.figures.first().map(|first| answer(of, first)));
        }
    }
    laid_out(&value)
}

/// The files of a comparison, by name: `compare.csv`, and `compare_flips.csv`.
pub fn comparison_files(compared: Compared<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let comparison = compared.comparison;
    let rows = comparison
        .pairs
        .iter()
        .flat_map(|pair| pair.figures.iter().map(move |figure| FigureRow { a: &comparison.a, pair, figure }));
    let flips = comparison
        .pairs
        .iter()
        .flat_map(|pair| pair.flips.iter().map(move |flip| FlipRow { a: &comparison.a, pair, flip }));
    let files = [figures_sheet().filled(rows), flips_sheet().filled(flips)];
    let bytes = |file: &crate::sheet::CsvFile| {
        let bytes = file.bytes().map_err(|source| ReportError::Csv { file: file.name.to_owned(), source });
        bytes.map(|bytes| (file.name, bytes))
    };
    files.iter().map(bytes).collect()
}

/// The comparison for a terminal of `width` columns.
pub fn comparison_text(compared: Compared<'_>, width: u16) -> String {
    let width = width.clamp(40, 160);
    let comparison = compared.comparison;
    let mut text = wrap(&plain(&about("A", &comparison.a)), width, 2);
    for (place, pair) in comparison.pairs.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text += &wrap(&plain(&about("B", &pair.b)), width, 2);
        text += &pair_text(compared, place, pair, width);
    }
    text
}

fn about(name: &str, run: &RunLabels) -> String {
    format!("{name}: {}: {}, {}, {}, oracle level {}", run.id, run.dataset, run.strategy, run.model, run.oracle_level)
}

fn pair_text(compared: Compared<'_>, place: usize, pair: &PairOfRuns, width: u16) -> String {
    let mut text = String::new();
    let mut say = |line: &str| text += &wrap(&plain(line), width, 2);
    if let Some(first) = pair.figures.first() {
        say(&answer(pair, first));
        if let Some(mde) = first.mde.value() {
            say(&format!(
                "A true difference of {} points or more would show in four of five such comparisons.",
                percent(*mde)
            ));
        }
    }
    for refusal in &pair.different {
        say(&format!("DIFFERENT, and compared because you allowed it: {}.", refusal.what));
    }
    for remark in &pair.remarks {
        say(remark);
    }
    for line in &not_common(pair) {
        say(line);
    }
    text.push('\n');
    text += &table(compared.comparison, pair, width);
    text += &flips(compared, place, pair, width);
    let differences = compared.differences.get(place).map_or(&[][..], Vec::as_slice);
    if differences.is_empty() {
        text += "\nNothing that decides numbers differs between A and B.\n";
    } else {
        text += "\nWhat differs from A to B:\n";
        for line in differences {
            text += &wrap(&plain(&format!("  {line}")), width, 4);
        }
    }
    text
}

/// The answer in a sentence, about the first figure over all problems.
fn answer(pair: &PairOfRuns, first: &PairedFigure) -> String {
    let metric = told_metric(first);
    let (Some(a), Some(b), Some(delta)) = (first.a.value(), first.b.value(), first.delta.value.value()) else {
        let why = first.delta.value.reason().unwrap_or("one run does not have it");
        return format!("Whether B is better than A in {metric} is not known: {why}.");
    };
    let interval = match &first.delta.interval {
        Figure::Value(interval) => format!(" {}: {}", signed_interval(interval), verdict(first)),
        Figure::Absent(why) => format!("; whether that is chance is not known ({why})"),
    };
    let different = if pair.different.is_empty() { "" } else { " (of runs that differ in what decides numbers)" };
    let p = first.p.value().map_or(String::new(), |p| format!(", p {}", told_p(*p)));
    format!(
        "{metric} over {} common problems{different}: A {} %, B {} %, difference {} points{interval}{p}.",
        first.problems,
        percent(*a),
        percent(*b),
        signed(*delta)
    )
}

fn told_metric(figure: &PairedFigure) -> String {
    match (&figure.subject.metric, &figure.subject.equal) {
        (Metric::PassAtT(axis), Some(equal)) => format!("pass@t at {}", told_cost(equal.cost, *axis)),
        (Metric::PassAtT(axis), None) => format!("pass@t at equal {}", axis.as_str()),
        (metric, _) => metric.to_string(),
    }
}

/// The same in a column: with its group, and without a cost where there is no difference at any.
fn in_table(row: &PairedFigure) -> String {
    match (&row.subject.equal, row.delta.value.value(), row.subject.metric) {
        (Some(equal), Some(_), Metric::PassAtT(CostAxis::Tokens(TokenDefinition::Dollars))) => {
            format!("pass@t ${:.5}", equal.cost)
        }
        (Some(equal), Some(_), Metric::PassAtT(CostAxis::Tokens(definition))) => {
            format!("pass@t {:.0} {}", equal.cost, counted(definition))
        }
        (Some(equal), Some(_), Metric::PassAtT(axis)) => format!("pass@t {:.2} {}", equal.cost, axis.as_str()),
        (_, _, metric) if row.subject.group == "all" => metric.to_string(),
        (_, _, metric) => format!("{metric}, {}", plain(&row.subject.group)),
    }
}

/// What tokens are called in a table. Billed ones need no other word.
fn counted(definition: TokenDefinition) -> &'static str {
    match definition {
        TokenDefinition::Billed => "tokens",
        TokenDefinition::Completion => "output tokens",
        TokenDefinition::Paper => "paper's tokens",
        TokenDefinition::Dollars => "dollars",
    }
}

fn told_cost(cost: f64, axis: CostAxis) -> String {
    match axis {
        CostAxis::Tokens(TokenDefinition::Dollars) => format!("${cost:.5}"),
        CostAxis::Tokens(definition) => format!("{cost:.0} {}", counted(definition)),
        axis => format!("{cost:.2} {}", axis.as_str()),
    }
}

fn told_p(p: f64) -> String {
    if p < 0.000_1 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// Problems that are not common to both runs, and those that are and count in neither.
fn not_common(pair: &PairOfRuns) -> Vec<String> {
    let common = &pair.common;
    let lists = [
        ("only in A", &common.only_a),
        ("only in B", &common.only_b),
        ("not finished in both", &common.unfinished),
        ("not scored in A", &common.unscored_a),
        ("not scored in B", &common.unscored_b),
        (
            if pair.different.is_empty() { "changed, and left out" } else { "changed, and compared all the same" },
            &common.changed,
        ),
    ];
    let there = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
    there
        .map(|(what, ids)| {
            let named: Vec<&str> = ids.iter().take(MOST_NAMES).map(mend_core::ProblemId::as_str).collect();
            let more = ids.len().saturating_sub(MOST_NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let problems = if ids.len() == 1 { "problem" } else { "problems" };
            format!("{} {problems} {what}: {}{more}", ids.len(), named.join(", "))
        })
        .collect()
}

/// The rows that a terminal shows: over all problems every figure, of pass@t by each cost the largest that both curves
/// reach; of each group what the comparison is about.
fn shown(pair: &PairOfRuns) -> Vec<&PairedFigure> {
    let mut rows: Vec<&PairedFigure> = vec![];
    let Some(first) = pair.figures.first() else { return rows };
    for figure in &pair.figures {
        let subject = &figure.subject;
        if subject.group != "all" {
            let is_first = subject.metric == first.subject.metric && subject.equal.is_none();
            rows.extend(is_first.then_some(figure));
            continue;
        }
        let before =
            rows.last().copied().filter(|row| row.subject.metric == subject.metric && row.subject.group == "all");
        match before {
            // Costs rise from row to row; at the ends of curves there is no interval.
            Some(row) if told_of(figure) < told_of(row) => {}
            Some(_) => {
                rows.pop();
                rows.push(figure);
            }
            None => rows.push(figure),
        }
    }
    rows
}

/// How much is known of a difference: nothing, its value, or its interval too.
fn told_of(figure: &PairedFigure) -> u8 {
    u8::from(figure.delta.value.value().is_some()) + u8::from(figure.delta.interval.value().is_some())
}

fn table(comparison: &Comparison, pair: &PairOfRuns, width: u16) -> String {
    let notes = &mut Notes::default();
    let rows = shown(pair);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(pair, row, notes)).collect();
    let header = ["metric", "A", "B", "diff", "[low, high]", "p", "p_holm", "+/-", "mde"];
    let words = [true, false, false, false, false, false, false, false, false];
    let by = comparison.clustered_by.as_ref().map_or(String::new(), |by| format!(", which belong together by {by}"));
    let title = format!(
        "B minus A in points on the same problems{by}; 95 % intervals over new problems, which are not corrected for their \
         number; p by swapping the runs on single problems; +/-: problems on which B is better and worse; mde: the smallest difference \
         that would show in four of five cases"
    );
    let mut text = wrap(&plain(&title), width, 2) + &fitted(width, &words, &header, cells);
    if let Some((row, clustered)) = rows.first().and_then(|row| Some((row, row.clustered.as_ref()?))) {
        let effect = clustered.design_effect.value().map_or("unknown".to_owned(), |effect| format!("{effect:.2}"));
        let plain_error = row.error.value().map_or("unknown".to_owned(), |error| percent(*error));
        text += &wrap(
            &format!(
                "{}: {} clusters; standard error {} points by clusters, {plain_error} by single problems (design effect {effect}); \
                 Student's interval {}",
                told_metric(row),
                clustered.clusters,
                percent(clustered.error),
                signed_interval(&clustered.interval)
            ),
            width,
            2,
        );
    }
    text += &notes.foot(width);
    let more = pair.figures.len() - rows.len();
    if more > 0 {
        text += &wrap(
            &format!("{more} more rows (other costs, other groups) are in compare.csv: `--out <folder>`"),
            width,
            2,
        );
    }
    text
}

fn cells(pair: &PairOfRuns, row: &PairedFigure, notes: &mut Notes) -> Vec<String> {
    // What was allowed stands beside every number.
    let flag = if pair.different.is_empty() {
        String::new()
    } else {
        let what: Vec<&str> = pair.different.iter().map(|refusal| refusal.what.as_str()).collect();
        notes.mark(&format!("the runs differ in {}: {}", pair.different_words(), what.join("; ")))
    };
    let mut cells = vec![in_table(row)];
    let Some(delta) = row.delta.value.value() else {
        let why = row.delta.value.reason().unwrap_or_default();
        cells.push(format!("-{}", notes.mark(why)));
        cells.extend(std::iter::repeat_n(String::new(), 7));
        return cells;
    };
    cells.push(notes.cell(&row.a, |value| percent(*value)) + &flag);
    cells.push(notes.cell(&row.b, |value| percent(*value)) + &flag);
    cells.push(signed(*delta) + &flag);
    cells.push(notes.interval(&row.delta.value, &row.delta.interval, signed_interval) + &flag);
    cells.push(notes.cell(&row.p, |p| told_p(*p)) + &flag);
    cells.push(row.p_holm.map_or(String::new(), |p| told_p(p) + &flag));
    cells.push(format!("{}/{}{flag}", row.better, row.worse));
    cells.push(notes.cell(&row.mde, |mde| percent(*mde)) + &flag);
    cells
}

fn flips(compared: Compared<'_>, place: usize, pair: &PairOfRuns, width: u16) -> String {
    if pair.flips.is_empty() {
        return "\nNo problem is solved more often by one run.\n".to_owned();
    }
    let mut text = String::new();
    for metric in [Metric::PassAtK(1), Metric::Submission] {
        let of: Vec<&Flip> = pair.flips.iter().filter(|flip| flip.metric == metric).collect();
        if of.is_empty() {
            continue;
        }
        let gained = of.iter().filter(|flip| flip.change() > 0.0).count();
        let slot = |program: &Option<Program>| match program {
            Some(Program { slot: Some(slot), replicate: 0, .. }) => slot.clone(),
            Some(Program { slot: Some(slot), replicate, .. }) => format!("{slot} (replicate {replicate})"),
            Some(Program { slot: None, .. }) => "nothing".to_owned(),
            None => "-".to_owned(),
        };
        let rows = of.iter().take(MOST_FLIPS).map(|flip| {
            vec![
                plain(flip.problem.as_str()),
                percent(flip.a),
                percent(flip.b),
                signed(flip.change()),
                slot(&flip.program_a),
                slot(&flip.program_b),
            ]
        });
        let more = of.len().saturating_sub(MOST_FLIPS);
        let more = if more > 0 { format!("; the {MOST_FLIPS} largest of {}", of.len()) } else { String::new() };
        let title = format!("{metric} by problem: {gained} gained, {} lost by B{more}", of.len() - gained);
        text.push('\n');
        text += &wrap(&title, width, 2);
        let header = ["problem", "A", "B", "diff", "program in A", "program in B"];
        text += &fitted(width, &[true, false, false, false, true, true], &header, rows.collect());
    }
    let folder = |place: usize| compared.folders.get(place).map_or("<run>", String::as_str);
    let (a, b) = (folder(0), folder(place + 1));
    text + &wrap(
        &plain(&format!("`mend show {a} <problem> <program>` shows one of A, `mend show {b} ...` one of B")),
        width,
        2,
    )
}

#[cfg(test)]
mod tests;
