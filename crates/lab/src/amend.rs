//! A run that takes another one's nodes over and buys what that one lacks: more programs, repairs, problems or replicates.
//!
//! Seeds derive from a node's place, so that the nodes of a smaller run are nodes of the larger one. Whatever would have
//! been asked otherwise is refused before anything is bought. The result lies in a folder of its own and has the identity of
//! a run that asked for all at once; the smaller run stays as it is.

use crate::asked::{self, Asked};
use crate::began::{data_of, seat_again, split_of};
use crate::data::{self, Found, absolute};
use crate::engines::{Machine, Sandbox};
use crate::experiment::{Choices, Experiment};
use crate::failure::{Failure, journal_failure};
use crate::models::{Usher, Way};
use crate::observer::{Note, Observer, Silent};
use crate::seated::Seated;
use crate::select::Select;
use crate::session::Session;
use mend_core::{
    Budget, CallState, Entry, Event, Identity, ModelIdentity, Node, OnInvalid, ProblemId, RepairTree, RunManifest,
    Sampling, Seat, Split, StrategyIdentity, Tokens, TreeKey,
};
use mend_journal::{Bodies, Journal, Recorded};
use mend_model::Prices;
use mend_repair::{Misfit, Plan, Strategy, check_beginning};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A run that is to be amended.
#[derive(Debug)]
pub struct Before {
    folder: PathBuf,
    recorded: Recorded,
    trees: Vec<RepairTree>,
    strategy: Strategy,
}

/// What a run is amended with. Each field is whole: it holds what stays, too.
pub struct Amendment<'a> {
    /// The whole data set, if somebody named one.
    pub data: Option<Found>,
    /// Which of its problems; `None` for those of the run.
    pub select: Option<Select>,
    /// Which tests count as public; `None` for those of the run.
    pub public: Option<Split>,
    /// What was asked for.
    pub asked: Asked,
    /// The strategy.
    pub strategy: Strategy,
    /// How the model of each seat samples.
    pub sampling: BTreeMap<Seat, Sampling>,
    /// Models that somebody named, by seat; the others are those of the run.
    pub models: BTreeMap<Seat, String>,
    /// Saved first programs, if somebody named some.
    pub programs: Option<String>,
    /// What runs programs.
    pub sandbox: Sandbox,
    /// Cap on what the whole run may cost, what it took over included.
    pub budget: Budget,
    /// What models cost.
    pub prices: Prices,
    /// The cassette that is written.
    pub record: Option<&'a Path>,
    /// The cache of completions.
    pub cache: Option<&'a Path>,
    /// The machine.
    pub machine: &'a Machine,
    /// The way to models.
    pub way: Way<'a>,
    /// The commit that the program was built from, if it knows.
    pub commit: Option<String>,
}

