//! Both runs against what a problem costs on average, with the paired difference below on the same axis: one drawing for
//! each cost and each group of problems, of which one is shown.

use super::answer::{MARGIN, difference};
use super::told::Told;
use super::{Pair, amount, axis_words};
use crate::head::capital;
use crate::number::{fixed, percent_or_dash, points, points_interval};
use crate::svg::{Drawing, Scale, through, ticks};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_metrics::{CostAxis, Metric, PairedFigure};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 20.0;
const UPPER: (f64, f64) = (270.0, 26.0);
const LOWER: (f64, f64) = (430.0, 318.0);
const HEIGHT: f64 = 474.0;

pub(super) fn notes() -> Markup {
    html! {
        p { "Both runs read at the same mean cost of a problem, over the number of " (crate::glossary::term("first program", "first programs")) "." }
        p { "Lower panel: the " (crate::glossary::term("paired", "paired")) " difference. Its band is what counts." }
        p { "Arrow keys or the slider read another cost: the claim above follows." }
    }
}

/// The rows of one drawing, by rising cost.
struct View<'a> {
    axis: CostAxis,
    group: &'a str,
    /// Repairs, or critiques, of each failing program.
    n_f: u32,
    rows: Vec<(f64, &'a PairedFigure)>,
}

fn views<'a>(pair: &Pair<'a>) -> Vec<View<'a>> {
    let mut axes: Vec<CostAxis> = vec![];
    for figure in &pair.of.figures {
        if let Metric::PassAtT(axis) = figure.subject.metric
            && !axes.contains(&axis)
        {
            axes.push(axis);
        }
    }
    let mut views = vec![];
    for axis in axes {
        for group in pair.groups() {
            for (n_f, of) in pair.shapes() {
                let mut rows: Vec<(f64, &PairedFigure)> = of
                    .figures
                    .iter()
                    .filter(|figure| figure.subject.group == group && figure.subject.metric == Metric::PassAtT(axis))
                    .filter_map(|figure| Some((figure.subject.equal.as_ref()?.cost, figure)))
                    .filter(|(_, figure)| figure.delta.value.value().is_some())
                    .collect();
                rows.sort_by(|one, other| one.0.total_cmp(&other.0));
                if !rows.is_empty() {
                    views.push(View { axis, group, n_f, rows });
                }
            }
        }
    }
    views
}

/// What is shown first: the claim's cost, all problems and the trees that were collected, as far as there is such a curve.
fn default_view<'a, 'b>(pair: &Pair<'b>, views: &'a [View<'b>]) -> Option<&'a View<'b>> {
    let claimed = pair.headline().and_then(|figure| figure.subject.equal.as_ref()).map(|equal| equal.axis);
    let first = views.first()?;
    let rank = |view: &&View<'_>| {
        let axis = claimed.map_or(view.axis == first.axis, |axis| view.axis == axis);
        (axis, view.group == "all", view.n_f)
    };
    views.iter().rev().max_by_key(rank)
}

