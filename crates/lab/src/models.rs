//! From the names of models to models that can be asked, and the files that stand before or behind them.

use crate::data::{absolute, read_file};
use crate::failure::Failure;
use crate::observer::Observer;
use crate::seated::Seated;
use crate::spec::{Spec, base, people_of, simulated_of};
use mend_core::{ModelIdentity, OnInvalid, Part, Sampling, Seat, TrafficFiles};
use mend_dataset::Dataset;
use mend_model::{
    BatchOptions, Batches, Cache, Endpoint, EndpointError, Http, HttpError, HttpOptions, Kind, Model, ModelError,
    Patience, Prices, Profile, Proxies, RecordedModel, Recorder, SimulatedProgrammer, SwitchedPeople, Tape,
    known_models,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The variables of an environment, from which keys, addresses and proxies come.
pub type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// How servers are reached. Changes no number.
#[derive(Debug, Clone)]
pub struct Connections {
    /// Requests in flight at most.
    pub max_connections: NonZeroUsize,
    /// Requests a minute to each provider at most.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens a minute to each provider at most, counting each completion at its limit.
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Time for one attempt at a request.
    pub attempt_timeout: Duration,
    /// Time for all attempts at a request and the pauses between them.
    pub deadline: Duration,
    /// Attempts at one request at most.
    pub attempts: NonZeroU32,
    /// Whether providers are asked by their batch interfaces.
    pub batch: bool,
}

impl Connections {
    /// These many requests in flight at most, and otherwise patience enough for an interactive run.
    pub fn new(max_connections: NonZeroUsize) -> Self {
        Self {
            max_connections,
            requests_per_minute: None,
            tokens_per_minute: None,
            attempt_timeout: Duration::from_mins(10),
            deadline: Duration::from_hours(1),
            attempts: NonZeroU32::MIN.saturating_add(7),
            batch: false,
        }
    }
}

/// The way to models: how servers are reached, and where keys, addresses and proxies come from.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// How servers are reached.
    pub connections: &'a Connections,
    /// The variables that name keys, addresses and proxies. The library reads no environment by itself.
    pub variables: &'a Variables<'a>,
}

