//! The judge over the real `process` engine: what it says of honest programs, of cheats, and of real data.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says if it is skipped")]

mod brought;
mod cheats;
mod common;
mod cooperative;
mod crossing;
mod differential;
mod digits;
mod engines;
mod facts;
mod forgeries;
mod handles;
mod lent;
mod limits;
mod looks;
mod real_data;
mod same_world;
mod starter;
mod verdicts;
mod world;
