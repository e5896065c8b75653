//! `mend feedback`: what people may write about.

use crate::args::FeedbackCommand;
use crate::exit::{Exit, Failure};
use std::io::Write as _;
use std::path::Path;

/// `mend feedback`
pub fn run(command: FeedbackCommand) -> Result<Exit, Failure> {
    match command {
        FeedbackCommand::Todo { run, out } => todo(&run, out.as_deref()),
    }
}

/// Every program that a critic is still wanted for, a line each.
fn todo(run: &Path, out: Option<&Path>) -> Result<Exit, Failure> {
    let rows = mend_lab::questions(run)?;
    let mut lines = String::new();
    for row in &rows {
        lines.push_str(&serde_json::to_string(row).map_err(Failure::usage)?);
        lines.push('\n');
    }
    match out {
        None => crate::print(&lines)?,
        Some(path) => {
            let name = path.display();
            let mut file = std::fs::File::create_new(path).map_err(|error| {
                Failure::usage(format!("cannot write `{name}`: {error}"))
                    .hint("what people wrote is not overwritten: name a new file")
            })?;
            file.write_all(lines.as_bytes()).map_err(Failure::usage)?;
        }
    }
    let what = if rows.len() == 1 { "critique is" } else { "critiques are" };
    crate::tell(&format!("{} {what} missing; fill in `feedback`, `author` and `minutes`", rows.len()));
    Ok(Exit::Complete)
}
