"""Writes a data set and samples whose every text tries to be something else than text.

usage: hostile.py FOLDER

Ids are paths and markup, statements and programs hold script tags, control sequences, marks of direction, NUL and a line
of a megabyte; what programs print and raise is hostile too, so that it comes back in the facts of failures.
"""

import json
import os
import sys

ATTACK = "</script><script>window.owned = 1</script><img src=x onerror=\"window.owned = 1\"> \u202e\u2066gnp.exe\u2069 \x1b[31mred\x1b[0m \x00 --><!-- ]]> &lt;b&gt; 'quoted' \"twice\" `${x}`"
IDS = ["../../../etc/passwd", "<img src=x onerror=window.owned=1>", "a\u202eb#problem=1&node=p0", "</script><script>window.owned=1</script>", "plain"]


def program(body):
    return f"def f(x):\n    \"\"\"{ATTACK.replace(chr(0), '').replace(chr(92), '')}\"\"\"\n{body}\n"


BODIES = [
    "    return x",
    f"    return {ATTACK!r} + str(x)",
    f"    raise ValueError({ATTACK!r})",
    f"    return 'x' * 1000 + {ATTACK!r}",
]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "problems.jsonl"), "w") as problems, open(os.path.join(folder, "samples.jsonl"), "w") as samples:
        for place, name in enumerate(IDS):
            tests = {"hidden": [{"call": {"args": [n], "expected": n}} for n in range(5)] + [{"call": {"args": [ATTACK], "expected": ATTACK}}]}
            row = {"id": name, "statement": f"Return x.\n\n{ATTACK}\n", "entry_point": "f", "tests": tests, "difficulty": ["<b>easy</b>", "hard"][place % 2]}
            problems.write(json.dumps(row) + "\n")
            for body in BODIES:
                answer = f"{ATTACK}\n\n```python\n{program(body)}```\n"
                samples.write(json.dumps({"task_id": name, "completion": answer}) + "\n")
            long = f"# {'A' * 1_000_000}\n" if place == 0 else "# short\n"
            samples.write(json.dumps({"task_id": name, "completion": f"```python\n{long}{program('    return None')}```\n"}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
