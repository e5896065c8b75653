#!/usr/bin/env bash
# How long `mend report` and `mend compare` take of a large run, and how much memory: a run in the published layout is made
# and imported, then reported without its page, and compared with itself. The target for the 800 x 50 x 25 programs, just
# over a million nodes, that are made by default is 15 s and 1,536 MiB for the report on two cores, 30 s and 1,536 MiB for
# the comparison.
#   scripts/bench-report.sh [problems] [programs] [repairs]
# MEND names the binary, by default the release build; BENCH_FOLDER keeps the run there, and uses one that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
problems=${1:-800} programs=${2:-50} repairs=${3:-25}
mend=${MEND:-target/release/mend}
if [ -n "${BENCH_FOLDER:-}" ]; then
    folder=$BENCH_FOLDER
    mkdir -p "$folder"
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
if [ ! -e "$folder/run/summary.json" ]; then
    rm -rf "$folder/run"
    python3 scripts/bench/published.py "$problems" "$programs" "$repairs" > "$folder/published.jsonl"
    "$mend" import self-repair "$folder/published.jsonl" --out "$folder/run" --no-html > /dev/null 2>&1
    rm "$folder/published.jsonl"
fi
echo "journal: $(du -m "$folder/run/journal.jsonl" | cut -f1) MB"
python3 - "$mend" "$folder/run" << 'PYTHON'
import os, resource, subprocess, sys, time
mend, run = sys.argv[1:]
for name, asked in [("report", ["report", run, "--no-html"]), ("compare", ["compare", run, run, "--no-html"])]:
    start = time.monotonic()
    child = subprocess.Popen([mend, *asked], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Of this one child: what all children used is the most of them.
    _, status, used = os.wait4(child.pid, 0)
    took = time.monotonic() - start
    busy = used.ru_utime + used.ru_stime
    print(f"{name}: {took:.1f} s, {busy:.1f} s of processors, {used.ru_maxrss // 1024} MiB (status {os.waitstatus_to_exitcode(status)})")
PYTHON
