#!/usr/bin/env bash
# Whether `mend plan` keeps its word: a pilot run, a plan by it, and then so many runs of other seeds, whose spending must lie
# within the printed bound each time and, on average and for nearly all of them, within 20 % of the expectation.
#   scripts/measure-plan.sh [runs] [first programs] [repairs]
# MEND names the binary; by default the release build. A run takes some seconds, most of them of the judge.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-200} programs=${2:-2} repairs=${3:-1}
mend=$(realpath "${MEND:-target/release/mend}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$mend" "$folder" "$runs" "$programs" "$repairs" << 'PYTHON'
import json, shutil, subprocess, sys
mend, folder, runs, programs, repairs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
what = ["--dataset", "starter", "--model", "sim/journeyman", "--strategy", "self-repair", "--n-p", str(programs), "--n-f", str(repairs)]

def spent(seed):
    out = f"{folder}/run-{seed}"
    subprocess.run([mend, "run", *what, "--seed", str(seed), "--no-html", "--out", out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{out}/summary.json") as file:
        spending = json.load(file)["spending"]
    if seed:
        shutil.rmtree(out)
    return spending["tokens"]

spent(0)
plan = json.loads(subprocess.run([mend, "plan", *what, "--pilot", f"{folder}/run-0", "--json"], check=True, capture_output=True).stdout)
worst, expected = plan["worst"]["tokens"], plan["expected"]["value"]["amount"]["tokens"]
low, high = plan["expected"]["value"]["tokens"]
print(f"plan: at most {worst:.0f} tokens, expected {expected:.0f} [{low:.0f}, {high:.0f}]", flush=True)
tokens = []
for seed in range(1, runs + 1):
    tokens.append(spent(seed))
    if seed % 20 == 0 or seed == runs:
        within = sum(abs(t / expected - 1) <= 0.2 for t in tokens)
        inside = sum(low <= t <= high for t in tokens)
        print(f"{seed} runs: {sum(t <= worst for t in tokens)} within the bound, {within} within 20 % of the expectation, {inside} within its interval; mean {sum(tokens) / len(tokens):.0f}, from {min(tokens)} to {max(tokens)}", flush=True)
sys.exit(any(t > worst for t in tokens))
PYTHON
