//! The starter data set, embedded so that the binary works away from the checkout.

use crate::{Dataset, DatasetError, OnInvalid, SourceFile, load};

/// The project's own forty problems: functions to complete `starter/f01` to `starter/f24`, functions to write
/// `starter/c01` to `starter/c06`, and programs `starter/s01` to `starter/s10`.
pub fn starter() -> Result<Dataset, DatasetError> {
    let files: Vec<SourceFile> =
        FILES.iter().map(|(path, bytes)| SourceFile { path: (*path).to_owned(), bytes: bytes.to_vec() }).collect();
    load("starter", &files, OnInvalid::Fail)
}

macro_rules! embed {
    ($($path:literal)*) => {
        &[$((concat!("starter/", $path), include_bytes!(concat!("../../../datasets/starter/", $path)))),*]
    };
}

const FILES: &[(&str, &[u8])] = embed![
    "c01/input_output.json"
    "c01/metadata.json"
    "c01/mutants.json"
    "c01/public_input_output.json"
    "c01/question.txt"
    "c01/solutions.json"
    "c01/starter_code.py"
    "c02/input_output.json"
    "c02/metadata.json"
    "c02/mutants.json"
    "c02/public_input_output.json"
    "c02/question.txt"
    "c02/solutions.json"
    "c02/starter_code.py"
    "c03/input_output.json"
    "c03/metadata.json"
    "c03/mutants.json"
    "c03/public_input_output.json"
    "c03/question.txt"
    "c03/solutions.json"
    "c03/starter_code.py"
    "c04/input_output.json"
    "c04/metadata.json"
    "c04/mutants.json"
    "c04/public_input_output.json"
    "c04/question.txt"
    "c04/solutions.json"
    "c04/starter_code.py"
    "c05/input_output.json"
    "c05/metadata.json"
    "c05/mutants.json"
    "c05/public_input_output.json"
    "c05/question.txt"
    "c05/solutions.json"
    "c05/starter_code.py"
    "c06/input_output.json"
    "c06/metadata.json"
    "c06/mutants.json"
    "c06/public_input_output.json"
    "c06/question.txt"
    "c06/solutions.json"
    "c06/starter_code.py"
    "functions.jsonl"
    "s01/input_output.json"
    "s01/metadata.json"
    "s01/mutants.json"
    "s01/public_input_output.json"
    "s01/question.txt"
    "s01/solutions.json"
    "s02/input_output.json"
    "s02/metadata.json"
    "s02/mutants.json"
    "s02/public_input_output.json"
    "s02/question.txt"
    "s02/solutions.json"
    "s03/input_output.json"
    "s03/metadata.json"
    "s03/mutants.json"
    "s03/public_input_output.json"
    "s03/question.txt"
    "s03/solutions.json"
    "s04/input_output.json"
    "s04/metadata.json"
    "s04/mutants.json"
    "s04/public_input_output.json"
    "s04/question.txt"
    "s04/solutions.json"
    "s05/input_output.json"
    "s05/metadata.json"
    "s05/mutants.json"
    "s05/public_input_output.json"
    "s05/question.txt"
    "s05/solutions.json"
    "s06/input_output.json"
    "s06/metadata.json"
    "s06/mutants.json"
    "s06/public_input_output.json"
    "s06/question.txt"
    "s06/solutions.json"
    "s07/input_output.json"
    "s07/metadata.json"
    "s07/mutants.json"
    "s07/public_input_output.json"
    "s07/question.txt"
    "s07/solutions.json"
    "s08/input_output.json"
    "s08/metadata.json"
    "s08/mutants.json"
    "s08/public_input_output.json"
    "s08/question.txt"
    "s08/solutions.json"
    "s09/input_output.json"
    "s09/metadata.json"
    "s09/mutants.json"
    "s09/public_input_output.json"
    "s09/question.txt"
    "s09/solutions.json"
    "s10/input_output.json"
    "s10/metadata.json"
    "s10/mutants.json"
    "s10/public_input_output.json"
    "s10/question.txt"
    "s10/solutions.json"
];

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Mutant, Problem, Status, Style, Test};
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every file below a folder, as paths relative to it with `/` between segments.
    fn files_below(folder: &Path, prefix: &str) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for entry in folder.read_dir().unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}/{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files.extend(files_below(&entry.path(), &path));
            } else {
                files.insert(path);
            }
        }
        files
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/starter");
        let mut expected = files_below(&folder, "starter");
        assert!(expected.remove("starter/README.md"));
        let embedded: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, expected);
    }

    #[test]
    fn the_problems_are_as_the_readme_says() {
        let dataset = starter().unwrap();
        let rendered: Vec<String> = dataset.problems.iter().map(line).collect();
        insta::assert_snapshot!(rendered.join("\n"), @"
        starter/f01 introductory shift_pay: public 3 asserts, hidden 14 asserts, 6 mutants
        starter/f02 introductory settle: public 4 asserts, hidden 20 asserts, 7 mutants
        starter/f03 interview mean_level: public 3 asserts, hidden 13 asserts, 8 mutants
        starter/f04 interview crumbs: public 3 asserts, hidden 19 asserts, 8 mutants
        starter/f05 interview finish: public 3 asserts, hidden 17 asserts, 7 mutants
        starter/f06 competition best_day: public 3 asserts, hidden 14 asserts, 7 mutants
        starter/f07 introductory run_battery: public 3 asserts, hidden 15 asserts, 7 mutants
        starter/f08 competition travel_time: public 3 asserts, hidden 17 asserts, 8 mutants
        starter/f09 introductory tally: public 2 asserts, hidden 13 asserts, 7 mutants
        starter/f10 introductory sign_shows: public 3 asserts, hidden 21 asserts, 8 mutants
        starter/f11 introductory total_dose: public 3 asserts, hidden 11 asserts, 7 mutants
        starter/f12 introductory restock: public 4 asserts, hidden 26 asserts, 7 mutants
        starter/f13 interview creases: public 3 asserts, hidden 17 asserts, 6 mutants
        starter/f14 interview ride_shares: public 5 asserts, hidden 29 asserts, 7 mutants
        starter/f15 interview departures: public 2 asserts, hidden 20 asserts, 7 mutants
        starter/f16 competition fair_hands: public 3 asserts, hidden 6 asserts, 10 mutants
        starter/f17 interview book: public 4 asserts, hidden 28 asserts, 7 mutants
        starter/f18 interview table: public 2 asserts, hidden 15 asserts, 8 mutants
        starter/f19 interview rooms_to_see: public 2 asserts, hidden 13 asserts, 7 mutants
        starter/f20 introductory hidden_signs: public 2 asserts, hidden 15 asserts, 7 mutants
        starter/f21 competition cheapest_nights: public 3 asserts, hidden 21 asserts, 8 mutants
        starter/f22 competition winning_blow: public 3 asserts, hidden 21 asserts, 8 mutants
        starter/f23 introductory gathered_warmth: public 2 asserts, hidden 13 asserts, 6 mutants
        starter/f24 competition stitches: public 3 asserts, hidden 20 asserts, 8 mutants
        starter/c01 introductory calmSpell: public 2 tests, hidden 15 tests, 7 mutants
        starter/c02 introductory shelf_index: public 2 tests, hidden 15 tests, 7 mutants
        starter/c03 interview turn: public 2 tests, hidden 18 tests, 7 mutants
        starter/c04 interview calibrate: public 2 tests, hidden 12 tests, 8 mutants
        starter/c05 competition visit: public 2 tests, hidden 15 tests, 8 mutants
        starter/c06 competition presses: public 3 tests, hidden 26 tests, 8 mutants
        starter/s01 introductory program: public 1 tests, hidden 8 tests, 8 mutants
        starter/s02 interview program: public 1 tests, hidden 12 tests, 8 mutants
        starter/s03 interview program: public 1 tests, hidden 12 tests, 7 mutants
        starter/s04 competition program: public 1 tests, hidden 14 tests, 7 mutants
        starter/s05 introductory program: public 1 tests, hidden 10 tests, 8 mutants
        starter/s06 introductory program: public 1 tests, hidden 12 tests, 8 mutants
        starter/s07 interview program: public 1 tests, hidden 16 tests, 8 mutants
        starter/s08 interview program: public 1 tests, hidden 12 tests, 8 mutants
        starter/s09 competition program: public 1 tests, hidden 19 tests, 8 mutants
        starter/s10 competition program: public 1 tests, hidden 15 tests, 7 mutants
        ");
    }

    fn line(problem: &Problem) -> String {
        let count = |tests: &[Test]| match tests {
            [Test::Script { source }] => format!("{} asserts", source.matches("assert ").count()),
            tests => format!("{} tests", tests.len()),
        };
        let kind = problem.style.entry_point().unwrap_or("program");
        let (public, hidden) = (count(&problem.tests.public), count(&problem.tests.hidden));
        let mutants = problem.mutants.len();
        let difficulty = problem.difficulty.as_deref().unwrap_or_default();
        format!("{} {difficulty} {kind}: public {public}, hidden {hidden}, {mutants} mutants", problem.id)
    }

    fn span(reference: &str, mutant: &Mutant) -> std::ops::Range<usize> {
        let start = reference.find(&mutant.find).unwrap();
        start..start + mutant.find.len()
    }

    #[test]
    fn mutants_damage_the_solution_at_places_that_do_not_overlap() {
        for problem in starter().unwrap().problems {
            let reference = problem.reference.as_deref().unwrap();
            let is_completed = matches!(problem.style, Style::Completion { .. });
            let solution = if is_completed { problem.statement.len() } else { 0 };
            let mut spans: Vec<_> = problem.mutants.iter().map(|mutant| span(reference, mutant)).collect();
            spans.sort_by_key(|span| span.start);
            assert!(spans[0].start >= solution, "{}", problem.id);
            assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{}", problem.id);
            assert!(problem.mutants.iter().all(|mutant| mutant.find != mutant.replace), "{}", problem.id);
        }
    }

    #[test]
    fn mutants_fail_hidden_and_some_pass_public() {
        let mut endless = Vec::new();
        for problem in starter().unwrap().problems {
            let with_public = |status| problem.mutants.iter().filter(move |mutant| mutant.public == status).count();
            assert!(problem.mutants.len() >= 6, "{}", problem.id);
            assert!(with_public(Status::Passed) >= 2, "{}", problem.id);
            assert!(problem.mutants.iter().all(|mutant| mutant.hidden != Status::Passed), "{}", problem.id);
            let timed_out = problem.mutants.iter().filter(|mutant| mutant.hidden == Status::TimeLimit);
            endless.extend(timed_out.map(|mutant| format!("{} {}", problem.id, mutant.name)));
        }
        assert_eq!(endless, ["starter/s03 search_stands_still"]);
    }
}
