//! A server on this machine that speaks the providers' protocols and serves simulated programmers.
//!
//! `mend sim-server` is its well-behaved part. Tests give it a [`Script`], and it misbehaves on command. Read
//! [`Server::start`] first. What it serves is a simulation: it answers only to models whose names begin with `sim/`,
//! and says so in every answer.

mod answers;
mod batches;
mod faults;
mod protocols;
mod responses;

pub use faults::{Fault, Seen};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use mend_core::Problem;
use mend_model::{Profile, SimulatedProgrammer, profile_names};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Decides what goes wrong with a request; `None` for nothing.
pub type Script = Arc<dyn Fn(&Seen) -> Option<Fault> + Send + Sync>;

/// Decides what goes wrong with a call of a batch interface, such as `POST /v1/batches`, by how often it came before.
pub type AroundBatches = Arc<dyn Fn(&str, u32) -> Option<Fault> + Send + Sync>;

/// Whoever answers.
pub(crate) struct Service {
    programmers: BTreeMap<String, SimulatedProgrammer>,
    script: Option<Script>,
    /// A text that every answer is, instead of what a programmer writes.
    canned: Option<String>,
    latency: Option<Duration>,
    seen: Mutex<Vec<Seen>>,
    batches: Mutex<batches::Store>,
    batch_looks: u32,
    around_batches: Option<AroundBatches>,
}

/// How a server behaves.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// What goes wrong.
    pub script: Option<Script>,
    /// A text that every answer is, at next to no cost, instead of what a programmer writes.
    pub canned: Option<String>,
    /// How long every answer takes at least.
    pub latency: Option<Duration>,
    /// How often somebody must look at a batch until it has ended; 0 for once.
    pub batch_looks: u32,
    /// What goes wrong with calls of the batch interfaces. What a script says of a request holds within batches, too.
    pub around_batches: Option<AroundBatches>,
}

impl Service {
    fn new(problems: &[Problem], behaviour: Behaviour) -> Self {
        let programmer = |name: &str| {
            let profile = Profile::named(name)?;
            Some((format!("sim/{name}"), SimulatedProgrammer::new(profile, problems)))
        };
        Self {
            programmers: profile_names().into_iter().filter_map(programmer).collect(),
            script: behaviour.script,
            canned: behaviour.canned,
            latency: behaviour.latency,
            seen: Mutex::default(),
            batches: Mutex::default(),
            batch_looks: behaviour.batch_looks,
            around_batches: behaviour.around_batches,
        }
    }

    /// Notes a request and decides what goes wrong with it.
    fn look(&self, seen: Seen) -> Option<Fault> {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = Seen { attempt: all.iter().filter(|earlier| earlier.body == seen.body).count() as u32, ..seen };
        let fault = self.script.as_ref().and_then(|script| script(&seen));
        if self.script.is_some() {
            all.push(Seen { fault: fault.clone(), ..seen });
        }
        fault
    }
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/messages", post(anthropic))
        .route("/v1/files", post(batches::upload))
        .route("/v1/files/{id}/content", get(batches::content))
        .route("/v1/batches", post(batches::openai).get(batches::openai_list))
        .route("/v1/batches/{id}", get(batches::look))
        .route("/v1/messages/batches", post(batches::anthropic).get(batches::anthropic_list))
        .route("/v1/messages/batches/{id}", get(batches::look))
        .route("/v1/messages/batches/{id}/results", get(batches::results))
        .route("/v1/models", get(models))
        .layer(DefaultBodyLimit::disable())
        .fallback(unknown)
        .with_state(service)
}

async fn openai(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    answers::answer(&service, protocols::Language::OpenAi, &headers, &body).await
}

async fn anthropic(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    answers::answer(&service, protocols::Language::Anthropic, &headers, &body).await
}

async fn models(State(service): State<Arc<Service>>) -> Response {
    answers::models(&service)
}

async fn unknown() -> Response {
    responses::error(protocols::Language::OpenAi, 404, "there is nothing at this address", None)
}

/// Serves until the process ends.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: TcpListener, problems: &[Problem], behaviour: Behaviour) -> io::Result<()> {
    axum::serve(listener, router(Arc::new(Service::new(problems, behaviour)))).await
}

/// A server that runs in a thread of its own until it is dropped.
pub struct Server {
    address: SocketAddr,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port, or no thread.
    pub fn start(problems: &[Problem], behaviour: Behaviour) -> io::Result<Self> {
        let service = Arc::new(Service::new(problems, behaviour));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let app = router(Arc::clone(&service));
        let thread = std::thread::Builder::new().name("loopback".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = async { axum::serve(listener, app).await } => {}
                    _ = stopped => {}
                }
            });
            // Stalled answers are not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, service, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, as `<NAME>_BASE_URL` wants it for OpenAI's protocol.
    pub fn openai_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Its base URL for Anthropic's protocol.
    pub fn anthropic_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, if there is a script.
    pub fn seen(&self) -> Vec<Seen> {
        self.service.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that panicked fails the test that asked it.
            let _ = thread.join();
        }
    }
}
