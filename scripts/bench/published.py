"""Writes a large experiment in the layout in which self-repair runs were published.

usage: published.py PROBLEMS PROGRAMS REPAIRS
"""

import json
import sys

problems, programs, repairs = map(int, sys.argv[1:])
def code(*place):
    # About as long as programs of APPS are.
    lines = "".join(f"    value = value * {n} + {sum(place) % 97}  # {place}\n" for n in range(12))
    return f"import sys\n\ndef solve(value):\n{lines}    return value\n\nprint(solve(int(sys.stdin.readline())))\n"
for problem in range(problems):
    drawn = []
    for program in range(programs):
        mended = [
            {"repaired_program": code(problem, program, repair), "explanation": f"The sum is off by {repair}. " * 6,
             "binary": (problem + program + repair) % 5 == 0, "tokens_generated": 150}
            for repair in range(repairs)
        ]
        drawn.append({"original_completion": code(problem, program), "executed_completion": code(problem, program),
                      "tokens_generated": 120, "binary": False, "fault": None,
                      "errors": [["WRONG ANSWER", "1", "2"]], "repairs": mended})
    print(json.dumps({"prob_path": f"/data/APPS/test/{problem:04}", "completions": drawn}))
