//! `mend export`: what runs hold, for trainers and other tools.

use crate::args::{ExportArgs, FormatArg};
use crate::exit::{Exit, Failure};
use crate::output::unless_nobody_reads;
use clap::ValueEnum as _;
use mend_export::{
    ExportError, Flag, Form, KINDS, Kind, LogFormat, Options, Parquet, RunState, Statements, Tally, WITH_STATEMENTS,
    export, kind,
};
use mend_journal::Bodies;
use mend_lab::journal_failure;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// `mend export`
pub fn run(args: &ExportArgs) -> Result<Exit, Failure> {
    let Some(name) = args.kind.as_ref().filter(|_| !args.list) else {
        if args.json {
            crate::print_json(&KINDS.iter().copied().map(about).collect::<Vec<_>>())?;
        } else {
            crate::print(&list())?;
        }
        return Ok(Exit::Complete);
    };
    let kind = kind(name).ok_or_else(|| unknown(name))?;
    if args.schema {
        let schema = kind.schema().ok_or_else(|| {
            Failure::usage(format!("`{name}` is a document, and has no schema")).hint("leave out `--schema`")
        })?;
        crate::print_json(&schema)?;
        return Ok(Exit::Complete);
    }
    let asked = Asked::new(kind, args)?;
    let tally = if args.out == Path::new("-") { to_stdout(&asked, args)? } else { Some(to_file(&asked, args)?) };
    Ok(tally.map_or(Exit::Complete, |tally| told(kind, args, &tally)))
}

/// What the problems of runs ask for, as far as their data sets are where they were.
fn statements(runs: &[PathBuf]) -> Result<Statements, Failure> {
    let mut found = BTreeMap::new();
    for run in runs {
        let manifest = mend_journal::read(run, Bodies::Without).map_err(journal_failure)?.manifest;
        match mend_lab::problems_of(&manifest) {
            Ok(problems) => found.extend(problems.into_iter().map(|problem| (problem.digest, problem.statement))),
            Err(failure) => crate::tell(&format!("no statements of `{}`: {failure}", run.display())),
        }
    }
    Ok(found.into())
}

/// A kind, for scripts.
fn about(kind: &Kind) -> serde_json::Value {
    json!({
        "kind": kind.name,
        "summary": kind.summary,
        "form": match kind.form {
            Form::Lines => "lines",
            Form::Document => "document",
        },
        "options": kind.flags.iter().map(|flag| flag.name()).collect::<Vec<_>>(),
        "papers": kind.papers,
    })
}

fn list() -> String {
    let width = KINDS.iter().map(|kind| kind.name.len()).max().unwrap_or_default();
    KINDS.iter().map(|kind| format!("{:width$}  {}\n", kind.name, kind.summary)).collect::<Vec<_>>().concat()
}

fn unknown(name: &str) -> Failure {
    let names = KINDS.iter().map(|kind| kind.name);
    Failure::usage(format!("there is no export `{name}`")).meant(name, names, "`mend export --list` lists the kinds")
}

/// What is written, and how.
struct Asked<'a> {
    kind: &'a Kind,
    options: Options,
    /// Whether its rows become a table in Parquet's format.
    is_table: bool,
}

impl<'a> Asked<'a> {
    fn new(kind: &'a Kind, args: &ExportArgs) -> Result<Self, Failure> {
        let mut options = Options::from(&args.options);
        let is_for_others = |flag: &Flag| {
            let id = flag.name().trim_start_matches("--").replace('-', "_");
            !kind.flags.contains(flag) && !args.typed.contains(&id)
        };
        options.given().into_iter().filter(is_for_others).for_each(|flag| options.forget(flag));
        let is_log = kind.flags.contains(&Flag::Format);
        let ends_in = |ending: &str| args.out.extension().is_some_and(|found| found == ending);
        let mut is_table = false;
        match (kind.form, args.format) {
            (Form::Lines, None) => is_table = ends_in("parquet"),
            (Form::Lines, Some(FormatArg::Lines)) => {}
            (Form::Lines, Some(FormatArg::Parquet)) => is_table = true,
            (Form::Document, None) => options.format = (is_log && ends_in("eval")).then_some(LogFormat::Eval),
            (Form::Document, Some(FormatArg::Json)) if is_log => options.format = Some(LogFormat::Json),
            (Form::Document, Some(FormatArg::Eval)) if is_log => options.format = Some(LogFormat::Eval),
            (form, Some(other)) => {
                let word = other.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
                let known = match form {
                    Form::Lines => "its forms are `lines` and `parquet`",
                    Form::Document if is_log => "its forms are `json` and `eval`",
                    Form::Document => "it has one form: leave out `--format`",
                };
                return Err(Failure::usage(format!("`{}` is never written as `{word}`", kind.name)).hint(known));
            }
        }
        if WITH_STATEMENTS.contains(&kind.name) {
            options.statements = statements(&args.runs)?;
        }
        Ok(Self { kind, options, is_table })
    }

