//! `mend import`: published programs and verdicts to a run.

use super::going::folder;
use super::report::publish;
use crate::args::{FigureArgs, ImportCommand, ImportSelfRepairArgs, ImportTrajectoriesArgs, SingleRepairsArg};
use crate::asked::commit;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_dataset::{Quirks, Reading, SingleRepairs, TrajectoryFormat};
use mend_lab::{SelfRepair, TrajectoryFile};

/// `mend import`
pub fn run(command: &ImportCommand) -> Result<Exit, Failure> {
    match command {
        ImportCommand::SelfRepair(args) => self_repair(args),
        ImportCommand::Ldb(args) => trajectories(args, TrajectoryFormat::Ldb),
        ImportCommand::Mint(args) => trajectories(args, TrajectoryFormat::Mint),
        ImportCommand::MapCoder(args) => trajectories(args, TrajectoryFormat::MapCoder),
        ImportCommand::Reflexion(args) => trajectories(args, TrajectoryFormat::Reflexion),
        ImportCommand::Lats(args) => trajectories(args, TrajectoryFormat::Lats),
    }
}

fn trajectories(args: &ImportTrajectoriesArgs, format: TrajectoryFormat) -> Result<Exit, Failure> {
    let asked = TrajectoryFile {
        format,
        file: args.file.clone(),
        model: args.model.clone(),
        skip_invalid: args.skip_invalid,
        commit: commit(),
    };
    let import = asked.read()?;
    tell_skipped(&import.skipped());
    for (oddity, count) in import.oddities() {
        crate::tell(&format!("{count} {oddity}"));
    }
    let folder = folder(&args.output, &import.manifest.run_id);
    let trees = import.write(&folder)?;
    publish(&folder, &import.manifest, &trees, &args.output.show, &FigureArgs::default(), None)?;
    let [tasks, programs, recorded, carried] = import.counts();
    let by = if carried == tasks { String::new() } else { " --dataset <NAME|PATH>".to_owned() };
    crate::tell(&format!(
        "{tasks} tasks, {programs} programs, {recorded} recorded verdicts of the deciding tests, {carried} tasks with tests\n\
         hint: `mend rejudge {}{by}` judges the programs anew, and lists where the recorded verdicts differ",
        folder.display()
    ));
    Ok(Exit::Complete)
}

fn self_repair(args: &ImportSelfRepairArgs) -> Result<Exit, Failure> {
    let single_repairs = args.single_repairs.map(|meaning| match meaning {
        SingleRepairsArg::Passed => SingleRepairs::Passed,
        SingleRepairsArg::Repaired => SingleRepairs::Repaired,
    });
    let asked = SelfRepair {
        file: args.file.clone(),
        model: args.model.clone(),
        repairer: args.repairer.clone(),
        reading: Reading { single_repairs, skip_invalid: args.skip_invalid },
        commit: commit(),
    };
    let import = asked.read()?;
    tell_skipped(&import.skipped());
    tell_quirks(import.quirks());
    let folder = folder(&args.output, &import.manifest.run_id);
    let trees = import.write(&folder)?;
    publish(&folder, &import.manifest, &trees, &args.output.show, &args.figures, None)?;
    Ok(Exit::Complete)
}

/// What is odd about the file, each kind in a line.
fn tell_quirks(quirks: &Quirks) {
    let told = [
        (
            quirks.rerun_marks,
            "failing programs with exactly one repair: taken as passed when they were run again (`--single-repairs=repaired` takes them as they are)",
        ),
        (
            quirks.repaired_once,
            "failing programs with exactly one repair: taken as they are (`--single-repairs=passed` takes them as passed when they were run again)",
        ),
        (quirks.passed_by_fault, "programs that pass by `fault` and not by `binary`: taken as passed"),
        (quirks.text_booleans, "values of `binary` that are text: read as true and false"),
        (quirks.unrepaired, "failing programs without repairs: settings with repairs are absent for their tasks"),
        (quirks.needless_repairs, "repairs of passing programs: left out, as they count nowhere"),
        (quirks.unexplained, "failures without a reason: they stand as wrong answers"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        crate::tell(&format!("{count} {what}"));
    }
}
