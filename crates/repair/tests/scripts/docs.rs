//! The pages about strategies: the catalogue is what the scripts say, and the tutorial's scripts run.

use crate::play::{Play, by_luck, problem};
use crate::script;
use mend_core::RepairTree;
use mend_repair::{Script, ScriptedModel, catalogue, check_script, pieces, shipped_scripts};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// What holds of every strategy, before the first of them.
const EVERY: &str = "
What `solve` returns is *handed in*: a program, or a list of programs, best first. The first is what the tables call \
`submitted`; of a strategy that chooses by the hidden tests it is the first that passes the tests of the statement. `None` \
hands in nothing, and the problem counts as not solved.

Every `ask` draws an answer of its own: where a script asks the same twice, it gets two samples. A script that names no \
temperature takes that of the run: `--temperature`, 0.8 by default, or `--sampling <seat>.temperature=...` for one seat. Other \
settings of sampling go the same way. What a script sets itself, its text or its parameters say.

Constants are called the paper's where its text or its source has them, *not confirmed* where we have them from others' notes \
alone, and *ours* where the paper gives none.
";

/// The header's fields.
const FIELDS: [(&str, &str); 16] = [
    ("summary", "One line for people; it must be there."),
    ("paper", "Where it was published: authors, year, title."),
    ("deviations", "How the script differs from that."),
    ("shape", "The shape of its trees, in a few words."),
    ("seats", "Who is asked, such as `[\"coder\", \"critic\", \"critic-2\"]`; it must be there."),
    ("params", "A dict of what `--set name=value` can change, with its default: a number, a text, True or False."),
    ("public", "Which tests count as public: `statement`, `first`, `second`, `first-half` or `examples:<file>`."),
    ("see", "Whose failures prompts may show: `none`, `public` or `hidden`. `none` by default, as with the next two."),
    ("stop_on", "Whose outcome may decide what is done next."),
    ("select_on", "Whose outcome may decide what is handed in, beyond `stop_on`."),
    ("reference", "True if the reference solution may be read."),
    ("bound", "The most completions that one problem takes; it must be there."),
    (
        "round",
        "How many trees the strategy learns from at a time. It then has `start(p)` and `learn(state, trees, p)`.",
    ),
    ("dev", "The share of the problems that it learns from and that are not reported; 0, the default, reports all."),
    ("passes", "How often these problems are gone through; once by default."),
    ("learn_on", "What `see` and `stop_on` are raised to on these problems, such as `hidden`."),
];

/// Filters of our own, each with what it does and how the text `a` and a line break and `b` comes out.
const FILTERS: [(&str, &str, &str); 4] = [
    (
        "fenced(\"python\")",
        "A block of code or text, within fences that nothing in it can close.",
        "```python\na\nb\n```",
    ),
    ("code", "A piece of code within a sentence, on one line.", "`a b`"),
    ("quoted", "Somebody else's words, each line behind `>`.", "> a\n> b"),
    ("sentence", "A note as a sentence: a capital first, a stop at its end.", "A\nb."),
];

/// The pieces, each with what it says and the names that it wants beside those that every template knows. A name in
/// brackets may be left out.
const PIECES: [(&str, &str, &str); 16] = [
    ("system", "The system's message for programmers.", ""),
    ("critic_system", "The system's message for critics.", ""),
    ("task", "The statement, with the code that a program starts from.", ""),
    ("program", "`task`, and the request for a program.", ""),
    ("answer", "A program, and what its test says of it.", "program failure"),
    ("failure", "What the first failing test says, in sentences; for a verdict that failed.", "failure"),
    (
        "repair",
        "`program`, `answer`, the critique if there is one, and the request for a repaired program.",
        "program failure [critique]",
    ),
    (
        "critique",
        "`task`, `answer`, and the request for a critique; with `asks_opinion` it ends in a verdict.",
        "program failure [asks_opinion]",
    ),
    (
        "again",
        "What a test says of the last answer of a conversation, the critique, and the request for a repair.",
        "failure [critique]",
    ),
    ("remember", "`program`, `answer`, earlier texts, and the request for a repair.", "program failure lessons"),
    ("reflect", "`task`, `answer`, and the request to say what to do differently.", "program failure"),
    ("explain", "`task`, a program, and the request to explain it line by line.", "program"),
    ("pinpoint", "`task`, `answer`, and the request for a list of defects.", "program failure"),
    ("reference", "The reference solution, if it is given, with the request not to show it.", "[reference]"),
    (
        "hint",
        "`task`, `reference`, `answer`, and the request for a hint of a level from 1 to 4.",
        "program failure level [reference]",
    ),
    ("teach", "`task`, `reference`, `answer`, and the request for help.", "program failure [reference]"),
];

