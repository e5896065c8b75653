//! A service that runs for a test, and the plainest client that can ask it anything.

use crate::common::Lab;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

/// How long a test waits for what should be there at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running `mend serve`. It ends with the test.
pub(crate) struct Served {
    pub(crate) child: Child,
    /// The address as it printed it.
    pub(crate) address: String,
    _lab: Option<Lab>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The code of an error, and its field.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        let word = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        (self.status, word("code"), word("field"))
    }
}

impl Served {
    /// Starts a service on a free port.
    pub(crate) fn start(arguments: &str) -> Self {
        Self::start_in(Lab::new(), &format!("--listen 127.0.0.1:0 {arguments}"), &[])
    }

    /// Starts a service in a folder.
    pub(crate) fn start_in(lab: Lab, arguments: &str, variables: &[(&str, &str)]) -> Self {
        let mut child = lab.spawn_with(&format!("serve --allow-unsafe {arguments}"), variables);
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().to_owned();
        if address.is_empty() {
            let mut told = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut told).unwrap();
            panic!("`mend serve {arguments}` told: {told}");
        }
        Self { child, address, _lab: Some(lab) }
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes, and reads what comes until the service closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Response {
        let mut stream = self.connect();
        // A service that refuses may close before it has read all.
        let _ = stream.write_all(bytes);
        read(stream)
    }

    /// Posts JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.raw(&post(path, &body.to_string(), ""))
    }

    /// Posts JSON that must be answered.
    #[track_caller]
    pub(crate) fn answer(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body);
        assert_eq!(response.status, 200, "{path} {body}: {response:?}");
        response.json()
    }

    /// Gets a path.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Posts JSON, and goes on without waiting for the answer.
    pub(crate) fn send(&self, path: &str, body: &Value) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(&post(path, &body.to_string(), "")).unwrap();
        stream
    }

    /// The value of a counter, with its labels.
    #[track_caller]
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let metrics = self.get("/metrics");
        assert_eq!(metrics.status, 200);
        let line = metrics.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {}", metrics.body)).parse().unwrap()
    }

    /// Waits until a counter has a value.
    #[track_caller]
    pub(crate) fn until(&self, name: &str, value: u64) {
        let start = now();
        while self.counter(name) != value {
            assert!(start.elapsed() < PATIENCE, "{name} is {} and not {value}", self.counter(name));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks it to end.
    #[expect(clippy::disallowed_methods, reason = "this ends the program under test")]
    pub(crate) fn terminate(&self) {
        let kill = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request that posts JSON, with further headers.
pub(crate) fn post(path: &str, body: &str, headers: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// Reads an answer until its end.
pub(crate) fn read(mut stream: impl Read) -> Response {
    let mut bytes = Vec::new();
    // A connection that is reset after its answer has said all.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, rest) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(rest) } else { rest.to_owned() };
    Response { status, head: head.to_owned(), body }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || after.len() < size {
            break;
        }
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

#[expect(clippy::disallowed_methods, reason = "a wait that never ends must fail")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
