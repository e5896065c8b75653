//! Which tests count as public, as somebody chooses it.

use crate::data::{Found, absolute, read_file};
use crate::failure::Failure;
use crate::observer::{Note, Observer, Silent};
use mend_core::Split;
use mend_dataset::{SourceFile, SplitError};
use std::path::Path;

/// What rows of a file of examples look like.
const ROWS: &str = "a row is {\"task_id\": ..., \"tests\": [{\"input\": ..., \"output\": ...}]}, {\"id\": ..., \"public\": [tests as in \
                    problems of your own]}, or {\"problem_id\": ..., \"example\": {\"inputs\": [...], \"outputs\": [...]}}";

impl Found {
    /// Makes the tests public that were asked for: by hand, else by the strategy. A file is remembered by its absolute path,
    /// so that a resumption finds it again.
    pub fn make_public(
        &mut self,
        by_hand: Option<&Split>,
        of_strategy: Option<&Split>,
        observer: &mut dyn Observer,
    ) -> Result<(), Failure> {
        let split = by_hand.or(of_strategy).cloned().unwrap_or_default();
        self.choose(split.with_file(|file| absolute(Path::new(file))), observer)
    }

    /// Makes the tests of a split public. Its file, if it has one, is at an absolute path.
    pub(crate) fn split_again(&mut self, split: Split) -> Result<(), Failure> {
        self.choose(split, &mut Silent)
    }

    fn choose(&mut self, split: Split, observer: &mut dyn Observer) -> Result<(), Failure> {
        let examples = match split.file() {
            None => None,
            Some(file) => {
                let hint = match &split {
                    Split::Joined(_) => {
                        "`--public-tests` takes a file of example tests, with a row for each problem that has some"
                    }
                    _ => "`examples:<file>` names a file of example tests, one row for each problem",
                };
                let bytes = read_file(Path::new(file)).map_err(|failure| failure.hint(hint))?;
                Some(SourceFile { path: file.to_owned(), bytes })
            }
        };
        let joined = self.dataset.split(&split, examples.as_ref()).map_err(|error| {
            let hint = match &error {
                SplitError::Problem { split: Split::Examples(_), .. } => {
                    "add its tests to the file, or leave the problem out with `--problems` or `--where`; a file without the \
                     word `examples:` may lack problems"
                }
                SplitError::Problem { .. } => {
                    "choose other public tests with `--public-tests`, or leave the problem out with `--problems` or `--where`"
                }
                SplitError::Row { .. } => ROWS,
                SplitError::NothingJoined { unknown: 0, .. } => "choose other problems, or another file",
                SplitError::NothingJoined { .. } => {
                    "a row has the id of its problem (`mend datasets show` lists them), or what follows the last slash in it"
                }
            };
            Failure::usage(error).hint(hint)
        })?;
        if let Some((joined, file)) = joined.zip(examples) {
            let file = file.path.rsplit('/').next().unwrap_or_default().to_owned();
            observer.note(Note::Joined { joined, file, problems: self.dataset.problems.len() });
        }
        self.split = split;
        Ok(())
    }
}
