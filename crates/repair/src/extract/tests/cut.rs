//! Answers that were cut at the token limit.

use super::*;

#[track_caller]
fn check_cut(text: &str, expected: Option<(ExtractionRule, &str)>) {
    let found = extracted(text, &function(), FinishReason::Length, Form::Chat);
    let found = found.as_ref().map(|found| (found.rule, found.program.trim_end()));
    assert_eq!(found, expected.map(|(rule, program)| (rule, program.trim_end())), "in the answer:\n{text}");
}

#[test]
fn a_cut_block_counts_only_if_it_parses_and_no_closed_block_answers() {
    check_cut("```python\ndef triple(x):\n    return 3 * x", Some((UnclosedBlock, TRIPLE)));
    check_cut("```python\ndef triple(x):\n    return 3 * (x", None);
    check_cut("```python\ndef triple(x):\n", None);
    check_cut("```python\ndef triple(x):\n    return 3 * x\n\nprint(tri", None);
    check_cut("```python\ndef triple(x):\n    return 3 * x\n\nThis multiplies by", None);
    check_cut(
        &format!("```python\n{TRIPLE}```\nOr:\n```python\ndef triple(x):\n    return x"),
        Some((OneBlock, TRIPLE)),
    );
    check_cut(&format!("```python\n{TRIPLE}```\nThis multiplies by"), Some((OneBlock, TRIPLE)));
}

#[test]
fn an_answer_cut_while_thinking_holds_no_program() {
    check_cut("<think>\nA first try:\n```python\ndef triple(x):\n    return 3 * x\n```\nBut wait, I had better", None);
}

#[test]
fn an_end_that_a_stop_sequence_took_is_no_cut() {
    check_none("```python\ndef triple(x):\n    return 3 * (x");
    check("```python\ndef triple(x):\n    return 3 * x", UnclosedBlock, TRIPLE);
}

#[test]
fn a_cut_function_is_no_rest_of_a_function() {
    let text = "```python\nimport heapq\nfrom typing import List\n\n\ndef triple(x: int) -> int:\n    \"\"\"Three times x.\"\"\"\n    for i in (";
    for finish_reason in [FinishReason::Length, FinishReason::Stop] {
        assert_eq!(extracted(text, &completion(), finish_reason, Form::Chat), None);
    }
}
