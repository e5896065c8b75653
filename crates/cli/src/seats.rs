//! From what the user typed to models that can be asked.

use crate::args::asking::{ConnectionArgs, SamplingArgs};
use crate::exit::{Exit, Failure};
use crate::experiment::journal_failure;
use crate::files;
use mend_core::{Form, Problem, Sampling, Seat, Tokens, TrafficFiles};
use mend_dataset::{Dataset, OnInvalid};
use mend_journal::Bodies;
use mend_model::{
    Cache, Endpoint, EndpointError, Http, HttpError, HttpOptions, HumanFeedback, Kind, Model, ModelError, Patience,
    Prices, Profile, Proxies, Reading, RecordedModel, Recorder, Samples, SamplesError, SimulatedProgrammer, Tape,
    known_models,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// What the user types for the programs that a data set of bugs starts from.
pub const STARTING_PROGRAMS: &str = "dataset";

/// A model at its work.
#[derive(Clone)]
pub enum Seated {
    /// Saved first programs, and the absolute path that they were read from, if they came from a path of their own.
    Samples(Arc<Samples>, Option<String>),
    /// A simulated programmer of our own, whose programs harm nobody.
    Simulated(Arc<dyn Model>),
    /// Any other model: whatever it writes comes from outside.
    Outside(Arc<dyn Model>),
}

impl Seated {
    /// The model.
    pub fn model(&self) -> Arc<dyn Model> {
        match self {
            Self::Samples(samples, _) => Arc::clone(samples) as Arc<dyn Model>,
            Self::Simulated(model) | Self::Outside(model) => Arc::clone(model),
        }
    }

    /// The samples, if that is what it is.
    pub fn as_samples(&self) -> Option<&Samples> {
        match self {
            Self::Samples(samples, _) => Some(samples),
            Self::Simulated(_) | Self::Outside(_) => None,
        }
    }

    /// Whether what it writes may run with the user's rights.
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::Samples(samples, _) => samples.identity().simulated,
            Self::Simulated(_) => true,
            Self::Outside(_) => false,
        }
    }

    /// The same seat with another model behind it.
    pub fn with_model(self, change: impl FnOnce(Arc<dyn Model>) -> Arc<dyn Model>) -> Self {
        match self {
            Self::Samples(..) => self,
            Self::Simulated(model) => Self::Simulated(change(model)),
            Self::Outside(model) => Self::Outside(change(model)),
        }
    }

    /// Finds saved first programs by what the user typed: a run, a file of samples, or [`STARTING_PROGRAMS`].
    pub fn programs(
        source: &str,
        dataset: &Dataset,
        on_invalid: OnInvalid,
        form: Option<Form>,
    ) -> Result<Self, Failure> {
        let path = Path::new(source);
        if source == STARTING_PROGRAMS {
            if dataset.starting_programs.is_empty() {
                let failure = Failure::usage(format!("the data set `{}` has no programs to start from", dataset.name));
                return Err(failure.hint("only sets of bugs have: name a run or a file of samples instead"));
            }
            let samples = Samples::of_dataset(&dataset.name, &dataset.starting_programs, &dataset.problems);
            return Ok(Self::Samples(Arc::new(samples), None));
        }
        if !path.exists() {
            let failure = Failure::usage(format!("`--programs {source}` is neither a run nor a file"));
            return Err(failure.hint(format!("`{STARTING_PROGRAMS}` takes those that a data set of bugs starts from")));
        }
        if !path.is_dir() {
            return Self::samples(path, dataset, on_invalid, form);
        }
        let recorded = mend_journal::read(path, Bodies::With).map_err(journal_failure)?;
        let trees = recorded.trees().map_err(journal_failure)?;
        let samples = Samples::of_run(&recorded.manifest, &trees, &dataset.problems);
        Ok(Self::Samples(Arc::new(samples), Some(absolute(path))))
    }

    /// Reads a samples file. Samples of problems that were not chosen are left alone. `form` says what the texts are meant
    /// to be, if the user said so.
    pub fn samples(path: &Path, dataset: &Dataset, on_invalid: OnInvalid, form: Option<Form>) -> Result<Self, Failure> {
        let bytes = files::read(path)?;
        let name = path.display().to_string();
        let problems: Vec<Problem> = dataset.problems.iter().chain(&dataset.not_chosen).cloned().collect();
        let is_whole = dataset.not_chosen.is_empty();
        let read = |on_invalid| Samples::parse(&name, &bytes, &problems, Reading { on_invalid, form, is_whole });
        let on_invalid = match on_invalid {
            OnInvalid::Fail => mend_model::OnInvalid::Fail,
            OnInvalid::Skip => mend_model::OnInvalid::Skip,
        };
        let samples = read(on_invalid).map_err(|error| {
            // Skipping helps only where something is left.
            let is_some_valid = read(mend_model::OnInvalid::Skip).is_ok();
            let hint = match error {
                SamplesError::Row(_) | SamplesError::UnknownProblem { .. } if is_some_valid => files::SKIP_INVALID,
                SamplesError::UnknownProblem { .. } => "no row is of this data set: is it the one that was sampled?",
                SamplesError::Row(_) | SamplesError::Empty { .. } => {
                    "`mend score --help` tells what a sample looks like"
                }
            };
            Failure::usage(error).hint(hint)
        })?;
        let skipped = samples.skipped().iter().map(ToString::to_string);
        files::tell_skipped(&name, "sample", skipped);
        Ok(Self::Samples(Arc::new(samples.only(&dataset.problems)), Some(absolute(path))))
    }
}

