//! Marks that are not Markdown: tokens that end an answer, and tags around an answer or around code.

use std::ops::Range;

/// Tokens behind which nothing belongs to the answer.
const ENDS: [&str; 16] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<|end_of_solution|>",
    "<|eot|>",
    "<|return|>",
    "<end_of_turn>",
    "<eos>",
    "</s>",
    "<｜end▁of▁sentence｜>",
    "<|EOT|>",
    "[/INST]",
];

/// Tags around an answer.
const ANSWERS: [(&str, &str); 4] = [
    ("<answer>", "</answer>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<solution>", "</solution>"),
    ("<final_answer>", "</final_answer>"),
];

/// Tags around code.
const CODE: [(&str, &str); 7] = [
    ("[PYTHON]", "[/PYTHON]"),
    ("[CODE]", "[/CODE]"),
    ("[BEGIN]", "[DONE]"),
    ("<python>", "</python>"),
    ("<code>", "</code>"),
    ("<pre>", "</pre>"),
    ("<tool_code>", "</tool_code>"),
];

/// Text up to the first end token that ends a line, or that stands behind a fence. Within a line of code such a token is
/// only spoken of.
pub(super) fn up_to_end(text: &str) -> &str {
    let ends_line = |place: usize, token: &str| {
        let rest = text[place + token.len()..].trim_start_matches([' ', '\t', '\r']);
        let behind_fence = text[..place].trim_end_matches([' ', '\t']).ends_with("```");
        behind_fence || rest.is_empty() || rest.starts_with('\n') || ENDS.iter().any(|next| rest.starts_with(next))
    };
    let first =
        |token: &&str| text.match_indices(*token).map(|(place, _)| place).find(|place| ends_line(*place, token));
    let end = ENDS.iter().filter_map(first).min();
    &text[..end.unwrap_or(text.len())]
}

/// Whether what follows a closing fence is only tokens that end an answer.
pub(super) fn is_end(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || ENDS.iter().any(|token| rest.starts_with(token))
}

/// A pair of tags: the whole of it, and what stands between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tagged {
    pub(super) whole: Range<usize>,
    pub(super) inner: Range<usize>,
    pub(super) is_closed: bool,
}

/// What the last tags around an answer hold.
pub(super) fn answer(text: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    ANSWERS
        .iter()
        .filter_map(|(open, close)| pairs(&lower, open, close).pop())
        .max_by_key(|tagged| tagged.whole.start)
        .map(|tagged| tagged.inner)
}

/// All tags around code, in order; of tags within each other the inner ones.
pub(super) fn code(text: &str) -> Vec<Tagged> {
    let lower = text.to_ascii_lowercase();
    let pairs = |(open, close): &(&str, &str)| pairs(&lower, &open.to_ascii_lowercase(), &close.to_ascii_lowercase());
    let mut found: Vec<Tagged> = CODE.iter().flat_map(pairs).collect();
    found.sort_by_key(|tagged| (tagged.whole.end, std::cmp::Reverse(tagged.whole.start)));
    let mut innermost: Vec<Tagged> = Vec::new();
    for tagged in found {
        if innermost.last().is_none_or(|last| last.whole.end <= tagged.whole.start) {
            innermost.push(tagged);
        }
    }
    innermost
}

fn pairs(text: &str, open: &str, close: &str) -> Vec<Tagged> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(open).map(|start| from + start) {
        let inner = start + open.len();
        let end = text[inner..].find(close).map(|end| inner + end);
        let whole = start..end.map_or(text.len(), |end| end + close.len());
        from = whole.end;
        found.push(Tagged { whole, inner: inner..end.unwrap_or(text.len()), is_closed: end.is_some() });
    }
    found
}

/// The characters that HTML writes in words.
pub(super) fn unescaped(text: &str) -> String {
    let words = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    words.iter().fold(text.to_owned(), |text, (word, letter)| text.replace(word, letter))
}