impl Before {
    /// Reads a run that is to be amended.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        if Journal::is_locked(folder) {
            let failure = Failure::usage(format!("`{}` is in use by another process", folder.display()));
            return Err(failure.hint("wait until the other `mend` is done with the run, or stop it"));
        }
        let recorded = mend_journal::read(folder, Bodies::With).map_err(journal_failure)?;
        let identity = &recorded.manifest.identity;
        let is_not_ours = match (&identity.imported, &identity.rejudged) {
            (Some(imported), _) => Some(format!("the run was imported from `{}`", imported.file)),
            (_, Some(source)) => Some(format!("the run judged the programs of {} anew", source.run)),
            (None, None) => None,
        };
        if let Some(what) = is_not_ours {
            let failure = Failure::usage(format!("{what}: it asked nobody, and nothing can be added to it"));
            return Err(failure.hint("amend a run that `mend run` collected"));
        }
        let trees = recorded.trees().map_err(journal_failure)?;
        let strategy = Strategy::of_identity(&identity.strategy).map_err(Failure::usage)?;
        Ok(Self { folder: folder.to_owned(), recorded, trees, strategy })
    }

    /// Its manifest.
    pub fn manifest(&self) -> &RunManifest {
        &self.recorded.manifest
    }

    /// Its strategy, with its parameters.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// What it was asked for.
    pub fn asked(&self) -> Asked {
        let (asked, _) = asked::parts(self.manifest());
        Asked { extraction: Some(asked.extraction.unwrap_or_default()), ..asked }
    }

    /// How the model of a seat sampled, if it did.
    pub fn sampling(&self, seat: Seat) -> Option<Sampling> {
        self.manifest().identity.models.get(&seat)?.sampling.clone()
    }

    /// Sets up the amended run in a new folder; `place` says where, by its name.
    ///
    /// # Errors
    /// Something that cannot be amended, named as its flag is; nothing was bought then.
    pub fn amend(
        &self,
        with: Amendment<'_>,
        place: impl FnOnce(&str) -> PathBuf,
        observer: &mut dyn Observer,
    ) -> Result<Session, Failure> {
        let machine = with.machine;
        let connections = with.way.connections.max_connections;
        let choices = self.choices(with, observer)?;
        let mut experiment = Experiment::new(choices, machine, connections, observer)?;
        experiment.manifest.environment.run_source = Some(absolute(&self.folder));
        self.check(&experiment.manifest)?;
        check_beginnings(self.manifest(), &self.trees, &experiment.plan, &experiment.manifest)?;
        let folder = place(&experiment.manifest.run_id);
        let journal = Journal::create(&folder, &experiment.manifest).map_err(journal_failure)?;
        let mut trees: Vec<RepairTree> = experiment.manifest.trees().map(RepairTree::new).collect();
        take_over(&journal, &mut trees, &self.recorded, observer)?;
        Session::new(experiment, &folder, journal, trees)
    }

    /// Everything that the amended run is made of.
    fn choices(&self, with: Amendment<'_>, observer: &mut dyn Observer) -> Result<Choices, Failure> {
        let manifest = self.manifest();
        let data = self.data(with.data, with.select, with.public)?;
        let mut usher = Usher::new(&data.dataset, OnInvalid::Fail, &with.sampling, &with.prices, &with.way)?;
        let chosen = data.dataset.problems.iter().map(|problem| (&problem.id, problem.digest));
        let is_same_data = chosen.eq(manifest.problems.iter().map(|entry| (&entry.id, entry.digest)));
        if !is_same_data {
            // What the run's own models knew is looked at with the run's own problems.
            let before = data_of(manifest)?;
            let mut usher = Usher::new(&before.dataset, OnInvalid::Fail, &with.sampling, &with.prices, &with.way)?;
            for seat in with.strategy.seats().iter().filter(|seat| !with.models.contains_key(seat)) {
                if manifest.identity.models.contains_key(seat) {
                    seat_again(manifest, *seat, &before.dataset, &mut usher, is_same_data, &mut Silent)?;
                }
            }
        }
        let mut models: BTreeMap<Seat, Seated> = BTreeMap::new();
        for seat in with.strategy.seats() {
            let seated = match (with.models.get(seat), &with.programs) {
                (_, Some(source)) if *seat == Seat::CODER => {
                    Seated::programs(source, &data.dataset, OnInvalid::Skip, None, observer)?
                }
                (Some(typed), _) => usher.seat(typed, *seat, observer)?,
                (None, _) => seat_again(manifest, *seat, &data.dataset, &mut usher, is_same_data, observer)?,
            };
            models.insert(*seat, seated);
        }
        if let Some(cache) = with.cache {
            models = usher.cached(models, cache, with.asked.shares_completions)?;
        }
        if let Some(cassette) = with.record {
            models = usher.recorded(models, cassette, false)?;
        }
        let (traffic, batches) = (usher.files, usher.batches);
        let Amendment { asked, strategy, sampling, sandbox, budget, prices, commit, .. } = with;
        Ok(Choices { asked, data, strategy, models, sampling, sandbox, budget, prices, traffic, batches, commit })
    }

    /// The problems: those of the run, or those that were chosen now.
    fn data(&self, data: Option<Found>, select: Option<Select>, public: Option<Split>) -> Result<Found, Failure> {
        let manifest = self.manifest();
        if data.is_none() && select.is_none() && public.is_none() {
            return data_of(manifest);
        }
        let mut found = match data {
            Some(found) => found,
            None => data::dataset_again(&manifest.identity.dataset.name, &manifest.environment)?,
        };
        match select {
            Some(select) => select.keep(&mut found.dataset)?,
            None => found.dataset.keep(&manifest.problems.iter().map(|entry| entry.id.clone()).collect()),
        }
        match public {
            Some(split) => found.make_public(Some(&split), None, &mut Silent)?,
            None => found.split_again(split_of(manifest))?,
        }
        Ok(found)
    }

    /// Refuses whatever makes another experiment.
    fn check(&self, now: &RunManifest) -> Result<(), Failure> {
        let then = self.manifest();
        let hint =
            "nodes of two experiments would stand in one run: leave it as it was, or begin a new run without `--amend`";
        if let Some(difference) = other_experiment(&then.identity, &now.identity) {
            return Err(Failure::usage(format!("cannot amend: {difference}")).hint(hint));
        }
        let chosen: BTreeMap<&ProblemId, _> = now.problems.iter().map(|entry| (&entry.id, entry.digest)).collect();
        for entry in &then.problems {
            let error = match chosen.get(&entry.id) {
                Some(digest) if *digest == entry.digest => continue,
                Some(_) => format!("cannot amend: `--dataset`: problem {} is another one than in the run", entry.id),
                None => format!(
                    "cannot amend: `--problems`, `--where` or `--sample`: the run has problem {}, which is not chosen",
                    entry.id
                ),
            };
            return Err(Failure::usage(error).hint("an amended run has all problems of the run, and more of them"));
        }
        let more = now.problems.len() != then.problems.len();
        if now.identity.replicates < then.identity.replicates {
            let (before, after) = (then.identity.replicates, now.identity.replicates);
            let error = format!("cannot amend: `--replicates`: the run has {before}, and {after} are fewer");
            return Err(Failure::usage(error).hint("an amended run has at least as much of everything as the run"));
        }
        let more = more || now.identity.replicates != then.identity.replicates;
        let is_other = then.identity.strategy.parameters != now.identity.strategy.parameters;
        if then.identity.strategy.rounds.is_some() && (more || is_other) {
            let error = format!(
                "cannot amend: `--strategy`: `{}` learns from one problem for others, so that other problems, replicates or \
                 parameters change what was asked",
                then.identity.strategy.name
            );
            return Err(Failure::usage(error).hint("begin a new run without `--amend`"));
        }
        let wrote: BTreeSet<Seat> = self.trees.iter().flat_map(RepairTree::calls).map(|(_, call)| call.seat).collect();
        for seat in wrote {
            let [before, after] = [then, now].map(|manifest| manifest.identity.models.get(&seat));
            if let Some(what) = other_model(before, after, more) {
                let error =
                    format!("cannot amend: `--{}`: {what} for the {seat}, of whom the run has answers", flag_of(seat));
                return Err(Failure::usage(error).hint(hint));
            }
        }
        Ok(())
    }
}

