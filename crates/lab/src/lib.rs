//! From what to run to a run that goes on: the room below every front end.
//!
//! Read [`Choices`] first: what was asked for ([`Asked`]) with data, strategy and models found for it. [`Experiment::new`]
//! freezes that into a manifest and starts the judge, [`Session::begin`] opens a folder, and [`Session::run`] goes on
//! until the end or a stop. [`resume`] finds all of it again for a run that stopped, and [`SelfRepair`] makes a run of
//! somebody else's data.
//!
//! Nothing is printed here: an [`Observer`] hears what there is to say. Keys, addresses and proxies come from the
//! [`Variables`] that the caller hands in. A [`Failure`] says what was found, what to do, and of which [`Kind`] it is.

mod again;
mod amend;
mod asked;
mod batch_log;
mod began;
mod beside;
mod compared;
mod data;
mod differences;
mod engines;
mod experiment;
mod failure;
mod flipped;
mod found;
#[cfg(feature = "wasm")]
mod guest;
#[cfg(not(feature = "wasm"))]
#[path = "without_guest.rs"]
mod guest;
mod import;
mod impossible;
mod models;
mod mutants;
mod observer;
mod people;
mod planned;
mod rejudge;
mod runs;
mod samples_file;
mod seated;
mod select;
mod session;
mod source;
mod spec;
mod split;
mod status;
mod strategies;
mod trajectories;
mod verify;
mod zip;

pub use again::{Resume, resume};
pub use amend::{Amendment, Before};
pub use asked::{Asked, Settled, environment, limits, manifest, parts};
pub use began::problems_of;
pub use beside::{Beside, beside};
pub use compared::{Compared, Read, compared, refusal, with_fewer_repairs};
pub use data::{Found, dataset, dataset_by, dataset_with, read_file};
pub use differences::{changes, differences};
pub use engines::{Author, Engines, HAS_PROCESS, Machine, Sandbox};
pub use experiment::{Choices, Experiment};
pub use failure::{Failure, Kind, journal_failure};
pub use flipped::flipped;
pub use found::{FileFound, WasmFound};
pub use guest::{build as build_guest, look as look_for_guest};
pub use import::{Import, SelfRepair};
pub use impossible::{By, Impossible, impossible};
pub use models::{Connections, Usher, Variables, Way, prices};
pub use mutants::Bench;
pub use observer::{Note, Observer, Silent, Skipped, Wait};
pub use people::{AskBy, Choice, CurvePoint, agreement, curves, questions};
pub use planned::{Lengths, ToPlan, plan};
pub use rejudge::{With, rejudge};
pub use runs::{RunSeen, Runs, runs};
pub use seated::Seated;
pub use select::Select;
pub use session::{End, Outcome, Session, Unreadable, runtime};
pub use source::Source;
pub use status::{
    Budgeted, Count, Eta, Failed, Failing, OfSeat, Programs, Rates, Requests, SessionSeen, Spent, State, Status,
    StatusTo, Watched,
};
pub use strategies::{samples_strategy, strategy};
pub use trajectories::{ImportedTrajectories, TrajectoryFile};
pub use verify::{Fares, Judged, needed_pins, verify};
