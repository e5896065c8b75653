//! The `process` engine where it does not exist.

use crate::{Engine, Identity, ProcessOptions, SandboxError, Worker};

/// The `process` engine. On this operating system it cannot be made.
#[derive(Debug)]
pub enum ProcessEngine {}

impl ProcessEngine {
    /// Fails: the engine needs Linux.
    pub fn new(_options: ProcessOptions) -> Result<Self, SandboxError> {
        Err(SandboxError::UnsupportedPlatform { engine: "process", os: std::env::consts::OS })
    }
}

impl Engine for ProcessEngine {
    fn identity(&self) -> &Identity {
        match *self {}
    }

    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
        match *self {}
    }
}
