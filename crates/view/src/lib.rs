//! A server that shows the runs of a folder, to whoever sits at this machine.
//!
//! Read [`serve`] first. It answers GET alone, on an address of this machine, under names of this machine, and changes
//! nothing. Figures and comparisons are computed by whoever starts it ([`Makers`]), outside this process, so that the server stays small;
//! trees are read from the journal one at a time. What it shows is written by `mend-page`.

mod address;
mod answer;
mod compared;
mod folder;
mod guard;
mod routes;
mod run;
mod search;
mod seen;
mod shared;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use mend_page::{Parts, Served};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

use shared::Shared;

/// Computes the figures of a run's folder, or says why not.
pub type Figures = Arc<dyn Fn(&Path) -> Result<Parts, String> + Send + Sync>;

/// Compares two runs, each by its name and its folder, or says why not.
pub type Comparisons = Arc<dyn Fn([(&str, &Path); 2]) -> Result<Served, String> + Send + Sync>;

/// What computes, on behalf of the server and outside its process.
#[derive(Clone)]
pub struct Makers {
    /// The figures of a run.
    pub figures: Figures,
    /// The page of two runs against each other.
    pub comparison: Comparisons,
}

/// Serves the runs of a folder until the process ends.
///
/// # Errors
/// The folder cannot be read, or the listener fails.
pub async fn serve(listener: TcpListener, folder: &Path, makers: Makers) -> io::Result<()> {
    let shared = Arc::new(Shared::new(folder, listener.local_addr()?, makers)?);
    shared.index_what_is_there();
    let router = Router::new().fallback(answer).with_state(shared);
    axum::serve(listener, router).await
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let admitted = guard::admit(shared.port(), request.method(), request.uri(), request.headers());
    let answer = match admitted {
        Ok(()) => routes::route(&shared, request.uri()).await,
        Err(refusal) => refusal,
    };
    answer.into_response()
}
