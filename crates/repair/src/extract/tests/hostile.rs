//! Whatever the text: it ends soon, nothing panics, and a program consists of lines of the answer.

use super::*;
use proptest::prelude::*;

const PIECES: [&str; 44] = [
    "```",
    "```python\n",
    "~~~",
    "````",
    "\n",
    "    ",
    "\t",
    "def triple(x):\n",
    "    return 3 * x\n",
    "def f(",
    "\"\"\"",
    "'''",
    "'",
    "\"",
    "(",
    ")",
    "# ",
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "[PYTHON]",
    "[/PYTHON]",
    "<code>",
    "</s>",
    "<|im_end|>",
    "<|channel|>final<|message|>",
    "> ",
    "1. ",
    "- ",
    "print(triple(2))\n",
    "import math\n",
    "x = 1\n",
    "It's prose, isn't it?\n",
    "é",
    "\u{300}",
    "\r\n",
    "\\",
    "&lt;",
    "assert triple(1) == 3\n",
    "return 3 * x\n",
    ":",
    "{",
    "=",
];

fn problems() -> [Problem; 3] {
    [function(), completion(), program()]
}

proptest! {
    #[test]
    fn any_text_is_handled(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60), is_cut: bool) {
        let text = pieces.concat();
        let finish_reason = if is_cut { FinishReason::Length } else { FinishReason::Stop };
        for problem in problems() {
            let Some(found) = extracted(&text, &problem, finish_reason, Form::Chat) else { continue };
            prop_assert!(!found.program.trim().is_empty());
            let unescaped = text.replace("&lt;", "<");
            let is_of_text = |line: &str| text.contains(line.trim()) || unescaped.contains(line.trim());
            prop_assert!(found.written.lines().all(is_of_text), "{}", found.written);
            prop_assert_eq!(extracted(&text, &problem, finish_reason, Form::Chat), Some(found));
        }
    }

    #[test]
    fn a_block_that_answers_is_found_whatever_prose_surrounds_it(
        before in "[A-Za-z ,.!?\\n]{0,80}",
        after in "[A-Za-z ,.!?\\n]{0,80}",
    ) {
        let text = format!("{before}\n```python\n{TRIPLE}```\n{after}");
        let found = extracted(&text, &function(), FinishReason::Stop, Form::Chat).unwrap();
        prop_assert_eq!((found.rule, found.program.as_ref()), (OneBlock, TRIPLE));
    }
}

/// Each piece, and pairs of them, repeated to so many bytes.
fn repeated(bytes: usize) -> impl Iterator<Item = String> {
    let pairs =
        PIECES.iter().enumerate().map(|(index, piece)| format!("{piece}{}", PIECES[(index * 7 + 3) % PIECES.len()]));
    let lines = PIECES.iter().map(|piece| format!("{piece}\n"));
    let more = [
        "```\n\"\"\"\n",
        "```python\nx```\n",
        "```py\ndef f(\n",
        "def f(x):\n",
        "x = [\n",
        "```a\n~~~b\n",
        "<think>\n```\n</think>\n",
    ];
    let all: Vec<String> = PIECES
        .iter()
        .map(|piece| (*piece).to_owned())
        .chain(pairs)
        .chain(lines)
        .chain(more.map(str::to_owned))
        .collect();
    all.into_iter().map(move |piece| piece.repeat(bytes / piece.len()))
}

#[test]
fn long_adversarial_answers_end() {
    // Anything that is not in proportion to the length would take hours.
    let bytes = if std::env::var_os("MEND_FULL").is_some() { 4 << 20 } else { 1 << 15 };
    for text in repeated(bytes) {
        for problem in problems() {
            let _ = extracted(&text, &problem, FinishReason::Stop, Form::Chat);
        }
    }
}

#[test]
fn a_program_of_megabytes_is_taken_as_it_is() {
    let long = format!("{}\n{TRIPLE}", "x = 1\n".repeat(1 << 18));
    let found = extracted(&format!("```python\n{long}```\n"), &function(), FinishReason::Stop, Form::Chat).unwrap();
    assert_eq!((found.rule, found.program.len()), (UnfitBlock, long.len()));
}
