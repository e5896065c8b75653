"""A load of mixed requests on `mend serve`, beside a plain interpreter for each program.

Only the standard library. Prints a table, and ends with status 1 if something was dropped, wrong, slow or left behind.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

RIGHT = "def inc(n):\n    return n + 1\n"
WRONG = "def inc(n):\n    return n\n"
ENDLESS = "while True:\n    pass\n"
INC = {"entry_point": "inc", "tests": ["assert inc(1) == 2\nassert inc(41) == 42\nassert inc(7) == 8\n"]}
TRIVIAL = "print(6 * 7)\n"
LIMITS = {"time_limit", "memory_limit", "output_limit", "process_limit", "disk_limit"}


def status_of(answer):
    """How a program ended, in one word, whichever path was asked."""
    if "run_result" in answer:
        result = answer["run_result"]
        return "SandboxError" if result is None else f'{answer["status"]} {result["status"]}'
    return answer["status"]


def scored(mend, sources):
    """What `mend score` makes of each program: its status."""
    with tempfile.TemporaryDirectory(prefix="mend-score-") as folder:
        task = {"prompt": "def inc(n):\n", "entry_point": "inc", "canonical_solution": "    return n + 1\n",
                "test": "def check(candidate):\n    " + INC["tests"][0].replace("inc(", "candidate(").replace("\n", "\n    ").rstrip() + "\n"}
        names = [f"hostile/{at}" for at in range(len(sources))]
        problems, samples = Path(folder) / "problems.jsonl", Path(folder) / "samples.jsonl"
        problems.write_text("".join(json.dumps({"task_id": name, **task}) + "\n" for name in names))
        samples.write_text("".join(json.dumps({"task_id": name, "solution": text}) + "\n" for name, text in zip(names, sources)))
        command = [mend, "score", "--dataset", problems, "--samples", samples, "--form", "whole", "--time-limit", "1",
                   "--no-html", "--out", Path(folder) / "run"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        with open(Path(folder) / "run" / "samples.csv", newline="") as table:
            found = {row["problem"]: row["status"] for row in csv.DictReader(table)}
        return [found[name] for name in names]


def kinds(shared, mend):
    """Kinds of requests: a name, a weight, a path, a body, and what the answer must be."""
    flood = {"language": "python", "code": "print('x' * (1 << 20))", "run_timeout": 10}
    judged = lambda program: {**INC, "program": program}
    found = [
        ("trivial run", 30, "/run_code", {"language": "python", "code": TRIVIAL, "run_timeout": 10},
         lambda a: a["run_result"]["stdout"] == "42\n"),
        ("run with input", 15, "/run_code",
         {"language": "python", "code": "print(int(input()) ** 2)", "stdin": "12", "run_timeout": 10},
         lambda a: a["run_result"]["stdout"] == "144\n"),
        ("failing run", 10, "/run_code", {"language": "python", "code": "import sys; sys.exit(3)", "run_timeout": 10},
         lambda a: a["status"] == "Failed" and a["run_result"]["return_code"] == 3),
        ("1 MB of output", 4, "/run_code", flood,
         lambda a: a["status"] == "Success" and len(a["run_result"]["stdout"]) == (1 << 20) + 1),
        ("endless run, 1 s", 1, "/run_code", {"language": "python", "code": ENDLESS, "run_timeout": 1},
         lambda a: a["run_result"]["status"] == "TimeLimitExceeded"),
        ("passing verdict", 25, "/v1/judge", judged(RIGHT), lambda a: a["status"] == "passed" and a["reward"] == 1),
        ("failing verdict", 12, "/v1/judge", judged(WRONG), lambda a: a["status"] == "wrong_answer" and a["reward"] == 0),
        ("endless verdict, 1 s", 1, "/v1/judge", {**judged("def inc(n):\n    while True:\n        pass\n"),
         "limits": {"time_limit": 1}}, lambda a: a["status"] == "time_limit"),
    ]
    index = Path(shared) / "hostile" / "index.json"
    if not index.exists():
        print(f"without the hostile battery: {index} is not here (MEND_SHARED)")
        return found
    battery = json.loads(index.read_text())
    sources = [(index.parent / f'{entry["name"].removesuffix(".py")}.py').read_text() for entry in battery]
    for entry, source, status in zip(battery, sources, scored(mend, sources)):
        # What eats everything ends at one limit or another, or just before it, by the clock; a pass of what may not pass is none
        # of that.
        may = {status}
        if status in LIMITS or entry["expected"] == "contained" and status == "passed":
            may |= LIMITS | {"contained": {"passed"}, "fail": {"runtime_error"}}.get(entry["expected"], set())
        fits = lambda a, may=may: a["status"] in may and a["reward"] == (a["status"] == "passed")
        body = {**judged(source), "limits": {"time_limit": 1}}
        found.append((f'hostile: {entry["name"]}', 2 / len(battery), "/v1/judge", body, fits))
    return found


class Client:
    """One connection that asks one request after another."""

    def __init__(self, address):
        host, port = address.removeprefix("http://").rsplit(":", 1)
        self.host, self.port = host, int(port)
        self.reader = self.writer = None

    async def ask(self, path, payload):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=1 << 22)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(payload)}\r\n\r\n"
        )
        self.writer.write(head.encode() + payload)
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        status = int(lines[0].split()[1])
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        body = await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return status, body

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def server_memory(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0


def descendants(pid):
    """Processes below one, by their numbers."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, open_ = set(), [pid]
    while open_:
        for child in children.get(open_.pop(), []):
            found.add(child)
            open_.append(child)
    return found


