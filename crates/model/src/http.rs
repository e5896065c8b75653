//! Models behind HTTP. Read [`Http::new`], then the attempt in `HttpModel::attempt`.

mod errors;

use crate::connections::{Connections, Outcome};
use crate::failure::{Failure, Kind};
use crate::pace::{Pace, RateHeaders};
use crate::protocol::{self, Parsed};
use crate::provider::{Endpoint, Protocol};
use crate::{Answer, Model, ModelError, Patience, Request, Turn};
use errors::{of_status, of_transport};
use mend_core::Price;
use mend_core::{Completion, Cost, FinishReason, ModelIdentity, Sampling, Tokens, Usage, Usd};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, NoProxy, Proxy, redirect};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest response that is read.
const MAX_BODY_BYTES: usize = 64 << 20;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The version of Anthropic's interface that is spoken.
const ANTHROPIC_VERSION: &str = "2023-06-01";

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

/// The one client of a run, shared by all of its models.
#[derive(Debug, Clone)]
pub struct Http {
    direct: Client,
    proxied: Client,
    options: HttpOptions,
    /// By host and port.
    providers: Arc<Mutex<BTreeMap<String, Provider>>>,
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
        Ok(Self { direct, proxied, options, providers: Arc::default() })
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
            endpoint,
            price,
            provider: provider.clone(),
            attempt_timeout: options.attempt_timeout,
            patience: options.patience,
        })
    }
}

/// Root certificates are those of the machine, or those that SSL_CERT_FILE names.
fn client(options: &HttpOptions, is_proxied: bool) -> Result<Client, HttpError> {
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

/// A model at a server.
#[derive(Debug, Clone)]
pub struct HttpModel {
    client: Client,
    headers: HeaderMap,
    endpoint: Endpoint,
    price: Option<Price>,
    provider: Provider,
    attempt_timeout: Duration,
    patience: Patience,
    per_request: u32,
    has_bound: bool,
}

/// A response that came whole.
struct Response {
    status: u16,
    content_type: String,
    body: Vec<u8>,
    retry_after: Option<Duration>,
}

impl HttpModel {
    /// Whether each request limits its completion, so that a budget can be kept.
    pub fn has_output_bound(&self) -> bool {
        self.has_bound
    }

    /// Whether its price is known.
    pub fn is_priced(&self) -> bool {
        self.price.is_some()
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, ModelError> {
        let body = protocol::body(&self.endpoint, request).to_string();
        let response = if let Ok(response) = tokio::time::timeout(self.attempt_timeout, self.exchange(body)).await {
            response.map_err(|error| self.failure(of_transport(&error)))?
        } else {
            let detail = format!("after {:?}", self.attempt_timeout);
            return Err(self.failure((Kind::TimedOut, detail)));
        };
        let body = match &self.endpoint.key {
            Some(key) => key.redact_bytes(response.body),
            None => response.body,
        };
        let text = String::from_utf8_lossy(&body).into_owned();
        if response.status != 200 {
            if let Some(answer) = filtered(response.status, &text, request) {
                return Ok(answer);
            }
            let (kind, detail) = of_status(response.status, &text);
            let failure = self.failure((kind, detail));
            return Err(match failure {
                ModelError::Provider(failure) => Failure { retry_after: response.retry_after, ..*failure }.into(),
                other => other,
            });
        }
        let asked = request.slots.len();
        let parsed = protocol::parse(self.endpoint.protocol, &body, asked).map_err(|unreadable| {
            let is_json = response.content_type.is_empty() || response.content_type.contains("json");
            let why = if unreadable.kind == Kind::Garbled && !is_json {
                format!("it is `{}` and not JSON", response.content_type)
            } else {
                unreadable.why
            };
            self.failure((unreadable.kind, why))
        })?;
        Ok(self.answer(parsed, request, text))
    }

    /// Sends and reads to the last byte.
    async fn exchange(&self, body: String) -> Result<Response, reqwest::Error> {
        let sent = self.client.post(self.endpoint.url.clone()).headers(self.headers.clone()).body(body).send();
        let mut response = sent.await?;
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let content_type = response.headers().get(CONTENT_TYPE).and_then(text).unwrap_or_default();
        let retry_after = self.heed(response.headers(), status);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = MAX_BODY_BYTES.saturating_sub(bytes.len());
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                // What is read of it is no JSON any more, and told as such.
                break;
            }
        }
        Ok(Response { status, content_type, body: bytes, retry_after })
    }

    /// Does what a response's headers ask for.
    fn heed(&self, headers: &HeaderMap, status: u16) -> Option<Duration> {
        let read =
            RateHeaders { header: |name: &str| headers.get(name).and_then(|value| value.to_str().ok()), now: now() };
        let retry_after = if status == 200 { None } else { read.retry_after() };
        if let Some(pause) = retry_after.filter(|_| matches!(status, 429 | 503 | 529)).max(read.used_up()) {
            self.provider.connections.pause(pause);
        }
        retry_after
    }

    fn answer(&self, parsed: Parsed, request: &Request, body: String) -> Answer {
        let usage = parsed.usage;
        let bill = self.price.and_then(|price| price.of(&usage));
        let mut completions = parsed.completions(request.prompt_tokens());
        if let Some(bill) = bill {
            price_shares(&mut completions, bill, &usage, self.price);
        }
        if usage.billed().is_none() {
            tracing::warn!(model = self.endpoint.name, "no usage reported: charged at the worst case");
        }
        let answer = Answer::of(completions);
        let cost = answer.cost.map(|cost| Cost { usd: bill, ..cost });
        Answer { cost, body: Some(body), ..answer }
    }

    fn failure(&self, (kind, detail): (Kind, String)) -> ModelError {
        let detail = self.clean(detail);
        let hint = errors::hint(kind, &detail, &self.endpoint);
        Failure { model: self.endpoint.name.clone(), kind, detail, retry_after: None, hint }.into()
    }

    /// A server's text without the key, should it be there.
    fn clean(&self, text: String) -> String {
        match &self.endpoint.key {
            Some(key) => key.redact(text),
            None => text,
        }
    }
}

