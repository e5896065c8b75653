//! The end of jobs that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends jobs from another thread. Copies are one.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends every job that heeds it, within a few tenths of a second, and each that is yet to start.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has set it.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
