//! All that an instance can ask of the host: the little of WASI that an interpreter needs to run a program and nothing
//! else. A clock that only work and sleep move, seeded randomness, streams that end here, and no files. Whatever else is
//! called ends the instance as unsupported.
//!
//! Functions have the core form of the canonical ABI: a list is an address and a length, a result that takes more than a
//! word is written to an address that comes last.

use super::library;
use super::state::{Halt, Serving, State, Stream, Turn};
use crate::Called;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use wasmtime::{Caller, Engine, Extern, Linker, Memory, Module, Result, Trap};

pub(super) type Ctx<'a> = Caller<'a, State>;

/// Fuel of one call to the host.
const CALL_FUEL: u64 = 2_000;
/// What the wall clock reads when a program starts: 1 January 2025.
const EPOCH: u64 = 1_735_689_600;
/// Streams of the guest's C library itself, which only its own last words take.
const STDIN: u32 = 1;
const STDOUT: u32 = 2;
const STDERR: u32 = 3;
/// Bytes that are passed at a time.
const CHUNK: u64 = 1 << 16;

/// Charges a call that moves this many bytes. Returns the fuel that is left.
pub(super) fn charge(guest: &mut Ctx<'_>, bytes: u64) -> Result<u64> {
    charge_exactly(guest, CALL_FUEL.saturating_add(bytes))
}

/// Charges so much fuel. Returns what is left.
pub(super) fn charge_exactly(guest: &mut Ctx<'_>, fuel: u64) -> Result<u64> {
    let left = guest.get_fuel()?;
    let Some(left) = left.checked_sub(fuel) else {
        guest.set_fuel(0)?;
        return Err(Trap::OutOfFuel.into());
    };
    guest.set_fuel(left)?;
    Ok(left)
}

pub(super) fn memory(guest: &mut Ctx<'_>) -> Result<Memory> {
    guest.get_export("memory").and_then(Extern::into_memory).ok_or_else(|| Trap::MemoryOutOfBounds.into())
}

pub(super) fn bytes<'a>(guest: &'a mut Ctx<'_>, address: u32, length: u32) -> Result<&'a [u8]> {
    let memory = memory(guest)?;
    let end = u64::from(address) + u64::from(length);
    memory.data(guest).get(address as usize..end as usize).ok_or_else(|| Trap::MemoryOutOfBounds.into())
}

pub(super) fn put(guest: &mut Ctx<'_>, address: u32, bytes: &[u8]) -> Result<()> {
    let memory = memory(guest)?;
    let place = memory.data_mut(guest).get_mut(address as usize..).and_then(|rest| rest.get_mut(..bytes.len()));
    place.ok_or(Trap::MemoryOutOfBounds)?.copy_from_slice(bytes);
    Ok(())
}

/// Writes a list's address and length.
fn put_list(guest: &mut Ctx<'_>, address: u32, list: (u32, u32)) -> Result<()> {
    put(guest, address, &[list.0.to_le_bytes(), list.1.to_le_bytes()].concat())
}

// What allocates in the guest is asynchronous because the guest then runs on a stack of its own. It never waits.

/// Gives the guest a list of its own, of items with this alignment.
async fn give(guest: &mut Ctx<'_>, list: &[u8], alignment: u32) -> Result<u32> {
    if list.is_empty() {
        return Ok(alignment);
    }
    let allocate = guest.get_export("cabi_realloc").and_then(Extern::into_func).ok_or(Trap::UnreachableCodeReached)?;
    let allocate = allocate.typed::<(u32, u32, u32, u32), u32>(&mut *guest)?;
    let address = allocate.call_async(&mut *guest, (0, 0, alignment, list.len() as u32)).await?;
    put(guest, address, list)?;
    Ok(address)
}

