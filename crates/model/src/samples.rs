//! Saved first programs as a model: the rows of a HumanEval-style JSONL file, the programs of an earlier run, or the
//! programs that a data set of bugs starts from.
//!
//! Read [`Samples::parse`] first. It judges nothing and asks no one; a slot beyond what was saved is an error.

mod claims;
mod elsewhere;
mod format;
mod forms;
mod ids;
mod layout;
mod row;

pub use format::SamplesFormat;

use crate::{Answer, Model, ModelError, Request, count_tokens};
use claims::Gathered;
use ids::Ids;
use mend_core::jsonl::RowError;
use mend_core::{
    Claim, Completion, Cost, Digest, FinishReason, Form, KnownProgram, ModelIdentity, Node, OnInvalid, Problem,
    ProblemId, RepairTree, RunManifest, Seat, Slot, Step, Text, Tokens, TreeKey, Usage,
};
use row::{Field, Id, Sample};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How to read a samples file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What to do with a row that cannot be used.
    pub on_invalid: OnInvalid,
    /// What all texts are meant to be; `None` if they tell it themselves.
    pub form: Option<Form>,
    /// The file's format; `None` if its keys tell it.
    pub format: Option<SamplesFormat>,
    /// Whether the known problems are all of their data set, in its order, so that a place in it means one of them.
    pub is_whole: bool,
}

/// Why a file that goes by places cannot be used.
const NEEDS_ALL: &str = "the file names no problem: its lists belong to the problems of the data set in their order, so all of \
                         them have to be chosen";

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
        nearest.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default()
    )]
    UnknownProblem {
        /// The file, as the user named it.
        path: String,
        /// Line in the file, counted from 1.
        line: usize,
        /// The id in the row.
        id: String,
        /// The known id that may have been meant. `None` for skipped rows, which may be too many to compare, and where none
        /// is near.
        nearest: Option<ProblemId>,
    },
}

/// Saved samples of one source.
///
/// Slot `pI` of a tree gets the `I`-th sample of that tree. A file and a data set fill the trees of replicate 0, in
/// the order of their rows; a run fills its own. Nothing else has a sample.
#[derive(Debug, Clone)]
pub struct Samples {
    /// `samples:<file>`, `run:<id>`, `dataset:<name>` or `mutants:<name>`.
    name: String,
    simulated: bool,
    digest: Digest,
    /// The known problems, in the data set's order.
    known: Vec<ProblemId>,
    by_tree: BTreeMap<TreeKey, Vec<Completion>>,
    skipped: Vec<SamplesError>,
    forms: BTreeMap<Field, Form>,
    /// By how many places the list of a problem is turned from one replicate to the next, if all have the same; 0 if each
    /// replicate has its own.
    turn: usize,
    /// What is known to be wrong with samples.
    known_damage: BTreeMap<ProblemId, Vec<KnownProgram>>,
    /// The formats of a file's rows.
    formats: BTreeSet<SamplesFormat>,
    /// What a file says of its programs.
    claims: Vec<Claim>,
}

/// A saved program of which it is known what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specimen {
    /// The program.
    pub program: Arc<str>,
    /// The name of its damage; `None` of a program that is whole.
    pub damage: Option<String>,
    /// The damaged lines.
    pub lines: BTreeSet<u32>,
}

