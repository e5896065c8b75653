//! The plot of pass rates against cost, with the paired differences below it on the same axis.

use crate::lens::Lens;
use crate::number::{coordinate, fixed, grouped, percent, points, points_interval};
use crate::svg::{Drawing, Scale, through, ticks};
use mend_metrics::{Axis, Baseline, BaselinePoint, Drawn, PassAtT, TokenDefinition};
use mend_report::Verdict;
use std::collections::BTreeSet;

/// Where the plot's panels lie.
struct Frame {
    width: f64,
    x: Scale,
    upper: Scale,
    lower: Scale,
}

const LEFT: f64 = 44.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 24.0;
const UPPER: f64 = 330.0;
const LOWER: (f64, f64) = (382.0, 486.0);
const HEIGHT: f64 = 528.0;

/// The rows of a plot, sorted by repairs and first programs.
struct Content<'a> {
    lens: &'a Lens,
    rows: Vec<&'a PassAtT>,
    /// The baseline that pays for all, and the one that stops as the tree does.
    iid: Vec<&'a BaselinePoint>,
    stops: Vec<&'a BaselinePoint>,
}

impl<'a> Content<'a> {
    fn of(drawn: &'a Drawn, lens: &'a Lens) -> Self {
        let mut rows: Vec<&PassAtT> = lens.rows(drawn, "all").filter(|row| row.n_f > 0).collect();
        rows.retain(|row| row.mean_tokens.value().is_some() && row.pass_rate.value().is_some());
        rows.sort_by_key(|row| (row.n_f, row.n_p));
        let points = |baseline: Baseline| {
            let n_p = (baseline == Baseline::IidStaged).then_some(lens.n_p);
            let is_it = move |point: &&BaselinePoint| {
                point.axis == Axis::Tokens
                    && (point.group.as_str(), point.token_definition, point.baseline, point.n_p)
                        == ("all", lens.definition, baseline, n_p)
            };
            drawn.baselines.iter().filter(is_it).collect::<Vec<_>>()
        };
        Self { lens, rows, iid: points(Baseline::Iid), stops: points(lens.order.paired()) }
    }

    fn is_chosen(&self, row: &PassAtT) -> bool {
        (row.n_p, row.n_f) == (self.lens.n_p, self.lens.n_f)
    }

    fn frame(&self, width: f64) -> Frame {
        let costs = self.rows.iter().filter_map(|row| row.mean_tokens.value().copied());
        let most = costs.chain(self.iid.iter().map(|point| point.cost)).fold(0.0, f64::max);
        let rates = self.rows.iter().filter_map(|row| row.pass_rate.value().copied());
        let lowest = rates.chain(self.iid.iter().map(|point| point.pass_rate)).fold(1.0, f64::min);
        let lowest = ((lowest * 10.0).floor() / 10.0 - 0.1).max(0.0);
        let ends = self.rows.iter().flat_map(|row| {
            let of = row.difference_interval.value();
            [row.difference.value().copied(), of.map(|of| of.low), of.map(|of| of.high)]
        });
        let (low, high) =
            ends.flatten().fold((-0.02, 0.02), |(low, high), end| (f64::min(low, end), f64::max(high, end)));
        let room = (high - low) * 0.08;
        Frame {
            width,
            x: Scale::new((0.0, most.max(1e-9) * 1.02), (LEFT, width - RIGHT)),
            upper: Scale::new((lowest, 1.0), (UPPER, TOP)),
            lower: Scale::new((low - room, high + room), (LOWER.1, LOWER.0)),
        }
    }
}

/// What a cost is called along its axis.
fn axis(definition: TokenDefinition) -> &'static str {
    match definition {
        TokenDefinition::Billed => "tokens per problem",
        TokenDefinition::Completion => "output tokens per problem",
        TokenDefinition::Paper => "tokens per problem, the paper\u{2019}s count",
        TokenDefinition::Dollars => "dollars per problem",
    }
}

/// The colour of a curve by its place among the numbers of repairs.
pub(crate) fn colour(place: usize) -> &'static str {
    ["var(--good2)", "var(--good)", "var(--good3)"][place.min(2)]
}

