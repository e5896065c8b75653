//! Programs that run as they stand, in the shapes of other services.

use crate::client::Served;
use serde_json::{Value, json};

#[test]
fn programs_run_as_sandbox_fusion_runs_them() {
    let served = Served::start("--max-time-limit 3");
    let run = |more: &Value| {
        let mut request =
            json!({"language": "python", "compile_timeout": 1.0, "run_timeout": 1, "fetch_files": [], "files": {}});
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        served.answer("/run_code", &request)
    };
    let answer = run(&json!({"code": "import sys\nprint(input())\nprint('e', file=sys.stderr)", "stdin": "hello"}));
    assert_eq!((&answer["status"], &answer["message"]), (&json!("Success"), &json!("")));
    let result = &answer["run_result"];
    assert_eq!((&result["status"], &result["return_code"]), (&json!("Finished"), &json!(0)));
    assert_eq!((&result["stdout"], &result["stderr"]), (&json!("hello\n"), &json!("e\n")));
    assert_eq!((&answer["compile_result"], &answer["executor_pod_name"]), (&Value::Null, &Value::Null));

    let answer = run(&json!({"code": "import sys\nsys.exit(3)"}));
    assert_eq!((&answer["status"], &answer["run_result"]["return_code"]), (&json!("Failed"), &json!(3)));
    let answer = run(&json!({"code": "print('begun', flush=True)\nwhile True: pass", "run_timeout": 0.2}));
    let result = &answer["run_result"];
    assert_eq!((&answer["status"], &result["status"]), (&json!("Failed"), &json!("TimeLimitExceeded")));
    assert_eq!((&result["return_code"], &result["stdout"]), (&Value::Null, &json!("begun\n")));
    let answer = run(&json!({"code": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"}));
    assert_eq!(answer["run_result"]["return_code"], json!(-11), "{answer}");
    let answer = run(&json!({"code": "x = bytearray(1 << 30)", "memory_limit_MB": 128}));
    assert_eq!(answer["status"], json!("Failed"));
    assert!(answer["run_result"]["stderr"].as_str().unwrap().contains("MemoryError"), "{answer}");
    let answer = run(&json!({"code": "print('x' * (1 << 20))"}));
    assert_eq!(answer["run_result"]["stdout"].as_str().unwrap().len(), (1 << 20) + 1);
    let answer = run(&json!({"code": "print(open('data.txt').read())", "files": {"data.txt": "aGk="}}));
    assert_eq!(answer["run_result"]["stdout"], json!("hi\n"));
    // More time than the server gives is cut, and said.
    let answer = run(&json!({"code": "print(1)", "run_timeout": 50}));
    assert_eq!((&answer["status"], &answer["message"]), (&json!("Success"), &json!("run_timeout 50 s was cut to 3 s")));

    // What this service does not do is said in the service's own shape.
    for more in [json!({"code": "x", "language": "cpp"}), json!({"code": "x", "fetch_files": ["a"]})] {
        let answer = run(&more);
        assert_eq!((&answer["status"], &answer["run_result"]), (&json!("SandboxError"), &Value::Null), "{answer}");
        assert!(answer["message"].as_str().unwrap().contains("not supported"));
    }
    for (request, field) in [
        (json!({"language": "python"}), "code"),
        (json!({"code": 1, "language": "python"}), "code"),
        (json!({"code": "", "language": "python", "run_timeout": -1}), "run_timeout"),
        (json!({"code": "", "language": "python", "files": {"../a": ""}}), "files.../a"),
        (json!({"code": "", "language": "python", "files": {"a": "!"}}), "files.a"),
    ] {
        assert_eq!(served.post("/run_code", &request).refusal(), (422, "invalid".to_owned(), field.to_owned()));
    }
}

#[test]
fn programs_run_as_piston_runs_them() {
    let served = Served::start("");
    let runtimes = served.get("/api/v2/runtimes").json();
    let version = runtimes[0]["version"].as_str().unwrap();
    assert_eq!(runtimes[0]["language"], json!("python"));
    let request = |version: &str, code: &str| json!({"language": "py", "version": version, "files": [{"name": "a.py", "content": code}], "stdin": "7"});
    for asked in ["*", version, "3.x"] {
        let answer =
            served.answer("/api/v2/execute", &request(asked, "import sys\nprint(input())\nsys.stderr.write('e')"));
        assert_eq!((&answer["language"], &answer["version"]), (&json!("python"), &json!(version)));
        let run = &answer["run"];
        assert_eq!((&run["stdout"], &run["stderr"], &run["output"]), (&json!("7\n"), &json!("e"), &json!("7\ne")));
        assert_eq!((&run["code"], &run["signal"], &run["status"]), (&json!(0), &Value::Null, &Value::Null));
    }
    let failed = served.answer("/api/v2/execute", &request("*", "1 / 0"));
    assert_eq!((&failed["run"]["code"], &failed["run"]["status"]), (&json!(1), &json!("RE")));
    let mut slow = request("*", "while True: pass");
    slow["run_timeout"] = json!(200);
    let slow = served.answer("/api/v2/execute", &slow);
    assert_eq!((&slow["run"]["signal"], &slow["run"]["status"]), (&json!("SIGKILL"), &json!("TO")));
    let hex =
        json!({"language": "python", "version": "*", "files": [{"content": "7072696e74283129", "encoding": "hex"}]});
    assert_eq!(served.answer("/api/v2/execute", &hex)["run"]["stdout"], json!("1\n"));

    let unknown = served.post("/api/v2/execute", &request("2.7", "x"));
    assert_eq!(unknown.status, 400);
    let message = unknown.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("py-2.7 runtime is unknown"), "{message}");
    let none = json!({"language": "python", "version": "*", "files": []});
    assert_eq!(served.post("/api/v2/execute", &none).refusal().2, "files");
}
