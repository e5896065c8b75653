//! A model in its seat: saved first programs, a simulated programmer, or anybody else.

use crate::data::{SKIP_INVALID, absolute};
use crate::failure::{Failure, journal_failure};
use crate::mutants::Bench;
use crate::observer::{Note, Observer, Skipped};
use crate::samples_file::read_samples;
use mend_core::{Form, OnInvalid, Problem};
use mend_dataset::Dataset;
use mend_journal::Bodies;
use mend_model::{Model, Reading, Samples, SamplesError, SamplesFormat};
use std::path::Path;
use std::sync::Arc;

/// What the user types for the programs that a data set of bugs starts from.
pub(crate) const STARTING_PROGRAMS: &str = "dataset";

/// A model at its work.
#[derive(Clone)]
pub enum Seated {
    /// Saved first programs, and the absolute path that they were read from, if they came from a path of their own.
    Samples(Arc<Samples>, Option<String>),
    /// A simulated programmer of our own, whose programs harm nobody.
    Simulated(Arc<dyn Model>),
    /// Any other model: whatever it writes comes from outside.
    Outside(Arc<dyn Model>),
}

impl Seated {
    /// The model.
    pub fn model(&self) -> Arc<dyn Model> {
        match self {
            Self::Samples(samples, _) => Arc::clone(samples) as Arc<dyn Model>,
            Self::Simulated(model) | Self::Outside(model) => Arc::clone(model),
        }
    }

    /// The samples, if that is what it is.
    pub fn as_samples(&self) -> Option<&Samples> {
        match self {
            Self::Samples(samples, _) => Some(samples),
            Self::Simulated(_) | Self::Outside(_) => None,
        }
    }

    /// Whether what it writes may run with the user's rights.
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::Samples(samples, _) => samples.identity().simulated,
            Self::Simulated(_) => true,
            Self::Outside(_) => false,
        }
    }

    /// The same seat with another model behind it.
    #[must_use]
    pub fn with_model(self, change: impl FnOnce(Arc<dyn Model>) -> Arc<dyn Model>) -> Self {
        match self {
            Self::Samples(..) => self,
            Self::Simulated(model) => Self::Simulated(change(model)),
            Self::Outside(model) => Self::Outside(change(model)),
        }
    }

    /// Finds saved first programs by what the user typed: a run, a file of samples, or a word for those that
    /// the data set holds.
    pub fn programs(
        source: &str,
        dataset: &Dataset,
        on_invalid: OnInvalid,
        form: Option<Form>,
        observer: &mut dyn Observer,
    ) -> Result<Self, Failure> {
        let path = Path::new(source);
        if source == STARTING_PROGRAMS {
            if dataset.starting_programs.is_empty() {
                let failure = Failure::usage(format!("the data set `{}` has no programs to start from", dataset.name));
                return Err(failure.hint("only sets of bugs have: name a run or a file of samples instead"));
            }
            let samples = Samples::of_dataset(&dataset.name, &dataset.starting_programs, &dataset.problems);
            return Ok(Self::Samples(Arc::new(samples), None));
        }
        if let Some(bench) = Bench::of(source) {
            return Ok(Self::Samples(Arc::new(bench.samples(dataset)?), Some(bench.typed(absolute))));
        }
        if !path.exists() {
            let failure = Failure::usage(format!("`--programs {source}` is neither a run nor a file"));
            return Err(failure.hint(format!(
                "`{STARTING_PROGRAMS}` takes those that a data set of bugs starts from, `mutants` known damages of right programs"
            )));
        }
        // A folder that is no run may hold samples, a program a file.
        if !path.is_dir() || !path.join("manifest.json").exists() {
            return Self::samples(path, dataset, on_invalid, (form, None), observer);
        }
        let recorded = mend_journal::read(path, Bodies::With).map_err(journal_failure)?;
        let trees = recorded.trees().map_err(journal_failure)?;
        let samples = Samples::of_run(&recorded.manifest, &trees, &dataset.problems);
        Ok(Self::Samples(Arc::new(samples), Some(absolute(path))))
    }

    /// Reads samples: a file, or a folder of programs as EvalPlus has it. Samples of problems that were not chosen are left
    /// alone. `form` says what the texts are meant to be, and `format` who wrote the file, if the user said so.
    pub fn samples(
        path: &Path,
        dataset: &Dataset,
        on_invalid: OnInvalid,
        (form, format): (Option<Form>, Option<SamplesFormat>),
        observer: &mut dyn Observer,
    ) -> Result<Self, Failure> {
        let bytes = read_samples(path)?;
        let name = path.display().to_string();
        let problems: Vec<Problem> = dataset.problems.iter().chain(&dataset.not_chosen).cloned().collect();
        let is_whole = dataset.not_chosen.is_empty();
        let read =
            |on_invalid| Samples::parse(&name, &bytes, &problems, Reading { on_invalid, form, format, is_whole });
        let samples = read(on_invalid).map_err(|error| {
            // Skipping helps only where something is left.
            let is_some_valid = read(OnInvalid::Skip).is_ok();
            let hint = match error {
                SamplesError::Row(_) | SamplesError::UnknownProblem { .. } if is_some_valid => SKIP_INVALID,
                SamplesError::UnknownProblem { .. } => "no row is of this data set: is it the one that was sampled?",
                SamplesError::Row(_) | SamplesError::Empty { .. } => {
                    "`mend score --help` tells what a sample looks like"
                }
            };
            Failure::usage(error).hint(hint)
        })?;
        let rows: Vec<String> = samples.skipped().iter().map(ToString::to_string).collect();
        if !rows.is_empty() {
            observer.note(Note::Skipped(Skipped { source: name, what: "sample", rows }));
        }
        Ok(Self::Samples(Arc::new(samples.only(&dataset.problems)), Some(absolute(path))))
    }
}
