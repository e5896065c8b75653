//! One module per command.

mod amend;
pub mod cache;
mod chosen;
pub mod compare;
pub mod datasets;
pub mod doctor;
pub mod export;
pub mod feedback;
mod flips;
pub mod gate;
mod going;
pub mod import;
pub mod impossible;
pub mod models;
pub mod plan;
pub mod recorded;
pub mod rejudge;
pub mod report;
pub mod resume;
pub mod run;
pub mod runs;
pub mod score;
pub mod serve;
pub mod shell;
pub mod show;
pub mod sim_server;
pub mod strategies;
pub mod tour;
pub mod verify;
pub mod view;
pub mod watch;

use std::io::IsTerminal as _;

/// Columns of a table that does not go to a terminal.
const WIDTH: u16 = 100;

/// Columns that stdout has.
fn width() -> u16 {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if std::io::stdout().is_terminal() && size.ws_col > 0 => size.ws_col,
        _ => WIDTH,
    }
}