/// What a script's header and its templates know.
fn wording() -> String {
    let mut text = String::from(
        "\n# The header\n\n`strategy(...)` takes these fields. Each but `params` is a value, or a function of the parameters (`lambda p: ...`):\n\n",
    );
    for (name, said) in FIELDS {
        let _ = writeln!(text, "- `{name}`: {said}");
    }
    text.push_str(
        "\n# Templates\n\nA template is a text in Jinja, or a dict of two: `{\"system\": ..., \"user\": ...}`. \
         `{{ name }}` shows an argument of `ask`, `{% if name %}` asks whether there is one. A program is shown as its code, \
         another node as its text, a verdict as the facts of its first failure, and as nothing if nothing failed. A name that \
         nobody gave is an error. Every template knows `statement`, `style`, `entry_point` and `starter_code` of the problem.\n\n\
         Filters change what is shown, as in `{{ program | fenced(\"python\") }}`. These are ours; Jinja's own, such as \
         `trim`, `replace`, `upper` and `length`, are there too.\n\n",
    );
    for (name, said, _) in FILTERS {
        let _ = writeln!(text, "- `{name}`: {said}");
    }
    text.push_str(
        "\n`{% include \"task\" %}` includes a piece. `mend strategies show lib --templates` prints them all. Those in brackets \
         may be left out:\n\n| piece | says | wants |\n|---|---|---|\n",
    );
    for (name, said, wants) in PIECES {
        let optional = |name: &str| {
            name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).map(|name| format!("[`{name}`]"))
        };
        let wants: Vec<String> =
            wants.split_whitespace().map(|name| optional(name).unwrap_or_else(|| format!("`{name}`"))).collect();
        let _ = writeln!(text, "| `{name}` | {said} | {} |", wants.join(", "));
    }
    text
}

/// The whole page: what the scripts say, what holds of all, and what templates know.
fn strategies_page() -> String {
    let said = catalogue();
    let (head, strategies) = said.split_once("\n## ").unwrap();
    format!("{head}{EVERY}\n## {strategies}{}", wording())
}

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

#[test]
fn the_catalogue_is_what_the_scripts_say() {
    let (path, wanted) = (page("strategies.md"), strategies_page());
    if std::env::var_os("MEND_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/strategies.md is not what the scripts say; write it anew: MEND_WRITE_DOCS=1 cargo test -p mend-repair --test scripts catalogue"
    );
}

#[test]
fn the_catalogue_names_every_strategy_and_what_scripts_know() {
    let page = strategies_page();
    for (name, _) in shipped_scripts() {
        assert!(page.contains(&format!("\n## {name}\n")), "{name}");
    }
    for name in
        ["`ask(", "`judge(", "`each(", "`programs(", "`dice(", "`.first_failure(", "`.opinion`", "`first_passing("]
    {
        assert!(page.contains(name), "{name}");
    }
}

#[test]
fn the_page_names_the_fields_of_the_header_and_no_others() {
    let refused = Script::load("mine.star", "strategy(sees = 1)\n", &BTreeMap::new()).unwrap_err().to_string();
    let known = refused.split_once("(its fields are ").unwrap().1.split_once(')').unwrap().0;
    assert_eq!(known, FIELDS.map(|(name, _)| name).join(", "));
}

