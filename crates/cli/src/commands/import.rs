//! `mend import`: published programs and verdicts to a run.

use super::going::folder;
use super::report::publish;
use crate::args::{ImportCommand, ImportSelfRepairArgs, SingleRepairsArg};
use crate::asked::commit;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_dataset::{Quirks, Reading, SingleRepairs};
use mend_lab::SelfRepair;

/// `mend import`
pub fn run(command: &ImportCommand) -> Result<Exit, Failure> {
    match command {
        ImportCommand::SelfRepair(args) => self_repair(args),
    }
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
    publish(&folder, &import.manifest, &trees, &args.output.show, &args.figures)?;
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