/// What it takes to seat models: prices, the way to their servers, and files of traffic.
pub struct Usher<'a> {
    dataset: &'a Dataset,
    on_invalid: OnInvalid,
    sampling: &'a BTreeMap<Seat, Sampling>,
    prices: &'a Prices,
    variables: &'a Variables<'a>,
    http: Http,
    /// The batches by which models are asked; `None` if each request is asked by itself.
    pub batches: Option<Arc<Batches>>,
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
        way: &Way<'a>,
    ) -> Result<Self, Failure> {
        let Way { connections, variables } = *way;
        let batches = connections.batch.then(|| Arc::new(Batches::new(BatchOptions::default())));
        let options = HttpOptions { batches: batches.clone(), ..options(connections, variables) };
        let http = Http::new(options).map_err(http_failure)?;
        let (files, tapes) = Default::default();
        Ok(Self { dataset, on_invalid, sampling, prices, variables, http, batches, files, tapes })
    }

    /// Finds a model for a role by what the user typed.
    pub fn seat(&mut self, name: &str, seat: Seat, observer: &mut dyn Observer) -> Result<Seated, Failure> {
        if let Some(path) = name.strip_prefix("samples:") {
            return Seated::samples(Path::new(path), self.dataset, self.on_invalid, (None, None), observer);
        }
        if let Some(path) = name.strip_prefix("replay:") {
            return self.replay(path, seat);
        }
        if let Some(people) = Spec::parse(name)? {
            return self.people(&people, seat, observer);
        }
        if let Some(profile) = name.strip_prefix("sim/") {
            let Some(profile) = Profile::named(profile) else { return Err(unknown(name)) };
            return Ok(Seated::Simulated(Arc::new(SimulatedProgrammer::new(profile, &self.dataset.problems))));
        }
        let endpoint = Endpoint::find(name, &|variable| (self.variables)(variable)).map_err(|error| match error {
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
        let bytes = read_file(Path::new(path))?;
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

    /// Seats people, or who stands for them.
    fn people(&mut self, spec: &Spec<'_>, seat: Seat, observer: &mut dyn Observer) -> Result<Seated, Failure> {
        if matches!(seat.part(), Part::Coder | Part::Repairer) {
            let failure = Failure::usage(format!(
                "`{}` holds feedback and answers, and the {seat} writes programs",
                spec.first()
            ));
            return Err(
                failure.hint("use it as `--critic human:<file>`, or in another seat: `--seat judge=human:<file>`")
            );
        }
        let model: Arc<dyn Model> = match spec {
            Spec::Human { file, then: None } => Arc::new(people_of(file, &base(file), true)?),
            Spec::Human { file, then: Some((then, after)) } => {
                let people = people_of(file, &spec.name(), true)?;
                let then = match then {
                    Some(path) => Some(simulated_of(path, &format!("simulated:{}", base(path)), None)?),
                    None => None,
                };
                Arc::new(SwitchedPeople::new(people, then, *after))
            }
            Spec::Simulated { file, writer: None } => Arc::new(simulated_of(file, &spec.name(), None)?),
            Spec::Simulated { file, writer: Some(writer) } => {
                let writer = self.seat(writer, seat, observer)?.model();
                Arc::new(simulated_of(file, &spec.name(), Some(writer))?)
            }
        };
        match spec {
            Spec::Human { file, then: None } if seat == Seat::CRITIC => {
                self.files.feedback = Some(absolute(Path::new(file)));
            }
            Spec::Human { file, then: None } => {
                self.files.people.insert(seat, absolute(Path::new(file)));
            }
            _ => {
                self.files.people.insert(seat, spec.absolute());
            }
        }
        Ok(Seated::Outside(model))
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
        let mut existing = read_file(path)?;
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
            let identity = ModelIdentity { sampling, ..model.identity() };
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
        HttpError::Parameter { parameter: "batch", .. } => {
            "leave out `--batch`, which is for openai, anthropic, and servers that speak as they do".to_owned()
        }
        HttpError::Parameter { parameter, .. } => format!("leave out `--{parameter}` for this model"),
    };
    Failure::usage(error).hint(hint)
}

/// How servers are reached, with the proxies that the variables name.
fn options(connections: &Connections, variables: &Variables<'_>) -> HttpOptions {
    let variable = |names: [&str; 2]| names.into_iter().find_map(variables).filter(|value| !value.trim().is_empty());
    HttpOptions {
        max_connections: connections.max_connections.get(),
        requests_per_minute: connections.requests_per_minute,
        tokens_per_minute: connections.tokens_per_minute,
        attempt_timeout: connections.attempt_timeout,
        patience: Patience {
            attempts: connections.attempts.get(),
            deadline: connections.deadline,
            ..Patience::default()
        },
        proxies: Proxies {
            http: variable(["http_proxy", "HTTP_PROXY"]),
            https: variable(["https_proxy", "HTTPS_PROXY"]),
            all: variable(["all_proxy", "ALL_PROXY"]),
            none: variable(["no_proxy", "NO_PROXY"]),
        },
        batches: None,
    }
}

/// What the numbers of a price file are.
pub(crate) const PRICES_ARE: &str = "in dollars for a million tokens";

/// Prices: those that a file names above the others.
pub fn prices(others: Prices, file: Option<&Path>) -> Result<Prices, Failure> {
    let Some(path) = file else { return Ok(others) };
    let bytes = read_file(path)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name}: not UTF-8")))?;
    others.with_file(&name, &text).map_err(|error| {
        let example = Prices::example("openai/gpt-4o");
        Failure::usage(error).hint(format!("a price file looks like this, {PRICES_ARE}:\n\n{example}"))
    })
}

/// A model's error as the user sees it.
pub(crate) fn model_failure(error: ModelError, folder: &Path) -> Failure {
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
    let failure = if is_passing { Failure::stopped(error) } else { Failure::usage(error) };
    failure.hint(hint)
}
