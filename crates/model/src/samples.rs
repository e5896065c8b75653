//! Saved first programs as a model: the rows of a HumanEval-style JSONL file, the programs of an earlier run, or the
//! programs that a data set of bugs starts from.
//!
//! Read [`Samples::parse`] first. It judges nothing and asks no one; a slot beyond what was saved is an error.

mod row;

use crate::{Answer, Model, ModelError, Request, count_tokens};
use mend_core::jsonl::{self, RowError};
use mend_core::{
    Completion, Cost, Digest, FinishReason, Form, ModelIdentity, Node, Problem, ProblemId, RepairTree, RunManifest,
    Seat, Slot, Step, Style, Text, Tokens, TreeKey, Usage,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// Saved samples of one source.
///
/// Slot `pI` of a tree gets the `I`-th sample of that tree. A file and a data set fill the trees of replicate 0, in
/// the order of their rows; a run fills its own. Nothing else has a sample.
#[derive(Debug, Clone)]
pub struct Samples {
    /// `samples:<file>`, `run:<id>` or `dataset:<name>`.
    name: String,
    simulated: bool,
    digest: Digest,
    /// The known problems, in the data set's order.
    known: Vec<ProblemId>,
    by_tree: BTreeMap<TreeKey, Vec<Completion>>,
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
            name: format!("samples:{}", path.rsplit(['/', '\\']).next().unwrap_or(path)),
            simulated: false,
            digest: Digest::of(bytes),
            known: known.iter().map(|problem| problem.id.clone()).collect(),
            by_tree: BTreeMap::new(),
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
        if samples.by_tree.is_empty() {
            return Err(SamplesError::Empty { path: path.to_owned(), skipped: samples.skipped.len() });
        }
        Ok(samples)
    }

    /// The samples of these problems alone.
    #[must_use]
    pub fn only(mut self, problems: &[Problem]) -> Self {
        let chosen: BTreeSet<&ProblemId> = problems.iter().map(|problem| &problem.id).collect();
        self.known.retain(|id| chosen.contains(id));
        self.by_tree.retain(|key, _| chosen.contains(&key.problem));
        self
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
            counted_prompt: None,
            usd: None,
            served_model: sample.model,
        };
        self.by_tree.entry(tree_key(problem, 0)).or_default().push(completion);
        Ok(())
    }

    /// The first programs of a run's finished trees, with what they cost then. Texts were read with their bodies.
    pub fn of_run(manifest: &RunManifest, trees: &[RepairTree], known: &[Problem]) -> Self {
        let is_first = |node: &&Node| matches!(node.slot.steps(), [Step::Program(_)]);
        let finished = trees.iter().filter(|tree| tree.is_finished());
        let programs = finished.map(|tree| {
            let first = tree.nodes().filter(is_first).filter_map(|node| node.completion.clone());
            (tree.key.clone(), first.collect())
        });
        let simulated = manifest.identity.models.get(&Seat::CODER).is_some_and(|coder| coder.simulated);
        Self::saved(format!("run:{}", manifest.run_id), simulated, programs, known)
    }

    /// The programs that a data set of bugs starts from, one for each of its problems. They cost no token.
    pub fn of_dataset(name: &str, programs: &BTreeMap<ProblemId, Arc<str>>, known: &[Problem]) -> Self {
        let nothing = Usage { prompt: Some(Tokens(0)), completion: Some(Tokens(0)), ..Usage::default() };
        let programs = programs.iter().map(|(problem, program)| {
            let completion = Completion {
                counted: Tokens(0),
                text: Text::new(Arc::clone(program)),
                form: Form::Whole,
                finish_reason: FinishReason::Stop,
                usage: nothing,
                counted_prompt: None,
                usd: None,
                served_model: None,
            };
            (tree_key(problem, 0), vec![completion])
        });
        Self::saved(format!("dataset:{name}"), false, programs, known)
    }

    fn saved(
        name: String,
        simulated: bool,
        programs: impl Iterator<Item = (TreeKey, Vec<Completion>)>,
        known: &[Problem],
    ) -> Self {
        let known: Vec<ProblemId> = known.iter().map(|problem| problem.id.clone()).collect();
        let is_known: BTreeSet<&ProblemId> = known.iter().collect();
        let by_tree: BTreeMap<TreeKey, Vec<Completion>> =
            programs.filter(|(key, programs)| is_known.contains(&key.problem) && !programs.is_empty()).collect();
        let parts = by_tree.iter().map(|(key, programs)| {
            // A text is serialized as its digest.
            serde_json::to_vec(&(key, programs)).expect("keys and completions are plain values")
        });
        let digest = Digest::of_parts(parts.collect::<Vec<_>>().iter().map(Vec::as_slice));
        Self { name, simulated, digest, known, by_tree, skipped: Vec::new() }
    }

    /// The known problems without any sample in some of the first `replicates` trees, in the data set's order.
    pub fn missing(&self, replicates: u32) -> Vec<ProblemId> {
        let lacks = |id: &&ProblemId| (0..replicates).any(|replicate| self.of(id, replicate).is_empty());
        self.known.iter().filter(lacks).cloned().collect()
    }

    /// Number of samples of every known problem in one replicate, in the data set's order; zero for the missing ones.
    pub fn per_problem(&self, replicate: u32) -> Vec<(ProblemId, u32)> {
        self.known.iter().map(|id| (id.clone(), self.of(id, replicate).len() as u32)).collect()
    }

    /// Why each row that was left out could not be used, in file order. Empty with [`OnInvalid::Fail`].
    pub fn skipped(&self) -> &[SamplesError] {
        &self.skipped
    }

    fn of(&self, problem: &ProblemId, replicate: u32) -> &[Completion] {
        self.by_tree.get(&tree_key(problem, replicate)).map_or(&[], Vec::as_slice)
    }

    fn sample(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let samples = self.of(&request.problem, request.replicate);
        let found = match slot.steps() {
            [Step::Program(index)] => samples.get(*index as usize),
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
        ModelIdentity { name: self.name.clone(), simulated: self.simulated, digest: Some(self.digest), sampling: None }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let completions = request.slots.iter().map(|slot| self.sample(request, slot)).collect::<Result<_, _>>()?;
        Ok(Answer::of(completions))
    }

    fn worst_case(&self, _request: &Request) -> Cost {
        Cost::ZERO
    }

    fn is_free(&self) -> bool {
        true
    }
}

fn tree_key(problem: &ProblemId, replicate: u32) -> TreeKey {
    TreeKey { problem: problem.clone(), replicate }
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
