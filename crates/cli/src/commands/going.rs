//! What runs that begin and runs that go on have in common: from the data to the run's end.

use super::report::publish;
use crate::args::{DataArgs, FigureArgs, OutputArgs, ShowArgs, StatusArgs};
use crate::asked::on_invalid;
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use mend_core::{Form, ProblemId};
use mend_lab::{End, Experiment, Found, Outcome, Session, StatusTo, Unreadable};
use mend_metrics::RunLabels;
use mend_report::OfRecorded;
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// The data set of a run.
pub fn data(args: &DataArgs) -> Result<Found, Failure> {
    let name = required(args.dataset.as_ref(), "--dataset <NAME|PATH>")?;
    let found = args.open.dataset(name, on_invalid(args.skip_invalid))?;
    tell_skipped(&found.skipped());
    if !found.dataset.recorded.is_empty() {
        let failure = Failure::usage(format!("`{name}` holds recorded programs, which answer no question"));
        return Err(failure.hint(format!("`mend datasets verify {name}` runs them and compares outcomes")));
    }
    let problems = &found.dataset.problems;
    // Models are not asked for what nobody can score.
    if let Some(problem) = problems.first().filter(|_| problems.iter().all(|problem| problem.unjudged().is_some())) {
        let error = match problem.unsupported.as_deref() {
            Some(why) => format!("no problem of `{name}` can be judged, {} because {why}", problem.id),
            None => format!("`{name}` holds problems in {}, and only Python is judged", problem.language),
        };
        return Err(Failure::usage(error).hint("`mend datasets show` shows them; docs/datasets.md says what is judged"));
    }
    Ok(found)
}

/// A flag that a new run cannot do without.
pub fn required<'a>(value: Option<&'a String>, flag: &str) -> Result<&'a String, Failure> {
    let missing = || Failure::usage(format!("the following required arguments were not provided: {flag}"));
    value.ok_or_else(|| missing().hint("`mend run --help` tells what it takes; `--amend <RUN>` alone goes without it"))
}

/// The problem with the fewest samples.
pub fn scarcest(counts: &[(ProblemId, u32)]) -> Option<(ProblemId, u32)> {
    counts.iter().min_by_key(|(_, n)| *n).cloned()
}

/// Refuses a k that the run cannot carry, before anything is paid for.
pub fn check_k(show: &ShowArgs, available: u32, problem: Option<&ProblemId>) -> Result<(), Failure> {
    let Some(k) = show.k.iter().map(|k| k.get()).find(|k| *k > available) else { return Ok(()) };
    let whose = problem.map_or("each problem".to_owned(), |id| format!("problem {id}"));
    let error = format!("pass@{k} needs {k} programs of every problem, and {whose} gets {available}");
    Err(Failure::usage(error).hint("ask for a smaller `--k`, or collect more"))
}

/// A few names, and how many more.
pub fn list(ids: &[ProblemId], replicates: u32) -> String {
    let tail = if replicates > 1 { format!(" in each of {replicates} replicates") } else { String::new() };
    if let [id] = ids {
        return format!("problem {id}{tail}");
    }
    let named: Vec<_> = ids.iter().take(5).map(ProblemId::as_str).collect();
    let more = ids.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} problems{tail}: {}{more}", ids.len(), named.join(", "))
}

/// Where a run's folder is, if nobody says otherwise.
pub fn folder(output: &OutputArgs, run_id: &str) -> PathBuf {
    output.out.clone().unwrap_or_else(|| Path::new("results").join(run_id))
}

/// Begins a run in a new folder, and runs it.
pub fn begin(
    experiment: Experiment,
    output: &OutputArgs,
    status: &StatusArgs,
    stderr: Stderr,
) -> Result<Exit, Failure> {
    let folder = folder(output, &experiment.manifest.run_id);
    go(Session::begin(experiment, &folder)?, &output.show, status, stderr)
}

/// Where a run shows how it is.
fn status_to(args: &StatusArgs) -> StatusTo {
    let usual = StatusTo { in_folder: !args.no_status, ..StatusTo::default() };
    args.status.iter().fold(usual, |to, place| to.and(place))
}

/// Runs until the end or a stop, then writes and shows what there is.
pub fn go(session: Session, show: &ShowArgs, status: &StatusArgs, stderr: Stderr) -> Result<Exit, Failure> {
    Ok(go_on(session, show, status, stderr)?.0)
}

