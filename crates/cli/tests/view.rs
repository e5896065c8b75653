//! `mend view`: what it serves, to whom, and what it never does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::process::Child;
use std::time::Duration;

const PAGE: &str = include_str!("../../../docs/view.md");

/// What tries to be something else than text.
const ATTACK: &str = "</script><script>window.owned = 1</script><img src=x onerror=alert(1)> \u{202e}gnp \u{1b}[31m";

/// A server of a folder, until it is dropped.
struct Viewer {
    child: Child,
    port: u16,
}

struct Got {
    status: u16,
    head: String,
    body: String,
}

impl Viewer {
    fn start(lab: &Lab, folder: &str) -> Self {
        let mut child = lab.spawn(&format!("view {folder} --port 0"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        assert_eq!(line, format!("http://127.0.0.1:{port}/\n"));
        Self { child, port }
    }

    /// Sends a request as it stands, and reads the answer to its end.
    fn send(&self, request: &str) -> Got {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = vec![];
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.contains("transfer-encoding: chunked") { unchunked(body) } else { body.to_owned() };
        Got { status, head: head.to_owned(), body }
    }

    fn get_as(&self, path: &str, host: &str, more: &str) -> Got {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"))
    }

    fn get(&self, path: &str) -> Got {
        self.get_as(path, &format!("127.0.0.1:{}", self.port), "")
    }

    #[track_caller]
    fn found(&self, path: &str) -> String {
        let Got { status, body, .. } = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// What is there once it is computed.
    #[track_caller]
    fn waited(&self, path: &str) -> String {
        for _ in 0..60 {
            let Got { status, head, body } = self.get(path);
            if status != 202 {
                assert_eq!(status, 200, "{path}: {body}");
                return body;
            }
            assert!(head.contains("refresh: 1") && body.contains("is being computed"), "{head}\n{body}");
            std::thread::sleep(Duration::from_millis(500));
        }
        panic!("{path} is computed for ever");
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.found(path)).unwrap()
    }

    /// Waits until the figures of the whole journal are there.
    fn figures(&self, run: &str) -> Value {
        for _ in 0..1500 {
            let state = self.json(&format!("/run/{run}/state"));
            let length = state["length"].to_string();
            if state["figures"] == length.as_str() {
                return self.json(&format!("/run/{run}/parts"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no figures of {run}: {}", self.found(&format!("/run/{run}/state")));
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            break;
        }
        whole.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
    whole
}

/// A run of a few saved samples in `all/one`, and one of hostile ones in `all/hostile`.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    let sample = |id: &str, text: &str| json!({"task_id": id, "completion": text}).to_string();
    let samples = ["t/1", "t/2"].map(|id| sample(id, "    return a + b\n"));
    lab.write("samples.jsonl", samples.join("\n") + "\n");
    lab.ended(0, "score --dataset two.jsonl --samples samples.jsonl --out all/one");
    let ids = ["../../../etc/passwd", "<img src=x onerror=alert(1)>"];
    let problem = |id: &&str| {
        let tests = json!({"hidden": [{"call": {"args": [1], "expected": 1}}]});
        json!({"id": id, "statement": format!("Return x. {ATTACK}"), "entry_point": "f", "tests": tests, "difficulty": "<b>"}).to_string()
    };
    lab.write("bad.jsonl", ids.iter().map(problem).collect::<Vec<_>>().join("\n") + "\n");
    let long = "A".repeat(1_000_000);
    let program =
        format!("# {long}\ndef f(x):\n    raise ValueError({:?})\n", ATTACK.replace(['\u{202e}', '\u{1b}'], ""));
    let answer = format!("{ATTACK}\n```python\n{program}```\n");
    lab.write("bad-samples.jsonl", ids.map(|id| sample(id, &answer)).join("\n") + "\n");
    lab.ended(0, "score --dataset bad.jsonl --samples bad-samples.jsonl --form chat --out all/hostile");
    lab
}

#[test]
fn the_folder_is_served_to_this_machine_and_to_nobody_else() {
    let lab = lab();
    lab.write("secret/manifest.json", "{}");
    fs::remove_file(lab.path("all/one/pass_at_k.csv")).unwrap();
    symlink("../../two.jsonl", lab.path("all/one/pass_at_k.csv")).unwrap();
    let before = lab.files();
    symlink("../secret", lab.path("all/out")).unwrap();
    let viewer = Viewer::start(&lab, "all");

    // The list.
    let list = viewer.get("/");
    assert_eq!(list.status, 200);
    for part in ["/run/one/", "/run/hostile/", "complete"] {
        assert!(list.body.contains(part), "the list lacks {part}");
    }
    assert!(!list.body.contains("/run/out/"), "a link that leads out is no run");
    for header in [
        "content-security-policy: default-src 'none'; script-src 'sha256-",
        "frame-ancestors 'none'",
        "connect-src 'self'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(list.head.contains(header), "{header} is not in {}", list.head);
    }
    let rows = viewer.found("/runs");
    assert!(rows.contains("data-pass=\"0.5\""), "one of two problems passes: {rows}");

    // A run: its figures are those of its own tables, and its trees all that was read.
    let parts = viewer.figures("one");
    let boot: Value = serde_json::from_str(parts["boot"].as_str().unwrap()).unwrap();
    assert_eq!(boot["rows"][0][0], "t/1");
    let page = viewer.found("/run/one/");
    assert!(page.contains("href=\"/\"") && page.contains("data-figures=\""), "the way back, and what it shows");
    let tree = viewer.json("/run/one/tree/1");
    assert!(tree["L"].as_array().unwrap().contains(&json!("    return a + b")), "{tree}");
    assert_eq!(viewer.found("/run/one/problems.csv"), lab.read("all/one/problems.csv"), "byte for byte");
    assert!(viewer.get("/run/one/problems.csv").head.contains("attachment; filename=\"problems.csv\""));
    assert_eq!(viewer.get("/run/one").status, 308);

    // What is not there, and what must not be.
    for path in [
        "/run/one/tree/2",
        "/run/one/tree/x",
        "/run/one/journal.jsonl",
        "/run/one/manifest.json",
        "/run/one/pass_at_k.csv",
        "/run/one/..%2f..%2ftwo.jsonl",
        "/run/one/../../two.jsonl",
        "/run/..%2fsecret/",
        "/run/%2e%2e/",
        "/run/out/",
        "/run/nobody/",
        "/two.jsonl",
        "/%00",
        "//etc/passwd",
        "/compare?a=one&b=nobody",
        "/compare/whole?a=one&b=nobody",
        "/compare/whole?a=one",
    ] {
        let got = viewer.get(path);
        assert_eq!(got.status, 404, "{path}: {}", got.body);
    }
    assert!(viewer.get("/run/nobody/").body.contains("This folder holds no run named nobody."));

    // Who asks.
    let own = format!("127.0.0.1:{}", viewer.port);
    assert_eq!(viewer.get_as("/", &format!("localhost:{}", viewer.port), "").status, 200);
    for host in ["evil.example", "127.0.0.1:1", &format!("evil.example:{}", viewer.port)] {
        assert_eq!(viewer.get_as("/", host, "").status, 403, "{host}");
    }
    assert_eq!(viewer.get_as("/", &own, "Origin: http://evil.example\r\n").status, 403);
    assert_eq!(viewer.get_as("/", &own, "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n").status, 403);
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: {own}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        assert_eq!(viewer.send(&request).status, 405, "{method}");
    }

    // Every address of the document answers.
    let addresses: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(addresses.len(), 11, "{addresses:?}");
    for address in addresses {
        viewer.waited(&address.replace("<name>", "one"));
    }
    drop(viewer);
    fs::remove_file(lab.path("all/out")).unwrap();
    assert!(lab.files() == before, "something was written");
}

#[test]
fn two_runs_are_compared_with_intervals_or_it_is_said_why_not() {
    let lab = lab();
    let before = lab.files();
    let viewer = Viewer::start(&lab, "all");
    let beside = viewer.found("/compare?a=one&b=one");
    assert!(beside.contains("href=\"/compare/whole?a=one&amp;b=one\""), "{beside}");
    let page = viewer.waited("/compare/whole?a=one&b=one");
    for told in
        ["href=\"/run/one/\"", "href=\"/\"", "The same 2 problems", "<h1 class=\"claim\" id=\"claim\">", "data-served"]
    {
        assert!(page.contains(told), "{told}");
    }
    let head = viewer.get("/compare/whole?a=one&b=one").head;
    assert!(head.contains("content-security-policy: default-src 'none'; script-src 'sha256-"), "{head}");
    assert!(!page.contains("http-equiv") && page.matches("<script>").count() == 1);
    // Other data are no question of chance.
    let refused = (0..60).find_map(|_| {
        let got = viewer.get("/compare/whole?a=one&b=hostile");
        std::thread::sleep(Duration::from_millis(if got.status == 202 { 500 } else { 0 }));
        (got.status != 202).then_some(got)
    });
    let Got { status, body, .. } = refused.unwrap();
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("These runs are not compared") && body.contains("is not comparable with"), "{body}");
    drop(viewer);
    assert!(lab.files() == before, "something was written");
}

#[test]
fn hostile_text_is_text() {
    let lab = lab();
    let viewer = Viewer::start(&lab, "all");
    let parts = viewer.figures("hostile");
    let pages = ["/", "/run/hostile/", "/search", "/compare?a=one&b=hostile", "/runs"].map(|path| viewer.found(path));
    for page in pages.iter().map(String::as_str).chain([parts["body"].as_str().unwrap()]) {
        assert!(!page.contains("<img") && !page.contains("<script>window"), "markup of a stranger");
        assert!(!page.contains(['\u{202e}', '\u{1b}', '\0']), "a character that nobody would see");
        // One script that runs; everything else is data.
        assert!(page.matches("<script>").count() <= 1);
    }
    let page = &pages[1];
    assert!(page.contains("../../../etc/passwd"), "an id that is a path is a text");
    let tree = viewer.found("/run/hostile/tree/1");
    assert!(!tree.contains(['\u{202e}', '\u{1b}']) && tree.contains("\u{27e8}U+202E\u{27e9}"), "named instead");
    assert!(tree.len() > 1_000_000, "the long line is there, once");
    let found = viewer.found("/search/places?q=onerror%3Dalert&in=answer");
    let lines: Vec<Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["problem"] == "../../../etc/passwd"), "{lines:?}");
    assert!(!found.contains(['\u{202e}', '\u{1b}']), "{found}");
}

#[test]
fn a_search_finds_every_place_and_says_how_it_ended() {
    let lab = lab();
    let viewer = Viewer::start(&lab, "all");
    let places = |query: &str| -> Vec<Value> {
        let found = viewer.found(&format!("/search/places?{query}"));
        found.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let found = places("q=RETURN+a+%2B+b&run=one&in=program");
    let mut told: Vec<String> = found
        .iter()
        .filter(|line| line["problem"].is_string())
        .map(|line| {
            ["run", "problem", "slot", "part", "before", "words", "at"].map(|key| line[key].to_string()).join(" ")
        })
        .collect();
    let place =
        |problem: &str| format!("\"one\" \"{problem}\" \"p0\" \"program\" \"    \" \"return a + b\" \"/run/one/\"");
    told.sort();
    assert_eq!(told, [place("t/1"), place("t/2")]);
    let end = found.last().unwrap();
    assert_eq!((&end["end"], &end["runs"]), (&json!("whole"), &json!(1)));
    assert_eq!(places("q=nobody+wrote+this").last().unwrap()["end"], "whole");
    for (query, status) in [("q=", 400), ("q=x&in=verdict", 400), ("q=x&run=nobody", 404)] {
        assert_eq!(viewer.get(&format!("/search/places?{query}")).status, status, "{query}");
    }
}

#[test]
fn a_run_grows_while_it_is_looked_at_and_a_damaged_one_says_so() {
    let lab = lab();
    let journal = lab.path("all/one/journal.jsonl");
    let bytes = fs::read(&journal).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    // Up to the end of the first tree.
    let first = text.find("\"event\":\"submitted\"").unwrap();
    let half = first + text[first..].find('\n').unwrap() + 1;
    fs::write(&journal, &bytes[..half]).unwrap();
    fs::remove_file(lab.path("all/one/summary.json")).unwrap();
    let lock = fs::File::open(&journal).unwrap();
    lock.lock().unwrap();
    let viewer = Viewer::start(&lab, "all/one");
    let parts = viewer.figures("one");
    assert!(parts["body"].as_str().unwrap().contains("Stopped early"), "figures of a part say so");
    assert!(viewer.found("/").contains("running, 1 of 2 trees"), "the list follows it");
    let done = || {
        [0, 1]
            .map(|at| viewer.json(&format!("/run/one/tree/{at}"))["done"] == json!(true))
            .into_iter()
            .filter(|done| *done)
            .count()
    };
    assert_eq!(done(), 1);
    let mut append = fs::File::options().append(true).open(&journal).unwrap();
    append.write_all(&bytes[half..]).unwrap();
    drop(lock);
    viewer.figures("one");
    let state = viewer.json("/run/one/state");
    assert_eq!((&state["state"], done()), (&json!("complete"), 2));
    drop(viewer);

    let mut damaged = bytes.clone();
    damaged[half - 40] ^= 1;
    fs::write(&journal, &damaged).unwrap();
    let told = |got: &Got| format!("{} {}", got.status, got.body);
    let viewer = Viewer::start(&lab, "all/one");
    let got = viewer.get("/run/one/tree/0");
    assert!(got.status == 409 && got.body.contains("journal.jsonl"), "{}", told(&got));
    fs::write(lab.path("all/one/manifest.json"), "{\"schema_version\": 99}").unwrap();
    let got = viewer.get("/run/one/");
    assert!(got.status == 409 && got.body.contains("99"), "{}", told(&got));
    assert!(viewer.found("/").contains("Left out"), "the list says what it leaves out");
}

#[test]
fn words_that_cannot_be_meant_are_refused() {
    let lab = Lab::new();
    let told = |line: &str| lab.ended(2, line).stderr;
    assert!(told("view nowhere").contains("cannot read `nowhere`"));
    let refused = told("view . --listen 0.0.0.0:8090");
    assert!(
        refused.contains("0.0.0.0:8090 can be reached from other machines") && refused.contains("ssh -L"),
        "{refused}"
    );
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    assert!(told(&format!("view . --port {port}")).contains("cannot listen on"));
}
