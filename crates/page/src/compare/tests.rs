use super::*;
use mend_core::ProblemId;
use mend_metrics::{CompareOptions, Side, compare};
use mend_testkit as testkit;

/// Two runs of three problems, the second of which solves one more.
fn sides() -> (Side, Side) {
    let manifest = testkit::manifest(["p/0", "p/1", "<b>p\u{202e}</b>"].map(testkit::entry).to_vec());
    let side = |passing: usize| {
        let trees: Vec<mend_core::RepairTree> = manifest
            .trees()
            .enumerate()
            .map(|(place, key)| {
                let status = if place < passing { mend_core::Status::Passed } else { mend_core::Status::WrongAnswer };
                tree(key, status)
            })
            .collect();
        Side::of(&manifest, &trees)
    };
    (side(1), side(2))
}

fn tree(key: mend_core::TreeKey, status: mend_core::Status) -> mend_core::RepairTree {
    use mend_core::{CallId, Cost, Event, ExtractionRule, Seat, Slot, Text, Tokens, Usage, Used, Verdict};
    let mut tree = mend_core::RepairTree::new(key);
    let slot = Slot::program(0);
    let call = CallId::new(&slot, 0);
    let suite = mend_core::SuiteVerdict {
        status,
        tests: vec![mend_core::TestVerdict { index: 0, status, facts: None }],
        total: 1,
    };
    let verdict = Verdict { status, public: None, hidden: Some(suite), engine: Some("process".to_owned()) };
    let candidate =
        mend_core::Candidate { program: Text::new("x = 1"), rule: ExtractionRule::Whole, paper_tokens: Tokens(3) };
    for event in [
        Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat: Seat::CODER,
            model: "m".to_owned(),
            worst_cost: Tokens(9).into(),
            prompt: Text::new("p"),
            template: None,
            shows: vec![],
            terms: mend_core::Terms::default(),
        },
        Event::Sampled {
            call,
            completions: vec![testkit::completion("x = 1", mend_core::Form::Whole)],
            usage: Usage::default(),
            cost: Cost::ZERO,
        },
        Event::Judged { slot: slot.clone(), candidate: Some(candidate), verdict, used: Used::default() },
        Event::Submitted { ranking: vec![slot] },
    ] {
        tree.apply(&event).unwrap();
    }
    tree
}

fn html(program: &str) -> String {
    let (a, b) = sides();
    let comparison = compare(&a, &[b], &CompareOptions { resamples: 200, ..CompareOptions::default() }).unwrap();
    let folders = ["a".to_owned(), "b".to_owned()];
    let differences = [vec!["the strategy or its prompts: <i>old</i> -> new".to_owned()]];
    let compared = Compared { comparison: &comparison, folders: &folders, differences: &differences };
    let shown = |text: &str, failure: Option<&str>| ShownProgram {
        text: Some(text.to_owned()),
        status: if failure.is_some() { "wrong answer" } else { "passed" }.to_owned(),
        failure: failure.map(str::to_owned),
    };
    let place = |problem: &str| (ProblemId::new(problem), 0, "p0".to_owned());
    let programs = [
        BTreeMap::from([(place("p/1"), shown("def f(x):\n    return x + 1\n", Some("f(1) is 2")))]),
        BTreeMap::from([(place("p/1"), shown(program, None))]),
    ];
    let links = [Some("./a/report.html".to_owned()), None];
    let files = [("compare.csv", b"a,b\n".to_vec())];
    compare_page(&CompareInput { compared, links: &links, programs: &programs, shapes: &[], files: &files })
}

#[test]
fn a_flip_shows_both_programs_with_marks_on_the_words_that_differ() {
    let html = html("def f(x):\n    return x - 1\n");
    assert!(html.contains("return x <del>+</del> 1") && html.contains("return x <ins>-</ins> 1"), "{html}");
    assert!(html.contains("f(1) is 2") && html.contains("./a/report.html") && !html.contains("Report of B"));
    assert!(html.contains("1<small>only B</small>") && html.contains("0<small>only A</small>"));
    assert!(html.contains("&lt;i&gt;old&lt;/i&gt;"), "what differs is text");
}

#[test]
fn hostile_text_is_text_and_the_bytes_are_the_same_each_time() {
    let hostile = "</script><script>alert(1)</script>\u{202e}\u{0}<img src=x onerror=alert(1)>";
    let page = html(hostile);
    assert_eq!(page, html(hostile));
    assert_eq!(page.matches("<script").count(), 2, "our own, and a table that is no script");
    assert!(page.contains("onerror"), "it is shown");
    for raw in ["<img", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    assert!(page.contains("&lt;b&gt;p\u{27e8}U+202E\u{27e9}&lt;/b&gt;"), "a problem's id too");
    assert!(page.contains("default-src 'none'; script-src 'sha256-") && !page.contains(" onclick="));
}

#[test]
fn words_that_the_page_links_to_have_an_entry() {
    let page = html("x");
    for link in page.split("href=\"#g-").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"g-{id}\"")), "{id}");
    }
}
