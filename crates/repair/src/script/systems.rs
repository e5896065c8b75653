//! The published systems that mend set out to cover, and what covers each: the table at the end of `docs/strategies.md`.

use super::source::shipped_scripts;
use std::fmt::Write as _;

/// What a system is to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A loop, a kind of feedback or a figure of code generation.
    Whole,
    /// A way to train: mend hands over what it trains on, and evaluates what comes of it.
    Training,
    /// Of another field: one idea of it carries over.
    Idea,
    /// A system beside the list of papers that its users will look for.
    Beside,
    /// A strategy of ours, or one that came later.
    Further,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Training => "training",
            Self::Idea => "one idea",
            Self::Beside => "beside the list",
            Self::Further => "further",
        }
    }
}

/// A system, and what covers it.
#[derive(Debug, Clone, Copy)]
pub struct System {
    /// Its number in the list of papers; `None` beside the list.
    pub number: Option<u32>,
    /// A short name.
    pub name: &'static str,
    /// What it is to mend.
    pub scope: Scope,
    /// Strategies that come with mend.
    pub presets: &'static [&'static str],
    /// What else covers it, or what is not there yet. Begins with `command`, `export` or `planned`.
    pub others: &'static [&'static str],
}

const fn of(
    number: u32,
    name: &'static str,
    scope: Scope,
    presets: &'static [&'static str],
    others: &'static [&'static str],
) -> System {
    System { number: Some(number), name, scope, presets, others }
}

