//! `mend gate`: an answer for a build, from runs that are there or while one is bought.

use super::chosen::MODEL;
use super::going::listen;
use super::report::place::{create, refused};
use super::{report, run};
use crate::args::{Command, GateArgs};
use crate::asked::{commit, connections, machine, variable};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use mend_core::{Budget, RepairTree, RunManifest};
use mend_lab::{End, Note, Observer, Outcome, Read, Resume, Session, Wait, Way};
use mend_metrics::{CompareOptions, Gate, GateError, GateOptions, Metric, Side};
use mend_report::GateAsked;
use std::any::Any;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// `mend gate`
pub fn run(args: &GateArgs) -> Result<Exit, Failure> {
    let candidate = candidate(args)?;
    let baseline = Read::of(&args.baseline)?;
    let session = if candidate.join("manifest.json").is_file() {
        let read = Read::of(&candidate)?;
        let options = options(args, &[&baseline, &read])?;
        let first = asked(&baseline, &read.side, &options);
        let begins = !read.side.is_complete() && !args.begin.is_empty();
        let goes_on = begins || first.as_ref().is_ok_and(Gate::goes_on);
        if !goes_on || first.as_ref().is_err_and(never) {
            return told(args, &first.map_err(|error| failed(args, error))?);
        }
        resumed(args, &candidate)?
    } else {
        begun(args, &candidate, &baseline)?
    };
    let side = bought(args, session, &baseline, &options(args, &[&baseline])?)?;
    let options = options(args, &[&baseline])?;
    told(args, &asked(&baseline, &side, &options).map_err(|error| failed(args, error))?)
}

fn candidate(args: &GateArgs) -> Result<PathBuf, Failure> {
    let named = args.candidate.as_ref().or(args.run.as_ref());
    named.cloned().ok_or_else(|| Failure::usage("no candidate was named").hint("`--candidate <run>` names its folder"))
}

fn options(args: &GateArgs, runs: &[&Read]) -> Result<GateOptions, Failure> {
    let compare: CompareOptions = crate::comparing::options(&args.what, runs)?;
    let metric = match compare.metrics.as_slice() {
        [] => Metric::PassAtK(1),
        [metric] => *metric,
        several => {
            let named: Vec<String> = several.iter().map(Metric::to_string).collect();
            let failure = Failure::usage(format!("a gate asks about one metric, and these are {}", named.join(", ")));
            return Err(failure.hint("give one `--metric`, and ask once for each"));
        }
    };
    if compare.at.len() > 1 {
        return Err(Failure::usage("a gate reads curves at one cost").hint("give one `--at`"));
    }
    let alpha_early = args.alpha_early.unwrap_or(GateOptions::usual_alpha_early(args.alpha));
    if args.sequential && alpha_early >= args.alpha {
        let error =
            format!("`--alpha-early {alpha_early}` leaves nothing of `--alpha {}` for the look at the end", args.alpha);
        return Err(Failure::usage(error).hint("a fifth of it is usual"));
    }
    Ok(GateOptions {
        metric,
        margin: args.margin,
        alpha: args.alpha,
        alpha_early: args.sequential.then_some(alpha_early),
        compare,
    })
}

fn asked(baseline: &Read, candidate: &Side, options: &GateOptions) -> Result<Gate, GateError> {
    mend_metrics::gate(&baseline.side, candidate, options)
}

/// Whether more of the candidate changes nothing about an error: the runs themselves are not comparable.
fn never(error: &GateError) -> bool {
    match error {
        GateError::Refused(refused) => refused.refusals.iter().any(|refusal| refusal.ground.is_some()),
        GateError::Absent(_) | GateError::TooFew(_) | GateError::Unscored { .. } => false,
    }
}

fn failed(args: &GateArgs, error: GateError) -> Failure {
    match error {
        GateError::Refused(refused) => mend_lab::refusal(&args.baseline, &[refused]),
        GateError::Absent(why) => Failure::usage(format!("the figure does not exist: {why}"))
            .hint("`mend compare` says which figures both runs have"),
        GateError::TooFew(problems) => {
            Failure::usage(format!("the runs have {problems} scored problems in common, and a gate needs two"))
                .hint("collect more problems, or wait until the candidate is complete: `--sequential` goes on with it")
        }
        GateError::Unscored { run, unscored, problems } => {
            let whose = if run == "A" { "the baseline" } else { "the candidate" };
            Failure::usage(format!(
                "{unscored} of {problems} common problems have no score in {whose}: with more than 5 % a gate gives no answer"
            ))
            .hint("`mend show <run>` says why they are not scored")
        }
    }
}