    fn write(&self, args: &ExportArgs, mut writer: impl Write) -> Result<Tally, ExportError> {
        let table = if self.is_table { Parquet::new(self.kind, &mut writer) } else { None };
        let Some(mut table) = table else {
            return export(self.kind, &self.options, &args.runs, &mut writer);
        };
        let tally = export(self.kind, &self.options, &args.runs, &mut table)?;
        table.finish().map_err(ExportError::Write)?;
        Ok(tally)
    }
}

/// Writes to standard output. `None` if the reader went away.
fn to_stdout(asked: &Asked<'_>, args: &ExportArgs) -> Result<Option<Tally>, Failure> {
    let mut writer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let made = asked.write(args, &mut writer);
    let flushed = made.and_then(|tally| writer.flush().map(|()| tally).map_err(ExportError::Write));
    // What a failed write left is not tried again.
    drop(writer.into_parts());
    match flushed {
        Ok(tally) => filled(asked.kind, tally).map(Some),
        Err(ExportError::Write(source)) => unless_nobody_reads(&source).map(|()| None),
        Err(error) => Err(failure(error)),
    }
}

/// Writes a file under another name, and renames it when it is whole.
fn to_file(asked: &Asked<'_>, args: &ExportArgs) -> Result<Tally, Failure> {
    let path = &args.out;
    let name = path.display();
    let exists = || Failure::usage(format!("`{name}` exists")).hint("name another file, or replace it by `--force`");
    // A device is never replaced by a file.
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(
            Failure::usage(format!("`{name}` is not a regular file")).hint("name a file, or `-` for standard output")
        );
    }
    if !args.force && path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let refused = |source: io::Error| {
        Failure::stopped(format!("cannot write `{name}`: {source}")).hint("make room, or name another file by `--out`")
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file_name = path
        .file_name()
        .ok_or_else(|| Failure::usage(format!("`{name}` is not a name for a file")).hint("name a file by `--out`"))?;
    let prefix = format!(".{}.", file_name.to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(|source| {
        Failure::usage(format!("cannot write into `{}`: {source}", folder.display()))
            .hint("name a file in a folder that exists and that you may write")
    })?;
    let mut writer = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    let tally = asked.write(args, &mut writer).map_err(failure)?;
    writer.flush().map_err(refused)?;
    drop(writer);
    let tally = filled(asked.kind, tally)?;
    File::sync_all(file.as_file()).map_err(refused)?;
    if args.force {
        file.persist(path).map_err(|error| refused(error.error))?;
    } else {
        file.persist_noclobber(path).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(),
            _ => refused(error.error),
        })?;
    }
    Ok(tally)
}

/// Refuses an export without a row.
fn filled(kind: &Kind, tally: Tally) -> Result<Tally, Failure> {
    if tally.rows > 0 {
        return Ok(tally);
    }
    let reasons: Vec<String> =
        tally.left_out.iter().map(|(reason, count)| format!("{count} left out: {reason}")).collect();
    let what = match tally.runs.as_slice() {
        [run] => format!("`{}` has nothing for `{}`", run.folder.display(), kind.name),
        _ => format!("the runs have nothing for `{}`", kind.name),
    };
    let why = if reasons.is_empty() { "there is nothing of the kind".to_owned() } else { reasons.join("; ") };
    let failure = Failure::usage(format!("{what} ({why}); nothing was written"));
    Err(failure.hint(format!("`{}`: {}; docs/exports.md says what each kind takes", kind.name, kind.summary)))
}

fn failure(error: ExportError) -> Failure {
    match error {
        ExportError::Journal(error) => journal_failure(error),
        ExportError::Write(_) => {
            let hint = error.hint();
            Failure::stopped(error).maybe_hint(hint)
        }
        _ => {
            let hint = error.hint();
            Failure::usage(error).maybe_hint(hint)
        }
    }
}

/// Says what was written and what was not.
fn told(kind: &Kind, args: &ExportArgs, tally: &Tally) -> Exit {
    let place = if args.out == Path::new("-") { String::new() } else { format!(" to {}", args.out.display()) };
    match (kind.form, tally.rows) {
        (Form::Document, _) => crate::tell(&format!("written{place}")),
        (Form::Lines, 1) => crate::tell(&format!("1 row written{place}")),
        (Form::Lines, rows) => crate::tell(&format!("{rows} rows written{place}")),
    }
    for (reason, count) in &tally.left_out {
        crate::tell(&format!("{count} left out: {reason}"));
    }
    for (what, count) in &tally.lacking {
        crate::tell(&format!("{count} {what}"));
    }
    for run in &tally.runs {
        if let Some(torn) = run.cut {
            let folder = run.folder.display();
            crate::tell(&format!(
                "{folder}/journal.jsonl:{}: ignored {} bytes of an unfinished entry",
                torn.line, torn.bytes
            ));
        }
    }
    let unfinished: Vec<&RunState> = tally.runs.iter().filter(|run| !run.is_finished()).collect();
    for run in &unfinished {
        let folder = run.folder.display();
        crate::tell(&format!(
            "`{folder}` is not finished: {} of its {} trees are; what it holds was exported\nhint: `mend resume {folder}` goes on",
            run.finished, run.trees
        ));
    }
    if unfinished.is_empty() { Exit::Complete } else { Exit::Stopped }
}
