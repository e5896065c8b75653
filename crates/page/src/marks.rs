//! How a status looks: a colour and a shape, so that neither speaks alone.

use crate::number::coordinate;
use crate::svg::Drawing;
use mend_core::Status;

/// A colour and a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The name of the colour on the page.
    pub(crate) colour: &'static str,
    /// The shape, as the script knows it.
    pub(crate) shape: &'static str,
}

/// The statuses in the order of legends and tables.
pub(crate) const STATUSES: [Status; 13] = [
    Status::Passed,
    Status::WrongAnswer,
    Status::RuntimeError,
    Status::CompileError,
    Status::MissingEntryPoint,
    Status::NoCode,
    Status::SandboxViolation,
    Status::TimeLimit,
    Status::MemoryLimit,
    Status::OutputLimit,
    Status::ProcessLimit,
    Status::DiskLimit,
    Status::Unsupported,
];

/// The place of a status in [`STATUSES`], by which the script knows it.
pub(crate) fn place(status: Status) -> usize {
    STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len() - 1)
}

/// The status in words.
pub(crate) fn words(status: Status) -> String {
    status.as_str().replace('_', " ")
}

/// Five colours (solved, answered wrongly, broke, hit a limit, not judged), and a shape each.
pub(crate) fn mark(status: Status) -> Mark {
    let (colour, shape) = match status {
        Status::Passed => ("--good", "disc"),
        Status::WrongAnswer => ("--bad", "diamond"),
        Status::RuntimeError => ("--crash", "triangle"),
        Status::CompileError => ("--crash", "cross"),
        Status::MissingEntryPoint => ("--crash", "down"),
        Status::NoCode => ("--crash", "bar"),
        Status::SandboxViolation => ("--crash", "star"),
        Status::TimeLimit => ("--limit", "square"),
        Status::MemoryLimit => ("--limit", "house"),
        Status::OutputLimit => ("--limit", "hexagon"),
        Status::ProcessLimit => ("--limit", "pentagon"),
        Status::DiskLimit => ("--limit", "trapeze"),
        Status::Unsupported => ("--base", "ring"),
    };
    Mark { colour, shape }
}

/// The outline of a shape around the origin, for a radius of 1: corners of a polygon, or nothing for a circle.
pub(crate) fn corners(shape: &str) -> &'static [(f64, f64)] {
    match shape {
        "diamond" => &[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)],
        "triangle" => &[(0.0, -1.1), (1.1, 0.9), (-1.1, 0.9)],
        "down" => &[(0.0, 1.1), (1.1, -0.9), (-1.1, -0.9)],
        "cross" => &[
            (-1.0, -0.55),
            (-0.55, -1.0),
            (0.0, -0.45),
            (0.55, -1.0),
            (1.0, -0.55),
            (0.45, 0.0),
            (1.0, 0.55),
            (0.55, 1.0),
            (0.0, 0.45),
            (-0.55, 1.0),
            (-1.0, 0.55),
            (-0.45, 0.0),
        ],
        "bar" => &[(-1.1, -0.4), (1.1, -0.4), (1.1, 0.4), (-1.1, 0.4)],
        "star" => &[
            (0.0, -1.2),
            (0.35, -0.35),
            (1.2, 0.0),
            (0.35, 0.35),
            (0.0, 1.2),
            (-0.35, 0.35),
            (-1.2, 0.0),
            (-0.35, -0.35),
        ],
        "square" => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "house" => &[(0.0, -1.1), (0.95, -0.2), (0.95, 0.95), (-0.95, 0.95), (-0.95, -0.2)],
        "hexagon" => &[(-0.55, -1.0), (0.55, -1.0), (1.1, 0.0), (0.55, 1.0), (-0.55, 1.0), (-1.1, 0.0)],
        "pentagon" => &[(0.0, -1.1), (1.05, -0.3), (0.65, 0.95), (-0.65, 0.95), (-1.05, -0.3)],
        "trapeze" => &[(-0.6, -0.9), (0.6, -0.9), (1.1, 0.9), (-1.1, 0.9)],
        _ => &[],
    }
}

/// Draws a status.
pub(crate) fn draw(drawing: &mut Drawing, status: Status, (x, y): (f64, f64), radius: f64) {
    let Mark { colour, shape } = mark(status);
    let colour = format!("var({colour})");
    let corners = corners(shape);
    if corners.is_empty() {
        let hollow = shape == "ring";
        let fill = if hollow { "none" } else { colour.as_str() };
        drawing.circle((x, y), radius, &[("fill", fill), ("stroke", &colour), ("stroke-width", "1.4")]);
        return;
    }
    let mut path = String::new();
    for (place, (dx, dy)) in corners.iter().enumerate() {
        path.push(if place == 0 { 'M' } else { 'L' });
        path.push_str(&coordinate(x + dx * radius));
        path.push(' ');
        path.push_str(&coordinate(y + dy * radius));
    }
    path.push('Z');
    drawing.path(&path, &[("fill", &colour)]);
}

/// A status as a small drawing within a line of text.
pub(crate) fn inline(status: Status) -> String {
    let mut drawing = Drawing::default();
    draw(&mut drawing, status, (6.0, 6.0), 4.2);
    drawing.finish(12.0, 12.0, "", " class=\"mk\"").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_status_has_a_shape_of_its_own_and_no_failure_is_blue() {
        let shapes: BTreeSet<&str> = STATUSES.iter().map(|status| mark(*status).shape).collect();
        assert_eq!(shapes.len(), STATUSES.len());
        for status in STATUSES.into_iter().filter(|status| *status != Status::Passed) {
            assert_ne!(mark(status).colour, "--good", "{status}");
        }
        let round = STATUSES.iter().filter(|status| corners(mark(**status).shape).is_empty()).count();
        assert_eq!(round, 2, "the disc of a pass, and the ring of what nobody judged");
        assert_eq!(place(Status::TimeLimit), 7);
    }
}
