//! What all requests share, and the router over it.

use crate::body::{Hold, Room};
use crate::config::Config;
use crate::counters::Counters;
use crate::guard::{Peer, admit};
use crate::judging::References;
use crate::library::Library;
use crate::queue::Queue;
use crate::refusal::Refusal;
use crate::routes;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mend_judge::SandboxJudge;
use mend_lab::Failure;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A judge with all that its callers share.
pub struct Service {
    pub(crate) config: Config,
    pub(crate) judge: Arc<SandboxJudge>,
    pub(crate) workers: usize,
    pub(crate) library: Library,
    pub(crate) queue: Arc<Queue>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) references: References,
    pub(crate) room: Arc<Room>,
    draining: AtomicBool,
}

/// The client of a request.
#[derive(Debug, Clone)]
pub(crate) struct Client(pub(crate) Arc<str>);

/// Paths that answer while the service ends.
const LAST: [&str; 2] = ["/health", "/metrics"];

/// The path that wants no token: whoever balances loads asks it.
const OPEN: &str = "/health";

impl Service {
    /// A service over a judge that was started with so many workers. `skipped` hears which problems of the data sets were
    /// left out.
    ///
    /// # Errors
    /// A data set that cannot be read.
    pub fn new(
        config: Config,
        judge: SandboxJudge,
        workers: NonZeroUsize,
        skipped: &mut dyn FnMut(mend_lab::Skipped),
    ) -> Result<Arc<Self>, Failure> {
        let judge = Arc::new(judge);
        let counters = Arc::new(Counters::default());
        let queue = Queue::new(Arc::clone(&judge), workers.get(), config.queue, Arc::clone(&counters));
        Ok(Arc::new(Self {
            library: Library::open(&config, skipped)?,
            room: Room::new(config.body_bytes, config.body_timeout),
            workers: workers.get(),
            references: References::default(),
            draining: AtomicBool::new(false),
            config,
            judge,
            queue,
            counters,
        }))
    }

    /// Whether it takes nothing new.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Takes nothing new from now on.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.queue.close();
    }

    /// Reads the body of a request.
    pub(crate) async fn body(&self, headers: &HeaderMap, body: Body) -> Result<(Vec<u8>, Hold), Refusal> {
        self.room.read(headers, body).await
    }

    /// All paths.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/health", get(routes::about::health))
            .route("/metrics", get(routes::about::metrics))
            .route("/openapi.json", get(routes::about::openapi))
            .route("/v1/datasets", get(routes::about::datasets))
            .route("/v1/datasets/{name}", get(routes::about::dataset))
            .route("/v1/judge", post(routes::judge::judge))
            .route("/v1/judge/batch", post(routes::batch::batch))
            .route("/run_code", post(routes::run_code::run_code))
            .route("/api/v2/execute", post(routes::piston::execute))
            .route("/api/v2/runtimes", get(routes::piston::runtimes))
            .route("/reward", post(routes::reward::reward))
            .route("/get_reward", post(routes::reward::reward))
            .fallback(not_found)
            .method_not_allowed_fallback(not_allowed)
            .layer(from_fn_with_state(Arc::clone(self), enter))
            .with_state(Arc::clone(self))
    }
}

/// What every request goes through.
async fn enter(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let path = routes::known(request.uri().path());
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::Process(None));
    let tokens = &service.config.tokens[..];
    let admitted = match path {
        // Where tokens are asked for, no name of this machine is.
        OPEN if !tokens.is_empty() => admit(Peer::Process(None), request.headers(), &[]),
        _ => admit(peer, request.headers(), tokens),
    };
    let response = match admitted {
        Err(refusal) => refusal.into_response(),
        Ok(_) if service.is_draining() && !LAST.contains(&path) => Refusal::shutting_down().into_response(),
        Ok(client) => {
            request.extensions_mut().insert(Client(client));
            next.run(request).await
        }
    };
    service.counters.answered(path, response.status().as_u16());
    response
}

async fn not_found() -> Refusal {
    let message = "there is nothing at this path: `/openapi.json` lists what there is";
    Refusal::new(StatusCode::NOT_FOUND, "not_found", message)
}

async fn not_allowed() -> Refusal {
    let message = "this path does not take that method: `/openapi.json` says which it takes";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}
