//! Which server a model's name stands for. Read [`Endpoint::find`].
//!
//! Names of variables and addresses are those of the providers' own clients, where they have some.

use crate::Secret;
use reqwest::Url;
use std::net::IpAddr;

/// The language that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OpenAI's chat completions.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// Which parameter carries the seed of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeedField {
    Seed,
    RandomSeed,
}

/// What is known of a provider.
#[derive(Debug, Clone, Copy)]
struct Preset {
    name: &'static str,
    base_url: Option<&'static str>,
    /// What follows the base URL.
    path: &'static str,
    protocol: Protocol,
    needs_key: bool,
    /// The most completions of one request.
    per_request: u32,
    seed: Option<SeedField>,
    /// Whether the limit of tokens is called `max_completion_tokens`.
    limits_completion: bool,
}

const CHAT: &str = "/chat/completions";

const fn preset(name: &'static str, base_url: &'static str, path: &'static str, per_request: u32) -> Preset {
    Preset {
        name,
        base_url: Some(base_url),
        path,
        protocol: Protocol::OpenAi,
        needs_key: true,
        per_request,
        seed: None,
        limits_completion: false,
    }
}

const fn local(name: &'static str, base_url: &'static str, per_request: u32) -> Preset {
    Preset { needs_key: false, seed: Some(SeedField::Seed), ..preset(name, base_url, CHAT, per_request) }
}

/// Where a provider is not known to return several completions, each is a request of its own.
const PRESETS: [Preset; 10] = [
    Preset {
        seed: Some(SeedField::Seed),
        limits_completion: true,
        ..preset("openai", "https://api.openai.com/v1", CHAT, 128)
    },
    Preset { protocol: Protocol::Anthropic, ..preset("anthropic", "https://api.anthropic.com", "/v1/messages", 1) },
    Preset {
        seed: Some(SeedField::RandomSeed),
        ..preset("mistral", "https://api.mistral.ai", "/v1/chat/completions", 32)
    },
    preset("deepseek", "https://api.deepseek.com", CHAT, 1),
    Preset { seed: Some(SeedField::Seed), ..preset("groq", "https://api.groq.com", "/openai/v1/chat/completions", 1) },
    Preset { seed: Some(SeedField::Seed), ..preset("together", "https://api.together.xyz/v1", CHAT, 32) },
    preset("openrouter", "https://openrouter.ai/api/v1", CHAT, 1),
    local("vllm", "http://localhost:8000/v1", 128),
    local("ollama", "http://localhost:11434/v1", 1),
    local("llama.cpp", "http://localhost:8080/v1", 1),
];

/// Any server that speaks OpenAI's chat completions.
const COMPATIBLE: &str = "openai-api";
/// Any server that speaks Anthropic's messages.
const COMPATIBLE_ANTHROPIC: &str = "anthropic-api";

/// The providers that can be named, as `provider/<model>`.
pub fn provider_names() -> Vec<String> {
    let presets = PRESETS.iter().map(|preset| format!("{}/<model>", preset.name));
    let compatible = [COMPATIBLE, COMPATIBLE_ANTHROPIC].map(|name| format!("{name}/<name>/<model>"));
    presets.chain(compatible).collect()
}

/// A model at its server.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// What the user typed, as `provider/model`.
    pub name: String,
    /// The server's name for the model.
    pub model: String,
    /// Where requests go.
    pub url: Url,
    /// The key, if one is set.
    pub key: Option<Secret>,
    /// The language.
    pub protocol: Protocol,
    /// The variable that holds the key.
    pub key_variable: String,
    /// The variable that holds the base URL.
    pub url_variable: String,
    /// What follows the base URL.
    pub(crate) path: &'static str,
    pub(crate) per_request: u32,
    pub(crate) seed: Option<SeedField>,
    pub(crate) limits_completion: bool,
}

