//! Code without fences.

use super::*;

#[test]
fn prose_around_bare_code_is_cut_off() {
    for text in [
        TRIPLE,
        "def triple(x):\n    return 3 * x",
        "That is a simple function, it needs no imports. The code is as follows:\n\ndef triple(x):\n    return 3 * x\n\nIt just returns the product when you call it.\n",
        "Here is the function:\ndef triple(x):\n    return 3 * x\nHope this helps!\n",
        "Sure! Here's the code:\n\n    def triple(x):\n        return 3 * x\n\nLet me know if it isn't clear.\n",
        "Answer:\n\ndef triple(x):\n    return 3 * x\n\nExample: triple(2) gives 6\nOutput: 6\n",
        "python\ndef triple(x):\n    return 3 * x\n",
        "**Solution**\n\ndef triple(x):\n    return 3 * x\n\n---\nTime: O(1)\n",
        "# Triple\n\nIt's easy:\n\ndef triple(x):\n    return 3 * x\n\n1. Multiply.\n2. Return.\n",
        "def triple(x):\n    return 3 * x\n\n>>> triple(2)\n6\n",
        "The signature is:\ndef triple(x):\n\nand in full it is this:\n\ndef triple(x):\n    return 3 * x\n",
    ] {
        let found = extracted(text, &function(), FinishReason::Stop, Form::Chat).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((found.rule, found.program.trim_end()), (BareCode, TRIPLE.trim_end()), "{text}");
    }
}

#[test]
fn bare_code_that_parses_as_a_whole_is_the_program() {
    for text in [
        "import math\n\n# three\n\ndef triple(x):\n    \"\"\"Three times x.\"\"\"\n    return 3 * x\n\n\nprint(triple(2))\n",
        "\"\"\"A module.\"\"\"\nclass Solution:\n    def triple(self, x):\n        return 3 * x\n",
        "N = 3\n\n\ndef triple(x):\n    return N * x\n\nassert triple(1) == 3\n",
    ] {
        check(text, BareCode, text);
    }
    let stdin = "n = int(input())\nprint(n)";
    check_of(&program(), stdin, Some((BareCode, stdin)));
}

#[test]
fn bare_pieces_are_joined() {
    let text = "First we need a helper.\n\ndef add(a, b):\n    return a + b\n\nThen the function:\n\ndef triple(x):\n    return add(x, add(x, x))\n\nDone.\n";
    check(text, BareCode, "def add(a, b):\n    return a + b\n\ndef triple(x):\n    return add(x, add(x, x))\n");
    let later = "A first idea:\n\ndef triple(x):\n    return x + 3\n\nThat is wrong. Correct:\n\ndef triple(x):\n    return 3 * x\n";
    check(later, BareCode, TRIPLE);
}

#[test]
fn bare_code_counts_beside_blocks_that_do_not_answer() {
    check("def triple(x):\n    return 3 * x\n\nRun it so:\n\n```bash\npython triple.py\n```\n", BareCode, TRIPLE);
    check("def triple(x):\n    return 3 * x\n\nIt prints:\n\n```\n6\n```\n", BareCode, TRIPLE);
}

#[test]
fn broken_code_is_not_mended_by_leaving_lines_out() {
    for text in [
        "def add(a, b:\n    return a + b\n\ndef triple(x):\n    return 3 * x\n",
        "def triple(x):\n    return 3 * x\n\nprint \"three\"\n",
        "def triple(x):\n    return 3 * x\nprint triple(2)\n",
        "def triple(x):\n    return 3 * x\ny = = 3\n",
        "import math,\n\ndef triple(x):\n    return 3 * x\n",
        "def triple(x):\nreturn 3 * x\n",
        "class Triple:\n\ndef triple(x):\n    return 3 * x\n",
    ] {
        check(text, BareCode, text);
        assert!(mend_python::parse(text).is_err(), "{text}");
    }
}

#[test]
fn prose_alone_holds_no_program() {
    for text in [
        "",
        "\n \n",
        "I cannot help with that.",
        "The answer is x = 3 of course.",
        "import the thing.",
        "Multiply x by three and return it.",
        "6",
        "Yes",
        "Output: 6",
        "It's `lambda x: 3 * x`, isn't it?",
        "First, read x; then, return 3 * x.",
        "# Solution\n\nMultiply.\n",
    ] {
        check_none(text);
    }
}
