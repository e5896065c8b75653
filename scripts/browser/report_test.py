"""What report.html must do in a browser. Each function is a test; their names say what holds.

usage: report_test.py --chromedriver FILE --chromium FILE [--axe FILE] [--only WORD] [--shots DIR] RUNS

RUNS is a folder with the runs that scripts/browser.sh makes: `critic`, `iid`, `hostile`, `replicates`, `chains`, `compare`.
The tests of compare.html are in compare_test.py.
"""

import argparse
import csv
import gzip
import base64
import json
import os
import re
import sys
import time
import urllib.parse
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checking import break_no_rule, check, equal, play, rules  # noqa: E402
from compare_test import *  # noqa: E402, F403

MINUS = "\u2212"


class Page:
    """The report of one run in the browser."""

    def __init__(self, browser, runs, run, fragment="", width=1400, height=900, dark=False):
        self.browser = browser
        self.folder = os.path.join(runs, run)
        self.path = os.path.join(self.folder, "report.html")
        browser.size(width, height, dark)
        browser.open("file://" + urllib.parse.quote(self.path) + fragment)
        browser.wait("document.documentElement.dataset.ready")
        browser.run("try { localStorage.clear() } catch {}")

    def text(self, selector):
        return self.browser.run("const e = document.querySelector(arguments[0]); return e && e.textContent", selector)

    def count(self, selector):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", selector)

    def focus(self, selector):
        self.browser.run("document.querySelector(arguments[0]).focus()", selector)

    def focused(self):
        return self.browser.run(
            "const e = document.activeElement; return e.id || e.className.baseVal || e.className || e.tagName")

    def hash(self):
        return self.browser.run("return location.hash")

    def ids(self):
        return self.browser.run("return [...document.querySelectorAll('#body .pid')].map(e => e.textContent)")

    def table(self, name):
        with open(os.path.join(self.folder, name), newline="") as file:
            return list(csv.DictReader(file))

    def boot(self):
        return json.loads(self.text("#boot"))


def points(value):
    """A difference as the page writes it."""
    value = value * 100
    text = f"{abs(value):.{2 if value and abs(value) < 0.05 else 1}f}"
    sign = "" if not re.search("[1-9]", text) else MINUS if value < 0 else "+"
    return sign + text


# The tests.


def opens_from_a_file_without_a_request_or_a_complaint(b, runs):
    b.requests(), b.complaints()
    page = Page(b, runs, "critic")
    b.wait("document.querySelectorAll('#body .item').length")
    b.press("j", "Enter")
    b.wait("document.querySelector('#tree svg')")
    asked = [url for url in b.requests() if not url.startswith(("file://" + page.path, "about:", "data:", "blob:"))]
    equal(asked, [], "requests")
    equal(b.complaints(), [], "complaints of the console")
    policy = b.run("return document.querySelector('meta[http-equiv]').content")
    check("default-src 'none'" in policy and "script-src 'sha256-" in policy and "unsafe-inline" not in policy.split("style-src")[0], policy)
    equal(page.count("[onclick],[onload],[onerror],[onmouseover]"), 0, "inline event handlers")


