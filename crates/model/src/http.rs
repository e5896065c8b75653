//! Models behind HTTP. Read [`Http::new`], then the attempt in `model`.

mod batch;
mod errors;
mod learned;
mod model;
mod options;
mod response;

pub use model::HttpModel;
pub use options::{HttpError, HttpOptions, Proxies};

use crate::connections::Connections;
use crate::pace::Pace;
use crate::provider::{Endpoint, Protocol};
use learned::Learned;
use mend_core::{Price, Sampling};
use options::client;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

/// The version of Anthropic's interface that is spoken.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// The one client of a run, shared by all of its models.
#[derive(Debug, Clone)]
pub struct Http {
    direct: Client,
    proxied: Client,
    options: HttpOptions,
    /// By host and port.
    providers: Arc<Mutex<BTreeMap<String, Provider>>>,
    /// What was learnt of models, by address and name: all roles learn together.
    learned: Arc<Mutex<BTreeMap<(String, String), Learned>>>,
}

/// What the models of one provider share.
#[derive(Debug, Clone)]
struct Provider {
    connections: Connections,
    pace: Arc<Pace>,
}

impl Http {
    /// Sets the client up. Nothing is sent.
    ///
    /// # Errors
    /// A proxy that is none; no root certificates.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        // A second one in the process keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let proxied = client(&options, true)?;
        let direct = client(&options, false)?;
        Ok(Self { direct, proxied, options, providers: Arc::default(), learned: Arc::default() })
    }

    /// A model at its server.
    ///
    /// # Errors
    /// Parameters that its protocol does not have.
    pub fn model(&self, endpoint: Endpoint, sampling: &Sampling, price: Option<Price>) -> Result<HttpModel, HttpError> {
        let no = |parameter| HttpError::Parameter { model: endpoint.name.clone(), parameter };
        if endpoint.protocol == Protocol::Anthropic {
            if sampling.reasoning_effort.is_some() {
                return Err(no("reasoning-effort"));
            }
            if sampling.omit.contains("max-tokens") {
                return Err(no("omit max-tokens"));
            }
            if sampling.per_request.is_some_and(|n| n.get() > 1) {
                return Err(no("completions-per-request"));
            }
        }
        if self.options.batches.is_some() && !has_batches(&endpoint) {
            return Err(no("batch"));
        }
        let host = format!(
            "{}:{}",
            endpoint.url.host_str().unwrap_or_default(),
            endpoint.url.port_or_known_default().unwrap_or_default()
        );
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        let options = &self.options;
        let provider = providers.entry(host).or_insert_with(|| Provider {
            connections: Connections::new(options.max_connections),
            pace: Arc::new(Pace::new(options.requests_per_minute, options.tokens_per_minute)),
        });
        Ok(HttpModel {
            client: if endpoint.is_loopback() { self.direct.clone() } else { self.proxied.clone() },
            headers: headers(&endpoint),
            has_bound: !sampling.omit.contains("max-tokens"),
            per_request: sampling.per_request.map_or(endpoint.per_request, NonZeroU32::get),
            learned: {
                let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
                let known = learned.entry((endpoint.url.to_string(), endpoint.model.clone()));
                known.or_insert_with(|| Learned::new(&endpoint)).clone()
            },
            endpoint,
            price,
            provider: provider.clone(),
            attempt_timeout: options.attempt_timeout,
            patience: options.patience,
            batches: options.batches.clone(),
        })
    }
}

/// Whether a provider is known to have one of the two batch interfaces that are spoken.
fn has_batches(endpoint: &Endpoint) -> bool {
    let provider = endpoint.name.split('/').next().unwrap_or_default();
    matches!(provider, "openai" | "openai-api" | "anthropic" | "anthropic-api")
}

fn headers(endpoint: &Endpoint) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("mendbench/", env!("CARGO_PKG_VERSION"))));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if endpoint.protocol == Protocol::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
    }
    if let Some(key) = &endpoint.key {
        let (name, value) = match endpoint.protocol {
            Protocol::OpenAi => (reqwest::header::AUTHORIZATION, format!("Bearer {}", key.expose())),
            Protocol::Anthropic => (HeaderName::from_static("x-api-key"), key.expose().to_owned()),
        };
        let mut value = HeaderValue::try_from(value).expect("an endpoint's key is printable ASCII");
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers
}
