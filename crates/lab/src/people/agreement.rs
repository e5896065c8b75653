//! How well a simulated person stands for the people whose rows it is made of.

use crate::failure::Failure;
use crate::spec::{base, people_of};
use mend_core::{Found, Opinion, Remark, Span};
use mend_model::Agreement;
use mend_repair::read_remark;
use std::path::Path;

/// Holds every `one_in`-th row of a file out, and compares it with what the nearest of the others says.
///
/// # Errors
/// The file cannot be read, a line of it is no row, or it has too few rows about programs.
pub fn agreement(file: &Path, one_in: usize) -> Result<Agreement, Failure> {
    let name = file.display().to_string();
    let people = people_of(&name, &base(&name), false)?;
    let agreement = mend_model::agreement(&people, one_in, &named);
    if agreement.held_out == 0 {
        let failure = Failure::usage(format!("`{name}` holds fewer than two rows about programs"));
        return Err(failure.hint("rows that nobody filled in do not count, nor do answers to prompts"));
    }
    Ok(agreement)
}

/// The lines that a row names, and what it says of the program as a whole.
fn named(remark: &Remark) -> (Vec<Span>, Option<Opinion>) {
    match read_remark(remark) {
        Found::Critique { opinion, spans, .. } => (spans, opinion),
        _ => (Vec::new(), None),
    }
}
