//! What the documentation shows, held to what there is: every command parses, every link leads somewhere, every page is in
//! the site, and no phrase stands there that hides who does what.

use crate::args::Cli;
use clap::{CommandFactory as _, Parser as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Pages for readers, by their paths from the checkout.
fn pages() -> BTreeMap<String, String> {
    let mut names: Vec<String> =
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "results/README.md"]
            .into_iter()
            .chain(["python/README.md", "examples/own-problems/README.md"])
            .map(str::to_owned)
            .filter(|name| checkout().join(name).exists())
            .collect();
    for page in fs::read_dir(checkout().join("docs")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|extension| extension == "md") {
            names.push(format!("docs/{name}"));
        }
    }
    assert!(names.len() > 25, "{names:?}");
    names.into_iter().map(|name| (name.clone(), fs::read_to_string(checkout().join(&name)).unwrap())).collect()
}

/// The lines of a page, each with its number, whether it stands in a block between fences, and that block's language.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str, Option<&str>)> {
    let mut language = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if let Some(rest) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(rest.trim()) };
            return None;
        }
        Some((index + 1, line, language))
    })
}

/// The commands in blocks of a shell, with the lines on which they begin. What stands in a document within the block (between
/// `<< 'END'` and `END`) is left out.
fn commands(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut open, mut until): (Vec<(usize, String)>, bool, Option<&str>) = (Vec::new(), false, None);
    for (number, line, language) in lines(text) {
        let Some("sh" | "console" | "bash" | "yaml") = language else { continue };
        if let Some(end) = until {
            until = if line == end { None } else { until };
            continue;
        }
        let line = line.trim();
        if let Some((_, end)) = line.split_once("<< '") {
            until = end.strip_suffix('\'');
            continue;
        }
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let line = line.strip_prefix("run: ").unwrap_or(line);
        let (whole, goes_on) = line.strip_suffix('\\').map_or((line, false), |rest| (rest, true));
        match found.last_mut() {
            Some((_, command)) if open => command.push_str(whole),
            _ => found.push((number, whole.to_owned())),
        }
        open = goes_on;
    }
    found.retain(|(_, command)| command.split_whitespace().next() == Some("mend"));
    found
}