def claim_readout_map_row_and_tables_agree(b, runs):
    page = Page(b, runs, "critic")
    lens = page.boot()["lens"]
    b.run("document.getElementById('table-plot').click()")
    for np, nf in [(lens["np"], lens["nf"]), (1, 2), (1, 1)]:
        b.run("document.querySelector(`#map .cell[data-np='${arguments[0]}'][data-nf='${arguments[1]}']`).click()", np, nf)
        rows = [r for r in page.table("pass_at_t.csv") if (r["selection"], r["group"], r["order"], r["n_p"], r["n_f"], r["token_definition"], r["baseline"]) == ("oracle_any", "all", lens["order"], str(np), str(nf), lens["cost"], "iid_staged")]
        equal(len(rows), 1, f"rows of pass_at_t.csv for n_p {np}, n_f {nf}")
        row = rows[0]
        solved, sampled, difference = f"{float(row['pass_rate']) * 100:.1f}", f"{float(row['baseline_pass_rate']) * 100:.1f}", points(float(row["diff"]))
        claim = page.text("#claim")
        for part in [solved, sampled, difference, f"{float(row['mean_tokens']):,.0f}"]:
            check(part in claim, f"the claim lacks {part}: {claim}")
        readout = page.text("#readout")
        for part in [solved, sampled, difference]:
            check(part in readout, f"the readout lacks {part}: {readout}")
        equal(page.text(f"#map .cell[data-np='{np}'][data-nf='{nf}']"), difference, "cell of the map")
        listed = b.run("return [...document.querySelectorAll('#plot-table tbody tr')].map(r => [...r.cells].map(c => c.textContent))")
        mine = [r for r in listed if r[:2] == [str(np), str(nf)]][0]
        equal(mine[3:6], [solved, sampled, difference], "row of the table")
        with open(os.path.join(page.folder, "curve.csv"), newline="") as file:
            dense = [r for r in csv.DictReader(file) if (r["selection"], r["group"], r["order"], r["n_p"], r["n_f"], r["token_definition"], r["baseline"], r["axis"]) == ("oracle_any", "all", lens["order"], str(np), str(nf), lens["cost"], "iid_staged", "tokens")]
        equal(dense[0]["diff"], row["diff"], "curve.csv")


def a_cell_by_keyboard_changes_the_whole_page_and_the_address_restores_it(b, runs):
    page = Page(b, runs, "critic")
    before = page.text("#claim")
    page.focus("#map .cell[tabindex='0']")
    start = b.run("return [+document.activeElement.dataset.np, +document.activeElement.dataset.nf]")
    b.press("ArrowLeft", "Enter")
    b.wait("location.hash.includes('np=')")
    equal(b.run("return [+ring.dataset.np, +ring.dataset.nf]"), [start[0] - 1, start[1]], "ring of the plot")
    check(page.text("#claim") != before, "the claim stayed")
    check("You picked this tree" in page.text("#fine"), page.text("#fine"))
    after, address = page.text("#claim"), page.hash()
    b.run("location.reload()")
    b.wait("document.documentElement.dataset.ready && document.getElementById('ring')")
    equal((page.text("#claim"), page.hash()), (after, address), "after a reload")
    b.run("document.querySelector('#fine button').click()")
    equal((page.text("#claim"), page.hash()), (before, ""), "the way back")


def the_lens_changes_the_whole_page(b, runs):
    page = Page(b, runs, "critic")
    claims = {page.text("#claim")}
    for name, value in [("order", "dfs"), ("base", "iid"), ("cost", "programs"), ("cost", "billed"), ("order", "batch")]:
        page.focus(f"#lens input[name={name}]:checked")
        b.run(f"document.querySelector('#lens input[name={name}][value={value}]').click()")
        claims.add(page.text("#claim"))
        equal(b.run(f"return document.querySelector('#lens input[name={name}]:checked').value"), value, name)
    check(len(claims) >= 4, claims)
    b.run("document.querySelector('#lens input[name=group]:not(:checked)').click()")
    check("of difficulty" in page.text("#claim"), page.text("#claim"))
    group = b.run("return document.querySelector('#lens input[name=group]:checked').value")
    expected = sum(r["difficulty"] == group for r in {r["problem"]: r for r in page.table("samples.csv")}.values())
    b.wait("document.querySelectorAll('#body .item').length")
    equal(page.count("#body .item"), expected, "problems of the group")