#[async_trait::async_trait]
impl Model for HttpModel {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            name: self.endpoint.name.clone(),
            simulated: self.endpoint.is_simulated(),
            digest: None,
            sampling: None,
        }
    }

    async fn turn(&self, request: &Request) -> Turn {
        let output = request.sampling.max_tokens.0.saturating_mul(request.slots.len() as u64);
        self.provider.pace.wait(|| request.prompt_tokens() + Tokens(output)).await;
        Turn::holding(self.provider.connections.free().await)
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let era = self.provider.connections.era();
        let reply = self.attempt(request).await;
        let outcome = match &reply {
            Ok(_) => Outcome::Good,
            Err(ModelError::Provider(failure)) if failure.kind.rule().is_congestion => Outcome::Congested,
            Err(_) => Outcome::Other,
        };
        self.provider.connections.learn(outcome, era);
        reply
    }

    fn worst_case(&self, request: &Request) -> Cost {
        let outputs = Tokens(request.sampling.max_tokens.0.saturating_mul(request.slots.len() as u64));
        let usd = self.price.map(|price| price.worst(request.prompt_bound(), outputs));
        Cost { tokens: request.worst_case(), usd }
    }

    fn is_free(&self) -> bool {
        false
    }

    fn per_request(&self) -> usize {
        self.per_request.max(1) as usize
    }

    fn patience(&self) -> Patience {
        self.patience
    }
}

/// A prompt that the provider's filter stopped: an answer without text, not billed.
fn filtered(status: u16, body: &str, request: &Request) -> Option<Answer> {
    let (_, code) = protocol::error_of(body);
    let is_filter = matches!(code.as_deref(), Some("content_filter" | "content_policy_violation"));
    if status != 400 || !is_filter {
        return None;
    }
    let choice = || protocol::Choice { text: String::new(), finish_reason: FinishReason::ContentFilter, replaced: 0 };
    let choices = request.slots.iter().map(|_| choice()).collect();
    let parsed = Parsed { choices, usage: Usage::default(), served_model: None };
    let completions = parsed.completions(request.prompt_tokens());
    Some(Answer { cost: Some(Cost::ZERO), body: Some(body.to_owned()), ..Answer::of(completions) })
}

/// Gives each completion its share of the bill: an equal one of the prompt, and that of its own output.
fn price_shares(completions: &mut [Completion], bill: Usd, usage: &Usage, price: Option<Price>) {
    let Some(price) = price else { return };
    let prompt = price.of(&Usage { completion: Some(Tokens(0)), ..*usage }).unwrap_or_default();
    let prompts: Vec<Usd> = prompt.split(completions.len() as u64).collect();
    let mut left = bill;
    let last = completions.len().saturating_sub(1);
    for (index, (completion, prompt)) in completions.iter_mut().zip(prompts).enumerate() {
        let output = Usage { prompt: Some(Tokens(0)), cached: None, ..completion.usage };
        let share = prompt + price.of(&output).unwrap_or_default();
        // Whole tokens at whole prices: the last share is what is left, to the smallest unit.
        completion.usd = Some(if index == last { left } else { share });
        left = left - share;
    }
}

#[expect(clippy::disallowed_methods, reason = "a server's headers name the time of day; it reaches no number")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}
