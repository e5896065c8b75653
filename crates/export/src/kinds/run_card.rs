//! `run-card`: a page of Markdown about a run.

use crate::card::{Since, Subject, card};
use crate::{ExportError, Flag, Form, Kind, Make, OfProblem, Out, Run};
use mend_journal::Bodies;
use mend_metrics::{Options, Run as OfRun, since, summarize};
use std::io;
use std::path::{Path, PathBuf};

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "run-card",
    summary: "what a run optimises, what it leans on, how it fails and what changed since another run, as a page of Markdown",
    about: "\
The card is written from the manifest and the figures of a run. It holds no text of a model, and of paths only the names of files. Its
sections are those of a reward report (Gilbert et al. 2022): system details, optimization intent, institutional interface,
implementation, evaluation, and system maintenance.

With `--since <run>` it ends with a change log: exactly the fields of the identity that differ, with what they were and are, and every
headline figure over the problems that carry it in both runs, with the interval of its paired difference. A field is named as in
`manifest.json`; a list is one field, and so is all that only one run has. Of a text of several lines, such as the script of a strategy, the
card gives length and digest.

```console
$ mend export run-card results/a-run --out run_card.md
$ mend export run-card results/a-run --since results/an-earlier-run --out run_card.md
```",
    papers: &[16],
    flags: &[Flag::Since],
    form: Form::Document,
    schema: None,
    make: |options| Ok(Box::new(RunCard { since: options.since.clone() })),
};

struct RunCard {
    since: Option<PathBuf>,
}

impl Make for RunCard {
    fn run(&mut self, run: &Run, out: &mut Out<'_>) -> Result<(), ExportError> {
        // Figures need all trees at once, and none of their words.
        let trees = trees_of(&run.folder)?.1;
        let options = Options::default();
        let summary = summarize(&run.manifest, &trees, &options);
        let changed = match &self.since {
            None => None,
            Some(earlier) => {
                let (then, before) = trees_of(earlier)?;
                let now = OfRun { manifest: &run.manifest, trees: &trees };
                let figures = since(OfRun { manifest: &then, trees: &before }, now, &options);
                let changed = Since::new(&then, &run.manifest, figures);
                Some(changed.map_err(|error| ExportError::Write(io::Error::from(error)))?)
            }
        };
        out.document(card(&Subject { manifest: &run.manifest, summary: &summary, since: changed.as_ref() }).as_bytes())
    }

    fn problem(&mut self, _of: &OfProblem<'_>, _out: &mut Out<'_>) -> Result<(), ExportError> {
        Ok(())
    }
}

/// A run with its trees, without their words.
fn trees_of(folder: &Path) -> Result<(mend_core::RunManifest, Vec<mend_core::RepairTree>), ExportError> {
    let recorded = mend_journal::read(folder, Bodies::Without)?;
    let trees = recorded.trees()?;
    Ok((recorded.manifest, trees))
}