/// The path from the root.
pub fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// What it takes to seat models: prices, the way to their servers, and files of traffic.
pub struct Usher<'a> {
    dataset: &'a Dataset,
    on_invalid: OnInvalid,
    sampling: &'a BTreeMap<Seat, Sampling>,
    prices: &'a Prices,
    http: Http,
    /// The files that were used so far.
    pub files: TrafficFiles,
    tapes: BTreeMap<String, Arc<Tape>>,
}

impl<'a> Usher<'a> {
    /// Sets up the way to servers. Nothing is sent.
    pub fn new(
        dataset: &'a Dataset,
        on_invalid: OnInvalid,
        sampling: &'a BTreeMap<Seat, Sampling>,
        prices: &'a Prices,
        connections: &ConnectionArgs,
    ) -> Result<Self, Failure> {
        let http = Http::new(options(connections)).map_err(http_failure)?;
        let (files, tapes) = Default::default();
        Ok(Self { dataset, on_invalid, sampling, prices, http, files, tapes })
    }

    /// Finds a model for a role by what the user typed.
    pub fn seat(&mut self, name: &str, seat: Seat) -> Result<Seated, Failure> {
        if let Some(path) = name.strip_prefix("samples:") {
            return Seated::samples(Path::new(path), self.dataset, self.on_invalid, None);
        }
        if let Some(path) = name.strip_prefix("replay:") {
            return self.replay(path, seat);
        }
        if let Some(path) = name.strip_prefix("human:") {
            return self.human(path, seat);
        }
        if let Some(profile) = name.strip_prefix("sim/") {
            let Some(profile) = Profile::named(profile) else { return Err(unknown(name)) };
            return Ok(Seated::Simulated(Arc::new(SimulatedProgrammer::new(profile, &self.dataset.problems))));
        }
        let endpoint = Endpoint::find(name, &|variable| std::env::var(variable).ok()).map_err(|error| match error {
            EndpointError::UnknownProvider { .. } | EndpointError::NoModel { .. } => unknown(name),
            error => {
                let hint = error.hint();
                Failure::usage(error).hint(hint)
            }
        })?;
        let sampling = self.sampling.get(&seat).ok_or_else(|| Failure::usage(format!("nobody asks the {seat}")))?;
        let model = self.http.model(endpoint, sampling, self.prices.of(name)).map_err(http_failure)?;
        Ok(Seated::Outside(Arc::new(model)))
    }

    /// Whether a cassette answers for a model in a role.
    pub fn is_recorded(&mut self, path: &str, seat: Seat, model: &str) -> Result<bool, Failure> {
        Ok(self.tape(path)?.models().get(&seat).is_some_and(|recorded| recorded.identity.name == model))
    }

    fn tape(&mut self, path: &str) -> Result<Arc<Tape>, Failure> {
        if let Some(tape) = self.tapes.get(path) {
            return Ok(Arc::clone(tape));
        }
        let bytes = files::read(Path::new(path))?;
        let tape = Tape::read(path, &bytes).map_err(|error| {
            Failure::usage(error).hint("a cassette is a file that `mend run --record <file>` wrote")
        })?;
        let tape = Arc::new(tape);
        self.tapes.insert(path.to_owned(), Arc::clone(&tape));
        Ok(tape)
    }

    fn replay(&mut self, path: &str, seat: Seat) -> Result<Seated, Failure> {
        let tape = self.tape(path)?;
        let price = tape.models().get(&seat).and_then(|model| self.prices.of(&model.identity.name));
        let model = tape.model(seat, price).ok_or_else(|| {
            let seats: Vec<_> = tape.models().keys().map(ToString::to_string).collect();
            Failure::usage(format!("{path}: nothing was recorded for the role {seat}"))
                .hint(format!("it holds {}: run the strategy that was recorded", seats.join(", ")))
        })?;
        self.files.replay = Some(absolute(Path::new(path)));
        Ok(Seated::Outside(Arc::new(model)))
    }

