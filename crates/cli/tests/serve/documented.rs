//! What docs/serve.md shows is what the service does, and OpenAPI says what it takes.

use crate::client::Served;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The blocks of the document between fences, each with the words behind its fence.
fn blocks() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/serve.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(_), true) => open = false,
            (Some(words), false) => {
                blocks.push((words.to_owned(), String::new()));
                open = true;
            }
            (None, true) => {
                let (_, block) = blocks.last_mut().unwrap();
                block.push_str(line);
                block.push('\n');
            }
            (None, false) => {}
        }
    }
    blocks
}

/// Whether a value holds all that the document shows of it. `"..."` stands for anything.
fn holds(found: &Value, shown: &Value) -> bool {
    match (found, shown) {
        (_, Value::String(text)) if text == "..." => true,
        (Value::Object(found), Value::Object(shown)) => {
            shown.iter().all(|(key, value)| found.get(key).is_some_and(|found| holds(found, value)))
        }
        (Value::Array(found), Value::Array(shown)) => {
            found.len() == shown.len() && found.iter().zip(shown).all(|(found, shown)| holds(found, shown))
        }
        (Value::Number(found), Value::Number(shown)) => {
            let [found, shown] = [found, shown].map(|number| number.as_f64().unwrap());
            (found - shown).abs() < 1e-9
        }
        (found, shown) => found == shown,
    }
}

#[test]
fn the_examples_of_the_document_are_true() {
    let served = Served::start("");
    let mut asked = None;
    let mut n_examples = 0;
    for (words, block) in blocks() {
        match words.split_whitespace().collect::<Vec<_>>()[..] {
            ["json", "POST", path] => {
                let body: Value = serde_json::from_str(&block).unwrap_or_else(|error| panic!("{error} in {block}"));
                asked = Some(served.post(path, &body));
            }
            ["json", "GET", path] => asked = Some(served.get(path)),
            ["json", status] => {
                let response = asked.take().expect("an answer stands behind its request");
                let shown: Value = serde_json::from_str(&block).unwrap_or_else(|error| panic!("{error} in {block}"));
                assert_eq!(response.status.to_string(), status, "{response:?}");
                let found = response.json();
                assert!(holds(&found, &shown), "the document shows\n{shown:#}\nand the service says\n{found:#}");
                n_examples += 1;
            }
            _ => {}
        }
    }
    assert!(n_examples >= 6, "only {n_examples} examples");
}

#[test]
fn openapi_names_every_path_and_every_field() {
    let served = Served::start("");
    let document = served.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "/api/v2/execute",
        "/api/v2/runtimes",
        "/health",
        "/metrics",
        "/openapi.json",
        "/reward",
        "/run_code",
        "/v1/datasets",
        "/v1/datasets/{name}",
        "/v1/judge",
        "/v1/judge/batch",
    ];
    assert_eq!(paths, BTreeSet::from(expected));
    let fields = |schema: &str| -> Vec<String> {
        let properties = &document["components"]["schemas"][schema]["properties"];
        let properties = properties.as_object().unwrap_or_else(|| panic!("{schema} in {document:#}"));
        properties.keys().cloned().collect()
    };
    // A field that the schema names and the service does not know is refused as one that does not exist.
    for (path, schema) in [("/v1/judge", "JudgeRequest"), ("/v1/judge/batch", "BatchRequest")] {
        for field in fields(schema) {
            // A list in the place of every value: of the wrong type, or of the wrong items.
            let request = serde_json::json!({field.as_str(): [[[]]]});
            let response = served.post(path, &request);
            assert_eq!(response.status, 422, "{response:?}");
            let message = response.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(!message.contains("no such field"), "{schema}.{field}: {message}");
        }
    }
    let answer = served.answer(
        "/v1/judge",
        &serde_json::json!({"entry_point": "f", "tests": ["assert f() == 2"], "program": "def f(): return 1", "see": "hidden"}),
    );
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&answer), fields("JudgeResponse").into_iter().collect());
    let facts = keys(&answer["hidden"]["tests"][0]["facts"]);
    assert!(facts.is_subset(&fields("Facts").into_iter().collect()), "{facts:?}");
}
