//! The native half of the zygote: an extension module of the interpreter, with one function.
//!
//! `next()` obeys the harness and returns to Python only where Python has something to do: to load one of our own
//! programs, or, in a process that was just forked and confined, to run a job. All forks happen in here, and each is
//! told to the interpreter, as its own `os.fork` does.
//!
//! Built by the build script of `mend-sandbox`, by itself: it depends on no crate and no C library, so it can be
//! loaded by any build of the interpreter.

#![no_std]
#![allow(clippy::missing_safety_doc, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod cell;
mod job;
mod landlock;
mod packet;
mod stub;
#[path = "sys.rs"]
mod sys;
mod wire;

use cell::{Confinement, Failure};
use core::ffi::{c_char, c_int, c_long, c_void};
use packet::Packet;
use sys::call;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    sys::exit(126)
}

/// Named by the unwinding tables of `core`, which nothing here ever uses.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

type Object = *mut c_void;

unsafe extern "C" {
    fn PyModule_Create2(definition: *mut ModuleDefinition, version: c_int) -> Object;
    fn PyBytes_FromStringAndSize(bytes: *const c_char, len: isize) -> Object;
    fn PyBytes_AsString(object: Object) -> *mut c_char;
    fn PyLong_FromLong(value: c_long) -> Object;
    fn PyLong_FromUnsignedLongLong(value: u64) -> Object;
    fn PyTuple_New(len: isize) -> Object;
    fn PyTuple_SetItem(tuple: Object, index: isize, item: Object) -> c_int;
    fn PyOS_BeforeFork();
    fn PyOS_AfterFork_Parent();
    fn PyOS_AfterFork_Child();
}

#[repr(C)]
struct Method {
    name: *const c_char,
    function: Option<unsafe extern "C" fn(Object, Object) -> Object>,
    flags: c_int,
    doc: *const c_char,
}

/// `PyModuleDef`, of the stable ABI.
#[repr(C)]
struct ModuleDefinition {
    references: isize,
    kind: Object,
    init: Object,
    index: isize,
    copy: Object,
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *mut Method,
    slots: Object,
    traverse: Object,
    clear: Object,
    free: Object,
}

const METH_NOARGS: c_int = 4;
const NULL: Object = core::ptr::null_mut();

static mut METHODS: [Method; 2] = [
    Method { name: c"next".as_ptr(), function: Some(next), flags: METH_NOARGS, doc: core::ptr::null() },
    Method { name: core::ptr::null(), function: None, flags: 0, doc: core::ptr::null() },
];

static mut DEFINITION: ModuleDefinition = ModuleDefinition {
    references: 1,
    kind: NULL,
    init: NULL,
    index: 0,
    copy: NULL,
    name: c"_mend".as_ptr(),
    doc: core::ptr::null(),
    size: -1,
    methods: &raw mut METHODS as *mut Method,
    slots: NULL,
    traverse: NULL,
    clear: NULL,
    free: NULL,
};

/// What makes this process a cell; `None` in the master.
static mut CONFINEMENT: Option<Confinement> = None;

/// Called by the interpreter when it loads the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit__mend() -> Object {
    // Nobody of the same user may look at this process or at its children.
    call!(sys::PRCTL, cell::PR_SET_DUMPABLE, 0, 0, 0, 0);
    // SAFETY: the definition is static and laid out as the interpreter wants it.
    unsafe { PyModule_Create2(&raw mut DEFINITION, 1013) }
}

/// Obeys until there is something for Python to do. Returns `(number, seed, bytes)`: in the master, -1 and the source
/// of a program to load; in a job, the number of the loaded program plus 1, or 0 and the payload.
unsafe extern "C" fn next(_module: Object, _none: Object) -> Object {
    loop {
        let Some(packet) = Packet::receive(wire::CONTROL) else { sys::exit(0) };
        let words = &packet.words;
        let result = match words[0] {
            wire::LOAD => return load(&packet),
            wire::CELL => fork_cell(&packet),
            wire::SET_UP => set_up(&packet),
            wire::JOB => match fork_job(&packet) {
                Ok(Some(job)) => return job,
                Ok(None) => Ok(()),
                Err(failure) => Err(failure),
            },
            wire::CLEAN => {
                cell::clean();
                Ok(())
            }
            _ => Ok(()),
        };
        packet.close();
        if let Err(Failure(step, error)) = result {
            packet::failed(wire::CONTROL, step, error, stub::born());
        }
    }
}

fn tuple(number: c_long, seed: u64, bytes: Object) -> Object {
    // SAFETY: the interpreter's own constructors; the tuple takes over what is put into it.
    unsafe {
        let tuple = PyTuple_New(3);
        PyTuple_SetItem(tuple, 0, PyLong_FromLong(number));
        PyTuple_SetItem(tuple, 1, PyLong_FromUnsignedLongLong(seed));
        PyTuple_SetItem(tuple, 2, bytes);
        tuple
    }
}

/// The contents of a memory file, as `bytes`.
fn contents(file: i32, len: u64) -> Option<Object> {
    // SAFETY: the object is fresh and has room for `len` bytes, which nobody else sees before they are read.
    unsafe {
        let object = PyBytes_FromStringAndSize(core::ptr::null(), len as isize);
        if object.is_null() {
            return None;
        }
        let bytes = core::slice::from_raw_parts_mut(PyBytes_AsString(object).cast::<u8>(), len as usize);
        read_all(file, bytes).then_some(object)
    }
}

