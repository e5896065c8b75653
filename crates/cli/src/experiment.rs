//! From choices to a manifest, and from a manifest to a run that can go on.

use crate::args::asking::{ConnectionArgs, RunBudgetArgs};
use crate::args::{FigureArgs, MachineArgs, Sandbox, ShowArgs};
use crate::engines::{Author, Engines, workers};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::progress::Display;
use crate::seats::{self, PRICES_ARE, STARTING_PROGRAMS, Seated, Usher};
use mend_core::{
    DatasetIdentity, Digest, Environment, Extraction, Form, Guest, Identity, Integrity, JudgeLimits, ModelIdentity,
    Node, Price, Problem, ProblemBudget, ProblemEntry, ProblemId, RepairTree, RunManifest, SCHEMA_VERSION, Sampling,
    Seat, Slot, Status, TestsMode, Tokens, TrafficFiles, TreeKey,
};
use mend_dataset::{Dataset, OnInvalid};
use mend_journal::{Journal, JournalError, identity_digest};
use mend_judge::{JudgeOptions, SandboxJudge};
use mend_model::{Ledger, Limits, Model, Prices, Request, Samples, TOKENIZER};
use mend_repair::{Ended, Plan, RunError, Stop, Strategy};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// Everything that decides a run's numbers, before it is frozen.
pub struct Choices {
    /// Name of the data set.
    pub dataset: String,
    /// Digest of the whole data set.
    pub dataset_digest: Digest,
    /// Where the data set was found.
    pub dataset_source: String,
    /// The chosen problems, in the data set's order.
    pub problems: Vec<Problem>,
    /// The strategy.
    pub strategy: Strategy,
    /// The model of each role that the strategy asks.
    pub models: BTreeMap<Seat, Seated>,
    /// How the model of each seat samples.
    pub sampling: BTreeMap<Seat, Sampling>,
    /// The rules by which programs are found in answers.
    pub extraction: Extraction,
    /// Limits of one test.
    pub limits: JudgeLimits,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// The least integrity that is scored.
    pub require: Integrity,
    /// What runs programs.
    pub sandbox: Sandbox,
    /// Independent trees of each problem.
    pub replicates: u32,
    /// The run's seed.
    pub seed: u64,
    /// Cap on what the whole run may cost.
    pub budget: Limits,
    /// Cap on what each tree may cost.
    pub problem_budget: Limits,
    /// What models cost.
    pub prices: Prices,
    /// Whether completions that runs with another seed bought may be used.
    pub shares_completions: bool,
    /// The files that answer and that are written.
    pub traffic: TrafficFiles,
}

/// A run that is set up: manifest, judge and plan.
pub struct Experiment {
    /// The manifest, frozen.
    pub manifest: RunManifest,
    judge: SandboxJudge,
    plan: Plan,
}

