//! What a run's figures and trees look like: CSV and JSON files, and tables for a terminal.
//!
//! Nothing here computes a figure. [`write()`] fills a run's directory, [`render`] and [`to_json`] show a
//! summary on a terminal or to another program.

mod critiques;
mod csv_file;
mod figures;
mod json;
mod plain;
mod problems;
mod samples;
mod tables;
mod terminal;
#[cfg(test)]
mod testing;
mod timings;
mod write;

pub use json::to_json;
pub use plain::plain;
pub use tables::table;
pub use terminal::render;
pub use write::{ReportError, write};
