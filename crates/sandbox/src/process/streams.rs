//! The harness's ends of a job's pipes. None of them ever blocks.

use crate::{Captured, SandboxError};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;

/// What a job writes: counted, and its first bytes kept.
#[derive(Debug)]
pub(super) struct Capture {
    source: Option<File>,
    kept: Vec<u8>,
    kept_cap: u64,
    total: u64,
}

impl Capture {
    /// A stream of which at most `kept_cap` bytes are kept. Without a source it has ended already.
    pub(super) fn new(source: Option<OwnedFd>, kept_cap: u64) -> Self {
        Self { source: source.map(File::from), kept: Vec::new(), kept_cap, total: 0 }
    }

    /// What to wait for; `None` once the stream has ended.
    pub(super) fn source(&self) -> Option<&File> {
        self.source.as_ref()
    }

    /// Bytes that were read so far.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Reads once, and keeps what is to be kept.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<(), SandboxError> {
        let n = self.pass(buffer)?;
        let room = self.kept_cap.saturating_sub(self.kept.len() as u64);
        let n = n.min(usize::try_from(room).unwrap_or(usize::MAX));
        self.kept.extend_from_slice(buffer.get(..n).unwrap_or_default());
        Ok(())
    }

    /// Reads once into the buffer and keeps nothing. Returns the number of bytes, 0 if there are none now.
    pub(super) fn pass(&mut self, buffer: &mut [u8]) -> Result<usize, SandboxError> {
        let Some(source) = &mut self.source else { return Ok(0) };
        match source.read(buffer) {
            Ok(n) => {
                if n == 0 {
                    self.source = None;
                }
                self.total += n as u64;
                Ok(n)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            Err(source) => Err(SandboxError::System { call: "read", source }),
        }
    }

    /// Takes the first `N` of the kept bytes, if there are as many.
    pub(super) fn take_first<const N: usize>(&mut self) -> Option<[u8; N]> {
        let first = *self.kept.first_chunk::<N>()?;
        self.kept.drain(..N);
        Some(first)
    }

    /// What was captured. Leaves nothing.
    pub(super) fn captured(&mut self) -> Captured {
        Captured { bytes: std::mem::take(&mut self.kept), total: self.total }
    }
}

/// What a party reads.
#[derive(Debug)]
pub(super) struct Feed {
    sink: Option<File>,
    waiting: Vec<u8>,
    written: usize,
}

impl Feed {
    /// A stream that goes on. Without a sink all of it is dropped.
    pub(super) fn new(sink: Option<OwnedFd>) -> Self {
        Self { sink: sink.map(File::from), waiting: Vec::new(), written: 0 }
    }

    /// What to wait for; `None` if there is nothing to write, or nobody to read.
    pub(super) fn sink(&self) -> Option<&File> {
        self.sink.as_ref().filter(|_| self.written < self.waiting.len())
    }

    /// Appends to what is to be written.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.sink.is_some() {
            self.waiting.extend_from_slice(bytes);
        }
    }

    /// Writes what fits. A reader that is gone is not an error: its end is seen elsewhere.
    pub(super) fn write(&mut self) {
        let Some(sink) = &mut self.sink else { return };
        while let Some(rest) = self.waiting.get(self.written..).filter(|rest| !rest.is_empty()) {
            match sink.write(rest) {
                Ok(n) => self.written += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.sink = None;
                    break;
                }
            }
        }
        self.waiting = Vec::new();
        self.written = 0;
    }
}