impl Experiment {
    /// Freezes choices and starts the judge.
    pub fn new(choices: Choices, machine: &MachineArgs, concurrency: NonZeroUsize) -> Result<Self, Failure> {
        let models: BTreeMap<Seat, Arc<dyn Model>> =
            choices.models.iter().map(|(seat, seated)| (*seat, seated.model())).collect();
        // A critic writes no program.
        let all_harmless = choices.models.iter().all(|(seat, model)| *seat == Seat::CRITIC || model.is_harmless());
        check_budget(&choices, &models)?;
        let answers_only = |(seat, seated): (&Seat, &Seated)| *seat != Seat::CODER && seated.as_samples().is_some();
        if choices.models.iter().any(answers_only) {
            let error = "saved samples are first programs: they cannot answer a request for a repair";
            return Err(Failure::usage(error).hint(
                "use `--strategy iid`, or `--programs` for the samples and `--model` for a model that repairs them",
            ));
        }
        let author = if all_harmless { Author::Known } else { Author::Model };
        let engines = Engines::set_up(choices.sandbox, machine, author)?;
        let workers = workers(machine);
        let Choices { limits, tests, require, .. } = choices;
        let options = JudgeOptions { limits, tests, require, workers };
        let judge = engines.judge(options)?;
        let manifest = freeze(&choices, &models, &judge, engines.guest);
        let programs = choices.models.get(&Seat::CODER).and_then(Seated::as_samples).map(|samples| {
            let of_replicate = |replicate| samples.per_problem(replicate).into_iter().collect::<BTreeMap<_, _>>();
            let counts: Vec<_> = (0..choices.replicates).map(of_replicate).collect();
            let of_tree = |problem: &Problem, counts: &BTreeMap<_, u32>| counts.get(&problem.id).copied().unwrap_or(0);
            let of_problem = |problem| counts.iter().map(move |counts| of_tree(problem, counts));
            choices.problems.iter().flat_map(of_problem).collect()
        });
        let replicates = choices.replicates as usize;
        let trees = choices.problems.into_iter().flat_map(|problem| std::iter::repeat_n(Arc::new(problem), replicates));
        let plan = Plan {
            problems: trees.collect(),
            programs,
            strategy: choices.strategy,
            models,
            sampling: choices.sampling,
            extraction: choices.extraction,
            seed: choices.seed,
            concurrency,
            // One candidate in each worker's hands and one waiting for it: a stop need not wait for more.
            judging: workers.saturating_add(workers.get()),
            problem_limits: choices.problem_budget,
        };
        Ok(Self { manifest, judge, plan })
    }

    /// Starts the run in a new folder.
    pub fn start(&self, folder: &Path, show: &ShowArgs) -> Result<Exit, Failure> {
        let journal = Journal::create(folder, &self.manifest).map_err(|error| {
            let hint = match error {
                JournalError::Create { .. } => "choose another place with `--out`",
                JournalError::Write { .. } | JournalError::Sync { .. } => {
                    "nothing is lost: make room, then start again"
                }
                error => return journal_failure(error),
            };
            journal_failure(error).hint(hint)
        })?;
        let replicates = self.manifest.identity.replicates;
        let keys = self
            .manifest
            .problems
            .iter()
            .flat_map(|entry| (0..replicates).map(|replicate| TreeKey { problem: entry.id.clone(), replicate }));
        let trees = keys.map(RepairTree::new).collect();
        let environment = &self.manifest.environment;
        let budget = Limits { tokens: environment.budget_tokens, usd: environment.budget_usd };
        self.go(folder, Arc::new(journal), trees, budget, show)
    }

