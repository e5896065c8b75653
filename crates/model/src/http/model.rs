//! A model at a server: one attempt at a request, and what it says about itself.

use super::Provider;
use super::errors::{self, of_told, of_transport, shortened};
use super::learned::Learned;
use super::response::{MAX_BODY_BYTES, Response};
use crate::connections::Outcome;
use crate::failure::{Failure, Kind};
use crate::hints::{RateHeaders, now};
use crate::protocol::{self, Choice, Dialect, Parsed, Told, Unreadable};
use crate::provider::Endpoint;
use crate::{Answer, Batches, Model, ModelError, Oddity, Patience, Request, Turn};
use mend_core::{Completion, Cost, FinishReason, ModelIdentity, Price, Tokens, Usage, Usd};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder};
use std::sync::Arc;
use std::time::Duration;

/// The status that an error amounts to which says neither a number nor a word that is known.
const UNSAID: u16 = 500;

/// How long all attempts at a request may take that batches hold.
const BATCHES_DEADLINE: Duration = Duration::from_hours(24 * 7);

/// A model at a server.
#[derive(Debug, Clone)]
pub struct HttpModel {
    pub(super) client: Client,
    pub(super) headers: HeaderMap,
    pub(super) endpoint: Endpoint,
    pub(super) price: Option<Price>,
    pub(super) provider: Provider,
    pub(super) attempt_timeout: Duration,
    pub(super) patience: Patience,
    pub(super) per_request: u32,
    pub(super) has_bound: bool,
    pub(super) learned: Learned,
    pub(super) batches: Option<Arc<Batches>>,
}

impl HttpModel {
    async fn attempt(&self, request: &Request) -> Result<Answer, ModelError> {
        if let Some(pause) = self.paused().filter(|pause| *pause > self.patience.deadline) {
            let detail = "its headers said that nothing is left";
            let failure = self.failure(Kind::RateLimited, detail, &Told::default(), request);
            return Err(Failure { retry_after: Some(pause), ..failure }.into());
        }
        let dialect = self.learned.dialect();
        let body = protocol::body(&self.endpoint, request, dialect).to_string();
        let nothing = Told::default();
        let exchanged = tokio::time::timeout(self.attempt_timeout, self.exchange(body)).await;
        let Ok(exchanged) = exchanged else {
            let detail = format!("after {:?}", self.attempt_timeout);
            return Err(self.failure(Kind::TimedOut, &detail, &nothing, request).into());
        };
        let mut response = exchanged.map_err(|error| {
            let (kind, detail) = of_transport(&error);
            self.failure(kind, &detail, &nothing, request)
        })?;
        response.unpack().map_err(|(kind, why)| self.failure(kind, &why, &nothing, request))?;
        if let Some(key) = &self.endpoint.key {
            response.body = key.redact_bytes(response.body);
        }
        if !response.is_success() {
            let told = protocol::error_of(&response.body);
            let status = response.status;
            return self.refused(status, &told, Usage::default(), &response, dialect, request);
        }
        self.read_answer(&response, dialect, request)
    }

    /// What a response says that is a success by its status.
    pub(super) fn read_answer(
        &self,
        response: &Response,
        dialect: Dialect,
        request: &Request,
    ) -> Result<Answer, ModelError> {
        let (asked, nothing) = (request.slots.len(), Told::default());
        match protocol::parse(self.endpoint.protocol, &response.body, &response.content_type, asked) {
            Ok(parsed) => Ok(self.answer(parsed, request, &response.body)),
            // As if it had come with that status.
            Err(Unreadable::Told { told, usage }) => {
                let status = told.status().unwrap_or(UNSAID);
                self.refused(status, &told, usage, response, dialect, request)
            }
            Err(Unreadable::Not { kind, why, usage }) => {
                let failure = self.failure(kind, &why, &nothing, request);
                Err(Failure { billed: self.bill(&usage, request), ..failure }.into())
            }
        }
    }

    /// What becomes of an error that a server tells of, by its status or in its body.
    pub(super) fn refused(
        &self,
        status: u16,
        told: &Told,
        usage: Usage,
        response: &Response,
        dialect: Dialect,
        request: &Request,
    ) -> Result<Answer, ModelError> {
        if let Some(answer) = filtered(status, told, &response.body, request) {
            return Ok(answer);
        }
        let (mut kind, mut detail) = of_told(status, told);
        if response.is_success() {
            detail = format!("an error in an answer with status {}: {detail}", response.status);
        }
        if kind == Kind::BadRequest
            && let Some(change) = self.learned.learn(self.endpoint.protocol, dialect, request, told)
        {
            kind = Kind::OtherWords;
            detail = format!("{detail}; {change}");
        }
        let retry_after = response.retry_after.or(told.wait).filter(|_| kind.may_ask_to_wait());
        if let Some(pause) = retry_after.filter(|_| matches!(kind, Kind::RateLimited | Kind::Overloaded)) {
            self.provider.connections.pause(pause);
        }
        let failure = self.failure(kind, &detail, told, request);
        Err(Failure { retry_after, billed: self.bill(&usage, request), ..failure }.into())
    }

