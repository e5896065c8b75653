//! Templates: texts with gaps, filled by minijinja. A name that nobody defined is an error.

use mend_core::Digest;
use minijinja::{Environment, UndefinedBehavior, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// Pieces that any template may include, such as the statement of the task or the sentence about a failure.
const PIECES: [(&str, &str); 16] = [
    ("system", include_str!("../../templates/system.jinja")),
    ("critic_system", include_str!("../../templates/critic_system.jinja")),
    ("task", include_str!("../../templates/task.jinja")),
    ("program", include_str!("../../templates/program.jinja")),
    ("answer", include_str!("../../templates/answer.jinja")),
    ("critique", include_str!("../../templates/critique.jinja")),
    ("repair", include_str!("../../templates/repair.jinja")),
    ("failure", include_str!("../../templates/failure.jinja")),
    ("again", include_str!("../../templates/again.jinja")),
    ("remember", include_str!("../../templates/remember.jinja")),
    ("reflect", include_str!("../../templates/reflect.jinja")),
    ("explain", include_str!("../../templates/explain.jinja")),
    ("reference", include_str!("../../templates/reference.jinja")),
    ("teach", include_str!("../../templates/teach.jinja")),
    ("hint", include_str!("../../templates/hint.jinja")),
    ("pinpoint", include_str!("../../templates/pinpoint.jinja")),
];

/// The pieces that any template may include, by name, each with its text.
pub fn pieces() -> impl Iterator<Item = (&'static str, &'static str)> {
    PIECES.into_iter()
}

/// The templates of one script, compiled as they are first used.
#[derive(Debug)]
pub(super) struct Templates {
    environment: RwLock<Environment<'static>>,
    /// What each template may ask for, by its text.
    words: RwLock<HashMap<String, Arc<BTreeSet<String>>>>,
}

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("fenced", fenced);
        environment.add_filter("code", code);
        environment.add_filter("sentence", sentence);
        environment.add_filter("quoted", quoted);
        for (name, source) in PIECES {
            environment.add_template(name, source).expect("the pieces are valid: a test renders each");
        }
        Self { environment: RwLock::new(environment), words: RwLock::default() }
    }

    /// The names that a template may ask for.
    pub(super) fn words(&self, source: &str) -> Arc<BTreeSet<String>> {
        if let Some(words) = self.words.read().unwrap_or_else(PoisonError::into_inner).get(source) {
            return Arc::clone(words);
        }
        let words: Arc<BTreeSet<String>> = Arc::new(words_in(source).into_iter().map(str::to_owned).collect());
        let mut known = self.words.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.to_owned(), Arc::clone(&words));
        words
    }

    /// Fills a template.
    pub(super) fn render(&self, source: &str, context: &Value) -> Result<String, minijinja::Error> {
        let name = Digest::of(source.as_bytes()).to_string();
        {
            let environment = self.environment.read().unwrap_or_else(PoisonError::into_inner);
            if let Ok(template) = environment.get_template(&name) {
                return template.render(context);
            }
        }
        let mut environment = self.environment.write().unwrap_or_else(PoisonError::into_inner);
        environment.add_template_owned(name.clone(), source.to_owned())?;
        environment.get_template(&name)?.render(context)
    }
}

/// The pieces that a text includes, directly or through others, with the digest of each.
pub(super) fn pieces_in(text: &str) -> BTreeMap<String, Digest> {
    let mut found = BTreeMap::new();
    let mut texts = vec![text];
    while let Some(text) = texts.pop() {
        for (name, source) in PIECES {
            let is_included = ["\"", "'"].iter().any(|quote| text.contains(&format!("include {quote}{name}{quote}")));
            if is_included && found.insert(name.to_owned(), Digest::of(source.as_bytes())).is_none() {
                texts.push(source);
            }
        }
    }
    found
}

/// The words in the tags of a template and of the pieces that it includes: all names that it may ask for.
fn words_in(text: &str) -> BTreeSet<&str> {
    let included = pieces_in(text);
    let pieces = PIECES.iter().filter(|(name, _)| included.contains_key(*name)).map(|(_, source)| *source);
    let mut words = BTreeSet::new();
    for text in std::iter::once(text).chain(pieces) {
        let mut rest = text;
        while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
            let tag = &rest[start + 2..];
            let end = tag.find("}}").into_iter().chain(tag.find("%}")).min().unwrap_or(tag.len());
            words.extend(tag[..end].split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()));
            rest = &tag[end..];
        }
    }
    words
}

/// A block of code or text, within fences that no run of backticks in it can close. Line numbers stay: only
/// newlines at the end are dropped.
fn fenced(text: &str, tag: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    let fence = "`".repeat(longest_run_of_backticks(text).max(2) + 1);
    format!("{fence}{tag}\n{text}\n{fence}")
}

/// A piece of code within a sentence, on one line.
pub(super) fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = if text.contains(['\r', '\n']) { &line } else { text };
    match longest_run_of_backticks(text) {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// Somebody else's words, quoted line by line.
fn quoted(text: &str) -> String {
    let lines = text.trim().lines().map(|line| format!("> {}", line.trim_end()).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// A note as a sentence of its own.
fn sentence(note: &str) -> String {
    let note = note.trim();
    let mut characters = note.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if note.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_tags_are_found_in_pieces_too() {
        assert_eq!(
            words_in("a {{ b|code }}{% if c.d -%} e {%- endif %}{{ f"),
            BTreeSet::from(["b", "c", "code", "d", "endif", "f", "if"])
        );
        let words = words_in("{% include \"critique\" %}");
        assert!(
            ["asks_opinion", "entry_point", "program", "failure"].iter().all(|name| words.contains(name)),
            "{words:?}"
        );
        assert!(!words.contains("sentences"), "{words:?}");
    }

    #[test]
    fn no_backtick_in_a_program_closes_its_block() {
        assert_eq!(fenced("x\n````\n", "python"), "`````python\nx\n````\n`````");
        assert_eq!(fenced("", "text"), "```text\n\n```");
        assert_eq!(code("a `b`"), "`` a `b` ``");
    }
}
