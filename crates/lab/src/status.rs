//! What a run that goes on shows to another process, and what it can be asked for: the side of the run ([`keep`](keep::Keeper))
//! and that of whoever watches ([`Watched`]).
//!
//! A run keeps `status.json` in its folder while it goes on, and takes the file away when it ends: what a run that ended
//! came to stands in its journal. The run's lock says whether it lives, so that a status which a kill left behind is known
//! as such. A pause is a file too, `pause`, which the run looks for, and which no session finds that begins later.

mod board;
mod keep;
mod pace;
mod seen;
mod socket;
mod told;

pub(crate) use board::Board;
pub use keep::StatusTo;
pub(crate) use keep::{Keeper, Watching};
pub use pace::{Eta, Rates};
pub use seen::Watched;
pub use told::{Budgeted, Count, Failed, Failing, OfSeat, Programs, Requests, SessionSeen, Spent, State, Status};