/// The run that the arguments behind `--` ask for, if it can be compared: nothing is bought else.
fn begun(args: &GateArgs, folder: &Path, baseline: &Read) -> Result<Session, Failure> {
    if args.begin.is_empty() {
        let failure =
            Failure::usage(format!("`{}` is not the folder of a run: it holds no manifest.json", folder.display()));
        return Err(failure.hint("to begin one there, put the arguments of `mend run` behind `--`"));
    }
    let line: Vec<OsString> =
        ["mend", "run"].into_iter().map(OsString::from).chain(args.begin.iter().cloned()).collect();
    let parsed = crate::config::parse(&line)?.map_err(|message| {
        let text = message.to_string();
        let text = text.trim().strip_prefix("error: ").unwrap_or(&text).to_owned();
        Failure::usage(format!("behind `--`: {text}")).hint("`mend run --help` lists the arguments")
    })?;
    let Command::Run(begin) = parsed.command else {
        return Err(Failure::usage("behind `--` stand the arguments of `mend run`"));
    };
    if begin.output.out.is_some() {
        return Err(Failure::usage("behind `--`: `--out` is the folder of `--candidate`").hint("leave out `--out`"));
    }
    if begin.amend.is_some() || begin.forecast.dry_run {
        let failure = Failure::usage("behind `--`: a candidate begins anew, without `--amend` and `--dry-run`");
        return Err(failure.hint("make the run first, and name its folder with `--candidate`"));
    }
    if begin.model.is_none() {
        let failure = Failure::usage(format!("behind `--`: the argument {MODEL} is missing"));
        return Err(failure.hint("`mend run --help` lists the arguments"));
    }
    let mut stderr = Stderr::default();
    let experiment = run::experiment(&begin, &mut stderr)?;
    let nothing = Side::of(&experiment.manifest, &[]);
    match asked(baseline, &nothing, &options(args, &[baseline])?) {
        Err(error) if never(&error) => Err(failed(args, error)),
        _ => Session::begin(experiment, folder),
    }
}

fn resumed(args: &GateArgs, folder: &Path) -> Result<Session, Failure> {
    let machine = machine(&args.machine);
    let how = Resume {
        sandbox: args.machine.sandbox.map(Into::into),
        machine: &machine,
        budget: Budget::default(),
        prices: None,
        way: Way { connections: &connections(&args.connections), variables: &variable },
        commit: commit(),
    };
    mend_lab::resume(folder, &how, &mut Stderr::default())
}

/// Lets a candidate go on until its end, or until the answer is clear; writes its tables, and returns what it has.
fn bought(args: &GateArgs, session: Session, baseline: &Read, options: &GateOptions) -> Result<Side, Failure> {
    crate::log::to_folder(session.folder());
    let session = if args.sequential { session.at_once(args.at_once) } else { session };
    let (stop, stopped) = watch::channel(false);
    let mut looking = Looking {
        stderr: Stderr::default(),
        trees: session.trees().to_vec(),
        manifest: session.manifest().clone(),
        baseline: &baseline.side,
        options,
        stop: stop.clone(),
        is_clear: false,
    };
    let ended = mend_lab::runtime()?.block_on(async {
        let mut interrupt = listen().map_err(Failure::bug)?;
        tokio::spawn(async move {
            while interrupt.changed().await.is_ok() {
                if *interrupt.borrow() && stop.send(true).is_err() {
                    return;
                }
            }
        });
        session.run(stopped, &mut looking).await
    });
    looking.stderr.finish();
    let Outcome { folder, manifest, trees, end, .. } = ended?;
    report::fill(&folder, &manifest, &trees)?;
    let side = Side::of(&manifest, &trees);
    if matches!(end, End::Complete) || looking.is_clear {
        return Ok(side);
    }
    let why = if matches!(end, End::Budget(_)) { "its budget is used up" } else { "it was interrupted" };
    let failure = Failure::stopped(format!("the candidate stopped before the answer was clear: {why}"));
    Err(failure.hint(format!("the same command goes on with `{}`", folder.display())))
}

/// Hears of every tree that is handed in, and asks for a stop once the answer is clear.
struct Looking<'a> {
    stderr: Stderr,
    manifest: RunManifest,
    trees: Vec<RepairTree>,
    baseline: &'a Side,
    options: &'a GateOptions,
    stop: watch::Sender<bool>,
    is_clear: bool,
}

impl Observer for Looking<'_> {
    fn note(&mut self, note: Note) {
        self.stderr.note(note);
    }

    fn report(&mut self, report: mend_repair::Report) {
        if let mend_repair::Report::HandedIn(tree) = &report {
            match self.trees.iter_mut().find(|known| known.key == tree.key) {
                Some(known) => known.clone_from(tree),
                None => self.trees.push((**tree).clone()),
            }
            let side = Side::of(&self.manifest, &self.trees);
            let seen = mend_metrics::look_at(self.baseline, &side, self.options);
            if !self.is_clear && seen.is_some_and(|seen| seen.stream.early.is_some()) {
                self.is_clear = true;
                // Nobody listens once the run has ended.
                let _ = self.stop.send(true);
            }
        }
        self.stderr.report(report);
    }

    fn wait(&mut self, wait: Wait) -> Box<dyn Any> {
        self.stderr.wait(wait)
    }
}

/// Shows the answer, and writes it where it was asked for.
fn told(args: &GateArgs, gate: &Gate) -> Result<Exit, Failure> {
    let asked = GateAsked { gate, strict: args.strict };
    let json = mend_report::gate_json(asked);
    if let Some(file) = &args.junit {
        write(file, &mend_report::gate_junit(asked).map_err(Failure::bug)?)?;
    }
    if let Some(file) = &args.markdown {
        write(file, &mend_report::gate_markdown(asked))?;
    }
    if let Some(folder) = &args.out {
        create(folder)?;
        mend_report::replace(folder, "gate.json", json.as_bytes()).map_err(|error| refused(error, folder))?;
    }
    crate::print(&if args.json { json } else { mend_report::gate_text(asked, super::width()) })?;
    Ok(if asked.fails() { Exit::Found } else { Exit::Complete })
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create(folder)?;
    }
    std::fs::write(file, text).map_err(|source| {
        Failure::usage(format!("cannot write `{}`: {source}", file.display())).hint("choose another file")
    })
}
