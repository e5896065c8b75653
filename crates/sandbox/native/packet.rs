//! One packet of words and descriptors, sent or received.

use crate::sys::{self, call};
use crate::wire::{DONE, FAILED, FDS, JOB_FAILED, WORDS};

#[repr(C)]
struct Vector {
    base: *mut u64,
    bytes: usize,
}

#[repr(C)]
struct Header {
    name: usize,
    name_bytes: u32,
    vectors: *mut Vector,
    n_vectors: usize,
    control: *mut Control,
    control_bytes: usize,
    flags: i32,
}

#[repr(C, align(8))]
struct Control {
    bytes: usize,
    level: i32,
    kind: i32,
    fds: [i32; FDS],
}

const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;
const MSG_CMSG_CLOEXEC: usize = 0x4000_0000;
const MSG_NOSIGNAL: usize = 0x4000;
/// Bytes of a control message before its descriptors.
const HEAD: usize = 16;

/// What was received.
pub struct Packet {
    pub words: [u64; WORDS],
    fds: [i32; FDS],
    n_fds: usize,
}

impl Packet {
    /// Waits for the next packet. `None` once the other side is gone.
    pub fn receive(socket: i32) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut control = Control { bytes: 0, level: 0, kind: 0, fds: [-1; FDS] };
        let mut vector = Vector { base: words.as_mut_ptr(), bytes: WORDS * 8 };
        let mut header = Header {
            name: 0,
            name_bytes: 0,
            vectors: &raw mut vector,
            n_vectors: 1,
            control: &raw mut control,
            control_bytes: size_of::<Control>(),
            flags: 0,
        };
        let received = loop {
            header.control_bytes = size_of::<Control>();
            let received = call!(sys::RECVMSG, socket, &raw mut header, MSG_CMSG_CLOEXEC);
            if received != sys::EINTR {
                break received;
            }
        };
        if received <= 0 {
            return None;
        }
        let mut n_fds = 0;
        if header.control_bytes >= HEAD && control.level == SOL_SOCKET && control.kind == SCM_RIGHTS {
            n_fds = (control.bytes.saturating_sub(HEAD) / 4).min(FDS);
        }
        Some(Self { words, fds: control.fds, n_fds })
    }

    /// The descriptors that came along.
    pub fn fds(&self) -> &[i32] {
        self.fds.get(..self.n_fds).unwrap_or_default()
    }

    /// Closes them.
    pub fn close(&self) {
        for fd in self.fds() {
            call!(sys::CLOSE, *fd);
        }
    }
}

fn send(socket: i32, words: &mut [u64]) {
    let mut vector = Vector { base: words.as_mut_ptr(), bytes: words.len() * 8 };
    let header = Header {
        name: 0,
        name_bytes: 0,
        vectors: &raw mut vector,
        n_vectors: 1,
        control: core::ptr::null_mut(),
        control_bytes: 0,
        flags: 0,
    };
    // Without a reader there is nobody to tell.
    call!(sys::SENDMSG, socket, &raw const header, MSG_NOSIGNAL);
}

/// Answers with a result.
pub fn done(socket: i32, result: u64) {
    send(socket, &mut [DONE, result]);
}

/// Answers that a cell stands: with its stub, and the error number that kept it from a `/proc`, or 0.
pub fn stands(socket: i32, stub: u64, without_proc: u64) {
    send(socket, &mut [DONE, stub, without_proc]);
}

/// Answers that a step failed. `error` is what the kernel returned; `stub` is the cell's, if it has one already.
pub fn failed(socket: i32, step: &str, error: isize, stub: u64) {
    send(socket, &mut [FAILED, number_of(step), error.unsigned_abs() as u64, stub]);
}

/// Says that a job could not be confined.
pub fn job_failed(socket: i32, step: &str, error: isize) {
    send(socket, &mut [JOB_FAILED, number_of(step), error.unsigned_abs() as u64]);
}

fn number_of(step: &str) -> u64 {
    crate::wire::STEPS.iter().position(|known| *known == step).unwrap_or(0) as u64
}