pub(super) fn section(pair: &Pair<'_>) -> Markup {
    let views = views(pair);
    let Some(first) = default_view(pair, &views) else {
        let why = pair.of.figures.iter().find(|figure| matches!(figure.subject.metric, Metric::PassAtT(_)));
        let why = why.and_then(|figure| figure.delta.value.reason());
        return html! { p.muted { "These runs are not compared at equal cost" @match why { Some(why) => { ": " (shown(why)) "." } None => { "." } } } };
    };
    let chosen = (first.axis, first.group, first.n_f);
    let mut axes: Vec<CostAxis> = vec![];
    let mut groups: Vec<&str> = vec![];
    let mut shapes: Vec<u32> = vec![];
    for view in &views {
        if !axes.contains(&view.axis) {
            axes.push(view.axis);
        }
        if !groups.contains(&view.group) {
            groups.push(view.group);
        }
        if !shapes.contains(&view.n_f) {
            shapes.push(view.n_f);
        }
    }
    let places = pair.groups();
    let place = |group: &str| places.iter().position(|other| *other == group).unwrap_or(0);
    let name = |what: &str| pair.id(what);
    html! {
        div.lens {
            fieldset { legend { "Cost" } div.seg { @for axis in &axes {
                label { input type="radio" name=(name("axis")) data-pick="axis" value=(axis.as_str()) checked[*axis == chosen.0]; span { (capital(axis_words(*axis))) } } } } }
            @if groups.len() > 1 {
                fieldset { legend { "Problems" } div.seg { @for group in &groups {
                    label { input type="radio" name=(name("group")) data-pick="group" value=(place(group)) data-name=(shown(group)) checked[*group == chosen.1]; span { (capital(&shown(group))) } } } } }
            }
            @if shapes.len() > 1 {
                fieldset { legend { "Repairs of each" } div.seg { @for n_f in &shapes {
                    label { input type="radio" name=(name("nf")) data-pick="nf" value=(n_f) checked[*n_f == chosen.2]; span { (n_f) } } } } }
            }
        }
        @for view in &views {
            figure.fig.view data-axis=(view.axis.as_str()) data-group=(place(view.group)) data-nf=(view.n_f) hidden[(view.axis, view.group, view.n_f) != chosen] { (one(pair, view, place(view.group))) }
        }
        p.muted.noview hidden { "There is no such difference: one run does not reach that cost there." }
    }
}

fn one(pair: &Pair<'_>, view: &View<'_>, at: usize) -> Markup {
    let last = view.rows.iter().rposition(|(_, figure)| figure.delta.interval.value().is_some());
    let last = last.unwrap_or(view.rows.len() - 1);
    let key = format!("{}-{at}-{}", view.axis.as_str(), view.n_f);
    let id = pair.id(&format!("points-{key}"));
    let unit = axis_words(view.axis);
    html! {
        div.scroll tabindex="0" role="group" aria-label=(format!("Plot over {unit}. Arrow keys read another cost.")) data-plot { (PreEscaped(drawing(view, last))) }
        div.reader {
            label { span.sr { "Cost that is read" } input.slide type="range" min="0" max=(view.rows.len() - 1) value=(last) step="1" aria-label=(format!("Mean {unit} of a problem that are read")); }
            p.readout aria-live="polite" { (told(view, last)) }
        }
        div.figbar {
            button type="button" data-svg=(format!("compare-{}{key}", pair.key)) { "SVG" }
            button type="button" data-csv=(format!("compare-{}{key}", pair.key)) { "CSV of this difference" }
            button type="button" data-table aria-expanded="false" aria-controls=(id) { "Show as table" }
            span.dim { "Band: 95 % over problems, paired. Shaded around zero: the margin of " (fixed(MARGIN * 100.0, 0)) " points." }
        }
        div.astable id=(id) hidden tabindex="0" role="region" aria-label="The points of the plot" {
            table.tbl {
                thead { tr { th.num scope="col" { "n_p of A" } th.num scope="col" { (capital(unit)) } th.num scope="col" { "A, %" } th.num scope="col" { "B, %" } th.num scope="col" { "B less A" } th.num scope="col" { "p" } } }
                tbody { @for (place, (cost, figure)) in view.rows.iter().enumerate() {
                    tr data-x=(crate::number::coordinate(scale(view).at(*cost))) data-told=(plain(view, place)) data-raw=(raw(*cost, figure)) data-says=(Told::of(figure).json()) {
                        td.num { (figure.subject.equal.as_ref().and_then(|equal| equal.n_p).map_or_else(|| "\u{2013}".to_owned(), |n_p| n_p.to_string())) }
                        td.num { (amount(*cost, view.axis)) } td.num { (percent_or_dash(&figure.a)) } td.num { (percent_or_dash(&figure.b)) }
                        td.num.dv { (difference(figure)) } td.num { (figure.p.value().map_or_else(|| "\u{2013}".to_owned(), |p| super::answer::told_p(*p))) }
                    }
                } }
            }
        }
    }
}

