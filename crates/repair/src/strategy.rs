//! What to do next, as a pure function of a tree.

use mend_core::{Node, OracleFlags, Outcome, RepairTree, Seat, Slot, Suite};
use serde::{Deserialize, Serialize};
use std::iter::Peekable;

/// The suite that feedback may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum See {
    /// No test at all.
    None,
    /// The tests that the statement shows: the clean variant.
    Public,
    /// The scoring tests too: the variant of the paper.
    Hidden,
}

impl See {
    /// The suites whose facts may be shown, in their order.
    pub fn suites(self) -> &'static [Suite] {
        match self {
            Self::None => &[],
            Self::Public => &[Suite::Public],
            Self::Hidden => &[Suite::Public, Suite::Hidden],
        }
    }
}

/// The shape of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Programs only.
    Iid,
    /// Programs, and feedback with repairs for each failing one.
    Tree,
}

/// Who explains a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explains {
    /// Whoever repairs, in the same completion: a joint feedback-and-repair pair.
    #[default]
    Repairer,
    /// A critic, in a completion of its own that each of its repairs is shown.
    Critic,
}

/// Which programs get critiques and repairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Critique {
    /// Those that fail a suite.
    #[default]
    Failing,
    /// All, and the critic is asked for its opinion of each. Its accuracy can then be told, and how often a right
    /// program is made wrong.
    All,
}

/// What is handed in when nothing passes `stop_on`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// Nothing: a failure.
    #[default]
    None,
    /// The last program in the strategy's order.
    Last,
}

/// A strategy as its TOML says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Short name, part of the run id.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub summary: String,
    /// The shape of the tree.
    pub policy: Policy,
    /// `N_p`: programs to collect for each problem.
    pub n_p: u32,
    /// `N_f`: feedback-and-repair pairs for each failing program, or critiques if a critic explains. Zero for `iid`.
    #[serde(default)]
    pub n_f: u32,
    /// `N_r`: repairs by each critique. One if the repairer explains.
    #[serde(default = "one")]
    pub n_r: u32,
    /// Who explains a failure.
    #[serde(default)]
    pub explains: Explains,
    /// Which programs get critiques and repairs.
    #[serde(default)]
    pub critique: Critique,
    /// What feedback may show.
    pub see: See,
    /// The suite whose verdict decides what is handed in.
    pub stop_on: Suite,
    /// What is handed in when nothing passes.
    #[serde(default)]
    pub fallback: Fallback,
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

const SHIPPED: [(&str, &str); 3] = [
    ("iid", include_str!("../strategies/iid.toml")),
    ("self-repair", include_str!("../strategies/self-repair.toml")),
    ("critic", include_str!("../strategies/critic.toml")),
];

/// The names of the strategies that come with mend.
pub fn strategy_names() -> Vec<&'static str> {
    SHIPPED.iter().map(|(name, _)| *name).collect()
}

/// Something that may be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Ask a model for the node.
    Ask {
        /// Who is asked.
        seat: Seat,
        /// The program that the prompt is about, or the critique of it; `None` for a first program.
        about: Option<Slot>,
    },
    /// Judge the node's completion on all suites.
    Judge,
    /// Read the critique in the node's completion.
    Read,
}

/// What a strategy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Every act that is now enabled, done ones left out. In the strategy's order.
    Enabled(Vec<(Slot, Act)>),
    /// Nothing is left to do: hand this in.
    Done {
        /// The node; `None` for nothing.
        submit: Option<Slot>,
    },
}

/// What a tree may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Programs that may be drawn, at most `n_p`. Lower where saved samples are fewer.
    pub programs: u32,
    /// Whether models may be asked for more. Else the tree is done once all that it has is judged.
    pub may_ask: bool,
}

/// A validated definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    definition: Definition,
}