/// The imports of a guest.
pub(super) fn linker(engine: &Engine, module: &Module) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    frames(&mut linker)?;
    clocks(&mut linker)?;
    streams(&mut linker)?;
    library::add_to(&mut linker)?;
    linker.func_wrap_async("wasi:random/random", "get-random-bytes", |guest: Ctx<'_>, (count, result)| {
        Box::new(random(guest, count, result))
    })?;
    for (interface, name) in [
        ("wasi:cli/environment", "get-environment"),
        ("wasi:cli/environment", "get-arguments"),
        ("wasi:filesystem/preopens", "get-directories"),
    ] {
        linker.func_wrap(interface, name, |mut guest: Ctx<'_>, result: u32| put_list(&mut guest, result, (4, 0)))?;
    }
    linker.func_wrap("wasi:cli/exit", "exit", |_: Ctx<'_>, failed: u32| -> Result<()> {
        Err(Halt::Exit(i32::from(failed != 0)).into())
    })?;
    for end in ["stdin", "stdout", "stderr"] {
        linker.func_wrap(
            &format!("wasi:cli/terminal-{end}"),
            &format!("get-terminal-{end}"),
            |mut guest: Ctx<'_>, result: u32| put(&mut guest, result, &[0]),
        )?;
    }
    let mut store = wasmtime::Store::new(engine, State::new(crate::Limits::default(), Vec::new(), 0));
    for import in module.imports() {
        let (interface, name) = (import.module().to_owned(), import.name().to_owned());
        let Some(ty) = import.ty().func().cloned() else { continue };
        if linker.get_by_import(&mut store, &import).is_none() {
            let what = format!("{interface} {name}");
            linker.func_new(&interface, &name, ty, move |_, _, _| Err(Halt::Lacks(what.clone()).into()))?;
        }
    }
    Ok(linker)
}

fn frames(linker: &mut Linker<State>) -> Result<()> {
    linker.func_wrap_async("", "mend-call", |guest: Ctx<'_>, (address, length, result)| {
        Box::new(call(guest, address, length, result))
    })?;
    linker.func_wrap("", "mend-exit", |_: Ctx<'_>, status: i32| -> Result<()> {
        Err(Halt::Exit(status & 0xff).into())
    })?;
    linker.func_wrap("", "mend-lacks", |mut guest: Ctx<'_>, address: u32, length: u32| -> Result<()> {
        let what = String::from_utf8_lossy(bytes(&mut guest, address, length)?).chars().take(200).collect();
        Err(Halt::Lacks(what).into())
    })?;
    linker.func_wrap("", "resource-drop", |_: u32| ())?;
    Ok(())
}

fn clocks(linker: &mut Linker<State>) -> Result<()> {
    let monotonic = "wasi:clocks/monotonic-clock";
    linker.func_wrap(monotonic, "now", |mut guest: Ctx<'_>| {
        let left = charge(&mut guest, 0)?;
        Ok(guest.data().clock(left))
    })?;
    linker.func_wrap(monotonic, "resolution", || 1_u64)?;
    linker.func_wrap(monotonic, "subscribe-instant", |mut guest: Ctx<'_>, when: u64| {
        charge(&mut guest, 0)?;
        Ok(guest.data_mut().wait_for(when))
    })?;
    linker.func_wrap(monotonic, "subscribe-duration", |mut guest: Ctx<'_>, duration: u64| {
        let left = charge(&mut guest, 0)?;
        let when = guest.data().clock(left).saturating_add(duration);
        Ok(guest.data_mut().wait_for(when))
    })?;
    let put_time = |guest: &mut Ctx<'_>, result: u32, seconds: u64, nanoseconds: u32| {
        put(guest, result, &seconds.to_le_bytes())?;
        put(guest, result.saturating_add(8), &nanoseconds.to_le_bytes())
    };
    linker.func_wrap("wasi:clocks/wall-clock", "now", move |mut guest: Ctx<'_>, result: u32| {
        let left = charge(&mut guest, 0)?;
        let now = guest.data().clock(left);
        put_time(&mut guest, result, EPOCH + now / 1_000_000_000, (now % 1_000_000_000) as u32)
    })?;
    linker.func_wrap("wasi:clocks/wall-clock", "resolution", move |mut guest: Ctx<'_>, result: u32| {
        put_time(&mut guest, result, 0, 1)
    })?;

    linker.func_wrap("wasi:io/poll", "[method]pollable.block", |mut guest: Ctx<'_>, wait: u32| {
        let left = charge(&mut guest, 0)?;
        let until = guest.data().waits_until(wait);
        Ok(guest.data_mut().sleep(until, left)?)
    })?;
    linker.func_wrap_async("wasi:io/poll", "poll", |guest: Ctx<'_>, (address, count, result)| {
        Box::new(poll(guest, address, count, result))
    })?;
    Ok(())
}

