"""What `mend view` must do in a browser. Each function is a test; their names say what holds.

usage: view_test.py --mend FILE --chromedriver FILE --chromium FILE [--axe FILE] [--only WORD] [--shots DIR] RUNS

RUNS is a folder with the runs that scripts/browser.sh makes: `critic`, `iid`, `hostile`, `chains`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import Browser  # noqa: E402
from checking import break_no_rule, check, count, equal, play, rules, text  # noqa: E402


class View:
    """A server of a folder."""

    def __init__(self, mend, folder):
        self.process = subprocess.Popen([mend, "view", folder, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = self.process.stdout.readline().strip()
        check(self.base.startswith("http://127.0.0.1:"), self.base)

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=60) as answer:
            return answer.read().decode()

    def figures(self, run):
        """Waits until the figures of the whole journal are there."""
        for _ in range(600):
            state = json.loads(self.get(f"run/{run}/state"))
            if state["figures"] == str(state["length"]):
                return
            time.sleep(0.1)
        raise AssertionError(f"no figures of {run}: {state}")

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def go(b, view, path, width=1400, height=900, dark=False):
    b.size(width, height, dark)
    b.open(view.base + path)
    b.wait("document.documentElement.dataset.ready", 30)
    b.run("try { localStorage.clear() } catch {}")


def names(b, selector="#body .item:not([hidden]) .pid"):
    return b.run("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)


# The tests.


def the_list_is_filtered_sorted_and_opened_by_keyboard_alone(b, view):
    b.requests(), b.complaints()
    go(b, view, "")
    everything = names(b)
    check({"critic", "iid", "hostile"} <= set(everything), everything)
    equal(text(b, "#count"), f"{len(everything)} of {len(everything)}", "the count")
    b.press("/", *"sim/expert")
    equal(names(b), ["critic"], "rows that hold the words")
    check("q=sim%2Fexpert" in b.run("return location.hash"), b.run("return location.hash"))
    b.press(*" nothing-is-called-so")
    b.wait("!document.getElementById('empty').hidden")
    b.run("document.getElementById('clear').click()")
    equal(len(names(b)), len(everything), "all rows after clearing")
    b.run("document.querySelector('.head button[data-k=pass]').focus()")
    b.press("Enter")
    rates = b.run("return [...document.querySelectorAll('#body .item')].map(e => e.dataset.pass).filter(Boolean).map(Number)")
    equal(rates, sorted(rates, reverse=True), "order by pass@1")
    b.run("const s = document.getElementById('by-strategy'); s.value = 'critic'; s.dispatchEvent(new Event('change', {bubbles: true}))")
    equal(names(b), ["critic"], "rows of a strategy")
    b.run("location.reload()")
    b.wait("document.documentElement.dataset.ready")
    equal(names(b), ["critic"], "the address keeps the choice")
    b.run("document.activeElement.blur()")
    b.press("j", "Enter")
    b.wait("document.getElementById('claim')")
    check("/run/critic/" in b.run("return location.pathname"), "Enter opens the run")
    asked = [url for url in b.requests() if not url.startswith((view.base, "about:", "data:", "blob:"))]
    equal(asked, [], "requests that leave")
    equal(b.complaints(), [], "complaints of the console")


def a_run_and_its_problems_are_those_of_its_report(b, view):
    b.complaints()
    view.figures("critic")
    go(b, view, "run/critic/")
    served = text(b, "#claim")
    check("Repair solves" in served, served)
    b.wait("document.querySelectorAll('#body .item').length")
    b.press("j", "Enter")
    b.wait("document.querySelector('#tree svg')")
    title, nodes = text(b, "#ptitle"), b.run("return [...document.querySelectorAll('.tn')].map(e => e.getAttribute('aria-label'))")
    node = text(b, "#node")
    b.press("n")
    check(text(b, "#nodename"), "next failure")
    before = b.run("return +document.getElementById('slide').value")
    b.press(",")
    check(b.run("return +document.getElementById('slide').value") < before, "one purchase less")
    b.press("Escape")
    b.wait("!document.getElementById('report').hidden")
    equal(b.run("return document.activeElement.textContent"), title, "focus after the way back")
    b.size(1400, 900)
    b.open("file://" + os.path.join(RUNS, "critic", "report.html"))
    b.wait("document.documentElement.dataset.ready")
    equal(text(b, "#claim"), served, "the claim of report.html")
    b.wait("document.querySelectorAll('#body .item').length")
    b.press("j", "Enter")
    b.wait("document.querySelector('#tree svg')")
    equal(text(b, "#ptitle"), title, "the first problem of report.html")
    equal(b.run("return [...document.querySelectorAll('.tn')].map(e => e.getAttribute('aria-label'))"), nodes, "its tree")
    equal(text(b, "#node"), node, "its node")
    equal(b.complaints(), [], "complaints of the console")


def a_run_grows_without_losing_the_place(b, view):
    whole = open(os.path.join(RUNS, "iid", "journal.jsonl"), "rb").read()
    ends = [i + len(line) for i, line in offsets(whole) if b'"event":"submitted"' in line]
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "growing")
        os.mkdir(run)
        shutil.copy(os.path.join(RUNS, "iid", "manifest.json"), run)
        journal = os.path.join(run, "journal.jsonl")
        with open(journal, "wb") as file:
            file.write(whole[:ends[4]])
        own = View(MEND, folder)
        try:
            own.figures("growing")
            go(b, own, "run/growing/")
            b.wait("document.querySelectorAll('#body .item').length")
            b.run("window.here = 1")
            equal(count(b, "#body .c-hand .dim"), len(ends) - 5, "trees that are not finished")
            b.press("/")
            b.wait("document.activeElement.id === 'q'")
            b.press(*"starter/")
            b.run("document.querySelector('.head button[data-k=tok]').focus()")
            b.run("window.scrollTo({top: 900, behavior: 'instant'})")
            at = b.run("return document.querySelector('#problems').getBoundingClientRect().top")
            with open(journal, "ab") as file:
                file.write(whole[ends[4]:ends[20]])
            b.wait(f"document.querySelectorAll('#body .c-hand .dim').length === {len(ends) - 21}", 30)
            check("21 of 40 trees" in text(b, "#live"), text(b, "#live"))
            equal(b.run("return document.activeElement.dataset.k"), "tok", "focus")
            equal(b.run("return document.getElementById('q').value"), "starter/", "the filter")
            check(abs(b.run("return document.querySelector('#problems').getBoundingClientRect().top") - at) < 40, "the place in the page")
            with open(journal, "ab") as file:
                file.write(whole[ends[20]:])
            b.wait("document.querySelectorAll('#body .c-hand').length && document.getElementById('live').textContent === 'complete'", 30)
            b.wait("!document.querySelector('#body .c-hand .dim') || [...document.querySelectorAll('#body .c-hand .dim')].every(e => e.textContent !== 'not finished')", 30)
            equal(b.run("return window.here"), 1, "the page was not loaded again")
        finally:
            own.end()


def offsets(data):
    at = 0
    for line in data.splitlines(keepends=True):
        yield at, line
        at += len(line)


def words_are_found_and_lead_to_their_node(b, view):
    b.complaints()
    go(b, view, "search")
    b.run("document.getElementById('q').focus()")
    b.press(*"def ", "Enter")
    b.wait("/[.:]$/.test(document.getElementById('said').textContent)", 30)
    check(count(b, ".place") > 20, text(b, "#said"))
    b.run("document.activeElement.blur()")
    b.press("j")
    where = b.run("return document.activeElement.querySelector('code').textContent")
    b.press("Enter")
    b.wait("document.getElementById('nodename')", 30)
    equal(text(b, "#nodename"), where, "the node of the first place")
    go(b, view, "search?q=zzz-nobody-wrote-this")
    b.wait("document.getElementById('said').textContent.startsWith('Nothing found')", 30)
    equal(b.complaints(), [], "complaints of the console")


def two_runs_stand_beside_each_other(b, view):
    b.complaints()
    view.figures("chains"), view.figures("iid")
    go(b, view, "")
    for name in ["iid", "chains"]:
        b.run("document.querySelector(`#body .item[data-id='${arguments[0]}'] input`).focus()", name)
        b.press("Space")
    b.run("document.getElementById('compare').focus()")
    b.press("Enter")
    b.wait("document.querySelectorAll('#body .item').length", 30)
    fates = b.run("return [...document.querySelectorAll('.b-fate:not([role=columnheader])')].map(e => e.textContent)")
    turned = [i for i, fate in enumerate(fates) if fate in ("A alone right", "B alone right")]
    equal(turned, list(range(len(turned))), "those that turned come first")
    check(turned, "some problem turned")
    b.press("j", "Enter")
    b.wait("document.querySelectorAll('.side .tree svg').length === 2", 30)
    equal(count(b, ".side .node h2"), 2, "a node of each")
    b.run("document.querySelector('#side-B .tn.sel').focus()")
    first = text(b, "#side-A .node h2")
    b.press("n")
    equal(text(b, "#side-A .node h2"), first, "the other side stays")
    b.press("x")
    check(b.run("return !!document.activeElement.closest('#side-A')"), "x goes to the other tree")
    name = text(b, "#ptitle")
    b.press("j")
    b.wait(f"document.getElementById('ptitle').textContent !== {json.dumps(name)}")
    b.press("k", "Escape")
    b.wait("!document.getElementById('report').hidden")
    equal(b.complaints(), [], "complaints of the console")


def two_runs_are_compared_with_intervals_when_somebody_asks(b, view):
    b.complaints()
    go(b, view, "compare?a=own&b=critic")
    b.run("[...document.querySelectorAll('a')].find(e => e.textContent === 'The comparison with intervals').click()")
    b.wait("document.getElementById('claim') && document.documentElement.dataset.ready", 60)
    claim = text(b, "#claim")
    b.size(1400, 900)
    here = b.run("return location.href")
    b.open("file://" + os.path.join(RUNS, "compare", "compare.html"))
    b.wait("document.documentElement.dataset.ready")
    equal(text(b, "#claim"), claim, "the claim of compare.html")
    b.open(here)
    b.wait("document.documentElement.dataset.ready", 30)
    equal(b.run("return document.querySelector('[data-report=B]').getAttribute('href')"), "/run/critic/", "the report of B")
    b.run("document.querySelector('.item summary').focus()")
    b.press("b")
    b.wait("location.pathname === '/run/critic/' && location.hash.startsWith('#problem=')")
    go(b, view, "")
    b.open(view.base + "compare/whole?a=iid&b=hostile")
    b.wait("document.querySelector('.refusal h1')", 60)
    b.wait("document.querySelector('.refusal h1').textContent === 'These runs are not compared'", 60)
    equal([c for c in b.complaints() if "409" not in c and "202" not in c], [], "complaints of the console")


def hostile_text_is_text(b, view):
    b.complaints()
    view.figures("hostile")
    go(b, view, "run/hostile/")
    b.wait("document.querySelectorAll('#body .item').length")
    ids = names(b, "#body .pid")
    check("../../../etc/passwd" in ids, ids)
    for at in range(len(ids)):
        go(b, view, "run/hostile/")
        b.wait("document.querySelectorAll('#body .item').length")
        b.run("document.querySelectorAll('#body .pid')[arguments[0]].click()", at)
        b.wait("document.getElementById('nodename')", 30)
        b.run("for (const e of document.querySelectorAll('details')) e.open = true")
        equal(text(b, "#ptitle"), ids[at], "the title")
        equal(count(b, "#view script, #view img, #view iframe"), 0, "elements from text")
    for path in ["", "run/hostile/", "search?q=onerror", "compare?a=hostile&b=hostile"]:
        go(b, view, path)
        time.sleep(0.5)
        equal(b.run("return window.owned === undefined"), True, f"no script of a stranger ran in /{path}")
        equal(count(b, "main img, main iframe, main script"), 0, f"elements from text in /{path}")
        raw = b.run("return /[\\u0000-\\u0008\\u001b\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.innerText)")
        equal(raw, False, f"characters that nobody would see in /{path}")
    equal(b.complaints(), [], "complaints of the console")


PAGES = ["", "run/critic/", "run/critic/#problem=starter%2Ff03", "search?q=return+x", "compare?a=iid&b=critic", "compare?a=iid&b=critic#problem=starter%2Ff03", "run/nobody/", "compare/whole?a=own&b=critic"]


def seen(b, view, path, width, dark):
    """Opens a page and waits until it shows what it is about."""
    b.size(width, 900, dark)
    b.open(view.base + path)
    b.wait("document.querySelectorAll('#body .item, .plist .item, #tree svg, .side .tree svg, .place, .refusal').length", 60)
    if "#problem" in path and "compare" in path:
        b.wait("document.querySelectorAll('.side .tree svg').length === 2", 30)
    if "whole" in path:
        b.wait("document.getElementById('claim') && document.documentElement.dataset.ready", 60)
    if "search" in path:
        b.wait("/\\.$/.test(document.getElementById('said').textContent)", 30)


def nothing_scrolls_sideways_at_390(b, view):
    view.figures("critic"), view.figures("iid")
    for path in PAGES + ["run/hostile/", "search?q=onerror"]:
        for width in [390, 1600]:
            seen(b, view, path, width, False)
            wide, room = b.run("return [document.documentElement.scrollWidth, innerWidth]")
            check(wide <= room, f"/{path} is {wide} wide at {room}")


def nothing_breaks_a_rule_of_accessibility(b, view, axe):
    source = rules(axe)
    if source is None:
        return
    view.figures("critic"), view.figures("iid")
    for path in PAGES:
        for width, dark in [(390, False), (1600, True)]:
            seen(b, view, path, width, dark)
            b.run("for (const e of document.querySelectorAll('details')) e.open = true")
            break_no_rule(b, source, f"/{path}", width, dark)


def shots(b, view, folder):
    """Pictures to look at."""
    os.makedirs(folder, exist_ok=True)
    view.figures("critic"), view.figures("iid")
    for path, name in zip(PAGES, ["list", "run", "problem", "search", "compare", "beside", "missing", "whole"]):
        for width, dark in [(1600, False), (1600, True), (390, False), (390, True)]:
            seen(b, view, path, width, dark)
            time.sleep(0.3)
            b.screenshot(os.path.join(folder, f"{name}-{width}-{'dark' if dark else 'light'}.png"))


TESTS = [f for f in list(globals().values()) if callable(f) and getattr(f, "__code__", None) and f.__code__.co_varnames[:2] == ("b", "view") and f.__code__.co_argcount in (2, 3) and f.__name__ not in ("text", "count", "go", "seen", "shots")]


def main():
    global RUNS, MEND
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["--mend", "--chromedriver", "--chromium"]:
        parser.add_argument(name, required=True)
    parser.add_argument("--axe")
    parser.add_argument("--only", default="")
    parser.add_argument("--shots")
    parser.add_argument("runs")
    arguments = parser.parse_args()
    RUNS, MEND = os.path.abspath(arguments.runs), os.path.abspath(arguments.mend)
    view = View(MEND, RUNS)
    try:
        if arguments.shots:
            browser = Browser(arguments.chromedriver, arguments.chromium)
            try:
                shots(browser, view, arguments.shots)
            finally:
                browser.close()
            return 0
        return play(TESTS, arguments, view, "view: ")
    finally:
        view.end()


if __name__ == "__main__":
    sys.exit(main())