async def load(address, requests, connections, pid):
    """Sends all requests over so many connections. Yields what came of each, and the server's memory on the way."""
    results, memory = [], []
    todo = iter(requests)

    async def client():
        client = Client(address)
        for kind, path, payload, right in todo:
            start = time.monotonic()
            try:
                status, body = await client.ask(path, payload)
            except (OSError, asyncio.IncompleteReadError) as error:
                client.close()
                results.append((kind, time.monotonic() - start, "dropped", repr(error)))
                continue
            took = time.monotonic() - start
            if status != 200:
                results.append((kind, took, "dropped", f"status {status}: {body[:200]!r}"))
                continue
            answer = json.loads(body)
            ours = answer.get("unscored") and answer["unscored"]["by"] == "server" or answer["status"] == "SandboxError"
            if ours:
                results.append((kind, took, "ours", body[:300].decode(errors="replace")))
            elif not right(answer):
                results.append((kind, took, "wrong", f"{status_of(answer)}: {body[:300]!r}"))
            else:
                results.append((kind, took, "right", ""))
        client.close()

    async def watch():
        while True:
            memory.append(server_memory(pid))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    start = time.monotonic()
    await asyncio.gather(*(client() for _ in range(connections)))
    took = time.monotonic() - start
    watching.cancel()
    return results, memory, took


KILLED = """
import json, socket, sys, time
host, port = sys.argv[1].removeprefix("http://").rsplit(":", 1)
body = json.dumps({"language": "python", "code": "while True: pass", "run_timeout": 30}).encode()
open_ = [socket.create_connection((host, int(port))) for _ in range(8)]
for one in open_:
    one.sendall(b"POST /run_code HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
time.sleep(60)
"""