/// The words of a command up to its first comment, pipe or redirection.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in command.chars() {
        match (quote, letter) {
            (Some(mark), _) if letter == mark => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | '>' | ';' | '&') => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_command_that_a_page_shows_parses() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (page, text) in pages() {
        for (line, command) in commands(&text) {
            count += 1;
            if let Err(error) = Cli::try_parse_from(words(&command))
                && error.use_stderr()
            {
                wrong.push(format!("{page}:{line}: `{command}`: {error}"));
            }
        }
    }
    assert!(count > 80, "only {count} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Commands within sentences are patterns: their places may be names, but command and flags are real.
#[test]
fn every_command_within_a_sentence_has_real_flags() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for (number, line, language) in lines(&text) {
            let spans = line.split('`').skip(1).step_by(2).filter(|_| language.is_none());
            for span in spans.filter(|span| span.starts_with("mend ")) {
                let mut at = Cli::command();
                let mut known: BTreeSet<String> = flags(&at);
                for word in span.split_whitespace().skip(1) {
                    if word == "--" {
                        break;
                    }
                    if let Some(flag) = word.strip_prefix("--") {
                        let flag = flag.split(['=', '.', ',', ']']).next().unwrap();
                        if !known.contains(flag) && !["help", "version"].contains(&flag) {
                            wrong.push(format!("{page}:{number}: `{span}`: there is no --{flag}"));
                        }
                    } else if at.has_subcommands() && !word.starts_with(['<', '[', '-']) && word != "..." {
                        let below = at.find_subcommand(word).cloned();
                        let Some(below) = below else {
                            wrong.push(format!("{page}:{number}: `{span}`: there is no command {word}"));
                            break;
                        };
                        known.extend(flags(&below));
                        at = below;
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn flags(command: &clap::Command) -> BTreeSet<String> {
    command.get_arguments().filter_map(|flag| flag.get_long().map(str::to_owned)).collect()
}

/// The places of a page that a link can name: its headings, as the site and code hosts write them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = lines(text).filter(|(_, line, language)| language.is_none() && line.starts_with('#'));
    let anchor = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim();
        let letters = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        letters.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
    };
    headings.map(|(_, heading, _)| anchor(heading)).collect()
}

/// Links of a page, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line, language) in lines(text) {
        if language.is_some() {
            continue;
        }
        // Between backticks stands code.
        let prose = line.split('`').step_by(2);
        for (at, piece) in prose.enumerate() {
            // A link whose text is code begins in the piece before.
            let from_code = (at > 0 && piece.starts_with("](")).then(|| &piece[2..]);
            let inside = piece.match_indices("](").map(|(at, mark)| &piece[at + mark.len()..]);
            let all = from_code.into_iter().chain(inside.filter(|rest| Some(*rest) != from_code));
            found.extend(all.filter_map(|rest| Some((number, rest.split_once(')')?.0))));
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    let pages = pages();
    for (page, text) in &pages {
        for (line, link) in links(text) {
            if link.contains("://") {
                continue;
            }
            count += 1;
            let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let folder = Path::new(page).parent().unwrap();
            let target = if path.is_empty() { PathBuf::from(page) } else { tidy(&folder.join(path)) };
            let Ok(found) = fs::metadata(checkout().join(&target)) else {
                wrong.push(format!("{page}:{line}: `{link}` does not exist"));
                continue;
            };
            if page.starts_with("docs/") && !target.starts_with("docs") {
                wrong.push(format!("{page}:{line}: `{link}` leads out of the site: write the path between backticks"));
            }
            let Some(anchor) = anchor else { continue };
            let known = pages.get(target.to_str().unwrap()).map(|text| anchors(text)).unwrap_or_default();
            if !found.is_file() || !known.contains(anchor) {
                wrong.push(format!("{page}:{line}: `{link}`: there is no such heading"));
            }
        }
    }
    assert!(count > 100, "only {count} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A path without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            std::path::Component::CurDir => {}
            part => tidy.push(part),
        }
    }
    tidy
}

#[test]
fn every_page_is_in_the_site_once() {
    let pages = pages();
    let listed: Vec<String> =
        links(&pages["docs/SUMMARY.md"]).into_iter().map(|(_, link)| format!("docs/{link}")).collect();
    let once: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(once.len(), listed.len(), "a page stands twice in docs/SUMMARY.md");
    let there: BTreeSet<&String> =
        pages.keys().filter(|page| page.starts_with("docs/") && *page != "docs/SUMMARY.md").collect();
    assert_eq!(once, there, "docs/SUMMARY.md on the left, docs/ on the right");
}

#[test]
fn pages_are_read_as_readers_read_them() {
    let page = "\
# A [b](c.md) `x`

Text [`code`](one.md#a-b) and `[no](link)` and [two](two.md).
```sh
$ mend run --set 'a b' \\
    --n-p 3 | head   # says
cat > x << 'END'
mend nothing
END
mend runs # all
[no](fence.md)
```
";
    assert_eq!(links(page), [(1, "c.md"), (3, "one.md#a-b"), (3, "two.md")]);
    let found: Vec<Vec<String>> = commands(page).iter().map(|(_, command)| words(command)).collect();
    assert_eq!(found, [vec!["mend", "run", "--set", "a b", "--n-p", "3"], vec!["mend", "runs"]]);
    assert!(anchors("## Levels of *isolation*, `x`").contains("levels-of-isolation-x"));
}

/// What a sentence says without saying who does it, or by saying that something is no something. Each with its line.
fn phrases(text: &str) -> Vec<(usize, String)> {
    // `is no longer`, and comparisons: `no worse` is a verdict.
    const PLAIN: [&str; 9] = ["longer", "more", "less", "fewer", "larger", "smaller", "deeper", "better", "worse"];
    // A name between backticks is another word.
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '`' | '-' | '{' | '}' | '\'');
    let words: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .flat_map(|(index, line)| line.split(|c| !is_word(c)).map(move |word| (index + 1, word)))
        .filter(|(_, word)| !word.is_empty())
        .collect();
    let at = |index: usize| words.get(index).map_or("", |(_, word)| *word);
    let mut found = Vec::new();
    for (index, (line, word)) in words.iter().enumerate() {
        let after_there = index > 0 && at(index - 1).eq_ignore_ascii_case("there");
        let (next, then) = (at(index + 1), at(index + 2));
        let is_phrase = match *word {
            "is" | "are" if !after_there => match next {
                "none" => true,
                "told" => then != "apart",
                "no" => !then.is_empty() && !PLAIN.contains(&then),
                _ => false,
            },
            "to" => (next, then) == ("be", "had"),
            _ => false,
        };
        if is_phrase {
            found.push((*line, format!("{word} {next} {then}")));
        }
    }
    found
}

/// The lines of a source that users can read: no comment of the code, no test. Where documentation becomes help or a schema,
/// it counts too. Other lines stay as empty ones.
fn readable(source: &str, with_docs: bool) -> String {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let line = |line: &str| {
        let bare = line.trim_start();
        if bare.starts_with("//") && !(with_docs && bare.starts_with("///")) {
            return String::new();
        }
        line.split(" // ").next().unwrap().to_owned()
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Sources below a folder by the ending of their names, without tests.
fn sources(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            if !["tests", "benches", "target"].contains(&name.as_str()) {
                sources(&path, ending, into);
            }
        } else if name.ends_with(ending) && !["tests.rs", "documented.rs"].contains(&name.as_str()) {
            into.push(path);
        }
    }
}

/// An error says what it found, what it expected, and what to do; a page says who does what. The scripts of strategies are left
/// out, and docs/strategies.md with them: their text belongs to the identity of runs.
#[test]
fn what_users_read_says_who_does_what() {
    let mut files = Vec::new();
    sources(&checkout().join("crates"), ".rs", &mut files);
    sources(&checkout().join("python/src"), ".py", &mut files);
    assert!(files.len() > 300, "{}", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.strip_prefix(checkout()).unwrap().to_str().unwrap();
        let with_docs = ["crates/cli/src/args", "crates/serve/src/routes"].iter().any(|part| name.starts_with(part));
        let text = readable(&fs::read_to_string(&path).unwrap(), with_docs);
        wrong.extend(phrases(&text).into_iter().map(|(line, phrase)| format!("{name}:{line}: {phrase}")));
    }
    for (page, text) in pages().iter().filter(|(page, _)| *page != "docs/strategies.md") {
        wrong.extend(phrases(text).into_iter().map(|(line, phrase)| format!("{page}:{line}: {phrase}")));
    }
    assert!(wrong.is_empty(), "say who does what, and what something is:\n{}", wrong.join("\n"));
}

#[test]
fn phrases_are_told_from_plain_sentences() {
    let text = "There is no file.\nIt is no \\\n  file, and is told.\nB is no worse. Those are none; this is None.\n\
        They are told apart.\nIt is not to be had.\n";
    let expected = [(2, "is no file"), (3, "is told B"), (4, "are none this"), (6, "to be had")];
    assert_eq!(phrases(text), expected.map(|(line, phrase)| (line, phrase.to_owned())));
    assert_eq!(
        readable("/// is none\nlet x = 1; // is none\n#[cfg(test)]\nmod tests {\"is none\"}", false),
        "\nlet x = 1;"
    );
}
