#!/usr/bin/env bash
# Runs every shipped strategy on the starter problems with a simulated programmer, each twice, and prints one table: what
# each hands in passes, at how many tokens and requests a problem, and what independent programs solve at the same tokens.
# Two runs of a strategy must agree to the byte, and no tree may take more answers than the strategy's bound.
# The programmer is simulated: the table shows that the strategies work, and nothing about any model.
#
#   scripts/presets.sh [folder [strategy ...]]   runs go below the folder (results/presets); those that are there already
#                                    are kept. All strategies, unless some are named
#   MEND=target/debug/mend           the binary to use; the release build otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prerequisites.sh
check_prerequisites || exit 2

out=${1:-results/presets}
if [ -z "${MEND:-}" ]; then
    cargo build --release --locked -p mendbench
    MEND=target/release/mend
fi

# Wide strategies get a smaller tree: the table is about wiring. LiveCodeBench reports one sample with its one repair.
small() {
    case $1 in
        iid) echo --set n_p=20 ;;
        self-repair) echo --set n_p=3 --set n_f=2 ;;
        critic) echo --set n_p=2 --set n_f=2 ;;
        self-repair-paper) echo --set n_p=3 --set n_f=2 --extraction olausson ;;
        livecodebench-self-repair) echo --set n_p=1 ;;
        conversational-apr | chatrepair) echo --set samples=9 ;;
        mucode) echo --set draws=3 ;;
        codet) echo --set n=4 --set suites=3 --set max_tokens=1024 ;;
        genx) echo --set n=4 --set suites=3 ;;
        # Simulated programmers write few programs that differ.
        autoif) echo --set verifiers=4 --set suites=2 --set responses=4 --set least_verifiers=1 --set least_cases=1 ;;
        conair) echo --set n=4 --set tests=3 --set questions=2 ;;
        s-star) echo --set n=4 --set rounds=1 ;;
        best-of-n | self-edit | rltf) echo --set n=3 ;;
        maj-at-k) echo --set k=4 ;;
        mathcritique) echo --set k=3 ;;
        pyfixv) echo --set n=4 --set tries=4 --set h=2 ;;
        coffee) echo --set k=3 ;;
        alpacafarm) echo --set n=4 ;;
        llm-critics) echo --set rounds=2 ;;
        meta-rewarding) echo --set n=2 --set judgements=3 ;;
        lats) echo --set iterations=2 --set width=3 ;;
        rethink-mcts) echo --set rollouts=3 --set width=2 ;;
        mapcoder) echo --set k=2 --set t=2 ;;
        alphacodium) echo --set attempts=3 --set fixes=2 ;;
        fito) echo --set steps=4 ;;
        control) echo --set rounds=3 ;;
        apohf) echo --set comparisons=12 --set openings=3 --set passes=1 ;;
        evoke) echo --set rounds=2 --set hard=5 ;;
    esac
}

# Runs a strategy into a folder, unless it is there.
play() {
    [ ! -f "$2.txt" ] || ! grep -q "^written to " "$2.txt" || return 0
    rm -rf "$2"
    mkdir -p "$(dirname "$2")"
    # shellcheck disable=SC2046 # the parameters are words
    "$MEND" run --dataset starter --model sim/journeyman --strategy "$1" $(small "$1") \
        --out "$2" > "$2.txt" 2>&1 || { tail -5 "$2.txt" >&2; exit 1; }
}

# Fails unless two folders hold the same tables, but for the one that a clock reaches.
same() {
    diff -rq --exclude timings.csv --exclude journal.jsonl --exclude mend.log "$1" "$2" >&2 ||
        { echo "two runs of $(basename "$1") differ" >&2; exit 1; }
}

# Whether a strategy goes by CPU times, on which no two runs agree. With MEND_SANDBOX=wasm it goes by fuel.
timed() {
    [ "$1" = optimise ] && [ "${MEND_SANDBOX:-process}" != wasm ]
}

# Fails if a tree took more answers than the strategy's bound.
bounded() {
    local name=$(basename "$1")
    # shellcheck disable=SC2046 # the parameters are words
    "$MEND" strategies show "$name" $(small "$name" | sed 's/--extraction [a-z]*//') > "$1.strategy"
    python3 - "$1" <<'PYTHON'
import collections, csv, pathlib, re, sys

run = pathlib.Path(sys.argv[1])
bound = int(re.search(r"^bound +(\d+)", pathlib.Path(f"{run}.strategy").read_text(), re.MULTILINE)[1])
answers = collections.Counter()
for name in ["samples.csv", "critiques.csv", "nodes.csv"]:
    if (run / name).exists() and not (name == "critiques.csv" and (run / "nodes.csv").exists()):
        with open(run / name, newline="") as file:
            # What the strategy put together itself nobody was asked for.
            asked = (row for row in csv.DictReader(file) if row.get("role", row.get("seat")) != "")
            # A problem that is learnt from has a tree for each pass.
            answers.update((row["problem"], row["replicate"]) for row in asked)
most = max(answers.values())
if most > bound:
    sys.exit(f"{run.name}: a tree took {most} answers, and the bound is {bound}")
PYTHON
}

names=${*:2}
[ -n "$names" ] || names=$("$MEND" strategies list --json | python3 -c 'import json, sys; print(*(row["name"] for row in json.load(sys.stdin)))')
for name in $names; do
    # Side by side: starting a run waits more than it works. Neither may know of the other.
    play "$name" "$out/again/$name" &
    beside=$!
    play "$name" "$out/$name"
    wait "$beside"
    if timed "$name"; then
        echo "$name goes by CPU times: its two runs are not compared (MEND_SANDBOX=wasm compares them)"
    else
        same "$out/$name" "$out/again/$name"
    fi
    bounded "$out/$name"
done

"$MEND" runs "$out" --table
read -ra all <<< "$names"
echo "${#all[@]} strategies ran twice, agree to the byte where they were compared, and stay within their bounds"
