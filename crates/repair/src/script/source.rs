//! A script: its text, its parameters, and the header that it gives for them.

use super::describe::{Tracer, describe, exceeded, line_of, shown};
use super::error::{ScriptError, wrong};
use super::guard::{Meter, bound, check_shape, guarded, replaced_operators};
use super::header::Header;
use super::hints::{HEADER_HINT, hint};
use super::known::Reach;
use super::language::{globals, header_globals};
use super::library::{LIBRARY, LIBRARY_TEXT, reached};
use super::parameter::{self, Parameter, Parameters};
use super::rounds::{LEARN, Rounds, START};
use super::template::{Templates, pieces, pieces_in};
use super::values::Settings;
use mend_core::{Digest, Seat, Split, nearest};
use starlark::analysis::AstModuleLint as _;
use starlark::environment::{FrozenModule, Module};
use starlark::eval::{Evaluator, ReturnFileLoader};
use starlark::syntax::{AstModule, Dialect, DialectTypes};
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{FrozenHeapName, OwnedFrozenValue, Value, ValueLike as _};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const SHIPPED: &[(&str, &str)] = &[
    ("iid", include_str!("../../strategies/iid.star")),
    ("self-repair", include_str!("../../strategies/self-repair.star")),
    ("critic", include_str!("../../strategies/critic.star")),
    ("self-refine", include_str!("../../strategies/self-refine.star")),
    ("widths", include_str!("../../strategies/widths.star")),
    ("self-repair-paper", include_str!("../../strategies/self-repair-paper.star")),
    ("livecodebench-self-repair", include_str!("../../strategies/livecodebench-self-repair.star")),
    ("tool-critic", include_str!("../../strategies/tool-critic.star")),
    ("corgi", include_str!("../../strategies/corgi.star")),
    ("critique-revise", include_str!("../../strategies/critique-revise.star")),
    ("realcritic", include_str!("../../strategies/realcritic.star")),
    ("ctrl", include_str!("../../strategies/ctrl.star")),
    ("conversational-apr", include_str!("../../strategies/conversational-apr.star")),
    ("chatrepair", include_str!("../../strategies/chatrepair.star")),
    ("mucode", include_str!("../../strategies/mucode.star")),
    ("ledex", include_str!("../../strategies/ledex.star")),
    ("oci", include_str!("../../strategies/oci.star")),
    ("self-debug", include_str!("../../strategies/self-debug.star")),
    ("reflexion", include_str!("../../strategies/reflexion.star")),
    ("aider", include_str!("../../strategies/aider.star")),
    ("convcode", include_str!("../../strategies/convcode.star")),
    ("reset-and-discard", include_str!("../../strategies/reset-and-discard.star")),
    ("restart", include_str!("../../strategies/restart.star")),
    ("escalate", include_str!("../../strategies/escalate.star")),
    ("gate", include_str!("../../strategies/gate.star")),
    ("codet", include_str!("../../strategies/codet.star")),
    ("genx", include_str!("../../strategies/genx.star")),
    ("autoif", include_str!("../../strategies/autoif.star")),
    ("conair", include_str!("../../strategies/conair.star")),
    ("s-star", include_str!("../../strategies/s-star.star")),
    ("long-short-agreement", include_str!("../../strategies/long-short-agreement.star")),
    ("best-of-n", include_str!("../../strategies/best-of-n.star")),
    ("maj-at-k", include_str!("../../strategies/maj-at-k.star")),
    ("mathcritique", include_str!("../../strategies/mathcritique.star")),
    ("card", include_str!("../../strategies/card.star")),
    ("re-move", include_str!("../../strategies/re-move.star")),
    ("pyfixv", include_str!("../../strategies/pyfixv.star")),
    ("self-edit", include_str!("../../strategies/self-edit.star")),
    ("coffee", include_str!("../../strategies/coffee.star")),
    ("coffee-gym", include_str!("../../strategies/coffee-gym.star")),
    ("feedbackqa", include_str!("../../strategies/feedbackqa.star")),
    ("alpacafarm", include_str!("../../strategies/alpacafarm.star")),
    ("llm-critics", include_str!("../../strategies/llm-critics.star")),
    ("rltf", include_str!("../../strategies/rltf.star")),
    ("multicritique", include_str!("../../strategies/multicritique.star")),
    ("oaif", include_str!("../../strategies/oaif.star")),
    ("meta-rewarding", include_str!("../../strategies/meta-rewarding.star")),
    ("fine-grained", include_str!("../../strategies/fine-grained.star")),
    ("rethink-mcts", include_str!("../../strategies/rethink-mcts.star")),
    ("fito", include_str!("../../strategies/fito.star")),
    ("lats", include_str!("../../strategies/lats.star")),
    ("control", include_str!("../../strategies/control.star")),
    ("mapcoder", include_str!("../../strategies/mapcoder.star")),
    ("alphacodium", include_str!("../../strategies/alphacodium.star")),
    ("hints", include_str!("../../strategies/hints.star")),
    ("c3po", include_str!("../../strategies/c3po.star")),
    ("grounded", include_str!("../../strategies/grounded.star")),
    ("supercoder", include_str!("../../strategies/supercoder.star")),
    ("probe", include_str!("../../strategies/probe.star")),
    ("cdf", include_str!("../../strategies/cdf.star")),
    ("rubric", include_str!("../../strategies/rubric.star")),
    ("droc", include_str!("../../strategies/droc.star")),
    ("reloop", include_str!("../../strategies/reloop.star")),
    ("evoke", include_str!("../../strategies/evoke.star")),
    ("apohf", include_str!("../../strategies/apohf.star")),
    ("drift", include_str!("../../strategies/drift.star")),
    ("ldb", include_str!("../../strategies/ldb.star")),
    ("mint", include_str!("../../strategies/mint.star")),
    ("optimise", include_str!("../../strategies/optimise.star")),
];