/// A model's name that stands for no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nobody knows the provider.
    #[error("unknown provider `{provider}`")]
    UnknownProvider {
        /// What stands before the first `/`.
        provider: String,
    },
    /// There is no model in it.
    #[error("`{name}` names no model")]
    NoModel {
        /// What the user typed.
        name: String,
    },
    /// The key is not set.
    #[error("no key for `{name}`: the variable {variable} is not set")]
    NoKey {
        /// What the user typed.
        name: String,
        /// The variable that would hold it.
        variable: String,
    },
    /// The key cannot stand in a header.
    #[error("the key in {variable} holds a line break or a character outside ASCII")]
    BadKey {
        /// The variable that holds it.
        variable: String,
    },
    /// The address is not set.
    #[error("no address for `{name}`: the variable {variable} is not set")]
    NoBaseUrl {
        /// What the user typed.
        name: String,
        /// The variable that would hold it.
        variable: String,
    },
    /// The address is none.
    #[error("the address in {variable} is not usable: {why}")]
    BadBaseUrl {
        /// The variable that holds it.
        variable: String,
        /// What is wrong.
        why: String,
    },
}

impl EndpointError {
    /// What the user may do, as a lowercase fragment.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownProvider { .. } | Self::NoModel { .. } => {
                format!("models are named {}", provider_names().join(", "))
            }
            Self::NoKey { variable, .. } => format!("set it for this command: `{variable}=... mend ...`"),
            Self::BadKey { variable } => format!("set {variable} to the key alone, without quotes or line breaks"),
            Self::NoBaseUrl { variable, .. } => format!("such as `{variable}=http://localhost:8000/v1`"),
            Self::BadBaseUrl { .. } => "an address looks like `https://host:port/v1`".to_owned(),
        }
    }
}

