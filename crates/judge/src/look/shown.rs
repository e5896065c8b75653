//! What instruments show, as plain values that a journal keeps.

use serde::{Deserialize, Serialize};

/// The basic blocks that a call executed, in the order in which they began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The call; `None` of a whole program.
    pub call: Option<String>,
    /// How it ended: "returned", "exited", "stopped" where the trace had taken all that it may, "raised" with what; `None`
    /// where it was ended from outside.
    pub end: Option<String>,
    /// How many blocks were executed, those that were left out included.
    pub total: u64,
    /// The blocks. Of the passes of each loop there are the first, the second and the last.
    pub steps: Vec<Step>,
}

/// A block that was executed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number among all that were executed, from 0.
    pub number: u64,
    /// Its first line in the program, from 1.
    pub first: u32,
    /// Its last line.
    pub last: u32,
    /// The variables that it changed, with their values as they then were. "return", "yield" and "raise" stand for what left
    /// its function there.
    pub values: Values,
    /// The pass of the innermost loop around it, from 1, and how many passes there were.
    pub pass: Option<(u64, u64)>,
}

/// Names with shown values, in the order in which the program has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub Vec<(String, String)>);

impl Serialize for Values {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> serde::de::Visitor<'de> for Pairs {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("names with values")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Values(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// What a program costs that passes its workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkCost {
    /// What this host measured of the candidate's party alone, over all tests, and with its start. Where candidate and tests
    /// share an interpreter it is what both took.
    pub cost: u64,
    /// Of what.
    pub unit: Unit,
    /// The same of the problem's reference solution; `None` where there is none, or where it does not pass.
    pub reference: Option<u64>,
}

/// What a cost counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Instructions of the engine `wasm`: the same each time, on every machine.
    Fuel,
    /// CPU time in microseconds, the least of five.
    Microseconds,
}

impl Unit {
    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::Microseconds => "microseconds",
        }
    }
}
