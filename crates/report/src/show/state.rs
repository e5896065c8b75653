//! What a strategy knew in a round.

use super::{Look, words};
use crate::plain::{plain, visible};
use crate::tables::wrap;
use mend_core::{RunManifest, Text};

/// The state of a round, as JSON over several lines; `None` if the run has no such round, or has not come to it. `states`
/// are those of all rounds that began.
pub fn show_state(manifest: &RunManifest, states: &[&Text], round: usize, look: Look) -> Option<String> {
    let state = *states.get(round)?;
    let last = manifest.schedule().rounds().saturating_sub(1);
    let bytes = state.body().map_or(String::new(), |body| format!(", {} bytes", body.len()));
    let title = format!(
        "{}: what was known in round {round} of 0 to {last} ({}{bytes})",
        manifest.run_id,
        state.digest().short()
    );
    let value = state.body().and_then(|body| serde_json::from_str::<serde_json::Value>(body).ok());
    let shown = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = shown.map_or_else(|| words(state), |text| visible(&text) + "\n");
    Some(wrap(&plain(&title), look.width.max(40), 2) + "\n" + &text)
}