/// The flag that names the model of a seat.
fn flag_of(seat: Seat) -> String {
    match seat {
        Seat::CODER => "model".to_owned(),
        Seat::CRITIC => "critic".to_owned(),
        seat => format!("seat {seat}=..."),
    }
}

/// What differs in the model of a seat, if anything does. What a simulated programmer or a file of samples knows grows with
/// the problems, so that its digest is compared only where these are the same.
fn other_model(then: Option<&ModelIdentity>, now: Option<&ModelIdentity>, has_other_problems: bool) -> Option<String> {
    let (Some(then), Some(now)) = (then, now) else { return Some("another strategy has no model".to_owned()) };
    if then.name != now.name {
        return Some(format!("`{}` is not `{}`, which was asked", now.name, then.name));
    }
    if then.sampling != now.sampling {
        return Some("another sampling than before".to_owned());
    }
    (then.digest != now.digest && !has_other_problems).then(|| format!("another `{}` than before", now.name))
}

/// What makes two identities other experiments, in words that begin with the flag.
fn other_experiment(then: &Identity, now: &Identity) -> Option<String> {
    let Identity {
        dataset,
        // Follows from the problems, which are looked at one by one.
        selection: _,
        strategy,
        // Looked at seat by seat.
        models: _,
        tokenizer,
        limits,
        grader,
        tests,
        require,
        engine,
        fallback,
        // May grow.
        replicates: _,
        seed,
        // Neither can be amended.
        imported: _,
        rejudged: _,
        problem_budget,
        shares_completions,
        extraction,
        forms: _,
    } = then;
    let judges = "its verdicts are taken over; `mend rejudge` judges programs anew";
    // Parameters are looked at one by one, and their digest stands among those of the texts.
    let texts = |strategy: &StrategyIdentity| {
        let texts = strategy.prompts.iter().filter(|(name, _)| *name != "parameters");
        texts.map(|(name, digest)| (name.clone(), *digest)).collect::<Vec<_>>()
    };
    let is_same_script = strategy.definition == now.strategy.definition && texts(strategy) == texts(&now.strategy);
    let parameters = |identity: &Identity| identity.strategy.parameters.clone().unwrap_or_default();
    let (before, after) = (parameters(then), parameters(now));
    let granted =
        before.iter().find(|(name, value)| after.get(*name) != Some(value) && strategy.oracle != now.strategy.oracle);
    let parts = [
        (
            format!("`--public-tests`: {} is not {}, which the run has", now.dataset.public, dataset.public),
            dataset.public != now.dataset.public,
        ),
        (
            format!("`--dataset`: `{}` is not `{}` as it was", now.dataset.name, dataset.name),
            dataset.name != now.dataset.name || dataset.digest != now.dataset.digest,
        ),
        (
            format!("`--strategy`: `{}` is not `{}` as it was", now.strategy.name, strategy.name),
            strategy.name != now.strategy.name || !is_same_script,
        ),
        (
            format!("`--set {}`: it changes what the strategy may know", granted.map_or("", |(name, _)| name)),
            strategy.oracle != now.strategy.oracle || strategy.rounds != now.strategy.rounds,
        ),
        (
            format!("`--seed`: {} is not {seed}, from which every node of the run was drawn", now.seed),
            *seed != now.seed,
        ),
        (
            "`--problem-budget-tokens` or `--problem-budget-usd`: which nodes a tree has hangs on its limit".to_owned(),
            problem_budget.is_some() || now.problem_budget.is_some(),
        ),
        (
            "`--cache-reuse`: the run is another one with completions that others bought".to_owned(),
            *shares_completions != now.shares_completions,
        ),
        ("the tokenizer".to_owned(), *tokenizer != now.tokenizer),
        (format!("`--time-limit` or `--memory-limit`: {judges}"), *limits != now.limits),
        (format!("`--tests`: {judges}"), *tests != now.tests),
        (format!("`--require`: {judges}"), *require != now.require),
        (format!("`--extraction`: {judges}"), *extraction != now.extraction),
        (format!("the rules of judging: {judges}"), *grader != now.grader),
        (
            format!("`--sandbox`, `--python` or `--isolation` ({} is not {}): {judges}", now.engines(), then.engines()),
            *engine != now.engine || *fallback != now.fallback,
        ),
    ];
    parts.into_iter().find(|(_, differs)| *differs).map(|(what, _)| what)
}

