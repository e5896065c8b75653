//! Drawings: scales, ticks, and elements that are written the same way each time.

use crate::number::coordinate;
use crate::text::escaped;
use std::fmt::Write as _;

/// A straight map from values to coordinates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Maps the ends of `from` to the ends of `to`.
    pub(crate) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        Self { from, to }
    }

    /// Where a value lies.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let width = self.from.1 - self.from.0;
        let share = if width == 0.0 { 0.0 } else { (value - self.from.0) / width };
        self.to.0 + share * (self.to.1 - self.to.0)
    }
}

/// Round values within a range, about as many as asked for.
pub(crate) fn ticks((low, high): (f64, f64), about: u32) -> Vec<f64> {
    let width = high - low;
    if width <= 0.0 || !width.is_finite() {
        return vec![low];
    }
    let rough = width / f64::from(about.max(1));
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|place| place as f64 * step).collect()
}

/// A drawing that grows.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    body: String,
}

impl Drawing {
    /// An element without content. Attributes are written in the order given.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, String)]) {
        self.open(name, attributes);
        self.body.truncate(self.body.len() - 1);
        self.body.push_str("/>");
    }

    /// Begins an element.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, String)]) {
        let _ = write!(self.body, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.body, " {name}=\"{}\"", escaped(value));
        }
        self.body.push('>');
    }

    /// Ends an element.
    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.body, "</{name}>");
    }

    /// A line.
    pub(crate) fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: &str, more: &[(&str, &str)]) {
        let mut attributes = vec![
            ("x1", coordinate(x1)),
            ("y1", coordinate(y1)),
            ("x2", coordinate(x2)),
            ("y2", coordinate(y2)),
            ("stroke", stroke.to_owned()),
        ];
        attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.element("line", &attributes);
    }

    /// A path.
    pub(crate) fn path(&mut self, d: &str, more: &[(&str, &str)]) {
        let mut attributes = vec![("d", d.to_owned())];
        attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.element("path", &attributes);
    }

    /// A circle.
    pub(crate) fn circle(&mut self, (x, y): (f64, f64), radius: f64, more: &[(&str, &str)]) {
        let mut attributes = vec![("cx", coordinate(x)), ("cy", coordinate(y)), ("r", coordinate(radius))];
        attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.element("circle", &attributes);
    }

    /// A rectangle.
    pub(crate) fn rect(&mut self, [x, y, width, height]: [f64; 4], more: &[(&str, &str)]) {
        let mut attributes = vec![
            ("x", coordinate(x)),
            ("y", coordinate(y)),
            ("width", coordinate(width.max(0.0))),
            ("height", coordinate(height)),
        ];
        attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.element("rect", &attributes);
    }

    /// A text: `anchor` is `start`, `middle` or `end`.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str, more: &[(&str, &str)]) {
        let mut attributes = vec![("x", coordinate(x)), ("y", coordinate(y)), ("text-anchor", anchor.to_owned())];
        if !more.iter().any(|(name, _)| *name == "font-size") {
            attributes.push(("font-size", "12".to_owned()));
        }
        attributes.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.open("text", &attributes);
        self.body.push_str(&escaped(text));
        self.close("text");
    }

    /// Something that is drawn already.
    pub(crate) fn raw(&mut self, svg: &str) {
        self.body.push_str(svg);
    }

    /// The whole as an element of a page, which gives its colours.
    pub(crate) fn finish(self, width: f64, height: f64, label: &str, attributes: &str) -> String {
        let (width, height, label) = (coordinate(width), coordinate(height), escaped(label));
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{label}\"{attributes}>{}</svg>",
            self.body
        )
    }
}

/// A path through points.
pub(crate) fn through(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{} {}", coordinate(x), coordinate(y));
    }
    path
}

/// The colours of the light theme, for drawings that stand alone.
const LIGHT: [(&str, &str); 22] = [
    ("--bg", "#fff"),
    ("--sub", "#f6f7f9"),
    ("--inset", "#ebeef2"),
    ("--ink", "#191d23"),
    ("--ink2", "#4a535e"),
    ("--ink3", "#646e7a"),
    ("--line", "#dde2e8"),
    ("--line2", "#b9c1cb"),
    ("--field", "#838c97"),
    ("--rule", "#eceff3"),
    ("--good", "#0b62b5"),
    ("--good2", "#4a8fd3"),
    ("--good3", "#073c72"),
    ("--bad", "#b4480c"),
    ("--crash", "#8c1d40"),
    ("--limit", "#806000"),
    ("--base", "#6a737e"),
    ("--gain1", "#cfe0f1"),
    ("--gain2", "#9dc0e1"),
    ("--loss1", "#f0dace"),
    ("--loss2", "#dfb292"),
    ("--soft", "#d8dde3"),
];

/// A drawing of a page as a file of its own: colours instead of names, with what it shows as its title.
pub(crate) fn standalone(svg: &str, title: &str) -> String {
    let mut alone = svg.to_owned();
    for (name, colour) in LIGHT {
        alone = alone.replace(&format!("var({name})"), colour);
    }
    let head = "<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, sans-serif\" ";
    let mut alone = alone.replacen("<svg ", head, 1);
    if let Some(end) = alone.find('>') {
        let ground = "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";
        alone.insert_str(end + 1, &format!("<title>{}</title>{ground}", escaped(title)));
    }
    alone.push('\n');
    alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_range() {
        assert_eq!(ticks((0.0, 100.0), 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks((-12.0, 3.0), 3), [-10.0, -5.0, 0.0]);
        assert_eq!(ticks((0.0, 0.3), 3), [0.0, 0.1, 0.2, 0.300_000_000_000_000_04]);
        assert_eq!(ticks((5.0, 5.0), 3), [5.0]);
    }

    #[test]
    fn a_drawing_is_escaped_and_stands_alone_without_names_of_colours() {
        let mut drawing = Drawing::default();
        drawing.text((1.0, 2.5), "start", "a<b & \"c\"", &[("fill", "var(--good)")]);
        let svg = drawing.finish(10.0, 20.0, "x", "");
        assert_eq!(
            svg,
            "<svg viewBox=\"0 0 10 20\" width=\"10\" height=\"20\" role=\"img\" aria-label=\"x\"><text x=\"1\" y=\"2.5\" \
             text-anchor=\"start\" font-size=\"12\" fill=\"var(--good)\">a&lt;b &amp; &quot;c&quot;</text></svg>"
        );
        let alone = standalone(&svg, "t<");
        assert!(
            alone.contains("fill=\"#0b62b5\"") && !alone.contains("var(") && alone.contains("<title>t&lt;</title>")
        );
    }
}