#[test]
fn the_page_names_all_pieces_and_what_each_wants() {
    let known: BTreeSet<&str> = pieces().map(|(name, _)| name).collect();
    assert_eq!(known, PIECES.iter().map(|(name, ..)| *name).collect());
    let shown = |names: &[&str]| -> String { names.iter().map(|name| [", ", *name, " = ", *name].concat()).collect() };
    for (piece, _, wants) in PIECES {
        let bare = |name: &str| name.trim_matches(['[', ']']).to_owned();
        let all: Vec<String> = wants.split_whitespace().map(bare).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let must: Vec<&str> = wants.split_whitespace().filter(|name| !name.starts_with('[')).collect();
        // With all that it wants, and with no more than it must have, it can be filled; without one of those it cannot.
        let mut given = vec![(all.clone(), true), (must.clone(), true)];
        given.extend((0..must.len()).map(|left_out| ([&must[..left_out], &must[left_out + 1..]].concat(), false)));
        for (names, is_enough) in given {
            let text = format!(
                "strategy(summary = \"s\", seats = [\"coder\", \"planner\"], see = \"public\", stop_on = \"public\", bound = 2)
def solve(problem, p):
    program = ask(\"program\", \"one\")
    failure, critique, asks_opinion, lessons, level, reference = judge(program, \"public\"), \"c\", True, [\"l\"], 1, \"r\"
    ask(\"note\", '{{% include \"{piece}\" %}}', about = program{})
",
                shown(&names)
            );
            let filled = filled(&text);
            assert_eq!(filled.is_ok(), is_enough, "{piece} with {names:?}: {filled:?}");
            let is_empty = filled.is_ok_and(|prompt| prompt.trim().is_empty());
            assert_eq!(is_empty, piece == "reference" && names.is_empty(), "{piece} with {names:?}");
        }
    }
}

#[test]
fn the_filters_of_the_page_do_what_it_says() {
    for (filter, _, becomes) in FILTERS {
        let text = format!(
            "strategy(summary = \"s\", seats = [\"planner\"], bound = 1)
def solve(problem, p):
    ask(\"note\", \"\"\"{{{{ text | {filter} }}}}\"\"\", text = \"a\\nb\")
"
        );
        assert_eq!(filled(&text).unwrap(), becomes, "{filter}");
    }
}

/// The last prompt of a script whose programs all fail.
fn filled(text: &str) -> Result<String, String> {
    let script = script("page.star", text, &[]);
    let problem = problem();
    let model = ScriptedModel::new(&problem, crate::exchanges::all_fail);
    let mut play = Play::with(&script, model, problem, RepairTree::new(crate::play::key()));
    play.finish(1).map_err(|error| error.to_string())?;
    Ok(play.asked.last().unwrap().messages.last().unwrap().content.clone())
}

#[test]
fn every_shipped_script_passes_the_check_of_names() {
    for (name, text) in shipped_scripts() {
        assert_eq!(check_script(&format!("{name}.star"), text).unwrap(), Vec::<String>::new(), "{name}");
    }
}

/// The whole scripts of a page.
fn scripts_in(page: &str) -> Vec<&str> {
    let blocks = page.split("```python\n").skip(1).filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block));
    blocks.filter(|block| block.contains("strategy(")).collect()
}

#[test]
fn every_script_of_the_tutorial_runs() {
    let page = std::fs::read_to_string(page("writing-a-strategy.md")).unwrap();
    let scripts = scripts_in(&page);
    assert!(scripts.len() >= 4, "{}", scripts.len());
    let mut repaired = 0;
    for (index, text) in scripts.into_iter().enumerate() {
        let name = format!("tutorial-{index}.star");
        assert_eq!(check_script(&name, text).unwrap(), Vec::<String>::new(), "{name}");
        let script = Script::load(&name, text, &BTreeMap::new()).unwrap_or_else(|error| panic!("{error}"));
        for luck in 0..10 {
            let mut play = Play::new(&script, by_luck, luck);
            play.finish(luck).unwrap_or_else(|error| panic!("{error}"));
            let asked = play.asked.iter().map(|ask| ask.slots.len() as u64).sum::<u64>();
            assert!((1..=script.header().bound).contains(&asked), "{name}: {asked}");
            repaired += play.asked.iter().filter(|ask| ask.about.is_some()).count();
        }
    }
    assert!(repaired > 0, "some script repairs something");
}
