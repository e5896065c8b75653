//! Which of several blocks answers, and what is joined to it.

use super::*;

const DEMO: &str = "Try it:\n\n```python\nprint(triple(7))  # 21\n```\n";

#[test]
fn demos_asserts_commands_and_output_do_not_answer() {
    let fenced = format!("```python\n{TRIPLE}```\n");
    for other in [
        DEMO,
        "```python\nassert triple(1) == 3\nassert triple(0) == 0\n```\n",
        "```python\nfrom solution import triple\n\nimport unittest\n\nclass TestTriple(unittest.TestCase):\n    def test(self):\n        self.assertEqual(triple(1), 3)\n```\n",
        "```python\nresult = triple(3)\nprint(result)\n```\n",
        "```python\n>>> triple(2)\n6\n```\n",
        "```bash\npython triple.py\n```\n",
        "```\n$ python triple.py\n6\n```\n",
        "```\n6\n-3\n```\n",
        "```text\nthree times x\n```\n",
        "```json\n{\"input\": 2, \"output\": 6}\n```\n",
        "```\ntriple(2) -> 6\n```\n",
        "```\n```\n",
        "```python\n# TODO: add tests\n```\n",
        "```java\nint triple(int x) { return 3 * x; }\n```\n",
        "```python\nx * 3\n```\n",
        "```python\nfor x in range(3):\n    print(triple(x))\n```\n",
    ] {
        check(&format!("{fenced}\nMore:\n\n{other}"), OneBlock, TRIPLE);
        check(&format!("First:\n\n{other}\n{fenced}"), OneBlock, TRIPLE);
    }
}

#[test]
fn of_several_blocks_that_answer_the_last_counts() {
    let wrong = "```python\ndef triple(x):\n    return x + 3\n```\n";
    let right = format!("```python\n{TRIPLE}```\n");
    check(&format!("A first try:\n{wrong}That is wrong for 2. Better:\n{right}"), LastOfSeveral, TRIPLE);
    check(&format!("{right}\n{right}\n{DEMO}"), LastOfSeveral, TRIPLE);
    let stub = "```python\ndef triple(x):\n    # as above\n    ...\n```\n";
    check(&format!("{right}\nThe interface:\n{stub}"), OneBlock, TRIPLE);
    check(&format!("{stub}\nFilled in:\n{right}"), OneBlock, TRIPLE);
    check(stub, OneBlock, "def triple(x):\n    # as above\n    ...\n");
    let broken = "```python\ndef triple(x)\n    return 3 * x\n```\n";
    check(&format!("{right}\nor\n{broken}"), OneBlock, TRIPLE);
    check(broken, UnfitBlock, "def triple(x)\n    return 3 * x\n");
}

#[test]
fn what_the_block_needs_of_others_is_joined() {
    let helper = "First a helper.\n\n```python\ndef add(a, b):\n    return a + b\n```\n\n";
    let main = "```python\ndef triple(x):\n    return add(x, add(x, x))\n```\n";
    let joined = "def add(a, b):\n    return a + b\n\ndef triple(x):\n    return add(x, add(x, x))\n";
    check(&format!("{helper}Then the function.\n\n{main}"), JoinedBlocks, joined);
    check(&format!("{main}with\n{helper}"), JoinedBlocks, joined);
    check(&format!("{helper}{main}{DEMO}```python\nassert add(1, 2) == 3\n```\n"), JoinedBlocks, joined);
    let imports = "```python\nimport math\nfrom typing import List\n```\n";
    let uses = "```python\ndef triple(x):\n    return math.prod([3, x])\n```\n";
    check(
        &format!("{imports}and\n{uses}"),
        JoinedBlocks,
        "import math\n\ndef triple(x):\n    return math.prod([3, x])\n",
    );
    // A draft of the same function brings its helpers along, and not itself.
    let draft = "```python\nimport math\n\nTHREE = 3\n\ndef triple(x):\n    return THREE + x\n```\n";
    let better = "```python\ndef triple(x):\n    return THREE * x\n```\n";
    check(&format!("{draft}Corrected:\n{better}"), JoinedBlocks, "THREE = 3\n\ndef triple(x):\n    return THREE * x\n");
    // The nearest definition before counts.
    let two = "```python\nN = 2\n```\n```python\nN = 3\n```\n```python\ndef triple(x): return N * x\n```\n```python\nN = 4\n```\n";
    check(two, JoinedBlocks, "N = 3\n\ndef triple(x): return N * x\n");
}

