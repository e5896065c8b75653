//! The file in a run's folder that notes its batches.

use crate::failure::Failure;
use mend_model::{BatchLog, Batches};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Its name.
const NAME: &str = "batches.jsonl";

struct Lines(File);

impl BatchLog for Lines {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(format!("{line}\n").as_bytes())?;
        self.0.sync_data()
    }
}

/// Takes up what earlier sessions of a run noted of its batches, and notes in the same file from here on.
pub(crate) fn open(batches: &Batches, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(NAME);
    let failed = |error: io::Error| Failure::usage(format!("cannot write `{}`: {error}", path.display()));
    let mut file = File::options().read(true).append(true).create(true).open(&path).map_err(failed)?;
    let mut noted = String::new();
    file.read_to_string(&mut noted).map_err(failed)?;
    // A kill may have left a torn line.
    let whole = noted.rfind('\n').map_or(0, |end| end + 1);
    noted.truncate(whole);
    file.set_len(whole as u64).map_err(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    batches.open(&noted, Box::new(Lines(file))).map_err(|error| {
        let failure = Failure::usage(format!("`{}`: {error}", path.display()));
        failure.hint("the file was edited or damaged: restore it from a copy")
    })
}
