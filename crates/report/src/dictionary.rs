//! The dictionary of columns, as `results/README.md` has it.

use crate::sheet::SheetAbout;
use crate::{
    bench, by_cost, compare, critiques, deeper, drawn, figures, flips, generated, heat_map, helped, learning, nodes,
    plausible, problems, recorded, repairs, samples, sampling, timings, uptake,
};
use std::fmt::Write as _;

/// Every CSV file that a run's folder may hold or that is made of a run on request, in the order of the dictionary.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    let mut heat_map = heat_map::sheet().into_about();
    heat_map.columns.push(heat_map::TAIL);
    let mut sheets = vec![
        samples::sheet(true).into_about(),
        critiques::sheet(true).into_about(),
        nodes::sheet(true).into_about(),
        generated::sheet().into_about(),
        problems::sheet(true, true).into_about(),
        figures::pass_at_k_sheet().into_about(),
        figures::pass_at_t_sheet(true).into_about(),
        heat_map,
        figures::pass_within_sheet().into_about(),
        figures::pass_at_budget_sheet().into_about(),
    ];
    sheets.extend(by_cost::sheets());
    sheets.push(sampling::about_sheet());
    sheets.push(deeper::by_status_sheet());
    sheets.push(uptake::about_sheet());
    sheets.extend(deeper::sheets());
    sheets.push(plausible::sheet().into_about());
    sheets.extend(helped::sheets());
    sheets.extend(bench::sheets());
    sheets.push(learning::learning_sheet().into_about());
    sheets.push(learning::drift_sheet().into_about());
    sheets.extend(drawn::sheets());
    sheets.push(flips::sheet().into_about());
    sheets.push(recorded::sheet().into_about());
    sheets.extend(repairs::sheets());
    sheets.extend(compare::sheets());
    sheets.push(timings::sheet().into_about());
    sheets
}

/// Names of the files that a run's folder holds as its own, beside those of its journal.
pub fn file_names() -> Vec<&'static str> {
    let on_request = repairs::sheets().into_iter().chain(compare::sheets());
    let on_request: Vec<&str> = on_request.map(|sheet| sheet.file).collect();
    let own = sheets().into_iter().map(|sheet| sheet.file).filter(|file| !on_request.contains(file));
    own.chain(["summary.json"]).collect()
}

/// What every column of every CSV file means, as Markdown: a heading for each file, a line for each column.
pub fn dictionary() -> String {
    let mut text = String::new();
    let mut say = |line: &str| writeln!(text, "{line}").expect("a String takes any text");
    for sheet in sheets() {
        say(&format!("### {}\n\nA row is {}.\n", sheet.file, sheet.about));
        say("| column | what it says | empty where |\n|---|---|---|");
        for column in sheet.columns {
            say(&format!("| `{}` | {} | {} |", column.name, column.means, column.empty.unwrap_or("never")));
        }
        say("");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    const BEGIN: &str = "<!-- The dictionary of columns: written by a test, see crates/report/src/dictionary.rs -->\n";
    const END: &str = "<!-- End of the dictionary -->\n";

    fn readme() -> (std::path::PathBuf, String) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md");
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    }

    #[test]
    fn the_dictionary_in_the_folder_of_results_is_the_one_in_the_code() {
        let (path, text) = readme();
        let (before, rest) = text.split_once(BEGIN).expect("a place for the dictionary");
        let (found, after) = rest.split_once(END).expect("an end of the dictionary");
        let expected = format!("\n{}", dictionary());
        if found != expected && std::env::var_os("MEND_BLESS").is_some() {
            std::fs::write(path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
            return;
        }
        assert_eq!(found, expected, "results/README.md is behind: run this test once with MEND_BLESS=1");
    }

    /// The columns that the text of the dictionary names, by file.
    fn documented(text: &str) -> BTreeSet<(String, String)> {
        let mut file = String::new();
        let mut columns = BTreeSet::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("### ") {
                name.clone_into(&mut file);
            } else if let Some(name) = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()) {
                columns.insert((file.clone(), name.to_owned()));
            }
        }
        columns
    }

    #[test]
    fn every_column_that_is_written_is_in_the_dictionary_and_every_entry_is_written() {
        let (_, text) = readme();
        let (_, dictionary) = text.split_once(BEGIN).unwrap();
        let documented = documented(dictionary);
        let mut written = BTreeSet::new();
        for (name, bytes) in crate::testing::every_file() {
            let header = bytes.lines().next().unwrap().split(',');
            let name = |column: &str| match column.strip_prefix("n_p=") {
                Some(_) => (name.clone(), "n_p=<number>".to_owned()),
                None => (name.clone(), column.to_owned()),
            };
            written.extend(header.map(name));
        }
        let missing: Vec<_> = written.difference(&documented).collect();
        let stale: Vec<_> = documented.difference(&written).collect();
        assert!(missing.is_empty() && stale.is_empty(), "not documented: {missing:?}; not written: {stale:?}");
        assert!(written.len() > 100);
    }

    #[test]
    fn no_entry_breaks_the_table_that_it_stands_in() {
        for sheet in sheets() {
            let names: BTreeSet<_> = sheet.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), sheet.columns.len(), "a name stands twice in {}", sheet.file);
            for column in &sheet.columns {
                for text in [column.means, column.empty.unwrap_or("never")] {
                    assert!(!text.is_empty() && !text.contains(['|', '\n']), "{}: {text}", column.name);
                }
            }
        }
    }
}
