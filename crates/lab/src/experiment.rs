//! From choices to an experiment that is set up: the manifest, the judge and the plan.

use crate::asked::{self, Asked, Settled};
use crate::data::Found;
use crate::engines::{Author, Engines, Machine, Sandbox};
use crate::failure::Failure;
use crate::models::{PRICES_ARE, Usher, Way};
use crate::observer::{Observer, Silent};
use crate::seated::Seated;
use mend_core::{
    Budget, Claim, Environment, Guest, ModelIdentity, OnInvalid, Price, Problem, ProblemEntry, ProblemId, RunManifest,
    Sampling, Seat, Slot, Tokens, TrafficFiles, TreeKey, dev_problems,
};
use mend_judge::{JudgeOptions, SandboxJudge};
use mend_model::{Batches, Model, Prices, Request, Samples, TOKENIZER, is_human};
use mend_repair::{Plan, Strategy};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Requests that wait for their batches at most.
const IN_BATCHES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// What to run, before it is frozen: what was asked for, with all that was found for it.
pub struct Choices {
    /// What was asked for, as it will stand in the identity.
    pub asked: Asked,
    /// The data set with the chosen problems, and where it was found.
    pub data: Found,
    /// The strategy.
    pub strategy: Strategy,
    /// The model of each seat that the strategy asks.
    pub models: BTreeMap<Seat, Seated>,
    /// How the model of each seat samples.
    pub sampling: BTreeMap<Seat, Sampling>,
    /// What runs programs.
    pub sandbox: Sandbox,
    /// Cap on what the whole run may cost.
    pub budget: Budget,
    /// What models cost.
    pub prices: Prices,
    /// The files that answer and that are written.
    pub traffic: TrafficFiles,
    /// The batches by which models are asked; `None` if each request is asked by itself.
    pub batches: Option<Arc<Batches>>,
    /// The commit that the program was built from, if it knows.
    pub commit: Option<String>,
}

impl Choices {
    /// What is usual otherwise, with one model in every seat.
    pub fn of_model(data: Found, strategy: Strategy, model: &str, way: &Way<'_>) -> Result<Self, Failure> {
        let prices = Prices::shipped();
        let usual = Sampling::new(0.8, Tokens(2048));
        let sampling: BTreeMap<Seat, Sampling> = strategy.seats().iter().map(|seat| (*seat, usual.clone())).collect();
        let mut usher = Usher::new(&data.dataset, OnInvalid::Fail, &sampling, &prices, way)?;
        let seated = |seat: &Seat| Ok((*seat, usher.seat(model, *seat, &mut Silent)?));
        let models = strategy.seats().iter().map(seated).collect::<Result<_, Failure>>()?;
        let (traffic, batches) = (usher.files, usher.batches);
        Ok(Self {
            asked: Asked::default(),
            data,
            strategy,
            models,
            sampling,
            sandbox: Sandbox::Process,
            budget: Budget::default(),
            prices,
            traffic,
            batches,
            commit: None,
        })
    }
}

/// A run that is set up: manifest, judge and plan.
pub struct Experiment {
    /// The manifest, frozen.
    pub manifest: RunManifest,
    pub(crate) judge: SandboxJudge,
    pub(crate) plan: Plan,
    pub(crate) batches: Option<Arc<Batches>>,
    /// What a file of samples says of its programs.
    pub(crate) claims: Vec<Claim>,
}

