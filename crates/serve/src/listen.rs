//! Connections: where they come from, how long they may keep silent, and how they end.

use crate::guard::Peer;
use crate::service::Service;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// How long the head of a request may take, and an open connection may keep silent.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);

/// How long open connections may take to get their last answers.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long to wait where the system has no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(50);

/// Where a service listens.
#[derive(Debug)]
pub enum Listener {
    /// At an address.
    Tcp(TcpListener),
    /// At a socket in the file system.
    Unix(UnixListener),
}

impl Listener {
    async fn accept(&self) -> io::Result<(Socket, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address): (_, SocketAddr) = listener.accept().await?;
                // Answers are one write each.
                let _ = stream.set_nodelay(true);
                Ok((Socket::Tcp(stream), Peer::Address(address.ip().to_canonical())))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let process = stream.peer_cred().ok().and_then(|owner| owner.pid());
                Ok((Socket::Unix(stream), Peer::Process(process)))
            }
        }
    }
}

enum Socket {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

/// Serves until `end` is done, then finishes what runs: nothing new is taken, and after the time for it whatever is left is
/// ended. `at_once` ends that wait.
pub async fn serve(
    service: Arc<Service>,
    listener: Listener,
    end: impl Future<Output = ()>,
    at_once: impl Future<Output = ()>,
) {
    let router = service.router();
    let (closing, closed) = watch::channel(false);
    let places = Arc::new(Semaphore::new(service.config.connections));
    let mut connections = JoinSet::new();
    let accepting = accept_all(&service, &listener, &router, &places, &closed, &mut connections);
    {
        let mut accepting = pin!(accepting);
        tokio::select! {
            () = &mut accepting => {}
            () = end => {}
        }
        service.drain();
        tracing::info!("the service ends: what runs is finished");
        // Whoever asks meanwhile hears that it ends.
        tokio::select! {
            () = &mut accepting => {}
            () = service.queue.emptied() => {}
            () = tokio::time::sleep(service.config.drain) => {}
            () = at_once => {}
        }
    }
    service.queue.abandon();
    drop(listener);
    closing.send_replace(true);
    let gone = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_WORDS, gone).await;
    connections.shutdown().await;
    // What was ended has to go before the judge's threads can.
    let _ = tokio::time::timeout(LAST_WORDS, service.queue.emptied()).await;
}

async fn accept_all(
    service: &Arc<Service>,
    listener: &Listener,
    router: &Router,
    places: &Arc<Semaphore>,
    closed: &watch::Receiver<bool>,
    connections: &mut JoinSet<()>,
) {
    loop {
        // Those beyond wait with the system.
        let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
        while connections.try_join_next().is_some() {}
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Whoever went before it was accepted, or a limit on open files that others may free.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_ROOM).await;
                continue;
            }
        };
        let (service, router, closed) = (Arc::clone(service), router.clone(), closed.clone());
        connections.spawn(async move {
            service.counters.connections.fetch_add(1, Ordering::Relaxed);
            match socket {
                Socket::Tcp(stream) => connection(stream, peer, router, closed).await,
                Socket::Unix(stream) => connection(stream, peer, router, closed).await,
            }
            service.counters.connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
}

/// Serves one connection. Where it goes, hyper drops what it asked, and with that its place in the queue.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    mut closed: watch::Receiver<bool>,
) {
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answer));
    let closing = async {
        // Whoever would close has gone, else.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