def the_filter_chips_and_sort_give_the_right_rows(b, runs):
    page = Page(b, runs, "critic")
    b.wait("document.querySelectorAll('#body .item').length")
    samples = page.table("samples.csv")
    b.press("/")
    b.wait("document.activeElement.id === 'q'")
    b.press(*"status:runtime_error")
    expected = {r["problem"] for r in samples if r["status"] == "runtime_error"}
    b.wait(f"document.querySelectorAll('#body .item').length === {len(expected)}")
    equal(set(page.ids()), expected, "rows with a runtime error")
    equal(page.text("#count"), f"{len(expected)} of {len({r['problem'] for r in samples})}", "the count")
    b.press(*" nothing-is-called-so")
    b.wait("!document.getElementById('empty').hidden")
    b.run("document.getElementById('clear').click()")
    equal(page.hash(), "", "the address after clearing")
    right = {}
    for r in samples:
        if r["role"] == "coder" and r["depth"] == "0":
            right.setdefault(r["problem"], []).append(r["status"] == "passed")
    b.run("document.querySelector(`.chip[data-t='fate:all']`).click()")
    equal(set(page.ids()), {p for p, passed in right.items() if all(passed)}, "problems whose first programs all pass")
    b.run("document.querySelector(`.chip[data-t='fate:all']`).click()")
    for key, direction in [("tok", "descending"), ("tok", "ascending")]:
        page.focus(f".head button[data-k={key}]")
        b.press("Enter")
        equal(b.run(f"return document.querySelector('.head [data-k={key}]').parentElement.getAttribute('aria-sort')"), direction, "aria-sort")
        tokens = {r["problem"]: float(r["tokens"]) for r in page.table("problems.csv")}
        found = [tokens[i] for i in page.ids()]
        equal(found, sorted(found, reverse=direction == "descending"), "order by tokens")


def a_problem_opens_and_closes_where_one_was(b, runs):
    page = Page(b, runs, "critic")
    b.wait("document.querySelectorAll('#body .item').length")
    b.press(*"jjjjjjjj")
    # The page comes to rest.
    b.run("window.rested = [-1, 0]")
    b.wait("(window.rested = window.rested[0] === scrollY ? [scrollY, window.rested[1] + 1] : [scrollY, 0])[1] > 5")
    at, name = b.run("return scrollY"), b.run("return document.activeElement.textContent")
    b.press("Enter")
    b.wait("document.querySelector('#tree svg')")
    equal(page.text("#ptitle"), name, "the problem")
    check("problem=" in page.hash(), page.hash())
    b.press("Escape")
    b.wait("!document.getElementById('report').hidden")
    b.wait("document.activeElement.classList.contains('pid')")
    equal(b.run("return document.activeElement.textContent"), name, "focus after the way back")
    check(abs(b.run("return scrollY") - at) < 4, f"scrolled to {b.run('return scrollY')}, was at {at}")
    equal(page.hash(), "", "the address after the way back")


