//! `ask`: from what a script wants to a prompt with its place in the tree.

use super::error::{ScriptError, Signal, wrong};
use super::language::{sequence, text_of};
use super::session::Session;
use super::solver::{Act, Ask, Asked, Tweaks};
use super::values::{NodeValue, Passage, TestValue, VerdictValue, fields};
use crate::feedback::{Failure, VALUE_LIMIT};
use crate::prompt::readable;
use mend_core::{Digest, Kind, Part, Problem, Seat, Slot, Style};
use mend_model::{Message, Speaker};
use minijinja::Value as Shown;
use starlark::collections::SmallMap;
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::list::{AllocList, ListRef};
use starlark::values::{Heap, Value, ValueLike as _};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `ask` was called with.
pub(super) struct Wanted<'v, 'a> {
    pub(super) kind: &'a str,
    pub(super) template: Value<'v>,
    pub(super) to: &'a str,
    pub(super) about: Option<Value<'v>>,
    pub(super) n: Option<i32>,
    pub(super) index: Option<i32>,
    pub(super) chat: Option<Value<'v>>,
    pub(super) sampling: Option<Value<'v>>,
    pub(super) shown: SmallMap<String, Value<'v>>,
}

/// The most nodes that one call asks for.
const MOST_AT_ONCE: i32 = 10_000;

pub(super) fn ask<'v>(
    session: &Session<'_>,
    wanted: &Wanted<'v, '_>,
    line: &str,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    let place = session.next_place();
    let (kind, about) = (kind_of(wanted.kind)?, about_of(wanted)?);
    let known = session.memo.borrow().asks.get(&place).cloned();
    if let Some(asked) = known {
        session.take_numbers(about.as_ref(), kind, asked.taken);
        return Ok(handles(session, &asked, heap));
    }
    let seat = seat_of(session, wanted.to, kind)?;
    check_place(session, kind, about.as_ref())?;
    let count = match wanted.n {
        None => 1,
        Some(n @ 0..=MOST_AT_ONCE) => n.unsigned_abs(),
        Some(n) => return Err(wrong(format!("`n` is {n}: expected 0 to {MOST_AT_ONCE}"))),
    };
    let (first, taken) = match wanted.index {
        None => (session.take_numbers(about.as_ref(), kind, count), count),
        Some(index) => {
            let index = u32::try_from(index).map_err(|_| wrong(format!("`index` is {index}: it counts from 0")))?;
            (index, 0)
        }
    };
    let numbers = first..first + count;
    // Saved samples may be fewer than the script wants.
    let is_there = |number: &u32| kind != Kind::Program || about.is_some() || *number < session.ground.programs;
    let slots: Arc<[Slot]> =
        numbers.filter(is_there).map(|number| Slot::below(about.as_ref(), kind.step(number))).collect();
    if slots.is_empty() && wanted.n.is_none() {
        return Err(Signal::Gone(Slot::below(about.as_ref(), kind.step(first))).raise());
    }

    let (messages, template, shows) = prompt(session, wanted, about.as_ref())?;
    let tweaks = tweaks_of(wanted.sampling)?;
    check_recorded(session, &slots, seat, &messages, line)?;
    let asked =
        Asked { slots: Arc::clone(&slots), messages: Arc::clone(&messages), is_list: wanted.n.is_some(), taken };
    {
        let mut memo = session.memo.borrow_mut();
        for slot in slots.iter() {
            if let Some((_, other)) = memo.claims.get(slot) {
                return Err(wrong(format!(
                    "{slot} is asked for twice: here, and at {other}; give one of the two another `index`, or another node that it is `about`"
                )));
            }
            memo.claims.insert(slot.clone(), (place.clone(), line.to_owned()));
        }
        memo.completions += slots.len() as u64;
        let bound = session.script.header.bound;
        if memo.completions > bound {
            return Err(wrong(format!(
                "the script asks for more than its bound: {} nodes for one problem, where `bound` in its header says {bound}",
                memo.completions
            )));
        }
        let is_open = |slot: &&Slot| session.tree.node(slot).is_none_or(|node| node.outcome.is_none());
        memo.open.extend(slots.iter().filter(is_open).cloned());
        let unasked: Vec<Slot> = slots.iter().filter(|slot| session.tree.node(slot).is_none()).cloned().collect();
        if !unasked.is_empty() {
            let ask = Ask { slots: unasked, seat, about, messages, template, shows, tweaks };
            memo.fresh.insert(place.clone(), Act::Ask(ask));
        }
        memo.asks.insert(place, asked.clone());
    }
    Ok(handles(session, &asked, heap))
}

fn handles<'v>(session: &Session<'_>, asked: &Asked, heap: Heap<'v>) -> Value<'v> {
    if asked.is_list {
        let nodes: Vec<NodeValue> = asked.slots.iter().map(|slot| session.node(slot)).collect();
        return heap.alloc(AllocList(nodes));
    }
    let slot = asked.slots.first().expect("a single node was asked for");
    heap.alloc(session.node(slot))
}

