//! Which tests count as public, as somebody chooses it.

use crate::data::{Found, read_file};
use crate::failure::Failure;
use mend_core::Split;
use mend_dataset::{SourceFile, SplitError};
use std::path::Path;

impl Found {
    /// Makes the tests public that were asked for: by hand, else by the strategy. A file is remembered by its absolute path,
    /// so that a resumption finds it again.
    pub fn make_public(&mut self, by_hand: Option<&Split>, of_strategy: Option<&Split>) -> Result<(), Failure> {
        let split = by_hand.or(of_strategy).cloned().unwrap_or_default();
        let split = match &split {
            Split::Examples(file) => {
                let path = std::path::absolute(file).map_err(Failure::usage)?;
                Split::Examples(path.display().to_string())
            }
            other => other.clone(),
        };
        self.split_again(split)
    }

    /// Makes the tests of a split public. Its file, if it has one, is at an absolute path.
    pub(crate) fn split_again(&mut self, split: Split) -> Result<(), Failure> {
        let examples = match split.file() {
            None => None,
            Some(file) => {
                let hint = "`examples:<file>` names a file of example tests, one row for each problem";
                let bytes = read_file(Path::new(file)).map_err(|failure| failure.hint(hint))?;
                Some(SourceFile { path: file.to_owned(), bytes })
            }
        };
        self.dataset.split(&split, examples.as_ref()).map_err(|error| {
            let hint = match &error {
                SplitError::Problem { split: Split::Examples(_), .. } => {
                    "add its tests to the file, or leave the problem out with `--problems` or `--where`"
                }
                SplitError::Problem { .. } => {
                    "choose other public tests with `--public-tests`, or leave the problem out with `--problems` or `--where`"
                }
                SplitError::Row { .. } => {
                    "a row is {\"id\": ..., \"public\": [tests as in problems of your own]}, or {\"problem_id\": ..., \"example\": {\"inputs\": [...], \"outputs\": [...]}}"
                }
            };
            Failure::usage(error).hint(hint)
        })?;
        self.split = split;
        Ok(())
    }
}
