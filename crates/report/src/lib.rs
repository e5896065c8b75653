//! What a run's figures and trees look like: CSV and JSON files, and tables for a terminal.
//!
//! Nothing here computes a figure. [`write()`] fills a run's directory, [`render`] and [`to_json`] show a
//! summary on a terminal or to another program.

mod own;
mod write;

mod by_cost;
mod critiques;
mod deeper;
mod drawn;
mod figures;
mod flips;
mod generated;
mod heat_map;
mod helped;
mod learning;
mod nodes;
mod paper_json;
mod plausible;
mod problems;
mod recorded;
mod repairs;
mod samples;
mod sampling;
mod timings;
mod uptake;

mod bench;
mod beside;
mod budgets;
mod by_round;
mod compare;
mod gate;
mod headline;
mod overview;
mod pass_at_t;
mod plan;
mod show;
mod shown;
mod terminal;
mod view;

mod cell;
mod dictionary;
mod failure;
mod json;
mod notes;
mod plain;
mod sheet;
mod tables;
#[cfg(test)]
mod testing;

pub use beside::{RunPoint, points_table, verdict};
pub use compare::{Compared, comparison_files, comparison_json, comparison_text};
pub use dictionary::{dictionary, file_names};
pub use drawn::{drawn_files, drawn_names};
pub use failure::first_failure;
pub use flips::{OfFlips, flips_table, write_flips};
pub use gate::{Asked as GateAsked, gate_json, gate_junit, gate_markdown, gate_text};
pub use headline::{Headline, Verdict};
pub use json::{to_json, to_json_beside};
pub use own::{Choice, OwnFile, own_files};
pub use paper_json::paper_json;
pub use plain::plain;
pub use plan::{plan_json, plan_text};
pub use recorded::{OfRecorded, recorded_json, recorded_table, write_recorded};
pub use repairs::{Asked, OfOne, advice_table, programs_table, repairs_table};
pub use show::{
    Look, node_json, problems_json, show_node, show_problems, show_state, show_tree, shown_slots, state_json, tree_json,
};
pub use tables::{table, wrap};
pub use terminal::render;
pub use uptake::uptake_table;
pub use view::View;
pub use write::{ReportError, replace, write};