/// The plot at a width.
pub(crate) fn plot(drawn: &Drawn, lens: &Lens, width: f64) -> String {
    let content = Content::of(drawn, lens);
    let frame = content.frame(width);
    let mut drawing = Drawing::default();
    axes(&mut drawing, &frame, lens);
    bands(&mut drawing, &frame, &content);
    let n_fs: Vec<u32> = content.rows.iter().map(|row| row.n_f).collect::<BTreeSet<_>>().into_iter().collect();
    for (place, n_f) in n_fs.iter().enumerate() {
        let rows: Vec<&&PassAtT> = content.rows.iter().filter(|row| row.n_f == *n_f).collect();
        curve(&mut drawing, &frame, lens, &rows, colour(place));
    }
    differences(&mut drawing, &frame, &content);
    chosen(&mut drawing, &frame, &content);
    let label = "Pass rate against cost: repair in blue, plain sampling in grey; below, the paired difference";
    drawing.finish(width, HEIGHT, label, "")
}

fn at(frame: &Frame, row: &PassAtT) -> (f64, f64) {
    let cost = row.mean_tokens.value().copied().unwrap_or_default();
    let rate = row.pass_rate.value().copied().unwrap_or_default();
    (frame.x.at(cost), frame.upper.at(rate))
}

fn axes(drawing: &mut Drawing, frame: &Frame, lens: &Lens) {
    let muted = [("fill", "var(--ink3)")];
    let words = [("fill", "var(--ink2)")];
    let upper = (frame.upper_low(), 1.0);
    for tick in ticks(upper, 6) {
        let y = frame.upper.at(tick);
        drawing.line([LEFT, y, frame.width - RIGHT, y], "var(--rule)", &[]);
        drawing.text((LEFT - 8.0, y + 4.0), "end", &fixed(tick * 100.0, 0), &muted);
    }
    drawing.text((LEFT, TOP - 10.0), "start", "solved, %", &words);
    let (low, high) = frame.lower_ends();
    for tick in ticks((low, high), 4) {
        let y = frame.lower.at(tick);
        let stroke = if tick == 0.0 { "var(--line2)" } else { "var(--rule)" };
        drawing.line([LEFT, y, frame.width - RIGHT, y], stroke, &[]);
        drawing.text((LEFT - 8.0, y + 4.0), "end", &fixed(tick * 100.0, 0), &muted);
    }
    let against = if lens.stops { "sampling that stops when solved" } else { "sampling that pays for all" };
    drawing.text((LEFT, LOWER.0 - 12.0), "start", &format!("repair less {against}, points"), &words);
    drawing.line([LEFT, LOWER.1, frame.width - RIGHT, LOWER.1], "var(--line2)", &[]);
    for tick in ticks((0.0, frame.most()), if frame.width < 500.0 { 4 } else { 9 }) {
        let x = frame.x.at(tick);
        drawing.line([x, LOWER.1, x, LOWER.1 + 4.0], "var(--line2)", &[]);
        let text = if lens.definition == TokenDefinition::Dollars { fixed(tick, 4) } else { grouped(tick) };
        drawing.text((x, LOWER.1 + 18.0), "middle", &text, &muted);
    }
    drawing.text((f64::midpoint(LEFT, frame.width - RIGHT), HEIGHT - 6.0), "middle", axis(lens.definition), &words);
}

impl Frame {
    fn upper_low(&self) -> f64 {
        // The value at the panel's foot.
        let (one, zero) = (self.upper.at(1.0), self.upper.at(0.0));
        (UPPER - zero) / (one - zero)
    }

    fn lower_ends(&self) -> (f64, f64) {
        let (one, zero) = (self.lower.at(1.0), self.lower.at(0.0));
        ((LOWER.1 - zero) / (one - zero), (LOWER.0 - zero) / (one - zero))
    }

    fn most(&self) -> f64 {
        let (one, zero) = (self.x.at(1.0), self.x.at(0.0));
        (self.width - RIGHT - zero) / (one - zero)
    }
}