/// A point as a line of CSV, with all its digits: the columns are those of `RAW` in the script.
fn raw(cost: f64, figure: &PairedFigure) -> String {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let interval = figure.delta.interval.value();
    let n_p = figure.subject.equal.as_ref().and_then(|equal| equal.n_p);
    let cells = [
        n_p.map(|n_p| n_p.to_string()).unwrap_or_default(),
        cost.to_string(),
        number(figure.a.value().copied()),
        number(figure.b.value().copied()),
        number(figure.delta.value.value().copied()),
        number(interval.map(|of| of.low)),
        number(interval.map(|of| of.high)),
        number(figure.p.value().copied()),
    ];
    cells.join(",")
}

/// What is read at one cost, in a sentence.
fn plain(view: &View<'_>, place: usize) -> String {
    let (cost, figure) = view.rows[place];
    let interval = match figure.delta.interval.value() {
        Some(of) => points_interval(of),
        None => "no interval".to_owned(),
    };
    let delta = figure.delta.value.value().copied().unwrap_or_default();
    format!(
        "At {}: A {} %, B {} %, difference {} points {interval}",
        super::cost_words(cost, view.axis),
        percent_or_dash(&figure.a),
        percent_or_dash(&figure.b),
        points(delta)
    )
}

fn told(view: &View<'_>, place: usize) -> Markup {
    html! { (plain(view, place)) }
}

fn scale(view: &View<'_>) -> Scale {
    let most = view.rows.iter().map(|(cost, _)| *cost).fold(0.0, f64::max).max(1e-9);
    Scale::new((0.0, most * 1.04), (LEFT, WIDTH - RIGHT))
}