    /// Runs until the end or a stop, then writes and shows what there is.
    pub fn go(
        &self,
        folder: &Path,
        journal: Arc<Journal>,
        mut trees: Vec<RepairTree>,
        budget: Limits,
        show: &ShowArgs,
    ) -> Result<Exit, Failure> {
        crate::log::to_folder(folder);
        tracing::info!(run = self.manifest.run_id, folder = %folder.display(), "running");
        let ledger = Ledger::new(budget, self.plan.spent(&trees));
        let mut display = Display::new("problems");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::usage(error).with_exit(Exit::Bug))?;
        let ended = runtime.block_on(async {
            let interrupt = listen()?;
            let mut hear = |report| display.hear(&report);
            Ok(mend_repair::run(&self.plan, &mut trees, &self.judge, &ledger, &journal, interrupt, &mut hear).await)
        });
        display.finish();
        let ended = ended.map_err(|error: std::io::Error| Failure::usage(error).with_exit(Exit::Bug))?;
        let stopped = match ended {
            Ended::Complete => None,
            Ended::Stopped(stop) => Some(stop),
        };
        tracing::info!(complete = stopped.is_none(), "ended");
        if let Some(Stop::Failed(error)) = stopped {
            return Err(run_failure(error, folder));
        }
        if let Some(journal) = Arc::into_inner(journal) {
            journal.close().map_err(journal_failure)?;
        }
        let unscored = crate::commands::report::publish(folder, &self.manifest, &trees, show, &FigureArgs::default())?;
        self.tell_unreadable(&trees);
        Ok(match stopped {
            Some(stop) => {
                crate::tell(&not_reached(&trees));
                let folder = folder.display();
                let (why, hint) = match stop {
                    Stop::Budget => {
                        let flags = match (budget.tokens, budget.usd) {
                            (Some(_), Some(_)) => "`--budget-tokens` or `--budget-usd`",
                            (_, Some(_)) => "`--budget-usd`",
                            (_, None) => "`--budget-tokens`",
                        };
                        (
                            "the budget is used up".to_owned(),
                            format!("`mend resume {folder}` goes on (with a larger {flags})"),
                        )
                    }
                    Stop::LimitIgnored(overrun) => (
                        overrun.to_string(),
                        format!(
                            "`mend resume {folder}` goes on until the next such answer; a new run without a budget, or \
                             with a `--max-tokens` that the server keeps to, does not stop there"
                        ),
                    ),
                    Stop::Waiting => (
                        "what is left waits for people's feedback".to_owned(),
                        format!(
                            "`mend feedback todo {folder}` lists what they may write about; then `mend resume {folder}` \
                             goes on"
                        ),
                    ),
                    Stop::Interrupt | Stop::Failed(_) => {
                        ("interrupted".to_owned(), format!("`mend resume {folder}` goes on"))
                    }
                };
                crate::tell(&format!("stopped early: {why}; everything that arrived is saved\nhint: {hint}"));
                Exit::Stopped
            }
            None if unscored => Exit::Unscored,
            None => Exit::Complete,
        })
    }

    /// Says so if no program compiles of what saved texts were taken for: then they are likely something else.
    fn tell_unreadable(&self, trees: &[RepairTree]) {
        let forms = &self.manifest.identity.forms;
        let is_first = |node: &&Node| node.slot.depth() == 0;
        let statuses: Vec<Status> = trees
            .iter()
            .flat_map(RepairTree::nodes)
            .filter(is_first)
            .filter_map(|node| Some(node.verdict()?.status))
            .collect();
        let fails = |status: &Status| matches!(status, Status::CompileError | Status::NoCode);
        if forms.is_empty() || statuses.is_empty() || !statuses.iter().all(fails) {
            return;
        }
        let taken: Vec<String> = forms
            .iter()
            .map(|(field, form)| {
                let form = match form {
                    Form::Chat => "chat",
                    Form::Continuation => "continuation",
                    Form::Whole => "whole",
                };
                format!("`{field}` as `--form {form}`")
            })
            .collect();
        crate::tell(&format!(
            "warning: not one of the {} programs compiles; the samples were read with {}\nhint: if they are something else, say \
             so by `--form chat`, `--form continuation` or `--form whole`",
            statuses.len(),
            taken.join(", ")
        ));
    }
}