impl Experiment {
    /// Freezes choices and starts the judge.
    pub fn new(
        choices: Choices,
        machine: &Machine,
        concurrency: NonZeroUsize,
        observer: &mut dyn Observer,
    ) -> Result<Self, Failure> {
        let models: BTreeMap<Seat, Arc<dyn Model>> =
            choices.models.iter().map(|(seat, seated)| (*seat, seated.model())).collect();
        // A critic writes no program, unless it is people who do.
        let is_harmless = |(seat, seated): (&Seat, &Seated)| match *seat {
            Seat::CRITIC => !seated.model().gives_programs(),
            _ => seated.is_harmless(),
        };
        let all_harmless = choices.models.iter().all(is_harmless);
        check_budget(&choices, &models)?;
        let answers_only = |(seat, seated): (&Seat, &Seated)| *seat != Seat::CODER && seated.as_samples().is_some();
        if choices.models.iter().any(answers_only) {
            let error = "saved samples are first programs: they cannot answer a request for a repair";
            return Err(Failure::usage(error).hint(
                "use `--strategy iid`, or `--programs` for the samples and `--model` for a model that repairs them",
            ));
        }
        let author = if all_harmless { Author::Known } else { Author::Model };
        let engines = Engines::set_up(choices.sandbox, machine, author, observer)?;
        let workers = machine.workers();
        let Asked { limits, tests, require, .. } = choices.asked;
        let judge = engines.judge(JudgeOptions { limits, tests, require, workers })?;
        let manifest = freeze(&choices, &models, &judge, engines.guest)?;
        let Choices { asked, data, strategy, sampling, models: seated, batches, .. } = choices;
        // A batch takes as many requests as there are.
        let concurrency = if batches.is_some() { IN_BATCHES } else { concurrency };
        let Found { dataset, .. } = data;
        let samples = seated.get(&Seat::CODER).and_then(Seated::as_samples);
        let claims = samples.map(|samples| samples.claims().to_vec()).unwrap_or_default();
        let programs = samples.map(|samples| {
            let most = manifest.trees().map(|key| key.replicate + 1).max().unwrap_or_default();
            let of_replicate = |replicate| samples.per_problem(replicate).into_iter().collect::<BTreeMap<_, _>>();
            let counts: Vec<BTreeMap<ProblemId, u32>> = (0..most).map(of_replicate).collect();
            let of_tree = |key: TreeKey| counts[key.replicate as usize].get(&key.problem).copied().unwrap_or(0);
            manifest.trees().map(of_tree).collect()
        });
        let problems: BTreeMap<ProblemId, Arc<Problem>> =
            dataset.problems.into_iter().map(|problem| (problem.id.clone(), Arc::new(problem))).collect();
        let plan = Plan {
            problems: manifest.trees().filter_map(|key| problems.get(&key.problem).cloned()).collect(),
            programs,
            strategy,
            models,
            sampling,
            extraction: asked.extraction.unwrap_or_default(),
            seed: asked.seed,
            concurrency,
            // One candidate in each worker's hands and one waiting for it: a stop need not wait for more.
            judging: workers.saturating_add(workers.get()),
            problem_budget: asked.problem_budget.unwrap_or_default(),
            dev: manifest.problems.iter().filter(|entry| entry.dev).map(|entry| entry.id.clone()).collect(),
            states: Vec::new(),
            active: None,
        };
        Ok(Self { manifest, judge, plan, batches, claims })
    }
}

