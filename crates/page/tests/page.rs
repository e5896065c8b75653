//! Pages of small hand-made runs: what they hold, and what they never hold.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mend_core::{
    CallId, Candidate, Completion, Event, ExtractionRule, Facts, Form, OracleFlags, ProblemEntry, RepairTree,
    RunManifest, Seat, Slot, Status, SuiteVerdict, Terms, TestVerdict, Text, Tokens, TreeKey, Usage, Used, Verdict,
};
use mend_metrics::{Options, drawn, summarize};
use mend_page::{Headline, Input, PLOT_NAMES, Parts, page, plots, tree_json};

/// A program or a critique in a tree.
struct Written<'a> {
    slot: &'a str,
    answer: &'a str,
    program: Option<&'a str>,
    status: Status,
    shows: &'a [&'a str],
}

fn program<'a>(slot: &'a str, program: &'a str, status: Status) -> Written<'a> {
    Written { slot, answer: program, program: Some(program), status, shows: &[] }
}

fn tree(problem: &ProblemEntry, written: &[Written<'_>], facts: &Facts, submitted: Option<&str>) -> RepairTree {
    let mut tree = RepairTree::new(TreeKey { problem: problem.id.clone(), replicate: 0 });
    for node in written {
        let slot: Slot = node.slot.parse().unwrap();
        let call = CallId::new(&slot, 0);
        let seat = if node.program.is_some() { Seat::CODER } else { Seat::CRITIC };
        tree.apply(&Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat,
            model: "sim/journeyman".into(),
            worst_cost: Tokens(500).into(),
            prompt: Text::new(format!("[system]\nYou write Python.\n[user]\nWrite it ({}).\n", node.slot)),
            template: None,
            shows: node.shows.iter().map(|slot| slot.parse().unwrap()).collect(),
            terms: Terms::default(),
        })
        .unwrap();
        let usage = Usage { prompt: Some(Tokens(90)), completion: Some(Tokens(10)), ..Usage::default() };
        let completion = Completion { usage, ..mend_testkit::completion(node.answer, Form::Chat) };
        tree.apply(&Event::Sampled { call, completions: vec![completion], usage, cost: Tokens(100).into() }).unwrap();
        let Some(program) = node.program else {
            let found = mend_core::Found::Critique { opinion: None, spans: vec![], defects: vec![] };
            tree.apply(&Event::Read { slot, found, screened: mend_core::Screened::default() }).unwrap();
            continue;
        };
        let failed = node.status != Status::Passed;
        let test = TestVerdict { index: 0, status: node.status, facts: failed.then(|| facts.clone().into()) };
        let hidden = SuiteVerdict { status: node.status, tests: vec![test], total: 1 };
        let verdict =
            Verdict { status: node.status, public: None, hidden: Some(hidden), engine: Some("process".into()) };
        let candidate =
            Candidate { program: Text::new(program), rule: ExtractionRule::OneBlock, paper_tokens: Tokens(8) };
        tree.apply(&Event::Judged { slot, candidate: Some(candidate), verdict, used: Used::default() }).unwrap();
    }
    let ranking = submitted.map(|slot| slot.parse().unwrap()).into_iter().collect();
    tree.apply(&Event::Submitted { ranking }).unwrap();
    tree
}

fn facts() -> Facts {
    Facts { call: Some("inc(1)".into()), expected: Some("2".into()), actual: Some("0".into()), ..Facts::default() }
}

/// Two problems with two programs each, and a repair of each that fails.
fn run() -> (RunManifest, Vec<RepairTree>) {
    let problems = vec![mend_testkit::entry("a/1"), mend_testkit::entry("a/2")];
    let trees = problems
        .iter()
        .map(|problem| {
            let written = [
                program("p0", "def inc(x):\n    return x - 1", Status::WrongAnswer),
                program("p0/r0", "def inc(x):\n    return x + 1", Status::Passed),
                program("p1", "def inc(x):\n    return x + 1  # one more", Status::Passed),
            ];
            tree(problem, &written, &facts(), Some("p1"))
        })
        .collect();
    (mend_testkit::manifest(problems), trees)
}

fn html(manifest: &RunManifest, trees: &[RepairTree]) -> String {
    with(manifest, trees, |input| page(input).html)
}

