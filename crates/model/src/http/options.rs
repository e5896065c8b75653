//! How servers are reached: connections, time, proxies and certificates. Decides no number.

use super::errors;
use crate::{Batches, Patience};
use reqwest::{Client, NoProxy, Proxy, redirect};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How providers are reached. Decides no number.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Connections to each provider at most.
    pub max_connections: usize,
    /// Requests a minute to each provider at most.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens a minute to each provider at most.
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Time for one attempt, from sending it to the last byte of its answer.
    pub attempt_timeout: Duration,
    /// How long to try.
    pub patience: Patience,
    /// The proxies on the way. Addresses of this machine are reached without.
    pub proxies: Proxies,
    /// The batches by which requests are asked; `None` to ask each by itself.
    pub batches: Option<Arc<Batches>>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
            requests_per_minute: None,
            tokens_per_minute: None,
            attempt_timeout: Duration::from_mins(10),
            patience: Patience::default(),
            proxies: Proxies::default(),
            batches: None,
        }
    }
}

/// The proxies that the environment names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// HTTP_PROXY: for `http://`.
    pub http: Option<String>,
    /// HTTPS_PROXY: for `https://`.
    pub https: Option<String>,
    /// ALL_PROXY: for both, where the others are not set.
    pub all: Option<String>,
    /// NO_PROXY: hosts that are reached without.
    pub none: Option<String>,
}

impl std::fmt::Debug for Proxies {
    /// Addresses of proxies may hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_set = [&self.http, &self.https, &self.all].iter().any(|proxy| proxy.is_some());
        f.write_str(if is_set { "Proxies(set)" } else { "Proxies(none)" })
    }
}

/// What cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// A proxy's address is none.
    #[error("the proxy in {variable} is not usable: expected `http://host:port`, `https://...` or `socks5://...`")]
    Proxy {
        /// The variable that names it.
        variable: &'static str,
    },
    /// No TLS.
    #[error("cannot set up secure connections: {why}")]
    Tls {
        /// What is wrong.
        why: String,
    },
    /// A parameter that the provider's protocol does not have.
    #[error("`{model}` cannot be asked with `--{parameter}`: its provider's interface has no such parameter")]
    Parameter {
        /// The model.
        model: String,
        /// The flag.
        parameter: &'static str,
    },
}

/// Root certificates are those of the machine, or those that SSL_CERT_FILE names.
pub(super) fn client(options: &HttpOptions, is_proxied: bool) -> Result<Client, HttpError> {
    let mut builder = Client::builder()
        // A key must not follow to another address.
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT.min(options.attempt_timeout))
        .pool_max_idle_per_host(options.max_connections)
        .tcp_nodelay(true);
    if is_proxied {
        let proxies = &options.proxies;
        let none = proxies.none.as_deref().and_then(NoProxy::from_string);
        let some = [
            ("HTTP_PROXY", &proxies.http, Proxy::http as fn(String) -> reqwest::Result<Proxy>),
            ("HTTPS_PROXY", &proxies.https, Proxy::https),
            ("ALL_PROXY", &proxies.all, Proxy::all),
        ];
        for (variable, address, proxy) in some {
            let Some(address) = address.clone().filter(|address| !address.trim().is_empty()) else { continue };
            let has_scheme = ["http://", "https://", "socks5://", "socks5h://"].iter().any(|s| address.starts_with(s));
            let proxy = proxy(address).ok().filter(|_| has_scheme).ok_or(HttpError::Proxy { variable })?;
            builder = builder.proxy(proxy.no_proxy(none.clone()));
        }
    }
    builder.build().map_err(|error| HttpError::Tls { why: errors::chain(&error) })
}
