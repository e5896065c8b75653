//! The table of pass@t for a terminal: each shape of trees beside its baselines, in the words of `pass_at_t.csv`.

use crate::View;
use crate::notes::{Notes, interval, percent, signed, signed_interval};
use crate::plain::plain;
use crate::shown::{Shown, amount};
use crate::tables::{if_it_fits, wrap};
use mend_metrics::{Axis, Band, Baseline, Figure, Order, PassAtT, Summary, TokenDefinition};

/// The table, or why there is none.
pub(crate) fn section(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> String {
    let rows = match &summary.pass_at_t {
        Figure::Value(rows) => rows,
        Figure::Absent(why) => return wrap(&plain(&format!("no pass@t: {why}")), width, 2),
    };
    let Some(shown) = Shown::of(rows, view) else {
        return "no pass@t: nothing that was asked for has a figure\n".to_owned();
    };
    let all = shown.rows(rows);
    if all.is_empty() {
        return "no pass@t: no setting of the grid was collected\n".to_owned();
    }
    if let Some(count) = Shown::too_many(&all) {
        let text = format!("pass@t of {count} settings is in pass_at_t.csv; `--grid` shows a few");
        return wrap(&text, width, 2);
    }
    let mut settings: Vec<&[&PassAtT]> = all.chunk_by(|a, b| a.setting() == b.setting()).collect();
    let everything = settings.len();
    // What nobody asked for need not be told to be absent line by line.
    if !view.chosen {
        settings.retain(|rows| rows[0].pass_rate.value().is_some());
    }
    let left_out = everything - settings.len();
    let lines: Vec<Line> = settings.iter().map(|rows| Line::of(rows, shown.definition, notes)).collect();
    let has_repairs = settings.iter().any(|rows| rows[0].n_r != 1);
    let mut text: String = title(shown).lines().map(|line| wrap(line, width, 2)).collect();
    if lines.is_empty() {
        text.push_str("every setting needs more than some problem holds\n");
    } else {
        text.push_str(&laid_out(&lines, has_repairs, shown, width));
        text.push_str(&wrap(&legend(shown, &all, summary.critics.is_some()), width, 2));
    }
    if left_out > 0 {
        let some = if left_out == 1 { "setting is" } else { "settings are" };
        let why = format!(
            "{left_out} of {everything} {some} left out: some problem does not hold as much (column `absent` of \
             pass_at_t.csv)."
        );
        text.push_str(&wrap(&why, width, 2));
    }
    text + &notes.foot(width)
}

/// What is shown, and which rows of the file that is.
fn title(shown: Shown) -> String {
    let why = if shown.billed_is_unknown { "\nthe billed tokens of some completions are unknown" } else { "" };
    format!("pass@t in %: problems solved, and what that costs (pass_at_t.csv)\n{}{why}", shown.how())
}

/// A shape of trees, as text.
struct Line {
    shape: [String; 3],
    tokens: String,
    pass: String,
    interval: String,
    against: Vec<Against>,
}

/// What stands beside it.
struct Against {
    baseline: &'static str,
    rate: String,
    difference: String,
    interval: String,
}

impl Line {
    /// The rows of one shape, one for each baseline.
    fn of(rows: &[&PassAtT], definition: TokenDefinition, notes: &mut Notes) -> Self {
        let row = rows[0];
        let pass = notes.cell(&row.pass_rate, |value| percent(*value));
        let against = |row: &&PassAtT| Against {
            baseline: row.baseline.as_str(),
            rate: notes.cell(&row.baseline_pass_rate, |value| percent(*value)),
            difference: row.difference.value().map_or_else(String::new, |value| signed(*value)),
            interval: notes.interval(&row.difference, &row.difference_interval, signed_interval),
        };
        // Independent programs are a baseline themselves.
        let is_compared = row.pass_rate.value().is_some() && row.n_f > 0;
        let mut against: Vec<Against> = if is_compared { rows.iter().map(against).collect() } else { vec![] };
        // What is not there for the same reason need not be said of each.
        let known = rows.iter().any(|row| row.baseline_pass_rate.value().is_some());
        if let ([first, rest @ ..], false) = (against.as_mut_slice(), known)
            && !rest.is_empty()
            && rest.iter().all(|other| other.rate == first.rate)
        {
            first.baseline = "each";
            against.truncate(1);
        }
        Self {
            shape: [row.n_p, row.n_f, row.n_r].map(|number| number.to_string()),
            tokens: row
                .pass_rate
                .value()
                .map_or_else(String::new, |_| notes.cell(&row.mean_tokens, |cost| amount(*cost, definition))),
            pass,
            interval: notes.interval(&row.pass_rate, &row.interval, interval),
            against,
        }
    }
}

/// How a table uses its width.
#[derive(Clone, Copy)]
struct Layout {
    /// Intervals of pass rates stand beside them, not below.
    pass_beside: bool,
    /// Those of differences do.
    difference_beside: bool,
}

/// The first layout that fits; else lines of names and values.
fn laid_out(lines: &[Line], has_repairs: bool, shown: Shown, width: u16) -> String {
    let cost = if shown.definition == TokenDefinition::Dollars { "mean_\ndollars" } else { "mean_\ntokens" };
    let layouts = [(true, true), (false, true), (false, false)];
    let fits = layouts.into_iter().find_map(|(pass_beside, difference_beside)| {
        let layout = Layout { pass_beside, difference_beside };
        let header = ["n_p", "n_f", "n_r", cost, "pass_rate\n[low, high]", "baseline", "baseline_\npass_rate"];
        let difference = if difference_beside { "diff\n[diff_low, diff_high]" } else { "diff\n[diff_low,\ndiff_high]" };
        let header: Vec<&str> = header.into_iter().chain([difference]).collect();
        let words: Vec<bool> = header.iter().map(|name| *name == "baseline").collect();
        let is_compared = lines.iter().any(|line| !line.against.is_empty());
        let keep = |column: &usize| match column {
            1 => lines.iter().any(|line| line.shape[1] != "0"),
            2 => has_repairs,
            5.. => is_compared,
            _ => true,
        };
        let kept: Vec<usize> = (0..header.len()).filter(keep).collect();
        let rows = lines.iter().map(|line| table_row(line, layout));
        let rows: Vec<Vec<String>> = rows.map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect();
        let header: Vec<&str> = kept.iter().map(|column| header[*column]).collect();
        let words: Vec<bool> = kept.iter().map(|column| words[*column]).collect();
        if_it_fits(width, &words, &header, &rows)
    });
    fits.unwrap_or_else(|| lines.iter().map(|line| named(line, has_repairs, cost, width)).collect())
}

fn table_row(line: &Line, layout: Layout) -> [String; 8] {
    let [n_p, n_f, n_r] = line.shape.clone();
    let pass = both(&line.pass, &line.interval, if layout.pass_beside { " " } else { "\n" });
    let column = |of: &dyn Fn(&Against) -> String| line.against.iter().map(of).collect::<Vec<_>>().join("\n");
    // Below each other, every baseline takes two lines.
    let below = if layout.difference_beside { "" } else { "\n" };
    let separator = if layout.difference_beside { " " } else { "\n" };
    [
        n_p,
        n_f,
        n_r,
        line.tokens.clone(),
        pass,
        column(&|against| against.baseline.to_owned() + below),
        column(&|against| against.rate.clone() + below),
        column(&|against| match both(&against.difference, &against.interval, separator) {
            difference if against.interval.is_empty() => difference + below,
            difference => difference,
        }),
    ]
}

fn both(value: &str, interval: &str, separator: &str) -> String {
    if interval.is_empty() { value.to_owned() } else { format!("{value}{separator}{interval}") }
}

/// The shape in a line, and each baseline in one.
fn named(line: &Line, has_repairs: bool, cost: &str, width: u16) -> String {
    let [n_p, n_f, n_r] = &line.shape;
    let mut said = vec![format!("n_p {n_p}"), format!("n_f {n_f}")];
    said.extend(has_repairs.then(|| format!("n_r {n_r}")));
    if !line.tokens.is_empty() {
        said.push(format!("{} {}", crate::tables::one_line(cost), line.tokens));
    }
    said.push(format!("pass_rate {}", both(&line.pass, &line.interval, " ")));
    let mut text = wrap(&said.join(", "), width, 4);
    for against in &line.against {
        let mut said = vec![format!("  {}: baseline_pass_rate {}", against.baseline, against.rate)];
        if !against.difference.is_empty() {
            said.push(format!("diff {}", both(&against.difference, &against.interval, " ")));
        }
        text.push_str(&wrap(&said.join(", "), width, 4));
    }
    text
}

/// What the words of the table mean.
fn legend(shown: Shown, rows: &[&PassAtT], has_critic: bool) -> String {
    if rows.iter().all(|row| row.n_f == 0) {
        return match shown.order {
            Order::Batch => {
                "n_p independent programs, all paid for (iid). Drawn one by one until one passes (iid_sequential) they are \
                 order dfs in the file."
            }
            Order::Dfs | Order::Bfs => "n_p independent programs, one by one until one passes (iid_sequential).",
        }
        .to_owned()
            + " "
            + brackets(shown.band);
    }
    let mut said = vec![
        if has_critic {
            "n_p first programs, n_f critiques of each that fails, n_r repairs by each critique."
        } else {
            "n_p first programs, n_f repairs of each that fails."
        }
        .to_owned(),
    ];
    said.push(
        match shown.order {
            Order::Batch => "Order batch: all programs, then repairs if all fail.",
            Order::Dfs => "Order dfs: each program and its repairs one by one, until one passes.",
            Order::Bfs => "Order bfs: programs one by one until one passes, then their repairs.",
        }
        .to_owned(),
    );
    let same = match shown.axis {
        Axis::Tokens => "spends as much",
        Axis::Programs => "draws as many programs on average",
        Axis::Size => "draws as many programs as the whole tree has",
        Axis::Calls => "makes as many requests on average",
        Axis::Executions => "executes as many programs on average",
        Axis::Questions => "asks people as often on average",
        Axis::Minutes => "takes as many minutes of people on average",
    };
    for baseline in [Baseline::Iid, Baseline::IidStaged, Baseline::IidSequential] {
        if rows.iter().all(|row| row.baseline != baseline) {
            continue;
        }
        said.push(match baseline {
            Baseline::Iid => format!("iid {same} on first programs, all paid for."),
            Baseline::IidStaged => "iid_staged draws n_p of them, further ones only if all fail.".to_owned(),
            Baseline::IidSequential => "iid_sequential draws them one by one until one passes.".to_owned(),
        });
    }
    said.push(brackets(shown.band).to_owned());
    said.join(" ")
}

fn brackets(band: Band) -> &'static str {
    match band {
        Band::NewProblems => "In brackets: 95 % intervals over new problems.",
        Band::ResamplingNoise => {
            "In brackets: one standard deviation of the resamples each way (band `resampling_noise`), which is not an \
             interval of the figure."
        }
    }
}
