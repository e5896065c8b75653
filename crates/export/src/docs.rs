//! The page that describes all kinds, as `docs/exports.md` has it: what stands in the kinds and in their types of row.

use crate::{Form, KINDS, Kind};
use serde_json::Value;
use std::fmt::Write as _;

const BEGIN: &str = "\
# Exports

`mend export <kind> <run...> --out <file>` writes what runs hold as records for trainers and other tools. This page is made of \
the kinds and their types of row: a test keeps it so.

```console
$ mend run --dataset starter --model sim/journeyman --out results/a-run
$ mend export sft results/a-run --out sft.jsonl
$ mend export trajectories results/a-run results/another --out - | head -1
$ mend export --list
$ mend export sft --schema
```

* *Rows.* JSON lines, unless a kind says otherwise. Runs stand in the order in which they are named, in each the problems in \
the data set's order, then replicates, then slots. The same runs and options give the same bytes.
* *Fields.* Every row has every field: what is not known, or does not apply, is null, never zero or an empty text. \
`mend export <kind> --schema` prints the JSON Schema. `schema_version` rises when a field goes away or changes its meaning.
* *Where rows come from* stands in every row (see the first table). Rows of a simulated model say so (`simulated`): they are \
good for trying a pipeline, and for nothing else. `oracle_level` says what feedback and choices of the run rest on: \
a model that is trained on runs above `clean` has seen what its test would hide.
* *Messages* are the prompt as it was sent. The journal keeps a prompt as one text, with a line such as `[user]` before each \
message. Where a message other than a quoted answer holds such a line itself, it is taken for two.
* *Options.* A kind that does not use an option refuses it.
* *Files.* A file is written under another name and renamed when it is whole. One that exists is kept, unless `--force` is \
given. `-`, the default, is standard output; a reader that goes away ends the export quietly.
* *What it leaves out* `mend` says on standard error, with the reason and a count. An export without a single row is an error \
(exit code 2), and no file is written. Of a run that is not finished, what is there is exported, and the exit code is 5.
* *Memory* is bounded by the trees of one problem, however large a run is.
";

/// The page.
pub fn documentation() -> String {
    let mut page = BEGIN.to_owned();
    page.push_str("\n## Fields of every row\n");
    let common: Vec<String> = KINDS.iter().find_map(|kind| kind.schema()).map_or_else(Vec::new, |schema| {
        let names = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        names.take_while(|name| name != "schema_version").chain(["schema_version".to_owned()]).collect()
    });
    if let Some(schema) = KINDS.iter().find_map(|kind| kind.schema()) {
        table(&mut page, &schema, &schema, |name| common.iter().any(|common| common == name));
    }
    for kind in KINDS {
        section(&mut page, kind, &common);
    }
    page
}

fn section(page: &mut String, kind: &Kind, common: &[String]) {
    let _ = write!(page, "\n## {}\n\n{}.", kind.name, capital(kind.summary));
    let rows: Vec<String> = kind.papers.iter().map(ToString::to_string).collect();
    match rows.as_slice() {
        [] => {}
        [row] => {
            let _ = write!(page, " Row {row} of the [table of papers](strategies.md).");
        }
        [before @ .., last] => {
            let _ = write!(page, " Rows {} and {last} of the [table of papers](strategies.md).", before.join(", "));
        }
    }
    let _ = write!(page, "\n\n{}\n", kind.about.trim());
    if !kind.flags.is_empty() {
        let names: Vec<String> = kind.flags.iter().map(|flag| format!("`{}`", flag.name())).collect();
        let _ = writeln!(page, "\nOptions: {}.", names.join(", "));
    }
    let Some(schema) = kind.schema() else {
        return;
    };
    if kind.form == Form::Document {
        return;
    }
    let is_own = |name: &str| !common.iter().any(|common| common == name);
    table(page, &schema, &schema, is_own);
    for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
        if part["properties"].is_object() {
            let _ = write!(page, "\n`{name}`: {}\n", line(part["description"].as_str().unwrap_or_default()));
            table(page, &schema, part, |_| true);
        }
    }
}

