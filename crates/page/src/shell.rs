//! What every page begins and ends with: its head with what it may do, and its script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The style of every page.
const STYLE: &str = include_str!("../assets/page.css");

/// The style of what is served alone.
const SERVED_STYLE: &str = include_str!("../assets/served.css");

/// What the script of every page begins with.
const COMMON: &str = include_str!("../assets/common.js");

/// The scripts of a run's report, in the order in which they need each other.
const REPORT: [&str; 7] = [
    COMMON,
    include_str!("../assets/base.js"),
    include_str!("../assets/lens.js"),
    include_str!("../assets/list.js"),
    include_str!("../assets/tree.js"),
    include_str!("../assets/node.js"),
    include_str!("../assets/main.js"),
];

const LIVE: &str = include_str!("../assets/live.js");
const SHELF: &str = include_str!("../assets/shelf.js");
const SEARCH: &str = include_str!("../assets/search.js");
const BESIDE: &str = include_str!("../assets/beside.js");
const COMPARE: &str = include_str!("../assets/compare.js");

/// A script with the digest by which a policy lets it run.
pub(crate) struct Script {
    text: String,
    digest: String,
}

impl Script {
    fn of(parts: &[&str]) -> Self {
        let text = format!("\"use strict\";(() => {{\n{}\n}})();", parts.concat());
        let digest = STANDARD.encode(Sha256::digest(text.as_bytes()));
        Self { text, digest }
    }

    /// The source by which a policy names it.
    pub(crate) fn source(&self) -> String {
        format!("'sha256-{}'", self.digest)
    }

    /// That of a run's report.
    pub(crate) fn report() -> Self {
        Self::of(&REPORT)
    }

    /// The same, which follows its run.
    pub(crate) fn live() -> Self {
        let mut parts = REPORT.to_vec();
        parts.push(LIVE);
        Self::of(&parts)
    }

    /// That of the list of runs.
    pub(crate) fn shelf() -> Self {
        let [common, base, ..] = REPORT;
        Self::of(&[common, base, SHELF])
    }

    /// That of the search.
    pub(crate) fn search() -> Self {
        let [common, base, ..] = REPORT;
        Self::of(&[common, base, SEARCH])
    }

    /// That of two runs beside each other.
    pub(crate) fn beside() -> Self {
        let [common, base, _, list, tree, node, _] = REPORT;
        Self::of(&[common, base, list, tree, node, BESIDE])
    }

    /// That of a comparison.
    pub(crate) fn compare() -> Self {
        Self::of(&[COMMON, COMPARE])
    }
}

/// A page as a file: it may load nothing at all. `style` is what it has beside the style of every page.
pub(crate) fn file(title: &str, style: &str, body: &Markup, script: &Script) -> String {
    let policy = format!("{}; base-uri 'none'; form-action 'none'", policy(script));
    let meta = html! { meta http-equiv="Content-Security-Policy" content=(policy); };
    document(title, (&meta, style), None, body, Some(script))
}

/// A page of a server, with the policy that goes into its header: it may ask that server, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The page.
    pub html: String,
    /// The value of `Content-Security-Policy`.
    pub policy: String,
}

/// A page of a server. `figures` names the state of the run that it shows; a page without a script has none of it.
pub(crate) fn served(title: &str, figures: Option<&str>, body: &Markup, script: Option<&Script>) -> Served {
    served_with(title, "", figures, body, script)
}

/// The same with a style beside that of every page.
pub(crate) fn served_with(
    title: &str,
    own_style: &str,
    figures: Option<&str>,
    body: &Markup,
    script: Option<&Script>,
) -> Served {
    let own = script.map_or_else(|| "default-src 'none'; style-src 'unsafe-inline'; img-src data:".to_owned(), policy);
    let policy = format!("{own}; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    // No picture: else every browser asks for one.
    let style = html! { link rel="icon" href="data:,"; style { (PreEscaped(SERVED_STYLE)) } };
    Served { html: document(title, (&style, own_style), Some(figures.unwrap_or_default()), body, script), policy }
}

fn policy(script: &Script) -> String {
    format!("default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data:", script.source())
}

fn document(
    title: &str,
    (more, own_style): (&Markup, &str),
    figures: Option<&str>,
    body: &Markup,
    script: Option<&Script>,
) -> String {
    let figures = figures.map(|figures| Some(figures).filter(|figures| !figures.is_empty()));
    let (is_served, figures) = (figures.is_some(), figures.flatten());
    html! {
        (DOCTYPE)
        html lang="en" data-served=[is_served.then_some("")] data-figures=[figures] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                @if !is_served { (more) }
                title { (crate::text::shown(title)) " \u{b7} mendbench" }
                style { (PreEscaped(STYLE)) (PreEscaped(own_style)) }
                @if is_served { (more) }
            }
            body { (body) @if let Some(script) = script { script { (PreEscaped(&script.text)) } } }
        }
    }
    .into_string()
}
