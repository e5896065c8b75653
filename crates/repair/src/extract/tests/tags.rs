//! Tags around code and answers.

use super::*;

#[test]
fn tags_around_code_are_cut_off() {
    for text in [
        "[PYTHON]\ndef triple(x):\n    return 3 * x\n[/PYTHON]\n",
        "Here:\n[PYTHON]\ndef triple(x):\n    return 3 * x\n[/PYTHON]\n[TESTS]\nassert triple(1) == 3\n[/TESTS]\n",
        "[PYTHON]\n```python\ndef triple(x):\n    return 3 * x\n```\n[/PYTHON]\n",
        "<code>\ndef triple(x):\n    return 3 * x\n</code>\n",
        "<pre><code>def triple(x):\n    return 3 * x\n</code></pre>\n",
        "<python>\ndef triple(x):\n    return 3 * x\n</python>",
        "[BEGIN]\ndef triple(x):\n    return 3 * x\n[DONE]\n",
        "[CODE]\ndef triple(x):\n    return 3 * x\n[/CODE]\n",
        "<answer>\n```python\ndef triple(x):\n    return 3 * x\n```\n</answer>\n",
        "<solution>\n```python\ndef triple(x):\n    return 3 * x\n```\n</solution>\n",
    ] {
        check(text, OneBlock, TRIPLE);
    }
}

#[test]
fn an_answer_within_tags_counts_alone() {
    let wrong = "```python\ndef triple(x):\n    return x + 3\n```\n";
    check(&format!("{wrong}<answer>\n{TRIPLE}</answer>\n{wrong}"), BareCode, TRIPLE);
    check(&format!("<answer>\n```python\n{TRIPLE}```\n</answer>\nNot this:\n{wrong}"), OneBlock, TRIPLE);
    check(&format!("The answer:\n<answer>{TRIPLE}"), BareCode, TRIPLE);
    // Tags that hold no program do not count.
    check(&format!("```python\n{TRIPLE}```\n<answer>42</answer>\n"), OneBlock, TRIPLE);
}

#[test]
fn characters_of_html_are_read_where_the_code_needs_it() {
    let code = "def triple(x):\n    if x &lt; 0 and x &gt;= -9:\n        return 3 * x\n    return 3 * x\n";
    let program = "def triple(x):\n    if x < 0 and x >= -9:\n        return 3 * x\n    return 3 * x\n";
    check(&format!("<pre>{code}</pre>"), OneBlock, program);
    let spoken_of = "def triple(x):\n    s = '&lt;'\n    return 3 * x\n";
    check(&format!("<code>\n{spoken_of}</code>"), OneBlock, spoken_of);
}