#[test]
fn joined_code_comes_with_what_it_needs_and_what_changes_it() {
    let table = "```python\nfrom collections import defaultdict\ntable = defaultdict(int)\ntable[0] = 1\ntable.update({1: 3})\nprint(table)\n```\n\
                 ```python\ndef triple(x):\n    return table[1] * x\n```\n";
    check(
        table,
        JoinedBlocks,
        "from collections import defaultdict\ntable = defaultdict(int)\ntable[0] = 1\ntable.update({1: 3})\n\n\
         def triple(x):\n    return table[1] * x\n",
    );
    let future = "```python\nclass N: pass\n```\n```python\nfrom __future__ import annotations\n\ndef triple(x: N):\n    return 3 * N(x)\n```\n";
    check(
        future,
        JoinedBlocks,
        "from __future__ import annotations\nclass N: pass\n\n\ndef triple(x: N):\n    return 3 * N(x)\n",
    );
    let limit = "```python\nimport sys\nsys.setrecursionlimit(10**6)\n```\n```python\ndef triple(x):\n    sys.stdout.flush()\n    return 3 * x\n```\n";
    check(
        limit,
        JoinedBlocks,
        "import sys\nsys.setrecursionlimit(10**6)\n\ndef triple(x):\n    sys.stdout.flush()\n    return 3 * x\n",
    );
}

#[test]
fn what_the_statement_gives_is_not_joined() {
    let text =
        "```python\nfrom typing import List\n```\n```python\ndef triple(x: List) -> List:\n    return 3 * x\n```\n";
    check_of(&completion(), text, Some((OneBlock, "def triple(x: List) -> List:\n    return 3 * x\n")));
}

#[test]
fn methods_of_class_solution_lambdas_and_conditional_definitions_answer() {
    for code in [
        "class Solution:\n    def triple(self, x: int) -> int:\n        return 3 * x\n",
        "class Solution(object):\n    @staticmethod\n    def triple(x):\n        return 3 * x\n",
        "triple = lambda x: 3 * x\n",
        "from functools import partial\nfrom operator import mul\ntriple = partial(mul, 3)\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n\nif numpy:\n    def triple(x):\n        return 3 * x\nelse:\n    def triple(x):\n        return x + x + x\n",
        "@staticmethod\ndef triple(x):\n    return 3 * x\n",
        "async def triple(x):\n    return 3 * x\n",
        "def triple(x):\n    match x:\n        case 0:\n            return 0\n        case _:\n            return 3 * x\n",
        "def double(x):\n    return 2 * x\n\ndef triple(x):\n    return x + double(x)\n\nif __name__ == \"__main__\":\n    print(triple(2))\n",
    ] {
        check(&format!("{DEMO}\n```python\n{code}```\n{DEMO}"), OneBlock, code);
    }
}

#[test]
fn where_nothing_answers_the_last_block_of_python_is_judged() {
    check("```python\ndef tripel(x):\n    return 3 * x\n```\n", UnfitBlock, "def tripel(x):\n    return 3 * x\n");
    check("```python\nx = 1\n```\n```\n3\n```\n", UnfitBlock, "x = 1\n");
    check(
        "```\ndef tripel(x):\n    return 3 * x\n```\n```\n6\n```\n",
        UnfitBlock,
        "def tripel(x):\n    return 3 * x\n",
    );
    check_none("```python\n\n```\n");
    check_none("It is:\n```\n6\n```\n");
    check_none("```bash\nls\n```\n");
}

#[test]
fn the_rest_of_a_function_continues_the_statement() {
    let statement = completion().statement;
    let whole = format!("{statement}    return 3 * x\n");
    for text in [
        "```python\n    return 3 * x\n```\n",
        "```python\nreturn 3 * x\n```\n",
        "    return 3 * x\n",
        "return 3 * x",
        "    return 3 * x\n\nThis multiplies by three.\n",
        "    return 3 * x\n```",
        "    return 3 * x\n```\n\nThis multiplies by three.\n",
    ] {
        check_of(&completion(), text, Some((Body, &whole)));
    }
    let two = "    y = 2 * x\n    return x + y\n";
    check_of(&completion(), &format!("y = 2 * x\n{}", &two[14..]), Some((Body, &format!("{statement}{two}"))));
    let found = extracted("```\n    return 3 * x\n```", &completion(), FinishReason::Stop, Form::Chat).unwrap();
    assert_eq!((found.written.as_ref(), found.rule.wants_context()), ("    return 3 * x\n", false));
    // A problem in prose begins no function.
    check_none("return 3 * x\n");
}
