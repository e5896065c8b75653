//! From the folders of runs to a kind's rows, one problem at a time.

use crate::{ExportError, Form, Kind, OfProblem, Options, Out, Run, RunState, Sink, Tally};
use mend_journal::{Bodies, Indexed};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Writes the rows of a kind: runs as they are named, problems in the manifests' order, then replicates and slots. The bytes
/// are a pure function of kind, options and runs. Whoever calls decides what an export without rows means.
///
/// # Errors
/// An option that the kind does not use or that means nothing, several runs for a document, a run that was named twice or
/// cannot be read, a sink that refuses.
pub fn export(kind: &Kind, options: &Options, folders: &[PathBuf], sink: &mut dyn Sink) -> Result<Tally, ExportError> {
    kind.check(options)?;
    if kind.form == Form::Document && folders.len() > 1 {
        return Err(ExportError::OneRun { kind: kind.name });
    }
    let mut make = (kind.make)(options)?;
    let mut out = Out::new(sink);
    let mut seen = BTreeSet::new();
    for folder in folders {
        let mut indexed = Indexed::open(folder)?;
        let run = Run::new(indexed.manifest().clone(), folder.clone(), indexed.finished());
        if !seen.insert(run.manifest.run_id.clone()) {
            let (run, folder) = (run.manifest.run_id, folder.display().to_string());
            return Err(ExportError::NamedTwice { run, folder });
        }
        let (trees, finished) = indexed.finished();
        out.tally.runs.push(RunState { folder: folder.clone(), trees, finished, cut: indexed.cut() });
        let problems = run.manifest.problems.len();
        if make.surveys() {
            for at in 0..problems {
                let trees = indexed.problem(at, Bodies::Without)?;
                make.survey(&OfProblem::new(&run, at, &trees));
            }
        }
        make.run(&run, &mut out)?;
        for at in 0..problems {
            let trees = indexed.problem(at, Bodies::AsFound)?;
            make.problem(&OfProblem::new(&run, at, &trees), &mut out)?;
        }
    }
    make.finish(&mut out)?;
    Ok(out.tally)
}
