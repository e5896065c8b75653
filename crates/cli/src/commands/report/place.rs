//! Where the files of a report go, if anywhere.

use crate::args::ReportArgs;
use crate::exit::{Failure, Kind};
use mend_core::{RepairTree, RunManifest};
use mend_journal::JOURNAL;
use mend_metrics::Summary;
use mend_report::{Choice, OwnFile, ReportError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What makes a folder that of a run.
const MANIFEST: &str = "manifest.json";

/// Where files go.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// The run's own folder.
    Run,
    /// Another folder.
    Folder(PathBuf),
    /// One table into one file.
    File(PathBuf),
    /// Nowhere, for this reason; with what to do about it.
    Nowhere(String, String),
}

impl Place {
    /// Files are written where somebody says so, and else only if they are a run's usual ones in a folder of one's
    /// own: there they are as old as the last report.
    pub fn of(args: &ReportArgs, choice: &Choice) -> Result<Self, Failure> {
        if let Some(out) = &args.out {
            return elsewhere(out, &args.run);
        }
        if args.write {
            return Ok(Self::Run);
        }
        let elsewhere = "`--out <folder or file.csv>` writes elsewhere";
        let chosen = "these figures are not the run's usual ones".to_owned();
        Ok(match (choice.is_usual(), is_own(&args.run)) {
            (true, true) => Self::Run,
            (true, false) => {
                let why = format!("`{}` is read-only or belongs to somebody else", args.run.display());
                Self::Nowhere(why, elsewhere.to_owned())
            }
            (false, true) => {
                let beside = "`--write` puts them beside the run's own, into files that are named after the choice";
                Self::Nowhere(chosen, format!("{beside}; {elsewhere}"))
            }
            (false, false) => Self::Nowhere(chosen, elsewhere.to_owned()),
        })
    }

    /// The folder into which files go, if it is one.
    pub fn folder<'a>(&'a self, run: &'a Path) -> Option<&'a Path> {
        match self {
            Self::Run => Some(run),
            Self::Folder(folder) => Some(folder),
            Self::File(_) | Self::Nowhere(..) => None,
        }
    }

    /// Writes the files, and says where they are.
    pub fn fill(
        &self,
        run: &Path,
        choice: &Choice,
        manifest: &RunManifest,
        trees: &[RepairTree],
        summary: &Summary,
    ) -> Result<String, Failure> {
        let folder = match self {
            Self::Run => run,
            Self::Folder(folder) => {
                create(folder)?;
                folder
            }
            Self::File(file) => return one_table(file, summary, choice),
            Self::Nowhere(why, hint) => return Ok(format!("nothing was written: {why}\nhint: {hint}")),
        };
        let refused = |error| refused(error, folder);
        if choice.is_usual() {
            mend_report::write(folder, manifest, trees, summary).map_err(refused)?;
            return Ok(format!("written to {}", folder.display()));
        }
        let files = mend_report::own_files(summary, choice).map_err(refused)?;
        let mut told = vec![];
        for OwnFile { name, bytes, .. } in files {
            mend_report::replace(folder, &name, &bytes).map_err(refused)?;
            told.push(format!("written to {}", folder.join(name).display()));
        }
        Ok(if told.is_empty() { "nothing was written: no table has a row".to_owned() } else { told.join("\n") })
    }
}

/// Writes the one table that was asked for.
fn one_table(path: &Path, summary: &Summary, choice: &Choice) -> Result<String, Failure> {
    let files = mend_report::own_files(summary, choice).map_err(|error| refused(error, path))?;
    let mut tables = files.into_iter().filter(|file| !file.follows);
    let Some(table) = tables.next() else {
        return Ok("nothing was written: the table has no row".to_owned());
    };
    let more: Vec<String> = tables.map(|file| file.name).collect();
    if !more.is_empty() {
        let error =
            format!("`{}` is one file, and these figures are {} and {}", path.display(), table.name, more.join(", "));
        return Err(Failure::usage(error).hint("name a folder, or ask for one of them at a time"));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    create(folder)?;
    mend_report::replace(folder, &name, &table.bytes).map_err(|error| refused(error, folder))?;
    Ok(format!("written to {}", path.display()))
}

/// Refuses a file that a run's folder holds as its own.
pub fn refuse_own(folder: &Path, file: &str, out: &Path) -> Result<(), Failure> {
    let is_own = mend_report::file_names().contains(&file) || ["report.html", JOURNAL, MANIFEST].contains(&file);
    if !folder.join(MANIFEST).exists() || !is_own {
        return Ok(());
    }
    let error = format!("`{}` is a run's own file: other figures must not stand there", out.display());
    Err(Failure::usage(error).hint("choose another name"))
}

/// A place that was named: never where another run's figures stand.
fn elsewhere(out: &Path, run: &Path) -> Result<Place, Failure> {
    let is_run = |folder: &Path| folder.join(MANIFEST).exists();
    let name = out.display();
    if out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let folder = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = out.file_name().unwrap_or_default().to_string_lossy();
        refuse_own(folder, &file, out)?;
        return Ok(Place::File(out.to_owned()));
    }
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same(out, run) {
        return Ok(Place::Run);
    }
    if is_run(out) {
        let failure = Failure::usage(format!("`{name}` is the folder of another run: its figures stand there"));
        return Err(failure.hint("choose another folder"));
    }
    Ok(Place::Folder(out.to_owned()))
}

/// Makes a folder, if it is not there.
pub fn create(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|source| {
        let kind = if is_of_the_place(source.kind()) { Kind::Usage } else { Kind::Stopped };
        Failure::new(kind, format!("cannot make the folder `{}`: {source}", folder.display()))
    })
}

/// Whether a run's folder belongs to the user, who may write it. A folder whose owner took the right to write away
/// stays as it is, also for a superuser whom the kernel would let through.
fn is_own(run: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const OWNER_WRITES: u32 = 0o200;
    let is_mine = |path: &Path| {
        let found = path.metadata();
        found.is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw() && found.mode() & OWNER_WRITES != 0)
    };
    let journal = run.join(JOURNAL);
    is_mine(run) && is_mine(&journal) && rustix::fs::access(run, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether another place would do, so that room on the disk is not what is missing.
fn is_of_the_place(kind: ErrorKind) -> bool {
    use ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};
    let kinds = [AlreadyExists, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem];
    kinds.contains(&kind)
}

/// Files that could not be written, as the user sees it.
pub fn refused(error: ReportError, folder: &Path) -> Failure {
    match &error {
        ReportError::Io { source, .. } if is_of_the_place(source.kind()) => {
            Failure::usage(error).hint("choose another place with `--out`")
        }
        ReportError::Io { .. } => Failure::stopped(error)
            .hint(format!("the journal is whole: make room, then `mend report {}`", folder.display())),
        ReportError::UnknownProblem(_) | ReportError::Csv { .. } | ReportError::Junit(_) => Failure::bug(error),
    }
}
