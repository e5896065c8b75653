//! Pages of a server: what they hold, and what they never hold.

use mend_core::ProblemEntry;
use mend_metrics::RunLabels;
use mend_page::{Headline, Parts, Rate, Served, Shelved, beside, refusal, search, shelf, shelf_rows};

const ATTACK: &str = "</script><img src=x onerror=alert(1)>\u{202e}\u{1b}[31m\u{0}\"'&";

/// What a page of a server may do, and that it holds no markup of a stranger.
#[track_caller]
fn check(Served { html, policy }: &Served) {
    assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let scripts = policy.split("; ").find(|rule| rule.starts_with("script-src"));
    assert!(scripts.is_none_or(|rule| rule.starts_with("script-src 'sha256-") && !rule.contains("unsafe")), "{policy}");
    assert_eq!(html.matches("<script>").count(), usize::from(scripts.is_some()));
    assert!(!html.contains("<img") && !html.contains(['\u{202e}', '\u{1b}', '\0']));
    let lower = html.to_lowercase();
    for forbidden in ["src=\"http", "href=\"http", "@import", "url(http", " onclick=", " onload=", "javascript:"] {
        assert!(!lower.contains(forbidden), "{forbidden}");
    }
}

fn labels() -> RunLabels {
    let mut labels = RunLabels::of(&mend_testkit::manifest(vec![mend_testkit::entry("a/1")]));
    (labels.dataset, labels.model) = (ATTACK.into(), ATTACK.into());
    labels
}

fn shelved(name: &str, changed: u64) -> Shelved {
    let rate = Rate { value: 0.25, interval: Some((0.125, 0.5)) };
    let headline = Headline { pass_at_1: Some(rate), handed_in: None, tokens: Some(12_345) };
    Shelved { name: name.into(), labels: labels(), state: "running", finished: Some(3), trees: 8, headline, changed }
}

#[test]
fn the_list_has_the_newest_run_first_and_every_figure_with_its_interval() {
    let runs = [shelved("old", 86_400), shelved(ATTACK, 1_796_083_199)];
    let page = shelf(ATTACK, &runs, &[ATTACK.into()]);
    check(&page);
    let rows = shelf_rows(&runs, &[]);
    assert!(page.html.contains(rows.trim_end_matches("</div>")), "the rows are those of the page");
    let old = rows.find("/run/old/").unwrap_or_default();
    assert!(rows.find("2026-11-30 23:59") < Some(old) && old > 0, "{rows}");
    for told in ["25.0", "[12.5, 50.0]", "12,345", "running, 3 of 8 trees", "simulated", "1970-01-02 00:00"] {
        assert!(rows.contains(told), "{told}: {rows}");
    }
    let none = shelf("results", &[], &[]);
    assert!(none.html.contains("holds no run"));
}

#[test]
fn a_run_without_figures_shows_its_problems_and_says_so() {
    let problem = ProblemEntry { difficulty: Some(ATTACK.into()), ..mend_testkit::entry("../../<b>etc</b>") };
    let parts = Parts::bare(&mend_testkit::manifest(vec![problem]));
    let page = parts.served(None, "running", "running, 0 of 1 trees");
    check(&page);
    for told in [
        "being computed",
        "../../",
        "running, 0 of 1 trees",
        "<a class=\"up\" href=\"/\">All runs</a>",
        "data-served=\"\"",
    ] {
        assert!(page.html.contains(told), "{told}");
    }
    assert!(!page.html.contains("data-figures") && !page.html.contains("<b>etc"));
    assert!(parts.served(Some("17"), "complete", "complete").html.contains("data-figures=\"17\""));
    let json = serde_json::to_string(&parts).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Parts>(&json).ok(), Some(parts), "it crosses to another process");
}

#[test]
fn the_other_pages_hold_text_alone() {
    check(&search(ATTACK, &["one".to_owned()]));
    check(&beside(ATTACK, [(ATTACK, &labels()), ("b", &labels())], Some("/comparison?a=1")));
    check(&refusal(ATTACK, ATTACK, Some(ATTACK)));
}
