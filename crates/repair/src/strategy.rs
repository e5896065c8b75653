//! A strategy: a script with its parameters chosen, under the name that tables show.

use crate::script::{Header, Parameter, Script, ScriptError, shipped_scripts};
use mend_core::{OracleFlags, Seat, StrategyIdentity, Suite};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Parameters as somebody typed them, by name.
pub type Chosen = BTreeMap<String, String>;

/// Widths of a tree. Figures are made for every width up to these, so they are no part of a strategy's label.
const WIDTHS: [&str; 3] = ["n_p", "n_f", "n_r"];

/// A script with its parameters chosen.
#[derive(Debug, Clone)]
pub struct Strategy {
    name: String,
    script: Script,
}

impl Strategy {
    /// The shipped strategy of that name, with its own parameters.
    pub fn named(name: &str) -> Option<Self> {
        let (name, text) = shipped_scripts().find(|(known, _)| *known == name)?;
        let script = Script::load(&format!("{name}.star"), text, &Chosen::new());
        Some(Self { name: name.to_owned(), script: script.expect("shipped scripts are valid: a test reads each") })
    }

    /// Reads a script. `path` is what messages name it.
    ///
    /// # Errors
    /// A text that is no script, with its line; parameters that it does not have or that do not fit; a name that no
    /// folder can have.
    pub fn from_script(path: &str, text: &str, chosen: &Chosen) -> Result<Self, StrategyError> {
        let script = Script::load(path, text, chosen)?;
        let name = script.name().to_owned();
        check_name(path, &name)?;
        Ok(Self { name, script })
    }

    /// Reads a definition of an earlier version, which becomes parameters of the script that took its place.
    ///
    /// # Errors
    /// Text that is no definition, with line and key; fields that do not go together.
    pub fn from_toml(path: &str, text: &str) -> Result<Self, StrategyError> {
        let definition: Definition = toml::from_str(text)
            .map_err(|error| StrategyError::Toml { path: path.to_owned(), why: error.to_string().trim().to_owned() })?;
        definition.check(path).map_err(|error| error.with_line(text))?;
        let (script, chosen) = definition.script();
        let strategy = Self::named(script).expect("the scripts that took their place are shipped").with(&chosen)?;
        Ok(Self { name: definition.name, ..strategy })
    }

    /// The strategy that a manifest froze.
    ///
    /// # Errors
    /// As [`Strategy::from_script`] and [`Strategy::from_toml`].
    pub fn of_identity(identity: &StrategyIdentity) -> Result<Self, StrategyError> {
        let Some(parameters) = &identity.parameters else {
            return Self::from_toml("manifest.json", &identity.definition);
        };
        let script = Script::load(&format!("{}.star", identity.name), &identity.definition, parameters)?;
        Ok(Self { name: identity.name.clone(), script })
    }

    /// The same strategy with other values of some parameters; the others keep theirs.
    ///
    /// # Errors
    /// A parameter that it does not have, or a value that does not fit.
    pub fn with(&self, chosen: &Chosen) -> Result<Self, StrategyError> {
        let mut all = self.parameters();
        all.extend(chosen.iter().map(|(name, value)| (name.clone(), value.clone())));
        let script = Script::load(self.script.file(), self.script.text(), &all)?;
        Ok(Self { name: self.name.clone(), script })
    }

    /// The same strategy with a critic who explains failures in the repairer's place; `None` if it has no such variant.
    pub fn with_critic(&self) -> Option<Self> {
        if self.script.name() != "self-repair" {
            return None;
        }
        let critic = Self::named("critic").and_then(|critic| critic.with(&self.parameters()).ok())?;
        let name = if self.name == self.script.name() { critic.name } else { self.name.clone() };
        Some(Self { name, ..critic })
    }

    /// The short name, as in a run's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// What it says of itself.
    pub fn header(&self) -> &Header {
        self.script.header()
    }

    /// Who is asked, in the order of seats.
    pub fn seats(&self) -> &[Seat] {
        &self.header().seats
    }

    /// What it can reach: what was granted to it.
    pub fn oracle(&self) -> OracleFlags {
        self.header().oracle()
    }

    /// The value of a parameter that is a whole number from 0; `None` if it has no such parameter.
    pub fn count(&self, parameter: &str) -> Option<u32> {
        match self.script.parameters().get(parameter)? {
            Parameter::Int(number) => u32::try_from(*number).ok(),
            Parameter::Bool(_) | Parameter::Float(_) | Parameter::Text(_) => None,
        }
    }

    /// Whether it has a parameter.
    pub fn has(&self, parameter: &str) -> bool {
        self.script.parameters().contains_key(parameter)
    }

    /// Its parameters, as one would type them.
    fn parameters(&self) -> Chosen {
        self.script.parameters().iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    }

    /// The name in tables: with the parameters whose values are not the script's own, but for widths, so that no two
    /// experiments share a name.
    pub fn label(&self) -> String {
        let changed = self.script.changed();
        let told: Vec<String> = changed
            .iter()
            .filter(|(name, _)| !WIDTHS.contains(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if told.is_empty() { self.name.clone() } else { format!("{} {}", self.name, told.join(" ")) }
    }

    /// What a manifest freezes.
    pub fn identity(&self) -> StrategyIdentity {
        let oracle = self.oracle();
        StrategyIdentity {
            name: self.name.clone(),
            label: Some(self.label()).filter(|label| *label != self.name),
            definition: self.script.text().to_owned(),
            parameters: Some(self.parameters()),
            prompts: self.script.digests(),
            oracle,
            oracle_level: oracle.level(),
            rounds: self.header().rounds.as_ref().map(|rounds| rounds.identity(self.header())),
        }
    }
}

fn check_name(path: &str, name: &str) -> Result<(), StrategyError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    let why = "must be letters, digits, `-` and `_`: it becomes part of a folder's name".to_owned();
    Err(StrategyError::Field { path: path.to_owned(), field: "name", why })
}

/// Names of the shipped strategies.
pub fn strategy_names() -> Vec<&'static str> {
    shipped_scripts().map(|(name, _)| name).collect()
}

