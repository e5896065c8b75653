//! Who is asked in a strategy.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What somebody in a seat does.
///
/// Orders as listed: requests of one kind of tree are told in this order, so new parts come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Part {
    /// Writes programs from the statement.
    Coder,
    /// Says what is wrong with a program, and writes none.
    Critic,
    /// Writes programs from a failing program and its feedback.
    Repairer,
    /// Writes plans, reflections, and other notes that later prompts show.
    Planner,
    /// Writes tests.
    Tester,
    /// Scores programs, or prefers one to another.
    Judge,
    /// Scores programs for a selection, without a word to say about them.
    Verifier,
    /// Answers questions, as a person would.
    Annotator,
}

impl Part {
    /// All parts, in their order.
    pub const ALL: [Self; 8] = [
        Self::Coder,
        Self::Critic,
        Self::Repairer,
        Self::Planner,
        Self::Tester,
        Self::Judge,
        Self::Verifier,
        Self::Annotator,
    ];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A place that a model or a person takes in a strategy: a part and a number, such as `critic` (the first) or
/// `critic-2`. The key of models, sampling, spending and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    part: Part,
    number: u32,
}

impl Seat {
    /// The first coder.
    pub const CODER: Self = Self::first(Part::Coder);
    /// The first critic.
    pub const CRITIC: Self = Self::first(Part::Critic);
    /// The first repairer.
    pub const REPAIRER: Self = Self::first(Part::Repairer);
    /// The first planner.
    pub const PLANNER: Self = Self::first(Part::Planner);
    /// The first tester.
    pub const TESTER: Self = Self::first(Part::Tester);
    /// The first judge.
    pub const JUDGE: Self = Self::first(Part::Judge);

    /// The first seat of a part.
    pub const fn first(part: Part) -> Self {
        Self { part, number: 1 }
    }

    /// What whoever sits there does.
    pub fn part(self) -> Part {
        self.part
    }

    /// The number among the seats of its part, from 1.
    pub fn number(self) -> u32 {
        self.number
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => f.pad(self.part.as_str()),
            number => f.pad(&format!("{}-{number}", self.part.as_str())),
        }
    }
}

/// The text names no seat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no seat: expected coder, critic, repairer, planner, tester, judge, verifier or annotator, with a number from 2 on for further ones, as in `critic-2`"
)]
pub struct SeatParseError(String);

impl FromStr for Seat {
    type Err = SeatParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SeatParseError(text.to_owned());
        let (word, number) = match text.split_once('-') {
            None => (text, 1),
            Some((word, digits)) => {
                let number: u32 = digits.parse().map_err(|_| error())?;
                // One name for each seat: neither `critic-1` nor `critic-02`.
                if number < 2 || number.to_string() != digits {
                    return Err(error());
                }
                (word, number)
            }
        };
        let part = Part::ALL.into_iter().find(|part| part.as_str() == word).ok_or_else(error)?;
        Ok(Self { part, number })
    }
}

impl Serialize for Seat {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seat {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_its_own_text() {
        for text in ["coder", "critic", "critic-2", "annotator-17"] {
            assert_eq!(text.parse::<Seat>().unwrap().to_string(), text);
        }
        for bad in ["", "critic-", "critic-1", "critic-02", "critic-0", "critics", "critic-x", "-2"] {
            assert!(bad.parse::<Seat>().is_err(), "{bad}");
        }
    }

    #[test]
    fn seats_order_by_part_and_number() {
        let mut seats =
            ["judge", "critic-10", "critic-2", "critic", "repairer", "coder"].map(|text| text.parse::<Seat>().unwrap());
        seats.sort();
        assert_eq!(
            seats.map(|seat| seat.to_string()),
            ["coder", "critic", "critic-2", "critic-10", "repairer", "judge"]
        );
    }
}
