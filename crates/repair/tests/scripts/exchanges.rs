//! What the tests of published systems share: a shipped script, played by a scripted model, and what it asked.

use crate::play::{Play, key, problem};
use crate::script;
use mend_core::{Kind, Problem, RepairTree, Seat, Slot};
use mend_repair::{Ask, Says, Script, ScriptedModel, readable, shipped_scripts};

/// A shipped script with some parameters.
pub(crate) fn shipped(name: &str, chosen: &[(&str, &str)]) -> Script {
    let text = shipped_scripts().find(|(known, _)| *known == name).unwrap().1;
    script(&format!("{name}.star"), text, chosen)
}

/// What a shipped script with some parameters says when it cannot be loaded.
pub(crate) fn refused(name: &str, chosen: &[(&str, &str)]) -> String {
    let text = shipped_scripts().find(|(known, _)| *known == name).unwrap().1;
    let chosen = chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Script::load(&format!("{name}.star"), text, &chosen).unwrap_err().to_string()
}

/// The oracle level of a shipped script with some parameters.
pub(crate) fn level(name: &str, chosen: &[(&str, &str)]) -> String {
    shipped(name, chosen).header().oracle().level().to_string()
}

/// A finished play, and what was handed in.
pub(crate) struct Played {
    pub(crate) play: Play,
    pub(crate) handed_in: Vec<String>,
}

/// Plays a shipped script to its end by a rule.
pub(crate) fn played(
    name: &str,
    chosen: &[(&str, &str)],
    rule: impl Fn(Seat, &Slot) -> Says + Send + Sync + 'static,
) -> Played {
    played_on(name, chosen, problem(), |problem| ScriptedModel::new(problem, rule))
}

/// The same at a problem of one's own, by a model that is made for it.
pub(crate) fn played_on(
    name: &str,
    chosen: &[(&str, &str)],
    problem: Problem,
    model: impl FnOnce(&Problem) -> ScriptedModel,
) -> Played {
    let script = shipped(name, chosen);
    let mut play = Play::with(&script, model(&problem), problem, RepairTree::new(key()));
    let ranking = play.finish(3).unwrap();
    let asked: u64 = play.asked.iter().map(|ask| ask.slots.len() as u64).sum();
    assert!(asked <= script.header().bound, "{name}: {asked}");
    Played { play, handed_in: ranking.iter().map(ToString::to_string).collect() }
}

impl Played {
    /// One line for each request: who is asked, for what, with how many messages.
    pub(crate) fn requests(&self) -> String {
        let line = |ask: &Ask| {
            let slots: Vec<String> = ask.slots.iter().map(ToString::to_string).collect();
            format!("{} {} ({})", ask.seat, slots.join(" "), ask.messages.len())
        };
        self.play.asked.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// How many nodes were asked for.
    pub(crate) fn nodes(&self) -> usize {
        self.play.asked.iter().map(|ask| ask.slots.len()).sum()
    }

    /// The request for a node.
    #[track_caller]
    pub(crate) fn ask(&self, slot: &str) -> &Ask {
        self.play.asked.iter().find(|ask| ask.slots.iter().any(|asked| asked.to_string() == slot)).unwrap()
    }

    /// All messages of the request for a node.
    #[track_caller]
    pub(crate) fn messages(&self, slot: &str) -> String {
        readable(&self.ask(slot).messages)
    }

    /// The last message of the request for a node.
    #[track_caller]
    pub(crate) fn question(&self, slot: &str) -> String {
        self.ask(slot).messages.last().unwrap().content.clone()
    }

    /// The nodes that the request for a node shows.
    #[track_caller]
    pub(crate) fn shows(&self, slot: &str) -> Vec<String> {
        self.ask(slot).shows.iter().map(ToString::to_string).collect()
    }
}

/// Every program fails, every critique has no opinion.
pub(crate) fn all_fail(_: Seat, slot: &Slot) -> Says {
    if slot.is_program() { Says::Program { public: false, hidden: false } } else { other(slot) }
}

/// Every program passes everything.
pub(crate) fn all_pass(_: Seat, slot: &Slot) -> Says {
    if slot.is_program() { Says::Program { public: true, hidden: true } } else { other(slot) }
}

/// What a node says that holds no program.
pub(crate) fn other(slot: &Slot) -> Says {
    match slot.kind() {
        Kind::Judgement => Says::judgement(Some(0.5), None),
        _ => Says::words(),
    }
}

/// The very program that another node holds, with that one's verdict.
pub(crate) fn copy_of(slot: &str, seat: &str) -> Says {
    Says::Text(format!("```python\ndef inc(*given):\n    return \"{slot} {seat}\"\n```\n"))
}

/// How many repairs stand behind a program.
pub(crate) fn depth(slot: &Slot) -> usize {
    slot.to_string().matches('r').count()
}
