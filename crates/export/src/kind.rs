//! What a kind of export is.

use crate::{ExportError, Flag, OfProblem, Options, Out, Run};
use serde_json::Value;

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON lines, one row each.
    Lines,
    /// One text, such as a page or a log.
    Document,
}

/// A kind of export.
pub struct Kind {
    /// The word on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// What else there is to say, for its section of the documentation: Markdown, without a heading.
    pub about: &'static str,
    /// The rows of the table of published systems (at the end of `docs/strategies.md`) that it serves.
    pub papers: &'static [u32],
    /// The options that it knows. Any other is an error.
    pub flags: &'static [Flag],
    /// What comes out.
    pub form: Form,
    /// The schema of a row, without its name; `None` of documents that have none.
    pub schema: Option<fn() -> Value>,
    /// Begins an export.
    pub make: fn(&Options) -> Result<Box<dyn Make>, ExportError>,
}

impl Kind {
    /// The JSON Schema of its rows; `None` of documents that have none.
    pub fn schema(&self) -> Option<Value> {
        Some(crate::schema::named((self.schema?)(), self))
    }

    /// Refuses options that the kind would pass over.
    pub(crate) fn check(&self, options: &Options) -> Result<(), ExportError> {
        let unknown = options.given().into_iter().find(|flag| !self.flags.contains(flag));
        match unknown {
            None => Ok(()),
            Some(flag) => Err(ExportError::UnusedFlag { kind: self.name, flag: flag.name(), known: self.flags }),
        }
    }
}

/// Makes the rows of one export.
pub trait Make {
    /// Whether it must see all problems of a run before it can make the first row: then
    /// [`survey`](Self::survey) sees them first.
    fn surveys(&self) -> bool {
        false
    }

    /// What a run begins with.
    fn run(&mut self, _run: &Run, _out: &mut Out<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    /// A look at one problem of a run, without texts, before any row of that run.
    fn survey(&mut self, _of: &OfProblem<'_>) {}

    /// The rows of one problem of one run: runs as they were named, problems in the manifest's order.
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError>;

    /// What can be told only once all problems were seen.
    fn finish(&mut self, _out: &mut Out<'_>) -> Result<(), ExportError> {
        Ok(())
    }
}
