//! What to do about an error of a script, in one line.

use super::guard::{TOO_LONG, TOO_MUCH};
use super::library::LIBRARY_TEXT;

/// What every script may look up.
const ANY: &str =
    "docs/strategies.md lists what every name takes and gives; `mend strategies check` tries a script without a run";
/// What a header may look like.
pub(super) const HEADER_HINT: &str =
    "`mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields";

/// Names that `ask` takes for itself.
const TAKEN: [&str; 7] = ["to", "about", "n", "index", "chat", "sampling", "code"];

/// What to do, by the words of a message: where it begins with the first, and holds the second.
const HINTS: [(&str, &str, &str); 45] = [
    (TOO_LONG, ": ", "bound what it works on, or how often, by a parameter"),
    (TOO_LONG, "", "a loop of the script does not end in time: bound it by a parameter"),
    (TOO_MUCH, "", "keep only what later acts and prompts need, and bound what grows by a parameter"),
    ("", "with all that it holds", "keep only what later acts and prompts need, and bound what grows by a parameter"),
    ("", "deep, or holds itself", "keep values flat: lists of nodes and texts"),
    ("a range of", "", "let a `for` run over it, and leave the loop by `break`"),
    ("a whole number has more than", "", "a script counts and compares: use `%`, or floats, where numbers grow"),
    ("`int` reads", "", "a script counts and compares: use `%`, or floats, where numbers grow"),
    ("Integer value is too big", "", "a script counts and compares: use `%`, or floats, where numbers grow"),
    ("", "called recursively", DEEP),
    ("", "stack overflow", DEEP),
    (
        "",
        "type `parameters` has no attribute",
        "the parameters of a script are those that `params` in its header lists, each with its default",
    ),
    (
        "",
        "may not be used here",
        "a strategy whose next act hangs on it says so in its header by `stop_on`; `select_on` grants it for what is \
         handed in, behind `programs()`",
    ),
    ("", "may not be shown", "a strategy whose prompts show it says so in its header by `see`"),
    (
        "the reference solution may not be read",
        "",
        "a strategy that may read it says so in its header: `reference = True`",
    ),
    (
        "",
        "reserved keyword",
        "a script is Starlark: it has `for` over `range(n)`, and neither `while`, exceptions nor classes",
    ),
    ("Parse error", "", "a script is Starlark, which is written as Python is; look at this line and the one before it"),
    (
        "a template cannot be filled",
        "undefined",
        "give it as an argument of `ask`, such as `failure = seen`, or take it out of the template",
    ),
    ("", "to a template that does not name it", "take it out, or write the name as the template does"),
    (
        "a template",
        "",
        "a template is Jinja: `{{ name }}` shows an argument of `ask`; docs/strategies.md lists filters and pieces",
    ),
    (
        "the script asks for more than its bound",
        "",
        "end the loop that asks, or let `bound` follow the parameters, such as `bound = lambda p: p.n_p * (1 + p.n_r)`",
    ),
    ("", "is asked for twice", "what is asked without `index` takes the next free number by itself"),
    ("", "is not a kind of node", "the first argument of `ask` is the kind, the second the template"),
    (
        "",
        "`seats` in the header lists",
        "a seat is who is asked; `--seat` and `--sampling` choose its model and how that samples",
    ),
    (
        "the script makes more than",
        "",
        "a loop makes nodes without end, or `bound` is too small for what the script asks",
    ),
    ("`make` puts a program", "", "what other kinds hold is for somebody to write: ask for it"),
    ("`make` takes", "", "give the source of the program, such as what `replaced` returns, or the text of a note"),
    ("`replaced` takes", "", "`functions(program)` lists the names that a program defines"),
    (
        "Found ",
        "positional argument",
        "mend calls `solve(problem, p)`, and of a strategy that learns `start(p)` and `learn(state, trees, p)`",
    ),
    (
        "Missing",
        "positional parameter",
        "mend calls `solve(problem, p)`, and of a strategy that learns `start(p)` and `learn(state, trees, p)`",
    ),
    (
        "Immutable",
        "",
        "what stands at the top of a script cannot change: build a new list or dict, or keep it in the state",
    ),
    ("the state that `learn` returned", "is None", "end `learn` by `return state`, or by what comes next"),
    ("a repair is about", "", "`ask(\"repair\", MEND, about = program)` stands below that program"),
    ("a program that is about", "", "`ask(\"repair\", MEND, about = program)` stands below that program"),
    (
        "no program may be asked for after",
        "",
        "ask for all programs first, and call `programs()` where only the choice is left",
    ),
    ("`programs()` cannot be called", "", "call it in `solve` itself, behind `each`"),
    (
        "`solve`",
        "returned",
        "return the program to hand in, a list of programs with the best first, or None to hand in nothing",
    ),
    ("", "for a strategy that learns from one problem for others", LEARNS),
    (
        "",
        "expected what JSON has",
        "make texts, numbers, lists and dicts of it first: `str(x)` makes a text of anything",
    ),
    (
        "",
        "bytes as JSON",
        "keep only what later rounds need, such as the newest or the best items, and bound their number",
    ),
    ("", "needs a problem", "the top of a script only defines: what asks and judges stands in `solve`"),
    ("fail: ", "", "the script itself ends here, by `fail`"),
    ("", "the engine's own", "use another name"),
    (
        "",
        "not supported for types",
        "look at what the values are by `type(x)`, and make a text of a number by `str(x)`",
    ),
    ("", "has no attribute", "docs/strategies.md lists what nodes, verdicts and the problem have"),
];
const DEEP: &str = "a function of the script calls itself, or calls nest too deeply: use a loop with `range`";

const LEARNS: &str = "add `round = 16` to `strategy(...)`, `def start(p)`, which gives the first state, and \
                      `def learn(state, trees, p)`, which gives the next one";

/// What to do about a message.
pub(super) fn hint(message: &str) -> String {
    if let Some(hint) = unknown_name(message) {
        return hint;
    }
    let taken = |name: &&&str| message.starts_with("a template") && message.contains(&format!("`{name}` is undefined"));
    if let Some(name) = TAKEN.iter().find(taken) {
        return format!(
            "`{name}` is an argument of `ask` itself, which templates do not see: take another name for it"
        );
    }
    let known = HINTS.iter().find(|(begin, part, _)| message.starts_with(begin) && message.contains(part));
    known.map_or(ANY, |(_, _, hint)| hint).to_owned()
}

/// What to do about a name that nobody defined.
fn unknown_name(message: &str) -> Option<String> {
    let unknown = message.strip_prefix("Variable `").and_then(|rest| rest.split('`').next())?;
    if !message.contains("not found") {
        return None;
    }
    if unknown == "print" {
        return Some(
            "a script prints nothing: `fail(text)` ends it with a text, and `mend strategies check` shows its tree"
                .to_owned(),
        );
    }
    let is_helper = LIBRARY_TEXT.lines().any(|line| {
        let name = line.strip_prefix("def ").unwrap_or(line).split(['(', ' ']).next();
        name == Some(unknown) && (line.starts_with("def ") || line.contains(" = "))
    });
    if is_helper {
        return Some(format!("it is a helper: `load(\"lib.star\", \"{unknown}\")` at the top of the script brings it"));
    }
    let known =
        "define it above, or load it from \"lib.star\"; docs/strategies.md lists the names that every script knows";
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_have_their_own_hints() {
        assert!(hint(TOO_LONG).contains("does not end in time"));
        assert!(hint(&format!("{TOO_LONG}: `max` reads")).contains("works on"));
        assert!(hint(TOO_MUCH).contains("what grows"));
        assert_eq!(hint("something else"), ANY);
    }
}
