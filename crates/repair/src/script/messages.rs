//! The messages of a prompt: a conversation that a script gives, and a template filled with what it shows.

use super::ask::Wanted;
use super::error::wrong;
use super::guard::deep;
use super::language::{sequence, text_of};
use super::problem::style_word;
use super::session::Session;
use super::values::{Fitting, NodeValue, TestValue};
use super::verdict::VerdictValue;
use super::wording::fields;
use crate::feedback::{Failure, VALUE_LIMIT};
use mend_core::{Digest, Problem, Seat, Slot, Tokens};
use mend_model::{Message, Speaker, count_tokens};
use minijinja::Value as Shown;
use starlark::collections::SmallMap;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::{UnpackValue as _, Value, ValueLike as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is sent, and what is known of it.
pub(super) struct Prompt {
    pub(super) messages: Arc<[Message]>,
    /// The messages with what was left out.
    pub(super) whole: Arc<[Message]>,
    /// Digest of the template.
    pub(super) template: Digest,
    /// The nodes that the messages show, in order.
    pub(super) shows: Vec<Slot>,
    /// Pairs and items that were left out, since the prompt would else be too long.
    pub(super) dropped: u32,
}

/// The messages of a prompt. Where they are more than the seat's model takes, the oldest pairs of answer and question
/// are left out, then the oldest items of lists that may shrink; never what is asked first, nor the last pair or item.
pub(super) fn prompt(
    session: &Session<'_>,
    wanted: &Wanted<'_, '_>,
    seat: Seat,
    about: Option<&Slot>,
) -> starlark::Result<Prompt> {
    let (system, user) = parts(wanted.template)?;
    check_shown(session, wanted, [system.unwrap_or_default(), user])?;
    let mut earlier = Vec::new();
    if let Some(chat) = wanted.chat.filter(|chat| !chat.is_none()) {
        deep(chat)?;
        conversation(chat, &mut earlier)?;
    }
    let pairs = droppable_pairs(&earlier);
    let items = wanted.shown.values().filter_map(|value| value.downcast_ref::<Fitting>());
    let most_items = items.map(|list| list.items.len().saturating_sub(1)).max().unwrap_or(0);
    let limit = session.ground.longest_prompts.get(&seat).copied();
    let filled = |dropped: usize| {
        let (of_pairs, of_items) = (dropped.min(pairs), dropped.saturating_sub(pairs));
        let begin = beginning(&earlier);
        let kept = earlier[..begin].iter().chain(&earlier[begin + 2 * of_pairs..]);
        let mut shows: Vec<Slot> = about.cloned().into_iter().collect();
        let context = context(session, &wanted.shown, of_items, &mut shows)?;
        let mut messages = Vec::new();
        for said in kept {
            messages.push(said.message.clone());
            shows.extend(said.slots.iter().cloned());
        }
        let has_system = messages.iter().any(|message: &Message| message.speaker == Speaker::System);
        if let Some(system) = system.filter(|_| !has_system) {
            messages.insert(0, Message { speaker: Speaker::System, content: fill(session, wanted, system, &context)? });
        }
        messages.push(Message { speaker: Speaker::User, content: fill(session, wanted, user, &context)? });
        let mut seen = BTreeSet::new();
        shows.retain(|slot| seen.insert(slot.clone()));
        Ok::<_, starlark::Error>((messages, shows))
    };
    let fits = |messages: &[Message]| {
        let tokens = || messages.iter().map(|message| count_tokens(&message.content)).sum::<Tokens>();
        limit.is_none_or(|limit| tokens() <= limit)
    };
    let mut dropped = 0;
    let (mut messages, mut shows) = filled(dropped)?;
    let whole: Arc<[Message]> = messages.clone().into();
    while dropped < pairs + most_items && !fits(&messages) {
        dropped += 1;
        (messages, shows) = filled(dropped)?;
    }
    let messages = if dropped == 0 { Arc::clone(&whole) } else { messages.into() };
    let template = Digest::of_parts([system.unwrap_or_default().as_bytes(), user.as_bytes()]);
    Ok(Prompt { messages, whole, template, shows, dropped: dropped as u32 })
}

/// What is given to a template must be named by it: a misspelt name would else be missed in silence.
fn check_shown(session: &Session<'_>, wanted: &Wanted<'_, '_>, texts: [&str; 2]) -> starlark::Result<()> {
    if wanted.shown.is_empty() {
        return Ok(());
    }
    let words = texts.map(|text| session.script.templates.words(text));
    match wanted.shown.keys().find(|name| !words.iter().any(|words| words.contains(*name))) {
        None => Ok(()),
        Some(name) => Err(wrong(format!("`{name}` is given to a template that does not name it"))),
    }
}

/// Names that the shared pieces show by filters, which do not say what is missing.
const OFTEN: [&str; 6] = ["program", "critique", "failure", "reference", "reflection", "test"];

/// A template's text with its gaps filled.
fn fill(session: &Session<'_>, wanted: &Wanted<'_, '_>, template: &str, context: &Shown) -> starlark::Result<String> {
    session.script.templates.render(template, context).map_err(|error| {
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
        // A filter does not say what it was given where that is nothing.
        let words = session.script.templates.words(template);
        let names_it = |name: &&&str| words.contains(**name) && !names.contains(*name);
        let missing: Vec<String> = OFTEN.iter().filter(names_it).map(|name| format!("`{name}`")).collect();
        let is_undefined = !missing.is_empty() && error.contains("value is not a string");
        let error = if is_undefined { format!("{} is undefined", missing.join(" or ")) } else { error.to_owned() };
        wrong(format!("a template cannot be filled{at}: {error}; it may name {}", names.join(", ")))
    })
}

/// A message of a conversation, with the nodes that it shows.
struct Said {
    message: Message,
    slots: Vec<Slot>,
}

/// How many messages stand before the first answer: the system's text and the task.
fn beginning(earlier: &[Said]) -> usize {
    earlier.iter().position(|said| said.message.speaker == Speaker::Assistant).unwrap_or(earlier.len())
}

/// Pairs of an answer and the question behind it, but for the last answer, whose question is the template's. None where
/// answers and questions do not take turns.
fn droppable_pairs(earlier: &[Said]) -> usize {
    let rest = &earlier[beginning(earlier)..];
    let takes_turns = rest
        .iter()
        .enumerate()
        .all(|(index, said)| said.message.speaker == if index % 2 == 0 { Speaker::Assistant } else { Speaker::User });
    if takes_turns { rest.len().saturating_sub(1) / 2 } else { 0 }
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
    left_out: usize,
    shows: &mut Vec<Slot>,
) -> starlark::Result<Shown> {
    let mut context = given(&session.ground.problem);
    for (name, value) in shown {
        let value = match value.downcast_ref::<Fitting>() {
            Some(list) => list.shown(left_out, shows),
            None => shown_value(*value, shows)?,
        };
        context.insert(name.clone(), value);
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
    let style = style_word(&problem.style);
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
    deep(value)?;
    shown_part(value, shows)
}

fn shown_part(value: Value<'_>, shows: &mut Vec<Slot>) -> starlark::Result<Shown> {
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
    if let Ok(Some(number)) = i64::unpack_value(value) {
        return Ok(Shown::from(number));
    }
    if let Some(float) = value.downcast_ref::<starlark::values::float::StarlarkFloat>() {
        return Ok(Shown::from(float.0));
    }
    if let Some(items) = sequence(value) {
        return items
            .into_iter()
            .map(|item| shown_part(item, shows))
            .collect::<starlark::Result<Vec<_>>>()
            .map(Shown::from);
    }
    if let Some(dict) = DictRef::from_value(value) {
        let mut pairs = BTreeMap::new();
        for (key, value) in dict.iter() {
            let key =
                key.unpack_str().ok_or_else(|| wrong("a dict that a template is shown must have texts as keys"))?;
            pairs.insert(key.to_owned(), shown_part(value, shows)?);
        }
        return Ok(Shown::from(pairs));
    }
    Err(wrong(format!("a template cannot show a {}", value.get_type())))
}

/// Earlier messages, each a dict with one of `system`, `user` and `assistant`.
fn conversation(chat: Value<'_>, earlier: &mut Vec<Said>) -> starlark::Result<()> {
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
        let (content, slots) = if let Some(node) = value.downcast_ref::<NodeValue>() {
            (node.known()?.text.to_string(), vec![(*node.slot).clone()])
        } else {
            text_of(value).ok_or_else(expected)?
        };
        earlier.push(Said { message: Message { speaker, content }, slots });
    }
    Ok(())
}
