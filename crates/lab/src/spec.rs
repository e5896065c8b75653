//! How people are named who take a seat, and those who stand for them.
//!
//! `human:<file>`, `human:<file>,then=simulated:<file>,after_minutes=10`, `simulated:<file>`, `simulated:<file>,model=<name>`.

use crate::data::{absolute, read_file};
use crate::failure::Failure;
use mend_core::Minutes;
use mend_model::{Model, People, SimulatedPeople};
use std::path::Path;
use std::sync::Arc;

/// Who answers.
#[derive(Debug, PartialEq)]
pub(crate) enum Spec<'a> {
    /// People, by what they wrote.
    Human {
        /// What they wrote.
        file: &'a str,
        /// Who answers once they have spent so many minutes: what others wrote, or a simulation of themselves.
        then: Option<(Option<&'a str>, Minutes)>,
    },
    /// A simulation of people, by what they wrote of other programs.
    Simulated {
        /// What they wrote.
        file: &'a str,
        /// The model that writes by it; `None` if what they wrote is said again.
        writer: Option<&'a str>,
    },
}

impl<'a> Spec<'a> {
    /// Reads what a user typed; `None` if it names something else.
    pub(crate) fn parse(name: &'a str) -> Result<Option<Self>, Failure> {
        if let Some(rest) = name.strip_prefix("human:") {
            let (file, options) = split(rest, &["then", "after_minutes"]);
            let value = |key: &str| options.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
            let then = match (value("then"), value("after_minutes")) {
                (None, None) => None,
                (Some(then), Some(minutes)) => Some((then_file(name, then)?, minutes_of(name, minutes)?)),
                _ => return Err(wrong(name, "`then` and `after_minutes` go together")),
            };
            return Ok(Some(Self::Human { file, then }));
        }
        let Some(rest) = name.strip_prefix("simulated:") else { return Ok(None) };
        let (file, options) = split(rest, &["model", "mode"]);
        let value = |key: &str| options.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        let writer = match (value("model"), value("mode")) {
            (None, None | Some("copy")) => None,
            (Some(writer), None) => Some(writer),
            (Some(_), Some("copy")) => return Err(wrong(name, "with `mode=copy` no model writes: leave out `model`")),
            (_, Some(_)) => return Err(wrong(name, "`mode` is `copy`, or is left out")),
        };
        Ok(Some(Self::Simulated { file, writer }))
    }

    /// The part that names the rows, as it was typed.
    pub(crate) fn first(&self) -> String {
        match self {
            Self::Human { file, .. } => format!("human:{file}"),
            Self::Simulated { file, .. } => format!("simulated:{file}"),
        }
    }

    /// The name in manifests, with files by their own names.
    pub(crate) fn name(&self) -> String {
        let named = self.with(&base);
        match self {
            // People's own prefix is put there by whoever reads their rows.
            Self::Human { .. } => named.trim_start_matches("human:").to_owned(),
            Self::Simulated { .. } => named,
        }
    }

    /// What finds the same files again from anywhere.
    pub(crate) fn absolute(&self) -> String {
        self.with(&|file| absolute(Path::new(file)))
    }

    fn with(&self, path: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Human { file, then: None } => format!("human:{}", path(file)),
            Self::Human { file, then: Some((then, after)) } => {
                let then = then.map_or_else(|| "simulated".to_owned(), |then| format!("simulated:{}", path(then)));
                format!("human:{},then={then},after_minutes={after}", path(file))
            }
            Self::Simulated { file, writer } => {
                let writer = writer.map(|writer| format!(",model={writer}")).unwrap_or_default();
                format!("simulated:{}{writer}", path(file))
            }
        }
    }
}