/// The same; also says whether verdicts flipped, of a run that judged another one's programs anew.
pub fn go_on(
    session: Session,
    show: &ShowArgs,
    status: &StatusArgs,
    mut stderr: Stderr,
) -> Result<(Exit, bool), Failure> {
    crate::log::to_folder(session.folder());
    let session = session.showing(status_to(status));
    let ended = mend_lab::runtime()?.block_on(async {
        let interrupt = listen().map_err(Failure::bug)?;
        session.run(interrupt, &mut stderr).await
    });
    stderr.finish();
    let outcome = ended?;
    let Outcome { folder, manifest, trees, end, source, claims } = &outcome;
    let (run, by) = (RunLabels::of(manifest), super::recorded::by(manifest, source.as_ref()));
    let recorded = mend_metrics::recorded(claims, trees);
    let recorded = (!claims.is_empty()).then_some(OfRecorded { run: &run, by: &by, recorded: &recorded });
    let unscored = publish(folder, manifest, trees, show, &FigureArgs::default(), recorded)?;
    let has_flips = match source {
        Some(source) => super::flips::publish(source, folder, manifest, trees, show)?,
        None => false,
    };
    if let Some(recorded) = recorded {
        super::recorded::publish(folder, recorded, show)?;
    }
    if let Some(unreadable) = outcome.unreadable() {
        crate::tell(&told_unreadable(&unreadable));
    }
    if matches!(end, End::Complete) {
        return Ok((if unscored { Exit::Unscored } else { Exit::Complete }, has_flips));
    }
    crate::tell(&not_reached(&outcome));
    let (why, hint) = told_end(end, folder);
    crate::tell(&format!("stopped early: {why}; everything that arrived is saved\nhint: {hint}"));
    Ok((Exit::Stopped, has_flips))
}

/// Why a run stopped early, and what to do.
fn told_end(end: &End, folder: &Path) -> (String, String) {
    let folder = folder.display();
    match end {
        End::Budget(budget) => {
            let flags: Vec<String> = budget.names().into_iter().map(|name| format!("`--budget-{name}`")).collect();
            let flags = flags.join(" or ");
            ("the budget is used up".to_owned(), format!("`mend resume {folder}` goes on (with a larger {flags})"))
        }
        End::LimitIgnored(overrun) => (
            overrun.to_string(),
            format!(
                "`mend resume {folder}` goes on until the next such answer; a new run without a budget, or with a \
                 `--max-tokens` that the server keeps to, does not stop there"
            ),
        ),
        End::Waiting => (
            "what is left waits for people's feedback".to_owned(),
            format!(
                "`mend feedback todo {folder}` lists what they may write about; then `mend resume {folder}` goes on"
            ),
        ),
        End::SourceStopped => (
            "the run whose programs are judged anew did".to_owned(),
            "`mend resume` goes on with that run; then `mend rejudge` judges all of it".to_owned(),
        ),
        End::Interrupt | End::Complete => ("interrupted".to_owned(), format!("`mend resume {folder}` goes on")),
    }
}

/// Which problems a run that stopped early did not finish.
fn not_reached(outcome: &Outcome) -> String {
    /// The most that are named.
    const NAMED: usize = 10;
    let (all, unfinished) = outcome.unfinished();
    let names: Vec<&str> = unfinished.iter().map(|id| id.as_str()).take(NAMED).collect();
    let more = unfinished.len().saturating_sub(NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("not finished: {} of {} problems: {}{tail}", unfinished.len(), all.len(), names.join(", "))
}

/// That no program compiles of what saved texts were taken for, and what to do.
fn told_unreadable(unreadable: &Unreadable) -> String {
    let taken = unreadable.forms.iter().map(|(field, form)| {
        let form = match form {
            Form::Chat => "chat",
            Form::Continuation => "continuation",
            Form::Whole | Form::Made | Form::Given => "whole",
        };
        format!("`{field}` as `--form {form}`")
    });
    format!(
        "warning: not one of the {} programs compiles; the samples were read with {}\nhint: if they are something else, say \
         so by `--form chat`, `--form continuation` or `--form whole`",
        unreadable.programs,
        taken.collect::<Vec<_>>().join(", ")
    )
}

/// Ctrl-C and SIGTERM ask for a stop; a second one stops at once.
pub fn listen() -> std::io::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        let mut asked = false;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if asked {
                stop_now();
            }
            asked = true;
            crate::tell("stopping: saving what is under way (once more stops at once)");
            if sender.send(true).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

#[expect(clippy::exit, reason = "the user asked twice; the journal is whole at every byte")]
fn stop_now() -> ! {
    std::process::exit(i32::from(Exit::Stopped as u8))
}