def the_keyboard_alone_reads_a_problem(b, runs):
    page = Page(b, runs, "critic", "#problem=starter%2Ff03")
    b.wait("document.querySelector('#tree svg')")
    failures = [r["slot"] for r in page.table("samples.csv") if r["problem"] == "starter/f03" and r["status"] != "passed"]
    failures = [s for s in b.run("return [...document.querySelectorAll('.tn')].map(e => e.dataset.s)") if s in failures]
    equal(page.text("#nodename"), failures[0], "the first failure is chosen")
    for expected in failures[1:4]:
        b.press("n")
        equal(page.text("#nodename"), expected, "next failure")
    b.press("p")
    equal(page.text("#nodename"), failures[2], "previous failure")
    b.run("document.querySelector('.tn[data-s=p0]').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    b.press("ArrowRight")
    equal(page.text("#nodename"), "p0/f0", "child")
    equal(b.run("return document.activeElement.dataset.s"), "p0/f0", "focus moves with it")
    b.press("ArrowDown")
    equal(page.text("#nodename"), "p0/f1", "neighbour")
    b.press("ArrowLeft")
    equal(page.text("#nodename"), "p0", "parent")
    b.press("ArrowRight", "ArrowRight")
    equal(page.text("#nodename"), "p0/f0/r0", "repair")
    check("Changes to p0" in page.text("#node"), "the repair shows its changes")
    check(page.count("#node .code ins") + page.count("#node .code del") > 0, "words are marked")
    b.press("d")
    equal(page.count("#node .code .a"), 0, "d shows the whole program")
    b.press("d", "r")
    equal(b.run("return document.getElementById('fold-prompt').open"), True, "r opens the prompt")
    check(page.count("#fold-prompt .said-by") >= 2, "the prompt is a chat")
    b.press("j")
    b.wait("document.getElementById('ptitle') && document.getElementById('ptitle').textContent !== 'starter/f03'")
    b.press("k")
    b.wait("document.getElementById('ptitle').textContent === 'starter/f03'")
    b.press("?")
    equal(b.run("return document.getElementById('keys').open"), True, "? shows the keys")


def purchases(nodes, order, n_p, n_f):
    """A second implementation of what an order buys, from samples.csv and critiques.csv."""
    cost = {slot: n["tokens"] for slot, n in nodes.items()}
    passed = {slot: n["passed"] for slot, n in nodes.items()}
    firsts = [f"p{i}" for i in range(len(nodes)) if f"p{i}" in nodes]
    bought, spent = [], 0

    def buy(slot):
        nonlocal spent
        spent += cost[slot]
        bought.append((slot, spent))
        return passed[slot]

    def repairs(program):
        return [[f"{program}/f{f}", f"{program}/f{f}/r0"] for f in range(n_f)]

    if order == "sampling":
        any(buy(p) for p in firsts)
        return bought
    chosen = firsts[:n_p]
    if order == "batch":
        if not any([buy(p) for p in chosen]):
            for p in chosen:
                for unit in repairs(p):
                    for slot in unit:
                        buy(slot)
    elif order == "dfs":
        for p in chosen:
            if buy(p) or any(any(buy(s) for s in unit) for unit in repairs(p)):
                break
    elif not any(buy(p) for p in chosen):
        any(any(any(buy(s) for s in unit) for unit in repairs(p)) for p in chosen)
    return bought


def nodes_of(page, problem):
    nodes = {}
    for name in ["samples.csv", "critiques.csv"]:
        for r in page.table(name):
            if r["problem"] == problem:
                nodes[r["slot"]] = {"tokens": int(r["prompt_tokens"]) + int(r["completion_tokens"]), "passed": r.get("status") == "passed"}
    return nodes


def the_slider_buys_what_a_second_implementation_buys(b, runs):
    page = Page(b, runs, "critic")
    for problem in ["starter/f03", "starter/f18", "starter/c04"]:
        nodes = nodes_of(page, problem)
        for n_p, n_f in [(2, 1), (3, 2), (8, 3)]:
            for order in ["batch", "dfs", "bfs"]:
                page = Page(b, runs, "critic", f"#problem={urllib.parse.quote(problem, safe='')}&pnp={n_p}&pnf={n_f}&order={order}")
                b.wait("document.getElementById('slide')")
                expected = purchases(nodes, order, n_p, n_f)
                sampled = purchases(nodes, "sampling", n_p, n_f)
                for budget in [0] + [end for _, end in expected] + [end - 1 for _, end in expected][:2]:
                    b.run("const s = document.getElementById('slide'); s.value = arguments[0]; s.dispatchEvent(new Event('input', {bubbles: true}))", budget)
                    bought = [slot for slot, end in expected if end <= budget]
                    handed = next((slot for slot in bought if nodes[slot]["passed"]), None)
                    also = next((slot for slot, end in sampled if end <= budget and nodes[slot]["passed"]), None)
                    found = b.run("return [[...document.querySelectorAll('.tn:not(.off)')].map(e => e.dataset.s), document.getElementById('handed').textContent, document.getElementById('sampled').textContent]")
                    where = f"{problem} {order} n_p {n_p} n_f {n_f} at {budget}"
                    equal(sorted(found[0]), sorted(bought), f"bought: {where}")
                    equal(None if found[1].startswith("Nothing") else found[1], handed, f"handed in: {where}")
                    equal(None if found[2].startswith("Plain") else found[2], also, f"sampling hands in: {where}")


def the_collected_tree_in_batch_order_hands_in_what_the_run_did(b, runs):
    page = Page(b, runs, "critic")
    boot = page.boot()
    for row in page.table("problems.csv")[:12]:
        page = Page(b, runs, "critic", f"#problem={urllib.parse.quote(row['problem'], safe='')}&pnp=99&pnf=99&order=batch")
        b.wait("document.getElementById('handed')")
        told = page.text("#handed")
        status = row["submitted_status"]
        if status == "passed":
            equal(told, row["submitted"], row["problem"])
    check(boot["rows"], "the page has rows")


def a_chain_is_bought_link_by_link_up_to_its_first_pass(b, runs):
    page = Page(b, runs, "chains")
    seen = 0
    for problem in {r["problem"] for r in page.table("samples.csv")}:
        chain = sorted((r for r in page.table("samples.csv") if r["problem"] == problem), key=lambda r: int(r["depth"]))
        first = next((r["slot"] for r in chain if r["status"] == "passed"), None)
        if first is None:
            continue
        seen += 1
        for order in ["batch", "dfs", "bfs"]:
            page = Page(b, runs, "chains", f"#problem={urllib.parse.quote(problem, safe='')}&order={order}")
            b.wait("document.getElementById('handed')")
            equal(page.text("#handed"), first, f"{problem} {order}")
            bought = b.run("return [...document.querySelectorAll('.tn:not(.off)')].map(e => e.dataset.s)")
            check(all(first.startswith(slot) for slot in bought), f"{problem} {order} bought {bought}, which go beyond {first}")
    check(seen >= 3, f"only {seen} chains pass")


def the_slider_moves_by_keys(b, runs):
    page = Page(b, runs, "critic", "#problem=starter%2Ff03")
    b.wait("document.getElementById('slide')")
    before = b.run("return +document.getElementById('slide').value")
    b.press(",")
    less = b.run("return +document.getElementById('slide').value")
    check(less < before, f"{less} is not below {before}")
    b.press(".")
    equal(b.run("return +document.getElementById('slide').value"), before, "one purchase more")
    page.focus("#slide")
    b.press("Home")
    check("Nothing passes" in page.text("#said"), page.text("#said"))
    for key, order in [("2", "dfs"), ("3", "bfs"), ("1", "batch")]:
        b.press(key)
        equal(b.run("return document.querySelector('.rib button[aria-pressed=true]').dataset.o"), order, f"key {key}")


def nothing_scrolls_sideways_at_390(b, runs):
    for run, fragment in [("critic", ""), ("iid", ""), ("chains", ""), ("hostile", ""), ("critic", "#problem=starter%2Ff03"), ("critic", "#problem=starter%2Ff03&node=p0%2Ff0%2Fr0")]:
        for width in [390, 1600]:
            Page(b, runs, run, fragment, width=width)
            if fragment:
                b.wait("document.querySelector('#tree svg')")
            wide, room = b.run("return [document.documentElement.scrollWidth, innerWidth]")
            check(wide <= room, f"{run}{fragment} is {wide} wide at {room}")


def dark_mode_has_dark_ground_and_the_key_changes_it(b, runs):
    page = Page(b, runs, "critic", dark=True)
    ground = "return getComputedStyle(document.body).backgroundColor"
    equal(b.run(ground), "rgb(15, 19, 23)", "ground in dark mode")
    b.press("t")
    equal(b.run(ground), "rgb(255, 255, 255)", "ground after t")
    b.press("t")
    equal(b.run(ground), "rgb(15, 19, 23)", "ground after t again")
    b.run("localStorage.clear()")
    check(page.text("#claim"), "the claim stays")


def downloads_are_the_files_and_drawings_stand_alone(b, runs):
    page = Page(b, runs, "critic")
    held = b.run("return [...document.querySelectorAll('script[id^=\"csv:\"]')].map(e => [e.id.slice(4), e.textContent])")
    check(len(held) >= 6, [name for name, _ in held])
    for name, text in held:
        with open(os.path.join(page.folder, name), "rb") as file:
            check(gzip.decompress(base64.b64decode(text)) == file.read(), f"{name} differs from the run's")
    drawn = [name for name in os.listdir(page.folder) if name.endswith(".svg")]
    check(len(drawn) >= 5, drawn)
    for name in drawn:
        with open(os.path.join(page.folder, name)) as file:
            text = file.read()
        xml.etree.ElementTree.fromstring(text)
        check("var(" not in text, f"{name} names a colour of the page")
        check("(simulated models)" in text, f"{name} does not say that the run is simulated")
    saved = b.run("""const keep = URL.createObjectURL; let blob; URL.createObjectURL = x => (blob = x, keep(x));
        document.getElementById('save-plot').click(); URL.createObjectURL = keep; window.blob = blob; return blob.type""")
    equal(saved, "image/svg+xml", "type of the saved plot")
    text = b.run_later("blob.text().then(arguments[arguments.length - 1])")
    xml.etree.ElementTree.fromstring(text)
    check("var(" not in text, "the saved plot names a colour of the page")


def without_scripts_the_answer_the_plot_and_the_rows_stand_there(b, runs):
    b.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        b.size(1400, 900)
        path = os.path.join(runs, "critic", "report.html")
        b.open("file://" + path)
        time.sleep(0.5)
        tree = b.cdp("DOM.getDocument", depth=-1)["root"]

        def found(node, wanted):
            attributes = node.get("attributes", [])
            pairs = dict(zip(attributes[::2], attributes[1::2]))
            return int(wanted(node, pairs)) + sum(found(child, wanted) for child in node.get("children", []))

        equal(found(tree, lambda n, a: a.get("class") == "lrow item"), 40, "rows without scripts")
        check(found(tree, lambda n, a: n["nodeName"] == "circle") > 20, "the plot has points")
        check(found(tree, lambda n, a: a.get("id") == "claim"), "the claim is there")
    finally:
        b.cdp("Emulation.setScriptExecutionDisabled", value=False)


def hostile_text_is_text(b, runs):
    page = Page(b, runs, "hostile")
    b.wait("document.querySelectorAll('#body .item').length")
    b.complaints()
    equal(b.run("return window.owned === undefined"), True, "no script of a candidate ran")
    rows = page.boot()["rows"]
    for place, row in enumerate(rows):
        page = Page(b, runs, "hostile", "#problem=" + urllib.parse.quote(row[0], safe=""))
        b.wait("document.getElementById('nodename')")
        b.run("for (const e of document.querySelectorAll('details')) e.open = true")
        equal(b.run("return window.owned === undefined"), True, f"no script ran in {row[0]}")
        equal(page.text("#ptitle"), row[0], f"the title of row {place}")
        equal(page.count("#view script, #view img, #view iframe"), 0, f"elements from text in {row[0]}")
    text = page.text("#view")
    raw = b.run("return /[\\u0000-\\u0008\\u001b\\u202a-\\u202e\\u2066-\\u2069]/.test(document.getElementById('view').textContent)")
    equal(raw, False, "control characters and marks of direction are named, not in force")
    check(text, "the view has text")
    everything = ""
    for row in rows:
        page = Page(b, runs, "hostile", "#problem=" + urllib.parse.quote(row[0], safe=""))
        b.wait("document.getElementById('nodename')")
        for slot in b.run("return [...document.querySelectorAll('.tn')].map(e => e.dataset.s)"):
            b.run("document.querySelector(`.tn[data-s='${arguments[0]}']`).dispatchEvent(new MouseEvent('click', {bubbles: true}))", slot)
            b.run("for (const e of document.querySelectorAll('details')) e.open = true")
            everything += page.text("#node")
    for shown in ["</script><script>window.owned", "<img src=x onerror=", "\u27e8U+202E\u27e9", "\u241b[31m", "\u2400"]:
        check(shown in everything, f"{shown!r} is not shown as text")
    equal(b.complaints(), [], "complaints of the console")


def the_same_run_gives_the_same_bytes(b, runs):
    for run in ["critic", "hostile"]:
        with open(os.path.join(runs, run, "report.html"), "rb") as one, open(os.path.join(runs, run + "-again", "report.html"), "rb") as two:
            check(one.read() == two.read(), f"report.html of {run} differs when it is written again")


def the_band_of_simulations_is_there_if_and_only_if_models_are_simulated(b, runs):
    for run, simulated in [("critic", True), ("iid", True), ("hostile", False)]:
        page = Page(b, runs, run)
        equal("Simulated models." in page.text(".warns"), simulated, f"band in {run}")
        equal(page.boot()["run"]["simulated"], simulated, f"the data of {run}")


def runs_without_repairs_and_of_other_shapes_have_no_empty_part(b, runs):
    b.complaints()
    for run in ["iid", "chains", "replicates"]:
        page = Page(b, runs, run)
        b.wait("document.querySelectorAll('#body .item').length")
        check(page.text("#claim").strip(), f"{run} has no claim")
        empty = b.run("return [...document.querySelectorAll('section.band > div')].filter(e => !e.textContent.trim() && !e.querySelector('svg')).length")
        equal(empty, 0, f"empty sections of {run}")
        b.press("j", "Enter")
        b.wait("document.querySelector('#tree svg')")
        check(page.count(".tn") > 0, f"{run} has a tree")
    equal(b.complaints(), [], "complaints of the console")


def words_link_to_their_entries(b, runs):
    page = Page(b, runs, "critic")
    links = b.run("return [...document.querySelectorAll('a.term')].map(e => e.getAttribute('href').slice(1))")
    check(len(links) >= 4, links)
    for link in links:
        check(page.count(f"[id='{link}']"), f"no entry {link}")
    b.run("document.querySelector('a.term').click()")
    equal(b.run("return document.activeElement.id"), links[0], "focus goes to the entry")


def budgets_of_time_are_kept(b, runs):
    if not os.path.exists(os.path.join(runs, "large", "report.html")):
        print("    skipped: there is no run `large` (MEND_FULL=1 makes it)")
        return
    page = Page(b, runs, "large")
    size = os.path.getsize(page.path)
    check(size < 10_000_000, f"report.html has {size} bytes")
    paint = b.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    b.wait("document.querySelectorAll('#body .item').length")
    took = b.run_later("""const done = arguments[0], from = performance.now(); document.querySelector('#body .pid').click();
        const look = () => document.querySelector('#tree svg') ? done(performance.now() - from) : setTimeout(look, 2); look();""")
    # Twice the budgets: this machine may be busy with something else.
    check(paint < 2000, f"first paint after {paint:.0f} ms")
    check(took < 300, f"a tree opened in {took:.0f} ms")
    print(f"    {size / 1e6:.1f} MB, first paint {paint:.0f} ms, a tree opens in {took:.0f} ms")


def nothing_breaks_a_rule_of_accessibility(b, runs, axe):
    source = rules(axe)
    if source is None:
        return
    for run, fragment in [("critic", ""), ("critic", "#problem=starter%2Ff03&node=p0%2Ff0%2Fr0"), ("iid", ""), ("chains", "")]:
        for width in [390, 1600]:
            for dark in [False, True]:
                Page(b, runs, run, fragment, width=width, dark=dark)
                b.wait("document.querySelectorAll('#body .item, #tree svg').length")
                if fragment:
                    b.run("for (const e of document.querySelectorAll('details')) e.open = true")
                else:
                    b.run("const t = document.getElementById('table-plot'); if (t) t.click()")
                break_no_rule(b, source, run + fragment, width, dark)


TESTS = [f for name, f in list(globals().items()) if callable(f) and getattr(f, "__code__", None) and f.__code__.co_varnames[:2] == ("b", "runs")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromedriver", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--axe")
    parser.add_argument("--only", default="")
    parser.add_argument("runs")
    arguments = parser.parse_args()
    return play(TESTS, arguments, os.path.abspath(arguments.runs))


if __name__ == "__main__":
    sys.exit(main())
