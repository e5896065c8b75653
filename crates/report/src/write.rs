//! The files of a run's directory. Each appears whole or not at all.

use crate::sheet::{CsvFile, Sheet};
use crate::{
    View, bench, by_cost, critiques, deeper, figures, generated, heat_map, helped, learning, nodes, plausible,
    problems, samples, sampling, timings, to_json, uptake,
};
use mend_core::{Kind, ProblemEntry, ProblemId, RepairTree, RunManifest, Seat};
use mend_metrics::Summary;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A tree of a problem that the manifest does not list.
    #[error("problem `{0}` has a tree and is not in the manifest")]
    UnknownProblem(ProblemId),
    /// A table that is no valid CSV.
    #[error("cannot write `{file}`: invalid table")]
    Csv {
        /// Name of the file.
        file: String,
        /// What is wrong with it.
        #[source]
        source: csv::Error,
    },
    /// A report for a build that is no valid XML.
    #[error("cannot write XML: {0}")]
    Junit(String),
    /// The file system refused.
    #[error("cannot write `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
}

/// Writes samples.csv, problems.csv, pass_at_k.csv, pass_at_t.csv, timings.csv and summary.json into an
/// existing directory, over earlier ones; and critiques.csv if there was a critic. heat_map.csv, pass_within.csv,
/// pass_at_budget.csv, sampling.csv, repair_by_status.csv, budget_saved.csv, coverage_at_cost.csv, uptake.csv, nodes.csv, tests.csv, learning.csv, drift.csv and the files of deeper trees stand there only if the run
/// has what they show.
///
/// Rows are sorted by problem, in the manifest's order, then replicate, then slot; apart from timings.csv
/// the bytes are a pure function of the arguments, whatever the order of `trees`.
pub fn write(dir: &Path, manifest: &RunManifest, trees: &[RepairTree], summary: &Summary) -> Result<(), ReportError> {
    let trees = sorted(manifest, trees)?;
    // What is learnt from is no part of what is reported: only tables that say of each row which it is have both.
    let reported: Vec<_> = trees.iter().copied().filter(|(entry, _)| !entry.dev).collect();
    let run = &summary.run;
    // The large files first, beside whatever else is worked out.
    let (large, small) = rayon::join(
        || {
            let samples = || {
                let (sheet, rows) = samples::rows(run, manifest, &trees);
                write_rows(dir, &sheet, &rows)
            };
            let (samples, timings) =
                rayon::join(samples, || write_rows(dir, &timings::sheet(), &timings::rows(&trees)));
            samples.and(timings)
        },
        || write_small(dir, manifest, &trees, &reported, summary),
    );
    large.and(small)?;
    replace(dir, "summary.json", to_json(summary, View::default()).as_bytes())
}

fn write_small(
    dir: &Path,
    manifest: &RunManifest,
    trees: &[(&ProblemEntry, &RepairTree)],
    reported: &[(&ProblemEntry, &RepairTree)],
    summary: &Summary,
) -> Result<(), ReportError> {
    let run = &summary.run;
    let mut tables =
        vec![problems::table(run, manifest, trees), figures::pass_at_k(summary), figures::pass_at_t(summary)];
    let has_critique =
        || reported.iter().flat_map(|(_, tree)| tree.nodes()).any(|node| node.slot.kind() == Kind::Feedback);
    if manifest.identity.models.contains_key(&Seat::CRITIC) || has_critique() {
        tables.push(critiques::table(run, manifest, reported));
    }
    for table in tables {
        write_table(dir, table.name, &table)?;
    }
    let mut where_there = vec![
        heat_map::table(summary),
        figures::pass_within(summary),
        figures::pass_at_budget(summary),
        nodes::table(run, manifest, trees),
        generated::table(run, reported),
    ];
    where_there.extend(by_cost::tables(summary));
    where_there.push(sampling::table(summary));
    where_there.push(deeper::repair_by_status(summary));
    where_there.push(uptake::table(summary));
    where_there.extend(deeper::tables(summary));
    where_there.push(plausible::table(summary));
    where_there.extend(helped::tables(summary));
    where_there.extend(bench::tables(summary));
    where_there.extend(learning::tables(summary));
    for table in where_there {
        if table.is_empty() {
            remove(dir, table.name)?;
        } else {
            write_table(dir, table.name, &table)?;
        }
    }
    Ok(())
}