fn read_all(file: i32, mut bytes: &mut [u8]) -> bool {
    let mut at = 0_usize;
    while !bytes.is_empty() {
        let read = call!(sys::PREAD64, file, bytes.as_mut_ptr(), bytes.len(), at);
        let Ok(read @ 1..) = usize::try_from(read) else { return false };
        at += read;
        bytes = bytes.get_mut(read..).unwrap_or_default();
    }
    true
}

fn load(packet: &Packet) -> Object {
    let source = packet.fds().first().and_then(|file| contents(*file, packet.words[1]));
    packet.close();
    let Some(source) = source else { sys::exit(125) };
    // Python says that it is done by asking for the next order; the answer can go out already, since packets queue.
    packet::done(wire::CONTROL, 0);
    tuple(-1, 0, source)
}

/// Forks, in the parent and the child alike telling the interpreter.
fn fork(pid: i32) -> Result<Option<u64>, Failure> {
    // SAFETY: the interpreter holds its lock and has this one thread, which Python has checked.
    let forked = unsafe {
        PyOS_BeforeFork();
        let forked = sys::fork(pid);
        if forked == 0 {
            PyOS_AfterFork_Child();
        } else {
            PyOS_AfterFork_Parent();
        }
        forked
    };
    match forked {
        0 => Ok(None),
        1.. => Ok(Some(forked as u64)),
        _ => Err(Failure("clone3", forked)),
    }
}

fn fork_cell(packet: &Packet) -> Result<(), Failure> {
    let [control] = packet.fds() else { return Err(Failure("read", -22)) };
    if let Some(pid) = fork(0)? {
        packet::done(wire::CONTROL, pid);
        return Ok(());
    }
    // This is the cell. The streams 0 to 2 lead nowhere, the control socket takes the master's place.
    if sys::keep(&[0, 1, 2, *control]) < 0 {
        sys::exit(124);
    }
    Ok(())
}

fn set_up(packet: &Packet) -> Result<(), Failure> {
    let [stub, file] = packet.fds() else { return Err(Failure("read", -22)) };
    let len = packet.words[wire::set_up::PLAN_BYTES];
    let filter_len = packet.words[wire::set_up::FILTER_BYTES];
    let (Some(plan), Some(filter)) = (Buffer::read(*file, 0, len), Buffer::read(*file, len, filter_len)) else {
        return Err(Failure("read", -5));
    };
    let (confinement, without_proc) = cell::enter(&packet.words, plan.bytes(), filter, *stub)?;
    // SAFETY: this process has one thread.
    unsafe { CONFINEMENT = Some(confinement) };
    packet::stands(wire::CONTROL, stub::born(), without_proc);
    Ok(())
}

/// Forks a job. Returns what Python is to run, in the job; `None` in the cell.
fn fork_job(packet: &Packet) -> Result<Option<Object>, Failure> {
    // SAFETY: this process has one thread.
    let Some(confinement) = (unsafe { (*(&raw const CONFINEMENT)).as_ref() }) else {
        return Err(Failure("unshare", -22));
    };
    let words = &packet.words;
    cell::make_room(words[wire::job::DISK_BYTES], words[wire::job::DISK_FILES], confinement.user)?;
    // Pid 2, always: what a program can see of its id does not depend on what ran before, and a fork that finds the
    // number taken fails, so that a job never begins beside another.
    if let Some(pid) = fork(2)? {
        packet::done(wire::CONTROL, pid);
        return Ok(None);
    }
    // This is the job. No byte of the program has been touched yet.
    let fds = packet.fds();
    let n_streams = words[wire::job::STREAMS] as usize;
    let Some(streams) = fds.get(..n_streams) else { sys::exit(124) };
    let program = words[wire::job::PROGRAM];
    let payload = match (program, fds.get(n_streams)) {
        (0, Some(file)) => contents(*file, words[wire::job::PAYLOAD_BYTES]),
        // SAFETY: an empty object of the interpreter.
        _ => Some(unsafe { PyBytes_FromStringAndSize(c"".as_ptr(), 0) }),
    };
    let Some(payload) = payload else { sys::exit(124) };
    if let Err(Failure(step, error)) = job::confine(words, confinement) {
        packet::job_failed(wire::CONTROL, step, error);
        sys::exit(124);
    }
    // Last, and before any code is compiled: the control socket goes, as does every descriptor but the job's own.
    if sys::keep(streams) < 0 {
        sys::exit(124);
    }
    Ok(Some(tuple(program as c_long, words[wire::job::SEED], payload)))
}

/// Bytes in pages of their own, for as long as the process lives.
pub struct Buffer {
    start: *mut u8,
    len: usize,
}

impl Buffer {
    fn read(file: i32, from: u64, len: u64) -> Option<Self> {
        // A private mapping: read at once, kept for good.
        let total = (from + len) as usize;
        let start = call!(sys::MMAP, 0, total.max(1), 3, 2, file, 0);
        if start < 0 {
            return None;
        }
        // SAFETY: the mapping is ours and `total` bytes long.
        let start = unsafe { (start as *mut u8).add(from as usize) };
        Some(Self { start, len: len as usize })
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping lives as long as the process, and nobody writes to it.
        unsafe { core::slice::from_raw_parts(self.start, self.len) }
    }
}
