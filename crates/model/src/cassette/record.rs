//! Writing a cassette.

use super::{CassetteError, Exchange, FORMAT, Header, Outcome, RecordedModel};
use crate::saved::SavedAnswer;
use crate::{Answer, Model, ModelError, Request};
use mend_core::{Cost, ModelIdentity, Seat};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A cassette that is being written, shared by all models of a run.
#[derive(Clone)]
pub struct Recorder {
    path: String,
    file: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Begins a cassette, or goes on with one: `existing` is what the file holds, whole lines only, and `file` writes
    /// after it. `path` names it in messages.
    ///
    /// # Errors
    /// A file that cannot be written, or holds another cassette than that of these models.
    pub fn start(
        path: &str,
        existing: &[u8],
        mut file: Box<dyn Write + Send>,
        models: BTreeMap<Seat, RecordedModel>,
    ) -> Result<Self, CassetteError> {
        let header = Header { cassette: FORMAT, models };
        if existing.is_empty() {
            write_line(&mut file, &header)
                .map_err(|error| CassetteError::Write { path: path.to_owned(), why: error.to_string() })?;
        } else {
            let found = super::replay::header(path, existing)?;
            if found != header {
                let names: Vec<_> = found.models.values().map(|model| model.identity.name.as_str()).collect();
                return Err(CassetteError::OtherModels { path: path.to_owned(), recorded: names.join(", ") });
            }
        }
        Ok(Self { path: path.to_owned(), file: Arc::new(Mutex::new(file)) })
    }

    /// The same model, with what it answers written down.
    pub fn model(&self, model: Arc<dyn Model>) -> Recorded {
        Recorded { name: model.identity().name, model, recorder: self.clone() }
    }

    fn write(&self, exchange: &Exchange) -> Result<(), ModelError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        write_line(&mut *file, exchange)
            .map_err(|error| ModelError::Storage { what: self.path.clone(), why: error.to_string() })
    }
}

fn write_line(file: &mut dyn Write, line: &impl serde::Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    // One write: a kill leaves at most one torn line, the last.
    file.write_all(&bytes)?;
    file.flush()
}

/// A model whose traffic is recorded.
pub struct Recorded {
    name: String,
    model: Arc<dyn Model>,
    recorder: Recorder,
}

#[async_trait::async_trait]
impl Model for Recorded {
    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    fn behind(&self) -> Option<&dyn Model> {
        Some(&*self.model)
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let answer = self.model.complete(request).await?;
        // An answer that is not recorded is lost to the replay: the run stops.
        self.recorder.write(&Exchange::of(&self.name, request, Outcome::Answer(SavedAnswer::of(&answer))))?;
        Ok(answer)
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.model.worst_case(request)
    }

    fn is_free(&self) -> bool {
        self.model.is_free()
    }

    fn gave_up(&self, request: &Request, why: &str) {
        let outcome = Outcome::GaveUp(why.to_owned());
        if let Err(error) = self.recorder.write(&Exchange::of(&self.name, request, outcome)) {
            tracing::warn!(%error, "a request that was given up is not in the cassette");
        }
        self.model.gave_up(request, why);
    }
}