/// The scripts that come with mend, by name, each with its text.
pub fn shipped_scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHIPPED.iter().copied()
}

/// The name under which a module keeps what its script gave to `strategy`.
pub(super) const HEADER: &str = "strategy_header";
/// The name of the function that is run for each problem.
pub(super) const SOLVE: &str = "solve";

/// The largest bound of a strategy.
const MOST_NODES: i32 = 1_000_000;

/// A strategy as a script, with its parameters chosen.
#[derive(Debug, Clone)]
pub struct Script {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) name: String,
    text: String,
    /// The helpers that it loads, by their names in the library.
    loaded: Vec<String>,
    /// The parameters as the script states them, in its order.
    defaults: Vec<(String, Parameter)>,
    pub(super) parameters: Arc<Parameters>,
    pub(super) header: Header,
    pub(super) module: FrozenModule,
    pub(super) templates: Templates,
}

impl Script {
    /// Reads a script and chooses its parameters. `name` is the file's, as messages show it.
    ///
    /// # Errors
    /// A text that is no Starlark or has no header, and parameters that it does not have or that do not fit.
    pub fn load(name: &str, text: &str, chosen: &BTreeMap<String, String>) -> Result<Self, ScriptError> {
        let module = evaluate_module(name, text, None)?;
        let tree = parse(name, text)?;
        let loads = tree.loads();
        let loaded = loads.iter().flat_map(|load| load.symbols.values()).map(|name| (*name).to_owned()).collect();
        let given = |name| module.get_option(name).ok().flatten();
        given(SOLVE).ok_or_else(|| {
            ScriptError::Text(format!(
                "{name}: the script defines no function `solve(problem, p)`, which is what is run for each problem\n  hint: `mend strategies new mine` writes a script that works, to begin with"
            ))
        })?;
        let header = given(HEADER).ok_or_else(|| {
            ScriptError::Text(format!(
                "{name}: the script never calls `strategy(...)`, which says whom it asks and what it may know\n  hint: `mend strategies new mine` writes a script that works, to begin with"
            ))
        })?;
        let defaults = defaults_of(name, &header)?;
        let parameters = Arc::new(choose(name, &defaults, chosen)?);
        let header = Header::of(name, text, &module, &parameters)?;
        let inner = Inner {
            name: name.to_owned(),
            text: text.to_owned(),
            loaded,
            defaults,
            parameters,
            header,
            module,
            templates: Templates::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The script's name: its file's, without folder and ending.
    pub fn name(&self) -> &str {
        let file = self.inner.name.rsplit('/').next().unwrap_or_default();
        file.strip_suffix(".star").unwrap_or(file)
    }

    /// The file, as messages name it.
    pub fn file(&self) -> &str {
        &self.inner.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The comment or docstring at its top, for people.
    pub fn about(&self) -> &str {
        let text = self.inner.text.trim_start();
        text.strip_prefix("\"\"\"").and_then(|rest| rest.split_once("\"\"\"")).map_or("", |(about, _)| about.trim())
    }

    /// What it says of itself, for the chosen parameters.
    pub fn header(&self) -> &Header {
        &self.inner.header
    }

    /// The parameters with the values that the script states, in its order.
    pub fn defaults(&self) -> &[(String, Parameter)] {
        &self.inner.defaults
    }

    /// The parameters as they were chosen.
    pub fn parameters(&self) -> &Parameters {
        &self.inner.parameters
    }

    /// Those parameters whose value is not the script's own.
    pub fn changed(&self) -> Vec<(&str, &Parameter)> {
        let changed = |(name, default): &'_ (String, Parameter)| self.inner.parameters.get(name) != Some(default);
        let named = self.inner.defaults.iter().filter(|entry| changed(entry));
        named
            .filter_map(|(name, _)| self.inner.parameters.get_key_value(name))
            .map(|(name, value)| (name.as_str(), value))
            .collect()
    }

    /// What its text mentions and does not hold: the helpers that it loads with all that these mention, and the pieces that
    /// its templates include, each with its text.
    pub fn mentions(&self) -> (String, Vec<(&'static str, &'static str)>) {
        let helpers = reached(self.inner.loaded.iter().map(String::as_str));
        let mut included = pieces_in(&self.inner.text);
        included.extend(pieces_in(&helpers));
        (helpers, pieces().filter(|(name, _)| included.contains_key(*name)).collect())
    }

    /// Digests of all texts that can enter its prompts or decide its acts: the script itself, the shared helpers that it can
    /// reach, and the pieces that these templates include.
    pub fn digests(&self) -> BTreeMap<String, Digest> {
        let mut digests = pieces_in(&self.inner.text);
        digests.insert("script".to_owned(), Digest::of(self.inner.text.as_bytes()));
        let library = reached(self.inner.loaded.iter().map(String::as_str));
        if !library.is_empty() {
            digests.extend(pieces_in(&library));
            digests.insert(LIBRARY.to_owned(), Digest::of(library.as_bytes()));
        }
        digests.insert("parameters".to_owned(), parameter::digest(&self.inner.parameters));
        digests
    }
}

fn dialect() -> Dialect {
    Dialect {
        enable_types: DialectTypes::Enable,
        enable_f_strings: true,
        enable_top_level_stmt: true,
        ..Dialect::Standard
    }
}

fn parse(name: &str, text: &str) -> Result<AstModule, ScriptError> {
    check_shape(text).map_err(|(line, why)| {
        ScriptError::Text(format!("{name}:{line}: {why}{}\n  hint: {}", shown(text, line), hint(&why)))
    })?;
    AstModule::parse(name, text.to_owned(), &dialect()).map_err(|error| ScriptError::Text(describe(name, text, &error)))
}

/// Runs a script's top level, and keeps what it defines. With a tracer, its functions can be traced too.
pub(super) fn evaluate_module(name: &str, text: &str, tracer: Option<&Tracer>) -> Result<FrozenModule, ScriptError> {
    let tree = parse(name, text)?;
    let mut library = None;
    for load in tree.loads() {
        if load.module_id != LIBRARY {
            return Err(ScriptError::Text(format!(
                "{name}: `load(\"{}\", ...)`: the one file that can be loaded is \"{LIBRARY}\"\n  hint: write other helpers into the script itself",
                load.module_id
            )));
        }
        if name != LIBRARY && library.is_none() {
            library = Some(evaluate_module(LIBRARY, LIBRARY_TEXT, tracer)?);
        }
    }
    // The same script, with a look at what may be large.
    let inserted = guarded(&tree, text);
    let mut tree = AstModule::parse(name, inserted, &dialect())
        .map_err(|error| ScriptError::Text(describe(name, text, &error)))?;
    tree.replace_binary_operators(&replaced_operators());
    let modules: HashMap<&str, &FrozenModule> = library.iter().map(|library| (LIBRARY, library)).collect();
    let loader = ReturnFileLoader { modules: &modules };
    let evaluated = Module::with_temp_heap(|module| {
        {
            let mut meter = Meter::default();
            let mut evaluator = Evaluator::new(&module);
            evaluator.set_loader(&loader);
            bound(&mut evaluator, &mut meter);
            if let Some(tracer) = tracer {
                tracer.watch(&mut evaluator);
            }
            evaluator.eval_module(tree, header_globals())?;
        }
        let heap = FrozenHeapName::User(Box::new(name.to_owned()));
        Ok(module.freeze_named(heap).map_err(|error| ScriptError::Text(format!("{name}: {}", error.err_msg))))
    });
    match (evaluated, tracer) {
        (Ok(module), _) => module,
        (Err(error), tracer) => match (exceeded(&error), tracer) {
            (Some(_), None) => evaluate_module(name, text, Some(&Tracer::default())),
            (Some(what), Some(tracer)) => Err(ScriptError::Text(tracer.exceeded(name, text, what))),
            (None, _) => Err(ScriptError::Text(describe(name, text, &error))),
        },
    }
}

/// The static check of the script's names and types: what is wrong, one line each.
pub fn check_script(name: &str, text: &str) -> Result<Vec<String>, ScriptError> {
    let tree = parse(name, text)?;
    let names = globals().names().map(|name| name.as_str().to_owned()).collect();
    let line = |lint: starlark::errors::Lint| {
        format!("{}:{}: {}", lint.location.filename(), lint.location.resolve_span().begin.line + 1, lint.problem)
    };
    // `solve(problem, p)` has both arguments, whether it uses them or not, and a loop may only count.
    let counts = |lint: &starlark::errors::Lint| {
        let line = text.lines().nth(lint.location.resolve_span().begin.line).unwrap_or_default();
        lint.short_name != "unused-argument"
            && !(lint.short_name == "unused-assign" && line.trim_start().starts_with("for "))
    };
    Ok(tree.lint(Some(&names)).into_iter().filter(counts).map(line).collect())
}

fn dict(value: Value<'_>) -> Option<DictRef<'_>> {
    DictRef::from_value(value)
}

/// The parameters that the header states, in its order.
fn defaults_of(name: &str, header: &OwnedFrozenValue) -> Result<Vec<(String, Parameter)>, ScriptError> {
    let fields = dict(header.value()).expect("`strategy` stores a dict");
    let Some(params) = fields.get_str("params") else { return Ok(Vec::new()) };
    let wrong = |why: String| ScriptError::Text(format!("{name}: `params` {why}\n  hint: {HEADER_HINT}"));
    let params = dict(params).ok_or_else(|| wrong("must be a dict of names and plain values".to_owned()))?;
    params
        .iter()
        .map(|(key, value)| {
            let key = key.unpack_str().ok_or_else(|| wrong("has a name that is not text".to_owned()))?;
            let value = Parameter::from_value(value).ok_or_else(|| {
                wrong(format!("gives `{key}` a {}: expected a number, a text, True or False", value.get_type()))
            })?;
            Ok((key.to_owned(), value))
        })
        .collect()
}

fn choose(
    script: &str,
    defaults: &[(String, Parameter)],
    chosen: &BTreeMap<String, String>,
) -> Result<Parameters, ScriptError> {
    let mut parameters: Parameters = defaults.iter().cloned().collect();
    for (name, text) in chosen {
        let error = |why: String| ScriptError::Parameter { script: script.to_owned(), name: name.clone(), why };
        let Some(value) = parameters.get_mut(name) else {
            let known: Vec<&str> = defaults.iter().map(|(name, _)| name.as_str()).collect();
            let known = if known.is_empty() {
                "it has no parameter".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            return Err(error(format!("the script has no such parameter; {known}")));
        };
        *value = value.parse_like(text).map_err(error)?;
    }
    Ok(parameters)
}

impl Header {
    /// Evaluates the header's fields for the chosen parameters: each is a value, or a function of the parameters.
    fn of(name: &str, source: &str, script: &FrozenModule, parameters: &Arc<Parameters>) -> Result<Self, ScriptError> {
        Module::with_temp_heap(|module| {
            let fields = script.get(HEADER).expect("a script without it is refused");
            let fields = module.heap().access_owned_frozen_value(&fields);
            let mut meter = Meter::default();
            let mut evaluator = Evaluator::new(&module);
            bound(&mut evaluator, &mut meter);
            let settings = module.heap().alloc(Settings { values: Arc::clone(parameters) });
            let mut field = |field: &str| -> Result<Option<Value<'_>>, ScriptError> {
                let Some(value) = dict(fields).and_then(|fields| fields.get_str(field)) else { return Ok(None) };
                if value.get_type() != "function" {
                    return Ok(Some(value));
                }
                let given = evaluator.eval_function(value, &[settings], &[]);
                given.map(Some).map_err(|error| ScriptError::Text(describe(name, source, &error)))
            };
            let at = line_of(source, "strategy(").map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"));
            let line = line_of(source, "strategy(").map(|line| shown(source, line)).unwrap_or_default();
            let bad = |field: &str, why: &str| {
                ScriptError::Text(format!("{at}: `{field}` in `strategy(...)` {why}{line}\n  hint: {HEADER_HINT}"))
            };
            let mut text = |name: &str| -> Result<String, ScriptError> {
                match field(name)? {
                    None => Ok(String::new()),
                    Some(value) => value.unpack_str().map(str::to_owned).ok_or_else(|| bad(name, "must be a text")),
                }
            };
            let (summary, paper, deviations, shape) =
                (text("summary")?, text("paper")?, text("deviations")?, text("shape")?);
            if summary.is_empty() {
                return Err(bad("summary", "must say in one line what the strategy does"));
            }
            let public = match text("public")? {
                word if word.is_empty() => None,
                word => Some(word.parse::<Split>().map_err(|why| bad("public", &format!("is wrong: {why}")))?),
            };
            let mut reach = |name: &str| -> Result<Reach, ScriptError> {
                let word = text(name)?;
                if word.is_empty() {
                    Ok(Reach::None)
                } else {
                    word.parse().map_err(|why: String| bad(name, &format!("is wrong: {why}")))
                }
            };
            let (see, stop_on, select_on) = (reach("see")?, reach("stop_on")?, reach("select_on")?);
            let reference = match field("reference")? {
                None => false,
                Some(value) => value.unpack_bool().ok_or_else(|| bad("reference", "must be True or False"))?,
            };
            let seats = field("seats")?.ok_or_else(|| bad("seats", "must list who is asked, such as [\"coder\"]"))?;
            let items: Vec<Value<'_>> = ListRef::from_value(seats)
                .map(|list| list.iter().collect())
                .or_else(|| TupleRef::from_value(seats).map(|tuple| tuple.iter().collect()))
                .ok_or_else(|| bad("seats", "must be a list"))?;
            let mut seats = Vec::new();
            for item in items {
                let word = item.unpack_str().ok_or_else(|| bad("seats", "must be a list of texts"))?;
                seats.push(word.parse::<Seat>().map_err(|error| bad("seats", &format!("is wrong: {error}")))?);
            }
            if seats.is_empty() {
                return Err(bad("seats", "must list at least one seat"));
            }
            seats.sort_unstable();
            seats.dedup();
            let bound = field("bound")?.ok_or_else(|| {
                bad("bound", "must give the most requests for one problem, as a number or a function of the parameters")
            })?;
            let bound = bound
                .unpack_i32()
                .filter(|bound| (1..=MOST_NODES).contains(bound))
                .ok_or_else(|| bad("bound", &format!("must be a whole number from 1 to {MOST_NODES}")))?;
            let rounds = rounds_of(&mut field, &bad)?;
            if rounds.is_some() {
                for function in [START, LEARN] {
                    if script.get_option(function).ok().flatten().is_none() {
                        let signature = if function == START { "start(p)" } else { "learn(state, trees, p)" };
                        return Err(bad("round", &format!("needs a function `{signature}`, which the script lacks")));
                    }
                }
            } else if dict(fields).is_some_and(|fields| fields.get_str("round").is_none())
                && let Some(function) =
                    [START, LEARN].into_iter().find(|function| script.get_option(function).ok().flatten().is_some())
            {
                let why = format!(
                    "is missing, and `{function}` is never called without it: say how many trees to learn from at a time, or rename the function"
                );
                return Err(bad("round", &why));
            }
            Ok(Self {
                summary,
                paper,
                deviations,
                shape,
                seats,
                public,
                see,
                stop_on,
                select_on,
                reference,
                bound: u64::from(bound.unsigned_abs()),
                rounds,
            })
        })
    }
}

/// How a strategy goes through its problems, by its header. A field that is None counts as left out.
fn rounds_of<'v>(
    field: &mut dyn FnMut(&str) -> Result<Option<Value<'v>>, ScriptError>,
    bad: &dyn Fn(&str, &str) -> ScriptError,
) -> Result<Option<Rounds>, ScriptError> {
    let mut given = |name: &str| field(name).map(|value| value.filter(|value| !value.is_none()));
    let (round, dev, passes, learn_on) = (given("round")?, given("dev")?, given("passes")?, given("learn_on")?);
    let Some(round) = round else {
        let others = [("dev", dev), ("passes", passes), ("learn_on", learn_on)];
        return match others.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => {
                Err(bad(name, "is for a strategy with `round`, the number of trees that it learns from at a time"))
            }
            None => Ok(None),
        };
    };
    let count = |name: &str, value: Value<'_>| {
        let number = value.unpack_i32().filter(|number| (1..=MOST_NODES).contains(number));
        number
            .map(i32::unsigned_abs)
            .ok_or_else(|| bad(name, &format!("must be a whole number from 1 to {MOST_NODES}")))
    };
    let size = count("round", round)?;
    let share = |value: Value<'_>| {
        let number = value.unpack_i32().map(f64::from);
        number
            .or_else(|| value.downcast_ref::<StarlarkFloat>().map(|float| float.0))
            .filter(|share| (0.0..1.0).contains(share))
    };
    let dev = match dev {
        None => 0.0,
        Some(value) => share(value).ok_or_else(|| {
            bad(
                "dev",
                "must be a number from 0 up to 1: the share of the problems that shape the state and are not reported",
            )
        })?,
    };
    let passes = passes.map_or(Ok(1), |value| count("passes", value))?;
    let learn_on = match learn_on {
        None => Reach::None,
        Some(value) => {
            let word = value.unpack_str().ok_or_else(|| bad("learn_on", "must be a text"))?;
            word.parse().map_err(|why: String| bad("learn_on", &format!("is wrong: {why}")))?
        }
    };
    if dev == 0.0 {
        let why = "needs `dev`, the share of the problems that shape the state: without it every problem is reported";
        if learn_on > Reach::None {
            return Err(bad("learn_on", why));
        }
        if passes > 1 {
            return Err(bad("passes", why));
        }
    }
    Ok(Some(Rounds { size, dev, passes, learn_on }))
}

/// The header's fields as `strategy` takes them.
pub(super) const FIELDS: [&str; 16] = [
    "summary",
    "paper",
    "deviations",
    "shape",
    "seats",
    "params",
    "public",
    "see",
    "stop_on",
    "select_on",
    "reference",
    "bound",
    "round",
    "dev",
    "passes",
    "learn_on",
];

/// Checks the names of the header's fields.
pub(super) fn check_field(name: &str) -> starlark::Result<()> {
    if FIELDS.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, FIELDS).map(|field| format!("; did you mean `{field}`?")).unwrap_or_default();
    Err(wrong(format!("`strategy` has no field `{name}`{meant} (its fields are {})", FIELDS.join(", "))))
}