    fn human(&mut self, path: &str, seat: Seat) -> Result<Seated, Failure> {
        if seat != Seat::CRITIC {
            let failure = Failure::usage(format!("`human:{path}` holds feedback, and the {seat} writes programs"));
            return Err(failure.hint("use it as `--critic human:<file>`"));
        }
        let file = Path::new(path);
        // A run can begin before anybody wrote anything.
        let bytes = if file.exists() { files::read(file)? } else { Vec::new() };
        let name = file.file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
        let human = HumanFeedback::parse(path, format!("human:{name}"), &bytes)
            .map_err(|error| Failure::usage(error).hint("`mend feedback todo <run>` writes a file of this form"))?;
        self.files.feedback = Some(absolute(file));
        Ok(Seated::Outside(Arc::new(human)))
    }

    /// Puts a cache in front of models whose answers cost something.
    pub fn cached(
        &mut self,
        seats: BTreeMap<Seat, Seated>,
        path: &Path,
        reuses: bool,
    ) -> Result<BTreeMap<Seat, Seated>, Failure> {
        let cache = Cache::open(path, reuses).map_err(Failure::usage)?;
        self.files.cache = Some(absolute(path));
        let front = |model: Arc<dyn Model>| -> Arc<dyn Model> {
            if model.is_free() { model } else { Arc::new(cache.model(model)) }
        };
        Ok(seats.into_iter().map(|(seat, seated)| (seat, seated.with_model(front))).collect())
    }

    /// Writes down what models answer. A cassette that a run goes on with grows; a new run's must be a new file.
    pub fn recorded(
        &mut self,
        seats: BTreeMap<Seat, Seated>,
        path: &Path,
        goes_on: bool,
    ) -> Result<BTreeMap<Seat, Seated>, Failure> {
        let name = path.display().to_string();
        let failed = |error: std::io::Error| Failure::usage(format!("cannot write {name}: {error}"));
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let mut existing = files::read(path)?;
        if !goes_on && !existing.is_empty() {
            let failure = Failure::usage(format!("{name}: exists already, and a cassette holds one run"));
            return Err(failure.hint("choose another file for `--record`, or delete this one"));
        }
        // A kill may have left a torn line.
        existing.truncate(existing.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        file.set_len(existing.len() as u64).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let recorded = |seat: &Seat, seated: &Seated| {
            let model = seated.model();
            let sampling = self.sampling.get(seat).cloned();
            let identity = mend_core::ModelIdentity { sampling, ..model.identity() };
            RecordedModel { identity, per_request: u32::try_from(model.per_request()).ok() }
        };
        let models = seats.iter().map(|(seat, seated)| (*seat, recorded(seat, seated))).collect();
        let recorder = Recorder::start(&name, &existing, Box::new(file), models).map_err(Failure::usage)?;
        self.files.record = Some(absolute(path));
        let record = |model: Arc<dyn Model>| -> Arc<dyn Model> { Arc::new(recorder.model(model)) };
        Ok(seats.into_iter().map(|(seat, seated)| (seat, seated.with_model(record))).collect())
    }
}

fn unknown(name: &str) -> Failure {
    let known = known_models();
    let failure = Failure::usage(format!("unknown model `{name}`"));
    let (provider, model) = name.split_once('/').unwrap_or(("", name));
    let is_of = |known: &&String| known.split_once('/').is_some_and(|(of, _)| of == provider);
    // Who names a provider rightly means one of its models, else another provider's model of that name.
    let is_known = known.iter().any(|known| is_of(&known));
    let meant = |known: &String| match known.split_once('/') {
        Some((provider, "<model>")) => format!("{provider}/{model}"),
        _ => known.clone(),
    };
    let candidates: Vec<String> = known.iter().filter(|known| !is_known || is_of(known)).map(meant).collect();
    failure.meant(name, candidates.iter().map(String::as_str), format!("known models: {}", known.join(", ")))
}

fn http_failure(error: HttpError) -> Failure {
    let hint = match &error {
        HttpError::Proxy { variable } => format!("unset {variable} to reach servers directly"),
        HttpError::Tls { .. } => "SSL_CERT_FILE names a file of root certificates".to_owned(),
        HttpError::Parameter { parameter, .. } => format!("leave out `--{parameter}` for this model"),
    };
    Failure::usage(error).hint(hint)
}

/// How servers are reached, with the proxies that the environment names.
fn options(args: &ConnectionArgs) -> HttpOptions {
    let variable = |names: [&str; 2]| {
        names.into_iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.trim().is_empty())
    };
    HttpOptions {
        max_connections: args.max_connections.get(),
        requests_per_minute: args.rpm,
        tokens_per_minute: args.tpm,
        attempt_timeout: args.request_timeout,
        patience: Patience { attempts: args.attempts.get(), deadline: args.request_deadline, ..Patience::default() },
        proxies: Proxies {
            http: variable(["http_proxy", "HTTP_PROXY"]),
            https: variable(["https_proxy", "HTTPS_PROXY"]),
            all: variable(["all_proxy", "ALL_PROXY"]),
            none: variable(["no_proxy", "NO_PROXY"]),
        },
    }
}