impl Strategy {
    /// The shipped strategy of that name.
    pub fn named(name: &str) -> Option<Self> {
        let (name, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Some(Self::from_toml(name, text).expect("shipped strategies are valid: a test reads each"))
    }

    /// Reads a definition.
    ///
    /// # Errors
    /// Text that is no definition, with line and key; fields that do not go together.
    pub fn from_toml(path: &str, text: &str) -> Result<Self, StrategyError> {
        let definition = toml::from_str(text)
            .map_err(|error| StrategyError::Toml { path: path.to_owned(), why: error.to_string().trim().to_owned() })?;
        Self::new(path, definition).map_err(|error| error.with_line(text))
    }

    /// Validates a definition.
    ///
    /// # Errors
    /// Fields that do not go together. `path` names the source in the message.
    pub fn new(path: &str, definition: Definition) -> Result<Self, StrategyError> {
        let field = |field, why: &str| Err(StrategyError::Field { path: path.to_owned(), field, why: why.to_owned() });
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if definition.name.is_empty() || !definition.name.chars().all(plain) {
            return field("name", "must be letters, digits, `-` and `_`: it becomes part of a folder's name");
        }
        if definition.n_p == 0 {
            return field("n_p", "must be at least 1");
        }
        match definition.policy {
            Policy::Iid if definition.n_f != 0 => return field("n_f", "must be 0 for the policy `iid`"),
            Policy::Tree if definition.n_f == 0 => return field("n_f", "must be at least 1 for the policy `tree`"),
            Policy::Iid | Policy::Tree => {}
        }
        let has_critic = definition.policy == Policy::Tree && definition.explains == Explains::Critic;
        if definition.n_r == 0 {
            return field("n_r", "must be at least 1");
        }
        if !has_critic && definition.n_r != 1 {
            return field("n_r", "must be 1 unless a critic explains");
        }
        if !has_critic && definition.critique == Critique::All {
            return field("critique", "must be `failing` unless a critic explains");
        }
        if definition.see == See::Public && definition.stop_on == Suite::Hidden {
            return field("stop_on", "must be `public` where `see` is `public`");
        }
        Ok(Self { definition })
    }

    /// The definition.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The roles that it asks.
    pub fn seats(&self) -> &'static [Seat] {
        match (self.definition.policy, self.definition.explains) {
            (Policy::Iid, _) => &[Seat::CODER],
            (Policy::Tree, Explains::Repairer) => &[Seat::CODER, Seat::REPAIRER],
            (Policy::Tree, Explains::Critic) => &[Seat::CODER, Seat::CRITIC, Seat::REPAIRER],
        }
    }

    /// The definition as TOML, complete.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.definition).expect("a definition has only plain fields")
    }

    /// What the strategy can reach, derived from its definition.
    pub fn oracle(&self) -> OracleFlags {
        let repairs = self.definition.policy == Policy::Tree;
        let decides_on_hidden = self.definition.stop_on == Suite::Hidden;
        OracleFlags {
            sees_hidden: repairs && self.definition.see == See::Hidden,
            stops_on_hidden: repairs && decides_on_hidden,
            selects_on_hidden: decides_on_hidden,
            sees_reference: false,
        }
    }

    /// Every act that is now enabled. Collection is complete: each program that fails the public or the
    /// hidden suite gets its feedback and repairs; which of them a policy would have used is decided in simulation.
    pub fn next(&self, tree: &RepairTree, allowance: &Allowance) -> Next {
        let mut acts = Vec::new();
        let mut below = Vec::new();
        let mut known = Known { nodes: tree.nodes().peekable() };
        for program in (0..self.definition.n_p.min(allowance.programs)).map(Slot::program) {
            let node = known.at(&program);
            acts.extend(act(node, &program, Seat::CODER, None));
            if node.is_some_and(|node| self.is_mended(node)) {
                self.feedback(&program, &mut known, &mut below);
            }
        }
        acts.append(&mut below);
        if !allowance.may_ask {
            acts.retain(|(_, act)| !matches!(act, Act::Ask { .. }));
        }
        if acts.is_empty() { Next::Done { submit: self.submission(tree) } } else { Next::Enabled(acts) }
    }

    /// Whether a program gets feedback and repairs.
    fn is_mended(&self, node: &Node) -> bool {
        match self.definition.critique {
            Critique::Failing => fails_a_suite(node),
            Critique::All => node.verdict().is_some(),
        }
    }

    /// What may be done below a program: its pairs, or its critiques and the repairs by each that was read.
    fn feedback<'a>(
        &self,
        program: &Slot,
        known: &mut Known<'a, impl Iterator<Item = &'a Node>>,
        acts: &mut Vec<(Slot, Act)>,
    ) {
        for index in 0..self.definition.n_f {
            if self.definition.explains == Explains::Repairer {
                let repair = program.repair(index);
                acts.extend(act(known.at(&repair), &repair, Seat::REPAIRER, Some(program)));
                continue;
            }
            let critique = program.feedback(index);
            let node = known.at(&critique);
            acts.extend(act(node, &critique, Seat::CRITIC, Some(program)));
            if node.is_some_and(|node| matches!(node.outcome, Some(Outcome::Read(_)))) {
                for repair in (0..self.definition.n_r).map(|index| critique.repair(index)) {
                    acts.extend(act(known.at(&repair), &repair, Seat::REPAIRER, Some(&critique)));
                }
            }
        }
    }

    /// The first program that passes `stop_on`: programs first, then repairs. Where a problem has no such
    /// suite, the first program.
    fn submission(&self, tree: &RepairTree) -> Option<Slot> {
        let mut programs: Vec<&Node> = tree.nodes().filter(|node| node.verdict().is_some()).collect();
        programs.sort_by_key(|node| (node.slot.depth(), node.slot.clone()));
        let passing = programs.iter().find(|node| node.passes(self.definition.stop_on) != Some(false));
        let submitted = match self.definition.fallback {
            Fallback::None => passing,
            Fallback::Last => passing.or(programs.last()),
        };
        submitted.map(|node| node.slot.clone())
    }
}

/// The nodes of a tree, looked up in the order of their slots: one pass over the tree, because this is asked
/// after every event.
struct Known<'a, N: Iterator<Item = &'a Node>> {
    nodes: Peekable<N>,
}

