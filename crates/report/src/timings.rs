//! `timings.csv`: the one file that a clock may reach.

use crate::csv_file::CsvFile;
use mend_core::{Outcome, ProblemEntry, RepairTree};

const HEADER: [&str; 6] = ["problem", "replicate", "slot", "cpu_ms", "wall_ms", "peak_bytes"];

/// A row for each judged node.
pub(crate) fn table(trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let mut file = CsvFile::new(&HEADER);
    for (problem, tree) in trees {
        for node in tree.nodes() {
            let Some(Outcome::Judged(_, used)) = &node.outcome else { continue };
            file.push(vec![
                problem.id.to_string(),
                tree.key.replicate.to_string(),
                node.slot.to_string(),
                used.cpu.as_millis().to_string(),
                used.wall.as_millis().to_string(),
                used.peak_bytes.to_string(),
            ]);
        }
    }
    file
}