/// Refuses a strategy that would have asked otherwise for a node that is there, or not at all.
fn check_beginnings(then: &RunManifest, trees: &[RepairTree], plan: &Plan, now: &RunManifest) -> Result<(), Failure> {
    let numbers: BTreeMap<TreeKey, usize> = now.trees().zip(0..).collect();
    let parameters = |manifest: &RunManifest| manifest.identity.strategy.parameters.clone().unwrap_or_default();
    let (before, after) = (parameters(then), parameters(now));
    let changed: Vec<String> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| format!("`{name}` ({}, now {value})", before.get(name).map_or("none", String::as_str)))
        .collect();
    let changed = if changed.is_empty() { "the strategy".to_owned() } else { changed.join(", ") };
    for tree in trees {
        let Some(number) = numbers.get(&tree.key) else { continue };
        let error = match check_beginning(plan, *number, tree) {
            Ok(()) => continue,
            Err(Misfit::Unwanted(slot)) => {
                format!("cannot amend: {changed}: {slot} of {} was bought and would not be asked for", tree.key)
            }
            Err(Misfit::Script(error)) => {
                let error = error.to_string();
                let why = error.lines().next().unwrap_or_default();
                format!("cannot amend: {changed}: it changes what was asked in {}: {why}", tree.key)
            }
        };
        return Err(Failure::usage(error).hint(
            "more of what no prompt shows can be bought (`n_p`, `n_f`, `n_r` of most strategies); anything else needs a new run",
        ));
    }
    Ok(())
}