impl Samples {
    /// Reads samples. A file holds JSON lines or one JSON array, of rows of these kinds:
    ///
    /// * HumanEval's and EvalPlus's: `task_id` and either `completion` (continues the statement verbatim) or `solution` (a
    ///   whole program). `completion` may also be a whole API response with `choices[0].text` and `usage`. Optional:
    ///   `prompt_tokens`, `completion_tokens`, `cached_tokens`, `reasoning_tokens`, `finish_reason`, `model`; a response's own
    ///   values come first.
    /// * lm-eval's, as `--log_samples` writes them: `doc`, which names the problem, and `resps`, the answers. Of several
    ///   filters the first counts: all have the same answers.
    /// * bigcode's generations: for each problem, in the data set's order, the list of its programs.
    /// * LiveCodeBench's `*_eval_all.json`: `question_id`, `code_list`, and perhaps `graded_list`.
    /// * EvalPlus's results, and logs of Inspect, each one object.
    ///
    /// [`Reading::format`] names a format that the keys do not tell. What a file says of its programs is kept: see
    /// [`Samples::claims`].
    ///
    /// Other keys are ignored. A `task_id` may be a number that one problem's id ends in. Characters that no text can hold
    /// are replaced and counted. What the texts are meant to be is told by [`Reading::form`], else by the texts themselves:
    /// see [`Samples::forms`]. A problem whose statement is prose has nothing to continue: a continuation is then taken as a
    /// whole program.
    pub fn parse(path: &str, bytes: &[u8], known: &[Problem], reading: Reading) -> Result<Self, SamplesError> {
        let mut samples = Self {
            name: format!("samples:{}", path.rsplit(['/', '\\']).next().unwrap_or(path)),
            simulated: false,
            digest: Digest::of(bytes),
            known: known.iter().map(|problem| problem.id.clone()).collect(),
            by_tree: BTreeMap::new(),
            skipped: Vec::new(),
            forms: BTreeMap::new(),
            turn: 0,
            known_damage: BTreeMap::new(),
            formats: BTreeSet::new(),
            claims: Vec::new(),
        };
        let ids = Ids::of(known);
        let mut found: Vec<(&Problem, Sample)> = Vec::new();
        for layout::Row { line, samples: read } in layout::rows(path, bytes, reading.format)? {
            let error = |why| RowError { path: path.to_owned(), line, why };
            let read = read.map_err(|why| SamplesError::from(error(why)));
            let mut refused = None;
            for sample in read.unwrap_or_else(|error| {
                refused = Some(error);
                Vec::new()
            }) {
                match (&sample.id, ids.find(&sample.id)) {
                    (Id::Place(_), _) if !reading.is_whole => {
                        return Err(error(NEEDS_ALL.to_owned()).into());
                    }
                    (_, Some(problem)) => found.push((problem, sample)),
                    (id, None) => {
                        let id = layout::named(id);
                        // Rows that are skipped may be too many to compare.
                        let nearest = if reading.on_invalid == OnInvalid::Fail { ids.nearest(&id) } else { None };
                        refused = Some(SamplesError::UnknownProblem { path: path.to_owned(), line, id, nearest });
                    }
                }
            }
            match refused {
                Some(error) if reading.on_invalid == OnInvalid::Skip => samples.skipped.push(error),
                Some(error) => return Err(error),
                None => {}
            }
        }
        for field in found.iter().map(|(_, sample)| sample.field).collect::<BTreeSet<_>>() {
            let of_field: Vec<_> = found
                .iter()
                .filter(|(_, sample)| sample.field == field)
                .map(|(problem, sample)| (*problem, sample))
                .collect();
            samples.forms.insert(field, reading.form.unwrap_or_else(|| forms::guess(field, &of_field)));
        }
        let mut gathered = Gathered::default();
        for (problem, sample) in found {
            let tree = tree_key(&problem.id, 0);
            gathered.add(&tree, samples.by_tree.get(&tree).map_or(0, Vec::len), &sample);
            samples.formats.insert(sample.format);
            let form = samples.forms[&sample.field].at(&problem.style);
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
                replaced: sample.replaced,
                remark: None,
            };
            samples.by_tree.entry(tree).or_default().push(completion);
        }
        samples.claims = gathered.claims(|tree| samples.by_tree.get(tree).map_or(0, Vec::len));
        if samples.by_tree.is_empty() {
            return Err(SamplesError::Empty { path: path.to_owned(), skipped: samples.skipped.len() });
        }
        Ok(samples)
    }

    /// What the texts of each field of a file were taken for. Empty for programs that come from elsewhere.
    pub fn forms(&self) -> BTreeMap<String, Form> {
        self.forms.iter().map(|(field, form)| (field.as_str().to_owned(), *form)).collect()
    }

    /// The formats of a file's rows. Empty for programs that come from elsewhere.
    pub fn formats(&self) -> &BTreeSet<SamplesFormat> {
        &self.formats
    }

    /// What a file says of its programs: verdicts and scores of whoever wrote it.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The samples of these problems alone.
    #[must_use]
    pub fn only(mut self, problems: &[Problem]) -> Self {
        let chosen: BTreeSet<&ProblemId> = problems.iter().map(|problem| &problem.id).collect();
        self.known.retain(|id| chosen.contains(id));
        self.by_tree.retain(|key, _| chosen.contains(&key.problem));
        self.claims.retain(|claim| chosen.contains(&claim.tree.problem));
        self
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
        let programs = programs.iter().map(|(problem, program)| (tree_key(problem, 0), vec![written(program)]));
        Self::saved(format!("dataset:{name}"), false, programs, known)
    }

    /// Programs of which it is known what is wrong with them, for each problem in their order. They cost no token. Every
    /// replicate has all of them; the first one of a replicate stands `turn` places behind that of the one before.
    pub fn of_specimens(
        name: String,
        specimens: &BTreeMap<ProblemId, Vec<Specimen>>,
        turn: usize,
        known: &[Problem],
    ) -> Self {
        let programs = specimens.iter().map(|(problem, specimens)| {
            (tree_key(problem, 0), specimens.iter().map(|specimen| written(&specimen.program)).collect())
        });
        let mut samples = Self::saved(name, false, programs, known);
        samples.turn = turn;
        for (problem, specimens) in specimens {
            let known = samples.known_damage.entry(problem.clone()).or_default();
            for Specimen { program, damage, lines } in specimens {
                let program = Digest::of(program.as_bytes());
                if !known.iter().any(|known: &KnownProgram| known.program == program) {
                    known.push(KnownProgram { program, damage: damage.clone(), lines: lines.clone() });
                }
            }
        }
        samples
    }

    /// What is known to be wrong with the samples of a problem, each program once.
    pub fn known_damage(&self, problem: &ProblemId) -> &[KnownProgram] {
        self.known_damage.get(problem).map_or(&[], Vec::as_slice)
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
        Self {
            name,
            simulated,
            digest,
            known,
            by_tree,
            skipped: Vec::new(),
            forms: BTreeMap::new(),
            turn: 0,
            known_damage: BTreeMap::new(),
            formats: BTreeSet::new(),
            claims: Vec::new(),
        }
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
        // The same ones in each, in another order.
        let replicate = if self.turn > 0 { 0 } else { replicate };
        self.by_tree.get(&tree_key(problem, replicate)).map_or(&[], Vec::as_slice)
    }

    fn sample(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let samples = self.of(&request.problem, request.replicate);
        let found = match slot.steps() {
            [Step::Program(index)] if (*index as usize) < samples.len() => {
                samples.get((*index as usize + self.turn * request.replicate as usize) % samples.len())
            }
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

/// A program as it was saved, without any cost.
fn written(program: &Arc<str>) -> Completion {
    Completion {
        counted: Tokens(0),
        text: Text::new(Arc::clone(program)),
        form: Form::Whole,
        finish_reason: FinishReason::Stop,
        usage: Usage { prompt: Some(Tokens(0)), completion: Some(Tokens(0)), ..Usage::default() },
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    }
}

fn tree_key(problem: &ProblemId, replicate: u32) -> TreeKey {
    TreeKey { problem: problem.clone(), replicate }
}

#[cfg(test)]
mod tests;