fn bands(drawing: &mut Drawing, frame: &Frame, content: &Content<'_>) {
    let lens = content.lens;
    let active = if lens.stops { &content.stops } else { &content.iid };
    let other = if lens.stops { &content.iid } else { &content.stops };
    let band = |points: Vec<(f64, f64, f64)>| {
        let up = points.iter().map(|(x, low, _)| (*x, *low));
        let outline = through(up.chain(points.iter().rev().map(|(x, _, high)| (*x, *high))));
        if outline.is_empty() { outline } else { outline + "Z" }
    };
    let of_baseline = active.iter().filter_map(|point| {
        let of = point.interval.value()?;
        Some((frame.x.at(point.cost), frame.upper.at(of.low), frame.upper.at(of.high)))
    });
    let grey = band(of_baseline.collect());
    drawing.path(&grey, &[("fill", "var(--base)"), ("opacity", "0.16")]);
    let of_tree = content.rows.iter().filter(|row| row.n_f == lens.n_f).filter_map(|row| {
        let of = row.interval.value()?;
        Some((at(frame, row).0, frame.upper.at(of.low), frame.upper.at(of.high)))
    });
    drawing.path(&band(of_tree.collect()), &[("fill", "var(--good)"), ("opacity", "0.13")]);
    let line =
        |points: &[&BaselinePoint]| through(points.iter().map(|p| (frame.x.at(p.cost), frame.upper.at(p.pass_rate))));
    let dotted = [("fill", "none"), ("stroke", "var(--base)"), ("stroke-width", "1.2"), ("stroke-dasharray", "2 3")];
    drawing.path(&line(other), &dotted);
    drawing.path(&line(active), &[("fill", "none"), ("stroke", "var(--base)"), ("stroke-width", "1.8")]);
    for point in active {
        let place = (frame.x.at(point.cost), frame.upper.at(point.pass_rate));
        drawing.circle(place, 2.2, &[("fill", "var(--base)")]);
    }
    let (solid, dashed) = if lens.stops {
        ("sampling, stops when solved", "sampling, pays for all")
    } else {
        ("sampling, pays for all", "sampling, stops when solved")
    };
    legend(drawing, frame, solid, dashed, lens);
}

fn legend(drawing: &mut Drawing, frame: &Frame, solid: &str, dashed: &str, lens: &Lens) {
    let (right, y) = (frame.width - RIGHT, UPPER - 46.0);
    let words = [("fill", "var(--ink2)")];
    let rows = [
        (format!("repair, {} of each (band)", lens.n_f), "var(--good)", "0", "2.2"),
        (format!("{solid} (band)"), "var(--base)", "0", "1.8"),
        (dashed.to_owned(), "var(--base)", "2 3", "1.2"),
    ];
    for (place, (text, colour, dashes, width)) in rows.into_iter().enumerate() {
        let y = y + place as f64 * 17.0;
        drawing.text((right - 30.0, y + 4.0), "end", &text, &words);
        drawing.line([right - 24.0, y, right, y], colour, &[("stroke-dasharray", dashes), ("stroke-width", width)]);
    }
}

fn curve(drawing: &mut Drawing, frame: &Frame, lens: &Lens, rows: &[&&PassAtT], colour: &str) {
    let chosen = rows.iter().any(|row| row.n_f == lens.n_f);
    let line = through(rows.iter().map(|row| at(frame, row)));
    let width = if chosen { "2.2" } else { "1.4" };
    drawing.path(&line, &[("fill", "none"), ("stroke", colour), ("stroke-width", width)]);
    for row in rows {
        let hollow = row.interval.value().is_none();
        let fill = if hollow { "var(--bg)" } else { colour };
        drawing.circle(at(frame, row), if chosen { 3.2 } else { 2.4 }, &[("fill", fill), ("stroke", colour)]);
        if chosen && (row.n_p <= 8 || row.n_p.is_multiple_of(5)) {
            let (x, y) = at(frame, row);
            drawing.text((x, y - 8.0), "middle", &row.n_p.to_string(), &[("fill", "var(--ink3)"), ("font-size", "11")]);
        }
    }
    if let Some(first) = rows.first() {
        let (x, y) = at(frame, first);
        let text = if first.n_f == 1 { "1 repair".to_owned() } else { format!("{} repairs", first.n_f) };
        let weight = if chosen { "650" } else { "400" };
        drawing.text((x + 6.0, y + 15.0), "start", &text, &[("fill", colour), ("font-weight", weight)]);
    }
}

