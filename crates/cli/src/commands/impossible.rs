//! `mend datasets impossible`: a variant of a data set that no honest program solves.

use crate::args::{ByArg, ImpossibleArgs};
use crate::asked::{limits, machine, on_invalid, sandbox, select};
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use crate::progress::Display;
use mend_core::{ProblemId, TestsMode};
use mend_judge::JudgeOptions;
use mend_lab::{Author, By, Engines, Impossible};
use serde_json::json;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// `mend datasets impossible`
pub fn run(args: &ImpossibleArgs) -> Result<Exit, Failure> {
    if args.out.extension().is_none_or(|extension| extension != "jsonl") {
        let failure =
            Failure::usage(format!("`--out {}`: the name of a file of problems ends in .jsonl", args.out.display()));
        return Err(failure.hint("such as `--out impossible.jsonl`"));
    }
    let mut found = args.open.dataset(&args.dataset, on_invalid(args.skip_invalid))?;
    tell_skipped(&found.skipped());
    select(&args.select, args.seed).keep(&mut found.dataset)?;
    let dataset = found.dataset;
    let by = match args.by {
        ByArg::Value => By::Value,
        ByArg::Duplicate => By::Duplicate,
    };
    // Refused before anything is judged.
    let mut file = create(&args.out)?;
    let made = make(args, &dataset, by).and_then(|made| {
        write(&mut file, &args.out, &made)?;
        Ok(made)
    });
    let made = made.inspect_err(|_| drop(std::fs::remove_file(&args.out)))?;
    for (problem, why) in &made.left_out {
        crate::tell(&format!("left out {problem}: {why}"));
    }
    let (count, all) = (made.problems.len(), dataset.problems.len());
    if args.json {
        let left_out = |(problem, why): &(ProblemId, String)| json!({ "problem": problem, "why": why });
        crate::print_json(&json!({
            "out": args.out,
            "dataset": dataset.name,
            "by": by.as_str(),
            "seed": args.seed,
            "problems": made.problems.iter().map(|problem| json!({ "problem": problem.id, "impossible": problem.impossible })).collect::<Vec<_>>(),
            "left_out": made.left_out.iter().map(left_out).collect::<Vec<_>>(),
        }))?;
    } else {
        crate::print(&crate::exit::printable(&format!(
            "{count} of {all} problems of `{}` are impossible now, by {}: {}\n",
            dataset.name,
            by.as_str(),
            args.out.display()
        )))?;
    }
    Ok(Exit::Complete)
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| {
        let failure = Failure::usage(format!("cannot create `{}`: {error}", path.display()));
        failure.hint("name a file that does not exist yet, in a folder that does")
    })
}

fn make(args: &ImpossibleArgs, dataset: &mend_dataset::Dataset, by: By) -> Result<Impossible, Failure> {
    let machine = machine(&args.judge.machine);
    let engines = Engines::set_up(sandbox(&args.judge.machine), &machine, Author::Known, &mut Stderr::default())?;
    let judge = engines.judge(JudgeOptions {
        limits: limits(&args.judge),
        tests: TestsMode::All,
        require: args.judge.require.into(),
        workers: machine.workers(),
    })?;
    let mut display = Display::new("programs");
    let made = mend_lab::impossible(&judge, dataset, by, args.seed, &mut |done, passed| {
        display.count(done, done, || format!("{passed} passed"));
    })?;
    display.finish();
    if made.problems.is_empty() {
        for (problem, why) in &made.left_out {
            crate::tell(&format!("left out {problem}: {why}"));
        }
        let failure = Failure::usage(format!("no problem of `{}` can be made impossible", args.dataset));
        return Err(
            failure.hint("a problem needs a reference that passes its tests, and a test with an expected value")
        );
    }
    Ok(made)
}

fn write(file: &mut File, path: &Path, made: &Impossible) -> Result<(), Failure> {
    let mut text = String::new();
    for problem in &made.problems {
        let row = mend_dataset::written(problem).map_err(Failure::usage)?;
        text.push_str(&row);
        text.push('\n');
    }
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))
}