fn kind_of(word: &str) -> starlark::Result<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        wrong(format!("`{word}` is no kind of node: expected {}", words.join(", ")))
    })
}

/// The node that is asked about. Its outcome must be known: what stands below it would hang in the air.
fn about_of(wanted: &Wanted<'_, '_>) -> starlark::Result<Option<Slot>> {
    let Some(about) = wanted.about.filter(|about| !about.is_none()) else { return Ok(None) };
    let node = about
        .downcast_ref::<NodeValue>()
        .ok_or_else(|| wrong(format!("`about` is a {}: expected a node", about.get_type())))?;
    node.known()?;
    Ok(Some((*node.slot).clone()))
}

fn check_place(session: &Session<'_>, kind: Kind, about: Option<&Slot>) -> starlark::Result<()> {
    if kind == Kind::Repair && !about.is_some_and(|about| about.is_program() || about.program_above().is_some()) {
        return Err(wrong("a repair is about a program, or about what stands below one: give `about`"));
    }
    if kind == Kind::Program && about.is_some_and(|about| about.is_program() || about.program_above().is_some()) {
        return Err(wrong("a program that is about another one is a `repair`"));
    }
    if kind.is_program() && session.is_choosing.get() {
        return Err(wrong("no program may be asked for after `programs()` was called: what follows it only chooses"));
    }
    Ok(())
}

fn seat_of(session: &Session<'_>, word: &str, kind: Kind) -> starlark::Result<Seat> {
    let seat = if word.is_empty() {
        Seat::first(match kind {
            Kind::Program => Part::Coder,
            Kind::Repair => Part::Repairer,
            Kind::Feedback => Part::Critic,
            Kind::Note => Part::Planner,
            Kind::Tests => Part::Tester,
            Kind::Judgement => Part::Judge,
            Kind::Question => Part::Annotator,
        })
    } else {
        word.parse::<Seat>().map_err(|error| wrong(error.to_string()))?
    };
    let seats = &session.script.header.seats;
    if seats.contains(&seat) {
        return Ok(seat);
    }
    let listed: Vec<String> = seats.iter().map(ToString::to_string).collect();
    Err(wrong(format!(
        "the {seat} is asked, but `seats` in the header lists {}: add \"{seat}\" to it, or name another seat by `to`",
        listed.join(", ")
    )))
}

/// What was asked before must be what is asked now.
fn check_recorded(
    session: &Session<'_>,
    slots: &[Slot],
    seat: Seat,
    messages: &[Message],
    line: &str,
) -> starlark::Result<()> {
    let recorded = slots.iter().find_map(|slot| {
        let call = session.tree.call(session.tree.node(slot)?.call.as_ref()?)?;
        Some((slot, (call.seat, call.prompt.digest())))
    });
    let Some((slot, recorded)) = recorded else { return Ok(()) };
    let now = (seat, Digest::of(readable(messages).as_bytes()));
    if now == recorded {
        return Ok(());
    }
    let shown = |(seat, prompt): (Seat, Digest)| format!("the {seat} with the prompt {}", prompt.short());
    let error =
        ScriptError::Changed { at: line.to_owned(), slot: slot.clone(), before: shown(recorded), now: shown(now) };
    let shown = wrong(error.to_string());
    session.note_change(error);
    Err(shown)
}

/// The messages of a prompt, the digest of its template, and the nodes that it shows.
fn prompt(
    session: &Session<'_>,
    wanted: &Wanted<'_, '_>,
    about: Option<&Slot>,
) -> starlark::Result<(Arc<[Message]>, Digest, Vec<Slot>)> {
    let mut shows: Vec<Slot> = about.cloned().into_iter().collect();
    let context = context(session, &wanted.shown, &mut shows)?;
    let (system, user) = parts(wanted.template)?;
    let fill = |template: &str| {
        session.script.templates.render(template, &context).map_err(|error| {
            let at = error.line().map(|line| format!(", line {line} of its text")).unwrap_or_default();
            // Where it stands in a piece that is included, the innermost error says what is wrong.
            let mut innermost: &dyn std::error::Error = &error;
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            let error = innermost.to_string();
            // A template has no name but its digest, which says nothing.
            let error = error.split(" (in ").next().unwrap_or_default();
            let own = ["statement", "style", "entry_point", "starter_code"].into_iter();
            let names: Vec<&str> = wanted.shown.keys().map(String::as_str).chain(own).collect();
            wrong(format!("a template cannot be filled{at}: {error}; it may name {}", names.join(", ")))
        })
    };
    let mut messages = Vec::new();
    if let Some(chat) = wanted.chat.filter(|chat| !chat.is_none()) {
        conversation(chat, &mut messages, &mut shows)?;
    }
    let has_system = messages.iter().any(|message: &Message| message.speaker == Speaker::System);
    if let Some(system) = system.filter(|_| !has_system) {
        messages.insert(0, Message { speaker: Speaker::System, content: fill(system)? });
    }
    messages.push(Message { speaker: Speaker::User, content: fill(user)? });
    let mut seen = std::collections::BTreeSet::new();
    shows.retain(|slot| seen.insert(slot.clone()));
    let digest = Digest::of_parts([system.unwrap_or_default().as_bytes(), user.as_bytes()]);
    Ok((messages.into(), digest, shows))
}

