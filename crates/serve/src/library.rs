//! The data sets that a service knows. Requests name them; no request names a file.

use crate::config::Config;
use crate::refusal::Refusal;
use axum::http::StatusCode;
use mend_core::{Digest, Problem};
use mend_lab::Failure;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The data set that is meant where a request names none, and none was given.
const USUAL: &str = "starter";

/// A data set, read.
pub(crate) struct Opened {
    pub(crate) digest: Digest,
    /// Problems in their order.
    pub(crate) problems: Vec<Arc<Problem>>,
    by_id: HashMap<String, usize>,
}

impl Opened {
    fn new(dataset: mend_dataset::Dataset) -> Self {
        let problems: Vec<Arc<Problem>> = dataset.problems.into_iter().map(Arc::new).collect();
        let by_id = problems.iter().enumerate().map(|(at, problem)| (problem.id.as_str().to_owned(), at)).collect();
        Self { digest: dataset.digest, problems, by_id }
    }
}

/// The data sets.
pub(crate) struct Library {
    data_dir: PathBuf,
    usual: String,
    known: Vec<String>,
    opened: Mutex<BTreeMap<String, Arc<Opened>>>,
}

impl Library {
    /// Reads the data sets that were named, so that an error comes before the first request.
    pub(crate) fn open(config: &Config, skipped: &mut dyn FnMut(mend_lab::Skipped)) -> Result<Self, Failure> {
        let mut known: Vec<String> = mend_dataset::cards().into_iter().map(|card| card.name).collect();
        let mut opened = BTreeMap::new();
        let mut usual = None;
        for name in &config.datasets {
            let found = mend_lab::dataset_with(name, &config.data_dir, mend_dataset::OnInvalid::Skip, config.format)?;
            skipped(found.skipped());
            let name = found.dataset.name.clone();
            if opened.insert(name.clone(), Arc::new(Opened::new(found.dataset))).is_some() {
                let error = format!("two data sets are called `{name}`: requests could not tell them apart");
                return Err(Failure::usage(error).hint("rename one of the files, or leave one out"));
            }
            if !known.contains(&name) {
                known.push(name.clone());
            }
            usual.get_or_insert(name);
        }
        let usual = usual.unwrap_or_else(|| USUAL.to_owned());
        Ok(Self { data_dir: config.data_dir.clone(), usual, known, opened: Mutex::new(opened) })
    }

    /// The names, those with a card first.
    pub(crate) fn names(&self) -> &[String] {
        &self.known
    }

    /// A data set by its name.
    pub(crate) fn dataset(&self, name: Option<&str>, field: &str) -> Result<Arc<Opened>, Refusal> {
        let name = name.unwrap_or(&self.usual);
        if let Some(opened) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(opened));
        }
        let unknown = |why: String| {
            Refusal::new(StatusCode::NOT_FOUND, "unknown_dataset", format!("`{name}`: {why}")).about(field)
        };
        if !self.known.iter().any(|known| known == name) {
            let known = self.known.join(", ");
            return Err(unknown(format!(
                "there is no such data set; known are {known}, and `mend serve --dataset <file>` serves another one"
            )));
        }
        // Two requests may read it at once; both find the same.
        let found = mend_lab::dataset(name, &self.data_dir, mend_dataset::OnInvalid::Skip)
            .map_err(|failure| unknown(failure.to_string()))?;
        let opened = Arc::new(Opened::new(found.dataset));
        let mut all = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(name.to_owned()).or_insert(opened)))
    }

    /// A problem by its data set and id.
    pub(crate) fn problem(
        &self,
        dataset: Option<&str>,
        id: &str,
        field: impl Fn(&str) -> String,
    ) -> Result<Arc<Problem>, Refusal> {
        let opened = self.dataset(dataset, &field("dataset"))?;
        let at = opened.by_id.get(id).ok_or_else(|| {
            let near = mend_core::nearest(id, opened.by_id.keys().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message =
                format!("`{id}`: the data set `{}` has no such problem{hint}", dataset.unwrap_or(&self.usual));
            Refusal::new(StatusCode::NOT_FOUND, "unknown_task", message).about(field("task_id"))
        })?;
        Ok(Arc::clone(&opened.problems[*at]))
    }
}
