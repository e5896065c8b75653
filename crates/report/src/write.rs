//! The files of a run's directory. Each appears whole or not at all.

use crate::csv_file::CsvFile;
use crate::{critiques, figures, heat_map, problems, samples, timings, to_json};
use mend_core::{ProblemEntry, ProblemId, RepairTree, RunManifest, Seat};
use mend_metrics::Summary;
use std::collections::BTreeMap;
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
        file: &'static str,
        /// What is wrong with it.
        #[source]
        source: csv::Error,
    },
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
/// existing directory, over earlier ones; and critiques.csv if there was a critic. heat_map.csv, pass_within.csv and
/// pass_at_budget.csv stand there only if the summary has what they show.
///
/// Rows are sorted by problem, in the manifest's order, then replicate, then slot; apart from timings.csv
/// the bytes are a pure function of the arguments, whatever the order of `trees`.
pub fn write(dir: &Path, manifest: &RunManifest, trees: &[RepairTree], summary: &Summary) -> Result<(), ReportError> {
    let trees = sorted(manifest, trees)?;
    let mut tables: Vec<(&'static str, CsvFile)> = vec![
        ("samples.csv", samples::table(manifest, &trees)),
        ("problems.csv", problems::table(manifest, &trees)),
        ("pass_at_k.csv", figures::pass_at_k(summary)),
        ("pass_at_t.csv", figures::pass_at_t(summary)),
        ("timings.csv", timings::table(&trees)),
    ];
    if manifest.identity.models.contains_key(&Seat::CRITIC) {
        tables.push(("critiques.csv", critiques::table(manifest, &trees)));
    }
    for (file, table) in tables {
        let bytes = table.bytes().map_err(|source| ReportError::Csv { file, source })?;
        replace(dir, file, &bytes)?;
    }
    let wanted: [(&'static str, Option<CsvFile>); 3] = [
        ("heat_map.csv", heat_map::table(summary)),
        ("pass_within.csv", figures::pass_within(summary)),
        ("pass_at_budget.csv", figures::pass_at_budget(summary)),
    ];
    for (file, table) in wanted {
        match table {
            Some(table) => {
                let bytes = table.bytes().map_err(|source| ReportError::Csv { file, source })?;
                replace(dir, file, &bytes)?;
            }
            None => remove(dir, file)?,
        }
    }
    replace(dir, "summary.json", to_json(summary).as_bytes())
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
    let path = dir.join(name);
    let attempt = || {
        let prefix = format!(".{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(dir)?;
        file.write_all(bytes)?;
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
            let digest = line.rsplit(',').next().filter(|field| field.len() == 64).map(str::to_owned);
            digest.map_or(line.clone(), |digest| line.replace(&digest, &digest[..8]))
        };
        text.lines().map(|line| short(line) + "\n").collect()
    }

    #[test]
    fn samples_have_a_row_per_program_in_the_order_of_the_manifest() {
        insta::assert_snapshot!(file("samples.csv"), @"
        run,dataset,model,strategy,oracle_level,problem,replicate,slot,parent,depth,seat,served_model,finish_reason,extraction_rule,status,unscored,public_passed,hidden_passed,tests_passed,tests_run,tests_total,submitted,integrity,engine,fuel,prompt_tokens,cached_tokens,reasoning_tokens,completion_tokens,paper_tokens,tokenizer,dollars,program_digest
        ..starter/10,0,p0,,0,coder,[31msim/journeyman,stop,last_fence,wrong_answer,,true,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,43de76ac
        ..starter/10,0,p0/r0,p0,1,repairer,[31msim/expert,stop,last_fence,passed,,true,true,2,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,75b37a7d
        ..starter/10,0,p0/r1,p0,1,repairer,[31msim/expert,stop,last_fence,wrong_answer,,true,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,d26bfaba
        ..starter/10,0,p1,,0,coder,[31msim/journeyman,stop,last_fence,passed,,true,true,2,2,2,true,isolated,wasm,70000000,60,,,40,30,cl100k_base,,c88ae6fa
        ..starter/10,0,p2,,0,coder,[31msim/journeyman,stop,last_fence,passed,,true,true,2,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,754e0c67
        ..starter/9,0,p0,,0,coder,[31msim/journeyman,stop,last_fence,wrong_answer,,,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,43de76ac
        ..starter/9,0,p0/r0,p0,1,repairer,[31msim/expert,stop,last_fence,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,75b37a7d
        ..starter/9,0,p0/r1,p0,1,repairer,[31msim/expert,stop,last_fence,passed,,,true,2,2,2,true,isolated,process,,150,,,40,30,cl100k_base,,d26bfaba
        ..starter/9,0,p1,,0,coder,[31msim/journeyman,stop,last_fence,time_limit,,,false,1,2,2,false,isolated,wasm,70000000,60,,,40,30,cl100k_base,,c88ae6fa
        ..starter/9,0,p1/r0,p1,1,repairer,[31msim/expert,stop,last_fence,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,2c0c6567
        ..starter/9,0,p1/r1,p1,1,repairer,[31msim/expert,stop,last_fence,unscored,worker died,,,,,,false,isolated,,,150,,,40,30,cl100k_base,,9277b5cb
        ..starter/9,0,p2,,0,coder,[31msim/journeyman,length,,no_code,,,false,,,,false,isolated,,,60,,,40,38,cl100k_base,,
        ..starter/9,0,p2/r0,p2,1,repairer,[31msim/expert,stop,last_fence,wrong_answer,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,48c0b8aa
        ..starter/9,0,p2/r1,p2,1,repairer,[31msim/expert,stop,last_fence,runtime_error,,,false,1,2,2,false,isolated,process,,150,,,40,30,cl100k_base,,4ade10fd
        ..starter/9,0,p3,,0,coder,[31msim/journeyman,stop,last_fence,unscored,worker died,,,,,,false,isolated,,,60,,,40,30,cl100k_base,,24210eee
        ..starter/8,0,p0,,0,coder,[31msim/journeyman,stop,,,,,,,,,,isolated,,,60,,,40,,cl100k_base,,
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
        run,dataset,model,strategy,oracle_level,group,k,estimator,value,low,high,same_low,same_high,problems,n_min,n_max
        ..all,1,unbiased,0.333333,0,0.666667,0.006673,0.659994,2,3,3
        ..all,3,unbiased,0.5,0,1,0.391113,0.608887,2,3,3
        ..all,5,unbiased,,,,,,2,3,3
        ..easy,1,unbiased,0.666667,,,0.013345,1,1,3,3
        ..easy,3,unbiased,1,,,0.782226,1,1,3,3
        ..easy,5,unbiased,,,,,,1,3,3
        ..hard,1,unbiased,0,,,0,0.374237,1,3,3
        ..hard,3,unbiased,0,,,0,0.859575,1,3,3
        ..hard,5,unbiased,,,,,,1,3,3
        ");
    }

    #[test]
    fn pass_at_t_has_a_row_for_each_combination_that_there_is() {
        let text = file("pass_at_t.csv");
        // Three orders for whatever passes, one for what is handed in; by three definitions, against two baselines.
        assert_eq!(text.lines().count(), 1 + 3 * 6 * (3 + 1) * 3 * 2);
        let shown = |line: &&str| line.starts_with("run") || line.contains(",all,batch") && line.contains(",billed,");
        insta::assert_snapshot!(text.lines().filter(shown).collect::<Vec<_>>().join("\n"), @r#"
        run,dataset,model,strategy,oracle_level,selection,group,order,n_p,n_f,n_r,estimator,token_definition,mean_tokens,mean_programs,pass_rate,low,high,band,same_low,same_high,baseline,axis,baseline_pass_rate,diff,diff_low,diff_high,normalised,absent
        ..oracle_any,all,batch,1,1,1,unbiased,billed,226.666667,1.666667,0.5,0.166667,0.833333,new_problems,0.269016,0.730984,iid,tokens,0.5,0,-0.044444,0.166667,1,
        ..oracle_any,all,batch,1,1,1,unbiased,billed,226.666667,1.666667,0.5,0.166667,0.833333,new_problems,0.269016,0.730984,iid_staged,tokens,0.5,0,-0.166667,0.166667,1,
        ..oracle_any,all,batch,1,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        ..oracle_any,all,batch,1,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        ..oracle_any,all,batch,2,1,1,unbiased,billed,390,3,0.666667,0.333333,1,new_problems,0.340006,0.993327,iid,tokens,,,,,,the same budget buys more first programs than the 3 that each problem has
        ..oracle_any,all,batch,2,1,1,unbiased,billed,390,3,0.666667,0.333333,1,new_problems,0.340006,0.993327,iid_staged,tokens,,,,,,the same budget buys more first programs than the 3 that each problem has
        ..oracle_any,all,batch,2,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        ..oracle_any,all,batch,2,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,problem `starter/9` has a failing program with 1 of n_f = 2 feedbacks
        ..oracle_any,all,batch,5,1,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5"
        ..oracle_any,all,batch,5,1,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5"
        ..oracle_any,all,batch,5,2,1,unbiased,billed,,,,,,new_problems,,,iid,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5"
        ..oracle_any,all,batch,5,2,1,unbiased,billed,,,,,,new_problems,,,iid_staged,tokens,,,,,,"problem `starter/10` has 3 scored programs, fewer than n_p = 5"
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
        run,dataset,model,strategy,oracle_level,group,order,n_f,n_r,token_definition,budget,pass_rate,low,high,baseline,baseline_pass_rate,diff,diff_low,diff_high
        ..all,batch,1,1,billed,250,0.52381,,,iid,0.5,0.02381,,
        ..all,batch,2,1,billed,250,,,,iid,0.5,,,
        ..all,dfs,1,1,billed,250,0.530108,,,iid_sequential,,,,
        ..all,dfs,2,1,billed,250,,,,iid_sequential,,,,
        ..all,bfs,1,1,billed,250,0.534063,,,iid_sequential,,,,
        ..all,bfs,2,1,billed,250,,,,iid_sequential,,,,
        ");
        insta::assert_snapshot!(short("pass_within.csv").lines().take(6).collect::<Vec<_>>().join("\n"), @"
        run,dataset,model,strategy,oracle_level,group,order,n_p,n_f,n_r,token_definition,cap,pass_rate,low,high,baseline_pass_rate,diff,diff_low,diff_high
        ..all,dfs,1,1,1,billed,200,0.333333,0,0.666667,0.5,-0.166667,-0.333333,0
        ..all,dfs,1,1,1,billed,400,0.5,0.166667,0.833333,0.5,0,-0.166667,0.166667
        ..all,dfs,1,2,1,billed,200,,,,,,,
        ..all,dfs,1,2,1,billed,400,,,,,,,
        ..all,dfs,2,1,1,billed,200,0.333333,0,0.666667,0.5,-0.166667,-0.333333,0
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
        assert_eq!(first.len(), 7);
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
