//! Whole programs, which read standard input and write standard output.

use super::*;

#[track_caller]
fn check_program(text: &str, rule: ExtractionRule, expected: &str) {
    check_of(&program(), text, Some((rule, expected)));
}

#[test]
fn a_block_that_reads_and_writes_answers() {
    for code in [
        "print(3 * int(input()))\n",
        "import sys\nn = int(sys.stdin.readline())\nsys.stdout.write(str(3 * n))\n",
        "def main():\n    n = int(input())\n    print(3 * n)\n\nmain()\n",
        "def main():\n    print(3 * int(open(0).read()))\n\nif __name__ == '__main__':\n    main()\n",
        "import os\nn = int(os.read(0, 100))\nprint(3 * n)\n",
        "from sys import stdin\nfor line in stdin:\n    print(3 * int(line))\n",
        "import fileinput\nfor line in fileinput.input():\n    print(3 * int(line))\n",
        "[print(3 * int(line)) for line in open(0)]\n",
        "while True:\n    try:\n        print(3 * int(input()))\n    except EOFError:\n        break\n",
    ] {
        for other in [
            "```\n2\n```\n",
            "```text\n6\n```\n",
            "```bash\necho 2 | python triple.py\n```\n",
            "```python\ndef triple(n):\n    return 3 * n\n```\n",
            "```python\nprint(3 * 2)  # 6\n```\n",
            "```\nInput: 2\nOutput: 6\n```\n",
            "```python\nassert 3 * 2 == 6\n```\n",
        ] {
            check_program(&format!("```python\n{code}```\nSo:\n\n{other}"), OneBlock, code);
            check_program(&format!("So:\n\n{other}\n```python\n{code}```\n"), OneBlock, code);
        }
    }
}

#[test]
fn a_program_in_parts_is_joined() {
    let text =
        "```python\ndef triple(n):\n    return 3 * n\n```\nand\n```python\nn = int(input())\nprint(triple(n))\n```\n";
    check_program(text, JoinedBlocks, "def triple(n):\n    return 3 * n\n\nn = int(input())\nprint(triple(n))\n");
    let main = "```python\ndef main():\n    print(3 * int(input()))\n```\nCall it:\n```python\nif __name__ == '__main__':\n    main()\n```\n";
    check_program(
        main,
        JoinedBlocks,
        "def main():\n    print(3 * int(input()))\n\nif __name__ == '__main__':\n    main()\n",
    );
}

#[test]
fn a_program_without_input_answers_where_nothing_reads() {
    check_program("```python\nprint('a')\n```\n```\na\n```\n", OneBlock, "print('a')\n");
    check_program("```python\nprint('b')\n```\nno:\n```python\nprint('a')\n```\n", LastOfSeveral, "print('a')\n");
    check_program("```python\ndef main():\n    print(1)\n```\n", UnfitBlock, "def main():\n    print(1)\n");
}

#[test]
fn bare_programs_lose_their_prose() {
    let text = "Read the number, then multiply it.\n\nn = int(input())\nprint(3 * n)\n\nThat is all.\n";
    check_program(text, BareCode, "n = int(input())\nprint(3 * n)\n");
    let parts = "First read it:\n\nn = int(input())\n\nThen print it:\n\nprint(3 * n)\n";
    check_program(parts, BareCode, "n = int(input())\n\nprint(3 * n)\n");
}
