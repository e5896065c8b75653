//! The page that describes all shipped strategies and all names that scripts know, as `docs/strategies.md` has it.

use super::guard::OWN;
use super::language::{globals, own_functions};
use super::library::LIBRARY_TEXT;
use super::source::{Script, shipped_scripts};
use super::systems::systems;
use super::values::documented;
use super::{Reach, Rounds};
use mend_core::Seat;
use starlark::docs::{DocFunction, DocItem, DocMember};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The page, in Markdown.
pub fn catalogue() -> String {
    let mut page = String::from(
        "# Strategies\n\n\
         This page is written by a test from the scripts in `crates/repair/strategies/`; do not edit it. \
         `mend strategies list` and `mend strategies show <name>` say the same for the version that you have. \
         [Writing a strategy](writing-a-strategy.md) begins with nothing.\n\n\
         *Reach* is what the harness gives a strategy: whose facts its prompts may show (`see`), whose outcome may decide \
         what it does next (`stop_on`), whose outcome may decide what it hands in (`select_on`). Its *oracle level* follows \
         from that. The *bound* is the most completions for one problem.\n",
    );
    for (name, text) in shipped_scripts() {
        let script = match Script::load(&format!("{name}.star"), text, &BTreeMap::new()) {
            Ok(script) => script,
            Err(error) => {
                // A test loads every shipped script.
                let _ = write!(page, "\n## {name}\n\n{error}\n");
                continue;
            }
        };
        page.push_str(&section(&script));
    }
    page.push_str(&language());
    page.push_str(&systems());
    page
}

fn section(script: &Script) -> String {
    let header = script.header();
    let seats: Vec<String> = header.seats.iter().map(Seat::to_string).collect();
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    let parameters: Vec<String> = script.defaults().iter().map(|(name, value)| format!("`{name} = {value}`")).collect();
    let mut text = format!("\n## {}\n\n{}.\n\n{}\n\n| | |\n|---|---|\n", script.name(), header.summary, script.about());
    let rows = [
        ("paper", or(&header.paper, "none: it is ours")),
        ("differs from it", or(&header.deviations, "-")),
        ("shape", or(&header.shape, "-")),
        ("seats", seats.join(", ")),
        ("reach", reach(header.see, header.stop_on, header.select_on, header.reference)),
        ("oracle level", header.oracle().level().to_string()),
        ("bound", header.bound.to_string()),
        ("learns", header.rounds.as_ref().map_or_else(String::new, learns)),
        ("public tests", header.public.as_ref().map_or_else(String::new, ToString::to_string)),
        ("parameters", if parameters.is_empty() { "-".to_owned() } else { parameters.join(", ") }),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "| {name} | {} |", value.replace('|', "\\|"));
    }
    text
}

/// How it goes through its problems, in one line.
fn learns(rounds: &Rounds) -> String {
    let Rounds { size, dev, passes, learn_on } = rounds;
    if *dev == 0.0 {
        return format!("in rounds of {size} trees, each from those before it; all problems are reported");
    }
    let often = if *passes == 1 { "once".to_owned() } else { format!("{passes} times") };
    let reach =
        if *learn_on > Reach::None { format!(", where it reaches {}", learn_on.as_str()) } else { String::new() };
    format!("in rounds of {size} trees from {dev} of the problems, {often}{reach}; the others are reported")
}

/// What is granted, in one line.
pub(super) fn reach(see: Reach, stop_on: Reach, select_on: Reach, reference: bool) -> String {
    let reference = if reference { "; reads the reference solution" } else { "" };
    format!("see {}, stop_on {}, select_on {}{reference}", see.as_str(), stop_on.as_str(), select_on.as_str())
}

/// The names that scripts know.
fn language() -> String {
    let mut text = String::from(
        "\n# The language\n\nA script is Starlark: Python's syntax, without classes, exceptions and `while`. It knows these functions:\n\n",
    );
    let ours = own_functions().documentation().members;
    for (name, item) in &ours {
        let DocItem::Member(DocMember::Function(function)) = item else { continue };
        let said =
            function.docs.as_ref().map_or(String::new(), |docs| one_line(&docs.summary, docs.details.as_deref()));
        let _ = writeln!(text, "- `{name}({})`: {said}", parameters(function));
    }
    let is_known = |name: &String| !ours.contains_key(name) && !name.starts_with(OWN);
    let mut others: Vec<String> = globals().names().map(|name| name.as_str().to_owned()).filter(is_known).collect();
    others.sort();
    let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    let _ = write!(text, "\nand these of Starlark: {}.\n", others.join(", "));
    for (kind, members) in documented() {
        let _ = write!(text, "\nA *{kind}* has\n\n");
        for (name, member) in members {
            let (docs, name) = match &member {
                DocMember::Property(property) => (&property.docs, format!("`.{name}`")),
                DocMember::Function(function) => (&function.docs, format!("`.{name}({})`", parameters(function))),
            };
            let said = docs.as_ref().map_or(String::new(), |docs| one_line(&docs.summary, docs.details.as_deref()));
            let _ = writeln!(text, "- {name}: {said}");
        }
    }
    text.push_str("\n`load(\"lib.star\", ...)` brings these helpers:\n\n");
    for function in LIBRARY_TEXT.split("\ndef ").skip(1) {
        let (head, rest) = function.split_once('\n').unwrap_or((function, ""));
        // What begins with an underscore cannot be loaded.
        if head.starts_with('_') {
            continue;
        }
        let said = rest.trim_start().strip_prefix("\"\"\"").and_then(|rest| rest.split_once("\"\"\""));
        let said = said.map_or_else(String::new, |(said, _)| one_line(said, None));
        let _ = writeln!(text, "- `{}`: {said}", head.trim_end_matches(':'));
    }
    text.push_str(
        "- `WRITE`, `MEND`, `CRITIQUE`: templates for a program, for a repair, and for a critique.\n\
         - `AGAIN`, `REMEMBER`: templates for a repair, the first in a conversation, the second with a list of `lessons`.\n\
         - `REFLECT`, `EXPLAIN`, `PINPOINT`, `HINT`, `TEACH`: the templates of the helpers of these names.\n\
         - `TOLD`: a piece of a template that says what a test says of the last program of a conversation.\n\
         - `PATCH`, `STILL`: templates for the first patch of a buggy program, and for the next one in that conversation.\n\
         - `SEVERITY`: how bad a defect is, as a number: 1 for \"minor\", 5 for \"major\".\n",
    );
    text
}

fn one_line(summary: &str, details: Option<&str>) -> String {
    [summary, details.unwrap_or_default()].join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parameters(function: &DocFunction) -> String {
    let params = &function.params;
    let plain = params.pos_only.iter().chain(&params.pos_or_named).map(|one| one.name.clone());
    let named = params.named_only.iter().map(|one| format!("{} = ...", one.name));
    let rest = params.kwargs.iter().map(|one| format!("**{}", one.name));
    plain.chain(named).chain(rest).collect::<Vec<_>>().join(", ")
}
