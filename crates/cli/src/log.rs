//! Logging: to stderr by `--log`, and to `mend.log` in the run's folder once there is one.

use crate::exit::Failure;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

static RUN_LOG: OnceLock<File> = OnceLock::new();

/// Starts logging.
///
/// # Errors
/// A filter that is none.
pub fn start(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(format!("`--log {filter}`: {error}"))
            .hint("a filter is a level such as `info`, or `mend_repair=debug`")
    })?;
    let stderr = tracing_subscriber::fmt::layer().with_writer(io::stderr).without_time().with_target(false);
    let file = tracing_subscriber::fmt::layer().with_writer(RunLog).with_ansi(false).with_filter(LevelFilter::INFO);
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(stderr.with_filter(filter)).with(file).try_init();
    Ok(())
}

/// Sends the log to the run's folder as well. A folder that takes no log is no reason to stop.
pub fn to_folder(folder: &Path) {
    match File::options().create(true).append(true).open(folder.join("mend.log")) {
        Ok(file) => drop(RUN_LOG.set(file)),
        Err(error) => tracing::warn!(%error, "no mend.log"),
    }
}

struct RunLog;

impl<'a> MakeWriter<'a> for RunLog {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> LogWriter {
        LogWriter(RUN_LOG.get())
    }
}

struct LogWriter(Option<&'static File>);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full disk must not fail the log's caller.
        if let Some(mut file) = self.0 {
            let _ = file.write_all(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
