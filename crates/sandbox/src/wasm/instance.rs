//! One instance of the guest, which runs one program after another and is as new before each.

use super::link::{ERRNO, GLOBAL};
use super::pages;
use super::state::{Halt, Serving, State};
use super::{FUEL_PER_SECOND, Guest};
use crate::{How, LimitKind, Limits, SandboxError, Spend, Stop};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use wasmtime::{Global, Memory, Store, Trap, TypedFunc, Val};

/// With more memory than this written an instance is made anew. Whatever any of its programs wrote is looked at after each,
/// so it would get slower with its age; a new one pays for some hundred page faults, each of which interrupts the other
/// threads too.
const MAX_PUT_BACK: usize = 6 << 20;

/// What is compared at a time.
const PAGE_BYTES: usize = 4096;

/// The guest pauses after so much work, so that somebody can end it from outside. It takes no fuel to pause.
const PAUSE: u64 = FUEL_PER_SECOND / 8;

pub(super) struct Instance {
    store: Store<State>,
    memory: Memory,
    allocate: TypedFunc<(u32, u32, u32, u32), u32>,
    run: TypedFunc<(u32, u32, u64), i32>,
    handle: TypedFunc<(u32, u32, u32), u32>,
    after_handle: TypedFunc<u32, ()>,
    define: TypedFunc<(u32, u32), u32>,
    /// Globals that change, and what each held at first.
    globals: Vec<(Global, Val)>,
    /// Bytes of memory at first.
    bytes: usize,
    /// Where the guest keeps the number of the last error.
    errno: u32,
    /// Times that it was put back.
    resets: u64,
}

impl Instance {
    /// Takes a new one.
    pub(super) fn new(guest: &Guest) -> Result<Self, SandboxError> {
        let mut store = Store::new(guest.pre.module().engine(), State::new(Limits::default(), Vec::new(), 0));
        store.limiter(|state| state);
        let make = |store: &mut Store<State>| -> wasmtime::Result<_> {
            // Nothing runs yet, but counting would begin with nothing.
            store.set_fuel(u64::MAX)?;
            store.fuel_async_yield_interval(Some(PAUSE))?;
            at_once(&Stop::default(), guest.pre.instantiate_async(store))
        };
        let made = make(&mut store).map_err(SandboxError::wasm)?;
        let mut globals = Vec::new();
        for export in guest.pre.module().exports().filter(|export| export.name().starts_with(GLOBAL)) {
            if let Some(global) = made.get_global(&mut store, export.name()) {
                let first = global.get(&mut store);
                globals.push((global, first));
            }
        }
        let errno = made.get_global(&mut store, ERRNO).and_then(|global| global.get(&mut store).i32());
        let errno = errno.ok_or_else(|| SandboxError::Wasm { detail: "the guest has no error number".to_owned() })?;
        let memory = made.get_memory(&mut store, "memory");
        let memory = memory.ok_or_else(|| SandboxError::Wasm { detail: "the guest has no memory".to_owned() })?;
        let bytes = memory.data_size(&store);
        Ok(Self {
            memory,
            allocate: made.get_typed_func(&mut store, "cabi_realloc").map_err(SandboxError::wasm)?,
            run: made.get_typed_func(&mut store, "mend-run").map_err(SandboxError::wasm)?,
            handle: made.get_typed_func(&mut store, "mend-handle").map_err(SandboxError::wasm)?,
            after_handle: made.get_typed_func(&mut store, "cabi_post_mend-handle").map_err(SandboxError::wasm)?,
            define: made.get_typed_func(&mut store, "mend-define").map_err(SandboxError::wasm)?,
            globals,
            bytes,
            errno: errno.cast_unsigned(),
            resets: 0,
            store,
        })
    }

    pub(super) fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    /// Begins with a program's limits and streams.
    pub(super) fn begin(&mut self, state: State) {
        let (bytes, errno) = (self.bytes as u64, self.errno);
        let now = self.store.data_mut();
        *now = state;
        (now.peak_bytes, now.errno) = (bytes, errno);
    }

