//! Who may ask, and as which client.

use crate::config::Token;
use crate::refusal::Refusal;
use axum::http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;
use std::sync::Arc;

/// The header by which one peer is several clients.
pub(crate) const CLIENT: &str = "x-mend-client";

/// Longest name of a client.
const LONGEST: usize = 64;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Somebody at an address.
    Address(IpAddr),
    /// A process of this machine, by its number where the system tells.
    Process(Option<i32>),
}

/// Lets a request in, and says of which client it is.
pub(crate) fn admit(peer: Peer, headers: &HeaderMap, tokens: &[Token]) -> Result<Arc<str>, Refusal> {
    refuse_pages(headers)?;
    if tokens.is_empty() && matches!(peer, Peer::Address(_)) {
        // A page whose name was made to lead to this machine could ask otherwise.
        refuse_other_hosts(headers)?;
    }
    let token = bearer(headers, tokens)?;
    let named = headers.get(CLIENT).map(|name| {
        let name = name.to_str().unwrap_or_default();
        let is_name = (1..=LONGEST).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        let expected = format!("the header `{CLIENT}` has 1 to {LONGEST} printable ASCII characters");
        if is_name { Ok(name) } else { Err(Refusal::invalid(CLIENT, expected)) }
    });
    Ok(match (named.transpose()?, token, peer) {
        (Some(name), Some(at), _) => format!("token {at} {name}"),
        (Some(name), None, _) => format!("name {name}"),
        (None, Some(at), _) => format!("token {at}"),
        (None, None, Peer::Address(address)) => format!("address {address}"),
        (None, None, Peer::Process(process)) => format!("process {}", process.unwrap_or_default()),
    }
    .into())
}

/// Refuses whatever a browser sends for a page.
fn refuse_pages(headers: &HeaderMap) -> Result<(), Refusal> {
    let from_page = headers.contains_key(header::ORIGIN)
        || headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() != b"none");
    if from_page {
        let message = "a web page may not call this service: the request has a header `Origin` or `Sec-Fetch-Site`";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    Ok(())
}

fn refuse_other_hosts(headers: &HeaderMap) -> Result<(), Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_here =
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if is_here {
        return Ok(());
    }
    let message = "without a token the header `Host` must name this machine: `localhost`, `127.0.0.1` or `[::1]`";
    Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", message))
}

/// Which of the tokens a request brings; `None` where none is asked for.
fn bearer(headers: &HeaderMap, tokens: &[Token]) -> Result<Option<usize>, Refusal> {
    if tokens.is_empty() {
        return Ok(None);
    }
    let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let brought =
        brought.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let found = brought.and_then(|(_, text)| tokens.iter().position(|token| token.is(text.trim())));
    found.map(Some).ok_or_else(|| {
        let message = "this service wants `Authorization: Bearer <token>` with a token that it knows";
        Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    const HERE: Peer = Peer::Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    #[track_caller]
    fn check(peer: Peer, pairs: &[(&str, &str)], tokens: &[Token], expected: Result<&str, u16>) {
        let found = admit(peer, &headers(pairs), tokens).map_err(|refusal| refusal.status.as_u16());
        assert_eq!(found.as_deref().map_err(|status| *status), expected, "{pairs:?}");
    }

    #[test]
    fn a_web_page_may_not_call() {
        check(HERE, &[("host", "localhost:8080")], &[], Ok("address 127.0.0.1"));
        for host in ["127.0.0.1", "[::1]:8080", "LOCALHOST"] {
            check(HERE, &[("host", host)], &[], Ok("address 127.0.0.1"));
        }
        for host in ["evil.example:8080", "", "127.0.0.1.evil.example", "localhost.evil.example"] {
            check(HERE, &[("host", host)], &[], Err(403));
        }
        check(HERE, &[("host", "localhost"), ("origin", "null")], &[], Err(403));
        check(HERE, &[("host", "localhost"), ("sec-fetch-site", "same-origin")], &[], Err(403));
        check(Peer::Process(Some(7)), &[("host", "anything")], &[], Ok("process 7"));
    }

    #[test]
    fn a_token_opens_and_names_the_client() {
        let tokens = [Token::new("0123456789abcdef").unwrap(), Token::new("fedcba9876543210").unwrap()];
        let second = ("authorization", "bearer fedcba9876543210");
        check(HERE, &[("host", "elsewhere.example"), second], &tokens, Ok("token 1"));
        check(HERE, &[second, (CLIENT, "trainer-3")], &tokens, Ok("token 1 trainer-3"));
        check(HERE, &[("authorization", "Bearer nothing")], &tokens, Err(401));
        check(HERE, &[("authorization", "Basic fedcba9876543210")], &tokens, Err(401));
        check(HERE, &[], &tokens, Err(401));
    }

    #[test]
    fn a_client_may_name_itself() {
        check(Peer::Process(None), &[(CLIENT, "a")], &[], Ok("name a"));
        check(Peer::Process(None), &[(CLIENT, "a b")], &[], Err(422));
        check(Peer::Process(None), &[(CLIENT, &"a".repeat(65))], &[], Err(422));
    }
}
