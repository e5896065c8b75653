//! The rules of other harnesses, to compare with what they publish. Thinking is not set aside, and nothing is mended.

use super::Extracted;
use mend_core::ExtractionRule;

/// LiveCodeBench: what stands between the last two lines that hold a fence; nothing if there are fewer.
pub(super) fn last_fence(text: &str) -> Extracted {
    let mut place = 0;
    let mut fences = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.contains("```") {
            fences.push((place, place + line.len()));
        }
        place += line.len();
    }
    let (before, program) = match fences[..] {
        [.., (opens, starts), (ends, _)] => (&text[..opens], &text[starts..ends]),
        _ => ("", ""),
    };
    Extracted::written(program, ExtractionRule::LastFence, before)
}

/// lm-eval's coding tasks: what stands between the first two fences, without a word that follows the first; else the
/// whole text.
pub(super) fn first_fence(text: &str) -> Extracted {
    let parts: Vec<&str> = text.splitn(3, "```").collect();
    let [before, block, _] = parts[..] else {
        return Extracted::written(text, ExtractionRule::FirstFence, "");
    };
    let block = block.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    let block = block.strip_prefix('\n').unwrap_or(block);
    let block = block.strip_suffix('\n').unwrap_or(block);
    Extracted::written(block, ExtractionRule::FirstFence, before)
}

/// Olausson et al.: up to a further question, behind the header of the fixed program, then within `[PYTHON]`, then within
/// the first Python fence, else within the first fence, else all of it.
pub(super) fn olausson(text: &str) -> Extracted {
    let (text, _) = text.split_once("### QUESTION").unwrap_or((text, ""));
    let within = |text: &'_ str, open: &str, close: &str| -> Option<(usize, usize)> {
        let start = text.find(open)? + open.len();
        Some((start, text[start..].find(close).map_or(text.len(), |end| start + end)))
    };
    let (mut start, mut end) = (0, text.len());
    let steps = [("### FIXED PYTHON CODE", "### FIXED PYTHON CODE"), ("[PYTHON]", "[/PY")];
    for (open, close) in steps {
        if let Some((from, to)) = within(&text[start..end], open, close) {
            (start, end) = (start + from, start + to);
        }
    }
    let fenced = within(&text[start..end], "```python", "```").or_else(|| within(&text[start..end], "```", "```"));
    if let Some((from, to)) = fenced {
        (start, end) = (start + from, start + to);
    }
    let before = text[..start].trim_end_matches("```python").trim_end_matches("```");
    Extracted::written(&text[start..end], ExtractionRule::Olausson, before)
}
