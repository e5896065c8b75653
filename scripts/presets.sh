#!/usr/bin/env bash
# Runs every shipped strategy on the starter problems with a simulated programmer and prints one table: what each hands in
# solves, at how many tokens and answers a problem, and what independent programs solve with the same tokens.
# The programmer is simulated: the table shows that the strategies work, and nothing about any model.
#
#   scripts/presets.sh [folder]      runs go below the folder (results/presets); those that are there already are kept
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

# Wide strategies get a smaller tree: the table is about wiring.
small() {
    case $1 in
        iid) echo --set n_p=20 ;;
        self-repair) echo --set n_p=4 --set n_f=2 ;;
        critic) echo --set n_p=3 --set n_f=2 ;;
        self-repair-paper) echo --set n_p=4 --set n_f=2 --extraction olausson ;;
        livecodebench-self-repair) echo --set n_p=5 ;;
        conversational-apr | chatrepair) echo --set samples=9 ;;
        mucode) echo --set draws=3 ;;
    esac
}

mkdir -p "$out"
for name in $("$MEND" strategies list --json | python3 -c 'import json, sys; print(*(row["name"] for row in json.load(sys.stdin)))'); do
    [ ! -f "$out/$name/summary.json" ] || continue
    # shellcheck disable=SC2046 # the parameters are words
    "$MEND" run --dataset starter --model sim/journeyman --strategy "$name" $(small "$name") \
        --out "$out/$name" > "$out/$name.txt" 2>&1 || { tail -5 "$out/$name.txt"; exit 1; }
done

python3 - "$out" <<'PYTHON'
import csv, json, pathlib, sys

out = pathlib.Path(sys.argv[1])


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def curve(selection):
    """What independent programs solve, drawn one by one until one passes, by what that costs."""
    points = [(0.0, 0.0)]
    for row in rows(out / "iid" / "pass_at_t.csv"):
        if (row["group"], row["order"], row["selection"], row["token_definition"]) == ("all", "dfs", selection, "billed"):
            points.append((float(row["mean_tokens"]), float(row["pass_rate"])))
    return sorted(points)


def at(points, tokens):
    """Between two points on a line; beyond the last, no program more is drawn."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if tokens <= x1:
            return y0 + (y1 - y0) * (tokens - x0) / (x1 - x0)
    return points[-1][1]


def answers(run):
    """Completions of a run: programs, repairs, critiques and whatever else was asked for."""
    files = [run / name for name in ("samples.csv", "critiques.csv", "nodes.csv")]
    return sum(len(rows(file)) for file in files if file.exists())


def point(run, level):
    """What a strategy solves, with its interval, and the billed tokens a problem that this takes."""
    points = run / "strategy_points.csv"
    for row in rows(points) if points.exists() else []:
        if row["token_definition"] == "billed":
            return [float(row[key]) for key in ("pass", "low", "high", "mean_cost")]
    # Programs with one round of repairs: the whole tree, by whatever the strategy may select on. LiveCodeBench reports one
    # sample with its one repair.
    selection, order = ("submitted", "dfs") if level == "clean" else ("oracle_any", "batch")
    wanted = {"group": "all", "selection": selection, "order": order, "token_definition": "billed", "absent": ""}
    if run.name == "livecodebench-self-repair":
        wanted |= {"n_p": "1", "n_f": "1"}
    if run.name == "iid":
        del wanted["absent"]
    there = [row for row in rows(run / "pass_at_t.csv") if all(row[key] == value for key, value in wanted.items())]
    if there:
        row = max(there, key=lambda row: [int(row[key]) for key in ("n_p", "n_f", "n_r")])
        return [float(row[key]) for key in ("pass_rate", "low", "high", "mean_tokens")]
    told = json.loads((run / "summary.json").read_text())["submitted"]
    passes = told["passes"]
    return [passes["value"]["value"], passes["interval"]["value"]["low"], passes["interval"]["value"]["high"],
            told["cost"]["billed"]["value"]]


# Who knows the hidden outcome is compared with draws that stop by it, everybody else with draws that stop by the public one.
by_hidden, by_public = curve("oracle_any"), curve("submitted")
table = [("strategy", "oracle level", "solves %", "[low, high]", "tokens", "answers", "i.i.d. %", "difference", "")]
for summary in sorted(out.glob("*/summary.json")):
    name, told = summary.parent.name, json.loads(summary.read_text())
    problems, level = told["coverage"]["problems"], told["run"]["oracle_level"]
    rate, low, high, tokens = point(summary.parent, level)
    base = at(by_public if level == "clean" else by_hidden, tokens)
    verdict = "loses" if high < base else "wins" if low > base else ""
    if not verdict and abs(rate - base) >= 0.005:
        verdict = "below, within chance" if rate < base else "above, within chance"
    table.append((name, level, f"{100 * rate:.1f}", f"[{100 * low:.1f}, {100 * high:.1f}]", f"{tokens:.0f}",
                  f"{answers(summary.parent) / problems:.1f}", f"{100 * base:.1f}", f"{100 * (rate - base):+.1f}", verdict))
widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
for row in table:
    cells = [cell.ljust(width) if i in (0, 1, 8) else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
    print("  ".join(cells).rstrip())
print(f"\nsim/journeyman on {problems} problems of starter: a simulation, which says nothing about models. Tokens are billed\n"
      "ones, prompts included, and answers are completions, a problem each. i.i.d.: independent programs at the same tokens,\n"
      "drawn until one passes the public tests, or the hidden ones where the strategy knows their outcome. Each strategy's\n"
      "own interval over problems says what is beyond chance.")
PYTHON
