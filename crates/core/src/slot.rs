//! A node's place in its tree, and its name: `p3`, `p3/r2`, `p3/f0/r2`, `n0`.

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};
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
    /// A text that later prompts show: a plan, a thought, a reflection, a rubric.
    Note(u32),
    /// Tests that a model wrote.
    Tests(u32),
    /// A score, or a preference between nodes.
    Judgement(u32),
    /// A question to a person.
    Question(u32),
}

/// What a node is. Orders as listed, which is the order of siblings of different kinds: new kinds come last, so that
/// older journals and tables keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// [`Step::Program`].
    Program,
    /// [`Step::Feedback`].
    #[strum(serialize = "critique")]
    Feedback,
    /// [`Step::Repair`].
    Repair,
    /// [`Step::Note`].
    Note,
    /// [`Step::Tests`].
    Tests,
    /// [`Step::Judgement`].
    Judgement,
    /// [`Step::Question`].
    Question,
}

impl Kind {
    /// All kinds, in their order.
    pub const ALL: [Self; 7] =
        [Self::Program, Self::Feedback, Self::Repair, Self::Note, Self::Tests, Self::Judgement, Self::Question];

    /// The letter in slots.
    pub fn letter(self) -> char {
        match self {
            Self::Program => 'p',
            Self::Feedback => 'f',
            Self::Repair => 'r',
            Self::Note => 'n',
            Self::Tests => 't',
            Self::Judgement => 'v',
            Self::Question => 'q',
        }
    }

    /// The word used in scripts, files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The step of this kind with a number among its siblings of the same kind.
    pub fn step(self, index: u32) -> Step {
        match self {
            Self::Program => Step::Program(index),
            Self::Feedback => Step::Feedback(index),
            Self::Repair => Step::Repair(index),
            Self::Note => Step::Note(index),
            Self::Tests => Step::Tests(index),
            Self::Judgement => Step::Judgement(index),
            Self::Question => Step::Question(index),
        }
    }

    /// Whether nodes of this kind hold a program.
    pub fn is_program(self) -> bool {
        matches!(self, Self::Program | Self::Repair)
    }
}

impl Step {
    /// What the node at this step is.
    pub fn kind(self) -> Kind {
        match self {
            Self::Program(_) => Kind::Program,
            Self::Feedback(_) => Kind::Feedback,
            Self::Repair(_) => Kind::Repair,
            Self::Note(_) => Kind::Note,
            Self::Tests(_) => Kind::Tests,
            Self::Judgement(_) => Kind::Judgement,
            Self::Question(_) => Kind::Question,
        }
    }

    /// Its number among its siblings of the same kind, from 0.
    pub fn index(self) -> u32 {
        match self {
            Self::Program(index)
            | Self::Feedback(index)
            | Self::Repair(index)
            | Self::Note(index)
            | Self::Tests(index)
            | Self::Judgement(index)
            | Self::Question(index) => index,
        }
    }
}

/// A path of [`Step`]s, chosen by the strategy, never by the order in which answers arrive.
///
/// Orders parents before children and siblings by number (`p2` before `p10`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(Steps);

/// Most nodes are a program or its repair: their steps need no memory of their own.
type Steps = SmallVec<[Step; 2]>;

impl Slot {
    /// The `index`-th program of the tree.
    pub fn program(index: u32) -> Self {
        Self(smallvec![Step::Program(index)])
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

    /// The node below this one at a step.
    #[must_use]
    pub fn child(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The node at a step below a node, or at the root.
    pub fn below(parent: Option<&Self>, step: Step) -> Self {
        parent.map_or_else(|| Self(smallvec![step]), |parent| parent.child(step))
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
        (self.0.len() > 1).then(|| Self(Steps::from_slice(&self.0[..self.0.len() - 1])))
    }

    /// How many steps lie above: 0 for a first program.
    pub fn depth(&self) -> u32 {
        self.0.len() as u32 - 1
    }

    /// What the node is.
    pub fn kind(&self) -> Kind {
        self.last().kind()
    }

    /// Whether the node holds a program.
    pub fn is_program(&self) -> bool {
        self.kind().is_program()
    }

    /// The nearest program above, which a repair mends and a critique is about; `None` for what stands at the root.
    pub fn program_above(&self) -> Option<Self> {
        self.steps_above().map(|steps| Self(Steps::from_slice(steps)))
    }

    /// The steps to the nearest program above; `None` for what stands at the root.
    pub fn steps_above(&self) -> Option<&[Step]> {
        let above = &self.0[..self.0.len().saturating_sub(1)];
        let last = above.iter().rposition(|step| step.kind().is_program())?;
        Some(&above[..=last])
    }

    /// Whether it is a program that mends no other.
    pub fn is_first_program(&self) -> bool {
        self.is_program() && self.steps_above().is_none()
    }

    /// How many repairs lie between the node's first program and its own, itself included: 0 for a first program and
    /// for what stands beside or below one without a repair, 1 for a repair of a first program, and so on.
    pub fn round(&self) -> u32 {
        self.0.iter().filter(|step| matches!(step, Step::Repair(_))).count() as u32
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            let (letter, index) = (step.kind().letter(), step.index());
            write!(f, "{}{letter}{index}", if depth == 0 { "" } else { "/" })?;
        }
        Ok(())
    }
}

/// The text names no slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a slot: `{0}` (expected steps like `p3/f0/r2`: letters p, f, r, n, t, v or q, each with a number)")]
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
                let letter = part.chars().next();
                let kind = Kind::ALL.into_iter().find(|kind| Some(kind.letter()) == letter).ok_or_else(error)?;
                Ok(kind.step(index))
            })
            .collect::<Result<Steps, _>>()?;
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
        check("n0/p0", 1, Some("n0"));
        check("p0/r0/n1/t2/v3/q4", 5, Some("p0/r0/n1/t2/v3"));
        for bad in ["", "p", "x1", "p1/", "p+1", "é1", "p99999999999"] {
            assert!(bad.parse::<Slot>().is_err(), "{bad}");
        }
    }

    #[test]
    fn siblings_order_by_number_and_parents_come_first() {
        let mut slots =
            ["v0", "n0", "p10", "p2/n0", "p2/r0", "p2", "p2/f0/r1"].map(|text| text.parse::<Slot>().unwrap());
        slots.sort();
        let sorted = ["p2", "p2/f0/r1", "p2/r0", "p2/n0", "p10", "n0", "v0"];
        assert_eq!(slots.map(|slot| slot.to_string()), sorted);
    }

    #[test]
    fn a_slot_knows_its_program_and_its_round() {
        for (text, program, round) in [
            ("p0", None, 0),
            ("n0/p0", None, 0),
            ("p0/f1", Some("p0"), 0),
            ("p0/f1/r2", Some("p0"), 1),
            ("p0/r0/n0/r3", Some("p0/r0"), 2),
            ("n0", None, 0),
        ] {
            let slot: Slot = text.parse().unwrap();
            assert_eq!(slot.program_above().map(|slot| slot.to_string()).as_deref(), program, "{text}");
            assert_eq!(slot.round(), round, "{text}");
        }
    }
}