/// A table of the fields of an object.
fn table(page: &mut String, root: &Value, object: &Value, is_wanted: impl Fn(&str) -> bool) {
    let fields = object["properties"].as_object().into_iter().flatten();
    page.push_str("\n| field | type | what it holds |\n|---|---|---|\n");
    for (name, field) in fields.filter(|(name, _)| is_wanted(name)) {
        let said = line(field["description"].as_str().unwrap_or_default());
        let _ = writeln!(page, "| `{name}` | {} | {said} |", type_of(root, field));
    }
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// The type of a field in a few words.
fn type_of(root: &Value, field: &Value) -> String {
    let named = |reference: &str| {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let part = &root["$defs"][name];
        if part["properties"].is_object() { format!("`{name}`") } else { words_of(part) }
    };
    if let Some(reference) = field["$ref"].as_str() {
        return named(reference);
    }
    if let Some(choices) = field["anyOf"].as_array() {
        let types: Vec<String> = choices.iter().map(|choice| type_of(root, choice)).collect();
        return types.join(" or ");
    }
    let plain = |word: &str| match word {
        "array" => format!("list of {}", type_of(root, &field["items"])),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "whole number".to_owned(),
        "object" => "object".to_owned(),
        other => other.to_owned(),
    };
    match &field["type"] {
        Value::String(word) => plain(word),
        Value::Array(words) => words.iter().filter_map(Value::as_str).map(plain).collect::<Vec<_>>().join(" or "),
        _ => words_of(field),
    }
}

/// The words of a choice.
fn words_of(part: &Value) -> String {
    let of = |value: &Value| value.as_str().map(|word| format!("`{word}`"));
    let listed = part["enum"].as_array().into_iter().flatten().filter_map(of);
    let apart = part["oneOf"].as_array().into_iter().flatten().filter_map(|choice| of(&choice["const"]));
    listed.chain(apart).collect::<Vec<_>>().join(", ")
}

/// Every kind begins, so that a table entry cannot be half made.
#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_page_of_exports_is_what_the_kinds_say() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exports.md");
        let wanted = documentation();
        if std::env::var_os("MEND_WRITE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "docs/exports.md is not what the kinds say; write it anew: \
             MEND_WRITE_DOCS=1 cargo test -p mend-export the_page_of_exports"
        );
    }

    #[test]
    fn every_kind_is_described_and_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        let page = documentation();
        for kind in KINDS {
            assert!(!kind.summary.ends_with('.') && !kind.summary.is_empty(), "{}", kind.name);
            assert!(kind.about.contains(&format!("mend export {}", kind.name)), "{} has no example", kind.name);
            assert!(page.contains(&format!("\n## {}\n", kind.name)));
            assert!((kind.make)(&crate::Options::default()).is_ok(), "{} begins without options", kind.name);
        }
    }

    #[test]
    fn every_field_is_described_and_every_row_says_where_it_comes_from() {
        for kind in KINDS {
            let Some(schema) = kind.schema() else { continue };
            let mut parts = vec![(kind.name.to_owned(), &schema)];
            let defs = schema["$defs"].as_object().into_iter().flatten();
            parts.extend(defs.map(|(name, part)| (format!("{} {name}", kind.name), part)));
            for (place, part) in parts {
                for (name, field) in part["properties"].as_object().into_iter().flatten() {
                    let said = field["description"].as_str().unwrap_or_default();
                    assert!(!said.is_empty() || field["$ref"].is_string(), "{place}: `{name}` is not described");
                }
            }
            for name in ["run", "problem", "oracle_level", "model", "simulated", "schema_version"] {
                assert!(schema["properties"][name].is_object() || kind.form == Form::Document, "{}: {name}", kind.name);
            }
        }
    }
}
