//! What a script says of itself: who is asked, what it may know, and how much it may ask.

use super::known::Reach;
use super::rounds::Rounds;
use mend_core::{OracleFlags, Seat, Split, Suite};

/// The header of a strategy, for one choice of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// One line for people.
    pub summary: String,
    /// Where it was published; empty if it was not.
    pub paper: String,
    /// How it differs from what was published; empty if it does not, or was not published.
    pub deviations: String,
    /// The shape of its trees, in a few words.
    pub shape: String,
    /// Who is asked, in the order of seats.
    pub seats: Vec<Seat>,
    /// Which tests count as public, if it says so.
    pub public: Option<Split>,
    /// Whose facts may enter a prompt.
    pub see: Reach,
    /// Whose outcome may decide what is done next.
    pub stop_on: Reach,
    /// Whose outcome may decide what is handed in.
    pub select_on: Reach,
    /// Whether the reference solution may be read.
    pub reference: bool,
    /// The most requests for one problem.
    pub bound: u64,
    /// How it goes through its problems, if it learns from some for others.
    pub rounds: Option<Rounds>,
}

impl Header {
    /// What the strategy can reach: what was granted to it.
    pub fn oracle(&self) -> OracleFlags {
        OracleFlags {
            sees_hidden: self.see == Reach::Hidden,
            stops_on_hidden: self.stop_on == Reach::Hidden,
            selects_on_hidden: self.select_on == Reach::Hidden,
            sees_reference: self.reference,
        }
    }

    /// What it can reach on the problems that shape its state.
    pub fn dev_oracle(&self) -> OracleFlags {
        let learn_on = self.rounds.as_ref().map_or(Reach::None, |rounds| rounds.learn_on);
        Self { see: self.see.max(learn_on), stop_on: self.stop_on.max(learn_on), ..self.clone() }.oracle()
    }

    /// The suite whose outcome decides what is handed in where a tree ends early; `None` if none may.
    pub fn selection(&self) -> Option<Suite> {
        match self.select_on.max(self.stop_on) {
            Reach::None => None,
            Reach::Public => Some(Suite::Public),
            Reach::Hidden => Some(Suite::Hidden),
        }
    }
}
