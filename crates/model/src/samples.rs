//! Saved samples as a model: the rows of a HumanEval-style JSONL file, handed out as first programs.
//!
//! Read [`Samples::parse`] first. It judges nothing and asks no one; a slot beyond the file is an error.

mod row;

use crate::{Answer, Model, ModelError, Request, count_tokens};
use mend_core::jsonl::{self, RowError};
use mend_core::{Completion, Digest, Form, ModelIdentity, Problem, ProblemId, Slot, Step, Style, Text, Tokens};
use std::collections::BTreeMap;

/// What to do with a row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// Fail at the first one.
    Fail,
    /// Leave it out, and say so: see [`Samples::skipped`].
    Skip,
}

/// A samples file that cannot be used, or a row of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplesError {
    /// The file holds no row that can be used.
    #[error("{path}: no samples (rows skipped: {skipped})")]
    Empty {
        /// The file, as the user named it.
        path: String,
        /// Number of rows that were left out.
        skipped: usize,
    },
    /// The line is no JSON object, or a field is not what it should be.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The row's problem is not in the data set.
    #[error(
        "{path}:{line}: field `task_id`: unknown problem `{id}`{}",
        nearest.as_ref().map(|id| format!(" (nearest known: `{id}`)")).unwrap_or_default()
    )]
    UnknownProblem {
        /// The file, as the user named it.
        path: String,
        /// Line in the file, counted from 1.
        line: usize,
        /// The id in the row.
        id: String,
        /// The known id that differs in the fewest characters. `None` for skipped rows, which may be
        /// too many to compare, and where nothing is known.
        nearest: Option<ProblemId>,
    },
}

/// The samples of one file.
///
/// Slot `pI` of replicate 0 gets the `I`-th row of its problem, in file order. Nothing else has a sample.
#[derive(Debug, Clone)]
pub struct Samples {
    file_name: String,
    digest: Digest,
    /// The known problems, in the data set's order.
    known: Vec<ProblemId>,
    by_problem: BTreeMap<ProblemId, Vec<Completion>>,
    skipped: Vec<SamplesError>,
}

impl Samples {
    /// Reads JSON lines with `task_id` and either `completion` (continues the statement verbatim) or `solution` (a
    /// whole program). `completion` may also be a whole API response with `choices[0].text` and
    /// `usage`. Optional: `prompt_tokens`, `completion_tokens`, `cached_tokens`, `reasoning_tokens`,
    /// `finish_reason`, `model`; a response's own values come first. Other keys are ignored.
    ///
    /// A `completion` for a problem whose statement is prose has nothing to continue and is taken as a
    /// whole program.
    pub fn parse(path: &str, bytes: &[u8], known: &[Problem], on_invalid: OnInvalid) -> Result<Self, SamplesError> {
        let styles: BTreeMap<&str, (&ProblemId, &Style)> =
            known.iter().map(|problem| (problem.id.as_str(), (&problem.id, &problem.style))).collect();
        let mut samples = Self {
            file_name: path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned(),
            digest: Digest::of(bytes),
            known: known.iter().map(|problem| problem.id.clone()).collect(),
            by_problem: BTreeMap::new(),
            skipped: Vec::new(),
        };
        for row in jsonl::rows(path, bytes) {
            match samples.add(path, row, &styles) {
                Ok(()) => {}
                Err(error) if on_invalid == OnInvalid::Skip => samples.skipped.push(error),
                Err(mut error) => {
                    if let SamplesError::UnknownProblem { id, nearest, .. } = &mut error {
                        *nearest = samples.known.iter().min_by_key(|known| distance(id, known.as_str())).cloned();
                    }
                    return Err(error);
                }
            }
        }
        if samples.by_problem.is_empty() {
            return Err(SamplesError::Empty { path: path.to_owned(), skipped: samples.skipped.len() });
        }
        Ok(samples)
    }

    fn add(
        &mut self,
        path: &str,
        row: Result<jsonl::Row<row::Fields>, RowError>,
        styles: &BTreeMap<&str, (&ProblemId, &Style)>,
    ) -> Result<(), SamplesError> {
        let row = row?;
        let error = |why| RowError { path: path.to_owned(), line: row.line, why };
        let sample = row::Sample::read(&row.value).map_err(error)?;
        let Some((problem, style)) = styles.get(sample.task_id.as_str()) else {
            let id = sample.task_id;
            return Err(SamplesError::UnknownProblem { path: path.to_owned(), line: row.line, id, nearest: None });
        };
        let form = match style {
            Style::Completion { .. } => sample.form,
            Style::Function { .. } | Style::Program => Form::Whole,
        };
        let completion = Completion {
            // Counted when it is asked for: a large file would take seconds here.
            counted: Tokens(0),
            text: Text::new(sample.text),
            form,
            finish_reason: sample.finish_reason,
            usage: sample.usage,
            served_model: sample.model,
        };
        self.by_problem.entry((*problem).clone()).or_default().push(completion);
        Ok(())
    }

    /// The known problems without any sample, in the data set's order.
    pub fn missing(&self) -> Vec<ProblemId> {
        self.known.iter().filter(|id| !self.by_problem.contains_key(id)).cloned().collect()
    }

    /// Number of samples of every known problem, in the data set's order; zero for the missing ones.
    pub fn per_problem(&self) -> Vec<(ProblemId, u32)> {
        self.known.iter().map(|id| (id.clone(), self.of(id).len() as u32)).collect()
    }

    /// Why each row that was left out could not be used, in file order. Empty with [`OnInvalid::Fail`].
    pub fn skipped(&self) -> &[SamplesError] {
        &self.skipped
    }

    fn of(&self, problem: &ProblemId) -> &[Completion] {
        self.by_problem.get(problem).map_or(&[], Vec::as_slice)
    }

    fn sample(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let samples = self.of(&request.problem);
        let found = match slot.steps() {
            [Step::Program(index)] if request.replicate == 0 => samples.get(*index as usize),
            _ => None,
        };
        let mut completion = found.cloned().ok_or_else(|| ModelError::NoSample {
            problem: request.problem.clone(),
            replicate: request.replicate,
            slot: slot.clone(),
            available: samples.len() as u32,
        })?;
        completion.counted = completion.text.body().map_or(Tokens(0), |body| count_tokens(body));
        Ok(completion)
    }
}

#[async_trait::async_trait]
impl Model for Samples {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            name: format!("samples:{}", self.file_name),
            simulated: false,
            digest: Some(self.digest),
            sampling: None,
        }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let completions = request.slots.iter().map(|slot| self.sample(request, slot)).collect::<Result<_, _>>()?;
        Ok(Answer::of(completions))
    }

    fn worst_case(&self, _request: &Request) -> Tokens {
        Tokens(0)
    }

    fn is_free(&self) -> bool {
        true
    }
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests;