    /// Runs anybody's program to its end.
    pub(super) fn run(&mut self, source: &[u8], seed: u64, cpu: Duration, wall: Duration) -> Result<How, SandboxError> {
        let run = self.run.clone();
        let status = self.within(cpu, wall, |instance| {
            let address = instance.give(source)?;
            let stop = instance.state().stop.clone();
            at_once(&stop, run.call_async(&mut instance.store, (address, source.len() as u32, seed)))
        })?;
        Ok(status.map_or_else(|how| how, |status| How::Exit(status & 0xff)))
    }

    /// Defines a program of the harness. Returns its number.
    pub(super) fn define(
        &mut self,
        source: &str,
        cpu: Duration,
        wall: Duration,
    ) -> Result<Result<u32, How>, SandboxError> {
        let define = self.define.clone();
        self.within(cpu, wall, |instance| {
            let address = instance.give(source.as_bytes())?;
            let stop = instance.state().stop.clone();
            at_once(&stop, define.call_async(&mut instance.store, (address, source.len() as u32)))
        })
    }

    /// Has a program of the harness answer a frame. Waits only where its calls are handed back.
    pub(super) async fn handle(
        &mut self,
        program: u32,
        frame: &[u8],
        cap: Spend,
    ) -> Result<Result<Vec<u8>, How>, SandboxError> {
        self.grant(cap.cpu, cap.wall)?;
        let answer = self.answer(program, frame).await;
        self.state().calls = Serving::Nobody;
        self.settled(answer)
    }

    async fn answer(&mut self, program: u32, frame: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let (handle, after) = (self.handle.clone(), self.after_handle.clone());
        let address = self.give(frame)?;
        let result = handle.call_async(&mut self.store, (program, address, frame.len() as u32)).await?;
        let list = self.bytes(result, 8)?;
        let word = |at: usize| u32::from_le_bytes([list[at], list[at + 1], list[at + 2], list[at + 3]]);
        let (address, length) = (word(0), word(4));
        if length > self.store.data().limits.frame_bytes {
            return Err(Halt::Violation("a frame is too large".to_owned()).into());
        }
        let answer = self.bytes(address, length)?.to_vec();
        let stop = self.state().stop.clone();
        at_once(&stop, after.call_async(&mut self.store, result))?;
        Ok(answer)
    }

    /// Puts everything back as it was at first, which is what one that never ran still holds. False if that cannot be had:
    /// then the instance is of no more use.
    pub(super) fn put_back(&mut self, pristine: &Self) -> bool {
        let image = pristine.memory.data(&pristine.store);
        if self.memory.data_size(&self.store) != self.bytes || image.len() != self.bytes {
            return false;
        }
        let memory = self.memory.data_mut(&mut self.store);
        let Some(written) = pages::written(memory) else { return false };
        if written.iter().map(ExactSizeIterator::len).sum::<usize>() > MAX_PUT_BACK {
            return false;
        }
        self.resets += 1;
        for range in written {
            let pages = memory[range.clone()].chunks_mut(PAGE_BYTES).zip(image[range].chunks(PAGE_BYTES));
            for (now, first) in pages.filter(|(now, first)| now != first) {
                now.copy_from_slice(first);
            }
        }
        debug_assert!(
            !self.resets.is_multiple_of(64) || memory == image,
            "a page was written, and the system did not tell"
        );
        self.globals.iter().all(|(global, first)| global.set(&mut self.store, *first).is_ok())
    }

    /// Does something with the guest under limits. The inner error says how the program ended.
    fn within<T>(
        &mut self,
        cpu: Duration,
        wall: Duration,
        work: impl FnOnce(&mut Self) -> wasmtime::Result<T>,
    ) -> Result<Result<T, How>, SandboxError> {
        self.grant(cpu, wall)?;
        let done = work(self);
        self.settled(done)
    }

    fn grant(&mut self, cpu: Duration, wall: Duration) -> Result<(), SandboxError> {
        let grant = self.state().allow(cpu, wall);
        self.store.set_fuel(grant).map_err(SandboxError::wasm)
    }