/// A file, and the options behind it. A comma that no option follows belongs to what stands before it.
fn split<'a>(text: &'a str, known: &[&'static str]) -> (&'a str, Vec<(&'static str, &'a str)>) {
    let mut found: Vec<(usize, &'static str, usize)> = Vec::new();
    for name in known {
        let mark = format!(",{name}=");
        found.extend(text.find(&mark).map(|start| (start, *name, start + mark.len())));
    }
    found.sort_unstable();
    let end = |index: usize| found.get(index + 1).map_or(text.len(), |(start, ..)| *start);
    let options = found.iter().enumerate().map(|(index, (_, name, value))| (*name, &text[*value..end(index)]));
    (&text[..found.first().map_or(text.len(), |(start, ..)| *start)], options.collect())
}

fn then_file<'a>(name: &str, then: &'a str) -> Result<Option<&'a str>, Failure> {
    match then.strip_prefix("simulated") {
        Some("") => Ok(None),
        Some(rest) if rest.starts_with(':') && rest.len() > 1 => Ok(Some(&rest[1..])),
        _ => Err(wrong(name, "`then` is `simulated`, or `simulated:<file>`")),
    }
}

fn minutes_of(name: &str, text: &str) -> Result<Minutes, Failure> {
    text.parse().map_err(|error| wrong(name, &format!("`after_minutes={text}`: {error}")))
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::usage(format!("`{name}`: {why}")).hint(
        "such as `human:mine.jsonl,then=simulated,after_minutes=10`, `simulated:mine.jsonl`, or \
         `simulated:mine.jsonl,model=openai/gpt-4o-mini`",
    )
}

/// A file by its own name.
pub(crate) fn base(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// What people wrote. `may_be_missing`: a run can begin before anybody wrote anything.
pub(crate) fn people_of(path: &str, name: &str, may_be_missing: bool) -> Result<People, Failure> {
    let file = Path::new(path);
    let bytes = if may_be_missing && !file.exists() { Vec::new() } else { read_file(file)? };
    People::parse(path, name, &bytes).map_err(|error| Failure::usage(error).hint(FORM))
}

const FORM: &str = "`mend feedback todo <run>` writes a file of this form";

/// A simulation of people by what they wrote.
pub(crate) fn simulated_of(path: &str, name: &str, writer: Option<Arc<dyn Model>>) -> Result<SimulatedPeople, Failure> {
    let bytes = read_file(Path::new(path))?;
    SimulatedPeople::parse(path, name, &bytes, writer).map_err(|error| Failure::usage(error).hint(FORM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: &Spec<'_>, name: &str) {
        let spec = Spec::parse(typed).unwrap().unwrap();
        assert_eq!((&spec, spec.name().as_str()), (expected, name));
        // What is kept finds the same again.
        let kept = spec.absolute();
        assert_eq!(Spec::parse(&kept).unwrap().unwrap().absolute(), kept);
    }

    #[test]
    fn people_and_their_simulations_are_told_apart() {
        check("human:d/f.jsonl", &Spec::Human { file: "d/f.jsonl", then: None }, "f.jsonl");
        let ten = "10".parse().unwrap();
        check(
            "human:d/f.jsonl,then=simulated,after_minutes=10",
            &Spec::Human { file: "d/f.jsonl", then: Some((None, ten)) },
            "f.jsonl,then=simulated,after_minutes=10",
        );
        check(
            "human:a,b.jsonl,after_minutes=10,then=simulated:d/g.jsonl",
            &Spec::Human { file: "a,b.jsonl", then: Some((Some("d/g.jsonl"), ten)) },
            "a,b.jsonl,then=simulated:g.jsonl,after_minutes=10",
        );
        check("simulated:d/f", &Spec::Simulated { file: "d/f", writer: None }, "simulated:f");
        check("simulated:d/f,mode=copy", &Spec::Simulated { file: "d/f", writer: None }, "simulated:f");
        let writer = Some("sim/expert");
        check("simulated:f,model=sim/expert", &Spec::Simulated { file: "f", writer }, "simulated:f,model=sim/expert");
        assert_eq!(Spec::parse("sim/expert").unwrap(), None);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for typed in [
            "human:f,then=simulated",
            "human:f,after_minutes=3",
            "human:f,then=sim/expert,after_minutes=3",
            "human:f,then=simulated:,after_minutes=3",
            "human:f,then=simulated,after_minutes=soon",
            "simulated:f,mode=learn",
            "simulated:f,model=sim/expert,mode=copy",
        ] {
            assert!(Spec::parse(typed).is_err(), "{typed}");
        }
    }
}
