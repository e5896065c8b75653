//! `report.html` and what belongs to it: the plots as drawings, and their data as tables.

use super::place::refused;
use crate::exit::Failure;
use mend_core::{RepairTree, RunManifest};
use mend_metrics::{Options, Summary};
use mend_page::{Input, PLOT_NAMES, Parts};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The page's name in a folder.
const PAGE: &str = "report.html";

/// With more nodes no page could hold the trees, so that their texts need not be read.
pub const MOST_NODES: usize = 60_000;

/// The nodes of some trees.
pub fn nodes(trees: &[RepairTree]) -> usize {
    trees.iter().map(|tree| tree.nodes().count()).sum()
}

/// Writes the page, its plots and their data into a folder that holds the run's usual files, and says where it is.
///
/// timings.csv is not among the downloads: it is the one file that a clock may reach.
pub fn write(
    folder: &Path,
    manifest: &RunManifest,
    trees: &[RepairTree],
    usual: &Options,
    summary: &Summary,
) -> Result<(PathBuf, Option<String>), Failure> {
    let drawn = mend_metrics::drawn(manifest, trees, usual);
    let refused = |error| refused(error, folder);
    let tables = mend_report::drawn_files(summary, &drawn).map_err(refused)?;
    for name in mend_report::drawn_names() {
        match tables.iter().find(|table| table.name == name) {
            Some(table) => mend_report::replace(folder, name, &table.bytes).map_err(refused)?,
            None => remove(folder, name)?,
        }
    }
    let files: Vec<(String, Vec<u8>)> = downloads()
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::fs::read(folder.join(name)).ok()?)))
        .collect();
    let input = Input { manifest, trees, summary, drawn: &drawn, files: &files };
    let plots = mend_page::plots(&input);
    for name in PLOT_NAMES {
        match plots.iter().find(|plot| plot.name == name) {
            Some(plot) => mend_report::replace(folder, name, plot.svg.as_bytes()).map_err(refused)?,
            None => remove(folder, name)?,
        }
    }
    let page = mend_page::page(&input);
    mend_report::replace(folder, PAGE, page.html.as_bytes()).map_err(refused)?;
    let left_out = page.left_out.map(|what| {
        format!(
            "{PAGE} does not hold {what}: it would be larger than 10 MB; `mend show {}` shows them",
            folder.display()
        )
    });
    Ok((folder.join(PAGE), left_out))
}

/// The tables that a page offers.
fn downloads() -> Vec<&'static str> {
    let mut names = mend_report::file_names();
    names.retain(|name| name.rsplit('.').next() == Some("csv") && *name != "timings.csv");
    names
}

/// The page in parts, which a server puts together. It reads no table: those are served as they lie in the folder.
pub fn parts(folder: &Path, manifest: &RunManifest, trees: &[RepairTree], usual: &Options) -> Parts {
    let summary = mend_metrics::summarize(manifest, trees, usual);
    let drawn = mend_metrics::drawn(manifest, trees, usual);
    let is_there = |name: &&str| folder.join(name).is_file();
    let files: Vec<(String, Vec<u8>)> =
        downloads().into_iter().filter(is_there).map(|name| (name.to_owned(), vec![])).collect();
    Parts::of(&Input { manifest, trees, summary: &summary, drawn: &drawn, files: &files })
}

/// Takes away the page of an earlier state of a run, since it would say something else than the tables beside it.
pub fn forget(folder: &Path) -> Result<(), Failure> {
    std::iter::once(PAGE).chain(PLOT_NAMES).chain(mend_report::drawn_names()).try_for_each(|name| remove(folder, name))
}

fn remove(folder: &Path, name: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::usage(format!("cannot remove `{}`: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Opens a file in whatever program shows such files on this machine.
#[expect(clippy::disallowed_methods, reason = "the user's own browser, at the user's wish; no candidate is near")]
pub fn open(page: &Path) -> Result<(), Failure> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let asked = std::process::Command::new(opener).arg(page).stdout(std::process::Stdio::null()).status();
    match asked {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(Failure::usage(format!("`{opener}` could not open `{}`: it ended with {status}", page.display())))
        }
        Err(error) => {
            let failure =
                Failure::usage(format!("cannot open `{}`: `{opener}` did not start: {error}", page.display()));
            Err(failure.hint("open the file in a browser"))
        }
    }
}