fn with<T>(manifest: &RunManifest, trees: &[RepairTree], of: impl Fn(&Input<'_>) -> T) -> T {
    let options = Options { resamples: 50, ..Options::default() };
    let summary = summarize(manifest, trees, &options);
    let drawn = drawn(manifest, trees, &options);
    let files = [("samples.csv".to_owned(), b"a,b\n1,</script>\n".to_vec())];
    of(&Input { manifest, trees, summary: &summary, drawn: &drawn, files: &files })
}

#[test]
fn the_same_run_gives_the_same_bytes_whatever_the_order_of_its_trees() {
    let (manifest, mut trees) = run();
    let first = html(&manifest, &trees);
    assert_eq!(first, html(&manifest, &trees));
    trees.reverse();
    assert_eq!(first, html(&manifest, &trees));
}

#[test]
fn a_page_loads_nothing_and_runs_no_script_but_its_own() {
    let (manifest, trees) = run();
    let html = html(&manifest, &trees);
    assert!(html.contains("default-src &#39;none&#39;") || html.contains("default-src 'none'"));
    assert!(html.contains("script-src 'sha256-") || html.contains("script-src &#39;sha256-"));
    let lower = html.to_lowercase();
    for forbidden in ["src=\"http", "href=\"http", "@import", "url(http", " onclick=", " onload=", "javascript:"] {
        assert!(!lower.contains(forbidden), "{forbidden}");
    }
    // One script that runs; everything else is data.
    let scripts = html.match_indices("<script").filter(|(at, _)| html[*at..].starts_with("<script>")).count();
    assert_eq!(scripts, 1);
}

#[test]
fn the_band_of_simulations_is_there_if_and_only_if_a_model_is_simulated() {
    let (mut manifest, trees) = run();
    assert!(html(&manifest, &trees).contains("Simulated models."));
    assert!(with(&manifest, &trees, plots).iter().all(|plot| plot.svg.contains("(simulated models)</title>")));
    for model in manifest.identity.models.values_mut() {
        model.simulated = false;
    }
    assert!(!html(&manifest, &trees).contains("<b>Simulated models.</b>"));
    assert!(with(&manifest, &trees, plots).iter().all(|plot| !plot.svg.contains("simulated")));
}

#[test]
fn what_weakens_the_answer_stands_above_it() {
    let (mut manifest, mut trees) = run();
    let clean = html(&manifest, &trees);
    assert!(!clean.contains("Repairs saw the hidden tests") && clean.contains("All 6 programs scored"));
    let oracle = OracleFlags { sees_hidden: true, ..OracleFlags::default() };
    (manifest.identity.strategy.oracle, manifest.identity.strategy.oracle_level) = (oracle, oracle.level());
    manifest.identity.engine.level = "L0".into();
    let slot: Slot = "p2".parse().unwrap();
    let mut open = RepairTree::new(trees[1].key.clone());
    open.apply(&Event::Unscored { slot, candidate: None, why: "the <worker> died".into(), cause: None }).unwrap();
    open.apply(&Event::Submitted { ranking: vec![] }).unwrap();
    trees[1] = open;
    let weak = html(&manifest, &trees);
    for told in
        ["Repairs saw the hidden tests", "Weak isolation.", "1 of 4 programs are unscored.", "the &lt;worker&gt; died"]
    {
        assert!(weak.contains(told), "{told}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let attack = "</script><script>alert(1)</script>\u{202e}\u{1b}[31m\u{0}<img src=x onerror=alert(1)>";
    let problem = ProblemEntry { difficulty: Some(attack.into()), ..mend_testkit::entry("../../<b>etc</b>") };
    let facts = Facts { actual: Some(attack.into()), exception: Some(attack.into()), ..facts() };
    let long = format!("# {}", "x".repeat(1_000_000));
    let written = [
        program("p0", attack, Status::RuntimeError),
        program("p0/r0", &long, Status::WrongAnswer),
        program("p1", attack, Status::Passed),
    ];
    let trees = [tree(&problem, &written, &facts, None)];
    let manifest = mend_testkit::manifest(vec![problem]);
    let html = html(&manifest, &trees);
    assert!(!html.contains("<script>alert") && !html.contains("<img") && !html.contains("<b>etc"));
    let unseen = |char: char| char.is_control() && char != '\n' || matches!(char, '\u{202a}'..='\u{202e}');
    assert!(!html.contains(unseen));
    assert!(html.contains("../../&lt;b&gt;etc&lt;/b&gt;"));
    assert!(html.len() < 400_000, "a line of a megabyte is compressed: {}", html.len());
    let block = tree_json(&manifest, &trees[0]);
    assert!(block.contains("\u{27e8}U+202E\u{27e9}") && block.contains("\u{241b}[31m\u{2400}"));
}

#[test]
fn a_tree_has_edges_from_what_prompts_show_and_each_line_once() {
    let problem = mend_testkit::entry("a/1");
    let critique =
        Written { slot: "p0/f0", answer: "Line 2 is wrong.", program: None, status: Status::Passed, shows: &["p0"] };
    let repair =
        Written { shows: &["p0", "p0/f0"], ..program("p0/f0/r0", "def inc(x):\n    return x + 1", Status::Passed) };
    let written = [program("p0", "def inc(x):\n    return x - 1", Status::WrongAnswer), critique, repair];
    let tree = tree(&problem, &written, &facts(), Some("p0/f0/r0"));
    let block: serde_json::Value =
        serde_json::from_str(&tree_json(&mend_testkit::manifest(vec![problem]), &tree)).unwrap();
    let nodes = block["n"].as_array().unwrap();
    let of = |name: &str| nodes.iter().map(|node| node[name].clone()).collect::<Vec<_>>();
    assert_eq!(serde_json::json!(of("s")), serde_json::json!(["p0", "p0/f0", "p0/f0/r0"]));
    assert_eq!(serde_json::json!(of("pa")), serde_json::json!([null, 0, 1]));
    assert_eq!(serde_json::json!(of("sh")), serde_json::json!([null, [0], [0, 1]]));
    assert_eq!(block["sub"], 2);
    assert_eq!(nodes[0]["f"][0]["got"], "0");
    assert_eq!(nodes[2]["d"], serde_json::json!([1, "-13,1", "+13,1"]));
    let lines: Vec<&str> = block["L"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let mut once = lines.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), lines.len(), "a line stands twice");
}

#[test]
fn plots_are_named_drawings_without_names_of_colours() {
    let (manifest, trees) = run();
    let plots = with(&manifest, &trees, plots);
    assert!(plots.len() >= 5);
    for plot in plots {
        assert!(PLOT_NAMES.contains(&plot.name), "{}", plot.name);
        assert!(plot.svg.starts_with("<svg xmlns=") && plot.svg.ends_with("</svg>\n") && !plot.svg.contains("var("));
        assert!(!plot.svg.contains("NaN") && !plot.svg.contains("inf"), "{}", plot.name);
    }
}

#[test]
fn a_run_of_nothing_has_a_page_too() {
    let manifest = mend_testkit::manifest(vec![mend_testkit::entry("a/1")]);
    let html = html(&manifest, &[]);
    assert!(html.contains("nothing can be said yet") || html.contains("Nothing can be said yet"), "{}", &html[..3000]);
    let (shown, _) = html.split_once("<script").unwrap();
    assert!(!shown.contains("NaN"));
}

#[test]
fn the_parts_of_a_page_are_found_in_its_file_again_and_in_no_other() {
    let (manifest, trees) = run();
    let (html, parts) = with(&manifest, &trees, |input| (page(input).html, Parts::of(input)));
    let read = |html: &str| Parts::of_file(&mut html.as_bytes());
    let kept = read(&html).unwrap();
    let json = |parts: &Parts| serde_json::from_str::<serde_json::Value>(&parts.boot).unwrap();
    assert_eq!(json(&kept), json(&parts));
    assert_eq!((&kept.title, &kept.body, &kept.rates), (&parts.title, &parts.body, &parts.rates));
    assert_eq!(kept.headline, Headline::default());
    assert!(parts.headline.pass_at_1.is_some());
    for (what, other) in [
        ("another script", html.replace("script-src 'sha256-", "script-src 'sha256-A")),
        ("an element that we never write", html.replacen("<main", "<iframe></iframe><main", 1)),
        ("data that are none", html.replacen("{\"run\"", "\"run\"", 1)),
        ("half a file", html[..html.floor_char_boundary(html.len() / 3)].to_owned()),
        ("no page", "<body>".to_owned()),
    ] {
        assert_ne!(other, html, "{what}");
        assert_eq!(read(&other), None, "{what}");
    }
}

#[test]
fn a_table_that_is_large_lies_beside_the_page() {
    let (manifest, trees) = run();
    let options = Options::default();
    let (summary, drawn) = (summarize(&manifest, &trees, &options), drawn(&manifest, &trees, &options));
    let file = |name: &str, length| (name.to_owned(), noise(7, length).into_bytes());
    let files = [file("problems.csv", 1_000), file("nodes.csv", 6_000_000), file("samples.csv", 900_000)];
    let input = Input { manifest: &manifest, trees: &trees, summary: &summary, drawn: &drawn, files: &files };
    let html = page(&input).html;
    assert!(html.len() < 2_000_000, "{}", html.len());
    for (name, is_held) in [("problems.csv", true), ("nodes.csv", false), ("samples.csv", true)] {
        assert_eq!(html.contains(&format!("id=\"csv:{name}\"")), is_held, "{name}");
        assert!(html.contains(&format!("<a href=\"{name}\">")), "{name}");
    }
    assert!(html.contains("This page does not hold nodes.csv:"));
    let all = page(&Input { files: &files[..1], ..input }).html;
    assert!(!all.contains("This page does not hold"));
}

/// A text that cannot be compressed to less than half.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(length);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend([format!("{state:016x}\n")]);
    }
    text
}

#[test]
fn what_does_not_fit_into_ten_megabytes_is_left_out_and_said() {
    let problems: Vec<ProblemEntry> = (0..24).map(|index| mend_testkit::entry(&format!("a/{index}"))).collect();
    let trees: Vec<RepairTree> = problems
        .iter()
        .zip(0..)
        .map(|(problem, seed)| {
            let answer = noise(seed, 800_000);
            let passing = Written { answer: &answer, ..program("p0", "def inc(x):\n    return x + 1", Status::Passed) };
            tree(problem, &[passing], &facts(), Some("p0"))
        })
        .collect();
    let manifest = mend_testkit::manifest(problems);
    let (html, left_out) = with(&manifest, &trees, |input| {
        let page = page(input);
        (page.html, page.left_out)
    });
    assert!(html.len() < 10_000_000, "{}", html.len());
    assert_eq!(left_out, Some("the answers of programs that pass"));
    let (manifest, trees) = run();
    assert_eq!(with(&manifest, &trees, |input| page(input).left_out), None);
}