fn streams(linker: &mut Linker<State>) -> Result<()> {
    for (end, number) in [("stdin", STDIN), ("stdout", STDOUT), ("stderr", STDERR)] {
        linker.func_wrap(&format!("wasi:cli/{end}"), &format!("get-{end}"), move || number)?;
    }
    let streams = "wasi:io/streams";
    for end in ["input", "output"] {
        linker.func_wrap(streams, &format!("[method]{end}-stream.subscribe"), |mut guest: Ctx<'_>, _: u32| {
            charge(&mut guest, 0)?;
            Ok(guest.data_mut().wait_for(0))
        })?;
    }
    linker.func_wrap(streams, "[method]output-stream.check-write", |mut guest: Ctx<'_>, _: u32, result: u32| {
        charge(&mut guest, 0)?;
        put(&mut guest, result, &[0])?;
        put(&mut guest, result.saturating_add(8), &CHUNK.to_le_bytes())
    })?;
    for name in ["write", "blocking-write-and-flush"] {
        linker.func_wrap(
            streams,
            &format!("[method]output-stream.{name}"),
            |mut guest: Ctx<'_>, stream: u32, address: u32, length: u32, result: u32| {
                charge(&mut guest, u64::from(length))?;
                let stream = match stream {
                    STDOUT => Stream::Stdout,
                    STDERR => Stream::Stderr,
                    // The stream is closed.
                    _ => return put(&mut guest, result, &[1, 0, 0, 0, 1]),
                };
                let bytes = bytes(&mut guest, address, length)?.to_vec();
                guest.data_mut().print(stream, &bytes)?;
                put(&mut guest, result, &[0])
            },
        )?;
    }
    for name in ["flush", "blocking-flush"] {
        linker.func_wrap(
            streams,
            &format!("[method]output-stream.{name}"),
            |mut guest: Ctx<'_>, _: u32, result: u32| {
                charge(&mut guest, 0)?;
                put(&mut guest, result, &[0])
            },
        )?;
    }
    Ok(())
}

async fn random(mut guest: Ctx<'_>, count: u64, result: u32) -> Result<()> {
    charge(&mut guest, count)?;
    if count > guest.data().limits.memory_bytes {
        return Err(Trap::MemoryOutOfBounds.into());
    }
    let random = guest.data_mut().random(count as usize);
    let list = (give(&mut guest, &random, 1).await?, random.len() as u32);
    put_list(&mut guest, result, list)
}

async fn poll(mut guest: Ctx<'_>, address: u32, count: u32, result: u32) -> Result<()> {
    let left = charge(&mut guest, u64::from(count) * 4)?;
    let waits = bytes(&mut guest, address, count.saturating_mul(4))?.to_vec();
    let word = |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
    let ends: Vec<u64> = waits.chunks_exact(4).map(|wait| guest.data().waits_until(word(wait))).collect();
    let first = ends.iter().copied().min().unwrap_or_default();
    guest.data_mut().sleep(first, left)?;
    let now = guest.data().clock(left);
    let ready = ends.iter().enumerate().filter(|(_, end)| **end <= now);
    let ready: Vec<u8> = ready.flat_map(|(index, _)| (index as u32).to_le_bytes()).collect();
    let list = (give(&mut guest, &ready, 4).await?, ready.len() as u32 / 4);
    put_list(&mut guest, result, list)
}

/// A call of the harness's own program, which the host serves.
async fn call(mut guest: Ctx<'_>, address: u32, length: u32, result: u32) -> Result<()> {
    charge(&mut guest, u64::from(length))?;
    if length > guest.data().limits.frame_bytes {
        return Err(Halt::Violation("a frame is too large".to_owned()).into());
    }
    let payload = bytes(&mut guest, address, length)?.to_vec();
    let called = match &mut guest.data_mut().calls {
        Serving::Nobody => return Err(Halt::Violation("a call where none is served".to_owned()).into()),
        Serving::By(calls) => calls(&payload),
        Serving::Back(turn) => {
            let turn = Arc::clone(turn);
            handed_back(&mut guest, &turn, payload).await?
        }
    };
    match called {
        Called::Abort => put(&mut guest, result, &[0]),
        Called::Reply(reply) => {
            charge(&mut guest, reply.len() as u64)?;
            let list = (give(&mut guest, &reply, 1).await?, reply.len() as u32);
            put(&mut guest, result, &[1])?;
            put_list(&mut guest, result.saturating_add(4), list)
        }
    }
}

/// Waits for the reply to a call that whoever speaks with the guest serves. It may take more from then on.
async fn handed_back(guest: &mut Ctx<'_>, turn: &Mutex<Turn>, payload: Vec<u8>) -> Result<Called> {
    let left = guest.get_fuel()?;
    guest.data_mut().settle(left);
    {
        let mut turn = Turn::of(turn);
        turn.spent = guest.data().spent();
        turn.called = Some(payload);
    }
    let (reply, cap) = poll_fn(|_| Turn::of(turn).reply.take().map_or(Poll::Pending, Poll::Ready)).await;
    let grant = guest.data_mut().allow(cap.cpu, cap.wall);
    guest.set_fuel(grant)?;
    Ok(Called::Reply(reply))
}