/// How the model of each seat samples, as typed: for all of them, and for single ones as `critic.temperature=0`.
pub fn sampling(args: &SamplingArgs, seats: &[Seat]) -> Result<BTreeMap<Seat, Sampling>, Failure> {
    let everybody = Sampling {
        top_p: args.top_p,
        stop: args.stop.clone(),
        reasoning_effort: args.reasoning_effort.clone(),
        omit: args.omit.iter().map(|omit| omit.as_str().to_owned()).collect(),
        per_request: args.completions_per_request,
        ..Sampling::new(args.temperature, Tokens(args.max_tokens.get()))
    };
    let mut sampling: BTreeMap<Seat, Sampling> = seats.iter().map(|seat| (*seat, everybody.clone())).collect();
    for typed in &args.of_seats {
        let form =
            || format!("`--sampling {typed}`: expected a seat, a parameter and a value, as in critic.temperature=0");
        let (place, value) = typed.split_once('=').ok_or_else(|| Failure::usage(form()))?;
        let (seat, parameter) = place.split_once('.').ok_or_else(|| Failure::usage(form()))?;
        let seat = seat_of(seat, seats, &format!("--sampling {typed}"))?;
        let one = sampling.get_mut(&seat).expect("the strategy asks this seat");
        let bad = |what: &str| Failure::usage(format!("`--sampling {typed}`: `{value}` is not {what}"));
        match parameter {
            "temperature" => {
                one.temperature = value
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite() && *number >= 0.0)
                    .ok_or_else(|| bad("a number from 0"))?;
            }
            "top_p" | "top-p" => {
                one.top_p = value
                    .parse()
                    .ok()
                    .filter(|number: &f64| *number > 0.0 && *number <= 1.0)
                    .ok_or_else(|| bad("a number above 0, at most 1"))?;
            }
            "max_tokens" | "max-tokens" => {
                let most = value.parse().ok().filter(|most| *most > 0).ok_or_else(|| bad("a whole number above 0"))?;
                one.max_tokens = Tokens(most);
            }
            "stop" => one.stop = vec![value.to_owned()],
            "reasoning_effort" | "reasoning-effort" => one.reasoning_effort = Some(value.to_owned()),
            _ => {
                let failure = Failure::usage(format!("`--sampling {typed}`: no parameter `{parameter}`"));
                return Err(failure.hint("known: temperature, top_p, max_tokens, stop, reasoning_effort"));
            }
        }
    }
    Ok(sampling)
}

/// A seat as typed, among those that a strategy asks. `option` is what names it.
pub fn seat_of(word: &str, seats: &[Seat], option: &str) -> Result<Seat, Failure> {
    let asked: Vec<String> = seats.iter().map(ToString::to_string).collect();
    let found = word.parse::<Seat>().ok().filter(|seat| seats.contains(seat));
    found.ok_or_else(|| {
        let failure = Failure::usage(format!("`{option}`: the strategy asks no `{word}`"));
        failure.hint(format!("it asks: {}", asked.join(", ")))
    })
}

/// What the numbers of a price file are.
pub const PRICES_ARE: &str = "in dollars for a million tokens";

/// Prices: those that a file names above the others.
pub fn prices(others: Prices, file: Option<&Path>) -> Result<Prices, Failure> {
    let Some(path) = file else { return Ok(others) };
    let bytes = files::read(path)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name}: not UTF-8")))?;
    others.with_file(&name, &text).map_err(|error| {
        let example = Prices::example("openai/gpt-4o");
        Failure::usage(error).hint(format!("a price file looks like this, {PRICES_ARE}:\n\n{example}"))
    })
}

/// A model's error as the user sees it.
pub fn model_failure(error: ModelError, folder: &Path) -> Failure {
    let is_passing = error.is_passing();
    let go_on = format!("`mend resume {}` goes on", folder.display());
    let decides_identity = |error: &ModelError| match error {
        ModelError::Provider(failure) => matches!(failure.kind, Kind::NotFound | Kind::BadRequest | Kind::TooLong),
        _ => true,
    };
    let hint = match error.hint() {
        Some(hint) if !decides_identity(&error) => format!("{hint}; then {go_on}"),
        Some(hint) => hint,
        None => format!("nothing that arrived is lost: {go_on}"),
    };
    let exit = if is_passing { Exit::Stopped } else { Exit::Usage };
    Failure::usage(error).with_exit(exit).hint(hint)
}
