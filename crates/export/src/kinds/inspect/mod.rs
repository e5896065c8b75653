//! `inspect`: a run as an evaluation log of Inspect.
//!
//! A tree is a sample: its problem is the sample's id, its replicate the epoch. Facts about the format were read off the released
//! package (inspect-ai 0.3.285, logs of version 2); its own reader is held against ours by a test.

mod archive;
mod log;
mod sample;
mod scored;
mod usage;
mod written;

use crate::{ExportError, Flag, Form, Kind, Make, OfProblem, Options, Out, Run};
use archive::Archive;
use log::Header;
use scored::{Totals, outcomes};
use serde_json::Value;

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "inspect",
    summary: "an evaluation log of Inspect (UK AI Security Institute), for its viewer and its data frames",
    about: "\
A log that Inspect's own reader opens, as JSON, or in its zipped format where `--out` ends in `.eval` or `--format eval` says so:

```console
$ mend export inspect results/a-run --out a-run.json
$ python -c 'from inspect_ai.log import read_eval_log; print(read_eval_log(\"a-run.json\").results)'
$ mend export inspect results/a-run --out logs/a-run.eval && inspect view --log-dir logs
```

* *Samples.* A tree is a sample: `id` is its problem, `epoch` its replicate, counted from 1. Its messages are those that led to the
  program which it hands in. Each request of the tree is an event, and so is each verdict. Trees that are not finished, and those of
  problems that a strategy learns from, do not become samples.
* *Scores.* `submitted` is 1 if what the tree hands in passes the hidden tests, else 0; `first_programs` the share of its first
  programs that pass; `any` whether some program of it passes. What could not be scored is unscored in Inspect's own way (NaN, with a
  reason), which its metrics leave out; it is never 0. `accuracy` of each is the mean over problems, as in `summary.json`.
* *Tokens.* Usage by model and by seat, as servers reported it: `input_tokens` does not hold what was read from a cache. An answer
  without a report is in no sum, and counted in the sample's `answers_without_usage`.
* *Times.* A journal holds none, so all stand at the beginning of 1970.",
    papers: &[],
    flags: &[Flag::Format],
    form: Form::Document,
    schema: None,
    make: |options| Ok(Box::new(Inspect::new(options))),
};

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum LogFormat {
    /// One JSON document.
    #[default]
    Json,
    /// A zipped folder of JSON documents.
    Eval,
}

struct Inspect {
    totals: Totals,
    written: u64,
    layout: Layout,
}

/// What was begun.
enum Layout {
    Json,
    Eval { archive: Archive, summaries: Vec<Value>, header: Option<Value> },
}

impl Inspect {
    fn new(options: &Options) -> Self {
        let layout = match options.format.unwrap_or_default() {
            LogFormat::Json => Layout::Json,
            LogFormat::Eval => Layout::Eval { archive: Archive::default(), summaries: vec![], header: None },
        };
        Self { totals: Totals::default(), written: 0, layout }
    }
}

impl Make for Inspect {
    fn surveys(&self) -> bool {
        true
    }

    fn survey(&mut self, of: &OfProblem<'_>) {
        self.totals.add(of);
    }

    fn run(&mut self, run: &Run, out: &mut Out<'_>) -> Result<(), ExportError> {
        out.leave_out("the tree is not finished", self.totals.unfinished);
        out.leave_out("the strategy learns from the problem", self.totals.dev);
        let header = Header { run, totals: &self.totals }.value();
        match &mut self.layout {
            Layout::Json => {
                // The samples come last, one by one.
                let mut text = serde_json::to_string(&header).map_err(|error| ExportError::Write(error.into()))?;
                text.pop();
                text.push_str(",\"samples\":[");
                out.part(text.as_bytes())
            }
            Layout::Eval { archive, header: kept, .. } => {
                let start = serde_json::json!({
                    "version": header["version"], "eval": header["eval"], "plan": header["plan"],
                });
                out.part(&archive.entry("_journal/start.json", &written::bytes(&start)?)?)?;
                *kept = Some(header);
                Ok(())
            }
        }
    }

    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        if of.entry.dev {
            return Ok(());
        }
        for (tree, outcome) in of.trees.iter().zip(outcomes(of)) {
            let Some(outcome) = outcome else { continue };
            let sample = sample::value(of, tree, &outcome);
            let bytes = written::bytes(&sample)?;
            match &mut self.layout {
                Layout::Json => {
                    if self.written > 0 {
                        out.part(b",\n")?;
                    }
                    out.part(&bytes)?;
                }
                Layout::Eval { archive, summaries, .. } => {
                    let name = format!("samples/{}_epoch_{}.json", of.entry.id, tree.key.replicate + 1);
                    out.part(&archive.entry(&name, &bytes)?)?;
                    summaries.push(sample::summary(&sample));
                }
            }
            self.written += 1;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), ExportError> {
        if self.written > 0 {
            match &mut self.layout {
                Layout::Json => out.part(b"]}\n")?,
                Layout::Eval { archive, summaries, header } => {
                    let summaries = Value::Array(std::mem::take(summaries));
                    out.part(&archive.entry("summaries.json", &written::bytes(&summaries)?)?)?;
                    let header = header.take().unwrap_or_default();
                    out.part(&archive.entry("header.json", &written::bytes(&header)?)?)?;
                    out.part(&archive.end()?)?;
                }
            }
            out.count_rows(self.written);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
