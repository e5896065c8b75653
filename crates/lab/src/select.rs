//! Which problems of a data set a run takes.

use crate::data::read_file;
use crate::failure::Failure;
use mend_core::ProblemId;
use mend_dataset::{Condition, Dataset, Sample, SelectError, Selection};
use std::path::{Path, PathBuf};

/// The chosen part of a data set, all of it by default.
#[derive(Debug, Clone, Default)]
pub struct Select {
    /// The file that names the problems, one id a line.
    pub problems: Option<PathBuf>,
    /// Conditions such as `difficulty=easy`.
    pub conditions: Vec<String>,
    /// How many of the rest are drawn, and by which seed.
    pub sample: Option<Sample>,
}

impl Select {
    /// Leaves the chosen problems.
    pub fn keep(&self, dataset: &mut Dataset) -> Result<(), Failure> {
        let problems: Vec<ProblemId> = dataset.problems.iter().map(|problem| problem.id.clone()).collect();
        let refused = |error| refused(error, &problems);
        let named = self.problems.as_deref().map(named_problems).transpose()?;
        let conditions: Result<Vec<Condition>, SelectError> = self.conditions.iter().map(|text| text.parse()).collect();
        let selection = Selection { named, conditions: conditions.map_err(refused)?, sample: self.sample };
        let chosen = dataset.select(&selection).map_err(refused)?;
        dataset.keep(&chosen);
        Ok(())
    }
}

fn refused(error: SelectError, problems: &[ProblemId]) -> Failure {
    let hint = match &error {
        SelectError::NoCondition(_) | SelectError::UnknownField { .. } => "such as `--where difficulty=interview`",
        SelectError::BadRange { .. } => "an end that is left out is open; both ends belong to the range",
        SelectError::NothingLeft { .. } => "ask for less with `--where`",
        SelectError::UnknownValue { .. } | SelectError::UnknownProblem { .. } => {
            "`mend datasets show` lists the problems of a data set"
        }
        SelectError::TooFew { .. } => "ask for a smaller `--sample`",
    };
    match &error {
        SelectError::UnknownProblem { id, .. } => {
            let id = id.to_string();
            Failure::usage(error).meant(&id, problems.iter().map(ProblemId::as_str), hint)
        }
        SelectError::UnknownValue { value, known, .. } => {
            let (value, known) = (value.clone(), known.clone());
            Failure::usage(error).meant(&value, known.iter().map(String::as_str), hint)
        }
        SelectError::UnknownField { field } => {
            let field = field.clone();
            Failure::usage(error).meant(&field, Condition::fields(), hint)
        }
        _ => Failure::usage(error).hint(hint),
    }
}

/// The ids in a file, one a line, without comments.
fn named_problems(path: &Path) -> Result<Vec<ProblemId>, Failure> {
    let bytes = read_file(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::usage(format!("`{}` is not UTF-8: {}", path.display(), error.utf8_error())))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let ids: Vec<ProblemId> = lines.filter(|line| !line.is_empty()).map(ProblemId::new).collect();
    if ids.is_empty() {
        let failure = Failure::usage(format!("`{}` names no problem", path.display()));
        return Err(failure.hint("write one problem id a line; `mend datasets show` lists them"));
    }
    Ok(ids)
}
