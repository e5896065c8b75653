//! Thinking is set aside.

use super::*;

const DRAFT: &str = "Maybe addition:\n```python\ndef triple(x):\n    return x + 3\n```\nNo, that is wrong for 2.\n";

#[test]
fn drafts_within_thinking_do_not_count() {
    let answers = [(format!("```python\n{TRIPLE}```\n"), OneBlock), (TRIPLE.to_owned(), BareCode)];
    let marks = [
        ("<think>", "</think>"),
        ("<thinking>", "</thinking>"),
        ("<THINKING>", "</THINKING>"),
        ("<reasoning>", "</reasoning>"),
        ("<thought>", "</thought>"),
        ("<reflection>", "</reflection>"),
        ("<scratchpad>", "</scratchpad>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|think|>", "<|/think|>"),
        ("◁think▷", "◁/think▷"),
    ];
    for (answer, rule) in &answers {
        for (open, close) in marks {
            check(&format!("{open}\n{DRAFT}{close}\n\n{answer}"), *rule, TRIPLE);
            check(&format!("{open}{DRAFT}{close}{answer}"), *rule, TRIPLE);
            // The template may have opened it.
            check(&format!("{DRAFT}{close}\n{answer}"), *rule, TRIPLE);
            // An answer that never ends its thinking, or does nothing else.
            check_none(&format!("{open}\n{DRAFT}{answer}"));
            check_none(&format!("{open}\n{DRAFT}{answer}\n{close}\n"));
        }
    }
}

#[test]
fn thinking_in_pieces_nested_or_cut_is_set_aside() {
    let answer = format!("```python\n{TRIPLE}```\n");
    check(&format!("<think>\n{DRAFT}</think>\nFirst:\n<think>\n{DRAFT}</think>\n{answer}"), OneBlock, TRIPLE);
    check(&format!("{answer}<think>\nLet me check.\n{DRAFT}</think>\nIt is right.\n"), OneBlock, TRIPLE);
    check(&format!("<think>\n<think>\n{DRAFT}</think>\n{DRAFT}</think>\n{answer}"), OneBlock, TRIPLE);
    check(&format!("<think>\n```python\ndef triple(x):\n    return x\n</think>\n{answer}"), OneBlock, TRIPLE);
    check(&format!("```python\ndef triple(x):\n    return x\n</think>\n{answer}"), OneBlock, TRIPLE);
    check(&format!("<think>\n</think>\n\n{answer}"), OneBlock, TRIPLE);
    check(&format!("<think>\n{DRAFT}\n<answer>\n{answer}</answer>\n"), OneBlock, TRIPLE);
    check(
        "<think>\nFirst idea: def triple(x): return x + 3. No.\n\ndef triple(x):\n    return x + 3\n\nThat fails.\n</think>\n\n```python\ndef triple(x):\n    return 3 * x\n```\n",
        OneBlock,
        TRIPLE,
    );
}

#[test]
fn channels_hold_one_answer() {
    let text = format!(
        "<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>```python\n{TRIPLE}```<|return|>"
    );
    check(&text, OneBlock, TRIPLE);
    check(&format!("analysisWe need three times x.\n{DRAFT}assistantfinal```python\n{TRIPLE}```"), OneBlock, TRIPLE);
    check_none(&format!("<|channel|>analysis<|message|>{DRAFT}"));
}

#[test]
fn marks_in_code_or_quotes_are_only_spoken_of() {
    let code = "def triple(x):\n    tags = ['<think>', \"</think>\"]\n    return 3 * x\n";
    check(&format!("```python\n{code}```\n"), OneBlock, code);
    let docstring = "def triple(x):\n    \"\"\"\n<think>\n    \"\"\"\n    return 3 * x\n";
    check(&format!("```python\n{docstring}```\n"), OneBlock, docstring);
    check(&format!("I use no <think> here, nor `</think>`.\n```python\n{TRIPLE}```\n"), OneBlock, TRIPLE);
}
