//! `compare.html`, where somebody wants it.

use crate::args::CompareArgs;
use crate::commands::report::place::{create, refuse_own, refused};
use crate::exit::Failure;
use mend_lab::Read;
use mend_metrics::{CompareOptions, ProgramPlace};
use mend_page::{CompareInput, Served, ShownProgram};
use mend_report::Compared;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The page's name in a folder.
const PAGE: &str = "compare.html";

/// Writes the page, and says where it is: `None` where nobody wants it.
pub fn write(
    args: &CompareArgs,
    runs: &[Read],
    compared: Compared<'_>,
    options: &CompareOptions,
) -> Result<Option<PathBuf>, Failure> {
    let page = match (&args.html, &args.out) {
        _ if args.no_html => return Ok(None),
        (Some(html), _) => html.clone(),
        (None, Some(out)) => out.join(PAGE),
        (None, None) if args.open => PathBuf::from(PAGE),
        (None, None) => return Ok(None),
    };
    let Some(name) = page.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        let failure = Failure::usage(format!("`{}` names no file", page.display()));
        return Err(failure.hint("name a file, such as compare.html"));
    };
    if page.is_dir() {
        let failure = Failure::usage(format!("`{}` is a folder, and the page is one file", page.display()));
        return Err(failure.hint(format!("`--html {}` writes it there", page.join(PAGE).display())));
    }
    let folder = page.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    refuse_own(folder, &name, &page)?;
    create(folder)?;
    let links: Vec<Option<String>> = runs.iter().map(|read| report_of(folder, &read.folder)).collect();
    let html = made(runs, compared, options, &links, mend_page::compare_page)?;
    mend_report::replace(folder, &name, html.as_bytes()).map_err(|error| refused(error, folder))?;
    Ok(Some(page))
}

/// What is made of runs that were compared: a file, or what `mend view` serves.
fn made<T>(
    runs: &[Read],
    compared: Compared<'_>,
    options: &CompareOptions,
    links: &[Option<String>],
    make: impl FnOnce(&CompareInput<'_>) -> T,
) -> Result<T, Failure> {
    let found = mend_lab::flipped(runs, compared.comparison)?;
    let programs: Vec<BTreeMap<ProgramPlace, ShownProgram>> = found
        .into_iter()
        .map(|of| of.into_iter().map(|(place, node)| (place, ShownProgram::of(&node))).collect())
        .collect();
    let shapes = mend_lab::with_fewer_repairs(runs, compared.comparison, options);
    let files = mend_report::comparison_files(compared).map_err(Failure::bug)?;
    Ok(make(&CompareInput { compared, links, programs: &programs, shapes: &shapes, files: &files }))
}

/// The comparison of two runs with the usual options, for `mend view`, which serves their reports under `links`.
pub fn served(folders: &[PathBuf], links: &[String]) -> Result<Served, Failure> {
    let runs = Read::all(folders)?;
    let options = CompareOptions::default();
    let mend_lab::Compared { comparison, folders, differences } = mend_lab::compared(&runs, &options)?;
    let compared = Compared { comparison: &comparison, folders: &folders, differences: &differences };
    let links: Vec<Option<String>> = links.iter().cloned().map(Some).collect();
    made(&runs, compared, &options, &links, mend_page::compare_served)
}

/// Where a run's report is, as seen from a folder; `None` if it has none.
fn report_of(folder: &Path, run: &Path) -> Option<String> {
    let report = run.join("report.html").canonicalize().ok()?;
    let from = folder.canonicalize().ok()?;
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), report.components().collect());
    let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let down = to[same..].iter().map(|part| mend_page::segment(&part.as_os_str().to_string_lossy()));
    // Not to be read as the beginning of an address.
    let parts: Vec<String> = std::iter::once(".".to_owned()).chain(up).chain(down).collect();
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_found_from_where_the_page_is() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("a run #1");
        let page = dir.path().join("out/deep");
        std::fs::create_dir_all(&run).unwrap();
        std::fs::create_dir_all(&page).unwrap();
        assert_eq!(report_of(&page, &run), None);
        std::fs::write(run.join("report.html"), "").unwrap();
        assert_eq!(report_of(&page, &run).as_deref(), Some("./../../a%20run%20%231/report.html"));
        assert_eq!(report_of(&run, &run).as_deref(), Some("./report.html"));
    }
}