/// Which problems a run that stopped early did not finish.
fn not_reached(trees: &[RepairTree]) -> String {
    /// The most that are named.
    const NAMED: usize = 10;
    let unfinished: BTreeSet<_> =
        trees.iter().filter(|tree| !tree.is_finished()).map(|tree| tree.key.problem.as_str()).collect();
    let all: BTreeSet<_> = trees.iter().map(|tree| tree.key.problem.as_str()).collect();
    let names: Vec<&str> = unfinished.iter().copied().take(NAMED).collect();
    let more = unfinished.len().saturating_sub(NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("not finished: {} of {} problems: {}{tail}", unfinished.len(), all.len(), names.join(", "))
}

/// Refuses a budget that cannot be kept, before anything is paid for.
fn check_budget(choices: &Choices, models: &BTreeMap<Seat, Arc<dyn Model>>) -> Result<(), Failure> {
    let has_usd = choices.budget.usd.is_some() || choices.problem_budget.usd.is_some();
    if (choices.budget.any() || choices.problem_budget.any())
        && choices.sampling.values().any(|sampling| sampling.omit.contains("max-tokens"))
    {
        let error = "without `max_tokens` nothing bounds a completion, so no budget can be kept";
        let hint = "leave out the budget; a new run may leave out `--omit max-tokens` instead";
        return Err(Failure::usage(error).hint(hint));
    }
    let smallest = |seat: &Seat| Request {
        problem: ProblemId::new(""),
        problem_digest: choices.dataset_digest,
        replicate: 0,
        seed: 0,
        seat: *seat,
        slots: vec![Slot::program(0)],
        messages: Vec::new(),
        program: None,
        sampling: choices.sampling.get(seat).cloned().unwrap_or_else(|| Sampling::new(0.0, Tokens(0))),
    };
    let unpriced = models.iter().find(|(seat, model)| {
        let worst = model.worst_case(&smallest(seat));
        !worst.is_zero() && worst.usd.is_none()
    });
    if let Some((_, model)) = unpriced.filter(|_| has_usd) {
        let name = model.identity().name;
        let failure = Failure::usage(format!("no price is known for `{name}`, so no budget in dollars can be kept"));
        return Err(failure.hint(if name.starts_with("sim/") {
            "a simulated programmer bills nothing: a budget in tokens limits it".to_owned()
        } else {
            format!("`--prices <file>` names a file such as this one, {PRICES_ARE}:\n\n{}", Prices::example(&name))
        }));
    }
    Ok(())
}

fn freeze(
    choices: &Choices,
    models: &BTreeMap<Seat, Arc<dyn Model>>,
    judge: &SandboxJudge,
    guest: Option<Guest>,
) -> RunManifest {
    let problems: Vec<ProblemEntry> = choices.problems.iter().map(ProblemEntry::from).collect();
    let selection = problems.iter().flat_map(|entry| [entry.id.as_str().as_bytes(), entry.digest.as_bytes()]);
    let models = models.iter().map(|(seat, model)| {
        let samples = choices.models.get(seat).is_some_and(|seated| seated.as_samples().is_some());
        let sampling = (!samples && !model.identity().name.starts_with("human:"))
            .then(|| choices.sampling.get(seat).cloned())
            .flatten();
        (*seat, ModelIdentity { sampling, ..model.identity() })
    });
    let identity = Identity {
        dataset: DatasetIdentity {
            name: choices.dataset.clone(),
            digest: choices.dataset_digest,
            problems: problems.len() as u32,
        },
        selection: Digest::of_parts(selection),
        strategy: choices.strategy.identity(),
        models: models.collect(),
        tokenizer: TOKENIZER.to_owned(),
        limits: choices.limits,
        grader: mend_judge::GRADER.to_owned(),
        tests: choices.tests,
        require: choices.require,
        engine: judge.engines().first.clone(),
        fallback: judge.engines().fallback.cloned(),
        replicates: choices.replicates,
        seed: choices.seed,
        imported: None,
        problem_budget: choices
            .problem_budget
            .any()
            .then_some(ProblemBudget { tokens: choices.problem_budget.tokens, usd: choices.problem_budget.usd }),
        shares_completions: choices.shares_completions,
        extraction: Some(choices.extraction),
        forms: choices.models.get(&Seat::CODER).and_then(Seated::as_samples).map(Samples::forms).unwrap_or_default(),
    };
    let price = |model: &ModelIdentity| Some((model.name.clone(), choices.prices.of(&model.name)?));
    let prices: BTreeMap<String, Price> = identity.models.values().filter_map(price).collect();
    let digest = identity_digest(&identity, &problems);
    RunManifest {
        schema_version: SCHEMA_VERSION,
        run_id: format!("{}-{}-{}", identity.dataset.name, identity.strategy.name, digest.short()),
        identity,
        environment: Environment {
            mend_version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("MEND_COMMIT").map(str::to_owned),
            host: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            dataset_source: choices.dataset_source.clone(),
            programs_source: match choices.models.get(&Seat::CODER) {
                Some(Seated::Samples(_, path)) => path.clone(),
                Some(Seated::Simulated(_) | Seated::Outside(_)) | None => None,
            },
            budget_tokens: choices.budget.tokens,
            budget_usd: choices.budget.usd,
            prices_date: (!prices.is_empty()).then(|| choices.prices.date().to_owned()),
            prices,
            traffic: choices.traffic.clone(),
            isolation_missing: judge.missing().to_vec(),
            guest,
        },
        problems,
    }
}

/// The problems of a run, read again and checked.
pub fn problems_of(manifest: &RunManifest) -> Result<Vec<Problem>, Failure> {
    Ok(data_of(manifest)?.problems)
}

/// The choices that a manifest froze, with data and model found again.
pub fn choices_of(
    manifest: &RunManifest,
    budget: &RunBudgetArgs,
    connections: &ConnectionArgs,
) -> Result<Choices, Failure> {
    let identity = &manifest.identity;
    let environment = &manifest.environment;
    let source = &environment.dataset_source;
    let dataset = data_of(manifest)?;
    let strategy = Strategy::of_identity(&identity.strategy).map_err(Failure::usage)?;
    let sampling_of = |seat: &Seat| {
        let sampling = identity.models.get(seat).and_then(|model| model.sampling.clone());
        (*seat, sampling.unwrap_or_else(|| Sampling::new(0.0, Tokens(0))))
    };
    let sampling: BTreeMap<Seat, Sampling> = strategy.seats().iter().map(sampling_of).collect();
    let began_with = Prices::shipped().over(&environment.prices, environment.prices_date.as_deref());
    let prices = seats::prices(began_with, budget.prices.as_deref())?;
    let mut usher = Usher::new(&dataset, OnInvalid::Fail, &sampling, &prices, connections)?;
    let mut models = strategy
        .seats()
        .iter()
        .map(|seat| Ok((*seat, seat_again(manifest, *seat, &dataset, &mut usher)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let traffic = &environment.traffic;
    if let Some(cache) = &traffic.cache {
        models = usher.cached(models, Path::new(cache), identity.shares_completions)?;
    }
    if let Some(cassette) = &traffic.record {
        models = usher.recorded(models, Path::new(cassette), true)?;
    }
    let old = Limits { tokens: environment.budget_tokens, usd: environment.budget_usd };
    let new = Limits { tokens: budget.budget_tokens.map(Tokens), usd: budget.budget_usd };
    let problem = identity.problem_budget;
    Ok(Choices {
        dataset: identity.dataset.name.clone(),
        dataset_digest: identity.dataset.digest,
        dataset_source: source.clone(),
        problems: dataset.problems.clone(),
        strategy,
        models,
        sampling,
        // A run of a build with other rules differs from this one, and is refused for that.
        extraction: identity.extraction.unwrap_or_default(),
        limits: identity.limits,
        tests: identity.tests,
        require: identity.require,
        sandbox: Sandbox::of(identity),
        replicates: identity.replicates,
        seed: identity.seed,
        budget: Limits { tokens: new.tokens.or(old.tokens), usd: new.usd.or(old.usd) },
        problem_budget: problem.map_or(Limits::default(), |limit| Limits { tokens: limit.tokens, usd: limit.usd }),
        prices,
        shares_completions: identity.shares_completions,
        traffic: traffic.clone(),
    })
}

/// The chosen problems of a run's data set, as they were.
fn data_of(manifest: &RunManifest) -> Result<Dataset, Failure> {
    let identity = &manifest.identity;
    let source = &manifest.environment.dataset_source;
    let moved = |failure: Failure| failure.hint(format!("the run read its data from `{source}`"));
    let mut found = files::dataset_again(&identity.dataset.name, source).map_err(moved)?;
    let chosen: BTreeSet<_> = manifest.problems.iter().map(|entry| entry.id.clone()).collect();
    found.dataset.keep(&chosen);
    let problems = &found.dataset.problems;
    for expected in &manifest.problems {
        let same = problems.iter().any(|problem| problem.id == expected.id && problem.digest == expected.digest);
        if !same {
            let error = format!("problem {} of `{source}` is not the one that the run began with", expected.id);
            return Err(Failure::usage(error).with_exit(Exit::Digest).hint("bring back the data as they were"));
        }
    }
    Ok(found.dataset)
}

/// The model that a run began with in a role.
fn seat_again(manifest: &RunManifest, seat: Seat, dataset: &Dataset, usher: &mut Usher<'_>) -> Result<Seated, Failure> {
    let missing = || Failure::usage(format!("manifest.json: `identity.models` has no {seat}"));
    let model = manifest.identity.models.get(&seat).ok_or_else(missing)?;
    // What the run skipped as invalid then is skipped now; the digests tell whether it is the same data.
    let programs = match &manifest.environment.programs_source {
        _ if seat != Seat::CODER => None,
        None => model.name.starts_with("dataset:").then_some(STARTING_PROGRAMS),
        Some(source) => Some(source.as_str()),
    };
    let seated = if let Some(source) = programs {
        // Fields that were taken for different forms were guessed, and are again.
        let forms: BTreeSet<_> = manifest.identity.forms.values().copied().collect();
        let form = forms.first().copied().filter(|_| forms.len() == 1);
        Seated::programs(source, dataset, OnInvalid::Skip, form)?
    } else {
        let traffic = &manifest.environment.traffic;
        let typed = match (&traffic.replay, &traffic.feedback) {
            (_, Some(feedback)) if model.name.starts_with("human:") => format!("human:{feedback}"),
            (Some(cassette), _) if usher.is_recorded(cassette, seat, &model.name)? => format!("replay:{cassette}"),
            _ => model.name.clone(),
        };
        usher.seat(&typed, seat)?
    };
    if seated.model().identity().digest == model.digest {
        return Ok(seated);
    }
    let error = format!("the model `{}` is not the one that the run began with", model.name);
    let source = &manifest.environment.dataset_source;
    let hint = match programs {
        Some(STARTING_PROGRAMS) => format!("the starting programs in `{source}` were edited: bring them back"),
        Some(path) => format!("the run read its samples from `{path}`: bring them back as they were"),
        None => format!(
            "a simulated model knows the reference solutions and mutants of its data: either those in `{source}` \
             were edited, or this is another version of mend"
        ),
    };
    Err(Failure::usage(error).with_exit(Exit::Digest).hint(hint))
}

/// A journal's error as the user sees it: a full disk stops a run, all else is usage.
pub fn journal_failure(error: JournalError) -> Failure {
    let hint = error.hint().or_else(|| match &error {
        JournalError::NotARun { dir } => {
            let place = "runs lie below `results` or where `--out` said";
            Some(if dir.exists() { place.to_owned() } else { format!("there is no such folder; {place}") })
        }
        JournalError::Identity { .. }
        | JournalError::Line { .. }
        | JournalError::UnknownTree { .. }
        | JournalError::Refused { .. } => {
            Some("the file was edited or damaged: restore it from a copy, or start a new run".to_owned())
        }
        _ => None,
    });
    let exit = match error {
        JournalError::Write { .. } | JournalError::Sync { .. } => Exit::Stopped,
        _ => Exit::Usage,
    };
    let failure = Failure::usage(error).with_exit(exit);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn run_failure(error: RunError, folder: &Path) -> Failure {
    match error {
        RunError::Journal(error @ (JournalError::Write { .. } | JournalError::Sync { .. })) => {
            let hint =
                format!("what arrived before is saved: make room, then `mend resume {}` goes on", folder.display());
            journal_failure(error).hint(hint)
        }
        RunError::Journal(error) => journal_failure(error),
        error @ RunError::Judge(_) => {
            let hint = format!("nothing is lost: once that is mended, `mend resume {}` goes on", folder.display());
            Failure::usage(error).with_exit(Exit::Stopped).hint(hint)
        }
        RunError::Model(error) => seats::model_failure(error, folder),
        RunError::NothingAnswered(error) => {
            let hint = error.hint().map_or(String::new(), |hint| format!("{hint}; "));
            let hint = format!("{hint}then `mend resume {}` goes on", folder.display());
            Failure::usage(error).hint(hint)
        }
        error @ RunError::AsksToWait { .. } => {
            let hint = format!(
                "nothing that arrived is lost: `mend resume {}` goes on after that time, or now with a longer \
                 `--request-deadline`",
                folder.display()
            );
            Failure::usage(error).with_exit(Exit::Stopped).hint(hint)
        }
        error => Failure::usage(error).with_exit(Exit::Bug),
    }
}

/// Ctrl-C and SIGTERM ask for a stop; a second one stops at once.
fn listen() -> std::io::Result<watch::Receiver<bool>> {
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