/// Refuses a budget that cannot be kept, before anything is paid for.
fn check_budget(choices: &Choices, models: &BTreeMap<Seat, Arc<dyn Model>>) -> Result<(), Failure> {
    let tree = choices.asked.problem_budget.unwrap_or_default();
    let has_usd = choices.budget.usd.is_some() || tree.usd.is_some();
    if (choices.budget.limits_cost() || tree.limits_cost())
        && choices.sampling.values().any(|sampling| sampling.omit.contains("max-tokens"))
    {
        let error = "without `max_tokens` nothing bounds a completion, so no budget can be kept";
        let hint = "leave out the budget; a new run may leave out `--omit max-tokens` instead";
        return Err(Failure::usage(error).hint(hint));
    }
    let smallest = |seat: &Seat| Request {
        problem: ProblemId::new(""),
        problem_digest: choices.data.dataset.digest,
        replicate: 0,
        seed: 0,
        seat: *seat,
        slots: vec![Slot::program(0)],
        messages: Vec::new(),
        program: None,
        first: 0,
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

/// The manifest of choices whose models and judge are ready.
fn freeze(
    choices: &Choices,
    models: &BTreeMap<Seat, Arc<dyn Model>>,
    judge: &SandboxJudge,
    guest: Option<Guest>,
) -> Result<RunManifest, Failure> {
    let identity_of = |(seat, model): (&Seat, &Arc<dyn Model>)| {
        let samples = choices.models.get(seat).is_some_and(|seated| seated.as_samples().is_some());
        let sampling =
            (!samples && !is_human(&model.identity().name)).then(|| choices.sampling.get(seat).cloned()).flatten();
        (*seat, ModelIdentity { sampling, ..model.identity() })
    };
    let Found { dataset, source, format, split } = &choices.data;
    let settled = Settled {
        dataset: dataset.name.clone(),
        dataset_digest: dataset.digest,
        public: split.without_folder(),
        problems: entries(choices)?,
        strategy: choices.strategy.identity(),
        models: models.iter().map(identity_of).collect(),
        tokenizer: TOKENIZER.to_owned(),
        grader: mend_judge::GRADER.to_owned(),
        engine: judge.engines().first.clone(),
        fallback: judge.engines().fallback.cloned(),
        imported: None,
        rejudged: None,
        forms: choices.models.get(&Seat::CODER).and_then(Seated::as_samples).map(Samples::forms).unwrap_or_default(),
    };
    let price = |model: &ModelIdentity| Some((model.name.clone(), choices.prices.of(&model.name)?));
    let prices: BTreeMap<String, Price> = settled.models.values().filter_map(price).collect();
    let environment = Environment {
        examples_source: split.file().map(str::to_owned),
        programs_source: match choices.models.get(&Seat::CODER) {
            Some(Seated::Samples(_, path)) => path.clone(),
            Some(Seated::Simulated(_) | Seated::Outside(_)) | None => None,
        },
        budget_tokens: choices.budget.tokens,
        budget_usd: choices.budget.usd,
        budget_effort: choices.budget.effort,
        prices_date: (!prices.is_empty()).then(|| choices.prices.date().to_owned()),
        prices,
        traffic: choices.traffic.clone(),
        batch: choices.batches.is_some(),
        isolation_missing: judge.missing().to_vec(),
        guest,
        dataset_format: format.map(|format| format.name.to_owned()),
        ..asked::environment(choices.commit.as_deref(), source.clone())
    };
    Ok(asked::manifest(choices.asked, settled, environment))
}

/// The problems as the manifest lists them: those from which the strategy learns are told from those that are reported.
fn entries(choices: &Choices) -> Result<Vec<ProblemEntry>, Failure> {
    let mut entries: Vec<ProblemEntry> = choices.data.dataset.problems.iter().map(ProblemEntry::from).collect();
    if let Some(samples) = choices.models.get(&Seat::CODER).and_then(Seated::as_samples) {
        for entry in &mut entries {
            entry.known = samples.known_damage(&entry.id).to_vec();
        }
    }
    let Some(rounds) = &choices.strategy.header().rounds else { return Ok(entries) };
    if rounds.dev == 0.0 && choices.asked.replicates > 1 {
        let error = format!(
            "`{}` learns from each problem for those after it and reports all of them: a replicate would know what the one \
             before it learnt of the same problems",
            choices.strategy.name()
        );
        return Err(Failure::usage(error).hint("leave out `--replicates`, and make runs with other seeds (`--seed`)"));
    }
    let dev = dev_problems(&entries, rounds.dev, choices.asked.seed)
        .map_err(|error| Failure::usage(error).hint("take more problems, such as `--sample 20`"))?;
    for entry in &mut entries {
        entry.dev = dev.contains(&entry.id);
    }
    Ok(entries)
}