fn differences(drawing: &mut Drawing, frame: &Frame, content: &Content<'_>) {
    for row in &content.rows {
        let (Some(difference), x) = (row.difference.value(), at(frame, row).0) else { continue };
        let of = row.difference_interval.value();
        let colour = match of.map(Verdict::of) {
            Some(Verdict::Better) => "var(--good)",
            Some(Verdict::Worse) => "var(--bad)",
            Some(_) => "var(--ink)",
            None => "var(--base)",
        };
        let faint = if row.n_f == content.lens.n_f { "1" } else { "0.45" };
        if let Some(of) = of {
            let ends = [x, frame.lower.at(of.low), x, frame.lower.at(of.high)];
            drawing.line(ends, colour, &[("stroke-width", "1.6"), ("opacity", faint)]);
        }
        let fill = if of.is_some() { colour } else { "var(--bg)" };
        drawing.circle(
            (x, frame.lower.at(*difference)),
            3.0,
            &[("fill", fill), ("stroke", colour), ("opacity", faint)],
        );
    }
}

/// The plumb line through both panels, the ring around the tree, and the tie to the baseline.
fn chosen(drawing: &mut Drawing, frame: &Frame, content: &Content<'_>) {
    let Some(row) = content.rows.iter().find(|row| content.is_chosen(row)) else { return };
    let (x, y) = at(frame, row);
    drawing.line([x, TOP, x, LOWER.1], "var(--ink3)", &[("stroke-dasharray", "1 3")]);
    if let Some(rate) = row.baseline_pass_rate.value() {
        let other = frame.upper.at(*rate);
        let colour = if other < y { "var(--bad)" } else { "var(--good)" };
        drawing.line([x, y, x, other], colour, &[("stroke-width", "2")]);
    }
    let ring = [("fill", "none"), ("stroke", "var(--ink)"), ("stroke-width", "1.6")];
    drawing.circle((x, y), 7.0, &ring);
    if let Some(difference) = row.difference.value() {
        drawing.circle((x, frame.lower.at(*difference)), 7.0, &ring);
    }
}

/// The points of the plot as rows of a table: each number as it stands in pass_at_t.csv, in percent.
pub(crate) fn as_table(drawn: &Drawn, lens: &Lens) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let content = Content::of(drawn, lens);
    let header = vec!["n_p", "n_f", "cost", "solved, %", "sampling, %", "difference, points", "95 % interval"];
    let rows = content.rows.iter().map(|row| {
        let dash = || "\u{2013}".to_owned();
        let cost = row.mean_tokens.value().copied().unwrap_or_default();
        vec![
            row.n_p.to_string(),
            row.n_f.to_string(),
            if lens.definition == TokenDefinition::Dollars { fixed(cost, 4) } else { grouped(cost) },
            row.pass_rate.value().map_or_else(dash, |rate| percent(*rate)),
            row.baseline_pass_rate.value().map_or_else(dash, |rate| percent(*rate)),
            row.difference.value().map_or_else(dash, |difference| points(*difference)),
            row.difference_interval.value().map_or_else(dash, points_interval),
        ]
    });
    (header, rows.collect())
}

/// A bar of shares as one drawing: each part with its colour.
pub(crate) fn shares(parts: &[(f64, &str, &str)], width: f64, height: f64, label: &str) -> String {
    let sum: f64 = parts.iter().map(|(size, _, _)| size).sum();
    let mut drawing = Drawing::default();
    let mut x = 0.0;
    for (size, colour, opacity) in parts.iter().filter(|(size, _, _)| *size > 0.0) {
        let wide = width * size / sum;
        drawing.rect([x, 0.0, (wide - 1.0).max(1.0), height], &[("fill", colour), ("opacity", opacity)]);
        x += wide;
    }
    let (w, h) = (coordinate(width), coordinate(height));
    drawing.finish(width, height, label, " preserveAspectRatio=\"none\" class=\"shares\"").replacen(
        &format!("width=\"{w}\" height=\"{h}\""),
        &format!("height=\"{h}\""),
        1,
    )
}