/// A template's texts: that above the conversation, and that of the last message.
fn parts(template: Value<'_>) -> starlark::Result<(Option<&str>, &str)> {
    if let Some(user) = template.unpack_str() {
        return Ok((None, user));
    }
    let expected = || wrong("a template is a text, or a dict with the texts `system` and `user`");
    let dict = DictRef::from_value(template).ok_or_else(expected)?;
    let (mut system, mut user) = (None, None);
    for (key, value) in dict.iter() {
        let text = Some(value.unpack_str().ok_or_else(expected)?);
        match key.unpack_str() {
            Some("system") => system = text,
            Some("user") => user = text,
            _ => return Err(expected()),
        }
    }
    Ok((system, user.ok_or_else(expected)?))
}

/// What a template may name.
fn context(
    session: &Session<'_>,
    shown: &SmallMap<String, Value<'_>>,
    shows: &mut Vec<Slot>,
) -> starlark::Result<Shown> {
    let mut context = given(&session.ground.problem);
    for (name, value) in shown {
        context.insert(name.clone(), shown_value(*value, shows)?);
    }
    Ok(Shown::from(context))
}

/// A failure as templates see it.
fn shown_failure(failure: Option<&Failure>) -> Shown {
    failure
        .map_or_else(|| Shown::from(()), |failure| Shown::from(fields(failure).into_iter().collect::<BTreeMap<_, _>>()))
}

/// What every template may name.
fn given(problem: &Problem) -> BTreeMap<String, Shown> {
    let style = match problem.style {
        Style::Completion { .. } => "completion",
        Style::Function { .. } => "function",
        Style::Program => "program",
    };
    BTreeMap::from([
        ("statement".to_owned(), Shown::from(&*problem.statement)),
        ("style".to_owned(), Shown::from(style)),
        ("entry_point".to_owned(), Shown::from(problem.style.entry_point())),
        ("starter_code".to_owned(), Shown::from(problem.starter_code.as_deref())),
    ])
}

/// A template filled as `ask` fills it.
#[cfg(test)]
pub(crate) fn render(
    template: &str,
    problem: &Problem,
    shown: &[(&str, &str)],
    failure: Option<&Failure>,
) -> Result<String, minijinja::Error> {
    let mut context = given(problem);
    context.extend(shown.iter().map(|(name, text)| ((*name).to_owned(), Shown::from(*text))));
    context.insert("failure".to_owned(), shown_failure(failure));
    super::template::Templates::new().render(template, &Shown::from(context))
}

/// A value as templates see it: programs by their code, other nodes by their text, verdicts by the facts of their first
/// failure.
fn shown_value(value: Value<'_>, shows: &mut Vec<Slot>) -> starlark::Result<Shown> {
    if value.is_none() {
        return Ok(Shown::from(()));
    }
    if let Some(node) = value.downcast_ref::<NodeValue>() {
        shows.push((*node.slot).clone());
        let known = node.known()?;
        return Ok(Shown::from(&**known.code.as_ref().unwrap_or(&known.text)));
    }
    if let Some(verdict) = value.downcast_ref::<VerdictValue>() {
        shows.push(verdict.view.slot.clone());
        let failure = verdict.view.first_failure(VALUE_LIMIT)?;
        return Ok(shown_failure(failure.as_ref()));
    }
    if let Some(test) = value.downcast_ref::<TestValue>() {
        shows.push((*test.node).clone());
        return Ok(Shown::from(&*test.text));
    }
    if let Some((text, slots)) = text_of(value) {
        shows.extend(slots);
        return Ok(Shown::from(text));
    }
    if let Some(flag) = value.unpack_bool() {
        return Ok(Shown::from(flag));
    }
    if let Some(number) = value.unpack_i32() {
        return Ok(Shown::from(number));
    }
    if let Some(float) = value.downcast_ref::<starlark::values::float::StarlarkFloat>() {
        return Ok(Shown::from(float.0));
    }
    if let Some(items) = sequence(value) {
        return items
            .into_iter()
            .map(|item| shown_value(item, shows))
            .collect::<starlark::Result<Vec<_>>>()
            .map(Shown::from);
    }
    if let Some(dict) = DictRef::from_value(value) {
        let mut pairs = BTreeMap::new();
        for (key, value) in dict.iter() {
            let key =
                key.unpack_str().ok_or_else(|| wrong("a dict that a template is shown must have texts as keys"))?;
            pairs.insert(key.to_owned(), shown_value(value, shows)?);
        }
        return Ok(Shown::from(pairs));
    }
    Err(wrong(format!("a template cannot show a {}", value.get_type())))
}

