#!/usr/bin/env bash
# How long `mend export` takes of a large run, and how much memory: a run in the published layout is made and imported, then
# exported. The target is under 60 s and 500 MiB for the 300 x 50 x 25 programs that are made by default.
#   scripts/bench-export.sh [problems] [programs] [repairs] [kind...]
# MEND names the binary; by default the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
problems=${1:-300} programs=${2:-50} repairs=${3:-25}
shift $(($# < 3 ? $# : 3))
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(trajectories)
mend=${MEND:-target/release/mend}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 scripts/bench/published.py "$problems" "$programs" "$repairs" > "$folder/published.jsonl"
"$mend" import self-repair "$folder/published.jsonl" --out "$folder/run" > /dev/null 2>&1
echo "journal: $(du -m "$folder/run/journal.jsonl" | cut -f1) MB"
for kind in "${kinds[@]}"; do
    python3 - "$mend" "$kind" "$folder" << 'PYTHON'
import resource, subprocess, sys, time
mend, kind, folder = sys.argv[1:]
start = time.monotonic()
subprocess.run([mend, "export", kind, f"{folder}/run", "--out", f"{folder}/{kind}.jsonl"], check=True)
took = time.monotonic() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"{kind}: {took:.1f} s, {peak} MiB")
PYTHON
    echo "$kind: $(du -m "$folder/$kind.jsonl" | cut -f1) MB"
done
