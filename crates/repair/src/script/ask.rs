//! `ask`: from what a script wants to a prompt with its place in the tree.

use super::error::{ScriptError, Signal, wrong};
use super::messages::{Prompt, prompt};
use super::session::Session;
use super::solver::{Act, Ask, Asked, Place};
use super::tweaks::tweaks_of;
use super::values::{NodeValue, Passage};
use crate::prompt::readable;
use mend_core::{Call, Digest, Kind, Part, Seat, Slot, Terms, Tweaks};
use mend_model::{Message, Speaker};
use starlark::collections::SmallMap;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::{Heap, Value, ValueLike as _};
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
    /// Whether the answer may hold code.
    pub(super) code: bool,
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
    let (kind, about) = (kind_of(wanted.kind)?, node_of("about", wanted.about)?);
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
    let (first, taken) = numbers(session, about.as_ref(), kind, count, wanted.index)?;
    let numbers = first..first + count;
    // Saved samples may be fewer than the script wants.
    let is_there = |number: &u32| kind != Kind::Program || about.is_some() || *number < session.ground.programs;
    let slots: Arc<[Slot]> =
        numbers.filter(is_there).map(|number| Slot::below(about.as_ref(), kind.step(number))).collect();
    if slots.is_empty() && wanted.n.is_none() {
        return Err(Signal::Gone(Slot::below(about.as_ref(), kind.step(first))).raise());
    }

    if !wanted.code && !matches!(kind, Kind::Feedback | Kind::Note | Kind::Question) {
        return Err(wrong(format!(
            "a {} is read for what it holds, code included: `code = False` is for a critique, a note or a question",
            kind.as_str()
        )));
    }
    let Prompt { messages, whole, template, shows, dropped } = prompt(session, wanted, seat, about.as_ref())?;
    let state = session.ground.memory.as_ref().map(|memory| memory.state.digest());
    let terms = Terms { dropped, forbids_code: !wanted.code, sampling: tweaks_of(wanted.sampling)?, state };
    check_recorded(session, &slots, (seat, &messages, &terms.sampling), line)?;
    let asked = Asked { slots: Arc::clone(&slots), whole, is_list: wanted.n.is_some(), taken };
    slots.iter().try_for_each(|slot| claim(session, slot, &place, line))?;
    {
        let mut memo = session.memo.borrow_mut();
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
            let ask = Ask { slots: unasked, first, seat, about, messages, template, shows, terms };
            memo.fresh.insert(place.clone(), Act::Ask(ask));
        }
        memo.asks.insert(place, asked.clone());
    }
    Ok(handles(session, &asked, heap))
}

/// The number of the first of some nodes among their siblings, and how many numbers they take: none where the script gives
/// the number itself. Repairs that a person wrote unasked have the first numbers.
pub(super) fn numbers(
    session: &Session<'_>,
    about: Option<&Slot>,
    kind: Kind,
    count: u32,
    index: Option<i32>,
) -> starlark::Result<(u32, u32)> {
    let given = about.filter(|_| kind == Kind::Repair).map_or(0, |about| session.tree.given_below(about));
    let Some(index) = index else { return Ok((given + session.take_numbers(about, kind, count), count)) };
    let first = u32::try_from(index).map_err(|_| wrong(format!("`index` is {index}: it counts from 0")))?;
    Ok((given.saturating_add(first), 0))
}

/// Says that a node is asked for here, which no other call may do.
pub(super) fn claim(session: &Session<'_>, slot: &Slot, place: &Place, line: &str) -> starlark::Result<()> {
    let mut memo = session.memo.borrow_mut();
    if let Some((_, other)) = memo.claims.get(slot) {
        return Err(wrong(format!(
            "{slot} is asked for twice: here, and at {other}; give one of the two another `index`, or another node that it is `about`"
        )));
    }
    memo.claims.insert(slot.clone(), (place.clone(), line.to_owned()));
    Ok(())
}

fn handles<'v>(session: &Session<'_>, asked: &Asked, heap: Heap<'v>) -> Value<'v> {
    if asked.is_list {
        let nodes: Vec<NodeValue> = asked.slots.iter().map(|slot| session.node(slot)).collect();
        return heap.alloc(AllocList(nodes));
    }
    let slot = asked.slots.first().expect("a single node was asked for");
    heap.alloc(session.node(slot))
}

pub(super) fn kind_of(word: &str) -> starlark::Result<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        wrong(format!("`{word}` is not a kind of node: expected {}", words.join(", ")))
    })
}

/// The node that an argument names. Its outcome must be known: what stands below it, or is made of it, would hang in the air.
pub(super) fn node_of(argument: &str, value: Option<Value<'_>>) -> starlark::Result<Option<Slot>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    let node = value
        .downcast_ref::<NodeValue>()
        .ok_or_else(|| wrong(format!("`{argument}` is a {}: expected a node", value.get_type())))?;
    node.known()?;
    Ok(Some((*node.slot).clone()))
}

pub(super) fn check_place(session: &Session<'_>, kind: Kind, about: Option<&Slot>) -> starlark::Result<()> {
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
    (seat, messages, sampling): (Seat, &[Message], &Tweaks),
    line: &str,
) -> starlark::Result<()> {
    let call_of = |slot| session.tree.call(session.tree.node(slot)?.call.as_ref()?);
    let mut recorded = slots.iter().filter_map(|slot| Some((slot, call_of(slot)?))).peekable();
    if recorded.peek().is_none() {
        return Ok(());
    }
    let now = (seat, Digest::of(readable(messages).as_bytes()), sampling.clone());
    let then = |call: &Call| (call.seat, call.prompt.digest(), call.terms.sampling.clone());
    let Some((slot, recorded)) = recorded.map(|(slot, call)| (slot, then(call))).find(|(_, then)| *then != now) else {
        return Ok(());
    };
    let is_sampled_alike = recorded.2 == now.2;
    let shown = |(seat, prompt, sampling): (Seat, Digest, Tweaks)| {
        let sampling =
            if is_sampled_alike { String::new() } else { format!(" and the sampling {}", json_of(&sampling)) };
        format!("the {seat} with the prompt {}{sampling}", prompt.short())
    };
    let error =
        ScriptError::Changed { at: line.to_owned(), slot: slot.clone(), before: shown(recorded), now: shown(now) };
    let shown = wrong(error.to_string());
    session.note_change(error);
    Err(shown)
}

fn json_of(sampling: &Tweaks) -> String {
    serde_json::to_string(sampling).unwrap_or_default()
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
        .whole
        .iter()
        .map(|message| (message.speaker.as_str(), Passage { text: message.content.clone(), slots: Vec::new() }))
        .collect();
    said.push((Speaker::Assistant.as_str(), Passage { text: known.text.to_string(), slots: shows() }));
    let messages = said.into_iter().map(|(speaker, passage)| AllocDict([(speaker, passage)]));
    Ok(heap.alloc(AllocList(messages)))
}