fn drawing(view: &View<'_>, chosen: usize) -> String {
    let x = scale(view);
    let rates = || view.rows.iter().flat_map(|(_, figure)| [figure.a.value(), figure.b.value()]).flatten().copied();
    let lowest = ((rates().fold(1.0, f64::min) * 10.0).floor() / 10.0 - 0.1).max(0.0);
    let upper = Scale::new((lowest, 1.0), UPPER);
    let ends = view.rows.iter().flat_map(|(_, figure)| {
        let of = figure.delta.interval.value();
        [figure.delta.value.value().copied(), of.map(|of| of.low), of.map(|of| of.high)]
    });
    let (low, high) = ends.flatten().fold((-0.03, 0.03), |(low, high), end| (f64::min(low, end), f64::max(high, end)));
    let (low, high) = (low - (high - low) * 0.08, high + (high - low) * 0.08);
    let lower = Scale::new((low, high), LOWER);
    let (muted, words) = ([("fill", "var(--ink3)")], [("fill", "var(--ink2)")]);
    let mut drawing = Drawing::default();
    for tick in ticks((lowest, 1.0), 5) {
        let y = upper.at(tick);
        drawing.line([LEFT, y, WIDTH - RIGHT, y], "var(--rule)", &[]);
        drawing.text((LEFT - 8.0, y + 4.0), "end", &fixed(tick * 100.0, 0), &muted);
    }
    drawing.text((LEFT, UPPER.1 - 12.0), "start", "solved, %", &words);
    let margin = [
        LEFT,
        lower.at(MARGIN.min(high)),
        WIDTH - RIGHT - LEFT,
        lower.at((-MARGIN).max(low)) - lower.at(MARGIN.min(high)),
    ];
    drawing.rect(margin, &[("fill", "var(--inset)"), ("opacity", "0.7")]);
    for tick in ticks((low, high), 4) {
        let y = lower.at(tick);
        drawing.line([LEFT, y, WIDTH - RIGHT, y], if tick == 0.0 { "var(--line2)" } else { "var(--rule)" }, &[]);
        drawing.text((LEFT - 8.0, y + 4.0), "end", &fixed(tick * 100.0, 0), &muted);
    }
    drawing.text((LEFT, LOWER.1 - 14.0), "start", "B less A, points", &words);
    drawing.line([LEFT, LOWER.0, WIDTH - RIGHT, LOWER.0], "var(--line2)", &[]);
    let most = view.rows.last().map_or(1.0, |(cost, _)| *cost) * 1.04;
    for tick in ticks((0.0, most), 8) {
        drawing.line([x.at(tick), LOWER.0, x.at(tick), LOWER.0 + 4.0], "var(--line2)", &[]);
        drawing.text((x.at(tick), LOWER.0 + 18.0), "middle", &amount(tick, view.axis), &muted);
    }
    let unit = format!("mean {} of a problem", axis_words(view.axis));
    drawing.text((f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 6.0), "middle", &unit, &words);
    let plumb = crate::number::coordinate(x.at(view.rows[chosen].0));
    let line = [
        ("x1", plumb.clone()),
        ("x2", plumb),
        ("y1", "26".to_owned()),
        ("y2", "430".to_owned()),
        ("stroke", "var(--ink3)".to_owned()),
        ("stroke-dasharray", "2 3".to_owned()),
        ("class", "plumb".to_owned()),
    ];
    drawing.element("line", &line);
    let band: Vec<(f64, f64, f64)> = view
        .rows
        .iter()
        .filter_map(|(cost, figure)| {
            figure.delta.interval.value().map(|of| (x.at(*cost), lower.at(of.low), lower.at(of.high)))
        })
        .collect();
    if band.len() > 1 {
        let outline =
            through(band.iter().map(|(x, low, _)| (*x, *low)).chain(band.iter().rev().map(|(x, _, high)| (*x, *high))));
        drawing.path(&(outline + "Z"), &[("fill", "var(--ink3)"), ("opacity", "0.16")]);
    }
    for (x, low, high) in &band {
        drawing.line([*x, *low, *x, *high], "var(--ink2)", &[("stroke-width", "1.2")]);
    }
    let deltas: Vec<(f64, f64, bool)> = view
        .rows
        .iter()
        .filter_map(|(cost, figure)| {
            Some((x.at(*cost), lower.at(*figure.delta.value.value()?), figure.delta.interval.value().is_some()))
        })
        .collect();
    drawing.path(
        &through(deltas.iter().map(|(x, y, _)| (*x, *y))),
        &[("fill", "none"), ("stroke", "var(--ink)"), ("stroke-width", "1.8")],
    );
    for (x, y, known) in deltas {
        let fill = if known { "var(--ink)" } else { "var(--bg)" };
        drawing.circle((x, y), 3.2, &[("fill", fill), ("stroke", "var(--ink)"), ("stroke-width", "1.4")]);
    }
    for (side, colour, dash) in [(0, "var(--base)", "5 3"), (1, "var(--good)", "")] {
        let of = |figure: &PairedFigure| if side == 0 { figure.a.value().copied() } else { figure.b.value().copied() };
        let points: Vec<(f64, f64)> =
            view.rows.iter().filter_map(|(cost, figure)| Some((x.at(*cost), upper.at(of(figure)?)))).collect();
        let mut stroke = vec![("fill", "none"), ("stroke", colour), ("stroke-width", "2.2")];
        if !dash.is_empty() {
            stroke.push(("stroke-dasharray", dash));
        }
        drawing.path(&through(points.iter().copied()), &stroke);
        for point in &points {
            drawing.circle(
                *point,
                3.0,
                &[("fill", if side == 0 { "var(--bg)" } else { colour }), ("stroke", colour), ("stroke-width", "1.5")],
            );
        }
    }
    // The legend stands where curves seldom are: at the foot on the right.
    let foot = UPPER.0 - 12.0;
    for (place, (name, colour, dash)) in
        [("A", "var(--base)", "5 3"), ("B", "var(--good)", "none")].into_iter().enumerate()
    {
        let left = WIDTH - RIGHT - 120.0 + 60.0 * place as f64;
        drawing.line(
            [left, foot - 4.0, left + 24.0, foot - 4.0],
            colour,
            &[("stroke-width", "2.2"), ("stroke-dasharray", dash)],
        );
        drawing.text((left + 30.0, foot), "start", name, &words);
    }
    let label = format!(
        "Share of problems solved by A and by B against mean {} of a problem, and the paired difference",
        axis_words(view.axis)
    );
    drawing.finish(WIDTH, HEIGHT, &label, "")
}
