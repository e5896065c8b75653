//! Who may ask at all: requests to read, that were sent to this server under a name of this machine, and by no other page.
//!
//! A page of the web can point a name of its own at 127.0.0.1, and can send requests here without reading the answer. The
//! first shows in `Host`, the second in `Origin` and in what browsers say of a request's site.

use crate::answer::Answer;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode, Uri};

/// Lets a request pass, or says why not.
pub(crate) fn admit(port: u16, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Answer> {
    if method != Method::GET {
        let words = format!("mend view answers GET alone, and was asked to {method}: it changes nothing.");
        return Err(Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "Only to be read", &words, None));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let is_own_host = host.is_some_and(|host| is_own(host, port)) && hosts.next().is_none();
    if !is_own_host || !uri.authority().is_none_or(|authority| is_own(authority.as_str(), port)) {
        let words = format!(
            "This server answers to 127.0.0.1:{port} and localhost:{port}. The request named {} as its host.",
            host.unwrap_or("nothing")
        );
        return Err(forbidden(&words));
    }
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("another page"));
    if let Some(origin) = origin.filter(|origin| !origin.strip_prefix("http://").is_some_and(|host| is_own(host, port)))
    {
        return Err(forbidden(&format!("The request was sent by a page of {origin}.")));
    }
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_foreign = matches!(told("sec-fetch-site"), Some("cross-site" | "same-site"));
    let is_opened = told("sec-fetch-mode") == Some("navigate") && told("sec-fetch-dest") == Some("document");
    if is_foreign && !is_opened {
        return Err(forbidden("The request was sent by a page of another site."));
    }
    Ok(())
}

fn forbidden(words: &str) -> Answer {
    let hint = "Open the address that mend view printed.";
    Answer::refusal(StatusCode::FORBIDDEN, "Not for other pages", words, Some(hint))
}

/// Whether a host is this machine by a name that nobody else can give out, with this server's port.
fn is_own(host: &str, port: u16) -> bool {
    let names = ["127.0.0.1", "localhost", "[::1]"];
    names.iter().any(|name| match host.strip_prefix(name) {
        Some("") => port == 80,
        Some(rest) => rest.strip_prefix(':') == Some(port.to_string().as_str()),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(method: &str, headers: &[(&'static str, &str)]) -> bool {
        let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        admit(8090, &method.parse().unwrap(), &"/".parse().unwrap(), &map).is_ok()
    }

    #[test]
    fn only_get_under_a_name_of_this_machine_passes() {
        for host in ["127.0.0.1:8090", "localhost:8090", "[::1]:8090"] {
            assert!(admitted("GET", &[("host", host)]), "{host}");
        }
        for host in
            ["127.0.0.1", "127.0.0.1:80", "evil.example:8090", "localhost.evil.example:8090", "127.0.0.1:8090.x", ""]
        {
            assert!(!admitted("GET", &[("host", host)]), "{host}");
        }
        assert!(!admitted("GET", &[]));
        assert!(!admitted("GET", &[("host", "127.0.0.1:8090"), ("host", "evil.example")]));
        for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
            assert!(!admitted(method, &[("host", "127.0.0.1:8090")]), "{method}");
        }
    }

    #[test]
    fn other_pages_may_link_here_and_nothing_else() {
        let own = ("host", "127.0.0.1:8090");
        assert!(admitted("GET", &[own, ("origin", "http://127.0.0.1:8090")]));
        for origin in ["http://evil.example", "https://127.0.0.1:8090", "null", "http://127.0.0.1:9999"] {
            assert!(!admitted("GET", &[own, ("origin", origin)]), "{origin}");
        }
        let site = |mode, dest| {
            admitted(
                "GET",
                &[own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)],
            )
        };
        assert!(site("navigate", "document"));
        assert!(!site("navigate", "iframe"));
        assert!(!site("no-cors", "image"));
        assert!(admitted("GET", &[own, ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")]));
    }
}