fn write_rows<R: Sync>(dir: &Path, sheet: &Sheet<R>, rows: &[R]) -> Result<(), ReportError> {
    replace_by(dir, sheet.file(), |file| sheet.write(rows, file))
}

pub(crate) fn write_table(dir: &Path, name: &str, table: &CsvFile) -> Result<(), ReportError> {
    let bytes = table.bytes().map_err(|source| ReportError::Csv { file: name.to_owned(), source })?;
    replace(dir, name, &bytes)
}

/// Takes away what an earlier report left and this one does not have.
fn remove(dir: &Path, name: &str) -> Result<(), ReportError> {
    let path = dir.join(name);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(ReportError::Io { path, source }),
        _ => Ok(()),
    }
}

fn sorted<'a>(
    manifest: &'a RunManifest,
    trees: &'a [RepairTree],
) -> Result<Vec<(&'a ProblemEntry, &'a RepairTree)>, ReportError> {
    let places: BTreeMap<&ProblemId, usize> =
        manifest.problems.iter().enumerate().map(|(place, entry)| (&entry.id, place)).collect();
    let mut placed = trees
        .iter()
        .map(|tree| match places.get(&tree.key.problem) {
            Some(place) => Ok((*place, tree)),
            None => Err(ReportError::UnknownProblem(tree.key.problem.clone())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    placed.sort_by_key(|(place, tree)| (*place, tree.key.replicate));
    Ok(placed.into_iter().map(|(place, tree)| (&manifest.problems[place], tree)).collect())
}

/// Writes a temporary file beside the old one and renames it over that.
pub fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
    replace_by(dir, name, |file| file.write_all(bytes))
}

fn replace_by(dir: &Path, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), ReportError> {
    let path = dir.join(name);
    let attempt = || {
        let prefix = format!(".{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(dir)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|source| ReportError::Io { path: path.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, summary, trees};

    /// One file of the run. The fields that begin most lines are cut, digests shortened.
    fn file(name: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &manifest(), &trees(), &summary()).unwrap();
        let labels = "starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,";
        let text = std::fs::read_to_string(dir.path().join(name)).unwrap();
        let short = |line: &str| {
            let line = line.replacen(labels, "..", 1);
            let field = |field: &str| if field.len() == 64 { field[..8].to_owned() } else { field.to_owned() };
            line.split(',').map(field).collect::<Vec<_>>().join(",")
        };
        text.lines().map(|line| short(line) + "\n").collect()
    }

    #[test]
    fn samples_have_a_row_per_program_in_the_order_of_the_manifest() {
        insta::assert_snapshot!(file("samples.csv"), @"
        run,dataset,model,strategy,oracle_level,problem,replicate,slot,parent,depth,role,served_model,finish_reason,extraction_rule,status,unscored,public_passed,hidden_passed,tests_passed,tests_run,tests_total,submitted,integrity,engine,fuel,prompt_tokens,cached_tokens,reasoning_tokens,completion_tokens,paper_tokens,tokenizer,dollars,program_digest,difficulty,failure
        ..starter/10,0,p0,,0,coder,[31msim/journeyman,stop,one_block,wrong_answer,,true,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,43de76ac,easy,hidden test 1: wrong answer
        ..starter/10,0,p0/r0,p0,1,repairer,[31msim/expert,stop,one_block,passed,,true,true,2,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,75b37a7d,easy,
        ..starter/10,0,p0/r1,p0,1,repairer,[31msim/expert,stop,one_block,wrong_answer,,true,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,d26bfaba,easy,hidden test 1: wrong answer
        ..starter/10,0,p1,,0,coder,[31msim/journeyman,stop,one_block,passed,,true,true,2,2,2,true,isolated,wasm,70000000,60,,,40,30,cl100k_base,,c88ae6fa,easy,
        ..starter/10,0,p2,,0,coder,[31msim/journeyman,stop,one_block,passed,,true,true,2,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,754e0c67,easy,
        ..starter/9,0,p0,,0,coder,[31msim/journeyman,stop,one_block,wrong_answer,,,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,43de76ac,hard,hidden test 1: wrong answer
        ..starter/9,0,p0/r0,p0,1,repairer,[31msim/expert,stop,one_block,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,75b37a7d,hard,hidden test 1: wrong answer
        ..starter/9,0,p0/r1,p0,1,repairer,[31msim/expert,stop,one_block,passed,,,true,2,2,2,true,isolated,process,,150,,,40,30,cl100k_base,,d26bfaba,hard,
        ..starter/9,0,p1,,0,coder,[31msim/journeyman,stop,one_block,time_limit,,,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,c88ae6fa,hard,hidden test 1: time limit
        ..starter/9,0,p1/r0,p1,1,repairer,[31msim/expert,stop,one_block,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,2c0c6567,hard,hidden test 1: wrong answer
        ..starter/9,0,p1/r1,p1,1,repairer,[31msim/expert,stop,one_block,unscored,worker died,,,,,,false,isolated,,,150,,,40,30,cl100k_base,,9277b5cb,hard,
        ..starter/9,0,p2,,0,coder,[31msim/journeyman,length,,no_code,,,false,,,,false,isolated,,,60,,,40,38,cl100k_base,,,hard,the answer holds no program
        ..starter/9,0,p2/r0,p2,1,repairer,[31msim/expert,stop,one_block,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,48c0b8aa,hard,hidden test 1: wrong answer
        ..starter/9,0,p2/r1,p2,1,repairer,[31msim/expert,stop,one_block,runtime_error,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,4ade10fd,hard,hidden test 1: runtime error
        ..starter/9,0,p3,,0,coder,[31msim/journeyman,stop,one_block,unscored,worker died,,,,,,false,isolated,,,60,,,40,30,cl100k_base,,24210eee,hard,
        ..starter/8,0,p0,,0,coder,[31msim/journeyman,stop,,,,,,,,,,isolated,,,60,,,40,,cl100k_base,,,hard,
        ");
    }

    #[test]
    fn problems_have_a_row_per_tree_and_an_unfinished_one_shows_only_its_cost() {
        insta::assert_snapshot!(file("problems.csv"), @"
        run,dataset,model,strategy,oracle_level,group,problem,replicate,n,c,submitted,submitted_status,tokens,unscored
        ..easy,starter/10,0,3,2,p1,passed,680,0
        ..hard,starter/9,0,3,0,p0/r1,passed,1540,1
        ..hard,starter/8,0,,,,,100,
        ");
    }

    #[test]
    fn pass_at_k_leaves_absent_values_empty() {
        insta::assert_snapshot!(file("pass_at_k.csv"), @"
        run,dataset,model,strategy,oracle_level,group,k,estimator,value,low,high,same_low,same_high,problems,n_min,n_max,coverage,few_informative,billed_tokens,completion_tokens,paper_tokens,dollars
        ..all,1,unbiased,0.333333,0.003092,0.9535,,,2,3,3,stopped_sample,false,100,40,31.333333,
        ..all,3,unbiased,0.5,0.004637,0.995363,,,2,3,3,stopped_sample,false,300,120,94,
        ..all,5,unbiased,,,,,,2,3,3,stopped_sample,,,,,
        ..easy,1,unbiased,0.666667,,,,,1,3,3,stopped_sample,,100,40,30,
        ..easy,3,unbiased,1,,,,,1,3,3,stopped_sample,,300,120,90,
        ..easy,5,unbiased,,,,,,1,3,3,stopped_sample,,,,,
        ..hard,1,unbiased,0,,,,,1,3,3,stopped_sample,,100,40,32.666667,
        ..hard,3,unbiased,0,,,,,1,3,3,stopped_sample,,300,120,98,
        ..hard,5,unbiased,,,,,,1,3,3,stopped_sample,,,,,
        ");
    }

    #[test]
    fn pass_at_t_has_a_row_for_each_combination_that_there_is() {
        let text = file("pass_at_t.csv");
        // Three orders for whatever passes, one for what is handed in; by three definitions, against two baselines.
        assert_eq!(text.lines().count(), 1 + 3 * 6 * (3 + 1) * 3 * 2);
        let shown = |line: &&str| line.starts_with("run") || line.contains(",all,batch") && line.contains(",billed,");
        insta::assert_snapshot!(text.lines().filter(shown).collect::<Vec<_>>().join("\n"), @r#"
        run,dataset,model,strategy,oracle_level,selection,group,order,n_p,n_f,n_r,estimator,token_definition,mean_tokens,mean_programs,pass_rate,low,high,band,same_low,same_high,baseline,axis,baseline_pass_rate,diff,diff_low,diff_high,normalised,absent,coverage,few_informative,diff_few_informative,normalised_low,normalised_high
        ..oracle_any,all,batch,1,1,1,unbiased,billed,226.666667,1.666667,0.5,0.030363,0.969637,new_problems,,,iid,tokens,0.5,0,,,1,,stopped_sample,false,,,
        ..oracle_any,all,batch,1,1,1,unbiased,billed,226.666667,1.666667,0.5,0.030363,0.969637,new_problems,,,iid_staged,tokens,0.5,0,,,1,,stopped_sample,false,,,
        ..oracle_any,all,batch,1,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks,stopped_sample,,,,
        ..oracle_any,all,batch,1,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks,stopped_sample,,,,
        ..oracle_any,all,batch,2,1,1,unbiased,billed,390,3,0.666667,0.0465,0.996908,new_problems,,,iid,tokens,,,,,,the same budget buys more first programs than the 3 that each problem has,stopped_sample,false,,,
        ..oracle_any,all,batch,2,1,1,unbiased,billed,390,3,0.666667,0.0465,0.996908,new_problems,,,iid_staged,tokens,,,,,,the same budget buys more first programs than the 3 that each problem has,stopped_sample,false,,,
        ..oracle_any,all,batch,2,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks,stopped_sample,,,,
        ..oracle_any,all,batch,2,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks,stopped_sample,,,,
        ..oracle_any,all,batch,5,1,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5",stopped_sample,,,,
        ..oracle_any,all,batch,5,1,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5",stopped_sample,,,,
        ..oracle_any,all,batch,5,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5",stopped_sample,,,,
        ..oracle_any,all,batch,5,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5",stopped_sample,,,,
        "#);
    }

    #[test]
    fn the_map_has_a_line_for_each_n_f_and_says_what_is_out_of_bounds() {
        let text = file("heat_map.csv");
        let shown = |line: &&str| line.starts_with("run") || line.contains("all,unbiased,batch,billed");
        insta::assert_snapshot!(text.lines().filter(shown).collect::<Vec<_>>().join("\n"), @"
        run,dataset,model,strategy,oracle_level,group,estimator,order,token_definition,axis,n_r,n_f,n_p=1,n_p=2,n_p=5
        ..all,unbiased,batch,billed,tokens,1,2,,,
        ..all,unbiased,batch,billed,tokens,1,1,1.00,O.O.B.,
        ");
    }

    #[test]
    fn budgets_that_were_asked_for_have_tables_and_those_of_an_earlier_report_go() {
        let dir = tempfile::tempdir().unwrap();
        let (manifest, trees) = (manifest(), trees());
        let options = mend_metrics::Options { within: vec![200, 400], at: vec![250.0], ..crate::testing::options() };
        let summary = mend_metrics::summarize(&manifest, &trees, &options);
        write(dir.path(), &manifest, &trees, &summary).unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        let labels = "starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,";
        let short = |name: &str| -> String {
            let all = |line: &&str| line.starts_with("run") || line.contains(",all,") && line.contains(",billed,");
            read(name).lines().filter(all).map(|line| line.replacen(labels, "..", 1) + "\n").collect()
        };
        insta::assert_snapshot!(short("pass_at_budget.csv"), @"
        run,dataset,model,strategy,oracle_level,group,order,n_f,n_r,token_definition,budget,pass_rate,low,high,baseline,baseline_pass_rate,diff,diff_low,diff_high,coverage,few_informative,diff_few_informative
        ..all,batch,1,1,billed,250,0.52381,,,iid,0.5,0.02381,,,stopped_sample,,
        ..all,batch,1,1,billed,250,0.52381,,,iid_staged,,,,,stopped_sample,,
        ..all,batch,2,1,billed,250,,,,iid,0.5,,,,stopped_sample,,
        ..all,batch,2,1,billed,250,,,,iid_staged,,,,,stopped_sample,,
        ..all,dfs,1,1,billed,250,0.530108,,,iid_sequential,,,,,stopped_sample,,
        ..all,dfs,2,1,billed,250,,,,iid_sequential,,,,,stopped_sample,,
        ..all,bfs,1,1,billed,250,0.534063,,,iid_sequential,,,,,stopped_sample,,
        ..all,bfs,2,1,billed,250,,,,iid_sequential,,,,,stopped_sample,,
        ");
        insta::assert_snapshot!(short("pass_within.csv").lines().take(6).collect::<Vec<_>>().join("\n"), @"
        run,dataset,model,strategy,oracle_level,group,order,n_p,n_f,n_r,token_definition,cap,pass_rate,low,high,baseline_pass_rate,diff,diff_low,diff_high,coverage,few_informative,diff_few_informative
        ..all,dfs,1,1,1,billed,200,0.333333,0.003092,0.9535,0.5,-0.166667,-0.934781,0.907825,stopped_sample,false,false
        ..all,dfs,1,1,1,billed,400,0.5,0.030363,0.969637,0.5,0,-0.921272,0.921272,stopped_sample,false,false
        ..all,dfs,1,2,1,billed,200,,,,,,,,stopped_sample,,
        ..all,dfs,1,2,1,billed,400,,,,,,,,stopped_sample,,
        ..all,dfs,2,1,1,billed,200,0.333333,0.003092,0.9535,0.5,-0.166667,-0.934781,0.907825,stopped_sample,false,false
        ");
        write(dir.path(), &manifest, &trees, &crate::testing::summary()).unwrap();
        assert!(!dir.path().join("pass_within.csv").exists() && !dir.path().join("pass_at_budget.csv").exists());
    }

    #[test]
    fn timings_stand_apart() {
        insta::assert_snapshot!(file("timings.csv").lines().take(3).collect::<Vec<_>>().join("\n"), @"
        problem,replicate,slot,cpu_ms,wall_ms,peak_bytes
        starter/10,0,p0,1,4,1048576
        starter/10,0,p0/r0,1,4,1048576
        ");
    }

    /// A run whose every name is a formula.
    fn hostile() -> (RunManifest, Vec<RepairTree>) {
        let mut manifest = manifest();
        manifest.run_id = "-x-iid-0a1b2c3d".into();
        manifest.identity.dataset.name = "-x".into();
        manifest.identity.strategy.name = "@SUM(1)".into();
        manifest.identity.models.values_mut().for_each(|model| model.name = "=1+1".into());
        let formulas = ["=HYPERLINK(\"http://x.invalid\",\"a\")", "\t=1", "+1"];
        let mut trees = vec![];
        for (problem, formula) in manifest.problems.iter_mut().zip(formulas) {
            let old = std::mem::replace(&mut problem.id, ProblemId::new(formula));
            problem.difficulty = Some(format!("@{formula}"));
            let mut tree = crate::testing::trees().into_iter().find(|tree| tree.key.problem == old).unwrap();
            tree.key.problem = problem.id.clone();
            trees.push(tree);
        }
        (manifest, trees)
    }

    #[test]
    fn no_cell_of_any_file_is_a_formula_and_numbers_stay_as_they_are() {
        let (manifest, trees) = hostile();
        let dir = tempfile::tempdir().unwrap();
        let options = mend_metrics::Options { within: vec![200], at: vec![250.0], ..crate::testing::options() };
        let summary = mend_metrics::summarize(&manifest, &trees, &options);
        write(dir.path(), &manifest, &trees, &summary).unwrap();
        let (mut files, mut harmless, mut negative) = (0, 0, 0);
        for entry in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_none_or(|extension| extension != "csv") {
                continue;
            }
            files += 1;
            for record in csv::Reader::from_path(entry.path()).unwrap().records().map(Result::unwrap) {
                for cell in &record {
                    let is_number = cell.parse::<f64>().is_ok();
                    let begins = cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(['\t', '\r']);
                    assert!(is_number || !begins, "{}: {cell}", entry.path().display());
                    harmless += u32::from(cell.starts_with('\''));
                    negative += u32::from(is_number && cell.starts_with('-'));
                }
            }
        }
        assert_eq!(files, 12);
        assert!(harmless > 100 && negative > 0, "{harmless} {negative}");
        let samples = std::fs::read(dir.path().join("samples.csv")).unwrap();
        let ids: std::collections::BTreeSet<String> =
            csv::Reader::from_reader(&*samples).records().map(|row| row.unwrap()[5].to_owned()).collect();
        let back: Vec<&str> = ids.iter().map(|id| id.strip_prefix('\'').unwrap()).collect();
        assert_eq!(back, ["\t=1", "+1", "=HYPERLINK(\"http://x.invalid\",\"a\")"]);
    }

    #[test]
    fn what_counts_any_program_that_passes_says_that_hidden_tests_selected_it() {
        let mut manifest = manifest();
        manifest.identity.strategy.oracle_level = mend_core::OracleLevel::Clean;
        let summary = mend_metrics::summarize(&manifest, &trees(), &crate::testing::options());
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &manifest, &trees(), &summary).unwrap();
        let check = |file: &str, wanted: &dyn Fn(&str) -> &'static str| {
            let text = std::fs::read_to_string(dir.path().join(file)).unwrap();
            let rows: Vec<&str> = text.lines().skip(1).collect();
            assert!(!rows.is_empty());
            for row in rows {
                assert_eq!(row.split(',').nth(4), Some(wanted(row)), "{file}: {row}");
            }
        };
        check("samples.csv", &|_| "clean");
        check("heat_map.csv", &|_| "hidden_stop");
        check("pass_at_t.csv", &|row| if row.contains(",submitted,") { "clean" } else { "hidden_stop" });
    }

    #[test]
    fn files_are_the_same_bytes_whatever_the_order_of_trees_and_replace_earlier_ones() {
        let (dir, manifest, summary) = (tempfile::tempdir().unwrap(), manifest(), summary());
        let mut trees = trees();
        let read = || {
            let mut files: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(dir.path())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.clone(), std::fs::read(path).unwrap()))
                .collect();
            files.sort();
            files
        };
        write(dir.path(), &manifest, &trees, &summary).unwrap();
        let first = read();
        trees.reverse();
        write(dir.path(), &manifest, &trees, &summary).unwrap();
        assert_eq!(first.len(), 11);
        assert_eq!(read(), first);
    }

    #[test]
    fn errors_name_the_file_or_the_problem() {
        let (mut manifest, summary) = (manifest(), summary());
        let missing = tempfile::tempdir().unwrap().path().join("missing");
        let error = write(&missing, &manifest, &trees(), &summary).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write `{}`", missing.join("samples.csv").display()));
        manifest.problems.remove(0);
        let error = write(&missing, &manifest, &trees(), &summary).unwrap_err();
        assert_eq!(error.to_string(), "problem `starter/10` has a tree and is not in the manifest");
    }
}