/// Appends what a run has learnt to a new journal, but for the ends of its trees, and applies it. What is there already, of a
/// session that was killed meanwhile, is left alone. A note in the journal says that all of it is there.
fn take_over(
    journal: &Journal,
    trees: &mut [RepairTree],
    from: &Recorded,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let numbers: BTreeMap<TreeKey, usize> = trees.iter().map(|tree| tree.key.clone()).zip(0..).collect();
    for entry in &from.entries {
        let Some(tree) = entry.tree.as_ref().and_then(|key| numbers.get(key)).map(|number| &mut trees[*number]) else {
            continue;
        };
        if is_new(tree, &entry.event) {
            journal.append(entry).map_err(journal_failure)?;
            tree.apply(&entry.event).map_err(Failure::bug)?;
        }
    }
    let answers = trees.iter().flat_map(RepairTree::nodes).filter(|node| node.completion.is_some()).count();
    let paid: Tokens = trees.iter().map(|tree| tree.spent().tokens).sum();
    let told = format!("taken over: {answers} answers of {}, which cost {paid} tokens", from.manifest.run_id);
    let resumed = Entry { tree: None, event: Event::Resumed { changed: vec![told.clone()] } };
    journal.append(&resumed).map_err(journal_failure)?;
    observer.note(Note::TakenOver(told));
    Ok(())
}

/// Goes on taking another run's nodes over, if a session was killed in the midst of that.
pub(crate) fn take_over_rest(
    journal: &Journal,
    trees: &mut [RepairTree],
    recorded: &Recorded,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let manifest = &recorded.manifest;
    let is_noted = recorded.entries.iter().any(|entry| matches!(entry.event, Event::Resumed { .. }));
    let Some(source) = manifest.environment.run_source.as_ref().filter(|_| !is_noted) else { return Ok(()) };
    let lost = |failure: Failure| {
        failure.hint("bring back the run that is amended, to where it was: not all of it was taken over")
    };
    let before = Before::read(Path::new(source)).map_err(lost)?;
    before.check(manifest)?;
    check_beginnings(before.manifest(), &before.trees, plan, manifest)?;
    take_over(journal, trees, &before.recorded, observer)
}

/// Whether an event belongs to a tree that goes on, and is not in it yet.
fn is_new(tree: &RepairTree, event: &Event) -> bool {
    let node = |slot| tree.node(slot);
    let is_open = |call| tree.call(call).is_some_and(|call| matches!(call.state, CallState::Open { .. }));
    let lacks = |slot, has: fn(&Node) -> bool| node(slot).is_some_and(|node| !has(node));
    match event {
        Event::Sent { call, .. } => tree.call(call).is_none(),
        Event::Sampled { call, .. } | Event::Lost { call, .. } | Event::Refused { call, .. } => is_open(call),
        Event::Made { slot, .. } | Event::Given { slot, .. } => node(slot).is_none(),
        Event::Judged { slot, .. } | Event::Read { slot, .. } => lacks(slot, |node| node.outcome.is_some()),
        Event::Unscored { slot, .. } => node(slot).is_none_or(|node| node.outcome.is_none()),
        Event::Tested { slot, tests, .. } => node(slot).is_some_and(|node| !node.tested.contains_key(tests)),
        Event::Checked { tests, .. } => lacks(tests, |node| node.checked.is_some()),
        Event::Ran { slot, given, .. } => node(slot).is_some_and(|node| !node.ran.contains_key(given)),
        // A tree that goes on has no end yet.
        Event::Submitted { .. } | Event::State { .. } | Event::Stopped { .. } | Event::Resumed { .. } => false,
    }
}
