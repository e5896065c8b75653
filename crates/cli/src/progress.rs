//! Progress on stderr: a bar on a terminal, a line per tenth elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mend_repair::Progress;
use std::io::{IsTerminal as _, Write as _};

/// Shows how far a run is.
pub struct Display {
    bar: Option<ProgressBar>,
    tenths: u64,
}

impl Display {
    /// A display that fits stderr.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} problems  {msg}  [{elapsed_precise}]");
            bar.set_style(style.expect("the template is valid"));
            bar
        });
        Self { bar, tenths: 0 }
    }

    /// Shows a state. Cheap enough to be called for every event.
    pub fn show(&mut self, progress: Progress) {
        let message =
            || format!("{} programs judged, {} passed, {} tokens", progress.judged, progress.passed, progress.spent);
        if let Some(bar) = &self.bar {
            bar.set_length(progress.trees);
            bar.set_position(progress.trees_done);
            bar.set_message(message());
            return;
        }
        let tenths = (progress.trees_done * 10).checked_div(progress.trees).unwrap_or(0);
        if tenths > self.tenths {
            self.tenths = tenths;
            // Nobody reads a closed stderr.
            let _ = writeln!(std::io::stderr(), "{}/{} problems, {}", progress.trees_done, progress.trees, message());
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
