//! A node's place in its tree, and its name: `p3`, `p3/r2`, `p3/f0/r2`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One step down a tree. Indices count from zero among siblings of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A program drawn from the problem statement alone.
    Program(u32),
    /// A critique of the program above it.
    Feedback(u32),
    /// A repair of the nearest program above it.
    Repair(u32),
}

impl Step {
    fn parts(self) -> (char, u32) {
        match self {
            Self::Program(index) => ('p', index),
            Self::Feedback(index) => ('f', index),
            Self::Repair(index) => ('r', index),
        }
    }
}

/// A path of [`Step`]s, chosen by the strategy, never by the order in which answers arrive.
///
/// Orders parents before children and siblings by number (`p2` before `p10`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(Vec<Step>);

impl Slot {
    /// The `index`-th program of the tree.
    pub fn program(index: u32) -> Self {
        Self(vec![Step::Program(index)])
    }

    /// The `index`-th critique of this node.
    #[must_use]
    pub fn feedback(&self, index: u32) -> Self {
        self.child(Step::Feedback(index))
    }

    /// The `index`-th repair below this node.
    #[must_use]
    pub fn repair(&self, index: u32) -> Self {
        self.child(Step::Repair(index))
    }

    fn child(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps from the root; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last step.
    pub fn last(&self) -> Step {
        *self.0.last().expect("a slot has at least one step")
    }

    /// The slot above, or `None` for a first program.
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 1).then(|| Self(self.0[..self.0.len() - 1].to_vec()))
    }

    /// How many steps lie above: 0 for a first program.
    pub fn depth(&self) -> u32 {
        self.0.len() as u32 - 1
    }

    /// Whether the node holds a program (and not a critique).
    pub fn is_program(&self) -> bool {
        !matches!(self.last(), Step::Feedback(_))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            let (letter, index) = step.parts();
            write!(f, "{}{letter}{index}", if depth == 0 { "" } else { "/" })?;
        }
        Ok(())
    }
}

/// The text names no slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a slot: `{0}` (expected steps like `p3/f0/r2`)")]
pub struct SlotParseError(String);

impl FromStr for Slot {
    type Err = SlotParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SlotParseError(text.to_owned());
        let steps = text
            .split('/')
            .map(|part| {
                let digits = part.get(1..).ok_or_else(error)?;
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(error());
                }
                let index = digits.parse().map_err(|_| error())?;
                match part.as_bytes()[0] {
                    b'p' => Ok(Step::Program(index)),
                    b'f' => Ok(Step::Feedback(index)),
                    b'r' => Ok(Step::Repair(index)),
                    _ => Err(error()),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self(steps))
    }
}

impl Serialize for Slot {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, depth: u32, parent: Option<&str>) {
        let slot: Slot = text.parse().unwrap();
        assert_eq!(slot.to_string(), text);
        assert_eq!(slot.depth(), depth);
        assert_eq!(slot.parent().map(|slot| slot.to_string()).as_deref(), parent);
    }

    #[test]
    fn slots_are_their_own_text() {
        check("p3", 0, None);
        check("p3/f0/r2", 2, Some("p3/f0"));
        for bad in ["", "p", "x1", "p1/", "p+1", "é1", "p99999999999"] {
            assert!(bad.parse::<Slot>().is_err(), "{bad}");
        }
    }

    #[test]
    fn siblings_order_by_number_and_parents_come_first() {
        let mut slots = ["p10", "p2/r0", "p2", "p2/f0/r1"].map(|text| text.parse::<Slot>().unwrap());
        slots.sort();
        assert_eq!(slots.map(|slot| slot.to_string()), ["p2", "p2/f0/r1", "p2/r0", "p10"]);
    }
}
