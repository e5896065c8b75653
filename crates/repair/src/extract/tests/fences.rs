//! Fences as CommonMark has them, and as models write them.

use super::*;

#[test]
fn fences_of_commonmark() {
    check("```python\ndef triple(x):\n    return 3 * x\n```", OneBlock, TRIPLE);
    check("```\ndef triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("~~~python\ndef triple(x):\n    return 3 * x\n~~~\n", OneBlock, TRIPLE);
    check("~~~~\ndef triple(x):\n    return 3 * x\n~~~~~\n", OneBlock, TRIPLE);
    check("````python\ndef triple(x):\n    return 3 * x\n````\n", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n``````\n", OneBlock, TRIPLE);
    check("   ```python\n   def triple(x):\n       return 3 * x\n   ```\n", OneBlock, TRIPLE);
    check("``` python\ndef triple(x):\n    return 3 * x\n```   \n", OneBlock, TRIPLE);
    check(
        "```python\r\ndef triple(x):\r\n    return 3 * x\r\n```\r\n",
        OneBlock,
        "def triple(x):\r\n    return 3 * x\r\n",
    );
    check("> ```python\n> def triple(x):\n>     return 3 * x\n> ```\n", OneBlock, TRIPLE);
    check("1. So:\n   ```py\n   def triple(x):\n       return 3 * x\n\n   ```\n2. Done.\n", OneBlock, TRIPLE);
    check("1. ```python\n   def triple(x):\n       return 3 * x\n   ```\n", OneBlock, TRIPLE);
    check("- a\n  - ```py\n    def triple(x):\n        return 3 * x\n    ```\n", OneBlock, TRIPLE);
    check("\t```python\n\tdef triple(x):\n\t    return 3 * x\n\t```\n", OneBlock, TRIPLE);
}

#[test]
fn words_behind_a_fence() {
    for word in [
        "python",
        "Python",
        "PYTHON",
        "py",
        "python3",
        "python3.11",
        "python2",
        "py3",
        "python {linenos=true}",
        "{.python .numberLines}",
        "python title=\"triple.py\"",
        "python:triple.py",
        "python,editable",
        "ipython",
        "triple.py",
        "solution",
        "python hl_lines=\"1\"",
        "{python}",
    ] {
        check(&format!("```{word}\ndef triple(x):\n    return 3 * x\n```\n"), OneBlock, TRIPLE);
    }
    for word in
        ["bash", "text", "output", "json", "console", "sh", "pycon", "plaintext", "java", "stdout", "python-repl"]
    {
        check_none(&format!("```{word}\ndef triple(x):\n    return 3 * x\n```\n"));
    }
}

#[test]
fn fences_glued_to_text_and_code() {
    check("```python\ndef triple(x):\n    return 3 * x```", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x```\nThat is all.", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x``` That is all.", OneBlock, TRIPLE);
    check("The function is: ```python\ndef triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("The function is:```\ndef triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n``` This multiplies by three.\n", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n```This multiplies by three.\n", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n```.\n", OneBlock, TRIPLE);
    check("```python def triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("```def triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("```python def triple(x): return 3 * x```", OneBlock, "def triple(x): return 3 * x");
    check("```def triple(x): return 3 * x```", OneBlock, "def triple(x): return 3 * x");
    check("Use ```triple = lambda x: 3 * x``` for this.", OneBlock, "triple = lambda x: 3 * x");
    check("'''python\ndef triple(x):\n    return 3 * x\n'''\n", OneBlock, TRIPLE);
}

#[test]
fn fences_glued_to_end_tokens() {
    for token in [
        "</s>",
        "<|im_end|>",
        "<|eot_id|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<end_of_turn>",
        "<eos>",
        "<|end|>",
        "<｜end▁of▁sentence｜>",
        "<|im_end|>\n<|endoftext|>",
        " <|im_end|>",
    ] {
        check(&format!("```python\ndef triple(x):\n    return 3 * x\n```{token}"), OneBlock, TRIPLE);
        check(&format!("```python\ndef triple(x):\n    return 3 * x\n```\n{token}\n"), OneBlock, TRIPLE);
        check(&format!("def triple(x):\n    return 3 * x{token}"), BareCode, TRIPLE);
        check(&format!("def triple(x):\n    return 3 * x\n{token}\n"), BareCode, TRIPLE);
    }
    let next_turn = "```python\ndef triple(x):\n    return 3 * x\n```<|im_end|>\n<|im_start|>user\nNow double it.<|im_end|>\n\
                     <|im_start|>assistant\n```python\ndef triple(x):\n    return 2 * x\n```";
    check(next_turn, OneBlock, TRIPLE);
    let spoken_of = "```python\ndef triple(x):\n    end = '</s>'\n    return 3 * x\n```\n";
    check(spoken_of, OneBlock, "def triple(x):\n    end = '</s>'\n    return 3 * x\n");
}

#[test]
fn fences_of_unequal_length_and_indentation() {
    check("````python\ndef triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("~~~~python\ndef triple(x):\n    return 3 * x\n~~~\nDone.\n", OneBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n    ```\n", OneBlock, TRIPLE);
    check("  ```python\ndef triple(x):\n    return 3 * x\n```\n", OneBlock, TRIPLE);
    check("    ```python\n    def triple(x):\n        return 3 * x\n    ```\n", OneBlock, TRIPLE);
    check("```python\n    def triple(x):\n        return 3 * x\n```\n", OneBlock, TRIPLE);
    let inner = "````python\ndef triple(x):\n    \"\"\"\n```\ntriple(2)\n```\n    \"\"\"\n    return 3 * x\n````\n";
    check(inner, OneBlock, "def triple(x):\n    \"\"\"\n```\ntriple(2)\n```\n    \"\"\"\n    return 3 * x\n");
}

#[test]
fn a_fence_within_a_string_ends_nothing() {
    for body in [
        "    \"\"\"\n    ```\n    triple(2)\n    ```\n    \"\"\"\n    return 3 * x\n",
        "    \"\"\"\n```python\n>>> triple(2)\n6\n```\n    \"\"\"\n    return 3 * x\n",
        "    '''Three times x.\n\n```\n6\n```\n'''\n    return 3 * x\n",
        "    r\"\"\"```\\d\n```\"\"\"\n    return 3 * x\n",
        "    fence = '```'\n    return 3 * x\n",
        "    # ends in ```\n    return 3 * x\n",
        "    text = f\"\"\"\n```\n{x}\n```\n\"\"\"\n    return 3 * x\n",
        "    it = \"it's\"  # don't\n    return 3 * x\n",
        "    return 3 * x  # \"\"\"\n",
    ] {
        let program = format!("def triple(x):\n{body}");
        check(&format!("```python\n{program}```\nThat is it.\n"), OneBlock, &program);
        check(&format!("```\n{program}```\n\n```\n6\n```\n"), OneBlock, &program);
    }
}

#[test]
fn a_string_that_is_never_closed_swallows_no_other_block() {
    let text = "```python\ndef triple(x):\n    \"\"\"Three times x.\n    return 3 * x\n```\nBetter:\n```python\ndef triple(x):\n    return 3 * x\n```\n";
    check(text, OneBlock, TRIPLE);
}

#[test]
fn a_missing_end_is_where_the_next_block_or_prose_begins() {
    check("```python\ndef triple(x):\n    return 3 * x\n```python\nprint(triple(7))\n```\n", UnclosedBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n\nIt prints:\n```text\n6\n```\n", UnclosedBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n\nThis multiplies by three.\n", UnclosedBlock, TRIPLE);
    check("```python\ndef triple(x):\n    return 3 * x\n", UnclosedBlock, TRIPLE);
    check("Sure:\n```\ndef triple(x):\n    return 3 * x", UnclosedBlock, TRIPLE);
    check("[PYTHON]\ndef triple(x):\n    return 3 * x\n", UnclosedBlock, TRIPLE);
}

#[test]
fn a_missing_beginning_is_where_the_code_begins() {
    check("def triple(x):\n    return 3 * x\n```\n", UnopenedBlock, TRIPLE);
    check("def triple(x):\n    return 3 * x```", UnopenedBlock, TRIPLE);
    check("def triple(x):\n    return 3 * x\n```\n\nThis multiplies by three.\n", UnopenedBlock, TRIPLE);
    check("Here it is:\n\ndef triple(x):\n    return 3 * x\n```\n", UnopenedBlock, TRIPLE);
    check(
        "\ndef triple(x):\n    return 3 * x\n```\nTry it:\n```python\nprint(triple(2))\n```\n",
        UnopenedBlock,
        TRIPLE,
    );
    check("python\ndef triple(x):\n    return 3 * x\n```", UnopenedBlock, TRIPLE);
}

#[test]
fn an_answer_wrapped_in_markdown_is_markdown() {
    check("```markdown\nThe function:\n\n```python\ndef triple(x):\n    return 3 * x\n```\n```\n", OneBlock, TRIPLE);
    check("````md\n# Answer\n```python\ndef triple(x):\n    return 3 * x\n```\n````\n", OneBlock, TRIPLE);
}