    /// Closes the account of what was done with the guest.
    fn settled<T>(&mut self, done: wasmtime::Result<T>) -> Result<Result<T, How>, SandboxError> {
        let left = self.store.get_fuel().map_err(SandboxError::wasm)?;
        self.state().settle(left);
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(error) if matches!(error.downcast_ref(), Some(Halt::Stopped)) => Err(SandboxError::Stopped),
            Err(error) => match ending(&error, self.store.data()) {
                Some(how) => Ok(Err(how)),
                None => Err(SandboxError::wasm(error)),
            },
        }
    }

    fn bytes(&self, address: u32, length: u32) -> wasmtime::Result<&[u8]> {
        let end = address as usize + length as usize;
        let found = self.memory.data(&self.store).get(address as usize..end);
        found.ok_or_else(|| Trap::MemoryOutOfBounds.into())
    }

    /// Gives the guest bytes of its own. Returns their address.
    fn give(&mut self, bytes: &[u8]) -> wasmtime::Result<u32> {
        let length = u32::try_from(bytes.len())?;
        let stop = self.state().stop.clone();
        let address = at_once(&stop, self.allocate.call_async(&mut self.store, (0, 0, 1, length)))?;
        let place = self.memory.data_mut(&mut self.store).get_mut(address as usize..);
        let place = place.and_then(|rest| rest.get_mut(..bytes.len())).ok_or(Trap::MemoryOutOfBounds)?;
        place.copy_from_slice(bytes);
        Ok(address)
    }
}

/// The result of something that never waits for anybody. It is asynchronous only to have a stack of its own, which is as
/// large as the guest needs it on any thread.
fn at_once<T>(stop: &Stop, work: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    match until_it_waits(stop, pin!(work)) {
        Some(Poll::Ready(done)) => done,
        Some(Poll::Pending) => Err(wasmtime::format_err!("the guest waits for something")),
        None => Err(Halt::Stopped.into()),
    }
}

/// Has work go on through its pauses: `Pending` once it waits for somebody, `None` if it was to end at a pause.
pub(super) fn until_it_waits<T>(
    stop: &Stop,
    mut work: Pin<&mut (impl Future<Output = T> + ?Sized)>,
) -> Option<Poll<T>> {
    let paused = Arc::new(Paused::default());
    let waker = Waker::from(Arc::clone(&paused));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            // What pauses asks at once to go on.
            Poll::Pending if paused.0.swap(false, Ordering::Relaxed) => {
                if stop.is_set() {
                    return None;
                }
            }
            polled => return Some(polled),
        }
    }
}

/// Whether work has asked to go on.
#[derive(Default)]
struct Paused(AtomicBool);

impl Wake for Paused {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const STACK: &str = "a deeper stack";
const SIGILL: i32 = 4;
const SIGABRT: i32 = 6;

/// What the end of an instance says of the program. `None`: nothing, it is our own fault.
fn ending(error: &wasmtime::Error, state: &State) -> Option<How> {
    if let Some(halt) = error.downcast_ref::<Halt>() {
        return Some(match halt {
            Halt::Exit(status) => How::Exit(*status),
            Halt::Lacks(what) => How::Unsupported(what.clone()),
            Halt::Output => How::Limit(LimitKind::Output),
            Halt::Wall => How::Limit(LimitKind::Wall),
            Halt::Violation(what) => How::Violation(what.clone()),
            Halt::Stopped => return None,
        });
    }
    Some(match error.downcast_ref::<Trap>()? {
        Trap::OutOfFuel => How::Limit(LimitKind::Cpu),
        Trap::StackOverflow => How::Unsupported(STACK.to_owned()),
        _ if state.refused => How::Limit(LimitKind::Memory),
        Trap::UnreachableCodeReached if says_stack_overflow(&state.stderr.bytes) => How::Unsupported(STACK.to_owned()),
        Trap::UnreachableCodeReached => How::Signal(SIGABRT),
        // What a stack does that grows beyond its end. No program reaches it otherwise.
        Trap::MemoryOutOfBounds => How::Unsupported(STACK.to_owned()),
        _ => How::Signal(SIGILL),
    })
}

/// Whether the interpreter gave up on its stack, and said so before it did.
fn says_stack_overflow(stderr: &[u8]) -> bool {
    let said = String::from_utf8_lossy(stderr);
    said.contains("Fatal Python error") && said.contains("tack overflow")
}