def gauge(address, name):
    with urllib.request.urlopen(address + "/metrics", timeout=30) as answer:
        return next(int(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith(name + " "))


def freed(address):
    """Seconds after the SIGKILL of a client with eight endless programs until none of them waits or runs."""
    client = subprocess.Popen([sys.executable, "-c", KILLED, address])
    try:
        while gauge(address, "mend_serve_running") + gauge(address, "mend_serve_waiting") < 8:
            time.sleep(0.01)
        start = time.monotonic()
    finally:
        client.kill()
        client.wait()
    while gauge(address, "mend_serve_running") + gauge(address, "mend_serve_waiting") > 0:
        time.sleep(0.005)
    return time.monotonic() - start


def plain(count, python):
    """Programs a second with a plain interpreter for each, one for each core at a time."""
    workers = os.cpu_count() or 1
    start = time.monotonic()
    running, done = [], 0
    while done < count:
        while len(running) < workers and done + len(running) < count:
            running.append(subprocess.Popen([python, "-I", "-c", TRIVIAL], stdout=subprocess.PIPE))
        first = running.pop(0)
        out, _ = first.communicate()
        assert out == b"42\n"
        done += 1
    return count / (time.monotonic() - start)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mend", help="the binary")
    parser.add_argument("requests", nargs="?", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ratio", type=float, default=5.0, help="trivial programs, beside plain ones")
    parser.add_argument("--short", action="store_true", help="nothing that a limit must end: many requests in little time")
    parser.add_argument("--serve", default="", help="further arguments of `mend serve`")
    given = parser.parse_args()
    shared = os.environ.get("MEND_SHARED", str(Path(__file__).resolve().parents[3] / "shared"))

    command = [given.mend, "serve", "--listen", "127.0.0.1:0", "--queue", str(4 * given.connections), *given.serve.split()]
    # A folder for temporary files of its own, so that what is left there is its own.
    folder = tempfile.mkdtemp(prefix="mend-load-")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": folder})
    try:
        address = server.stdout.readline().strip()
        if not address:
            sys.exit("the server did not start")
        failures = measure(given, address, server.pid, shared)
    finally:
        below = descendants(server.pid)
        server.terminate()
        code = server.wait(60)
    time.sleep(1)
    left = {pid for pid in below if Path(f"/proc/{pid}").exists()}
    new = os.listdir(folder)
    print(f"left behind         {len(left)} processes, {len(new)} files; exit status {code}")
    if left or new or code != 0:
        failures.append(f"left behind: {sorted(left)} {sorted(new)}, exit status {code}")
    if not new:
        os.rmdir(folder)
    for failure in failures:
        print(f"FAILED {failure}")
    sys.exit(1 if failures else 0)


def measure(given, address, pid, shared):
    failures = []
    chance = random.Random(given.seed)
    known = kinds(shared, given.mend)
    if given.short:
        known = [kind for kind in known if not kind[0].startswith(("endless", "hostile"))]
    drawn = chance.choices(known, [weight for _, weight, *_ in known], k=given.requests)
    # Each body once, however often it is sent.
    payloads = {id(body): json.dumps(body).encode() for _, _, _, body, _ in known}
    requests = [(name, path, payloads[id(body)], right) for name, _, path, body, right in drawn]

    # Once with the zygote's cells made, as it is after the first second.
    warm = [("trivial run", *known[0][2:3], payloads[id(known[0][3])], known[0][4])] * 50
    asyncio.run(load(address, warm, 8, pid))
    processes = len(descendants(pid))

    trivial = warm[:1] * max(200, given.requests // 5)
    before = plain(max(50, given.requests // 50), given.python)
    results, _, took = asyncio.run(load(address, trivial, 16, pid))
    rate = len(results) / took
    after = plain(max(50, given.requests // 50), given.python)
    base = (before + after) / 2
    ratio = rate / base
    print(f"trivial programs    {rate:8.0f} /s served, {base:.0f} /s by `python3 -I` each: {ratio:.1f} times")
    if ratio < given.ratio:
        failures.append(f"trivial programs are {ratio:.1f} times as many as plain ones, and not {given.ratio}")

    left = max(freed(address) for _ in range(5))
    print(f"a client is killed  its work is gone after {left:.3f} s at most, of 5 times")
    if left > 1:
        failures.append(f"the work of a client that was killed is gone after {left:.1f} s, and not within 1")

    results, memory, took = asyncio.run(load(address, requests, given.connections, pid))
    print(f"requests            {len(results)} over {given.connections} connections in {took:.1f} s: {len(results) / took:.0f} /s")
    for what in ("dropped", "wrong", "ours"):
        bad = [(kind, why) for kind, _, found, why in results if found == what]
        words = {"dropped": "dropped", "wrong": "wrong", "ours": "our own errors"}[what]
        print(f"{words:19} {len(bad)}")
        for kind, why in bad[:5]:
            print(f"    {kind}: {why}")
        if bad:
            failures.append(f"{len(bad)} {words}")
    times = [seconds for _, seconds, _, _ in results]
    # With so many open requests each waits for all before it: what is queued takes this long.
    queued = took / len(results) * given.connections
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    print(f"time of a request   p50 {p50:.3f} s, p99 {p99:.3f} s; queued work {queued:.3f} s: p99 is {p99 / queued:.2f} times that")
    if given.requests >= 4 * given.connections and p99 > 2 * queued:
        failures.append(f"p99 is {p99 / queued:.2f} times the queued work, and not 2")
    kinds_seen = sorted({kind.split(":")[0] for kind, *_ in results})
    for kind in kinds_seen:
        of_kind = [seconds for found, seconds, _, _ in results if found.split(":")[0] == kind]
        print(f"    {kind:24} {len(of_kind):6}  median {statistics.median(of_kind):.3f} s")
    third = max(1, len(memory) // 3)
    early, late = statistics.median(memory[:third]), statistics.median(memory[-third:])
    print(f"memory of the server {early / 2**20:.0f} MiB early, {late / 2**20:.0f} MiB late, {max(memory) / 2**20:.0f} MiB at most")
    if given.requests >= 10_000 and late > 1.5 * early + (32 << 20):
        failures.append(f"the server's memory grew from {early / 2**20:.0f} to {late / 2**20:.0f} MiB")
    now = len(descendants(pid))
    print(f"processes           {processes} at first, {now} at the end")
    return failures


main()
