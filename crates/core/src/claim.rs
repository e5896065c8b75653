//! What somebody else's file says of a program, so that it can be laid beside our own verdict.

use crate::{Slot, Suite, TreeKey};

/// What a file says of programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The tree.
    pub tree: TreeKey,
    /// The program; `None` if it is said of all first programs of the tree together.
    pub slot: Option<Slot>,
    /// The suite that it is about.
    pub suite: Suite,
    /// The field that says it, as the file names it.
    pub field: String,
    /// What it says.
    pub said: Said,
}

/// A recorded verdict or score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said {
    /// Whether the program passes.
    Passes(bool),
    /// The share of the programs that pass, from 0 to 1.
    Share(f64),
}