    /// Sends and reads to the last byte.
    async fn exchange(&self, body: String) -> Result<Response, reqwest::Error> {
        let request = self.client.post(self.endpoint.url.clone()).headers(self.headers.clone()).body(body);
        self.read_whole(request, MAX_BODY_BYTES).await
    }

    /// Sends and reads to the last byte, or so many.
    pub(super) async fn read_whole(&self, request: RequestBuilder, most: usize) -> Result<Response, reqwest::Error> {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let text = |name| header(name).unwrap_or_default().to_owned();
        let (content_type, encoding) = (text(CONTENT_TYPE.as_str()), text(CONTENT_ENCODING.as_str()));
        let read = RateHeaders { header, now: now() };
        if let Some(pause) = read.used_up() {
            self.provider.connections.pause(pause);
        }
        let retry_after = read.retry_after();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = most.saturating_sub(body.len());
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                // What is read of it is no JSON any more, and told as such.
                break;
            }
        }
        Ok(Response { status, content_type, encoding, body, retry_after })
    }

    fn answer(&self, parsed: Parsed, request: &Request, body: &[u8]) -> Answer {
        let usage = parsed.usage;
        let mut oddities = parsed.oddities.clone();
        if usage.billed().is_none() {
            oddities.push(Oddity::plain("an answer came without its usage and is charged at its worst case"));
        }
        let (got, asked) = (parsed.choices.len(), request.slots.len());
        if got < asked {
            oddities.push(Oddity::plain(
                "fewer completions came than one request asked for: the others are asked for again",
            ));
        }
        let most = Tokens(request.sampling.max_tokens.0.saturating_mul(got as u64));
        if let Some(completion) = usage.completion.filter(|completion| self.has_bound && *completion > most) {
            oddities.push(Oddity {
                what: "an answer is longer than `--max-tokens` allows: the server does not keep to that limit"
                    .to_owned(),
                example: format!("{completion} tokens where {most} were allowed"),
            });
        }
        let bill = self.price.and_then(|price| price.of(&usage));
        let mut completions = parsed.completions(request.prompt_tokens());
        if let Some(bill) = bill {
            price_shares(&mut completions, bill, &usage, self.price);
        }
        let answer = Answer::of(completions);
        let cost = answer.cost.map(|cost| Cost { usd: bill, ..cost });
        Answer { cost, body: Some(String::from_utf8_lossy(body).into_owned()), oddities, ..answer }
    }

    /// What a server reports for a request that came to nothing, each completion with its full prompt.
    fn bill(&self, usage: &Usage, request: &Request) -> Option<Cost> {
        let prompts = Tokens(usage.prompt?.0.saturating_mul(request.slots.len() as u64));
        Some(Cost { tokens: prompts + usage.completion?, usd: self.price.and_then(|price| price.of(usage)) })
    }

    pub(super) fn failure(&self, kind: Kind, detail: &str, told: &Told, request: &Request) -> Failure {
        let detail = self.clean(shortened(detail));
        let hint = errors::hint(kind, told, &self.endpoint, request);
        Failure { model: self.endpoint.name.clone(), kind, detail, retry_after: None, billed: None, hint }
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
        if self.batches.is_some() {
            // A batch takes as many as there are.
            return Turn::default();
        }
        let output = request.sampling.max_tokens.0.saturating_mul(request.slots.len() as u64);
        self.provider.pace.wait(|| request.prompt_tokens() + Tokens(output)).await;
        Turn::holding(self.provider.connections.free(self.patience.deadline).await)
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        if let Some(batches) = &self.batches {
            return self.batched(batches, request).await;
        }
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

    fn keeps_answers(&self) -> bool {
        self.batches.is_some()
    }

    fn per_request(&self) -> usize {
        if self.learned.dialect().takes_several { self.per_request.max(1) as usize } else { 1 }
    }

    fn patience(&self) -> Patience {
        // A batch that expires has taken a day, and its requests are asked again.
        let deadline = if self.batches.is_some() { BATCHES_DEADLINE } else { self.patience.deadline };
        Patience { deadline, ..self.patience }
    }

    fn paused(&self) -> Option<Duration> {
        self.provider.connections.paused()
    }
}

/// A prompt that the provider's filter stopped: an answer without text, not billed.
fn filtered(status: u16, told: &Told, body: &[u8], request: &Request) -> Option<Answer> {
    const FILTERS: [&str; 2] = ["content_filter", "content_policy_violation"];
    let is_filter = told.words.iter().any(|word| FILTERS.contains(&word.as_str()));
    if status != 400 || !is_filter {
        return None;
    }
    let choice = || Choice { text: String::new(), finish_reason: FinishReason::ContentFilter, replaced: 0 };
    let choices = request.slots.iter().map(|_| choice()).collect();
    let parsed = Parsed { choices, usage: Usage::default(), served_model: None, oddities: Vec::new() };
    let completions = parsed.completions(request.prompt_tokens());
    let body = Some(String::from_utf8_lossy(body).into_owned());
    Some(Answer { cost: Some(Cost::ZERO), body, ..Answer::of(completions) })
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