/// Earlier messages, each a dict with one of `system`, `user` and `assistant`.
fn conversation(chat: Value<'_>, messages: &mut Vec<Message>, shows: &mut Vec<Slot>) -> starlark::Result<()> {
    let expected = || {
        wrong(
            "`chat` is a list of messages, each a dict with one text: {\"user\": ...}, {\"assistant\": ...} or {\"system\": ...}",
        )
    };
    for message in ListRef::from_value(chat).ok_or_else(expected)?.iter() {
        let dict = DictRef::from_value(message).ok_or_else(expected)?;
        let mut entries = dict.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else { return Err(expected()) };
        let speaker = match key.unpack_str() {
            Some("system") => Speaker::System,
            Some("user") => Speaker::User,
            Some("assistant") => Speaker::Assistant,
            _ => return Err(expected()),
        };
        let content = if let Some(node) = value.downcast_ref::<NodeValue>() {
            shows.push((*node.slot).clone());
            node.known()?.text.to_string()
        } else {
            let (text, slots) = text_of(value).ok_or_else(expected)?;
            shows.extend(slots);
            text
        };
        messages.push(Message { speaker, content });
    }
    Ok(())
}

/// The messages that a node answers, and its answer.
pub(super) fn said<'v>(session: &Session<'_>, node: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    let known = node.known()?;
    let asked = {
        let memo = session.memo.borrow();
        let claim = memo.claims.get(&*node.slot).map(|(place, _)| place.clone());
        claim.and_then(|place| memo.asks.get(&place).cloned())
    };
    let asked = asked.ok_or_else(|| wrong(format!("{} was not asked for by this script", node.slot)))?;
    let shows = || vec![(*node.slot).clone()];
    let mut said: Vec<(&str, Passage)> = asked
        .messages
        .iter()
        .map(|message| (message.speaker.as_str(), Passage { text: message.content.clone(), slots: Vec::new() }))
        .collect();
    said.push((Speaker::Assistant.as_str(), Passage { text: known.text.to_string(), slots: shows() }));
    let messages = said.into_iter().map(|(speaker, passage)| AllocDict([(speaker, passage)]));
    Ok(heap.alloc(AllocList(messages)))
}

fn tweaks_of(sampling: Option<Value<'_>>) -> starlark::Result<Tweaks> {
    let mut tweaks = Tweaks::default();
    let Some(sampling) = sampling.filter(|sampling| !sampling.is_none()) else { return Ok(tweaks) };
    let dict =
        DictRef::from_value(sampling).ok_or_else(|| wrong("`sampling` is a dict, such as {\"temperature\": 0.7}"))?;
    for (key, value) in dict.iter() {
        let name = key.unpack_str().unwrap_or_default();
        let bad = |what: &str| wrong(format!("`{name}` in `sampling` is {value}: expected {what}"));
        let number = || {
            let float = value.downcast_ref::<starlark::values::float::StarlarkFloat>().map(|float| float.0);
            value.unpack_i32().map(f64::from).or(float).filter(|number| number.is_finite() && *number >= 0.0)
        };
        match name {
            "temperature" => tweaks.temperature = Some(number().ok_or_else(|| bad("a number from 0 on"))?),
            "top_p" => {
                let top_p = number().filter(|top_p| *top_p > 0.0 && *top_p <= 1.0);
                tweaks.top_p = Some(top_p.ok_or_else(|| bad("a number above 0, at most 1"))?);
            }
            "max_tokens" => {
                let most = value.unpack_i32().filter(|most| *most > 0).ok_or_else(|| bad("a whole number above 0"))?;
                tweaks.max_tokens = Some(u64::from(most.unsigned_abs()));
            }
            "stop" => {
                let texts = sequence(value).ok_or_else(|| bad("a list of texts"))?;
                let texts = texts.iter().map(|text| text.unpack_str().map(str::to_owned)).collect::<Option<_>>();
                tweaks.stop = Some(texts.ok_or_else(|| bad("a list of texts"))?);
            }
            "reasoning_effort" => {
                tweaks.reasoning_effort = Some(value.unpack_str().ok_or_else(|| bad("a text"))?.to_owned());
            }
            _ => {
                return Err(wrong(format!(
                    "`sampling` has no `{name}`: expected temperature, top_p, max_tokens, stop or reasoning_effort"
                )));
            }
        }
    }
    Ok(tweaks)
}