const fn beside(name: &'static str, presets: &'static [&'static str]) -> System {
    System { number: None, name, scope: Scope::Beside, presets, others: &[] }
}

const fn further(name: &'static str, presets: &'static [&'static str]) -> System {
    System { number: None, name, scope: Scope::Further, presets, others: &[] }
}

use Scope::{Idea, Training, Whole};

/// Every system with something to build, by its number, then those beside the list, then further strategies.
pub const SYSTEMS: &[System] = &[
    of(
        1,
        "Closed-loop error correction in thermoelectrics: budget saved",
        Idea,
        &[],
        &[
            "command `mend report --at`: the pass rate of a strategy and of independent programs at a budget",
            "export: `budget_saved.csv` of a run has the share of the budget that is saved on the way to a pass rate",
        ],
    ),
    of(
        2,
        "Click-Pose: clicks until it is good enough",
        Idea,
        &["hints"],
        &["command `mend report`: hints@q in `hints.csv`"],
    ),
    of(
        3,
        "Coffee, CoffeePots",
        Whole,
        &["coffee"],
        &["command `mend export judgements --by edits`: pairs of critiques by what their edits pass"],
    ),
    of(
        4,
        "FeedbackLogs",
        Idea,
        &[],
        &[
            "export: `critiques.csv` and `nodes.csv` of a run have each feedback, who gave it about what, and what came of it",
            "command `mend export feedback-log`: one log of it as JSON lines, with whose program it was about and what came of it",
        ],
    ),
    of(
        5,
        "Label a few, we label the rest",
        Idea,
        &[],
        &[
            "command `mend feedback todo --budget 4 --by value`: which programs are worth a person's time, by four orders; one answer serves all programs that fail alike",
            "command `mend feedback curve`: pass rate against labels and minutes, for each order",
        ],
    ),
    of(
        6,
        "New skills after deployment",
        Idea,
        &[],
        &[
            "command `mend run --critic human:<file>`: feedback that people write, as a text, a yes or no, a rating, reasons, marked lines, or a program",
        ],
    ),
    of(
        7,
        "Coffee-Gym, CoffeeEval",
        Whole,
        &["coffee-gym"],
        &[
            "command `mend export rewards`: critiques with the pass fraction of their edits, and how faithful the editor is",
        ],
    ),
    of(8, "CRITIC", Whole, &["tool-critic"], &[]),
    of(9, "FeedbackQA", Idea, &["feedbackqa"], &[]),
    of(
        10,
        "SEFL",
        Training,
        &["llm-critics"],
        &[
            "command `mend run --strategy critic --programs mutants`: critiques of programs whose mistakes are known",
            "command `mend export synthetic-critiques`: those of them that name a true damage and no sound line",
        ],
    ),
    of(11, "PyFiXV", Whole, &["pyfixv"], &[]),
    of(12, "System-level natural language feedback", Idea, &["rubric"], &[]),
    of(13, "Data feedback loops", Idea, &["drift"], &[]),
    of(14, "CORGI", Idea, &["corgi"], &[]),
    of(15, "Critique and revision for alignment", Whole, &["critique-revise"], &[]),
    of(
        16,
        "Reward reports",
        Idea,
        &[],
        &[
            "export: `manifest.json` of a run has all that decides its numbers, its oracle level and its prompts by digest",
            "command `mend export run-card --since`: a page about a run, with what changed since another one",
        ],
    ),
    of(17, "DROC", Idea, &["droc"], &[]),
    of(18, "Long and short planning in conversations", Idea, &["long-short-agreement"], &[]),
    of(19, "Evoke", Whole, &["evoke"], &[]),
    of(20, "Visual prompting for UI critique", Idea, &["grounded"], &[]),
    of(21, "AlpacaFarm", Whole, &["alpacafarm"], &["planned: rankings by simulated and by other annotators, compared"]),
    of(22, "SuperCoder2.0", Whole, &["supercoder"], &[]),
    of(23, "ReLoop2", Idea, &["reloop"], &[]),
    of(24, "CARD", Whole, &["card"], &[]),
    of(27, "AutoMathCritique, MathCritique", Whole, &["mathcritique"], &[]),
    of(
        28,
        "GUIDE: a simulator of who gives feedback",
        Idea,
        &[],
        &[
            "command `mend run --seat critic=human:<file>,then=simulated,after_minutes=10`: a person's answers, then those of a simulation; `simulated:<file>` alone, with or without a model that writes",
            "command `mend report --axis minutes`, `--budget-minutes`: people's time as an axis and as a budget",
        ],
    ),
    of(
        29,
        "Feedback with switching costs",
        Idea,
        &[],
        &[
            "command `mend run --budget-observations`: calls of critics and annotators, and executions that a prompt shows, as a budget; calls, executions, questions and minutes too",
            "command `mend report --axis calls,executions,questions`: these as axes",
        ],
    ),
    of(
        30,
        "Surgical feedback effectiveness: uptake",
        Idea,
        &[],
        &[
            "export: `transitions.csv` of a run says how many tests a repair breaks and mends",
            "export: `uptake.csv` of a run says whether repairs change the lines that their feedback names",
        ],
    ),
    of(
        31,
        "LLM Critics (CriticGPT)",
        Whole,
        &["llm-critics"],
        &[
            "command `mend run --strategy critic --programs mutants`: a bench of known damages",
            "command `mend report`: `bugs` in `summary.json`, `mutants.csv`, `critic_lengths.csv`",
        ],
    ),
    of(
        32,
        "COACH: feedback depends on the policy",
        Idea,
        &[],
        &[
            "export: `critiques.csv` names the model whose program was judged (`about_model`), and `summary.json` keeps figures on several models apart",
        ],
    ),
    of(34, "GenX", Whole, &["genx", "codet"], &[]),
    of(35, "FITO (Pinpoint)", Whole, &["fito"], &[]),
    of(36, "RL4F", Training, &["coffee-gym"], &["command `mend export rewards`: rewards of critiques"]),
    of(37, "RLTF", Whole, &["rltf"], &["command `mend export rewards`: programs with their scores and the baseline's"]),
    of(
        38,
        "MultiCritique",
        Whole,
        &["multicritique"],
        &["command `mend export judgements --by sound`: the critique with most sound units against that with fewest"],
    ),
    of(
        39,
        "Self-repair (Olausson et al.)",
        Whole,
        &["self-repair", "critic", "self-repair-paper"],
        &["command `mend import self-repair`: the paper's own programs and verdicts"],
    ),
    of(41, "RealCritic", Whole, &["realcritic"], &[]),
    of(42, "RLVF, C3PO", Idea, &["c3po"], &["command `mend report`: `questions.csv`"]),
    of(43, "RethinkMCTS", Whole, &["rethink-mcts"], &[]),
    of(44, "ReST-EM", Training, &["iid"], &["command `mend export sft`: passing programs"]),
    of(
        45,
        "RLHF Workflow",
        Training,
        &["alpacafarm"],
        &["command `mend export judgements --by score`: the best and the worst of n"],
    ),
    of(
        47,
        "Online AI Feedback (OAIF)",
        Training,
        &["oaif"],
        &["command `mend export judgements --by choice`: its pairs, with the digest of the instruction"],
    ),
    of(
        48,
        "Fine-Grained RLHF",
        Training,
        &["fine-grained"],
        &["command `mend export fine-grained`: marks by category and lines, and their weighted score"],
    ),
    of(49, "RE-MOVE", Idea, &["re-move"], &[]),
    of(
        50,
        "Meta-Rewarding",
        Training,
        &["meta-rewarding"],
        &["command `mend export judgements --by rating`: the best and the worst judgement of a program"],
    ),
    of(
        52,
        "Process supervision for code",
        Training,
        &["probe"],
        &["command `mend export line-labels`: a label for each line"],
    ),
    of(55, "CTRL", Whole, &["ctrl", "widths"], &[]),
    of(56, "MINT", Whole, &["mint"], &[]),
    of(57, "Interactive optimisation of Python libraries", Whole, &["optimise"], &[]),
    of(60, "Conversational program repair", Whole, &["conversational-apr", "chatrepair"], &[]),
    of(61, "Linear feedback control of prompts", Whole, &["control"], &[]),
    of(62, "CDF", Idea, &["cdf"], &[]),
    of(64, "muCode", Whole, &["mucode"], &[]),
    of(
        65,
        "Heterogeneous feedback",
        Training,
        &[],
        &[
            "export: `nodes.csv` of a run has critiques, judgements, questions and tests of all seats",
            "command `mend export uniform`: these as one kind of record",
        ],
    ),
    of(66, "LeDex", Whole, &["ledex"], &["command `mend export chains`: accepted and rejected chains"]),
    of(67, "AutoIF", Whole, &["autoif"], &[]),
    of(68, "PSLE", Training, &["best-of-n"], &["command `mend export weighted`: weighted samples"]),
    of(69, "ConAIR", Whole, &["conair"], &[]),
    of(70, "PIT", Training, &["self-refine"], &["command `mend export improved`: a program and a better one"]),
    of(71, "OpenCodeInterpreter", Whole, &["oci"], &[]),
    of(
        72,
        "CodeReviewer",
        Training,
        &["critic"],
        &[
            "command `mend export review-set`: changes to review",
            "command `mend report` of `mend run --programs mutants`: how well a critic reviews",
        ],
    ),
    of(73, "APOHF", Whole, &["apohf"], &[]),
    beside("Reflexion", &["reflexion"]),
    beside("Self-Debug", &["self-debug"]),
    beside("Self-Refine", &["self-refine"]),
    beside("LDB", &["ldb"]),
    beside("AlphaCodium", &["alphacodium"]),
    beside("CodeT", &["codet"]),
    beside("LATS", &["lats"]),
    beside("MapCoder", &["mapcoder"]),
    beside("Self-Edit", &["self-edit"]),
    beside("LiveCodeBench's self-repair", &["livecodebench-self-repair"]),
    beside("aider's polyglot benchmark", &["aider"]),
    beside("S*", &["s-star"]),
    beside("ChatRepair", &["chatrepair"]),
    beside("Independent samples, best of n", &["iid", "best-of-n"]),
    further("ConvCodeWorld", &["convcode"]),
    further("Majority of n", &["maj-at-k"]),
    further("Reset and discard", &["reset-and-discard"]),
    further("A fresh start after some repairs", &["restart"]),
    further("A second model after some repairs", &["escalate"]),
    further("Edits that may break no passing test", &["gate"]),
];

/// The table, in Markdown.
pub(super) fn systems() -> String {
    let shipped: Vec<&str> = shipped_scripts().map(|(name, _)| name).collect();
    let mut text = String::from(
        "\n# Systems\n\n\
         mend set out from 73 papers on feedback and repair. By number, each of which something was to be built, the systems \
         beside them that people will look for, and further strategies. Eleven papers are left out: 25, 26, 33, 40, 46, 51, 53, \
         54, 58, 59 and 63 have nothing that mend could do. *Scope* is what of a system is there to build: the *whole* of a \
         loop or a figure, what a way of *training* learns from, or *one idea* of another field. What covers it is a *preset*, \
         which is a strategy above, a *command*, or an *export*, which is a file that a run leaves behind. What is *planned* is \
         not there yet.\n\n\
         | number | system | scope | covered by |\n|---|---|---|---|\n",
    );
    for system in SYSTEMS {
        let number = system.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let preset = |name: &&str| {
            if shipped.contains(name) {
                format!("preset [`{name}`](#{name})")
            } else {
                format!("planned: preset `{name}`")
            }
        };
        let others = system.others.iter().map(|other| (*other).to_owned());
        let covered: Vec<String> = system.presets.iter().map(preset).chain(others).collect();
        let _ = writeln!(text, "| {number} | {} | {} | {} |", system.name, system.scope.word(), covered.join("; "));
    }
    text
}
