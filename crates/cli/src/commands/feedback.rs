//! `mend feedback`: what people may write about, and what they are asked.

use crate::args::FeedbackCommand;
use crate::exit::{Exit, Failure};
use mend_model::OpenRow;
use std::io::Write as _;
use std::path::Path;

/// `mend feedback`
pub fn run(command: FeedbackCommand) -> Result<Exit, Failure> {
    match command {
        FeedbackCommand::Todo { run, out } => todo(&run, out.as_deref()),
    }
}

/// Everything that people are still wanted for, a line each.
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
    let answers = rows.iter().filter(|row| matches!(row, OpenRow::Answer(_))).count();
    crate::tell(&missing(rows.len() - answers, answers));
    Ok(Exit::Complete)
}

/// What is missing, and what is to be filled in.
fn missing(critiques: usize, answers: usize) -> String {
    let count = |count: usize, one: &str, several: &str| match count {
        1 => format!("1 {one} is"),
        _ => format!("{count} {several} are"),
    };
    let critiques_are = count(critiques, "critique", "critiques");
    let answers_are = count(answers, "answer", "answers");
    match (critiques, answers) {
        (_, 0) => format!("{critiques_are} missing; fill in `feedback`, `author` and `minutes`"),
        (0, _) => format!("{answers_are} missing; fill in `answer`, `author` and `minutes`"),
        _ => format!(
            "{critiques_are} missing, and {answers_are}; fill in `feedback` or `answer`, whichever the row has, `author` \
             and `minutes`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn what_is_missing_is_counted_by_what_it_is() {
        for (critiques, answers, said) in [
            (0, 0, "0 critiques are missing; fill in `feedback`, `author` and `minutes`"),
            (1, 0, "1 critique is missing; fill in `feedback`, `author` and `minutes`"),
            (0, 2, "2 answers are missing; fill in `answer`, `author` and `minutes`"),
            (
                2,
                1,
                "2 critiques are missing, and 1 answer is; fill in `feedback` or `answer`, whichever the row has, \
                 `author` and `minutes`",
            ),
        ] {
            assert_eq!(missing(critiques, answers), said);
        }
    }
}