impl<'a, N: Iterator<Item = &'a Node>> Known<'a, N> {
    fn at(&mut self, slot: &Slot) -> Option<&'a Node> {
        while self.nodes.next_if(|node| node.slot < *slot).is_some() {}
        self.nodes.next_if(|node| node.slot == *slot)
    }
}

/// What may be done now in a slot.
fn act(node: Option<&Node>, slot: &Slot, seat: Seat, about: Option<&Slot>) -> Option<(Slot, Act)> {
    let act = match node {
        None => Act::Ask { seat, about: about.cloned() },
        Some(node) if node.outcome.is_some() => return None,
        Some(_) if slot.is_program() => Act::Judge,
        Some(_) => Act::Read,
    };
    Some((slot.clone(), act))
}

fn fails_a_suite(node: &Node) -> bool {
    node.verdict()
        .is_some_and(|verdict| [Suite::Public, Suite::Hidden].iter().any(|suite| verdict.passes(*suite) == Some(false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::OracleLevel;

    #[test]
    fn shipped_strategies_are_valid_and_survive_their_own_toml() {
        for name in strategy_names() {
            let strategy = Strategy::named(name).unwrap();
            assert_eq!(strategy.definition().name, name);
            assert_eq!(Strategy::from_toml(name, &strategy.to_toml()).unwrap(), strategy);
        }
    }

    #[test]
    fn oracle_level_follows_from_what_a_strategy_sees_and_stops_on() {
        assert_eq!(Strategy::named("iid").unwrap().oracle().level(), OracleLevel::Clean);
        let self_repair = Strategy::named("self-repair").unwrap();
        assert_eq!(self_repair.oracle().level(), OracleLevel::TestsVisible);
        let level = |change: fn(&mut Definition)| {
            let mut definition = self_repair.definition().clone();
            change(&mut definition);
            Strategy::new("s.toml", definition).unwrap().oracle().level()
        };
        assert_eq!(level(|d| d.see = See::None), OracleLevel::HiddenStop);
        assert_eq!(level(|d| (d.see, d.stop_on) = (See::Public, Suite::Public)), OracleLevel::Clean);
        // Without repairs nothing is shown, whatever may be seen.
        assert_eq!(level(|d| (d.policy, d.n_f) = (Policy::Iid, 0)), OracleLevel::HiddenStop);
    }

    #[track_caller]
    fn check_refused(change: impl FnOnce(&mut Definition), message: &str) {
        let mut definition = Strategy::named("self-repair").unwrap().definition().clone();
        change(&mut definition);
        assert_eq!(Strategy::new("s.toml", definition).unwrap_err().to_string(), message);
    }

    #[test]
    fn fields_that_do_not_go_together_are_refused() {
        check_refused(|d| d.n_p = 0, "s.toml: `n_p`: must be at least 1");
        check_refused(|d| d.n_f = 0, "s.toml: `n_f`: must be at least 1 for the policy `tree`");
        check_refused(|d| d.policy = Policy::Iid, "s.toml: `n_f`: must be 0 for the policy `iid`");
        check_refused(|d| d.n_r = 2, "s.toml: `n_r`: must be 1 unless a critic explains");
        check_refused(|d| (d.explains, d.n_r) = (Explains::Critic, 0), "s.toml: `n_r`: must be at least 1");
        check_refused(|d| d.critique = Critique::All, "s.toml: `critique`: must be `failing` unless a critic explains");
        check_refused(|d| d.see = See::Public, "s.toml: `stop_on`: must be `public` where `see` is `public`");
        check_refused(
            |d| d.name = "a/b".into(),
            "s.toml: `name`: must be letters, digits, `-` and `_`: it becomes part of a folder's name",
        );
    }

    #[track_caller]
    fn check_file_refused(text: &str, message: &str) {
        assert_eq!(Strategy::from_toml("s.toml", text).unwrap_err().to_string(), message);
    }

    #[test]
    fn fields_of_a_file_that_do_not_go_together_are_named_with_their_line_if_they_have_one() {
        let text = "name = \"x\"\npolicy = \"tree\"\nn_p = 3\nsee = \"none\"\nstop_on = \"public\"\n";
        check_file_refused(text, "s.toml: `n_f`: must be at least 1 for the policy `tree`");
        let text = text.replace("n_p = 3", "n_p = 3\n  n_f=0");
        check_file_refused(&text, "s.toml:4: `n_f`: must be at least 1 for the policy `tree`");
    }

    #[test]
    fn bad_toml_names_line_and_key() {
        let text = "name = \"x\"\npolicy = \"tree\"\nn_p = \"many\"\n";
        insta::assert_snapshot!(Strategy::from_toml("s.toml", text).unwrap_err(), @r#"
        s.toml: TOML parse error at line 3, column 7
          |
        3 | n_p = "many"
          |       ^^^^^^
        invalid type: string "many", expected u32
        "#);
    }
}
