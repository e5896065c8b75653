//! `mend compare`: whether a difference between runs is more than chance.

mod page;

pub use page::served;

use super::report::place::{create, refuse_own, refused};
use crate::args::CompareArgs;
use crate::exit::{Exit, Failure};
use mend_lab::{Compared, Read};
use std::path::Path;

/// `mend compare`
pub fn run(args: &CompareArgs) -> Result<Exit, Failure> {
    let runs = Read::all(&args.runs)?;
    let options = crate::comparing::options(&args.what, &runs.iter().collect::<Vec<_>>())?;
    let Compared { comparison, folders, differences } = mend_lab::compared(&runs, &options)?;
    let compared = mend_report::Compared { comparison: &comparison, folders: &folders, differences: &differences };
    if let Some(out) = &args.out {
        write(out, compared)?;
    }
    crate::print(&if args.json {
        mend_report::comparison_json(compared)
    } else {
        mend_report::comparison_text(compared, super::width())
    })?;
    let page = page::write(args, &runs, compared, &options)?;
    if let Some(out) = args.out.as_ref().filter(|_| !args.json) {
        crate::tell(&format!("written to {}", out.display()));
    }
    if let Some(page) = page {
        if args.html.is_some() || args.out.is_none() {
            crate::tell(&format!("written to {}", page.display()));
        }
        if args.open {
            super::report::open_page(&page)?;
        }
    }
    let is_unscored =
        comparison.pairs.iter().any(|pair| !pair.common.unscored_a.is_empty() || !pair.common.unscored_b.is_empty());
    Ok(if let Some(read) = runs.iter().find(|read| !read.side.is_complete()) {
        let folder = read.folder.display();
        crate::tell(&format!("{folder} is not complete\nhint: `mend resume {folder}` goes on"));
        Exit::Stopped
    } else if is_unscored {
        Exit::Unscored
    } else {
        Exit::Complete
    })
}

fn write(out: &Path, compared: mend_report::Compared<'_>) -> Result<(), Failure> {
    let failed = |error| refused(error, out);
    let files = mend_report::comparison_files(compared).map_err(failed)?;
    create(out)?;
    for (name, bytes) in files {
        refuse_own(out, name, &out.join(name))?;
        mend_report::replace(out, name, &bytes).map_err(failed)?;
    }
    Ok(())
}
