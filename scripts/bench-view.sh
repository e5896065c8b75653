#!/usr/bin/env bash
# How long `mend view` takes over a large run, and how much memory: a run in the published layout is made and imported, or one
# that exists is taken. The targets for 10^6 nodes: the list under 1 s, a problem under 200 ms, 500 MiB.
#   scripts/bench-view.sh [problems] [programs] [repairs]     by default 80 x 50 x 25, which are 104,000 nodes; 770 50 25 are 10^6
#   scripts/bench-view.sh RUN                                 a run that exists
# MEND names the binary; by default the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
mend=${MEND:-target/release/mend}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ -d "${1:-}" ]; then
    run=$(realpath "$1")
else
    run=$folder/runs/large
    python3 scripts/bench/published.py "${1:-80}" "${2:-50}" "${3:-25}" > "$folder/published.jsonl"
    "$mend" import self-repair "$folder/published.jsonl" --out "$run" > /dev/null 2>&1
fi
echo "journal: $(du -mL "$run/journal.jsonl" | cut -f1) MB"
python3 - "$mend" "$run" << 'PYTHON'
import json, statistics, subprocess, sys, time, urllib.request
mend, run = sys.argv[1:]
server = subprocess.Popen([mend, "view", run, "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    base = server.stdout.readline().strip()
    name = run.rstrip("/").split("/")[-1]

    def get(path):
        start = time.monotonic()
        with urllib.request.urlopen(base + path, timeout=900) as answer:
            body = answer.read()
        return time.monotonic() - start, body

    def memory(key):
        with open(f"/proc/{server.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith(key))

    took, body = get("")
    print(f"list, first: {took * 1000:.0f} ms, {len(body) // 1000} kB; again: {get('')[0] * 1000:.0f} ms")
    took, body = get(f"run/{name}/")
    print(f"run's page, before its figures: {took * 1000:.0f} ms, {len(body) // 1000} kB")
    took, body = get(f"run/{name}/tree/0")
    print(f"first problem, while the journal is gone over: {took * 1000:.0f} ms, {len(body) // 1000} kB")
    rows = len(json.loads(get(f"run/{name}/")[1].decode().split('id="boot" type="application/json">')[1].split("</script>")[0])["rows"])
    times = [get(f"run/{name}/tree/{at}")[0] for at in range(0, rows, max(1, rows // 40))]
    print(f"a problem: median {statistics.median(times) * 1000:.0f} ms, slowest of {len(times)}: {max(times) * 1000:.0f} ms")
    took, body = get("search/places?q=zzzz+nowhere")
    print(f"a search to the end: {took:.1f} s; {body.decode().splitlines()[-1]}")
    print(f"memory of the server so far: {memory('VmHWM')} MiB")
    start = time.monotonic()
    while True:
        state = json.loads(get(f"run/{name}/state")[1])
        if state["figures"] == str(state["length"]):
            break
        if time.monotonic() - start > 900:
            sys.exit(f"no figures after 900 s: {state}")
        time.sleep(0.2)
    print(f"figures, computed beside: {time.monotonic() - start:.1f} s more")
    took, body = get(f"run/{name}/")
    print(f"run's page with figures: {took * 1000:.0f} ms, {len(body) // 1000} kB")
    print(f"memory of the server at most: {memory('VmHWM')} MiB")
finally:
    server.terminate()
PYTHON