/// The suite that feedback may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum See {
    /// No test at all.
    None,
    /// The tests that the statement shows: the clean variant.
    Public,
    /// The scoring tests too: the variant of the paper.
    Hidden,
}

/// The shape of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Policy {
    /// Programs only.
    Iid,
    /// Programs, and feedback with repairs for each failing one.
    Tree,
}

/// Who explains a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Explains {
    /// Whoever repairs, in the same completion: a joint feedback-and-repair pair.
    #[default]
    Repairer,
    /// A critic, in a completion of its own that each of its repairs is shown.
    Critic,
}

/// Which programs get critiques and repairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Critique {
    /// Those that fail a suite.
    #[default]
    Failing,
    /// All, and the critic is asked for its opinion of each. Its accuracy can then be told, and how often a right
    /// program is made wrong.
    All,
}

/// What is handed in when nothing passes `stop_on`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fallback {
    /// Nothing: a failure.
    #[default]
    None,
    /// The last program in the strategy's order.
    Last,
}

/// A strategy as the TOML of earlier versions says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// Short name, part of the run id.
    name: String,
    /// One line for people, which the script has words of its own for.
    #[serde(default, rename = "summary")]
    _summary: String,
    /// The shape of the tree.
    policy: Policy,
    /// `N_p`: programs to collect for each problem.
    n_p: u32,
    /// `N_f`: feedback-and-repair pairs for each failing program, or critiques if a critic explains. Zero for `iid`.
    #[serde(default)]
    n_f: u32,
    /// `N_r`: repairs by each critique. One if the repairer explains.
    #[serde(default = "one")]
    n_r: u32,
    /// Who explains a failure.
    #[serde(default)]
    explains: Explains,
    /// Which programs get critiques and repairs.
    #[serde(default)]
    critique: Critique,
    /// What feedback may show.
    see: See,
    /// The suite whose verdict decides what is handed in.
    stop_on: Suite,
    /// What is handed in when nothing passes.
    #[serde(default)]
    fallback: Fallback,
}

fn one() -> u32 {
    1
}

/// A definition that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// Not TOML, or not a definition.
    #[error("{path}: {why}")]
    Toml {
        /// The file, as the user named it.
        path: String,
        /// What is wrong, with line and key.
        why: String,
    },
    /// A field that does not go with the others.
    #[error("{path}: `{field}`: {why}")]
    Field {
        /// The file, as the user named it.
        path: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A script that cannot be used, or parameters that do not fit it.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

impl StrategyError {
    /// The same error with the line of the field, if the file states it.
    fn with_line(self, text: &str) -> Self {
        let Self::Field { path, field, why } = self else { return self };
        let states =
            |line: &str| line.trim_start().strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with('='));
        let path = text.lines().position(states).map_or(path.clone(), |index| format!("{path}:{}", index + 1));
        Self::Field { path, field, why }
    }
}

impl Definition {
    /// Refuses fields that do not go together.
    fn check(&self, path: &str) -> Result<(), StrategyError> {
        let field = |field, why: &str| Err(StrategyError::Field { path: path.to_owned(), field, why: why.to_owned() });
        check_name(path, &self.name)?;
        if self.n_p == 0 {
            return field("n_p", "must be at least 1");
        }
        match self.policy {
            Policy::Iid if self.n_f != 0 => return field("n_f", "must be 0 for the policy `iid`"),
            Policy::Tree if self.n_f == 0 => return field("n_f", "must be at least 1 for the policy `tree`"),
            Policy::Iid | Policy::Tree => {}
        }
        let has_critic = self.policy == Policy::Tree && self.explains == Explains::Critic;
        if self.n_r == 0 {
            return field("n_r", "must be at least 1");
        }
        if !has_critic && self.n_r != 1 {
            return field("n_r", "must be 1 unless a critic explains");
        }
        if !has_critic && self.critique == Critique::All {
            return field("critique", "must be `failing` unless a critic explains");
        }
        if self.see == See::Public && self.stop_on == Suite::Hidden {
            return field("stop_on", "must be `public` where `see` is `public`");
        }
        Ok(())
    }

    /// The script that took its place, and the parameters with which it is the same.
    fn script(&self) -> (&'static str, Chosen) {
        let see = match self.see {
            See::None => "none",
            See::Public => "public",
            See::Hidden => "hidden",
        };
        let stop_on = match self.stop_on {
            Suite::Public => "public",
            Suite::Hidden => "hidden",
        };
        let fallback = match self.fallback {
            Fallback::None => "none",
            Fallback::Last => "last",
        };
        let critique = match self.critique {
            Critique::Failing => "failing",
            Critique::All => "all",
        };
        let (n_p, n_f, n_r) = (self.n_p.to_string(), self.n_f.to_string(), self.n_r.to_string());
        let mut chosen = vec![("n_p", n_p.as_str()), ("stop_on", stop_on), ("fallback", fallback)];
        let script = match (self.policy, self.explains) {
            (Policy::Iid, _) => "iid",
            (Policy::Tree, Explains::Repairer) => {
                chosen.extend([("n_f", n_f.as_str()), ("see", see)]);
                "self-repair"
            }
            (Policy::Tree, Explains::Critic) => {
                chosen.extend([("n_f", n_f.as_str()), ("n_r", n_r.as_str()), ("see", see), ("critique", critique)]);
                "critic"
            }
        };
        (script, chosen.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