impl Endpoint {
    /// Finds the server of `provider/model`, with the variables of the environment at hand.
    ///
    /// A base URL comes from `<PROVIDER>_BASE_URL`, a key from `<PROVIDER>_API_KEY`; for `openai-api/<name>/<model>`
    /// from `<NAME>_BASE_URL` and `<NAME>_API_KEY`.
    pub fn find(name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, EndpointError> {
        let no_model = || EndpointError::NoModel { name: name.to_owned() };
        let (provider, model) = name.split_once('/').ok_or_else(no_model)?;
        let (prefix, model, preset) = match provider {
            COMPATIBLE | COMPATIBLE_ANTHROPIC => {
                let (service, model) = model.split_once('/').ok_or_else(no_model)?;
                let known = Preset { base_url: None, ..local("", "", 1) };
                let anthropic = Preset { protocol: Protocol::Anthropic, path: "/v1/messages", seed: None, ..known };
                (service, model, if provider == COMPATIBLE { known } else { anthropic })
            }
            _ => {
                let known = PRESETS.iter().find(|preset| preset.name == provider);
                let unknown = || EndpointError::UnknownProvider { provider: provider.to_owned() };
                (provider, model, *known.ok_or_else(unknown)?)
            }
        };
        if model.is_empty() || prefix.is_empty() {
            return Err(no_model());
        }
        let upper: String =
            prefix.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let (url_variable, key_variable) = (format!("{upper}_BASE_URL"), format!("{upper}_API_KEY"));
        let host = || set("OLLAMA_HOST").filter(|_| provider == "ollama").map(|host| ollama_address(&host));
        let base = set(&url_variable).or_else(host).or_else(|| preset.base_url.map(str::to_owned));
        let missing = || EndpointError::NoBaseUrl { name: name.to_owned(), variable: url_variable.clone() };
        let url = address(&base.ok_or_else(missing)?, preset.path)
            .map_err(|why| EndpointError::BadBaseUrl { variable: url_variable.clone(), why })?;
        let key = set(&key_variable);
        if preset.needs_key && key.is_none() {
            return Err(EndpointError::NoKey { name: name.to_owned(), variable: key_variable });
        }
        if key.as_ref().is_some_and(|key| !key.chars().all(|c| c.is_ascii_graphic() || c == ' ')) {
            return Err(EndpointError::BadKey { variable: key_variable });
        }
        Ok(Self {
            name: name.to_owned(),
            model: model.to_owned(),
            url,
            key: key.map(Secret::new),
            protocol: preset.protocol,
            key_variable,
            url_variable,
            path: preset.path,
            per_request: preset.per_request,
            seed: preset.seed,
            limits_completion: preset.limits_completion,
        })
    }

    /// Whether the server answers with a simulation: its models' names then begin with `sim/`, and ours say so.
    pub fn is_simulated(&self) -> bool {
        self.model.starts_with("sim/")
    }

    /// Whether requests stay on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The address that OLLAMA_HOST means: a host, with or without a scheme and a port.
fn ollama_address(host: &str) -> String {
    let with_scheme = if host.contains("://") { host.to_owned() } else { format!("http://{host}") };
    let has_port = with_scheme.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    format!("{}{}/v1", with_scheme.trim_end_matches('/'), if has_port { "" } else { ":11434" })
}

fn address(base: &str, path: &str) -> Result<Url, String> {
    let url = Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it must begin with `http://` or `https://`".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host".to_owned());
    }
    // Addresses stand in messages and logs.
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err("it must hold no password and no `?`".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str, variables: &[(&str, &str)]) -> Result<Endpoint, EndpointError> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Endpoint::find(name, &variable)
    }

    #[track_caller]
    fn check(name: &str, variables: &[(&str, &str)], model: &str, url: &str) {
        let endpoint = find(name, variables).unwrap();
        assert_eq!((endpoint.model.as_str(), endpoint.url.as_str(), endpoint.name.as_str()), (model, url, name));
    }

    #[test]
    fn names_stand_for_servers_as_the_providers_own_clients_reach_them() {
        let key = |variable| (variable, "k");
        check("openai/gpt-4o", &[key("OPENAI_API_KEY")], "gpt-4o", "https://api.openai.com/v1/chat/completions");
        check(
            "openai/gpt-4o",
            &[key("OPENAI_API_KEY"), ("OPENAI_BASE_URL", "http://proxy:1/v1/")],
            "gpt-4o",
            "http://proxy:1/v1/chat/completions",
        );
        check("anthropic/claude", &[key("ANTHROPIC_API_KEY")], "claude", "https://api.anthropic.com/v1/messages");
        check("groq/llama", &[key("GROQ_API_KEY")], "llama", "https://api.groq.com/openai/v1/chat/completions");
        check(
            "openrouter/a/b:free",
            &[key("OPENROUTER_API_KEY")],
            "a/b:free",
            "https://openrouter.ai/api/v1/chat/completions",
        );
        check("vllm/org/m", &[], "org/m", "http://localhost:8000/v1/chat/completions");
        check("llama.cpp/m", &[("LLAMA_CPP_BASE_URL", "http://h:1")], "m", "http://h:1/chat/completions");
        check("ollama/m", &[("OLLAMA_HOST", "box")], "m", "http://box:11434/v1/chat/completions");
        check("ollama/m", &[("OLLAMA_HOST", "https://box:9")], "m", "https://box:9/v1/chat/completions");
        check("openai-api/my-lab/o/m", &[("MY_LAB_BASE_URL", "https://l/v1")], "o/m", "https://l/v1/chat/completions");
        check("anthropic-api/lab/m", &[("LAB_BASE_URL", "https://l")], "m", "https://l/v1/messages");
    }

    #[track_caller]
    fn check_refused(name: &str, variables: &[(&str, &str)], message: &str) {
        assert_eq!(find(name, variables).unwrap_err().to_string(), message);
    }

    #[test]
    fn what_is_missing_is_named() {
        let no_key = "no key for `openai/gpt-4o`: the variable OPENAI_API_KEY is not set";
        check_refused("openai/gpt-4o", &[], no_key);
        check_refused("openai/gpt-4o", &[("OPENAI_API_KEY", " ")], no_key);
        check_refused("openai/", &[("OPENAI_API_KEY", "k")], "`openai/` names no model");
        check_refused("opnai/gpt-4o", &[], "unknown provider `opnai`");
        check_refused("gpt-4o", &[], "`gpt-4o` names no model");
        check_refused(
            "openai-api/lab/m",
            &[],
            "no address for `openai-api/lab/m`: the variable LAB_BASE_URL is not set",
        );
        let bad_url = |value, why: &str| {
            let message = format!("the address in LAB_BASE_URL is not usable: {why}");
            check_refused("openai-api/lab/m", &[("LAB_BASE_URL", value)], &message);
        };
        bad_url("localhost:8000", "it must begin with `http://` or `https://`");
        bad_url("https://user:pass@host", "it must hold no password and no `?`");
        bad_url("nonsense", "relative URL without a base");
        let message = "the key in OPENAI_API_KEY holds a line break or a character outside ASCII";
        check_refused("openai/gpt-4o", &[("OPENAI_API_KEY", "a\nb")], message);
    }
}
